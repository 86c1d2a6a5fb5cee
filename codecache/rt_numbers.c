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
#include "codecache/rt_numbers.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

_Static_assert(sizeof(PyObject *) == sizeof(int64_t) && sizeof(PyObject *) == sizeof(double), "items are words");

/* Some that are no more, with the room that they had, for the next ones: slices come and go. */
enum { MAX_SPARE = 8, MAX_SPARE_ROOM = 128 };
static struct numbers *spare[MAX_SPARE];
static int n_spare;

static void numbers_dealloc(PyObject *object)
{
	struct numbers *n = (struct numbers *)object;
	Py_XDECREF(n->list);
	for (Py_ssize_t i = Py_SIZE(n); n->kind == RT_NUMBERS_ROWS && i-- > 0;)
		Py_DECREF(n->base.ob_item[i]);
	if (n_spare < MAX_SPARE && n->base.allocated <= MAX_SPARE_ROOM) {
		spare[n_spare++] = n;
		return;
	}
	PyMem_Free(n->base.ob_item);
	PyObject_Free(n);
}

static PyTypeObject numbers_object = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.numbers",
	.tp_basicsize = sizeof(struct numbers),
	.tp_dealloc = numbers_dealloc,
};

PyTypeObject *numbers_type(void)
{
	return &numbers_object;
}

static void begin(struct numbers *n, int64_t kind, PyObject **items, Py_ssize_t room)
{
	*n = (struct numbers){
		.base = { .ob_base = { .ob_base = { 1, &numbers_object } }, .ob_item = items, .allocated = room },
		.kind = (enum rt_numbers)kind
	};
}

PyObject *pf_rt_numbers_new(int64_t kind, int64_t room)
{
	if (n_spare > 0 && room <= spare[n_spare - 1]->base.allocated) {
		struct numbers *again = spare[--n_spare];
		begin(again, kind, again->base.ob_item, again->base.allocated);
		return (PyObject *)again;
	}
	if ((size_t)room > PY_SSIZE_T_MAX / sizeof(PyObject *))
		return PyErr_NoMemory();
	struct numbers *n = PyObject_Malloc(sizeof(*n));
	PyObject **items = PyMem_Malloc((size_t)room * sizeof(items[0]));
	if (!n || !items) {
		PyObject_Free(n);
		PyMem_Free(items);
		return PyErr_NoMemory();
	}
	begin(n, kind, items, room);
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
int numbers_reserve(PyObject *numbers, Py_ssize_t n)
{
	PyListObject *list = (PyListObject *)numbers;
	if (n <= list->allocated)
		return 0;
	size_t room = ((size_t)n + ((size_t)n >> 3) + 6) & ~(size_t)3;
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

int pf_rt_numbers_grow(PyObject *numbers)
{
	return numbers_reserve(numbers, ((PyListObject *)numbers)->allocated + 1);
}

int pf_rt_numbers_append_row(PyObject *numbers, PyObject *row)
{
	Py_ssize_t n = Py_SIZE(numbers);
	if (numbers_reserve(numbers, n + 1) < 0)
		return -1;
	((PyListObject *)numbers)->ob_item[n] = row;
	Py_SET_SIZE((PyVarObject *)numbers, n + 1);
	return 0;
}

PyObject *numbers_item(const struct numbers *n, Py_ssize_t i)
{
	if (n->kind == RT_NUMBERS_ROWS)
		return runtime_seen(n->base.ob_item[i]);
	return n->kind == RT_NUMBERS_I64 ? PyLong_FromLongLong(((int64_t *)n->base.ob_item)[i])
					 : PyFloat_FromDouble(((double *)n->base.ob_item)[i]);
}

/* Runs of one number are one object, as after [0.0] * n. */
PyObject *numbers_list(const struct numbers *n)
{
	Py_ssize_t size = Py_SIZE(n);
	const int64_t *bits = (const int64_t *)n->base.ob_item;
	PyObject *list = PyList_New(size);
	for (Py_ssize_t i = 0; list && i < size; i++) {
		PyObject *item =
			i > 0 && bits[i] == bits[i - 1] ? Py_NewRef(PyList_GET_ITEM(list, i - 1)) : numbers_item(n, i);
		if (!item)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

PyObject *runtime_seen(PyObject *object)
{
	if (!object || !Py_IS_TYPE(object, &numbers_object))
		return Py_XNewRef(object);
	struct numbers *n = (struct numbers *)object;
	if (!n->list)
		n->list = numbers_list(n);
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
