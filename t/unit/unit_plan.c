/* Tests of codecache/unit_plan.c: functions as they become hot, and the units they are compiled in. */
#include "config.h"

#include "embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "codecache/unit_plan.h"

static PyObject *globals;

static const char source[] = "def scaled(n): return n * 3\n"
			     "import sys\n"
			     "class Point:\n"
			     "    def norm(self): return square(self.x)\n"
			     "    @staticmethod\n"
			     "    def origin(): return Point()\n"
			     "def square(x): return x * x\n"
			     "def total(n): return sum(near(i) for i in range(n))\n"
			     "def near(i): return i + 1\n"
			     "def other(n): return far(n)\n"
			     "def far(n): return n - 1\n"
			     "renamed = far\n"
			     "def through(n): return renamed(n)\n"
			     "def walk(points): return [p.norm() for p in points]\n"
			     "def even(n): return n == 0 or odd(n - 1)\n"
			     "def odd(n): return n > 0 and even(n - 1)\n"
			     "def alone(n): return n\n"
			     "def alone2(n): return n\n"
			     "def chain0(n): return chain1(n)\n"
			     "def chain1(n): return chain2(n)\n"
			     "def chain2(n): return chain3(n)\n"
			     "def chain3(n): return chain4(n)\n"
			     "def chain4(n): return n\n";

/* A dotted name's function, borrowed. */
static PyObject *function(const char *name)
{
	const char *dot = strchr(name, '.');
	char first[64];
	(void)snprintf(first, sizeof(first), "%.*s", dot ? (int)(dot - name) : 63, name);
	PyObject *found = PyDict_GetItemString(globals, first);
	assert_non_null(found);
	if (dot) {
		found = PyDict_GetItemString(((PyTypeObject *)found)->tp_dict, dot + 1);
		assert_non_null(found);
	}
	return found;
}

/* names: separated by spaces; expected: the units' names, separated by " | ". */
static void check(const char *names, size_t most, const char *expected)
{
	char text[1024], list[32][64], *words = NULL;
	struct codecache_request requests[32];
	size_t numbers[32], sizes[32], n = 0, at = 0;
	(void)snprintf(text, sizeof(text), "%s", names);
	for (char *word = strtok_r(text, " ", &words); word; word = strtok_r(NULL, " ", &words)) {
		(void)snprintf(list[n], sizeof(list[n]), "%s", word);
		requests[n] = (struct codecache_request){ .function = function(word) };
		numbers[n] = n;
		n++;
	}
	size_t n_units = unit_plan(requests, numbers, n, most, sizes);
	text[0] = '\0';
	for (size_t unit = 0; unit < n_units; unit++)
		for (size_t i = 0; i < sizes[unit]; i++, at++) {
			strcat(text, i > 0 ? " " : unit > 0 ? " | " : "");
			strcat(text, list[numbers[at]]);
		}
	assert_int_equal(at, n);
	assert_string_equal(text, expected);
}

static void test_calls(void **state)
{
	(void)state;
	check("alone", 8, "alone");
	check("total other near far", 2, "total near | other far");
	check("near far total other", 2, "near total | far other");
	check("even alone odd", 2, "even odd | alone");
}

/* A method by its name, a function by another name that the module has for it. */
static void test_names(void **state)
{
	(void)state;
	check("walk total through near Point.norm far square", 3, "walk Point.norm square | total near | through far");
}

static void test_room(void **state)
{
	(void)state;
	check("total alone near alone2 scaled", 4, "total near alone alone2 | scaled");
	check("total other alone near far", 3, "total near alone | other far");
	check("alone total near other far", 2, "alone | total near | other far");
}

/* What is too much for one unit: callers and callees are neighbours all the same. */
static void test_large(void **state)
{
	(void)state;
	check("chain4 chain2 chain0 chain3 chain1", 2, "chain4 chain2 | chain3 chain0 | chain1");
	check("chain0 chain4 chain3 chain2 chain1", 2, "chain0 chain1 | chain2 chain3 | chain4");
	check("chain0 chain1 chain2 chain3 chain4", 1, "chain0 | chain1 | chain2 | chain3 | chain4");
}

static int start(void **state)
{
	(void)state;
	embed_start();
	globals = embed_module("app", source);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_large),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, NULL);
}
