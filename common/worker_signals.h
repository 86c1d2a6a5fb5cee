/* worker_signals.h - what a worker is told by signals, beside SIGTERM, and what it tells by its exit status.
 *
 * By its zygote, or by the master when the zygote has died.  Real-time signals, which the user's code seldom uses. */
#pragma once

#include <signal.h>

/* Another generation serves: give the connections to it, finish the call that runs, and leave. */
#define WORKER_SIGNAL_DRAIN (SIGRTMAX - 1)

/* The time for that is over: answer for the call that runs, and leave. */
#define WORKER_SIGNAL_ABANDON SIGRTMAX

enum {
	WORKER_EXIT_DEADLINE = 80, /* the call was over its hard deadline, or had to be given up */
	WORKER_EXIT_FAULT = 81,    /* compiled code has crashed */
};
