/* build_u64.c - ints of 64 bits without a sign, as hashes and random number generators have them: what an & with
 * 0xffffffffffffffff leaves, and constants from 2**63 on.
 *
 * They are kept in the bits of an i64.  An operation whose result is not one of them leaves for CPython, unless only
 * low bits of it are used: then pass_bits.c takes the check away. */
#include "config.h"

#include "codecache/jit/build_priv.h"

static bool is_const(const struct ir_instr *i)
{
	return i->op == IR_CONST_I64;
}

/* An int's bits; of a negative one there are none. */
static struct ir_instr *unsigned_of(struct builder *b, const struct av *v)
{
	struct ir_instr *i = v->kind == AV_U64 ? v->v[0] : as_int(b, v);
	bool is_one = v->kind == AV_U64 || (is_const(i) && i->imm.i >= 0);
	return is_one ? i : emit1(b, IR_I64_TO_U64, i);
}

/* Of an int, the lowest 64 bits of its two's complement. */
static struct ir_instr *low_bits_of(struct builder *b, const struct av *v)
{
	return v->kind == AV_U64 ? v->v[0] : as_int(b, v);
}

static bool is_const_from(const struct av *v, int64_t least)
{
	return v->kind == AV_INT && is_const(v->v[0]) && v->v[0]->imm.i >= least;
}

static struct av of_and(struct builder *b, const struct av *x, const struct av *y)
{
	bool by_mask = (x->kind == AV_U64 && is_const(x->v[0])) || (y->kind == AV_U64 && is_const(y->v[0]));
	bool is_small = is_const_from(x, 0) || is_const_from(y, 0);
	enum ir_op op = by_mask && !is_small ? IR_U64_AND : IR_I64_AND;
	return av_of(is_small ? AV_INT : AV_U64, emit2(b, op, low_bits_of(b, x), low_bits_of(b, y)));
}

/* + and - of what is negative are - and + of what is not. */
static struct av of_sum(struct builder *b, const struct av *x, const struct av *y, bool is_sum)
{
	bool negative = y->kind == AV_INT && is_const(y->v[0]) && y->v[0]->imm.i < 0 && y->v[0]->imm.i != INT64_MIN;
	struct ir_instr *second = negative ? emit_i64(b, -y->v[0]->imm.i) : unsigned_of(b, y);
	return av_of(AV_U64, emit2(b, is_sum == negative ? IR_U64_SUB : IR_U64_ADD, unsigned_of(b, x), second));
}

static bool is_operand(const struct av *v)
{
	return v->kind == AV_U64 || is_integral(v);
}

/* Rounded to nearest: what has the sign bit set loses its lowest bit, but not that there was one. */
struct ir_instr *u64_as_float(struct builder *b, struct ir_instr *bits)
{
	struct ir_instr *one = emit_i64(b, 1), *half = emit2(b, IR_U64_SHR, bits, one);
	half = emit1(b, IR_I64_TO_F64, emit2(b, IR_I64_OR, half, emit2(b, IR_I64_AND, bits, one)));
	struct ir_instr *args[] = { emit2(b, IR_I64_LT, bits, emit_i64(b, 0)), emit2(b, IR_F64_ADD, half, half),
				    emit1(b, IR_I64_TO_F64, bits) };
	return emit(b, IR_F64_SELECT, 3, args);
}

/* A count of 0 to 63, which a guard makes sure. */
static struct ir_instr *count_of(struct builder *b, const struct av *v)
{
	enum { MOST = 63 };
	struct ir_instr *count = as_int(b, v);
	struct ir_instr *beyond = emit2(b, IR_I64_AND, count, emit_i64(b, ~(int64_t)MOST));
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, beyond, emit_i64(b, 0)));
	return count;
}

/* By a number of bits that nobody knows.  To the left that is a product: pass_bits.c knows what its low bits are. */
static struct ir_instr *shift_by(struct builder *b, struct ir_instr *x, struct ir_instr *count, bool left)
{
	if (!left)
		return emit2(b, IR_U64_SHR, x, count);
	return emit2(b, IR_U64_MUL, x, emit2(b, IR_U64_SHL, emit_i64(b, 1), count));
}

/* What is shifted to the right by one or more has a sign bit to spare. */
static bool shift(struct builder *b, const struct av *x, const struct av *y, bool left, struct av *ret)
{
	if (x->kind != AV_U64 || !is_integral(y) || (is_const(y->v[0]) && (uint64_t)y->v[0]->imm.i > 63))
		return false;
	if (!is_const_from(y, 0)) {
		*ret = av_of(AV_U64, shift_by(b, x->v[0], count_of(b, y), left));
		return true;
	}
	enum av_kind kind = left || y->v[0]->imm.i == 0 ? AV_U64 : AV_INT;
	*ret = av_of(kind, emit2(b, left ? IR_U64_SHL : IR_U64_SHR, x->v[0], y->v[0]));
	return true;
}

static bool divide(struct builder *b, const struct av *x, const struct av *y, bool is_mod, struct av *ret)
{
	if (x->kind != AV_U64 || !is_integral(y) || (is_const(y->v[0]) && y->v[0]->imm.i < 1))
		return false;
	bool fits = is_mod || is_const_from(y, 2); /* the divisor has a bit less */
	*ret = av_of(fits ? AV_INT : AV_U64, emit2(b, is_mod ? IR_U64_MOD : IR_U64_DIV, x->v[0], unsigned_of(b, y)));
	return true;
}

bool u64_binary(struct builder *b)
{
	const struct av x = *peek(b, 2), y = *peek(b, 1);
	struct av result;
	if ((x.kind != AV_U64 && y.kind != AV_U64) || !is_operand(&x) || !is_operand(&y))
		return false;
	enum bc_binary op = (enum bc_binary)b->i->arg;
	switch (op) {
	case BINARY_AND: result = of_and(b, &x, &y); break;
	case BINARY_OR:
	case BINARY_XOR:
		result = av_of(AV_U64, emit2(b, op == BINARY_OR ? IR_I64_OR : IR_I64_XOR, unsigned_of(b, &x),
					     unsigned_of(b, &y)));
		break;
	case BINARY_ADD:
	case BINARY_SUB: result = of_sum(b, &x, &y, op == BINARY_ADD); break;
	case BINARY_MUL: result = av_of(AV_U64, emit2(b, IR_U64_MUL, unsigned_of(b, &x), unsigned_of(b, &y))); break;
	case BINARY_SHL:
	case BINARY_SHR:
		if (!shift(b, &x, &y, op == BINARY_SHL, &result))
			return false;
		break;
	case BINARY_MOD:
	case BINARY_FLOORDIV:
		if (!divide(b, &x, &y, op == BINARY_MOD, &result))
			return false;
		break;
	default: return false;
	}
	replace(b, 2, result);
	return true;
}

/* Without a sign, the order is that of ints whose highest bit is the other one. */
static struct ir_instr *ordered(struct builder *b, const struct av *v)
{
	return emit2(b, IR_I64_XOR, unsigned_of(b, v), emit_i64(b, INT64_MIN));
}

bool u64_compare(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	if ((x->kind != AV_U64 && y->kind != AV_U64) || !is_operand(x) || !is_operand(y))
		return false;
	struct ir_instr *l = ordered(b, x), *r = ordered(b, y);
	replace(b, 2, av_of(AV_BOOL, compare_i64(b, l, r)));
	return true;
}
