/* rt_errors.c - exceptions that emitted code raises: do_raise() of Python/ceval.c. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

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

/* binop_type_error() in Objects/abstract.c: of two operands that have nothing more to say. */
int pf_rt_implemented(PyObject *result, PyObject *a, PyObject *b, int64_t op)
{
	static const char *const names[] = {
		[NB_ADD] = "+",
		[NB_AND] = "&",
		[NB_FLOOR_DIVIDE] = "//",
		[NB_LSHIFT] = "<<",
		[NB_MATRIX_MULTIPLY] = "@",
		[NB_MULTIPLY] = "*",
		[NB_REMAINDER] = "%",
		[NB_OR] = "|",
		[NB_RSHIFT] = ">>",
		[NB_SUBTRACT] = "-",
		[NB_TRUE_DIVIDE] = "/",
		[NB_XOR] = "^",
		[NB_INPLACE_ADD] = "+=",
		[NB_INPLACE_AND] = "&=",
		[NB_INPLACE_FLOOR_DIVIDE] = "//=",
		[NB_INPLACE_LSHIFT] = "<<=",
		[NB_INPLACE_MATRIX_MULTIPLY] = "@=",
		[NB_INPLACE_MULTIPLY] = "*=",
		[NB_INPLACE_REMAINDER] = "%=",
		[NB_INPLACE_OR] = "|=",
		[NB_INPLACE_RSHIFT] = ">>=",
		[NB_INPLACE_SUBTRACT] = "-=",
		[NB_INPLACE_TRUE_DIVIDE] = "/=",
		[NB_INPLACE_XOR] = "^=",
	};
	if (result != Py_NotImplemented)
		return 0;
	Py_DECREF(result);
	PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'", names[op],
		     Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
	return -1;
}
