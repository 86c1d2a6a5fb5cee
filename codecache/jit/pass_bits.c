/* pass_bits.c - ints of which only some low bits are used need no more than 64.
 *
 * In (h * 5 + 0xe6546b64) & 0xffffffff, product and sum may be computed modulo 2**64: whatever they are, these bits of
 * them are the same, as those of CPython's ints, which are two's complement without an end.  So +, -, *, << by a
 * constant and the operators on bits lose their checks where all that uses them is of this kind, up to an & with what
 * is not negative; an exit's state is a use, too, but for exits that nothing is left to take.  % and // by powers of
 * two become & and >>, which is what they are for floor division. */
#include "config.h"

#include <string.h>

#include "codecache/jit/passes_priv.h"

static bool is_const(const struct ir_instr *i)
{
	return i->op == IR_CONST_I64;
}

/* & with a constant that is not negative, or has no sign. */
static bool is_mask(const struct ir_instr *i)
{
	if (i->op == IR_U64_AND)
		return is_const(i->args[0]) || is_const(i->args[1]);
	return i->op == IR_I64_AND &&
	       ((is_const(i->args[0]) && i->args[0]->imm.i >= 0) || (is_const(i->args[1]) && i->args[1]->imm.i >= 0));
}

/* Whether the low bits of the result depend on nothing but the same bits of the operands. */
static bool keeps_low_bits(const struct ir_instr *i)
{
	switch (i->op) {
	case IR_I64_ADD:
	case IR_I64_SUB:
	case IR_I64_MUL:
	case IR_I64_ADD_WRAP:
	case IR_I64_SUB_WRAP:
	case IR_I64_MUL_WRAP:
	case IR_I64_AND:
	case IR_I64_OR:
	case IR_I64_XOR:
	case IR_I64_NOT:
	case IR_I64_TO_U64:
	case IR_U64_ADD:
	case IR_U64_SUB:
	case IR_U64_MUL:
	case IR_U64_AND: return true;
	case IR_U64_SHL:
	case IR_I64_SHL: return is_const(i->args[1]) && i->args[1]->imm.i >= 0 && i->args[1]->imm.i < 63;
	default: return false;
	}
}

/* ---- which ones ------------------------------------------------------------ */

/* While this pass looks, scratch is not NULL of an instruction of which only low bits may be used. */
struct search {
	struct ir_function *f;
	bool *taken; /* by exit: an instruction that is not among them can leave by it */
	bool changed;
};

static void refuse(struct search *s, struct ir_instr *i)
{
	s->changed |= i->scratch != NULL;
	i->scratch = NULL;
}

static void refuse_leaf(struct state_value *leaf, void *search)
{
	refuse(search, leaf->instr);
}

static void look(struct search *s, const struct ir_instr *i)
{
	for (uint32_t a = 0; a < i->n_args; a++) {
		bool is_count = (i->op == IR_I64_SHL || i->op == IR_U64_SHL) && a == 1;
		if (!is_mask(i) && !(i->scratch && !is_count))
			refuse(s, i->args[a]);
	}
	if (i->exit && !i->scratch && !s->taken[i->exit->number]) {
		s->taken[i->exit->number] = true;
		ir_exit_visit(i->exit, refuse_leaf, s);
	}
}

static void find(struct ir_function *f)
{
	struct search s = { .f = f, .taken = ir_alloc(f, f->n_exits + 1), .changed = true };
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			i->scratch = keeps_low_bits(i) ? i : NULL;
	ir_exit_visit(f->exits[0], refuse_leaf, &s);
	while (s.changed) {
		s.changed = false;
		ir_for_each_block (f, b)
			ir_for_each_instr (b, i)
				look(&s, i);
	}
}

/* ---- what becomes of them --------------------------------------------------- */

static void set_op(struct ir_instr *i, enum ir_op op)
{
	i->op = op;
	i->exit = NULL;
}

static void wrap(struct ir_function *f, struct ir_instr *i)
{
	switch (i->op) {
	case IR_U64_ADD:
	case IR_I64_ADD: set_op(i, IR_I64_ADD_WRAP); break;
	case IR_U64_SUB:
	case IR_I64_SUB: set_op(i, IR_I64_SUB_WRAP); break;
	case IR_U64_MUL:
	case IR_I64_MUL: set_op(i, IR_I64_MUL_WRAP); break;
	case IR_I64_TO_U64: /* | 0 */
		i->args = memcpy(ir_alloc(f, 2 * sizeof(i->args[0])), i->args, sizeof(i->args[0]));
		i->args[1] = ir_number_before(f, i, 0);
		i->n_args = i->cap_args = 2;
		set_op(i, IR_I64_OR);
		break;
	case IR_U64_SHL:
	case IR_I64_SHL:
		i->args[1] = ir_number_before(f, i, (int64_t)1 << i->args[1]->imm.i);
		set_op(i, IR_I64_MUL_WRAP);
		break;
	default: break;
	}
}

static void divide(struct ir_function *f, struct ir_instr *i)
{
	if ((i->op != IR_I64_MOD && i->op != IR_I64_FLOORDIV) || !is_const(i->args[1]))
		return;
	int64_t divisor = i->args[1]->imm.i;
	if (divisor <= 0 || (divisor & (divisor - 1)))
		return;
	bool is_mod = i->op == IR_I64_MOD;
	i->args[1] = ir_number_before(f, i, is_mod ? divisor - 1 : __builtin_ctzll((unsigned long long)divisor));
	set_op(i, is_mod ? IR_I64_AND : IR_I64_SHR);
}

void pass_bits(struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			divide(f, i);
	find(f);
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (i->scratch)
				wrap(f, i);
			i->scratch = NULL;
		}
	}
}
