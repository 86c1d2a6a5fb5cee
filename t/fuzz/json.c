/* json.c - any bytes as a JSON value: what the scanner takes, Python's parser takes and the other way round; the value
 * is that of json.loads(), and what is written of it reads back as the same. */
#include "config.h"

#include "t/unit/embed.h"

#include "t/fuzz/fuzz.h"
#include "t/fuzz/scan.h"
#include "workers/convert.h"

enum { SIZE_MAX_HERE = 4096, DEPTH = 256 };

static const char source[] =
	"import json, struct\n"
	"def refuse(name): raise ValueError(name)\n"
	"def loads(text): return json.loads(text, parse_constant=refuse)\n"
	"def same(a, b):\n"
	"    if type(a) is not type(b): return False\n"
	"    if type(a) is float: return struct.pack('d', a) == struct.pack('d', b)\n"
	"    if type(a) is dict: return list(a) == list(b) and all(same(a[k], b[k]) for k in a)\n"
	"    if type(a) is list: return len(a) == len(b) and all(map(same, a, b))\n"
	"    return a == b\n"
	"def infinite(a):\n"
	"    if type(a) is float: return a - a != 0\n"
	"    return type(a) in (list, dict) and any(map(infinite, a.values() if type(a) is dict else a))\n";

static PyObject *globals;

static void check(bool fine, const char *what)
{
	if (fine)
		return;
	(void)fprintf(stderr, "json: %s\n", what);
	if (PyErr_Occurred())
		PyErr_Print();
	abort();
}

static void start(void)
{
	if (globals)
		return;
	embed_start();
	globals = embed_module("fuzz", source);
	check(convert_init() == 0, "convert_init() failed");
}

static bool is_true(const char *function, PyObject *a, PyObject *b)
{
	PyObject *result = PyObject_CallFunctionObjArgs(PyDict_GetItemString(globals, function), a, b, NULL);
	check(result != NULL, function);
	bool is = result == Py_True;
	Py_DECREF(result);
	return is;
}

/* What json.loads() makes of UTF-8 text, NULL without an exception if it is none. */
static PyObject *loads(const char *text, size_t n)
{
	PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)n, NULL);
	PyObject *value = str ? PyObject_CallOneArg(PyDict_GetItemString(globals, "loads"), str) : NULL;
	PyErr_Clear();
	Py_XDECREF(str);
	return value;
}

static bool scan_takes(const char *text, size_t n, bool *ret_deep)
{
	size_t used;
	return scan_finds_text(text, n, DEPTH, &used, ret_deep) && used == n;
}

static void check_dump(PyObject *value)
{
	struct buffer out = BUFFER_INIT;
	struct convert_error error;
	bool deep;
	if (convert_dump(value, DEPTH, &out, &error) < 0) {
		check(is_true("infinite", value, NULL), error.text);
	} else {
		check(!memchr(buffer_begin(&out), '\n', buffer_length(&out)), "a newline is written");
		check(scan_takes(buffer_begin(&out), buffer_length(&out), &deep), "what is written is no JSON");
		PyObject *again = loads(buffer_begin(&out), buffer_length(&out));
		check(again && is_true("same", value, again), "what is written reads back as something else");
		Py_DECREF(again);
	}
	check(!PyErr_Occurred(), "convert_dump() leaves an exception");
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	bool deep;
	if (size == 0 || size > SIZE_MAX_HERE || strchr(" \t\r\n", text[0]) || strchr(" \t\r\n", text[size - 1]))
		return 0;
	start();
	bool taken = scan_takes(text, size, &deep);
	if (deep)
		return 0;
	PyObject *value = convert_load(text, size);
	bool is_utf8 = value || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError);
	PyErr_Clear();
	check(taken == (value != NULL) || !is_utf8,
	      taken ? "the scanner takes what Python does not" : "Python takes what the scanner does not");
	PyObject *theirs = loads(text, size);
	check((theirs != NULL) == (value != NULL), "json.loads() is of another opinion");
	if (value) {
		check(is_true("same", value, theirs), "json.loads() reads another value");
		check_dump(value);
	}
	Py_XDECREF(theirs);
	Py_XDECREF(value);
	return 0;
}
