/* codecache.c - from requests to native functions, with a compiler that does what the functions' names say
 *
 * The stand-in for codecache/jit runs in the compiler child, as the real one does, and makes objects with gcc.  Its
 * native functions return their first argument, where Python would return "cpython". */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/codecache.h"
#include "codecache/index.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"

static PyObject *globals;

/* ---- the stand-in ---- */

enum reason jit_refuse(PyObject *function)
{
	return strncmp(PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_name), "generator", 9) == 0
		       ? REASON_GENERATOR
		       : REASON_NONE;
}

uint32_t jit_param_count(PyObject *code)
{
	return (uint32_t)((PyCodeObject *)code)->co_argcount;
}

static struct state_value *argument(uint32_t slot)
{
	struct state_value *v = calloc(1, sizeof(*v));
	v->kind = STATE_OBJ;
	v->slot = slot;
	return v;
}

static void describe(struct unit_function *f, const struct jit_request *request)
{
	f->n_params = request->n_params;
	f->params = calloc(f->n_params + 1, sizeof(f->params[0]));
	for (uint32_t i = 0; i < f->n_params; i++)
		f->params[i] = strcmp(f->symbol, "liar") == 0 ? VALUE_BOOL : request->params[i];
	f->n_exits = 1;
	f->exits = calloc(1, sizeof(f->exits[0]));
	f->exits[0].n_slots = f->n_params;
	f->exits[0].frame.code = UINT32_MAX;
	f->exits[0].frame.n_locals = f->n_params;
	f->exits[0].frame.locals = calloc(f->n_params + 1, sizeof(struct state_value *));
	for (uint32_t i = 0; i < f->n_params; i++)
		f->exits[0].frame.locals[i] = argument(i);
}

static void object_read(struct unit *unit, const char *path)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	unit->object = malloc(1 << 20);
	if (!file || !unit->object)
		abort();
	unit->object_size = fread(unit->object, 1, 1 << 20, file);
}

char *feedback_join(PyObject *function, const char *text)
{
	(void)function;
	return strdup(text);
}

int jit_compile(const struct jit_request *requests, size_t n, const struct jit_options *options, struct unit **ret,
		struct cause *cause)
{
	char command[512];
	(void)snprintf(command, sizeof(command), "gcc -O%d -march=%s -fPIC -c -x c -o %s -", options->optimize,
		       options->cpu, options->object_path);
	FILE *gcc = popen(command, "we");
	struct unit *unit = calloc(1, sizeof(*unit));
	unit->n_functions = (uint32_t)n;
	unit->functions = calloc(n, sizeof(unit->functions[0]));
	unit->compile_us = 1000;
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		struct unit_function *f = &unit->functions[i];
		const char *name = PyUnicode_AsUTF8(((PyFunctionObject *)requests[i].function)->func_name);
		f->name = strdup(name);
		if (strcmp(name, "crash") == 0)
			(void)raise(SIGKILL);
		if (strcmp(name, "missing") == 0)
			return cause_set(cause, -ENOENT, "no libgccjit today");
		if (strcmp(name, "dull") == 0) {
			f->reason = REASON_NO_GAIN;
			f->detail = strdup("dull");
			continue;
		}
		any = true;
		f->symbol = strdup(name);
		describe(f, &requests[i]);
		(void)fprintf(gcc, "%s long *%s(void *rt, void *consts, long **args) { ++*args[0]; return args[0]; }\n",
			      strcmp(name, "hidden") == 0 ? "static __attribute__((used))" : "", name);
		if (strcmp(name, "impure") == 0)
			(void)fprintf(gcc, "int impure_data = 3;\n");
	}
	if (pclose(gcc) != 0)
		abort();
	if (any)
		object_read(unit, options->object_path);
	*ret = unit;
	return 0;
}

int jit_explain(const struct jit_request *request, const struct jit_options *options, struct unit **ret,
		struct cause *cause)
{
	(void)request;
	(void)options;
	(void)ret;
	return cause_set(cause, -ENOSYS, "nothing is explained here");
}

json_t *jit_made_by(const struct jit_options *options)
{
	(void)options;
	return json_object();
}

/* ---- helpers ---- */

static struct codecache *cache_make(unsigned compilers)
{
	struct cause cause = CAUSE_INIT;
	struct codecache *cache = NULL;
	struct codecache_options options = {
		.size = 1 << 20, .compilers = compilers, .timeout_ms = 60000, .optimize = 2, .module = "/proc/self/exe"
	};
	if (codecache_new(&options, &cache, &cause) < 0)
		fail_msg("%s", cause.text);
	return cache;
}

static PyObject *function(const char *name)
{
	char source[128];
	(void)snprintf(source, sizeof(source), "def %s(x): return 'cpython'\n", name);
	PyObject *r = PyRun_String(source, Py_file_input, globals, globals);
	assert_non_null(r);
	Py_DECREF(r);
	return PyDict_GetItemString(globals, name);
}

