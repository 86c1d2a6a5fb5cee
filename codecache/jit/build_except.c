/* build_except.c - exceptions that are caught in the function that raises them: native code goes on in the handler.
 *
 * What may raise where there is a handler does not leave by an exit, but is followed by a branch: to where the stack is
 * unwound, as CPython's loop does it (exception_unwind in Python/ceval.c), and the handler begins; so it is where the
 * handler gives it to an outer one.  An exception that no handler of the function wants leaves at the last RERAISE. */
#include "config.h"

#include "codecache/jit/build_priv.h"

/* What fails for want of memory only is not worth a way of its own. */
bool may_raise(enum rt_member member)
{
	switch (member) {
	case RT_MEMBER_box_i64:
	case RT_MEMBER_box_f64:
	case RT_MEMBER_box_complex:
	case RT_MEMBER_box_u64:
	case RT_MEMBER_box_bool:
	case RT_MEMBER_new_list:
	case RT_MEMBER_new_tuple:
	case RT_MEMBER_new_record:
	case RT_MEMBER_new_record_f64:
	case RT_MEMBER_old_record:
	case RT_MEMBER_new_slice:
	case RT_MEMBER_new_range:
	case RT_MEMBER_new_range_iter:
	case RT_MEMBER_new_seq_iter:
	case RT_MEMBER_new_rev_iter:
	case RT_MEMBER_new_cell:
	case RT_MEMBER_new_bound:
	case RT_MEMBER_exception_args:
	case RT_MEMBER_bound_function:
	case RT_MEMBER_bound_self:
	case RT_MEMBER_new_function:
	case RT_MEMBER_str_of_i64:
	case RT_MEMBER_str_of_f64:
	case RT_MEMBER_format_i64:
	case RT_MEMBER_format_f64:
	case RT_MEMBER_int_of_str:
	case RT_MEMBER_ord_of:
	case RT_MEMBER_int_of_bytes:
	case RT_MEMBER_bit_length:
	case RT_MEMBER_bit_count:
	case RT_MEMBER_is_whole:
	case RT_MEMBER_f64_round:
	case RT_MEMBER_part_equal:
	case RT_MEMBER_int_bit_length:
	case RT_MEMBER_int_bit_count:
	case RT_MEMBER_int_absolute:
	case RT_MEMBER_int_low_bits:
	case RT_MEMBER_int_compare:
	case RT_MEMBER_int_compare_i64:
	case RT_MEMBER_str_find:
	case RT_MEMBER_str_count:
	case RT_MEMBER_str_matches:
	case RT_MEMBER_is_handled:
	case RT_MEMBER_makes_manager:
	case RT_MEMBER_raised:
	case RT_MEMBER_int_fails:
	case RT_MEMBER_float_fails:
	case RT_MEMBER_is_plain_exception: return false;
	default: return true;
	}
}

bool is_caught(const struct builder *b, enum ir_op op, enum rt_member member)
{
	bool raises = op == IR_RT_OBJ || op == IR_RT_BOOL || op == IR_RT_I64 || op == IR_RT_DO;
	return raises && b->i && b->i->handler != UINT32_MAX && !b->top->outer && may_raise(member);
}

/* On in the current instruction's handler, of an exception that is a value of its own; where it was raised is lasti. */
static void enter_handler(struct builder *b, struct av exception, struct ir_instr *lasti)
{
	const struct bc_instr *i = b->i;
	if (i->handler_lasti)
		push(b, av_of(AV_INT, lasti));
	push(b, exception);
	b->exit = b->raise = NULL;
	b->i = NULL; /* a branch back is not what goes there */
	go_to(b, i->handler);
}

/* To the current instruction's handler, with what is on the stack when an exception is set. */
static void go_to_handler(struct builder *b)
{
	struct ir_instr *exception = rt(b, IR_RT_TRY, RT_MEMBER_catch, 0, NULL);
	while (b->top->n_stack > b->i->handler_depth)
		release(b, pop(b));
	struct ir_instr *lasti = b->i->handler_lasti ? emit_i64(b, b->i->at) : NULL;
	enter_handler(b, (struct av){ .kind = AV_OBJECT, .v = { exception }, .own = OWN_OWNED }, lasti);
}

void catch_if(struct builder *b, struct ir_instr *failed, const struct unseen *u)
{
	const struct bc_instr *i = b->i;
	bool moved = b->moved;
	struct frame *here = split(b, failed, true);
	if (u)
		thrown_catch(b, u);
	go_to_handler(b);
	unsplit(b, here);
	b->i = i;
	b->moved = moved;
}

