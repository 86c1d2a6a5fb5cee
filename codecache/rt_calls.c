/* rt_calls.c - what emitted code needs for direct calls: a frame, and CPython to go on in it after a side exit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_instance.h"
#include "codecache/jit/cpython311_record.h"
#include "codecache/native_priv.h"
#include "codecache/runtime_priv.h"

static bool defaults_are(PyObject *defaults, PyObject *const *wanted, Py_ssize_t n)
{
	Py_ssize_t size = defaults ? PyTuple_GET_SIZE(defaults) : 0;
	for (Py_ssize_t i = 0; i < n && n <= size; i++)
		if (PyTuple_GET_ITEM(defaults, size - n + i) != wanted[i])
			return false;
	return n <= size;
}

int pf_rt_defaults_are(PyObject *const *consts, PyObject *function, int64_t index, int64_t n, int64_t at)
{
	PyObject **cache = (PyObject **)(uintptr_t)&consts[at], *defaults = PyFunction_GET_DEFAULTS(function);
	if (!defaults_are(defaults, &consts[index + 1], n))
		return 0;
	Py_XSETREF(*cache, Py_XNewRef(defaults)); /* as long as the specialization */
	return 1;
}

PyObject *pf_rt_call_enter(PyObject *const *consts, PyObject *function, int64_t index, int64_t size)
{
	return (PyObject *)call_enter(function, consts[index], size);
}

/* Whether a clause for what has these names takes exceptions of the class. */
static bool is_one_of(PyObject *const *consts, PyObject *globals, PyObject *class, int64_t names)
{
	int64_t n = names & ((1 << RT_NAMES_BITS) - 1), first = names >> RT_NAMES_BITS;
	bool is = n == 0;
	if (names == RT_NAMES_STOP)
		return PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)PyExc_StopIteration);
	for (int64_t i = 0; i < n; i++) {
		PyObject *named = runtime_find_global(globals, consts[1], consts[first + i]);
		if (!named || !PyExceptionClass_Check(named))
			return false;
		is |= named == class || PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)named);
	}
	return is;
}

PyObject *pf_rt_call_odd(PyObject *const *consts, PyObject *locals, int64_t *words, int64_t more, int64_t globals,
			 int64_t names)
{
	PyObject *result = NULL;
	struct side_exit *exit = (struct side_exit *)words;
	const struct specialization *s = specialization_of(consts);
	if (exit->number >= 0) {
		PyObject *class = names ? side_exit_throws(s, exit) : NULL;
		if (!class || !is_one_of(consts, consts[globals], class, names) ||
		    !side_exit_forget(s, (PyObject **)locals, exit))
			result = side_exit_go_on(s, (PyObject **)locals, exit);
	}
	if (locals) {
		call_leave((PyObject **)locals);
		call_count(-(int)more);
	}
	return result;
}

static bool value_of(PyObject *item, enum rt_value type, int64_t *ret)
{
	switch (type) {
	case RT_VALUE_I64: return pf_rt_unbox_i64(item, ret);
	case RT_VALUE_F64: return pf_rt_unbox_f64(item, (double *)ret);
	case RT_VALUE_BOOL: return pf_rt_unbox_bool(item, ret);
	default: *(PyObject **)ret = item; return true;
	}
}

static enum rt_value type_at(int64_t types, Py_ssize_t i)
{
	return (enum rt_value)(types >> (RT_VALUE_BITS * i) & ((1 << RT_VALUE_BITS) - 1));
}

int pf_rt_take_values(PyObject *object, int64_t types, int64_t *values)
{
	if (!PyTuple_CheckExact(object) || Py_REFCNT(object) != 1 || PyTuple_GET_SIZE(object) > RT_MAX_VALUES)
		return 0;
	Py_ssize_t n = PyTuple_GET_SIZE(object);
	for (Py_ssize_t i = 0; i < n; i++)
		if (type_at(types, i) == RT_VALUE_END ||
		    !value_of(PyTuple_GET_ITEM(object, i), type_at(types, i), &values[i]))
			return 0;
	if (n < RT_MAX_VALUES && type_at(types, n) != RT_VALUE_END)
		return 0;
	for (Py_ssize_t i = 0; i < n; i++)
		if (type_at(types, i) == RT_VALUE_OBJ)
			Py_INCREF(PyTuple_GET_ITEM(object, i));
	Py_DECREF(object);
	return 1;
}

