/* cpython311_catch.c - see cpython311_catch.h.  What CPython does: handle_eval_breaker, error, exception_unwind and
 * get_exception_handler() in Python/ceval.c, make_pending_calls() there. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* pycore_gc.h has another spelling of it */
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>
#include <errno.h>
#include <opcode.h>
#include <string.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_catch.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/rt.h"
#include "common/cleanup.h"

enum { HANDLER = 2 /* units */ };

/* The code that has a handler of ours, from catch_frame() until the switch function runs. */
static struct {
	PyCodeObject *code;
	_Py_CODEUNIT units[HANDLER]; /* its own that were there */
	PyObject *table;             /* its own, owned */
} caught;

static PyObject *caught_instance; /* of caught_type */

/* ---- the handler ------------------------------------------------------------- */

static void give_back(void)
{
	PyCodeObject *code = steal_ptr(caught.code);
	memcpy(_PyCode_CODE(code), caught.units, sizeof(caught.units));
	Py_SETREF(code->co_exceptiontable, steal_ptr(caught.table));
}

/* FOR_ITER asks the exception, which is on the stack's top: behind it CALL finds the switch function. */
static PyObject *caught_next(PyObject *self)
{
	_PyInterpreterFrame *frame = _PyThreadState_GET()->cframe->current_frame;
	if (!caught.code || !frame || frame->f_code != caught.code) {
		PyErr_SetString(PyExc_SystemError, "preforge: nothing was caught");
		return NULL;
	}
	*switch_caught_top() = NULL;
	Py_DECREF(self);
	return Py_NewRef(switch_function());
}

static PyTypeObject caught_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.caught",
	.tp_basicsize = sizeof(PyBaseExceptionObject),
	.tp_flags = Py_TPFLAGS_DEFAULT,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = caught_next,
};

/* An entry of an exception table for all of n units: the handler is at 0, with so much of the stack. */
static PyObject *table_for(uint32_t n, uint32_t n_stack)
{
	enum { DIGITS = 5, MORE = 64, FIRST = 128 };
	const uint32_t values[] = { 0, n, 0, n_stack << 1 };
	char bytes[4 * DIGITS];
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < DIGITS; k++)
			bytes[i * DIGITS + k] = (char)((values[i] >> 6 * (DIGITS - 1 - k) & 63) |
						       (k < DIGITS - 1 ? MORE : 0) | (i + k == 0 ? FIRST : 0));
	return PyBytes_FromStringAndSize(bytes, sizeof(bytes));
}

/* ---- frames ------------------------------------------------------------------ */

const void *catch_frame_object(const struct catch_place *place, bool make)
{
	if (make && !place->call.frame->frame_obj) {
		Py_XDECREF(PyThreadState_GetFrame(_PyThreadState_GET())); /* the frame keeps it */
		PyErr_Clear();
	}
	return place->call.frame->frame_obj;
}

static size_t frame_size(const PyCodeObject *code)
{
	return (size_t)code->co_nlocalsplus + (size_t)code->co_stacksize + FRAME_SPECIALS_SIZE;
}

/* Resume code needs more of the stack than the function's own.  The frame is the last one on CPython's data stack. */
static bool make_room(PyThreadState *thread, _PyInterpreterFrame *frame)
{
	enum { SWITCH = 64 }; /* words, for the switch function's frame */
	PyObject **top = thread->datastack_top;
	bool is_own = view_of((PyObject *)frame->f_code) == (PyObject *)frame->f_code;
	size_t more = is_own ? RESUME_FRAME_EXTRA : 0;
	if ((is_own && top != (PyObject **)frame + frame_size(frame->f_code)) ||
	    (size_t)(thread->datastack_limit - top) <= more + SWITCH)
		return false;
	thread->datastack_top += more;
	return true;
}

