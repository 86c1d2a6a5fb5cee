/* build_ops.c - operators: int, float and bool. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/outgrown.h"

bool is_integral(const struct av *v)
{
	return v->kind == AV_INT || v->kind == AV_BOOL || v->kind == AV_WIDE;
}

/* The value as an i64 (bool is an int in Python). NULL if it is none. */
struct ir_instr *as_int(struct builder *b, const struct av *v)
{
	switch (v->kind) {
	case AV_INT: return v->v[0];
	case AV_BOOL: return emit1(b, IR_BOOL_TO_I64, v->v[0]);
	case AV_WIDE: return emit1(b, IR_I128_TO_I64, v->v[0]);
	default: return NULL;
	}
}

/* The value as an operand of float arithmetic: CPython converts ints by PyLong_AsDouble() (Objects/floatobject.c,
 * convert_to_double()). */
struct ir_instr *as_float(struct builder *b, const struct av *v)
{
	if (v->kind == AV_FLOAT)
		return v->v[0];
	if (v->kind == AV_U64)
		return u64_as_float(b, v->v[0]);
	struct ir_instr *i = as_int(b, v);
	if (i && i->op == IR_CONST_I64)
		return emit_f64(b, (double)i->imm.i);
	return i ? emit1(b, IR_I64_TO_F64, i) : NULL;
}

/* The same of what may be any object, but must be a number. */
struct ir_instr *float_operand(struct builder *b, const struct av *v)
{
	return v->kind == AV_OBJECT ? emit1(b, IR_OBJ_TO_F64, v->v[0]) : as_float(b, v);
}

struct unboxed {
	const struct ir_instr *object;
	struct av number;
};

static void unbox_place(struct av *place, void *data)
{
	const struct unboxed *to = data;
	if (place->kind != AV_OBJECT || place->v[0] != to->object)
		return;
	enum own_kind own = place->own;
	*place = to->number;
	place->own = own;
}

void number_in_place(struct builder *b, const struct ir_instr *object, struct av number)
{
	frames_each_place(b->top, unbox_place, &(struct unboxed){ object, number });
}

/* Make the object at v a number, by a guard; so it is in all other places too. */
void unbox_in_place(struct builder *b, struct av *v, bool is_int)
{
	struct ir_instr *object = v->v[0];
	struct ir_instr *number = emit1(b, is_int ? IR_UNBOX_I64 : IR_UNBOX_F64, object);
	struct av unboxed = av_of(is_int ? AV_INT : AV_FLOAT, number);
	unboxed.object = object;
	number_in_place(b, object, unboxed);
}

/* Any object, for all that is known; what a global is now would be known, were it a number. */
bool is_unknown_object(const struct builder *b, const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_NONE && !is_no_number_now(b, v);
}

/* What an operator on two unknown objects is guessed to be about, where the inline caches have nothing to say. */
static enum bc_hint usual_hint(const struct builder *b)
{
	if (b->i->op != BC_BINARY)
		return HINT_NONE;
	switch ((enum bc_binary)b->i->arg) {
	case BINARY_SHL:
	case BINARY_SHR:
	case BINARY_AND:
	case BINARY_XOR: return HINT_INT;
	default: return HINT_NONE;
	}
}

/* Whether the operator is one of numbers that CPython does not specialise, so that nothing says of which types they
 * are. */
static bool is_never_specialised(const struct builder *b)
{
	switch ((enum bc_binary)b->i->arg) {
	case BINARY_TRUEDIV:
	case BINARY_FLOORDIV:
	case BINARY_MOD:
	case BINARY_POW: return true;
	default: return false;
	}
}

/* Whether v is what a dict has, or an int if it has nothing: totals.get(k, 0) + x. */
static bool is_int_otherwise(const struct av *v)
{
	return v->kind == AV_OBJECT && v->v[0]->op == IR_RT_OBJ &&
	       (v->v[0]->imm.index == RT_MEMBER_dict_get_i64 || v->v[0]->imm.index == RT_MEMBER_dict_get_ints_i64);
}

/* Whether CPython, or native code that was left here, has met numbers of two types. */
static bool has_met_mixed(const struct builder *b)
{
	return b->i->hint == HINT_MIXED || (b->i->met & MET_NUMBERS);
}

bool has_met_objects(const struct builder *b)
{
	return b->i->met & MET_OBJECTS;
}

