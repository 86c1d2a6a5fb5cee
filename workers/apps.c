/* apps.c - all apps of a daemon; see app.h. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "workers/app_priv.h"
#include "workers/python_ref.h"

/* The app that offers the method. */
static const struct app *offerer(const struct apps *apps, PyObject *name)
{
	for (size_t i = 0; i < apps->n; i++)
		if (PyDict_Contains(apps->items[i]->methods, name) == 1)
			return apps->items[i];
	return NULL;
}

static int merge(struct apps *apps, const struct app *app, struct cause *cause)
{
	Py_ssize_t position = 0;
	PyObject *name, *callable;
	while (PyDict_Next(app->methods, &position, &name, &callable)) {
		const struct app *other = offerer(apps, name);
		if (other)
			return cause_set(cause, -EEXIST,
					 "%s: the method \"%s\" is offered by %s, too; give one of them a prefix",
					 app->path, PyUnicode_AsUTF8(name), other->path);
	}
	if (!apps->methods)
		apps->methods = PyDict_New();
	if (!apps->refused)
		apps->refused = PyDict_New();
	if (!apps->methods || !apps->refused || PyDict_Update(apps->methods, app->methods) < 0 ||
	    PyDict_Update(apps->refused, app->refused) < 0) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "not enough memory for the methods of %s", app->path);
	}
	return 0;
}

int apps_load(struct apps *apps, const struct app_options *options, char **ret_traceback, struct cause *cause)
{
	struct app **items = reallocarray(apps->items, apps->n + 1, sizeof(struct app *));
	if (!items)
		return cause_set(cause, -ENOMEM, "not enough memory to import %s", options->path);
	apps->items = items;
	cleanup(app_freep) struct app *app = NULL;
	int r = app_load(options, &app, ret_traceback, cause);
	if (r == 0)
		r = merge(apps, app, cause);
	if (r == 0)
		apps->items[apps->n++] = steal_ptr(app);
	return r;
}

void apps_clear(struct apps *apps)
{
	for (size_t i = 0; i < apps->n; i++)
		app_free(apps->items[i]);
	free(apps->items);
	Py_XDECREF(apps->methods);
	Py_XDECREF(apps->refused);
	*apps = (struct apps){ .n = 0 };
}

PyObject *apps_functions(const struct apps *apps)
{
	cleanup_py PyObject *list = PyList_New(0);
	for (size_t i = 0; list && i < apps->n; i++) {
		cleanup_py PyObject *functions = app_functions(apps->items[i]);
		if (!functions || PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, functions) < 0)
			return NULL;
	}
	return steal_ptr(list);
}
