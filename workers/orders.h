/* orders.h - the zygote's side of finding hot functions: it receives what workers ask for, and has it compiled while
 * its event loop goes on. */
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include "common/cause.h"
#include "workers/functions.h"

struct codecache;
struct codecache_ban;
struct orders;
struct roster_entry;

struct orders_options {
	struct codecache *cache;
	const struct counters *counters;
	struct function_table *table; /* learns what becomes of the functions */
	unsigned compilers;           /* at a time */
	uint64_t retry_us;            /* as live_new() has it */
	const char *app;              /* names the apps in the store */
	/* Told, with userdata, of what is taken out of service for wrong results. */
	void (*banned)(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata);
	void *userdata;
	json_t *history; /* what is known to be hot already, see history.h; a reference is taken */
};

/* Before the first fork, with all functions in place: open the socket that workers inherit and number the functions.
 * -errno with cause. */
int orders_new(const struct orders_options *options, struct orders **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Order what the start has not waited for. */
void orders_add(struct orders *orders, const struct codecache_request *request);

/* Receive from now on.  -errno with cause. */
int orders_watch(struct orders *orders, sd_event *event, struct cause *cause) __attribute__((warn_unused_result));

/* Kills the compilers that run.  NULL is fine. */
void orders_free(struct orders *orders);

/* In a worker, instead: keep nothing but the worker's end of the socket, which is returned, and the caller's. */
int orders_in_worker(struct orders *orders);

/* How many units wait for a compiler. */
uint32_t orders_queued(const struct orders *orders);

/* {"requests":, "duplicates":, "bad":, "ready":, "refused":, "failed":, "queued":, "compiling":, "cause":}: a new
 * object. */
json_t *orders_status(const struct orders *orders);
