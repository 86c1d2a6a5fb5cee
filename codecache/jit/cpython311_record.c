/* cpython311_record.c - instances of records, which are classes whose __init__ stores its arguments, or what it
 * computes from them: made with their attributes, without a call of that __init__.
 *
 * Where a class keeps the attributes is found out once and remembered: slots stay where they are, and so do the keys
 * that instances share. */
#include "config.h"

#include "codecache/jit/cpython311_attr.h"
#include "codecache/jit/cpython311_float.h"
#include "codecache/jit/cpython311_instance.h"
#include "codecache/jit/cpython311_record.h"
#include "codecache/runtime_priv.h"

#include <structmember.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>

#include "codecache/jit/cpython311_reader.h"

static bool is_managed(const PyTypeObject *type)
{
	return type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
}

/* The names of what the __init__ stores, borrowed, in its order: how many; -1: too many. */
static int field_names(PyObject *code, PyObject **ret)
{
	struct reader r = reader_of((PyCodeObject *)code);
	int n = 0;
	while (r.at < r.end) {
		unsigned arg;
		if (reader_step(&r, &arg) != STORE_ATTR)
			continue;
		if (n == RT_MAX_VALUES)
			return -1;
		ret[n++] = PyTuple_GET_ITEM(r.code->co_names, arg);
	}
	return n;
}

bool record_fits(PyObject *class, PyObject *code)
{
	PyTypeObject *type = (PyTypeObject *)class;
	PyObject *names[RT_MAX_VALUES];
	int n = field_names(code, names);
	if (type->tp_setattro != PyObject_GenericSetAttr || type->tp_getattro != PyObject_GenericGetAttr ||
	    type->tp_alloc != PyType_GenericAlloc || type->tp_finalize || type->tp_del || type->tp_itemsize ||
	    (type->tp_dictoffset && !is_managed(type)) || n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		PyObject *found = _PyType_Lookup(type, names[i]);
		bool slot = found && attr_is_slot(found, type) &&
			    !(((PyMemberDescrObject *)found)->d_member->flags & READONLY);
		if (!slot && (!is_managed(type) || !attr_is_hidden(found)))
			return false;
	}
	return true;
}

/* ---- where the attributes are ---------------------------------------------- */

struct layout {
	PyObject *class, *code; /* not kept alive: whoever asks has them */
	unsigned version;
	bool managed;
	bool is_all;     /* an instance of a plain class has no other slots */
	Py_ssize_t weak; /* where its weak references are, then; 0: it can have none */
	int n;
	struct {
		bool slot;
		Py_ssize_t where; /* offset in the instance, or index of its values */
	} fields[RT_MAX_VALUES];
};

enum { LAYOUTS = 256 };
static struct layout layouts[LAYOUTS]; /* the GIL guards them */

/* false: no instance has had that attribute yet. */
static bool find_field(struct layout *l, PyObject *name, int i)
{
	PyTypeObject *type = (PyTypeObject *)l->class;
	PyObject *found = _PyType_Lookup(type, name);
	l->fields[i].slot = found && attr_is_slot(found, type);
	l->fields[i].where =
		l->fields[i].slot ? ((PyMemberDescrObject *)found)->d_member->offset : attr_shared_index(type, name);
	return l->fields[i].where >= 0;
}

/* NULL: it is not known yet, or cannot be. */
static const struct layout *layout_of(PyObject *class, PyObject *code)
{
	struct layout *l = &layouts[((uintptr_t) class >> 4 ^ (uintptr_t)code >> 5) % LAYOUTS];
	unsigned version = ((PyTypeObject *)class)->tp_version_tag;
	if (l->class == class && l->code == code && l->version == version && version)
		return l;
	if (!record_fits(class, code))
		return NULL;
	PyObject *names[RT_MAX_VALUES];
	*l = (struct layout){ .class = class, .code = code, .n = field_names(code, names) };
	for (int i = 0; i < l->n; i++)
		if (!find_field(l, names[i], i))
			return NULL;
	l->managed = is_managed((PyTypeObject *)class);
	l->is_all = instance_slots((PyTypeObject *)class, &l->weak) == (l->managed ? 0 : l->n);
	l->version = PyType_HasFeature((PyTypeObject *)class, Py_TPFLAGS_VALID_VERSION_TAG)
			     ? ((PyTypeObject *)class)->tp_version_tag
			     : 0;
	return l;
}

/* ---- making one ------------------------------------------------------------ */

