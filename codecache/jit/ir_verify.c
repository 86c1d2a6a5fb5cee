/* ir_verify.c - the rules of the IR.
 *
 * Runs after each pass in developer builds and over IR that was read as text.  The first broken rule is the cause:
 * "b2: v5 i64.add: operand 1 is f64, i64 is needed".  Code that cannot be reached must be well-formed, but nothing is
 * known about what is defined there.  Dominators as in Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm".
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "common/cleanup.h"

struct verifier {
	const struct ir_function *f;
	struct cause *cause;
	const struct ir_instr **by_id; /* and which instruction has it */
	uint32_t *position;            /* in its block, by id */
	uint32_t *order;               /* of the blocks: reverse postorder number + 1, 0: cannot be reached */
	uint32_t *postorder;           /* blocks that can be reached */
	uint32_t n_reached;
	uint32_t *idom; /* by block */
};

static int broken(const struct verifier *v, const struct ir_instr *i, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int broken(const struct verifier *v, const struct ir_instr *i, const char *format, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	const char *op = ir_op_info[i->op].text;
	if (i->type == IR_VOID)
		return cause_set(v->cause, -EINVAL, "b%" PRIu32 ": %s: %s", i->block->id, op, text);
	return cause_set(v->cause, -EINVAL, "b%" PRIu32 ": v%" PRIu32 " %s: %s", i->block->id, i->id, op, text);
}

/* ---- instructions ---------------------------------------------------------- */

static enum ir_type letter_type(char letter)
{
	switch (letter) {
	case 'i': return IR_I64;
	case 'f': return IR_F64;
	case 'b': return IR_BOOL;
	case 'x': return IR_I128;
	case 'o': return IR_OBJ;
	default: return IR_VOID; /* any */
	}
}

static int check_operands(const struct verifier *v, const struct ir_instr *i)
{
	const char *operands = ir_op_info[i->op].operands;
	bool any_number = operands[0] == '~', any = operands[0] == '+';
	if (!any_number && !any && i->n_args != strlen(operands))
		return broken(v, i, "%" PRIu32 " operands, %zu are needed", i->n_args, strlen(operands));
	for (uint32_t a = 0; a < i->n_args; a++) {
		const struct ir_instr *arg = i->args[a];
		if (!arg->block || arg->id >= v->f->next_id || v->by_id[arg->id] != arg)
			return broken(v, i, "operand %" PRIu32 " is not in the function", a);
		enum ir_type needed = any_number ? i->type : any ? IR_VOID : letter_type(operands[a]);
		if (arg->type == IR_VOID)
			return broken(v, i, "operand %" PRIu32 " has no value", a);
		if (needed != IR_VOID && arg->type != needed)
			return broken(v, i, "operand %" PRIu32 " is %s, %s is needed", a, ir_type_words[arg->type],
				      ir_type_words[needed]);
	}
	return 0;
}

static int check_guard_function(const struct verifier *v, const struct ir_instr *i)
{
	const struct ir_function *f = ir_family_const(v->f);
	if (f->consts[i->imm.index].kind != UNIT_CONST_OBJECT)
		return broken(v, i, "c%" PRIu32 " is no code object", i->imm.index);
	if (i->args[1]->op != IR_CONST_I64 || i->args[2]->op != IR_CONST_I64)
		return broken(v, i, "its cache or its number of defaults is no constant");
	for (int64_t k = 1; k <= i->args[2]->imm.i; k++)
		if (i->imm.index + k >= f->n_consts || f->consts[i->imm.index + k].kind != UNIT_CONST_DEFAULT)
			return broken(v, i, "c%" PRId64 " is no default", i->imm.index + k);
	return 0;
}

/* Of a direct call, or of what belongs to one. */
static int check_call(const struct verifier *v, const struct ir_instr *i)
{
	const struct ir_function *f = ir_family_const(v->f);
	if (i->imm.index >= f->n_directs)
		return broken(v, i, "there is no direct function %" PRIu32, i->imm.index);
	const struct ir_function *to = f->directs[i->imm.index];
	if (i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW)
		return 0;
	if (ir_is_call_values(i->op) != (to->n_values > 0))
		return broken(v, i, "direct function %" PRIu32 " gives %" PRIu32 " values", i->imm.index, to->n_values);
	if (i->type != to->result)
		return broken(v, i, "direct function %" PRIu32 " gives %s", i->imm.index, ir_type_words[to->result]);
	uint32_t n = to->n_params + 1;
	uint32_t more = ir_is_call_try(i->op) ? IR_TRY_OPERANDS : 0;
	if (i->n_args != n + more)
		return broken(v, i, "%" PRIu32 " operands, %" PRIu32 " are needed", i->n_args, n + more);
	for (uint32_t a = n; a < n + more; a++)
		if (i->args[a]->op != IR_CONST_I64)
			return broken(v, i, a == n ? "its pc is no constant" : "its classes are no constant");
	static const enum ir_type numbers[VALUE_TYPE_COUNT] = {
		[VALUE_INT] = IR_I64, [VALUE_FLOAT] = IR_F64, [VALUE_BOOL] = IR_BOOL
	};
	for (uint32_t a = 1; a < n; a++) {
		enum value_type type = to->params[a - 1];
		if (i->args[a]->type != (value_type_is_number(type) ? numbers[type] : IR_OBJ))
			return broken(v, i, "operand %" PRIu32 " is %s", a, ir_type_words[i->args[a]->type]);
	}
	return 0;
}

static int check_const_index(const struct verifier *v, const struct ir_instr *i)
{
	const struct ir_function *f = ir_family_const(v->f);
	uint32_t index = i->imm.index;
	if (i->op == IR_PARAM)
		return index < v->f->n_params ? 0 : broken(v, i, "there is no parameter %" PRIu32, index);
	if (index >= f->n_consts)
		return broken(v, i, "there is no c%" PRIu32, index);
	bool is_name = f->consts[index].kind == UNIT_CONST_NAME;
	if (i->op == IR_CONST_OBJ)
		return 0;
	if (i->op == IR_GUARD_FUNCTION || i->op == IR_FUNCTION_IS)
		return check_guard_function(v, i);
	if (i->op == IR_CLASS_RECORD)
		return i->args[1]->op == IR_CONST_I64 ? 0 : broken(v, i, "its cache is no constant");
	if (!is_name)
		return broken(v, i, "c%" PRIu32 " is not a name", index);
	if (i->op == IR_GLOBAL_OBJ || i->op == IR_GUARD_GLOBAL) {
		if (i->args[0]->op != IR_CONST_I64)
			return broken(v, i, "its cache is no constant");
	}
	if (i->op == IR_GUARD_GLOBAL && (index + 1 >= f->n_consts || f->consts[index + 1].kind == UNIT_CONST_NAME))
		return broken(v, i, "no object follows c%" PRIu32, index);
	return 0;
}

/* One or two floats. */
static int check_f64_call(const struct verifier *v, const struct ir_instr *i)
{
	if (i->n_args != 1 && i->n_args != 2)
		return broken(v, i, "%" PRIu32 " operands", i->n_args);
	for (uint32_t a = 0; a < i->n_args; a++)
		if (i->args[a]->type != IR_F64)
			return broken(v, i, "operand %" PRIu32 " is no f64", a);
	return 0;
}

static int check_cache(const struct verifier *v, const struct ir_instr *i)
{
	return i->args[i->n_args - 1]->op == IR_CONST_I64 ? 0 : broken(v, i, "its cache is no constant");
}

static int check_operation(const struct verifier *v, const struct ir_instr *i)
{
	switch (i->op) {
	case IR_F64_CALL: return check_f64_call(v, i);
	case IR_MODULE_ATTR:
	case IR_ATTR_VALUE:
	case IR_ATTR_PUT_I64:
	case IR_ATTR_PUT_F64:
	case IR_ATTR_PUT_BOOL:
	case IR_CLASS_ATTR:
	case IR_ATTR_FUNCTION:
	case IR_GUARD_C: return check_cache(v, i);
	default: return 0;
	}
}

static int check_immediate(const struct verifier *v, const struct ir_instr *i)
{
	switch (ir_op_info[i->op].imm) {
	case IMM_INDEX: return check_const_index(v, i);
	case IMM_COUNT:
		return ir_is_call(i->op) || i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW ? check_call(v, i) : 0;
	case IMM_BOOL: return i->imm.i == 0 || i->imm.i == 1 ? 0 : broken(v, i, "neither 0 nor 1");
	default: return 0;
	}
}

static int check_exit(const struct verifier *v, const struct ir_instr *i)
{
	bool needed = ir_op_info[i->op].flags & IR_EXIT, sure = ir_op_info[i->op].flags & IR_SURE;
	if (!i->exit)
		return needed && !sure ? broken(v, i, "it needs an exit") : 0;
	if (!needed)
		return broken(v, i, "it cannot exit, but has e%" PRIu32, i->exit->number);
	if (i->exit->number >= v->f->n_exits || v->f->exits[i->exit->number] != i->exit)
		return broken(v, i, "its exit is not one of the function");
	return 0;
}

static int check_targets(const struct verifier *v, const struct ir_instr *i)
{
	int needed = i->op == IR_JUMP ? 1 : i->op == IR_BRANCH ? 2 : 0;
	int n = i->targets[0] ? 1 + !!i->targets[1] : 0;
	if (n != needed || (!i->targets[0] && i->targets[1]))
		return broken(v, i, "%d targets, %d are needed", n, needed);
	for (int t = 0; t < n; t++)
		if (i->targets[t]->id >= v->f->n_blocks || v->f->blocks[i->targets[t]->id] != i->targets[t])
			return broken(v, i, "target %d is not in the function", t);
	return 0;
}

static int check_instr(const struct verifier *v, const struct ir_instr *i)
{
	const struct ir_op_info *info = &ir_op_info[i->op];
	const struct ir_block *b = i->block;
	if (i->op == IR_PHI ? i->type == IR_VOID : i->type != info->result)
		return broken(v, i, "its type is %s", ir_type_words[i->type]);
	if (i->op == IR_PHI && i->prev && i->prev->op != IR_PHI)
		return broken(v, i, "a phi after other instructions");
	if (i->op == IR_PHI && i->n_args != b->n_preds)
		return broken(v, i, "%" PRIu32 " operands for %" PRIu32 " predecessors", i->n_args, b->n_preds);
	if ((info->flags & IR_TERM) && i->next)
		return broken(v, i, "in the middle of the block");
	if (!(info->flags & IR_TERM) && !i->next)
		return broken(v, i, "the block's last instruction does not end it");
	if (i->scratch)
		return broken(v, i, "scratch was left behind");
	int r = check_operands(v, i);
	if (r == 0)
		r = check_immediate(v, i);
	if (r == 0)
		r = check_operation(v, i);
	if (r == 0)
		r = check_exit(v, i);
	return r < 0 ? r : check_targets(v, i);
}

/* ---- blocks ---------------------------------------------------------------- */

static uint32_t count_edges(const struct ir_block *from, const struct ir_block *to)
{
	return from->last ? (from->last->targets[0] == to) + (uint32_t)(from->last->targets[1] == to) : 0;
}

static uint32_t count_preds(const struct ir_block *of, const struct ir_block *pred)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < of->n_preds; i++)
		n += of->preds[i] == pred;
	return n;
}

