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

/* What is wanted of both, in this order; NULL: it is not. */
struct divided {
	PyObject **results[2];
};

/* 0, or -1 with an exception and neither. */
static int divided_take(const struct divided *to, int which, PyObject *value)
{
	if (!to->results[which]) {
		Py_XDECREF(value);
		return 0;
	}
	*to->results[which] = value;
	if (value)
		return 0;
	if (which == REST && to->results[QUOTIENT])
		Py_CLEAR(*to->results[QUOTIENT]);
	return -1;
}

/* Neither has more than twice MOST_DIGITS. */
static int divide_limbs(PyObject *a, PyObject *b, const struct divided *to)
{
	uint64_t x[2 * LIMBS_MOST + 2], y[2 * LIMBS_MOST + 1], quotient[2 * LIMBS_MOST + 2];
	unsigned shift = (unsigned)(-_PyLong_NumBits(b) % 64);
	size_t x_n = limbs_of_digits(x, digits(a), (size_t)Py_SIZE(a), shift);
	size_t y_n = limbs_trim(y, limbs_of_digits(y, digits(b), (size_t)Py_SIZE(b), shift));
	struct limbs_divisor by;
	limbs_divisor_init(&by, y, y_n);
	x_n = limbs_trim(x, x_n);
	x[x_n++] = 0;
	limbs_divide(to->results[QUOTIENT] ? quotient : NULL, x, x_n, &by);
	if (to->results[QUOTIENT] && divided_take(to, QUOTIENT, int_of_limbs(quotient, x_n - y_n, 0, false)) < 0)
		return -1;
	return to->results[REST] ? divided_take(to, REST, int_of_limbs(x, y_n, shift, false)) : 0;
}

static int divide_by_cpython(PyObject *a, PyObject *b, const struct divided *to)
{
	const PyNumberMethods *of_int = PyLong_Type.tp_as_number;
	if (to->results[QUOTIENT] && divided_take(to, QUOTIENT, of_int->nb_floor_divide(a, b)) < 0)
		return -1;
	return to->results[REST] ? divided_take(to, REST, of_int->nb_remainder(a, b)) : 0;
}

/* Whether it is found without dividing all digits. 0 or -1: it was. */
static int divide_by_top(PyObject *a, PyObject *b, const struct divided *to)
{
	uint64_t most;
	bool is_exact;
	if (Py_SIZE(b) <= WIDE_DIGITS || !quotient_by_top(a, b, &most, &is_exact))
		return 1;
	if (to->results[QUOTIENT] && !is_exact)
		return 1;
	if (to->results[REST] && most > PyLong_MASK)
		return 1;
	if (to->results[QUOTIENT] && divided_take(to, QUOTIENT, PyLong_FromUnsignedLongLong(most)) < 0)
		return -1;
	return to->results[REST] ? divided_take(to, REST, rest_by_digit(a, b, (int64_t)most)) : 0;
}

/* 0, or -1 with an exception. */
static int divide(PyObject *a, PyObject *b, const struct divided *to)
{
	Py_ssize_t n = Py_SIZE(a), m = Py_SIZE(b);
	if (m <= 0 || n < m || n > 2 * MOST_DIGITS)
		return divide_by_cpython(a, b, to);
	if (n <= WIDE_DIGITS) {
		wide x = wide_of(digits(a), n), y = wide_of(digits(b), m);
		if (to->results[QUOTIENT] && divided_take(to, QUOTIENT, int_of_wide(x / y, false)) < 0)
			return -1;
		return to->results[REST] ? divided_take(to, REST, int_of_wide(x % y, false)) : 0;
	}
	int r = divide_by_top(a, b, to);
	return r <= 0 ? r : divide_limbs(a, b, to);
}

static PyObject *quotient_of(PyObject *a, PyObject *b)
{
	PyObject *quotient;
	return divide(a, b, &(struct divided){ { &quotient, NULL } }) < 0 ? NULL : quotient;
}

