/* rt_slices.c - slices of sequences for emitted code, by the numbers that they are made of: what list_subscript() in
 * Objects/listobject.c and its like do with a slice, which is made only where another type is asked. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/rt_slices.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

enum { GIVEN_START = 1, GIVEN_STOP = 2, GIVEN_STEP = 4 }; /* the next one is RT_SLICE_LAST */

static Py_ssize_t clamped(Py_ssize_t index, Py_ssize_t length, bool back)
{
	if (index < 0) {
		index += length;
		if (index < 0)
			return back ? -1 : 0;
	}
	return index < length ? index : back ? length - 1 : length;
}

/* As PySlice_Unpack() and PySlice_AdjustIndices(). */
bool slice_bounds(const struct slice *s, Py_ssize_t length, struct slice_bounds *ret)
{
	ret->step = s->given & GIVEN_STEP ? s->step : 1;
	if (ret->step == 0) {
		PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
		return false;
	}
	if (ret->step < -PY_SSIZE_T_MAX)
		ret->step = -PY_SSIZE_T_MAX;
	bool back = ret->step < 0;
	ret->start = s->given & GIVEN_START ? s->start : back ? PY_SSIZE_T_MAX : 0;
	ret->stop = s->given & GIVEN_STOP ? s->stop : back ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
	ret->start = clamped(ret->start, length, back);
	ret->stop = clamped(ret->stop, length, back);
	ret->n = 0;
	if (back && ret->stop < ret->start)
		ret->n = ret->step == -1 ? ret->start - ret->stop : (ret->start - ret->stop - 1) / -ret->step + 1;
	else if (!back && ret->start < ret->stop)
		ret->n = ret->step == 1 ? ret->stop - ret->start : (ret->stop - ret->start - 1) / ret->step + 1;
	return true;
}

static PyObject *part(const struct slice *s, int which, int64_t value)
{
	return s->given & which ? PyLong_FromLongLong(value) : Py_NewRef(Py_None);
}

static PyObject *slice_object(const struct slice *s)
{
	PyObject *start = part(s, GIVEN_START, s->start), *stop = part(s, GIVEN_STOP, s->stop);
	PyObject *step = part(s, GIVEN_STEP, s->step);
	PyObject *slice = start && stop && step ? PySlice_New(start, stop, step) : NULL;
	Py_XDECREF(start);
	Py_XDECREF(stop);
	Py_XDECREF(step);
	return slice;
}

/* ---- reading --------------------------------------------------------------- */

static PyObject *by_object(PyObject *a, const struct slice *s)
{
	PyObject *slice = slice_object(s);
	PyObject *result = slice ? PyObject_GetItem(a, slice) : NULL;
	Py_XDECREF(slice);
	return result;
}

static void swap_items(PyObject **a, PyObject **b)
{
	PyObject *item = *a;
	*a = *b;
	*b = item;
}

/* PyList_New() would clear the items first. */
static PyObject *list_backwards(PyObject *list, const struct slice_bounds *at)
{
	PyObject *result = PyList_GetSlice(list, at->stop + 1, at->start + 1);
	for (Py_ssize_t i = 0; result && i < at->n / 2; i++) {
		PyObject **items = ((PyListObject *)result)->ob_item;
		swap_items(&items[i], &items[at->n - 1 - i]);
	}
	return result;
}

static PyObject *list_get(PyObject *list, const struct slice_bounds *at)
{
	if (at->step == 1 || at->n == 0)
		return PyList_GetSlice(list, at->start, at->n == 0 ? at->start : at->stop);
	if (at->step == -1)
		return list_backwards(list, at);
	PyObject *result = PyList_New(at->n);
	for (Py_ssize_t i = 0; result && i < at->n; i++)
		PyList_SET_ITEM(result, i, Py_NewRef(PyList_GET_ITEM(list, at->start + i * at->step)));
	return result;
}

/* All of an exact tuple is that tuple. */
static PyObject *tuple_get(PyObject *tuple, const struct slice_bounds *at)
{
	if (at->step == 1 || at->n == 0)
		return PyTuple_GetSlice(tuple, at->start, at->n == 0 ? at->start : at->stop);
	PyObject *result = PyTuple_New(at->n);
	for (Py_ssize_t i = 0; result && i < at->n; i++)
		PyTuple_SET_ITEM(result, i, Py_NewRef(PyTuple_GET_ITEM(tuple, at->start + i * at->step)));
	return result;
}

static bool is_simple(const struct slice *s)
{
	return !(s->given & GIVEN_STEP) || s->step == 1;
}

