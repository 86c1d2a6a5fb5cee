/* build_strings.c - strs and bytes: items, iteration and comparison without a call.
 *
 * A character of a str of one byte a character is one of CPython's 256 static objects (KNOWN_CHAR): it is never made,
 * never counted, and its code point is at hand.  Other strs go the way of any object. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/outgrown.h"

bool is_str(enum known known)
{
	return known == KNOWN_STR || known == KNOWN_LATIN1 || known == KNOWN_CHAR;
}

PyObject *const_text(const struct builder *b, const struct av *v)
{
	PyObject *o = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	return o && PyUnicode_CheckExact(o) ? o : NULL;
}

/* The str of one character that a constant is; -1: it is another object. */
static int64_t const_char(const struct builder *b, const struct av *v)
{
	PyObject *o = const_text(b, v);
	if (!o || PyUnicode_GET_LENGTH(o) != 1)
		return -1;
	Py_UCS4 code = PyUnicode_READ_CHAR(o, 0);
	return code < RT_CHARS ? (int64_t)code : -1;
}

struct ir_instr *char_code(struct builder *b, const struct av *v)
{
	int64_t code = const_char(b, v);
	if (code >= 0)
		return emit_i64(b, code);
	if (v->kind != AV_OBJECT || v->known != KNOWN_CHAR)
		return NULL;
	return v->v[0]->op == IR_CHAR ? v->v[0]->args[0] : emit1(b, IR_CHAR_CODE, v->v[0]);
}

struct av char_of(struct builder *b, struct ir_instr *code)
{
	return (struct av){ .kind = AV_OBJECT, .v = { emit1(b, IR_CHAR, code) }, .own = OWN_NONE, .known = KNOWN_CHAR };
}

/* ---- lengths and items ----------------------------------------------------- */

struct ir_instr *length_of(struct builder *b, const struct av *v)
{
	static const enum ir_op ops[KNOWN_COUNT] = {
		[KNOWN_LIST] = IR_LIST_LEN,  [KNOWN_TUPLE] = IR_TUPLE_LEN, [KNOWN_STR] = IR_STR_LEN,
		[KNOWN_CHAR] = IR_STR_LEN,   [KNOWN_LATIN1] = IR_STR_LEN,  [KNOWN_BYTES] = IR_BYTES_LEN,
		[KNOWN_DEQUE] = IR_LIST_LEN, /* it lies where that of lists lies */
		[KNOWN_DICT] = IR_LIST_LEN,  /* likewise */
	};
	if (v->kind == AV_TUPLE || v->kind == AV_KEYWORDS)
		return emit_i64(b, v->tuple->n);
	if (v->kind != AV_OBJECT && v->kind != AV_SEQ_ITER)
		return NULL;
	if (is_buffer(v->known))
		return buffer_length(b, v);
	if (ops[v->known] == IR_PARAM)
		return NULL;
	return emit1(b, ops[v->known], v->v[0]);
}

struct av item_at(struct builder *b, const struct av *v, struct ir_instr *index)
{
	if (is_buffer(v->known))
		return buffer_item_at(b, v, index);
	switch (v->known) {
	case KNOWN_BYTES: return av_of(AV_INT, emit2(b, IR_BYTES_AT, v->v[0], index));
	case KNOWN_CHAR:
	case KNOWN_LATIN1: return char_of(b, emit2(b, IR_STR_AT, v->v[0], index));
	default: break;
	}
	struct ir_instr *object = emit2(b, v->known == KNOWN_LIST ? IR_LIST_AT : IR_TUPLE_AT, v->v[0], index);
	struct av item = { .kind = AV_OBJECT, .v = { object }, .own = OWN_ITEM };
	if (v->known == KNOWN_TUPLE)
		items_guess(b, v->v[0], &item);
	return item;
}

