/* orders.c - see orders.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "codecache/catalogue.h"
#include "codecache/live.h"
#include "codecache/shadow.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "workers/history.h"
#include "workers/hot.h"
#include "workers/orders.h"
#include "workers/retire.h"

enum {
	RATE = 500, /* datagrams a second that are read: workers may be out of their minds */
	SECOND_US = 1000000,
};

struct orders {
	struct codecache *cache;
	const struct counters *counters;
	struct function_table *table;
	char *app;
	json_t *history;
	json_t *wanted; /* entries of it for which there was no room */
	struct live *live;
	int fds[2]; /* the zygote's and the workers' end */
	sd_event_source *requests, *compilers;
	struct codecache_ban ban;
	uint64_t bad;
	char *missing; /* what there is no compiler for; NULL: there is one */
};

/* ---- what comes of it --------------------------------------------------------- */

static uint64_t calls_of(const char *module, const char *qualname, void *userdata)
{
	const struct orders *orders = userdata;
	return function_table_calls(orders->table, orders->counters, module, qualname);
}

/* What the next start is to have: all of it while there is room. */
static json_t *functions_kept(struct orders *orders, unsigned *ret_retired)
{
	*ret_retired = 0;
	return json_array_size(orders->wanted) > 0
		       ? retire(orders->history, orders->wanted, calls_of, orders, ret_retired)
		       : json_incref(orders->history);
}

static bool is_known(const json_t *history, const json_t *entry)
{
	size_t i;
	json_t *other;
	json_array_foreach (history, i, other)
		if (json_equal(entry, other))
			return true;
	return false;
}

/* The next start finds it. */
static void remember(struct orders *orders, const struct codecache_request *request, bool wanted)
{
	json_t *entry = history_entry(request);
	struct cause cause = CAUSE_INIT;
	if (!entry || (!is_known(orders->history, entry) && json_array_append(orders->history, entry) < 0)) {
		json_decref(entry);
		return;
	}
	if (wanted)
		(void)json_array_append(orders->wanted, entry);
	unsigned retired;
	json_t *kept = functions_kept(orders, &retired);
	struct store_file file;
	if (wanted && json_array_size(orders->wanted) == 1)
		log_warning("the code cache is full ([cache] size): %s.%s stays with CPython; the next start or "
			    "reload makes room: %u functions that were not called are left out, and those that "
			    "were called most come first",
			    json_string_value(json_object_get(entry, "module")),
			    json_string_value(json_object_get(entry, "qualname")), retired);
	if (kept && history_pack(orders->app, kept, &file, &cause) == 0)
		codecache_keep(orders->cache, &file);
	json_decref(kept);
	json_decref(entry);
}

static void on_changed(const struct codecache_request *request, enum live_state state,
		       const struct codecache_result *result, void *userdata)
{
	static const enum function_state states[] = {
		[LIVE_QUEUED] = FUNCTION_QUEUED,
		[LIVE_COMPILING] = FUNCTION_COMPILING,
		[LIVE_READY] = FUNCTION_SETTLED,
		[LIVE_REFUSED] = FUNCTION_SETTLED,
	};
	struct orders *orders = userdata;
	bool is_loop = request->loop.pc > 0;
	if (is_loop && state != LIVE_READY) /* the function is what it was */
		return;
	if (function_table_set_state(orders->table, request->function, states[state]) < 0 ||
	    (result && function_table_note(orders->table, request->function, result) < 0))
		log_warning("not enough memory for the table of functions");
	bool no_room = state == LIVE_REFUSED && result && result->reason == REASON_CACHE_FULL;
	if (state == LIVE_READY || no_room)
		remember(orders, request, no_room);
}

static void on_compiler(const char *cause, void *userdata)
{
	struct orders *orders = userdata;
	free(orders->missing);
	orders->missing = cause ? strdup(cause) : NULL;
	if (cause)
		log_warning("what workers find hot is not compiled: %s", cause);
	else
		log_notice("there is a compiler again");
}

static const struct live_handlers live_handlers = { .changed = on_changed, .compiler = on_compiler };

/* ---- receiving ---------------------------------------------------------------- */

static void refuse(struct orders *orders, const struct cause *cause)
{
	if (orders->bad++ == 0)
		log_warning("a worker sent a request to compile that is none: %s", cause->text);
}

