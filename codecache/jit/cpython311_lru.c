/* cpython311_lru.c - calls of caches: lru_cache_object of Modules/_functoolsmodule.c of CPython 3.11, and what its
 * wrappers do, in the same order: keys may be instances, whose __hash__ and __eq__ run Python code.
 *
 * They have no vectorcall: CPython makes a tuple of the arguments for each call.  Here one that is found by an int or a
 * str needs none. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/lru.h"

struct link {
	PyObject_HEAD
	struct link *prev, *next; /* borrowed */
	Py_hash_t hash;
	PyObject *key, *result;
};

struct lru {
	struct link root;
	ternaryfunc wrapper;
	int typed;
	PyObject *cache;
	Py_ssize_t hits;
	PyObject *func;
	Py_ssize_t most, misses; /* most: -1: no limit */
	PyObject *mark;
	PyTypeObject *link_type;
	PyObject *info_type, *dict, *weakrefs;
};

/* ---- the type ---------------------------------------------------------------- */

static PyTypeObject *type;
static ternaryfunc limited_wrapper, unlimited_wrapper;

static bool is_as_expected(const struct lru *unlimited, const struct lru *limited)
{
	return unlimited->func == (PyObject *)&PyLong_Type && unlimited->most == -1 && !unlimited->typed &&
	       PyDict_CheckExact(unlimited->cache) && limited->most == 7 && limited->typed == 1 &&
	       limited->root.next == &limited->root && limited->root.prev == &limited->root && !limited->hits &&
	       !limited->misses && limited->wrapper != unlimited->wrapper && PyType_Check(limited->link_type) &&
	       limited->link_type->tp_basicsize == sizeof(struct link);
}

/* Whether its caches are what is written here: the module is another one in a CPython that somebody has changed. */
static bool is_caches_type(PyTypeObject *found)
{
	if (found->tp_basicsize != sizeof(struct lru) || strcmp(found->tp_name, "functools._lru_cache_wrapper") != 0)
		return false;
	PyObject *of = (PyObject *)&PyLong_Type;
	PyObject *unlimited = PyObject_CallFunction((PyObject *)found, "OOOO", of, Py_None, Py_False, of);
	PyObject *limited = PyObject_CallFunction((PyObject *)found, "OiOO", of, 7, Py_True, of);
	bool is = unlimited && limited && is_as_expected((struct lru *)unlimited, (struct lru *)limited);
	if (is) {
		unlimited_wrapper = ((struct lru *)unlimited)->wrapper;
		limited_wrapper = ((struct lru *)limited)->wrapper;
	}
	Py_XDECREF(unlimited);
	Py_XDECREF(limited);
	PyErr_Clear();
	return is;
}

/* Most callables have a vectorcall, and are not asked. */
static bool is_cache(PyObject *callable)
{
	static PyTypeObject *other;
	PyTypeObject *found = Py_TYPE(callable);
	if (found == type || PyType_HasFeature(found, Py_TPFLAGS_HAVE_VECTORCALL) || type || found == other)
		return found == type;
	if (is_caches_type(found))
		type = (PyTypeObject *)Py_NewRef(found);
	else
		other = found;
	return found == type;
}

/* ---- keys -------------------------------------------------------------------- */

/* lru_cache_make_key() without keywords and types: a new reference. */
static PyObject *key_of(PyObject *const *args, int64_t n)
{
	if (n == 1 && (PyUnicode_CheckExact(args[0]) || PyLong_CheckExact(args[0])))
		return Py_NewRef(args[0]);
	PyObject *key = PyTuple_New(n);
	for (int64_t i = 0; key && i < n; i++)
		PyTuple_SET_ITEM(key, i, Py_NewRef(args[i]));
	return key;
}

/* ---- what the function gives --------------------------------------------------- */

struct asked {
	struct lru *lru;
	PyObject *key; /* borrowed */
	Py_hash_t hash;
	PyObject *const *args;
	int64_t n;
};

static PyObject *call_function(const struct asked *a)
{
	a->lru->misses++;
	return PyObject_Vectorcall(a->lru->func, a->args, (size_t)a->n, NULL);
}

/* The rest of infinite_lru_cache_wrapper(). */
static PyObject *miss_unlimited(const struct asked *a)
{
	PyObject *result = call_function(a);
	if (result && _PyDict_SetItem_KnownHash(a->lru->cache, a->key, result, a->hash) < 0)
		Py_CLEAR(result);
	return result;
}

static void take_out(struct link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
}

/* In front of another one: the oldest is the first behind the root. */
static void put_before(struct link *link, struct link *next)
{
	link->prev = next->prev;
	link->next = next;
	next->prev = link->prev->next = link;
}

