/* unit.c - units as JSON: what comes back is what went in, and nothing is believed. */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecache/unit.h"
#include "common/cleanup.h"

static const char OBJECT[] = "not really ELF";

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A unit that has every kind of everything. */
static const char SAMPLE[] =
	"{\"format\":1, \"object_size\":14, \"compile_us\":12345, \"key\":\"" KEY "\", \"loaded\":true,"
	" \"other_compiler\":false, \"store_cause\":\"too old\", \"functions\":["
	"{\"name\":\"app.cold\", \"reason\":\"no-gain\", \"detail\":null, \"key\":\"\"},"
	"{\"name\":\"app.hel\\u00f6\", \"reason\":\"native\", \"gain\":2.5, \"pure\":true, \"checked\":true, "
	"\"key\":\"" KEY "\", \"symbol\":\"app_hello_1\", \"detail\":\"x\","
	" \"cache\":4,\"params\":[\"int\",\"float\",\"bool\",\"object\"],"
	" \"consts\":[{\"kind\":\"object\",\"path\":[1]},{\"kind\":\"name\",\"name\":\"N\"},"
	"            {\"kind\":\"builtin\",\"name\":\"sum\"},{\"kind\":\"object\",\"path\":[2,0,1,5]},"
	"            {\"kind\":\"globals\",\"name\":\"\"}],"
	" \"exits\":["
	"  {\"slots\":4, \"why\":\"arguments of other types\", \"frame\":{\"code\":-1, \"pc\":0, \"line\":3,"
	"   \"call_arguments\":0, \"throws\":0, "
	"\"locals\":[[\"obj\",0],[\"obj\",1],[\"obj\",2],[\"obj\",3],[\"unbound\"]],"
	"   \"stack\":[]}},"
	"  {\"slots\":9, \"why\":\"int overflow\", \"frame\":{\"code\":-1, \"pc\":20, \"line\":5,"
	"   \"call_arguments\":1, \"throws\":0, \"locals\":[[\"i64\",0],[\"f64\",1],[\"bool\",2],[\"i128\",3],"
	"     [\"cell\",0,[[\"i64\",5]]]],"
	"   \"stack\":[[\"null\"],[\"const\",2],[\"range\",[[\"i64\",0],[\"i64\",1],[\"i128\",7]]],"
	"    [\"range_iter\",[[\"i64\",0],[\"i64\",0],[\"i64\",0]]],[\"seq_iter\",[[\"owned\",1],[\"i64\",2]]],"
	"    [\"generator_new\",[[\"function\",0,[[\"tuple\",[[\"cell\",0,[[\"i64\",5]]]]]]],[\"obj\",3]]],"
	"    [\"generator\",{\"code\":3,\"pc\":4,\"line\":6,\"call_arguments\":0, "
	"\"throws\":0,\"locals\":[[\"i64\",1]],"
	"      \"stack\":[[\"f64\",1]]},[]]]}}"
	" ]}]}";

