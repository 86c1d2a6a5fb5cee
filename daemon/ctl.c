/* ctl.c - preforgectl: asks a running daemon, and calls the methods that it serves. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "common/cleanup.h"
#include "common/explain_text.h"
#include "conf/conf.h"
#include "daemon/ctl_priv.h"
#include "daemon/json_text.h"
#include "daemon/table.h"

static const char help[] = "Usage: preforgectl [OPTION]... COMMAND\n"
			   "Ask a running preforged, and call the methods that it serves.\n"
			   "\n"
			   "  status                  processes, requests, the code cache\n"
			   "  functions               which functions run natively, and why others do not\n"
			   "  top                     what happens, on a screen that is kept up to date; q ends it\n"
			   "  workers                 the processes that answer requests\n"
			   "  errors                  the last errors, and how often they occurred\n"
			   "  slow                    the last calls that took longer than [deadline] slow\n"
			   "  metrics                 figures for Prometheus, as GET /metrics has them\n"
			   "  explain NAME            a function's source, line by line: what is native, and why not\n"
			   "  call METHOD [PARAMS]    call a method; PARAMS is a JSON array or object\n"
			   "  cache list              the files of the store, where compiled code is kept\n"
			   "  cache show KEY|NAME     what is known of a file, or of those of a function\n"
			   "  cache verify            check all files; exit status 1 if one is bad\n"
			   "  cache prune [SIZE]      remove bad files, then the oldest until SIZE is left\n"
			   "  cache clear             remove compiled code and what was hot\n"
			   "  cache export FILE       write the whole store as one file\n"
			   "  cache import FILE       take over what was exported\n"
			   "  reload                  read the configuration anew and load the application anew\n"
			   "  stop                    stop the daemon, and wait for its end\n"
			   "\n"
			   "  -s, --socket PATH       the daemon's control socket\n"
			   "  -c, --config FILE       find the sockets as preforged -c FILE does\n"
			   "  -l, --listen ADDRESS    call: where requests are answered (default: ask the daemon)\n"
			   "  -w, --wait              reload: wait for its end, and say how it went\n"
			   "      --store DIRECTORY   cache: this store, without a daemon\n"
			   "      --ir, --asm         explain: the compiler's intermediate code, the machine's code\n"
			   "      --stale             cache prune: also what this Preforge cannot use\n"
			   "      --bans              cache clear: also which functions must not be native\n"
			   "      --once              top: once, with figures since the start\n"
			   "      --json              print JSON\n"
			   "  -V, --version           print the version\n"
			   "  -h, --help              print this\n"
			   "\n"
			   "Exit status: 0 done, 1 the answer is an error, 2 wrong usage, 3 cannot connect.\n";

int ctl_usage(const char *what, const char *value)
{
	(void)fprintf(stderr, "preforgectl: %s%s\nTry preforgectl --help.\n", what, value);
	return EXIT_USAGE;
}

/* ---- one request, one answer ---- */

/* Send a request whose params are JSON text (NULL: none); *ret_answer is the response's text, the caller's. */
static int exchange(FILE *connection, const char *method, const char *params, char **ret_answer)
{
	cleanup_free char *name = NULL, *request = NULL;
	json_t *string = json_string(method);
	name = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	json_decref(string);
	if (!name)
		return ctl_usage("not the name of a method: ", method);
	if (asprintf(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":%s%s%s}\n", name, params ? ",\"params\":" : "",
		     params ? params : "") < 0) {
		request = NULL;
		(void)fputs("preforgectl: out of memory\n", stderr);
		return EXIT_ERROR;
	}
	/* The params' line breaks are between tokens: in strings JSON has none. */
	for (char *p = strchr(request, '\n'); p && p[1]; p = strchr(p, '\n'))
		*p = ' ';
	size_t allocated = 0;
	errno = 0;
	if (fputs(request, connection) < 0 || fflush(connection) != 0 ||
	    getline(ret_answer, &allocated, connection) < 0) {
		(void)fprintf(stderr, "preforgectl: no answer: %s\n",
			      errno ? strerrordesc_np(errno) : "the connection was closed");
		return EXIT_CONNECT;
	}
	return 0;
}

/* Print an error object on stderr. */
static void print_error(const char *method, const char *text, size_t length, bool json)
{
	json_error_t wrong;
	json_t *error = json ? NULL : json_loadb(text, length, JSON_DECODE_INT_AS_REAL, &wrong);
	const char *message = json_string_value(json_object_get(error, "message"));
	if (!message) {
		(void)fprintf(stderr, "%.*s\n", (int)length, text);
	} else {
		const char *data = NULL;
		size_t data_length = 0;
		bool more = json_text_member(text, "data", &data, &data_length);
		(void)fprintf(stderr, "preforgectl: %s: error %.0f: %s%s%.*s\n", method,
			      json_number_value(json_object_get(error, "code")), message, more ? " " : "",
			      (int)data_length, more ? data : "");
	}
	json_decref(error);
}