/* Whether v, an operand of arithmetic beside that float, may be an int as well: CPython does not say, or says that they
 * are of two types. */
static bool is_any_number(struct builder *b, const struct av *v, const struct av *other)
{
	return b->i->op == BC_BINARY && is_unknown_object(b, v) && other->kind == AV_FLOAT && !operator_is_special(b) &&
	       !has_met_objects(b) && (has_met_mixed(b) || is_never_specialised(b) || is_int_otherwise(v));
}

/* Operands that are any objects are guessed to be numbers, and a guard makes it sure: of the type that the inline
 * caches have seen or, if they have seen nothing, of the other operand's. */
static void guess_operand(struct builder *b, uint32_t from_top, uint32_t other_from_top)
{
	struct av *v = peek(b, from_top);
	const struct av *other = peek(b, other_from_top);
	if (!is_unknown_object(b, v) || b->i->op == BC_UNSUPPORTED || has_met_objects(b) || is_any_number(b, v, other))
		return;
	enum bc_hint hint = has_met_mixed(b) ? HINT_MIXED : b->i->hint;
	if (hint == HINT_FLOAT && b->i->op == BC_BINARY && is_int_otherwise(v))
		return;
	if (hint == HINT_MIXED && b->i->op == BC_BINARY && is_integral(other))
		hint = HINT_FLOAT;
	else if (hint == HINT_NONE && (is_integral(other) || is_large_int(other) || other->kind == AV_U64))
		hint = HINT_INT;
	else if (hint == HINT_NONE && other->kind == AV_FLOAT)
		hint = HINT_FLOAT;
	else if (hint == HINT_NONE && is_unknown_object(b, other))
		hint = usual_hint(b);
	if (other->kind == AV_U64 && (hint == HINT_NONE || hint == HINT_INT))
		unbox_u64(b, v);
	else if (hint == HINT_INT)
		guess_int(b, v);
	else if (hint == HINT_FLOAT)
		unbox_in_place(b, v, false);
}

/* A member of an IntEnum is an int here, but nowhere else. */
static bool is_member_now(struct builder *b, uint32_t from_top)
{
	return peek(b, from_top)->kind == AV_OBJECT && is_subint_now(b, peek(b, from_top));
}

static void unbox_subint(struct builder *b, uint32_t from_top)
{
	struct av *v = peek(b, from_top);
	struct av number = av_of(AV_INT, emit1(b, IR_UNBOX_SUBINT, v->v[0]));
	number.object = v->v[0];
	number.own = v->own;
	*v = number;
}

static bool calculates_as_int(const struct builder *b)
{
	enum bc_binary op = (enum bc_binary)b->i->arg;
	return b->i->op != BC_BINARY || (op != BINARY_AND && op != BINARY_OR && op != BINARY_XOR);
}

static void guess_operands(struct builder *b)
{
	if (operator_is_special(b))
		return;
	guess_operand(b, 2, 1);
	guess_operand(b, 1, 2);
}

static bool replace_operands(struct builder *b, uint32_t n, enum av_kind kind, struct ir_instr *result)
{
	replace(b, n, av_of(kind, result));
	return true;
}

bool is_float_operator(const struct bc_instr *i)
{
	enum bc_binary op = (enum bc_binary)i->arg;
	return op == BINARY_ADD || op == BINARY_SUB || op == BINARY_MUL || op == BINARY_TRUEDIV;
}

/* enum bc_binary -> operation on two ints, two floats, two bools; PHI: none. */
static const struct {
	enum ir_op on_int, on_float, on_bool;
} binary_ops[] = {
	[BINARY_ADD] = { IR_I64_ADD, IR_F64_ADD, IR_PHI },
	[BINARY_SUB] = { IR_I64_SUB, IR_F64_SUB, IR_PHI },
	[BINARY_MUL] = { IR_I64_MUL, IR_F64_MUL, IR_PHI },
	[BINARY_FLOORDIV] = { IR_I64_FLOORDIV, IR_F64_FLOORDIV, IR_PHI },
	[BINARY_MOD] = { IR_I64_MOD, IR_F64_MOD, IR_PHI },
	[BINARY_TRUEDIV] = { IR_I64_TRUEDIV, IR_F64_DIV, IR_PHI },
	[BINARY_POW] = { IR_I64_POW, IR_F64_POW, IR_PHI },
	[BINARY_SHL] = { IR_I64_SHL, IR_PHI, IR_PHI },
	[BINARY_SHR] = { IR_I64_SHR, IR_PHI, IR_PHI },
	[BINARY_AND] = { IR_I64_AND, IR_PHI, IR_BOOL_AND },
	[BINARY_OR] = { IR_I64_OR, IR_PHI, IR_BOOL_OR },
	[BINARY_XOR] = { IR_I64_XOR, IR_PHI, IR_BOOL_XOR },
	[BINARY_MATMUL] = { IR_PHI, IR_PHI, IR_PHI },
};

