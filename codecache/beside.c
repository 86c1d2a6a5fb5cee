/* beside.c - a compilation that nobody waits for, in a program that has no event loop: see codecache_begin(). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "codecache/codecache_priv.h"
#include "common/cleanup.h"

struct codecache_beside {
	struct batch batch;
	struct codecache_request request; /* a copy */
	struct codecache_result result;
	struct compiler_job job;
	struct compilers *compilers; /* NULL: it was refused at once */
	bool has_ended;
};

static void on_end(struct compiler_job *job)
{
	struct batch *batch = job->data;
	struct codecache_beside *beside =
		(struct codecache_beside *)((char *)batch - offsetof(struct codecache_beside, batch));
	beside->has_ended = true;
}

void codecache_forget(struct codecache_beside *beside)
{
	if (!beside)
		return;
	compilers_free(beside->compilers);
	compiler_job_clear(&beside->job);
	codecache_results_free(&beside->result, 1);
	Py_XDECREF(beside->request.function);
	free((void *)(uintptr_t)beside->request.params);
	free((void *)(uintptr_t)beside->request.feedback);
	free(beside);
}

static void codecache_forgetp(struct codecache_beside **beside)
{
	codecache_forget(*beside);
}

static bool request_copy(const struct codecache_request *from, struct codecache_request *to)
{
	enum value_type *params = calloc(from->n_params + 1, sizeof(*params));
	*to = *from;
	to->params = params;
	to->feedback = from->feedback ? strdup(from->feedback) : NULL;
	to->function = Py_NewRef(from->function);
	if (params && from->n_params)
		memcpy(params, from->params, from->n_params * sizeof(*params));
	return params && (to->feedback || !from->feedback);
}

/* What can be said without a compiler. */
static bool is_settled(struct codecache_beside *beside)
{
	struct codecache *cache = beside->batch.cache;
	if (codecache_sort(&beside->batch, 1, beside->batch.numbers) == 0)
		return true;
	if (codecache_look(cache) == 0 || cache->store)
		return false;
	codecache_refuse(&beside->result, REASON_NO_COMPILER, cache->compiler.text);
	return true;
}

static int start(struct codecache_beside *beside, struct cause *cause)
{
	const struct codecache *cache = beside->batch.cache;
	struct compiler_options options = { .children = 1,
					    .timeout_ms = cache->timeout_ms,
					    .urgent = cache->urgent,
					    .show_stderr = cache->dump_ir,
					    .unseen = true };
	int r = compilers_new(&options, &beside->compilers, cause);
	if (r < 0)
		return r;
	beside->job = (struct compiler_job){ .work = codecache_work, .data = &beside->batch, .done = on_end };
	codecache_announce(&beside->batch, INDEX_COMPILING);
	codecache_preload(beside->batch.cache);
	compilers_add(beside->compilers, &beside->job);
	compilers_step(beside->compilers);
	return 0;
}

int codecache_begin(struct codecache *cache, const struct codecache_request *request, struct codecache_beside **ret,
		    struct cause *cause)
{
	/* The C library's fork() makes children that the program's own wait() sees. */
	if (!__libc_single_threaded)
		return cause_set(cause, -EBUSY, "there are other threads");
	cleanup(codecache_forgetp) struct codecache_beside *beside = calloc(1, sizeof(*beside));
	if (!beside || !request_copy(request, &beside->request))
		return cause_set_errno(cause, -ENOMEM, "a compilation");
	beside->batch =
		(struct batch){ .cache = cache, .n = 1, .requests = &beside->request, .results = &beside->result };
	int r = is_settled(beside) ? 0 : start(beside, cause);
	if (r < 0)
		return r;
	*ret = steal_ptr(beside);
	return 0;
}

bool codecache_end(struct codecache_beside *beside, struct codecache_result *ret)
{
	if (beside->compilers && !beside->has_ended)
		compilers_step(beside->compilers);
	if (beside->compilers && !beside->has_ended)
		return false;
	if (beside->compilers)
		(void)codecache_finish(&beside->job);
	codecache_refusals(&beside->batch, 1);
	*ret = beside->result;
	beside->result = (struct codecache_result){};
	codecache_forget(beside);
	return true;
}
