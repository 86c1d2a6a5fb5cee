/* build_fuse.c - builtins that are called with a generator expression: its body becomes a loop of the caller, and no
 * generator is made.
 *
 * sum(), any() and all(), and min() and max() of numbers, become arithmetic and branches.  What makes a list of its
 * argument before it looks at it (sorted(), str.join(), list() itself) gets a list, and so does what cannot tell the
 * difference: tuple().  list.extend() appends to its list as the items come, so that the body may look at it.  bytes()
 * and bytearray() get a bytearray of ints that are known to be bytes.  Consumers that run code between two items
 * (set(), min() of any objects) are left alone: the order of what happens would be another one. At a side exit CPython
 * goes on with the real generator and what came so far (STATE_CHAIN). */
#include "config.h"

#include <string.h>

#include "codecache/jit/build_priv.h"

static enum consumer consumer_of(struct builder *b, const struct av *callable)
{
	static const struct {
		const char *name;
		enum consumer consumer;
	} consumers[] = {
		{ "sum", CONSUMER_SUM },         { "any", CONSUMER_ANY },        { "all", CONSUMER_ALL },
		{ "min", CONSUMER_MIN },         { "max", CONSUMER_MAX },        { "list", CONSUMER_LIST },
		{ "tuple", CONSUMER_ITEMS },     { "sorted", CONSUMER_ITEMS },   { "bytes", CONSUMER_BYTES },
		{ "bytearray", CONSUMER_BYTES }, { "str.join", CONSUMER_ITEMS }, { "list.extend", CONSUMER_EXTEND },
	};
	if (callable->kind != AV_BUILTIN)
		return CONSUMER_NONE;
	const char *name = ir_family(b->f)->consts[callable->index].name;
	for (size_t i = 0; i < sizeof(consumers) / sizeof(consumers[0]); i++)
		if (strcmp(consumers[i].name, name) == 0)
			return consumers[i].consumer;
	return CONSUMER_NONE;
}

bool is_plain_generator(const struct bc_code *code, const struct made_function *function)
{
	return code->is_generator && code->n_params == 1 && !(code->local_kinds[0] & BC_CELL) &&
	       code->n_free == function->n_cells;
}

static bool is_fused_method(struct builder *b, const struct av *method, const struct av *self)
{
	if (method->kind != AV_BUILTIN)
		return false;
	return method->builtin == BUILTIN_STR_JOIN ||
	       (method->builtin == BUILTIN_LIST_EXTEND && self->kind == AV_OBJECT && known_of(b, self) == KNOWN_LIST);
}

/* The consumer that is called with one argument, which is below n entries of the stack.  At an exit what is left of the
 * generator is above it, and the sum so far. */
static enum consumer consumer_below(struct builder *b, uint32_t n)
{
	if (b->top->n_stack < n + 2)
		return CONSUMER_NONE;
	enum consumer consumer = consumer_of(b, peek(b, n + 1));
	if (!has_stack_room(b, b->top, b->top->n_stack - n + (consumer == CONSUMER_SUM ? 2 : 1)))
		return CONSUMER_NONE;
	const struct av *below = peek(b, n + 2);
	if (consumer == CONSUMER_NONE && is_fused_method(b, below, peek(b, n + 1)))
		return consumer_of(b, below);
	return below->kind == AV_NULL && consumer != CONSUMER_EXTEND ? consumer : CONSUMER_NONE;
}

/* That of the generator which the current instruction makes, if that is all the next instruction does. */
static enum consumer next_consumer(struct builder *b, uint32_t n)
{
	const struct bc_instr *next = b->i + 1;
	if (next->op != BC_CALL || next->arg != 1 || next->names != UINT32_MAX || next->is_target)
		return CONSUMER_NONE;
	return consumer_below(b, n);
}

static struct av zero(struct builder *b)
{
	return av_of(AV_WIDE, emit1(b, IR_I64_TO_I128, emit_i64(b, 0)));
}

