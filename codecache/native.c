/* native.c - see native.h.  A call goes stub -> call_native() -> emitted code -> the stub's caller, or, at a side exit,
 * side_exit.c -> the switch -> CPython in the same frame. */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/jit/code_data.h"
#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_frame.h"
#include "codecache/jit/cpython311_generator.h"
#include "codecache/jit/cpython311_stack.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/exact.h"
#include "codecache/loops.h"
#include "codecache/native_priv.h"
#include "codecache/observer.h"
#include "codecache/proof.h"
#include "codecache/runtime.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum {
	MAX_SPECIALIZATIONS = 4,
	INDEX_NONE = COUNTERS_MAX_FUNCTIONS, /* of a stub that only observes */
};

/* Calls that code was missing for, or that left it, since the handler was asked last. */
struct misses {
	uint64_t since_ns; /* CLOCK_MONOTONIC, of the first */
	uint64_t calls;    /* all that there had been before it */
	uint32_t n, n_looked_at;
	uint32_t asked;
};

/* Calls that left code while it is tried, though other code would not be left there. */
struct leaving {
	uint64_t calls;     /* all that there had been before the trial */
	uint64_t resume_ns; /* CLOCK_MONOTONIC; not 0: other code was asked for, until then calls are CPython's */
	uint32_t n, asked;
};

/* A Python object, for it is the first constant of its stub; an iterator, for that is how the stub calls it.  Never
 * freed: stubs may be on any stack. */
struct native_function {
	PyObject_HEAD
	PyObject *original; /* code objects, this one and stub */
	uint32_t index, version;
	uint32_t n_specializations;
	struct specialization *specializations[MAX_SPECIALIZATIONS];
	PyObject *globals;  /* borrowed from the function: what lives in a namespace dies with it */
	PyObject *function; /* a weak reference, for the same reason */
	PyObject *stub;
	struct trial *trial; /* NULL: none */
	struct leaving leaving;
	PyObject *start; /* the resume code for a call from its beginning */
	uint32_t start_landing;
	struct observer *observer; /* NULL: nothing was noted */
	struct misses misses;
	struct generator_body body;   /* of generators */
	struct native_function *next; /* of all */
};

_Static_assert(offsetof(struct native_function, original) == RT_NATIVE_ORIGINAL * sizeof(PyObject *),
	       "emitted code looks at it");

static struct function_counters private_counters[COUNTERS_MAX_FUNCTIONS];
static struct function_counters *counters = private_counters;
static struct function_counters observed; /* of all stubs that only observe */
static uint32_t n_functions;
static bool observing;
static const struct rt *rt;
static struct native_function *functions;
static struct specialization *specializations; /* replaced and dropped ones too */
static native_trial_handler on_trial;
static void *on_trial_userdata;
static native_miss_handler on_miss;
static void *on_miss_userdata;

static struct function_counters *counters_of(const struct native_function *native)
{
	return native->index == INDEX_NONE ? &observed : &counters[native->index];
}

void native_set_counters(struct function_counters *row)
{
	counters = row;
	for (struct native_function *native = functions; native; native = native->next)
		native->body.runs = &counters_of(native)->calls;
}

/* ---- where it is left -------------------------------------------------------- */

static struct exit_counter private_exits[COUNTERS_EXITS];
static struct exit_counter *exits = private_exits;

void native_set_exit_counters(struct exit_counter *table)
{
	exits = table;
}

const struct exit_counter *native_exit_counters(void)
{
	return exits;
}

/* The table may have been written to by anything: it is searched within bounds, and that is all that it can do. */
void native_count_exit(const struct specialization *s, int64_t number)
{
	enum { PROBES = 16 };
	uint64_t key = counters_exit_key((const void *)(uintptr_t)s->entry, (uint32_t)number);
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	for (unsigned i = 0; i < PROBES; i++) {
		struct exit_counter *c = &exits[(hash + i) % COUNTERS_EXITS];
		uint64_t found = atomic_load_explicit(&c->key, memory_order_relaxed);
		if (found != 0 && found != key)
			continue;
		if (found == 0)
			atomic_store_explicit(&c->key, key, memory_order_relaxed);
		counter_add_one(&c->n);
		return;
	}
}

void native_sum_exits(const struct exit_counter *table, const void *entry, uint64_t *counts, uint32_t n)
{
	uint64_t first = counters_exit_key(entry, 0);
	for (unsigned i = 0; i < COUNTERS_EXITS; i++) {
		uint64_t key = atomic_load_explicit(&table[i].key, memory_order_relaxed);
		if (key >= first && key - first < n)
			counts[key - first] += atomic_load_explicit(&table[i].n, memory_order_relaxed);
	}
}

