/* install.c - from what a compiler child hands over to functions that run it: loaded, published, installed here and
 * told to workers.  See codecache_priv.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/arena.h"
#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/live.h"
#include "codecache/loader.h"
#include "codecache/publications.h"
#include "codecache/roster.h"
#include "codecache/shadow.h"
#include "codecache/symbols.h"
#include "common/cleanup.h"

/* ---- functions ---------------------------------------------------------------- */

/* Why there is no room for the code, or this other reason. */
static enum reason reason_of(int rc, enum reason other)
{
	return rc == -ENOSPC ? REASON_CACHE_FULL : rc == -ENOMEM ? REASON_NO_MEMORY : other;
}

static enum reason install_reason(int rc)
{
	return rc == -ENOSPC ? REASON_TOO_MANY : rc == -ENOMEM ? REASON_NO_MEMORY : REASON_COMPILER_FAILED;
}

/* The body of a generator takes what its frame holds, of whatever types. */
static bool has_params(const struct unit_function *f, const struct codecache_request *request)
{
	bool any = ((PyCodeObject *)PyFunction_GET_CODE(request->function))->co_flags & CO_GENERATOR;
	for (uint32_t i = 0; i < f->n_params && !f->loop.pc; i++)
		if (f->params[i] != (any ? VALUE_OBJECT : request->params[i]))
			return false;
	return true;
}

/* Whether the unit is about what was asked for. */
static int function_check(const struct unit_function *f, const struct codecache_request *request, struct cause *cause)
{
	if (f->n_params != request->n_params || f->loop.pc != request->loop.pc ||
	    f->loop.n_stack != request->loop.n_stack || !has_params(f, request))
		return cause_set(cause, -EBADMSG, "the unit's %s has other parameters", f->name);
	return 0;
}

/* Tell the workers that are there already. */
static int tell_workers(struct codecache *cache, PyObject *function, const struct unit_function *f, const void *entry,
			const struct native_function *native, uint32_t row, struct cause *cause)
{
	if (!cache->live)
		return 0;
	struct publication publication = { .function = catalogue_number(cache->catalogue, function),
					   .index = native_index(native),
					   .entry = (uint32_t)arena_offset(cache->arena, entry),
					   .row = row,
					   .symfile = steal_ptr(cache->symfile),
					   .symfile_size = cache->symfile_size };
	cleanup_free char *text = NULL;
	size_t code_size = 0;
	if (cache->symbols)
		(void)loader_symbol(roster_image(cache->roster, roster_image_count(cache->roster) - 1), f->symbol,
				    &code_size);
	publication.code_size = (uint32_t)code_size;
	if (publication.function == CATALOGUE_NONE) /* it came after them */
		return 0;
	int r = unit_function_to_text(f, &text, cause);
	if (r < 0)
		return r;
	publication.text = text;
	publication.size = (uint32_t)strlen(text);
	r = publications_add(cache->publications, &publication, cause);
	cache->n_adopted = publications_count(cache->publications);
	return r;
}

/* Of functions with the same code (a decorator's wrappers) each is one by itself. */
static void twins_install(struct codecache *cache, PyObject *function, const struct native_function *of,
			  const struct unit_function *f, const void *entry, uint32_t row)
{
	uint32_t first = catalogue_find(cache->catalogue, native_original_code(of));
	for (uint32_t i = first; i != CATALOGUE_NONE; i = catalogue_next(cache->catalogue, i)) {
		PyObject *twin = catalogue_function(cache->catalogue, i);
		struct native_function *native;
		/* What does not fit is a twin in other globals, or there are too many. */
		if (twin != function && native_install(twin, f, entry, &native, NULL) == 0 &&
		    codecache_enlist(cache, f, native, entry, row) == 0)
			(void)tell_workers(cache, twin, f, entry, native, row, NULL);
	}
}

int codecache_enlist(struct codecache *cache, const struct unit_function *f, struct native_function *native,
		     const void *entry, uint32_t row)
{
	int rc = roster_add(cache->roster, f, native, entry, row);
	if (rc < 0) {
		native_drop(native, entry); /* code that cannot be taken back does not run */
		return rc;
	}
	/* Of what is known to gain many calls were seen.  What begins in the middle of one is watched there. */
	if (!cache->trials || f->gain > 0 || f->loop.pc)
		return 0;
	native_try(native);
	if (f->pure && !f->checked) {
		size_t n;
		native_prove(native, entry);
		roster_entries(cache->roster, &n)[n - 1].unproven = true;
	}
	return 0;
}

