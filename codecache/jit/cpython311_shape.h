/* cpython311_shape.h - comparing and hashing instances whose methods for it only look at attributes; for
 * cpython311_keys.c and rt*.c only. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

enum order {
	ORDER_LESS,
	ORDER_SAME,
	ORDER_MORE,
	ORDER_NONE,   /* a NaN */
	ORDER_UNKNOWN /* CPython must say */
};

/* Whether __class__ of instances is their class, where nothing else is found by tp_getattro. */
bool has_plain_class(PyTypeObject *type);

/* How two exact floats, ints or strs compare. */
enum order order_of(PyObject *x, PyObject *y);

/* Whether x OP y, Py_LT and so on; -1, without an exception: CPython must say. */
int instances_compare(PyObject *x, PyObject *y, int op);

/* false: CPython must say.  The class's == of what has that hash then is instances_compare(), or the objects are equal
 * to nothing else. */
bool instance_hash(PyObject *o, Py_hash_t *ret);

/* What the class's method for Py_LT and so on compares of the instance, borrowed, at most max values; NULL: it has
 * none. 0: it is not known. */
Py_ssize_t instance_parts(PyObject *o, int op, PyObject **parts, Py_ssize_t max);

/* The attribute that an instance has itself, or in a slot; borrowed.  NULL, without an exception: it is not known. */
PyObject *instance_attribute(PyObject *o, PyObject *name);

/* tuplehash() in Objects/tupleobject.c: xxHash. */
static inline Py_hash_t tuple_hash(Py_ssize_t n, const Py_hash_t *hashes)
{
	static const uint64_t prime_1 = 11400714785074694791U, prime_2 = 14029467366897019727U,
			      prime_5 = 2870177450012600261U;
	uint64_t hash = prime_5;
	for (Py_ssize_t i = 0; i < n; i++) {
		hash += (uint64_t)hashes[i] * prime_2;
		hash = (hash << 31 | hash >> 33) * prime_1;
	}
	hash += (uint64_t)n ^ (prime_5 ^ 3527539U);
	return hash == UINT64_MAX ? 1546275796 : (Py_hash_t)hash;
}
