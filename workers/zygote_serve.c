/* zygote_serve.c - the zygote's workers: forked, and what is known of them: their ends, their trials, the metrics. */
#include "config.h"

#include "workers/zygote_priv.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "codecache/jit/cpython311_switch.h"
#include "codecache/roster.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/worker_signals.h"
#include "workers/measure.h"
#include "workers/memory.h"
#include "workers/worker.h"

enum {
	FAULTS_KEPT = 8,
	TRIALS_US = 250 * 1000, /* how often the workers' trials are looked at */
	TRIALS_DONE_US = 2 * 1000 * 1000,
};

/* ---- metrics ---- */

/* Counters go on from where another generation's have brought them. */
static void show_cache(struct zygote *z)
{
	struct codecache_gauges now, *before = &z->shown;
	codecache_get_gauges(z->cache, &now);
	const struct {
		enum metric metric;
		uint64_t now, before;
	} counters[] = {
		{ METRIC_COMPILED, now.compiled, before->compiled },
		{ METRIC_LOADED, now.loaded, before->loaded },
		{ METRIC_REFUSED, now.refused, before->refused },
		{ METRIC_QUARANTINED, now.quarantined, before->quarantined },
		{ METRIC_COMPILER_RUNS, now.compiler_runs, before->compiler_runs },
		{ METRIC_COMPILER_US, now.compiler_us, before->compiler_us },
		{ METRIC_STORE_WRITTEN, now.stored, before->stored },
		{ METRIC_CACHE_FULL, now.full, before->full },
		{ METRIC_STORE_FAILED, now.store_failed, before->store_failed },
		{ METRIC_STORE_BAD, now.store_bad, before->store_bad },
	};
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (counters[i].now > counters[i].before)
			metrics_add(&z->metrics->scalar[counters[i].metric], counters[i].now - counters[i].before);
	metrics_set(z->metrics, METRIC_CACHE_SIZE, now.size);
	metrics_set(z->metrics, METRIC_CACHE_USED, now.used);
	z->shown = now;
}

static void show_load(const struct zygote *z)
{
	metrics_set(z->metrics, METRIC_IMPORT_US, z->import_us);
	metrics_set(z->metrics, METRIC_WARMUP_US, z->warmup_us);
	metrics_set(z->metrics, METRIC_COMPILE_US, z->compile_us);
}

/* After whatever has happened. */
static int on_post(sd_event_source *source, void *userdata)
{
	(void)source;
	struct zygote *z = userdata;
	atomic_store_explicit(&z->counters->functions, native_count(), memory_order_relaxed);
	if (z->cache) {
		show_cache(z);
		zygote_say_store(z);
	}
	if (z->orders)
		metrics_set(z->metrics, METRIC_COMPILER_QUEUED, orders_queued(z->orders));
	return 0;
}

/* ---- the workers ---- */

struct rpc_options zygote_rpc_options(const struct zygote *z)
{
	return (struct rpc_options){ .traceback = z->settings->rpc_traceback,
				     .check_types = z->settings->rpc_check_types,
				     .max_depth = (uint32_t)z->settings->limits.depth,
				     .max_batch = z->settings->limits.batch,
				     .max_result = z->settings->limits.response_bytes,
				     .refused = z->apps.refused };
}

static struct framing_limits framing_limits(const struct settings *s)
{
	return (struct framing_limits){
		.request_bytes = s->limits.request_bytes,
		.header_bytes = s->limits.header_bytes,
		.depth = (uint32_t)s->limits.depth,
		.paths = s->http_paths,
		.origins = s->http_origins,
		.health = s->http_health,
		.metrics = s->http_metrics,
	};
}

/* A worker knows what a function gains; the zygote finds it there. */
static void on_trial(struct native_function *native, const struct trial_result *result, void *userdata)
{
	struct trial_counters *row = userdata;
	struct trial_counters *to = &row[native_index(native)];
	atomic_store_explicit(&to->native_ns, result->native_ns, memory_order_relaxed);
	atomic_store_explicit(&to->verdict, (uint32_t)result->verdict, memory_order_relaxed);
	atomic_store_explicit(&to->version, native_version(native), memory_order_relaxed);
	atomic_store_explicit(&to->cpython_ns, result->cpython_ns, memory_order_release);
}

