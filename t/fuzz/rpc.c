/* rpc.c - any bytes as the text of a request: it is answered with nothing or with one line of JSON, whether it is
 * performed, refused or given up, and nothing is performed of a text that is no JSON. */
#include "config.h"

#include "t/unit/embed.h"

#include "t/fuzz/fuzz.h"
#include "t/fuzz/scan.h"
#include "workers/rpc.h"

enum { SIZE_MAX_HERE = 4096, DEPTH = 16, BATCH = 8, RESULT = 1000 };

static const char source[] = "performed = []\n"
			     "def echo(value): performed.append(1); return value\n"
			     "def fails(text=''): performed.append(1); raise ValueError(text)\n"
			     "def keywords(*, x, y=2): performed.append(1); return x\n"
			     "def typed(a: int, b: 'list[str]' = []): performed.append(1); return a\n"
			     "def anything(*args, **keywords): performed.append(1); return [args, keywords]\n";

static struct rpc *rpc;
static PyObject *performed;
static const char *asked;
static size_t asked_size;

static void check(bool fine, const char *what, const struct buffer *out)
{
	if (fine)
		return;
	(void)fprintf(stderr, "rpc: %s\nasked: %.*s\nanswered: %.*s\n", what, (int)asked_size, asked,
		      (int)buffer_length(out), buffer_begin(out));
	abort();
}

static void start(void)
{
	if (rpc)
		return;
	embed_start();
	PyObject *globals = embed_module("fuzz", source), *methods = embed_methods(globals, "fuzz");
	struct rpc_options options = {
		.check_types = true, .max_depth = DEPTH, .max_batch = BATCH, .max_result = RESULT
	};
	struct cause cause = CAUSE_INIT;
	performed = PyDict_GetItemString(globals, "performed");
	if (rpc_new(methods, &options, &rpc, &cause) < 0) {
		(void)fprintf(stderr, "%s\n", cause.text);
		exit(99);
	}
	Py_DECREF(methods);
}

/* One JSON text in UTF-8, and *ret_deep if it would be but for its depth. */
static bool is_json(const char *text, size_t n, uint32_t depth, bool *ret_deep)
{
	size_t used;
	bool found = scan_finds_text(text, n, depth, &used, ret_deep);
	for (; used < n; used++)
		if (!strchr(" \t\r\n", text[used]) || text[used] == '\0')
			return false;
	PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)n, NULL);
	PyErr_Clear();
	Py_XDECREF(str);
	return found && str;
}

static void check_answer(struct buffer *out, bool is_text, bool is_deep)
{
	size_t n = buffer_length(out);
	bool deep;
	check(!PyErr_Occurred(), "an exception is left", out);
	check(!out->failed, "no memory", out);
	/* A result of the deepest kind stands in an answer, which may stand in a batch. */
	check(n == 0 || is_json(buffer_begin(out), n, DEPTH + 8, &deep), "the answer is no JSON", out);
	check(n == 0 || !memchr(buffer_begin(out), '\n', n), "the answer has more than one line", out);
	const char *code = is_deep ? "\"code\":-32600" : "\"code\":-32700";
	check(is_text || memmem(buffer_begin(out), n, code, strlen(code)), "no JSON, but no error either", out);
	buffer_truncate(out, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct rpc_refusal refusal = { .code = RPC_OVERLOADED, .detail = "no" };
	struct buffer out = BUFFER_INIT;
	struct rpc_outcome outcome;
	const char *text = (const char *)bytes;
	bool is_deep;
	if (size > SIZE_MAX_HERE)
		return 0;
	start();
	asked = text;
	asked_size = size;
	bool is_text = is_json(text, size, DEPTH, &is_deep);
	rpc_handle(rpc, text, size, &out, &outcome);
	check(is_text || PyList_GET_SIZE(performed) == 0, "something is performed of what is no JSON", &out);
	check(outcome.requests >= 1 && outcome.errors <= outcome.requests, "the requests are miscounted", &out);
	check(PyList_GET_SIZE(performed) <= (Py_ssize_t)outcome.requests, "calls that are no requests", &out);
	check_answer(&out, is_text, is_deep);
	(void)PyList_SetSlice(performed, 0, PY_SSIZE_T_MAX, NULL);
	rpc_refuse(rpc, text, size, &refusal, &out, &outcome);
	check(PyList_GET_SIZE(performed) == 0, "a refused request is performed", &out);
	check_answer(&out, is_text, is_deep);
	if (is_text) {
		rpc_abandon(rpc, text, size, &refusal, &out, &outcome);
		check_answer(&out, true, false);
	}
	/* Nothing is known of the text here, so nothing is said of it. */
	rpc_refuse_blind(text, size, &refusal, &out);
	check_answer(&out, true, false);
	buffer_free(&out);
	return 0;
}
