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
 * It may be given to functions that are called directly, and be what they return: then all that may come there is such
 * a list.  A function that has left native code has made it a list of objects, and so its callers leave behind the call
 * (call.kept).
 *
 * An item is a number then, wherever it was an object that is unboxed, or a leaf of a state.  It may also be one
 * operand of an operation on objects, right after it was read: then it is boxed for it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/pass_lists_priv.h"
#include "codecache/jit/passes_priv.h"

struct value *lists_value_of(const struct lists *l, const struct ir_instr *i)
{
	return &l->values[i->id < l->n_values ? i->id : l->n_values];
}

struct value *lists_group_of(struct value *v)
{
	while (v->group != v)
		v = v->group = v->group->group;
	return v;
}

void lists_enter(struct lists *l, uint32_t member)
{
	l->member = &l->members[member];
	l->f = l->member->f;
	l->loops = l->member->loops;
}

struct list_member *lists_callee(const struct lists *l, const struct ir_instr *i)
{
	return ir_is_call(i->op) ? &l->members[1 + i->imm.index] : NULL;
}

struct ir_instr *lists_guard_of(const struct ir_instr *call)
{
	struct ir_instr *i = call->next;
	bool guards = i && i->op == IR_GUARD_TYPE && i->args[0] == call && i->imm.index == RT_TYPE_ID_list;
	return guards ? i : NULL;
}

struct ir_instr *lists_kept_of(const struct ir_instr *call)
{
	struct ir_instr *i = call->next;
	while (i && i->op != IR_CALL_KEPT && i->op != IR_CALL_ENTER && !ir_is_call(i->op))
		i = i->next;
	return i && i->op == IR_CALL_KEPT ? i : NULL;
}

static void refuse(struct lists *l, struct value *list, const struct ir_instr *because)
{
	struct value *group = lists_group_of(list);
	if (group->refused)
		return;
	if (because)
		group->because = because->line;
	group->refused = l->refused = true;
}

static bool is_live(const struct value *list)
{
	return list->group && !lists_group_of((struct value *)list)->refused;
}

static void has_numbers(struct lists *l, struct value *list, enum ir_type type)
{
	struct value *group = lists_group_of(list);
	if (group->numbers == IR_VOID)
		group->numbers = type;
	if (group->numbers != type)
		refuse(l, group, NULL);
}

static void meet(struct lists *l, struct value *a, struct value *b)
{
	struct value *to = lists_group_of(a), *from = lists_group_of(b);
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
	return list->group && lists_group_of((struct value *)list)->has_rows;
}

/* row is one of the list's, which is refused if that is no list of this kind. */
static void has_row(struct lists *l, struct value *list, struct value *row)
{
	struct value *group = lists_group_of(list);
	if (!row->group || group == lists_group_of(row)) {
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
			struct value *to = lists_group_of(l->pairs[p].to), *from = lists_group_of(l->pairs[p].from);
			if ((to->numbers == IR_VOID) == (from->numbers == IR_VOID))
				continue;
			to->numbers = from->numbers = to->numbers == IR_VOID ? from->numbers : to->numbers;
			changed = true;
		}
	}
	for (uint32_t p = 0; p < l->n_pairs; p++)
		if (lists_group_of(l->pairs[p].to)->numbers != lists_group_of(l->pairs[p].from)->numbers)
			refuse(l, l->pairs[p].to, l->pairs[p].by);
}

/* ---- which lists ------------------------------------------------------------ */

bool lists_is_rt(const struct ir_instr *i, enum rt_member member)
{
	return i->op == IR_RT_OBJ && i->imm.index == member;
}