/* The result's text within *ret_answer (the caller's), or the exit status after a complaint. */
static int request(FILE *connection, const struct ctl_options *o, const char *method, const char *params,
		   char **ret_answer, const char **ret_result, size_t *ret_length)
{
	int r = exchange(connection, method, params, ret_answer);
	if (r)
		return r;
	const char *error;
	size_t length;
	if (json_text_member(*ret_answer, "result", ret_result, ret_length))
		return 0;
	if (json_text_member(*ret_answer, "error", &error, &length))
		print_error(method, error, length, o->json);
	else
		(void)fprintf(stderr, "preforgectl: not an answer: %s", *ret_answer);
	return EXIT_ERROR;
}

/* ---- the control socket ---- */

/* Where the daemon's rule says, and, as only the daemon may have a $RUNTIME_DIRECTORY, where the service has it. */
static int open_control(const struct ctl_options *o, FILE **ret)
{
	if (o->socket)
		return ctl_open(o->socket, ret);
	struct cause cause = CAUSE_INIT;
	cleanup_conf struct conf *conf = conf_create();
	int r = !conf       ? cause_set(&cause, -ENOMEM, "out of memory")
		: o->config ? conf_load(conf, o->config, &cause)
			    : 0;
	if (r == 0)
		r = conf_complete(conf, &cause);
	if (r < 0) {
		(void)fprintf(stderr, "preforgectl: %s\n", cause.text);
		return EXIT_USAGE;
	}
	static const char service[] = "/run/preforge/preforge.control";
	cleanup_fd int fd = -1;
	bool elsewhere = !o->config && ctl_connect(conf->control_socket, &fd) < 0 && ctl_connect(service, &fd) == 0;
	return ctl_open(elsewhere ? service : conf->control_socket, ret);
}

static int load_answer(const char *text, size_t length, json_t **ret)
{
	json_error_t wrong;
	*ret = json_loadb(text, length, JSON_DECODE_ANY, &wrong);
	if (*ret)
		return 0;
	(void)fprintf(stderr, "preforgectl: not an answer: %s\n", wrong.text);
	return EXIT_ERROR;
}

int ctl_ask_json(const struct ctl_options *o, const char *method, json_t *params, json_t **ret)
{
	cleanup_fclose FILE *connection = NULL;
	cleanup_free char *answer = NULL, *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
	const char *result;
	size_t length;
	bool lacks_memory = params && !text;
	json_decref(params);
	if (lacks_memory)
		return ctl_out_of_memory();
	int r = open_control(o, &connection);
	if (r == 0)
		r = request(connection, o, method, text, &answer, &result, &length);
	return r ? r : load_answer(result, length, ret);
}

int ctl_out_of_memory(void)
{
	(void)fputs("preforgectl: out of memory\n", stderr);
	return EXIT_ERROR;
}

int ctl_table(struct table *t, size_t rows, size_t columns, const char *const *titles, unsigned right)
{
	return table_init(t, rows, columns, titles, right) == 0 ? 0 : ctl_out_of_memory();
}

int ctl_print_json(const json_t *json)
{
	return json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) == 0 && puts("") >= 0 ? 0 : EXIT_ERROR;
}

/* ---- status ---- */

