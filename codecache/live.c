/* live.c - see live.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "codecache/catalogue.h"
#include "codecache/codecache_priv.h"
#include "codecache/index.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "codecache/live.h"
#include "codecache/loader.h"
#include "codecache/shadow.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum {
	MAX_ORDERS = 4096,    /* function and types; a worker that makes them up does not fill our memory */
	MAX_ROUNDS = 3,       /* compilations of one of them, with other feedback or after a failure */
	MAX_FEEDBACK = 60000, /* bytes */
	MAX_CALLS = 4 << 20,  /* bytes of calls of all of them */
};

/* A function with argument types that was asked for. */
struct order {
	struct live *live;
	uint32_t number;
	enum live_state state;
	unsigned rounds;   /* compilations begun */
	uint64_t again_us; /* REFUSED: asked for later than this it is tried again; 0: never */
	enum value_type *params;
	char *feedback;
	void *calls;
	struct codecache_request request;
	struct codecache_result result;
	struct batch batch;
	struct compiler_job job;
	struct shadow shadow;
	STAILQ_ENTRY(order) entry;
};

struct live {
	struct codecache *cache;
	const struct live_handlers *handlers;
	void *userdata;
	struct compilers *compilers;
	uint64_t retry_us; /* after the first failure of one; twice as long after each further one */
	STAILQ_HEAD(, order) orders;
	unsigned n_orders;
	size_t calls_size; /* bytes of all their calls */
	bool told;         /* that there is no compiler */
	uint64_t look_again_us;
	struct live_gauges gauges;
};

/* ---- life --------------------------------------------------------------------- */

int live_new(struct codecache *cache, unsigned compilers, uint64_t retry_us, const struct live_handlers *handlers,
	     void *userdata, struct live **ret, struct cause *cause)
{
	struct live *live = calloc(1, sizeof(*live));
	if (!live)
		return cause_set_errno(cause, -ENOMEM, "compiling for workers");
	*live = (struct live){ .cache = cache, .retry_us = retry_us, .handlers = handlers, .userdata = userdata };
	STAILQ_INIT(&live->orders);
	struct compiler_options options = { .children = compilers,
					    .timeout_ms = cache->timeout_ms,
					    .show_stderr = cache->dump_ir };
	int r = compilers_new(&options, &live->compilers, cause);
	if (r < 0) {
		live_free(live);
		return r;
	}
	*ret = cache->live = live;
	return 0;
}

static void order_free(struct order *order)
{
	if (!order)
		return;
	compiler_job_clear(&order->shadow.job);
	compiler_job_clear(&order->job);
	image_free(order->batch.image);
	codecache_results_free(&order->result, 1);
	free(order->params);
	free(order->feedback);
	free(order->calls);
	free(order);
}

void live_free(struct live *live)
{
	if (!live)
		return;
	compilers_free(live->compilers);
	while (!STAILQ_EMPTY(&live->orders)) {
		struct order *order = STAILQ_FIRST(&live->orders);
		STAILQ_REMOVE_HEAD(&live->orders, entry);
		order_free(order);
	}
	free(live);
}

int live_fd(const struct live *live)
{
	return compilers_fd(live->compilers);
}

void live_step(struct live *live)
{
	compilers_step(live->compilers);
	live->gauges.compiling = (uint32_t)compilers_running(live->compilers);
	live->gauges.queued = (uint32_t)compilers_queued(live->compilers);
}

void live_get_gauges(const struct live *live, struct live_gauges *ret)
{
	*ret = live->gauges;
}

/* ---- what becomes of an order ------------------------------------------------- */

static void order_set(struct order *order, enum live_state state)
{
	order->state = state;
	bool ended = state == LIVE_READY || state == LIVE_REFUSED;
	order->live->handlers->changed(&order->request, state, ended ? &order->result : NULL, order->live->userdata);
}

/* The machine's fault, or the compiler's: it may go well another time. */
static bool is_failure(enum reason reason)
{
	return reason == REASON_COMPILER_FAILED || reason == REASON_NO_MEMORY || reason == REASON_COMPILER_TIMEOUT ||
	       reason == REASON_BAD_OBJECT;
}

static void compiler_is_missing(struct live *live, const char *cause)
{
	live->look_again_us = monotonic_us() + live->retry_us;
	if (!live->told)
		live->handlers->compiler(cause, live->userdata);
	live->told = true;
}

