/* build.c - bytecode to IR by abstract interpretation.  See build_priv.h for the idea.
 *
 * What is not translated becomes a side exit in front of the instruction: any function can be built, and stays correct.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "common/cleanup.h"

enum {
	MAX_BLOCKS = 2000,    /* of a function: more is TOO_BIG */
	VERSIONS_KNOWING = 3, /* versions of a position from which on what they do not agree on is forgotten, ... */
	VERSIONS_MAX = 24,    /* ... and from which on another shape leaves for CPython */
};

/* ---- emitting -------------------------------------------------------------- */

/* Functions of the runtime have raised when they leave; all else leaves before the instruction. */
static bool is_raising(enum ir_op op)
{
	return op == IR_RT_OBJ || op == IR_RT_BOOL || op == IR_RT_I64 || op == IR_RT_DO || op == IR_CALL_I64 ||
	       op == IR_CALL_F64 || op == IR_CALL_VALUES || op == IR_CALL_BOOL || op == IR_CALL_OBJ ||
	       op == IR_LIST_APPEND || op == IR_LIST_APPEND_I64 || op == IR_LIST_APPEND_F64 ||
	       op == IR_BYTEARRAY_APPEND || op == IR_ARRAY_APPEND_INT || op == IR_ARRAY_APPEND_FLOAT || op == IR_ATTR ||
	       op == IR_CELL_SET || op == IR_CELL_SET_I64 || op == IR_CELL_SET_F64 || op == IR_ATTR_SET ||
	       op == IR_ATTR_SET_F64 || op == IR_ATTR_SET_I64 || op == IR_ATTR_METHOD;
}

const struct frame *frame_of_code(const struct builder *b)
{
	const struct frame *frame = b->top;
	while (frame->library)
		frame = frame->outer;
	return frame;
}

static uint32_t line_here(const struct builder *b)
{
	if (!b->i || !b->top->library)
		return b->i ? b->i->line : 0;
	const struct frame *frame = frame_of_code(b);
	return frame->code->instrs[frame->at].line;
}

/* Operations that change something, but no cell: CPython's own loop would run no code in between. */
static bool keeps_cells(struct builder *b, enum ir_op op)
{
	switch (op) {
	case IR_DECREF: return inline_is_in(b);
	case IR_INCREF:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_ATTR_PUT_I64:
	case IR_ATTR_PUT_F64:
	case IR_ATTR_PUT_BOOL: return true;
	default: return !(ir_op_info[op].flags & IR_WRITE);
	}
}

