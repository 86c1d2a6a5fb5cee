/* pass_phis.c - phis that are one value, or the same as another phi, go.
 *
 * The builder makes a phi for every value at every version; most merge one value with itself.  Source: Braun et al.,
 * "Simple and Efficient Construction of Static Single Assignment Form" (2013), section 3.1. */
#include "config.h"

#include "codecache/jit/passes_priv.h"

/* The one value that the phi merges with itself, NULL if there are several. */
static struct ir_instr *only_value(struct ir_instr *phi)
{
	struct ir_instr *only = NULL;
	for (uint32_t a = 0; a < phi->n_args; a++) {
		struct ir_instr *arg = ir_resolved(phi->args[a]);
		if (arg == phi || arg == only)
			continue;
		if (only)
			return NULL;
		only = arg;
	}
	return only;
}

/* An earlier phi of the block that merges the same values. */
static struct ir_instr *twin(struct ir_instr *phi)
{
	for (struct ir_instr *other = phi->block->first; other != phi; other = other->next) {
		if (other->type != phi->type)
			continue;
		uint32_t a = 0;
		while (a < phi->n_args && ir_resolved(phi->args[a]) == ir_resolved(other->args[a]))
			a++;
		if (a == phi->n_args)
			return other;
	}
	return NULL;
}

static bool simplify_block(struct ir_block *b)
{
	bool changed = false;
	ir_for_each_instr (b, i) {
		if (i->op != IR_PHI)
			break;
		struct ir_instr *same = only_value(i);
		if (!same)
			same = twin(i);
		if (!same)
			continue;
		i->scratch = same;
		ir_remove(i);
		changed = true;
	}
	return changed;
}

void pass_phis(struct ir_function *f)
{
	bool changed;
	do {
		changed = false;
		ir_for_each_block (f, b)
			changed |= simplify_block(b);
	} while (changed);
	ir_replace_uses(f);
}
