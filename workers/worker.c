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
 * Where connections come from and how they are shared with the other workers is in door.c and standin.c.
 *
 * Signals: SIGTERM sets a flag and is seen between two calls, so it interrupts no Python code (system calls are
 * restarted, and Python goes on after EINTR).  Neither SIGTERM nor SIGINT is blocked or ignored, as programs that the
 * user's functions start would inherit that; handlers they do not inherit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codecache/fault.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/worker_signals.h"
#include "workers/lastwords.h"
#include "workers/measure.h"
#include "workers/memory.h"
#include "workers/peer_module.h"
#include "workers/standin.h"
#include "workers/worker_priv.h"

enum {
	STOP_GRACE_MS_DEFAULT = 10000,
	TICK_MS = 50,                 /* how exact deadlines are, at most */
	QUIET_TICK_MS = 2,            /* while others take what this worker has given them */
	IDLE_LOOK_MS = 1000,          /* how long an idle worker may have missed something that another was to take */
	MEMORY_LOOK_US = 1000000,     /* between two looks at the memory, while there are calls */
	MEMORY_PATIENCE_US = 2000000, /* after it is due, when there is always something else to do */
	MEMORY_SHARE = 100,           /* of the time goes to that, at most */
	BALANCE_US = 1000,            /* give away at most one connection in this time */
	UNBALANCED_POLLS = 8,
	PACE_POLLS = 8, /* of so many, about, is the mean of how long turns take */
	EVENTS_AT_ONCE = 64,
	TURNS_WITHOUT_POLL = 16, /* with a queue, poll for others only that often, */
	US_WITHOUT_POLL = 1000,  /* or where calls take longer, after so long */
	TAKEN_AT_ONCE = 16,      /* of those that wait in the exchange */
	LONG_TURN_NS = 500000,   /* handing a connection over takes some 20 us */
	TURNS_WITHOUT_ACCEPT = 256,
	DRAIN_ACCEPT_MAX = 4096, /* as many as may have waited at a listener */
};

static volatile sig_atomic_t stop_wanted, drain_wanted;
static struct worker *the_worker; /* for signal handlers: of the process */
static int stop_event = -1;
static volatile sig_atomic_t is_forked_copy; /* the user's code has forked, and this is the child */

uint64_t worker_now(void)
{
	return monotonic_us();
}

/* ---- signals and forks ---- */

static void on_call(int signal)
{
	int saved = errno;
	if (signal == SIGTERM)
		stop_wanted = 1;
	else
		drain_wanted = 1;
	(void)!write(stop_event, &(uint64_t){ 1 }, sizeof(uint64_t));
	errno = saved;
}

/* The terminal's Ctrl-C goes to the whole process group; the master decides what comes of it. */
static void on_sigint(int signal)
{
	(void)signal;
}

static void on_abandon(int signal);

static void on_fork(void)
{
	is_forked_copy = 1;
}

static int catch_signals(struct cause *cause)
{
	stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_event < 0)
		return cause_set_errno(cause, -errno, "cannot make the worker's event descriptor");
	stop_wanted = drain_wanted = 0;
	const struct {
		int number;
		void (*handler)(int);
	} caught[] = { { SIGTERM, on_call },
		       { SIGINT, on_sigint },
		       { WORKER_SIGNAL_DRAIN, on_call },
		       { WORKER_SIGNAL_ABANDON, on_abandon } };
	sigset_t all;
	(void)sigemptyset(&all);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		struct sigaction action = { .sa_handler = caught[i].handler, .sa_flags = SA_RESTART };
		(void)sigaddset(&all, caught[i].number);
		if (sigaction(caught[i].number, &action, NULL) < 0)
			return cause_set_errno(cause, -errno, "cannot set the worker's signal handlers");
	}
	int r = pthread_sigmask(SIG_UNBLOCK, &all, NULL);
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

static bool is_leaving(const struct worker *worker)
{
	return worker->stopping || worker->draining;
}

