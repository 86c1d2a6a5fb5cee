/* emit.c - IR functions to an object file: contexts, options, functions, blocks, edges and exits; what each operation
 * becomes is in emit_ops.c.
 *
 * Each IR block is a gcc block (more if operations in it can exit), each value a local variable: gcc's own SSA
 * construction makes registers of them.  Phis become copies on the edges.  Values go to the slots of struct side_exit
 * only in the exits' blocks, which are cold: what only an exit needs, gcc sinks there.
 *
 * The code runs wherever the loader puts it: it is position independent, calls nothing but through struct rt, and must
 * not make gcc call anything on its own (no memcpy, no libgcc), so that an object file has only section-local
 * relocations. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/emit.h"
#include "codecache/jit/rt.h"
#include "codecache/jit/emit_priv.h"
#include "codecache/jit/gcc_memory.h"
#include "common/cleanup.h"

_Static_assert(offsetof(struct side_exit, slot) == 8 && sizeof(union side_exit_slot) == 8,
	       "struct side_exit is written as an array of words");

/* Python's semantics are not C's: ints wrap where an operation says so, doubles are never contracted to FMA. The rest
 * keeps the object free of what the loader does not need and of calls. */
static const char *const gcc_options[] = {
	"-fwrapv",
	"-fno-strict-aliasing",
	"-ffp-contract=off",
	"-fno-math-errno",
	"-fno-asynchronous-unwind-tables",
	"-fno-unwind-tables",
	"-fno-stack-protector",
	"-fcf-protection=none",
	"-fno-tree-loop-distribute-patterns",
	"-fno-jump-tables",
	"-fno-plt",
	"-mcmodel=small",
	/* passes that cost more time than they gain here */
	"-fno-tree-pre",
	"-fno-code-hoisting",
	"-fno-tree-tail-merge",
	"-fno-crossjumping",
	"-fno-tree-sra",
	"-fno-tree-pta",
	"-fno-tree-ter",
	"-fno-tree-reassoc",
	"-fno-tree-dominator-opts",
	"-fno-ipa-modref",
	"-fno-ipa-pure-const",
	/* passes that find nothing in what is emitted, or next to nothing */
	"-fno-tree-bit-ccp",
	"-fno-tree-dse",
	"-fno-tree-slsr",
	"-fno-dse",
	"-fno-dce",
};

/* Passes of -O2 and -O3 that -O1 lacks and that gain here.  With them it takes two thirds of the time of -O3 and its
 * code is as fast (make bench-kernels): loops whose rare ways call something need -fcaller-saves most. */
static const char *const gcc_options_o1[] = {
	"-fcaller-saves", "-ftree-vrp",      "-ftree-loop-vectorize", "-fvect-cost-model=dynamic",
	"-fthread-jumps", "-fstore-merging",
};

static void *alloc_array(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	if (!p)
		abort();
	return p;
}

/* ---- types ----------------------------------------------------------------- */

static gcc_jit_type *letter_type(const struct emit_unit *u, char letter)
{
	switch (letter) {
	case 'i':
	case 'C': return u->i64;
	case 'd': return u->f64;
	case 'b': return u->c_int;
	case 'I': return gcc_jit_type_get_pointer(u->i64);
	case 'D': return gcc_jit_type_get_pointer(u->f64);
	case 'O': return gcc_jit_type_get_pointer(u->void_ptr);
	default: return u->void_ptr; /* o, v */
	}
}

static gcc_jit_field *rt_field(const struct emit_unit *u, const char *name, char result, const char *letters)
{
	gcc_jit_type *parameters[8];
	int n = 0;
	for (; *letters; letters++) {
		parameters[n++] = letter_type(u, *letters);
		if (*letters == 'V') /* a vector and its length */
			parameters[n++] = u->i64;
	}
	gcc_jit_type *type =
		gcc_jit_context_new_function_ptr_type(u->context, NULL, letter_type(u, result), n, parameters, 0);
	return gcc_jit_context_new_field(u->context, NULL, type, name);
}

