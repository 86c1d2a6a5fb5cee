/* ir_loops.h - dominators and loops, computed anew by the passes that need them. */
#pragma once

#include "codecache/jit/ir.h"

/* A loop with one way in: its header dominates it. */
struct ir_loop {
	struct ir_block *header;
	struct ir_loop *parent; /* the smallest loop around it, NULL: none */
	bool *contains;         /* by block id */
	/* A counted loop: the header's only way into the loop is the branch `i64.gt left, 0`, where left is a phi of
	 * the header that every way back makes smaller by one.  NULL: not counted. */
	struct ir_instr *left;
};

struct ir_loops {
	uint32_t n_loops;
	struct ir_loop *loops; /* outer ones before the loops in them */
	struct ir_loop **of;   /* by block id: the innermost loop of a block, NULL: none */
	uint32_t n_order;
	struct ir_block **order;     /* reverse post order of the blocks that are reached */
	struct ir_block **dominator; /* by block id: the immediate one; the entry's is itself */
};

/* In f's memory; valid until blocks or edges change. */
struct ir_loops *ir_loops_find(struct ir_function *f);
bool ir_dominates(const struct ir_loops *loops, const struct ir_block *a, const struct ir_block *b);
/* Whether predecessor number p of the loop's header is a way back. */
bool ir_is_back_edge(const struct ir_loop *loop, uint32_t p);
