/* convert.c - see convert.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "workers/convert.h"
#include "workers/embedded.h"

static PyObject *scan_once; /* json's scanner: (str, index) -> (value, index of what follows) */
static PyObject *zero;

static PyObject *refuse_constant(PyObject *self, PyObject *name)
{
	(void)self;
	PyErr_Format(PyExc_ValueError, "%U is not JSON", name);
	return NULL;
}

static PyMethodDef refuse_constant_def = { "refuse_constant", refuse_constant, METH_O, NULL };

int convert_init(void)
{
	if (scan_once)
		return 0;
	PyObject *json = PyImport_ImportModule("json");
	PyObject *type = json ? PyObject_GetAttrString(json, "JSONDecoder") : NULL;
	PyObject *refuse = PyCFunction_New(&refuse_constant_def, NULL);
	PyObject *no_args = PyTuple_New(0);
	PyObject *options = refuse ? Py_BuildValue("{sO}", "parse_constant", refuse) : NULL;
	PyObject *decoder = type && no_args && options ? PyObject_Call(type, no_args, options) : NULL;
	zero = PyLong_FromLong(0);
	scan_once = decoder && zero ? PyObject_GetAttrString(decoder, "scan_once") : NULL;
	Py_XDECREF(decoder);
	Py_XDECREF(options);
	Py_XDECREF(no_args);
	Py_XDECREF(refuse);
	Py_XDECREF(type);
	Py_XDECREF(json);
	return scan_once ? 0 : -1;
}

PyObject *convert_load(const char *text, size_t length)
{
	PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, NULL);
	if (!str)
		return NULL;
	PyObject *args[] = { str, zero };
	PyObject *pair = PyObject_Vectorcall(scan_once, args, 2, NULL);
	PyObject *value = NULL;
	if (pair) {
		Py_ssize_t end = PyLong_AsSsize_t(PyTuple_GET_ITEM(pair, 1));
		if (end == PyUnicode_GET_LENGTH(str))
			value = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
		else
			PyErr_SetString(PyExc_ValueError, "extra bytes after the JSON value");
		Py_DECREF(pair);
	} else if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
		PyErr_SetString(PyExc_ValueError, "a JSON value is missing");
	}
	Py_DECREF(str);
	return value;
}

/* ---- strings ---- */

