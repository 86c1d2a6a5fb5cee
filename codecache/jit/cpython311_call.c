/* cpython311_call.c - see cpython311_call.h.  What Include/internal/pycore_frame.h, Python/pystate.c and Python/frame.c
 * of CPython 3.11 do to push and pop a frame; a shared libpython does not export theirs. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* pycore_gc.h has another spelling of it */
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_chunks.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/rt.h"
#include "common/cleanup.h"

/* ---- the C stack ----------------------------------------------------------- */

enum {
	STACK_RESERVE = 1 << 20,   /* bytes: for what native code calls, and CPython's loop */
	STACK_MAIN_MAX = 64 << 20, /* Linux keeps that much free below a program's stack, whatever the limit is later */
};

/* pthread_getattr_np() reads /proc/self/maps for the main thread, which takes longer than many a call. */
bool call_main_stack(void **ret_base, size_t *ret_size)
{
	struct rlimit limit;
	const char *top = (const char *)(uintptr_t)getauxval(AT_EXECFN), *here = __builtin_frame_address(0);
	if (!top || here > top || getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur > STACK_MAIN_MAX ||
	    (size_t)(top - here) >= limit.rlim_cur)
		return false;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	*ret_size = limit.rlim_cur / page * page;
	/* The program's name is the last thing on the last page of the stack (copy_strings_kernel() in fs/exec.c). */
	*ret_base = (void *)(((uintptr_t)top + strlen(top)) / page * page + page - *ret_size);
	return true;
}

__attribute__((noinline)) static char *stack_end(void)
{
	pthread_attr_t attr;
	void *base = NULL;
	size_t size = 0, guard = 0;
	if (!call_main_stack(&base, &size)) {
		if (pthread_getattr_np(pthread_self(), &attr) != 0)
			return (char *)__builtin_frame_address(0) - STACK_RESERVE;
		(void)pthread_attr_getstack(&attr, &base, &size);
		(void)pthread_attr_getguardsize(&attr, &guard);
		(void)pthread_attr_destroy(&attr);
	}
	size_t reserve = size / 2 < STACK_RESERVE ? size / 2 : STACK_RESERVE;
	return (char *)base + guard + reserve + RT_STACK_NEAR;
}

static inline char *stack_limit(void)
{
	/* What has this code is there from the program's start, or has room left for a word there. */
	static _Thread_local __attribute__((tls_model("initial-exec"))) char *end;
	if (__builtin_expect(!end, 0))
		end = stack_end();
	return end;
}

static inline bool stack_is_short(void)
{
	return (char *)__builtin_frame_address(0) < stack_limit();
}

bool call_stack_is_short(void)
{
	return stack_is_short();
}

/* ---- the data stack -------------------------------------------------------- */

static _PyInterpreterFrame *frame_of(PyObject **locals)
{
	return (_PyInterpreterFrame *)((char *)locals - offsetof(_PyInterpreterFrame, localsplus));
}

enum { CHUNK_OVERHEAD = 1000 }; /* MINIMUM_OVERHEAD of pystate.c */

/* push_chunk() of pystate.c; _PyThreadState_PopFrame() gives it back to the same allocator. */
__attribute__((noinline)) static PyObject **push_chunk(PyThreadState *thread, size_t n)
{
	size_t size = CHUNK_SIZE;
	while (size < sizeof(PyObject *) * (n + CHUNK_OVERHEAD))
		size *= 2;
	_PyStackChunk *chunk = chunk_new(size), *previous = thread->datastack_chunk;
	if (!chunk)
		return NULL;
	chunk->previous = previous;
	chunk->size = size;
	chunk->top = 0;
	if (previous)
		previous->top = (size_t)(thread->datastack_top - &previous->data[0]);
	thread->datastack_chunk = chunk;
	thread->datastack_limit = (PyObject **)((char *)chunk + size);
	return &chunk->data[previous == NULL];
}

static void pop_chunk(PyThreadState *thread)
{
	_PyStackChunk *chunk = thread->datastack_chunk, *previous = chunk->previous;
	thread->datastack_top = &previous->data[previous->top];
	thread->datastack_chunk = previous;
	thread->datastack_limit = (PyObject **)((char *)previous + previous->size);
	chunk_free(chunk, chunk->size);
}