bool worker_is_called(const struct worker *worker)
{
	return drain_wanted && !is_leaving(worker);
}

bool worker_is_to_stop(const struct worker *worker)
{
	return (stop_wanted || worker->lifeline_ended) && !worker->stopping;
}

/* The flags stay. */
void worker_heard(void)
{
	uint64_t ignored;
	(void)!read(stop_event, &ignored, sizeof(ignored));
}

static void set_state(struct worker *worker, enum worker_state state)
{
	if (worker->setup->counters)
		atomic_store_explicit(&worker->setup->counters->state, state, memory_order_relaxed);
}

/* ---- calls ---- */

/* Clients have the grace time after the last call to read what is left for them. */
static void extend_stop(struct worker *worker)
{
	unsigned grace_ms = worker->setup->stop_grace_ms ? worker->setup->stop_grace_ms : STOP_GRACE_MS_DEFAULT;
	worker->stop_deadline_us = worker_now() + grace_ms * UINT64_C(1000);
}

/* The call's own code has crashed: its caller hears of it before the process ends.  Without Python, and without
 * allocating if the id is not very long; see lastwords.h. */
static void say_lost(void *userdata)
{
	static const struct rpc_refusal refusal = { .code = RPC_WORKER_LOST,
						    .detail = "the process that performed the request has crashed" };
	struct worker *worker = userdata;
	struct connection *connection = worker->calling;
	if (!connection || is_forked_copy)
		return;
	framing_answer_restart(connection->framing, &connection->out);
	rpc_refuse_blind(worker->calling_text, worker->calling_length, &refusal, &connection->out);
	framing_answer_end(connection->framing, &connection->out);
	(void)connection_flush(connection);
}

/* In the middle of a call, in a signal handler: its own code is stuck somewhere and stays there, so what it uses
 * is ours.  Should it be stuck in something that is needed here, the zygote ends it a little later. */
static void answer_in_its_place(struct worker *worker, const struct rpc_refusal *refusal)
{
	struct connection *connection = worker->calling;
	struct rpc_outcome outcome = { .requests = 0 };
	if (connection) {
		framing_answer_restart(connection->framing, &connection->out);
		rpc_abandon(worker->rpc, worker->calling_text, worker->calling_length, refusal, &connection->out,
			    &outcome);
		framing_answer_end(connection->framing, &connection->out);
		(void)connection_flush(connection);
	}
	if (worker->setup->counters) {
		worker_count(&worker->setup->counters->requests, outcome.requests);
		worker_count(&worker->setup->counters->errors, outcome.errors);
	}
}

static void give_up(void *userdata)
{
	static const struct rpc_refusal refusal = {
		.code = RPC_TIMED_OUT,
		.detail = "the call did not end within the grace time after its deadline, and was killed",
	};
	answer_in_its_place(userdata, &refusal);
	_exit(WORKER_EXIT_DEADLINE);
}

/* The same for a fault in compiled code. */
static void on_fault(const struct fault *fault, void *userdata)
{
	struct worker *worker = userdata;
	if (is_forked_copy) /* somebody else's process by now */
		return;
	struct fault_note *note = worker->setup->fault;
	atomic_store_explicit(&note->signal, fault->signal, memory_order_relaxed);
	atomic_store_explicit(&note->offset, fault->offset, memory_order_relaxed);
	atomic_store_explicit(&note->address, fault->address, memory_order_relaxed);
	atomic_store_explicit(&note->pid, getpid(), memory_order_release);
	static const struct rpc_refusal refusal = {
		.code = RPC_INTERNAL_ERROR,
		.detail = "the native code of a function crashed; it will not be used again",
	};
	/* Another thread of the program's, and the call goes on meanwhile: nobody may write for it. */
	if (gettid() == getpid())
		answer_in_its_place(worker, &refusal);
	_exit(WORKER_EXIT_FAULT);
}

