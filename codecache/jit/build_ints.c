/* build_ints.c - ints of any size, where 64 bits were seen not to be enough (outgrown.h): objects that are exactly
 * ints, which the runtime calculates with (rt_ints.c).
 *
 * What is made of them is such an object, too, unless it has 64 bits for sure: what % or & leave.  Other operands stay
 * in 64 bits. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/cpython311_operation.h"
#include "codecache/jit/outgrown.h"

bool is_large_int(const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_INT;
}

static bool is_operand(const struct av *v)
{
	return is_large_int(v) || is_integral(v) || v->kind == AV_U64;
}

void unbox_u64(struct builder *b, struct av *v)
{
	struct ir_instr *object = v->v[0];
	struct av number = av_of(AV_U64, emit1(b, IR_UNBOX_U64, object));
	number.object = object;
	number_in_place(b, object, number);
}

static bool has_met_large(const struct builder *b)
{
	return b->i->outgrown & (OUTGROWN_SIGN | OUTGROWN_WORD);
}

/* What nothing is known of is as large as such ints were here. */
static void expect_large(struct builder *b, uint32_t from_top)
{
	struct av *v = peek(b, from_top);
	if (v->kind != AV_OBJECT || v->known != KNOWN_NONE)
		return;
	if (b->i->outgrown & OUTGROWN_WORD)
		(void)guard_known(b, v, KNOWN_INT);
	else
		unbox_u64(b, v);
}

void expect_loaded_large(struct builder *b)
{
	if (!has_met_large(b) || !b->block || b->moved)
		return;
	bool is_again = b->exit; /* CPython can load it once more */
	b->top->at += is_again ? 0 : 1;
	expect_large(b, 1);
	b->top->at -= is_again ? 0 : 1;
	if (!is_again)
		b->exit = b->raise = NULL;
}

/* Whether what comes of two ints of 64 bits was larger here. */
static bool gives_large(const struct builder *b)
{
	if (b->i->op != BC_BINARY || !(b->i->outgrown & OUTGROWN_WORD))
		return false;
	switch ((enum bc_binary)b->i->arg) {
	case BINARY_ADD:
	case BINARY_SUB:
	case BINARY_MUL:
	case BINARY_POW:
	case BINARY_SHL: return true;
	default: return false;
	}
}

/* Whether both operands are ints and need the runtime: one is such an object, or what comes out was too large here. */
static bool needs_runtime(struct builder *b)
{
	if (has_met_large(b) && !operator_is_special(b)) {
		expect_large(b, 2);
		expect_large(b, 1);
	}
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	bool are_bools = x->kind == AV_BOOL && y->kind == AV_BOOL; /* which may give a bool */
	return is_operand(x) && is_operand(y) && !are_bools && (is_large_int(x) || is_large_int(y) || gives_large(b));
}

/* An operand in 64 bits; NULL: it is an object by now. */
static struct ir_instr *as_short(struct builder *b, struct av *v)
{
	if (!is_integral(v))
		(void)object_of(b, v);
	return is_integral(v) && !v->object ? as_int(b, v) : NULL;
}

static struct ir_instr *calculated(struct builder *b)
{
	struct ir_instr *x = as_short(b, peek(b, 2)), *y = as_short(b, peek(b, 1));
	struct ir_instr *args[] = { x ? x : object_of(b, peek(b, 2)), y ? y : object_of(b, peek(b, 1)),
				    emit_i64(b, b->i->raw) };
	enum rt_member member = x ? (y ? RT_MEMBER_i64_binary : RT_MEMBER_i64_binary_int)
				  : (y ? RT_MEMBER_int_binary_i64 : RT_MEMBER_int_binary);
	return rt(b, IR_RT_OBJ, member, 3, args);
}

static bool is_const_from(const struct av *v, int64_t least)
{
	return v->kind == AV_INT && v->v[0]->op == IR_CONST_I64 && v->v[0]->imm.i >= least;
}

