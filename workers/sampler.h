/* sampler.h - what a worker spends its CPU time in.
 *
 * A timer of the thread's CPU time sends a signal every interval of it; the handler looks which code object runs on top
 * of the Python stack and counts that.  So calls cost nothing, an idle worker is never woken, and what is not in the
 * catalogue (the interpreter's start, code made later) is not seen.  What is hot: workers/heat.h. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

typedef struct _object PyObject;

struct catalogue;

struct sampler_options {
	const struct catalogue *catalogue;
	uint64_t interval_us;     /* CPU time between two looks */
	uint32_t hot;             /* samples that make a function hot, at least 1 */
	const void *code;         /* machine code is there ... */
	size_t code_size;         /* ... in so many bytes */
	_Atomic uint64_t *cpu_us; /* of struct worker_gauges, may be NULL */
};

/* Sample the calling thread, which runs Python.  Uses the signal SIGRTMAX - 5.  -errno with cause. */
int sampler_start(const struct sampler_options *options, struct cause *cause) __attribute__((warn_unused_result));

/* For tests and forked copies. */
void sampler_stop(void);

/* Samples in this code object count for function number as "left": CPython goes on in it where native code was left. */
void sampler_add_code(PyObject *code, uint32_t number);

/* The next function that became hot since the last time it was asked for: its number, or CATALOGUE_NONE.  *ret_left:
 * in code that native code left for CPython.  To be told again it must become hot anew (heat.h). */
uint32_t sampler_next(bool *ret_left);

/* Whether sampler_next() has something. */
bool sampler_has_news(void);

/* Samples since the start, those in unknown code included. */
uint64_t sampler_samples(void);
