/* The profiler: calls, times, argument types, comprehensions, calls made anew. */
#include "config.h"

#include <Python.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "codecache/jit/bytecode.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/cpython311_frame.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "workers/profile.h"

/* Of the compiler, which this test does without. */
uint32_t jit_param_count(PyObject *code)
{
	PyCodeObject *co = (PyCodeObject *)code;
	return (uint32_t)(co->co_argcount + co->co_kwonlyargcount + !!(co->co_flags & CO_VARARGS) +
			  !!(co->co_flags & CO_VARKEYWORDS));
}

enum value_type jit_value_type(PyObject *value)
{
	return PyBool_Check(value)         ? VALUE_BOOL
	       : PyLong_CheckExact(value)  ? VALUE_INT
	       : PyFloat_CheckExact(value) ? VALUE_FLOAT
					   : VALUE_OBJECT;
}

static PyObject *globals;

static void run(const char *source)
{
	PyObject *result = PyRun_String(source, Py_file_input, globals, globals);
	if (!result)
		PyErr_Print();
	assert_non_null(result);
	Py_DECREF(result);
}

static PyObject *get(const char *name)
{
	PyObject *object = PyDict_GetItemString(globals, name);
	assert_non_null(object);
	return object;
}

static long get_long(const char *name)
{
	return PyLong_AsLong(get(name));
}

static struct profile *start(const struct profile_options *options)
{
	struct profile *profile;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(profile_start(options ? options : &(struct profile_options){}, &profile, &cause), 0);
	return profile;
}

static struct profile_function *find(struct profile *profile, const char *name)
{
	return profile_find(profile, PyFunction_GetCode(get(name)));
}

static void test_calls_and_types(void **state)
{
	(void)state;
	run("def f(a, b=1, *, k=None): return a\n"
	    "def never(): pass\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("for i in range(3): f(i, 2.0)\n"
	    "f(1.5, True, k=7)\n"
	    "for i in range(5): f(True)\n");
	profile_stop(profile);
	run("f(1)\n");

	assert_null(find(profile, "never"));
	struct profile_function *f = find(profile, "f");
	assert_non_null(f);
	assert_int_equal(f->calls, 9);
	assert_int_equal(f->n_params, 3);
	assert_int_equal(f->n_vectors, 3);
	const struct {
		uint64_t calls;
		enum value_type params[3];
	} expected[] = {
		{ 5, { VALUE_BOOL, VALUE_INT, VALUE_OBJECT } },
		{ 3, { VALUE_INT, VALUE_FLOAT, VALUE_OBJECT } },
		{ 1, { VALUE_FLOAT, VALUE_BOOL, VALUE_INT } },
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(f->vectors[i].calls, expected[i].calls);
		assert_memory_equal(f->vectors[i].params, expected[i].params, sizeof(expected[i].params));
	}
	PyObject *object = profile_function_object(f);
	assert_ptr_equal(object, get("f"));
	Py_DECREF(object);
}

/* Offset of the last CALL but n in the function's code. */
static uint32_t call_from_end(const char *function, int n)
{
	PyObject *code = PyFunction_GetCode(get(function));
	for (uint32_t at = (uint32_t)Py_SIZE(code); at-- > 0;)
		if (bc_call_at(code, at) == at && n-- == 0)
			return at;
	fail();
	return 0;
}

static uint32_t callees(const char *function, int n, uint64_t *ret)
{
	return callsites_at(PyFunction_GetCode(get(function)), call_from_end(function, n), ret);
}

static void test_callees(void **state)
{
	(void)state;
	run("def f(x): return x\n"
	    "def g(x): return -x\n"
	    "def make(): return lambda x: x\n"
	    "def several(h): h(1)\n"
	    "def many(h): h(1)\n"
	    "def by_c(h): min((1, 2), key=h)\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("several(f); several(g); several(f)\n"
	    "for h in [eval(f'lambda x: {i}') for i in range(8)]: many(h)\n"
	    "by_c(make()); by_c(make()); by_c(abs)\n");
	uint64_t digests[CALLSITE_CALLEES];
	assert_int_equal(callees("several", 0, digests), 2);
	assert_int_equal(digests[0], callee_digest(PyFunction_GetCode(get("f"))));
	assert_int_equal(digests[1], callee_digest(PyFunction_GetCode(get("g"))));
	assert_int_equal(callees("many", 0, digests), 0); /* too many */
	assert_int_equal(callees("by_c", 0, digests), 1);
	run("made = make()\n");
	assert_int_equal(digests[0], callee_digest(PyFunction_GetCode(get("made"))));
	assert_int_equal(callsites_at(PyFunction_GetCode(get("f")), 0, digests), 0);
}

