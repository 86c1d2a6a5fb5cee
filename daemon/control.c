/* control.c - see control.h */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/control.h"

struct client {
	struct client *next;
	struct control *control;
	struct channel *channel;
	unsigned calls; /* not ended yet */
	bool ended;     /* sends nothing more */
};

struct control {
	sd_event *event;
	sd_event_source *accepting;
	uid_t user; /* who may, beside root and us */
	const struct control_method *methods;
	void *userdata;
	struct client *clients;
	unsigned count;
};

struct control_call {
	struct client *client;
	json_t *id;     /* NULL: a notification */
	json_t *params; /* NULL: there are none */
};

/* A client goes when it has said its last and has heard everything. */
static void client_release(struct client *client)
{
	if (!client->ended || client->calls > 0 || channel_pending(client->channel))
		return;
	client->channel = channel_free(client->channel);
	struct client **link = &client->control->clients;
	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	client->control->count--;
	free(client);
}

/* A message for the client, given away; without one, or if it does not take it, it is closed. */
static void client_send(struct client *client, json_t *message)
{
	if (channel_send_new(client->channel, message) < 0)
		client->ended = true;
}

static json_t *error_response(json_t *id, int code, const char *message)
{
	return json_pack("{s:s, s:{s:i, s:s}, s:O?}", "jsonrpc", "2.0", "error", "code", code, "message", message, "id",
			 id ? id : json_null());
}

static void call_end(struct control_call *call, json_t *response)
{
	struct client *client = call->client;
	if (call->id)
		client_send(client, response);
	else
		json_decref(response);
	json_decref(call->id);
	json_decref(call->params);
	free(call);
	client->calls--;
	client_release(client);
}

json_t *control_params(const struct control_call *call)
{
	return call->params;
}

void control_reply(struct control_call *call, json_t *result)
{
	call_end(call, json_pack("{s:s, s:o, s:O?}", "jsonrpc", "2.0", "result", result, "id", call->id));
}

void control_fail(struct control_call *call, int code, const char *message)
{
	call_end(call, error_response(call->id, code, message));
}

static void on_message(struct channel *channel, json_t *message, void *userdata)
{
	(void)channel;
	struct client *client = userdata;
	json_t *id = json_object_get(message, "id");
	const char *version = json_string_value(json_object_get(message, "jsonrpc"));
	const char *name = json_string_value(json_object_get(message, "method"));
	if (!version || strcmp(version, "2.0") != 0 || !name) {
		client_send(client, error_response(id, CONTROL_INVALID_REQUEST, "Invalid Request"));
		client_release(client);
		return;
	}
	struct control_call *call = malloc(sizeof(*call));
	if (!call) {
		client->ended = true;
		client_release(client);
		return;
	}
	*call = (struct control_call){ .client = client,
				       .id = json_incref(id),
				       .params = json_incref(json_object_get(message, "params")) };
	client->calls++;
	for (const struct control_method *method = client->control->methods; method->name; method++) {
		if (strcmp(method->name, name) == 0) {
			method->run(call, client->control->userdata);
			return;
		}
	}
	control_fail(call, CONTROL_METHOD_NOT_FOUND, "Method not found");
}

static void on_closed(struct channel *channel, int result, const char *cause, void *userdata)
{
	(void)channel;
	struct client *client = userdata;
	if (result == -EBADMSG || result == -EMSGSIZE) {
		struct cause text;
		(void)cause_set(&text, 0, "Parse error: %s", cause);
		client_send(client, error_response(NULL, CONTROL_PARSE_ERROR, text.text));
	}
	client->ended = true;
	client_release(client);
}

static void on_drained(struct channel *channel, void *userdata)
{
	(void)channel;
	client_release(userdata);
}

static const struct channel_handlers handlers = { .message = on_message, .closed = on_closed, .drained = on_drained };

/* The mode of the socket file says the same, but a socket from systemd may have any. */
static bool peer_allowed(const struct control *control, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() || peer.uid == control->user)
		return true;
	log_with(LOG_NOTICE, LOG_FIELDS(LOG_ID(CONTROL_REFUSED)),
		 "control socket: user %u (process %d) is not allowed to use it", (unsigned)peer.uid, (int)peer.pid);
	return false;
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *userdata)
{
	(void)source;
	(void)events;
	struct control *control = userdata;
	cleanup_fd int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 || control->count >= CONTROL_CLIENTS_MAX || !peer_allowed(control, fd))
		return 0;
	struct client *client = calloc(1, sizeof(*client));
	if (!client)
		return 0;
	struct cause cause;
	if (channel_create(control->event, steal_fd(&fd), CONTROL_LINE_MAX, &handlers, client, &client->channel,
			   &cause) < 0) {
		log_warning("control socket: %s", cause.text);
		free(client);
		return 0;
	}
	client->control = control;
	client->next = control->clients;
	control->clients = client;
	control->count++;
	return 0;
}

int control_create(sd_event *event, int fd, uid_t user, const struct control_method *methods, void *userdata,
		   struct control **ret, struct cause *cause)
{
	struct control *control = calloc(1, sizeof(*control));
	if (!control)
		return cause_set(cause, -ENOMEM, "out of memory");
	*control = (struct control){
		.event = sd_event_ref(event), .user = user, .methods = methods, .userdata = userdata
	};
	int r = sd_event_add_io(event, &control->accepting, fd, EPOLLIN, on_connection, control);
	if (r < 0) {
		(void)control_free(control);
		return cause_set_errno(cause, r, "cannot watch the control socket");
	}
	*ret = control;
	return 0;
}

void control_stop_listening(struct control *control)
{
	if (control)
		control->accepting = sd_event_source_disable_unref(control->accepting);
}

struct control *control_free(struct control *control)
{
	if (!control)
		return NULL;
	control_stop_listening(control);
	while (control->clients) {
		struct client *client = control->clients;
		control->clients = client->next;
		(void)channel_flush(client->channel, 0);
		client->channel = channel_free(client->channel);
		free(client);
	}
	(void)sd_event_unref(control->event);
	free(control);
	return NULL;
}
