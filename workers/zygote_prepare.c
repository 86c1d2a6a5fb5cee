/* zygote_prepare.c - the app is imported, warmed up, and its hot functions are compiled: one thing after the other. */
#include "config.h"

#include "common/clock.h"
#include "workers/zygote_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecache/compiler.h"
#include "codecache/compiler_jail.h"
#include "codecache/shadow.h"
#include "codecache/store.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "workers/coroutines.h"
#include "workers/history.h"
#include "workers/interpreter.h"
#include "workers/oncall.h"
#include "workers/profile.h"
#include "workers/warmup.h"

enum { START_KEEP_MS = 1000 }; /* for the disk, before the workers are forked */

/* What looks like a method and is none surprises people; it is said once, and to each caller. */
static void log_refused(const struct zygote *z)
{
	PyObject *name, *why;
	for (Py_ssize_t at = 0; PyDict_Next(z->apps.refused, &at, &name, &why);) {
		const char *text = PyUnicode_AsUTF8(why);
		log_info("not offered: %s", text ? text : "?");
		PyErr_Clear();
	}
}

static int prepare_apps(struct zygote *z, char **ret_traceback, struct cause *cause)
{
	zygote_tell_state(z, "importing");
	uint64_t start = monotonic_us();
	int r = interpreter_start(cause);
	for (size_t i = 0; i < z->settings->n_apps && r == 0; i++) {
		const struct app_settings *app = &z->settings->apps[i];
		struct app_options options = { .path = app->path,
					       .name = app->name,
					       .prefix = app->prefix,
					       .methods = (const char *const *)app->methods,
					       .n_methods = app->n_methods };
		r = apps_load(&z->apps, &options, ret_traceback, cause);
	}
	z->import_us = monotonic_us() - start;
	if (r == 0)
		log_refused(z);
	if (r == 0 && PyDict_GET_SIZE(z->apps.methods) == 0)
		log_warning(
			"the application offers no methods: it has no public functions, and no __all__ that names any");
	return r;
}

static int start_cache(struct zygote *z, struct cause *cause)
{
	if (z->settings->jit_mode == JIT_OFF)
		return 0;
	int r = native_init(cause);
	if (r < 0)
		return r;
	native_set_counters(z->counters->function[COUNTERS_MAX_WORKERS]);
	native_set_exit_counters(z->counters->exit[COUNTERS_MAX_WORKERS]);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct codecache_options options = {
		.size = z->settings->cache_size,
		.directory = z->settings->store_size > 0 ? z->settings->cache_directory : NULL,
		.store_size = z->settings->store_size,
		.compilers = cpus > 0 ? (unsigned)cpus : 1,
		.timeout_ms = (unsigned)(z->settings->compile_timeout_us / 1000),
		.optimize = z->settings->optimize,
		.cpu = z->settings->cpu,
		.symbols = z->settings->symbols,
		.eager = z->settings->jit_mode == JIT_EAGER,
		.urgent = z->settings->jit_mode == JIT_EAGER,
		.plant = z->settings->plant,
		.background = true,
		.for_workers = true,
		.trials = z->settings->verify && z->settings->jit_mode != JIT_EAGER,
	};
	if (*compiler_jail_missing())
		log_notice("compilers are less locked in than they could be: %s", compiler_jail_missing());
	r = codecache_new(&options, &z->cache, cause);
	if (r == 0 || r == -EINVAL)
		return r;
	/* The machine's fault: the app works without. */
	z->no_cache = *cause;
	*cause = CAUSE_INIT;
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NOT_COMPILED)), "nothing is compiled: %s", z->no_cache.text);
	return 0;
}

static enum reason first_reason(const struct zygote *z)
{
	if (z->cache)
		return REASON_NOT_CALLED;
	return z->settings->jit_mode == JIT_OFF ? REASON_JIT_OFF : REASON_NO_CACHE;
}

/* Compiled during an eager warm-up. */
static void note_compiled(PyObject *function, const struct codecache_result *result, void *userdata)
{
	struct zygote *z = userdata;
	if (function_table_note(z->table, function, result) < 0)
		log_warning("not enough memory for the table of functions");
}

static int answer(const char *request, size_t size, char **ret_answer, void *userdata)
{
	struct zygote *z = userdata;
	cleanup(buffer_free) struct buffer out = BUFFER_INIT;
	struct rpc_outcome outcome;
	rpc_handle(z->rpc, request, size, &out, &outcome);
	if (buffer_length(&out) == 0)
		return out.failed ? -ENOMEM : 0;
	buffer_append_char(&out, '\0');
	*ret_answer = out.failed ? NULL : strdup(buffer_begin(&out));
	return *ret_answer ? 0 : -ENOMEM;
}

static int replay(struct zygote *z, struct cause *cause)
{
	zygote_tell_state(z, "warming");
	struct warmup_options options = {
		.path = z->settings->warmup_requests,
		.deadline_us = z->settings->warmup_deadline_us,
		.answer = answer,
		.userdata = z,
	};
	struct warmup_result result;
	uint64_t start = monotonic_us();
	int r = warmup_run(&options, &result, cause);
	z->warmup_us = monotonic_us() - start;
	if (r == 0)
		log_info("warm-up: %u requests, %u of them failed, %.1f ms", result.requests, result.failed,
			 (double)z->warmup_us / 1000);
	return r;
}

/* What names this set of apps in the store; the caller's, NULL if there is no memory. */
static char *app_text(const struct zygote *z)
{
	char *text = strdup("");
	for (size_t i = 0; text && i < z->settings->n_apps; i++) {
		char *longer = NULL;
		if (asprintf(&longer, "%s%s\n", text, z->settings->apps[i].path) < 0)
			longer = NULL;
		free(text);
		text = longer;
	}
	return text;
}

