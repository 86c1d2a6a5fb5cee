/* emit_numbers.c - CPython's ints and floats: their values out of objects, and values into the objects of lists.
 *
 * The layouts are those of Include/cpython/longintrepr.h and floatobject.h: an int's size is its number of digits of 30
 * bits, negative if the int is.  An int of one digit has room for two: PyObject_Malloc() gives multiples of 16 bytes,
 * but that is not relied on. */
#include "config.h"

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

enum { WORD_DIGITS = 3, WORD_FLOAT = 2, WORD_REAL = 2, WORD_IMAG = 3 };
enum { DIGIT = 6, DIGIT_BITS = 30, DIGIT_MASK = (1 << DIGIT_BITS) - 1 }; /* DIGIT: of 32 bits */

/* Go on if condition is true, else from otherwise. */
static void go_on_if(struct emitter *e, rv *condition, gcc_jit_block *otherwise)
{
	gcc_jit_block *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, condition, next, otherwise);
	e->block = next;
}

/* low <= value <= high, by one comparison. */
static rv *is_between(const struct emitter *e, rv *value, int64_t low, int64_t high)
{
	rv *above = emit_cast(e, i64(e, GCC_JIT_BINARY_OP_MINUS, value, number(e, low)), e->u->u64);
	return test(e, GCC_JIT_COMPARISON_LE, above, emit_constant(e, e->u->u64, high - low));
}

static rv *has_type(const struct emitter *e, rv *object, enum rt_type type)
{
	return test(e, GCC_JIT_COMPARISON_EQ, get(word(e, object, e->u->void_ptr, WORD_TYPE)), emit_rt_type(e, type));
}

static void exit_unless_type(struct emitter *e, const struct ir_instr *i, enum rt_type type)
{
	rv *object_type = get(word(e, operand(e, i, 0), e->u->void_ptr, WORD_TYPE));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, object_type, emit_rt_type(e, type)));
}

/* ---- out of objects -------------------------------------------------------- */

void emit_float_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(word(e, operand(e, i, 0), e->u->f64, WORD_FLOAT)));
}

void emit_unbox_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	exit_unless_type(e, i, RT_TYPE_ID_float);
	emit_result(e, i, get(word(e, operand(e, i, 0), e->u->f64, WORD_FLOAT)));
}

/* The number is what the runtime finds in the object, and puts there; or it is none. */
static void by_runtime(struct emitter *e, const struct ir_instr *i, const struct op_row *row, gcc_jit_lvalue *number)
{
	rv *args[] = { operand(e, i, 0), gcc_jit_lvalue_get_address(number, NULL) };
	rv *is_one = emit_call_rt(e, row->code, 2, args);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, is_one, emit_constant(e, e->u->c_int, 0)));
	emit_result(e, i, get(number));
}

/* Of an object of that type, the word is read here. */
static void to_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row, enum rt_type type, int64_t at)
{
	rv *object = operand(e, i, 0);
	gcc_jit_block *other = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, has_type(e, object, type), other);
	emit_result(e, i, get(word(e, object, e->u->f64, at)));
	end_with_jump(e, next);
	e->block = other;
	by_runtime(e, i, row, e->ret_f64);
	end_with_jump(e, next);
	e->block = next;
}

void emit_obj_to_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	to_f64(e, i, row, RT_TYPE_ID_float, WORD_FLOAT);
}

void emit_obj_real(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	to_f64(e, i, row, RT_TYPE_ID_complex, WORD_REAL);
}

/* Of a number that is not complex, 0.0. */
void emit_obj_imag(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *object = operand(e, i, 0);
	gcc_jit_block *is_complex = emit_new_block(e), *next = emit_new_block(e);
	emit_result(e, i, gcc_jit_context_zero(e->u->context, e->u->f64));
	gcc_jit_block_end_with_conditional(e->block, NULL, has_type(e, object, RT_TYPE_ID_complex), is_complex, next);
	e->block = is_complex;
	emit_result(e, i, get(word(e, object, e->u->f64, WORD_IMAG)));
	end_with_jump(e, next);
	e->block = next;
}

/* True is an int of one digit, False one of none. */
void emit_unbox_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	exit_unless_type(e, i, RT_TYPE_ID_bool);
	rv *size = get(word(e, operand(e, i, 0), e->u->i64, WORD_SIZE));
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_NE, size, number(e, 0)));
}