static int check_edges(const struct verifier *v, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n_preds; i++) {
		const struct ir_block *pred = b->preds[i];
		if (pred->id >= v->f->n_blocks || v->f->blocks[pred->id] != pred)
			return cause_set(v->cause, -EINVAL,
					 "b%" PRIu32 ": predecessor %" PRIu32 " is not in the function", b->id, i);
		uint32_t listed = count_preds(b, pred), edges = count_edges(pred, b);
		if (listed != edges)
			return cause_set(v->cause, -EINVAL,
					 "b%" PRIu32 ": b%" PRIu32 " is %" PRIu32
					 " times a predecessor, but goes there %" PRIu32 " times",
					 b->id, pred->id, listed, edges);
	}
	for (int t = 0; t < 2 && b->last->targets[t]; t++)
		if (count_preds(b->last->targets[t], b) == 0)
			return cause_set(v->cause, -EINVAL,
					 "b%" PRIu32 ": it goes to b%" PRIu32 ", but is not a predecessor there", b->id,
					 b->last->targets[t]->id);
	return 0;
}

/* What must hold before anything may be printed or followed: links, blocks, unique ids. */
static int check_links(struct verifier *v, const struct ir_block *b)
{
	if (b->scratch)
		return cause_set(v->cause, -EINVAL, "b%" PRIu32 ": scratch was left behind", b->id);
	if (!b->first)
		return cause_set(v->cause, -EINVAL, "b%" PRIu32 ": the block is empty", b->id);
	const struct ir_instr *prev = NULL;
	uint32_t position = 0;
	for (const struct ir_instr *i = b->first; i; prev = i, i = i->next) {
		if (i->op >= IR_OP_COUNT || i->type >= IR_TYPE_COUNT || i->block != b || i->prev != prev)
			return cause_set(v->cause, -EINVAL,
					 "b%" PRIu32 ": instruction %" PRIu32 " is not linked into the block", b->id,
					 position);
		if (i->id >= v->f->next_id)
			return broken(v, i, "its number is not below next_id %" PRIu32, v->f->next_id);
		if (v->by_id[i->id])
			return broken(v, i, "its number was given twice");
		v->by_id[i->id] = i;
		v->position[i->id] = position++;
	}
	if (b->last != prev)
		return cause_set(v->cause, -EINVAL, "b%" PRIu32 ": last is not the last instruction", b->id);
	return 0;
}

