/* rt_errors.c - exceptions that emitted code raises: do_raise() of Python/ceval.c. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/runtime_priv.h"

/* A new reference to the exception that is meant; NULL with another one. */
static PyObject *instance_of(PyObject *exception)
{
	if (PyExceptionInstance_Check(exception))
		return Py_NewRef(exception);
	if (!PyExceptionClass_Check(exception)) {
		PyErr_SetString(PyExc_TypeError, "exceptions must derive from BaseException");
		return NULL;
	}
	PyObject *value = PyObject_CallNoArgs(exception);
	if (value && !PyExceptionInstance_Check(value)) {
		PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %R",
			     exception, Py_TYPE(value));
		Py_CLEAR(value);
	}
	return value;
}

static int set_cause(PyObject *value, PyObject *cause)
{
	PyObject *fixed = NULL;
	if (PyExceptionClass_Check(cause)) {
		fixed = PyObject_CallNoArgs(cause);
		if (!fixed)
			return -1;
	} else if (PyExceptionInstance_Check(cause)) {
		fixed = Py_NewRef(cause);
	} else if (cause != Py_None) {
		PyErr_SetString(PyExc_TypeError, "exception causes must derive from BaseException");
		return -1;
	}
	PyException_SetCause(value, fixed);
	return 0;
}

int pf_rt_raise(PyObject *exception, PyObject *cause)
{
	PyObject *value = instance_of(exception);
	if (value && (!cause || set_cause(value, cause) == 0))
		PyErr_SetObject(PyExceptionClass_Check(exception) ? exception : (PyObject *)Py_TYPE(value), value);
	Py_XDECREF(value);
	return -1;
}
