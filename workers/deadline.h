/* deadline.h - how long a call may take.
 *
 *     begin ----slow----> its stack is taken, for the log
 *           ----soft----> TimeoutError is raised in its Python code, native loops and blocking calls included
 *           ----hard----> the worker says so to the caller, and ends; its zygote forks another
 *
 * A worker has one thread that calls, so there is one clock, and these functions are for that thread, with the GIL
 * held. A call that ends in time costs two readings of the clock: the timer behind it is not set anew for each call, it
 * looks whether the call that runs when it fires is due. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"
#include "common/counters.h"

struct deadline_limit {
	char *method;
	uint64_t soft_us;
};

/* Times in microseconds; 0: none. */
struct deadline_limits {
	uint64_t soft_us;  /* for methods without one of their own */
	uint64_t grace_us; /* from the soft one to the hard one; there is none without a soft one */
	uint64_t slow_us;  /* calls that take longer are logged */
	bool slow_params;  /* with their params */
	size_t n_methods;
	struct deadline_limit *methods;
};

/* Set the clock up, in the worker.  Uses the two signals below SIGRTMAX - 2.  hard is called at the hard deadline, from
 * a signal handler of the thread that is in the call: it tells the caller, and must not return.  limits and counters
 * (NULL: none) must stay.  -errno with cause. */
int deadline_start(const struct deadline_limits *limits, struct worker_counters *counters, void (*hard)(void *),
		   void *userdata, struct cause *cause) __attribute__((warn_unused_result));

/* Stacks of slow calls that are taken while the machine code between code and code + size runs, or what it has called,
 * are taken anew when ask's function is called: then native frames know their lines.  ask(NULL): never mind. */
void deadline_watch_native(const void *code, size_t size, void (*ask)(void (*told)(void)));

/* Give the signals back, for tests. */
void deadline_stop(void);

/* The soft limit that the configuration has for a method, 0 for none. */
uint64_t deadline_of(const char *method);

/* A call begins: limit_us as deadline_of() said, client_us what the client asks for (it can only make the soft one
 * earlier, not the hard one).  0: none.  method and params (NULL: none) must stay until deadline_end().  True if there
 * may be a hard end. */
bool deadline_begin(const char *method, uint64_t limit_us, uint64_t client_us, const char *params, size_t n_params);

/* It has ended.  True if TimeoutError was raised in it by us.  The exception that is set, if any, stays.  Logs it if it
 * was slow. */
bool deadline_end(void);
