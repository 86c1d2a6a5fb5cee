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
	STALE = 64, /* calls of others, after which it is time to see whether the timed one is still there */
	UNTIMED =
		10, /* calls in CPython at first: it specialises code that was called 8 times, and this is a copy ... */
};

static const uint64_t WARM_NS = 2 * 1000 * 1000; /* ... unless a loop has warmed it up; of native code one will do */

struct trial {
	unsigned warm_calls; /* in CPython */
	uint64_t warm_ns;
	bool native_is_warm;
	struct trial_pairs pairs;
};

/* What a timed call's frame carries. */
struct timer {
	PyObject_HEAD
	struct trial *trial; /* NULL: forgotten */
	enum trial_way way;
	bool is_untimed; /* caches are cold */
	unsigned long thread;
	uint64_t look;
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

static bool cpython_is_warm(const struct trial *trial)
{
	return trial->warm_calls >= UNTIMED || trial->warm_ns >= WARM_NS;
}

static void add_untimed(struct trial *trial, const struct timer *timer, uint64_t took)
{
	if (timer->way == TRIAL_NATIVE) {
		trial->native_is_warm = true;
		return;
	}
	trial->warm_calls++;
	trial->warm_ns += took;
}

static void add_sample(const struct timer *timer)
{
	uint64_t took = cpu_ns() - timer->start_ns;
	took = took > overhead_ns ? took - overhead_ns : 1;
	if (timer->thread != PyThread_get_thread_ident())
		return;
	if (timer->is_untimed)
		add_untimed(timer->trial, timer, took);
	else
		trial_pairs_add(&timer->trial->pairs, timer->look, timer->way, took);
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

/* ---- what calls look like ------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15) >> 7 ^ hash << 57;
}

/* How long a call takes is mostly in its numbers and in the lengths of the rest.  Runs no Python code. */
static uint64_t look_of(PyObject *argument)
{
	if (PyLong_CheckExact(argument) || PyFloat_CheckExact(argument) || PyBool_Check(argument))
		return (uint64_t)PyObject_Hash(argument);
	if (PyDict_Check(argument))
		return (uint64_t)PyDict_GET_SIZE(argument);
	if (PyAnySet_Check(argument))
		return (uint64_t)PySet_GET_SIZE(argument);
	if (PyUnicode_Check(argument))
		return (uint64_t)PyUnicode_GET_LENGTH(argument);
	if (PyList_Check(argument) || PyTuple_Check(argument) || PyBytes_Check(argument) || PyByteArray_Check(argument))
		return (uint64_t)Py_SIZE(argument);
	return 0;
}

static uint64_t look_of_call(const struct switch_call *call, uint32_t n_params)
{
	uint64_t hash = 0;
	for (uint32_t i = 0; i < n_params; i++)
		hash = mix(mix(hash, (uintptr_t)Py_TYPE(call->args[i])), look_of(call->args[i]));
	return hash;
}

/* ---- a call ---------------------------------------------------------------- */

/* The timed call may be over while somebody keeps its frame (a traceback does). */
static void forget_stale(void)
{
	if (++running_seen % STALE == 0 && running->thread == PyThread_get_thread_ident() &&
	    !switch_is_running(running_frame))
		running = NULL;
}

static void plan(struct trial *trial, struct timer *timer)
{
	timer->is_untimed = true;
	if (!trial->native_is_warm)
		timer->way = TRIAL_NATIVE;
	else if (!cpython_is_warm(trial))
		timer->way = TRIAL_CPYTHON;
	else {
		timer->is_untimed = false;
		timer->way = trial_pairs_way(&trial->pairs, timer->look);
	}
}

static enum trial_turn turn_of(enum trial_way way)
{
	return way == TRIAL_NATIVE ? TRIAL_GO_NATIVE : TRIAL_GO_CPYTHON;
}

static enum trial_turn begin(struct trial *trial, const struct trial_subject *subject, const struct switch_call *call)
{
	struct timer *timer = PyObject_New(struct timer, &timer_type);
	if (!timer) {
		PyErr_Clear();
		return TRIAL_GO_NATIVE;
	}
	*timer = (struct timer){ .ob_base = timer->ob_base,
				 .trial = trial,
				 .look = look_of_call(call, subject->n_params),
				 .thread = PyThread_get_thread_ident() };
	plan(trial, timer);
	enum trial_way way = timer->way;
	running = timer;
	running_frame = call->frame;
	running_seen = 0;
	if (switch_attach(call, (PyObject *)timer) < 0) /* takes it over */
		return TRIAL_GO_NATIVE;
	timer->start_ns = cpu_ns();
	return turn_of(way);
}

static void tell(const struct trial_pairs *pairs, enum trial_verdict verdict, struct trial_result *ret)
{
	uint64_t native = (uint64_t)(pairs->ns[TRIAL_NATIVE] / pairs->n);
	uint64_t cpython = (uint64_t)(pairs->ns[TRIAL_CPYTHON] / pairs->n);
	*ret = (struct trial_result){ .native_ns = native ? native : 1,
				      .cpython_ns = cpython ? cpython : 1,
				      .verdict = verdict };
}

enum trial_turn trial_call(struct trial *trial, const struct trial_subject *subject, const struct switch_call *call,
			   struct trial_result *ret)
{
	if (running)
		forget_stale();
	if (running)
		return running->trial == trial ? turn_of(running->way) : TRIAL_GO_NATIVE;
	if (switch_is_inner(call, subject->original, subject->stub))
		return TRIAL_GO_NATIVE;
	enum trial_verdict verdict = trial_pairs_verdict(&trial->pairs);
	if (verdict == TRIAL_OPEN)
		return begin(trial, subject, call);
	tell(&trial->pairs, verdict, ret);
	return TRIAL_OVER;
}

bool trial_is_cpythons(const struct trial *trial)
{
	return running && running->trial == trial && running->way == TRIAL_CPYTHON;
}
