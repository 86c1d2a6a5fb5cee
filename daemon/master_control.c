/* master_control.c - the methods of the control socket. */
#include "config.h"

#include "common/clock.h"
#include "daemon/incidents_json.h"
#include "daemon/master_priv.h"

enum {
	STATUS_PATIENCE_US = 200000,     /* then what is known is told */
	FUNCTIONS_PATIENCE_US = 2000000, /* it may be forking */
	EXPLAIN_PATIENCE_US = 60000000,  /* compilers may be busy */
};

/* A question that is put to the zygote for the sake of a call. */
struct errand {
	struct master *master;
	unsigned generation; /* which may be gone when the answer comes */
	struct control_call *call;
};

static struct generation *find(const struct master *master, unsigned number)
{
	for (struct generation *g = master->generations; g; g = g->older)
		if (g->number == number)
			return g;
	return NULL;
}

/* What there is to be known of: the one that serves, or before that, or when it is an orphan, the one that starts. */
static const struct generation *shown(const struct master *master)
{
	const struct generation *current = master->current;
	return master->next && !(current && current->zygote) ? master->next : current;
}

static const struct knowledge *known(const struct master *master)
{
	static const struct knowledge nothing = { .state = "gone" };
	const struct generation *g = master->current ? master->current : master->next;
	return g ? &g->knowledge : &nothing;
}