/* Two digits: the second is the upper half of a word. */
static rv *two_digits(struct emitter *e, rv *object)
{
	rv *digits = get(word(e, object, e->u->i64, WORD_DIGITS));
	rv *low = i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, digits, number(e, DIGIT_MASK));
	rv *high = i64(e, GCC_JIT_BINARY_OP_RSHIFT, digits, number(e, 32));
	high = i64(e, GCC_JIT_BINARY_OP_LSHIFT, high, number(e, DIGIT_BITS));
	return i64(e, GCC_JIT_BINARY_OP_BITWISE_OR, low, high);
}

/* An int of at most one digit is its size times that digit; the function of the runtime knows those of more than two,
 * and negative ones of two: their sign would make those without one wait. */
void emit_unbox_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *object = operand(e, i, 0);
	exit_unless_type(e, i, RT_TYPE_ID_int);
	gcc_jit_lvalue *size = fresh(e, e->u->i64, "size");
	set(e, size, get(word(e, object, e->u->i64, WORD_SIZE)));
	gcc_jit_block *more = emit_new_block(e), *large = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, is_between(e, get(size), -1, 1), more);
	rv *digit = emit_cast(e, get(word(e, object, e->u->u32, DIGIT)), e->u->i64);
	emit_result(e, i, i64(e, GCC_JIT_BINARY_OP_MULT, get(size), digit));
	end_with_jump(e, next);
	e->block = more;
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, get(size), number(e, 2)), large);
	emit_result(e, i, two_digits(e, object));
	end_with_jump(e, next);
	e->block = large;
	by_runtime(e, i, row, e->ret_i64);
	end_with_jump(e, next);
	e->block = next;
}

/* ---- small tables of ints ---------------------------------------------------- */

/* Reading one takes longer than looking up a number in it, so that there are to be more of these. */
void emit_table_of(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *sequence = operand(e, i, 0), *rounds = operand(e, i, 1);
	gcc_jit_block *pays = emit_new_block(e), *next = emit_new_block(e);
	rv *half = i64(e, GCC_JIT_BINARY_OP_RSHIFT, rounds, number(e, 1));
	emit_result(e, i, null(e));
	rv *size = get(word(e, sequence, e->u->i64, WORD_SIZE));
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_LE, size, half), pays, next);
	e->block = pays;
	emit_result(e, i, emit_call_rt(e, row->code, 2, (rv *[]){ sequence, number(e, i->imm.index) }));
	end_with_jump(e, next);
	e->block = next;
}

void emit_table_int(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *table = operand(e, i, 1);
	gcc_jit_block *object = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, table, null(e)), object);
	gcc_jit_type *numbers = gcc_jit_type_get_pointer(e->u->i64);
	emit_result(e, i,
		    get(gcc_jit_context_new_array_access(e->u->context, NULL, emit_cast(e, table, numbers),
							 operand(e, i, 2))));
	end_with_jump(e, next);
	e->block = object;
	emit_unbox_i64(e, i, row);
	end_with_jump(e, next);
	e->block = next;
}

/* ---- into the objects of lists --------------------------------------------- */

static void set_item(struct emitter *e, const struct ir_instr *i, rv *index, int member)
{
	rv *done = emit_call_rt(e, member, 3, (rv *[]){ operand(e, i, 0), index, operand(e, i, 2) });
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, done, emit_constant(e, e->u->c_int, 0)));
}

/* Nobody but the list refers to it, so that nobody can see it change. */
static rv *is_alone(const struct emitter *e, rv *object)
{
	return test(e, GCC_JIT_COMPARISON_EQ, get(word(e, object, e->u->i64, WORD_REFCOUNT)), number(e, 1));
}

void emit_list_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *index = emit_checked_index(e, i);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	set(e, old, get(list_place(e, operand(e, i, 0), e->u->void_ptr, index)));
	gcc_jit_block *other = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, is_alone(e, get(old)), other);
	go_on_if(e, has_type(e, get(old), RT_TYPE_ID_float), other);
	set(e, word(e, get(old), e->u->f64, WORD_FLOAT), operand(e, i, 2));
	end_with_jump(e, next);
	e->block = other;
	set_item(e, i, index, row->code);
	end_with_jump(e, next);
	e->block = next;
}

