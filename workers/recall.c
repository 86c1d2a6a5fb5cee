/* recall.c - see recall.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/jit.h"
#include "codecache/store.h"
#include "common/cleanup.h"
#include "workers/history.h"
#include "workers/recall.h"

enum {
	MAX_ASKED = 256, /* functions of a file that are looked for at once */
	MAX_DEPTH = 4,   /* of classes in classes */
};

/* A function of a file, with argument types. */
struct memory {
	json_t *entry; /* as history_entry() has it */
	bool tried, is_native;
	bool is_banned; /* it must not be native: "banned" of the entry is the word of the reason */
};

struct source {
	char *path;
	struct memory *memories;
	size_t n;
	bool is_changed;
};

struct recall {
	struct codecache *cache;
	struct store *store;
	char *made_by;
	recall_found found;
	void *userdata;
	json_t *numbers; /* co_filename: of the source; -1: none */
	struct source *sources;
	size_t n;
};

struct recall *recall_new(struct codecache *cache, struct store *store, recall_found found, void *userdata)
{
	struct recall *recall = calloc(1, sizeof(*recall));
	if (!recall)
		return NULL;
	*recall = (struct recall){
		.cache = cache, .store = store, .found = found, .userdata = userdata, .numbers = json_object()
	};
	json_t *made_by = codecache_made_by(0);
	recall->made_by = json_dumps(made_by, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(made_by);
	if (recall->made_by)
		return recall;
	recall_free(recall);
	return NULL;
}

void recall_free(struct recall *recall)
{
	if (!recall)
		return;
	for (size_t i = 0; i < recall->n; i++) {
		struct source *source = &recall->sources[i];
		for (size_t k = 0; k < source->n; k++)
			json_decref(source->memories[k].entry);
		free(source->memories);
		free(source->path);
	}
	free(recall->sources);
	json_decref(recall->numbers);
	free(recall->made_by);
	free(recall);
}

/* ---- sources ------------------------------------------------------------------ */

static struct memory *memory_new(struct source *source, json_t *entry)
{
	struct memory *memories = reallocarray(source->memories, source->n + 1, sizeof(*memories));
	if (!memories) {
		json_decref(entry);
		return NULL;
	}
	source->memories = memories;
	memories[source->n] = (struct memory){ .entry = entry, .is_banned = json_object_get(entry, "banned") };
	return &memories[source->n++];
}

/* The name of the file's profile in the store.  Another compiler may make what this one cannot. */
static char *profile_name(const struct recall *recall, const struct source *source)
{
	char *name = NULL;
	return asprintf(&name, "%s\npreforge-python %s", source->path, recall->made_by) < 0 ? NULL : name;
}

static void source_load(struct recall *recall, struct source *source)
{
	cleanup_free char *name = profile_name(recall, source);
	struct cause cause = CAUSE_INIT;
	json_t *entries = name ? history_load(recall->store, name, &cause) : NULL;
	size_t i;
	json_t *entry;
	json_array_foreach (entries, i, entry)
		(void)memory_new(source, json_incref(entry));
	json_decref(entries);
	if (cause.text[0])
		codecache_store_bad(recall->cache, cause.text);
}

static json_int_t source_new(struct recall *recall, const char *filename)
{
	char *path = filename[0] == '<' ? NULL : realpath(filename, NULL); /* <string> is no file */
	struct source *sources = path ? reallocarray(recall->sources, recall->n + 1, sizeof(*sources)) : NULL;
	if (!sources) {
		free(path);
		return -1;
	}
	recall->sources = sources;
	sources[recall->n] = (struct source){ .path = path };
	source_load(recall, &sources[recall->n]);
	return (json_int_t)recall->n++;
}

/* NULL: there is no such file. */
static struct source *source_of(struct recall *recall, PyObject *filename)
{
	const char *text = PyUnicode_AsUTF8(filename);
	PyErr_Clear(); /* lone surrogates */
	if (!text)
		return NULL;
	json_t *number = json_object_get(recall->numbers, text);
	if (!number) {
		number = json_integer(source_new(recall, text));
		if (json_object_set_new(recall->numbers, text, number) < 0)
			return NULL;
	}
	json_int_t i = json_integer_value(number);
	return i < 0 ? NULL : &recall->sources[i];
}

/* ---- asking ------------------------------------------------------------------- */

/* Functions with types that are looked for, and whose memories they are. */
struct question {
	PyObject *filename;
	struct source *source;
	size_t n;
	struct codecache_request requests[MAX_ASKED];
	size_t memories[MAX_ASKED];
};

static bool is_about(const struct memory *memory, PyObject *function)
{
	const char *qualname = json_string_value(json_object_get(memory->entry, "qualname"));
	return qualname && _PyUnicode_EqualToASCIIString(((PyFunctionObject *)function)->func_qualname, qualname);
}

static bool is_outdated(const struct memory *memory, PyObject *code)
{
	return !history_is_of(memory->entry, code);
}

static void ask_memory(struct question *q, size_t number, PyObject *function)
{
	struct memory *memory = &q->source->memories[number];
	memory->tried = true;
	uint32_t n_params = jit_param_count(PyFunction_GET_CODE(function));
	const char *feedback = json_string_value(json_object_get(memory->entry, "feedback"));
	enum value_type *params = history_params(memory->entry, n_params);
	if (!params || !feedback || jit_refuse(function) != REASON_NONE) {
		free(params);
		return;
	}
	q->memories[q->n] = number;
	q->requests[q->n++] = (struct codecache_request){ .function = Py_NewRef(function),
							  .params = params,
							  .n_params = n_params,
							  .feedback = feedback,
							  .alone = true };
}

static bool is_open(const struct memory *memory, PyObject *function)
{
	return !memory->tried && !memory->is_banned && is_about(memory, function);
}

/* A function of that code that nobody calls: it stands for those that are made when its def runs.  NULL without an
 * exception: no memory. */
static PyObject *stand_in(PyObject *code, PyObject *globals)
{
	Py_ssize_t n = ((PyCodeObject *)code)->co_nfreevars;
	PyObject *function = PyFunction_New(code, globals), *closure = n > 0 ? PyTuple_New(n) : NULL;
	for (Py_ssize_t i = 0; closure && i < n; i++)
		PyTuple_SET_ITEM(closure, i, PyCell_New(NULL));
	if (n > 0 && (!function || !closure || PyErr_Occurred() || PyFunction_SetClosure(function, closure) < 0))
		Py_CLEAR(function);
	Py_XDECREF(closure);
	PyErr_Clear();
	return function;
}

/* Functions that are nested in another one are made anew by each of its calls, but their code is there. */
static void ask_nested(struct question *q, PyObject *code, PyObject *globals, unsigned depth)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(consts) && depth < MAX_DEPTH; k++) {
		PyObject *inner = PyTuple_GET_ITEM(consts, k);
		PyObject *function = PyCode_Check(inner) ? stand_in(inner, globals) : NULL;
		if (!function)
			continue;
		for (size_t i = 0; i < q->source->n && q->n < MAX_ASKED; i++)
			if (is_open(&q->source->memories[i], function) && !is_outdated(&q->source->memories[i], inner))
				ask_memory(q, i, function);
		Py_DECREF(function);
		ask_nested(q, inner, globals, depth + 1);
	}
}

