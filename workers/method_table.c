/* method_table.c - see method_table.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>

#include "workers/deadline.h"
#include "workers/embedded.h"
#include "workers/method_table.h"

static PyObject *ping(PyObject *self, PyObject *no_args)
{
	(void)self, (void)no_args;
	return PyUnicode_FromString("pong");
}

static PyObject *version(PyObject *self, PyObject *no_args)
{
	(void)self, (void)no_args;
	return Py_BuildValue("{ss ss ss}", "preforge", PACKAGE_VERSION, "jsonrpc", "2.0", "python", PY_VERSION);
}

/* methods: the app's, a dict. */
static PyObject *discover(PyObject *methods, PyObject *no_args)
{
	(void)no_args;
	return embedded_call("openrpc", "document", "(O)", methods);
}

static PyMethodDef own_methods[] = {
	{ "rpc.ping", ping, METH_NOARGS, "rpc.ping($self, /)\n--\n\nAnswer \"pong\"." },
	{ "rpc.version", version, METH_NOARGS, "rpc.version($self, /)\n--\n\nThe versions of what answers." },
	{ "rpc.discover", discover, METH_NOARGS, "rpc.discover($self, /)\n--\n\nThe OpenRPC document of the methods." },
};
enum { N_OWN_METHODS = sizeof(own_methods) / sizeof(own_methods[0]) };

/* FNV-1a */
static size_t hash_name(const char *name, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return hash;
}

const struct method *method_table_find(const struct method_table *table, const char *name, size_t length)
{
	for (size_t slot = hash_name(name, length);; slot++) {
		uint32_t entry = table->slots[slot & table->mask];
		if (entry == 0)
			return NULL;
		const struct method *method = &table->methods[entry - 1];
		if (method->length == length && memcmp(method->name, name, length) == 0)
			return method;
	}
}

static int add_method(struct method_table *table, PyObject *name, PyObject *callable)
{
	Py_ssize_t length;
	const char *utf8 = PyUnicode_AsUTF8AndSize(name, &length);
	if (!utf8)
		return -1;
	struct method *method = &table->methods[table->n_methods];
	*method = (struct method){
		.name = utf8,
		.length = (size_t)length,
		.name_object = Py_NewRef(name),
		.callable = Py_NewRef(callable),
		.limit_us = deadline_of(utf8),
	};
	size_t slot = hash_name(utf8, method->length);
	while (table->slots[slot & table->mask] != 0)
		slot++;
	table->slots[slot & table->mask] = (uint32_t)++table->n_methods;
	return signature_read(callable, &method->signature);
}

static int add_own_method(struct method_table *table, PyMethodDef *def, PyObject *methods)
{
	PyObject *name = PyUnicode_FromString(def->ml_name);
	PyObject *callable = PyCFunction_New(def, methods);
	int r = name && callable ? add_method(table, name, callable) : -1;
	if (r == 0)
		table->methods[table->n_methods - 1].signature.known = true; /* no parameters */
	Py_XDECREF(name);
	Py_XDECREF(callable);
	return r;
}

static int add_checker(struct method *method)
{
	PyObject *described = embedded_import("openrpc"); /* which checks.py imports */
	Py_XDECREF(described);
	method->checker = described ? embedded_call("checks", "checker", "(O)", method->callable) : NULL;
	return method->checker ? 0 : -1;
}

int method_table_fill(struct method_table *table, PyObject *methods, bool check_types)
{
	size_t n = (size_t)PyDict_GET_SIZE(methods) + N_OWN_METHODS, size = 8;
	while (size < 2 * n)
		size *= 2;
	table->methods = calloc(n, sizeof(*table->methods));
	table->slots = calloc(size, sizeof(*table->slots));
	if (!table->methods || !table->slots) {
		PyErr_NoMemory();
		return -1;
	}
	table->mask = size - 1;
	for (size_t i = 0; i < N_OWN_METHODS; i++)
		if (add_own_method(table, &own_methods[i], methods) < 0)
			return -1;
	Py_ssize_t position = 0;
	PyObject *name, *callable;
	while (PyDict_Next(methods, &position, &name, &callable))
		if (add_method(table, name, callable) < 0 ||
		    (check_types && add_checker(&table->methods[table->n_methods - 1]) < 0))
			return -1;
	return 0;
}

void method_table_clear(struct method_table *table)
{
	for (size_t i = 0; i < table->n_methods; i++) {
		signature_clear(&table->methods[i].signature);
		Py_XDECREF(table->methods[i].checker);
		Py_DECREF(table->methods[i].callable);
		Py_DECREF(table->methods[i].name_object);
	}
	free(table->methods);
	free(table->slots);
	*table = (struct method_table){ .n_methods = 0 };
}
