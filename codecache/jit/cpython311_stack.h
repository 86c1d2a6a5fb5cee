/* cpython311_stack.h - the Python stack of a thread as text, taken from within a signal handler of that thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _ts PyThreadState;

/* Write the frames of thread, the innermost first, a line each ("  File "app.py", line 3, in slow"), a NUL at the end;
 * what does not fit in size bytes (at least 1) is left out.  A function that runs as machine code and has not said yet
 * where it is (switch_ask()) is marked, with its first line.  Async-signal-safe if thread is the calling one; needs no
 * GIL, makes no object.  The length. */
size_t stack_write(PyThreadState *thread, char *text, size_t size);

/* The code object of its innermost frame, borrowed: an address to compare with, of an object that may be gone soon.
 * NULL if it runs no Python.  As above. */
const void *stack_top_code(PyThreadState *thread);

/* While this thread calls machine code and not from CPython's loop, where on its stack that is: set before the call,
 * and back to what it was after it.  0: it does not. */
extern _Thread_local uintptr_t stack_entry;

/* Whether the signal came to machine code between code and code_end, or to what such code, called by the innermost
 * frame, has called: the innermost run of CPython's loop, or what is at stack_entry if that is further in, has called
 * what returns to an address there.  A word of the
 * stack that nothing uses any more may look so, too.  context: the handler's ucontext_t.  As above. */
bool stack_is_native(PyThreadState *thread, const void *context, uintptr_t code, uintptr_t code_end);