static gcc_jit_field *rt_array(const struct emit_unit *u, int n, const char *name)
{
	gcc_jit_type *type = gcc_jit_context_new_array_type(u->context, NULL, u->void_ptr, n);
	return gcc_jit_context_new_field(u->context, NULL, type, name);
}

static void unit_init(struct emit_unit *u, gcc_jit_context *context)
{
	u->context = context;
	u->void_ptr = gcc_jit_context_get_type(context, GCC_JIT_TYPE_VOID_PTR);
	/* long, as the overflow builtins have it */
	u->i64 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_LONG);
	u->u32 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_UINT32_T);
	u->u8 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_UINT8_T);
	u->u64 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_UNSIGNED_LONG);
	u->f64 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_DOUBLE);
	u->boolean = gcc_jit_context_get_type(context, GCC_JIT_TYPE_BOOL);
	u->i128 = gcc_jit_context_get_type(context, GCC_JIT_TYPE_INT128_T);
	u->c_int = gcc_jit_context_get_type(context, GCC_JIT_TYPE_INT);
	u->char_ptr = gcc_jit_type_get_pointer(gcc_jit_context_get_type(context, GCC_JIT_TYPE_CHAR));
	u->nothing = gcc_jit_context_get_type(context, GCC_JIT_TYPE_VOID);
	u->volatile_ptr = gcc_jit_type_get_pointer(gcc_jit_type_get_volatile(gcc_jit_type_get_const(u->nothing)));
	u->expect = gcc_jit_context_get_builtin_function(context, "__builtin_expect");
	u->load_4 = gcc_jit_context_get_builtin_function(context, "__atomic_load_4");
	u->store_8 = gcc_jit_context_get_builtin_function(context, "__atomic_store_8");
	enum { N_DATA = 6 };
	gcc_jit_field *fields[N_DATA + RT_MEMBER_COUNT];
	fields[0] = u->rt_breaker = gcc_jit_context_new_field(context, NULL, u->volatile_ptr, "eval_breaker");
	fields[1] = u->rt_thread = gcc_jit_context_new_field(context, NULL, u->void_ptr, "thread");
	fields[2] = u->rt_deep = gcc_jit_context_new_field(context, NULL, u->void_ptr, "deep");
	fields[3] = u->rt_types = rt_array(u, RT_TYPE_COUNT, "types");
	fields[4] = u->rt_chars = rt_array(u, RT_CHARS, "chars");
	fields[5] = u->rt_small_ints = rt_array(u, RT_SMALL_INTS, "small_ints");
#define X(name, result, letters, parameters) \
	fields[N_DATA + RT_MEMBER_##name] = u->rt_fields[RT_MEMBER_##name] = rt_field(u, #name, (#result)[0], letters);
	RT_FUNCTIONS(X)
#undef X
	gcc_jit_struct *rt = gcc_jit_context_new_struct_type(context, NULL, "rt", N_DATA + RT_MEMBER_COUNT, fields);
	u->rt_ptr = gcc_jit_type_get_pointer(gcc_jit_struct_as_type(rt));
}

/* ---- values ---------------------------------------------------------------- */

/* Constants have no variable: each would be a statement, which gcc's first passes take time to do away with. */
static bool is_constant(const struct ir_instr *i)
{
	return i->op == IR_CONST_I64 || i->op == IR_CONST_F64 || i->op == IR_CONST_BOOL || i->op == IR_CONST_NULL;
}

static gcc_jit_rvalue *constant_value(const struct emitter *e, const struct ir_instr *i)
{
	gcc_jit_context *c = e->u->context;
	gcc_jit_type *type = emit_type(e->u, i->type);
	switch (i->op) {
	case IR_CONST_F64: return gcc_jit_context_new_rvalue_from_double(c, type, i->imm.f);
	case IR_CONST_NULL: return gcc_jit_context_null(c, type);
	default: return emit_constant(e, type, i->imm.i);
	}
}

