/* rpc_priv.h - a request on its way; between rpc.c, rpc_call.c and rpc_errors.c. */
#pragma once

#include "workers/envelope.h"
#include "workers/method_table.h"
#include "workers/rpc.h"

struct rpc {
	struct rpc_options options;
	struct method_table table;
	uint64_t timeout_us; /* the client's, 0: none */
};

struct call {
	struct rpc *rpc;
	const char *text; /* the whole of it, for errors */
	size_t length;
	struct envelope envelope;
	struct buffer *out;
	size_t answer_at; /* in out: where the answer to the whole text begins */
	struct rpc_outcome *outcome;
	const struct rpc_refusal *refusal; /* NULL: the request is performed */
	uint32_t max_depth;
	size_t data_at; /* of the answer that is an error */
	bool is_valid;  /* the text is known to be JSON */
};

/* rpc_call.c: perform the request and answer it. */
void call_perform(struct call *call);

/* rpc_errors.c: answers that are errors.  A call that fails gets exactly one of them.
 *
 * Does the request fail in another way, because its text is no JSON?  Then that is answered, whether it was a
 * notification or not. */
bool call_refused_as_text(struct call *call);

/* Begin an error response up to its data, which is to be appended; then call_end_refusal().  False: nothing is to be
 * answered, or something else has been. */
bool call_begin_refusal(struct call *call, int code);
void call_end_refusal(struct call *call);

/* An error response whose data is a text. */
void call_refuse(struct call *call, int code, const char *why);

/* params is JSON whose value Python does not take: an int of too many digits, memory.  The exception is cleared. */
void call_refuse_value(struct call *call, const char *what);

/* The answer that the call's refusal says. */
void call_answer_refusal(struct call *call);

/* Answer with the exception that is set, whatever it is: SystemExit and KeyboardInterrupt end the call, not the worker.
 */
void call_answer_exception(struct call *call);

/* The end of every response: ,"id":ID} */
void call_append_id(struct call *call);

/* The exception that is set, as "Type: text": a new reference, NULL when memory is short.  The exception is cleared. */
PyObject *rpc_take_exception_text(void);
