/* emit_objects.c - operations on objects: references, types, lists and tuples, the functions of the runtime.  The
 * layouts are those of Include/object.h, Include/cpython/listobject.h and tupleobject.h, which extensions are compiled
 * against too. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

enum { DICT_VERSION = 3 }; /* ma_version_tag, in words: Include/cpython/dictobject.h */

/* ---- references and types -------------------------------------------------- */

void emit_is_null(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_EQ, operand(e, i, 0), null(e)));
}

void emit_guard_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, operand(e, i, 0), null(e)));
}

rv *emit_rt_type(const struct emitter *e, uint32_t type)
{
	gcc_jit_lvalue *types = gcc_jit_rvalue_dereference_field(e->rt, NULL, e->u->rt_types);
	return get(
		gcc_jit_context_new_array_access(e->u->context, NULL, get(types), emit_constant(e, e->u->i64, type)));
}

void emit_type_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_EQ, type_of(e, operand(e, i, 0)), emit_rt_type(e, i->imm.index)));
}

void emit_guard_type(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, type_of(e, operand(e, i, 0)), emit_rt_type(e, i->imm.index)));
}

/* ---- globals --------------------------------------------------------------- */

/* Of the function that is emitted: where in the vector. */
uint32_t emit_globals_of(const struct emitter *e)
{
	return ir_globals_of(ir_family_const(e->f), e->f->family ? e->f->code_const : UINT32_MAX);
}

static rv *version_differs(struct emitter *e, int64_t dict, int64_t at)
{
	rv *version = get(word(e, get(const_word(e, e->u->void_ptr, dict)), e->u->i64, DICT_VERSION));
	return i64(e, GCC_JIT_BINARY_OP_BITWISE_XOR, version, get(const_word(e, e->u->i64, at)));
}

/* To *ret_same if neither globals nor builtins have changed since the cache was filled, else go on. One branch for
 * both: there are many of these, and each takes gcc its time. */
static void compare_versions(struct emitter *e, int64_t at, gcc_jit_block **ret_same)
{
	gcc_jit_block *slow = emit_new_block(e);
	*ret_same = emit_new_block(e);
	rv *differ = i64(e, GCC_JIT_BINARY_OP_BITWISE_OR, version_differs(e, emit_globals_of(e), at),
			 version_differs(e, 1, at + 1));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, differ, number(e, 0)), slow, *ret_same);
	e->block = slow;
}

static rv *refill(struct emitter *e, const struct ir_instr *i, int member, int64_t at)
{
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), number(e, emit_globals_of(e)),
		       number(e, 2 + (int64_t)i->imm.index), number(e, at) };
	return emit_call_rt(e, member, 4, args);
}

void emit_global_obj(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	int64_t at = cache_at(e, i->args[0]->imm.i);
	gcc_jit_block *same;
	compare_versions(e, at, &same);
	gcc_jit_lvalue *value = fresh(e, e->u->void_ptr, "global");
	set(e, value, refill(e, i, row->code, at));
	gcc_jit_block *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(value), null(e)), emit_exit_block(e, i->exit), next);
	e->block = same;
	set(e, value, get(const_word(e, e->u->void_ptr, at + 2)));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, get(value));
}

/* The cache is filled only while the global is the right one. */
void emit_guard_global(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	int64_t at = cache_at(e, i->args[0]->imm.i);
	gcc_jit_block *same;
	compare_versions(e, at, &same);
	rv *is = refill(e, i, row->code, at);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, is, emit_constant(e, e->u->c_int, 0)),
		      emit_exit_block(e, i->exit), same);
	e->block = same;
}

/* ---- modules --------------------------------------------------------------- */

/* On in a new block if both are the same, else from otherwise. */
static void go_on_if_same(struct emitter *e, rv *a, rv *b, gcc_jit_block *otherwise)
{
	gcc_jit_block *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, a, b), otherwise, next);
	e->block = next;
}

/* The version of a dict is that of no other one, nor of itself at another time. */
void emit_module_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	int64_t at = cache_at(e, i->args[2]->imm.i);
	rv *module = operand(e, i, 0);
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *value = fresh(e, e->u->void_ptr, "attribute");
	go_on_if_same(e, type_of(e, module), emit_rt_type(e, RT_TYPE_ID_module), slow);
	rv *version = get(word(e, get(word(e, module, e->u->void_ptr, RT_MODULE_DICT)), e->u->i64, DICT_VERSION));
	go_on_if_same(e, version, get(const_word(e, e->u->i64, at)), slow);
	set(e, value, get(const_word(e, e->u->void_ptr, at + 1)));
	end_with_jump(e, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), module, operand(e, i, 1), number(e, at) };
	set(e, value, emit_call_rt(e, row->code, 4, args));
	end_with_jump(e, next);
	e->block = next;
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(value), null(e)));
	emit_result(e, i, get(value));
}

