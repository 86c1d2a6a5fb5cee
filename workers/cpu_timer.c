/* cpu_timer.c - see cpu_timer.h */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "workers/cpu_timer.h"

#define SIGNAL_CPU (SIGRTMAX - 5)

int cpu_timer_start(timer_t *ret, void (*handler)(int signal, siginfo_t *info, void *context), uint64_t interval_ns,
		    struct cause *cause)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_RESTART | SA_SIGINFO };
	if (sigaction(SIGNAL_CPU, &action, NULL) < 0)
		return cause_set_errno(cause, -errno, "cannot handle the signal of a timer of CPU time");
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGNAL_CPU);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL_CPU };
	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, ret) < 0)
		return cause_set_errno(cause, -errno, "cannot make a timer of CPU time");
	struct timespec interval = { .tv_sec = (time_t)(interval_ns / 1000000000),
				     .tv_nsec = (long)(interval_ns % 1000000000) };
	struct itimerspec when = { interval, interval };
	if (timer_settime(*ret, 0, &when, NULL) == 0)
		return 0;
	int r = -errno;
	cpu_timer_stop(*ret);
	return cause_set_errno(cause, r, "cannot set a timer of CPU time");
}

void cpu_timer_stop(timer_t timer)
{
	(void)timer_delete(timer);
	(void)signal(SIGNAL_CPU, SIG_IGN);
}
