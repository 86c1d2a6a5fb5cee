/* rt_errors.c - exceptions that emitted code raises and catches, as Python/ceval.c of CPython 3.11 does it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <frameobject.h>
#include <stdbool.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/exceptions.h"
#include "codecache/runtime_priv.h"

/* ---- do_raise() ---------------------------------------------------------------- */

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

int pf_rt_fail(int64_t failure)
{
	static const char *const texts[] = {
#define X(name, class, text) text,
		RT_FAILURES(X)
#undef X
	};
	PyObject *const classes[] = {
#define X(name, class, text) PyExc_##class,
		RT_FAILURES(X)
#undef X
	};
	if (texts[failure])
		PyErr_SetString(classes[failure], texts[failure]);
	else
		PyErr_SetNone(classes[failure]);
	return -1;
}

int pf_rt_raised(void)
{
	return PyErr_Occurred() ? -1 : 0;
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

/* ---- exceptions that are caught where they are raised ---------------------------- */

/* error and exception_unwind: the frame that runs is added to the traceback. */
PyObject *pf_rt_catch(void)
{
	PyObject *type, *value, *traceback;
	call_add_traceback();
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	(void)PyException_SetTraceback(value, traceback ? traceback : Py_None);
	Py_XDECREF(traceback);
	Py_XDECREF(type);
	return value;
}

/* do_raise() without an operand, _PyErr_GetTopmostException() */
PyObject *pf_rt_handled_now(void)
{
	const _PyErr_StackItem *handled = PyThreadState_Get()->exc_info;
	while ((!handled->exc_value || handled->exc_value == Py_None) && handled->previous_item)
		handled = handled->previous_item;
	if (handled->exc_value && handled->exc_value != Py_None)
		return Py_NewRef(handled->exc_value);
	PyErr_SetString(PyExc_RuntimeError, "No active exception to reraise");
	return NULL;
}

/* PUSH_EXC_INFO */
PyObject *pf_rt_push_exc(PyObject *exception)
{
	_PyErr_StackItem *handled = PyThreadState_Get()->exc_info;
	PyObject *previous = handled->exc_value ? handled->exc_value : Py_NewRef(Py_None);
	handled->exc_value = Py_NewRef(exception);
	return previous;
}

/* POP_EXCEPT */
int pf_rt_pop_exc(PyObject *previous)
{
	_PyErr_StackItem *handled = PyThreadState_Get()->exc_info;
	Py_XSETREF(handled->exc_value, previous);
	return 0;
}

/* WITH_EXCEPT_START */
PyObject *pf_rt_with_except(PyObject *exit, PyObject *self, PyObject *exception)
{
	PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
	PyObject *args[] = { NULL, self, (PyObject *)Py_TYPE(exception), exception, traceback ? traceback : Py_None };
	uint32_t first = self ? 1 : 2;
	return PyObject_Vectorcall(exit, args + first, (5 - first) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

int pf_rt_drop_at(PyObject *object, int64_t at)
{
	if (object && Py_REFCNT(object) == 1)
		call_top_is_at(at);
	Py_XDECREF(object);
	return 0;
}

/* ---- exceptions that are never made ---------------------------------------------- */

int pf_rt_is_plain_exception(PyObject *class)
{
	return exception_class_is_plain(class);
}

/* As emitted code looks for a global, but without leaving. */
static PyObject *global_named(PyObject *const *consts, PyObject *globals, PyObject *name, int64_t at)
{
	const uint64_t *cache = (const uint64_t *)&consts[at];
	if (PyDict_CheckExact(globals) && cache[0] == ((PyDictObject *)globals)->ma_version_tag &&
	    PyDict_CheckExact(consts[1]) && cache[1] == ((PyDictObject *)consts[1])->ma_version_tag)
		return (PyObject *)(uintptr_t)cache[2];
	return runtime_global(consts, globals, name, at);
}

int64_t pf_rt_is_handled(PyObject *const *consts, PyObject *globals, PyObject *class, PyObject *name, int64_t at)
{
	PyObject *named = global_named(consts, globals, name, at);
	if (named == class)
		return 1;
	if (!named || !PyExceptionClass_Check(named))
		return -1;
	return PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)named);
}

/* ---- handlers -------------------------------------------------------------------- */

static bool is_class_of_exceptions(PyObject *class)
{
	if (PyExceptionClass_Check(class))
		return true;
	PyErr_SetString(PyExc_TypeError, "catching classes that do not inherit from BaseException is not allowed");
	return false;
}

/* CHECK_EXC_MATCH */
int pf_rt_match_exc(PyObject *exception, PyObject *class)
{
	for (Py_ssize_t i = 0; PyTuple_Check(class) && i < PyTuple_GET_SIZE(class); i++)
		if (!is_class_of_exceptions(PyTuple_GET_ITEM(class, i)))
			return -1;
	if (!PyTuple_Check(class) && !is_class_of_exceptions(class))
		return -1;
	return PyErr_GivenExceptionMatches(exception, class);
}
