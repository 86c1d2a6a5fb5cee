/* passes_priv.h - the passes, for passes.c only; each is described at the top of its file pass_NAME.c. */
#pragma once

#include "codecache/jit/ir.h"
#include "codecache/jit/rt.h"

void pass_consts(struct ir_function *f);
void pass_again(struct ir_function *f);
void pass_hoist(struct ir_function *f);
void pass_lists(struct ir_function *f);
void pass_phis(struct ir_function *f);
void pass_products(struct ir_function *f);
void pass_blocks(struct ir_function *f);
void pass_bits(struct ir_function *f);
void pass_dead(struct ir_function *f);
void pass_ranges(struct ir_function *f);
void pass_series(struct ir_function *f);
void pass_strips(struct ir_function *f);

/* Whether it makes a number's object. */
static inline bool ir_is_box(const struct ir_instr *i)
{
	return i->op == IR_RT_OBJ && (i->imm.index == RT_MEMBER_box_i64 || i->imm.index == RT_MEMBER_box_f64 ||
				      i->imm.index == RT_MEMBER_box_complex || i->imm.index == RT_MEMBER_box_u64 ||
				      i->imm.index == RT_MEMBER_box_bool);
}

/* Whether it lets go of what runs no Python code when it dies, or does not die. */
static inline bool ir_is_quiet_decref(const struct ir_instr *i)
{
	return i->op == IR_DECREF && (ir_is_box(i->args[0]) || i->args[0]->op == IR_CONST_OBJ);
}
