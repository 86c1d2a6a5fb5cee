/* native.h - compiled functions in a running interpreter: stub, dispatcher, side exits.
 *
 * A native function keeps its identity: its __code__ becomes a stub with the same signature that calls the dispatcher
 * with the locals.  The dispatcher picks the specialization by the argument types, calls it, and lets CPython go on
 * where native code left (a resume code object), or from the start when no specialization fits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "codecache/trial.h"
#include "codecache/unit.h"
#include "common/counters.h"

typedef struct _object PyObject;

struct native_function;
struct observer;

/* Once in a process, after Py_Initialize(). -ENOMEM with cause. */
int native_init(struct cause *cause) __attribute__((warn_unused_result));

/* Where calls and side exits are counted from now on: COUNTERS_MAX_FUNCTIONS entries, indexed by native_index().  A
 * worker calls it with its own row right after the fork.  The initial table is private memory. */
void native_set_counters(struct function_counters *row);

/* Where is counted at which places native code is left: COUNTERS_EXITS entries.  Private memory at first, too. */
void native_set_exit_counters(struct exit_counter *table);

/* Add to counts[number] what the table has of each exit of the specialization whose code is at entry.  The table is
 * untrusted. */
void native_sum_exits(const struct exit_counter *table, const void *entry, uint64_t *counts, uint32_t n);

/* The table of this process, for native_sum_exits(). */
const struct exit_counter *native_exit_counters(void);

/* Make function (a PyFunctionObject) native: meta describes the specialization (copied; must be checked already: see
 * unit_from_json()), entry is its code.  A function that is native already gets one more specialization (at most 4,
 * then -ENOSPC), which takes the place of one for the same types.  *ret stays valid until exit.  0, -errno with cause;
 * on error the function is unchanged. */
int native_install(PyObject *function, const struct unit_function *meta, const void *entry,
		   struct native_function **ret, struct cause *cause) __attribute__((warn_unused_result));

/* Make a function native whose code another one has that is native, for the same globals: a def makes a new function
 * each time that it runs.  false: it has none such. */
bool native_join(PyObject *function);

/* The same in a worker, of what the zygote has installed as index: the row of counters is not chosen here. */
int native_adopt(PyObject *function, const struct unit_function *meta, const void *entry, uint32_t index,
		 struct native_function **ret, struct cause *cause);

/* Whether the frame hook that is set must see what the running call calls, as it measures that, say.  Until this is
 * called, every hook must. */
void native_set_measured(bool (*measured)(void));

/* Note from now on what arguments native functions are called with for which they have no code, and where they are
 * left.  For a worker. */
void native_observe_all(void);

/* The same in a process that compiles by itself: where a function's calls find no code for their arguments again and
 * again, or leave it, the handler is asked, as a call begins, to make code by what native_observer() says.  It says
 * whether there is any new. */
typedef bool (*native_miss_handler)(struct native_function *native, void *userdata);
void native_set_miss_handler(native_miss_handler handler, void *userdata);

/* Whether one in eight of the calls, or more, has left its newest code for what other code would know. */
bool native_is_left_often(const struct native_function *native);

/* Where a trial (native_try()) finds code slow that is left often, the handler may ask for other code; it says whether
 * it has.  CPython has the calls until there is other code, for a minute at most, then the code is tried again; the
 * second time for two, the third for four.  For a worker. */
void native_set_loss_handler(native_miss_handler handler, void *userdata);

/* A loop that CPython is busy with, since native code has left it or its call never had any: code is wanted that begins
 * at its head, for what is in the frame. */
enum {
	NATIVE_LOOP_MAX_PARAMS = 256,
	NATIVE_LOOP_ROUNDS = 20000, /* some milliseconds and more */
};
struct native_loop {
	struct unit_loop loop;
	const enum value_type *params; /* see struct unit_loop */
	uint32_t n_params;
	PyObject *code; /* the resume code in which CPython runs it, borrowed */
};
/* The handler is told of such loops when CPython has done that many rounds of them, or has taken long; it may have made
 * the code when it returns.  false: it is to be told again later.  NULL: nobody is. */
typedef bool (*native_loop_handler)(struct native_function *native, const struct native_loop *wanted, void *userdata);
void native_set_loop_handler(native_loop_handler handler, uint32_t rounds, void *userdata);

/* Have a function that is not native be called through a stub which notes the types of its arguments and goes on in
 * CPython, until native_uninstall() or native_adopt().  Of one that is native nothing changes.  -errno with cause. */
int native_observe(PyObject *function, struct native_function **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* What was noted; NULL: nothing. */
struct observer *native_observer(const struct native_function *native);

/* The types of that parameter for which it has code, by VALUE_BIT(). */
uint64_t native_param_types(const struct native_function *native, uint32_t param);

/* Forget of a call's types what code that there is for the same numbers has otherwise. */
void native_widen(const struct native_function *native, enum value_type *params);

/* Whether it has any code. */
bool native_has_code(const struct native_function *native);

/* The code objects of CPython in which calls go on that native code leaves: call(code, userdata) for each. */
void native_resume_codes(const struct native_function *native, void (*call)(PyObject *code, void *userdata),
			 void *userdata);

/* Give the function its original code back. */
void native_uninstall(struct native_function *native);

/* Before the interpreter ends: every call runs in CPython from now on, and nothing here keeps modules and what is in
 * them alive any more. */
void native_end(void);

/* Never again call the specialization whose code is at entry; without any, the function is as by native_uninstall(). */
void native_drop(struct native_function *native, const void *entry);

/* Find out by its next calls whether it is any faster than CPython (see trial.h); the handler is told what came out, in
 * this process, at a call after the last one that was timed, and may drop it. */
void native_try(struct native_function *native);
typedef void (*native_trial_handler)(struct native_function *native, const struct trial_result *result, void *userdata);
void native_set_trial_handler(native_trial_handler handler, void *userdata);

/* The code at entry is still to be tried with calls (proof.h), if there is memory for it, or is not any more. */
void native_prove(struct native_function *native, const void *entry);
void native_proved(struct native_function *native, const void *entry);

/* What describes the code at entry, for as long as the process lives; NULL: the function does not run it. */
const struct unit_function *native_meta(const struct native_function *native, const void *entry);

/* The native function behind a Python function, NULL if there is none (any more). */
struct native_function *native_of(PyObject *function);

/* The same, or the one that stands behind a function whose loops alone are native: native_stand_by(). */
struct native_function *native_behind(PyObject *function);

/* Let code of its loops be installed for a function, which itself stays as it is.  -errno with cause. */
int native_stand_by(PyObject *function, struct native_function **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Call it without its stub's frame, if it is native and that can be, with n arguments by place; the references of those
 * whose bits are set in given are taken over.  false: nothing was done.  *ret: a new reference, or NULL with an
 * exception. */
bool native_call_given(PyObject *callable, int64_t given, PyObject *const *args, int64_t n, PyObject **ret);

PyObject *
native_function_object(const struct native_function *native); /* a new reference; NULL if it does not live any more */
uint32_t native_index(const struct native_function *native);

/* How often it got code for its calls: the same in the zygote and in a worker that has all of it. */
uint32_t native_version(const struct native_function *native);

/* Indexes of this process's own are below this. */
uint32_t native_count(void);
PyObject *native_original_code(const struct native_function *native); /* borrowed */
