/* Tests of conf/: what a file and the command line set, and the whole text of every complaint. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "conf/conf.h"

static char *start_directory;

static int enter_temporary_directory(void **state)
{
	char template[] = "/tmp/preforge-conf-XXXXXX";
	assert_non_null(mkdtemp(template));
	start_directory = getcwd(NULL, 0);
	*state = strdup(template);
	return chdir(template);
}

static int leave_temporary_directory(void **state)
{
	const char *files[] = { "sub/c.conf", "c.conf", "app.py", "sub" };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)remove(files[i]);
	assert_int_equal(chdir(start_directory), 0);
	assert_int_equal(rmdir(*state), 0);
	free(start_directory);
	free(*state);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	cleanup_fclose FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static void assert_loads(struct conf *conf, const char *text)
{
	struct cause cause = CAUSE_INIT;
	write_file("c.conf", text);
	if (conf_load(conf, "c.conf", &cause) < 0)
		fail_msg("%s", cause.text);
}

static void assert_defines(struct conf *conf, const char *definition)
{
	struct cause cause = CAUSE_INIT;
	if (conf_define(conf, definition, &cause) < 0)
		fail_msg("%s", cause.text);
}

static void assert_complaint(const char *text, const char *complaint)
{
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause = CAUSE_INIT;
	write_file("c.conf", text);
	assert_int_equal(conf_load(conf, "c.conf", &cause), -EINVAL);
	assert_string_equal(cause.text, complaint);
}

static void assert_define_complaint(const char *definition, const char *complaint)
{
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause = CAUSE_INIT;
	assert_int_equal(conf_define(conf, definition, &cause), -EINVAL);
	assert_string_equal(cause.text, complaint);
}

static void assert_path(const char *path, const char *directory, const char *name)
{
	cleanup_free char *expected = NULL;
	assert_true(asprintf(&expected, "%s/%s", directory, name) > 0);
	assert_string_equal(path, expected);
}

static void defaults_are_complete(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create();
	assert_non_null(conf);
	assert_int_equal(conf->server_stop_timeout, 30000000);
	assert_int_equal(conf->jit_mode, CONF_JIT_ON);
	assert_int_equal(conf->jit_threshold, 20);
	assert_int_equal(conf->jit_optimize, 1);
	assert_int_equal(conf->jit_compile_timeout, 30000000);
	assert_int_equal(conf->cache_size, 64 << 20);
	assert_int_equal(conf->warmup_deadline, 60000000);
	assert_int_equal(conf->log_level, 3);
	assert_false(conf->rpc_traceback);
	assert_int_equal(conf->limits_request_size, 16 << 20);
	for (int i = 0; i < CONF_COUNT; i++)
		assert_null(conf->origin[i]);
}

static void a_file_sets_values(void **state)
{
	cleanup_conf struct conf *conf = conf_create();
	assert_loads(conf, "# comment\n"
			   "[server]\n"
			   "listen = unix:/run/a.sock\n"
			   "  listen = /run/b.sock ; and why\n"
			   "listen = unix:c.sock\n"
			   "workers=3\n"
			   "[jit]\n"
			   "mode = eager\n"
			   "threshold = 5ms\n"
			   "[cache]\n"
			   "size = 1G\n"
			   "directory = cache\n"
			   "[rpc]\n"
			   "traceback = yes\n");
	assert_string_equal(conf->server_listen[0], "unix:/run/a.sock");
	assert_string_equal(conf->server_listen[1], "unix:/run/b.sock");
	assert_path(conf->server_listen[2] + strlen("unix:"), *state, "c.sock");
	assert_null(conf->server_listen[3]);
	assert_int_equal(conf->server_workers, 3);
	assert_int_equal(conf->jit_mode, CONF_JIT_EAGER);
	assert_int_equal(conf->jit_threshold, 5000);
	assert_int_equal(conf->cache_size, 1 << 30);
	assert_path(conf->cache_directory, *state, "cache");
	assert_true(conf->rpc_traceback);
	assert_string_equal(conf->origin[CONF_server_workers], "c.conf:6: [server] workers = 3");
}

static void paths_are_relative_to_the_file_or_the_working_directory(void **state)
{
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause;
	assert_int_equal(mkdir("sub", 0777), 0);
	write_file("sub/c.conf", "[app]\npath = app.py\n[control]\nsocket = ctl\n");
	assert_int_equal(conf_load(conf, "sub/c.conf", &cause), 0);
	assert_path(conf->app_path, *state, "sub/app.py");
	assert_path(conf->control_socket, *state, "sub/ctl");
	assert_int_equal(conf_set_app(conf, "app.py", &cause), 0);
	assert_path(conf->app_path, *state, "app.py");
	assert_defines(conf, "control.socket=/ctl");
	assert_string_equal(conf->control_socket, "/ctl");
}

static void definitions_beat_the_file(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create();
	assert_loads(conf, "[server]\nlisten = /a\nlisten = /b\nworkers = 3\n");
	assert_defines(conf, "server.workers=4");
	assert_defines(conf, "server.listen=/c");
	assert_defines(conf, "server.listen=/d");
	assert_int_equal(conf->server_workers, 4);
	assert_string_equal(conf->server_listen[0], "unix:/c");
	assert_string_equal(conf->server_listen[1], "unix:/d");
	assert_null(conf->server_listen[2]);
}

static void complaints_name_place_key_value_and_what_is_allowed(void **state)
{
	(void)state;
	assert_complaint("[server]\n\n# x\nworkers = many\n",
			 "c.conf:4: [server] workers = many: not a whole number; allowed: a number from 1 to 256");
	assert_complaint("[server]\nworkers = 0\n",
			 "c.conf:2: [server] workers = 0: out of range; allowed: a number from 1 to 256");
	assert_complaint("[server]\nworkers = 3x\n",
			 "c.conf:2: [server] workers = 3x: not a whole number; allowed: a number from 1 to 256");
	assert_complaint("[server]\nworkers = -1\n",
			 "c.conf:2: [server] workers = -1: not a whole number; allowed: a number from 1 to 256");
	assert_complaint("[jit]\nmode = fast\n", "c.conf:2: [jit] mode = fast: unknown word; allowed: off, on, eager");
	assert_complaint("[jit]\nthreshold = 20\n",
			 "c.conf:2: [jit] threshold = 20: a time needs a unit; allowed: a time "
			 "from 0us to 1h, with us, ms, s, min, h");
	assert_complaint("[cache]\nsize = 2G\n",
			 "c.conf:2: [cache] size = 2G: out of range; allowed: a size from 64K to "
			 "1G, in bytes or with K, M, G");
	assert_complaint(
		"[cache]\nsize = 99999999999999999999G\n",
		"c.conf:2: [cache] size = 99999999999999999999G: out of range; allowed: a size from 64K to 1G, in "
		"bytes or with K, M, G");
	assert_complaint(
		"[cache]\nsize = 17179869185G\n",
		"c.conf:2: [cache] size = 17179869185G: out of range; allowed: a size from 64K to 1G, in bytes or "
		"with K, M, G");
	assert_complaint("[cache]\nsize = 64MB\n",
			 "c.conf:2: [cache] size = 64MB: not a size; allowed: a size from 64K to "
			 "1G, in bytes or with K, M, G");
	assert_complaint("[rpc]\ntraceback = maybe\n",
			 "c.conf:2: [rpc] traceback = maybe: neither yes nor no; allowed: yes, no");
	assert_complaint("[app]\npath =\n", "c.conf:2: [app] path = : no path; allowed: a path");
}

static void unknown_names_get_the_known_ones(void **state)
{
	(void)state;
	assert_complaint(
		"[sever]\nworkers = 2\n",
		"c.conf:2: [sever] workers = 2: unknown section; allowed: server, workers, app, jit, cache, warmup, "
		"control, log, rpc, deadline, http, limits");
	assert_complaint("[jit]\nmodus = on\n",
			 "c.conf:2: [jit] modus = on: unknown key; allowed: mode, threshold, "
			 "sample, hot, optimize, cpu, compile_timeout, retry, verify, symbols, plant");
	assert_complaint("workers = 2\n",
			 "c.conf:1: [] workers = 2: unknown section; allowed: server, workers, app, jit, cache, "
			 "warmup, control, log, rpc, deadline, http, limits");
}

static void sections_for_further_apps(void **state)
{
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause = CAUSE_INIT;
	assert_loads(
		conf,
		"[app a]\npath = a.py\nmethods = x* !xy\nmethods = z\n[app]\nmethods=f\nprefix = p-\n[app B_2]\npath = "
		"/b.py\nprefix =\n[app a]\nprefix = other.\n");
	assert_defines(conf, "app c.path=/c.py");
	assert_defines(conf, "app c.methods=g h");
	assert_defines(conf, "app c.methods=i");
	assert_int_equal(conf_complete(conf, &cause), 0);
	assert_int_equal(conf->n_apps, 3);
	assert_null(conf->app_path);
	assert_string_equal(conf->app_methods[0], "f");
	assert_null(conf->app_methods[1]);
	assert_string_equal(conf->app_prefix, "p-");
	const struct conf_app *a = &conf->apps[0], *b = &conf->apps[1], *c = &conf->apps[2];
	assert_string_equal(a->name, "a");
	assert_path(a->path, *state, "a.py");
	assert_string_equal(a->methods[1], "!xy");
	assert_string_equal(a->methods[2], "z");
	assert_null(a->methods[3]);
	assert_string_equal(a->prefix, "other.");
	assert_string_equal(a->origin[CONF_APP_PATH], "c.conf:2: [app a] path = a.py");
	assert_string_equal(b->name, "B_2");
	assert_string_equal(b->prefix, "");
	assert_null(b->methods);
	assert_string_equal(c->prefix, "c.");
	assert_string_equal(c->methods[2], "i");
	/* The file of the first cannot be read. */
	assert_int_equal(conf_check_files(conf, &cause), -ENOENT);
	assert_string_equal(cause.text, "c.conf:2: [app a] path = a.py: cannot read: No such file or directory");
	cleanup_conf struct conf *pathless = conf_create();
	assert_defines(pathless, "app x.prefix=y");
	assert_int_equal(conf_check_files(pathless, &cause), -EINVAL);
	assert_string_equal(cause.text, "the section [app x] has no path");

	assert_complaint("[app 5x]\npath = /a\n", "c.conf:2: [app 5x] path = /a: the section's name is wrong; allowed: "
						  "[app NAME], where NAME has letters, "
						  "digits and underscores, at most 32");
	assert_complaint("[app a]\npfad = /a\n",
			 "c.conf:2: [app a] pfad = /a: unknown key; allowed: path, methods, prefix");
	assert_complaint("[app a]\npath = /a\npath = /b\n", "c.conf:3: [app a] path = /b: set twice, first in line 2");
	assert_complaint("[app]\nprefix = rpc.x\n", "c.conf:2: [app] prefix = rpc.x: names that begin with \"rpc.\" "
						    "are reserved; allowed: at most 64 bytes "
						    "without spaces, quotes and backslashes");
	assert_complaint("[app]\nprefix = a b\n",
			 "c.conf:2: [app] prefix = a b: not a prefix of names; allowed: at most 64 bytes "
			 "without spaces, quotes and backslashes");
	assert_complaint("[app]\nmethods = a !\n",
			 "c.conf:2: [app] methods = a !: no pattern after \"!\"; allowed: patterns with "
			 "*, ? and [...], with spaces between");
}

