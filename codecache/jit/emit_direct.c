/* emit_direct.c - direct calls: guards of the callee, its frame, the call, and what becomes of its side exits.  See
 * build_direct.c. */
#include "config.h"

#include <stdio.h>

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

/* ---- the functions --------------------------------------------------------- */

enum { FIXED_PARAMS = 4 };

static gcc_jit_type *param_type(const struct emit_unit *u, enum value_type type)
{
	switch (type) {
	case VALUE_INT: return u->i64;
	case VALUE_FLOAT: return u->f64;
	case VALUE_BOOL: return u->boolean;
	default: return u->void_ptr;
	}
}

/* Whether parameter i is one of the emitted function's. */
static bool is_passed(const struct ir_function *f, uint32_t i, bool is_late)
{
	return f->params[i] != VALUE_UNBOUND && (is_late || !ir_is_object_param(f, i));
}

/* rt, consts, args, exit as in every function, then the numbers.  Objects are in the frame.  Where that is made late,
 * args is the caller's record, then comes the function object, if it calls others then how many may be in each other,
 * and objects are among the rest. */
gcc_jit_function *emit_direct_declare(struct emit_unit *u, const struct ir_function *f)
{
	gcc_jit_context *c = u->context;
	gcc_jit_param *params[FIXED_PARAMS + 3 + EMIT_MAX_PARAMS] = {
		gcc_jit_context_new_param(c, NULL, u->rt_ptr, "rt"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->void_ptr), "consts"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->void_ptr), "args"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->i64), "exit"),
	};
	bool is_late = f->is_late;
	int n = FIXED_PARAMS;
	if (is_late)
		params[n++] = gcc_jit_context_new_param(c, NULL, u->void_ptr, "callee");
	if (is_late && f->calls)
		params[n++] = gcc_jit_context_new_param(c, NULL, u->i64, "levels");
	for (uint32_t i = 0; i < f->n_params; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "p%u", (unsigned)i);
		if (is_passed(f, i, is_late))
			params[n++] = gcc_jit_context_new_param(c, NULL, param_type(u, f->params[i]), name);
	}
	if (f->n_values)
		params[n++] = gcc_jit_context_new_param(c, NULL, u->void_ptr, "values");
	return gcc_jit_context_new_function(c, NULL, GCC_JIT_FUNCTION_INTERNAL, emit_type(u, f->result), f->symbol, n,
					    params, 0);
}

static rv *param(const struct emitter *e, int number)
{
	return gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->function, number));
}

void emit_direct_params(struct emitter *e)
{
	int n = FIXED_PARAMS;
	if (e->is_late)
		e->callee = param(e, n++);
	if (e->is_late && e->f->calls)
		e->levels = gcc_jit_param_as_lvalue(gcc_jit_function_get_param(e->function, n++));
	for (uint32_t i = 0; i < e->f->n_params; i++)
		if (is_passed(e->f, i, e->is_late))
			e->params[i] = param(e, n++);
	if (e->f->n_values)
		e->ret_values = param(e, n++);
}

void emit_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, e->params[i->imm.index]);
}

/* ---- the guard ------------------------------------------------------------- */

static rv *constant(const struct emitter *e, int64_t index)
{
	return get(const_word(e, e->u->void_ptr, index));
}

static void unless_equal(struct emitter *e, rv *a, rv *b, gcc_jit_block *to)
{
	gcc_jit_block *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, a, b), to, next);
	e->block = next;
}

/* The function's own code, also where it runs a stub. */
static rv *code_of(struct emitter *e, rv *function)
{
	gcc_jit_type *pointer = e->u->void_ptr;
	gcc_jit_lvalue *code = fresh(e, pointer, "code");
	gcc_jit_block *stub = emit_new_block(e), *next = emit_new_block(e);
	set(e, code, get(word(e, function, pointer, RT_FUNCTION_CODE)));
	rv *flags = emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_AND, e->u->c_int,
				get(word(e, get(code), e->u->c_int, RT_CODE_FLAGS)),
				emit_constant(e, e->u->c_int, RT_CODE_IS_STUB));
	gcc_jit_block_end_with_conditional(
		e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, flags, emit_constant(e, e->u->c_int, 0)), stub, next);
	e->block = stub;
	rv *consts = get(word(e, get(code), pointer, RT_CODE_CONSTS));
	rv *native = get(word(e, consts, pointer, RT_TUPLE_ITEMS));
	set(e, code, get(word(e, native, pointer, RT_NATIVE_ORIGINAL)));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	return get(code);
}

