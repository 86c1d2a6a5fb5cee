/* waiting.c - see waiting.h */
#include "config.h"

#include <Python.h>
#include <string.h>

#include "workers/profile.h"
#include "workers/waiting.h"

static void forget(struct waiting_function *one)
{
	Py_CLEAR(one->reference);
	free(one->params);
	one->params = NULL;
}

PyObject *waiting_function(const struct waiting_function *one)
{
	PyObject *function = PyWeakref_GET_OBJECT(one->reference);
	return function != Py_None && PyFunction_GET_CODE(function) == one->code ? function : NULL;
}

bool waiting_has(struct waiting *waiting, PyObject *code)
{
	bool found = false;
	size_t n = 0;
	for (size_t i = 0; i < waiting->n; i++) {
		struct waiting_function *one = &waiting->functions[i];
		if (!waiting_function(one)) {
			forget(one);
			continue;
		}
		found |= one->code == code;
		waiting->functions[n++] = *one;
	}
	waiting->n = n;
	return found;
}

bool waiting_add(struct waiting *waiting, struct profile_function *profiled, PyObject *function,
		 const enum value_type *params)
{
	size_t size = profiled->n_params * sizeof(params[0]);
	struct waiting_function one = { .reference = PyWeakref_NewRef(function, NULL),
					.profiled = profiled,
					.code = profiled->code,
					.params = malloc(size + 1) };
	if (!one.reference || !one.params) {
		PyErr_Clear();
		forget(&one);
		return false;
	}
	memcpy(one.params, params, size);
	waiting->functions[waiting->n++] = one;
	return true;
}

void waiting_clear(struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->n; i++)
		forget(&waiting->functions[i]);
	waiting->n = 0;
}
