/* cpython311_frame.c - see cpython311_frame.h.  Include/internal/pycore_frame.h is the layout. */
#include "config.h"

#include <Python.h>
#define Py_BUILD_CORE
#include <internal/pycore_frame.h>
#include <internal/pycore_code.h>

#include "codecache/jit/cpython311_frame.h"

frame_hook frame_set_hook(frame_hook hook)
{
	PyInterpreterState *interpreter = PyInterpreterState_Get();
	frame_hook before = _PyInterpreterState_GetEvalFrameFunc(interpreter);
	/* Only with the default does CPython call Python functions without recursion in C (CALL in ceval.c). */
	_PyInterpreterState_SetEvalFrameFunc(interpreter, hook ? hook : _PyEval_EvalFrameDefault);
	return before == _PyEval_EvalFrameDefault ? NULL : before;
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
