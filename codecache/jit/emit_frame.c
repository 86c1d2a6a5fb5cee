/* emit_frame.c - the frame on CPython's stack that a function runs in.
 *
 * The dispatcher's function has its stub's, and a function that is called directly gets one when it is entered.  But
 * those that call nothing directly themselves (leaves), and those that do little but compute and call such ones, as
 * recursions do, mostly end without anybody having looked.  Theirs is made late: when something comes that may run
 * Python code.  Until then what its locals hold is held in variables, and while it calls something, in a record on the
 * C stack (enum rt_call): these are a list, and whoever needs a frame makes those of its callers first.  What they need
 * for that is made sure of before the call (emit_enter_late()): of functions that call others for so many calls in each
 * other (levels), which count down.  The last one of them has its own frame made, and all above, and asks anew; from
 * then on the first one gets more of them.  Nothing that is asked for can change without Python code having run, and
 * whoever has a frame asks anew for each call. */
#include "config.h"

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

static gcc_jit_lvalue *frame_word(const struct emitter *e, int64_t index)
{
	rv *locals = e->is_late ? get(e->locals) : emit_cast(e, e->args, e->u->void_ptr);
	return word(e, locals, e->u->void_ptr, index);
}

/* At the function's entry: its code object does not change. */
void emit_begin_frame(struct emitter *e)
{
	e->code = gcc_jit_function_new_local(e->function, NULL, e->u->char_ptr, "code");
	rv *consts = emit_cast(e, e->consts, e->u->void_ptr);
	gcc_jit_lvalue *place = e->is_late ? word(e, consts, e->u->void_ptr, 2 + (int64_t)e->f->code_const)
					   : frame_word(e, RT_FRAME_CODE);
	set(e, e->code, emit_cast(e, get(place), e->u->char_ptr));
}

/* A reference, of a frame that is not on the stack any more; its callers' are. */
static void drop_quietly(struct emitter *e, rv *object)
{
	gcc_jit_block *last = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *count = word(e, object, e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, GCC_JIT_BINARY_OP_MINUS, number(e, 1));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(count), number(e, 0)), last, next);
	e->block = last;
	if (e->is_late) {
		rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
			       emit_cast(e, e->args, gcc_jit_type_get_pointer(e->u->i64)) };
		gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_call_above, 2, args));
	}
	gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_dealloc, 1, &object));
	end_with_jump(e, next);
	e->block = next;
}

static void drop_held(struct emitter *e, gcc_jit_lvalue *place)
{
	gcc_jit_block *some = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, get(place), null(e)), some,
					   next);
	e->block = some;
	drop_quietly(e, get(place));
	end_with_jump(e, next);
	e->block = next;
}

/* ---- frames that are made late --------------------------------------------- */

static uint32_t local_count(const struct ir_function *f)
{
	return f->n_exits ? f->exits[0]->frame.n_locals : EMIT_MAX_HELD;
}

static bool has_few_locals(const struct ir_function *f)
{
	enum { MAX_SIZE = 1000 }; /* a chunk of the data stack has room for it: see call_room() */
	if (local_count(f) >= EMIT_MAX_HELD || f->frame_size > MAX_SIZE)
		return false;
	for (uint32_t k = local_count(f); k < f->n_params; k++)
		if (ir_is_object_param(f, k))
			return false;
	return true;
}

static bool calls(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW)
				return true;
	return false;
}

/* Whether nothing that it does itself makes the frame in any case. */
static bool needs_no_frame(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_FRAME_AT || i->op == IR_CALL_NEW || emit_calls_python(i))
				return false;
	return true;
}

static bool calls_late_ones(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_CALL_ENTER && !ir_family_const(f)->directs[i->imm.index]->is_late)
				return false;
	return true;
}

