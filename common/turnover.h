/* turnover.h - which workers leave, and when further ones are needed.
 *
 * Decisions only, from the counters and a clock; pool.c and daemon/orphans.c act on them.  What workers wrote there may
 * be anything: it costs or gains a worker, no more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"

/* 0 is no limit, but for min. */
#define TURNOVER(X)                                                        \
	X(min)        /* workers, when there is little to do */            \
	X(idle_us)    /* not needed for so long, those beyond min leave */ \
	X(requests)   /* that one worker serves */                         \
	X(age_us)     /* of a worker */                                    \
	X(memory)     /* bytes that it shares with no other process */     \
	X(memory_max) /* bytes that it may allocate beyond those of its start */

struct turnover_limits {
#define X(name) uint64_t name;
	TURNOVER(X)
#undef X
};

enum { TURNOVER_LOOK_US = 100 * 1000 }; /* between two looks */

struct turnover {
	uint64_t window_us; /* CLOCK_MONOTONIC: when the time began in which least_idle was seen */
	unsigned least_idle;
	unsigned step; /* so many are added next, while all are busy */
};

/* What is to be done. */
struct turnover_plan {
	unsigned add;
	unsigned remove;         /* so many idle ones */
	int replace;             /* the slot of one that is to make room for a new one; -1: none */
	enum worker_leave cause; /* of that */
};

/* How the workers are.  here[slot]: it is there, and has not been asked to leave. */
struct turnover_view {
	const struct worker_counters *workers;
	const bool *here;
	unsigned slots;
	unsigned max; /* workers */
	uint64_t now_us;
};

/* How many slots so many workers need: there is one more, for the successor of one that leaves, where workers are
 * replaced.  Who waits for clients to read, or for a call to end, leaves no gap then. */
unsigned turnover_slots(const struct turnover_limits *limits, unsigned max);

/* Is there anything to look for? */
bool turnover_is_wanted(const struct turnover_limits *limits, unsigned max);

struct turnover_plan turnover_look(struct turnover *turnover, const struct turnover_limits *limits,
				   const struct turnover_view *view);
