/* rt_objects.c - Python's operations on objects for emitted code: what CPython's own loop does for the opcode, with the
 * same results, exceptions and texts.  Source: Python/ceval.c of CPython 3.11. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/deques.h"
#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_instance.h"
#include "codecache/jit/cpython311_named.h"
#include "codecache/jit/cpython311_setattr.h"
#include "codecache/jit/cpython311_sets.h"
#include "codecache/jit/cpython311_shape.h"
#include "codecache/jit/interned.h"
#include "codecache/lru.h"
#include "codecache/native.h"
#include "codecache/runtime_priv.h"

/* ---- operators ------------------------------------------------------------- */

static PyObject *power(PyObject *a, PyObject *b)
{
	return PyNumber_Power(a, b, Py_None);
}

static PyObject *inplace_power(PyObject *a, PyObject *b)
{
	return PyNumber_InPlacePower(a, b, Py_None);
}

/* As binary_ops[] in ceval.c. */
static const binaryfunc binary_functions[] = {
	[NB_ADD] = PyNumber_Add,
	[NB_AND] = PyNumber_And,
	[NB_FLOOR_DIVIDE] = PyNumber_FloorDivide,
	[NB_LSHIFT] = PyNumber_Lshift,
	[NB_MATRIX_MULTIPLY] = PyNumber_MatrixMultiply,
	[NB_MULTIPLY] = PyNumber_Multiply,
	[NB_REMAINDER] = PyNumber_Remainder,
	[NB_OR] = PyNumber_Or,
	[NB_POWER] = power,
	[NB_RSHIFT] = PyNumber_Rshift,
	[NB_SUBTRACT] = PyNumber_Subtract,
	[NB_TRUE_DIVIDE] = PyNumber_TrueDivide,
	[NB_XOR] = PyNumber_Xor,
	[NB_INPLACE_ADD] = PyNumber_InPlaceAdd,
	[NB_INPLACE_AND] = PyNumber_InPlaceAnd,
	[NB_INPLACE_FLOOR_DIVIDE] = PyNumber_InPlaceFloorDivide,
	[NB_INPLACE_LSHIFT] = PyNumber_InPlaceLshift,
	[NB_INPLACE_MATRIX_MULTIPLY] = PyNumber_InPlaceMatrixMultiply,
	[NB_INPLACE_MULTIPLY] = PyNumber_InPlaceMultiply,
	[NB_INPLACE_REMAINDER] = PyNumber_InPlaceRemainder,
	[NB_INPLACE_OR] = PyNumber_InPlaceOr,
	[NB_INPLACE_POWER] = inplace_power,
	[NB_INPLACE_RSHIFT] = PyNumber_InPlaceRshift,
	[NB_INPLACE_SUBTRACT] = PyNumber_InPlaceSubtract,
	[NB_INPLACE_TRUE_DIVIDE] = PyNumber_InPlaceTrueDivide,
	[NB_INPLACE_XOR] = PyNumber_InPlaceXor,
};

_Static_assert(NB_MULTIPLY == RT_NB_MULTIPLY && NB_ADD == RT_NB_ADD && NB_INPLACE_ADD == RT_NB_INPLACE_ADD,
	       "pass_lists.c knows what is done to lists by them");

PyObject *pf_rt_binary(PyObject *a, PyObject *b, int64_t op)
{
	PyObject *result = is_exactly_set(a) && is_exactly_set(b) ? sets_binary(a, b, (int)op) : NULL;
	return result ? result : binary_functions[op](a, b);
}

PyObject *pf_rt_append_str(PyObject *a, PyObject *b)
{
	PyUnicode_Append(&a, b);
	return a;
}

PyObject *pf_rt_negative(PyObject *a)
{
	return PyNumber_Negative(a);
}

PyObject *pf_rt_positive(PyObject *a)
{
	return PyNumber_Positive(a);
}

PyObject *pf_rt_invert(PyObject *a)
{
	return PyNumber_Invert(a);
}

static PyObject *compare_floats(double x, double y, int op)
{
	switch (op) {
	case Py_LT: return Py_NewRef(x < y ? Py_True : Py_False);
	case Py_LE: return Py_NewRef(x <= y ? Py_True : Py_False);
	case Py_EQ: return Py_NewRef(x == y ? Py_True : Py_False);
	case Py_NE: return Py_NewRef(x != y ? Py_True : Py_False);
	case Py_GT: return Py_NewRef(x > y ? Py_True : Py_False);
	default: return Py_NewRef(x >= y ? Py_True : Py_False);
	}
}