/* Between two calls there is nothing to answer for: what is left is closed. */
static void on_abandon(int signal)
{
	static const struct rpc_refusal refusal = {
		.code = RPC_TIMED_OUT,
		.detail = "the call did not end within the time that a worker has to leave, and was killed",
	};
	/* It may have come to a thread of the user's. */
	if (gettid() != getpid()) {
		(void)tgkill(getpid(), getpid(), signal);
		return;
	}
	if (the_worker && the_worker->calling && !is_forked_copy)
		answer_in_its_place(the_worker, &refusal);
	_exit(is_forked_copy ? EXIT_SUCCESS : WORKER_EXIT_DEADLINE);
}

static void perform(struct worker *worker, struct connection *connection, const char *text, size_t length)
{
	struct worker_counters *counters = worker->setup->counters;
	struct rpc_outcome outcome;
	worker->now_us = worker_now();
	if (worker->setup->on_boundary)
		worker->setup->on_boundary(worker->setup->userdata);
	set_state(worker, is_leaving(worker) ? WORKER_STOPPING : WORKER_BUSY);
	if (counters)
		atomic_store_explicit(&counters->busy_since_us, worker->now_us, memory_order_relaxed);
	framing_answer_begin(connection->framing, &connection->out);
	(void)buffer_reserve(&connection->out, RPC_ABANDON_ROOM); /* for say_lost() */
	worker->calling_text = text;
	worker->calling_length = length;
	worker->calling = connection;
	worker->memory_changed = true;
	rpc_set_timeout(worker->rpc, framing_timeout_us(connection->framing));
	peer_module_set(&connection->peer, connection->listener->listener->address);
	measure_begin(&connection->peer, worker->now_us);
	measure_queue(worker->queue_length);
	standin_call_begins(worker->standin);
	rpc_handle(worker->rpc, text, length, &connection->out, &outcome);
	/* A copy of the worker must not answer for it: two would share its connections. */
	if (is_forked_copy)
		_exit(EXIT_SUCCESS);
	/* Whoever has come while the call took long is looked at before the next one. */
	worker->was_long |= standin_call_ends(worker->standin);
	worker->calling = NULL;
	framing_answer_end(connection->framing, &connection->out);
	if (worker->stopping)
		extend_stop(worker);
	if (counters) {
		atomic_store_explicit(&counters->busy_since_us, 0, memory_order_relaxed);
		worker_count(&counters->requests, outcome.requests);
		if (outcome.errors > 0)
			worker_count(&counters->errors, outcome.errors);
	}
}

/* More wait than may. */
static void refuse_overload(struct worker *worker, struct connection *connection, const char *text, size_t length)
{
	static const struct rpc_refusal overload = { .code = RPC_OVERLOADED,
						     .detail = "as many requests wait as may; try again later" };
	struct rpc_outcome outcome;
	framing_set_status(connection->framing, 503);
	framing_answer_begin(connection->framing, &connection->out);
	rpc_refuse(worker->rpc, text, length, &overload, &connection->out, &outcome);
	framing_answer_end(connection->framing, &connection->out);
	if (worker->setup->counters) {
		worker_count(&worker->setup->counters->requests, outcome.requests);
		worker_count(&worker->setup->counters->errors, outcome.errors);
	}
}

/* ---- the loop ---- */

static bool is_listener(const struct worker *worker, const void *source)
{
	const struct listener_state *listener = source;
	return listener >= worker->listeners && listener < worker->listeners + worker->setup->n_listeners;
}

static void on_connection_event(struct worker *worker, struct connection *connection, uint32_t events)
{
	uint64_t limit = worker->setup->times.queue;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		connection->readable = true;
	/* Clients that leave, maybe all at once, are nothing that others have to wait for. */
	if ((events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) && !connection->queued && connection_has_left(connection))
		connection_take_turn(worker, connection, perform);
	else if (limit && worker->queue_length >= limit && !connection->queued && !worker->stopping)
		connection_take_turn(worker, connection, refuse_overload);
	else
		connection_enqueue(worker, connection);
}

