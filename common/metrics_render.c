/* metrics_render.c - the metrics as text, as Prometheus reads it
 *
 * The format is that of prometheus.io/docs/instrumenting/exposition_formats: HELP and TYPE once a metric, all its lines
 * together, base units, counters that end in _total. */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "common/metrics_priv.h"
#include "common/text.h"

static const struct scalar {
	const char *type, *name, *labels, *help;
	double divisor;
} scalars[] = {
#define SCALAR(id, type_, name_, labels_, divisor_, help_) \
	[METRIC_##id] = { .type = type_, .name = name_, .labels = labels_, .help = help_, .divisor = divisor_ },
	METRICS_SCALARS(SCALAR)
#undef SCALAR
};

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void render_scalars(const struct metrics *metrics, FILE *out)
{
	for (unsigned i = 0; i < METRICS_COUNT; i++) {
		const struct scalar *s = &scalars[i];
		if (i == 0 || strcmp(scalars[i - 1].name, s->name) != 0)
			head(out, s->name, s->type, s->help);
		(void)fprintf(out, *s->labels ? "%s{%s} %.15g\n" : "%s%s %.15g\n", s->name, s->labels,
			      (double)load(&metrics->scalar[i]) / s->divisor);
	}
}

/* Rows that nobody has written to take no memory, unless they are looked at. */
static unsigned rows_in_use(const struct metrics *metrics)
{
	uint32_t n = atomic_load_explicit(&metrics->n_rows, memory_order_relaxed);
	return n < COUNTERS_MAX_WORKERS ? n : COUNTERS_MAX_WORKERS;
}

static uint64_t count_calls(const struct metrics *metrics, unsigned slot, unsigned method)
{
	uint64_t n = 0;
	for (unsigned i = 0; i <= METRICS_BUCKETS; i++)
		n += load(&metrics->row[slot].method[method].bucket[i]);
	return n;
}

static void render_requests(const struct metrics *metrics, FILE *out)
{
	uint64_t requests = 0, errors[METRICS_CODES] = { 0 };
	uint32_t names = metrics_names(metrics);
	for (unsigned slot = 0; slot < rows_in_use(metrics); slot++) {
		requests += load(&metrics->row[slot].nameless) + count_calls(metrics, slot, METRICS_METHODS);
		for (unsigned method = 0; method < names; method++)
			requests += count_calls(metrics, slot, method);
		for (unsigned i = 0; i < METRICS_CODES; i++)
			errors[i] += load(&metrics->row[slot].errors[i]);
	}
	head(out, "preforge_requests_total", "counter", "Requests that were answered, notifications included.");
	(void)fprintf(out, "preforge_requests_total %" PRIu64 "\n", requests);
	head(out, "preforge_errors_total", "counter", "Requests that failed, by the code of the error.");
	for (unsigned i = 0; i < METRICS_CODES - 1; i++)
		(void)fprintf(out, "preforge_errors_total{code=\"%d\"} %" PRIu64 "\n", metrics_codes[i], errors[i]);
	(void)fprintf(out, "preforge_errors_total{code=\"other\"} %" PRIu64 "\n", errors[METRICS_CODES - 1]);
}

/* ---- methods ---- */

struct sum {
	uint64_t total_us, bucket[METRICS_BUCKETS + 1];
};

static void sum_method(const struct metrics *metrics, unsigned method, struct sum *sum)
{
	for (unsigned slot = 0; slot < rows_in_use(metrics); slot++) {
		const struct metrics_method *m = &metrics->row[slot].method[method];
		sum->total_us += load(&m->total_us);
		for (unsigned i = 0; i <= METRICS_BUCKETS; i++)
			sum->bucket[i] += load(&m->bucket[i]);
	}
}

/* The value of a label: a backslash before \ and ", \n for a newline. */
static void escape(const char *name, char text[static 2 * METRICS_NAME_MAX])
{
	for (size_t n = 0; n < METRICS_NAME_MAX - 1 && name[n]; n++) {
		if (name[n] == '\\' || name[n] == '"' || name[n] == '\n')
			*text++ = '\\';
		*text++ = name[n] == '\n' ? 'n' : name[n];
	}
	*text = '\0';
}

static void render_method(const char *name, const struct sum *sum, FILE *out)
{
	static const char metric[] = "preforge_request_duration_seconds";
	char text[2 * METRICS_NAME_MAX];
	uint64_t count = 0;
	escape(name, text);
	for (unsigned i = 0; i < METRICS_BUCKETS; i++) {
		count += sum->bucket[i];
		(void)fprintf(out, "%s_bucket{method=\"%s\",le=\"%.15g\"} %" PRIu64 "\n", metric, text,
			      (double)metrics_bounds_us[i] / 1e6, count);
	}
	count += sum->bucket[METRICS_BUCKETS];
	(void)fprintf(out, "%s_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", metric, text, count);
	(void)fprintf(out, "%s_sum{method=\"%s\"} %.15g\n", metric, text, (double)sum->total_us / 1e6);
	(void)fprintf(out, "%s_count{method=\"%s\"} %" PRIu64 "\n", metric, text, count);
}

static bool is_new(const struct metrics *metrics, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strncmp(metrics->name[k].name, metrics->name[i].name, METRICS_NAME_MAX - 1) == 0)
			return false;
	return true;
}

