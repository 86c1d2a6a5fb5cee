/* explain_text.c - see explain_text.h.  The members of objects are taken as they are found: a daemon of another version
 * may have others. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/explain_text.h"

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "?";
}

static long long number(const json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

static void print_types(const json_t *params, FILE *out)
{
	size_t i;
	json_t *type;
	json_array_foreach (params, i, type)
		(void)fprintf(out, "%s%s", i ? ", " : "", json_string_value(type) ? json_string_value(type) : "?");
}

/* Under a line of the source. */
static void remark(FILE *out, const char *what, const char *detail)
{
	(void)fprintf(out, "               | %s%s\n", what, detail);
}

static void print_runtime(const json_t *runtime, FILE *out)
{
	const char *name;
	json_t *n;
	if (json_object_size(runtime) == 0)
		return;
	(void)fputs("               | on objects, by the runtime:", out);
	json_object_foreach ((json_t *)(uintptr_t)runtime, name, n)
		(void)fprintf(out, " %s", name);
	(void)fputs("\n", out);
}

static void print_texts(const json_t *texts, const char *what, FILE *out)
{
	size_t i = json_array_size(texts);
	while (i-- > 0) /* the last one was noted first */
		remark(out, what, json_string_value(json_array_get(texts, i)));
}

static void print_exits(const json_t *exits, size_t member, long long line, FILE *out)
{
	size_t i;
	json_t *exit;
	json_array_foreach (exits, i, exit)
		if (number(exit, "count") > 0 && number(exit, "member") == (long long)member &&
		    number(exit, "line") == line)
			(void)fprintf(out, "               | left %lld times: %s\n", number(exit, "count"),
				      text(exit, "why"));
}

static const json_t *line_find(const json_t *lines, long long wanted)
{
	size_t i;
	json_t *line;
	json_array_foreach (lines, i, line)
		if (number(line, "line") == wanted)
			return line;
	return NULL;
}

static const char *how(const json_t *line)
{
	bool works = number(line, "operations") > 0, leaves = json_array_size(json_object_get(line, "leaves")) > 0;
	return !line ? "" : leaves ? works ? "partly" : "cpython" : works ? "native" : "";
}

static void print_line(const json_t *report, size_t member, const json_t *lines, long long at, const char *source,
		       FILE *out)
{
	const json_t *line = line_find(lines, at);
	(void)fprintf(out, "%6lld %-7s | %s\n", at, how(line), source);
	print_texts(json_object_get(line, "notes"), "", out);
	print_runtime(json_object_get(line, "runtime"), out);
	print_exits(json_object_get(report, "exits"), member, at, out);
	print_texts(json_object_get(line, "leaves"), "goes on in CPython: ", out);
}

/* From the function's first line to the last one that something is known of. */
static void print_source(const json_t *report, size_t member, const json_t *function, FILE *out)
{
	const json_t *lines = json_object_get(function, "lines");
	long long first = number(function, "line");
	long long last = number(json_array_get(lines, json_array_size(lines) - 1), "line");
	cleanup_fclose FILE *in = fopen(text(function, "file"), "re");
	cleanup_free char *source = NULL;
	size_t allocated = 0;
	bool more = in;
	for (long long at = 1; at <= last; at++) {
		ssize_t n = more ? getline(&source, &allocated, in) : -1;
		more = n >= 0;
		if (n > 0 && source[n - 1] == '\n')
			source[n - 1] = '\0';
		if (at >= first)
			print_line(report, member, lines, at, more ? source : "", out);
	}
}

static void print_head(const json_t *report, const json_t *function, FILE *out)
{
	const json_t *gain = json_object_get(report, "gain");
	const json_t *loop = json_object_get(report, "loop");
	bool compiled = strcmp(text(report, "word"), "native") == 0;
	if (loop) {
		(void)fprintf(out, "the loop at line %lld of %s", number(report, "loop"), text(report, "name"));
	} else {
		(void)fprintf(out, "%s(", text(report, "name"));
		print_types(json_object_get(function, "params"), out);
		(void)fputs(")", out);
	}
	(void)fprintf(out, " in %s, line %lld: %s", text(report, "file"), number(report, "line"),
		      json_is_true(json_object_get(report, "native")) ? "native"
		      : compiled                                      ? "can be native, and is not"
								      : "not native");
	if (json_object_get(report, "entered"))
		(void)fprintf(out, ", entered %lld times", number(report, "entered"));
	if (json_is_number(gain))
		(void)fprintf(out, ", %.1f times as fast as CPython", json_number_value(gain));
	if (!compiled)
		(void)fprintf(out, "\n%s: %s", text(report, "word"), text(report, "reason"));
	if (!compiled && json_is_string(json_object_get(report, "detail")))
		(void)fprintf(out, " (%s)", text(report, "detail"));
	(void)fputs("\n", out);
}

static void print_lines(const json_t *report, FILE *out)
{
	size_t i;
	json_t *function;
	const json_t *members = json_object_get(report, "members");
	print_head(report, json_array_get(members, 0), out);
	json_array_foreach (members, i, function) {
		if (i > 0) {
			(void)fprintf(out, "\ncalled directly: %s(", text(function, "name"));
			print_types(json_object_get(function, "params"), out);
			(void)fprintf(out, ") in %s\n", text(function, "file"));
		}
		print_source(report, i, function, out);
	}
}

void explain_print(const json_t *result, enum explain_text what, FILE *out)
{
	size_t i;
	json_t *report;
	json_array_foreach (json_object_get(result, "reports"), i, report) {
		if (i > 0)
			(void)fputs("\n", out);
		if (what == EXPLAIN_TEXT_LINES)
			print_lines(report, out);
		else
			(void)fputs(text(report, what == EXPLAIN_TEXT_IR ? "ir" : "asm"), out);
	}
}
