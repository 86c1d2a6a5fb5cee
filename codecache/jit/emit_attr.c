/* emit_attr.c - attributes and methods: a look at two entries of the place's cache (rt.h), the first one and that of
 * the type's version, and two or three loads; where they are about other types, the function of the runtime. */
#include "config.h"

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

/* ---- the cache ------------------------------------------------------------- */

static int64_t own_cache(const struct emitter *e, const struct ir_instr *i)
{
	return cache_at(e, i->args[i->n_args - 1]->imm.i);
}

static rv *cached(const struct emitter *e, const struct ir_instr *i, int what, gcc_jit_type *type)
{
	return get(const_word(e, type, own_cache(e, i) + what));
}

/* On only where condition holds, which is expected. */
static void go_on_if(struct emitter *e, rv *condition, gcc_jit_block *otherwise)
{
	gcc_jit_block *next = emit_new_block(e);
	rv *no = gcc_jit_context_new_unary_op(e->u->context, NULL, GCC_JIT_UNARY_OP_LOGICAL_NEGATE, e->u->boolean,
					      condition);
	emit_unlikely(e, no, otherwise, next);
	e->block = next;
}

/* The type's version as caches have it. */
static rv *version_of(struct emitter *e, rv *type)
{
	rv *version = emit_cast(e, get(at_byte(e, type, e->u->u32, number(e, RT_TYPE_VERSION))), e->u->i64);
	return emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, version, number(e, 1));
}

/* Whether the type's version is the one in that word of the cache: emitted code goes on if it is. */
static void look_for(struct emitter *e, const struct ir_instr *i, rv *type, int which, gcc_jit_block *slow)
{
	rv *now = version_of(e, type);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, now, cached(e, i, which, e->u->i64)), slow);
}

/* Whether the first entry is about the type. */
static void look(struct emitter *e, const struct ir_instr *i, rv *type, gcc_jit_block *slow)
{
	look_for(e, i, type, RT_ATTR_VERSION, slow);
}

/* What an entry says: where it is, and how many keys the instances of the type share. */
struct entry {
	gcc_jit_lvalue *where, *count;
};

static void read_entry(struct emitter *e, const struct entry *to, rv *words, gcc_jit_type *type)
{
	set(e, to->where, get(word(e, words, type, RT_ATTR_WHERE)));
	if (to->count)
		set(e, to->count, get(word(e, words, e->u->i64, RT_ATTR_COUNT)));
}

/* Where the cache begins, and in it the entry that is the version's unless another has it: rt_attr_other(). */
static rv *words_of(struct emitter *e, const struct ir_instr *i)
{
	return emit_cast(e, gcc_jit_lvalue_get_address(const_word(e, e->u->void_ptr, own_cache(e, i)), NULL),
			 e->u->void_ptr);
}

static rv *words_of_other(struct emitter *e, const struct ir_instr *i, rv *version)
{
	gcc_jit_lvalue *other = fresh(e, e->u->void_ptr, "other");
	rv *which = i64(e, GCC_JIT_BINARY_OP_BITWISE_AND, version, number(e, RT_ATTR_OTHERS - 1));
	rv *at = i64(e, GCC_JIT_BINARY_OP_MULT, which, number(e, RT_ATTR_WORDS));
	rv *place = i64(e, GCC_JIT_BINARY_OP_PLUS, at, number(e, own_cache(e, i) + RT_ATTR_WORDS));
	gcc_jit_lvalue *first = item(e, emit_cast(e, e->consts, e->u->void_ptr), e->u->void_ptr, place);
	set(e, other, emit_cast(e, gcc_jit_lvalue_get_address(first, NULL), e->u->void_ptr));
	return get(other);
}

/* The first entry if that is about the type, else the one where its version says, which may be of another kind; where
 * is of the type that is given. */
