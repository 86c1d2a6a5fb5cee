/* build_sequences.c - lists and tuples: items, stores, iteration, unpacking without a call. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/exact.h"
#include "codecache/jit/jit.h"

static const enum rt_type known_types[KNOWN_COUNT] = {
	[KNOWN_LIST] = RT_TYPE_ID_list,   [KNOWN_TUPLE] = RT_TYPE_ID_tuple,
	[KNOWN_DICT] = RT_TYPE_ID_dict,   [KNOWN_STR] = RT_TYPE_ID_str,
	[KNOWN_SET] = RT_TYPE_ID_set,     [KNOWN_RANGE] = RT_TYPE_ID_range,
	[KNOWN_BYTES] = RT_TYPE_ID_bytes, [KNOWN_BYTEARRAY] = RT_TYPE_ID_bytearray,
	[KNOWN_DEQUE] = RT_TYPE_ID_deque, [KNOWN_INT] = RT_TYPE_ID_int,
};

struct refined {
	const struct ir_instr *object;
	enum known known;
};

static void refine_place(struct av *v, void *data)
{
	const struct refined *to = data;
	if (v->kind == AV_OBJECT && v->v[0] == to->object)
		v->known = to->known;
}

/* All places that hold the object learn what it is. */
void refine(struct builder *b, struct ir_instr *object, enum known known)
{
	frames_each_place(b->top, refine_place, &(struct refined){ object, known });
}

/* Whether v, in its place, is of the type; a guard makes it sure where nothing is known. */
bool guard_known(struct builder *b, struct av *v, enum known known)
{
	if (v->kind != AV_OBJECT)
		return false;
	if (v->known == known || (known == KNOWN_STR && is_str(v->known)))
		return true;
	if (known == KNOWN_LATIN1 && (v->known == KNOWN_STR || v->known == KNOWN_NONE)) {
		(void)guard_known(b, v, KNOWN_STR);
		guard_latin1(b, v);
		return true;
	}
	if (v->known != KNOWN_NONE)
		return false;
	if (buffer_type_of(known) != VALUE_OBJECT) {
		struct ir_instr *is = emit1(b, IR_BUFFER_IS, v->v[0]);
		is->imm.index = buffer_type_of(known);
		(void)emit1(b, IR_GUARD, is);
		refine(b, v->v[0], known);
		return true;
	}
	if (!known_types[known] && known != KNOWN_INT)
		return false;
	emit1(b, IR_GUARD_TYPE, v->v[0])->imm.index = known_types[known];
	refine(b, v->v[0], known);
	return true;
}

/* The exit is that of what has loaded it, so the object may be on the stack already. */
void guess_known(struct builder *b, struct av *v, PyObject *now)
{
	enum value_type type = jit_value_type(now);
	if (v->kind != AV_OBJECT || v->known != KNOWN_NONE || value_type_is_number(type))
		return;
	if (type == VALUE_LATIN1)
		(void)guard_known(b, v, KNOWN_LATIN1);
	else if (param_known(type) != KNOWN_NONE)
		(void)guard_known(b, v, param_known(type));
}

struct ir_instr *is_exactly(struct builder *b, const struct av *v, enum rt_type type)
{
	struct ir_instr *is = emit1(b, IR_TYPE_IS, v->v[0]);
	is->imm.index = type;
	return is;
}

struct ir_instr *type_is(struct builder *b, const struct av *v, enum known known)
{
	return is_exactly(b, v, known_types[known]);
}

/* What the inline cache has seen, if it can be; else what is known. */
static enum known sequence_of(const struct builder *b, const struct av *v)
{
	if (v->kind != AV_OBJECT)
		return KNOWN_NONE;
	if (v->known != KNOWN_NONE)
		return v->known;
	return b->i->hint == HINT_LIST ? KNOWN_LIST : b->i->hint == HINT_TUPLE ? KNOWN_TUPLE : KNOWN_NONE;
}

