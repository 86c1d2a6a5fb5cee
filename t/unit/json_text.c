/* Tests of daemon/json_text.c */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/json_text.h"

static void assert_member(const char *text, const char *name, const char *expected)
{
	const char *found;
	size_t length;
	assert_true(json_text_member(text, name, &found, &length));
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(found, expected, length);
}

static void members_are_found_as_they_stand(void **state)
{
	(void)state;
	assert_member("{\"id\":1,\"result\":333333283333335000000}", "result", "333333283333335000000");
	assert_member(" { \"result\" : 1.50e3 , \"id\" : 1 }", "result", "1.50e3");
	assert_member("{\"result\":null}", "result", "null");
	assert_member("{\"a\":\"result\",\"result\":\"x\\\"}\\\\\",\"b\":2}", "result", "\"x\\\"}\\\\\"");
	assert_member("{\"a\":{\"result\":1},\"result\":[{\"]\":[]},{}]}", "result", "[{\"]\":[]},{}]");
	assert_member("{\"a\":[],\"result\":\"\"}", "result", "\"\"");
	assert_member("{\"results\":1,\"resul\":2,\"result\":3}", "result", "3");
}

static void others_are_not(void **state)
{
	(void)state;
	static const char *const texts[] = { "",
					     "[]",
					     "{}",
					     "\"result\"",
					     "{\"a\":{\"result\":1}}",
					     "{\"result\"",
					     "{\"result\":",
					     "{\"a\":[1,{",
					     "{\"a\":\"x\\",
					     "{:1}",
					     "{\"a\":}]}" };
	const char *found;
	size_t length;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(json_text_member(texts[i], "result", &found, &length));
}

/* Every beginning of a text, in memory of exactly its size: nothing beyond is read. */
static void what_is_cut_off_is_safe(void **state)
{
	(void)state;
	static const char text[] = "{\"a\":\"x\\\"\",\"b\":[{},\"]\"],\"result\":{\"c\":[1,2]}}";
	for (size_t size = 0; size < sizeof(text); size++) {
		cleanup_free char *part = strndup(text, size);
		const char *found = part;
		size_t length = 0;
		if (json_text_member(part, "result", &found, &length))
			assert_true(found + length <= part + size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_as_they_stand),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(what_is_cut_off_is_safe),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
