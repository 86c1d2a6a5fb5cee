/* codecache.c - see codecache.h
 *
 *     requests -> batches -> compiler children -> units -> loader, arena -> index -> functions
 *
 * A batch is one unit: gcc inlines across its functions, and starting gcc is paid once.  A batch that fails as a whole
 * is tried again function by function, so that one bad function does not cost the others their code. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codecache/arena.h"
#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/cpu.h"
#include "codecache/index.h"
#include "codecache/jit/jit.h"
#include "codecache/live.h"
#include "codecache/loader.h"
#include "codecache/publications.h"
#include "codecache/roster.h"
#include "codecache/shadow.h"
#include "codecache/store.h"
#include "codecache/symbols.h"
#include "codecache/unit_plan.h"
#include "common/cleanup.h"

enum {
	MIN_SIZE = 64 << 10,
	MAX_SIZE = 1 << 30,
	MAX_FAULTS = 64, /* quarantines for faults: who says that it crashed runs user code */
};

#define MODULE_NAME "preforge-gccjit.so"

/* ---- what it takes to compile ------------------------------------------------- */

/* dirname of /proc/self/exe + name, else PKGLIBEXECDIR; NULL if it is in neither or there is no memory. */
static char *module_find(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/'), *path = NULL;
	if (slash) {
		*slash = '\0';
		if (asprintf(&path, "%s/" MODULE_NAME, self) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return access(PKGLIBEXECDIR "/" MODULE_NAME, R_OK) == 0 ? strdup(PKGLIBEXECDIR "/" MODULE_NAME) : NULL;
}

/* What can be seen from here; that libgccjit itself is missing shows in the child. */
int codecache_look(struct codecache *cache)
{
	cache->compiler = CAUSE_INIT;
#ifdef HAVE_LIBGCCJIT
	if (!cache->module || access(cache->module, R_OK) < 0)
		return cause_set(&cache->compiler, -ENOENT, "the compiler module " MODULE_NAME " is missing");
	/* The environment that compiler children get has this path. */
	if (access("/usr/bin/as", X_OK) < 0 && access("/bin/as", X_OK) < 0)
		return cause_set(&cache->compiler, -ENOENT, "the assembler /usr/bin/as is missing (Debian: binutils)");
	return 0;
#else
	return cause_set(&cache->compiler, -ENOENT, "built without libgccjit");
#endif
}

const char *codecache_compiler(const struct codecache *cache)
{
	return cache->compiler.text[0] ? cache->compiler.text : "ok";
}

/* ---- life --------------------------------------------------------------------- */

int codecache_new(const struct codecache_options *options, struct codecache **ret, struct cause *cause)
{
	if (options->size < MIN_SIZE || options->size > MAX_SIZE)
		return cause_set(cause, -EINVAL, "a code cache of %zu bytes: %d to %d are possible", options->size,
				 MIN_SIZE, MAX_SIZE);
	cleanup(codecache_freep) struct codecache *cache = calloc(1, sizeof(*cache));
	if (!cache)
		return cause_set_errno(cause, -ENOMEM, "the code cache");
	cache->module = options->module ? strdup(options->module) : module_find();
	cache->cpu = cpu_level(options->cpu, cause);
	if (!cache->cpu)
		return -EINVAL;
	int symbols = symbols_from_word(options->symbols, cause);
	if (symbols < 0)
		return symbols;
	cache->symbols = (unsigned)symbols;
	cache->compilers = options->compilers ? options->compilers : 1;
	cache->timeout_ms = options->timeout_ms;
	cache->optimize = options->optimize;
	cache->store_size = options->store_size;
	cache->eager = options->eager;
	cache->urgent = options->urgent;
	cache->dump_ir = options->dump_ir;
	cache->trials = options->trials;
	if (options->plant && !(cache->plant = strdup(options->plant)))
		return cause_set_errno(cause, -ENOMEM, "the code cache");
	if (codecache_look(cache) == 0 && options->preload)
		(void)dlopen(cache->module,
			     RTLD_NOW | RTLD_LOCAL); /* what fails here fails in the child, which says so */
	if (options->directory && *options->directory) {
		struct store_options store = { .directory = options->directory, .max_bytes = options->store_size };
		if (store_open(&store, &cache->store, &cache->store_cause) < 0)
			cache->store = NULL; /* the cache works without */
	}
	cache->roster = roster_new();
	int rc = cache->roster ? arena_new(ARENA_CODE, options->size, &cache->arena, cause)
			       : cause_set_errno(cause, -ENOMEM, "the code cache");
	if (rc == 0)
		rc = index_new(INDEX_MAX_ROWS, &cache->index, cause);
	if (rc == 0)
		rc = publications_new(options->size, &cache->publications, cause);
	if (rc < 0)
		return rc;
	*ret = steal_ptr(cache);
	return 0;
}

void codecache_free(struct codecache *cache)
{
	if (!cache)
		return;
	live_free(cache->live);
	catalogue_free(cache->catalogue);
	publications_free(cache->publications);
	arena_free(cache->arena);
	index_free(cache->index);
	roster_free(cache->roster);
	store_free(cache->store);
	free(cache->module);
	free(cache->plant);
	free(cache);
}

void codecache_stop(struct codecache *cache)
{
	live_free(steal_ptr(cache->live));
}

void codecache_after_fork(struct codecache *cache)
{
	/* The writable views were not inherited, their descriptors are closed: arena.c sees to it. */
	codecache_stop(cache);
	if (cache->symbols & SYMBOLS_PERF)
		symbols_dump_images(cache->roster, 0);
	free(cache->module);
	cache->module = NULL;
	(void)cause_set(&cache->compiler, 0, "only the zygote compiles");
}

struct roster *codecache_roster(const struct codecache *cache)
{
	return cache->roster;
}

const struct index *codecache_index(const struct codecache *cache)
{
	return cache->index;
}

void codecache_get_gauges(const struct codecache *cache, struct codecache_gauges *ret)
{
	*ret = cache->gauges;
	ret->size = arena_size(cache->arena);
	ret->used = arena_used(cache->arena);
	ret->rows = index_count(cache->index);
	ret->max_rows = INDEX_MAX_ROWS;
}

struct store *codecache_store(const struct codecache *cache, const char **ret_cause)
{
	*ret_cause = cache->store_cause.text;
	return cache->store;
}

void codecache_store_bad(struct codecache *cache, const char *cause)
{
	cache->gauges.store_bad++;
	(void)cause_set(&cache->store_cause, 0, "%s", cause);
}

json_t *codecache_made_by(int optimize)
{
	return jit_made_by(&(struct jit_options){ .optimize = optimize, .cpu = cpu_level(NULL, NULL) });
}

static json_t *made_by(const struct codecache *cache)
{
	return jit_made_by(&(struct jit_options){ .optimize = cache->optimize, .cpu = cache->cpu });
}

json_t *codecache_store_json(const struct codecache *cache)
{
	json_t *units = json_array();
	const char *key;
	for (size_t i = 0; (key = roster_image_key(cache->roster, i)); i++)
		if (*key)
			(void)json_array_append_new(units, json_string(key));
	return json_pack(
		"{s:s?, s:I, s:s?, s:o, s:o}", "directory", cache->store ? store_directory(cache->store) : NULL,
		"max_bytes", (json_int_t)cache->store_size, "cause",
		cache->store_cause.text[0] ? cache->store_cause.text : NULL, "made_by", made_by(cache), "units", units);
}

void codecache_results_free(struct codecache_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(results[i].detail);
		results[i].detail = NULL;
	}
}

/* ---- results and the index ---------------------------------------------------- */

void codecache_refuse(struct codecache_result *result, enum reason reason, const char *detail)
{
	free(result->detail);
	result->native = NULL;
	result->reason = reason;
	result->detail = detail && *detail ? strdup(detail) : NULL;
}

static uint64_t bytes_hash(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

/* FNV-1a over where the code is from and how large it is: what tells code objects of one process apart. */
static uint64_t code_hash(PyObject *function)
{
	const struct native_function *native = native_of(function);
	const PyCodeObject *code =
		(const PyCodeObject *)(native ? native_original_code(native) : PyFunction_GET_CODE(function));
	PyObject *const texts[] = { code->co_filename, code->co_qualname };
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < 2; i++)
		hash = bytes_hash(hash, PyUnicode_DATA(texts[i]),
				  (size_t)PyUnicode_GET_LENGTH(texts[i]) * PyUnicode_KIND(texts[i]));
	const uint32_t numbers[] = { (uint32_t)code->co_firstlineno, (uint32_t)Py_SIZE(code),
				     (uint32_t)code->co_nlocalsplus, (uint32_t)PyTuple_GET_SIZE(code->co_consts) };
	return bytes_hash(hash, numbers, sizeof(numbers));
}

static uint32_t narrow_us(uint64_t us)
{
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* Its row in the index; UINT32_MAX if that is full, which costs nothing but the row. */
static uint32_t row_of(struct codecache *cache, const struct codecache_request *request)
{
	uint32_t row;
	int rc = index_add(cache->index, code_hash(request->function), request->params, request->n_params, &row, NULL);
	return rc < 0 ? UINT32_MAX : row;
}

/* What is banned stays so. */
static void publish(struct codecache *cache, const struct codecache_request *request, const struct index_view *view)
{
	uint32_t row = row_of(cache, request);
	if (row != UINT32_MAX && index_read(cache->index, row).state != INDEX_BANNED)
		index_publish(cache->index, row, view);
}

static struct index_view published(const struct codecache *cache, const struct codecache_request *request)
{
	uint32_t row;
	int rc = index_find(cache->index, code_hash(request->function), request->params, request->n_params, &row);
	return rc < 0 ? (struct index_view){ .state = INDEX_NONE } : index_read(cache->index, row);
}

void codecache_announce(const struct batch *batch, enum index_state state)
{
	for (size_t i = 0; i < batch->n; i++)
		publish(batch->cache, &batch->requests[batch->numbers[i]], &(struct index_view){ .state = state });
}

static void batch_refuse(struct batch *batch, enum reason reason, const char *detail)
{
	for (size_t i = 0; i < batch->n; i++)
		codecache_refuse(&batch->results[batch->numbers[i]], reason, detail);
}

/* ---- in the child ------------------------------------------------------------- */

struct jit_options codecache_jit_options(const struct codecache *cache, const char *object_path)
{
	return (struct jit_options){
		.eager = cache->eager,
		.optimize = cache->optimize,
		.cpu = cache->cpu,
		.debug = cache->symbols & SYMBOLS_GDB,
		.dump = cache->dump_ir ? stderr : NULL,
		.module = cache->compiler.text[0] ? NULL : cache->module,
		.store = cache->store,
		.plant = cache->plant,
		.object_path = object_path,
	};
}

/* Holds the GIL, which the forking thread held, and runs no bytecode: it would wait for threads that are not there. For
 * the same reason no garbage collection, which runs finalizers.  os.register_at_fork()'s callbacks are the program's,
 * and a compilation is none of its forks. */
int codecache_work(const char *object_path, void *data, struct unit **ret, struct cause *cause)
{
	const struct batch *batch = data;
	const struct codecache *cache = batch->cache;
	(void)PyGC_Disable();
	struct jit_request requests[MAX_BATCH];
	for (size_t i = 0; i < batch->n; i++) {
		const struct codecache_request *from = &batch->requests[batch->numbers[i]];
		requests[i] = (struct jit_request){ from->function, from->params, from->n_params, from->feedback };
	}
	struct jit_options options = codecache_jit_options(cache, object_path);
	options.stored = batch->stored;
	int rc = jit_compile(requests, batch->n, &options, ret, cause);
	if (rc == -ENOENT && cache->compiler.text[0])
		*cause = cache->compiler;
	if (cache->dump_ir)
		(void)fflush(stderr);
	return rc;
}

/* ---- from units to functions -------------------------------------------------- */

static enum reason install_reason(int rc)
{
	return rc == -ENOSPC ? REASON_TOO_MANY : REASON_COMPILER_FAILED;
}

/* Whether the unit is about what was asked for. */
static int function_check(const struct unit_function *f, const struct codecache_request *request, struct cause *cause)
{
	if (f->n_params != request->n_params ||
	    (f->n_params && memcmp(f->params, request->params, f->n_params * sizeof(f->params[0])) != 0))
		return cause_set(cause, -EBADMSG, "the unit's %s has other parameters", f->name);
	return 0;
}

/* Tell the workers that are there already. */
static int tell_workers(struct codecache *cache, PyObject *function, const struct unit_function *f, const void *entry,
			const struct native_function *native, uint32_t row, struct cause *cause)
{
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
static void twins_install(struct codecache *cache, PyObject *function, const struct unit_function *f, const void *entry,
			  uint32_t row)
{
	uint32_t first = catalogue_find(cache->catalogue, native_original_code(native_of(function)));
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
	/* Of what is known to gain many calls were seen. */
	if (!cache->trials || f->gain > 0)
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
	codecache_refuse(result, REASON_NONE, NULL); /* of a batch that failed before */
	result->gain = f->gain;
	rc = native_install(request->function, f, entry, &result->native, &cause);
	if (rc < 0) {
		codecache_refuse(result, install_reason(rc), cause.text);
		return;
	}
	uint32_t row = row_of(batch->cache, request);
	rc = codecache_enlist(batch->cache, f, result->native, entry, row);
	if (rc < 0) {
		codecache_refuse(result, REASON_COMPILER_FAILED, strerrordesc_np(-rc));
		return;
	}
	if (batch->cache->live) {
		rc = tell_workers(batch->cache, request->function, f, entry, result->native, row, &cause);
		if (rc < 0) { /* as it will be in all workers that are there */
			native_drop(result->native, entry);
			codecache_refuse(result, rc == -ENOSPC ? REASON_CACHE_FULL : REASON_COMPILER_FAILED,
					 cause.text);
			return;
		}
		twins_install(batch->cache, request->function, f, entry, row);
	}
	++*(unit->loaded ? &batch->cache->gauges.loaded : &batch->cache->gauges.compiled);
	publish(batch->cache, request,
		&(struct index_view){ .state = INDEX_READY,
				      .offset = (uint32_t)arena_offset(batch->cache->arena, entry),
				      .size = (uint32_t)result->code_size,
				      .compile_us = narrow_us(result->compile_us) });
}

/* ---- the store ---------------------------------------------------------------- */

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
			 (json_int_t)unit->compile_us, "made_by", made_by(batch->cache), "functions", functions);
}

/* Keep what was compiled now, for other processes and later starts. */
static void unit_store(const struct batch *batch, struct unit *unit)
{
	struct codecache *cache = batch->cache;
	if (unit->store_cause)
		codecache_store_bad(cache, unit->store_cause);
	if (!cache->store || !unit->object || unit->loaded || unit->other_compiler || !unit->key[0])
		return;
	struct store_file file = { .kind = STORE_UNIT,
				   .record = unit_record(batch, unit),
				   .object = unit->object,
				   .object_size = unit->object_size };
	memcpy(file.key, unit->key, sizeof(file.key));
	if (!file.record)
		(void)cause_set(&cache->store_cause, -ENOMEM, "no memory for a record of the store");
	if (file.record && cache->live) {
		unit->object = NULL;
		live_keep(cache->live, &file);
		return;
	}
	if (file.record && store_put(cache->store, &file, &cache->store_cause) == 0)
		cache->gauges.stored++;
	else
		cache->gauges.store_failed++;
	json_decref(file.record);
}

/* Take out of the unit what gave something else than CPython. */
static void wrong_ban(struct batch *batch, struct unit_function *f, size_t i, const char *detail)
{
	struct codecache *cache = batch->cache;
	f->reason = REASON_WRONG_RESULT;
	free(f->detail);
	f->detail = strdup(detail);
	publish(cache, &batch->requests[batch->numbers[i]],
		&(struct index_view){ .state = INDEX_BANNED, .reason = REASON_WRONG_RESULT });
	if (cache->store && f->key[0] &&
	    store_ban(cache->store, f->key, reason_word(REASON_WRONG_RESULT), f->name, detail, &cache->store_cause) < 0)
		cache->gauges.store_failed++;
}

/* What a shadow run says; r < 0: it crashed.  Negative: the functions are to be tried one by one; one that is alone is
 * banned. */
static int verdict(struct batch *batch, struct unit *unit, char **wrong, int r, const struct cause *cause)
{
	if (r < 0 && batch->n == 1) {
		wrong[0] = strdup(cause->text);
		r = 0;
	}
	for (size_t i = 0; i < batch->n; i++) {
		if (wrong[i])
			wrong_ban(batch, &unit->functions[i], i, wrong[i]);
		free(wrong[i]);
	}
	if (r < 0)
		batch_refuse(batch, REASON_COMPILER_FAILED, cause->text);
	return r;
}

static int verify(struct batch *batch, struct unit *unit, const struct image *image)
{
	char *wrong[MAX_BATCH] = { NULL };
	struct cause cause = CAUSE_INIT;
	int r = shadow_run(batch, unit, image, wrong, &cause);
	return verdict(batch, unit, wrong, r, &cause);
}

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
		batch_refuse(batch, REASON_COMPILER_FAILED, "the unit has other functions");
		return 1;
	}
	int rc = unit->object ? loader_load(batch->cache->arena, unit->object, unit->object_size, ret, &cause) : 0;
	if (rc == 0)
		return 0;
	if (rc == -ENOSPC && batch->n == 1) /* where there is room, it is there */
		unit_store(batch, unit);
	batch_refuse(batch, rc == -ENOSPC ? REASON_CACHE_FULL : REASON_BAD_OBJECT, cause.text);
	if (unit->loaded && rc != -ENOSPC) /* by itself it would be found again and again */
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
	if (image && batch->cache->trials && !batch->cache->live && !unit->loaded && verify(batch, unit, image) < 0)
		return 1;
	for (size_t i = 0; i < batch->n; i++)
		unit->functions[i].checked = shadow_has_calls(&batch->requests[batch->numbers[i]]);
	int rc = image ? roster_add_image(batch->cache->roster, image, unit->key) : 0;
	if (rc < 0) {
		batch_refuse(batch, REASON_COMPILER_FAILED, strerrordesc_np(-rc));
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
	unit_store(batch, unit);
	return 0;
}

