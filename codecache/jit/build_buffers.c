/* build_buffers.c - bytearrays, arrays (array.array) and memoryviews: items read and written in their memory.
 *
 * What such an object's items are is known of its type (buffers.h); how many there are, and where, is asked each time,
 * unless pass_hoist.c finds that it cannot change.  A value that does not fit, an index beyond the ends and a released
 * memoryview leave for CPython, which raises. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/jit/build_priv.h"
#include "codecache/jit/jit.h"

_Static_assert(VALUE_VIEW_I8 == VALUE_ARRAY_I8 + ITEM_COUNT && VALUE_TYPE_COUNT == VALUE_VIEW_I8 + ITEM_COUNT &&
		       KNOWN_VIEW_I8 == KNOWN_ARRAY_I8 + ITEM_COUNT,
	       "the types of arrays and memoryviews are in the order of their items, the last ones of value types");

bool is_array(enum known known)
{
	return known >= KNOWN_ARRAY_I8 && known < KNOWN_VIEW_I8;
}

bool is_view(enum known known)
{
	return known >= KNOWN_VIEW_I8 && (unsigned)known < (unsigned)KNOWN_VIEW_I8 + ITEM_COUNT;
}

bool is_buffer(enum known known)
{
	return known == KNOWN_BYTEARRAY || is_array(known) || is_view(known);
}

enum value_type buffer_type_of(enum known known)
{
	if (is_array(known))
		return (enum value_type)((unsigned)VALUE_ARRAY_I8 + ((unsigned)known - (unsigned)KNOWN_ARRAY_I8));
	if (is_view(known))
		return (enum value_type)((unsigned)VALUE_VIEW_I8 + ((unsigned)known - (unsigned)KNOWN_VIEW_I8));
	return VALUE_OBJECT;
}

enum known known_buffer(enum value_type type)
{
	if (type >= VALUE_VIEW_I8)
		return (enum known)((unsigned)KNOWN_VIEW_I8 + ((unsigned)type - (unsigned)VALUE_VIEW_I8));
	if (type >= VALUE_ARRAY_I8)
		return (enum known)((unsigned)KNOWN_ARRAY_I8 + ((unsigned)type - (unsigned)VALUE_ARRAY_I8));
	return KNOWN_NONE;
}

static enum item item_of(enum known known)
{
	return known == KNOWN_BYTEARRAY ? ITEM_U8
	       : is_array(known)        ? (enum item)((unsigned)known - (unsigned)KNOWN_ARRAY_I8)
					: (enum item)((unsigned)known - (unsigned)KNOWN_VIEW_I8);
}

static enum layout layout_of(enum known known)
{
	return known == KNOWN_BYTEARRAY ? LAYOUT_BYTEARRAY : is_array(known) ? LAYOUT_ARRAY : LAYOUT_VIEW;
}

static bool is_float(enum item item)
{
	return item == ITEM_F32 || item == ITEM_F64;
}

static struct ir_instr *emit_of(struct builder *b, enum ir_op op, uint32_t n, struct ir_instr *const *args,
				uint32_t what)
{
	struct ir_instr *i = emit(b, op, n, args);
	i->imm.index = what;
	return i;
}

struct ir_instr *buffer_length(struct builder *b, const struct av *v)
{
	struct ir_instr *object = v->v[0];
	if (is_view(v->known))
		(void)emit_of(b, IR_VIEW_OPEN, 1, &object, 0);
	return emit_of(b, IR_BUFFER_LEN, 1, &object, layout_of(v->known));
}

/* Its length has been asked for, so it is open. */
struct av buffer_item_at(struct builder *b, const struct av *v, struct ir_instr *index)
{
	struct ir_instr *object = v->v[0];
	enum item item = item_of(v->known);
	struct ir_instr *args[] = { emit_of(b, IR_BUFFER_DATA, 1, &object, layout_of(v->known)), index };
	struct ir_instr *value = emit_of(b, is_float(item) ? IR_LOAD_FLOAT : IR_LOAD_INT, 2, args, item);
	if (item == ITEM_U64) /* from 2**63 on, CPython goes on */
		value = emit1(b, IR_I64_TO_U64, value);
	return av_of(is_float(item) ? AV_FLOAT : AV_INT, value);
}

/* ---- stores ---------------------------------------------------------------- */

static bool may_be_item(const struct av *v, enum item item)
{
	bool fits = is_float(item) ? av_is_number(v) : is_integral(v) || v->kind == AV_U64;
	return fits || (v->kind == AV_OBJECT && v->known == KNOWN_NONE);
}

/* What is stored of that value; an object is guessed to be a number of the items' kind. */
static struct ir_instr *as_item(struct builder *b, struct av *v, enum item item)
{
	if (v->kind == AV_OBJECT)
		unbox_in_place(b, v, !is_float(item));
	if (is_float(item))
		return as_float(b, v);
	if (v->kind == AV_U64 && item == ITEM_U64)
		return v->v[0];
	struct ir_instr *value = v->kind == AV_U64 ? emit1(b, IR_I64_TO_U64, v->v[0]) : as_int(b, v);
	return item == ITEM_I64 ? value : emit_of(b, IR_FIT, 1, &value, item);
}

