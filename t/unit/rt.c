/* The runtime functions of emitted code against CPython's own operators: edges first, then many random values. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <math.h>
#include <opcode.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_chunks.h"
#include "codecache/jit/rt.h"
#include "codecache/native.h"
#include "codecache/runtime.h"

static const struct rt *rt;

static const int64_t ints[] = { 0,
				1,
				-1,
				2,
				-2,
				3,
				-3,
				7,
				-7,
				10,
				62,
				63,
				64,
				-64,
				1000,
				INT32_MAX,
				INT32_MIN,
				1 << 30,
				(1 << 30) - 1,
				-(1 << 30),
				3037000499,
				3037000500,
				-3037000500,
				INT64_MAX,
				INT64_MIN,
				INT64_MAX - 1,
				INT64_MIN + 1 };
static const double floats[] = { 0.0,
				 -0.0,
				 1.0,
				 -1.0,
				 2.0,
				 -2.0,
				 0.5,
				 -0.5,
				 1.5,
				 -1.5,
				 3.0,
				 -3.0,
				 1e-300,
				 -1e-300,
				 1e300,
				 -1e300,
				 0.1,
				 -0.1,
				 DBL_MAX,
				 -DBL_MAX,
				 DBL_MIN,
				 5e-324,
				 -5e-324,
				 INFINITY,
				 -INFINITY,
				 NAN,
				 1023.0,
				 1024.0,
				 -1074.0,
				 -1075.0,
				 9007199254740993.0,
				 1e16 + 2,
				 709.0,
				 1e-17,
				 4.0 };
enum { N_INTS = sizeof(ints) / sizeof(ints[0]), N_FLOATS = sizeof(floats) / sizeof(floats[0]), N_RANDOM = 200000 };

/* A fixed sequence (xorshift64). */
static uint64_t random_bits(void)
{
	static uint64_t x = 88172645463325252;
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* Of all magnitudes, with whole numbers among them. */
static double random_float(void)
{
	union {
		uint64_t bits;
		double value;
	} u = { random_bits() };
	switch (random_bits() % 4) {
	case 0: return u.value;
	case 1: return (double)(int64_t)(u.bits >> 50) - 8192;
	case 2: return ((double)(u.bits >> 11) / 4503599627370496.0 - 1.0) * 100;
	default: return (double)(int64_t)(u.bits >> 56) / 4 - 32;
	}
}

static bool same(double a, double b)
{
	return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof(a)) == 0;
}

/* result (stolen) is CPython's, NULL for an exception. */
static void assert_float(PyObject *result, bool ok, double value, const char *what, double a, double b)
{
	bool expected_ok = result && PyFloat_CheckExact(result);
	PyErr_Clear();
	if (ok != expected_ok || (ok && !same(value, PyFloat_AS_DOUBLE(result))))
		fail_msg("%.17g %s %.17g: %d %.17g", a, what, b, ok, value);
	Py_XDECREF(result);
}

static void check_floats(double a, double b)
{
	PyObject *x = PyFloat_FromDouble(a), *y = PyFloat_FromDouble(b);
	double power = 0;
	bool ok = rt->f64_pow(a, b, &power);
	assert_float(PyNumber_Power(x, y, Py_None), ok, power, "**", a, b);
	if (b != 0.0) {
		assert_float(PyNumber_FloorDivide(x, y), true, rt->f64_floordiv(a, b), "//", a, b);
		assert_float(PyNumber_Remainder(x, y), true, rt->f64_mod(a, b), "%", a, b);
	}
	Py_DECREF(x);
	Py_DECREF(y);
}

static void floats_are_cpythons_to_the_last_bit(void **state)
{
	(void)state;
	for (int i = 0; i < N_FLOATS; i++)
		for (int k = 0; k < N_FLOATS; k++)
			check_floats(floats[i], floats[k]);
	for (int i = 0; i < N_RANDOM; i++)
		check_floats(random_float(), random_float());
}

