/* aside.c - a worker that leaves its requests to the others, because they wait longer for its CPU than they would
 * there; see crowd.h.
 *
 * Its connections stay where they are until a request comes: then they go to the exchange, and whoever serves takes
 * them.  It accepts nobody.  But it goes on watching the exchange, so that it is there at once when a worker is in a
 * long call and its stand-in gives connections away; whoever takes one is no longer aside. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "workers/worker_priv.h"

enum {
	ONE_AT_A_TIME_US = 100000, /* of all workers, so that each sees what the one before has changed */
	STUCK_US = 20000,          /* who is in one call for so long does not serve */
	LEAVE_US = 6000,        /* others that have taken nothing of what is there for them for so long do not serve */
	DOOR_LOOK_US = 1000000, /* as idle workers do, see door.c */
};

static bool serves(const struct worker *worker, const struct worker_counters *other)
{
	uint32_t state = atomic_load_explicit(&other->state, memory_order_relaxed);
	return other != worker->setup->counters && (state == WORKER_IDLE || state == WORKER_BUSY) &&
	       atomic_load(&other->aside_since_us) == 0;
}

static bool is_in_call_for(const struct worker *worker, const struct worker_counters *other, uint64_t us)
{
	uint64_t since = atomic_load_explicit(&other->busy_since_us, memory_order_relaxed);
	return since > 0 && worker->now_us > since + us;
}

static bool another_has_just_left(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	for (size_t i = 0; i < setup->n_team; i++) {
		uint64_t since = atomic_load(&setup->team[i].aside_since_us);
		if (&setup->team[i] != setup->counters && since > 0 && worker->now_us < since + ONE_AT_A_TIME_US)
			return true;
	}
	return false;
}

/* proc_pid_schedstat(5): time on a CPU, time waiting for one, of the thread that runs the calls. */
static void read_cpu_times(int fd, struct crowd_view *view)
{
	char text[128], *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return;
	text[n] = '\0';
	view->cpu_ns = strtoull(text, &end, 10);
	view->cpu_wait_ns = strtoull(end, NULL, 10);
}

static struct crowd_view view_of(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	struct crowd_view view = { .now_us = worker->now_us };
	read_cpu_times(worker->schedstat, &view);
	for (size_t i = 0; i < setup->n_team; i++) {
		const struct worker_counters *other = &setup->team[i];
		uint64_t wait_ns = atomic_load_explicit(&other->wait_ns, memory_order_relaxed);
		view.requests += atomic_load_explicit(&other->requests, memory_order_relaxed);
		if (!serves(worker, other) || (!worker->crowd.aside && is_in_call_for(worker, other, STUCK_US)))
			continue;
		bool busy = atomic_load_explicit(&other->state, memory_order_relaxed) == WORKER_BUSY;
		view.others_serve = true;
		view.others_are_busy |= busy;
		if (busy && wait_ns > view.wait_ns)
			view.wait_ns = wait_ns;
	}
	if (!worker->crowd.aside) {
		view.wait_ns += worker->wait_ns;
		view.others_serve &= !another_has_just_left(worker) && exchange_waiting(setup->exchange) == 0;
	}
	return view;
}

static void end_quiet(struct worker *worker)
{
	worker->quiet_until_us = 0;
	door_watch(worker);
}

/* Is there somebody to take what is in the exchange, and not in a long call? */
static bool others_can_take(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	for (size_t i = 0; i < setup->n_team; i++)
		if (serves(worker, &setup->team[i]) &&
		    !is_in_call_for(worker, &setup->team[i], setup->times.handover_us))
			return true;
	return false;
}

static void leave_exchange_to_others(struct worker *worker)
{
	worker->quiet_until_us = worker->now_us + LEAVE_US;
	door_leave_exchange(worker);
}

static void look_at_exchange(struct worker *worker)
{
	if (worker->quiet_until_us == 0) {
		if (worker->exchange_ready && others_can_take(worker))
			leave_exchange_to_others(worker);
		return;
	}
	size_t waiting = exchange_waiting(worker->setup->exchange);
	if (waiting < worker->left_waiting)
		worker->quiet_until_us = worker->now_us + LEAVE_US;
	worker->left_waiting = waiting;
	if (waiting == 0)
		end_quiet(worker);
	else if (worker->now_us >= worker->quiet_until_us)
		aside_end(worker);
}

static void come_back(struct worker *worker)
{
	atomic_store(&worker->setup->counters->aside_since_us, 0);
	end_quiet(worker);
}

static void step_aside(struct worker *worker)
{
	atomic_store(&worker->setup->counters->aside_since_us, worker->now_us);
	/* Of two that do it at once, one or both think better of it. */
	if (another_has_just_left(worker)) {
		aside_end(worker);
		return;
	}
	worker->door_looked_us = worker->now_us;
	door_leave_listeners(worker);
}

void aside_look(struct worker *worker)
{
	bool was_aside = worker->crowd.aside;
	if (worker->schedstat < 0 || worker->accept_paused_until_us > 0 ||
	    (!was_aside && worker->now_us - worker->crowd.before.now_us < CROWD_LOOK_US))
		return;
	struct crowd_view view = view_of(worker);
	bool is_aside = crowd_look(&worker->crowd, &view);
	if (is_aside && !was_aside)
		step_aside(worker);
	else if (!is_aside && was_aside)
		come_back(worker);
	if (!worker->crowd.aside)
		return;
	look_at_exchange(worker);
	if (worker->crowd.aside && worker->now_us - worker->door_looked_us >= DOOR_LOOK_US) {
		worker->door_looked_us = worker->now_us;
		door_set_ready(worker);
	}
}

void aside_end(struct worker *worker)
{
	if (!worker->crowd.aside)
		return;
	crowd_end(&worker->crowd, worker->now_us);
	come_back(worker);
}

bool aside_give(struct worker *worker, struct connection *connection)
{
	if (!others_can_take(worker) || !connection_give_away(worker, connection))
		return false;
	leave_exchange_to_others(worker);
	return true;
}

void aside_open(struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	bool may =
		setup->schedstat && setup->counters && setup->n_team > 1 && setup->exchange && setup->times.handover_us;
	worker->schedstat = may ? open(setup->schedstat, O_RDONLY | O_CLOEXEC) : -1;
}

void aside_close(struct worker *worker)
{
	worker->schedstat = close_fd(worker->schedstat);
}