/* Where to go on if it is the very function that runs, of which the caller has asked, and nothing can have changed
 * since; else on from here.  NULL: nobody knows. */
static gcc_jit_block *ask_own(struct emitter *e, rv *function)
{
	if (!e->levels)
		return NULL;
	gcc_jit_block *same = emit_new_block(e), *known = emit_new_block(e), *ask = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, function, e->callee), ask, same);
	e->block = same;
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(e->levels), number(e, 0)), ask, known);
	e->block = ask;
	return known;
}

/* Go on where the function is the one that is meant, else to no.  The cache has a tuple of defaults, which is kept
 * alive, so the function's own must be that one, or is looked at. */
static void ask_function(struct emitter *e, const struct ir_instr *i, const struct op_row *row, gcc_jit_block *no)
{
	int64_t at = cache_at(e, i->args[1]->imm.i), n_defaults = i->args[2]->imm.i;
	rv *function = emit_value(e, i->args[0]);
	gcc_jit_type *pointer = e->u->void_ptr;
	gcc_jit_block *known = i->imm.index == e->f->code_const && !n_defaults ? ask_own(e, function) : NULL;
	unless_equal(e, type_of(e, function), emit_rt_type(e, RT_TYPE_ID_function), no);
	unless_equal(e, code_of(e, function), constant(e, 2 + (int64_t)i->imm.index), no);
	rv *globals = constant(e, ir_globals_of(ir_family_const(e->f), i->imm.index));
	unless_equal(e, get(word(e, function, pointer, RT_FUNCTION_GLOBALS)), globals, no);
	if (known) {
		end_with_jump(e, known);
		e->block = known;
	}
	if (!n_defaults)
		return;
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	unless_equal(e, get(word(e, function, pointer, RT_FUNCTION_DEFAULTS)), constant(e, at), slow);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, pointer), function,
		       emit_constant(e, e->u->i64, 2 + (int64_t)i->imm.index), emit_constant(e, e->u->i64, n_defaults),
		       emit_constant(e, e->u->i64, at) };
	rv *is = emit_call_rt(e, row->code, 5, args);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, is, emit_constant(e, e->u->c_int, 0)), no, next);
	e->block = next;
}

void emit_guard_function(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	ask_function(e, i, row, emit_exit_block(e, i->exit));
}

void emit_function_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *no = emit_new_block(e), *next = emit_new_block(e), *some = emit_new_block(e);
	gcc_jit_lvalue *is = fresh(e, e->u->boolean, "is");
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, emit_value(e, i->args[0]), null(e)), no, some);
	e->block = some;
	ask_function(e, i, row, no);
	set(e, is, emit_constant(e, e->u->boolean, 1));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = no;
	set(e, is, emit_constant(e, e->u->boolean, 0));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, get(is));
}

/* ---- the call -------------------------------------------------------------- */

/* Methods are dropped as soon as they are called, and their frame needs a reference. */
bool emit_takes_function(const struct ir_instr *i)
{
	return i->op == IR_CALL_ENTER && i->next && i->next->op == IR_DECREF && i->next->args[0] == i->args[0];
}

static void count_function(struct emitter *e, const struct ir_instr *i, enum gcc_jit_binary_op op)
{
	gcc_jit_lvalue *count = word(e, emit_value(e, i->args[0]), e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, op, number(e, 1));
}

/* Where the call is in the caller's code. */
static uint32_t pc_of(const struct ir_instr *i)
{
	return i->exit ? i->exit->at : (uint32_t)i->args[i->n_args - IR_TRY_OPERANDS]->imm.i;
}

/* Whether a call of that function may be one of the very function that runs, which is kept alive by who called it. */
static bool may_be_own(const struct emitter *e, const struct ir_function *to)
{
	return e->levels && to == e->f;
}