static void check_power(int64_t base, int64_t exponent)
{
	int64_t result = 0;
	int ok = rt->i64_pow(base, exponent, &result);
	if (exponent < 0 || (exponent > 64 && (base < -1 || base > 1))) {
		assert_false(ok); /* a float, or too large to compute here */
		return;
	}
	PyObject *x = PyLong_FromLongLong(base), *y = PyLong_FromLongLong(exponent);
	PyObject *expected = PyNumber_Power(x, y, Py_None);
	int64_t value = 0;
	int fits = rt->unbox_i64(expected, &value);
	if (ok != fits || (ok && result != value))
		fail_msg("%lld ** %lld: %d %lld", (long long)base, (long long)exponent, ok, (long long)result);
	Py_DECREF(x);
	Py_DECREF(y);
	Py_DECREF(expected);
}

static void int_powers(void **state)
{
	(void)state;
	for (int i = 0; i < N_INTS; i++) {
		for (int k = 0; k < N_INTS; k++)
			check_power(ints[i], ints[k]);
		for (int64_t exponent = 0; exponent < 70; exponent++)
			check_power(ints[i], exponent);
	}
	for (int i = 0; i < N_RANDOM / 10; i++)
		check_power((int64_t)random_bits() >> random_bits() % 64, (int64_t)(random_bits() % 70));
}

/* Shifts and powers stay small. */
static int64_t second_operand(int op, int64_t b)
{
	return op == NB_LSHIFT || op == NB_RSHIFT || op == NB_POWER ? b & 63 : b;
}

/* A new reference; NULL where CPython raises. */
static PyObject *quiet(PyObject *result)
{
	PyErr_Clear();
	return result;
}

static void assert_same(PyObject *result, PyObject *expected, int op)
{
	quiet(NULL);
	if (!result != !expected || (result && (Py_TYPE(result) != Py_TYPE(expected) ||
						PyObject_RichCompareBool(result, expected, Py_EQ) != 1)))
		fail_msg("operator %d of ints of any size", op);
	Py_XDECREF(result);
}

/* Of a * 2**shift, and b; in all four forms where these are ints of 64 bits. */
static void check_large(int64_t a, int shift, int64_t b)
{
	static const int ops[] = { NB_ADD,    NB_SUBTRACT, NB_MULTIPLY, NB_FLOOR_DIVIDE, NB_REMAINDER,   NB_LSHIFT,
				   NB_RSHIFT, NB_AND,      NB_OR,       NB_XOR,          NB_TRUE_DIVIDE, NB_POWER };
	PyObject *small = PyLong_FromLongLong(a), *by = PyLong_FromLong(shift), *x = PyNumber_Lshift(small, by);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		int64_t second = second_operand(ops[i], b);
		PyObject *y = PyLong_FromLongLong(second);
		bool may_be_right = ops[i] != NB_LSHIFT && ops[i] != NB_POWER; /* what comes out has room */
		PyObject *expected = quiet(rt->binary(x, y, ops[i]));
		PyObject *back = may_be_right ? quiet(rt->binary(y, x, ops[i])) : NULL;
		PyObject *of_small = quiet(rt->binary(small, y, ops[i]));
		assert_same(rt->int_binary(x, y, ops[i]), expected, ops[i]);
		assert_same(rt->int_binary_i64(x, second, ops[i]), expected, ops[i]);
		if (may_be_right)
			assert_same(rt->i64_binary_int(second, x, ops[i]), back, ops[i]);
		assert_same(rt->i64_binary(a, second, ops[i]), of_small, ops[i]);
		Py_XDECREF(expected);
		Py_XDECREF(back);
		Py_XDECREF(of_small);
		Py_DECREF(y);
	}
	PyObject *y = PyLong_FromLongLong(b);
	for (int op = Py_LT; op <= Py_GE; op++) {
		assert_int_equal(rt->int_compare(x, y, op), PyObject_RichCompareBool(x, y, op));
		assert_int_equal(rt->int_compare(y, x, op), PyObject_RichCompareBool(y, x, op));
		assert_int_equal(rt->int_compare_i64(x, b, op), PyObject_RichCompareBool(x, y, op));
	}
	assert_true((uint64_t)rt->int_low_bits(x) == PyLong_AsUnsignedLongLongMask(x));
	if (b > 0) {
		PyObject *expected = PyNumber_Remainder(x, y);
		assert_true(rt->int_mod_i64(x, b) == PyLong_AsLongLong(expected));
		Py_DECREF(expected);
	}
	Py_DECREF(small);
	Py_DECREF(by);
	Py_DECREF(x);
	Py_DECREF(y);
}