/* How far from the top the operand is that may be anything beside one that is as asked for; 0: there is none. */
static uint32_t unknown_beside(struct builder *b, bool (*is_it)(const struct av *v))
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	return is_unknown_object(b, x) && is_it(y) ? 2 : is_unknown_object(b, y) && is_it(x) ? 1 : 0;
}

static struct ir_instr *is_float(struct builder *b, const struct av *v)
{
	return is_exactly(b, v, RT_TYPE_ID_float);
}

bool as_float_or_int(struct builder *b, uint32_t from_top, bool (*build)(struct builder *b))
{
	struct frame *here = split(b, is_float(b, peek(b, from_top)), true);
	unbox_in_place(b, peek(b, from_top), false);
	if (!build(b))
		not_translated(b);
	go_on_otherwise(b, here);
	bool has_operands = b->i->op == BC_BINARY || b->i->op == BC_COMPARE;
	if (has_operands && is_integral(peek(b, 3 - from_top)))
		guess_int(b, peek(b, from_top));
	else
		unbox_in_place(b, peek(b, from_top), true);
	return build(b);
}

static bool binary_either(struct builder *b)
{
	bool is_either = (is_never_specialised(b) || (b->i->met & MET_NUMBERS)) && !has_met_objects(b) &&
			 !operator_is_special(b);
	uint32_t from_top = is_either ? unknown_beside(b, is_integral) : 0;
	return from_top > 0 && as_float_or_int(b, from_top, build_binary);
}

/* Of both operands. */
static void unbox_subints(struct builder *b)
{
	if (!calculates_as_int(b) || operator_is_special(b))
		return;
	for (uint32_t i = 1; i <= 2; i++)
		if (is_member_now(b, i))
			unbox_subint(b, i);
}

/* What is compared with a member is mostly one. */
static void unbox_beside_member(struct builder *b, uint32_t from_top, uint32_t other_from_top)
{
	if (is_unknown_object(b, peek(b, from_top)) && !has_met_objects(b) && is_member_now(b, other_from_top))
		unbox_subint(b, from_top);
}

/* Where there is a handler for it. */
static void fails_if_zero(struct builder *b, struct ir_instr *divisor)
{
	static const int failures[][2] = {
		[BINARY_TRUEDIV] = { RT_FAILURE_FLOAT_DIV, RT_FAILURE_INT_DIV },
		[BINARY_FLOORDIV] = { RT_FAILURE_FLOAT_FLOORDIV, RT_FAILURE_INT_FLOORDIV },
		[BINARY_MOD] = { RT_FAILURE_FLOAT_MOD, RT_FAILURE_INT_MOD },
	};
	bool divides = b->i->arg == BINARY_TRUEDIV || b->i->arg == BINARY_FLOORDIV || b->i->arg == BINARY_MOD;
	bool is_constant = divisor->op == IR_CONST_I64 || divisor->op == IR_CONST_F64;
	struct unseen u;
	if (!divides || is_constant || !may_fail(b, RT_FAILURE_INT_DIV, &u))
		return;
	bool is_int = divisor->type == IR_I64;
	struct ir_instr *zero =
		is_int ? emit2(b, IR_I64_EQ, divisor, emit_i64(b, 0)) : emit2(b, IR_F64_EQ, divisor, emit_f64(b, 0));
	fails_if(b, &u, (enum rt_failure)failures[b->i->arg][is_int], zero);
}

/* Whether both may be anything, where one of two numbers is most likely a float: CPython has met two types, or says
 * nothing of a division. */
static bool are_likely_floats(struct builder *b)
{
	bool is_likely = has_met_mixed(b) || (b->i->hint == HINT_NONE && b->i->arg == BINARY_TRUEDIV);
	return is_likely && is_float_operator(b->i) && is_unknown_object(b, peek(b, 2)) &&
	       is_unknown_object(b, peek(b, 1)) && !(has_met_objects(b) && inline_is_in(b)) && !operator_is_special(b);
}

