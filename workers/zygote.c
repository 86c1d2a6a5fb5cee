/* zygote.c - preforge-zygote: one load of the app.
 *
 * It imports the app, answers the warm-up's requests under the profiler, has what is hot compiled, and forks the
 * workers, which inherit all of that.  Up to the fork it does one thing after the other, without an event loop: nothing
 * is in flight yet, so a stop in the middle simply ends the process (see watch_for_stop()).  Afterwards it sits in the
 * loop, and must stay pristine: it never answers a request again. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "codecache/codecache.h"
#include "codecache/compiler_jail.h"
#include "codecache/jit/jit.h"
#include "codecache/roster.h"
#include "codecache/store.h"
#include "common/channel.h"
#include "common/cleanup.h"
#include "common/counters.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/worker_signals.h"
#include "workers/app.h"
#include "workers/coroutines.h"
#include "workers/explain.h"
#include "workers/finder.h"
#include "workers/functions.h"
#include "workers/history.h"
#include "workers/interpreter.h"
#include "workers/measure.h"
#include "workers/memory.h"
#include "workers/oncall.h"
#include "workers/orders.h"
#include "workers/pool.h"
#include "workers/profile.h"
#include "workers/settings.h"
#include "workers/warmup.h"
#include "workers/worker.h"

enum {
	EXIT_USAGE = 2,
	FAULTS_KEPT = 8,
	TRIALS_US = 250 * 1000, /* how often the workers' trials are looked at */
	TRIALS_DONE_US = 2 * 1000 * 1000,
	THREAD_STACK_SIZE = 8 << 20,
	FLUSH_US = 5 * 1000 * 1000, /* how long the master may take to read our last words */
};

struct zygote {
	sd_event *event;
	struct channel *channel;
	json_t *start; /* the master's first message, until it is read */
	const char *state;
	int status;    /* of the process, at its end */
	int signal_fd; /* an eventfd that the SIGTERM handler writes */
	sd_event_source *signal_source;
	struct settings *settings;
	struct counters *counters;
	struct metrics *metrics;
	struct codecache_gauges shown; /* in the metrics */
	sd_event_source *post;
	struct apps apps;
	struct rpc *rpc;         /* answers the warm-up's requests */
	struct codecache *cache; /* NULL with [jit] mode=off */
	struct function_table *table;
	struct orders *orders; /* NULL: nothing is compiled after the fork */
	struct finder *finder; /* in a worker; may be NULL */
	json_t *history;       /* what was compiled at the start */
	struct pool *pool;
	uint64_t import_us, warmup_us, compile_us;
	sd_event_source *trials;
	json_t *faults; /* the last ones, NULL: none */
};

/* A question of the master that is answered later. */
struct question {
	struct zygote *zygote;
	json_t *id;
};

static uint64_t now_us(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* ---- what the master is told ----------------------------------------------------------------------------------------
 */

/* A master that is gone shows at the channel's end, so that a message to it is lost is no news. */
static void tell(struct zygote *z, json_t *message)
{
	int r = channel_send_new(z->channel, message);
	if (r < 0 && r != -EPIPE)
		log_warning("cannot tell the master: %s", strerror(-r));
}

static void tell_state(struct zygote *z, const char *state)
{
	z->state = state;
	tell(z, json_pack("{s:s, s:s}", "event", "state", "state", state));
	(void)channel_flush(z->channel, FLUSH_US);
}

static void tell_failed(struct zygote *z, const char *cause, const char *traceback)
{
	tell(z, json_pack("{s:s, s:s, s:s?}", "event", "failed", "cause", cause, "traceback", traceback));
	(void)channel_flush(z->channel, FLUSH_US);
}

static json_t *methods_json(const struct zygote *z)
{
	json_t *array = json_array();
	PyObject *name, *value;
	for (Py_ssize_t at = 0; z->apps.methods && PyDict_Next(z->apps.methods, &at, &name, &value);)
		(void)json_array_append_new(array, json_string(PyUnicode_AsUTF8(name)));
	PyErr_Clear();
	return array;
}

static json_t *store_json(const struct zygote *z, const struct codecache_gauges *gauges)
{
	const char *cause = "";
	const struct store *store = z->cache ? codecache_store(z->cache, &cause) : NULL;
	return json_pack("{s:s?, s:s?, s:I, s:I, s:I}", "directory", store ? store_directory(store) : NULL, "cause",
			 *cause ? cause : NULL, "stored", (json_int_t)gauges->stored, "failed",
			 (json_int_t)gauges->store_failed, "bad", (json_int_t)gauges->store_bad);
}

static json_t *cache_json(const struct zygote *z)
{
	struct codecache_gauges gauges = {};
	if (z->cache)
		codecache_get_gauges(z->cache, &gauges);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "compiled",
			 (json_int_t)gauges.compiled, "loaded", (json_int_t)gauges.loaded, "refused",
			 (json_int_t)gauges.refused, "quarantined", (json_int_t)gauges.quarantined, "full",
			 (json_int_t)gauges.full, "size", (json_int_t)gauges.size, "used", (json_int_t)gauges.used,
			 "rows", (json_int_t)gauges.rows, "max_rows", (json_int_t)gauges.max_rows, "store",
			 store_json(z, &gauges), "faults", z->faults ? json_deep_copy(z->faults) : json_array(), "live",
			 z->orders ? orders_status(z->orders) : json_null());
}

