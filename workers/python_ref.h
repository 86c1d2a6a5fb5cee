/* python_ref.h - a reference to a Python object that is given up at the end of its scope. */
#pragma once

#include <Python.h>

#include "common/cleanup.h"

static inline void py_clearp(PyObject **object)
{
	Py_CLEAR(*object);
}
#define cleanup_py cleanup(py_clearp)