/* Stack: sequence of known type, index. */
static void get_item(struct builder *b)
{
	struct ir_instr *index = index_at(b, peek(b, 1)), *length = length_of(b, peek(b, 2));
	if (is_str(peek(b, 2)->known))
		index_fails_beyond(b, RT_FAILURE_STR_INDEX, index, length);
	index = emit2(b, IR_INDEX, index, length);
	replace(b, 2, item_at(b, peek(b, 2), index));
}

void guard_latin1(struct builder *b, struct av *str)
{
	(void)emit1(b, IR_GUARD, emit1(b, IR_STR_IS_LATIN1, str->v[0]));
	refine(b, str->v[0], KNOWN_LATIN1);
}

/* Split on whether the str on top of the stack has one byte a character; the builder goes on where it has, and what it
 * returns is given to go_on_otherwise(). */
static struct frame *split_latin1(struct builder *b)
{
	return split(b, emit1(b, IR_STR_IS_LATIN1, peek(b, 1)->v[0]), true);
}

void go_on_otherwise(struct builder *b, struct frame *here)
{
	if (b->block && !b->moved)
		go_to(b, b->top->at + 1);
	go_on(b);
	unsplit(b, here);
}

/* An index that is an int, or was an attribute and may be one. */
static bool is_likely_index(const struct av *v)
{
	bool is_attribute = v->kind == AV_OBJECT && v->known == KNOWN_NONE &&
			    (v->v[0]->op == IR_ATTR_VALUE || v->v[0]->op == IR_ATTR);
	return is_integral(v) || is_attribute;
}

void guess_container(struct builder *b, enum known usual)
{
	struct av *v = peek(b, 2);
	if (v->kind != AV_OBJECT || v->known != KNOWN_NONE || b->i->hint != HINT_OTHER || !is_likely_index(peek(b, 1)))
		return;
	bool is_one = b->i->container > 0 && b->i->container <= VALUE_TYPE_COUNT;
	if (b->i->container > 0)
		usual = is_one ? param_known((enum value_type)(b->i->container - 1)) : KNOWN_NONE;
	if (usual == KNOWN_NONE)
		return;
	b->exit = NULL; /* that of the instruction, so that what is found there is noted */
	(void)guard_known(b, v, usual);
}

/* What CPython has no instruction of its own for is most likely an item of a str; what else is found there is expected
 * the next time. */
static void guess_latin1(struct builder *b)
{
	guess_container(b, b->i->outgrown & OUTGROWN_STR ? KNOWN_NONE : KNOWN_LATIN1);
}

bool string_get_item(struct builder *b)
{
	guess_latin1(b);
	const struct av *v = peek(b, 2);
	if (v->kind != AV_OBJECT || !may_be_index(peek(b, 1)))
		return false;
	if (v->known == KNOWN_BYTES || is_buffer(v->known) || v->known == KNOWN_LATIN1 || v->known == KNOWN_CHAR) {
		get_item(b);
		return true;
	}
	if (v->known != KNOWN_STR)
		return false;
	struct frame *here = split(b, emit1(b, IR_STR_IS_LATIN1, v->v[0]), true);
	refine(b, peek(b, 2)->v[0], KNOWN_LATIN1);
	get_item(b);
	go_on_otherwise(b, here);
	return false;
}

/* ---- iteration ------------------------------------------------------------- */

bool str_get_iter(struct builder *b)
{
	const struct av *v = peek(b, 1);
	if (!is_str(v->known))
		return false;
	if (v->known != KNOWN_STR) {
		seq_iter(b, v->known);
		return true;
	}
	struct frame *here = split_latin1(b);
	seq_iter(b, KNOWN_LATIN1);
	go_on_otherwise(b, here);
	return object_get_iter(b);
}

/* ---- comparison ------------------------------------------------------------ */

static void replace_by_answer(struct builder *b, bool answer)
{
	replace(b, 2, av_of(AV_BOOL, emit_bool(b, answer)));
}