bool codecache_shadow(struct compiler_job *job, struct shadow *shadow)
{
	struct batch *batch = job->data;
	struct unit *unit = job->unit;
	if (!unit || !unit->object || unit->loaded || !batch->cache->trials || unit->n_functions != batch->n)
		return false;
	if (!shadow_begin(shadow, batch, unit, NULL))
		return false;
	if (loader_load(batch->cache->arena, unit->object, unit->object_size, &batch->image, NULL) < 0)
		return false; /* codecache_finish() will say so */
	shadow->image = batch->image;
	return true;
}

/* The calls came from a worker, and may be made up: they can cost as many functions their native code as faults can. */
void codecache_shadowed(struct compiler_job *job, const struct shadow *shadow)
{
	struct batch *batch = job->data;
	char *wrong[MAX_BATCH] = { NULL };
	struct cause cause = CAUSE_INIT;
	int r = shadow_end(shadow, wrong, &cause);
	if (r == 0 && !wrong[0])
		return;
	if (!codecache_believes(batch->cache)) {
		free(wrong[0]);
		return;
	}
	(void)verdict(batch, job->unit, wrong, r, &cause); /* alone in its unit */
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
	batch_refuse(batch, job->reason, job->detail);
	if (job->reason != REASON_NO_COMPILER)
		return 1;
	(void)cause_set(&batch->cache->compiler, -ENOENT, "%s", job->detail ? job->detail : "no compiler");
	return 0;
}

