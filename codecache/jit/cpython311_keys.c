/* cpython311_keys.c - dicts and sets whose keys are ints, or tuples of ints: looked up by these numbers, so that no
 * object needs to be made; strs (cpython311_strs.h); members of enums, which are equal to nothing else; and instances
 * whose hash and equality are those of attributes (cpython311_shape.h).  Source: Objects/dictobject.c, setobject.c and
 * tupleobject.c of CPython 3.11.
 *
 * A key that is there is recognised by its value if it is exactly an int, or a tuple of such; nothing that is
 * compared with it so can run Python code.  Where something else has the same hash, CPython is asked, with an object.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#include <internal/pycore_gc.h>
#include <stdbool.h>

#include "codecache/jit/cpython311_shape.h"
#include "codecache/jit/cpython311_strs.h"
#include "codecache/jit/interned.h"
#include "codecache/runtime_priv.h"

/* Versions of dicts (PEP 509) are told apart, no more; CPython's own counter, which it does not show, counts from 0. */
static uint64_t last_version = UINT64_C(1) << 63;

/* ---- keys ------------------------------------------------------------------ */

enum { MAX_PARTS = 3, ITSELF = -1 };

struct key {
	PyObject *object; /* that it is; NULL: it is none yet */
	Py_ssize_t n;     /* of a tuple; 0: an int; ITSELF: the object, which has no parts */
	int64_t part[MAX_PARTS];
	Py_hash_t hash;
};

/* long_hash() in Objects/longobject.c. */
static inline Py_hash_t int_hash(int64_t value)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	if (size >= _PyHASH_MODULUS)
		size %= _PyHASH_MODULUS;
	Py_hash_t hash = value < 0 ? -(Py_hash_t)size : (Py_hash_t)size;
	return hash == -1 ? -2 : hash;
}

static Py_hash_t ints_hash(const struct key *key)
{
	Py_hash_t hashes[MAX_PARTS];
	for (Py_ssize_t i = 0; i < key->n; i++)
		hashes[i] = int_hash(key->part[i]);
	return tuple_hash(key->n, hashes);
}

/* In place: a copy would have to wait for what was just written. */
static inline void key_of(struct key *key, int64_t n, int64_t a, int64_t b, int64_t c)
{
	key->object = NULL;
	key->n = n;
	key->part[0] = a;
	key->part[1] = b;
	key->part[2] = c;
	key->hash = n ? ints_hash(key) : int_hash(a);
}

static inline bool int_of(PyObject *object, int64_t *ret)
{
	if (!PyLong_CheckExact(object))
		return false;
	const digit *digits = ((PyLongObject *)object)->ob_digit;
	Py_ssize_t size = Py_SIZE(object);
	int overflow = 0;
	if (size >= -1 && size <= 1)
		*ret = size * (int64_t)digits[0];
	else if (size == 2)
		*ret = (int64_t)digits[1] << PyLong_SHIFT | digits[0];
	else
		*ret = PyLong_AsLongLongAndOverflow(object, &overflow);
	return !overflow;
}

/* A tuple, or one of a class, as those of collections.namedtuple(), that has hash and comparisons from tuples. */
static inline bool is_plain_tuple(PyObject *object)
{
	const PyTypeObject *type = Py_TYPE(object);
	return PyTuple_CheckExact(object) || (PyTuple_Check(object) && type->tp_hash == PyTuple_Type.tp_hash &&
					      type->tp_richcompare == PyTuple_Type.tp_richcompare);
}

/* Whether the object is such a key. */
static bool key_of_object(PyObject *object, struct key *ret)
{
	ret->object = object;
	if (int_of(object, &ret->part[0])) {
		ret->n = 0;
		ret->hash = int_hash(ret->part[0]);
		return true;
	}
	if (PyUnicode_CheckExact(object))
		return false;
	if (instance_hash(object, &ret->hash)) {
		ret->n = ITSELF;
		return true;
	}
	ret->n = is_plain_tuple(object) ? PyTuple_GET_SIZE(object) : 0;
	if (ret->n < 1 || ret->n > MAX_PARTS)
		return false;
	for (Py_ssize_t i = 0; i < ret->n; i++)
		if (!int_of(PyTuple_GET_ITEM(object, i), &ret->part[i]))
			return false;
	ret->hash = ints_hash(ret);
	return true;
}