bool lists_is_box(const struct ir_instr *i)
{
	return lists_is_rt(i, RT_MEMBER_box_i64) || lists_is_rt(i, RT_MEMBER_box_f64);
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
struct ir_instr *lists_number_of(const struct lists *l, struct ir_instr *object, const struct ir_instr *i)
{
	if (lists_is_box(object))
		return object->args[0];
	struct ir_instr *unboxed = lists_value_of(l, object)->unboxed;
	return unboxed && comes_before(l, unboxed, i) ? unboxed : NULL;
}

static bool is_int_param(const struct lists *l, const struct ir_instr *i)
{
	return i->op == IR_PARAM && l->f->params[i->imm.index] == VALUE_INT;
}

/* [number] * n: its type; IR_VOID: it is no such. */
static enum ir_type repeated_type(const struct lists *l, const struct ir_instr *i)
{
	if (!lists_is_rt(i, RT_MEMBER_binary) || i->args[2]->op != IR_CONST_I64 ||
	    i->args[2]->imm.i != RT_NB_MULTIPLY || !lists_is_rt(i->args[0], RT_MEMBER_new_list) ||
	    i->args[0]->n_args != 1)
		return IR_VOID;
	const struct ir_instr *n = lists_number_of(l, i->args[1], i),
			      *item = lists_number_of(l, i->args[0]->args[0], i);
	bool is_int = is_int_param(l, i->args[1]) || (n && n->type == IR_I64);
	return is_int && item ? item->type : IR_VOID;
}

/* ---- what the runtime does with them ------------------------------------------ */

const enum rt_member lists_for_numbers[RT_MEMBER_COUNT] = {
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
bool lists_has_numbers(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return a < i->n_args && is_live(lists_value_of(l, i->args[a])) && !has_rows(lists_value_of(l, i->args[a]));
}

static bool is_matrix(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return a < i->n_args && is_live(lists_value_of(l, i->args[a])) && has_rows(lists_value_of(l, i->args[a]));
}

static int64_t binary_of(const struct ir_instr *i)
{
	return lists_is_rt(i, RT_MEMBER_binary) && i->args[2]->op == IR_CONST_I64 ? i->args[2]->imm.i : -1;
}

static bool is_call_of(const struct lists *l, const struct ir_instr *i, const char *builtin)
{
	if (!lists_is_rt(i, RT_MEMBER_call) || i->n_args != 3 || i->args[0]->op != IR_CONST_NULL ||
	    i->args[1]->op != IR_CONST_OBJ)
		return false;
	const struct unit_const *c = &ir_family_const(l->f)->consts[i->args[1]->imm.index];
	return c->kind == UNIT_CONST_BUILTIN && strcmp(c->name, builtin) == 0;
}

/* The number that the operand of i is; NULL: it may be anything. */
struct ir_instr *lists_operand_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	struct value *v = lists_value_of(l, i->args[a]);
	return v->number ? v->number : lists_number_of(l, i->args[a], i);
}

/* Whether the operand of i is a number, or will be. */
static bool is_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return lists_value_of(l, i->args[a])->list || lists_number_of(l, i->args[a], i);
}

static enum list_op do_op(const struct lists *l, const struct ir_instr *i)
{
	switch ((enum rt_member)i->imm.index) {
	case RT_MEMBER_set_slice:
	case RT_MEMBER_list_extend: return lists_has_numbers(l, i, 0) && lists_has_numbers(l, i, 1) ? OP_SAME : OP_NONE;
	case RT_MEMBER_del_slice:
	case RT_MEMBER_list_reverse:
	case RT_MEMBER_list_sort: return lists_has_numbers(l, i, 0) ? OP_SAME : OP_NONE;
	case RT_MEMBER_list_insert: return lists_has_numbers(l, i, 0) && is_number(l, i, 2) ? OP_INSERT : OP_NONE;
	case RT_MEMBER_list_extend_ints:
	case RT_MEMBER_list_extend_floats: return lists_has_numbers(l, i, 0) ? OP_CONST : OP_NONE;
	case RT_MEMBER_del_item:
		return lists_has_numbers(l, i, 0) && lists_number_of(l, i->args[1], i) ? OP_DELETE : OP_NONE;
	default: return OP_NONE;
	}
}