static struct entry find(struct emitter *e, const struct ir_instr *i, rv *type, gcc_jit_type *where, bool counts,
			 gcc_jit_block *slow)
{
	struct entry entry = { fresh(e, where, "where"), counts ? fresh(e, e->u->i64, "count") : NULL };
	gcc_jit_block *other = emit_new_block(e), *found = emit_new_block(e);
	gcc_jit_lvalue *version = fresh(e, e->u->i64, "version");
	set(e, version, version_of(e, type));
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, get(version), cached(e, i, RT_ATTR_VERSION, e->u->i64)), other);
	read_entry(e, &entry, words_of(e, i), where);
	end_with_jump(e, found);
	e->block = other;
	rv *words = words_of_other(e, i, get(version));
	rv *its = get(word(e, words, e->u->i64, RT_ATTR_VERSION)), *kind = get(word(e, words, e->u->i64, RT_ATTR_KIND));
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, get(version), its), slow);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, kind, number(e, i->imm.index)), slow);
	read_entry(e, &entry, words, where);
	end_with_jump(e, found);
	e->block = found;
	return entry;
}

static rv *values_of(struct emitter *e, rv *object, gcc_jit_block *slow)
{
	gcc_jit_lvalue *values = fresh(e, e->u->void_ptr, "values");
	set(e, values, get(word(e, object, e->u->void_ptr, RT_OBJECT_VALUES)));
	go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, get(values), null(e)), slow);
	return get(values);
}

struct place {
	gcc_jit_lvalue *at;
	rv *values; /* the instance's, NULL for a slot */
	rv *index;  /* among them */
};

/* Where the attribute is. */
static struct place place(struct emitter *e, const struct ir_instr *i, gcc_jit_block *slow)
{
	rv *object = emit_value(e, i->args[0]);
	rv *where = get(find(e, i, type_of(e, object), e->u->i64, false, slow).where);
	if (i->imm.index != RT_ATTR_VALUE)
		return (struct place){ .at = at_byte(e, object, e->u->void_ptr, where) };
	rv *values = values_of(e, object, slow);
	return (struct place){ item(e, values, e->u->void_ptr, where), values, where };
}

/* ---- loads ----------------------------------------------------------------- */

/* The function of the runtime that gives the attribute. */
static rv *call_for_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), emit_value(e, i->args[0]), emit_value(e, i->args[1]),
		       number(e, own_cache(e, i)), number(e, i->imm.index) };
	return emit_call_rt(e, row->code, 5, args);
}

/* What was found goes on, and so does what the runtime has found; exits where that is NULL. */
static void found_by_call(struct emitter *e, const struct ir_instr *i, gcc_jit_lvalue *found, rv *result,
			  gcc_jit_block *next)
{
	set(e, found, result);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(found), null(e)));
	end_with_jump(e, next);
	e->block = next;
	emit_result(e, i, get(found));
}

void emit_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *found = fresh(e, e->u->void_ptr, "found");
	set(e, found, get(place(e, i, slow).at));
	go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, get(found), null(e)), slow);
	emit_incref_of(e, get(found));
	end_with_jump(e, next);
	e->block = slow;
	emit_frame_is_at(e, i->exit->at);
	found_by_call(e, i, found, call_for_attr(e, i, row), next);
}

/* The same of what is borrowed: no frame needs to say where it is. */
static void found_slowly(struct emitter *e, const struct ir_instr *i, const struct op_row *row, gcc_jit_lvalue *found,
			 gcc_jit_block *slow, gcc_jit_block *next)
{
	end_with_jump(e, next);
	e->block = slow;
	found_by_call(e, i, found, call_for_attr(e, i, row), next);
}

/* What an entry about the type says that it has; on where no attribute of the object hides that. */
static rv *look_for_method(struct emitter *e, const struct ir_instr *i, rv *object, gcc_jit_block *slow)
{
	gcc_jit_lvalue *type = fresh(e, e->u->void_ptr, "type");
	bool may_hide = i->imm.index == RT_ATTR_METHOD || i->imm.index == RT_ATTR_CLASS;
	set(e, type, type_of(e, object));
	struct entry entry = find(e, i, get(type), e->u->void_ptr, may_hide, slow);
	if (may_hide) {
		(void)values_of(e, object, slow);
		rv *keys = get(at_byte(e, get(type), e->u->void_ptr, number(e, RT_TYPE_KEYS)));
		rv *count = get(at_byte(e, keys, e->u->i64, number(e, RT_KEYS_COUNT)));
		go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, count, get(entry.count)), slow);
	}
	return get(entry.where);
}

