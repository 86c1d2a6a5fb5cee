/* worker_signals.h - what a worker is told by signals, beside SIGTERM.
 *
 * By its zygote, or by the master when the zygote has died.  Real-time signals, which the user's code seldom uses. */
#pragma once

#include <signal.h>

/* Another generation serves: give the connections to it, finish the call that runs, and leave. */
#define WORKER_SIGNAL_DRAIN (SIGRTMAX - 1)

/* The time for that is over: answer for the call that runs, and leave. */
#define WORKER_SIGNAL_ABANDON SIGRTMAX
