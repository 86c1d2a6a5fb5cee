/* emit_ops.c - what each operation becomes, table-driven: a row names the function that emits it and what that function
 * needs to know.  Where CPython has a rule of its own (floor division, shifts past the width), it is spelled out here
 * without branches where that is possible, so that gcc can fold it for constants. */
#include "config.h"

#include <stdlib.h>

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"
#include "codecache/jit/plant.h"

/* ---- types and expressions ------------------------------------------------- */

gcc_jit_type *emit_type(const struct emit_unit *u, enum ir_type type)
{
	switch (type) {
	case IR_I64: return u->i64;
	case IR_F64: return u->f64;
	case IR_BOOL: return u->boolean;
	case IR_I128: return u->i128;
	default: return u->void_ptr;
	}
}

gcc_jit_rvalue *emit_cast(const struct emitter *e, gcc_jit_rvalue *value, gcc_jit_type *type)
{
	return gcc_jit_context_new_cast(e->u->context, NULL, value, type);
}

gcc_jit_rvalue *emit_binary(const struct emitter *e, enum gcc_jit_binary_op op, gcc_jit_type *type, gcc_jit_rvalue *a,
			    gcc_jit_rvalue *b)
{
	return gcc_jit_context_new_binary_op(e->u->context, NULL, op, type, a, b);
}

gcc_jit_rvalue *emit_constant(const struct emitter *e, gcc_jit_type *type, int64_t value)
{
	return gcc_jit_context_new_rvalue_from_long(e->u->context, type, value);
}

static rv *compare_i64(const struct emitter *e, enum gcc_jit_comparison op, rv *a, int64_t b)
{
	return test(e, op, a, number(e, b));
}

static rv *either(const struct emitter *e, rv *a, rv *b)
{
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_OR, e->u->boolean, a, b);
}

/* -1 if condition is true, else 0. */
static rv *mask(const struct emitter *e, rv *condition)
{
	return unary(e, GCC_JIT_UNARY_OP_MINUS, e->u->i64, emit_cast(e, condition, e->u->i64));
}

static gcc_jit_lvalue *local(const struct emitter *e, gcc_jit_type *type, const char *name)
{
	return gcc_jit_function_new_local(e->function, NULL, type, name);
}

static rv *arg(const struct emitter *e, const struct ir_instr *i, uint32_t n)
{
	return emit_value(e, i->args[n]);
}

static rv *load(const struct emitter *e, rv *array, uint32_t index)
{
	return gcc_jit_lvalue_as_rvalue(gcc_jit_context_new_array_access(e->u->context, NULL, array, number(e, index)));
}

gcc_jit_rvalue *emit_call_rt(const struct emitter *e, int member, int n, gcc_jit_rvalue **args)
{
	gcc_jit_lvalue *field = gcc_jit_rvalue_dereference_field(e->rt, NULL, e->u->rt_fields[member]);
	return gcc_jit_context_new_call_through_ptr(e->u->context, NULL, gcc_jit_lvalue_as_rvalue(field), n, args);
}

/* Call a function of the runtime that says with 0 that it has no result. */
static rv *call_rt_or_exit(struct emitter *e, const struct ir_instr *i, int member, int n, rv **args)
{
	gcc_jit_lvalue *ret = i->type == IR_F64 ? e->ret_f64 : e->ret_i64;
	args[n] = gcc_jit_lvalue_get_address(ret, NULL);
	rv *done = emit_call_rt(e, member, n + 1, args);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, done, emit_constant(e, e->u->c_int, 0)));
	return gcc_jit_lvalue_as_rvalue(ret);
}

/* Where a constant of the IR is in the vector: globals and builtins are first. */
static uint32_t vector_index(const struct ir_instr *i)
{
	return 2 + i->imm.index;
}

/* ---- values ---------------------------------------------------------------- */

static void emit_nothing(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)e, (void)i, (void)row;
}

static void emit_const_obj(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, load(e, e->consts, vector_index(i)));
}

/* ---- arithmetic ------------------------------------------------------------ */

static void emit_plain(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_result(e, i,
		    emit_binary(e, (enum gcc_jit_binary_op)row->code, emit_type(e->u, i->type), arg(e, i, 0),
				arg(e, i, 1)));
}

static void emit_unary(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_result(e, i, unary(e, (enum gcc_jit_unary_op)row->code, emit_type(e->u, i->type), arg(e, i, 0)));
}

static void emit_comparison(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_result(e, i, test(e, (enum gcc_jit_comparison)row->code, arg(e, i, 0), arg(e, i, 1)));
}

static void emit_not(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, not(e, arg(e, i, 0)));
}

static void emit_select(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block *yes = emit_new_block(e), *next = emit_new_block(e);
	emit_result(e, i, arg(e, i, 2));
	gcc_jit_block_end_with_conditional(e->block, NULL, arg(e, i, 0), yes, next);
	e->block = yes;
	emit_result(e, i, arg(e, i, 1));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

static void emit_conversion(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, emit_cast(e, arg(e, i, 0), emit_type(e->u, i->type)));
}

/* The builtin's result variable is its own: gcc makes one add and one jo of all this. */
static void emit_overflow(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_lvalue *result = local(e, e->u->i64, "result");
	gcc_jit_function *builtin = gcc_jit_context_get_builtin_function(e->u->context, row->builtin);
	rv *args[] = { arg(e, i, 0), arg(e, i, 1), gcc_jit_lvalue_get_address(result, NULL) };
	emit_exit_if(e, i, gcc_jit_context_new_call(e->u->context, NULL, builtin, 3, args));
	emit_result(e, i, gcc_jit_lvalue_as_rvalue(result));
}