struct ir_instr *emit(struct builder *b, enum ir_op op, uint32_t n, struct ir_instr *const *args)
{
	struct ir_exit *exit = NULL;
	inline_see(b, op);
	if (ir_op_info[op].flags & IR_EXIT)
		exit = is_raising(op) ? raise_here(b) : exit_here(b);
	struct ir_instr *i = ir_append(b->f, b->block, op, n, args);
	i->line = line_here(b);
	i->exit = exit;
	if (ir_op_info[op].flags & IR_WRITE)
		b->exit = NULL;
	if (b->top && !keeps_cells(b, op))
		b->n_cell_values = 0;
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

struct ir_instr *emit_f64(struct builder *b, double value)
{
	struct ir_instr *i = emit0(b, IR_CONST_F64);
	i->imm.f = value;
	return i;
}

struct ir_instr *emit_bool(struct builder *b, bool value)
{
	struct ir_instr *i = emit0(b, IR_CONST_BOOL);
	i->imm.i = value;
	return i;
}

void poll_here(struct builder *b)
{
	(void)emit0(b, IR_POLL);
}

static void side_exit(struct builder *b, const char *what, const char *detail)
{
	b->exit = NULL; /* one of its own, at this instruction */
	struct ir_exit *e = exit_here(b);
	char why[128];
	(void)snprintf(why, sizeof(why), "%s%s", what, detail);
	e->why = ir_strdup(b->f, why);
	(void)emit0(b, IR_SIDE_EXIT);
	b->block = NULL;
}

void not_translated(struct builder *b)
{
	const struct bc_instr *i = b->i;
	char what[112];
	refuse_loose(b);
	(void)snprintf(what, sizeof(what), "%s%s%.60s%s%s", i->opcode, i->name ? " of " : "", i->name ? i->name : "",
		       i->reason ? ": " : "", i->reason ? i->reason : "");
	side_exit(b, "not translated: ", what);
}

void passed_on(struct builder *b)
{
	side_exit(b, "an exception", "");
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
	return ir_const_add(b->f, &(struct unit_const){ UNIT_CONST_BUILTIN, (char *)name, 0, { 0 }, 0 });
}

bool is_none(const struct builder *b, const struct av *v)
{
	if (v->kind != AV_CONST)
		return false;
	const struct unit_const *c = &ir_family(b->f)->consts[v->index];
	return c->kind == UNIT_CONST_BUILTIN && strcmp(c->name, "None") == 0;
}

uint32_t const_object(struct builder *b, const struct frame *frame, uint32_t index)
{
	struct unit_const c = { .kind = UNIT_CONST_OBJECT, .name = (char *)frame->root, .n_path = frame->n_path };
	memcpy(c.path, frame->path, sizeof(c.path));
	c.path[c.n_path++] = index;
	return ir_const_add(b->f, &c);
}

/* A constant that needs no object; false: it does. */
bool push_plain_const(struct builder *b, PyObject *o)
{
	int overflow = 0;
	long long value = PyLong_CheckExact(o) ? PyLong_AsLongLongAndOverflow(o, &overflow) : 0;
	if (o == Py_None) {
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	} else if (PyBool_Check(o)) {
		push(b, av_of(AV_BOOL, emit_bool(b, o == Py_True)));
	} else if (PyLong_CheckExact(o) && !overflow) {
		push(b, av_of(AV_INT, emit_i64(b, value)));
	} else if (PyLong_CheckExact(o) && overflow > 0 && _PyLong_NumBits(o) <= 64) {
		push(b, av_of(AV_U64, emit_i64(b, (int64_t)PyLong_AsUnsignedLongLong(o))));
	} else if (PyFloat_CheckExact(o)) {
		push(b, av_of(AV_FLOAT, emit_f64(b, PyFloat_AS_DOUBLE(o))));
	} else if (PyComplex_CheckExact(o)) {
		push(b, complex_const(b, o));
	} else {
		return false;
	}
	return true;
}

bool push_const(struct builder *b, uint32_t number)
{
	PyObject *o = PyTuple_GET_ITEM(((PyCodeObject *)b->top->code->code)->co_consts, number);
	if (push_plain_const(b, o))
		return true;
	if (b->top->n_path == MAX_DEPTH)
		return false;
	push(b, (struct av){ .kind = AV_CONST, .index = const_object(b, b->top, number) });
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
	if (!v && count >= VERSIONS_KNOWING) {
		for (struct version *other = b->versions; other; other = other->next)
			if (same_position(other->top, b->top))
				frames_drop_differences(b, b->top, other->top);
		v = version_find(b, &count);
	}
	if (v)
		return v;
	if (count >= VERSIONS_MAX)
		return NULL;
	return version_new(b);
}

uint32_t outermost_at(const struct builder *b)
{
	const struct frame *frame = b->top;
	while (frame->outer)
		frame = frame->outer;
	return frame->code->instrs[frame->at].at;
}

void stand_at(struct builder *b, uint32_t index)
{
	b->top->at = index;
	b->i = &b->top->code->instrs[index];
	b->exit = b->raise = NULL;
}

static void enter_version(struct builder *b, uint32_t index, bool backward)
{
	struct version *v = version_for_here(b);
	if (!v) {
		stand_at(b, index);
		side_exit(b, "too many combinations of types", "");
		return;
	}
	if (backward)
		v->block->loop_header = true;
	(void)ir_jump(b->f, b->block, v->block);
	struct values args = values_of(b, b->top), phis = values_of(b, v->top);
	for (uint32_t i = 0; i < phis.n; i++)
		ir_phi_add_arg(b->f, phis.list[i], args.list[i]);
	b->block = NULL;
}

void go_to(struct builder *b, uint32_t index)
{
	bool backward = b->i && b->i->backward;
	if (!backward && !b->learning)
		expect_learnt(b, index);
	if (b->top->code->instrs[index].is_target)
		normalise(b, index);
	b->top->at = index;
	b->moved = true;
	if (b->top->code->instrs[index].is_target)
		enter_version(b, index, backward);
}

void meet_at(struct builder *b, uint32_t index)
{
	normalise(b, index);
	b->top->at = index;
	b->moved = true;
	enter_version(b, index, false);
}

void go_to_target(struct builder *b)
{
	const struct bc_instr *from = b->i;
	if (from->backward) {
		uint32_t at = b->top->at;
		normalise(b, from->target);
		if (b->learning)
			learn_way_back(b, from->target);
		else
			forget_learnt(b, from->target);
		stand_at(b, from->target);
		if (b->top->library != LIBRARY_SORT) /* which cannot stop half-way */
			poll_here(b);
		b->top->at = at;
		b->i = from;
	}
	go_to(b, from->target);
}

struct frame *split(struct builder *b, struct ir_instr *condition, bool what)
{
	struct ir_block *taken = ir_block_new(b->f), *other = ir_block_new(b->f);
	struct frame *here = b->top;
	(void)ir_branch(b->f, b->block, condition, what ? taken : other, what ? other : taken);
	b->block = taken;
	here->other = other;
	b->top = frame_copy(b, here);
	b->exit = b->raise = NULL;
	return here;
}

void unsplit(struct builder *b, struct frame *here)
{
	b->block = here->other;
	b->top = here;
	b->i = &here->code->instrs[here->at];
	b->exit = b->raise = NULL; /* nothing may exit to before the instruction any more, if it did something */
	b->moved = false;
}

void branch_to_target(struct builder *b, struct ir_instr *condition, bool what)
{
	if (condition->op == IR_CONST_BOOL) {
		if (condition->imm.i == what)
			go_to_target(b);
		return;
	}
	struct frame *here = split(b, condition, what);
	go_to_target(b);
	unsplit(b, here);
}

/* ---- instructions ---------------------------------------------------------- */

static bool build_branch(struct builder *b)
{
	struct ir_instr *condition;
	bool what = b->i->arg == IF_TRUE || b->i->arg == IF_NONE;
	if (b->i->arg == IF_TRUE || b->i->arg == IF_FALSE) {
		condition = truth(b, peek(b, 1));
		if (!condition)
			return false;
	} else if (!is_or_is_not_none(peek(b, 1))) {
		condition = emit2(b, IR_OBJ_IS, peek(b, 1)->v[0], const_instr(b, const_builtin(b, "None")));
	} else {
		condition = emit_bool(b, is_none(b, peek(b, 1)));
	}
	if (b->i->op == BC_BRANCH) {
		drop(b, 1);
		b->exit = b->raise = NULL;
		branch_to_target(b, condition, what);
	} else { /* BRANCH_OR_POP */
		branch_to_target(b, condition, what);
		if (b->block && !b->moved)
			drop(b, 1);
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
	if (top->locals[b->i->arg].kind == AV_REAL_CELL) /* of a function object that was built in */
		return &top->locals[b->i->arg];
	uint32_t first = top->code->n_locals - top->code->n_free;
	return cell_local(b->top, top->function->cells[b->i->arg - first]);
}

/* A cell that exists: of the world outside, or made because something needed it. NULL: none. */
static struct ir_instr *cell_object(struct builder *b)
{
	const struct frame *top = b->top;
	struct av *local = deref(b);
	if (local)
		return local->kind == AV_REAL_CELL ? local->v[0] : NULL;
	struct ir_instr *cell = emit0(b, IR_CLOSURE_CELL);
	cell->imm.index = b->i->arg - (top->code->n_locals - top->code->n_free);
	return cell;
}

/* NULL: nothing is known. */
static const struct av *known_in_cell(const struct builder *b, const struct ir_instr *cell)
{
	for (uint32_t i = 0; i < b->n_cell_values; i++)
		if (b->cell_values[i].cell == cell && b->cell_values[i].block == b->block)
			return &b->cell_values[i].value;
	return NULL;
}

static void know_in_cell(struct builder *b, const struct ir_instr *cell, struct av value)
{
	if (b->n_cell_values < MAX_CELL_VALUES)
		b->cell_values[b->n_cell_values++] = (struct cell_value){ cell, b->block, value };
}

/* What is in it is an object. */
static struct ir_instr *object_in_cell(struct builder *b, struct ir_instr *cell)
{
	const struct av *known = known_in_cell(b, cell);
	if (known && known->kind == AV_OBJECT)
		return known->v[0];
	struct ir_instr *value = emit1(b, IR_CELL_VALUE, cell);
	(void)emit1(b, IR_GUARD_SET, value);
	know_in_cell(b, cell, av_of(AV_OBJECT, value));
	return value;
}

/* What is in a cell may be written to in place as a number, like a list's item. */
static void load_from_cell(struct builder *b, struct ir_instr *cell)
{
	const struct av *known = known_in_cell(b, cell);
	if (known && known->kind != AV_OBJECT) {
		push(b, *known);
		return;
	}
	struct ir_instr *value = object_in_cell(b, cell);
	push_object(b, value, OWN_ITEM, KNOWN_NONE);
	note_named_function(b, value, b->i->arg);
	note_closed_over(b, value, b->i->arg - (b->top->code->n_locals - b->top->code->n_free));
}

/* In a function that is built in: only where a number takes a number's place, which runs no Python code. */
static bool number_to_cell(struct builder *b, struct ir_instr *cell)
{
	struct av *v = peek(b, 1);
	if (v->kind != AV_INT && v->kind != AV_FLOAT)
		return false;
	struct av old = av_of(AV_OBJECT, object_in_cell(b, cell));
	struct ir_instr *is_int = is_exactly(b, &old, RT_TYPE_ID_int),
			*is_float = is_exactly(b, &old, RT_TYPE_ID_float);
	(void)emit1(b, IR_GUARD, emit2(b, IR_BOOL_OR, is_int, is_float));
	v->object = NULL;
	return true;
}

static bool store_to_cell(struct builder *b, struct ir_instr *cell)
{
	if (inline_is_in(b) && !number_to_cell(b, cell))
		return false;
	struct av *v = peek(b, 1);
	bool is_number = (v->kind == AV_INT || v->kind == AV_FLOAT) && !v->object;
	struct ir_instr *value = is_number ? v->v[0] : owned_object_of(b, v);
	if (!value)
		return false;
	settle(b); /* the old value's end may run Python code */
	(void)emit2(b, !is_number ? IR_CELL_SET : v->kind == AV_INT ? IR_CELL_SET_I64 : IR_CELL_SET_F64, cell, value);
	if (is_number && inline_is_in(b))
		know_in_cell(b, cell, av_of(v->kind, v->v[0]));
	else
		b->runs_python = true;
	(void)pop(b); /* the cell has it now */
	b->raise = NULL;
	return true;
}

bool is_for_super(const struct builder *b, uint32_t local)
{
	const struct bc_code *code = b->top->code;
	return !b->top->outer && local == 0 && code->n_params > 0 && code->has_class;
}

static void build_store(struct builder *b, struct av *local)
{
	struct av old = *local;
	leave_local(b, local);
	struct av value = pop(b);
	if (value.kind == AV_OBJECT)
		value.index = 0;
	*local = value;
	if (local->own == OWN_LOCAL)
		own(b, local);
	b->raise = NULL;
	release(b, old);
}

/* What was not made yet is an object before it has two places: it is the same in both.  (A function in a cell may have
 * that cell in its closure, too.)  false: it cannot be made. */
static bool make_one(struct builder *b, struct av *v)
{
	return (v->kind != AV_FUNCTION && v->kind != AV_RANGE && v->kind != AV_GENERATOR) || object_of(b, v);
}

static bool build_locals(struct builder *b)
{
	bool is_cell = b->i->op == BC_LOAD_DEREF || b->i->op == BC_STORE_DEREF;
	bool is_store = b->i->op == BC_STORE_LOCAL || b->i->op == BC_STORE_DEREF;
	if (is_store && !make_one(b, peek(b, 1)))
		return false;
	struct ir_instr *cell = is_cell ? cell_object(b) : NULL;
	if (cell && is_store)
		return store_to_cell(b, cell);
	if (cell) {
		load_from_cell(b, cell);
		return true;
	}
	struct av *local = is_cell ? deref(b) : &b->top->locals[b->i->arg];
	bool changes = b->i->op == BC_STORE_LOCAL || b->i->op == BC_DELETE_LOCAL;
	if (changes && is_for_super(b, b->i->arg))
		return false;
	if (is_store) {
		build_store(b, local);
		if (!is_cell)
			note_local(b, b->i->arg);
		return true;
	}
	if (local->kind == AV_UNBOUND)
		return false;
	if (b->i->op == BC_DELETE_LOCAL) {
		unbind_local(b, local);
		return true;
	}
	/* An iterator is one object, which moves on: of two copies here one would stay behind.  The only local that
	 * ever holds one is a generator expression's argument, which is read once. */
	if (local->kind == AV_SUSPENDED)
		return load_suspended(b, local);
	if (local->kind == AV_RANGE_ITER || local->kind == AV_SEQ_ITER || is_pair_iter(local)) {
		push(b, *local);
		*local = (struct av){ .kind = AV_UNBOUND };
		return true;
	}
	if (local->kind == AV_OBJECT && local->known == KNOWN_NONE)
		note_named_function(b, local->v[0], b->i->arg);
	if (bound_load(b, local))
		return true;
	push(b, local_copy(local));
	return true;
}

/* A cell is made when something needs it, but super() does at once. */
static bool build_make_cell(struct builder *b)
{
	struct av *local = &b->top->locals[b->i->arg];
	keep_identity(b->top, b->i->arg);
	if (is_for_super(b, b->i->arg)) {
		struct ir_instr *value = object_of(b, local);
		struct ir_instr *cell = rt(b, IR_RT_OBJ, RT_MEMBER_new_cell, 1, &value);
		struct ir_instr *old = emit0(b, IR_TAKE_ARG);
		old->imm.index = 0;
		emit1(b, IR_GIVE_ARG, cell)->imm.index = 0;
		*local = (struct av){ .kind = AV_REAL_CELL, .v = { cell } };
		emit1(b, IR_DECREF, old)->imm.index = b->i->at; /* the cell has it too: nothing dies */
	}
	b->top->cells_made = true;
	b->exit = b->raise = NULL;
	return true;
}

/* The frame has them, where super() looks for __class__. */
static void build_copy_free_vars(struct builder *b)
{
	if (!b->top->outer)
		emit0(b, IR_COPY_CLOSURE)->imm.index = b->i->arg;
}

static bool build_load_cell(struct builder *b)
{
	struct frame *top = b->top;
	struct cell_ref cell = { top->depth, b->i->arg };
	if (top->code->local_kinds[b->i->arg] & BC_FREE) {
		if (!top->function) {
			push_object(b, cell_object(b), OWN_NONE, KNOWN_NONE);
			return true;
		}
		cell = top->function->cells[b->i->arg - (top->code->n_locals - top->code->n_free)];
	}
	push(b, (struct av){ .kind = AV_CELL, .cell = cell });
	return true;
}

/* A number that came as an argument is in the frame until then. */
static void give_local(struct builder *b, uint32_t local, struct ir_instr *object)
{
	bool is_taken = b->self || b->input->loop || local >= b->input->n_params ||
			!value_type_is_number(b->input->params[local]);
	struct ir_instr *old = is_taken ? NULL : emit0(b, IR_TAKE_ARG);
	if (old)
		old->imm.index = local;
	emit1(b, IR_GIVE_ARG, object)->imm.index = local;
	if (old)
		emit1(b, IR_DECREF, old)->imm.index = b->i->at;
}

/* What locals own dies with the frame, in order: its arguments' places take the objects over. */
static void give_locals(struct builder *b)
{
	struct frame *top = b->top;
	for (uint32_t i = 0; i < top->code->n_locals; i++) {
		struct av *v = &top->locals[i];
		if (v->kind == AV_SUSPENDED)
			leave_suspended(b, v);
		if (bound_is_builtin(v))
			*v = bound_self(b, *v);
		if (av_has_items(v) && !tuple_is_quiet(v->tuple))
			(void)object_of(b, v);
		if (av_has_items(v))
			release(b, *v);
		struct ir_instr **object = av_object(v);
		if (object && v->own == OWN_OWNED)
			give_local(b, i, *object);
	}
}

static void note_returned(struct builder *b, const struct av *v)
{
	enum known known = v->kind == AV_INT || v->kind == AV_WIDE || v->kind == AV_U64 ? KNOWN_INT : known_of(b, v);
	if (is_str(known))
		known = KNOWN_STR;
	if (b->n_returned == 0 || known != b->returned)
		b->n_returned++;
	b->returned = known;
	if (known == KNOWN_LIST && v->kind == AV_OBJECT)
		items_return(b, v->v[0]);
}

/* To a direct call: its items. */
static void return_tuple(struct builder *b)
{
	struct ir_instr *items[MAX_TUPLE_ITEMS];
	note_returned(b, peek(b, 1));
	tuple_needs_object(b, peek(b, 1)->tuple);
	uint32_t n = tuple_take(b, items);
	give_locals(b);
	emit(b, IR_RETURN_VALUES, n, items)->imm.index = outermost_at(b);
}

static void return_record(struct builder *b)
{
	struct ir_instr *items[MAX_TUPLE_ITEMS + 2];
	const struct tuple_value *instance = peek(b, 1)->tuple;
	note_returned(b, peek(b, 1));
	tuple_needs_object(b, instance);
	items[0] = instance->items[0].v[0];
	items[1] = const_instr(b, record_code(instance->record));
	uint32_t n = 2 + tuple_take(b, items + 2);
	give_locals(b);
	emit(b, IR_RETURN_RECORD, n, items)->imm.index = outermost_at(b);
}

static bool build_return(struct builder *b)
{
	if (b->top->library == LIBRARY_SORT)
		return sort_end(b);
	if (b->top->is_inlined)
		return inline_return(b);
	if (b->top->outer)
		return b->top->is_call ? build_call_return(b) : build_generator_return(b);
	if (b->runs_python) /* whoever kept the frame sees it here */
		emit0(b, IR_FRAME_ENDS)->imm.index = outermost_at(b);
	struct av *v = peek(b, 1);
	if (v->kind == AV_TUPLE && v->tuple->n > 0 && b->self && !b->self->is_init) {
		return_tuple(b);
	} else if (v->kind == AV_RECORD && b->self && !b->self->is_init) {
		return_record(b);
	} else if (av_is_number(v) && (!v->object || b->self)) {
		note_returned(b, v);
		release(b, *v);
		give_locals(b);
		(void)emit1(b, IR_RETURN, v->v[0]);
	} else {
		struct ir_instr *object = object_of(b, v);
		if (!object)
			return false;
		own(b, v);
		note_returned(b, v);
		give_locals(b);
		(void)emit1(b, av_object(v) ? IR_RETURN_OWNED : IR_RETURN, object);
	}
	b->block = NULL;
	return true;
}

static bool build_stack(struct builder *b)
{
	struct av v;
	switch (b->i->op) {
	case BC_POP: drop(b, 1); break;
	case BC_COPY:
		if (!make_one(b, peek(b, b->i->arg)))
			return false;
		push(b, *peek(b, b->i->arg));
		if (av_has_items(peek(b, 1)))
			peek(b, 1)->tuple->places++;
		if (peek(b, 1)->own == OWN_OWNED) {
			peek(b, 1)->own = OWN_NONE; /* the one below has it: get another */
			own(b, peek(b, 1));
		}
		break;
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
static bool build_load_item_or_attr(struct builder *b)
{
	if (!(b->i->op == BC_GET_ITEM ? build_get_item(b) : build_load_attr(b)))
		return false;
	expect_loaded_large(b);
	return true;
}

static bool build_instr(struct builder *b)
{
	switch (b->i->op) {
	case BC_NOP: return true;
	case BC_LOAD_LOCAL:
	case BC_STORE_LOCAL:
	case BC_DELETE_LOCAL:
	case BC_LOAD_DEREF:
	case BC_STORE_DEREF: return build_locals(b);
	case BC_MAKE_CELL: return build_make_cell(b);
	case BC_COPY_FREE_VARS: build_copy_free_vars(b); return true;
	case BC_LOAD_CELL: return build_load_cell(b);
	case BC_LOAD_CONST: return push_const(b, b->i->arg);
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
	case BC_JUMP: go_to_target(b); return true;
	case BC_BRANCH:
	case BC_BRANCH_OR_POP: return build_branch(b);
	case BC_GET_ITER: return build_get_iter(b);
	case BC_FOR_ITER: return build_for_iter(b);
	case BC_GET_ITEM:
	case BC_LOAD_ATTR: return build_load_item_or_attr(b);
	case BC_SET_ITEM: return build_set_item(b);
	case BC_DELETE_ITEM: return build_delete_item(b);
	case BC_CONTAINS: return build_contains(b);
	case BC_STORE_ATTR: return build_store_attr(b);
	case BC_DELETE_ATTR: return build_delete_attr(b);
	case BC_LOAD_METHOD: return object_load_method(b);
	case BC_STORE_GLOBAL: return build_store_global(b);
	case BC_LOAD_BUILTIN:
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "AssertionError") });
		return true;
	case BC_BUILD_TUPLE: return build_build_tuple(b) || build_tuple(b) || build_build(b);
	case BC_BUILD_LIST:
	case BC_BUILD_SET:
	case BC_BUILD_MAP:
	case BC_BUILD_CONST_KEY_MAP:
	case BC_BUILD_STRING: return build_build(b);
	case BC_BUILD_SLICE: return build_slice(b) || build_build(b);
	case BC_LIST_APPEND:
	case BC_LIST_EXTEND:
	case BC_SET_ADD:
	case BC_SET_UPDATE:
	case BC_MAP_ADD:
	case BC_DICT_UPDATE:
	case BC_DICT_MERGE: return build_add(b);
	case BC_LIST_TO_TUPLE: return build_list_to_tuple(b);
	case BC_UNPACK:
	case BC_UNPACK_EX: return build_unpack(b);
	case BC_FORMAT: return build_format(b);
	case BC_CALL_EX: return build_call_ex(b);
	case BC_IMPORT:
	case BC_IMPORT_FROM: return build_import(b);
	case BC_GET_LEN:
	case BC_MATCH_SEQUENCE:
	case BC_MATCH_MAPPING:
	case BC_MATCH_CLASS:
	case BC_MATCH_KEYS: return build_match(b);
	case BC_BEFORE_WITH: return build_before_with(b);
	case BC_PUSH_EXC:
	case BC_MATCH_EXC:
	case BC_POP_EXC: return build_handler(b);
	case BC_WITH_EXCEPT: return build_with_except(b);
	case BC_RERAISE: return build_reraise(b);
	case BC_MAKE_FUNCTION: return build_make_function(b);
	case BC_CALL: return build_call(b);
	case BC_RAISE: return build_raise(b);
	case BC_RETURN: return build_return(b);
	case BC_RETURN_GENERATOR: /* what it pushes is popped by the next instruction */
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
		return true;
	case BC_YIELD: return build_yield(b);
	case BC_YIELD_FROM: return object_yield_from(b);
	case BC_SEND: return build_send(b);
	case BC_UNSUPPORTED: break;
	}
	return false;
}

/* On from the current position to where the block ends. */
static void build_on(struct builder *b, bool entered)
{
	for (; b->block; entered = false) {
		struct frame *top = b->top;
		b->i = &top->code->instrs[top->at];
		b->raise = NULL;
		b->moved = false;
		if (b->i->is_target && !entered) {
			b->i = NULL;
			go_to(b, top->at);
			continue;
		}
		if (inline_raises(b)) {
			not_translated(b);
		} else if (!build_instr(b)) {
			inline_untranslated(b);
			not_translated(b);
		} else if (b->block && !b->moved) {
			b->top->at++;
			inline_settle(b);
		}
		if (b->f->n_blocks > MAX_BLOCKS)
			b->too_big = true;
		if (b->too_big)
			b->block = NULL;
	}
}

void go_on(struct builder *b)
{
	build_on(b, false);
}

static bool is_loop_target(const struct frame *top)
{
	for (uint32_t i = top->at; i < top->code->n_instrs; i++)
		if (top->code->instrs[i].backward && top->code->instrs[i].target == top->at)
			return true;
	return false;
}

static void build_function(struct builder *b)
{
	const struct build_input *input = b->input;
	uint32_t n = b->self ? b->self->n_operands : input->n_params;
	b->f->n_params = n;
	b->f->params = ir_alloc(b->f, (n + 1) * sizeof(input->params[0]));
	memcpy(b->f->params, input->params, n * sizeof(input->params[0]));
	if (!b->self && input->loop)
		b->f->loop = *input->loop;
	build_entry(b);
	build_on(b, true);
	while (b->work && !b->too_big) {
		struct version *v = b->work->version;
		b->work = b->work->next;
		b->block = v->block;
		b->top = frame_copy(b, v->top);
		b->exit = NULL;
		if (is_loop_target(b->top)) {
			stand_at(b, b->top->at);
			(void)emit0(b, IR_ANCHOR);
		}
		build_on(b, true);
	}
	for (struct decoded_code *d = b->codes; d; d = d->next)
		bc_free(d->code);
}

static void build_first(struct builder *b, struct builder *first)
{
	first->f = ir_function_new(b->input->name, b->input->symbol);
	first->f->family = ir_family(b->f); /* what it calls directly is for the second one too */
	first->learning = true;
	build_function(first);
	ir_function_free(first->f);
}

/* What was built in is refused now and then only here, or another function in its place; and so are generators, behind
 * another one that was refused. */
static void build_last(struct builder *b)
{
	enum { ROUNDS = 3 };
	const struct builder begin = *b;
	for (int round = 1;; round++) {
		const struct refused_inline *refused_before = b->refused_inlines;
		const struct refused *generators_before = b->refused;
		build_function(b);
		if (b->refused_inlines == refused_before && b->refused == generators_before)
			return;
		struct refused_inline *inlines = b->refused_inlines;
		struct refused *generators = b->refused;
		*b = begin;
		b->f->n_blocks = b->f->n_exits = b->f->next_id = 0;
		b->refused_inlines = inlines;
		b->refused = generators;
		b->no_inlines = round == ROUNDS;
		b->no_generators |= round == ROUNDS;
	}
}

bool build_all(struct builder *b)
{
	struct builder first = *b;
	build_first(b, &first);
	if (first.too_big && first.has_generators) {
		b->no_generators = true;
		learnt_free(first.learnt);
		first = *b;
		build_first(b, &first);
	}
	b->learnt = first.learnt;
	b->refused = first.refused;
	b->refused_inlines = first.refused_inlines;
	b->runs_python = first.runs_python;
	b->made_params = first.made_params;
	build_last(b);
	learnt_free(b->learnt);
	return !b->too_big;
}

enum reason build_ir(const struct build_input *wanted, struct ir_function **ret)
{
	struct build_input in = *wanted, *input = &in;
	cleanup_free enum value_type *params = wanted->loop ? loop_params(wanted) : NULL;
	if (params)
		in.params = params;
	struct family family = { .code = input->code, .globals = input->globals };
	struct builder b = { .f = ir_function_new(input->name, input->symbol), .input = input, .family = &family };
	bool built = build_all(&b);
	*ret = built ? b.f : NULL;
	if (!built)
		ir_function_free(b.f);
	return built ? REASON_NONE : REASON_TOO_BIG;
}
