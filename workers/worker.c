/* worker.c - see worker.h.
 *
 * One thread, one epoll set, one call at a time.  Plain epoll instead of sd-event, whose priorities, clock readings and
 * one event at a time are made for few events that matter, not for many that are alike: with sixteen connections the
 * loop, recv and send cost 8.3 us a message with epoll and 10.9 us with sd-event (process time of client and server
 * together).
 *
 * A connection that has something to do stands in the queue and gets turns: a turn is at most one read, one call and
 * one write.  So connections that send many requests at once do not hold up the others, and an answer is with the
 * kernel before the next call begins: a slow or fatal call never takes the answers before it along.
 *
 * New connections are accepted when the queue is empty: a connection stays with the worker that accepted it, so one
 * that is busy leaves it to those that are not.  Listeners are shared with EPOLLEXCLUSIVE, which passes over workers
 * that are not waiting; the kernel asks those that wait in the order in which they were added, always the same ones
 * first, so a worker that has accepted goes to the end of the line by adding the listener anew.
 *
 * Signals: SIGTERM sets a flag and is seen between two calls, so it interrupts no Python code (system calls are
 * restarted, and Python goes on after EINTR).  Neither SIGTERM nor SIGINT is blocked or ignored, as programs that the
 * user's functions start would inherit that; handlers they do not inherit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "common/cleanup.h"
#include "workers/worker.h"

enum {
	LINGER_MS_DEFAULT = 2000,
	STOP_GRACE_MS_DEFAULT = 10000,
	ACCEPT_PAUSE_MS = 200, /* when there is no descriptor or memory for one more connection */
	TICK_MS = 50,          /* how exact deadlines are */
	EVENTS_AT_ONCE = 64,
	TURNS_WITHOUT_POLL = 16, /* with a queue, poll for others only that often */
	TURNS_WITHOUT_ACCEPT = 256,
	CHUNK = 64 << 10,      /* one read */
	KEEP_BYTES = 16 << 10, /* buffers larger than that are not kept for an idle connection */
};

struct connection {
	int fd;
	uint32_t interest; /* what epoll watches */
	struct framing *framing;
	struct buffer out;
	bool readable;  /* there may be more to read */
	bool eof;       /* nothing more to read, ever */
	bool closing;   /* to be closed as soon as out is written */
	bool lingering; /* shut down for writing: what still comes is thrown away */
	bool queued;
	bool dead; /* closed, but still in the queue */
	uint64_t deadline_us;
	struct connection *next_in_queue;
	struct connection *next, **link; /* all of the worker */
};

struct listener {
	int fd;
	bool watched, ready;
};

struct worker {
	const struct worker_setup *setup;
	struct rpc *rpc;
	int epoll;
	struct listener *listeners;
	struct connection *connections;
	struct connection *queue, **queue_tail;
	size_t n_lingering;
	size_t backlog_bytes;
	unsigned turns_since_poll, turns_since_accept;
	struct connection *calling; /* whose request is performed */
	const char *calling_text;
	size_t calling_length;
	bool stopping;
	uint64_t stop_deadline_us;
	uint64_t accept_paused_until_us; /* 0: not paused */
	char chunk[CHUNK];
};

static volatile sig_atomic_t stop_wanted;
static int stop_event = -1;
static volatile sig_atomic_t is_forked_copy; /* the user's code has forked, and this is the child */

static uint64_t now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- signals and forks ---- */

static void on_sigterm(int signal)
{
	(void)signal;
	int saved = errno;
	stop_wanted = 1;
	(void)!write(stop_event, &(uint64_t){ 1 }, sizeof(uint64_t));
	errno = saved;
}

/* The terminal's Ctrl-C goes to the whole process group; the master decides what comes of it. */
static void on_sigint(int signal)
{
	(void)signal;
}

static void on_fork(void)
{
	is_forked_copy = 1;
}

