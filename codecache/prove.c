/* prove.c - the zygote's side of proof.h: calls that a worker has kept are run in shadow, beside CPython.  See live.h.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/live.h"
#include "codecache/roster.h"
#include "codecache/shadow.h"
#include "common/cleanup.h"

/* One shadow run. */
struct prove {
	struct codecache *cache;
	size_t entry; /* of the roster */
	struct codecache_ban ban;
	struct unit_function function; /* belongs to the native function */
	struct unit unit;
	struct codecache_request request;
	struct batch batch;
	struct shadow shadow;
	char calls[];
};

/* The code that is not proved, NULL: there is none, or it was tried. */
static struct roster_entry *find(const struct codecache *cache, const struct live_order *wanted,
				 const struct unit_function **ret_meta)
{
	size_t n;
	struct roster_entry *entries = roster_entries(cache->roster, &n);
	const struct native_function *native = native_of(catalogue_function(cache->catalogue, wanted->number));
	for (size_t i = 0; native && i < n; i++) {
		const struct unit_function *meta = native_meta(entries[i].native, entries[i].code);
		bool same = entries[i].native == native && entries[i].unproven && !entries[i].dropped && meta &&
			    meta->n_params == wanted->n_params;
		for (uint32_t k = 0; same && k < wanted->n_params; k++)
			same = meta->params[k] == wanted->params[k];
		if (same) {
			*ret_meta = meta;
			return &entries[i];
		}
	}
	return NULL;
}

/* Who sends the calls may have made them up: they can cost as many functions their code as faults can. */
static void judge(struct prove *prove)
{
	size_t n;
	struct roster_entry *entry = &roster_entries(prove->cache->roster, &n)[prove->entry];
	char *wrong[1] = { NULL };
	struct cause cause = CAUSE_INIT;
	int r = shadow_end(&prove->shadow, wrong, &cause);
	cleanup_free char *detail = r < 0 ? strdup(cause.text) : wrong[0];
	if (!detail || entry->dropped || !codecache_believes(prove->cache))
		return;
	prove->ban.reason = REASON_WRONG_RESULT;
	prove->ban.detail = detail;
	codecache_take_out(prove->cache, &prove->ban, entry);
}

static void done(struct compiler_job *job)
{
	struct prove *prove = (struct prove *)((char *)job - offsetof(struct prove, shadow.job));
	judge(prove);
	compiler_job_clear(job);
	free(prove);
}

static struct prove *prove_new(struct codecache *cache, const struct live_order *wanted,
			       const struct roster_entry *entry, const struct unit_function *meta)
{
	struct prove *prove = calloc(1, sizeof(*prove) + wanted->calls_size);
	if (!prove)
		return NULL;
	size_t n;
	memcpy(prove->calls, wanted->calls, wanted->calls_size);
	prove->cache = cache;
	prove->entry = (size_t)(entry - roster_entries(cache->roster, &n));
	prove->function = *meta;
	prove->unit = (struct unit){ .n_functions = 1, .functions = &prove->function };
	prove->request = (struct codecache_request){ .function = catalogue_function(cache->catalogue, wanted->number),
						     .params = meta->params,
						     .n_params = meta->n_params,
						     .packed_calls = prove->calls,
						     .packed_size = wanted->calls_size };
	prove->batch = (struct batch){ .cache = cache, .n = 1, .requests = &prove->request };
	return prove;
}

int live_prove(struct live *live, struct codecache *cache, const struct live_order *wanted,
	       const struct codecache_ban *ban, struct cause *cause)
{
	if (wanted->number >= catalogue_count(cache->catalogue))
		return cause_set(cause, -EBADMSG, "there is no function %u", wanted->number);
	const struct unit_function *meta;
	struct roster_entry *entry = wanted->calls_size > 0 ? find(cache, wanted, &meta) : NULL;
	if (!entry)
		return 0; /* another worker was first */
	struct prove *prove = prove_new(cache, wanted, entry, meta);
	if (!prove)
		return cause_set_errno(cause, -ENOMEM, "a shadow run");
	entry->unproven = false;
	native_proved(entry->native, entry->code);
	prove->ban = *ban;
	if (!shadow_begin(&prove->shadow, &prove->batch, &prove->unit, roster_image(cache->roster, entry->image))) {
		free(prove);
		return 0;
	}
	prove->shadow.job.done = done;
	live_run(live, &prove->shadow.job);
	return 0;
}