static void ints_of_any_size(void **state)
{
	(void)state;
	static const int shifts[] = { 0, 1, 29, 30, 60, 64, 200 };
	for (int i = 0; i < N_INTS; i++)
		for (int k = 0; k < N_INTS; k++)
			for (size_t s = 0; s < sizeof(shifts) / sizeof(shifts[0]); s++)
				check_large(ints[i], shifts[s], ints[k]);
	for (int i = 0; i < N_RANDOM / 10; i++)
		check_large((int64_t)random_bits() >> random_bits() % 64, (int)(random_bits() % 150),
			    (int64_t)random_bits() >> random_bits() % 64);
}

/* A new int of up to so many bytes: runs of zeros and of ones, where what a division guesses is wrong, and others. */
static PyObject *long_int(size_t most)
{
	unsigned char bytes[5000];
	size_t n = random_bits() % most + 1;
	for (size_t i = 0; i < n;) {
		unsigned kind = random_bits() % 4;
		for (size_t run = random_bits() % 24 + 1; run > 0 && i < n; run--)
			bytes[i++] = kind == 0 ? 0 : kind == 1 ? 0xff : (unsigned char)random_bits();
	}
	PyObject *value = _PyLong_FromByteArray(bytes, n, 1, 0), *negative = PyNumber_Negative(value);
	bool is_negative = random_bits() % 5 == 0;
	Py_DECREF(is_negative ? value : negative);
	return is_negative ? negative : value;
}

/* The quotient of the first two is about as large as the third. */
static void check_longer(size_t most, size_t most_of_quotient)
{
	static const int ops[] = { NB_ADD, NB_SUBTRACT, NB_MULTIPLY, NB_FLOOR_DIVIDE, NB_REMAINDER };
	PyObject *y = long_int(most), *quotient = long_int(most_of_quotient), *rest = long_int(most);
	PyObject *product = PyNumber_Multiply(y, quotient), *x = PyNumber_Add(product, rest);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		PyObject *expected = quiet(rt->binary(x, y, ops[i])), *exact = quiet(rt->binary(product, y, ops[i]));
		assert_same(rt->int_binary(x, y, ops[i]), expected, ops[i]);
		assert_same(rt->int_binary(product, y, ops[i]), exact, ops[i]);
		Py_XDECREF(expected);
		Py_XDECREF(exact);
	}
	Py_DECREF(x);
	Py_DECREF(y);
	Py_DECREF(quotient);
	Py_DECREF(rest);
	Py_DECREF(product);
}

/* divmod(), and what else is asked of one. */
static void check_parts(size_t most)
{
	static const int64_t divisors[] = { 1, 2, 10, 256, (1 << 30) - 1, 1 << 30, INT64_C(1) << 40, INT64_MAX };
	PyObject *x = long_int(most), *y = long_int(most), *rest;
	PyObject *expected = quiet(PyNumber_Divmod(x, y)), *quotient = quiet(rt->int_divmod(x, y, &rest));
	assert_true(!quotient == !expected);
	if (expected) {
		assert_same(quotient, PyTuple_GET_ITEM(expected, 0), NB_FLOOR_DIVIDE);
		assert_same(rest, PyTuple_GET_ITEM(expected, 1), NB_REMAINDER);
		Py_DECREF(expected);
	}
	for (size_t i = 0; i < sizeof(divisors) / sizeof(divisors[0]); i++) {
		PyObject *divisor = PyLong_FromLongLong(divisors[i]);
		expected = PyNumber_Divmod(x, divisor);
		assert_true(rt->int_divmod_i64(x, divisors[i], &quotient) ==
			    PyLong_AsLongLong(PyTuple_GET_ITEM(expected, 1)));
		assert_same(quotient, PyTuple_GET_ITEM(expected, 0), NB_FLOOR_DIVIDE);
		Py_DECREF(expected);
		Py_DECREF(divisor);
	}
	static const char *const methods[] = { "bit_length", "bit_count" };
	for (int i = 0; i < 2; i++) {
		PyObject *count = PyObject_CallMethod(x, methods[i], NULL);
		assert_true((i ? rt->int_bit_count(x) : rt->int_bit_length(x)) == PyLong_AsLongLong(count));
		Py_DECREF(count);
	}
	Py_DECREF(x);
	Py_DECREF(y);
}