static json_t *workers_json(const struct zygote *z)
{
	json_t *array = json_array();
	for (unsigned i = 0; z->pool && i < z->settings->workers; i++)
		if (pool_pid(z->pool, i))
			(void)json_array_append_new(
				array, json_pack("{s:i, s:i}", "slot", (int)i, "pid", (int)pool_pid(z->pool, i)));
	return array;
}

static const char *compiler_state(const struct zygote *z)
{
	if (z->settings->jit_mode == JIT_OFF)
		return reason_text(REASON_JIT_OFF);
	return z->cache ? codecache_compiler(z->cache) : "ok";
}

static json_t *status_json(const struct zygote *z)
{
	return json_pack("{s:i, s:s, s:o, s:{s:I, s:I, s:I}, s:o, s:s}", "pid", (int)getpid(), "state", z->state,
			 "cache", cache_json(z), "timings", "import_us", (json_int_t)z->import_us, "warmup_us",
			 (json_int_t)z->warmup_us, "compile_us", (json_int_t)z->compile_us, "methods", methods_json(z),
			 "compiler", compiler_state(z));
}

static void tell_ready(struct zygote *z)
{
	z->state = "ready";
	tell(z, json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:o}", "event", "ready", "workers", workers_json(z),
			  "methods", methods_json(z), "import_us", (json_int_t)z->import_us, "warmup_us",
			  (json_int_t)z->warmup_us, "compile_us", (json_int_t)z->compile_us, "cache", cache_json(z)));
}

/* ---- the end --------------------------------------------------------------------------------------------------------
 */

/* End the loop after last words. */
static void finish(struct zygote *z, int status)
{
	orders_free(steal_ptr(z->orders));
	z->status = status;
	(void)channel_flush(z->channel, FLUSH_US);
	(void)sd_event_exit(z->event, 0);
}

/* patience_us: for the calls that run; UINT64_MAX if somebody else has an eye on it. */
static void stop(struct zygote *z, uint64_t patience_us)
{
	if (z->pool) {
		z->state = "stopping";
		pool_end(z->pool, SIGTERM, patience_us);
		return;
	}
	tell(z, json_pack("{s:s}", "event", "stopped"));
	finish(z, 0);
}

/* Until the loop runs, the kernel tells by a signal that the channel has something: if that is a stop, or the master's
 * end, nobody waits for us any more.  Only async-signal-safe calls. */
static int stop_watch_fd = -1;

static void on_channel_signal(int signal)
{
	(void)signal;
	int saved = errno;
	static char bytes[4096];
	ssize_t n = recv(stop_watch_fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	if (n == 0)
		_exit(0);
	if (n > 0 && memmem(bytes, (size_t)n, "\"stop\"", 6)) {
		static const char stopped[] = "{\"event\":\"stopped\"}\n";
		(void)send(stop_watch_fd, stopped, sizeof(stopped) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		_exit(0);
	}
	errno = saved;
}

static int watch_for_stop(struct zygote *z, bool on)
{
	int number = SIGRTMAX - 2;
	int fd = stop_watch_fd = channel_fd(z->channel);
	struct sigaction action = { .sa_handler = on ? on_channel_signal : SIG_IGN, .sa_flags = SA_RESTART };
	if (sigaction(number, &action, NULL) < 0 || fcntl(fd, F_SETOWN, on ? getpid() : 0) < 0 ||
	    fcntl(fd, F_SETSIG, number) < 0)
		return -errno;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC) < 0)
		return -errno;
	if (on)
		on_channel_signal(number); /* what came before */
	return 0;
}