static uint32_t param_count(PyObject *code)
{
	const PyCodeObject *c = (PyCodeObject *)code;
	return (uint32_t)(c->co_argcount + c->co_kwonlyargcount) + !!(c->co_flags & CO_VARARGS) +
	       !!(c->co_flags & CO_VARKEYWORDS);
}

/* ---- observing -------------------------------------------------------------- */

static bool has_observer(struct native_function *native)
{
	if (!native->observer)
		native->observer = observer_new(param_count(native->original));
	return native->observer;
}

void native_observe_all(void)
{
	observing = true;
}

struct observer *native_observer(const struct native_function *native)
{
	return native->observer;
}

/* ---- what code was missing for ------------------------------------------------ */

enum {
	FEW_MISSES = 8, /* that are enough if they were a long time, ... */
	LONG_NS = 100 * 1000 * 1000,
	MANY_MISSES = 64, /* ... and if they were not that short a one */
	SHORT_NS = 10 * 1000 * 1000,
	MAX_ASKED = 4,
	ASKED_SHIFT = 2, /* for the next time there must be four times as many */
};

void native_set_miss_handler(native_miss_handler handler, void *userdata)
{
	observing = handler != NULL;
	on_miss = handler;
	on_miss_userdata = userdata;
}

static uint64_t calls_of(const struct native_function *native)
{
	return atomic_load_explicit(&counters_of(native)->calls, memory_order_relaxed);
}

static void note_miss(struct native_function *native)
{
	if (!on_miss || native->misses.asked == MAX_ASKED)
		return;
	if (native->misses.n++ == 0) {
		native->misses.since_ns = monotonic_ns();
		native->misses.calls = calls_of(native);
	}
}

/* Whether they are one in eight of the calls since there had been so many. */
static bool is_large_share(const struct native_function *native, uint32_t n, uint64_t since)
{
	return (uint64_t)n * 8 >= calls_of(native) - since;
}

static bool are_many(struct native_function *native)
{
	struct misses *misses = &native->misses;
	if (misses->n == misses->n_looked_at)
		return false;
	if (!is_large_share(native, misses->n, misses->calls)) {
		misses->n = 0;
		return false;
	}
	misses->n_looked_at = misses->n;
	uint64_t took = monotonic_ns() - misses->since_ns;
	return took >= LONG_NS ||
	       (misses->n >= (uint32_t)MANY_MISSES << ASKED_SHIFT * misses->asked && took >= SHORT_NS);
}

static bool ask_for_code(struct native_function *native)
{
	native->misses = (struct misses){ .asked = native->misses.asked + 1 };
	bool is_new = on_miss(native, on_miss_userdata);
	observer_clear(native->observer);
	return is_new;
}

/* ---- the dispatcher -------------------------------------------------------- */

static inline bool takes(enum value_type type, PyObject *argument)
{
	switch (type) {
	case VALUE_OBJECT: return true;
	case VALUE_INT: return PyLong_CheckExact(argument) && native_fits_int(argument);
	case VALUE_BIG: return PyLong_CheckExact(argument);
	case VALUE_FLOAT: return PyFloat_CheckExact(argument);
	case VALUE_BOOL: return PyBool_Check(argument);
	case VALUE_LIST: return PyList_CheckExact(argument);
	case VALUE_TUPLE: return PyTuple_CheckExact(argument);
	case VALUE_DICT: return PyDict_CheckExact(argument);
	case VALUE_SET: return PySet_CheckExact(argument);
	case VALUE_STR: return PyUnicode_CheckExact(argument);
	case VALUE_LATIN1: return exact_is_latin1(argument);
	case VALUE_BYTES: return PyBytes_CheckExact(argument);
	case VALUE_BYTEARRAY: return PyByteArray_CheckExact(argument);
	default: return buffer_type(argument) == type;
	}
}

static inline bool fits(const struct specialization *s, PyObject *const *args)
{
	for (uint32_t i = 0; i < s->meta.n_params; i++)
		if (!takes(s->meta.params[i], args[i]))
			return false;
	return true;
}

/* Where native code leaves.  One for all calls, as it is large and recursion deep: it is written last thing before
 * native code leaves, and read before anything else can run. */
static struct side_exit left = { .number = -1 };

/* ---- other code for what a trial finds slow ------------------------------------ */

enum { MAX_OTHERS = 3 }; /* times that other code is asked for */

static const uint64_t OTHER_NS =
	UINT64_C(60) * 1000 * 1000 * 1000; /* what busy workers wait for may stand in a queue; then twice as long */

