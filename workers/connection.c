/* connection.c - one client: reading, the requests in it, writing, and how long it may take; see worker_priv.h. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "workers/measure.h"
#include "workers/worker_priv.h"

enum { LINGER_MS_DEFAULT = 2000 };

/* The end is told from other input, so that clients that leave do not stand in line. */
#define WATCH_INPUT (EPOLLIN | EPOLLRDHUP)

/* ---- the queue ---- */

void connection_enqueue(struct worker *worker, struct connection *connection)
{
	if (connection->queued || connection->dead || connection == worker->calling)
		return;
	connection->queued = true;
	connection->next_in_queue = NULL;
	*worker->queue_tail = connection;
	worker->queue_tail = &connection->next_in_queue;
	worker->queue_length++;
}

void connection_enqueue_first(struct worker *worker, struct connection *connection)
{
	connection->queued = true;
	connection->next_in_queue = worker->queue;
	if (!worker->queue)
		worker->queue_tail = &connection->next_in_queue;
	worker->queue = connection;
	worker->queue_length++;
}

struct connection *connection_dequeue(struct worker *worker)
{
	struct connection *connection = worker->queue;
	worker->queue = connection->next_in_queue;
	if (!worker->queue)
		worker->queue_tail = &worker->queue;
	worker->queue_length--;
	connection->queued = false;
	return connection;
}

/* ---- life ---- */

void connection_free(struct connection *connection)
{
	framing_free(connection->framing);
	buffer_free(&connection->out);
	free(connection);
}

bool connection_new(struct worker *worker, int fd, struct listener_state *listener, struct framing *framing,
		    struct connection **ret)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = { .events = WATCH_INPUT, .data.ptr = connection };
	if (!connection || epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(connection);
		return false;
	}
	connection->fd = fd;
	connection->interest = WATCH_INPUT;
	connection->watched = true;
	connection->listener = listener;
	connection->framing = framing;
	connection->deadline_us = NEVER;
	connection->next = worker->connections;
	connection->link = &worker->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	worker->connections = connection;
	worker->n_connections++;
	*ret = connection;
	return true;
}

void connection_close(struct worker *worker, struct connection *connection)
{
	door_on_close(worker, connection);
	/* Closing is not enough: a process that the user's code has started may hold the socket open. */
	connection_unwatch(worker, connection);
	connection->fd = close_fd(connection->fd);
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	worker->n_connections--;
	connection->dead = true;
	if (!connection->queued)
		connection_free(connection);
}

bool connection_give_away(struct worker *worker, struct connection *connection)
{
	if (!worker->setup->exchange || connection->eof || connection->closing || connection->lingering ||
	    connection->refusal || buffer_length(&connection->out) > 0 || framing_is_over(connection->framing))
		return false;
	struct exchange_item item = { .fd = connection->fd,
				      .listener = connection->listener->listener->id,
				      .late_us = connection->wait == WAIT_REST && !connection->progressed
							 ? connection->deadline_us
							 : NEVER };
	item.state = framing_export(connection->framing, &item.bytes, &item.length);
	if (exchange_send(worker->setup->exchange, &item) < 0)
		return false;
	connection_close(worker, connection);
	return true;
}

void connections_give_away(struct worker *worker)
{
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		if (connection != worker->calling)
			(void)connection_give_away(worker, connection);
	}
}

static bool has_sent(const struct connection *connection)
{
	char byte;
	return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void connections_close_idle(struct worker *worker)
{
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		if (connection != worker->calling && !connection->dead && buffer_length(&connection->out) == 0 &&
		    framing_is_idle(connection->framing) && !has_sent(connection))
			connection_close(worker, connection);
	}
}

/* ---- input and output ---- */

void connection_unwatch(struct worker *worker, struct connection *connection)
{
	if (connection->watched)
		(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
	connection->watched = false;
	connection->interest = 0;
}

static bool is_full(const struct worker *worker, const struct connection *connection)
{
	return buffer_length(&connection->out) > worker->backlog_bytes;
}

bool connection_hears(const struct connection *connection)
{
	return connection->watched && connection->interest & EPOLLIN;
}

static void watch_for(struct worker *worker, struct connection *connection, uint32_t want)
{
	if (connection->watched && want == connection->interest)
		return;
	struct epoll_event event = { .events = want, .data.ptr = connection };
	int how = connection->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(worker->epoll, how, connection->fd, &event) == 0) {
		connection->interest = want;
		connection->watched = true;
	}
}

void connection_watch(struct worker *worker, struct connection *connection)
{
	uint32_t want = 0;
	if (!connection->eof && (connection->lingering || (!connection->closing && !is_full(worker, connection))))
		want |= WATCH_INPUT;
	if (buffer_length(&connection->out) > 0)
		want |= EPOLLOUT;
	watch_for(worker, connection, want);
}

