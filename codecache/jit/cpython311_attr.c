/* cpython311_attr.c - attributes and methods of instances by caches, as CPython's own LOAD_ATTR_INSTANCE_VALUE,
 * LOAD_ATTR_SLOT and LOAD_METHOD_* do it (Python/specialize.c, Python/ceval.c).
 *
 * A cache has a few entries (rt.h), of this process alone.  A type's version changes with anything that could change
 * what its attributes mean (Objects/typeobject.c, PyType_Modified()), and no two types ever have the same, so it stands
 * for the type.  Emitted code looks at the first entry itself, which is why that one is only for the kind of attribute
 * that it looks for. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#include <opcode.h>
#include <stdbool.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_attr.h"
#include "codecache/jit/cpython311_named.h"
#include "codecache/jit/cpython311_record.h"
#include "codecache/jit/cpython311_strs.h"
#include "codecache/runtime_priv.h"

_Static_assert(offsetof(PyTypeObject, tp_version_tag) == RT_TYPE_VERSION &&
		       offsetof(PyHeapTypeObject, ht_cached_keys) == RT_TYPE_KEYS &&
		       offsetof(PyDictKeysObject, dk_nentries) == RT_KEYS_COUNT,
	       "emitted code looks at types");

/* The values of an object that has its attributes in line; NULL if it has a dict, or none. */
static PyDictValues *values_of(PyObject *o)
{
	return Py_TYPE(o)->tp_flags & Py_TPFLAGS_MANAGED_DICT ? ((PyDictValues **)o)[RT_OBJECT_VALUES] : NULL;
}

static bool has_version(const PyTypeObject *type)
{
	return (type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) && type->tp_version_tag != 0;
}

static uint64_t version_of(PyObject *o)
{
	return (uint64_t)Py_TYPE(o)->tp_version_tag + 1;
}

static const uint64_t *find_as(uint64_t version, const uint64_t *cache)
{
	const uint64_t *other = cache + rt_attr_other(version), *end = cache + RT_ATTR_MISSES;
	if (cache[RT_ATTR_VERSION] == version)
		return cache;
	if (other[RT_ATTR_VERSION] == version)
		return other;
	for (cache += RT_ATTR_WORDS; cache < end; cache += RT_ATTR_WORDS)
		if (cache[RT_ATTR_VERSION] == version)
			return cache;
	return NULL;
}

/* The entry of the object's type; NULL: none. */
static inline const uint64_t *find(PyObject *o, const uint64_t *cache)
{
	return find_as(version_of(o), cache);
}

/* Whether to find out about an object whose type is in none of the entries.  Where there are too many types, or one
 * that changes all the time, that would cost more than it helps: then only now and then. */
static bool is_worth_learning(uint64_t *cache)
{
	enum { AT_ONCE = 16, LATER = 64 };
	uint64_t misses = cache[RT_ATTR_MISSES]++;
	return misses < AT_ONCE || misses % LATER == 0;
}

/* An entry that is free for the version, or has it. */
static uint64_t *entry_for(uint64_t version, uint64_t *cache, bool may_be_first)
{
	uint64_t *found = (uint64_t *)find_as(version, cache), *own = cache + rt_attr_other(version), *entry = own;
	if (found && (found != cache || may_be_first))
		return found;
	if (may_be_first && cache[RT_ATTR_VERSION] == 0)
		return cache;
	for (int i = 0; i < RT_ATTR_OTHERS && entry[RT_ATTR_VERSION] != 0; i++)
		entry = cache + rt_attr_other(version + (uint64_t)i);
	return entry[RT_ATTR_VERSION] == 0 ? entry : own;
}

/* In the place of another where none is free. */
static void remember_as(uint64_t version, uint64_t *cache, int64_t first, uint64_t kind, uint64_t where, uint64_t count)
{
	uint64_t *entry = entry_for(version, cache, kind == (uint64_t)first);
	entry[RT_ATTR_VERSION] = version;
	entry[RT_ATTR_WHERE] = where;
	entry[RT_ATTR_COUNT] = count;
	entry[RT_ATTR_KIND] = kind;
}

static void remember(PyObject *o, uint64_t *cache, int64_t first, uint64_t kind, uint64_t where, uint64_t count)
{
	remember_as(version_of(o), cache, first, kind, where, count);
}

Py_ssize_t attr_shared_index(const PyTypeObject *type, PyObject *name)
{
	PyDictKeysObject *keys = ((const PyHeapTypeObject *)type)->ht_cached_keys;
	if (!keys || !DK_IS_UNICODE(keys))
		return -1;
	for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
		if (DK_UNICODE_ENTRIES(keys)[i].me_key == name)
			return i;
	return -1;
}

static Py_ssize_t shared_count(const PyTypeObject *type)
{
	PyDictKeysObject *keys = ((const PyHeapTypeObject *)type)->ht_cached_keys;
	return keys ? keys->dk_nentries : 0;
}

