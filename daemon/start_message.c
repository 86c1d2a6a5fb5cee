/* start_message.c - see start_message.h */
#include "config.h"

#include <stdlib.h>

#include "daemon/start_message.h"

static json_t *deadlines_json(const struct conf *conf)
{
	json_t *methods = json_array();
	for (char **item = conf->deadline_method; item && *item; item++) {
		char *method;
		json_int_t us = (json_int_t)strtoll(*item, &method, 10);
		(void)json_array_append_new(methods, json_pack("{s:s, s:I}", "method", method + 1, "soft_us", us));
	}
	return json_pack("{s:I, s:I, s:I, s:b, s:o}", "soft_us", (json_int_t)conf->deadline_request, "grace_us",
			 (json_int_t)conf->deadline_grace, "slow_us", (json_int_t)conf->deadline_slow, "slow_params",
			 conf->deadline_slow_params, "methods", methods);
}

static json_t *app_json(const char *name, const char *path, const char *prefix, char *const *patterns)
{
	json_t *methods = json_array();
	for (; patterns && *patterns; patterns++)
		(void)json_array_append_new(methods, json_string(*patterns));
	json_t *app = json_pack("{s:s, s:o}", "path", path, "methods", methods);
	if (name)
		(void)json_object_set_new(app, "name", json_string(name));
	if (prefix)
		(void)json_object_set_new(app, "prefix", json_string(prefix));
	return app;
}

static json_t *apps_json(const struct conf *conf)
{
	json_t *apps = json_array();
	if (conf->app_path)
		(void)json_array_append_new(apps, app_json(NULL, conf->app_path, conf->app_prefix, conf->app_methods));
	for (size_t i = 0; i < conf->n_apps; i++) {
		const struct conf_app *app = &conf->apps[i];
		(void)json_array_append_new(apps, app_json(app->name, app->path, app->prefix, app->methods));
	}
	return apps;
}

static json_t *ids_json(const id_t *ids, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(array, json_integer(ids[i]));
	return array;
}

static json_t *listener_json(const struct listener *listener)
{
	const struct access *access = &listener->access;
	return json_pack("{s:i, s:i, s:b, s:s, s:o, s:o}", "fd", listener->fd, "id", (int)listener->id, "ours",
			 listener->is_ours, "address", listener->address, "users",
			 ids_json(access->users, access->n_users), "groups",
			 ids_json(access->groups, access->n_groups));
}

static json_t *limits_json(const struct conf *conf)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "request_bytes",
			 (json_int_t)conf->limits_request_size, "response_bytes",
			 (json_int_t)conf->limits_response_size, "header_bytes", (json_int_t)conf->limits_header_size,
			 "depth", (json_int_t)conf->limits_depth, "batch", (json_int_t)conf->limits_batch,
			 "connections", (json_int_t)conf->limits_connections, "connections_per_peer",
			 (json_int_t)conf->limits_connections_per_peer, "queue", (json_int_t)conf->limits_queue,
			 "idle_us", (json_int_t)conf->limits_idle_timeout, "read_us",
			 (json_int_t)conf->limits_read_timeout, "write_us", (json_int_t)conf->limits_write_timeout,
			 "handover_us", (json_int_t)conf->server_handover);
}

static json_t *turnover_json(const struct conf *conf)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "min", (json_int_t)conf->workers_min, "idle_us",
			 (json_int_t)conf->workers_idle, "requests", (json_int_t)conf->workers_requests, "age_us",
			 (json_int_t)conf->workers_age, "memory", (json_int_t)conf->workers_memory, "memory_max",
			 (json_int_t)conf->workers_memory_max);
}

static json_t *http_json(const struct conf *conf)
{
	return json_pack("{s:s, s:s?, s:b, s:b}", "paths", conf->http_paths, "origins", conf->http_origins, "health",
			 conf->http_health, "metrics", conf->http_metrics);
}

json_t *start_message(const struct conf *conf, const struct generation_fds *fds, const struct own_fds *own)
{
	static const char *const modes[] = { "off", "on", "eager" };
	static const char *const cpus[] = { "native", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" };
	static const char *const symbols[] = { "none", "perf", "gdb", "all" };
	static const char *const levels[] = { "error", "warning", "notice", "info", "debug" };
	static const char *const formats[] = { "auto", "text", "json" }; /* enum log_format */
	static const char *const access_formats[] = { "common", "json" };
	json_t *array = json_array();
	for (size_t i = 0; i < fds->listeners->count; i++)
		(void)json_array_append_new(array, listener_json(&fds->listeners->items[i]));
	json_t *jit = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s?, s:b}", "cpu", cpus[conf->jit_cpu],
				"symbols", symbols[conf->jit_symbols], "mode", modes[conf->jit_mode], "threshold_us",
				(json_int_t)conf->jit_threshold, "optimize", (json_int_t)conf->jit_optimize,
				"compile_timeout_us", (json_int_t)conf->jit_compile_timeout, "retry_us",
				(json_int_t)conf->jit_retry, "sample_us", (json_int_t)conf->jit_sample, "hot_us",
				(json_int_t)conf->jit_hot, "plant", conf->jit_plant, "verify", conf->jit_verify);
	json_t *cache = json_pack("{s:I, s:I, s:s}", "size", (json_int_t)conf->cache_size, "store_size",
				  (json_int_t)conf->cache_store_size, "directory", conf->cache_directory);
	json_t *warmup = json_pack("{s:s?, s:I}", "requests", conf->warmup_requests, "deadline_us",
				   (json_int_t)conf->warmup_deadline);
	return json_pack("{s:s, s:s, s:[i, i], s:i, s:i, s:i, s:I, s:o, s:I, s:i, s:o, s:o, s:o, s:o, s:{s:b, s:b}, "
			 "s:o, s:o, s:o, "
			 "s:{s:s, s:s, s:b, s:i, s:s}, "
			 "s:o}",
			 "op", "start", "version", PACKAGE_VERSION, "exchange", fds->exchange.in, fds->exchange.out,
			 "lifeline", fds->lifeline, "reserve_fd", own->reserve, "metrics_fd", fds->metrics_fd,
			 "stop_timeout_us", (json_int_t)conf->server_stop_timeout, "apps", apps_json(conf), "workers",
			 (json_int_t)conf->server_workers, "counters_fd", own->counters, "listeners", array, "jit", jit,
			 "cache", cache, "warmup", warmup, "rpc", "traceback", conf->rpc_traceback, "check_types",
			 conf->rpc_check_types, "limits", limits_json(conf), "turnover", turnover_json(conf), "http",
			 http_json(conf), "log", "level", levels[conf->log_level], "format", formats[conf->log_format],
			 "access", conf->log_access, "access_fd", own->access, "access_format",
			 access_formats[conf->log_access_format], "deadlines", deadlines_json(conf));
}
