/* observer.h - what a worker sees of the calls of one function that no native code of it takes: the types of their
 * arguments, and where native code was left.  What is compiled next is decided by it.  For one thread, with the GIL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/shadow.h"
#include "codecache/unit.h"

typedef struct _object PyObject;

enum {
	OBSERVER_MAX_PARAMS = 64, /* functions with more are not observed */
	OBSERVER_MAX_VECTORS = 4, /* different argument types that are told apart */
	OBSERVER_MAX_EXITS = 16,  /* different exits that are told apart */
};

struct observer {
	struct shadow_room room; /* for calls */
	uint32_t n_params;
	uint32_t calls; /* observed; those with further types than fit below included */
	uint32_t exits;
	uint32_t n_vectors, n_exits, n_left;
	struct observer_vector {
		uint32_t calls;
		enum value_type params[OBSERVER_MAX_PARAMS];
		PyObject *recorded; /* a list of copies of the first calls' arguments; NULL: none */
	} vectors[OBSERVER_MAX_VECTORS], left[OBSERVER_MAX_VECTORS]; /* left: calls of code for these, which it left */
	struct observer_exit {
		uint32_t pc; /* in the function's own code, code units */
		uint32_t count;
	} at[OBSERVER_MAX_EXITS];
};

/* NULL if there is no memory, or too many params. */
struct observer *observer_new(uint32_t n_params);

/* Forget what was noted. */
void observer_clear(struct observer *observer);

/* Whether calls are recorded from now on, for shadow runs. */
void observer_record(bool wanted);

void observer_note_call(struct observer *observer, PyObject *const *args);

/* Make one vector of those that differ in parameters only that take anything (unit.h); seen: the types for which there
 * is code, for each parameter. */
void observer_join_any(struct observer *observer, const uint64_t *seen);

/* The calls that were recorded of that vector, a new reference, and forget them; NULL: none. */
PyObject *observer_take_calls(struct observer *observer, const struct observer_vector *vector);

/* params: what the code that was left is for, n_params of them. */
void observer_note_exit(struct observer *observer, uint32_t pc, const enum value_type *params);
