/* shadow.c - see shadow.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <jansson.h>
#include <marshal.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/codecache_priv.h"
#include "codecache/jit/cpython311_frame.h"
#include "codecache/loader.h"
#include "codecache/native.h"
#include "codecache/shadow.h"
#include "common/cleanup.h"

enum {
	MAX_COPIED = 4096, /* objects of a call */
	MAX_SHOWN = 200,   /* bytes of what is shown of a result */
	TIMEOUT_MS = 3000,
};

/* ---- copies ------------------------------------------------------------------- */

static bool is_scalar(PyObject *object)
{
	return object == Py_None || PyLong_CheckExact(object) || PyFloat_CheckExact(object) || PyBool_Check(object) ||
	       PyComplex_CheckExact(object) || PyUnicode_CheckExact(object) || PyBytes_CheckExact(object);
}

static PyObject *copy(PyObject *object, struct shadow_room *left);

/* What can be in a set or a key of a dict. */
static PyObject *copy_key(PyObject *object, struct shadow_room *left)
{
	return is_scalar(object) || PyTuple_CheckExact(object) || PyFrozenSet_CheckExact(object) ? copy(object, left)
												 : NULL;
}

static PyObject *copy_items(PyObject *object, struct shadow_room *left)
{
	bool is_list = PyList_CheckExact(object);
	Py_ssize_t n = Py_SIZE(object);
	PyObject *to = (size_t)n > left->objects ? NULL : is_list ? PyList_New(n) : PyTuple_New(n);
	for (Py_ssize_t i = 0; to && i < n; i++) {
		PyObject *item = copy(is_list ? PyList_GET_ITEM(object, i) : PyTuple_GET_ITEM(object, i), left);
		if (!item)
			Py_CLEAR(to);
		else if (is_list)
			PyList_SET_ITEM(to, i, item);
		else
			PyTuple_SET_ITEM(to, i, item);
	}
	return to;
}

static PyObject *copy_dict(PyObject *dict, struct shadow_room *left)
{
	PyObject *to = (size_t)PyDict_GET_SIZE(dict) > left->objects ? NULL : PyDict_New(), *key, *value;
	for (Py_ssize_t at = 0; to && PyDict_Next(dict, &at, &key, &value);) {
		PyObject *new_key = copy_key(key, left), *new_value = new_key ? copy(value, left) : NULL;
		if (!new_value || PyDict_SetItem(to, new_key, new_value) < 0)
			Py_CLEAR(to);
		Py_XDECREF(new_key);
		Py_XDECREF(new_value);
	}
	return to;
}

static PyObject *copy_set(PyObject *set, struct shadow_room *left)
{
	PyObject *to = (size_t)PySet_GET_SIZE(set) > left->objects ? NULL
		       : PySet_CheckExact(set)                     ? PySet_New(NULL)
								   : PyFrozenSet_New(NULL);
	PyObject *key;
	Py_hash_t hash;
	for (Py_ssize_t at = 0; to && _PySet_NextEntry(set, &at, &key, &hash);) {
		PyObject *item = copy_key(key, left);
		if (!item || PySet_Add(to, item) < 0)
			Py_CLEAR(to);
		Py_XDECREF(item);
	}
	return to;
}

/* Of what has no objects in it. */
static size_t bytes_of(PyObject *scalar)
{
	if (PyUnicode_Check(scalar))
		return (size_t)PyUnicode_GET_LENGTH(scalar) * PyUnicode_KIND(scalar);
	if (PyBytes_Check(scalar) || PyByteArray_Check(scalar))
		return (size_t)Py_SIZE(scalar);
	return PyLong_Check(scalar) ? (size_t)Py_ABS(Py_SIZE(scalar)) * sizeof(digit) : 0;
}

/* What is nested too deeply uses up what is left. */
static PyObject *copy(PyObject *object, struct shadow_room *left)
{
	size_t bytes = bytes_of(object);
	if (left->objects == 0 || bytes > left->bytes)
		return NULL;
	left->objects--;
	left->bytes -= bytes;
	if (is_scalar(object))
		return Py_NewRef(object);
	if (PyByteArray_CheckExact(object))
		return bytes > MAX_COPIED ? NULL : PyByteArray_FromObject(object);
	if (PyDict_CheckExact(object))
		return copy_dict(object, left);
	if (PySet_CheckExact(object) || PyFrozenSet_CheckExact(object))
		return copy_set(object, left);
	return PyList_CheckExact(object) || PyTuple_CheckExact(object) ? copy_items(object, left) : NULL;
}

