/* rt_calls.c - what emitted code needs for direct calls: a frame, and CPython to go on in it after a side exit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/native_priv.h"
#include "codecache/runtime_priv.h"

enum { CACHE_CODE, CACHE_DEFAULTS }; /* what was found to be right; a reference each, as long as the specialization */

static bool defaults_are(PyObject *defaults, PyObject *const *wanted, Py_ssize_t n)
{
	Py_ssize_t size = defaults ? PyTuple_GET_SIZE(defaults) : 0;
	for (Py_ssize_t i = 0; i < n && n <= size; i++)
		if (PyTuple_GET_ITEM(defaults, size - n + i) != wanted[i])
			return false;
	return n <= size;
}

int pf_rt_function_is(PyObject *const *consts, PyObject *function, int64_t index, int64_t n, int64_t at)
{
	PyObject **cache = (PyObject **)(uintptr_t)&consts[at];
	if (!PyFunction_Check(function) || PyFunction_GET_GLOBALS(function) != consts[0] ||
	    native_original_of(cpython_get_code(function)) != consts[index] ||
	    !defaults_are(PyFunction_GET_DEFAULTS(function), &consts[index + 1], n))
		return 0;
	Py_XSETREF(cache[CACHE_CODE], Py_NewRef(cpython_get_code(function)));
	Py_XSETREF(cache[CACHE_DEFAULTS], Py_XNewRef(PyFunction_GET_DEFAULTS(function)));
	return 1;
}

PyObject *pf_rt_call_enter(PyObject *const *consts, PyObject *function, int64_t index, int64_t size)
{
	return (PyObject *)call_enter(function, consts[index], size);
}

PyObject *pf_rt_call_exit(PyObject *const *consts, PyObject *locals, int64_t *exit)
{
	return side_exit_go_on(specialization_of(consts), (PyObject **)locals, (struct side_exit *)exit);
}

int pf_rt_call_leave(PyObject *locals)
{
	call_leave((PyObject **)locals);
	return 0;
}
