/* cpython311_setattr.c - see cpython311_setattr.h.  Source: wrapperdescr_call() in Objects/descrobject.c,
 * wrap_setattr() and hackcheck() in Objects/typeobject.c of CPython 3.11. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/cpython311_setattr.h"

static bool is_objects(PyObject *callable)
{
	static PyObject *known; /* object's: it lives as long as the process */
	if (callable == known || !Py_IS_TYPE(callable, &PyWrapperDescr_Type))
		return callable == known;
	const PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)callable;
	if (PyDescr_TYPE(callable) != &PyBaseObject_Type || strcmp(wrapper->d_base->name, "__setattr__") != 0)
		return false;
	known = callable;
	return true;
}

/* Classes, by version, of whose instances CPython has set attributes so: nothing between them and object has another
 * way. */
static bool *is_fine(PyTypeObject *type)
{
	static struct {
		unsigned version;
		bool is_fine;
	} classes[64];
	if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG) || type->tp_version_tag == 0)
		return NULL;
	unsigned place = type->tp_version_tag % Py_ARRAY_LENGTH(classes);
	if (classes[place].version != type->tp_version_tag) {
		classes[place].version = type->tp_version_tag;
		classes[place].is_fine = false;
	}
	return &classes[place].is_fine;
}

static PyObject *set(PyObject *const *args)
{
	if (Py_EnterRecursiveCall(" while calling a Python object")) /* as _PyObject_MakeTpCall() */
		return NULL;
	int r = PyObject_GenericSetAttr(args[0], args[1], args[2]);
	Py_LeaveRecursiveCall();
	return r < 0 ? NULL : Py_NewRef(Py_None);
}

bool setattr_call(PyObject *callable, PyObject *const *args, int64_t n, PyObject **ret)
{
	if (!is_objects(callable) || n != 3)
		return false;
	bool *fine = is_fine(Py_TYPE(args[0]));
	if (!fine)
		return false;
	if (*fine) {
		*ret = set(args);
		return true;
	}
	unsigned version = Py_TYPE(args[0])->tp_version_tag;
	*ret = PyObject_Vectorcall(callable, args, (size_t)n, NULL);
	fine = *ret ? is_fine(Py_TYPE(args[0])) : NULL;
	if (fine && version == Py_TYPE(args[0])->tp_version_tag)
		*fine = true;
	return true;
}
