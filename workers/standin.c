/* standin.c - see standin.h.
 *
 * The worker says that a call begins and ends by two stores and its lock; the stand-in looks at them every after_us,
 * for as long as there are calls, and sleeps when there have been none for a while.  So a short call costs no system
 * call, and a worker without clients wakes nobody.
 *
 * It uses the worker's own epoll set.  Nothing that it does there may hold events back from the worker: they are level
 * triggered, and what it cannot act on it takes out of the set until the call is over. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "common/cleanup.h"
#include "workers/measure.h"
#include "workers/standin.h"
#include "workers/worker_priv.h"

enum {
	TICKS_UNTIL_SLEEP = 50,
	WAIT_MS = 5, /* between two looks while a call lasts */
	EVENTS_AT_ONCE = 64,
	TAKE_OVER_MAX = 4096,   /* at a time */
	STACK_SIZE = 512 << 10, /* no code of the user's runs on it */
};

struct standin {
	struct worker *worker;
	uint64_t after_us;
	pthread_t thread;
	pthread_mutex_t sleep_lock;
	pthread_cond_t wake;
	_Atomic bool asleep; /* written with sleep_lock */
	_Atomic bool ending;
	_Atomic uint64_t serial; /* odd while a call lasts */
	_Atomic bool wanted;     /* the worker waits for its lock */
	bool took_over;          /* in this call; worker->lock */
};

static bool lasts(const struct standin *standin, uint64_t serial)
{
	return atomic_load(&standin->serial) == serial && !atomic_load(&standin->wanted) &&
	       !atomic_load(&standin->ending);
}

/* ---- while a call lasts; with the worker's lock ---- */

static void refuse_overload(struct worker *worker, struct connection *connection, const char *text, size_t length)
{
	(void)worker;
	static const struct rpc_refusal overload = { .code = RPC_OVERLOADED,
						     .detail = "as many requests wait as may; try again later" };
	framing_set_status(connection->framing, 503);
	framing_answer_begin(connection->framing, &connection->out);
	rpc_refuse_blind(text, length, &overload, &connection->out);
	framing_answer_end(connection->framing, &connection->out);
}

static bool is_overloaded(const struct worker *worker)
{
	uint64_t limit = worker->setup->times.queue;
	return worker->setup->exchange && limit && exchange_waiting(worker->setup->exchange) >= limit;
}

/* Is no request of it performed any more? */
static bool needs_no_call(const struct connection *connection)
{
	return connection->dead || connection->lingering || connection->closing || connection->refusal;
}

/* What it has asked meanwhile comes after the answers that it does not read.  False: these are all that can be done. */
static bool has_read_answers(struct worker *worker, struct connection *connection)
{
	return buffer_length(&connection->out) == 0 ||
	       (connection_write(worker, connection) && buffer_length(&connection->out) == 0);
}

static void serve(struct worker *worker, struct connection *connection)
{
	if (!needs_no_call(connection) && !has_read_answers(worker, connection))
		return;
	bool has_left = !connection->dead && connection_has_left(connection);
	if (has_left || needs_no_call(connection) || is_overloaded(worker)) {
		connection_take_turn(worker, connection, refuse_overload);
		return;
	}
	/* No room in the exchange is not the client's fault: it waits. */
	if (!connection_give_away(worker, connection))
		connection_unwatch(worker, connection);
}

/* No worker will be there to take it: what it has sent is for the end of the call. */
static void keep(struct worker *worker, struct connection *connection)
{
	if (needs_no_call(connection))
		connection_take_turn(worker, connection, refuse_overload);
	else if (has_read_answers(worker, connection))
		connection_unwatch(worker, connection);
}

static void drain_queue(struct standin *standin, uint64_t serial)
{
	struct worker *worker = standin->worker;
	void (*act)(struct worker *, struct connection *) = worker_is_to_stop(worker) ? keep : serve;
	for (size_t n = worker->queue_length; n > 0 && lasts(standin, serial); n--)
		act(worker, connection_dequeue(worker));
}

/* Who says nothing need not wait for the end of the call to find out that this is the end. */
static void begin_to_stop(struct worker *worker)
{
	for (int n = 0; n < TAKE_OVER_MAX && door_must_empty_exchange(worker); n++)
		door_take_over(worker);
	connections_close_idle(worker);
}

static void on_event(struct worker *worker, struct connection *connection, uint32_t events)
{
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		connection->readable = true;
	/* Whose request is being performed has to wait for its answer. */
	if (connection == worker->calling)
		connection_unwatch(worker, connection);
	else
		connection_enqueue(worker, connection);
}

/* New connections are for idle workers; where there are none, they are told how things are. */
static void look_at_the_door(struct worker *worker)
{
	if (worker_is_called(worker) || worker_is_to_stop(worker) || door_others_are_idle(worker) ||
	    worker->accept_paused_until_us > 0)
		return;
	for (size_t i = 0; i < worker->setup->n_listeners; i++)
		worker->listeners[i].ready = true;
	door_accept(worker);
}

/* Once: the worker does the rest when the call is over. */
static void on_lifeline_end(struct worker *worker)
{
	(void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->setup->lifeline, NULL);
	worker->lifeline_ended = true;
	door_shut(worker);
}