/* A list's or tuple's index at the place: an int, guessed to be one if nothing is known. */
struct ir_instr *index_at(struct builder *b, struct av *v)
{
	if (v->kind == AV_OBJECT && (v->known == KNOWN_NONE || v->known == KNOWN_INT))
		unbox_in_place(b, v, true);
	return v->kind == AV_INT || v->kind == AV_WIDE || v->kind == AV_BOOL ? as_int(b, v) : NULL;
}

bool may_be_index(const struct av *v)
{
	return v->kind == AV_INT || v->kind == AV_WIDE || v->kind == AV_BOOL ||
	       (v->kind == AV_OBJECT && (v->known == KNOWN_NONE || v->known == KNOWN_INT));
}

void constant_as_object(struct builder *b, struct av *v)
{
	if (v->kind == AV_TUPLE)
		(void)object_of(b, v);
	enum known known = v->kind == AV_CONST ? known_of(b, v) : KNOWN_NONE;
	if (known == KNOWN_NONE)
		return;
	if (known == KNOWN_STR && exact_is_latin1(const_value(b, v->index)))
		known = KNOWN_LATIN1;
	PyObject *value = const_value(b, v->index);
	*v = (struct av){ .kind = AV_OBJECT, .v = { const_instr(b, v->index) }, .known = known };
	items_of_constant(b, v->v[0], value);
}

/* Stack: sequence, index. */
bool build_get_item(struct builder *b)
{
	if (tuple_get_item(b))
		return true;
	constant_as_object(b, peek(b, 2));
	struct av *sequence = peek(b, 2);
	enum known known = sequence_of(b, sequence);
	if (string_get_item(b) || deque_get_item(b))
		return true;
	if ((known != KNOWN_LIST && known != KNOWN_TUPLE) || !may_be_index(peek(b, 1)))
		return object_get_item(b);
	if (!guard_known(b, sequence, known))
		return object_get_item(b);
	struct ir_instr *index = index_at(b, peek(b, 1));
	index_fails_beyond(b, known == KNOWN_LIST ? RT_FAILURE_LIST_INDEX : RT_FAILURE_TUPLE_INDEX, index,
			   length_of(b, peek(b, 2)));
	struct ir_instr *item = emit2(b, known == KNOWN_LIST ? IR_LIST_ITEM : IR_TUPLE_ITEM, peek(b, 2)->v[0], index);
	struct av value = { .kind = AV_OBJECT, .v = { item }, .own = OWN_ITEM };
	items_guess(b, peek(b, 2)->v[0], &value);
	replace(b, 2, value);
	return true;
}

/* Stack: value, list, index. */
bool build_set_item(struct builder *b)
{
	struct av *list = peek(b, 2), *value = peek(b, 3);
	guess_container(b, value->kind == AV_FLOAT ? KNOWN_ARRAY_F64
			   : is_integral(value)    ? KNOWN_BYTEARRAY
						   : KNOWN_NONE);
	if (buffer_set_item(b))
		return true;
	if (sequence_of(b, list) != KNOWN_LIST || !may_be_index(peek(b, 1)) || !guard_known(b, list, KNOWN_LIST))
		return object_set_item(b);
	struct ir_instr *index = index_at(b, peek(b, 1)), *set;
	index_fails_beyond(b, RT_FAILURE_LIST_STORE, index, length_of(b, peek(b, 2)));
	items_see(peek(b, 2)->v[0], peek(b, 3));
	value = peek(b, 3);
	bool is_number = !value->object && (value->kind == AV_INT || value->kind == AV_FLOAT);
	struct ir_instr *object = is_number ? value->v[0] : owned_object_of(b, value);
	if (!object)
		return false;
	if (is_number)
		settle_numbers(b);
	else /* the old item's end may run Python code */
		settle(b);
	enum ir_op op = !is_number ? IR_LIST_SET : value->kind == AV_INT ? IR_LIST_SET_I64 : IR_LIST_SET_F64;
	set = emit(b, op, 3, (struct ir_instr *[]){ peek(b, 2)->v[0], index, object });
	if (!is_number)
		set->imm.index = outermost_at(b);
	struct av i = pop(b), l = pop(b);
	(void)pop(b); /* the list has it now */
	b->raise = NULL;
	release(b, l);
	release(b, i);
	return true;
}

