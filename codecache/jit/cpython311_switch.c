/* cpython311_switch.c - see cpython311_switch.h.  Private structs: Include/internal/pycore_frame.h, pycore_interp.h. */
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
#include <opcode.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_chunks.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/rt.h"
#include "common/cleanup.h"

_Static_assert(offsetof(_PyInterpreterFrame, localsplus) + RT_FRAME_CODE * sizeof(PyObject *) ==
			       offsetof(_PyInterpreterFrame, f_code) &&
		       offsetof(_PyInterpreterFrame, localsplus) + RT_FRAME_INSTR * sizeof(PyObject *) ==
			       offsetof(_PyInterpreterFrame, prev_instr) &&
		       offsetof(_PyInterpreterFrame, localsplus) + RT_FRAME_FUNCTION * sizeof(PyObject *) ==
			       offsetof(_PyInterpreterFrame, f_func) &&
		       offsetof(PyFunctionObject, func_closure) == RT_FUNCTION_CLOSURE * sizeof(PyObject *) &&
		       offsetof(PyFunctionObject, func_globals) == RT_FUNCTION_GLOBALS * sizeof(PyObject *) &&
		       offsetof(PyFunctionObject, func_code) == RT_FUNCTION_CODE * sizeof(PyObject *) &&
		       offsetof(PyFunctionObject, func_defaults) == RT_FUNCTION_DEFAULTS * sizeof(PyObject *) &&
		       offsetof(PyCodeObject, co_consts) == RT_CODE_CONSTS * sizeof(PyObject *) &&
		       offsetof(PyCodeObject, co_flags) == RT_CODE_FLAGS * sizeof(int) &&
		       offsetof(PyTupleObject, ob_item) == RT_TUPLE_ITEMS * sizeof(PyObject *) &&
		       offsetof(PyCodeObject, co_code_adaptive) == RT_CODE_FIRST_INSTR,
	       "emitted code writes into frames");

/* The stub's own stack (cpython_stub_code()): what waits for the switch lies above it. */
enum { STUB_STACK = 2 };

/* The switch under way, from switch_to() until the switch function runs.  In between the stub executes four
 * instructions that neither run Python code nor give the GIL away, so there is never more than one. */
static struct {
	_PyInterpreterFrame *frame;
	PyCodeObject *code; /* owned */
	uint32_t landing;
	uint32_t n_stack, from;             /* its stack, and where in the frame's that is now */
	_PyFrameEvalFunction eval_frame;    /* of the interpreter, put aside */
	PyObject *type, *value, *traceback; /* owned; type not NULL: no switch, but this is raised in the frame */
	void (*begun)(void);                /* NULL: nobody is told */
} pending;

/* A switch is under way; another thread sets a hook.  Each says so before it looks at the other. */
static atomic_bool under_way, hook_comes;

static PyObject *function; /* the switch function */

/* ---- the switch ------------------------------------------------------------ */

/* RETURN_VALUE of the switch function would be an event for a profile function.  So tracing is off until the landing
 * drops this object, at the next instruction but one. */
static PyObject tracing_on;
static uint8_t use_tracing;

static void turn_tracing_on(PyObject *Py_UNUSED(object))
{
	_PyThreadState_GET()->cframe->use_tracing = use_tracing;
}

static PyTypeObject tracing_on_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.tracing_on",
	.tp_basicsize = sizeof(PyObject),
	.tp_dealloc = turn_tracing_on,
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

static PyObject *hide_return(PyThreadState *thread)
{
	use_tracing = thread->cframe->use_tracing;
	thread->cframe->use_tracing = 0;
	return PyObject_Init(&tracing_on, &tracing_on_type);
}