/* To kept if it is another one, and it is counted unless it is given. */
static void keep_other(struct emitter *e, const struct ir_instr *i)
{
	rv *function = emit_value(e, i->args[0]);
	if (emit_takes_function(i)) {
		set(e, e->kept, function);
		return;
	}
	gcc_jit_block *other = emit_new_block(e), *next = emit_new_block(e);
	set(e, e->kept, null(e));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, function, e->callee), other, next);
	e->block = other;
	set(e, e->kept, function);
	count_function(e, i, GCC_JIT_BINARY_OP_PLUS);
	end_with_jump(e, next);
	e->block = next;
}

/* Behind the call. */
static void drop_function(struct emitter *e, const struct ir_instr *i, const struct ir_function *to)
{
	if (!may_be_own(e, to)) {
		emit_drop(e, emit_value(e, i->args[0]), pc_of(i));
		return;
	}
	gcc_jit_block *some = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, get(e->kept), null(e)), some, next);
	e->block = some;
	emit_drop(e, get(e->kept), pc_of(i));
	end_with_jump(e, next);
	e->block = next;
}

/* A frame that is made late stands for it: the function object, which is kept alive. */
void emit_call_enter(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	const struct ir_function *to = ir_family_const(e->f)->directs[i->imm.index];
	if (to->is_late) {
		emit_enter_late(e, i, to);
		if (may_be_own(e, to))
			keep_other(e, i);
		else if (!emit_takes_function(i))
			count_function(e, i, GCC_JIT_BINARY_OP_PLUS);
		emit_result(e, i, emit_value(e, i->args[0]));
		return;
	}
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), emit_value(e, i->args[0]),
		       emit_constant(e, e->u->i64, 2 + (int64_t)to->code_const),
		       emit_constant(e, e->u->i64, to->frame_size) };
	gcc_jit_lvalue *locals = fresh(e, e->u->void_ptr, "locals");
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	emit_enter_frame(e, args[1], to, locals, slow);
	if (!emit_takes_function(i))
		count_function(e, i, GCC_JIT_BINARY_OP_PLUS);
	end_with_jump(e, next);
	e->block = slow;
	set(e, locals, emit_call_rt(e, row->code, 4, args));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(locals), null(e)));
	if (emit_takes_function(i))
		count_function(e, i, GCC_JIT_BINARY_OP_MINUS);
	end_with_jump(e, next);
	e->block = next;
	emit_result(e, i, get(locals));
}

/* The cache has the class and its version, and what was found then. */
void emit_class_init(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	int64_t at = cache_at(e, i->args[1]->imm.i);
	gcc_jit_type *pointer = e->u->void_ptr, *i64 = e->u->i64;
	rv *class = emit_value(e, i->args[0]), *consts = emit_cast(e, e->consts, pointer);
	gcc_jit_lvalue *init = fresh(e, pointer, "init");
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	unless_equal(e, class, constant(e, at), slow);
	rv *version = emit_cast(e, get(word(e, class, e->u->u32, RT_TYPE_VERSION / 4)), i64);
	rv *now = emit_binary(e, GCC_JIT_BINARY_OP_PLUS, i64, version, emit_constant(e, i64, 1));
	unless_equal(e, now, get(word(e, consts, i64, at + 1)), slow);
	set(e, init, constant(e, at + 2));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = slow;
	rv *args[] = { consts, class, emit_constant(e, i64, at), emit_constant(e, i64, 2 + (int64_t)i->imm.index) };
	set(e, init, emit_call_rt(e, row->code, i->op == IR_CLASS_RECORD ? 4 : 3, args));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, get(init));
}

void emit_record_class(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, constant(e, cache_at(e, i->args[0]->imm.i)));
}

void emit_call_new(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	const struct ir_function *to = ir_family_const(e->f)->directs[i->imm.index];
	emit_frame_is_at(e, i->exit->at);
	if (to->is_late) {
		rv *class = emit_value(e, i->args[0]);
		emit_enter_late(e, i, to);
		set(e, e->ret_obj, emit_call_rt(e, RT_MEMBER_new_instance, 1, &class));
		emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(e->ret_obj), null(e)));
		emit_incref_of(e, emit_value(e, i->args[1]));
		emit_result(e, i, emit_value(e, i->args[1]));
		return;
	}
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       emit_value(e, i->args[0]),
		       emit_value(e, i->args[1]),
		       emit_constant(e, e->u->i64, 2 + (int64_t)to->code_const),
		       emit_constant(e, e->u->i64, to->frame_size),
		       gcc_jit_lvalue_get_address(e->ret_obj, NULL) };
	gcc_jit_lvalue *locals = fresh(e, e->u->void_ptr, "locals");
	set(e, locals, emit_call_rt(e, row->code, 6, args));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(locals), null(e)));
	emit_result(e, i, get(locals));
}