/* A function that calls others must have its frame before theirs, so it is late only if they are, too. */
void emit_plan_frames(struct ir_function *family)
{
	for (uint32_t i = 0; i < family->n_directs; i++) {
		struct ir_function *f = family->directs[i];
		f->calls = calls(f);
		f->is_late = has_few_locals(f) && (!f->calls || (!f->is_init && needs_no_frame(f)));
	}
	for (bool changes = true; changes;) {
		changes = false;
		for (uint32_t i = 0; i < family->n_directs; i++) {
			struct ir_function *f = family->directs[i];
			if (f->is_late && !calls_late_ones(f))
				changes = !(f->is_late = false);
		}
	}
}

/* Where it is for those who make the frame: in the record, if the function calls something. */
static gcc_jit_lvalue *held(struct emitter *e, uint32_t local)
{
	if (!e->held[local])
		e->held[local] = e->levels ? emit_record_word(e, e->u->void_ptr, RT_CALL_HELD + 1 + (int64_t)local)
					   : gcc_jit_function_new_local(e->function, NULL, e->u->void_ptr, "held");
	return e->held[local];
}

uint32_t emit_held_locals(const struct ir_function *f)
{
	uint32_t locals = 0;
	for (uint32_t k = 0; k < f->n_params; k++)
		if (ir_is_object_param(f, k))
			locals |= (uint32_t)1 << k;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_GIVE_ARG)
				locals |= (uint32_t)1 << i->imm.index;
	return locals;
}

/* At the function's entry. */
void emit_begin_late(struct emitter *e)
{
	if (e->levels) {
		e->locals = word(e, emit_cast(e, e->args, e->u->void_ptr), e->u->void_ptr, RT_CALL_MADE);
	} else {
		e->locals = gcc_jit_function_new_local(e->function, NULL, e->u->void_ptr, "locals");
		set(e, e->locals, null(e));
	}
	for (uint32_t k = 0; k < local_count(e->f); k++) {
		bool is_object = k < e->f->n_params && ir_is_object_param(e->f, k);
		if (e->holds >> k & 1)
			set(e, held(e, k), is_object ? e->params[k] : null(e));
	}
}

static rv *closure_of(struct emitter *e)
{
	rv *function = e->is_late ? e->callee : get(frame_word(e, RT_FRAME_FUNCTION));
	return get(word(e, function, e->u->void_ptr, RT_FUNCTION_CLOSURE));
}

static rv *cell_of(struct emitter *e, rv *closure, uint32_t number)
{
	enum { ITEMS = 3 }; /* of a tuple, in words */
	return get(word(e, closure, e->u->void_ptr, ITEMS + (int64_t)number));
}

/* As COPY_FREE_VARS: the last ones of the frame's locals. */
static void copy_closure(struct emitter *e, uint32_t n)
{
	gcc_jit_lvalue *closure = fresh(e, e->u->void_ptr, "closure");
	set(e, closure, closure_of(e));
	for (uint32_t k = 0; k < n; k++) {
		gcc_jit_lvalue *cell = fresh(e, e->u->void_ptr, "cell");
		set(e, cell, cell_of(e, get(closure), k));
		emit_incref_of(e, get(cell));
		set(e, frame_word(e, local_count(e->f) - n + k), get(cell));
	}
}

/* Of a closure: its cells. */
static uint32_t closure_size(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_COPY_CLOSURE)
				return i->imm.index;
	return 0;
}

static void make_leaf_frame(struct emitter *e)
{
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       e->callee,
		       number(e, 2 + (int64_t)e->f->code_const),
		       number(e, e->f->frame_size),
		       number(e, e->f->is_init),
		       emit_cast(e, e->args, gcc_jit_type_get_pointer(e->u->i64)) };
	set(e, e->locals, emit_call_rt(e, RT_MEMBER_call_late, 6, args));
	for (uint32_t k = 0; k < local_count(e->f); k++)
		if (e->held[k])
			set(e, frame_word(e, k), get(e->held[k]));
	copy_closure(e, closure_size(e->f));
}

