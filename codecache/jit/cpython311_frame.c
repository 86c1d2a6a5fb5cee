/* cpython311_frame.c - see cpython311_frame.h.  Include/internal/pycore_frame.h is the layout. */
#include "config.h"

#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* pycore_gc.h has another spelling of it */
#include <internal/pycore_frame.h>
#include <internal/pycore_code.h>
#include <internal/pycore_interp.h>

#include "codecache/jit/cpython311_frame.h"
#include "common/cleanup.h"

frame_hook frame_set_hook(frame_hook hook)
{
	PyInterpreterState *interpreter = PyInterpreterState_Get();
	frame_hook before = _PyInterpreterState_GetEvalFrameFunc(interpreter);
	/* Only with the default does CPython call Python functions without recursion in C (CALL in ceval.c). */
	_PyInterpreterState_SetEvalFrameFunc(interpreter, hook ? hook : _PyEval_EvalFrameDefault);
	return before == _PyEval_EvalFrameDefault ? NULL : before;
}

struct _is *frame_interpreter(void)
{
	return PyInterpreterState_Get();
}

frame_hook frame_get_hook(void)
{
	frame_hook hook = _PyInterpreterState_GetEvalFrameFunc(PyInterpreterState_Get());
	return hook == _PyEval_EvalFrameDefault ? NULL : hook;
}

PyObject *frame_evaluate(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	return _PyEval_EvalFrameDefault(thread, frame, throwflag);
}

PyObject *frame_code(struct _PyInterpreterFrame *frame)
{
	return (PyObject *)frame->f_code;
}

PyObject *frame_function(struct _PyInterpreterFrame *frame)
{
	return (PyObject *)frame->f_func;
}

PyObject *const *frame_locals(struct _PyInterpreterFrame *frame)
{
	return frame->localsplus;
}

bool frame_is_fresh(struct _PyInterpreterFrame *frame)
{
	return frame->owner == FRAME_OWNED_BY_THREAD && frame->prev_instr == _PyCode_CODE(frame->f_code) - 1;
}

bool frame_caller(PyThreadState *thread, PyObject **ret_code, uint32_t *ret_at)
{
	const _PyInterpreterFrame *frame = thread->cframe->current_frame;
	if (!frame || frame->prev_instr < _PyCode_CODE(frame->f_code))
		return false;
	*ret_code = (PyObject *)frame->f_code;
	*ret_at = (uint32_t)(frame->prev_instr - _PyCode_CODE(frame->f_code));
	return true;
}

PyObject *frame_call_again(PyObject *function, PyObject *with_code, PyObject *const *locals)
{
	const PyCodeObject *code = (PyCodeObject *)with_code;
	Py_ssize_t n_positional = code->co_argcount;
	Py_ssize_t n_keyword = code->co_kwonlyargcount;
	Py_ssize_t next = n_positional + n_keyword;
	PyObject *rest = code->co_flags & CO_VARARGS ? locals[next++] : NULL;
	PyObject *keywords = code->co_flags & CO_VARKEYWORDS ? locals[next] : NULL;
	Py_ssize_t n_rest = rest ? PyTuple_GET_SIZE(rest) : 0;
	Py_ssize_t n_keywords = keywords ? PyDict_GET_SIZE(keywords) : 0;

	cleanup_free PyObject **args =
		calloc((size_t)(n_positional + n_rest + n_keyword + n_keywords) + 1, sizeof(*args));
	if (!args)
		return PyErr_NoMemory();
	PyObject *names = NULL;
	if (n_keyword + n_keywords > 0) {
		names = PyTuple_New(n_keyword + n_keywords);
		if (!names)
			return NULL;
	}
	Py_ssize_t n = 0;
	for (Py_ssize_t i = 0; i < n_positional; i++)
		args[n++] = locals[i];
	for (Py_ssize_t i = 0; i < n_rest; i++)
		args[n++] = PyTuple_GET_ITEM(rest, i);
	Py_ssize_t n_before_names = n;
	for (Py_ssize_t i = 0; i < n_keyword; i++) {
		PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, n_positional + i);
		PyTuple_SET_ITEM(names, i, Py_NewRef(name));
		args[n++] = locals[n_positional + i];
	}
	PyObject *key, *value;
	for (Py_ssize_t at = 0; keywords && PyDict_Next(keywords, &at, &key, &value);) {
		PyTuple_SET_ITEM(names, n - n_before_names, Py_NewRef(key));
		args[n++] = value;
	}
	PyObject *result = PyObject_Vectorcall(function, args, (size_t)n_before_names, names);
	Py_XDECREF(names);
	return result;
}