static bool is_lambda(PyObject *code)
{
	return _PyUnicode_EqualToASCIIString(((PyCodeObject *)code)->co_name, "<lambda>");
}

/* Called with functions of any file, and more than once with the same one. */
static void ask_function(struct question *q, PyObject *function)
{
	PyObject *code = callee_code(function);
	if (!code || PyUnicode_Compare(((PyCodeObject *)code)->co_filename, q->filename) != 0)
		return;
	ask_nested(q, code, PyFunction_GET_GLOBALS(function), 0);
	for (size_t i = 0; i < q->source->n && q->n < MAX_ASKED && !native_of(function); i++)
		if (is_open(&q->source->memories[i], function) &&
		    !(is_lambda(code) && is_outdated(&q->source->memories[i], code)))
			ask_memory(q, i, function);
}

static void ask_attribute(struct question *q, PyObject *object, const char *name)
{
	PyObject *value = PyObject_GetAttrString(object, name);
	PyErr_Clear();
	if (value && PyFunction_Check(value))
		ask_function(q, value);
	Py_XDECREF(value);
}

static void ask_namespace(struct question *q, PyObject *dict, unsigned depth)
{
	PyObject *values = PyDict_Values(dict); /* which attributes may change */
	for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(values); i++) {
		PyObject *value = PyList_GET_ITEM(values, i);
		if (PyFunction_Check(value))
			ask_function(q, value);
		else if (PyType_Check(value) && depth < MAX_DEPTH && ((PyTypeObject *)value)->tp_dict)
			ask_namespace(q, ((PyTypeObject *)value)->tp_dict, depth + 1);
		else if (Py_IS_TYPE(value, &PyStaticMethod_Type) || Py_IS_TYPE(value, &PyClassMethod_Type))
			ask_attribute(q, value, "__func__");
		else if (Py_IS_TYPE(value, &PyProperty_Type))
			ask_attribute(q, value, "fget");
	}
	PyErr_Clear();
	Py_XDECREF(values);
}

static bool is_ban(enum reason reason)
{
	return reason == REASON_NO_GAIN || reason == REASON_QUARANTINED;
}

static void memory_ban(struct memory *memory, enum reason reason)
{
	memory->is_banned = json_object_set_new(memory->entry, "banned", json_string(reason_word(reason))) == 0;
}

static void answered(struct recall *recall, const struct question *q, const struct codecache_result *results)
{
	for (size_t i = 0; i < q->n; i++) {
		struct memory *memory = &q->source->memories[q->memories[i]];
		memory->is_native = results[i].native != NULL;
		if (!memory->is_native && is_ban(results[i].reason))
			memory_ban(memory, results[i].reason);
		q->source->is_changed |= !memory->is_native;
		if (memory->is_native)
			recall->found(&q->requests[i], native_original_code(results[i].native), &results[i],
				      recall->userdata);
	}
}

