/* native_priv.h - between native.c, specialization.c and side_exit.c. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/rt.h"
#include "codecache/native.h"

typedef PyObject *(*native_entry)(const struct rt *rt, PyObject *const *consts, PyObject *const *args,
				  struct side_exit *exit);

struct loops;

/* The resume code of the function's own code or of one that is nested in it. */
struct specialization_code {
	uint32_t index;      /* as struct state_frame.code */
	PyObject *code;      /* its resume code */
	struct loops *loops; /* NULL: none */
	uint32_t n_points, cap_points;
	struct resume_point *points; /* sorted */
};

/* Whether an exact int is one that native code takes as an i64 (all but -2**63, in fact): digits have 30 bits. */
static inline bool native_fits_int(PyObject *value)
{
	Py_ssize_t size = Py_ABS(Py_SIZE(value));
	return size < 3 || (size == 3 && ((PyLongObject *)value)->ob_digit[2] < 8);
}

/* One compiled form of a function. */
struct specialization {
	struct unit_function meta; /* a copy */
	native_entry entry;
	PyObject **consts;   /* 2 + meta.n_consts, then the caches; [-1] is the specialization itself, [0] borrowed */
	PyObject *original;  /* the function's code, borrowed */
	struct proof *proof; /* its calls are still to be tried; NULL: no */
	uint32_t n_codes, cap_codes;
	struct specialization_code *codes; /* [0]: the function's own */
	struct specialization *next;       /* of all that were installed */
};

/* -ENOMEM; -EINVAL if meta does not fit the function's code or the builtins are not what they should be. */
int specialization_new(PyObject *original, PyObject *globals, PyObject *builtins, const struct unit_function *meta,
		       const void *entry, struct specialization **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void specialization_free(struct specialization *s);

static inline const struct specialization *specialization_of(PyObject *const *consts)
{
	return (const struct specialization *)consts[-1];
}

/* What code stands for: the original code if it is a native function's stub, else itself. */
PyObject *native_original_of(PyObject *code);

/* Where in which resume code a frame goes on. */
const struct resume_point *specialization_find(const struct specialization *s, const struct state_frame *frame,
					       PyObject **ret_code);

/* The loops of that code; NULL: none. */
struct loops *specialization_loops(const struct specialization *s, uint32_t index);

/* The code object that struct state_frame.code means, borrowed; NULL if it means none. */
PyObject *specialization_original(const struct specialization *s, uint32_t index);

/* Whether s is the body of a generator, and this its frame. */
bool specialization_is_body(const struct specialization *s, const struct state_frame *frame);

/* Go on at the head of a loop in s, in the frame that call is of, which runs that resume code.  As a stub is told: NULL
 * without an exception when CPython goes on. */
PyObject *native_run_loop(struct native_function *native, const struct specialization *s,
			  const struct switch_call *call, PyObject *resume_code);

/* Whether the running call is one that a trial times in CPython. */
bool native_is_cpythons_turn(const struct native_function *native);

/* Native code was left at that exit; n_exits: that of a loop was entered. */
void native_count_exit(const struct specialization *s, int64_t number);

/* A function that code of s has called directly was left for ints that it has no room for (jit/outgrown.h). */
void native_note_outgrown(const struct specialization *s);

/* Make CPython's objects of what native code stored in exit and let CPython go on in call's frame.  0, or -1 with an
 * exception.  What is in exit is copied at once, and its number is -1 again. */
int side_exit_take(const struct specialization *s, const struct switch_call *call, struct side_exit *exit);

/* The same for a function that was called directly, in the frame with these locals, which CPython finishes.  What it
 * returns, a new reference; NULL with an exception. */
PyObject *side_exit_go_on(const struct specialization *s, PyObject **locals, struct side_exit *exit);

/* The class of the exception, which is plain (exceptions.h), that a function that was called directly was about to
 * raise when it left by that exit, borrowed; NULL: it was not.  And to let it be: what native code stored in exit is
 * dropped. false: somebody could tell; nothing is done. */
PyObject *side_exit_throws(const struct specialization *s, const struct side_exit *exit);
bool side_exit_forget(const struct specialization *s, PyObject **locals, struct side_exit *exit);

/* Whether an exit in front of there is of an exception that leaves the function again. */
bool side_exit_passes(const struct specialization *s, const struct state_frame *frame);
