/* build_tuples.c - tuples that are not made: their items are values of the frames, like locals.
 *
 * A tuple that is built here, or that a direct call returns, is made only where an object is needed: it is stored,
 * called with, iterated over, or returned to CPython.  What unpacks it, indexes it with a constant or compares it looks
 * at the items.  Places that hold one tuple share a struct tuple_value, so that it becomes one object in all of them,
 * also where native code is left. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <assert.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

enum { MAX_NESTED = 2 };

/* ---- all places ------------------------------------------------------------ */

/* Whether it is there already; else it is from now on. */
static bool seen_before(struct seen_tuples *seen, struct tuple_value *tuple)
{
	for (uint32_t i = 0; i < seen->n; i++)
		if (seen->tuples[i] == tuple)
			return true;
	assert(seen->n < MAX_TUPLES);
	seen->tuples[seen->n++] = tuple;
	return false;
}

uint32_t tuple_number(struct seen_tuples *seen, struct tuple_value *tuple)
{
	(void)seen_before(seen, tuple);
	uint32_t i = 0;
	while (seen->tuples[i] != tuple)
		i++;
	return i;
}

struct walk {
	void (*visit)(struct av *v, void *data);
	void *data;
	struct seen_tuples seen;
};

static void walk_place(struct av *v, void *walk)
{
	struct walk *w = walk;
	w->visit(v, w->data);
	if (!av_has_items(v) || seen_before(&w->seen, v->tuple))
		return;
	for (uint32_t i = 0; i < v->tuple->n; i++)
		walk_place(&v->tuple->items[i], w);
}

/* Of the frames themselves: what is in tuples is left to visit. */
static void each_value(struct frame *top, void (*visit)(struct av *v, void *data), void *data)
{
	frames_for_each (top, frame) {
		for (uint32_t i = 0; i < frame->code->n_locals; i++)
			visit(&frame->locals[i], data);
		for (uint32_t i = 0; i < frame->n_stack; i++)
			visit(&frame->stack[i], data);
		visit(&frame->sum, data);
	}
}

void frames_each_place(struct frame *top, void (*visit)(struct av *v, void *data), void *data)
{
	each_value(top, walk_place, &(struct walk){ .visit = visit, .data = data });
}

static void count_tuple(struct av *v, void *data)
{
	if (av_has_items(v))
		++*(uint32_t *)data;
}

/* ---- copies of frames ------------------------------------------------------ */

struct copies {
	struct ir_function *f;
	struct seen_tuples seen;
	struct tuple_value *copies[MAX_TUPLES];
};

static void copy_tuple(struct av *v, void *copies)
{
	struct copies *c = copies;
	if (!av_has_items(v))
		return;
	struct tuple_value *old = v->tuple;
	bool is_new = !seen_before(&c->seen, old);
	uint32_t number = tuple_number(&c->seen, old);
	if (is_new) {
		struct tuple_value *copy = c->copies[number] = ir_alloc(c->f, sizeof(*copy));
		*copy = *old;
		copy->is_checked = false;
		copy->items = ir_alloc(c->f, old->n * sizeof(*copy->items));
		memcpy(copy->items, old->items, old->n * sizeof(*copy->items));
		for (uint32_t i = 0; i < copy->n; i++)
			copy_tuple(&copy->items[i], c);
	}
	v->tuple = c->copies[number];
}

/* frames are a copy but for the tuples, which are still those of the original. */
void tuples_copy(struct builder *b, struct frame *top)
{
	each_value(top, copy_tuple, &(struct copies){ .f = b->f });
}

/* ---- what is in one -------------------------------------------------------- */

bool tuple_may_have(const struct av *v)
{
	return av_is_number(v) || v->kind == AV_OBJECT || v->kind == AV_CONST || av_has_items(v);
}

uint32_t tuple_depth(const struct av *v)
{
	uint32_t most = 0;
	for (uint32_t i = 0; av_has_items(v) && i < v->tuple->n; i++) {
		uint32_t depth = 1 + tuple_depth(&v->tuple->items[i]);
		most = depth > most ? depth : most;
	}
	return most;
}

/* A value that goes into a tuple owns what a local might let go of. */
void tuple_settle_item(struct builder *b, struct av *v)
{
	if (v->own == OWN_LOCAL)
		own(b, v);
	if (v->kind == AV_OBJECT)
		v->index = 0;
}