static json_t *sample(void)
{
	json_error_t error;
	json_t *json = json_loads(SAMPLE, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%d:%d: %s", error.line, error.column, error.text);
	return json;
}

static void test_round_trip(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	json_t *before = sample(), *after = NULL;
	cleanup(unit_freep) struct unit *unit = NULL;
	int rc = unit_from_json(before, OBJECT, strlen(OBJECT), &unit, &cause);
	assert_string_equal(cause.text, "");
	assert_int_equal(rc, 0);

	assert_int_equal(unit->n_functions, 2);
	assert_int_equal(unit->compile_us, 12345);
	assert_string_equal(unit->key, KEY);
	assert_true(unit->loaded);
	assert_false(unit->other_compiler);
	assert_string_equal(unit->store_cause, "too old");
	assert_string_equal(unit->functions[1].key, KEY);
	assert_memory_equal(unit->object, OBJECT, strlen(OBJECT));
	const struct unit_function *f = &unit->functions[1];
	assert_int_equal(unit->functions[0].reason, REASON_NO_GAIN);
	assert_string_equal(f->symbol, "app_hello_1");
	assert_int_equal(f->params[2], VALUE_BOOL);
	assert_int_equal(f->consts[3].n_path, 4);
	assert_int_equal(f->consts[3].path[3], 5);
	assert_int_equal(f->exits[0].frame.code, UINT32_MAX);
	assert_int_equal(f->exits[1].frame.locals[3]->slot, 3);
	assert_int_equal(f->exits[1].frame.stack[6]->frame->code, 3);

	assert_int_equal(unit_to_json(unit, &after, &cause), 0);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
}

static void test_nothing_native(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	json_t *json = sample();
	cleanup(unit_freep) struct unit *unit = NULL;
	json_array_remove(json_object_get(json, "functions"), 1);
	json_object_set_new(json, "object_size", json_integer(0));
	assert_int_equal(unit_from_json(json, NULL, 0, &unit, &cause), 0);
	assert_null(unit->object);
	json_decref(json);
}

/* Replace what is at a path like "functions.1.symbol" by the value that text is; "" removes it. */
static void json_put(json_t *json, const char *path, const char *text)
{
	cleanup_free char *copy = strdup(path);
	char *save = NULL, *step = strtok_r(copy, ".", &save);
	for (char *next; (next = strtok_r(NULL, ".", &save)); step = next) {
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(step)) : json_object_get(json, step);
		assert_non_null(json);
	}
	json_t *value = text[0] ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
	assert_true(value || !text[0]);
	if (json_is_array(json))
		assert_int_equal(value ? json_array_set_new(json, (size_t)atoi(step), value)
				       : json_array_remove(json, (size_t)atoi(step)),
				 0);
	else if (value)
		assert_int_equal(json_object_set_new(json, step, value), 0);
	else
		assert_int_equal(json_object_del(json, step), 0);
}