/* The negative of the switch object, asked for by the switch function, whose frame is on top. */
static PyObject *make_switch(PyObject *Py_UNUSED(self))
{
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *top = thread->cframe->current_frame, *frame = pending.frame;
	if (!frame || top->previous != frame || top->is_entry) {
		PyErr_SetString(PyExc_SystemError, "preforge: switch without a native call");
		return NULL;
	}
	thread->interp->eval_frame = pending.eval_frame;
	atomic_store_explicit(&under_way, false, memory_order_release);
	thread->recursion_remaining--;
	if (pending.begun)
		steal_ptr(pending.begun)();
	if (pending.type) {
		pending.frame = NULL;
		frame->prev_instr = _PyCode_CODE(frame->f_code) + pending.landing;
		PyErr_Restore(steal_ptr(pending.type), steal_ptr(pending.value), steal_ptr(pending.traceback));
		return NULL;
	}

	PyCodeObject *stub = frame->f_code;
	PyObject **stack = frame->localsplus + stub->co_nlocalsplus;
	memmove(stack, stack + pending.from, pending.n_stack * sizeof(*stack));
	frame->f_code = pending.code;
	frame->prev_instr = _PyCode_CODE(pending.code) + pending.landing;
	frame->stacktop = stub->co_nlocalsplus + (int)pending.n_stack;
	pending.frame = NULL;
	Py_DECREF(stub);
	/* The value that the landing drops. */
	return thread->cframe->use_tracing ? hide_return(thread) : Py_NewRef(Py_None);
}

static PyNumberMethods switch_as_number = { .nb_negative = make_switch };

static PyTypeObject switch_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.switch",
	.tp_basicsize = sizeof(PyObject),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_as_number = &switch_as_number,
};

bool switch_must_interpret(void)
{
	const PyThreadState *thread = _PyThreadState_GET();
	return thread->cframe->use_tracing || thread->recursion_remaining < RT_NEAR_RECURSION_LIMIT;
}

static struct switch_call call_in(_PyInterpreterFrame *frame)
{
	return (struct switch_call){
		.frame = frame,
		.args = frame->localsplus,
		.function = (PyObject *)frame->f_func,
		.interpret = switch_must_interpret() || call_stack_is_short(),
	};
}

bool switch_enter(PyObject *stub, struct switch_call *ret)
{
	_PyInterpreterFrame *frame = _PyThreadState_GET()->cframe->current_frame;
	if (!frame || (PyObject *)frame->f_code != stub)
		return false;
	*ret = call_in(frame);
	return true;
}

PyObject *switch_enter_loop(struct switch_call *ret)
{
	_PyInterpreterFrame *frame = _PyThreadState_GET()->cframe->current_frame;
	if (!frame)
		return NULL;
	*ret = call_in(frame);
	ret->instr = frame->prev_instr;
	return (PyObject *)frame->f_code;
}

bool switch_is_asked(void)
{
	return _Py_atomic_load_relaxed(&_PyInterpreterState_GET()->ceval.eval_breaker);
}

/* A frame has no room for it, but it has a function, which nobody sees: of another one like it the documentation is
 * ours. */
int switch_attach(const struct switch_call *call, PyObject *object)
{
	PyFunctionObject *old = call->frame->f_func;
	PyFunctionObject *f = (PyFunctionObject *)PyFunction_New(old->func_code, old->func_globals);
	if (!f) {
		PyErr_Clear();
		Py_DECREF(object);
		return -1;
	}
	Py_XSETREF(f->func_doc, object);
	f->func_closure = Py_XNewRef(old->func_closure);
	call->frame->f_func = f;
	Py_DECREF(old);
	return 0;
}

bool switch_is_running(const void *frame)
{
	const _PyInterpreterFrame *f = _PyThreadState_GET()->cframe->current_frame;
	while (f && f != frame)
		f = f->previous;
	return f != NULL;
}

bool switch_is_inner(const struct switch_call *call, PyObject *original, PyObject *stub)
{
	for (const _PyInterpreterFrame *f = call->frame->previous; f; f = f->previous) {
		PyObject *code = (PyObject *)f->f_code;
		if (code == original || code == stub || (PyObject *)view_of(code) == original)
			return true;
	}
	return false;
}

void switch_show(const struct switch_call *call, PyObject *code)
{
	call->frame->f_code = (PyCodeObject *)code;
	call->frame->prev_instr = _PyCode_CODE((PyCodeObject *)code) - 1;
}

void switch_show_loop(const struct switch_call *call, PyObject *code)
{
	call->frame->f_code = (PyCodeObject *)code;
	call->frame->prev_instr = call->instr;
}

