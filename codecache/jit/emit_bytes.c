/* emit_bytes.c - operations on bytes and strs of one byte a character: loads.  The layouts are those of
 * Include/cpython/bytesobject.h and unicodeobject.h. */
#include "config.h"

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

enum { BYTES_DATA = 32 }; /* in bytes */

static rv *plus(const struct emitter *e, rv *a, rv *b)
{
	return emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, a, b);
}

static rv *load(const struct emitter *e, rv *pointer, rv *offset, gcc_jit_type *type)
{
	return gcc_jit_lvalue_as_rvalue(at_byte(e, pointer, type, offset));
}

/* One comparison, as negative ones are rare. */
void emit_index(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (!i->exit) { /* proved to be in it */
		emit_result(e, i, operand(e, i, 0));
		return;
	}
	gcc_jit_type *u64 = e->u->u64;
	rv *length = emit_cast(e, operand(e, i, 1), u64);
	gcc_jit_lvalue *index = gcc_jit_function_new_local(e->function, NULL, e->u->i64, "index");
	rv *value = gcc_jit_lvalue_as_rvalue(index);
	gcc_jit_block_add_assignment(e->block, NULL, index, operand(e, i, 0));
	gcc_jit_block *from_end = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_GE, emit_cast(e, value, u64), length), from_end, next);
	e->block = from_end;
	gcc_jit_block_add_assignment(e->block, NULL, index, plus(e, value, operand(e, i, 1)));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_GE, emit_cast(e, value, u64), length), emit_exit_block(e, i->exit),
		      next);
	e->block = next;
	emit_result(e, i, value);
}

void emit_bytes_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *byte = load(e, operand(e, i, 0), plus(e, operand(e, i, 1), number(e, BYTES_DATA)), e->u->u8);
	emit_result(e, i, emit_cast(e, byte, e->u->i64));
}

static rv *state(const struct emitter *e, const struct ir_instr *i, int64_t mask)
{
	rv *state = load(e, operand(e, i, 0), number(e, RT_STR_STATE), e->u->u32);
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_AND, e->u->u32, state, emit_constant(e, e->u->u32, mask));
}

void emit_str_is_latin1(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(
		e, i,
		test(e, GCC_JIT_COMPARISON_EQ, state(e, i, RT_STR_MASK), emit_constant(e, e->u->u32, RT_STR_ONE_BYTE)));
}

static rv *has_hash(const struct emitter *e, rv *hash)
{
	return test(e, GCC_JIT_COMPARISON_NE, hash, emit_constant(e, e->u->i64, -1));
}

/* One object is equal to itself, and two strs whose hashes are known and differ are not. */
void emit_str_equal(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *differ = emit_new_block(e), *by_hash = emit_new_block(e), *no = emit_new_block(e);
	gcc_jit_block *call = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *equal = gcc_jit_function_new_local(e->function, NULL, e->u->c_int, "equal");
	rv *a = operand(e, i, 0), *b = operand(e, i, 1), *args[] = { a, b };
	gcc_jit_block_add_assignment(e->block, NULL, equal, emit_constant(e, e->u->c_int, 1));
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_EQ, a, b), next, differ);
	e->block = differ;
	rv *x = load(e, a, number(e, RT_STR_HASH), e->u->i64), *y = load(e, b, number(e, RT_STR_HASH), e->u->i64);
	rv *hashed = gcc_jit_context_new_binary_op(e->u->context, NULL, GCC_JIT_BINARY_OP_LOGICAL_AND, e->u->boolean,
						   has_hash(e, x), has_hash(e, y));
	gcc_jit_block_end_with_conditional(e->block, NULL, hashed, by_hash, call);
	e->block = by_hash;
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, x, y), no, call);
	e->block = no;
	gcc_jit_block_add_assignment(e->block, NULL, equal, emit_constant(e, e->u->c_int, 0));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = call;
	gcc_jit_block_add_assignment(e->block, NULL, equal, emit_call_rt(e, row->code, 2, args));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, emit_cast(e, gcc_jit_lvalue_as_rvalue(equal), e->u->boolean));
}

/* Where the characters of a str begin, in bytes: ASCII strs lack the fields of the UTF-8 copy. */
static rv *str_data(const struct emitter *e, const struct ir_instr *i)
{
	rv *is_ascii = test(e, GCC_JIT_COMPARISON_NE, state(e, i, RT_STR_ASCII), emit_constant(e, e->u->u32, 0));
	rv *less = emit_binary(e, GCC_JIT_BINARY_OP_MULT, e->u->i64, emit_cast(e, is_ascii, e->u->i64),
			       number(e, RT_STR_ASCII_DATA - RT_STR_DATA));
	return plus(e, less, number(e, RT_STR_DATA));
}

void emit_str_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *offset = plus(e, str_data(e, i), operand(e, i, 1));
	emit_result(e, i, emit_cast(e, load(e, operand(e, i, 0), offset, e->u->u8), e->u->i64));
}

void emit_char(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_lvalue *chars = gcc_jit_rvalue_dereference_field(e->rt, NULL, e->u->rt_chars);
	emit_result(e, i,
		    gcc_jit_lvalue_as_rvalue(gcc_jit_context_new_array_access(
			    e->u->context, NULL, gcc_jit_lvalue_as_rvalue(chars), operand(e, i, 0))));
}

void emit_char_code(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, emit_cast(e, load(e, operand(e, i, 0), str_data(e, i), e->u->u8), e->u->i64));
}