static PyObject *copy_within(PyObject *const *args, Py_ssize_t n, struct shadow_room *room)
{
	PyObject *to = PyTuple_New(n);
	for (Py_ssize_t i = 0; to && i < n; i++) {
		PyObject *item = copy(args[i], room);
		if (item)
			PyTuple_SET_ITEM(to, i, item);
		else
			Py_CLEAR(to);
	}
	PyErr_Clear();
	return to;
}

PyObject *shadow_copy(PyObject *const *args, Py_ssize_t n)
{
	return copy_within(args, n, &(struct shadow_room){ .objects = MAX_COPIED, .bytes = SIZE_MAX });
}

void shadow_record(PyObject **calls, PyObject *const *args, Py_ssize_t n, struct shadow_room *room)
{
	int collects = PyGC_Disable();
	PyObject *call = copy_within(args, n, room);
	if (call && !*calls)
		*calls = PyList_New(0);
	if (call && *calls)
		(void)PyList_Append(*calls, call);
	Py_XDECREF(call);
	PyErr_Clear();
	if (collects)
		(void)PyGC_Enable();
}

/* ---- for another process ------------------------------------------------------ */

PyObject *shadow_pack(PyObject *calls, size_t max)
{
	PyObject *packed = NULL;
	for (Py_ssize_t n = PyList_GET_SIZE(calls); n > 0 && !packed; n--) {
		PyObject *some = PyList_GetSlice(calls, 0, n);
		packed = some ? PyMarshal_WriteObjectToString(some, Py_MARSHAL_VERSION) : NULL;
		Py_XDECREF(some);
		if (packed && (size_t)PyBytes_GET_SIZE(packed) > max)
			Py_CLEAR(packed);
	}
	PyErr_Clear();
	return packed;
}

/* Whether the parameters of the code can be bound to this, which may be anything. */
static bool is_call(PyObject *args, const PyCodeObject *code, uint32_t n_params)
{
	if (!PyTuple_CheckExact(args) || (size_t)PyTuple_GET_SIZE(args) != n_params)
		return false;
	Py_ssize_t next = code->co_argcount + code->co_kwonlyargcount, at = 0;
	if (code->co_flags & CO_VARARGS && !PyTuple_CheckExact(PyTuple_GET_ITEM(args, next++)))
		return false;
	if (!(code->co_flags & CO_VARKEYWORDS))
		return true;
	PyObject *keywords = PyTuple_GET_ITEM(args, next), *key, *value;
	if (!PyDict_CheckExact(keywords))
		return false;
	while (PyDict_Next(keywords, &at, &key, &value))
		if (!PyUnicode_CheckExact(key))
			return false;
	return true;
}

/* A new reference to a list of calls, NULL if there are none.  In the child: bytes that are no calls may break it. */
static PyObject *calls_of(const struct codecache_request *request)
{
	if (request->calls || request->packed_size == 0)
		return Py_XNewRef(request->calls);
	const PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(request->function);
	PyObject *found = PyMarshal_ReadObjectFromString(request->packed_calls, (Py_ssize_t)request->packed_size);
	PyObject *calls = found && PyList_CheckExact(found) ? PyList_New(0) : NULL;
	for (Py_ssize_t i = 0; calls && i < PyList_GET_SIZE(found) && i < SHADOW_CALLS; i++)
		if (is_call(PyList_GET_ITEM(found, i), code, request->n_params))
			(void)PyList_Append(calls, PyList_GET_ITEM(found, i));
	Py_XDECREF(found);
	PyErr_Clear();
	return calls;
}

/* ---- outcomes ----------------------------------------------------------------- */

/* (result or (exception's type, its text), the arguments afterwards), a new reference; NULL: no memory */
static PyObject *call(PyObject *function, PyObject *args)
{
	PyObject *own = shadow_copy(&PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args));
	if (!own)
		return NULL;
	PyObject *code = PyFunction_GET_CODE(function); /* a stub has the same parameters */
	PyObject *result = frame_call_again(function, code, &PyTuple_GET_ITEM(own, 0));
	if (!result) {
		PyObject *type, *value, *traceback;
		PyErr_Fetch(&type, &value, &traceback);
		PyErr_NormalizeException(&type, &value, &traceback);
		PyObject *text = value ? PyObject_Str(value) : NULL;
		PyErr_Clear();
		result = type ? PyTuple_Pack(2, type, text ? text : Py_None) : NULL;
		Py_XDECREF(text);
		Py_XDECREF(type);
		Py_XDECREF(value);
		Py_XDECREF(traceback);
	}
	PyObject *outcome = result ? PyTuple_Pack(2, result, own) : NULL;
	Py_XDECREF(result);
	Py_DECREF(own);
	return outcome;
}

