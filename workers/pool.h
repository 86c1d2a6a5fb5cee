/* pool.h - a zygote's workers: forked, watched, replaced when they die, ended. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/cause.h"
#include "common/counters.h"
#include "common/turnover.h"

struct pool;

struct pool_handlers {
	/* In the new process: be worker number slot; what it returns is the exit status. */
	int (*run)(unsigned slot, void *userdata);
	/* All workers that were started serve for the first time. */
	void (*ready)(void *userdata);
	/* A worker took the place of one that is gone, or was added. */
	void (*started)(unsigned slot, pid_t pid, void *userdata);
	/* info: as waitid(2) has it, zeros but for the pid if something else has waited for it; how: "exit status 1",
	 * "killed by SIGKILL"; reason: why it was asked to. */
	void (*exited)(unsigned slot, const siginfo_t *info, const char *how, enum worker_leave reason, void *userdata);
	/* So many workers died before all were ready that it makes no sense to go on.  Not called twice. */
	void (*failed)(const char *cause, void *userdata);
	/* After pool_end(): the last one has ended. */
	void (*stopped)(void *userdata);
};

/* Watch at most n workers from event, in turnover_slots() slots; none runs yet.  counters, limits and handlers must
 * outlive the pool.  -errno with cause. */
int pool_new(sd_event *event, unsigned n, struct counters *counters, const struct turnover_limits *limits,
	     const struct pool_handlers *handlers, void *userdata, struct pool **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* For the zygote's end, and in a worker, where it only closes what the zygote watches.  NULL is fine. */
void pool_free(struct pool *pool);

/* Fork as many workers as the limits want at least; how many there are later, and which are replaced, follows from the
 * limits, too.  The interpreter must run, with the GIL held.  -errno with cause. */
int pool_start(struct pool *pool, struct cause *cause) __attribute__((warn_unused_result));

/* Send a signal to all, SIGTERM or WORKER_SIGNAL_DRAIN, and replace none any more.  stopped() follows, also if there is
 * none.  Who has not left after patience_us (UINT64_MAX: for ever) has to give up its call, and is killed.  May be
 * called again. */
void pool_end(struct pool *pool, int signal, uint64_t patience_us);

/* The process in a slot, 0 for none. */
pid_t pool_pid(const struct pool *pool, unsigned slot);
