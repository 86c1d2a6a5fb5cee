/* knowledge.h - what the master knows about the zygote and its workers.
 *
 * Made from the zygote's events and answers, and from the counters.  It is what preforgectl is shown when the zygote is
 * busy or gone, so asking the master never waits for anybody. */
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "common/counters.h"

struct knowledge {
	char state[16];                               /* of the zygote: "starting", "importing", ..., "ready", "gone" */
	pid_t zygote;                                 /* 0: there is none */
	pid_t workers[COUNTERS_MAX_WORKERS];          /* by slot; 0: there is none; also without a zygote */
	json_t *cache, *timings, *compiler, *methods; /* as the zygote said last; NULL: not yet */
	json_t *functions;
};

/* A zygote was started: forget what the one before it said of itself. */
void knowledge_start(struct knowledge *knowledge, pid_t zygote);

/* It is gone; its workers may go on. */
void knowledge_end(struct knowledge *knowledge);

/* Learn from an event {"event": name, ...}, or from an answer to "status". */
void knowledge_event(struct knowledge *knowledge, const char *name, json_t *message);
void knowledge_status(struct knowledge *knowledge, json_t *result);

/* Learn from an answer to "functions". */
void knowledge_functions(struct knowledge *knowledge, json_t *result);

/* Forget all. */
void knowledge_clear(struct knowledge *knowledge);

unsigned knowledge_workers(const struct knowledge *knowledge);

/* Functions that run as machine code, as far as is known. */
json_int_t knowledge_native(const struct knowledge *knowledge);

/* [{"pid", "slot", "state", "requests", "errors", "uptime_s", "cpu_s", "resident_bytes", "private_bytes"}], NULL when
 * memory is short. */
json_t *knowledge_worker_list(const struct knowledge *knowledge, struct counters *counters);

/* Sums over all workers that there are and were. */
uint64_t counters_requests(struct counters *counters);
uint64_t counters_errors(struct counters *counters);
