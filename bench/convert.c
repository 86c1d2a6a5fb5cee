/* convert.c - JSON text to Python objects and back: what a worker does against json.loads() and json.dumps().
 *
 *     build/bench/convert [ROUNDS]
 *
 * Everything is measured in this process, interleaved, each row the median of its rounds.  "request": a whole call of a
 * method that gives back its argument, from the text to the text, against json.loads() of the same text, the same call,
 * and json.dumps() of the answer as a server written in Python would do it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "workers/convert.h"
#include "workers/rpc.h"

static const char source[] =
	"import json, random\n"
	"rng = random.Random(1)\n"
	"def echo(value): return value\n"
	"def fill(make):\n"
	"    values = []\n"
	"    size = 2\n"
	"    while size < 100_000:\n"
	"        values.append(make())\n"
	"        size += len(json.dumps(values[-1])) + 2\n"
	"    return values\n"
	"cases = {\n"
	"    'floats, 17 digits': fill(rng.random),\n"
	"    'floats, 2 decimals': fill(lambda: round(rng.uniform(-1000, 1000), 2)),\n"
	"    'integers': fill(lambda: rng.randrange(10**6)),\n"
	"    'records': fill(lambda: {'id': rng.randrange(10**9), 'name': 'name %d' % rng.randrange(1000), 'ok': "
	"True,\n"
	"                             'tags': ['a', 'bc'], 'x': rng.random()}),\n"
	"    'text': fill(lambda: 'The quick brown fox jumps over the lazy dog. ' * 3),\n"
	"    'text, not ASCII': fill(lambda: 'Der schnelle Fuchs springt über den trägen Hund. ' * 3),\n"
	"}\n"
	"def request_text(value):\n"
	"    return json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'echo', 'params': [value]}, "
	"ensure_ascii=False).encode()\n"
	"def dumps(value): return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()\n"
	"methods = {'echo': echo}\n"
	"def serve(text):\n"
	"    request = json.loads(text)\n"
	"    result = methods[request['method']](*request['params'])\n"
	"    return dumps({'jsonrpc': '2.0', 'result': result, 'id': request['id']})\n";

static PyObject *globals;
static struct rpc *rpc;

static uint64_t now_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What is timed: with a bytes object (the text) or with the value. */
struct contender {
	const char *name;
	PyObject *(*run)(PyObject *argument);
};

static PyObject *call(const char *function, PyObject *argument)
{
	return PyObject_CallOneArg(PyDict_GetItemString(globals, function), argument);
}

static PyObject *json_loads(PyObject *bytes)
{
	PyObject *json = PyDict_GetItemString(globals, "json");
	return PyObject_CallMethod(json, "loads", "O", bytes);
}

static PyObject *our_load(PyObject *bytes)
{
	return convert_load(PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
}

static PyObject *json_dumps(PyObject *value)
{
	return call("dumps", value);
}

static PyObject *our_dump(PyObject *value)
{
	struct buffer out = BUFFER_INIT;
	struct convert_error error;
	int r = convert_dump(value, 256, &out, &error);
	buffer_free(&out);
	return r < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *json_serve(PyObject *bytes)
{
	return call("serve", bytes);
}

static PyObject *our_serve(PyObject *bytes)
{
	struct buffer out = BUFFER_INIT;
	struct rpc_outcome outcome;
	rpc_handle(rpc, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes), &out, &outcome);
	buffer_free(&out);
	return outcome.errors ? NULL : Py_NewRef(Py_None);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void time_once(PyObject *(*run)(PyObject *), PyObject *argument, uint64_t *ret_ns)
{
	uint64_t start = now_ns();
	PyObject *result = run(argument);
	*ret_ns = now_ns() - start;
	if (!result) {
		PyErr_Print();
		exit(1);
	}
	Py_DECREF(result);
}

static void row(const char *name, const char *what, PyObject *(*json)(PyObject *), PyObject *(*ours)(PyObject *),
		PyObject *argument, int rounds)
{
	uint64_t *times = calloc((size_t)rounds * 2, sizeof(*times));
	for (int i = 0; times && i < rounds; i++) {
		time_once(json, argument, &times[i]);
		time_once(ours, argument, &times[rounds + i]);
	}
	if (!times)
		exit(1);
	qsort(times, (size_t)rounds, sizeof(*times), compare);
	qsort(times + rounds, (size_t)rounds, sizeof(*times), compare);
	double theirs = (double)times[rounds / 2] / 1e3, mine = (double)times[rounds + rounds / 2] / 1e3;
	printf("%-20s %-8s %10.1f %10.1f %8.2f\n", name, what, theirs, mine, theirs / mine);
	free(times);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 201;
	Py_InitializeEx(0);
	PyObject *module = PyImport_AddModule("__main__");
	globals = PyModule_GetDict(module);
	PyObject *ran = PyRun_String(source, Py_file_input, globals, globals);
	struct cause cause = CAUSE_INIT;
	if (!ran || convert_init() < 0 ||
	    rpc_new(PyDict_GetItemString(globals, "methods"), &(struct rpc_options){ .max_depth = 0 }, &rpc, &cause) <
		    0) {
		PyErr_Print();
		return 1;
	}
	Py_DECREF(ran);
	printf("100 kB of           way      python's json   ours, us   ratio\n");
	Py_ssize_t at = 0;
	PyObject *name, *value;
	while (PyDict_Next(PyDict_GetItemString(globals, "cases"), &at, &name, &value)) {
		PyObject *text = call("dumps", value), *request = call("request_text", value);
		row(PyUnicode_AsUTF8(name), "read", json_loads, our_load, text, rounds);
		row(PyUnicode_AsUTF8(name), "write", json_dumps, our_dump, value, rounds);
		row(PyUnicode_AsUTF8(name), "request", json_serve, our_serve, request, rounds);
		Py_DECREF(text);
		Py_DECREF(request);
	}
	rpc_free(rpc);
	return 0;
}
