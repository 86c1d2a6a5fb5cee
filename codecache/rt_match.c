/* rt_match.c - patterns of match: classes and keys, as match_class() and match_keys() in Python/ceval.c do it.
 *
 * These give 1 and a tuple of what was found, 0 if the subject does not match, or -1 with an exception. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/interned.h"
#include "codecache/runtime_priv.h"

int64_t pf_rt_has_type_flag(PyObject *object, int64_t flag)
{
	return (Py_TYPE(object)->tp_flags & (unsigned long)flag) != 0;
}

/* What is found, in order; nobody else sees the tuple before it is full. */
struct found {
	PyObject *values;
	Py_ssize_t n;
};

static int found_begin(struct found *found, Py_ssize_t n)
{
	*found = (struct found){ .values = PyTuple_New(n) };
	if (!found->values)
		return -1;
	if (n > 0) /* the empty one is everybody's */
		PyObject_GC_UnTrack(found->values);
	return 0;
}

static void found_add(struct found *found, PyObject *value)
{
	PyTuple_SET_ITEM(found->values, found->n++, value);
}

/* result: 1, 0 or -1. */
static int64_t found_end(struct found *found, int64_t result, PyObject **ret)
{
	if (result <= 0) {
		Py_CLEAR(found->values);
		return result;
	}
	if (found->n > 0)
		PyObject_GC_Track(found->values);
	*ret = found->values;
	return 1;
}

/* ---- classes --------------------------------------------------------------- */

struct class_pattern {
	PyObject *subject, *class, *match_args, *names;
	Py_ssize_t n; /* of match_args that are asked for */
};

/* In the order in which they are looked up. */
static PyObject *name_at(const struct class_pattern *p, Py_ssize_t i)
{
	return i < p->n ? PyTuple_GET_ITEM(p->match_args, i) : PyTuple_GET_ITEM(p->names, i - p->n);
}

static bool is_repeated(const struct class_pattern *p, Py_ssize_t at)
{
	for (Py_ssize_t i = 0; i < at; i++)
		if (name_at(p, i) == name_at(p, at) || PyUnicode_Compare(name_at(p, i), name_at(p, at)) == 0)
			return true;
	return false;
}

static int64_t find_attributes(const struct class_pattern *p, struct found *found)
{
	const char *class = ((PyTypeObject *)p->class)->tp_name;
	for (Py_ssize_t i = 0; i < p->n + PyTuple_GET_SIZE(p->names); i++) {
		PyObject *name = name_at(p, i);
		if (!PyUnicode_CheckExact(name)) {
			PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %s)",
				     Py_TYPE(name)->tp_name);
			return -1;
		}
		if (is_repeated(p, i)) {
			PyErr_Format(PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R", class, name);
			return -1;
		}
		PyObject *value = PyObject_GetAttr(p->subject, name);
		if (!value && !PyErr_ExceptionMatches(PyExc_AttributeError))
			return -1;
		if (!value) {
			PyErr_Clear();
			return 0;
		}
		found_add(found, value);
	}
	return 1;
}

/* Whether the subject itself is what the only pattern by place is for. */
static bool is_for_self(PyObject *class)
{
	return PyType_HasFeature((PyTypeObject *)class, _Py_TPFLAGS_MATCH_SELF);
}

/* A new reference, an empty tuple if there is none; NULL with an exception. */
static PyObject *match_args_of(PyObject *class, bool *for_self)
{
	static PyObject *place;
	PyObject *name = interned(&place, "__match_args__");
	PyObject *match_args = name ? PyObject_GetAttr(class, name) : NULL;
	if (!match_args && PyErr_ExceptionMatches(PyExc_AttributeError)) {
		PyErr_Clear();
		*for_self = is_for_self(class);
		return PyTuple_New(0);
	}
	if (!match_args || PyTuple_CheckExact(match_args))
		return match_args;
	PyErr_Format(PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)", ((PyTypeObject *)class)->tp_name,
		     Py_TYPE(match_args)->tp_name);
	Py_DECREF(match_args);
	return NULL;
}

