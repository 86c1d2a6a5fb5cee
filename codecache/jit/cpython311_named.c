/* cpython311_named.c - see cpython311_named.h.  Source: Lib/collections/__init__.py, Modules/_collectionsmodule.c,
 * Objects/tupleobject.c and typeobject.c of CPython 3.11.
 *
 * The __new__() of such a class is known by its code: `lambda _cls, a, b: _tuple_new(_cls, (a, b))`.  What it does is
 * done without a frame for it, for nobody could look at that. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <string.h>

#include "codecache/jit/cpython311_named.h"
#include "codecache/native_priv.h"

/* ---- attributes ------------------------------------------------------------ */

struct tuplegetter {
	PyObject_HEAD
	Py_ssize_t index;
	PyObject *doc;
};

static PyTypeObject *item_getter;

/* Whether these descriptors are what is written here: the module is another one in a CPython that somebody has
 * changed. */
static bool is_as_expected(PyObject *found)
{
	if (!PyType_Check(found) || ((PyTypeObject *)found)->tp_basicsize != sizeof(struct tuplegetter))
		return false;
	PyObject *seven = PyObject_CallFunction(found, "iO", 7, Py_None);
	bool is = seven && ((struct tuplegetter *)seven)->index == 7 && ((struct tuplegetter *)seven)->doc == Py_None;
	Py_XDECREF(seven);
	return is;
}

static PyTypeObject *getter_type(void)
{
	static bool is_known;
	if (is_known)
		return item_getter;
	is_known = true;
	PyObject *module = PyImport_ImportModule("_collections");
	PyObject *found = module ? PyObject_GetAttrString(module, "_tuplegetter") : NULL;
	if (found && is_as_expected(found))
		item_getter = (PyTypeObject *)Py_NewRef(found);
	Py_XDECREF(found);
	Py_XDECREF(module);
	PyErr_Clear();
	return item_getter;
}

Py_ssize_t named_index(PyObject *descriptor)
{
	/* a name first: nothing is imported for descriptors of other types */
	if (strcmp(Py_TYPE(descriptor)->tp_name, "_collections._tuplegetter") != 0 ||
	    Py_TYPE(descriptor) != getter_type())
		return -1;
	return ((struct tuplegetter *)descriptor)->index;
}

/* ---- calls ----------------------------------------------------------------- */

enum { MOST_ITEMS = 64, CLASSES = 256 };

/* A class, by its version (Objects/typeobject.c), which stands for all that it has. */
struct named_class {
	unsigned version;
	Py_ssize_t n;           /* items; -1: it is no such class */
	PyFunctionObject *make; /* its __new__, borrowed: the class has it as long as it has that version */
	PyObject *code;         /* which that had */
	uint64_t globals;       /* and the version of the dict that it finds tuple.__new__ in */
};

static struct named_class classes[CLASSES];

static uint8_t *put(uint8_t *p, int opcode, Py_ssize_t arg, int caches)
{
	*p++ = (uint8_t)opcode;
	*p++ = (uint8_t)arg;
	memset(p, CACHE, 2 * (size_t)caches);
	return p + 2 * caches;
}

/* Whether the code is that of such a __new__() for n items. */
static bool is_code_for(PyCodeObject *code, Py_ssize_t n)
{
	uint8_t expected[2 * (MOST_ITEMS + 32)], *p = expected;
	bool has_shape = code->co_argcount == n + 1 && code->co_kwonlyargcount == 0 && code->co_nlocalsplus == n + 1 &&
			 !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE)) &&
			 PyTuple_GET_SIZE(code->co_names) == 1 && PyBytes_GET_SIZE(code->co_exceptiontable) == 0;
	if (!has_shape || PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, 0), "_tuple_new") != 0)
		return false;
	p = put(p, RESUME, 0, 0);
	p = put(p, LOAD_GLOBAL, 1, 5);
	for (Py_ssize_t i = 0; i <= n; i++)
		p = put(p, LOAD_FAST, i, 0);
	p = put(p, BUILD_TUPLE, n, 0);
	p = put(p, PRECALL, 2, 1);
	p = put(p, CALL, 2, 4);
	p = put(p, RETURN_VALUE, 0, 0);
	PyObject *bytes = PyCode_GetCode(code);
	bool is = bytes && PyBytes_GET_SIZE(bytes) == p - expected &&
		  memcmp(PyBytes_AS_STRING(bytes), expected, (size_t)(p - expected)) == 0;
	PyErr_Clear();
	Py_XDECREF(bytes);
	return is;
}

/* Whether the function's _tuple_new is tuple.__new__. */
static bool has_tuple_new(const PyFunctionObject *make)
{
	PyObject *real = PyDict_GetItemString(PyTuple_Type.tp_dict, "__new__");
	return real && PyDict_CheckExact(make->func_globals) &&
	       PyDict_GetItemString(make->func_globals, "_tuple_new") == real;
}

/* The class's __new__, borrowed; NULL: it is none of Python's. */
static PyFunctionObject *new_of(PyTypeObject *type)
{
	PyObject *name = PyUnicode_InternFromString("__new__"), *method = name ? _PyType_Lookup(type, name) : NULL;
	PyObject *function =
		method && Py_IS_TYPE(method, &PyStaticMethod_Type) ? PyObject_GetAttrString(method, "__func__") : NULL;
	bool is = function && Py_IS_TYPE(function, &PyFunction_Type);
	Py_XDECREF(function); /* the class has it */
	Py_XDECREF(name);
	PyErr_Clear();
	return is ? (PyFunctionObject *)function : NULL;
}

static void learn(PyTypeObject *type, struct named_class *class)
{
	Py_XDECREF(class->code);
	*class = (struct named_class){ .version = type->tp_version_tag, .n = -1 };
	bool is_plain = Py_IS_TYPE(type, &PyType_Type) && type->tp_alloc == PyType_GenericAlloc &&
			type->tp_init == PyBaseObject_Type.tp_init;
	PyFunctionObject *make = is_plain ? new_of(type) : NULL;
	PyCodeObject *code = make ? (PyCodeObject *)native_original_of(make->func_code) : NULL;
	if (!code || code->co_argcount < 2 || code->co_argcount > MOST_ITEMS ||
	    !is_code_for(code, code->co_argcount - 1) || !has_tuple_new(make))
		return;
	class->n = code->co_argcount - 1;
	class->make = make;
	class->code = Py_NewRef(make->func_code);
	class->globals = ((PyDictObject *)make->func_globals)->ma_version_tag;
}

static bool is_as_learnt(const struct named_class *class)
{
	return class->n < 0 || (class->make->func_code == class->code &&
				((PyDictObject *)class->make->func_globals)->ma_version_tag == class->globals);
}

bool named_call(PyObject *callable, PyObject *const *args, Py_ssize_t n, PyObject **ret)
{
	PyTypeObject *type = (PyTypeObject *)callable;
	if (!Py_IS_TYPE(callable, &PyType_Type) || !PyType_FastSubclass(type, Py_TPFLAGS_TUPLE_SUBCLASS) ||
	    !(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) || type->tp_version_tag == 0)
		return false;
	struct named_class *class = &classes[type->tp_version_tag % CLASSES];
	if (class->version != type->tp_version_tag || !is_as_learnt(class))
		learn(type, class);
	if (class->n != n)
		return false;
	PyObject *made = type->tp_alloc(type, n);
	for (Py_ssize_t i = 0; made && i < n; i++)
		PyTuple_SET_ITEM(made, i, Py_NewRef(args[i]));
	*ret = made;
	return true;
}
