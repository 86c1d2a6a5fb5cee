/* build_state.c - the builder's frames: copying, comparing, and how CPython's frames are made of them at an exit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

const uint8_t av_values[AV_KIND_COUNT] = {
	[AV_INT] = 1,       [AV_FLOAT] = 1, [AV_BOOL] = 1,      [AV_WIDE] = 1,   [AV_SEQ_ITER] = 2, [AV_REVERSED] = 2,
	[AV_ENUMERATE] = 3, [AV_ZIP] = 2,   [AV_REAL_CELL] = 1, [AV_OBJECT] = 1, [AV_RANGE] = 3,    [AV_RANGE_ITER] = 3,
	[AV_GENERATOR] = 3, [AV_SLICE] = 3, [AV_COMPLEX] = 2,   [AV_U64] = 1,    [AV_UNSEEN] = 1,
};

static struct frame *plain_copy(struct builder *b, const struct frame *top);

static void copy_suspended(struct builder *b, struct frame *holder, struct av *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (values[i].kind != AV_SUSPENDED)
			continue;
		struct frame *generator = values[i].generator;
		struct frame *outer = generator->outer;
		generator->outer = NULL; /* who holds it is copied already */
		values[i].generator = plain_copy(b, generator);
		generator->outer = outer;
		hold(holder, &values[i]);
	}
}

static struct frame *plain_copy(struct builder *b, const struct frame *top)
{
	struct frame *copy = ir_alloc(b->f, sizeof(*copy));
	*copy = *top;
	if (top->outer)
		copy->outer = plain_copy(b, top->outer);
	copy->locals = ir_alloc(b->f, top->code->n_locals * sizeof(struct av));
	memcpy(copy->locals, top->locals, top->code->n_locals * sizeof(struct av));
	copy->stack = ir_alloc(b->f, (top->code->stack_size + 1) * sizeof(struct av));
	memcpy(copy->stack, top->stack, top->n_stack * sizeof(struct av));
	copy_suspended(b, copy, copy->locals, top->code->n_locals);
	copy_suspended(b, copy, copy->stack, top->n_stack);
	return copy;
}

struct frame *frame_copy(struct builder *b, const struct frame *top)
{
	struct frame *copy = plain_copy(b, top);
	tuples_copy(b, copy);
	return copy;
}

static bool functions_equal(const struct made_function *a, const struct made_function *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->code != b->code || a->n_cells != b->n_cells)
		return false;
	return memcmp(a->cells, b->cells, a->n_cells * sizeof(a->cells[0])) == 0;
}

/* The tuples in the frames that are compared: the same places must hold the same ones. */
struct shapes {
	struct seen_tuples a, b;
};

static bool same_shape(struct shapes *s, const struct av *a, const struct av *b);

static bool same_names(const struct tuple_value *a, const struct tuple_value *b)
{
	return !a->names == !b->names && (!a->names || memcmp(a->names, b->names, a->n * sizeof(a->names[0])) == 0);
}

static bool same_tuples(struct shapes *s, const struct av *a, const struct av *b)
{
	if (!av_has_items(a))
		return true;
	uint32_t n = s->a.n, number = tuple_number(&s->a, a->tuple);
	if (number != tuple_number(&s->b, b->tuple) || a->tuple->n != b->tuple->n ||
	    a->tuple->record != b->tuple->record || !same_names(a->tuple, b->tuple))
		return false;
	for (uint32_t i = 0; number == n && i < a->tuple->n; i++)
		if (!same_shape(s, &a->tuple->items[i], &b->tuple->items[i]))
			return false;
	return true;
}

static bool frame_same_shape(struct shapes *s, const struct frame *a, const struct frame *b);

static bool same_shape(struct shapes *s, const struct av *a, const struct av *b)
{
	return a->kind == b->kind && a->known == b->known && a->own == b->own && a->index == b->index &&
	       a->cell.depth == b->cell.depth && a->cell.local == b->cell.local && !a->object == !b->object &&
	       functions_equal(a->function, b->function) && same_tuples(s, a, b) &&
	       (a->kind != AV_SUSPENDED || frame_same_shape(s, a->generator, b->generator));
}