/* A float and a number.  Elsewhere all the rest goes on as ever; what is built in leaves for that. */
static bool binary_floats(struct builder *b)
{
	if (!are_likely_floats(b))
		return false;
	struct ir_instr *some = emit2(b, IR_BOOL_OR, is_float(b, peek(b, 2)), is_float(b, peek(b, 1)));
	struct frame *here = NULL;
	if (inline_is_in(b))
		(void)emit1(b, IR_GUARD, some);
	else
		here = split(b, some, true);
	struct ir_instr *l = float_operand(b, peek(b, 2)), *r = float_operand(b, peek(b, 1));
	fails_if_zero(b, r);
	(void)replace_operands(b, 2, AV_FLOAT, emit2(b, binary_ops[b->i->arg].on_float, l, r));
	if (!here)
		return true;
	go_on_otherwise(b, here);
	if (!(b->i->met & MET_NUMBERS) || has_met_objects(b) || binary_ops[b->i->arg].on_int == IR_PHI)
		return object_binary(b);
	unbox_in_place(b, peek(b, 2), true);
	if (is_unknown_object(b, peek(b, 1))) /* else it is the same object */
		unbox_in_place(b, peek(b, 1), true);
	return build_binary(b);
}

/* Both operands of a division are any objects, and CPython does not say of what: they are guessed to be numbers, of
 * which the left one tells which. */
static bool divides_unknown(struct builder *b)
{
	enum bc_binary op = (enum bc_binary)b->i->arg;
	return (op == BINARY_TRUEDIV || op == BINARY_FLOORDIV) && b->i->hint == HINT_NONE && !has_met_objects(b) &&
	       !operator_is_special(b) && is_unknown_object(b, peek(b, 2)) && is_unknown_object(b, peek(b, 1));
}

static bool divide_unknown(struct builder *b)
{
	struct join join = { 0 };
	struct frame *here = split(b, is_float(b, peek(b, 2)), true);
	unbox_in_place(b, peek(b, 2), false);
	if (!build_binary(b))
		not_translated(b);
	join_add(b, &join);
	unsplit(b, here);
	unbox_in_place(b, peek(b, 2), true);
	if (!build_binary(b))
		not_translated(b);
	join_add(b, &join);
	join_end(b, &join);
	return true;
}

bool build_binary(struct builder *b)
{
	if (divides_unknown(b))
		return divide_unknown(b);
	unbox_subints(b);
	if (ints_binary(b) || binary_either(b))
		return true;
	guess_operands(b);
	if (ints_binary(b) || binary_floats(b))
		return true;
	const struct av x = *peek(b, 2), y = *peek(b, 1);
	enum ir_op op;
	if (complex_binary(b) || u64_binary(b) || (b->i->arg == BINARY_MOD && format_percent(b)))
		return true;
	if (x.kind == AV_BOOL && y.kind == AV_BOOL && (op = binary_ops[b->i->arg].on_bool) != IR_PHI)
		return replace_operands(b, 2, AV_BOOL, emit2(b, op, x.v[0], y.v[0]));
	if (is_integral(&x) && is_integral(&y) && (op = binary_ops[b->i->arg].on_int) != IR_PHI) {
		struct ir_instr *l = as_int(b, &x), *r = as_int(b, &y);
		fails_if_zero(b, r);
		if (op == IR_I64_POW && r->op == IR_CONST_I64 && r->imm.i == 2) {
			op = IR_I64_MUL; /* exact, so the same */
			r = l;
		}
		return replace_operands(b, 2, op == IR_I64_TRUEDIV ? AV_FLOAT : AV_INT, emit2(b, op, l, r));
	}
	op = binary_ops[b->i->arg].on_float;
	bool left = av_is_number(&x) || x.kind == AV_U64 || is_any_number(b, &x, &y);
	bool right = av_is_number(&y) || y.kind == AV_U64 || is_any_number(b, &y, &x);
	if ((x.kind != AV_FLOAT && y.kind != AV_FLOAT) || op == IR_PHI || !left || !right)
		return object_append_str(b) || object_binary(b);
	struct ir_instr *l = float_operand(b, &x), *r = float_operand(b, &y);
	fails_if_zero(b, r);
	return replace_operands(b, 2, AV_FLOAT, emit2(b, op, l, r));
}

