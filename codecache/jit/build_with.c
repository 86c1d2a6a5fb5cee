/* build_with.c - with: what its manager's class has as __enter__ and __exit__ is called directly, if classes among the
 * globals have such functions.
 *
 * The bound __exit__, which CPython keeps on the stack until the end, is not made then: its function and the manager
 * are values of the frame (AV_BOUND).  Of any other manager it is the object that was found, and NULL, so that both are
 * of one shape. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"

enum { FUNCTION, SELF };

/* The names of functions that classes have for it, and that CPython was seen to call here if it was seen at all. */
static uint32_t find_names(struct builder *b, const char *method, char (*ret)[CALLEE_NAME])
{
	uint32_t found = callee_methods(b->input->globals, method, CALLEE_METHOD, MAX_METHODS, ret), n = 0, n_called;
	for (uint32_t i = 0; i < found; i++) {
		bool was_called = was_called_here(b, callee_find(b->input->globals, ret[i]), &n_called);
		if ((was_called || n_called == 0) && n++ < i)
			memcpy(ret[n - 1], ret[i], CALLEE_NAME);
	}
	return n;
}

/* ---- the beginning --------------------------------------------------------- */

/* Stack: the manager. */
static void enter_any(struct builder *b, bool as_bound)
{
	struct ir_instr *manager = object_of(b, peek(b, 1));
	struct ir_instr *entered = rt(b, IR_RT_OBJ, RT_MEMBER_before_with, 1, &manager);
	struct av exit = { .kind = AV_OBJECT, .v = { emit0(b, IR_RT_SECOND) }, .own = OWN_OWNED };
	struct av old = pop(b);
	if (as_bound) {
		struct av self = {
			.kind = AV_OBJECT, .v = { null_object(b) }, .own = OWN_OWNED, .known = KNOWN_NULLABLE
		};
		push_bound(b, (struct av[]){ exit, self });
	} else {
		push(b, exit);
	}
	push_object(b, entered, OWN_OWNED, KNOWN_NONE);
	release(b, old);
}

/* The manager on top becomes what it is to be left by. */
static void push_exit(struct builder *b, struct ir_instr *exit)
{
	struct av function = { .kind = AV_OBJECT, .v = { exit } };
	own(b, &function);
	own(b, peek(b, 1));
	struct av self = pop(b);
	self.known = KNOWN_NULLABLE;
	self.index = 0;
	b->exit = b->raise = NULL;
	push_bound(b, (struct av[]){ function, self });
}

static struct ir_instr *find_exit(struct builder *b, enum ir_op by)
{
	return find_special(b, 1, "__exit__", RT_USE_ITEM, by);
}

void with_entered(struct builder *b, struct av result)
{
	push_exit(b, find_exit(b, IR_TYPE_FUNCTION));
	push(b, result);
}

/* An __enter__ that only computes: most return self. */
static bool inlined_enter(struct builder *b, const char *name)
{
	struct av self = *peek(b, 1);
	struct call call = { .n = 1, .operands = &self, .result = INLINE_ENTERED };
	if (!inline_can(b, b->input->globals, name, &call))
		return false;
	inline_enter(b, &call, find_special(b, 1, "__enter__", RT_USE_ITEM, IR_TYPE_FUNCTION), 0);
	return true;
}

static void enter_by(struct builder *b, const struct call *like, struct ir_instr *enter, struct ir_instr *exit)
{
	struct call call = *like;
	struct av self = *peek(b, 1);
	call.operands = &self;
	push_exit(b, exit);
	call_special(b, &call, enter, 0);
}

static bool may_be_of_class(const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_NONE;
}

bool build_before_with(struct builder *b)
{
	char names[MAX_METHODS][CALLEE_NAME];
	struct call calls[MAX_METHODS];
	if (!object_of(b, peek(b, 1)))
		return false;
	uint32_t found = may_be_of_class(peek(b, 1)) ? find_names(b, "__enter__", names) : 0;
	if (found == 1 && inlined_enter(b, names[0]))
		return true;
	struct av self = *peek(b, 1);
	uint32_t n = special_calls(b, &(struct call){ .n = 1, .operands = &self }, names, found, calls);
	struct join join = { 0 };
	if (n == 0) {
		settle(b);
		enter_any(b, false);
		return true;
	}
	enum av_kind kind = begin_ways(b, calls, n);
	struct ir_instr *enter = find_special(b, 1, "__enter__", RT_USE_ITEM, IR_TYPE_METHOD);
	struct ir_instr *exit = find_exit(b, IR_TYPE_METHOD);
	struct ir_instr *has_exit = emit1(b, IR_BOOL_NOT, emit1(b, IR_OBJ_IS_NULL, exit));
	for (uint32_t i = 0; i < n; i++) {
		struct ir_instr *is = direct_ask(b, IR_FUNCTION_IS, &calls[i], enter);
		struct frame *here = split(b, emit2(b, IR_BOOL_AND, has_exit, is), true);
		enter_by(b, &calls[i], enter, exit);
		end_way(b, &join, kind, here);
	}
	enter_any(b, true);
	end_ways(b, &join, kind, calls[0].direct, true);
	return true;
}