/* pow() with a modulus. */
static void check_power_modulo(size_t most, size_t most_of_exponent)
{
	PyObject *x = long_int(most), *y = long_int(most_of_exponent), *modulus = long_int(most);
	PyObject *expected = quiet(PyNumber_Power(x, y, modulus));
	assert_same(rt->int_powmod(x, y, modulus), expected, NB_POWER);
	Py_XDECREF(expected);
	Py_DECREF(x);
	Py_DECREF(y);
	Py_DECREF(modulus);
}

static void longer_ints(void **state)
{
	(void)state;
	static const size_t most[] = { 4, 12, 20, 40, 100, 1100, 1500 };
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
		for (size_t k = 0; k < sizeof(most) / sizeof(most[0]); k++)
			for (int n = 0; n < N_RANDOM / 400; n++)
				check_longer(most[i], most[k]);
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
		for (int n = 0; n < N_RANDOM / 400; n++)
			check_parts(most[i]);
	for (int n = 0; n < N_RANDOM / 100; n++)
		check_power_modulo(random_bits() % 40 + 1, random_bits() % 12 + 1);
	for (int n = 0; n < N_RANDOM / 4000; n++)
		check_power_modulo(random_bits() % 200 + 1, random_bits() % 60 + 1);
}

static void ints_without_a_sign_are_unboxed(void **state)
{
	(void)state;
	for (int i = 0; i < N_INTS; i++) {
		PyObject *x = PyLong_FromUnsignedLongLong((uint64_t)ints[i]);
		int64_t bits = ~ints[i];
		assert_int_equal(rt->unbox_u64(x, &bits), 1);
		assert_true(bits == ints[i]);
		Py_DECREF(x);
	}
	static const char *const texts[] = { "18446744073709551616", "-1", "-18446744073709551615" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		PyObject *x = PyLong_FromString(texts[i], NULL, 10);
		int64_t bits;
		assert_int_equal(rt->unbox_u64(x, &bits), 0);
		Py_DECREF(x);
	}
	int64_t bits;
	assert_int_equal(rt->unbox_u64(Py_True, &bits), 0);
	assert_int_equal(rt->unbox_u64(Py_None, &bits), 0);
}

static void check_int(int64_t value)
{
	PyObject *object = rt->box_i64(value);
	int64_t back = ~value;
	assert_true(PyLong_CheckExact(object));
	assert_true(PyLong_AsLongLong(object) == value);
	assert_int_equal(rt->unbox_i64(object, &back), 1);
	assert_true(back == value);
	Py_DECREF(object);
}

static void check_wide(__int128 value)
{
	PyObject *high = PyLong_FromLongLong((int64_t)(value >> 64)), *shift = PyLong_FromLong(64);
	PyObject *low = PyLong_FromUnsignedLongLong((uint64_t)value), *shifted = PyNumber_Lshift(high, shift);
	PyObject *expected = PyNumber_Or(shifted, low), *object = rt->box_i128((int64_t)value, (int64_t)(value >> 64));
	assert_true(PyLong_CheckExact(object));
	assert_int_equal(PyObject_RichCompareBool(object, expected, Py_EQ), 1);
	int64_t back;
	assert_int_equal(rt->unbox_i64(object, &back), value >= INT64_MIN && value <= INT64_MAX);
	PyObject *all[] = { high, shift, low, shifted, expected, object };
	for (int i = 0; i < 6; i++)
		Py_DECREF(all[i]);
}

