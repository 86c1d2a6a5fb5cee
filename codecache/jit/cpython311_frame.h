/* cpython311_frame.h - the little that must be known of CPython 3.11's private frames to watch calls.
 *
 * A PEP 523 hook is handed a struct _PyInterpreterFrame, whose layout is private.  These accessors are the only ones
 * that look into it, so that whoever installs a hook needs no private header. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;
typedef struct _ts PyThreadState;
struct _PyInterpreterFrame;

/* As _PyFrameEvalFunction: evaluates the frame and returns a new reference, or NULL with an exception set.  throwflag:
 * a generator is resumed by an exception that is set already. */
typedef PyObject *(*frame_hook)(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag);

/* All Python frames of this interpreter go through hook from now on; NULL: straight to CPython again, at no cost for
 * calls. The GIL must be held.  Returns what was set before, NULL for none. */
frame_hook frame_set_hook(frame_hook hook);

/* The interpreter of this thread, for switch_set_hook_if_none(). */
struct _is *frame_interpreter(void);

/* The hook that is set, NULL for none. */
frame_hook frame_get_hook(void);

/* What CPython does with a frame when there is no hook. */
PyObject *frame_evaluate(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag);

/* Of the frame; borrowed. */
PyObject *frame_code(struct _PyInterpreterFrame *frame);
PyObject *frame_function(struct _PyInterpreterFrame *frame);

/* The locals: the parameters stand first, in the order of co_varnames.  Borrowed. */
PyObject *const *frame_locals(struct _PyInterpreterFrame *frame);

/* Whether it is a call of a function that is about to start: not a generator that goes on. */
bool frame_is_fresh(struct _PyInterpreterFrame *frame);

/* Where the frame that is about to be evaluated was called from: the code and, in code units, the offset of the opcode
 * that runs there.  false: from no Python code. */
bool frame_caller(PyThreadState *thread, PyObject **ret_code, uint32_t *ret_at);

/* Call function with what the parameters of code, which has the same, are in a fresh frame with these locals; the
 * caller keeps them alive meanwhile.  A new reference; NULL with an exception. */
PyObject *frame_call_again(PyObject *function, PyObject *code, PyObject *const *locals);
