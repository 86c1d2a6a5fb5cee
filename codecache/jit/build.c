/* build.c - bytecode to IR by abstract interpretation.  See build_priv.h for the idea.
 *
 * What is not translated becomes a side exit in front of the instruction: any function can be built, and stays correct.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

enum {
	MAX_BLOCKS = 3000,    /* of a function: more is TOO_BIG */
	VERSIONS_OBJECTS = 6, /* versions of a position from which on identity of unboxed arguments is given up ... */
	VERSIONS_MAX = 24,    /* ... and from which on another shape leaves for CPython */
};

/* ---- emitting -------------------------------------------------------------- */

static struct ir_instr *emit(struct builder *b, enum ir_op op, uint32_t n, struct ir_instr *const *args)
{
	struct ir_instr *i = ir_append(b->f, b->block, op, n, args);
	i->line = b->i ? b->i->line : 0;
	if (ir_op_info[op].flags & IR_EXIT)
		i->exit = exit_here(b);
	return i;
}

struct ir_instr *emit0(struct builder *b, enum ir_op op)
{
	return emit(b, op, 0, NULL);
}

struct ir_instr *emit1(struct builder *b, enum ir_op op, struct ir_instr *x)
{
	return emit(b, op, 1, &x);
}

struct ir_instr *emit2(struct builder *b, enum ir_op op, struct ir_instr *x, struct ir_instr *y)
{
	return emit(b, op, 2, (struct ir_instr *[]){ x, y });
}

struct ir_instr *emit_i64(struct builder *b, int64_t value)
{
	struct ir_instr *i = emit0(b, IR_CONST_I64);
	i->imm.i = value;
	return i;
}

void poll_here(struct builder *b)
{
	(void)emit0(b, IR_POLL);
}

static void side_exit(struct builder *b, const char *what, const char *detail)
{
	struct ir_exit *e = exit_here(b);
	char why[128];
	(void)snprintf(why, sizeof(why), "%s%s", what, detail);
	e->why = ir_strdup(b->f, why);
	(void)emit0(b, IR_SIDE_EXIT);
	b->block = NULL;
}

static void not_translated(struct builder *b)
{
	const struct bc_instr *i = b->i;
	char what[96];
	(void)snprintf(what, sizeof(what), "%s%s%.60s", i->opcode, i->name ? " of " : "", i->name ? i->name : "");
	side_exit(b, "not translated: ", what);
}

/* ---- the abstract stack ---------------------------------------------------- */

struct av *peek(struct builder *b, uint32_t from_top)
{
	return &b->top->stack[b->top->n_stack - from_top];
}

void push(struct builder *b, struct av value)
{
	b->top->stack[b->top->n_stack++] = value;
}

struct av pop(struct builder *b)
{
	return b->top->stack[--b->top->n_stack];
}

/* ---- constants ------------------------------------------------------------- */

uint32_t const_builtin(struct builder *b, const char *name)
{
	return ir_const_add(b->f, &(struct unit_const){ UNIT_CONST_BUILTIN, (char *)name, 0, { 0 } });
}

bool is_none(const struct builder *b, const struct av *v)
{
	if (v->kind != AV_CONST)
		return false;
	const struct unit_const *c = &b->f->consts[v->index];
	return c->kind == UNIT_CONST_BUILTIN && strcmp(c->name, "None") == 0;
}

static bool load_const(struct builder *b)
{
	PyObject *o = PyTuple_GET_ITEM(((PyCodeObject *)b->top->code->code)->co_consts, b->i->arg);
	int overflow = 0;
	long long value = PyLong_CheckExact(o) ? PyLong_AsLongLongAndOverflow(o, &overflow) : 0;
	struct ir_instr *i;
	if (o == Py_None) {
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	} else if (PyBool_Check(o)) {
		i = emit0(b, IR_CONST_BOOL);
		i->imm.i = o == Py_True;
		push(b, av_of(AV_BOOL, i));
	} else if (PyLong_CheckExact(o) && !overflow) {
		push(b, av_of(AV_INT, emit_i64(b, value)));
	} else if (PyFloat_CheckExact(o)) {
		i = emit0(b, IR_CONST_F64);
		i->imm.f = PyFloat_AS_DOUBLE(o);
		push(b, av_of(AV_FLOAT, i));
	} else {
		struct unit_const c = { .kind = UNIT_CONST_OBJECT, .n_path = b->top->n_path };
		if (c.n_path == MAX_DEPTH)
			return false;
		memcpy(c.path, b->top->path, sizeof(c.path));
		c.path[c.n_path++] = b->i->arg;
		push(b, (struct av){ .kind = AV_CONST, .index = ir_const_add(b->f, &c) });
	}
	return true;
}