/* What two constants say, and a character with a constant that is no such character. */
static bool compare_known(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	PyObject *x_text = const_text(b, x), *y_text = const_text(b, y);
	if (x_text && y_text) { /* the enum's order is that of CPython's operators */
		replace_by_answer(b, PyObject_RichCompareBool(x_text, y_text, (int)b->i->arg) > 0);
		return true;
	}
	const struct av *constant = y_text ? y : x, *other = y_text ? x : y;
	bool is_equality = b->i->arg == COMPARE_EQ || b->i->arg == COMPARE_NE;
	if ((!x_text && !y_text) || !is_equality || const_char(b, constant) >= 0 || other->kind != AV_OBJECT ||
	    other->known != KNOWN_CHAR)
		return false;
	replace_by_answer(b, b->i->arg == COMPARE_NE);
	return true;
}

static bool compare_chars(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	struct ir_instr *l = char_code(b, x), *r = l ? char_code(b, y) : NULL;
	if (!r)
		return false;
	replace(b, 2, av_of(AV_BOOL, compare_i64(b, l, r)));
	return true;
}

static bool make_str(struct builder *b, struct av *v)
{
	if (const_text(b, v))
		return true;
	if (v->kind != AV_OBJECT)
		return false;
	if (v->known == KNOWN_NONE && b->i->hint == HINT_STR)
		return guard_known(b, v, KNOWN_STR);
	return is_str(v->known);
}

static bool is_known_str(const struct builder *b, const struct av *v)
{
	return const_text(b, v) || (v->kind == AV_OBJECT && is_str(v->known));
}

/* How far from the top the operand is that may be anything beside a str, where CPython has met no two strs; 0: none. */
static uint32_t unknown_beside_str(struct builder *b)
{
	for (uint32_t i = 1; i <= 2; i++) {
		const struct av *v = peek(b, i);
		if (v->kind == AV_OBJECT && v->known == KNOWN_NONE && b->i->hint != HINT_STR &&
		    is_known_str(b, peek(b, 3 - i)))
			return i;
	}
	return 0;
}

static void are_equal(struct builder *b)
{
	struct ir_instr *equal = emit2(b, IR_STR_EQUAL, object_of(b, peek(b, 2)), object_of(b, peek(b, 1)));
	if (b->i->arg == COMPARE_NE)
		equal = emit1(b, IR_BOOL_NOT, equal);
	replace(b, 2, av_of(AV_BOOL, equal));
}

bool compare_strs(struct builder *b)
{
	if (b->i->op != BC_COMPARE || compare_known(b) || compare_chars(b))
		return b->i->op == BC_COMPARE;
	if (b->i->arg != COMPARE_EQ && b->i->arg != COMPARE_NE)
		return false;
	uint32_t unknown = unknown_beside_str(b);
	if (unknown > 0) {
		struct frame *here = split(b, type_is(b, peek(b, unknown), KNOWN_STR), true);
		refine(b, peek(b, unknown)->v[0], KNOWN_STR);
		are_equal(b);
		go_on_otherwise(b, here);
		return false;
	}
	if (!make_str(b, peek(b, 2)) || !make_str(b, peek(b, 1)))
		return false;
	are_equal(b);
	return true;
}

/* ord() and chr() of a character; the arguments are on top of the stack and stay there. */
bool call_ord(struct builder *b, struct av *ret)
{
	struct ir_instr *code = char_code(b, peek(b, 1));
	if (code)
		*ret = av_of(AV_INT, code);
	return code;
}

bool call_chr(struct builder *b, struct av *ret)
{
	if (!is_integral(peek(b, 1)))
		return false;
	struct ir_instr *code = as_int(b, peek(b, 1));
	struct ir_instr *beyond = emit2(b, IR_I64_AND, code, emit_i64(b, ~(int64_t)(RT_CHARS - 1)));
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, beyond, emit_i64(b, 0)));
	*ret = char_of(b, code);
	return true;
}
