/* pass_blocks.c - branches on constants become jumps, blocks that nothing reaches go, and a block that only one jump
 * reaches is joined to the one before it. */
#include "config.h"

#include "codecache/jit/passes_priv.h"

/* Take the predecessor number p out of b. */
static void pred_remove(struct ir_block *b, uint32_t p)
{
	ir_for_each_instr (b, i) {
		if (i->op != IR_PHI)
			break;
		for (uint32_t a = p; a + 1 < i->n_args; a++)
			i->args[a] = i->args[a + 1];
		i->n_args--;
	}
	for (uint32_t k = p; k + 1 < b->n_preds; k++)
		b->preds[k] = b->preds[k + 1];
	b->n_preds--;
}

static void edge_remove(struct ir_block *from, struct ir_block *to)
{
	for (uint32_t p = 0; p < to->n_preds; p++)
		if (to->preds[p] == from) {
			pred_remove(to, p);
			return;
		}
}

static void fold_branch(struct ir_block *b)
{
	struct ir_instr *i = b->last;
	if (i->op != IR_BRANCH || i->args[0]->op != IR_CONST_BOOL)
		return;
	bool yes = i->args[0]->imm.i;
	edge_remove(b, i->targets[yes ? 1 : 0]);
	i->targets[0] = i->targets[yes ? 0 : 1];
	i->targets[1] = NULL;
	i->op = IR_JUMP;
	i->n_args = 0;
}

static void mark(struct ir_block *b)
{
	if (b->scratch)
		return;
	b->scratch = b;
	for (int t = 0; t < 2; t++)
		if (b->last->targets[t])
			mark(b->last->targets[t]);
}

/* Drop the blocks that are not marked. */
static void sweep(struct ir_function *f)
{
	ir_for_each_block (f, b) {
		if (b->scratch)
			continue;
		for (int t = 0; t < 2; t++)
			if (b->last->targets[t])
				edge_remove(b, b->last->targets[t]);
	}
	uint32_t n = 0;
	for (uint32_t k = 0; k < f->n_blocks; k++) {
		struct ir_block *b = f->blocks[k];
		if (!b->scratch)
			continue;
		b->scratch = NULL;
		b->id = n;
		f->blocks[n++] = b;
	}
	f->n_blocks = n;
}

/* Put the instructions of the only successor, which has no other predecessor, behind b's own. */
static bool join(struct ir_block *b)
{
	struct ir_block *next = b->last->op == IR_JUMP ? b->last->targets[0] : NULL;
	if (!next || next->n_preds != 1 || next == b)
		return false;
	ir_remove(b->last);
	for (struct ir_instr *i = next->first; i; i = i->next) {
		i->block = b;
		if (i->op == IR_PHI) /* of one value: pass_phis has not seen it since its block lost a predecessor */
			i->scratch = i->args[0];
	}
	while (next->first && next->first->op == IR_PHI) {
		struct ir_instr *phi = next->first;
		next->first = phi->next;
		if (phi->next)
			phi->next->prev = NULL;
	}
	if (b->last) {
		b->last->next = next->first;
		next->first->prev = b->last;
	} else {
		b->first = next->first;
	}
	b->last = next->last;
	for (int t = 0; t < 2; t++)
		if (b->last->targets[t])
			for (uint32_t p = 0; p < b->last->targets[t]->n_preds; p++)
				if (b->last->targets[t]->preds[p] == next)
					b->last->targets[t]->preds[p] = b;
	/* next stays in the list as a block that nothing reaches. */
	next->first = next->last = NULL;
	next->n_preds = 0;
	return true;
}

void pass_blocks(struct ir_function *f)
{
	ir_for_each_block (f, b)
		fold_branch(b);
	mark(f->blocks[0]);
	sweep(f);
	ir_for_each_block (f, b)
		while (b->last && join(b))
			;
	uint32_t n = 0;
	for (uint32_t k = 0; k < f->n_blocks; k++)
		if (f->blocks[k]->last) {
			f->blocks[k]->id = n;
			f->blocks[n++] = f->blocks[k];
		}
	f->n_blocks = n;
	ir_drop_exits(f);
	ir_replace_uses(f);
}
