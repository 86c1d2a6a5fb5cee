/* rt.c - the functions of emitted code's runtime interface: what jit/rt.h says, exactly as CPython computes it.
 * None of them runs Python code; only the boxing ones raise. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/rt.h"
#include "codecache/runtime.h"

static PyObject *pf_rt_box_i64(int64_t value)
{
	return PyLong_FromLongLong(value);
}

static PyObject *pf_rt_box_f64(double value)
{
	return PyFloat_FromDouble(value);
}

static PyObject *pf_rt_box_bool(int64_t value)
{
	return PyBool_FromLong(value != 0);
}

static PyObject *pf_rt_box_i128(int64_t low, int64_t high)
{
	if (high == low >> 63)
		return PyLong_FromLongLong(low);
	int64_t words[2] = { low, high };
	return _PyLong_FromByteArray((const unsigned char *)words, sizeof(words), true, true);
}

static PyObject *pf_rt_new_ref(PyObject *object)
{
	return Py_NewRef(object);
}

/* PyLong_AsLongLongAndOverflow() with a short way for the ints of one digit. */
static int pf_rt_unbox_i64(PyObject *object, int64_t *ret)
{
	int overflow;
	if (!PyLong_CheckExact(object))
		return 0;
	Py_ssize_t size = Py_SIZE(object);
	if (size >= -1 && size <= 1) {
		*ret = size * (int64_t)((PyLongObject *)object)->ob_digit[0];
		return 1;
	}
	*ret = PyLong_AsLongLongAndOverflow(object, &overflow);
	return !overflow;
}

static int pf_rt_unbox_f64(PyObject *object, double *ret)
{
	if (!PyFloat_CheckExact(object))
		return 0;
	*ret = PyFloat_AS_DOUBLE(object);
	return 1;
}

static int pf_rt_unbox_bool(PyObject *object, int64_t *ret)
{
	if (!PyBool_Check(object))
		return 0;
	*ret = object == Py_True;
	return 1;
}

/* Borrowed; NULL without an exception if there is none. */
static PyObject *find_global(PyObject *const *consts, int64_t index)
{
	for (int i = 0; i < 2; i++) {
		PyObject *value = PyDict_GetItemWithError(consts[i], consts[index]);
		if (value)
			return value;
		if (PyErr_Occurred())
			PyErr_Clear();
	}
	return NULL;
}

static int pf_rt_global_i64(PyObject *const *consts, int64_t index, int64_t *ret)
{
	PyObject *value = find_global(consts, index);
	return value && pf_rt_unbox_i64(value, ret);
}

static int pf_rt_global_f64(PyObject *const *consts, int64_t index, double *ret)
{
	PyObject *value = find_global(consts, index);
	return value && pf_rt_unbox_f64(value, ret);
}

static int pf_rt_global_is(PyObject *const *consts, int64_t index)
{
	return find_global(consts, index) == consts[index + 1];
}

static int pf_rt_i64_pow(int64_t base, int64_t exponent, int64_t *ret)
{
	int64_t result = 1;
	if (exponent < 0)
		return 0;
	while (exponent > 0) {
		if (exponent & 1 && __builtin_mul_overflow(result, base, &result))
			return 0;
		exponent >>= 1;
		if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
			return 0;
	}
	*ret = result;
	return 1;
}

static bool is_odd_integer(double x)
{
	return fmod(fabs(x), 2.0) == 1.0;
}

/* float_pow() in Objects/floatobject.c for a base or an exponent that is not finite, or a base of 0. */
static int pow_special(double base, double exponent, double *ret)
{
	if (isnan(base)) {
		*ret = base;
	} else if (isnan(exponent)) {
		*ret = base == 1.0 ? 1.0 : exponent;
	} else if (isinf(exponent)) {
		base = fabs(base);
		*ret = base == 1.0 ? 1.0 : (exponent > 0.0) == (base > 1.0) ? fabs(exponent) : 0.0;
	} else if (isinf(base)) {
		bool odd = is_odd_integer(exponent);
		*ret = exponent > 0.0 ? (odd ? base : fabs(base)) : odd ? copysign(0.0, base) : 0.0;
	} else {
		if (exponent < 0.0)
			return 0;
		*ret = is_odd_integer(exponent) ? base : 0.0;
	}
	return 1;
}

/* float_pow() in Objects/floatobject.c. */
static int pf_rt_f64_pow(double base, double exponent, double *ret)
{
	bool negate = false;
	if (exponent == 0.0) {
		*ret = 1.0;
		return 1;
	}
	if (!isfinite(base) || !isfinite(exponent) || base == 0.0)
		return pow_special(base, exponent, ret);
	if (base < 0.0) {
		if (exponent != floor(exponent))
			return 0; /* a complex number */
		base = -base;
		negate = is_odd_integer(exponent);
	}
	if (base == 1.0) {
		*ret = negate ? -1.0 : 1.0;
		return 1;
	}
	int saved = errno;
	errno = 0;
	double result = pow(base, exponent);
	bool failed = isinf(result) || (errno != 0 && !(errno == ERANGE && result == 0.0)); /* _Py_ADJUST_ERANGE1() */
	errno = saved;
	*ret = negate ? -result : result;
	return !failed;
}

/* float_rem() in Objects/floatobject.c. */
static double pf_rt_f64_mod(double a, double b)
{
	double mod = fmod(a, b);
	if (mod == 0.0)
		return copysign(0.0, b);
	return (b < 0.0) != (mod < 0.0) ? mod + b : mod;
}

/* _float_div_mod() in Objects/floatobject.c. */
static double pf_rt_f64_floordiv(double a, double b)
{
	double mod = fmod(a, b);
	double div = (a - mod) / b;
	if (mod != 0.0 && (b < 0.0) != (mod < 0.0))
		div -= 1.0;
	if (div == 0.0)
		return copysign(0.0, a / b);
	double floored = floor(div);
	return div - floored > 0.5 ? floored + 1.0 : floored;
}

static int pf_rt_poll(void)
{
	return switch_poll();
}

const struct rt *runtime_table(void)
{
	static struct rt table = {
#define X(name, result, letters, parameters) .name = pf_rt_##name,
		RT_FUNCTIONS(X)
#undef X
	};
	table.eval_breaker = switch_eval_breaker();
	return &table;
}
