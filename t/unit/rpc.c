/* Requests and what is answered, in full. */
#include "config.h"

#include "t/unit/embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/rpc.h"

static struct rpc *rpc;
static PyObject *globals;

static const char source[] = "import functools\n"
			     /* those of the specification */
			     "def subtract(minuend, subtrahend): return minuend - subtrahend\n"
			     "def sum(*numbers): return globals()['__builtins__']['sum'](numbers)\n"
			     "def update(*numbers): pass\n"
			     "def notify_hello(n): seen.append(n)\n"
			     "def notify_sum(*numbers): pass\n"
			     "def get_data(): return ['hello', 5]\n"
			     /* more */
			     "seen = []\n"
			     "def echo(value): return value\n"
			     "def nothing(): pass\n"
			     "def parameters(a, /, b, c=3, *, d, e=5): return [a, b, c, d, e]\n"
			     "def optional(a=1, b=2): return [a, b]\n"
			     "def anything(*args, **keywords): return [list(args), keywords]\n"
			     "def keywords(*, x): return x\n"
			     "def positional(a, /, **rest): return [a, rest]\n"
			     "def fails(text): raise ValueError(text)\n"
			     "def fails_quietly(): raise KeyError\n"
			     "def type_error(): return subtract(1)\n"
			     "def exits(): raise SystemExit(3)\n"
			     "def interrupts(): raise KeyboardInterrupt\n"
			     "class Outer:\n"
			     "    class Odd(Exception):\n"
			     "        def __str__(self): raise RuntimeError\n"
			     "def odd(): raise Outer.Odd\n"
			     "def recurses(): return recurses()\n"
			     "def unwritable(): return {'items': [{'when': 1j}]}\n"
			     "def partly_written(): return ['x' * 100000, object()]\n"
			     "def größe(länge): return länge\n"
			     "def gives_generator(): yield 1\n"
			     "def quotes(): return 'a\"\\n\\ud800é'\n"
			     "@functools.lru_cache\n"
			     "def cached(a): return a\n"
			     "def _decorated(f):\n"
			     "    @functools.wraps(f)\n"
			     "    def wrapper(*args): return f(7, *args)\n"
			     "    return wrapper\n"
			     "@_decorated\n"
			     "def injected(first, second): return [first, second]\n"
			     "class Pair:\n"
			     "    def __init__(self, a, b=2): self.a = a\n"
			     "    def method(self, x): return [self.a, x]\n"
			     "bound = Pair(1).method\n"
			     "partial = functools.partial(subtract, 10)\n"
			     "partial.__module__ = 'methods'\n"
			     "def arguments_in_gc(n):\n"
			     "    import gc\n"
			     "    return len([o for o in gc.get_objects() if type(o) is list and o == [n]])\n";

static char *handle(struct rpc *server, const char *text, size_t n, struct rpc_outcome *outcome)
{
	struct buffer out = BUFFER_INIT;
	/* A copy of exactly its size, so that a sanitizer sees reads beyond it. */
	char *copy = malloc(n ? n : 1);
	memcpy(copy, text, n);
	buffer_append_literal(&out, "before");
	rpc_handle(server, copy, n, &out, outcome);
	free(copy);
	assert_null(PyErr_Occurred());
	assert_false(out.failed);
	buffer_append_char(&out, '\0');
	assert_memory_equal(buffer_begin(&out), "before", 6);
	char *answer = strdup(buffer_begin(&out) + 6);
	buffer_free(&out);
	return answer;
}

struct example {
	const char *text, *answer;
	uint64_t requests, errors; /* 0: one request, and an error if the answer is one */
};

static void check(const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct example *example = &examples[i];
		struct rpc_outcome outcome;
		char *answer = handle(rpc, example->text, strlen(example->text), &outcome);
		if (strcmp(answer, example->answer) != 0)
			print_message("asked: %s\n", example->text);
		assert_string_equal(answer, example->answer);
		assert_int_equal(outcome.requests, example->requests ? example->requests : 1);
		if (example->requests > 0)
			assert_int_equal(outcome.errors, example->errors);
		else if (example->answer[0] != '\0')
			assert_int_equal(outcome.errors, strstr(example->answer, "\"error\":") != NULL);
		free(answer);
	}
}
#define CHECK(examples) check(examples, sizeof(examples) / sizeof((examples)[0]))

