/* app.c - see app.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "workers/app.h"

struct app {
	PyObject *module;
	PyObject *methods;
};

static inline void py_clearp(PyObject **object)
{
	Py_CLEAR(*object);
}
#define cleanup_py cleanup(py_clearp)

const char *app_python_executable(void)
{
	static char path[PATH_MAX];
	const char *environment = getenv("VIRTUAL_ENV");
	if (!environment || !*environment)
		return PYTHON_EXECUTABLE;
	int n = snprintf(path, sizeof(path), "%s/lib/python%d.%d", environment, PY_MAJOR_VERSION, PY_MINOR_VERSION);
	if (n < 0 || (size_t)n >= sizeof(path) || access(path, F_OK) < 0)
		return PYTHON_EXECUTABLE;
	n = snprintf(path, sizeof(path), "%s/bin/python3", environment);
	if (n < 0 || (size_t)n >= sizeof(path) || access(path, X_OK) < 0)
		return PYTHON_EXECUTABLE;
	return path;
}

static int stdin_from_null(struct cause *cause)
{
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* dup2() onto itself would leave it close-on-exec, which standard input must not be. */
	if (fd < 0 || (fd == STDIN_FILENO ? fcntl(steal_fd(&fd), F_SETFD, 0) : dup2(fd, STDIN_FILENO)) < 0)
		return cause_set_errno(cause, -errno, "cannot make /dev/null standard input");
	return 0;
}

int app_start_python(struct cause *cause)
{
	int r = stdin_from_null(cause);
	if (r < 0)
		return r;

	PyConfig config;
	PyConfig_InitPythonConfig(&config);
	config.parse_argv = 0;
	config.buffered_stdio = 0; /* what a service prints is read while it runs */
	PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, app_python_executable());
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		return cause_set(cause, -EIO, "cannot start CPython: %s",
				 status.err_msg ? status.err_msg : "it wants to exit");
	return 0;
}

/* "type: message" of the exception that is set, or what can be had of it. */
static int cause_from_exception(struct cause *cause, const char *context)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	cleanup_py PyObject *text = value ? PyObject_Str(value) : NULL;
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	PyErr_Clear();
	const char *name = type ? ((PyTypeObject *)type)->tp_name : "no exception";
	int r = cause_set(cause, -EINVAL, "%s: %s%s%s", context, name, utf8 && *utf8 ? ": " : "", utf8 ? utf8 : "");
	PyErr_Restore(type, value, traceback);
	return r;
}

char *app_take_traceback(void)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	cleanup_py PyObject *owned_type = type, *owned_value = value, *owned_traceback = traceback;

	cleanup_py PyObject *module = PyImport_ImportModule("traceback");
	cleanup_py PyObject *lines =
		module ? PyObject_CallMethod(module, "format_exception", "OOO", type ? type : Py_None,
					     value ? value : Py_None, traceback ? traceback : Py_None)
		       : NULL;
	cleanup_py PyObject *empty = PyUnicode_FromString("");
	cleanup_py PyObject *joined = lines && empty ? PyUnicode_Join(empty, lines) : NULL;
	/* Lone surrogates must not keep the rest from being read. */
	cleanup_py PyObject *bytes = joined ? PyUnicode_AsEncodedString(joined, "utf-8", "backslashreplace") : NULL;
	PyErr_Clear();
	char *text = bytes ? strdup(PyBytes_AS_STRING(bytes)) : NULL;
	if (text && *text && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	return text;
}

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
	if (!directory || !argv || !search || PyList_Insert(search, 0, directory) < 0)
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

/* A function of the module itself, also when a decorator of another module has wrapped it. */
static bool is_public_function(PyObject *value, PyObject *module_name)
{
	bool wrapped = !PyType_Check(value) && PyCallable_Check(value) && PyObject_HasAttrString(value, "__wrapped__");
	if (!PyFunction_Check(value) && !wrapped)
		return false;
	cleanup_py PyObject *defined_in = PyObject_GetAttrString(value, "__module__");
	if (!defined_in)
		PyErr_Clear();
	return defined_in && PyUnicode_Check(defined_in) && PyUnicode_Compare(defined_in, module_name) == 0;
}

