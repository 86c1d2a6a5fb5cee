/* trial.h - whether a native function is any faster: some of its first calls run in CPython instead, and all of them
 * are timed (the thread's CPU time, so that who waits is not slow) until it is clear (trial_pairs.h).
 *
 * Calls stay what they are: the call's own frame carries an object that tells by its end that the call has ended.  One
 * call is timed at a time; what is called from it runs as if there were no trials, but for calls of the same function,
 * which go the same way as the first.  So what is compared is whole recursions: a call inside of one that began before
 * the trial, or in which CPython goes on, says nothing, since in native code it would have been a direct one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/trial_pairs.h"
#include "common/cause.h"

typedef struct _object PyObject;
struct switch_call;
struct trial;

struct trial_result {
	uint64_t native_ns, cpython_ns; /* of a call on average, at least 1 */
	enum trial_verdict verdict;     /* not TRIAL_OPEN */
};

struct trial_subject {
	PyObject *original, *stub; /* code objects */
	uint32_t n_params;
};

enum trial_turn { TRIAL_GO_NATIVE, TRIAL_GO_CPYTHON, TRIAL_OVER };

/* Once in a process, after Py_Initialize().  -ENOMEM with cause. */
int trial_init(struct cause *cause) __attribute__((warn_unused_result));

/* NULL if there is no memory. */
struct trial *trial_new(void);
void trial_free(struct trial *trial); /* NULL is fine; a call that is being timed is forgotten */

/* A call of the function begins: how it should go.  TRIAL_OVER: *ret says what came out. */
enum trial_turn trial_call(struct trial *trial, const struct trial_subject *subject, const struct switch_call *call,
			   struct trial_result *ret);

/* Whether a call of the trial is under way that is timed in CPython. */
bool trial_is_cpythons(const struct trial *trial);
