/* lifesigns.c - see lifesigns.h */
#include "config.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/master_priv.h"

enum {
	START_TELL_US = 2 * 1000000,
	START_MORE_US = 10 * 1000000, /* from each of these messages on */
	LOOKS = 8,                    /* at the workers, in the time of the watchdog */
};

/* A timer that fired goes on. */
static int again(sd_event_source *source, uint64_t usec)
{
	int r = sd_event_source_set_time_relative(source, usec);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void tell_it_goes_on(struct master *master)
{
	notify_send(&master->notify, "EXTEND_TIMEOUT_USEC=%d", START_MORE_US);
}

static int on_start_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct master *master = userdata;
	if (master->state != MASTER_STARTING && !master->reload.under_way)
		return 0;
	tell_it_goes_on(master);
	return again(source, START_TELL_US);
}

/* ---- do the workers make progress? ---- */

static uint64_t finished(const struct master *master)
{
	uint64_t sum = master->retired.requests;
	for (const struct generation *g = master->generations; g; g = g->older)
		sum += counters_requests(g->counters);
	return sum;
}

/* Connections that nobody has accepted yet. */
static bool somebody_knocks(const struct master *master)
{
	for (size_t i = 0; i < master->listeners.count; i++) {
		struct pollfd door = { .fd = master->listeners.items[i].fd, .events = POLLIN };
		if (poll(&door, 1, 0) > 0)
			return true;
	}
	return false;
}

/* Requests that wait for one worker, and calls that end by themselves. */
static void look_at_workers(const struct generation *g, uint64_t now, bool *ret_waits, bool *ret_bounded)
{
	*ret_waits = *ret_bounded = false;
	for (int slot = 0; g && slot < COUNTERS_MAX_WORKERS; slot++) {
		if (!g->knowledge.workers[slot])
			continue;
		*ret_waits |= g->counters->gauges[slot].queued > 0;
		*ret_bounded |= g->counters->worker[slot].kill_at_us > now;
	}
}

/* Nobody waits, or something was finished, or a deadline will see to it. */
static bool make_progress(struct lifesigns *lifesigns, const struct master *master, uint64_t now)
{
	uint64_t before = lifesigns->finished;
	lifesigns->finished = finished(master);
	if (lifesigns->finished != before || master->state >= MASTER_STOPPING)
		return true;
	bool waits, bounded;
	look_at_workers(master->current, now, &waits, &bounded);
	return bounded || !(waits || exchange_waiting(&master->exchange) > 0 || somebody_knocks(master));
}

static void say_stuck(struct lifesigns *lifesigns, uint64_t now)
{
	lifesigns->is_stuck = true;
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NO_PROGRESS)),
		 "requests wait, and none was finished for %.1f s: the service manager's watchdog is not told that we "
		 "are alive",
		 (double)(now - lifesigns->progress_us) / 1e6);
}

static int on_watchdog_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct master *master = userdata;
	struct lifesigns *lifesigns = &master->lifesigns;
	uint64_t now = monotonic_us();
	if (make_progress(lifesigns, master, now)) {
		if (lifesigns->is_stuck)
			log_notice("requests are finished again");
		lifesigns->is_stuck = false;
		lifesigns->progress_us = now;
	}
	if (now - lifesigns->progress_us < lifesigns->watchdog_us / 2)
		notify_send(&master->notify, "WATCHDOG=1");
	else if (!lifesigns->is_stuck)
		say_stuck(lifesigns, now);
	return again(source, lifesigns->watchdog_us / LOOKS);
}

/* ---- life ---- */

int lifesigns_start(struct master *master, struct cause *cause)
{
	struct lifesigns *lifesigns = &master->lifesigns;
	lifesigns->progress_us = monotonic_us();
	tell_it_goes_on(master);
	int r = sd_event_add_time_relative(master->event, &lifesigns->start_timer, CLOCK_MONOTONIC, START_TELL_US, 0,
					   on_start_time, master);
	if (r >= 0)
		r = sd_watchdog_enabled(false, &lifesigns->watchdog_us);
	if (r > 0)
		r = sd_event_add_time_relative(master->event, &lifesigns->watchdog_timer, CLOCK_MONOTONIC,
					       lifesigns->watchdog_us / LOOKS, 0, on_watchdog_time, master);
	return r < 0 ? cause_set_errno(cause, r, "cannot talk to the service manager regularly") : 0;
}

void lifesigns_reload(struct master *master)
{
	tell_it_goes_on(master);
	int r = again(master->lifesigns.start_timer, START_TELL_US);
	if (r < 0)
		log_error("cannot set a timer: %s", strerrordesc_np(-r));
}

void lifesigns_stop(struct lifesigns *lifesigns)
{
	lifesigns->start_timer = sd_event_source_disable_unref(lifesigns->start_timer);
	lifesigns->watchdog_timer = sd_event_source_disable_unref(lifesigns->watchdog_timer);
}
