/* conf.c - see conf.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "conf/address.h"
#include "conf/value_priv.h"

enum { MAX_FILE = 16 << 20 }; /* bytes */

static const struct conf_key keys[CONF_COUNT] = {
#define X(s, k, type, fallback, min, max, words, doc) \
	{ #s, #k, TYPE_##type, offsetof(struct conf, s##_##k), fallback, min, max, words, doc },
	CONF_KEYS(X)
#undef X
};

static void *value_of(struct conf *conf, const struct conf_key *key)
{
	return (char *)conf + key->offset;
}

/* Where a value goes: a key's place in the configuration, or in one of [app NAME]. */
struct place {
	const struct conf_key *key;
	void *value;
	char **origin;
	int *seen; /* in one of [app NAME]; else NULL */
};

static void *app_value(struct conf_app *app, enum conf_app_key key)
{
	switch (key) {
	case CONF_APP_PATH: return &app->path;
	case CONF_APP_METHODS: return &app->methods;
	default: return &app->prefix;
	}
}

/* CONF_APP_KEYS are those of [app], in their order. */
static const struct conf_key *app_key(enum conf_app_key key)
{
	return &keys[CONF_app_path + key];
}
_Static_assert(CONF_app_methods == CONF_app_path + CONF_APP_METHODS, "the order of the keys of [app]");
_Static_assert(CONF_app_prefix == CONF_app_path + CONF_APP_PREFIX, "the order of the keys of [app]");

struct conf *conf_create(void)
{
	cleanup_conf struct conf *conf = calloc(1, sizeof(*conf));
	if (!conf)
		return NULL;
	for (const struct conf_key *key = keys; key < keys + CONF_COUNT; key++)
		if (key->fallback && value_parse(key, key->fallback, "/", value_of(conf, key), NULL) < 0)
			return NULL;
	return steal_ptr(conf);
}

struct conf *conf_free(struct conf *conf)
{
	if (!conf)
		return NULL;
	for (const struct conf_key *key = keys; key < keys + CONF_COUNT; key++) {
		value_clear(key, value_of(conf, key));
		free(conf->origin[key - keys]);
	}
	for (size_t i = 0; i < conf->n_apps; i++) {
		for (enum conf_app_key key = 0; key < CONF_APP_KEYS; key++) {
			value_clear(app_key(key), app_value(&conf->apps[i], key));
			free(conf->apps[i].origin[key]);
		}
		free(conf->apps[i].name);
	}
	free(conf->apps);
	free(conf);
	return NULL;
}

void conf_freep(struct conf **conf)
{
	*conf = conf_free(*conf);
}

/* ": WHAT; allowed: A, B" where the words are the sections, or the keys of one section. */
static int unknown(struct cause *cause, const char *origin, const char *what, const char *section)
{
	int r = cause_set(cause, -EINVAL, "%s: unknown %s; allowed: ", origin, what);
	const char *last = "";
	for (const struct conf_key *key = keys; cause && key < keys + CONF_COUNT; key++) {
		const char *word = section ? key->key : key->section;
		if (section ? strcmp(section, key->section) != 0 : strcmp(last, word) == 0)
			continue;
		size_t used = strlen(cause->text);
		(void)snprintf(cause->text + used, sizeof(cause->text) - used, "%s%s", *last ? ", " : "", word);
		last = word;
	}
	return r;
}

static int find_app_key(struct conf_app *app, const char *name, const char *origin, struct place *ret,
			struct cause *cause)
{
	for (enum conf_app_key key = 0; key < CONF_APP_KEYS; key++) {
		if (strcmp(app_key(key)->key, name) == 0) {
			*ret = (struct place){ .key = app_key(key),
					       .value = app_value(app, key),
					       .origin = &app->origin[key],
					       .seen = &app->seen[key] };
			return 0;
		}
	}
	return unknown(cause, origin, "key", "app");
}

static int find_key(struct conf *conf, const char *section, const char *name, const char *origin, struct place *ret,
		    struct cause *cause)
{
	struct conf_app *app;
	int r = conf_app_section(conf, section, origin, &app, cause);
	if (r <= 0)
		return r < 0 ? r : find_app_key(app, name, origin, ret, cause);
	bool section_known = false;
	for (const struct conf_key *key = keys; key < keys + CONF_COUNT; key++) {
		if (strcmp(key->section, section) != 0)
			continue;
		section_known = true;
		if (strcmp(key->key, name) == 0) {
			*ret = (struct place){ .key = key,
					       .value = value_of(conf, key),
					       .origin = &conf->origin[key - keys] };
			return 0;
		}
	}
	return unknown(cause, origin, section_known ? "key" : "section", section_known ? section : NULL);
}

/* A value whose origin was written with the words of its place; the origin is taken over. */
static int set_value(const struct place *place, const char *text, const char *directory, char **origin,
		     struct cause *cause)
{
	struct cause wrong = CAUSE_INIT, allowed = CAUSE_INIT;
	int r = value_parse(place->key, text, directory, place->value, &wrong);
	if (r < 0) {
		value_allowed(place->key, &allowed);
		return cause_set(cause, r, "%s: %s; allowed: %s", *origin, wrong.text, allowed.text);
	}
	free(*place->origin);
	*place->origin = steal_ptr(*origin);
	return 0;
}

/* ---- a file ---- */

struct loading {
	struct conf *conf;
	const char *path;
	char *directory;
	FILE *file;
	int line; /* of what inih looks at */
	bool line_ended;
	int seen[CONF_COUNT]; /* line where the key was set in this file, 0: nowhere */
	int result;
	struct cause *cause;
};

/* Debian's inih is built without line numbers for handlers, so they are counted where the lines are read.  inih reads
 * a long line in pieces. */
static char *read_line(char *buffer, int size, void *userdata)
{
	struct loading *l = userdata;
	if (!fgets(buffer, size, l->file))
		return NULL;
	if (l->line_ended)
		l->line++;
	l->line_ended = strchr(buffer, '\n') != NULL;
	return buffer;
}

/* inih's: 0 stops. */
static int on_value(void *userdata, const char *section, const char *name, const char *value)
{
	struct loading *l = userdata;
	cleanup_free char *origin = NULL;
	if (asprintf(&origin, "%s:%d: [%s] %s = %s", l->path, l->line, section, name, value) < 0) {
		origin = NULL;
		l->result = cause_set(l->cause, -ENOMEM, "%s:%d: out of memory", l->path, l->line);
		return 0;
	}
	struct place place;
	l->result = find_key(l->conf, section, name, origin, &place, l->cause);
	if (l->result < 0)
		return 0;
	int *seen = place.seen ? place.seen : &l->seen[place.key - keys];
	if (*seen && !value_is_list(place.key)) {
		l->result = cause_set(l->cause, -EINVAL, "%s: set twice, first in line %d", origin, *seen);
		return 0;
	}
	if (!*seen)
		value_clear(place.key, place.value);
	*seen = l->line;
	l->result = set_value(&place, value, l->directory, &origin, l->cause);
	return l->result == 0;
}

/* The directory of a file, absolute. */
static int directory_of(const char *path, char **ret, struct cause *cause)
{
	cleanup_free char *copy = strdup(path);
	if (!copy)
		return cause_set(cause, -ENOMEM, "out of memory");
	char *slash = strrchr(copy, '/');
	if (slash)
		slash[slash == copy] = '\0';
	*ret = realpath(slash ? copy : ".", NULL);
	return *ret ? 0 : cause_set_errno(cause, -errno, "%s: cannot find its directory", path);
}

/* The bytes are the caller's, and one more than size. */
static int read_whole(FILE *file, const char *path, char **ret, size_t *ret_size, struct cause *cause)
{
	*ret_size = 0;
	for (size_t room = 1 << 16; room <= MAX_FILE; room *= 2) {
		char *larger = realloc(*ret, room);
		if (!larger)
			return cause_set(cause, -ENOMEM, "out of memory");
		*ret = larger;
		*ret_size += fread(*ret + *ret_size, 1, room - 1 - *ret_size, file);
		if (ferror(file))
			return cause_set_errno(cause, -errno, "%s: cannot read", path);
		if (!feof(file))
			continue;
		larger[(*ret_size)++] = '\n'; /* fmemopen() wants something */
		const char *zero = memchr(*ret, '\0', *ret_size);
		return zero ? cause_set(cause, -EINVAL, "%s: there is a zero byte at %td", path, zero - *ret) : 0;
	}
	return cause_set(cause, -EFBIG, "%s: larger than %d bytes", path, MAX_FILE - 2);
}

int conf_load(struct conf *conf, const char *path, struct cause *cause)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	if (!file)
		return cause_set_errno(cause, -errno, "%s: cannot open", path);
	cleanup_free char *bytes = NULL, *directory = NULL;
	size_t size = 0;
	int r = read_whole(file, path, &bytes, &size, cause);
	if (r == 0)
		r = directory_of(path, &directory, cause);
	if (r < 0)
		return r;
	cleanup_fclose FILE *text = fmemopen(bytes, size, "r");
	if (!text)
		return cause_set(cause, -ENOMEM, "out of memory");
	for (size_t i = 0; i < conf->n_apps; i++)
		memset(conf->apps[i].seen, 0, sizeof(conf->apps[i].seen));
	struct loading l = {
		.conf = conf, .path = path, .directory = directory, .file = text, .line_ended = true, .cause = cause
	};
	/* Indented lines are lines like others; a line may be of any length; the first error is the one to show. */
	ini_allow_multiline = false;
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = 1 << 20;
	ini_stop_on_first_error = true;
	r = ini_parse_stream(read_line, &l, on_value, &l);
	if (l.result < 0)
		return l.result;
	if (r != 0)
		return cause_set(cause, -EINVAL, "%s:%d: syntax error; allowed: [section], key = value, # comment",
				 path, l.line);
	return 0;
}