/* As a worker would. */
void orders_add(struct orders *orders, const struct codecache_request *request)
{
	uint8_t params[HOT_MAX_PARAMS];
	struct cause cause = CAUSE_INIT;
	PyObject *calls = request->calls ? shadow_pack(request->calls, HOT_MAX_CALLS) : NULL;
	struct live_order order = {
		.number = catalogue_number(codecache_catalogue(orders->cache), request->function),
		.n_params = request->n_params,
		.params = params,
		.feedback = request->feedback ? request->feedback : "",
		.calls = calls ? PyBytes_AS_STRING(calls) : NULL,
		.calls_size = calls ? (size_t)PyBytes_GET_SIZE(calls) : 0,
	};
	for (uint32_t i = 0; i < request->n_params && i < HOT_MAX_PARAMS; i++)
		params[i] = (uint8_t)request->params[i];
	if (request->n_params <= HOT_MAX_PARAMS && live_request(orders->live, &order, &cause) < 0)
		log_warning("a function stays with CPython: %s", cause.text);
	Py_XDECREF(calls);
}

static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)events;
	static char bytes[HOT_MAX_BYTES + 1];
	struct orders *orders = userdata;
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	struct hot hot;
	struct cause cause = CAUSE_INIT;
	if (n < 0)
		return 0;
	int r = hot_parse(bytes, (size_t)n, &hot, &cause);
	if (r == 0) {
		struct live_order order = { .number = hot.function,
					    .n_params = hot.n_params,
					    .params = hot.params,
					    .loop = hot.loop,
					    .feedback = hot.feedback,
					    .calls = hot.calls,
					    .calls_size = hot.calls_size };
		r = hot.is_proof ? live_prove(orders->live, orders->cache, &order, &orders->ban, &cause)
				 : live_request(orders->live, &order, &cause);
	}
	if (r < 0)
		refuse(orders, &cause);
	return 0;
}

static int on_compilers(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	struct orders *orders = userdata;
	live_step(orders->live);
	return 0;
}

/* ---- life --------------------------------------------------------------------- */

int orders_new(const struct orders_options *options, struct orders **ret, struct cause *cause)
{
	struct orders *orders = calloc(1, sizeof(*orders));
	if (!orders)
		return cause_set_errno(cause, -ENOMEM, "requests to compile");
	*orders = (struct orders){ .cache = options->cache,
				   .counters = options->counters,
				   .table = options->table,
				   .wanted = json_array(),
				   .ban = { .tell = options->banned, .userdata = options->userdata },
				   .app = strdup(options->app),
				   .history = json_incref(options->history),
				   .fds = { -1, -1 } };
	int r = codecache_share(options->cache, cause);
	if (r == 0 && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, orders->fds) < 0)
		r = cause_set_errno(cause, -errno, "cannot make a socket for requests to compile");
	if (r == 0)
		r = live_new(options->cache, options->compilers, options->retry_us, &live_handlers, orders,
			     &orders->live, cause);
	if (r < 0) {
		orders_free(orders);
		return r;
	}
	*ret = orders;
	return 0;
}

int orders_watch(struct orders *orders, sd_event *event, struct cause *cause)
{
	int r = sd_event_add_io(event, &orders->requests, orders->fds[0], EPOLLIN, on_request, orders);
	if (r >= 0)
		r = sd_event_source_set_ratelimit(orders->requests, SECOND_US, RATE);
	if (r >= 0)
		r = sd_event_add_io(event, &orders->compilers, live_fd(orders->live), EPOLLIN, on_compilers, orders);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot watch requests to compile");
	live_step(orders->live); /* what the start has left */
	return 0;
}

/* The live part is the cache's. */
void orders_free(struct orders *orders)
{
	if (!orders)
		return;
	orders->requests = sd_event_source_unref(orders->requests);
	orders->compilers = sd_event_source_unref(orders->compilers);
	codecache_stop(orders->cache);
	orders->fds[0] = close_fd(orders->fds[0]);
	orders->fds[1] = close_fd(orders->fds[1]);
	json_decref(orders->history);
	json_decref(orders->wanted);
	free(orders->app);
	free(orders->missing);
	free(orders);
}

int orders_in_worker(struct orders *orders)
{
	int fd = steal_fd(&orders->fds[1]);
	orders_free(orders);
	return fd;
}

json_t *orders_status(const struct orders *orders)
{
	struct live_gauges gauges;
	live_get_gauges(orders->live, &gauges);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:s?}", "requests", (json_int_t)gauges.requests,
			 "duplicates", (json_int_t)gauges.duplicates, "too_many", (json_int_t)gauges.too_many, "bad",
			 (json_int_t)orders->bad, "ready", (json_int_t)gauges.ready, "refused",
			 (json_int_t)gauges.refused, "failed", (json_int_t)gauges.failed, "queued", (int)gauges.queued,
			 "compiling", (int)gauges.compiling, "cause", orders->missing);
}

uint32_t orders_queued(const struct orders *orders)
{
	struct live_gauges gauges;
	live_get_gauges(orders->live, &gauges);
	return gauges.queued;
}