/* begun_us: when the warm-up began. */
static int compile(struct zygote *z, struct profile *profile, uint64_t begun_us, struct cause *cause)
{
	zygote_tell_state(z, "compiling");
	uint64_t start = monotonic_us();
	if (z->settings->sample_us > 0) /* else nobody would compile the rest */
		codecache_wait_until(z->cache, begun_us + z->settings->warmup_deadline_us);
	bool eager = z->settings->jit_mode == JIT_EAGER;
	int r = 0;
	const char *store_cause;
	struct store *store = codecache_store(z->cache, &store_cause);
	cleanup_free char *app = app_text(z);
	struct cause bad = CAUSE_INIT;
	json_t *history = store && app ? history_load(store, app, &bad) : json_array();
	if (bad.text[0])
		codecache_store_bad(z->cache, bad.text);
	if (profile || json_array_size(history) > 0) {
		r = function_table_compile_hot(z->table, profile, eager ? 0 : z->settings->threshold_us * 1000,
					       &history, z->cache, cause);
		struct cause unsaved = CAUSE_INIT;
		struct store_file file;
		if (r == 0 && store && app && history_pack(app, history, &file, &unsaved) == 0)
			codecache_keep(z->cache, &file);
		if (unsaved.text[0])
			log_warning("the store: %s", unsaved.text);
	}
	z->history = history;
	if (r == 0 && eager)
		r = function_table_compile_rest(z->table, z->cache, cause);
	codecache_wait_until(z->cache, 0);
	/* Who exports the store of a daemon that is ready finds all of it, unless the disk hangs. */
	codecache_keep_flush(z->cache, START_KEEP_MS);
	z->compile_us = monotonic_us() - start;
	if (r < 0) {
		/* The app works without. */
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NOT_COMPILED)), "nothing is compiled: %s", cause->text);
		*cause = CAUSE_INIT;
	} else if (strcmp(codecache_compiler(z->cache), "ok") != 0) {
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NOT_COMPILED)), "nothing is compiled: %s",
			 codecache_compiler(z->cache));
	}
	zygote_say_store(z);
	return 0;
}

/* From the imported app to everything that workers inherit. */
static int warm_up(struct zygote *z, struct cause *cause)
{
	uint64_t start = monotonic_us();
	int r = start_cache(z, cause);
	if (r < 0)
		return r;
	bool off = !z->cache;
	r = function_table_new(&z->apps, first_reason(z), &z->table, cause);
	if (r < 0)
		return r;
	struct oncall oncall = { .cache = z->cache, .report = note_compiled, .userdata = z };
	struct profile_options options = {
		.on_call = z->settings->jit_mode == JIT_EAGER ? oncall_ask : NULL,
		.userdata = &oncall,
		.record = z->settings->verify ? shadow_copy : NULL,
	};
	cleanup(profile_freep) struct profile *profile = NULL;
	if (z->settings->warmup_requests) {
		if (!off && (r = profile_start(&options, &profile, cause)) < 0)
			return r;
		r = replay(z, cause);
		if (profile)
			profile_stop(profile);
		if (r < 0)
			return r;
	}
	return off ? 0 : compile(z, profile, start, cause);
}

/* What the workers share stays shared: the collector neither moves nor marks what it does not see. */
static void freeze(void)
{
	PyObject *gc = PyImport_ImportModule("gc");
	PyObject *r = gc ? PyObject_CallMethod(gc, "collect", NULL) : NULL;
	Py_XDECREF(r);
	r = gc ? PyObject_CallMethod(gc, "freeze", NULL) : NULL;
	Py_XDECREF(r);
	Py_XDECREF(gc);
	PyErr_Clear();
}

/* Hot functions are found and compiled while the workers serve. */
static int open_orders(struct zygote *z, struct cause *cause)
{
	cleanup_free char *app = app_text(z);
	struct orders_options options = { .cache = z->cache,
					  .counters = z->counters,
					  .table = z->table,
					  .compilers = compilers_beside_workers(sysconf(_SC_NPROCESSORS_ONLN)),
					  .retry_us = z->settings->retry_us,
					  .banned = zygote_on_ban,
					  .userdata = z,
					  .app = app ? app : "",
					  .history = z->history };
	int r = orders_new(&options, &z->orders, cause);
	return r < 0 ? r : orders_watch(z->orders, z->event, cause);
}

/* It serves without, too. */
static void try_orders(struct zygote *z)
{
	struct cause cause = CAUSE_INIT;
	if (open_orders(z, &cause) == 0)
		return;
	orders_free(steal_ptr(z->orders));
	log_warning("what becomes hot is not compiled: %s", cause.text);
}

static void order_late(struct zygote *z)
{
	size_t n;
	const struct codecache_request *late = function_table_late(z->table, &n);
	if (n > 0)
		log_notice("the deadline of the warm-up has passed: %zu functions are compiled while requests are "
			   "served",
			   n);
	for (size_t i = 0; i < n; i++)
		orders_add(z->orders, &late[i]);
}

int zygote_prepare(struct zygote *z, char **ret_traceback, struct cause *cause)
{
	int r = prepare_apps(z, ret_traceback, cause);
	struct rpc_options options = zygote_rpc_options(z);
	if (r == 0)
		r = rpc_new(z->apps.methods, &options, &z->rpc, cause);
	if (r == 0)
		r = warm_up(z, cause);
	if (r < 0)
		return r;
	coroutines_close();
	if (z->cache && z->settings->sample_us > 0)
		try_orders(z);
	freeze();
	if (z->orders)
		order_late(z);
	return 0;
}
