/* build_entry.c - where native code begins: at a call with its arguments, at a loop's head in the middle of one, or
 * where a generator waits (build_body.c).
 *
 * At a loop's head the frame is CPython's: it has locals, and on its stack the iterators of the loops around, and those
 * of `with` and of handlers.  Native code takes them out of the frame, as it does with arguments that the function
 * changes.  An iterator that nobody else has is taken apart: how far it is goes into registers, and where CPython goes
 * on it gets another one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

static const enum known param_knowledge[VALUE_TYPE_COUNT] = {
	[VALUE_BIG] = KNOWN_INT,     [VALUE_LIST] = KNOWN_LIST,
	[VALUE_TUPLE] = KNOWN_TUPLE, [VALUE_DICT] = KNOWN_DICT,
	[VALUE_SET] = KNOWN_SET,     [VALUE_STR] = KNOWN_STR,
	[VALUE_BYTES] = KNOWN_BYTES, [VALUE_BYTEARRAY] = KNOWN_BYTEARRAY,
	[VALUE_LATIN1] = KNOWN_STR,
};

enum known param_known(enum value_type type)
{
	enum known buffer = known_buffer(type);
	return buffer != KNOWN_NONE ? buffer : param_knowledge[type];
}

/* Numbers: as operands of a direct call, and of objects. */
static const struct {
	enum av_kind kind;
	enum ir_op arg, unbox;
} numbers[VALUE_TYPE_COUNT] = {
	[VALUE_INT] = { AV_INT, IR_ARG_I64, IR_UNBOX_I64 },
	[VALUE_FLOAT] = { AV_FLOAT, IR_ARG_F64, IR_UNBOX_F64 },
	[VALUE_BOOL] = { AV_BOOL, IR_ARG_BOOL, IR_UNBOX_BOOL },
};

static struct av direct_param(struct builder *b, uint32_t operand)
{
	enum value_type type = b->input->params[operand];
	bool is_number = value_type_is_number(type);
	struct ir_instr *arg = emit0(b, is_number ? numbers[type].arg : IR_PARAM);
	arg->imm.index = operand;
	struct av v = av_of(is_number ? numbers[type].kind : AV_OBJECT, arg);
	v.known = param_known(type);
	return v;
}

/* What goes into *args and **kwargs, which are not made. */
static void rest_params(struct builder *b, struct av *ret)
{
	const struct rest *rest = &b->self->rest;
	uint32_t n = rest->n_values + rest->n_named, first = b->self->n_operands - n;
	struct av items[2 * MAX_REST];
	for (uint32_t i = 0; i < n; i++) {
		items[i] = direct_param(b, first + i);
		if (items[i].kind == AV_OBJECT && !(rest->kept >> i & 1))
			items[i].own = OWN_OWNED;
	}
	if (rest->has_values)
		*ret++ = av_of_items(b, rest->n_values, items);
	if (rest->has_named)
		*ret = av_of_keywords(b, rest->n_named, rest->names, items + rest->n_values);
}

/* The arguments of a function that is called directly: numbers are machine values already, and tuples of them are not
 * made. */
static void direct_params(struct builder *b, struct frame *top)
{
	const struct direct *d = b->self;
	uint32_t next = d->n_params;
	for (uint32_t i = 0; i < d->n_params && d->params[i] != VALUE_UNBOUND; i++) {
		top->locals[i] = direct_param(b, i);
		if (!d->n_items[i])
			continue;
		struct av items[MAX_TUPLE_ITEMS];
		uint32_t n = 0;
		if (d->records[i])
			items[n++] = record_class(b, d->records[i]);
		items[n++] = top->locals[i];
		for (uint32_t k = 1; k < d->n_items[i]; k++)
			items[n++] = direct_param(b, next++);
		top->locals[i] = av_of_items(b, n, items);
		top->locals[i].kind = d->records[i] ? AV_RECORD : AV_TUPLE;
		top->locals[i].tuple->record = d->records[i];
		top->locals[i].tuple->param = i + 1;
	}
	rest_params(b, &top->locals[d->n_params - d->rest.has_values - d->rest.has_named]);
	b->i = &top->code->instrs[0];
	b->exit = NULL;
	poll_here(b); /* recursion must not go on for ever either */
	b->i = NULL;
	b->exit = NULL;
}