static bool collects(enum consumer consumer)
{
	return consumer == CONSUMER_LIST || consumer == CONSUMER_ITEMS || consumer == CONSUMER_BYTES;
}

static struct av nothing_so_far(struct builder *b, enum consumer consumer)
{
	bool bytes = consumer == CONSUMER_BYTES;
	if (consumer == CONSUMER_SUM)
		return zero(b);
	if (!collects(consumer))
		return (struct av){ .kind = AV_UNBOUND };
	enum rt_member make = bytes ? RT_MEMBER_new_bytearray : RT_MEMBER_new_list;
	return (struct av){ .kind = AV_OBJECT,
			    .v = { rt(b, IR_RT_OBJ, make, 0, NULL) },
			    .own = OWN_OWNED,
			    .known = bytes ? KNOWN_BYTEARRAY : KNOWN_LIST };
}

/* Stack: consumer as a call has it, function, iterator.  Stand in the generator's frame now. */
bool call_fused(struct builder *b)
{
	const struct made_function *function = peek(b, 2)->function;
	enum consumer consumer = next_consumer(b, 2);
	if (consumer == CONSUMER_NONE || b->top->depth + 1 >= MAX_DEPTH ||
	    !is_plain_generator(code_decoded(b, function->code_object), function))
		return false;
	struct av so_far = nothing_so_far(b, consumer);
	struct av iter = pop(b);
	(void)pop(b);
	pass_suspended(&iter);
	b->top->at++; /* the consumer's call is what the outer frame is at */
	struct frame *inner = enter(b, function);
	inner->consumer = consumer;
	inner->sum = so_far;
	inner->locals[0] = iter;
	hold(inner, &inner->locals[0]);
	b->exit = b->raise = NULL;
	return true;
}

/* The same with a generator function of the module.  Stack: consumer, NULL, function, n arguments. */
bool call_fused_function(struct builder *b, uint32_t n)
{
	enum consumer consumer = next_consumer(b, n + 2);
	if (consumer == CONSUMER_NONE)
		return false;
	struct frame *inner = generator_frame(b, n);
	if (!inner)
		return false;
	inner->consumer = consumer;
	inner->sum = nothing_so_far(b, consumer);
	b->top->at++;
	b->top = inner;
	b->exit = b->raise = NULL;
	return true;
}

static void consume(struct builder *b, enum consumer consumer)
{
	struct av so_far = nothing_so_far(b, consumer);
	(void)generator_for_iter(b);
	b->top->is_loose = false;
	b->top->consumer = consumer;
	b->top->sum = so_far;
}

/* The same with one that was called before.  Stack: consumer, NULL, generator.  Where it is an instance with __next__
 * it goes on; all else is called as ever. */
bool call_with_generator(struct builder *b)
{
	if (b->i->names != UINT32_MAX || b->top->depth + 1 >= MAX_FRAMES)
		return false;
	enum consumer consumer = consumer_below(b, 1);
	if (consumer == CONSUMER_NONE)
		return false;
	if (peek(b, 1)->kind == AV_SUSPENDED) {
		consume(b, consumer);
		return true;
	}
	bool asks_once =
		consumer != CONSUMER_BYTES && peek(b, 3)->kind == AV_NULL; /* str.join() has __iter__ called twice */
	struct frame *here = asks_once ? each_of_instance(b) : NULL;
	if (here) {
		consume(b, consumer);
		go_on_otherwise(b, here);
	}
	return false;
}