static int check_blocks(struct verifier *v)
{
	const struct ir_function *f = v->f;
	if (!f->n_blocks)
		return cause_set(v->cause, -EINVAL, "the function has no block");
	if (f->blocks[0]->n_preds)
		return cause_set(v->cause, -EINVAL, "b0: the entry has predecessors");
	int r = 0;
	for (uint32_t b = 0; r == 0 && b < f->n_blocks; b++)
		r = f->blocks[b]->id == b ? check_links(v, f->blocks[b])
					  : cause_set(v->cause, -EINVAL, "b%" PRIu32 ": it is block number %" PRIu32,
						      f->blocks[b]->id, b);
	for (uint32_t b = 0; r == 0 && b < f->n_blocks; b++)
		for (const struct ir_instr *i = f->blocks[b]->first; r == 0 && i; i = i->next)
			r = check_instr(v, i);
	for (uint32_t b = 0; r == 0 && b < f->n_blocks; b++)
		r = check_edges(v, f->blocks[b]);
	return r;
}

/* ---- states of exits ------------------------------------------------------- */

static int bad_state(const struct verifier *v, const struct ir_exit *e, const struct state_value *value,
		     const char *rule)
{
	return cause_set(v->cause, -EINVAL, "e%" PRIu32 ": %s: %s", e->number, state_kind_words[value->kind], rule);
}

