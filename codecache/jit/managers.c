/* managers.c - see managers.h.  Lib/contextlib.py of CPython 3.11. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/managers.h"
#include "codecache/runtime_priv.h"

/* What was found the last time; the class and its __exit__ are kept for ever. */
static struct {
	PyTypeObject *class;
	PyObject *exit, *globals, *builtins; /* the dicts are borrowed, from modules that are never let go of */
	unsigned version;
	uint64_t globals_version, builtins_version;
} known;

/* Functions that have been looked at: what each runs, the stub if it is native. */
static struct {
	PyObject *function, *code;
} seen[16];

static bool has_code(PyObject *function, PyObject *globals, const char *name)
{
	if (!function || !PyFunction_Check(function) || PyFunction_GET_GLOBALS(function) != globals)
		return false;
	const PyCodeObject *code = (PyCodeObject *)callee_code(function);
	return code && PyUnicode_CompareWithASCIIString(code->co_qualname, name) == 0;
}

static PyObject *of_class(PyTypeObject *class, const char *name)
{
	PyObject *key = PyUnicode_FromString(name);
	PyObject *found = key ? _PyType_Lookup(class, key) : NULL;
	Py_XDECREF(key);
	PyErr_Clear();
	return found;
}

static bool does_as_expected(PyTypeObject *class, PyObject *globals)
{
	bool plain = Py_TYPE(class)->tp_call == PyType_Type.tp_call && class->tp_new == PyBaseObject_Type.tp_new &&
		     class->tp_getattro == PyObject_GenericGetAttr && class->tp_setattro == PyObject_GenericSetAttr &&
		     !(class->tp_flags & Py_TPFLAGS_IS_ABSTRACT);
	return plain && has_code(of_class(class, "__init__"), globals, "_GeneratorContextManagerBase.__init__") &&
	       has_code(of_class(class, "__enter__"), globals, "_GeneratorContextManager.__enter__") &&
	       has_code(of_class(class, "__exit__"), globals, "_GeneratorContextManager.__exit__") &&
	       !of_class(class, "gen") && !of_class(class, "func") && !of_class(class, "args") &&
	       !of_class(class, "kwds");
}

/* What the methods call are the builtins. */
static bool names_are_builtins(PyObject *globals, PyObject *builtins)
{
	PyObject *next = PyDict_GetItemString(builtins, "next");
	return next && PyCFunction_Check(next) && PyCFunction_GET_SELF(next) &&
	       strcmp(((PyCFunctionObject *)next)->m_ml->ml_name, "next") == 0 &&
	       PyDict_GetItemString(builtins, "StopIteration") == PyExc_StopIteration &&
	       !PyDict_GetItemString(globals, "next") && !PyDict_GetItemString(globals, "StopIteration");
}

static bool learn(void)
{
	PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "contextlib");
	PyObject *globals = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
	PyObject *builtins = PyEval_GetBuiltins();
	PyObject *class = globals ? PyDict_GetItemString(globals, "_GeneratorContextManager") : NULL;
	PyObject *exit = class && PyType_Check(class) ? of_class((PyTypeObject *)class, "__exit__") : NULL;
	known.version = 0;
	if (!exit || !PyDict_CheckExact(builtins) || !does_as_expected((PyTypeObject *)class, globals) ||
	    !names_are_builtins(globals, builtins))
		return false;
	Py_XSETREF(known.class, (PyTypeObject *)Py_NewRef(class));
	Py_XSETREF(known.exit, Py_NewRef(exit));
	Py_XSETREF(known.globals, Py_NewRef(globals));
	Py_XSETREF(known.builtins, Py_NewRef(builtins));
	known.version = known.class->tp_version_tag;
	known.globals_version = ((PyDictObject *)globals)->ma_version_tag;
	known.builtins_version = ((PyDictObject *)builtins)->ma_version_tag;
	return known.version != 0;
}

static inline bool is_as_known(void)
{
	return known.version && known.class->tp_version_tag == known.version &&
	       ((PyDictObject *)known.globals)->ma_version_tag == known.globals_version &&
	       ((PyDictObject *)known.builtins)->ma_version_tag == known.builtins_version;
}

static bool is_made_by(PyObject *function)
{
	PyObject *closure = PyFunction_GET_CLOSURE(function);
	return has_code(function, known.globals, "contextmanager.<locals>.helper") && closure &&
	       PyTuple_GET_SIZE(closure) == 1;
}

bool manager_is_made_by(PyObject *function)
{
	if (!Py_IS_TYPE(function, &PyFunction_Type) || (!is_as_known() && !learn()))
		return false;
	size_t i = (uintptr_t)function / sizeof(PyFunctionObject) % Py_ARRAY_LENGTH(seen);
	if (seen[i].function == function && seen[i].code == PyFunction_GET_CODE(function))
		return true;
	if (!is_made_by(function))
		return false;
	Py_XSETREF(seen[i].function, Py_NewRef(function));
	Py_XSETREF(seen[i].code, Py_NewRef(PyFunction_GET_CODE(function)));
	return true;
}

int pf_rt_makes_manager(PyObject *function)
{
	return manager_is_made_by(function);
}

/* As the generator's function has it; the class's if that has none. */
static PyObject *documentation(PyObject *generator)
{
	PyObject *consts = ((PyCodeObject *)((PyGenObject *)generator)->gi_code)->co_consts;
	PyObject *first = PyTuple_GET_SIZE(consts) > 0 ? PyTuple_GET_ITEM(consts, 0) : Py_None;
	return PyUnicode_Check(first) ? Py_NewRef(first) : PyObject_GetAttrString((PyObject *)known.class, "__doc__");
}

/* What __enter__() deletes is only there to be deleted. */
static int set_attributes(PyObject *manager, PyObject *generator, bool entered)
{
	PyObject *doc = documentation(generator);
	int r = doc ? PyObject_SetAttrString(manager, "gen", generator) : -1;
	if (r == 0 && !entered)
		r = PyObject_SetAttrString(manager, "func", Py_None) < 0 ||
		    PyObject_SetAttrString(manager, "args", Py_None) < 0 ||
		    PyObject_SetAttrString(manager, "kwds", Py_None) < 0;
	if (r == 0)
		r = PyObject_SetAttrString(manager, "__doc__", doc);
	Py_XDECREF(doc);
	return r;
}

PyObject *manager_new(PyObject *generator, bool entered)
{
	PyObject *manager = known.class ? known.class->tp_alloc(known.class, 0) : NULL, *made = NULL;
	if (!known.class)
		PyErr_SetString(PyExc_SystemError, "preforge: a manager of contextlib is not known");
	if (manager && set_attributes(manager, generator, entered) == 0)
		made = entered ? PyMethod_New(known.exit, manager) : Py_NewRef(manager);
	Py_XDECREF(manager);
	Py_DECREF(generator);
	return made;
}
