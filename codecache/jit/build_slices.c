/* build_slices.c - a[i:j:k], and stores to it and deletion of it, without an object for the slice.
 *
 * A slice of ints and Nones that the next instruction is the only one to see is a value of its own (AV_SLICE): three
 * machine words, and which of them were given.  The runtime takes them as they are (rt_slices.c).  CPython gets a slice
 * where it goes on in between, or has to be asked. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"

enum { MAX_PARTS = 3 };

/* Whether the next instruction takes the slice from the stack, and no other way leads there. */
static bool is_for_item(const struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	bool is_item = next->op == BC_GET_ITEM || next->op == BC_SET_ITEM || next->op == BC_DELETE_ITEM;
	return is_item && !next->is_target;
}

static bool is_unknown(const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_NONE;
}

static bool is_part(const struct builder *b, const struct av *v)
{
	return v->kind == AV_INT || is_none(b, v);
}

/* In the place of its n parts. */
static void push_slice(struct builder *b, uint32_t n)
{
	struct av slice = { .kind = AV_SLICE };
	for (uint32_t i = 0; i < MAX_PARTS; i++) {
		const struct av *part = i < n ? peek(b, n - i) : NULL;
		bool given = part && part->kind == AV_INT;
		slice.v[i] = given ? part->v[0] : emit_i64(b, 0);
		slice.index |= (uint32_t)given << i;
	}
	drop(b, n);
	push(b, slice);
}

/* Stack: start, stop and perhaps step.  They may be any objects, if they are ints then. */
bool build_slice(struct builder *b)
{
	uint32_t n = b->i->arg;
	struct ir_instr *are_ints = NULL;
	if (!is_for_item(b))
		return false;
	for (uint32_t i = 1; i <= n; i++)
		if (!is_part(b, peek(b, i)) && !is_unknown(peek(b, i)))
			return false;
	for (uint32_t i = 1; i <= n; i++) {
		if (!is_unknown(peek(b, i)))
			continue;
		struct ir_instr *is_int = is_exactly(b, peek(b, i), RT_TYPE_ID_int);
		are_ints = are_ints ? emit2(b, IR_BOOL_AND, are_ints, is_int) : is_int;
	}
	if (!are_ints) {
		push_slice(b, n);
		return true;
	}
	struct frame *here = split(b, are_ints, true);
	for (uint32_t i = 1; i <= n; i++)
		if (is_unknown(peek(b, i))) /* else it was the same object */
			unbox_in_place(b, peek(b, i), true);
	push_slice(b, n);
	go_on_otherwise(b, here);
	return false;
}

/* The operands of the runtime's functions, behind those that they begin with. */
static void slice_operands(struct builder *b, const struct av *slice, struct ir_instr **ret)
{
	for (uint32_t i = 0; i < MAX_PARTS; i++)
		ret[i] = slice->v[i];
	ret[MAX_PARTS] = emit_i64(b, slice->index);
}

/* a[i:j] == "constant", and !=: the part is only compared.  The constant's index in co_consts, -1: it is not that. */
static int64_t compared_with(struct builder *b, enum known known)
{
	enum { HAS_STEP = 4 };
	const struct bc_instr *load = b->i + 1, *compare = load + 1;
	if (load->op != BC_LOAD_CONST || load->is_target || compare->op != BC_COMPARE || compare->is_target ||
	    (compare->arg != COMPARE_EQ && compare->arg != COMPARE_NE) || peek(b, 1)->index & HAS_STEP)
		return -1;
	PyObject *constant = PyTuple_GET_ITEM(((PyCodeObject *)b->top->code->code)->co_consts, load->arg);
	bool same = is_str(known)                                      ? PyUnicode_CheckExact(constant)
		    : known == KNOWN_BYTES || known == KNOWN_BYTEARRAY ? PyBytes_CheckExact(constant)
								       : false;
	return same && b->top->n_path < MAX_DEPTH ? (int64_t)load->arg : -1;
}

static void compare_part(struct builder *b, uint32_t constant)
{
	struct ir_instr *args[MAX_PARTS + 2] = { object_of(b, peek(b, 2)) }, *parts[MAX_PARTS + 1];
	slice_operands(b, peek(b, 1), parts);
	args[1] = const_instr(b, const_object(b, b->top, constant));
	args[2] = parts[0];
	args[3] = parts[1];
	args[4] = parts[MAX_PARTS];
	struct ir_instr *equal = rt(b, IR_RT_BOOL, RT_MEMBER_part_equal, 5, args);
	if ((b->i + 2)->arg == COMPARE_NE)
		equal = emit1(b, IR_BOOL_NOT, equal);
	replace(b, 2, av_of(AV_BOOL, equal));
	b->top->at += 3;
	b->moved = true;
}

