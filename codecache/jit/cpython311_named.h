/* cpython311_named.h - instances of classes that collections.namedtuple() has made: tuples whose class has names for
 * their items, and a __new__() of Python's. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

/* Which item of its instance the descriptor of a class gives; -1: it is none that gives one. */
Py_ssize_t named_index(PyObject *descriptor);

/* Where the object has that item; NULL: it is too short, or no tuple. */
static inline PyObject **named_place(PyObject *o, Py_ssize_t index)
{
	return PyTuple_Check(o) && index < PyTuple_GET_SIZE(o) ? &((PyTupleObject *)o)->ob_item[index] : NULL;
}

/* Whether the callable is such a class, and *ret what it gives for these arguments; NULL with an exception. */
bool named_call(PyObject *callable, PyObject *const *args, Py_ssize_t n, PyObject **ret);
