/* codecache_priv.h - between the files that make up the cache: codecache.c shows which these are. */
#pragma once

#include "codecache/codecache.h"
#include "codecache/compiler.h"
#include "codecache/index.h"
#include "codecache/jit/jit.h"
#include "codecache/store.h"

enum { MAX_BATCH = 8 }; /* functions of a unit */

struct image;
struct live;
struct roster_entry;
struct shadow;
struct store_writer;

struct codecache {
	struct arena *arena;
	struct index *index;
	struct roster *roster;
	uint32_t bans_seen; /* index_bans() when the roster was last compared with it */
	unsigned n_faults;  /* quarantines so far */
	struct publications *publications;
	struct catalogue *catalogue; /* NULL until codecache_share() */
	uint32_t n_adopted;          /* publications that this process has */
	struct live *live;           /* NULL: everything is compiled while its caller waits */
	struct store_writer *writer; /* NULL: who keeps a file waits for the disk */
	char *module;                /* NULL: not found */
	const char *cpu;
	unsigned compilers, timeout_ms;
	uint64_t until_us; /* codecache_compile() waits no longer; 0: for all */
	int optimize;
	bool eager, urgent, dump_ir, trials, for_workers, preload_later;
	unsigned symbols;
	const void *symfile; /* of the unit that is being published, in shared memory; NULL: none, or told already */
	size_t symfile_size;
	char *plant;              /* NULL: nothing */
	struct cause compiler;    /* what is missing; empty: nothing */
	struct store *store;      /* NULL: none */
	uint64_t store_size;      /* most bytes of it; 0: no limit */
	struct cause store_cause; /* what went wrong with it last */
	struct codecache_gauges gauges;
};

/* Functions that are compiled together. */
struct batch {
	struct codecache *cache;
	bool stored; /* only what the store has */
	size_t n;
	size_t numbers[MAX_BATCH];                /* of requests and results */
	const struct codecache_request *requests; /* all of them */
	struct codecache_result *results;
	struct image *image; /* its code, loaded by codecache_shadow(); codecache_finish() takes it over */
};

/* ---- codecache.c ---- */

/* Look again for what it takes to compile: 0, or -ENOENT with cache->compiler. */
int codecache_look(struct codecache *cache);

/* Before a compiler is started that will use libgccjit, most likely: perhaps load it here, once for all children. */
void codecache_preload(struct codecache *cache);

/* What its units have in common (see jit_made_by()); a new reference. */
json_t *codecache_own_made_by(const struct codecache *cache);

/* ---- batches.c ---- */

/* What the cache tells the compiler. */
struct jit_options codecache_jit_options(const struct codecache *cache, const char *object_path);

/* struct compiler_job.work of a batch. */
int codecache_work(const char *object_path, void *data, struct unit **ret, struct cause *cause);

/* What can be refused, or is there, without a compiler.  The numbers of the others; how many these are. */
size_t codecache_sort(const struct batch *all, size_t n, size_t *numbers);

/* Count and publish what was refused in the end. */
void codecache_refusals(const struct batch *all, size_t n);

/* ---- rows.c ---- */

/* Not native, for this reason; detail: for people, may be NULL. */
void codecache_refuse(struct codecache_result *result, enum reason reason, const char *detail);
void codecache_refuse_batch(struct batch *batch, enum reason reason, const char *detail);

/* Its row in the index; UINT32_MAX if that is full. */
uint32_t codecache_row(struct codecache *cache, const struct codecache_request *request);

/* What the index says of it; what is banned stays so. */
void codecache_publish(struct codecache *cache, const struct codecache_request *request, const struct index_view *view);
struct index_view codecache_published(const struct codecache *cache, const struct codecache_request *request);

/* The state of all functions of the batch in the index. */
void codecache_announce(const struct batch *batch, enum index_state state);

/* As the index has it. */
static inline uint32_t codecache_narrow_us(uint64_t us)
{
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* ---- install.c ---- */

/* Take over what became of a batch's job.  1: its functions should be tried one by one. */
int codecache_finish(struct compiler_job *job);

/* Note whose code it is, so that it can be taken back, and begin its trial if there are any.  If that fails (-ENOMEM)
 * the function does not run it. */
int codecache_enlist(struct codecache *cache, const struct unit_function *f, struct native_function *native,
		     const void *entry, uint32_t row) __attribute__((warn_unused_result));

/* ---- bans.c ---- */

/* Run what came out in shadow, if there are calls to do it with.  Negative: the functions should be tried one by one.
 */
int codecache_verify(struct batch *batch, struct unit *unit, const struct image *image);

/* The same without waiting, before codecache_finish(): whether what came out is to be run by the shadow's job first.
 * Then codecache_shadowed() when that has ended. */
bool codecache_shadow(struct compiler_job *job, struct shadow *shadow);
void codecache_shadowed(struct compiler_job *job, const struct shadow *shadow);

/* What workers say of code may be made up: whether one more function may lose its code for it.  Counted. */
bool codecache_believes(struct codecache *cache);

/* Out of service, here, in workers at their next requests, and in later starts. */
void codecache_take_out(struct codecache *cache, const struct codecache_ban *ban, struct roster_entry *entry);

/* ---- kept.c ---- */

/* From now on nobody waits for the disk.  -errno with cause. */
int codecache_keep_begin(struct codecache *cache, struct cause *cause) __attribute__((warn_unused_result));

/* For other processes and later starts: what was compiled now, which takes the object file out of the unit; what a
 * function gains, which need not be measured again; and what must not run. */
void codecache_keep_unit(const struct batch *batch, struct unit *unit);
void codecache_keep_gain(struct codecache *cache, const struct roster_entry *entry);
void codecache_keep_ban(struct codecache *cache, const struct store_ban *ban);
