/* adopt.c - the worker's side of publishing: functions that other workers found hot become native here too.  See
 * codecache.h and publications.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "codecache/arena.h"
#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/publications.h"
#include "codecache/roster.h"
#include "codecache/symbols.h"
#include "common/cleanup.h"

int codecache_share(struct codecache *cache, struct cause *cause)
{
	return cache->catalogue ? 0 : catalogue_new(&cache->catalogue, cause);
}

const struct catalogue *codecache_catalogue(const struct codecache *cache)
{
	return cache->catalogue;
}

bool codecache_has_news(const struct codecache *cache)
{
	return publications_count(cache->publications) != cache->n_adopted;
}

PyObject *codecache_function(const struct codecache *cache, uint32_t number)
{
	const struct catalogue *catalogue = cache->catalogue;
	PyObject *function = catalogue_function(catalogue, number);
	const struct native_function *native = native_of(function);
	PyObject *code = native ? native_original_code(native) : PyFunction_GET_CODE(function);
	return code == catalogue_code(catalogue, number) ? function : NULL;
}

/* Of the function that was enlisted last. */
static void show(struct codecache *cache, const struct publication *publication, const void *entry)
{
	size_t n;
	const struct roster_entry *entries = roster_entries(cache->roster, &n);
	cleanup_free char *name = NULL;
	if (publication->symfile)
		symbols_register(publication->symfile, publication->symfile_size);
	if (!(cache->symbols & SYMBOLS_PERF) || n == 0 ||
	    asprintf(&name, "%s(%s)", entries[n - 1].name, entries[n - 1].types) < 0)
		return;
	symbols_dump(name, entry, publication->code_size);
}

static int adopt_one(struct codecache *cache, const struct publication *publication, struct native_function **ret,
		     struct cause *cause)
{
	*ret = NULL;
	const void *entry = arena_at(cache->arena, publication->entry);
	if (!entry || publication->function >= catalogue_count(cache->catalogue))
		return cause_set(cause, -EBADMSG, "function %u at %u is none", publication->function,
				 publication->entry);
	PyObject *function = codecache_function(cache, publication->function);
	if (!function)
		return 0;
	cleanup(unit_function_clear) struct unit_function f;
	int r = unit_function_from_text(publication->text, publication->size, &f, cause);
	if (r == 0)
		r = native_adopt(function, &f, entry, publication->index, ret, cause);
	if (r == 0) {
		r = codecache_enlist(cache, &f, *ret, entry, publication->row);
		r = r < 0 ? cause_set_errno(cause, r, "%s", f.name) : 0;
	}
	if (r == 0)
		show(cache, publication, entry);
	return r;
}

unsigned codecache_adopt(struct codecache *cache,
			 void (*adopted)(uint32_t number, struct native_function *native, void *userdata),
			 void *userdata, struct cause *cause)
{
	unsigned failed = 0;
	for (uint32_t n = publications_count(cache->publications); cache->n_adopted < n; cache->n_adopted++) {
		struct publication publication = publications_read(cache->publications, cache->n_adopted);
		struct native_function *native;
		if (adopt_one(cache, &publication, &native, cause) < 0)
			failed++;
		else if (native)
			adopted(publication.function, native, userdata);
	}
	return failed;
}