static inline _PyInterpreterFrame *push(PyThreadState *thread, size_t n)
{
	PyObject **base = thread->datastack_top;
	if (__builtin_expect(!base || n >= (size_t)(thread->datastack_limit - base), 0))
		base = push_chunk(thread, n);
	if (base)
		thread->datastack_top = base + n;
	return (_PyInterpreterFrame *)base;
}

static inline void pop(PyThreadState *thread, _PyInterpreterFrame *frame)
{
	if ((PyObject **)frame == &thread->datastack_chunk->data[0])
		pop_chunk(thread);
	else
		thread->datastack_top = (PyObject **)frame;
}

/* ---- entering -------------------------------------------------------------- */

/* As switch_must_interpret(), in place: direct calls are many. */
static inline bool must_interpret(const PyThreadState *thread)
{
	return __builtin_expect(thread->cframe->use_tracing || thread->recursion_remaining < RT_NEAR_RECURSION_LIMIT ||
					stack_is_short(),
				0);
}

bool call_must_interpret(void)
{
	return must_interpret(_PyThreadState_GET());
}

#define FRAME_WORD(member, word)                                                        \
	_Static_assert(offsetof(_PyInterpreterFrame, member) ==                         \
			       (size_t)((word)-RT_FRAME_FUNCTION) * sizeof(PyObject *), \
		       "emitted code makes frames")
FRAME_WORD(f_func, RT_FRAME_FUNCTION);
FRAME_WORD(f_globals, RT_FRAME_GLOBALS);
FRAME_WORD(f_builtins, RT_FRAME_BUILTINS);
FRAME_WORD(f_locals, RT_FRAME_LOCALS);
FRAME_WORD(f_code, RT_FRAME_CODE);
FRAME_WORD(frame_obj, RT_FRAME_OBJECT);
FRAME_WORD(previous, RT_FRAME_PREVIOUS);
FRAME_WORD(prev_instr, RT_FRAME_INSTR);
FRAME_WORD(stacktop, RT_FRAME_STACK_TOP);
FRAME_WORD(localsplus, 0);
_Static_assert(FRAME_OWNED_BY_THREAD == 0 && offsetof(_PyCFrame, use_tracing) == 0 &&
		       offsetof(_PyCFrame, current_frame) == RT_CFRAME_FRAME * sizeof(void *) &&
		       offsetof(_PyStackChunk, data) == RT_CHUNK_DATA * sizeof(void *) &&
		       offsetof(PyThreadState, datastack_chunk) == RT_THREAD_CHUNK * sizeof(void *) &&
		       offsetof(PyFunctionObject, func_builtins) == RT_FUNCTION_BUILTINS * sizeof(void *),
	       "emitted code makes frames");

/* A call of memset() would take longer than the few locals that there are. */
#define NO_MEMSET __attribute__((optimize("no-tree-loop-distribute-patterns")))

NO_MEMSET static inline PyObject **init(PyThreadState *thread, _PyInterpreterFrame *frame, PyObject *function,
					PyCodeObject *code)
{
	PyFunctionObject *f = (PyFunctionObject *)Py_NewRef(function);
	int n_locals = code->co_nlocalsplus;
	frame->f_func = f;
	frame->f_globals = f->func_globals;
	frame->f_builtins = f->func_builtins;
	frame->f_locals = NULL;
	frame->f_code = code;
	frame->frame_obj = NULL;
	frame->previous = thread->cframe->current_frame;
	frame->prev_instr = _PyCode_CODE(code) - 1;
	frame->stacktop = n_locals;
	frame->is_entry = false;
	frame->owner = FRAME_OWNED_BY_THREAD;
	for (int i = 0; i < n_locals; i++)
		frame->localsplus[i] = NULL;
	thread->cframe->current_frame = frame;
	thread->recursion_remaining--;
	return frame->localsplus;
}