/* % 2**64 */
static bool rest_of_word(struct builder *b)
{
	struct av *x = peek(b, 2);
	const struct av *modulus = peek(b, 1);
	PyObject *value = modulus->kind == AV_CONST ? const_value(b, modulus->index) : NULL;
	if (b->i->arg != BINARY_MOD || !is_operand(x) || !value || !cpython_is_modulus_of_words(value))
		return false;
	struct ir_instr *bits = x->kind == AV_U64 ? x->v[0]
				: is_large_int(x) ? rt(b, IR_RT_STATUS, RT_MEMBER_int_low_bits, 1, &x->v[0])
						  : as_int(b, x);
	replace(b, 2, av_of(AV_U64, emit2(b, IR_U64_AND, bits, emit_i64(b, -1))));
	return true;
}

/* What is left by a constant mask: the lowest bits. */
static bool masked(struct builder *b, uint32_t from_top, const struct av *mask)
{
	struct av *v = peek(b, from_top);
	bool is_small = is_const_from(mask, 0), is_word = mask->kind == AV_U64 && mask->v[0]->op == IR_CONST_I64;
	if (!is_large_int(v) || (!is_small && !is_word))
		return false;
	struct ir_instr *bits = rt(b, IR_RT_STATUS, RT_MEMBER_int_low_bits, 1, &v->v[0]);
	replace(b, 2,
		av_of(is_small ? AV_INT : AV_U64, emit2(b, is_small ? IR_I64_AND : IR_U64_AND, bits, mask->v[0])));
	return true;
}

/* The rest of a division by a positive constant. */
static bool rest(struct builder *b)
{
	const struct av *modulus = peek(b, 1);
	if (!is_large_int(peek(b, 2)) || !is_const_from(modulus, 1))
		return false;
	struct ir_instr *args[] = { peek(b, 2)->v[0], modulus->v[0] };
	replace(b, 2, av_of(AV_INT, rt(b, IR_RT_I64, RT_MEMBER_int_mod_i64, 2, args)));
	return true;
}

bool ints_binary(struct builder *b)
{
	bool is_for_runtime = needs_runtime(b);
	if (rest_of_word(b))
		return true;
	if (!is_for_runtime)
		return false;
	const struct av x = *peek(b, 2), y = *peek(b, 1);
	enum bc_binary op = (enum bc_binary)b->i->arg;
	if ((op == BINARY_AND && (masked(b, 2, &y) || masked(b, 1, &x))) || (op == BINARY_MOD && rest(b)))
		return true;
	if (op == BINARY_MATMUL)
		return false;
	bool is_int = op != BINARY_TRUEDIV && (op != BINARY_POW || is_const_from(&y, 0));
	struct ir_instr *result = calculated(b);
	replace(b, 2,
		(struct av){ .kind = AV_OBJECT,
			     .v = { result },
			     .own = OWN_OWNED,
			     .known = is_int ? KNOWN_INT : KNOWN_NONE });
	return true;
}

bool ints_compare(struct builder *b)
{
	static const uint8_t swapped[] = { COMPARE_GT, COMPARE_GE, COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE };
	if (!needs_runtime(b) || (!is_large_int(peek(b, 2)) && !is_large_int(peek(b, 1))))
		return false;
	struct av *x = peek(b, 2), *y = peek(b, 1);
	struct ir_instr *l = as_short(b, x), *r = as_short(b, y);
	struct ir_instr *args[] = { l ? object_of(b, y) : object_of(b, x),
				    l   ? l
				    : r ? r
					: object_of(b, y),
				    emit_i64(b, l ? swapped[b->i->arg] : b->i->arg) };
	struct ir_instr *holds = rt(b, IR_RT_BOOL, l || r ? RT_MEMBER_int_compare_i64 : RT_MEMBER_int_compare, 3, args);
	replace(b, 2, av_of(AV_BOOL, holds));
	return true;
}

struct ir_instr *large_int_truth(struct builder *b, const struct av *v)
{
	enum { SIZE = 2 }; /* words in front of ob_size */
	struct ir_instr *size = emit1(b, IR_PART_I64, v->v[0]);
	size->imm.index = SIZE;
	return emit2(b, IR_I64_NE, size, emit_i64(b, 0));
}