static void on_event(struct worker *worker, const struct epoll_event *event)
{
	void *source = event->data.ptr;
	if (!source) {
		worker_heard();
	} else if (source == &worker->lifeline_ended) {
		worker->lifeline_ended = true;
	} else if (source == &worker->exchange_ready) {
		worker->exchange_ready = true;
	} else if (is_listener(worker, source)) {
		((struct listener_state *)source)->ready = true;
	} else {
		on_connection_event(worker, source, event->events);
	}
}

/* Tell how much there is, when there is time for it: the more there is, the longer it takes. */
static void look_at_memory(struct worker *worker)
{
	struct worker_counters *counters = worker->setup->counters;
	uint64_t begun = worker_now();
	if (!counters || !worker->memory_changed || begun < worker->memory_look_us)
		return;
	worker->memory_changed = false;
	atomic_store_explicit(&counters->private_bytes, memory_private(), memory_order_relaxed);
	uint64_t now = worker_now(), pause = (now - begun) * MEMORY_SHARE;
	worker->memory_look_us = now + (pause > MEMORY_LOOK_US ? pause : MEMORY_LOOK_US);
}

/* How long to wait: until something is due. */
static int wait_ms(const struct worker *worker)
{
	if (is_leaving(worker) || worker->accept_paused_until_us > 0)
		return TICK_MS;
	if (worker->crowd.aside)
		return worker->quiet_until_us > 0 ? QUIET_TICK_MS : TICK_MS;
	uint64_t now = worker_now(), due = worker->next_deadline_us;
	if (worker->setup->counters && worker->memory_changed && worker->memory_look_us < due)
		due = worker->memory_look_us;
	int most = worker->setup->n_team > 1 ? IDLE_LOOK_MS : -1;
	if (due == NEVER)
		return most;
	uint64_t ms = due > now ? (due - now) / 1000 + 1 : 0;
	return most >= 0 && ms > (uint64_t)most ? most : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Wait for events, without the GIL if it may take long. */
static int wait_for_events(struct worker *worker, struct epoll_event *events)
{
	if (worker->queue && worker->now_us >= worker->memory_look_us + MEMORY_PATIENCE_US)
		look_at_memory(worker);
	if (worker->queue)
		return epoll_wait(worker->epoll, events, EVENTS_AT_ONCE, 0);
	set_state(worker, is_leaving(worker) ? WORKER_STOPPING : WORKER_IDLE);
	PyThreadState *state = PyEval_SaveThread();
	look_at_memory(worker);
	int n = epoll_wait(worker->epoll, events, EVENTS_AT_ONCE, wait_ms(worker));
	int saved = errno;
	PyEval_RestoreThread(state);
	errno = saved;
	if (n == 0 && worker->accept_paused_until_us == 0 && !is_leaving(worker) && !worker->crowd.aside)
		door_set_ready(worker);
	return n;
}

static uint64_t mean_with(uint64_t mean, uint64_t value)
{
	return mean - mean / PACE_POLLS + value / PACE_POLLS;
}

/* A single time counts for twice the mean at most: the machine may have had something else to do. */
static void note_pace(struct worker *worker)
{
	if (worker->turns_since_poll == 0)
		return;
	uint64_t ns = (worker_now() - worker->polled_us) * 1000 / worker->turns_since_poll;
	uint64_t most = 2 * worker->turn_ns + 1000;
	worker->turn_ns = mean_with(worker->turn_ns, ns < most ? ns : most);
}

static void note_wait(struct worker *worker)
{
	worker->wait_ns = mean_with(worker->wait_ns, worker->queue_length * worker->turn_ns);
	if (worker->setup->counters)
		atomic_store_explicit(&worker->setup->counters->wait_ns, worker->wait_ns, memory_order_relaxed);
}

/* 0, -errno when epoll itself fails. */
static int poll_events(struct worker *worker)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	note_pace(worker);
	worker->turns_before_poll = worker->turns_since_poll;
	worker->turns_since_poll = 0;
	worker->was_long = false;
	measure_queue(worker->queue_length); /* turns that found no request have left it as it was */
	int n = wait_for_events(worker, events);
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n < 0 && PyErr_CheckSignals() < 0)
		PyErr_WriteUnraisable(
			NULL); /* a signal handler of the user's that raised: nobody is there to catch it */
	worker->now_us = worker->polled_us = worker_now();
	for (int i = 0; i < n; i++)
		on_event(worker, &events[i]);
	measure_queue(worker->queue_length);
	note_wait(worker);
	if (!is_leaving(worker))
		aside_look(worker);
	return 0;
}

