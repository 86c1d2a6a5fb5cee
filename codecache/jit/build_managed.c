/* build_managed.c - `with f(...)`, where contextlib.contextmanager() has made f of a generator function of the module:
 * the generator's body is built in before and behind that of the `with`, and neither a generator is made nor a manager.
 *
 * While the body of the `with` runs, the generator's frame is a value on the stack, as in a loop (build_generators.c),
 * in the place of the bound __exit__.  At a side exit CPython goes on with a real manager of a real generator; so it
 * does where an exception comes to the `with`. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/managers.h"

/* Stack as of generator_callee(); what is to be called is the generator function that the manager's has closed over. */
static bool find_managed(struct builder *b, uint32_t n, struct call *ret)
{
	char name[CALLEE_NAME], inner[CALLEE_NAME];
	if (!generator_callee(b, n, name, ret))
		return false;
	PyObject *function = callee_find(b->input->globals, name);
	int length = snprintf(inner, sizeof(inner), "%s.func", name);
	return function && manager_is_made_by(function) && length > 0 && length < CALLEE_NAME &&
	       generator_is_now(b, inner, true, ret);
}

/* Leaves where another function would be called. */
static void guard_managed(struct builder *b, const struct call *call, struct ir_instr *helper)
{
	struct ir_instr *makes = rt(b, IR_RT_STATUS, RT_MEMBER_makes_manager, 1, &helper);
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_NE, makes, emit_i64(b, 0)));
	struct ir_instr *cell = emit1(b, IR_FUNCTION_CELL, helper);
	cell->imm.index = 0;
	struct ir_instr *function = emit1(b, IR_CELL_VALUE, cell);
	(void)emit1(b, IR_GUARD_SET, function);
	(void)inline_ask(b, IR_GUARD_FUNCTION, call, function);
}

bool build_managed(struct builder *b, uint32_t n)
{
	const struct bc_instr *next = b->i + 1;
	struct call call;
	if (next->op != BC_BEFORE_WITH || next->is_target || inline_is_in(b) || !find_managed(b, n, &call))
		return false;
	struct ir_instr *helper = generator_callable(b, &call);
	guard_managed(b, &call, helper);
	struct frame *inner = generator_enter(b, &call);
	inner->consumer = CONSUMER_WITH;
	inner->made_in = code_identity(b->top->code);
	inner->made_at = b->top->at++;
	generator_resume(b, inner);
	return true;
}

bool managed_is_entered(const struct frame *inner)
{
	return inner->outer->code->instrs[inner->outer->at].op == BC_BEFORE_WITH;
}

bool is_managed(const struct av *v)
{
	return v->kind == AV_SUSPENDED && v->generator->consumer == CONSUMER_WITH;
}

/* Stack: what stands for __exit__, and the Nones that it is called with. */
bool managed_end(struct builder *b)
{
	if (b->top->depth + 1 >= MAX_FRAMES)
		return false;
	drop(b, N_EXIT_ARGUMENTS - 1);
	generator_resume(b, pop(b).generator);
	return true;
}

/* The generator has ended, as it should; what __exit__() returns then is False. */
bool managed_returns(struct builder *b)
{
	if (managed_is_entered(b->top))
		return false; /* it has yielded nothing */
	own(b, peek(b, 1));
	struct av value = pop(b);
	leave_frame(b);
	release(b, value);
	push(b, av_of(AV_BOOL, emit_bool(b, false)));
	b->top->at++;
	b->exit = b->raise = NULL;
	b->moved = true;
	return true;
}
