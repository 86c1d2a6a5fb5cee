/* functions.c - see functions.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/catalogue.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_loops.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "workers/functions.h"
#include "workers/history.h"

enum { MIN_SHARE = 10 }; /* percent of the calls that argument types need for code of their own */

struct row {
	PyObject *function; /* NULL: a nested function that lived only during its call */
	PyObject *code;     /* the original one */
	enum reason reason;
	enum function_state state;
	bool tried; /* to be compiled */
	char *detail;
	struct native_function *native; /* NULL: not native */
	uint64_t compile_us;
	size_t code_size;
	double gain; /* 0: not known */
};

/* What is to be compiled. */
struct batch {
	struct codecache_request *requests;
	size_t n, allocated;
};

struct function_table {
	struct batch late;
	struct row *rows;
	size_t n, allocated;
};

/* "app.f"; "?" for what is not text */
static const char *text_of(PyObject *object)
{
	const char *text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;
	PyErr_Clear();
	return text ? text : "?";
}

/* NULL: out of memory */
static struct row *row_new(struct function_table *table, PyObject *function, PyObject *code, enum reason reason)
{
	if (table->n == table->allocated) {
		size_t wanted = table->allocated ? table->allocated * 2 : 64;
		struct row *rows = reallocarray(table->rows, wanted, sizeof(*rows));
		if (!rows)
			return NULL;
		table->rows = rows;
		table->allocated = wanted;
	}
	struct row *row = &table->rows[table->n++];
	*row = (struct row){ .function = Py_XNewRef(function), .code = Py_NewRef(code), .reason = reason };
	return row;
}

/* The function's own code, also when it runs a stub; borrowed. */
static PyObject *code_of(PyObject *function)
{
	struct native_function *native = native_of(function);
	return native ? native_original_code(native) : PyFunction_GET_CODE(function);
}

/* Of the function in a row that exists, else of a new one.  NULL: out of memory. */
static struct row *row_of(struct function_table *table, PyObject *function, enum reason reason)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].function == function)
			return &table->rows[i];
	return row_new(table, function, code_of(function), reason);
}

int function_table_new(const struct apps *apps, enum reason reason, struct function_table **ret, struct cause *cause)
{
	struct function_table *table = calloc(1, sizeof(*table));
	PyObject *functions = apps ? apps_functions(apps) : PyList_New(0);
	bool ok = table && functions;
	for (Py_ssize_t i = 0; ok && i < PyList_GET_SIZE(functions); i++)
		ok = row_of(table, PyList_GET_ITEM(functions, i), reason);
	Py_XDECREF(functions);
	PyErr_Clear();
	if (!ok) {
		function_table_free(table);
		return cause_set(cause, -ENOMEM, "not enough memory for the table of functions");
	}
	*ret = table;
	return 0;
}

static void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		Py_DECREF(batch->requests[i].function);
		Py_XDECREF(batch->requests[i].calls);
		free((void *)batch->requests[i].params);
		free((void *)batch->requests[i].feedback);
	}
	free(batch->requests);
}

void function_table_free(struct function_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++) {
		Py_XDECREF(table->rows[i].function);
		Py_DECREF(table->rows[i].code);
		free(table->rows[i].detail);
	}
	batch_clear(&table->late);
	free(table->rows);
	free(table);
}

/* Take over what became of the row's function.  Of several specializations the ones that came out count. */
static int row_settle(struct row *row, const struct codecache_result *result)
{
	row->tried = true;
	/* Of the unit, which most often is the same one. */
	row->compile_us = result->compile_us > row->compile_us ? result->compile_us : row->compile_us;
	row->code_size += result->code_size;
	if (result->native) {
		row->gain = result->gain > 0 ? result->gain : row->gain;
		if (native_of(row->function))
			row->reason = REASON_NONE;
		else if (!row->native || row->reason == REASON_NONE) /* else it was banned, and only a loop has code */
			row->reason = REASON_LOOPS;
		row->native = result->native;
		return 0;
	}
	if (row->native)
		return 0;
	row->reason = result->reason;
	free(row->detail);
	row->detail = result->detail ? strdup(result->detail) : NULL;
	return result->detail && !row->detail ? -ENOMEM : 0;
}