static void function_install(struct batch *batch, size_t i, const struct unit *unit, const struct image *image)
{
	const struct unit_function *f = &unit->functions[i];
	const struct codecache_request *request = &batch->requests[batch->numbers[i]];
	struct codecache_result *result = &batch->results[batch->numbers[i]];
	struct cause cause = CAUSE_INIT;
	int rc = function_check(f, request, &cause);
	if (rc < 0) {
		codecache_refuse(result, REASON_COMPILER_FAILED, cause.text);
		return;
	}
	void *entry = loader_symbol(image, f->symbol, &result->code_size);
	if (!entry) {
		(void)cause_set(&cause, -EBADMSG, "the object file has no function %s", f->symbol);
		codecache_refuse(result, REASON_BAD_OBJECT, cause.text);
		return;
	}
	uint32_t row = codecache_row(batch->cache, request);
	if (row == UINT32_MAX && batch->cache->for_workers) { /* which are told by it when the code is banned */
		codecache_refuse(result, REASON_CACHE_FULL, "its index has no room");
		return;
	}
	codecache_refuse(result, REASON_NONE, NULL); /* of a batch that failed before */
	result->gain = f->gain;
	rc = native_install(request->function, f, entry, &result->native, &cause);
	if (rc < 0) {
		codecache_refuse(result, install_reason(rc), cause.text);
		return;
	}
	rc = codecache_enlist(batch->cache, f, result->native, entry, row);
	if (rc < 0) {
		codecache_refuse(result, REASON_NO_MEMORY, strerrordesc_np(-rc));
		return;
	}
	rc = tell_workers(batch->cache, request->function, f, entry, result->native, row, &cause);
	if (rc < 0) { /* as it will be in all workers that are there */
		native_drop(result->native, entry);
		codecache_refuse(result, reason_of(rc, REASON_COMPILER_FAILED), cause.text);
		return;
	}
	if (batch->cache->catalogue)
		twins_install(batch->cache, request->function, result->native, f, entry, row);
	++*(unit->loaded ? &batch->cache->gauges.loaded : &batch->cache->gauges.compiled);
	codecache_publish(batch->cache, request,
			  &(struct index_view){ .state = INDEX_READY,
						.offset = (uint32_t)arena_offset(batch->cache->arena, entry),
						.size = (uint32_t)result->code_size,
						.compile_us = codecache_narrow_us(result->compile_us) });
}

/* ---- units -------------------------------------------------------------------- */

/* Workers that are there find the file in memory that they share. */
static void show_gdb(struct codecache *cache, void *symfile, size_t size)
{
	const void *shared = cache->live ? publications_keep(cache->publications, symfile, size) : NULL;
	cache->symfile = shared;
	cache->symfile_size = shared ? size : 0;
	symbols_register(shared ? shared : symfile, size);
	if (shared)
		free(symfile);
}

/* 1 if the functions should be tried one by one. */
static int unit_load(struct batch *batch, struct unit *unit, struct image **ret)
{
	struct cause cause = CAUSE_INIT;
	if (unit->n_functions != batch->n) {
		codecache_refuse_batch(batch, REASON_COMPILER_FAILED, "the unit has other functions");
		return 1;
	}
	int rc = unit->object ? loader_load(batch->cache->arena, unit->object, unit->object_size, ret, &cause) : 0;
	if (rc == 0)
		return 0;
	if (rc == -ENOSPC && batch->n == 1) /* where there is room, it is there */
		codecache_keep_unit(batch, unit);
	enum reason reason = reason_of(rc, REASON_BAD_OBJECT);
	codecache_refuse_batch(batch, reason, cause.text);
	if (unit->loaded && reason == REASON_BAD_OBJECT) /* by itself it would be found again and again */
		(void)store_remove(batch->cache->store, STORE_UNIT, unit->key, NULL);
	return 1;
}

/* 1 if the functions should be tried one by one. */
static int unit_install(struct batch *batch, struct unit *unit)
{
	bool is_verified = batch->image;
	cleanup(image_freep) struct image *image = steal_ptr(batch->image);
	if (!is_verified && unit_load(batch, unit, &image) > 0)
		return 1;
	if (image && batch->cache->trials && !batch->cache->live && !unit->loaded &&
	    codecache_verify(batch, unit, image) < 0)
		return 1;
	for (size_t i = 0; i < batch->n; i++)
		unit->functions[i].checked = shadow_has_calls(&batch->requests[batch->numbers[i]]);
	int rc = image ? roster_add_image(batch->cache->roster, image, unit->key) : 0;
	if (rc < 0) {
		codecache_refuse_batch(batch, REASON_NO_MEMORY, strerrordesc_np(-rc));
		return 1;
	}
	const struct image *kept = steal_ptr(image);
	size_t symfile_size = batch->cache->symbols & SYMBOLS_GDB && kept ? unit->object_size : 0;
	void *symfile = symfile_size ? image_symfile(kept, unit->object, symfile_size) : NULL;
	if (symfile) /* before workers hear of the code */
		show_gdb(batch->cache, symfile, symfile_size);
	for (size_t i = 0; i < batch->n; i++) {
		const struct unit_function *f = &unit->functions[i];
		struct codecache_result *result = &batch->results[batch->numbers[i]];
		result->compile_us = unit->compile_us;
		if (f->reason != REASON_NONE)
			codecache_refuse(result, f->reason, f->detail);
		else
			function_install(batch, i, unit, kept);
	}
	if (batch->cache->symbols & SYMBOLS_PERF && kept)
		symbols_dump_images(batch->cache->roster, roster_image_count(batch->cache->roster) - 1);
	codecache_keep_unit(batch, unit);
	return 0;
}

/* 1 if the functions should be tried one by one. */
int codecache_finish(struct compiler_job *job)
{
	struct batch *batch = job->data;
	if (!job->late)
		batch->cache->gauges.compiler_runs++;
	batch->cache->gauges.compiler_us += job->elapsed_us;
	if (job->unit)
		return unit_install(batch, job->unit);
	for (size_t i = 0; i < batch->n; i++) {
		struct codecache_result *result = &batch->results[batch->numbers[i]];
		result->compile_us = job->elapsed_us;
		result->late = job->late;
	}
	codecache_refuse_batch(batch, job->reason, job->detail);
	if (job->reason != REASON_NO_COMPILER)
		return 1;
	(void)cause_set(&batch->cache->compiler, -ENOENT, "%s", job->detail ? job->detail : "no compiler");
	return 0;
}