static native_miss_handler on_loss;
static void *on_loss_userdata;

void native_set_loss_handler(native_miss_handler handler, void *userdata)
{
	on_loss = handler;
	on_loss_userdata = userdata;
}

bool native_is_left_often(const struct native_function *native)
{
	const struct leaving *leaving = &native->leaving;
	return leaving->n > 0 && is_large_share(native, leaving->n, leaving->calls);
}

/* Not the code is slow, but leaving it: by what was seen there other code may be made. */
static bool waits_for_other_code(struct native_function *native)
{
	struct leaving *leaving = &native->leaving;
	if (!on_loss || leaving->asked == MAX_OTHERS || !native_is_left_often(native) ||
	    !on_loss(native, on_loss_userdata))
		return false;
	leaving->resume_ns = monotonic_ns() + (OTHER_NS << leaving->asked++);
	return true;
}

static bool is_waiting(struct native_function *native)
{
	if (native->leaving.resume_ns == 0)
		return false;
	if (monotonic_ns() < native->leaving.resume_ns)
		return true;
	native_try(native);
	return false;
}

static void note_exit(struct native_function *native, const struct specialization *s, const struct side_exit *exit)
{
	counter_add_one(&counters_of(native)->side_exits);
	if (!observing || (uint64_t)exit->number >= s->meta.n_exits || !has_observer(native))
		return;
	const struct state_frame *frame = &s->meta.exits[exit->number].frame;
	observer_note_exit(native->observer, frame->pc, s->meta.params);
	if (frame->raises || side_exit_passes(s, frame)) /* no recompiling changes those */
		return;
	native->leaving.n++;
	note_miss(native);
}

/* CPython goes on with the call that has left its native code, or raises what that has raised. */
static void go_on(const struct specialization *s, const struct switch_call *call)
{
	uint32_t pc = (uint64_t)left.number < s->meta.n_exits ? s->meta.exits[left.number].frame.pc : 0;
	native_count_exit(s, left.number);
	if (side_exit_take(s, call, &left) == 0)
		loops_left(s->codes[0].loops, pc);
}

/* NULL without an exception: CPython goes on. */
static PyObject *run(struct native_function *native, const struct specialization *s, const struct switch_call *call)
{
	switch_show(call, native->original);
	PyObject *result = s->entry(rt, s->consts, call->args, &left);
	if (result)
		switch_leave(call);
	switch_show(call, native->stub);
	if (result || left.number < 0)
		return result;
	note_exit(native, s, &left);
	go_on(s, call);
	return NULL;
}

PyObject *native_run_loop(struct native_function *native, const struct specialization *s,
			  const struct switch_call *call, PyObject *resume_code)
{
	counter_add_one(&counters_of(native)->loops);
	native_count_exit(s, s->meta.n_exits);
	switch_show(call, native->original);
	PyObject *result = s->entry(rt, s->consts, call->args, &left);
	if (result)
		switch_leave(call);
	switch_show_loop(call, resume_code);
	if (result || left.number < 0)
		return result;
	counter_add_one(&counters_of(native)->side_exits);
	go_on(s, call);
	return NULL;
}

static struct native_function *native_of_body(struct generator_body *body)
{
	return (struct native_function *)((char *)body - offsetof(struct native_function, body));
}

/* CPython goes on with a generator that has left its native code. */
static bool generator_go_on(struct generator_body *body, PyObject **locals, PyObject **ret)
{
	const struct specialization *s = specialization_of(body->consts);
	note_exit(native_of_body(body), s, &left);
	if (left.number != 0) {
		*ret = side_exit_go_on(s, locals, &left);
		return true;
	}
	native_count_exit(s, left.number);
	left.number = -1;
	return false;
}

/* Of function objects that share the code, which a def makes anew each time that it runs, any one that lives will do.
 */
static bool change_function(struct native_function *native, PyObject *function)
{
	PyObject *reference = PyWeakref_NewRef(function, NULL);
	if (reference)
		Py_SETREF(native->function, reference);
	else
		PyErr_Clear();
	return reference;
}

/* Constants and code are for these globals, which live as long as a function has them. */
static inline bool is_at_home(struct native_function *native, PyObject *function)
{
	return PyFunction_GET_GLOBALS(function) == native->globals &&
	       (PyWeakref_GET_OBJECT(native->function) != Py_None || change_function(native, function));
}

static const struct specialization *choose(const struct native_function *native, PyObject *const *args)
{
	for (uint32_t i = 0; i < native->n_specializations; i++)
		if (fits(native->specializations[i], args))
			return native->specializations[i];
	return NULL;
}