static void lines_must_make_sense(void **state)
{
	(void)state;
	assert_complaint("[server]\nworkers\n", "c.conf:2: syntax error; allowed: [section], key = value, # comment");
	assert_complaint("\n[server\n", "c.conf:2: syntax error; allowed: [section], key = value, # comment");
	assert_complaint("[jit]\nmode = on\nmode = off\n", "c.conf:3: [jit] mode = off: set twice, first in line 2");
}

#define ADDRESSES                                                                                       \
	"; allowed: unix:PATH (at most 107 bytes), unix:@NAME, tcp:PORT, tcp:HOST:PORT, systemd:NAME, " \
	"then options as in mode=0660 owner=U group=G users=U,U groups=G,G"

/* One that is right is kept in full. */
static void addresses_have_many_forms(void **state)
{
	(void)state;
	static const char *const forms[][2] = {
		{ "unix:/a b/s mode=0660 group=g", "unix:/a b/s mode=0660 group=g" },
		{ "/s\tusers=root,7   owner=me", "unix:/s owner=me users=root,7" },
		{ "unix:/s with=sign", "unix:/s with=sign" },
		{ "unix:@name users=root", "unix:@name users=root" },
		{ "tcp:80", "tcp:127.0.0.1:80" },
		{ "tcp:*:80", "tcp:*:80" },
		{ "tcp:localhost:0", "tcp:localhost:0" },
		{ "tcp:[::1]:8000", "tcp:[::1]:8000" },
		{ "systemd:http groups=www-data", "systemd:http groups=www-data" },
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		cleanup_conf struct conf *conf = conf_create();
		char definition[64];
		(void)snprintf(definition, sizeof(definition), "server.listen=%s", forms[i][0]);
		assert_defines(conf, definition);
		assert_string_equal(conf->server_listen[0], forms[i][1]);
	}
}

