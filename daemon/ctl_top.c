/* ctl_top.c - preforgectl top: what the daemon does, on a terminal that is written anew every few seconds, or once.
 *
 * Each shot is an object made of the daemon's answers, with rates since the shot before (the first: since the start);
 * people get it as tables, programs as it is. */
#include "config.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/metrics.h"
#include "daemon/ctl_priv.h"
#include "daemon/table.h"

enum { LINES_DEFAULT = 24, COLUMNS_DEFAULT = 120, HEAD_LINES = 6, METHODS_SHOWN = 8 };

#define DURATION "preforge_request_duration_seconds"

/* ---- figures ---- */

struct sample {
	double at_s; /* CLOCK_MONOTONIC */
	json_t *status, *functions;
	json_t *metrics; /* {"name{labels}": value} */
};

static void sample_free(struct sample *sample)
{
	json_decref(sample->status);
	json_decref(sample->functions);
	json_decref(sample->metrics);
	*sample = (struct sample){ 0 };
}

static json_t *parse_metrics(char *text)
{
	json_t *all = json_object();
	for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strrchr(line, ' ');
		if (*line == '#' || !value)
			continue;
		*value = '\0';
		(void)json_object_set_new(all, line, json_real(strtod(value + 1, NULL)));
	}
	return all;
}

static int sample_take(const struct ctl_options *o, struct sample *ret)
{
	struct timespec now;
	json_t *text = NULL;
	*ret = (struct sample){ 0 };
	int r = ctl_ask_json(o, "status", NULL, &ret->status);
	if (r == 0)
		r = ctl_ask_json(o, "functions", NULL, &ret->functions);
	if (r == 0)
		r = ctl_ask_json(o, "metrics", NULL, &text);
	cleanup_free char *copy = r == 0 ? strdup(json_string_value(text) ?: "") : NULL;
	if (copy)
		ret->metrics = parse_metrics(copy);
	json_decref(text);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ret->at_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	return r == 0 && !ret->metrics ? ctl_out_of_memory() : r;
}

/* By how much a counter has grown; one that went back has begun anew. */
static double growth(json_t *now, json_t *before, const char *name)
{
	double value = ctl_number(now, name), old = before ? ctl_number(before, name) : 0;
	return value >= old ? value - old : value;
}

/* An upper bound's place in the histogram, as histogram_quantile() of Prometheus has it. */
static double quantile(double q, const double *bounds, const double *counts, size_t n)
{
	double wanted = q * counts[n - 1];
	for (size_t i = 0; i < n; i++) {
		if (counts[i] < wanted || counts[i] == 0)
			continue;
		double from = i ? bounds[i - 1] : 0, below = i ? counts[i - 1] : 0;
		if (isinf(bounds[i]))
			return from;
		return from + (bounds[i] - from) * (counts[i] > below ? (wanted - below) / (counts[i] - below) : 1);
	}
	return 0;
}

enum { BUCKETS_MAX = 64 };

/* labels: {method="..." */
static json_t *method_json(const char *labels, json_t *now, json_t *before, double seconds)
{
	double bounds[BUCKETS_MAX], counts[BUCKETS_MAX];
	size_t n = 0, prefix;
	char name[512];
	const char *key;
	json_t *value;
	(void)snprintf(name, sizeof(name), DURATION "_bucket%s,le=\"", labels);
	prefix = strlen(name);
	json_object_foreach (now, key, value) {
		if (strncmp(key, name, prefix) != 0 || n == BUCKETS_MAX)
			continue;
		bounds[n] = strtod(key + prefix, NULL);
		counts[n++] = growth(now, before, key);
	}
	(void)snprintf(name, sizeof(name), DURATION "_sum%s}", labels);
	double sum = growth(now, before, name);
	(void)snprintf(name, sizeof(name), DURATION "_count%s}", labels);
	double calls = growth(now, before, name);
	const char *method = strchr(labels, '"') + 1;
	return json_pack("{s:s%, s:f, s:f, s:f, s:f, s:f}", "method", method, strlen(method) - 1, "calls",
			 ctl_number(now, name), "calls_per_s", calls / seconds, "mean_s", calls > 0 ? sum / calls : 0.0,
			 "p50_s", n ? quantile(0.5, bounds, counts, n) : 0.0, "p99_s",
			 n ? quantile(0.99, bounds, counts, n) : 0.0);
}

