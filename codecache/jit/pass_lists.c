/* pass_lists.c - lists of numbers that no Python code sees hold numbers instead of objects (codecache/rt_numbers.c).
 *
 * Such a list is made here, of numbers or empty, and all that is done to it is what native code does by itself: items
 * read as numbers of one type, stores and appends of such, its length.  Lists that come together in a phi are all such,
 * or none is.  What leaves, a side exit or the list as the result, makes a list of objects of it; so that this pays,
 * only lists are taken whose items are used in a loop.
 *
 * Such a list may be an item of another one, which then has nothing but such lists of one kind: a matrix.  It is what
 * an item that is read there is; Python code that sees the one sees the others.
 *
 * An item is a number then, wherever it was an object that is unboxed, or a leaf of a state.  It may also be one
 * operand of an operation on objects, right after it was read: then it is boxed for it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"
#include "codecache/jit/rt.h"

/* What the runtime does with lists, for lists of numbers (codecache/rt_number_methods.c). */
enum list_op {
	OP_NONE,
	OP_SAME,   /* the function, with the same operands: for_numbers[] */
	OP_NEW,    /* the same, and the result is a list of such numbers */
	OP_INSERT, /* its last operand is the number */
	OP_CONST,  /* a constant tuple of numbers is put behind it */
	OP_IN_PLACE /* a += b */,
	OP_DELETE,
	OP_CONTAINS,
	OP_TUPLE,
};

/* What is known of an instruction. */
struct value {
	struct ir_instr *instr;
	uint32_t n_uses;          /* as an operand */
	struct ir_instr *unboxed; /* the first that unboxes it; NULL: nothing does */
	/* A list: the next one on the way to the one that stands for all that it meets in phis; NULL: no list. */
	struct value *group;
	enum ir_type numbers; /* of that one: what its items are, IR_VOID: nothing said so yet */
	bool refused, pays;
	bool has_rows, no_rows; /* its items are such lists; they must not be: that was tried */
	struct value *rows;     /* of one that has: what they are; NULL: nothing was said so yet */
	uint32_t because;       /* if refused: the line that has the reason; 0: its numbers are of several types */
	/* An item of such a list: that, how often it is counted, and what uses it as an object. */
	struct value *list;
	uint32_t n_increfs, n_decrefs, n_objects;
	uint32_t n_numbers;            /* that other such lists take it as a number */
	struct ir_instr *number, *box; /* what it becomes; the object of it, NULL: none is needed */
};

/* Two lists, of numbers of one type: to has one of from. */
struct pair {
	struct value *to, *from;
	const struct ir_instr *by;
};

struct lists {
	struct ir_function *f;
	const struct ir_loops *loops;
	struct value *values; /* by id; behind them one for what is new, of which nothing is known */
	uint32_t n_values;
	struct pair *pairs;
	uint32_t n_pairs, cap_pairs;
	bool refused; /* one more than before */
};

static struct value *value_of(const struct lists *l, const struct ir_instr *i)
{
	return &l->values[i->id < l->n_values ? i->id : l->n_values];
}

static struct value *group_of(struct value *v)
{
	while (v->group != v)
		v = v->group = v->group->group;
	return v;
}

static void refuse(struct lists *l, struct value *list, const struct ir_instr *because)
{
	struct value *group = group_of(list);
	if (group->refused)
		return;
	if (because)
		group->because = because->line;
	group->refused = l->refused = true;
}

static bool is_live(const struct value *list)
{
	return list->group && !group_of((struct value *)list)->refused;
}

static void has_numbers(struct lists *l, struct value *list, enum ir_type type)
{
	struct value *group = group_of(list);
	if (group->numbers == IR_VOID)
		group->numbers = type;
	if (group->numbers != type)
		refuse(l, group, NULL);
}

static void meet(struct lists *l, struct value *a, struct value *b)
{
	struct value *to = group_of(a), *from = group_of(b);
	if (from == to)
		return;
	from->group = to;
	to->because = to->refused ? to->because : from->because;
	l->refused |= to->refused != from->refused;
	to->refused |= from->refused;
	to->pays |= from->pays;
	to->has_rows |= from->has_rows;
	to->no_rows |= from->no_rows;
	if (from->numbers != IR_VOID)
		has_numbers(l, to, from->numbers);
	struct value *rows = from->rows;
	if (rows && to->rows)
		meet(l, to->rows, rows);
	else if (rows)
		to->rows = rows;
}

static bool has_rows(const struct value *list)
{
	return list->group && group_of((struct value *)list)->has_rows;
}

/* row is one of the list's. */
static void has_row(struct lists *l, struct value *list, struct value *row)
{
	struct value *group = group_of(list);
	if (group == group_of(row)) {
		refuse(l, group, NULL);
		return;
	}
	has_numbers(l, group, IR_OBJ);
	if (group->rows)
		meet(l, group->rows, row);
	else
		group->rows = row;
}

/* Their numbers are of one type; it is to that is refused if they are not. */
static void pair(struct lists *l, struct value *to, struct value *from, const struct ir_instr *by)
{
	if (l->n_pairs == l->cap_pairs) {
		struct pair *old = l->pairs;
		l->cap_pairs = 2 * l->cap_pairs + 16;
		l->pairs = ir_alloc(l->f, l->cap_pairs * sizeof(*old));
		for (uint32_t p = 0; p < l->n_pairs; p++)
			l->pairs[p] = old[p];
	}
	l->pairs[l->n_pairs++] = (struct pair){ to, from, by };
}