/* A link of its own: the cache is not full. */
static PyObject *add_link(const struct asked *a, PyObject *result)
{
	struct link *link = PyObject_New(struct link, a->lru->link_type);
	if (!link) {
		Py_DECREF(result);
		return NULL;
	}
	link->hash = a->hash;
	link->key = Py_NewRef(a->key);
	link->result = result;
	if (_PyDict_SetItem_KnownHash(a->lru->cache, a->key, (PyObject *)link, a->hash) < 0) {
		Py_DECREF(link);
		return NULL;
	}
	put_before(link, &a->lru->root);
	return Py_NewRef(result);
}

/* Of a key that the dict did not have; an __eq__ that raises has a traceback. */
static bool is_missing_key(void)
{
	PyObject *key_error, *value, *traceback;
	PyErr_Fetch(&key_error, &value, &traceback);
	bool is = key_error == PyExc_KeyError && !traceback;
	PyErr_Restore(key_error, value, traceback);
	return is;
}

/* As _PyDict_Pop_KnownHash(), which a shared libpython does not export: keys are compared once.  1: it was there, 0: it
 * was not, -1: exception. */
static int pop_link(const struct lru *lru, const struct link *link)
{
	if (_PyDict_DelItem_KnownHash(lru->cache, link->key, link->hash) == 0)
		return 1;
	if (!is_missing_key())
		return -1;
	PyErr_Clear();
	return 0;
}

/* The oldest link becomes that of the new result. */
static PyObject *reuse_link(const struct asked *a, PyObject *result)
{
	struct lru *lru = a->lru;
	struct link *link = lru->root.next;
	take_out(link);
	int popped = pop_link(lru, link);
	if (popped == 0) { /* the function has removed it */
		Py_DECREF(link);
		return result;
	}
	if (popped < 0) {
		put_before(link, lru->root.next);
		Py_DECREF(result);
		return NULL;
	}
	PyObject *old_key = link->key, *old_result = link->result;
	link->hash = a->hash;
	link->key = Py_NewRef(a->key);
	link->result = result;
	bool is_set = _PyDict_SetItem_KnownHash(lru->cache, a->key, (PyObject *)link, a->hash) == 0;
	if (is_set) {
		put_before(link, &lru->root);
		Py_INCREF(result);
	} else {
		Py_DECREF(link); /* nobody has it any more */
		result = NULL;
	}
	Py_DECREF(old_key);
	Py_DECREF(old_result);
	return result;
}

/* The rest of bounded_lru_cache_wrapper(). */
static PyObject *miss_limited(const struct asked *a)
{
	PyObject *result = call_function(a);
	if (!result || _PyDict_GetItem_KnownHash(a->lru->cache, a->key, a->hash))
		return result; /* it came there meanwhile */
	if (PyErr_Occurred()) {
		Py_DECREF(result);
		return NULL;
	}
	bool has_room = PyDict_GET_SIZE(a->lru->cache) < a->lru->most || a->lru->root.next == &a->lru->root;
	return has_room ? add_link(a, result) : reuse_link(a, result);
}

/* ---- calls --------------------------------------------------------------------- */

static PyObject *hit(struct lru *lru, PyObject *found)
{
	PyObject *result = found;
	if (lru->wrapper == limited_wrapper) {
		struct link *link = (struct link *)found;
		take_out(link);
		put_before(link, &lru->root);
		result = link->result;
	}
	lru->hits++;
	return Py_NewRef(result);
}

static PyObject *ask(struct lru *lru, PyObject *const *args, int64_t n)
{
	PyObject *key = key_of(args, n), *result = NULL;
	struct asked a = { lru, key, key ? PyObject_Hash(key) : -1, args, n };
	PyObject *found = a.hash == -1 ? NULL : _PyDict_GetItem_KnownHash(lru->cache, key, a.hash);
	if (found)
		result = hit(lru, found);
	else if (a.hash != -1 && !PyErr_Occurred())
		result = lru->wrapper == limited_wrapper ? miss_limited(&a) : miss_unlimited(&a);
	Py_XDECREF(key);
	return result;
}

bool lru_call(PyObject *callable, PyObject *const *args, int64_t n, PyObject **ret)
{
	struct lru *lru = (struct lru *)callable;
	if (!is_cache(callable) || lru->typed || (lru->wrapper != limited_wrapper && lru->wrapper != unlimited_wrapper))
		return false;
	*ret = NULL;
	if (Py_EnterRecursiveCall(" while calling a Python object") == 0) { /* _PyObject_MakeTpCall() */
		*ret = ask(lru, args, n);
		Py_LeaveRecursiveCall();
	}
	return true;
}
