/* pool.c - see pool.h
 *
 * Workers are watched through pidfds: a blocked SIGCHLD would be inherited by everything that the app's modules start,
 * and a caught one would fight with their own waiting. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/worker_signals.h"
#include "workers/fork.h"
#include "workers/pool.h"

enum {
	READY_POLL_US = 2 * 1000,
	ABANDON_US = 1000 * 1000, /* for the last words of a worker whose time is over */
};

struct slot {
	struct pool *pool;
	unsigned number;
	pid_t pid; /* 0: none */
	int pidfd;
	sd_event_source *exit;    /* the pidfd is readable */
	sd_event_source *respawn; /* waits for the end of a back-off */
	bool leaving;             /* it was asked to, for this reason */
	bool succeeded;           /* another one has begun in its stead */
	enum worker_leave reason;
};

struct pool {
	sd_event *event;
	struct counters *counters;
	const struct pool_handlers *handlers;
	void *userdata;
	unsigned n;   /* slots */
	unsigned max; /* workers that do not leave */
	const struct turnover_limits *limits;
	struct turnover turnover;
	bool ready, stopping, failed;
	sd_event_source *ready_timer;
	sd_event_source *turnover_timer;
	sd_event_source *end_timer;
	int end_signal; /* that was sent last to those that leave */
	struct backoff backoff;
	struct slot slots[];
};

int pool_new(sd_event *event, unsigned max, struct counters *counters, const struct turnover_limits *limits,
	     const struct pool_handlers *handlers, void *userdata, struct pool **ret, struct cause *cause)
{
	unsigned n = turnover_slots(limits, max);
	struct pool *pool = calloc(1, sizeof(*pool) + n * sizeof(pool->slots[0]));
	if (!pool)
		return cause_set(cause, -ENOMEM, "not enough memory for %u workers", max);
	pool->event = sd_event_ref(event);
	pool->counters = counters;
	pool->limits = limits;
	pool->handlers = handlers;
	pool->userdata = userdata;
	pool->n = n;
	pool->max = max;
	for (unsigned i = 0; i < n; i++)
		pool->slots[i] = (struct slot){ .pool = pool, .number = i, .pidfd = -1 };
	*ret = pool;
	return 0;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (unsigned i = 0; i < pool->n; i++) {
		struct slot *slot = &pool->slots[i];
		(void)sd_event_source_unref(slot->exit);
		(void)sd_event_source_unref(slot->respawn);
		slot->pidfd = close_fd(slot->pidfd);
	}
	(void)sd_event_source_unref(pool->ready_timer);
	(void)sd_event_source_unref(pool->end_timer);
	(void)sd_event_source_unref(pool->turnover_timer);
	(void)sd_event_unref(pool->event);
	free(pool);
}

pid_t pool_pid(const struct pool *pool, unsigned slot)
{
	return slot < pool->n ? pool->slots[slot].pid : 0;
}

static _Noreturn void run_worker(struct pool *pool, unsigned number, pid_t zygote)
{
	/* The master finds it by that if its zygote dies: it serves on then.  If the zygote died before, nobody found
	 * it. */
	atomic_store(&pool->counters->worker[number].pid, getpid());
	if (getppid() != zygote)
		_exit(EXIT_FAILURE);
	fork_exit(pool->handlers->run(number, pool->userdata));
}

static int on_exit_event(sd_event_source *source, int fd, uint32_t events, void *userdata);

static int watch_exit(struct slot *slot)
{
	slot->pidfd = pidfd_open(slot->pid, 0); /* close-on-exec */
	if (slot->pidfd < 0)
		return -errno;
	return sd_event_add_io(slot->pool->event, &slot->exit, slot->pidfd, EPOLLIN, on_exit_event, slot);
}

/* One whose end would not be seen would never be replaced, nor would the pool come to an end. */
static void end_unwatched(struct slot *slot)
{
	(void)kill(slot->pid, SIGKILL);
	while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR)
		;
	slot->pid = 0;
	slot->pidfd = close_fd(slot->pidfd);
	counters_retire(slot->pool->counters, slot->number);
}