static bool is_managed(const PyTypeObject *type)
{
	return type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
}

/* Whether instances have a pointer to their dict, as functions and exceptions do. */
static bool points_to_dict(const PyTypeObject *type)
{
	return type->tp_dictoffset > 0 && !is_managed(type);
}

/* The dict that the instance has instead of values, or points to; borrowed, NULL: it has none. */
static PyObject *own_dict(PyObject *o)
{
	if (points_to_dict(Py_TYPE(o)))
		return *(PyObject **)((char *)o + Py_TYPE(o)->tp_dictoffset);
	return is_managed(Py_TYPE(o)) ? ((PyObject **)o)[RT_OBJECT_DICT] : NULL;
}

/* The same; NULL also if it is of a class of its own. */
static PyObject *dict_at(PyObject *o)
{
	PyObject *dict = own_dict(o);
	return dict && PyDict_CheckExact(dict) ? dict : NULL;
}

/* Whether an instance without values has no attribute of that name in its dict. */
static bool is_not_in_dict(PyObject *o, PyObject *name)
{
	PyObject **found, *dict = own_dict(o);
	if (!dict)
		return true;
	if (!PyDict_CheckExact(dict))
		return false;
	/* Keys that it shares with others are those of its type, or were. */
	if (((PyDictObject *)dict)->ma_values)
		return ((PyDictObject *)dict)->ma_keys == ((PyHeapTypeObject *)Py_TYPE(o))->ht_cached_keys &&
		       attr_shared_index(Py_TYPE(o), name) < 0;
	return dict_find_str(dict, name, &found) == ABSENT;
}

/* Whether no attribute of the instance can hide what the class has under that name: none has it.  Of instances with
 * values this holds for as long as no key comes to those that they share; of those with a dict it has to be asked for.
 */
static bool is_the_class_s(PyObject *o, PyObject *name)
{
	const PyTypeObject *type = Py_TYPE(o);
	if (!is_managed(type))
		return type->tp_dictoffset == 0;
	return attr_shared_index(type, name) < 0 && (values_of(o) || is_not_in_dict(o, name));
}

bool attr_is_slot(PyObject *descriptor, const PyTypeObject *type)
{
	if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type))
		return false;
	const struct PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
	return member->type == T_OBJECT_EX && !(member->flags & ~READONLY) &&
	       PyType_IsSubtype((PyTypeObject *)type, ((PyMemberDescrObject *)descriptor)->d_common.d_type);
}

bool attr_is_hidden(PyObject *descriptor)
{
	return !descriptor || !Py_TYPE(descriptor)->tp_descr_set;
}

/* What a descriptor of the class gives: an attribute that the instance itself has. */
static void learn_member(PyObject *o, uint64_t *cache, int64_t first, PyObject *descriptor)
{
	PyTypeObject *type = Py_TYPE(o);
	PyObject *name = values_of(o) ? member_given(descriptor) : NULL;
	Py_ssize_t index = name && attr_is_hidden(_PyType_Lookup(type, name)) ? attr_shared_index(type, name) : -1;
	if (index >= 0)
		remember(o, cache, first, RT_ATTR_MEMBER, (uint64_t)index, (uint64_t)(uintptr_t)descriptor);
}

/* Where a dict of strs has that key's value; NULL: not at that index. */
static inline PyObject **value_at(PyObject *dict, uint64_t index, PyObject *name)
{
	const PyDictObject *d = (PyDictObject *)dict;
	if (!dict || !DK_IS_UNICODE(d->ma_keys) || (Py_ssize_t)index >= d->ma_keys->dk_nentries ||
	    DK_UNICODE_ENTRIES(d->ma_keys)[index].me_key != name)
		return NULL;
	return d->ma_values ? &d->ma_values->values[index] : &DK_UNICODE_ENTRIES(d->ma_keys)[index].me_value;
}

/* An attribute that a function was given, as wrapper.calls, or an exception by its __init__; or an instance that has
 * more of them, or has them by other ways, than the keys have room for that the instances of its class share. */
static bool learn_in_dict(PyObject *o, PyObject *name, uint64_t *cache, int64_t first)
{
	enum { MOST = 32 };
	PyObject *dict = dict_at(o);
	for (uint64_t i = 0; dict && i < MOST; i++)
		if (value_at(dict, i, name)) {
			remember(o, cache, first, RT_ATTR_DICT, i, (uint64_t)(uintptr_t)name);
			return true;
		}
	return false;
}

