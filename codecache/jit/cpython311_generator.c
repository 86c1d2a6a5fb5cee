/* cpython311_generator.c - see cpython311_generator.h.  gen_send_ex2() of Objects/genobject.c, SEND of Python/ceval.c. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* pycore_gc.h has another spelling of it */
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <errno.h>
#include <opcode.h>
#include <string.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_generator.h"
#include "common/cleanup.h"

static bool (*is_watched)(void);
static iternextfunc cpythons_next;
static sendfunc cpythons_send;

static _PyInterpreterFrame *frame_of(PyGenObject *generator)
{
	return (_PyInterpreterFrame *)generator->gi_iframe;
}

/* ---- in and out -------------------------------------------------------------- */

static void enter(PyThreadState *thread, PyGenObject *generator)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	frame->previous = thread->cframe->current_frame;
	thread->cframe->current_frame = frame;
	generator->gi_exc_state.previous_item = thread->exc_info;
	thread->exc_info = &generator->gi_exc_state;
	generator->gi_frame_state = FRAME_EXECUTING;
	thread->recursion_remaining--;
}

static void leave(PyThreadState *thread, PyGenObject *generator)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	thread->cframe->current_frame = frame->previous;
	frame->previous = NULL;
	thread->exc_info = generator->gi_exc_state.previous_item;
	generator->gi_exc_state.previous_item = NULL;
	thread->recursion_remaining++;
}

/* CPython goes on in the frame that was entered, from where it says that it is. */
static PyObject *evaluate(PyThreadState *thread, PyGenObject *generator, int raises)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	_PyFrameEvalFunction hook = thread->interp->eval_frame;
	/* The loop puts the frame on top by itself, and counts it. */
	thread->cframe->current_frame = frame->previous;
	thread->recursion_remaining++;
	PyObject *result = (hook ? hook : _PyEval_EvalFrameDefault)(thread, frame, raises);
	thread->recursion_remaining--;
	thread->cframe->current_frame = frame;
	return result;
}

/* take_ownership() of Python/frame.c: f has it from now on, for it is not over for whoever has f. */
static void hand_over(PyFrameObject *f, _PyInterpreterFrame *frame)
{
	memcpy(f->_f_frame_data, frame, (size_t)((char *)&frame->localsplus[frame->stacktop] - (char *)frame));
	frame = (_PyInterpreterFrame *)f->_f_frame_data;
	f->f_frame = frame;
	frame->owner = FRAME_OWNED_BY_FRAME_OBJECT;
	frame->previous = NULL;
	if (!PyObject_GC_IsTracked((PyObject *)f))
		PyObject_GC_Track(f);
}

/* _PyFrame_Clear() of Python/frame.c, which a shared libpython does not export. */
static void clear(_PyInterpreterFrame *frame)
{
	PyFrameObject *f = steal_ptr(frame->frame_obj);
	bool shared = f && Py_REFCNT(f) > 1;
	if (shared)
		hand_over(f, frame);
	Py_XDECREF(f);
	if (shared)
		return;
	for (int i = 0; i < frame->stacktop; i++)
		Py_XDECREF(frame->localsplus[i]);
	Py_XDECREF(frame->f_locals);
	Py_DECREF(frame->f_func);
	Py_DECREF(frame->f_code);
}

/* What the frame's run gave, which has been left. */
static PySendResult end(PyGenObject *generator, PyObject *result)
{
	if (generator->gi_frame_state == FRAME_SUSPENDED)
		return PYGEN_NEXT;
	generator->gi_frame_state = FRAME_COMPLETED;
	if (!result && PyErr_ExceptionMatches(PyExc_StopIteration))
		(void)_PyErr_FormatFromCause(PyExc_RuntimeError, "generator raised StopIteration");
	Py_CLEAR(generator->gi_exc_state.exc_value);
	generator->gi_frame_state = FRAME_CLEARED;
	clear(frame_of(generator));
	return result ? PYGEN_RETURN : PYGEN_ERROR;
}

/* ---- yield from -------------------------------------------------------------- */

/* SEND, YIELD_VALUE, RESUME, JUMP_BACKWARD_NO_INTERRUPT: a frame that waits is at the second. */
enum { BEHIND_SEND = 1, BEFORE_RESUME = 1, BEFORE_END = 2 };