static bool frame_same_shape(struct shapes *s, const struct frame *a, const struct frame *b)
{
	if (a->code != b->code || a->at != b->at || a->n_stack != b->n_stack || a->cells_made != b->cells_made ||
	    a->is_loose != b->is_loose || a->is_passed != b->is_passed || a->kept_by != b->kept_by ||
	    !functions_equal(a->function, b->function) || !same_shape(s, &a->sum, &b->sum))
		return false;
	for (uint32_t i = 0; i < a->code->n_locals; i++)
		if (!same_shape(s, &a->locals[i], &b->locals[i]))
			return false;
	for (uint32_t i = 0; i < a->n_stack; i++)
		if (!same_shape(s, &a->stack[i], &b->stack[i]))
			return false;
	return true;
}

bool frames_same_shape(const struct frame *a, const struct frame *b)
{
	struct shapes s = { 0 };
	for (; a && b; a = a->outer, b = b->outer)
		if (!frame_same_shape(&s, a, b))
			return false;
	return !a && !b;
}

struct visitor {
	void (*visit)(struct ir_instr **value, void *data);
	void *data;
};

static void visit_values(struct av *v, void *data)
{
	const struct visitor *to = data;
	for (uint8_t i = 0; i < av_values[v->kind]; i++)
		to->visit(&v->v[i], to->data);
	if (v->object)
		to->visit(&v->object, to->data);
}

void frames_visit(struct frame *top, void (*visit)(struct ir_instr **value, void *data), void *data)
{
	struct visitor to = { visit, data };
	frames_each_place(top, visit_values, &to);
}

struct places {
	struct av **list; /* NULL: they are only counted */
	uint32_t n;
};

static void place_collect(struct av *v, void *data)
{
	struct places *to = data;
	if (to->list)
		to->list[to->n] = v;
	to->n++;
}

static struct places places_of(struct builder *b, struct frame *top)
{
	struct places places = { .n = 0 };
	frames_each_place(top, place_collect, &places);
	places.list = ir_alloc(b->f, (places.n + 1) * sizeof(struct av *));
	places.n = 0;
	frames_each_place(top, place_collect, &places);
	return places;
}

/* normalise() was here before: what is left of the objects of numbers are arguments, which the frame keeps. */
static void drop_difference(struct av *v, const struct av *other)
{
	if (av_is_unboxed(v) && v->kind == other->kind && !other->object)
		v->object = NULL;
	if (v->kind == AV_OBJECT && other->kind == AV_OBJECT && v->known != other->known &&
	    v->known != KNOWN_NULLABLE && v->known != KNOWN_ITERATOR)
		v->known = KNOWN_NONE;
}

void frames_drop_differences(struct builder *b, struct frame *top, struct frame *other)
{
	struct places mine = places_of(b, top), its = places_of(b, other);
	for (uint32_t i = 0; mine.n == its.n && i < mine.n; i++)
		drop_difference(mine.list[i], its.list[i]);
}

struct av *cell_local(struct frame *top, struct cell_ref cell)
{
	while (top->depth > cell.depth)
		top = top->outer;
	return &top->locals[cell.local];
}

/* ---- states ---------------------------------------------------------------- */

struct state_value *state_new(struct builder *b, enum state_kind kind, uint32_t n_children)
{
	struct state_value *s = ir_alloc(b->f, sizeof(*s));
	s->kind = kind;
	s->n_children = n_children;
	if (n_children)
		s->children = ir_alloc(b->f, n_children * sizeof(struct state_value *));
	return s;
}

static struct state_value *state_leaf(struct builder *b, enum state_kind kind, struct ir_instr *value)
{
	struct state_value *s = state_new(b, kind, 0);
	s->instr = value;
	return s;
}

static void state_fill(struct builder *b, struct state_frame *s, struct frame *frame, struct frame *inner,
		       struct state_value *call);

static uint32_t cell_number(struct builder *b, struct cell_ref cell)
{
	for (uint32_t i = 0; i < b->n_cells; i++)
		if (b->cells[i].depth == cell.depth && b->cells[i].local == cell.local)
			return i;
	if (b->n_cells == b->cap_cells) {
		struct cell_ref *old = b->cells;
		b->cap_cells = 2 * b->cap_cells + 8;
		b->cells = ir_alloc(b->f, b->cap_cells * sizeof(*b->cells));
		if (old)
			memcpy(b->cells, old, b->n_cells * sizeof(*old));
	}
	b->cells[b->n_cells] = cell;
	return b->n_cells++;
}

