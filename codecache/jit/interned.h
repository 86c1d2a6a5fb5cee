/* interned.h - names that are looked up again and again: each is made once, at its first use. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Borrowed; NULL with an exception. */
static inline PyObject *interned(PyObject **place, const char *name)
{
	if (!*place)
		*place = PyUnicode_InternFromString(name);
	return *place;
}

/* The same without the exception. */
static inline PyObject *interned_or_null(PyObject **place, const char *name)
{
	if (!interned(place, name))
		PyErr_Clear();
	return *place;
}