int pf_rt_take_record(PyObject *object, PyObject *class, PyObject *code, int64_t types, int64_t *values)
{
	PyObject *attributes[RT_MAX_VALUES];
	bool is_alone = Py_IS_TYPE(object, (PyTypeObject *)class) && Py_REFCNT(object) == 1;
	int n = is_alone ? record_attributes(object, code, attributes) : 0;
	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
		if (!value_of(attributes[i], type_at(types, i), &values[i]))
			return 0;
	for (int i = 0; i < n; i++)
		if (type_at(types, i) == RT_VALUE_OBJ)
			Py_INCREF(attributes[i]);
	Py_DECREF(object);
	return 1;
}

int pf_rt_call_room(void)
{
	return call_room();
}

/* So many calls more from functions that have a frame are to be given more levels at once. */
static int64_t deep;

const int64_t *calls_deep(void)
{
	return &deep;
}

int64_t pf_rt_call_levels(int64_t words, int64_t bytes, int64_t deeper)
{
	enum { MOST = 16384, DEEP_CALLS = 1000 };
	if (deeper)
		deep = DEEP_CALLS;
	else if (deep > 0)
		deep--;
	return call_levels(deep > 0 ? MOST : RT_CALL_LEVELS, words, bytes);
}

/* ---- frames that are made late ----------------------------------------------- */

/* It takes over what was held. */
static PyObject **new_frame(PyObject *const *consts, const int64_t *record)
{
	int64_t what = record[RT_CALL_WHAT];
	PyObject *function = (PyObject *)(uintptr_t)record[RT_CALL_FUNCTION];
	PyObject *code = consts[(uint32_t)what];
	PyObject **locals = call_late(function, code, what >> RT_CALL_SIZE_SHIFT & 0xffff);
	if (what >> RT_CALL_HOLDS_SHIFT)
		for (uint64_t held = (uint64_t)record[RT_CALL_HELD]; held; held &= held - 1) {
			int k = __builtin_ctzll(held);
			locals[k] = (PyObject *)(uintptr_t)record[RT_CALL_HELD + 1 + k];
		}
	int n_free = what >> RT_CALL_FREE_SHIFT & 0xff, n_locals = ((PyCodeObject *)code)->co_nlocalsplus;
	for (int k = 0; k < n_free; k++)
		locals[n_locals - n_free + k] = Py_NewRef(PyTuple_GET_ITEM(PyFunction_GET_CLOSURE(function), k));
	return locals;
}

static int64_t *record_above(const int64_t *record)
{
	return (int64_t *)(uintptr_t)record[RT_CALL_ABOVE];
}

static PyObject ***made_by(int64_t *record)
{
	return (PyObject ***)&record[RT_CALL_MADE];
}

/* The frame of the function whose record it is, which is late, is there. */
static void is_at_call(int64_t *record)
{
	call_is_at(*made_by(record_above(record)), record[RT_CALL_AT]);
}

/* The last record above, or this one, whose function has a caller with a frame.  Where those in between will find their
 * callee's frame they find the record below. */
static int64_t *first_without(int64_t *record)
{
	for (int64_t *above;; record = above) {
		above = record_above(record);
		above[RT_CALL_MADE] = (int64_t)(uintptr_t)record;
		if (!record_above(above) || record_above(above)[RT_CALL_MADE])
			return record;
	}
}

/* Those of its callers are made first: not by recursion, since there may be thousands. */
static PyObject **frame_of_record(PyObject *const *consts, int64_t *record)
{
	PyObject ***made = made_by(record_above(record));
	if (*made)
		return *made;
	for (int64_t *next = first_without(record), *below;; next = below) {
		int64_t *above = record_above(next);
		below = (int64_t *)(uintptr_t)next[RT_CALL_MADE];
		if (record_above(above))
			is_at_call(above);
		*made_by(above) = new_frame(consts, next);
		if (next == record)
			return *made;
	}
}

/* The frames of the callers, of which the last one says where it is; the place of the callee's locals. */
static PyObject ***made_above(PyObject *const *consts, int64_t *record)
{
	if (record_above(record)) {
		(void)frame_of_record(consts, record);
		is_at_call(record);
	}
	return made_by(record);
}

int pf_rt_call_above(PyObject *const *consts, int64_t *record)
{
	(void)made_above(consts, record);
	return 0;
}

PyObject *pf_rt_call_frame(PyObject *const *consts, int64_t *record)
{
	return (PyObject *)frame_of_record(consts, record);
}

PyObject *pf_rt_call_late(PyObject *const *consts, PyObject *function, int64_t index, int64_t size, int64_t more,
			  int64_t *record)
{
	PyObject ***made = made_above(consts, record);
	call_count((int)more);
	*made = call_late(function, consts[index], size);
	return (PyObject *)*made;
}

