/* rt_reduce.c - sum(), min() and max() of lists and tuples of numbers and of bytes.  Nothing but exact ints, floats and
 * bytes is looked at, so that whatever else comes up can be left to the builtin, from the start. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "codecache/runtime_priv.h"

static bool small_int(PyObject *object, int64_t *ret)
{
	if (!PyLong_CheckExact(object) || Py_SIZE(object) > 1 || Py_SIZE(object) < -1)
		return false;
	*ret = Py_SIZE(object) * (int64_t)((PyLongObject *)object)->ob_digit[0];
	return true;
}

static bool items_of(PyObject *a, PyObject *const **ret_items, Py_ssize_t *ret_n)
{
	if (!PyList_CheckExact(a) && !PyTuple_CheckExact(a))
		return false;
	*ret_items = PySequence_Fast_ITEMS(a);
	*ret_n = PySequence_Fast_GET_SIZE(a);
	return true;
}

static bool bytes_of(PyObject *a, const uint8_t **ret_bytes, Py_ssize_t *ret_n)
{
	if (!PyBytes_CheckExact(a) && !PyByteArray_CheckExact(a))
		return false;
	*ret_bytes = (const uint8_t *)(PyBytes_CheckExact(a) ? PyBytes_AS_STRING(a) : PyByteArray_AS_STRING(a));
	*ret_n = Py_SIZE(a);
	return true;
}

/* As builtin_sum_impl() in Python/bltinmodule.c: ints first, and floats from the first of them on. */
static PyObject *sum_numbers(PyObject *const *items, Py_ssize_t n)
{
	Py_ssize_t i = 0;
	int64_t ints = 0, value;
	for (; i < n && i < (Py_ssize_t)1 << 32 && small_int(items[i], &value); i++)
		ints += value;
	if (i == n)
		return PyLong_FromLongLong(ints);
	if (!PyFloat_CheckExact(items[i]) || ints > (int64_t)1 << 53 || ints < -((int64_t)1 << 53))
		return NULL;
	double sum = (double)ints;
	for (; i < n; i++) {
		if (PyFloat_CheckExact(items[i]))
			sum += PyFloat_AS_DOUBLE(items[i]);
		else if (small_int(items[i], &value))
			sum += (double)value;
		else
			return NULL;
	}
	return PyFloat_FromDouble(sum);
}

PyObject *pf_rt_sum(PyObject *builtin, PyObject *a)
{
	PyObject *const *items, *sum;
	const uint8_t *bytes;
	Py_ssize_t n;
	if (bytes_of(a, &bytes, &n)) {
		uint64_t total = 0;
		for (Py_ssize_t i = 0; i < n; i++)
			total += bytes[i];
		return PyLong_FromUnsignedLongLong(total);
	}
	sum = items_of(a, &items, &n) ? sum_numbers(items, n) : NULL;
	return sum || PyErr_Occurred() ? sum : PyObject_CallOneArg(builtin, a);
}

/* The first of the largest or the smallest; NULL: not all are small ints. */
static PyObject *best_int(PyObject *const *items, Py_ssize_t n, bool is_max)
{
	PyObject *best = NULL;
	int64_t most = 0, value;
	for (Py_ssize_t i = 0; i < n; i++) {
		if (!small_int(items[i], &value))
			return NULL;
		if (best && (is_max ? value <= most : value >= most))
			continue;
		best = items[i];
		most = value;
	}
	return best;
}

static PyObject *best_float(PyObject *const *items, Py_ssize_t n, bool is_max)
{
	PyObject *best = NULL;
	double most = 0;
	for (Py_ssize_t i = 0; i < n; i++) {
		if (!PyFloat_CheckExact(items[i]))
			return NULL;
		double value = PyFloat_AS_DOUBLE(items[i]);
		if (best && !(is_max ? value > most : value < most))
			continue;
		best = items[i];
		most = value;
	}
	return best;
}

static PyObject *best(PyObject *builtin, PyObject *a, bool is_max)
{
	PyObject *const *items, *best = NULL;
	Py_ssize_t n;
	if (items_of(a, &items, &n) && n > 0)
		best = PyFloat_CheckExact(items[0]) ? best_float(items, n, is_max) : best_int(items, n, is_max);
	return best ? Py_NewRef(best) : PyObject_CallOneArg(builtin, a);
}

PyObject *pf_rt_min(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, false);
}

PyObject *pf_rt_max(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, true);
}
