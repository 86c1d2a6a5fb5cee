/* Resume code: CPython goes on anywhere.  Each function of a table is run to its end once; then it is stopped at every
 * instruction in turn, its frame is taken apart, and a native function leaves through a side exit with that frame: the
 * result, the exception with its lines and all that the function did must be those of the untouched run. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_pystate.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/rt.h"
#include "codecache/native.h"

enum { MAX_EVENTS = 3000, MAX_VALUES = 600 };

/* The functions: each gets its arguments from its table entry and may write to LOG. */
static const char functions[] = {
	"import sys, traceback\n"
	"LOG = []\n"
	"def nothing(): pass\n"
	"def add(a, b=3): LOG.append((a, b)); return a + b\n"
	"def loops(n):\n"
	"    total = 0\n"
	"    for i in range(n):\n"
	"        for j in [1, 2]:\n"
	"            if j == 2 and i == 1:\n"
	"                continue\n"
	"            total += i * j\n"
	"        else:\n"
	"            total -= 1\n"
	"    while total > 0:\n"
	"        total -= 3\n"
	"    return total\n"
	"def calls(x, *args, flag, **kw):\n"
	"    y = add(x, b=len(args))\n"
	"    z = add(*args, **{'b': flag})\n"
	"    return [y, z, sorted(kw), '%s-%r' % (x, y), f'{z!r:>5}', x.__class__.__name__]\n"
	"def handlers(log):\n"
	"    out = 0\n"
	"    for i in (0, 1, 2):\n"
	"        try:\n"
	"            try:\n"
	"                out += 10 // (i - 1)\n"
	"                log.append(out)\n"
	"            except ZeroDivisionError as e:\n"
	"                log.append(str(e))\n"
	"            else:\n"
	"                log.append('else')\n"
	"        finally:\n"
	"            log.append(i)\n"
	"    return out\n"
	"def raises(log, k):\n"
	"    d = {'a': 1}\n"
	"    try:\n"
	"        log.append(d['a'])\n"
	"        return (log,\n"
	"                d[k])\n"
	"    finally:\n"
	"        log.append('finally')\n"
	"class manager:\n" /* without a state: the stopped run leaves it before the resumed one does */
	"    def __init__(self, name): self.name = name\n"
	"    def __enter__(self): LOG.append('enter ' + self.name); return self.name\n"
	"    def __exit__(self, t, v, tb): LOG.append('exit %s %s' % (self.name, v))\n"
	"def withs(fail):\n"
	"    with manager('a') as a, manager('b'):\n"
	"        LOG.append(a)\n"
	"        if fail:\n"
	"            raise ValueError(a)\n"
	"    return a\n"
	"def comprehensions(n):\n"
	"    a = [x * y for x in range(n) for y in (1, 2)]\n"
	"    b = {k: v for k, v in zip('ab', a)}\n"
	"    return a, b, {*a}, sum(x for x in a if x), max(a, default=0)\n"
	"def cells(a, b):\n"
	"    c = a + b\n"
	"    def inner(d):\n"
	"        nonlocal c\n"
	"        c += d * a\n"
	"        return c\n"
	"    inner(2)\n"
	"    c += 1\n"
	"    return inner(b), c, a\n"
	"def make(a, b):\n"
	"    def closure(x):\n"
	"        nonlocal a\n"
	"        a = a + x\n"
	"        y = [b + x for _ in '12']\n"
	"        return a, b, y\n"
	"    return closure\n"
	"closure = make(1, 2)\n"
	"def deletes(x):\n"
	"    y = x + 1\n"
	"    del x\n"
	"    z = [y]\n"
	"    del y, z[0]\n"
	"    try:\n"
	"        return x\n"
	"    except UnboundLocalError as e:\n"
	"        LOG.append(str(e))\n"
	"    x = z\n"
	"    return x\n"
	"def unpacks(t):\n"
	"    a, (b, *c), d = t\n"
	"    a, b = b, a\n"
	"    c[0:1] = [a < b < d, not a, a if b else d, a or b and d]\n"
	"    return f'{a}{b}', c, d, lambda q=a, *, w=b: (q, w, c)\n"
	"def strings(n):\n"
	"    s = ''\n"
	"    for i in range(n):\n"
	"        s += str(i)\n"
	"    return s\n"
	"def matches(v):\n"
	"    match v:\n"
	"        case {'k': [x, y]} if x < y: return x, y\n"
	"        case str() | None: return 0\n"
	"        case _: return v\n"
	"def imports():\n"
	"    import os.path as p, json\n"
	"    from math import floor, ceil as c\n"
	"    assert floor(1.5) == 1, 'floor'\n"
	"    return c(p is not None), json.dumps([1])\n"
	"class Base:\n"
	"    def hello(self, x=1): return ('base', x)\n"
	"class Derived(Base):\n"
	"    def hello(self, x=2):\n"
	"        self.v = super().hello(x)\n"
	"        self.v += (x,)\n"
	"        return self.v\n"
	"derived = Derived()\n"
	"hello = Derived.hello\n"
	"def none(): return None\n"
	"exec('def many(' + ', '.join(f'a{i}' for i in range(300)) + '):\\n' +\n"
	"     ''.join(f' b{i} = a{i} + 1\\n' for i in range(250, 300)) +\n"
	"     ' for q in (1, 2):\\n  if a0 > 5:\\n' + ''.join(f'   b{i} += a{i}\\n' for i in range(250, 300)) +\n"
	"     ' return b299, q, b250 + a299\\n')\n"
	"CASES = [(loops, (4,), {}), (calls, (5, 6), dict(flag=7, z=1, y=2)), (handlers, (LOG,), {}),\n"
	"         (raises, (LOG, 'b'), {}), (raises, (LOG, 'a'), {}), (withs, (0,), {}), (withs, (1,), {}),\n"
	"         (comprehensions, (3,), {}), (cells, (3, 4), {}), (closure, (5,), {}), (deletes, (1,), {}),\n"
	"         (unpacks, ((1, (2, 3, 4), 5),), {}), (strings, (4,), {}), (matches, ({'k': [1, 2]},), {}),\n"
	"         (matches, (3,), {}), (imports, (), {}), (hello, (derived,), {}), (none, (), {}),\n"
	"         (many, tuple(range(300)), {})]\n"
	"def simple(v):\n"
	"    return v() if callable(v) else [simple(w) for w in v] if isinstance(v, (list, tuple)) else v\n"
	"def outcome(f, args, kwargs):\n"
	"    if f is closure:\n"
	"        pass\n"
	"    try:\n"
	"        result = repr(simple(f(*args, **kwargs)))\n"
	"    except BaseException:\n"
	"        result = traceback.format_exc()\n"
	"    return result + ' ' + repr(LOG)\n"
};