/* -x that is an index at once is that of an int. */
static void guess_index(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	if (b->i->op == BC_NEGATIVE && next->op == BC_GET_ITEM && !next->is_target &&
	    is_unknown_object(b, peek(b, 1)) && is_sequence(known_of(b, peek(b, 2))))
		unbox_in_place(b, peek(b, 1), true);
}

bool build_unary(struct builder *b)
{
	if (b->i->op == BC_NOT) {
		struct ir_instr *t = truth(b, peek(b, 1));
		return t && replace_operands(b, 1, AV_BOOL, emit1(b, IR_BOOL_NOT, t));
	}
	guess_index(b);
	if (b->i->op == BC_NEGATIVE && is_unknown_object(b, peek(b, 1))) {
		struct frame *here = split(b, is_float(b, peek(b, 1)), true);
		unbox_in_place(b, peek(b, 1), false);
		(void)replace_operands(b, 1, AV_FLOAT, emit1(b, IR_F64_NEG, peek(b, 1)->v[0]));
		go_on_otherwise(b, here);
		if (inline_is_in(b)) /* where nothing else can be */
			unbox_in_place(b, peek(b, 1), true);
	}
	const struct av x = *peek(b, 1);
	if (ints_unary(b))
		return true;
	if (!av_is_number(&x))
		return complex_unary(b) || object_unary(b);
	if (b->i->op == BC_POSITIVE && (x.kind == AV_FLOAT || x.kind == AV_INT))
		return true; /* the same object, in CPython too */
	if (x.kind == AV_FLOAT && b->i->op == BC_NEGATIVE)
		return replace_operands(b, 1, AV_FLOAT, emit1(b, IR_F64_NEG, x.v[0]));
	struct ir_instr *i = as_int(b, &x);
	if (!i)
		return false;
	if (b->i->op == BC_NEGATIVE)
		i = emit1(b, IR_I64_NEG, i);
	else if (b->i->op == BC_INVERT)
		i = emit1(b, IR_I64_NOT, i);
	return replace_operands(b, 1, AV_INT, i);
}

/* The value as an operand of a comparison with a float: exact, as in float_richcompare(). */
struct ir_instr *as_float_exact(struct builder *b, const struct av *v)
{
	if (v->kind == AV_FLOAT)
		return v->v[0];
	struct ir_instr *i = as_int(b, v);
	return i ? emit1(b, IR_I64_TO_F64_EXACT, i) : NULL;
}

struct ir_instr *compare_i64(struct builder *b, struct ir_instr *l, struct ir_instr *r)
{
	static const enum ir_op ops[] = { IR_I64_LT, IR_I64_LE, IR_I64_EQ, IR_I64_NE, IR_I64_GT, IR_I64_GE };
	return emit2(b, ops[b->i->arg], l, r);
}

/* Of two ints, or numbers of which one is a float. */
static bool compare_numbers(struct builder *b)
{
	static const enum ir_op on_float[] = { IR_F64_LT, IR_F64_LE, IR_F64_EQ, IR_F64_NE, IR_F64_GT, IR_F64_GE };
	const struct av x = *peek(b, 2), y = *peek(b, 1);
	if (is_integral(&x) && is_integral(&y)) {
		struct ir_instr *l = as_int(b, &x), *r = as_int(b, &y);
		return replace_operands(b, 2, AV_BOOL, compare_i64(b, l, r));
	}
	if ((x.kind != AV_FLOAT && y.kind != AV_FLOAT) || !av_is_number(&x) || !av_is_number(&y))
		return false;
	struct ir_instr *l = as_float_exact(b, &x), *r = l ? as_float_exact(b, &y) : NULL;
	return r && replace_operands(b, 2, AV_BOOL, emit2(b, on_float[b->i->arg], l, r));
}

static bool compare_ints_or_floats(struct builder *b)
{
	return ints_compare(b) || compare_numbers(b);
}

/* Where CPython has met other types, or larger ints, than it has code for, or has code only for comparisons that a
 * branch follows. */
