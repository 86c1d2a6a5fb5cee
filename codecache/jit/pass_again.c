/* pass_again.c - what was read, asked or computed before, and cannot have changed since, is not done again.
 *
 * Mostly these are attributes: `self.data[i]` in one method after the other that is built into a loop is one load of
 * `data`. gcc cannot tell, since a cache that does not fit calls a function of the runtime, which might change anything
 * as far as gcc knows.
 *
 * Memory has a number at each point, which changes with whatever may change something: two numbers, in fact, for there
 * is much that changes items of lists, and numbers' objects, and nothing else.  Where ways meet it is a new one unless
 * all bring the same; a loop always looks at the eval breaker, where other threads may run. */
#include "config.h"

#include <string.h>

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"

/* Numbers of what memory is like. */
struct memory {
	uint32_t objects, items; /* the second changes with the first */
};

struct seen {
	struct seen *next; /* of the same bucket */
	struct ir_instr *instr;
	struct memory memory;
};

enum { BUCKETS = 256 };

struct again {
	struct ir_function *f;
	const struct ir_loops *loops;
	struct memory *out; /* by block id; 0: the block was not looked at yet */
	struct seen *buckets[BUCKETS];
};

/* ---- what changes it --------------------------------------------------------- */

enum change { CHANGE_NONE, CHANGE_ITEMS, CHANGE_ALL };

static enum change change(const struct ir_instr *i)
{
	switch (i->op) {
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_LIST_APPEND:
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64:
	case IR_INTS_SET:
	case IR_INTS_APPEND:
	case IR_FLOATS_SET:
	case IR_FLOATS_APPEND:
	case IR_DATA_SET_INT:
	case IR_DATA_SET_FLOAT:
	case IR_STORE_INT:
	case IR_STORE_FLOAT:
	case IR_ARRAY_APPEND_INT:
	case IR_ARRAY_APPEND_FLOAT:
	case IR_BYTEARRAY_APPEND: return CHANGE_ITEMS;
	case IR_FRAME_AT:
	case IR_FRAME_ENDS:
	case IR_INCREF:
	case IR_TAKE_ARG:
	case IR_RT_SECOND: return CHANGE_NONE;
	case IR_DECREF: return ir_is_quiet_decref(i) ? CHANGE_NONE : CHANGE_ALL;
	case IR_RT_OBJ: return ir_is_box(i) ? CHANGE_NONE : CHANGE_ALL;
	case IR_POLL: return CHANGE_ALL;
	default: return ir_op_info[i->op].flags & IR_WRITE ? CHANGE_ALL : CHANGE_NONE;
	}
}

static void see(struct again *a, struct memory *memory, const struct ir_instr *i)
{
	enum change how = change(i);
	if (how == CHANGE_NONE)
		return;
	memory->items = 1 + a->f->n_blocks + i->id;
	if (how == CHANGE_ALL)
		memory->objects = memory->items;
}

/* What it is like where the block begins. */
static struct memory before(const struct again *a, const struct ir_block *b)
{
	struct memory memory = { 1 + b->id, 1 + b->id }, first = b->n_preds ? a->out[b->preds[0]->id] : memory;
	bool objects = true, items = true;
	for (uint32_t p = 0; p < b->n_preds; p++) {
		const struct memory *out = &a->out[b->preds[p]->id];
		objects &= out->objects != 0 && out->objects == first.objects;
		items &= out->items != 0 && out->items == first.items;
	}
	memory.objects = objects ? first.objects : memory.objects;
	memory.items = items && objects ? first.items : memory.items;
	return memory;
}

/* ---- what reads it ------------------------------------------------------------ */

static bool may_be_the_same(const struct ir_instr *i)
{
	switch (i->op) {
	case IR_PHI:
	case IR_PARAM:
	case IR_POLL:
	case IR_ANCHOR:
	case IR_ASK:
	case IR_PART_I64: /* a count of references, say */
	case IR_PART_OBJ:
	case IR_CONST_I64:
	case IR_CONST_F64:
	case IR_CONST_BOOL:
	case IR_CONST_OBJ:
	case IR_CONST_NULL: return false;
	case IR_TYPE_METHOD: /* their caches are filled then */
	case IR_TYPE_METHOD_OF_TWO:
	case IR_CLASS_METHOD:
	case IR_CLASS_RECORD:
	case IR_OBJ_TYPE_IS: return true;
	default: return !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT | IR_TERM));
	}
}

enum reads { READS_NOTHING, READS_OBJECTS, READS_ITEMS };

