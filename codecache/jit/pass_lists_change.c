/* pass_lists_change.c - lists that are to hold numbers (pass_lists.c) do: what makes them, reads and changes them, and
 * what becomes of their items. */
#include "config.h"

#include "codecache/jit/pass_lists_priv.h"

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
	if (lists_is_pop(i)) {
		item->number = remove_item(l, i, i->args[1], is_float);
	} else {
		enum ir_op op = i->op == IR_LIST_ITEM ? (is_float ? IR_FLOATS_ITEM : IR_INTS_ITEM)
						      : (is_float ? IR_FLOATS_AT : IR_INTS_AT);
		item->number = insert(l, i, op, i->args[0], i->args[1]);
		item->number->exit = i->exit;
	}
	if (item->n_objects == 0)
		return;
	item->box = box_before(l, lists_is_pop(i) ? i : lists_incref_of(item), item->number);
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
	struct ir_instr *object = i->args[a], *number = lists_operand_number(l, i, a);
	struct value *v = lists_value_of(l, object);
	if (v->list)
		return number;
	if (lists_is_box(object) && v->n_uses == 1) {
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
	struct ir_instr *item = i->args[0]->args[0]; /* it may have been looked at only since the list was made */
	i->args[0] = lists_value_of(l, item)->number ? lists_value_of(l, item)->number : lists_number_of(l, item, i);
	struct ir_instr *n = lists_number_of(l, i->args[1], i);
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
	if (lists_is_rt(i, RT_MEMBER_list_of_range)) {
		i->imm.index = RT_MEMBER_numbers_of_range;
		return;
	}
	if (!lists_is_rt(i, RT_MEMBER_new_list)) {
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
	if (is_result || (i->op != IR_LIST_APPEND && lists_borrows(i->imm.index)))
		return;
	insert(l, i, IR_INCREF, list, NULL); /* for i, which takes it over */
	drop(l, i->next, numbers);
}

/* i is a list's, or does something to one. */
static void change_list(struct lists *l, struct ir_instr *i, struct value *group)
{
	bool is_float = group->numbers == IR_F64;
	switch (i->op) {
	case IR_CALL_OBJ:
		if (lists_taken(lists_value_of(l, i)))
			lists_guard_of(i)->imm.index = RT_TYPE_ID_numbers;
		break;
	case IR_RT_OBJ:
		if (!lists_is_pop(i)) /* read_number() has done that */
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
	case IR_GUARD_TYPE:
		if (i->imm.index == RT_TYPE_ID_list)
			ir_remove(i);
		break;
	default: break;
	}
}

/* The result is a list of objects, if it is no list of numbers. */
static void change_new(struct lists *l, struct ir_instr *i)
{
	struct ir_instr *to = i;
	if (!lists_taken(lists_value_of(l, i))) {
		to = ir_insert_before(l->f, i, IR_RT_OBJ, i->n_args, i->args);
		to->line = i->line;
		to->exit = i->exit;
	}
	to->imm.index = lists_for_numbers[i->imm.index];
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
	bool is_float = lists_has_numbers(l, i, 0) && lists_group_of(lists_value_of(l, i->args[0]))->numbers == IR_F64;
	struct ir_instr *extend;
	switch (op) {
	case OP_SAME:
	case OP_CONST: i->imm.index = lists_for_numbers[i->imm.index]; break;
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
		(void)remove_item(l, i, lists_number_of(l, i->args[1], i), is_float);
		ir_remove(i);
		break;
	case OP_CONTAINS: {
		struct ir_instr *number = lists_operand_number(l, i, 0);
		i->args[0] = i->args[1];
		i->args[1] = number;
		i->imm.index = RT_MEMBER_numbers_contain_i64;
		break;
	}
	case OP_LENGTH:
		i->scratch = insert(l, i, IR_LIST_LEN, i->args[0], NULL);
		ir_remove(i);
		break;
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
		if (item->box && lists_is_pop(item->instr))
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
			enum list_op op = lists_op_of(l, i);
			if (op != OP_NONE) {
				change_op(l, i, op);
				continue;
			}
			for (uint32_t a = 0; a < i->n_args; a++)
				if (lists_escapes(l, i, a) && lists_taken(lists_value_of(l, i->args[a])))
					escape(l, i, a);
			struct value *of = i->n_args > 0 ? lists_value_of(l, i->args[0]) : NULL;
			struct value *group = lists_taken(lists_value_of(l, i));
			if (!group)
				group = lists_taken(of);
			if (group)
				change_list(l, i, group);
			else if (of && lists_taken(of->list))
				change_item(l, i, of);
		}
	}
}

static void change_leaf(struct state_value *leaf, void *lists)
{
	const struct value *v = lists_value_of(lists, leaf->instr);
	if (!v->number)
		return;
	if (v->box && leaf->kind == STATE_OWNED) {
		leaf->instr = v->box;
		return;
	}
	leaf->instr = v->number;
	leaf->kind = v->number->type == IR_F64 ? STATE_F64 : STATE_I64;
}

/* Which parameters are lists of numbers, and whether calls that get none ask what became of them. */
static void change_params(struct lists *l)
{
	for (uint32_t k = 0; k < l->f->n_params; k++)
		if (l->member->params[k] && lists_taken(lists_value_of(l, l->member->params[k])))
			l->f->number_lists |= (uint64_t)1 << k;
}

static void change_member(struct lists *l)
{
	uint32_t first = l->member->first_id, end = lists_end_of_member(l);
	for (uint32_t i = first; i < end; i++) {
		struct value *group = lists_taken(l->values[i].list);
		if (group)
			read_number(l, &l->values[i], group->numbers == IR_F64);
	}
	change_uses(l);
	for (uint32_t e = 0; e < l->f->n_exits; e++)
		ir_exit_visit(l->f->exits[e], change_leaf, l);
	for (uint32_t i = first; i < end; i++)
		if (l->values[i].number && l->values[i].list)
			ir_remove(l->values[i].instr);
	ir_replace_uses(l->f);
	for (uint32_t i = first; i < end; i++)
		if (l->values[i].box)
			box_can_raise(l, &l->values[i]);
}

void lists_change(struct lists *l)
{
	lists_for_each_member (l, m)
		change_params(l);
	lists_for_each_member (l, m)
		change_member(l);
}
