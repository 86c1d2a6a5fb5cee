/* ir.c - the IR's data structure: allocation, linking, uses.  See ir.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/rt.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

const struct ir_op_info ir_op_info[IR_OP_COUNT] = {
#define X(name, text, result, operands, imm, flags) { text, IR_##result, operands, imm, flags },
	IR_OPS(X)
#undef X
};

const char *const ir_type_words[IR_TYPE_COUNT] = { "void", "i64", "f64", "bool", "i128", "obj" };

static void memory_exhausted(void)
{
	static const char text[] = "preforge: the compiler is out of memory\n";
	(void)!write(2, text, sizeof(text) - 1);
	abort();
}

struct ir_function *ir_function_new(const char *name, const char *symbol)
{
	obstack_alloc_failed_handler = memory_exhausted;
	struct ir_function *f = calloc(1, sizeof(*f));
	if (!f)
		memory_exhausted();
	obstack_init(&f->memory);
	f->name = ir_strdup(f, name);
	f->symbol = ir_strdup(f, symbol);
	return f;
}

void ir_function_free(struct ir_function *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->n_directs; i++)
		ir_function_free(f->directs[i]);
	obstack_free(&f->memory, NULL);
	free(f);
}

bool ir_is_body(const struct ir_function *f)
{
	ir_for_each_instr (f->blocks[0], i)
		if (i->op == IR_WAITS_AT)
			return true;
	return false;
}

uint32_t ir_value_types(const struct ir_function *f)
{
	static const enum rt_value types[IR_TYPE_COUNT] = {
		[IR_I64] = RT_VALUE_I64, [IR_F64] = RT_VALUE_F64, [IR_BOOL] = RT_VALUE_BOOL, [IR_OBJ] = RT_VALUE_OBJ
	};
	uint32_t packed = 0;
	for (uint32_t i = 0; i < f->n_values; i++)
		packed |= (uint32_t)types[f->values[i]] << (RT_VALUE_BITS * i);
	return packed;
}

void *ir_alloc(struct ir_function *f, size_t size)
{
	void *p = obstack_alloc(&f->memory, size);
	return memset(p, 0, size);
}

char *ir_strdup(struct ir_function *f, const char *s)
{
	return obstack_copy0(&f->memory, s, strlen(s));
}

/* Room for one more element in an array of pointers or structs that lives in f's memory: the old array is left behind,
 * it goes with f. */
static void *grown(struct ir_function *f, void *array, uint32_t n, uint32_t *cap, size_t element)
{
	if (n < *cap)
		return array;
	uint32_t wanted = *cap ? *cap * 2 : 4;
	void *bigger = ir_alloc(f, wanted * element);
	if (n)
		memcpy(bigger, array, n * element);
	*cap = wanted;
	return bigger;
}

struct ir_function *ir_direct_new(struct ir_function *family, const char *name)
{
	char symbol[256];
	(void)snprintf(symbol, sizeof(symbol), "%.200s_d%u", family->symbol, (unsigned)family->n_directs);
	struct ir_function *f = ir_function_new(name, symbol);
	f->family = family;
	family->directs =
		grown(family, family->directs, family->n_directs, &family->cap_directs, sizeof(struct ir_function *));
	family->directs[family->n_directs++] = f;
	return f;
}

struct ir_block *ir_block_new(struct ir_function *f)
{
	struct ir_block *b = ir_alloc(f, sizeof(*b));
	b->id = f->n_blocks;
	f->blocks = grown(f, f->blocks, f->n_blocks, &f->cap_blocks, sizeof(*f->blocks));
	f->blocks[f->n_blocks++] = b;
	return b;
}

static struct ir_instr *instr_new(struct ir_function *f, enum ir_op op, uint32_t n_args, struct ir_instr *const *args)
{
	struct ir_instr *i = ir_alloc(f, sizeof(*i));
	i->op = op;
	i->type = ir_op_info[op].result;
	i->id = f->next_id++;
	i->n_args = i->cap_args = n_args;
	if (n_args) {
		i->args = ir_alloc(f, n_args * sizeof(*args));
		memcpy(i->args, args, n_args * sizeof(*args));
	}
	return i;
}