static void check_pairs(struct lists *l)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t p = 0; p < l->n_pairs; p++) {
			struct value *to = group_of(l->pairs[p].to), *from = group_of(l->pairs[p].from);
			if ((to->numbers == IR_VOID) == (from->numbers == IR_VOID))
				continue;
			to->numbers = from->numbers = to->numbers == IR_VOID ? from->numbers : to->numbers;
			changed = true;
		}
	}
	for (uint32_t p = 0; p < l->n_pairs; p++)
		if (group_of(l->pairs[p].to)->numbers != group_of(l->pairs[p].from)->numbers)
			refuse(l, l->pairs[p].to, l->pairs[p].by);
}

/* ---- which lists ------------------------------------------------------------ */

static bool is_rt(const struct ir_instr *i, enum rt_member member)
{
	return i->op == IR_RT_OBJ && i->imm.index == member;
}

static bool is_box(const struct ir_instr *i)
{
	return is_rt(i, RT_MEMBER_box_i64) || is_rt(i, RT_MEMBER_box_f64);
}

static bool comes_before(const struct lists *l, const struct ir_instr *a, const struct ir_instr *b)
{
	if (a->block != b->block)
		return ir_dominates(l->loops, a->block, b->block);
	while (b && b != a)
		b = b->prev;
	return b != NULL;
}

/* The number that the object is, where i is; NULL: it may be anything. */
static struct ir_instr *number_of(const struct lists *l, struct ir_instr *object, const struct ir_instr *i)
{
	if (is_box(object))
		return object->args[0];
	struct ir_instr *unboxed = value_of(l, object)->unboxed;
	return unboxed && comes_before(l, unboxed, i) ? unboxed : NULL;
}

static bool is_int_param(const struct lists *l, const struct ir_instr *i)
{
	return i->op == IR_PARAM && l->f->params[i->imm.index] == VALUE_INT;
}

/* [number] * n: its type; IR_VOID: it is no such. */
static enum ir_type repeated_type(const struct lists *l, const struct ir_instr *i)
{
	if (!is_rt(i, RT_MEMBER_binary) || i->args[2]->op != IR_CONST_I64 || i->args[2]->imm.i != RT_NB_MULTIPLY ||
	    !is_rt(i->args[0], RT_MEMBER_new_list) || i->args[0]->n_args != 1)
		return IR_VOID;
	const struct ir_instr *n = number_of(l, i->args[1], i), *item = number_of(l, i->args[0]->args[0], i);
	bool is_int = is_int_param(l, i->args[1]) || (n && n->type == IR_I64);
	return is_int && item ? item->type : IR_VOID;
}

/* ---- what the runtime does with them ------------------------------------------ */

static const enum rt_member for_numbers[RT_MEMBER_COUNT] = {
	[RT_MEMBER_get_slice] = RT_MEMBER_numbers_get_slice,
	[RT_MEMBER_set_slice] = RT_MEMBER_numbers_set_slice,
	[RT_MEMBER_del_slice] = RT_MEMBER_numbers_del_slice,
	[RT_MEMBER_binary] = RT_MEMBER_numbers_concat,
	[RT_MEMBER_list_extend] = RT_MEMBER_numbers_extend,
	[RT_MEMBER_list_extend_ints] = RT_MEMBER_numbers_extend_const,
	[RT_MEMBER_list_extend_floats] = RT_MEMBER_numbers_extend_const,
	[RT_MEMBER_list_reverse] = RT_MEMBER_numbers_reverse,
	[RT_MEMBER_list_sort] = RT_MEMBER_numbers_sort,
	[RT_MEMBER_list_to_tuple] = RT_MEMBER_numbers_to_tuple,
	[RT_MEMBER_sum] = RT_MEMBER_numbers_sum,
	[RT_MEMBER_min] = RT_MEMBER_numbers_min,
	[RT_MEMBER_max] = RT_MEMBER_numbers_max,
};

/* Whether the operand of i is a list of numbers; of such lists. */
static bool is_list(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return a < i->n_args && is_live(value_of(l, i->args[a])) && !has_rows(value_of(l, i->args[a]));
}

static bool is_matrix(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return a < i->n_args && is_live(value_of(l, i->args[a])) && has_rows(value_of(l, i->args[a]));
}

static int64_t binary_of(const struct ir_instr *i)
{
	return is_rt(i, RT_MEMBER_binary) && i->args[2]->op == IR_CONST_I64 ? i->args[2]->imm.i : -1;
}

static bool is_call_of(const struct lists *l, const struct ir_instr *i, const char *builtin)
{
	if (!is_rt(i, RT_MEMBER_call) || i->n_args != 3 || i->args[0]->op != IR_CONST_NULL ||
	    i->args[1]->op != IR_CONST_OBJ)
		return false;
	const struct unit_const *c = &ir_family_const(l->f)->consts[i->args[1]->imm.index];
	return c->kind == UNIT_CONST_BUILTIN && strcmp(c->name, builtin) == 0;
}

/* The number that the operand of i is; NULL: it may be anything. */
static struct ir_instr *operand_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	struct value *v = value_of(l, i->args[a]);
	return v->number ? v->number : number_of(l, i->args[a], i);
}

/* Whether the operand of i is a number, or will be. */
static bool is_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return value_of(l, i->args[a])->list || number_of(l, i->args[a], i);
}