/* What it is if the lists among its operands are lists of numbers. */
enum list_op lists_op_of(const struct lists *l, const struct ir_instr *i)
{
	if (i->op == IR_RT_DO)
		return do_op(l, i);
	if (i->op == IR_RT_I64 && i->imm.index == RT_MEMBER_length)
		return is_live(lists_value_of(l, i->args[0])) ? OP_LENGTH : OP_NONE;
	if (i->op == IR_RT_BOOL && i->imm.index == RT_MEMBER_contains)
		return lists_has_numbers(l, i, 1) && is_number(l, i, 0) ? OP_CONTAINS : OP_NONE;
	if (i->op != IR_RT_OBJ)
		return OP_NONE;
	switch ((enum rt_member)i->imm.index) {
	case RT_MEMBER_get_slice: return lists_has_numbers(l, i, 0) ? OP_NEW : OP_NONE;
	case RT_MEMBER_sum:
	case RT_MEMBER_min:
	case RT_MEMBER_max: return lists_has_numbers(l, i, 1) ? OP_SAME : OP_NONE;
	case RT_MEMBER_list_to_tuple: return lists_has_numbers(l, i, 0) ? OP_SAME : OP_NONE;
	case RT_MEMBER_call: return lists_has_numbers(l, i, 2) && is_call_of(l, i, "tuple") ? OP_TUPLE : OP_NONE;
	case RT_MEMBER_binary:
		if (!lists_has_numbers(l, i, 0) || !lists_has_numbers(l, i, 1))
			return OP_NONE;
		return binary_of(i) == RT_NB_ADD ? OP_NEW : binary_of(i) == RT_NB_INPLACE_ADD ? OP_IN_PLACE : OP_NONE;
	default: return OP_NONE;
	}
}

/* ---- where they come from ------------------------------------------------------ */

bool lists_gives(const struct lists *l, const struct ir_instr *i)
{
	return i->op == IR_RETURN_OWNED && l->member->gives && !l->member->no_result;
}

static bool returns_list(const struct lists *l, const struct list_member *m)
{
	if (m->no_result)
		return false;
	ir_for_each_block (m->f, b)
		if (b->last->op == IR_RETURN_OWNED && lists_value_of(l, b->last->args[0])->group)
			return true;
	return false;
}

/* Lists among the arguments of a call may be what the parameters are. */
static bool find_given(struct lists *l, const struct ir_instr *i)
{
	const struct list_member *callee = lists_callee(l, i);
	bool found = false;
	for (uint32_t k = 0; callee && k < callee->f->n_params; k++) {
		struct value *param = callee->params[k] ? lists_value_of(l, callee->params[k]) : NULL;
		if (!param || param->is_given || !lists_value_of(l, i->args[k + 1])->group)
			continue;
		found = param->is_given = true;
	}
	return found;
}

/* What may be a list of numbers; whether it is one is asked then, check_new(). */
static bool makes_list(const struct lists *l, const struct ir_instr *i)
{
	switch (lists_op_of(l, i)) {
	case OP_NEW: return true;
	case OP_IN_PLACE: return true;
	default: break;
	}
	if ((i->op == IR_LIST_ITEM || i->op == IR_LIST_AT) && is_matrix(l, i, 0))
		return true;
	if (i->op == IR_PARAM && lists_value_of(l, i)->is_given)
		return true;
	if (i->op == IR_CALL_OBJ && lists_callee(l, i)->gives && returns_list(l, lists_callee(l, i)))
		return true;
	return lists_is_rt(i, RT_MEMBER_new_list) || lists_is_rt(i, RT_MEMBER_list_of_range) ||
	       repeated_type(l, i) != IR_VOID;
}

static bool merges_list(const struct lists *l, const struct ir_instr *phi)
{
	for (uint32_t a = 0; phi->op == IR_PHI && a < phi->n_args; a++)
		if (lists_value_of(l, phi->args[a])->group)
			return true;
	return false;
}

/* A list that has a list as an item is to have nothing else. */
static bool find_rows(struct lists *l, const struct ir_instr *i, const struct value *list, uint32_t a)
{
	if (a >= i->n_args || !list->group || !lists_value_of(l, i->args[a])->group)
		return false;
	struct value *group = lists_group_of((struct value *)list);
	if (group->has_rows || group->no_rows || group == lists_group_of(lists_value_of(l, i->args[a])))
		return false;
	return group->has_rows = true;
}

