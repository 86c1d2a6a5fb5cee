/* rpc_call.c - one request, from its text to its answer; see rpc_priv.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>

#include "workers/convert.h"
#include "workers/coroutines.h"
#include "workers/deadline.h"
#include "workers/json_scan.h"
#include "workers/measure.h"
#include "workers/rpc_priv.h"

enum { TIMEOUT_DIGITS_MAX = 9 };

/* A batch has one limit for all its results. */
static bool is_too_long(const struct call *call)
{
	size_t limit = call->rpc->options.max_result;
	return limit > 0 && buffer_length(call->out) - call->answer_at > limit;
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
		call_refuse(call, RPC_INTERNAL_ERROR, error.text);
		return;
	}
	if (is_too_long(call)) {
		char why[96];
		(void)snprintf(why, sizeof(why), "the answer is longer than %zu bytes, its limit",
			       call->rpc->options.max_result);
		buffer_truncate(call->out, before);
		call_refuse(call, RPC_INTERNAL_ERROR, why);
		return;
	}
	call_append_id(call);
}

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
	if (!call_begin_refusal(call, RPC_INVALID_PARAMS))
		return;
	bool by_name = params && PyDict_CheckExact(params);
	size_t n = params && !by_name ? (size_t)PyList_GET_SIZE(params) : 0;
	PyObject *doubled = by_name ? doubled_names(call->envelope.params) : NULL;
	signature_explain(&method->signature, n, by_name ? params : NULL, doubled, call->out);
	Py_XDECREF(doubled);
	call_end_refusal(call);
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
		call_refuse(call, RPC_INVALID_REQUEST, "params is neither an array nor an object");
		return false;
	}
	*ret = convert_load(span.text, span.length);
	if (!*ret)
		call_refuse_value(call, "params");
	return *ret != NULL;
}

/* What the client gives the call, 0: all the time of the world.  False: refused. */
static bool client_timeout(struct call *call, uint64_t *ret_us)
{
	struct span span = call->envelope.timeout_ms;
	*ret_us = call->rpc->timeout_us;
	if (!span.text)
		return true;
	uint64_t ms = 0;
	size_t digits = 0;
	while (digits < span.length && digits < TIMEOUT_DIGITS_MAX && span.text[digits] >= '0' &&
	       span.text[digits] <= '9')
		ms = ms * 10 + (uint64_t)(span.text[digits++] - '0');
	if (ms == 0 || digits < span.length || span.text[0] == '0') {
		call_refuse(call, RPC_INVALID_REQUEST,
			    "the member timeout_ms must be a whole number of milliseconds from 1 to 999999999");
		return false;
	}
	if (*ret_us == 0 || ms * 1000 < *ret_us)
		*ret_us = ms * 1000;
	return true;
}

/* The exception that is set is the deadline's. */
static void answer_timeout(struct call *call, uint64_t limit_us)
{
	char detail[96];
	(void)snprintf(detail, sizeof(detail), "the call has taken longer than %.6g s", (double)limit_us / 1e6);
	PyErr_Clear();
	call->refusal = &(struct rpc_refusal){ .code = RPC_TIMED_OUT, .detail = detail };
	call_answer_refusal(call);
	call->refusal = NULL;
}

/* False: refused, as the annotations want something else. */
static bool types_fit(struct call *call, const struct method *method, PyObject *params)
{
	if (!params || !method->checker || method->checker == Py_None)
		return true;
	PyObject *wrong = PyObject_CallOneArg(method->checker, params);
	if (!wrong) {
		call_answer_exception(call);
	} else if (wrong != Py_None && call_begin_refusal(call, RPC_INVALID_PARAMS)) {
		struct convert_error error;
		size_t before = buffer_length(call->out);
		if (convert_dump(wrong, 2, call->out, &error) < 0) {
			buffer_truncate(call->out, before);
			convert_dump_utf8(error.text, strlen(error.text), call->out);
		}
		call_end_refusal(call);
	}
	PyErr_Clear();
	bool fit = wrong == Py_None;
	Py_XDECREF(wrong);
	return fit;
}

