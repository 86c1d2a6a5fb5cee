/* rt_numbers.c - lists of ints or floats that no Python code sees, for native code: numbers in an array instead of
 * objects (codecache/jit/pass_lists.c decides which lists are such).
 *
 * They are objects of a type of our own, with the layout of lists, so that references to them are counted as those of
 * any other object, and lengths are read as those of lists.  Never may one get to Python code: a side exit, or the
 * return of one, makes the list that it stands for, always the same one. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/rt.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

struct numbers {
	PyListObject base; /* its ob_item are int64_t, or double, of 8 bytes as well */
	enum rt_numbers kind;
	PyObject *list; /* that it became; NULL: none yet */
};

_Static_assert(sizeof(PyObject *) == sizeof(int64_t) && sizeof(PyObject *) == sizeof(double), "items are words");

static void numbers_dealloc(PyObject *object)
{
	struct numbers *n = (struct numbers *)object;
	PyMem_Free(n->base.ob_item);
	Py_XDECREF(n->list);
	PyObject_Free(n);
}

static PyTypeObject numbers_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.numbers",
	.tp_basicsize = sizeof(struct numbers),
	.tp_dealloc = numbers_dealloc,
};

PyObject *pf_rt_numbers_new(int64_t kind, int64_t room)
{
	if ((size_t)room > PY_SSIZE_T_MAX / sizeof(PyObject *))
		return PyErr_NoMemory();
	struct numbers *n = PyObject_Malloc(sizeof(*n));
	PyObject **items = PyMem_Malloc((size_t)room * sizeof(items[0]));
	if (!n || !items) {
		PyObject_Free(n);
		PyMem_Free(items);
		return PyErr_NoMemory();
	}
	*n = (struct numbers){
		.base = { .ob_base = { .ob_base = { 1, &numbers_type } }, .ob_item = items, .allocated = room },
		.kind = (enum rt_numbers)kind
	};
	return (PyObject *)n;
}

static int64_t not_negative(int64_t n)
{
	return n > 0 ? n : 0;
}

/* bits: of the number. */
static PyObject *repeat(enum rt_numbers kind, int64_t bits, int64_t n)
{
	PyObject *numbers = pf_rt_numbers_new(kind, not_negative(n));
	if (!numbers)
		return NULL;
	int64_t *items = (int64_t *)((PyListObject *)numbers)->ob_item;
	for (int64_t i = 0; i < n; i++)
		items[i] = bits;
	Py_SET_SIZE((PyVarObject *)numbers, not_negative(n));
	return numbers;
}

PyObject *pf_rt_numbers_repeat_i64(int64_t value, int64_t n)
{
	return repeat(RT_NUMBERS_I64, value, n);
}

PyObject *pf_rt_numbers_repeat_f64(double value, int64_t n)
{
	int64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	return repeat(RT_NUMBERS_F64, bits, n);
}

/* As list_resize() in Objects/listobject.c grows. */
int pf_rt_numbers_grow(PyObject *numbers)
{
	PyListObject *list = (PyListObject *)numbers;
	size_t room = ((size_t)list->allocated + 1 + ((size_t)list->allocated >> 3) + 6) & ~(size_t)3;
	PyObject **items =
		room > PY_SSIZE_T_MAX / sizeof(items[0]) ? NULL : PyMem_Realloc(list->ob_item, room * sizeof(items[0]));
	if (!items) {
		PyErr_NoMemory();
		return -1;
	}
	list->ob_item = items;
	list->allocated = (Py_ssize_t)room;
	return 0;
}

static PyObject *boxed(const struct numbers *n, Py_ssize_t i)
{
	return n->kind == RT_NUMBERS_I64 ? PyLong_FromLongLong(((int64_t *)n->base.ob_item)[i])
					 : PyFloat_FromDouble(((double *)n->base.ob_item)[i]);
}

/* Runs of one number are one object, as after [0.0] * n. */
static PyObject *list_of(const struct numbers *n)
{
	Py_ssize_t size = Py_SIZE(n);
	const int64_t *bits = (const int64_t *)n->base.ob_item;
	PyObject *list = PyList_New(size);
	for (Py_ssize_t i = 0; list && i < size; i++) {
		PyObject *item =
			i > 0 && bits[i] == bits[i - 1] ? Py_NewRef(PyList_GET_ITEM(list, i - 1)) : boxed(n, i);
		if (!item)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

PyObject *runtime_seen(PyObject *object)
{
	if (!object || !Py_IS_TYPE(object, &numbers_type))
		return Py_XNewRef(object);
	struct numbers *n = (struct numbers *)object;
	if (!n->list)
		n->list = list_of(n);
	return Py_XNewRef(n->list);
}

PyObject *pf_rt_numbers_seen(PyObject *numbers)
{
	PyObject *list = runtime_seen(numbers);
	Py_XDECREF(list); /* the numbers have it */
	return list;
}

PyObject *pf_rt_numbers_to_list(PyObject *numbers)
{
	PyObject *list = runtime_seen(numbers);
	Py_DECREF(numbers);
	return list;
}

int pf_rt_numbers_drop(PyObject *numbers)
{
	Py_XDECREF(numbers);
	return 0;
}
