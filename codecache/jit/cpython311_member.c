/* cpython311_member.c - what `name`, `value` and hash() of members of enums are: attributes of the member that Python
 * code of the standard library gives (enum.property, Enum.value, Enum.__hash__), known without running it.
 *
 * That code may be changed like any other, so classes (by their versions) and functions (by their code) are looked at
 * each time; code other than this is CPython's to run. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_opcode.h>
#include <opcode.h>
#include <string.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_attr.h"
#include "codecache/jit/rt.h"

/* A class whose __get__() is that of enum.property. */
static struct {
	uint32_t version;
	Py_ssize_t fget;
} properties;

/* Functions that give an attribute of their argument: what each runs, the stub if it is native, and the name. */
static struct {
	PyObject *function, *code, *name;
} getters[16];

/* Whether the function is what the module enum calls that. */
static bool is_of_enum(PyObject *function, const char *name)
{
	PyObject *module = PyImport_AddModule("enum"); /* borrowed */
	PyCodeObject *code = (PyCodeObject *)callee_code(function);
	PyErr_Clear();
	return module && PyModule_GetDict(module) == PyFunction_GET_GLOBALS(function) && code &&
	       PyUnicode_CompareWithASCIIString(code->co_qualname, name) == 0;
}

static bool learn_class(PyTypeObject *type)
{
	static PyObject *get, *fget;
	if ((!get && !(get = PyUnicode_InternFromString("__get__"))) ||
	    (!fget && !(fget = PyUnicode_InternFromString("fget")))) {
		PyErr_Clear();
		return false;
	}
	PyObject *function = _PyType_Lookup(type, get);
	if (!function || !PyFunction_Check(function) || !is_of_enum(function, "property.__get__") ||
	    type->tp_getattro != PyObject_GenericGetAttr || !attr_is_hidden(_PyType_Lookup(type, fget)))
		return false;
	properties.fget = attr_shared_index(type, fget);
	properties.version = properties.fget >= 0 ? type->tp_version_tag : 0;
	return properties.version != 0;
}

/* The name that all of the code is `return self.NAME` for; NULL: it is something else. */
static PyObject *name_given(const PyCodeObject *code)
{
	static const int body[] = { RESUME, LOAD_FAST, LOAD_ATTR, RETURN_VALUE };
	const _Py_CODEUNIT *at = _PyCode_CODE(code), *end = at + Py_SIZE(code);
	if (code->co_argcount != 1 || code->co_flags & (CO_VARARGS | CO_VARKEYWORDS) || code->co_nlocals != 1 ||
	    PyTuple_GET_SIZE(code->co_names) != 1)
		return NULL;
	for (size_t i = 0; i < Py_ARRAY_LENGTH(body); i++) {
		int op = at < end ? _PyOpcode_Deopt[_Py_OPCODE(*at)] : -1;
		if (op != body[i] || _Py_OPARG(*at) != 0)
			return NULL;
		at += 1 + _PyOpcode_Caches[op];
	}
	return at == end ? PyTuple_GET_ITEM(code->co_names, 0) : NULL;
}

PyObject *member_given(PyObject *descriptor)
{
	PyTypeObject *type = Py_TYPE(descriptor);
	bool known = type->tp_version_tag == properties.version && properties.version != 0;
	if (!known && (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) || !learn_class(type)))
		return NULL;
	PyDictValues *values = ((PyDictValues **)descriptor)[RT_OBJECT_VALUES];
	PyObject *function = values ? values->values[properties.fget] : NULL;
	if (!function || !PyFunction_Check(function))
		return NULL;
	size_t i = (uintptr_t)function / sizeof(PyFunctionObject) % Py_ARRAY_LENGTH(getters);
	if (getters[i].function == function && getters[i].code == PyFunction_GET_CODE(function))
		return getters[i].name;
	PyObject *code = callee_code(function), *name = code ? name_given((PyCodeObject *)code) : NULL;
	if (name) {
		Py_XSETREF(getters[i].function, Py_NewRef(function));
		Py_XSETREF(getters[i].code, Py_NewRef(PyFunction_GET_CODE(function)));
		Py_XSETREF(getters[i].name, Py_NewRef(name));
	}
	return name;
}

/* ---- hash() ---------------------------------------------------------------- */

/* Classes, by their version; name < 0: it is another hash. */
static struct {
	uint32_t version;
	Py_ssize_t name;
	PyObject *function; /* borrowed: the class has it */
} hashes[16];

/* What Enum.__hash__ runs, and the versions of the dicts in which it looks for hash(). */
static struct {
	PyObject *code;
	uint64_t globals, builtins;
} hashing;

static uint64_t version_of(PyObject *dict)
{
	return ((PyDictObject *)dict)->ma_version_tag;
}

static bool calls_hash(PyObject *function)
{
	PyFunctionObject *f = (PyFunctionObject *)function;
	return hashing.code == f->func_code && hashing.globals == version_of(f->func_globals) &&
	       hashing.builtins == version_of(f->func_builtins);
}

static bool is_builtin_hash(PyObject *found)
{
	PyObject *module = found && PyCFunction_CheckExact(found) ? ((PyCFunctionObject *)found)->m_module : NULL;
	return module && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0 &&
	       strcmp(((PyCFunctionObject *)found)->m_ml->ml_name, "hash") == 0;
}

/* Whether all that the function does is hash(self._name_). */
static bool learn_hashing(PyObject *function)
{
	PyFunctionObject *f = (PyFunctionObject *)function;
	if (!is_of_enum(function, "Enum.__hash__") || PyDict_GetItemString(f->func_globals, "hash") ||
	    !is_builtin_hash(PyDict_GetItemString(f->func_builtins, "hash")))
		return false;
	Py_XSETREF(hashing.code, Py_NewRef(f->func_code));
	hashing.globals = version_of(f->func_globals);
	hashing.builtins = version_of(f->func_builtins);
	return true;
}

static Py_ssize_t learn_hash(PyTypeObject *type, PyObject **ret_function)
{
	static PyObject *hash, *name;
	if ((!hash && !(hash = PyUnicode_InternFromString("__hash__"))) ||
	    (!name && !(name = PyUnicode_InternFromString("_name_")))) {
		PyErr_Clear();
		return -1;
	}
	*ret_function = _PyType_Lookup(type, hash);
	bool is_plain = *ret_function && PyFunction_Check(*ret_function) &&
			type->tp_richcompare == PyBaseObject_Type.tp_richcompare &&
			type->tp_getattro == PyObject_GenericGetAttr && attr_is_hidden(_PyType_Lookup(type, name));
	return is_plain && is_of_enum(*ret_function, "Enum.__hash__") ? attr_shared_index(type, name) : -1;
}

bool member_hash(PyObject *object, Py_hash_t *ret)
{
	PyTypeObject *type = Py_TYPE(object);
	size_t i = type->tp_version_tag % Py_ARRAY_LENGTH(hashes);
	if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) || type->tp_version_tag == 0)
		return false;
	if (hashes[i].version != type->tp_version_tag) {
		hashes[i].version = type->tp_version_tag;
		hashes[i].name = learn_hash(type, &hashes[i].function);
	}
	PyDictValues *values = ((PyDictValues **)object)[RT_OBJECT_VALUES];
	if (hashes[i].name < 0 || !values)
		return false;
	PyObject *name = values->values[hashes[i].name];
	if (!name || !PyUnicode_CheckExact(name) || (*ret = ((PyASCIIObject *)name)->hash) == -1)
		return false;
	return calls_hash(hashes[i].function) || learn_hashing(hashes[i].function);
}
