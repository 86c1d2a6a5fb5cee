/* cpython311_strs.h - dicts and sets by strs: the lookups of Objects/dictobject.c and setobject.c of CPython 3.11 for a
 * key that is exactly a str, within the caller.  Nothing that is compared so can run Python code; where something else
 * has the same hash, CPython is asked. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#undef Py_BUILD_CORE
#include <stdbool.h>
#include <string.h>

/* dictkeys_get_index() */
static inline Py_ssize_t keys_index_at(const PyDictKeysObject *keys, size_t i)
{
	if (keys->dk_log2_size < 8)
		return ((const int8_t *)keys->dk_indices)[i];
	if (keys->dk_log2_size < 16)
		return ((const int16_t *)keys->dk_indices)[i];
	if (keys->dk_log2_size < 32)
		return ((const int32_t *)keys->dk_indices)[i];
	return ((const int64_t *)keys->dk_indices)[i];
}

/* Of a str, which is ready afterwards; its hash never fails. */
static inline Py_hash_t str_hash(PyObject *str)
{
	Py_hash_t hash = ((PyASCIIObject *)str)->hash;
	return hash != -1 ? hash : PyObject_Hash(str);
}

/* Of strs that have a hash: unicode_eq(). */
static inline bool strs_equal(PyObject *a, PyObject *b)
{
	Py_ssize_t n = PyUnicode_GET_LENGTH(a);
	unsigned kind = PyUnicode_KIND(a);
	return n == PyUnicode_GET_LENGTH(b) && kind == PyUnicode_KIND(b) &&
	       memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)n * kind) == 0;
}

enum found { ABSENT, FOUND, UNKNOWN /* CPython must say */ };

/* Where the dict, of whichever class, has its value. */
static inline enum found dict_find_str(PyObject *dict, PyObject *str, PyObject ***ret)
{
	PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
	if (keys->dk_kind != DICT_KEYS_UNICODE || ((PyDictObject *)dict)->ma_values)
		return UNKNOWN;
	Py_hash_t hash = str_hash(str);
	size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)hash, i = perturb & mask;
	PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
	for (Py_ssize_t at; (at = keys_index_at(keys, i)) != DKIX_EMPTY; i = (i * 5 + perturb + 1) & mask) {
		perturb >>= 5;
		if (at < 0)
			continue;
		PyObject *key = entries[at].me_key;
		if (key != str && (((PyASCIIObject *)key)->hash != hash || !strs_equal(key, str)))
			continue;
		*ret = &entries[at].me_value;
		return FOUND;
	}
	return ABSENT;
}

/* set_lookkey() */
static inline enum found set_find_str(PyObject *object, PyObject *str)
{
	enum { LINEAR_PROBES = 9 };
	PySetObject *set = (PySetObject *)object;
	Py_hash_t hash = str_hash(str);
	size_t mask = (size_t)set->mask, perturb = (size_t)hash, i = perturb & mask;
	for (;;) {
		setentry *entry = &set->table[i], *last = entry + (i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0);
		for (; entry <= last; entry++) {
			if (!entry->key)
				return ABSENT;
			if (entry->hash != hash)
				continue;
			if (entry->key == str)
				return FOUND;
			if (!PyUnicode_CheckExact(entry->key))
				return UNKNOWN;
			if (strs_equal(entry->key, str))
				return FOUND;
		}
		perturb >>= 5;
		i = (i * 5 + 1 + perturb) & mask;
	}
}