/* What was given away is for others, who come by soon if they are busy. */
static bool gave_just_now(const struct worker *worker)
{
	return worker->now_us - worker->balanced_us < BALANCE_US;
}

static bool is_called_away(const struct worker *worker)
{
	return (stop_wanted && !worker->stopping) || worker_is_called(worker);
}

/* So long that it must see who has come meanwhile. */
static bool has_been_busy(const struct worker *worker)
{
	return worker->was_long || worker->now_us - worker->polled_us >= US_WITHOUT_POLL;
}

static void take_turns(struct worker *worker)
{
	for (size_t n = worker->queue_length;
	     n > 0 && worker->queue && !has_been_busy(worker) && !is_called_away(worker); n--) {
		worker->turns_since_poll++;
		worker->turns_since_accept++;
		connection_take_turn(worker, connection_dequeue(worker), perform);
	}
}

/* More than one wants something of this worker while another has nothing to do, or less, again and again: its
 * connections are too many.  Where each has its share this is so now and then by chance, and they would give the same
 * ones to and fro. */
static void balance(struct worker *worker)
{
	if (worker->queue_length < 2 || !worker->setup->exchange || !worker->setup->times.handover_us)
		return;
	if (!door_others_are_idle(worker) && !door_others_wait_less(worker)) {
		worker->unbalanced_polls = 0;
		return;
	}
	if (++worker->unbalanced_polls < UNBALANCED_POLLS || gave_just_now(worker) ||
	    exchange_waiting(worker->setup->exchange) > 0)
		return;
	worker->unbalanced_polls = 0;
	worker->balanced_us = worker->now_us;
	struct connection *connection = connection_dequeue(worker);
	if (connection->dead || !connection_give_away(worker, connection))
		connection_take_turn(worker, connection, perform);
}

/* Who has something to do leaves new connections to those who have nothing, or fewer, but not for ever: these may be in
 * a long call. */
static bool leaves_newcomers(const struct worker *worker)
{
	return worker->queue && worker->turns_since_accept < TURNS_WITHOUT_ACCEPT &&
	       (door_others_are_idle(worker) || door_others_have_fewer(worker) || gave_just_now(worker));
}

static void accept_ready(struct worker *worker)
{
	if (worker->accept_paused_until_us > 0 && worker->now_us >= worker->accept_paused_until_us) {
		worker->accept_paused_until_us = 0;
		door_watch(worker);
	}
	if (leaves_newcomers(worker))
		return;
	worker->turns_since_accept = 0;
	door_accept(worker);
}

/* One for each look; more where turns are short, so that those in the exchange have as many as they are among all. */
static size_t share_of_exchange(const struct worker *worker)
{
	size_t waiting = exchange_waiting(worker->setup->exchange);
	size_t n = worker->turns_before_poll * waiting / worker->setup->n_team / (worker->queue_length + 1);
	size_t most = US_WITHOUT_POLL * UINT64_C(1000) / (worker->turn_ns + 1);
	n = n < most ? n : most;
	return n == 0 ? 1 : n < TAKEN_AT_ONCE ? n : TAKEN_AT_ONCE;
}