/* What the first n patterns are for.  false: an exception. */
static bool find_places(struct class_pattern *p, int64_t n, bool *for_self)
{
	*for_self = false;
	if (n == 0)
		return true;
	p->match_args = match_args_of(p->class, for_self);
	if (!p->match_args)
		return false;
	Py_ssize_t allowed = *for_self ? 1 : PyTuple_GET_SIZE(p->match_args);
	if (allowed < n) {
		PyErr_Format(PyExc_TypeError, "%s() accepts %d positional sub-pattern%s (%d given)",
			     ((PyTypeObject *)p->class)->tp_name, (int)allowed, allowed == 1 ? "" : "s", (int)n);
		return false;
	}
	p->n = *for_self ? 0 : (Py_ssize_t)n;
	return true;
}

int64_t pf_rt_match_class(PyObject *subject, PyObject *class, PyObject *names, int64_t n, PyObject **ret)
{
	*ret = NULL;
	if (!PyType_Check(class)) {
		PyErr_SetString(PyExc_TypeError, "called match pattern must be a type");
		return -1;
	}
	int is = pf_rt_instance_quick(subject, class);
	if (is < 0)
		is = PyObject_IsInstance(subject, class);
	if (is <= 0)
		return is;
	struct class_pattern p = { .subject = subject, .class = class, .names = names };
	struct found found;
	bool for_self;
	int64_t result = -1;
	if (find_places(&p, n, &for_self) && found_begin(&found, n + PyTuple_GET_SIZE(names)) == 0) {
		if (for_self)
			found_add(&found, Py_NewRef(subject));
		result = found_end(&found, find_attributes(&p, &found), ret);
	}
	Py_XDECREF(p.match_args);
	return result;
}

/* ---- keys ------------------------------------------------------------------ */

static bool are_strs(PyObject *keys)
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++)
		if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(keys, i)))
			return false;
	return true;
}

/* Which keys there were before.  Of strs it is known without their hashes, which are not many. */
static int note_key(PyObject *seen, PyObject *keys, Py_ssize_t at)
{
	PyObject *key = PyTuple_GET_ITEM(keys, at);
	int is_seen = 0;
	if (seen)
		is_seen = PySet_Contains(seen, key);
	else
		for (Py_ssize_t i = 0; i < at && !is_seen; i++)
			is_seen = PyUnicode_Compare(PyTuple_GET_ITEM(keys, i), key) == 0;
	if (is_seen > 0)
		PyErr_Format(PyExc_ValueError, "mapping pattern checks duplicate key (%R)", key);
	if (is_seen)
		return -1;
	return seen ? PySet_Add(seen, key) : 0;
}

static int64_t get_each(PyObject *get, PyObject *keys, PyObject *seen, PyObject *absent, struct found *found)
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++) {
		if (note_key(seen, keys, i) < 0)
			return -1;
		PyObject *value = PyObject_CallFunctionObjArgs(get, PyTuple_GET_ITEM(keys, i), absent, NULL);
		if (!value)
			return -1;
		if (value == absent) {
			Py_DECREF(value);
			return 0;
		}
		found_add(found, value);
	}
	return 1;
}

/* By its get(), which need not be a dict's: what is not there is the object that get() was given. */
static int64_t find_by_get(PyObject *map, PyObject *keys, struct found *found)
{
	PyObject *get = PyObject_GetAttrString(map, "get");
	PyObject *seen = get ? PySet_New(NULL) : NULL;
	PyObject *absent = seen ? PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type) : NULL;
	int64_t result = absent ? get_each(get, keys, seen, absent, found) : -1;
	Py_XDECREF(get);
	Py_XDECREF(seen);
	Py_XDECREF(absent);
	return result;
}

static int64_t find_in_dict(PyObject *dict, PyObject *keys, struct found *found)
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++) {
		if (note_key(NULL, keys, i) < 0)
			return -1;
		PyObject *value = PyDict_GetItemWithError(dict, PyTuple_GET_ITEM(keys, i));
		if (!value)
			return PyErr_Occurred() ? -1 : 0;
		found_add(found, Py_NewRef(value));
	}
	return 1;
}

int64_t pf_rt_match_keys(PyObject *subject, PyObject *keys, PyObject **ret)
{
	struct found found;
	*ret = NULL;
	if (found_begin(&found, PyTuple_GET_SIZE(keys)) < 0)
		return -1;
	bool is_plain = PyDict_CheckExact(subject) && are_strs(keys);
	int64_t result = PyTuple_GET_SIZE(keys) == 0 ? 1
			 : is_plain                  ? find_in_dict(subject, keys, &found)
						     : find_by_get(subject, keys, &found);
	return found_end(&found, result, ret);
}
