/* rpc_errors.c - answers that are errors; see rpc_priv.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>

#include "workers/convert.h"
#include "workers/json_scan.h"
#include "workers/measure.h"
#include "workers/rpc_priv.h"

static const char *error_name(int code)
{
	switch (code) {
	case RPC_PARSE_ERROR: return "Parse error";
	case RPC_INVALID_REQUEST: return "Invalid Request";
	case RPC_METHOD_NOT_FOUND: return "Method not found";
	case RPC_INVALID_PARAMS: return "Invalid params";
	case RPC_OVERLOADED: return "Server overloaded";
	case RPC_TIMED_OUT: return "Request timed out";
	case RPC_SHUTTING_DOWN: return "Server shutting down";
	case RPC_WORKER_LOST: return "Worker lost";
	case RPC_DENIED: return "Not allowed";
	default: return "Internal error";
	}
}

static void begin_error(struct buffer *out, int code)
{
	const char *name = error_name(code);
	measure_error(code);
	buffer_printf(out, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\",\"data\":", code, name);
}

void rpc_append_error(struct buffer *out, int code, const char *message)
{
	begin_error(out, code);
	convert_dump_utf8(message, strlen(message), out);
	buffer_append_literal(out, "},\"id\":null}");
}

void call_append_id(struct call *call)
{
	buffer_append_literal(call->out, ",\"id\":");
	if (call->envelope.id.text)
		buffer_append(call->out, call->envelope.id.text, call->envelope.id.length);
	else
		buffer_append_literal(call->out, "null");
	buffer_append_char(call->out, '}');
}

/* Is the whole text JSON in UTF-8? If not, *ret_code and why say what is wrong. */
static bool check_text(const char *text, size_t length, uint32_t max_depth, int *ret_code, char *why, size_t size)
{
	struct json_scan scan;
	json_scan_begin(&scan, max_depth);
	size_t used;
	enum json_scan_result result = json_scan_feed(&scan, text, length, &used);
	if (result == JSON_SCAN_MORE)
		result = json_scan_end(&scan);
	bool too_deep = scan.too_deep;
	*ret_code = too_deep ? RPC_INVALID_REQUEST : RPC_PARSE_ERROR;
	if (result == JSON_SCAN_ERROR) {
		json_scan_explain(&scan, used < length ? (unsigned char)text[used] : -1, why, size);
		return false;
	}
	if (envelope_skip_space(text + used, text + length) != text + length) {
		(void)snprintf(why, size, "more than one JSON text in one request, the second at byte %zu", used);
		return false;
	}
	PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, NULL);
	if (str) {
		Py_DECREF(str);
		return true;
	}
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	Py_ssize_t start = 0;
	(void)PyUnicodeDecodeError_GetStart(value, &start);
	(void)snprintf(why, size, "not UTF-8 at byte %zd", start);
	PyErr_Clear();
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return false;
}

bool call_refused_as_text(struct call *call)
{
	char why[192];
	int code;
	if (call->is_valid || check_text(call->text, call->length, call->max_depth, &code, why, sizeof(why)))
		return false;
	call->outcome->errors++;
	measure_detail(NULL, why, strlen(why));
	rpc_append_error(call->out, code, why);
	return true;
}

bool call_begin_refusal(struct call *call, int code)
{
	if (call_refused_as_text(call))
		return false;
	call->is_valid = true;
	call->outcome->errors++;
	/* A request whose form is wrong has no right to be called a notification. */
	if (!call->envelope.id.text && code != RPC_INVALID_REQUEST) {
		measure_error(code);
		return false;
	}
	begin_error(call->out, code);
	call->data_at = buffer_length(call->out);
	return true;
}

/* A string without its quotes, else JSON. */
static void note_data(const struct call *call)
{
	size_t end = buffer_length(call->out), from = call->data_at;
	if (call->out->failed || end <= from)
		return;
	const char *text = buffer_begin(call->out);
	bool is_string = end - from >= 2 && text[from] == '"' && text[end - 1] == '"';
	measure_detail(NULL, text + from + is_string, end - from - 2 * is_string);
}

void call_end_refusal(struct call *call)
{
	note_data(call);
	buffer_append_char(call->out, '}');
	call_append_id(call);
}