int function_table_note(struct function_table *table, PyObject *function, const struct codecache_result *result)
{
	struct row *row = row_of(table, function, REASON_NOT_CALLED);
	return row ? row_settle(row, result) : -ENOMEM;
}

void function_table_ban(struct function_table *table, const struct native_function *native, enum reason reason,
			const char *detail)
{
	for (size_t i = 0; i < table->n; i++) {
		struct row *row = &table->rows[i];
		if (row->native != native)
			continue;
		row->reason = reason;
		free(row->detail);
		row->detail = detail ? strdup(detail) : NULL;
	}
}

void function_table_gain(struct function_table *table, const struct native_function *native, double gain)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].native == native)
			table->rows[i].gain = gain;
}

int function_table_set_state(struct function_table *table, PyObject *function, enum function_state state)
{
	struct row *row = row_of(table, function, REASON_NOT_CALLED);
	if (row)
		row->state = state;
	return row ? 0 : -ENOMEM;
}

/* ---- what is to be compiled -----------------------------------------------------------------------------------------
 */

/* One more place at its end; NULL if there is no memory. */
static struct codecache_request *batch_grow(struct batch *batch)
{
	if (batch->n == batch->allocated) {
		size_t wanted = batch->allocated ? batch->allocated * 2 : 64;
		struct codecache_request *requests = reallocarray(batch->requests, wanted, sizeof(*requests));
		if (!requests)
			return NULL;
		batch->requests = requests;
		batch->allocated = wanted;
	}
	return &batch->requests[batch->n];
}

static int batch_add(struct batch *batch, PyObject *function, const enum value_type *params, uint32_t n_params)
{
	struct codecache_request *request = batch_grow(batch);
	/* VALUE_OBJECT is 0. */
	enum value_type *copy = request ? calloc(n_params + 1, sizeof(*copy)) : NULL;
	if (!copy)
		return -ENOMEM;
	if (params && n_params)
		memcpy(copy, params, n_params * sizeof(*copy));
	*request = (struct codecache_request){ .function = Py_NewRef(function), .params = copy, .n_params = n_params };
	batch->n++;
	return 0;
}
_Static_assert(VALUE_OBJECT == 0, "calloc() makes objects");

/* Keep what was not waited for, which will be compiled by itself; the batch has the others. */
static void batch_split(struct batch *batch, const struct codecache_result *results, struct batch *late)
{
	size_t n = 0;
	for (size_t i = 0; i < batch->n; i++) {
		struct codecache_request *place = results[i].late ? batch_grow(late) : NULL;
		if (place)
			late->n++;
		else /* no memory: it will be hot again */
			place = &batch->requests[n++];
		*place = batch->requests[i];
		place->alone |= results[i].late;
	}
	batch->n = n;
}

static struct codecache_request *batch_find(const struct batch *batch, const struct codecache_request *like)
{
	for (size_t i = 0; i < batch->n; i++) {
		struct codecache_request *request = &batch->requests[i];
		if (request->function == like->function && request->n_params == like->n_params &&
		    request->loop.pc == like->loop.pc && request->loop.n_stack == like->loop.n_stack &&
		    (like->n_params == 0 ||
		     memcmp(request->params, like->params, like->n_params * sizeof(*like->params)) == 0))
			return request;
	}
	return NULL;
}

/* The same, with feedback: what the specialised bytecode says where none is given.  Not twice: what was noted later
 * takes the place of what was noted before, as it did when it was found. */
static int batch_add_hot(struct batch *batch, const struct codecache_request *hot)
{
	struct codecache_request *request = batch_find(batch, hot);
	if (!request || hot->feedback) {
		cleanup_free char *feedback =
			hot->feedback ? strdup(hot->feedback) : feedback_take(hot->function, NULL, 0);
		if (!feedback || (!request && batch_add(batch, hot->function, hot->params, hot->n_params) < 0))
			return -ENOMEM;
		request = request ? request : &batch->requests[batch->n - 1];
		free((void *)request->feedback);
		request->feedback = steal_ptr(feedback);
		request->alone = hot->alone;
		request->loop = hot->loop;
	}
	if (!request->calls)
		request->calls = Py_XNewRef(hot->calls);
	return 0;
}