PyObject *pf_rt_compare(PyObject *a, PyObject *b, int64_t op)
{
	if (PyFloat_CheckExact(a) && PyFloat_CheckExact(b))
		return compare_floats(PyFloat_AS_DOUBLE(a), PyFloat_AS_DOUBLE(b), (int)op);
	int is =
		is_exactly_set(a) && is_exactly_set(b) ? sets_compare(a, b, (int)op) : instances_compare(a, b, (int)op);
	return is >= 0 ? PyBool_FromLong(is) : PyObject_RichCompare(a, b, (int)op);
}

/* do_richcompare() in Objects/object.c, when the first operand has had its say. */
PyObject *pf_rt_compare_rest(PyObject *result, PyObject *a, PyObject *b, int64_t op)
{
	static const int swapped[] = { Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE };
	static const char *const words[] = { "<", "<=", "==", "!=", ">", ">=" };
	richcmpfunc compare = Py_TYPE(b)->tp_richcompare;
	Py_DECREF(result);
	result = compare ? compare(b, a, swapped[op]) : Py_NewRef(Py_NotImplemented);
	if (result != Py_NotImplemented)
		return result;
	Py_DECREF(result);
	if (op == Py_EQ || op == Py_NE)
		return PyBool_FromLong((a == b) == (op == Py_EQ));
	return PyErr_Format(PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'", words[op],
			    Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
}

/* unicode_compare_eq() in Objects/unicodeobject.c; most strs of one length that differ do so at once. */
static bool are_equal(PyObject *a, PyObject *b)
{
	Py_ssize_t n = PyUnicode_GET_LENGTH(a);
	if (a == b)
		return true;
	if (n != PyUnicode_GET_LENGTH(b) || PyUnicode_KIND(a) != PyUnicode_KIND(b))
		return false;
	const char *x = PyUnicode_DATA(a), *y = PyUnicode_DATA(b);
	return n == 0 || (x[0] == y[0] && memcmp(x, y, (size_t)n * PyUnicode_KIND(a)) == 0);
}

int pf_rt_str_equal(PyObject *a, PyObject *b)
{
	if (!PyUnicode_IS_READY(a) || !PyUnicode_IS_READY(b))
		return PyUnicode_Compare(a, b) == 0;
	return are_equal(a, b);
}

/* Whether both are equal to nothing else, as what has no __eq__() is: object_richcompare() in Objects/typeobject.c. */
static bool are_only_themselves(PyObject *a, PyObject *b)
{
	return Py_TYPE(a)->tp_richcompare == PyBaseObject_Type.tp_richcompare &&
	       Py_TYPE(b)->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

/* The comparison's answer, or 2: *ret is what it gave instead. */
int64_t pf_rt_compare_quick(PyObject *a, PyObject *b, int64_t op, PyObject **ret)
{
	PyObject *result;
	if (PyLong_CheckExact(a) && PyLong_CheckExact(b))
		result = PyLong_Type.tp_richcompare(a, b, (int)op);
	else if ((op == Py_EQ || op == Py_NE) && are_only_themselves(a, b))
		return (a == b) == (op == Py_EQ);
	else
		result = pf_rt_compare(a, b, op);
	if (result == Py_True || result == Py_False) {
		Py_DECREF(result);
		return result == Py_True;
	}
	*ret = result;
	return result ? 2 : -1;
}

int pf_rt_truth(PyObject *a)
{
	if (PyLong_CheckExact(a))
		return Py_SIZE(a) != 0;
	return PyObject_IsTrue(a);
}

/* tuplecontains() in Objects/tupleobject.c, of a str: most tuples that are asked have only strs. */
static int tuple_has_str(PyObject *tuple, PyObject *item)
{
	int equal = 0;
	for (Py_ssize_t i = 0; equal == 0 && i < PyTuple_GET_SIZE(tuple); i++) {
		PyObject *other = PyTuple_GET_ITEM(tuple, i);
		if (other == item)
			return 1;
		equal = PyUnicode_CheckExact(other) ? pf_rt_str_equal(other, item)
						    : PyObject_RichCompareBool(other, item, Py_EQ);
	}
	return equal;
}

int pf_rt_contains(PyObject *item, PyObject *container)
{
	if (PyTuple_CheckExact(container) && PyUnicode_CheckExact(item))
		return tuple_has_str(container, item);
	int quick = keys_contain(item, container);
	return quick >= 0 ? quick : PySequence_Contains(container, item);
}

/* ---- isinstance() ---------------------------------------------------------- */

/* Whether the objects of a type have it as their __class__ for sure. */
static bool class_is_type(PyTypeObject *type)
{
	return type->tp_getattro == PyObject_GenericGetAttr && has_plain_class(type);
}

/* object_recursive_isinstance() and object_isinstance() in Objects/abstract.c. */
static int instance_quick(PyObject *object, PyObject *class)
{
	if (Py_IS_TYPE(object, (PyTypeObject *)class))
		return 1;
	if (!PyType_CheckExact(class))
		return -1;
	if (PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)class))
		return 1;
	return class_is_type(Py_TYPE(object)) ? 0 : -1;
}