/* ---- iteration ------------------------------------------------------------- */

void seq_iter(struct builder *b, enum known known)
{
	struct av *sequence = peek(b, 1);
	own(b, sequence);
	sequence->kind = AV_SEQ_ITER;
	sequence->known = known;
	sequence->v[1] = emit_i64(b, 0);
}

/* Anything: if it is a list, the list's way, else the iterator's. */
bool sequence_get_iter(struct builder *b)
{
	struct av *v = peek(b, 1);
	constant_as_object(b, v);
	if (v->kind != AV_OBJECT)
		return object_get_iter(b);
	if (v->known == KNOWN_LIST || v->known == KNOWN_TUPLE || v->known == KNOWN_BYTES || is_buffer(v->known)) {
		seq_iter(b, v->known);
		return true;
	}
	if (v->known != KNOWN_NONE)
		return str_get_iter(b) || object_get_iter(b);
	struct frame *here = split(b, type_is(b, v, KNOWN_LIST), true);
	refine(b, peek(b, 1)->v[0], KNOWN_LIST);
	seq_iter(b, KNOWN_LIST);
	if (b->block)
		go_to(b, b->top->at + 1);
	go_on(b);
	unsplit(b, here);
	return object_get_iter(b);
}

bool sequence_for_iter(struct builder *b)
{
	const struct av iter = *peek(b, 1);
	struct ir_instr *length = length_of(b, &iter);
	struct frame *here = split(b, emit2(b, IR_I64_GE, iter.v[1], length), true);
	drop(b, 1);
	go_to_target(b);
	unsplit(b, here);
	struct av item = item_at(b, &iter, iter.v[1]);
	items_guess(b, iter.v[0], &item);
	struct ir_instr *next = emit2(b, IR_I64_ADD_WRAP, iter.v[1], emit_i64(b, 1));
	peek(b, 1)->v[1] = next;
	b->exit = b->raise = NULL;
	push(b, item);
	return true;
}

/* ---- unpacking ------------------------------------------------------------- */

enum { MAX_UNPACKED = 64 };

static void push_items(struct builder *b, struct av tuple, enum ir_op op, uint32_t n)
{
	for (uint32_t k = n; k-- > 0;) {
		struct ir_instr *item = emit2(b, op, tuple.v[0], emit_i64(b, k));
		push_object(b, item, OWN_ITEM, KNOWN_NONE);
	}
	release(b, tuple);
}

/* A tuple of numbers that is a constant: x, y = 1, 2. */
static bool unpack_const(struct builder *b, uint32_t n)
{
	PyObject *o = peek(b, 1)->kind == AV_CONST ? const_value(b, peek(b, 1)->index) : NULL;
	if (!o || !PyTuple_CheckExact(o) || PyTuple_GET_SIZE(o) != (Py_ssize_t)n)
		return false;
	const struct av tuple = pop(b);
	uint32_t k = n;
	while (k > 0 && push_plain_const(b, PyTuple_GET_ITEM(o, k - 1)))
		k--;
	if (k == 0)
		return true;
	b->top->n_stack -= n - k;
	push(b, tuple);
	return false;
}

/* Bytes and the like, whose items are numbers. */
static bool unpack_numbers(struct builder *b, uint32_t n)
{
	enum { MOST = 16 };
	const struct av *v = peek(b, 1);
	if (n > MOST || v->kind != AV_OBJECT || !(v->known == KNOWN_BYTES || is_buffer(v->known)))
		return false;
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, length_of(b, v), emit_i64(b, n)));
	struct av items[MOST];
	for (uint32_t i = 0; i < n; i++)
		items[i] = item_at(b, v, emit_i64(b, i));
	drop(b, 1);
	for (uint32_t i = n; i-- > 0;)
		push(b, items[i]);
	return true;
}

