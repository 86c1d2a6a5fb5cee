/* pass_ranges.c - what can be proved never to leave loses its exit, by the intervals of ir_ranges.h.
 *
 * Exact operations whose result is proved to fit become _wrap ones, 128-bit sums that are proved to fit become 64-bit,
 * and divisions and shifts that cannot go wrong have no exit any more.  Divisions of what has no sign are done without
 * one: C's are Python's then. */
#include "config.h"

#include "codecache/jit/ir_ranges.h"
#include "codecache/jit/passes_priv.h"

static bool is_within(struct interval a, int64_t low, int64_t high)
{
	return a.low >= low && a.high <= high;
}

static bool has_no(struct interval a, int64_t value)
{
	return a.low > value || a.high < value;
}

/* Whether the operation always has a result. */
static bool is_sure(const struct ranges *r, const struct ir_instr *i, struct interval a, struct interval b)
{
	enum { P53 = 53 };
	const int64_t exact = (int64_t)1 << P53;
	switch (i->op) {
	case IR_I64_NEG:
	case IR_I64_ABS: return has_no(a, INT64_MIN);
	case IR_I64_FLOORDIV: return has_no(b, 0) && (has_no(a, INT64_MIN) || has_no(b, -1));
	case IR_I64_MOD:
	case IR_U64_DIV:
	case IR_U64_MOD: return has_no(b, 0);
	case IR_I64_TRUEDIV: return has_no(b, 0) && is_within(a, -exact, exact) && is_within(b, -exact, exact);
	case IR_I64_SHL:
		if (!is_within(b, 0, 62))
			return false;
		return interval_fits(
			interval_product(a, (struct interval){ (wide)1 << (int)b.low, (wide)1 << (int)b.high }));
	case IR_I64_SHR: return b.low >= 0;
	case IR_I64_TO_U64: return a.low >= 0;
	case IR_FIT: {
		struct interval item = interval_of_item(i->imm.index);
		return is_within(a, (int64_t)item.low, (int64_t)item.high);
	}
	case IR_I64_TO_F64_EXACT: return is_within(a, -exact, exact);
	case IR_F64_DIV:
	case IR_F64_FLOORDIV:
	case IR_F64_MOD: return i->args[1]->op == IR_CONST_F64 && i->args[1]->imm.f != 0.0;
	case IR_RANGE_LEN: {
		struct interval step = range_of(r, i->args[2]);
		return has_no(step, 0) && has_no(step, INT64_MIN) &&
		       interval_fits(interval_sum(b, interval_negated(a))) &&
		       interval_fits(interval_sum(a, interval_negated(b)));
	}
	default: return false;
	}
}

static void drop_check(const struct ranges *r, struct ir_instr *i)
{
	struct interval none = { 0, 0 }, a = none, b = none;
	if (i->n_args > 0)
		a = range_at(r, i->args[0], i->block);
	if (i->n_args > 1)
		b = range_at(r, i->args[1], i->block);
	enum ir_op op = i->op;
	switch (i->op) {
	case IR_I64_ADD: op = interval_fits(interval_sum(a, b)) ? IR_I64_ADD_WRAP : op; break;
	case IR_I64_SUB: op = interval_fits(interval_sum(a, interval_negated(b))) ? IR_I64_SUB_WRAP : op; break;
	case IR_I64_MUL: op = interval_fits(interval_product(a, b)) ? IR_I64_MUL_WRAP : op; break;
	case IR_I64_FLOORDIV: op = a.low >= 0 && b.low > 0 ? IR_U64_DIV : op; break;
	case IR_I64_MOD: op = a.low >= 0 && b.low > 0 ? IR_U64_MOD : op; break;
	default: break;
	}
	if (op == i->op && !is_sure(r, i, a, b))
		return;
	i->op = op;
	i->exit = NULL;
}

/* ---- 128-bit sums ---------------------------------------------------------- */

/* scratch of an i128 instruction: itself if it can be 64-bit. */
static bool stays_wide(const struct ir_instr *i)
{
	for (uint32_t a = 0; a < i->n_args; a++)
		if (i->args[a]->type == IR_I128 && !i->args[a]->scratch)
			return true;
	return false;
}

static void narrow_leaf(struct state_value *leaf, void *data)
{
	(void)data;
	if (leaf->kind == STATE_I128 && leaf->instr->type != IR_I128)
		leaf->kind = STATE_I64;
}

static void narrow_sums(struct ir_function *f, const struct ranges *r)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			i->scratch = i->type == IR_I128 && interval_fits(range_of(r, i)) ? i : NULL;
	/* A phi and what it merges must agree, both ways. */
	for (bool changed = true; changed;) {
		changed = false;
		ir_for_each_block (f, b) {
			ir_for_each_instr (b, i) {
				if (i->type != IR_I128)
					continue;
				if (i->scratch && stays_wide(i)) {
					i->scratch = NULL;
					changed = true;
				}
				for (uint32_t a = 0; !i->scratch && a < i->n_args; a++)
					if (i->args[a]->type == IR_I128 && i->args[a]->scratch) {
						i->args[a]->scratch = NULL;
						changed = true;
					}
			}
		}
	}
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (!i->scratch)
				continue;
			i->scratch = NULL;
			i->type = IR_I64;
			if (i->op == IR_I128_ADD_I64)
				i->op = IR_I64_ADD_WRAP;
		}
	}
	/* Conversions to and from 128 bits of what is 64-bit now. */
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if ((i->op == IR_I64_TO_I128 && i->type == IR_I64) ||
			    (i->op == IR_I128_TO_I64 && i->args[0]->type == IR_I64)) {
				i->scratch = i->args[0];
				ir_remove(i);
			}
		}
	}
	ir_replace_uses(f);
	for (uint32_t e = 0; e < f->n_exits; e++)
		ir_exit_visit(f->exits[e], narrow_leaf, NULL);
}

void pass_ranges(struct ir_function *f)
{
	const struct ranges *r = ranges_find(f);
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->exit && ir_op_info[i->op].flags & (IR_IDLE | IR_SURE))
				drop_check(r, i);
	narrow_sums(f, r);
}