static bool same(PyObject *a, PyObject *b);

static bool same_items(PyObject *a, PyObject *b)
{
	bool list = PyList_CheckExact(a);
	if (Py_SIZE(a) != Py_SIZE(b))
		return false;
	for (Py_ssize_t i = 0; i < Py_SIZE(a); i++)
		if (!same(list ? PyList_GET_ITEM(a, i) : PyTuple_GET_ITEM(a, i),
			  list ? PyList_GET_ITEM(b, i) : PyTuple_GET_ITEM(b, i)))
			return false;
	return true;
}

static bool same_dicts(PyObject *a, PyObject *b)
{
	PyObject *key, *value, *other_key, *other;
	Py_ssize_t at = 0, other_at = 0;
	if (PyDict_GET_SIZE(a) != PyDict_GET_SIZE(b))
		return false;
	while (PyDict_Next(a, &at, &key, &value)) /* the order is a part of it */
		if (!PyDict_Next(b, &other_at, &other_key, &other) || !same(key, other_key) || !same(value, other))
			return false;
	return true;
}

/* To the last bit; of two NaNs the signs may differ. */
static bool same_floats(double x, double y)
{
	return memcmp(&x, &y, sizeof(x)) == 0 || (x != x && y != y);
}

/* Objects of other types are only known to have been made. */
static bool same(PyObject *a, PyObject *b)
{
	if (a == b)
		return true;
	if (Py_TYPE(a) != Py_TYPE(b))
		return false;
	if (PyFloat_CheckExact(a))
		return same_floats(PyFloat_AS_DOUBLE(a), PyFloat_AS_DOUBLE(b));
	if (PyComplex_CheckExact(a))
		return same_floats(((PyComplexObject *)a)->cval.real, ((PyComplexObject *)b)->cval.real) &&
		       same_floats(((PyComplexObject *)a)->cval.imag, ((PyComplexObject *)b)->cval.imag);
	if (PyTuple_CheckExact(a) || PyList_CheckExact(a))
		return same_items(a, b);
	if (PyDict_CheckExact(a))
		return same_dicts(a, b);
	if (!is_scalar(a) && !PyByteArray_CheckExact(a) && !PyAnySet_CheckExact(a))
		return true;
	int equal = PyObject_RichCompareBool(a, b, Py_EQ);
	PyErr_Clear();
	return equal != 0;
}

/* ---- in the child ------------------------------------------------------------- */

static void show(PyObject *object, FILE *out)
{
	PyObject *text = PyObject_Repr(object);
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	PyErr_Clear();
	size_t n = utf8 ? strlen(utf8) : 0;
	(void)fprintf(out, "%.*s%s", (int)(n > MAX_SHOWN ? MAX_SHOWN : n), utf8 ? utf8 : "?",
		      n > MAX_SHOWN ? "..." : "");
	Py_XDECREF(text);
}

/* "(3, 4) gave 5, CPython 7", malloc()ed */
static char *difference(PyObject *args, PyObject *native, PyObject *cpython)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	bool results = !same(PyTuple_GET_ITEM(native, 0), PyTuple_GET_ITEM(cpython, 0));
	show(args, out);
	(void)fputs(results ? " gave " : " left its arguments as ", out);
	show(PyTuple_GET_ITEM(native, !results), out);
	(void)fputs(", CPython ", out);
	show(PyTuple_GET_ITEM(cpython, !results), out);
	return fclose(out) == 0 ? text : NULL;
}

/* What CPython makes of the calls: a list of outcomes. */
static PyObject *cpython_outcomes(PyObject *function, PyObject *calls)
{
	PyObject *outcomes = PyList_New(0);
	for (Py_ssize_t i = 0; outcomes && i < PyList_GET_SIZE(calls); i++) {
		PyObject *outcome = call(function, PyList_GET_ITEM(calls, i));
		if (!outcome || PyList_Append(outcomes, outcome) < 0)
			Py_CLEAR(outcomes);
		Py_XDECREF(outcome);
	}
	PyErr_Clear();
	return outcomes;
}

