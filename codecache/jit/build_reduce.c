/* build_reduce.c - min(), max() and sum(): of some numbers without a call, of a sequence by the runtime. */
#include "config.h"

#include "codecache/jit/build_priv.h"

static enum rt_type number_type(enum av_kind kind)
{
	return kind == AV_INT ? RT_TYPE_ID_int : RT_TYPE_ID_float;
}

/* The kind that all n values on top have, if those that nothing is known of have it, too.  AV_NULL: there is none. */
static enum av_kind common_kind(struct builder *b, uint32_t n)
{
	enum av_kind kind = AV_NULL;
	for (uint32_t i = 1; i <= n; i++) {
		const struct av *v = peek(b, i);
		if (v->kind == AV_OBJECT && v->known == KNOWN_NONE)
			continue;
		if ((v->kind != AV_INT && v->kind != AV_FLOAT) || (kind != AV_NULL && v->kind != kind))
			return AV_NULL;
		kind = v->kind;
	}
	return kind == AV_NULL ? AV_INT : kind;
}

/* Whether all n values are numbers of that kind; NULL: they are known to be. */
static struct ir_instr *are_numbers(struct builder *b, uint32_t n, enum av_kind kind)
{
	struct ir_instr *all = NULL;
	for (uint32_t i = 1; i <= n; i++) {
		if (peek(b, i)->kind != AV_OBJECT)
			continue;
		struct ir_instr *is = is_exactly(b, peek(b, i), number_type(kind));
		all = all ? emit2(b, IR_BOOL_AND, all, is) : is;
	}
	return all;
}

/* The first of the smallest, as min_max() in Python/bltinmodule.c: an item that is not less does not replace it. */
static void select_number(struct builder *b, uint32_t n, enum av_kind kind, bool is_min)
{
	static const enum ir_op ops[2][2] = { { IR_I64_GT, IR_F64_GT }, { IR_I64_LT, IR_F64_LT } };
	bool is_float = kind == AV_FLOAT;
	for (uint32_t i = 1; i <= n; i++)
		if (peek(b, i)->kind == AV_OBJECT)
			unbox_in_place(b, peek(b, i), !is_float);
	struct ir_instr *best = peek(b, n)->v[0];
	for (uint32_t i = n - 1; i > 0; i--) {
		struct ir_instr *item = peek(b, i)->v[0];
		struct ir_instr *args[] = { emit2(b, ops[is_min][is_float], item, best), item, best };
		best = emit(b, is_float ? IR_F64_SELECT : IR_I64_SELECT, 3, args);
	}
	drop(b, n + 2);
	push(b, av_of(kind, best));
}

static bool is_mixed(const struct av *x, const struct av *y)
{
	return (x->kind == AV_INT && y->kind == AV_FLOAT) || (x->kind == AV_FLOAT && y->kind == AV_INT);
}

/* Whether the call's result is at once an operand of float arithmetic, which takes an int for the float that it is. */
static bool is_float_operand(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	const struct av *left = b->top->n_stack > 4 ? peek(b, 5) : NULL;
	if (next->is_target)
		return false;
	if (next->op == BC_BINARY)
		return left && left->kind == AV_FLOAT && is_float_operator(next);
	if (next->op != BC_LOAD_LOCAL || (next + 1)->op != BC_BINARY || (next + 1)->is_target)
		return false;
	return b->top->locals[next->arg].kind == AV_FLOAT && is_float_operator(next + 1);
}

/* min() or max() of an int and a float is the one or the other. */
static bool call_of_mixed(struct builder *b, bool is_min)
{
	struct av first = *peek(b, 2), second = *peek(b, 1);
	struct ir_instr *x = as_float_exact(b, &first), *y = as_float_exact(b, &second);
	struct ir_instr *is_second = emit2(b, is_min ? IR_F64_LT : IR_F64_GT, y, x);
	if (is_float_operand(b)) {
		struct ir_instr *args[] = { is_second, y, x };
		replace(b, 4, av_of(AV_FLOAT, emit(b, IR_F64_SELECT, 3, args)));
		return true;
	}
	struct frame *here = split(b, is_second, true);
	replace(b, 4, av_of(second.kind, second.v[0]));
	go_on_otherwise(b, here);
	replace(b, 4, av_of(first.kind, first.v[0]));
	return true;
}

/* An int and what may be an int as well. */
static bool call_of_unknown(struct builder *b, bool is_min)
{
	uint32_t unknown = peek(b, 1)->kind == AV_OBJECT ? 1 : 2;
	struct frame *here = split(b, is_exactly(b, peek(b, unknown), RT_TYPE_ID_float), true);
	unbox_in_place(b, peek(b, unknown), false);
	(void)call_of_mixed(b, is_min);
	go_on_otherwise(b, here);
	return object_call(b, 2);
}

static bool call_of_numbers(struct builder *b, uint32_t n)
{
	bool is_min = peek(b, n + 1)->builtin == BUILTIN_MIN;
	if (n == 2 && is_mixed(peek(b, 1), peek(b, 2)))
		return call_of_mixed(b, is_min);
	enum av_kind kind = common_kind(b, n);
	if (kind == AV_NULL)
		return false;
	struct ir_instr *all = are_numbers(b, n, kind);
	if (!all) {
		select_number(b, n, kind, is_min);
		return true;
	}
	struct frame *here = split(b, all, true);
	select_number(b, n, kind, is_min);
	go_on_otherwise(b, here);
	bool beside_int = n == 2 && (peek(b, 1)->kind == AV_INT || peek(b, 2)->kind == AV_INT);
	return beside_int ? call_of_unknown(b, is_min) : object_call(b, n);
}

static bool call_of_sequence(struct builder *b)
{
	enum builtin builtin = peek(b, 2)->builtin;
	struct ir_instr *args[] = { object_of(b, peek(b, 2)), NULL };
	if (peek(b, 1)->kind != AV_OBJECT || !args[0])
		return false;
	args[1] = peek(b, 1)->v[0];
	settle(b);
	enum rt_member member = builtin == BUILTIN_SUM   ? RT_MEMBER_sum
				: builtin == BUILTIN_MIN ? RT_MEMBER_min
							 : RT_MEMBER_max;
	struct ir_instr *result = rt(b, IR_RT_OBJ, member, 2, args);
	replace(b, 3, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

/* Stack: NULL, builtin, n arguments. */
bool call_reduce(struct builder *b, uint32_t n)
{
	enum { MOST = 8 };
	if (n == 1)
		return call_of_sequence(b);
	return peek(b, n + 1)->builtin != BUILTIN_SUM && n >= 2 && n <= MOST && call_of_numbers(b, n);
}