/* What goes there and back in a call is one list. */
static void meet_callee(struct lists *l, const struct ir_instr *call)
{
	const struct list_member *callee = lists_callee(l, call);
	struct value *result = lists_value_of(l, call);
	for (uint32_t k = 0; k < callee->f->n_params; k++) {
		struct value *arg = lists_value_of(l, call->args[k + 1]);
		if (callee->params[k] && arg->group && lists_value_of(l, callee->params[k])->group)
			meet(l, lists_value_of(l, callee->params[k]), arg);
	}
	ir_for_each_block (callee->f, b)
		if (result->group && b->last->op == IR_RETURN_OWNED && lists_value_of(l, b->last->args[0])->group)
			meet(l, result, lists_value_of(l, b->last->args[0]));
}

static bool find_matrix(struct lists *l, struct ir_instr *i)
{
	bool found = false;
	if (lists_callee(l, i))
		meet_callee(l, i);
	if (i->op == IR_PHI && lists_value_of(l, i)->group)
		for (uint32_t a = 0; a < i->n_args; a++)
			if (lists_value_of(l, i->args[a])->group)
				meet(l, lists_value_of(l, i), lists_value_of(l, i->args[a]));
	if (i->op == IR_LIST_APPEND)
		found |= find_rows(l, i, lists_value_of(l, i->args[0]), 1);
	if (i->op == IR_LIST_SET)
		found |= find_rows(l, i, lists_value_of(l, i->args[0]), 2);
	for (uint32_t a = 0; lists_is_rt(i, RT_MEMBER_new_list) && a < i->n_args; a++)
		found |= find_rows(l, i, lists_value_of(l, i), a);
	return found;
}

/* Whether there are lists that were not known to be. */
static bool find_lists(struct lists *l)
{
	bool found = false;
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			struct value *v = lists_value_of(l, i);
			found |= find_matrix(l, i);
			found |= find_given(l, i);
			if (v->group || (!merges_list(l, i) && !makes_list(l, i)))
				continue;
			v->group = v;
			found = true;
		}
	}
	return found;
}

/* ---- what is done to them ---------------------------------------------------- */

bool lists_is_pop(const struct ir_instr *i)
{
	return lists_is_rt(i, RT_MEMBER_list_pop);
}

static bool is_in_loop(const struct lists *l, const struct ir_instr *i)
{
	return l->loops->of[i->block->id] != NULL;
}

/* Functions of the runtime to which an object may go as it is, with the reference that its owner has. */
bool lists_borrows(enum rt_member member)
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
	case IR_RT_OBJ:
		return lists_is_rt(i, RT_MEMBER_new_list) && is_live(lists_value_of(l, i)) &&
		       has_rows(lists_value_of(l, i));
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
		       lists_borrows(i->imm.index);
	case IR_RT_BOOL:
	case IR_RT_DO: return lists_borrows(i->imm.index);
	default: return false;
	}
}

/* Whether i uses the numbers of the list that is its operand number a: as long as that may be, Python code must not see
 * the list, since it would see another one. */
static bool uses_numbers(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	if (lists_is_pop(i) || lists_op_of(l, i) != OP_NONE || lists_callee(l, i) || lists_gives(l, i))
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
			struct value *v = lists_value_of(l, i->args[a]);
			if (v->group && lists_group_of(v) == group && uses_numbers(l, i, a))
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
	struct value *item = lists_value_of(l, i->args[a]);
	if (has_rows(list)) {
		if (is_live(item))
			has_row(l, list, item);
		return is_live(item);
	}
	if (item->list)
		pair(l, list, item->list, i);
	else if (lists_number_of(l, i->args[a], i))
		has_numbers(l, list, lists_number_of(l, i->args[a], i)->type);
	else
		return false;
	return true;
}

