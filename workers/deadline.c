/* deadline.c - see deadline.h
 *
 * Two timers.  The tick finds out what is due; system calls that it interrupts are restarted.  Once TimeoutError is to
 * be raised, the nag follows: a signal that does not restart them, every few milliseconds until the exception is
 * raised, since the first one may come just before the thread blocks.  CPython looks for signals after each EINTR
 * (PEP 475), so time.sleep(), locks, sockets and files end with the exception; its eval breaker, which
 * PyErr_SetInterruptEx() sets, ends loops of Python code and of machine code.
 *
 * The exception is raised once.  Code that catches it and goes on has the grace time. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codecache/jit/cpython311_stack.h"
#include "common/clock.h"
#include "common/log.h"
#include "workers/deadline.h"
#include "workers/measure.h"

#define SIGNAL_TICK (SIGRTMAX - 3)
#define SIGNAL_NAG  (SIGRTMAX - 4)

enum {
	NAG_NS = 5 * 1000 * 1000,
	STACK_MAX = 8192,
	PARAMS_MAX = 1024, /* bytes of params in the log */
};

#define NEVER UINT64_MAX

/* Shared with signal handlers of this thread: ordered by atomic_signal_fence(). */
static struct {
	const struct deadline_limits *limits; /* NULL: not started */
	struct worker_counters *counters;
	void (*hard)(void *);
	void *userdata;
	PyThreadState *thread;
	timer_t tick, nag;
	/* The call. */
	volatile sig_atomic_t running, tripped, raised, stack_taken;
	uint64_t begun, slow_at, soft_at, hard_at; /* CLOCK_MONOTONIC, microseconds, or NEVER */
	volatile uint64_t armed_at;                /* when the tick comes, or NEVER */
	const char *method, *params;
	size_t n_params;
	uint64_t stack_after; /* of the call's time, microseconds */
	char stack[STACK_MAX];
	/* Machine code, see deadline_watch_native(). */
	uintptr_t code, code_end;
	void (*ask)(void (*told)(void)); /* NULL: there is none */
	volatile sig_atomic_t asked;
} watch;

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- the timers; async-signal-safe ---- */

static void arm_tick(uint64_t at)
{
	watch.armed_at = at;
	if (at == NEVER)
		return; /* it has fired, and does not come by itself */
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at / 1000000),
						 .tv_nsec = (long)(at % 1000000) * 1000 } };
	(void)timer_settime(watch.tick, TIMER_ABSTIME, &when, NULL);
}

static void set_nag(bool on)
{
	struct itimerspec when = { 0 };
	if (on)
		when = (struct itimerspec){ .it_value = { .tv_nsec = 1000 }, .it_interval = { .tv_nsec = NAG_NS } };
	(void)timer_settime(watch.nag, 0, &when, NULL);
}

static void take_stack(void)
{
	(void)stack_write(watch.thread, watch.stack, sizeof(watch.stack));
	watch.stack_after = monotonic_us() - watch.begun;
	watch.stack_taken = 1;
}

/* Native code is at a place where its frame says which. */
static void take_stack_again(void)
{
	watch.asked = 0;
	if (watch.running)
		take_stack();
}

static void on_tick(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	int saved = errno;
	uint64_t now = monotonic_us(), next = NEVER;
	if (watch.running && now >= watch.slow_at && !watch.stack_taken) {
		take_stack();
		if (watch.ask && stack_is_native(watch.thread, context, watch.code, watch.code_end)) {
			watch.asked = 1;
			watch.ask(take_stack_again);
		}
	}
	if (watch.running && now >= watch.soft_at && !watch.tripped) {
		watch.tripped = 1;
		(void)PyErr_SetInterruptEx(SIGNAL_NAG);
		set_nag(true);
	}
	if (watch.running && now >= watch.hard_at)
		watch.hard(watch.userdata);
	if (watch.running) {
		next = watch.tripped ? watch.hard_at : earlier(watch.soft_at, watch.hard_at);
		next = watch.stack_taken ? next : earlier(next, watch.slow_at);
	}
	arm_tick(next);
	errno = saved;
}

static void on_nag(int signal, siginfo_t *info, void *context)
{
	(void)signal; /* its only use is to interrupt */
	(void)info;
	(void)context;
}

/* ---- the exception ---- */

/* What CPython calls where it would call a signal handler. */
static PyObject *raise_timeout(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	if (!watch.running || !watch.tripped || watch.raised)
		Py_RETURN_NONE;
	watch.raised = 1;
	set_nag(false);
	char text[96];
	(void)snprintf(text, sizeof(text), "the call has taken longer than %.6g s",
		       (double)(watch.soft_at - watch.begun) / 1e6);
	PyErr_SetString(PyExc_TimeoutError, text);
	return NULL;
}

static PyMethodDef raise_timeout_def = { "deadline", raise_timeout, METH_VARARGS, NULL };

/* signal.signal(SIGNAL_NAG, raise_timeout), of which only the Python side is kept. */
static int register_handler(struct cause *cause)
{
	PyObject *module = PyImport_ImportModule("_signal");
	PyObject *function = PyCFunction_New(&raise_timeout_def, NULL);
	PyObject *r = module && function ? PyObject_CallMethod(module, "signal", "iO", SIGNAL_NAG, function) : NULL;
	Py_XDECREF(function);
	Py_XDECREF(module);
	if (!r) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "cannot register the deadline's signal with Python");
	}
	Py_DECREF(r);
	return 0;
}