/* ---- code objects ---------------------------------------------------------- */

struct decoded_code {
	struct decoded_code *next;
	struct bc_code *code;
};

const struct bc_code *code_decoded(struct builder *b, PyObject *code)
{
	for (struct decoded_code *d = b->codes; d; d = d->next)
		if (d->code->code == code)
			return d->code;
	struct decoded_code *d = ir_alloc(b->f, sizeof(*d));
	d->code = bc_decode(code);
	if (!d->code)
		abort(); /* out of memory: see ir_alloc() */
	d->next = b->codes;
	b->codes = d;
	return d->code;
}

/* ---- versions -------------------------------------------------------------- */

struct values {
	struct ir_function *f;
	struct ir_block *block;
	struct ir_instr **list;
	uint32_t n;
};

static void value_to_phi(struct ir_instr **value, void *data)
{
	struct values *to = data;
	*value = ir_phi_new(to->f, to->block, (*value)->type);
}

static void value_collect(struct ir_instr **value, void *data)
{
	struct values *to = data;
	if (to->list)
		to->list[to->n] = *value;
	to->n++;
}

static struct values values_of(struct builder *b, struct frame *top)
{
	struct values v = { .f = b->f };
	frames_visit(top, value_collect, &v);
	v.list = ir_alloc(b->f, (v.n + 1) * sizeof(struct ir_instr *));
	v.n = 0;
	frames_visit(top, value_collect, &v);
	return v;
}

static struct version *version_new(struct builder *b)
{
	struct version *v = ir_alloc(b->f, sizeof(*v));
	v->top = frame_copy(b, b->top);
	v->block = ir_block_new(b->f);
	frames_visit(v->top, value_to_phi, &(struct values){ .f = b->f, .block = v->block });
	v->next = b->versions;
	b->versions = v;
	struct work *w = ir_alloc(b->f, sizeof(*w));
	*w = (struct work){ .next = b->work, .version = v };
	b->work = w;
	return v;
}

static bool same_position(const struct frame *a, const struct frame *b)
{
	for (; a && b; a = a->outer, b = b->outer)
		if (a->code != b->code || a->at != b->at)
			return false;
	return !a && !b;
}

static struct version *version_find(struct builder *b, uint32_t *ret_count)
{
	*ret_count = 0;
	for (struct version *v = b->versions; v; v = v->next) {
		if (!same_position(v->top, b->top))
			continue;
		if (frames_same_shape(v->top, b->top))
			return v;
		++*ret_count;
	}
	return NULL;
}

/* The version for the frames as they are; NULL: too many. */
static struct version *version_for_here(struct builder *b)
{
	uint32_t count;
	struct version *v = version_find(b, &count);
	if (!v && count >= VERSIONS_OBJECTS) {
		frames_drop_objects(b->top);
		v = version_find(b, &count);
	}
	if (v)
		return v;
	if (count >= VERSIONS_MAX)
		return NULL;
	return version_new(b);
}

void go_to(struct builder *b, uint32_t index)
{
	b->top->at = index;
	b->moved = true;
	if (!b->top->code->instrs[index].is_target)
		return;
	struct version *v = version_for_here(b);
	if (!v) {
		b->i = &b->top->code->instrs[index];
		b->exit = NULL;
		side_exit(b, "too many combinations of types", "");
		return;
	}
	if (b->i && b->i->backward)
		v->block->loop_header = true;
	(void)ir_jump(b->f, b->block, v->block);
	struct values args = values_of(b, b->top), phis = values_of(b, v->top);
	for (uint32_t i = 0; i < phis.n; i++)
		ir_phi_add_arg(b->f, phis.list[i], args.list[i]);
	b->block = NULL;
}

/* Go to the current instruction's target, with a look at the eval breaker if the jump goes back. */
static void jump_to_target(struct builder *b)
{
	const struct bc_instr *from = b->i;
	if (from->backward) {
		b->top->at = from->target;
		b->i = &b->top->code->instrs[from->target];
		b->exit = NULL;
		poll_here(b);
		b->i = from;
	}
	go_to(b, from->target);
}

void branch_to_target(struct builder *b, struct ir_instr *condition, bool what)
{
	if (condition->op == IR_CONST_BOOL) {
		if (condition->imm.i == what)
			jump_to_target(b);
		return;
	}
	struct ir_block *taken = ir_block_new(b->f), *other = ir_block_new(b->f);
	const struct bc_instr *from = b->i;
	struct frame *here = b->top;
	(void)ir_branch(b->f, b->block, condition, what ? taken : other, what ? other : taken);
	b->block = taken;
	b->top = frame_copy(b, here);
	jump_to_target(b);
	b->block = other;
	b->top = here;
	b->i = from;
	b->exit = NULL; /* nothing may exit to before the instruction any more */
	b->moved = false;
}