/* A name that has two entries is shown once. */
static void render_methods(const struct metrics *metrics, FILE *out)
{
	uint32_t n = metrics_names(metrics);
	head(out, "preforge_request_duration_seconds", "histogram",
	     "How long calls took, from their parameters to their answer, by method.");
	for (unsigned i = 0; i < n; i++) {
		if (!atomic_load_explicit(&metrics->name[i].is_set, memory_order_acquire) || !is_new(metrics, i))
			continue;
		char name[METRICS_NAME_MAX];
		(void)memcpy(name, metrics->name[i].name, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		text_make_utf8(name);
		struct sum sum = { 0 };
		for (unsigned k = i; k < n; k++)
			if (strncmp(metrics->name[k].name, metrics->name[i].name, sizeof(name) - 1) == 0)
				sum_method(metrics, k, &sum);
		render_method(name, &sum, out);
	}
	struct sum others = { 0 };
	sum_method(metrics, METRICS_METHODS, &others);
	render_method("other", &others, out);
}

/* ---- of the generation that serves ---- */

static void render_workers(const struct metrics_view *view, FILE *out)
{
	static const char *const names[] = { "none", "starting", "idle", "busy", "stopping" };
	unsigned n[5] = { 0 };
	uint64_t open = 0, accepted = 0, queued = view->waiting;
	for (unsigned i = 0; view->counters && i < view->workers && i < COUNTERS_MAX_WORKERS; i++) {
		const struct worker_counters *w = &view->counters->worker[i];
		uint32_t state = atomic_load_explicit(&w->state, memory_order_relaxed);
		n[state <= WORKER_STOPPING ? state : WORKER_NONE]++;
		open += load(&w->open);
		accepted += load(&w->connections);
		queued += load(&view->counters->gauges[i].queued);
	}
	head(out, "preforge_workers", "gauge", "Workers, by what they do.");
	for (unsigned state = WORKER_STARTING; state <= WORKER_STOPPING; state++)
		(void)fprintf(out, "preforge_workers{state=\"%s\"} %u\n", names[state], n[state]);
	head(out, "preforge_connections", "gauge", "Open connections.");
	(void)fprintf(out, "preforge_connections %" PRIu64 "\n", open);
	head(out, "preforge_connections_total", "counter", "Connections that were accepted since the last load.");
	(void)fprintf(out, "preforge_connections_total %" PRIu64 "\n", accepted);
	head(out, "preforge_queue_length", "gauge", "Connections with a request that waits for a worker.");
	(void)fprintf(out, "preforge_queue_length %" PRIu64 "\n", queued);
}

static void render_memory(const struct metrics_view *view, FILE *out)
{
	head(out, "preforge_worker_private_memory_bytes", "gauge",
	     "Memory that a worker shares with no other process.");
	for (unsigned i = 0; view->counters && i < view->workers && i < COUNTERS_MAX_WORKERS; i++) {
		uint64_t bytes = load(&view->counters->worker[i].private_bytes);
		if (bytes)
			(void)fprintf(out, "preforge_worker_private_memory_bytes{worker=\"%u\"} %" PRIu64 "\n", i,
				      bytes);
	}
}

static void render_cpu(const struct metrics_view *view, FILE *out)
{
	static const char *const modes[] = { "native", "python", "other" };
	uint64_t us[3] = { 0 };
	for (unsigned i = 0; view->counters && i < view->workers && i < COUNTERS_MAX_WORKERS; i++)
		for (unsigned mode = 0; mode < 3; mode++)
			us[mode] += load(&view->counters->gauges[i].cpu_us[mode]);
	head(out, "preforge_worker_cpu_seconds_total", "counter",
	     "CPU time of the workers since the last load, as [jit] sample tells: in machine code, in CPython, "
	     "elsewhere.");
	for (unsigned mode = 0; mode < 3; mode++)
		(void)fprintf(out, "preforge_worker_cpu_seconds_total{mode=\"%s\"} %.15g\n", modes[mode],
			      (double)us[mode] / 1e6);
}

static void render_functions(const struct metrics_view *view, FILE *out)
{
	uint64_t calls = 0, exits = 0, loops = 0;
	uint64_t functions = view->counters ? load(&view->counters->functions) : 0;
	if (functions > COUNTERS_MAX_FUNCTIONS)
		functions = COUNTERS_MAX_FUNCTIONS;
	for (unsigned i = 0; view->counters && i < view->workers && i < COUNTERS_MAX_WORKERS; i++) {
		for (unsigned k = 0; k < functions; k++) {
			calls += load(&view->counters->function[i][k].calls);
			exits += load(&view->counters->function[i][k].side_exits);
			loops += load(&view->counters->function[i][k].loops);
		}
	}
	head(out, "preforge_native_calls_total", "counter",
	     "Calls of functions that have native code, since the last load.");
	(void)fprintf(out, "preforge_native_calls_total %" PRIu64 "\n", calls);
	head(out, "preforge_side_exits_total", "counter",
	     "How often native code handed a call to CPython before its end.");
	(void)fprintf(out, "preforge_side_exits_total %" PRIu64 "\n", exits);
	head(out, "preforge_loops_entered_total", "counter",
	     "How often a call that CPython went on with became native again, at the head of a loop.");
	(void)fprintf(out, "preforge_loops_entered_total %" PRIu64 "\n", loops);
}

void metrics_render(const struct metrics_view *view, FILE *out)
{
	head(out, "preforge_build_info", "gauge", "Always 1; the version is its label.");
	(void)fprintf(out, "preforge_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	render_scalars(view->metrics, out);
	render_requests(view->metrics, out);
	render_methods(view->metrics, out);
	render_workers(view, out);
	render_memory(view, out);
	render_cpu(view, out);
	render_functions(view, out);
}