void emit_attr_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *found = fresh(e, e->u->void_ptr, "found");
	if (i->imm.index == RT_ATTR_CLASS) {
		set(e, found, look_for_method(e, i, emit_value(e, i->args[0]), slow));
	} else {
		set(e, found, get(place(e, i, slow).at));
		go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, get(found), null(e)), slow);
	}
	found_slowly(e, i, row, found, slow, next);
}

void emit_attr_function(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *found = fresh(e, e->u->void_ptr, "found");
	set(e, found, look_for_method(e, i, emit_value(e, i->args[0]), slow));
	found_slowly(e, i, row, found, slow, next);
}

/* A method, and the object: what the function of the runtime gives. */
void emit_attr_method(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *self = fresh(e, e->u->void_ptr, "self");
	rv *object = emit_value(e, i->args[0]);
	set(e, e->ret_obj, look_for_method(e, i, object, slow));
	set(e, self, object);
	emit_incref_of(e, get(e->ret_obj));
	emit_incref_of(e, get(self));
	end_with_jump(e, next);
	e->block = slow;
	emit_frame_is_at(e, i->exit->at);
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       object,
		       emit_value(e, i->args[1]),
		       number(e, own_cache(e, i)),
		       number(e, i->imm.index),
		       gcc_jit_lvalue_get_address(e->ret_obj, NULL) };
	set(e, self, emit_call_rt(e, row->code, 6, args));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(self), null(e)));
	end_with_jump(e, next);
	e->block = next;
	emit_result(e, i, get(self));
}

/* ---- stores ---------------------------------------------------------------- */

/* _PyDictValues_AddToInsertionOrder(). */
static void add_to_order(const struct emitter *e, rv *values, rv *where)
{
	gcc_jit_lvalue *size = fresh(e, e->u->i64, "size"),
		       *used = at_byte(e, values, e->u->u8, number(e, RT_VALUES_SIZE));
	set(e, size,
	    emit_binary(e, GCC_JIT_BINARY_OP_PLUS, e->u->i64, emit_cast(e, get(used), e->u->i64), number(e, 1)));
	rv *offset = emit_binary(e, GCC_JIT_BINARY_OP_MINUS, e->u->i64, number(e, RT_VALUES_SIZE), get(size));
	rv *index = emit_cast(e, where, e->u->u8);
	set(e, at_byte(e, values, e->u->u8, offset), index);
	set(e, used, emit_cast(e, get(size), e->u->u8));
}

/* The new value is in its place: what was there goes, or the place is a new one. */
static void let_go(struct emitter *e, const struct ir_instr *i, rv *old, const struct place *place, gcc_jit_block *next)
{
	gcc_jit_block *some = emit_new_block(e), *none = emit_new_block(e);
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_NE, old, null(e)), some, none);
	e->block = none;
	if (place->values)
		add_to_order(e, place->values, place->index);
	end_with_jump(e, next);
	e->block = some;
	emit_drop(e, old, i->exit->at);
	end_with_jump(e, next);
}

static void call_to_set(struct emitter *e, const struct ir_instr *i, enum rt_member member, rv *value)
{
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       emit_value(e, i->args[0]),
		       emit_value(e, i->args[1]),
		       value,
		       number(e, own_cache(e, i)),
		       number(e, i->imm.index) };
	rv *done = emit_call_rt(e, member, 6, args);
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, done, emit_constant(e, e->u->c_int, 0)));
}

static void set_slowly(struct emitter *e, const struct ir_instr *i, rv *value, gcc_jit_block *next)
{
	emit_frame_is_at(e, i->exit->at);
	call_to_set(e, i, RT_MEMBER_set_attr, value);
	emit_drop(e, value, i->exit->at);
	end_with_jump(e, next);
}

void emit_attr_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	rv *value = emit_value(e, i->args[2]);
	struct place to = place(e, i, slow);
	set(e, old, get(to.at));
	set(e, to.at, value);
	let_go(e, i, get(old), &to, next);
	e->block = slow;
	set_slowly(e, i, value, next);
	e->block = next;
}

