/* cpython311_generator.c - see cpython311_generator.h.  gen_send_ex2() of Objects/genobject.c, SEND of Python/ceval.c.
 */
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
#include <stdatomic.h>
#include <string.h>

#include "codecache/jit/code_data.h"
#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_generator.h"
#include "codecache/jit/rt.h"
#include "common/cleanup.h"
#include "common/counters.h"

static _PyFrameEvalFunction own_hook;
#define IN_PLACE static inline __attribute__((always_inline))

static iternextfunc cpythons_next;
static sendfunc cpythons_send;

static _PyInterpreterFrame *frame_of(PyGenObject *generator)
{
	return (_PyInterpreterFrame *)generator->gi_iframe;
}

/* ---- in and out -------------------------------------------------------------- */

static inline void enter(PyThreadState *thread, PyGenObject *generator)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	frame->previous = thread->cframe->current_frame;
	thread->cframe->current_frame = frame;
	generator->gi_exc_state.previous_item = thread->exc_info;
	thread->exc_info = &generator->gi_exc_state;
	generator->gi_frame_state = FRAME_EXECUTING;
	thread->recursion_remaining--;
}

static inline void leave(PyThreadState *thread, PyGenObject *generator)
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

/* ---- native bodies ------------------------------------------------------------ */

/* By code object (PEP 523's extra data). */
static Py_ssize_t extra = -1;

void generator_set_body(PyObject *code, struct generator_body *body)
{
	(void)code_data_set(code, extra, body); /* no memory: they are CPython's */
}

/* _PyCodeObjectExtra of Objects/codeobject.c. */
struct code_extra {
	Py_ssize_t n;
	void *extras[];
};

/* NULL: there is none that can run the frame. */
static inline struct generator_body *body_of(const _PyInterpreterFrame *frame)
{
	const struct code_extra *all = frame->f_code->co_extra;
	struct generator_body *body = all && extra < all->n ? all->extras[extra] : NULL;
	if (!body)
		return NULL;
	bool fits = body->credit > 0 && frame->f_globals == body->globals && frame->f_builtins == body->builtins;
	return fits ? body : NULL;
}

/* The frame is one of that code from now on, and stands where it stood. */
static void show(_PyInterpreterFrame *frame, PyCodeObject *code)
{
	PyCodeObject *old = frame->f_code;
	frame->prev_instr = _PyCode_CODE(code) + (frame->prev_instr - _PyCode_CODE(old));
	frame->f_code = (PyCodeObject *)Py_NewRef(code);
	Py_DECREF(old);
}

/* Native code was left.  sent: what the frame finds on top of its stack, of so many entries, if nothing has been done;
 * NULL: nothing. */
static PyObject *go_on(PyThreadState *thread, PyGenObject *generator, struct generator_body *body, int top,
		       PyObject *sent)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	PyObject *result = NULL;
	body->credit -= GENERATOR_COST_OF_EXIT;
	if (body->go_on(body, frame->localsplus, &result)) {
		Py_INCREF(frame->f_code); /* was only lent to it */
		Py_DECREF(body->code);
		return result;
	}
	frame->stacktop = top;
	if (sent)
		_PyFrame_StackPush(frame, Py_NewRef(sent));
	return evaluate(thread, generator, 0);
}

/* The frame that was entered.  What it yields or returns; NULL with an exception.  In place, as all that is on the way
 * from one generator to the next: a CPU foresees some sixteen returns only. */
IN_PLACE PyObject *run_body(PyThreadState *thread, PyGenObject *generator, struct generator_body *body, PyObject *sent)
{
	_PyInterpreterFrame *frame = frame_of(generator);
	int top = frame->stacktop;
	if (frame->f_code != (PyCodeObject *)body->code)
		show(frame, (PyCodeObject *)body->code);
	frame->stacktop = -1; /* as while CPython's loop runs it */
	counter_add_one(body->runs);
	PyObject *result = body->entry(body->rt, body->consts, frame->localsplus, body->exit);
	if (__builtin_expect(!result, 0))
		return go_on(thread, generator, body, top, sent);
	body->credit += body->credit < GENERATOR_CREDIT;
	if (frame->stacktop >= 0)
		generator->gi_frame_state = FRAME_SUSPENDED;
	else
		frame->stacktop = frame->f_code->co_nlocalsplus;
	return result;
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
	struct generator_body *body = got == PYGEN_RETURN ? body_of(frame) : NULL;
	if (got == PYGEN_RETURN) {
		PyObject *iterator = frame->localsplus[frame->stacktop - 1];
		frame->prev_instr += BEHIND_SEND + BEFORE_END;
		frame->localsplus[frame->stacktop - 1] = *value;
		Py_DECREF(iterator);
	}
	*value = body ? run_body(thread, generator, body, NULL) : evaluate(thread, generator, got == PYGEN_ERROR);
	leave(thread, generator);
	return end(generator, *value);
}