/* ---- out of service ----------------------------------------------------------- */

void codecache_code(const struct codecache *cache, const void **ret_begin, size_t *ret_size)
{
	*ret_begin = arena_begin(cache->arena);
	*ret_size = arena_size(cache->arena);
}

bool codecache_believes(struct codecache *cache)
{
	return cache->n_faults < MAX_FAULTS && ++cache->n_faults;
}

void codecache_take_out(struct codecache *cache, const struct codecache_ban *ban, struct roster_entry *entry)
{
	if (entry->row != UINT32_MAX && arena_is_writer(cache->arena)) {
		struct index_view view = index_read(cache->index, entry->row);
		view.state = INDEX_BANNED;
		view.reason = ban->reason;
		index_publish(cache->index, entry->row, &view);
	}
	roster_drop(entry);
	cache->gauges.quarantined += ban->reason == REASON_QUARANTINED || ban->reason == REASON_WRONG_RESULT;
	if (cache->store && entry->key[0] &&
	    store_ban(cache->store, entry->key, reason_word(ban->reason), entry->name, ban->detail,
		      &cache->store_cause) < 0)
		cache->gauges.store_failed++;
	if (ban->tell)
		ban->tell(entry, ban, ban->userdata);
}

int codecache_quarantine(struct codecache *cache, size_t offset, const struct codecache_ban *what, struct cause *cause)
{
	if (offset >= arena_used(cache->arena))
		return cause_set(cause, -ENOENT, "there is no code at %#zx", offset);
	if (cache->n_faults >= MAX_FAULTS)
		return cause_set(cause, -EDQUOT, "%d functions are quarantined already; no more is believed",
				 MAX_FAULTS);
	struct roster_entry *entries[UNIT_MAX_FUNCTIONS];
	const char *code = arena_begin(cache->arena);
	size_t n = roster_find(cache->roster, code + offset, entries);
	if (n == 0)
		return cause_set(cause, -ENOENT, "the code at %#zx is out of service already", offset);
	for (size_t i = 0; i < n; i++)
		codecache_take_out(cache, what, entries[i]);
	cache->n_faults++;
	return 0;
}