/* In a trial: whether it is this call's turn to.  At its end the function may go back to CPython altogether. */
static bool goes_native(struct native_function *native, const struct switch_call *call)
{
	struct trial_result result;
	if (is_waiting(native))
		return false;
	struct trial_subject subject = { .original = native->original,
					 .stub = native->stub,
					 .n_params = param_count(native->original) };
	switch (trial_call(native->trial, &subject, call, &result)) {
	case TRIAL_GO_NATIVE: return true;
	case TRIAL_GO_CPYTHON: return false;
	case TRIAL_OVER: break;
	}
	/* What was measured is how calls leave. */
	if (native->misses.n > 1 && is_large_share(native, native->misses.n, native->misses.calls) &&
	    ask_for_code(native)) {
		native_try(native);
		return true;
	}
	if (result.verdict == TRIAL_LOSES && waits_for_other_code(native))
		return false;
	trial_free(steal_ptr(native->trial));
	if (on_trial)
		on_trial(native, &result, on_trial_userdata);
	return native->n_specializations > 0;
}

bool native_is_cpythons_turn(const struct native_function *native)
{
	return native->trial && trial_is_cpythons(native->trial);
}

/* ---- calls without the stub -------------------------------------------------- */

static bool (*is_measured)(void);

/* A frame hook, of whomever, sees all frames, but for those of which it wants to know nothing. */
static inline bool is_hooked(void)
{
	return frame_get_hook() && (!is_measured || is_measured());
}

void native_set_measured(bool (*measured)(void))
{
	is_measured = measured;
}

/* What the parameters are bound to, borrowed; false: CPython binds them, or says what is wrong. */
static bool bind_plainly(PyObject *function, const PyCodeObject *code, PyObject *const *args, Py_ssize_t n,
			 PyObject **ret)
{
	PyObject *defaults = PyFunction_GET_DEFAULTS(function);
	Py_ssize_t first = code->co_argcount - (defaults ? PyTuple_GET_SIZE(defaults) : 0);
	if ((code->co_flags & (CO_VARARGS | CO_VARKEYWORDS)) || code->co_kwonlyargcount || n > code->co_argcount ||
	    n < first)
		return false;
	for (Py_ssize_t i = 0; i < code->co_argcount; i++)
		ret[i] = i < n ? args[i] : PyTuple_GET_ITEM(defaults, i - first);
	return true;
}

/* The call in a frame of its own, which takes over the references to the arguments whose bits are set in given; false:
 * it has to go through the stub, and nothing was done. */
static bool run_in_new_frame(struct native_function *native, PyObject *function, PyObject *const *args, int64_t given,
			     PyObject **ret)
{
	const PyCodeObject *code = (PyCodeObject *)native->original;
	const struct specialization *s = choose(native, args);
	PyObject **locals = s ? call_enter(function, native->original,
					   code->co_nlocalsplus + code->co_stacksize + RESUME_FRAME_EXTRA)
			      : NULL;
	if (!locals)
		return false;
	for (int i = 0; i < code->co_argcount; i++)
		locals[i] = given >> i & 1 ? args[i] : Py_NewRef(args[i]);
	counter_add_one(&counters_of(native)->calls);
	uintptr_t outer = stack_entry;
	stack_entry = (uintptr_t)__builtin_frame_address(0);
	PyObject *result = s->entry(rt, s->consts, locals, &left);
	stack_entry = outer;
	if (!result && left.number >= 0) {
		note_exit(native, s, &left);
		result = side_exit_go_on(s, locals, &left);
	}
	call_leave(locals);
	*ret = result;
	return true;
}

static bool run_at_once(PyObject *function, PyObject *const *args, Py_ssize_t n, int64_t given, PyObject **ret)
{
	enum { MAX_BOUND = 16 };
	struct native_function *native = native_of(function);
	PyObject *bound[MAX_BOUND];
	return native && !native->trial && native->misses.n < FEW_MISSES && !is_hooked() &&
	       is_at_home(native, function) && ((PyCodeObject *)native->original)->co_argcount <= MAX_BOUND &&
	       bind_plainly(function, (PyCodeObject *)native->original, args, n, bound) &&
	       run_in_new_frame(native, function, bound, given, ret);
}

/* Native functions' vectorcall: for callers that are written in C, and for native code that does not know whom it
 * calls.  CPython's loop makes the stub's frame by itself, without asking. */
