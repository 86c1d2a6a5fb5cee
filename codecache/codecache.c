/* codecache.c - see codecache.h
 *
 *     requests -> batches -> compiler children -> units -> loader, arena -> index -> functions
 *     batches.c              compiler.c           install.c                  rows.c   (and to the store: kept.c)
 *
 * Here is what all of them share: what there is to compile with, the cache's life, and what is asked of it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecache/arena.h"
#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/cpu.h"
#include "codecache/jit/gcc_memory.h"
#include "codecache/live.h"
#include "codecache/publications.h"
#include "codecache/roster.h"
#include "codecache/store_writer.h"
#include "codecache/symbols.h"
#include "common/cleanup.h"
#include "common/compiler_directory.h"

enum {
	MIN_SIZE = 64 << 10,
	MAX_SIZE = 1 << 30,
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

/* What fails here fails in the child, which says so. */
static void load_module(const struct codecache *cache)
{
	(void)dlopen(cache->module, RTLD_NOW | GCC_MEMORY_DLOPEN);
}

void codecache_preload(struct codecache *cache)
{
	if (!cache->preload_later || cache->gauges.compiled == 0 || codecache_look(cache) < 0)
		return;
	cache->preload_later = false;
	load_module(cache);
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
	cache->timeout_ms = options->timeout_ms ? options->timeout_ms : 1;
	cache->optimize = options->optimize;
	cache->store_size = options->store_size;
	cache->eager = options->eager;
	cache->urgent = options->urgent;
	cache->dump_ir = options->dump_ir;
	cache->trials = options->trials;
	cache->for_workers = options->for_workers;
	if (options->plant && !(cache->plant = strdup(options->plant)))
		return cause_set_errno(cause, -ENOMEM, "the code cache");
	compiler_directory_tidy();
	cache->preload_later = options->preload_later;
	if (codecache_look(cache) == 0 && options->preload)
		load_module(cache);
	if (options->directory && *options->directory) {
		struct store_options store = { .directory = options->directory, .max_bytes = options->store_size };
		if (store_open(&store, &cache->store, &cache->store_cause) < 0 ||
		    (options->background && codecache_keep_begin(cache, &cache->store_cause) < 0)) {
			store_free(cache->store); /* the cache works without */
			cache->store = NULL;
		}
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
	codecache_stop(cache);
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
	store_writer_free(steal_ptr(cache->writer));
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

json_t *codecache_own_made_by(const struct codecache *cache)
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
	return json_pack("{s:s?, s:I, s:s?, s:o, s:o}", "directory",
			 cache->store ? store_directory(cache->store) : NULL, "max_bytes",
			 (json_int_t)cache->store_size, "cause",
			 cache->store_cause.text[0] ? cache->store_cause.text : NULL, "made_by",
			 codecache_own_made_by(cache), "units", units);
}

/* ---- where code is ------------------------------------------------------------ */

void codecache_code(const struct codecache *cache, const void **ret_begin, size_t *ret_size)
{
	*ret_begin = arena_begin(cache->arena);
	*ret_size = arena_size(cache->arena);
}

const char *codecache_name_at(const struct codecache *cache, size_t offset)
{
	struct roster_entry *entries[UNIT_MAX_FUNCTIONS];
	const char *code = arena_begin(cache->arena);
	return roster_find(cache->roster, code + offset, entries) ? entries[0]->name : NULL;
}