static void learn(PyObject *o, PyObject *name, uint64_t *cache, int64_t first, bool store)
{
	PyTypeObject *type = Py_TYPE(o);
	bool generic =
		store ? type->tp_setattro == PyObject_GenericSetAttr : type->tp_getattro == PyObject_GenericGetAttr;
	PyObject *descriptor = generic ? _PyType_Lookup(type, name) : NULL;
	if (!generic || !has_version(type))
		return;
	if (descriptor && attr_is_slot(descriptor, type)) {
		const struct PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
		if (!store || !(member->flags & READONLY))
			remember(o, cache, first, RT_ATTR_SLOT, (uint64_t)member->offset, 0);
		return;
	}
	Py_ssize_t index = attr_is_hidden(descriptor) && is_managed(type) ? attr_shared_index(type, name) : -1;
	if (index >= 0 && (values_of(o) || value_at(dict_at(o), (uint64_t)index, name)))
		remember(o, cache, first, RT_ATTR_VALUE, (uint64_t)index, 0);
	else if (attr_is_hidden(descriptor) && learn_in_dict(o, name, cache, first))
		return;
	else if (!store && descriptor && !Py_TYPE(descriptor)->tp_descr_get && is_the_class_s(o, name))
		remember(o, cache, first, is_managed(type) ? RT_ATTR_CLASS : RT_ATTR_CLASS_PLAIN,
			 (uint64_t)(uintptr_t)descriptor, is_managed(type) ? (uint64_t)shared_count(type) : 0);
	else if (!store && descriptor && named_index(descriptor) >= 0)
		remember(o, cache, first, RT_ATTR_ITEM, (uint64_t)named_index(descriptor), 0);
	else if (!store && descriptor)
		learn_member(o, cache, first, descriptor);
}

/* Borrowed: the type has it as long as it has that version.  NULL: the instance may have one that hides it. */
static PyObject *of_class(PyObject *o, const uint64_t *entry, PyObject *name)
{
	uint64_t kind = entry[RT_ATTR_KIND];
	bool may_hide =
		kind == RT_ATTR_METHOD || kind == RT_ATTR_STATIC || kind == RT_ATTR_BOUND || kind == RT_ATTR_CLASS;
	if (may_hide &&
	    (values_of(o) ? (uint64_t)shared_count(Py_TYPE(o)) != entry[RT_ATTR_COUNT] : !is_not_in_dict(o, name)))
		return NULL;
	return (PyObject *)(uintptr_t)entry[RT_ATTR_WHERE];
}

/* The entry of the object's type, which is found out about if there is none; NULL: nothing is known of it. */
static inline const uint64_t *find_or_learn(PyObject *o, PyObject *name, uint64_t *cache, int64_t first, bool store)
{
	const uint64_t *entry = find(o, cache);
	if (entry || !is_worth_learning(cache))
		return entry;
	learn(o, name, cache, first, store);
	return find(o, cache);
}

/* Whether the entry is of what the class has, and no place in the instance. */
static bool is_value_of_class(const uint64_t *entry)
{
	return entry[RT_ATTR_KIND] == RT_ATTR_CLASS || entry[RT_ATTR_KIND] == RT_ATTR_CLASS_PLAIN;
}

/* Whether the descriptor of the entry still gives what it gave. */
__attribute__((noinline)) static bool still_gives(const PyTypeObject *type, const uint64_t *entry)
{
	PyObject *name = member_given((PyObject *)(uintptr_t)entry[RT_ATTR_COUNT]);
	return name ==
	       DK_UNICODE_ENTRIES(((const PyHeapTypeObject *)type)->ht_cached_keys)[entry[RT_ATTR_WHERE]].me_key;
}

/* Where the instance has what the entry is about, but for a dict. */
static inline PyObject **place_to_store(PyObject *o, const uint64_t *entry)
{
	if (entry[RT_ATTR_KIND] == RT_ATTR_SLOT)
		return (PyObject **)((char *)o + entry[RT_ATTR_WHERE]);
	if (entry[RT_ATTR_KIND] == RT_ATTR_DICT || entry[RT_ATTR_KIND] == RT_ATTR_ITEM ||
	    (entry[RT_ATTR_KIND] == RT_ATTR_MEMBER && !still_gives(Py_TYPE(o), entry)))
		return NULL;
	PyDictValues *values = values_of(o);
	return values ? &values->values[entry[RT_ATTR_WHERE]] : NULL;
}

/* Where its dict has it: one that was made of values has most keys where these have them. */
static inline PyObject **place_in_dict(PyObject *o, const uint64_t *entry, PyObject *name)
{
	bool may = entry[RT_ATTR_KIND] == RT_ATTR_DICT || (entry[RT_ATTR_KIND] == RT_ATTR_VALUE && !values_of(o));
	return may ? value_at(dict_at(o), entry[RT_ATTR_WHERE], name) : NULL;
}