/* A number's object that only this one refers to may change its value: nobody else can see it. */
static void change_number(struct emitter *e, rv *old, enum rt_type type, rv *value, gcc_jit_block *other)
{
	go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, old, null(e)), other);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, type_of(e, old), emit_rt_type(e, type)), other);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, get(word(e, old, e->u->i64, WORD_REFCOUNT)), number(e, 1)), other);
	if (type == RT_TYPE_ID_float) {
		set(e, word(e, old, e->u->f64, WORD_SIZE), value);
		return;
	}
	/* One that becomes small is given up for CPython's only one, which `is` can tell. */
	rv *from = emit_cast(e, i64(e, GCC_JIT_BINARY_OP_MINUS, value, number(e, RT_SMALLEST_INT)), e->u->u64);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_GE, from, emit_constant(e, e->u->u64, RT_SMALL_INTS)), other);
	emit_int_becomes(e, old, value, other);
}

static rv *box(struct emitter *e, const struct ir_instr *i, const struct op_row *row, rv *value)
{
	gcc_jit_lvalue *boxed = fresh(e, e->u->void_ptr, "boxed");
	set(e, boxed, emit_call_rt(e, row->code, 1, &value));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(boxed), null(e)));
	return get(boxed);
}

static void set_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row, enum rt_type type)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e), *other = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	rv *value = emit_value(e, i->args[2]), *boxed;
	struct place to = place(e, i, slow);
	set(e, old, get(to.at));
	change_number(e, get(old), type, value, other);
	end_with_jump(e, next);
	e->block = other;
	boxed = box(e, i, row, value);
	set(e, to.at, boxed);
	let_go(e, i, get(old), &to, next);
	e->block = slow;
	set_slowly(e, i, box(e, i, row, value), next);
	e->block = next;
}

void emit_attr_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	set_number(e, i, row, RT_TYPE_ID_float);
}

void emit_attr_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	set_number(e, i, row, RT_TYPE_ID_int);
}

void emit_part(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_type *type = i->type == IR_I64 ? e->u->i64 : e->u->void_ptr;
	emit_result(e, i, get(word(e, emit_value(e, i->args[0]), type, i->imm.index)));
}

static void put_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row, enum rt_type type)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	rv *value = emit_value(e, i->args[2]);
	set(e, old, get(place(e, i, slow).at));
	change_number(e, get(old), type, value, slow);
	end_with_jump(e, next);
	e->block = slow;
	call_to_set(e, i, RT_MEMBER_put_attr, box(e, i, row, value));
	end_with_jump(e, next);
	e->block = next;
}

void emit_attr_put_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	put_number(e, i, row, RT_TYPE_ID_float);
}

void emit_attr_put_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	put_number(e, i, row, RT_TYPE_ID_int);
}

/* Bools are never gone: there are always others who refer to them. */
void emit_attr_put_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	rv *value = emit_value(e, i->args[2]);
	gcc_jit_lvalue *at = place(e, i, slow).at;
	set(e, old, get(at));
	go_on_if(e, test(e, GCC_JIT_COMPARISON_NE, get(old), null(e)), slow);
	go_on_if(e, test(e, GCC_JIT_COMPARISON_EQ, type_of(e, get(old)), emit_rt_type(e, RT_TYPE_ID_bool)), slow);
	emit_incref_of(e, value);
	set(e, at, value);
	gcc_jit_lvalue *count = word(e, get(old), e->u->i64, WORD_REFCOUNT);
	gcc_jit_block_add_assignment_op(e->block, NULL, count, GCC_JIT_BINARY_OP_MINUS, number(e, 1));
	end_with_jump(e, next);
	e->block = slow;
	emit_incref_of(e, value); /* the runtime takes it over */
	call_to_set(e, i, RT_MEMBER_put_attr, value);
	end_with_jump(e, next);
	e->block = next;
}

/* ---- cells ----------------------------------------------------------------- */

static gcc_jit_lvalue *in_cell(struct emitter *e, const struct ir_instr *i)
{
	enum { WORD_CELL_VALUE = 2 }; /* PyCellObject.ob_ref */
	return word(e, emit_value(e, i->args[0]), e->u->void_ptr, WORD_CELL_VALUE);
}

void emit_cell_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, get(in_cell(e, i)));
}

void emit_cell_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	gcc_jit_block *next = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	set(e, old, get(in_cell(e, i)));
	set(e, in_cell(e, i), emit_value(e, i->args[1]));
	let_go(e, i, get(old), &(struct place){ 0 }, next);
	e->block = next;
}