/* Where a turn takes long, handing a connection over takes little: all stand in the one line of the exchange. */
static void line_up(struct worker *worker)
{
	for (size_t n = worker->queue_length; n > 0; n--) {
		struct connection *connection = connection_dequeue(worker);
		if (connection->dead)
			connection_free(connection);
		else if (!connection_give_away(worker, connection))
			connection_enqueue(worker, connection);
	}
}

/* What waits in the exchange is older than what our own connections have sent meanwhile: if we took it only when these
 * leave us time, clients that ask again at once would be served again and again, and those that wait hardly ever. */
static void take_what_waits(struct worker *worker)
{
	if (!worker->exchange_ready || !worker->queue || is_leaving(worker) || worker->accept_paused_until_us > 0 ||
	    door_others_are_idle(worker) || gave_just_now(worker))
		return;
	if (worker->turn_ns >= LONG_TURN_NS)
		line_up(worker);
	for (size_t n = share_of_exchange(worker); n > 0 && worker->accept_paused_until_us == 0; n--)
		door_take_over(worker);
}

/* Each connection gets turns until it has no complete request left, then it is closed. */
static void begin_stop(struct worker *worker)
{
	aside_end(worker);
	worker->stopping = true;
	worker->draining = false;
	extend_stop(worker);
	worker->accept_paused_until_us = 0;
	door_unwatch(worker);
	set_state(worker, WORKER_STOPPING);
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		connection->readable = !connection->eof;
		if (connection->lingering)
			connection_close(worker, connection);
		else
			connection_enqueue(worker, connection);
	}
}

/* The workers of another generation, or new ones of this one, serve from now on.  Who waits at the door still comes in:
 * a listener may be about to go.  Connections that cannot go on to others yet, because answers wait to be written or
 * the exchange is full, are served here, and tried again with each tick. */
static void begin_drain(struct worker *worker)
{
	if (!worker->setup->exchange) {
		begin_stop(worker);
		return;
	}
	aside_end(worker);
	worker->draining = true;
	worker->accept_paused_until_us = 0;
	for (size_t before = 0, n = 0; n < DRAIN_ACCEPT_MAX; n++) {
		connections_give_away(worker);
		before = worker->n_connections;
		door_set_ready(worker);
		worker->exchange_ready = false;
		door_accept(worker);
		if (worker->n_connections == before)
			break;
	}
	door_unwatch(worker);
	set_state(worker, WORKER_STOPPING);
}

/* No new daemon can have our addresses while anybody listens there. */
static void on_lifeline_end(struct worker *worker)
{
	(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->setup->lifeline, NULL);
	worker->lifeline_ended = false;
	door_shut(worker);
	stop_wanted = 1;
}

/* Every connection is done, or has had its time: only those that do not read their answers use it up. */
static bool has_stopped(const struct worker *worker)
{
	if (worker->draining) /* others take what waits */
		return !worker->connections;
	return worker->stopping && !worker->queue &&
	       (!worker->connections || worker_now() >= worker->stop_deadline_us) && !door_must_empty_exchange(worker);
}

static int loop(struct worker *worker, struct cause *cause)
{
	while (!has_stopped(worker)) {
		if (!worker->queue || has_been_busy(worker) || worker->turns_since_poll >= TURNS_WITHOUT_POLL) {
			int r = poll_events(worker);
			if (r < 0)
				return cause_set_errno(cause, r, "the worker cannot wait for events");
			balance(worker);
			take_what_waits(worker);
		}
		take_turns(worker);
		if (worker->lifeline_ended)
			on_lifeline_end(worker);
		if (stop_wanted && !worker->stopping)
			begin_stop(worker);
		else if (worker_is_called(worker))
			begin_drain(worker);
		else if (worker->draining)
			connections_give_away(worker);
		if (!is_leaving(worker))
			accept_ready(worker);
		else if (worker->stopping && !worker->queue && door_must_empty_exchange(worker))
			door_take_over(worker);
		if (worker->now_us >= worker->next_deadline_us)
			connections_check_deadlines(worker);
	}
	return 0;
}