/* i does something to a list that is one of its operands. */
static bool may_do(struct lists *l, struct ir_instr *i)
{
	struct value *first = lists_value_of(l, i->args[0]);
	switch (lists_op_of(l, i)) {
	case OP_SAME:
		if (i->op == IR_RT_DO && lists_has_numbers(l, i, 1))
			pair(l, first, lists_value_of(l, i->args[1]), i);
		return true;
	case OP_NEW:
	case OP_DELETE:
	case OP_LENGTH:
	case OP_TUPLE: return true;
	case OP_INSERT: return may_become_item(l, i, 2, first);
	case OP_CONST: has_numbers(l, first, i->imm.index == RT_MEMBER_list_extend_ints ? IR_I64 : IR_F64); return true;
	case OP_IN_PLACE:
		meet(l, lists_value_of(l, i), first);
		pair(l, first, lists_value_of(l, i->args[1]), i);
		return true;
	case OP_CONTAINS:
		has_numbers(l, lists_value_of(l, i->args[1]), IR_I64); /* a NaN is in a list if it is that one */
		return may_become_item(l, i, 0, lists_value_of(l, i->args[1]));
	case OP_NONE: break;
	}
	return false;
}

/* It is given to a function that is called directly. */
static bool may_give(struct lists *l, const struct ir_instr *i, uint32_t a, struct value *list)
{
	const struct list_member *callee = lists_callee(l, i);
	struct ir_instr *param = a > 0 && a <= callee->f->n_params ? callee->params[a - 1] : NULL;
	if (!param || !lists_value_of(l, param)->group || ir_is_call_try(i->op) || !lists_kept_of(i))
		return false;
	meet(l, lists_value_of(l, param), list);
	lists_group_of(list)->pays |= is_in_loop(l, i);
	return true;
}

/* What a call gives is a list if all that is returned is such a one. */
static bool may_be_result(struct lists *l, const struct ir_instr *i, struct value *list)
{
	const struct list_member *callee = lists_callee(l, i);
	if (!callee->gives || callee->no_result)
		return false;
	ir_for_each_block (callee->f, b) {
		if (b->last->op != IR_RETURN_OWNED)
			continue;
		struct value *returned = lists_value_of(l, b->last->args[0]);
		if (!returned->group)
			return false;
		meet(l, list, returned);
	}
	return true;
}

/* A parameter that is a list is one in all calls. */
static void check_given(struct lists *l, const struct ir_instr *i)
{
	const struct list_member *callee = lists_callee(l, i);
	for (uint32_t k = 0; callee && k < callee->f->n_params; k++) {
		struct value *param = callee->params[k] ? lists_value_of(l, callee->params[k]) : NULL;
		if (param && param->group && !lists_value_of(l, i->args[k + 1])->group)
			refuse(l, param, i);
	}
}

/* Operand number a of i is a list. */
static bool may_use_list(struct lists *l, struct ir_instr *i, uint32_t a, struct value *list)
{
	bool may = a == 0;
	switch (i->op) {
	case IR_INCREF:
	case IR_DECREF:
	case IR_LIST_LEN:
	case IR_OBJ_IS: return true;
	case IR_GIVE_ARG: return !ir_is_body(l->f); /* it dies there, unless a generator waits */
	case IR_GUARD_TYPE: return i->imm.index == RT_TYPE_ID_list;
	case IR_PHI: meet(l, lists_value_of(l, i), list); return true;
	case IR_LIST_ITEM:
	case IR_LIST_AT:
		if (has_rows(list))
			has_row(l, list, lists_value_of(l, i));
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
		if (lists_callee(l, i))
			return may_give(l, i, a, list);
		if (lists_gives(l, i))
			return true;
		if (lists_op_of(l, i) == OP_NONE && !lists_is_pop(i))
			return can_escape(i, a);
		may = (lists_is_pop(i) && !has_rows(list)) || may_do(l, i);
		break;
	}
	lists_group_of(list)->pays |= is_in_loop(l, i);
	return may;
}