/* So is all of an exact str or bytes. */
static PyObject *str_get(PyObject *str, const struct slice_bounds *at)
{
	if (at->n == PyUnicode_GET_LENGTH(str))
		return Py_NewRef(str);
	return PyUnicode_Substring(str, at->start, at->start + at->n);
}

static PyObject *bytes_get(PyObject *bytes, const struct slice_bounds *at)
{
	if (at->n == PyBytes_GET_SIZE(bytes))
		return Py_NewRef(bytes);
	return PyBytes_FromStringAndSize(PyBytes_AS_STRING(bytes) + at->start, at->n);
}

static PyObject *bytearray_get(PyObject *bytearray, const struct slice_bounds *at)
{
	return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(bytearray) + at->start, at->n);
}

PyObject *pf_rt_get_slice(PyObject *a, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	const struct slice s = { start, stop, step, given };
	struct slice_bounds at;
	if (PyList_CheckExact(a))
		return slice_bounds(&s, PyList_GET_SIZE(a), &at) ? list_get(a, &at) : NULL;
	if (PyTuple_CheckExact(a))
		return slice_bounds(&s, PyTuple_GET_SIZE(a), &at) ? tuple_get(a, &at) : NULL;
	if (!is_simple(&s))
		return by_object(a, &s);
	if (PyUnicode_CheckExact(a) && PyUnicode_IS_READY(a))
		return slice_bounds(&s, PyUnicode_GET_LENGTH(a), &at) ? str_get(a, &at) : NULL;
	if (PyBytes_CheckExact(a))
		return slice_bounds(&s, PyBytes_GET_SIZE(a), &at) ? bytes_get(a, &at) : NULL;
	if (PyByteArray_CheckExact(a))
		return slice_bounds(&s, PyByteArray_GET_SIZE(a), &at) ? bytearray_get(a, &at) : NULL;
	return by_object(a, &s);
}

/* ---- changing -------------------------------------------------------------- */

static int list_set(PyObject *list, PyObject *value, const struct slice *s)
{
	struct slice_bounds at;
	if (!slice_bounds(s, PyList_GET_SIZE(list), &at))
		return -1;
	bool is_last = s->given & RT_SLICE_LAST && PyList_CheckExact(value) && Py_REFCNT(value) == 1;
	if (!is_last || PyList_GET_SIZE(value) != at.n || at.n == 0)
		return PyList_SetSlice(list, at.start, at.stop, value);
	for (Py_ssize_t i = 0; i < at.n; i++)
		swap_items(&((PyListObject *)list)->ob_item[at.start + i], &((PyListObject *)value)->ob_item[i]);
	return 0;
}

/* Of a list that only the caller has, and drops now, the items are taken and the old ones left there: they die with it,
 * last first, as they would here. */
int pf_rt_set_slice(PyObject *a, PyObject *value, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	const struct slice s = { start, stop, step, given };
	if (PyList_CheckExact(a) && is_simple(&s))
		return list_set(a, value, &s);
	PyObject *slice = slice_object(&s);
	int done = slice ? PyObject_SetItem(a, slice, value) : -1;
	Py_XDECREF(slice);
	return done;
}

int pf_rt_del_slice(PyObject *a, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	const struct slice s = { start, stop, step, given };
	struct slice_bounds at;
	if (PyList_CheckExact(a) && is_simple(&s))
		return slice_bounds(&s, PyList_GET_SIZE(a), &at) ? PyList_SetSlice(a, at.start, at.stop, NULL) : -1;
	PyObject *slice = slice_object(&s);
	int done = slice ? PyObject_DelItem(a, slice) : -1;
	Py_XDECREF(slice);
	return done;
}

/* ---- comparing ------------------------------------------------------------- */

static Py_ssize_t length_of(PyObject *a)
{
	return PyUnicode_Check(a) ? PyUnicode_GET_LENGTH(a) : Py_SIZE(a);
}

int pf_rt_part_equal(PyObject *a, PyObject *constant, int64_t start, int64_t stop, int64_t given)
{
	const struct slice s = { start, stop, 1, given };
	struct slice_bounds at;
	if (PyUnicode_Check(a) && PyUnicode_READY(a) < 0)
		return -1;
	if (!slice_bounds(&s, length_of(a), &at))
		return -1;
	if (at.n != length_of(constant))
		return 0;
	if (PyUnicode_Check(a))
		return (int)PyUnicode_Tailmatch(a, constant, at.start, at.start + at.n, -1);
	const char *bytes = PyBytes_Check(a) ? PyBytes_AS_STRING(a) : PyByteArray_AS_STRING(a);
	return memcmp(bytes + at.start, PyBytes_AS_STRING(constant), (size_t)at.n) == 0;
}