static PyObject *key_object(const struct key *key)
{
	if (key->object)
		return Py_NewRef(key->object);
	if (key->n == 0)
		return PyLong_FromLongLong(key->part[0]);
	PyObject *tuple = PyTuple_New(key->n);
	for (Py_ssize_t i = 0; tuple && i < key->n; i++) {
		PyObject *part = PyLong_FromLongLong(key->part[i]);
		if (part)
			PyTuple_SET_ITEM(tuple, i, part);
		else
			Py_CLEAR(tuple);
	}
	if (tuple) /* as the collector would at its first look at it */
		PyObject_GC_UnTrack(tuple);
	return tuple;
}

enum equal { DIFFERENT, EQUAL, UNSURE /* CPython must say */ };

/* Whether an object of the same hash is the key. */
static inline enum equal is_key(const struct key *key, PyObject *object)
{
	int64_t value;
	if (object == key->object)
		return EQUAL;
	if (key->n == ITSELF) {
		int is = instances_compare(object, key->object, Py_EQ);
		return is < 0 ? UNSURE : is;
	}
	if (key->n == 0)
		return !PyLong_CheckExact(object) ? UNSURE : int_of(object, &value) && value == key->part[0];
	if (!is_plain_tuple(object) || PyTuple_GET_SIZE(object) != key->n)
		return UNSURE;
	for (Py_ssize_t i = 0; i < key->n; i++) {
		PyObject *item = PyTuple_GET_ITEM(object, i);
		if (!PyLong_CheckExact(item))
			return UNSURE;
		if (!int_of(item, &value) || value != key->part[i])
			return DIFFERENT;
	}
	return EQUAL;
}

/* ---- finding them ---------------------------------------------------------- */

/* _Py_dict_lookup(); DIFFERENT: it is not there. */
static inline enum equal find_in_dict(PyObject *dict, const struct key *key, PyDictKeyEntry **ret)
{
	PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
	if (DK_IS_UNICODE(keys))
		return key->n == ITSELF ? UNSURE : DIFFERENT;
	size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)key->hash, i = perturb & mask;
	PyDictKeyEntry *entries = DK_ENTRIES(keys);
	for (Py_ssize_t at; (at = keys_index_at(keys, i)) != DKIX_EMPTY; i = (i * 5 + perturb + 1) & mask) {
		perturb >>= 5;
		if (at < 0 || entries[at].me_hash != key->hash)
			continue;
		enum equal equal = is_key(key, entries[at].me_key);
		*ret = &entries[at];
		if (equal != DIFFERENT)
			return equal;
	}
	return DIFFERENT;
}

/* set_lookkey() */
static inline enum equal find_in_set(PyObject *object, const struct key *key)
{
	enum { LINEAR_PROBES = 9 };
	PySetObject *set = (PySetObject *)object;
	size_t mask = (size_t)set->mask, perturb = (size_t)key->hash, i = perturb & mask;
	for (;;) {
		setentry *entry = &set->table[i], *last = entry + (i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0);
		for (; entry <= last; entry++) {
			if (!entry->key)
				return DIFFERENT;
			if (entry->hash != key->hash)
				continue;
			enum equal equal = is_key(key, entry->key);
			if (equal != DIFFERENT)
				return equal;
		}
		perturb >>= 5;
		i = (i * 5 + 1 + perturb) & mask;
	}
}

/* ---- reading --------------------------------------------------------------- */

static PyObject *missing(PyObject *key)
{
	if (key && !PyErr_Occurred())
		_PyErr_SetKeyError(key);
	Py_XDECREF(key);
	return NULL;
}

static PyObject *ask_dict(PyObject *dict, const struct key *key)
{
	PyObject *object = key_object(key), *value = object ? PyDict_GetItemWithError(dict, object) : NULL;
	Py_XDECREF(object);
	return value;
}

/* The value, borrowed; NULL, perhaps with an exception: there is none. */
static PyObject *value_of(PyObject *dict, const struct key *key)
{
	PyDictKeyEntry *entry;
	switch (find_in_dict(dict, key, &entry)) {
	case EQUAL: return entry->me_value;
	case DIFFERENT: return NULL;
	default: return ask_dict(dict, key);
	}
}

static PyObject *value_of_object(PyObject *dict, PyObject *object)
{
	struct key key;
	PyObject **value;
	enum found found = PyUnicode_CheckExact(object) ? dict_find_str(dict, object, &value) : UNKNOWN;
	if (found != UNKNOWN)
		return found == FOUND ? *value : NULL;
	return key_of_object(object, &key) ? value_of(dict, &key) : PyDict_GetItemWithError(dict, object);
}