static bool is_plain(const struct catch_place *place)
{
	const int function = CO_OPTIMIZED | CO_NEWLOCALS;
	const int others = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | RT_CODE_IS_STUB;
	const _PyInterpreterFrame *frame = place->call.frame;
	return !place->call.interpret && frame->owner == FRAME_OWNED_BY_THREAD &&
	       frame->prev_instr >= _PyCode_CODE(frame->f_code) &&
	       (frame->f_code->co_flags & (function | others)) == function;
}

static uint32_t place_in(const _PyInterpreterFrame *frame)
{
	return (uint32_t)(frame->prev_instr - _PyCode_CODE(frame->f_code));
}

bool catch_look(struct catch_place *ret)
{
	ret->code = call_is_polling() ? NULL : switch_enter_loop(&ret->call);
	if (!ret->code)
		return false;
	ret->at = place_in(ret->call.frame);
	ret->is_plain = is_plain(ret);
	return true;
}

bool catch_look_below(struct catch_place *ret)
{
	_PyInterpreterFrame *frame = ret->call.frame->previous;
	if (!frame)
		return false;
	ret->call.frame = frame;
	ret->code = (PyObject *)frame->f_code;
	ret->at = place_in(frame);
	ret->is_plain = is_plain(ret);
	return true;
}

int catch_frame(const struct catch_place *place, PyObject *resume_code, uint32_t landing)
{
	_PyInterpreterFrame *frame = place->call.frame;
	PyCodeObject *code = frame->f_code;
	_Py_CODEUNIT *units = _PyCode_CODE(code);
	PyObject *table = caught.code ? NULL : table_for((uint32_t)Py_SIZE(code), place->call.n_stack);
	if (!table || !make_room(_PyThreadState_GET(), frame)) {
		Py_XDECREF(table);
		PyErr_Clear();
		return 0;
	}
	switch_to_loop(&place->call, resume_code, landing, give_back);
	caught.code = code;
	caught.table = code->co_exceptiontable;
	memcpy(caught.units, units, sizeof(caught.units));
	code->co_exceptiontable = table;
	units[0] = (_Py_CODEUNIT)_Py_MAKECODEUNIT(FOR_ITER, 0);
	units[1] = (_Py_CODEUNIT)_Py_MAKECODEUNIT(CALL, 0);
	frame->prev_instr = units - 1; /* in front of what can be traced: nothing is added to a traceback */
	PyErr_Restore(Py_NewRef((PyObject *)&caught_type), Py_NewRef(caught_instance), NULL);
	return -1;
}

/* ---- asking ------------------------------------------------------------------ */

/* As _PyEval_AddPendingCall() of Python/ceval.c, but who holds the lock may be the interrupted thread itself. */
bool catch_ask(int (*look)(void *))
{
	struct _ceval_state *ceval = &PyInterpreterState_Main()->ceval;
	struct _pending_calls *pending = &ceval->pending;
	if (!pending->lock || PyThread_acquire_lock(pending->lock, NOWAIT_LOCK) != PY_LOCK_ACQUIRED)
		return false;
	int next = (pending->last + 1) % NPENDINGCALLS;
	bool has_room = next != pending->first;
	if (has_room) {
		pending->calls[pending->last].func = look;
		pending->calls[pending->last].arg = NULL;
		pending->last = next;
	}
	PyThread_release_lock(pending->lock);
	if (has_room) {
		_Py_atomic_store_relaxed(&pending->calls_to_do, 1);
		_Py_atomic_store_relaxed(&ceval->eval_breaker, 1);
	}
	return has_room;
}

int catch_init(struct cause *cause)
{
	if (caught_instance)
		return 0;
	caught_type.tp_base = (PyTypeObject *)PyExc_BaseException;
	if (PyType_Ready(&caught_type) == 0)
		caught_instance = PyObject_CallNoArgs((PyObject *)&caught_type);
	if (caught_instance)
		return 0;
	PyErr_Clear();
	return cause_set(cause, -ENOMEM, "no memory for what is caught");
}