static void fill(PyObject *object, const struct layout *l, PyObject *const *values, int64_t n)
{
	PyObject **own = l->managed ? ((PyObject ***)object)[RT_OBJECT_VALUES] : NULL;
	for (int64_t i = 0; i < n; i++) {
		if (l->fields[i].slot) {
			*(PyObject **)((char *)object + l->fields[i].where) = values[i];
		} else {
			own[l->fields[i].where] = values[i];
			attr_add_to_order(&own[l->fields[i].where], (uint64_t)l->fields[i].where);
		}
	}
}

/* Of a class that was changed since, or has no instances yet: whatever else the class has under these names now, they
 * are the instance's. */
static int fill_by_name(PyObject *object, PyObject *code, PyObject *const *values, int64_t n)
{
	PyObject *names[RT_MAX_VALUES];
	int rc = 0;
	(void)field_names(code, names);
	for (int64_t i = 0; i < n; i++) {
		PyObject *name = names[i];
		PyObject *found = _PyType_Lookup(Py_TYPE(object), name);
		if (rc == 0 && found && !attr_is_slot(found, Py_TYPE(object)) && is_managed(Py_TYPE(object))) {
			PyObject *dict = PyObject_GenericGetDict(object, NULL);
			rc = dict ? PyDict_SetItem(dict, name, values[i]) : -1;
			Py_XDECREF(dict);
		} else if (rc == 0) {
			rc = PyObject_GenericSetAttr(object, name, values[i]);
		}
		Py_DECREF(values[i]);
	}
	return rc;
}

PyObject *pf_rt_new_record(PyObject *class, PyObject *code, PyObject *const *values, int64_t n)
{
	const struct layout *l = layout_of(class, code);
	PyObject *object = instance_new((PyTypeObject *)class);
	if (!object) {
		for (int64_t i = 0; i < n; i++)
			Py_DECREF(values[i]);
		return PyErr_NoMemory();
	}
	if (l)
		fill(object, l, values, n);
	else if (fill_by_name(object, code, values, n) < 0)
		Py_CLEAR(object);
	return object;
}

PyObject *pf_rt_new_record_f64(PyObject *class, PyObject *code, int64_t n, double a, double b, double c, double d)
{
	PyInterpreterState *interpreter = _PyThreadState_GET()->interp;
	double numbers[RT_MAX_FLOATS] = { a, b, c, d };
	PyObject *values[RT_MAX_FLOATS];
	for (int64_t i = 0; i < n; i++) {
		values[i] = float_new(interpreter, numbers[i]);
		if (values[i])
			continue;
		while (i-- > 0)
			Py_DECREF(values[i]);
		return NULL;
	}
	return pf_rt_new_record(class, code, values, n);
}

/* ---- taking one apart ------------------------------------------------------ */

/* Whether the values came in the order of the fields, and no others. */
static bool in_order(PyObject *const *own, const struct layout *l)
{
	const uint8_t *size = (const uint8_t *)own + RT_VALUES_SIZE;
	for (int i = 0; i < l->n; i++)
		if (*size != l->n || size[-1 - i] != l->fields[i].where)
			return false;
	return true;
}

int record_attributes(PyObject *object, PyObject *code, PyObject **ret)
{
	const PyTypeObject *type = Py_TYPE(object);
	const struct layout *l = layout_of((PyObject *)type, code);
	PyObject **own = is_managed(type) ? ((PyObject ***)object)[RT_OBJECT_VALUES] : NULL;
	if (!l || (is_managed(type) && (!own || !in_order(own, l))))
		return 0;
	for (int i = 0; i < l->n; i++) {
		if (is_managed(type) && l->fields[i].slot)
			return 0; /* both: there may be other slots */
		ret[i] = l->fields[i].slot ? *(PyObject **)((char *)object + l->fields[i].where)
					   : own[l->fields[i].where];
		if (!ret[i])
			return 0;
	}
	return l->n;
}

static bool is_number(PyObject *value)
{
	return value && (PyFloat_CheckExact(value) || PyLong_CheckExact(value));
}

bool record_is_free(PyObject *object, PyObject *class, PyObject *code)
{
	if (Py_TYPE(object) != (PyTypeObject *)class || Py_REFCNT(object) != 1)
		return false;
	const struct layout *l = layout_of(class, code);
	if (!l || !l->is_all || (l->weak && *(PyObject **)((char *)object + l->weak)))
		return false;
	PyObject **own = l->managed ? ((PyObject ***)object)[RT_OBJECT_VALUES] : NULL;
	if (l->managed && (!own || ((PyObject **)object)[RT_OBJECT_DICT] || !in_order(own, l)))
		return false;
	for (int i = 0; i < l->n; i++)
		if (!is_number(own ? own[l->fields[i].where] : *(PyObject **)((char *)object + l->fields[i].where)))
			return false;
	return true;
}