/* ---- results of several values ---------------------------------------------- */

static gcc_jit_lvalue *new_values(struct emitter *e)
{
	gcc_jit_type *type = gcc_jit_context_new_array_type(e->u->context, NULL, e->u->i64, IR_MAX_VALUES);
	return fresh(e, type, "values");
}

static gcc_jit_lvalue *results(struct emitter *e)
{
	if (!e->results)
		e->results = new_values(e);
	return e->results;
}

static rv *address_of(const struct emitter *e, gcc_jit_lvalue *values)
{
	return emit_cast(e, gcc_jit_lvalue_get_address(values, NULL), e->u->void_ptr);
}

/* A bool takes a whole word. */
static gcc_jit_type *word_type(const struct emitter *e, enum ir_type type)
{
	return type == IR_BOOL ? e->u->i64 : emit_type(e->u, type);
}

static rv *taken(struct emitter *e, rv *object, uint32_t types, gcc_jit_lvalue *values)
{
	rv *args[] = { object, number(e, types),
		       emit_cast(e, address_of(e, values), gcc_jit_type_get_pointer(e->u->i64)) };
	return test(e, GCC_JIT_COMPARISON_NE, emit_call_rt(e, RT_MEMBER_take_values, 3, args),
		    emit_constant(e, e->u->c_int, 0));
}

void emit_take_values(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, taken(e, operand(e, i, 0), i->imm.index, results(e)));
}

static rv *taken_record(struct emitter *e, rv *object, rv *class, rv *code, uint32_t types, gcc_jit_lvalue *values)
{
	rv *args[] = { object, class, code, number(e, types),
		       emit_cast(e, address_of(e, values), gcc_jit_type_get_pointer(e->u->i64)) };
	return test(e, GCC_JIT_COMPARISON_NE, emit_call_rt(e, RT_MEMBER_take_record, 5, args),
		    emit_constant(e, e->u->c_int, 0));
}

void emit_take_record(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i,
		    taken_record(e, operand(e, i, 0), operand(e, i, 1), operand(e, i, 2), i->imm.index, results(e)));
}

void emit_value_of_call(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *value = get(word(e, address_of(e, results(e)), word_type(e, i->type), i->imm.index));
	emit_result(e, i, i->type == IR_BOOL ? emit_cast(e, value, e->u->boolean) : value);
}

/* Behind what says which instance it is of. */
static uint32_t first_value(const struct ir_instr *i)
{
	return i->op == IR_RETURN_RECORD ? 2 : 0;
}

/* The tuple or the instance, where somebody wants one after all. */
static rv *made_object(struct emitter *e, const struct ir_instr *i)
{
	gcc_jit_lvalue *items = new_values(e);
	uint32_t first = first_value(i);
	for (uint32_t k = first; k < i->n_args; k++) {
		rv *value = i->args[k]->type == IR_OBJ ? emit_value(e, i->args[k]) : emit_boxed(e, i->args[k]);
		set(e, word(e, address_of(e, items), e->u->void_ptr, k - first), value);
	}
	emit_frame_is_at(e, i->imm.index);
	rv *values = address_of(e, items), *n = number(e, i->n_args - first);
	if (!first)
		return emit_call_rt(e, RT_MEMBER_new_tuple, 2, (rv *[]){ values, n });
	return emit_call_rt(e, RT_MEMBER_new_record, 4, (rv *[]){ operand(e, i, 0), operand(e, i, 1), values, n });
}