/* Put i before next (NULL: at the end of b). */
static struct ir_instr *linked(struct ir_block *b, struct ir_instr *i, struct ir_instr *next)
{
	i->block = b;
	i->next = next;
	i->prev = next ? next->prev : b->last;
	*(i->prev ? &i->prev->next : &b->first) = i;
	*(next ? &next->prev : &b->last) = i;
	return i;
}

struct ir_instr *ir_append(struct ir_function *f, struct ir_block *b, enum ir_op op, uint32_t n_args,
			   struct ir_instr *const *args)
{
	return linked(b, instr_new(f, op, n_args, args), NULL);
}

struct ir_instr *ir_insert_before(struct ir_function *f, struct ir_instr *before, enum ir_op op, uint32_t n_args,
				  struct ir_instr *const *args)
{
	struct ir_instr *i = instr_new(f, op, n_args, args);
	i->line = before->line;
	return linked(before->block, i, before);
}

struct ir_instr *ir_phi_new(struct ir_function *f, struct ir_block *b, enum ir_type type)
{
	struct ir_instr *i = instr_new(f, IR_PHI, 0, NULL);
	i->type = type;
	struct ir_instr *next = b->first;
	while (next && next->op == IR_PHI)
		next = next->next;
	return linked(b, i, next);
}

void ir_phi_add_arg(struct ir_function *f, struct ir_instr *phi, struct ir_instr *arg)
{
	phi->args = grown(f, phi->args, phi->n_args, &phi->cap_args, sizeof(struct ir_instr *));
	phi->args[phi->n_args++] = arg;
}

void ir_remove(struct ir_instr *i)
{
	*(i->prev ? &i->prev->next : &i->block->first) = i->next;
	*(i->next ? &i->next->prev : &i->block->last) = i->prev;
	i->prev = i->next = NULL;
	i->block = NULL;
}

static void pred_add(struct ir_function *f, struct ir_block *b, struct ir_block *pred)
{
	b->preds = grown(f, b->preds, b->n_preds, &b->cap_preds, sizeof(struct ir_block *));
	b->preds[b->n_preds++] = pred;
}

struct ir_instr *ir_number_before(struct ir_function *f, struct ir_instr *before, int64_t value)
{
	struct ir_instr *i = ir_insert_before(f, before, IR_CONST_I64, 0, NULL);
	i->imm.i = value;
	return i;
}

struct ir_instr *ir_number(struct ir_function *f, struct ir_block *b, int64_t value)
{
	struct ir_instr *i = ir_append(f, b, IR_CONST_I64, 0, NULL);
	i->imm.i = value;
	return i;
}

struct ir_instr *ir_operation(struct ir_function *f, struct ir_block *b, enum ir_op op, struct ir_instr *x,
			      struct ir_instr *y)
{
	return ir_append(f, b, op, y ? 2 : 1, (struct ir_instr *[]){ x, y });
}

void ir_change_target(struct ir_block *b, const struct ir_block *from, struct ir_block *to)
{
	for (int t = 0; t < 2; t++)
		if (b->last->targets[t] == from)
			b->last->targets[t] = to;
}

void ir_change_pred(struct ir_block *b, const struct ir_block *from, struct ir_block *to)
{
	for (uint32_t p = 0; p < b->n_preds; p++)
		if (b->preds[p] == from)
			b->preds[p] = to;
}

static void leaf_follow(struct state_value *leaf, void *data)
{
	(void)data;
	if (leaf->instr->scratch)
		leaf->instr = leaf->instr->scratch;
}

void ir_replace_uses_in(struct ir_block *b)
{
	ir_for_each_instr (b, i) {
		for (uint32_t a = 0; a < i->n_args; a++)
			if (i->args[a]->scratch)
				i->args[a] = i->args[a]->scratch;
		if (i->exit)
			ir_exit_visit(i->exit, leaf_follow, NULL);
	}
}

