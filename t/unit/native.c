/* Native functions in a running interpreter.  The tests are the functions test_*() of native.py; this program gives
 * them install(): a Python function gets "emitted code" that leaves through a side exit described by the test. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "codecache/jit/cpython311_frame.h"
#include "codecache/jit/rt.h"
#include "codecache/native.h"

enum { MAX_PLANS = 256, MAX_SLOTS = 64, MAX_TESTS = 64 };

/* What a piece of "emitted code" does; its number is the text of its first constant. */
static struct plan {
	int64_t number; /* the exit; -1: return an argument */
	int64_t argument;
	bool spin; /* poll until poll says to leave */
	uint32_t n_slots;
	union side_exit_slot slot[MAX_SLOTS];
	bool from_args[MAX_SLOTS]; /* slot.i: which argument */
} plans[MAX_PLANS];
static int n_plans;
static struct function_counters counters[COUNTERS_MAX_FUNCTIONS];

static PyObject *emitted(const struct rt *rt, PyObject *const *consts, PyObject *const *args, struct side_exit *exit)
{
	const struct plan *plan = &plans[PyLong_AsLong(PyLong_FromUnicodeObject(consts[2], 10))];
	while (plan->spin && !(*rt->eval_breaker && rt->poll()))
		;
	if (plan->number < 0)
		return rt->new_ref(args[plan->argument]);
	for (uint32_t i = 0; i < plan->n_slots; i++)
		if (plan->from_args[i])
			exit->slot[i].o = args[plan->slot[i].i];
		else
			exit->slot[i] = plan->slot[i];
	exit->number = plan->number;
	return NULL;
}

/* ---- descriptions: from tuples to struct unit_function ---------------------- */

static int read_frame(struct plan *plan, PyObject *tuple, struct state_frame *frame);

static int read_values(struct plan *plan, PyObject *sequence, struct state_value ***ret, uint32_t *ret_n);

static enum state_kind find_kind(const char *word)
{
	enum state_kind kind = 0;
	while (kind < STATE_KIND_COUNT && strcmp(state_kind_words[kind], word) != 0)
		kind++;
	assert_true(kind < STATE_KIND_COUNT);
	return kind;
}

/* ("i64", 5), ("obj", argument), ("const", index), ("cell", index, child), ("generator", frame), ("range", a, b, c)...
 */
static struct state_value *read_value(struct plan *plan, PyObject *tuple)
{
	struct state_value *v = calloc(1, sizeof(*v));
	PyObject *first = PyTuple_GET_SIZE(tuple) > 1 ? PyTuple_GET_ITEM(tuple, 1) : NULL;
	v->kind = find_kind(PyUnicode_AsUTF8(PyTuple_GET_ITEM(tuple, 0)));
	v->slot = plan->n_slots;
	union side_exit_slot *slot = &plan->slot[v->slot];
	Py_ssize_t children = 1;
	switch (v->kind) {
	case STATE_OBJ: plan->from_args[v->slot] = true; /* fall through */
	case STATE_I64:
	case STATE_BOOL: slot->i = PyLong_AsLongLong(first); break;
	case STATE_F64: slot->f = PyFloat_AsDouble(first); break;
	case STATE_I128:
		assert_int_equal(_PyLong_AsByteArray((PyLongObject *)first, (unsigned char *)slot, 16, 1, 1), 0);
		break;
	case STATE_GENERATOR:
		v->frame = calloc(1, sizeof(*v->frame));
		assert_int_equal(read_frame(plan, first, v->frame), 0);
		return v;
	case STATE_CONST:
	case STATE_CELL:
	case STATE_VALUES:
	case STATE_RECORD:
	case STATE_FUNCTION:
		v->index = (uint32_t)PyLong_AsLong(first);
		children = 2;
		break;
	default: break;
	}
	plan->n_slots += (uint32_t)state_kind_slots[v->kind];
	assert_true(plan->n_slots <= MAX_SLOTS);
	if (state_kind_children[v->kind] != 0) {
		PyObject *rest = PyTuple_GetSlice(tuple, children, PY_SSIZE_T_MAX);
		assert_int_equal(read_values(plan, rest, &v->children, &v->n_children), 0);
		Py_DECREF(rest);
	}
	return v;
}

static int read_values(struct plan *plan, PyObject *sequence, struct state_value ***ret, uint32_t *ret_n)
{
	*ret_n = (uint32_t)PySequence_Size(sequence);
	*ret = calloc(*ret_n + 1, sizeof(struct state_value *));
	for (uint32_t i = 0; i < *ret_n; i++)
		(*ret)[i] = read_value(plan, PySequence_Fast_GET_ITEM(sequence, i));
	return 0;
}

