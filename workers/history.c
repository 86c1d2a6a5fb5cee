/* history.c - see history.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codecache/jit/callee.h"
#include "common/cleanup.h"
#include "workers/history.h"

static void key_make(const char *app, char ret[static DIGEST_TEXT])
{
	struct digest digest;
	digest_begin(&digest);
	digest_text(&digest, "profile 1");
	digest_text(&digest, app);
	digest_end(&digest, ret);
}

json_t *history_load(const struct store *store, const char *app, struct cause *cause)
{
	char key[DIGEST_TEXT];
	struct store_file file;
	key_make(app, key);
	int r = store_get(store, STORE_PROFILE, key, &file, cause);
	if (r == -ENOENT)
		*cause = CAUSE_INIT;
	if (r < 0)
		return json_array();
	json_t *functions = json_object_get(file.record, "functions");
	functions = json_is_array(functions) ? json_incref(functions) : json_array();
	store_file_clear(&file);
	return functions;
}

static const char *text_of(PyObject *object)
{
	const char *text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;
	PyErr_Clear();
	return text;
}

static json_int_t digest_of(PyObject *function)
{
	PyObject *code = callee_code(function);
	return code ? (json_int_t)callee_digest(code) : 0;
}

json_t *history_entry(const struct codecache_request *request)
{
	const PyFunctionObject *function = (PyFunctionObject *)request->function;
	json_t *params = json_array();
	for (uint32_t k = 0; k < request->n_params; k++)
		(void)json_array_append_new(params, json_string(value_type_words[request->params[k]]));
	json_t *loop = request->loop.pc ? json_pack("[i, i]", (int)request->loop.pc, (int)request->loop.n_stack) : NULL;
	return json_pack("{s:s, s:s, s:I, s:o, s:s, s:b, s:o*}", "module", text_of(function->func_module), "qualname",
			 text_of(function->func_qualname), "digest", digest_of(request->function), "params", params,
			 "feedback", request->feedback, "alone", request->alone, "loop", loop);
}

bool history_is_of(const json_t *entry, PyObject *code)
{
	return (uint64_t)json_integer_value(json_object_get(entry, "digest")) == callee_digest(code);
}

static int value_type_of(const char *word)
{
	for (int type = 0; word && type < VALUE_TYPE_COUNT; type++)
		if (strcmp(word, value_type_words[type]) == 0)
			return type;
	return -1;
}

static enum value_type *read_params(const json_t *words, uint32_t n)
{
	if (!json_is_array(words) || json_array_size(words) != n)
		return NULL;
	cleanup_free enum value_type *params = calloc(n + 1, sizeof(*params));
	for (uint32_t i = 0; params && i < n; i++) {
		int type = value_type_of(json_string_value(json_array_get(words, i)));
		if (type < 0)
			return NULL;
		params[i] = (enum value_type)type;
	}
	return steal_ptr(params);
}

enum value_type *history_params(const json_t *entry, uint32_t n)
{
	return json_object_get(entry, "loop") ? NULL : read_params(json_object_get(entry, "params"), n);
}

enum value_type *history_loop(const json_t *entry, struct unit_loop *ret_loop, uint32_t *ret_n)
{
	const json_t *loop = json_object_get(entry, "loop"), *params = json_object_get(entry, "params");
	*ret_loop = (struct unit_loop){ .pc = (uint32_t)json_integer_value(json_array_get(loop, 0)),
					.n_stack = (uint32_t)json_integer_value(json_array_get(loop, 1)) };
	*ret_n = (uint32_t)json_array_size(params);
	return ret_loop->pc > 0 ? read_params(params, *ret_n) : NULL;
}

int history_pack(const char *app, json_t *functions, struct store_file *ret, struct cause *cause)
{
	*ret = (struct store_file){ .kind = STORE_PROFILE };
	key_make(app, ret->key);
	ret->record = json_pack("{s:s, s:I, s:O}", "app", app, "time", (json_int_t)time(NULL), "functions", functions);
	return ret->record ? 0 : cause_set(cause, -ENOMEM, "no memory for the profile");
}

int history_save(struct store *store, const char *app, json_t *functions, struct cause *cause)
{
	struct store_file file;
	int rc = history_pack(app, functions, &file, cause);
	if (rc < 0)
		return rc;
	rc = store_put(store, &file, cause);
	store_file_clear(&file);
	return rc;
}
