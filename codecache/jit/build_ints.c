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

bool meets_large(const struct builder *b)
{
	if (b->top->code->meets_large)
		return true;
	uint32_t n = b->top->outer ? 0 : b->f->n_params, i = 0;
	while (i < n && b->f->params[i] != VALUE_BIG)
		i++;
	return i < n;
}

void guess_int(struct builder *b, struct av *v)
{
	if (meets_large(b))
		(void)guard_known(b, v, KNOWN_INT);
	else
		unbox_in_place(b, v, true);
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

/* ---- builtins and methods ------------------------------------------------------ */

static struct av large(struct ir_instr *object)
{
	return (struct av){ .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED, .known = KNOWN_INT };
}

bool ints_unary(struct builder *b)
{
	static const enum rt_member members[] = {
		[BC_NEGATIVE] = RT_MEMBER_negative,
		[BC_INVERT] = RT_MEMBER_invert,
	};
	struct av *v = peek(b, 1);
	if (!is_large_int(v) || b->i->op == BC_NOT)
		return false;
	if (b->i->op == BC_POSITIVE)
		return true; /* the same object, in CPython too */
	replace(b, 1, large(rt(b, IR_RT_OBJ, members[b->i->op], 1, &v->v[0])));
	return true;
}

static void call_divmod_of_ints(struct builder *b)
{
	struct ir_instr *args[] = { object_of(b, peek(b, 2)), NULL };
	struct av results[2];
	if (is_const_from(peek(b, 1), 1)) {
		args[1] = peek(b, 1)->v[0];
		results[1] = av_of(AV_INT, rt(b, IR_RT_I64, RT_MEMBER_int_divmod_i64, 2, args));
		results[0] = large(emit0(b, IR_RT_SECOND));
	} else {
		args[1] = object_of(b, peek(b, 1));
		results[0] = large(rt(b, IR_RT_OBJ, RT_MEMBER_int_divmod, 2, args));
		results[1] = large(emit0(b, IR_RT_SECOND));
	}
	drop(b, 4);
	push_values(b, 2, results);
}

static void call_pow_of_ints(struct builder *b, uint32_t n)
{
	struct ir_instr *args[3];
	bool is_int = n == 3 || is_const_from(peek(b, 1), 0);
	(void)objects_of(b, n, args);
	struct av result = large(rt(b, IR_RT_OBJ, n == 3 ? RT_MEMBER_int_powmod : RT_MEMBER_int_power, n, args));
	if (!is_int)
		result.known = KNOWN_NONE;
	drop(b, n + 2);
	push(b, result);
}

/* Ints, of which at least one is large; what nothing is known of is guessed to be one beside that. */
static bool are_ints(struct builder *b, uint32_t n)
{
	bool any = false;
	for (uint32_t i = 1; i <= n; i++) {
		const struct av *v = peek(b, i);
		any |= is_large_int(v);
		if (!is_operand(v) && (v->kind != AV_OBJECT || v->known != KNOWN_NONE))
			return false;
	}
	for (uint32_t i = 1; any && i <= n; i++)
		if (!is_operand(peek(b, i)))
			(void)guard_known(b, peek(b, i), KNOWN_INT);
	return any;
}

bool ints_call(struct builder *b, uint32_t n)
{
	enum builtin builtin = peek(b, n + 1)->builtin;
	bool is_one = n == 1 && (builtin == BUILTIN_ABS || builtin == BUILTIN_INT);
	bool is_pow = builtin == BUILTIN_POW && (n == 2 || n == 3), is_divmod = builtin == BUILTIN_DIVMOD && n == 2;
	if ((!is_one && !is_pow && !is_divmod) || !are_ints(b, n))
		return false;
	if (is_pow) {
		call_pow_of_ints(b, n);
	} else if (is_divmod) {
		call_divmod_of_ints(b);
	} else if (builtin == BUILTIN_ABS) {
		replace(b, 3, large(rt(b, IR_RT_OBJ, RT_MEMBER_int_absolute, 1, &peek(b, 1)->v[0])));
	} else {
		struct av same = pop(b);
		drop(b, 2);
		push(b, same);
	}
	return true;
}

bool ints_method(struct builder *b, uint32_t n)
{
	const char *name = ir_family(b->f)->consts[peek(b, n + 2)->index].name;
	bool is_length = strcmp(name, "int.bit_length") == 0;
	if (n != 0 || !is_large_int(peek(b, 1)) || (!is_length && strcmp(name, "int.bit_count") != 0))
		return false;
	enum rt_member member = is_length ? RT_MEMBER_int_bit_length : RT_MEMBER_int_bit_count;
	replace(b, 2, av_of(AV_INT, rt(b, IR_RT_STATUS, member, 1, &peek(b, 1)->v[0])));
	return true;
}

struct ir_instr *large_int_truth(struct builder *b, const struct av *v)
{
	enum { SIZE = 2 }; /* words in front of ob_size */
	struct ir_instr *size = emit1(b, IR_PART_I64, v->v[0]);
	size->imm.index = SIZE;
	return emit2(b, IR_I64_NE, size, emit_i64(b, 0));
}
