/* settings.c - see settings.h */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/counters.h"
#include "common/log.h"
#include "workers/access_log.h"
#include "workers/settings.h"

enum { COMPILE_TIMEOUT_US = 30 * 1000 * 1000, RETRY_US = 60 * 1000 * 1000 };

int jit_mode_from_string(const char *word)
{
	static const char *const words[] = { [JIT_OFF] = "off", [JIT_ON] = "on", [JIT_EAGER] = "eager" };
	for (int i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

/* NULL stays NULL. */
static int copy_string(const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? -ENOMEM : 0;
}

static int read_ids(json_t *array, id_t **ret, size_t *ret_count)
{
	size_t i;
	json_t *item;
	*ret = calloc(json_array_size(array) + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	json_array_foreach (array, i, item)
		(*ret)[i] = (id_t)json_integer_value(item);
	*ret_count = json_array_size(array);
	return 0;
}

/* A member of a struct of numbers. */
struct number {
	const char *name;
	size_t offset;
};

static int read_numbers(json_t *message, const char *name, const struct number *members, size_t count, void *ret,
			struct cause *cause)
{
	json_t *object = json_object_get(message, name);
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(object, members[i].name);
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return cause_set(cause, -EINVAL, "%s.%s is not a number", name, members[i].name);
		*(uint64_t *)((char *)ret + members[i].offset) = (uint64_t)json_integer_value(value);
	}
	return 0;
}

static int read_limits(json_t *message, struct limits *ret, struct cause *cause)
{
	static const struct number members[] = {
#define X(name) { #name, offsetof(struct limits, name) },
		LIMITS(X)
#undef X
	};
	return read_numbers(message, "limits", members, sizeof(members) / sizeof(members[0]), ret, cause);
}

static int read_turnover(json_t *message, unsigned workers, struct turnover_limits *ret, struct cause *cause)
{
	static const struct number members[] = {
#define X(name) { #name, offsetof(struct turnover_limits, name) },
		TURNOVER(X)
#undef X
	};
	int r = read_numbers(message, "turnover", members, sizeof(members) / sizeof(members[0]), ret, cause);
	if (r == 0 && (ret->min < 1 || ret->min > workers))
		return cause_set(cause, -EINVAL, "turnover.min is %llu, not 1 to %u", (unsigned long long)ret->min,
				 workers);
	return r;
}

static int read_http(json_t *object, struct settings *s, struct cause *cause)
{
	json_error_t error;
	int health, metrics;
	if (json_unpack_ex(object, &error, 0, "{s:b, s:b}", "health", &health, "metrics", &metrics) < 0)
		return cause_set(cause, -EINVAL, "http: %s", error.text);
	s->http_health = health;
	s->http_metrics = metrics;
	int r = copy_string(json_string_value(json_object_get(object, "paths")), &s->http_paths);
	return r < 0 ? r : copy_string(json_string_value(json_object_get(object, "origins")), &s->http_origins);
}

static int read_listeners(json_t *array, struct settings *settings, struct cause *cause)
{
	size_t i;
	json_t *item;
	settings->listeners = calloc(json_array_size(array) + 1, sizeof(*settings->listeners));
	if (!settings->listeners)
		return -ENOMEM;
	json_array_foreach (array, i, item) {
		const char *address;
		json_error_t error;
		struct listener *listener = &settings->listeners[i];
		int id, ours;
		if (json_unpack_ex(item, &error, 0, "{s:i, s:s, s:i, s:b}", "fd", &listener->fd, "address", &address,
				   "id", &id, "ours", &ours) < 0)
			return cause_set(cause, -EINVAL, "listeners[%zu]: %s", i, error.text);
		settings->n_listeners = i + 1;
		listener->id = (uint32_t)id;
		listener->ours = ours;
		if (copy_string(address, &listener->address) < 0 ||
		    read_ids(json_object_get(item, "users"), &listener->users, &listener->n_users) < 0 ||
		    read_ids(json_object_get(item, "groups"), &listener->groups, &listener->n_groups) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* "deadlines": {"soft_us", "grace_us", "slow_us", "slow_params", "methods": [{"method", "soft_us"}]}; without it there
 * are none. */
static int read_deadlines(json_t *object, struct deadline_limits *limits, struct cause *cause)
{
	json_error_t error;
	json_t *methods, *item;
	json_int_t soft, grace, slow;
	int params;
	size_t i;
	if (!object)
		return 0;
	if (json_unpack_ex(object, &error, 0, "{s:I, s:I, s:I, s:b, s:o}", "soft_us", &soft, "grace_us", &grace,
			   "slow_us", &slow, "slow_params", &params, "methods", &methods) < 0)
		return cause_set(cause, -EINVAL, "deadlines: %s", error.text);
	if (soft < 0 || grace < 0 || slow < 0)
		return cause_set(cause, -EINVAL, "deadlines: a negative time");
	limits->soft_us = (uint64_t)soft;
	limits->grace_us = (uint64_t)grace;
	limits->slow_us = (uint64_t)slow;
	limits->slow_params = params;
	limits->methods = calloc(json_array_size(methods) + 1, sizeof(*limits->methods));
	if (!limits->methods)
		return -ENOMEM;
	json_array_foreach (methods, i, item) {
		const char *method;
		if (json_unpack_ex(item, &error, 0, "{s:s, s:I}", "method", &method, "soft_us", &soft) < 0)
			return cause_set(cause, -EINVAL, "deadlines: methods[%zu]: %s", i, error.text);
		if (soft < 0)
			return cause_set(cause, -EINVAL, "deadlines: methods[%zu]: a negative time", i);
		limits->methods[i].soft_us = (uint64_t)soft;
		limits->n_methods = i + 1;
		if (copy_string(method, &limits->methods[i].method) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_app(json_t *item, struct app_settings *app, struct cause *cause)
{
	const char *path, *name = NULL, *prefix = NULL;
	json_t *methods = NULL, *pattern;
	size_t i;
	json_error_t error;
	if (json_unpack_ex(item, &error, 0, "{s:s, s?:s, s?:s, s?:o}", "path", &path, "name", &name, "prefix", &prefix,
			   "methods", &methods) < 0)
		return cause_set(cause, -EINVAL, "%s", error.text);
	if (copy_string(path, &app->path) < 0 || copy_string(name, &app->name) < 0 ||
	    copy_string(prefix, &app->prefix) < 0)
		return -ENOMEM;
	app->methods = calloc(json_array_size(methods) + 1, sizeof(*app->methods));
	if (!app->methods)
		return -ENOMEM;
	json_array_foreach (methods, i, pattern) {
		if (!json_is_string(pattern))
			return cause_set(cause, -EINVAL, "methods[%zu]: Expected string", i);
		if (copy_string(json_string_value(pattern), &app->methods[i]) < 0)
			return -ENOMEM;
		app->n_methods = i + 1;
	}
	return 0;
}

static int read_apps(json_t *array, struct settings *settings, struct cause *cause)
{
	size_t i;
	json_t *item;
	if (json_array_size(array) == 0)
		return cause_set(cause, -EINVAL, "no apps");
	settings->apps = calloc(json_array_size(array), sizeof(*settings->apps));
	if (!settings->apps)
		return -ENOMEM;
	json_array_foreach (array, i, item) {
		settings->n_apps = i + 1;
		int r = read_app(item, &settings->apps[i], cause);
		if (r < 0)
			return r == -ENOMEM ? r : cause_prefix(cause, r, "apps[%zu]", i);
	}
	return 0;
}

static int access_format_from_string(const char *word)
{
	return strcmp(word, "common") == 0 ? ACCESS_COMMON : strcmp(word, "json") == 0 ? ACCESS_JSON : -1;
}

static int unpack_failed(const json_error_t *error, struct cause *cause)
{
	return cause_set(cause, -EINVAL, "%s", error->text);
}

static int negative(struct cause *cause)
{
	return cause_set(cause, -EINVAL, "a negative size or time");
}

static int read_jit(json_t *jit, struct settings *s, struct cause *cause)
{
	const char *mode;
	json_int_t threshold, timeout = COMPILE_TIMEOUT_US, retry = RETRY_US, sample = 0, hot = 1;
	json_error_t error;
	if (json_unpack_ex(jit, &error, 0, "{s:s, s:I, s:i, s?:I, s?:I, s?:I, s?:I}", "mode", &mode, "threshold_us",
			   &threshold, "optimize", &s->optimize, "compile_timeout_us", &timeout, "retry_us", &retry,
			   "sample_us", &sample, "hot_us", &hot) < 0)
		return unpack_failed(&error, cause);
	int jit_mode = jit_mode_from_string(mode);
	if (jit_mode < 0)
		return cause_set(cause, -EINVAL, "jit.mode is \"%s\", not off, on or eager", mode);
	if (threshold < 0 || timeout < 0 || retry < 0 || sample < 0 || hot < 0)
		return negative(cause);
	s->jit_mode = (enum jit_mode)jit_mode;
	s->threshold_us = (uint64_t)threshold;
	s->compile_timeout_us = (uint64_t)timeout;
	s->retry_us = (uint64_t)retry;
	s->sample_us = (uint64_t)sample;
	s->hot_us = (uint64_t)hot;
	s->verify = !json_is_false(json_object_get(jit, "verify"));
	int r = copy_string(json_string_value(json_object_get(jit, "plant")), &s->plant);
	if (r == 0)
		r = copy_string(json_string_value(json_object_get(jit, "cpu")), &s->cpu);
	return r < 0 ? r : copy_string(json_string_value(json_object_get(jit, "symbols")), &s->symbols);
}

static int read_cache(json_t *cache, struct settings *s, struct cause *cause)
{
	json_int_t size, store_size = 0;
	json_error_t error;
	if (json_unpack_ex(cache, &error, 0, "{s:I, s?:I}", "size", &size, "store_size", &store_size) < 0)
		return unpack_failed(&error, cause);
	if (size < 0 || store_size < 0)
		return negative(cause);
	s->cache_size = (size_t)size;
	s->store_size = (uint64_t)store_size;
	return copy_string(json_string_value(json_object_get(cache, "directory")), &s->cache_directory);
}

static int read_warmup(json_t *warmup, struct settings *s, struct cause *cause)
{
	json_int_t deadline;
	json_error_t error;
	if (json_unpack_ex(warmup, &error, 0, "{s:I}", "deadline_us", &deadline) < 0)
		return unpack_failed(&error, cause);
	if (deadline < 0)
		return negative(cause);
	s->warmup_deadline_us = (uint64_t)deadline;
	return copy_string(json_string_value(json_object_get(warmup, "requests")), &s->warmup_requests);
}

static int read_rpc(json_t *rpc, struct settings *s, struct cause *cause)
{
	int traceback, check_types = 0;
	json_error_t error;
	if (json_unpack_ex(rpc, &error, 0, "{s:b, s?:b}", "traceback", &traceback, "check_types", &check_types) < 0)
		return unpack_failed(&error, cause);
	s->rpc_traceback = traceback;
	s->rpc_check_types = check_types;
	return 0;
}

static int read_log(json_t *log, struct settings *s, struct cause *cause)
{
	const char *level, *format = "auto", *access_format = "common";
	int access = 0;
	json_error_t error;
	if (json_unpack_ex(log, &error, 0, "{s:s, s?:s, s?:b, s?:i, s?:s}", "level", &level, "format", &format,
			   "access", &access, "access_fd", &s->access_fd, "access_format", &access_format) < 0)
		return unpack_failed(&error, cause);
	s->log_level = log_level_from_string(level);
	if (s->log_level < 0)
		return cause_set(cause, -EINVAL, "log.level is \"%s\"", level);
	s->log_format = log_format_from_string(format);
	if (s->log_format < 0)
		return cause_set(cause, -EINVAL, "log.format is \"%s\"", format);
	s->access_format = access_format_from_string(access_format);
	if (s->access_format < 0)
		return cause_set(cause, -EINVAL, "log.access_format is \"%s\"", access_format);
	s->log_access = access;
	return 0;
}

static int read_workers(json_t *message, struct settings *s, struct cause *cause)
{
	int workers;
	json_int_t stop_timeout;
	json_error_t error;
	if (json_unpack_ex(message, &error, 0, "{s:[i, i], s:i, s:i, s:i, s:I, s:i, s:i}", "exchange", &s->exchange.in,
			   &s->exchange.out, "lifeline", &s->lifeline, "reserve_fd", &s->reserve_fd, "metrics_fd",
			   &s->metrics_fd, "stop_timeout_us", &stop_timeout, "workers", &workers, "counters_fd",
			   &s->counters_fd) < 0)
		return unpack_failed(&error, cause);
	if (workers < 1 || workers > COUNTERS_MAX_WORKERS)
		return cause_set(cause, -EINVAL, "workers is %d, not 1 to %d", workers, COUNTERS_MAX_WORKERS);
	if (stop_timeout < 0)
		return negative(cause);
	s->workers = (unsigned)workers;
	s->stop_timeout_us = (uint64_t)stop_timeout;
	return 0;
}

static int read_message(json_t *message, struct settings *s, struct cause *cause)
{
	json_t *apps, *listeners, *jit, *cache, *warmup, *rpc, *http, *log;
	json_error_t error;
	if (json_unpack_ex(message, &error, 0, "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "apps", &apps, "listeners",
			   &listeners, "jit", &jit, "cache", &cache, "warmup", &warmup, "rpc", &rpc, "http", &http,
			   "log", &log) < 0)
		return unpack_failed(&error, cause);
	int r = read_workers(message, s, cause);
	if (r == 0)
		r = read_jit(jit, s, cause);
	if (r == 0)
		r = read_log(log, s, cause);
	if (r == 0)
		r = read_cache(cache, s, cause);
	if (r == 0)
		r = read_warmup(warmup, s, cause);
	if (r == 0)
		r = read_rpc(rpc, s, cause);
	if (r == 0)
		r = read_listeners(listeners, s, cause);
	if (r == 0)
		r = read_limits(message, &s->limits, cause);
	if (r == 0)
		r = read_turnover(message, s->workers, &s->turnover, cause);
	s->slots = turnover_slots(&s->turnover, s->workers);
	if (r == 0)
		r = read_http(http, s, cause);
	if (r == 0)
		r = read_deadlines(json_object_get(message, "deadlines"), &s->deadlines, cause);
	return r < 0 ? r : read_apps(apps, s, cause);
}

int settings_from_json(json_t *message, struct settings **ret, struct cause *cause)
{
	cleanup(settings_freep) struct settings *s = calloc(1, sizeof(*s));
	if (!s)
		return cause_set(cause, -ENOMEM, "not enough memory for the settings");
	s->access_fd = -1;
	const char *version;
	json_error_t error;
	if (json_unpack_ex(message, &error, 0, "{s:s}", "version", &version) < 0)
		return cause_set(cause, -EINVAL, "start message: %s", error.text);
	if (strcmp(version, PACKAGE_VERSION) != 0)
		return cause_set(cause, -EINVAL,
				 "preforge-zygote is of version " PACKAGE_VERSION
				 ", the running preforged of %s: restart it",
				 version);
	int r = read_message(message, s, cause);
	if (r == -ENOMEM)
		return cause_set(cause, r, "not enough memory for the settings");
	if (r < 0)
		return cause_prefix(cause, r, "start message");
	*ret = steal_ptr(s);
	return 0;
}

static void clear_app(struct app_settings *app)
{
	for (size_t i = 0; i < app->n_methods; i++)
		free(app->methods[i]);
	free(app->methods);
	free(app->path);
	free(app->name);
	free(app->prefix);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->n_listeners; i++) {
		free(settings->listeners[i].address);
		free(settings->listeners[i].users);
		free(settings->listeners[i].groups);
	}
	free(settings->http_paths);
	free(settings->http_origins);
	free(settings->listeners);
	for (size_t i = 0; i < settings->deadlines.n_methods; i++)
		free(settings->deadlines.methods[i].method);
	free(settings->deadlines.methods);
	for (size_t i = 0; i < settings->n_apps; i++)
		clear_app(&settings->apps[i]);
	free(settings->apps);
	free(settings->cache_directory);
	free(settings->plant);
	free(settings->cpu);
	free(settings->symbols);
	free(settings->warmup_requests);
	free(settings);
}
