/* cpython311_member.c - what `name` and `value` of members of enums are: attributes of the member that Python code of
 * the standard library gives (enum.property, Enum.value), known without running it.
 *
 * That code may be changed like any other, so classes (by their versions) and functions (by their code) are looked at
 * each time; code other than this is CPython's to run. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_attr.h"
#include "codecache/jit/cpython311_reader.h"
#include "codecache/jit/interned.h"
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
	PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "enum");
	PyCodeObject *code = (PyCodeObject *)callee_code(function);
	PyErr_Clear();
	return module && PyModule_Check(module) && PyModule_GetDict(module) == PyFunction_GET_GLOBALS(function) &&
	       code && PyUnicode_CompareWithASCIIString(code->co_qualname, name) == 0;
}

static bool learn_class(PyTypeObject *type)
{
	static PyObject *get, *fget;
	if (!interned_or_null(&get, "__get__") || !interned_or_null(&fget, "fget"))
		return false;
	PyObject *function = _PyType_Lookup(type, get);
	if (!function || !PyFunction_Check(function) || !is_of_enum(function, "property.__get__") ||
	    type->tp_getattro != PyObject_GenericGetAttr || !attr_is_hidden(_PyType_Lookup(type, fget)))
		return false;
	properties.fget = attr_shared_index(type, fget);
	properties.version = properties.fget >= 0 ? type->tp_version_tag : 0;
	return properties.version != 0;
}

/* The name that all of the code is `return self.NAME` for; NULL: it is something else. */
static PyObject *name_given(PyCodeObject *code)
{
	struct reader r = reader_of(code);
	if (code->co_argcount != 1 || code->co_flags & (CO_VARARGS | CO_VARKEYWORDS) || code->co_nlocals != 1 ||
	    !reader_is_next(&r, RESUME, 0))
		return NULL;
	PyObject *name = reader_attribute(&r, 0);
	return reader_is_next(&r, RETURN_VALUE, -1) && r.at == r.end ? name : NULL;
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