gcc_jit_rvalue *emit_value(const struct emitter *e, const struct ir_instr *i)
{
	return is_constant(i) ? constant_value(e, i) : gcc_jit_lvalue_as_rvalue(e->values[i->id]);
}

void emit_result(struct emitter *e, const struct ir_instr *i, gcc_jit_rvalue *value)
{
	gcc_jit_block_add_assignment(e->block, e->location, e->values[i->id], value);
}

static gcc_jit_lvalue *new_local(const struct emitter *e, gcc_jit_type *type, const char *prefix, uint32_t id)
{
	char name[32];
	(void)snprintf(name, sizeof(name), "%s%u", prefix, id);
	return gcc_jit_function_new_local(e->function, NULL, type, name);
}

/* ---- blocks and edges ------------------------------------------------------ */

gcc_jit_block *emit_new_block(struct emitter *e)
{
	return gcc_jit_function_new_block(e->function, NULL);
}

void emit_unlikely(struct emitter *e, gcc_jit_rvalue *condition, gcc_jit_block *yes, gcc_jit_block *no)
{
	gcc_jit_context *c = e->u->context;
	gcc_jit_rvalue *args[] = { emit_cast(e, condition, e->u->i64), emit_constant(e, e->u->i64, 0) };
	gcc_jit_rvalue *likely = gcc_jit_context_new_call(c, NULL, e->u->expect, 2, args);
	condition = gcc_jit_context_new_comparison(c, NULL, GCC_JIT_COMPARISON_NE, likely, args[1]);
	gcc_jit_block_end_with_conditional(e->block, e->location, condition, yes, no);
}

void emit_exit_if(struct emitter *e, const struct ir_instr *i, gcc_jit_rvalue *condition)
{
	if (!i->exit)
		return; /* proved to be false */
	gcc_jit_block *next = emit_new_block(e);
	emit_unlikely(e, condition, emit_exit_block(e, i->exit), next);
	e->block = next;
}

gcc_jit_block *emit_exit_block(struct emitter *e, const struct ir_exit *exit)
{
	if (!e->exits[exit->number])
		e->exits[exit->number] = emit_new_block(e);
	return e->exits[exit->number];
}

/* Which operand of the target's phis comes over this edge.  A branch with both targets there is there twice. */
static uint32_t phi_operand(const struct ir_instr *i, int target)
{
	const struct ir_block *to = i->targets[target];
	bool second = target == 1 && i->targets[0] == to;
	for (uint32_t p = 0; p < to->n_preds; p++) {
		if (to->preds[p] != i->block)
			continue;
		if (!second)
			return p;
		second = false;
	}
	abort(); /* the verifier has checked it */
}

/* Whether a phi of to is an operand of another one there, which must be read before the first of them is written. */
static bool is_phi_of(const struct ir_instr *value, const struct ir_block *to)
{
	return value->op == IR_PHI && value->block == to;
}

/* The phis of a block change at once. */
static void emit_phis(struct emitter *e, const struct ir_instr *i, int target)
{
	const struct ir_block *to = i->targets[target];
	if (to->first->op != IR_PHI)
		return;
	uint32_t operand = phi_operand(i, target);
	for (const struct ir_instr *phi = to->first; phi && phi->op == IR_PHI; phi = phi->next)
		if (phi->args[operand] != phi && is_phi_of(phi->args[operand], to))
			gcc_jit_block_add_assignment(e->block, NULL, (gcc_jit_lvalue *)phi->scratch,
						     emit_value(e, phi->args[operand]));
	for (const struct ir_instr *phi = to->first; phi && phi->op == IR_PHI; phi = phi->next) {
		const struct ir_instr *value = phi->args[operand];
		if (value != phi)
			gcc_jit_block_add_assignment(e->block, NULL, e->values[phi->id],
						     is_phi_of(value, to)
							     ? gcc_jit_lvalue_as_rvalue((gcc_jit_lvalue *)phi->scratch)
							     : emit_value(e, value));
	}
}

