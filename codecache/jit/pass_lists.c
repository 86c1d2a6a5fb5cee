/* pass_lists.c - lists of numbers that no Python code sees hold numbers instead of objects (codecache/rt_numbers.c).
 *
 * Such a list is made here, of numbers or empty, and all that is done to it is what native code does by itself: items
 * read as numbers of one type, stores and appends of such, its length.  Lists that come together in a phi are all such,
 * or none is.  What leaves, a side exit or the list as the result, makes a list of objects of it; so that this pays,
 * only lists are taken whose items are used in a loop.
 *
 * An item is a number then, wherever it was an object that is unboxed, or a leaf of a state.  It may also be one
 * operand of an operation on objects, right after it was read: then it is boxed for it. */
#include "config.h"

#include <stdio.h>

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"
#include "codecache/jit/rt.h"

/* What is known of an instruction. */
struct value {
	struct ir_instr *instr;
	uint32_t n_uses;          /* as an operand */
	struct ir_instr *unboxed; /* the first that unboxes it; NULL: nothing does */
	/* A list: the next one on the way to the one that stands for all that it meets in phis; NULL: no list. */
	struct value *group;
	enum ir_type numbers; /* of that one: what its items are, IR_VOID: nothing said so yet */
	bool refused, pays;
	uint32_t because; /* if refused: the line that has the reason; 0: its numbers are of several types */
	/* An item of such a list: that, how often it is counted, and what uses it as an object. */
	struct value *list;
	uint32_t n_increfs, n_decrefs, n_objects;
	struct ir_instr *number, *box; /* what it becomes; the object of it, NULL: none is needed */
};

struct lists {
	struct ir_function *f;
	const struct ir_loops *loops;
	struct value *values; /* by id; behind them one for what is new, of which nothing is known */
	uint32_t n_values;
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

static void refuse(struct value *list, const struct ir_instr *because)
{
	struct value *group = group_of(list);
	if (!group->refused && because)
		group->because = because->line;
	group->refused = true;
}

static void has_numbers(struct value *list, enum ir_type type)
{
	struct value *group = group_of(list);
	if (group->numbers == IR_VOID)
		group->numbers = type;
	if (group->numbers != type)
		refuse(group, NULL);
}

static void meet(struct value *a, struct value *b)
{
	struct value *to = group_of(a), *from = group_of(b);
	if (from == to)
		return;
	from->group = to;
	to->because = to->refused ? to->because : from->because;
	to->refused |= from->refused;
	to->pays |= from->pays;
	if (from->numbers != IR_VOID)
		has_numbers(to, from->numbers);
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

/* [number] * n: its type; IR_VOID: it is no such. */
static enum ir_type repeated_type(const struct lists *l, const struct ir_instr *i)
{
	if (!is_rt(i, RT_MEMBER_binary) || i->args[2]->op != IR_CONST_I64 || i->args[2]->imm.i != RT_NB_MULTIPLY ||
	    !is_rt(i->args[0], RT_MEMBER_new_list) || i->args[0]->n_args != 1)
		return IR_VOID;
	const struct ir_instr *n = number_of(l, i->args[1], i), *item = number_of(l, i->args[0]->args[0], i);
	return n && n->type == IR_I64 && item ? item->type : IR_VOID;
}

/* [], or [number, ...] */
static void find_literal(struct lists *l, struct ir_instr *i)
{
	struct value *v = value_of(l, i);
	v->group = v;
	for (uint32_t a = 0; a < i->n_args; a++) {
		const struct ir_instr *item = number_of(l, i->args[a], i);
		if (item)
			has_numbers(v, item->type);
		else
			refuse(v, i);
	}
}

static void find_new(struct lists *l, struct ir_instr *i)
{
	struct value *v = value_of(l, i);
	v->numbers = repeated_type(l, i);
	if (v->numbers != IR_VOID)
		v->group = v;
	else if (is_rt(i, RT_MEMBER_new_list))
		find_literal(l, i);
}

static bool merges_list(const struct lists *l, const struct ir_instr *phi)
{
	for (uint32_t a = 0; phi->op == IR_PHI && a < phi->n_args; a++)
		if (value_of(l, phi->args[a])->group)
			return true;
	return false;
}

/* Whether there are phis of lists that were not known to be. */
static bool find_phis(struct lists *l)
{
	bool found = false;
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			struct value *v = value_of(l, i);
			if (v->group || !merges_list(l, i))
				continue;
			v->group = v;
			found = true;
		}
	}
	return found;
}