/* sum(generator[, start]) of a generator over a range. */
bool call_sum(struct builder *b, uint32_t n)
{
	if (n < 1 || n > 2 || b->top->depth + 1 >= MAX_DEPTH)
		return false;
	const struct av generator = *peek(b, n);
	if (generator.kind != AV_GENERATOR)
		return false;
	struct av sum;
	if (n == 1)
		sum = zero(b);
	else if (peek(b, 1)->kind == AV_INT)
		sum = av_of(AV_WIDE, emit1(b, IR_I64_TO_I128, peek(b, 1)->v[0]));
	else if (peek(b, 1)->kind == AV_FLOAT)
		sum = av_of(AV_FLOAT, peek(b, 1)->v[0]);
	else
		return false;
	for (uint32_t i = 0; i < n; i++)
		(void)pop(b);

	struct frame *inner = enter(b, generator.function);
	inner->consumer = CONSUMER_SUM;
	inner->sum = sum;
	inner->locals[0] =
		(struct av){ .kind = AV_RANGE_ITER, .v = { generator.v[0], generator.v[1], generator.v[2] } };
	return true;
}

/* ---- a value comes --------------------------------------------------------- */

static struct av none(struct builder *b)
{
	return (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") };
}

static void push_none(struct builder *b)
{
	push(b, none(b)); /* what next() sends */
}

/* What sum() does with one number: Python/bltinmodule.c, builtin_sum_impl(). */
static bool add_number(struct builder *b)
{
	struct av *sum = &b->top->sum;
	const struct av value = *peek(b, 1);
	struct av next;
	if (sum->kind == AV_WIDE && is_integral(&value)) {
		next = av_of(AV_WIDE, emit2(b, IR_I128_ADD_I64, sum->v[0], as_int(b, &value)));
	} else if (sum->kind == AV_FLOAT || value.kind == AV_FLOAT) {
		struct ir_instr *l = as_float(b, sum), *r = as_float(b, &value);
		if (!r)
			return false;
		next = av_of(AV_FLOAT, emit2(b, IR_F64_ADD, l, r));
	} else {
		return false;
	}
	drop(b, 1);
	*sum = next;
	push_none(b);
	return true;
}

/* What min() and max() do with one number, as in min_max() there: the first of equal ones stays, and so does what a NaN
 * is compared with. */
static bool choose_number(struct builder *b)
{
	struct av *best = &b->top->sum;
	const struct av value = *peek(b, 1);
	bool max = b->top->consumer == CONSUMER_MAX, is_int = value.kind == AV_INT;
	if ((!is_int && value.kind != AV_FLOAT) || (best->kind != AV_UNBOUND && best->kind != value.kind))
		return false;
	struct ir_instr *chosen = value.v[0];
	if (best->kind != AV_UNBOUND) {
		enum ir_op better = is_int ? (max ? IR_I64_GT : IR_I64_LT) : (max ? IR_F64_GT : IR_F64_LT);
		struct ir_instr *operands[] = { emit2(b, better, chosen, best->v[0]), chosen, best->v[0] };
		chosen = emit(b, is_int ? IR_I64_SELECT : IR_F64_SELECT, 3, operands);
	}
	drop(b, 1);
	*best = av_of(value.kind, chosen);
	push_none(b);
	return true;
}

/* An object that nothing is known of may be a float or else an int. */
static bool yield_number(struct builder *b, bool (*take)(struct builder *b))
{
	const struct av *value = peek(b, 1);
	return value->kind == AV_OBJECT && value->known == KNOWN_NONE ? as_float_or_int(b, 1, take) : take(b);
}

/* The call of the consumer is over, before its generator is or with it: what that iterates over dies before its locals
 * do (_PyGen_Finalize(), where an exception unwinds its stack). */
static void finish(struct builder *b, struct av result)
{
	while (b->top->n_stack > 0)
		release(b, b->top->stack[--b->top->n_stack]);
	leave_frame(b);
	drop(b, 2); /* the consumer, NULL; or a method and its list */
	push(b, result);
	b->top->at++;
	b->moved = true;
}

/* Only what has a truth without a call: an exception of __bool__() would be any()'s and not the generator's. */
static bool yield_truth(struct builder *b)
{
	struct av *value = peek(b, 1);
	bool until = b->top->consumer == CONSUMER_ANY;
	if (value->kind == AV_OBJECT && value->known == KNOWN_NONE) {
		*value = (struct av){ .kind = AV_BOOL,
				      .v = { emit1(b, IR_UNBOX_BOOL, value->v[0]) },
				      .own = value->own,
				      .object = value->v[0] };
	} else if (!av_is_number(value) && !length_of(b, value)) {
		return false;
	}
	struct ir_instr *t = truth(b, peek(b, 1));
	struct frame *here = split(b, t, until);
	finish(b, av_of(AV_BOOL, emit_bool(b, until)));
	go_to(b, b->top->at);
	go_on(b);
	unsplit(b, here);
	drop(b, 1);
	push_none(b);
	return true;
}

static bool yield_item(struct builder *b)
{
	if (b->top->consumer == CONSUMER_BYTES) {
		struct ir_instr *byte = may_be_index(peek(b, 1)) ? index_at(b, peek(b, 1)) : NULL;
		if (!byte)
			return false;
		struct ir_instr *beyond = emit2(b, IR_I64_AND, byte, emit_i64(b, ~(int64_t)UINT8_MAX));
		(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, beyond, emit_i64(b, 0)));
		(void)emit2(b, IR_BYTEARRAY_APPEND, b->top->sum.v[0], byte);
		drop(b, 1);
		push_none(b);
		return true;
	}
	bool extends = b->top->consumer == CONSUMER_EXTEND;
	struct frame *caller = b->top->outer;
	if (!list_append(b, extends ? caller->stack[caller->n_stack - 1].v[0] : b->top->sum.v[0]))
		return false;
	push_none(b);
	return true;
}

