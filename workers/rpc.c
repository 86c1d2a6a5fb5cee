/* rpc.c - see rpc.h.
 *
 *     text -> envelope -> method -> Python arguments -> call -> result -> text
 *
 * The way of a request that is right is short: nothing is parsed twice, nothing but params becomes an object.  Each
 * part of the text is checked where it is used; only when something is wrong is the whole text looked at again, since a
 * text that is not JSON is a parse error whatever else is wrong with it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "workers/convert.h"
#include "workers/envelope.h"
#include "workers/json_scan.h"
#include "workers/rpc.h"
#include "workers/signature.h"

struct method {
	const char *name; /* UTF-8, of name_object */
	size_t length;
	PyObject *name_object;
	PyObject *callable;
	struct signature signature;
};

struct rpc {
	struct rpc_options options;
	struct method *methods;
	size_t n_methods;
	uint32_t *table; /* hash -> index of the method + 1, 0: none */
	size_t table_mask;
};

/* One request on its way. */
struct call {
	struct rpc *rpc;
	const char *text; /* the whole of it, for errors */
	size_t length;
	struct envelope envelope;
	struct buffer *out;
	struct rpc_outcome *outcome;
	uint32_t max_depth;
	bool is_valid; /* the text is known to be JSON */
};

/* ---- the methods ---- */

static PyObject *ping(PyObject *self, PyObject *no_args)
{
	(void)self, (void)no_args;
	return PyUnicode_FromString("pong");
}

static PyObject *version(PyObject *self, PyObject *no_args)
{
	(void)self, (void)no_args;
	return Py_BuildValue("{ss ss ss}", "preforge", PACKAGE_VERSION, "jsonrpc", "2.0", "python", PY_VERSION);
}

static PyMethodDef own_methods[] = {
	{ "rpc.ping", ping, METH_NOARGS, "rpc.ping($self, /)\n--\n\nAnswer \"pong\"." },
	{ "rpc.version", version, METH_NOARGS, "rpc.version($self, /)\n--\n\nThe versions of what answers." },
};
enum { N_OWN_METHODS = sizeof(own_methods) / sizeof(own_methods[0]) };

/* FNV-1a */
static size_t hash_name(const char *name, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static const struct method *find_method(const struct rpc *rpc, const char *name, size_t length)
{
	for (size_t slot = hash_name(name, length);; slot++) {
		uint32_t entry = rpc->table[slot & rpc->table_mask];
		if (entry == 0)
			return NULL;
		const struct method *method = &rpc->methods[entry - 1];
		if (method->length == length && memcmp(method->name, name, length) == 0)
			return method;
	}
}

static int add_method(struct rpc *rpc, PyObject *name, PyObject *callable)
{
	Py_ssize_t length;
	const char *utf8 = PyUnicode_AsUTF8AndSize(name, &length);
	if (!utf8)
		return -1;
	struct method *method = &rpc->methods[rpc->n_methods];
	*method = (struct method){
		.name = utf8, .length = (size_t)length, .name_object = Py_NewRef(name), .callable = Py_NewRef(callable)
	};
	size_t slot = hash_name(utf8, method->length);
	while (rpc->table[slot & rpc->table_mask] != 0)
		slot++;
	rpc->table[slot & rpc->table_mask] = (uint32_t)++rpc->n_methods;
	return signature_read(callable, &method->signature);
}

static int add_own_method(struct rpc *rpc, PyMethodDef *def)
{
	PyObject *name = PyUnicode_FromString(def->ml_name);
	PyObject *callable = PyCFunction_New(def, NULL);
	int r = name && callable ? add_method(rpc, name, callable) : -1;
	if (r == 0)
		rpc->methods[rpc->n_methods - 1].signature.known = true; /* no parameters */
	Py_XDECREF(name);
	Py_XDECREF(callable);
	return r;
}

static int add_methods(struct rpc *rpc, PyObject *methods)
{
	size_t n = (size_t)PyDict_GET_SIZE(methods) + N_OWN_METHODS, size = 8;
	while (size < 2 * n)
		size *= 2;
	rpc->methods = calloc(n, sizeof(*rpc->methods));
	rpc->table = calloc(size, sizeof(*rpc->table));
	if (!rpc->methods || !rpc->table) {
		PyErr_NoMemory();
		return -1;
	}
	rpc->table_mask = size - 1;
	for (size_t i = 0; i < N_OWN_METHODS; i++)
		if (add_own_method(rpc, &own_methods[i]) < 0)
			return -1;
	Py_ssize_t position = 0;
	PyObject *name, *callable;
	while (PyDict_Next(methods, &position, &name, &callable))
		if (add_method(rpc, name, callable) < 0)
			return -1;
	return 0;
}

/* The exception that is set, as "Type: text" of UTF-8: a new reference, never NULL unless memory is short.  Cleared. */
static PyObject *take_exception_text(void)
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

int rpc_new(PyObject *methods, const struct rpc_options *options, struct rpc **ret, struct cause *cause)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));
	if (!rpc)
		return cause_set(cause, -ENOMEM, "no memory for the table of methods");
	rpc->options = *options;
	if (rpc->options.max_depth == 0)
		rpc->options.max_depth = RPC_DEPTH_DEFAULT;
	if (rpc->options.max_depth > RPC_DEPTH_MAX)
		rpc->options.max_depth = RPC_DEPTH_MAX;
	if (convert_init() < 0 || add_methods(rpc, methods) < 0) {
		PyObject *text = take_exception_text();
		const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
		int r = cause_set(cause, -ENOMEM, "cannot read the methods' signatures: %s", utf8 ? utf8 : "no memory");
		PyErr_Clear();
		Py_XDECREF(text);
		rpc_free(rpc);
		return r;
	}
	*ret = rpc;
	return 0;
}

