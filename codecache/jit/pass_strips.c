/* pass_strips.c - counted loops that only compute run in strips: CPython's eval breaker is looked at once a strip
 * instead of once an iteration, and gcc can unroll and vectorise the strip.
 *
 *     header: left > 0? -> strip: n = min(left, STRIP) -> inner: body, n -= 1, n > 0? -> inner, else poll -> header
 *
 * A loop qualifies if nothing but the poll on its only way back can leave it. */
#include "config.h"

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"

/* Iterations between two polls: a body of pure arithmetic takes at most some ten nanoseconds, so a signal waits well
 * below a millisecond. */
enum { STRIP = 16384 };

static bool block_qualifies(const struct ir_loop *loop, const struct ir_block *b, const struct ir_instr *poll)
{
	for (const struct ir_instr *i = b->first; i; i = i->next)
		if (i->exit && i != poll && i->op != IR_ANCHOR)
			return false;
	if (b == loop->header)
		return true;
	for (int t = 0; t < 2; t++)
		if (b->last->targets[t] && !loop->contains[b->last->targets[t]->id])
			return false;
	return true;
}

/* The poll at the end of the only way back, NULL if the loop does not qualify. */
static struct ir_instr *poll_of(struct ir_function *f, const struct ir_loops *loops, const struct ir_loop *loop,
				uint32_t *ret_back)
{
	if (!loop->left)
		return NULL;
	uint32_t n_back = 0;
	for (uint32_t p = 0; p < loop->header->n_preds; p++)
		if (ir_is_back_edge(loop, p)) {
			*ret_back = p;
			n_back++;
		}
	struct ir_block *latch = loop->header->preds[*ret_back];
	if (n_back != 1 || latch == loop->header || latch->last->op != IR_JUMP || !latch->last->prev ||
	    latch->last->prev->op != IR_POLL)
		return NULL;
	ir_for_each_block (f, b)
		if (loop->contains[b->id] && (loops->of[b->id] != loop || !block_qualifies(loop, b, latch->last->prev)))
			return NULL;
	return latch->last->prev;
}

/* n_blocks: those that the loop knows. */
static void uses_follow(struct ir_function *f, const struct ir_loop *loop, uint32_t n_blocks)
{
	ir_for_each_block (f, b)
		if (b->id < n_blocks && loop->contains[b->id] && b != loop->header)
			ir_replace_uses_in(b);
}

static void strip(struct ir_function *f, struct ir_loop *loop, struct ir_instr *poll, uint32_t back, uint32_t n_blocks)
{
	struct ir_block *header = loop->header, *latch = poll->block, *body = header->last->targets[0];
	struct ir_block *full = ir_block_new(f), *choose = ir_block_new(f), *inner = ir_block_new(f),
			*rest = ir_block_new(f);

	/* header -> choose -> inner (left iterations), or -> full -> inner (STRIP) */
	ir_change_target(header, body, choose);
	choose->preds = ir_alloc(f, sizeof(struct ir_block *));
	choose->preds[0] = header;
	choose->n_preds = choose->cap_preds = 1;
	struct ir_instr *most = ir_number(f, choose, STRIP);
	(void)ir_branch(f, choose, ir_operation(f, choose, IR_I64_LT, loop->left, most), inner, full);
	(void)ir_jump(f, full, inner);

	/* the latch: another round of the inner loop, or the poll */
	struct ir_instr *n = ir_phi_new(f, inner, IR_I64);
	ir_remove(latch->last);
	ir_remove(poll);
	struct ir_instr *next = ir_operation(f, latch, IR_I64_SUB_WRAP, n, ir_number(f, latch, 1));
	struct ir_instr *more = ir_operation(f, latch, IR_I64_GT, next, ir_number(f, latch, 0));
	(void)ir_branch(f, latch, more, inner, rest);
	inner->loop_header = true;
	ir_phi_add_arg(f, n, loop->left);
	ir_phi_add_arg(f, n, most);
	ir_phi_add_arg(f, n, next);
	struct ir_instr *again = ir_append(f, rest, IR_POLL, 0, NULL);
	again->exit = poll->exit;
	again->line = poll->line;
	struct ir_instr *jump = ir_append(f, rest, IR_JUMP, 0, NULL);
	jump->targets[0] = header;
	header->preds[back] = rest;

	/* the header's values go round in the inner loop */
	ir_for_each_instr (header, phi) {
		if (phi->op != IR_PHI)
			break;
		struct ir_instr *copy = ir_phi_new(f, inner, phi->type);
		ir_phi_add_arg(f, copy, phi);
		ir_phi_add_arg(f, copy, phi);
		phi->scratch = copy;
	}
	ir_for_each_instr (header, changed) {
		if (changed->op != IR_PHI)
			break;
		if (changed->args[back]->scratch)
			changed->args[back] = changed->args[back]->scratch;
		ir_phi_add_arg(f, changed->scratch, changed->args[back]);
	}
	uses_follow(f, loop, n_blocks);
	ir_replace_uses_in(rest);
	ir_for_each_instr (header, phi)
		phi->scratch = NULL;
	struct ir_instr *into = ir_append(f, inner, IR_JUMP, 0, NULL);
	into->targets[0] = body;
	ir_change_pred(body, header, inner);
}

static void drop_anchors(struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_ANCHOR)
				ir_remove(i);
}

void pass_strips(struct ir_function *f)
{
	struct ir_loops *loops = ir_loops_find(f);
	uint32_t n_blocks = f->n_blocks;
	for (uint32_t l = 0; l < loops->n_loops; l++) {
		uint32_t back = 0;
		uint32_t all = f->n_blocks;
		f->n_blocks = n_blocks; /* the loops know the blocks that were there */
		struct ir_instr *poll = poll_of(f, loops, &loops->loops[l], &back);
		f->n_blocks = all;
		if (poll)
			strip(f, &loops->loops[l], poll, back, n_blocks);
	}
	drop_anchors(f);
}