static enum list_op do_op(const struct lists *l, const struct ir_instr *i)
{
	switch ((enum rt_member)i->imm.index) {
	case RT_MEMBER_set_slice:
	case RT_MEMBER_list_extend: return is_list(l, i, 0) && is_list(l, i, 1) ? OP_SAME : OP_NONE;
	case RT_MEMBER_del_slice:
	case RT_MEMBER_list_reverse:
	case RT_MEMBER_list_sort: return is_list(l, i, 0) ? OP_SAME : OP_NONE;
	case RT_MEMBER_list_insert: return is_list(l, i, 0) && is_number(l, i, 2) ? OP_INSERT : OP_NONE;
	case RT_MEMBER_list_extend_ints:
	case RT_MEMBER_list_extend_floats: return is_list(l, i, 0) ? OP_CONST : OP_NONE;
	case RT_MEMBER_del_item: return is_list(l, i, 0) && number_of(l, i->args[1], i) ? OP_DELETE : OP_NONE;
	default: return OP_NONE;
	}
}

/* What it is if the lists among its operands are lists of numbers. */
static enum list_op list_op(const struct lists *l, const struct ir_instr *i)
{
	if (i->op == IR_RT_DO)
		return do_op(l, i);
	if (i->op == IR_RT_BOOL && i->imm.index == RT_MEMBER_contains)
		return is_list(l, i, 1) && is_number(l, i, 0) ? OP_CONTAINS : OP_NONE;
	if (i->op != IR_RT_OBJ)
		return OP_NONE;
	switch ((enum rt_member)i->imm.index) {
	case RT_MEMBER_get_slice: return is_list(l, i, 0) ? OP_NEW : OP_NONE;
	case RT_MEMBER_sum:
	case RT_MEMBER_min:
	case RT_MEMBER_max: return is_list(l, i, 1) ? OP_SAME : OP_NONE;
	case RT_MEMBER_list_to_tuple: return is_list(l, i, 0) ? OP_SAME : OP_NONE;
	case RT_MEMBER_call: return is_list(l, i, 2) && is_call_of(l, i, "tuple") ? OP_TUPLE : OP_NONE;
	case RT_MEMBER_binary:
		if (!is_list(l, i, 0) || !is_list(l, i, 1))
			return OP_NONE;
		return binary_of(i) == RT_NB_ADD ? OP_NEW : binary_of(i) == RT_NB_INPLACE_ADD ? OP_IN_PLACE : OP_NONE;
	default: return OP_NONE;
	}
}

/* ---- where they come from ------------------------------------------------------ */

/* What may be a list of numbers; whether it is one is asked then, check_new(). */
static bool makes_list(const struct lists *l, const struct ir_instr *i)
{
	switch (list_op(l, i)) {
	case OP_NEW: return true;
	case OP_IN_PLACE: return true;
	default: break;
	}
	if ((i->op == IR_LIST_ITEM || i->op == IR_LIST_AT) && is_matrix(l, i, 0))
		return true;
	return is_rt(i, RT_MEMBER_new_list) || is_rt(i, RT_MEMBER_list_of_range) || repeated_type(l, i) != IR_VOID;
}

static bool merges_list(const struct lists *l, const struct ir_instr *phi)
{
	for (uint32_t a = 0; phi->op == IR_PHI && a < phi->n_args; a++)
		if (value_of(l, phi->args[a])->group)
			return true;
	return false;
}

/* A list that has a list as an item is to have nothing else. */
static bool find_rows(struct lists *l, const struct ir_instr *i, const struct value *list, uint32_t a)
{
	if (a >= i->n_args || !list->group || !value_of(l, i->args[a])->group)
		return false;
	struct value *group = group_of((struct value *)list);
	if (group->has_rows || group->no_rows || group == group_of(value_of(l, i->args[a])))
		return false;
	return group->has_rows = true;
}

static bool find_matrix(struct lists *l, struct ir_instr *i)
{
	bool found = false;
	if (i->op == IR_PHI && value_of(l, i)->group)
		for (uint32_t a = 0; a < i->n_args; a++)
			if (value_of(l, i->args[a])->group)
				meet(l, value_of(l, i), value_of(l, i->args[a]));
	if (i->op == IR_LIST_APPEND)
		found |= find_rows(l, i, value_of(l, i->args[0]), 1);
	if (i->op == IR_LIST_SET)
		found |= find_rows(l, i, value_of(l, i->args[0]), 2);
	for (uint32_t a = 0; is_rt(i, RT_MEMBER_new_list) && a < i->n_args; a++)
		found |= find_rows(l, i, value_of(l, i), a);
	return found;
}

/* Whether there are lists that were not known to be. */
static bool find_lists(struct lists *l)
{
	bool found = false;
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			struct value *v = value_of(l, i);
			found |= find_matrix(l, i);
			if (v->group || (!merges_list(l, i) && !makes_list(l, i)))
				continue;
			v->group = v;
			found = true;
		}
	}
	return found;
}

/* ---- what is done to them ---------------------------------------------------- */

static bool is_pop(const struct ir_instr *i)
{
	return is_rt(i, RT_MEMBER_list_pop);
}

static bool is_in_loop(const struct lists *l, const struct ir_instr *i)
{
	return l->loops->of[i->block->id] != NULL;
}

/* Functions of the runtime to which an object may go as it is, with the reference that its owner has. */
static bool borrows(enum rt_member member)
{
	switch (member) {
	case RT_MEMBER_binary:
	case RT_MEMBER_compare:
	case RT_MEMBER_sum:
	case RT_MEMBER_min:
	case RT_MEMBER_max:
	case RT_MEMBER_contains:
	case RT_MEMBER_get_item:
	case RT_MEMBER_get_slice:
	case RT_MEMBER_format:
	case RT_MEMBER_call: return true;
	default: return false;
	}
}

/* Whether operand number a of i, a list, becomes an item of one that has such. */
static bool becomes_row(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_LIST_APPEND: return a == 1 && is_matrix(l, i, 0);
	case IR_LIST_SET: return a == 2 && is_matrix(l, i, 0);
	case IR_RT_OBJ: return is_rt(i, RT_MEMBER_new_list) && is_live(value_of(l, i)) && has_rows(value_of(l, i));
	default: return false;
	}
}