static inline PyObject **place(PyObject *o, const uint64_t *entry, PyObject *name)
{
	if (entry[RT_ATTR_KIND] == RT_ATTR_DICT)
		return value_at(dict_at(o), entry[RT_ATTR_WHERE], name);
	if (entry[RT_ATTR_KIND] == RT_ATTR_ITEM)
		return named_place(o, (Py_ssize_t)entry[RT_ATTR_WHERE]);
	PyObject **found = place_to_store(o, entry);
	return found ? found : place_in_dict(o, entry, name);
}

PyObject *pf_rt_get_attr(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, int64_t kind)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	const uint64_t *entry = find(o, cache);
	if (entry && is_value_of_class(entry)) {
		PyObject *value = of_class(o, entry, name);
		if (value)
			return Py_NewRef(value);
		entry = NULL;
	}
	PyObject **found = entry ? place(o, entry, name) : NULL;
	if (found && *found)
		return Py_NewRef(*found);
	PyObject *result = PyObject_GetAttr(o, name);
	if (result && !entry && is_worth_learning(cache))
		learn(o, name, cache, kind, false);
	return result;
}

/* Whether the instance has a dict of its own whose keys are strs, which are compared without Python code; or none. */
static bool has_plain_dict(PyObject *o)
{
	PyObject *dict = own_dict(o);
	return !dict || (PyDict_CheckExact(dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys));
}

/* Of an instance with such a dict. */
static PyObject *in_dict(PyObject *o, PyObject *name)
{
	PyObject *dict = own_dict(o);
	return dict ? PyDict_GetItemWithError(dict, name) : NULL;
}

/* The same as PyObject_GenericGetAttr(), where that calls no function of a descriptor. */
static PyObject *find_value(PyObject *o, PyObject *name)
{
	PyTypeObject *type = Py_TYPE(o);
	if (type->tp_getattro != PyObject_GenericGetAttr)
		return NULL;
	PyObject *descriptor = _PyType_Lookup(type, name);
	if (descriptor && attr_is_slot(descriptor, type))
		return *(PyObject **)((char *)o + ((PyMemberDescrObject *)descriptor)->d_member->offset);
	Py_ssize_t item = descriptor ? named_index(descriptor) : -1;
	if (item >= 0) {
		PyObject **found = named_place(o, item);
		return found ? *found : NULL;
	}
	if (!attr_is_hidden(descriptor) || (type->tp_dictoffset < 0 && !is_managed(type)))
		return NULL;
	PyDictValues *values = values_of(o);
	if (!values && !has_plain_dict(o))
		return NULL;
	Py_ssize_t index = values ? attr_shared_index(type, name) : -1;
	PyObject *own = index >= 0 ? values->values[index] : values ? NULL : in_dict(o, name);
	return own ? own : descriptor && !Py_TYPE(descriptor)->tp_descr_get ? descriptor : NULL;
}

PyObject *pf_rt_attr_value(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, int64_t kind)
{
	const uint64_t *entry = find_or_learn(o, name, (uint64_t *)&consts[at], kind, false);
	bool is_class_s = entry && is_value_of_class(entry);
	PyObject **found = entry && !is_class_s ? place(o, entry, name) : NULL;
	PyObject *value = found ? *found : is_class_s ? of_class(o, entry, name) : NULL;
	return value ? value : find_value(o, name);
}

/* Whether the object's dict has the value now, in the place of another. */
static bool set_in_dict(PyObject *o, const uint64_t *entry, PyObject *name, PyObject *value)
{
	PyObject **found = place_in_dict(o, entry, name);
	return found && *found && dict_replace(dict_at(o), found, value);
}

int pf_rt_set_attr(PyObject *const *consts, PyObject *o, PyObject *name, PyObject *value, int64_t at, int64_t kind)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	const uint64_t *entry = find(o, cache);
	PyObject **found = entry ? place_to_store(o, entry) : NULL;
	if (entry && !found && set_in_dict(o, entry, name, value))
		return 0;
	if (found) {
		PyObject *old = *found;
		*found = Py_NewRef(value);
		if (!old && entry[RT_ATTR_KIND] == RT_ATTR_VALUE)
			attr_add_to_order(found, entry[RT_ATTR_WHERE]);
		Py_XDECREF(old);
		return 0;
	}
	if (PyObject_SetAttr(o, name, value) < 0)
		return -1;
	if (!entry && is_worth_learning(cache))
		learn(o, name, cache, kind, true);
	return 0;
}

int pf_rt_put_attr(PyObject *const *consts, PyObject *o, PyObject *name, PyObject *value, int64_t at, int64_t kind)
{
	const uint64_t *entry = find_or_learn(o, name, (uint64_t *)&consts[at], kind, true);
	PyObject **found = entry ? place(o, entry, name) : NULL, *old = found ? *found : NULL;
	bool fits =
		old && (PyBool_Check(value) ? PyBool_Check(old) : PyLong_CheckExact(old) || PyFloat_CheckExact(old));
	if (fits && place_to_store(o, entry)) {
		*found = value;
		value = old;
	} else if (fits) {
		(void)dict_replace(dict_at(o), found, value); /* numbers are no affair of the collector */
	}
	Py_DECREF(value);
	return fits ? 0 : -1;
}

