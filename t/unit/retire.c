/* What of a profile is for the next generation's code cache, and in which order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "workers/retire.h"

/* What is called how often; what is not here, never. */
static const struct {
	const char *name;
	uint64_t calls;
} called[] = {
	{ "seldom", 3 }, { "often", 70 }, { "as_often", 70 }, { "not_native", UINT64_MAX }, { "wanted", UINT64_MAX },
};

static uint64_t calls(const char *module, const char *qualname, void *userdata)
{
	(void)userdata;
	assert_string_equal(module, "app");
	for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++)
		if (strcmp(called[i].name, qualname) == 0)
			return called[i].calls;
	return 0;
}

/* A profile of the functions that are named, one after the other. */
static json_t *profile(const char *names)
{
	json_t *entries = json_array();
	char text[128], *rest = NULL;
	(void)snprintf(text, sizeof(text), "%s", names);
	for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		assert_int_equal(
			json_array_append_new(entries, json_pack("{s:s, s:s}", "module", "app", "qualname", name)), 0);
	return entries;
}

static void expect(const char *history, const char *wanted, const char *kept, unsigned retired)
{
	json_t *from = profile(history), *more = profile(wanted), *expected = profile(kept);
	unsigned n = 77;
	json_t *is = retire(from, more, calls, NULL, &n);
	assert_true(json_equal(is, expected));
	assert_int_equal(n, retired);
	json_decref(is);
	json_decref(expected);
	json_decref(more);
	json_decref(from);
}

static void most_called_first(void **state)
{
	(void)state;
	expect("seldom often", "", "often seldom", 0);
	expect("as_often seldom often", "", "as_often often seldom", 0);
	expect("often seldom as_often", "", "often as_often seldom", 0);
}

static void not_called_is_left_out(void **state)
{
	(void)state;
	expect("never seldom never_too", "", "seldom", 2);
	expect("never", "", "", 1);
	expect("", "", "", 0);
}

static void wanted_comes_before_all(void **state)
{
	(void)state;
	expect("often wanted seldom", "wanted", "wanted often seldom", 0);
	expect("often", "never", "never often", 0);
}

static void not_native_comes_last(void **state)
{
	(void)state;
	expect("not_native seldom often", "", "often seldom not_native", 0);
	expect("not_native never wanted", "wanted", "wanted not_native", 1);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_called_first),
		cmocka_unit_test(not_called_is_left_out),
		cmocka_unit_test(wanted_comes_before_all),
		cmocka_unit_test(not_native_comes_last),
	};
	return cmocka_run_group_tests_name("retire", tests, NULL, NULL);
}
