/* embed.h - an interpreter for unit tests, and Python source in it. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>

/* No site-packages and no environment variables of the caller's, except for PYTHONMALLOC (sanitizers). */
static inline void embed_start(void)
{
	PyPreConfig pre;
	PyPreConfig_InitPythonConfig(&pre);
	pre.utf8_mode = 1;
	PyConfig config;
	PyConfig_InitPythonConfig(&config);
	config.site_import = 0;
	config.install_signal_handlers = 1;
	if (PyStatus_Exception(Py_PreInitialize(&pre)) || PyStatus_Exception(Py_InitializeFromConfig(&config))) {
		fprintf(stderr, "CPython does not start\n");
		exit(99);
	}
	PyConfig_Clear(&config);
}

/* Run the source as module NAME; its globals, borrowed. */
static inline PyObject *embed_module(const char *name, const char *source)
{
	PyObject *code = Py_CompileString(source, name, Py_file_input);
	PyObject *module = code ? PyImport_ExecCodeModule(name, code) : NULL;
	if (!module) {
		PyErr_Print();
		exit(99);
	}
	Py_DECREF(code);
	PyObject *globals = PyModule_GetDict(module);
	Py_DECREF(module); /* sys.modules keeps it */
	return globals;
}

/* The functions (and other callables) of the globals that were defined there: a new dict. */
static inline PyObject *embed_methods(PyObject *globals, const char *name)
{
	PyObject *methods = PyDict_New();
	Py_ssize_t position = 0;
	PyObject *key, *value;
	while (PyDict_Next(globals, &position, &key, &value)) {
		PyObject *module = PyObject_GetAttrString(value, "__module__");
		PyErr_Clear();
		if (module && PyUnicode_Check(module) && PyCallable_Check(value) &&
		    PyUnicode_CompareWithASCIIString(module, name) == 0 && PyUnicode_READ_CHAR(key, 0) != '_')
			PyDict_SetItem(methods, key, value);
		Py_XDECREF(module);
	}
	return methods;
}