void switch_leave(const struct switch_call *call)
{
	_PyInterpreterFrame *frame = call->frame;
	PyFrameObject *f = frame->frame_obj;
	if (!f || Py_REFCNT(f) == 1)
		return;
	PyThreadState *thread = _PyThreadState_GET();
	int n_locals = frame->f_code->co_nlocalsplus;
	frame->frame_obj = NULL;
	frame->stacktop = n_locals;
	thread->cframe->current_frame = frame->previous;
	call_hand_over(f, frame);
	thread->cframe->current_frame = frame;
	Py_INCREF(frame->f_func);
	frame->f_locals = NULL;
	memset(frame->localsplus, 0, (size_t)n_locals * sizeof(PyObject *));
	Py_DECREF(f);
}

bool switch_set_hook_if_none(struct _is *interpreter, frame_hook hook)
{
	_PyFrameEvalFunction none = NULL;
	atomic_store(&hook_comes, true);
	bool may = !atomic_load(&under_way);
	if (may)
		(void)__atomic_compare_exchange_n(&interpreter->eval_frame, &none, hook, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED);
	atomic_store(&hook_comes, false);
	return may;
}

/* In a child that was forked meanwhile, the other thread is not. */
static void after_fork(void)
{
	atomic_store(&hook_comes, false);
}

static void set_pending_frame(_PyInterpreterFrame *frame, uint32_t landing)
{
	PyThreadState *thread = _PyThreadState_GET();
	pending.frame = frame;
	pending.landing = landing;
	/* CALL runs a Python function in the same loop only without a PEP 523 hook. */
	atomic_store(&under_way, true);
	while (atomic_load(&hook_comes))
		(void)sched_yield();
	pending.eval_frame = thread->interp->eval_frame;
	thread->interp->eval_frame = NULL;
	thread->recursion_remaining++; /* the switch function's frame does not count */
}

/* from: where in the frame's stack the new one is. */
static void set_pending(_PyInterpreterFrame *frame, PyObject *resume_code, uint32_t landing, uint32_t from,
			uint32_t n_stack)
{
	pending.code = (PyCodeObject *)Py_NewRef(resume_code);
	pending.from = from;
	pending.n_stack = n_stack;
	set_pending_frame(frame, landing);
}

/* To the stub, StopIteration means that there is no result.  So it is put aside, and raised by the switch. */
void switch_raise_stop(const struct switch_call *call)
{
	if (!PyErr_ExceptionMatches(PyExc_StopIteration))
		return;
	_PyInterpreterFrame *frame = call->frame;
	PyErr_Fetch(&pending.type, &pending.value, &pending.traceback);
	set_pending_frame(frame, (uint32_t)(frame->prev_instr - _PyCode_CODE(frame->f_code)));
}

void switch_to_start(const struct switch_call *call, PyObject *resume_code, uint32_t landing)
{
	set_pending(call->frame, resume_code, landing, 0, call->n_stack);
}

void switch_to_loop(const struct switch_call *call, PyObject *resume_code, uint32_t landing, void (*begun)(void))
{
	switch_to_start(call, resume_code, landing);
	pending.begun = begun;
}

PyObject **switch_caught_top(void)
{
	return &pending.frame->localsplus[pending.frame->f_code->co_nlocalsplus + (int)pending.n_stack];
}

/* values: the new locals in, the old ones out. */
static void swap_locals(_PyInterpreterFrame *frame, PyObject **values)
{
	PyObject *closure = frame->f_func->func_closure;
	uint32_t n_locals = (uint32_t)frame->f_code->co_nlocalsplus;
	uint32_t n_free = closure ? (uint32_t)PyTuple_GET_SIZE(closure) : 0; /* a stub's code may say one less */
	for (uint32_t i = 0; i < n_free; i++)
		Py_XSETREF(values[n_locals - n_free + i], Py_NewRef(PyTuple_GET_ITEM(closure, i)));
	for (uint32_t i = 0; i < n_locals; i++) {
		PyObject *old = frame->localsplus[i];
		frame->localsplus[i] = values[i];
		values[i] = old;
	}
}

static void drop_locals(const _PyInterpreterFrame *frame, PyObject **values)
{
	for (int i = 0; i < frame->f_code->co_nlocalsplus; i++)
		Py_XDECREF(values[i]);
}

void switch_raise(const struct switch_call *call, PyObject *code, uint32_t at, PyObject **values)
{
	_PyInterpreterFrame *frame = call->frame;
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	swap_locals(frame, values);
	drop_locals(frame, values);
	PyErr_Restore(type, value, traceback);
	Py_DECREF(frame->f_code);
	frame->f_code = (PyCodeObject *)Py_NewRef(code);
	frame->prev_instr = _PyCode_CODE(frame->f_code) + at;
	cpython_index_lines(code);
	switch_raise_stop(call);
}

