/* python.c - preforge-python: python3 with the JIT, in one process.
 *
 * Everything of python3's command line, exit statuses and tracebacks is CPython's own (Py_RunMain()); what is added is
 * a frame hook that has functions compiled at their calls.  In children that the program forks the native functions
 * stay, but nothing more is compiled: the writable view of the code is not inherited. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecache/codecache.h"
#include "codecache/fault.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "codecache/jit/outgrown.h"
#include "codecache/roster.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/explain_text.h"
#include "workers/catcher.h"
#include "workers/explain.h"
#include "workers/functions.h"
#include "workers/heap.h"
#include "workers/history.h"
#include "workers/interpreter.h"
#include "workers/oncall.h"
#include "workers/peer_module.h"
#include "workers/profile.h"
#include "workers/recall.h"
#include "workers/settings.h"

enum {
	EXIT_USAGE = 2,
	THRESHOLD_NS =
		10 * 1000 * 1000, /* mode "on": a compilation takes ten times as long and more, and is waited for */
	CACHE_SIZE = 64 << 20,
	STORE_SIZE = 256 << 20,
	OPTIMIZE = 1,
	OPTIMIZE_EAGER = 0, /* whole programs are compiled, a function at a time */
	COMPILER_TIMEOUT_MS = 30 * 1000,
	FAULT_PATIENCE_S = 3, /* how long remembering a crash may take */
};

/* What environment variables say. */
struct environment {
	enum jit_mode mode;
	int optimize;      /* gcc's -O */
	unsigned together; /* mode "eager": functions that are compiled together */
	unsigned calls;    /* mode "eager": that many of each function are CPython's */
	bool catches;      /* calls in CPython are caught in their loops */
	unsigned loops;    /* mode "eager": rounds of CPython's after which a loop gets code of its own; 0: none does */
};

static struct codecache *cache;
static struct profile *profile;
static struct oncall oncall;
static pid_t own_pid; /* children that the program forks write nothing of what it knows */

/* $PREFORGE_JIT_REPORT; NULL: no report */
static struct {
	const char *path;
	struct function_table *table;
	struct counters *counters;
} report;

/* --explain NAME, --explain-ir NAME, --explain-asm NAME, before the options of CPython. */
static struct {
	const char *name; /* NULL: nothing */
	enum explain_text what;
} explained;

static void warn(const char *cause, void *userdata)
{
	(void)userdata;
	(void)fprintf(stderr, "preforge-python: running without compiling: %s\n", cause);
}

/* Note what became of a function, for the report. */
static void note(PyObject *function, const struct codecache_result *result, void *userdata)
{
	(void)userdata;
	if (report.table && function_table_note(report.table, function, result) < 0) {
		(void)fprintf(stderr, "preforge-python: no memory for the report\n");
		function_table_free(steal_ptr(report.table));
	}
}

static int report_start(struct cause *cause)
{
	report.path = getenv("PREFORGE_JIT_REPORT");
	if (!report.path && !explained.name)
		return 0;
	cleanup_fd int fd = -1;
	int r = counters_create(&fd, cause);
	if (r == 0)
		r = counters_map(fd, &report.counters, cause);
	if (r < 0)
		return r;
	native_set_counters(report.counters->function[COUNTERS_MAX_WORKERS]);
	return function_table_new(NULL, REASON_NOT_CALLED, &report.table, cause);
}

static void on_explained(json_t *result, const char *cause, void *userdata)
{
	(void)userdata;
	if (result)
		explain_print(result, explained.what, stderr);
	else
		(void)fprintf(stderr, "preforge-python: --explain: %s\n", cause);
}

static void explain(void)
{
	static const unsigned what[] = { [EXPLAIN_TEXT_IR] = JIT_EXPLAIN_IR, [EXPLAIN_TEXT_ASM] = JIT_EXPLAIN_ASM };
	struct explain_options options = { .table = report.table,
					   .cache = cache,
					   .history = oncall.history,
					   .tables = native_exit_counters(),
					   .n_tables = 1,
					   .what = what[explained.what],
					   .done = on_explained };
	explain_function(&options, explained.name);
}