/* Later starts need not measure it again. */
static void gain_keep(struct codecache *cache, const struct roster_entry *entry)
{
	struct store_file file;
	if (!cache->store || store_gain_pack(entry->key, entry->name, entry->gain, &file, NULL) < 0)
		return;
	if (cache->live) {
		live_keep(cache->live, &file);
		return;
	}
	if (store_put(cache->store, &file, &cache->store_cause) < 0)
		cache->gauges.store_failed++;
	store_file_clear(&file);
}

void codecache_measured(struct codecache *cache, const struct native_function *native,
			const struct trial_result *result, const struct codecache_ban *what)
{
	size_t n;
	struct roster_entry *entries = roster_entries(cache->roster, &n);
	for (size_t i = 0; i < n; i++) {
		if (entries[i].native != native || entries[i].dropped)
			continue;
		bool known = entries[i].gain > 0;
		entries[i].gain = (double)result->cpython_ns / (double)result->native_ns;
		if (result->verdict == TRIAL_LOSES)
			codecache_take_out(cache, what, &entries[i]);
		else if (result->verdict == TRIAL_GAINS && !known) /* else it is tried again in the next start */
			gain_keep(cache, &entries[i]);
	}
}

const char *codecache_name_at(const struct codecache *cache, size_t offset)
{
	struct roster_entry *entries[UNIT_MAX_FUNCTIONS];
	const char *code = arena_begin(cache->arena);
	return roster_find(cache->roster, code + offset, entries) ? entries[0]->name : NULL;
}