/* Negation and absolute value: only of INT64_MIN there is none. */
static void emit_negation(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_exit_if(e, i, compare_i64(e, GCC_JIT_COMPARISON_EQ, arg(e, i, 0), INT64_MIN));
	emit_unary(e, i, row);
}

static rv *is_zero(const struct emitter *e, rv *a)
{
	return compare_i64(e, GCC_JIT_COMPARISON_EQ, a, 0);
}

/* Whether C's truncation was not CPython's floor: there is a remainder, and its sign is not the divisor's. */
static rv *is_off_by_one(const struct emitter *e, rv *remainder, rv *divisor)
{
	rv *signs = i64(e, GCC_JIT_BINARY_OP_BITWISE_XOR, remainder, divisor);
	return both(e, compare_i64(e, GCC_JIT_COMPARISON_NE, remainder, 0),
		    compare_i64(e, GCC_JIT_COMPARISON_LT, signs, 0));
}

static void emit_floordiv(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *a = arg(e, i, 0), *b = arg(e, i, 1);
	rv *overflow = both(e, compare_i64(e, GCC_JIT_COMPARISON_EQ, a, INT64_MIN),
			    compare_i64(e, GCC_JIT_COMPARISON_EQ, b, -1));
	emit_exit_if(e, i, either(e, is_zero(e, b), overflow));
	rv *quotient = keep(e, e->u->i64, i64(e, GCC_JIT_BINARY_OP_DIVIDE, a, b));
	rv *remainder = keep(e, e->u->i64, i64(e, GCC_JIT_BINARY_OP_MODULO, a, b));
	emit_result(e, i, i64(e, GCC_JIT_BINARY_OP_PLUS, quotient, mask(e, is_off_by_one(e, remainder, b))));
}

/* The processor traps at INT64_MIN % -1, so -1 is replaced by 1: the remainder is 0 by either. */
static rv *floor_mod(struct emitter *e, rv *a, rv *b)
{
	rv *two = i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, mask(e, compare_i64(e, GCC_JIT_COMPARISON_EQ, b, -1)),
		      number(e, 2));
	rv *divisor = i64(e, GCC_JIT_BINARY_OP_PLUS, b, two);
	rv *remainder = keep(e, e->u->i64, i64(e, GCC_JIT_BINARY_OP_MODULO, a, divisor));
	rv *fix = i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, mask(e, is_off_by_one(e, remainder, b)), b);
	return i64(e, GCC_JIT_BINARY_OP_PLUS, remainder, fix);
}

static void emit_mod(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *a = arg(e, i, 0), *b = arg(e, i, 1);
	emit_exit_if(e, i, is_zero(e, b));
	emit_result(e, i, floor_mod(e, a, b));
}

/* Only what outgrows 64 bits is divided by the runtime. */
static void emit_mulmod(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_lvalue *product = local(e, e->u->i64, "product"), *result = local(e, e->u->i64, "result");
	gcc_jit_function *multiply = gcc_jit_context_get_builtin_function(e->u->context, row->builtin);
	gcc_jit_block *is_wide = emit_new_block(e), *is_narrow = emit_new_block(e), *next = emit_new_block(e);
	emit_exit_if(e, i, is_zero(e, arg(e, i, 2)));
	rv *args[] = { arg(e, i, 0), arg(e, i, 1), gcc_jit_lvalue_get_address(product, NULL) };
	emit_unlikely(e, gcc_jit_context_new_call(e->u->context, NULL, multiply, 3, args), is_wide, is_narrow);
	e->block = is_wide;
	args[2] = arg(e, i, 2);
	gcc_jit_block_add_assignment(e->block, NULL, result, emit_call_rt(e, RT_MEMBER_i64_mulmod, 3, args));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = is_narrow;
	rv *remainder = floor_mod(e, gcc_jit_lvalue_as_rvalue(product), arg(e, i, 2));
	gcc_jit_block_add_assignment(e->block, NULL, result, remainder);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, gcc_jit_lvalue_as_rvalue(result));
}

/* Whether a is not exactly a double, seen simply: beyond +-2**53. */
static rv *is_inexact(const struct emitter *e, rv *a)
{
	int64_t limit = (int64_t)1 << 53;
	rv *shifted = emit_cast(e, i64(e, GCC_JIT_BINARY_OP_PLUS, a, number(e, limit)), e->u->u64);
	return test(e, GCC_JIT_COMPARISON_GT, shifted, emit_constant(e, e->u->u64, 2 * limit));
}

static void emit_truediv(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *a = arg(e, i, 0), *b = arg(e, i, 1);
	emit_exit_if(e, i, either(e, is_zero(e, b), either(e, is_inexact(e, a), is_inexact(e, b))));
	emit_result(e, i,
		    emit_binary(e, GCC_JIT_BINARY_OP_DIVIDE, e->u->f64, emit_cast(e, a, e->u->f64),
				emit_cast(e, b, e->u->f64)));
}

static void emit_to_f64_exact(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_exit_if(e, i, is_inexact(e, arg(e, i, 0)));
	emit_conversion(e, i, row);
}

