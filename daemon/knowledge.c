/* knowledge.c - see knowledge.h */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/knowledge.h"
#include "daemon/process.h"

/* Keep what message says, if it says anything. */
static void learn(json_t **known, json_t *said)
{
	if (!said)
		return;
	json_decref(*known);
	*known = json_incref(said);
}

static void forget(json_t **known)
{
	json_decref(*known);
	*known = NULL;
}

static void set_state(struct knowledge *knowledge, const char *state)
{
	(void)snprintf(knowledge->state, sizeof(knowledge->state), "%s", state);
}

void knowledge_start(struct knowledge *knowledge, pid_t zygote)
{
	set_state(knowledge, "starting");
	knowledge->zygote = zygote;
	memset(knowledge->workers, 0, sizeof(knowledge->workers));
}

void knowledge_end(struct knowledge *knowledge)
{
	knowledge->zygote = 0;
	set_state(knowledge, "gone");
}

void knowledge_clear(struct knowledge *knowledge)
{
	forget(&knowledge->cache);
	forget(&knowledge->timings);
	forget(&knowledge->compiler);
	forget(&knowledge->methods);
	forget(&knowledge->functions);
}

static void learn_worker(struct knowledge *knowledge, json_t *worker, bool there)
{
	json_int_t slot = json_integer_value(json_object_get(worker, "slot"));
	json_int_t pid = json_integer_value(json_object_get(worker, "pid"));
	if (slot < 0 || slot >= COUNTERS_MAX_WORKERS)
		return;
	/* The end of a worker may be told after the start of the next one in its slot. */
	if (there || knowledge->workers[slot] == (pid_t)pid)
		knowledge->workers[slot] = there ? (pid_t)pid : 0;
}

static void learn_ready(struct knowledge *knowledge, json_t *message)
{
	set_state(knowledge, "ready");
	size_t i;
	json_t *worker;
	json_array_foreach (json_object_get(message, "workers"), i, worker)
		learn_worker(knowledge, worker, true);
	learn(&knowledge->cache, json_object_get(message, "cache"));
	learn(&knowledge->methods, json_object_get(message, "methods"));
	static const char *const names[] = { "import_us", "warmup_us", "compile_us" };
	json_t *timings = json_object();
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		json_t *time = json_object_get(message, names[n]);
		if (time)
			(void)json_object_set(timings, names[n], time);
	}
	learn(&knowledge->timings, timings);
	json_decref(timings);
}

void knowledge_event(struct knowledge *knowledge, const char *name, json_t *message)
{
	const char *state = json_string_value(json_object_get(message, "state"));
	if (strcmp(name, "state") == 0 && state)
		set_state(knowledge, state);
	else if (strcmp(name, "ready") == 0)
		learn_ready(knowledge, message);
	else if (strcmp(name, "worker_started") == 0)
		learn_worker(knowledge, message, true);
	else if (strcmp(name, "worker_exited") == 0)
		learn_worker(knowledge, message, false);
	else if (strcmp(name, "failed") == 0)
		set_state(knowledge, "failed");
	else if (strcmp(name, "stopped") == 0)
		set_state(knowledge, "stopped");
}

void knowledge_status(struct knowledge *knowledge, json_t *result)
{
	learn(&knowledge->cache, json_object_get(result, "cache"));
	learn(&knowledge->timings, json_object_get(result, "timings"));
	learn(&knowledge->compiler, json_object_get(result, "compiler"));
	learn(&knowledge->methods, json_object_get(result, "methods"));
}

void knowledge_functions(struct knowledge *knowledge, json_t *result)
{
	if (json_is_array(result))
		learn(&knowledge->functions, result);
}

unsigned knowledge_workers(const struct knowledge *knowledge)
{
	unsigned count = 0;
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++)
		count += knowledge->workers[slot] != 0;
	return count;
}

json_int_t knowledge_native(const struct knowledge *knowledge)
{
	return json_integer_value(json_object_get(knowledge->cache, "compiled")) +
	       json_integer_value(json_object_get(knowledge->cache, "loaded"));
}

/* The counters are written by processes that run user code: any number may stand there. */
static const char *worker_state(const struct worker_counters *worker)
{
	switch (atomic_load_explicit(&worker->state, memory_order_relaxed)) {
	case WORKER_NONE: /* it has not written yet */
	case WORKER_STARTING: return "starting";
	case WORKER_IDLE: return worker->aside_since_us ? "aside" : "idle";
	case WORKER_BUSY: return "busy";
	case WORKER_STOPPING: return "stopping";
	default: return "unknown";
	}
}

json_t *knowledge_worker_list(const struct knowledge *knowledge, struct counters *counters)
{
	json_t *list = json_array();
	uint64_t now = monotonic_us();
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++) {
		struct worker_counters *worker = &counters->worker[slot];
		if (!knowledge->workers[slot])
			continue;
		uint64_t started = worker->started_us;
		struct process_usage usage = { 0 };
		(void)process_usage(knowledge->workers[slot], &usage);
		double uptime = started && started < now ? (double)(now - started) / 1e6 : 0;
		(void)json_array_append_new(list,
					    json_pack("{s:i, s:i, s:s, s:I, s:I, s:f, s:f, s:I, s:I}", "pid",
						      (int)knowledge->workers[slot], "slot", slot, "state",
						      worker_state(worker), "requests", (json_int_t)worker->requests,
						      "errors", (json_int_t)worker->errors, "uptime_s", uptime, "cpu_s",
						      usage.cpu_s, "resident_bytes", (json_int_t)usage.resident_bytes,
						      "private_bytes", (json_int_t)worker->private_bytes));
	}
	return list;
}

uint64_t counters_requests(struct counters *counters)
{
	uint64_t sum = counters->retired_requests;
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++)
		sum += counters->worker[slot].requests;
	return sum;
}

uint64_t counters_errors(struct counters *counters)
{
	uint64_t sum = counters->retired_errors;
	for (int slot = 0; slot < COUNTERS_MAX_WORKERS; slot++)
		sum += counters->worker[slot].errors;
	return sum;
}