/* Insert it so that the members of that name fall. */
static void insert(json_t *list, json_t *object, const char *name)
{
	size_t i = 0;
	while (i < json_array_size(list) && ctl_number(json_array_get(list, i), name) >= ctl_number(object, name))
		i++;
	(void)json_array_insert_new(list, i, object);
}

static json_t *methods_json(json_t *now, json_t *before, double seconds)
{
	static const char prefix[] = DURATION "_count";
	json_t *list = json_array(), *value;
	const char *key;
	json_object_foreach (now, key, value) {
		if (strncmp(key, prefix, sizeof(prefix) - 1) != 0)
			continue;
		const char *labels = key + sizeof(prefix) - 1;
		cleanup_free char *open = strndup(labels, strlen(labels) - 1); /* without the last brace */
		if (open && strchr(open, '"'))
			insert(list, method_json(open, now, before, seconds), "calls_per_s");
	}
	return list;
}

static json_t *find(json_t *list, const char *member, json_t *wanted)
{
	size_t i;
	json_t *object;
	json_array_foreach (list, i, object)
		if (json_equal(json_object_get(object, member), wanted))
			return object;
	return NULL;
}

static json_t *functions_json(json_t *now, json_t *before, double seconds)
{
	json_t *list = json_array(), *function;
	size_t i;
	json_array_foreach (now, i, function) {
		json_t *old = find(before, "name", json_object_get(function, "name"));
		json_t *copy = json_copy(function);
		(void)json_object_set_new(copy, "calls_per_s", json_real(growth(function, old, "calls") / seconds));
		(void)json_object_set_new(copy, "side_exits_per_s",
					  json_real(growth(function, old, "side_exits") / seconds));
		insert(list, copy, "calls_per_s");
	}
	return list;
}

static json_t *workers_json(json_t *now, json_t *before, double seconds)
{
	json_t *list = json_array(), *worker;
	size_t i;
	json_array_foreach (now, i, worker) {
		json_t *old = find(before, "pid", json_object_get(worker, "pid"));
		double span = before && old ? seconds : ctl_number(worker, "uptime_s");
		json_t *copy = json_copy(worker);
		(void)json_object_set_new(copy, "cpu_share",
					  json_real(span > 0 ? growth(worker, old, "cpu_s") / span : 0.0));
		(void)json_array_append_new(list, copy);
	}
	return list;
}

static double mode(const struct sample *now, const struct sample *before, const char *name)
{
	char key[64];
	(void)snprintf(key, sizeof(key), "preforge_worker_cpu_seconds_total{mode=\"%s\"}", name);
	return growth(now->metrics, before ? before->metrics : NULL, key);
}

/* Shares of 1. */
static json_t *cpu_json(const struct sample *now, const struct sample *before)
{
	double native = mode(now, before, "native"), python = mode(now, before, "python"),
	       other = mode(now, before, "other"), all = native + python + other;
	return json_pack("{s:f, s:f, s:f}", "native", all > 0 ? native / all : 0.0, "python",
			 all > 0 ? python / all : 0.0, "other", all > 0 ? other / all : 0.0);
}

/* before: NULL: the shot is of the time since the start. */
static json_t *shot(const struct sample *now, const struct sample *before)
{
	json_t *status = now->status, *metrics = now->metrics, *old = before ? before->metrics : NULL;
	double seconds = before ? now->at_s - before->at_s : ctl_number(status, "uptime_s");
	if (seconds <= 0)
		seconds = 1e-3;
	json_t *errors = before ? before->status : NULL;
	return json_pack(
		"{s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "version",
		ctl_string(status, "version"), "state", ctl_string(status, "state"), "pid",
		(int)ctl_integer(json_object_get(status, "master"), "pid"), "uptime_s", ctl_number(status, "uptime_s"),
		"seconds", seconds, "requests_per_s", growth(status, errors, "requests") / seconds, "errors_per_s",
		growth(status, errors, "errors") / seconds, "busy",
		ctl_number(metrics, "preforge_workers{state=\"busy\"}"), "queue",
		ctl_number(metrics, "preforge_queue_length"), "connections",
		ctl_number(metrics, "preforge_connections"), "restarts", (double)ctl_integer(status, "restarts"), "cpu",
		cpu_json(now, before), "methods", methods_json(metrics, old, seconds), "workers",
		workers_json(json_object_get(status, "workers"),
			     before ? json_object_get(before->status, "workers") : NULL, seconds),
		"functions", functions_json(now->functions, before ? before->functions : NULL, seconds));
}