void rpc_free(struct rpc *rpc)
{
	if (!rpc)
		return;
	for (size_t i = 0; i < rpc->n_methods; i++) {
		signature_clear(&rpc->methods[i].signature);
		Py_DECREF(rpc->methods[i].callable);
		Py_DECREF(rpc->methods[i].name_object);
	}
	free(rpc->methods);
	free(rpc->table);
	free(rpc);
}

/* ---- errors ---- */

static const char *error_name(int code)
{
	switch (code) {
	case RPC_PARSE_ERROR: return "Parse error";
	case RPC_INVALID_REQUEST: return "Invalid Request";
	case RPC_METHOD_NOT_FOUND: return "Method not found";
	case RPC_INVALID_PARAMS: return "Invalid params";
	default: return "Internal error";
	}
}

static void begin_error(struct buffer *out, int code)
{
	const char *name = error_name(code);
	buffer_printf(out, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\",\"data\":", code, name);
}

void rpc_append_error(struct buffer *out, int code, const char *message)
{
	begin_error(out, code);
	convert_dump_utf8(message, strlen(message), out);
	buffer_append_literal(out, "},\"id\":null}");
}

static void append_id(struct call *call)
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

/* Does the request fail in another way, because its text is no JSON? Then that is answered, whether it was a
 * notification or not. */
static bool refused_as_text(struct call *call)
{
	char why[192];
	int code;
	if (call->is_valid || check_text(call->text, call->length, call->max_depth, &code, why, sizeof(why)))
		return false;
	call->outcome->errors++;
	rpc_append_error(call->out, code, why);
	return true;
}

/* Begin an error response, unless nothing is to be answered. */
static bool begin_refusal(struct call *call, int code)
{
	if (refused_as_text(call))
		return false;
	call->is_valid = true;
	call->outcome->errors++;
	/* A request whose form is wrong has no right to be called a notification. */
	if (!call->envelope.id.text && code != RPC_INVALID_REQUEST)
		return false;
	begin_error(call->out, code);
	return true;
}

static void end_refusal(struct call *call)
{
	buffer_append_char(call->out, '}');
	append_id(call);
}

static void refuse(struct call *call, int code, const char *why)
{
	if (!begin_refusal(call, code))
		return;
	convert_dump_utf8(why, strlen(why), call->out);
	end_refusal(call);
}

