/* orphans.c - see orphans.h */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/reserve_messages.h"
#include "common/worker_signals.h"
#include "daemon/orphans.h"

enum { ABANDON_US = 1000000 }; /* for the last words of a worker whose time is over */

static void signal_all(const struct generation *generation, int signal)
{
	/* Nobody reaps them but us, so no pid can have passed to another process. */
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++)
		if (generation->knowledge.workers[slot])
			(void)kill(generation->knowledge.workers[slot], signal);
}

static bool is_child(pid_t pid)
{
	siginfo_t info;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* ---- in the place of those that die ---- */

static int on_time_to_fill(sd_event_source *source, uint64_t usec, void *userdata);

static void fill_after(struct generation *generation, uint64_t delay_us)
{
	struct reserve_proc *reserve = &generation->reserve;
	reserve->timer = sd_event_source_disable_unref(reserve->timer);
	int r = sd_event_add_time_relative(generation->event, &reserve->timer, CLOCK_MONOTONIC, delay_us, 1,
					   on_time_to_fill, generation);
	if (r < 0)
		log_error("cannot set a timer: %s", strerrordesc_np(-r));
}

/* It is there, or will be, and is not to leave. */
static bool is_here(const struct generation *generation, unsigned slot)
{
	const struct reserve_proc *reserve = &generation->reserve;
	return reserve->ordered[slot] || (generation->knowledge.workers[slot] && !reserve->leaving[slot]);
}

/* Order as many as are missing. */
static int on_time_to_fill(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct generation *generation = userdata;
	struct reserve_proc *reserve = &generation->reserve;
	reserve->timer = sd_event_source_disable_unref(reserve->timer);
	if (!reserve->pid || generation->state != GENERATION_SERVING)
		return 0;
	unsigned there = 0;
	for (unsigned slot = 0; slot < reserve->slots; slot++)
		there += is_here(generation, slot);
	for (unsigned slot = 0; slot < reserve->slots && there < reserve->wanted; slot++) {
		const struct reserve_order order = { .slot = slot };
		if (generation->knowledge.workers[slot] || reserve->ordered[slot])
			continue;
		if (send(reserve->fd, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof(order)) {
			fill_after(generation, BACKOFF_MAX_US);
			return 0;
		}
		reserve->ordered[slot] = true;
		there++;
	}
	return 0;
}

/* Where all others are told to leave, it is late. */
static void tell_latecomer(const struct generation *generation, pid_t pid)
{
	if (generation->state == GENERATION_DRAINING)
		(void)kill(pid, generation->abandoned ? SIGKILL : WORKER_SIGNAL_DRAIN);
	else if (generation->state == GENERATION_STOPPING)
		(void)kill(pid, SIGTERM);
}

static void on_answer(struct generation *generation, const struct reserve_answer *answer)
{
	struct reserve_proc *reserve = &generation->reserve;
	if (answer->slot >= COUNTERS_MAX_WORKERS || !reserve->ordered[answer->slot])
		return;
	reserve->ordered[answer->slot] = false;
	if (answer->pid < 0)
		log_error("the reserve cannot fork worker %u: %s", answer->slot, strerrordesc_np(-answer->pid));
	if (answer->pid <= 0 || !is_child(answer->pid)) {
		fill_after(generation, BACKOFF_MAX_US);
		return;
	}
	generation->knowledge.workers[answer->slot] = answer->pid;
	tell_latecomer(generation, answer->pid);
}

static int on_reserve_event(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)events;
	struct generation *generation = userdata;
	struct reserve_answer answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n == sizeof(answer))
		on_answer(generation, &answer);
	else if (n >= 0 || errno != EAGAIN)
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

struct reserve_proc orphans_init(const struct conf *conf)
{
	struct reserve_proc reserve = {
		.fd = -1,
		.wanted = (unsigned)conf->workers_min,
		.max = (unsigned)conf->server_workers,
		.limits = { .min = (uint64_t)conf->workers_min,
			    .idle_us = (uint64_t)conf->workers_idle,
			    .requests = (uint64_t)conf->workers_requests,
			    .age_us = (uint64_t)conf->workers_age,
			    .memory = (uint64_t)conf->workers_memory },
	};
	reserve.slots = turnover_slots(&reserve.limits, reserve.max);
	return reserve;
}

int orphans_prepare(struct generation *generation, int *ret_fd, struct cause *cause)
{
	struct reserve_proc *reserve = &generation->reserve;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return cause_set_errno(cause, -errno, "cannot make the reserve's socket");
	reserve->fd = pair[0];
	*ret_fd = pair[1];
	int r = sd_event_add_io(generation->event, &reserve->io, reserve->fd, EPOLLIN, on_reserve_event, generation);
	return r < 0 ? cause_set_errno(cause, r, "cannot watch the reserve's socket") : 0;
}

/* ---- fewer, more, others ---- */

static void ask_to_leave(struct generation *generation, unsigned slot, enum worker_leave reason)
{
	struct reserve_proc *reserve = &generation->reserve;
	reserve->leaving[slot] = true;
	reserve->reason[slot] = reason;
	atomic_fetch_add(&generation->counters->left[reason], 1);
	(void)kill(generation->knowledge.workers[slot], WORKER_SIGNAL_DRAIN);
}

/* Those with the highest numbers, as workers/pool.c does. */
static void remove_idle(struct generation *generation, const bool *here, unsigned n)
{
	for (unsigned slot = generation->reserve.slots; slot-- > 0 && n > 0;) {
		if (!here[slot] || generation->reserve.ordered[slot] ||
		    generation->counters->worker[slot].state != WORKER_IDLE)
			continue;
		ask_to_leave(generation, slot, LEAVE_IDLE);
		generation->reserve.wanted--;
		n--;
	}
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct generation *generation = userdata;
	struct reserve_proc *reserve = &generation->reserve;
	bool here[COUNTERS_MAX_WORKERS];
	if (!reserve->pid || generation->state != GENERATION_SERVING)
		return 0;
	for (unsigned slot = 0; slot < reserve->slots; slot++)
		here[slot] = is_here(generation, slot);
	const struct turnover_view view = { .workers = generation->counters->worker,
					    .here = here,
					    .slots = reserve->slots,
					    .max = reserve->max,
					    .now_us = monotonic_us() };
	struct turnover_plan plan = turnover_look(&reserve->turnover, &reserve->limits, &view);
	remove_idle(generation, here, plan.remove);
	if (plan.replace >= 0 && generation->knowledge.workers[plan.replace])
		ask_to_leave(generation, (unsigned)plan.replace, plan.cause);
	reserve->wanted += plan.add;
	if (plan.add > 0 || plan.replace >= 0)
		fill_after(generation, 0);
	int r = sd_event_source_set_time_relative(source, TURNOVER_LOOK_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void watch_turnover(struct generation *generation)
{
	struct reserve_proc *reserve = &generation->reserve;
	if (!turnover_is_wanted(&reserve->limits, reserve->max))
		return;
	int r = sd_event_add_time_relative(generation->event, &reserve->look, CLOCK_MONOTONIC, TURNOVER_LOOK_US, 1000,
					   on_look, generation);
	if (r < 0)
		log_error("the workers stay as they are: %s", strerrordesc_np(-r));
}

/* ---- who there is ---- */

/* The zygote's last messages may not have come.  What stands in the counters was written by processes that run user
 * code, so it is only a hint at which of our children it is. */
void orphans_adopt(struct generation *generation)
{
	struct reserve_proc *reserve = &generation->reserve;
	unsigned before = knowledge_workers(&generation->knowledge);
	reserve->wanted = before > reserve->wanted ? before : reserve->wanted;
	reserve->wanted = reserve->wanted < reserve->max ? reserve->wanted : reserve->max;
	reserve->pid = generation->counters->reserve;
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++) {
		pid_t pid = generation->counters->worker[slot].pid;
		generation->knowledge.workers[slot] = pid > 0 && is_child(pid) ? pid : 0;
		reserve->pid = pid == reserve->pid ? 0 : reserve->pid;
	}
	if (reserve->pid <= 0 || !is_child(reserve->pid))
		reserve->pid = 0;
	if (generation->state != GENERATION_SERVING)
		return;
	(void)on_time_to_fill(NULL, 0, generation);
	watch_turnover(generation);
}

static int on_patience_end(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct generation *generation = userdata;
	if (generation->abandoned) {
		signal_all(generation, SIGKILL);
		if (generation->reserve.pid)
			(void)kill(generation->reserve.pid, SIGKILL);
		return 0;
	}
	generation->abandoned = true;
	if (knowledge_workers(&generation->knowledge) > 0)
		log_warning("generation %u: workers are still busy after the time that they have to leave: their calls "
			    "are given up",
			    generation->number);
	signal_all(generation, WORKER_SIGNAL_ABANDON);
	generation_set_timer(generation, ABANDON_US, on_patience_end);
	return 0;
}

/* It leaves when it has done what it was ordered. */
static void dismiss_reserve(struct generation *generation)
{
	(void)shutdown(generation->reserve.fd, SHUT_WR);
}

void orphans_drain(struct generation *generation)
{
	dismiss_reserve(generation);
	signal_all(generation, WORKER_SIGNAL_DRAIN);
	generation_set_timer(generation, generation->patience_us, on_patience_end);
}

void orphans_stop(struct generation *generation)
{
	dismiss_reserve(generation);
	signal_all(generation, SIGTERM);
}

/* ---- their ends ---- */

/* Microseconds until it is replaced, and that in words. */
static uint64_t plan_next(struct generation *generation, const siginfo_t *info, bool served, char text[static 80])
{
	struct reserve_proc *reserve = &generation->reserve;
	bool by_itself = info->si_code == CLD_EXITED && info->si_status == WORKER_EXIT_DEADLINE;
	uint64_t delay = by_itself ? 0 : backoff_delay(&reserve->backoff, monotonic_us(), served);
	if (!reserve->pid)
		(void)snprintf(text, 80, "it is replaced with its zygote");
	else if (delay == 0)
		(void)snprintf(text, 80, "it is replaced by the reserve");
	else
		(void)snprintf(text, 80, "workers die often, so the reserve replaces it in %.1f s",
			       (double)delay / 1e6);
	return delay;
}

/* Microseconds until it is replaced. */
static uint64_t on_death(struct generation *generation, unsigned slot, const siginfo_t *info, bool served)
{
	char text[128], next[80], number[16], pid[16];
	uint64_t delay = plan_next(generation, info, served, next);
	obituary(info, text);
	(void)snprintf(number, sizeof(number), "%u", slot);
	(void)snprintf(pid, sizeof(pid), "%d", (int)info->si_pid);
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(WORKER_DIED), "WORKER", number, "PID", pid),
		 "worker %s (pid %s) died: %s; %s", number, pid, text, next);
	atomic_fetch_add(&generation->counters->restarts, 1);
	return delay;
}

