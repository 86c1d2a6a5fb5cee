/* waiting.h - functions that are to be compiled, and wait until there are enough of them for a unit.
 *
 * Starting a compiler takes more than most small functions do, so whoever has many of them and does not mind a call or
 * two in CPython has some compiled together.  Only weak references are kept: a closure that dies meanwhile is
 * forgotten. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/unit.h"

struct profile_function;
typedef struct _object PyObject;

enum { WAITING_MAX = 8 };

struct waiting_function {
	PyObject *reference;               /* weak */
	struct profile_function *profiled; /* to be looked at only as long as the function has its code */
	PyObject *code;
	enum value_type *params;
};

struct waiting {
	size_t n;
	struct waiting_function functions[WAITING_MAX];
};

/* Whether a function with this code waits.  Forgets those that have died or have other code now: of the others
 * waiting_function() is there. */
bool waiting_has(struct waiting *waiting, PyObject *code);

/* The function, borrowed; NULL: it is gone. */
PyObject *waiting_function(const struct waiting_function *one);

/* There must be room.  False: there is no memory, nothing waits. */
bool waiting_add(struct waiting *waiting, struct profile_function *profiled, PyObject *function,
		 const enum value_type *params);

/* None waits any more. */
void waiting_clear(struct waiting *waiting);
