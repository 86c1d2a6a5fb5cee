/* native.c - see native.h.  A call goes stub -> call_native() -> emitted code -> the stub's caller, or, at a side exit,
 * side_exit.c -> the switch -> CPython in the same frame. */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/native_priv.h"
#include "codecache/runtime.h"
#include "common/cleanup.h"

enum { MAX_SPECIALIZATIONS = 4 };

/* A Python object, for it is the first constant of its stub; an iterator, for that is how the stub calls it.  Never
 * freed: stubs may be on any stack. */
struct native_function {
	PyObject_HEAD
	uint32_t index;
	uint32_t n_specializations;
	struct specialization *specializations[MAX_SPECIALIZATIONS];
	PyObject *globals;
	PyObject *function; /* a weak reference: what the function's closure holds dies with the function */
	PyObject *original; /* code objects */
	PyObject *stub;
	struct trial *trial; /* NULL: none */
	PyObject *start;     /* the resume code for a call from its beginning, borrowed from the first specialization */
	uint32_t start_landing;
};

static struct function_counters private_counters[COUNTERS_MAX_FUNCTIONS];
static struct function_counters *counters = private_counters;
static uint32_t n_functions;
static const struct rt *rt;
static native_trial_handler on_trial;
static void *on_trial_userdata;

void native_set_counters(struct function_counters *row)
{
	counters = row;
}

/* Only this process writes its row, under the GIL. */
static inline void count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* ---- the dispatcher -------------------------------------------------------- */

static inline bool takes(enum value_type type, PyObject *argument)
{
	switch (type) {
	case VALUE_OBJECT: return true;
	case VALUE_INT: return PyLong_CheckExact(argument);
	case VALUE_FLOAT: return PyFloat_CheckExact(argument);
	case VALUE_BOOL: return PyBool_Check(argument);
	case VALUE_TYPE_COUNT: break;
	}
	return false;
}

static inline bool fits(const struct specialization *s, PyObject *const *args)
{
	for (uint32_t i = 0; i < s->meta.n_params; i++)
		if (!takes(s->meta.params[i], args[i]))
			return false;
	return true;
}

/* NULL without an exception: CPython goes on. */
static PyObject *run(const struct native_function *native, const struct specialization *s,
		     const struct switch_call *call)
{
	/* One for all calls, as it is large and recursion deep: it is written last thing before native code leaves, and
	 * read before anything else can run. */
	static struct side_exit exit = { .number = -1 };
	switch_show(call, native->original);
	PyObject *result = s->entry(rt, s->consts, call->args, &exit);
	switch_show(call, native->stub);
	if (result || exit.number < 0)
		return result;
	count(&counters[native->index].side_exits);
	(void)side_exit_take(s, call, &exit);
	return NULL;
}

static const struct specialization *choose(const struct native_function *native, const struct switch_call *call)
{
	for (uint32_t i = 0; i < native->n_specializations; i++)
		if (fits(native->specializations[i], call->args))
			return native->specializations[i];
	return NULL;
}

/* In a trial: whether it is this call's turn to.  At its end the function may go back to CPython altogether. */
static bool goes_native(struct native_function *native, const struct switch_call *call)
{
	struct trial_result result;
	switch (trial_call(native->trial, call, &result)) {
	case TRIAL_NATIVE: return true;
	case TRIAL_CPYTHON: return false;
	case TRIAL_OVER: break;
	}
	trial_free(steal_ptr(native->trial));
	if (on_trial)
		on_trial(native, &result, on_trial_userdata);
	return native->n_specializations > 0;
}