void codecache_at_boundary(struct codecache *cache)
{
	uint32_t bans = index_bans(cache->index);
	if (bans == cache->bans_seen)
		return;
	cache->bans_seen = bans;
	roster_drop_banned(cache->roster, cache->index);
}

/* ---- batches ------------------------------------------------------------------ */

/* Compile the functions with these numbers, at most size of them in a unit.  Those whose unit failed as a whole are
 * left in numbers; returns how many these are. -ENOMEM. */
static ssize_t compile_in_batches(const struct batch *all, size_t *numbers, size_t n, size_t size)
{
	cleanup_free size_t *sizes = calloc(n + 1, sizeof(*sizes));
	size_t n_batches = sizes ? unit_plan(all->requests, numbers, n, size, sizes) : 0, n_failed = 0, at = 0;
	cleanup_free struct batch *batches = calloc(n_batches + 1, sizeof(*batches));
	cleanup_free struct compiler_job *jobs = calloc(n_batches + 1, sizeof(*jobs));
	if (n_batches == 0 || !batches || !jobs)
		return -ENOMEM;
	for (size_t b = 0; b < n_batches; b++) {
		batches[b] = *all;
		batches[b].n = sizes[b];
		memcpy(batches[b].numbers, numbers + at, sizes[b] * sizeof(numbers[0]));
		at += sizes[b];
		jobs[b] = (struct compiler_job){ .work = codecache_work, .data = &batches[b] };
		codecache_announce(&batches[b], INDEX_COMPILING);
	}
	const struct codecache *cache = all->cache;
	compiler_run(jobs, n_batches,
		     &(struct compiler_options){ .children = cache->compilers,
						 .timeout_ms = cache->timeout_ms ? cache->timeout_ms : 1,
						 .urgent = cache->urgent,
						 .show_stderr = cache->dump_ir,
						 .until_us = cache->until_us });
	for (size_t b = 0; b < n_batches; b++) {
		/* In order: numbers is overwritten behind what was read. */
		if (codecache_finish(&jobs[b]) > 0)
			for (size_t i = 0; i < batches[b].n; i++)
				numbers[n_failed++] = batches[b].numbers[i];
		compiler_job_clear(&jobs[b]);
	}
	return (ssize_t)n_failed;
}