static struct state_value *state_cell(struct builder *b, struct frame *top, struct cell_ref cell)
{
	const struct av *local = cell_local(top, cell);
	if (local->kind == AV_REAL_CELL)
		return state_leaf(b, STATE_OBJ, local->v[0]);
	struct state_value *s = state_new(b, STATE_CELL, 1);
	s->index = cell_number(b, cell);
	s->children[0] = state_of(b, top, cell_local(top, cell));
	return s;
}

static struct state_value *state_ints(struct builder *b, enum state_kind kind, struct ir_instr *const *v)
{
	struct state_value *s = state_new(b, kind, 3);
	for (int i = 0; i < 3; i++)
		s->children[i] = state_leaf(b, STATE_I64, v[i]);
	return s;
}

static struct state_value *state_none(struct builder *b)
{
	struct state_value *s = state_new(b, STATE_CONST, 0);
	s->index = const_builtin(b, "None");
	return s;
}

/* Those with the same number are one object. */
static struct state_value *state_tuple(struct builder *b, struct frame *top, const struct av *v)
{
	struct state_value *s = state_new(b, STATE_VALUES, v->tuple->n);
	s->index = tuple_number(&b->exit_tuples, v->tuple);
	for (uint32_t i = 0; i < v->tuple->n; i++)
		s->children[i] = state_of(b, top, &v->tuple->items[i]);
	return s;
}

static struct state_value *state_keywords(struct builder *b, struct frame *top, const struct av *v)
{
	const struct tuple_value *dict = v->tuple;
	struct state_value *s = state_new(b, STATE_KEYWORDS, 2 * dict->n);
	s->index = tuple_number(&b->exit_tuples, v->tuple);
	for (uint32_t i = 0; i < dict->n; i++) {
		s->children[2 * i] = state_new(b, STATE_CONST, 0);
		s->children[2 * i]->index = const_name(b, PyUnicode_AsUTF8(dict->names[i]));
		s->children[2 * i + 1] = state_of(b, top, &dict->items[i]);
	}
	return s;
}

/* The same of an instance of a record. */
static struct state_value *state_record(struct builder *b, struct frame *top, const struct av *v)
{
	struct state_value *s = state_new(b, STATE_RECORD, v->tuple->n + 1);
	s->index = tuple_number(&b->exit_tuples, v->tuple);
	s->children[0] = state_new(b, STATE_CONST, 0);
	s->children[0]->index = record_code(v->tuple->record);
	for (uint32_t i = 0; i < v->tuple->n; i++)
		s->children[i + 1] = state_of(b, top, &v->tuple->items[i]);
	return s;
}

/* Those with the same parts are one object, as far as they can be told. */
static uint32_t complex_number(struct builder *b, const struct av *v)
{
	uint32_t i = 0;
	while (i < b->n_complexes && (b->complexes[i][0] != v->v[0] || b->complexes[i][1] != v->v[1]))
		i++;
	if (i == b->n_complexes) {
		if (i == MAX_EXIT_COMPLEXES) {
			b->too_big = true;
			return 0;
		}
		memcpy(b->complexes[b->n_complexes++], v->v, sizeof(b->complexes[0]));
	}
	return i;
}

static struct state_value *state_complex(struct builder *b, const struct av *v)
{
	struct state_value *s = state_new(b, STATE_COMPLEX, 2);
	s->index = complex_number(b, v);
	for (int i = 0; i < 2; i++)
		s->children[i] = state_leaf(b, STATE_F64, v->v[i]);
	return s;
}

static struct state_value *state_slice(struct builder *b, const struct av *v)
{
	struct state_value *s = state_new(b, STATE_SLICE, 3);
	for (int i = 0; i < 3; i++)
		s->children[i] = v->index & (1U << i) ? state_leaf(b, STATE_I64, v->v[i]) : state_none(b);
	return s;
}

static struct state_value *state_closure(struct builder *b, struct frame *top, const struct made_function *function)
{
	struct state_value *s = state_new(b, STATE_TUPLE, function->n_cells);
	for (uint32_t i = 0; i < function->n_cells; i++)
		s->children[i] = state_cell(b, top, function->cells[i]);
	return s;
}