PyObject *pf_rt_old_record(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, PyObject *class,
			   PyObject *code)
{
	const uint64_t *entry = find_or_learn(o, name, (uint64_t *)&consts[at], RT_ATTR_VALUE, true);
	PyObject **found = entry ? place_to_store(o, entry) : NULL, *old = found ? *found : NULL;
	return old && record_is_free(old, class, code) ? old : NULL;
}

int pf_rt_del_attr(PyObject *o, PyObject *name)
{
	return PyObject_SetAttr(o, name, NULL);
}

/* A method of the type that no attribute of the instance can hide: none has that name, nor has a dict of its own.  Of a
 * static method, the function. */
static void learn_method(PyObject *o, PyObject *name, uint64_t *cache, int64_t first, PyObject *method, bool binds)
{
	PyTypeObject *type = Py_TYPE(o);
	bool managed = is_managed(type);
	if (type->tp_getattro != PyObject_GenericGetAttr)
		return;
	PyObject *found = _PyType_Lookup(type, name);
	bool is_static = found && !binds &&
			 (found == method ? !Py_TYPE(found)->tp_descr_get : Py_IS_TYPE(found, &PyStaticMethod_Type));
	if ((!is_static && (!binds || found != method)) || !has_version(type) || !is_the_class_s(o, name))
		return;
	uint64_t kind = is_static ? (managed ? RT_ATTR_STATIC : RT_ATTR_STATIC_PLAIN)
				  : (managed ? RT_ATTR_METHOD : RT_ATTR_PLAIN);
	remember(o, cache, first, kind, (uint64_t)(uintptr_t)method, managed ? (uint64_t)shared_count(type) : 0);
}

PyObject *pf_rt_attr_function(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, int64_t kind)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	const uint64_t *entry = find(o, cache);
	bool is_method = entry && (entry[RT_ATTR_KIND] == RT_ATTR_METHOD || entry[RT_ATTR_KIND] == RT_ATTR_PLAIN);
	PyObject *method = is_method ? of_class(o, entry, name) : NULL;
	if (method)
		return method;
	PyTypeObject *type = Py_TYPE(o);
	method = type->tp_getattro == PyObject_GenericGetAttr ? _PyType_Lookup(type, name) : NULL;
	if (!method || !PyType_HasFeature(Py_TYPE(method), Py_TPFLAGS_METHOD_DESCRIPTOR))
		return NULL;
	if (is_the_class_s(o, name)) {
		if (is_worth_learning(cache))
			learn_method(o, name, cache, kind, method, true);
		return method;
	}
	return is_managed(type) && !values_of(o) && has_plain_dict(o) && !in_dict(o, name) ? method : NULL;
}

/* The function, borrowed, of a class method that calls just that; NULL: something else. */
static PyObject *function_of_class_method(PyObject *found)
{
	PyObject *function = found && Py_IS_TYPE(found, &PyClassMethod_Type) ? callee_part(found, "__func__") : NULL;
	return function && PyFunction_Check(function) ? function : NULL;
}

/* A class method of an instance's class, and the class: what a call makes of the bound method that is not made here.
 * NULL, without an exception: the name means something else. */
static PyObject *load_class_method(PyObject *o, PyObject *name, uint64_t *cache, int64_t first, PyObject **ret)
{
	PyTypeObject *type = Py_TYPE(o);
	bool managed = is_managed(type);
	PyObject *found = type->tp_getattro == PyObject_GenericGetAttr ? _PyType_Lookup(type, name) : NULL;
	PyObject *function = function_of_class_method(found);
	if (!function || !has_version(type) || !is_the_class_s(o, name))
		return NULL;
	remember(o, cache, first, managed ? RT_ATTR_BOUND : RT_ATTR_BOUND_PLAIN, (uint64_t)(uintptr_t)function,
		 managed ? (uint64_t)shared_count(type) : 0);
	*ret = Py_NewRef(function);
	return Py_NewRef(type);
}

/* What a class has under that name, as type_getattro() in Objects/typeobject.c finds it, if it is a function of any
 * kind, borrowed; *ret_bound: it is a class method's. */
static PyObject *function_of_class(PyObject *class, PyObject *name, bool *ret_bound)
{
	PyObject *meta = _PyType_Lookup(&PyType_Type, name);
	PyObject *found = _PyType_Lookup((PyTypeObject *)class, name);
	PyObject *function = function_of_class_method(found);
	*ret_bound = function != NULL;
	if (found && Py_IS_TYPE(found, &PyStaticMethod_Type))
		found = callee_part(found, "__func__");
	if (!function && found && PyFunction_Check(found))
		function = found;
	return meta && Py_TYPE(meta)->tp_descr_set ? NULL : function;
}