bool switch_was_raised_at(const struct switch_call *call, uint32_t at, PyObject *exception)
{
	const PyTracebackObject *traceback = (PyTracebackObject *)((PyBaseExceptionObject *)exception)->traceback;
	return traceback && traceback->tb_frame == call->frame->frame_obj &&
	       traceback->tb_lasti == (int)(at * sizeof(_Py_CODEUNIT));
}

void switch_raise_again(const struct switch_call *call, PyObject *code, uint32_t at, PyObject *exception,
			PyObject **values)
{
	const PyTracebackObject *traceback = (PyTracebackObject *)((PyBaseExceptionObject *)exception)->traceback;
	PyErr_Restore(Py_NewRef(Py_TYPE(exception)), exception, Py_XNewRef(traceback->tb_next));
	switch_raise(call, code, at, values);
}

void switch_to(const struct switch_call *call, PyObject *resume_code, uint32_t landing, PyObject **values,
	       uint32_t n_stack)
{
	_PyInterpreterFrame *frame = call->frame;
	int n_locals = frame->f_code->co_nlocalsplus;
	swap_locals(frame, values);
	uint32_t from = call->n_stack + STUB_STACK;
	memcpy(frame->localsplus + n_locals + from, values + n_locals, n_stack * sizeof(*values));
	/* What dies here may run Python code, other native functions too: before the switch is under way. */
	drop_locals(frame, values);
	set_pending(frame, resume_code, landing, from, n_stack);
}

/* ---- exceptions ------------------------------------------------------------ */

struct raiser {
	PyObject_HEAD
	PyObject *type, *value, *traceback;
};

static PyObject *raiser_raise(PyObject *self)
{
	struct raiser *r = (struct raiser *)self;
	PyErr_Restore(steal_ptr(r->type), steal_ptr(r->value), steal_ptr(r->traceback));
	return NULL;
}

static void raiser_dealloc(PyObject *self)
{
	struct raiser *r = (struct raiser *)self;
	Py_XDECREF(r->type);
	Py_XDECREF(r->value);
	Py_XDECREF(r->traceback);
	PyObject_Free(self);
}

static PyNumberMethods raiser_as_number = { .nb_negative = raiser_raise };

static PyTypeObject raiser_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.raiser",
	.tp_basicsize = sizeof(struct raiser),
	.tp_dealloc = raiser_dealloc,
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_as_number = &raiser_as_number,
};

PyObject *switch_raiser(PyObject *type, PyObject *value, PyObject *traceback)
{
	struct raiser *r = PyObject_New(struct raiser, &raiser_type);
	if (!r) {
		Py_XDECREF(type);
		Py_XDECREF(value);
		Py_XDECREF(traceback);
		return NULL;
	}
	r->type = type;
	r->value = value;
	r->traceback = traceback;
	return (PyObject *)r;
}

/* ---- the rest of a frame --------------------------------------------------- */

/* What the stub of such a function asks: an iterator, as a native function is (cpython_stub_code()). */
struct rest {
	PyObject_HEAD
	PyObject *code;
	uint32_t landing, n_values, n_stack;
	PyObject *values[];
};

static PyObject *rest_go_on(PyObject *self)
{
	struct rest *r = (struct rest *)self;
	struct switch_call call = { .frame = _PyThreadState_GET()->cframe->current_frame };
	if (r->n_values == 0) {
		PyErr_SetString(PyExc_SystemError, "preforge: the rest of a frame was done already");
		return NULL;
	}
	r->n_values = 0;
	switch_to(&call, r->code, r->landing, r->values, r->n_stack);
	return NULL;
}

static void rest_dealloc(PyObject *self)
{
	struct rest *r = (struct rest *)self;
	for (uint32_t i = 0; i < r->n_values; i++)
		Py_XDECREF(r->values[i]);
	Py_XDECREF(r->code);
	PyObject_Free(self);
}

static PyTypeObject rest_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.rest",
	.tp_basicsize = sizeof(struct rest),
	.tp_itemsize = sizeof(PyObject *),
	.tp_dealloc = rest_dealloc,
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = rest_go_on,
};