/* What a byte below 0x80 becomes inside a string: 0 itself, 'u' \u00XX, else backslash and that letter. */
static const char escapes[128] = {
	[0 ... 7] = 'u', ['\b'] = 'b', ['\t'] = 't',      ['\n'] = 'n', [11] = 'u',
	['\f'] = 'f',    ['\r'] = 'r', [14 ... 31] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static char *put_hex(char *to, Py_UCS4 c)
{
	static const char digits[] = "0123456789abcdef";
	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[c >> shift & 15];
	return to;
}

static char *put_char(char *to, Py_UCS4 c)
{
	if (c < 0x80) {
		if (!escapes[c]) {
			*to++ = (char)c;
			return to;
		}
		if (escapes[c] == 'u')
			return put_hex(to, c);
		*to++ = '\\';
		*to++ = escapes[c];
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c >= 0xd800 && c < 0xe000) {
		return put_hex(to, c); /* a lone surrogate has no UTF-8 */
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

void convert_dump_utf8(const char *text, size_t length, struct buffer *out)
{
	buffer_append_char(out, '"');
	for (size_t i = 0; i < length;) {
		size_t plain = i;
		while (plain < length && ((text[plain] & 0x80) || !escapes[(unsigned char)text[plain]]))
			plain++;
		buffer_append(out, text + i, plain - i);
		i = plain;
		char *to = i < length ? buffer_reserve(out, 6) : NULL;
		if (to)
			buffer_added(out, (size_t)(put_char(to, (unsigned char)text[i]) - to));
		i++;
	}
	buffer_append_char(out, '"');
}

int convert_dump_str(PyObject *str, struct buffer *out)
{
	if (PyUnicode_READY(str) < 0)
		return -1;
	size_t length = (size_t)PyUnicode_GET_LENGTH(str);
	if (PyUnicode_IS_ASCII(str)) {
		convert_dump_utf8((const char *)PyUnicode_1BYTE_DATA(str), length, out);
		return 0;
	}
	enum { BLOCK = 256, WIDEST = 6 };
	int kind = PyUnicode_KIND(str);
	const void *data = PyUnicode_DATA(str);
	buffer_append_char(out, '"');
	for (size_t i = 0; i < length;) {
		char *from = buffer_reserve(out, BLOCK * WIDEST), *to = from;
		if (!from)
			return 0;
		size_t end = length - i > BLOCK ? i + BLOCK : length;
		for (; i < end; i++)
			to = put_char(to, PyUnicode_READ(kind, data, i));
		buffer_added(out, (size_t)(to - from));
	}
	buffer_append_char(out, '"');
	return 0;
}

/* ---- results ---- */

/* A container that is being written, and what it is in. */
struct level {
	const struct level *outer;
	PyObject *container;
	PyObject *key;    /* borrowed; in an array NULL */
	Py_ssize_t index; /* in an array */
};

struct dumper {
	struct buffer *out;
	struct convert_error *error;
	uint32_t max_depth;
};

static int dump(struct dumper *dumper, PyObject *value, const struct level *outer, uint32_t depth);

/* Append the key to a path as one would write it: .name or ["odd name"] or [5]. */
static void append_key(struct buffer *path, PyObject *key)
{
	PyObject *repr = NULL;
	const char *text = NULL;
	if (PyUnicode_Check(key) && PyUnicode_IsIdentifier(key) == 1)
		text = PyUnicode_AsUTF8(key);
	if (text) {
		buffer_printf(path, ".%s", text);
		return;
	}
	repr = PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) || key == Py_None ||
			       PyBool_Check(key)
		       ? PyObject_ASCII(key)
		       : NULL;
	text = repr ? PyUnicode_AsUTF8(repr) : NULL;
	buffer_printf(path, "[%s]", text ? text : "?");
	PyErr_Clear();
	Py_XDECREF(repr);
}

/* Outermost first. */
static void append_path(struct buffer *path, const struct level *level)
{
	if (!level) {
		buffer_append_literal(path, "result");
		return;
	}
	append_path(path, level->outer);
	if (level->key)
		append_key(path, level->key);
	else
		buffer_printf(path, "[%zd]", level->index);
}

/* Cut text to what fits with "..." in the middle: the end of a path matters as much as its start. */
static void put_path(struct buffer *path, char *text, size_t size)
{
	size_t n = buffer_length(path);
	buffer_append_char(path, '\0');
	if (path->failed)
		(void)snprintf(text, size, "a part of the result");
	else if (n < size)
		(void)snprintf(text, size, "%s", buffer_begin(path));
	else
		(void)snprintf(text, size, "%.*s...%s", (int)(size / 2 - 4), buffer_begin(path),
			       buffer_begin(path) + n - (size / 2 - 4));
}

/* Fill in the error: "PATH WHAT".  -1. */
static int fail(struct dumper *dumper, const struct level *level, const char *what)
{
	struct buffer path = BUFFER_INIT;
	append_path(&path, level);
	char where[256];
	put_path(&path, where, sizeof(where));
	buffer_free(&path);
	(void)snprintf(dumper->error->text, sizeof(dumper->error->text), "%s %s", where, what);
	return -1;
}

/* The same with the exception that is set, which is cleared. */
static int fail_exception(struct dumper *dumper, const struct level *level)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	PyObject *str = value ? PyObject_Str(value) : NULL;
	const char *text = str ? PyUnicode_AsUTF8(str) : NULL;
	char what[256];
	(void)snprintf(what, sizeof(what), "cannot be written as JSON: %s: %s",
		       value ? Py_TYPE(value)->tp_name : "exception", text ? text : "?");
	PyErr_Clear();
	Py_XDECREF(str);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return fail(dumper, level, what);
}

static int fail_type(struct dumper *dumper, const struct level *level, PyObject *value)
{
	PyTypeObject *type = Py_TYPE(value);
	PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");
	const char *module_name = module && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : NULL;
	PyObject *qualname = PyType_GetQualName(type);
	const char *name = qualname ? PyUnicode_AsUTF8(qualname) : NULL;
	char what[256];
	bool builtin = !module_name || strcmp(module_name, "builtins") == 0;
	(void)snprintf(what, sizeof(what), "is of type %s%s%s, which JSON cannot express", builtin ? "" : module_name,
		       builtin ? "" : ".", name ? name : "?");
	PyErr_Clear();
	Py_XDECREF(module);
	Py_XDECREF(qualname);
	return fail(dumper, level, what);
}

/* Too deep: because it contains itself? Then say where that is first so. */
static int fail_depth(struct dumper *dumper, const struct level *deepest)
{
	const struct level *first = NULL;
	for (const struct level *level = deepest; level; level = level->outer)
		for (const struct level *outer = level->outer; outer; outer = outer->outer)
			if (outer->container == level->container)
				first = level;
	if (first)
		return fail(dumper, first->outer, "contains itself");
	char what[128];
	(void)snprintf(what, sizeof(what), "is deeper than %u lists and dicts inside each other", dumper->max_depth);
	while (deepest && deepest->outer && deepest->outer->outer && deepest->outer->outer->outer)
		deepest = deepest->outer; /* its first steps tell enough */
	return fail(dumper, deepest, what);
}

static int dump_int(struct dumper *dumper, PyObject *value, const struct level *level)
{
	int overflow;
	long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
	if (overflow == 0) {
		char digits[24], *end = digits + sizeof(digits), *p = end;
		unsigned long long rest = small < 0 ? 0ULL - (unsigned long long)small : (unsigned long long)small;
		do {
			*--p = (char)('0' + rest % 10);
			rest /= 10;
		} while (rest > 0);
		if (small < 0)
			*--p = '-';
		buffer_append(dumper->out, p, (size_t)(end - p));
		return 0;
	}
	/* As json does it: int's own repr, also for subclasses. */
	PyObject *repr = PyLong_Type.tp_repr(value);
	Py_ssize_t length;
	const char *text = repr ? PyUnicode_AsUTF8AndSize(repr, &length) : NULL;
	if (text)
		buffer_append(dumper->out, text, (size_t)length);
	Py_XDECREF(repr);
	return text ? 0 : fail_exception(dumper, level);
}

static int dump_float(struct dumper *dumper, PyObject *value, const struct level *level)
{
	double number = PyFloat_AS_DOUBLE(value);
	if (!isfinite(number))
		return fail(dumper, level,
			    isnan(number) ? "is nan, which JSON cannot express"
					  : "is an infinity, which JSON cannot express");
	char *text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
	if (!text)
		return fail_exception(dumper, level);
	buffer_append(dumper->out, text, strlen(text));
	PyMem_Free(text);
	return 0;
}

/* A list or tuple.  Writing an element may run Python code (items() of a dict's subclass) that changes the list. */
static int dump_array(struct dumper *dumper, PyObject *array, const struct level *outer, uint32_t depth)
{
	if (depth >= dumper->max_depth)
		return fail_depth(dumper, outer);
	struct level level = { .outer = outer, .container = array };
	buffer_append_char(dumper->out, '[');
	for (; level.index < PySequence_Fast_GET_SIZE(array); level.index++) {
		if (level.index > 0)
			buffer_append_char(dumper->out, ',');
		PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(array, level.index));
		int r = dump(dumper, item, &level, depth + 1);
		Py_DECREF(item);
		if (r < 0)
			return r;
	}
	buffer_append_char(dumper->out, ']');
	return 0;
}

