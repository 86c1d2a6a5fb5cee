/* cpython311_sets.h - comparisons and operators of two sets or frozensets, in one loop each. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

static inline bool is_exactly_set(PyObject *o)
{
	return PySet_CheckExact(o) || PyFrozenSet_CheckExact(o);
}

/* a op b (Py_LT...) of two of them: 1 or 0; -1, without an exception: only CPython can tell. */
int sets_compare(PyObject *a, PyObject *b, int op);

/* a op b (NB_AND...) of two of them: a new reference; NULL, without an exception: CPython is to do it. */
PyObject *sets_binary(PyObject *a, PyObject *b, int op);

/* The least or greatest of one of them, a new reference; NULL, without an exception: it is empty, or has not only small
 * ints. */
PyObject *set_best(PyObject *set, bool is_max);
