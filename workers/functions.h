/* functions.h - a zygote's table of functions: which are native, and why the others are not. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/codecache.h"
#include "common/cause.h"
#include "common/counters.h"
#include "workers/app.h"
#include "workers/profile.h"

struct function_table;

/* All functions of the apps (NULL: an empty table), none of them native: reason says why.  -ENOMEM with cause. */
int function_table_new(const struct apps *apps, enum reason reason, struct function_table **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void function_table_free(struct function_table *table); /* NULL is fine */

/* Compile, in one go, what *history (an array of history.h's, which may be empty) says to have been hot before, then
 * what the profile (may be NULL) shows to have spent threshold_ns in itself, each with the argument types that it had
 * most; the table says what became of everything, and *history is what was asked for now.  -errno with cause if nothing
 * could be done at all. */
int function_table_compile_hot(struct function_table *table, struct profile *profile, uint64_t threshold_ns,
			       json_t **history, struct codecache *cache, struct cause *cause)
	__attribute__((warn_unused_result));

/* Compile all functions that nothing was tried with so far, for arguments of any type.  As above. */
int function_table_compile_rest(struct function_table *table, struct codecache *cache, struct cause *cause)
	__attribute__((warn_unused_result));

/* What these two did not wait for (see codecache_wait_until()). */
const struct codecache_request *function_table_late(const struct function_table *table, size_t *ret_n);

/* Whether it has a place in the queue for compilers, or a compiler. */
enum function_state { FUNCTION_SETTLED, FUNCTION_QUEUED, FUNCTION_COMPILING };

/* -ENOMEM. */
int function_table_set_state(struct function_table *table, PyObject *function, enum function_state state)
	__attribute__((warn_unused_result));

/* What became of a function that somebody else compiled. */
int function_table_note(struct function_table *table, PyObject *function, const struct codecache_result *result)
	__attribute__((warn_unused_result));

/* A native function went back to CPython. */
void function_table_ban(struct function_table *table, const struct native_function *native, enum reason reason,
			const char *detail);

/* What a native function gains: native against CPython, time of a call. */
void function_table_gain(struct function_table *table, const struct native_function *native, double gain);

/* The table for preforgectl: a new array, NULL when memory is short.  Calls are the sums over all rows of counters. */
json_t *function_table_to_json(const struct function_table *table, const struct counters *counters);

/* How often native code of a function was called, of that name; UINT64_MAX if it is not native. */
uint64_t function_table_calls(const struct function_table *table, const struct counters *counters, const char *module,
			      const char *qualname);

/* Call explain for each set of argument types that the function was compiled for, by history (see history.h, may be
 * NULL); once with objects if nothing is known.  name: "app.f", or what is behind its last dots.  -ENOENT with cause if
 * there is no such function, or more than one; -ENOMEM. */
int function_table_explain(const struct function_table *table, const char *name, const json_t *history,
			   int (*explain)(const struct codecache_request *request, void *userdata), void *userdata,
			   struct cause *cause) __attribute__((warn_unused_result));