/* params is JSON whose value Python does not take: an int of too many digits, memory. The exception is cleared. */
static void refuse_value(struct call *call, const char *what)
{
	PyObject *text = take_exception_text();
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	char why[256];
	(void)snprintf(why, sizeof(why), "%s: %.200s", what, utf8 ? utf8 : "no memory");
	PyErr_Clear();
	Py_XDECREF(text);
	refuse(call, RPC_INVALID_PARAMS, why);
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

/* Answer with the exception that is set, whatever it is: SystemExit and KeyboardInterrupt end the call, not the worker.
 */
static void answer_exception(struct call *call)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	if (value && traceback)
		(void)PyException_SetTraceback(value, traceback);
	call->outcome->errors++;
	if (call->envelope.id.text) {
		struct buffer *out = call->out;
		PyObject *text = safe_str(value);
		PyObject *name = str_attribute(type, "__qualname__");
		PyObject *module = str_attribute(type, "__module__");
		PyObject *headline = name && text ? exception_headline(name, text) : NULL;
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
		append_id(call);
		Py_XDECREF(headline);
		Py_XDECREF(module);
		Py_XDECREF(name);
		Py_XDECREF(text);
	}
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	PyErr_Clear(); /* of a destructor */
}

static void answer_result(struct call *call, PyObject *result)
{
	if (!call->envelope.id.text)
		return;
	size_t before = buffer_length(call->out);
	buffer_append_literal(call->out, "{\"jsonrpc\":\"2.0\",\"result\":");
	struct convert_error error;
	if (convert_dump(result, call->rpc->options.max_depth, call->out, &error) < 0) {
		buffer_truncate(call->out, before);
		refuse(call, RPC_INTERNAL_ERROR, error.text);
		return;
	}
	append_id(call);
}

/* ---- the call ---- */

/* The names that stand more than once in the params object: a list of str, or NULL. */
static PyObject *doubled_names(const struct span params)
{
	PyObject *seen = PySet_New(NULL), *doubled = PyList_New(0);
	const char *end = params.text + params.length, *p = params.text + 1;
	bool in_name = true;
	while (seen && doubled) {
		p = envelope_skip_space(p, end);
		if (p < end && (*p == ',' || *p == ':')) {
			in_name = *p++ == ',';
			continue;
		}
		const char *from = p;
		size_t elements;
		if (p == end || *p == '}' || !envelope_skip_value(&p, end, UINT32_MAX, &elements))
			break;
		PyObject *name = in_name ? convert_load(from, (size_t)(p - from)) : NULL;
		if (name && PySet_Contains(seen, name) == 1) {
			if (PySequence_Contains(doubled, name) == 0)
				(void)PyList_Append(doubled, name);
		} else if (name) {
			(void)PySet_Add(seen, name);
		}
		Py_XDECREF(name);
	}
	PyErr_Clear();
	Py_XDECREF(seen);
	return doubled;
}

static void refuse_params(struct call *call, const struct method *method, PyObject *params)
{
	if (!begin_refusal(call, RPC_INVALID_PARAMS))
		return;
	bool by_name = params && PyDict_CheckExact(params);
	size_t n = params && !by_name ? (size_t)PyList_GET_SIZE(params) : 0;
	PyObject *doubled = by_name ? doubled_names(call->envelope.params) : NULL;
	signature_explain(&method->signature, n, by_name ? params : NULL, doubled, call->out);
	Py_XDECREF(doubled);
	end_refusal(call);
}

static PyObject *call_method(PyObject *callable, PyObject *params)
{
	if (!params)
		return PyObject_CallNoArgs(callable);
	if (PyDict_CheckExact(params))
		return PyObject_VectorcallDict(callable, NULL, 0, params);
	/* The list's items are the arguments: the method must not find and change it through gc. */
	PyObject_GC_UnTrack(params);
	return PyObject_Vectorcall(callable, ((PyListObject *)params)->ob_item, (size_t)PyList_GET_SIZE(params), NULL);
}

