/* build_spread.c - f(*t, **d), where the tuple and the dict of keywords were not made: mostly a wrapper that gives what
 * it was called with to what it wraps, whose items are the wrapper's own operands (struct rest).
 *
 * What the callable is gets guessed as at other calls, and then it is one: the items are its arguments.  A list that
 * only becomes such a tuple, and the dict that keywords are gathered in, are not made either.  A tuple or list that
 * there is gives its items, if it has as many as the function has parameters that is expected there. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"

/* ---- a tuple or list that there is ------------------------------------------- */

static bool may_be_split(const struct av *v)
{
	return v->kind == AV_OBJECT && (v->known == KNOWN_LIST || v->known == KNOWN_TUPLE || v->known == KNOWN_NONE);
}

/* For go_on_otherwise(), in this order. */
struct ways {
	struct frame *longer, *other; /* where it has more items, or fewer; where it is no tuple, or NULL */
};

/* The builder goes on where the object is a list or tuple of n items. */
static struct ways split_items(struct builder *b, const struct av *v, uint32_t n)
{
	struct ways ways = { 0 };
	struct ir_instr *object = v->v[0];
	enum ir_op length = v->known == KNOWN_LIST ? IR_LIST_LEN : IR_TUPLE_LEN;
	if (v->known == KNOWN_NONE)
		ways.other = split(b, type_is(b, v, KNOWN_TUPLE), true);
	ways.longer = split(b, emit2(b, IR_I64_EQ, emit1(b, length, object), emit_i64(b, n)), true);
	return ways;
}

static void load_items(struct builder *b, const struct av *v, uint32_t n, struct av *ret)
{
	enum ir_op at = v->known == KNOWN_LIST ? IR_LIST_AT : IR_TUPLE_AT;
	for (uint32_t i = 0; i < n; i++)
		ret[i] = (struct av){ .kind = AV_OBJECT,
				      .v = { emit2(b, at, v->v[0], emit_i64(b, i)) },
				      .own = OWN_ITEM };
}

/* ---- what is gathered ------------------------------------------------------- */

/* The value that LOAD_FAST would push; NULL: it is another instruction. */
static const struct av *loaded(const struct builder *b, const struct bc_instr *i)
{
	return i->op == BC_LOAD_LOCAL && !i->is_target ? &b->top->locals[i->arg] : NULL;
}

static bool is_next(const struct bc_instr *i, enum bc_op op, uint32_t arg)
{
	return i->op == op && i->arg == arg && !i->is_target;
}

/* The n values on top, and then those of the tuple or dict, for another one. */
static void gather(struct builder *b, uint32_t n, const struct tuple_value *more, struct av *ret)
{
	for (uint32_t i = 0; i < n; i++) {
		tuple_settle_item(b, peek(b, n - i));
		ret[i] = *peek(b, n - i);
	}
	for (uint32_t i = 0; i < more->n; i++)
		ret[n + i] = tuple_item(b, more, i);
	b->top->n_stack -= n;
}

static bool may_be_items(struct builder *b, uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++)
		if (!tuple_may_have(peek(b, i)))
			return false;
	return true;
}

/* [x, *t, y], which becomes a tuple. */
struct gathered {
	const struct av *t;
	uint32_t n_before, n_after;
	const struct bc_instr *after, *end; /* the loads of y and what follows; what makes it a tuple */
};

static bool is_added(const struct builder *b, const struct bc_instr *i)
{
	const struct av *v = loaded(b, i);
	bool fits = v ? v->kind == AV_INT || v->kind == AV_FLOAT || v->kind == AV_BOOL || v->kind == AV_OBJECT ||
				    v->kind == AV_CONST
		      : i->op == BC_LOAD_CONST && !i->is_target && b->top->n_path < MAX_DEPTH;
	return fits && is_next(i + 1, BC_LIST_APPEND, 1);
}

static bool find_gathered(struct builder *b, struct gathered *ret)
{
	const struct bc_instr *i = b->i;
	ret->t = i->op == BC_BUILD_LIST ? loaded(b, i + 1) : NULL;
	if (!ret->t || !is_next(i + 2, BC_LIST_EXTEND, 1) || !may_be_items(b, i->arg))
		return false;
	ret->n_before = i->arg;
	ret->n_after = 0;
	for (ret->after = ret->end = i + 3; is_added(b, ret->end); ret->end += 2)
		ret->n_after++;
	return ret->end->op == BC_LIST_TO_TUPLE && !ret->end->is_target;
}