/* There is a frame from here on, which has what was held. */
void emit_need_frame(struct emitter *e)
{
	if (!e->is_late)
		return;
	gcc_jit_block *make = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(e->locals), null(e)), make, next);
	e->block = make;
	if (e->levels) {
		rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
			       emit_cast(e, emit_record(e), gcc_jit_type_get_pointer(e->u->i64)) };
		gcc_jit_block_add_eval(e->block, NULL, emit_call_rt(e, RT_MEMBER_call_frame, 2, args));
		emit_has_frame(e);
	} else {
		make_leaf_frame(e);
	}
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* Before it returns: without a frame, its locals die here.  Whoever looks at the stack now sees the caller, as in
 * CPython. */
void emit_end_late(struct emitter *e)
{
	if (!e->is_late || !e->holds)
		return;
	gcc_jit_block *none = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_EQ, get(e->locals), null(e)),
					   none, next);
	e->block = none;
	for (uint32_t k = 0; k < local_count(e->f); k++)
		if (e->held[k])
			drop_held(e, e->held[k]);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

/* ---- records of calls --------------------------------------------------------- */

static bool calls_late(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if ((i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW) &&
			    ir_family_const(f)->directs[i->imm.index]->is_late)
				return true;
	return false;
}

rv *emit_record(const struct emitter *e)
{
	return emit_cast(e, gcc_jit_lvalue_get_address(e->record, NULL), e->u->void_ptr);
}

gcc_jit_lvalue *emit_record_word(const struct emitter *e, gcc_jit_type *type, int64_t number)
{
	return word(e, emit_record(e), type, number);
}

/* At the function's entry. */
void emit_begin_record(struct emitter *e)
{
	const struct ir_function *f = e->f;
	if (!e->levels && !calls_late(f))
		return;
	uint32_t holds = e->levels ? e->holds : 0;
	int n = !e->levels ? RT_CALL_FUNCTION : RT_CALL_HELD + (holds ? 1 + (int)local_count(f) : 0);
	gcc_jit_type *words = gcc_jit_context_new_array_type(e->u->context, NULL, e->u->i64, n),
		     *pointer = e->u->void_ptr;
	e->record = fresh(e, words, "record");
	e->inner = fresh(e, e->u->i64, "inner");
	e->kept = fresh(e, e->u->void_ptr, "kept");
	set(e, emit_record_word(e, pointer, RT_CALL_ABOVE), e->levels ? emit_cast(e, e->args, pointer) : null(e));
	if (!e->levels)
		return;
	int64_t what = rt_call_what(2 + (int64_t)f->code_const, f->frame_size, closure_size(f), holds);
	set(e, emit_record_word(e, pointer, RT_CALL_FUNCTION), e->callee);
	set(e, emit_record_word(e, e->u->i64, RT_CALL_WHAT), number(e, what));
	if (holds)
		set(e, emit_record_word(e, e->u->i64, RT_CALL_HELD), number(e, holds));
}

/* ---- frames that are made and left in place ---------------------------------- */

enum { MAX_CLEARED = 16, MAX_DROPPED = 8 }; /* locals that few instructions see to */

static gcc_jit_lvalue *thread_of(struct emitter *e)
{
	gcc_jit_lvalue *thread = fresh(e, e->u->void_ptr, "thread");
	rv *place = get(gcc_jit_rvalue_dereference_field(e->rt, NULL, e->u->rt_thread));
	set(e, thread, get(word(e, place, e->u->void_ptr, 0)));
	return thread;
}

static void go_on_unless(struct emitter *e, rv *condition, gcc_jit_block *otherwise)
{
	gcc_jit_block *next = emit_new_block(e);
	emit_unlikely(e, condition, otherwise, next);
	e->block = next;
}

