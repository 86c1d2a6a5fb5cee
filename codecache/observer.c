/* observer.c - see observer.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/jit.h"
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

static size_t size_of_params(const struct observer *observer)
{
	return observer->n_params * sizeof(enum value_type);
}

/* NULL: there are too many. */
static struct observer_vector *vector_add(const struct observer *observer, struct observer_vector *vectors, uint32_t *n,
					  const enum value_type *params)
{
	if (*n == OBSERVER_MAX_VECTORS)
		return NULL;
	struct observer_vector *vector = &vectors[(*n)++];
	vector->calls = 0;
	memcpy(vector->params, params, size_of_params(observer));
	return vector;
}

static struct observer_vector *vector_like(struct observer *observer, const enum value_type *params)
{
	for (uint32_t i = 0; i < observer->n_vectors; i++)
		if (value_types_same_numbers(observer->vectors[i].params, params, observer->n_params))
			return &observer->vectors[i];
	return NULL;
}

void observer_note_call(struct observer *observer, PyObject *const *args)
{
	enum value_type params[OBSERVER_MAX_PARAMS];
	observer->calls++;
	for (uint32_t i = 0; i < observer->n_params; i++)
		params[i] = jit_value_type(args[i]);
	struct observer_vector *vector = vector_like(observer, params);
	if (vector)
		value_types_widen(vector->params, params, observer->n_params);
	else
		vector = vector_add(observer, observer->vectors, &observer->n_vectors, params);
	if (!vector)
		return;
	vector->calls++;
	if (recording && vector->calls <= SHADOW_CALLS)
		shadow_record(&vector->recorded, args, observer->n_params, &observer->room);
}

static bool takes_anything(const struct observer *observer, uint64_t seen, uint32_t param)
{
	for (uint32_t i = 0; i < observer->n_vectors; i++)
		seen |= VALUE_BIT(observer->vectors[i].params[param]);
	return value_types_are_any(seen);
}

/* Those that have become the same. */
static void join_same(struct observer *observer)
{
	uint32_t n = observer->n_vectors;
	observer->n_vectors = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct observer_vector vector = observer->vectors[i];
		struct observer_vector *same = vector_like(observer, vector.params);
		if (!same) {
			observer->vectors[observer->n_vectors++] = vector;
			continue;
		}
		value_types_widen(same->params, vector.params, observer->n_params);
		same->calls += vector.calls;
		Py_XDECREF(vector.recorded);
	}
	memset(observer->vectors + observer->n_vectors, 0, (n - observer->n_vectors) * sizeof(observer->vectors[0]));
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

static void note_left(struct observer *observer, const enum value_type *params)
{
	struct observer_vector *left = observer->left;
	uint32_t i = 0;
	while (i < observer->n_left && memcmp(left[i].params, params, size_of_params(observer)) != 0)
		i++;
	if (i < observer->n_left || vector_add(observer, left, &observer->n_left, params))
		left[i].calls++;
}

void observer_note_exit(struct observer *observer, uint32_t pc, const enum value_type *params)
{
	observer->exits++;
	note_left(observer, params);
	for (uint32_t i = 0; i < observer->n_exits; i++) {
		if (observer->at[i].pc == pc) {
			observer->at[i].count++;
			return;
		}
	}
	if (observer->n_exits < OBSERVER_MAX_EXITS)
		observer->at[observer->n_exits++] = (struct observer_exit){ .pc = pc, .count = 1 };
}