long long ctl_integer(const json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

const char *ctl_string(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "-";
}

static void print_generations(json_t *status)
{
	json_t *generation, *reload = json_object_get(status, "reload"), *last = json_object_get(reload, "last");
	size_t i;
	json_array_foreach (json_object_get(status, "generations"), i, generation) {
		(void)printf("generation %lld, %s, %lld workers, %.0f s old", ctl_integer(generation, "number"),
			     ctl_string(generation, "state"), ctl_integer(generation, "workers"),
			     json_number_value(json_object_get(generation, "age_s")));
		if (ctl_integer(generation, "reserve"))
			(void)printf(", reserve: pid %lld", ctl_integer(generation, "reserve"));
		(void)printf("\n");
	}
	if (json_is_true(json_object_get(reload, "under_way")))
		(void)puts("reload     under way");
	else if (json_is_object(last))
		(void)printf("reload     %s %.0f s ago%s%s\n",
			     json_is_true(json_object_get(last, "failed")) ? "failed" : "done",
			     json_number_value(json_object_get(last, "ago_s")),
			     json_is_true(json_object_get(last, "failed")) ? ": " : "",
			     json_is_true(json_object_get(last, "failed")) ? ctl_string(last, "cause") : "");
}

static int print_status(json_t *status)
{
	json_t *zygote = json_object_get(status, "zygote"), *cache = json_object_get(status, "cache"),
	       *timings = json_object_get(status, "timings");
	size_t i;
	json_t *address, *fault;
	(void)printf("preforged %s, pid %lld: %s, up %.0f s\n", ctl_string(status, "version"),
		     ctl_integer(json_object_get(status, "master"), "pid"), ctl_string(status, "state"),
		     json_number_value(json_object_get(status, "uptime_s")));
	json_array_foreach (json_object_get(status, "listen"), i, address)
		(void)printf("listening  %s\n", json_string_value(address));
	print_generations(status);
	(void)printf("zygote     pid %lld, %s, started again %lld times\n", ctl_integer(zygote, "pid"),
		     ctl_string(zygote, "state"), ctl_integer(zygote, "restarts"));
	(void)printf("requests   %lld, of these %lld answered with an error\n", ctl_integer(status, "requests"),
		     ctl_integer(status, "errors"));
	json_t *left = json_object_get(status, "left");
	(void)printf(
		"workers    %zu, replaced: %lld that died, %lld after their requests, %lld for age, %lld for memory\n",
		json_array_size(json_object_get(status, "workers")), ctl_integer(status, "restarts"),
		ctl_integer(left, "requests"), ctl_integer(left, "age"), ctl_integer(left, "memory"));
	(void)printf("functions  %lld compiled, %lld loaded, %lld refused, %lld quarantined\n",
		     ctl_integer(cache, "compiled"), ctl_integer(cache, "loaded"), ctl_integer(cache, "refused"),
		     ctl_integer(cache, "quarantined"));
	(void)printf("cache      %lld of %lld KiB used", (ctl_integer(cache, "used") + 1023) / 1024,
		     ctl_integer(cache, "size") / 1024);
	if (ctl_integer(cache, "full") > 0)
		(void)printf("; no room for %lld functions", ctl_integer(cache, "full"));
	(void)printf("\n");
	json_t *store = json_object_get(cache, "store");
	(void)printf("store      %s%s%s\n", ctl_string(store, "directory"),
		     json_is_string(json_object_get(store, "cause")) ? ": " : "",
		     json_is_string(json_object_get(store, "cause")) ? ctl_string(store, "cause") : "");
	json_array_foreach (json_object_get(cache, "faults"), i, fault)
		(void)printf("fault      %s: %s\n", ctl_string(fault, "function"), ctl_string(fault, "detail"));
	json_t *live = json_object_get(cache, "live");
	if (json_is_object(live))
		(void)printf("live       %lld asked for, %lld queued, %lld compiling, %lld ready, %lld refused%s%s\n",
			     ctl_integer(live, "requests"), ctl_integer(live, "queued"), ctl_integer(live, "compiling"),
			     ctl_integer(live, "ready"), ctl_integer(live, "refused"),
			     json_is_string(json_object_get(live, "cause")) ? ": " : "",
			     json_is_string(json_object_get(live, "cause")) ? ctl_string(live, "cause") : "");
	(void)printf("compiler   %s\n", ctl_string(status, "compiler"));
	(void)printf("start      %.3f s: import %.3f, warm-up %.3f, compilation %.3f\n\n",
		     (double)ctl_integer(status, "start_to_ready_us") / 1e6,
		     (double)ctl_integer(timings, "import_us") / 1e6, (double)ctl_integer(timings, "warmup_us") / 1e6,
		     (double)ctl_integer(timings, "compile_us") / 1e6);
	return ctl_print_workers(json_object_get(status, "workers"), 0, 0);
}

static int print_functions(json_t *functions)
{
	static const char *const titles[] = {
		"NAME", "CALLS", "SIDE EXITS", "GAIN", "COMPILE MS", "CODE BYTES", "STATE"
	};
	struct table t;
	int r = ctl_table(&t, json_array_size(functions), 7, titles, 0x3e);
	if (r)
		return r;
	size_t i;
	json_t *function;
	json_array_foreach (functions, i, function) {
		const char *reason = json_string_value(json_object_get(function, "reason"));
		(void)snprintf(table_cell(&t, i, 0), TABLE_CELL, "%s", ctl_string(function, "name"));
		(void)snprintf(table_cell(&t, i, 1), TABLE_CELL, "%lld", ctl_integer(function, "calls"));
		(void)snprintf(table_cell(&t, i, 2), TABLE_CELL, "%lld", ctl_integer(function, "side_exits"));
		json_t *gain = json_object_get(function, "gain");
		(void)snprintf(table_cell(&t, i, 3), TABLE_CELL, json_is_number(gain) ? "%.1fx" : "-",
			       json_number_value(gain));
		(void)snprintf(table_cell(&t, i, 4), TABLE_CELL, "%.1f",
			       json_number_value(json_object_get(function, "compile_ms")));
		(void)snprintf(table_cell(&t, i, 5), TABLE_CELL, "%lld", ctl_integer(function, "code_bytes"));
		(void)snprintf(table_cell(&t, i, 6), TABLE_CELL, "%s%s%s", ctl_string(function, "state"),
			       reason ? ": " : "", reason ? reason : "");
	}
	table_print(&t);
	free(t.cells);
	return 0;
}

/* ---- commands ---- */

static int run_status(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "status", print_status);
}