/* What call_enter() asks, and whether the C stack is near CPython's loop, so that it need not be asked for. */
static void ask_room(struct emitter *e, rv *thread, rv *cframe, rv *end, int levels, gcc_jit_block *slow)
{
	const struct emit_unit *u = e->u;
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_NE, get(word(e, cframe, u->u8, 0)), emit_constant(e, u->u8, 0)),
		     slow);
	rv *left = get(word(e, thread, u->c_int, RT_THREAD_RECURSION));
	rv *least = emit_constant(e, u->c_int, RT_NEAR_RECURSION_LIMIT + levels - 1);
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_LT, left, least), slow);
	rv *limit = get(word(e, thread, u->i64, RT_THREAD_STACK_LIMIT));
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_GE, end, limit), slow);
	if (!e->here)
		e->here = gcc_jit_function_new_local(e->function, NULL, u->i64, "here");
	rv *here = emit_cast(e, gcc_jit_lvalue_get_address(e->here, NULL), u->char_ptr);
	rv *near = gcc_jit_lvalue_get_address(item(e, cframe, u->u8, number(e, -RT_STACK_NEAR)), NULL);
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_GT, emit_cast(e, near, u->char_ptr), here), slow);
}

/* init() of cpython311_call.c; the reference to the function is the caller's affair. */
static void fill_frame(struct emitter *e, rv *locals, rv *function, const struct ir_function *to)
{
	const struct emit_unit *u = e->u;
	gcc_jit_type *pointer = u->void_ptr;
	gcc_jit_lvalue *code = fresh(e, u->char_ptr, "code");
	set(e, code, emit_cast(e, get(const_word(e, pointer, 2 + (int64_t)to->code_const)), u->char_ptr));
	set(e, word(e, locals, pointer, RT_FRAME_FUNCTION), function);
	set(e, word(e, locals, pointer, RT_FRAME_GLOBALS), get(word(e, function, pointer, RT_FUNCTION_GLOBALS)));
	set(e, word(e, locals, pointer, RT_FRAME_BUILTINS), get(word(e, function, pointer, RT_FUNCTION_BUILTINS)));
	set(e, word(e, locals, pointer, RT_FRAME_LOCALS), null(e));
	set(e, word(e, locals, pointer, RT_FRAME_CODE), emit_cast(e, get(code), pointer));
	set(e, word(e, locals, pointer, RT_FRAME_OBJECT), null(e));
	rv *before = number(e, RT_CODE_FIRST_INSTR - 2);
	rv *instr =
		gcc_jit_lvalue_get_address(gcc_jit_context_new_array_access(u->context, NULL, get(code), before), NULL);
	set(e, word(e, locals, pointer, RT_FRAME_INSTR), emit_cast(e, instr, pointer));
	set(e, word(e, locals, u->i64, RT_FRAME_STACK_TOP), number(e, local_count(to)));
	for (uint32_t k = 0; k < local_count(to); k++)
		set(e, word(e, locals, pointer, k), null(e));
}

static void count_calls(struct emitter *e, rv *thread, enum gcc_jit_binary_op op, int calls)
{
	gcc_jit_lvalue *left = word(e, thread, e->u->c_int, RT_THREAD_RECURSION);
	gcc_jit_block_add_assignment_op(e->block, NULL, left, op, emit_constant(e, e->u->c_int, calls));
}

static rv *frame_of(struct emitter *e, rv *locals)
{
	return gcc_jit_lvalue_get_address(word(e, locals, e->u->void_ptr, RT_FRAME_FUNCTION), NULL);
}

static uint32_t direct_calls(const struct ir_function *f)
{
	uint32_t n = 0;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			n += i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW;
	return n;
}

bool emit_has_many_calls(const struct ir_function *f)
{
	enum { MANY_CALLS = 48 }; /* beyond these the runtime enters and leaves frames, which takes gcc less time */
	uint32_t n = direct_calls(f);
	for (uint32_t i = 0; i < f->n_directs; i++)
		n += direct_calls(f->directs[i]);
	return n > MANY_CALLS;
}

