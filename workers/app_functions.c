/* app_functions.c - all functions of an app, those that are no methods included; see app.h. */
#include "config.h"

#include <Python.h>

#include "workers/app_priv.h"
#include "workers/python_ref.h"

struct collection {
	PyObject *list;
	PyObject *seen; /* set of the addresses of functions and classes */
	PyObject *module_name;
};

static int collect_namespace(struct collection *to, PyObject *namespace);

/* 1: new, 0: seen before, -1: exception */
static int mark_seen(struct collection *to, PyObject *object)
{
	cleanup_py PyObject *address = PyLong_FromVoidPtr(object);
	if (!address)
		return -1;
	int seen = PySet_Contains(to->seen, address);
	if (seen != 0)
		return seen < 0 ? -1 : 0;
	return PySet_Add(to->seen, address) < 0 ? -1 : 1;
}

static bool is_of_module(struct collection *to, PyObject *object)
{
	cleanup_py PyObject *defined_in = PyObject_GetAttrString(object, "__module__");
	if (!defined_in)
		PyErr_Clear();
	return defined_in && PyUnicode_Check(defined_in) && PyUnicode_Compare(defined_in, to->module_name) == 0;
}

static int collect_attribute(struct collection *to, PyObject *object, const char *attribute);

static int collect(struct collection *to, PyObject *object)
{
	if (PyFunction_Check(object)) {
		int new = mark_seen(to, object);
		if (new <= 0)
			return new;
		/* A wrapper with functools.wraps() says the module of what it wraps; its globals tell the truth. */
		PyObject *home = PyDict_GetItemString(PyFunction_GET_GLOBALS(object), "__name__"); /* borrowed */
		bool ours = home && PyUnicode_Check(home) && PyUnicode_Compare(home, to->module_name) == 0;
		if (ours && PyList_Append(to->list, object) < 0)
			return -1;
		return collect_attribute(to, object, "__wrapped__");
	}
	if (PyType_Check(object)) {
		if (!is_of_module(to, object))
			return 0;
		int new = mark_seen(to, object);
		return new <= 0 ? new : collect_namespace(to, ((PyTypeObject *)object)->tp_dict);
	}
	if (Py_IS_TYPE(object, &PyStaticMethod_Type) || Py_IS_TYPE(object, &PyClassMethod_Type))
		return collect_attribute(to, object, "__func__");
	if (Py_IS_TYPE(object, &PyProperty_Type)) {
		static const char *const parts[] = { "fget", "fset", "fdel" };
		for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++)
			if (collect_attribute(to, object, parts[i]) < 0)
				return -1;
		return 0;
	}
	if (PyCallable_Check(object) && is_of_module(to, object))
		return collect_attribute(to, object, "__wrapped__"); /* functools.lru_cache() */
	return 0;
}

static int collect_attribute(struct collection *to, PyObject *object, const char *attribute)
{
	cleanup_py PyObject *value = PyObject_GetAttrString(object, attribute);
	if (!value) {
		PyErr_Clear();
		return 0;
	}
	return PyFunction_Check(value) ? collect(to, value) : 0;
}

static int collect_namespace(struct collection *to, PyObject *namespace)
{
	cleanup_py PyObject *values = PyDict_Values(namespace);
	for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(values); i++)
		if (collect(to, PyList_GET_ITEM(values, i)) < 0)
			return -1;
	return values ? 0 : -1;
}

/* Methods that the app offers without having defined them. */
static int collect_methods(struct collection *to, PyObject *methods)
{
	Py_ssize_t position = 0;
	PyObject *name, *callable;
	while (PyDict_Next(methods, &position, &name, &callable)) {
		PyObject *function = PyMethod_Check(callable) ? PyMethod_GET_FUNCTION(callable) : callable;
		int new = PyFunction_Check(function) ? mark_seen(to, function) : 0;
		if (new < 0 || (new > 0 && PyList_Append(to->list, function) < 0))
			return -1;
	}
	return 0;
}

PyObject *app_functions(const struct app *app)
{
	cleanup_py PyObject *list = PyList_New(0);
	cleanup_py PyObject *seen = PySet_New(NULL);
	cleanup_py PyObject *name = PyModule_GetNameObject(app->module);
	struct collection to = { .list = list, .seen = seen, .module_name = name };
	if (!list || !seen || !name || collect_namespace(&to, PyModule_GetDict(app->module)) < 0 ||
	    collect_methods(&to, app->methods) < 0)
		return NULL;
	return steal_ptr(list);
}
