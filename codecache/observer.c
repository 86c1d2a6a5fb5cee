/* observer.c - see observer.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/native_priv.h"
#include "codecache/observer.h"
#include "common/cleanup.h"

static bool recording;

void observer_record(bool wanted)
{
	recording = wanted;
}

struct observer *observer_new(uint32_t n_params)
{
	struct observer *observer = n_params <= OBSERVER_MAX_PARAMS ? calloc(1, sizeof(*observer)) : NULL;
	if (observer) {
		observer->n_params = n_params;
		observer->room = SHADOW_ROOM;
	}
	return observer;
}

void observer_clear(struct observer *observer)
{
	for (uint32_t i = 0; i < observer->n_vectors; i++)
		Py_CLEAR(observer->vectors[i].recorded);
	observer->calls = observer->exits = observer->n_vectors = observer->n_exits = observer->n_left = 0;
}

/* What an argument is. */
static enum value_type type_of(PyObject *value)
{
	if (PyLong_CheckExact(value))
		return native_fits_int(value) ? VALUE_INT : VALUE_BIG;
	if (PyFloat_CheckExact(value))
		return VALUE_FLOAT;
	return PyBool_Check(value) ? VALUE_BOOL : VALUE_OBJECT;
}

/* Calls in which some ints are large are of one kind, whichever they are: that of both becomes that of either. */
static bool join_big(const struct observer *observer, uint8_t *params, const uint8_t *others)
{
	uint32_t n = observer->n_params;
	if (!memchr(params, VALUE_BIG, n) || !memchr(others, VALUE_BIG, n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (params[i] != others[i] &&
		    !(value_type_is_int((enum value_type)params[i]) && value_type_is_int((enum value_type)others[i])))
			return false;
	for (uint32_t i = 0; i < n; i++)
		params[i] = params[i] == others[i] ? params[i] : VALUE_BIG;
	return true;
}

/* NULL: there are too many. */
static struct observer_vector *vector_note(const struct observer *observer, struct observer_vector *vectors,
					   uint32_t *n, const uint8_t *params)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (memcmp(vectors[i].params, params, observer->n_params) == 0 ||
		    join_big(observer, vectors[i].params, params)) {
			vectors[i].calls++;
			return &vectors[i];
		}
	}
	if (*n == OBSERVER_MAX_VECTORS)
		return NULL;
	struct observer_vector *vector = &vectors[(*n)++];
	vector->calls = 1;
	memcpy(vector->params, params, observer->n_params);
	return vector;
}

void observer_note_call(struct observer *observer, PyObject *const *args)
{
	uint8_t params[OBSERVER_MAX_PARAMS];
	observer->calls++;
	for (uint32_t i = 0; i < observer->n_params; i++)
		params[i] = (uint8_t)type_of(args[i]);
	struct observer_vector *vector = vector_note(observer, observer->vectors, &observer->n_vectors, params);
	if (recording && vector && vector->calls <= SHADOW_CALLS)
		shadow_record(&vector->recorded, args, observer->n_params, &observer->room);
}

static bool takes_anything(const struct observer *observer, uint64_t seen, uint32_t param)
{
	for (uint32_t i = 0; i < observer->n_vectors; i++)
		seen |= VALUE_BIT(observer->vectors[i].params[param]);
	return value_types_are_any(seen);
}

static void join_same(struct observer *observer)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < observer->n_vectors; i++) {
		struct observer_vector *vector = &observer->vectors[i];
		uint32_t k = 0;
		while (k < n && memcmp(observer->vectors[k].params, vector->params, observer->n_params) != 0)
			k++;
		if (k == n) {
			observer->vectors[n++] = *vector;
			continue;
		}
		observer->vectors[k].calls += vector->calls;
		Py_CLEAR(vector->recorded);
	}
	memset(observer->vectors + n, 0, (observer->n_vectors - n) * sizeof(observer->vectors[0]));
	observer->n_vectors = n;
}

void observer_join_any(struct observer *observer, const uint64_t *seen)
{
	for (uint32_t param = 0; param < observer->n_params; param++)
		if (takes_anything(observer, seen[param], param))
			for (uint32_t i = 0; i < observer->n_vectors; i++)
				observer->vectors[i].params[param] = VALUE_OBJECT;
	join_same(observer);
}

PyObject *observer_take_calls(struct observer *observer, const struct observer_vector *vector)
{
	if (vector < observer->vectors || vector >= observer->vectors + observer->n_vectors)
		return NULL;
	return steal_ptr(observer->vectors[vector - observer->vectors].recorded);
}

void observer_note_exit(struct observer *observer, uint32_t pc, const enum value_type *types)
{
	uint8_t params[OBSERVER_MAX_PARAMS];
	observer->exits++;
	for (uint32_t i = 0; i < observer->n_params; i++)
		params[i] = (uint8_t)types[i];
	(void)vector_note(observer, observer->left, &observer->n_left, params);
	for (uint32_t i = 0; i < observer->n_exits; i++) {
		if (observer->at[i].pc == pc) {
			observer->at[i].count++;
			return;
		}
	}
	if (observer->n_exits < OBSERVER_MAX_EXITS)
		observer->at[observer->n_exits++] = (struct observer_exit){ .pc = pc, .count = 1 };
}