/* Stack: value, buffer, index. */
bool buffer_set_item(struct builder *b)
{
	struct av *value = peek(b, 3);
	enum known known = peek(b, 2)->kind == AV_OBJECT ? peek(b, 2)->known : KNOWN_NONE;
	enum item item = item_of(known);
	if (!is_buffer(known) || !may_be_index(peek(b, 1)) || !may_be_item(value, item))
		return false;
	struct ir_instr *number = as_item(b, value, item), *index = index_at(b, peek(b, 1));
	struct ir_instr *object = peek(b, 2)->v[0];
	index = emit2(b, IR_INDEX, index, length_of(b, peek(b, 2)));
	if (is_view(known))
		(void)emit_of(b, IR_VIEW_OPEN, 1, &object, 1);
	struct ir_instr *data = emit_of(b, IR_BUFFER_DATA, 1, &object, layout_of(known));
	struct ir_instr *args[] = { data, index, number };
	(void)emit_of(b, is_float(item) ? IR_STORE_FLOAT : IR_STORE_INT, 3, args, item);
	drop(b, 3);
	return true;
}

/* Stack: append, array or bytearray, one argument. */
bool buffer_append(struct builder *b, uint32_t n)
{
	static const enum ir_op ops[2][2] = { { IR_ARRAY_APPEND_INT, IR_ARRAY_APPEND_FLOAT },
					      { IR_BYTEARRAY_APPEND, IR_BYTEARRAY_APPEND } };
	if (peek(b, n + 2)->builtin != BUILTIN_BUFFER_APPEND || n != 1)
		return false;
	enum known known = peek(b, 2)->kind == AV_OBJECT ? peek(b, 2)->known : KNOWN_NONE;
	enum item item = item_of(known);
	if (!is_buffer(known) || is_view(known) || !may_be_item(peek(b, 1), item) ||
	    (item == ITEM_U64 && peek(b, 1)->kind == AV_U64))
		return false;
	struct ir_instr *args[] = { peek(b, 2)->v[0], as_item(b, peek(b, 1), item) };
	struct ir_instr *append = emit(b, ops[known == KNOWN_BYTEARRAY][is_float(item)], 2, args);
	append->imm.index = append->op == IR_BYTEARRAY_APPEND ? 0 : item;
	drop(b, 3);
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

/* ---- what calls give -------------------------------------------------------- */

void expect_result(struct builder *b, enum known known)
{
	b->top->at++;
	b->exit = b->raise = NULL;
	(void)guard_known(b, peek(b, 1), known);
	b->top->at--;
	b->exit = b->raise = NULL;
}

/* The items that a constant format or typecode names. */
static enum known known_format(const struct builder *b, const struct av *v, enum known first)
{
	PyObject *text = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	if (!text || !PyUnicode_CheckExact(text) || PyUnicode_GET_LENGTH(text) != 1)
		return KNOWN_NONE;
	enum item item = buffer_item(PyUnicode_READ_CHAR(text, 0));
	return item == ITEM_COUNT ? KNOWN_NONE : (enum known)((unsigned)first + item);
}

static enum known known_view(enum known of)
{
	if (of == KNOWN_BYTES || of == KNOWN_BYTEARRAY)
		return KNOWN_VIEW_U8;
	return is_view(of) ? of : is_array(of) ? (enum known)((unsigned)KNOWN_VIEW_I8 + item_of(of)) : KNOWN_NONE;
}

enum known known_new_buffer(struct builder *b, uint32_t n)
{
	const struct av *callable = peek(b, peek(b, n + 2)->kind == AV_NULL ? n + 1 : n + 2), *argument = peek(b, n);
	if (n == 0)
		return KNOWN_NONE;
	if (callable->kind != AV_BUILTIN) {
		PyTypeObject *array = buffer_array_type();
		bool is_array = array && value_now(b, callable) == (PyObject *)array;
		return is_array ? known_format(b, argument, KNOWN_ARRAY_I8) : KNOWN_NONE;
	}
	const char *name = ir_family_const(b->f)->consts[callable->index].name;
	if (strcmp(name, "memoryview") == 0 && n == 1)
		return known_view(known_of(b, argument));
	return strcmp(name, "memoryview.cast") == 0 && n == 1 ? known_format(b, argument, KNOWN_VIEW_I8) : KNOWN_NONE;
}

/* A part without gaps is a memoryview of the same items.  Stack: what is sliced, slice. */
enum known known_view_slice(struct builder *b)
{
	enum { HAS_STEP = 4 };
	const struct av *v = peek(b, 2), *slice = peek(b, 1);
	bool whole = slice->kind == AV_SLICE && !(slice->index & HAS_STEP);
	return v->kind == AV_OBJECT && is_view(v->known) && whole ? v->known : KNOWN_NONE;
}
