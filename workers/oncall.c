/* oncall.c - see oncall.h */
#include "config.h"

#include <Python.h>

#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "workers/catcher.h"
#include "workers/history.h"
#include "workers/oncall.h"
#include "workers/recall.h"
#include "workers/respecialize.h"

static void give_up(struct oncall *oncall, const char *cause)
{
	if (!oncall->is_broken && oncall->broken)
		oncall->broken(cause, oncall->userdata);
	oncall->is_broken = true;
}

static void remember(struct oncall *oncall, const struct codecache_request *request)
{
	json_t *entry = request->feedback && oncall->history ? history_entry(request) : NULL;
	if (entry)
		(void)json_array_append_new(oncall->history, entry);
}

static void tell(struct oncall *oncall, PyObject *function, const struct codecache_result *result)
{
	if (oncall->report)
		oncall->report(function, result, oncall->userdata);
	if (result->reason == REASON_NO_COMPILER)
		give_up(oncall, result->detail ? result->detail : reason_text(result->reason));
}

/* The program waits. */
static int compile_one(struct oncall *oncall, const struct codecache_request *request, struct codecache_result *ret,
		       struct cause *cause)
{
	uint64_t begin_ns = monotonic_ns();
	int r = codecache_compile(oncall->cache, request, 1, ret, cause);
	oncall->budget.spent_ns += monotonic_ns() - begin_ns;
	return r;
}

static bool compile(struct oncall *oncall, const struct codecache_request *request)
{
	struct codecache_result result = {};
	struct cause cause = CAUSE_INIT;
	remember(oncall, request);
	int r = compile_one(oncall, request, &result, &cause);
	PyErr_Clear();
	if (r < 0) {
		give_up(oncall, cause.text);
		return false;
	}
	tell(oncall, request->function, &result);
	bool native = result.native != NULL;
	if (oncall->recall && request->feedback)
		recall_note(oncall->recall, request, &result);
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

static bool is_hot(const struct oncall *oncall, const struct profile_function *profiled)
{
	return profiled->calls >= oncall->calls && profiled->self_ns >= oncall->threshold_ns &&
	       profiled->self_ns >= budget_threshold(&oncall->budget, oncall->threshold_ns, monotonic_ns());
}

bool oncall_ask(struct profile_function *profiled, PyObject *function, const enum value_type *params, void *userdata)
{
	struct oncall *oncall = userdata;
	if (oncall->recall && !profiled->noted) {
		profiled->noted = true;
		if (is_recalled(oncall, profiled, function, params))
			return native_of(function);
	}
	if (!is_hot(oncall, profiled)) {
		if (oncall->catches)
			catcher_ask();
		return false;
	}
	profiled->settled = true;
	if (oncall->is_broken || jit_refuse(function) != REASON_NONE || native_of(function))
		return false;
	if (oncall->together > 1) {
		profiled->settled = false; /* until it has been compiled with others */
		return compile_together(oncall, profiled, function, params);
	}
	bool remembers = oncall->history || oncall->recall; /* what the inline caches say now */
	cleanup_free char *feedback = remembers ? feedback_take(function, NULL, 0) : NULL;
	return compile(oncall, &(struct codecache_request){ .function = function,
							    .params = params,
							    .n_params = profiled->n_params,
							    .feedback = feedback });
}

/* ---- once more ---------------------------------------------------------------- */

struct again {
	struct oncall *oncall;
	PyObject *function;
	bool is_new;
};

static void compile_again(struct observer *observer, const struct observer_vector *vector, const char *feedback,
			  void *userdata)
{
	struct again *again = userdata;
	again->is_new |= compile(again->oncall, &(struct codecache_request){ .function = again->function,
									     .params = vector->params,
									     .n_params = observer->n_params,
									     .feedback = feedback,
									     .again = true });
}

bool oncall_missed(struct native_function *native, void *userdata)
{
	struct again again = { .oncall = userdata, .function = native_function_object(native) };
	if (again.function && !again.oncall->is_broken)
		respecialize(again.function, native, compile_again, &again);
	Py_XDECREF(again.function);
	return again.is_new;
}

/* ---- loops -------------------------------------------------------------------- */

/* What the function itself is does not change, whatever comes out. */
static void tell_of_loop(struct oncall *oncall, PyObject *function, struct codecache_result *result)
{
	PyErr_Clear();
	if (result->native || result->reason == REASON_NO_COMPILER)
		tell(oncall, function, result);
	codecache_results_free(result, 1);
}

static void compile_loop(struct oncall *oncall, const struct codecache_request *request, bool beside)
{
	struct codecache_result result = {};
	struct cause cause = CAUSE_INIT;
	remember(oncall, request);
	if (beside && codecache_begin(oncall->cache, request, &oncall->running, NULL) == 0) {
		oncall->running_function = Py_NewRef(request->function);
		return;
	}
	if (compile_one(oncall, request, &result, &cause) == 0)
		tell_of_loop(oncall, request->function, &result);
	else
		give_up(oncall, cause.text);
	PyErr_Clear();
}

bool oncall_loop(struct native_function *native, const struct native_loop *wanted, void *userdata)
{
	struct oncall *oncall = userdata;
	/* Of a function that was not hot so far: its loop may end at any time. */
	bool beside = oncall->beside && wanted->code == native_original_code(native);
	if (beside && oncall->running)
		return false;
	PyObject *function = native_function_object(native);
	PyObject *codes[] = { wanted->code, native_original_code(native) }; /* may be the same */
	cleanup_free char *feedback = function && !oncall->is_broken ? feedback_take(function, codes, 2) : NULL;
	if (feedback)
		compile_loop(oncall,
			     &(struct codecache_request){ .function = function,
							  .params = wanted->params,
							  .n_params = wanted->n_params,
							  .loop = wanted->loop,
							  .feedback = feedback,
							  .again = true },
			     beside);
	Py_XDECREF(function);
	return true;
}

void oncall_step(void *userdata)
{
	struct oncall *oncall = userdata;
	struct codecache_result result;
	if (!oncall->running || !codecache_end(oncall->running, &result))
		return;
	oncall->running = NULL;
	PyObject *function = steal_ptr(oncall->running_function);
	tell_of_loop(oncall, function, &result);
	Py_DECREF(function);
}

void oncall_end(struct oncall *oncall)
{
	codecache_forget(steal_ptr(oncall->running));
	Py_CLEAR(oncall->running_function);
}