/* The same as load_method for what is loaded from a class.  The version that its entry has is not that of its
 * instances. */
static PyObject *load_from_class(PyObject *class, PyObject *name, uint64_t *cache, int64_t first, PyObject **ret)
{
	enum { OF_THE_CLASS = 40 };
	uint64_t version = (uint64_t)1 << OF_THE_CLASS | ((PyTypeObject *)class)->tp_version_tag;
	bool known = has_version((PyTypeObject *)class);
	const uint64_t *entry = known ? find_as(version, cache) : NULL;
	bool bound = entry && entry[RT_ATTR_KIND] == RT_ATTR_BOUND_PLAIN;
	PyObject *function = entry ? (PyObject *)(uintptr_t)entry[RT_ATTR_WHERE] : NULL;
	if (!function && is_worth_learning(cache)) {
		function = function_of_class(class, name, &bound);
		if (function && known)
			remember_as(version, cache, first, bound ? RT_ATTR_BOUND_PLAIN : RT_ATTR_STATIC_PLAIN,
				    (uint64_t)(uintptr_t)function, 0);
	}
	if (!function || !bound)
		return function ? Py_NewRef(function) : NULL;
	*ret = Py_NewRef(function);
	return Py_NewRef(class);
}

PyObject *pf_rt_load_method(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, int64_t kind,
			    PyObject **ret)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	*ret = NULL;
	PyObject *loaded = Py_IS_TYPE(o, &PyType_Type) ? load_from_class(o, name, cache, kind, ret) : NULL;
	if (loaded)
		return loaded;
	const uint64_t *entry = find(o, cache);
	PyObject *method = entry ? of_class(o, entry, name) : NULL;
	uint64_t found = method ? entry[RT_ATTR_KIND] : RT_ATTR_NONE;
	if (found == RT_ATTR_STATIC || found == RT_ATTR_STATIC_PLAIN)
		return Py_NewRef(method);
	if (method) {
		*ret = Py_NewRef(method);
		bool bound = found == RT_ATTR_BOUND || found == RT_ATTR_BOUND_PLAIN;
		return Py_NewRef(bound ? (PyObject *)Py_TYPE(o) : o);
	}
	bool worth = is_worth_learning(cache);
	if (worth && (loaded = load_class_method(o, name, cache, kind, ret)))
		return loaded;
	bool binds = _PyObject_GetMethod(o, name, &method);
	if (method && worth)
		learn_method(o, name, cache, kind, method, binds);
	if (!binds)
		return method;
	*ret = method;
	return Py_NewRef(o);
}

/* ---- what classes do ------------------------------------------------------- */

static PyObject *of_property(PyTypeObject *type, PyObject *found, int64_t use)
{
	bool generic = use == RT_USE_GETTER ? type->tp_getattro == PyObject_GenericGetAttr
					    : type->tp_setattro == PyObject_GenericSetAttr;
	if (!generic || !Py_IS_TYPE(found, &PyProperty_Type))
		return NULL;
	return callee_part(found, use == RT_USE_GETTER ? "fget" : "fset");
}

/* Whether nothing but the number's slot is asked for the operator: then that slot calls the method.  In place, unless
 * there is a method of its own for it, it is the plain operator. */
static bool only_by_number(const PyTypeObject *type, int64_t op)
{
	const PyNumberMethods *n = type->tp_as_number;
	const PySequenceMethods *s = type->tp_as_sequence;
	if (op == NB_POWER || op == NB_INPLACE_POWER || !n)
		return false;
	if (s && (s->sq_concat || s->sq_inplace_concat || s->sq_repeat || s->sq_inplace_repeat))
		return false;
	switch (op) {
	case NB_INPLACE_ADD: return !n->nb_inplace_add;
	case NB_INPLACE_AND: return !n->nb_inplace_and;
	case NB_INPLACE_FLOOR_DIVIDE: return !n->nb_inplace_floor_divide;
	case NB_INPLACE_LSHIFT: return !n->nb_inplace_lshift;
	case NB_INPLACE_MATRIX_MULTIPLY: return !n->nb_inplace_matrix_multiply;
	case NB_INPLACE_MULTIPLY: return !n->nb_inplace_multiply;
	case NB_INPLACE_REMAINDER: return !n->nb_inplace_remainder;
	case NB_INPLACE_OR: return !n->nb_inplace_or;
	case NB_INPLACE_RSHIFT: return !n->nb_inplace_rshift;
	case NB_INPLACE_SUBTRACT: return !n->nb_inplace_subtract;
	case NB_INPLACE_TRUE_DIVIDE: return !n->nb_inplace_true_divide;
	case NB_INPLACE_XOR: return !n->nb_inplace_xor;
	default: return true;
	}
}

