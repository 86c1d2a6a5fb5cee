/* explain.c - see explain.h */
#include "config.h"

#include <Python.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "workers/explain.h"

/* The reports come one by one, perhaps all before explain_function() returns. */
struct gathering {
	struct explain_options options;
	struct cause cause; /* of the last one that did not come */
	json_t *result, *reports;
	unsigned awaited;
};

static void settle(struct gathering *g)
{
	if (--g->awaited > 0)
		return;
	if (json_array_size(g->reports) > 0)
		g->options.done(g->result, NULL, g->options.userdata);
	else
		g->options.done(NULL, g->cause.text, g->options.userdata);
	json_decref(g->result);
	free(g);
}

static void on_report(json_t *report, const char *cause, void *userdata)
{
	struct gathering *g = userdata;
	if (report)
		(void)json_array_append(g->reports, report);
	else
		(void)cause_set(&g->cause, 0, "%s", cause);
	settle(g);
}

static int ask(const struct codecache_request *request, void *userdata)
{
	struct gathering *g = userdata;
	struct codecache_explain wanted = { .request = *request,
					    .what = g->options.what,
					    .tables = g->options.tables,
					    .n_tables = g->options.n_tables,
					    .done = on_report,
					    .userdata = g };
	g->awaited++;
	int r = codecache_explain(g->options.cache, &wanted, &g->cause);
	if (r < 0)
		g->awaited--;
	return r;
}

void explain_function(const struct explain_options *options, const char *name)
{
	struct gathering *g = options->cache ? calloc(1, sizeof(*g)) : NULL;
	if (!g) {
		options->done(NULL, options->cache ? "out of memory" : options->no_cache, options->userdata);
		return;
	}
	*g = (struct gathering){ .options = *options, .awaited = 1 };
	g->reports = json_array();
	g->result = json_pack("{s:s, s:O}", "name", name, "reports", g->reports);
	json_decref(g->reports); /* the result has it */
	int r = g->result ? function_table_explain(options->table, name, options->history, ask, g, &g->cause) : -ENOMEM;
	if (r < 0 && !g->cause.text[0])
		(void)cause_set_errno(&g->cause, r, "cannot explain %s", name);
	settle(g);
}