/* ---- instructions ---------------------------------------------------------- */

static bool build_branch(struct builder *b)
{
	const struct av v = *peek(b, 1);
	struct ir_instr *condition;
	bool what = b->i->arg == IF_TRUE || b->i->arg == IF_NONE;
	if (b->i->arg == IF_TRUE || b->i->arg == IF_FALSE) {
		condition = truth(b, &v);
		if (!condition)
			return false;
	} else if (v.kind == AV_OBJECT) {
		struct ir_instr *none = emit0(b, IR_CONST_OBJ);
		none->imm.index = const_builtin(b, "None");
		condition = emit2(b, IR_OBJ_IS, v.v[0], none);
	} else {
		condition = emit0(b, IR_CONST_BOOL);
		condition->imm.i = is_none(b, &v);
	}
	if (b->i->op == BC_BRANCH) {
		(void)pop(b);
		branch_to_target(b, condition, what);
	} else { /* BRANCH_OR_POP */
		branch_to_target(b, condition, what);
		if (b->block && !b->moved)
			(void)pop(b);
	}
	return true;
}

/* The local behind LOAD_DEREF and STORE_DEREF; NULL: a cell of the world outside. */
static struct av *deref(struct builder *b)
{
	const struct frame *top = b->top;
	if (!(top->code->local_kinds[b->i->arg] & BC_FREE))
		return &b->top->locals[b->i->arg];
	if (!top->function)
		return NULL;
	uint32_t first = top->code->n_locals - top->code->n_free;
	return cell_local(b->top, top->function->cells[b->i->arg - first]);
}

static bool build_locals(struct builder *b)
{
	bool is_cell = b->i->op == BC_LOAD_DEREF || b->i->op == BC_STORE_DEREF;
	struct av *local = is_cell ? deref(b) : &b->top->locals[b->i->arg];
	if (!local)
		return false;
	if (b->i->op == BC_STORE_LOCAL || b->i->op == BC_STORE_DEREF) {
		*local = pop(b);
		return true;
	}
	if (local->kind == AV_UNBOUND)
		return false;
	if (b->i->op != BC_DELETE_LOCAL)
		push(b, *local);
	/* An iterator is one object, which moves on: of two copies here one would stay behind.  The only local that
	 * ever holds one is a generator expression's argument, which is read once. */
	if (b->i->op == BC_DELETE_LOCAL || local->kind == AV_RANGE_ITER)
		*local = (struct av){ .kind = AV_UNBOUND };
	return true;
}

static bool build_load_cell(struct builder *b)
{
	struct frame *top = b->top;
	struct cell_ref cell = { top->depth, b->i->arg };
	if (top->code->local_kinds[b->i->arg] & BC_FREE) {
		if (!top->function)
			return false;
		cell = top->function->cells[b->i->arg - (top->code->n_locals - top->code->n_free)];
	}
	push(b, (struct av){ .kind = AV_CELL, .cell = cell });
	return true;
}

static bool build_return(struct builder *b)
{
	if (b->top->outer)
		return build_generator_return(b);
	const struct av v = *peek(b, 1);
	struct ir_instr *value = v.object ? v.object : v.v[0];
	if (v.kind == AV_CONST || v.kind == AV_BUILTIN) {
		value = emit0(b, IR_CONST_OBJ);
		value->imm.index = v.index;
	} else if (av_values[v.kind] != 1) {
		return false;
	}
	(void)emit1(b, IR_RETURN, value);
	b->block = NULL;
	return true;
}

static bool build_stack(struct builder *b)
{
	struct av v;
	switch (b->i->op) {
	case BC_POP: (void)pop(b); break;
	case BC_COPY: push(b, *peek(b, b->i->arg)); break;
	case BC_SWAP:
		v = *peek(b, 1);
		*peek(b, 1) = *peek(b, b->i->arg);
		*peek(b, b->i->arg) = v;
		break;
	default: push(b, (struct av){ .kind = AV_NULL }); break;
	}
	return true;
}