/* ---- for people ---- */

static void print_head(json_t *top)
{
	json_t *cpu = json_object_get(top, "cpu"), *workers = json_object_get(top, "workers"), *worker;
	char age[32];
	double share = 0;
	size_t i;
	json_array_foreach (workers, i, worker)
		share += ctl_number(worker, "cpu_share");
	ctl_age(ctl_number(top, "uptime_s"), age, sizeof(age));
	(void)printf("preforged %s, pid %lld: %s, up %s\n", ctl_string(top, "version"), ctl_integer(top, "pid"),
		     ctl_string(top, "state"), age);
	(void)printf("requests   %.1f a second, %.1f of them errors\n", ctl_number(top, "requests_per_s"),
		     ctl_number(top, "errors_per_s"));
	(void)printf("workers    %zu, %.0f busy, %.0f replaced; %.0f connections, %.0f wait\n",
		     json_array_size(workers), ctl_number(top, "busy"), ctl_number(top, "restarts"),
		     ctl_number(top, "connections"), ctl_number(top, "queue"));
	(void)printf("CPU        %.0f %%: machine code %.0f %%, CPython %.0f %%, the rest %.0f %% of it\n\n",
		     share * 100, ctl_number(cpu, "native") * 100, ctl_number(cpu, "python") * 100,
		     ctl_number(cpu, "other") * 100);
}

/* Within the first bucket of the histogram nothing is known. */
static void print_quantile(char cell[static TABLE_CELL], json_t *method, const char *name)
{
	double s = ctl_number(method, name), shortest = METRICS_SHORTEST_US / 1e6;
	if (s > 0 && s <= shortest)
		(void)snprintf(cell, TABLE_CELL, "<%.3f", shortest * 1e3);
	else
		(void)snprintf(cell, TABLE_CELL, "%.3f", s * 1e3);
}

static int print_methods(json_t *methods, size_t rows, size_t width)
{
	static const char *const titles[] = { "CALLS/S", "MEAN MS", "P50 MS", "P99 MS", "CALLS", "METHOD" };
	struct table t;
	int r = ctl_table(&t, json_array_size(methods), 6, titles, 0x1f);
	if (r)
		return r;
	size_t i;
	json_t *method;
	json_array_foreach (methods, i, method) {
		(void)snprintf(table_cell(&t, i, 0), TABLE_CELL, "%.1f", ctl_number(method, "calls_per_s"));
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%.3f", ctl_number(method, "mean_s") * 1e3);
		print_quantile(table_cell(&t, i, 2), method, "p50_s");
		print_quantile(table_cell(&t, i, 3), method, "p99_s");
		(void)snprintf(table_cell(&t, i, 4), TABLE_CELL, "%.0f", ctl_number(method, "calls"));
		(void)snprintf(table_cell(&t, i, 5), TABLE_CELL, "%s", ctl_string(method, "method"));
	}
	table_print_some(&t, rows, width);
	free(t.cells);
	return 0;
}

static int print_functions(json_t *functions, size_t rows, size_t width)
{
	static const char *const titles[] = { "CALLS/S", "EXITS/S", "GAIN", "STATE", "FUNCTION" };
	struct table t;
	int r = ctl_table(&t, json_array_size(functions), 5, titles, 0x7);
	if (r)
		return r;
	size_t i;
	json_t *function;
	json_array_foreach (functions, i, function) {
		json_t *gain = json_object_get(function, "gain");
		(void)snprintf(table_cell(&t, i, 0), TABLE_CELL, "%.1f", ctl_number(function, "calls_per_s"));
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%.1f", ctl_number(function, "side_exits_per_s"));
		(void)snprintf(table_cell(&t, i, 2), TABLE_CELL, json_is_number(gain) ? "%.1fx" : "-",
			       json_number_value(gain));
		(void)snprintf(table_cell(&t, i, 3), TABLE_CELL, "%s", ctl_string(function, "state"));
		(void)snprintf(table_cell(&t, i, 4), TABLE_CELL, "%s", ctl_string(function, "name"));
	}
	table_print_some(&t, rows, width);
	free(t.cells);
	return 0;
}