int pf_rt_instance_quick(PyObject *object, PyObject *class)
{
	if (!PyTuple_CheckExact(class))
		return instance_quick(object, class);
	int is = 0;
	for (Py_ssize_t i = 0; is == 0 && i < PyTuple_GET_SIZE(class); i++)
		is = instance_quick(object, PyTuple_GET_ITEM(class, i));
	return is;
}

int pf_rt_is_instance(PyObject *object, PyObject *class)
{
	return PyObject_IsInstance(object, class);
}

int pf_rt_del_item(PyObject *container, PyObject *key)
{
	return PyObject_DelItem(container, key);
}

int64_t pf_rt_length(PyObject *a)
{
	return PyObject_Size(a);
}

/* Whose length is a number in it. */
static bool is_container(PyObject *a)
{
	return PyList_CheckExact(a) || PyTuple_CheckExact(a) || PyDict_CheckExact(a) || PyUnicode_CheckExact(a) ||
	       PyAnySet_CheckExact(a) || PyBytes_CheckExact(a) || PyByteArray_CheckExact(a) ||
	       Py_IS_TYPE(a, deque_type());
}

int64_t pf_rt_length_quick(PyObject *a)
{
	return is_container(a) ? PyObject_Size(a) : -1;
}

/* Whether all objects of the type are true. */
static bool is_always_true(const PyTypeObject *type)
{
	return !(type->tp_as_number && type->tp_as_number->nb_bool) &&
	       !(type->tp_as_mapping && type->tp_as_mapping->mp_length) &&
	       !(type->tp_as_sequence && type->tp_as_sequence->sq_length);
}

int pf_rt_truth_quick(PyObject *a)
{
	bool is_plain = a == Py_None || PyLong_CheckExact(a) || PyBool_Check(a) || PyFloat_CheckExact(a);
	return is_plain || is_container(a) || is_always_true(Py_TYPE(a)) ? pf_rt_truth(a) : -1;
}

/* ---- names and attributes -------------------------------------------------- */

int pf_rt_store_global(PyObject *globals, PyObject *name, PyObject *value)
{
	return PyDict_SetItem(globals, name, value);
}

PyObject *pf_rt_bound_function(PyObject *method)
{
	PyObject *function = Py_IS_TYPE(method, &PyMethod_Type) ? PyMethod_GET_FUNCTION(method) : NULL;
	return function && Py_IS_TYPE(function, &PyFunction_Type) ? Py_NewRef(function) : NULL;
}

PyObject *pf_rt_bound_self(PyObject *method)
{
	return Py_NewRef(PyMethod_GET_SELF(method));
}

/* ---- iteration ------------------------------------------------------------- */

PyObject *pf_rt_get_iter(PyObject *a)
{
	return PyObject_GetIter(a);
}

/* As GET_YIELD_FROM_ITER and SEND of Python/ceval.c. */
PyObject *pf_rt_yield_from(PyObject *a)
{
	if (!PyCoro_CheckExact(a))
		return PyObject_GetIter(a);
	PyErr_SetString(PyExc_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
	return NULL;
}

int64_t pf_rt_send(PyObject *iterator, PyObject **ret)
{
	switch (PyIter_Send(iterator, Py_None, ret)) {
	case PYGEN_NEXT: return 0;
	case PYGEN_RETURN: return 1;
	default: return -1;
	}
}

/* Whether what is set is StopIteration as it is raised where nothing more is to be said. */
static bool is_plain_end(void)
{
	if (!PyErr_ExceptionMatches(PyExc_StopIteration))
		return false;
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	bool is_plain = type == PyExc_StopIteration && !value && !traceback;
	PyErr_Restore(type, value, traceback);
	return is_plain;
}

int64_t pf_rt_gives_items(PyObject *object)
{
	static PyObject *hint;
	const PyTypeObject *type = Py_TYPE(object);
	bool has_length = (type->tp_as_sequence && type->tp_as_sequence->sq_length) ||
			  (type->tp_as_mapping && type->tp_as_mapping->mp_length);
	if (!PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_HEAPTYPE) || !type->tp_iter || has_length)
		return 0;
	if (!hint && !(hint = PyUnicode_InternFromString("__length_hint__")))
		PyErr_Clear();
	return hint && !_PyType_Lookup((PyTypeObject *)type, hint);
}