static const enum value_type one_int[] = { VALUE_INT };

static void compile(struct codecache *cache, const char *const *names, size_t n, struct codecache_result *results)
{
	struct cause cause = CAUSE_INIT;
	struct codecache_request requests[32];
	assert_true(n <= 32);
	for (size_t i = 0; i < n; i++)
		requests[i] =
			(struct codecache_request){ .function = function(names[i]), .params = one_int, .n_params = 1 };
	int rc = codecache_compile(cache, requests, n, results, &cause);
	if (rc < 0)
		fail_msg("%s", cause.text);
}

static bool runs_native(const char *name)
{
	PyObject *r = PyObject_CallFunction(PyDict_GetItemString(globals, name), "i", 4711);
	assert_non_null(r);
	bool native = PyLong_Check(r) && PyLong_AsLong(r) == 4711;
	assert_true(native || PyUnicode_CompareWithASCIIString(r, "cpython") == 0);
	Py_DECREF(r);
	return native;
}

static void assert_result(const struct codecache_result *result, const char *name, enum reason reason,
			  const char *detail)
{
	if (result->reason != reason)
		fail_msg("%s: %s (%s)", name, reason_word(result->reason), result->detail);
	assert_true((result->native != NULL) == (reason == REASON_NONE));
	assert_true(runs_native(name) == (reason == REASON_NONE));
	if (detail)
		assert_string_equal(result->detail, detail);
	else
		assert_null(result->detail);
}

/* ---- tests ---- */

static void test_compiles(void **state)
{
	(void)state;
	cleanup(codecache_freep) struct codecache *cache = cache_make(2);
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
					     "k", "l", "m", "n", "o", "p", "q", "r", "s", "t" };
	struct codecache_result results[20];
	compile(cache, names, 20, results);
	for (int i = 0; i < 20; i++) {
		assert_result(&results[i], names[i], REASON_NONE, NULL);
		assert_int_equal(results[i].compile_us, 1000);
		assert_in_range(results[i].code_size, 4, 100);
	}
	struct codecache_gauges gauges;
	codecache_get_gauges(cache, &gauges);
	assert_int_equal(gauges.compiled, 20);
	assert_int_equal(gauges.refused, 0);
	assert_int_equal(gauges.size, 1 << 20);
	assert_in_range(gauges.used, 100, 10000);
	const struct index *index = codecache_index(cache);
	assert_int_equal(index_count(index), 20);
	struct index_view view = index_read(index, 7);
	assert_int_equal(view.state, INDEX_READY);
	assert_in_range(view.offset, 0, gauges.used - 1);
	assert_int_equal(view.compile_us, 1000);
	assert_string_equal(codecache_compiler(cache), "ok");
	codecache_results_free(results, 20);
}

static void test_bad_ones_do_not_spoil_the_others(void **state)
{
	(void)state;
	cleanup(codecache_freep) struct codecache *cache = cache_make(1);
	static const char *const names[] = {
		"good", "crash", "dull", "impure", "hidden", "liar", "generator", "better"
	};
	struct codecache_result results[8];
	compile(cache, names, 8, results);
	assert_result(&results[0], "good", REASON_NONE, NULL);
	assert_result(&results[1], "crash", REASON_COMPILER_FAILED, "killed by SIGKILL");
	assert_result(&results[2], "dull", REASON_NO_GAIN, "dull");
	assert_result(&results[3], "impure", REASON_BAD_OBJECT, "section .data holds 4 bytes that can be written");
	assert_result(&results[4], "hidden", REASON_BAD_OBJECT, "the object file has no function hidden");
	assert_result(&results[5], "liar", REASON_COMPILER_FAILED, "the unit's liar has other parameters");
	assert_int_equal(results[6].reason, REASON_GENERATOR);
	assert_result(&results[7], "better", REASON_NONE, NULL);
	struct codecache_gauges gauges;
	codecache_get_gauges(cache, &gauges);
	assert_int_equal(gauges.compiled, 2);
	assert_int_equal(gauges.refused, 6);
	uint32_t refused = 0;
	for (uint32_t i = 0; i < index_count(codecache_index(cache)); i++)
		refused += index_read(codecache_index(cache), i).state == INDEX_REFUSED;
	assert_int_equal(refused, 6);
	codecache_results_free(results, 8);
}

static void test_native_already(void **state)
{
	(void)state;
	cleanup(codecache_freep) struct codecache *cache = cache_make(1);
	struct cause cause = CAUSE_INIT;
	struct codecache_request request = { .function = function("again"), .params = one_int, .n_params = 1 };
	struct codecache_result first, second;
	assert_int_equal(codecache_compile(cache, &request, 1, &first, &cause), 0);
	assert_int_equal(codecache_compile(cache, &request, 1, &second, &cause), 0);
	assert_non_null(first.native);
	assert_ptr_equal(first.native, second.native);
}