/* lines: 0: as many as it takes. */
static int print_top(json_t *top, size_t lines, size_t width)
{
	size_t left = lines > HEAD_LINES + 12 ? lines - HEAD_LINES - 5 : 7;
	print_head(top);
	size_t methods = json_array_size(json_object_get(top, "methods"));
	size_t shown = lines == 0 ? methods : methods < METHODS_SHOWN && methods < left / 3 ? methods : left / 3;
	int r = print_methods(json_object_get(top, "methods"), shown, width);
	left -= lines ? shown : 0;
	size_t workers = json_array_size(json_object_get(top, "workers"));
	shown = lines == 0 ? workers : workers < left / 2 ? workers : left / 2;
	(void)puts("");
	if (r == 0)
		r = ctl_print_workers(json_object_get(top, "workers"), shown, width);
	left -= lines ? shown : 0;
	(void)puts("");
	return r ? r : print_functions(json_object_get(top, "functions"), lines ? left : 0, width);
}

/* ---- the terminal ---- */

static volatile sig_atomic_t wanted_end;

static void on_signal(int number)
{
	(void)number;
	wanted_end = 1;
}

/* Until a key that ends it, or the time is over. */
static bool wait_for_key(int timeout_ms)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char key = 0;
	if (poll(&input, 1, timeout_ms) > 0 && read(STDIN_FILENO, &key, 1) <= 0)
		wanted_end = 1;
	return !wanted_end && key != 'q' && key != 'Q' && key != 3;
}

static int live(const struct ctl_options *o, int interval_ms)
{
	struct sample now, before = { 0 };
	int r = 0;
	bool goes_on = true, first = true;
	while (goes_on && r == 0) {
		struct winsize size = { .ws_row = LINES_DEFAULT, .ws_col = COLUMNS_DEFAULT };
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		r = sample_take(o, &now);
		json_t *top = r == 0 ? shot(&now, first ? NULL : &before) : NULL;
		if (top) {
			(void)fputs("\033[H\033[J", stdout);
			r = print_top(top, size.ws_row ? size.ws_row : LINES_DEFAULT,
				      size.ws_col ? size.ws_col : COLUMNS_DEFAULT);
			(void)fflush(stdout);
		}
		json_decref(top);
		sample_free(&before);
		before = now;
		goes_on = wait_for_key(first && interval_ms > 500 ? 500 : interval_ms);
		first = false;
	}
	sample_free(&before);
	return r;
}

/* On the terminal's other screen, without echo; everything is put back at the end. */
static int on_terminal(const struct ctl_options *o, int interval_ms)
{
	static char buffer[1 << 16], complaint[4096];
	struct termios before, raw;
	bool keys = tcgetattr(STDIN_FILENO, &before) == 0;
	/* What it asks for meanwhile is not given up; poll() never goes on (signal(7)). */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	(void)setvbuf(stderr, complaint, _IOFBF, sizeof(complaint)); /* not for the screen that goes */
	if (keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	(void)fputs("\033[?1049h\033[?25l", stdout);
	int r = live(o, interval_ms);
	(void)fputs("\033[?25h\033[?1049l", stdout);
	(void)fflush(stdout);
	(void)fflush(stderr);
	if (keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return r;
}

static int once(const struct ctl_options *o)
{
	struct sample now;
	int r = sample_take(o, &now);
	json_t *top = r == 0 ? shot(&now, NULL) : NULL;
	if (r == 0 && !top)
		r = ctl_out_of_memory();
	else if (r == 0 && o->json)
		r = json_dumpf(top, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0 ? 0 : EXIT_ERROR;
	else if (r == 0)
		r = print_top(top, 0, 0);
	json_decref(top);
	sample_free(&now);
	return r;
}

int ctl_top(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	if (o->once || o->json || !isatty(STDOUT_FILENO))
		return once(o);
	return on_terminal(o, 2000);
}
