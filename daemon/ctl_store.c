/* ctl_store.c - see ctl_store.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/ctl_priv.h"
#include "daemon/ctl_store.h"
#include "daemon/zygote_proc.h"

enum { SHORTEST_KEY = 4 };

extern char **environ;

const char *const file_state_words[] = {
	[FILE_READY] = "ready", [FILE_IN_USE] = "in use", [FILE_STALE] = "stale", [FILE_BAD] = "bad"
};

/* ---- which store ---- */

/* What preforge-zygote --made-by prints; NULL: nothing. */
static json_t *zygote_made_by(void)
{
	char path[PATH_MAX];
	int fds[2];
	if (zygote_find_program(path, NULL) < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	cleanup_fd int from = fds[0], to = fds[1];
	posix_spawn_file_actions_t actions;
	char *const argv[] = { path, (char[]){ "--made-by" }, NULL };
	pid_t pid = -1;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return NULL;
	int error = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn(&pid, path, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	to = close_fd(to);
	if (error != 0)
		return NULL;
	json_t *made_by = json_loadfd(from, 0, NULL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return made_by;
}

/* A set of the array's strings. */
static json_t *set_of(const json_t *array)
{
	json_t *set = json_object();
	size_t i;
	json_t *text;
	json_array_foreach (array, i, text)
		(void)json_object_set_new(set, json_string_value(text) ? json_string_value(text) : "", json_true());
	return set;
}

int store_view_open(const json_t *daemon, const char *directory, bool make, struct store_view *ret, struct cause *cause)
{
	*ret = (struct store_view){};
	if (daemon)
		directory = json_string_value(json_object_get(daemon, "directory"));
	if (!directory) {
		const char *why = json_string_value(json_object_get(daemon, "cause"));
		return cause_set(cause, -ENOENT, "the daemon has no store%s%s", why ? ": " : "", why ? why : "");
	}
	struct store_options options = { .directory = directory, .any_owner = true, .keep = !make, .later = make };
	int r = store_open(&options, &ret->store, cause);
	if (r < 0)
		return r;
	if (daemon) {
		ret->made_by = json_incref(json_object_get(daemon, "made_by"));
		ret->in_use = set_of(json_object_get(daemon, "units"));
		ret->max_bytes = (uint64_t)json_integer_value(json_object_get(daemon, "max_bytes"));
	} else {
		ret->made_by = zygote_made_by();
	}
	return 0;
}

static void files_clear(struct store_view *view)
{
	for (size_t i = 0; i < view->n; i++) {
		json_decref(view->files[i].record);
		free(view->files[i].why);
	}
	free(view->files);
	view->files = NULL;
	view->n = 0;
}

void store_view_clear(struct store_view *view)
{
	files_clear(view);
	json_decref(view->made_by);
	json_decref(view->in_use);
	store_free(view->store);
	*view = (struct store_view){};
}

/* ---- what of it is of use ---- */

/* What another program made is never asked for.  Which -O it was compiled with is a matter of taste. */
static char *other_maker(const struct store_view *view, const json_t *record)
{
	static const struct {
		const char *name, *text;
	} parts[] = { { "preforge", "Preforge" },
		      { "sources", "Preforge of the sources" },
		      { "python", "CPython" },
		      { "libgccjit", "libgccjit" },
		      { "cpu", "the CPU level" } };
	const json_t *made_by = json_object_get(record, "made_by");
	for (size_t i = 0; view->made_by && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *its = json_string_value(json_object_get(made_by, parts[i].name));
		const char *ours = json_string_value(json_object_get(view->made_by, parts[i].name));
		char *why = NULL;
		/* Without a daemon nobody knows for which level code is wanted: any that can run here. */
		if (!view->in_use && its && ours && strcmp(parts[i].name, "cpu") == 0 && strcmp(its, ours) < 0)
			continue;
		if (ours && strcmp(its ? its : "?", ours) != 0)
			return asprintf(&why, "made with %s %.12s, not %.12s", parts[i].text, its ? its : "?", ours) < 0
				       ? NULL
				       : why;
	}
	return NULL;
}

static char *ban_of(const struct store_view *view, const json_t *record)
{
	size_t i;
	json_t *function;
	json_array_foreach (json_object_get(record, "functions"), i, function) {
		const char *key = ctl_string(function, "key");
		json_t *ban = digest_is_text(key) ? store_banned(view->store, key, NULL) : NULL;
		char *why = NULL;
		if (ban && asprintf(&why, "%s must not be native: %s", ctl_string(function, "name"),
				    ctl_string(ban, "reason")) < 0)
			why = NULL;
		json_decref(ban);
		if (why)
			return why;
	}
	return NULL;
}

/* Its functions may be what they were; only a start can tell. */
static char *changed_source(const json_t *record)
{
	size_t i;
	json_t *function;
	json_array_foreach (json_object_get(record, "functions"), i, function) {
		const char *file = ctl_string(function, "file");
		struct stat st;
		if (file[0] != '/' || (stat(file, &st) == 0 && st.st_mtime <= ctl_integer(record, "time")))
			continue;
		char *why = NULL;
		bool gone = stat(file, &st) < 0;
		return asprintf(&why, gone ? "%s cannot be read" : "%s is newer", file) < 0 ? NULL : why;
	}
	return NULL;
}

static void unit_judge(const struct store_view *view, struct stored *file)
{
	if (json_object_get(view->in_use, file->entry.key)) {
		file->state = FILE_IN_USE;
		return;
	}
	file->why = other_maker(view, file->record);
	if (!file->why)
		file->why = ban_of(view, file->record);
	file->state = file->why ? FILE_STALE : FILE_READY;
	if (!file->why)
		file->why = changed_source(file->record);
}

static void file_read(const struct store_view *view, const struct store_entry *entry, struct stored *ret)
{
	struct store_file file;
	struct cause cause = CAUSE_INIT;
	*ret = (struct stored){ .entry = *entry };
	int r = store_get(view->store, entry->kind, entry->key, &file, &cause);
	if (r < 0) {
		ret->state = FILE_BAD;
		ret->why = strdup(r == -ENOENT ? "it is gone" : cause.text);
		return;
	}
	ret->record = json_incref(file.record);
	ret->object_size = file.object_size;
	store_file_clear(&file);
	if (entry->kind == STORE_UNIT)
		unit_judge(view, ret);
}

int store_view_read(struct store_view *view, struct cause *cause)
{
	cleanup_free struct store_entry *entries = NULL;
	size_t n = 0;
	files_clear(view);
	int r = store_list(view->store, &entries, &n, cause);
	if (r < 0)
		return r;
	view->files = calloc(n + 1, sizeof(*view->files));
	if (!view->files)
		return cause_set_errno(cause, -ENOMEM, "%zu files", n);
	for (size_t i = 0; i < n; i++)
		file_read(view, &entries[i], &view->files[i]);
	view->n = n;
	return 0;
}

/* ---- one file ---- */

static char *functions_text(const json_t *functions)
{
	char *text = NULL;
	size_t size = 0, i;
	json_t *function;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	json_array_foreach (functions, i, function)
		(void)fprintf(out, "%s%s", i ? ", " : "", ctl_string(function, "name"));
	return fclose(out) == 0 ? text : NULL;
}

char *stored_about(const struct stored *file)
{
	char *text = NULL;
	switch (file->record ? file->entry.kind : STORE_BUNDLE) {
	case STORE_UNIT: return functions_text(json_object_get(file->record, "functions"));
	case STORE_PROFILE: {
		const char *app = ctl_string(file->record, "app");
		return strndup(app, strcspn(app, "\n"));
	}
	case STORE_BAN:
		return asprintf(&text, "%s: %s", ctl_string(file->record, "name"), ctl_string(file->record, "reason")) <
				       0
			       ? NULL
			       : text;
	case STORE_GAIN:
		return asprintf(&text, "%s: %.1fx", ctl_string(file->record, "name"),
				json_number_value(json_object_get(file->record, "gain"))) < 0
			       ? NULL
			       : text;
	default: return strdup("-");
	}
}

/* name, or what is behind its last dots. */
static bool is_named(const char *name, const char *text)
{
	size_t n = strlen(name), size = strlen(text);
	return size > 0 && n >= size && strcmp(name + n - size, text) == 0 && (n == size || name[n - size - 1] == '.');
}

bool stored_matches(const struct stored *file, const char *text)
{
	size_t i;
	json_t *function;
	if (strlen(text) >= SHORTEST_KEY && strncmp(file->entry.key, text, strlen(text)) == 0)
		return true;
	json_array_foreach (json_object_get(file->record, "functions"), i, function)
		if (is_named(ctl_string(function, "name"), text) || is_named(ctl_string(function, "qualname"), text))
			return true;
	return is_named(ctl_string(file->record, "name"), text);
}

/* The unit's functions with what the rest of the store says of them. */
static json_t *functions_json(const struct store_view *view, const json_t *record)
{
	json_t *functions = json_deep_copy(json_object_get(record, "functions")), *function;
	size_t i;
	json_array_foreach (functions, i, function) {
		const char *key = ctl_string(function, "key");
		if (!digest_is_text(key))
			continue;
		double gain = store_gain(view->store, key);
		json_t *ban = store_banned(view->store, key, NULL);
		(void)json_object_set_new(function, "gain", gain > 0 ? json_real(gain) : json_null());
		(void)json_object_set_new(function, "ban", ban ? ban : json_null());
	}
	return functions;
}

json_t *stored_json(const struct store_view *view, const struct stored *file)
{
	json_t *record = file->record ? json_copy(file->record) : json_null();
	if (file->entry.kind == STORE_UNIT && file->record)
		(void)json_object_set_new(record, "functions", functions_json(view, file->record));
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:s?, s:o}", "key", file->entry.key, "kind",
			 store_kind_words[file->entry.kind], "size", (json_int_t)file->entry.size, "object_size",
			 (json_int_t)file->object_size, "used", (json_int_t)file->entry.used.tv_sec, "state",
			 file_state_words[file->state], "why", file->why, "record", record);
}