static int spawn(struct slot *slot, struct cause *cause)
{
	struct pool *pool = slot->pool;
	counters_start(pool->counters, slot->number, monotonic_us());
	pid_t zygote = getpid(), pid = fork_python(false);
	if (pid == 0)
		run_worker(pool, slot->number, zygote);
	if (pid < 0)
		return cause_set_errno(cause, pid, "cannot fork worker %u", slot->number);
	slot->pid = pid;
	atomic_store(&pool->counters->worker[slot->number].pid, pid);
	int r = watch_exit(slot);
	if (r >= 0)
		return 0;
	end_unwatched(slot);
	return cause_set_errno(cause, r, "cannot watch worker %u", slot->number);
}

/* In a slot that is free. */
static int add(struct slot *slot, struct cause *cause)
{
	struct pool *pool = slot->pool;
	int r = spawn(slot, cause);
	if (r == 0 && pool->ready)
		pool->handlers->started(slot->number, slot->pid, pool->userdata);
	return r;
}

static int on_respawn(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct slot *slot = userdata;
	struct pool *pool = slot->pool;
	slot->respawn = sd_event_source_unref(source);
	if (pool->stopping)
		return 0;
	struct cause cause = CAUSE_INIT;
	if (add(slot, &cause) < 0) {
		log_error("%s; tried again in %d s", cause.text, BACKOFF_MAX_US / 1000000);
		(void)sd_event_add_time_relative(pool->event, &slot->respawn, CLOCK_MONOTONIC, BACKOFF_MAX_US, 0,
						 on_respawn, slot);
	}
	return 0;
}

static void respawn_after(struct slot *slot, uint64_t delay_us)
{
	struct pool *pool = slot->pool;
	int r = sd_event_add_time_relative(pool->event, &slot->respawn, CLOCK_MONOTONIC, delay_us, 1, on_respawn, slot);
	if (r < 0)
		log_error("worker %u cannot be replaced: %s", slot->number, strerror(-r));
}

/* wait(2) status in words. */
static void describe_exit(const siginfo_t *info, char *text, size_t size)
{
	if (info->si_code == CLD_EXITED) {
		if (info->si_status == WORKER_EXIT_FAULT)
			(void)snprintf(text, size, "a fault in native code");
		else
			(void)snprintf(text, size, "exit status %d", info->si_status);
		return;
	}
	const char *name = sigabbrev_np(info->si_status);
	if (name)
		(void)snprintf(text, size, "killed by SIG%s", name);
	else
		(void)snprintf(text, size, "killed by signal %d", info->si_status);
}

static bool none_left(const struct pool *pool)
{
	for (unsigned i = 0; i < pool->n; i++)
		if (pool->slots[i].pid)
			return false;
	return true;
}

/* It has ended itself, for a reason that is no fault of the worker's. */
static bool replace_at_once(struct slot *slot, const siginfo_t *info)
{
	struct pool *pool = slot->pool;
	if (!pool->ready || info->si_code != CLD_EXITED || info->si_status != WORKER_EXIT_DEADLINE)
		return false;
	char number[16];
	(void)snprintf(number, sizeof(number), "%u", slot->number);
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(CALL_ENDED), "WORKER", number),
		 "worker %u (pid %d) was ended: a call was over its deadline; it is replaced", slot->number,
		 (int)info->si_pid);
	atomic_fetch_add(&pool->counters->restarts, 1);
	respawn_after(slot, 0);
	return true;
}

static void replace(struct slot *slot, const char *how, pid_t pid, bool served)
{
	struct pool *pool = slot->pool;
	uint64_t delay = backoff_delay(&pool->backoff, monotonic_us(), served);
	if (!pool->ready && pool->backoff.n_deaths > BACKOFF_BURST) {
		char text[128];
		(void)snprintf(text, sizeof(text), "the workers die before they serve, the last one with %s", how);
		if (!pool->failed)
			pool->handlers->failed(text, pool->userdata);
		pool->failed = true;
		return;
	}
	char number[16];
	(void)snprintf(number, sizeof(number), "%u", slot->number);
	if (delay > 0)
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(WORKER_DIED), "WORKER", number),
			 "worker %u (pid %d) died: %s; workers die often, so it is replaced in %.1f s", slot->number,
			 (int)pid, how, (double)delay / 1e6);
	else
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(WORKER_DIED), "WORKER", number),
			 "worker %u (pid %d) died: %s; it is replaced", slot->number, (int)pid, how);
	atomic_fetch_add(&pool->counters->restarts, 1);
	respawn_after(slot, delay);
}