static void order_refuse(struct order *order)
{
	struct live *live = order->live;
	enum reason reason = order->result.reason;
	order->again_us = 0;
	if (reason == REASON_NO_COMPILER) {
		order->rounds--; /* it has not been tried */
		order->again_us = monotonic_us() + live->retry_us;
		compiler_is_missing(live, order->result.detail ? order->result.detail : reason_text(reason));
	} else if (is_failure(reason)) {
		live->gauges.failed++;
		if (order->rounds < MAX_ROUNDS)
			order->again_us = monotonic_us() + (live->retry_us << (order->rounds - 1));
	}
	live->gauges.refused++;
	codecache_refusals(&order->batch, 1);
	order_set(order, LIVE_REFUSED);
}

static struct order *order_of(struct compiler_job *job)
{
	return (struct order *)((char *)job - offsetof(struct order, job));
}

static void order_started(struct compiler_job *job)
{
	struct order *order = order_of(job);
	codecache_announce(&order->batch, INDEX_COMPILING);
	order_set(order, LIVE_COMPILING);
}

static void order_end(struct order *order)
{
	(void)codecache_finish(&order->job); /* alone in its unit already */
	compiler_job_clear(&order->job);
	if (!order->result.native) {
		order_refuse(order);
		return;
	}
	if (order->live->told)
		order->live->handlers->compiler(NULL, order->live->userdata);
	order->live->told = false;
	order->live->gauges.ready++;
	order_set(order, LIVE_READY);
}

static void order_shadowed(struct compiler_job *job)
{
	struct order *order = (struct order *)((char *)job - offsetof(struct order, shadow.job));
	codecache_shadowed(&order->job, &order->shadow);
	compiler_job_clear(job);
	order_end(order);
}

static void order_done(struct compiler_job *job)
{
	struct order *order = order_of(job);
	if (!codecache_shadow(job, &order->shadow)) {
		order_end(order);
		return;
	}
	order->shadow.job.done = order_shadowed;
	compilers_add(order->live->compilers, &order->shadow.job);
}

/* What can be said without a compiler process. */
static enum reason order_look(struct order *order, const char **ret_detail)
{
	struct live *live = order->live;
	struct codecache *cache = live->cache;
	*ret_detail = NULL;
	if (live->look_again_us > monotonic_us() || codecache_look(cache) < 0) {
		*ret_detail = cache->compiler.text[0] ? cache->compiler.text : NULL;
		/* With a store a child may find what it cannot make. */
		if (!cache->store || live->look_again_us > monotonic_us())
			return REASON_NO_COMPILER;
	}
	return jit_refuse(order->request.function);
}

static void order_start(struct order *order)
{
	const char *detail;
	order->rounds++;
	enum reason reason = order_look(order, &detail);
	if (reason != REASON_NONE) {
		codecache_refuse(&order->result, reason, detail);
		order_refuse(order);
		return;
	}
	order->job = (struct compiler_job){
		.work = codecache_work, .data = &order->batch, .started = order_started, .done = order_done
	};
	codecache_announce(&order->batch, INDEX_QUEUED);
	order_set(order, LIVE_QUEUED);
	compilers_add(order->live->compilers, &order->job);
	live_step(order->live);
}

/* ---- requests ----------------------------------------------------------------- */

/* Digits, names of builtin types and four signs: what feedback_apply() makes of them cannot harm. */
static int feedback_check(const char *feedback, struct cause *cause)
{
	size_t size = strlen(feedback);
	if (size > MAX_FEEDBACK || strspn(feedback, "0123456789abcdefghijklmnopqrstuvwxyz: ;=") != size)
		return cause_set(cause, -EBADMSG, "its feedback is none");
	return 0;
}

static int request_check(const struct live *live, const struct live_order *wanted, struct cause *cause)
{
	const struct catalogue *catalogue = live->cache->catalogue;
	uint32_t number = wanted->number, n_params = wanted->n_params;
	if (number >= catalogue_count(catalogue))
		return cause_set(cause, -EBADMSG, "there is no function %u", number);
	PyObject *code = catalogue_code(catalogue, number);
	bool is_loop = wanted->loop.pc > 0;
	if (is_loop && !cpython_has_loop(code, &wanted->loop))
		return cause_set(cause, -EBADMSG, "function %u has no loop at offset %u", number, wanted->loop.pc);
	uint32_t has = is_loop ? cpython_local_count(code) + wanted->loop.n_stack : jit_param_count(code);
	if (n_params != has)
		return cause_set(cause, -EBADMSG, "function %u has %u parameters, not %u", number, has, n_params);
	for (uint32_t i = 0; i < n_params; i++)
		if (wanted->params[i] >= VALUE_TYPE_COUNT ||
		    (!is_loop && !value_type_is_argument((enum value_type)wanted->params[i])))
			return cause_set(cause, -EBADMSG, "parameter %u is of no type", i);
	return feedback_check(wanted->feedback, cause);
}