static PyObject *rest_of(PyObject *a, PyObject *b)
{
	PyObject *rest;
	return divide(a, b, &(struct divided){ { NULL, &rest } }) < 0 ? NULL : rest;
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
	case NB_FLOOR_DIVIDE: return quotient_of(a, b);
	case NB_REMAINDER: return rest_of(a, b);
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

/* ---- operands and results that are small -------------------------------------------- */

/* Of two digits at most. */
static inline bool has_few_digits(PyObject *a, int64_t *ret)
{
	const digit *d = digits(a);
	int64_t value;
	switch (digits_of(a)) {
	case 0: value = 0; break;
	case 1: value = d[0]; break;
	case 2: value = (int64_t)d[0] | (int64_t)d[1] << PyLong_SHIFT; break;
	default: return false;
	}
	*ret = Py_SIZE(a) < 0 ? -value : value;
	return true;
}

static int64_t floor_quotient(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* false: it has no room, or is left to CPython's functions. */
static bool calculate_small(int64_t a, int64_t b, int64_t op, int64_t *ret)
{
	switch (op % NB_INPLACE_ADD) {
	case NB_ADD: return !__builtin_add_overflow(a, b, ret);
	case NB_SUBTRACT: return !__builtin_sub_overflow(a, b, ret);
	case NB_MULTIPLY: return !__builtin_mul_overflow(a, b, ret);
	case NB_AND: *ret = a & b; return true;
	case NB_OR: *ret = a | b; return true;
	case NB_XOR: *ret = a ^ b; return true;
	case NB_RSHIFT:
		if (b < 0)
			return false;
		*ret = a >> (b > 63 ? 63 : b);
		return true;
	case NB_LSHIFT:
		if (b < 0 || b > 62)
			return false;
		*ret = (int64_t)((uint64_t)a << b);
		return *ret >> b == a;
	case NB_FLOOR_DIVIDE:
		if (b == 0 || b == -1)
			return false;
		*ret = floor_quotient(a, b);
		return true;
	case NB_REMAINDER:
		if (b == 0 || b == -1)
			return false;
		*ret = (int64_t)((uint64_t)a -
				 (uint64_t)b * (uint64_t)floor_quotient(a, b)); /* the product may not fit */
		return true;
	default: return false;
	}
}

PyObject *pf_rt_int_binary(PyObject *a, PyObject *b, int64_t op)
{
	int64_t x, y, value;
	if (has_few_digits(a, &x) && has_few_digits(b, &y) && calculate_small(x, y, op, &value))
		return PyLong_FromLongLong(value);
	return calculate(a, b, op);
}

PyObject *pf_rt_int_binary_i64(PyObject *a, int64_t b, int64_t op)
{
	struct short_int right;
	int64_t x, value;
	if (has_few_digits(a, &x) && calculate_small(x, b, op, &value))
		return PyLong_FromLongLong(value);
	return lasting(calculate(a, short_int_set(&right, b), op), &right, b);
}

PyObject *pf_rt_i64_binary_int(int64_t a, PyObject *b, int64_t op)
{
	struct short_int left;
	int64_t y, value;
	if (has_few_digits(b, &y) && calculate_small(a, y, op, &value))
		return PyLong_FromLongLong(value);
	return lasting(calculate(short_int_set(&left, a), b, op), &left, a);
}

PyObject *pf_rt_i64_binary(int64_t a, int64_t b, int64_t op)
{
	struct short_int left, right;
	int64_t value;
	if (calculate_small(a, b, op, &value))
		return PyLong_FromLongLong(value);
	PyObject *result = calculate(short_int_set(&left, a), short_int_set(&right, b), op);
	return lasting(lasting(result, &left, a), &right, b);
}

PyObject *pf_rt_int_divmod(PyObject *a, PyObject *b, PyObject **ret_rest)
{
	PyObject *quotient;
	return divide(a, b, &(struct divided){ { &quotient, ret_rest } }) < 0 ? NULL : quotient;
}

/* The rest of a division by a digit, as inplace_divrem1() of Objects/longobject.c; ret_quotient may be NULL. */
static int64_t divide_by_digit(const PyLongObject *a, int64_t by, digit *ret_quotient)
{
	uint64_t rest = 0, divisor = (uint64_t)by;
	for (Py_ssize_t i = Py_ABS(Py_SIZE(a)); i-- > 0;) {
		uint64_t value = rest << PyLong_SHIFT | a->ob_digit[i];
		rest = value % divisor;
		if (ret_quotient)
			ret_quotient[i] = (digit)(value / divisor);
	}
	return (int64_t)rest;
}

/* a % modulus, which is positive, of a that is not: what is left of its magnitude is rest. */
static int64_t rest_with_sign(PyObject *a, int64_t rest, int64_t modulus)
{
	return rest && Py_SIZE(a) < 0 ? modulus - rest : rest;
}

int64_t pf_rt_int_divmod_i64(PyObject *a, int64_t b, PyObject **ret_quotient)
{
	if (b <= PyLong_MASK && Py_SIZE(a) >= 0) {
		PyLongObject *quotient = _PyLong_New(Py_SIZE(a));
		if (!quotient)
			return -1;
		int64_t rest = divide_by_digit((PyLongObject *)a, b, quotient->ob_digit);
		*ret_quotient = trimmed(quotient, false);
		return *ret_quotient ? rest : -1;
	}
	struct short_int right;
	PyObject *rest;
	*ret_quotient = pf_rt_int_divmod(a, short_int_set(&right, b), &rest);
	if (!*ret_quotient)
		return -1;
	int64_t value = PyLong_AsLongLong(rest);
	Py_DECREF(rest);
	return value;
}

int64_t pf_rt_int_mod_i64(PyObject *a, int64_t modulus)
{
	struct short_int right;
	int64_t value;
	if (modulus < INT64_C(1) << (63 - PyLong_SHIFT))
		return rest_with_sign(a, divide_by_digit((PyLongObject *)a, modulus, NULL), modulus);
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

/* Of base, which is not negative and less than the modulus. */
static PyObject *power_modulo(PyObject *base, PyObject *exponent, PyObject *modulus)
{
	uint64_t x[LIMBS_MOST_POWER + 2], e[LIMBS_MOST_POWER + 1], y[LIMBS_MOST_POWER + 2];
	unsigned shift = (unsigned)(-_PyLong_NumBits(modulus) % 64);
	size_t n = limbs_trim(y, limbs_of_digits(y, digits(modulus), (size_t)Py_SIZE(modulus), shift));
	size_t x_n = limbs_of_digits(x, digits(base), (size_t)Py_SIZE(base), shift);
	size_t e_n = limbs_trim(e, limbs_of_digits(e, digits(exponent), (size_t)Py_SIZE(exponent), 0));
	struct limbs_divisor by;
	limbs_divisor_init(&by, y, n);
	while (x_n < n)
		x[x_n++] = 0;
	limbs_power(x, e, e_n, &by, shift);
	return int_of_limbs(x, n, shift, false);
}

PyObject *pf_rt_int_powmod(PyObject *a, PyObject *b, PyObject *modulus)
{
	const Py_ssize_t most = LIMBS_MOST_POWER * 64 / PyLong_SHIFT;
	if (Py_SIZE(b) <= 0 || Py_SIZE(b) > most || Py_SIZE(modulus) <= 1 || Py_SIZE(modulus) > most)
		return PyLong_Type.tp_as_number->nb_power(a, b, modulus);
	PyObject *base = PyLong_Type.tp_as_number->nb_remainder(a, modulus);
	PyObject *result = base ? power_modulo(base, b, modulus) : NULL;
	Py_XDECREF(base);
	return result;
}

PyObject *pf_rt_int_power(PyObject *a, PyObject *b)
{
	return PyLong_Type.tp_as_number->nb_power(a, b, Py_None);
}

PyObject *pf_rt_int_absolute(PyObject *a)
{
	return PyLong_Type.tp_as_number->nb_absolute(a);
}

int64_t pf_rt_int_bit_length(PyObject *a)
{
	return (int64_t)_PyLong_NumBits(a);
}

int64_t pf_rt_int_bit_count(PyObject *a)
{
	int64_t n = 0;
	for (Py_ssize_t i = digits_of(a); i-- > 0;)
		n += __builtin_popcount(digits(a)[i]);
	return n;
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
	int64_t x;
	if (has_few_digits(a, &x))
		return holds((x > b) - (x < b), op);
	return pf_rt_int_compare(a, short_int_set(&right, b), op);
}