/* Whether Python code sees operand number a of i, and in a way in which it can get the list that it is. */
static bool can_escape(const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_RETURN_OWNED: return true;
	case IR_LIST_APPEND: return a == 1;
	case IR_RT_OBJ:
		return i->imm.index == RT_MEMBER_new_tuple || i->imm.index == RT_MEMBER_new_list ||
		       borrows(i->imm.index);
	case IR_RT_BOOL:
	case IR_RT_DO: return borrows(i->imm.index);
	default: return false;
	}
}

/* Whether i uses the numbers of the list that is its operand number a: as long as that may be, Python code must not see
 * the list, since it would see another one. */
static bool uses_numbers(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	if (is_pop(i) || list_op(l, i) != OP_NONE)
		return true;
	switch (i->op) {
	case IR_LIST_LEN:
	case IR_OBJ_IS: return true;
	case IR_LIST_ITEM:
	case IR_LIST_AT:
	case IR_LIST_SET:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_LIST_APPEND:
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64: return a == 0;
	default: return false;
	}
}

static bool block_uses_numbers(const struct lists *l, const struct ir_instr *first, const struct value *group)
{
	for (const struct ir_instr *i = first; i; i = i->next)
		for (uint32_t a = 0; a < i->n_args; a++) {
			struct value *v = value_of(l, i->args[a]);
			if (v->group && group_of(v) == group && uses_numbers(l, i, a))
				return true;
		}
	return false;
}

/* Whether something uses the list's numbers after i. */
static bool numbers_are_used_after(const struct lists *l, const struct ir_instr *i, const struct value *group)
{
	uint32_t n = 0;
	struct ir_block **left = ir_alloc(l->f, (l->f->n_blocks + 1) * sizeof(*left));
	bool *seen = ir_alloc(l->f, l->f->n_blocks);
	const struct ir_instr *first = i->next;
	struct ir_block *b = i->block;
	for (;;) {
		if (block_uses_numbers(l, first, group))
			return true;
		for (int t = 0; t < 2; t++) {
			struct ir_block *target = b->last->targets[t];
			if (!target || seen[target->id])
				continue;
			seen[target->id] = true;
			left[n++] = target;
		}
		if (n == 0)
			return false;
		b = left[--n];
		first = b->first;
	}
}

/* A number, an item, or a row becomes one of the list's.  Whether it may. */
static bool may_become_item(struct lists *l, const struct ir_instr *i, uint32_t a, struct value *list)
{
	struct value *item = value_of(l, i->args[a]);
	if (has_rows(list)) {
		if (is_live(item))
			has_row(l, list, item);
		return is_live(item);
	}
	if (item->list)
		pair(l, list, item->list, i);
	else if (number_of(l, i->args[a], i))
		has_numbers(l, list, number_of(l, i->args[a], i)->type);
	else
		return false;
	return true;
}

/* i does something to a list that is one of its operands. */
static bool may_do(struct lists *l, struct ir_instr *i)
{
	struct value *first = value_of(l, i->args[0]);
	switch (list_op(l, i)) {
	case OP_SAME:
		if (i->op == IR_RT_DO && is_list(l, i, 1))
			pair(l, first, value_of(l, i->args[1]), i);
		return true;
	case OP_NEW:
	case OP_DELETE:
	case OP_TUPLE: return true;
	case OP_INSERT: return may_become_item(l, i, 2, first);
	case OP_CONST: has_numbers(l, first, i->imm.index == RT_MEMBER_list_extend_ints ? IR_I64 : IR_F64); return true;
	case OP_IN_PLACE:
		meet(l, value_of(l, i), first);
		pair(l, first, value_of(l, i->args[1]), i);
		return true;
	case OP_CONTAINS:
		has_numbers(l, value_of(l, i->args[1]), IR_I64); /* a NaN is in a list if it is that one */
		return may_become_item(l, i, 0, value_of(l, i->args[1]));
	case OP_NONE: break;
	}
	return false;
}

/* Operand number a of i is a list. */
static bool may_use_list(struct lists *l, struct ir_instr *i, uint32_t a, struct value *list)
{
	bool may = a == 0;
	switch (i->op) {
	case IR_INCREF:
	case IR_DECREF:
	case IR_GIVE_ARG:
	case IR_LIST_LEN:
	case IR_OBJ_IS: return true;
	case IR_GUARD_TYPE: return i->imm.index == RT_TYPE_ID_list;
	case IR_PHI: meet(l, value_of(l, i), list); return true;
	case IR_LIST_ITEM:
	case IR_LIST_AT:
		if (has_rows(list))
			has_row(l, list, value_of(l, i));
		break;
	case IR_LIST_SET:
		if (becomes_row(l, i, a))
			return true;
		may = may && may_become_item(l, i, 2, list);
		break;
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64: has_numbers(l, list, i->args[2]->type); break;
	case IR_LIST_APPEND:
		if (a == 1)
			return becomes_row(l, i, a) || can_escape(i, a);
		return may_become_item(l, i, 1, list);
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64: has_numbers(l, list, i->args[1]->type); return may;
	default:
		if (list_op(l, i) == OP_NONE && !is_pop(i))
			return can_escape(i, a);
		may = (is_pop(i) && !has_rows(list)) || may_do(l, i);
		break;
	}
	group_of(list)->pays |= is_in_loop(l, i);
	return may;
}

