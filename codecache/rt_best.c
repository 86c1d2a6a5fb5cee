/* rt_best.c - the rest of a call of min() or max() with key= that native code has left: see jit/build_best.c.
 *
 * It is a function that CPython calls in the place of the builtin, so that what raises in it has the traceback that it
 * has there. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/state.h"
#include "codecache/runtime.h"

enum { FUNCTION, ITERATOR, BEST, BEST_KEY, ITEM, KEY, IS_BETTER, N_PARTS };
_Static_assert((int)N_PARTS == (int)STATE_BEST_PARTS, "what build_best.c gives");

/* What is missing in the tuple of the parts: no Python code can have it. */
static PyTypeObject nothing_type = { PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.nothing" };
static PyObject nothing = { 1, &nothing_type };

static PyObject *part(PyObject *parts, int i)
{
	PyObject *value = PyTuple_GET_ITEM(parts, i);
	return value == &nothing ? NULL : Py_NewRef(value);
}

struct best {
	PyObject *function, *iterator, *best, *best_key, *item, *key, *is_better;
};

static void replace(PyObject **what, PyObject **by)
{
	PyObject *old = *what;
	*what = *by;
	*by = NULL;
	Py_XDECREF(old);
}

/* The item takes the best one's place if its key is better: min_max() in Python/bltinmodule.c. */
static int compare(struct best *b, int op)
{
	int better = 1;
	if (b->is_better)
		better = PyObject_IsTrue(b->is_better);
	else if (b->best)
		better = PyObject_RichCompareBool(b->key, b->best_key, op);
	if (better < 0)
		return -1;
	Py_CLEAR(b->is_better);
	if (better) {
		replace(&b->best_key, &b->key);
		replace(&b->best, &b->item);
	}
	Py_CLEAR(b->item);
	Py_CLEAR(b->key);
	return 0;
}

static int go_on(struct best *b, int op)
{
	for (;;) {
		if (!b->item)
			b->item = PyIter_Next(b->iterator);
		if (!b->item)
			return PyErr_Occurred() ? -1 : 0;
		if (!b->key)
			b->key = PyObject_CallOneArg(b->function, b->item);
		if (!b->key || compare(b, op) < 0)
			return -1;
	}
}

static PyObject *rest(PyObject *parts, int op)
{
	struct best b = { part(parts, FUNCTION), PyObject_GetIter(PyTuple_GET_ITEM(parts, ITERATOR)),
			  part(parts, BEST),     part(parts, BEST_KEY),
			  part(parts, ITEM),     part(parts, KEY),
			  part(parts, IS_BETTER) };
	PyObject *result = NULL;
	if (b.iterator && go_on(&b, op) == 0) {
		result = Py_XNewRef(b.best);
		if (!result)
			PyErr_Format(PyExc_ValueError, "%s() arg is an empty sequence", op == Py_LT ? "min" : "max");
	}
	Py_XDECREF(b.is_better);
	Py_XDECREF(b.key);
	Py_XDECREF(b.item);
	Py_XDECREF(b.best_key);
	Py_XDECREF(b.best);
	Py_XDECREF(b.iterator);
	Py_XDECREF(b.function);
	return result;
}

static PyObject *rest_of_min(PyObject *parts, PyObject *ignored)
{
	(void)ignored;
	return rest(parts, Py_LT);
}

static PyObject *rest_of_max(PyObject *parts, PyObject *ignored)
{
	(void)ignored;
	return rest(parts, Py_GT);
}

PyObject *runtime_best(bool max, PyObject *const *parts)
{
	static PyMethodDef methods[] = { { "min", rest_of_min, METH_O, NULL }, { "max", rest_of_max, METH_O, NULL } };
	PyObject *tuple = PyTuple_New(N_PARTS);
	for (int i = 0; tuple && i < N_PARTS; i++)
		PyTuple_SET_ITEM(tuple, i, Py_NewRef(parts[i] ? parts[i] : &nothing));
	PyObject *function = tuple ? PyCFunction_New(&methods[max], tuple) : NULL;
	Py_XDECREF(tuple);
	return function;
}
