/* proof.h - native code that was not run in shadow (shadow.h), since no calls of it were known when it was compiled:
 * the profile of an earlier start asked for it.  Its first calls in a worker are kept, and tried when they are over.
 *
 * For one thread, with the GIL. */
#pragma once

#include <stdbool.h>

#include "codecache/unit.h"

typedef struct _object PyObject;
struct native_function;
struct proof;

/* Of the code of native that meta describes, which must stay: no call is kept yet.  NULL if there is no memory. */
struct proof *proof_new(struct native_function *native, const struct unit_function *meta);

/* Keep calls from now on, or not: a zygote's are the warm-up's. */
void proof_record(bool wanted);

/* A call begins. */
void proof_note_call(struct proof *proof, PyObject *const *args);

/* Whether any calls are kept. */
bool proof_is_open(void);

struct proof_calls {
	const struct native_function *native;
	const struct unit_function *meta;
	PyObject *calls; /* a list of copies of arguments, see shadow_copy(); borrowed */
};

/* Between two requests: call tell() with the calls of each function of which enough are kept, or more are not to be
 * waited for, and forget them if it could be told, else do that next time. */
void proof_tell(bool (*tell)(const struct proof_calls *calls, void *userdata), void *userdata);
