/* build_join.c - ways that part within one instruction (split()) and meet again behind it: one continuation for all of
 * them, where their frames have the same shape. */
#include "config.h"

#include <assert.h>

#include "codecache/jit/build_priv.h"

void join_add(struct builder *b, struct join *join)
{
	if (!b->block)
		return;
	assert(join->n < MAX_WAYS);
	join->ways[join->n].block = b->block;
	join->ways[join->n++].top = b->top;
	b->block = NULL;
}

static void stand_on_way(struct builder *b, const struct join *join, uint32_t way)
{
	b->block = join->ways[way].block;
	b->top = join->ways[way].top;
	b->i = &b->top->code->instrs[b->top->at];
	b->exit = b->raise = NULL;
	b->moved = false;
}

/* What only some of the ways know of the result is forgotten. */
static void forget_known(struct join *join)
{
	struct frame *first = join->ways[0].top;
	struct av *v = &first->stack[first->n_stack - 1];
	bool same = true;
	for (uint32_t i = 0; first->n_stack && i < join->n; i++) {
		const struct frame *top = join->ways[i].top;
		same &= top->n_stack == first->n_stack && top->stack[top->n_stack - 1].known == v->known;
	}
	for (uint32_t i = 0; !same && i < join->n; i++) {
		struct frame *top = join->ways[i].top;
		top->stack[top->n_stack - 1].known = KNOWN_NONE;
	}
}

static bool same_shape(const struct join *join)
{
	for (uint32_t i = 1; i < join->n; i++)
		if (!frames_same_shape(join->ways[0].top, join->ways[i].top))
			return false;
	return true;
}

/* Where the frames of one way keep their values. */
struct values {
	struct ir_instr ***places;
	uint32_t n;
};

static void count_value(struct ir_instr **value, void *data)
{
	(void)value;
	((struct values *)data)->n++;
}

static void collect_place(struct ir_instr **value, void *data)
{
	struct values *v = data;
	v->places[v->n++] = value;
}

static struct values places_of(struct builder *b, struct frame *top)
{
	struct values v = { 0 };
	frames_visit(top, count_value, &v);
	v.places = ir_alloc(b->f, (v.n + 1) * sizeof(*v.places));
	v.n = 0;
	frames_visit(top, collect_place, &v);
	return v;
}

/* The first way's frames become those of all. */
static void meet(struct builder *b, struct join *join)
{
	struct ir_block *block = ir_block_new(b->f);
	struct values places[MAX_WAYS];
	for (uint32_t w = 0; w < join->n; w++) {
		places[w] = places_of(b, join->ways[w].top);
		(void)ir_jump(b->f, join->ways[w].block, block);
	}
	for (uint32_t i = 0; i < places[0].n; i++) {
		bool differ = false;
		for (uint32_t w = 1; w < join->n; w++)
			differ |= *places[w].places[i] != *places[0].places[i];
		if (!differ)
			continue;
		struct ir_instr *phi = ir_phi_new(b->f, block, (*places[0].places[i])->type);
		for (uint32_t w = 0; w < join->n; w++)
			ir_phi_add_arg(b->f, phi, *places[w].places[i]);
		*places[0].places[i] = phi;
	}
	join->ways[0].block = block;
}

void join_end(struct builder *b, struct join *join)
{
	b->block = NULL;
	if (join->n == 0)
		return;
	forget_known(join);
	if (join->n > 1 && same_shape(join)) {
		meet(b, join);
		join->n = 1;
	}
	for (uint32_t w = 1; w < join->n; w++) {
		stand_on_way(b, join, w);
		go_to(b, b->top->at + 1);
		go_on(b);
	}
	stand_on_way(b, join, 0);
}