void emit_way(struct emitter *e, const struct ir_instr *i)
{
	emit_phis(e, i, 0);
	gcc_jit_block_end_with_jump(e->block, NULL, e->blocks[i->targets[0]->id]);
}

gcc_jit_block *emit_edge(struct emitter *e, const struct ir_instr *i, int target)
{
	const struct ir_block *to = i->targets[target];
	if (to->first->op != IR_PHI)
		return e->blocks[to->id];
	gcc_jit_block *from = e->block, *edge = emit_new_block(e);
	e->block = edge;
	emit_phis(e, i, target);
	gcc_jit_block_end_with_jump(edge, NULL, e->blocks[to->id]);
	e->block = from;
	return edge;
}

/* ---- exits ----------------------------------------------------------------- */

static gcc_jit_lvalue *exit_word(const struct emitter *e, uint32_t word, gcc_jit_type *type)
{
	gcc_jit_context *c = e->u->context;
	gcc_jit_rvalue *base =
		gcc_jit_context_new_cast(c, NULL, gcc_jit_lvalue_as_rvalue(e->exit), gcc_jit_type_get_pointer(type));
	return gcc_jit_context_new_array_access(c, NULL, base, emit_constant(e, e->u->i64, word));
}

static void store(const struct emitter *e, uint32_t word, gcc_jit_type *type, gcc_jit_rvalue *value)
{
	gcc_jit_block_add_assignment(e->block, NULL, exit_word(e, word, type), value);
}

static void leaf_store(const struct emitter *e, const struct state_value *leaf)
{
	const struct emit_unit *u = e->u;
	gcc_jit_rvalue *value = emit_value(e, leaf->instr);
	uint32_t word = 1 + leaf->slot;
	switch (leaf->instr->type) {
	case IR_BOOL: store(e, word, u->i64, emit_cast(e, value, u->i64)); break;
	case IR_I128:
		store(e, word, u->i64, emit_cast(e, value, u->i64));
		value = emit_binary(e, GCC_JIT_BINARY_OP_RSHIFT, u->i128, value, emit_constant(e, u->i128, 64));
		store(e, word + 1, u->i64, emit_cast(e, value, u->i64));
		break;
	default: store(e, word, emit_type(u, leaf->instr->type), value); break;
	}
}

/* Atomic, or gcc joins the ends of the exits and makes their numbers ready in hot code (e1's from an overflow flag). */
static void emit_atomic_store(const struct emitter *e, gcc_jit_rvalue *pointer, int64_t value)
{
	gcc_jit_context *c = e->u->context;
	gcc_jit_rvalue *args[] = {
		emit_cast(e, pointer, gcc_jit_type_get_pointer(gcc_jit_type_get_volatile(e->u->nothing))),
		emit_constant(e, gcc_jit_context_get_type(c, GCC_JIT_TYPE_LONG_LONG), value),
		emit_constant(e, e->u->c_int, __ATOMIC_RELAXED),
	};
	gcc_jit_block_add_eval(e->block, NULL, gcc_jit_context_new_call(c, NULL, e->u->store_8, 3, args));
}

/* What is returned with an exit. */
static gcc_jit_rvalue *nothing(const struct emitter *e)
{
	if (!e->f->family || e->f->result == IR_OBJ)
		return gcc_jit_context_null(e->u->context, e->u->void_ptr);
	return gcc_jit_context_zero(e->u->context, emit_type(e->u, e->f->result));
}

/* A store that exits make, behind those of higher slots.  Neighbours have most of their lower slots in common, and
 * share the code for these: a tree, at whose root they return.  They are most of what is emitted. */
struct exit_store {
	struct exit_store *next;             /* of a lower slot, or the root */
	struct exit_store *before, *sibling; /* those that it follows, a list */
	const struct state_value *leaf;      /* NULL: the root */
	uint32_t n_users;
	gcc_jit_block *block; /* where it begins, if several lead there */
};