static bool is_delegating(const PyGenObject *generator, const _PyInterpreterFrame *frame)
{
	enum { IN_YIELD_FROM = 2 }; /* RESUME's argument */
	if (generator->gi_frame_state != FRAME_SUSPENDED)
		return false;
	const _Py_CODEUNIT *at = frame->prev_instr;
	unsigned resume = _Py_OPCODE(at[BEFORE_RESUME]);
	return _Py_OPARG(at[BEFORE_RESUME]) == IN_YIELD_FROM && (resume == RESUME || resume == RESUME_QUICK) &&
	       _Py_OPCODE(at[-BEHIND_SEND]) == SEND && _Py_OPCODE(at[BEFORE_END]) == JUMP_BACKWARD_NO_INTERRUPT;
}

static PyGenObject *generator_of(_PyInterpreterFrame *frame)
{
	return (PyGenObject *)((char *)frame - offsetof(PyGenObject, gi_iframe));
}

/* Into the frame, which is at SEND from now on; what it asks. */
static PyObject *begin_asking(PyThreadState *thread, PyGenObject *generator)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	enter(thread, generator);
	frame->prev_instr -= BEHIND_SEND;
	return frame->localsplus[frame->stacktop - 1];
}

/* The frame has got that. */
static PySendResult end_asking(PyThreadState *thread, PyGenObject *generator, PySendResult got, PyObject **value)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	if (got == PYGEN_NEXT) {
		frame->prev_instr += BEHIND_SEND;
		leave(thread, generator);
		generator->gi_frame_state = FRAME_SUSPENDED;
		return PYGEN_NEXT;
	}
	if (got == PYGEN_RETURN) {
		PyObject *iterator = frame->localsplus[frame->stacktop - 1];
		frame->prev_instr += BEHIND_SEND + BEFORE_END;
		frame->localsplus[frame->stacktop - 1] = *value;
		Py_DECREF(iterator);
	}
	*value = evaluate(thread, generator, got == PYGEN_ERROR);
	leave(thread, generator);
	return end(generator, *value);
}

/* ---- next() ------------------------------------------------------------------ */

static bool is_cpythons(PyGenObject *generator)
{
	return !is_delegating(generator, frame_of(generator)) || call_must_interpret() || is_watched();
}

/* As gen_send_ex2(), of None, of one that is not CPython's: *ret is what it yields or returns.  Down to the one that
 * has something to do, and up again. */
static PySendResult next(PyGenObject *outermost, PyObject **ret)
{
	PyThreadState *thread = _PyThreadState_GET();
	PyGenObject *generator = outermost;
	PyObject *iterator = begin_asking(thread, generator);
	while (PyGen_CheckExact(iterator)) {
		generator = (PyGenObject *)iterator;
		if (!is_delegating(generator, frame_of(generator)) || call_must_interpret())
			break;
		iterator = begin_asking(thread, generator);
	}
	PySendResult got = PyGen_CheckExact(iterator) ? cpythons_send(iterator, Py_None, ret)
						      : PyIter_Send(iterator, Py_None, ret);
	do {
		generator = generator_of(thread->cframe->current_frame);
		got = end_asking(thread, generator, got, ret);
	} while (generator != outermost);
	return got;
}

static PyObject *slot_next(PyObject *self)
{
	PyObject *result;
	if (is_cpythons((PyGenObject *)self))
		return cpythons_next(self);
	if (next((PyGenObject *)self, &result) != PYGEN_RETURN)
		return result;
	if (result != Py_None)
		(void)_PyGen_SetStopIterationValue(result);
	Py_DECREF(result);
	return NULL;
}

static PySendResult slot_send(PyObject *self, PyObject *value, PyObject **ret)
{
	return value != Py_None || is_cpythons((PyGenObject *)self) ? cpythons_send(self, value, ret)
								     : next((PyGenObject *)self, ret);
}

int generator_init(bool (*watched)(void), struct cause *cause)
{
	static PyAsyncMethods methods;
	is_watched = watched;
	if (cpythons_next)
		return 0;
	if (!PyGen_Type.tp_as_async || !PyGen_Type.tp_as_async->am_send)
		return cause_set(cause, -EINVAL, "this CPython's generators have no am_send");
	methods = *PyGen_Type.tp_as_async;
	cpythons_next = PyGen_Type.tp_iternext;
	cpythons_send = methods.am_send;
	methods.am_send = slot_send;
	PyGen_Type.tp_as_async = &methods;
	PyGen_Type.tp_iternext = slot_next;
	return 0;
}