/* One of CPython's small ints takes the place of another int. */
static void set_small(struct emitter *e, const struct ir_instr *i, rv *index, rv *old)
{
	gcc_jit_lvalue *ints = gcc_jit_rvalue_dereference_field(e->rt, NULL, e->u->rt_small_ints);
	gcc_jit_lvalue *small = fresh(e, e->u->void_ptr, "small");
	rv *from = i64(e, GCC_JIT_BINARY_OP_MINUS, operand(e, i, 2), number(e, RT_SMALLEST_INT));
	set(e, small, get(gcc_jit_context_new_array_access(e->u->context, NULL, get(ints), from)));
	gcc_jit_block_add_assignment_op(e->block, NULL, word(e, get(small), e->u->i64, WORD_REFCOUNT),
					GCC_JIT_BINARY_OP_PLUS, number(e, 1));
	set(e, list_place(e, operand(e, i, 0), e->u->void_ptr, index), get(small));
	gcc_jit_lvalue *count = word(e, old, e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, GCC_JIT_BINARY_OP_MINUS, number(e, 1));
	gcc_jit_block *last = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(count), number(e, 0)), last, next);
	e->block = last;
	gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_dealloc, 1, &old));
	end_with_jump(e, next);
	e->block = next;
}

void emit_int_becomes(struct emitter *e, rv *old, rv *value, gcc_jit_block *slow)
{
	gcc_jit_lvalue *sign = fresh(e, e->u->i64, "sign"), *magnitude = fresh(e, e->u->i64, "magnitude");
	set(e, sign, i64(e, GCC_JIT_BINARY_OP_RSHIFT, value, number(e, 63)));
	set(e, magnitude,
	    i64(e, GCC_JIT_BINARY_OP_MINUS, i64(e, GCC_JIT_BINARY_OP_BITWISE_XOR, value, get(sign)), get(sign)));
	rv *one = i64(e, GCC_JIT_BINARY_OP_BITWISE_OR, get(sign), number(e, 1));
	gcc_jit_block *two = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, is_between(e, value, -DIGIT_MASK, DIGIT_MASK), two);
	set(e, word(e, old, e->u->u32, DIGIT), emit_cast(e, get(magnitude), e->u->u32));
	set(e, word(e, old, e->u->i64, WORD_SIZE), one);
	end_with_jump(e, next);
	e->block = two;
	int64_t most = ((int64_t)1 << (2 * DIGIT_BITS)) - 1;
	gcc_jit_block *narrow = emit_new_block(e);
	go_on_if(e, is_between(e, value, -most, most), slow);
	end_with_jump(e, narrow);
	e->block = narrow;
	rv *size = get(word(e, old, e->u->i64, WORD_SIZE));
	rv *low = emit_cast(e, i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, get(magnitude), number(e, DIGIT_MASK)), e->u->u32);
	rv *high = emit_cast(e, i64(e, GCC_JIT_BINARY_OP_RSHIFT, get(magnitude), number(e, DIGIT_BITS)), e->u->u32);
	gcc_jit_block *has_room = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, is_between(e, size, -1, 1), slow, has_room);
	e->block = has_room;
	set(e, word(e, old, e->u->u32, DIGIT), low);
	set(e, word(e, old, e->u->u32, DIGIT + 1), high);
	set(e, word(e, old, e->u->i64, WORD_SIZE), i64(e, GCC_JIT_BINARY_OP_MULT, one, number(e, 2)));
	end_with_jump(e, next);
	e->block = next;
}

void emit_list_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *index = emit_checked_index(e, i), *value = operand(e, i, 2);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	set(e, old, get(list_place(e, operand(e, i, 0), e->u->void_ptr, index)));
	gcc_jit_block *larger = emit_new_block(e), *slow = emit_new_block(e), *next = emit_new_block(e);
	go_on_if(e, has_type(e, get(old), RT_TYPE_ID_int), slow);
	go_on_if(e, is_between(e, value, RT_SMALLEST_INT, RT_SMALLEST_INT + RT_SMALL_INTS - 1), larger);
	set_small(e, i, index, get(old));
	end_with_jump(e, next);
	e->block = larger;
	go_on_if(e, is_alone(e, get(old)), slow);
	emit_int_becomes(e, get(old), value, slow);
	end_with_jump(e, next);
	e->block = slow;
	set_item(e, i, index, row->code);
	end_with_jump(e, next);
	e->block = next;
}