struct exit_stores {
	const struct state_value **of_slot; /* of the exit at hand; NULL: nothing, or a second word */
	struct exit_store *all;             /* [0] is the root; each is behind its next one */
	uint32_t n;
};

static void leaf_note(struct state_value *leaf, void *data)
{
	const struct exit_stores *stores = data;
	stores->of_slot[leaf->slot] = leaf;
}

static struct exit_store *store_before(struct exit_stores *stores, struct exit_store *next,
				       const struct state_value *leaf)
{
	for (struct exit_store *s = next->before; s; s = s->sibling)
		if (s->leaf->instr == leaf->instr && s->leaf->slot == leaf->slot)
			return s;
	struct exit_store *s = &stores->all[stores->n++];
	*s = (struct exit_store){ .next = next, .sibling = next->before, .leaf = leaf };
	next->before = s;
	next->n_users++;
	return s;
}

/* The first store of that exit. */
static struct exit_store *exit_first_store(struct exit_stores *stores, struct ir_exit *exit)
{
	memset(stores->of_slot, 0, exit->n_slots * sizeof(stores->of_slot[0]));
	ir_exit_visit(exit, leaf_note, stores);
	struct exit_store *first = &stores->all[0];
	for (uint32_t i = 0; i < exit->n_slots; i++)
		if (stores->of_slot[i])
			first = store_before(stores, first, stores->of_slot[i]);
	first->n_users++;
	return first;
}

/* On to code that is shared. */
static void emit_stores(struct emitter *e, struct exit_store *s)
{
	for (; s->leaf && s->n_users == 1; s = s->next)
		leaf_store(e, s->leaf);
	if (!s->block)
		s->block = emit_new_block(e);
	gcc_jit_block_end_with_jump(e->block, NULL, s->block);
}

static void emit_shared_stores(struct emitter *e, const struct exit_stores *stores)
{
	for (uint32_t i = stores->n; i-- > 0;) {
		const struct exit_store *s = &stores->all[i];
		if (!s->block)
			continue;
		e->block = s->block;
		if (s->leaf) {
			leaf_store(e, s->leaf);
			emit_stores(e, s->next);
		} else {
			emit_need_frame(e);
			gcc_jit_block_end_with_return(e->block, NULL, nothing(e));
		}
	}
}

static void emit_exits(struct emitter *e)
{
	uint32_t most = 0, together = 0;
	for (uint32_t x = 0; x < e->f->n_exits; x++) {
		uint32_t n = e->f->exits[x]->n_slots;
		most = n > most ? n : most;
		together += n;
	}
	struct exit_stores stores = { .of_slot = alloc_array(most, sizeof(stores.of_slot[0])),
				      .all = alloc_array(together + 1, sizeof(stores.all[0])),
				      .n = 1 };
	struct exit_store **first = alloc_array(e->f->n_exits, sizeof(first[0]));
	for (uint32_t x = 0; x < e->f->n_exits; x++)
		if (e->exits[x])
			first[x] = exit_first_store(&stores, e->f->exits[x]);
	for (uint32_t x = 0; x < e->f->n_exits; x++) {
		if (!e->exits[x])
			continue;
		e->block = e->exits[x];
		emit_atomic_store(e, gcc_jit_lvalue_as_rvalue(e->exit), e->f->exit_base + x);
		emit_stores(e, first[x]);
	}
	emit_shared_stores(e, &stores);
	free(stores.of_slot);
	free(stores.all);
	free(first);
}

/* ---- functions ------------------------------------------------------------- */

static gcc_jit_location *location_of(const struct emitter *e, uint32_t line)
{
	const char *file = ir_family_const(e->f)->file;
	return gcc_jit_context_new_location(e->u->context, file ? file : "?", (int)line, 0);
}

/* Its first line; NULL: nobody asks. */
static gcc_jit_location *first_location(const struct emitter *e)
{
	uint32_t line = UINT32_MAX;
	ir_for_each_block (e->f, b)
		ir_for_each_instr (b, i)
			line = i->line && i->line < line ? i->line : line;
	return e->u->debug && line < UINT32_MAX ? location_of(e, line) : NULL;
}

