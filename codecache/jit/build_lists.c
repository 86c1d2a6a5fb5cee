/* build_lists.c - lists: their methods, and what their items are guessed to be.
 *
 * Of each list that is made here, it is noted what was put into it: the first build sees all of that, the second one,
 * which is kept, knows it.  If these were ints only, or floats only, an item that is read is taken for such a number at
 * once, by a guard, instead of where it is first computed with. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

/* ---- what items are --------------------------------------------------------- */

enum { ITEMS_INT = 1, ITEMS_FLOAT = 2, ITEMS_OTHER = 4, ITEMS_LIST = 8, MAX_PHIS = 8, MAX_ROW_DEPTH = 4 };

void items_begin(struct builder *b, struct ir_instr *list)
{
	list->items = learnt_items(b);
}

/* What was seen of the list's items; NULL: it is not from here. */
static struct list_items *items_of(const struct ir_instr *list, int depth)
{
	struct list_items *items = list->items;
	for (uint32_t a = 0; !items && list->op == IR_PHI && depth < MAX_PHIS && a < list->n_args; a++)
		items = list->args[a] == list ? NULL : items_of(list->args[a], depth + 1);
	return items;
}

void items_follow(struct ir_instr *list, struct ir_instr *from)
{
	list->items = items_of(from, 0);
}

void items_see(struct ir_instr *list, const struct av *item)
{
	struct list_items *items = items_of(list, 0);
	if (!items)
		return;
	bool is_row = item->kind == AV_OBJECT && item->known == KNOWN_LIST;
	items->seen |= item->kind == AV_INT     ? ITEMS_INT
		       : item->kind == AV_FLOAT ? ITEMS_FLOAT
		       : is_row                 ? ITEMS_LIST
						: ITEMS_OTHER;
	if (is_row && !items->rows)
		items->rows = items_of(item->v[0], 0);
}

/* Lists may be in one another: so many levels. */
static struct list_items *items_copy(struct builder *b, const struct list_items *items, int levels)
{
	struct list_items *copy = ir_alloc(ir_family(b->f), sizeof(*copy));
	copy->seen = items->seen;
	copy->rows = items->rows && levels > 1 ? items_copy(b, items->rows, levels - 1) : NULL;
	return copy;
}

void items_return(struct builder *b, const struct ir_instr *list)
{
	const struct list_items *items = items_of(list, 0);
	if (items && !b->returned_items)
		b->returned_items = items_copy(b, items, MAX_ROW_DEPTH);
	else if (b->returned_items)
		b->returned_items->seen |= items ? items->seen : ITEMS_OTHER;
}

static uint8_t items_of_const(PyObject *tuple)
{
	uint8_t items = tuple && PyTuple_CheckExact(tuple) ? 0 : ITEMS_OTHER;
	for (Py_ssize_t i = 0; items != ITEMS_OTHER && i < PyTuple_GET_SIZE(tuple); i++) {
		PyObject *item = PyTuple_GET_ITEM(tuple, i);
		int overflow = 0;
		if (PyLong_CheckExact(item))
			(void)PyLong_AsLongLongAndOverflow(item, &overflow);
		items |= PyLong_CheckExact(item) && !overflow ? ITEMS_INT
			 : PyFloat_CheckExact(item)           ? ITEMS_FLOAT
							      : ITEMS_OTHER;
	}
	return items;
}

void items_of_constant(struct builder *b, struct ir_instr *tuple, PyObject *value)
{
	uint8_t seen = items_of_const(value);
	if (seen != ITEMS_INT && seen != ITEMS_FLOAT)
		return;
	tuple->items = ir_alloc(b->f, sizeof(*tuple->items));
	tuple->items->seen = seen;
}

enum rt_member extend_by(const struct builder *b, const struct av *from)
{
	uint8_t items = from->kind == AV_CONST ? items_of_const(const_value(b, from->index)) : ITEMS_OTHER;
	return items == ITEMS_INT     ? RT_MEMBER_list_extend_ints
	       : items == ITEMS_FLOAT ? RT_MEMBER_list_extend_floats
				      : RT_MEMBER_list_extend;
}

