/* loops.h - loops that native code has left: when CPython's way back in them leads into native code again.
 *
 *     side exit -> opened -> counted -> asked for -> compiled -> entered -> side exit...
 *
 * A loop that a call has left native code in is open: its ways back in resume code lead to a detour (see
 * cpython311_loops.h), which asks.  At first that only counts; when CPython has spent enough in the loop, code that
 * begins at its head is asked for, with the types of what is in the frame then.  Where there is such code and the frame
 * fits, it is entered; where it does not, it is looked at ever more seldom.  Each entry must be worth it: code that is
 * left again at once loses credit, and without that it is not entered any more, but made anew, by what CPython has seen
 * since, a few times.  So a loop is never slower for it by more than some thousand rounds' questions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/cpython311_code.h"
#include "codecache/native.h"

struct specialization;
struct loops;

/* Once in a process, after switch_init(). -ENOMEM with cause. */
int loops_init(struct cause *cause) __attribute__((warn_unused_result));

/* The loops of a native function's original code, made when they are asked for first; NULL: it has none, or there is no
 * memory.  They live as long as the process. */
struct loops *loops_of(PyObject *original);

/* The ways that the resume code of that code is to have; *ret is the caller's, with what is in it. */
struct loops_ways {
	struct resume_ways resume;
	PyObject *asked[LOOPS_MAX];
	struct loop_way ways[LOOPS_MAX_WAYS];
};
void loops_fill(const struct loops *loops, struct loops_ways *ret);

/* That resume code was made; it lives as long as the process now.  false: no memory. */
bool loops_add_code(struct loops *loops, PyObject *resume_code, const struct loops_ways *ways);

/* s begins at the head of one of the loops: it is entered from now on.  It takes the place of one for the same types.
 * -EINVAL with cause if there is no such loop. */
int loops_add(struct loops *loops, const struct specialization *s, struct cause *cause)
	__attribute__((warn_unused_result));

/* Never enter the specialization whose code is at entry again. */
void loops_drop(struct loops *loops, const void *entry);

/* The one whose code is at entry; NULL: none. */
const struct specialization *loops_find(const struct loops *loops, const void *entry);

/* The resume code of all that are entered: call(code, userdata) for each. */
void loops_resume_codes(const struct loops *loops, void (*call)(PyObject *code, void *userdata), void *userdata);

/* A call goes on in CPython at offset pc of the original code. */
void loops_left(struct loops *loops, uint32_t pc);

/* Whether the instruction at that offset is a way back of a loop that may have native code: how much of the stack the
 * loop's head has then. */
bool loops_is_way(const struct loops *loops, uint32_t at, uint32_t *ret_n_stack);

/* Whether what is at that offset is part of such a loop. */
bool loops_are_around(const struct loops *loops, uint32_t at);

/* CPython has been busy for long with the call, in code, which is the original or resume code, and goes back in a loop
 * there.  Code for it is asked for, if that has not been done often enough.  true: there is code for the frame; it is
 * entered if the frame goes on in *ret_code at *ret_landing. */
bool loops_catch(struct loops *loops, struct native_function *native, const struct switch_call *call, PyObject *code,
		 uint32_t at, PyObject **ret_code, uint32_t *ret_landing);