PyObject *switch_rest(PyObject *resume_code, uint32_t landing, PyObject *globals, PyObject **values, uint32_t n_stack)
{
	uint32_t n_locals = cpython_local_count(resume_code), n_free = cpython_free_count(resume_code);
	uint32_t n = n_locals + n_stack;
	struct rest *r = (struct rest *)PyObject_NewVar(struct rest, &rest_type, (Py_ssize_t)n);
	PyObject *stub = NULL, *f = NULL, *closure = n_free ? PyTuple_New(n_free) : NULL;
	if (!r) {
		for (uint32_t i = 0; i < n; i++)
			Py_XDECREF(values[i]);
		Py_XDECREF(closure);
		return NULL;
	}
	*r = (struct rest){ .ob_base = r->ob_base, .code = Py_NewRef(resume_code), .landing = landing };
	r->n_values = n;
	r->n_stack = n_stack;
	memcpy(r->values, values, n * sizeof(*values));
	for (uint32_t i = 0; closure && i < n_free; i++)
		PyTuple_SET_ITEM(closure, i, Py_NewRef(values[n_locals - n_free + i]));
	if (closure || !n_free)
		stub = cpython_rest_code(resume_code, (PyObject *)r, function);
	f = stub ? PyFunction_New(stub, globals) : NULL;
	if (f && closure && PyFunction_SetClosure(f, closure) < 0)
		Py_CLEAR(f);
	Py_XDECREF(closure);
	Py_XDECREF(stub);
	Py_DECREF(r);
	return f;
}

/* ---- generators ------------------------------------------------------------ */

/* Its arguments are the first of values. */
static PyObject *new_generator(PyObject *code, PyObject *globals, PyObject *const *cells, PyObject *const *values)
{
	PyObject *arguments[SWITCH_MAX_ARGUMENTS];
	int n = ((PyCodeObject *)code)->co_argcount;
	uint32_t n_cells = cpython_free_count(code);
	PyObject *f = PyFunction_New(code, globals), *closure = n_cells ? PyTuple_New(n_cells) : NULL;
	PyObject *generator = NULL;
	for (uint32_t i = 0; closure && i < n_cells; i++)
		PyTuple_SET_ITEM(closure, i, Py_NewRef(cells[i]));
	for (int i = 0; i < n; i++)
		arguments[i] = values[i] ? values[i] : Py_None;
	if (f && (!closure || PyFunction_SetClosure(f, closure) == 0) && (closure || n_cells == 0))
		generator = PyObject_Vectorcall(f, arguments, (size_t)n, NULL);
	Py_XDECREF(closure);
	Py_XDECREF(f);
	return generator;
}

bool switch_is_begin(PyObject *code, uint32_t pc)
{
	const _Py_CODEUNIT *units = _PyCode_CODE((PyCodeObject *)code);
	return pc >= 2 && _Py_OPCODE(units[pc - 2]) == RETURN_GENERATOR;
}

PyObject *switch_generator(PyObject *resume_code, uint32_t landing, bool is_unstarted, PyObject *globals,
			   PyObject **values, uint32_t n_stack)
{
	uint32_t n_locals = cpython_local_count(resume_code), n_values = n_locals + n_stack;
	PyGenObject *generator = (PyGenObject *)new_generator(
		resume_code, globals, values + n_locals - cpython_free_count(resume_code), values);
	if (generator) {
		Py_SETREF(generator->gi_code, (PyCodeObject *)Py_NewRef(view_of(resume_code)));
		_PyInterpreterFrame *frame = (_PyInterpreterFrame *)generator->gi_iframe;
		for (uint32_t i = 0; i < n_values; i++) {
			PyObject *old = i < n_locals ? frame->localsplus[i] : NULL;
			frame->localsplus[i] = values[i];
			values[i] = old;
		}
		frame->stacktop = (int)n_values;
		if (!is_unstarted) { /* else it stands where one stands that has just been made */
			frame->prev_instr = _PyCode_CODE((PyCodeObject *)resume_code) + landing;
			generator->gi_frame_state = FRAME_SUSPENDED;
		}
	}
	for (uint32_t i = 0; i < n_values; i++)
		Py_XDECREF(values[i]);
	return (PyObject *)generator;
}

/* ---- the eval breaker ------------------------------------------------------ */