/* Of the n values on top; false: an object is to be made. */
bool build_tuple(struct builder *b)
{
	uint32_t n = b->i->arg;
	if (n == 0 || n > MAX_TUPLE_ITEMS)
		return false;
	for (uint32_t i = 1; i <= n; i++)
		if (!tuple_may_have(peek(b, i)))
			return false;
	for (uint32_t i = n; i > 0; i--) {
		struct av *v = peek(b, i);
		if (v->kind == AV_WIDE)
			*v = av_of(AV_INT, as_int(b, v));
		if (tuple_depth(v) >= MAX_NESTED)
			(void)object_of(b, v);
		tuple_settle_item(b, v);
	}
	b->top->n_stack -= n;
	push_values(b, n, &b->top->stack[b->top->n_stack]);
	return true;
}

/* A tuple of what these values are, which it takes over. */
struct av av_of_items(struct builder *b, uint32_t n, const struct av *values)
{
	struct tuple_value *tuple = ir_alloc(b->f, sizeof(*tuple));
	tuple->n = n;
	tuple->places = 1;
	tuple->items = ir_alloc(b->f, n * sizeof(*tuple->items));
	memcpy(tuple->items, values, n * sizeof(*tuple->items));
	return (struct av){ .kind = AV_TUPLE, .tuple = tuple };
}

struct av av_of_keywords(struct builder *b, uint32_t n, PyObject *const *names, const struct av *values)
{
	struct av v = av_of_items(b, n, values);
	PyObject **copy = ir_alloc(b->f, (n + 1) * sizeof(*copy));
	memcpy(copy, names, n * sizeof(*copy));
	v.kind = AV_KEYWORDS;
	v.tuple->names = copy;
	return v;
}

uint32_t count_tuples(struct builder *b)
{
	uint32_t n_places = 0;
	frames_each_place(b->top, count_tuple, &n_places);
	return n_places;
}

bool tuples_are_many(struct builder *b)
{
	return count_tuples(b) >= MAX_TUPLES - 1;
}

/* Where there may be too many already it is made. */
void push_counted(struct builder *b, struct av v)
{
	bool many = tuples_are_many(b);
	push(b, v);
	if (many)
		(void)object_of(b, peek(b, 1));
}

/* The same on the stack. */
void push_values(struct builder *b, uint32_t n, const struct av *values)
{
	push_counted(b, av_of_items(b, n, values));
}

void push_bound(struct builder *b, const struct av *values)
{
	struct av v = av_of_items(b, 2, values);
	v.kind = AV_BOUND;
	push_counted(b, v);
}

void push_instance(struct builder *b, const struct record *record, uint32_t n, const struct av *values)
{
	struct av v = av_of_items(b, n, values);
	v.kind = AV_RECORD;
	v.tuple->record = record;
	push_counted(b, v);
}

struct av begin_instance(struct builder *b, const struct record *record, uint32_t n, struct ir_instr *class)
{
	struct av values[MAX_TUPLE_ITEMS] = { av_of(AV_OBJECT, class) };
	for (uint32_t i = 1; i < n; i++)
		values[i].kind = AV_UNBOUND;
	struct av v = av_of_items(b, n, values);
	v.kind = AV_RECORD;
	v.tuple->record = record;
	v.tuple->is_begun = v.tuple->is_checked = true;
	return v;
}

/* The item, for another place. */
struct av tuple_item(struct builder *b, const struct tuple_value *tuple, uint32_t i)
{
	struct av v = tuple->items[i];
	if (av_has_items(&v)) {
		v.tuple->places++;
	} else if (v.own == OWN_OWNED) {
		v.own = OWN_NONE;
		if (!b->top->is_inlined) /* else the caller has it */
			own(b, &v);
	}
	return v;
}

void tuple_release(struct builder *b, struct tuple_value *tuple)
{
	if (--tuple->places > 0)
		return;
	for (uint32_t i = tuple->n; i > 0; i--) /* tupledealloc() in Objects/tupleobject.c */
		release(b, tuple->items[i - 1]);
}

bool tuple_item_is_quiet(const struct av *v)
{
	if (v->kind != AV_OBJECT)
		return !av_has_items(v) || tuple_is_quiet(v->tuple);
	return v->own == OWN_NONE || is_str(v->known) || v->known == KNOWN_BYTES;
}

/* Whether nobody can tell when it dies. */
bool tuple_is_quiet(const struct tuple_value *tuple)
{
	for (uint32_t i = 0; i < tuple->n; i++)
		if (!tuple_item_is_quiet(&tuple->items[i]))
			return false;
	return true;
}