static PyObject *call_native(PyObject *self)
{
	const struct native_function *native = (struct native_function *)self;
	struct switch_call call;
	if (!switch_enter(native->stub, &call)) {
		PyErr_SetString(PyExc_TypeError, "preforge: a native function is called by its stub only");
		return NULL;
	}
	count(&counters[native->index].calls);
	const struct specialization *s =
		call.interpret || call.globals != native->globals ? NULL : choose(native, &call);
	if (s && native->trial && !goes_native((struct native_function *)self, &call))
		s = NULL;
	if (s)
		return run(native, s, &call);
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

static PyObject *original_of(PyObject *code)
{
	const struct native_function *native = native_of_code(code);
	return native ? native->original : code;
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
	rt = runtime_table();
	r = trial_init(cause);
	return r < 0 ? r : switch_hook_code_getter(original_of, cause);
}

/* ---- install --------------------------------------------------------------- */

static uint32_t param_count(PyObject *code)
{
	const PyCodeObject *c = (PyCodeObject *)code;
	return (uint32_t)(c->co_argcount + c->co_kwonlyargcount) + !!(c->co_flags & CO_VARARGS) +
	       !!(c->co_flags & CO_VARKEYWORDS);
}

/* NULL without an exception if there is no memory. */
static struct native_function *new_native(PyObject *function)
{
	struct native_function *native = PyObject_New(struct native_function, &native_type);
	if (!native)
		goto fail;
	memset((char *)native + sizeof(PyObject), 0, sizeof(*native) - sizeof(PyObject));
	native->original = Py_NewRef(cpython_get_code(function));
	native->function = PyWeakref_NewRef(function, NULL);
	if (!native->function)
		goto fail;
	native->globals = Py_NewRef(PyFunction_GET_GLOBALS(function));
	native->stub = cpython_stub_code(native->original, (PyObject *)native, switch_function());
	if (native->stub)
		return native;
fail:
	PyErr_Clear();
	return NULL;
}

static int check(PyObject *code, const struct unit_function *meta, struct cause *cause)
{
	const int never = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
	if (((PyCodeObject *)code)->co_flags & never || (~((PyCodeObject *)code)->co_flags & CO_OPTIMIZED))
		return cause_set(cause, -EINVAL, "%s is a generator, a coroutine or no function", meta->name);
	if (meta->reason != REASON_NONE || meta->n_exits == 0)
		return cause_set(cause, -EINVAL, "%s was not compiled", meta->name);
	if (meta->n_params != param_count(code))
		return cause_set(cause, -EINVAL, "%s takes %u parameters where the code takes %u", meta->name,
				 meta->n_params, param_count(code));
	if (meta->exits[0].frame.pc != 0)
		return cause_set(cause, -EINVAL, "%s: exit 0 is not the entry", meta->name);
	return 0;
}

int native_install(PyObject *function, const struct unit_function *meta, const void *entry,
		   struct native_function **ret, struct cause *cause)
{
	if (!PyFunction_Check(function))
		return cause_set(cause, -EINVAL, "%s is no Python function", meta->name);
	if (!PyDict_CheckExact(PyFunction_GET_GLOBALS(function)) ||
	    !PyDict_CheckExact(((PyFunctionObject *)function)->func_builtins))
		return cause_set(cause, -EINVAL, "%s has globals that are no plain dict", meta->name);
	struct native_function *native = native_of(function);
	PyObject *original = native ? native->original : cpython_get_code(function);
	int r = check(original, meta, cause);
	if (r < 0)
		return r;
	if (native && native->n_specializations == MAX_SPECIALIZATIONS)
		return cause_set(cause, -ENOSPC, "%s has %d specializations already", meta->name, MAX_SPECIALIZATIONS);
	if (!native && n_functions == COUNTERS_MAX_FUNCTIONS)
		return cause_set(cause, -ENOSPC, "%d functions are native already", COUNTERS_MAX_FUNCTIONS);
	struct specialization *s;
	r = specialization_new(original, PyFunction_GET_GLOBALS(function),
			       ((PyFunctionObject *)function)->func_builtins, meta, entry, &s, cause);
	if (r < 0)
		return r;
	if (!native) {
		native = new_native(function);
		if (!native) {
			specialization_free(s);
			return cause_set_errno(cause, -ENOMEM, "%s", meta->name);
		}
		native->index = n_functions++;
		native->start_landing =
			specialization_find(s, &(struct state_frame){ .code = UINT32_MAX }, &native->start)->landing;
	}
	native->specializations[native->n_specializations++] = s;
	cpython_set_code(function, native->stub);
	*ret = native;
	return 0;
}

void native_uninstall(struct native_function *native)
{
	PyObject *function = PyWeakref_GET_OBJECT(native->function);
	if (native_of(function) == native)
		cpython_set_code(function, native->original);
}

void native_set_trial_handler(native_trial_handler handler, void *userdata)
{
	on_trial = handler;
	on_trial_userdata = userdata;
}

void native_try(struct native_function *native)
{
	trial_free(native->trial);
	native->trial = trial_new();
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
	native->n_specializations = n;
	if (n == 0)
		native_uninstall(native);
}

struct native_function *native_of(PyObject *function)
{
	return PyFunction_Check(function) ? native_of_code(cpython_get_code(function)) : NULL;
}

PyObject *native_function_object(const struct native_function *native)
{
	PyObject *function = PyWeakref_GET_OBJECT(native->function);
	return function == Py_None ? NULL : Py_NewRef(function);
}

uint32_t native_index(const struct native_function *native)
{
	return native->index;
}

PyObject *native_original_code(const struct native_function *native)
{
	return native->original;
}