void items_join(struct builder *b, struct ir_instr *list, const struct av *from)
{
	struct list_items *items = items_of(list, 0);
	if (!items)
		return;
	const struct list_items *others = from->kind == AV_OBJECT ? items_of(from->v[0], 0) : NULL;
	items->seen |= others                   ? others->seen
		       : from->kind == AV_CONST ? items_of_const(const_value(b, from->index))
						: ITEMS_OTHER;
	if (others && !items->rows)
		items->rows = others->rows;
}

/* Whether the code asks which object something is, other than None: numbers are to keep theirs then, if they can. */
static bool compares_identity(struct builder *b)
{
	const struct bc_code *code = frame_of_code(b)->code;
	PyObject *consts = ((PyCodeObject *)code->code)->co_consts;
	for (uint32_t i = 1; i < code->n_instrs; i++) {
		const struct bc_instr *other = &code->instrs[i - 1];
		bool with_none = other->op == BC_LOAD_CONST && Py_IsNone(PyTuple_GET_ITEM(consts, other->arg));
		if (code->instrs[i].op == BC_IS && !with_none)
			return true;
	}
	return false;
}

/* AV_OBJECT: nothing in particular. */
static enum av_kind kind_of_items(struct builder *b, const struct list_items *items)
{
	if (!items || (items->seen != ITEMS_INT && items->seen != ITEMS_FLOAT) || compares_identity(b))
		return AV_OBJECT;
	return items->seen == ITEMS_INT ? AV_INT : AV_FLOAT;
}

/* A guard leaves as what is emitted at this point does. */
void items_guess(struct builder *b, const struct ir_instr *list, struct av *item)
{
	const struct list_items *items = items_of(list, 0);
	enum av_kind kind = kind_of_items(b, items);
	if (!items || item->kind != AV_OBJECT || item->known != KNOWN_NONE)
		return;
	if (items->seen == ITEMS_LIST) {
		emit1(b, IR_GUARD_TYPE, item->v[0])->imm.index = RT_TYPE_ID_list;
		item->known = KNOWN_LIST;
		item->v[0]->items = items->rows;
	}
	if (kind == AV_INT && meets_large(b)) {
		emit1(b, IR_GUARD_TYPE, item->v[0])->imm.index = RT_TYPE_ID_int;
		item->known = KNOWN_INT;
		return;
	}
	if (kind == AV_OBJECT)
		return;
	struct ir_instr *number = emit1(b, kind == AV_INT ? IR_UNBOX_I64 : IR_UNBOX_F64, item->v[0]);
	item->object = item->v[0];
	item->kind = kind;
	item->v[0] = number;
}

/* ---- new lists -------------------------------------------------------------- */

static struct ir_instr *copy_of(struct builder *b, struct ir_instr *list)
{
	struct ir_instr *none = emit_i64(b, 0), *args[] = { list, none, none, none, none };
	struct ir_instr *copy = rt(b, IR_RT_OBJ, RT_MEMBER_get_slice, 5, args);
	items_follow(copy, list);
	return copy;
}

static bool is_list(const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_LIST;
}

/* Stack: NULL, list, and what it is to have: a range, or a list. */
bool call_list(struct builder *b, uint32_t n)
{
	const struct av *from = peek(b, 1);
	if (n != 1 || strcmp(ir_family(b->f)->consts[peek(b, 2)->index].name, "list") != 0 ||
	    (from->kind != AV_RANGE && !is_list(from)))
		return false;
	settle(b);
	struct ir_instr *list;
	if (from->kind == AV_RANGE) {
		list = rt(b, IR_RT_OBJ, RT_MEMBER_list_of_range, 3, peek(b, 1)->v);
		items_begin(b, list);
		list->items->seen |= ITEMS_INT;
	} else {
		list = copy_of(b, from->v[0]);
	}
	replace(b, 3, (struct av){ .kind = AV_OBJECT, .v = { list }, .own = OWN_OWNED, .known = KNOWN_LIST });
	return true;
}

/* ---- methods ---------------------------------------------------------------- */

