/* Reading and writing against Python's own json module: a table, then random values. */
#include "config.h"

#include "t/unit/embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/convert.h"

static PyObject *globals;

static const char source[] =
	"import array, collections, dataclasses, datetime, decimal, enum, json, random, struct, uuid\n"
	"@dataclasses.dataclass\n"
	"class Record:\n"
	"    a: object\n"
	"    b: object\n"
	"def self_referring():\n"
	"    record = Record(1, 2)\n"
	"    record.a = record\n"
	"    return record\n"
	"class Plain(enum.Enum):\n"
	"    ONE = (1, 'x')\n"
	"class Named(enum.Enum):\n"
	"    N = 'n'\n"
	"def same(a, b):\n"
	"    if type(a) is not type(b): return False\n"
	"    if type(a) is float: return struct.pack('d', a) == struct.pack('d', b)\n"
	"    if type(a) is dict:\n"
	"        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)\n"
	"    if type(a) is list: return len(a) == len(b) and all(map(same, a, b))\n"
	"    return a == b\n"
	"def dumps(value):\n"
	"    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'), allow_nan=False)\n"
	"    return ''.join('\\\\u%04x' % ord(c) if '\\ud800' <= c <= '\\udfff' else c for c in text)\n"
	"class Int(int):\n"
	"    def __repr__(self): return 'no'\n"
	"class Float(float):\n"
	"    def __repr__(self): return 'no'\n"
	"class Str(str):\n"
	"    def __str__(self): return 'no'\n"
	"class Color(enum.IntEnum):\n"
	"    RED = 1\n"
	"class Level(enum.StrEnum):\n"
	"    LOW = 'low'\n"
	"class Reversed(dict):\n"
	"    def items(self): return reversed(list(super().items()))\n"
	"class Raising(dict):\n"
	"    def items(self): raise OSError('out of items')\n"
	"class Odd(dict):\n"
	"    def items(self): return [(1, 2, 3)]\n"
	"class Point: pass\n"
	"Pair = collections.namedtuple('Pair', 'a b')\n"
	"loop = [1]; loop.append(loop)\n"
	"far_loop = {'a': {'b': {}}}; far_loop['a']['b']['c'] = far_loop['a']\n"
	"def nested(n):\n"
	"    value = []\n"
	"    for _ in range(n - 1): value = [value]\n"
	"    return value\n"
	"def strings(rng):\n"
	"    pool = ['a', 'é', '\\u20ac', '\\U0001f600', '\\x00', '\\x1f', '\\x7f', '\"', '\\\\', '/', '\\n', '\\t',\n"
	"            '\\ud800', '\\udfff', '\\u2028', '\\x80', '\\xff']\n"
	"    return ''.join(rng.choice(pool) for _ in range(rng.choice([0, 1, 3, 10, 300])))\n"
	"def value(rng, depth=0):\n"
	"    kind = rng.randrange(7 if depth < 4 else 5)\n"
	"    if kind == 0: return rng.choice([None, True, False])\n"
	"    if kind == 1: return rng.choice([0, -1, 2**31, 2**63 - 1, -2**63, 2**63, -2**63 - 1, 10**40,\n"
	"                                     rng.getrandbits(rng.randrange(1, 200)) * rng.choice([1, -1])])\n"
	"    if kind == 2:\n"
	"        x = struct.unpack('d', struct.pack('Q', rng.getrandbits(64)))[0]\n"
	"        return rng.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e-7, 5e-324, 1.7976931348623157e308,\n"
	"                           x if x - x == 0 else 0.5])\n"
	"    if kind <= 4: return strings(rng)\n"
	"    if kind == 5: return [value(rng, depth + 1) for _ in range(rng.randrange(5))]\n"
	"    return {rng.choice([strings(rng), rng.randrange(10), 1.5, None, True]): value(rng, depth + 1)\n"
	"            for _ in range(rng.randrange(5))}\n";

static PyObject *eval(const char *expression)
{
	PyObject *value = PyRun_String(expression, Py_eval_input, globals, globals);
	if (!value)
		PyErr_Print();
	assert_non_null(value);
	return value;
}

static PyObject *call(const char *function, PyObject *a, PyObject *b)
{
	PyObject *result = PyObject_CallFunctionObjArgs(PyDict_GetItemString(globals, function), a, b, NULL);
	if (!result)
		PyErr_Print();
	assert_non_null(result);
	return result;
}