void emit_enter_frame(struct emitter *e, rv *function, const struct ir_function *to, gcc_jit_lvalue *ret_locals,
		      gcc_jit_block *slow)
{
	const struct emit_unit *u = e->u;
	if (e->has_many_calls || local_count(to) > MAX_CLEARED) {
		end_with_jump(e, slow);
		e->block = emit_new_block(e);
		return;
	}
	rv *thread = get(thread_of(e));
	gcc_jit_lvalue *cframe = fresh(e, u->void_ptr, "cframe"), *base = fresh(e, u->void_ptr, "base"),
		       *end = fresh(e, u->i64, "end");
	set(e, cframe, get(word(e, thread, u->void_ptr, RT_THREAD_CFRAME)));
	set(e, base, get(word(e, thread, u->void_ptr, RT_THREAD_STACK_TOP)));
	set(e, end,
	    i64(e, GCC_JIT_BINARY_OP_PLUS, get(word(e, thread, u->i64, RT_THREAD_STACK_TOP)),
		number(e, 8 * ((int64_t)to->frame_size - RT_FRAME_FUNCTION))));
	ask_room(e, thread, get(cframe), get(end), 1, slow);
	rv *locals = gcc_jit_lvalue_get_address(word(e, get(base), u->void_ptr, -RT_FRAME_FUNCTION), NULL);
	set(e, ret_locals, emit_cast(e, locals, u->void_ptr));
	set(e, word(e, thread, u->i64, RT_THREAD_STACK_TOP), get(end));
	fill_frame(e, get(ret_locals), function, to);
	gcc_jit_lvalue *top = word(e, get(cframe), u->void_ptr, RT_CFRAME_FRAME);
	set(e, word(e, get(ret_locals), u->void_ptr, RT_FRAME_PREVIOUS), get(top));
	set(e, top, get(base));
	count_calls(e, thread, GCC_JIT_BINARY_OP_MINUS, 1);
}

/* Locals that may hold something in f's frame when it returns: parameters that are objects, and what it was given. */
static uint64_t holding(const struct ir_function *f)
{
	uint64_t locals = 0;
	for (uint32_t k = 0; k < f->n_params; k++)
		if (ir_is_object_param(f, k))
			locals |= (uint64_t)1 << k;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_GIVE_ARG)
				locals |= (uint64_t)1 << i->imm.index;
	for (uint32_t k = closure_size(f); k > 0; k--)
		locals |= (uint64_t)1 << (local_count(f) - k);
	return locals;
}

static void drop_locals(struct emitter *e, rv *locals, const struct ir_function *from)
{
	for (uint32_t k = 0; k < local_count(from); k++) {
		if (!(holding(from) >> k & 1))
			continue;
		gcc_jit_lvalue *object = fresh(e, e->u->void_ptr, "object");
		set(e, object, get(word(e, locals, e->u->void_ptr, k)));
		drop_held(e, object);
	}
}

void emit_leave_frame(struct emitter *e, const struct ir_function *from, rv *locals, gcc_jit_block *slow)
{
	const struct emit_unit *u = e->u;
	if (e->has_many_calls || local_count(from) > MAX_CLEARED || __builtin_popcountll(holding(from)) > MAX_DROPPED) {
		end_with_jump(e, slow);
		e->block = emit_new_block(e);
		return;
	}
	rv *thread = get(thread_of(e)), *frame = emit_cast(e, frame_of(e, locals), u->void_ptr);
	rv *seen = i64(e, GCC_JIT_BINARY_OP_BITWISE_OR, get(word(e, locals, u->i64, RT_FRAME_OBJECT)),
		       get(word(e, locals, u->i64, RT_FRAME_LOCALS)));
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_NE, seen, number(e, 0)), slow);
	rv *chunk = get(word(e, thread, u->void_ptr, RT_THREAD_CHUNK));
	rv *first = gcc_jit_lvalue_get_address(word(e, chunk, u->void_ptr, RT_CHUNK_DATA), NULL);
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_EQ, frame, emit_cast(e, first, u->void_ptr)), slow);
	rv *cframe = get(word(e, thread, u->void_ptr, RT_THREAD_CFRAME));
	set(e, word(e, cframe, u->void_ptr, RT_CFRAME_FRAME), get(word(e, locals, u->void_ptr, RT_FRAME_PREVIOUS)));
	drop_locals(e, locals, from);
	drop_quietly(e, get(word(e, locals, u->void_ptr, RT_FRAME_FUNCTION)));
	count_calls(e, thread, GCC_JIT_BINARY_OP_PLUS, from->is_init ? 2 : 1);
	set(e, word(e, thread, u->void_ptr, RT_THREAD_STACK_TOP), frame);
}