static void ask_with(struct master *master, struct control_call *call, const char *op, json_t *params,
		     uint64_t patience_us, zygote_answer_t answer)
{
	struct errand *errand = malloc(sizeof(*errand));
	if (!errand) {
		control_fail(call, CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	/* Until it is ready a zygote is busy with the app, and reads nothing. */
	struct generation *g = master->current;
	*errand = (struct errand){ .master = master, .call = call, .generation = g ? g->number : 0 };
	zygote_ask_with(g ? g->zygote : NULL, op, params, patience_us, answer, errand);
}

static void ask_for(struct master *master, struct control_call *call, const char *op, uint64_t patience_us,
		    zygote_answer_t answer)
{
	ask_with(master, call, op, NULL, patience_us, answer);
}

static json_t *listen_list(const struct master *master)
{
	json_t *list = json_array();
	for (size_t i = 0; i < master->listeners.count; i++)
		(void)json_array_append_new(list, json_string(master->listeners.items[i].address));
	return list;
}

static json_t *zygote_json(const struct master *master)
{
	const struct generation *g = shown(master);
	const struct knowledge *k = g ? &g->knowledge : known(master);
	return json_pack("{s:o, s:s, s:i}", "pid", k->zygote ? json_integer(k->zygote) : json_null(), "state", k->state,
			 "restarts", (int)master->restarts);
}

/* What is not known yet is zero, so that scripts find every member at all times. */
static json_t *cache_json(const struct master *master)
{
	static const char *const names[] = { "compiled", "loaded", "refused", "quarantined", "size", "used" };
	const struct knowledge *k = known(master);
	json_t *cache = k->cache ? json_copy(k->cache) : json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!json_object_get(cache, names[i]))
			(void)json_object_set_new(cache, names[i], json_integer(0));
	return cache;
}

static json_t *generations_json(const struct master *master)
{
	json_t *list = json_array();
	for (const struct generation *g = master->generations; g; g = g->older)
		(void)json_array_append_new(list, generation_json(g));
	return list;
}

/* Of all generations: the newest first. */
static json_t *workers_json(const struct master *master)
{
	json_t *list = json_array();
	size_t i;
	json_t *worker;
	for (const struct generation *g = master->generations; g; g = g->older) {
		json_t *own = knowledge_worker_list(&g->knowledge, g->counters);
		json_array_foreach (own, i, worker)
			(void)json_object_set_new(worker, "generation", json_integer(g->number));
		(void)json_array_extend(list, own);
		json_decref(own);
	}
	return list;
}

/* Workers that were asked to leave, by reason. */
static json_t *left_json(const struct master *master)
{
	static const char *const names[] = { "idle", "requests", "age", "memory" };
	json_t *left = json_object();
	for (int reason = 0; reason < LEAVE_COUNT; reason++) {
		uint64_t sum = master->retired.left[reason];
		for (const struct generation *g = master->generations; g; g = g->older)
			sum += g->counters->left[reason];
		(void)json_object_set_new(left, names[reason], json_integer((json_int_t)sum));
	}
	return left;
}

static json_t *status_json(const struct master *master)
{
	const struct knowledge *k = known(master);
	double uptime = (double)(monotonic_us() - master->started_us) / 1e6;
	uint64_t requests = master->retired.requests, errors = master->retired.errors;
	uint64_t restarts = master->retired.restarts;
	for (const struct generation *g = master->generations; g; g = g->older) {
		requests += counters_requests(g->counters);
		errors += counters_errors(g->counters);
		restarts += g->counters->restarts;
	}
	return json_pack("{s:s, s:f, s:s, s:{s:i}, s:o, s:i, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:O*, s:I, "
			 "s:O?, s:O?}",
			 "version", PACKAGE_VERSION, "uptime_s", uptime, "state", master_state_name(master), "master",
			 "pid", (int)getpid(), "zygote", zygote_json(master), "generation",
			 master->current ? (int)master->current->number : 0, "generations", generations_json(master),
			 "reload", reload_json(master), "workers", workers_json(master), "cache", cache_json(master),
			 "requests", (json_int_t)requests, "errors", (json_int_t)errors, "restarts",
			 (json_int_t)restarts, "left", left_json(master), "listen", listen_list(master), "timings",
			 k->timings, "start_to_ready_us", (json_int_t)master->start_to_ready_us, "compiler",
			 k->compiler, "methods", k->methods);
}

static void on_status(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	struct generation *g = find(errand->master, errand->generation);
	if (result && g)
		knowledge_status(&g->knowledge, result);
	control_reply(errand->call, status_json(errand->master));
	free(errand);
}

static void run_status(struct control_call *call, void *userdata)
{
	ask_for(userdata, call, "status", STATUS_PATIENCE_US, on_status);
}

/* Why a zygote has said nothing. */
static const char *no_answer(const struct master *master)
{
	if (master->current && master->current->zygote)
		return "the zygote does not answer";
	return master->next ? "the application is not ready yet" : "no zygote is running";
}

static void on_functions(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	struct generation *g = find(errand->master, errand->generation);
	if (result && g)
		knowledge_functions(&g->knowledge, result);
	if (g && g->knowledge.functions)
		control_reply(errand->call, json_incref(g->knowledge.functions));
	else
		control_fail(errand->call, CONTROL_UNAVAILABLE, no_answer(errand->master));
	free(errand);
}

static void run_functions(struct control_call *call, void *userdata)
{
	ask_for(userdata, call, "functions", FUNCTIONS_PATIENCE_US, on_functions);
}

static void on_cache(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	if (result)
		control_reply(errand->call, json_incref(result));
	else
		control_fail(errand->call, CONTROL_UNAVAILABLE, no_answer(errand->master));
	free(errand);
}

static void run_cache(struct control_call *call, void *userdata)
{
	ask_for(userdata, call, "cache", FUNCTIONS_PATIENCE_US, on_cache);
}

/* Prometheus text, as one string. */
static void run_metrics(struct control_call *call, void *userdata)
{
	const struct master *master = userdata;
	const struct generation *g = master->current;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct metrics_view view = { .metrics = master->metrics,
				     .counters = g ? g->counters : NULL,
				     .workers = g ? COUNTERS_MAX_WORKERS : 0,
				     .waiting = exchange_waiting(&master->exchange) };
	if (file)
		metrics_render(&view, file);
	json_t *result = file && fclose(file) == 0 ? json_stringn(text, size) : NULL;
	free(text);
	if (result)
		control_reply(call, result);
	else
		control_fail(call, CONTROL_UNAVAILABLE, "out of memory");
}

static void run_workers(struct control_call *call, void *userdata)
{
	control_reply(call, workers_json(userdata));
}

static void run_errors(struct control_call *call, void *userdata)
{
	const struct master *master = userdata;
	control_reply(call, incidents_json(master->metrics->incidents.error, INCIDENTS_ERRORS, "message"));
}

static void run_slow(struct control_call *call, void *userdata)
{
	const struct master *master = userdata;
	control_reply(call, json_pack("{s:f, s:o}", "slow_s", (double)master->conf->deadline_slow / 1e6, "calls",
				      incidents_json(master->metrics->incidents.slow, INCIDENTS_SLOW, "stack")));
}

static void on_explain(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	const char *cause = json_string_value(json_object_get(result, "cause"));
	if (result && !cause)
		control_reply(errand->call, json_incref(result));
	else
		control_fail(errand->call, CONTROL_UNAVAILABLE, cause ? cause : no_answer(errand->master));
	free(errand);
}

/* {"name": text, "ir": bool, "asm": bool} */
static void run_explain(struct control_call *call, void *userdata)
{
	ask_with(userdata, call, "explain", control_params(call), EXPLAIN_PATIENCE_US, on_explain);
}

static void run_stop(struct control_call *call, void *userdata)
{
	struct master *master = userdata;
	control_reply(call, json_pack("{s:b}", "stopping", 1));
	if (master->state < MASTER_STOPPING)
		master_stop(master, "preforgectl stop");
}

/* {"wait": true}: answer when it is over. */
static void run_reload(struct control_call *call, void *userdata)
{
	reload_request(userdata, call, json_is_true(json_object_get(control_params(call), "wait")));
}

const struct control_method master_methods[] = {
	{ "status", run_status },
	{ "functions", run_functions },
	{ "workers", run_workers },
	{ "errors", run_errors },
	{ "slow", run_slow },
	{ "cache", run_cache },
	{ "metrics", run_metrics },
	{ "explain", run_explain },
	{ "reload", run_reload },
	{ "stop", run_stop },
	{ 0 },
};