static void push_gathered(struct builder *b, const struct gathered *g, const struct tuple_value *t)
{
	struct av items[MAX_TUPLE_ITEMS];
	uint32_t n = g->n_before + t->n;
	gather(b, g->n_before, t, items);
	for (uint32_t i = 0; i < g->n_after; i++) {
		const struct av *v = loaded(b, g->after + 2 * i);
		if (v)
			push(b, local_copy(v));
		else if (!push_const(b, g->after[2 * i].arg))
			abort(); /* is_added() has asked */
		tuple_settle_item(b, peek(b, 1));
		items[n++] = pop(b);
	}
	push_counted(b, av_of_items(b, n, items));
	b->top->at += (uint32_t)(g->end - b->i); /* what follows has been done */
}

/* The same of a tuple or list that there is, if it has as many items as the call needs; else the list is made. */
static bool gather_items(struct builder *b, const struct gathered *g)
{
	const struct bc_instr *call = g->end + 1;
	uint32_t others = g->n_before + g->n_after;
	bool calls = call->op == BC_CALL_EX && call->arg == 0 && !call->is_target && !inline_is_in(b);
	uint32_t n = calls ? direct_n_expected(b, peek(b, g->n_before + 1), call) : 0;
	if (n <= others || n > MAX_TUPLE_ITEMS || tuples_are_many(b) || !may_be_split(g->t))
		return false;
	struct ways ways = split_items(b, g->t, n - others);
	struct av items[MAX_TUPLE_ITEMS];
	load_items(b, &b->top->locals[b->i[1].arg], n - others, items);
	push_gathered(b, g, av_of_items(b, n - others, items).tuple);
	go_on_otherwise(b, ways.longer);
	if (!ways.other)
		return false;
	if (!list_of_top(b, g->n_before))
		abort(); /* all can be objects */
	go_on_otherwise(b, ways.other);
	return false;
}

bool spread_build_list(struct builder *b)
{
	struct gathered g;
	if (!find_gathered(b, &g))
		return false;
	if (g.t->kind != AV_TUPLE)
		return gather_items(b, &g);
	if (g.n_before + g.t->tuple->n + g.n_after > MAX_TUPLE_ITEMS)
		return false;
	push_gathered(b, &g, g.t->tuple);
	return true;
}

static PyObject *key_at(struct builder *b, const struct av *v)
{
	PyObject *key = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	return key && PyUnicode_CheckExact(key) && direct_is_name(key) ? key : NULL;
}

/* {key: x}, into which the keywords of a dict go that was not made. */
bool spread_build_dict(struct builder *b)
{
	const struct bc_instr *i = b->i;
	const struct av *d = i->op == BC_BUILD_MAP ? loaded(b, i + 1) : NULL;
	PyObject *names[MAX_TUPLE_ITEMS];
	struct av values[MAX_TUPLE_ITEMS];
	uint32_t n = i->arg;
	if (!d || d->kind != AV_KEYWORDS || !is_next(i + 2, BC_DICT_MERGE, 1) || n + d->tuple->n > MAX_TUPLE_ITEMS)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		names[k] = key_at(b, peek(b, 2 * (n - k)));
		if (!names[k] || !tuple_may_have(peek(b, 2 * (n - k) - 1)))
			return false;
		for (uint32_t before = 0; before < k; before++)
			if (names[before] == names[k])
				return false;
	}
	for (uint32_t k = 0; k < n; k++) {
		tuple_settle_item(b, peek(b, 2 * (n - k) - 1));
		values[k] = *peek(b, 2 * (n - k) - 1);
	}
	b->top->n_stack -= 2 * n;
	push_counted(b, av_of_keywords(b, n, names, values));
	return true;
}

static bool has_name(const struct tuple_value *dict, const PyObject *name)
{
	for (uint32_t i = 0; i < dict->n; i++)
		if (dict->names[i] == name)
			return true;
	return false;
}

/* Stack: the dict that was begun, that of keywords. */
bool spread_merge(struct builder *b)
{
	if (b->i->arg != 1 || peek(b, 1)->kind != AV_KEYWORDS || peek(b, 2)->kind != AV_KEYWORDS)
		return false;
	const struct tuple_value *to = peek(b, 2)->tuple, *from = peek(b, 1)->tuple;
	PyObject *names[2 * MAX_TUPLE_ITEMS];
	struct av values[2 * MAX_TUPLE_ITEMS];
	uint32_t n = to->n + from->n;
	if (n > MAX_TUPLE_ITEMS || to->places != 1 || b->i[1].op != BC_CALL_EX || b->i[1].is_target)
		return false;
	for (uint32_t i = 0; i < from->n; i++)
		if (has_name(to, from->names[i])) /* TypeError */
			return false;
	memcpy(names, to->names, to->n * sizeof(*names));
	memcpy(names + to->n, from->names, from->n * sizeof(*names));
	memcpy(values, to->items, to->n * sizeof(*values));
	for (uint32_t i = 0; i < from->n; i++)
		values[to->n + i] = tuple_item(b, from, i);
	struct av merged = pop(b);
	(void)pop(b); /* its items have gone over */
	push_counted(b, av_of_keywords(b, n, names, values));
	release(b, merged);
	return true;
}