static struct state_value *state_function(struct builder *b, struct frame *top, const struct made_function *function)
{
	struct state_value *s = state_new(b, STATE_FUNCTION, 1);
	s->index = function->code;
	s->children[0] = function->n_cells ? state_closure(b, top, function) : state_new(b, STATE_UNBOUND, 0);
	return s;
}

/* Of a generator; left: its bound __exit__. */
static struct state_value *state_manager(struct builder *b, struct state_value *generator, bool left)
{
	struct state_value *s = state_new(b, left ? STATE_LEAVES : STATE_MANAGER, 1);
	s->children[0] = generator;
	return s;
}

struct state_value *state_of(struct builder *b, struct frame *top, const struct av *v)
{
	enum state_kind object = v->own == OWN_OWNED ? STATE_OWNED : STATE_OBJ;
	if (v->object)
		return state_leaf(b, object, v->object);
	struct state_value *s;
	switch (v->kind) {
	case AV_NULL: return state_new(b, STATE_NULL, 0);
	case AV_INT: return state_leaf(b, STATE_I64, v->v[0]);
	case AV_COMPLEX: return state_complex(b, v);
	case AV_U64: return state_leaf(b, STATE_U64, v->v[0]);
	case AV_FLOAT: return state_leaf(b, STATE_F64, v->v[0]);
	case AV_BOOL: return state_leaf(b, STATE_BOOL, v->v[0]);
	case AV_WIDE: return state_leaf(b, STATE_I128, v->v[0]);
	case AV_OBJECT:
	case AV_REAL_CELL: return state_leaf(b, object, v->v[0]);
	case AV_SEQ_ITER:
	case AV_REVERSED:
		s = state_new(b, v->kind == AV_SEQ_ITER ? STATE_SEQ_ITER : STATE_REV_ITER, 2);
		s->children[0] = state_leaf(b, object, v->v[0]);
		s->children[1] = state_leaf(b, STATE_I64, v->v[1]);
		return s;
	case AV_ENUMERATE:
		s = state_new(b, STATE_ENUMERATE, 3);
		s->children[0] = state_leaf(b, object, v->v[0]);
		s->children[1] = state_leaf(b, STATE_I64, v->v[1]);
		s->children[2] = state_leaf(b, STATE_I64, v->v[2]);
		return s;
	case AV_ZIP:
		s = state_new(b, STATE_ZIP, 2);
		s->children[0] = state_leaf(b, object, v->v[0]);
		s->children[1] = state_leaf(b, STATE_I64, v->v[1]);
		return s;
	case AV_UNSEEN:
		s = state_new(b, STATE_UNSEEN, 1);
		s->children[0] = state_leaf(b, STATE_OBJ, v->v[0]);
		return s;
	case AV_TUPLE: return state_tuple(b, top, v);
	case AV_KEYWORDS: return state_keywords(b, top, v);
	case AV_RECORD: return state_record(b, top, v);
	case AV_BOUND:
		s = state_new(b, STATE_BOUND, 2);
		for (int i = 0; i < 2; i++)
			s->children[i] = state_of(b, top, &v->tuple->items[i]);
		return s;
	case AV_SLICE: return state_slice(b, v);
	case AV_CONST:
	case AV_BUILTIN:
		s = state_new(b, STATE_CONST, 0);
		s->index = v->index;
		return s;
	case AV_RANGE: return state_ints(b, STATE_RANGE, v->v);
	case AV_RANGE_ITER: return state_ints(b, STATE_RANGE_ITER, v->v);
	case AV_CELL: return state_cell(b, top, v->cell);
	case AV_CLOSURE: return state_closure(b, top, v->function);
	case AV_FUNCTION: return state_function(b, top, v->function);
	case AV_GENERATOR:
		s = state_new(b, STATE_GENERATOR_NEW, 2);
		s->children[0] = state_function(b, top, v->function);
		s->children[1] = state_ints(b, STATE_RANGE_ITER, v->v);
		return s;
	case AV_SUSPENDED:
		if (v->generator->library)
			return state_library(b, v->generator, NULL, NULL, false);
		s = state_new(b, STATE_GENERATOR, 0);
		s->frame = ir_alloc(b->f, sizeof(*s->frame));
		state_fill(b, s->frame, v->generator, NULL, NULL);
		return is_managed(v) ? state_manager(b, s, true) : s;
	case AV_UNBOUND:
	case AV_KIND_COUNT: break;
	}
	return state_new(b, STATE_UNBOUND, 0);
}