static const struct {
	const char *path, *value, *cause;
} malformed[] = {
	{ "format", "2", "format 2, not 1" },
	{ "format", "", "format is not an integer" },
	{ "object_size", "13", "an object file of 14 bytes, not 13" },
	{ "object_size", "67108865", "object_size 67108865 is not from 0 to 67108864" },
	{ "key", "\"0123\"", "\"0123\" is no key" },
	{ "functions.1.gain", "-1", "function 1: gain is no number from 0 to 1000000000" },
	{ "functions.1.gain", "\"2\"", "function 1: gain is no number from 0 to 1000000000" },
	{ "compile_us", "-1", "compile_us -1 is not from 0 to 9223372036854775806" },
	{ "functions", "{}", "\"functions\" is not an array" },
	{ "functions.0.reason", "\"native\"", "function 0: symbol is not a string" },
	{ "functions.0.reason", "\"tired\"", "function 0: unknown reason \"tired\"" },
	{ "functions.0.name", "\"\"", "function 0: name is empty" },
	{ "functions.0.name", "\"a\\u0000b\"", "function 0: name is too long or has a null byte" },
	{ "functions.0.detail", "3", "function 0: detail is not a string" },
	{ "functions.1", "", "an object file, but no native function" },
	{ "functions.1.symbol", "\"a b\"", "function 1: \"a b\" is not a symbol" },
	{ "functions.1.params.1", "\"heap\"", "function 1: parameter 1: unknown type \"heap\"" },
	{ "functions.1.consts.0.kind", "\"thing\"", "function 1: constant 0: unknown kind \"thing\"" },
	{ "functions.1.consts.0.path", "[1,2,3,4,5]", "function 1: constant 0: a path of 5 steps, not 0 to 4" },
	{ "functions.1.consts.0.path.0", "-1", "function 1: constant 0: path -1 is not from 0 to 16777215" },
	{ "functions.1.consts.1.name", "", "function 1: constant 1: name is not a string" },
	{ "functions.1.consts.0", "7", "function 1: constant 0: unknown kind \"\"" },
	{ "functions.1.exits", "[]", "function 1: no exits" },
	{ "functions.1.exits.0", "null", "function 1: exit 0: slots is not an integer" },
	{ "functions.1.exits.0.frame", "3", "function 1: exit 0: a frame is not an object" },
	{ "functions.1.exits.0.frame.pc", "1", "function 1: exit 0 is not the function's entry" },
	{ "functions.1.exits.0.frame.stack", "[[\"null\"]]", "function 1: exit 0 is not the function's entry" },
	{ "functions.1.exits.0.frame.locals.3", "[\"i64\",3]", "function 1: exit 0: local 3 is not the argument" },
	{ "functions.1.exits.0.frame.code", "0", "function 1: exit 0 is not the function's entry" },
	{ "functions.1.exits.1.slots", "1025", "function 1: exit 1: slots 1025 is not from 0 to 1024" },
	{ "functions.1.exits.1.slots", "8",
	  "function 1: exit 1: stack entry 2: range: child 2: i128: slot 7 is beyond the exit's 8 slots" },
	{ "functions.1.exits.1.frame.pc", "16777216", "function 1: exit 1: pc 16777216 is not from 0 to 16777215" },
	{ "functions.1.exits.1.frame.pc", "1.5", "function 1: exit 1: pc is not an integer" },
	{ "functions.1.exits.1.frame.locals.0", "", "function 1: exit 1 has 4 locals, exit 0 has 5" },
	{ "functions.1.exits.1.frame.locals.0", "[\"null\"]", "function 1: exit 1: local 0 is null" },
	{ "functions.1.exits.1.frame.locals.0", "[\"pigeon\",0]",
	  "function 1: exit 1: local 0: unknown state \"pigeon\"" },
	{ "functions.1.exits.1.frame.locals.0", "[\"i64\"]",
	  "function 1: exit 1: local 0: i64: slot is not an integer" },
	{ "functions.1.exits.1.frame.locals.0", "[\"i64\",0,0]",
	  "function 1: exit 1: local 0: i64: 3 elements, not 2" },
	{ "functions.1.exits.1.frame.locals.0", "[\"i64\",-1]",
	  "function 1: exit 1: local 0: i64: slot -1 is not from 0 to 1023" },
	{ "functions.1.exits.1.frame.locals.4.1", "4096",
	  "function 1: exit 1: local 4: cell: cell 4096 is not from 0 to 4095" },
	{ "functions.1.exits.0.frame.throws", "3", "function 1: exit 0: a raise of what is on an empty stack" },
	{ "functions.1.exits.1.frame.call_arguments", "6",
	  "function 1: exit 1: a call with 6 arguments on a stack of 7" },
	{ "functions.1.exits.1.frame.stack.0", "[\"unbound\"]", "function 1: exit 1: stack entry 0 is unbound" },
	{ "functions.1.exits.1.frame.stack.1.1", "5",
	  "function 1: exit 1: stack entry 1: const: constant 5 is not from 0 to 4" },
	{ "functions.1.exits.1.frame.stack.2.1.0", "[\"f64\",0]",
	  "function 1: exit 1: stack entry 2: range: child 0 is f64" },
	{ "functions.1.exits.1.frame.stack.2.1.0", "", "function 1: exit 1: stack entry 2: range: 2 children, not 3" },
	{ "functions.1.exits.1.frame.stack.5.1.0.1", "1",
	  "function 1: exit 1: stack entry 5: generator_new: child 0: function: constant 1 is a name, not code" },
	{ "functions.1.exits.1.frame.stack.6.1.code", "-1",
	  "function 1: exit 1: stack entry 6: generator: code -1 is not from 0 to 4" },
	{ "functions.1.exits.1.frame.stack.6.1", "null",
	  "function 1: exit 1: stack entry 6: generator: a frame is not an object" },
};

static void test_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct cause cause = CAUSE_INIT;
		struct unit *unit = NULL;
		json_t *json = sample();
		json_put(json, malformed[i].path, malformed[i].value);
		int rc = unit_from_json(json, OBJECT, strlen(OBJECT), &unit, &cause);
		char expected[sizeof(cause.text)];
		(void)snprintf(expected, sizeof(expected), "a bad unit: %s", malformed[i].cause);
		if (rc != -EBADMSG || strcmp(cause.text, expected) != 0)
			fail_msg("%s = %s: %d, \"%s\"", malformed[i].path, malformed[i].value, rc, cause.text);
		assert_null(unit);
		json_decref(json);
	}
}