static int batch_compile(struct batch *batch, struct function_table *table, struct codecache *cache,
			 struct cause *cause)
{
	if (batch->n == 0)
		return 0;
	cleanup_free struct codecache_result *results = calloc(batch->n, sizeof(*results));
	if (!results)
		return cause_set(cause, -ENOMEM, "not enough memory to compile");
	int r = codecache_compile(cache, batch->requests, batch->n, results, cause);
	if (r < 0)
		return r;
	for (size_t i = 0; i < batch->n && r == 0; i++)
		if (results[i].native || batch->requests[i].loop.pc == 0)
			r = function_table_note(table, batch->requests[i].function, &results[i]);
	codecache_results_free(results, batch->n);
	batch_split(batch, results, &table->late);
	return r < 0 ? cause_set(cause, r, "not enough memory for the table of functions") : 0;
}

static int add_hot(struct function_table *table, struct batch *batch, struct profile_function *profiled)
{
	PyObject *function = profile_function_object(profiled);
	if (!function) {
		struct row *gone = row_new(table, NULL, profiled->code, REASON_UNSUPPORTED);
		gone = gone && (gone->detail = strdup("a nested function, made anew at each call")) ? gone : NULL;
		return gone ? 0 : -ENOMEM;
	}
	int r = 0;
	enum reason refused = jit_refuse(function);
	struct row *row = row_of(table, function, REASON_NOT_HOT);
	if (!row) {
		r = -ENOMEM;
	} else if (refused != REASON_NONE) {
		row->reason = refused;
		row->tried = true;
	} else if (!row->tried) {
		for (uint32_t i = 0; i < profiled->n_vectors && r == 0; i++)
			if (i == 0 || profiled->vectors[i].calls * 100 >= profiled->calls * MIN_SHARE)
				r = batch_add_hot(batch,
						  &(struct codecache_request){ .function = function,
									       .params = profiled->vectors[i].params,
									       .n_params = profiled->n_params,
									       .calls = profiled->recorded });
	}
	Py_DECREF(function);
	return r;
}

/* ---- what was hot before ---- */

static PyObject *qualname_of(const json_t *entry)
{
	const char *text = json_string_value(json_object_get(entry, "qualname"));
	PyObject *name = text ? PyUnicode_FromString(text) : NULL;
	PyErr_Clear();
	return name;
}

static bool names_add(PyObject *names, const json_t *entry)
{
	PyObject *name = qualname_of(entry), *list = name ? PyList_New(0) : NULL;
	bool added = !name || (list && PyDict_SetDefault(names, name, list));
	Py_XDECREF(name);
	Py_XDECREF(list);
	return added;
}

static bool names_find(PyObject *names, const struct catalogue *catalogue)
{
	for (uint32_t i = 0; i < catalogue_count(catalogue); i++) {
		PyObject *function = catalogue_function(catalogue, i);
		PyObject *list = PyDict_GetItem(names, ((PyFunctionObject *)function)->func_qualname);
		if (list && PyList_Append(list, function) < 0)
			return false;
	}
	return true;
}

/* A dict of the qualified names of what is remembered: a list of the process's functions of that name.  NULL, without
 * an exception: no memory. */
static PyObject *names_new(const json_t *history, const struct catalogue *catalogue)
{
	size_t at;
	json_t *entry;
	PyObject *names = PyDict_New();
	bool ok = names;
	json_array_foreach (history, at, entry)
		ok = ok && names_add(names, entry);
	if (!ok || !names_find(names, catalogue))
		Py_CLEAR(names);
	PyErr_Clear();
	return names;
}

/* Borrowed; NULL: it is not there any more.  One whose source has changed since will do, unless there are several of
 * its name. */