#define RESULT(result, id) "{\"jsonrpc\":\"2.0\",\"result\":" result ",\"id\":" id "}"
#define ERROR(code, message, data, id)                                                                                \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" code ",\"message\":\"" message "\",\"data\":" data "},\"id\":" id \
	"}"
#define PARSE_ERROR(data)     ERROR("-32700", "Parse error", "\"" data "\"", "null")
#define INVALID_REQUEST(data) ERROR("-32600", "Invalid Request", "\"" data "\"", "null")
#define INVALID_PARAMS(data)  ERROR("-32602", "Invalid params", data, "1")
#define CALL(method, params)  "{\"jsonrpc\": \"2.0\", \"method\": \"" method "\", \"params\": " params ", \"id\": 1}"

/* https://www.jsonrpc.org/specification#examples, in its order. */
static void specification(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42, 23], \"id\": 1}",
		  RESULT("19", "1"), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [23, 42], \"id\": 2}",
		  RESULT("-19", "2"), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"subtrahend\": 23, \"minuend\": 42}, "
		  "\"id\": 3}",
		  RESULT("19", "3"), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"minuend\": 42, \"subtrahend\": 23}, "
		  "\"id\": 4}",
		  RESULT("19", "4"), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"update\", \"params\": [1,2,3,4,5]}", "", 1, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", "", 1, 1 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": \"1\"}",
		  ERROR("-32601", "Method not found", "\"no method foobar\"", "\"1\""), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
		  PARSE_ERROR("expected ',' or '}' at byte 39, found 'p'"), 0, 0 },
		{ "{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}",
		  INVALID_REQUEST("the member method must be a string"), 0, 0 },
		{ "[\n  {\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\"\n]",
		  PARSE_ERROR("expected ':' at byte 101, found ']'"), 0, 0 },
		{ "[]", INVALID_REQUEST("an empty batch"), 0, 0 },
		{ "[1]", "[" INVALID_REQUEST("the request is not an object") "]", 0, 0 },
		{ "[1,2,3]",
		  "[" INVALID_REQUEST("the request is not an object") "," INVALID_REQUEST(
			  "the request is not an object") "," INVALID_REQUEST("the request is not an object") "]",
		  3, 3 },
		{ "[\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42,23], \"id\": \"2\"},\n"
		  "  {\"foo\": \"boo\"},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"foo.get\", \"params\": {\"name\": \"myself\"}, \"id\": "
		  "\"5\"},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"get_data\", \"id\": \"9\"}\n"
		  "]",
		  "[" RESULT("7", "\"1\"") "," RESULT("19", "\"2\"") "," INVALID_REQUEST(
			  "the member jsonrpc is "
			  "missing, it must be "
			  "\\\"2.0\\\"") "," ERROR("-32601", "Method not found", "\"no method foo.get\"",
						   "\"5\"") "," RESULT("[\"hello\",5]", "\"9\"") "]",
		  6, 2 },
		{ "[\n  {\"jsonrpc\": \"2.0\", \"method\": \"notify_sum\", \"params\": [1,2,4]},\n"
		  "  {\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]}\n]",
		  "", 2, 0 },
	};
	CHECK(examples);
	PyObject *seen = PyDict_GetItemString(globals, "seen");
	assert_int_equal(PyList_GET_SIZE(seen), 2); /* both notifications were carried out */
}

