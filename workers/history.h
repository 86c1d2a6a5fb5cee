/* history.h - what was hot when the app ran before: kept in the store, so that a start without a warm-up is native too.
 */
#pragma once

#include <jansson.h>

#include "codecache/codecache.h"
#include "codecache/store.h"
#include "common/cause.h"

/* The functions of the app (a text that names it): an array of {"module":, "qualname":, "digest": of its code,
 * "params": [TYPE...], "feedback":, "alone":, "loop": [PC, N_STACK] if it is one}, in the order of their compilation,
 * so that units are the same ones again.  A new reference, empty if nothing is known, with a cause if that is for a
 * file which cannot be used; NULL if there is no memory. */
json_t *history_load(const struct store *store, const char *app, struct cause *cause);

/* One such function; a new reference, NULL if there is no memory or it has no name. */
json_t *history_entry(const struct codecache_request *request);

/* Whether it was made of this code, and not of what the function was before its source changed, or of another one that
 * has its name, as lambdas have. */
bool history_is_of(const json_t *entry, PyObject *code);

/* The argument types of one, n of them, the caller's; NULL if it has others, or is a loop, or there is no memory. */
enum value_type *history_params(const json_t *entry, uint32_t n);

/* The same of a loop of one. */
enum value_type *history_loop(const json_t *entry, struct unit_loop *ret_loop, uint32_t *ret_n);

/* The file that keeps them; store_file_clear() frees it.  -ENOMEM with cause. */
int history_pack(const char *app, json_t *functions, struct store_file *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* -errno with cause. */
int history_save(struct store *store, const char *app, json_t *functions, struct cause *cause)
	__attribute__((warn_unused_result));