/* One instruction. false: not translated, and the frames are as they were. */
static bool build_instr(struct builder *b)
{
	switch (b->i->op) {
	case BC_NOP: return true;
	case BC_LOAD_LOCAL:
	case BC_STORE_LOCAL:
	case BC_DELETE_LOCAL:
	case BC_LOAD_DEREF:
	case BC_STORE_DEREF: return build_locals(b);
	case BC_MAKE_CELL: b->top->cells_made = true; return true;
	case BC_COPY_FREE_VARS: return true;
	case BC_LOAD_CELL: return build_load_cell(b);
	case BC_LOAD_CONST: return load_const(b);
	case BC_LOAD_GLOBAL: return build_load_global(b);
	case BC_PUSH_NULL:
	case BC_POP:
	case BC_COPY:
	case BC_SWAP: return build_stack(b);
	case BC_BINARY: return build_binary(b);
	case BC_NEGATIVE:
	case BC_POSITIVE:
	case BC_INVERT:
	case BC_NOT: return build_unary(b);
	case BC_COMPARE: return build_compare(b);
	case BC_IS: return build_is(b);
	case BC_JUMP: jump_to_target(b); return true;
	case BC_BRANCH:
	case BC_BRANCH_OR_POP: return build_branch(b);
	case BC_GET_ITER: return build_get_iter(b);
	case BC_FOR_ITER: return build_for_iter(b);
	case BC_BUILD_TUPLE: return build_build_tuple(b);
	case BC_MAKE_FUNCTION: return build_make_function(b);
	case BC_CALL: return build_call(b);
	case BC_RETURN: return build_return(b);
	case BC_RETURN_GENERATOR: /* what it pushes is popped by the next instruction */
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
		return true;
	case BC_YIELD: return build_yield(b);
	case BC_UNSUPPORTED: break;
	}
	return false;
}

/* From the start of a version to where the block ends. */
static void build_from(struct builder *b)
{
	for (bool entered = true; b->block; entered = false) {
		struct frame *top = b->top;
		b->i = &top->code->instrs[top->at];
		b->exit = NULL;
		b->moved = false;
		if (b->i->is_target && !entered) {
			b->i = NULL;
			go_to(b, top->at);
			continue;
		}
		if (!build_instr(b))
			not_translated(b);
		else if (b->block && !b->moved)
			b->top->at++;
		if (b->f->n_blocks > MAX_BLOCKS)
			b->too_big = true;
	}
}

/* The entry block: arguments unboxed as the specialization says. */
static void build_entry(struct builder *b)
{
	const struct build_input *in = b->input;
	struct frame *top = ir_alloc(b->f, sizeof(*top));
	top->code = code_decoded(b, in->code);
	top->code_const = UINT32_MAX;
	top->locals = ir_alloc(b->f, (top->code->n_locals + 1) * sizeof(struct av));
	top->stack = ir_alloc(b->f, (top->code->stack_size + 1) * sizeof(struct av));
	b->top = top;
	b->block = ir_block_new(b->f);
	struct ir_instr **params = ir_alloc(b->f, (in->n_params + 1) * sizeof(struct ir_instr *));
	for (uint32_t i = 0; i < in->n_params; i++) {
		params[i] = emit0(b, IR_PARAM);
		params[i]->imm.index = i;
	}
	b->exit = exit_entry(b, params);
	for (uint32_t i = 0; i < in->n_params; i++) {
		static const struct {
			enum av_kind kind;
			enum ir_op unbox;
		} as[VALUE_TYPE_COUNT] = {
			[VALUE_OBJECT] = { AV_OBJECT, IR_PHI },
			[VALUE_INT] = { AV_INT, IR_UNBOX_I64 },
			[VALUE_FLOAT] = { AV_FLOAT, IR_UNBOX_F64 },
			[VALUE_BOOL] = { AV_BOOL, IR_UNBOX_BOOL },
		};
		enum value_type type = in->params[i];
		if (type == VALUE_OBJECT) {
			top->locals[i] = av_of(AV_OBJECT, params[i]);
			continue;
		}
		top->locals[i] = av_of(as[type].kind, emit1(b, as[type].unbox, params[i]));
		top->locals[i].object = params[i];
	}
}

enum reason build_ir(const struct build_input *input, struct ir_function **ret)
{
	struct builder b = { .f = ir_function_new(input->name, input->symbol), .input = input };
	b.f->n_params = input->n_params;
	b.f->params = ir_alloc(b.f, (input->n_params + 1) * sizeof(input->params[0]));
	memcpy(b.f->params, input->params, input->n_params * sizeof(input->params[0]));
	build_entry(&b);
	build_from(&b);
	while (b.work && !b.too_big) {
		struct version *v = b.work->version;
		b.work = b.work->next;
		b.block = v->block;
		b.top = frame_copy(&b, v->top);
		build_from(&b);
	}
	for (struct decoded_code *d = b.codes; d; d = d->next)
		bc_free(d->code);
	*ret = b.too_big ? NULL : b.f;
	if (b.too_big)
		ir_function_free(b.f);
	return b.too_big ? REASON_TOO_BIG : REASON_NONE;
}