static void ints_go_out_and_in(void **state)
{
	(void)state;
	for (int i = 0; i < N_INTS; i++)
		check_int(ints[i]);
	for (int i = 0; i < N_INTS; i++)
		for (int k = 0; k < N_INTS; k++)
			check_wide((__int128)((unsigned __int128)ints[i] << 64 | (uint64_t)ints[k]));
	for (int i = 0; i < N_RANDOM; i++) {
		check_int((int64_t)random_bits() >> random_bits() % 64);
		check_wide((__int128)((unsigned __int128)random_bits() << 64 | random_bits()) >> random_bits() % 128);
	}
}

static PyObject *evaluate(const char *expression)
{
	PyObject *scope = PyModule_GetDict(PyImport_AddModule("__main__"));
	PyObject *value = PyRun_String(expression, Py_eval_input, scope, scope);
	assert_non_null(value);
	return value;
}

static void only_exact_types_are_unboxed(void **state)
{
	(void)state;
	static const struct {
		const char *expression;
		bool is_int, is_float, is_bool;
	} values[] = {
		{ "5", true, false, false },
		{ "5.0", false, true, false },
		{ "True", false, false, true },
		{ "False", false, false, true },
		{ "None", false, false, false },
		{ "'5'", false, false, false },
		{ "2**63", false, false, false },
		{ "-2**63", true, false, false },
		{ "-2**63 - 1", false, false, false },
		{ "type('I', (int,), {})(5)", false, false, false },
		{ "type('F', (float,), {})(5)", false, false, false },
		{ "5j", false, false, false },
	};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		PyObject *value = evaluate(values[i].expression);
		int64_t as_int;
		double as_float;
		assert_int_equal(rt->unbox_i64(value, &as_int), values[i].is_int);
		assert_int_equal(rt->unbox_f64(value, &as_float), values[i].is_float);
		assert_int_equal(rt->unbox_bool(value, &as_int), values[i].is_bool);
		if (values[i].is_bool)
			assert_int_equal(as_int, value == Py_True);
		assert_null(PyErr_Occurred());
		Py_DECREF(value);
	}
	assert_ptr_equal(rt->box_bool(1), Py_True);
	assert_ptr_equal(rt->box_bool(0), Py_False);
	PyObject *zero = rt->box_f64(-0.0);
	double negative = 1;
	assert_int_equal(rt->unbox_f64(zero, &negative), 1);
	assert_true(same(negative, -0.0));
	Py_DECREF(zero);
}

static void set(PyObject *dict, const char *name, const char *expression)
{
	PyObject *value = expression ? evaluate(expression) : NULL;
	if (value)
		assert_int_equal(PyDict_SetItemString(dict, name, value), 0);
	else
		assert_int_equal(PyDict_DelItemString(dict, name), 0);
	Py_XDECREF(value);
}

static void globals_are_looked_up_as_cpython_does(void **state)
{
	(void)state;
	PyObject *globals = PyDict_New(), *builtins = PyDict_New(), *five = PyLong_FromLong(5);
	PyObject *consts[7] = { globals, builtins, PyUnicode_InternFromString("name"), five };
	assert_true(!rt->load_global(consts, 0, 2, 4) && !rt->global_is(consts, 0, 2, 4));
	set(builtins, "name", "5");
	assert_true(rt->load_global(consts, 0, 2, 4) == five && rt->global_is(consts, 0, 2, 4));
	set(globals, "name", "7.5");
	assert_true(PyFloat_CheckExact(rt->load_global(consts, 0, 2, 4)) && !rt->global_is(consts, 0, 2, 4));
	set(globals, "name", NULL);
	assert_true(rt->global_is(consts, 0, 2, 4));
	assert_null(PyErr_Occurred());
	for (int k = 0; k < 4; k++)
		Py_DECREF(consts[k]);
}