static PyObject *call_at_once(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *names)
{
	PyObject *result;
	if (!names && run_at_once(function, args, PyVectorcall_NARGS(nargsf), 0, &result))
		return result;
	return _PyFunction_Vectorcall(function, args, nargsf, names);
}

bool native_call_given(PyObject *callable, int64_t given, PyObject *const *args, int64_t n, PyObject **ret)
{
	return Py_IS_TYPE(callable, &PyFunction_Type) && run_at_once(callable, args, n, given, ret);
}

static void become_native(PyObject *function, const struct native_function *native)
{
	cpython_set_code(function, native->stub);
	((PyFunctionObject *)function)->vectorcall = call_at_once;
}

/* ---- the stub ---------------------------------------------------------------- */

/* By the code of functions (PEP 523's extra data): the native one. */
static Py_ssize_t extra = -1;

static bool is_generator(PyObject *code)
{
	return ((PyCodeObject *)code)->co_flags & CO_GENERATOR;
}

static struct native_function *noted_for(PyObject *code)
{
	return code_data(code, extra);
}

static void note_code(PyObject *code, struct native_function *native)
{
	(void)code_data_set(code, extra, native); /* no memory: only this function is native */
}

void native_note_outgrown(const struct specialization *s)
{
	struct native_function *native = noted_for(s->original);
	if (!observing || s->meta.loop.pc != 0 || !native || !has_observer(native))
		return;
	observer_note_exit(native->observer, 0, s->meta.params);
	note_miss(native);
}

/* What was noted of the function's code, if it is for the same globals. */
static struct native_function *noted(PyObject *function)
{
	struct native_function *native = noted_for(cpython_get_code(function));
	return native && PyFunction_GET_GLOBALS(function) == native->globals ? native : NULL;
}

bool native_join(PyObject *function)
{
	struct native_function *native = is_generator(cpython_get_code(function)) ? NULL : noted(function);
	if (!native || native->n_specializations == 0 ||
	    ((PyFunctionObject *)function)->func_builtins != native->specializations[0]->consts[1])
		return false;
	become_native(function, native);
	return true;
}

static PyObject *call_native(PyObject *self)
{
	struct native_function *native = (struct native_function *)self;
	struct switch_call call;
	if (!switch_enter(native->stub, &call)) {
		PyErr_SetString(PyExc_TypeError, "preforge: a native function is called by its stub only");
		return NULL;
	}
	counter_add_one(&counters_of(native)->calls);
	if (!call.interpret && is_at_home(native, call.function)) {
		if (native->misses.n >= FEW_MISSES && are_many(native))
			(void)ask_for_code(native);
		const struct specialization *s = choose(native, call.args);
		if (s && s->proof)
			proof_note_call(s->proof, call.args);
		if (s && (!native->trial || goes_native(native, &call)))
			return run(native, s, &call);
		if (!s && observing && has_observer(native)) {
			observer_note_call(native->observer, call.args);
			note_miss(native);
		}
	}
	switch_to_start(&call, native->start, native->start_landing);
	return NULL;
}

static PyTypeObject native_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.native",
	.tp_basicsize = sizeof(struct native_function),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = call_native,
};

/* The native function whose stub the code is, NULL if it is none. */
static struct native_function *native_of_code(PyObject *code)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	PyObject *first = PyTuple_GET_SIZE(consts) > 0 ? PyTuple_GET_ITEM(consts, 0) : NULL;
	if (!first || !Py_IS_TYPE(first, &native_type))
		return NULL;
	struct native_function *native = (struct native_function *)first;
	return native->stub == code ? native : NULL;
}

PyObject *native_original_of(PyObject *code)
{
	const struct native_function *native = native_of_code(code);
	return native ? native->original : code;
}

static bool has_code(const struct specialization *s, PyObject *code)
{
	for (uint32_t i = 0; i < s->n_codes; i++)
		if (specialization_original(s, s->codes[i].index) == code)
			return true;
	return false;
}

/* Calls of it go to CPython, and are a reason for other code, which knows of it. */
static void forget_code(struct native_function *native, PyObject *code)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < native->n_specializations; i++) {
		struct specialization *s = native->specializations[i];
		if (!has_code(s, code))
			native->specializations[n++] = s; /* what is dropped stays where it is in memory */
	}
	native->n_specializations = n;
	if (native->original == code)
		native->body.credit = 0;
}

/* Somebody has asked for locals of a frame that runs that code, also where it was compiled along with another. */
static void looked_at(PyObject *code)
{
	for (struct native_function *native = functions; native; native = native->next)
		forget_code(native, code);
}

