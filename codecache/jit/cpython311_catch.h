/* cpython311_catch.h - how a frame that CPython runs in its own code is given other code in the middle of a loop.
 *
 * The code of a function that is not native has no way out of CPython's loop.  But at the back edges of loops CPython
 * looks at its eval breaker, and makes the pending calls.  One that fails has CPython look for a handler in the frame's
 * code, with nothing in between: no other thread, no Python code.  So for that moment the code is given a handler of
 * our own, for all of it, with two instructions that lead to the switch function (cpython311_switch.h), as a stub's or
 * a detour's do: no stack is used, and it is all the same who has called the frame. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/cpython311_switch.h"
#include "common/cause.h"

typedef struct _object PyObject;

/* Once in a process. -ENOMEM with cause. */
int catch_init(struct cause *cause) __attribute__((warn_unused_result));

/* Have look() called by the main thread at its next look at the eval breaker, with the GIL: what it returns is what
 * catch_frame() says, else 0.  Async-signal-safe.  false: not now. */
bool catch_ask(int (*look)(void *));

/* From look(): the frame on top.  false: there is none, or native code has asked. */
struct catch_place {
	PyObject *code; /* that it runs, borrowed: the function's own or resume code */
	uint32_t at;    /* offset of the instruction at which the eval breaker was looked at */
	bool is_plain;  /* a function's call, which may be caught */
	struct switch_call call;
};
bool catch_look(struct catch_place *ret);

/* The same of the frame that has called it, and so on: which the eval breaker has nothing to do with.  false: no more.
 */
bool catch_look_below(struct catch_place *ret);

/* The object of the frame on top, as sys._getframe() has it, to compare with; NULL: it has none, which is made if it is
 * to be. */
const void *catch_frame_object(const struct catch_place *place, bool make);

/* The frame goes on in resume_code, at landing, with its locals, and its stack, which has call.n_stack entries there.
 * What look() is to return at once: 0 if there is no room. */
int catch_frame(const struct catch_place *place, PyObject *resume_code, uint32_t landing);