/* The text is read as json.loads() reads it. */
static void check_load(const char *text, size_t n)
{
	PyObject *ours = convert_load(text, n);
	if (!ours) {
		print_message("not read: %.*s\n", (int)n, text);
		PyErr_Print();
	}
	assert_non_null(ours);
	PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)n, NULL);
	PyObject *json = PyDict_GetItemString(globals, "json");
	PyObject *theirs = PyObject_CallMethod(json, "loads", "O", str);
	assert_non_null(theirs);
	PyObject *same = call("same", ours, theirs);
	if (same != Py_True)
		print_message("differs: %.*s\n", (int)n, text);
	assert_ptr_equal(same, Py_True);
	Py_DECREF(same);
	Py_DECREF(theirs);
	Py_DECREF(str);
	Py_DECREF(ours);
}

static void loads_like_json(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"null",
		"true",
		"false",
		"0",
		"-0",
		"-0.0",
		"1e400",
		"1E5",
		"0.1",
		"1e-400",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775809",
		"123456789012345678901234567890",
		"5e-324",
		"\"\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\udc00\\ud800\"",
		"\"\\ud83d\\ude00\"",
		"\"\xf0\x9f\x98\x80\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\x7f\xc2\x80\"",
		"[]",
		"{}",
		"[ 1 , [ ] , { } ]",
		"{\"a\":1,\"b\":2,\"a\":3}",
		"{\"\":{\"\\u0000\":[]}}",
		"{\"\\ud800\":1}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_load(texts[i], strlen(texts[i]));
}

static void refuses_what_is_no_json(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",    "NaN",    "[Infinity]", "-Infinity", "[1,]",     "{\"a\":}",         "{a:1}",
		"'a'", "\"\n\"", "1 2",        "[1]]",      "01",       "\"\\x\"",          "\"\\u12\"",
		"+1",  ".5",     "1.",         "nul",       "\"\xff\"", "\"\xed\xa0\x80\"",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		PyObject *value = convert_load(texts[i], strlen(texts[i]));
		if (value)
			print_message("read: %s\n", texts[i]);
		assert_null(value);
		assert_true(PyErr_ExceptionMatches(PyExc_ValueError));
		PyErr_Clear();
	}
}

/* The value is written as json.dumps() writes it, and read back. */
static void check_dump(PyObject *value)
{
	struct buffer out = BUFFER_INIT;
	struct convert_error error;
	int r = convert_dump(value, 64, &out, &error);
	if (r < 0)
		print_message("not written: %s\n", error.text);
	assert_int_equal(r, 0);
	PyObject *expected = call("dumps", value, NULL);
	PyObject *bytes = PyUnicode_AsUTF8String(expected);
	assert_non_null(bytes);
	PyObject *ours = PyBytes_FromStringAndSize(buffer_begin(&out), (Py_ssize_t)buffer_length(&out));
	if (PyObject_RichCompareBool(ours, bytes, Py_EQ) != 1) {
		PyObject_Print(ours, stderr, 0);
		PyObject_Print(bytes, stderr, 0);
		fail();
	}
	check_load(buffer_begin(&out), buffer_length(&out));
	Py_DECREF(ours);
	Py_DECREF(bytes);
	Py_DECREF(expected);
	buffer_free(&out);
}

static void dumps_like_json(void **state)
{
	(void)state;
	static const char *const expressions[] = {
		"None",
		"True",
		"[False]",
		"0",
		"-1",
		"2**63-1",
		"-2**63",
		"2**63",
		"10**100",
		"-10**100",
		"0.1",
		"1e16",
		"1e22",
		"-0.0",
		"5e-324",
		"1.0",
		"123456789.123",
		"''",
		"'a\"\\\\/\\b\\f\\n\\r\\t\\x00\\x1f\\x7f'",
		"''.join(map(chr, range(256)))",
		"'é€😀'",
		"'é\\x00\"'",
		"'\\ud800x'",
		"'é\\udfff'",
		"'x' * 1000 + 'é' * 1000",
		"()",
		"(1, [2, (3,)])",
		"{}",
		"{'a': {'b': []}, 1: 2, 1.5: 3, None: 4, True: 5, -10**30: 6}",
		"Int(5)",
		"Int(10**30)",
		"Float(1.5)",
		"Str('x')",
		"[Color.RED]",
		"{Color.RED: Level.LOW}",
		"{Level.LOW: 1, Int(7): 2, Float(0.5): 3}",
		"Pair(1, 2)",
		"collections.OrderedDict(b=1, a=2)",
		"collections.Counter('aab')",
		"Reversed(a=1, b=2)",
		"nested(64)",
	};
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		PyObject *value = eval(expressions[i]);
		check_dump(value);
		Py_DECREF(value);
	}
}