NO_MEMSET PyObject **call_enter(PyObject *function, PyObject *code, int64_t size)
{
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = must_interpret(thread) ? NULL : push(thread, FRAME_SPECIALS_SIZE + (size_t)size);
	return __builtin_expect(!frame, 0) ? NULL : init(thread, frame, function, (PyCodeObject *)code);
}

bool call_room(void)
{
	return chunks_reserve(1);
}

/* Those of the C stack that are left but for the reserve. */
static int64_t stack_levels(int64_t bytes)
{
	return RT_CALL_LEVELS + ((char *)__builtin_frame_address(0) - stack_limit()) / bytes;
}

int64_t call_levels(int64_t most, int64_t words, int64_t bytes)
{
	enum { CHUNK_WORDS = CHUNK_SIZE / (int)sizeof(PyObject *) - RT_CHUNK_DATA - 1 };
	const PyThreadState *thread = _PyThreadState_GET();
	if (must_interpret(thread))
		return 0;
	int64_t left = thread->recursion_remaining - RT_NEAR_RECURSION_LIMIT + 1, room = stack_levels(bytes);
	int64_t levels = left < most ? left : most;
	if (levels > RT_CALL_LEVELS && levels > room)
		levels = room;
	return chunks_reserve((size_t)(levels / (CHUNK_WORDS / words)) + 1) ? levels : 0;
}

NO_MEMSET PyObject **call_late(PyObject *function, PyObject *code, int64_t size)
{
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = push(thread, FRAME_SPECIALS_SIZE + (size_t)size);
	if (!frame)
		Py_FatalError("preforge: there is no room for a frame");
	return init(thread, frame, function, (PyCodeObject *)code);
}

/* ---- leaving --------------------------------------------------------------- */

void call_hand_over(PyFrameObject *f, _PyInterpreterFrame *frame)
{
	Py_INCREF(frame->f_code); /* until now it was borrowed */
	memcpy(f->_f_frame_data, frame, (size_t)((char *)&frame->localsplus[frame->stacktop] - (char *)frame));
	frame = (_PyInterpreterFrame *)f->_f_frame_data;
	f->f_frame = frame;
	frame->owner = FRAME_OWNED_BY_FRAME_OBJECT;
	frame->previous = NULL;
	f->f_back = PyThreadState_GetFrame(_PyThreadState_GET()); /* the frame itself is not on the stack any more */
	if (!PyObject_GC_IsTracked((PyObject *)f))
		PyObject_GC_Track(f);
}

/* Whether the frame's object has taken over what the frame holds. */
__attribute__((noinline)) static bool drop_frame_object(_PyInterpreterFrame *frame)
{
	PyFrameObject *f = frame->frame_obj;
	bool shared = Py_REFCNT(f) > 1;
	frame->frame_obj = NULL;
	if (shared)
		call_hand_over(f, frame);
	Py_DECREF(f);
	return shared;
}

void call_leave(PyObject **locals)
{
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = frame_of(locals);
	thread->cframe->current_frame = frame->previous;
	if (__builtin_expect(!frame->frame_obj, 1) || !drop_frame_object(frame)) {
		for (int i = 0; i < frame->stacktop; i++)
			Py_XDECREF(locals[i]);
		Py_XDECREF(frame->f_locals);
		Py_DECREF(frame->f_func);
	}
	thread->recursion_remaining++;
	pop(thread, frame);
}

bool call_is_unseen(PyObject **locals, uint32_t *ret)
{
	const _PyInterpreterFrame *frame = frame_of(locals);
	*ret = (uint32_t)frame->stacktop;
	return !frame->frame_obj && !frame->f_locals;
}

void call_count(int calls)
{
	_PyThreadState_GET()->recursion_remaining -= calls;
}

void call_is_at(PyObject **locals, int64_t at)
{
	_PyInterpreterFrame *frame = frame_of(locals);
	frame->prev_instr = _PyCode_CODE(frame->f_code) + at;
}

void call_top_is_at(int64_t at)
{
	_PyInterpreterFrame *frame = _PyThreadState_GET()->cframe->current_frame;
	frame->prev_instr = _PyCode_CODE(frame->f_code) + at;
}

/* ---- going on in CPython --------------------------------------------------- */

