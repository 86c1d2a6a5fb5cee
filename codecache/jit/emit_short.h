/* emit_short.h - short words for libgccjit's long ones, for emit*.c only: expressions of expressions are not readable
 * otherwise. */
#pragma once

#include "codecache/jit/emit_priv.h"

typedef gcc_jit_rvalue rv;

/* Words of an object: Include/object.h, and of what its type adds Include/cpython/listobject.h and tupleobject.h. */
enum { WORD_REFCOUNT, WORD_TYPE, WORD_SIZE, WORD_ITEMS, WORD_ALLOCATED };

static inline rv *get(gcc_jit_lvalue *place)
{
	return gcc_jit_lvalue_as_rvalue(place);
}

static inline void set(const struct emitter *e, gcc_jit_lvalue *place, rv *value)
{
	gcc_jit_block_add_assignment(e->block, NULL, place, value);
}

static inline gcc_jit_lvalue *fresh(const struct emitter *e, gcc_jit_type *type, const char *name)
{
	return gcc_jit_function_new_local(e->function, NULL, type, name);
}

static inline void end_with_jump(const struct emitter *e, gcc_jit_block *to)
{
	gcc_jit_block_end_with_jump(e->block, NULL, to);
}

static inline rv *operand(const struct emitter *e, const struct ir_instr *i, uint32_t n)
{
	return emit_value(e, i->args[n]);
}

static inline rv *null(const struct emitter *e)
{
	return gcc_jit_context_null(e->u->context, e->u->void_ptr);
}

static inline rv *number(const struct emitter *e, int64_t value)
{
	return emit_constant(e, e->u->i64, value);
}

static inline rv *test(const struct emitter *e, enum gcc_jit_comparison op, rv *a, rv *b)
{
	return gcc_jit_context_new_comparison(e->u->context, NULL, op, a, b);
}

/* An operation on int64_t. */
static inline rv *i64(const struct emitter *e, enum gcc_jit_binary_op op, rv *a, rv *b)
{
	return emit_binary(e, op, e->u->i64, a, b);
}

static inline rv *unary(const struct emitter *e, enum gcc_jit_unary_op op, gcc_jit_type *type, rv *a)
{
	return gcc_jit_context_new_unary_op(e->u->context, NULL, op, type, a);
}

static inline rv * not(const struct emitter *e, rv *a)
{
	return test(e, GCC_JIT_COMPARISON_EQ, a, emit_constant(e, e->u->boolean, 0));
}

/* A variable, where an expression is used more than once. */
static inline rv *keep(const struct emitter *e, gcc_jit_type *type, rv *value)
{
	gcc_jit_lvalue *variable = fresh(e, type, "keep");
	set(e, variable, value);
	return get(variable);
}

static inline rv *both(const struct emitter *e, rv *a, rv *b)
{
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_AND, e->u->boolean, a, b);
}

static inline rv *f64_constant(const struct emitter *e, double value)
{
	return gcc_jit_context_new_rvalue_from_double(e->u->context, e->u->f64, value);
}

/* Item index of the array of that type that the pointer points to. */
static inline gcc_jit_lvalue *item(const struct emitter *e, rv *pointer, gcc_jit_type *type, rv *index)
{
	rv *items = emit_cast(e, pointer, gcc_jit_type_get_pointer(type));
	return gcc_jit_context_new_array_access(e->u->context, NULL, items, index);
}

static inline gcc_jit_lvalue *word(const struct emitter *e, rv *pointer, gcc_jit_type *type, int64_t index)
{
	return item(e, pointer, type, number(e, index));
}

/* Where a list, also one of numbers, has its items; the place of one, of that type. */
static inline rv *items_of(const struct emitter *e, rv *list)
{
	return get(word(e, list, e->u->void_ptr, WORD_ITEMS));
}

static inline gcc_jit_lvalue *list_place(const struct emitter *e, rv *list, gcc_jit_type *type, rv *index)
{
	return item(e, items_of(e, list), type, index);
}

/* What lies so many bytes behind the pointer. */
static inline gcc_jit_lvalue *at_byte(const struct emitter *e, rv *pointer, gcc_jit_type *type, rv *offset)
{
	rv *byte = gcc_jit_lvalue_get_address(item(e, pointer, e->u->u8, offset), NULL);
	return gcc_jit_rvalue_dereference(emit_cast(e, byte, gcc_jit_type_get_pointer(type)), NULL);
}

static inline rv *type_of(const struct emitter *e, rv *object)
{
	return get(word(e, object, e->u->void_ptr, WORD_TYPE));
}

static inline gcc_jit_lvalue *const_word(const struct emitter *e, gcc_jit_type *type, int64_t index)
{
	return word(e, emit_cast(e, e->consts, e->u->void_ptr), type, index);
}

/* Where a word of the caches is in the vector of constants. */
static inline int64_t cache_at(const struct emitter *e, int64_t cache_word)
{
	return 2 + (int64_t)ir_family_const(e->f)->n_consts + cache_word;
}
