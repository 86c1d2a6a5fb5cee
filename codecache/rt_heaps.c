/* rt_heaps.c - heapq of exact lists: numbers, strs, tuples of these, and instances that compare attributes, are
 * compared without calls.
 *
 * The order of comparisons and exchanges is CPython's (Modules/_heapqmodule.c), so that what Python code sees of them,
 * and the list after an exception, are the same. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/cpython311_shape.h"
#include "codecache/runtime_priv.h"

/* ---- comparing ------------------------------------------------------------- */

/* tuplerichcompare() in Objects/tupleobject.c. */
static enum order order_of_tuples(PyObject *x, PyObject *y)
{
	Py_ssize_t m = PyTuple_GET_SIZE(x), n = PyTuple_GET_SIZE(y);
	for (Py_ssize_t i = 0; i < m && i < n; i++) {
		PyObject *a = PyTuple_GET_ITEM(x, i), *b = PyTuple_GET_ITEM(y, i);
		enum order order = a == b ? ORDER_SAME : order_of(a, b);
		if (order != ORDER_SAME)
			return order;
	}
	return m < n ? ORDER_LESS : m == n ? ORDER_SAME : ORDER_MORE;
}

/* Whether x < y, which is told without a call; -1: it is not. */
static inline int is_known_less(PyObject *x, PyObject *y)
{
	if (PyType_HasFeature(Py_TYPE(x), Py_TPFLAGS_HEAPTYPE))
		return instances_compare(x, y, Py_LT);
	enum order order = PyTuple_CheckExact(x) && PyTuple_CheckExact(y) ? order_of_tuples(x, y) : order_of(x, y);
	return order != ORDER_UNKNOWN ? order == ORDER_LESS : -1;
}

int runtime_is_less(PyObject *x, PyObject *y)
{
	int less = is_known_less(x, y);
	if (less >= 0)
		return less;
	Py_INCREF(x);
	Py_INCREF(y);
	less = PyObject_RichCompareBool(x, y, Py_LT);
	Py_DECREF(x);
	Py_DECREF(y);
	return less;
}

/* The same of two items of the heap, which had so many. */
static inline int item_is_less(PyObject *heap, Py_ssize_t i, Py_ssize_t j, Py_ssize_t size)
{
	int less = runtime_is_less(PyList_GET_ITEM(heap, i), PyList_GET_ITEM(heap, j));
	if (less >= 0 && size != PyList_GET_SIZE(heap)) {
		PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
		return -1;
	}
	return less;
}

/* ---- the heap -------------------------------------------------------------- */

static inline void exchange(PyObject *heap, Py_ssize_t i, Py_ssize_t j)
{
	PyObject *item = PyList_GET_ITEM(heap, i);
	PyList_SET_ITEM(heap, i, PyList_GET_ITEM(heap, j));
	PyList_SET_ITEM(heap, j, item);
}

/* siftdown() */
static int sift_down(PyObject *heap, Py_ssize_t start, Py_ssize_t at)
{
	Py_ssize_t size = PyList_GET_SIZE(heap);
	while (at > start) {
		Py_ssize_t parent = (at - 1) >> 1;
		int less = item_is_less(heap, at, parent, size);
		if (less <= 0)
			return less;
		exchange(heap, at, parent);
		at = parent;
	}
	return 0;
}

/* siftup(), of the first item. */
static int sift_up(PyObject *heap)
{
	Py_ssize_t size = PyList_GET_SIZE(heap), at = 0;
	while (at < size >> 1) {
		Py_ssize_t child = 2 * at + 1;
		if (child + 1 < size) {
			int less = item_is_less(heap, child, child + 1, size);
			if (less < 0)
				return -1;
			child += !less;
		}
		exchange(heap, at, child);
		at = child;
	}
	return sift_down(heap, 0, at);
}

int pf_rt_heap_push(PyObject *heap, PyObject *item)
{
	if (PyList_Append(heap, item) < 0)
		return -1;
	return sift_down(heap, 0, PyList_GET_SIZE(heap) - 1);
}

static PyObject *is_empty(void)
{
	PyErr_SetString(PyExc_IndexError, "index out of range");
	return NULL;
}

/* Takes item over; the first one is the result, and is gone if that raises. */
static PyObject *replace_first(PyObject *heap, PyObject *item)
{
	PyObject *first = PyList_GET_ITEM(heap, 0);
	PyList_SET_ITEM(heap, 0, item);
	if (sift_up(heap) < 0)
		Py_CLEAR(first);
	return first;
}

PyObject *pf_rt_heap_pop(PyObject *heap)
{
	if (PyList_GET_SIZE(heap) == 0)
		return is_empty();
	PyObject *last = pf_rt_list_pop(heap, -1);
	return last && PyList_GET_SIZE(heap) > 0 ? replace_first(heap, last) : last;
}

PyObject *pf_rt_heap_replace(PyObject *heap, PyObject *item)
{
	return PyList_GET_SIZE(heap) > 0 ? replace_first(heap, Py_NewRef(item)) : is_empty();
}

PyObject *pf_rt_heap_pushpop(PyObject *heap, PyObject *item)
{
	int less = PyList_GET_SIZE(heap) > 0 ? runtime_is_less(PyList_GET_ITEM(heap, 0), item) : 0;
	if (less <= 0)
		return less == 0 ? Py_NewRef(item) : NULL;
	return pf_rt_heap_replace(heap, item);
}