/* The result fits if shifting back gives the operand; 0 may be shifted as far as one likes. */
static void emit_shl(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *a = arg(e, i, 0), *n = arg(e, i, 1);
	rv *count = keep(e, e->u->i64, i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, n, number(e, 63)));
	rv *result = keep(e, e->u->i64, i64(e, GCC_JIT_BINARY_OP_LSHIFT, a, count));
	rv *back = i64(e, GCC_JIT_BINARY_OP_RSHIFT, result, count);
	rv *far = both(e, compare_i64(e, GCC_JIT_COMPARISON_GT, n, 63), compare_i64(e, GCC_JIT_COMPARISON_NE, a, 0));
	rv *lost = either(e, far, test(e, GCC_JIT_COMPARISON_NE, back, a));
	emit_exit_if(e, i, either(e, compare_i64(e, GCC_JIT_COMPARISON_LT, n, 0), lost));
	emit_result(e, i, result);
}

/* From 63 on, only the sign is left. */
static void emit_shr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *n = arg(e, i, 1);
	emit_exit_if(e, i, compare_i64(e, GCC_JIT_COMPARISON_LT, n, 0));
	rv *far = mask(e, compare_i64(e, GCC_JIT_COMPARISON_GT, n, 63));
	rv *count = i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, i64(e, GCC_JIT_BINARY_OP_BITWISE_OR, n, far), number(e, 63));
	emit_result(e, i, i64(e, GCC_JIT_BINARY_OP_RSHIFT, arg(e, i, 0), count));
}

static rv *arg_u64(const struct emitter *e, const struct ir_instr *i, uint32_t n)
{
	return emit_cast(e, arg(e, i, n), e->u->u64);
}

static void result_u64(struct emitter *e, const struct ir_instr *i, rv *value)
{
	emit_result(e, i, emit_cast(e, value, e->u->i64));
}

static void emit_to_u64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_exit_if(e, i, compare_i64(e, GCC_JIT_COMPARISON_LT, arg(e, i, 0), 0));
	emit_result(e, i, arg(e, i, 0));
}

static void emit_u64_overflow(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_lvalue *result = local(e, e->u->u64, "result");
	gcc_jit_function *builtin = gcc_jit_context_get_builtin_function(e->u->context, row->builtin);
	rv *args[] = { arg_u64(e, i, 0), arg_u64(e, i, 1), gcc_jit_lvalue_get_address(result, NULL) };
	emit_exit_if(e, i, gcc_jit_context_new_call(e->u->context, NULL, builtin, 3, args));
	result_u64(e, i, gcc_jit_lvalue_as_rvalue(result));
}

static rv *count_u64(const struct emitter *e, const struct ir_instr *i)
{
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_AND, e->u->u64, arg_u64(e, i, 1),
			   emit_constant(e, e->u->u64, 63));
}

static void emit_u64_shl(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *count = keep(e, e->u->u64, count_u64(e, i));
	rv *result = keep(e, e->u->u64, emit_binary(e, GCC_JIT_BINARY_OP_LSHIFT, e->u->u64, arg_u64(e, i, 0), count));
	rv *back = emit_binary(e, GCC_JIT_BINARY_OP_RSHIFT, e->u->u64, result, count);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, back, arg_u64(e, i, 0)));
	result_u64(e, i, result);
}

static void emit_u64_shr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	result_u64(e, i, emit_binary(e, GCC_JIT_BINARY_OP_RSHIFT, e->u->u64, arg_u64(e, i, 0), count_u64(e, i)));
}

static void emit_u64_divide(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_exit_if(e, i, is_zero(e, arg(e, i, 1)));
	result_u64(e, i,
		   emit_binary(e, (enum gcc_jit_binary_op)row->code, e->u->u64, arg_u64(e, i, 0), arg_u64(e, i, 1)));
}

static rv *is_zero_f64(const struct emitter *e, rv *a)
{
	return test(e, GCC_JIT_COMPARISON_EQ, a, gcc_jit_context_zero(e->u->context, e->u->f64));
}

static void emit_f64_div(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_exit_if(e, i, is_zero_f64(e, arg(e, i, 1)));
	emit_plain(e, i, row);
}

static void emit_f64_divmod(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	emit_exit_if(e, i, is_zero_f64(e, arg(e, i, 1)));
	emit_result(e, i, emit_call_rt(e, row->code, 2, (rv *[]){ arg(e, i, 0), arg(e, i, 1) }));
}

/* One instruction: with -fno-math-errno gcc calls nothing. */
static void emit_sqrt(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *x = arg(e, i, 0);
	emit_exit_if(e, i, not(e, test(e, GCC_JIT_COMPARISON_GE, x, f64_constant(e, 0.0))));
	gcc_jit_function *builtin = gcc_jit_context_get_builtin_function(e->u->context, row->builtin);
	emit_result(e, i, gcc_jit_context_new_call(e->u->context, NULL, builtin, 1, &x));
}

/* Minus itself, only what is finite is 0. */
static void emit_f64_call(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *args[2];
	for (uint32_t a = 0; a < i->n_args; a++)
		args[a] = arg(e, i, a);
	rv *result = keep(e, e->u->f64, emit_call_rt(e, (int)i->imm.index, (int)i->n_args, args));
	rv *zero = emit_binary(e, GCC_JIT_BINARY_OP_MINUS, e->u->f64, result, result);
	emit_exit_if(e, i, not(e, is_zero_f64(e, zero)));
	emit_result(e, i, result);
}

