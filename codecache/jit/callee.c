/* callee.c - see callee.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "codecache/jit/callee.h"

/* ---- names ----------------------------------------------------------------- */

PyObject *callee_part(PyObject *owner, const char *name)
{
	PyObject *part = PyObject_GetAttrString(owner, name);
	if (!part)
		PyErr_Clear();
	Py_XDECREF(part);
	return part;
}

/* What a decorator has wrapped (functools.update_wrapper()). */
static PyObject *wrapped(PyObject *wrapper)
{
	PyObject **dict = PyType_Check(wrapper) ? NULL : _PyObject_GetDictPtr(wrapper);
	return dict && *dict ? PyDict_GetItemString(*dict, "__wrapped__") : NULL;
}

/* How a function's variable in that cell is called, borrowed. */
static PyObject *free_name(PyObject *function, uint32_t number)
{
	const PyCodeObject *code = (PyCodeObject *)callee_code(function);
	Py_ssize_t first = code->co_nlocalsplus - code->co_nfreevars;
	return PyTuple_GET_ITEM(code->co_localsplusnames, first + number);
}

/* What a function has closed over under that name. */
static PyObject *closed_over(PyObject *function, const char *name)
{
	PyObject *closure = PyFunction_GET_CLOSURE(function);
	for (uint32_t i = 0; closure && i < PyTuple_GET_SIZE(closure); i++)
		if (PyUnicode_CompareWithASCIIString(free_name(function, i), name) == 0)
			return PyCell_GET(PyTuple_GET_ITEM(closure, i));
	return NULL;
}

bool callee_closed_over(const char *name, PyObject *function, uint32_t number, char ret[CALLEE_NAME])
{
	const char *free = PyUnicode_AsUTF8(free_name(function, number));
	PyErr_Clear(); /* lone surrogates */
	int length = free ? snprintf(ret, CALLEE_NAME, "%s.%s", name, free) : -1;
	return length > 0 && length < CALLEE_NAME;
}

/* In the class's own dict: what it inherits has another name. */
static PyObject *member(PyObject *owner, const char *name)
{
	if (strcmp(name, "__wrapped__") == 0)
		return wrapped(owner);
	if (PyFunction_Check(owner))
		return closed_over(owner, name);
	if (Py_IS_TYPE(owner, &PyProperty_Type))
		return strcmp(name, "fset") == 0 ? callee_part(owner, name) : NULL;
	PyObject *dict = PyDict_CheckExact(owner) ? owner
			 : PyType_Check(owner)    ? ((PyTypeObject *)owner)->tp_dict
						  : NULL;
	return dict ? PyDict_GetItemString(dict, name) : NULL;
}

/* What a class's member calls. */
static PyObject *function_of(PyObject *found)
{
	if (Py_IS_TYPE(found, &PyProperty_Type))
		return callee_part(found, "fget");
	if (Py_IS_TYPE(found, &PyStaticMethod_Type) || Py_IS_TYPE(found, &PyClassMethod_Type))
		return callee_part(found, "__func__");
	return found;
}

PyObject *callee_globals(PyObject *globals, const char **name)
{
	const char *module_name = *name + 1, *colon = **name == '@' ? strchr(*name, ':') : NULL;
	if (**name != '@')
		return globals;
	PyObject *key = colon ? PyUnicode_FromStringAndSize(module_name, colon - module_name) : NULL;
	PyObject *module = key ? PyDict_GetItemWithError(PyImport_GetModuleDict(), key) : NULL;
	PyErr_Clear(); /* no UTF-8 */
	Py_XDECREF(key);
	if (colon)
		*name = colon + 1;
	return module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
}

bool callee_name(PyObject *function, char ret[CALLEE_NAME])
{
	PyObject *globals = PyFunction_GET_GLOBALS(function);
	PyObject *module = PyDict_Check(globals) ? PyDict_GetItemString(globals, "__name__") : NULL;
	const char *module_name = module && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : NULL;
	const char *name = PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_qualname);
	PyErr_Clear(); /* lone surrogates */
	int length = module_name && name ? snprintf(ret, CALLEE_NAME, "@%s:%s", module_name, name) : -1;
	if (length < 0 || length >= CALLEE_NAME)
		return false;
	name = ret;
	return callee_globals(NULL, &name) == globals && callee_find(globals, name) == function;
}

