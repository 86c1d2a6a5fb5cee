/* rt_bisect.c - bisect of exact lists: numbers, strs, tuples of these, and instances that compare attributes, are
 * compared without calls.
 *
 * The order of comparisons, and what is read of a list that they change, are CPython's (Modules/_bisectmodule.c). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "codecache/runtime_priv.h"

/* Where the item would be, from lo to hi; -1: an exception. */
static int64_t bisect(PyObject *list, PyObject *item, Py_ssize_t lo, Py_ssize_t hi, bool right)
{
	while (lo < hi) {
		Py_ssize_t middle = (Py_ssize_t)(((size_t)lo + (size_t)hi) / 2);
		PyObject *other = PySequence_GetItem(list, middle);
		int less = !other ? -1 : right ? runtime_is_less(item, other) : runtime_is_less(other, item);
		Py_XDECREF(other);
		if (less < 0)
			return -1;
		if (less == right)
			hi = middle;
		else
			lo = middle + 1;
	}
	return lo;
}

/* Whether value < other, or other < value; -1: it must be asked. */
static int int_is_less(int64_t value, PyObject *other, bool right)
{
	static const int64_t exact = INT64_C(1) << 53;
	int overflow = 0;
	if (PyFloat_CheckExact(other) && value >= -exact && value <= exact)
		return right ? (double)value < PyFloat_AS_DOUBLE(other) : PyFloat_AS_DOUBLE(other) < (double)value;
	if (!PyLong_CheckExact(other))
		return -1;
	int64_t number = PyLong_AsLongLongAndOverflow(other, &overflow);
	if (overflow)
		return right ? overflow > 0 : overflow < 0;
	return right ? value < number : number < value;
}

static int float_is_less(double value, PyObject *other, bool right)
{
	if (!PyFloat_CheckExact(other))
		return -1;
	return right ? value < PyFloat_AS_DOUBLE(other) : PyFloat_AS_DOUBLE(other) < value;
}

/* The same of a number, as long as that is compared with numbers; boxed is for the rest. */
#define BISECT_NUMBER(is_less, box)                                                      \
	Py_ssize_t lo = 0, hi = PyList_GET_SIZE(list);                                   \
	while (lo < hi) {                                                                \
		Py_ssize_t middle = (Py_ssize_t)(((size_t)lo + (size_t)hi) / 2);         \
		int less = is_less(value, PyList_GET_ITEM(list, middle), right != 0);    \
		if (less < 0) {                                                          \
			PyObject *item = box(value);                                     \
			int64_t at = item ? bisect(list, item, lo, hi, right != 0) : -1; \
			Py_XDECREF(item);                                                \
			return at;                                                       \
		}                                                                        \
		if (less == (right != 0))                                                \
			hi = middle;                                                     \
		else                                                                     \
			lo = middle + 1;                                                 \
	}                                                                                \
	return lo

int64_t pf_rt_bisect_i64(PyObject *list, int64_t value, int64_t right)
{
	BISECT_NUMBER(int_is_less, PyLong_FromLongLong);
}

int64_t pf_rt_bisect_f64(PyObject *list, double value, int64_t right)
{
	BISECT_NUMBER(float_is_less, PyFloat_FromDouble);
}

int64_t pf_rt_bisect(PyObject *list, PyObject *item, int64_t right)
{
	return bisect(list, item, 0, PyList_GET_SIZE(list), right != 0);
}

int pf_rt_insort(PyObject *list, PyObject *item, int64_t right)
{
	int64_t at = bisect(list, item, 0, PyList_GET_SIZE(list), right != 0);
	return at < 0 ? -1 : PyList_Insert(list, at, item);
}
