/* trial.h - whether a native function is any faster: some of its first calls run in CPython instead, in an order that
 * favours neither, and all of them are timed (the thread's CPU time, so that who waits is not slow).
 *
 * Calls stay what they are: the call's own frame carries an object that tells by its end that the call has ended.  One
 * call is timed at a time; what is called from it runs as if there were no trials, but for calls of the same function,
 * which go the same way as the first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cause.h"

struct switch_call;
struct trial;

/* Less than that and a function gains nothing: native against CPython, time of a call. */
#define TRIAL_MIN_GAIN 1.05

struct trial_result {
	uint64_t native_ns, cpython_ns; /* medians, at least 1 */
	bool gains;                     /* not clearly less than TRIAL_MIN_GAIN */
};

enum trial_turn { TRIAL_NATIVE, TRIAL_CPYTHON, TRIAL_OVER };

/* Once in a process, after Py_Initialize().  -ENOMEM with cause. */
int trial_init(struct cause *cause) __attribute__((warn_unused_result));

/* NULL if there is no memory. */
struct trial *trial_new(void);
void trial_free(struct trial *trial); /* NULL is fine; a call that is being timed is forgotten */

/* A call of the function begins: how it should go.  TRIAL_OVER: *ret says what came out. */
enum trial_turn trial_call(struct trial *trial, const struct switch_call *call, struct trial_result *ret);