static int catch_signal(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	if (sigaction(number, &action, NULL) < 0)
		return -errno;
	return -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static int make_timer(int number, timer_t *ret)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number };
	event._sigev_un._tid = gettid(); /* glibc has no name for it: timer_create(2) */
	return timer_create(CLOCK_MONOTONIC, &event, ret) < 0 ? -errno : 0;
}

int deadline_start(const struct deadline_limits *limits, struct worker_counters *counters, void (*hard)(void *),
		   void *userdata, struct cause *cause)
{
	int r = register_handler(cause);
	if (r < 0)
		return r;
	r = catch_signal(SIGNAL_TICK, on_tick, SA_RESTART);
	if (r == 0)
		r = catch_signal(SIGNAL_NAG, on_nag, 0);
	if (r == 0)
		r = make_timer(SIGNAL_TICK, &watch.tick);
	if (r < 0)
		return cause_set_errno(cause, r, "cannot set up the deadlines");
	r = make_timer(SIGNAL_NAG, &watch.nag);
	if (r < 0) {
		(void)timer_delete(watch.tick);
		return cause_set_errno(cause, r, "cannot set up the deadlines");
	}
	watch.counters = counters;
	watch.hard = hard;
	watch.userdata = userdata;
	watch.thread = PyThreadState_Get();
	watch.armed_at = NEVER;
	watch.running = 0;
	watch.limits = limits;
	return 0;
}

void deadline_watch_native(const void *code, size_t size, void (*ask)(void (*told)(void)))
{
	watch.code = (uintptr_t)code;
	watch.code_end = watch.code + size;
	watch.ask = ask;
}

void deadline_stop(void)
{
	if (!watch.limits)
		return;
	watch.limits = NULL;
	(void)timer_delete(watch.tick);
	(void)timer_delete(watch.nag);
	(void)signal(SIGNAL_TICK, SIG_IGN);
	(void)signal(SIGNAL_NAG, SIG_IGN);
}

uint64_t deadline_of(const char *method)
{
	const struct deadline_limits *limits = watch.limits;
	for (size_t i = 0; limits && i < limits->n_methods; i++)
		if (strcmp(limits->methods[i].method, method) == 0)
			return limits->methods[i].soft_us;
	return limits ? limits->soft_us : 0;
}

/* ---- a call ---- */

bool deadline_begin(const char *method, uint64_t limit_us, uint64_t client_us, const char *params, size_t n_params)
{
	const struct deadline_limits *limits = watch.limits;
	if (!limits || (!limit_us && !client_us && !limits->slow_us))
		return false;
	uint64_t now = monotonic_us();
	uint64_t soft = earlier(limit_us ? limit_us : NEVER, client_us ? client_us : NEVER);
	watch.begun = now;
	watch.slow_at = limits->slow_us ? now + limits->slow_us : NEVER;
	watch.soft_at = soft == NEVER ? NEVER : now + soft;
	watch.hard_at = limit_us ? now + limit_us + limits->grace_us : NEVER;
	watch.tripped = watch.raised = watch.stack_taken = 0;
	watch.method = method;
	watch.params = params;
	watch.n_params = n_params;
	if (watch.counters && watch.hard_at != NEVER)
		atomic_store_explicit(&watch.counters->kill_at_us, watch.hard_at, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	watch.running = 1;
	atomic_signal_fence(memory_order_seq_cst);
	uint64_t first = earlier(watch.slow_at, watch.soft_at);
	if (first < watch.armed_at)
		arm_tick(first);
	return watch.hard_at != NEVER;
}

static void log_slow(uint64_t taken)
{
	char duration[32];
	(void)snprintf(duration, sizeof(duration), "%.6f", (double)taken / 1e6);
	bool params = watch.limits->slow_params && watch.params;
	int n_params = (int)(watch.n_params < PARAMS_MAX ? watch.n_params : PARAMS_MAX);
	size_t length = strlen(watch.stack);
	if (length > 0 && watch.stack[length - 1] == '\n')
		watch.stack[length - 1] = '\0';
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(CALL_SLOW), "METHOD", watch.method, "DURATION", duration),
		 "slow call: %s took %.3f s%s%.*s%s; after %.3f s it was at\n%s", watch.method, (double)taken / 1e6,
		 params ? "; params: " : "", params ? n_params : 0, params ? watch.params : "",
		 params && watch.n_params > PARAMS_MAX ? "..." : "", (double)watch.stack_after / 1e6, watch.stack);
}

/* A signal that came too late for the call must not be found by the next one. */
static void take_back(void)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	if (PyErr_CheckSignals() < 0)
		PyErr_WriteUnraisable(NULL); /* of a handler of the user's */
	PyErr_Restore(type, value, traceback);
}

bool deadline_end(void)
{
	if (!watch.running)
		return false;
	watch.running = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (watch.counters && watch.hard_at != NEVER)
		atomic_store_explicit(&watch.counters->kill_at_us, 0, memory_order_relaxed);
	if (watch.tripped && !watch.raised) {
		set_nag(false);
		take_back();
	}
	if (watch.asked) {
		watch.asked = 0;
		watch.ask(NULL);
	}
	if (watch.stack_taken) {
		uint64_t taken = monotonic_us() - watch.begun;
		log_slow(taken);
		measure_slow(watch.method, taken, watch.stack);
	}
	return watch.raised;
}