static void wrong_addresses_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{ "", "no address" },
		{ "8080", "not an address" },
		{ "http://x/", "not an address" },
		{ "unix:", "no path" },
		{ "unix:@", "no path" },
		{ "unix:/s mode=7777", "mode is three octal digits, as mode=0660" },
		{ "unix:/s mode=0660 mode=rw", "mode is three octal digits, as mode=0660" },
		{ "unix:/s owner=a owner=b", "the same option twice" },
		{ "unix:/s users=", "the option users= is empty" },
		{ "unix:@s mode=0600", "mode, owner and group are for socket files" },
		{ "tcp:80 owner=me", "mode, owner and group are for socket files" },
		{ "tcp:80 users=me", "users and groups are for Unix sockets: TCP does not tell them" },
		{ "tcp:", "no port from 0 to 65535 at its end" },
		{ "tcp:host", "no port from 0 to 65535 at its end" },
		{ "tcp:host:70000", "no port from 0 to 65535 at its end" },
		{ "tcp::80", "not a host: an IPv6 address stands in brackets" },
		{ "tcp:::1:80", "not a host: an IPv6 address stands in brackets" },
		{ "tcp:[host]:80", "not a host: an IPv6 address stands in brackets" },
		{ "systemd:", "no name" },
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char definition[64], complaint[400];
		(void)snprintf(definition, sizeof(definition), "server.listen=%s", wrong[i][0]);
		(void)snprintf(complaint, sizeof(complaint), "-D %s: %s" ADDRESSES, definition, wrong[i][1]);
		assert_define_complaint(definition, complaint);
	}
	assert_complaint("[server]\nlisten = /a\nlisten = unix:/a mode=0600\n",
			 "c.conf:3: [server] listen = unix:/a mode=0600: the same address twice" ADDRESSES);
}