PyObject *call_globals(PyObject **locals)
{
	return frame_of(locals)->f_globals;
}

/* What COPY_FREE_VARS has put into the frame. */
static void add_free(const _PyInterpreterFrame *frame, PyObject **values)
{
	int n_locals = frame->f_code->co_nlocalsplus, n_free = frame->f_code->co_nfreevars;
	for (int i = 0; i < n_free; i++)
		Py_XSETREF(values[n_locals - n_free + i], Py_NewRef(PyTuple_GET_ITEM(frame->f_func->func_closure, i)));
}

void call_add_traceback(void)
{
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = thread->cframe->current_frame;
	PyFrameObject *f = frame->frame_obj;
	cpython_index_lines((PyObject *)frame->f_code);
	if (f) {
		Py_INCREF(f);
	} else {
		PyObject *type, *value, *traceback;
		PyErr_Fetch(&type, &value, &traceback); /* the next one clears it when it fails */
		f = PyThreadState_GetFrame(thread);
		PyErr_Restore(type, value, traceback);
	}
	if (f)
		(void)PyTraceBack_Here(f); /* without memory the exception is that one */
	Py_XDECREF(f);
}

/* exception_unwind and exit_unwind of ceval.c for a frame on top that has no handler. */
static void unwind(_PyInterpreterFrame *frame)
{
	for (int base = frame->f_code->co_nlocalsplus; frame->stacktop > base;)
		Py_XDECREF(frame->localsplus[--frame->stacktop]);
}

PyObject *call_go_on(PyObject **locals, PyObject *code_object, uint32_t at, enum call_point point, PyObject **values,
		     uint32_t n_stack)
{
	bool raise = point == CALL_RAISES || point == CALL_ENDS || point == CALL_PASSES;
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = frame_of(locals);
	PyCodeObject *code = (PyCodeObject *)code_object;
	int n_locals = code->co_nlocalsplus;
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	if (point != CALL_BEGINS)
		add_free(frame, values);
	for (int i = 0; i < n_locals; i++) {
		PyObject *old = locals[i];
		locals[i] = values[i];
		values[i] = old;
	}
	for (int i = 0; i < n_locals; i++)
		Py_XDECREF(values[i]);
	PyErr_Restore(type, value, traceback);
	memcpy(locals + n_locals, values + n_locals, n_stack * sizeof(*values));
	if (!raise && point != CALL_IS_AT)
		locals[n_locals + (int)n_stack++] = Py_NewRef(Py_None); /* the landing drops it */
	frame->f_code = code;
	frame->prev_instr = _PyCode_CODE(code) + at;
	frame->stacktop = n_locals + (int)n_stack;
	if (point == CALL_PASSES || (point == CALL_ENDS && !thread->cframe->use_tracing)) {
		if (point == CALL_ENDS)
			call_add_traceback();
		unwind(frame);
		return NULL;
	}
	/* The loop puts the frame on top by itself, and counts it. */
	thread->cframe->current_frame = frame->previous;
	thread->recursion_remaining++;
	Py_INCREF(code); /* where native code is entered again, the frame gets other code, and a reference to that */
	PyObject *result = _PyEval_EvalFrameDefault(thread, frame, raise);
	Py_DECREF(frame->f_code); /* something else keeps it, too */
	thread->recursion_remaining--;
	thread->cframe->current_frame = frame;
	return result;
}

/* ---- functions that are written in Python ----------------------------------- */

/* NULL: it takes other arguments than n by place, or gives a generator. */
static PyCodeObject *plain_code(PyObject *callable, int64_t n)
{
	enum {
		CONCERNS = CO_OPTIMIZED | CO_NEWLOCALS | CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE |
			   CO_ASYNC_GENERATOR
	};
	if (!Py_IS_TYPE(callable, &PyFunction_Type))
		return NULL;
	PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(callable);
	bool fits = (code->co_flags & CONCERNS) == (CO_OPTIMIZED | CO_NEWLOCALS) && code->co_argcount == n &&
		    code->co_kwonlyargcount == 0;
	return fits ? code : NULL;
}