static void emit_f64_to_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	double limit = 0x1p63;
	rv *x = arg(e, i, 0);
	rv *fits = both(e, test(e, GCC_JIT_COMPARISON_GE, x, f64_constant(e, -limit)),
			test(e, GCC_JIT_COMPARISON_LT, x, f64_constant(e, limit)));
	emit_exit_if(e, i, not(e, fits));
	emit_conversion(e, i, row);
}

static void emit_i128_add(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *wide = emit_cast(e, arg(e, i, 1), e->u->i128);
	emit_result(e, i, emit_binary(e, (enum gcc_jit_binary_op)row->code, e->u->i128, arg(e, i, 0), wide));
}

static void emit_i128_to_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *narrow = keep(e, e->u->i64, emit_cast(e, arg(e, i, 0), e->u->i64));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, emit_cast(e, narrow, e->u->i128), arg(e, i, 0)));
	emit_result(e, i, narrow);
}

/* ---- through the runtime --------------------------------------------------- */

/* Its operands, in their order. */
static void emit_rt_or_exit(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *args[4];
	for (uint32_t a = 0; a < i->n_args; a++)
		args[a] = arg(e, i, a);
	emit_result(e, i, call_rt_or_exit(e, i, row->code, (int)i->n_args, args));
}

static void emit_f64_pow(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	if (!emit_has_power(e, i)) {
		emit_rt_or_exit(e, i, row);
		return;
	}
	gcc_jit_block *other = emit_new_block(e), *done = emit_new_block(e);
	emit_power(e, i, other);
	end_with_jump(e, done);
	e->block = other;
	emit_rt_or_exit(e, i, row);
	end_with_jump(e, done);
	e->block = done;
}

static void emit_guard(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_exit_if(e, i, not(e, arg(e, i, 0)));
}

/* ---- loops ----------------------------------------------------------------- */

/* CPython's get_len_of_range(), Objects/rangeobject.c: 1 + (distance - 1) / |step|, unsigned. */
static void emit_range_way(struct emitter *e, gcc_jit_lvalue *count, rv *from, rv *to, rv *step, gcc_jit_block *done)
{
	gcc_jit_type *u64 = e->u->u64;
	gcc_jit_block *some = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_LT, from, to), some, done);
	e->block = some;
	rv *distance = emit_binary(e, GCC_JIT_BINARY_OP_MINUS, u64, emit_cast(e, to, u64), emit_cast(e, from, u64));
	rv *last = emit_binary(e, GCC_JIT_BINARY_OP_MINUS, u64, distance, emit_constant(e, u64, 1));
	rv *steps = emit_binary(e, GCC_JIT_BINARY_OP_DIVIDE, u64, last, emit_cast(e, step, u64));
	steps = emit_binary(e, GCC_JIT_BINARY_OP_PLUS, u64, steps, emit_constant(e, u64, 1));
	gcc_jit_block_add_assignment(e->block, NULL, count, emit_cast(e, steps, e->u->i64));
	gcc_jit_block_end_with_jump(e->block, NULL, done);
}

static void emit_range_len(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *start = arg(e, i, 0), *stop = arg(e, i, 1), *step = arg(e, i, 2);
	emit_exit_if(e, i, is_zero(e, step));
	gcc_jit_lvalue *count = local(e, e->u->i64, "count");
	gcc_jit_block_add_assignment(e->block, NULL, count, number(e, 0));
	gcc_jit_block *up = emit_new_block(e), *down = emit_new_block(e), *done = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, compare_i64(e, GCC_JIT_COMPARISON_GT, step, 0), up, down);
	e->block = up;
	emit_range_way(e, count, start, stop, step, done);
	e->block = down;
	emit_range_way(e, count, stop, start, unary(e, GCC_JIT_UNARY_OP_MINUS, e->u->i64, step), done);
	e->block = done;
	emit_exit_if(e, i, compare_i64(e, GCC_JIT_COMPARISON_LT, gcc_jit_lvalue_as_rvalue(count), 0));
	emit_result(e, i, gcc_jit_lvalue_as_rvalue(count));
}

/* libgccjit 12 forgets "volatile" behind a pointer, and gcc would read *eval_breaker once for the whole loop: an atomic
 * load is never moved out of it. */
static void emit_poll(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *zero = emit_constant(e, e->u->c_int, 0);
	rv *args[] = { gcc_jit_lvalue_as_rvalue(e->breaker), emit_constant(e, e->u->c_int, __ATOMIC_RELAXED) };
	rv *breaker = emit_cast(e, gcc_jit_context_new_call(e->u->context, NULL, e->u->load_4, 2, args), e->u->c_int);
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	rv *wanted = test(e, GCC_JIT_COMPARISON_NE, breaker, zero);
	emit_unlikely(e, wanted, slow, next);
	e->block = slow;
	emit_frame_is_at(e, i->exit->at); /* for those who look at the stack meanwhile */
	rv *leave = test(e, GCC_JIT_COMPARISON_NE, emit_call_rt(e, row->code, 0, NULL), zero);
	emit_unlikely(e, leave, emit_exit_block(e, i->exit), next);
	e->block = next;
}

/* ---- ends of blocks -------------------------------------------------------- */