static void socket_paths_fit_the_kernel(void **state)
{
	(void)state;
	char definition[200] = "server.listen=unix:/", complaint[600];
	size_t start = strlen("server.listen=unix:");
	memset(definition + start + 1, 'x', 106);
	cleanup_conf struct conf *conf = conf_create();
	assert_defines(conf, definition);
	strcat(definition, "x");
	(void)snprintf(complaint, sizeof(complaint), "-D %s: the path has 108 bytes" ADDRESSES, definition);
	assert_define_complaint(definition, complaint);
}

static void definitions_are_checked_like_files(void **state)
{
	(void)state;
	assert_define_complaint("jit.mode=fast", "-D jit.mode=fast: unknown word; allowed: off, on, eager");
	assert_define_complaint("jit.modus=on", "-D jit.modus=on: unknown key; allowed: mode, threshold, sample, hot, "
						"optimize, cpu, compile_timeout, retry, verify, symbols, plant");
	assert_define_complaint(
		"x.y=z", "-D x.y=z: unknown section; allowed: server, workers, app, jit, cache, warmup, control, "
			 "log, rpc, deadline, http, limits");
	assert_define_complaint("workers=2", "-D workers=2: not a setting; allowed: -D section.key=value");
	assert_define_complaint("server.workers", "-D server.workers: not a setting; allowed: -D section.key=value");
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause;
	assert_int_equal(conf_load(conf, "none.conf", &cause), -ENOENT);
	assert_string_equal(cause.text, "none.conf: cannot open: No such file or directory");
	assert_int_equal(conf_load(conf, "/tmp", &cause), -EISDIR);
	assert_string_equal(cause.text, "/tmp: cannot read: Is a directory");
}