static int watch_all(struct worker *worker, struct cause *cause)
{
	const struct worker_setup *setup = worker->setup;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, stop_event, &event) < 0)
		return cause_set_errno(cause, -errno, "cannot watch the worker's event descriptor");
	event.data.ptr = &worker->lifeline_ended;
	if (setup->lifeline && epoll_ctl(worker->epoll, EPOLL_CTL_ADD, setup->lifeline, &event) < 0)
		return cause_set_errno(cause, -errno, "cannot watch the master's life");
	for (size_t i = 0; i < setup->n_listeners; i++)
		worker->listeners[i].listener = &setup->listeners[i];
	door_watch(worker);
	for (size_t i = 0; i < setup->n_listeners; i++)
		if (!worker->listeners[i].watched)
			return cause_set_errno(cause, -errno, "cannot watch listening socket %d",
					       setup->listeners[i].fd);
	return 0;
}

static int worker_open(struct worker *worker, struct cause *cause)
{
	const struct worker_setup *setup = worker->setup;
	worker->backlog_bytes = setup->backlog_bytes ? setup->backlog_bytes : WORKER_BACKLOG_DEFAULT;
	static const struct worker_listener elsewhere = { .fd = -1, .id = UINT32_MAX };
	worker->elsewhere.listener = &elsewhere;
	worker->queue_tail = &worker->queue;
	worker->next_deadline_us = NEVER;
	worker->now_us = worker_now();
	aside_open(worker);
	(void)pthread_mutex_init(&worker->lock, NULL);
	(void)pthread_mutex_lock(&worker->lock);
	worker->listeners = calloc(setup->n_listeners ? setup->n_listeners : 1, sizeof(*worker->listeners));
	if (!worker->listeners)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll < 0)
		return cause_set_errno(cause, -errno, "cannot make the worker's epoll set");
	int r = catch_signals(cause);
	if (r == 0)
		r = watch_all(worker, cause);
	if (r == 0 && setup->deadlines)
		r = deadline_start(setup->deadlines, setup->counters, give_up, worker, cause);
	if (r == 0 && setup->deadlines && setup->code_size > 0)
		deadline_watch_native(setup->code, setup->code_size, setup->ask_native);
	if (r == 0)
		r = rpc_new(setup->methods, &setup->rpc, &worker->rpc, cause);
	if (r == 0)
		r = lastwords_set(say_lost, worker, cause);
	/* After the last words: these are for what does not crash in native code. */
	if (r == 0 && setup->code_size > 0)
		r = fault_catch(setup->code, setup->code_size, on_fault, worker, cause);
	if (r == 0 && setup->exchange && setup->times.handover_us)
		r = standin_start(worker, setup->times.handover_us, &worker->standin, cause);
	return r;
}

static void worker_close(struct worker *worker)
{
	the_worker = NULL;
	(void)pthread_mutex_unlock(&worker->lock);
	standin_stop(worker->standin);
	struct connection *next;
	for (struct connection *connection = worker->connections; connection; connection = next) {
		next = connection->next;
		connection_close(worker, connection);
	}
	while (worker->queue)
		connection_free(connection_dequeue(worker)); /* all are dead */
	lastwords_clear();
	deadline_stop();
	rpc_free(worker->rpc);
	free(worker->listeners);
	aside_close(worker);
	worker->epoll = close_fd(worker->epoll);
	(void)pthread_mutex_destroy(&worker->lock);
	free(worker);
}

int worker_run(const struct worker_setup *setup, struct cause *cause)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	if (!worker)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	worker->setup = setup;
	worker->epoll = -1;
	the_worker = worker;
	int r = worker_open(worker, cause);
	if (r == 0)
		r = loop(worker, cause);
	worker_close(worker);
	return r;
}
