/* exact.h - what objects exactly are: of the type itself, not of a subclass. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

/* NULL is none. */
static inline bool exact_is_number(PyObject *o)
{
	return o && (PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyBool_Check(o));
}

/* A str of one byte a character, which is ready to be read. */
static inline bool exact_is_latin1(PyObject *o)
{
	return PyUnicode_CheckExact(o) && PyUnicode_IS_COMPACT(o) && PyUnicode_KIND(o) == PyUnicode_1BYTE_KIND;
}