bool build_yield(struct builder *b)
{
	switch (b->top->outer ? b->top->consumer : CONSUMER_NONE) {
	case CONSUMER_SUM: return yield_number(b, add_number);
	case CONSUMER_MIN:
	case CONSUMER_MAX: return yield_number(b, choose_number);
	case CONSUMER_ANY:
	case CONSUMER_ALL: return yield_truth(b);
	case CONSUMER_LIST:
	case CONSUMER_EXTEND:
	case CONSUMER_ITEMS:
	case CONSUMER_BYTES: return yield_item(b);
	case CONSUMER_FOR: return yield_to_loop(b);
	case CONSUMER_KEYS: return sort_key(b);
	case CONSUMER_WITH: return managed_is_entered(b->top) && yield_to_loop(b);
	case CONSUMER_NONE: break;
	}
	return !b->top->outer && body_yield(b);
}

/* ---- the generator is at its end --------------------------------------------- */

/* The consumer's call, with the list or bytearray of all that came. */
static void call_with_list(struct builder *b)
{
	struct av list = b->top->sum;
	leave_frame(b);
	push(b, list);
	b->i = &b->top->code->instrs[b->top->at];
	b->exit = b->raise = NULL;
	(void)object_call(b, 1);
	b->top->at++;
	b->moved = true;
}

/* There was nothing: as of an empty list. */
static void best_of_none(struct builder *b)
{
	b->top->sum = nothing_so_far(b, CONSUMER_LIST);
	call_with_list(b);
}

bool build_generator_return(struct builder *b)
{
	switch (b->top->consumer) {
	case CONSUMER_MIN:
	case CONSUMER_MAX:
		if (b->top->sum.kind == AV_UNBOUND)
			best_of_none(b);
		else
			finish(b, b->top->sum);
		break;
	case CONSUMER_ANY:
	case CONSUMER_ALL: finish(b, av_of(AV_BOOL, emit_bool(b, b->top->consumer == CONSUMER_ALL))); break;
	case CONSUMER_ITEMS:
	case CONSUMER_BYTES: call_with_list(b); break;
	case CONSUMER_FOR: return generator_ends(b);
	case CONSUMER_WITH: return managed_returns(b);
	case CONSUMER_EXTEND: finish(b, none(b)); break;
	default: finish(b, b->top->sum); break;
	}
	return true;
}
