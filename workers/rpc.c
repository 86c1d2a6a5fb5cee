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
#include "workers/measure.h"
#include "workers/rpc_priv.h"

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
	if (convert_init() < 0 || method_table_fill(&rpc->table, methods, options->check_types) < 0) {
		PyObject *text = rpc_take_exception_text();
		const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
		int r = cause_set(cause, -ENOMEM, "cannot read the methods' signatures: %s", utf8 ? utf8 : "no memory");
		PyErr_Clear();
		Py_XDECREF(text);
		rpc_free(rpc);
		return r;
	}
	for (size_t i = 0; i < rpc->table.n_methods; i++)
		rpc->table.methods[i].metric = measure_method(rpc->table.methods[i].name);
	*ret = rpc;
	return 0;
}

void rpc_free(struct rpc *rpc)
{
	if (!rpc)
		return;
	method_table_clear(&rpc->table);
	free(rpc);
}

static bool is_too_long_a_batch(struct call *batch, const char *p)
{
	size_t limit = batch->rpc->options.max_batch, elements = 0;
	char why[96];
	if (limit == 0 || !envelope_skip_value(&p, batch->text + batch->length, batch->max_depth, &elements) ||
	    elements <= limit)
		return false;
	(void)snprintf(why, sizeof(why), "a batch of %zu requests; the limit is %zu", elements, limit);
	batch->outcome->requests++;
	call_refuse(batch, RPC_INVALID_REQUEST, why);
	measure_end(NULL, 0, buffer_length(batch->out) - batch->answer_at);
	return true;
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
				     .answer_at = batch->answer_at,
				     .outcome = batch->outcome,
				     .refusal = batch->refusal,
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
		call_perform(&call);
		if (buffer_length(out) == start)
			buffer_truncate(out, mark);
	}
	if (!any) {
		buffer_truncate(out, before);
		batch->outcome->requests++;
		call_refuse(batch, RPC_INVALID_REQUEST, "an empty batch");
		measure_end(NULL, 0, buffer_length(out) - before);
	} else if (buffer_length(out) == before + 1) {
		buffer_truncate(out, before);
	} else {
		buffer_append_char(out, ']');
	}
}

static void handle(struct call *call)
{
	struct rpc_outcome *outcome = call->outcome;
	*outcome = (struct rpc_outcome){ .requests = 0 };
	call->max_depth = call->rpc->options.max_depth;
	size_t before = call->answer_at = buffer_length(call->out);
	const char *start = envelope_skip_space(call->text, call->text + call->length);
	if (start == call->text + call->length || *start != '[') {
		call_perform(call);
	} else if (!call_refused_as_text(call)) {
		call->is_valid = true;
		if (!is_too_long_a_batch(call, start))
			handle_batch(call, start);
	} else {
		outcome->requests++;
		measure_end(NULL, 0, buffer_length(call->out) - before);
	}
	if (call->out->failed) {
		buffer_truncate(call->out, before);
		rpc_append_error(call->out, RPC_INTERNAL_ERROR, "no memory for the answer");
	}
}

void rpc_handle(struct rpc *rpc, const char *text, size_t length, struct buffer *out, struct rpc_outcome *ret)
{
	handle(&(struct call){ .rpc = rpc, .text = text, .length = length, .out = out, .outcome = ret });
}

void rpc_set_timeout(struct rpc *rpc, uint64_t timeout_us)
{
	rpc->timeout_us = timeout_us;
}

void rpc_abandon(struct rpc *rpc, const char *text, size_t length, const struct rpc_refusal *refusal,
		 struct buffer *out, struct rpc_outcome *ret)
{
	handle(&(struct call){ .rpc = rpc,
			       .text = text,
			       .length = length,
			       .out = out,
			       .outcome = ret,
			       .refusal = refusal,
			       .is_valid = true });
}

void rpc_refuse(struct rpc *rpc, const char *text, size_t length, const struct rpc_refusal *refusal, struct buffer *out,
		struct rpc_outcome *ret)
{
	handle(&(struct call){
		.rpc = rpc, .text = text, .length = length, .out = out, .outcome = ret, .refusal = refusal });
}