static void perform(struct call *call, const struct method *method)
{
	PyObject *params;
	uint64_t client_us;
	if (!client_timeout(call, &client_us) || !load_params(call, &params))
		return;
	if (!fits(call, method, params)) {
		refuse_params(call, method, params);
		Py_XDECREF(params);
		return;
	}
	if (!types_fit(call, method, params)) {
		Py_XDECREF(params);
		return;
	}
	struct span text = call->envelope.params;
	uint64_t limit_us = method->limit_us;
	if (deadline_begin(method->name, limit_us, client_us, text.text, text.length))
		(void)buffer_reserve(call->out, call->length + RPC_ABANDON_ROOM);
	PyObject *result = call_method(method->callable, params);
	if (result && coroutines_wanted(result))
		result = coroutines_run(result);
	bool late = deadline_end();
	Py_XDECREF(params);
	if (!result && late && PyErr_ExceptionMatches(PyExc_TimeoutError)) {
		answer_timeout(call, client_us && (!limit_us || client_us < limit_us) ? client_us : limit_us);
	} else if (result) {
		answer_result(call, result);
		Py_DECREF(result);
	} else {
		call_answer_exception(call);
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
	const struct method *method = name ? method_table_find(&rpc->table, name, (size_t)length) : NULL;
	PyErr_Clear();
	Py_XDECREF(value);
	return method;
}

/* Why a name that the app has is no method: borrowed text, NULL if nobody knows it. */
static const char *refused_reason(const struct call *call)
{
	PyObject *refused = call->rpc->options.refused;
	PyObject *name = refused ? convert_load(call->envelope.method.text, call->envelope.method.length) : NULL;
	PyObject *why = name ? PyDict_GetItemWithError(refused, name) : NULL; /* borrowed */
	const char *text = why && PyUnicode_Check(why) ? PyUnicode_AsUTF8(why) : NULL;
	PyErr_Clear();
	Py_XDECREF(name);
	return text;
}

static void refuse_method(struct call *call)
{
	if (!call_begin_refusal(call, RPC_METHOD_NOT_FOUND))
		return;
	struct span name = call->envelope.method;
	const char *why = refused_reason(call);
	if (why) {
		convert_dump_utf8(why, strlen(why), call->out);
	} else {
		buffer_append_literal(call->out, "\"no method ");
		buffer_append(call->out, name.text + 1, name.length - 1); /* still escaped, with its closing quote */
	}
	call_end_refusal(call);
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

/* *ret: the method that the request names, if there is one. */
static void answer(struct call *call, const struct method **ret)
{
	struct envelope *envelope = &call->envelope;
	if (!envelope_read(call->text, call->length, call->max_depth, envelope)) {
		*envelope = (struct envelope){ .n_others = 0 };
		call_refuse(call, RPC_INVALID_REQUEST, "the request is not an object");
		return;
	}
	if (envelope->id.text && !id_is_valid(envelope->id)) {
		envelope->id.text = NULL;
		call_refuse(call, RPC_INVALID_REQUEST, "the member id must be a string, a number or null");
		return;
	}
	const char *error = form_error(call);
	if (error) {
		call_refuse(call, RPC_INVALID_REQUEST, error);
		return;
	}
	/* No text that is not JSON is ever acted on. */
	if (envelope->n_others > 0 && (envelope->overflowed || !others_are_values(envelope)) &&
	    call_refused_as_text(call))
		return;
	if (call->refusal) {
		call_answer_refusal(call);
		return;
	}
	struct span name = envelope->method;
	const struct method *method = *ret =
		is_plain_string(name) ? method_table_find(&call->rpc->table, name.text + 1, name.length - 2)
				      : find_odd_method(call->rpc, name);
	if (!method)
		refuse_method(call);
	else
		perform(call, method);
}

void call_perform(struct call *call)
{
	const struct method *method = NULL;
	size_t before = buffer_length(call->out);
	call->outcome->requests++;
	answer(call, &method);
	measure_end(method ? method->name : NULL, method ? method->metric : 0, buffer_length(call->out) - before);
}
