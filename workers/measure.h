/* measure.h - what a worker measures of its own requests, and says of them in the access log.
 *
 * One worker a process, so there is one state.  Before measure_start(), as in the zygote's warm-up, nothing is kept.
 * measure_error() may be called from any thread and in signal handlers, the rest from the worker's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/metrics.h"
#include "workers/access_log.h"

struct peer;

struct measure_options {
	struct metrics *metrics;
	struct worker_gauges *gauges;
	unsigned slot;
	bool access_log; /* each request is logged */
	int access_fd;   /* to a file of its own; -1: there is none */
	enum access_format access_format;
};

/* Measure from now on. */
void measure_start(const struct measure_options *options);

/* The index for measure_end(). */
unsigned measure_method(const char *name);

/* The requests that follow, one or the members of a batch, come from peer (may be NULL; not copied) and begin now. */
void measure_begin(const struct peer *peer, uint64_t now_us);

/* An error of this code was answered, or would have been if it were no notification. */
void measure_error(int code);

/* What is known of that error, for preforgectl errors: kind, of an exception, is its type and where it was raised
 * (NULL: none), text n bytes that are copied. */
void measure_detail(const char *kind, const char *text, size_t n);

/* The call that is under way took so long, and was there in the middle of it. */
void measure_slow(const char *method, uint64_t duration_us, const char *stack);

/* A request ends.  name: NULL if it had no method that exists.  size: bytes of its answer. */
void measure_end(const char *name, unsigned method, size_t size);

/* What peer sent is no request, and was answered so, in size bytes.  Any thread. */
void measure_unreadable(const struct peer *peer, size_t size);

/* A request was refused without a look at it.  Async-signal-safe, from any thread. */
void measure_refused(void);

/* n connections wait for the worker.  From any thread. */
void measure_queue(size_t n);
