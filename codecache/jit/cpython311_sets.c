/* cpython311_sets.c - see cpython311_sets.h.  Source: Objects/setobject.c of CPython 3.11.
 *
 * Keys of the same hash are compared here if they are exactly ints or strs, or tuples of these, which runs no Python
 * code.  Where others meet, nothing has been done yet that could be seen, and CPython does all of it.  What is made has
 * its keys where CPython has them: sets are read in that order. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <string.h>

#include "codecache/jit/cpython311_sets.h"
#include "codecache/jit/cpython311_strs.h"

enum { LINEAR_PROBES = 9, PERTURB_SHIFT = 5, HASH_OF_NONE = -1 /* where a key was discarded */ };

/* ---- keys ------------------------------------------------------------------ */

static bool ints_equal(PyObject *a, PyObject *b)
{
	Py_ssize_t n = Py_SIZE(a);
	return n == Py_SIZE(b) && memcmp(((PyLongObject *)a)->ob_digit, ((PyLongObject *)b)->ob_digit,
					 (size_t)Py_ABS(n) * sizeof(digit)) == 0;
}

/* Of ints and strs. */
static enum found plain_equal(PyObject *a, PyObject *b)
{
	bool is_int = PyLong_CheckExact(a), is_other_int = PyLong_CheckExact(b);
	if (is_int && is_other_int)
		return ints_equal(a, b) ? FOUND : ABSENT;
	if ((!is_int && !PyUnicode_CheckExact(a)) || (!is_other_int && !PyUnicode_CheckExact(b)))
		return UNKNOWN;
	return !is_int && !is_other_int && strs_equal(a, b) ? FOUND : ABSENT;
}

static enum found tuples_equal(PyObject *a, PyObject *b)
{
	Py_ssize_t n = PyTuple_GET_SIZE(a);
	if (PyTuple_GET_SIZE(b) != n)
		return UNKNOWN;
	for (Py_ssize_t i = 0; i < n; i++) {
		PyObject *x = PyTuple_GET_ITEM(a, i), *y = PyTuple_GET_ITEM(b, i);
		if (x == y)
			continue;
		if ((PyUnicode_CheckExact(x) && !PyUnicode_IS_READY(x)) ||
		    (PyUnicode_CheckExact(y) && !PyUnicode_IS_READY(y)))
			return UNKNOWN;
		enum found equal = plain_equal(x, y);
		if (equal != FOUND)
			return equal;
	}
	return FOUND;
}

/* Two keys that have the same hash; strs that have one are ready. */
static inline enum found keys_equal(PyObject *a, PyObject *b)
{
	if (a == b)
		return FOUND;
	return PyTuple_CheckExact(a) && PyTuple_CheckExact(b) ? tuples_equal(a, b) : plain_equal(a, b);
}

/* set_lookkey() */
static inline enum found find(const PySetObject *set, const setentry *key)
{
	size_t mask = (size_t)set->mask, perturb = (size_t)key->hash, i = perturb & mask;
	for (;;) {
		setentry *entry = &set->table[i], *last = entry + (i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0);
		for (; entry <= last; entry++) {
			if (!entry->key)
				return ABSENT;
			if (entry->hash != key->hash)
				continue;
			enum found found = keys_equal(entry->key, key->key);
			if (found != ABSENT)
				return found;
		}
		perturb >>= PERTURB_SHIFT;
		i = (i * 5 + 1 + perturb) & mask;
	}
}

static inline bool is_used(const setentry *entry)
{
	return entry->key && entry->hash != HASH_OF_NONE;
}

#define for_each_key(set, entry)                                                                 \
	for (const setentry *entry = (set)->table; entry <= (set)->table + (set)->mask; entry++) \
		if (is_used(entry))

/* ---- comparisons ----------------------------------------------------------- */

/* set_issubset() */
static int is_subset(const PySetObject *a, const PySetObject *b)
{
	if (a->used > b->used)
		return 0;
	for_each_key(a, entry)
	{
		enum found found = find(b, entry);
		if (found != FOUND)
			return found == UNKNOWN ? -1 : 0;
	}
	return 1;
}

static int is_equal(const PySetObject *a, const PySetObject *b)
{
	if (a->used != b->used || (a->hash != -1 && b->hash != -1 && a->hash != b->hash))
		return 0;
	return is_subset(a, b);
}