void emit_return_values(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_lvalue *result = fresh(e, e->u->void_ptr, "returned");
	uint32_t first = first_value(i);
	for (uint32_t k = first; k < i->n_args && e->f->n_values; k++) {
		gcc_jit_type *type = word_type(e, i->args[k]->type);
		rv *value = emit_value(e, i->args[k]);
		set(e, word(e, e->ret_values, type, k - first),
		    i->args[k]->type == IR_BOOL ? emit_cast(e, value, type) : value);
	}
	set(e, result, e->f->n_values ? e->ret_values : made_object(e, i));
	emit_end_late(e);
	gcc_jit_block_end_with_return(e->block, NULL, get(result));
}

/* ---- calls ------------------------------------------------------------------ */

/* Objects go to the frame's locals, numbers to the function itself; where its frame is made late all do.  *ret_locals:
 * where its locals are afterwards, NULL without a frame. */
static rv *call(struct emitter *e, const struct ir_instr *i, const struct ir_function *to, rv **ret_locals)
{
	gcc_jit_type *pointer = e->u->void_ptr;
	bool is_late = to->is_late;
	rv *entered = emit_value(e, i->args[0]);
	rv *args[FIXED_PARAMS + 3 + EMIT_MAX_PARAMS] = { e->rt, e->consts,
							 emit_cast(e, entered, gcc_jit_type_get_pointer(pointer)),
							 get(e->exit) };
	int n = FIXED_PARAMS;
	*ret_locals = entered;
	if (is_late) {
		gcc_jit_lvalue *made = emit_record_word(e, pointer, RT_CALL_MADE);
		set(e, made, null(e));
		args[2] = emit_cast(e, emit_record(e), gcc_jit_type_get_pointer(pointer));
		args[n++] = entered;
		if (to->calls)
			args[n++] = get(e->inner);
		*ret_locals = get(made);
	}
	for (uint32_t k = 0; k < to->n_params; k++) {
		rv *value = emit_value(e, i->args[k + 1]);
		if (is_passed(to, k, is_late))
			args[n++] = value;
		else if (ir_is_object_param(to, k))
			set(e, word(e, entered, pointer, k), value);
	}
	if (to->n_values)
		args[n++] = address_of(e, results(e));
	return gcc_jit_context_new_call(e->u->context, NULL, e->directs[i->imm.index], n, args);
}

/* Lists of numbers are not the callee's: behind the call they are let go.  Whether it has left is for call.kept. */
static void drop_number_lists(struct emitter *e, const struct ir_instr *i, const struct ir_function *to, bool has_left)
{
	if (to->number_lists)
		set(e, e->left, emit_constant(e, e->u->boolean, has_left));
	for (uint32_t k = 0; k < to->n_params; k++)
		if (to->number_lists >> k & 1)
			emit_drop(e, emit_value(e, i->args[k + 1]), pc_of(i));
}

void emit_call_kept(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_exit_if(e, i, get(e->left));
}

/* What its handler takes without an exception. */
static int64_t names_of(const struct ir_instr *i)
{
	return i->exit ? 0 : i->args[i->n_args - 1]->imm.i;
}

static void leave(struct emitter *e, const struct ir_instr *i, const struct ir_function *from, rv *locals)
{
	int member = from->is_init ? RT_MEMBER_call_left : RT_MEMBER_call_leave;
	if (!from->is_late) {
		gcc_jit_block *slow = emit_new_block(e), *done = emit_new_block(e);
		emit_leave_frame(e, from, locals, slow);
		end_with_jump(e, done);
		e->block = slow;
		gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, member, 1, &locals));
		end_with_jump(e, done);
		e->block = done;
		return;
	}
	gcc_jit_block *made = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, locals, null(e)), made, next);
	e->block = made;
	emit_has_frame(e);
	gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, member, 1, &locals));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	drop_function(e, i, from);
}