static void report_write(void)
{
	if (!report.table || own_pid != getpid())
		return;
	if (explained.name)
		explain();
	if (!report.path) {
		function_table_free(steal_ptr(report.table));
		return;
	}
	json_t *functions = function_table_to_json(report.table, report.counters);
	if (!functions || json_dump_file(functions, report.path, JSON_INDENT(1)) < 0)
		(void)fprintf(stderr, "preforge-python: cannot write the report %s ($PREFORGE_JIT_REPORT)\n",
			      report.path);
	json_decref(functions);
	function_table_free(steal_ptr(report.table));
}

static void recall_end(void)
{
	struct cause cause = CAUSE_INIT;
	if (oncall.recall && getpid() == own_pid && recall_save(oncall.recall, &cause) < 0 &&
	    getenv("PREFORGE_JIT_REPORT"))
		(void)fprintf(stderr, "preforge-python: the store: %s\n", cause.text);
	recall_free(steal_ptr(oncall.recall));
}

static PyObject *stop_compiling(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	profile_stop(profile);
	catcher_stop();
	oncall_end(&oncall);
	native_set_miss_handler(NULL, NULL);
	native_set_loop_handler(NULL, 0, NULL);
	report_write();
	recall_end();
	Py_RETURN_NONE;
}

static PyObject *after_fork_in_child(PyObject *self, PyObject *args)
{
	profile_stop(profile);
	codecache_after_fork(cache);
	return stop_compiling(self, args);
}

/* After all exit functions of the program: objects that modules hold die when they would have without us. */
static PyObject *at_exit(PyObject *self, PyObject *args)
{
	PyObject *none = stop_compiling(self, args);
	native_end();
	return none;
}

static PyMethodDef methods[] = {
	{ "at_exit", at_exit, METH_NOARGS, NULL },
	{ "after_fork_in_child", after_fork_in_child, METH_NOARGS, NULL },
};

/* module.register(function), with keyword if it is not NULL */
static int register_callback(const char *module_name, const char *name, PyMethodDef *method, const char *keyword)
{
	PyObject *module = PyImport_ImportModule(module_name);
	PyObject *callback = PyCFunction_New(method, NULL);
	PyObject *function = module ? PyObject_GetAttrString(module, name) : NULL;
	PyObject *args = callback ? (keyword ? PyTuple_New(0) : PyTuple_Pack(1, callback)) : NULL;
	PyObject *keywords = callback && keyword ? Py_BuildValue("{sO}", keyword, callback) : NULL;
	PyObject *r = function && args ? PyObject_Call(function, args, keywords) : NULL;
	Py_XDECREF(keywords);
	Py_XDECREF(args);
	Py_XDECREF(function);
	Py_XDECREF(callback);
	Py_XDECREF(module);
	if (!r) {
		PyErr_Clear();
		return -ENOMEM;
	}
	Py_DECREF(r);
	return 0;
}

static void on_ban(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata)
{
	(void)userdata;
	if (report.table)
		function_table_ban(report.table, entry->native, ban->reason, ban->detail);
}

/* A function that is no faster goes back to CPython. */
static void on_trial(struct native_function *native, const struct trial_result *result, void *userdata)
{
	(void)userdata;
	double gain = (double)result->cpython_ns / (double)result->native_ns;
	char detail[64];
	(void)snprintf(detail, sizeof(detail), "%.2f times as fast in its first calls", gain);
	if (report.table)
		function_table_gain(report.table, native, gain);
	codecache_measured(cache, native, result,
			   &(struct codecache_ban){ .reason = REASON_NO_GAIN, .detail = detail, .tell = on_ban });
}

/* ---- a crash in native code ---- */

static void say_quarantined(const struct roster_entry *entry, const struct codecache_ban *ban, void *userdata)
{
	(void)userdata;
	(void)dprintf(STDERR_FILENO, "preforge-python: the native code of %s(%s) crashed: %s; it is not used again\n",
		      entry->name, entry->types, ban->detail);
}

/* In the signal handler.  What is to be remembered is written by a child: whatever state memory is in, this process
 * dies as it would have without us. */