static void ids_come_back_verbatim(void **state)
{
	(void)state;
	static const char *const good[] = { "0",
					    "-0",
					    "1",
					    "123456789012345678901234567890",
					    "-9223372036854775809",
					    "1.50",
					    "1e2",
					    "-1E-7",
					    "null",
					    "\"\"",
					    "\"a\\u00e9\\n\\\"\"",
					    "\"\\ud800\"",
					    "\"\xc3\xa9\xf0\x9f\x98\x80\"",
					    "\"\x7f\"",
					    "18446744073709551616" };
	static const char *const bad[] = { "true", "false", "[]", "{}", "[1]", "{\"a\":1}" };
	char request[200], answer[400];
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(request, sizeof(request), "{\"id\":%s,\"method\":\"nothing\",\"jsonrpc\":\"2.0\"}",
			       good[i]);
		(void)snprintf(answer, sizeof(answer), RESULT("null", "%s"), good[i]);
		check(&(struct example){ .text = request, .answer = answer }, 1);
		/* also with spaces around it, in a batch */
		(void)snprintf(request, sizeof(request),
			       " [ { \"id\" : %s , \"method\" : \"nothing\" , \"jsonrpc\" : \"2.0\" } ] ", good[i]);
		(void)snprintf(answer, sizeof(answer), "[" RESULT("null", "%s") "]", good[i]);
		check(&(struct example){ .text = request, .answer = answer }, 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(request, sizeof(request), "{\"id\":%s,\"method\":\"nothing\",\"jsonrpc\":\"2.0\"}",
			       bad[i]);
		check(&(struct example){ .text = request,
					 .answer =
						 INVALID_REQUEST("the member id must be a string, a number or null") },
		      1);
	}
}