static PyObject *names_get(PyObject *names, const json_t *entry)
{
	const char *module = json_string_value(json_object_get(entry, "module"));
	PyObject *name = qualname_of(entry), *list = name ? PyDict_GetItem(names, name) : NULL;
	PyObject *changed = NULL;
	size_t n = 0;
	Py_XDECREF(name);
	for (Py_ssize_t i = 0; module && list && i < PyList_GET_SIZE(list); i++) {
		PyObject *function = PyList_GET_ITEM(list, i);
		if (strcmp(text_of(((PyFunctionObject *)function)->func_module), module) != 0)
			continue;
		if (history_is_of(entry, code_of(function)))
			return function;
		changed = function;
		n++;
	}
	return n == 1 ? changed : NULL;
}

/* NULL: it is none, or none of this code. */
static enum value_type *loop_params(const json_t *entry, PyObject *code, struct unit_loop *ret_loop, uint32_t *ret_n)
{
	cleanup_free enum value_type *params = history_loop(entry, ret_loop, ret_n);
	bool fits = params && history_is_of(entry, code) && cpython_has_loop(code, ret_loop) &&
		    *ret_n == cpython_local_count(code) + ret_loop->n_stack;
	return fits ? steal_ptr(params) : NULL;
}

/* What workers will be started with, which goes on from there. */
static void learn(const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		if (batch->requests[i].feedback)
			feedback_learn(batch->requests[i].function, batch->requests[i].feedback);
}

/* What does not fit any more is left out. */
static int add_remembered(struct function_table *table, struct batch *batch, const json_t *entry, PyObject *names)
{
	PyObject *function = names_get(names, entry);
	struct codecache_request hot = { .function = function,
					 .feedback = json_string_value(json_object_get(entry, "feedback")),
					 .alone = json_is_true(json_object_get(entry, "alone")) };
	if (!function || !hot.feedback || jit_refuse(function) != REASON_NONE)
		return 0;
	const struct row *row = row_of(table, function, REASON_NOT_CALLED);
	if (!row || row->tried)
		return row ? 0 : -ENOMEM;
	hot.n_params = jit_param_count(row->code);
	cleanup_free enum value_type *params = history_params(entry, hot.n_params);
	if (!params)
		params = loop_params(entry, row->code, &hot.loop, &hot.n_params);
	hot.params = params;
	return params ? batch_add_hot(batch, &hot) : 0;
}

static int add_history(struct function_table *table, struct batch *batch, const json_t *history,
		       struct codecache *cache, struct cause *cause)
{
	size_t at;
	json_t *entry;
	if (json_array_size(history) == 0)
		return 0;
	int r = codecache_share(cache, cause);
	if (r < 0)
		return r;
	PyObject *names = names_new(history, codecache_catalogue(cache));
	if (!names)
		return cause_set(cause, -ENOMEM, "not enough memory to find what was hot before");
	json_array_foreach (history, at, entry)
		if (r == 0)
			r = add_remembered(table, batch, entry, names);
	Py_DECREF(names);
	return r < 0 ? cause_set(cause, r, "not enough memory to compile") : 0;
}

static void remember(const struct batch *batch, json_t *history)
{
	for (size_t i = 0; i < batch->n; i++) {
		json_t *entry = history_entry(&batch->requests[i]);
		if (entry)
			(void)json_array_append_new(history, entry);
	}
}

int function_table_compile_hot(struct function_table *table, struct profile *profile, uint64_t threshold_ns,
			       json_t **history, struct codecache *cache, struct cause *cause)
{
	cleanup(batch_clear) struct batch batch = {};
	int r = add_history(table, &batch, *history, cache, cause);
	if (r < 0)
		return r;
	for (size_t i = 0; profile && i < table->n; i++)
		if (!table->rows[i].tried)
			table->rows[i].reason =
				profile_find(profile, table->rows[i].code) ? REASON_NOT_HOT : REASON_NOT_CALLED;
	for (struct profile_function *f = profile ? profile_first(profile) : NULL; f; f = profile_next(f))
		if (f->calls > 0 && f->self_ns >= threshold_ns && add_hot(table, &batch, f) < 0)
			return cause_set(cause, -ENOMEM, "not enough memory to compile");
	r = batch_compile(&batch, table, cache, cause);
	learn(&batch);
	json_decref(*history);
	*history = json_array();
	remember(&batch, *history);
	remember(&table->late, *history);
	return r;
}