static void on_fault(const struct fault *fault, void *userdata)
{
	(void)userdata;
	pid_t pid = _Fork();
	if (pid == 0) {
		(void)alarm(FAULT_PATIENCE_S);
		char detail[80];
		(void)snprintf(detail, sizeof(detail), "SIG%s at %#zx of the code, address %#llx",
			       sigabbrev_np(fault->signal), fault->offset, (unsigned long long)fault->address);
		struct codecache_ban ban = { .reason = REASON_QUARANTINED, .detail = detail, .tell = say_quarantined };
		_exit(codecache_quarantine(cache, fault->offset, &ban, NULL) < 0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void on_recalled(const struct codecache_request *request, PyObject *code, const struct codecache_result *result,
			void *userdata)
{
	profile_settle(request->function, code);
	feedback_know(code, request->feedback);
	if (oncall.history)
		(void)json_array_append_new(oncall.history, history_entry(request));
	note(request->function, result, userdata);
}

/* $PREFORGE_CACHE (empty: nothing is kept), else the daemon's default for a user; the caller's, NULL: none. */
static char *store_path(void)
{
	const char *own = getenv("PREFORGE_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int n = 0;
	if (own)
		return *own ? strdup(own) : NULL;
	if (xdg && xdg[0] == '/')
		n = asprintf(&path, "%s/preforge", xdg);
	else if (home && home[0] == '/')
		n = asprintf(&path, "%s/.cache/preforge", home);
	return n < 0 ? NULL : path;
}

/* -errno with cause: the program runs without the JIT then. */
static int start_compiling(const struct environment *environment, struct cause *cause)
{
	const enum jit_mode mode = environment->mode;
	int r = native_init(cause);
	if (r < 0)
		return r;
	cleanup_free char *directory = store_path();
	const char *verify = getenv("PREFORGE_JIT_VERIFY");
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	bool beside = mode != JIT_EAGER && cpus > 1;
	native_set_trial_handler(on_trial, NULL);
	if (mode != JIT_EAGER)
		native_set_miss_handler(oncall_missed, &oncall);
	if (mode != JIT_EAGER || environment->loops)
		native_set_loop_handler(oncall_loop, mode == JIT_EAGER ? environment->loops : NATIVE_LOOP_ROUNDS,
					&oncall);
	native_set_measured(profile_measures);
	struct codecache_options options = {
		.size = CACHE_SIZE,
		.directory = directory,
		.store_size = STORE_SIZE,
		.compilers = cpus > 0 && !environment->together ? (unsigned)cpus : 1, /* for what is recalled */
		.optimize = environment->optimize,
		.cpu = getenv("PREFORGE_JIT_CPU"),
		.symbols = getenv("PREFORGE_JIT_SYMBOLS"),
		.preload = mode == JIT_EAGER,
		.timeout_ms = COMPILER_TIMEOUT_MS,
		.eager = mode == JIT_EAGER,
		.urgent = true,
		.preload_later = mode != JIT_EAGER,
		.dump_ir = getenv("PREFORGE_JIT_DUMP") != NULL,
		.plant = getenv("PREFORGE_JIT_PLANT"),
		.trials = mode != JIT_EAGER && !(verify && strcmp(verify, "no") == 0),
	};
	r = codecache_new(&options, &cache, cause);
	const void *code = NULL;
	size_t code_size = 0;
	if (r == 0)
		codecache_code(cache, &code, &code_size);
	if (r == 0)
		r = fault_catch(code, code_size, on_fault, NULL, cause);
	if (r == 0 && environment->catches)
		r = catcher_start(&(struct catcher_options){ .at_once = mode == JIT_EAGER,
							     .soon = beside,
							     .tick = beside ? oncall_step : NULL,
							     .userdata = &oncall,
							     .code = code,
							     .code_size = code_size },
				  cause);
	if (r == 0)
		r = report_start(cause);
	if (r < 0)
		return r;
	/* Exit functions run last in, first out, and this is the first: all the program's own still find the JIT. */
	if (register_callback("atexit", "register", &methods[0], NULL) < 0 ||
	    register_callback("os", "register_at_fork", &methods[1], "after_in_child") < 0)
		return cause_set(cause, -ENOMEM, "cannot register with atexit and os");
	oncall = (struct oncall){
		.cache = cache,
		.threshold_ns = mode == JIT_EAGER ? 0 : THRESHOLD_NS,
		.budget = { .begin_ns = monotonic_ns() },
		.calls = environment->calls,
		.catches = environment->catches,
		.beside = beside,
		.together = environment->together,
		.report = note,
		.broken = warn,
		.history = explained.name ? json_array() : NULL,
	};
	const char *store_cause;
	struct store *store = codecache_store(cache, &store_cause);
	if (store && mode != JIT_EAGER)
		oncall.recall = recall_new(cache, store, on_recalled, NULL);
	struct profile_options profiling = { .on_call = oncall_ask,
					     .on_another = native_join,
					     .on_module = oncall.recall ? oncall_module : NULL,
					     .userdata = &oncall,
					     .sparse = true,
					     .retreats = mode != JIT_EAGER };
	return profile_start(&profiling, &profile, cause);
}

/* sys.executable is this program, so that what the program starts with it has the JIT too.  CPython itself computes its
 * paths from the real python3. */
static int set_executable(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	PyObject *text = n > 0 ? PyUnicode_DecodeFSDefaultAndSize(path, n) : NULL;
	int r = text ? PySys_SetObject("executable", text) : -1;
	Py_XDECREF(text);
	PyErr_Clear();
	return r;
}

static void start_python(int argc, char **argv)
{
	if (peer_module_register() < 0)
		Py_FatalError("no memory for Python's modules");
	PyConfig config;
	PyConfig_InitPythonConfig(&config);
	PyStatus status = PyConfig_SetBytesArgv(&config, argc, argv);
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesString(&config, &config.executable, interpreter_executable());
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		Py_ExitStatusException(status); /* --version and --help too */
}

static int environment_bad(const char *name, const char *value, const char *takes)
{
	(void)fprintf(stderr, "preforge-python: the environment variable %s is \"%s\"; it takes %s\n", name, value,
		      takes);
	return -EINVAL;
}

/* A digit of what the environment says; -EINVAL, and said on stderr: another value. */
static int read_digit(const char *name, char most, const char *takes, int otherwise)
{
	const char *value = getenv(name);
	if (!value)
		return otherwise;
	if (value[0] < '0' || value[0] > most || value[1])
		return environment_bad(name, value, takes);
	return value[0] - '0';
}

static int read_environment(struct environment *ret)
{
	const char *word = getenv("PREFORGE_JIT");
	int mode = word ? jit_mode_from_string(word) : JIT_ON;
	if (mode < 0)
		return environment_bad("PREFORGE_JIT", word, "off, on or eager");
	int optimize =
		read_digit("PREFORGE_JIT_OPTIMIZE", '3', "0, 1, 2 or 3", mode == JIT_EAGER ? OPTIMIZE_EAGER : OPTIMIZE);
	int together = read_digit("PREFORGE_JIT_TOGETHER", '0' + WAITING_MAX, "0 to 8", 0);
	int calls = read_digit("PREFORGE_JIT_CALLS", '9', "0 to 9", 0);
	int loops = read_digit("PREFORGE_JIT_LOOPS", '9', "0 to 9", 0);
	int ints = read_digit("PREFORGE_JIT_INTS", '4', "0, 1, 2, 3 or 4", 0);
	int catches = read_digit("PREFORGE_JIT_CATCH", '1', "0 or 1", mode != JIT_EAGER);
	if (optimize < 0 || together < 0 || calls < 0 || loops < 0 || ints < 0 || catches < 0)
		return -EINVAL;
	*ret = (struct environment){ .mode = (enum jit_mode)mode, .optimize = optimize, .catches = catches };
	if (mode == JIT_EAGER) {
		ret->together = (unsigned)together;
		ret->calls = (unsigned)calls;
		ret->loops = catches && !loops ? 1 : (unsigned)loops;
		outgrown_everywhere(ints == 4 ? MET_NUMBERS : (unsigned)ints);
	}
	return 0;
}

/* How many arguments are ours; -1 after a complaint. */
static int read_options(int argc, char **argv)
{
	static const char *const names[] = { "--explain", "--explain-ir", "--explain-asm" };
	for (unsigned i = 0; argc > 1 && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argv[1], names[i]) != 0)
			continue;
		if (argc < 3) {
			(void)fprintf(stderr, "preforge-python: %s takes the name of a function\n", names[i]);
			return -1;
		}
		explained.name = argv[2];
		explained.what = (enum explain_text)i;
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct environment environment;
	own_pid = getpid();
	int own = read_options(argc, argv);
	if (own < 0 || read_environment(&environment) < 0)
		return EXIT_USAGE;
	argv[own] = argv[0];
	heap_keep();
	start_python(argc - own, argv + own);
	if (set_executable() < 0)
		(void)fprintf(stderr, "preforge-python: cannot find out its own path\n");
	if (environment.mode != JIT_OFF) {
		struct cause cause = CAUSE_INIT;
		if (start_compiling(&environment, &cause) < 0)
			warn(cause.text, NULL);
	}
	return Py_RunMain();
}