/* Whether the item becomes one of another list of numbers, or is looked for in one. */
static bool takes_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_LIST_SET: return a == 2 && is_list(l, i, 0);
	case IR_LIST_APPEND: return a == 1 && is_list(l, i, 0);
	case IR_RT_OBJ:
		if (i->imm.index == RT_MEMBER_new_list)
			return is_live(value_of(l, i));
		break;
	default: break;
	}
	enum list_op op = list_op(l, i);
	return (op == OP_INSERT && a == 2) || (op == OP_CONTAINS && a == 0);
}

/* i has an item of a list as its operand number a. */
static void use_item(struct lists *l, struct value *item, const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_OBJ_TO_F64: return;
	case IR_INCREF: item->n_increfs++; return;
	case IR_DECREF: item->n_decrefs++; return;
	case IR_UNBOX_I64: has_numbers(l, item->list, IR_I64); return;
	case IR_UNBOX_F64: has_numbers(l, item->list, IR_F64); return;
	case IR_GUARD_TYPE:
		if (i->imm.index == RT_TYPE_ID_int || i->imm.index == RT_TYPE_ID_float) {
			has_numbers(l, item->list, i->imm.index == RT_TYPE_ID_int ? IR_I64 : IR_F64);
			return;
		}
		break;
	default: break;
	}
	if (takes_number(l, i, a))
		item->n_numbers++;
	else
		item->n_objects++;
}

/* The instruction that gives the item a reference, soon after it was read: nothing in between lets go of anything. */
static struct ir_instr *incref_of(const struct value *item)
{
	struct ir_instr *i = item->instr->next;
	while (i && (i->op != IR_INCREF || i->args[0] != item->instr)) {
		bool quiet = i->op == IR_INCREF || i->op == IR_FRAME_ENDS || i->op == IR_FRAME_AT || is_box(i) ||
			     !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT | IR_TERM));
		i = quiet ? i->next : NULL;
	}
	return i;
}

/* Whether the item gets a reference of its own for the one operation on it, which takes that over, or after which it
 * ends; all in one block. */
static bool can_box(const struct value *item)
{
	const struct ir_instr *i = incref_of(item);
	if (item->n_numbers > 0)
		return false; /* the reference may be that list's */
	if (is_pop(item->instr))
		return true;
	if (item->instr->op != IR_LIST_ITEM || item->n_increfs != 1 || item->n_objects != 1 || item->n_decrefs > 1)
		return false;
	uint32_t n_left = item->n_objects + item->n_decrefs;
	for (i = i ? i->next : NULL; i && n_left > 0; i = i->next)
		for (uint32_t a = 0; a < i->n_args; a++)
			n_left -= i->args[a] == item->instr && i->op != IR_PHI;
	return n_left == 0;
}

static bool escapes(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return can_escape(i, a) && !becomes_row(l, i, a) && list_op(l, i) == OP_NONE;
}

/* Whether it may be that a list is in itself. */
static bool is_deep(struct value *list)
{
	enum { MOST = 4 };
	int depth = 0;
	for (struct value *group = group_of(list); group && depth <= MOST; depth++)
		group = group->rows ? group_of(group->rows) : NULL;
	return depth > MOST;
}

/* Of a list of lists, Python code sees these as well. */
static bool is_used_after(const struct lists *l, const struct ir_instr *i, struct value *list)
{
	if (is_deep(list))
		return true;
	for (struct value *group = group_of(list); group; group = group->rows ? group_of(group->rows) : NULL)
		if (numbers_are_used_after(l, i, group))
			return true;
	return false;
}

/* Once Python code sees a list, all that is done to it must be left to that. */
static void check_escapes(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = value_of(l, i->args[a]);
				if (is_live(v) && escapes(l, i, a) && is_used_after(l, i, v))
					refuse(l, v, i);
			}
		}
	}
}

/* i makes a list, if it is to be one of numbers. */
static bool may_be_new(struct lists *l, struct ir_instr *i, struct value *list)
{
	if (is_rt(i, RT_MEMBER_list_of_range)) {
		has_numbers(l, list, IR_I64);
		return true;
	}
	if (is_rt(i, RT_MEMBER_new_list)) {
		for (uint32_t a = 0; a < i->n_args; a++)
			if (!may_become_item(l, i, a, list))
				return false;
		return true;
	}
	if (repeated_type(l, i) != IR_VOID) {
		has_numbers(l, list, repeated_type(l, i));
		return true;
	}
	if (i->op == IR_LIST_ITEM || i->op == IR_LIST_AT)
		return is_matrix(l, i, 0);
	enum list_op op = list_op(l, i);
	for (uint32_t a = 0; op == OP_NEW && a < i->n_args && is_list(l, i, a); a++)
		pair(l, list, value_of(l, i->args[a]), i);
	return op == OP_NEW || op == OP_IN_PLACE;
}

/* What was found out before depends on lists that have been refused since. */
static void forget(struct lists *l)
{
	l->n_pairs = 0;
	l->refused = false;
	for (uint32_t i = 0; i <= l->n_values; i++) {
		struct value *v = &l->values[i];
		v->numbers = IR_VOID;
		v->pays = false;
		v->rows = NULL;
		v->n_increfs = v->n_decrefs = v->n_objects = v->n_numbers = 0;
		v->list = NULL;
	}
	ir_for_each_block (l->f, b)
		ir_for_each_instr (b, i)
			if ((i->op == IR_LIST_ITEM || i->op == IR_LIST_AT || is_pop(i)) && is_list(l, i, 0))
				value_of(l, i)->list = value_of(l, i->args[0]);
}