/* builtin_next() in Python/bltinmodule.c, which counts as a call. */
PyObject *pf_rt_next_or(PyObject *iterator, PyObject *otherwise)
{
	if (Py_EnterRecursiveCall(" while calling a Python object"))
		return NULL;
	PyObject *value = pf_rt_next_value(iterator);
	Py_LeaveRecursiveCall();
	if (!value && otherwise && (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_StopIteration))) {
		PyErr_Clear();
		value = Py_NewRef(otherwise);
	} else if (!value && !PyErr_Occurred()) {
		PyErr_SetNone(PyExc_StopIteration);
	}
	return call_returned(value);
}

/* builtin_next() in Python/bltinmodule.c */
PyObject *pf_rt_next_value(PyObject *iterator)
{
	if (!PyIter_Check(iterator)) {
		PyErr_Format(PyExc_TypeError, "'%.200s' object is not an iterator", Py_TYPE(iterator)->tp_name);
		return NULL;
	}
	PyObject *value = Py_TYPE(iterator)->tp_iternext(iterator);
	if (!value && PyErr_Occurred() && is_plain_end())
		PyErr_Clear();
	return value;
}

PyObject *pf_rt_next(PyObject *iterator)
{
	return Py_TYPE(iterator)->tp_iternext(iterator);
}

int pf_rt_next_ended(void)
{
	if (!PyErr_Occurred())
		return 0;
	if (!PyErr_ExceptionMatches(PyExc_StopIteration))
		return -1;
	PyErr_Clear();
	return 0;
}

/* unpack_iterable() without a star; a list or a tuple of the right length is only copied. */
PyObject *pf_rt_unpack(PyObject *a, int64_t n)
{
	if (PyTuple_CheckExact(a) && PyTuple_GET_SIZE(a) == n)
		return Py_NewRef(a);
	if (PyList_CheckExact(a) && PyList_GET_SIZE(a) == n)
		return PyList_AsTuple(a);
	PyObject *iterator = PyObject_GetIter(a);
	if (!iterator) {
		if (PyErr_ExceptionMatches(PyExc_TypeError) && !Py_TYPE(a)->tp_iter && !PySequence_Check(a))
			PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object", Py_TYPE(a)->tp_name);
		return NULL;
	}
	PyObject *result = PyTuple_New(n), *more = NULL;
	for (Py_ssize_t i = 0; result && i < n; i++) {
		PyObject *item = PyIter_Next(iterator);
		if (item) {
			PyTuple_SET_ITEM(result, i, item);
			continue;
		}
		if (!PyErr_Occurred())
			PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected %zd, got %zd)",
				     (Py_ssize_t)n, i);
		Py_CLEAR(result);
	}
	if (result && (more = PyIter_Next(iterator))) {
		PyErr_Format(PyExc_ValueError, "too many values to unpack (expected %zd)", (Py_ssize_t)n);
		Py_DECREF(more);
	}
	if (result && PyErr_Occurred())
		Py_CLEAR(result);
	Py_DECREF(iterator);
	return result;
}

/* unpack_iterable() with a star: before items, a list, after items. */
PyObject *pf_rt_unpack_ex(PyObject *a, int64_t before, int64_t after)
{
	PyObject *iterator = PyObject_GetIter(a);
	if (!iterator) {
		if (PyErr_ExceptionMatches(PyExc_TypeError) && !Py_TYPE(a)->tp_iter && !PySequence_Check(a))
			PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object", Py_TYPE(a)->tp_name);
		return NULL;
	}
	PyObject *result = PyTuple_New(before + 1 + after), *list = NULL;
	for (Py_ssize_t i = 0; result && i < before; i++) {
		PyObject *item = PyIter_Next(iterator);
		if (item) {
			PyTuple_SET_ITEM(result, i, item);
			continue;
		}
		if (!PyErr_Occurred())
			PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %zd, got %zd)",
				     (Py_ssize_t)(before + after), i);
		Py_CLEAR(result);
	}
	if (result)
		list = PySequence_List(iterator);
	Py_DECREF(iterator);
	Py_ssize_t n = list ? PyList_GET_SIZE(list) : 0;
	if (list && n < after) {
		PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %zd, got %zd)",
			     (Py_ssize_t)(before + after), (Py_ssize_t)before + n);
		Py_CLEAR(list);
	}
	if (!list) {
		Py_XDECREF(result);
		return NULL;
	}
	for (Py_ssize_t i = 0; i < after; i++)
		PyTuple_SET_ITEM(result, before + 1 + i, Py_NewRef(PyList_GET_ITEM(list, n - after + i)));
	if (PyList_SetSlice(list, n - after, n, NULL) < 0) {
		Py_DECREF(list);
		Py_DECREF(result);
		return NULL;
	}
	PyTuple_SET_ITEM(result, before, list);
	return result;
}