static int run_functions(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	return ctl_show(o, "functions", print_functions);
}

/* The first address that begins like this, NULL: none. */
static const char *first_of(const json_t *addresses, const char *begin)
{
	size_t i;
	json_t *address;
	json_array_foreach (addresses, i, address) {
		const char *text = json_string_value(address);
		if (text && strncmp(text, begin, strlen(begin)) == 0)
			return text;
	}
	return NULL;
}

/* The address where requests are answered; *ret is the caller's. */
static int find_service(const struct ctl_options *o, char **ret)
{
	json_t *status = NULL;
	int r = o->listen ? 0 : ctl_ask_json(o, "status", NULL, &status);
	if (r)
		return r;
	const json_t *addresses = json_object_get(status, "listen");
	const char *near = first_of(addresses, "unix:"), *found = o->listen ? o->listen
								  : near    ? near
									    : first_of(addresses, "tcp:");
	*ret = found ? strdup(found) : NULL;
	if (!found)
		(void)fputs("preforgectl: the daemon listens nowhere\n", stderr);
	r = *ret ? 0 : found ? ctl_out_of_memory() : EXIT_CONNECT;
	json_decref(status);
	return r;
}

static int run_call(const struct ctl_options *o, char **arguments)
{
	const char *method = arguments[0], *params = arguments[1];
	cleanup_free char *address = NULL, *answer = NULL;
	cleanup_fclose FILE *connection = NULL;
	json_error_t wrong;
	if (params) {
		json_t *parsed = json_loads(params, JSON_DECODE_INT_AS_REAL, &wrong);
		json_decref(parsed);
		if (!parsed)
			return ctl_usage("PARAMS is not a JSON array or object: ", params);
	}
	int r = find_service(o, &address);
	if (r == 0)
		r = ctl_open_service(address, &connection);
	const char *result;
	size_t length;
	if (r == 0)
		r = request(connection, o, method, params, &answer, &result, &length);
	if (r)
		return r;
	return printf("%.*s\n", (int)length, result) < 0 ? EXIT_ERROR : 0;
}

static int print_reload(const struct ctl_options *o, json_t *result)
{
	const char *notes = json_string_value(json_object_get(result, "notes"));
	if (o->json)
		return ctl_print_json(result);
	if (o->wait)
		(void)printf("reloaded in %.3f s: generation %lld serves\n",
			     json_number_value(json_object_get(result, "took_s")), ctl_integer(result, "generation"));
	else
		(void)puts(json_is_true(json_object_get(result, "later")) ? "reloading, after what is under way"
									  : "reloading");
	if (notes)
		(void)printf("note: %s\n", notes);
	return 0;
}

/* A reason may have lines: a traceback. */
static int run_reload(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	cleanup_fclose FILE *connection = NULL;
	cleanup_free char *answer = NULL;
	int r = open_control(o, &connection);
	if (r == 0)
		r = exchange(connection, "reload", o->wait ? "{\"wait\": true}" : "{}", &answer);
	if (r)
		return r;
	json_error_t wrong;
	json_t *response = json_loads(answer, 0, &wrong);
	json_t *result = json_object_get(response, "result"), *error = json_object_get(response, "error");
	if (result)
		r = print_reload(o, result);
	else if (o->json)
		r = json_dumpf(error, stderr, JSON_INDENT(2)) == 0 && fputs("\n", stderr) >= 0 ? EXIT_ERROR
											       : EXIT_CONNECT;
	else
		r = fprintf(stderr, "preforgectl: the reload failed: %s\n", ctl_string(error, "message")) < 0
			    ? EXIT_CONNECT
			    : EXIT_ERROR;
	json_decref(response);
	return r;
}