static void check_uses(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			if (i->op != IR_PHI && is_live(value_of(l, i)) && !may_be_new(l, i, value_of(l, i)))
				refuse(l, value_of(l, i), i);
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = value_of(l, i->args[a]);
				if (v->group && !may_use_list(l, i, a, v))
					refuse(l, v, i);
				bool is_null = i->args[a]->op == IR_CONST_NULL; /* of a local without a value */
				if (i->op == IR_PHI && value_of(l, i)->group && !v->group && !is_null)
					refuse(l, value_of(l, i), i);
			}
		}
	}
}

static void check_items(struct lists *l)
{
	ir_for_each_block (l->f, b)
		ir_for_each_instr (b, i)
			for (uint32_t a = 0; a < i->n_args; a++)
				if (value_of(l, i->args[a])->list)
					use_item(l, value_of(l, i->args[a]), i, a);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i].list && l->values[i].n_objects > 0 && !can_box(&l->values[i]))
			refuse(l, l->values[i].list, l->values[i].instr);
}

/* Whether there are lists that others are refused with, for nobody would gain. */
static void check_gains(struct lists *l)
{
	for (uint32_t i = 0; i < l->n_values; i++) {
		struct value *v = &l->values[i];
		if (is_live(v) && (!group_of(v)->pays || group_of(v)->numbers == IR_VOID || is_deep(v)))
			refuse(l, v, NULL);
	}
}

/* Until all that are left go together. */
static void check_lists(struct lists *l)
{
	do {
		forget(l);
		check_uses(l);
		check_items(l);
		check_pairs(l);
		check_escapes(l);
		if (!l->refused)
			check_gains(l);
	} while (l->refused);
}

/* The group of a list that is to hold numbers; NULL: it stays what it is. */
static struct value *taken(struct value *list)
{
	struct value *group = list && list->group ? group_of(list) : NULL;
	return group && !group->refused ? group : NULL;
}

/* For explain: what became of lists whose items are used in loops. */
static void note_list(const struct lists *l, struct value *list)
{
	struct value *group = list->group ? group_of(list) : NULL;
	char text[100];
	(void)snprintf(text, sizeof(text),
		       group && group->has_rows ? "list of lists of numbers, not objects"
						: "list of numbers, not objects");
	if (!l->f->notes || !group || !group->pays || list->instr->op == IR_PHI)
		return;
	if (group->refused && group->because)
		(void)snprintf(text, sizeof(text), "list of objects: line %u uses it, or an item, as one",
			       group->because);
	else if (group->refused)
		(void)snprintf(text, sizeof(text), "list of objects: its numbers are of several types");
	ir_note(l->f, list->instr->line, text);
}

/* ---- the new shape ---------------------------------------------------------- */

static struct ir_instr *insert(struct lists *l, struct ir_instr *before, enum ir_op op, struct ir_instr *x,
			       struct ir_instr *y)
{
	struct ir_instr *i = ir_insert_before(l->f, before, op, y ? 2 : 1, (struct ir_instr *[]){ x, y });
	i->line = before->line;
	return i;
}

/* Where i raises an exception, CPython is to do it instead. */
static struct ir_exit *exit_before(struct lists *l, const struct ir_instr *i)
{
	struct ir_exit *exit = ir_exit_new(l->f);
	exit->at = i->exit->at;
	exit->frame = ir_frame_copy(l->f, &i->exit->frame);
	exit->frame.raises = false;
	return exit;
}

/* Item number index goes from the list; CPython does it if there is none. */
static struct ir_instr *remove_item(struct lists *l, struct ir_instr *i, struct ir_instr *index, bool is_float)
{
	struct ir_instr *number = insert(l, i, is_float ? IR_FLOATS_ITEM : IR_INTS_ITEM, i->args[0], index);
	number->exit = exit_before(l, i);
	insert(l, i, IR_RT_STATUS, i->args[0], index)->imm.index = RT_MEMBER_numbers_remove;
	return number;
}

static struct ir_instr *box_before(struct lists *l, struct ir_instr *i, struct ir_instr *number)
{
	struct ir_instr *box = insert(l, i, IR_RT_OBJ, number, NULL);
	box->imm.index = number->type == IR_F64 ? RT_MEMBER_box_f64 : RT_MEMBER_box_i64;
	return box;
}

/* The item as a number; the object that it is for an operation is made with it. */
static void read_number(struct lists *l, struct value *item, bool is_float)
{
	struct ir_instr *i = item->instr;
	if (is_pop(i)) {
		item->number = remove_item(l, i, i->args[1], is_float);
	} else {
		enum ir_op op = i->op == IR_LIST_ITEM ? (is_float ? IR_FLOATS_ITEM : IR_INTS_ITEM)
						      : (is_float ? IR_FLOATS_AT : IR_INTS_AT);
		item->number = insert(l, i, op, i->args[0], i->args[1]);
		item->number->exit = i->exit;
	}
	if (item->n_objects == 0)
		return;
	item->box = box_before(l, is_pop(i) ? i : incref_of(item), item->number);
	i->scratch = item->box;
}

/* The reading of the item raises MemoryError.  When the states are what they will be. */
static void box_can_raise(struct lists *l, const struct value *item)
{
	struct ir_exit *exit = ir_exit_new(l->f);
	exit->at = item->number->exit->at;
	exit->frame = ir_frame_copy(l->f, &item->number->exit->frame);
	exit->frame.raises = true;
	exit->why = "an exception";
	item->box->exit = exit;
}

/* Lets go of a reference at i, which runs no Python code. */
static void drop(struct lists *l, struct ir_instr *i, struct ir_instr *object)
{
	insert(l, i, IR_RT_STATUS, object, NULL)->imm.index = RT_MEMBER_numbers_drop;
}