/* ---- text ------------------------------------------------------------------ */

PyObject *pf_rt_format(PyObject *value, PyObject *spec, int64_t conversion)
{
	PyObject *converted = NULL, *result;
	switch (conversion & FVC_MASK) {
	case FVC_STR: converted = PyObject_Str(value); break;
	case FVC_REPR: converted = PyObject_Repr(value); break;
	case FVC_ASCII: converted = PyObject_ASCII(value); break;
	default: converted = Py_NewRef(value); break;
	}
	if (!converted)
		return NULL;
	if (!spec && PyUnicode_CheckExact(converted))
		return converted;
	result = PyObject_Format(converted, spec);
	Py_DECREF(converted);
	return result;
}

/* As long_to_decimal_string() has it: a new str also of one character. */
PyObject *pf_rt_str_of_i64(int64_t value)
{
	char digits[24], *end = digits + sizeof(digits), *p = end;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--p = '-';
	PyObject *str = PyUnicode_New(end - p, 127);
	if (str)
		memcpy(PyUnicode_1BYTE_DATA(str), p, (size_t)(end - p));
	return str;
}

/* How long ASCII parts are together; -1: there is another one. */
static Py_ssize_t ascii_length(PyObject *const *parts, int64_t n)
{
	Py_ssize_t length = 0;
	for (int64_t i = 0; i < n; i++) {
		if (!PyUnicode_IS_COMPACT_ASCII(parts[i]) || PyUnicode_GET_LENGTH(parts[i]) > PY_SSIZE_T_MAX - length)
			return -1;
		length += PyUnicode_GET_LENGTH(parts[i]);
	}
	return length;
}

static PyObject *join(PyObject *const *parts, int64_t n)
{
	PyObject *empty = PyUnicode_New(0, 0);
	PyObject *result = empty ? _PyUnicode_JoinArray(empty, parts, n) : NULL;
	Py_XDECREF(empty);
	return result;
}

PyObject *pf_rt_new_str(PyObject *const *parts, int64_t n)
{
	Py_ssize_t length = ascii_length(parts, n);
	PyObject *result = length < 0 ? join(parts, n) : PyUnicode_New(length, 127);
	if (!result || length <= 0)
		return result;
	Py_UCS1 *to = PyUnicode_1BYTE_DATA(result);
	for (int64_t i = 0; i < n; i++) {
		size_t size = (size_t)PyUnicode_GET_LENGTH(parts[i]);
		memcpy(to, PyUnicode_1BYTE_DATA(parts[i]), size);
		to += size;
	}
	return result;
}

/* ---- calls ----------------------------------------------------------------- */

/* The vector is the emitted code's own: its first place may be used as vectorcall allows. */
static PyObject *call(PyObject *const *stack, int64_t n, PyObject *names)
{
	PyObject *const *args = stack + (stack[0] ? 1 : 2);
	size_t n_args = (size_t)(n - (stack[0] ? 1 : 2) - (names ? PyTuple_GET_SIZE(names) : 0));
	return call_returned(PyObject_Vectorcall(args[-1], args, n_args | PY_VECTORCALL_ARGUMENTS_OFFSET, names));
}

PyObject *pf_rt_call(PyObject *const *stack, int64_t n)
{
	PyObject *result;
	int64_t first = stack[0] ? 1 : 2;
	bool done = call_builtin(stack, n, &result) ||
		    named_call(stack[first - 1], stack + first, n - first, &result) ||
		    lru_call(stack[first - 1], stack + first, n - first, &result) ||
		    setattr_call(stack[first - 1], stack + first, n - first, &result);
	return done ? call_returned(result) : call(stack, n, NULL);
}

PyObject *pf_rt_call_taken(PyObject *const *stack, int64_t n)
{
	PyObject *result = pf_rt_call(stack, n);
	for (int64_t i = 0; result && i < n; i++)
		Py_XDECREF(stack[i]);
	return result;
}

PyObject *pf_rt_call_given(int64_t given, PyObject *const *stack, int64_t n)
{
	int64_t first = stack[0] ? 1 : 2;
	PyObject *callable = stack[first - 1], *result;
	if (native_call_given(callable, given >> first, stack + first, n - first, &result) ||
	    call_python(callable, given >> first, stack + first, n - first, &result)) {
		result = call_returned(result);
		given &= (INT64_C(1) << first) - 1;
	} else {
		result = pf_rt_call(stack, n);
	}
	for (int64_t i = 0; i < n; i++)
		if (given >> i & 1)
			Py_XDECREF(stack[i]); /* a method may be none */
	return result;
}