static void test_twice_the_same_symbol(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct unit *unit = NULL;
	json_t *json = sample(), *functions = json_object_get(json, "functions");
	json_array_append_new(functions, json_deep_copy(json_array_get(functions, 1)));
	assert_int_equal(unit_from_json(json, OBJECT, strlen(OBJECT), &unit, &cause), -EBADMSG);
	assert_string_equal(cause.text, "a bad unit: functions 1 and 2 have the same symbol app_hello_1");
	json_decref(json);
}

static void test_too_deep(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct unit *unit = NULL;
	json_t *json = sample(), *deep = json_pack("[s,i]", "i64", 0);
	for (int i = 0; i <= UNIT_MAX_DEPTH; i++)
		deep = json_pack("[s,[o]]", "tuple", deep);
	json_t *exits = json_object_get(json_array_get(json_object_get(json, "functions"), 1), "exits");
	json_t *frame = json_object_get(json_array_get(exits, 1), "frame");
	json_array_set_new(json_object_get(frame, "locals"), 0, deep);
	assert_int_equal(unit_from_json(json, OBJECT, strlen(OBJECT), &unit, &cause), -EBADMSG);
	assert_non_null(strstr(cause.text, "a state nested deeper than 16"));
	json_decref(json);
}

/* Any node of a JSON text, by its number in the order of the text. */
static bool json_mutate(json_t *json, int *number, json_t *with)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_is_object(json)) {
		json_object_foreach (json, key, value) {
			if ((*number)-- == 0)
				return json_object_set(json, key, with) == 0;
			if (json_mutate(value, number, with))
				return true;
		}
	} else if (json_is_array(json)) {
		json_array_foreach (json, i, value) {
			if ((*number)-- == 0)
				return json_array_set(json, i, with) == 0;
			if (json_mutate(value, number, with))
				return true;
		}
	}
	return false;
}

static void test_any_node_replaced(void **state)
{
	(void)state;
	static const char *const values[] = { "0",
					      "-1",
					      "1",
					      "1024",
					      "9223372036854775807",
					      "{}",
					      "[]",
					      "null",
					      "\"\"",
					      "\"generator\"",
					      "[0]",
					      "true",
					      "[\"tuple\",[]]",
					      "[\"i64\",2]",
					      "1.5" };
	unsigned accepted = 0, refused = 0;
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		json_t *with = json_loads(values[v], JSON_DECODE_ANY, NULL);
		assert_non_null(with);
		for (int number = 0;; number++) {
			struct cause cause = CAUSE_INIT;
			struct unit *unit = NULL;
			json_t *json = sample();
			int n = number;
			bool done = !json_mutate(json, &n, with);
			int rc = unit_from_json(json, OBJECT, strlen(OBJECT), &unit, &cause);
			json_decref(json);
			if (rc == 0)
				accepted++;
			else
				refused += cause.text[0] != '\0';
			assert_true(rc == 0 || (rc == -EBADMSG && cause.text[0] && !unit));
			unit_free(unit);
			if (done)
				break;
		}
		json_decref(with);
	}
	assert_true(refused > 1000 && accepted > 20);
}

static void test_half_built(void **state)
{
	(void)state;
	unit_free(NULL);
	unit_free(calloc(1, sizeof(struct unit)));
}

static void test_reasons(void **state)
{
	(void)state;
	assert_int_equal(reason_from_word("no-gain"), REASON_NO_GAIN);
	assert_int_equal(reason_from_word("nonsense"), REASON_COUNT);
	assert_string_equal(reason_word(REASON_COUNT), "unknown");
	assert_string_equal(reason_text(REASON_NONE), "native");
	for (int i = 0; i < REASON_COUNT; i++)
		assert_int_equal(reason_from_word(reason_word((enum reason)i)), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),    cmocka_unit_test(test_half_built),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_nothing_native),
		cmocka_unit_test(test_malformed),  cmocka_unit_test(test_twice_the_same_symbol),
		cmocka_unit_test(test_too_deep),   cmocka_unit_test(test_any_node_replaced),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
