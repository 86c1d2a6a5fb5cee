/* finder.c - see finder.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "codecache/catalogue.h"
#include "codecache/codecache.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "codecache/observer.h"
#include "codecache/proof.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "workers/finder.h"
#include "workers/hot.h"
#include "workers/respecialize.h"
#include "workers/sampler.h"

enum {
	MAX_WATCHED = 16,  /* functions that are observed at the same time */
	ENOUGH_CALLS = 16, /* that show what a function is called with */
	PATIENCE = 8,      /* requests after which fewer are enough, ... */
	ENDURANCE = 4096,  /* ... and none */
	MAX_LOOPS = 8,     /* that wait for the end of a call */
};

/* A loop for which code is wanted. */
struct wanted_loop {
	struct native_function *native; /* never freed */
	PyObject *code;                 /* the resume code that runs it, which is never freed either */
	struct unit_loop loop;
	uint32_t n_params;
	uint8_t params[HOT_MAX_PARAMS];
};

/* A function whose calls are observed. */
struct watched {
	uint32_t number;
	struct native_function *native; /* never freed */
	uint32_t age;                   /* in requests */
	char *feedback;                 /* of its code when it was found hot */
};

struct finder {
	struct codecache *cache;
	int fd;
	unsigned n_watched;
	struct watched watched[MAX_WATCHED];
	unsigned n_loops;
	struct wanted_loop loops[MAX_LOOPS];
	bool told; /* that something cannot be adopted */
};

/* ---- asking ------------------------------------------------------------------- */

/* NULL has none. */
static uint32_t number_of(const struct finder *finder, PyObject *function)
{
	return function ? catalogue_number(codecache_catalogue(finder->cache), function) : CATALOGUE_NONE;
}