/* A number, or a tuple of some, that CPython will not look at again: not to be kept for an exit's sake. */
static bool is_dead_number(const struct frame *frame, uint32_t i)
{
	const struct bc_code *code = frame->code;
	const struct av *v = &frame->locals[i];
	if (bc_is_live(code, frame->at, i))
		return false;
	return v->kind == AV_TUPLE ? !tuple_has_objects(v->tuple) : av_is_unboxed(v) && !v->object;
}

/* What is in local i of a frame, as CPython has it. */
static struct state_value *state_local(struct builder *b, struct frame *frame, uint32_t i)
{
	uint8_t kinds = frame->code->local_kinds[i];
	if (kinds & BC_FREE) {
		if (!frame->function) /* the compiled function: COPY_FREE_VARS of the resume code fills it */
			return state_new(b, STATE_UNBOUND, 0);
		if (frame->locals[i].kind == AV_REAL_CELL)
			return state_of(b, frame, &frame->locals[i]);
		uint32_t first = frame->code->n_locals - frame->code->n_free;
		return state_cell(b, frame, frame->function->cells[i - first]);
	}
	if (frame->locals[i].kind == AV_REAL_CELL)
		return state_of(b, frame, &frame->locals[i]);
	if ((kinds & BC_CELL) && frame->cells_made)
		return state_cell(b, frame, (struct cell_ref){ frame->depth, i });
	return state_of(b, frame, &frame->locals[i]);
}

/* Whether the consumer is to get something before what the generator still gives. */
static bool has_so_far(const struct frame *inner)
{
	bool best = inner->consumer == CONSUMER_MIN || inner->consumer == CONSUMER_MAX;
	return inner->sum.kind == AV_OBJECT || (best && inner->sum.kind != AV_UNBOUND);
}

/* What an inner frame is for the outer one's stack: below is what consumes the generator, which gets the rest of that
 * and what came so far; or a function that does the rest of the call, and its one argument. */
static uint32_t state_fill_call(struct builder *b, struct state_frame *s, struct frame *inner, struct state_value *call)
{
	uint32_t n = s->n_stack - 3;
	if (inner->consumer == CONSUMER_FOR) { /* FOR_ITER is to go on with it */
		s->stack[n++] = call;
		return n;
	}
	if (inner->consumer == CONSUMER_WITH) { /* __enter__() or __exit__() is */
		bool entered = managed_is_entered(inner);
		s->stack[n++] = state_manager(b, call, !entered);
		for (int i = 1; i < N_EXIT_ARGUMENTS && !entered; i++)
			s->stack[n++] = state_none(b);
		return n;
	}
	s->call_arguments = 1;
	if (inner->is_call)
		s->stack[n++] = state_new(b, STATE_NULL, 0);
	if (!inner->is_call && has_so_far(inner)) {
		struct state_value *chain = state_new(b, STATE_CHAIN, 2);
		chain->children[0] = state_of(b, inner, &inner->sum);
		if (inner->sum.kind != AV_OBJECT) {
			struct state_value *one = state_new(b, STATE_TUPLE, 1);
			one->children[0] = chain->children[0];
			chain->children[0] = one;
		}
		chain->children[1] = call;
		call = chain;
	}
	s->stack[n++] = call;
	if (inner->is_call) {
		s->stack[n++] = state_none(b);
	} else if (inner->consumer == CONSUMER_SUM) {
		s->stack[n++] = state_of(b, inner, &inner->sum);
		s->call_arguments = 2;
	}
	return n;
}