static void on_boundary(void *userdata)
{
	struct zygote *z = userdata;
	codecache_at_boundary(z->cache);
	if (z->finder)
		finder_at_boundary(z->finder);
}

/* For GET /metrics; in any thread of a worker. */
static void append_metrics(struct buffer *out, void *userdata)
{
	const struct zygote *z = userdata;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	if (!file)
		return;
	struct metrics_view view = { .metrics = z->metrics,
				     .counters = z->counters,
				     .workers = z->settings->slots,
				     .waiting = exchange_waiting(&z->settings->exchange) };
	metrics_render(&view, file);
	if (fclose(file) == 0)
		buffer_append(out, text, size);
	free(text);
}

static int serve(struct zygote *z, unsigned slot)
{
	const struct settings *s = z->settings;
	cleanup_free struct worker_listener *listeners = calloc(s->n_listeners + 1, sizeof(*listeners));
	if (!listeners)
		return EXIT_FAILURE;
	for (size_t i = 0; i < s->n_listeners; i++)
		listeners[i] = (struct worker_listener){
			.fd = s->listeners[i].fd,
			.id = s->listeners[i].id,
			.ours = s->listeners[i].ours,
			.address = s->listeners[i].address,
			.users = s->listeners[i].users,
			.groups = s->listeners[i].groups,
			.n_users = s->listeners[i].n_users,
			.n_groups = s->listeners[i].n_groups,
		};
	struct worker_setup setup = {
		.methods = z->apps.methods,
		.listeners = listeners,
		.n_listeners = s->n_listeners,
		.counters = &z->counters->worker[slot],
		.team = z->counters->worker,
		.n_team = s->slots,
		.slot = slot,
		.schedstat = "/proc/self/schedstat",
		.peers = z->counters->peer,
		.exchange = &s->exchange,
		.lifeline = s->lifeline,
		.times = s->limits,
		.rpc = zygote_rpc_options(z),
		.limits = framing_limits(s),
		.deadlines = &s->deadlines,
		.fault = &z->counters->fault[slot],
		.metrics = append_metrics,
		.userdata = z,
	};
	measure_start(&(struct measure_options){ .metrics = z->metrics,
						 .gauges = &z->counters->gauges[slot],
						 .slot = slot,
						 .access_log = s->log_access,
						 .access_fd = s->access_fd,
						 .access_format = (enum access_format)s->access_format });
	if (z->cache) {
		codecache_code(z->cache, &setup.code, &setup.code_size);
		setup.ask_native = switch_ask;
		native_set_trial_handler(on_trial, z->counters->trial[slot]);
		setup.on_boundary = on_boundary;
	}
	struct cause cause = CAUSE_INIT;
	if ((s->turnover.memory_max && memory_limit(s->turnover.memory_max, &cause) < 0) ||
	    worker_run(&setup, &cause) < 0) {
		log_error("worker %u: %s", slot, cause.text);
		return EXIT_FAILURE;
	}
	return 0;
}

/* It serves without, too. */
static void start_finder(struct zygote *z, unsigned slot)
{
	struct finder_options options = { .cache = z->cache,
					  .orders_fd = z->orders_fd,
					  .sample_us = z->settings->sample_us,
					  .hot_us = z->settings->hot_us,
					  .verify = z->settings->verify,
					  .cpu_us = z->counters->gauges[slot].cpu_us };
	struct cause cause = CAUSE_INIT;
	if (finder_new(&options, &z->finder, &cause) < 0)
		log_warning("this worker does not find out what is hot: %s", cause.text);
}

static int on_kept(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	const struct zygote *z = userdata;
	codecache_keep_step(z->cache);
	return 0;
}

/* In a new process: of what is the zygote's.  A worker that the reserve has forked comes by here twice. */
static void let_go(void *userdata)
{
	struct zygote *z = userdata;
	if (z->orders)
		z->orders_fd = orders_in_worker(steal_ptr(z->orders));
	z->keeping = sd_event_source_unref(z->keeping);
	if (z->cache)
		codecache_stop(z->cache);
	z->channel = channel_free(z->channel);
	z->signal_source = sd_event_source_unref(z->signal_source);
	z->trials = sd_event_source_unref(z->trials);
	z->post = sd_event_source_unref(z->post);
	z->signal_fd = close_fd(z->signal_fd);
	pool_free(steal_ptr(z->pool));
	reserve_free(steal_ptr(z->reserve));
	z->event = sd_event_unref(z->event);
}