static void set_number_in_cell(struct emitter *e, const struct ir_instr *i, const struct op_row *row, enum rt_type type)
{
	gcc_jit_block *next = emit_new_block(e), *other = emit_new_block(e);
	gcc_jit_lvalue *old = fresh(e, e->u->void_ptr, "old");
	set(e, old, get(in_cell(e, i)));
	change_number(e, get(old), type, emit_value(e, i->args[1]), other);
	end_with_jump(e, next);
	e->block = other;
	set(e, in_cell(e, i), box(e, i, row, emit_value(e, i->args[1])));
	let_go(e, i, get(old), &(struct place){ 0 }, next);
	e->block = next;
}

void emit_cell_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	set_number_in_cell(e, i, row, RT_TYPE_ID_int);
}

void emit_cell_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	set_number_in_cell(e, i, row, RT_TYPE_ID_float);
}

/* ---- methods of classes ---------------------------------------------------- */

void emit_type_method(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *method = fresh(e, e->u->void_ptr, "method"), *type = fresh(e, e->u->void_ptr, "type");
	rv *object = emit_value(e, i->args[0]);
	set(e, type, i->op == IR_CLASS_METHOD ? object : type_of(e, object));
	look(e, i, get(type), slow);
	set(e, method, cached(e, i, RT_TYPE_METHOD, e->u->void_ptr));
	end_with_jump(e, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), object, emit_value(e, i->args[1]),
		       number(e, own_cache(e, i)), number(e, i->imm.index) };
	set(e, method, emit_call_rt(e, row->code, 5, args));
	end_with_jump(e, next);
	e->block = next;
	if (i->exit)
		emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_EQ, get(method), null(e)));
	emit_result(e, i, get(method));
}

/* The other operand has nothing to say if it is of the same class, or of the one that the cache remembers. */
void emit_type_method_of_two(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e), *same = emit_new_block(e);
	gcc_jit_block *differ = emit_new_block(e);
	gcc_jit_lvalue *method = fresh(e, e->u->void_ptr, "method"), *type = fresh(e, e->u->void_ptr, "type"),
		       *other = fresh(e, e->u->void_ptr, "other");
	rv *a = emit_value(e, i->args[0]), *b = emit_value(e, i->args[1]);
	set(e, type, type_of(e, a));
	look(e, i, get(type), slow);
	set(e, other, type_of(e, b));
	gcc_jit_block_end_with_conditional(e->block, NULL, test(e, GCC_JIT_COMPARISON_EQ, get(type), get(other)), same,
					   differ);
	e->block = differ;
	look_for(e, i, get(other), RT_TYPE_METHOD_OTHER, slow);
	end_with_jump(e, same);
	e->block = same;
	set(e, method, cached(e, i, RT_TYPE_METHOD, e->u->void_ptr));
	end_with_jump(e, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr),
		       a,
		       b,
		       emit_value(e, i->args[2]),
		       number(e, own_cache(e, i)),
		       number(e, i->imm.index) };
	set(e, method, emit_call_rt(e, row->code, 6, args));
	end_with_jump(e, next);
	e->block = next;
	emit_result(e, i, get(method));
}

/* What has the right class is a class. */
void emit_class_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *slow = emit_new_block(e), *next = emit_new_block(e);
	gcc_jit_lvalue *value = fresh(e, e->u->void_ptr, "attribute");
	rv *class = emit_value(e, i->args[0]);
	look_for(e, i, type_of(e, class), RT_CLASS_ATTR_META, slow);
	look_for(e, i, class, RT_CLASS_ATTR_VERSION, slow);
	set(e, value, cached(e, i, RT_CLASS_ATTR_VALUE, e->u->void_ptr));
	end_with_jump(e, next);
	e->block = slow;
	rv *args[] = { emit_cast(e, e->consts, e->u->void_ptr), class, emit_value(e, i->args[1]),
		       number(e, own_cache(e, i)) };
	found_by_call(e, i, value, emit_call_rt(e, row->code, 4, args), next);
}

void emit_obj_type_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_EQ, type_of(e, operand(e, i, 0)), operand(e, i, 1)));
}
