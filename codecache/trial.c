/* trial.c - see trial.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "codecache/jit/cpython311_switch.h"
#include "codecache/trial.h"
#include "common/cleanup.h"

enum {
	UNTIMED = 2, /* calls at first, one each way: caches are cold */
	SAMPLES = 8, /* of each way */
	FEW = 2,     /* of each way are enough ... */
	STALE = 64,  /* calls of others, after which it is time to see whether the timed one is still there */
};

static const uint64_t ENOUGH_NS = 200 * 1000 * 1000; /* ... if they took so long together */

struct trial {
	unsigned calls; /* that were begun */
	unsigned n[2];  /* samples, by enum trial_turn */
	uint64_t ns[2][SAMPLES];
};

/* What a timed call's frame carries. */
struct timer {
	PyObject_HEAD
	struct trial *trial; /* NULL: forgotten */
	enum trial_turn way;
	unsigned long thread;
	uint64_t start_ns;
};

static struct timer *running; /* the call that is being timed, NULL: none */
static const void *running_frame;
static unsigned running_seen; /* calls since it began */
static uint64_t overhead_ns;  /* of looking at the clock twice */

static uint64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add_sample(const struct timer *timer)
{
	struct trial *trial = timer->trial;
	uint64_t took = cpu_ns() - timer->start_ns;
	took = took > overhead_ns ? took - overhead_ns : 1;
	if (trial->calls > UNTIMED && trial->n[timer->way] < SAMPLES && timer->thread == PyThread_get_thread_ident())
		trial->ns[timer->way][trial->n[timer->way]++] = took;
}

static void timer_dealloc(PyObject *self)
{
	struct timer *timer = (struct timer *)self;
	if (timer == running) {
		if (timer->trial)
			add_sample(timer);
		running = NULL;
	}
	PyObject_Free(self);
}

static PyTypeObject timer_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.timer",
	.tp_basicsize = sizeof(struct timer),
	.tp_dealloc = timer_dealloc,
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

int trial_init(struct cause *cause)
{
	if (PyType_Ready(&timer_type) < 0) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "no memory for the type of timers");
	}
	overhead_ns = UINT64_MAX;
	for (int i = 0; i < 16; i++) {
		uint64_t start = cpu_ns(), took = cpu_ns() - start;
		overhead_ns = took < overhead_ns ? took : overhead_ns;
	}
	return 0;
}

struct trial *trial_new(void)
{
	return calloc(1, sizeof(struct trial));
}

void trial_free(struct trial *trial)
{
	if (running && running->trial == trial)
		running->trial = NULL;
	free(trial);
}

/* ---- what came out --------------------------------------------------------- */

static int compare_ns(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static uint64_t sum(const uint64_t *ns, unsigned n)
{
	uint64_t total = 0;
	for (unsigned i = 0; i < n; i++)
		total += ns[i];
	return total;
}

static bool is_over(const struct trial *trial)
{
	unsigned native = trial->n[TRIAL_NATIVE], cpython = trial->n[TRIAL_CPYTHON];
	if (native >= SAMPLES && cpython >= SAMPLES)
		return true;
	return native >= FEW && native == cpython &&
	       sum(trial->ns[TRIAL_NATIVE], native) + sum(trial->ns[TRIAL_CPYTHON], cpython) >= ENOUGH_NS;
}

/* Calls differ in what they have to do: where the medians and the sums do not agree, nothing is held against it. */
static void evaluate(struct trial *trial, struct trial_result *ret)
{
	double sums[2];
	for (int way = 0; way < 2; way++) {
		sums[way] = (double)sum(trial->ns[way], trial->n[way]);
		qsort(trial->ns[way], trial->n[way], sizeof(uint64_t), compare_ns);
	}
	ret->native_ns = trial->ns[TRIAL_NATIVE][trial->n[TRIAL_NATIVE] / 2];
	ret->cpython_ns = trial->ns[TRIAL_CPYTHON][trial->n[TRIAL_CPYTHON] / 2];
	ret->gains = (double)ret->cpython_ns >= TRIAL_MIN_GAIN * (double)ret->native_ns ||
		     sums[TRIAL_CPYTHON] >= TRIAL_MIN_GAIN * sums[TRIAL_NATIVE];
}

/* ---- a call ---------------------------------------------------------------- */

/* The timed call may be over while somebody keeps its frame (a traceback does). */
static void forget_stale(void)
{
	if (++running_seen % STALE == 0 && running->thread == PyThread_get_thread_ident() &&
	    !switch_is_running(running_frame))
		running = NULL;
}

/* native, cpython, cpython, native, then the other way round, and so on: whatever grows from call to call (Thue-Morse).
 */
static enum trial_turn way_of(unsigned call)
{
	return (unsigned)__builtin_popcount(call) % 2 ? TRIAL_CPYTHON : TRIAL_NATIVE;
}

static enum trial_turn begin(struct trial *trial, const struct switch_call *call)
{
	struct timer *timer = PyObject_New(struct timer, &timer_type);
	if (!timer) {
		PyErr_Clear();
		return TRIAL_NATIVE;
	}
	enum trial_turn way = way_of(trial->calls);
	*timer = (struct timer){
		.ob_base = timer->ob_base, .trial = trial, .way = way, .thread = PyThread_get_thread_ident()
	};
	running = timer;
	running_frame = call->frame;
	running_seen = 0;
	if (switch_attach(call, (PyObject *)timer) < 0) /* takes it over */
		return TRIAL_NATIVE;
	trial->calls++;
	timer->start_ns = cpu_ns();
	return way;
}

enum trial_turn trial_call(struct trial *trial, const struct switch_call *call, struct trial_result *ret)
{
	if (running)
		forget_stale();
	if (running)
		return running->trial == trial ? running->way : TRIAL_NATIVE;
	if (is_over(trial)) {
		evaluate(trial, ret);
		return TRIAL_OVER;
	}
	return begin(trial, call);
}