void emit_guard_c(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	int64_t at = cache_at(e, i->args[1]->imm.i);
	rv *object = operand(e, i, 0);
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	go_on_if_same(e, type_of(e, object), emit_rt_type(e, RT_TYPE_ID_c_function), slow);
	go_on_if_same(e, get(word(e, object, e->u->void_ptr, RT_C_FUNCTION_DEFINITION)),
		      get(const_word(e, e->u->void_ptr, at)), slow);
	end_with_jump(e, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), object, number(e, at), number(e, i->imm.index) };
	rv *is = emit_call_rt(e, row->code, 4, args);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, is, emit_constant(e, e->u->c_int, 0)));
	end_with_jump(e, next);
	e->block = next;
}

/* ---- references ------------------------------------------------------------ */

void emit_incref_of(const struct emitter *e, rv *object)
{
	gcc_jit_lvalue *count = word(e, object, e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, GCC_JIT_BINARY_OP_PLUS, emit_constant(e, e->u->i64, 1));
}

void emit_incref(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_incref_of(e, operand(e, i, 0));
}

void emit_drop(struct emitter *e, rv *object, uint32_t at)
{
	gcc_jit_block *last = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *count = word(e, object, e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, GCC_JIT_BINARY_OP_MINUS, emit_constant(e, e->u->i64, 1));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(count), emit_constant(e, e->u->i64, 0)), last, next);
	e->block = last;
	if (e->is_late) {
		emit_frame_is_at(e, at);
		gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_dealloc, 1, &object));
	} else { /* the same in fewer instructions, for there are many of these */
		rv *args[] = { emit_cast(e, e->args, e->u->void_ptr), object, emit_constant(e, e->u->i64, at) };
		gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_dealloc_at, 3, args));
	}
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* At a loop's head, and where a generator waits, locals that nobody reads may be anything. */
static bool is_never_null(const struct emitter *e, const struct ir_instr *i)
{
	if (i->op == IR_TAKE_ARG)
		return !e->f->loop.pc && !ir_is_body(e->f);
	return i->op != IR_PHI && i->op != IR_RT_TRY && i->op != IR_RT_SECOND && i->op != IR_CONST_NULL;
}

void emit_decref(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (i->prev && emit_takes_function(i->prev))
		return;
	if (is_never_null(e, i->args[0])) {
		emit_drop(e, operand(e, i, 0), i->imm.index);
		return;
	}
	gcc_jit_block *some = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, operand(e, i, 0), null(e)),
					   some, next);
	e->block = some;
	emit_drop(e, operand(e, i, 0), i->imm.index);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* ---- functions of the runtime ---------------------------------------------- */

static const char *const rt_letters[] = {
#define X(name, result, letters, parameters) letters,
	RT_FUNCTIONS(X)
#undef X
};

/* The operands from first on as a vector; its first word is free for vectorcall. */
static rv *vector(struct emitter *e, const struct ir_instr *i, uint32_t first)
{
	uint32_t n = i->n_args - first;
	gcc_jit_type *type = gcc_jit_context_new_array_type(e->u->context, NULL, e->u->void_ptr, (int)n + 1);
	gcc_jit_lvalue *array = fresh(e, type, "vector");
	for (uint32_t a = 0; a < n; a++)
		set(e,
		    gcc_jit_context_new_array_access(e->u->context, NULL, get(array),
						     emit_constant(e, e->u->i64, a + 1)),
		    operand(e, i, first + a));
	return gcc_jit_lvalue_get_address(
		gcc_jit_context_new_array_access(e->u->context, NULL, get(array), emit_constant(e, e->u->i64, 1)),
		NULL);
}

static rv *call(struct emitter *e, const struct ir_instr *i)
{
	rv *args[10];
	int n = 0;
	uint32_t next = 0;
	for (const char *letter = rt_letters[i->imm.index]; *letter; letter++) {
		switch (*letter) {
		case 'v': args[n++] = emit_cast(e, e->consts, e->u->void_ptr); break;
		case 'O': args[n++] = gcc_jit_lvalue_get_address(e->ret_obj, NULL); break;
		case 'V':
			args[n++] = emit_cast(e, vector(e, i, next), e->u->void_ptr);
			args[n++] = emit_constant(e, e->u->i64, i->n_args - next);
			break;
		case 'C': args[n++] = emit_constant(e, e->u->i64, cache_at(e, i->args[next++]->imm.i)); break;
		default: args[n++] = operand(e, i, next++); break;
		}
	}
	return emit_call_rt(e, (int)i->imm.index, n, args);
}

