/* door.c - how connections come in: accepted from the listeners, or left by another worker in the exchange; who may,
 * and how many.
 *
 * A worker that has requests before it leaves connections to those that have none or fewer connections, if there are
 * such. Listeners are shared with EPOLLEXCLUSIVE, which passes over workers that are not waiting; the kernel asks those
 * that wait in the order in which they were added, always the same ones first, so a worker that has accepted goes to
 * the end of the line by adding the listener anew.  A worker that is asked and then stopped or killed would leave a
 * connection waiting for the next one: idle workers look by themselves once a second. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "workers/worker_priv.h"

enum {
	ACCEPT_PAUSE_MS = 200, /* when there is no descriptor or memory for one more connection */
	REFUSED_MAX = 64,      /* connections that are only there to be told that they may not */
};

#define NEW UINT64_C(0) /* a connection that no worker has had before */

static void watch(struct worker *worker, struct listener_state *listener)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = listener };
	if (!listener->watched)
		listener->watched = epoll_ctl(worker->epoll, EPOLL_CTL_ADD, listener->listener->fd, &event) == 0;
}

static void unwatch(struct worker *worker, struct listener_state *listener)
{
	if (listener->watched)
		(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, listener->listener->fd, NULL);
	listener->watched = listener->ready = false;
}

void door_watch(struct worker *worker)
{
	const struct exchange *exchange = worker->setup->exchange;
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &worker->exchange_ready };
	for (size_t i = 0; i < worker->setup->n_listeners && !worker->crowd.aside; i++)
		watch(worker, &worker->listeners[i]);
	if (exchange && worker->quiet_until_us == 0)
		(void)epoll_ctl(worker->epoll, EPOLL_CTL_ADD, exchange->out, &event);
}

void door_leave_listeners(struct worker *worker)
{
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		unwatch(worker, &worker->listeners[i]);
}

void door_leave_exchange(struct worker *worker)
{
	if (worker->setup->exchange)
		(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->setup->exchange->out, NULL);
	worker->exchange_ready = false;
}

void door_unwatch(struct worker *worker)
{
	door_leave_listeners(worker);
	door_leave_exchange(worker);
}

/* Shutting down works on the socket, not on our descriptor: whoever still holds it, the address is free.  Who has
 * connected to a Unix socket, and was not accepted, would wait until the last process that holds it has ended. */