static void forms(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{ "", PARSE_ERROR("expected a JSON text at byte 0, found the end"), 0, 0 },
		{ "  ", PARSE_ERROR("expected a JSON text at byte 2, found the end"), 0, 0 },
		{ "1", INVALID_REQUEST("the request is not an object"), 0, 0 },
		{ "\"rpc.ping\"", INVALID_REQUEST("the request is not an object"), 0, 0 },
		{ "{}", INVALID_REQUEST("the member jsonrpc is missing, it must be \\\"2.0\\\""), 0, 0 },
		{ "{} {}", PARSE_ERROR("more than one JSON text in one request, the second at byte 2"), 0, 0 },
		{ "{\"jsonrpc\":\"1.0\",\"method\":\"nothing\",\"id\":1}",
		  ERROR("-32600", "Invalid Request", "\"the member jsonrpc must be \\\"2.0\\\"\"", "1"), 0, 0 },
		{ "{\"jsonrpc\":2.0,\"method\":\"nothing\",\"id\":1}",
		  ERROR("-32600", "Invalid Request", "\"the member jsonrpc must be \\\"2.0\\\"\"", "1"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1}",
		  ERROR("-32600", "Invalid Request", "\"the member method is missing\"", "1"), 0, 0 },
		{ CALL("nothing", "1"),
		  ERROR("-32600", "Invalid Request", "\"params is neither an array nor an object\"", "1"), 0, 0 },
		{ CALL("nothing", "null"),
		  ERROR("-32600", "Invalid Request", "\"params is neither an array nor an object\"", "1"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"params\":3}",
		  INVALID_REQUEST("params is neither an array nor an object"), 0, 0 },
		/* escapes in names and values, members that mean nothing, repeated ones */
		{ "{\"jsonrpc\":\"\\u0032.0\",\"method\":\"\\u006eothing\",\"id\":1}", RESULT("null", "1"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"gr\xc3\xb6\xc3\x9f"
		  "e\",\"params\":{\"l\\u00e4nge\":3},\"id\":1}",
		  RESULT("3", "1"), 0, 0 },
		{ "{\"x\":[{}],\"jsonrpc\":\"2.0\",\"y\":true,\"method\":\"fails\",\"id\":0,\"method\":\"nothing\","
		  "\"id\":1}",
		  RESULT("null", "1"), 0, 0 },
		{ "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"id\":1}",
		  RESULT("null", "1"), 0, 0 },
		{ "{\"\\u006Asonrpc\":\"2.0\",\"m\\u0065thod\":\"echo\",\"p\\u0061rams\":[1],\"\\u0069\\u0064\":1}",
		  RESULT("1", "1"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"\\u0169d\":1,\"\\u0022id\":2,\"timeout_m\\u0073x\":3}",
		  "", 1, 0 },
		/* what is no JSON is a parse error whatever else it is, and nothing is called */
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"x\":tru,\"id\":1}",
		  PARSE_ERROR("expected true, false or null at byte 43, found ','"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"x\":1,\"y\":2,\"z\":3,\"id\":1,\"v\":.5}",
		  PARSE_ERROR("expected a value at byte 65, found '.'"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"id\":\"\\o\",\"id\":1}",
		  PARSE_ERROR("expected one of \\\"\\\\/bfnrtu after the backslash at byte 43, found 'o'"), 0, 0 },
		{ CALL("echo", "[1,]"), PARSE_ERROR("expected a value at byte 50, found ']'"), 0, 0 },
		{ CALL("echo", "[NaN]"), PARSE_ERROR("expected a value or ']' at byte 48, found 'N'"), 0, 0 },
		{ CALL("echo", "[-Infinity]"), PARSE_ERROR("expected a digit after '-' at byte 49, found 'I'"), 0, 0 },
		{ CALL("echo", "{\"value\":1]"), PARSE_ERROR("expected ',' or '}' at byte 57, found ']'"), 0, 0 },
		{ CALL("echo", "[\"\xff\"]"), PARSE_ERROR("not UTF-8 at byte 49"), 0, 0 },
		{ CALL("\xc3", "[]"), PARSE_ERROR("not UTF-8 at byte 30"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"id\":\"\xff\"}", PARSE_ERROR("not UTF-8 at byte 42"),
		  0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"id\":01}",
		  PARSE_ERROR("expected '.', 'e' or the end of the number after its leading 0 at byte 42, found '1'"),
		  0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"foobar\",\"params\":[nul]}",
		  PARSE_ERROR("expected true, false or null at byte 48, found ']'"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"foo\\u00e9\\\"\",\"id\":1}",
		  ERROR("-32601", "Method not found", "\"no method foo\\u00e9\\\"\"", "1"), 0, 0 },
		{ "[{\"jsonrpc\":\"2.0\",\"method\":\"notify_hello\",\"params\":[1]},]",
		  PARSE_ERROR("expected a value at byte 56, found ']'"), 0, 0 },
	};
	CHECK(examples);
}

static void params_bind_like_a_call(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{ CALL("parameters", "[1, 2]"), INVALID_PARAMS("{\"detail\":\"missing: d\",\"missing\":[\"d\"]}"), 0,
		  0 },
		{ CALL("parameters", "{\"a\": 1, \"b\": 2, \"d\": 4}"),
		  INVALID_PARAMS("{\"detail\":\"not to be given by name: a\",\"positional_only\":[\"a\"]}"), 0, 0 },
		{ CALL("subtract", "[1]"),
		  INVALID_PARAMS("{\"detail\":\"missing: subtrahend\",\"missing\":[\"subtrahend\"]}"), 0, 0 },
		{ CALL("subtract", "[]"),
		  INVALID_PARAMS(
			  "{\"detail\":\"missing: minuend, subtrahend\",\"missing\":[\"minuend\",\"subtrahend\"]}"),
		  0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"id\":1}",
		  INVALID_PARAMS("{\"detail\":\"missing: value\",\"missing\":[\"value\"]}"), 0, 0 },
		{ CALL("subtract", "{\"minuend\": 1, \"x\\n\": 2, \"y\": 3}"),
		  INVALID_PARAMS("{\"detail\":\"missing: subtrahend; unknown: x\\n, y\",\"missing\":[\"subtrahend\"],"
				 "\"unknown\":[\"x\\n\",\"y\"]}"),
		  0, 0 },
		{ CALL("subtract", "[1, 2, 3]"),
		  INVALID_PARAMS("{\"detail\":\"too many: 3 given, at most 2 taken\",\"given\":3,\"at_most\":2}"), 0,
		  0 },
		{ CALL("nothing", "[1]"),
		  INVALID_PARAMS("{\"detail\":\"too many: 1 given, at most 0 taken\",\"given\":1,\"at_most\":0}"), 0,
		  0 },
		{ CALL("nothing", "{\"a\":1}"), INVALID_PARAMS("{\"detail\":\"unknown: a\",\"unknown\":[\"a\"]}"), 0,
		  0 },
		{ CALL("keywords", "[1]"),
		  INVALID_PARAMS("{\"detail\":\"missing: x; too many: 1 given, at most 0 taken\",\"missing\":[\"x\"],"
				 "\"given\":1,\"at_most\":0}"),
		  0, 0 },
		{ CALL("subtract", "{\"minuend\": 1, \"subtrahend\": 2, \"\\u006dinuend\": 3, \"minuend\" : [4]}"),
		  INVALID_PARAMS("{\"detail\":\"given more than once: minuend\",\"doubled\":[\"minuend\"]}"), 0, 0 },
		{ CALL("echo", "[{\"a\":1,\"a\":2}]"), RESULT("{\"a\":2}", "1"), 0, 0 },
		{ CALL("keywords", "{\"x\": 1}"), RESULT("1", "1"), 0, 0 },
		{ CALL("optional", "[]"), RESULT("[1,2]", "1"), 0, 0 },
		{ CALL("optional", "{ }"), RESULT("[1,2]", "1"), 0, 0 },
		{ CALL("optional", "[ ]"), RESULT("[1,2]", "1"), 0, 0 },
		{ CALL("optional", "[5]"), RESULT("[5,2]", "1"), 0, 0 },
		{ CALL("optional", "{\"b\": 5}"), RESULT("[1,5]", "1"), 0, 0 },
		{ CALL("anything", "[1, [2]]"), RESULT("[[1,[2]],{}]", "1"), 0, 0 },
		{ CALL("anything", "{\"a\": 1, \"b c\": [2]}"), RESULT("[[],{\"a\":1,\"b c\":[2]}]", "1"), 0, 0 },
		{ CALL("positional", "[1]"), RESULT("[1,{}]", "1"), 0, 0 },
		{ CALL("positional", "{\"a\": 1}"), INVALID_PARAMS("{\"detail\":\"missing: a\",\"missing\":[\"a\"]}"),
		  0, 0 },
		{ CALL("cached", "{\"a\": 1}"), RESULT("1", "1"), 0, 0 },
		{ CALL("cached", "[]"), INVALID_PARAMS("{\"detail\":\"missing: a\",\"missing\":[\"a\"]}"), 0, 0 },
		{ CALL("injected", "[8]"), RESULT("[7,8]", "1"), 0, 0 },
		{ CALL("bound", "[3]"), RESULT("[1,3]", "1"), 0, 0 },
		{ CALL("bound", "{\"self\": 3, \"x\": 1}"),
		  INVALID_PARAMS("{\"detail\":\"unknown: self\",\"unknown\":[\"self\"]}"), 0, 0 },
		{ CALL("partial", "[4]"), RESULT("6", "1"), 0, 0 },
		{ CALL("partial", "[4, 5]"),
		  INVALID_PARAMS("{\"detail\":\"too many: 2 given, at most 1 taken\",\"given\":2,\"at_most\":1}"), 0,
		  0 },
		{ CALL("Pair", "[]"), INVALID_PARAMS("{\"detail\":\"missing: a\",\"missing\":[\"a\"]}"), 0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[1]}", "", 1, 1 },
		{ CALL("arguments_in_gc", "[987654]"), RESULT("0", "1"), 0, 0 },
	};
	CHECK(examples);
}

#define EXCEPTION(message, type, text, module) \
	ERROR("-32001", message, "{\"type\":\"" type "\",\"message\":\"" text "\",\"module\":\"" module "\"}", "1")

static void exceptions(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{ CALL("fails", "[\"a\\\"b\\u00e9\"]"),
		  EXCEPTION("ValueError: a\\\"b\xc3\xa9", "ValueError", "a\\\"b\xc3\xa9", "builtins"), 0, 0 },
		{ CALL("fails", "[\"\\ud800\"]"), EXCEPTION("ValueError: \\ud800", "ValueError", "\\ud800", "builtins"),
		  0, 0 },
		{ CALL("fails_quietly", "[]"), EXCEPTION("KeyError", "KeyError", "", "builtins"), 0, 0 },
		{ CALL("type_error", "[]"),
		  EXCEPTION("TypeError: subtract() missing 1 required positional argument: 'subtrahend'", "TypeError",
			    "subtract() missing 1 required positional argument: 'subtrahend'", "builtins"),
		  0, 0 },
		{ CALL("exits", "[]"), EXCEPTION("SystemExit: 3", "SystemExit", "3", "builtins"), 0, 0 },
		{ CALL("interrupts", "[]"), EXCEPTION("KeyboardInterrupt", "KeyboardInterrupt", "", "builtins"), 0, 0 },
		{ CALL("odd", "[]"), EXCEPTION("Outer.Odd: <str() failed>", "Outer.Odd", "<str() failed>", "methods"),
		  0, 0 },
		{ CALL("recurses", "[]"),
		  EXCEPTION("RecursionError: maximum recursion depth exceeded", "RecursionError",
			    "maximum recursion depth exceeded", "builtins"),
		  0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"fails\",\"params\":[1]}", "", 1, 1 },
	};
	CHECK(examples);
}

static void traceback_if_configured(void **state)
{
	(void)state;
	struct rpc *telling;
	struct cause cause;
	PyObject *methods = embed_methods(globals, "methods");
	assert_int_equal(rpc_new(methods, &(struct rpc_options){ .traceback = true }, &telling, &cause), 0);
	Py_DECREF(methods);
	struct rpc_outcome outcome;
	char *answer = handle(telling, CALL("fails", "[\"x\"]"), strlen(CALL("fails", "[\"x\"]")), &outcome);
	assert_string_equal(answer,
			    ERROR("-32001", "ValueError: x",
				  "{\"type\":\"ValueError\",\"message\":\"x\",\"module\":\"builtins\",\"traceback\":"
				  "\"Traceback (most recent call last):\\n  File \\\"methods\\\", line 16, in "
				  "fails\\nValueError: x\\n\"}",
				  "1"));
	free(answer);
	rpc_free(telling);
}

static void results(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{ CALL("echo", "[123456789012345678901234567890]"), RESULT("123456789012345678901234567890", "1"), 0,
		  0 },
		{ CALL("echo", "[[-0, -0.0, 1e400]]"),
		  ERROR("-32603", "Internal error", "\"result[2] is an infinity, which JSON cannot express\"", "1"), 0,
		  0 },
		{ CALL("echo", "[\"\\u0000\\ud800\\u00e9\"]"), RESULT("\"\\u0000\\ud800\xc3\xa9\"", "1"), 0, 0 },
		{ CALL("quotes", "[]"), RESULT("\"a\\\"\\n\\ud800\xc3\xa9\"", "1"), 0, 0 },
		{ CALL("unwritable", "[]"),
		  ERROR("-32603", "Internal error",
			"\"result.items[0].when is of type complex, which JSON cannot express\"", "1"),
		  0, 0 },
		{ CALL("partly_written", "[]"),
		  ERROR("-32603", "Internal error", "\"result[1] is of type object, which JSON cannot express\"", "1"),
		  0, 0 },
		{ CALL("gives_generator", "[]"),
		  ERROR("-32603", "Internal error", "\"result is of type generator, which JSON cannot express\"", "1"),
		  0, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"unwritable\"}", "", 1, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"rpc.ping\",\"id\":1}", RESULT("\"pong\"", "1"), 0, 0 },
		{ CALL("rpc.ping", "[1]"),
		  INVALID_PARAMS("{\"detail\":\"too many: 1 given, at most 0 taken\",\"given\":1,\"at_most\":0}"), 0,
		  0 },
		{ CALL("rpc.version", "[]"),
		  RESULT("{\"preforge\":\"" PACKAGE_VERSION "\",\"jsonrpc\":\"2.0\",\"python\":\"" PY_VERSION "\"}",
			 "1"),
		  0, 0 },
		{ CALL("rpc.discover", "[1]"),
		  INVALID_PARAMS("{\"detail\":\"too many: 1 given, at most 0 taken\",\"given\":1,\"at_most\":0}"), 0,
		  0 },
		{ CALL("rpc.foo", "[]"), ERROR("-32601", "Method not found", "\"no method rpc.foo\"", "1"), 0, 0 },
	};
	CHECK(examples);
}

/* What the worker answers when nothing is called. */
static void refusals(void **state)
{
	(void)state;
	static const char call[] = CALL("notify_hello", "[1]"),
			  no_answer[] = "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}";
	static const struct {
		struct rpc_refusal refusal;
		const char *code, *message, *data;
	} examples[] = {
		{ { RPC_OVERLOADED, "busy", "\"limit\":16" },
		  "-32000",
		  "Server overloaded",
		  "{\"reason\":\"overloaded\",\"retry\":true,\"detail\":\"busy\",\"limit\":16}" },
		{ { RPC_TIMED_OUT, "late", NULL },
		  "-32002",
		  "Request timed out",
		  "{\"reason\":\"timed_out\",\"retry\":false,\"detail\":\"late\"}" },
		{ { RPC_SHUTTING_DOWN, "bye", NULL },
		  "-32003",
		  "Server shutting down",
		  "{\"reason\":\"shutting_down\",\"retry\":true,\"detail\":\"bye\"}" },
		{ { RPC_WORKER_LOST, "\"x\"", NULL },
		  "-32004",
		  "Worker lost",
		  "{\"reason\":\"worker_lost\",\"retry\":false,\"detail\":\"\\\"x\\\"\"}" },
	};
	Py_ssize_t before = PyList_GET_SIZE(PyDict_GetItemString(globals, "seen"));
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct buffer out = BUFFER_INIT;
		struct rpc_outcome outcome;
		char batch[300], expected[600];
		(void)snprintf(expected, sizeof(expected), ERROR("%s", "%s", "%s", "%s"), examples[i].code,
			       examples[i].message, examples[i].data, "1");
		rpc_refuse(rpc, call, strlen(call), &examples[i].refusal, &out, &outcome);
		assert_int_equal(buffer_length(&out), strlen(expected));
		assert_memory_equal(buffer_begin(&out), expected, strlen(expected));
		assert_int_equal(outcome.errors, 1);
		/* Notifications get no answer, and each call of a batch its own. */
		(void)snprintf(batch, sizeof(batch), "[%s,%s]", no_answer, call);
		buffer_truncate(&out, 0);
		rpc_refuse(rpc, batch, strlen(batch), &examples[i].refusal, &out, &outcome);
		assert_int_equal(buffer_length(&out), strlen(expected) + 2);
		assert_memory_equal(buffer_begin(&out) + 1, expected, strlen(expected));
		assert_int_equal(outcome.requests, 2);
		assert_int_equal(outcome.errors, 2);
		/* Without a request. */
		(void)snprintf(expected, sizeof(expected), ERROR("%s", "%s", "%s", "%s"), examples[i].code,
			       examples[i].message, examples[i].data, "null");
		buffer_truncate(&out, 0);
		rpc_append_refusal(&out, &examples[i].refusal);
		assert_int_equal(buffer_length(&out), strlen(expected));
		assert_memory_equal(buffer_begin(&out), expected, strlen(expected));
		/* What is wrong with the text is still said. */
		buffer_truncate(&out, 0);
		rpc_refuse(rpc, "{", 1, &examples[i].refusal, &out, &outcome);
		assert_memory_equal(buffer_begin(&out), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,", 40);
		buffer_free(&out);
	}
	assert_int_equal(PyList_GET_SIZE(PyDict_GetItemString(globals, "seen")), before);
}

/* A call whose text has depth levels. */
static char *nested_call(int depth)
{
	struct buffer text = BUFFER_INIT;
	buffer_append_literal(&text, "{\"jsonrpc\":\"2.0\",\"method\":\"anything\",\"id\":1,\"params\":");
	for (int i = 1; i < depth; i++)
		buffer_append_char(&text, '[');
	for (int i = 1; i < depth; i++)
		buffer_append_char(&text, ']');
	buffer_append(&text, "}", 2);
	return text.data;
}

static void depth(void **state)
{
	(void)state;
	char *good = nested_call(RPC_DEPTH_DEFAULT), *bad = nested_call(RPC_DEPTH_DEFAULT + 1),
	     *worse = nested_call(1000000);
	struct rpc_outcome outcome;
	char *answer = handle(rpc, good, strlen(good), &outcome);
	assert_int_equal(outcome.errors, 0);
	free(answer);
	check(&(struct example){ .text = bad,
				 .answer = INVALID_REQUEST(
					 "more than 256 arrays and objects inside each other at byte 308") },
	      1);
	check(&(struct example){ .text = worse,
				 .answer = INVALID_REQUEST(
					 "more than 256 arrays and objects inside each other at byte 308") },
	      1);
	free(good);
	free(bad);
	free(worse);
}

/* Python refuses to make ints of so many digits, which is no fault of the JSON. */
static void too_many_digits(void **state)
{
	(void)state;
	struct buffer text = BUFFER_INIT;
	buffer_append_literal(&text, "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"id\":1,\"params\":[");
	for (int i = 0; i < 5000; i++)
		buffer_append_char(&text, '7');
	buffer_append(&text, "]}", 3);
	check(
		&(struct example){
			.text = text.data,
			.answer = INVALID_PARAMS(
				"\"params: ValueError: Exceeds the limit (4300 digits) for integer string "
				"conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase "
				"the limit\"") },
		1);
	buffer_free(&text);
}

/* Every request with one byte cut, doubled or changed is answered somehow, and leaves nothing behind. */
static void damaged_requests(void **state)
{
	(void)state;
	static const char *const texts[] = {
		CALL("echo", "[{\"a\": [1, -2.5e3, \"\\u00e9\xc3\xa9\"]}]"),
		"[" CALL("subtract", "{\"minuend\": 1, \"subtrahend\": 2}") ", {\"x\": null}, " CALL("nothing",
												     "[]") "]",
	};
	static const char bytes[] = "{}[]\",:\\ 0e-tn\n\x80";
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		size_t n = strlen(texts[t]);
		for (size_t i = 0; i < n; i++) {
			for (size_t b = 0; b < sizeof(bytes); b++) {
				char changed[400];
				struct rpc_outcome outcome;
				memcpy(changed, texts[t], n);
				changed[i] = bytes[b];
				free(handle(rpc, changed, n, &outcome));
				assert_true(outcome.requests > 0 && outcome.errors <= outcome.requests);
			}
			struct rpc_outcome outcome;
			free(handle(rpc, texts[t], i, &outcome));
			assert_int_equal(outcome.errors, 1);
		}
	}
}

int main(void)
{
	embed_start();
	globals = embed_module("methods", source);
	PyObject *methods = embed_methods(globals, "methods");
	struct cause cause;
	PyDict_SetItemString(methods, "bound", PyDict_GetItemString(globals, "bound"));
	if (rpc_new(methods, &(struct rpc_options){ .traceback = false }, &rpc, &cause) < 0) {
		fprintf(stderr, "%s\n", cause.text);
		return 99;
	}
	Py_DECREF(methods);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specification),
		cmocka_unit_test(ids_come_back_verbatim),
		cmocka_unit_test(forms),
		cmocka_unit_test(params_bind_like_a_call),
		cmocka_unit_test(exceptions),
		cmocka_unit_test(traceback_if_configured),
		cmocka_unit_test(results),
		cmocka_unit_test(refusals),
		cmocka_unit_test(depth),
		cmocka_unit_test(too_many_digits),
		cmocka_unit_test(damaged_requests),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rpc_free(rpc);
	return failed;
}