/* Emitted code asks only whether the versions are the same, not for what the cache was filled. */
static void a_guard_keeps_versions_only_while_the_global_is_the_right_one(void **state)
{
	(void)state;
	PyObject *globals = PyDict_New(), *builtins = PyDict_New(), *five = PyLong_FromLong(5);
	PyObject *consts[7] = { globals, builtins, PyUnicode_InternFromString("name"), five }, *before[7];
	assert_false(rt->global_is(consts, 0, 2, 4));
	assert_true(!consts[4] && !consts[5]);
	set(builtins, "name", "5");
	assert_true(rt->global_is(consts, 0, 2, 4));
	assert_true(consts[4] && consts[5]);
	memcpy(before, consts, sizeof(consts));
	set(globals, "name", "7.5");
	assert_false(rt->global_is(consts, 0, 2, 4));
	assert_memory_equal(before, consts, sizeof(consts));
	set(globals, "name", NULL);
	assert_true(rt->global_is(consts, 0, 2, 4));
	assert_memory_not_equal(before, consts, sizeof(consts));
	for (int k = 0; k < 4; k++)
		Py_DECREF(consts[k]);
}

static int pending_call(void *done)
{
	*(int *)done = 1;
	return 0;
}

static PyObject *new_tuple(const char *expression)
{
	PyObject *globals = PyDict_New(), *item = PyRun_String(expression, Py_eval_input, globals, globals);
	assert_non_null(item);
	PyObject *items[] = { item, Py_NewRef(Py_None) }, *tuple = rt->new_tuple(items, 2);
	assert_non_null(tuple);
	assert_ptr_equal(PyTuple_GET_ITEM(tuple, 0), item);
	Py_DECREF(globals);
	return tuple;
}

static void tuples_are_tracked_where_the_collector_would_leave_them_so(void **state)
{
	(void)state;
	static const char *const expressions[] = {
		"1", "'word'", "2.5", "(1, 2)", "[]", "(1, [])", "{}", "int", "len"
	};
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		PyObject *tuple = new_tuple(expressions[i]);
		bool tracked = PyObject_GC_IsTracked(tuple);
		PyGC_Collect();
		if (tracked != PyObject_GC_IsTracked(tuple))
			fail_msg("%s", expressions[i]);
		Py_DECREF(tuple);
	}
}

static void poll_leaves_for_what_only_the_loop_can_do(void **state)
{
	(void)state;
	int done = 0;
	assert_int_equal(*rt->eval_breaker, 0);
	assert_int_equal(rt->poll(), 0);
	assert_int_equal(Py_AddPendingCall(pending_call, &done), 0);
	assert_int_not_equal(*rt->eval_breaker, 0);
	assert_int_equal(rt->poll(), 1);
	assert_int_equal(done, 0);
	assert_int_equal(Py_MakePendingCalls(), 0);
	assert_int_equal(done, 1);
	assert_int_equal(rt->poll(), 0);
	PyErr_SetInterrupt();
	assert_int_equal(rt->poll(), 1);
	assert_int_equal(Py_MakePendingCalls(), -1); /* KeyboardInterrupt; the loop will look once more */
	PyErr_Clear();
	assert_int_equal(rt->poll(), 1);
	assert_int_equal(Py_MakePendingCalls(), 0);
	assert_int_equal(rt->poll(), 0);
}

static int set_up(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	Py_Initialize();
	int r = native_init(&cause);
	rt = runtime_table();
	return r;
}

static int tear_down(void **state)
{
	(void)state;
	return Py_FinalizeEx();
}

static void *look_for_main_stack(void *ret_found)
{
	void *base;
	size_t size;
	*(bool *)ret_found = call_main_stack(&base, &size);
	return NULL;
}