/* (code: -1 or index of a constant, pc, locals, stack, call_arguments) */
static int read_frame(struct plan *plan, PyObject *tuple, struct state_frame *frame)
{
	int code;
	PyObject *locals, *stack;
	if (!PyArg_ParseTuple(tuple, "iIOOI", &code, &frame->pc, &locals, &stack, &frame->call_arguments))
		return -1;
	frame->code = (uint32_t)code;
	return read_values(plan, locals, &frame->locals, &frame->n_locals) |
	       read_values(plan, stack, &frame->stack, &frame->n_stack);
}

/* ("builtin", name), ("name", name), ("object", index...) */
static struct unit_const read_const(PyObject *tuple)
{
	const char *kind = PyUnicode_AsUTF8(PyTuple_GET_ITEM(tuple, 0));
	struct unit_const c = { .kind = UNIT_CONST_OBJECT };
	if (strcmp(kind, "object") == 0) {
		c.n_path = (uint32_t)PyTuple_GET_SIZE(tuple) - 1;
		for (uint32_t i = 0; i < c.n_path; i++)
			c.path[i] = (uint32_t)PyLong_AsLong(PyTuple_GET_ITEM(tuple, i + 1));
		return c;
	}
	c.kind = strcmp(kind, "name") == 0 ? UNIT_CONST_NAME : UNIT_CONST_BUILTIN;
	c.name = strdup(PyUnicode_AsUTF8(PyTuple_GET_ITEM(tuple, 1)));
	return c;
}

static enum value_type read_type(PyObject *word)
{
	static const char *const words[] = {
#define X(name, text) [VALUE_##name] = text,
		VALUE_TYPES(X)
#undef X
	};
	enum value_type type = 0;
	while (strcmp(words[type], PyUnicode_AsUTF8(word)) != 0)
		type++;
	return type;
}

/* install(function, params, consts, exits, number=0, argument=0, spin=False): the first constant is taken; exits[0] is
 * added. */
static PyObject *install(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
	static char *names[] = { "function", "params", "consts", "exits", "number", "argument", "spin", NULL };
	PyObject *function, *params, *consts, *exits;
	assert_true(n_plans < MAX_PLANS);
	struct plan *plan = &plans[n_plans];
	int spin = 0;
	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO!O!O!|LLp", names, &function, &PyList_Type, &params,
					 &PyList_Type, &consts, &PyList_Type, &exits, &plan->number, &plan->argument,
					 &spin))
		return NULL;
	plan->spin = spin;
	struct unit_function meta = { .name = strdup("test.function"), .symbol = strdup("emitted") };
	meta.n_params = (uint32_t)PyList_GET_SIZE(params);
	meta.params = calloc(meta.n_params + 1, sizeof(*meta.params));
	for (uint32_t i = 0; i < meta.n_params; i++)
		meta.params[i] = read_type(PyList_GET_ITEM(params, i));
	char number[16];
	(void)snprintf(number, sizeof(number), "%d", n_plans++);
	meta.n_consts = (uint32_t)PyList_GET_SIZE(consts) + 1;
	meta.consts = calloc(meta.n_consts, sizeof(*meta.consts));
	meta.consts[0] = (struct unit_const){ .kind = UNIT_CONST_NAME, .name = strdup(number) };
	for (uint32_t i = 1; i < meta.n_consts; i++)
		meta.consts[i] = read_const(PyList_GET_ITEM(consts, i - 1));
	meta.n_exits = (uint32_t)PyList_GET_SIZE(exits) + 1;
	meta.exits = calloc(meta.n_exits, sizeof(*meta.exits));
	PyObject *code = PyFunction_Check(function) ? PyObject_GetAttrString(function, "__code__") : NULL;
	meta.exits[0].frame.code = UINT32_MAX;
	meta.exits[0].frame.n_locals = code ? (uint32_t)((PyCodeObject *)code)->co_nlocalsplus : 0;
	meta.exits[0].frame.locals = calloc(meta.exits[0].frame.n_locals + 1, sizeof(struct state_value *));
	for (uint32_t i = 0; i < meta.exits[0].frame.n_locals; i++)
		meta.exits[0].frame.locals[i] = calloc(1, sizeof(struct state_value));
	Py_XDECREF(code);
	for (uint32_t i = 1; i < meta.n_exits; i++) {
		if (read_frame(plan, PyList_GET_ITEM(exits, i - 1), &meta.exits[i].frame) < 0)
			return NULL;
		meta.exits[i].n_slots = plan->n_slots;
	}
	struct native_function *native;
	struct cause cause = CAUSE_INIT;
	int r = native_install(function, &meta, (const void *)(uintptr_t)emitted, &native, &cause);
	unit_function_clear(&meta);
	if (r < 0)
		return PyErr_Format(PyExc_ValueError, "%s", cause.text);
	return PyLong_FromUnsignedLong(native_index(native));
}

static PyObject *uninstall(PyObject *Py_UNUSED(self), PyObject *function)
{
	struct native_function *native = native_of(function);
	if (native)
		native_uninstall(native);
	return PyBool_FromLong(native != NULL);
}

static PyObject *is_native(PyObject *Py_UNUSED(self), PyObject *function)
{
	return PyBool_FromLong(native_of(function) != NULL);
}