/* The callee's result came from CPython: as a number, or aside. */
static void unbox_or_keep(struct emitter *e, gcc_jit_lvalue *result, enum ir_type type, rv *object)
{
	static const int members[IR_TYPE_COUNT] = {
		[IR_I64] = RT_MEMBER_unbox_i64, [IR_F64] = RT_MEMBER_unbox_f64, [IR_BOOL] = RT_MEMBER_unbox_bool
	};
	if (type == IR_OBJ) {
		set(e, result, object);
		return;
	}
	gcc_jit_lvalue *ret = type == IR_F64 ? e->ret_f64 : e->ret_i64;
	rv *args[] = { object, gcc_jit_lvalue_get_address(ret, NULL) };
	rv *fits = emit_call_rt(e, members[type], 2, args);
	gcc_jit_block *yes = emit_new_block(e), *no = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(
		e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, fits, emit_constant(e, e->u->c_int, 0)), yes, no);
	e->block = no;
	set(e, e->rest, object);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = yes;
	set(e, result, type == IR_BOOL ? emit_cast(e, get(ret), e->u->boolean) : get(ret));
	gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_drop, 1, &object));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* The same of a tuple or an instance: its values.  Not to the call's own variables, whose addresses only the callee is
 * to know. */
static void take_or_keep(struct emitter *e, const struct ir_function *to, rv *object)
{
	gcc_jit_lvalue *values = new_values(e);
	gcc_jit_block *yes = emit_new_block(e), *no = emit_new_block(e), *next = emit_new_block(e);
	uint32_t types = ir_value_types(to);
	rv *is_taken = to->record ? taken_record(e, object, constant(e, cache_at(e, to->record_cache)),
						 constant(e, 2 + (int64_t)(to->record - 1)), types, values)
				  : taken(e, object, types, values);
	gcc_jit_block_end_with_conditional(e->block, NULL, is_taken, yes, no);
	e->block = no;
	set(e, e->rest, object);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = yes;
	for (uint32_t k = 0; k < to->n_values; k++)
		set(e, word(e, address_of(e, results(e)), e->u->i64, k),
		    get(word(e, address_of(e, values), e->u->i64, k)));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* Of a call with a handler: where it has raised there is nothing to be taken. */
static void set_failed(struct emitter *e, rv *raised, gcc_jit_block *next)
{
	gcc_jit_block *go_on = emit_new_block(e);
	set(e, e->failed, raised);
	emit_unlikely(e, raised, next, go_on);
	e->block = go_on;
}

/* After the call: it left by an exit if there is a number, and then there is no result; or it raised. */
void emit_direct_call(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	const struct ir_function *to = ir_family_const(e->f)->directs[i->imm.index];
	gcc_jit_type *i64 = e->u->i64;
	rv *locals;
	gcc_jit_lvalue *result = fresh(e, emit_type(e->u, to->result), "result");
	bool is_object = to->result == IR_OBJ;
	emit_frame_calls(e, to, pc_of(i));
	if (!is_object || to->n_values)
		set(e, e->rest, null(e));
	set(e, result, call(e, i, to, &locals));
	gcc_jit_block *odd = emit_new_block(e), *done = emit_new_block(e), *next = emit_new_block(e);
	rv *is_odd = is_object ? test(e, GCC_JIT_COMPARISON_EQ, get(result), null(e))
			       : test(e, GCC_JIT_COMPARISON_GE, get(word(e, get(e->exit), i64, 0)),
				      emit_constant(e, i64, 0));
	emit_unlikely(e, is_odd, odd, done);
	e->block = odd;
	emit_has_frame(e);
	gcc_jit_lvalue *object = fresh(e, e->u->void_ptr, "object");
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       locals,
		       get(e->exit),
		       emit_constant(e, i64, to->is_init),
		       emit_constant(e, i64, emit_globals_of(e)),
		       emit_constant(e, i64, names_of(i)) };
	set(e, object, emit_call_rt(e, row->code, 6, args));
	if (to->is_late)
		drop_function(e, i, to);
	drop_number_lists(e, i, to, true);
	rv *raised = test(e, GCC_JIT_COMPARISON_EQ, get(object), null(e));
	if (i->exit)
		emit_exit_if(e, i, raised);
	else if (i->op != IR_CALL_TRY)
		set_failed(e, raised, next);
	if (to->n_values)
		take_or_keep(e, to, get(object));
	else
		unbox_or_keep(e, result, to->result, get(object));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = done;
	leave(e, i, to, locals);
	drop_number_lists(e, i, to, false);
	if (!i->exit)
		set(e, e->failed, emit_constant(e, e->u->boolean, 0));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
	emit_result(e, i, get(result));
}

void emit_call_failed(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(e->failed));
}

void emit_call_rest(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(e->rest));
}