/* Whether the item becomes one of another list of numbers, or is looked for in one. */
static bool takes_number(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_LIST_SET: return a == 2 && lists_has_numbers(l, i, 0);
	case IR_LIST_APPEND: return a == 1 && lists_has_numbers(l, i, 0);
	case IR_RT_OBJ:
		if (i->imm.index == RT_MEMBER_new_list)
			return is_live(lists_value_of(l, i));
		break;
	default: break;
	}
	enum list_op op = lists_op_of(l, i);
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
struct ir_instr *lists_incref_of(const struct value *item)
{
	struct ir_instr *i = item->instr->next;
	while (i && (i->op != IR_INCREF || i->args[0] != item->instr)) {
		bool quiet = i->op == IR_INCREF || i->op == IR_FRAME_ENDS || i->op == IR_FRAME_AT || lists_is_box(i) ||
			     !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT | IR_TERM));
		i = quiet ? i->next : NULL;
	}
	return i;
}

/* Whether the item gets a reference of its own for the one operation on it, which takes that over, or after which it
 * ends; all in one block. */
static bool can_box(const struct value *item)
{
	const struct ir_instr *i = lists_incref_of(item);
	if (item->n_numbers > 0)
		return false; /* the reference may be that list's */
	if (lists_is_pop(item->instr))
		return true;
	if (item->instr->op != IR_LIST_ITEM || item->n_increfs != 1 || item->n_objects != 1 || item->n_decrefs > 1)
		return false;
	uint32_t n_left = item->n_objects + item->n_decrefs;
	for (i = i ? i->next : NULL; i && n_left > 0; i = i->next)
		for (uint32_t a = 0; a < i->n_args; a++)
			n_left -= i->args[a] == item->instr && i->op != IR_PHI;
	return n_left == 0;
}

bool lists_escapes(const struct lists *l, const struct ir_instr *i, uint32_t a)
{
	return can_escape(i, a) && !becomes_row(l, i, a) && !lists_gives(l, i) && lists_op_of(l, i) == OP_NONE;
}

/* Whether it may be that a list is in itself. */
static bool is_deep(struct value *list)
{
	enum { MOST = 4 };
	int depth = 0;
	for (struct value *group = lists_group_of(list); group && depth <= MOST; depth++)
		group = group->rows ? lists_group_of(group->rows) : NULL;
	return depth > MOST;
}

/* Whether the callers may have it, too. */
static bool is_given(const struct lists *l, const struct value *group)
{
	for (uint32_t k = 0; k < l->f->n_params; k++) {
		struct value *param = l->member->params[k] ? lists_value_of(l, l->member->params[k]) : NULL;
		for (struct value *of = param && param->group ? lists_group_of(param) : NULL; of;
		     of = of->rows ? lists_group_of(of->rows) : NULL)
			if (of == group)
				return true;
	}
	return false;
}

/* Of a list of lists, Python code sees these as well. */
static bool is_used_after(const struct lists *l, const struct ir_instr *i, struct value *list)
{
	if (is_deep(list))
		return true;
	for (struct value *group = lists_group_of(list); group;
	     group = group->rows ? lists_group_of(group->rows) : NULL)
		if (is_given(l, group) || numbers_are_used_after(l, i, group))
			return true;
	return false;
}

/* Once Python code sees a list, all that is done to it must be left to that. */
static void check_escapes(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = lists_value_of(l, i->args[a]);
				if (is_live(v) && lists_escapes(l, i, a) && is_used_after(l, i, v))
					refuse(l, v, i);
			}
		}
	}
}

