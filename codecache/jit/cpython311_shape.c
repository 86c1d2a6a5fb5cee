/* cpython311_shape.c - methods of value objects that C code calls, heapq or a dict's look-up: __lt__(), __eq__() and
 * their like that compare attributes of both, or tuples of them, and __hash__() that hashes them, as dataclasses have
 * them, events of a queue, and members of enums.  What such a method gives is known from the attributes.
 *
 * Only exact ints, floats and strs are compared and hashed here: then nothing runs that could be seen, and whatever is
 * not known can still be left to CPython.  A method is looked at again whenever its class has changed (its version) or
 * the function runs other code. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#include <string.h>
#include <structmember.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_attr.h"
#include "codecache/jit/cpython311_reader.h"
#include "codecache/jit/cpython311_shape.h"
#include "codecache/jit/interned.h"
#include "codecache/jit/rt.h"

enum { MAX_PARTS = 4, HASH = 6 /* what a method is for: Py_LT to Py_GE, or this */ };

struct shape {
	uint32_t version;
	int use;
	PyObject *function;         /* borrowed: the class has it */
	PyObject *code;             /* that it runs; owned, so that no other is where it was */
	uint64_t globals, builtins; /* HASH: versions of the dicts where it looks for hash() */
	bool is_tuple;
	int n; /* 0: it is something else */
	struct {
		bool slot;
		Py_ssize_t where; /* offset in the instance, or index of its values */
	} parts[MAX_PARTS];
};

/* ---- reading code ---------------------------------------------------------- */

/* `if other.__class__ is self.__class__`, as in dataclasses. */
static bool skip_class_check(struct reader *r)
{
	struct reader start = *r;
	PyObject *name = reader_attribute(r, 1);
	if (!name || PyUnicode_CompareWithASCIIString(name, "__class__") != 0) {
		*r = start;
		return false;
	}
	return reader_attribute(r, 0) == name && reader_is_next(r, IS_OP, 0) &&
	       reader_is_next(r, POP_JUMP_FORWARD_IF_FALSE, -1);
}

/* Attributes of a local, in a tuple or one alone: how many; 0: something else. */
static int read_attributes(struct reader *r, int local, PyObject **names, bool *ret_tuple)
{
	int n = 0;
	for (struct reader start = *r;; start = *r) {
		PyObject *name = reader_attribute(r, local);
		if (!name || n == MAX_PARTS) {
			*r = start;
			break;
		}
		names[n++] = name;
	}
	*ret_tuple = reader_is_next(r, BUILD_TUPLE, n);
	return *ret_tuple || n == 1 ? n : 0;
}

static int read_comparison(struct reader *r, int use, PyObject **names, bool *ret_tuple)
{
	PyObject *others[MAX_PARTS];
	bool other_tuple;
	(void)skip_class_check(r);
	int n = read_attributes(r, 0, names, ret_tuple);
	if (n == 0 || read_attributes(r, 1, others, &other_tuple) != n || other_tuple != *ret_tuple ||
	    memcmp(names, others, (size_t)n * sizeof(*names)) != 0)
		return 0;
	return reader_is_next(r, COMPARE_OP, use) && reader_is_next(r, RETURN_VALUE, -1) ? n : 0;
}

static int read_hash(struct reader *r, PyObject **names, bool *ret_tuple)
{
	PyObject *called = reader_name(r, LOAD_GLOBAL, 1);
	if (!called || PyUnicode_CompareWithASCIIString(called, "hash") != 0)
		return 0;
	int n = read_attributes(r, 0, names, ret_tuple);
	return reader_is_next(r, PRECALL, 1) && reader_is_next(r, CALL, 1) && reader_is_next(r, RETURN_VALUE, -1) ? n
														  : 0;
}

static int read_code(PyCodeObject *code, int use, PyObject **names, bool *ret_tuple)
{
	int n_params = use == HASH ? 1 : 2;
	struct reader r = reader_of(code);
	if (code->co_argcount != n_params || code->co_kwonlyargcount || code->co_nlocals != n_params ||
	    code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) ||
	    code->co_nfreevars || !reader_is_next(&r, RESUME, 0))
		return 0;
	return use == HASH ? read_hash(&r, names, ret_tuple) : read_comparison(&r, use, names, ret_tuple);
}

/* ---- shapes ---------------------------------------------------------------- */

static PyObject *method_name(int use)
{
	static const char *const words[] = { "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__", "__hash__" };
	static PyObject *names[HASH + 1];
	return interned_or_null(&names[use], words[use]);
}

static uint64_t version_of(PyObject *dict)
{
	return ((PyDictObject *)dict)->ma_version_tag;
}