/* False: the queue is full. */
static bool tell_zygote(const struct finder *finder, struct hot *hot, PyObject *calls)
{
	static char bytes[HOT_MAX_BYTES];
	PyObject *packed = calls ? shadow_pack(calls, HOT_MAX_CALLS) : NULL;
	if (packed) {
		hot->calls = PyBytes_AS_STRING(packed);
		hot->calls_size = (size_t)PyBytes_GET_SIZE(packed);
	}
	size_t size = hot_pack(hot, bytes);
	bool told = size == 0 || send(finder->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EAGAIN;
	Py_XDECREF(packed);
	return told;
}

struct asking {
	const struct finder *finder;
	uint32_t number; /* of the function */
	bool has_asked;
};

static void ask(struct observer *observer, const struct observer_vector *vector, const char *feedback, void *userdata)
{
	struct asking *asking = userdata;
	asking->has_asked = true;
	struct hot hot = { .function = asking->number, .n_params = observer->n_params, .feedback = feedback };
	for (uint32_t i = 0; i < observer->n_params; i++)
		hot.params[i] = (uint8_t)vector->params[i];
	PyObject *calls = observer_take_calls(observer, vector);
	(void)tell_zygote(asking->finder, &hot, calls); /* else it will be hot again */
	Py_XDECREF(calls);
}

/* Code that was not run in shadow yet. */
static bool tell_calls(const struct proof_calls *proof, void *userdata)
{
	const struct finder *finder = userdata;
	PyObject *function = native_function_object(proof->native);
	struct hot hot = { .n_params = proof->meta->n_params, .feedback = "", .is_proof = true };
	hot.function = number_of(finder, function);
	for (uint32_t i = 0; i < hot.n_params && i < HOT_MAX_PARAMS; i++)
		hot.params[i] = (uint8_t)proof->meta->params[i];
	bool told = hot.function == CATALOGUE_NONE || tell_zygote(finder, &hot, proof->calls);
	Py_XDECREF(function);
	return told;
}

/* ---- observing ---------------------------------------------------------------- */

static bool is_watched(const struct finder *finder, uint32_t number)
{
	for (unsigned i = 0; i < finder->n_watched; i++)
		if (finder->watched[i].number == number)
			return true;
	return false;
}

/* What generators hold in their frames may be of any types. */
static void ask_for_body(const struct finder *finder, uint32_t number, PyObject *function)
{
	struct hot hot = { .function = number, .n_params = jit_param_count(PyFunction_GET_CODE(function)) };
	cleanup_free char *feedback = feedback_take(function, NULL, 0);
	if (!feedback || hot.n_params > HOT_MAX_PARAMS)
		return;
	hot.feedback = feedback;
	for (uint32_t i = 0; i < hot.n_params; i++)
		hot.params[i] = VALUE_OBJECT;
	(void)tell_zygote(finder, &hot, NULL);
}

static void watch(struct finder *finder, uint32_t number, PyObject *function)
{
	if (jit_gives_generators(function)) {
		ask_for_body(finder, number, function);
		return;
	}
	if (finder->n_watched == MAX_WATCHED || is_watched(finder, number))
		return;
	cleanup_free char *feedback = feedback_take(function, NULL, 0);
	struct native_function *native;
	if (!feedback || native_observe(function, &native, NULL) < 0)
		return; /* it will be hot again */
	finder->watched[finder->n_watched++] =
		(struct watched){ .number = number, .native = native, .feedback = steal_ptr(feedback) };
}

static void unwatch(struct finder *finder, unsigned i)
{
	struct watched *watched = &finder->watched[i];
	/* Another worker may have been faster: then it is native by now. */
	if (!native_has_code(watched->native))
		native_uninstall(watched->native);
	free(watched->feedback);
	*watched = finder->watched[--finder->n_watched];
}

static void look_at_watched(struct finder *finder)
{
	for (unsigned i = finder->n_watched; i-- > 0;) {
		struct watched *watched = &finder->watched[i];
		struct observer *observer = native_observer(watched->native);
		uint32_t wanted = ++watched->age > ENDURANCE ? 0 : watched->age > PATIENCE ? 1 : ENOUGH_CALLS;
		if (!native_has_code(watched->native) && observer->calls < wanted)
			continue;
		if (!native_has_code(watched->native))
			respecialize_for_types(watched->native, watched->feedback, ask,
					       &(struct asking){ .finder = finder, .number = watched->number });
		unwatch(finder, i);
	}
}

/* ---- what is hot -------------------------------------------------------------- */

static void take_news(struct finder *finder)
{
	bool left;
	for (uint32_t number; (number = sampler_next(&left)) != CATALOGUE_NONE;) {
		PyObject *function = codecache_function(finder->cache, number);
		const struct native_function *native = function ? native_of(function) : NULL;
		/* Most of the time of one that is left at once is that of leaving, which is its own. */
		if (native && native_has_code(native) && (left || native_is_left_often(native)))
			respecialize(function, native, ask, &(struct asking){ .finder = finder, .number = number });
		else if (function && !native && !left)
			watch(finder, number, function);
	}
}

static bool on_loss(struct native_function *native, void *userdata)
{
	const struct finder *finder = userdata;
	PyObject *function = native_function_object(native);
	uint32_t number = number_of(finder, function);
	struct asking asking = { .finder = finder, .number = number };
	if (number != CATALOGUE_NONE)
		respecialize(function, native, ask, &asking);
	Py_XDECREF(function);
	return asking.has_asked;
}

/* ---- loops -------------------------------------------------------------------- */

/* In the middle of a call: it is told at the end.  Of more than there is room for some are never heard of. */
static bool note_loop(struct native_function *native, const struct native_loop *wanted, void *userdata)
{
	struct finder *finder = userdata;
	if (finder->n_loops == MAX_LOOPS || wanted->n_params > HOT_MAX_PARAMS)
		return true;
	struct wanted_loop *loop = &finder->loops[finder->n_loops++];
	*loop = (struct wanted_loop){
		.native = native, .code = wanted->code, .loop = wanted->loop, .n_params = wanted->n_params
	};
	for (uint32_t i = 0; i < wanted->n_params; i++)
		loop->params[i] = (uint8_t)wanted->params[i];
	return true;
}

/* False: the queue is full. */
static bool tell_loop(const struct finder *finder, const struct wanted_loop *loop)
{
	PyObject *function = native_function_object(loop->native);
	PyObject *codes[] = { loop->code, native_original_code(loop->native) };
	struct hot hot = { .n_params = loop->n_params, .loop = loop->loop };
	hot.function = number_of(finder, function);
	cleanup_free char *feedback = hot.function != CATALOGUE_NONE ? feedback_take(function, codes, 2) : NULL;
	hot.feedback = feedback;
	memcpy(hot.params, loop->params, loop->n_params);
	bool told = !feedback || tell_zygote(finder, &hot, NULL);
	Py_XDECREF(function);
	return told;
}

static void tell_loops(struct finder *finder)
{
	while (finder->n_loops > 0 && tell_loop(finder, &finder->loops[finder->n_loops - 1]))
		finder->n_loops--;
}

/* ---- adopting ----------------------------------------------------------------- */

static void add_code(PyObject *code, void *userdata)
{
	sampler_add_code(code, *(uint32_t *)userdata);
}

static void on_adopted(uint32_t number, struct native_function *native, void *userdata)
{
	(void)userdata;
	native_resume_codes(native, add_code, &number);
}

static void adopt(struct finder *finder)
{
	struct cause cause = CAUSE_INIT;
	unsigned failed = codecache_adopt(finder->cache, on_adopted, finder, &cause);
	if (failed > 0 && !finder->told) {
		finder->told = true;
		log_warning("a function that is native elsewhere stays with CPython in this worker: %s", cause.text);
	}
}

void finder_at_boundary(struct finder *finder)
{
	if (sampler_has_news())
		take_news(finder);
	if (finder->n_watched > 0)
		look_at_watched(finder);
	if (finder->n_loops > 0)
		tell_loops(finder);
	if (proof_is_open())
		proof_tell(tell_calls, finder);
	if (codecache_has_news(finder->cache))
		adopt(finder);
}

/* ---- life --------------------------------------------------------------------- */

/* What is native from the start. */
static void know_natives(const struct finder *finder)
{
	const struct catalogue *catalogue = codecache_catalogue(finder->cache);
	for (uint32_t i = 0; i < catalogue_count(catalogue); i++) {
		struct native_function *native = native_of(catalogue_function(catalogue, i));
		if (native)
			on_adopted(i, native, NULL);
	}
}

int finder_new(const struct finder_options *options, struct finder **ret, struct cause *cause)
{
	struct finder *finder = calloc(1, sizeof(*finder));
	if (!finder)
		return cause_set_errno(cause, -ENOMEM, "finding hot functions");
	finder->cache = options->cache;
	finder->fd = options->orders_fd;
	if (options->sample_us > 0) {
		struct sampler_options sampler = { .catalogue = codecache_catalogue(options->cache),
						   .interval_us = options->sample_us,
						   .hot = (uint32_t)(options->hot_us / options->sample_us) + 1,
						   .cpu_us = options->cpu_us };
		codecache_code(options->cache, &sampler.code, &sampler.code_size);
		int r = sampler_start(&sampler, cause);
		if (r < 0) {
			finder_free(finder);
			return r;
		}
		know_natives(finder);
		observer_record(options->verify);
		proof_record(options->verify);
		native_observe_all();
		native_set_loss_handler(on_loss, finder);
		native_set_loop_handler(note_loop, NATIVE_LOOP_ROUNDS, finder);
	}
	*ret = finder;
	return 0;
}

void finder_free(struct finder *finder)
{
	if (!finder)
		return;
	sampler_stop();
	native_set_loss_handler(NULL, NULL);
	native_set_loop_handler(NULL, 0, NULL);
	while (finder->n_watched > 0)
		unwatch(finder, finder->n_watched - 1);
	finder->fd = close_fd(finder->fd);
	free(finder);
}