/* The top of the stack becomes the last item of the list, and is gone from the stack. */
bool list_append(struct builder *b, struct ir_instr *list)
{
	struct av *item = peek(b, 1);
	items_see(list, item);
	if (!item->object && (item->kind == AV_INT || item->kind == AV_FLOAT)) {
		(void)emit2(b, item->kind == AV_INT ? IR_LIST_APPEND_I64 : IR_LIST_APPEND_F64, list, item->v[0]);
	} else {
		struct ir_instr *object = owned_object_of(b, item);
		if (!object)
			return false;
		(void)emit2(b, IR_LIST_APPEND, list, object); /* the list has the reference now */
	}
	(void)pop(b);
	return true;
}

static bool give_none(struct builder *b, uint32_t n_popped)
{
	drop(b, n_popped);
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

/* Stack: method, list, perhaps an index. */
static bool list_pop(struct builder *b, uint32_t n)
{
	if (n > 1 || (n == 1 && !is_integral(peek(b, 1))))
		return false;
	struct ir_instr *index = n ? as_int(b, peek(b, 1)) : emit_i64(b, -1);
	struct ir_instr *list = peek(b, n + 1)->v[0], *args[] = { list, index };
	struct unseen u;
	if (n == 0 && may_fail(b, RT_FAILURE_LIST_POP, &u))
		fails_if(b, &u, RT_FAILURE_LIST_POP, emit2(b, IR_I64_EQ, emit1(b, IR_LIST_LEN, list), emit_i64(b, 0)));
	struct av item = { .kind = AV_OBJECT };
	if (kind_of_items(b, items_of(list, 0)) !=
	    AV_OBJECT) { /* before it is gone, so that CPython can do it if it is none */
		item.v[0] = emit2(b, IR_LIST_ITEM, list, index);
		items_guess(b, list, &item);
	}
	settle(b);
	struct ir_instr *object = rt(b, IR_RT_OBJ, RT_MEMBER_list_pop, 2, args);
	drop(b, n + 2);
	item.own = OWN_OWNED;
	*av_object(&item) = object;
	push(b, item);
	return true;
}

/* Stack: method, list, index, item. */
static bool list_insert(struct builder *b)
{
	if (!is_integral(peek(b, 2)))
		return false;
	struct ir_instr *list = peek(b, 3)->v[0], *index = as_int(b, peek(b, 2));
	items_see(list, peek(b, 1));
	settle(b);
	struct ir_instr *item = owned_object_of(b, peek(b, 1));
	if (!item)
		return false;
	(void)rt(b, IR_RT_DO, RT_MEMBER_list_insert, 3, (struct ir_instr *[]){ list, index, item });
	(void)pop(b); /* the list has it now */
	return give_none(b, 3);
}

/* What does something to a list, and gives None. */
static bool do_to_list(struct builder *b, enum rt_member member, uint32_t n)
{
	struct ir_instr *args[] = { peek(b, n + 1)->v[0], n ? peek(b, 1)->v[0] : NULL };
	if (n)
		items_join(b, args[0], peek(b, 1));
	settle(b);
	(void)rt(b, IR_RT_DO, member, n + 1, args);
	return give_none(b, n + 2);
}

/* Stack: method, list, n arguments. */
bool list_method(struct builder *b, uint32_t n)
{
	if (!is_list(peek(b, n + 1)))
		return false;
	switch (peek(b, n + 2)->builtin) {
	case BUILTIN_LIST_APPEND:
		if (n != 1 || !list_append(b, peek(b, 2)->v[0]))
			return false;
		return give_none(b, 2);
	case BUILTIN_LIST_POP: return list_pop(b, n);
	case BUILTIN_LIST_INSERT: return n == 2 && list_insert(b);
	case BUILTIN_LIST_REVERSE: return n == 0 && do_to_list(b, RT_MEMBER_list_reverse, 0);
	case BUILTIN_LIST_SORT: return n == 0 && do_to_list(b, RT_MEMBER_list_sort, 0);
	case BUILTIN_LIST_EXTEND: return n == 1 && is_list(peek(b, 1)) && do_to_list(b, RT_MEMBER_list_extend, 1);
	case BUILTIN_LIST_COPY: {
		if (n != 0)
			return false;
		settle(b);
		struct ir_instr *copy = copy_of(b, peek(b, 1)->v[0]);
		replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { copy }, .own = OWN_OWNED, .known = KNOWN_LIST });
		return true;
	}
	default: return false;
	}
}
