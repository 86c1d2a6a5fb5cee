/* ctl_cache.c - preforgectl cache: looks into the store and tidies it.
 *
 * It works on the files themselves, those of the running daemon or of a directory: the daemon is only asked where they
 * are, and which of them it uses. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "conf/conf.h"
#include "daemon/ctl_priv.h"
#include "daemon/ctl_store.h"

enum { SHORT_KEY = 12 };

struct command {
	const char *name;
	bool has_argument, needs_argument, makes_store;
	int (*run)(const struct ctl_options *o, struct store_view *view, const char *argument);
};

static int complain(const struct cause *cause)
{
	(void)fprintf(stderr, "preforgectl: %s\n", cause->text);
	return EXIT_ERROR;
}

/* What was done, as JSON or by the caller's own words; json is given away. */
static int report(const struct ctl_options *o, json_t *json, const char *words)
{
	int r = o->json ? ctl_print_json(json) : puts(words) < 0 ? EXIT_ERROR : 0;
	json_decref(json);
	return r;
}

/* ---- looking ---- */

static void age_text(const struct timespec *used, char *ret, size_t size)
{
	long long age = (long long)time(NULL) - used->tv_sec;
	static const struct {
		long long seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	size_t i = 0;
	while (i < 3 && age < 2 * units[i].seconds)
		i++;
	(void)snprintf(ret, size, "%lld %s", age < 0 ? 0 : age / units[i].seconds, units[i].unit);
}

static int list_print(const struct store_view *view)
{
	static const char *const titles[] = { "KEY", "KIND", "BYTES", "USED", "ABOUT", "STATE" };
	struct table t;
	int r = ctl_table(&t, view->n, 6, titles, 0xc);
	for (size_t i = 0; i < view->n && r == 0; i++) {
		const struct stored *file = &view->files[i];
		cleanup_free char *about = stored_about(file);
		(void)snprintf(table_cell(&t, i, 0), TABLE_CELL, "%.*s", SHORT_KEY, file->entry.key);
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%s", store_kind_words[file->entry.kind]);
		(void)snprintf(table_cell(&t, i, 2), TABLE_CELL, "%llu", (unsigned long long)file->entry.size);
		age_text(&file->entry.used, table_cell(&t, i, 3), TABLE_CELL);
		(void)snprintf(table_cell(&t, i, 4), TABLE_CELL, "%.100s", about ? about : "-");
		(void)snprintf(table_cell(&t, i, 5), TABLE_CELL, "%s%s%s", file_state_words[file->state],
			       file->why ? ": " : "", file->why ? file->why : "");
	}
	if (r == 0)
		table_print(&t);
	free(t.cells);
	return r;
}

static int read_or_complain(struct store_view *view)
{
	struct cause cause = CAUSE_INIT;
	return store_view_read(view, &cause) < 0 ? complain(&cause) : 0;
}

static int run_list(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	(void)argument;
	int r = read_or_complain(view);
	if (r || !o->json)
		return r ? r : list_print(view);
	json_t *files = json_array();
	for (size_t i = 0; i < view->n; i++)
		(void)json_array_append_new(files, stored_json(view, &view->files[i]));
	return report(o, json_pack("{s:s, s:o}", "directory", store_directory(view->store), "files", files), NULL);
}

static void texts_print(const char *title, const json_t *texts)
{
	size_t i;
	json_t *text;
	json_array_foreach (texts, i, text)
		(void)printf("%s%s", i ? ", " : title, json_string_value(text) ? json_string_value(text) : "?");
	if (json_array_size(texts))
		(void)puts("");
}

static void function_print(const json_t *function)
{
	size_t i;
	json_t *type, *gain = json_object_get(function, "gain"), *ban = json_object_get(function, "ban");
	(void)printf("function  %s(", ctl_string(function, "name"));
	json_array_foreach (json_object_get(function, "params"), i, type)
		(void)printf("%s%s", i ? ", " : "", json_string_value(type) ? json_string_value(type) : "?");
	(void)printf(") in %s, line %lld\n", ctl_string(function, "file"), ctl_integer(function, "line"));
	if (strcmp(ctl_string(function, "word"), "native") != 0)
		(void)printf("          not native: %s, %s\n", ctl_string(function, "word"),
			     ctl_string(function, "detail"));
	else
		(void)printf("          %lld bytes of code\n", ctl_integer(function, "code_bytes"));
	if (json_is_number(gain))
		(void)printf("          %.1f times as fast as CPython\n", json_number_value(gain));
	if (json_is_object(ban))
		(void)printf("          must not run: %s, %s\n", ctl_string(ban, "reason"), ctl_string(ban, "detail"));
	texts_print("          calls directly: ", json_object_get(function, "calls"));
	texts_print("          uses the names: ", json_object_get(function, "names"));
}

static void time_print(const char *title, long long seconds)
{
	char text[40];
	time_t at = (time_t)seconds;
	struct tm tm;
	if (localtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		(void)printf("%s%s", title, text);
}

static void record_print(enum store_kind kind, const json_t *record)
{
	const json_t *made_by = json_object_get(record, "made_by");
	size_t i;
	json_t *function;
	time_print("made      ", ctl_integer(record, "time"));
	if (kind == STORE_UNIT)
		(void)printf(", in %.1f ms\nby        Preforge %s, CPython %s, libgccjit %s -O%lld, CPU %s",
			     (double)ctl_integer(record, "compile_us") / 1000, ctl_string(made_by, "preforge"),
			     ctl_string(made_by, "python"), ctl_string(made_by, "libgccjit"),
			     ctl_integer(made_by, "optimize"), ctl_string(made_by, "cpu"));
	(void)puts("");
	if (kind == STORE_BAN)
		(void)printf("ban       %s: %s, %s\n", ctl_string(record, "name"), ctl_string(record, "reason"),
			     ctl_string(record, "detail"));
	if (kind == STORE_GAIN)
		(void)printf("gain      %s: %.2f times as fast as CPython\n", ctl_string(record, "name"),
			     json_number_value(json_object_get(record, "gain")));
	json_array_foreach (json_object_get(record, "functions"), i, function) {
		if (kind == STORE_PROFILE)
			(void)printf("hot       %s.%s\n", ctl_string(function, "module"),
				     ctl_string(function, "qualname"));
		else
			function_print(function);
	}
}

static void file_print(const struct store_view *view, const struct stored *file)
{
	json_t *json = stored_json(view, file);
	(void)printf("%s.%s\nstate     %s%s%s\n", file->entry.key, store_kind_words[file->entry.kind],
		     file_state_words[file->state], file->why ? ": " : "", file->why ? file->why : "");
	(void)printf("size      %llu bytes, of these %zu of the object file\n", (unsigned long long)file->entry.size,
		     file->object_size);
	time_print("used      ", (long long)file->entry.used.tv_sec);
	(void)puts("");
	if (file->record)
		record_print(file->entry.kind, json_object_get(json, "record"));
	json_decref(json);
}

static int run_show(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	int r = read_or_complain(view);
	if (r)
		return r;
	json_t *files = json_array();
	for (size_t i = 0; i < view->n; i++) {
		const struct stored *file = &view->files[i];
		if (!stored_matches(file, argument))
			continue;
		if (!o->json)
			(void)fputs(json_array_size(files) ? "\n" : "", stdout);
		(void)json_array_append_new(files, o->json ? stored_json(view, file) : json_true());
		if (!o->json)
			file_print(view, file);
	}
	size_t n = json_array_size(files);
	r = o->json ? report(o, files, NULL) : 0;
	if (!o->json)
		json_decref(files);
	if (n > 0)
		return r;
	(void)fprintf(stderr, "preforgectl: nothing in %s has the key or is about %s\n", store_directory(view->store),
		      argument);
	return EXIT_ERROR;
}

static int run_verify(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	(void)argument;
	int r = read_or_complain(view);
	if (r)
		return r;
	json_t *bad = json_array();
	for (size_t i = 0; i < view->n; i++) {
		const struct stored *file = &view->files[i];
		if (file->state != FILE_BAD)
			continue;
		(void)json_array_append_new(bad, stored_json(view, file));
		if (!o->json)
			(void)puts(file->why ? file->why : "?");
	}
	size_t n_bad = json_array_size(bad);
	char words[80];
	(void)snprintf(words, sizeof(words), "%zu files, %zu of them bad", view->n, n_bad);
	r = report(o, json_pack("{s:I, s:o}", "files", (json_int_t)view->n, "bad", bad), words);
	return r ? r : n_bad ? EXIT_ERROR : 0;
}

/* ---- tidying ---- */

struct removed {
	uint64_t files, bytes;
};

static int file_remove(const struct store_view *view, const struct stored *file, struct removed *removed,
		       struct cause *cause)
{
	int r = store_remove(view->store, file->entry.kind, file->entry.key, cause);
	if (r == -ENOENT)
		return 0;
	removed->files += r == 0;
	removed->bytes += r == 0 ? file->entry.size : 0;
	return r;
}

static int report_removed(const struct ctl_options *o, const struct removed *removed)
{
	char words[80];
	(void)snprintf(words, sizeof(words), "%llu files removed, %llu bytes", (unsigned long long)removed->files,
		       (unsigned long long)removed->bytes);
	return report(o,
		      json_pack("{s:I, s:I}", "files", (json_int_t)removed->files, "bytes", (json_int_t)removed->bytes),
		      words);
}

/* A size as the configuration has it. */
static int size_read(const char *text, uint64_t *ret)
{
	cleanup_conf struct conf *conf = conf_create();
	cleanup_free char *definition = NULL;
	struct cause cause = CAUSE_INIT;
	if (!conf || asprintf(&definition, "cache.store_size=%s", text) < 0) {
		definition = NULL;
		(void)cause_set(&cause, -ENOMEM, "out of memory");
		return complain(&cause);
	}
	if (conf_define(conf, definition, &cause) < 0)
		return ctl_usage("SIZE is no size such as 100M: ", text);
	*ret = (uint64_t)conf->cache_store_size;
	return 0;
}

static int run_prune(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	struct removed removed = {};
	struct cause cause = CAUSE_INIT;
	uint64_t most = view->max_bytes ? view->max_bytes : UINT64_MAX;
	int r = argument ? size_read(argument, &most) : 0;
	if (r == 0)
		r = read_or_complain(view);
	if (r)
		return r;
	for (size_t i = 0; i < view->n && r == 0; i++)
		if (view->files[i].state == FILE_BAD || (o->stale && view->files[i].state == FILE_STALE))
			r = file_remove(view, &view->files[i], &removed, &cause);
	uint64_t files = 0, bytes = 0;
	if (r == 0)
		r = store_prune(view->store, most, &files, &bytes, &cause);
	removed.files += files;
	removed.bytes += bytes;
	return r < 0 ? complain(&cause) : report_removed(o, &removed);
}

static int run_clear(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	(void)argument;
	struct removed removed = {};
	struct cause cause = CAUSE_INIT;
	int r = read_or_complain(view);
	if (r)
		return r;
	for (size_t i = 0; i < view->n && r == 0; i++)
		if (view->files[i].entry.kind != STORE_BAN || o->bans)
			r = file_remove(view, &view->files[i], &removed, &cause);
	return r < 0 ? complain(&cause) : report_removed(o, &removed);
}

/* ---- from store to store ---- */

static int report_counts(const struct ctl_options *o, const char *verb, const struct store_counts *counts)
{
	char words[160];
	(void)snprintf(words, sizeof(words), "%s: %u units, %u profiles, %u bans, %u gains", verb,
		       counts->n[STORE_UNIT], counts->n[STORE_PROFILE], counts->n[STORE_BAN], counts->n[STORE_GAIN]);
	if (counts->bad > 0)
		(void)fprintf(stderr, "preforgectl: %u bad files are left out, the last one: %s\n", counts->bad,
			      counts->cause.text);
	return report(o,
		      json_pack("{s:i, s:i, s:i, s:i, s:i}", "units", (int)counts->n[STORE_UNIT], "profiles",
				(int)counts->n[STORE_PROFILE], "bans", (int)counts->n[STORE_BAN], "gains",
				(int)counts->n[STORE_GAIN], "bad", (int)counts->bad),
		      words);
}

static int run_export(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	struct store_counts counts;
	struct cause cause = CAUSE_INIT;
	return store_export(view->store, argument, &counts, &cause) < 0 ? complain(&cause)
									: report_counts(o, "exported", &counts);
}

static int run_import(const struct ctl_options *o, struct store_view *view, const char *argument)
{
	struct store_counts counts;
	struct cause cause = CAUSE_INIT;
	return store_import(view->store, argument, &counts, &cause) < 0 ? complain(&cause)
									: report_counts(o, "imported", &counts);
}

/* ---- commands ---- */

static const struct command commands[] = {
	{ "list", false, false, false, run_list },     { "show", true, true, false, run_show },
	{ "verify", false, false, false, run_verify }, { "prune", true, false, false, run_prune },
	{ "clear", false, false, false, run_clear },   { "export", true, true, false, run_export },
	{ "import", true, true, true, run_import },
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int ctl_cache(const struct ctl_options *o, char **arguments)
{
	const struct command *command = find(arguments[0]);
	const char *argument = arguments[1];
	if (!command)
		return ctl_usage("unknown command: cache ", arguments[0]);
	if (command->needs_argument && !argument)
		return ctl_usage("an argument is missing: cache ", arguments[0]);
	if (!command->has_argument && argument)
		return ctl_usage("too many arguments: ", argument);
	json_t *daemon = NULL;
	int r = o->store ? 0 : ctl_ask_json(o, "cache", NULL, &daemon);
	if (r)
		return r;
	struct store_view view;
	struct cause cause = CAUSE_INIT;
	if (store_view_open(daemon, o->store, command->makes_store, &view, &cause) < 0)
		r = complain(&cause);
	else
		r = command->run(o, &view, argument);
	json_decref(daemon);
	store_view_clear(&view);
	return r;
}