PyObject *pf_rt_dict_item(PyObject *dict, PyObject *object)
{
	PyObject *value = value_of_object(dict, object);
	return value ? value : missing(Py_NewRef(object));
}

PyObject *pf_rt_dict_item_ints(PyObject *dict, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	PyObject *value = value_of(dict, &key);
	return value ? value : missing(PyErr_Occurred() ? NULL : key_object(&key));
}

PyObject *pf_rt_dict_find(PyObject *dict, PyObject *object)
{
	return value_of_object(dict, object);
}

PyObject *pf_rt_dict_find_ints(PyObject *dict, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	return value_of(dict, &key);
}

int pf_rt_fail_key(PyObject *object)
{
	(void)missing(Py_NewRef(object));
	return -1;
}

int pf_rt_fail_key_ints(int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	(void)missing(key_object(&key));
	return -1;
}

/* The value, or otherwise; NULL with an exception: a new reference. */
static PyObject *value_or(PyObject *value, PyObject *otherwise)
{
	return value || !PyErr_Occurred() ? Py_NewRef(value ? value : otherwise) : NULL;
}

static PyObject *value_or_int(PyObject *value, int64_t otherwise)
{
	if (value)
		return Py_NewRef(value);
	return PyErr_Occurred() ? NULL : PyLong_FromLongLong(otherwise);
}

PyObject *pf_rt_dict_get(PyObject *dict, PyObject *object, PyObject *otherwise)
{
	return value_or(value_of_object(dict, object), otherwise);
}

PyObject *pf_rt_dict_get_i64(PyObject *dict, PyObject *object, int64_t otherwise)
{
	return value_or_int(value_of_object(dict, object), otherwise);
}

PyObject *pf_rt_dict_get_ints(PyObject *dict, PyObject *otherwise, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	return value_or(value_of(dict, &key), otherwise);
}

PyObject *pf_rt_dict_get_ints_i64(PyObject *dict, int64_t otherwise, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	return value_or_int(value_of(dict, &key), otherwise);
}

/* A dict whose class adds nothing to d[k] but, perhaps, what is missing. */
static bool reads_as_dict(PyObject *container)
{
	const PyMappingMethods *mapping = Py_TYPE(container)->tp_as_mapping;
	return mapping && mapping->mp_subscript == PyDict_Type.tp_as_mapping->mp_subscript;
}

PyObject *pf_rt_get_item(PyObject *container, PyObject *key)
{
	PyObject **value;
	if (PyUnicode_CheckExact(key) && reads_as_dict(container) && dict_find_str(container, key, &value) == FOUND)
		return Py_NewRef(*value);
	return PyObject_GetItem(container, key);
}

PyObject *pf_rt_get_item_ints(PyObject *container, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	PyDictKeyEntry *entry;
	if (reads_as_dict(container) && find_in_dict(container, &key, &entry) == EQUAL)
		return Py_NewRef(entry->me_value);
	PyObject *object = key_object(&key), *value = object ? PyObject_GetItem(container, object) : NULL;
	Py_XDECREF(object);
	return value;
}

/* DIFFERENT, EQUAL; UNSURE: it is no dict or set, or CPython must say. */
static enum equal quick_contains(PyObject *container, const struct key *key)
{
	PyDictKeyEntry *entry;
	if (PyDict_CheckExact(container))
		return find_in_dict(container, key, &entry);
	return PyAnySet_CheckExact(container) ? find_in_set(container, key) : UNSURE;
}

int pf_rt_contains_ints(PyObject *container, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	enum equal equal = quick_contains(container, &key);
	if (equal != UNSURE)
		return equal == EQUAL;
	PyObject *object = key_object(&key);
	int is = object ? PySequence_Contains(container, object) : -1;
	Py_XDECREF(object);
	return is;
}

static int strs_contain(PyObject *str, PyObject *container)
{
	PyObject **value;
	enum found found = PyDict_CheckExact(container)     ? dict_find_str(container, str, &value)
			   : PyAnySet_CheckExact(container) ? set_find_str(container, str)
							    : UNKNOWN;
	return found == UNKNOWN ? -1 : found == FOUND;
}

int keys_contain(PyObject *item, PyObject *container)
{
	struct key key;
	if (PyUnicode_CheckExact(item))
		return strs_contain(item, container);
	enum equal equal = (PyDict_CheckExact(container) || PyAnySet_CheckExact(container)) && key_of_object(item, &key)
				   ? quick_contains(container, &key)
				   : UNSURE;
	return equal == UNSURE ? -1 : equal == EQUAL;
}

/* ---- writing --------------------------------------------------------------- */