static char *function_check(const struct shadow *shadow, size_t i)
{
	const struct unit_function *f = &shadow->unit->functions[i];
	const struct codecache_request *request = &shadow->batch->requests[shadow->batch->numbers[i]];
	const void *entry = loader_symbol(shadow->image, f->symbol, NULL);
	struct native_function *native = native_of(request->function);
	if (native) /* another specialization: what it does is known */
		native_uninstall(native);
	PyObject *calls = calls_of(request);
	PyObject *outcomes = calls ? cpython_outcomes(request->function, calls) : NULL;
	char *wrong = NULL;
	if (outcomes && entry && native_install(request->function, f, entry, &native, NULL) == 0) {
		for (Py_ssize_t k = 0; k < PyList_GET_SIZE(outcomes) && !wrong; k++) {
			PyObject *args = PyList_GET_ITEM(calls, k), *outcome = call(request->function, args);
			if (outcome && !same(outcome, PyList_GET_ITEM(outcomes, k)))
				wrong = difference(args, outcome, PyList_GET_ITEM(outcomes, k));
			Py_XDECREF(outcome);
		}
		native_uninstall(native);
	}
	Py_XDECREF(outcomes);
	Py_XDECREF(calls);
	return wrong;
}

bool shadow_has_calls(const struct codecache_request *request)
{
	return request->packed_size > 0 || (request->calls && PyList_GET_SIZE(request->calls) > 0);
}

static bool is_checked(const struct shadow *shadow, size_t i)
{
	const struct unit_function *f = &shadow->unit->functions[i];
	const struct codecache_request *request = &shadow->batch->requests[shadow->batch->numbers[i]];
	return f->reason == REASON_NONE && f->pure && shadow_has_calls(request);
}

static int work(const char *object_path, void *data, struct unit **ret, struct cause *cause)
{
	(void)object_path;
	const struct shadow *shadow = data;
	static struct function_counters counters[COUNTERS_MAX_FUNCTIONS];
	static struct exit_counter exits[COUNTERS_EXITS];
	(void)PyGC_Disable();
	native_set_counters(counters); /* what is counted here has not happened */
	native_set_exit_counters(exits);
	struct unit *report = calloc(1, sizeof(*report));
	if (!report || !(report->report = json_object()))
		return cause_set_errno(cause, -ENOMEM, "a shadow run");
	for (size_t i = 0; i < shadow->batch->n; i++) {
		char number[24];
		cleanup_free char *wrong = is_checked(shadow, i) ? function_check(shadow, i) : NULL;
		(void)snprintf(number, sizeof(number), "%zu", i);
		if (wrong)
			(void)json_object_set_new(report->report, number, json_string(wrong));
	}
	*ret = report;
	return 0;
}

/* ---- in the zygote ------------------------------------------------------------ */

/* Another thread of the program would be waited for, and there is none in the child. */
static bool has_threads(void)
{
	PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
	return first && PyThreadState_Next(first);
}

bool shadow_begin(struct shadow *shadow, const struct batch *batch, const struct unit *unit, const struct image *image)
{
	*shadow = (struct shadow){ .batch = batch,
				   .unit = unit,
				   .image = image,
				   .job = { .work = work, .data = shadow, .timeout_ms = TIMEOUT_MS } };
	bool any = false;
	for (size_t i = 0; i < batch->n; i++)
		any |= is_checked(shadow, i);
	return any && !has_threads();
}

int shadow_end(const struct shadow *shadow, char **wrong, struct cause *cause)
{
	const struct compiler_job *job = &shadow->job;
	for (size_t i = 0; job->unit && i < shadow->batch->n; i++) {
		char number[24];
		(void)snprintf(number, sizeof(number), "%zu", i);
		const char *text = json_string_value(json_object_get(job->unit->report, number));
		wrong[i] = text ? strdup(text) : NULL;
	}
	/* Whether CPython or native code takes so long is not known, nor are other failures of a child errors of
	 * either. */
	if (!job->crashed)
		return 0;
	return cause_set(cause, -EIO, "%s", job->detail ? job->detail : reason_text(job->reason));
}

int shadow_run(const struct batch *batch, const struct unit *unit, const struct image *image, char **wrong,
	       struct cause *cause)
{
	struct shadow shadow;
	if (!shadow_begin(&shadow, batch, unit, image))
		return 0;
	compiler_run(&shadow.job, 1,
		     &(struct compiler_options){ .children = 1, .timeout_ms = TIMEOUT_MS, .urgent = true });
	int r = shadow_end(&shadow, wrong, cause);
	compiler_job_clear(&shadow.job);
	return r;
}