static bool has_more(const struct source *source)
{
	for (size_t i = 0; i < source->n; i++)
		if (!source->memories[i].tried && !source->memories[i].is_banned)
			return true;
	return false;
}

void recall_ask(struct recall *recall, PyObject *filename, PyObject *globals, PyObject *function)
{
	struct source *source = source_of(recall, filename);
	if (!source || !has_more(source))
		return;
	cleanup_free struct question *q = calloc(1, sizeof(*q));
	if (!q)
		return;
	q->filename = filename;
	q->source = source;
	if (PyDict_Check(globals))
		ask_namespace(q, globals, 0);
	if (function)
		ask_function(q, function);
	cleanup_free struct codecache_result *results = calloc(q->n + 1, sizeof(*results));
	struct cause cause;
	if (results && q->n > 0 && codecache_recall(recall->cache, q->requests, q->n, results, &cause) == 0) {
		answered(recall, q, results);
		codecache_results_free(results, q->n);
	}
	for (size_t i = 0; i < q->n; i++) {
		free((void *)q->requests[i].params);
		Py_DECREF(q->requests[i].function);
	}
	PyErr_Clear();
}

/* ---- remembering -------------------------------------------------------------- */

static struct source *home_of(struct recall *recall, PyObject *code)
{
	return code ? source_of(recall, ((PyCodeObject *)code)->co_filename) : NULL;
}

static bool is_for(const struct memory *memory, PyObject *function, const enum value_type *params, uint32_t n_params)
{
	if (!is_about(memory, function))
		return false;
	cleanup_free enum value_type *its = history_params(memory->entry, n_params);
	return its && (n_params == 0 || memcmp(its, params, n_params * sizeof(*its)) == 0);
}

/* A memory of a ban for these types. */
static struct memory *banned(struct source *source, PyObject *function, const enum value_type *params,
			     uint32_t n_params)
{
	for (size_t i = 0; i < source->n; i++)
		if (source->memories[i].is_banned && is_for(&source->memories[i], function, params, n_params))
			return &source->memories[i];
	return NULL;
}

/* There is other code for these types: the next run is to have that one. */
static void forget_replaced(struct source *source, const struct codecache_request *request)
{
	for (size_t i = 0; i < source->n; i++) {
		struct memory *memory = &source->memories[i];
		if (!memory->is_banned && is_for(memory, request->function, request->params, request->n_params)) {
			memory->tried = true;
			memory->is_native = false;
		}
	}
}

bool recall_is_banned(struct recall *recall, PyObject *function, const enum value_type *params, uint32_t n_params,
		      enum reason *ret_reason)
{
	PyObject *code = callee_code(function);
	struct source *source = home_of(recall, code);
	const struct memory *memory = source ? banned(source, function, params, n_params) : NULL;
	const char *word = memory ? json_string_value(json_object_get(memory->entry, "banned")) : NULL;
	*ret_reason = word ? reason_from_word(word) : REASON_COUNT;
	return code && is_ban(*ret_reason) && !is_outdated(memory, code);
}

void recall_note(struct recall *recall, const struct codecache_request *request, const struct codecache_result *result)
{
	PyObject *code = callee_code(request->function);
	struct source *source = home_of(recall, code);
	bool is_native = result->native != NULL, worth = source && (is_native || is_ban(result->reason));
	struct memory *memory = worth ? banned(source, request->function, request->params, request->n_params) : NULL;
	if (memory && is_outdated(memory, code)) {
		memory->tried = true; /* and came to nothing: source_save() leaves it out */
		memory->is_banned = false;
		memory = NULL;
	}
	json_t *entry = worth && !memory ? history_entry(request) : NULL;
	if (entry && is_native)
		forget_replaced(source, request);
	if (entry)
		memory = memory_new(source, entry);
	if (memory && !memory->tried) {
		memory->tried = source->is_changed = true;
		memory->is_native = is_native;
		if (!is_native)
			memory_ban(memory, result->reason);
	}
}

/* What was not looked for is as it was. */
static int source_save(const struct recall *recall, const struct source *source, struct cause *cause)
{
	cleanup_free char *name = profile_name(recall, source);
	json_t *entries = json_array();
	for (size_t i = 0; i < source->n; i++) {
		const struct memory *memory = &source->memories[i];
		if (memory->is_native || memory->is_banned || !memory->tried)
			(void)json_array_append(entries, memory->entry);
	}
	int r = name ? history_save(recall->store, name, entries, cause) : cause_set_errno(cause, -ENOMEM, "profile");
	json_decref(entries);
	return r;
}

int recall_save(struct recall *recall, struct cause *cause)
{
	int r = 0;
	for (size_t i = 0; i < recall->n && r == 0; i++) {
		struct source *source = &recall->sources[i];
		if (source->is_changed)
			r = source_save(recall, source, cause);
		source->is_changed = false;
	}
	return r;
}
