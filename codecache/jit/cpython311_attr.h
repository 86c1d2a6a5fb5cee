/* cpython311_attr.h - where instances have their attributes; for cpython311_attr.c, cpython311_member.c,
 * cpython311_record.c, cpython311_shape.c and build_math.c only. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/rt.h"

/* Whether what a class has is the descriptor of a slot that instances of the type have. */
bool attr_is_slot(PyObject *descriptor, const PyTypeObject *type);

/* What the class has under that name (may be NULL) comes behind what the instance has: an assignment goes to the
 * instance, and what is there is what is read. */
bool attr_is_hidden(PyObject *descriptor);

/* Where the name is among the keys that instances of the type share; -1: nowhere. Names are interned. */
Py_ssize_t attr_shared_index(const PyTypeObject *type, PyObject *name);

/* What a class has under that name for who asks the class, if it is no descriptor; borrowed, NULL without an exception:
 * something else. */
PyObject *attr_of_class(PyObject *class, PyObject *name);

/* _PyDictValues_AddToInsertionOrder(): of the place of that index. */
static inline void attr_add_to_order(PyObject **place, uint64_t index)
{
	uint8_t *size = (uint8_t *)(place - index) + RT_VALUES_SIZE;
	++*size;
	size[-*size] = (uint8_t)index;
}

/* cpython311_member.c: the attribute, a borrowed name, that the descriptor of a class gives of its instance, as Enum's
 * `value` gives `_value_`; NULL, without an exception: it is none that is known to. */
PyObject *member_given(PyObject *descriptor);