struct ir_instr *rt_caught(struct builder *b, enum ir_op op, enum rt_member member, uint32_t n,
			   struct ir_instr *const *args)
{
	bool is_object = op == IR_RT_OBJ;
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	struct ir_instr *result = rt(b, is_object ? IR_RT_TRY : IR_RT_STATUS, member, n, args);
	catch_if(b, is_object ? emit1(b, IR_OBJ_IS_NULL, result) : emit2(b, IR_I64_LT, result, emit_i64(b, 0)), NULL);
	return op == IR_RT_BOOL ? emit2(b, IR_I64_NE, result, emit_i64(b, 0)) : result;
}

void raise_by(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args)
{
	if (is_caught(b, IR_RT_DO, member)) {
		emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
		(void)rt(b, IR_RT_STATUS, member, n, args);
		go_to_handler(b);
		return;
	}
	struct ir_instr *raise = rt(b, IR_RT_DO, member, n, args);
	emit0(b, IR_SIDE_EXIT)->exit = raise->exit; /* it has left already */
	b->block = NULL;
}

/* What dies while the frame is where the exception was raised, which only the stack tells. */
static void release_at(struct builder *b, struct av v, struct ir_instr *lasti)
{
	if (v.kind == AV_BOUND) {
		for (uint32_t i = 0; i < v.tuple->n; i++)
			release_at(b, v.tuple->items[i], lasti);
		return;
	}
	struct ir_instr **object = v.kind == AV_SUSPENDED || av_has_items(&v) ? NULL : av_object(&v);
	if (!object || v.own != OWN_OWNED) {
		release(b, v);
		return;
	}
	settle(b);
	(void)rt(b, IR_RT_STATUS, RT_MEMBER_drop_at, 2, (struct ir_instr *[]){ *object, lasti });
}

/* To the current instruction's handler, of an exception that has this frame in its traceback already. */
static void go_its_way(struct builder *b, struct av exception, struct ir_instr *lasti)
{
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	while (b->top->n_stack > b->i->handler_depth)
		release_at(b, pop(b), lasti);
	enter_handler(b, exception, lasti);
}

/* What is being handled. */
static bool raise_again(struct builder *b)
{
	if (b->i->handler == UINT32_MAX || b->top->outer)
		return false;
	settle(b);
	struct ir_instr *exception = rt_caught(b, IR_RT_OBJ, RT_MEMBER_handled_now, 0, NULL);
	go_its_way(b, (struct av){ .kind = AV_OBJECT, .v = { exception }, .own = OWN_OWNED }, emit_i64(b, b->i->at));
	return true;
}

/* Stack: the exception, its cause. */
bool build_raise(struct builder *b)
{
	uint32_t n = b->i->arg;
	struct ir_instr *args[2];
	if (n == 0)
		return raise_again(b);
	if (n == 1 && raise_class_unseen(b))
		return true;
	if (!objects_of(b, n, args))
		return false;
	settle(b);
	if (n == 1)
		args[1] = null_object(b);
	raise_by(b, RT_MEMBER_raise, 2, args);
	return true;
}

/* Stack: the exception, and arg below it where it was raised, if arg is not 0.  That frame is in its traceback already.
 * Without a handler here it leaves in front of that, which what takes the exit does by itself (resume_point.passes). */
bool build_reraise(struct builder *b)
{
	const struct bc_instr *i = b->i;
	const struct av *place = i->arg ? peek(b, i->arg + 1) : NULL;
	struct av *top = peek(b, 1);
	if (b->top->outer || top->kind != AV_OBJECT || (place && place->kind != AV_INT))
		return false;
	if (i->handler == UINT32_MAX) {
		passed_on(b);
		return true;
	}
	struct ir_instr *lasti = place ? place->v[0] : emit_i64(b, i->at);
	settle(b);
	own(b, top);
	go_its_way(b, pop(b), lasti);
	return true;
}

bool build_handler(struct builder *b)
{
	struct ir_instr *args[2];
	struct av exception;
	switch (b->i->op) {
	case BC_PUSH_EXC:
		if (!objects_of(b, 1, args))
			return false;
		args[0] = rt(b, IR_RT_TRY, RT_MEMBER_push_exc, 1, args);
		exception = pop(b);
		push_object(b, args[0], OWN_OWNED, KNOWN_NONE);
		push(b, exception);
		return true;
	case BC_MATCH_EXC:
		if (!objects_of(b, 2, args))
			return false;
		settle(b);
		replace(b, 1, av_of(AV_BOOL, rt(b, IR_RT_BOOL, RT_MEMBER_match_exc, 2, args)));
		return true;
	default: /* BC_POP_EXC */
		if (peek(b, 1)->kind == AV_UNSEEN) {
			(void)pop(b);
			return true;
		}
		args[0] = owned_object_of(b, peek(b, 1));
		if (!args[0])
			return false;
		settle(b);
		emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
		(void)rt(b, IR_RT_STATUS, RT_MEMBER_pop_exc, 1, args);
		(void)pop(b);
		return true;
	}
}