int native_init(struct cause *cause)
{
	int r = switch_init(cause);
	if (r < 0)
		return r;
	if (PyType_Ready(&native_type) < 0) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "no memory for the type of native functions");
	}
	extra = _PyEval_RequestCodeExtraIndex(NULL);
	rt = runtime_table();
	r = loops_init(cause);
	if (r == 0)
		r = trial_init(cause);
	if (r == 0)
		r = generator_init(cause);
	return r < 0 ? r : view_init(native_original_of, looked_at, cause);
}

/* ---- install --------------------------------------------------------------- */

/* NULL without an exception if there is no memory. */
static struct native_function *new_native(PyObject *function)
{
	struct native_function *native = PyObject_New(struct native_function, &native_type);
	if (!native)
		goto fail;
	memset((char *)native + sizeof(PyObject), 0, sizeof(*native) - sizeof(PyObject));
	native->index = INDEX_NONE;
	native->original = Py_NewRef(cpython_get_code(function));
	native->function = PyWeakref_NewRef(function, NULL);
	if (!native->function)
		goto fail;
	native->globals = PyFunction_GET_GLOBALS(function);
	native->stub = cpython_stub_code(native->original, (PyObject *)native, switch_function());
	if (native->stub) {
		native->next = functions;
		functions = native;
		return native;
	}
fail:
	PyErr_Clear();
	return NULL;
}

static int check(PyObject *code, const struct unit_function *meta, struct cause *cause)
{
	const int never = CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE;
	if (((PyCodeObject *)code)->co_flags & never || (~((PyCodeObject *)code)->co_flags & CO_OPTIMIZED))
		return cause_set(cause, -EINVAL, "%s is a coroutine or no function", meta->name);
	if (meta->reason != REASON_NONE || meta->n_exits == 0)
		return cause_set(cause, -EINVAL, "%s was not compiled", meta->name);
	if (meta->loop.pc)
		return 0; /* loops_add() sees whether there is such a loop */
	if (meta->n_params != param_count(code))
		return cause_set(cause, -EINVAL, "%s takes %u parameters where the code takes %u", meta->name,
				 meta->n_params, param_count(code));
	if (meta->exits[0].frame.pc != 0)
		return cause_set(cause, -EINVAL, "%s: exit 0 is not the entry", meta->name);
	return 0;
}

static int check_function(PyObject *function, const char *name, struct cause *cause)
{
	if (!PyFunction_Check(function))
		return cause_set(cause, -EINVAL, "%s is no Python function", name);
	if (!PyDict_CheckExact(PyFunction_GET_GLOBALS(function)) ||
	    !PyDict_CheckExact(((PyFunctionObject *)function)->func_builtins))
		return cause_set(cause, -EINVAL, "%s has globals that are no plain dict", name);
	return 0;
}

static void keep(struct specialization *s)
{
	s->next = specializations;
	specializations = s;
}

/* Calls of CPython's code go on in that of s from now on; it has the same bytecode as any other. */
static void set_start(struct native_function *native, const struct specialization *s)
{
	static const struct state_frame start = { .code = UINT32_MAX };
	native->start_landing = specialization_find(s, &start, &native->start)->landing;
}

/* A specialization for the same types is replaced; calls that run may still need it, so it stays in memory. */
static int add_specialization(struct native_function *native, struct specialization *s, struct cause *cause)
{
	if (s->meta.loop.pc)
		return loops_add(s->codes[0].loops, s, cause);
	size_t size = s->meta.n_params * sizeof(s->meta.params[0]);
	for (uint32_t i = 0; i < native->n_specializations; i++) {
		if (size == 0 || memcmp(native->specializations[i]->meta.params, s->meta.params, size) == 0) {
			native->specializations[i] = s;
			native->version++;
			return 0;
		}
	}
	if (native->n_specializations == MAX_SPECIALIZATIONS)
		return cause_set(cause, -ENOSPC, "%s has %d specializations already", s->meta.name,
				 MAX_SPECIALIZATIONS);
	native->specializations[native->n_specializations++] = s;
	native->version++;
	return 0;
}

/* The function stays what it is: what it makes is run by native code. */
static void run_generators(struct native_function *native, const struct specialization *s)
{
	native->body = (struct generator_body){ .code = native->original,
						.globals = s->consts[0],
						.builtins = s->consts[1],
						.credit = GENERATOR_CREDIT,
						.entry = s->entry,
						.rt = rt,
						.consts = s->consts,
						.exit = &left,
						.runs = &counters_of(native)->calls,
						.go_on = generator_go_on };
	generator_set_body(native->original, &native->body);
	generator_set_body(s->codes[0].code, &native->body);
}