static struct ir_instr **params_of(struct builder *b)
{
	struct ir_instr **params = ir_alloc(b->f, (b->input->n_params + 1) * sizeof(struct ir_instr *));
	for (uint32_t i = 0; i < b->input->n_params; i++) {
		params[i] = emit0(b, IR_PARAM);
		params[i]->imm.index = i;
	}
	return params;
}

/* What is in a local, as the specialization says. */
static void set_param(struct builder *b, struct av *local, struct ir_instr *param, enum value_type type)
{
	if (value_type_is_number(type)) {
		*local = av_of(numbers[type].kind, emit1(b, numbers[type].unbox, param));
		local->object = param;
		return;
	}
	*local = av_of(AV_OBJECT, param);
	(void)guard_known(b, local, param_known(type));
	if (type == VALUE_LATIN1)
		guard_latin1(b, local);
}

static void own_params(struct builder *b, struct frame *top)
{
	struct ir_instr **params = params_of(b);
	b->exit = exit_entry(b, params);
	for (uint32_t i = 0; i < b->input->n_params; i++)
		set_param(b, &top->locals[i], params[i], b->input->params[i]);
}

/* ---- a loop's head ----------------------------------------------------------- */

/* What nobody reads any more may be anything, also in the next frame. */
enum value_type *loop_params(const struct build_input *input)
{
	enum value_type *params = calloc(input->n_params + 1, sizeof(*params));
	struct bc_code *code = bc_decode(input->code);
	if (!params || !code)
		abort(); /* see ir_alloc() */
	uint32_t at = bc_index_of(code, input->loop->pc);
	for (uint32_t i = 0; i < input->n_params; i++) {
		bool plain = i < code->n_locals && !(code->local_kinds[i] & (BC_CELL | BC_FREE));
		params[i] = plain && !code->live[at * code->n_locals + i] ? VALUE_ANY : input->params[i];
	}
	bc_free(code);
	return params;
}

bool frame_keeps(const struct bc_code *code, uint32_t i)
{
	return (code->local_kinds[i] & BC_FREE) || (i < code->n_params && !code->assigned[i]) ||
	       (i == 0 && code->n_params > 0 && code->has_class);
}

struct ir_instr *take_arg(struct builder *b, uint32_t place)
{
	struct ir_instr *taken = emit0(b, IR_TAKE_ARG);
	taken->imm.index = place;
	return taken;
}

static void let_go(struct builder *b, struct ir_instr *object)
{
	emit1(b, IR_DECREF, object)->imm.index = b->input->loop->pc;
}

/* A local, or an entry of the stack, out of the frame. */
static void take_value(struct builder *b, uint32_t place, struct av *v)
{
	struct ir_instr *object = take_arg(b, place);
	if (v->object) {
		v->object = NULL;
		let_go(b, object);
	} else {
		v->v[0] = object;
		v->own = OWN_OWNED;
	}
}

static struct ir_instr *part_of(struct builder *b, enum ir_op op, struct ir_instr *iterator, uint32_t word)
{
	struct ir_instr *part = emit1(b, op, iterator);
	part->imm.index = word;
	return part;
}

/* Objects/rangeobject.c: _PyRangeIterObject. */
static struct av range_iterator(struct builder *b, struct ir_instr *iterator)
{
	enum { INDEX = 2, START, STEP, LENGTH }; /* words */
	struct ir_instr *index = part_of(b, IR_PART_I64, iterator, INDEX);
	struct ir_instr *step = part_of(b, IR_PART_I64, iterator, STEP);
	struct ir_instr *way = emit2(b, IR_I64_MUL_WRAP, index, step);
	struct av v = { .kind = AV_RANGE_ITER };
	v.v[0] = emit2(b, IR_I64_ADD_WRAP, part_of(b, IR_PART_I64, iterator, START), way);
	v.v[1] = emit2(b, IR_I64_SUB_WRAP, part_of(b, IR_PART_I64, iterator, LENGTH), index);
	v.v[2] = step;
	return v;
}