static int catch_signals(struct cause *cause)
{
	stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_event < 0)
		return cause_set_errno(cause, -errno, "cannot make the worker's event descriptor");
	stop_wanted = 0;
	struct sigaction term = { .sa_handler = on_sigterm, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = on_sigint, .sa_flags = SA_RESTART };
	sigset_t both;
	(void)sigemptyset(&both);
	(void)sigaddset(&both, SIGTERM);
	(void)sigaddset(&both, SIGINT);
	if (sigaction(SIGTERM, &term, NULL) < 0 || sigaction(SIGINT, &ignore, NULL) < 0)
		return cause_set_errno(cause, -errno, "cannot set the worker's signal handlers");
	int r = pthread_sigmask(SIG_UNBLOCK, &both, NULL);
	if (r != 0)
		return cause_set_errno(cause, -r, "cannot unblock the worker's signals");
	is_forked_copy = 0;
	static bool watching_forks;
	if (!watching_forks) {
		r = pthread_atfork(NULL, NULL, on_fork);
		if (r != 0)
			return cause_set_errno(cause, -r, "cannot watch for forks");
		watching_forks = true;
	}
	return 0;
}

/* ---- counters ---- */

static void set_state(struct worker *worker, enum worker_state state)
{
	if (worker->setup->counters)
		atomic_store_explicit(&worker->setup->counters->state, state, memory_order_relaxed);
}

/* The slot has one writer, so no atomic addition is needed. */
static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

/* ---- connections ---- */

static void enqueue(struct worker *worker, struct connection *connection)
{
	if (connection->queued || connection->dead)
		return;
	connection->queued = true;
	connection->next_in_queue = NULL;
	*worker->queue_tail = connection;
	worker->queue_tail = &connection->next_in_queue;
}

static struct connection *dequeue(struct worker *worker)
{
	struct connection *connection = worker->queue;
	worker->queue = connection->next_in_queue;
	if (!worker->queue)
		worker->queue_tail = &worker->queue;
	connection->queued = false;
	return connection;
}

static void connection_free(struct connection *connection)
{
	framing_free(connection->framing);
	buffer_free(&connection->out);
	free(connection);
}

/* Close it now; if it stands in the queue, it is freed when its turn comes. */
static void connection_close(struct worker *worker, struct connection *connection)
{
	if (connection->lingering)
		worker->n_lingering--;
	connection->fd = close_fd(connection->fd);
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	connection->dead = true;
	if (!connection->queued)
		connection_free(connection);
}

/* False when there is no memory; the descriptor is then still the caller's. */
static bool connection_new(struct worker *worker, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct framing *framing = framing_new(&worker->setup->limits);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
	if (!connection || !framing || epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(connection);
		framing_free(framing);
		return false;
	}
	connection->fd = fd;
	connection->interest = EPOLLIN;
	connection->framing = framing;
	connection->next = worker->connections;
	connection->link = &worker->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	worker->connections = connection;
	return true;
}

/* Watch for what is wanted now. */
static void update_interest(struct worker *worker, struct connection *connection)
{
	uint32_t want = 0;
	bool full = buffer_length(&connection->out) > worker->backlog_bytes;
	if (!connection->eof && (connection->lingering || (!connection->closing && !full)))
		want |= EPOLLIN;
	if (buffer_length(&connection->out) > 0)
		want |= EPOLLOUT;
	if (want == connection->interest)
		return;
	struct epoll_event event = { .events = want, .data.ptr = connection };
	if (epoll_ctl(worker->epoll, EPOLL_CTL_MOD, connection->fd, &event) == 0)
		connection->interest = want;
}