/* insertdict() where the key is there.  Takes the value over. */
static void change_value(PyObject *dict, PyObject **at, PyObject *value)
{
	PyObject *old = *at;
	*at = value;
	((PyDictObject *)dict)->ma_version_tag = ++last_version;
	Py_DECREF(old);
}

/* Whether the value may simply be put in the place of another: the garbage collector need not be told of the dict. */
static bool is_simple(PyObject *dict, PyObject *value)
{
	return !_PyObject_GC_MAY_BE_TRACKED(value) || _PyObject_GC_IS_TRACKED(dict);
}

bool dict_replace(PyObject *dict, PyObject **at, PyObject *value)
{
	if (!is_simple(dict, value))
		return false;
	change_value(dict, at, Py_NewRef(value));
	return true;
}

/* Whether __setitem__ of a dict's class is dict's, though CPython finds it out at each call: the class has its own
 * __delitem__, as that of collections.Counter does, and so one function for both in the place of dict's. */
static bool has_set_of_dict(PyTypeObject *type)
{
	static PyObject *name;
	return interned_or_null(&name, "__setitem__") &&
	       _PyType_Lookup(type, name) == _PyType_Lookup(&PyDict_Type, name);
}

/* A dict whose class adds nothing to d[k] = v. */
static bool stores_as_dict(PyObject *container)
{
	PyTypeObject *type = Py_TYPE(container);
	const PyMappingMethods *mapping = type->tp_as_mapping;
	if (!PyDict_Check(container) || !mapping)
		return false;
	return mapping->mp_ass_subscript == PyDict_Type.tp_as_mapping->mp_ass_subscript || has_set_of_dict(type);
}

/* PyObject_SetItem(); hash: that of the key. */
static int store_hashed(PyObject *container, PyObject *key, PyObject *value, Py_hash_t hash)
{
	return stores_as_dict(container) ? _PyDict_SetItem_KnownHash(container, key, value, hash)
					 : PyObject_SetItem(container, key, value);
}

static int store(PyObject *container, PyObject *key, PyObject *value)
{
	return stores_as_dict(container) ? PyDict_SetItem(container, key, value)
					 : PyObject_SetItem(container, key, value);
}

static PyDictKeyEntry *entry_of(PyObject *container, const struct key *key)
{
	PyDictKeyEntry *entry;
	return stores_as_dict(container) && find_in_dict(container, key, &entry) == EQUAL ? entry : NULL;
}

/* entry: that of the key, NULL if it is not known. */
static int set_value(PyObject *container, PyDictKeyEntry *entry, const struct key *key, PyObject *value)
{
	if (entry && is_simple(container, value)) {
		change_value(container, &entry->me_value, Py_NewRef(value));
		return 0;
	}
	PyObject *object = key_object(key);
	int r = object ? store_hashed(container, object, value, key->hash) : -1;
	Py_XDECREF(object);
	return r;
}

/* The same for a number, which is taken over. */
static int set_number(PyObject *container, PyDictKeyEntry *entry, const struct key *key, PyObject *number)
{
	int r = number ? set_value(container, entry, key, number) : -1;
	Py_XDECREF(number);
	return r;
}

int pf_rt_set_item_ints(PyObject *container, PyObject *value, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	return set_value(container, entry_of(container, &key), &key, value);
}

/* An int that nobody else has becomes another of as many digits; small ones are always the same objects. */
static bool change_int(PyObject *object, int64_t value)
{
	bool one = value >= RT_SMALLEST_INT + RT_SMALL_INTS && value < PyLong_BASE;
	bool two = value >= PyLong_BASE && value >> PyLong_SHIFT < PyLong_BASE;
	if ((!one && !two) || !PyLong_CheckExact(object) || Py_REFCNT(object) != 1 || Py_SIZE(object) != 1 + two)
		return false;
	digit *digits = ((PyLongObject *)object)->ob_digit;
	digits[0] = (digit)(value & PyLong_MASK);
	if (two)
		digits[1] = (digit)(value >> PyLong_SHIFT);
	return true;
}

static bool change_float(PyObject *object, double value)
{
	if (!PyFloat_CheckExact(object) || Py_REFCNT(object) != 1)
		return false;
	((PyFloatObject *)object)->ob_fval = value;
	return true;
}

int pf_rt_set_item_ints_i64(PyObject *container, int64_t value, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	PyDictKeyEntry *entry = entry_of(container, &key);
	if (entry && change_int(entry->me_value, value))
		return 0;
	return set_number(container, entry, &key, PyLong_FromLongLong(value));
}