const volatile int32_t *switch_eval_breaker(void)
{
	_Static_assert(sizeof(_Py_atomic_int) == sizeof(int32_t), "emitted code reads 32 bits");
	return (const volatile int32_t *)&_PyInterpreterState_GET()->ceval.eval_breaker;
}

_Static_assert(offsetof(PyThreadState, cframe) == RT_THREAD_CFRAME * sizeof(void *) &&
		       offsetof(PyThreadState, recursion_remaining) == RT_THREAD_RECURSION * sizeof(int) &&
		       offsetof(PyThreadState, datastack_top) == RT_THREAD_STACK_TOP * sizeof(void *) &&
		       offsetof(PyThreadState, datastack_limit) == RT_THREAD_STACK_LIMIT * sizeof(void *) &&
		       offsetof(_PyCFrame, use_tracing) == 0 &&
		       offsetof(_PyInterpreterFrame, localsplus) == -RT_FRAME_FUNCTION * (int)sizeof(void *),
	       "emitted code looks at threads");

const void *switch_thread_place(void)
{
	return &_PyRuntime.gilstate.tstate_current;
}

/* As eval_frame_handle_pending() in Python/ceval.c, but only what cannot run Python code or raise is done here. */
/* Who asked to be told of the main thread's next poll; NULL: nobody. */
static void (*volatile asked)(void);

static bool has_work(struct _ceval_state *ceval)
{
	return _Py_atomic_load_relaxed(&ceval->gil_drop_request) ||
	       _Py_atomic_load_relaxed(&ceval->pending.calls_to_do) ||
	       _Py_atomic_load_relaxed(&_PyRuntime.ceval.signals_pending) || ceval->pending.async_exc;
}

/* COMPUTE_EVAL_BREAKER() of ceval_gil.h, in an order in which nothing is lost that others set in between. */
static void settle_breaker(struct _ceval_state *ceval)
{
	_Py_atomic_store(&ceval->eval_breaker, 0);
	if (has_work(ceval))
		_Py_atomic_store(&ceval->eval_breaker, 1);
}

void switch_ask(void (*told)(void))
{
	struct _ceval_state *ceval = &PyInterpreterState_Main()->ceval;
	asked = told;
	if (told)
		_Py_atomic_store(&ceval->eval_breaker, 1);
	else
		settle_breaker(ceval);
}

bool switch_is_asking(void)
{
	return asked;
}

static bool is_main_thread(void)
{
	return PyThread_get_thread_ident() == _PyRuntime.main_thread;
}

static void tell(struct _ceval_state *ceval)
{
	void (*told)(void) = asked;
	asked = NULL;
	settle_breaker(ceval);
	told();
}

int switch_poll(void)
{
	PyThreadState *thread = _PyThreadState_GET();
	struct _ceval_state *ceval = &thread->interp->ceval;
	if (asked && is_main_thread())
		tell(ceval);
	for (;;) {
		/* Signals and pending calls are the main thread's; others see the breaker too (handle_signals()). */
		if (is_main_thread() && (_Py_atomic_load_relaxed(&_PyRuntime.ceval.signals_pending) ||
					 _Py_atomic_load_relaxed(&ceval->pending.calls_to_do)))
			return 1;
		if (thread->async_exc)
			return 1;
		if (!_Py_atomic_load_relaxed(&ceval->gil_drop_request))
			return 0;
		Py_BEGIN_ALLOW_THREADS;
		Py_END_ALLOW_THREADS;
	}
}

/* ---- init ------------------------------------------------------------------ */

int switch_init(struct cause *cause)
{
	if (function)
		return 0;
	chunks_keep();
	PyObject *object = pthread_atfork(NULL, NULL, after_fork) == 0 && PyType_Ready(&switch_type) == 0 &&
					   PyType_Ready(&tracing_on_type) == 0 && PyType_Ready(&raiser_type) == 0 &&
					   PyType_Ready(&rest_type) == 0
				   ? PyObject_New(PyObject, &switch_type)
				   : NULL;
	function = object ? cpython_make_switch_function(object) : NULL;
	Py_XDECREF(object);
	if (function)
		return 0;
	PyErr_Clear();
	return cause_set(cause, -ENOMEM, "no memory for the switch function");
}

PyObject *switch_function(void)
{
	return function;
}