/* Whether numbers have nothing to say to its instances, as int has to those of its subclasses. */
static bool is_no_number(PyTypeObject *type)
{
	return !PyType_IsSubtype(type, &PyLong_Type) && !PyType_IsSubtype(type, &PyFloat_Type);
}

static PyObject *method_for(PyTypeObject *type, PyObject *name, int64_t use)
{
	PyObject *found = PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ? _PyType_Lookup(type, name) : NULL;
	if (found && (use == RT_USE_GETTER || use == RT_USE_SETTER))
		found = of_property(type, found, use);
	else if (use == RT_USE_METHOD && type->tp_getattro != PyObject_GenericGetAttr)
		return NULL;
	else if (use >= RT_USE_RIGHT && (!only_by_number(type, use - RT_USE_RIGHT) || !is_no_number(type)))
		return NULL;
	else if (use >= RT_USE_BINARY && use < RT_USE_RIGHT && !only_by_number(type, use - RT_USE_BINARY))
		return NULL;
	return found && PyFunction_Check(found) ? found : NULL;
}

PyObject *pf_rt_class_method(PyObject *const *consts, PyObject *class, PyObject *name, int64_t at, int64_t use)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	PyTypeObject *type = (PyTypeObject *)class;
	PyObject *method = method_for(type, name, use);
	if (has_version(type)) {
		cache[0] = (uint64_t)type->tp_version_tag + 1;
		cache[RT_TYPE_METHOD] = (uint64_t)(uintptr_t)method;
	}
	return method;
}

PyObject *pf_rt_type_method(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, int64_t use)
{
	return pf_rt_class_method(consts, (PyObject *)Py_TYPE(o), name, at, use);
}

/* The slot for an operator, in place or not, and what the right operand's class has for it under which name. */
static const struct {
	size_t slot;
	const char *right;
} operators[] = {
#define OPERATOR(name, slot, right)                                    \
	[NB_##name] = { offsetof(PyNumberMethods, nb_##slot), right }, \
	[NB_INPLACE_##name] = { offsetof(PyNumberMethods, nb_##slot), right }
	OPERATOR(ADD, add, "__radd__"),
	OPERATOR(AND, and, "__rand__"),
	OPERATOR(FLOOR_DIVIDE, floor_divide, "__rfloordiv__"),
	OPERATOR(LSHIFT, lshift, "__rlshift__"),
	OPERATOR(MATRIX_MULTIPLY, matrix_multiply, "__rmatmul__"),
	OPERATOR(MULTIPLY, multiply, "__rmul__"),
	OPERATOR(OR, or, "__ror__"),
	OPERATOR(REMAINDER, remainder, "__rmod__"),
	OPERATOR(RSHIFT, rshift, "__rrshift__"),
	OPERATOR(SUBTRACT, subtract, "__rsub__"),
	OPERATOR(TRUE_DIVIDE, true_divide, "__rtruediv__"),
	OPERATOR(XOR, xor, "__rxor__"),
#undef OPERATOR
};

static const void *operator_slot(const PyTypeObject *type, int64_t op)
{
	const char *methods = (const char *)type->tp_as_number;
	return methods ? *(const void *const *)(methods + operators[op].slot) : NULL;
}

static bool has_right_method(PyTypeObject *type, int64_t op)
{
	PyObject *name = PyUnicode_InternFromString(operators[op].right);
	if (!name) {
		PyErr_Clear();
		return true;
	}
	bool has = _PyType_Lookup(type, name) != NULL;
	Py_DECREF(name); /* which the interpreter's classes keep, or CPython makes anew */
	return has;
}

/* Whether no instance of the class is asked what the operator does beside one of the other class, on its right: neither
 * first (binary_op1() and do_richcompare() in Objects, and SLOT1BINFULL() in Objects/typeobject.c) nor, of operators
 * that are no comparisons, where that one has nothing to say. */
static bool has_no_say(PyTypeObject *type, PyTypeObject *left, int64_t use)
{
	int64_t op = use - RT_USE_BINARY;
	if (type == &PyFloat_Type || type == &PyLong_Type || type == &PyBool_Type || type == left)
		return true;
	if (PyType_IsSubtype(type, left))
		return false;
	if (use == RT_USE_COMPARE)
		return true;
	const void *slot = operator_slot(type, op);
	bool repeats = type->tp_as_sequence && type->tp_as_sequence->sq_repeat;
	return !repeats && (!slot || (slot == operator_slot(left, op) && !has_right_method(type, op)));
}

PyObject *pf_rt_type_method_of_two(PyObject *const *consts, PyObject *a, PyObject *b, PyObject *name, int64_t at,
				   int64_t use)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	bool known = cache[0] == version_of(a) && has_version(Py_TYPE(a));
	if (!known)
		cache[RT_TYPE_METHOD_OTHER] = 0;
	PyObject *method = known ? (PyObject *)(uintptr_t)cache[RT_TYPE_METHOD]
				 : pf_rt_class_method(consts, (PyObject *)Py_TYPE(a), name, at, use);
	if (method && !has_no_say(Py_TYPE(b), Py_TYPE(a), use))
		return NULL;
	(void)_PyType_Lookup(Py_TYPE(b), name); /* gives it a version */
	if (has_version(Py_TYPE(b)))
		cache[RT_TYPE_METHOD_OTHER] = version_of(b);
	return method;
}

/* Whether type_getattro() in Objects/typeobject.c finds what classes of that class have: a __getattr__() is only asked
 * for what is not there. */
static bool finds_as_type(PyTypeObject *meta)
{
	if (meta->tp_getattro == PyType_Type.tp_getattro)
		return true;
	PyObject *name = PyUnicode_InternFromString("__getattribute__");
	if (!name) {
		PyErr_Clear();
		return false;
	}
	bool same = _PyType_Lookup(meta, name) == _PyType_Lookup(&PyType_Type, name);
	Py_DECREF(name);
	return same;
}

PyObject *attr_of_class(PyObject *class, PyObject *name)
{
	if (!PyType_Check(class) || !finds_as_type(Py_TYPE(class)))
		return NULL;
	PyObject *found = _PyType_Lookup((PyTypeObject *)class, name);
	PyObject *above = _PyType_Lookup(Py_TYPE(class), name);
	if (!found || Py_TYPE(found)->tp_descr_get || (above && Py_TYPE(above)->tp_descr_set))
		return NULL;
	return found;
}

PyObject *pf_rt_class_attr(PyObject *const *consts, PyObject *class, PyObject *name, int64_t at)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	PyObject *value = attr_of_class(class, name);
	if (value && has_version((PyTypeObject *)class) && has_version(Py_TYPE(class))) {
		cache[RT_CLASS_ATTR_VERSION] = (uint64_t)((PyTypeObject *)class)->tp_version_tag + 1;
		cache[RT_CLASS_ATTR_META] = version_of(class);
		cache[RT_CLASS_ATTR_VALUE] = (uint64_t)(uintptr_t)value;
	}
	return value;
}