/* Write what the kernel takes. False: the client is gone. */
static bool flush(struct connection *connection)
{
	struct buffer *out = &connection->out;
	while (buffer_length(out) > 0) {
		ssize_t n = send(connection->fd, buffer_begin(out), buffer_length(out), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
		buffer_consume(out, (size_t)n);
	}
	if (out->size > KEEP_BYTES)
		buffer_free(out);
	return true;
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
	if (connection->lingering)
		return true;
	char *room = framing_room(connection->framing, (size_t)n);
	if (!room)
		return false;
	memcpy(room, worker->chunk, (size_t)n);
	framing_added(connection->framing, (size_t)n);
	return true;
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
	connection->deadline_us = now_us() + linger_ms * UINT64_C(1000);
	connection->lingering = true;
	worker->n_lingering++;
	update_interest(worker, connection);
}

/* Clients have the grace time after the last call to read what is left for them. */
static void extend_stop(struct worker *worker)
{
	unsigned grace_ms = worker->setup->stop_grace_ms ? worker->setup->stop_grace_ms : STOP_GRACE_MS_DEFAULT;
	worker->stop_deadline_us = now_us() + grace_ms * UINT64_C(1000);
}

/* The hard deadline of the call, in a signal handler: its own code is stuck somewhere and stays there, so what it uses
 * is ours.  Should it be stuck in something that is needed here, the zygote ends it a little later. */
static void give_up(void *userdata)
{
	static const struct rpc_refusal refusal = {
		.code = RPC_TIMED_OUT,
		.detail = "the call did not end within the grace time after its deadline, and was killed",
	};
	struct worker *worker = userdata;
	struct connection *connection = worker->calling;
	struct rpc_outcome outcome = { .requests = 0 };
	if (connection) {
		framing_answer_restart(connection->framing, &connection->out);
		rpc_abandon(worker->rpc, worker->calling_text, worker->calling_length, &refusal, &connection->out,
			    &outcome);
		framing_answer_end(connection->framing, &connection->out);
		(void)flush(connection);
	}
	if (worker->setup->counters) {
		count(&worker->setup->counters->requests, outcome.requests);
		count(&worker->setup->counters->errors, outcome.errors);
	}
	_exit(WORKER_EXIT_DEADLINE);
}

static void perform(struct worker *worker, struct connection *connection, const char *text, size_t length)
{
	struct worker_counters *counters = worker->setup->counters;
	struct rpc_outcome outcome;
	if (worker->setup->on_boundary)
		worker->setup->on_boundary(worker->setup->userdata);
	set_state(worker, worker->stopping ? WORKER_STOPPING : WORKER_BUSY);
	if (counters)
		atomic_store_explicit(&counters->busy_since_us, now_us(), memory_order_relaxed);
	framing_answer_begin(connection->framing, &connection->out);
	worker->calling_text = text;
	worker->calling_length = length;
	worker->calling = connection;
	rpc_handle(worker->rpc, text, length, &connection->out, &outcome);
	worker->calling = NULL;
	/* A copy of the worker must not answer for it: two would share its connections. */
	if (is_forked_copy)
		_exit(EXIT_SUCCESS);
	framing_answer_end(connection->framing, &connection->out);
	if (worker->stopping)
		extend_stop(worker);
	if (counters) {
		atomic_store_explicit(&counters->busy_since_us, 0, memory_order_relaxed);
		count(&counters->requests, outcome.requests);
		if (outcome.errors > 0)
			count(&counters->errors, outcome.errors);
	}
}

/* One step: false if the connection is broken. */
static bool step(struct worker *worker, struct connection *connection)
{
	const char *text;
	size_t length;
	if (worker->stopping)
		framing_set_last(connection->framing);
	enum framing_event event = framing_next(connection->framing, &connection->out, &text, &length);
	if (event == FRAMING_MORE && connection->readable) {
		if (!receive(worker, connection))
			return false;
		event = framing_next(connection->framing, &connection->out, &text, &length);
	}
	switch (event) {
	case FRAMING_REQUEST:
		perform(worker, connection, text, length);
		framing_trim(connection->framing);
		break;
	case FRAMING_CLOSE: connection->closing = true; return true;
	case FRAMING_REFUSED: break;
	case FRAMING_MORE:
		/* Asked to stop, and no complete request is left. */
		if (worker->stopping && !connection->readable)
			connection->closing = true;
		else if (connection->readable)
			enqueue(worker, connection);
		return true;
	}
	if (connection->readable || connection->eof || worker->stopping || !framing_is_idle(connection->framing))
		enqueue(worker, connection);
	return true;
}

static void take_turn(struct worker *worker, struct connection *connection)
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
	bool full = buffer_length(&connection->out) > worker->backlog_bytes;
	if (!connection->closing && !full && !step(worker, connection)) {
		connection_close(worker, connection);
		return;
	}
	if (connection->out.failed || !flush(connection)) {
		connection_close(worker, connection);
		return;
	}
	/* Requests that had to wait for room are there already: no event will tell. */
	if (full && buffer_length(&connection->out) <= worker->backlog_bytes)
		enqueue(worker, connection);
	if (!connection->closing || buffer_length(&connection->out) > 0)
		update_interest(worker, connection);
	else
		finish(worker, connection);
}