const struct codecache_request *function_table_late(const struct function_table *table, size_t *ret_n)
{
	*ret_n = table->late.n;
	return table->late.requests;
}

int function_table_compile_rest(struct function_table *table, struct codecache *cache, struct cause *cause)
{
	cleanup(batch_clear) struct batch batch = {};
	for (size_t i = 0; i < table->n; i++) {
		struct row *row = &table->rows[i];
		if (row->tried || !row->function)
			continue;
		enum reason refused = jit_refuse(row->function);
		if (refused != REASON_NONE) {
			row->reason = refused;
			row->tried = true;
		} else if (batch_add(&batch, row->function, NULL, jit_param_count(PyFunction_GET_CODE(row->function))) <
			   0) {
			return cause_set(cause, -ENOMEM, "not enough memory to compile");
		}
	}
	return batch_compile(&batch, table, cache, cause);
}

/* ---- what is shown --------------------------------------------------------------------------------------------------
 */

struct sums {
	uint64_t calls, side_exits, loops;
};

/* The stub counts the calls of a native function; of others nobody does. */
static struct sums sum_calls(const struct native_function *native, const struct counters *counters)
{
	struct sums sums = {}; /* of workers that may have written anything there */
	uint32_t index = native ? native_index(native) : COUNTERS_MAX_FUNCTIONS;
	for (size_t i = 0; i <= COUNTERS_MAX_WORKERS && index < COUNTERS_MAX_FUNCTIONS; i++) {
		const struct function_counters *c = &counters->function[i][index];
		sums.calls += atomic_load_explicit(&c->calls, memory_order_relaxed);
		sums.side_exits += atomic_load_explicit(&c->side_exits, memory_order_relaxed);
		sums.loops += atomic_load_explicit(&c->loops, memory_order_relaxed);
	}
	return sums;
}

/* NULL: it is not there any more */
static struct row *row_named(const struct function_table *table, const char *module, const char *qualname)
{
	for (size_t i = 0; module && qualname && i < table->n; i++) {
		const PyFunctionObject *function = (PyFunctionObject *)table->rows[i].function;
		if (function && strcmp(text_of(function->func_qualname), qualname) == 0 &&
		    strcmp(text_of(function->func_module), module) == 0)
			return &table->rows[i];
	}
	return NULL;
}

uint64_t function_table_calls(const struct function_table *table, const struct counters *counters, const char *module,
			      const char *qualname)
{
	const struct row *row = row_named(table, module, qualname);
	if (!row || !row->native || !native_of(row->function))
		return UINT64_MAX;
	return sum_calls(row->native, counters).calls;
}

static json_t *row_name(const struct row *row)
{
	PyFunctionObject *function = (PyFunctionObject *)row->function;
	if (!function)
		return json_string(text_of(((PyCodeObject *)row->code)->co_qualname));
	return json_sprintf("%s.%s", text_of(function->func_module), text_of(function->func_qualname));
}

static json_t *row_reason(const struct row *row)
{
	if (row->detail && *row->detail)
		return json_sprintf("%s: %s (%s)", reason_word(row->reason), reason_text(row->reason), row->detail);
	return json_sprintf("%s: %s", reason_word(row->reason), reason_text(row->reason));
}