static void test_more_than_four_vectors(void **state)
{
	(void)state;
	run("def f(a, b): pass\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("for a in (1, 1.0, True):\n    for b in (1, 1.0): f(a, b)\n");
	profile_stop(profile);
	assert_int_equal(find(profile, "f")->n_vectors, PROFILE_MAX_VECTORS);
	assert_int_equal(find(profile, "f")->other_calls, 2);
}

/* A version for each kind of number is not worth it where one for objects is needed. */
static void test_parameters_that_take_anything(void **state)
{
	(void)state;
	run("def f(a, b): pass\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("for a in (1, 'x', 1, 2.5, [], True, None):\n    for b in (1, 1.0): f(a, b)\n");
	profile_stop(profile);
	struct profile_function *f = find(profile, "f");
	assert_int_equal(f->n_vectors, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(f->vectors[i].calls, 7);
		assert_int_equal(f->vectors[i].params[0], VALUE_OBJECT);
		assert_true(value_type_is_number(f->vectors[i].params[1]));
	}
}

static void test_self_time_and_parts(void **state)
{
	(void)state;
	run("def spin(n):\n"
	    "    while n: n -= 1\n"
	    "def caller():\n"
	    "    spin(200000)\n"
	    "def total(n):\n"
	    "    return sum(x for x in [y for y in range(n)] if x in {z for z in (1, 2)})\n"
	    "def numbers(n):\n"
	    "    yield from range(n)\n"
	    "def recurse(n):\n"
	    "    return recurse(n - 1) if n else 0\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("caller()\ntotal(20000)\nlist(numbers(10))\nrecurse(100)\n");
	profile_stop(profile);
	struct profile_function *spin = find(profile, "spin"), *caller = find(profile, "caller");
	assert_true(spin->self_ns > 0);
	assert_true(caller->inclusive_ns >= spin->inclusive_ns);
	assert_int_equal(caller->inclusive_ns - caller->self_ns, spin->inclusive_ns);
	assert_int_equal(spin->self_ns, spin->inclusive_ns);

	/* The comprehensions' time is the function's own, and they are no functions. */
	struct profile_function *total = find(profile, "total");
	assert_int_equal(total->calls, 1);
	assert_true(total->self_ns > total->inclusive_ns / 2);
	for (struct profile_function *f = profile_first(profile); f; f = profile_next(f))
		assert_int_not_equal(PyUnicode_READ_CHAR(((PyCodeObject *)f->code)->co_name, 0), '<');

	/* A generator is called once, however often it goes on; a recursion's time counts once. */
	assert_int_equal(find(profile, "numbers")->calls, 1);
	struct profile_function *recurse = find(profile, "recurse");
	assert_int_equal(recurse->calls, 101);
	assert_int_equal(recurse->self_ns, recurse->inclusive_ns);
}

static void test_nested_functions_are_their_makers_time(void **state)
{
	(void)state;
	run("def outer(n):\n"
	    "    def inner(n):\n"
	    "        while n: n -= 1\n"
	    "    inner(n)\n"
	    "    return inner\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("inner = outer(100000)\n");
	profile_stop(profile);
	assert_true(find(profile, "inner")->self_ns > 0);
	assert_true(find(profile, "outer")->self_ns > find(profile, "inner")->self_ns);
}

static void test_exceptions_pass(void **state)
{
	(void)state;
	run("def bad(): raise ValueError('no')\n"
	    "def outer():\n"
	    "    try: bad()\n"
	    "    except ValueError as e: return str(e)\n");
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("assert outer() == 'no'\n");
	profile_stop(profile);
	assert_int_equal(find(profile, "bad")->calls, 1);
	assert_int_equal(find(profile, "outer")->calls, 1);
}

static void test_importing_is_not_measured(void **state)
{
	(void)state;
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("def f(): pass\n"
	    "try: import there_is_no_such_module\n"
	    "except ImportError: f()\n");
	profile_stop(profile);
	assert_int_equal(find(profile, "f")->calls, 1);
	for (struct profile_function *f = profile_first(profile); f; f = profile_next(f))
		assert_null(strstr(PyUnicode_AsUTF8(((PyCodeObject *)f->code)->co_filename), "importlib"));
}

static void test_functions_that_go(void **state)
{
	(void)state;
	cleanup(profile_freep) struct profile *profile = start(NULL);
	run("for i in range(3):\n"
	    "    ns = {}\n"
	    "    exec('def gone(): return 1', ns)\n"
	    "    ns['gone']()\n"
	    "del ns\n"
	    "import gc; gc.collect()\n"
	    "def make():\n"
	    "    def inner(): return 1\n"
	    "    return inner\n"
	    "first = make(); first(); make()()\n");
	profile_stop(profile);
	for (struct profile_function *f = profile_first(profile); f; f = profile_next(f))
		assert_string_not_equal(PyUnicode_AsUTF8(((PyCodeObject *)f->code)->co_name), "gone");
	struct profile_function *inner = find(profile, "first");
	assert_int_equal(inner->calls, 2);
	PyObject *object = profile_function_object(inner);
	assert_ptr_equal(object, get("first"));
	Py_DECREF(object);
	run("del first\n");
	assert_null(profile_function_object(inner));
}

static void test_only_one_at_a_time(void **state)
{
	(void)state;
	cleanup(profile_freep) struct profile *profile = start(NULL);
	struct profile *second;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(profile_start(&(struct profile_options){}, &second, &cause), -EBUSY);
	assert_string_equal(cause.text, "the profiler runs already");
}

static bool never(struct profile_function *profiled, PyObject *function, const enum value_type *params, void *userdata)
{
	(void)profiled;
	(void)function;
	(void)params;
	(void)userdata;
	return false;
}

/* However fast the machine is, so many calls do not fit into one window. */
static void test_some_calls_are_left_out(void **state)
{
	(void)state;
	run("def short(n): return n\n"
	    "def late(n): return n\n"
	    "def long(n):\n"
	    "    for i in range(n): short(i)\n"
	    "    for i in range(5): late(i)\n");
	cleanup(profile_freep) struct profile *profile =
		start(&(struct profile_options){ .on_call = never, .sparse = true });
	run("long(1000000)\n"
	    "for i in range(3): late(i)\n");
	profile_stop(profile);
	assert_in_range(find(profile, "short")->calls, 16, 999999);
	assert_int_equal(find(profile, "late")->calls, 8);
	/* What was not looked at is thought to be like what was. */
	struct profile_function *caller = find(profile, "long");
	assert_true(find(profile, "short")->self_ns > 0);
	assert_int_equal(caller->calls, 1);
	assert_true(caller->self_ns > 0);
}

static PyObject *is_away(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyBool_FromLong(!frame_get_hook());
}

/* Once nothing is new CPython calls without being asked, and is asked again after a while. */
static void test_the_hook_goes_and_comes(void **state)
{
	(void)state;
	static PyMethodDef method = { "is_away", is_away, METH_NOARGS, NULL };
	PyObject *function = PyCFunction_New(&method, NULL);
	assert_int_equal(PyDict_SetItemString(globals, "is_away", function), 0);
	Py_DECREF(function);
	run("def short(n): return n\n"
	    "def late(n): return n\n"
	    "def settle(away):\n"
	    "    while is_away() != away: short(1)\n");
	cleanup(profile_freep) struct profile *profile =
		start(&(struct profile_options){ .on_call = never, .sparse = true, .retreats = true });
	for (int i = 0; i < 3; i++)
		run("settle(True); settle(False)\n");
	uint64_t calls = find(profile, "short")->calls;
	run("settle(True)\n"
	    "import threading\n"
	    "t = threading.Thread(target=settle, args=(False,)); t.start(); t.join()\n"
	    "late(1)\n");
	assert_true(find(profile, "short")->calls >= calls);
	assert_int_equal(find(profile, "late")->calls, 1);
	assert_non_null(frame_get_hook());
	run("settle(True)\n");
	profile_stop(profile);
	assert_null(frame_get_hook());
}

/* Gives "target" the code of "replacement" at its first call. */
static bool replace_target(struct profile_function *profiled, PyObject *function, const enum value_type *params,
			   void *userdata)
{
	(void)params;
	int *asked = userdata;
	PyObject *name = PyObject_GetAttrString(function, "__name__");
	bool target = PyUnicode_CompareWithASCIIString(name, "target") == 0;
	Py_DECREF(name);
	if (!target) {
		profiled->settled = true;
		return false;
	}
	++*asked;
	assert_int_equal(PyObject_SetAttrString(function, "__code__", PyFunction_GetCode(get("replacement"))), 0);
	return true;
}

static void test_calls_made_anew(void **state)
{
	(void)state;
	run("def target(a, /, b, c=3, *rest, d, e=5, **more): return 'original'\n"
	    "def replacement(a, /, b, c=3, *rest, d, e=5, **more): return a, b, c, rest, d, e, more\n");
	int asked = 0;
	cleanup(profile_freep) struct profile *profile =
		start(&(struct profile_options){ .on_call = replace_target, .userdata = &asked });
	run("got = target(1, 2, 3, 4, 5, d=6, z=7, a=8)\n"
	    "again = target(1, b=2, d=6)\n");
	profile_stop(profile);
	run("assert got == (1, 2, 3, (4, 5), 6, 5, {'z': 7, 'a': 8}), got\n"
	    "assert list(got[-1]) == ['z', 'a']\n"
	    "assert again == (1, 2, 3, (), 6, 5, {}), again\n");
	assert_int_equal(asked, 1);
	struct profile_function *target = find(profile, "target");
	assert_true(target->native && target->settled);
}

static void test_calls_made_anew_raise(void **state)
{
	(void)state;
	run("def target(): return 'original'\n"
	    "def replacement(): raise KeyError(5)\n");
	int asked = 0;
	cleanup(profile_freep) struct profile *profile =
		start(&(struct profile_options){ .on_call = replace_target, .userdata = &asked });
	run("try: target()\n"
	    "except KeyError as e: lines = e.__traceback__.tb_next.tb_lineno\n");
	assert_int_equal(get_long("lines"), 2);
}

static void test_threads_and_stop_in_a_call(void **state)
{
	(void)state;
	run("import threading\n"
	    "def work(n):\n"
	    "    while n: n -= 1\n"
	    "gate, inside = threading.Event(), threading.Event()\n"
	    "def wait():\n"
	    "    inside.set(); gate.wait(); work(5)\n");
	struct profile *profile = start(NULL);
	run("threads = [threading.Thread(target=work, args=(1000,)) for i in range(4)]\n"
	    "for t in threads: t.start()\n"
	    "for t in threads: t.join()\n"
	    "late = threading.Thread(target=wait)\n"
	    "late.start(); inside.wait()\n");
	assert_int_equal(find(profile, "work")->calls, 4);
	profile_free(profile); /* while wait() runs */
	profile = start(NULL);
	run("gate.set(); late.join()\n");
	profile_free(profile);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	Py_Initialize();
	globals = PyModule_GetDict(PyImport_AddModule("__main__"));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_and_types),
		cmocka_unit_test(test_callees),
		cmocka_unit_test(test_more_than_four_vectors),
		cmocka_unit_test(test_parameters_that_take_anything),
		cmocka_unit_test(test_self_time_and_parts),
		cmocka_unit_test(test_nested_functions_are_their_makers_time),
		cmocka_unit_test(test_exceptions_pass),
		cmocka_unit_test(test_importing_is_not_measured),
		cmocka_unit_test(test_functions_that_go),
		cmocka_unit_test(test_only_one_at_a_time),
		cmocka_unit_test(test_calls_made_anew),
		cmocka_unit_test(test_some_calls_are_left_out),
		cmocka_unit_test(test_the_hook_goes_and_comes),
		cmocka_unit_test(test_calls_made_anew_raise),
		cmocka_unit_test(test_threads_and_stop_in_a_call),
	};
	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
