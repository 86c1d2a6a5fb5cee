/* unit_plan.c - see unit_plan.h
 *
 * Who calls whom is taken from names: a function names what it calls, as a global, a method or an attribute of a
 * module.  A name that means something else makes a unit of functions that are not related, and nothing worse. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/unit_plan.h"
#include "common/cleanup.h"

struct plan {
	const struct codecache_request *requests;
	const size_t *numbers; /* as they came */
	size_t n;
	PyObject *by_name; /* of code: the first function's place, plus 1 */
	size_t *next;      /* the next place with the same name, plus 1 */
	size_t *group;     /* places that are related: the least one of them, or on the way to it */
	bool *placed;
	size_t *order, n_order; /* places, related ones one after the other */
};

static PyCodeObject *code_of(PyObject *function)
{
	const struct native_function *native = native_of(function);
	return (PyCodeObject *)(native ? native_original_code(native) : PyFunction_GET_CODE(function));
}

static PyObject *function_at(const struct plan *plan, size_t place)
{
	return plan->requests[plan->numbers[place]].function;
}

static size_t first_named(const struct plan *plan, PyObject *name)
{
	PyObject *place = PyDict_GetItemWithError(plan->by_name, name); /* borrowed */
	PyErr_Clear();
	return place ? PyLong_AsSize_t(place) : 0;
}

/* From the last to the first, so that lists begin with the first. */
static int names_note(struct plan *plan)
{
	for (size_t place = plan->n; place-- > 0;) {
		PyObject *name = code_of(function_at(plan, place))->co_name;
		plan->next[place] = first_named(plan, name);
		PyObject *number = PyLong_FromSize_t(place + 1);
		int r = number ? PyDict_SetItem(plan->by_name, name, number) : -1;
		Py_XDECREF(number);
		if (r < 0)
			return -1;
	}
	return 0;
}

typedef void (*callee_t)(struct plan *plan, size_t caller, size_t callee);

static void each_named(struct plan *plan, size_t caller, PyObject *name, callee_t visit)
{
	for (size_t at = first_named(plan, name); at > 0; at = plan->next[at - 1])
		if (at - 1 != caller)
			visit(plan, caller, at - 1);
}

/* Those that code, or what is nested in it, names: under their own names, or under others that globals have for them.
 */
static void each_callee(struct plan *plan, size_t caller, PyCodeObject *code, callee_t visit)
{
	PyObject *globals = PyFunction_GET_GLOBALS(function_at(plan, caller));
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
		PyObject *name = PyTuple_GET_ITEM(code->co_names, i);
		PyObject *found = PyDict_GetItemWithError(globals, name); /* borrowed */
		PyErr_Clear();
		PyObject *own = found && PyFunction_Check(found) ? code_of(found)->co_name : name;
		each_named(plan, caller, own, visit);
	}
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		PyObject *part = PyTuple_GET_ITEM(code->co_consts, i);
		if (PyCode_Check(part))
			each_callee(plan, caller, (PyCodeObject *)part, visit);
	}
}

static size_t group_of(struct plan *plan, size_t place)
{
	while (plan->group[place] != place)
		place = plan->group[place] = plan->group[plan->group[place]];
	return place;
}

static void join(struct plan *plan, size_t caller, size_t callee)
{
	size_t a = group_of(plan, caller), b = group_of(plan, callee);
	plan->group[a > b ? a : b] = a > b ? b : a;
}

/* Callees that are not placed yet, behind their caller. */
static void place(struct plan *plan, size_t caller, size_t callee)
{
	(void)caller;
	if (plan->placed[callee])
		return;
	plan->placed[callee] = true;
	plan->order[plan->n_order++] = callee;
	each_callee(plan, callee, code_of(function_at(plan, callee)), place);
}

/* Related places one after the other, groups in the order of their first ones. */
static void put_in_order(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		each_callee(plan, i, code_of(function_at(plan, i)), join);
	for (size_t i = 0; i < plan->n; i++)
		for (size_t k = i; group_of(plan, i) == i && k < plan->n; k++)
			if (group_of(plan, k) == i)
				place(plan, k, k);
}

/* The end of the group that begins at this place of the order. */
static size_t group_end(struct plan *plan, size_t begin)
{
	size_t end = begin + 1;
	while (end < plan->n_order && group_of(plan, plan->order[end]) == group_of(plan, plan->order[begin]))
		end++;
	return end;
}

/* Each group, or piece of one that is too large, goes where there is room for it. */
static size_t fill_units(struct plan *plan, size_t most, size_t *sizes, size_t *unit_of)
{
	size_t n_units = 0;
	for (size_t begin = 0, end; begin < plan->n_order; begin = end) {
		end = group_end(plan, begin);
		end = end - begin > most ? begin + most : end;
		size_t unit = 0;
		while (unit < n_units && sizes[unit] + (end - begin) > most)
			unit++;
		if (unit == n_units)
			sizes[n_units++] = 0;
		sizes[unit] += end - begin;
		for (size_t i = begin; i < end; i++)
			unit_of[i] = unit;
	}
	return n_units;
}

static size_t plan_make(struct plan *plan, size_t *numbers, size_t most, size_t *sizes)
{
	size_t n = plan->n;
	cleanup_free size_t *unit_of = calloc(n, sizeof(*unit_of)), *result = calloc(n, sizeof(*result));
	if (!unit_of || !result || names_note(plan) < 0) {
		PyErr_Clear();
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		plan->group[i] = i;
	put_in_order(plan);
	size_t n_units = fill_units(plan, most, sizes, unit_of), at = 0;
	for (size_t unit = 0; unit < n_units; unit++)
		for (size_t i = 0; i < n; i++)
			if (unit_of[i] == unit)
				result[at++] = numbers[plan->order[i]];
	memcpy(numbers, result, n * sizeof(*numbers));
	return n_units;
}

size_t unit_plan(const struct codecache_request *requests, size_t *numbers, size_t n, size_t most, size_t *sizes)
{
	cleanup_free size_t *next = calloc(n, sizeof(*next)), *group = calloc(n, sizeof(*group));
	cleanup_free size_t *order = calloc(n, sizeof(*order));
	cleanup_free bool *placed = calloc(n, sizeof(*placed));
	struct plan plan = { .requests = requests,
			     .numbers = numbers,
			     .n = n,
			     .by_name = PyDict_New(),
			     .next = next,
			     .group = group,
			     .placed = placed,
			     .order = order };
	size_t n_units = next && group && order && placed && plan.by_name ? plan_make(&plan, numbers, most, sizes) : 0;
	Py_XDECREF(plan.by_name);
	PyErr_Clear();
	return n_units;
}
