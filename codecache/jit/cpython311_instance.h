/* cpython311_instance.h - making instances of plain classes, and their end; for rt*.c and cpython311_*.c only.
 *
 * A plain class is what a `class` statement makes, without a __del__ and with nothing but other such classes and object
 * among its bases: what CPython finds out from the class for each instance (PyType_GenericAlloc() and subtype_dealloc()
 * of Objects/typeobject.c) is found out once. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A new instance without attributes, as object's __new__ makes it of a class that may be called; NULL, without an
 * exception: no memory. */
PyObject *instance_new(PyTypeObject *type);

/* How many slots instances of a plain class have; *ret_weak: where their weak references are, 0: they can have none.
 * -1: it is none, or has no version; else that holds as long as it has this version. */
int instance_slots(PyTypeObject *type, Py_ssize_t *ret_weak);

/* The end of an object of any type that nobody refers to any more: _Py_Dealloc(). */
void instance_dealloc(PyObject *object);