/* ---- calls of functions whose frames are made late ---------------------------- */

/* Leave by i's exit if CPython must run calls. */
static void guard_calls(struct emitter *e, const struct ir_instr *i, rv *thread)
{
	const struct emit_unit *u = e->u;
	rv *cframe = get(word(e, thread, u->void_ptr, RT_THREAD_CFRAME));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, get(word(e, cframe, u->u8, 0)), emit_constant(e, u->u8, 0)));
	rv *left = get(word(e, thread, u->c_int, RT_THREAD_RECURSION));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, left, emit_constant(e, u->c_int, RT_NEAR_RECURSION_LIMIT)));
}

/* To ask, unless the function is known to allow so many levels of calls. */
static void unless_levels(struct emitter *e, gcc_jit_block *ask)
{
	gcc_jit_block *some = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, get(e->levels), number(e, 0)), ask, some);
	e->block = some;
}

void emit_guard_calls(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (!e->levels) {
		guard_calls(e, i, get(thread_of(e)));
		return;
	}
	gcc_jit_block *ask = emit_new_block(e), *next = emit_new_block(e);
	unless_levels(e, ask);
	end_with_jump(e, next);
	e->block = ask;
	emit_need_frame(e);
	guard_calls(e, i, get(thread_of(e)));
	end_with_jump(e, next);
	e->block = next;
}

/* Of those of the family's frames that are made late, in words. */
static uint32_t largest_frame(const struct ir_function *family)
{
	uint32_t largest = 0;
	for (uint32_t i = 0; i < family->n_directs; i++)
		if (family->directs[i]->is_late && family->directs[i]->frame_size > largest)
			largest = family->directs[i]->frame_size;
	return largest - RT_FRAME_FUNCTION;
}

/* So many calls in each other need no asking. */
static int some_levels(const struct emitter *e)
{
	uint32_t n = RT_CALL_WORDS / largest_frame(ir_family_const(e->f));
	return n < 1 ? 1 : n > RT_CALL_LEVELS ? RT_CALL_LEVELS : (int)n;
}

/* More than a call takes of the C stack: all that is computed, and gcc may put one function into another. */
static uint32_t c_stack_bytes(const struct ir_function *family)
{
	enum { LEAST = 1024, BYTES = 16 };
	uint32_t most = 0;
	for (uint32_t i = 0; i < family->n_directs; i++) {
		uint32_t n = 0;
		ir_for_each_block (family->directs[i], b)
			ir_for_each_instr (b, instr)
				n++;
		most = n > most ? n : most;
	}
	return LEAST + BYTES * most;
}

/* To inner, as the runtime says; leave by i's exit if there are none.  deeper: whether all that there were are used. */
static void ask_levels(struct emitter *e, const struct ir_instr *i, rv *deeper)
{
	const struct ir_function *family = ir_family_const(e->f);
	rv *args[] = { number(e, largest_frame(family)), number(e, c_stack_bytes(family)), deeper };
	set(e, e->inner, emit_call_rt(e, RT_MEMBER_call_levels, 3, args));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(e->inner), number(e, 0)));
	set(e, e->inner, i64(e, GCC_JIT_BINARY_OP_MINUS, get(e->inner), number(e, 1)));
}