/* As large as leaves work for each child. */
static size_t batch_size(const struct codecache *cache, size_t n)
{
	size_t size = (n + cache->compilers - 1) / cache->compilers;
	return size > MAX_BATCH ? MAX_BATCH : size;
}

/* What can be refused, or is there, without a compiler.  The numbers of the others; how many these are. */
static size_t requests_sort(const struct batch *all, size_t n, size_t *numbers)
{
	size_t n_left = 0;
	for (size_t i = 0; i < n; i++) {
		struct codecache_result *result = &all->results[i];
		PyObject *function = all->requests[i].function;
		*result = (struct codecache_result){ .reason = REASON_NONE };
		result->native = all->requests[i].again ? NULL : native_of(function);
		if (result->native)
			continue;
		enum reason reason = jit_refuse(function);
		struct index_view view = published(all->cache, &all->requests[i]);
		if (reason == REASON_NONE && view.state == INDEX_BANNED)
			reason = view.reason;
		if (reason != REASON_NONE)
			codecache_refuse(result, reason, NULL);
		else
			numbers[n_left++] = i;
	}
	return n_left;
}

/* What was refused in the end. */
void codecache_refusals(const struct batch *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct codecache_result *result = &all->results[i];
		if (result->native)
			continue;
		if (all->stored || result->late) {
			publish(all->cache, &all->requests[i], &(struct index_view){ .state = INDEX_NONE });
			continue;
		}
		all->cache->gauges.refused++;
		all->cache->gauges.full += result->reason == REASON_CACHE_FULL;
		all->cache->gauges.quarantined +=
			result->reason == REASON_QUARANTINED || result->reason == REASON_WRONG_RESULT;
		publish(all->cache, &all->requests[i],
			&(struct index_view){ .state = INDEX_REFUSED,
					      .reason = result->reason,
					      .compile_us = narrow_us(result->compile_us) });
	}
}