struct ir_instr *ir_jump(struct ir_function *f, struct ir_block *b, struct ir_block *target)
{
	struct ir_instr *i = ir_append(f, b, IR_JUMP, 0, NULL);
	i->targets[0] = target;
	pred_add(f, target, b);
	return i;
}

struct ir_instr *ir_branch(struct ir_function *f, struct ir_block *b, struct ir_instr *condition, struct ir_block *yes,
			   struct ir_block *no)
{
	struct ir_instr *i = ir_append(f, b, IR_BRANCH, 1, &condition);
	i->targets[0] = yes;
	i->targets[1] = no;
	pred_add(f, yes, b);
	pred_add(f, no, b);
	return i;
}

static void leaf_replace(struct state_value *leaf, void *data)
{
	(void)data;
	leaf->instr = ir_resolved(leaf->instr);
}

void ir_replace_uses(struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			for (uint32_t a = 0; a < i->n_args; a++)
				i->args[a] = ir_resolved(i->args[a]);
	for (uint32_t e = 0; e < f->n_exits; e++)
		ir_exit_visit(f->exits[e], leaf_replace, NULL);
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			i->scratch = NULL;
}

struct ir_exit *ir_exit_new(struct ir_function *f)
{
	struct ir_exit *e = ir_alloc(f, sizeof(*e));
	e->number = f->n_exits;
	e->frame.code = UINT32_MAX;
	f->exits = grown(f, f->exits, f->n_exits, &f->cap_exits, sizeof(*f->exits));
	f->exits[f->n_exits++] = e;
	return e;
}

static bool const_equal(const struct unit_const *a, const struct unit_const *b)
{
	if (a->kind != b->kind || a->n_path != b->n_path || !a->name != !b->name)
		return false;
	return memcmp(a->path, b->path, a->n_path * sizeof(a->path[0])) == 0 &&
	       (!a->name || strcmp(a->name, b->name) == 0);
}

uint32_t ir_const_add(struct ir_function *f, const struct unit_const *c)
{
	f = ir_family(f);
	for (uint32_t i = 0; i < f->n_consts; i++)
		if (const_equal(&f->consts[i], c))
			return i;
	return ir_const_append(f, c);
}

uint32_t ir_const_append(struct ir_function *f, const struct unit_const *c)
{
	f = ir_family(f);
	f->consts = grown(f, f->consts, f->n_consts, &f->cap_consts, sizeof(*f->consts));
	f->consts[f->n_consts] = *c;
	if (c->name)
		f->consts[f->n_consts].name = ir_strdup(f, c->name);
	return f->n_consts++;
}

size_t ir_module_length(const char *name)
{
	return name && *name == '@' ? strcspn(name, ":") + 1 : 0;
}

uint32_t ir_globals_of(const struct ir_function *family, uint32_t code_const)
{
	const char *name = code_const == UINT32_MAX ? NULL : family->consts[code_const].name;
	size_t n = ir_module_length(name);
	for (uint32_t i = 0; n && i < family->n_consts; i++) {
		const struct unit_const *c = &family->consts[i];
		if (c->kind == UNIT_CONST_GLOBALS && strncmp(c->name, name, n) == 0)
			return 2 + i;
	}
	return 0;
}

void ir_drop_exits(struct ir_function *f)
{
	struct ir_exit **kept = ir_alloc(f, (f->n_exits + 1) * sizeof(struct ir_exit *));
	uint32_t n = 0;
	bool *used = ir_alloc(f, f->n_exits + 1);
	used[0] = true; /* the dispatcher's, for arguments that no specialization takes */
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->exit)
				used[i->exit->number] = true;
	for (uint32_t e = 0; e < f->n_exits; e++)
		if (used[e]) {
			kept[n] = f->exits[e];
			kept[n]->number = n;
			n++;
		}
	f->exits = kept;
	f->cap_exits = f->n_exits + 1;
	f->n_exits = n;
}