/* NULL: a new one is to be made.  Of function objects with the same code each that is native is so by itself. */
static struct native_function *of_install(PyObject *function, const struct unit_function *meta)
{
	struct native_function *native = native_behind(function);
	return native && (meta->loop.pc || native->n_specializations == 0 || native_of(function)) ? native : NULL;
}

static int install(PyObject *function, const struct unit_function *meta, const void *entry, uint32_t index,
		   struct native_function **ret, struct cause *cause)
{
	int r = check_function(function, meta->name, cause);
	if (r < 0)
		return r;
	struct native_function *native = of_install(function, meta);
	bool is_new = !native;
	PyObject *original = native ? native->original : cpython_get_code(function);
	r = check(original, meta, cause);
	if (r == 0 && is_new && meta->loop.pc)
		r = cause_set(cause, -EINVAL, "%s is not native any more", meta->name);
	if (r < 0)
		return r;
	struct specialization *s;
	r = specialization_new(original, PyFunction_GET_GLOBALS(function),
			       ((PyFunctionObject *)function)->func_builtins, meta, entry, &s, cause);
	if (r < 0)
		return r;
	if (is_new)
		native = new_native(function);
	if (!native) {
		specialization_free(s);
		return cause_set_errno(cause, -ENOMEM, "%s", meta->name);
	}
	r = add_specialization(native, s, cause);
	if (r < 0) {
		specialization_free(s);
		return r;
	}
	keep(s);
	if (!native->start)
		set_start(native, s);
	if (native->index == INDEX_NONE)
		native->index = index;
	if (is_generator(original))
		run_generators(native, s);
	else if (!meta->loop.pc && !native_of(function))
		become_native(function, native);
	if (is_new)
		note_code(native->original, native);
	*ret = native;
	return 0;
}

int native_install(PyObject *function, const struct unit_function *meta, const void *entry,
		   struct native_function **ret, struct cause *cause)
{
	if (n_functions == COUNTERS_MAX_FUNCTIONS && !native_of(function))
		return cause_set(cause, -ENOSPC, "%d functions are native already", COUNTERS_MAX_FUNCTIONS);
	int r = install(function, meta, entry, n_functions, ret, cause);
	if (r == 0 && (*ret)->index == n_functions)
		n_functions++;
	return r;
}

int native_adopt(PyObject *function, const struct unit_function *meta, const void *entry, uint32_t index,
		 struct native_function **ret, struct cause *cause)
{
	if (index >= COUNTERS_MAX_FUNCTIONS)
		return cause_set(cause, -EINVAL, "%s: there is no row %u of counters", meta->name, index);
	return install(function, meta, entry, index, ret, cause);
}

/* A specialization without code, of which the resume code is used. */
static int plain_new(PyObject *function, struct specialization **ret, struct cause *cause)
{
	struct unit_function meta = { .name = (char *)(uintptr_t) "an observed function" };
	return specialization_new(cpython_get_code(function), PyFunction_GET_GLOBALS(function),
				  ((PyFunctionObject *)function)->func_builtins, &meta, NULL, ret, cause);
}

int native_observe(PyObject *function, struct native_function **ret, struct cause *cause)
{
	*ret = native_of(function);
	if (*ret)
		return 0;
	int r = check_function(function, "an observed function", cause);
	struct specialization *plain = NULL;
	if (r == 0)
		r = plain_new(function, &plain, cause);
	if (r < 0)
		return r;
	struct native_function *native = new_native(function);
	if (!native || !has_observer(native)) {
		specialization_free(plain);
		return cause_set_errno(cause, -ENOMEM, "an observed function");
	}
	keep(plain);
	set_start(native, plain);
	cpython_set_code(function, native->stub);
	*ret = native;
	return 0;
}

int native_stand_by(PyObject *function, struct native_function **ret, struct cause *cause)
{
	*ret = native_behind(function);
	if (*ret)
		return is_at_home(*ret, function) ? 0 : cause_set_errno(cause, -ENOMEM, "a function's loops");
	int r = check_function(function, "a function", cause);
	if (r < 0)
		return r;
	*ret = new_native(function);
	if (!*ret)
		return cause_set_errno(cause, -ENOMEM, "a function's loops");
	note_code((*ret)->original, *ret);
	return 0;
}

uint64_t native_param_types(const struct native_function *native, uint32_t param)
{
	uint64_t types = 0;
	for (uint32_t i = 0; i < native->n_specializations; i++)
		types |= VALUE_BIT(native->specializations[i]->meta.params[param]);
	return types;
}