/* Numbers are made without the collector, which might run finalizers. */
static bool makes_number(uint32_t member)
{
	return member == RT_MEMBER_box_i64 || member == RT_MEMBER_box_f64 || member == RT_MEMBER_box_complex ||
	       member == RT_MEMBER_box_u64 || member == RT_MEMBER_box_bool || member == RT_MEMBER_box_i128;
}

bool emit_calls_python(const struct ir_instr *i)
{
	return (i->op == IR_RT_OBJ || i->op == IR_RT_BOOL || i->op == IR_RT_I64 || i->op == IR_RT_DO) && i->exit &&
	       !makes_number(i->imm.index);
}

static void frame_is_at_call(struct emitter *e, const struct ir_instr *i)
{
	if (emit_calls_python(i))
		emit_frame_is_at(e, i->exit->at);
}

static rv *called(struct emitter *e, const struct ir_instr *i, gcc_jit_type *type)
{
	frame_is_at_call(e, i);
	gcc_jit_lvalue *result = fresh(e, type, "result");
	set(e, result, call(e, i));
	return get(result);
}

void emit_rt_obj(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	frame_is_at_call(e, i);
	emit_result(e, i, call(e, i));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, emit_value(e, i), null(e)));
}

static rv *status(struct emitter *e, const struct ir_instr *i, gcc_jit_type *type)
{
	rv *result = called(e, i, type);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, result, emit_constant(e, type, 0)));
	return result;
}

static void ask_runtime(struct emitter *e, const struct ir_instr *i)
{
	rv *result = status(e, i, e->u->c_int);
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_NE, result, emit_constant(e, e->u->c_int, 0)));
}

/* Of a bool, which most objects are whose truth is asked for, nobody needs to be asked, and no frame to say where it
 * is: True is an int of one digit, False one of none. */
static void emit_truth(struct emitter *e, const struct ir_instr *i,
		       void (*otherwise)(struct emitter *e, const struct ir_instr *i))
{
	rv *object = operand(e, i, 0);
	gcc_jit_block *is_bool = emit_new_block(e), *other = emit_new_block(e), *next = emit_new_block(e);
	rv *is = test(e, GCC_JIT_COMPARISON_EQ, type_of(e, object), emit_rt_type(e, RT_TYPE_ID_bool));
	gcc_jit_block_end_with_conditional(e->block, NULL, is, is_bool, other);
	e->block = is_bool;
	rv *size = get(word(e, object, e->u->i64, WORD_SIZE));
	emit_result(e, i, i->type == IR_I64 ? size : test(e, GCC_JIT_COMPARISON_NE, size, number(e, 0)));
	end_with_jump(e, next);
	e->block = other;
	otherwise(e, i);
	end_with_jump(e, next);
	e->block = next;
}

void emit_rt_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (i->imm.index == RT_MEMBER_truth)
		emit_truth(e, i, ask_runtime);
	else
		ask_runtime(e, i);
}

void emit_rt_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, status(e, i, e->u->i64));
}

void emit_rt_do(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	(void)status(e, i, e->u->c_int);
}

void emit_rt_try(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, call(e, i));
}

void emit_rt_status(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, emit_cast(e, call(e, i), e->u->i64));
}

static void ask(struct emitter *e, const struct ir_instr *i)
{
	gcc_jit_lvalue *answer = fresh(e, e->u->i64, "answer");
	set(e, answer, emit_cast(e, call(e, i), e->u->i64));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, get(answer), number(e, 0)));
	emit_result(e, i, get(answer));
}

void emit_ask(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (i->imm.index == RT_MEMBER_truth_quick)
		emit_truth(e, i, ask);
	else
		ask(e, i);
}

void emit_rt_second(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(e->ret_obj));
}

/* ---- lists and tuples ------------------------------------------------------ */

static rv *size_of(const struct emitter *e, rv *sequence)
{
	return get(word(e, sequence, e->u->i64, WORD_SIZE));
}

void emit_size(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, size_of(e, operand(e, i, 0)));
}

/* One comparison, as negative ones are rare. */
gcc_jit_rvalue *emit_checked_index(struct emitter *e, const struct ir_instr *i)
{
	gcc_jit_type *i64 = e->u->i64, *u64 = e->u->u64;
	gcc_jit_lvalue *size = fresh(e, i64, "size"), *index = fresh(e, i64, "index");
	set(e, size, size_of(e, operand(e, i, 0)));
	set(e, index, operand(e, i, 1));
	gcc_jit_block *from_end = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_GE, emit_cast(e, get(index), u64), emit_cast(e, get(size), u64)),
		      from_end, next);
	e->block = from_end;
	set(e, index, emit_binary(e, GCC_JIT_BINARY_OP_PLUS, i64, get(index), get(size)));
	rv *beyond = test(e, GCC_JIT_COMPARISON_GE, emit_cast(e, get(index), u64), emit_cast(e, get(size), u64));
	emit_unlikely(e, beyond, emit_exit_block(e, i->exit), next);
	e->block = next;
	return get(index);
}

