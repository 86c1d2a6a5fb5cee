/* rt_ints.c - ints of any size for emitted code: what CPython's own functions compute, called without its loop, or
 * computed with limbs (limbs.h), which is faster.
 *
 * An operand that emitted code has in 64 bits gets no object: it is read from the C stack. What comes out may be one of
 * the operands, so that is looked for. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <stdbool.h>
#include <stddef.h>

#include "codecache/limbs.h"
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

/* ---- magnitudes --------------------------------------------------------------- */

typedef unsigned __int128 wide;

enum {
	WIDE_DIGITS = 4, /* that a wide has room for, and a bit for what is added */
	MOST_DIGITS = LIMBS_MOST * 64 / PyLong_SHIFT,
	FEW_BITS = 60,
};

_Static_assert(PyLong_SHIFT == 30, "limbs.h has digits of so many bits");

static Py_ssize_t digits_of(PyObject *a)
{
	return Py_ABS(Py_SIZE(a));
}

static const digit *digits(PyObject *a)
{
	return ((PyLongObject *)a)->ob_digit;
}

static wide wide_of(const digit *digits, Py_ssize_t n)
{
	wide value = 0;
	while (n-- > 0)
		value = value << PyLong_SHIFT | digits[n];
	return value;
}

static PyObject *int_of_wide(wide value, bool is_negative)
{
	if (value <= INT64_MAX)
		return PyLong_FromLongLong(is_negative ? -(int64_t)value : (int64_t)value);
	Py_ssize_t n = 0;
	for (wide rest = value; rest; rest >>= PyLong_SHIFT)
		n++;
	PyLongObject *result = _PyLong_New(n);
	if (!result)
		return NULL;
	for (Py_ssize_t i = 0; i < n; i++, value >>= PyLong_SHIFT)
		result->ob_digit[i] = (digit)value & PyLong_MASK;
	Py_SET_SIZE(result, is_negative ? -n : n);
	return (PyObject *)result;
}

/* Zeros on top go; the small ints are CPython's own ones. */
static PyObject *trimmed(PyLongObject *a, bool is_negative)
{
	Py_ssize_t n = Py_SIZE(a);
	while (n > 0 && a->ob_digit[n - 1] == 0)
		n--;
	if (n <= 1) {
		long value = n ? (long)a->ob_digit[0] : 0;
		Py_DECREF(a);
		return PyLong_FromLong(is_negative ? -value : value);
	}
	Py_SET_SIZE(a, is_negative ? -n : n);
	return (PyObject *)a;
}

static PyObject *int_of_limbs(const uint64_t *limbs, size_t n, unsigned shift, bool is_negative)
{
	n = limbs_trim(limbs, n);
	Py_ssize_t n_digits = (Py_ssize_t)((n * 64 - (n ? (size_t)shift : 0) + PyLong_SHIFT - 1) / PyLong_SHIFT);
	PyLongObject *result = _PyLong_New(n_digits);
	if (!result)
		return NULL;
	limbs_to_digits(result->ob_digit, (size_t)n_digits, limbs, n, shift);
	return trimmed(result, is_negative);
}

/* ---- products ------------------------------------------------------------------ */

static PyObject *multiply_by_digit(PyObject *a, digit factor, bool is_negative)
{
	Py_ssize_t n = digits_of(a);
	PyLongObject *result = _PyLong_New(n + 1);
	twodigits carry = 0;
	if (!result)
		return NULL;
	for (Py_ssize_t i = 0; i < n; i++, carry >>= PyLong_SHIFT) {
		carry += (twodigits)digits(a)[i] * factor;
		result->ob_digit[i] = (digit)carry & PyLong_MASK;
	}
	result->ob_digit[n] = (digit)carry;
	return trimmed(result, is_negative);
}

static PyObject *multiply(PyObject *a, PyObject *b)
{
	Py_ssize_t n = digits_of(a), m = digits_of(b);
	bool is_negative = (Py_SIZE(a) < 0) != (Py_SIZE(b) < 0);
	if (n + m <= WIDE_DIGITS)
		return int_of_wide(wide_of(digits(a), n) * wide_of(digits(b), m), is_negative);
	if (n == 1 || m == 1)
		return multiply_by_digit(n == 1 ? b : a, digits(n == 1 ? a : b)[0], is_negative);
	if (n == 0 || m == 0 || n > MOST_DIGITS || m > MOST_DIGITS)
		return PyLong_Type.tp_as_number->nb_multiply(a, b);
	uint64_t x[LIMBS_MOST], y[LIMBS_MOST], product[2 * LIMBS_MOST];
	size_t x_n = limbs_trim(x, limbs_of_digits(x, digits(a), (size_t)n, 0));
	size_t y_n = limbs_trim(y, limbs_of_digits(y, digits(b), (size_t)m, 0));
	limbs_multiply(product, x, x_n, y, y_n);
	return int_of_limbs(product, x_n + y_n, 0, is_negative);
}

/* ---- quotients: of ints that are not negative, the second one not 0 ----------------------- */

/* *ret_most is the quotient, or one more; b has two digits at least and more bits than a limb. false: the quotient may
 * have more than FEW_BITS. */