/* From a late function: one level less, or its frame and those above are made. */
static void enter_inner(struct emitter *e, const struct ir_instr *i)
{
	gcc_jit_block *ask = emit_new_block(e), *next = emit_new_block(e);
	unless_levels(e, ask);
	set(e, e->inner, i64(e, GCC_JIT_BINARY_OP_MINUS, get(e->levels), number(e, 1)));
	end_with_jump(e, next);
	e->block = ask;
	gcc_jit_lvalue *deeper = fresh(e, e->u->i64, "deeper");
	set(e, deeper, emit_cast(e, test(e, GCC_JIT_COMPARISON_EQ, get(e->locals), null(e)), e->u->i64));
	emit_need_frame(e);
	ask_levels(e, i, get(deeper));
	end_with_jump(e, next);
	e->block = next;
}

/* From one that has a frame. */
static void enter_outer(struct emitter *e, const struct ir_instr *i)
{
	const struct emit_unit *u = e->u;
	gcc_jit_block *ask = emit_new_block(e), *next = emit_new_block(e);
	rv *thread = get(thread_of(e));
	rv *cframe = get(word(e, thread, u->void_ptr, RT_THREAD_CFRAME));
	rv *end = i64(e, GCC_JIT_BINARY_OP_PLUS, get(word(e, thread, u->i64, RT_THREAD_STACK_TOP)),
		      number(e, 8 * RT_CALL_WORDS));
	ask_room(e, thread, cframe, end, some_levels(e), ask);
	rv *deep = get(gcc_jit_rvalue_dereference_field(e->rt, NULL, u->rt_deep));
	go_on_unless(e, test(e, GCC_JIT_COMPARISON_NE, get(word(e, deep, u->i64, 0)), number(e, 0)), ask);
	set(e, e->inner, number(e, some_levels(e) - 1));
	end_with_jump(e, next);
	e->block = ask;
	ask_levels(e, i, number(e, 0));
	end_with_jump(e, next);
	e->block = next;
}

/* The same, or if there is no room for a frame, should one be needed: what call_enter() asks, but for the C stack, of
 * which a leaf uses next to nothing. */
void emit_enter_late(struct emitter *e, const struct ir_instr *i, const struct ir_function *to)
{
	const struct emit_unit *u = e->u;
	if (e->levels || to->calls) {
		if (e->levels)
			enter_inner(e, i);
		else
			enter_outer(e, i);
		return;
	}
	gcc_jit_lvalue *thread = thread_of(e);
	guard_calls(e, i, get(thread));
	gcc_jit_block *full = emit_new_block(e), *next = emit_new_block(e);
	rv *top = get(word(e, get(thread), u->i64, RT_THREAD_STACK_TOP));
	rv *end = emit_binary(e, GCC_JIT_BINARY_OP_PLUS, u->i64, top,
			      number(e, 8 * ((int64_t)to->frame_size - RT_FRAME_FUNCTION)));
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_GE, end, get(word(e, get(thread), u->i64, RT_THREAD_STACK_LIMIT))),
		      full, next);
	e->block = full;
	rv *room = emit_call_rt(e, RT_MEMBER_call_room, 0, NULL);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_EQ, room, emit_constant(e, u->c_int, 0)),
		      emit_exit_block(e, i->exit), next);
	e->block = next;
}

/* ---- looking at the frame --------------------------------------------------- */

/* frame->prev_instr. */
static void set_instr(struct emitter *e, uint32_t at)
{
	rv *offset = number(e, RT_CODE_FIRST_INSTR + 2 * (int64_t)at);
	rv *instr = gcc_jit_lvalue_get_address(
		gcc_jit_context_new_array_access(e->u->context, NULL, get(e->code), offset), NULL);
	set(e, frame_word(e, RT_FRAME_INSTR), emit_cast(e, instr, e->u->void_ptr));
}

/* ---- where a generator waits ---------------------------------------------------- */

