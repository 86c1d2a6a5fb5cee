/* outgrown.c - see outgrown.h.  A code object carries its places (PEP 523's extra data). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include "codecache/jit/code_data.h"
#include "codecache/jit/cpython311_ahead.h"
#include "codecache/jit/cpython311_operation.h"
#include "codecache/jit/exact.h"
#include "codecache/jit/exit_why.h"
#include "codecache/jit/jit.h"
#include "codecache/jit/outgrown.h"
#include "codecache/runtime_priv.h"

enum { MAX_PLACES = 64 }; /* of one code object */

struct places {
	uint32_t n, n_looks;
	bool found; /* something, at the last look */
	struct place {
		uint32_t pc;
		unsigned how;
	} places[MAX_PLACES];
};

static Py_ssize_t extra = -1;
static unsigned everywhere;

static struct places *places_of(PyObject *code)
{
	return code_data(code, extra);
}

static struct place *place_find(struct places *places, uint32_t pc)
{
	for (uint32_t i = 0; places && i < places->n; i++)
		if (places->places[i].pc == pc)
			return &places->places[i];
	return NULL;
}

static struct places *places_made(PyObject *code)
{
	struct places *places = places_of(code);
	return places ? places : code_data_make(code, &extra, sizeof(*places));
}

/* Two different containers are several. */
static unsigned merged(unsigned a, unsigned b)
{
	unsigned x = a & MET_SEVERAL, y = b & MET_SEVERAL;
	return a | b | (x && y && x != y ? MET_SEVERAL : 0);
}

void outgrown_add(PyObject *code, uint32_t pc, unsigned how)
{
	struct places *places = places_made(code);
	struct place *place = place_find(places, pc);
	if (place)
		place->how = merged(place->how, how);
	else if (places && places->n < MAX_PLACES)
		places->places[places->n++] = (struct place){ pc, how };
}

unsigned outgrown_at(PyObject *code, uint32_t pc)
{
	const struct place *place = place_find(places_of(code), pc);
	return place ? place->how | everywhere : everywhere;
}

void outgrown_everywhere(unsigned how)
{
	everywhere = how;
}

void outgrown_forget(PyObject *code)
{
	struct places *places = places_of(code);
	if (places)
		places->n = 0;
}

static unsigned size_of(PyObject *value)
{
	if (!value || !PyLong_CheckExact(value) || _PyLong_NumBits(value) < 64)
		return 0;
	return Py_SIZE(value) > 0 && _PyLong_NumBits(value) == 64 ? OUTGROWN_SIGN : OUTGROWN_WORD;
}

/* What the operator gives is about as large as this. */
static bool is_result_large(int op, PyObject *a, PyObject *b)
{
	size_t x = _PyLong_NumBits(a), y = _PyLong_NumBits(b);
	switch (op) {
	case NB_ADD:
	case NB_SUBTRACT: return Py_MAX(x, y) + 1 >= 64;
	case NB_MULTIPLY: return x + y >= 64;
	case NB_LSHIFT: return Py_SIZE(b) > 0 && x > 0;
	case NB_POWER: return Py_SIZE(b) > 0 && x > 1;
	default: return false;
	}
}

static unsigned size_of_operation(const struct cpython_operation *operation, PyObject *const *top)
{
	unsigned how = 0;
	for (uint32_t i = 1; i <= operation->n; i++)
		how |= size_of(top[-(int)i]);
	if (!operation->is_binary || operation->is_masked || !top[-1] || !top[-2] || !PyLong_CheckExact(top[-1]) ||
	    !PyLong_CheckExact(top[-2]))
		return how;
	return is_result_large(operation->op, top[-2], top[-1]) ? how | OUTGROWN_WORD : how;
}

/* An attribute of the object's own, which is read without a trace; a new reference, or NULL. */
static PyObject *attribute_of(PyObject *object, PyObject *name)
{
	if (!object || Py_TYPE(object)->tp_getattro != PyObject_GenericGetAttr || _PyType_Lookup(Py_TYPE(object), name))
		return NULL;
	PyObject *value = PyObject_GenericGetAttr(object, name);
	if (!value)
		PyErr_Clear();
	return value;
}

/* The same of an item of a list or tuple. */
static PyObject *item_of(PyObject *sequence, PyObject *index)
{
	int64_t i;
	if (!sequence || !index || !(PyList_CheckExact(sequence) || PyTuple_CheckExact(sequence)) ||
	    !pf_rt_unbox_i64(index, &i))
		return NULL;
	i += i < 0 ? PySequence_Fast_GET_SIZE(sequence) : 0;
	return i < 0 || i >= PySequence_Fast_GET_SIZE(sequence) ? NULL
								: Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
}

/* What is loaded is computed with behind it. */
static unsigned size_of_loaded(const struct cpython_operation *operation, PyObject *const *top)
{
	PyObject *value = operation->is_item ? item_of(top[-2], top[-1]) : attribute_of(top[-1], operation->attribute);
	unsigned how = size_of(value);
	Py_XDECREF(value);
	return how;
}

/* Lists and tuples are known by CPython's own caches. */
static bool is_other_item(PyObject *container)
{
	return container && !exact_is_latin1(container) && !PyList_CheckExact(container) &&
	       !PyTuple_CheckExact(container);
}