/* Those that share units come first; how many these are.  The order is kept, since it makes the units. */
static size_t together_first(const struct batch *all, size_t *numbers, size_t n)
{
	size_t n_together = 0;
	for (size_t i = 0; i < n; i++) {
		size_t number = numbers[i];
		if (all->requests[number].alone)
			continue;
		memmove(numbers + n_together + 1, numbers + n_together, (i - n_together) * sizeof(numbers[0]));
		numbers[n_together++] = number;
	}
	return n_together;
}

/* In units of several functions; those of units that fail are tried one by one. */
static int compile_numbers(const struct batch *all, size_t *numbers, size_t n)
{
	size_t size = n ? batch_size(all->cache, n) : 1;
	ssize_t n_failed = n ? compile_in_batches(all, numbers, n, size) : 0;
	if (n_failed > 0 && size > 1)
		n_failed = compile_in_batches(all, numbers, (size_t)n_failed, 1);
	return n_failed < 0 ? (int)n_failed : 0;
}

static int compile_all(const struct batch *all, size_t n, struct cause *cause)
{
	struct codecache *cache = all->cache;
	struct codecache_result *results = all->results;
	cleanup_free size_t *numbers = calloc(n + 1, sizeof(*numbers));
	if (!numbers)
		return cause_set_errno(cause, -ENOMEM, "cannot compile %zu functions", n);
	size_t n_left = requests_sort(all, n, numbers);
	/* With a store a child may find what it cannot make. */
	if (n_left > 0 && codecache_look(cache) < 0 && !cache->store) {
		for (size_t i = 0; i < n_left; i++)
			codecache_refuse(&results[numbers[i]], REASON_NO_COMPILER, cache->compiler.text);
		n_left = 0;
	}
	size_t n_together = together_first(all, numbers, n_left);
	int rc = compile_numbers(all, numbers, n_together);
	ssize_t r = rc == 0 && n_left > n_together
			    ? compile_in_batches(all, numbers + n_together, n_left - n_together, 1)
			    : rc;
	rc = r < 0 ? (int)r : 0;
	if (rc < 0) {
		codecache_results_free(results, n);
		return cause_set_errno(cause, rc, "cannot compile %zu functions", n);
	}
	codecache_refusals(all, n);
	return 0;
}

void codecache_wait_until(struct codecache *cache, uint64_t us)
{
	cache->until_us = us;
}

int codecache_compile(struct codecache *cache, const struct codecache_request *requests, size_t n,
		      struct codecache_result *results, struct cause *cause)
{
	return compile_all(&(struct batch){ .cache = cache, .requests = requests, .results = results }, n, cause);
}

int codecache_recall(struct codecache *cache, const struct codecache_request *requests, size_t n,
		     struct codecache_result *results, struct cause *cause)
{
	struct batch all = { .cache = cache, .stored = true, .requests = requests, .results = results };
	return compile_all(&all, n, cause);
}