/* The function that the dispatcher calls. */
static void declare_function(struct emitter *e)
{
	struct emit_unit *u = e->u;
	gcc_jit_context *c = u->context;
	gcc_jit_param *params[] = {
		gcc_jit_context_new_param(c, NULL, u->rt_ptr, "rt"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->void_ptr), "consts"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->void_ptr), "args"),
		gcc_jit_context_new_param(c, NULL, gcc_jit_type_get_pointer(u->i64), "exit"),
	};
	e->function = gcc_jit_context_new_function(c, e->location, GCC_JIT_FUNCTION_EXPORTED, u->void_ptr, e->f->symbol,
						   4, params, 0);
}

static void begin_function(struct emitter *e)
{
	struct emit_unit *u = e->u;
	e->rt = gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->function, 0));
	e->consts = gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->function, 1));
	e->args = gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->function, 2));
	e->exit = gcc_jit_param_as_lvalue(gcc_jit_function_get_param(e->function, 3));
	e->block = gcc_jit_function_new_block(e->function, "entry");
	gcc_jit_lvalue *breaker = gcc_jit_rvalue_dereference_field(e->rt, NULL, u->rt_breaker);
	e->breaker = gcc_jit_function_new_local(e->function, NULL, u->volatile_ptr, "breaker");
	gcc_jit_block_add_assignment(e->block, e->location, e->breaker, gcc_jit_lvalue_as_rvalue(breaker));
	e->ret_i64 = gcc_jit_function_new_local(e->function, NULL, u->i64, "ret_i64");
	e->ret_f64 = gcc_jit_function_new_local(e->function, NULL, u->f64, "ret_f64");
	e->ret_obj = gcc_jit_function_new_local(e->function, NULL, u->void_ptr, "ret_obj");
	e->left = gcc_jit_function_new_local(e->function, NULL, u->boolean, "left");
	e->failed = gcc_jit_function_new_local(e->function, NULL, u->boolean, "failed");
	e->rest = gcc_jit_function_new_local(e->function, NULL, u->void_ptr, "rest");
}

/* Variables for all values, a gcc block for every IR block.  A phi's scratch is the variable that carries its next
 * value over an edge. */
static void declare_values(struct emitter *e)
{
	ir_for_each_block (e->f, b) {
		e->blocks[b->id] = emit_new_block(e);
		ir_for_each_instr (b, i) {
			if (i->type == IR_VOID || is_constant(i))
				continue;
			e->values[i->id] = new_local(e, emit_type(e->u, i->type), "v", i->id);
			if (i->op == IR_PHI)
				i->scratch = new_local(e, emit_type(e->u, i->type), "next", i->id);
		}
	}
}

static void emit_blocks(struct emitter *e)
{
	emit_begin_frame(e);
	emit_begin_record(e);
	if (e->is_late)
		emit_begin_late(e);
	gcc_jit_block_end_with_jump(e->block, NULL, e->blocks[0]);
	ir_for_each_block (e->f, b) {
		e->block = e->blocks[b->id];
		ir_for_each_instr (b, i) {
			if (e->u->debug && i->line)
				e->location = location_of(e, i->line);
			emit_instr(e, i);
		}
	}
	e->location = NULL;
	emit_exits(e);
	ir_for_each_block (e->f, b)
		ir_for_each_instr (b, i)
			i->scratch = NULL;
}

static void emit_function(struct emit_unit *u, const struct ir_function *f, gcc_jit_function **directs, uint32_t member)
{
	struct emitter e = { .u = u, .f = f, .directs = directs };
	e.has_many_calls = emit_has_many_calls(ir_family_const(f));
	e.blocks = alloc_array(f->n_blocks, sizeof(gcc_jit_block *));
	e.exits = alloc_array(f->n_exits, sizeof(gcc_jit_block *));
	e.values = alloc_array(f->next_id, sizeof(gcc_jit_lvalue *));
	e.location = first_location(&e);
	if (f->family) {
		e.function = directs[member];
		e.is_late = f->is_late;
		e.holds = f->is_late ? emit_held_locals(f) : 0;
		emit_direct_params(&e);
	} else {
		declare_function(&e);
	}
	begin_function(&e);
	declare_values(&e);
	emit_blocks(&e);
	free(e.blocks);
	free(e.exits);
	free(e.values);
}

