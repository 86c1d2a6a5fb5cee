/* callee.c - see callee.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "codecache/jit/callee.h"

/* ---- names ----------------------------------------------------------------- */

/* In the class's own dict: what it inherits has another name. */
static PyObject *member(PyObject *owner, const char *name)
{
	PyObject *dict = PyDict_CheckExact(owner) ? owner
			 : PyType_Check(owner)    ? ((PyTypeObject *)owner)->tp_dict
						  : NULL;
	return dict ? PyDict_GetItemString(dict, name) : NULL;
}

/* What a property calls for its value. */
static PyObject *getter_of(PyObject *property)
{
	PyObject *get = PyObject_GetAttrString(property, "fget");
	if (!get)
		PyErr_Clear();
	Py_XDECREF(get); /* the property has it */
	return get;
}

PyObject *callee_find(PyObject *globals, const char *name)
{
	PyObject *found = globals;
	while (found && *name) {
		char part[256];
		size_t n = strcspn(name, ".");
		if (n == 0 || n >= sizeof(part))
			return NULL;
		memcpy(part, name, n);
		part[n] = '\0';
		found = member(found, part);
		name += n + (name[n] == '.');
	}
	if (found && Py_IS_TYPE(found, &PyProperty_Type))
		found = getter_of(found);
	return found && PyFunction_Check(found) ? found : NULL;
}

PyObject *callee_code(PyObject *function)
{
	PyObject *code = PyObject_GetAttrString(function, "__code__");
	if (!code)
		PyErr_Clear();
	Py_XDECREF(code); /* the function has it */
	return code;
}

static bool is_among(PyObject *const *seen, uint32_t n, PyObject *object)
{
	for (uint32_t i = 0; i < n; i++)
		if (seen[i] == object)
			return true;
	return false;
}

uint32_t callee_methods(PyObject *globals, const char *name, bool properties, uint32_t most, char (*ret)[CALLEE_NAME])
{
	PyObject *key, *value, *seen[8];
	Py_ssize_t at = 0;
	uint32_t n = 0;
	while (n < most && n < Py_ARRAY_LENGTH(seen) && PyDict_Next(globals, &at, &key, &value)) {
		PyObject *found = PyType_Check(value) ? member(value, name) : NULL;
		const char *class = found && PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
		if (!class || strchr(class, '.') || is_among(seen, n, found) ||
		    !Py_IS_TYPE(found, properties ? &PyProperty_Type : &PyFunction_Type))
			continue;
		int length = snprintf(ret[n], CALLEE_NAME, "%s.%s", class, name);
		if (length > 0 && length < CALLEE_NAME)
			seen[n++] = found;
	}
	PyErr_Clear(); /* lone surrogates */
	return n;
}

bool callee_member_name(PyObject *globals, PyObject *class, const char *member, char ret[CALLEE_NAME])
{
	PyObject *key, *value;
	Py_ssize_t at = 0;
	while (PyDict_Next(globals, &at, &key, &value)) {
		const char *name = value == class && PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
		PyErr_Clear(); /* lone surrogates */
		if (!name || strchr(name, '.'))
			continue;
		int length = snprintf(ret, CALLEE_NAME, "%s.%s", name, member);
		return length > 0 && length < CALLEE_NAME;
	}
	return false;
}

/* ---- digests: FNV-1a ------------------------------------------------------- */

static void add(uint64_t *digest, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*digest = (*digest ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}

static void add_text(uint64_t *digest, PyObject *text)
{
	Py_ssize_t n;
	const char *utf8 = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &n) : NULL;
	if (utf8)
		add(digest, utf8, (size_t)n + 1);
	PyErr_Clear(); /* lone surrogates */
}

static void add_code(uint64_t *digest, PyObject *object);

/* Constants by their types and texts; of a set the order is by hash, so only its size. */
static void add_const(uint64_t *digest, PyObject *object)
{
	if (PyCode_Check(object)) {
		add_code(digest, object);
		return;
	}
	const char *type = Py_TYPE(object)->tp_name;
	add(digest, type, strlen(type) + 1);
	if (PyFrozenSet_CheckExact(object)) {
		Py_ssize_t n = PySet_GET_SIZE(object);
		add(digest, &n, sizeof(n));
	} else if (PyTuple_CheckExact(object)) {
		for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++)
			add_const(digest, PyTuple_GET_ITEM(object, i));
	} else {
		PyObject *text = PyObject_Repr(object);
		add_text(digest, text);
		Py_XDECREF(text);
	}
}

static void add_code(uint64_t *digest, PyObject *object)
{
	PyCodeObject *code = (PyCodeObject *)object;
	PyObject *bytes = PyCode_GetCode(code);
	if (bytes)
		add(digest, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
	Py_XDECREF(bytes);
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++)
		add_text(digest, PyTuple_GET_ITEM(code->co_names, i));
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++)
		add_const(digest, PyTuple_GET_ITEM(code->co_consts, i));
	add(digest, &code->co_firstlineno, sizeof(code->co_firstlineno));
	add(digest, &code->co_nlocalsplus, sizeof(code->co_nlocalsplus));
}

uint64_t callee_digest(PyObject *code)
{
	uint64_t digest = 0xcbf29ce484222325;
	add_code(&digest, code);
	PyErr_Clear(); /* no memory: another number */
	digest &= ((uint64_t)1 << 62) - 1;
	return digest ? digest : 1;
}
