/* zygote.c - preforge-zygote: one load of the app.
 *
 * It imports the app, answers the warm-up's requests under the profiler, has what is hot compiled (zygote_prepare.c),
 * and forks the workers, which inherit all of that (zygote_serve.c).  Up to the fork it does one thing after the other,
 * without an event loop: nothing is in flight yet, so a stop in the middle simply ends the process (see
 * watch_for_stop()).  Afterwards it sits in the loop, and must stay pristine: it never answers a request again. */
#include "config.h"

#include "workers/zygote_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codecache/jit/jit.h"
#include "codecache/store.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/worker_signals.h"
#include "workers/explain.h"

enum {
	EXIT_USAGE = 2,
	THREAD_STACK_SIZE = 8 << 20,
	FLUSH_US = 5 * 1000 * 1000, /* how long the master may take to read our last words */
	KEEP_MS = 3000,             /* how long the disk may take for what is to be kept */
};

/* A question of the master that is answered later. */
struct question {
	struct zygote *zygote;
	json_t *id;
};

/* ---- what the master is told ---- */

void zygote_tell(struct zygote *z, json_t *message)
{
	int r = channel_send_new(z->channel, message);
	if (r < 0 && r != -EPIPE)
		log_warning("cannot tell the master: %s", strerror(-r));
}

void zygote_tell_state(struct zygote *z, const char *state)
{
	z->state = state;
	zygote_tell(z, json_pack("{s:s, s:s}", "event", "state", "state", state));
	(void)channel_flush(z->channel, FLUSH_US);
}

void zygote_tell_failed(struct zygote *z, const char *cause, const char *traceback)
{
	zygote_tell(z, json_pack("{s:s, s:s, s:s?}", "event", "failed", "cause", cause, "traceback", traceback));
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
	for (unsigned i = 0; z->pool && i < z->settings->slots; i++)
		if (pool_pid(z->pool, i))
			(void)json_array_append_new(
				array, json_pack("{s:i, s:i}", "slot", (int)i, "pid", (int)pool_pid(z->pool, i)));
	return array;
}

static const char *compiler_state(const struct zygote *z)
{
	if (z->settings->jit_mode == JIT_OFF)
		return reason_text(REASON_JIT_OFF);
	return z->cache ? codecache_compiler(z->cache) : z->no_cache.text[0] ? z->no_cache.text : "ok";
}

static json_t *status_json(const struct zygote *z)
{
	return json_pack("{s:i, s:s, s:o, s:{s:I, s:I, s:I}, s:o, s:s}", "pid", (int)getpid(), "state", z->state,
			 "cache", cache_json(z), "timings", "import_us", (json_int_t)z->import_us, "warmup_us",
			 (json_int_t)z->warmup_us, "compile_us", (json_int_t)z->compile_us, "methods", methods_json(z),
			 "compiler", compiler_state(z));
}

void zygote_tell_ready(struct zygote *z)
{
	z->state = "ready";
	zygote_tell(z, json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:o}", "event", "ready", "workers", workers_json(z),
				 "methods", methods_json(z), "import_us", (json_int_t)z->import_us, "warmup_us",
				 (json_int_t)z->warmup_us, "compile_us", (json_int_t)z->compile_us, "cache",
				 cache_json(z)));
}

void zygote_say_store(struct zygote *z)
{
	const char *cause;
	(void)codecache_store(z->cache, &cause);
	if (!*cause || (z->store_said && strcmp(z->store_said, cause) == 0))
		return;
	free(z->store_said);
	z->store_said = strdup(cause);
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(STORE_UNUSABLE)), "the store: %s", cause);
}

/* ---- the end ---- */

void zygote_finish(struct zygote *z, int status)
{
	reserve_free(steal_ptr(z->reserve));
	z->keeping = sd_event_source_disable_unref(z->keeping);
	if (z->cache)
		codecache_keep_flush(z->cache, KEEP_MS);
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
	zygote_tell(z, json_pack("{s:s}", "event", "stopped"));
	zygote_finish(z, 0);
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

/* ---- what is done one after the other ---- */

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
			    z->settings->metrics_fd, z->settings->reserve_fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]) && r == 0; i++)
		r = set_cloexec(fds[i], "start message: exchange, lifeline, reserve and metrics", cause);
	if (r == 0 && z->settings->access_fd >= 0)
		r = set_cloexec(z->settings->access_fd, "start message: log.access_fd", cause);
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
	r = zygote_prepare(z, ret_traceback, cause);
	if (r < 0)
		return r;
	r = watch_for_stop(z, false);
	if (r == 0)
		r = catch_sigterm(z);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot watch the channel");
	return zygote_fork_workers(z, cause);
}

/* ---- messages of the master ---- */

static void reply(struct zygote *z, json_t *id, json_t *result)
{
	zygote_tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result", result));
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
		.no_cache = compiler_state(z),
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
		zygote_tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result", status_json(z)));
	} else if (strcmp(op, "explain") == 0 && z->table) {
		explain(z, id, json_object_get(message, "params"));
	} else if (strcmp(op, "cache") == 0 && z->settings) {
		zygote_tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result",
					 z->cache ? codecache_store_json(z->cache) : json_object()));
	} else if (strcmp(op, "functions") == 0 && z->table) {
		zygote_tell(z, json_pack("{s:s, s:O?, s:o}", "event", "reply", "id", id, "result",
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
	if (result < 0 && result != -ECONNRESET) {
		/* It is there, sees our end, and looks after the workers until another zygote is ready. */
		log_error("channel to the master: %s", cause);
		zygote_finish(z, EXIT_FAILURE);
		return;
	}
	log_notice("the master is gone; stopping");
	for (size_t i = 0; z->settings && i < z->settings->n_listeners; i++)
		if (z->settings->listeners[i].ours)
			(void)shutdown(z->settings->listeners[i].fd, SHUT_RDWR);
	stop(z, z->settings ? z->settings->stop_timeout_us : UINT64_MAX);
}

static const struct channel_handlers channel_handlers = { .message = on_message, .closed = on_closed };

/* ---- main ---- */

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
		zygote_tell_failed(z, cause->text, traceback);
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
	struct zygote z = { .state = "starting", .signal_fd = -1, .orders_fd = -1 };
	struct cause cause = CAUSE_INIT;
	if (run(&z, fd, &cause) < 0) {
		if (!z.channel)
			log_error("%s", cause.text);
		return EXIT_FAILURE;
	}
	return z.status;
}