static struct order *order_find(const struct live *live, const struct live_order *wanted)
{
	struct order *order;
	STAILQ_FOREACH(order, &live->orders, entry)
	{
		bool same = order->number == wanted->number && order->request.loop.pc == wanted->loop.pc;
		for (uint32_t i = 0; same && i < wanted->n_params; i++)
			same = order->params[i] == wanted->params[i];
		if (same)
			return order;
	}
	return NULL;
}

static struct order *order_new(struct live *live, const struct live_order *wanted)
{
	uint32_t n_params = wanted->n_params;
	struct order *order = calloc(1, sizeof(*order));
	enum value_type *copy = calloc(n_params + 1, sizeof(*copy));
	if (!order || !copy) {
		free(order);
		free(copy);
		return NULL;
	}
	for (uint32_t i = 0; i < n_params; i++)
		copy[i] = (enum value_type)wanted->params[i];
	order->live = live;
	order->number = wanted->number;
	order->params = copy;
	order->request =
		(struct codecache_request){ .function = catalogue_function(live->cache->catalogue, wanted->number),
					    .params = copy,
					    .n_params = n_params,
					    .loop = wanted->loop,
					    .alone = true };
	order->batch =
		(struct batch){ .cache = live->cache, .n = 1, .requests = &order->request, .results = &order->result };
	STAILQ_INSERT_TAIL(&live->orders, order, entry);
	live->n_orders++;
	return order;
}

/* Whether one that was asked for before is worth another compilation: the machine may be well again, or calls go other
 * ways than they did. */
static bool is_worth_another(const struct order *order, const char *feedback)
{
	if (order->state == LIVE_READY)
		return order->rounds < MAX_ROUNDS && strcmp(order->feedback, feedback) != 0;
	return order->state == LIVE_REFUSED && order->again_us > 0 && monotonic_us() >= order->again_us;
}

/* What is known of its calls stays when there is nothing new, or too much. */
static void order_set_calls(struct order *order, const struct live_order *wanted)
{
	struct live *live = order->live;
	size_t others = live->calls_size - order->request.packed_size;
	bool fits = wanted->calls_size > 0 && wanted->calls_size <= MAX_CALLS - others;
	void *copy = fits ? malloc(wanted->calls_size) : NULL;
	if (!copy)
		return;
	memcpy(copy, wanted->calls, wanted->calls_size);
	free(order->calls);
	order->request.packed_calls = order->calls = copy;
	order->request.packed_size = wanted->calls_size;
	live->calls_size = others + wanted->calls_size;
}

int live_request(struct live *live, const struct live_order *wanted, struct cause *cause)
{
	int r = request_check(live, wanted, cause);
	if (r < 0)
		return r;
	live->gauges.requests++;
	cleanup_free char *feedback =
		feedback_join(catalogue_function(live->cache->catalogue, wanted->number), wanted->feedback);
	if (!feedback)
		return cause_set_errno(cause, -ENOMEM, "a request to compile");
	struct order *order = order_find(live, wanted);
	if (order ? !is_worth_another(order, feedback) : live->n_orders == MAX_ORDERS) {
		++*(order ? &live->gauges.duplicates : &live->gauges.too_many);
		return 0;
	}
	if (!order)
		order = order_new(live, wanted);
	if (!order)
		return cause_set_errno(cause, -ENOMEM, "a request to compile");
	order_set_calls(order, wanted);
	free(order->feedback);
	order->request.feedback = order->feedback = steal_ptr(feedback);
	codecache_results_free(&order->result, 1);
	order->result = (struct codecache_result){ .reason = REASON_NONE };
	order_start(order);
	return 0;
}

void live_run(struct live *live, struct compiler_job *job)
{
	compilers_add(live->compilers, job);
	live_step(live);
}