void emit_waits_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *locals = emit_cast(e, e->args, e->u->void_ptr);
	rv *first = i64(e, GCC_JIT_BINARY_OP_PLUS, get(word(e, locals, e->u->i64, RT_FRAME_CODE)),
			number(e, RT_CODE_FIRST_INSTR));
	rv *bytes = i64(e, GCC_JIT_BINARY_OP_MINUS, get(word(e, locals, e->u->i64, RT_FRAME_INSTR)), first);
	emit_result(e, i, i64(e, GCC_JIT_BINARY_OP_DIVIDE, bytes, number(e, 2)));
}

void emit_waits(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *locals = emit_cast(e, e->args, e->u->void_ptr), *top = emit_cast(e, emit_value(e, i->args[0]), e->u->c_int);
	set_instr(e, i->imm.index);
	set(e, word(e, locals, e->u->c_int, 2 * RT_FRAME_STACK_TOP), top);
}

/* ---- where others are ------------------------------------------------------------ */

/* Tell the frame which instruction runs. */
void emit_frame_is_at(struct emitter *e, uint32_t at)
{
	emit_need_frame(e);
	set_instr(e, at);
}

void emit_frame_calls(struct emitter *e, const struct ir_function *to, uint32_t at)
{
	if (e->levels && to->is_late)
		set(e, emit_record_word(e, e->u->i64, RT_CALL_AT), number(e, at));
	else
		emit_frame_is_at(e, at);
}

/* A level less to ask for is none: what was known may have changed since. */
void emit_has_frame(struct emitter *e)
{
	if (e->levels)
		set(e, e->levels, number(e, 0));
}

void emit_frame_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_frame_is_at(e, i->imm.index);
}

void emit_frame_ends(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (!e->is_late) {
		set_instr(e, i->imm.index);
		return;
	}
	gcc_jit_block *some = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, test(e, GCC_JIT_COMPARISON_NE, get(e->locals), null(e)), some, next);
	e->block = some;
	set_instr(e, i->imm.index);
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

void emit_param(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	uint32_t number = i->imm.index;
	bool is_given = e->is_late || e->f->number_lists >> number & 1 || ir_is_part_param(e->f, number);
	emit_result(e, i, is_given ? e->params[number] : get(frame_word(e, number)));
}

/* Take what a local holds, or give it something: in the frame, or where a leaf holds it. */
static void at_local(struct emitter *e, const struct ir_instr *i,
		     void (*move)(struct emitter *e, const struct ir_instr *i, gcc_jit_lvalue *place))
{
	uint32_t local = i->imm.index;
	if (!e->is_late) {
		move(e, i, frame_word(e, local));
		return;
	}
	gcc_jit_block *some = emit_new_block(e), *none = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_EQ, get(e->locals), null(e)),
					   none, some);
	e->block = some;
	move(e, i, frame_word(e, local));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = none;
	move(e, i, held(e, local));
	gcc_jit_block_end_with_jump(e->block, NULL, next);
	e->block = next;
}

static void take(struct emitter *e, const struct ir_instr *i, gcc_jit_lvalue *place)
{
	emit_result(e, i, get(place));
	set(e, place, null(e));
}

static void give(struct emitter *e, const struct ir_instr *i, gcc_jit_lvalue *place)
{
	set(e, place, emit_value(e, i->args[0]));
}

void emit_take_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	at_local(e, i, take);
}

void emit_give_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	at_local(e, i, give);
}

/* frame->f_func->func_closure's item. */
void emit_closure_cell(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, cell_of(e, closure_of(e), i->imm.index));
}

/* A leaf without a frame has the function, which has them. */
void emit_function_cell(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *closure = get(word(e, emit_value(e, i->args[0]), e->u->void_ptr, RT_FUNCTION_CLOSURE));
	emit_result(e, i, cell_of(e, closure, i->imm.index));
}

void emit_copy_closure(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	if (!e->is_late)
		copy_closure(e, i->imm.index);
}
