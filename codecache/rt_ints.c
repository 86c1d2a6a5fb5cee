/* rt_ints.c - ints of any size for emitted code: what CPython's own functions compute, called without its loop.
 *
 * An operand that emitted code has in 64 bits gets no object: CPython's functions read it from the C stack. What they
 * return may be one of their operands, so that is looked for. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <stdbool.h>
#include <stddef.h>

#include "codecache/runtime_priv.h"

enum { DIGITS = (64 + PyLong_SHIFT - 1) / PyLong_SHIFT };

/* An int that lives until its function returns. */
struct short_int {
	PyObject_VAR_HEAD digit digits[DIGITS];
};

_Static_assert(offsetof(struct short_int, digits) == offsetof(PyLongObject, ob_digit), "it is read as a PyLongObject");

static PyObject *short_int_set(struct short_int *to, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	Py_ssize_t n = 0;
	for (; rest; rest >>= PyLong_SHIFT)
		to->digits[n++] = (digit)(rest & PyLong_MASK);
	if (n == 0)
		to->digits[0] = 0;
	to->ob_base.ob_base.ob_refcnt = 2; /* it never dies */
	to->ob_base.ob_base.ob_type = &PyLong_Type;
	to->ob_base.ob_size = value < 0 ? -n : n;
	return (PyObject *)to;
}

static PyObject *power(PyObject *a, PyObject *b)
{
	return PyLong_Type.tp_as_number->nb_power(a, b, Py_None);
}

/* That of exactly two ints, so no other type has a say. */
static PyObject *calculate(PyObject *a, PyObject *b, int64_t op)
{
	const PyNumberMethods *of_int = PyLong_Type.tp_as_number;
	switch (op % NB_INPLACE_ADD) {
	case NB_ADD: return of_int->nb_add(a, b);
	case NB_SUBTRACT: return of_int->nb_subtract(a, b);
	case NB_MULTIPLY: return of_int->nb_multiply(a, b);
	case NB_FLOOR_DIVIDE: return of_int->nb_floor_divide(a, b);
	case NB_REMAINDER: return of_int->nb_remainder(a, b);
	case NB_LSHIFT: return of_int->nb_lshift(a, b);
	case NB_RSHIFT: return of_int->nb_rshift(a, b);
	case NB_AND: return of_int->nb_and(a, b);
	case NB_OR: return of_int->nb_or(a, b);
	case NB_XOR: return of_int->nb_xor(a, b);
	case NB_TRUE_DIVIDE: return of_int->nb_true_divide(a, b);
	default: return power(a, b);
	}
}

/* What was calculated with operands that are about to end. */
static PyObject *lasting(PyObject *result, const struct short_int *a, int64_t value)
{
	return result == (const PyObject *)a ? PyLong_FromLongLong(value) : result;
}

PyObject *pf_rt_int_binary(PyObject *a, PyObject *b, int64_t op)
{
	return calculate(a, b, op);
}

PyObject *pf_rt_int_binary_i64(PyObject *a, int64_t b, int64_t op)
{
	struct short_int right;
	return lasting(calculate(a, short_int_set(&right, b), op), &right, b);
}

PyObject *pf_rt_i64_binary_int(int64_t a, PyObject *b, int64_t op)
{
	struct short_int left;
	return lasting(calculate(short_int_set(&left, a), b, op), &left, a);
}

PyObject *pf_rt_i64_binary(int64_t a, int64_t b, int64_t op)
{
	struct short_int left, right;
	int64_t value;
	switch (op % NB_INPLACE_ADD) {
	case NB_ADD:
		if (!__builtin_add_overflow(a, b, &value))
			return PyLong_FromLongLong(value);
		break;
	case NB_SUBTRACT:
		if (!__builtin_sub_overflow(a, b, &value))
			return PyLong_FromLongLong(value);
		break;
	case NB_MULTIPLY:
		if (!__builtin_mul_overflow(a, b, &value))
			return PyLong_FromLongLong(value);
		break;
	default: break;
	}
	PyObject *result = calculate(short_int_set(&left, a), short_int_set(&right, b), op);
	return lasting(lasting(result, &left, a), &right, b);
}

static Py_ssize_t digits_of(PyObject *a)
{
	return Py_ABS(Py_SIZE(a));
}

/* inplace_rem1() of Objects/longobject.c, for divisors that leave room for a digit. */
static int64_t rest_of(const PyLongObject *a, int64_t modulus)
{
	int64_t rest = 0;
	for (Py_ssize_t i = Py_ABS(Py_SIZE(a)); i-- > 0;)
		rest = (rest << PyLong_SHIFT | a->ob_digit[i]) % modulus;
	return rest && Py_SIZE(a) < 0 ? modulus - rest : rest;
}

int64_t pf_rt_int_mod_i64(PyObject *a, int64_t modulus)
{
	struct short_int right;
	int64_t value;
	if (modulus < INT64_C(1) << (63 - PyLong_SHIFT))
		return rest_of((const PyLongObject *)a, modulus);
	if (pf_rt_unbox_i64(a, &value)) {
		value %= modulus;
		return value < 0 ? value + modulus : value;
	}
	PyObject *rest = PyLong_Type.tp_as_number->nb_remainder(a, short_int_set(&right, modulus));
	if (!rest)
		return -1;
	value = PyLong_AsLongLong(rest);
	Py_DECREF(rest);
	return value;
}

int64_t pf_rt_int_low_bits(PyObject *a)
{
	uint64_t bits = 0;
	for (Py_ssize_t i = Py_MIN(digits_of(a), DIGITS); i-- > 0;)
		bits = bits << PyLong_SHIFT | ((PyLongObject *)a)->ob_digit[i];
	return (int64_t)(Py_SIZE(a) < 0 ? -bits : bits);
}

static int holds(int sign, int64_t op)
{
	switch (op) {
	case Py_LT: return sign < 0;
	case Py_LE: return sign <= 0;
	case Py_EQ: return sign == 0;
	case Py_NE: return sign != 0;
	case Py_GT: return sign > 0;
	default: return sign >= 0;
	}
}

/* long_compare() of Objects/longobject.c. */
static int sign_of_difference(const PyLongObject *a, const PyLongObject *b)
{
	if (Py_SIZE(a) != Py_SIZE(b))
		return Py_SIZE(a) < Py_SIZE(b) ? -1 : 1;
	Py_ssize_t i = Py_ABS(Py_SIZE(a));
	while (i > 0 && a->ob_digit[i - 1] == b->ob_digit[i - 1])
		i--;
	if (i == 0)
		return 0;
	return (a->ob_digit[i - 1] < b->ob_digit[i - 1]) == (Py_SIZE(a) < 0) ? 1 : -1;
}

int pf_rt_int_compare(PyObject *a, PyObject *b, int64_t op)
{
	return holds(sign_of_difference((const PyLongObject *)a, (const PyLongObject *)b), op);
}

int pf_rt_int_compare_i64(PyObject *a, int64_t b, int64_t op)
{
	struct short_int right;
	return pf_rt_int_compare(a, short_int_set(&right, b), op);
}
