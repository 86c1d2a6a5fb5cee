/* worker.h - the worker's event loop: connections in, calls one at a time, answers out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cause.h"
#include "common/counters.h"
#include "workers/deadline.h"
#include "common/exchange.h"
#include "workers/framing.h"
#include "workers/limits.h"
#include "workers/rpc.h"

struct worker_listener {
	int fd;              /* a listening stream socket, nonblocking, shared with the other workers */
	uint32_t id;         /* for the exchange: the same in all generations */
	bool ours;           /* it ends with the daemon; else somebody else goes on holding it */
	const char *address; /* for people, may be NULL */
	/* Who alone may send requests, of Unix sockets; everybody if there are none. */
	const uid_t *users;
	const gid_t *groups;
	size_t n_users, n_groups;
};

struct worker_setup {
	PyObject *methods; /* borrowed: dict of str to callable */
	const struct worker_listener *listeners;
	size_t n_listeners;
	struct worker_counters *counters; /* the own slot; NULL: nothing is counted */
	/* With other workers: the slots of all, this one's number among them, and a row for each. */
	const struct worker_counters *team;
	size_t n_team, slot;
	/* proc_pid_schedstat(5) of this process: a worker that waits for CPUs may leave its requests to the team; NULL:
	 * none does. */
	const char *schedstat;
	struct peer_counter (*peers)[COUNTERS_PEERS]; /* NULL: not counted */
	const struct exchange *exchange;              /* NULL: connections stay */
	int lifeline;                                 /* has its end when the master is gone; 0: there is none */
	struct limits times;                          /* connections, queue and times; 0: none */
	struct rpc_options rpc;
	struct framing_limits limits;
	const struct deadline_limits *deadlines; /* NULL: calls may take any time */
	size_t backlog_bytes;                    /* a connection with more unwritten answers than that is not read; 0:
						    WORKER_BACKLOG_DEFAULT */
	unsigned linger_ms;     /* how long a refused client may go on sending before it is cut off; 0: 2000 */
	unsigned stop_grace_ms; /* how long clients may take to read their answers after SIGTERM; 0: 10000 */
	/* Append the text of GET /metrics; NULL: there is none.  From any thread, without the GIL. */
	void (*metrics)(struct buffer *out, void *userdata);
	/* Called between two requests, with the GIL held; may be NULL. */
	void (*on_boundary)(void *userdata);
	/* A fault there is told in fault and to who is waiting for an answer; 0 bytes: no code is watched. */
	const void *code;
	size_t code_size;
	void (*ask_native)(void (*told)(void)); /* deadline_watch_native(); NULL: there is no native code */
	struct fault_note *fault;
	void *userdata;
};

enum { WORKER_BACKLOG_DEFAULT = 1 << 20 };

/* Serve until SIGTERM: then no connection is accepted any more, requests that have been received completely are
 * answered, and the answers written.  The end of the lifeline is the same, and the listeners that are ours listen no
 * more.  WORKER_SIGNAL_DRAIN: connections go to the exchange, and it is over when the last one has gone.  Needs the
 * GIL, which is released while waiting.  0 after such an end, -errno with cause when serving is not possible.  Sets the
 * dispositions of these signals and of SIGINT, for good. */
int worker_run(const struct worker_setup *setup, struct cause *cause) __attribute__((warn_unused_result));