/* Why it was asked to leave, if it was, and did. */
static enum worker_leave has_left(struct slot *slot, const siginfo_t *info)
{
	bool left = slot->leaving && info->si_code == CLD_EXITED && info->si_status == 0;
	slot->leaving = false;
	return left ? slot->reason : LEAVE_NONE;
}

/* The next one in the slot, if there is to be one. */
static void succeed(struct slot *slot, const siginfo_t *info, enum worker_leave reason, const char *how, bool served)
{
	struct pool *pool = slot->pool;
	bool succeeded = slot->succeeded;
	slot->succeeded = false;
	if (succeeded && reason == LEAVE_NONE) {
		log_warning("worker %u (pid %d) died when it was to leave: %s", slot->number, (int)info->si_pid, how);
		atomic_fetch_add(&pool->counters->restarts, 1);
	}
	if (succeeded || reason == LEAVE_IDLE)
		return;
	if (reason != LEAVE_NONE)
		respawn_after(slot, 0);
	else if (!replace_at_once(slot, info))
		replace(slot, how, info->si_pid, served);
}

static int on_exit_event(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)events;
	struct slot *slot = userdata;
	struct pool *pool = slot->pool;
	char how[64] = "an unknown status: something else has waited for it";
	siginfo_t info = {};
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0) {
		if (info.si_pid == 0)
			return 0;
		describe_exit(&info, how, sizeof(how));
	}
	pid_t pid = slot->pid;
	bool served = atomic_load(&pool->counters->worker[slot->number].state) > WORKER_STARTING;
	slot->exit = sd_event_source_unref(source);
	slot->pidfd = close_fd(slot->pidfd);
	slot->pid = 0;
	counters_retire(pool->counters, slot->number);
	info.si_pid = pid; /* also if something else has waited for it */
	enum worker_leave reason = has_left(slot, &info);
	pool->handlers->exited(slot->number, &info, how, reason, pool->userdata);
	if (!pool->stopping)
		succeed(slot, &info, reason, how, served);
	else if (none_left(pool))
		pool->handlers->stopped(pool->userdata);
	return 0;
}

/* ---- fewer, more, others ---- */

static void ask_to_leave(struct slot *slot, enum worker_leave reason)
{
	static const char *const whys[] = { "is not needed", "has served its requests", "is old", "has grown" };
	struct pool *pool = slot->pool;
	const struct worker_counters *c = &pool->counters->worker[slot->number];
	if (pidfd_send_signal(slot->pidfd, WORKER_SIGNAL_DRAIN, NULL, 0) < 0)
		return; /* its end is about to be seen */
	slot->leaving = true;
	slot->reason = reason;
	atomic_fetch_add(&pool->counters->left[reason], 1);
	log_debug("worker %u (pid %d) %s, and leaves: %llu requests, %.1f s, %.1f MiB of its own", slot->number,
		  (int)slot->pid, whys[reason], (unsigned long long)c->requests,
		  (double)(monotonic_us() - c->started_us) / 1e6, (double)c->private_bytes / (1 << 20));
}

/* How many could be added. */
static unsigned add_some(struct pool *pool, unsigned n)
{
	struct cause cause = CAUSE_INIT;
	unsigned added = 0;
	for (unsigned i = 0; i < pool->n && added < n; i++) {
		struct slot *slot = &pool->slots[i];
		if (slot->pid || slot->respawn)
			continue;
		if (add(slot, &cause) < 0) {
			log_error("%s", cause.text);
			break;
		}
		added++;
	}
	return added;
}

/* Those with the highest numbers, so that the others can be told apart for long. */
static void remove_idle(struct pool *pool, unsigned n)
{
	for (unsigned i = pool->n; i-- > 0 && n > 0;) {
		struct slot *slot = &pool->slots[i];
		if (!slot->pid || slot->leaving || atomic_load(&pool->counters->worker[i].state) != WORKER_IDLE)
			continue;
		ask_to_leave(slot, LEAVE_IDLE);
		n--;
	}
}

