/* worker_priv.h - a worker and its connections; between worker.c, connection.c, door.c, aside.c and
 * standin.c.
 *
 * All of it belongs to the one who holds the lock: the worker's thread, but for the time of a call, or its stand-in
 * (standin.h). */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "workers/crowd.h"
#include "workers/peer.h"
#include "workers/worker.h"

enum {
	KEEP_BYTES = 16 << 10, /* buffers larger than that are not kept for an idle connection */
	CHUNK = 64 << 10,      /* one read */
};

#define NEVER UINT64_MAX

/* What the other side is expected to do next; each has its time. */
enum wait { WAIT_NOTHING, WAIT_REQUEST, WAIT_REST, WAIT_READER, WAIT_END };

struct connection {
	int fd;
	uint32_t interest; /* what epoll watches */
	struct listener_state *listener;
	struct framing *framing;
	struct buffer out;
	const struct rpc_refusal *refusal; /* what each request is answered with; NULL: it is performed */
	struct peer peer;
	bool counted; /* among the connections of its peer */
	enum wait wait;
	bool watched;   /* by epoll */
	bool readable;  /* there may be more to read */
	bool eof;       /* nothing more to read, ever */
	bool closing;   /* to be closed as soon as out is written */
	bool lingering; /* shut down for writing: what still comes is thrown away */
	bool queued;
	bool dead;       /* closed, but still in the queue */
	bool progressed; /* since the deadline was set */
	bool began;      /* has sent a byte */
	bool asked_last; /* when the worker was asked to stop: what comes now comes too late */
	uint64_t deadline_us;
	struct connection *next_in_queue;
	struct connection *next, **link; /* all of the worker */
};

struct listener_state {
	const struct worker_listener *listener;
	bool watched, ready;
};

struct standin;

struct worker {
	const struct worker_setup *setup;
	struct rpc *rpc;
	int epoll;
	struct listener_state *listeners;
	struct listener_state elsewhere; /* of connections whose listener this generation does not have */
	struct connection *connections;
	size_t n_connections;
	struct connection *queue, **queue_tail;
	size_t queue_length;
	size_t n_refused; /* connections with a refusal */
	size_t backlog_bytes;
	unsigned turns_since_poll, turns_before_poll, turns_since_accept;
	bool was_long; /* a call since the last poll */
	bool exchange_ready;
	bool lifeline_ended; /* its address stands for the lifeline in the epoll set, too */

	struct connection *calling; /* whose request is performed */
	const char *calling_text;
	size_t calling_length;

	bool draining; /* connections go to the other generation's workers */
	bool stopping; /* connections are closed when their requests are answered */
	uint64_t stop_deadline_us;
	uint64_t accept_paused_until_us; /* 0: not paused */
	uint64_t now_us;                 /* not older than the last poll or call */
	uint64_t next_deadline_us;       /* no connection has an earlier one */
	uint64_t polled_us;              /* when the last poll was over */
	uint64_t turn_ns, wait_ns;       /* what a turn takes, and what those in the queue wait, of late */
	uint64_t balanced_us;            /* when a connection was given away last */
	unsigned unbalanced_polls;       /* one after the other, while there was a queue */
	struct crowd crowd;              /* is it aside? */
	int schedstat;                   /* how long it has waited for a CPU; -1: not known */
	uint64_t quiet_until_us;         /* what is in the exchange is not for it; 0: it is */
	size_t left_waiting;             /* in the exchange, when it looked at that */
	uint64_t door_looked_us;         /* when it looked for newcomers from aside */
	bool memory_changed;             /* there were calls since the last look */
	uint64_t memory_look_us;         /* not before that */

	uint64_t refused_logged_us; /* when a refused connection was logged last */

	pthread_mutex_t lock;
	struct standin *standin; /* NULL: there is none */
	char chunk[CHUNK];
};

uint64_t worker_now(void);

/* It is to drain, or the master is gone, and has not begun to act on it. */
bool worker_is_called(const struct worker *worker);