static void find_lists(struct lists *l)
{
	ir_for_each_block (l->f, b)
		ir_for_each_instr (b, i)
			find_new(l, i);
	while (find_phis(l))
		;
}

/* ---- what is done to them ---------------------------------------------------- */

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
static bool uses_numbers(const struct ir_instr *i, uint32_t a)
{
	switch (i->op) {
	case IR_LIST_LEN:
	case IR_OBJ_IS: return true;
	case IR_LIST_ITEM:
	case IR_LIST_AT:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
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
			if (v->group && group_of(v) == group && uses_numbers(i, a))
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

/* Operand number a of i is a list. */
static bool may_use_list(struct lists *l, struct ir_instr *i, uint32_t a, struct value *list)
{
	switch (i->op) {
	case IR_INCREF:
	case IR_DECREF:
	case IR_GIVE_ARG:
	case IR_LIST_LEN:
	case IR_OBJ_IS: return true;
	case IR_GUARD_TYPE: return i->imm.index == RT_TYPE_ID_list;
	case IR_PHI: meet(value_of(l, i), list); return true;
	case IR_LIST_ITEM:
	case IR_LIST_AT: value_of(l, i)->list = list; break;
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64: has_numbers(list, i->args[2]->type); break;
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64: has_numbers(list, i->args[1]->type); return a == 0;
	default: return can_escape(i, a);
	}
	group_of(list)->pays |= is_in_loop(l, i);
	return a == 0;
}

/* i has an item of a list as an operand. */
static void use_item(struct value *item, const struct ir_instr *i)
{
	switch (i->op) {
	case IR_OBJ_TO_F64: return;
	case IR_INCREF: item->n_increfs++; return;
	case IR_DECREF: item->n_decrefs++; return;
	case IR_UNBOX_I64: has_numbers(item->list, IR_I64); return;
	case IR_UNBOX_F64: has_numbers(item->list, IR_F64); return;
	case IR_GUARD_TYPE:
		if (i->imm.index == RT_TYPE_ID_int || i->imm.index == RT_TYPE_ID_float) {
			has_numbers(item->list, i->imm.index == RT_TYPE_ID_int ? IR_I64 : IR_F64);
			return;
		}
		break;
	default: break;
	}
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
	if (item->instr->op != IR_LIST_ITEM || item->n_increfs != 1 || item->n_objects != 1 || item->n_decrefs > 1)
		return false;
	uint32_t n_left = item->n_objects + item->n_decrefs;
	for (i = i ? i->next : NULL; i && n_left > 0; i = i->next)
		for (uint32_t a = 0; a < i->n_args; a++)
			n_left -= i->args[a] == item->instr && i->op != IR_PHI;
	return n_left == 0;
}

/* Once Python code sees a list, all that is done to it must be left to that. */
static void check_escapes(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = value_of(l, i->args[a]);
				if (v->group && can_escape(i, a) && !group_of(v)->refused &&
				    numbers_are_used_after(l, i, group_of(v)))
					refuse(v, i);
			}
		}
	}
}

static void check_lists(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++) {
				struct value *v = value_of(l, i->args[a]);
				if (v->group && !may_use_list(l, i, a, v))
					refuse(v, i);
				bool is_null = i->args[a]->op == IR_CONST_NULL; /* of a local without a value */
				if (i->op == IR_PHI && value_of(l, i)->group && !v->group && !is_null)
					refuse(value_of(l, i), i);
			}
		}
	}
	ir_for_each_block (l->f, b)
		ir_for_each_instr (b, i)
			for (uint32_t a = 0; a < i->n_args; a++)
				if (value_of(l, i->args[a])->list)
					use_item(value_of(l, i->args[a]), i);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i].list && l->values[i].n_objects > 0 && !can_box(&l->values[i]))
			refuse(l->values[i].list, l->values[i].instr);
	check_escapes(l);
}