static void long_lines_keep_the_count(void **state)
{
	cleanup_conf struct conf *conf = conf_create();
	cleanup_free char *text = NULL, *origin = NULL;
	char name[2000];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(asprintf(&text, "# %s\n[app]\npath = %s\n[server]\nworkers = 5\n", name, name) > 0);
	assert_loads(conf, text);
	assert_path(conf->app_path, *state, name);
	assert_string_equal(conf->origin[CONF_server_workers], "c.conf:5: [server] workers = 5");
}

static void defaults_follow_the_environment(void **state)
{
	(void)state;
	static const struct {
		const char *runtime, *xdg_runtime, *cache, *xdg_cache, *home, *listen, *control, *directory;
	} cases[] = {
		{ "/r1:/r2", "/x", "/c1:/c2", "/xc", "/h", "unix:/r1/preforge.sock", "/r1/preforge.control", "/c1" },
		{ NULL, "/x", NULL, "/xc", "/h", "unix:/x/preforge/preforge.sock", "/x/preforge/preforge.control",
		  "/xc/preforge" },
		{ NULL, NULL, NULL, NULL, "/h", "unix:/run/preforge/preforge.sock", "/run/preforge/preforge.control",
		  "/h/.cache/preforge" },
		{ "", "relative", "", "", NULL, "unix:/run/preforge/preforge.sock", "/run/preforge/preforge.control",
		  "/var/cache/preforge" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const variables[][2] = {
			{ "RUNTIME_DIRECTORY", cases[i].runtime },
			{ "XDG_RUNTIME_DIR", cases[i].xdg_runtime },
			{ "CACHE_DIRECTORY", cases[i].cache },
			{ "XDG_CACHE_HOME", cases[i].xdg_cache },
			{ "HOME", cases[i].home },
		};
		for (size_t v = 0; v < sizeof(variables) / sizeof(variables[0]); v++)
			assert_int_equal(variables[v][1] ? setenv(variables[v][0], variables[v][1], 1)
							 : unsetenv(variables[v][0]),
					 0);
		cleanup_conf struct conf *conf = conf_create();
		assert_int_equal(conf_complete(conf, NULL), 0);
		assert_string_equal(conf->server_listen[0], cases[i].listen);
		assert_null(conf->server_listen[1]);
		assert_string_equal(conf->control_socket, cases[i].control);
		assert_string_equal(conf->cache_directory, cases[i].directory);
		assert_in_range(conf->server_workers, 1, 256);
	}
}

static void no_more_workers_at_least_than_at_most(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_conf struct conf *conf = conf_create();
	assert_defines(conf, "server.workers=3");
	assert_int_equal(conf_complete(conf, NULL), 0);
	assert_int_equal(conf->workers_min, 3);
	assert_defines(conf, "workers.min=4");
	assert_int_equal(conf_complete(conf, &cause), -EINVAL);
	assert_string_equal(cause.text, "-D workers.min=4: more than [server] workers, 3");
}

static void the_control_socket_lies_beside_the_first_listener(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create();
	assert_defines(conf, "server.listen=/a/b.sock");
	assert_int_equal(conf_complete(conf, NULL), 0);
	assert_string_equal(conf->control_socket, "/a/preforge.control");
}

static void named_files_must_be_readable(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create();
	struct cause cause;
	assert_int_equal(conf_check_files(conf, &cause), -EINVAL);
	assert_string_equal(cause.text, "no application: name it as APP.py, or with path in section [app]");
	assert_int_equal(conf_set_app(conf, "app.py", &cause), 0);
	assert_int_equal(conf_check_files(conf, &cause), -ENOENT);
	assert_string_equal(cause.text, "app.py: cannot read: No such file or directory");
	write_file("app.py", "");
	assert_int_equal(conf_check_files(conf, &cause), 0);
	assert_defines(conf, "warmup.requests=/");
	assert_int_equal(conf_check_files(conf, &cause), -EINVAL);
	assert_string_equal(cause.text, "-D warmup.requests=/: not a file");
}

/* `preforged --print-defaults >conf/preforged.conf` brings it up to date. */
static void the_shipped_file_is_the_table(void **state)
{
	(void)state;
	cleanup_free char *expected = NULL, *shipped = NULL;
	size_t expected_size = 0, allocated = 0;
	FILE *memory = open_memstream(&expected, &expected_size);
	conf_print_defaults(memory);
	assert_int_equal(fclose(memory), 0);
	cleanup_fclose FILE *file = fopen(SHIPPED, "re");
	assert_non_null(file);
	assert_true(getdelim(&shipped, &allocated, '\0', file) > 0);
	assert_string_equal(shipped, expected);
}

/* With the comment signs taken away, the shipped file sets every default to itself. */
static void the_shipped_defaults_are_the_defaults(void **state)
{
	(void)state;
	cleanup_conf struct conf *conf = conf_create(), *untouched = conf_create();
	cleanup_fclose FILE *in = fopen(SHIPPED, "re"), *out = fopen("c.conf", "we");
	char line[256];
	int set = 0, open = 0;
	while (fgets(line, sizeof(line), in)) {
		bool key = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
		bool value = key && !strstr(line, " =\n");
		set += value;
		open += key && !value;
		assert_true(fputs(value ? line + 1 : line, out) >= 0);
	}
	assert_int_equal(fflush(out), 0);
	struct cause cause = CAUSE_INIT;
	if (conf_load(conf, "c.conf", &cause) < 0)
		fail_msg("%s", cause.text);
	assert_int_equal(set + open, CONF_COUNT);
	for (int i = 0; i < CONF_COUNT; i++)
		set -= conf->origin[i] != NULL;
	assert_int_equal(set, 0);
	/* Only the origins tell them apart. */
	for (int i = 0; i < CONF_COUNT; i++) {
		free(conf->origin[i]);
		conf->origin[i] = NULL;
	}
	assert_string_equal(conf->http_paths, untouched->http_paths);
	free(conf->http_paths);
	conf->http_paths = untouched->http_paths;
	assert_memory_equal(conf, untouched, sizeof(*conf));
	conf->http_paths = NULL;
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_temporary_directory, leave_temporary_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_complete),
		IN_DIRECTORY(a_file_sets_values),
		IN_DIRECTORY(paths_are_relative_to_the_file_or_the_working_directory),
		IN_DIRECTORY(definitions_beat_the_file),
		IN_DIRECTORY(complaints_name_place_key_value_and_what_is_allowed),
		IN_DIRECTORY(unknown_names_get_the_known_ones),
		IN_DIRECTORY(sections_for_further_apps),
		IN_DIRECTORY(lines_must_make_sense),
		cmocka_unit_test(addresses_have_many_forms),
		IN_DIRECTORY(wrong_addresses_are_refused),
		cmocka_unit_test(socket_paths_fit_the_kernel),
		cmocka_unit_test(definitions_are_checked_like_files),
		cmocka_unit_test(a_missing_file_is_named),
		IN_DIRECTORY(long_lines_keep_the_count),
		cmocka_unit_test(defaults_follow_the_environment),
		cmocka_unit_test(no_more_workers_at_least_than_at_most),
		cmocka_unit_test(the_control_socket_lies_beside_the_first_listener),
		IN_DIRECTORY(named_files_must_be_readable),
		cmocka_unit_test(the_shipped_file_is_the_table),
		IN_DIRECTORY(the_shipped_defaults_are_the_defaults),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
