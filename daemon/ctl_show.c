/* ctl_show.c - preforgectl's commands that show one thing: workers, errors, slow, metrics. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl_priv.h"
#include "daemon/table.h"

double ctl_number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

void ctl_age(double seconds, char *text, size_t size)
{
	if (seconds < 60)
		(void)snprintf(text, size, "%.1f s", seconds);
	else if (seconds < 120 * 60)
		(void)snprintf(text, size, "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600)
		(void)snprintf(text, size, "%.0f h", seconds / 3600);
	else
		(void)snprintf(text, size, "%.0f days", seconds / 86400);
}

void ctl_bytes(double bytes, char *text, size_t size)
{
	static const char units[] = "\0KMGTP";
	unsigned unit = 0;
	for (; bytes >= 1024 && unit < sizeof(units) - 2; unit++)
		bytes /= 1024;
	(void)snprintf(text, size, unit > 0 && bytes < 100 ? "%.1f%.1s" : "%.0f%.1s", bytes, &units[unit]);
}

/* Line breaks and what a terminal might act on become blanks. */
static void put_text(char *cell, const char *text)
{
	size_t n = strnlen(text, TABLE_CELL - 1);
	memcpy(cell, text, n);
	cell[n] = '\0';
	for (unsigned char *p = (unsigned char *)cell; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

int ctl_show(const struct ctl_options *o, const char *method, int (*print)(json_t *value))
{
	json_t *value = NULL;
	int r = ctl_ask_json(o, method, NULL, &value);
	if (r == 0)
		r = o->json ? ctl_print_json(value) : print(value);
	json_decref(value);
	return r;
}

/* ---- workers ---- */

int ctl_print_workers(json_t *workers, size_t rows, size_t width)
{
	static const char *const titles[] = { "WORKER", "PID",    "STATE",   "REQUESTS", "ERRORS",
					      "CPU",    "MEMORY", "PRIVATE", "AGE",      "GENERATION" };
	struct table t;
	int r = ctl_table(&t, json_array_size(workers), 10, titles, 0x3fb);
	if (r)
		return r;
	size_t i;
	json_t *worker;
	json_array_foreach (workers, i, worker) {
		(void)snprintf(table_cell(&t, i, 0), TABLE_CELL, "%lld", ctl_integer(worker, "slot"));
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%lld", ctl_integer(worker, "pid"));
		(void)snprintf(table_cell(&t, i, 2), TABLE_CELL, "%s", ctl_string(worker, "state"));
		(void)snprintf(table_cell(&t, i, 3), TABLE_CELL, "%lld", ctl_integer(worker, "requests"));
		(void)snprintf(table_cell(&t, i, 4), TABLE_CELL, "%lld", ctl_integer(worker, "errors"));
		ctl_age(ctl_number(worker, "cpu_s"), table_cell(&t, i, 5), TABLE_CELL);
		ctl_bytes(ctl_number(worker, "resident_bytes"), table_cell(&t, i, 6), TABLE_CELL);
		if (ctl_integer(worker, "private_bytes"))
			ctl_bytes(ctl_number(worker, "private_bytes"), table_cell(&t, i, 7), TABLE_CELL);
		else
			(void)strcpy(table_cell(&t, i, 7), "-");
		ctl_age(ctl_number(worker, "uptime_s"), table_cell(&t, i, 8), TABLE_CELL);
		(void)snprintf(table_cell(&t, i, 9), TABLE_CELL, "%lld", ctl_integer(worker, "generation"));
	}
	table_print_some(&t, rows, width);
	free(t.cells);
	return 0;
}

static int print_all_workers(json_t *workers)
{
	return ctl_print_workers(workers, 0, 0);
}

int ctl_workers(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "workers", print_all_workers);
}

/* ---- errors ---- */

static int print_errors(json_t *errors)
{
	static const char *const titles[] = { "LAST", "COUNT", "CODE", "METHOD", "ERROR" };
	struct table t;
	if (json_array_size(errors) == 0)
		return puts("no errors") < 0;
	int r = ctl_table(&t, json_array_size(errors), 5, titles, 0x7);
	if (r)
		return r;
	size_t i;
	json_t *error;
	double now = (double)time(NULL);
	json_array_foreach (errors, i, error) {
		double ago = now - ctl_number(error, "last");
		ctl_age(ago > 0 ? ago : 0, table_cell(&t, i, 0), TABLE_CELL);
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%lld", ctl_integer(error, "count"));
		(void)snprintf(table_cell(&t, i, 2), TABLE_CELL, "%lld", ctl_integer(error, "code"));
		put_text(table_cell(&t, i, 3), *ctl_string(error, "method") ? ctl_string(error, "method") : "-");
		char text[2 * TABLE_CELL];
		(void)snprintf(text, sizeof(text), "%s%s%s", ctl_string(error, "kind"),
			       *ctl_string(error, "kind") && *ctl_string(error, "message") ? ": " : "",
			       ctl_string(error, "message"));
		put_text(table_cell(&t, i, 4), text);
	}
	table_print(&t);
	free(t.cells);
	return 0;
}

int ctl_errors(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "errors", print_errors);
}

/* ---- slow calls ---- */

static int print_slow(json_t *slow)
{
	size_t i;
	json_t *call, *calls = json_object_get(slow, "calls");
	if (ctl_number(slow, "slow_s") == 0)
		return puts("slow calls are not noted: [deadline] slow is 0us") < 0;
	if (json_array_size(calls) == 0)
		return printf("no call has taken longer than %.6g s\n", ctl_number(slow, "slow_s")) < 0;
	json_array_foreach (calls, i, call) {
		char when[32];
		time_t at = (time_t)ctl_number(call, "last");
		struct tm local;
		(void)strftime(when, sizeof(when), "%F %T", localtime_r(&at, &local));
		(void)printf("%s%s  %s  %.3f s  pid %lld\n%s\n", i ? "\n" : "", when, ctl_string(call, "method"),
			     ctl_number(call, "duration_s"), ctl_integer(call, "pid"), ctl_string(call, "stack"));
	}
	return 0;
}

int ctl_slow(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "slow", print_slow);
}

/* ---- metrics ---- */

static int print_metrics(json_t *text)
{
	return fputs(json_string_value(text) ?: "", stdout) < 0 ? EXIT_ERROR : 0;
}

int ctl_metrics(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "metrics", print_metrics);
}
