/* cpython311_ahead.h - what code is about to do with the numbers that it has: found out by doing it, as long as nothing
 * can tell. */
#pragma once

#include <stdint.h>

typedef struct _object PyObject;

/* The instruction at pc would run next, with these on the stack, the last one is top[-1]. */
typedef void (*ahead_see)(PyObject *code, uint32_t pc, PyObject *const *top, uint32_t n_stack, void *data);

/* From pc on, with these locals and then the stack; NULL: nothing, or CPython's.  What is computed are exact ints,
 * floats and bools; lists, tuples and what has numbers for items are read; functions of Python's that do no more are
 * looked into; no other code runs, and what the frame has stays as it is.  Ends with the first instruction that does
 * more, and after 200. Never raises. */
void cpython_look_ahead(PyObject *code, uint32_t pc, PyObject *const *values, uint32_t n_locals, uint32_t n_stack,
			ahead_see see, void *data);