PyObject *pf_rt_call_named(int64_t n_names, PyObject *const *stack, int64_t n)
{
	PyObject *names = n_names ? PyTuple_New(n_names) : NULL;
	if (n_names && !names)
		return NULL;
	n -= n_names;
	for (int64_t i = 0; i < n_names; i++)
		PyTuple_SET_ITEM(names, i, Py_NewRef(stack[n + i]));
	PyObject *result = n_names ? call(stack, n, names) : pf_rt_call(stack, n);
	Py_XDECREF(names);
	return result;
}

PyObject *pf_rt_call_kw(PyObject *names, PyObject *const *stack, int64_t n)
{
	return call(stack, n, names);
}

/* As check_args_iterable() in ceval.c. */
static PyObject *arguments_tuple(PyObject *callable, PyObject *arguments)
{
	if (PyTuple_CheckExact(arguments))
		return Py_NewRef(arguments);
	if (!Py_TYPE(arguments)->tp_iter && !PySequence_Check(arguments)) {
		PyObject *name = _PyObject_FunctionStr(callable);
		if (name)
			PyErr_Format(PyExc_TypeError, "%U argument after * must be an iterable, not %.200s", name,
				     Py_TYPE(arguments)->tp_name);
		Py_XDECREF(name);
		return NULL;
	}
	return PySequence_Tuple(arguments);
}

/* CALL_FUNCTION_EX. */
PyObject *pf_rt_call_ex(PyObject *callable, PyObject *arguments, PyObject *keywords)
{
	PyObject *dict = NULL, *result = NULL;
	if (keywords && !PyDict_CheckExact(keywords)) {
		dict = PyDict_New();
		if (!dict || pf_rt_dict_merge(dict, keywords, callable) < 0) {
			Py_XDECREF(dict);
			return NULL;
		}
		keywords = dict;
	}
	PyObject *tuple = arguments_tuple(callable, arguments);
	if (tuple)
		result = call_returned(PyObject_Call(callable, tuple, keywords));
	Py_XDECREF(tuple);
	Py_XDECREF(dict);
	return result;
}

/* name may be NULL, with an exception. */
static PyObject *lookup_special(PyObject *a, PyObject *name, bool *failed)
{
	PyObject *method = name ? _PyType_Lookup(Py_TYPE(a), name) : NULL;
	*failed = !name;
	if (!method)
		return NULL;
	descrgetfunc get = Py_TYPE(method)->tp_descr_get;
	PyObject *result = get ? get(method, a, (PyObject *)Py_TYPE(a)) : Py_NewRef(method);
	*failed = !result;
	return result;
}

/* BEFORE_WITH. */
PyObject *pf_rt_before_with(PyObject *manager, PyObject **ret)
{
	static PyObject *names[2];
	bool failed;
	const char *protocol = "'%.200s' object does not support the context manager protocol";
	PyObject *enter = lookup_special(manager, interned(&names[0], "__enter__"), &failed);
	if (!enter) {
		if (!failed)
			PyErr_Format(PyExc_TypeError, protocol, Py_TYPE(manager)->tp_name);
		return NULL;
	}
	*ret = lookup_special(manager, interned(&names[1], "__exit__"), &failed);
	if (!*ret) {
		if (!failed)
			PyErr_Format(PyExc_TypeError,
				     "'%.200s' object does not support the context manager protocol "
				     "(missed __exit__ method)",
				     Py_TYPE(manager)->tp_name);
		Py_DECREF(enter);
		return NULL;
	}
	PyObject *result = PyObject_CallNoArgs(enter);
	Py_DECREF(enter);
	if (!result)
		Py_CLEAR(*ret);
	return result;
}

/* ---- imports --------------------------------------------------------------- */