/* ---- the command line ---- */

static int set_here(const struct place *place, const char *text, char **origin, struct cause *cause)
{
	cleanup_free char *directory = getcwd(NULL, 0);
	if (!directory)
		return cause_set_errno(cause, -errno, "cannot find the working directory");
	/* A list that came from a file is replaced, one that came from the command line grows. */
	const char *earlier = *place->origin;
	if (!earlier || strncmp(earlier, "-D ", 3) != 0)
		value_clear(place->key, place->value);
	return set_value(place, text, directory, origin, cause);
}

int conf_define(struct conf *conf, const char *definition, struct cause *cause)
{
	cleanup_free char *origin = NULL, *section = strdup(definition);
	if (!section || asprintf(&origin, "-D %s", definition) < 0) {
		origin = NULL;
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	char *equals = strchr(section, '=');
	if (equals)
		*equals = '\0';
	char *dot = strchr(section, '.');
	if (!equals || !dot)
		return cause_set(cause, -EINVAL, "%s: not a setting; allowed: -D section.key=value", origin);
	*dot = '\0';
	struct place place;
	int r = find_key(conf, section, dot + 1, origin, &place, cause);
	if (r < 0)
		return r;
	return set_here(&place, equals + 1, &origin, cause);
}

int conf_set_app(struct conf *conf, const char *path, struct cause *cause)
{
	cleanup_free char *origin = strdup(path);
	if (!origin)
		return cause_set(cause, -ENOMEM, "out of memory");
	struct place place = { .key = &keys[CONF_app_path],
			       .value = &conf->app_path,
			       .origin = &conf->origin[CONF_app_path] };
	return set_here(&place, path, &origin, cause);
}

/* ---- defaults from the environment ---- */

static const char *absolute_env(const char *name)
{
	const char *value = getenv(name);
	return value && *value == '/' ? value : NULL;
}

/* systemd.exec(5): the variable may hold several directories with ":" between. */
static int first_length(const char *directories)
{
	return (int)strcspn(directories, ":");
}

/* Where a socket of that name lies if nothing else is said. */
static char *default_socket(const char *prefix, const char *name)
{
	char *path = NULL;
	const char *directory;
	int n;
	if ((directory = absolute_env("RUNTIME_DIRECTORY")))
		n = asprintf(&path, "%s%.*s/%s", prefix, first_length(directory), directory, name);
	else if ((directory = absolute_env("XDG_RUNTIME_DIR")))
		n = asprintf(&path, "%s%s/preforge/%s", prefix, directory, name);
	else
		n = asprintf(&path, "%s/run/preforge/%s", prefix, name);
	return n < 0 ? NULL : path;
}

/* Root's own directories are no place for what another user keeps. */
static char *default_cache(const struct conf *conf)
{
	char *path = NULL;
	const char *directory;
	int n;
	if ((directory = absolute_env("CACHE_DIRECTORY")))
		n = asprintf(&path, "%.*s", first_length(directory), directory);
	else if (conf->server_user && geteuid() == 0)
		n = asprintf(&path, "/var/cache/preforge");
	else if ((directory = absolute_env("XDG_CACHE_HOME")))
		n = asprintf(&path, "%s/preforge", directory);
	else if ((directory = absolute_env("HOME")))
		n = asprintf(&path, "%s/.cache/preforge", directory);
	else
		n = asprintf(&path, "/var/cache/preforge");
	return n < 0 ? NULL : path;
}

/* Beside the first socket file, if there is one. */
static char *default_control(const struct conf *conf)
{
	for (char **text = conf->server_listen; *text; text++) {
		cleanup_address struct address address = { .name = NULL };
		if (address_parse(*text, "/", &address, NULL) < 0)
			return NULL;
		if (address.kind != ADDRESS_UNIX || address.name[0] != '/')
			continue;
		char *path = NULL;
		int directory = (int)(strrchr(address.name, '/') - address.name);
		return asprintf(&path, "%.*s/preforge.control", directory, address.name) < 0 ? NULL : path;
	}
	return default_socket("", "preforge.control");
}

static int64_t cpus(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > (int)keys[CONF_server_workers].max ? (int64_t)keys[CONF_server_workers].max : n;
}

/* text: malloc()ed, freed here. */
static int set_default(struct conf *conf, enum conf_index index, char *text, struct cause *cause)
{
	const struct conf_key *key = &keys[index];
	cleanup_free char *owned = text;
	struct cause wrong = CAUSE_INIT, allowed = CAUSE_INIT;
	if (!owned)
		return cause_set(cause, -ENOMEM, "out of memory");
	int r = value_parse(key, owned, "/", value_of(conf, key), &wrong);
	if (r == 0)
		return 0;
	value_allowed(key, &allowed);
	return cause_set(cause, r, "the default of [%s] %s, %s: %s; allowed: %s", key->section, key->key, owned,
			 wrong.text, allowed.text);
}

int conf_complete(struct conf *conf, struct cause *cause)
{
	int r = conf_app_complete(conf, cause);
	if (r == 0 && !conf->server_listen)
		r = set_default(conf, CONF_server_listen, default_socket("unix:", "preforge.sock"), cause);
	if (r == 0 && !conf->cache_directory)
		r = set_default(conf, CONF_cache_directory, default_cache(conf), cause);
	if (r == 0 && !conf->control_socket)
		r = set_default(conf, CONF_control_socket, default_control(conf), cause);
	if (r == 0 && !conf->server_workers)
		conf->server_workers = cpus();
	if (r == 0 && conf->workers_min > conf->server_workers)
		r = cause_set(cause, -EINVAL, "%s: more than [server] workers, %lld", conf->origin[CONF_workers_min],
			      (long long)conf->server_workers);
	if (r == 0 && !conf->workers_min)
		conf->workers_min = conf->server_workers;
	return r;
}

static int check_readable(const char *origin, const char *path, struct cause *cause)
{
	struct stat st;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cause_set_errno(cause, -errno, "%s: cannot read", origin);
	if (!S_ISREG(st.st_mode))
		return cause_set(cause, -EINVAL, "%s: not a file", origin);
	return 0;
}

int conf_check_files(const struct conf *conf, struct cause *cause)
{
	if (!conf->app_path && conf->n_apps == 0)
		return cause_set(cause, -EINVAL, "no application: name it as APP.py, or with path in section [app]");
	int r = conf->app_path ? check_readable(conf->origin[CONF_app_path], conf->app_path, cause) : 0;
	for (size_t i = 0; r == 0 && i < conf->n_apps; i++) {
		const struct conf_app *app = &conf->apps[i];
		if (!app->path)
			return cause_set(cause, -EINVAL, "the section [app %s] has no path", app->name);
		r = check_readable(app->origin[CONF_APP_PATH], app->path, cause);
	}
	if (r == 0 && conf->warmup_requests)
		r = check_readable(conf->origin[CONF_warmup_requests], conf->warmup_requests, cause);
	return r;
}

/* ---- the shipped file ---- */

static void print_comment(FILE *file, const char *text)
{
	while (*text) {
		int length = (int)strcspn(text, "\n");
		(void)fprintf(file, "#%s%.*s\n", length ? " " : "", length, text);
		text += length + (text[length] == '\n');
	}
}

void conf_print_defaults(FILE *file)
{
	print_comment(file,
		      "The configuration of preforged.\n"
		      "\n"
		      "Everything that can be set stands here, commented out, with its default. Comments are lines\n"
		      "that start with \"#\" or \";\", and what follows \" ;\" in a line. Relative paths are relative\n"
		      "to the directory of this file. preforged -D section.key=value overrides a value;\n"
		      "preforged --check tells whether a file is right.");
	const char *section = "";
	for (const struct conf_key *key = keys; key < keys + CONF_COUNT; key++) {
		if (strcmp(section, key->section) != 0)
			(void)fprintf(file, "\n[%s]\n", key->section);
		section = key->section;
		struct cause allowed = CAUSE_INIT;
		value_allowed(key, &allowed);
		(void)fputc('\n', file);
		print_comment(file, key->doc);
		(void)fprintf(file, "# Allowed: %s.\n", allowed.text);
		(void)fprintf(file, "#%s =%s%s\n", key->key, key->fallback ? " " : "",
			      key->fallback ? key->fallback : "");
	}
}