PyObject *callee_find(PyObject *globals, const char *name)
{
	PyObject *found = callee_globals(globals, &name);
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
	found = found ? function_of(found) : NULL;
	return found && PyFunction_Check(found) ? found : NULL;
}

/* Who visits them, and the name so far. */
struct visit {
	void (*visit)(const char *name, void *data);
	void *data;
	char name[CALLEE_NAME];
	PyObject *wrapped; /* which is visited under that name */
	unsigned depth;    /* of closures */
};

enum { MAX_CLOSED_OVER = 2 };

static void visit_named(struct visit *v, size_t length, const char *name, PyObject *object);

static void visit_members(struct visit *v, size_t length, PyObject *dict)
{
	PyObject *key, *value;
	for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
		const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
		PyErr_Clear(); /* lone surrogates */
		if (name && *name && !strchr(name, '.'))
			visit_named(v, length, name, value);
	}
}

/* What a function has closed over, which is mostly what a decorator was given. */
static void visit_closed_over(struct visit *v, size_t length, PyObject *function)
{
	PyObject *closure = PyFunction_GET_CLOSURE(function);
	for (uint32_t i = 0; closure && i < PyTuple_GET_SIZE(closure); i++) {
		PyObject *inner = PyCell_GET(PyTuple_GET_ITEM(closure, i));
		const char *name = PyUnicode_AsUTF8(free_name(function, i));
		PyErr_Clear(); /* lone surrogates */
		if (name && inner && inner != function && PyFunction_Check(inner) && inner != v->wrapped)
			visit_named(v, length, name, inner);
	}
}

static void visit_named(struct visit *v, size_t length, const char *name, PyObject *object)
{
	int n = snprintf(v->name + length, sizeof(v->name) - length, "%s%s", length ? "." : "", name);
	if (n < 0 || (size_t)n >= sizeof(v->name) - length)
		return;
	PyObject *function = function_of(object), *inner = wrapped(object);
	if (function && PyFunction_Check(function))
		v->visit(v->name, v->data);
	else if (PyType_Check(object) && !length)
		visit_members(v, (size_t)n, ((PyTypeObject *)object)->tp_dict);
	if (inner && inner != object && strlen(v->name) < sizeof(v->name) / 2)
		visit_named(v, length + (size_t)n, "__wrapped__", inner);
	if (PyFunction_Check(object) && v->depth < MAX_CLOSED_OVER) {
		PyObject *before = v->wrapped;
		v->wrapped = inner;
		v->depth++;
		visit_closed_over(v, length + (size_t)n, object);
		v->depth--;
		v->wrapped = before;
	}
	v->name[length] = '\0';
}

void callee_each(PyObject *globals, void (*visit)(const char *name, void *data), void *data)
{
	struct visit v = { .visit = visit, .data = data };
	if (PyDict_Check(globals))
		visit_members(&v, 0, globals);
}

PyObject *callee_code(PyObject *function)
{
	PyObject *code = PyObject_GetAttrString(function, "__code__");
	if (!code)
		PyErr_Clear();
	Py_XDECREF(code); /* the function has it */
	return code;
}

bool callee_is_far(PyObject *globals, PyObject *function)
{
	enum { MAX_FAR_SIZE = 500 }; /* two bytes each */
	PyObject *code = PyFunction_GET_GLOBALS(function) != globals ? callee_code(function) : NULL;
	return code && Py_SIZE(code) > MAX_FAR_SIZE;
}

static bool is_among(PyObject *const *seen, uint32_t n, PyObject *object)
{
	for (uint32_t i = 0; i < n; i++)
		if (seen[i] == object)
			return true;
	return false;
}

