/* codecache.h - the code cache, as zygote and preforge-python see it: functions go in, native functions come out. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/native.h"
#include "codecache/unit.h"
#include "common/cause.h"

typedef struct _object PyObject;

struct catalogue;
struct codecache;
struct index;
struct roster;
struct roster_entry;
struct store;
struct store_file;

struct codecache_options {
	size_t size;           /* bytes reserved for code, 64 KiB to 1 GiB */
	const char *directory; /* of the store (see store.h); NULL: nothing is kept */
	uint64_t store_size;   /* most bytes of it; 0: no limit */
	const char *module;    /* path of preforge-gccjit.so; NULL: beside the program, else where it was installed */
	unsigned compilers;    /* compiler children at a time, at least 1 */
	unsigned timeout_ms;   /* of one compiler child */
	int optimize;          /* gcc's -O, 0 to 3 */
	const char *cpu;       /* as cpu_level() has it; NULL: what this machine has */
	bool eager;            /* compile also what gains nothing */
	bool urgent;           /* the program waits for its compilers: they do not give way */
	const char *plant;     /* a fault of the compiler, see jit/plant.h; NULL: none */
	bool preload;          /* load libgccjit here and now, and not in each child: for many small units */
	bool preload_later;    /* the same once something was compiled, so that more is likely to be */
	bool background;       /* nobody waits for the disk: see codecache_keep_fd() */
	bool for_workers;      /* forked from this process: what they could not be told to drop they do not get */
	bool trials;           /* see by real calls whether functions gain anything */
	const char *symbols;   /* as symbols_from_word() has it; NULL: nothing */
	bool dump_ir;          /* compiler children print IR after each pass to stderr */
};

struct codecache_request {
	PyObject *function; /* borrowed */
	const enum value_type *params;
	uint32_t n_params;
	struct unit_loop loop; /* where the code begins; pc 0: with a call */
	const char *feedback;  /* as feedback_take() has it; NULL: what the code says itself */
	PyObject *calls; /* a list of calls' arguments (tuples) to try it with, see shadow.h; borrowed, may be NULL */
	const void *packed_calls; /* the same, as shadow_pack() has it, from a worker: nobody but a child reads it */
	size_t packed_size;       /* 0: none */
	bool again;               /* also if it is native: for other types, or for what it has been left for */
	bool alone;               /* a unit of its own: so it was compiled when it became hot, so the store has it */
};

/* What became of one function. */
struct codecache_result {
	struct native_function *native; /* NULL: not native */
	enum reason reason;
	char *detail;        /* may be NULL; codecache_results_free() */
	uint64_t compile_us; /* wall time of its unit, microseconds */
	size_t code_size;    /* bytes of machine code in the arena */
	double gain;         /* as measured by an earlier start; 0: not known */
	bool late;           /* it was not waited for, see codecache_wait_until() */
};

struct codecache_gauges {
	uint64_t compiled, loaded, refused, quarantined; /* functions, since the start; loaded: from the store */
	uint64_t full;                                   /* functions refused for want of room */
	size_t size, used;                               /* bytes of the arena */
	uint32_t rows, max_rows;                         /* of the index */
	/* Of the store, since the start: units written, files not written for an error, and found but not usable. */
	uint64_t stored, store_failed, store_bad;
	uint64_t compiler_runs, compiler_us; /* compiler children that have ended, and their wall time, microseconds */
};