/* i makes a list, if it is to be one of numbers. */
static bool may_be_new(struct lists *l, struct ir_instr *i, struct value *list)
{
	if (lists_is_rt(i, RT_MEMBER_list_of_range)) {
		has_numbers(l, list, IR_I64);
		return true;
	}
	if (lists_is_rt(i, RT_MEMBER_new_list)) {
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
	if (i->op == IR_PARAM)
		return list->is_given;
	if (i->op == IR_CALL_OBJ)
		return may_be_result(l, i, list);
	enum list_op op = lists_op_of(l, i);
	for (uint32_t a = 0; op == OP_NEW && a < i->n_args && lists_has_numbers(l, i, a); a++)
		pair(l, list, lists_value_of(l, i->args[a]), i);
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
	lists_for_each_member (l, m)
		ir_for_each_block (l->f, b)
			ir_for_each_instr (b, i)
				if ((i->op == IR_LIST_ITEM || i->op == IR_LIST_AT || lists_is_pop(i)) &&
				    lists_has_numbers(l, i, 0))
					lists_value_of(l, i)->list = lists_value_of(l, i->args[0]);
}

static void check_uses(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			check_given(l, i);
			if (i->op != IR_PHI && is_live(lists_value_of(l, i)) && !may_be_new(l, i, lists_value_of(l, i)))
				refuse(l, lists_value_of(l, i), i);
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = lists_value_of(l, i->args[a]);
				if (v->group && !may_use_list(l, i, a, v))
					refuse(l, v, i);
				bool is_null = i->args[a]->op == IR_CONST_NULL; /* of a local without a value */
				if (i->op == IR_PHI && lists_value_of(l, i)->group && !v->group && !is_null)
					refuse(l, lists_value_of(l, i), i);
			}
		}
	}
}

static void check_items(struct lists *l)
{
	ir_for_each_block (l->f, b)
		ir_for_each_instr (b, i)
			for (uint32_t a = 0; a < i->n_args; a++)
				if (lists_value_of(l, i->args[a])->list)
					use_item(l, lists_value_of(l, i->args[a]), i, a);
}

static void check_boxes(struct lists *l)
{
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i].list && l->values[i].n_objects > 0 && !can_box(&l->values[i]))
			refuse(l, l->values[i].list, l->values[i].instr);
}

/* What is put into lists that pay does: the other way, those are refused with it. */
static void share_gains(struct lists *l)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t p = 0; p < l->n_pairs; p++) {
			struct value *from = lists_group_of(l->pairs[p].from);
			changed |= lists_group_of(l->pairs[p].to)->pays && !from->pays;
			from->pays |= lists_group_of(l->pairs[p].to)->pays;
		}
	}
}

/* Whether there are lists that others are refused with, for nobody would gain. */
static void check_gains(struct lists *l)
{
	share_gains(l);
	for (uint32_t i = 0; i < l->n_values; i++) {
		struct value *v = &l->values[i];
		if (is_live(v) && (!lists_group_of(v)->pays || lists_group_of(v)->numbers == IR_VOID || is_deep(v)))
			refuse(l, v, NULL);
	}
}

/* Until all that are left go together. */
static void check_lists(struct lists *l)
{
	do {
		forget(l);
		lists_for_each_member (l, m)
			check_uses(l);
		lists_for_each_member (l, m)
			check_items(l);
		check_boxes(l);
		check_pairs(l);
		lists_for_each_member (l, m)
			check_escapes(l);
		if (!l->refused)
			check_gains(l);
	} while (l->refused);
}

/* The group of a list that is to hold numbers; NULL: it stays what it is. */
struct value *lists_taken(struct value *list)
{
	struct value *group = list && list->group ? lists_group_of(list) : NULL;
	return group && !group->refused ? group : NULL;
}

/* For explain: what became of lists whose items are used in loops. */
static void note_list(const struct lists *l, struct value *list)
{
	struct value *group = list->group ? lists_group_of(list) : NULL;
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

static void begin_member(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			struct value *unboxed = i->n_args > 0 ? lists_value_of(l, i->args[0]) : NULL;
			lists_value_of(l, i)->instr = i;
			if ((i->op == IR_UNBOX_I64 || i->op == IR_UNBOX_F64) && !unboxed->unboxed)
				unboxed->unboxed = i;
			for (uint32_t a = 0; a < i->n_args; a++)
				lists_value_of(l, i->args[a])->n_uses++;
		}
	}
}

static void begin(struct lists *l)
{
	bool found;
	lists_for_each_member (l, m)
		begin_member(l);
	do {
		found = false;
		lists_for_each_member (l, m)
			found |= find_lists(l);
	} while (found);
	check_lists(l);
}

