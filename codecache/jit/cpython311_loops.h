/* cpython311_loops.h - the loops of a code object, and how their ways back in resume code lead into native code.
 *
 * A way back is an instruction, JUMP_BACKWARD or a conditional one.  Resume code has a detour for each, behind its
 * landings: it asks an object whether it is time for native code; if not, it goes to the loop's head as the way back
 * does, with a look at the eval breaker; if it is, the object is asked for the call's result, as a stub asks (see
 * cpython311_code.h).  A way back leads to its detour only while the loop is open: then the instruction in the resume
 * code is changed into a jump there, in place, which frames that run see at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/unit.h"

typedef struct _object PyObject;

enum {
	LOOPS_MAX = 16,      /* of a code object; further ones have no native code of their own */
	LOOPS_MAX_STACK = 8, /* entries of the stack at a loop's head; deeper ones have none either */
	LOOPS_MAX_WAYS = 32, /* of a code object */
};

/* The ways back to a head end before that. */
struct loop_extent {
	struct unit_loop head;
	uint32_t end; /* offset, in code units */
};

/* The loops of code, in the order of their heads: how many these are.  None of a generator's. */
uint32_t cpython_find_loops(PyObject *code, struct loop_extent ret[static LOOPS_MAX]);

/* Whether one of them has that head. */
bool cpython_has_loop(PyObject *code, const struct unit_loop *head);

/* Whether code has an `is` or `is not` that may be about numbers: beside no constant. */
bool cpython_asks_identity(PyObject *code);

/* The same of the code of functions that it makes: `any(x is value or x == value for x in items)`. */
bool cpython_inner_asks_identity(PyObject *code);

enum { GENERATOR_MAX_PLACES = 24 };

/* Where a generator's frame waits, and native code may begin. */
struct generator_place {
	uint32_t pc;      /* of the opcode that it says that it is at */
	uint32_t next;    /* of the instruction that it goes on with */
	uint32_t n_stack; /* entries of its stack */
	bool is_sent;     /* it finds what it is sent above these */
};

/* Those of the code: its start, behind `yield`, and where `yield from` has got its value; how many. */
uint32_t cpython_find_places(PyObject *code, struct generator_place ret[static GENERATOR_MAX_PLACES]);

/* One way back. */
struct loop_way {
	uint32_t loop;  /* index of it */
	uint32_t pc;    /* of its head */
	uint32_t begin; /* offset of the instruction, with its prefixes */
	uint32_t at;    /* of the opcode itself */
	unsigned opcode;
	uint32_t landing;  /* set by cpython_resume_code(): offset in front of the detour, as of struct resume_point */
	uint32_t detour;   /* the same: offset; 0: the way cannot reach it */
	bool is_comparing; /* right behind a comparison, which CPython specialises together with the jump */
};

/* The ways back to these loops; how many. */
uint32_t cpython_find_ways(PyObject *code, const struct loop_extent *loops, uint32_t n,
			   struct loop_way ret[static LOOPS_MAX_WAYS]);

/* Whether the instruction at that offset, which looks at the eval breaker, is the way back. */
bool cpython_is_at_way(const struct loop_way *way, uint32_t at);

/* Let the way back in the resume code lead to its detour, which it must have, or to the loop's head again. */
void cpython_open_way(PyObject *resume_code, const struct loop_way *way);
void cpython_close_way(PyObject *resume_code, const struct loop_way *way);