void call_refuse(struct call *call, int code, const char *why)
{
	if (!call_begin_refusal(call, code))
		return;
	convert_dump_utf8(why, strlen(why), call->out);
	call_end_refusal(call);
}

PyObject *rpc_take_exception_text(void)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	PyObject *text = value ? PyUnicode_FromFormat("%s: %S", Py_TYPE(value)->tp_name, value) : NULL;
	if (!text) {
		PyErr_Clear();
		text = PyUnicode_FromString("an exception that cannot be shown");
	}
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return text;
}

void call_refuse_value(struct call *call, const char *what)
{
	PyObject *text = rpc_take_exception_text();
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	char why[256];
	(void)snprintf(why, sizeof(why), "%s: %.200s", what, utf8 ? utf8 : "no memory");
	PyErr_Clear();
	Py_XDECREF(text);
	call_refuse(call, RPC_INVALID_PARAMS, why);
}

/* One of the server's own errors, with the word that data.reason has for it. */
static const char *refusal_reason(int code)
{
	switch (code) {
	case RPC_OVERLOADED: return "overloaded";
	case RPC_TIMED_OUT: return "timed_out";
	case RPC_SHUTTING_DOWN: return "shutting_down";
	case RPC_WORKER_LOST: return "worker_lost";
	case RPC_DENIED: return "denied";
	default: return "internal";
	}
}

static void append_refusal_data(struct buffer *out, const struct rpc_refusal *refusal)
{
	/* Only what has not been begun can be tried again without a thought. */
	bool retry = refusal->code == RPC_OVERLOADED || refusal->code == RPC_SHUTTING_DOWN;
	buffer_printf(out, "{\"reason\":\"%s\",\"retry\":%s,\"detail\":", refusal_reason(refusal->code),
		      retry ? "true" : "false");
	convert_dump_utf8(refusal->detail, strlen(refusal->detail), out);
	if (refusal->members)
		buffer_printf(out, ",%s", refusal->members);
	buffer_append_char(out, '}');
}

void call_answer_refusal(struct call *call)
{
	if (!call_begin_refusal(call, call->refusal->code))
		return;
	append_refusal_data(call->out, call->refusal);
	call_end_refusal(call);
}

void rpc_append_refusal(struct buffer *out, const struct rpc_refusal *refusal)
{
	begin_error(out, refusal->code);
	append_refusal_data(out, refusal);
	buffer_append_literal(out, "},\"id\":null}");
}

/* An id that can be copied: null, a number, or a string of printable ASCII without escapes. */
static bool id_is_plain(struct span id)
{
	if (id.text[0] == '"') {
		for (size_t i = 1; i + 1 < id.length; i++)
			if (id.text[i] < 0x20 || id.text[i] == 0x7f || id.text[i] == '\\')
				return false;
		return id.length >= 2;
	}
	if (id.text[0] != '-' && (id.text[0] < '0' || id.text[0] > '9'))
		return false;
	struct json_scan scan;
	size_t used;
	json_scan_begin(&scan, 0);
	return json_scan_feed(&scan, id.text, id.length, &used) == JSON_SCAN_MORE &&
	       json_scan_end(&scan) == JSON_SCAN_DONE;
}

void rpc_refuse_blind(const char *text, size_t length, const struct rpc_refusal *refusal, struct buffer *out)
{
	struct envelope envelope;
	measure_refused();
	if (!envelope_read(text, length, RPC_DEPTH_MAX, &envelope)) {
		rpc_append_refusal(out, refusal);
		return;
	}
	if (!envelope.id.text) {
		measure_error(refusal->code);
		return;
	}
	begin_error(out, refusal->code);
	append_refusal_data(out, refusal);
	buffer_append_literal(out, "},\"id\":");
	if (id_is_plain(envelope.id))
		buffer_append(out, envelope.id.text, envelope.id.length);
	else
		buffer_append_literal(out, "null");
	buffer_append_char(out, '}');
}

/* ---- what the method raised ---- */

/* str() of an object or, if that raises, a text that says so: a new reference. */
static PyObject *safe_str(PyObject *object)
{
	PyObject *str = object ? PyObject_Str(object) : NULL;
	if (!str) {
		PyErr_Clear();
		str = PyUnicode_FromString("<str() failed>");
	}
	return str;
}