static bool fits(const struct call *call, const struct method *method, PyObject *params)
{
	if (!params)
		return signature_fits_positions(&method->signature, 0);
	if (PyList_CheckExact(params))
		return signature_fits_positions(&method->signature, (size_t)PyList_GET_SIZE(params));
	return call->envelope.n_params == (size_t)PyDict_GET_SIZE(params) &&
	       signature_fits_names(&method->signature, params);
}

/* params as a list or dict, NULL when it is not there or empty: *ret.  False: refused. */
static bool load_params(struct call *call, PyObject **ret)
{
	struct span span = call->envelope.params;
	*ret = NULL;
	if (!span.text || span_is(span, "[]", 2) || span_is(span, "{}", 2))
		return true;
	if (span.text[0] != '[' && span.text[0] != '{') {
		refuse(call, RPC_INVALID_REQUEST, "params is neither an array nor an object");
		return false;
	}
	*ret = convert_load(span.text, span.length);
	if (!*ret)
		refuse_value(call, "params");
	return *ret != NULL;
}

static void perform(struct call *call, const struct method *method)
{
	PyObject *params;
	if (!load_params(call, &params))
		return;
	if (!fits(call, method, params)) {
		refuse_params(call, method, params);
		Py_XDECREF(params);
		return;
	}
	PyObject *result = call_method(method->callable, params);
	Py_XDECREF(params);
	if (result) {
		answer_result(call, result);
		Py_DECREF(result);
	} else {
		answer_exception(call);
	}
}

/* Printable ASCII between two quotes, without escapes: its bytes are its value. */
static bool is_plain_string(struct span span)
{
	if (span.length < 2 || span.text[0] != '"')
		return false;
	for (size_t i = 1; i < span.length - 1; i++)
		if (span.text[i] < 0x20 || span.text[i] == 0x7f || span.text[i] == '\\')
			return false;
	return true;
}

static bool is_number(struct span span)
{
	if (span.length < 19) {
		size_t digits = 0;
		while (digits < span.length && span.text[digits] >= '0' && span.text[digits] <= '9')
			digits++;
		if (digits == span.length && (span.text[0] != '0' || digits == 1))
			return true;
	}
	struct json_scan scan;
	size_t used;
	json_scan_begin(&scan, 0);
	enum json_scan_result result = json_scan_feed(&scan, span.text, span.length, &used);
	return result == JSON_SCAN_MORE && json_scan_end(&scan) == JSON_SCAN_DONE;
}

/* A value that JSON allows, whatever it is.  No exception. */
static bool is_value(struct span span)
{
	PyObject *value = convert_load(span.text, span.length);
	PyErr_Clear();
	bool is = value != NULL;
	Py_XDECREF(value);
	return is;
}

static bool id_is_valid(struct span id)
{
	switch (id.text[0]) {
	case '"': return is_plain_string(id) || is_value(id);
	case 'n': return span_is(id, "null", 4);
	case '-':
	case '0' ... '9': return is_number(id);
	default: return false;
	}
}

/* jsonrpc or method with escapes in it: compare the values. */
static bool string_is(struct span span, const char *text)
{
	PyObject *value = convert_load(span.text, span.length);
	bool is = value && PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, text) == 0;
	PyErr_Clear();
	Py_XDECREF(value);
	return is;
}

/* The method of a name that has escapes or other than ASCII in it. */
static const struct method *find_odd_method(const struct rpc *rpc, struct span span)
{
	PyObject *value = convert_load(span.text, span.length);
	Py_ssize_t length;
	const char *name = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, &length) : NULL;
	const struct method *method = name ? find_method(rpc, name, (size_t)length) : NULL;
	PyErr_Clear();
	Py_XDECREF(value);
	return method;
}

static void refuse_method(struct call *call)
{
	if (!begin_refusal(call, RPC_METHOD_NOT_FOUND))
		return;
	struct span name = call->envelope.method;
	buffer_append_literal(call->out, "\"no method ");
	buffer_append(call->out, name.text + 1, name.length - 1); /* still escaped, with its closing quote */
	end_refusal(call);
}