/* Events were waited for without the lock: they are good only if the call still lasts. */
static void wait_for_events(struct standin *standin, uint64_t serial)
{
	struct worker *worker = standin->worker;
	struct epoll_event events[EVENTS_AT_ONCE];
	(void)pthread_mutex_unlock(&worker->lock);
	int n = epoll_wait(worker->epoll, events, EVENTS_AT_ONCE, WAIT_MS);
	(void)pthread_mutex_lock(&worker->lock);
	for (int i = 0; i < n && lasts(standin, serial); i++)
		if (!events[i].data.ptr)
			worker_heard();
		else if (events[i].data.ptr == &worker->lifeline_ended)
			on_lifeline_end(worker);
		else
			on_event(worker, events[i].data.ptr, events[i].events);
}

static void take_over(struct standin *standin, uint64_t serial)
{
	struct worker *worker = standin->worker;
	(void)pthread_mutex_lock(&worker->lock);
	if (lasts(standin, serial) && !worker->stopping) {
		standin->took_over = true;
		door_unwatch(worker);
		while (lasts(standin, serial)) {
			if (worker_is_to_stop(worker))
				begin_to_stop(worker);
			else if (worker_is_called(worker))
				connections_give_away(worker);
			drain_queue(standin, serial);
			measure_queue(worker->queue_length);
			connections_check_deadlines(worker);
			look_at_the_door(worker);
			wait_for_events(standin, serial);
		}
	}
	(void)pthread_mutex_unlock(&worker->lock);
}

/* ---- the thread ---- */

/* Or until the end. */
static void sleep_for(struct standin *standin, uint64_t us)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	uint64_t ns = (uint64_t)until.tv_nsec + us * 1000;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	(void)pthread_mutex_lock(&standin->sleep_lock);
	while (!atomic_load(&standin->ending) &&
	       pthread_cond_clockwait(&standin->wake, &standin->sleep_lock, CLOCK_MONOTONIC, &until) == 0)
		; /* nothing is to be done earlier */
	(void)pthread_mutex_unlock(&standin->sleep_lock);
}

static void sleep_until_woken(struct standin *standin)
{
	(void)pthread_mutex_lock(&standin->sleep_lock);
	atomic_store(&standin->asleep, true);
	/* Either a call that begins now sees that we sleep, or we see the call. */
	while (atomic_load(&standin->asleep) && !(atomic_load(&standin->serial) & 1) && !atomic_load(&standin->ending))
		(void)pthread_cond_wait(&standin->wake, &standin->sleep_lock);
	atomic_store(&standin->asleep, false);
	(void)pthread_mutex_unlock(&standin->sleep_lock);
}

static void *run(void *userdata)
{
	struct standin *standin = userdata;
	uint64_t before = 0;
	for (unsigned quiet = 0; !atomic_load(&standin->ending);) {
		sleep_for(standin, standin->after_us);
		uint64_t serial = atomic_load(&standin->serial);
		if (serial != before)
			quiet = 0;
		else if (serial & 1)
			take_over(standin, serial);
		else if (++quiet >= TICKS_UNTIL_SLEEP)
			sleep_until_woken(standin), quiet = 0;
		before = serial;
	}
	return NULL;
}

/* ---- the worker's side ---- */

static void wake(struct standin *standin)
{
	(void)pthread_mutex_lock(&standin->sleep_lock);
	atomic_store(&standin->asleep, false);
	(void)pthread_cond_signal(&standin->wake);
	(void)pthread_mutex_unlock(&standin->sleep_lock);
}

void standin_call_begins(struct standin *standin)
{
	if (!standin)
		return;
	atomic_store_explicit(&standin->wanted, false, memory_order_relaxed);
	atomic_fetch_add(&standin->serial, 1);
	(void)pthread_mutex_unlock(&standin->worker->lock);
	if (atomic_load(&standin->asleep))
		wake(standin);
}

bool standin_call_ends(struct standin *standin)
{
	if (!standin)
		return false;
	struct worker *worker = standin->worker;
	atomic_store_explicit(&standin->wanted, true, memory_order_relaxed);
	atomic_fetch_add(&standin->serial, 1);
	(void)pthread_mutex_lock(&worker->lock);
	if (!standin->took_over)
		return false;
	standin->took_over = false;
	if (!worker->stopping && !worker->draining && worker->accept_paused_until_us == 0)
		door_watch(worker);
	for (struct connection *connection = worker->connections; connection; connection = connection->next)
		if (!connection_hears(connection) && connection != worker->calling)
			connection_enqueue(worker, connection);
	return true;
}

int standin_start(struct worker *worker, uint64_t after_us, struct standin **ret, struct cause *cause)
{
	struct standin *standin = calloc(1, sizeof(*standin));
	if (!standin)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	standin->worker = worker;
	standin->after_us = after_us;
	(void)pthread_mutex_init(&standin->sleep_lock, NULL);
	(void)pthread_cond_init(&standin->wake, NULL);
	pthread_attr_t attributes;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	/* Signals are for the thread that runs Python. */
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&standin->thread, &attributes, run, standin);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	if (r != 0) {
		free(standin);
		return cause_set_errno(cause, -r, "cannot start the worker's second thread");
	}
	*ret = standin;
	return 0;
}

void standin_stop(struct standin *standin)
{
	if (!standin)
		return;
	atomic_store(&standin->ending, true);
	wake(standin);
	(void)pthread_join(standin->thread, NULL);
	(void)pthread_cond_destroy(&standin->wake);
	(void)pthread_mutex_destroy(&standin->sleep_lock);
	free(standin);
}