/* ---- the call ---------------------------------------------------------------- */

/* The tuple or dict stays on the stack until the call has ended, as in CPython, and keeps the items alive. */
static void add_operands(struct builder *b, const struct tuple_value *tuple, struct call *like)
{
	for (uint32_t i = 0; i < tuple->n; i++) {
		struct av *v = &tuple->items[i];
		if (!av_is_number(v) && v->kind != AV_CONST)
			(void)object_of(b, v);
		like->operands[like->n] = *v;
		like->operands[like->n++].own = v->kind == AV_OBJECT ? OWN_LOCAL : OWN_NONE;
	}
}

/* The call of any other callable: its arguments, then their names, behind CPython's NULL and the callable. */
static bool call_any(struct builder *b, const struct call *call)
{
	struct ir_instr *args[3 + 3 * MAX_DIRECT_OPERANDS];
	uint32_t n = 0;
	args[n++] = emit_i64(b, call->n_names);
	args[n++] = null_object(b);
	if (!(args[n++] = object_of(b, peek(b, call->n_spread + 1))))
		return false;
	for (uint32_t i = 0; i < call->n; i++)
		if (!(args[n++] = object_of(b, &call->operands[i])))
			return false;
	for (uint32_t i = 0; i < call->n_names; i++)
		args[n++] = const_instr(b, const_name(b, PyUnicode_AsUTF8(call->names[i])));
	settle(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_call_named, n, args);
	replace(b, call->n_spread + 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

static bool is_empty_tuple(const struct builder *b, const struct av *v)
{
	PyObject *value = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	return value && PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) == 0;
}

/* Stack: NULL, the callable, the tuple, and perhaps the dict. */
static bool spread_call(struct builder *b)
{
	uint32_t n_spread = b->i->arg & 1 ? 2 : 1;
	const struct av *tuple = peek(b, n_spread), *dict = n_spread == 2 ? peek(b, 1) : NULL;
	struct av operands[2 * MAX_TUPLE_ITEMS];
	struct call like = { .extra = 2, .operands = operands, .n_spread = n_spread };
	if ((tuple->kind != AV_TUPLE && !is_empty_tuple(b, tuple)) || (dict && dict->kind != AV_KEYWORDS))
		return false;
	if (tuple->kind == AV_TUPLE)
		add_operands(b, tuple->tuple, &like);
	if (dict) {
		add_operands(b, dict->tuple, &like);
		like.names = dict->tuple->names;
		like.n_names = dict->tuple->n;
	}
	return direct_spread_call(b, &like, call_any);
}

/* Stack: NULL, the callable, the tuple or list: its n items, for the call.  It need not live longer than they do, and
 * what is made of them where native code is left cannot be told from it. */
static void become_items(struct builder *b, uint32_t n)
{
	struct av items[MAX_TUPLE_ITEMS], whole = *peek(b, 1);
	load_items(b, &whole, n, items);
	*peek(b, 1) = av_of_items(b, n, items);
	release(b, whole);
}

static void call_with_whole(struct builder *b)
{
	if (!object_call_ex(b))
		abort(); /* both are objects, or can be */
}

static bool call_with_items(struct builder *b)
{
	uint32_t n = b->i->arg & 1 ? 0 : direct_n_expected(b, peek(b, 2), b->i);
	if (n == 0 || n > MAX_TUPLE_ITEMS || inline_is_in(b) || tuples_are_many(b) || !may_be_split(peek(b, 1)))
		return false;
	struct ways ways = split_items(b, peek(b, 1), n);
	become_items(b, n);
	if (!spread_call(b))
		call_with_whole(b);
	go_on_otherwise(b, ways.longer);
	call_with_whole(b);
	if (ways.other) {
		go_on_otherwise(b, ways.other);
		call_with_whole(b);
	}
	return true;
}

bool build_call_ex(struct builder *b)
{
	return spread_call(b) || call_with_items(b) || object_call_ex(b);
}
