/* cpython311_instance.c - see cpython311_instance.h.  What is done to an instance is what CPython does, in its order:
 * the collector counts it, and runs when CPython's would; it is not tracked any more when its attributes die; those die
 * in the order of slots and shared keys; what is nested too deep is put aside (the trashcan). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <structmember.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* the internal headers have other spellings of these */
#undef _PyObject_LookupSpecial
#include <internal/pycore_dict.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_object.h>
#include <internal/pycore_pystate.h>

#include "codecache/jit/cpython311_float.h"
#include "codecache/jit/cpython311_instance.h"
#include "codecache/jit/rt.h"
#include "codecache/runtime_priv.h"

enum { MAX_SLOTS = 16, PLANS = 128, MAX_NESTING = 50 /* _PyTrash_UNWIND_LEVEL of Objects/object.c */ };

/* What is known of a plain class of that version, which stands for all that could change it. */
struct plan {
	const PyTypeObject *type; /* borrowed, and only compared */
	unsigned version;         /* 0: there is none */
	bool fits, managed;
	size_t head, size; /* in front of the object, and all of it */
	Py_ssize_t weak;   /* where its weak references are; 0: it can have none */
	uint32_t n_slots;
	Py_ssize_t slots[MAX_SLOTS]; /* in the order in which they die */
};

static struct plan plans[PLANS]; /* the GIL guards them */

/* ---- plain classes --------------------------------------------------------- */

/* The one that all of them have, which nobody exports; NULL, without an exception: there is no memory to find out.  The
 * collector must not run meanwhile: it would collect the instance that is about to end, of which there is no reference
 * any more. */
static destructor subtype_dealloc(void)
{
	static destructor found;
	if (found)
		return found;
	int collects = PyGC_Disable();
	PyObject *class = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "plain");
	if (class)
		found = ((PyTypeObject *)class)->tp_dealloc;
	else
		PyErr_Clear();
	Py_XDECREF(class);
	if (collects)
		PyGC_Enable();
	return found;
}

/* Whether object is all that is behind the classes that it is made of. */
static bool has_plain_bases(const PyTypeObject *type, destructor dealloc)
{
	while (type->tp_dealloc == dealloc && type->tp_base)
		type = type->tp_base;
	return type == &PyBaseObject_Type;
}

static bool is_plain(const PyTypeObject *type)
{
	destructor dealloc = subtype_dealloc();
	return dealloc && PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_HEAPTYPE) &&
	       PyType_IS_GC((PyTypeObject *)type) && type->tp_dealloc == dealloc && has_plain_bases(type, dealloc) &&
	       type->tp_alloc == PyType_GenericAlloc && type->tp_free == PyObject_GC_Del && !type->tp_is_gc &&
	       !type->tp_finalize && !type->tp_del && !type->tp_itemsize &&
	       (!type->tp_dictoffset || PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_MANAGED_DICT));
}

/* Those that clear_slots() of Objects/typeobject.c clears; false: too many. */
static bool find_slots(struct plan *p, const PyTypeObject *type)
{
	for (; type != &PyBaseObject_Type; type = type->tp_base) {
		const PyMemberDef *members = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
		for (Py_ssize_t i = 0; i < Py_SIZE(type); i++) {
			if (members[i].type != T_OBJECT_EX || members[i].flags & READONLY)
				continue;
			if (p->n_slots == MAX_SLOTS)
				return false;
			p->slots[p->n_slots++] = members[i].offset;
		}
	}
	return true;
}

__attribute__((noinline)) static void make_plan(struct plan *p, PyTypeObject *type)
{
	*p = (struct plan){ .type = type, .version = type->tp_version_tag };
	p->fits = is_plain(type) && find_slots(p, type);
	p->managed = PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT);
	p->head = _PyType_PreHeaderSize(type);
	p->size = p->head + _PyObject_VAR_SIZE(type, 1); /* as PyType_GenericAlloc() */
	p->weak = type->tp_weaklistoffset;
}

/* NULL: it is no plain class, or it has changed and has no version yet. */
static inline const struct plan *plan_of(PyTypeObject *type)
{
	struct plan *p = &plans[((uintptr_t)type >> 4 ^ (uintptr_t)type >> 10) % PLANS];
	unsigned version = type->tp_version_tag;
	if (__builtin_expect(p->type != type || p->version != version || version == 0, 0)) {
		if (version == 0 || !PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG))
			return NULL;
		make_plan(p, type);
	}
	return p->fits ? p : NULL;
}

int instance_slots(PyTypeObject *type, Py_ssize_t *ret_weak)
{
	const struct plan *p = plan_of(type);
	*ret_weak = p ? p->weak : 0;
	return p ? (int)p->n_slots : -1;
}

/* ---- a new one ------------------------------------------------------------- */