/* Whether there are lists of lists that were refused; then all begins again without them, for their rows may do. */
static bool forget_rows(struct lists *l)
{
	bool found = false;
	for (uint32_t i = 0; i < l->n_values; i++) {
		struct value *v = &l->values[i];
		bool no_rows = v->no_rows || (has_rows(v) && lists_group_of(v)->refused);
		found |= no_rows && !v->no_rows;
		v->no_rows = no_rows;
	}
	return found;
}

/* The same of functions whose results were refused. */
static bool forget_results(struct lists *l)
{
	bool found = false;
	lists_for_each_member (l, m) {
		ir_for_each_block (l->f, b) {
			ir_for_each_instr (b, i) {
				struct value *v = lists_value_of(l, i);
				if (i->op != IR_CALL_OBJ || !v->group || is_live(v))
					continue;
				found |= !lists_callee(l, i)->no_result;
				lists_callee(l, i)->no_result = true;
			}
		}
	}
	return found;
}

static bool begin_again(struct lists *l)
{
	bool rows = forget_rows(l), results = forget_results(l);
	for (uint32_t i = 0; (rows || results) && i <= l->n_values; i++)
		l->values[i] = (struct value){ .no_rows = l->values[i].no_rows };
	return rows || results;
}

/* ---- the family ------------------------------------------------------------- */

/* A parameter that is taken out of the frame is an object. */
static void find_params(struct list_member *m)
{
	struct ir_function *f = m->f;
	m->params = ir_alloc(f, (f->n_params + 1) * sizeof(*m->params));
	if (!f->family || f->is_init)
		return;
	ir_for_each_instr (f->blocks[0], i)
		if (i->op == IR_PARAM && f->params[i->imm.index] == VALUE_LIST && !ir_is_part_param(f, i->imm.index))
			m->params[i->imm.index] = i;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_TAKE_ARG && i->imm.index < f->n_params)
				m->params[i->imm.index] = NULL;
}

/* A result is a list if each call makes sure of that. */
static void find_results(struct lists *l, struct ir_function *f)
{
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			struct list_member *callee = lists_callee(l, i);
			if (callee && (i->op != IR_CALL_OBJ || !lists_guard_of(i)))
				callee->gives = false;
		}
	}
}

/* The values of all members get numbers of their own; those of one come one after the other. */
static void begin_family(struct lists *l, struct ir_function *f)
{
	l->n_members = f->n_directs + 1;
	l->members = ir_alloc(f, l->n_members * sizeof(*l->members));
	ir_for_each_member (f, m) {
		struct list_member *to = &l->members[m_i];
		*to = (struct list_member){ .f = m, .loops = ir_loops_find(m), .first_id = l->n_values };
		to->gives = m->family && !m->is_init && m->result == IR_OBJ && !m->n_values;
		ir_for_each_block (m, b)
			ir_for_each_instr (b, i)
				i->id += to->first_id;
		l->n_values += m->next_id;
		find_params(to);
	}
	ir_for_each_member (f, m) {
		m->next_id = l->n_values;
		find_results(l, m);
	}
	l->values = ir_alloc(f, (l->n_values + 1) * sizeof(struct value));
}

/* Where no list of numbers was given there is nothing to ask. */
static void forget_kept(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		const struct list_member *callee = NULL;
		ir_for_each_instr (b, i) {
			if (ir_is_call(i->op))
				callee = lists_callee(l, i);
			if (i->op == IR_CALL_KEPT && !(callee && callee->f->number_lists))
				ir_remove(i);
		}
	}
}

uint32_t lists_end_of_member(const struct lists *l)
{
	return l->member + 1 < l->members + l->n_members ? l->member[1].first_id : l->n_values;
}

void pass_lists(struct ir_function *f)
{
	struct lists l = { .f = f };
	begin_family(&l, f);
	bool found = false;
	do
		begin(&l);
	while (begin_again(&l));
	lists_for_each_member (&l, m) {
		for (uint32_t i = l.member->first_id; i < lists_end_of_member(&l); i++) {
			found |= lists_taken(&l.values[i]) != NULL;
			note_list(&l, &l.values[i]);
		}
	}
	if (found)
		lists_change(&l);
	lists_for_each_member (&l, m)
		forget_kept(&l);
}
