/* explain.h - what the compiler makes of a function, for preforgectl explain and preforge-python --explain. */
#pragma once

#include <jansson.h>

#include "codecache/codecache.h"
#include "workers/functions.h"

struct explain_options {
	const struct function_table *table;
	struct codecache *cache; /* NULL: there is none */
	const char *no_cache;    /* why */
	const json_t *history;   /* see history.h; may be NULL */
	const struct exit_counter *tables;
	size_t n_tables;
	unsigned what; /* enum jit_explain */
	/* Called once: {"name":, "reports": [see codecache_explain()]}, borrowed; or NULL and why not. */
	void (*done)(json_t *result, const char *cause, void *userdata);
	void *userdata;
};

/* Explain the function that name means: with each set of argument types that it was compiled for. */
void explain_function(const struct explain_options *options, const char *name);