void door_shut(struct worker *worker)
{
	for (size_t i = 0; i < worker->setup->n_listeners; i++) {
		int fd = worker->setup->listeners[i].fd, waiting;
		if (!worker->setup->listeners[i].ours)
			continue;
		(void)shutdown(fd, SHUT_RDWR);
		while ((waiting = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
			(void)close(waiting);
	}
}

void door_set_ready(struct worker *worker)
{
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		worker->listeners[i].ready = true;
	worker->exchange_ready = worker->setup->exchange && worker->quiet_until_us == 0;
}

bool door_others_are_idle(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	for (size_t i = 0; setup->team && i < setup->n_team; i++)
		if (&setup->team[i] != setup->counters &&
		    atomic_load_explicit(&setup->team[i].state, memory_order_relaxed) == WORKER_IDLE &&
		    atomic_load_explicit(&setup->team[i].aside_since_us, memory_order_relaxed) == 0)
			return true;
	return false;
}

bool door_others_have_fewer(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	for (size_t i = 0; setup->team && i < setup->n_team; i++) {
		uint32_t state = atomic_load_explicit(&setup->team[i].state, memory_order_relaxed);
		if (&setup->team[i] != setup->counters && state == WORKER_BUSY &&
		    atomic_load_explicit(&setup->team[i].open, memory_order_relaxed) < worker->n_connections)
			return true;
	}
	return false;
}

/* What others say of themselves was written by processes that run user code: it makes us give connections away, or not.
 * Who is in a long call says what was so before. */
bool door_others_wait_less(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	size_t n = worker->queue_length;
	uint64_t with_one_less = n < 2 ? 0 : worker->wait_ns / n * (n - 2), clearly_less = worker->wait_ns / 4 * 3;
	uint64_t most = with_one_less < clearly_less ? with_one_less : clearly_less;
	for (size_t i = 0; setup->team && i < setup->n_team; i++) {
		const struct worker_counters *other = &setup->team[i];
		uint64_t busy_since = atomic_load_explicit(&other->busy_since_us, memory_order_relaxed);
		bool is_long = busy_since > 0 && worker->now_us > busy_since + setup->times.handover_us;
		if (other != setup->counters && !is_long &&
		    atomic_load_explicit(&other->state, memory_order_relaxed) == WORKER_BUSY &&
		    atomic_load_explicit(&other->wait_ns, memory_order_relaxed) <= most)
			return true;
	}
	return false;
}

bool door_must_empty_exchange(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	if (!setup->exchange || exchange_waiting(setup->exchange) == 0)
		return false;
	for (size_t i = 0; setup->team && i < setup->n_team; i++) {
		uint32_t state = atomic_load_explicit(&setup->team[i].state, memory_order_relaxed);
		if (&setup->team[i] != setup->counters && (state == WORKER_IDLE || state == WORKER_BUSY))
			return false;
	}
	return true;
}

/* ---- who, and how many ---- */

static void update_open(struct worker *worker)
{
	if (worker->setup->counters)
		atomic_store_explicit(&worker->setup->counters->open, worker->n_connections, memory_order_relaxed);
}

static uint64_t count_open(const struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	uint64_t sum = worker->n_connections;
	for (size_t i = 0; setup->team && i < setup->n_team; i++) {
		uint64_t open = atomic_load_explicit(&setup->team[i].open, memory_order_relaxed);
		/* More than there may be was written by user code. */
		if (&setup->team[i] != setup->counters && open <= setup->times.connections)
			sum += open;
	}
	return sum;
}

static const struct rpc_refusal *refusal_of(struct worker *worker, const struct listener_state *state,
					    const struct peer *peer)
{
	static const struct rpc_refusal denied = {
		.code = RPC_DENIED, .detail = "your user and groups may not send requests to this socket"
	};
	static const struct rpc_refusal too_many = { .code = RPC_OVERLOADED,
						     .detail = "there are as many connections as there may be" };
	static const struct rpc_refusal too_many_of_peer = {
		.code = RPC_OVERLOADED, .detail = "there are as many connections of yours as there may be"
	};
	const struct limits *limits = &worker->setup->times;
	if (!peer_is_allowed(peer, state->listener))
		return &denied;
	if (limits->connections && count_open(worker) >= limits->connections)
		return &too_many;
	if (limits->connections_per_peer &&
	    peers_count(worker->setup->peers, worker->setup->n_team, peer->key) >= limits->connections_per_peer)
		return &too_many_of_peer;
	return NULL;
}

/* Both at most once a second: it is the clients who decide how often. */
static void log_refused(struct worker *worker, const struct listener_state *state, const struct peer *peer,
			const struct rpc_refusal *refusal)
{
	char text[PEER_TEXT_MAX];
	if (worker->now_us - worker->refused_logged_us < 1000000)
		return;
	worker->refused_logged_us = worker->now_us;
	peer_describe(peer, text);
	log_with(refusal->code == RPC_DENIED ? LOG_WARNING : LOG_NOTICE, LOG_FIELDS("PEER", text),
		 "refused a connection of %s at %s: %s", text,
		 state->listener->address ? state->listener->address : "?", refusal->detail);
}

void door_on_close(struct worker *worker, struct connection *connection)
{
	if (connection->refusal)
		worker->n_refused--;
	if (connection->counted)
		peers_remove(worker->setup->peers, worker->setup->slot, connection->peer.key);
	if (worker->setup->counters)
		atomic_store_explicit(&worker->setup->counters->open, worker->n_connections - 1, memory_order_relaxed);
}

/* The descriptor is taken over, or closed.  late_us: NEW, or of an exchange_item. */
static void admit(struct worker *worker, struct listener_state *listener, int fd, struct framing *framing,
		  uint64_t late_us)
{
	bool is_new = late_us == NEW;
	struct peer peer;
	struct connection *connection = NULL;
	peer_read(fd, &peer);
	const struct rpc_refusal *refusal = is_new ? refusal_of(worker, listener, &peer) : NULL;
	if (refusal)
		log_refused(worker, listener, &peer, refusal);
	if ((refusal && worker->n_refused >= REFUSED_MAX) || !framing ||
	    !connection_new(worker, fd, listener, framing, &connection)) {
		framing_free(framing);
		(void)close(fd);
		return;
	}
	connection->refusal = refusal;
	connection->began = !is_new;
	worker->n_refused += refusal != NULL;
	connection->peer = peer;
	connection->counted = worker->setup->times.connections_per_peer && !refusal &&
			      peers_add(worker->setup->peers, worker->setup->slot, peer.key);
	if (is_new && log_enabled(LOG_DEBUG)) {
		char text[PEER_TEXT_MAX];
		peer_describe(&peer, text);
		log_debug("a connection of %s", text);
	}
	/* Whoever sends a byte now and then gains no time by being passed from worker to worker. */
	if (!is_new && late_us != NEVER) {
		connection->wait = WAIT_REST;
		connection->deadline_us = late_us;
		if (late_us < worker->next_deadline_us)
			worker->next_deadline_us = late_us;
	}
	update_open(worker);
	/* Most clients have sent their request by now. */
	connection->readable = true;
	/* What comes from another worker has waited there. */
	if (is_new)
		connection_enqueue(worker, connection);
	else
		connection_enqueue_first(worker, connection);
}

/* ---- the ways in ---- */

/* No descriptor or memory for one more: those who come wait for a while. */
static void pause_accepting(struct worker *worker, int error)
{
	door_unwatch(worker);
	worker->accept_paused_until_us = worker_now() + ACCEPT_PAUSE_MS * UINT64_C(1000);
	if (worker->now_us - worker->refused_logged_us < 1000000)
		return;
	worker->refused_logged_us = worker->now_us;
	log_warning("cannot accept a connection beside the %zu of this worker: %s; it waits", worker->n_connections,
		    strerror(error));
}

/* Descriptors that come with a message and find no room are lost.  Room for those of one message? */
static bool has_room(const struct worker *worker)
{
	int fds[2];
	for (size_t i = 0; i < 2; i++) {
		fds[i] = fcntl(worker->epoll, F_DUPFD_CLOEXEC, 0);
		if (fds[i] < 0) {
			int error = errno;
			if (i > 0)
				(void)close(fds[0]);
			errno = error;
			return false;
		}
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	return true;
}

static void accept_one(struct worker *worker, struct listener_state *listener)
{
	int fd = accept4(listener->listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	listener->ready = false;
	if (fd < 0) {
		if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
			return; /* another worker was faster, or the client is gone already */
		pause_accepting(worker, errno);
		return;
	}
	/* To the end of the line of waiting workers. */
	if (listener->watched) {
		unwatch(worker, listener);
		watch(worker, listener);
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int)); /* fails on AF_UNIX, and need not work */
	if (worker->setup->counters)
		worker_count(&worker->setup->counters->connections, 1);
	admit(worker, listener, fd, framing_new(&worker->setup->limits), NEW);
}

/* A generation before this one may have had others. */
static struct listener_state *listener_of(struct worker *worker, uint32_t id)
{
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		if (worker->setup->listeners[i].id == id)
			return &worker->listeners[i];
	return &worker->elsewhere;
}

void door_take_over(struct worker *worker)
{
	struct exchange_item item;
	size_t limit = worker->setup->limits.request_bytes;
	worker->exchange_ready = false;
	if (!has_room(worker)) {
		pause_accepting(worker, errno);
		return;
	}
	size_t most = 3 * (limit ? limit : FRAMING_REQUEST_BYTES_DEFAULT) + (1 << 20);
	if (exchange_receive(worker->setup->exchange, most, &item) < 0)
		return; /* another worker was faster */
	aside_end(worker);
	struct framing *framing = framing_import(&worker->setup->limits, item.state, item.bytes, item.length);
	free((void *)item.bytes);
	if (framing)
		admit(worker, listener_of(worker, item.listener), item.fd, framing, item.late_us);
	else
		(void)close(item.fd);
}

void door_accept(struct worker *worker)
{
	if (worker->exchange_ready)
		door_take_over(worker);
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		if (worker->listeners[i].ready)
			accept_one(worker, &worker->listeners[i]);
}
