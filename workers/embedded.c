/* embedded.c - see embedded.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <string.h>

#include "workers/embedded.h"
#include "workers/embedded_sources.h" /* generated: EMBEDDED_SOURCES(X), X(name, text) */
#include "workers/python_ref.h"

static const struct {
	const char *name, *text;
} sources[] = {
#define X(module, source) { #module, source },
	EMBEDDED_SOURCES(X)
#undef X
};

static const char *find(const char *name)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].name, name) == 0)
			return sources[i].text;
	return NULL;
}

PyObject *embedded_import(const char *name)
{
	char full[64], file[64];
	(void)snprintf(full, sizeof(full), "_preforge_%s", name);
	(void)snprintf(file, sizeof(file), "<preforge %s>", name);
	cleanup_py PyObject *key = PyUnicode_FromString(full);
	PyObject *module = key ? PyImport_GetModule(key) : NULL;
	if (module || PyErr_Occurred())
		return module;
	const char *text = find(name);
	if (!text)
		return PyErr_Format(PyExc_ImportError, "no embedded module %s", name);
	cleanup_py PyObject *code = Py_CompileString(text, file, Py_file_input);
	return code ? PyImport_ExecCodeModule(full, code) : NULL;
}

PyObject *embedded_call(const char *name, const char *function, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	cleanup_py PyObject *args = Py_VaBuildValue(format, list);
	va_end(list);
	cleanup_py PyObject *module = args ? embedded_import(name) : NULL;
	cleanup_py PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
	return callable ? PyObject_Call(callable, args, NULL) : NULL;
}