/* ---- super() --------------------------------------------------------------- */

enum { SUPER_VERSION, SUPER_CLASS, SUPER_METHOD };

/* Behind the class in the order of the object's own, as super_getattro() in Objects/typeobject.c; NULL: nothing, or
 * what is more than a method. */
static PyObject *method_behind(PyTypeObject *class, PyTypeObject *type, PyObject *name)
{
	PyObject *mro = type->tp_mro;
	Py_ssize_t n = mro ? PyTuple_GET_SIZE(mro) : 0, i = 0;
	while (i < n && PyTuple_GET_ITEM(mro, i) != (PyObject *)class)
		i++;
	for (i++; i < n; i++) {
		PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
		PyObject *found = dict ? PyDict_GetItemWithError(dict, name) : NULL;
		if (found)
			return PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR) ? found : NULL;
	}
	PyErr_Clear();
	return NULL;
}

/* Of a type that is behind the class itself, super() finds what that type has. */
static bool is_class_method(PyObject *class, PyObject *self)
{
	return PyType_Check(self) && class && PyType_Check(class) &&
	       PyType_IsSubtype((PyTypeObject *)self, (PyTypeObject *)class);
}

PyObject *pf_rt_load_super_of(PyObject *const *consts, PyObject *class, PyObject *self, PyObject *name, int64_t at,
			      PyObject **ret)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	if (is_class_method(class, self))
		return NULL;
	if (cache[SUPER_VERSION] != version_of(self) || cache[SUPER_CLASS] != (uint64_t)(uintptr_t) class) {
		/* _PyType_Lookup() gives a type that has none a version. */
		(void)_PyType_Lookup(Py_TYPE(self), name);
		PyObject *method = class && PyType_Check(class) && has_version(Py_TYPE(self))
					   ? method_behind((PyTypeObject *)class, Py_TYPE(self), name)
					   : NULL;
		if (!method)
			return NULL;
		cache[SUPER_VERSION] = version_of(self);
		cache[SUPER_CLASS] = (uint64_t)(uintptr_t) class;
		cache[SUPER_METHOD] = (uint64_t)(uintptr_t)method;
	}
	*ret = Py_NewRef((PyObject *)(uintptr_t)cache[SUPER_METHOD]);
	return Py_NewRef(self);
}

PyObject *pf_rt_load_super(PyObject *const *consts, PyObject *cell, PyObject *self, PyObject *name, int64_t at,
			   PyObject **ret)
{
	return pf_rt_load_super_of(consts, PyCell_GET(cell), self, name, at, ret);
}