/* An attribute as str, or NULL without an exception. */
static PyObject *str_attribute(PyObject *object, const char *name)
{
	PyObject *value = PyObject_GetAttrString(object, name);
	if (value && !PyUnicode_Check(value))
		Py_CLEAR(value);
	PyErr_Clear();
	return value;
}

static void append_str_member(struct buffer *out, const char *name, PyObject *str)
{
	buffer_printf(out, "\"%s\":", name);
	if (!str || convert_dump_str(str, out) < 0)
		buffer_append_literal(out, "null");
	PyErr_Clear();
}

static void append_traceback(struct buffer *out, PyObject *type, PyObject *value, PyObject *traceback)
{
	PyObject *module = PyImport_ImportModule("traceback");
	PyObject *lines = module ? PyObject_CallMethod(module, "format_exception", "OOO", type, value,
						       traceback ? traceback : Py_None)
				 : NULL;
	PyObject *empty = PyUnicode_FromString("");
	PyObject *text = lines && empty ? PyUnicode_Join(empty, lines) : NULL;
	PyErr_Clear();
	buffer_append_char(out, ',');
	append_str_member(out, "traceback", text);
	Py_XDECREF(text);
	Py_XDECREF(empty);
	Py_XDECREF(lines);
	Py_XDECREF(module);
}

/* "ValueError: text", as the last line of a traceback says it, though without the module. */
static PyObject *exception_headline(PyObject *name, PyObject *text)
{
	if (PyUnicode_GET_LENGTH(text) == 0)
		return Py_NewRef(name);
	return PyUnicode_FromFormat("%U: %U", name, text);
}

/* "ValueError at /srv/app.py:12", for preforgectl errors; text: str() of it, NULL: nobody has asked it. */
static void note_exception(PyObject *type, PyObject *text, PyObject *traceback)
{
	char kind[2 * INCIDENT_NAME_MAX];
	const char *name = type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "?";
	const char *short_name = strrchr(name, '.');
	const PyTracebackObject *last =
		traceback && PyTraceBack_Check(traceback) ? (PyTracebackObject *)traceback : NULL;
	while (last && last->tb_next)
		last = last->tb_next;
	PyCodeObject *code = last ? PyFrame_GetCode(last->tb_frame) : NULL;
	const char *file = code ? PyUnicode_AsUTF8(code->co_filename) : NULL;
	(void)snprintf(kind, sizeof(kind), file ? "%s at %s:%d" : "%s", short_name ? short_name + 1 : name, file,
		       code ? PyCode_Addr2Line(code, last->tb_lasti) : 0);
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	PyErr_Clear(); /* lone surrogates are no UTF-8 */
	measure_detail(kind, utf8 ? utf8 : "", utf8 ? strlen(utf8) : 0);
	Py_XDECREF(code);
}

void call_answer_exception(struct call *call)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	if (value && traceback)
		(void)PyException_SetTraceback(value, traceback);
	call->outcome->errors++;
	measure_error(RPC_EXCEPTION);
	struct buffer *out = call->out;
	if (call->envelope.id.text) {
		PyObject *text = safe_str(value);
		PyObject *name = str_attribute(type, "__qualname__");
		PyObject *module = str_attribute(type, "__module__");
		PyObject *headline = name && text ? exception_headline(name, text) : NULL;
		note_exception(type, text, traceback);
		buffer_printf(out, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,", RPC_EXCEPTION);
		append_str_member(out, "message", headline);
		buffer_append_literal(out, ",\"data\":{");
		append_str_member(out, "type", name);
		buffer_append_char(out, ',');
		append_str_member(out, "message", text);
		buffer_append_char(out, ',');
		append_str_member(out, "module", module);
		if (call->rpc->options.traceback)
			append_traceback(out, type, value, traceback);
		buffer_append_literal(out, "}}");
		call_append_id(call);
		Py_XDECREF(headline);
		Py_XDECREF(module);
		Py_XDECREF(name);
		Py_XDECREF(text);
	}
	if (!call->envelope.id.text)
		note_exception(type, NULL, traceback);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	PyErr_Clear(); /* of a destructor */
}
