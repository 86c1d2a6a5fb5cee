/* envelope.h - the members of a request object, found in its text without parsing their values.
 *
 * The values stay text: the id goes back verbatim, the method is looked up by its bytes, and only params become Python
 * objects.  Finding them only needs strings and nesting told apart; whoever uses a value checks it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *text; /* NULL: the member is not there */
	size_t length;
};

struct envelope {
	struct span jsonrpc, method, params, id;
	struct span timeout_ms; /* ours: the client's deadline */
	struct span others[4];  /* what means nothing, repeated values too; more than that: overflowed */
	size_t n_others;
	bool overflowed;
	size_t n_params; /* elements or members of params, repeated ones counted each time */
};

/* Take the members of the object (white space around it is fine); of repeated ones the last.  False: not an object, or
 * not JSON at all, or nested deeper than max_depth. */
bool envelope_read(const char *text, size_t length, uint32_t max_depth, struct envelope *ret);

/* The value that starts at *p: skip it, *p goes behind it. Only the nesting is checked. *ret_elements: what it has at
 * its first level, if it is an array or object. */
bool envelope_skip_value(const char **p, const char *end, uint32_t max_depth, size_t *ret_elements);

const char *envelope_skip_space(const char *p, const char *end);

static inline bool span_is(struct span span, const char *text, size_t length)
{
	return span.length == length && __builtin_memcmp(span.text, text, length) == 0;
}
