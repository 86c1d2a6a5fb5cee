/* zygote_priv.h - the zygote's state; between zygote.c, zygote_prepare.c and zygote_serve.c. */
#pragma once

#include "workers/python_ref.h" /* Python.h first */

#include <jansson.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "codecache/codecache.h"
#include "common/cause.h"
#include "common/channel.h"
#include "common/counters.h"
#include "common/metrics.h"
#include "workers/app.h"
#include "workers/finder.h"
#include "workers/functions.h"
#include "workers/orders.h"
#include "workers/pool.h"
#include "workers/reserve.h"
#include "workers/rpc.h"
#include "workers/settings.h"

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
	struct codecache *cache; /* NULL with [jit] mode=off, and where there can be none */
	struct cause no_cache;   /* why */
	struct function_table *table;
	sd_event_source *keeping; /* what writes the store */
	char *store_said;         /* what is wrong with the store, as the log has it; NULL: nothing */
	struct orders *orders;    /* NULL: nothing is compiled after the fork */
	struct finder *finder;    /* in a worker; may be NULL */
	json_t *history;          /* what was compiled at the start */
	int orders_fd;            /* in a worker: where it asks for compilation; -1: nowhere */
	struct pool *pool;
	struct reserve *reserve;
	uint64_t import_us, warmup_us, compile_us;
	sd_event_source *trials;
	json_t *faults; /* the last ones, NULL: none */
};

/* ---- zygote.c ---- */

/* Tell the master; the message is taken over.  That it is gone shows at the channel's end, so a message that is lost
 * then is no news. */
void zygote_tell(struct zygote *z, json_t *message);
void zygote_tell_state(struct zygote *z, const char *state);
void zygote_tell_failed(struct zygote *z, const char *cause, const char *traceback);
void zygote_tell_ready(struct zygote *z);

/* End the loop after last words. */
void zygote_finish(struct zygote *z, int status);

/* Log what is wrong with the store, once. */
void zygote_say_store(struct zygote *z);

/* ---- zygote_prepare.c ---- */

/* From the settings to everything that workers inherit.  -errno with cause, and a traceback, the caller's, if it is the
 * app's fault. */
int zygote_prepare(struct zygote *z, char **ret_traceback, struct cause *cause) __attribute__((warn_unused_result));

/* ---- zygote_serve.c ---- */

/* For codecache_ban.tell, with the zygote: a function is out of service. */
void zygote_on_ban(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata);

struct rpc_options zygote_rpc_options(const struct zygote *z);

/* Fork the workers, and watch over them from the event loop.  -errno with cause. */
int zygote_fork_workers(struct zygote *z, struct cause *cause) __attribute__((warn_unused_result));