/* init_inline_values() of Objects/dictobject.c; false: no memory. */
static inline bool init_values(PyObject *object)
{
	PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
	if (keys->dk_usable > 1)
		keys->dk_usable--;
	size_t size = (size_t)(keys->dk_nentries + keys->dk_usable);
	size_t prefix = (size + 2 + sizeof(PyObject *) - 1) / sizeof(PyObject *) * sizeof(PyObject *);
	uint8_t *memory = PyMem_Malloc(prefix + size * sizeof(PyObject *));
	if (!memory)
		return false;
	PyObject **values = (PyObject **)(memory + prefix);
	memory[prefix - 1] = (uint8_t)prefix;
	memory[prefix - 2] = 0;
	for (size_t i = 0; i < size; i++)
		values[i] = NULL;
	((PyObject ***)object)[RT_OBJECT_VALUES] = values;
	return true;
}

/* object_new() of Objects/typeobject.c, where it is the collector's turn, or the class is not plain. */
__attribute__((noinline)) static PyObject *new_by_cpython(PyTypeObject *type)
{
	PyObject *object = type->tp_alloc(type, 0);
	if (object && PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT) && !init_values(object))
		Py_CLEAR(object);
	if (!object)
		PyErr_Clear();
	return object;
}

/* _PyObject_GC_Link() of Modules/gcmodule.c. */
static inline bool is_collectors_turn(const struct _gc_runtime_state *gc)
{
	const struct gc_generation *young = &gc->generations[0];
	return young->count >= young->threshold && gc->enabled;
}

PyObject *instance_new(PyTypeObject *type)
{
	const struct plan *p = plan_of(type);
	struct _gc_runtime_state *gc = &_PyThreadState_GET()->interp->gc;
	if (__builtin_expect(!p || is_collectors_turn(gc), 0))
		return new_by_cpython(type);
	uint64_t *memory = PyObject_Malloc(p->size);
	if (!memory)
		return NULL;
	PyObject *object = (PyObject *)((char *)memory + p->head);
	for (size_t i = 0; i < p->size / sizeof(*memory); i++)
		memory[i] = 0;
	gc->generations[0].count++;
	Py_SET_REFCNT(object, 1);
	Py_SET_TYPE(object, (PyTypeObject *)Py_NewRef(type));
	_PyObject_GC_TRACK(object);
	if (p->managed && !init_values(object))
		Py_CLEAR(object);
	return object;
}

/* ---- the end --------------------------------------------------------------- */

static inline void drop(PyObject *object)
{
	if (object && --object->ob_refcnt == 0)
		instance_dealloc(object);
}

/* _PyObject_FreeInstanceAttributes(). */
static inline void drop_values(PyTypeObject *type, PyObject **values)
{
	const PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
	for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
		drop(values[i]);
	PyMem_Free((char *)values - ((uint8_t *)values)[-1]);
}

/* What dies may change classes, and with them what the plan's place has. */
static inline void drop_attributes(PyObject *object, PyTypeObject *type, const struct plan *p)
{
	Py_ssize_t slots[MAX_SLOTS];
	uint32_t n_slots = p->n_slots;
	PyObject **values = p->managed ? ((PyObject ***)object)[RT_OBJECT_VALUES] : NULL;
	for (uint32_t i = 0; i < n_slots; i++)
		slots[i] = p->slots[i];
	for (uint32_t i = 0; i < n_slots; i++) {
		PyObject **place = (PyObject **)((char *)object + slots[i]), *old = *place;
		*place = NULL;
		drop(old);
	}
	if (values)
		drop_values(type, values);
}

/* Whether nobody has a weak reference to it, nor its attributes as a dict. */
static inline bool is_alone(PyObject *object, const struct plan *p)
{
	return !(p->weak && *(PyObject **)((char *)object + p->weak)) &&
	       !(p->managed && ((PyObject **)object)[RT_OBJECT_DICT]);
}

static void end(PyObject *object, PyTypeObject *type, const struct plan *p, PyThreadState *thread)
{
	struct gc_generation *young = &thread->interp->gc.generations[0];
	size_t head = p->head;
	if (_PyObject_GC_IS_TRACKED(object))
		_PyObject_GC_UNTRACK(object);
	thread->trash_delete_nesting++;
	drop_attributes(object, type, p);
	if (young->count > 0)
		young->count--;
	PyObject_Free((char *)object - head);
	Py_DECREF(type);
	if (__builtin_expect(thread->trash_delete_later != NULL, 0))
		_PyTrash_end(thread);
	else
		thread->trash_delete_nesting--;
}

void instance_dealloc(PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);
	PyThreadState *thread;
	if (type == &PyFloat_Type) {
		float_end(_PyThreadState_GET()->interp, object);
		return;
	}
	const struct plan *p = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? plan_of(type) : NULL;
	if (p && is_alone(object, p) && (thread = _PyThreadState_GET())->trash_delete_nesting < MAX_NESTING)
		end(object, type, p, thread);
	else
		type->tp_dealloc(object);
}

/* ---- floats ---------------------------------------------------------------- */

PyObject *pf_rt_box_f64(double value)
{
	return float_new(_PyThreadState_GET()->interp, value);
}