static int sigterm_fd = -1;

static void on_sigterm(int signal)
{
	(void)signal;
	int saved = errno;
	uint64_t one = 1;
	(void)!write(sigterm_fd, &one, sizeof(one));
	errno = saved;
}

static int on_sigterm_event(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)events;
	uint64_t count;
	(void)!read(fd, &count, sizeof(count));
	stop(userdata, UINT64_MAX);
	return 0;
}

/* Not by a signalfd: that wants the signal blocked, and the mask would be inherited by all that the app starts. */
static int catch_sigterm(struct zygote *z)
{
	z->signal_fd = sigterm_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (z->signal_fd < 0)
		return -errno;
	int r = sd_event_add_io(z->event, &z->signal_source, z->signal_fd, EPOLLIN, on_sigterm_event, z);
	struct sigaction action = { .sa_handler = on_sigterm, .sa_flags = SA_RESTART };
	if (r >= 0 && sigaction(SIGTERM, &action, NULL) < 0)
		r = -errno;
	return r;
}

/* ---- metrics
 * ---------------------------------------------------------------------------------------------------------
 */

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
	if (z->cache)
		show_cache(z);
	if (z->orders)
		metrics_set(z->metrics, METRIC_COMPILER_QUEUED, orders_queued(z->orders));
	return 0;
}

/* ---- the workers ----------------------------------------------------------------------------------------------------
 */

