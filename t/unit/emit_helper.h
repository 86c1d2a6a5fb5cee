/* emit_helper.h - for the tests of the emitter: IR text in, functions to call out, and a runtime without CPython. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/rt.h"

/* What stands for Python's objects. */
/* Laid out as CPython's objects, as far as emitted code looks at them itself. */
struct _object {
	int64_t refcount;
	const void *type;
	union {
		double f;
		int64_t size; /* of an int: 0 or 1 digits with its sign, or more */
	};
	uint32_t digit;
	char kind; /* 'i', 'f', 'b', or 'o' for anything else */
	__int128 i;
};

typedef PyObject *native_code(const struct rt *rt, PyObject *const *consts, PyObject *const *args,
			      struct side_exit *exit);

extern struct rt fake_rt;
extern volatile int32_t fake_breaker;
extern int fake_poll_result; /* what rt->poll() returns */
extern int fake_polls;       /* how often it was called; it also resets the breaker */

/* A new object, which lives to the end of the test. */
PyObject *object_i64(__int128 value);
PyObject *object_f64(double value);
PyObject *object_bool(bool value);

/* Compile the functions of n texts to one object file, link and load it; the test fails if anything does.  Not given
 * back. */
void *emit_load(const char *const *texts, int n, int optimize);
native_code *emit_symbol(void *library, const char *symbol);
/* The same for one function, whose symbol is f. */
native_code *emit_one(const char *text);
/* The object file of the last emit_load(). */
const char *emit_object_path(void);

/* Call with consts (NULL: none) and a fresh struct side_exit, whose number is -1 and whose slots are all 0x55. */
PyObject *emit_call(native_code *code, PyObject *const *consts, PyObject *const *args, struct side_exit *exit);

int emit_setup(void **state); /* a directory for the files */
int emit_teardown(void **state);