/* ---- listeners ---- */

static void watch_listener(struct worker *worker, struct listener *listener)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = listener };
	listener->watched = epoll_ctl(worker->epoll, EPOLL_CTL_ADD, listener->fd, &event) == 0;
}

static void unwatch_listener(struct worker *worker, struct listener *listener)
{
	if (listener->watched)
		(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, listener->fd, NULL);
	listener->watched = listener->ready = false;
}

static void unwatch_listeners(struct worker *worker)
{
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		unwatch_listener(worker, &worker->listeners[i]);
}

static void accept_one(struct worker *worker, struct listener *listener)
{
	int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	listener->ready = false;
	if (fd < 0) {
		if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
			return; /* another worker was faster, or the client is gone already */
		unwatch_listeners(worker);
		worker->accept_paused_until_us = now_us() + ACCEPT_PAUSE_MS * UINT64_C(1000);
		return;
	}
	/* To the end of the line of waiting workers. */
	unwatch_listener(worker, listener);
	watch_listener(worker, listener);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int)); /* fails on AF_UNIX, and need not work */
	if (!connection_new(worker, fd)) {
		(void)close(fd);
		return;
	}
	if (worker->setup->counters)
		count(&worker->setup->counters->connections, 1);
	/* Most clients have sent their request by now. */
	worker->connections->readable = true;
	enqueue(worker, worker->connections);
}

static void accept_ready(struct worker *worker)
{
	if (worker->queue && worker->turns_since_accept < TURNS_WITHOUT_ACCEPT)
		return;
	worker->turns_since_accept = 0;
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		if (worker->listeners[i].ready)
			accept_one(worker, &worker->listeners[i]);
}

/* ---- the loop ---- */

static bool is_listener(const struct worker *worker, const void *source)
{
	const struct listener *listener = source;
	return listener >= worker->listeners && listener < worker->listeners + worker->setup->n_listeners;
}

static void on_connection_event(struct worker *worker, struct connection *connection, uint32_t events)
{
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		connection->readable = true;
	enqueue(worker, connection);
}

static void on_event(struct worker *worker, const struct epoll_event *event)
{
	void *source = event->data.ptr;
	if (!source) {
		uint64_t ignored;
		(void)!read(stop_event, &ignored, sizeof(ignored));
	} else if (is_listener(worker, source)) {
		((struct listener *)source)->ready = true;
	} else {
		on_connection_event(worker, source, event->events);
	}
}

static bool has_deadlines(const struct worker *worker)
{
	return worker->n_lingering > 0 || worker->stopping || worker->accept_paused_until_us > 0;
}

/* Wait for events, without the GIL if it may take long. */
static int wait_for_events(struct worker *worker, struct epoll_event *events)
{
	if (worker->queue)
		return epoll_wait(worker->epoll, events, EVENTS_AT_ONCE, 0);
	set_state(worker, worker->stopping ? WORKER_STOPPING : WORKER_IDLE);
	PyThreadState *state = PyEval_SaveThread();
	int n = epoll_wait(worker->epoll, events, EVENTS_AT_ONCE, has_deadlines(worker) ? TICK_MS : -1);
	int saved = errno;
	PyEval_RestoreThread(state);
	errno = saved;
	return n;
}

/* 0, -errno when epoll itself fails. */
static int poll_events(struct worker *worker)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	worker->turns_since_poll = 0;
	int n = wait_for_events(worker, events);
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n < 0 && PyErr_CheckSignals() < 0)
		PyErr_WriteUnraisable(
			NULL); /* a signal handler of the user's that raised: nobody is there to catch it */
	for (int i = 0; i < n; i++)
		on_event(worker, &events[i]);
	return 0;
}