static enum ir_type leaf_type(enum state_kind kind)
{
	switch (kind) {
	case STATE_U64:
	case STATE_I64: return IR_I64;
	case STATE_F64: return IR_F64;
	case STATE_BOOL: return IR_BOOL;
	case STATE_I128: return IR_I128;
	default: return IR_OBJ;
	}
}

static int check_leaf(const struct verifier *v, const struct ir_exit *e, const struct state_value *value)
{
	const struct ir_instr *i = value->instr;
	if (!i || !i->block || i->id >= v->f->next_id || v->by_id[i->id] != i)
		return bad_state(v, e, value, "its value is not in the function");
	if (i->type == leaf_type(value->kind))
		return 0;
	return cause_set(v->cause, -EINVAL, "e%" PRIu32 ": %s: v%" PRIu32 " is %s", e->number,
			 state_kind_words[value->kind], i->id, ir_type_words[i->type]);
}

static bool is_int(const struct state_value *value)
{
	return value->kind == STATE_I64 || value->kind == STATE_I128 || value->kind == STATE_BOOL ||
	       value->kind == STATE_CONST;
}

static const char *const child_rules[STATE_KIND_COUNT] = {
	[STATE_RANGE] = "its children must be ints",
	[STATE_RANGE_ITER] = "its children must be ints",
	[STATE_SLICE] = "its children must be ints",
	[STATE_COMPLEX] = "its children must be floats",
	[STATE_REV_ITER] = "its children must be an object and an int",
	[STATE_SEQ_ITER] = "its children must be an object and an int",
	[STATE_ENUMERATE] = "its children must be an object and ints",
	[STATE_ZIP] = "its children must be an object and an int",
	[STATE_FUNCTION] = "its child must be a tuple or unbound",
	[STATE_UNSEEN] = "its child must be an object",
	[STATE_MANAGER] = "its child must be a generator",
	[STATE_LEAVES] = "its child must be a generator",
	[STATE_CHAIN] = "its children must be an object and an iterator",
	[STATE_MIN] = "it has less than runtime_best() gets",
	[STATE_MAX] = "it has less than runtime_best() gets",
	[STATE_MAP] = "its children must be a function and an iterator",
	[STATE_FILTER] = "its children must be a function and an iterator",
	[STATE_COMPRESS] = "its children must be tuples",
	[STATE_RECORD] = "its first child must be a constant",
	[STATE_BOUND] = "its children must be objects",
	[STATE_KEYWORDS] = "a key has no value",
	[STATE_GENERATOR_NEW] = "its first child must be a function",
};

