/* app.c - see app.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workers/app_priv.h"
#include "workers/embedded.h"
#include "workers/interpreter.h"
#include "workers/python_ref.h"

/* sys.path[0] = directory of path, sys.argv = [path] */
static int prepare_sys(PyObject *path)
{
	const char *utf8 = PyUnicode_AsUTF8(path);
	const char *slash = utf8 ? strrchr(utf8, '/') : NULL;
	if (!slash)
		return -1;
	cleanup_py PyObject *directory = PyUnicode_FromStringAndSize(utf8, slash == utf8 ? 1 : slash - utf8);
	PyObject *search = PySys_GetObject("path"); /* borrowed */
	cleanup_py PyObject *argv = Py_BuildValue("[O]", path);
	if (!directory || !argv || !search)
		return -1;
	PyObject *first = PyList_GET_SIZE(search) > 0 ? PyList_GET_ITEM(search, 0) : NULL; /* borrowed */
	bool is_there = first && PyUnicode_Check(first) && PyUnicode_Compare(first, directory) == 0;
	if (!is_there && PyList_Insert(search, 0, directory) < 0)
		return -1;
	return PySys_SetObject("argv", argv);
}

/* A new module object with the attributes of an imported one; *ret_code: what to run in it.  The loader compiles, so
 * that
 * __pycache__ and source encodings work as for any import. */
static PyObject *make_module(PyObject *name, PyObject *path, PyObject **ret_code)
{
	cleanup_py PyObject *machinery = PyImport_ImportModule("importlib.machinery");
	cleanup_py PyObject *util = PyImport_ImportModule("importlib.util");
	if (!machinery || !util)
		return NULL;
	cleanup_py PyObject *loader = PyObject_CallMethod(machinery, "SourceFileLoader", "OO", name, path);
	cleanup_py PyObject *from_location = PyObject_GetAttrString(util, "spec_from_file_location");
	cleanup_py PyObject *args = PyTuple_Pack(2, name, path);
	cleanup_py PyObject *keywords = loader ? Py_BuildValue("{sO}", "loader", loader) : NULL;
	if (!loader || !from_location || !args || !keywords)
		return NULL;
	cleanup_py PyObject *spec = PyObject_Call(from_location, args, keywords);
	if (!spec)
		return NULL;
	cleanup_py PyObject *module = PyObject_CallMethod(util, "module_from_spec", "O", spec);
	if (!module)
		return NULL;
	*ret_code = PyObject_CallMethod(loader, "get_code", "O", name);
	if (!*ret_code) {
		/* A SyntaxError says the place itself; importlib's own frames help nobody. */
		PyObject *type, *value, *traceback;
		PyErr_Fetch(&type, &value, &traceback);
		PyErr_NormalizeException(&type, &value, &traceback);
		Py_CLEAR(traceback);
		if (value)
			(void)PyException_SetTraceback(value, Py_None);
		PyErr_Restore(type, value, NULL);
		return NULL;
	}
	return steal_ptr(module);
}

static int run_module(struct app *app, PyObject *name, PyObject *path)
{
	cleanup_py PyObject *code = NULL;
	app->module = make_module(name, path, &code);
	if (!app->module)
		return -1;
	PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
	if (PyObject_SetItem(modules, name, app->module) < 0)
		return -1;
	PyObject *globals = PyModule_GetDict(app->module); /* borrowed */
	if (!PyDict_GetItemString(globals, "__builtins__") &&
	    PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0)
		return -1;
	cleanup_py PyObject *result = PyEval_EvalCode(code, globals, globals);
	return result ? 0 : -1;
}

/* A new list of str, or a new None if there are no patterns. */
static PyObject *patterns_list(const struct app_options *options)
{
	if (options->n_methods == 0)
		return Py_NewRef(Py_None);
	PyObject *list = PyList_New((Py_ssize_t)options->n_methods);
	for (size_t i = 0; list && i < options->n_methods; i++) {
		PyObject *pattern =
			PyUnicode_DecodeUTF8(options->methods[i], (Py_ssize_t)strlen(options->methods[i]), "replace");
		if (!pattern)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, (Py_ssize_t)i, pattern);
	}
	return list;
}

/* A ValueError of workers/py/methods.py is a sentence for people; anything else is not. */
static int cause_from_listing(struct app *app, struct cause *cause)
{
	if (!PyErr_ExceptionMatches(PyExc_ValueError))
		return interpreter_cause(cause, app->path);
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	cleanup_py PyObject *owned_type = type, *owned_value = value, *owned_traceback = traceback;
	cleanup_py PyObject *text = value ? PyObject_Str(value) : NULL;
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	PyErr_Clear();
	return cause_set(cause, -EINVAL, "%s", utf8 ? utf8 : app->path);
}

static int find_methods(struct app *app, const struct app_options *options, struct cause *cause)
{
	cleanup_py PyObject *path = PyUnicode_DecodeFSDefault(app->path);
	cleanup_py PyObject *patterns = patterns_list(options);
	cleanup_py PyObject *both = path && patterns ? embedded_call("methods", "offered", "(OOOs)", app->module, path,
								     patterns, options->prefix ? options->prefix : "")
						     : NULL;
	if (!both)
		return cause_from_listing(app, cause);
	app->methods = Py_NewRef(PyTuple_GET_ITEM(both, 0));
	app->refused = Py_NewRef(PyTuple_GET_ITEM(both, 1));
	return 0;
}

/* The module's name: "/srv/app.py" -> "app". */
static PyObject *stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	return PyUnicode_DecodeFSDefaultAndSize(base, dot && dot > base ? dot - base : (Py_ssize_t)strlen(base));
}

int app_load(const struct app_options *options, struct app **ret, char **ret_traceback, struct cause *cause)
{
	*ret_traceback = NULL;
	char path[PATH_MAX];
	if (!realpath(options->path, path))
		return cause_set_errno(cause, -errno, "cannot read the app %s", options->path);
	if (access(path, R_OK) < 0)
		return cause_set_errno(cause, -errno, "cannot read the app %s", path);

	cleanup(app_freep) struct app *app = calloc(1, sizeof(*app));
	cleanup_py PyObject *name = options->name ? PyUnicode_FromString(options->name) : stem(path);
	cleanup_py PyObject *py_path = PyUnicode_DecodeFSDefault(path);
	if (app)
		app->path = strdup(path);
	if (!app || !app->path || !name || !py_path) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "not enough memory to import %s", path);
	}
	if (PyDict_Contains(PyImport_GetModuleDict(), name) == 1)
		return cause_set(cause, -EEXIST,
				 "cannot import %s: a module of the name %s is loaded already; rename the %s", path,
				 PyUnicode_AsUTF8(name), options->name ? "section" : "file");
	if (prepare_sys(py_path) < 0 || run_module(app, name, py_path) < 0) {
		char context[PATH_MAX + 32];
		(void)snprintf(context, sizeof(context), "cannot import %s", path);
		int r = interpreter_cause(cause, context);
		*ret_traceback = interpreter_take_traceback();
		return r;
	}
	int r = find_methods(app, options, cause);
	if (r < 0) {
		PyErr_Clear();
		return r;
	}
	*ret = steal_ptr(app);
	return 0;
}

void app_free(struct app *app)
{
	if (!app)
		return;
	Py_XDECREF(app->methods);
	Py_XDECREF(app->refused);
	free(app->path);
	Py_XDECREF(app->module);
	free(app);
}

PyObject *app_methods(const struct app *app)
{
	return app->methods;
}

PyObject *app_refused(const struct app *app)
{
	return app->refused;
}

PyObject *app_module(const struct app *app)
{
	return app->module;
}
