/* cpython311_dict.c - dicts: what iterates over their items, without the tuples (dictiterobject and
 * dictiter_iternextitem() in Objects/dictobject.c of CPython 3.11), and what their keys are. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>

#include "codecache/jit/cpython311_dict.h"
#include "codecache/runtime_priv.h"

struct dict_iterator {
	PyObject_HEAD
	PyDictObject *dict; /* NULL: at its end */
	Py_ssize_t used;    /* what the dict had; -1: it has said that this has changed */
	Py_ssize_t position;
	PyObject *result; /* a tuple that is used again and again */
	Py_ssize_t left;
};

/* What is out of the ordinary (the end, a dict that has changed) is CPython's. */
static PyObject *next_tuple(PyObject *iterator, PyObject **ret)
{
	PyObject *tuple = Py_TYPE(iterator)->tp_iternext(iterator), *key;
	if (!tuple)
		return NULL;
	key = Py_NewRef(PyTuple_GET_ITEM(tuple, 0));
	*ret = Py_NewRef(PyTuple_GET_ITEM(tuple, 1));
	Py_DECREF(tuple);
	return key;
}

PyObject *pf_rt_next_item(PyObject *iterator, PyObject **ret)
{
	struct dict_iterator *i = (struct dict_iterator *)iterator;
	PyObject *key;
	if (Py_TYPE(iterator)->tp_basicsize != sizeof(*i) || !i->dict || i->used != i->dict->ma_used || i->left <= 0 ||
	    !PyDict_Next((PyObject *)i->dict, &i->position, &key, ret))
		return next_tuple(iterator, ret);
	i->left--;
	Py_INCREF(*ret);
	return Py_NewRef(key);
}

bool dict_has_str_keys(PyObject *dict)
{
	return DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}