/* It is to stop, and has not begun to. */
bool worker_is_to_stop(const struct worker *worker);

/* Take note of the event that tells of such calls, so that it does not come again. */
void worker_heard(void);

/* The slot has one writer, so no atomic addition is needed. */
static inline void worker_count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

/* ---- connection.c ---- */

/* With a framing that is then the connection's.  False when there is no memory; both are then still the caller's. */
bool connection_new(struct worker *worker, int fd, struct listener_state *listener, struct framing *framing,
		    struct connection **ret);

/* Close it now; if it stands in the queue, it is freed when its turn comes. */
void connection_close(struct worker *worker, struct connection *connection);
void connection_free(struct connection *connection);

void connection_enqueue(struct worker *worker, struct connection *connection);
/* Before all others; a new one. */
void connection_enqueue_first(struct worker *worker, struct connection *connection);
struct connection *connection_dequeue(struct worker *worker);

/* Watch for what is wanted now; or for nothing. */
void connection_watch(struct worker *worker, struct connection *connection);
void connection_unwatch(struct worker *worker, struct connection *connection);

/* Is it watched for input? */
bool connection_hears(const struct connection *connection);

/* Write what the kernel takes, and do not look at what comes in: for while no request can be performed.  False: the
 * client is gone, and so is the connection. */
bool connection_write(struct worker *worker, struct connection *connection);

/* No byte of a request is there, nor will one come. */
bool connection_has_left(const struct connection *connection);

/* Write what the kernel takes.  False: the client is gone. */
bool connection_flush(struct connection *connection);

/* One step, one write.  answer is called for each request that is complete, between framing_answer_begin() and _end().
 */
typedef void (*connection_answer_t)(struct worker *worker, struct connection *connection, const char *text,
				    size_t length);
void connection_take_turn(struct worker *worker, struct connection *connection, connection_answer_t answer);

/* Give all that can go to other workers, but for the one whose request is performed. */
void connections_give_away(struct worker *worker);

/* Close those that have nothing to say and nothing to hear, but for the one whose request is performed. */
void connections_close_idle(struct worker *worker);

/* Give it to another worker.  False: not possible, it is still here. */
bool connection_give_away(struct worker *worker, struct connection *connection);

/* Act on the deadlines that are over. */
void connections_check_deadlines(struct worker *worker);

/* ---- door.c ---- */

/* The listeners, if it is not aside, and the exchange, if what is there may be for it. */
void door_watch(struct worker *worker);
void door_unwatch(struct worker *worker);
void door_leave_listeners(struct worker *worker);
void door_leave_exchange(struct worker *worker);

/* Accept one from each listener that is ready, take one from the exchange. */
void door_accept(struct worker *worker);

/* Nobody may connect any more to the listeners that are ours, in no process. */
void door_shut(struct worker *worker);

/* Another look at all of them is worth it. */
void door_set_ready(struct worker *worker);

/* The connection is gone. */
void door_on_close(struct worker *worker, struct connection *connection);

/* Connections wait in the exchange, and only workers that are stopping are there to take them. */
bool door_must_empty_exchange(const struct worker *worker);
/* Take one from the exchange. */
void door_take_over(struct worker *worker);

/* An idle worker is waiting for input, and not aside; a busy one has fewer connections than we; requests would wait
 * less there, also with one of our connections more. */
bool door_others_are_idle(const struct worker *worker);
bool door_others_have_fewer(const struct worker *worker);
bool door_others_wait_less(const struct worker *worker);

/* ---- aside.c ---- */

void aside_open(struct worker *worker);
void aside_close(struct worker *worker);

/* After each poll: step aside, or come back, if it is time. */
void aside_look(struct worker *worker);

/* It is needed; nothing if it is not aside. */
void aside_end(struct worker *worker);

/* Give the connection to those that serve.  False: not possible, it is still here. */
bool aside_give(struct worker *worker, struct connection *connection);
