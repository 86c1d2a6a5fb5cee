/* cpython311_deque.c - deques: dequeobject of Modules/_collectionsmodule.c of CPython 3.11.  What needs or frees a
 * block, raises, or drops an item because of maxlen is left to the methods. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "codecache/deques.h"
#include "codecache/runtime_priv.h"

enum { BLOCK_ITEMS = 64 };

struct deque_block {
	struct deque_block *left;
	PyObject *items[BLOCK_ITEMS];
	struct deque_block *right;
};

struct deque {
	PyObject_VAR_HEAD struct deque_block *leftmost, *rightmost;
	Py_ssize_t left, right; /* of its first and its last item in these blocks */
	size_t state;           /* how often it was changed: iterators look at that */
	Py_ssize_t most;        /* -1: no limit */
	Py_ssize_t n_free;
	struct deque_block *free[16];
	PyObject *weakrefs;
};

static PyTypeObject *type;

/* Whether deques are what is written here: the module is another one in a CPython that somebody has changed. */
static bool is_as_expected(PyObject *found)
{
	if (!PyType_Check(found) || ((PyTypeObject *)found)->tp_basicsize != sizeof(struct deque))
		return false;
	PyObject *deque = PyObject_CallFunction(found, "((OO)i)", Py_None, Py_True, 7);
	const struct deque *d = (struct deque *)deque;
	bool is = d && Py_SIZE(d) == 2 && d->most == 7 && d->leftmost == d->rightmost && d->right == d->left + 1 &&
		  d->left > 0 && d->right < BLOCK_ITEMS - 1 && d->leftmost->items[d->left] == Py_None &&
		  d->rightmost->items[d->right] == Py_True;
	Py_XDECREF(deque);
	return is;
}

PyTypeObject *deque_type(void)
{
	PyObject *module = type ? NULL : PyImport_ImportModule("_collections");
	PyObject *found = module ? PyObject_GetAttrString(module, "deque") : NULL;
	if (found && is_as_expected(found))
		type = (PyTypeObject *)Py_NewRef(found);
	Py_XDECREF(found);
	Py_XDECREF(module);
	PyErr_Clear();
	return type;
}

/* The method of that name, which is one of C: argument NULL if it has none. */
static PyObject *by_method(PyObject *deque, const char *name, PyObject *argument)
{
	PyObject *method = PyDict_GetItemString(type->tp_dict, name);
	PyObject *args[] = { deque, argument };
	return PyObject_Vectorcall(method, args, argument ? 2 : 1, NULL);
}

static int append_by_method(PyObject *deque, const char *name, PyObject *item)
{
	PyObject *none = by_method(deque, name, item);
	if (!none)
		return -1;
	Py_DECREF(none);
	Py_DECREF(item);
	return 0;
}

static void changes_size(struct deque *d, Py_ssize_t by)
{
	Py_SET_SIZE((PyVarObject *)d, Py_SIZE(d) + by);
	d->state++;
}

int pf_rt_deque_append(PyObject *deque, PyObject *item)
{
	struct deque *d = (struct deque *)deque;
	if (d->most >= 0 || d->right == BLOCK_ITEMS - 1)
		return append_by_method(deque, "append", item);
	d->rightmost->items[++d->right] = item;
	changes_size(d, 1);
	return 0;
}

int pf_rt_deque_appendleft(PyObject *deque, PyObject *item)
{
	struct deque *d = (struct deque *)deque;
	if (d->most >= 0 || d->left == 0)
		return append_by_method(deque, "appendleft", item);
	d->leftmost->items[--d->left] = item;
	changes_size(d, 1);
	return 0;
}

PyObject *pf_rt_deque_pop(PyObject *deque)
{
	struct deque *d = (struct deque *)deque;
	if (Py_SIZE(d) == 0 || d->right == 0)
		return by_method(deque, "pop", NULL);
	changes_size(d, -1);
	return d->rightmost->items[d->right--];
}

PyObject *pf_rt_deque_popleft(PyObject *deque)
{
	struct deque *d = (struct deque *)deque;
	if (Py_SIZE(d) == 0 || d->left == BLOCK_ITEMS - 1)
		return by_method(deque, "popleft", NULL);
	changes_size(d, -1);
	return d->leftmost->items[d->left++];
}

PyObject *pf_rt_deque_item(PyObject *deque, int64_t index)
{
	const struct deque *d = (struct deque *)deque;
	Py_ssize_t n = Py_SIZE(d);
	index = index < 0 ? index + n : index;
	if (index == 0 && n > 0)
		return Py_NewRef(d->leftmost->items[d->left]);
	if (index == n - 1 && n > 0)
		return Py_NewRef(d->rightmost->items[d->right]);
	return type->tp_as_sequence->sq_item(deque, index);
}
