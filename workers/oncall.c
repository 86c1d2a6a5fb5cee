/* oncall.c - see oncall.h */
#include "config.h"

#include <Python.h>

#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "workers/history.h"
#include "workers/oncall.h"

static void give_up(struct oncall *oncall, const char *cause)
{
	if (!oncall->is_broken && oncall->broken)
		oncall->broken(cause, oncall->userdata);
	oncall->is_broken = true;
}

/* What the inline caches say now is what it is compiled with. */
static char *remember(struct oncall *oncall, struct codecache_request *request)
{
	char *feedback = oncall->history ? feedback_take(request->function, NULL) : NULL;
	request->feedback = feedback;
	json_t *entry = feedback ? history_entry(request) : NULL;
	if (entry)
		(void)json_array_append_new(oncall->history, entry);
	return feedback;
}

static bool compile(struct oncall *oncall, PyObject *function, const enum value_type *params, uint32_t n_params)
{
	struct codecache_request request = { .function = function, .params = params, .n_params = n_params };
	cleanup_free char *feedback = remember(oncall, &request);
	struct codecache_result result = {};
	struct cause cause = CAUSE_INIT;
	int r = codecache_compile(oncall->cache, &request, 1, &result, &cause);
	PyErr_Clear();
	if (r < 0) {
		give_up(oncall, cause.text);
		return false;
	}
	if (oncall->report)
		oncall->report(function, &result, oncall->userdata);
	if (result.reason == REASON_NO_COMPILER)
		give_up(oncall, result.detail ? result.detail : reason_text(result.reason));
	bool native = result.native != NULL;
	codecache_results_free(&result, 1);
	return native;
}

bool oncall_ask(struct profile_function *profiled, PyObject *function, const enum value_type *params, void *userdata)
{
	struct oncall *oncall = userdata;
	if (profiled->self_ns < oncall->threshold_ns)
		return false;
	profiled->settled = true;
	if (oncall->is_broken || jit_refuse(function) != REASON_NONE || native_of(function))
		return false;
	return compile(oncall, function, params, profiled->n_params);
}