static int methods_from_definitions(struct app *app, PyObject *name)
{
	PyObject *globals = PyModule_GetDict(app->module); /* borrowed */
	cleanup_py PyObject *items = PyDict_Items(globals);
	for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++) {
		PyObject *key = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
		PyObject *value = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
		if (!PyUnicode_Check(key) || PyUnicode_GET_LENGTH(key) == 0 || PyUnicode_READ_CHAR(key, 0) == '_')
			continue;
		if (is_public_function(value, name) && PyDict_SetItem(app->methods, key, value) < 0)
			return -1;
	}
	return items ? 0 : -1;
}

static int methods_from_all(struct app *app, const char *path, PyObject *all, struct cause *cause)
{
	cleanup_py PyObject *names = PySequence_List(all);
	if (!names)
		return cause_from_exception(cause, path);
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
		PyObject *name = PyList_GET_ITEM(names, i);
		if (!PyUnicode_Check(name) || !PyUnicode_AsUTF8(name))
			return cause_set(cause, -EINVAL, "%s: __all__ has an entry that is no str but %s", path,
					 Py_TYPE(name)->tp_name);
		cleanup_py PyObject *value = PyObject_GetAttr(app->module, name);
		if (!value) {
			PyErr_Clear();
			return cause_set(cause, -EINVAL, "%s: __all__ names \"%s\", which the module does not define",
					 path, PyUnicode_AsUTF8(name));
		}
		if (!PyCallable_Check(value))
			return cause_set(cause, -EINVAL,
					 "%s: __all__ names \"%s\", which cannot be called: it is of type %s", path,
					 PyUnicode_AsUTF8(name), Py_TYPE(value)->tp_name);
		if (PyDict_SetItem(app->methods, name, value) < 0)
			return cause_from_exception(cause, path);
	}
	return 0;
}

static int find_methods(struct app *app, const char *path, PyObject *name, struct cause *cause)
{
	app->methods = PyDict_New();
	if (!app->methods)
		return cause_from_exception(cause, path);
	PyObject *all = PyDict_GetItemString(PyModule_GetDict(app->module), "__all__"); /* borrowed */
	if (all)
		return methods_from_all(app, path, all, cause);
	if (methods_from_definitions(app, name) < 0)
		return cause_from_exception(cause, path);
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

int app_load(const char *given_path, struct app **ret, char **ret_traceback, struct cause *cause)
{
	*ret_traceback = NULL;
	char path[PATH_MAX];
	if (!realpath(given_path, path))
		return cause_set_errno(cause, -errno, "cannot read the app %s", given_path);
	if (access(path, R_OK) < 0)
		return cause_set_errno(cause, -errno, "cannot read the app %s", path);

	cleanup(app_freep) struct app *app = calloc(1, sizeof(*app));
	cleanup_py PyObject *name = stem(path);
	cleanup_py PyObject *py_path = PyUnicode_DecodeFSDefault(path);
	if (!app || !name || !py_path) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "not enough memory to import %s", path);
	}
	if (PyDict_Contains(PyImport_GetModuleDict(), name) == 1)
		return cause_set(cause, -EEXIST,
				 "cannot import %s: CPython itself has loaded a module of this name; rename the file",
				 path);
	if (prepare_sys(py_path) < 0 || run_module(app, name, py_path) < 0) {
		char context[PATH_MAX + 32];
		(void)snprintf(context, sizeof(context), "cannot import %s", path);
		int r = cause_from_exception(cause, context);
		*ret_traceback = app_take_traceback();
		return r;
	}
	int r = find_methods(app, path, name, cause);
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
	Py_XDECREF(app->module);
	free(app);
}

PyObject *app_method(const struct app *app, const char *name)
{
	cleanup_py PyObject *key = PyUnicode_FromString(name);
	PyObject *method = key ? PyDict_GetItemWithError(app->methods, key) : NULL;
	if (!method)
		PyErr_Clear();
	return method;
}

PyObject *app_methods(const struct app *app)
{
	return app->methods;
}

PyObject *app_module(const struct app *app)
{
	return app->module;
}

/* ---- all functions of the module ------------------------------------------------------------------------------------
 */

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

PyObject *app_functions(const struct app *app)
{
	cleanup_py PyObject *list = PyList_New(0);
	cleanup_py PyObject *seen = PySet_New(NULL);
	cleanup_py PyObject *name = PyModule_GetNameObject(app->module);
	struct collection to = { .list = list, .seen = seen, .module_name = name };
	if (!list || !seen || !name || collect_namespace(&to, PyModule_GetDict(app->module)) < 0)
		return NULL;
	return steal_ptr(list);
}
