/* rpc.h - JSON-RPC 2.0: one JSON text in, the call, at most one JSON text out.
 *
 * The GIL must be held for every call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"
#include "workers/buffer.h"

typedef struct _object PyObject;

struct rpc;

struct rpc_options {
	bool traceback;     /* error objects of exceptions carry the traceback */
	bool check_types;   /* parameters must fit the annotations */
	PyObject *refused;  /* dict, name -> why there is no such method; borrowed, may be NULL */
	uint32_t max_depth; /* arrays and objects inside each other, both ways; 0: RPC_DEPTH_DEFAULT */
	size_t max_batch;   /* requests in a batch; 0: no limit */
	size_t max_result;  /* bytes of a result as JSON; 0: no limit */
};

enum {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603, /* the method returned what JSON cannot express */
	/* The server's own. */
	RPC_OVERLOADED = -32000,    /* too much is waiting; the request was not begun */
	RPC_EXCEPTION = -32001,     /* the method raised */
	RPC_TIMED_OUT = -32002,     /* the request was over its deadline, and ended */
	RPC_SHUTTING_DOWN = -32003, /* the request was not begun */
	RPC_WORKER_LOST = -32004,   /* the process that had begun the request is gone */
	RPC_DENIED = -32005,        /* who asks is not allowed to */

	RPC_DEPTH_DEFAULT = 256,
	RPC_DEPTH_MAX = 1024,

	RPC_ABANDON_ROOM = 512,
};

/* What came of one text. */
struct rpc_outcome {
	uint64_t requests; /* calls and notifications, refused ones included */
	uint64_t errors;   /* of these, answered with an error object */
};

/* Offer the methods, a dict of str to callable; their signatures are read now, once.  -errno with cause. */
int rpc_new(PyObject *methods, const struct rpc_options *options, struct rpc **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void rpc_free(struct rpc *rpc); /* NULL is fine */
static inline void rpc_freep(struct rpc **rpc)
{
	rpc_free(*rpc);
}

/* Handle the text: whatever it is, nothing or one JSON text without a newline is appended to out (and nothing taken
 * from it).  No exception is left set, also not SystemExit.  A text that is no request at all counts as one request. */
void rpc_handle(struct rpc *rpc, const char *text, size_t length, struct buffer *out, struct rpc_outcome *ret);

/* How long the client gives each call of the texts that follow, from the headers around them; 0: it did not say.  The
 * member timeout_ms of a request may make it shorter still. */
void rpc_set_timeout(struct rpc *rpc, uint64_t timeout_us);

/* Why a request is not performed, or not finished, through no fault of its own. */
struct rpc_refusal {
	int code;            /* RPC_OVERLOADED, RPC_TIMED_OUT, RPC_SHUTTING_DOWN, RPC_WORKER_LOST, RPC_DENIED */
	const char *detail;  /* a sentence for people, UTF-8 */
	const char *members; /* more members of the error's data as JSON text, "\"limit\":16"; may be NULL */
};

/* Answer the text like rpc_handle(), but with this error instead of every call; what is wrong with the text itself is
 * still said, and notifications are still not answered. */
void rpc_refuse(struct rpc *rpc, const char *text, size_t length, const struct rpc_refusal *refusal, struct buffer *out,
		struct rpc_outcome *ret);

/* The same for a text that rpc_handle() has begun with, and that is known to be in order.  From a signal handler, if
 * out has RPC_ABANDON_ROOM bytes of room more than the text is long: for a single request with a usual id, nothing is
 * allocated then. */
void rpc_abandon(struct rpc *rpc, const char *text, size_t length, const struct rpc_refusal *refusal,
		 struct buffer *out, struct rpc_outcome *ret);

/* The same for a text of which nothing is known, without Python: any thread may call it, without the GIL.  A batch gets
 * one error for all, and ids that are not plain become null. */
void rpc_refuse_blind(const char *text, size_t length, const struct rpc_refusal *refusal, struct buffer *out);

/* Append the same error for nobody knows which request: its id is null.  Needs no GIL. */
void rpc_append_refusal(struct buffer *out, const struct rpc_refusal *refusal);

/* Append the error response that has no request: {"jsonrpc":"2.0","error":{...},"id":null}.  message is UTF-8.  Needs
 * no GIL. */
void rpc_append_error(struct buffer *out, int code, const char *message);