bool tuple_has_objects(const struct tuple_value *tuple)
{
	for (uint32_t i = 0; i < tuple->n; i++) {
		const struct av *v = &tuple->items[i];
		if (av_has_items(v) ? tuple_has_objects(v->tuple) : !av_is_unboxed(v) || v->object)
			return true;
	}
	return false;
}

/* ---- the object ------------------------------------------------------------ */

struct made {
	struct builder *b;
	const struct tuple_value *tuple;
	struct ir_instr *object;
	enum known known;
};

static struct av av_of_made(const struct made *made)
{
	return (struct av){ .kind = AV_OBJECT, .v = { made->object }, .own = OWN_OWNED, .known = made->known };
}

static void place_becomes(struct av *v, void *data)
{
	const struct made *made = data;
	if (!av_has_items(v) || v->tuple != made->tuple)
		return;
	(void)emit1(made->b, IR_INCREF, made->object);
	*v = av_of_made(made);
}

/* The object is the caller's, who should have made it: then it is the same one there, and not made at each call. */
void tuple_needs_object(struct builder *b, const struct tuple_value *tuple)
{
	if (tuple->param)
		b->made_params |= 1U << (tuple->param - 1);
}

/* Whether it is a record of floats of which none is an object. */
static bool is_only_floats(const struct tuple_value *tuple)
{
	for (uint32_t i = 1; i < tuple->n; i++)
		if (tuple->items[i].kind != AV_FLOAT || tuple->items[i].object)
			return false;
	return tuple->record && tuple->n > 1 && tuple->n <= 1 + RT_MAX_FLOATS;
}

static struct ir_instr *make_of_floats(struct builder *b, const struct tuple_value *tuple)
{
	struct ir_instr *items[3 + RT_MAX_FLOATS] = { tuple->items[0].v[0], const_instr(b, record_code(tuple->record)),
						      emit_i64(b, tuple->n - 1) };
	for (uint32_t i = 0; i < RT_MAX_FLOATS; i++)
		items[3 + i] = i + 1 < tuple->n ? tuple->items[i + 1].v[0] : emit_f64(b, 0.0);
	return rt(b, IR_RT_OBJ, RT_MEMBER_new_record_f64, 3 + RT_MAX_FLOATS, items);
}

static struct ir_instr *make_object(struct builder *b, struct tuple_value *tuple, enum rt_member member)
{
	struct ir_instr *items[MAX_TUPLE_ITEMS + 1];
	uint32_t n = 0, first = 0;
	tuple_needs_object(b, tuple);
	if (tuple->is_begun)
		inline_changes(b); /* its __init__ is called */
	if (is_only_floats(tuple))
		return make_of_floats(b, tuple);
	if (tuple->record) {
		items[n++] = tuple->items[first++].v[0];
		items[n++] = const_instr(b, record_code(tuple->record));
	}
	for (uint32_t i = first; i < tuple->n; i++)
		items[n++] = tuple->items[i].kind == AV_UNBOUND ? null_object(b) : owned_object_of(b, &tuple->items[i]);
	return rt(b, IR_RT_OBJ, member, n, items);
}

/* The dict has references of its own. */
static struct ir_instr *make_dict(struct builder *b, struct tuple_value *dict)
{
	struct ir_instr *items[2 * MAX_TUPLE_ITEMS + 1];
	for (uint32_t i = 0; i < dict->n; i++) {
		items[2 * i] = const_instr(b, const_name(b, PyUnicode_AsUTF8(dict->names[i])));
		items[2 * i + 1] = object_of(b, &dict->items[i]);
	}
	return rt(b, IR_RT_OBJ, RT_MEMBER_new_dict, 2 * dict->n, items);
}

static struct ir_instr *keywords_object(struct builder *b, struct av *v)
{
	struct tuple_value *dict = v->tuple;
	struct made made = { b, dict, make_dict(b, dict), KNOWN_DICT };
	*v = av_of_made(&made);
	frames_each_place(b->top, place_becomes, &made);
	b->exit = b->raise = NULL;
	for (uint32_t i = 0; i < dict->n; i++)
		release(b, dict->items[i]);
	return made.object;
}