static int run_explain(const struct ctl_options *o, char **arguments)
{
	json_t *json = NULL,
	       *params = json_pack("{s:s, s:b, s:b}", "name", arguments[0], "ir", o->ir, "asm", o->assembly);
	if (!params)
		return ctl_usage("not the name of a function: ", arguments[0]);
	int r = ctl_ask_json(o, "explain", params, &json);
	if (r)
		return r;
	if (o->json)
		r = ctl_print_json(json);
	else
		explain_print(json,
			      o->ir         ? EXPLAIN_TEXT_IR
			      : o->assembly ? EXPLAIN_TEXT_ASM
					    : EXPLAIN_TEXT_LINES,
			      stdout);
	json_decref(json);
	return r;
}

static int run_stop(const struct ctl_options *o, char **arguments)
{
	(void)arguments;
	cleanup_fclose FILE *connection = NULL;
	cleanup_free char *answer = NULL;
	const char *result;
	size_t length;
	int r = open_control(o, &connection);
	if (r == 0)
		r = request(connection, o, "stop", NULL, &answer, &result, &length);
	if (r)
		return r;
	while (getc(connection) != EOF) /* until it is gone */
		;
	return o->json ? puts("{\"stopped\": true}") < 0 : 0;
}

static const struct command {
	const char *name;
	int min, max; /* arguments */
	const char *missing;
	int (*run)(const struct ctl_options *o, char **arguments);
} commands[] = {
	{ "status", 0, 0, NULL, run_status },
	{ "functions", 0, 0, NULL, run_functions },
	{ "top", 0, 0, NULL, ctl_top },
	{ "workers", 0, 0, NULL, ctl_workers },
	{ "errors", 0, 0, NULL, ctl_errors },
	{ "slow", 0, 0, NULL, ctl_slow },
	{ "metrics", 0, 0, NULL, ctl_metrics },
	{ "call", 1, 2, "a method is missing: call", run_call },
	{ "explain", 1, 1, "a function is missing: explain", run_explain },
	{ "cache", 1, 2, "list, show, verify, prune, clear, export or import is missing: cache", ctl_cache },
	{ "reload", 0, 0, NULL, run_reload },
	{ "stop", 0, 0, NULL, run_stop },
};

static int run_command(const struct ctl_options *o, int argc, char **argv)
{
	if (argc == 0)
		return ctl_usage("no command", "");
	for (const struct command *c = commands; c < commands + sizeof(commands) / sizeof(commands[0]); c++) {
		if (strcmp(c->name, argv[0]) != 0)
			continue;
		if (argc - 1 < c->min)
			return ctl_usage(c->missing, "");
		if (argc - 1 > c->max)
			return ctl_usage("too many arguments: ", argv[c->max + 1]);
		return c->run(o, argv + 1);
	}
	return ctl_usage("unknown command: ", argv[0]);
}

int main(int argc, char **argv)
{
	enum { OPTION_JSON = 256, OPTION_STORE, OPTION_ONCE, OPTION_STALE, OPTION_IR, OPTION_ASM, OPTION_BANS };
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "config", required_argument, NULL, 'c' },
		{ "listen", required_argument, NULL, 'l' },
		{ "wait", no_argument, NULL, 'w' },
		{ "store", required_argument, NULL, OPTION_STORE },
		{ "stale", no_argument, NULL, OPTION_STALE },
		{ "ir", no_argument, NULL, OPTION_IR },
		{ "asm", no_argument, NULL, OPTION_ASM },
		{ "bans", no_argument, NULL, OPTION_BANS },
		{ "once", no_argument, NULL, OPTION_ONCE },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	(void)signal(SIGPIPE, SIG_IGN); /* a daemon that closes the connection is told as such */
	struct ctl_options o = { 0 };
	for (int c; (c = getopt_long(argc, argv, "s:c:l:whV", options, NULL)) != -1;) {
		switch (c) {
		case 's': o.socket = optarg; break;
		case 'c': o.config = optarg; break;
		case 'l': o.listen = optarg; break;
		case 'w': o.wait = true; break;
		case OPTION_STORE: o.store = optarg; break;
		case OPTION_STALE: o.stale = true; break;
		case OPTION_IR: o.ir = true; break;
		case OPTION_ASM: o.assembly = true; break;
		case OPTION_BANS: o.bans = true; break;
		case OPTION_ONCE: o.once = true; break;
		case OPTION_JSON: o.json = true; break;
		case 'V': puts("preforgectl " PACKAGE_VERSION); return EXIT_SUCCESS;
		case 'h': fputs(help, stdout); return EXIT_SUCCESS;
		default: fputs("Try preforgectl --help.\n", stderr); return EXIT_USAGE;
		}
	}
	return run_command(&o, argc - optind, argv + optind);
}
