/* control.h - the control socket: JSON-RPC 2.0, a request a line, for root and the daemon's own user.
 *
 * A method may answer later: it keeps its call and ends it with control_reply() or control_fail(). */
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include "common/cause.h"

struct control;
struct control_call;

enum {
	CONTROL_CLIENTS_MAX = 64,
	CONTROL_LINE_MAX = 64 << 10, /* bytes of a request */
	/* JSON-RPC's own, and ours. */
	CONTROL_PARSE_ERROR = -32700,
	CONTROL_INVALID_REQUEST = -32600,
	CONTROL_METHOD_NOT_FOUND = -32601,
	CONTROL_UNAVAILABLE = -32000,
};

struct control_method {
	const char *name; /* NULL ends a table */
	/* call is the method's: it must be ended, now or later. */
	void (*run)(struct control_call *call, void *userdata);
};

/* Serve methods at fd, a listening socket, which stays the caller's, to root, to whom we are, and to user.  methods
 * must outlive it.  -errno with cause. */
int control_create(sd_event *event, int fd, uid_t user, const struct control_method *methods, void *userdata,
		   struct control **ret, struct cause *cause) __attribute__((warn_unused_result));

/* Take no more connections, so that the listening socket may be closed.  NULL is fine. */
void control_stop_listening(struct control *control);

/* Close all connections, after an attempt to send what waits.  Every call must have ended.  NULL is fine. */
struct control *control_free(struct control *control);

/* The call's params, borrowed; NULL: it has none. */
json_t *control_params(const struct control_call *call);

/* End a call with a result, which is given away; NULL: memory was short. */
void control_reply(struct control_call *call, json_t *result);

/* End a call with an error. */
void control_fail(struct control_call *call, int code, const char *message);