static bool quotient_by_top(PyObject *a, PyObject *b, uint64_t *ret_most, bool *ret_is_exact)
{
	size_t a_bits = _PyLong_NumBits(a), b_bits = _PyLong_NumBits(b), left_out = b_bits - 64;
	if (a_bits >= b_bits + FEW_BITS)
		return false;
	Py_ssize_t first = (Py_ssize_t)(left_out / PyLong_SHIFT);
	unsigned shift = left_out % PyLong_SHIFT;
	wide x = wide_of(digits(a) + first + 1, Py_SIZE(a) - first - 1);
	wide y = wide_of(digits(b) + first + 1, Py_SIZE(b) - first - 1);
	x = x << (PyLong_SHIFT - shift) | digits(a)[first] >> shift;
	y = y << (PyLong_SHIFT - shift) | digits(b)[first] >> shift;
	wide q = x / (uint64_t)y;
	*ret_most = (uint64_t)q;
	*ret_is_exact = x - q * y >= q; /* if all that was left out of b are ones, too */
	return true;
}

/* a - b * quotient, whose bits are few, for a quotient that may be too large by one. */
static PyObject *rest_by_digit(PyObject *a, PyObject *b, int64_t quotient)
{
	Py_ssize_t n = Py_SIZE(b);
	PyLongObject *result = _PyLong_New(n);
	int64_t carry = 0;
	if (!result)
		return NULL;
	for (Py_ssize_t i = 0; i < n; i++, carry >>= PyLong_SHIFT) {
		carry += digits(a)[i] - digits(b)[i] * quotient;
		result->ob_digit[i] = (digit)carry & PyLong_MASK;
	}
	for (Py_ssize_t i = n; i < Py_SIZE(a); i++, carry >>= PyLong_SHIFT)
		carry += digits(a)[i];
	bool is_negative = carry < 0;
	carry = 0;
	for (Py_ssize_t i = 0; is_negative && i < n; i++, carry >>= PyLong_SHIFT) {
		carry += (int64_t)result->ob_digit[i] + digits(b)[i];
		result->ob_digit[i] = (digit)carry & PyLong_MASK;
	}
	return trimmed(result, false);
}

enum { QUOTIENT, REST };

/* Neither has more than twice MOST_DIGITS. */
static PyObject *divide_limbs(PyObject *a, PyObject *b, int what)
{
	uint64_t x[2 * LIMBS_MOST + 2], y[2 * LIMBS_MOST + 1], quotient[2 * LIMBS_MOST + 2];
	unsigned shift = (unsigned)(-_PyLong_NumBits(b) % 64);
	size_t x_n = limbs_of_digits(x, digits(a), (size_t)Py_SIZE(a), shift);
	size_t y_n = limbs_trim(y, limbs_of_digits(y, digits(b), (size_t)Py_SIZE(b), shift));
	struct limbs_divisor by;
	limbs_divisor_init(&by, y, y_n);
	x_n = limbs_trim(x, x_n);
	x[x_n++] = 0;
	limbs_divide(what == QUOTIENT ? quotient : NULL, x, x_n, &by);
	return what == QUOTIENT ? int_of_limbs(quotient, x_n - y_n, 0, false) : int_of_limbs(x, y_n, shift, false);
}

static PyObject *divide(PyObject *a, PyObject *b, int what)
{
	const PyNumberMethods *of_int = PyLong_Type.tp_as_number;
	Py_ssize_t n = Py_SIZE(a), m = Py_SIZE(b);
	uint64_t quotient;
	bool is_exact;
	if (m <= 0 || n < m || n > 2 * MOST_DIGITS)
		return what == QUOTIENT ? of_int->nb_floor_divide(a, b) : of_int->nb_remainder(a, b);
	if (n <= WIDE_DIGITS) {
		wide x = wide_of(digits(a), n), y = wide_of(digits(b), m);
		return int_of_wide(what == QUOTIENT ? x / y : x % y, false);
	}
	if (m > WIDE_DIGITS && quotient_by_top(a, b, &quotient, &is_exact)) {
		if (what == QUOTIENT && is_exact)
			return PyLong_FromUnsignedLongLong(quotient);
		if (what == REST && quotient <= PyLong_MASK)
			return rest_by_digit(a, b, (int64_t)quotient);
	}
	return divide_limbs(a, b, what);
}

/* ---- operators ------------------------------------------------------------------ */

/* Of ints that a wide has room for. */
static PyObject *add(PyObject *a, PyObject *b, bool subtracts)
{
	__int128 x = (__int128)wide_of(digits(a), digits_of(a)), y = (__int128)wide_of(digits(b), digits_of(b));
	x = Py_SIZE(a) < 0 ? -x : x;
	x += (Py_SIZE(b) < 0) != subtracts ? -y : y;
	return int_of_wide(x < 0 ? -(wide)x : (wide)x, x < 0);
}

/* That of exactly two ints, so no other type has a say. */
static PyObject *calculate(PyObject *a, PyObject *b, int64_t op)
{
	const PyNumberMethods *of_int = PyLong_Type.tp_as_number;
	bool are_wide = digits_of(a) <= WIDE_DIGITS && digits_of(b) <= WIDE_DIGITS;
	switch (op % NB_INPLACE_ADD) {
	case NB_ADD: return are_wide ? add(a, b, false) : of_int->nb_add(a, b);
	case NB_SUBTRACT: return are_wide ? add(a, b, true) : of_int->nb_subtract(a, b);
	case NB_MULTIPLY: return multiply(a, b);
	case NB_FLOOR_DIVIDE: return divide(a, b, QUOTIENT);
	case NB_REMAINDER: return divide(a, b, REST);
	case NB_LSHIFT: return of_int->nb_lshift(a, b);
	case NB_RSHIFT: return of_int->nb_rshift(a, b);
	case NB_AND: return of_int->nb_and(a, b);
	case NB_OR: return of_int->nb_or(a, b);
	case NB_XOR: return of_int->nb_xor(a, b);
	case NB_TRUE_DIVIDE: return of_int->nb_true_divide(a, b);
	default: return of_int->nb_power(a, b, Py_None);
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
