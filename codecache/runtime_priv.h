/* runtime_priv.h - the functions of struct rt, which rt.c puts into the table; for rt*.c only. */
#pragma once

#include "codecache/jit/rt.h"

#define X(name, result, letters, parameters) RT_TYPE_##result pf_rt_##name parameters;
RT_FUNCTIONS(X)
#undef X

/* cpython311_keys.c: whether the int, or tuple of ints, is in the dict or set; -1: it is something else, or only
 * CPython can tell. */
int keys_contain(PyObject *item, PyObject *container);

/* A dict's value, which is at that place, becomes another one, of which it takes a reference; false: CPython is to do
 * that. */
bool dict_replace(PyObject *dict, PyObject **at, PyObject *value);

/* What the global of that name is, borrowed; NULL, without an exception: there is none.  The same with a cache of three
 * words. */
PyObject *runtime_find_global(PyObject *globals, PyObject *builtins, PyObject *name);
PyObject *runtime_global(PyObject *const *consts, PyObject *globals, PyObject *name, int64_t at);

/* rt_heaps.c: whether x < y, without a call where that is known; -1: an exception. */
int runtime_is_less(PyObject *x, PyObject *y);

/* rt_calls.c: rt.deep. */
const int64_t *calls_deep(void);
