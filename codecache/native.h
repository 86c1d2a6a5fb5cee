/* native.h - compiled functions in a running interpreter: stub, dispatcher, side exits.
 *
 * A native function keeps its identity: its __code__ becomes a stub with the same signature that calls the dispatcher
 * with the locals.  The dispatcher picks the specialization by the argument types, calls it, and lets CPython go on
 * where native code left (a resume code object), or from the start when no specialization fits. */
#pragma once

#include <stddef.h>

#include "codecache/trial.h"
#include "codecache/unit.h"
#include "common/counters.h"

typedef struct _object PyObject;

struct native_function;

/* Once in a process, after Py_Initialize(). -ENOMEM with cause. */
int native_init(struct cause *cause) __attribute__((warn_unused_result));

/* Where calls and side exits are counted from now on: COUNTERS_MAX_FUNCTIONS entries, indexed by native_index().  A
 * worker calls it with its own row right after the fork.  The initial table is private memory. */
void native_set_counters(struct function_counters *row);

/* Make function (a PyFunctionObject) native: meta describes the specialization (copied; must be checked already: see
 * unit_from_json()), entry is its code.  A function that is native already gets one more specialization (at most 4,
 * then -ENOSPC).  *ret stays valid until exit.  0, -errno with cause; on error the function is unchanged. */
int native_install(PyObject *function, const struct unit_function *meta, const void *entry,
		   struct native_function **ret, struct cause *cause) __attribute__((warn_unused_result));

/* Give the function its original code back. */
void native_uninstall(struct native_function *native);

/* Never again call the specialization whose code is at entry; without any, the function is as by native_uninstall(). */
void native_drop(struct native_function *native, const void *entry);

/* Find out by its next calls whether it is any faster than CPython (see trial.h); the handler is told what came out, in
 * this process, at a call after the last one that was timed, and may drop it. */
void native_try(struct native_function *native);
typedef void (*native_trial_handler)(struct native_function *native, const struct trial_result *result, void *userdata);
void native_set_trial_handler(native_trial_handler handler, void *userdata);

/* The native function behind a Python function, NULL if there is none (any more). */
struct native_function *native_of(PyObject *function);

PyObject *
native_function_object(const struct native_function *native); /* a new reference; NULL if it does not live any more */
uint32_t native_index(const struct native_function *native);
PyObject *native_original_code(const struct native_function *native); /* borrowed */
