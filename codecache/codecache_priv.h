/* codecache_priv.h - between codecache.c and live.c. */
#pragma once

#include "codecache/codecache.h"
#include "codecache/compiler.h"
#include "codecache/index.h"
#include "codecache/jit/jit.h"
#include "codecache/store.h"

enum { MAX_BATCH = 8 }; /* functions of a unit */

struct image;
struct roster_entry;
struct shadow;

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
	char *module;                /* NULL: not found */
	const char *cpu;
	unsigned compilers, timeout_ms;
	uint64_t until_us; /* codecache_compile() waits no longer; 0: for all */
	int optimize;
	bool eager, urgent, dump_ir, trials;
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

/* Look again for what it takes to compile: 0, or -ENOENT with cache->compiler. */
int codecache_look(struct codecache *cache);

/* What the cache tells the compiler. */
struct jit_options codecache_jit_options(const struct codecache *cache, const char *object_path);

/* struct compiler_job.work of a batch. */
int codecache_work(const char *object_path, void *data, struct unit **ret, struct cause *cause);

/* Before codecache_finish(): whether what came out is to be run in shadow first, by the shadow's job.  Then
 * codecache_shadowed() when that has ended. */
bool codecache_shadow(struct compiler_job *job, struct shadow *shadow);
void codecache_shadowed(struct compiler_job *job, const struct shadow *shadow);

/* Take over what became of a batch's job.  1: its functions should be tried one by one. */
int codecache_finish(struct compiler_job *job);

/* Count and publish what was refused in the end. */
void codecache_refusals(const struct batch *all, size_t n);

/* The state of all functions of the batch in the index. */
void codecache_announce(const struct batch *batch, enum index_state state);

/* Note whose code it is, so that it can be taken back, and begin its trial if there are any.  If that fails (-ENOMEM)
 * the function does not run it. */
int codecache_enlist(struct codecache *cache, const struct unit_function *f, struct native_function *native,
		     const void *entry, uint32_t row) __attribute__((warn_unused_result));

/* What workers say of code may be made up: whether one more function may lose its code for it.  Counted. */
bool codecache_believes(struct codecache *cache);

/* Out of service, here, in workers at their next requests, and in later starts. */
void codecache_take_out(struct codecache *cache, const struct codecache_ban *ban, struct roster_entry *entry);

void codecache_refuse(struct codecache_result *result, enum reason reason, const char *detail);