static void the_main_stack_is_where_libc_finds_it(void **state)
{
	(void)state;
	pthread_attr_t attr;
	pthread_t thread;
	void *base, *expected;
	size_t size, expected_size;
	bool found = true;
	struct rlimit limit = { .rlim_cur = 8 << 20, .rlim_max = RLIM_INFINITY }, before;
	assert_int_equal(getrlimit(RLIMIT_STACK, &before), 0);
	limit.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_STACK, &limit), 0);
	assert_int_equal(pthread_getattr_np(pthread_self(), &attr), 0);
	assert_int_equal(pthread_attr_getstack(&attr, &expected, &expected_size), 0);
	assert_int_equal(pthread_attr_destroy(&attr), 0);
	assert_true(call_main_stack(&base, &size));
	assert_ptr_equal(base, expected);
	assert_in_range(size, expected_size, expected_size + 65536); /* libc leaves out what lies above main() */
	assert_int_equal(pthread_create(&thread, NULL, look_for_main_stack, &found), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(found);
	limit.rlim_cur = 1 << 30;
	if (setrlimit(RLIMIT_STACK, &limit) == 0)
		assert_false(call_main_stack(&base, &size));
	assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
}

static void a_chunk_that_was_given_back_comes_again(void **state)
{
	(void)state;
	assert_true(chunks_reserve(2));
	struct _stack_chunk *chunk = chunk_new(CHUNK_SIZE), *large = chunk_new((size_t)2 * CHUNK_SIZE);
	assert_non_null(chunk);
	assert_non_null(large);
	chunk_free(chunk, CHUNK_SIZE);
	chunk_free(large, (size_t)2 * CHUNK_SIZE);
	PyObjectArenaAllocator arena;
	PyObject_GetArenaAllocator(&arena);
	assert_ptr_equal(arena.alloc(arena.ctx, CHUNK_SIZE), chunk);
	arena.free(arena.ctx, chunk, CHUNK_SIZE);
}

/* The first instance that ends has CPython's function for that looked for, which takes memory. */
static void the_collector_leaves_what_has_no_reference_alone(void **state)
{
	(void)state;
	assert_int_equal(PyRun_SimpleString("import gc\n"
					    "def collected(): return sum(s['collected'] for s in gc.get_stats())\n"
					    "class Full(Exception): pass\n"
					    "gc.collect()\n"
					    "gc.disable()\n"
					    "before = collected()\n"
					    "full = Full()\n"
					    "full.parts = []\n"
					    "full.parts\n"
					    "gc.set_threshold(1)\n"),
			 0);
	PyObject *main = PyModule_GetDict(PyImport_AddModule("__main__"));
	PyObject *full = Py_NewRef(PyDict_GetItemString(main, "full"));
	assert_int_equal(PyDict_DelItemString(main, "full"), 0);
	Py_SET_REFCNT(full, 0);
	(void)PyGC_Enable();
	rt->dealloc(full);
	(void)PyGC_Disable();
	assert_int_equal(PyRun_SimpleString("assert collected() == before\ngc.set_threshold(700)\ngc.enable()\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_collector_leaves_what_has_no_reference_alone),
		cmocka_unit_test(floats_are_cpythons_to_the_last_bit),
		cmocka_unit_test(int_powers),
		cmocka_unit_test(ints_of_any_size),
		cmocka_unit_test(longer_ints),
		cmocka_unit_test(ints_without_a_sign_are_unboxed),
		cmocka_unit_test(a_chunk_that_was_given_back_comes_again),
		cmocka_unit_test(the_main_stack_is_where_libc_finds_it),
		cmocka_unit_test(ints_go_out_and_in),
		cmocka_unit_test(only_exact_types_are_unboxed),
		cmocka_unit_test(globals_are_looked_up_as_cpython_does),
		cmocka_unit_test(a_guard_keeps_versions_only_while_the_global_is_the_right_one),
		cmocka_unit_test(tuples_are_tracked_where_the_collector_would_leave_them_so),
		cmocka_unit_test(poll_leaves_for_what_only_the_loop_can_do),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rt", tests, set_up, tear_down);
}
