/* recall.h - preforge-python's memory: what an earlier run compiled is adopted before it is hot again.
 *
 * The store has a profile of each source file: its functions that became native, with types and feedback, as
 * history.h has them.  When a file's functions are there - at the end of its module's body, or when the first of them
 * is called - all are looked for at once.  Nothing is compiled for it: what the store does not have any more is
 * forgotten, and compiled when it is hot, as ever.  What gained nothing is remembered, too. */
#pragma once

#include <stdbool.h>

#include "codecache/codecache.h"

struct recall;

/* Told of what has become native.  code: its own. */
typedef void (*recall_found)(const struct codecache_request *request, PyObject *code,
			     const struct codecache_result *result, void *userdata);

/* store: borrowed.  NULL: out of memory. */
struct recall *recall_new(struct codecache *cache, struct store *store, recall_found found, void *userdata);
void recall_free(struct recall *recall); /* NULL is fine */

/* Adopt what is known of the functions among the globals and in classes there, and of function (may be NULL), if they
 * are from this file (co_filename).  Each is looked for once.  Leaves no exception set. */
void recall_ask(struct recall *recall, PyObject *filename, PyObject *globals, PyObject *function);

/* Whether an earlier run has found that this code must not be native for these types: *ret_reason. */
bool recall_is_banned(struct recall *recall, PyObject *function, const enum value_type *params, uint32_t n_params,
		      enum reason *ret_reason);

/* It was compiled, and with this result: the next run is to know it. */
void recall_note(struct recall *recall, const struct codecache_request *request, const struct codecache_result *result);

/* Write what has changed.  -errno with cause. */
int recall_save(struct recall *recall, struct cause *cause) __attribute__((warn_unused_result));
