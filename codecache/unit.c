/* unit.c - the life of a unit; its JSON form is in unit_json.c */
#include "config.h"

#include <stdlib.h>

#include "codecache/unit.h"

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
