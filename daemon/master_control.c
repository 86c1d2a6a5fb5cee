/* master_control.c - the methods of the control socket. */
#include "config.h"

#include "daemon/master_priv.h"

enum {
	STATUS_PATIENCE_US = 200000,     /* then what is known is told */
	FUNCTIONS_PATIENCE_US = 2000000, /* it may be forking */
};

/* A question that is put to the zygote for the sake of a call. */
struct errand {
	struct master *master;
	struct control_call *call;
};

static void ask_for(struct master *master, struct control_call *call, const char *op, uint64_t patience_us,
		    zygote_answer_t answer)
{
	struct errand *errand = malloc(sizeof(*errand));
	if (!errand) {
		control_fail(call, CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	*errand = (struct errand){ .master = master, .call = call };
	/* Until it is ready a zygote is busy with the app, and reads nothing. */
	if (master->zygote_ready_us)
		zygote_ask(master->zygote, op, patience_us, answer, errand);
	else
		answer(NULL, errand);
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
	const struct knowledge *k = &master->knowledge;
	return json_pack("{s:o, s:s, s:i}", "pid", k->zygote ? json_integer(k->zygote) : json_null(), "state", k->state,
			 "restarts", (int)master->restarts);
}

/* What is not known yet is zero, so that scripts find every member at all times. */
static json_t *cache_json(const struct master *master)
{
	static const char *const names[] = { "compiled", "loaded", "refused", "quarantined", "size", "used" };
	json_t *cache = master->knowledge.cache ? json_copy(master->knowledge.cache) : json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!json_object_get(cache, names[i]))
			(void)json_object_set_new(cache, names[i], json_integer(0));
	return cache;
}

static json_t *status_json(const struct master *master)
{
	const struct knowledge *k = &master->knowledge;
	double uptime = (double)(monotonic_us() - master->started_us) / 1e6;
	return json_pack(
		"{s:s, s:f, s:s, s:{s:i}, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:O*, s:I, s:O?, s:O?}", "version",
		PACKAGE_VERSION, "uptime_s", uptime, "state", master_state_name(master), "master", "pid", (int)getpid(),
		"zygote", zygote_json(master), "workers", knowledge_worker_list(k, master->counters), "cache",
		cache_json(master), "requests", (json_int_t)counters_requests(master->counters), "errors",
		(json_int_t)counters_errors(master->counters), "restarts", (json_int_t)master->counters->restarts,
		"listen", listen_list(master), "timings", k->timings, "start_to_ready_us",
		(json_int_t)master->start_to_ready_us, "compiler", k->compiler, "methods", k->methods);
}

static void on_status(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	if (result)
		knowledge_status(&errand->master->knowledge, result);
	control_reply(errand->call, status_json(errand->master));
	free(errand);
}

static void run_status(struct control_call *call, void *userdata)
{
	ask_for(userdata, call, "status", STATUS_PATIENCE_US, on_status);
}

static void on_functions(json_t *result, void *userdata)
{
	struct errand *errand = userdata;
	struct master *master = errand->master;
	if (result)
		knowledge_functions(&master->knowledge, result);
	if (master->knowledge.functions)
		control_reply(errand->call, json_incref(master->knowledge.functions));
	else
		control_fail(errand->call, CONTROL_UNAVAILABLE,
			     master->zygote ? "the zygote does not answer" : "no zygote is running");
	free(errand);
}

static void run_functions(struct control_call *call, void *userdata)
{
	ask_for(userdata, call, "functions", FUNCTIONS_PATIENCE_US, on_functions);
}

static void run_stop(struct control_call *call, void *userdata)
{
	struct master *master = userdata;
	control_reply(call, json_pack("{s:b}", "stopping", 1));
	if (master->state < MASTER_STOPPING)
		master_stop(master, "preforgectl stop");
}

const struct control_method master_methods[] = {
	{ "status", run_status },
	{ "functions", run_functions },
	{ "stop", run_stop },
	{ 0 },
};