/* Fill s for frame, which runs inner, if that is not NULL. */
static void state_fill(struct builder *b, struct state_frame *s, struct frame *frame, struct frame *inner,
		       struct state_value *call)
{
	const struct bc_instr *i = &frame->code->instrs[frame->at];
	s->code = frame->code_const;
	s->pc = inner && inner->consumer != CONSUMER_FOR && inner->consumer != CONSUMER_WITH ? i->call_pc : i->pc;
	s->line = i->line;
	s->n_locals = frame->code->n_locals;
	s->locals = ir_alloc(b->f, (s->n_locals + 1) * sizeof(struct state_value *));
	for (uint32_t k = 0; k < s->n_locals; k++)
		s->locals[k] = !inner && !s->raises && is_dead_number(frame, k) ? state_new(b, STATE_UNBOUND, 0)
										: state_local(b, frame, k);
	s->n_stack = frame->n_stack + (inner ? 3 : 0);
	s->stack = ir_alloc(b->f, (s->n_stack + 1) * sizeof(struct state_value *));
	for (uint32_t k = 0; k < frame->n_stack; k++)
		s->stack[k] = state_of(b, frame, &frame->stack[k]);
	if (inner)
		s->n_stack = state_fill_call(b, s, inner, call);
}

static struct ir_exit *exit_new(struct builder *b, bool raises)
{
	struct ir_exit *exit = ir_exit_new(b->f);
	struct frame *inner = NULL;
	struct state_value *call = NULL;
	struct frame *top = b->top;
	while (top->is_inlined) /* CPython does the call anew */
		top = top->outer;
	raises &= top == b->top;
	exit->at = outermost_at(b);
	b->exit_tuples.n = 0;
	b->n_complexes = 0;
	struct state_value *left = NULL;
	if (raises && top->library && top->is_call) { /* the call of min() raises */
		left = state_best_left(b, top);
		top = top->outer;
	}
	for (struct frame *frame = top; frame; inner = frame, frame = frame->outer) {
		struct state_frame *s = &exit->frame;
		struct state_value *v = NULL;
		if (frame->library && frame->is_call) {
			call = state_best(b, frame);
			continue;
		}
		if (frame->library) {
			call = state_library(b, frame, inner, call, raises && !inner);
			continue;
		}
		if (frame->outer) {
			v = state_new(b, frame->is_call ? STATE_REST : STATE_GENERATOR, 0);
			s = v->frame = ir_alloc(b->f, sizeof(*s));
		}
		s->raises = raises && !inner;
		state_fill(b, s, frame, inner, call);
		if (left)
			s->stack[s->n_stack++] = left;
		left = NULL;
		call = v;
	}
	if (raises)
		exit->why = "an exception";
	return exit;
}

struct ir_exit *exit_here(struct builder *b)
{
	if (!b->exit)
		b->exit = exit_new(b, false);
	return b->exit;
}

struct ir_exit *raise_here(struct builder *b)
{
	if (!b->raise)
		b->raise = exit_new(b, true);
	return b->raise;
}

struct ir_exit *exit_loop(struct builder *b, struct ir_instr *const *params)
{
	struct ir_exit *e = ir_exit_new(b->f);
	const struct bc_code *code = b->top->code;
	struct state_frame *frame = &e->frame;
	frame->pc = b->input->loop->pc;
	frame->line = code->instrs[b->top->at].line;
	frame->n_locals = code->n_locals;
	frame->locals = ir_alloc(b->f, (code->n_locals + 1) * sizeof(struct state_value *));
	for (uint32_t i = 0; i < code->n_locals; i++)
		frame->locals[i] = b->input->params[i] == VALUE_UNBOUND || (code->local_kinds[i] & BC_FREE)
					   ? state_new(b, STATE_UNBOUND, 0)
					   : state_leaf(b, STATE_OBJ, params[i]);
	frame->n_stack = b->input->loop->n_stack;
	frame->stack = ir_alloc(b->f, (frame->n_stack + 1) * sizeof(struct state_value *));
	for (uint32_t i = 0; i < frame->n_stack; i++)
		frame->stack[i] = state_leaf(b, STATE_OBJ, params[code->n_locals + i]);
	return e;
}

struct ir_exit *exit_entry(struct builder *b, struct ir_instr *const *params)
{
	struct ir_exit *e = ir_exit_new(b->f);
	const struct bc_code *code = b->top->code;
	e->frame.line = code->n_instrs ? code->instrs[0].line : 0;
	e->frame.n_locals = code->n_locals;
	e->frame.locals = ir_alloc(b->f, (code->n_locals + 1) * sizeof(struct state_value *));
	for (uint32_t i = 0; i < code->n_locals; i++)
		e->frame.locals[i] =
			i < code->n_params ? state_leaf(b, STATE_OBJ, params[i]) : state_new(b, STATE_UNBOUND, 0);
	return e;
}
