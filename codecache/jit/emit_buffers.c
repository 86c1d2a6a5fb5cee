/* emit_buffers.c - operations on bytearrays, arrays and memoryviews: loads and stores, by the layouts of items.h. */
#include "config.h"

#include "codecache/jit/emit_objects.h"
#include "codecache/jit/emit_short.h"

static rv *at(const struct emitter *e, rv *object, gcc_jit_type *type, int64_t offset)
{
	return get(at_byte(e, object, type, number(e, offset)));
}

void emit_buffer_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	rv *is = emit_call_rt(e, row->code, 2, (rv *[]){ operand(e, i, 0), number(e, i->imm.index) });
	emit_result(e, i, test(e, GCC_JIT_COMPARISON_NE, is, emit_constant(e, e->u->c_int, 0)));
}

static rv *flag(const struct emitter *e, rv *object, int64_t offset, int64_t mask)
{
	rv *flags = at(e, object, e->u->u32, offset);
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_AND, e->u->u32, flags, emit_constant(e, e->u->u32, mask));
}

/* As CHECK_RELEASED() in Objects/memoryobject.c. */
void emit_view_open(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *view = operand(e, i, 0), *managed = at(e, view, e->u->void_ptr, VIEW_MANAGED);
	rv *bad = emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_OR, e->u->u32, flag(e, view, VIEW_FLAGS, VIEW_RELEASED),
			      flag(e, managed, MANAGED_FLAGS, MANAGED_RELEASED));
	if (i->imm.index)
		bad = emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_OR, e->u->u32, bad,
				  at(e, view, e->u->u32, VIEW_READONLY));
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_NE, bad, emit_constant(e, e->u->u32, 0)));
}

void emit_buffer_len(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	int64_t offset = i->imm.index == LAYOUT_VIEW ? VIEW_LENGTH : BUFFER_SIZE;
	emit_result(e, i, at(e, operand(e, i, 0), e->u->i64, offset));
}

static rv *data_of(const struct emitter *e, rv *object, uint32_t layout)
{
	static const int64_t offsets[] = {
		[LAYOUT_BYTEARRAY] = BYTEARRAY_START,
		[LAYOUT_ARRAY] = ARRAY_ITEMS,
		[LAYOUT_VIEW] = VIEW_START,
	};
	return at(e, object, e->u->void_ptr, offsets[layout]);
}

void emit_buffer_data(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	emit_result(e, i, data_of(e, operand(e, i, 0), i->imm.index));
}

/* Memoryviews may begin anywhere, so no item is sure to be aligned. */
static gcc_jit_lvalue *item_place(const struct emitter *e, rv *data, rv *index, uint32_t item)
{
	static const enum gcc_jit_types types[ITEM_COUNT] = {
		[ITEM_I8] = GCC_JIT_TYPE_INT8_T,   [ITEM_U8] = GCC_JIT_TYPE_UINT8_T,
		[ITEM_I16] = GCC_JIT_TYPE_INT16_T, [ITEM_U16] = GCC_JIT_TYPE_UINT16_T,
		[ITEM_I32] = GCC_JIT_TYPE_INT32_T, [ITEM_U32] = GCC_JIT_TYPE_UINT32_T,
		[ITEM_I64] = GCC_JIT_TYPE_LONG,    [ITEM_U64] = GCC_JIT_TYPE_UNSIGNED_LONG,
		[ITEM_F32] = GCC_JIT_TYPE_FLOAT,   [ITEM_F64] = GCC_JIT_TYPE_DOUBLE,
	};
	static const int64_t sizes[ITEM_COUNT] = {
		[ITEM_I8] = 1,  [ITEM_U8] = 1,  [ITEM_I16] = 2, [ITEM_U16] = 2, [ITEM_I32] = 4,
		[ITEM_U32] = 4, [ITEM_I64] = 8, [ITEM_U64] = 8, [ITEM_F32] = 4, [ITEM_F64] = 8,
	};
	gcc_jit_type *type = gcc_jit_context_get_type(e->u->context, types[item]);
	rv *offset = sizes[item] == 1 ? index : i64(e, GCC_JIT_BINARY_OP_MULT, index, number(e, sizes[item]));
	return at_byte(e, data, gcc_jit_type_get_aligned(type, 1), offset);
}

static void store(const struct emitter *e, gcc_jit_lvalue *place, rv *value, uint32_t item)
{
	if (item != ITEM_I64 && item != ITEM_F64)
		value = emit_cast(e, value, gcc_jit_rvalue_get_type(get(place)));
	set(e, place, value);
}

void emit_load_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	rv *item = get(item_place(e, operand(e, i, 0), operand(e, i, 1), i->imm.index));
	emit_result(e, i, emit_cast(e, item, i->op == IR_LOAD_INT ? e->u->i64 : e->u->f64));
}

void emit_store_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	store(e, item_place(e, operand(e, i, 0), operand(e, i, 1), i->imm.index), operand(e, i, 2), i->imm.index);
}