static struct rpc_options rpc_options(const struct zygote *z)
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
	atomic_store_explicit(&to->gains, result->gains, memory_order_relaxed);
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
				     .workers = z->settings->workers,
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
		.n_team = s->workers,
		.slot = slot,
		.peers = z->counters->peer,
		.exchange = &s->exchange,
		.lifeline = s->lifeline,
		.times = s->limits,
		.rpc = rpc_options(z),
		.limits = framing_limits(s),
		.deadlines = &s->deadlines,
		.fault = &z->counters->fault[slot],
		.metrics = append_metrics,
		.userdata = z,
	};
	measure_start(&(struct measure_options){ .metrics = z->metrics,
						 .gauges = &z->counters->gauges[slot],
						 .slot = slot,
						 .access_log = s->log_access });
	if (z->cache) {
		codecache_code(z->cache, &setup.code, &setup.code_size);
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
static void start_finder(struct zygote *z, unsigned slot, int orders_fd)
{
	struct finder_options options = { .cache = z->cache,
					  .orders_fd = orders_fd,
					  .sample_us = z->settings->sample_us,
					  .hot_us = z->settings->hot_us,
					  .cpu_us = z->counters->gauges[slot].cpu_us };
	struct cause cause = CAUSE_INIT;
	if (finder_new(&options, &z->finder, &cause) < 0)
		log_warning("this worker does not find out what is hot: %s", cause.text);
}

/* In the new process: let go of what is the zygote's, then serve. */
static int worker_main(unsigned slot, void *userdata)
{
	struct zygote *z = userdata;
	native_set_counters(z->counters->function[slot]);
	native_set_exit_counters(z->counters->exit[slot]);
	int orders_fd = z->orders ? orders_in_worker(steal_ptr(z->orders)) : -1;
	if (z->cache)
		codecache_after_fork(z->cache);
	z->channel = channel_free(z->channel);
	z->signal_source = sd_event_source_unref(z->signal_source);
	z->trials = sd_event_source_unref(z->trials);
	z->post = sd_event_source_unref(z->post);
	z->signal_fd = close_fd(z->signal_fd);
	pool_free(steal_ptr(z->pool));
	z->event = sd_event_unref(z->event);
	log_init("preforge-worker", z->settings->log_level);
	if (orders_fd >= 0)
		start_finder(z, slot, orders_fd);
	return serve(z, slot);
}

static void pool_on_ready(void *userdata)
{
	show_load(userdata);
	tell_ready(userdata);
}

static void pool_on_started(unsigned slot, pid_t pid, void *userdata)
{
	tell(userdata, json_pack("{s:s, s:i, s:i}", "event", "worker_started", "slot", (int)slot, "pid", (int)pid));
}

static void on_ban(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata)
{
	struct zygote *z = userdata;
	function_table_ban(z->table, entry->native, ban->reason, ban->detail);
	log_with(LOG_ERR, LOG_FIELDS("FUNCTION", entry->name, "REASON", reason_word(ban->reason)),
		 "%s(%s) is out of service: %s", entry->name, entry->types, ban->detail);
}

/* The workers' numbers of one function, if one has any: what most of them say.  They are only believed to be numbers.
 */
static bool trial_read(const struct zygote *z, uint32_t index, struct trial_result *ret)
{
	unsigned n = 0, gains = 0;
	uint64_t native = 0, cpython = 0;
	for (unsigned slot = 0; slot < z->settings->workers; slot++) {
		const struct trial_counters *from = &z->counters->trial[slot][index];
		uint64_t cpython_ns = atomic_load_explicit(&from->cpython_ns, memory_order_acquire);
		if (cpython_ns == 0)
			continue;
		n++;
		gains += atomic_load_explicit(&from->gains, memory_order_relaxed) != 0;
		cpython += cpython_ns / 1024;
		native += atomic_load_explicit(&from->native_ns, memory_order_relaxed) / 1024;
	}
	*ret = (struct trial_result){ .native_ns = native ? native : 1,
				      .cpython_ns = cpython,
				      .gains = 2 * gains >= n };
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
		if (!trial_read(z, native_index(entries[i].native), &result))
			continue;
		double gain = (double)result.cpython_ns / (double)result.native_ns;
		char detail[64];
		(void)snprintf(detail, sizeof(detail), "%.2f times as fast in its first calls", gain);
		struct codecache_ban ban = {
			.reason = REASON_NO_GAIN, .detail = detail, .tell = on_ban, .userdata = z
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
	struct codecache_ban ban = { .reason = REASON_QUARANTINED, .detail = detail, .tell = on_ban, .userdata = z };
	struct cause cause = CAUSE_INIT;
	if (codecache_quarantine(z->cache, offset, &ban, &cause) < 0)
		log_error("nothing is quarantined after %s: %s", detail, cause.text);
}

static enum metric restart_cause(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		return METRIC_RESTARTS_CRASH;
	switch (info->si_status) {
	case WORKER_EXIT_DEADLINE: return METRIC_RESTARTS_DEADLINE;
	case WORKER_EXIT_FAULT: return METRIC_RESTARTS_FAULT;
	default: return METRIC_RESTARTS_EXIT;
	}
}

static void pool_on_exited(unsigned slot, pid_t pid, const siginfo_t *info, const char *how, void *userdata)
{
	struct zygote *z = userdata;
	look_at_fault(z, slot, pid);
	if (strcmp(z->state, "ready") == 0)
		metrics_add(&z->metrics->scalar[restart_cause(info)], 1);
	tell(z, json_pack("{s:s, s:i, s:i, s:s}", "event", "worker_exited", "slot", (int)slot, "pid", (int)pid,
			  "status", how));
}

static void pool_on_failed(const char *cause, void *userdata)
{
	struct zygote *z = userdata;
	tell_failed(z, cause, NULL);
	z->status = 1;
	pool_end(z->pool, SIGTERM, UINT64_MAX);
}

static void pool_on_stopped(void *userdata)
{
	struct zygote *z = userdata;
	if (z->status == 0)
		tell(z, json_pack("{s:s}", "event", "stopped"));
	finish(z, z->status);
}

static const struct pool_handlers pool_handlers = {
	.run = worker_main,
	.ready = pool_on_ready,
	.started = pool_on_started,
	.exited = pool_on_exited,
	.failed = pool_on_failed,
	.stopped = pool_on_stopped,
};

/* ---- import, warm-up, compilation -----------------------------------------------------------------------------------
 */

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
	tell_state(z, "importing");
	uint64_t start = now_us();
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
	z->import_us = now_us() - start;
	if (r == 0)
		log_refused(z);
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
		.eager = z->settings->jit_mode == JIT_EAGER,
		.urgent = z->settings->jit_mode == JIT_EAGER,
		.plant = z->settings->plant,
		.trials = z->settings->verify && z->settings->jit_mode != JIT_EAGER,
	};
	if (*compiler_jail_missing())
		log_notice("compilers are less locked in than they could be: %s", compiler_jail_missing());
	return codecache_new(&options, &z->cache, cause);
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
	tell_state(z, "warming");
	struct warmup_options options = {
		.path = z->settings->warmup_requests,
		.deadline_us = z->settings->warmup_deadline_us,
		.answer = answer,
		.userdata = z,
	};
	struct warmup_result result;
	uint64_t start = now_us();
	int r = warmup_run(&options, &result, cause);
	z->warmup_us = now_us() - start;
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

static int compile(struct zygote *z, struct profile *profile, struct cause *cause)
{
	tell_state(z, "compiling");
	uint64_t start = now_us();
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
		if (r == 0 && store && app && history_save(store, app, history, &unsaved) < 0)
			log_warning("the store: %s", unsaved.text);
	}
	z->history = history;
	if (r == 0 && eager)
		r = function_table_compile_rest(z->table, z->cache, cause);
	z->compile_us = now_us() - start;
	if (r < 0) {
		/* The app works without. */
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NOT_COMPILED)), "nothing is compiled: %s", cause->text);
		*cause = CAUSE_INIT;
	} else if (strcmp(codecache_compiler(z->cache), "ok") != 0) {
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(NOT_COMPILED)), "nothing is compiled: %s",
			 codecache_compiler(z->cache));
	}
	(void)codecache_store(z->cache, &store_cause);
	if (*store_cause)
		log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(STORE_UNUSABLE)), "the store: %s", store_cause);
	return 0;
}

