/* Replaying requests: what is skipped, what is logged, and the deadline. */
#include "config.h"

#include <Python.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "workers/warmup.h"

static char file[] = "/tmp/preforge-warmup-XXXXXX";
static char seen[1024]; /* the requests, one after the other */

/* A request is Python source; an exception is an error object with the type's name. */
static int answer(const char *request, size_t size, char **ret_answer, void *userdata)
{
	(void)userdata;
	assert_int_equal(strlen(request), size);
	(void)strncat(seen, request, sizeof(seen) - strlen(seen) - 1);
	if (strstr(request, "notify"))
		return 0;
	if (strstr(request, "broken"))
		return -ENOMEM;
	PyObject *globals = PyModule_GetDict(PyImport_AddModule("__main__"));
	PyObject *result = PyRun_String(request, Py_file_input, globals, globals);
	if (result) {
		Py_DECREF(result);
		*ret_answer = strdup("{\"result\":1}");
		return 0;
	}
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	assert_true(asprintf(ret_answer, "{\"error\":{\"code\":-32000,\"message\":\"%s\"}}",
			     ((PyTypeObject *)type)->tp_name) > 0);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return 0;
}

/* Run it and return what was logged, in a static buffer. */
static const char *replay(const char *requests, uint64_t deadline_us, struct warmup_result *result)
{
	static char logged[4096];
	FILE *to = fopen(file, "w");
	assert_non_null(to);
	(void)fputs(requests, to);
	(void)fclose(to);
	seen[0] = '\0';

	FILE *log = tmpfile();
	int saved = dup(STDERR_FILENO);
	assert_true(log && saved >= 0 && dup2(fileno(log), STDERR_FILENO) >= 0);
	struct cause cause = CAUSE_INIT;
	struct warmup_options options = { .path = file, .deadline_us = deadline_us, .answer = answer };
	int r = warmup_run(&options, result, &cause);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	rewind(log);
	logged[fread(logged, 1, sizeof(logged) - 1, log)] = '\0';
	(void)fclose(log);
	assert_int_equal(r, 0);
	assert_false(PyErr_Occurred());
	return logged;
}

static void assert_logged(const char *logged, const char *expected)
{
	char text[1024] = "";
	for (const char *p = expected; *p; p++) {
		if (*p == '@')
			(void)strcat(text, file);
		else
			(void)strncat(text, p, 1);
	}
	assert_string_equal(logged, text);
}

static void test_requests(void **state)
{
	(void)state;
	struct warmup_result result;
	const char *logged = replay("# a comment\n\n  \nx = 1\nnotify\n  # another\nassert x == 1", 60000000, &result);
	assert_string_equal(logged, "");
	assert_string_equal(seen, "x = 1\nnotify\nassert x == 1");
	assert_int_equal(result.requests, 3);
	assert_int_equal(result.failed, 0);
	assert_int_equal(result.skipped, 0);
}

static void test_failures_are_logged(void **state)
{
	(void)state;
	struct warmup_result result;
	const char *logged = replay("1 / 0\n\nbroken\ny = 2\n", 60000000, &result);
	assert_logged(logged, "warmup: warning: @:1: warm-up request failed: ZeroDivisionError (-32000)\n"
			      "warmup: warning: @:3: warm-up request failed: Cannot allocate memory\n");
	assert_int_equal(result.requests, 3);
	assert_int_equal(result.failed, 2);
}

static void test_deadline(void **state)
{
	(void)state;
	struct warmup_result result;
	static const char *const endless[] = {
		"while True: pass\n",
		"import time; time.sleep(1000)\n",
		/* The first one is caught. */
		"exec('try:\\n  while True: pass\\nexcept TimeoutError: pass\\nwhile True: pass')\n",
	};
	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		char requests[256];
		(void)snprintf(requests, sizeof(requests), "%sz = 1\nz = 2\n", endless[i]);
		const char *logged = replay(requests, 20000, &result);
		assert_logged(logged, "warmup: warning: @:1: warm-up request failed: TimeoutError (-32000)\n"
				      "warmup: warning: @:2: the warm-up stops here, its deadline of 0.02 s has "
				      "passed; 2 requests are left\n");
		assert_int_equal(result.requests, 1);
		assert_int_equal(result.failed, 1);
		assert_int_equal(result.skipped, 2);
	}
}

static void test_missing_file(void **state)
{
	(void)state;
	struct warmup_result result;
	struct cause cause = CAUSE_INIT;
	struct warmup_options options = { .path = "/nowhere/w", .deadline_us = 1000, .answer = answer };
	assert_int_equal(warmup_run(&options, &result, &cause), -ENOENT);
	assert_string_equal(cause.text, "cannot read the warm-up requests /nowhere/w: No such file or directory");
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	(void)unsetenv("JOURNAL_STREAM");
	log_init("warmup", LOG_INFO);
	Py_Initialize();
	int fd = mkstemp(file);
	if (fd < 0)
		return 1;
	(void)close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_failures_are_logged),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_missing_file),
	};
	int failed = cmocka_run_group_tests_name("warmup", tests, NULL, NULL);
	(void)unlink(file);
	return failed;
}
