/* rt.h - the runtime interface of emitted code.
 *
 * Emitted code contains no address of any process: it is called with a pointer to struct rt and reaches through it.
 * One X-macro list, from which the struct, the emitter's view of it and the hash that guards stored code are made.
 *
 * A native function is
 *     PyObject *symbol(const struct rt *rt, PyObject *const *consts, PyObject *const *args, struct side_exit *exit)
 * rt, consts (see struct unit_const) and args (borrowed, one for each param) are never NULL.  It returns a new
 * reference; or NULL with exit->number >= 0 after storing that exit's slots (a side exit: nothing is owned by the
 * slots); it never returns NULL with exit->number < 0 unless an exception is set. */
#pragma once

#include <stdint.h>

typedef struct _object PyObject;

enum { SIDE_EXIT_MAX_SLOTS = 1024 }; /* a function that needs more is refused as too big */

struct side_exit {
	int64_t number; /* which exit of struct unit_function; the dispatcher sets -1 before the call */
	union side_exit_slot {
		int64_t i;
		double f;
		PyObject *o;
	} slot[SIDE_EXIT_MAX_SLOTS];
};

/* X(NAME, RESULT, "parameters", (PARAMETERS)).  The letters are for the emitter: i = int64_t, d = double,
 * o = PyObject *, v = PyObject *const *, I = int64_t *, D = double *. Results: o, d, b = int (0 or 1). */
#define RT_FUNCTIONS(X)                                                                                              \
	/* New references; NULL with MemoryError. */                                                                 \
	X(box_i64, o, "i", (int64_t value))                                                                          \
	X(box_f64, o, "d", (double value))                                                                           \
	X(box_bool, o, "i", (int64_t value))                                                                         \
	X(box_i128, o, "ii", (int64_t low, int64_t high))                                                            \
	X(new_ref, o, "o", (PyObject * object))                                                                      \
	/* 1 and *ret if the object is exactly of the type (and fits), else 0.  Never raise. */                      \
	X(unbox_i64, b, "oI", (PyObject * object, int64_t * ret))                                                    \
	X(unbox_f64, b, "oD", (PyObject * object, double *ret))                                                      \
	X(unbox_bool, b, "oI", (PyObject * object, int64_t * ret))                                                   \
	/* The same for the value of the global consts[index] (a name): globals, then builtins. */                   \
	X(global_i64, b, "viI", (PyObject *const *consts, int64_t index, int64_t *ret))                              \
	X(global_f64, b, "viD", (PyObject *const *consts, int64_t index, double *ret))                               \
	/* Whether the global named consts[index] is the object consts[index + 1].  Never raises. */                 \
	X(global_is, b, "vi", (PyObject *const *consts, int64_t index))                                              \
	/* CPython's results to the last bit; 0 where CPython raises or leaves the type: the caller exits. */        \
	X(i64_pow, b, "iiI", (int64_t base, int64_t exponent, int64_t * ret))                                        \
	X(f64_pow, b, "ddD", (double base, double exponent, double *ret))                                            \
	X(f64_floordiv, d, "dd", (double a, double b)) /* divisor not 0 */                                           \
	X(f64_mod, d, "dd", (double a, double b))      /* divisor not 0 */                                           \
	/* Called when *eval_breaker is not 0: 0 after giving other threads their turn, 1 if CPython's own loop must \
	 * see to it (signals, pending calls, asynchronous exceptions): the caller exits. */                         \
	X(poll, b, "", (void))

#define RT_TYPE_o PyObject *
#define RT_TYPE_d double
#define RT_TYPE_b int

struct rt {
	const volatile int32_t *eval_breaker; /* CPython's, of this interpreter */
#define X(name, result, letters, parameters) RT_TYPE_##result(*name) parameters;
	RT_FUNCTIONS(X)
#undef X
};