int sets_compare(PyObject *a, PyObject *b, int op)
{
	const PySetObject *x = (PySetObject *)a, *y = (PySetObject *)b;
	int is;
	switch (op) {
	case Py_EQ: return is_equal(x, y);
	case Py_NE: is = is_equal(x, y); return is < 0 ? is : !is;
	case Py_LE: return is_subset(x, y);
	case Py_GE: return is_subset(y, x);
	case Py_LT: return x->used >= y->used ? 0 : is_subset(x, y);
	case Py_GT: return x->used <= y->used ? 0 : is_subset(y, x);
	default: return -1;
	}
}

/* ---- operators ------------------------------------------------------------- */

/* set_insert_clean() */
static void insert(setentry *table, size_t mask, const setentry *key)
{
	size_t perturb = (size_t)key->hash, i = perturb & mask;
	for (;;) {
		setentry *entry = &table[i], *last = entry + (i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0);
		for (; entry <= last; entry++)
			if (!entry->key) {
				*entry = *key;
				return;
			}
		perturb >>= PERTURB_SHIFT;
		i = (i * 5 + 1 + perturb) & mask;
	}
}

/* set_table_resize() of a set that grows, from which nothing was discarded. */
static bool grow(PySetObject *set)
{
	size_t size = PySet_MINSIZE, least = (size_t)(set->used > 50000 ? set->used * 2 : set->used * 4);
	while (size <= least)
		size <<= 1;
	setentry *old = set->table, *table = PyMem_Calloc(size, sizeof(*table));
	if (!table)
		return false;
	for_each_key(set, entry) insert(table, size - 1, entry);
	set->table = table;
	set->mask = (Py_ssize_t)size - 1;
	if (old != set->smalltable)
		PyMem_Free(old);
	return true;
}

/* set_add_entry() to such a set, of a key that is not there.  false: CPython is to do all of it. */
static bool add(PySetObject *set, const setentry *key)
{
	if (find(set, key) != ABSENT) /* it has the same hash as one of which it cannot be told apart here */
		return false;
	insert(set->table, (size_t)set->mask, key);
	Py_INCREF(key->key);
	set->fill++;
	set->used++;
	return (size_t)set->fill * 5 < (size_t)set->mask * 3 || grow(set);
}

/* A new set of the keys of a that are in b, or are not; NULL: CPython is to do it. */
static PyObject *keys_in(const PySetObject *a, const PySetObject *b, enum found wanted, bool is_frozen)
{
	PyObject *result = is_frozen ? PyFrozenSet_New(NULL) : PySet_New(NULL);
	bool is_done = result != NULL;
	for (const setentry *entry = a->table; is_done && entry <= a->table + a->mask; entry++) {
		if (!is_used(entry))
			continue;
		enum found found = find(b, entry);
		is_done = found != UNKNOWN && (found != wanted || add((PySetObject *)result, entry));
	}
	if (is_done)
		return result;
	PyErr_Clear();
	Py_XDECREF(result);
	return NULL;
}

PyObject *sets_binary(PyObject *a, PyObject *b, int op)
{
	const PySetObject *x = (PySetObject *)a, *y = (PySetObject *)b;
	bool is_frozen = PyFrozenSet_CheckExact(a);
	if (op == NB_AND && a != b)
		return y->used > x->used ? keys_in(x, y, FOUND, is_frozen) : keys_in(y, x, FOUND, is_frozen);
	if (op == NB_SUBTRACT && x->used >> 2 <= y->used) /* else CPython copies one and discards the other */
		return keys_in(x, y, ABSENT, is_frozen);
	return NULL;
}

/* ---- min(), max() ---------------------------------------------------------- */

PyObject *set_best(PyObject *set, bool is_max)
{
	PyObject *best = NULL;
	Py_ssize_t best_value = 0;
	for_each_key((PySetObject *)set, entry)
	{
		PyObject *key = entry->key;
		if (!PyLong_CheckExact(key) || Py_ABS(Py_SIZE(key)) > 1)
			return NULL;
		Py_ssize_t value = Py_SIZE(key) * (Py_ssize_t)((PyLongObject *)key)->ob_digit[0];
		if (best && (is_max ? value <= best_value : value >= best_value))
			continue;
		best = key;
		best_value = value;
	}
	return Py_XNewRef(best);
}
