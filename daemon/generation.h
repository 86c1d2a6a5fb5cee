/* generation.h - one load of the app, as the master sees it: a zygote and the workers that it has forked.
 *
 *     starting --ready--> serving --another is ready--> draining ---> gone
 *         | failed           |                              |
 *         +---> gone         +--------- the daemon stops ---+---> stopping ---> gone
 *
 * Workers outlive their zygote.  When it dies they become the master's children (it is a subreaper), serve on, and are
 * told by the master what a zygote would tell them (orphans.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/backoff.h"
#include "common/counters.h"
#include "common/exchange.h"
#include "common/turnover.h"
#include "conf/conf.h"
#include "daemon/identity.h"
#include "daemon/knowledge.h"
#include "daemon/listener.h"
#include "daemon/zygote_proc.h"

enum generation_state { GENERATION_STARTING, GENERATION_SERVING, GENERATION_DRAINING, GENERATION_STOPPING };

struct generation;

struct generation_handlers {
	/* All its workers serve; message is what the zygote said. */
	void (*ready)(struct generation *generation, json_t *message, void *userdata);
	/* The zygote said in what state it is; only while it starts. */
	void (*progress)(struct generation *generation, void *userdata);
	/* A worker without a zygote has ended, though the generation is to serve; reason: why it was asked to. */
	void (*worker_ended)(struct generation *generation, const siginfo_t *info, enum worker_leave reason,
			     void *userdata);
	/* The zygote has ended; the generation's cause says why, "" if it was to end. */
	void (*zygote_ended)(struct generation *generation, void *userdata);
};

/* The process that forks workers when there is no zygote: workers/reserve.h. */
struct reserve_proc {
	int fd;          /* our end of its socket */
	pid_t pid;       /* 0: there is none, or the zygote lives, whose child it is */
	unsigned wanted; /* so many workers */
	bool ordered[COUNTERS_MAX_WORKERS];
	struct backoff backoff;
	unsigned max, slots; /* of workers that do not leave; of all */
	struct turnover_limits limits;
	struct turnover turnover;
	bool leaving[COUNTERS_MAX_WORKERS]; /* it was asked to, for this reason */
	enum worker_leave reason[COUNTERS_MAX_WORKERS];
	sd_event_source *io, *timer, *look;
};

struct generation {
	struct generation *older;
	unsigned number;
	enum generation_state state;
	struct zygote_proc *zygote; /* NULL: it has ended */
	struct knowledge knowledge; /* its workers are children of the zygote, or, without one, ours */
	struct reserve_proc reserve;
	int counters_fd;
	struct counters *counters;
	struct cause cause;                     /* why it failed, or its zygote ended */
	char *traceback;                        /* Python's, NULL if there is none */
	uint64_t started_us, ready_us, left_us; /* CLOCK_MONOTONIC, 0: not yet */
	uint64_t patience_us;                   /* for the end of those that leave */
	bool abandoned;                         /* they have been told to give up */
	sd_event *event;
	sd_event_source *timer;
	const struct generation_handlers *handlers;
	void *userdata;
};

/* What a zygote is given beside its configuration. */
struct generation_fds {
	const struct listeners *listeners;
	struct exchange exchange;
	int lifeline; /* the end that is for workers */
	int metrics_fd;
	const struct identity *identity; /* as whom it runs */
};

/* Start a zygote with these.  -errno with cause. */
int generation_start(sd_event *event, unsigned number, const struct conf *conf, const struct generation_fds *fds,
		     const struct generation_handlers *handlers, void *userdata, struct generation **ret,
		     struct cause *cause) __attribute__((warn_unused_result));

/* Forget it; processes are left alone.  NULL is fine. */
struct generation *generation_free(struct generation *generation);

/* Others serve: hand over and finish what is under way, within the time; what then still runs is killed. */
void generation_drain(struct generation *generation, uint64_t patience_us);

/* The daemon stops: finish what is under way.  The master has an eye on the time. */
void generation_stop(struct generation *generation);

/* A child of ours has ended: true if it was one of this generation. */
bool generation_reap(struct generation *generation, const siginfo_t *info);

/* The generation has one timer: its time is anew, microseconds from now, UINT64_MAX: never.  Where there can be none,
 * the handler is called at once.  For orphans.c. */
void generation_set_timer(struct generation *generation, uint64_t usec, sd_event_time_handler_t handler);

/* Neither zygote nor workers are left. */
bool generation_is_gone(const struct generation *generation);

/* "starting", "serving", "orphaned" (serving without a zygote), "draining", "stopping". */
const char *generation_state_name(const struct generation *generation);

/* {"number", "state", "zygote", "reserve", "workers", "age_s"} */
json_t *generation_json(const struct generation *generation);

/* "exit status 1", "killed by SIGKILL" */
void obituary(const siginfo_t *info, char text[static 128]);