/* Whether the children are what the kind can be made from. */
static bool has_fitting_children(const struct state_value *value)
{
	struct state_value *const *c = value->children;
	switch (value->kind) {
	case STATE_RANGE:
	case STATE_SLICE:
	case STATE_RANGE_ITER: return is_int(c[0]) && is_int(c[1]) && is_int(c[2]);
	case STATE_COMPLEX: return c[0]->kind == STATE_F64 && c[1]->kind == STATE_F64;
	case STATE_ENUMERATE:
		return (c[0]->kind == STATE_OBJ || c[0]->kind == STATE_OWNED) && is_int(c[1]) && is_int(c[2]);
	case STATE_ZIP:
	case STATE_REV_ITER:
	case STATE_SEQ_ITER: return (c[0]->kind == STATE_OBJ || c[0]->kind == STATE_OWNED) && is_int(c[1]);
	case STATE_BOUND:
		return (c[0]->kind == STATE_OBJ || c[0]->kind == STATE_OWNED || c[0]->kind == STATE_CONST) &&
		       (c[1]->kind == STATE_OBJ || c[1]->kind == STATE_OWNED);
	case STATE_RECORD: return value->n_children > 1 && c[0]->kind == STATE_CONST;
	case STATE_KEYWORDS: return value->n_children % 2 == 0;
	case STATE_UNSEEN: return c[0]->kind == STATE_OBJ;
	case STATE_MANAGER:
	case STATE_LEAVES: return c[0]->kind == STATE_GENERATOR;
	case STATE_FUNCTION: return c[0]->kind == STATE_TUPLE || c[0]->kind == STATE_UNBOUND;
	case STATE_CHAIN:
		return (c[0]->kind == STATE_OBJ || c[0]->kind == STATE_OWNED || c[0]->kind == STATE_TUPLE ||
			c[0]->kind == STATE_RAISES || c[0]->kind == STATE_COMPRESS) &&
		       c[1]->kind != STATE_UNBOUND && c[1]->kind != STATE_NULL;
	case STATE_COMPRESS: return c[0]->kind == STATE_TUPLE && c[1]->kind == STATE_TUPLE;
	case STATE_MAP:
	case STATE_FILTER: return value->n_children >= 2;
	case STATE_MIN:
	case STATE_MAX: return value->n_children >= STATE_BEST_PARTS;
	case STATE_GENERATOR_NEW: return c[0]->kind == STATE_FUNCTION;
	default: return true;
	}
}