void emit_list_data(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, items_of(e, operand(e, i, 0)));
}

void emit_data_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(item(e, operand(e, i, 0), emit_type(e->u, i->type), operand(e, i, 1))));
}

void emit_list_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *index = emit_checked_index(e, i);
	emit_result(e, i, get(list_place(e, operand(e, i, 0), emit_type(e->u, i->type), index)));
}

void emit_list_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(list_place(e, operand(e, i, 0), emit_type(e->u, i->type), operand(e, i, 1))));
}

void emit_tuple_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *index = emit_checked_index(e, i);
	rv *from = emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, index, emit_constant(e, e->u->i64, WORD_ITEMS));
	emit_result(e, i, get(item(e, operand(e, i, 0), e->u->void_ptr, from)));
}

void emit_tuple_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *from = emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, operand(e, i, 1),
			       emit_constant(e, e->u->i64, WORD_ITEMS));
	emit_result(e, i, get(item(e, operand(e, i, 0), e->u->void_ptr, from)));
}

/* Goes on where the list has room for one more; what is to be done where it has none begins at the result. */
static gcc_jit_block *go_on_if_room(struct emitter *e, rv *list, gcc_jit_lvalue *size)
{
	set(e, size, size_of(e, list));
	gcc_jit_block *room = emit_new_block(e), *full = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_GE, get(size), get(word(e, list, e->u->i64, WORD_ALLOCATED))), full,
		      room);
	e->block = room;
	return full;
}

static void one_longer(const struct emitter *e, rv *list, gcc_jit_lvalue *size)
{
	set(e, word(e, list, e->u->i64, WORD_SIZE),
	    emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, get(size), number(e, 1)));
}

/* app1() in Objects/listobject.c, where the list has room. */
static void append(struct emitter *e, const struct ir_instr *i, rv *value)
{
	rv *list = operand(e, i, 0);
	gcc_jit_lvalue *size = fresh(e, e->u->i64, "size");
	gcc_jit_block *full = go_on_if_room(e, list, size), *next = emit_new_block(e);
	set(e, list_place(e, list, e->u->void_ptr, get(size)), value);
	one_longer(e, list, size);
	end_with_jump(e, next);
	e->block = full;
	if (i->exit)
		emit_frame_is_at(e, i->exit->at);
	rv *done = emit_call_rt(e, RT_MEMBER_list_append, 2, (rv *[]){ list, value });
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, done, emit_constant(e, e->u->c_int, 0)));
	end_with_jump(e, next);
	e->block = next;
}

void emit_list_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	append(e, i, operand(e, i, 1));
}

void emit_list_append_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *value = operand(e, i, 1);
	gcc_jit_lvalue *box = fresh(e, e->u->void_ptr, "box");
	set(e, box, emit_call_rt(e, row->code, 1, &value));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(box), null(e)));
	append(e, i, get(box));
}

/* ---- lists of numbers: what is not as for lists of objects ------------------- */

void emit_numbers_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *index = emit_checked_index(e, i);
	set(e, list_place(e, operand(e, i, 0), emit_type(e->u, i->args[2]->type), index), operand(e, i, 2));
}

void emit_numbers_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *list = operand(e, i, 0);
	gcc_jit_lvalue *size = fresh(e, e->u->i64, "size");
	gcc_jit_block *full = go_on_if_room(e, list, size), *room = e->block;
	e->block = full;
	rv *done = emit_call_rt(e, row->code, 1, &list);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, done, emit_constant(e, e->u->c_int, 0)));
	end_with_jump(e, room);
	e->block = room;
	set(e, list_place(e, list, emit_type(e->u, i->args[1]->type), get(size)), operand(e, i, 1));
	one_longer(e, list, size);
}

void emit_data_set_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	set(e, item(e, operand(e, i, 0), emit_type(e->u, i->args[2]->type), operand(e, i, 1)), operand(e, i, 2));
}

void emit_list_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *index = emit_checked_index(e, i);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	set(e, old, get(list_place(e, operand(e, i, 0), e->u->void_ptr, index)));
	set(e, list_place(e, operand(e, i, 0), e->u->void_ptr, index), operand(e, i, 2));
	emit_drop(e, get(old), i->imm.index);
}

void emit_return_owned(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_end_late(e);
	gcc_jit_block_end_with_return(e->block, NULL, operand(e, i, 0));
}