static int worker_main(unsigned slot, void *userdata)
{
	struct zygote *z = userdata;
	native_set_counters(z->counters->function[slot]);
	native_set_exit_counters(z->counters->exit[slot]);
	let_go(z);
	z->settings->reserve_fd = close_fd(z->settings->reserve_fd);
	if (z->cache)
		codecache_after_fork(z->cache);
	(void)prctl(PR_SET_NAME, "preforge-worker");
	log_init("preforge-worker", z->settings->log_level);
	if (z->orders_fd >= 0)
		start_finder(z, slot);
	return serve(z, slot);
}

static void pool_on_ready(void *userdata)
{
	struct zygote *z = userdata;
	const struct reserve_setup setup = { .event = z->event,
					     .fd = z->settings->reserve_fd,
					     .counters = z->counters,
					     .let_go = let_go,
					     .run = worker_main,
					     .userdata = z };
	z->reserve = reserve_start(&setup);
	show_load(z);
	zygote_tell_ready(z);
}

static void pool_on_started(unsigned slot, pid_t pid, void *userdata)
{
	zygote_tell(userdata,
		    json_pack("{s:s, s:i, s:i}", "event", "worker_started", "slot", (int)slot, "pid", (int)pid));
}

void zygote_on_ban(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata)
{
	struct zygote *z = userdata;
	function_table_ban(z->table, entry->native, ban->reason, ban->detail);
	/* What gains nothing is nobody's fault. */
	log_with(ban->reason == REASON_NO_GAIN ? LOG_NOTICE : LOG_ERR,
		 LOG_FIELDS("FUNCTION", entry->name, "REASON", reason_word(ban->reason)),
		 "%s(%s) is out of service: %s", entry->name, entry->types, ban->detail);
}

static const uint64_t SENSIBLE_NS = UINT64_C(1) << 50; /* 13 days; the sum of all workers' is within 64 bits */

/* The workers' numbers of one function's newest code, if one has any: what most of them say.  They are only believed to
 * be numbers.
 */
static bool trial_read(const struct zygote *z, const struct native_function *function, struct trial_result *ret)
{
	uint32_t index = native_index(function), version = native_version(function);
	unsigned n = 0, gains = 0, loses = 0;
	uint64_t native = 0, cpython = 0;
	for (unsigned slot = 0; slot < z->settings->slots; slot++) {
		const struct trial_counters *from = &z->counters->trial[slot][index];
		uint64_t cpython_ns = atomic_load_explicit(&from->cpython_ns, memory_order_acquire);
		if (cpython_ns == 0 || atomic_load_explicit(&from->version, memory_order_relaxed) != version)
			continue;
		n++;
		uint32_t verdict = atomic_load_explicit(&from->verdict, memory_order_relaxed);
		gains += verdict == TRIAL_GAINS;
		loses += verdict == TRIAL_LOSES;
		uint64_t native_ns = atomic_load_explicit(&from->native_ns, memory_order_relaxed);
		cpython += Py_MIN(cpython_ns, SENSIBLE_NS);
		native += Py_MIN(native_ns, SENSIBLE_NS);
	}
	*ret = (struct trial_result){ .native_ns = native ? native : 1,
				      .cpython_ns = cpython,
				      .verdict = 2 * loses > n ? TRIAL_LOSES
						 : gains       ? TRIAL_GAINS
							       : TRIAL_UNSURE };
	return n > 0;
}