static void on_worker_end(struct generation *generation, unsigned slot, const siginfo_t *info)
{
	struct reserve_proc *reserve = &generation->reserve;
	bool served = generation->counters->worker[slot].state > WORKER_STARTING;
	bool left = reserve->leaving[slot] && info->si_code == CLD_EXITED && info->si_status == 0;
	reserve->leaving[slot] = false;
	generation->knowledge.workers[slot] = 0;
	counters_retire(generation->counters, slot);
	if (generation->state != GENERATION_SERVING)
		return;
	uint64_t delay = left ? 0 : on_death(generation, slot, info, served);
	generation->handlers->worker_ended(generation, info, left ? reserve->reason[slot] : LEAVE_NONE,
					   generation->userdata);
	fill_after(generation, delay);
}

static void on_reserve_end(struct generation *generation, const siginfo_t *info)
{
	struct reserve_proc *reserve = &generation->reserve;
	char text[128];
	reserve->pid = 0;
	reserve->timer = sd_event_source_disable_unref(reserve->timer);
	memset(reserve->ordered, 0, sizeof(reserve->ordered));
	if (generation->state != GENERATION_SERVING)
		return;
	obituary(info, text);
	log_warning("the reserve (pid %d) died: %s; workers that die are replaced with their zygote", (int)info->si_pid,
		    text);
}

bool orphans_reap(struct generation *generation, const siginfo_t *info)
{
	if (generation->reserve.pid == info->si_pid) {
		on_reserve_end(generation, info);
		return true;
	}
	for (unsigned slot = 0; slot < COUNTERS_MAX_WORKERS; slot++) {
		if (generation->knowledge.workers[slot] == info->si_pid) {
			on_worker_end(generation, slot, info);
			return true;
		}
	}
	return false;
}

void orphans_forget(struct generation *generation)
{
	struct reserve_proc *reserve = &generation->reserve;
	reserve->io = sd_event_source_disable_unref(reserve->io);
	reserve->timer = sd_event_source_disable_unref(reserve->timer);
	reserve->look = sd_event_source_disable_unref(reserve->look);
	reserve->fd = close_fd(reserve->fd);
}