/* By one comparison; of U64, an int below 0 does not fit. */
void emit_fit(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	(void)row;
	static const struct {
		int64_t low;
		uint64_t width;
	} items[ITEM_COUNT] = {
		[ITEM_I8] = { INT8_MIN, UINT8_MAX },    [ITEM_U8] = { 0, UINT8_MAX },
		[ITEM_I16] = { INT16_MIN, UINT16_MAX }, [ITEM_U16] = { 0, UINT16_MAX },
		[ITEM_I32] = { INT32_MIN, UINT32_MAX }, [ITEM_U32] = { 0, UINT32_MAX },
		[ITEM_I64] = { 0, UINT64_MAX },         [ITEM_U64] = { 0, INT64_MAX },
	};
	rv *value = operand(e, i, 0);
	if (i->exit) {
		rv *above = i64(e, GCC_JIT_BINARY_OP_MINUS, value, number(e, items[i->imm.index].low));
		rv *most = emit_constant(e, e->u->u64, (int64_t)items[i->imm.index].width);
		emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_GT, emit_cast(e, above, e->u->u64), most));
	}
	emit_result(e, i, value);
}

/* ---- one item more ---------------------------------------------------------- */

/* To room if allocated says that there is some, else by the runtime, and on; *ret_next: where both go on. */
static void begin_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row, rv *has_none,
			 gcc_jit_block **ret_next)
{
	gcc_jit_block *full = emit_new_block(e), *room = emit_new_block(e), *next = emit_new_block(e);
	emit_unlikely(e, has_none, full, room);
	e->block = full;
	if (i->exit)
		emit_frame_is_at(e, i->exit->at);
	rv *done = emit_call_rt(e, row->code, 2, (rv *[]){ operand(e, i, 0), operand(e, i, 1) });
	emit_exit_if(e, i, test(e, GCC_JIT_COMPARISON_LT, done, emit_constant(e, e->u->c_int, 0)));
	end_with_jump(e, next);
	e->block = room;
	*ret_next = next;
}

static rv *size_now(const struct emitter *e, rv *object)
{
	gcc_jit_lvalue *size = fresh(e, e->u->i64, "size");
	set(e, size, at(e, object, e->u->i64, BUFFER_SIZE));
	return get(size);
}

static void set_size(struct emitter *e, rv *object, rv *size, gcc_jit_block *next)
{
	set(e, at_byte(e, object, e->u->i64, number(e, BUFFER_SIZE)), size);
	end_with_jump(e, next);
	e->block = next;
}

static rv *either(const struct emitter *e, rv *a, rv *b)
{
	return emit_binary(e, GCC_JIT_BINARY_OP_BITWISE_OR, e->u->boolean, a, b);
}

/* Whether PyByteArray_Resize() in Objects/bytearrayobject.c has more to do than to say that there are so many bytes. */
static rv *has_no_room(const struct emitter *e, rv *array, rv *size)
{
	rv *allocated = at(e, array, e->u->i64, BYTEARRAY_ALLOCATED);
	rv *gone = i64(e, GCC_JIT_BINARY_OP_MINUS, at(e, array, e->u->i64, BYTEARRAY_START),
		       at(e, array, e->u->i64, BYTEARRAY_BYTES));
	rv *full = test(e, GCC_JIT_COMPARISON_GE, i64(e, GCC_JIT_BINARY_OP_PLUS, gone, size), allocated);
	rv *half = i64(e, GCC_JIT_BINARY_OP_RSHIFT, allocated, number(e, 1));
	rv *seen = test(e, GCC_JIT_COMPARISON_NE, at(e, array, e->u->i64, BYTEARRAY_EXPORTS), number(e, 0));
	return either(e, either(e, full, seen), test(e, GCC_JIT_COMPARISON_LT, size, half));
}

/* Where there is room for it and the 0 behind it, as bytearray_append() does. */
void emit_bytearray_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *next;
	rv *array = operand(e, i, 0), *old = size_now(e, array),
	   *more = i64(e, GCC_JIT_BINARY_OP_PLUS, old, number(e, 1));
	begin_append(e, i, row, has_no_room(e, array, more), &next);
	rv *data = data_of(e, array, LAYOUT_BYTEARRAY);
	store(e, item_place(e, data, old, ITEM_U8), operand(e, i, 1), ITEM_U8);
	store(e, item_place(e, data, more, ITEM_U8), number(e, 0), ITEM_U8);
	set_size(e, array, more, next);
}

/* As ins1() in Modules/arraymodule.c: an array that somebody looks into does not grow. */
void emit_array_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row)
{
	gcc_jit_block *next;
	rv *array = operand(e, i, 0), *old = size_now(e, array);
	rv *full = test(e, GCC_JIT_COMPARISON_GE, old, at(e, array, e->u->i64, ARRAY_ALLOCATED));
	rv *seen = test(e, GCC_JIT_COMPARISON_NE, at(e, array, e->u->i64, ARRAY_EXPORTS), number(e, 0));
	begin_append(e, i, row, either(e, full, seen), &next);
	rv *data = data_of(e, array, LAYOUT_ARRAY);
	store(e, item_place(e, data, old, i->imm.index), operand(e, i, 1), i->imm.index);
	set_size(e, array, i64(e, GCC_JIT_BINARY_OP_PLUS, old, number(e, 1)), next);
}