static bool is_builtin_hash(PyObject *found)
{
	PyObject *module = found && PyCFunction_CheckExact(found) ? ((PyCFunctionObject *)found)->m_module : NULL;
	return module && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0 &&
	       strcmp(((PyCFunctionObject *)found)->m_ml->ml_name, "hash") == 0;
}

/* Whether hash() means what it always does there. */
static bool has_plain_hash(struct shape *s, const PyFunctionObject *function)
{
	static PyObject *name;
	if (!PyDict_CheckExact(function->func_globals) || !PyDict_CheckExact(function->func_builtins))
		return false;
	uint64_t globals = version_of(function->func_globals), builtins = version_of(function->func_builtins);
	if (s->globals == globals && s->builtins == builtins)
		return true;
	if (!interned_or_null(&name, "hash"))
		return false;
	if (PyDict_GetItemWithError(function->func_globals, name) ||
	    !is_builtin_hash(PyDict_GetItemWithError(function->func_builtins, name)))
		return false;
	s->globals = globals;
	s->builtins = builtins;
	return true;
}

/* Where an instance has the attribute that its class's methods find under that name. */
static bool find_part(struct shape *s, PyTypeObject *type, PyObject *name, int i)
{
	PyObject *found = _PyType_Lookup(type, name);
	s->parts[i].slot = found && attr_is_slot(found, type);
	s->parts[i].where = s->parts[i].slot        ? ((PyMemberDescrObject *)found)->d_member->offset
			    : attr_is_hidden(found) ? attr_shared_index(type, name)
						    : -1;
	return s->parts[i].where >= 0;
}

bool has_plain_class(PyTypeObject *type)
{
	static PyObject *name;
	return interned_or_null(&name, "__class__") &&
	       _PyType_Lookup(type, name) == _PyType_Lookup(&PyBaseObject_Type, name);
}

static int learn_code(struct shape *s, PyTypeObject *type, PyObject *function)
{
	PyObject *names[MAX_PARTS], *code = callee_code(function);
	int n = code ? read_code((PyCodeObject *)code, s->use, names, &s->is_tuple) : 0;
	if (type->tp_getattro != PyObject_GenericGetAttr || !has_plain_class(type))
		return 0;
	for (int i = 0; i < n; i++)
		if (!find_part(s, type, names[i], i))
			return 0;
	return n;
}

static void learn(struct shape *s, PyTypeObject *type, int use)
{
	PyObject *name = method_name(use), *function = name ? _PyType_Lookup(type, name) : NULL;
	bool is_function = function && PyFunction_Check(function);
	s->version = type->tp_version_tag;
	s->use = use;
	s->function = is_function ? function : NULL;
	Py_XSETREF(s->code, is_function ? Py_NewRef(PyFunction_GET_CODE(function)) : NULL);
	s->globals = s->builtins = 0;
	s->n = is_function ? learn_code(s, type, function) : 0;
}

