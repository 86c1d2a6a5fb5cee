/* build_learn.c - what the first build of a function learns for the second one, which is kept.
 *
 * The builder makes one version of a position for each shape of the frames, so a loop that finds out in its first round
 * that a local is a list is built twice: for the first round, and for the others, which know; and so is each loop in
 * it, for each of these.  The second build knows from the first what the ways back bring, and asks for that before the
 * loop: one version.  It also knows which locals, dead where ways meet, hold an object on one of them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

struct learnt {
	struct learnt *next;
	const void *code; /* the code object; only compared */
	uint32_t index;
	uint8_t *dead;   /* by local: what it is on ways where it is dead, bits */
	uint8_t *back;   /* by local: what all ways back bring */
	uint8_t *fresh;  /* by local: a way back brings an object that was made in the loop */
	uint8_t *forget; /* by local: its type is not kept on the ways back, as it is not known before the loop */
	struct list_items items; /* of the list that the instruction makes */
};

/* What a way back brings: something of no use, an int, a float, or FIRST_KNOWN + enum known. */
enum { UNSEEN, NOTHING, INT, FLOAT, FIRST_KNOWN };

static struct learnt *learnt_find(const struct builder *b, const struct frame *frame, uint32_t index)
{
	for (struct learnt *l = b->learnt; l; l = l->next)
		if (l->code == code_identity(frame->code) && l->index == index)
			return l;
	return NULL;
}

static struct learnt *learnt_at(struct builder *b, const struct frame *frame, uint32_t index)
{
	struct learnt *l = learnt_find(b, frame, index);
	if (l)
		return l;
	uint32_t n = frame->code->n_locals;
	l = calloc(1, sizeof(*l) + 4 * (size_t)n);
	if (!l)
		abort(); /* see ir_alloc() */
	*l = (struct learnt){ .next = b->learnt, .code = code_identity(frame->code), .index = index };
	l->dead = (uint8_t *)(l + 1);
	l->back = l->dead + n;
	l->fresh = l->back + n;
	l->forget = l->fresh + n;
	b->learnt = l;
	return l;
}

void learnt_free(struct learnt *learnt)
{
	while (learnt) {
		struct learnt *next = learnt->next;
		free(learnt);
		learnt = next;
	}
}

struct list_items *learnt_items(struct builder *b)
{
	return &learnt_at(b, b->top, b->top->at)->items;
}

enum { DEAD_OBJECT = 1, DEAD_UNBOUND = 2, DEAD_INT = 4, DEAD_FLOAT = 8, DEAD_OTHER = 16 };

static uint8_t dead_kind(const struct av *v)
{
	switch (v->kind) {
	case AV_OBJECT: return DEAD_OBJECT;
	case AV_UNBOUND: return DEAD_UNBOUND;
	case AV_INT: return DEAD_INT;
	case AV_FLOAT: return DEAD_FLOAT;
	default: return DEAD_OTHER;
	}
}

void learn_dead(struct builder *b, uint32_t target, uint32_t local)
{
	learnt_at(b, b->top, target)->dead[local] |= dead_kind(&b->top->locals[local]);
}

bool learnt_dead_object(const struct builder *b, uint32_t target, uint32_t local)
{
	const struct learnt *l = learnt_find(b, b->top, target);
	return l && l->dead[local] & DEAD_OBJECT;
}

bool learnt_dead_crowd(const struct builder *b, uint32_t target)
{
	enum { FEW = 2 };
	const struct learnt *l = learnt_find(b, b->top, target);
	uint32_t shapes = 1;
	for (uint32_t i = 0; l && i < b->top->code->n_locals && shapes <= FEW; i++)
		shapes *= l->dead[i] ? (uint32_t)__builtin_popcount(l->dead[i]) : 1;
	return shapes > FEW;
}

static uint8_t brought(const struct av *v)
{
	switch (v->kind) {
	case AV_INT: return INT;
	case AV_FLOAT: return FLOAT;
	case AV_OBJECT:
		if (v->known == KNOWN_NONE || v->known == KNOWN_NULLABLE || v->known == KNOWN_ITERATOR)
			return NOTHING;
		return (uint8_t)(FIRST_KNOWN + v->known);
	default: return NOTHING;
	}
}

/* An int that may be large is an object on all ways. */
static uint8_t of_both(uint8_t before, uint8_t now)
{
	const uint8_t large = FIRST_KNOWN + KNOWN_INT;
	if (before == UNSEEN || before == now)
		return now;
	return (before == INT && now == large) || (before == large && now == INT) ? large : NOTHING;
}

void learn_way_back(struct builder *b, uint32_t target)
{
	struct learnt *l = learnt_at(b, b->top, target);
	for (uint32_t i = 0; i < b->top->code->n_locals; i++) {
		l->back[i] = of_both(l->back[i], brought(&b->top->locals[i]));
		l->fresh[i] |= b->top->locals[i].kind == AV_OBJECT && b->top->locals[i].v[0]->op == IR_RT_OBJ;
	}
}

/* The second build's part of expect(): on a way back to target, one version for what came in and what was made. */
void forget_learnt(struct builder *b, uint32_t target)
{
	const struct learnt *l = learnt_find(b, b->top, target);
	for (uint32_t i = 0; l && i < b->top->code->n_locals; i++)
		if (l->forget[i] && b->top->locals[i].kind == AV_OBJECT)
			b->top->locals[i].known = KNOWN_NONE;
}

static void become_large(struct builder *b, struct av *v)
{
	struct ir_instr *object = object_of(b, v);
	*v = (struct av){ .kind = AV_OBJECT, .v = { object }, .own = v->own, .known = KNOWN_INT };
}

/* The type of what the loop makes is no guess for what came in: `left = (left, operator)` may begin with anything. */
static void expect(struct builder *b, struct av *v, uint8_t what, bool fresh, uint8_t *ret_forget)
{
	if (v->kind == AV_INT && what == FIRST_KNOWN + KNOWN_INT)
		become_large(b, v);
	if (v->kind != AV_OBJECT || v->known != KNOWN_NONE || what < INT)
		return;
	if (what < FIRST_KNOWN)
		unbox_in_place(b, v, what == INT);
	else if (fresh)
		*ret_forget = 1;
	else
		(void)guard_known(b, v, (enum known)(what - FIRST_KNOWN));
}

void expect_learnt(struct builder *b, uint32_t target)
{
	const struct bc_code *code = b->top->code;
	const struct learnt *l = learnt_find(b, b->top, target);
	if (!l)
		return;
	stand_at(b, target);
	for (uint32_t i = 0; i < code->n_locals; i++)
		if (code->live[target * code->n_locals + i] && !(code->local_kinds[i] & (BC_CELL | BC_FREE)))
			expect(b, &b->top->locals[i], l->back[i], l->fresh[i], &l->forget[i]);
}
