/* build_body.c - the body of a generator that is an object: it begins where the generator waits, and ends where it
 * yields.
 *
 * The frame is the generator's.  Where it waits it is CPython's: all that there is is in it, and it says where it is.
 * Code begins with a look at that, takes out of the frame what it changes, and goes on behind the `yield`; at the next
 * one it makes objects of what there is, and gives them back.  Of an iterator on the stack only the first `yield` makes
 * an object: it stays one. */
#include "config.h"

#include "codecache/jit/build_priv.h"
#include "codecache/jit/cpython311_loops.h"

/* ---- beginning ----------------------------------------------------------------- */

static void take_local(struct builder *b, uint32_t i, struct ir_instr *param)
{
	struct frame *top = b->top;
	uint8_t kinds = top->code->local_kinds[i];
	struct av *local = &top->locals[i];
	if (kinds & BC_FREE)
		*local = (struct av){ .kind = AV_UNBOUND };
	else if (frame_keeps(top->code, i))
		*local = av_of(AV_OBJECT, param);
	else if (kinds & BC_CELL)
		*local = (struct av){ .kind = AV_REAL_CELL, .v = { take_arg(b, i) }, .own = OWN_OWNED };
	else
		*local = (struct av){
			.kind = AV_OBJECT, .v = { take_arg(b, i) }, .own = OWN_OWNED, .known = KNOWN_NULLABLE
		};
}

static void guard_set(struct builder *b, struct av *v)
{
	(void)emit1(b, IR_GUARD_SET, v->v[0]);
	v->known = KNOWN_NONE;
}

/* What is read again, or is on the stack, is there; or CPython goes on behind the `yield`. */
static void guard_all(struct builder *b)
{
	struct frame *top = b->top;
	const uint8_t *live = top->code->live + top->at * top->code->n_locals;
	for (uint32_t i = 0; i < top->code->n_locals; i++)
		if (top->locals[i].known == KNOWN_NULLABLE && live[i] & BC_READ)
			guard_set(b, &top->locals[i]);
	for (uint32_t i = 0; i < top->n_stack; i++)
		if (top->stack[i].known == KNOWN_NULLABLE)
			guard_set(b, &top->stack[i]);
}

static void begin_at(struct builder *b, const struct generator_place *place, struct ir_instr *const *params)
{
	struct frame *top = b->top = outermost_frame(b);
	uint32_t n = top->code->n_locals;
	top->at = bc_index_of(top->code, place->next);
	top->cells_made = true;
	for (uint32_t i = 0; i < n; i++)
		take_local(b, i, frame_keeps(top->code, i) && i < b->input->n_params ? params[i] : NULL);
	for (uint32_t i = 0; i < place->n_stack; i++)
		push(b, (struct av){ .kind = AV_OBJECT,
				     .v = { take_arg(b, n + i) },
				     .own = OWN_OWNED,
				     .known = KNOWN_NULLABLE });
	if (place->is_sent)
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	stand_at(b, top->at);
	guard_all(b);
	meet_at(b, top->at);
}

/* The exit of the entry is for a frame that waits where no code begins; nothing has been done then. */
void body_begin(struct builder *b, struct ir_instr *const *params)
{
	struct generator_place places[GENERATOR_MAX_PLACES];
	struct frame *top = b->top;
	struct ir_exit *entry = exit_entry(b, params);
	uint32_t n = cpython_find_places(top->code->code, places);
	struct ir_instr *at = emit0(b, IR_WAITS_AT);
	for (uint32_t i = 0; i < n; i++) {
		struct ir_block *here = ir_block_new(b->f), *other = ir_block_new(b->f);
		(void)ir_branch(b->f, b->block, emit2(b, IR_I64_EQ, at, emit_i64(b, places[i].pc)), here, other);
		b->block = here;
		begin_at(b, &places[i], params);
		b->block = other;
		b->i = NULL;
	}
	b->top = top;
	b->exit = entry;
	(void)emit0(b, IR_SIDE_EXIT);
	b->block = NULL;
}

/* ---- yield --------------------------------------------------------------------- */

static bool is_dead_number(const struct frame *top, uint32_t i)
{
	const struct av *v = &top->locals[i];
	return av_is_unboxed(v) && !v->object && !bc_is_live(top->code, top->at + 1, i);
}

/* Objects of the values that the frame is to hold, with references to give it; false: there is one that none can be
 * made of. */
static bool make_objects(struct builder *b)
{
	struct frame *top = b->top;
	for (uint32_t i = 0; i < top->n_stack; i++)
		if (top->stack[i].kind == AV_NULL || !owned_object_of(b, &top->stack[i]))
			return false; /* within a call, whose NULL is no object */
	for (uint32_t i = 0; i < top->code->n_locals; i++) {
		struct av *v = &top->locals[i];
		if (v->kind == AV_UNBOUND || frame_keeps(top->code, i))
			continue;
		if (is_dead_number(top, i))
			*v = (struct av){ .kind = AV_UNBOUND };
		else if (!owned_object_of(b, v))
			return false;
	}
	return true;
}

static void give(struct builder *b, uint32_t place, struct av *v)
{
	emit1(b, IR_GIVE_ARG, *av_object(v))->imm.index = place;
}

/* Cells are made here already. */
static bool has_unmade_cells(const struct frame *top)
{
	for (uint32_t i = 0; i < top->code->n_locals; i++)
		if (top->code->local_kinds[i] & BC_CELL && top->locals[i].kind != AV_REAL_CELL)
			return true;
	return false;
}

bool body_yield(struct builder *b)
{
	struct frame *top = b->top;
	uint32_t n = top->code->n_locals;
	if (has_unmade_cells(top) || !make_objects(b))
		return false;
	struct av value = pop(b);
	for (uint32_t i = 0; i < n; i++)
		if (top->locals[i].kind != AV_UNBOUND && !frame_keeps(top->code, i))
			give(b, i, &top->locals[i]);
	for (uint32_t i = 0; i < top->n_stack; i++)
		give(b, n + i, &top->stack[i]);
	emit1(b, IR_WAITS, emit_i64(b, n + top->n_stack))->imm.index = b->i->at;
	(void)emit1(b, IR_RETURN_OWNED, *av_object(&value));
	b->block = NULL;
	return true;
}

/* ---- yield from ------------------------------------------------------------------ */

/* Stack: what is asked, and None, which it is sent.  What it yields goes on to the `yield` behind this; at its end the
 * value that it returned is that of the expression. */
bool build_send(struct builder *b)
{
	enum { RETURNED = 1 }; /* of rt.send() */
	if (b->top->outer || b->self || !is_none(b, peek(b, 1)))
		return false;
	struct ir_instr *iterator = object_of(b, peek(b, 2));
	if (!iterator)
		return false;
	settle(b);
	struct ir_instr *got = rt(b, IR_RT_I64, RT_MEMBER_send, 1, &iterator), *value = emit0(b, IR_RT_SECOND);
	(void)pop(b);
	b->exit = b->raise = NULL;
	struct frame *here = split(b, emit2(b, IR_I64_EQ, got, emit_i64(b, RETURNED)), true);
	struct av old = pop(b);
	push_object(b, value, OWN_OWNED, KNOWN_NONE);
	release(b, old);
	go_to_target(b);
	unsplit(b, here);
	push_object(b, value, OWN_OWNED, KNOWN_NONE);
	return true;
}