/* From block to next, a million looks at the eval breaker later. */
static void emit_waste(struct emitter *e, gcc_jit_block *block, gcc_jit_block *next)
{
	gcc_jit_context *c = e->u->context;
	gcc_jit_block *again = emit_new_block(e);
	gcc_jit_block_add_assignment(block, NULL, e->ret_i64, emit_constant(e, e->u->i64, 1000000));
	gcc_jit_block_end_with_jump(block, NULL, again);
	gcc_jit_rvalue *args[] = { gcc_jit_lvalue_as_rvalue(e->breaker),
				   emit_constant(e, e->u->c_int, __ATOMIC_RELAXED) };
	gcc_jit_block_add_eval(again, NULL, gcc_jit_context_new_call(c, NULL, e->u->load_4, 2, args));
	gcc_jit_block_add_assignment_op(again, NULL, e->ret_i64, GCC_JIT_BINARY_OP_MINUS,
					emit_constant(e, e->u->i64, 1));
	gcc_jit_rvalue *more = gcc_jit_context_new_comparison(
		c, NULL, GCC_JIT_COMPARISON_GT, gcc_jit_lvalue_as_rvalue(e->ret_i64), emit_constant(e, e->u->i64, 0));
	gcc_jit_block_end_with_conditional(again, NULL, more, again, next);
}

/* A fault of the compiler, on purpose.  gcc takes what follows for reachable: __builtin_expect hides that it is not. */
static void emit_plant(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_context *c = e->u->context;
	gcc_jit_block *bad = emit_new_block(e), *next = emit_new_block(e);
	/* The breaker's address is never NULL. */
	gcc_jit_rvalue *null = gcc_jit_context_null(c, e->u->volatile_ptr);
	gcc_jit_rvalue *always = gcc_jit_context_new_comparison(c, NULL, GCC_JIT_COMPARISON_NE,
								gcc_jit_lvalue_as_rvalue(e->breaker), null);
	gcc_jit_block_end_with_conditional(e->block, NULL, always, bad, next);
	if (i->imm.index == PLANT_LOOP) {
		gcc_jit_block_end_with_jump(bad, NULL, bad);
	} else if (i->imm.index == PLANT_SLOW) {
		emit_waste(e, bad, next);
	} else {
		gcc_jit_function *trap = gcc_jit_context_get_builtin_function(c, "__builtin_trap");
		gcc_jit_block_add_eval(bad, NULL, gcc_jit_context_new_call(c, NULL, trap, 0, NULL));
		gcc_jit_block_end_with_jump(bad, NULL, next);
	}
	e->block = next;
}

static void emit_jump(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_way(e, i);
}

static void emit_branch(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block_end_with_conditional(e->block, NULL, arg(e, i, 0), emit_edge(e, i, 0), emit_edge(e, i, 1));
}

static void emit_side_exit(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block_end_with_jump(e->block, NULL, emit_exit_block(e, i->exit));
}

rv *emit_boxed(struct emitter *e, const struct ir_instr *i)
{
	rv *value = emit_value(e, i), *high;
	switch (i->type) {
	case IR_I64: return emit_call_rt(e, RT_MEMBER_box_i64, 1, &value);
	case IR_F64: return emit_call_rt(e, RT_MEMBER_box_f64, 1, &value);
	case IR_BOOL: return emit_call_rt(e, RT_MEMBER_box_bool, 1, (rv *[]){ emit_cast(e, value, e->u->i64) });
	case IR_I128:
		high = emit_binary(e, GCC_JIT_BINARY_OP_RSHIFT, e->u->i128, value, emit_constant(e, e->u->i128, 64));
		return emit_call_rt(e, RT_MEMBER_box_i128, 2,
				    (rv *[]){ emit_cast(e, value, e->u->i64), emit_cast(e, high, e->u->i64) });
	default: emit_incref_of(e, value); return value;
	}
}

static void emit_return(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	bool raw = e->f->family && e->f->result == i->args[0]->type && e->f->result != IR_OBJ;
	rv *value = raw ? emit_value(e, i->args[0]) : emit_boxed(e, i->args[0]);
	if (e->is_late) {
		gcc_jit_lvalue *result =
			gcc_jit_function_new_local(e->function, NULL, emit_type(e->u, e->f->result), "returned");
		gcc_jit_block_add_assignment(e->block, NULL, result, value);
		emit_end_late(e);
		value = gcc_jit_lvalue_as_rvalue(result);
	}
	gcc_jit_block_end_with_return(e->block, NULL, value);
}

/* ---- the table ------------------------------------------------------------- */

#define PLAIN(code)                                        \
	{                                                  \
		emit_plain, GCC_JIT_BINARY_OP_##code, NULL \
	}
#define COMPARE(code)                                            \
	{                                                        \
		emit_comparison, GCC_JIT_COMPARISON_##code, NULL \
	}
#define UNARY(code)                                       \
	{                                                 \
		emit_unary, GCC_JIT_UNARY_OP_##code, NULL \
	}
#define OVERFLOW(name)                                            \
	{                                                         \
		emit_overflow, 0, "__builtin_s" name "l_overflow" \
	}
#define OF(emit)              \
	{                     \
		emit, 0, NULL \
	}
#define RT(emit, name)                       \
	{                                    \
		emit, RT_MEMBER_##name, NULL \
	}

