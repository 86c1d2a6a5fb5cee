/* cpu_timer.h - a timer of this thread's CPU time, which sends the thread a signal of its own: SIGRTMAX - 5.  One in a
 * process, for sampling (sampler.h) or for catching calls (catcher.h). */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "common/cause.h"

/* handler is called in each interval, system calls go on.  -errno with cause; then there is no timer. */
int cpu_timer_start(timer_t *ret, void (*handler)(int signal, siginfo_t *info, void *context), uint64_t interval_ns,
		    struct cause *cause) __attribute__((warn_unused_result));

/* No signal comes any more; one that is on its way is ignored. */
void cpu_timer_stop(timer_t timer);