static PyTypeObject *const kind_types[] = {
	[CALLEE_METHOD] = &PyFunction_Type,   [CALLEE_STATIC] = &PyStaticMethod_Type,
	[CALLEE_CLASS] = &PyClassMethod_Type, [CALLEE_GETTER] = &PyProperty_Type,
	[CALLEE_SETTER] = &PyProperty_Type,
};

uint32_t callee_methods(PyObject *globals, const char *name, enum callee_kind kind, uint32_t most,
			char (*ret)[CALLEE_NAME])
{
	PyObject *key, *value, *seen[32];
	Py_ssize_t at = 0;
	uint32_t n = 0;
	while (n < most && n < Py_ARRAY_LENGTH(seen) && PyDict_Next(globals, &at, &key, &value)) {
		PyObject *found = PyType_Check(value) ? member(value, name) : NULL;
		const char *class = found && PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
		if (!class || strchr(class, '.') || is_among(seen, n, found) || !Py_IS_TYPE(found, kind_types[kind]))
			continue;
		const char *part = kind == CALLEE_SETTER ? ".fset" : "";
		int length = snprintf(ret[n], CALLEE_NAME, "%s.%s%s", class, name, part);
		if (length > 0 && length < CALLEE_NAME)
			seen[n++] = found;
	}
	PyErr_Clear(); /* lone surrogates */
	return n;
}

/* The class in whose own dict a class finds that name; NULL: none. */
static PyObject *owner_of(PyObject *class, const char *name)
{
	PyObject *mro = ((PyTypeObject *)class)->tp_mro;
	for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++)
		if (member(PyTuple_GET_ITEM(mro, i), name))
			return PyTuple_GET_ITEM(mro, i);
	return NULL;
}

bool callee_of_class(PyObject *globals, const char *class_name, const char *name, enum callee_kind *ret_kind,
		     char ret[CALLEE_NAME])
{
	PyObject *class = PyDict_GetItemString(globals, class_name);
	PyObject *owner = class && Py_IS_TYPE(class, &PyType_Type) ? owner_of(class, name) : NULL;
	PyObject *found = owner ? member(owner, name) : NULL;
	for (int kind = CALLEE_METHOD; found && kind <= CALLEE_CLASS; kind++)
		if (Py_IS_TYPE(found, kind_types[kind])) {
			*ret_kind = kind;
			return callee_member_name(globals, owner, name, ret);
		}
	return false;
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

/* ---- in any module ---------------------------------------------------------- */

struct search {
	const char *name;
	uint64_t digest;
	uint32_t n;
	PyObject *seen[16]; /* classes are in the modules that import them, too */
};

/* The class's function under the name, if it is the one. */
static PyObject *search_class(struct search *s, PyObject *class, enum callee_kind *ret_kind)
{
	PyObject *found = PyType_Check(class) ? member(class, s->name) : NULL;
	PyObject *function = found && !is_among(s->seen, s->n, found) ? function_of(found) : NULL;
	if (!function || !PyFunction_Check(function))
		return NULL;
	if (s->n < Py_ARRAY_LENGTH(s->seen))
		s->seen[s->n++] = found;
	*ret_kind = CALLEE_METHOD;
	while (*ret_kind <= CALLEE_CLASS && !Py_IS_TYPE(found, kind_types[*ret_kind]))
		++*ret_kind;
	PyObject *code = callee_code(function);
	return *ret_kind <= CALLEE_CLASS && code && callee_digest(code) == s->digest ? function : NULL;
}

bool callee_search(const char *name, uint64_t digest, enum callee_kind *ret_kind, char ret[CALLEE_NAME])
{
	struct search s = { .name = name, .digest = digest };
	PyObject *modules = PyImport_GetModuleDict(), *key, *module, *value;
	for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &key, &module);) {
		PyObject *globals = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
		for (Py_ssize_t i = 0; globals && PyDict_Next(globals, &i, &key, &value);) {
			PyObject *function = search_class(&s, value, ret_kind);
			if (function && callee_name(function, ret))
				return true;
		}
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
