/* batches.c - requests become batches, and each of these a compiler child's work.  See codecache.h.
 *
 * A batch is one unit: gcc inlines across its functions, and starting gcc is paid once.  A batch that fails as a whole
 * is tried again function by function, so that one bad function does not cost the others their code. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/codecache_priv.h"
#include "codecache/symbols.h"
#include "codecache/unit_plan.h"
#include "common/cleanup.h"

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
		requests[i] = (struct jit_request){ .function = from->function,
						    .params = from->params,
						    .n_params = from->n_params,
						    .feedback = from->feedback,
						    .loop = from->loop };
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

/* ---- what needs no compiler --------------------------------------------------- */

size_t codecache_sort(const struct batch *all, size_t n, size_t *numbers)
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
		struct index_view view = codecache_published(all->cache, &all->requests[i]);
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
			codecache_publish(all->cache, &all->requests[i], &(struct index_view){ .state = INDEX_NONE });
			continue;
		}
		all->cache->gauges.refused++;
		all->cache->gauges.full += result->reason == REASON_CACHE_FULL;
		all->cache->gauges.quarantined +=
			result->reason == REASON_QUARANTINED || result->reason == REASON_WRONG_RESULT;
		codecache_publish(all->cache, &all->requests[i],
				  &(struct index_view){ .state = INDEX_REFUSED,
							.reason = result->reason,
							.compile_us = codecache_narrow_us(result->compile_us) });
	}
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
	if (!all->stored)
		codecache_preload(all->cache);
	compiler_run(jobs, n_batches,
		     &(struct compiler_options){ .children = cache->compilers,
						 .timeout_ms = cache->timeout_ms,
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
	size_t n_left = codecache_sort(all, n, numbers);
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
