/* explanation.c - what the compiler makes of a function, and what became of that: see codecache_explain().
 *
 * A compiler child builds the function's IR again, from what was known of it when it was compiled.  If that has the key
 * of code that runs, numbers of exits are those of the code, and what was counted belongs to them. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/codecache_priv.h"
#include "codecache/jit/jit.h"
#include "codecache/live.h"
#include "codecache/roster.h"
#include "common/cleanup.h"

struct explanation {
	struct codecache *cache;
	struct codecache_explain wanted;
	enum value_type *params;
	char *feedback;
	struct compiler_job job;
};

static void explanation_free(struct explanation *e)
{
	compiler_job_clear(&e->job);
	Py_XDECREF(e->wanted.request.function);
	free(e->params);
	free(e->feedback);
	free(e);
}

static void explanation_freep(struct explanation **e)
{
	if (*e)
		explanation_free(*e);
}

/* In the child; see codecache_work(). */
static int explain_work(const char *object_path, void *data, struct unit **ret, struct cause *cause)
{
	const struct explanation *e = data;
	const struct codecache_request *from = &e->wanted.request;
	(void)PyGC_Disable();
	struct jit_request request = { .function = from->function,
				       .params = from->params,
				       .n_params = from->n_params,
				       .feedback = from->feedback,
				       .loop = from->loop };
	struct jit_options options = codecache_jit_options(e->cache, object_path);
	options.explain = e->wanted.what | JIT_EXPLAIN_LINES;
	return jit_explain(&request, &options, ret, cause);
}

/* The code of this key that runs, NULL: none. */
static const struct roster_entry *running(const struct codecache *cache, const char *key)
{
	size_t n;
	const struct roster_entry *entries = roster_entries(cache->roster, &n);
	for (size_t i = n; i-- > 0;)
		if (!entries[i].dropped && *key && strcmp(entries[i].key, key) == 0)
			return &entries[i];
	return NULL;
}

/* How often it was entered, if it is a loop's. */
static uint64_t add_counts(const struct explanation *e, const struct roster_entry *entry, json_t *exits)
{
	size_t n = json_array_size(exits), i;
	json_t *exit;
	cleanup_free uint64_t *counts = calloc(n + 1, sizeof(*counts));
	if (!counts || n > UNIT_MAX_EXITS)
		return 0;
	for (size_t t = 0; t < e->wanted.n_tables; t++)
		native_sum_exits(e->wanted.tables + t * COUNTERS_EXITS, entry->code, counts, (uint32_t)n + 1);
	json_array_foreach (exits, i, exit)
		(void)json_object_set_new(exit, "count", json_integer((json_int_t)(counts[i] & INT64_MAX)));
	return counts[n] & INT64_MAX;
}

static void add_running(const struct explanation *e, json_t *report)
{
	const char *key = json_string_value(json_object_get(report, "key"));
	const struct roster_entry *entry = running(e->cache, key ? key : "");
	(void)json_object_set_new(report, "native", json_boolean(entry));
	if (!entry)
		return;
	(void)json_object_set_new(report, "gain", entry->gain > 0 ? json_real(entry->gain) : json_null());
	uint64_t entered = add_counts(e, entry, json_object_get(report, "exits"));
	if (e->wanted.request.loop.pc)
		(void)json_object_set_new(report, "entered", json_integer((json_int_t)entered));
}

static void explain_done(struct compiler_job *job)
{
	struct explanation *e = job->data;
	json_t *report = job->unit ? job->unit->report : NULL;
	if (json_is_object(report))
		add_running(e, report);
	e->wanted.done(json_is_object(report) ? report : NULL, job->detail ? job->detail : "no report",
		       e->wanted.userdata);
	explanation_free(e);
}

static int explanation_new(struct codecache *cache, const struct codecache_explain *wanted, struct explanation **ret)
{
	const struct codecache_request *from = &wanted->request;
	cleanup(explanation_freep) struct explanation *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->cache = cache;
	e->wanted = *wanted;
	(void)Py_NewRef(from->function);
	e->params = calloc(from->n_params + 1, sizeof(*e->params));
	e->feedback = from->feedback ? strdup(from->feedback) : NULL;
	if (!e->params || (from->feedback && !e->feedback))
		return -ENOMEM;
	if (from->n_params)
		memcpy(e->params, from->params, from->n_params * sizeof(*e->params));
	e->wanted.request.params = e->params;
	e->wanted.request.feedback = e->feedback;
	e->job = (struct compiler_job){ .work = explain_work, .data = e, .done = explain_done };
	*ret = steal_ptr(e);
	return 0;
}

int codecache_explain(struct codecache *cache, const struct codecache_explain *wanted, struct cause *cause)
{
	struct explanation *e = NULL;
	int r = explanation_new(cache, wanted, &e);
	if (r < 0)
		return cause_set_errno(cause, r, "an explanation");
	if (cache->live) {
		live_run(cache->live, &e->job);
		return 0;
	}
	compiler_run(
		&e->job, 1,
		&(struct compiler_options){ .children = 1, .timeout_ms = cache->timeout_ms ? cache->timeout_ms : 1 });
	return 0;
}