/* From the imported app to everything that workers inherit. */
static int warm_up(struct zygote *z, struct cause *cause)
{
	bool off = z->settings->jit_mode == JIT_OFF;
	int r = start_cache(z, cause);
	if (r < 0)
		return r;
	r = function_table_new(&z->apps, off ? REASON_JIT_OFF : REASON_NOT_CALLED, &z->table, cause);
	if (r < 0)
		return r;
	struct oncall oncall = { .cache = z->cache, .report = note_compiled, .userdata = z };
	struct profile_options options = {
		.on_call = z->settings->jit_mode == JIT_EAGER ? oncall_ask : NULL,
		.userdata = &oncall,
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
	return off ? 0 : compile(z, profile, cause);
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
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct orders_options options = { .cache = z->cache,
					  .table = z->table,
					  .compilers = cpus > 3 ? (unsigned)cpus / 2 : 1,
					  .app = app ? app : "",
					  .history = z->history };
	int r = orders_new(&options, &z->orders, cause);
	return r < 0 ? r : orders_watch(z->orders, z->event, cause);
}

static int fork_workers(struct zygote *z, struct cause *cause)
{
	tell_state(z, "forking");
	int r = pool_new(z->event, z->settings->workers, z->counters, &z->settings->turnover, &pool_handlers, z,
			 &z->pool, cause);
	if (r == 0 && z->cache && z->settings->verify) {
		r = sd_event_add_time_relative(z->event, &z->trials, CLOCK_MONOTONIC, TRIALS_US, TRIALS_US / 4,
					       on_trials_timer, z);
		r = r < 0 ? cause_set_errno(cause, r, "cannot watch the trials") : 0;
	}
	if (r == 0) {
		r = sd_event_add_post(z->event, &z->post, on_post, z);
		r = r < 0 ? cause_set_errno(cause, r, "cannot keep the metrics") : 0;
	}
	return r < 0 ? r : pool_start(z->pool, cause);
}

static int set_cloexec(int fd, const char *what, struct cause *cause)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return cause_set_errno(cause, -errno, "%s: descriptor %d", what, fd);
	return 0;
}