/* The group of a list that is to hold numbers; NULL: it stays what it is. */
static struct value *taken(struct value *list)
{
	struct value *group = list && list->group ? group_of(list) : NULL;
	return group && !group->refused && group->pays && group->numbers != IR_VOID ? group : NULL;
}

/* For explain: what became of lists whose items are used in loops. */
static void note_list(const struct lists *l, struct value *list)
{
	struct value *group = list->group ? group_of(list) : NULL;
	char text[100] = "list of numbers, not objects";
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

/* The item as a number; the object that it is for an operation is made with it. */
static void read_number(struct lists *l, struct value *item, bool is_float)
{
	struct ir_instr *i = item->instr;
	enum ir_op op = i->op == IR_LIST_ITEM ? (is_float ? IR_FLOATS_ITEM : IR_INTS_ITEM)
					      : (is_float ? IR_FLOATS_AT : IR_INTS_AT);
	item->number = insert(l, i, op, i->args[0], i->args[1]);
	item->number->exit = i->exit;
	if (item->n_objects == 0)
		return;
	item->box = insert(l, incref_of(item), IR_RT_OBJ, item->number, NULL);
	item->box->imm.index = is_float ? RT_MEMBER_box_f64 : RT_MEMBER_box_i64;
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

static void make_new(struct lists *l, struct ir_instr *i, bool is_float)
{
	if (i->n_args > 0 && is_rt(i, RT_MEMBER_binary)) {
		i->args[0] = number_of(l, i->args[0]->args[0], i);
		i->args[1] = number_of(l, i->args[1], i);
		i->n_args = 2;
		i->imm.index = is_float ? RT_MEMBER_numbers_repeat_f64 : RT_MEMBER_numbers_repeat_i64;
		return;
	}
	struct ir_instr *list =
		insert(l, i, IR_RT_OBJ, ir_number_before(l->f, i, is_float ? RT_NUMBERS_F64 : RT_NUMBERS_I64),
		       ir_number_before(l->f, i, i->n_args));
	list->imm.index = RT_MEMBER_numbers_new;
	list->exit = i->exit;
	for (uint32_t a = 0; a < i->n_args; a++) {
		struct ir_instr *object = i->args[a], *item = number_of(l, object, i);
		insert(l, i, is_float ? IR_FLOATS_APPEND : IR_INTS_APPEND, list, item)->exit = i->exit;
		if (!is_box(object) || value_of(l, object)->n_uses > 1) {
			drop(l, i, object); /* the list had a reference to it */
			continue;
		}
		value_of(l, object)->number = item;
		ir_remove(object);
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
	case IR_RT_OBJ: make_new(l, i, is_float); break;
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
	case IR_GUARD_TYPE:
	case IR_INCREF: break;
	default: return;
	}
	ir_remove(i);
}

static void change_uses(struct lists *l)
{
	ir_for_each_block (l->f, b) {
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++)
				if (can_escape(i, a) && taken(value_of(l, i->args[a])))
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

void pass_lists(struct ir_function *f)
{
	struct lists l = { .f = f, .n_values = f->next_id, .loops = ir_loops_find(f) };
	l.values = ir_alloc(f, (l.n_values + 1) * sizeof(struct value));
	bool found = false;
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			l.values[i->id].instr = i;
			if ((i->op == IR_UNBOX_I64 || i->op == IR_UNBOX_F64) && !l.values[i->args[0]->id].unboxed)
				l.values[i->args[0]->id].unboxed = i;
			for (uint32_t a = 0; a < i->n_args; a++)
				l.values[i->args[a]->id].n_uses++;
		}
	}
	find_lists(&l);
	check_lists(&l);
	for (uint32_t i = 0; i < l.n_values; i++) {
		found |= taken(&l.values[i]) != NULL;
		note_list(&l, &l.values[i]);
	}
	if (found)
		change(&l);
}