/* What JSON has no type for. */
static void converts_other_types(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *text;
	} examples[] = {
		{ "datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.timezone.utc)",
		  "\"2020-01-02T03:04:05.000006+00:00\"" },
		{ "[datetime.date(2020, 1, 2), datetime.time(3, 4)]", "[\"2020-01-02\",\"03:04:00\"]" },
		{ "decimal.Decimal('1.10')", "\"1.10\"" },
		{ "uuid.UUID(int=5)", "\"00000000-0000-0000-0000-000000000005\"" },
		{ "[b'', b'\\x00\\xff', bytearray(b'abc')]", "[\"\",\"AP8=\",\"YWJj\"]" },
		{ "{3, 1, 2}", "[1,2,3]" },
		{ "[frozenset({'b', 'a'}), {None}, set()]", "[[\"a\",\"b\"],[null],[]]" },
		{ "Record(1, (datetime.date(2020, 1, 2), Record('x', None)))",
		  "{\"a\":1,\"b\":[\"2020-01-02\",{\"a\":\"x\",\"b\":null}]}" },
		{ "Plain.ONE", "[1,\"x\"]" },
		{ "array.array('d', [1, 2.5])", "[1.0,2.5]" },
		{ "{uuid.UUID(int=5): 1, datetime.date(2020, 1, 2): 2, Named.N: 3}",
		  "{\"00000000-0000-0000-0000-000000000005\":1,\"2020-01-02\":2,\"n\":3}" },
	};
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		PyObject *value = eval(examples[i].expression);
		struct buffer out = BUFFER_INIT;
		struct convert_error error;
		if (convert_dump(value, 64, &out, &error) < 0)
			fail_msg("%s: %s", examples[i].expression, error.text);
		buffer_append_char(&out, '\0');
		assert_string_equal(buffer_begin(&out), examples[i].text);
		buffer_free(&out);
		Py_DECREF(value);
	}
}

static void random_values(void **state)
{
	(void)state;
	PyObject *rng = eval("random.Random(20230304)");
	for (int i = 0; i < 3000; i++) {
		PyObject *value = call("value", rng, NULL);
		check_dump(value);
		Py_DECREF(value);
	}
	Py_DECREF(rng);
}

static void errors_name_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *error;
	} examples[] = {
		{ "{1j}", "result[0] is of type complex, which JSON cannot express" },
		{ "{'items': [0, 1, 2, {'when': datetime.timedelta(1)}]}",
		  "result.items[3].when is of type datetime.timedelta, which JSON cannot express" },
		{ "[Record(1, [2j])]", "result[0].b[0] is of type complex, which JSON cannot express" },
		{ "self_referring()", "result.a.a.a is deeper than 64 lists and dicts inside each other" },
		{ "Point()", "result is of type values.Point, which JSON cannot express" },
		{ "{'a b': {1: {None: 1j}}}", "result['a b'][1][None] is of type complex, which JSON cannot express" },
		{ "{'é': {'\\ud800': 1j}}", "result.é['\\ud800'] is of type complex, which JSON cannot express" },
		{ "[float('nan')]", "result[0] is nan, which JSON cannot express" },
		{ "{'x': -1e999}", "result.x is an infinity, which JSON cannot express" },
		{ "{'x': {(1, 2): 3}}", "result.x has a key of type tuple, which JSON cannot express" },
		{ "{float('inf'): 1}", "result[inf] is an infinity, which JSON cannot express" },
		{ "loop", "result[1] contains itself" },
		{ "far_loop", "result.a.b.c contains itself" },
		{ "nested(65)", "result[0][0][0] is deeper than 64 lists and dicts inside each other" },
		{ "{'a': Raising()}", "result.a cannot be written as JSON: OSError: out of items" },
		{ "Odd()", "result has an items() that does not give pairs" },
		{ "[10**5000]",
		  "result[0] cannot be written as JSON: ValueError: Exceeds the limit (4300 digits) for integer "
		  "string conversion; use sys.set_int_max_str_digits() to increase the limit" },
	};
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		PyObject *value = eval(examples[i].expression);
		struct buffer out = BUFFER_INIT;
		struct convert_error error;
		assert_int_equal(convert_dump(value, 64, &out, &error), -1);
		assert_string_equal(error.text, examples[i].error);
		assert_null(PyErr_Occurred());
		buffer_free(&out);
		Py_DECREF(value);
	}
}

int main(void)
{
	embed_start();
	globals = embed_module("values", source);
	if (convert_init() < 0) {
		PyErr_Print();
		return 99;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_like_json),       cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(dumps_like_json),       cmocka_unit_test(random_values),
		cmocka_unit_test(errors_name_the_place), cmocka_unit_test(converts_other_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