/* import_name() in ceval.c; the frame's f_locals are those of a function: none. */
PyObject *pf_rt_import(PyObject *const *consts, PyObject *globals, PyObject *name, PyObject *from, PyObject *level)
{
	PyObject *function = PyDict_GetItemString(consts[1], "__import__");
	if (!function) {
		if (!PyErr_Occurred())
			PyErr_SetString(PyExc_ImportError, "__import__ not found");
		return NULL;
	}
	PyObject *stack[] = { NULL, name, globals, Py_None, from, level };
	return PyObject_Vectorcall(function, stack + 1, 5 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* NULL, without an exception, if the name is not an attribute: the caller lets CPython look on. */
PyObject *pf_rt_import_from(PyObject *module, PyObject *name)
{
	PyObject *value = PyObject_GetAttr(module, name);
	if (!value)
		PyErr_Clear();
	return value;
}

/* ---- new objects ----------------------------------------------------------- */

PyObject *pf_rt_new_list(PyObject *const *items, int64_t n)
{
	PyObject *list = PyList_New(n);
	for (int64_t i = 0; list && i < n; i++)
		PyList_SET_ITEM(list, i, items[i]);
	return list;
}

/* _PyObject_GC_MAY_BE_TRACKED() */
static inline bool may_be_tracked(PyObject *object)
{
	return PyType_IS_GC(Py_TYPE(object)) && PyObject_IS_GC(object) &&
	       (!PyTuple_CheckExact(object) || PyObject_GC_IsTracked(object));
}

/* A tuple that can be part of no cycle is not tracked, as the collector would find out at its first look at it. */
PyObject *pf_rt_new_tuple(PyObject *const *items, int64_t n)
{
	PyObject *tuple = PyTuple_New(n);
	bool tracked = false;
	for (int64_t i = 0; tuple && i < n; i++) {
		PyTuple_SET_ITEM(tuple, i, items[i]);
		tracked |= may_be_tracked(items[i]);
	}
	if (tuple && n && !tracked)
		PyObject_GC_UnTrack(tuple);
	return tuple;
}

PyObject *pf_rt_new_set(PyObject *const *items, int64_t n)
{
	PyObject *set = PySet_New(NULL);
	for (int64_t i = 0; set && i < n; i++)
		if (PySet_Add(set, items[i]) < 0)
			Py_CLEAR(set);
	return set;
}

PyObject *pf_rt_new_dict(PyObject *const *items, int64_t n)
{
	PyObject *dict = PyDict_New();
	for (int64_t i = 0; dict && i < n; i += 2)
		if (PyDict_SetItem(dict, items[i], items[i + 1]) < 0)
			Py_CLEAR(dict);
	return dict;
}

PyObject *pf_rt_new_dict_of(PyObject *keys, PyObject *const *values, int64_t n)
{
	PyObject *dict = PyDict_New();
	for (int64_t i = 0; dict && i < n; i++)
		if (PyDict_SetItem(dict, PyTuple_GET_ITEM(keys, i), values[i]) < 0)
			Py_CLEAR(dict);
	return dict;
}

PyObject *pf_rt_new_bound(PyObject *function, PyObject *self)
{
	if (!self)
		return function;
	PyObject *bound = Py_IS_TYPE(function, &PyMethodDescr_Type)
				  ? Py_TYPE(function)->tp_descr_get(function, self, (PyObject *)Py_TYPE(self))
				  : PyMethod_New(function, self);
	if (!bound)
		return NULL;
	Py_DECREF(function);
	Py_DECREF(self);
	return bound;
}

PyObject *pf_rt_new_slice(PyObject *start, PyObject *stop, PyObject *step)
{
	return PySlice_New(start, stop, step);
}

PyObject *pf_rt_new_cell(PyObject *value)
{
	return PyCell_New(value);
}

static bool set_if(PyObject *function, PyObject *value, int (*set)(PyObject *function, PyObject *value))
{
	return !value || set(function, value) == 0;
}

/* As MAKE_FUNCTION has them: a tuple, of which the function makes a dict when it is asked. */
static int set_annotations(PyObject *function, PyObject *annotations)
{
	((PyFunctionObject *)function)->func_annotations = Py_NewRef(annotations);
	return 0;
}

PyObject *pf_rt_new_function(PyObject *globals, PyObject *code, PyObject *defaults, PyObject *kwdefaults,
			     PyObject *annotations, PyObject *closure)
{
	PyObject *function = PyFunction_New(code, globals);
	if (function && set_if(function, closure, PyFunction_SetClosure) &&
	    set_if(function, annotations, set_annotations) && set_if(function, kwdefaults, PyFunction_SetKwDefaults) &&
	    set_if(function, defaults, PyFunction_SetDefaults)) {
		(void)native_join(function);
		return function;
	}
	Py_XDECREF(function);
	return NULL;
}

/* ---- containers ------------------------------------------------------------ */

PyObject *pf_rt_new_bytearray(void)
{
	return PyByteArray_FromStringAndSize(NULL, 0);
}

int pf_rt_bytearray_append(PyObject *bytearray, int64_t byte)
{
	Py_ssize_t size = Py_SIZE(bytearray);
	if (PyByteArray_Resize(bytearray, size + 1) < 0)
		return -1;
	PyByteArray_AS_STRING(bytearray)[size] = (char)byte;
	return 0;
}

int pf_rt_list_append(PyObject *list, PyObject *item)
{
	int r = PyList_Append(list, item);
	if (r == 0)
		Py_DECREF(item);
	return r;
}

/* list.pop(). */
PyObject *pf_rt_list_pop(PyObject *list, int64_t index)
{
	Py_ssize_t n = PyList_GET_SIZE(list);
	if (n == 0) {
		PyErr_SetString(PyExc_IndexError, "pop from empty list");
		return NULL;
	}
	if (index < 0)
		index += n;
	if (index < 0 || index >= n) {
		PyErr_SetString(PyExc_IndexError, "pop index out of range");
		return NULL;
	}
	PyObject *item = PyList_GET_ITEM(list, index);
	if (index == n - 1 && index >= ((PyListObject *)list)->allocated >> 1) { /* list_resize() frees nothing */
		Py_SET_SIZE((PyVarObject *)list, index);
		return item;
	}
	Py_INCREF(item);
	if (PyList_SetSlice(list, index, index + 1, NULL) < 0)
		Py_CLEAR(item);
	return item;
}

int pf_rt_list_insert(PyObject *list, int64_t index, PyObject *item)
{
	int r = PyList_Insert(list, index, item);
	if (r == 0)
		Py_DECREF(item);
	return r;
}

int pf_rt_list_reverse(PyObject *list)
{
	return PyList_Reverse(list);
}

/* list(range(...)); the step is not 0. */
PyObject *pf_rt_list_of_range(int64_t start, int64_t stop, int64_t step)
{
	PyObject *range = pf_rt_new_range(start, stop, step);
	PyObject *list = range ? PySequence_List(range) : NULL;
	Py_XDECREF(range);
	return list;
}

/* LIST_EXTEND. */
int pf_rt_list_extend(PyObject *list, PyObject *iterable)
{
	PyObject *none = _PyList_Extend((PyListObject *)list, iterable);
	if (!none && PyErr_ExceptionMatches(PyExc_TypeError) && !Py_TYPE(iterable)->tp_iter &&
	    !PySequence_Check(iterable)) {
		PyErr_Clear();
		PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s",
			     Py_TYPE(iterable)->tp_name);
	}
	Py_XDECREF(none);
	return none ? 0 : -1;
}

int pf_rt_list_extend_ints(PyObject *list, PyObject *tuple)
{
	return pf_rt_list_extend(list, tuple);
}

int pf_rt_list_extend_floats(PyObject *list, PyObject *tuple)
{
	return pf_rt_list_extend(list, tuple);
}

PyObject *pf_rt_list_to_tuple(PyObject *list)
{
	return PyList_AsTuple(list);
}

int pf_rt_set_update(PyObject *set, PyObject *iterable)
{
	return _PySet_Update(set, iterable);
}

int pf_rt_dict_set(PyObject *dict, PyObject *key, PyObject *value)
{
	return PyDict_SetItem(dict, key, value);
}

/* DICT_UPDATE. */
int pf_rt_dict_update(PyObject *dict, PyObject *mapping)
{
	int r = PyDict_Update(dict, mapping);
	if (r < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
		PyErr_Clear();
		PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping", Py_TYPE(mapping)->tp_name);
	}
	return r;
}

/* The text of format_kwargs_error() for what is not a mapping. */
static void not_a_mapping(PyObject *callable, PyObject *mapping)
{
	PyErr_Clear();
	PyObject *name = _PyObject_FunctionStr(callable);
	if (name)
		PyErr_Format(PyExc_TypeError, "%U argument after ** must be a mapping, not %.200s", name,
			     Py_TYPE(mapping)->tp_name);
	Py_XDECREF(name);
}

/* The text of format_kwargs_error() for a keyword that was there already. */
static void doubled_keyword(PyObject *callable)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	if (!value || !PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 1) {
		PyErr_Restore(type, value, traceback);
		return;
	}
	PyObject *name = _PyObject_FunctionStr(callable);
	if (name)
		PyErr_Format(PyExc_TypeError, "%U got multiple values for keyword argument '%S'", name,
			     PyTuple_GET_ITEM(value, 0));
	Py_XDECREF(name);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
}

/* DICT_MERGE. */
int pf_rt_dict_merge(PyObject *dict, PyObject *mapping, PyObject *callable)
{
	int r = _PyDict_MergeEx(dict, mapping, 2);
	if (r < 0 && PyErr_ExceptionMatches(PyExc_AttributeError))
		not_a_mapping(callable, mapping);
	else if (r < 0 && PyErr_ExceptionMatches(PyExc_KeyError))
		doubled_keyword(callable);
	return r;
}

int pf_rt_dealloc(PyObject *object)
{
	instance_dealloc(object);
	return 0;
}

int pf_rt_drop(PyObject *object)
{
	if (--object->ob_refcnt == 0)
		instance_dealloc(object);
	return 0;
}