static int dump_key(struct dumper *dumper, PyObject *key, const struct level *level);

/* A key that is none of json's: an enum's member, a date, a UUID. */
static int dump_other_key(struct dumper *dumper, PyObject *key, const struct level *level)
{
	PyObject *plain = embedded_call("results", "key", "(O)", key);
	if (!plain)
		return fail_exception(dumper, level);
	int r;
	if (plain != Py_NotImplemented) {
		r = dump_key(dumper, plain, level);
	} else {
		char what[160];
		(void)snprintf(what, sizeof(what), "has a key of type %.64s, which JSON cannot express",
			       Py_TYPE(key)->tp_name);
		r = fail(dumper, level->outer, what);
	}
	Py_DECREF(plain);
	return r;
}

/* Names are strings; json makes them of numbers and constants, too. */
static int dump_key(struct dumper *dumper, PyObject *key, const struct level *level)
{
	if (PyUnicode_Check(key))
		return convert_dump_str(key, dumper->out) < 0 ? fail_exception(dumper, level) : 0;
	bool is_constant = key == Py_None || PyBool_Check(key);
	if (!is_constant && !PyFloat_Check(key) && !PyLong_Check(key))
		return dump_other_key(dumper, key, level);
	int r = 0;
	buffer_append_char(dumper->out, '"');
	if (PyFloat_Check(key)) {
		r = dump_float(dumper, key, level);
	} else if (key == Py_True) {
		buffer_append_literal(dumper->out, "true");
	} else if (key == Py_False) {
		buffer_append_literal(dumper->out, "false");
	} else if (key == Py_None) {
		buffer_append_literal(dumper->out, "null");
	} else {
		r = dump_int(dumper, key, level);
	}
	buffer_append_char(dumper->out, '"');
	return r;
}