/* ---- recording ------------------------------------------------------------- */

static struct event {
	uint32_t pc, n_stack;
	bool skip; /* inside an except clause: CPython keeps what is being handled outside of the frame */
	uint64_t has[(MAX_VALUES + 63) / 64];
} events[MAX_EVENTS];
static int n_events, stop_at; /* stop_at: the event to stop at, -1 for none */
static PyObject *target, *stopped, *log_list, *log_then;
static PyObject *recorded[MAX_VALUES];
static int n_recorded;
static PyObject *scope;

static bool has(const struct event *e, uint32_t i)
{
	return e->has[i / 64] >> i % 64 & 1;
}

static void forget(void)
{
	for (int i = 0; i < n_recorded; i++)
		Py_CLEAR(recorded[i]);
	n_recorded = 0;
	Py_CLEAR(log_then);
}

static void record(_PyInterpreterFrame *frame)
{
	struct event *e = &events[n_events];
	*e = (struct event){ .pc = (uint32_t)_PyInterpreterFrame_LASTI(frame),
			     .n_stack = (uint32_t)(frame->stacktop - frame->f_code->co_nlocalsplus) };
	PyObject *handled = _PyThreadState_GET()->exc_info->exc_value;
	e->skip = handled && handled != Py_None;
	assert_true(frame->stacktop <= MAX_VALUES);
	for (int i = 0; i < frame->stacktop; i++)
		if (frame->localsplus[i])
			e->has[i / 64] |= (uint64_t)1 << i % 64;
	if (n_events != stop_at)
		return;
	n_recorded = frame->stacktop;
	for (int i = 0; i < n_recorded; i++)
		recorded[i] = Py_XNewRef(frame->localsplus[i]);
	log_then = PyList_GetSlice(log_list, 0, PY_SSIZE_T_MAX);
}