/* A function and those that it calls directly, which may call each other. */
static void emit_family(struct emit_unit *u, struct ir_function *f)
{
	emit_plan_frames(f);
	gcc_jit_function **directs = alloc_array(f->n_directs, sizeof(gcc_jit_function *));
	for (uint32_t i = 0; i < f->n_directs; i++)
		directs[i] = emit_direct_declare(u, f->directs[i]);
	emit_function(u, f, directs, 0);
	for (uint32_t i = 0; i < f->n_directs; i++)
		emit_function(u, f->directs[i], directs, i);
	free(directs);
}

/* ---- the unit -------------------------------------------------------------- */

static void set_options(gcc_jit_context *context, const struct emit_options *options)
{
	gcc_jit_context_set_int_option(context, GCC_JIT_INT_OPTION_OPTIMIZATION_LEVEL, options->optimize);
	gcc_jit_context_set_bool_option(context, GCC_JIT_BOOL_OPTION_DEBUGINFO, options->debug);
	gcc_jit_context_set_bool_allow_unreachable_blocks(context, 1);
	for (size_t i = 0; i < sizeof(gcc_options) / sizeof(gcc_options[0]); i++)
		gcc_jit_context_add_command_line_option(context, gcc_options[i]);
	for (size_t i = 0; options->optimize == 1 && i < sizeof(gcc_options_o1) / sizeof(gcc_options_o1[0]); i++)
		gcc_jit_context_add_command_line_option(context, gcc_options_o1[i]);
	char arch[64];
	(void)snprintf(arch, sizeof(arch), "-march=%s", options->cpu ? options->cpu : "x86-64");
	gcc_jit_context_add_command_line_option(context, arch);
	for (char *const *more = options->more; more && *more; more++)
		gcc_jit_context_add_command_line_option(context, *more);
}

static void context_releasep(gcc_jit_context **context)
{
	if (*context)
		gcc_jit_context_release(*context);
}

int pf_emit_object(struct ir_function *const *functions, size_t n, const struct emit_options *options,
		   struct cause *cause)
{
	gcc_memory_prepare();
	cleanup(context_releasep) gcc_jit_context *context = gcc_jit_context_acquire();
	if (!context)
		return cause_set(cause, -EIO, "libgccjit gives no context");
	set_options(context, options);
	gcc_jit_timer *timer = options->report ? gcc_jit_timer_new() : NULL;
	if (timer)
		gcc_jit_context_set_timer(context, timer);
	struct emit_unit u;
	unit_init(&u, context);
	u.debug = options->debug;
	/* Without optimizing gcc calls C's fma(). "x86-64-v4" has it, too. */
	u.has_fma = options->optimize > 0 && options->cpu && strcmp(options->cpu, "x86-64-v3") >= 0;
	for (size_t i = 0; i < n; i++)
		emit_family(&u, functions[i]);
	const char *error = gcc_jit_context_get_first_error(context);
	if (!error) {
		gcc_jit_context_compile_to_file(context, GCC_JIT_OUTPUT_KIND_OBJECT_FILE, options->object_path);
		error = gcc_jit_context_get_first_error(context);
	}
	if (timer)
		gcc_jit_timer_print(timer, stdout);
	return error ? cause_set(cause, -EIO, "libgccjit: %s", error) : 0;
}

const char *pf_emit_version(void)
{
	static char version[48];
	(void)snprintf(version, sizeof(version), "%d.%d.%d", gcc_jit_version_major(), gcc_jit_version_minor(),
		       gcc_jit_version_patchlevel());
	return version;
}
