/* cpython311_float.h - floats from those that CPython has left over, and back, without calls: Objects/floatobject.c;
 * for cpython311_*.c only. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE
#endif
#undef _PyGC_FINALIZED /* the internal headers have other spellings of these */
#undef _PyObject_LookupSpecial
#include <internal/pycore_floatobject.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>

/* PyFloat_FromDouble(). */
static inline PyObject *float_new(PyInterpreterState *interpreter, double value)
{
	struct _Py_float_state *left = &interpreter->float_state;
	PyFloatObject *object = left->free_list;
	if (__builtin_expect(!object, 0))
		return PyFloat_FromDouble(value);
	left->free_list = (PyFloatObject *)(void *)Py_TYPE(object);
	left->numfree--;
	Py_SET_REFCNT(object, 1);
	Py_SET_TYPE(object, &PyFloat_Type);
	object->ob_fval = value;
	return (PyObject *)object;
}

/* _PyFloat_ExactDealloc(), of what is exactly a float. */
static inline void float_end(PyInterpreterState *interpreter, PyObject *object)
{
	struct _Py_float_state *left = &interpreter->float_state;
	if (__builtin_expect(left->numfree >= PyFloat_MAXFREELIST, 0)) {
		PyObject_Free(object);
		return;
	}
	left->numfree++;
	Py_SET_TYPE(object, (PyTypeObject *)(void *)left->free_list);
	left->free_list = (PyFloatObject *)object;
}