/* The calls and side exits of a native function by its index. */
static PyObject *counted(PyObject *Py_UNUSED(self), PyObject *index)
{
	const struct function_counters *c = &counters[PyLong_AsLong(index)];
	return Py_BuildValue("KK", (unsigned long long)c->calls, (unsigned long long)c->side_exits);
}

static PyObject *version(PyObject *Py_UNUSED(self), PyObject *function)
{
	return PyLong_FromUnsignedLong(native_version(native_of(function)));
}

static int frames_seen;

static PyObject *count_frame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	frames_seen++;
	return frame_evaluate(thread, frame, throwflag);
}

/* Count the frames that go through a PEP 523 hook: hook(True), hook(False) gives how many. */
static PyObject *hook(PyObject *Py_UNUSED(self), PyObject *on)
{
	(void)frame_set_hook(on == Py_True ? count_frame : NULL);
	int seen = frames_seen;
	frames_seen = 0;
	return PyLong_FromLong(seen);
}

static PyObject *real_code(PyObject *Py_UNUSED(self), PyObject *function)
{
	return Py_NewRef(PyFunction_GetCode(function));
}

static int trials_over;

static void on_trial(struct native_function *native, const struct trial_result *result, void *userdata)
{
	(void)native;
	(void)userdata;
	assert_true(result->verdict != TRIAL_OPEN && result->native_ns > 0 && result->cpython_ns > 0);
	trials_over++;
}

/* Let the function's trial begin. */
static PyObject *start_trial(PyObject *Py_UNUSED(self), PyObject *function)
{
	trials_over = 0;
	native_set_trial_handler(on_trial, NULL);
	native_try(native_of(function));
	Py_RETURN_NONE;
}

static int n_losses;

static bool on_loss(struct native_function *native, void *userdata)
{
	(void)userdata;
	n_losses += native_is_left_often(native);
	return true;
}

/* Functions whose calls leave may have other code; losses(): how many asked for some. */
static PyObject *observe_losses(PyObject *Py_UNUSED(self), PyObject *on)
{
	native_observe_all();
	native_set_loss_handler(on == Py_True ? on_loss : NULL, NULL);
	n_losses = 0;
	Py_RETURN_NONE;
}

static PyObject *losses(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(none))
{
	return PyLong_FromLong(n_losses);
}

static PyObject *is_trial_over(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(none))
{
	return PyBool_FromLong(trials_over == 1);
}

static PyMethodDef methods[] = {
	{ "install", (PyCFunction)(void (*)(void))install, METH_VARARGS | METH_KEYWORDS, NULL },
	{ "uninstall", uninstall, METH_O, NULL },
	{ "is_native", is_native, METH_O, NULL },
	{ "counted", counted, METH_O, NULL },
	{ "version", version, METH_O, NULL },
	{ "hook", hook, METH_O, NULL },
	{ "start_trial", start_trial, METH_O, NULL },
	{ "observe_losses", observe_losses, METH_O, NULL },
	{ "losses", losses, METH_NOARGS, NULL },
	{ "is_trial_over", is_trial_over, METH_NOARGS, NULL },
	{ "real_code", real_code, METH_O, NULL },
	{ NULL, NULL, 0, NULL },
};

/* ---- running native.py ----------------------------------------------------- */

static void run_python(void **state)
{
	PyObject *result = PyObject_CallNoArgs(*state);
	if (!result)
		PyErr_Print();
	assert_non_null(result);
	Py_DECREF(result);
}

static PyObject *load(const char *path)
{
	struct cause cause = CAUSE_INIT;
	Py_Initialize();
	assert_int_equal(native_init(&cause), 0);
	native_set_counters(counters);
	PyObject *scope = PyModule_GetDict(PyImport_AddModule("__main__"));
	for (PyMethodDef *m = methods; m->ml_name; m++)
		assert_int_equal(PyDict_SetItemString(scope, m->ml_name, PyCFunction_New(m, NULL)), 0);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	PyObject *r = PyRun_FileEx(file, path, Py_file_input, scope, scope, 1);
	if (!r)
		PyErr_Print();
	assert_non_null(r);
	Py_DECREF(r);
	return scope;
}

int main(void)
{
	struct CMUnitTest tests[MAX_TESTS];
	size_t n = 0;
	Py_ssize_t at = 0;
	PyObject *name, *value, *scope = load(TEST_SCRIPT);
	while (PyDict_Next(scope, &at, &name, &value)) {
		const char *text = PyUnicode_AsUTF8(name);
		assert_true(n < MAX_TESTS);
		if (strncmp(text, "test_", 5) == 0)
			tests[n++] = (struct CMUnitTest){ .name = text + 5,
							  .test_func = run_python,
							  .initial_state = value };
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = _cmocka_run_group_tests("native", tests, n, NULL, NULL);
	return Py_FinalizeEx() < 0 ? 1 : failed;
}
