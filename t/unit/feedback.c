/* Tests of codecache/jit/feedback.c: what two processes have seen of a function becomes one text. */
#include "config.h"

#include "t/unit/embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "codecache/jit/feedback.h"

static PyObject *function_of(const char *module, const char *source)
{
	return PyDict_GetItemString(embed_module(module, source), "f");
}

/* The text joined, and freed. */
static void expect_joined(PyObject *function, const char *text, const char *expected)
{
	char *joined = feedback_join(function, text);
	assert_non_null(joined);
	assert_string_equal(joined, expected);
	free(joined);
}

static void own_code(void **state)
{
	(void)state;
	PyObject *f = function_of("own", "def f(a, b):\n    return a + b - a\n");
	expect_joined(f, ";", ";");
	expect_joined(f, "3:20 3:257:2 ;", "3:20 3:257:2 ;"); /* RESUME, two LOAD_FAST, BINARY_OP */
	expect_joined(f, ";", "3:257:2 ;");
	expect_joined(f, "3:17 6:16 6:257:1 ;", "3:17 3:257:2 6:16 6:257:1 ;");
	expect_joined(f, "3:257:1 ;", "3:257:3 6:257:1 ;");
}

static void code_in_code(void **state)
{
	(void)state;
	PyObject *f = function_of("inner", "def f(a):\n    return [i + a for i in a]\n");
	char *all = feedback_take(f, NULL, 0);
	assert_non_null(all);
	assert_string_equal(all, ";;");
	free(all);
	expect_joined(f, ";8:257:1 ;", ";8:257:1 ;");
	expect_joined(f, ";;", ";8:257:1 ;");
}

static void callees(void **state)
{
	(void)state;
	PyObject *f = function_of("callees", "def g(a):\n    return a + a\n\ndef f(a):\n    return g(a)\n");
	char *all = feedback_take(f, NULL, 0);
	assert_non_null(all);
	const char *section = strchr(all, '=');
	assert_non_null(section);
	char digest[64], text[128], expected[128];
	assert_int_equal(sscanf(section, "=%63[0-9]", digest), 1);
	free(all);
	(void)snprintf(text, sizeof(text), ";=%s;3:257:2 ;=5;3:257:1 ;", digest);
	expect_joined(f, text, text); /* of 5 there is none */
	(void)snprintf(text, sizeof(text), ";=%s;3:20 ;", digest);
	(void)snprintf(expected, sizeof(expected), ";=%s;3:20 3:257:2 ;", digest);
	expect_joined(f, text, expected);
}

/* A worker is believed nothing. */
static void no_feedback(void **state)
{
	(void)state;
	PyObject *f = function_of("no", "def f(a, b):\n    return a + b\n");
	static const char *const texts[] = { "",
					     ":",
					     "=",
					     "=;",
					     "=7",
					     "3",
					     "3:",
					     "3:257",
					     "3:257:",
					     "3:257:x;",
					     "x;;;",
					     "=1;=1;",
					     "3:1:",
					     "3:1:list",
					     "99999999999:1",
					     "3:99999999999 ;" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *joined = feedback_join(f, texts[i]);
		assert_non_null(joined);
		free(joined);
	}
	expect_joined(f, ";", ";");
}

int main(void)
{
	embed_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_code),
		cmocka_unit_test(code_in_code),
		cmocka_unit_test(callees),
		cmocka_unit_test(no_feedback),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("feedback", tests, NULL, NULL);
}
