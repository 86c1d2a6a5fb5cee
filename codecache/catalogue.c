/* catalogue.c - see catalogue.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>

#include "codecache/catalogue.h"
#include "codecache/jit/jit.h"
#include "codecache/native.h"
#include "common/cleanup.h"

struct entry {
	PyObject *function, *code;
	uint32_t next; /* with the same code */
};

/* Of a function's code, or of a comprehension's in it. */
struct slot {
	const void *code; /* NULL: free */
	uint32_t number;
};

struct catalogue {
	struct entry *entries;
	uint32_t n, room;
	struct slot *slots; /* open addressing */
	uint32_t n_slots;   /* in use */
	uint32_t mask;      /* slots - 1; there is a power of two of them */
};

/* ---- the hash ----------------------------------------------------------------- */

static struct slot *slot_of(const struct catalogue *c, const void *code)
{
	uint64_t hash = ((uint64_t)(uintptr_t)code >> 4) * 0x9e3779b97f4a7c15;
	uint32_t at = (uint32_t)(hash >> 32) & c->mask;
	while (c->slots[at].code && c->slots[at].code != code)
		at = (at + 1) & c->mask;
	return &c->slots[at];
}

uint32_t catalogue_find(const struct catalogue *c, const void *code)
{
	const struct slot *slot = slot_of(c, code);
	return slot->code ? slot->number : CATALOGUE_NONE;
}

static int slots_grow(struct catalogue *c)
{
	uint32_t size = c->slots ? 2 * (c->mask + 1) : 4096;
	cleanup_free struct slot *old = c->slots;
	uint32_t n = c->slots ? c->mask + 1 : 0;
	c->slots = calloc(size, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = steal_ptr(old);
		return -ENOMEM;
	}
	c->mask = size - 1;
	for (uint32_t i = 0; i < n; i++)
		if (old[i].code)
			*slot_of(c, old[i].code) = old[i];
	return 0;
}

/* *ret_number: the number that the code has, which may be another one already.  -ENOMEM. */
static int slot_take(struct catalogue *c, const void *code, uint32_t number, uint32_t *ret_number)
{
	if (c->n_slots > c->mask / 2) {
		int r = slots_grow(c);
		if (r < 0)
			return r;
	}
	struct slot *slot = slot_of(c, code);
	if (!slot->code) {
		*slot = (struct slot){ code, number };
		c->n_slots++;
	}
	*ret_number = slot->number;
	return 0;
}

/* ---- finding the functions ---------------------------------------------------- */

static PyObject *code_of(PyObject *function)
{
	struct native_function *native = native_of(function);
	return native ? native_original_code(native) : PyFunction_GET_CODE(function);
}

/* What is nested in code and no function of its own: comprehensions, whose time is the code's, and functions that are
 * not there at the fork: what they take is a reason to compile the one that makes them, which calls them directly. */
static int add_nested(struct catalogue *c, PyObject *code, uint32_t number)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	int r = 0;
	for (Py_ssize_t i = 0; r == 0 && i < PyTuple_GET_SIZE(consts); i++) {
		PyObject *inner = PyTuple_GET_ITEM(consts, i);
		uint32_t found;
		if (!PyCode_Check(inner))
			continue;
		r = slot_take(c, inner, number, &found);
		if (r == 0 && found == number)
			r = add_nested(c, inner, number);
	}
	return r;
}

/* Behind all functions: those that are there have numbers of their own. */
static int add_all_nested(struct catalogue *c)
{
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < c->n; i++)
		if (catalogue_find(c, c->entries[i].code) == i)
			r = add_nested(c, c->entries[i].code, i);
	return r;
}

static int add(struct catalogue *c, PyObject *function)
{
	if (jit_refuse(function) != REASON_NONE)
		return 0;
	if (c->n == c->room) {
		uint32_t room = c->room ? 2 * c->room : 1024;
		struct entry *entries = reallocarray(c->entries, room, sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		c->entries = entries;
		c->room = room;
	}
	uint32_t number = c->n, first;
	PyObject *code = code_of(function);
	int r = slot_take(c, code, number, &first);
	if (r < 0)
		return r;
	c->entries[c->n++] = (struct entry){ Py_NewRef(function), Py_NewRef(code), CATALOGUE_NONE };
	if (first == number)
		return 0;
	/* Behind the first with this code, which is the one that catalogue_find() gives. */
	c->entries[number].next = c->entries[first].next;
	c->entries[first].next = number;
	return 0;
}

/* Functions are tracked from their birth (PyFunction_New()). */
static PyObject *all_objects(void)
{
	PyObject *gc = PyImport_ImportModule("gc");
	PyObject *objects = gc ? PyObject_CallMethod(gc, "get_objects", NULL) : NULL;
	Py_XDECREF(gc);
	PyErr_Clear();
	return objects;
}

int catalogue_new(struct catalogue **ret, struct cause *cause)
{
	cleanup(catalogue_freep) struct catalogue *c = calloc(1, sizeof(*c));
	PyObject *objects = c ? all_objects() : NULL;
	int r = objects && PyList_Check(objects) ? slots_grow(c) : -ENOMEM;
	for (Py_ssize_t i = 0; r == 0 && i < PyList_GET_SIZE(objects); i++)
		if (PyFunction_Check(PyList_GET_ITEM(objects, i)))
			r = add(c, PyList_GET_ITEM(objects, i));
	Py_XDECREF(objects);
	if (r == 0)
		r = add_all_nested(c);
	if (r < 0)
		return cause_set_errno(cause, r, "the catalogue of functions");
	*ret = steal_ptr(c);
	return 0;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++) {
		Py_DECREF(c->entries[i].function);
		Py_DECREF(c->entries[i].code);
	}
	free(c->entries);
	free(c->slots);
	free(c);
}

/* ---- reading ------------------------------------------------------------------ */

uint32_t catalogue_count(const struct catalogue *c)
{
	return c->n;
}

uint32_t catalogue_number(const struct catalogue *c, PyObject *function)
{
	uint32_t number = catalogue_find(c, code_of(function));
	while (number != CATALOGUE_NONE && c->entries[number].function != function)
		number = c->entries[number].next;
	return number;
}

PyObject *catalogue_function(const struct catalogue *c, uint32_t number)
{
	return c->entries[number].function;
}

PyObject *catalogue_code(const struct catalogue *c, uint32_t number)
{
	return c->entries[number].code;
}

uint32_t catalogue_next(const struct catalogue *c, uint32_t number)
{
	return c->entries[number].next;
}
