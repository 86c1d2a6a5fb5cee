/* bans.c - code that is wrong, crashes or gains nothing goes out of service: here, in workers at their next requests,
 * and in later starts.  See codecache.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/arena.h"
#include "codecache/codecache_priv.h"
#include "codecache/loader.h"
#include "codecache/roster.h"
#include "codecache/shadow.h"
#include "common/cleanup.h"

enum { MAX_FAULTS = 64 }; /* quarantines for faults: who says that it crashed runs user code */

/* ---- out of service ----------------------------------------------------------- */

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
	codecache_keep_ban(cache, &(struct store_ban){ .key = entry->key,
						       .word = reason_word(ban->reason),
						       .name = entry->name,
						       .detail = ban->detail });
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
			codecache_keep_gain(cache, &entries[i]);
	}
}

void codecache_at_boundary(struct codecache *cache)
{
	uint32_t bans = index_bans(cache->index);
	if (bans == cache->bans_seen)
		return;
	cache->bans_seen = bans;
	roster_drop_banned(cache->roster, cache->index);
}

/* ---- shadow runs -------------------------------------------------------------- */

/* Take out of the unit what gave something else than CPython. */
static void wrong_ban(struct batch *batch, struct unit_function *f, size_t i, const char *detail)
{
	struct codecache *cache = batch->cache;
	f->reason = REASON_WRONG_RESULT;
	free(f->detail);
	f->detail = strdup(detail);
	codecache_publish(cache, &batch->requests[batch->numbers[i]],
			  &(struct index_view){ .state = INDEX_BANNED, .reason = REASON_WRONG_RESULT });
	codecache_keep_ban(cache, &(struct store_ban){ .key = f->key,
						       .word = reason_word(REASON_WRONG_RESULT),
						       .name = f->name,
						       .detail = detail });
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
		codecache_refuse_batch(batch, REASON_COMPILER_FAILED, cause->text);
	return r;
}

int codecache_verify(struct batch *batch, struct unit *unit, const struct image *image)
{
	char *wrong[MAX_BATCH] = { NULL };
	struct cause cause = CAUSE_INIT;
	int r = shadow_run(batch, unit, image, wrong, &cause);
	return verdict(batch, unit, wrong, r, &cause);
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
