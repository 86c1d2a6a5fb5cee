/* rt_numbers.h - what lists of numbers are made of; for rt*.c only. */
#pragma once

#include <Python.h>

#include "codecache/jit/rt.h"

struct numbers {
	PyListObject base; /* its ob_item are int64_t, or double, of 8 bytes as well */
	enum rt_numbers kind;
	PyObject *list; /* that it became; NULL: none yet */
};

static inline int64_t *numbers_ints(const struct numbers *n)
{
	return (int64_t *)n->base.ob_item;
}

static inline double *numbers_floats(const struct numbers *n)
{
	return (double *)n->base.ob_item;
}

PyTypeObject *numbers_type(void);
int numbers_reserve(PyObject *numbers, Py_ssize_t n);          /* room for so many; -1 with MemoryError */
PyObject *numbers_list(const struct numbers *n);               /* a new list of objects */
PyObject *numbers_item(const struct numbers *n, Py_ssize_t i); /* a new object */
