/* cpython311_attr.c - attributes and methods of instances by caches, as CPython's own LOAD_ATTR_INSTANCE_VALUE,
 * LOAD_ATTR_SLOT and LOAD_METHOD_* do it (Python/specialize.c, Python/ceval.c).
 *
 * A cache is four words of the specialization, of this process alone: zeros until the first object comes by.  A type's
 * version changes with anything that could change what its attributes mean (Objects/typeobject.c, PyType_Modified()).
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#include <stdbool.h>

#include "codecache/runtime_priv.h"

enum { CACHE_TYPE, CACHE_VERSION, CACHE_KIND, CACHE_WHERE };
enum { KIND_NONE, KIND_VALUE, KIND_SLOT, KIND_METHOD };

/* The values of an object that has its attributes in line; NULL if it has a dict, or none. */
static PyDictValues *values_of(PyObject *o)
{
	return Py_TYPE(o)->tp_flags & Py_TPFLAGS_MANAGED_DICT ? ((PyDictValues **)o)[-4] : NULL;
}

static bool hits(PyObject *o, const uint64_t *cache)
{
	return (uint64_t)(uintptr_t)Py_TYPE(o) == cache[CACHE_TYPE] &&
	       Py_TYPE(o)->tp_version_tag == (uint32_t)cache[CACHE_VERSION];
}

static bool has_version(const PyTypeObject *type)
{
	return (type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) && type->tp_version_tag != 0;
}

static void remember(PyObject *o, uint64_t *cache, uint64_t kind, uint64_t where)
{
	cache[CACHE_TYPE] = (uint64_t)(uintptr_t)Py_TYPE(o);
	cache[CACHE_VERSION] = Py_TYPE(o)->tp_version_tag;
	cache[CACHE_KIND] = kind;
	cache[CACHE_WHERE] = where;
}

/* Where the name is among the keys that instances of the type share; -1: nowhere. Names are interned. */
static Py_ssize_t shared_index(const PyTypeObject *type, PyObject *name)
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

static bool is_slot(PyObject *descriptor, const PyTypeObject *type)
{
	if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type))
		return false;
	const struct PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
	return member->type == T_OBJECT_EX && !(member->flags & ~READONLY) &&
	       PyType_IsSubtype((PyTypeObject *)type, ((PyMemberDescrObject *)descriptor)->d_common.d_type);
}

static void learn(PyObject *o, PyObject *name, uint64_t *cache, bool store)
{
	PyTypeObject *type = Py_TYPE(o);
	bool generic =
		store ? type->tp_setattro == PyObject_GenericSetAttr : type->tp_getattro == PyObject_GenericGetAttr;
	PyObject *descriptor = generic ? _PyType_Lookup(type, name) : NULL;
	if (!generic || !has_version(type))
		return;
	if (descriptor && is_slot(descriptor, type)) {
		const struct PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
		if (!store || !(member->flags & READONLY))
			remember(o, cache, KIND_SLOT, (uint64_t)member->offset);
		return;
	}
	Py_ssize_t index = !descriptor && values_of(o) ? shared_index(type, name) : -1;
	if (index >= 0)
		remember(o, cache, KIND_VALUE, (uint64_t)index);
}

static PyObject **place(PyObject *o, const uint64_t *cache)
{
	if (!hits(o, cache))
		return NULL;
	if (cache[CACHE_KIND] == KIND_SLOT)
		return (PyObject **)((char *)o + cache[CACHE_WHERE]);
	PyDictValues *values = values_of(o);
	return values ? &values->values[cache[CACHE_WHERE]] : NULL;
}

PyObject *pf_rt_get_attr(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	PyObject **found = place(o, cache);
	if (found && *found)
		return Py_NewRef(*found);
	PyObject *result = PyObject_GetAttr(o, name);
	if (result && !found)
		learn(o, name, cache, false);
	return result;
}

/* A place that is empty is CPython's to fill: instances remember the order. */
int pf_rt_set_attr(PyObject *const *consts, PyObject *o, PyObject *name, PyObject *value, int64_t at)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	PyObject **found = place(o, cache), *old = found ? *found : NULL;
	if (old) {
		*found = Py_NewRef(value);
		Py_DECREF(old);
		return 0;
	}
	if (PyObject_SetAttr(o, name, value) < 0)
		return -1;
	if (!found)
		learn(o, name, cache, true);
	return 0;
}

int pf_rt_del_attr(PyObject *o, PyObject *name)
{
	return PyObject_SetAttr(o, name, NULL);
}

/* A method of the type that no attribute of the instance can hide: none has that name, nor has a dict of its own. */
static void learn_method(PyObject *o, PyObject *name, uint64_t *cache, PyObject *method)
{
	PyTypeObject *type = Py_TYPE(o);
	bool managed = type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
	if (type->tp_getattro != PyObject_GenericGetAttr || _PyType_Lookup(type, name) != method ||
	    !has_version(type) || (!managed && type->tp_dictoffset != 0) ||
	    (managed && (!values_of(o) || shared_index(type, name) >= 0)))
		return;
	remember(o, cache, KIND_METHOD, (uint64_t)(uintptr_t)method);
	cache[CACHE_KIND] |= managed ? (uint64_t)shared_count(type) << 8 : UINT64_MAX << 8;
}

static PyObject *cached_method(PyObject *o, const uint64_t *cache)
{
	if (!hits(o, cache))
		return NULL;
	uint64_t count = cache[CACHE_KIND] >> 8;
	if (count != UINT64_MAX >> 8 && (!values_of(o) || (uint64_t)shared_count(Py_TYPE(o)) != count))
		return NULL;
	return (PyObject *)(uintptr_t)cache[CACHE_WHERE];
}

PyObject *pf_rt_load_method(PyObject *const *consts, PyObject *o, PyObject *name, int64_t at, PyObject **ret)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	PyObject *method = cached_method(o, cache);
	if (method) {
		*ret = Py_NewRef(method);
		return Py_NewRef(o);
	}
	*ret = NULL;
	if (!_PyObject_GetMethod(o, name, &method))
		return method;
	learn_method(o, name, cache, method);
	*ret = method;
	return Py_NewRef(o);
}
