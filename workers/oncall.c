/* oncall.c - see oncall.h */
#include "config.h"

#include <Python.h>

#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "workers/history.h"
#include "workers/oncall.h"
#include "workers/recall.h"

static void give_up(struct oncall *oncall, const char *cause)
{
	if (!oncall->is_broken && oncall->broken)
		oncall->broken(cause, oncall->userdata);
	oncall->is_broken = true;
}

/* What the inline caches say now is what it is compiled with. */
static char *remember(struct oncall *oncall, struct codecache_request *request)
{
	char *feedback = oncall->history || oncall->recall ? feedback_take(request->function, NULL, 0) : NULL;
	request->feedback = feedback;
	json_t *entry = feedback && oncall->history ? history_entry(request) : NULL;
	if (entry)
		(void)json_array_append_new(oncall->history, entry);
	return feedback;
}

static void tell(struct oncall *oncall, PyObject *function, const struct codecache_result *result)
{
	if (oncall->report)
		oncall->report(function, result, oncall->userdata);
	if (result->reason == REASON_NO_COMPILER)
		give_up(oncall, result->detail ? result->detail : reason_text(result->reason));
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
	tell(oncall, function, &result);
	bool native = result.native != NULL;
	if (oncall->recall && feedback)
		recall_note(oncall->recall, &request, &result);
	codecache_results_free(&result, 1);
	return native;
}

void oncall_module(PyObject *globals, PyObject *code, void *userdata)
{
	struct oncall *oncall = userdata;
	if (oncall->recall && !oncall->is_broken)
		recall_ask(oncall->recall, ((PyCodeObject *)code)->co_filename, globals, NULL);
}

/* Whether an earlier run tells what becomes of the function. */
static bool is_recalled(struct oncall *oncall, struct profile_function *profiled, PyObject *function,
			const enum value_type *params)
{
	struct codecache_result result = { .detail = (char[]){ "as an earlier run found" } };
	recall_ask(oncall->recall, ((PyCodeObject *)profiled->code)->co_filename, PyFunction_GET_GLOBALS(function),
		   function);
	if (native_of(function))
		return true;
	if (!recall_is_banned(oncall->recall, function, params, profiled->n_params, &result.reason))
		return false;
	profiled->settled = true;
	if (oncall->report)
		oncall->report(function, &result, oncall->userdata);
	return true;
}

/* ---- together ---------------------------------------------------------------- */

/* asked: whose call is about to begin, which the profiler settles if it is native. */
static void compile_waiting(struct oncall *oncall, const struct profile_function *asked)
{
	struct waiting waiting = oncall->waiting;
	struct codecache_request requests[WAITING_MAX];
	struct codecache_result results[WAITING_MAX] = {};
	struct cause cause = CAUSE_INIT;
	oncall->waiting.n = 0;
	for (size_t i = 0; i < waiting.n; i++) {
		const struct waiting_function *one = &waiting.functions[i];
		requests[i] = (struct codecache_request){ .function = Py_NewRef(waiting_function(one)),
							  .params = one->params,
							  .n_params = one->profiled->n_params };
	}
	int r = codecache_compile(oncall->cache, requests, waiting.n, results, &cause);
	PyErr_Clear();
	if (r < 0)
		give_up(oncall, cause.text);
	for (size_t i = 0; i < waiting.n; i++) {
		const struct waiting_function *one = &waiting.functions[i];
		one->profiled->settled = true;
		if (results[i].native && one->profiled != asked)
			profile_settle(requests[i].function, one->code);
		if (r == 0)
			tell(oncall, requests[i].function, &results[i]);
		Py_DECREF(requests[i].function);
	}
	codecache_results_free(results, waiting.n);
	waiting_clear(&waiting);
}

/* Compiled when there are enough of them, or when this one has waited for some calls.  True: it is native now. */
static bool compile_together(struct oncall *oncall, struct profile_function *profiled, PyObject *function,
			     const enum value_type *params)
{
	enum { PATIENCE = 4 };
	if (!waiting_has(&oncall->waiting, profiled->code) &&
	    !waiting_add(&oncall->waiting, profiled, function, params))
		return false;
	if (oncall->waiting.n < oncall->together && profiled->calls < PATIENCE)
		return false;
	compile_waiting(oncall, profiled);
	return native_of(function);
}

bool oncall_ask(struct profile_function *profiled, PyObject *function, const enum value_type *params, void *userdata)
{
	struct oncall *oncall = userdata;
	if (oncall->recall && !profiled->noted) {
		profiled->noted = true;
		if (is_recalled(oncall, profiled, function, params))
			return native_of(function);
	}
	if (profiled->self_ns < oncall->threshold_ns || profiled->calls < oncall->calls)
		return false;
	profiled->settled = true;
	if (oncall->is_broken || jit_refuse(function) != REASON_NONE || native_of(function))
		return false;
	if (oncall->together > 1) {
		profiled->settled = false; /* until it has been compiled with others */
		return compile_together(oncall, profiled, function, params);
	}
	return compile(oncall, function, params, profiled->n_params);
}