/* ---- the end --------------------------------------------------------------- */

static struct ir_instr *is_method(struct builder *b, const struct av *bound)
{
	return emit1(b, IR_BOOL_NOT, emit1(b, IR_OBJ_IS_NULL, bound->tuple->items[SELF].v[0]));
}

static bool call_exit(struct builder *b)
{
	return object_call_rarely(b, N_EXIT_ARGUMENTS - 2);
}

/* The ways of what the bound __exit__ may be. */
static bool exit_ways(struct builder *b, const struct av *bound, struct av *operands)
{
	char names[MAX_METHODS][CALLEE_NAME];
	struct call calls[MAX_METHODS];
	struct join join = { 0 };
	struct ir_instr *function = bound->tuple->items[FUNCTION].v[0];
	uint32_t found = find_names(b, "__exit__", names);
	struct call like = { .n = N_EXIT_ARGUMENTS, .operands = operands };
	uint32_t n = special_calls(b, &like, names, found, calls);
	if (n == 0)
		return call_exit(b);
	enum av_kind kind = begin_ways(b, calls, n);
	for (uint32_t i = 0; i < n; i++) {
		struct ir_instr *is = direct_ask(b, IR_FUNCTION_IS, &calls[i], function);
		struct frame *here = split(b, emit2(b, IR_BOOL_AND, is_method(b, bound), is), true);
		call_special(b, &calls[i], function, N_EXIT_ARGUMENTS);
		end_way(b, &join, kind, here);
	}
	end_ways(b, &join, kind, calls[0].direct, call_exit(b));
	return true;
}

static bool inlined_exit(struct builder *b, const struct av *bound, struct av *operands)
{
	char names[MAX_METHODS][CALLEE_NAME];
	uint32_t found = find_names(b, "__exit__", names);
	struct call call = { .n = N_EXIT_ARGUMENTS, .operands = operands };
	if (found != 1 || !inline_can(b, b->input->globals, names[0], &call))
		return false;
	(void)emit1(b, IR_GUARD, is_method(b, bound));
	inline_enter(b, &call, bound->tuple->items[FUNCTION].v[0], N_EXIT_ARGUMENTS);
	return true;
}

/* Stack: the bound __exit__, in the place of a method, and the Nones that it is called with. */
bool build_with_end(struct builder *b)
{
	const struct av *bound = b->i->arg == N_EXIT_ARGUMENTS - 2 ? peek(b, N_EXIT_ARGUMENTS) : NULL;
	struct av operands[N_EXIT_ARGUMENTS];
	if (bound && is_managed(bound))
		return managed_end(b);
	if (!bound || bound->kind != AV_BOUND)
		return false;
	for (uint32_t i = 1; i < N_EXIT_ARGUMENTS; i++)
		operands[i] = *peek(b, N_EXIT_ARGUMENTS - i);
	operands[0] = bound->tuple->items[SELF];
	operands[0].known = KNOWN_NONE;
	return inlined_exit(b, bound, operands) || exit_ways(b, bound, operands);
}

/* Stack: __exit__, where the exception was raised, what was handled before, the exception.  Rare enough for CPython's
 * way of calling. */
bool build_with_except(struct builder *b)
{
	struct av *exit = peek(b, 4);
	bool is_bound = exit->kind == AV_BOUND;
	struct ir_instr *args[] = { is_bound ? exit->tuple->items[FUNCTION].v[0] : object_of(b, exit),
				    is_bound ? exit->tuple->items[SELF].v[0] : null_object(b),
				    object_of(b, peek(b, 1)) };
	if (!args[0] || !args[2])
		return false;
	settle(b);
	push_object(b, rt(b, IR_RT_OBJ, RT_MEMBER_with_except, 3, args), OWN_OWNED, KNOWN_NONE);
	return true;
}