/* In v, and in all other places that hold it. */
struct ir_instr *tuple_object(struct builder *b, struct av *v)
{
	struct tuple_value *tuple = v->tuple;
	if (v->kind == AV_KEYWORDS)
		return keywords_object(b, v);
	enum rt_member member = v->kind == AV_RECORD  ? RT_MEMBER_new_record
				: v->kind == AV_BOUND ? RT_MEMBER_new_bound
						      : RT_MEMBER_new_tuple;
	struct made made = { b, tuple, make_object(b, tuple, member), v->kind == AV_TUPLE ? KNOWN_TUPLE : KNOWN_NONE };
	*v = av_of_made(&made);
	frames_each_place(b->top, place_becomes, &made);
	b->exit = b->raise = NULL;
	return made.object;
}

/* ---- what is done with one ------------------------------------------------- */

bool tuple_unpack(struct builder *b)
{
	if (peek(b, 1)->kind != AV_TUPLE || peek(b, 1)->tuple->n != b->i->arg)
		return false;
	struct av v = pop(b);
	struct tuple_value *tuple = v.tuple;
	for (uint32_t i = tuple->n; i > 0; i--)
		push(b, tuple->places == 1 ? tuple->items[i - 1] : tuple_item(b, tuple, i - 1));
	tuple->places--;
	return true;
}

uint32_t tuple_take(struct builder *b, struct ir_instr **ret)
{
	struct tuple_value *tuple = peek(b, 1)->tuple;
	uint32_t first = tuple->record ? 1 : 0;
	for (uint32_t i = first; i < tuple->n; i++)
		if (av_has_items(&tuple->items[i]))
			(void)object_of(b, &tuple->items[i]);
	(void)pop(b);
	bool is_last = --tuple->places == 0;
	for (uint32_t i = first; i < tuple->n; i++) {
		struct av item = tuple->items[i];
		ret[i - first] = item.v[0];
		if (av_is_number(&item)) {
			if (is_last)
				release(b, item);
		} else {
			item = is_last ? item : tuple_item(b, tuple, i);
			ret[i - first] = owned_object_of(b, &item);
		}
	}
	return tuple->n - first;
}

/* Stack: tuple, perhaps a constant, and index. */
bool tuple_get_item(struct builder *b)
{
	const struct av *v = peek(b, 2), *index = peek(b, 1);
	PyObject *constant = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	bool is_const = constant && PyTuple_CheckExact(constant);
	if ((v->kind != AV_TUPLE && !is_const) || index->kind != AV_INT || index->v[0]->op != IR_CONST_I64)
		return false;
	int64_t n = is_const ? PyTuple_GET_SIZE(constant) : v->tuple->n, at = index->v[0]->imm.i;
	if (at < -n || at >= n)
		return false;
	at = at < 0 ? at + n : at;
	if (!is_const) {
		replace(b, 2, tuple_item(b, v->tuple, (uint32_t)at));
		return true;
	}
	struct av old = pop(b);
	(void)pop(b);
	bool is_plain = push_plain_const(b, PyTuple_GET_ITEM(constant, at));
	b->top->n_stack += is_plain ? 0 : 2;
	if (is_plain)
		release(b, old);
	return is_plain;
}

/* Whether two numbers of one kind are equal; NULL: they are something else, or floats: a NaN is equal to itself here.
 */
static struct ir_instr *items_equal(struct builder *b, const struct av *x, const struct av *y)
{
	if (x->kind != y->kind)
		return NULL;
	switch (x->kind) {
	case AV_INT: return emit2(b, IR_I64_EQ, x->v[0], y->v[0]);
	case AV_BOOL: return emit1(b, IR_BOOL_NOT, emit2(b, IR_BOOL_XOR, x->v[0], y->v[0]));
	default: return NULL;
	}
}

/* == and != of two of the same length. */
bool tuple_compare(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	if (x->kind != AV_TUPLE || y->kind != AV_TUPLE || x->tuple->n != y->tuple->n ||
	    (b->i->arg != COMPARE_EQ && b->i->arg != COMPARE_NE))
		return false;
	struct ir_instr *equal = NULL;
	for (uint32_t i = 0; i < x->tuple->n; i++) {
		struct ir_instr *one = items_equal(b, &x->tuple->items[i], &y->tuple->items[i]);
		if (!one)
			return false;
		equal = equal ? emit2(b, IR_BOOL_AND, equal, one) : one;
	}
	if (b->i->arg == COMPARE_NE)
		equal = emit1(b, IR_BOOL_NOT, equal);
	replace(b, 2, av_of(AV_BOOL, equal));
	return true;
}
