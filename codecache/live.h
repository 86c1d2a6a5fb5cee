/* live.h - compiling after the fork: what workers ask for goes in, native functions come out, and nobody waits.
 *
 * For a process with an event loop, the zygote.  A request names a function by its number in the catalogue, and is
 * untrusted: it comes from a process that runs user code.  The same function with the same types is compiled once,
 * however many workers ask; what failed is tried again after a while, then never; and when there is no compiler, nobody
 * is started for nothing again and again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/codecache.h"

struct compiler_job;
struct live;

enum live_state { LIVE_QUEUED, LIVE_COMPILING, LIVE_READY, LIVE_REFUSED };

struct live_handlers {
	/* What was asked for has another state.  result: of READY and REFUSED, else NULL; function: borrowed. */
	void (*changed)(const struct codecache_request *request, enum live_state state,
			const struct codecache_result *result, void *userdata);
	/* There is no compiler any more, or one again (cause NULL): said once each time. */
	void (*compiler)(const char *cause, void *userdata);
};

struct live_gauges {
	uint64_t requests;   /* received and valid */
	uint64_t duplicates; /* of these, for what was asked before */
	uint64_t too_many;   /* of these, dropped since as many are known as may be */
	uint64_t ready;      /* functions that came out */
	uint64_t refused;
	uint64_t failed; /* compiler processes that failed, those that are tried again included */
	uint32_t queued, compiling;
};

/* After codecache_share(), before the first fork.  compilers: children at a time, at least 1.  retry_us: what failed is
 * tried again after that.  handlers must stay. From now on what the cache installs is published.  The cache owns *ret.
 * -errno with cause. */
int live_new(struct codecache *cache, unsigned compilers, uint64_t retry_us, const struct live_handlers *handlers,
	     void *userdata, struct live **ret, struct cause *cause) __attribute__((warn_unused_result));

/* Kill what runs. NULL is fine. */
void live_free(struct live *live);

/* Readable when live_step() has something to do. */
int live_fd(const struct live *live);
void live_step(struct live *live);

/* What a worker asks for: function number for these types. */
struct live_order {
	uint32_t number, n_params;
	const uint8_t *params;
	struct unit_loop loop; /* where the code is to begin; pc 0: with a call */
	const char *feedback;  /* as feedback_take() has it */
	const void *calls;     /* as shadow_pack() has them, to try the code with */
	size_t calls_size;     /* 0: none */
};

/* Compile it.  Everything is checked: -EBADMSG with cause for what no worker of ours would ask, -ENOMEM.  0 otherwise,
 * also if it is not done. */
int live_request(struct live *live, const struct live_order *wanted, struct cause *cause)
	__attribute__((warn_unused_result));

/* A worker has calls of code that was not run in shadow (proof.h): do that now, once.  ban: what to say, and to whom,
 * if it is wrong; what it points to must stay, the reason and the detail come later.  As live_request(). */
int live_prove(struct live *live, struct codecache *cache, const struct live_order *wanted,
	       const struct codecache_ban *ban, struct cause *cause) __attribute__((warn_unused_result));

/* Run a job of somebody else's among the compilers; job->done is called at its end, unless live_free() comes first. */
void live_run(struct live *live, struct compiler_job *job);

void live_get_gauges(const struct live *live, struct live_gauges *ret);