static int read_settings(struct zygote *z, struct cause *cause)
{
	int r = settings_from_json(z->start, &z->settings, cause);
	if (r < 0)
		return r;
	json_decref(steal_ptr(z->start));
	log_set_format((enum log_format)z->settings->log_format);
	log_init("preforge-zygote", z->settings->log_level);
	r = set_cloexec(z->settings->counters_fd, "start message: counters_fd", cause);
	const int fds[] = { z->settings->exchange.in, z->settings->exchange.out, z->settings->lifeline,
			    z->settings->metrics_fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]) && r == 0; i++)
		r = set_cloexec(fds[i], "start message: exchange, lifeline and metrics", cause);
	for (size_t i = 0; i < z->settings->n_listeners && r == 0; i++)
		r = set_cloexec(z->settings->listeners[i].fd, z->settings->listeners[i].address, cause);
	if (r == 0)
		r = counters_map(z->settings->counters_fd, &z->counters, cause);
	return r < 0 ? r : metrics_map(z->settings->metrics_fd, &z->metrics, cause);
}

static int prepare(struct zygote *z, char **ret_traceback, struct cause *cause)
{
	int r = read_settings(z, cause);
	if (r < 0)
		return r;
	r = watch_for_stop(z, true);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot watch the channel");
	r = prepare_apps(z, ret_traceback, cause);
	struct rpc_options options = rpc_options(z);
	if (r == 0)
		r = rpc_new(z->apps.methods, &options, &z->rpc, cause);
	if (r == 0)
		r = warm_up(z, cause);
	if (r < 0)
		return r;
	coroutines_close();
	if (z->cache && z->settings->sample_us > 0)
		r = open_orders(z, cause);
	if (r < 0)
		return r;
	freeze();
	r = watch_for_stop(z, false);
	if (r == 0)
		r = catch_sigterm(z);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot watch the channel");
	return fork_workers(z, cause);
}

/* ---- messages of the master -----------------------------------------------------------------------------------------
 */

static void reply(struct zygote *z, json_t *id, json_t *result)
{
	tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result", result));
}

static void on_explained(json_t *result, const char *cause, void *userdata)
{
	struct question *question = userdata;
	struct zygote *z = question->zygote;
	reply(z, question->id, result ? json_incref(result) : json_pack("{s:s}", "cause", cause));
	json_decref(question->id);
	free(question);
}

/* {"name":, "ir": bool, "asm": bool}: answered when a compiler has looked at it. */
static void explain(struct zygote *z, json_t *id, const json_t *params)
{
	const char *name = json_string_value(json_object_get(params, "name"));
	struct question *question = calloc(1, sizeof(*question));
	if (!question)
		return;
	*question = (struct question){ .zygote = z, .id = json_incref(id) };
	struct explain_options options = {
		.table = z->table,
		.cache = z->cache,
		.history = z->history,
		.tables = &z->counters->exit[0][0],
		.n_tables = COUNTERS_MAX_WORKERS + 1,
		.what = (json_is_true(json_object_get(params, "ir")) ? JIT_EXPLAIN_IR : 0u) |
			(json_is_true(json_object_get(params, "asm")) ? JIT_EXPLAIN_ASM : 0u),
		.done = on_explained,
		.userdata = question,
	};
	explain_function(&options, name ? name : "");
}

static void on_message(struct channel *channel, json_t *message, void *userdata)
{
	(void)channel;
	struct zygote *z = userdata;
	const char *op = json_string_value(json_object_get(message, "op"));
	json_t *id = json_object_get(message, "id");
	if (!op) {
		log_warning("the master sent a message without an op");
	} else if (strcmp(op, "start") == 0 && !z->settings && !z->start) {
		z->start = json_incref(message);
	} else if (strcmp(op, "stop") == 0) {
		stop(z, UINT64_MAX);
	} else if (strcmp(op, "drain") == 0 && z->pool) {
		z->state = "draining";
		pool_end(z->pool, WORKER_SIGNAL_DRAIN,
			 (uint64_t)json_integer_value(json_object_get(message, "patience_us")));
	} else if (strcmp(op, "status") == 0 && z->settings) {
		tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result", status_json(z)));
	} else if (strcmp(op, "explain") == 0 && z->table) {
		explain(z, id, json_object_get(message, "params"));
	} else if (strcmp(op, "cache") == 0 && z->settings) {
		tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result",
				  z->cache ? codecache_store_json(z->cache) : json_object()));
	} else if (strcmp(op, "functions") == 0 && z->table) {
		tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result",
				  function_table_to_json(z->table, z->counters)));
	} else {
		log_warning("the master sent \"%s\", which cannot be done now", op);
	}
}