static struct state_value *value_copied(struct ir_function *f, const struct state_value *from)
{
	struct state_value *to = ir_alloc(f, sizeof(*to));
	*to = *from;
	if (from->instr && from->instr->scratch)
		to->instr = from->instr->scratch;
	if (from->n_children)
		to->children = ir_alloc(f, from->n_children * sizeof(to->children[0]));
	for (uint32_t i = 0; i < from->n_children; i++)
		to->children[i] = value_copied(f, from->children[i]);
	if (from->frame) {
		to->frame = ir_alloc(f, sizeof(*to->frame));
		*to->frame = ir_frame_copy(f, from->frame);
	}
	return to;
}

struct state_frame ir_frame_copy(struct ir_function *f, const struct state_frame *from)
{
	struct state_frame to = *from;
	to.locals = ir_alloc(f, (from->n_locals + 1) * sizeof(to.locals[0]));
	to.stack = ir_alloc(f, (from->n_stack + 1) * sizeof(to.stack[0]));
	for (uint32_t i = 0; i < from->n_locals; i++)
		to.locals[i] = value_copied(f, from->locals[i]);
	for (uint32_t i = 0; i < from->n_stack; i++)
		to.stack[i] = value_copied(f, from->stack[i]);
	return to;
}

void ir_note(struct ir_function *f, uint32_t line, const char *text)
{
	for (const struct ir_note *n = f->notes; n; n = n->next)
		if (n->line == line && strcmp(n->text, text) == 0)
			return;
	struct ir_note *n = ir_alloc(f, sizeof(*n));
	*n = (struct ir_note){ .next = f->notes, .line = line, .text = ir_strdup(f, text) };
	f->notes = n;
}

bool ir_is_leaf(enum state_kind kind)
{
	return state_kind_slots[kind] > 0;
}

static void frame_visit(struct state_frame *frame, void (*visit)(struct state_value *leaf, void *data), void *data);

static void value_visit(struct state_value *v, void (*visit)(struct state_value *leaf, void *data), void *data)
{
	if (ir_is_leaf(v->kind))
		visit(v, data);
	for (uint32_t i = 0; i < v->n_children; i++)
		value_visit(v->children[i], visit, data);
	if (v->frame)
		frame_visit(v->frame, visit, data);
}

static void frame_visit(struct state_frame *frame, void (*visit)(struct state_value *leaf, void *data), void *data)
{
	for (uint32_t i = 0; i < frame->n_locals; i++)
		value_visit(frame->locals[i], visit, data);
	for (uint32_t i = 0; i < frame->n_stack; i++)
		value_visit(frame->stack[i], visit, data);
}

void ir_exit_visit(struct ir_exit *e, void (*visit)(struct state_value *leaf, void *data), void *data)
{
	frame_visit(&e->frame, visit, data);
}

/* A value that stands in several places is one object in all of them: one slot. scratch: the leaf that has it. */
static void slot_assign(struct state_value *leaf, void *data)
{
	uint32_t *next = data;
	const struct state_value *same = leaf->instr->scratch;
	if (same && same->kind != leaf->kind)
		same = NULL; /* the same bits are another int without a sign */
	leaf->slot = same ? same->slot : *next;
	if (same)
		return;
	leaf->instr->scratch = leaf;
	*next += (uint32_t)state_kind_slots[leaf->kind];
}

static void scratch_clear(struct state_value *leaf, void *data)
{
	(void)data;
	leaf->instr->scratch = NULL;
}

void ir_assign_slots(struct ir_function *f)
{
	for (uint32_t e = 0; e < f->n_exits; e++) {
		f->exits[e]->n_slots = 0;
		ir_exit_visit(f->exits[e], slot_assign, &f->exits[e]->n_slots);
		ir_exit_visit(f->exits[e], scratch_clear, NULL);
	}
}
