/* ir_loops.c - dominators (Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001) and natural loops. */
#include "config.h"

#include <string.h>

#include "codecache/jit/ir_loops.h"

/* Reverse post order without recursion: functions can be thousands of blocks long. */
static void order_find(struct ir_function *f, struct ir_loops *l)
{
	struct {
		struct ir_block *block;
		int next;
	} *stack = ir_alloc(f, (f->n_blocks + 1) * sizeof(*stack));
	bool *seen = ir_alloc(f, f->n_blocks);
	struct ir_block **post = ir_alloc(f, f->n_blocks * sizeof(struct ir_block *));
	uint32_t depth = 1, n = 0;
	stack[0].block = f->blocks[0];
	seen[0] = true;
	while (depth) {
		struct ir_block *b = stack[depth - 1].block;
		int t = stack[depth - 1].next++;
		if (t == 2) {
			post[n++] = b;
			depth--;
			continue;
		}
		struct ir_block *to = b->last->targets[t];
		if (!to || seen[to->id])
			continue;
		seen[to->id] = true;
		stack[depth].block = to;
		stack[depth++].next = 0;
	}
	l->order = ir_alloc(f, n * sizeof(struct ir_block *));
	l->n_order = n;
	for (uint32_t i = 0; i < n; i++)
		l->order[i] = post[n - 1 - i];
}

static void dominators_find(struct ir_function *f, struct ir_loops *l)
{
	uint32_t *number = ir_alloc(f, f->n_blocks * sizeof(uint32_t));
	for (uint32_t i = 0; i < l->n_order; i++)
		number[l->order[i]->id] = i;
	l->dominator = ir_alloc(f, f->n_blocks * sizeof(struct ir_block *));
	l->dominator[0] = f->blocks[0];
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t i = 1; i < l->n_order; i++) {
			struct ir_block *b = l->order[i], *common = NULL;
			for (uint32_t p = 0; p < b->n_preds; p++) {
				struct ir_block *pred = b->preds[p];
				if (!l->dominator[pred->id])
					continue;
				struct ir_block *other = common ? common : pred;
				while (pred != other) {
					while (number[pred->id] > number[other->id])
						pred = l->dominator[pred->id];
					while (number[other->id] > number[pred->id])
						other = l->dominator[other->id];
				}
				common = pred;
			}
			changed |= l->dominator[b->id] != common;
			l->dominator[b->id] = common;
		}
	}
}

bool ir_dominates(const struct ir_loops *loops, const struct ir_block *a, const struct ir_block *b)
{
	while (b != a && b->id != 0)
		b = loops->dominator[b->id];
	return a == b;
}

/* Add to the loop what reaches from without passing the header. */
static void body_add(struct ir_function *f, struct ir_loop *loop, struct ir_block *from)
{
	struct ir_block **work = ir_alloc(f, (f->n_blocks + 1) * sizeof(struct ir_block *));
	uint32_t n = 0;
	if (!loop->contains[from->id])
		work[n++] = from;
	loop->contains[from->id] = true;
	while (n) {
		struct ir_block *b = work[--n];
		for (uint32_t p = 0; p < b->n_preds; p++)
			if (!loop->contains[b->preds[p]->id]) {
				loop->contains[b->preds[p]->id] = true;
				work[n++] = b->preds[p];
			}
	}
}

bool ir_is_back_edge(const struct ir_loop *loop, uint32_t p)
{
	return loop->contains[loop->header->preds[p]->id];
}

static bool is_const(const struct ir_instr *i, int64_t value)
{
	return i->op == IR_CONST_I64 && i->imm.i == value;
}

/* The phi that counts the iterations left, see struct ir_loop. */
static struct ir_instr *counter_find(const struct ir_loop *loop)
{
	const struct ir_instr *branch = loop->header->last;
	if (branch->op != IR_BRANCH || branch->args[0]->op != IR_I64_GT || !is_const(branch->args[0]->args[1], 0) ||
	    !loop->contains[branch->targets[0]->id] || loop->contains[branch->targets[1]->id])
		return NULL;
	struct ir_instr *left = branch->args[0]->args[0];
	if (left->op != IR_PHI || left->block != loop->header)
		return NULL;
	for (uint32_t p = 0; p < loop->header->n_preds; p++) {
		const struct ir_instr *next = left->args[p];
		if (ir_is_back_edge(loop, p) &&
		    !(next->op == IR_I64_SUB_WRAP && next->args[0] == left && is_const(next->args[1], 1)))
			return NULL;
	}
	return left;
}

static void nesting_find(struct ir_function *f, struct ir_loops *l)
{
	l->of = ir_alloc(f, f->n_blocks * sizeof(struct ir_loop *));
	/* Headers come in reverse post order, so a later loop that contains a block is further inside. */
	for (uint32_t i = 0; i < l->n_loops; i++) {
		l->loops[i].parent = l->of[l->loops[i].header->id];
		for (uint32_t b = 0; b < f->n_blocks; b++)
			if (l->loops[i].contains[b])
				l->of[b] = &l->loops[i];
	}
}

struct ir_loops *ir_loops_find(struct ir_function *f)
{
	struct ir_loops *l = ir_alloc(f, sizeof(*l));
	order_find(f, l);
	dominators_find(f, l);
	l->loops = ir_alloc(f, (l->n_order + 1) * sizeof(struct ir_loop));
	for (uint32_t i = 0; i < l->n_order; i++) {
		struct ir_block *header = l->order[i];
		struct ir_loop *loop = NULL;
		for (uint32_t p = 0; p < header->n_preds; p++) {
			if (!l->dominator[header->preds[p]->id] || !ir_dominates(l, header, header->preds[p]))
				continue;
			if (!loop) {
				loop = &l->loops[l->n_loops++];
				loop->header = header;
				loop->contains = ir_alloc(f, f->n_blocks);
				loop->contains[header->id] = true;
			}
			body_add(f, loop, header->preds[p]);
		}
	}
	for (uint32_t i = 0; i < l->n_loops; i++)
		l->loops[i].left = counter_find(&l->loops[i]);
	nesting_find(f, l);
	return l;
}