/* The master is gone: let the workers finish, and leave.  They notice it, too, but perhaps only after their calls, and
 * a new master cannot have the addresses while somebody listens there. */
static void on_closed(struct channel *channel, int result, const char *cause, void *userdata)
{
	(void)channel;
	struct zygote *z = userdata;
	if (result < 0)
		log_error("channel to the master: %s", cause);
	else
		log_notice("the master is gone; stopping");
	for (size_t i = 0; z->settings && i < z->settings->n_listeners; i++)
		if (z->settings->listeners[i].ours)
			(void)shutdown(z->settings->listeners[i].fd, SHUT_RDWR);
	stop(z, z->settings ? z->settings->stop_timeout_us : UINT64_MAX);
}

static const struct channel_handlers channel_handlers = { .message = on_message, .closed = on_closed };

/* ---- main -----------------------------------------------------------------------------------------------------------
 */

/* For preforgectl cache without a daemon: what the units that can be loaded here are made by. */
static int print_made_by(void)
{
	enum { DEFAULT_OPTIMIZE = 3 };
	json_t *made_by = codecache_made_by(DEFAULT_OPTIMIZE);
	int r = made_by && json_dumpf(made_by, stdout, JSON_COMPACT) == 0 && puts("") >= 0 ? 0 : EXIT_FAILURE;
	json_decref(made_by);
	return r;
}

static int parse_channel(int argc, char **argv)
{
	static const char option[] = "--channel=";
	if (argc == 2 && strncmp(argv[1], option, sizeof(option) - 1) == 0) {
		char *end;
		const char *number = argv[1] + sizeof(option) - 1;
		long fd = strtol(number, &end, 10);
		if (*number && !*end && fd > STDERR_FILENO && fd < INT32_MAX &&
		    fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0)
			return (int)fd;
	}
	(void)fprintf(stderr, "usage: preforge-zygote --channel=FD\n"
			      "It is started by preforged; FD is a socket that it has inherited.\n");
	return -1;
}

static int run(struct zygote *z, int fd, struct cause *cause)
{
	int r = sd_event_new(&z->event);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot make an event loop");
	r = channel_create(z->event, fd, 0, &channel_handlers, z, &z->channel, cause);
	if (r < 0)
		return r;
	while (!z->start && sd_event_get_state(z->event) != SD_EVENT_FINISHED) {
		r = sd_event_run(z->event, UINT64_MAX);
		if (r < 0)
			return cause_set_errno(cause, r, "event loop");
	}
	if (!z->start)
		return 0;
	cleanup_free char *traceback = NULL;
	r = prepare(z, &traceback, cause);
	if (r < 0) {
		tell_failed(z, cause->text, traceback);
		return r;
	}
	r = sd_event_loop(z->event);
	return r < 0 ? cause_set_errno(cause, r, "event loop") : 0;
}

/* The large stack that the master asks for (see zygote_proc.c) is for the main thread.  glibc would give as much to
 * each other one, from memory that counts against limits. */
static void bound_thread_stacks(void)
{
	pthread_attr_t attributes;
	size_t size;
	if (pthread_getattr_default_np(&attributes) != 0)
		return;
	if (pthread_attr_getstacksize(&attributes, &size) == 0 && size > THREAD_STACK_SIZE &&
	    pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE) == 0)
		(void)pthread_setattr_default_np(&attributes); /* else they are large */
	(void)pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--made-by") == 0)
		return print_made_by();
	int fd = parse_channel(argc, argv);
	if (fd < 0)
		return EXIT_USAGE;
	log_init("preforge-zygote", LOG_INFO);
	bound_thread_stacks();
	/* Ctrl-C at a terminal goes to all of us: it is the master that acts on it. */
	(void)signal(SIGINT, SIG_IGN);
	struct zygote z = { .state = "starting", .signal_fd = -1 };
	struct cause cause = CAUSE_INIT;
	if (run(&z, fd, &cause) < 0) {
		if (!z.channel)
			log_error("%s", cause.text);
		return EXIT_FAILURE;
	}
	return z.status;
}