int pf_rt_dealloc_at(PyObject *locals, PyObject *object, int64_t at)
{
	call_is_at((PyObject **)locals, at);
	instance_dealloc(object);
	return 0;
}

int pf_rt_call_leave(PyObject *locals)
{
	call_leave((PyObject **)locals);
	return 0;
}

int pf_rt_call_left(PyObject *locals)
{
	call_leave((PyObject **)locals);
	call_count(-1);
	return 0;
}

/* ---- classes --------------------------------------------------------------- */

enum { CACHE_CLASS, CACHE_VERSION, CACHE_INIT };

/* As type_call() in Objects/typeobject.c does it: the __new__ of object or of exceptions, and a plain function as
 * __init__. */
static PyObject *find_init(PyTypeObject *type, newfunc new)
{
	PyObject *name = PyUnicode_InternFromString("__init__");
	PyObject *init = name ? _PyType_Lookup(type, name) : NULL;
	Py_XDECREF(name);
	if (!name)
		PyErr_Clear();
	bool plain = Py_IS_TYPE(type, &PyType_Type) && PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
		     type->tp_new == new && !PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT) &&
		     PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG);
	return plain && init && PyFunction_Check(init) ? init : NULL;
}

static PyObject *remember_init(uint64_t *cache, PyObject *class, PyObject *init)
{
	cache[CACHE_CLASS] = (uint64_t)(uintptr_t) class;
	cache[CACHE_VERSION] = (uint64_t)((PyTypeObject *)class)->tp_version_tag + 1;
	cache[CACHE_INIT] = (uint64_t)(uintptr_t)init;
	return init;
}

static PyObject *learn_init(PyObject *const *consts, PyObject *class, int64_t at, newfunc new)
{
	PyObject *init = PyType_Check(class) ? find_init((PyTypeObject *)class, new) : NULL;
	return init ? remember_init((uint64_t *)&consts[at], class, init) : NULL;
}

PyObject *pf_rt_class_init(PyObject *const *consts, PyObject *class, int64_t at)
{
	return learn_init(consts, class, at, PyBaseObject_Type.tp_new);
}

PyObject *pf_rt_exception_init(PyObject *const *consts, PyObject *class, int64_t at)
{
	return learn_init(consts, class, at, ((PyTypeObject *)PyExc_BaseException)->tp_new);
}

PyObject *pf_rt_class_record(PyObject *const *consts, PyObject *class, int64_t at, int64_t index)
{
	PyObject *init = PyType_Check(class) ? find_init((PyTypeObject *)class, PyBaseObject_Type.tp_new) : NULL;
	PyObject *only = consts[at + CACHE_CLASS];
	if (!init || (only && only != class) || callee_code(init) != consts[index] ||
	    !record_fits(class, consts[index]))
		return NULL;
	if (!only)
		Py_INCREF(class);
	return remember_init((uint64_t *)&consts[at], class, init);
}

/* Of a class that makes its instances as object does, or as exceptions do. */
PyObject *pf_rt_new_instance(PyObject *class)
{
	static PyObject *nothing;
	PyTypeObject *type = (PyTypeObject *)class;
	PyObject *object = NULL;
	if (type->tp_new == PyBaseObject_Type.tp_new && !PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT))
		return instance_new(type);
	if (nothing || (nothing = PyTuple_New(0)))
		object = type->tp_new(type, nothing, NULL);
	if (!object)
		PyErr_Clear();
	return object;
}

/* BaseException_new() in Objects/exceptions.c. */
int pf_rt_exception_args(PyObject *exception, PyObject *const *args, int64_t n)
{
	PyObject *tuple = PyTuple_New(n);
	for (int64_t i = 0; tuple && i < n; i++)
		PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
	if (tuple)
		Py_SETREF(((PyBaseExceptionObject *)exception)->args, tuple);
	else
		PyErr_Clear();
	return 0;
}

PyObject *pf_rt_call_new(PyObject *const *consts, PyObject *class, PyObject *init, int64_t index, int64_t size,
			 PyObject **ret)
{
	if (call_must_interpret())
		return NULL;
	/* Before the frame is there: the collector may run finalizers, which look at the stack. */
	*ret = pf_rt_new_instance(class);
	PyObject **locals = *ret ? call_enter(init, consts[index], size) : NULL;
	if (!locals) { /* CPython tries again, and raises if it must */
		Py_CLEAR(*ret);
		return NULL;
	}
	call_count(1);
	return (PyObject *)locals;
}

int pf_rt_init_returned(PyObject *result)
{
	bool none = result == Py_None;
	if (!none)
		PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
	Py_DECREF(result);
	return none ? 0 : -1;
}