/* What is compared with a str is most likely one. */
static bool slice_compare(struct builder *b)
{
	struct av *v = peek(b, 2);
	enum known known = known_of(b, v);
	bool unknown = v->kind == AV_OBJECT && known == KNOWN_NONE;
	int64_t constant = compared_with(b, unknown ? KNOWN_STR : known);
	if (constant < 0)
		return false;
	if (!unknown) {
		compare_part(b, (uint32_t)constant);
		return true;
	}
	struct frame *here = split(b, type_is(b, v, KNOWN_STR), true);
	refine(b, peek(b, 2)->v[0], KNOWN_STR);
	compare_part(b, (uint32_t)constant);
	go_on_otherwise(b, here);
	return false;
}

/* Whether the slice has n items, all of which the sequence has; start: the first of them. */
static struct ir_instr *has_exactly(struct builder *b, uint32_t n, struct ir_instr **ret_start)
{
	enum { HAS_START = 1, HAS_STOP = 2 };
	const struct av slice = *peek(b, 1);
	struct ir_instr *length = length_of(b, peek(b, 2)), *ends[] = { emit_i64(b, 0), length };
	for (uint32_t i = 0; i < 2; i++) {
		if (!(slice.index & (i ? HAS_STOP : HAS_START)))
			continue;
		bool is_from_end = slice.v[i]->op == IR_CONST_I64 && slice.v[i]->imm.i < 0;
		ends[i] = is_from_end ? emit2(b, IR_I64_ADD_WRAP, length, slice.v[i]) : slice.v[i];
	}
	struct ir_instr *items = emit_i64(b, n), *last = emit2(b, IR_I64_SUB_WRAP, length, items);
	struct ir_instr *is_in =
		emit2(b, IR_BOOL_AND, emit2(b, IR_I64_GE, ends[0], emit_i64(b, 0)), emit2(b, IR_I64_LE, ends[0], last));
	*ret_start = ends[0];
	return emit2(b, IR_BOOL_AND, is_in, emit2(b, IR_I64_EQ, ends[1], emit2(b, IR_I64_ADD_WRAP, ends[0], items)));
}

/* v0, v1 = a[i:i + 2]: numbers that are only unpacked are loaded.  Where they are fewer or more, or the slice is
 * counted from the end, it is made. */
static void slice_unpack(struct builder *b)
{
	enum { MOST = 16, HAS_STEP = 4 };
	const struct bc_instr *next = b->i + 1;
	const struct av *v = peek(b, 2);
	bool has_numbers = v->kind == AV_OBJECT && (v->known == KNOWN_BYTES || is_buffer(v->known));
	if (!has_numbers || next->op != BC_UNPACK || next->is_target || next->arg == 0 || next->arg > MOST ||
	    (peek(b, 1)->index & HAS_STEP))
		return;
	uint32_t n = next->arg;
	struct ir_instr *start;
	struct frame *here = split(b, has_exactly(b, n, &start), true);
	struct av items[MOST];
	for (uint32_t i = 0; i < n; i++)
		items[i] = item_at(b, peek(b, 2), emit2(b, IR_I64_ADD_WRAP, start, emit_i64(b, i)));
	drop(b, 2);
	for (uint32_t i = n; i-- > 0;)
		push(b, items[i]);
	b->top->at += 2;
	b->moved = true;
	go_on_otherwise(b, here);
}

/* Stack: sequence, slice. */
bool slice_get_item(struct builder *b)
{
	if (peek(b, 1)->kind == AV_SLICE && slice_compare(b))
		return true;
	if (peek(b, 1)->kind == AV_SLICE)
		slice_unpack(b);
	struct ir_instr *args[MAX_PARTS + 2] = { NULL };
	if (peek(b, 1)->kind != AV_SLICE || !(args[0] = object_of(b, peek(b, 2))))
		return false;
	settle(b);
	enum known known = known_binary(b);
	slice_operands(b, peek(b, 1), args + 1);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_get_slice, MAX_PARTS + 2, args);
	items_follow(result, args[0]);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED, .known = known });
	return true;
}

/* Stack: value, sequence, slice. */
bool slice_set_item(struct builder *b)
{
	struct ir_instr *args[MAX_PARTS + 3];
	if (peek(b, 1)->kind != AV_SLICE)
		return false;
	args[1] = object_of(b, peek(b, 3));
	args[0] = args[1] ? object_of(b, peek(b, 2)) : NULL;
	if (!args[0])
		return false;
	items_join(b, args[0], peek(b, 3));
	slice_operands(b, peek(b, 1), args + 2);
	if (peek(b, 3)->kind == AV_OBJECT && peek(b, 3)->own == OWN_OWNED)
		args[MAX_PARTS + 2]->imm.i |= RT_SLICE_LAST;
	return done_by_runtime(b, RT_MEMBER_set_slice, MAX_PARTS + 3, args, 3);
}

/* Stack: sequence, slice. */
bool slice_delete_item(struct builder *b)
{
	struct ir_instr *args[MAX_PARTS + 2] = { NULL };
	if (peek(b, 1)->kind != AV_SLICE || !(args[0] = object_of(b, peek(b, 2))))
		return false;
	slice_operands(b, peek(b, 1), args + 1);
	return done_by_runtime(b, RT_MEMBER_del_slice, MAX_PARTS + 2, args, 2);
}
