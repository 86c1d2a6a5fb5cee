/* cpython311_switch.h - how a native function's frame becomes a frame of CPython's, and what else must be known of
 * CPython's private state while native code runs.
 *
 * The stub's frame is not left for another one: at a side exit it is given the resume code, the locals and the stack,
 * and CPython's loop goes on in it.  So a side exit costs no C stack and no recursion depth, the frame has the right
 * function and globals, and nobody holds the arguments but the frame itself.  The loop takes up a changed frame only
 * when a Python function that was called from it returns (resume_frame in Python/ceval.c): that is what the switch
 * function is for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/cpython311_frame.h"
#include "common/cause.h"

typedef struct _object PyObject;
struct _PyInterpreterFrame;

/* A call of a native function. */
struct switch_call {
	struct _PyInterpreterFrame *frame;
	PyObject *const *args; /* the frame's locals, borrowed: params first */
	PyObject *function;    /* borrowed */
	bool interpret;        /* CPython must run all of it: switch_must_interpret(), or the C stack is near its end */
	uint32_t n_stack;      /* entries of the frame's stack where a loop is entered */
	void *instr;           /* where the frame stands then */
};

/* Whether a call must be CPython's: a trace or profile function is set, or the recursion limit is so near that what
 * CPython does by C calls (range(), comparisons) may raise. */
bool switch_must_interpret(void);

/* Once in a process, after Py_Initialize(). -ENOMEM with cause. */
int switch_init(struct cause *cause) __attribute__((warn_unused_result));

/* The Python function that stubs call after switch_to(); borrowed. */
PyObject *switch_function(void);

/* From the stub's native object: the call that is under way.  false if no frame of this stub is (then nothing is set).
 */
bool switch_enter(PyObject *stub, struct switch_call *ret);

/* The same from what a detour asks (cpython311_loops.h), whatever code the frame runs, which is returned, borrowed;
 * NULL: there is no frame. */
PyObject *switch_enter_loop(struct switch_call *ret);

/* Set hook unless one is set.  For any one thread, without the GIL: CPython looks anew at each call whether there is a
 * hook, and only a hook that goes must not do so while it looks.  false: not now, a switch is under way. */
bool switch_set_hook_if_none(struct _is *interpreter, frame_hook hook) __attribute__((warn_unused_result));

/* Whether CPython's loop must look after something: its eval breaker. */
bool switch_is_asked(void);

/* Let the call's frame carry object (taken over, also if it fails): it is dropped when the call has ended, and nobody
 * keeps its frame.  -1 without an exception if there is no memory. */
int switch_attach(const struct switch_call *call, PyObject *object);

/* Whether a frame, which may be gone, is one of those that this thread is in. */
bool switch_is_running(const void *frame);

/* Whether the call is made by another of the same function, directly or through others. */
bool switch_is_inner(const struct switch_call *call, PyObject *original, PyObject *stub);

/* Native code is about to return: whoever has the frame's object keeps a frame of the original code, with what is in
 * its locals, and the stub's has nothing any more. */
void switch_leave(const struct switch_call *call);

/* While native code runs, its frame is one of the original code, and native code says where in it (RT_FRAME_INSTR in
 * rt.h): so whoever looks at the stack sees what CPython would show.  code is borrowed: the frame must have its stub
 * again before anything else here is called. */
void switch_show(const struct switch_call *call, PyObject *code);

/* Where a loop is entered: the frame is one of that code, and stands where it stood. */
void switch_show_loop(const struct switch_call *call, PyObject *code);

/* The exception that is set was raised by the opcode at offset "at" of code, which has no handler for it.  values: what
 * the frame's locals become, as for switch_to().  The caller returns NULL to the stub at once. */
void switch_raise(const struct switch_call *call, PyObject *code, uint32_t at, PyObject **values);

/* Whether the frame is the last one in the exception's traceback, with that offset.  If so: the same with an exception
 * that is not set, and is taken over: CPython adds the frame anew. */
bool switch_was_raised_at(const struct switch_call *call, uint32_t at, PyObject *exception);
void switch_raise_again(const struct switch_call *call, PyObject *code, uint32_t at, PyObject *exception,
			PyObject **values);

/* What the caller is about to return NULL with to the stub may be StopIteration, which the stub would take for
 * something else: then it is put aside, and raised in the frame, as it is now, a little later. */
void switch_raise_stop(const struct switch_call *call);

/* An object that raises the exception when asked for its negative: the stack's top where struct resume_point.raises.
 * Takes the exception over, also if it fails.  A new reference, NULL with an exception. */
PyObject *switch_raiser(PyObject *type, PyObject *value, PyObject *traceback);

/* A function of one parameter, which it ignores, that goes on in resume_code (a function's, not a generator's) at
 * landing, with the locals and the stack of values, as for switch_generator().  Takes the values over, also if it
 * fails.  A new reference, NULL with an exception. */
PyObject *switch_rest(PyObject *resume_code, uint32_t landing, PyObject *globals, PyObject **values, uint32_t n_stack);

/* Let CPython go on with the call in resume_code, at offset landing in it.  values: what the frame's locals become,
 * then the stack, bottom first; references are taken over; entries may be NULL; entries of free variables are taken
 * from the function's closure.  The caller returns NULL without an exception to the stub at once. */
void switch_to(const struct switch_call *call, PyObject *resume_code, uint32_t landing, PyObject **values,
	       uint32_t n_stack);

/* The same with the locals as they are and the stack, which is empty but for that of a loop: the call from its start,
 * or on from the loop's head. */
void switch_to_start(const struct switch_call *call, PyObject *resume_code, uint32_t landing);

/* The same from elsewhere than a stub or a detour (cpython311_catch.h): begun() is called when the switch function
 * runs. Then the place in the frame above the loop's stack. */
void switch_to_loop(const struct switch_call *call, PyObject *resume_code, uint32_t landing, void (*begun)(void));
PyObject **switch_caught_top(void);

enum { SWITCH_MAX_ARGUMENTS = 16 };

/* Whether a generator that goes on at pc of that code has not been started. */
bool switch_is_begin(PyObject *code, uint32_t pc);

/* A generator of resume_code (of a generator function with no more parameters, all of them positional), suspended at
 * landing, or not started yet.  values as above, but the free variables' entries are cells and make up its closure.
 * Takes the values over, also if it fails. A new reference, NULL with an exception. */
PyObject *switch_generator(PyObject *resume_code, uint32_t landing, bool is_unstarted, PyObject *globals,
			   PyObject **values, uint32_t n_stack);

/* The address of the interpreter's eval breaker (not 0: the loop must look after something). */
const volatile int32_t *switch_eval_breaker(void);
/* Where CPython has the current thread's state. */
const void *switch_thread_place(void);

/* Have told called at the main thread's next poll, in which its frames say exactly where they are; NULL: no more.
 * Async-signal-safe, in the main thread. */
void switch_ask(void (*told)(void));

/* Whether it has not been told yet. */
bool switch_is_asking(void);

/* See poll in rt.h. */
int switch_poll(void);