static json_t *row_to_json(const struct row *row, const struct counters *counters)
{
	PyCodeObject *code = (PyCodeObject *)row->code;
	bool native = row->native && native_of(row->function);
	struct sums sums = sum_calls(row->native, counters);
	static const char *const words[] = {
		[FUNCTION_SETTLED] = "cpython", [FUNCTION_QUEUED] = "queued", [FUNCTION_COMPILING] = "compiling"
	};
	return json_pack("{s:o, s:s, s:o, s:s, s:I, s:I, s:I, s:o, s:f, s:I, s:s, s:i}", "name", row_name(row), "state",
			 native ? "native" : words[row->state], "reason", native ? json_null() : row_reason(row),
			 "word", reason_word(native ? REASON_NONE : row->reason), "calls", (json_int_t)sums.calls,
			 "side_exits", (json_int_t)sums.side_exits, "loops", (json_int_t)sums.loops, "gain",
			 row->gain > 0 ? json_real(row->gain) : json_null(), "compile_ms",
			 (double)row->compile_us / 1000, "code_bytes", (json_int_t)row->code_size, "file",
			 text_of(code->co_filename), "line", code->co_firstlineno);
}

json_t *function_table_to_json(const struct function_table *table, const struct counters *counters)
{
	json_t *array = json_array();
	for (size_t i = 0; array && i < table->n; i++) {
		if (json_array_append_new(array, row_to_json(&table->rows[i], counters)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* ---- explaining
 * ------------------------------------------------------------------------------------------------------
 */

static bool is_named(const struct row *row, const char *name)
{
	const PyFunctionObject *function = (PyFunctionObject *)row->function;
	cleanup_free char *full = NULL;
	if (!function || asprintf(&full, "%s.%s", text_of(function->func_module), text_of(function->func_qualname)) < 0)
		return full = NULL, false;
	size_t n = strlen(full), size = strlen(name);
	return size > 0 && n >= size && strcmp(full + n - size, name) == 0 && (n == size || full[n - size - 1] == '.');
}

/* The only one of this name. */
static const struct row *row_called(const struct function_table *table, const char *name, struct cause *cause)
{
	const struct row *found = NULL;
	for (size_t i = 0; i < table->n; i++) {
		const struct row *row = &table->rows[i];
		if (!is_named(row, name))
			continue;
		if (found) {
			(void)cause_set(cause, -EINVAL, "%s is more than one function: %s.%s and %s.%s", name,
					text_of(((PyFunctionObject *)found->function)->func_module),
					text_of(((PyFunctionObject *)found->function)->func_qualname),
					text_of(((PyFunctionObject *)row->function)->func_module),
					text_of(((PyFunctionObject *)row->function)->func_qualname));
			return NULL;
		}
		found = row;
	}
	if (!found)
		(void)cause_set(cause, -ENOENT, "no function is called %s", name);
	return found;
}

int function_table_explain(const struct function_table *table, const char *name, const json_t *history,
			   int (*explain)(const struct codecache_request *request, void *userdata), void *userdata,
			   struct cause *cause)
{
	const struct row *row = row_called(table, name, cause);
	unsigned n = 0;
	size_t i;
	json_t *entry;
	if (!row)
		return -ENOENT;
	const PyFunctionObject *function = (PyFunctionObject *)row->function;
	uint32_t n_params = jit_param_count(row->code);
	struct codecache_request request = { .function = row->function };
	json_array_foreach (history, i, entry) {
		const char *module = json_string_value(json_object_get(entry, "module"));
		const char *qualname = json_string_value(json_object_get(entry, "qualname"));
		if (!module || !qualname || strcmp(module, text_of(function->func_module)) != 0 ||
		    strcmp(qualname, text_of(function->func_qualname)) != 0)
			continue;
		cleanup_free enum value_type *params = history_params(entry, n_params);
		request.n_params = n_params;
		request.loop = (struct unit_loop){};
		if (!params)
			params = history_loop(entry, &request.loop, &request.n_params);
		request.params = params;
		request.feedback = json_string_value(json_object_get(entry, "feedback"));
		if (params && ++n && explain(&request, userdata) < 0)
			return -ENOMEM;
	}
	if (n > 0)
		return 0;
	request.n_params = n_params;
	request.loop = (struct unit_loop){};
	/* Nobody has seen it hot: any objects. */
	cleanup_free enum value_type *objects = calloc(request.n_params + 1, sizeof(*objects));
	request.params = objects;
	request.feedback = NULL;
	return objects && explain(&request, userdata) == 0 ? 0 : -ENOMEM;
}