static int on_turnover(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct pool *pool = userdata;
	bool here[COUNTERS_MAX_WORKERS];
	if (pool->stopping)
		return 0;
	for (unsigned i = 0; i < pool->n; i++)
		here[i] = pool->slots[i].respawn || (pool->slots[i].pid && !pool->slots[i].leaving);
	const struct turnover_view view = { .workers = pool->counters->worker,
					    .here = here,
					    .slots = pool->n,
					    .max = pool->max,
					    .now_us = monotonic_us() };
	struct turnover_plan plan = turnover_look(&pool->turnover, pool->limits, &view);
	(void)add_some(pool, plan.add);
	remove_idle(pool, plan.remove);
	if (plan.replace >= 0 && pool->slots[plan.replace].pid) {
		ask_to_leave(&pool->slots[plan.replace], plan.cause);
		pool->slots[plan.replace].succeeded = add_some(pool, 1) == 1;
	}
	int r = sd_event_source_set_time_relative(source, TURNOVER_LOOK_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void watch_turnover(struct pool *pool)
{
	if (!turnover_is_wanted(pool->limits, pool->n))
		return;
	int r = sd_event_add_time_relative(pool->event, &pool->turnover_timer, CLOCK_MONOTONIC, TURNOVER_LOOK_US, 1000,
					   on_turnover, pool);
	if (r < 0)
		log_error("the workers stay as they are: %s", strerror(-r));
}

/* ---- start and end ---- */

static int on_ready_poll(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct pool *pool = userdata;
	bool all = true;
	for (unsigned i = 0; i < pool->limits->min && all; i++) {
		uint32_t state = atomic_load(&pool->counters->worker[i].state);
		all = pool->slots[i].pid && (state == WORKER_IDLE || state == WORKER_BUSY);
	}
	if (pool->stopping || pool->failed)
		return 0;
	if (all) {
		pool->ready = true;
		pool->handlers->ready(pool->userdata);
		watch_turnover(pool);
		return 0;
	}
	int r = sd_event_source_set_time_relative(source, READY_POLL_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int pool_start(struct pool *pool, struct cause *cause)
{
	for (unsigned i = 0; i < pool->limits->min; i++) {
		int r = spawn(&pool->slots[i], cause);
		if (r < 0)
			return r;
	}
	/* The workers say in their counters when they serve. */
	int r = sd_event_add_time_relative(pool->event, &pool->ready_timer, CLOCK_MONOTONIC, READY_POLL_US, 1,
					   on_ready_poll, pool);
	return r < 0 ? cause_set_errno(cause, r, "cannot wait for the workers") : 0;
}

static void signal_all(struct pool *pool, int signal)
{
	pool->end_signal = signal;
	for (unsigned i = 0; i < pool->n; i++)
		if (pool->slots[i].pid)
			(void)pidfd_send_signal(pool->slots[i].pidfd, signal, NULL, 0);
}

/* Those that are left have had their time: first they may say so to their callers. */
static int on_end_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct pool *pool = userdata;
	if (pool->end_signal == WORKER_SIGNAL_ABANDON) {
		signal_all(pool, SIGKILL);
		return 0;
	}
	log_warning("workers are still busy after the time that they have to leave: their calls are given up");
	signal_all(pool, WORKER_SIGNAL_ABANDON);
	int r = sd_event_source_set_time_relative(source, ABANDON_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void pool_end(struct pool *pool, int signal, uint64_t patience_us)
{
	pool->stopping = true;
	signal_all(pool, signal);
	pool->end_timer = sd_event_source_disable_unref(pool->end_timer);
	if (none_left(pool)) {
		pool->handlers->stopped(pool->userdata);
		return;
	}
	if (patience_us == UINT64_MAX)
		return;
	int r = sd_event_add_time_relative(pool->event, &pool->end_timer, CLOCK_MONOTONIC, patience_us, 1, on_end_time,
					   pool);
	if (r < 0) {
		log_error("cannot wait for the end of the workers: %s", strerror(-r));
		signal_all(pool, WORKER_SIGNAL_ABANDON);
	}
}