/* ---- next() ------------------------------------------------------------------ */

/* As call_must_interpret(), and CPython's loop is seldom far away on the C stack.  Nor must anything be looked after,
 * which RESUME in Python/ceval.c does, within the innermost of the generators. */
static inline bool has_room(const PyThreadState *thread)
{
	const char *here = __builtin_frame_address(0), *loop = (const char *)thread->cframe;
	return !_Py_atomic_load_relaxed(&thread->interp->ceval.eval_breaker) && !thread->cframe->use_tracing &&
	       thread->recursion_remaining >= RT_NEAR_RECURSION_LIMIT &&
	       ((here < loop && loop - here < RT_STACK_NEAR) || !call_must_interpret());
}

/* Nobody wants to see each frame that is run (PEP 523), and there is room. */
static inline bool may_run(const PyThreadState *thread)
{
	_PyFrameEvalFunction hook = thread->interp->eval_frame;
	return (!hook || hook == own_hook) && has_room(thread);
}

IN_PLACE PySendResult step(PyThreadState *thread, PyGenObject *generator, struct generator_body *body, PyObject **ret)
{
	enter(thread, generator);
	*ret = run_body(thread, generator, body, Py_None);
	leave(thread, generator);
	return generator->gi_frame_state == FRAME_SUSPENDED ? PYGEN_NEXT : end(generator, *ret);
}

static inline struct generator_body *body_to_run(const PyGenObject *generator, const _PyInterpreterFrame *frame)
{
	return generator->gi_frame_state < FRAME_EXECUTING ? body_of(frame) : NULL;
}

/* One that does not wait for another. */
static PySendResult step_of(PyThreadState *thread, PyGenObject *generator, PyObject **ret)
{
	struct generator_body *body = body_to_run(generator, frame_of(generator));
	return body && has_room(thread) ? step(thread, generator, body, ret)
					: cpythons_send((PyObject *)generator, Py_None, ret);
}

/* Down to the one that has something to do, and up again. */
static PySendResult pass(PyThreadState *thread, PyGenObject *generator, PyObject **ret)
{
	PySendResult got = PYGEN_ERROR;
	uint32_t asking = 0;
	while (generator && is_delegating(generator, frame_of(generator)) && has_room(thread)) {
		PyObject *iterator = begin_asking(thread, generator);
		asking++;
		generator = PyGen_CheckExact(iterator) ? (PyGenObject *)iterator : NULL;
		if (!generator)
			got = PyIter_Send(iterator, Py_None, ret);
	}
	if (generator)
		got = step_of(thread, generator, ret);
	for (; asking > 0; asking--)
		got = end_asking(thread, generator_of(thread->cframe->current_frame), got, ret);
	return got;
}

/* As gen_send_ex2(), of None: *ret is what it yields or returns.  false: CPython is to do it. */
IN_PLACE bool next(PyGenObject *generator, PySendResult *ret_got, PyObject **ret)
{
	PyThreadState *thread = _PyThreadState_GET();
	bool delegates = is_delegating(generator, frame_of(generator));
	struct generator_body *body = delegates ? NULL : body_to_run(generator, frame_of(generator));
	if ((!delegates && !body) || !may_run(thread))
		return false;
	*ret_got = body ? step(thread, generator, body, ret) : pass(thread, generator, ret);
	return true;
}

static PyObject *slot_next(PyObject *self)
{
	PySendResult got;
	PyObject *result;
	if (!next((PyGenObject *)self, &got, &result))
		return cpythons_next(self);
	if (got != PYGEN_RETURN)
		return result;
	if (result != Py_None)
		(void)_PyGen_SetStopIterationValue(result);
	Py_DECREF(result);
	return NULL;
}

static PySendResult slot_send(PyObject *self, PyObject *value, PyObject **ret)
{
	PySendResult got;
	bool done = value == Py_None && next((PyGenObject *)self, &got, ret);
	return done ? got : cpythons_send(self, value, ret);
}

void generator_set_own_hook(frame_hook hook)
{
	own_hook = (_PyFrameEvalFunction)hook;
}

int generator_init(struct cause *cause)
{
	static PyAsyncMethods methods;
	if (extra < 0)
		extra = _PyEval_RequestCodeExtraIndex(NULL);
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