/* The number that the operand of i is, which takes its reference over: that one ends at at. */
static struct ir_instr *take_number(struct lists *l, struct ir_instr *i, uint32_t a, struct ir_instr *at)
{
	struct ir_instr *object = i->args[a], *number = operand_number(l, i, a);
	struct value *v = value_of(l, object);
	if (v->list)
		return number;
	if (is_box(object) && v->n_uses == 1) {
		v->number = number;
		ir_remove(object);
	} else {
		drop(l, at, object);
	}
	return number;
}

static void append_row(struct lists *l, struct ir_instr *i, struct ir_instr *list, struct ir_instr *row)
{
	struct ir_instr *append = insert(l, i, IR_RT_DO, list, row);
	append->imm.index = RT_MEMBER_numbers_append_row;
	append->exit = i->exit;
}

static void make_repeated(struct lists *l, struct ir_instr *i, bool is_float)
{
	i->args[0] = operand_number(l, i->args[0], 0);
	struct ir_instr *n = number_of(l, i->args[1], i);
	if (!n) {
		n = insert(l, i, IR_UNBOX_I64, i->args[1], NULL);
		n->exit = exit_before(l, i);
	}
	i->args[1] = n;
	i->n_args = 2;
	i->imm.index = is_float ? RT_MEMBER_numbers_repeat_f64 : RT_MEMBER_numbers_repeat_i64;
}

static void make_new(struct lists *l, struct ir_instr *i, enum ir_type type)
{
	bool is_float = type == IR_F64;
	if (is_rt(i, RT_MEMBER_list_of_range)) {
		i->imm.index = RT_MEMBER_numbers_of_range;
		return;
	}
	if (!is_rt(i, RT_MEMBER_new_list)) {
		make_repeated(l, i, is_float);
		return;
	}
	int64_t kind = type == IR_OBJ ? RT_NUMBERS_ROWS : is_float ? RT_NUMBERS_F64 : RT_NUMBERS_I64;
	struct ir_instr *list =
		insert(l, i, IR_RT_OBJ, ir_number_before(l->f, i, kind), ir_number_before(l->f, i, i->n_args));
	list->imm.index = RT_MEMBER_numbers_new;
	list->exit = i->exit;
	for (uint32_t a = 0; a < i->n_args; a++) {
		if (type == IR_OBJ) {
			append_row(l, i, list, i->args[a]);
			continue;
		}
		struct ir_instr *append = insert(l, i, is_float ? IR_FLOATS_APPEND : IR_INTS_APPEND, list, list);
		append->exit = i->exit;
		append->args[1] = take_number(l, i, a, i);
	}
	i->scratch = list;
	ir_remove(i);
}

/* Operand number a of i becomes the list for Python code. */
static void escape(struct lists *l, struct ir_instr *i, uint32_t a)
{
	struct ir_instr *numbers = i->args[a];
	bool is_result = i->op == IR_RETURN_OWNED;
	struct ir_instr *list = insert(l, i, is_result ? IR_RT_TRY : IR_RT_OBJ, numbers, NULL);
	list->imm.index = is_result ? RT_MEMBER_numbers_to_list : RT_MEMBER_numbers_seen;
	list->exit = i->exit;
	i->args[a] = list;
	if (is_result || (i->op != IR_LIST_APPEND && borrows(i->imm.index)))
		return;
	insert(l, i, IR_INCREF, list, NULL); /* for i, which takes it over */
	drop(l, i->next, numbers);
}

/* i is a list's, or does something to one. */
static void change_list(struct lists *l, struct ir_instr *i, struct value *group)
{
	bool is_float = group->numbers == IR_F64;
	switch (i->op) {
	case IR_RT_OBJ:
		if (!is_pop(i)) /* read_number() has done that */
			make_new(l, i, group->numbers);
		break;
	case IR_LIST_SET:
		if (group->has_rows)
			break;
		i->args[2] = take_number(l, i, 2, i->next);
		i->op = is_float ? IR_FLOATS_SET : IR_INTS_SET;
		i->imm.index = 0;
		break;
	case IR_LIST_APPEND:
		if (group->has_rows) {
			append_row(l, i, i->args[0], i->args[1]);
			ir_remove(i);
			break;
		}
		i->args[1] = take_number(l, i, 1, i->next);
		i->op = is_float ? IR_FLOATS_APPEND : IR_INTS_APPEND;
		break;
	case IR_LIST_SET_I64: i->op = IR_INTS_SET; break;
	case IR_LIST_SET_F64: i->op = IR_FLOATS_SET; break;
	case IR_LIST_APPEND_I64: i->op = IR_INTS_APPEND; break;
	case IR_LIST_APPEND_F64: i->op = IR_FLOATS_APPEND; break;
	case IR_GIVE_ARG:
		drop(l, i, i->args[0]);
		ir_remove(i);
		break;
	case IR_GUARD_TYPE: ir_remove(i); break;
	default: break;
	}
}

/* The result is a list of objects, if it is no list of numbers. */
static void change_new(struct lists *l, struct ir_instr *i)
{
	struct ir_instr *to = i;
	if (!taken(value_of(l, i))) {
		to = ir_insert_before(l->f, i, IR_RT_OBJ, i->n_args, i->args);
		to->line = i->line;
		to->exit = i->exit;
	}
	to->imm.index = for_numbers[i->imm.index];
	if (to->imm.index == RT_MEMBER_numbers_concat)
		to->n_args = 2;
	if (to == i)
		return;
	i->imm.index = RT_MEMBER_numbers_to_list;
	i->args[0] = to;
	i->n_args = 1;
}

