/* unit.c - the life of a unit, and what can be said of types of arguments; a unit's JSON form is in unit_json.c */
#include "config.h"

#include <stdlib.h>

#include "codecache/unit.h"

/* ---- types of arguments ------------------------------------------------------ */

static bool has_big(const enum value_type *types, uint32_t n)
{
	uint32_t i = 0;
	while (i < n && types[i] != VALUE_BIG)
		i++;
	return i < n;
}

bool value_types_same_numbers(const enum value_type *a, const enum value_type *b, uint32_t n)
{
	bool are_big = has_big(a, n) && has_big(b, n);
	for (uint32_t i = 0; i < n; i++)
		if (a[i] != b[i] && (value_type_is_number(a[i]) || value_type_is_number(b[i])) &&
		    !(are_big && value_type_is_int(a[i]) && value_type_is_int(b[i])))
			return false;
	return true;
}

static bool is_str(enum value_type type)
{
	return type == VALUE_STR || type == VALUE_LATIN1;
}

void value_types_widen(enum value_type *params, const enum value_type *others, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (params[i] != others[i])
			params[i] = is_str(params[i]) && is_str(others[i])                         ? VALUE_STR
				    : value_type_is_int(params[i]) && value_type_is_int(others[i]) ? VALUE_BIG
												   : VALUE_OBJECT;
}

/* ---- the life of a unit ------------------------------------------------------- */

static void frame_clear(struct state_frame *frame);

static void values_free(struct state_value **values, uint32_t n);

static void value_free(struct state_value *value)
{
	if (!value)
		return;
	values_free(value->children, value->n_children);
	if (value->frame)
		frame_clear(value->frame);
	free(value->frame);
	free(value);
}

static void values_free(struct state_value **values, uint32_t n)
{
	for (uint32_t i = 0; values && i < n; i++)
		value_free(values[i]);
	free(values);
}

static void frame_clear(struct state_frame *frame)
{
	values_free(frame->locals, frame->n_locals);
	values_free(frame->stack, frame->n_stack);
}

void unit_function_clear(struct unit_function *f)
{
	free(f->name);
	free(f->symbol);
	free(f->detail);
	free(f->params);
	for (uint32_t i = 0; f->consts && i < f->n_consts; i++)
		free(f->consts[i].name);
	free(f->consts);
	for (uint32_t i = 0; f->exits && i < f->n_exits; i++) {
		frame_clear(&f->exits[i].frame);
		free(f->exits[i].why);
	}
	free(f->exits);
	*f = (struct unit_function){ 0 };
}

void unit_free(struct unit *unit)
{
	if (!unit)
		return;
	for (uint32_t i = 0; unit->functions && i < unit->n_functions; i++)
		unit_function_clear(&unit->functions[i]);
	free(unit->functions);
	free(unit->object);
	free(unit->store_cause);
	json_decref(unit->report);
	free(unit);
}
