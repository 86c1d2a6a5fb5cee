/* kept.c - what the cache keeps in the store: units, what functions gain, bans.  See codecache_priv.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codecache/codecache_priv.h"
#include "codecache/roster.h"
#include "codecache/store_writer.h"
#include "common/cleanup.h"

/* ---- the way to the disk ------------------------------------------------------ */

static void on_written(const struct store_file *file, const char *cause, void *userdata)
{
	struct codecache *cache = userdata;
	cache->gauges.stored += !cause && file->kind == STORE_UNIT;
	cache->gauges.store_failed += cause != NULL;
	if (cause)
		(void)cause_set(&cache->store_cause, 0, "%s", cause);
}

int codecache_keep_begin(struct codecache *cache, struct cause *cause)
{
	const struct store_writer_options options = {
		.store = cache->store, .timeout_ms = cache->timeout_ms, .written = on_written, .userdata = cache
	};
	return store_writer_new(&options, &cache->writer, cause);
}

void codecache_keep(struct codecache *cache, struct store_file *file)
{
	struct cause cause = CAUSE_INIT;
	if (!cache->store) {
		store_file_clear(file);
		return;
	}
	if (cache->writer && file->record) {
		store_writer_keep(cache->writer, file);
		return;
	}
	int r = file->record ? store_put(cache->store, file, &cause) : cause_set_errno(&cause, -ENOMEM, "the store");
	on_written(file, r < 0 ? cause.text : NULL, cache);
	store_file_clear(file);
}

int codecache_keep_fd(const struct codecache *cache)
{
	return cache->writer ? store_writer_fd(cache->writer) : -1;
}

void codecache_keep_step(struct codecache *cache)
{
	store_writer_step(cache->writer);
}

void codecache_keep_flush(struct codecache *cache, unsigned timeout_ms)
{
	if (cache->writer)
		store_writer_flush(cache->writer, timeout_ms);
}

/* ---- units -------------------------------------------------------------------- */

static const char *text_of(PyObject *object)
{
	const char *text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;
	PyErr_Clear();
	return text ? text : "?";
}

static bool is_in(const json_t *texts, const char *text)
{
	size_t i;
	json_t *other;
	json_array_foreach (texts, i, other)
		if (strcmp(json_string_value(other), text) == 0)
			return true;
	return false;
}

/* The names of constants of this kind, each once. */
static json_t *const_names(const struct unit_function *f, enum unit_const_kind kind)
{
	json_t *names = json_array();
	for (uint32_t k = 0; k < f->n_consts; k++)
		if (f->consts[k].kind == kind && f->consts[k].name && !is_in(names, f->consts[k].name))
			(void)json_array_append_new(names, json_string(f->consts[k].name));
	return names;
}

/* What preforgectl cache shows of a function. */
static json_t *function_record(const struct batch *batch, size_t i, const struct unit_function *f)
{
	const struct codecache_request *request = &batch->requests[batch->numbers[i]];
	const struct codecache_result *result = &batch->results[batch->numbers[i]];
	const struct native_function *native = native_of(request->function);
	const PyCodeObject *code =
		(const PyCodeObject *)(native ? native_original_code(native) : PyFunction_GET_CODE(request->function));
	json_t *params = json_array();
	for (uint32_t k = 0; k < f->n_params; k++)
		(void)json_array_append_new(params, json_string(value_type_words[f->params[k]]));
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s?, s:s, s:o, s:o, s:o, s:I}", "name", f->name, "file",
			 text_of(code->co_filename), "line", code->co_firstlineno, "symbol", f->symbol ? f->symbol : "",
			 "word", reason_word(f->reason), "detail", f->detail, "key", f->key, "params", params, "names",
			 const_names(f, UNIT_CONST_NAME), "calls", const_names(f, UNIT_CONST_OBJECT), "code_bytes",
			 (json_int_t)(f->reason == REASON_NONE ? result->code_size : 0));
}

static json_t *unit_record(const struct batch *batch, const struct unit *unit)
{
	json_t *functions = json_array();
	for (size_t i = 0; i < batch->n; i++)
		(void)json_array_append_new(functions, function_record(batch, i, &unit->functions[i]));
	return json_pack("{s:I, s:I, s:o, s:o}", "time", (json_int_t)time(NULL), "compile_us",
			 (json_int_t)unit->compile_us, "made_by", codecache_own_made_by(batch->cache), "functions",
			 functions);
}

void codecache_keep_unit(const struct batch *batch, struct unit *unit)
{
	struct codecache *cache = batch->cache;
	if (unit->store_cause)
		codecache_store_bad(cache, unit->store_cause);
	if (!cache->store || !unit->object || unit->loaded || unit->other_compiler || !unit->key[0])
		return;
	struct store_file file = { .kind = STORE_UNIT,
				   .record = unit_record(batch, unit),
				   .object = steal_ptr(unit->object),
				   .object_size = unit->object_size };
	memcpy(file.key, unit->key, sizeof(file.key));
	codecache_keep(cache, &file);
}

void codecache_keep_gain(struct codecache *cache, const struct roster_entry *entry)
{
	struct store_file file;
	if (cache->store && store_gain_pack(entry->key, entry->name, entry->gain, &file, NULL) == 0)
		codecache_keep(cache, &file);
}

void codecache_keep_ban(struct codecache *cache, const struct store_ban *ban)
{
	struct store_file file;
	if (cache->store && ban->key[0] && store_ban_pack(ban, &file, NULL) == 0)
		codecache_keep(cache, &file);
}
