/* waker.c - see waker.h */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "codecache/jit/cpython311_switch.h"
#include "common/clock.h"
#include "workers/waker.h"

enum {
	STACK_SIZE = 64 * 1024,
	AGAIN_NS = 100 * 1000, /* where a hook cannot be set at once */
};

struct waker {
	frame_hook hook;
	struct _is *interpreter;
	pthread_t thread;
	pid_t pid;
	sem_t asked, ended;
	atomic_bool is_asked;
	_Atomic uint64_t until_ns; /* CLOCK_MONOTONIC */
};

static struct timespec time_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };
}

/* False: it is time to end. */
static bool sleep_until(struct waker *waker, uint64_t ns)
{
	struct timespec until = time_of(ns);
	int r;
	while ((r = sem_clockwait(&waker->ended, CLOCK_MONOTONIC, &until)) < 0 && errno == EINTR)
		;
	return r < 0;
}

/* The same. */
static bool set_hook(struct waker *waker)
{
	while (!switch_set_hook_if_none(waker->interpreter, waker->hook))
		if (!sleep_until(waker, monotonic_ns() + AGAIN_NS))
			return false;
	return true;
}

static void *wake(void *p)
{
	struct waker *waker = p;
	for (;;) {
		while (sem_wait(&waker->asked) < 0)
			; /* EINTR */
		if (!sleep_until(waker, atomic_load(&waker->until_ns)))
			return NULL;
		atomic_store(&waker->is_asked, false);
		if (!set_hook(waker))
			return NULL;
	}
}

static int start(struct waker *waker)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	int r = pthread_attr_init(&attributes);
	if (r != 0)
		return -r;
	(void)sigfillset(&all);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&waker->thread, &attributes, wake, waker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return -r;
}

struct waker *waker_new(frame_hook hook)
{
	struct waker *waker = calloc(1, sizeof(*waker));
	if (!waker)
		return NULL;
	waker->hook = hook;
	waker->interpreter = frame_interpreter();
	waker->pid = getpid();
	(void)sem_init(&waker->asked, 0, 0);
	(void)sem_init(&waker->ended, 0, 0);
	if (start(waker) == 0)
		return waker;
	free(waker);
	return NULL;
}

void waker_ask(struct waker *waker, uint64_t ns)
{
	if (atomic_load(&waker->is_asked))
		return;
	atomic_store(&waker->until_ns, monotonic_ns() + ns);
	atomic_store(&waker->is_asked, true);
	(void)sem_post(&waker->asked);
}

void waker_free(struct waker *waker)
{
	if (!waker)
		return;
	if (waker->pid == getpid()) {
		(void)sem_post(&waker->ended);
		(void)sem_post(&waker->asked);
		(void)pthread_join(waker->thread, NULL);
	}
	(void)sem_destroy(&waker->asked);
	(void)sem_destroy(&waker->ended);
	free(waker);
}
