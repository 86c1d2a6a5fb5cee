/* metrics.h - what is measured for Prometheus, in memory that all processes of the daemon share.
 *
 * One region for the daemon's whole life, so that no counter goes back when a generation of workers follows another.
 * Workers add to the row of their slot, zygotes and the master set the scalars.  Written by processes that run user
 * code: readers take numbers from it, never an index or a size that they do not check.  metrics_render() writes the
 * text format (version 0.0.4) and can run in any process and thread. */
#pragma once

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "common/cause.h"
#include "common/counters.h"
#include "common/incidents.h"

enum {
	METRICS_METHODS = 256,     /* of further ones all calls are counted together, as method "other" */
	METRICS_NAME_MAX = 96,     /* bytes of a method's name, with the zero byte */
	METRICS_BUCKETS = 16,      /* of durations; and one for longer ones */
	METRICS_SHORTEST_US = 100, /* end of the first of them, microseconds */
	METRICS_CODES = 12,        /* of errors, see metrics_code() */
};

/* X(name, type, metric, labels, divisor, help): one number each; shown is the number divided by divisor.  Those with
 * the same metric stand together. */
#define METRICS_SCALARS(X)                                                                                             \
	X(START_TIME, "gauge", "preforge_start_time_seconds", "", 1e6, "When the daemon was started, Unix time.")      \
	X(START_DURATION, "gauge", "preforge_start_duration_seconds", "", 1e6,                                         \
	  "From the daemon's start to its readiness.")                                                                 \
	X(IMPORT_US, "gauge", "preforge_load_duration_seconds", "phase=\"import\"", 1e6,                               \
	  "How long the last load of the application took, by phase.")                                                 \
	X(WARMUP_US, "gauge", "preforge_load_duration_seconds", "phase=\"warmup\"", 1e6, "")                           \
	X(COMPILE_US, "gauge", "preforge_load_duration_seconds", "phase=\"compile\"", 1e6, "")                         \
	X(ZYGOTE_RESTARTS, "counter", "preforge_zygote_restarts_total", "", 1, "Zygotes that died and were replaced.") \
	X(RELOADS_DONE, "counter", "preforge_reloads_total", "result=\"success\"", 1, "Reloads, by result.")           \
	X(RELOADS_FAILED, "counter", "preforge_reloads_total", "result=\"failure\"", 1, "")                            \
	X(RESTARTS_CRASH, "counter", "preforge_worker_restarts_total", "cause=\"crash\"", 1,                           \
	  "Workers that were replaced, by cause.")                                                                     \
	X(RESTARTS_EXIT, "counter", "preforge_worker_restarts_total", "cause=\"exit\"", 1, "")                         \
	X(RESTARTS_DEADLINE, "counter", "preforge_worker_restarts_total", "cause=\"deadline\"", 1, "")                 \
	X(RESTARTS_LIMIT, "counter", "preforge_worker_restarts_total", "cause=\"limit\"", 1, "")                       \
	X(RESTARTS_FAULT, "counter", "preforge_worker_restarts_total", "cause=\"native_fault\"", 1, "")                \
	X(COMPILED, "counter", "preforge_functions_total", "result=\"compiled\"", 1,                                   \
	  "Functions that the compiler was asked for, by result.")                                                     \
	X(LOADED, "counter", "preforge_functions_total", "result=\"loaded\"", 1, "")                                   \
	X(REFUSED, "counter", "preforge_functions_total", "result=\"refused\"", 1, "")                                 \
	X(QUARANTINED, "counter", "preforge_functions_total", "result=\"quarantined\"", 1, "")                         \
	X(COMPILER_RUNS, "counter", "preforge_compiler_runs_total", "", 1, "Compiler processes that have ended.")      \
	X(COMPILER_US, "counter", "preforge_compiler_run_seconds_total", "", 1e6, "How long they took, all together.") \
	X(COMPILER_QUEUED, "gauge", "preforge_compiler_queue_length", "", 1, "Units that wait for a compiler.")        \
	X(CACHE_SIZE, "gauge", "preforge_code_cache_size_bytes", "", 1, "Room for machine code.")                      \
	X(CACHE_USED, "gauge", "preforge_code_cache_used_bytes", "", 1, "Machine code in it.")                         \
	X(CACHE_FULL, "counter", "preforge_code_cache_full_total", "", 1, "Functions for which it had no room.")       \
	X(STORE_WRITTEN, "counter", "preforge_store_units_total", "result=\"written\"", 1,                             \
	  "Units of compiled code and the store on disk, by what became of them.")                                     \
	X(STORE_FAILED, "counter", "preforge_store_units_total", "result=\"not_written\"", 1, "")                      \
	X(STORE_BAD, "counter", "preforge_store_units_total", "result=\"unusable\"", 1, "")

#define METRICS_NAME(name, ...) METRIC_##name,
enum metric { METRICS_SCALARS(METRICS_NAME) METRICS_COUNT };
#undef METRICS_NAME

struct metrics_method {
	_Atomic uint64_t total_us;
	_Atomic uint64_t bucket[METRICS_BUCKETS + 1];
};

/* Of one slot; what the workers of that slot did. */
struct metrics_row {
	_Atomic uint64_t nameless; /* requests that came to no method's end */
	_Atomic uint64_t errors[METRICS_CODES];
	uint64_t reserved;
	struct metrics_method method[METRICS_METHODS + 1]; /* the last one: "other" */
};
_Static_assert(sizeof(struct metrics_row) % 64 == 0, "no cache line is written by two workers");

struct metrics {
	_Atomic uint64_t scalar[METRICS_COUNT];
	_Atomic uint32_t n_names;
	_Atomic uint32_t n_rows; /* that are in use */
	struct metrics_name {
		_Atomic uint32_t is_set; /* the name may be read */
		char name[METRICS_NAME_MAX];
	} name[METRICS_METHODS];
	_Alignas(64) struct metrics_row row[COUNTERS_MAX_WORKERS];
	struct incidents incidents;
};

/* What is not in the region. */
struct metrics_view {
	const struct metrics *metrics;
	const struct counters *counters; /* of the generation that serves; NULL: none does */
	unsigned workers;                /* its slots */
	uint64_t waiting;                /* connections on their way from one worker to another */
};

/* As counters_create() and counters_map(). */
int metrics_create(int *ret_fd, struct cause *cause) __attribute__((warn_unused_result));
int metrics_map(int fd, struct metrics **ret, struct cause *cause) __attribute__((warn_unused_result));
void metrics_unmap(struct metrics *metrics);

/* Somebody adds to the row of this slot from now on. */
struct metrics_row *metrics_row(struct metrics *metrics, unsigned slot);

/* The index for a method of that name, METRICS_METHODS when there are too many. */
unsigned metrics_method(struct metrics *metrics, const char *name);

/* A call of it took that long, from its parameters to its answer. */
void metrics_call(struct metrics_row *row, unsigned method, uint64_t duration_us);

/* The place in errors[] of a code of JSON-RPC; codes that are not the server's share the last one. */
unsigned metrics_code(int code);

static inline void metrics_set(struct metrics *metrics, enum metric metric, uint64_t value)
{
	atomic_store_explicit(&metrics->scalar[metric], value, memory_order_relaxed);
}

static inline void metrics_add(_Atomic uint64_t *counter, uint64_t n)
{
	(void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* A worker has ended, and another takes its place; info: how it ended. Those that were not needed any more do not
 * count.
 */
void metrics_replaced(struct metrics *metrics, const siginfo_t *info, enum worker_leave reason);

/* Write all of it. */
void metrics_render(const struct metrics_view *view, FILE *out);
