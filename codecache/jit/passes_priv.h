/* passes_priv.h - the passes, for passes.c only; each is described at the top of its file pass_NAME.c. */
#pragma once

#include "codecache/jit/ir.h"

void pass_consts(struct ir_function *f);
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