/* What is wrong with the form of the request: NULL if nothing is. */
static const char *form_error(const struct call *call)
{
	const struct envelope *envelope = &call->envelope;
	if (!envelope->jsonrpc.text)
		return "the member jsonrpc is missing, it must be \"2.0\"";
	if (!span_is(envelope->jsonrpc, "\"2.0\"", 5) && !string_is(envelope->jsonrpc, "2.0"))
		return "the member jsonrpc must be \"2.0\"";
	if (!envelope->method.text)
		return "the member method is missing";
	if (envelope->method.text[0] != '"')
		return "the member method must be a string";
	return NULL;
}

static bool others_are_values(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->n_others; i++)
		if (!is_plain_string(envelope->others[i]) && !is_number(envelope->others[i]) &&
		    !is_value(envelope->others[i]))
			return false;
	return true;
}

static void handle_request(struct call *call)
{
	struct envelope *envelope = &call->envelope;
	call->outcome->requests++;
	if (!envelope_read(call->text, call->length, call->max_depth, envelope)) {
		*envelope = (struct envelope){ .n_others = 0 };
		refuse(call, RPC_INVALID_REQUEST, "the request is not an object");
		return;
	}
	if (envelope->id.text && !id_is_valid(envelope->id)) {
		envelope->id.text = NULL;
		refuse(call, RPC_INVALID_REQUEST, "the member id must be a string, a number or null");
		return;
	}
	const char *error = form_error(call);
	if (error) {
		refuse(call, RPC_INVALID_REQUEST, error);
		return;
	}
	/* No text that is not JSON is ever acted on. */
	if (envelope->n_others > 0 && (envelope->overflowed || !others_are_values(envelope)) && refused_as_text(call))
		return;
	struct span name = envelope->method;
	const struct method *method = is_plain_string(name) ? find_method(call->rpc, name.text + 1, name.length - 2)
							    : find_odd_method(call->rpc, name);
	if (!method)
		refuse_method(call);
	else
		perform(call, method);
}

/* The text is a JSON array. */
static void handle_batch(struct call *batch, const char *p)
{
	struct buffer *out = batch->out;
	const char *end = batch->text + batch->length;
	size_t before = buffer_length(out);
	bool any = false;
	buffer_append_char(out, '[');
	for (p = envelope_skip_space(p + 1, end); *p != ']'; p = envelope_skip_space(p, end)) {
		if (*p == ',') {
			p++;
			continue;
		}
		struct call call = { .rpc = batch->rpc,
				     .text = p,
				     .out = out,
				     .outcome = batch->outcome,
				     .max_depth = batch->max_depth - 1,
				     .is_valid = true };
		size_t elements;
		if (!envelope_skip_value(&p, end, call.max_depth, &elements))
			break; /* cannot be: the text has been checked */
		call.length = (size_t)(p - call.text);
		any = true;
		size_t mark = buffer_length(out);
		if (mark > before + 1)
			buffer_append_char(out, ',');
		size_t start = buffer_length(out);
		handle_request(&call);
		if (buffer_length(out) == start)
			buffer_truncate(out, mark);
	}
	if (!any) {
		buffer_truncate(out, before);
		batch->outcome->requests++;
		refuse(batch, RPC_INVALID_REQUEST, "an empty batch");
	} else if (buffer_length(out) == before + 1) {
		buffer_truncate(out, before);
	} else {
		buffer_append_char(out, ']');
	}
}

void rpc_handle(struct rpc *rpc, const char *text, size_t length, struct buffer *out, struct rpc_outcome *ret)
{
	*ret = (struct rpc_outcome){ .requests = 0 };
	struct call call = { .rpc = rpc,
			     .text = text,
			     .length = length,
			     .out = out,
			     .outcome = ret,
			     .max_depth = rpc->options.max_depth };
	size_t before = buffer_length(out);
	const char *start = envelope_skip_space(text, text + length);
	if (start == text + length || *start != '[') {
		handle_request(&call);
	} else if (!refused_as_text(&call)) {
		call.is_valid = true;
		handle_batch(&call, start);
	} else {
		ret->requests++;
	}
	if (out->failed) {
		buffer_truncate(out, before);
		rpc_append_error(out, RPC_INTERNAL_ERROR, "no memory for the answer");
	}
}