/* What is noted of an item of the container that is loaded or stored; already: what was. */
static unsigned met_container(const struct cpython_operation *operation, PyObject *container, unsigned already)
{
	bool is_other = is_other_item(container) && !(operation->is_store && PyDict_CheckExact(container));
	if (!container || (!is_other && !(already & MET_SEVERAL)))
		return 0;
	enum value_type type = jit_value_type(container);
	bool is_one = type == VALUE_BYTES || type == VALUE_BYTEARRAY || type >= VALUE_ARRAY_I8;
	return (is_other && operation->is_item ? OUTGROWN_STR : 0) |
	       (is_one ? (unsigned)(type + 1) * MET_CONTAINER : MET_SEVERAL);
}

static unsigned met_operands(const struct cpython_operation *operation, PyObject *const *top, unsigned whys)
{
	if (operation->attribute && (whys & IS_NOT_OWN))
		return MET_OBJECTS;
	if (!(operation->is_binary || operation->is_comparison) || !(whys & IS_ANOTHER_TYPE))
		return 0;
	return exact_is_number(top[-1]) && exact_is_number(top[-2]) ? MET_NUMBERS : MET_OBJECTS;
}

/* What is looked for ahead of an exit. */
struct ahead_of {
	bool is_other_type; /* a value was not of the type that was guessed: ... */
	bool has_noted;     /* ... by an operator that is none of those that are noted already */
	bool has_large;     /* an int without room was found */
};

/* What operators do with instances of classes is guessed from these, and most likely as guessed: they are not what an
 * exit in front of the operator is about. */
static bool is_of_class(PyObject *object)
{
	return PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE);
}

/* Operators: the exit may be where their operands are loaded.  Of a float and an int, or the first one that it may be
 * about. */
static unsigned operands_ahead(PyObject *code, uint32_t pc, const struct cpython_operation *operation,
			       PyObject *const *top, struct ahead_of *ahead)
{
	if (!ahead->is_other_type || !(operation->is_binary || operation->is_comparison) || !top[-1] || !top[-2])
		return 0;
	bool are_numbers = exact_is_number(top[-1]) && exact_is_number(top[-2]);
	unsigned met = are_numbers ? MET_NUMBERS : MET_OBJECTS;
	if (!are_numbers && (is_of_class(top[-1]) || is_of_class(top[-2])))
		return 0;
	bool is_mixed = are_numbers && PyFloat_CheckExact(top[-1]) != PyFloat_CheckExact(top[-2]);
	if (!is_mixed && (ahead->has_noted || (outgrown_at(code, pc) & met)))
		return 0;
	ahead->has_noted = true;
	return met;
}

/* What comes next: places are found one after the other otherwise, by code that is made anew for each. */
static void see_ahead(PyObject *code, uint32_t pc, PyObject *const *top, uint32_t n_stack, void *data)
{
	struct cpython_operation operation;
	struct ahead_of *ahead = data;
	if (!cpython_operation_at(code, pc, &operation) || n_stack < operation.n || operation.is_call)
		return;
	bool loads = operation.is_item || operation.attribute;
	unsigned how = operation.is_store ? 0
		       : loads            ? size_of_loaded(&operation, top)
					  : size_of_operation(&operation, top);
	unsigned met = operands_ahead(code, pc, &operation, top, ahead);
	if (operation.is_item || operation.is_store)
		met |= met_container(&operation, top[-2], outgrown_at(code, pc));
	if (how | met)
		outgrown_add(code, pc, how | met);
	ahead->has_large |= how != 0;
}

/* Whether ints have no room, there or a bit later. */
static bool see_large(PyObject *code, uint32_t pc, PyObject *const *values, uint32_t n_locals, uint32_t n_stack,
		      bool is_other_type)
{
	enum { FEW = 32 }; /* looks that may find something new; then every so many */
	struct places *places = places_made(code);
	if (!places || (places->n_looks++ >= FEW && places->n_looks % FEW))
		return places && places->found;
	struct ahead_of ahead = { .is_other_type = is_other_type };
	cpython_look_ahead(code, pc, values, n_locals, n_stack, see_ahead, &ahead);
	return places->found = ahead.has_large;
}

bool outgrown_see(PyObject *code, uint32_t pc, PyObject *const *values, uint32_t n_locals, uint32_t n_stack,
		  unsigned whys)
{
	struct cpython_operation operation;
	if (whys & IS_OTHER_RESULT)
		outgrown_add(code, pc, MET_OTHER_RESULT);
	bool is_large = (whys & (IS_BEYOND | IS_ANOTHER_TYPE)) &&
			see_large(code, pc, values, n_locals, n_stack, (whys & IS_ANOTHER_TYPE) != 0);
	if (!cpython_operation_at(code, pc, &operation) || n_stack < operation.n)
		return is_large;
	PyObject *const *top = values + n_locals + n_stack;
	bool is_inside = whys & (IS_BEYOND | IS_ANOTHER_TYPE | IS_ANOTHER_GUESS | IS_NOT_OWN);
	unsigned how = operation.is_call && !is_large && is_inside ? OUTGROWN_CALL : 0;
	if (operation.is_item || operation.is_store)
		how |= met_container(&operation, top[-2], outgrown_at(code, pc));
	unsigned met = how || is_large ? 0 : met_operands(&operation, top, whys);
	if (how | met)
		outgrown_add(code, pc, how | met);
	return is_large || how != 0;
}