static int check_state_const(const struct verifier *v, const struct ir_exit *e, const struct state_value *value)
{
	const struct ir_function *f = ir_family_const(v->f);
	const struct unit_const *c = value->index < f->n_consts ? &f->consts[value->index] : NULL;
	if (!c)
		return bad_state(v, e, value, "there is no such constant");
	if (c->kind == UNIT_CONST_NAME)
		return bad_state(v, e, value, "its constant is a name");
	if (value->kind == STATE_FUNCTION && c->kind != UNIT_CONST_OBJECT)
		return bad_state(v, e, value, "its constant is not a code object");
	return 0;
}

static int check_frame(const struct verifier *v, const struct ir_exit *e, const struct state_frame *frame);

static int check_generator(const struct verifier *v, const struct ir_exit *e, const struct state_value *value)
{
	const struct ir_function *f = ir_family_const(v->f);
	uint32_t code = value->frame->code;
	if (code >= f->n_consts || f->consts[code].kind != UNIT_CONST_OBJECT)
		return bad_state(v, e, value, "its frame needs a code object");
	return check_frame(v, e, value->frame);
}

static bool is_key(const struct state_value *dict, uint32_t child)
{
	return dict->kind == STATE_KEYWORDS && child % 2 == 0;
}

static int check_key(const struct verifier *v, const struct ir_exit *e, const struct state_value *value)
{
	const struct ir_function *f = ir_family_const(v->f);
	bool is_name = value->kind == STATE_CONST && value->index < f->n_consts &&
		       f->consts[value->index].kind == UNIT_CONST_NAME;
	return is_name ? 0 : bad_state(v, e, value, "a key is no name");
}

static int check_state(const struct verifier *v, const struct ir_exit *e, const struct state_value *value)
{
	int8_t n = state_kind_children[value->kind];
	if (n >= 0 && value->n_children != (uint32_t)n)
		return cause_set(v->cause, -EINVAL, "e%" PRIu32 ": %s: %" PRIu32 " children, %d are needed", e->number,
				 state_kind_words[value->kind], value->n_children, n);
	if ((value->frame != NULL) != (value->kind == STATE_GENERATOR || value->kind == STATE_REST))
		return bad_state(v, e, value, value->frame ? "it has a frame" : "it needs a frame");
	int r = 0;
	if (ir_is_leaf(value->kind))
		r = check_leaf(v, e, value);
	else if (value->kind == STATE_CONST || value->kind == STATE_FUNCTION)
		r = check_state_const(v, e, value);
	else if (value->frame)
		r = check_generator(v, e, value);
	for (uint32_t i = 0; r == 0 && i < value->n_children; i++)
		r = is_key(value, i) ? check_key(v, e, value->children[i]) : check_state(v, e, value->children[i]);
	if (r == 0 && !has_fitting_children(value))
		r = bad_state(v, e, value, child_rules[value->kind]);
	return r;
}