static bool compare_either(struct builder *b)
{
	bool has_met = (b->i->met & MET_NUMBERS) && !has_met_objects(b);
	bool is_either =
		has_met || b->i->hint == HINT_MIXED || (b->i->hint == HINT_NONE && (b->i + 1)->op != BC_BRANCH);
	uint32_t from_top = is_either ? unknown_beside(b, av_is_number) : 0;
	if (from_top > 0)
		return as_float_or_int(b, from_top, compare_ints_or_floats);
	return has_met && is_unknown_object(b, peek(b, 2)) && is_unknown_object(b, peek(b, 1)) &&
	       as_float_or_int(b, 2, build_compare);
}

/* Where CPython says nothing: two floats, and go on with all the rest. */
static void compare_floats(struct builder *b)
{
	struct av *x = peek(b, 2), *y = peek(b, 1);
	if (!is_unknown_object(b, x) || !is_unknown_object(b, y) || b->i->hint != HINT_NONE)
		return;
	struct ir_instr *are = emit2(b, IR_BOOL_AND, is_float(b, x), is_float(b, y));
	struct frame *here = split(b, are, true);
	unbox_in_place(b, peek(b, 2), false);
	if (is_unknown_object(b, peek(b, 1))) /* else it is the same object */
		unbox_in_place(b, peek(b, 1), false);
	(void)compare_numbers(b);
	go_on_otherwise(b, here);
}

bool build_compare(struct builder *b)
{
	if (tuple_compare(b))
		return true;
	unbox_beside_member(b, 2, 1);
	unbox_beside_member(b, 1, 2);
	unbox_subints(b);
	if (ints_compare(b) || compare_either(b))
		return true;
	compare_floats(b);
	guess_operands(b);
	return ints_compare(b) || compare_numbers(b) || complex_compare(b) || u64_compare(b) || compare_strs(b) ||
	       object_compare(b);
}

bool is_or_is_not_none(const struct av *v)
{
	return v->kind != AV_OBJECT || is_str(v->known) || v->known == KNOWN_LIST || v->known == KNOWN_TUPLE ||
	       v->known == KNOWN_DICT || v->known == KNOWN_SET || v->known == KNOWN_BYTES || v->known == KNOWN_INT;
}

/* Identity with None is a comparison of pointers.  Of numbers it depends on how CPython caches objects: those that are
 * known only as numbers are boxed as CPython would. */
bool build_is(struct builder *b)
{
	const struct av x = *peek(b, 2), y = *peek(b, 1);
	const struct av *other = is_none(b, &y) ? &x : is_none(b, &x) ? &y : NULL;
	struct ir_instr *result, *objects[2];
	if (other && is_or_is_not_none(other)) {
		result = emit_bool(b, is_none(b, other) != (b->i->arg != 0));
		return replace_operands(b, 2, AV_BOOL, result);
	}
	if (av_is_number(&x) && x.kind == y.kind && x.v[0] == y.v[0] && x.object == y.object) {
		result = emit_bool(b, b->i->arg == 0); /* one value by two names */
		return replace_operands(b, 2, AV_BOOL, result);
	}
	if (!objects_of(b, 2, objects))
		return false;
	result = emit2(b, IR_OBJ_IS, objects[0], objects[1]);
	if (b->i->arg)
		result = emit1(b, IR_BOOL_NOT, result);
	return replace_operands(b, 2, AV_BOOL, result);
}

/* Whether the value counts as true, as a bool; NULL if that is CPython's to say. */
struct ir_instr *truth(struct builder *b, struct av *v)
{
	switch (v->kind) {
	case AV_BOOL: return v->v[0];
	case AV_U64: return emit2(b, IR_I64_NE, v->v[0], emit_i64(b, 0));
	case AV_INT:
	case AV_WIDE: return emit2(b, IR_I64_NE, as_int(b, v), emit_i64(b, 0));
	case AV_COMPLEX: return complex_truth(b, v);
	case AV_FLOAT: return emit2(b, IR_F64_NE, v->v[0], emit_f64(b, 0.0));
	default: break;
	}
	if (is_large_int(v))
		return large_int_truth(b, v);
	if (v->kind == AV_OBJECT && v->known == KNOWN_CHAR)
		return emit_bool(b, true);
	if (const_text(b, v))
		return emit_bool(b, PyUnicode_GET_LENGTH(const_text(b, v)) > 0);
	struct ir_instr *length = length_of(b, v);
	if (length)
		return emit2(b, IR_I64_NE, length, emit_i64(b, 0));
	return is_none(b, v) ? emit_bool(b, false) : object_truth(b, v);
}