static int dump_member(struct dumper *dumper, PyObject *key, PyObject *value, struct level *level, uint32_t depth)
{
	if (level->index++ > 0)
		buffer_append_char(dumper->out, ',');
	Py_INCREF(key);
	Py_INCREF(value);
	level->key = key;
	int r = dump_key(dumper, key, level);
	if (r == 0) {
		buffer_append_char(dumper->out, ':');
		r = dump(dumper, value, level, depth + 1);
	}
	Py_DECREF(key);
	Py_DECREF(value);
	return r;
}

/* A subclass may have an items() of its own (OrderedDict keeps its order there). */
static int dump_items(struct dumper *dumper, PyObject *dict, struct level *level, uint32_t depth)
{
	PyObject *items = PyMapping_Items(dict);
	if (!items)
		return fail_exception(dumper, level->outer);
	int r = 0;
	for (Py_ssize_t i = 0; r == 0 && i < PyList_GET_SIZE(items); i++) {
		PyObject *pair = PyList_GET_ITEM(items, i);
		if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2)
			r = dump_member(dumper, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1), level, depth);
		else
			r = fail(dumper, level->outer, "has an items() that does not give pairs");
	}
	Py_DECREF(items);
	return r;
}

static int dump_dict(struct dumper *dumper, PyObject *dict, const struct level *outer, uint32_t depth)
{
	if (depth >= dumper->max_depth)
		return fail_depth(dumper, outer);
	struct level level = { .outer = outer, .container = dict };
	buffer_append_char(dumper->out, '{');
	int r = 0;
	if (PyDict_CheckExact(dict)) {
		Py_ssize_t position = 0;
		PyObject *key, *value;
		while (r == 0 && PyDict_Next(dict, &position, &key, &value))
			r = dump_member(dumper, key, value, &level, depth);
	} else {
		r = dump_items(dumper, dict, &level, depth);
	}
	if (r == 0)
		buffer_append_char(dumper->out, '}');
	return r;
}

/* What JSON has no type for, by way of a value that it has one for. */
static int dump_other(struct dumper *dumper, PyObject *value, const struct level *outer, uint32_t depth)
{
	if (depth >= dumper->max_depth)
		return fail_depth(dumper, outer);
	PyObject *plain = embedded_call("results", "plain", "(O)", value);
	if (!plain)
		return fail_exception(dumper, outer);
	int r = plain == Py_NotImplemented ? fail_type(dumper, outer, value) : dump(dumper, plain, outer, depth + 1);
	Py_DECREF(plain);
	return r;
}

static int dump(struct dumper *dumper, PyObject *value, const struct level *outer, uint32_t depth)
{
	if (value == Py_None)
		buffer_append_literal(dumper->out, "null");
	else if (value == Py_True)
		buffer_append_literal(dumper->out, "true");
	else if (value == Py_False)
		buffer_append_literal(dumper->out, "false");
	else if (PyUnicode_Check(value))
		return convert_dump_str(value, dumper->out) < 0 ? fail_exception(dumper, outer) : 0;
	else if (PyLong_Check(value))
		return dump_int(dumper, value, outer);
	else if (PyFloat_Check(value))
		return dump_float(dumper, value, outer);
	else if (PyList_Check(value) || PyTuple_Check(value))
		return dump_array(dumper, value, outer, depth);
	else if (PyDict_Check(value))
		return dump_dict(dumper, value, outer, depth);
	else
		return dump_other(dumper, value, outer, depth);
	return 0;
}

int convert_dump(PyObject *value, uint32_t max_depth, struct buffer *out, struct convert_error *ret_error)
{
	struct dumper dumper = { .out = out, .error = ret_error, .max_depth = max_depth };
	int r = dump(&dumper, value, NULL, 0);
	if (r == 0 && out->failed) {
		(void)snprintf(ret_error->text, sizeof(ret_error->text), "no memory for the text of the result");
		r = -1;
	}
	return r;
}
