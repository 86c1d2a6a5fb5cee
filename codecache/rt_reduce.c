/* rt_reduce.c - sum(), min() and max() of lists, tuples and sets of numbers, bytes, arrays and memoryviews.  Nothing
 * but exact ints and floats, and numbers in memory, is looked at, so that whatever else comes up can be left to the
 * builtin, from the start. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/jit/cpython311_sets.h"
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

/* ---- of numbers in memory ---------------------------------------------------- */

/* X(ITEM, type, how Python's number of it is made); of memoryviews, they are not aligned. */
#define NUMBERS(X)                                    \
	X(I8, int8_t, PyLong_FromLong)                \
	X(U8, uint8_t, PyLong_FromLong)               \
	X(I16, int16_t, PyLong_FromLong)              \
	X(U16, uint16_t, PyLong_FromLong)             \
	X(I32, int32_t, PyLong_FromLong)              \
	X(U32, uint32_t, PyLong_FromLong)             \
	X(I64, int64_t, PyLong_FromLongLong)          \
	X(U64, uint64_t, PyLong_FromUnsignedLongLong) \
	X(F32, float, PyFloat_FromDouble)             \
	X(F64, double, PyFloat_FromDouble)
#define X(item, type, make) typedef type item_##item __attribute__((aligned(1), may_alias));
NUMBERS(X)
#undef X

static PyObject *int_of(__int128 value)
{
	if (value >= INT64_MIN && value <= INT64_MAX)
		return PyLong_FromLongLong((int64_t)value);
	unsigned char bytes[sizeof(value)];
	memcpy(bytes, &value, sizeof(value));
	return _PyLong_FromByteArray(bytes, sizeof(bytes), 1, 1);
}

static PyObject *sum_memory(const struct buffer *b)
{
	bool is_float = b->item == ITEM_F32 || b->item == ITEM_F64;
	__int128 ints = 0; /* never more than 2**63 items of 64 bits */
	double floats = 0;
	switch (b->item) {
#define X(name, type, make)                                                          \
	case ITEM_##name:                                                            \
		for (Py_ssize_t i = 0; i < b->n; i++)                                \
			if (is_float)                                                \
				floats += (double)((const item_##name *)b->data)[i]; \
			else                                                         \
				ints += (__int128)((const item_##name *)b->data)[i]; \
		break;
		NUMBERS(X)
#undef X
	case ITEM_COUNT: break;
	}
	return is_float && b->n > 0 ? PyFloat_FromDouble(floats) : int_of(ints);
}

/* There is one at least. */
static PyObject *best_in_memory(const struct buffer *b, bool is_max)
{
	switch (b->item) {
#define X(name, type, make)                                             \
	case ITEM_##name: {                                             \
		const item_##name *items = b->data;                     \
		type best = items[0];                                   \
		for (Py_ssize_t i = 1; i < b->n; i++)                   \
			if (is_max ? items[i] > best : items[i] < best) \
				best = items[i];                        \
		return make(best);                                      \
	}
		NUMBERS(X)
#undef X
	case ITEM_COUNT: break;
	}
	return NULL;
}

/* ---- of objects -------------------------------------------------------------- */

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

/* Loops that use them run no other code before they ask again, so that these are for all. */
static int64_t tables[RT_TABLES][RT_TABLE_SIZE];

PyObject *pf_rt_table_of(PyObject *sequence, int64_t which)
{
	PyObject *const *items;
	Py_ssize_t n;
	if (!items_of(sequence, &items, &n) || n > RT_TABLE_SIZE)
		return NULL;
	for (Py_ssize_t i = 0; i < n; i++)
		if (!pf_rt_unbox_i64(items[i], &tables[which][i]))
			return NULL;
	return (PyObject *)tables[which];
}

PyObject *pf_rt_sum(PyObject *builtin, PyObject *a)
{
	PyObject *const *items, *sum;
	struct buffer buffer;
	Py_ssize_t n;
	if (buffer_open(a, &buffer))
		return sum_memory(&buffer);
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
	struct buffer buffer;
	Py_ssize_t n;
	if (buffer_open(a, &buffer) && buffer.n > 0)
		return best_in_memory(&buffer, is_max);
	if (items_of(a, &items, &n) && n > 0)
		best = PyFloat_CheckExact(items[0]) ? best_float(items, n, is_max) : best_int(items, n, is_max);
	Py_XINCREF(best);
	if (is_exactly_set(a))
		best = set_best(a, is_max);
	return best ? best : PyObject_CallOneArg(builtin, a);
}

PyObject *pf_rt_min(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, false);
}

PyObject *pf_rt_max(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, true);
}