static int trace(PyObject *Py_UNUSED(object), PyFrameObject *frame, int what, PyObject *Py_UNUSED(arg))
{
	if ((PyObject *)frame->f_frame->f_func != target)
		return 0;
	frame->f_trace_opcodes = 1;
	if (what != PyTrace_OPCODE)
		return 0;
	assert_true(n_events < MAX_EVENTS);
	record(frame->f_frame);
	if (n_events++ != stop_at)
		return 0;
	PyEval_SetTrace(NULL, NULL);
	PyErr_SetNone(stopped);
	return -1;
}

/* ---- running --------------------------------------------------------------- */

/* What became of a call and what it logged; with a trace function that stops at event "stop". */
static PyObject *run(PyObject *function, PyObject *args, PyObject *kwargs, bool traced, int stop)
{
	n_events = 0;
	stop_at = stop;
	target = function;
	if (traced)
		PyEval_SetTrace(trace, NULL);
	PyObject *outcome = PyDict_GetItemString(scope, "outcome");
	PyObject *result = PyObject_CallFunctionObjArgs(outcome, function, args, kwargs, NULL);
	PyEval_SetTrace(NULL, NULL);
	if (!result)
		PyErr_Print();
	assert_non_null(result);
	return result;
}

static void reset(PyObject *contents)
{
	assert_int_equal(PyList_SetSlice(log_list, 0, PY_SSIZE_T_MAX, contents), 0);
	/* closure's cells outlive a call */
	PyObject *r =
		PyRun_String("closure.__closure__[0].cell_contents = 1; sys.last = 0", Py_file_input, scope, scope);
	assert_non_null(r);
	Py_DECREF(r);
}

static int64_t exit_number;

/* "Emitted code" that leaves at once with what was recorded. */
static PyObject *leave(const struct rt *rt, PyObject *const *consts, PyObject *const *args, struct side_exit *exit)
{
	(void)rt;
	(void)consts;
	(void)args;
	exit->number = exit_number;
	for (int i = 0; i < n_recorded; i++)
		exit->slot[i].o = recorded[i];
	return NULL;
}

static struct state_value *new_value(enum state_kind kind, uint32_t slot)
{
	struct state_value *v = test_calloc(1, sizeof(*v));
	v->kind = kind;
	v->slot = slot;
	return v;
}

static void describe(struct unit_exit *to, const struct event *e, uint32_t n_locals, uint32_t first_free)
{
	to->n_slots = n_locals + e->n_stack;
	to->frame.code = UINT32_MAX;
	to->frame.pc = e->pc;
	to->frame.n_locals = n_locals;
	to->frame.n_stack = e->n_stack;
	to->frame.locals = test_calloc(n_locals + 1, sizeof(struct state_value *));
	to->frame.stack = test_calloc(e->n_stack + 1, sizeof(struct state_value *));
	for (uint32_t i = 0; i < n_locals; i++)
		to->frame.locals[i] = new_value(has(e, i) && i < first_free ? STATE_OBJ : STATE_UNBOUND, i);
	for (uint32_t i = 0; i < e->n_stack; i++)
		to->frame.stack[i] = new_value(has(e, n_locals + i) ? STATE_OBJ : STATE_NULL, n_locals + i);
}

static void drop(struct unit_exit *e)
{
	for (uint32_t i = 0; i < e->frame.n_locals; i++)
		test_free(e->frame.locals[i]);
	for (uint32_t i = 0; i < e->frame.n_stack; i++)
		test_free(e->frame.stack[i]);
	test_free(e->frame.locals);
	test_free(e->frame.stack);
}

static struct native_function *install(PyObject *function)
{
	PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
	uint32_t n_locals = (uint32_t)code->co_nlocalsplus;
	struct unit_function meta = { .name = "test", .symbol = "leave", .n_exits = (uint32_t)n_events + 1 };
	enum value_type params[MAX_VALUES] = { VALUE_OBJECT };
	meta.params = params;
	meta.n_params = (uint32_t)(code->co_argcount + code->co_kwonlyargcount + !!(code->co_flags & CO_VARARGS) +
				   !!(code->co_flags & CO_VARKEYWORDS));
	meta.exits = test_calloc(meta.n_exits, sizeof(*meta.exits));
	describe(&meta.exits[0], &(struct event){ .pc = 0 }, n_locals, 0);
	for (int i = 0; i < n_events; i++)
		describe(&meta.exits[1 + i], &events[i], n_locals, n_locals - (uint32_t)code->co_nfreevars);
	struct native_function *native = NULL;
	struct cause cause = CAUSE_INIT;
	int r = native_install(function, &meta, (const void *)(uintptr_t)leave, &native, &cause);
	assert_string_equal(cause.text, "");
	assert_int_equal(r, 0);
	for (uint32_t i = 0; i < meta.n_exits; i++)
		drop(&meta.exits[i]);
	test_free(meta.exits);
	return native;
}