/* What the runtime does. */
static void change_op(struct lists *l, struct ir_instr *i, enum list_op op)
{
	bool is_float = is_list(l, i, 0) && group_of(value_of(l, i->args[0]))->numbers == IR_F64;
	struct ir_instr *extend;
	switch (op) {
	case OP_SAME:
	case OP_CONST: i->imm.index = for_numbers[i->imm.index]; break;
	case OP_NEW: change_new(l, i); break;
	case OP_INSERT:
		i->args[2] = take_number(l, i, 2, i->next);
		i->imm.index = is_float ? RT_MEMBER_numbers_insert_f64 : RT_MEMBER_numbers_insert_i64;
		break;
	case OP_IN_PLACE:
		extend = insert(l, i, IR_RT_DO, i->args[0], i->args[1]);
		extend->imm.index = RT_MEMBER_numbers_extend;
		extend->exit = i->exit;
		insert(l, i, IR_INCREF, i->args[0], NULL);
		i->scratch = i->args[0];
		ir_remove(i);
		break;
	case OP_DELETE:
		(void)remove_item(l, i, number_of(l, i->args[1], i), is_float);
		ir_remove(i);
		break;
	case OP_CONTAINS: {
		struct ir_instr *number = operand_number(l, i, 0);
		i->args[0] = i->args[1];
		i->args[1] = number;
		i->imm.index = RT_MEMBER_numbers_contain_i64;
		break;
	}
	case OP_TUPLE:
		i->args[0] = i->args[2];
		i->n_args = 1;
		i->imm.index = RT_MEMBER_numbers_to_tuple;
		break;
	case OP_NONE: break;
	}
}

static void change_item(struct lists *l, struct ir_instr *i, struct value *item)
{
	switch (i->op) {
	case IR_UNBOX_I64:
	case IR_UNBOX_F64: i->scratch = item->number; break;
	case IR_OBJ_TO_F64:
		i->scratch = item->number;
		if (item->number->type == IR_I64) {
			i->scratch = insert(l, i, IR_I64_TO_F64_EXACT, item->number, NULL);
			((struct ir_instr *)i->scratch)->exit = i->exit;
		}
		break;
	case IR_DECREF:
		if (item->box)
			return;
		break;
	case IR_INCREF:
		if (item->box && is_pop(item->instr))
			return;
		break;
	case IR_GUARD_TYPE: break;
	default: return;
	}
	ir_remove(i);
}

static void change_uses(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			enum list_op op = list_op(l, i);
			if (op != OP_NONE) {
				change_op(l, i, op);
				continue;
			}
			for (uint32_t a = 0; a < i->n_args; a++)
				if (escapes(l, i, a) && taken(value_of(l, i->args[a])))
					escape(l, i, a);
			struct value *of = i->n_args > 0 ? value_of(l, i->args[0]) : NULL;
			struct value *group = taken(value_of(l, i));
			if (!group)
				group = taken(of);
			if (group)
				change_list(l, i, group);
			else if (of && taken(of->list))
				change_item(l, i, of);
		}
	}
}

static void change_leaf(struct state_value *leaf, void *lists)
{
	const struct value *v = value_of(lists, leaf->instr);
	if (!v->number)
		return;
	if (v->box && leaf->kind == STATE_OWNED) {
		leaf->instr = v->box;
		return;
	}
	leaf->instr = v->number;
	leaf->kind = v->number->type == IR_F64 ? STATE_F64 : STATE_I64;
}

static void change(struct lists *l)
{
	for (uint32_t i = 0; i < l->n_values; i++) {
		struct value *group = taken(l->values[i].list);
		if (group)
			read_number(l, &l->values[i], group->numbers == IR_F64);
	}
	change_uses(l);
	for (uint32_t e = 0; e < l->f->n_exits; e++)
		ir_exit_visit(l->f->exits[e], change_leaf, l);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i].number && l->values[i].list)
			ir_remove(l->values[i].instr);
	ir_replace_uses(l->f);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i].box)
			box_can_raise(l, &l->values[i]);
}

static void begin(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			struct value *unboxed = i->n_args > 0 ? value_of(l, i->args[0]) : NULL;
			value_of(l, i)->instr = i;
			if ((i->op == IR_UNBOX_I64 || i->op == IR_UNBOX_F64) && !unboxed->unboxed)
				unboxed->unboxed = i;
			for (uint32_t a = 0; a < i->n_args; a++)
				value_of(l, i->args[a])->n_uses++;
		}
	}
	while (find_lists(l))
		;
	check_lists(l);
}

/* Whether there are lists of lists that were refused; then all begins again without them, for their rows may do. */
static bool forget_rows(struct lists *l)
{
	bool found = false;
	for (uint32_t i = 0; i < l->n_values; i++) {
		struct value *v = &l->values[i];
		bool no_rows = v->no_rows || (has_rows(v) && group_of(v)->refused);
		found |= no_rows && !v->no_rows;
		v->no_rows = no_rows;
	}
	for (uint32_t i = 0; found && i <= l->n_values; i++)
		l->values[i] = (struct value){ .no_rows = l->values[i].no_rows };
	return found;
}

void pass_lists(struct ir_function *f)
{
	struct lists l = { .f = f, .n_values = f->next_id, .loops = ir_loops_find(f) };
	l.values = ir_alloc(f, (l.n_values + 1) * sizeof(struct value));
	bool found = false;
	do
		begin(&l);
	while (forget_rows(&l));
	for (uint32_t i = 0; i < l.n_values; i++) {
		found |= taken(&l.values[i]) != NULL;
		note_list(&l, &l.values[i]);
	}
	if (found)
		change(&l);
}