bool connection_flush(struct connection *connection)
{
	struct buffer *out = &connection->out;
	while (buffer_length(out) > 0) {
		ssize_t n = send(connection->fd, buffer_begin(out), buffer_length(out), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
		connection->progressed = true;
		buffer_consume(out, (size_t)n);
	}
	if (out->size > KEEP_BYTES)
		buffer_free(out);
	return true;
}

bool connection_has_left(const struct connection *connection)
{
	char byte;
	if (!framing_is_idle(connection->framing))
		return false;
	ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Read once. False: the connection is broken. */
static bool receive(struct worker *worker, struct connection *connection)
{
	ssize_t n;
	do
		n = recv(connection->fd, worker->chunk, sizeof(worker->chunk), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	connection->readable = n == (ssize_t)sizeof(worker->chunk);
	if (n < 0)
		return errno == EAGAIN;
	if (n == 0) {
		connection->eof = true;
		framing_eof(connection->framing);
		return true;
	}
	connection->began = true;
	if (connection->lingering)
		return true;
	char *room = framing_room(connection->framing, (size_t)n);
	if (!room)
		return false;
	memcpy(room, worker->chunk, (size_t)n);
	framing_added(connection->framing, (size_t)n);
	return true;
}

/* ---- deadlines ---- */

static void set_deadline(struct worker *worker, struct connection *connection, enum wait wait, uint64_t limit_us)
{
	if (connection->wait == wait && !connection->progressed)
		return;
	connection->wait = wait;
	connection->progressed = false;
	connection->deadline_us = limit_us ? worker->now_us + limit_us : NEVER;
	if (connection->deadline_us < worker->next_deadline_us)
		worker->next_deadline_us = connection->deadline_us;
}

static void update_deadline(struct worker *worker, struct connection *connection)
{
	const struct limits *limits = &worker->setup->times;
	if (buffer_length(&connection->out) > 0)
		set_deadline(worker, connection, WAIT_READER, limits->write_us);
	else if (!connection->began || !framing_is_idle(connection->framing))
		set_deadline(worker, connection, WAIT_REST, limits->read_us);
	else
		set_deadline(worker, connection, WAIT_REQUEST, limits->idle_us);
}

/* All is said and written.  If the client may still be sending, closing at once could take the answer away from it (the
 * kernel resets connections that are closed with unread bytes): wait for its end, for a while. */
static void finish(struct worker *worker, struct connection *connection)
{
	if (connection->eof || worker->stopping || shutdown(connection->fd, SHUT_WR) < 0) {
		connection_close(worker, connection);
		return;
	}
	unsigned linger_ms = worker->setup->linger_ms ? worker->setup->linger_ms : LINGER_MS_DEFAULT;
	set_deadline(worker, connection, WAIT_END, linger_ms * UINT64_C(1000));
	connection->lingering = true;
	connection_watch(worker, connection);
}

/* False: the client is gone, and so is the connection. */
static bool write_answers(struct worker *worker, struct connection *connection)
{
	if (!connection->out.failed && connection_flush(connection))
		return true;
	connection_close(worker, connection);
	return false;
}

bool connection_write(struct worker *worker, struct connection *connection)
{
	if (!write_answers(worker, connection))
		return false;
	watch_for(worker, connection, buffer_length(&connection->out) > 0 ? EPOLLOUT : WATCH_INPUT);
	update_deadline(worker, connection);
	return true;
}

static void refuse_late(struct worker *worker, struct connection *connection)
{
	char why[128];
	if (framing_is_idle(connection->framing)) {
		finish(worker, connection); /* it has connected, and said nothing */
		return;
	}
	(void)snprintf(why, sizeof(why), "the request has not arrived completely within %g s",
		       (double)worker->setup->times.read_us / 1e6);
	framing_abort(connection->framing, &connection->out, 408, RPC_INVALID_REQUEST, why);
	connection->closing = true;
	if (!write_answers(worker, connection))
		return;
	update_deadline(worker, connection);
	if (buffer_length(&connection->out) > 0)
		connection_watch(worker, connection);
	else
		finish(worker, connection);
}

static void expire(struct worker *worker, struct connection *connection)
{
	switch (connection->wait) {
	case WAIT_REST: refuse_late(worker, connection); break;
	case WAIT_REQUEST: finish(worker, connection); break;
	case WAIT_NOTHING:
	case WAIT_READER:
	case WAIT_END: connection_close(worker, connection); break;
	}
}

void connections_check_deadlines(struct worker *worker)
{
	struct connection *next;
	worker->now_us = worker_now();
	if (worker->now_us < worker->next_deadline_us)
		return;
	worker->next_deadline_us = NEVER;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		/* Who stands in the queue has done something. */
		if (connection->deadline_us <= worker->now_us && !connection->queued && connection != worker->calling)
			expire(worker, connection);
		else if (connection->deadline_us < worker->next_deadline_us)
			worker->next_deadline_us = connection->deadline_us;
	}
	/* Those who do not count now come soon enough. */
	if (worker->next_deadline_us <= worker->now_us)
		worker->next_deadline_us = worker->now_us + 1000;
	for (struct connection *connection = worker->connections; connection; connection = connection->next)
		if (connection->wait == WAIT_END && connection->deadline_us < worker->next_deadline_us)
			worker->next_deadline_us = connection->deadline_us;
}

/* ---- turns ---- */

static void answer_probe(struct worker *worker, struct connection *connection)
{
	const struct worker_setup *setup = worker->setup;
	bool metrics = framing_probe(connection->framing) == FRAMING_PROBE_METRICS;
	bool bad = metrics ? !setup->metrics
			   : framing_probe(connection->framing) == FRAMING_PROBE_READY && worker->stopping;
	if (bad)
		framing_set_status(connection->framing, 503);
	framing_answer_begin(connection->framing, &connection->out);
	if (bad)
		buffer_append_literal(&connection->out, "{\"status\":\"not ready\"}\n");
	else if (metrics)
		setup->metrics(&connection->out, setup->userdata);
	else
		buffer_append_literal(&connection->out, "{\"status\":\"ok\"}\n");
	framing_answer_end(connection->framing, &connection->out);
}

static void answer_refusal(struct connection *connection, const struct rpc_refusal *refusal, const char *text,
			   size_t length)
{
	framing_set_last(connection->framing);
	framing_set_status(connection->framing, refusal->code == RPC_DENIED ? 403 : 503);
	framing_answer_begin(connection->framing, &connection->out);
	rpc_refuse_blind(text, length, refusal, &connection->out);
	framing_answer_end(connection->framing, &connection->out);
}

static void answer_request(struct worker *worker, struct connection *connection, const char *text, size_t length,
			   connection_answer_t answer)
{
	static const struct rpc_refusal shutting_down = { .code = RPC_SHUTTING_DOWN,
							  .detail = "the server is shutting down" };
	connection->progressed = true;
	if (connection->refusal) {
		answer_refusal(connection, connection->refusal, text, length);
		connection->closing = true;
	} else if (connection->asked_last) {
		answer_refusal(connection, &shutting_down, text, length);
	} else {
		answer(worker, connection, text, length);
	}
	framing_trim(connection->framing);
}

/* The worker is stopping and has done what the connection had received by then.  What has come since was not begun, and
 * hears so: look once more. */
static void end_stopped(struct worker *worker, struct connection *connection)
{
	if (connection->asked_last || connection->eof) {
		connection->closing = true;
		return;
	}
	connection->asked_last = connection->readable = true;
	connection_enqueue(worker, connection);
}

/* One step: false if the connection is broken. */
static bool step(struct worker *worker, struct connection *connection, connection_answer_t answer)
{
	const char *text;
	size_t length, before = buffer_length(&connection->out);
	if (worker->stopping)
		framing_set_last(connection->framing);
	enum framing_event event = framing_next(connection->framing, &connection->out, &text, &length);
	if (event == FRAMING_MORE && connection->readable) {
		if (!receive(worker, connection))
			return false;
		event = framing_next(connection->framing, &connection->out, &text, &length);
	}
	switch (event) {
	case FRAMING_REQUEST: answer_request(worker, connection, text, length, answer); break;
	case FRAMING_PROBE: answer_probe(worker, connection); break;
	case FRAMING_CLOSE: connection->closing = true; return true;
	case FRAMING_REFUSED: measure_unreadable(&connection->peer, buffer_length(&connection->out) - before); break;
	case FRAMING_MORE:
		if (worker->stopping && !connection->readable)
			end_stopped(worker, connection);
		else if (connection->readable)
			connection_enqueue(worker, connection);
		return true;
	}
	if (connection->readable || connection->eof || worker->stopping || !framing_is_idle(connection->framing))
		connection_enqueue(worker, connection);
	return true;
}

void connection_take_turn(struct worker *worker, struct connection *connection, connection_answer_t answer)
{
	if (connection->dead) {
		connection_free(connection);
		return;
	}
	if (connection->lingering) {
		if (!receive(worker, connection) || connection->eof)
			connection_close(worker, connection);
		return;
	}
	if ((worker->draining && connection_give_away(worker, connection)) ||
	    (worker->crowd.aside && aside_give(worker, connection)))
		return;
	bool full = is_full(worker, connection);
	if (!connection->closing && !full && !step(worker, connection, answer)) {
		connection_close(worker, connection);
		return;
	}
	if (!write_answers(worker, connection))
		return;
	/* Requests that had to wait for room are there already: no event will tell. */
	if (full && !is_full(worker, connection))
		connection_enqueue(worker, connection);
	if (connection->closing && buffer_length(&connection->out) == 0) {
		finish(worker, connection);
		return;
	}
	connection_watch(worker, connection);
	update_deadline(worker, connection);
}