/* What the class's method is; NULL: something else. */
static inline struct shape *shape_of(PyTypeObject *type, int use)
{
	enum { SHAPES = 64 };
	static struct shape shapes[SHAPES]; /* the GIL guards them */
	uint32_t version = type->tp_version_tag;
	struct shape *s = &shapes[(version + (unsigned)use * (SHAPES / 8)) % SHAPES];
	if (version == 0 || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
		return NULL;
	if (s->version != version || s->use != use ||
	    (s->function && ((PyFunctionObject *)s->function)->func_code != s->code))
		learn(s, type, use);
	return s->n > 0 ? s : NULL;
}

/* Borrowed; NULL: the instance has none, or a dict. */
static inline PyObject *part(PyObject *o, const struct shape *s, int i)
{
	if (s->parts[i].slot)
		return *(PyObject **)((char *)o + s->parts[i].where);
	PyDictValues *values =
		Py_TYPE(o)->tp_flags & Py_TPFLAGS_MANAGED_DICT ? ((PyDictValues **)o)[RT_OBJECT_VALUES] : NULL;
	return values ? values->values[s->parts[i].where] : NULL;
}

/* ---- comparing ------------------------------------------------------------- */

static inline enum order order_of_floats(double x, double y)
{
	return x < y ? ORDER_LESS : x == y ? ORDER_SAME : x > y ? ORDER_MORE : ORDER_NONE;
}

static enum order order_of_ints(PyObject *x, PyObject *y)
{
	Py_ssize_t m = Py_SIZE(x), n = Py_SIZE(y);
	if (m != n)
		return m < n ? ORDER_LESS : ORDER_MORE;
	Py_ssize_t i = m < 0 ? -m : m;
	const digit *a = ((PyLongObject *)x)->ob_digit, *b = ((PyLongObject *)y)->ob_digit;
	while (i > 0 && a[i - 1] == b[i - 1])
		i--;
	return i == 0 ? ORDER_SAME : (a[i - 1] < b[i - 1]) == (m > 0) ? ORDER_LESS : ORDER_MORE;
}

enum order order_of(PyObject *x, PyObject *y)
{
	if (!Py_IS_TYPE(x, Py_TYPE(y)))
		return ORDER_UNKNOWN;
	if (PyFloat_CheckExact(x))
		return order_of_floats(PyFloat_AS_DOUBLE(x), PyFloat_AS_DOUBLE(y));
	if (PyLong_CheckExact(x))
		return order_of_ints(x, y);
	if (!PyUnicode_CheckExact(x))
		return ORDER_UNKNOWN;
	int order = PyUnicode_Compare(x, y);
	return order < 0 ? ORDER_LESS : order == 0 ? ORDER_SAME : ORDER_MORE;
}

static int answer(enum order order, int use)
{
	switch (use) {
	case Py_LT: return order == ORDER_LESS;
	case Py_LE: return order == ORDER_LESS || order == ORDER_SAME;
	case Py_EQ: return order == ORDER_SAME;
	case Py_NE: return order != ORDER_SAME;
	case Py_GT: return order == ORDER_MORE;
	default: return order == ORDER_MORE || order == ORDER_SAME;
	}
}

/* The same as order_of(), for what is most often compared. */
static inline enum order order_of_parts(PyObject *x, PyObject *y)
{
	if (PyFloat_CheckExact(x) && PyFloat_CheckExact(y))
		return order_of_floats(PyFloat_AS_DOUBLE(x), PyFloat_AS_DOUBLE(y));
	return order_of(x, y);
}

int instances_compare(PyObject *x, PyObject *y, int use)
{
	const struct shape *s = Py_IS_TYPE(x, Py_TYPE(y)) ? shape_of(Py_TYPE(x), use) : NULL;
	enum order order = ORDER_SAME;
	for (int i = 0; s && order == ORDER_SAME && i < s->n; i++) {
		PyObject *a = part(x, s, i), *b = part(y, s, i);
		if (!a || !b)
			return -1;
		order = a == b && s->is_tuple ? ORDER_SAME : order_of_parts(a, b); /* tuplerichcompare() */
	}
	return s && order != ORDER_UNKNOWN ? answer(order, use) : -1;
}

Py_ssize_t instance_parts(PyObject *o, int use, PyObject **parts, Py_ssize_t max)
{
	const struct shape *s = shape_of(Py_TYPE(o), use);
	if (!s || s->n > max)
		return 0;
	for (int i = 0; i < s->n; i++)
		parts[i] = part(o, s, i);
	return s->n;
}

/* A class of which one attribute is looked at: as a method that does nothing else. */
PyObject *instance_attribute(PyObject *o, PyObject *name)
{
	static struct shape last; /* the GIL guards it */
	static PyObject *last_name;
	PyTypeObject *type = Py_TYPE(o);
	if (type->tp_version_tag == 0 || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) ||
	    type->tp_getattro != PyObject_GenericGetAttr ||
	    PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) >= 0)
		return NULL;
	if (last.version != type->tp_version_tag || last_name != name) {
		last.version = type->tp_version_tag;
		Py_XSETREF(last_name, Py_NewRef(name));
		last.n = find_part(&last, type, name, 0);
	}
	return last.n ? part(o, &last, 0) : NULL;
}

/* ---- hashing --------------------------------------------------------------- */

static bool hash_of(PyObject *o, Py_hash_t *ret)
{
	if (!PyUnicode_CheckExact(o) && !PyLong_CheckExact(o) && !PyFloat_CheckExact(o))
		return false;
	*ret = PyObject_Hash(o);
	return true;
}

static bool hash_parts(PyObject *o, const struct shape *s, Py_hash_t *ret)
{
	Py_hash_t hashes[MAX_PARTS];
	for (int i = 0; i < s->n; i++) {
		PyObject *a = part(o, s, i);
		if (!a || !hash_of(a, &hashes[i]))
			return false;
	}
	*ret = s->is_tuple ? tuple_hash(s->n, hashes) : hashes[0];
	return true;
}

/* Whether == of two of them is told by their attributes, or that they are one object. */
static bool has_known_equality(PyTypeObject *type)
{
	return type->tp_richcompare == PyBaseObject_Type.tp_richcompare || shape_of(type, Py_EQ);
}

bool instance_hash(PyObject *o, Py_hash_t *ret)
{
	struct shape *s = shape_of(Py_TYPE(o), HASH);
	if (!s || !has_plain_hash(s, (PyFunctionObject *)s->function) || !has_known_equality(Py_TYPE(o)))
		return false;
	return hash_parts(o, s, ret);
}