bool build_unpack(struct builder *b)
{
	uint32_t n = b->i->arg;
	bool ex = b->i->op == BC_UNPACK_EX;
	if (!ex && (tuple_unpack(b) || unpack_const(b, n)))
		return true;
	constant_as_object(b, peek(b, 1));
	struct av *v = peek(b, 1);
	enum known known = sequence_of(b, v);
	if (n > MAX_UNPACKED && !ex)
		return false;
	if (!ex && unpack_numbers(b, n))
		return true;
	if (!ex && (known == KNOWN_TUPLE || known == KNOWN_LIST) && guard_known(b, v, known)) {
		struct ir_instr *length = emit1(b, known == KNOWN_LIST ? IR_LIST_LEN : IR_TUPLE_LEN, v->v[0]);
		(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, length, emit_i64(b, n)));
		push_items(b, pop(b), known == KNOWN_LIST ? IR_LIST_AT : IR_TUPLE_AT, n);
		return true;
	}
	struct ir_instr *args[3] = { object_of(b, v) };
	if (!args[0])
		return false;
	settle(b);
	uint32_t before = ex ? n & 0xff : n, after = ex ? n >> 8 : 0;
	args[1] = emit_i64(b, before);
	args[2] = ex ? emit_i64(b, after) : NULL;
	struct ir_instr *tuple = rt(b, IR_RT_OBJ, ex ? RT_MEMBER_unpack_ex : RT_MEMBER_unpack, ex ? 3 : 2, args);
	struct av old = pop(b);
	struct av items = { .kind = AV_OBJECT, .v = { tuple }, .own = OWN_OWNED, .known = KNOWN_TUPLE };
	push_items(b, items, IR_TUPLE_AT, ex ? before + 1 + after : n);
	release(b, old);
	return true;
}

/* ---- what is known of new objects ------------------------------------------- */

enum known known_of(const struct builder *b, const struct av *v)
{
	if (v->kind == AV_OBJECT)
		return v->known;
	if (v->kind == AV_SLICE || v->kind == AV_TUPLE)
		return v->kind == AV_SLICE ? KNOWN_SLICE : KNOWN_TUPLE;
	PyObject *o = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	if (!o)
		return KNOWN_NONE;
	return PyUnicode_CheckExact(o) ? KNOWN_STR
	       : PyBytes_CheckExact(o) ? KNOWN_BYTES
	       : PyTuple_CheckExact(o) ? KNOWN_TUPLE
				       : KNOWN_NONE;
}

/* Whether +, * and slices of objects of that type give objects of that type. */
static bool is_closed(enum known known)
{
	return known == KNOWN_LIST || known == KNOWN_TUPLE || known == KNOWN_STR || known == KNOWN_BYTES ||
	       known == KNOWN_BYTEARRAY || is_array(known);
}

static enum known type_of(const struct builder *b, const struct av *v)
{
	enum known known = known_of(b, v);
	return is_str(known) ? KNOWN_STR : known;
}

enum known known_binary(struct builder *b)
{
	if (b->i->op == BC_GET_ITEM) {
		enum known known = type_of(b, peek(b, 2));
		if (known_view_slice(b) != KNOWN_NONE)
			return known_view_slice(b);
		return is_closed(known) && known_of(b, peek(b, 1)) == KNOWN_SLICE ? known : KNOWN_NONE;
	}
	if (b->i->op != BC_BINARY)
		return KNOWN_NONE;
	enum known x = type_of(b, peek(b, 2)), y = type_of(b, peek(b, 1));
	if (b->i->arg == BINARY_ADD)
		return x == y && is_closed(x) ? x : KNOWN_NONE;
	if (b->i->arg != BINARY_MUL)
		return b->i->arg == BINARY_MOD && x == KNOWN_STR && (y != KNOWN_NONE || av_is_number(peek(b, 1)))
			       ? KNOWN_STR
			       : KNOWN_NONE; /* a subclass of str has a say */
	if (is_integral(peek(b, 1)) && is_closed(x))
		return x;
	return is_integral(peek(b, 2)) && is_closed(y) ? y : KNOWN_NONE;
}
