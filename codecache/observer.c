/* observer.c - see observer.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/native_priv.h"
#include "codecache/observer.h"

struct observer *observer_new(uint32_t n_params)
{
	struct observer *observer = n_params <= OBSERVER_MAX_PARAMS ? calloc(1, sizeof(*observer)) : NULL;
	if (observer)
		observer->n_params = n_params;
	return observer;
}

enum value_type observer_type(PyObject *value)
{
	if (PyLong_CheckExact(value))
		return native_fits_int(value) ? VALUE_INT : VALUE_OBJECT;
	if (PyFloat_CheckExact(value))
		return VALUE_FLOAT;
	return PyBool_Check(value) ? VALUE_BOOL : VALUE_OBJECT;
}

static void vector_note(const struct observer *observer, struct observer_vector *vectors, uint32_t *n,
			const uint8_t *params)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (memcmp(vectors[i].params, params, observer->n_params) == 0) {
			vectors[i].calls++;
			return;
		}
	}
	if (*n == OBSERVER_MAX_VECTORS)
		return;
	struct observer_vector *vector = &vectors[(*n)++];
	vector->calls = 1;
	memcpy(vector->params, params, observer->n_params);
}

void observer_note_call(struct observer *observer, PyObject *const *args)
{
	uint8_t params[OBSERVER_MAX_PARAMS];
	observer->calls++;
	for (uint32_t i = 0; i < observer->n_params; i++)
		params[i] = (uint8_t)observer_type(args[i]);
	vector_note(observer, observer->vectors, &observer->n_vectors, params);
}

void observer_note_exit(struct observer *observer, uint32_t pc, const enum value_type *types)
{
	uint8_t params[OBSERVER_MAX_PARAMS];
	observer->exits++;
	for (uint32_t i = 0; i < observer->n_params; i++)
		params[i] = (uint8_t)types[i];
	vector_note(observer, observer->left, &observer->n_left, params);
	for (uint32_t i = 0; i < observer->n_exits; i++) {
		if (observer->at[i].pc == pc) {
			observer->at[i].count++;
			return;
		}
	}
	if (observer->n_exits < OBSERVER_MAX_EXITS)
		observer->at[observer->n_exits++] = (struct observer_exit){ .pc = pc, .count = 1 };
}
