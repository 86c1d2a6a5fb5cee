/* cpython311_call.h - CPython's frames for functions that native code calls directly: real ones, on CPython's data
 * stack, so that whoever looks at the stack sees them, and CPython can go on in them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _object PyObject;
typedef struct _ts PyThreadState;
struct _frame;
struct _PyInterpreterFrame;

/* Whether this thread's C stack has so little left that calls should be CPython's own, which need none of it. */
bool call_stack_is_short(void);

/* Where the C stack lies if it is the program's first one, without a look at /proc; false: it is another thread's, or
 * so large that nobody knows what is below. */
bool call_main_stack(void **ret_base, size_t *ret_size);

/* Whether calls must be CPython's: a trace or profile function is set, the recursion limit or the end of the C stack is
 * near. */
bool call_must_interpret(void);

/* A new frame of function (which runs code, borrowed for as long as the frame lives) on top, with size words for locals
 * and stack.  Its locals, all NULL; NULL, without an exception, if CPython must run this call itself. */
PyObject **call_enter(PyObject *function, PyObject *code, int64_t size);

/* The same without asking, and it never fails, after call_room() said that there is room, or the data stack had it, and
 * no frame has come since. */
PyObject **call_late(PyObject *function, PyObject *code, int64_t size);
bool call_room(void);

/* How many calls that call_enter() would make a frame for may be made in each other, at most most, if each frame takes
 * at most that many words and each call at most that many bytes of the C stack.  There is room for these frames as
 * after call_room().  0: none. */
int64_t call_levels(int64_t most, int64_t words, int64_t bytes);

/* The frame with these locals is done: it dies as CPython's do, and what its locals hold with it. */
void call_leave(PyObject **locals);

/* The frame with these locals runs the instruction at that offset of its code. */
void call_is_at(PyObject **locals, int64_t at);

/* The same of the frame on top. */
void call_top_is_at(int64_t at);

/* The frame on top is added to the traceback of the exception that is set. */
void call_add_traceback(void);

/* Whether nobody has looked at the frame with these locals; if so, how many there are in *ret. */
bool call_is_unseen(PyObject **locals, uint32_t *ret);

/* So many calls more, against the recursion limit: those that CPython makes where native code makes none. */
void call_count(int calls);

/* Somebody has the object f of a frame that is about to go, and not on the stack any more: f becomes the owner of what
 * is in it (take_ownership() of Python/frame.c).  The frame's code is borrowed. */
void call_hand_over(struct _frame *f, struct _PyInterpreterFrame *frame);

enum call_point { CALL_BEGINS, CALL_GOES_ON, CALL_IS_AT, CALL_RAISES, CALL_ENDS, CALL_PASSES };

/* Let CPython go on in the frame with these locals until it returns, in code at offset at: behind that instruction
 * (CALL_BEGINS: in front of the first one; CALL_IS_AT: in the function's own code, not at a landing), or with the
 * exception that is set, which that instruction has raised (CALL_ENDS: and which nothing in code handles; CALL_PASSES:
 * and the frame is in its traceback already; not while calls are traced).  values: what the locals become, then the
 * stack, bottom first; references are taken over.  A new reference; NULL with an exception.
 */
PyObject *call_go_on(PyObject **locals, PyObject *code, uint32_t at, enum call_point point, PyObject **values,
		     uint32_t n_stack);

/* The globals of the frame with these locals, borrowed. */
PyObject *call_globals(PyObject **locals);

/* Call a function or a method that is written in C, which takes no keywords: on the stack, of n entries, are NULL or
 * the method, the function or self, and the arguments.  false: it is another kind of callable, or the call would raise
 * before it is done.  *ret: a new reference, or NULL with an exception. */
bool call_builtin(PyObject *const *stack, int64_t n, PyObject **ret);

/* Call a Python function that takes just these n arguments, by place: its frame takes over the references of those
 * whose bits are set in given, as it does in CPython.  false: it is another kind of callable, and nothing was done.
 * *ret: a new reference, or NULL with an exception. */
bool call_python(PyObject *callable, int64_t given, PyObject *const *args, int64_t n, PyObject **ret);

/* What a call that is not direct returned (NULL stays NULL), after signals and pending calls that came meanwhile: with
 * what they raise, NULL, and the result is dropped. */
PyObject *call_returned(PyObject *result);

/* Whether it is native code that makes the pending calls now. */
bool call_is_polling(void);