static void check_case(PyObject *function, PyObject *args, PyObject *kwargs)
{
	reset(NULL);
	PyObject *expected = run(function, args, kwargs, false, -1);
	reset(NULL);
	PyObject *traced = run(function, args, kwargs, true, -1);
	assert_string_equal(PyUnicode_AsUTF8(traced), PyUnicode_AsUTF8(expected));
	Py_DECREF(traced);
	int n = n_events, resumed = 0;
	assert_true(n > 1);
	static struct event shapes[MAX_EVENTS];
	memcpy(shapes, events, sizeof(events));
	struct native_function *native = install(function);
	for (int k = 0; k < n; k++) {
		if (shapes[k].skip)
			continue;
		reset(NULL);
		PyObject *aborted = run(function, args, kwargs, true, k);
		Py_DECREF(aborted);
		/* Stopping at PUSH_EXC_INFO, which CPython never does, makes the handler restore what was not saved. */
		Py_CLEAR(_PyThreadState_GET()->exc_info->exc_value);
		assert_memory_equal(&events[k], &shapes[k], sizeof(events[k]));
		assert_non_null(log_then);
		PyObject *cell = log_then;
		log_then = NULL;
		if (function != PyDict_GetItemString(scope, "closure"))
			reset(cell);
		else
			assert_int_equal(PyList_SetSlice(log_list, 0, PY_SSIZE_T_MAX, cell), 0);
		Py_DECREF(cell);
		exit_number = 1 + k;
		PyObject *result = run(function, args, kwargs, false, -1);
		if (strcmp(PyUnicode_AsUTF8(result), PyUnicode_AsUTF8(expected)) != 0)
			print_message("# %s at %u:\n%s\n", PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_name),
				      shapes[k].pc, PyUnicode_AsUTF8(result));
		assert_string_equal(PyUnicode_AsUTF8(result), PyUnicode_AsUTF8(expected));
		Py_DECREF(result);
		forget();
		resumed++;
	}
	assert_true(resumed > 0);
	assert_ptr_equal(native_of(function), native);
	native_uninstall(native);
	Py_DECREF(expected);
}

static void goes_on_at_every_instruction(void **state)
{
	(void)state;
	PyObject *cases = PyDict_GetItemString(scope, "CASES");
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(cases); i++) {
		PyObject *c = PyList_GET_ITEM(cases, i);
		check_case(PyTuple_GET_ITEM(c, 0), PyTuple_GET_ITEM(c, 1), PyTuple_GET_ITEM(c, 2));
	}
}

static atomic_bool enough;

static void *sets_hooks(void *interpreter)
{
	while (!atomic_load(&enough))
		(void)!switch_set_hook_if_none(interpreter, frame_evaluate);
	return NULL;
}

/* As workers/waker.c does. */
static void goes_on_while_a_hook_comes(void **state)
{
	(void)state;
	PyObject *function = PyDict_GetItemString(scope, "nothing");
	n_events = 0;
	exit_number = 0;
	struct native_function *native = install(function);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, sets_hooks, frame_interpreter()), 0);
	for (int i = 0; i < 400000; i++) {
		PyObject *result = PyObject_CallNoArgs(function);
		if (!result)
			PyErr_Print();
		assert_ptr_equal(result, Py_None);
		Py_DECREF(result);
		(void)frame_set_hook(NULL);
	}
	atomic_store(&enough, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)frame_set_hook(NULL);
	native_uninstall(native);
}

static int set_up(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	Py_Initialize();
	if (native_init(&cause) < 0)
		return -1;
	scope = PyModule_GetDict(PyImport_AddModule("__main__"));
	stopped = PyErr_NewException("test.Stopped", PyExc_BaseException, NULL);
	PyObject *r = PyRun_String(functions, Py_file_input, scope, scope);
	if (!r) {
		PyErr_Print();
		return -1;
	}
	Py_DECREF(r);
	log_list = PyDict_GetItemString(scope, "LOG");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return Py_FinalizeEx();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_at_every_instruction),
		cmocka_unit_test(goes_on_while_a_hook_comes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("resume", tests, set_up, tear_down);
}