static int check_frame(const struct verifier *v, const struct ir_exit *e, const struct state_frame *frame)
{
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < frame->n_locals; i++)
		r = frame->locals[i]->kind == STATE_NULL ? bad_state(v, e, frame->locals[i], "a local cannot be that")
							 : check_state(v, e, frame->locals[i]);
	for (uint32_t i = 0; r == 0 && i < frame->n_stack; i++)
		r = frame->stack[i]->kind == STATE_UNBOUND
			    ? bad_state(v, e, frame->stack[i], "the stack cannot have that")
			    : check_state(v, e, frame->stack[i]);
	return r;
}

static void leaf_count(struct state_value *leaf, void *data)
{
	(void)leaf;
	++*(size_t *)data;
}

static void leaf_collect(struct state_value *leaf, void *data)
{
	struct state_value ***next = data;
	*(*next)++ = leaf;
}

static int compare_pointers(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
	return x < y ? -1 : x > y;
}

/* A leaf has one slot, so it belongs to one place of one exit. */
static int check_sharing(const struct verifier *v)
{
	size_t n = 0;
	for (uint32_t e = 0; e < v->f->n_exits; e++)
		ir_exit_visit(v->f->exits[e], leaf_count, &n);
	cleanup_free struct state_value **leaves = calloc(n + 1, sizeof(struct state_value *));
	if (!leaves)
		abort();
	struct state_value **next = leaves;
	for (uint32_t e = 0; e < v->f->n_exits; e++)
		ir_exit_visit(v->f->exits[e], leaf_collect, &next);
	qsort(leaves, n, sizeof(struct state_value *), compare_pointers);
	for (size_t i = 1; i < n; i++)
		if (leaves[i] == leaves[i - 1])
			return cause_set(v->cause, -EINVAL,
					 "the leaf %s v%" PRIu32 " is in two places of exits' states",
					 state_kind_words[leaves[i]->kind], leaves[i]->instr->id);
	return 0;
}

static int check_exits(const struct verifier *v)
{
	const struct ir_function *f = v->f;
	if (!f->n_exits)
		return cause_set(v->cause, -EINVAL, "the function has no exit e0 for its entry");
	if (f->exits[0]->frame.pc != f->loop.pc)
		return cause_set(v->cause, -EINVAL, "e0: the entry's exit is at pc %" PRIu32 ", not %" PRIu32,
				 f->exits[0]->frame.pc, f->loop.pc);
	for (uint32_t e = 0; e < f->n_exits; e++) {
		const struct ir_exit *exit = f->exits[e];
		if (exit->number != e)
			return cause_set(v->cause, -EINVAL, "e%" PRIu32 ": it is exit number %" PRIu32, exit->number,
					 e);
		if (exit->frame.code != (f->family ? f->code_const : UINT32_MAX))
			return cause_set(v->cause, -EINVAL, "e%" PRIu32 ": its frame is not the function's own", e);
		int r = check_frame(v, exit, &exit->frame);
		if (r < 0)
			return r;
	}
	return check_sharing(v);
}

/* ---- dominance ------------------------------------------------------------- */

/* Depth first, with an explicit stack: functions may have thousands of blocks. */
static void number_blocks(struct verifier *v)
{
	const struct ir_function *f = v->f;
	cleanup_free uint32_t *stack = calloc(f->n_blocks + 1, sizeof(*stack));
	cleanup_free uint8_t *next = calloc(f->n_blocks + 1, sizeof(*next)); /* 1 + targets looked at; 0: new */
	if (!stack || !next)
		abort();
	uint32_t depth = 1;
	next[0] = 1;
	while (depth) {
		uint32_t b = stack[depth - 1];
		const struct ir_block *target = next[b] <= 2 ? f->blocks[b]->last->targets[next[b] - 1] : NULL;
		next[b]++;
		if (target && !next[target->id]) {
			next[target->id] = 1;
			stack[depth++] = target->id;
		} else if (!target) {
			v->postorder[v->n_reached++] = b;
			depth--;
		}
	}
	for (uint32_t i = 0; i < v->n_reached; i++)
		v->order[v->postorder[i]] = v->n_reached - i;
}