int pf_rt_set_item_ints_f64(PyObject *container, double value, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	PyDictKeyEntry *entry = entry_of(container, &key);
	if (entry && change_float(entry->me_value, value))
		return 0;
	return set_number(container, entry, &key, PyFloat_FromDouble(value));
}

/* Where a dict, or what stores as a dict does, has what is under that object; NULL: it is not there, or only CPython
 * can tell. */
static PyObject **present_value(PyObject *container, PyObject *object)
{
	struct key key;
	PyObject **at;
	if (PyUnicode_CheckExact(object))
		return stores_as_dict(container) && dict_find_str(container, object, &at) == FOUND ? at : NULL;
	PyDictKeyEntry *entry =
		PyDict_Check(container) && key_of_object(object, &key) ? entry_of(container, &key) : NULL;
	return entry ? &entry->me_value : NULL;
}

int pf_rt_set_item(PyObject *container, PyObject *key, PyObject *value)
{
	Py_hash_t hash;
	PyObject **at = PyUnicode_CheckExact(key) ? present_value(container, key) : NULL;
	if (at && is_simple(container, value)) {
		change_value(container, at, Py_NewRef(value));
		return 0;
	}
	if (PyDict_CheckExact(container) && instance_hash(key, &hash))
		return _PyDict_SetItem_KnownHash(container, key, value, hash);
	return store(container, key, value);
}

/* The same of a number, which is taken over; at: as present_value() says. */
static int set_item_number(PyObject *container, PyObject *object, PyObject **at, PyObject *number)
{
	if (number && at && is_simple(container, number)) {
		change_value(container, at, number);
		return 0;
	}
	int r = number ? store(container, object, number) : -1;
	Py_XDECREF(number);
	return r;
}

int pf_rt_set_item_i64(PyObject *container, PyObject *object, int64_t value)
{
	PyObject **at = present_value(container, object);
	if (at && change_int(*at, value))
		return 0;
	return set_item_number(container, object, at, PyLong_FromLongLong(value));
}

int pf_rt_set_item_f64(PyObject *container, PyObject *object, double value)
{
	PyObject **at = present_value(container, object);
	if (at && change_float(*at, value))
		return 0;
	return set_item_number(container, object, at, PyFloat_FromDouble(value));
}

int pf_rt_set_add(PyObject *set, PyObject *item)
{
	struct key key;
	if (key_of_object(item, &key) && find_in_set(set, &key) == EQUAL)
		return 0;
	return PySet_Add(set, item);
}

int pf_rt_set_add_ints(PyObject *set, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	if (find_in_set(set, &key) == EQUAL)
		return 0;
	PyObject *object = key_object(&key);
	int r = object ? PySet_Add(set, object) : -1;
	Py_XDECREF(object);
	return r;
}

/* set.discard(): 1 if it was there, else 0; -1: an exception. */
static int discard(PyObject *set, PyObject *item)
{
	int was = PySet_Discard(set, item);
	if (was >= 0 || !PySet_Check(item) || !PyErr_ExceptionMatches(PyExc_TypeError))
		return was;
	PyErr_Clear(); /* a set stands for the frozenset of its items */
	PyObject *items = PyFrozenSet_New(item);
	was = items ? PySet_Discard(set, items) : -1;
	Py_XDECREF(items);
	return was;
}

int pf_rt_set_discard(PyObject *set, PyObject *item, int64_t must)
{
	int was = discard(set, item);
	if (was != 0 || !must)
		return was < 0 ? -1 : 0;
	_PyErr_SetKeyError(item);
	return -1;
}

int pf_rt_set_discard_ints(PyObject *set, int64_t must, int64_t n, int64_t a, int64_t b, int64_t c)
{
	struct key key;
	key_of(&key, n, a, b, c);
	if (!must && find_in_set(set, &key) == DIFFERENT)
		return 0;
	PyObject *item = key_object(&key);
	int r = item ? pf_rt_set_discard(set, item, must) : -1;
	Py_XDECREF(item);
	return r;
}

/* dict.pop(); otherwise: NULL, or what it gives if there is none. */
PyObject *pf_rt_dict_pop(PyObject *dict, PyObject *key, PyObject *otherwise)
{
	return _PyDict_Pop(dict, key, otherwise);
}

PyObject *pf_rt_dict_setdefault(PyObject *dict, PyObject *key, PyObject *otherwise)
{
	PyObject **at = present_value(dict, key);
	return Py_XNewRef(at ? *at : PyDict_SetDefault(dict, key, otherwise));
}