static enum reads reads(const struct ir_instr *i)
{
	bool of_objects = false;
	switch (i->op) {
	case IR_ATTR_VALUE:
	case IR_ATTR_FUNCTION:
	case IR_TYPE_FUNCTION:
	case IR_TYPE_METHOD:
	case IR_TYPE_METHOD_OF_TWO:
	case IR_CLASS_METHOD:
	case IR_CLASS_RECORD:
	case IR_OBJ_TYPE_IS:
	case IR_GLOBAL_OBJ:
	case IR_GUARD_GLOBAL:
	case IR_GUARD_CALLS:
	case IR_MODULE_ATTR:
	case IR_CLASS_ATTR:
	case IR_GUARD_C:
	case IR_GUARD_FUNCTION:
	case IR_FUNCTION_CELL:
	case IR_CLOSURE_CELL:
	case IR_CELL_VALUE: return READS_OBJECTS;
	case IR_GUARD_TYPE:
	case IR_TYPE_IS:
	case IR_GUARD_SET:
	case IR_OBJ_IS:
	case IR_OBJ_IS_NULL:
	case IR_TUPLE_LEN:
	case IR_TUPLE_ITEM:
	case IR_TUPLE_AT:
	case IR_STR_LEN:
	case IR_STR_AT: return READS_NOTHING;
	default:
		for (uint32_t k = 0; k < i->n_args; k++)
			of_objects |= i->args[k]->type == IR_OBJ;
		return of_objects ? READS_ITEMS : READS_NOTHING;
	}
}

/* How many operands say what it is: not where its cache is. */
static uint32_t operands(const struct ir_instr *i)
{
	switch (i->op) {
	case IR_GLOBAL_OBJ:
	case IR_GUARD_GLOBAL: return 0;
	case IR_GUARD_FUNCTION:
	case IR_GUARD_C: return 1;
	case IR_ATTR_VALUE:
	case IR_ATTR_FUNCTION:
	case IR_TYPE_FUNCTION:
	case IR_TYPE_METHOD:
	case IR_CLASS_METHOD:
	case IR_MODULE_ATTR:
	case IR_CLASS_ATTR: return 2;
	case IR_TYPE_METHOD_OF_TWO: return 3;
	default: return i->n_args;
	}
}

static bool is_same(const struct ir_instr *a, const struct ir_instr *b)
{
	if (a->op != b->op || a->type != b->type || a->n_args != b->n_args ||
	    memcmp(&a->imm, &b->imm, sizeof(a->imm)) != 0)
		return false;
	for (uint32_t k = 0; k < operands(a); k++)
		if (ir_resolved(a->args[k]) != ir_resolved(b->args[k]))
			return false;
	return true;
}

static struct seen **bucket(struct again *a, const struct ir_instr *i)
{
	uint32_t hash = (uint32_t)i->op * 31 + i->imm.index;
	for (uint32_t k = 0; k < operands(i); k++)
		hash = hash * 31 + ir_resolved(i->args[k])->id;
	return &a->buckets[hash % BUCKETS];
}

/* The same, done before on all ways; NULL: none. */
static struct ir_instr *find(struct again *a, const struct ir_instr *i, struct memory memory)
{
	enum reads what = reads(i);
	for (const struct seen *s = *bucket(a, i); s; s = s->next) {
		if ((what != READS_NOTHING && s->memory.objects != memory.objects) ||
		    (what == READS_ITEMS && s->memory.items != memory.items))
			continue;
		if (is_same(s->instr, i) && ir_dominates(a->loops, s->instr->block, i->block))
			return s->instr;
	}
	return NULL;
}

static void look_at(struct again *a, struct ir_instr *i, struct memory memory)
{
	struct ir_instr *same = find(a, i, memory);
	if (same) {
		i->scratch = same;
		ir_remove(i);
		return;
	}
	struct seen **first = bucket(a, i), *s = ir_alloc(a->f, sizeof(*s));
	*s = (struct seen){ *first, i, memory };
	*first = s;
}

void pass_again(struct ir_function *f)
{
	struct again a = { .f = f, .loops = ir_loops_find(f) };
	a.out = ir_alloc(f, f->n_blocks * sizeof(*a.out));
	for (uint32_t o = 0; o < a.loops->n_order; o++) {
		struct ir_block *b = a.loops->order[o];
		struct memory memory = before(&a, b);
		ir_for_each_instr (b, i) {
			if (may_be_the_same(i))
				look_at(&a, i, memory);
			see(&a, &memory, i);
		}
		a.out[b->id] = memory;
	}
	ir_replace_uses(f);
}