/* listiterobject of Objects/listobject.c, and that of tuples, which is the same. */
static struct av sequence_iterator(struct builder *b, struct ir_instr *iterator, enum known known)
{
	enum { INDEX = 2, SEQUENCE }; /* words */
	struct av v = { .kind = AV_SEQ_ITER, .known = known, .own = OWN_OWNED };
	v.v[0] = part_of(b, IR_PART_OBJ, iterator, SEQUENCE);
	v.v[1] = part_of(b, IR_PART_I64, iterator, INDEX);
	(void)emit1(b, IR_INCREF, v.v[0]);
	return v;
}

static struct av stack_value(struct builder *b, uint32_t place, enum value_type type)
{
	struct ir_instr *object = take_arg(b, place);
	struct av v = { .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED };
	switch (type) {
	case VALUE_RANGE_ITER: v = range_iterator(b, object); break;
	case VALUE_LIST_ITER: v = sequence_iterator(b, object, KNOWN_LIST); break;
	case VALUE_TUPLE_ITER: v = sequence_iterator(b, object, KNOWN_TUPLE); break;
	default: return v;
	}
	let_go(b, object);
	return v;
}

static void set_loop_local(struct builder *b, struct frame *top, uint32_t i, struct ir_instr *param)
{
	const enum value_type type = b->input->params[i];
	uint8_t kinds = top->code->local_kinds[i];
	struct av *local = &top->locals[i];
	if (type == VALUE_UNBOUND || (kinds & BC_FREE))
		*local = (struct av){ .kind = AV_UNBOUND };
	else if (kinds & BC_CELL)
		*local = av_of(AV_REAL_CELL, param);
	else
		set_param(b, local, param, type);
	if (type == VALUE_ANY)
		local->known = KNOWN_NULLABLE;
}

/* Exits of the entry leave the frame as it is. */
static void loop_begin(struct builder *b, struct frame *top)
{
	const struct bc_code *code = top->code;
	struct ir_instr **params = params_of(b);
	top->at = bc_index_of(code, b->input->loop->pc);
	b->exit = exit_loop(b, params);
	for (uint32_t i = 0; i < code->n_locals; i++) {
		set_loop_local(b, top, i, params[i]);
		top->cells_made |= (code->local_kinds[i] & BC_CELL) != 0;
	}
	for (uint32_t i = 0; i < code->n_locals; i++)
		if (top->locals[i].kind != AV_UNBOUND && !frame_keeps(code, i))
			take_value(b, i, &top->locals[i]);
	for (uint32_t i = 0; i < b->input->loop->n_stack; i++)
		push(b, stack_value(b, code->n_locals + i, b->input->params[code->n_locals + i]));
	b->exit = b->raise = NULL;
	b->i = NULL;
	go_to(b, top->at);
}

/* ---- the entry block --------------------------------------------------------- */

/* An argument that the function changes is the local's from now on, and dies when it does in CPython. */
static void take_params(struct builder *b, struct frame *top)
{
	const struct build_input *in = b->input;
	for (uint32_t i = 0; i < in->n_params; i++) {
		bool for_super = i == 0 && top->code->has_class;
		if (value_type_is_number(in->params[i]) || in->params[i] == VALUE_UNBOUND || !top->code->assigned[i] ||
		    for_super)
			continue;
		top->locals[i].v[0] = take_arg(b, i);
		top->locals[i].own = OWN_OWNED;
	}
}

struct frame *outermost_frame(struct builder *b)
{
	struct frame *top = ir_alloc(b->f, sizeof(*top));
	top->code = code_decoded(b, b->input->code);
	top->code_const = b->self ? b->self->code_const : UINT32_MAX;
	if (b->self) {
		top->root = b->self->root;
		top->n_path = b->self->n_path;
		memcpy(top->path, b->self->path, sizeof(top->path));
	}
	top->locals = ir_alloc(b->f, (top->code->n_locals + 1) * sizeof(struct av));
	top->stack = ir_alloc(b->f, (top->code->stack_size + 1) * sizeof(struct av));
	return top;
}

void build_entry(struct builder *b)
{
	const struct build_input *in = b->input;
	struct frame *top = b->top = outermost_frame(b);
	b->block = ir_block_new(b->f);
	if (!b->self && in->loop) {
		loop_begin(b, top);
		return;
	}
	if (!b->self && top->code->is_generator) {
		body_begin(b, params_of(b));
		return;
	}
	if (b->self)
		direct_params(b, top);
	else
		own_params(b, top);
	take_params(b, top);
	b->exit = NULL;
}