static uint32_t common_dominator(const struct verifier *v, uint32_t a, uint32_t b)
{
	while (a != b) {
		while (v->order[a] > v->order[b])
			a = v->idom[a];
		while (v->order[b] > v->order[a])
			b = v->idom[b];
	}
	return a;
}

static void find_dominators(struct verifier *v)
{
	number_blocks(v);
	for (uint32_t b = 0; b < v->f->n_blocks; b++)
		v->idom[b] = UINT32_MAX;
	v->idom[0] = 0;
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t n = v->n_reached - 1; n-- > 0;) { /* without the entry, which is the last */
			const struct ir_block *b = v->f->blocks[v->postorder[n]];
			uint32_t idom = UINT32_MAX;
			for (uint32_t p = 0; p < b->n_preds; p++) {
				uint32_t pred = b->preds[p]->id;
				if (v->idom[pred] != UINT32_MAX)
					idom = idom == UINT32_MAX ? pred : common_dominator(v, idom, pred);
			}
			changed |= idom != v->idom[b->id];
			v->idom[b->id] = idom;
		}
	}
}

static bool block_dominates(const struct verifier *v, uint32_t a, uint32_t b)
{
	while (v->order[b] > v->order[a])
		b = v->idom[b];
	return a == b;
}

/* Whether value is there when use, an instruction of a block that can be reached, is executed. */
static bool is_defined(const struct verifier *v, const struct ir_instr *value, const struct ir_instr *use)
{
	if (value->block == use->block)
		return v->position[value->id] < v->position[use->id];
	return v->order[value->block->id] && block_dominates(v, value->block->id, use->block->id);
}

struct leaf_check {
	const struct verifier *v;
	const struct ir_instr *use;
	int result;
};

static void leaf_check(struct state_value *leaf, void *data)
{
	struct leaf_check *check = data;
	if (check->result == 0 && !is_defined(check->v, leaf->instr, check->use))
		check->result = broken(check->v, check->use, "v%" PRIu32 " of e%" PRIu32 " is not defined here",
				       leaf->instr->id, check->use->exit->number);
}

static int check_uses(const struct verifier *v, const struct ir_instr *i)
{
	for (uint32_t a = 0; a < i->n_args; a++) {
		const struct ir_instr *use = i;
		if (i->op == IR_PHI) {
			const struct ir_block *pred = i->block->preds[a];
			if (!v->order[pred->id])
				continue;
			use = pred->last;
		}
		if (!is_defined(v, i->args[a], use))
			return broken(v, i, "v%" PRIu32 " is not defined %s", i->args[a]->id,
				      i->op == IR_PHI ? "at the end of the predecessor" : "here");
	}
	if (!i->exit)
		return 0;
	struct leaf_check check = { v, i, 0 };
	ir_exit_visit(i->exit, leaf_check, &check);
	return check.result;
}

static int check_dominance(struct verifier *v)
{
	find_dominators(v);
	ir_for_each_block (v->f, b) {
		if (!v->order[b->id])
			continue;
		ir_for_each_instr (b, i) {
			int r = check_uses(v, i);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static void *alloc_array(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	if (!p)
		abort();
	return p;
}

int ir_verify(const struct ir_function *f, struct cause *cause)
{
	struct verifier v = { .f = f, .cause = cause };
	v.by_id = alloc_array(f->next_id, sizeof(*v.by_id));
	v.position = alloc_array(f->next_id, sizeof(*v.position));
	v.order = alloc_array(f->n_blocks, sizeof(*v.order));
	v.postorder = alloc_array(f->n_blocks, sizeof(*v.postorder));
	v.idom = alloc_array(f->n_blocks, sizeof(*v.idom));
	int r = check_blocks(&v);
	if (r == 0)
		r = check_exits(&v);
	if (r == 0)
		r = check_dominance(&v);
	free(v.by_id);
	free(v.position);
	free(v.order);
	free(v.postorder);
	free(v.idom);
	return r;
}