static void test_no_compiler(void **state)
{
	(void)state;
	cleanup(codecache_freep) struct codecache *cache = cache_make(1);
	static const char *const names[] = { "missing" };
	struct codecache_result result;
	compile(cache, names, 1, &result);
	assert_result(&result, "missing", REASON_NO_COMPILER, "no libgccjit today");
	assert_string_equal(codecache_compiler(cache), "no libgccjit today");
	codecache_results_free(&result, 1);

	struct cause cause = CAUSE_INIT;
	struct codecache *other = NULL;
	struct codecache_options options = { .size = 1 << 20, .timeout_ms = 60000, .module = "/nonexistent.so" };
	assert_int_equal(codecache_new(&options, &other, &cause), 0);
	static const char *const fine[] = { "fine" };
	compile(other, fine, 1, &result);
	assert_result(&result, "fine", REASON_NO_COMPILER, "the compiler module preforge-gccjit.so is missing");
	codecache_results_free(&result, 1);
	codecache_free(other);
}

/* Each request has a row: the same function for other types. */
static void index_fill(struct codecache *cache)
{
	enum { BITS = 14 };
	assert_int_equal(1 << BITS, INDEX_MAX_ROWS);
	cleanup_free struct codecache_request *requests = calloc(INDEX_MAX_ROWS, sizeof(*requests));
	cleanup_free struct codecache_result *results = calloc(INDEX_MAX_ROWS, sizeof(*results));
	cleanup_free enum value_type *types = calloc((size_t)INDEX_MAX_ROWS * BITS, sizeof(*types));
	PyObject *refused = function("generator_of_rows");
	for (size_t i = 0; i < INDEX_MAX_ROWS; i++) {
		enum value_type *params = types + i * BITS;
		for (size_t bit = 0; bit < BITS; bit++)
			params[bit] = i >> bit & 1 ? VALUE_INT : VALUE_FLOAT;
		requests[i] = (struct codecache_request){ .function = refused, .params = params, .n_params = BITS };
	}
	assert_int_equal(codecache_compile(cache, requests, INDEX_MAX_ROWS, results, NULL), 0);
	codecache_results_free(results, INDEX_MAX_ROWS);
}

static void test_full_index(void **state)
{
	(void)state;
	for (int for_workers = 0; for_workers < 2; for_workers++) {
		cleanup(codecache_freep) struct codecache *cache = NULL;
		struct codecache_options options = {
			.size = 1 << 20, .timeout_ms = 60000, .module = "/proc/self/exe", .for_workers = for_workers
		};
		assert_int_equal(codecache_new(&options, &cache, NULL), 0);
		index_fill(cache);
		struct codecache_gauges gauges;
		codecache_get_gauges(cache, &gauges);
		assert_int_equal(gauges.rows, INDEX_MAX_ROWS);
		static const char *const names[] = { "one_more", "and_another" };
		struct codecache_result result;
		compile(cache, &names[for_workers], 1, &result);
		if (for_workers)
			assert_result(&result, names[1], REASON_CACHE_FULL, "its index has no room");
		else
			assert_result(&result, names[0], REASON_NONE, NULL);
		codecache_results_free(&result, 1);
		codecache_get_gauges(cache, &gauges);
		assert_int_equal(gauges.full, for_workers);
	}
}

static void test_in_a_worker(void **state)
{
	(void)state;
	cleanup(codecache_freep) struct codecache *cache = cache_make(1);
	static const char *const names[] = { "inherited" };
	struct codecache_result result;
	compile(cache, names, 1, &result);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		codecache_after_fork(cache);
		_exit(runs_native("inherited") && index_read(codecache_index(cache), 0).state == INDEX_READY ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_bad_size(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct codecache *cache = NULL;
	assert_int_equal(codecache_new(&(struct codecache_options){ .size = 1000 }, &cache, &cause), -EINVAL);
	assert_string_equal(cause.text, "a code cache of 1000 bytes: 65536 to 1073741824 are possible");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compiles),       cmocka_unit_test(test_bad_ones_do_not_spoil_the_others),
		cmocka_unit_test(test_native_already), cmocka_unit_test(test_no_compiler),
		cmocka_unit_test(test_in_a_worker),    cmocka_unit_test(test_bad_size),
		cmocka_unit_test(test_full_index),
	};
	Py_InitializeEx(0);
	globals = PyDict_New();
	(void)PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins());
	struct cause cause = CAUSE_INIT;
	if (native_init(&cause) < 0) {
		(void)fprintf(stderr, "%s\n", cause.text);
		return EXIT_FAILURE;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
