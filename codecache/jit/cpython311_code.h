/* cpython311_code.h - the two code objects behind a native function: its stub and its resume code.
 *
 * The stub is what the function's callers run.  It has the shape of the original (signature, locals, names) and four
 * instructions: ask the native object for a result, return it; or, when there is none, let the switch (see
 * cpython311_switch.h) make the stub's own frame a frame of the resume code.  It has no RESUME, so its frame is
 * "incomplete" for CPython (_PyFrame_IsIncomplete() in pycore_frame.h): no traceback, sys._getframe() or warning sees
 * it, but as a frame of the original, while native code runs (switch_show()).
 *
 * The resume code is the original, to the byte, followed by one landing for each point where native code may leave: it
 * drops the value with which CPython resumes any frame and jumps back to the point.  Offsets, lines and handlers of the
 * original stay valid as they are, and its inline caches are taken along. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/jit/cpython311_loops.h"
#include "common/cause.h"

typedef struct _object PyObject;

enum {
	RESUME_STACK_EXTRA = 8, /* a point's stack may be this much deeper than the original's co_stacksize */
	/* Of a frame in which the resume code's loops are entered: what waits for the switch lies above the loop's. */
	RESUME_FRAME_EXTRA = RESUME_STACK_EXTRA + LOOPS_MAX_STACK + 2,
};

/* A point of the original code where CPython may go on. */
struct resume_point {
	uint32_t pc;             /* as in struct state_frame */
	uint32_t call_arguments; /* as in struct state_frame */
	bool raises;             /* as in struct state_frame; the stack's top raises when asked for its negative */
	bool handled;            /* set: an exception there has a handler in the code */
	bool passes;             /* set: it is RERAISE and has none: the stack's top leaves the function */
	uint8_t place;           /* set: so far below it is where it was raised; 0: there */
	uint32_t at;             /* set: offset of the opcode that runs there, in code units */
	uint32_t landing;        /* set by cpython_resume_code(): offset in code units */
};

/* Where resume code leads into native code. */
struct resume_ways {
	PyObject *const *asked; /* by loop: the object that its detours ask, by bool() and, if that says so, by next();
				 * NULL from that without an exception runs resume(), as from a stub's */
	PyObject *resume;
	uint32_t n;
	struct loop_way *ways;
};

/* The resume code of code for n points, sorted by cpython_compare_points() and all different.  A new reference; NULL
 * with cause if a point is none of the code (-EINVAL) or with a Python exception turned into the cause. */
PyObject *cpython_resume_code(PyObject *code, struct resume_point *points, size_t n, const struct resume_ways *ways,
			      struct cause *cause);

/* For qsort() and bsearch(). */
int cpython_compare_points(const void *a, const void *b);

/* The stub of code that asks native, an iterator: what its tp_iternext returns is what the function returns; NULL
 * without an exception runs resume(), a Python function from switch_init().  A new reference; NULL with an exception.
 */
PyObject *cpython_stub_code(PyObject *code, PyObject *native, PyObject *resume);

/* The same with one parameter, whatever the original has (it needs a local). */
PyObject *cpython_rest_code(PyObject *code, PyObject *rest, PyObject *resume);

/* A function without RESUME that asks object for its negative and returns that.  NULL with an exception. */
PyObject *cpython_make_switch_function(PyObject *object);

/* How many values code's frames have before their stack: locals, cells, free variables; and the latter alone. */
uint32_t cpython_local_count(PyObject *code);
uint32_t cpython_free_count(PyObject *code);

/* Lines of code's instructions are found at once from now on, not by a walk through the line table: exceptions add one
 * to the traceback for each frame.  If there is memory. */
void cpython_index_lines(PyObject *code);

/* Make function run code from now on.  No audit, no check: code has as many free variables as the function's closure.
 */
void cpython_set_code(PyObject *function, PyObject *code);
PyObject *cpython_get_code(PyObject *function); /* what it runs, borrowed */