/* As _PyEval_Vector(), which would take references of its own. */
bool call_python(PyObject *callable, int64_t given, PyObject *const *args, int64_t n, PyObject **ret)
{
	PyCodeObject *code = plain_code(callable, n);
	PyObject **locals =
		code ? call_enter(callable, (PyObject *)code, code->co_nlocalsplus + code->co_stacksize) : NULL;
	if (!locals)
		return false;
	Py_INCREF(code);
	for (int64_t i = 0; i < n; i++)
		locals[i] = given >> i & 1 ? args[i] : Py_NewRef(args[i]);
	PyThreadState *thread = _PyThreadState_GET();
	_PyInterpreterFrame *frame = frame_of(locals);
	/* The loop puts the frame on top by itself, and counts it. */
	thread->cframe->current_frame = frame->previous;
	thread->recursion_remaining++;
	_PyFrameEvalFunction evaluate = thread->interp->eval_frame;
	*ret = (evaluate ? evaluate : _PyEval_EvalFrameDefault)(thread, frame, 0);
	thread->recursion_remaining--;
	thread->cframe->current_frame = frame;
	code = frame->f_code; /* a native function's stub gives the frame other code, and a reference to that */
	call_leave(locals);
	Py_DECREF(code);
	return true;
}

/* ---- functions that are written in C ---------------------------------------- */

/* What of the stack are a method's or a function's own arguments; NULL: it is neither. */
static const PyMethodDef *builtin_of(PyObject *const *stack, PyObject **ret_self, PyObject *const **ret_args)
{
	if (!stack[0] && Py_IS_TYPE(stack[1], &PyCFunction_Type)) {
		*ret_self = PyCFunction_GET_SELF(stack[1]);
		*ret_args = stack + 2;
		return ((PyCFunctionObject *)stack[1])->m_ml;
	}
	if (!stack[0] || !Py_IS_TYPE(stack[0], &PyMethodDescr_Type) ||
	    ((PyMethodDescrObject *)stack[0])->d_common.d_type != Py_TYPE(stack[1]))
		return NULL;
	*ret_self = stack[1];
	*ret_args = stack + 2;
	return ((PyMethodDescrObject *)stack[0])->d_method;
}

static bool is_polling;

__attribute__((noinline)) static PyObject *interrupted(PyObject *result)
{
	bool outer = is_polling;
	is_polling = true;
	if (switch_poll() && Py_MakePendingCalls() < 0)
		Py_CLEAR(result);
	is_polling = outer;
	return result;
}

bool call_is_polling(void)
{
	return is_polling;
}

/* CHECK_EVAL_BREAKER after CALL in ceval.c: who calls time.sleep() or os.kill() sees next what the signal's handler
 * did. */
PyObject *call_returned(PyObject *result)
{
	bool looks = result && _Py_atomic_load_relaxed(&_PyThreadState_GET()->interp->ceval.eval_breaker);
	return __builtin_expect(looks, 0) ? interrupted(result) : result;
}

/* method_vectorcall_O() and its like in Objects/descrobject.c, cfunction_vectorcall_O() in Objects/methodobject.c. */
bool call_builtin(PyObject *const *stack, int64_t n, PyObject **ret)
{
	PyObject *self, *const *args;
	PyThreadState *thread = _PyThreadState_GET();
	const PyMethodDef *method = builtin_of(stack, &self, &args);
	bool fits = true;
	if (!method || thread->recursion_remaining <= 1)
		return false;
	thread->recursion_remaining--;
	if (method->ml_flags == METH_O && n == 3)
		*ret = method->ml_meth(self, args[0]);
	else if (method->ml_flags == METH_FASTCALL)
		*ret = ((_PyCFunctionFast)(void (*)(void))method->ml_meth)(self, args, n - 2);
	else if (method->ml_flags == METH_NOARGS && n == 2)
		*ret = method->ml_meth(self, NULL);
	else
		fits = false;
	thread->recursion_remaining++;
	if (fits && !*ret && !PyErr_Occurred())
		PyErr_Format(PyExc_SystemError, "%s() returned NULL without setting an exception", method->ml_name);
	return fits;
}