/* Look at what the workers found out, until all is known. */
static int on_trials_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct zygote *z = userdata;
	size_t n, unknown = 0;
	struct roster_entry *entries = roster_entries(codecache_roster(z->cache), &n);
	for (size_t i = 0; i < n; i++) {
		struct trial_result result;
		if (entries[i].dropped || entries[i].gain > 0)
			continue;
		unknown++;
		if (!trial_read(z, entries[i].native, &result))
			continue;
		double gain = (double)result.cpython_ns / (double)result.native_ns;
		char detail[64];
		(void)snprintf(detail, sizeof(detail), "%.2f times as fast in its first calls", gain);
		struct codecache_ban ban = {
			.reason = REASON_NO_GAIN, .detail = detail, .tell = zygote_on_ban, .userdata = z
		};
		function_table_gain(z->table, entries[i].native, gain);
		codecache_measured(z->cache, entries[i].native, &result, &ban);
	}
	/* Functions that are never called stay unknown: look less often at nothing. */
	int r = sd_event_source_set_time_relative(source, unknown ? TRIALS_US : TRIALS_DONE_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Of the last ones, for status. */
static void remember_fault(struct zygote *z, const char *name, const char *detail)
{
	if (!z->faults)
		z->faults = json_array();
	if (json_array_size(z->faults) == FAULTS_KEPT)
		(void)json_array_remove(z->faults, 0);
	(void)json_array_append_new(z->faults, json_pack("{s:s?, s:s, s:I}", "function", name, "detail", detail, "time",
							 (json_int_t)time(NULL)));
}

/* The worker's word, and that of whoever can write there: it may cost functions their code, and is not believed for
 * ever. */
static void look_at_fault(struct zygote *z, unsigned slot, pid_t pid)
{
	struct fault_note *note = &z->counters->fault[slot];
	if (atomic_exchange(&note->pid, 0) != pid || !z->cache)
		return;
	size_t offset = (size_t)atomic_load(&note->offset);
	const char *signal = sigabbrev_np(atomic_load(&note->signal));
	char detail[160];
	(void)snprintf(detail, sizeof(detail), "SIG%s in worker %u (pid %d) at %#zx of the code, address %#llx",
		       signal ? signal : "?", slot, (int)pid, offset, (unsigned long long)atomic_load(&note->address));
	remember_fault(z, codecache_name_at(z->cache, offset), detail);
	struct codecache_ban ban = {
		.reason = REASON_QUARANTINED, .detail = detail, .tell = zygote_on_ban, .userdata = z
	};
	struct cause cause = CAUSE_INIT;
	if (codecache_quarantine(z->cache, offset, &ban, &cause) < 0)
		log_error("nothing is quarantined after %s: %s", detail, cause.text);
}

static void pool_on_exited(unsigned slot, const siginfo_t *info, const char *how, enum worker_leave reason,
			   void *userdata)
{
	struct zygote *z = userdata;
	look_at_fault(z, slot, info->si_pid);
	if (strcmp(z->state, "ready") == 0)
		metrics_replaced(z->metrics, info, reason);
	zygote_tell(z, json_pack("{s:s, s:i, s:i, s:s}", "event", "worker_exited", "slot", (int)slot, "pid",
				 (int)info->si_pid, "status", how));
}

static void pool_on_failed(const char *cause, void *userdata)
{
	struct zygote *z = userdata;
	zygote_tell_failed(z, cause, NULL);
	z->status = 1;
	pool_end(z->pool, SIGTERM, UINT64_MAX);
}

static void pool_on_stopped(void *userdata)
{
	struct zygote *z = userdata;
	if (z->status == 0)
		zygote_tell(z, json_pack("{s:s}", "event", "stopped"));
	zygote_finish(z, z->status);
}

static const struct pool_handlers pool_handlers = {
	.run = worker_main,
	.ready = pool_on_ready,
	.started = pool_on_started,
	.exited = pool_on_exited,
	.failed = pool_on_failed,
	.stopped = pool_on_stopped,
};

int zygote_fork_workers(struct zygote *z, struct cause *cause)
{
	zygote_tell_state(z, "forking");
	int r = pool_new(z->event, z->settings->workers, z->counters, &z->settings->turnover, &pool_handlers, z,
			 &z->pool, cause);
	if (r == 0 && z->cache && z->settings->verify) {
		r = sd_event_add_time_relative(z->event, &z->trials, CLOCK_MONOTONIC, TRIALS_US, TRIALS_US / 4,
					       on_trials_timer, z);
		r = r < 0 ? cause_set_errno(cause, r, "cannot watch the trials") : 0;
	}
	int keep_fd = r == 0 && z->cache ? codecache_keep_fd(z->cache) : -1;
	if (keep_fd >= 0) {
		r = sd_event_add_io(z->event, &z->keeping, keep_fd, EPOLLIN, on_kept, z);
		r = r < 0 ? cause_set_errno(cause, r, "cannot watch what writes the store") : 0;
	}
	if (r == 0) {
		r = sd_event_add_post(z->event, &z->post, on_post, z);
		r = r < 0 ? cause_set_errno(cause, r, "cannot keep the metrics") : 0;
	}
	return r < 0 ? r : pool_start(z->pool, cause);
}