void native_widen(const struct native_function *native, enum value_type *params)
{
	for (uint32_t i = 0; i < native->n_specializations; i++) {
		const struct unit_function *meta = &native->specializations[i]->meta;
		if (value_types_same_numbers(meta->params, params, meta->n_params))
			value_types_widen(params, meta->params, meta->n_params);
	}
}

bool native_has_code(const struct native_function *native)
{
	return native->n_specializations > 0;
}

void native_resume_codes(const struct native_function *native, void (*call)(PyObject *code, void *userdata),
			 void *userdata)
{
	if (native->start)
		call(native->start, userdata);
	for (uint32_t i = 0; i < native->n_specializations; i++)
		for (uint32_t k = 0; k < native->specializations[i]->n_codes; k++)
			if (native->specializations[i]->codes[k].index == UINT32_MAX)
				call(native->specializations[i]->codes[k].code, userdata);
	loops_resume_codes(loops_of(native->original), call, userdata);
}

void native_uninstall(struct native_function *native)
{
	PyObject *function = PyWeakref_GET_OBJECT(native->function);
	native->body.credit = 0;
	if (native_of(function) != native || is_generator(native->original))
		return;
	cpython_set_code(function, native->original);
	((PyFunctionObject *)function)->vectorcall = _PyFunction_Vectorcall;
}

void native_set_trial_handler(native_trial_handler handler, void *userdata)
{
	on_trial = handler;
	on_trial_userdata = userdata;
}

void native_try(struct native_function *native)
{
	if (is_generator(native->original)) /* its calls do next to nothing */
		return;
	trial_free(native->trial);
	native->trial = trial_new();
	native->leaving = (struct leaving){ .calls = calls_of(native), .asked = native->leaving.asked };
}

static struct specialization *with_entry(const struct native_function *native, const void *entry)
{
	for (uint32_t i = 0; i < native->n_specializations; i++)
		if ((const void *)(uintptr_t)native->specializations[i]->entry == entry)
			return native->specializations[i];
	return NULL;
}

void native_prove(struct native_function *native, const void *entry)
{
	struct specialization *s = with_entry(native, entry);
	if (s)
		s->proof = proof_new(native, &s->meta);
}

/* Calls may be kept in it. */
void native_proved(struct native_function *native, const void *entry)
{
	struct specialization *s = with_entry(native, entry);
	if (s)
		s->proof = NULL;
}

const struct unit_function *native_meta(const struct native_function *native, const void *entry)
{
	const struct specialization *s = with_entry(native, entry);
	if (!s)
		s = loops_find(loops_of(native->original), entry);
	return s ? &s->meta : NULL;
}

/* A default may be anything; what has a cycle through it is nothing that the garbage collector sees.  Native code that
 * still runs, in a daemon thread, has a frame that keeps its function alive. */
void native_end(void)
{
	for (struct native_function *native = functions; native; native = native->next)
		native->globals = NULL;
	for (struct specialization *s = steal_ptr(specializations); s; s = s->next)
		for (uint32_t i = 0; i < s->meta.n_consts; i++)
			if (s->meta.consts[i].kind == UNIT_CONST_DEFAULT)
				Py_CLEAR(s->consts[2 + i]);
}

void native_drop(struct native_function *native, const void *entry)
{
	uint32_t n = 0;
	/* What is dropped stays where it is in memory: its code may be on the stack. */
	for (uint32_t i = 0; i < native->n_specializations; i++) {
		struct specialization *s = native->specializations[i];
		if ((const void *)(uintptr_t)s->entry != entry)
			native->specializations[n++] = s;
	}
	bool was_left = n < native->n_specializations;
	native->n_specializations = n;
	loops_drop(loops_of(native->original), entry);
	if (was_left && n == 0)
		native_uninstall(native);
}

struct native_function *native_of(PyObject *function)
{
	if (!PyFunction_Check(function))
		return NULL;
	PyObject *code = cpython_get_code(function);
	return is_generator(code) ? noted_for(code) : native_of_code(code);
}

struct native_function *native_behind(PyObject *function)
{
	struct native_function *native = native_of(function);
	return native || !PyFunction_Check(function) ? native : noted(function);
}

PyObject *native_function_object(const struct native_function *native)
{
	PyObject *function = PyWeakref_GET_OBJECT(native->function);
	return function == Py_None ? NULL : Py_NewRef(function);
}

uint32_t native_version(const struct native_function *native)
{
	return native->version;
}

uint32_t native_index(const struct native_function *native)
{
	return native->index;
}

uint32_t native_count(void)
{
	return n_functions;
}

PyObject *native_original_code(const struct native_function *native)
{
	return native->original;
}
