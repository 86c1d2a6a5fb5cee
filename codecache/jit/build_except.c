/* build_except.c - exceptions that are caught in the function that raises them: native code goes on in the handler.
 *
 * What may raise where there is a handler does not leave by an exit, but is followed by a branch: to where the stack is
 * unwound, as CPython's loop does it (exception_unwind in Python/ceval.c), and the handler begins.  An exception that
 * no handler of the function wants leaves at the handler's RERAISE. */
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
	case RT_MEMBER_new_slice:
	case RT_MEMBER_new_range:
	case RT_MEMBER_new_range_iter:
	case RT_MEMBER_new_seq_iter:
	case RT_MEMBER_new_cell:
	case RT_MEMBER_new_function:
	case RT_MEMBER_cell_set: return false;
	default: return true;
	}
}

bool is_caught(const struct builder *b, enum ir_op op, enum rt_member member)
{
	bool raises = op == IR_RT_OBJ || op == IR_RT_BOOL || op == IR_RT_I64 || op == IR_RT_DO;
	return raises && b->i && b->i->handler != UINT32_MAX && !b->top->outer && may_raise(member);
}

/* To the current instruction's handler, with what is on the stack when an exception is set. */
static void go_to_handler(struct builder *b)
{
	const struct bc_instr *i = b->i;
	struct ir_instr *exception = rt(b, IR_RT_TRY, RT_MEMBER_catch, 0, NULL);
	while (b->top->n_stack > i->handler_depth)
		release(b, pop(b));
	if (i->handler_lasti)
		push(b, av_of(AV_INT, emit_i64(b, i->at)));
	push_object(b, exception, OWN_OWNED, KNOWN_NONE);
	b->exit = b->raise = NULL;
	b->i = NULL; /* a branch back is not what goes there */
	go_to(b, i->handler);
}

void catch_if(struct builder *b, struct ir_instr *failed)
{
	const struct bc_instr *i = b->i;
	struct ir_block *other = b->other;
	bool moved = b->moved;
	struct frame *here = split(b, failed, true);
	go_to_handler(b);
	unsplit(b, here);
	b->i = i;
	b->other = other;
	b->moved = moved;
}

struct ir_instr *rt_caught(struct builder *b, enum ir_op op, enum rt_member member, uint32_t n,
			   struct ir_instr *const *args)
{
	bool is_object = op == IR_RT_OBJ;
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	struct ir_instr *result = rt(b, is_object ? IR_RT_TRY : IR_RT_STATUS, member, n, args);
	catch_if(b, is_object ? emit1(b, IR_OBJ_IS_NULL, result) : emit2(b, IR_I64_LT, result, emit_i64(b, 0)));
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

/* Stack: the exception, its cause.  Without one, what is being handled goes on its way, from where it was raised. */
bool build_raise(struct builder *b)
{
	uint32_t n = b->i->arg;
	struct ir_instr *args[2];
	if (n == 0 || !objects_of(b, n, args))
		return false;
	settle(b);
	if (n == 1)
		args[1] = null_object(b);
	raise_by(b, RT_MEMBER_raise, 2, args);
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