static void take_turns(struct worker *worker)
{
	struct connection *last = worker->queue;
	while (last && last->next_in_queue)
		last = last->next_in_queue;
	while (worker->queue && !(stop_wanted && !worker->stopping)) {
		struct connection *connection = dequeue(worker);
		bool is_last = connection == last;
		worker->turns_since_poll++;
		worker->turns_since_accept++;
		take_turn(worker, connection);
		if (is_last)
			break;
	}
}

static void check_deadlines(struct worker *worker)
{
	uint64_t now = now_us();
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		if (connection->lingering && now >= connection->deadline_us)
			connection_close(worker, connection);
	}
	if (worker->accept_paused_until_us > 0 && now >= worker->accept_paused_until_us && !worker->stopping) {
		worker->accept_paused_until_us = 0;
		for (size_t i = 0; i < worker->setup->n_listeners; i++)
			watch_listener(worker, &worker->listeners[i]);
	}
}

/* Each connection gets turns until it has no complete request left, then it is closed. */
static void begin_stop(struct worker *worker)
{
	worker->stopping = true;
	extend_stop(worker);
	worker->accept_paused_until_us = 0;
	unwatch_listeners(worker);
	set_state(worker, WORKER_STOPPING);
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		connection->readable = !connection->eof;
		if (connection->lingering)
			connection_close(worker, connection);
		else
			enqueue(worker, connection);
	}
}

/* Every connection is done, or has had its time: only those that do not read their answers use it up. */
static bool has_stopped(const struct worker *worker)
{
	return worker->stopping && (!worker->connections || (!worker->queue && now_us() >= worker->stop_deadline_us));
}

static int loop(struct worker *worker, struct cause *cause)
{
	while (!has_stopped(worker)) {
		if (!worker->queue || worker->turns_since_poll >= TURNS_WITHOUT_POLL) {
			int r = poll_events(worker);
			if (r < 0)
				return cause_set_errno(cause, r, "the worker cannot wait for events");
		}
		take_turns(worker);
		if (stop_wanted && !worker->stopping)
			begin_stop(worker);
		if (!worker->stopping)
			accept_ready(worker);
		if (has_deadlines(worker))
			check_deadlines(worker);
	}
	return 0;
}

static int worker_open(struct worker *worker, struct cause *cause)
{
	const struct worker_setup *setup = worker->setup;
	worker->backlog_bytes = setup->backlog_bytes ? setup->backlog_bytes : WORKER_BACKLOG_DEFAULT;
	worker->queue_tail = &worker->queue;
	worker->listeners = calloc(setup->n_listeners ? setup->n_listeners : 1, sizeof(*worker->listeners));
	if (!worker->listeners)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll < 0)
		return cause_set_errno(cause, -errno, "cannot make the worker's epoll set");
	int r = catch_signals(cause);
	if (r < 0)
		return r;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, stop_event, &event) < 0)
		return cause_set_errno(cause, -errno, "cannot watch the worker's event descriptor");
	for (size_t i = 0; i < setup->n_listeners; i++) {
		worker->listeners[i].fd = setup->listeners[i];
		watch_listener(worker, &worker->listeners[i]);
		if (!worker->listeners[i].watched)
			return cause_set_errno(cause, -errno, "cannot watch listening socket %d", setup->listeners[i]);
	}
	if (setup->deadlines) {
		r = deadline_start(setup->deadlines, setup->counters, give_up, worker, cause);
		if (r < 0)
			return r;
	}
	return rpc_new(setup->methods, &setup->rpc, &worker->rpc, cause);
}

static void worker_close(struct worker *worker)
{
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		connection_close(worker, connection);
	}
	while (worker->queue)
		connection_free(dequeue(worker)); /* all are dead */
	deadline_stop();
	rpc_free(worker->rpc);
	free(worker->listeners);
	worker->epoll = close_fd(worker->epoll);
	free(worker);
}

int worker_run(const struct worker_setup *setup, struct cause *cause)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	if (!worker)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	worker->setup = setup;
	worker->epoll = -1;
	int r = worker_open(worker, cause);
	if (r == 0)
		r = loop(worker, cause);
	worker_close(worker);
	return r;
}