static const struct op_row rows[IR_OP_COUNT] = {
	[IR_PARAM] = OF(emit_param),
	[IR_CONST_I64] = OF(emit_nothing),
	[IR_CONST_F64] = OF(emit_nothing),
	[IR_CONST_BOOL] = OF(emit_nothing),
	[IR_CONST_OBJ] = OF(emit_const_obj),
	[IR_PHI] = OF(emit_nothing),
	[IR_I64_ADD] = OVERFLOW("add"),
	[IR_I64_SUB] = OVERFLOW("sub"),
	[IR_I64_MUL] = OVERFLOW("mul"),
	[IR_I64_NEG] = { emit_negation, GCC_JIT_UNARY_OP_MINUS, NULL },
	[IR_I64_ABS] = { emit_negation, GCC_JIT_UNARY_OP_ABS, NULL },
	[IR_I64_ADD_WRAP] = PLAIN(PLUS),
	[IR_I64_SUB_WRAP] = PLAIN(MINUS),
	[IR_I64_MUL_WRAP] = PLAIN(MULT),
	[IR_I64_FLOORDIV] = OF(emit_floordiv),
	[IR_I64_MOD] = OF(emit_mod),
	[IR_I64_MULMOD] = { emit_mulmod, 0, "__builtin_smull_overflow" },
	[IR_I64_TRUEDIV] = OF(emit_truediv),
	[IR_I64_POW] = RT(emit_rt_or_exit, i64_pow),
	[IR_I64_POWMOD] = RT(emit_rt_or_exit, i64_powmod),
	[IR_I64_SHL] = OF(emit_shl),
	[IR_I64_SHR] = OF(emit_shr),
	[IR_I64_AND] = PLAIN(BITWISE_AND),
	[IR_I64_OR] = PLAIN(BITWISE_OR),
	[IR_I64_XOR] = PLAIN(BITWISE_XOR),
	[IR_I64_NOT] = UNARY(BITWISE_NEGATE),
	[IR_I64_TO_U64] = OF(emit_to_u64),
	[IR_U64_ADD] = { emit_u64_overflow, 0, "__builtin_uaddl_overflow" },
	[IR_U64_SUB] = { emit_u64_overflow, 0, "__builtin_usubl_overflow" },
	[IR_U64_MUL] = { emit_u64_overflow, 0, "__builtin_umull_overflow" },
	[IR_U64_SHL] = OF(emit_u64_shl),
	[IR_U64_SHR] = OF(emit_u64_shr),
	[IR_U64_DIV] = { emit_u64_divide, GCC_JIT_BINARY_OP_DIVIDE, NULL },
	[IR_U64_MOD] = { emit_u64_divide, GCC_JIT_BINARY_OP_MODULO, NULL },
	[IR_U64_AND] = PLAIN(BITWISE_AND),
	[IR_F64_ADD] = PLAIN(PLUS),
	[IR_F64_SUB] = PLAIN(MINUS),
	[IR_F64_MUL] = PLAIN(MULT),
	[IR_F64_DIV] = { emit_f64_div, GCC_JIT_BINARY_OP_DIVIDE, NULL },
	[IR_F64_FLOORDIV] = RT(emit_f64_divmod, f64_floordiv),
	[IR_F64_MOD] = RT(emit_f64_divmod, f64_mod),
	[IR_F64_POW] = RT(emit_f64_pow, f64_pow),
	[IR_F64_SQRT] = { emit_sqrt, 0, "__builtin_sqrt" },
	[IR_F64_CALL] = OF(emit_f64_call),
	[IR_F64_TO_I64] = OF(emit_f64_to_i64),
	[IR_F64_NEG] = UNARY(MINUS),
	[IR_F64_ABS] = UNARY(ABS),
	[IR_I64_TO_F64] = OF(emit_conversion),
	[IR_I64_TO_F64_EXACT] = OF(emit_to_f64_exact),
	[IR_BOOL_TO_I64] = OF(emit_conversion),
	[IR_I64_TO_I128] = OF(emit_conversion),
	[IR_I128_ADD_I64] = { emit_i128_add, GCC_JIT_BINARY_OP_PLUS, NULL },
	[IR_I128_TO_I64] = OF(emit_i128_to_i64),
	[IR_I64_LT] = COMPARE(LT),
	[IR_I64_LE] = COMPARE(LE),
	[IR_I64_EQ] = COMPARE(EQ),
	[IR_I64_NE] = COMPARE(NE),
	[IR_I64_GT] = COMPARE(GT),
	[IR_I64_GE] = COMPARE(GE),
	[IR_F64_LT] = COMPARE(LT),
	[IR_F64_LE] = COMPARE(LE),
	[IR_F64_EQ] = COMPARE(EQ),
	[IR_F64_NE] = COMPARE(NE),
	[IR_F64_GT] = COMPARE(GT),
	[IR_F64_GE] = COMPARE(GE),
	[IR_I64_SELECT] = OF(emit_select),
	[IR_F64_SELECT] = OF(emit_select),
	[IR_BOOL_NOT] = OF(emit_not),
	[IR_BOOL_AND] = PLAIN(BITWISE_AND),
	[IR_BOOL_OR] = PLAIN(BITWISE_OR),
	[IR_BOOL_XOR] = PLAIN(BITWISE_XOR),
	[IR_UNBOX_I64] = RT(emit_unbox_i64, unbox_i64),
	[IR_UNBOX_SUBINT] = RT(emit_rt_or_exit, unbox_subint),
	[IR_UNBOX_U64] = RT(emit_rt_or_exit, unbox_u64),
	[IR_OBJ_REAL] = RT(emit_obj_real, to_f64),
	[IR_OBJ_IMAG] = OF(emit_obj_imag),
	[IR_OBJ_TO_F64] = RT(emit_obj_to_f64, to_f64),
	[IR_UNBOX_F64] = OF(emit_unbox_f64),
	[IR_UNBOX_BOOL] = OF(emit_unbox_bool),
	[IR_FLOAT_VALUE] = OF(emit_float_value),
	[IR_OBJ_IS] = COMPARE(EQ),
	[IR_GLOBAL_OBJ] = RT(emit_global_obj, load_global),
	[IR_GUARD_GLOBAL] = RT(emit_guard_global, global_is),
	[IR_MODULE_ATTR] = RT(emit_module_attr, module_attr),
	[IR_CLASS_ATTR] = RT(emit_class_attr, class_attr),
	[IR_GUARD_C] = RT(emit_guard_c, c_function_is),
	[IR_GUARD] = OF(emit_guard),
	[IR_CONST_NULL] = OF(emit_nothing),
	[IR_OBJ_IS_NULL] = OF(emit_is_null),
	[IR_TYPE_IS] = OF(emit_type_is),
	[IR_GUARD_TYPE] = OF(emit_guard_type),
	[IR_GUARD_SET] = OF(emit_guard_set),
	[IR_FRAME_AT] = OF(emit_frame_at),
	[IR_FRAME_ENDS] = OF(emit_frame_ends),
	[IR_CLOSURE_CELL] = OF(emit_closure_cell),
	[IR_FUNCTION_CELL] = OF(emit_function_cell),
	[IR_COPY_CLOSURE] = OF(emit_copy_closure),
	[IR_CELL_VALUE] = OF(emit_cell_value),
	[IR_PART_I64] = OF(emit_part),
	[IR_PART_OBJ] = OF(emit_part),
	[IR_CELL_SET] = OF(emit_cell_set),
	[IR_CELL_SET_I64] = RT(emit_cell_set_i64, box_i64),
	[IR_CELL_SET_F64] = RT(emit_cell_set_f64, box_f64),
	[IR_INCREF] = OF(emit_incref),
	[IR_DECREF] = OF(emit_decref),
	[IR_TAKE_ARG] = OF(emit_take_arg),
	[IR_GIVE_ARG] = OF(emit_give_arg),
	[IR_WAITS_AT] = OF(emit_waits_at),
	[IR_WAITS] = OF(emit_waits),
	[IR_ARG_I64] = OF(emit_arg),
	[IR_ARG_F64] = OF(emit_arg),
	[IR_ARG_BOOL] = OF(emit_arg),
	[IR_GUARD_FUNCTION] = RT(emit_guard_function, defaults_are),
	[IR_FUNCTION_IS] = RT(emit_function_is, defaults_are),
	[IR_TYPE_METHOD] = RT(emit_type_method, type_method),
	[IR_TYPE_FUNCTION] = RT(emit_type_method, type_method),
	[IR_TYPE_METHOD_OF_TWO] = RT(emit_type_method_of_two, type_method_of_two),
	[IR_CLASS_METHOD] = RT(emit_type_method, class_method),
	[IR_OBJ_TYPE_IS] = OF(emit_obj_type_is),
	[IR_CLASS_INIT] = RT(emit_class_init, class_init),
	[IR_EXCEPTION_INIT] = RT(emit_class_init, exception_init),
	[IR_CLASS_RECORD] = RT(emit_class_init, class_record),
	[IR_RECORD_CLASS] = OF(emit_record_class),
	[IR_TAKE_RECORD] = OF(emit_take_record),
	[IR_RETURN_RECORD] = OF(emit_return_values),
	[IR_GUARD_CALLS] = OF(emit_guard_calls),
	[IR_CALL_NEW] = RT(emit_call_new, call_new),
	[IR_CALL_ENTER] = RT(emit_call_enter, call_enter),
	[IR_CALL_I64] = RT(emit_direct_call, call_odd),
	[IR_CALL_F64] = RT(emit_direct_call, call_odd),
	[IR_CALL_BOOL] = RT(emit_direct_call, call_odd),
	[IR_CALL_OBJ] = RT(emit_direct_call, call_odd),
	[IR_CALL_TRY] = RT(emit_direct_call, call_odd),
	[IR_CALL_TRY_I64] = RT(emit_direct_call, call_odd),
	[IR_CALL_TRY_F64] = RT(emit_direct_call, call_odd),
	[IR_CALL_TRY_BOOL] = RT(emit_direct_call, call_odd),
	[IR_CALL_TRY_VALUES] = RT(emit_direct_call, call_odd),
	[IR_CALL_KEPT] = OF(emit_call_kept),
	[IR_CALL_FAILED] = OF(emit_call_failed),
	[IR_CALL_VALUES] = RT(emit_direct_call, call_odd),
	[IR_TAKE_VALUES] = OF(emit_take_values),
	[IR_VALUE_I64] = OF(emit_value_of_call),
	[IR_VALUE_F64] = OF(emit_value_of_call),
	[IR_VALUE_BOOL] = OF(emit_value_of_call),
	[IR_VALUE_OBJ] = OF(emit_value_of_call),
	[IR_CALL_REST] = OF(emit_call_rest),
	[IR_RT_OBJ] = OF(emit_rt_obj),
	[IR_RT_BOOL] = OF(emit_rt_bool),
	[IR_RT_I64] = OF(emit_rt_i64),
	[IR_RT_DO] = OF(emit_rt_do),
	[IR_RT_TRY] = OF(emit_rt_try),
	[IR_RT_STATUS] = OF(emit_rt_status),
	[IR_ASK] = OF(emit_ask),
	[IR_TELL] = OF(emit_rt_status),
	[IR_RT_SECOND] = OF(emit_rt_second),
	[IR_ATTR] = RT(emit_attr, get_attr),
	[IR_ATTR_VALUE] = RT(emit_attr_value, attr_value),
	[IR_ATTR_FUNCTION] = RT(emit_attr_function, attr_function),
	[IR_ATTR_SET] = OF(emit_attr_set),
	[IR_ATTR_SET_F64] = RT(emit_attr_set_f64, box_f64),
	[IR_ATTR_SET_I64] = RT(emit_attr_set_i64, box_i64),
	[IR_ATTR_PUT_F64] = RT(emit_attr_put_f64, box_f64),
	[IR_ATTR_PUT_I64] = RT(emit_attr_put_i64, box_i64),
	[IR_ATTR_PUT_BOOL] = OF(emit_attr_put_bool),
	[IR_ATTR_METHOD] = RT(emit_attr_method, load_method),
	[IR_LIST_APPEND] = OF(emit_list_append),
	[IR_LIST_APPEND_I64] = RT(emit_list_append_number, box_i64),
	[IR_LIST_APPEND_F64] = RT(emit_list_append_number, box_f64),
	[IR_INTS_ITEM] = OF(emit_list_item),
	[IR_INTS_AT] = OF(emit_list_at),
	[IR_INTS_SET] = OF(emit_numbers_set),
	[IR_INTS_APPEND] = RT(emit_numbers_append, numbers_grow),
	[IR_FLOATS_ITEM] = OF(emit_list_item),
	[IR_FLOATS_AT] = OF(emit_list_at),
	[IR_FLOATS_SET] = OF(emit_numbers_set),
	[IR_FLOATS_APPEND] = RT(emit_numbers_append, numbers_grow),
	[IR_DATA_INT] = OF(emit_data_item),
	[IR_DATA_FLOAT] = OF(emit_data_item),
	[IR_DATA_SET_INT] = OF(emit_data_set_number),
	[IR_DATA_SET_FLOAT] = OF(emit_data_set_number),
	[IR_LIST_LEN] = OF(emit_size),
	[IR_LIST_ITEM] = OF(emit_list_item),
	[IR_LIST_AT] = OF(emit_list_at),
	[IR_LIST_SET] = OF(emit_list_set),
	[IR_LIST_SET_I64] = RT(emit_list_set_i64, set_list_i64),
	[IR_LIST_SET_F64] = RT(emit_list_set_f64, set_list_f64),
	[IR_TABLE_OF] = RT(emit_table_of, table_of),
	[IR_TABLE_INT] = RT(emit_table_int, unbox_i64),
	[IR_LIST_DATA] = OF(emit_list_data),
	[IR_DATA_ITEM] = OF(emit_data_item),
	[IR_TUPLE_LEN] = OF(emit_size),
	[IR_TUPLE_ITEM] = OF(emit_tuple_item),
	[IR_TUPLE_AT] = OF(emit_tuple_at),
	[IR_INDEX] = OF(emit_index),
	[IR_BYTES_LEN] = OF(emit_size),
	[IR_BYTES_AT] = OF(emit_bytes_at),
	[IR_BUFFER_IS] = RT(emit_buffer_is, buffer_is),
	[IR_VIEW_OPEN] = OF(emit_view_open),
	[IR_BUFFER_LEN] = OF(emit_buffer_len),
	[IR_BUFFER_DATA] = OF(emit_buffer_data),
	[IR_LOAD_INT] = OF(emit_load_item),
	[IR_LOAD_FLOAT] = OF(emit_load_item),
	[IR_FIT] = OF(emit_fit),
	[IR_STORE_INT] = OF(emit_store_item),
	[IR_STORE_FLOAT] = OF(emit_store_item),
	[IR_ARRAY_APPEND_INT] = RT(emit_array_append, array_append_i64),
	[IR_ARRAY_APPEND_FLOAT] = RT(emit_array_append, array_append_f64),
	[IR_BYTEARRAY_APPEND] = RT(emit_bytearray_append, bytearray_append),
	[IR_STR_LEN] = OF(emit_size),
	[IR_STR_IS_LATIN1] = OF(emit_str_is_latin1),
	[IR_STR_EQUAL] = RT(emit_str_equal, str_equal),
	[IR_STR_AT] = OF(emit_str_at),
	[IR_CHAR] = OF(emit_char),
	[IR_CHAR_CODE] = OF(emit_char_code),
	[IR_RANGE_LEN] = OF(emit_range_len),
	[IR_POLL] = RT(emit_poll, poll),
	[IR_ANCHOR] = OF(emit_nothing),
	[IR_PLANT] = OF(emit_plant),
	[IR_JUMP] = OF(emit_jump),
	[IR_BRANCH] = OF(emit_branch),
	[IR_RETURN] = OF(emit_return),
	[IR_RETURN_VALUES] = OF(emit_return_values),
	[IR_RETURN_OWNED] = OF(emit_return_owned),
	[IR_SIDE_EXIT] = OF(emit_side_exit),
};

void emit_instr(struct emitter *e, const struct ir_instr *i)
{
	const struct op_row *row = &rows[i->op];
	row->emit(e, i, row);
}