/* Reserve the arena (see arena.h).  -errno with cause. */
int codecache_new(const struct codecache_options *options, struct codecache **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void codecache_free(
	struct codecache *cache); /* for tests; NULL is fine; native functions must not be called any more */
static inline void codecache_freep(struct codecache **cache)
{
	codecache_free(*cache);
}

/* Compile and install n functions: forks compiler children, one unit each or several functions in one unit, waits for
 * all, publishes and installs what came out.  results[i] says what became of requests[i]; a failing or dying compiler
 * is a reason there, not an error.  -errno with cause only if nothing at all could be done. */
int codecache_compile(struct codecache *cache, const struct codecache_request *requests, size_t n,
		      struct codecache_result *results, struct cause *cause) __attribute__((warn_unused_result));

/* Compile and install one function while the program goes on: codecache_end() is to be called now and then, until it
 * says true and has freed *ret.  codecache_forget() ends it before that; in a forked child it leaves what runs alone.
 * -EBUSY with cause if the process has other threads, -errno with cause if it cannot be done. */
struct codecache_beside;
int codecache_begin(struct codecache *cache, const struct codecache_request *request, struct codecache_beside **ret,
		    struct cause *cause) __attribute__((warn_unused_result));
bool codecache_end(struct codecache_beside *beside, struct codecache_result *ret);
void codecache_forget(struct codecache_beside *beside); /* NULL is fine */

/* codecache_compile() waits until then (CLOCK_MONOTONIC, microseconds), and no longer; 0: for everything. */
void codecache_wait_until(struct codecache *cache, uint64_t us);

/* The same with what the store has: nothing is compiled, and what is not there is REASON_NOT_STORED. */
int codecache_recall(struct codecache *cache, const struct codecache_request *requests, size_t n,
		     struct codecache_result *results, struct cause *cause) __attribute__((warn_unused_result));
void codecache_results_free(struct codecache_result *results, size_t n); /* the details, not the array */

/* What is taken out of service, and why. */
struct codecache_ban {
	enum reason reason;
	const char *detail; /* for people; may be NULL */
	/* Told of each specialization, after the fact.  May be NULL. */
	void (*tell)(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata);
	void *userdata;
};

/* Somebody crashed at this offset of the code, or says so: the function whose code it is goes back to CPython, here
 * and, at their next requests, in all workers, and stays there in later starts.  -ENOENT with cause if nobody's code is
 * there; -EDQUOT if that has happened too often to be believed. */
int codecache_quarantine(struct codecache *cache, size_t offset, const struct codecache_ban *ban, struct cause *cause)
	__attribute__((warn_unused_result));

/* The functions of that native one gain nothing, or what they gain. */
void codecache_measured(struct codecache *cache, const struct native_function *native,
			const struct trial_result *result, const struct codecache_ban *ban);

/* Whose code is at this offset, NULL if nobody's; for a signal handler too. */
const char *codecache_name_at(const struct codecache *cache, size_t offset);

/* In a worker between two requests: drop what was banned since. */
void codecache_at_boundary(struct codecache *cache);

/* Where code may be, for fault_catch(). */
void codecache_code(const struct codecache *cache, const void **ret_begin, size_t *ret_size);

/* "ok", or a sentence that says what is missing to compile. */
const char *codecache_compiler(const struct codecache *cache);

/* The store, NULL if there is none; then and after a failure *ret_cause says why, else it is "". */
struct store *codecache_store(const struct codecache *cache, const char **ret_cause);

/* Write a file into the store, if there is one; what is in it is taken over.  How that went the gauges say, and
 * codecache_store(). */
void codecache_keep(struct codecache *cache, struct store_file *file);

/* With options.background: readable when codecache_keep_step() has something to do; -1 if there is never anything. */
int codecache_keep_fd(const struct codecache *cache);
void codecache_keep_step(struct codecache *cache);

/* Wait until all is written, and no longer than this. */
void codecache_keep_flush(struct codecache *cache, unsigned timeout_ms);

/* Count a file of the store that cannot be used. */
void codecache_store_bad(struct codecache *cache, const char *cause);

/* What units that this program makes have in common (see jit_made_by()), for this machine's CPU; a new reference. */
json_t *codecache_made_by(int optimize);

/* For preforgectl cache: {"directory":, "max_bytes":, "cause":, "made_by":, "units": [key...]}, of what this process
 * has installed; a new reference, NULL if there is no memory. */
json_t *codecache_store_json(const struct codecache *cache);

/* What was installed. */
struct roster *codecache_roster(const struct codecache *cache);

/* What is published, for reading; also in workers. */
const struct index *codecache_index(const struct codecache *cache);

void codecache_get_gauges(const struct codecache *cache, struct codecache_gauges *ret);

/* ---- explaining ---- */

/* Tell done of what the compiler makes of a function: a report as jit_explain() has it (borrowed), with "native",
 * "gain" and "code_bytes" of the code that runs if it is the same one, and "exits" with "count", how often the code was
 * left there: the sums over n_tables tables of exit counters.  NULL with a cause if there is none.  what: enum
 * jit_explain. After codecache_share() done is called later, from the event loop; before that at once.  -ENOMEM with
 * cause. */
typedef void (*codecache_explained)(json_t *report, const char *cause, void *userdata);
struct codecache_explain {
	struct codecache_request request; /* copied */
	unsigned what;
	const struct exit_counter *tables;
	size_t n_tables;
	codecache_explained done;
	void *userdata;
};
int codecache_explain(struct codecache *cache, const struct codecache_explain *wanted, struct cause *cause)
	__attribute__((warn_unused_result));

/* ---- workers that are there already ---- */

/* Before the first fork, and before gc.freeze(), which hides objects: number the functions that there are (see
 * catalogue.h).  -errno with cause. */
int codecache_share(struct codecache *cache, struct cause *cause) __attribute__((warn_unused_result));

/* NULL before codecache_share(). */
const struct catalogue *codecache_catalogue(const struct codecache *cache);

/* The function of this number, borrowed; NULL if the program has given it other code since. */
PyObject *codecache_function(const struct codecache *cache, uint32_t number);

/* End compiling for workers (see live.h) and writing: what runs is killed. */
void codecache_stop(struct codecache *cache);

/* Whether codecache_adopt() has something to do. */
bool codecache_has_news(const struct codecache *cache);

/* In a worker, between two calls: install what the zygote has published since the last time (or the fork), calling
 * adopted(number in the catalogue, native, userdata) for each.  Functions that cannot be made native here stay with
 * CPython: returns how many these are, with the last one's cause. */
unsigned codecache_adopt(struct codecache *cache,
			 void (*adopted)(uint32_t number, struct native_function *native, void *userdata),
			 void *userdata, struct cause *cause);

/* In a forked worker: drop what only the writer may have (nothing of it is mapped here, descriptors are closed). */
void codecache_after_fork(struct codecache *cache);
