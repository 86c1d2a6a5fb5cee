/* build_library.c - what builtins that are written in C do with functions that are given to them, as bytecode: a call
 * of map() or filter() is a suspended frame of such a body (build_generators.c), so that loops, sum() and others that
 * consume it have it built in, and the function is called directly.
 *
 * No such body exists in CPython: at a side exit it becomes an iterator that gives what is still to come, however far
 * it has come with one item (state_library()).  Nobody sees a frame of it, as there is none in CPython. */
#include "config.h"

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"

/* Their locals. */
enum { FUNCTION, ITEM, N_LOCALS };
enum { MAX_STACK = 4 };

#define CALL_OF_ITEM                                                                                                   \
	LIBRARY_INSTR(STORE_LOCAL, .arg = ITEM), LIBRARY_INSTR(PUSH_NULL), LIBRARY_INSTR(LOAD_LOCAL, .arg = FUNCTION), \
		LIBRARY_INSTR(LOAD_LOCAL, .arg = ITEM), LIBRARY_INSTR(CALL, .arg = 1)

/* The iterator is on the stack; the item lives until the function has returned, as in map_next(). */
static struct bc_instr map_instrs[] = {
	LIBRARY_INSTR(FOR_ITER, .target = 10, .is_target = true),
	CALL_OF_ITEM,
	LIBRARY_INSTR(DELETE_LOCAL, .arg = ITEM),
	LIBRARY_INSTR(YIELD),
	LIBRARY_INSTR(POP),
	LIBRARY_INSTR(JUMP, .target = 0, .backward = true),
	/* 10: */ LIBRARY_INSTR(PUSH_NULL, .is_target = true),
	LIBRARY_INSTR(RETURN),
};

static struct bc_instr filter_instrs[] = {
	LIBRARY_INSTR(FOR_ITER, .target = 14, .is_target = true),
	CALL_OF_ITEM,
	LIBRARY_INSTR(BRANCH, .arg = IF_FALSE, .target = 12),
	LIBRARY_INSTR(LOAD_LOCAL, .arg = ITEM),
	LIBRARY_INSTR(DELETE_LOCAL, .arg = ITEM),
	LIBRARY_INSTR(YIELD),
	LIBRARY_INSTR(POP),
	LIBRARY_INSTR(JUMP, .target = 0, .backward = true),
	/* 12: */ LIBRARY_INSTR(DELETE_LOCAL, .arg = ITEM, .is_target = true),
	LIBRARY_INSTR(JUMP, .target = 0, .backward = true),
	/* 14: */ LIBRARY_INSTR(PUSH_NULL, .is_target = true),
	LIBRARY_INSTR(RETURN),
};
#undef CALL_OF_ITEM

/* What sum(), list() and the like do with an instance of a class of the module: see each_of_instance(). */
static struct bc_instr each_instrs[] = {
	LIBRARY_INSTR(FOR_ITER, .target = 4, .is_target = true), LIBRARY_INSTR(YIELD),  LIBRARY_INSTR(POP),
	LIBRARY_INSTR(JUMP, .target = 0, .backward = true),
	/* 4: */ LIBRARY_INSTR(PUSH_NULL, .is_target = true),    LIBRARY_INSTR(RETURN),
};

enum { N_INSTRS = 16 };
static uint8_t all_live[N_INSTRS * N_LOCALS] = { [0 ... N_INSTRS * N_LOCALS - 1] = BC_READ | BC_SEEN };
static uint8_t local_kinds[N_LOCALS] = { BC_LOCAL, BC_LOCAL };
static bool assigned[N_LOCALS] = { [ITEM] = true };

#define BODY(body, of)                                                                                               \
	{                                                                                                            \
		.name = body, .is_generator = true, .n_params = 1, .n_locals = N_LOCALS, .local_kinds = local_kinds, \
		.assigned = assigned, .live = all_live, .stack_size = MAX_STACK,                                     \
		.n_instrs = sizeof(of) / sizeof(of[0]), .instrs = of                                                 \
	}
static const struct bc_code bodies[] = { [LIBRARY_MAP] = BODY("map", map_instrs),
					 [LIBRARY_FILTER] = BODY("filter", filter_instrs),
					 [LIBRARY_EACH] = BODY("each", each_instrs) };
#undef BODY
_Static_assert(sizeof(filter_instrs) == N_INSTRS * sizeof(filter_instrs[0]), "the longest one");

/* ---- calling it ------------------------------------------------------------ */

/* Of the iterator on top of the stack, which it takes. */
static struct frame *library_frame(struct builder *b, enum library library)
{
	const struct bc_code *code = &bodies[library];
	struct frame *inner = ir_alloc(b->f, sizeof(*inner));
	*inner = (struct frame){ .outer = b->top, .code = code, .code_const = UINT32_MAX, .library = library };
	inner->depth = b->top->depth + 1;
	inner->locals = ir_alloc(b->f, N_LOCALS * sizeof(struct av));
	inner->stack = ir_alloc(b->f, (code->stack_size + 1) * sizeof(struct av));
	own(b, peek(b, 1));
	pass_suspended(peek(b, 1));
	inner->stack[inner->n_stack++] = pop(b);
	hold(inner, &inner->stack[0]);
	return inner;
}

/* Stack: NULL, the builtin, the function, an iterator. */
static void push_library(struct builder *b, enum library library)
{
	own(b, peek(b, 2));
	struct frame *inner = library_frame(b, library);
	inner->locals[FUNCTION] = pop(b);
	drop(b, 2);
	push_suspended(b, inner);
	b->top->at++;
	b->moved = true;
	b->exit = b->raise = NULL;
}

/* Only of a list is it known before it runs that it is one. */
static bool is_iterable(struct builder *b)
{
	struct av *v = peek(b, 1);
	constant_as_object(b, v);
	return v->kind == AV_OBJECT || v->kind == AV_RANGE || v->kind == AV_SUSPENDED;
}

static bool is_function(struct builder *b, struct av *v)
{
	if (v->kind == AV_FUNCTION)
		return object_of(b, v) != NULL; /* once, and not in each round */
	return v->kind == AV_OBJECT || v->kind == AV_BUILTIN;
}

/* map() and filter() of one iterable.  Stack: NULL, the builtin, n arguments. */
bool call_library(struct builder *b, uint32_t n, enum library library)
{
	if (n != 2 || b->top->depth + 1 >= MAX_DEPTH || is_refused_here(b) || !is_function(b, peek(b, 2)) ||
	    !is_iterable(b))
		return false;
	const struct av *v = peek(b, 1);
	bool is_str = v->kind == AV_OBJECT && v->known == KNOWN_STR;
	if (!is_str && (v->kind != AV_OBJECT || v->known != KNOWN_NONE)) {
		if (!build_get_iter(b))
			return false;
		push_library(b, library);
		return true;
	}
	/* What build_get_iter() would ask: it goes on behind its instruction, which this is not. */
	struct ir_instr *is_likely = is_str ? emit1(b, IR_STR_IS_LATIN1, v->v[0]) : type_is(b, v, KNOWN_LIST);
	struct frame *here = split(b, is_likely, true);
	refine(b, peek(b, 1)->v[0], is_str ? KNOWN_LATIN1 : KNOWN_LIST);
	if (build_get_iter(b))
		push_library(b, library);
	else
		not_translated(b);
	go_on_otherwise(b, here);
	if (!object_get_iter(b))
		return false;
	push_library(b, library);
	return true;
}

/* Whether it may be an instance that is asked for its items one by one, as CPython was seen to do here; its object. */
static struct ir_instr *asked_instance(struct builder *b)
{
	char names[MAX_METHODS][CALLEE_NAME];
	struct av *v = peek(b, 1);
	bool is_instance = v->kind == AV_RECORD || (v->kind == AV_OBJECT && v->known == KNOWN_NONE);
	if (!is_instance || b->top->library || is_refused_here(b) || find_iterating(b, "__next__", names) == 0)
		return NULL;
	return object_of(b, v);
}

struct frame *each_of_instance(struct builder *b)
{
	struct ir_instr *object = asked_instance(b);
	if (!object)
		return NULL;
	struct ir_instr *gives = rt(b, IR_RT_STATUS, RT_MEMBER_gives_items, 1, &object);
	struct frame *here = split(b, emit2(b, IR_I64_NE, gives, emit_i64(b, 0)), true);
	if (object_get_iter(b)) {
		push_suspended(b, library_frame(b, LIBRARY_EACH));
		return here;
	}
	not_translated(b);
	unsplit(b, here);
	return NULL;
}

/* ---- at a side exit ---------------------------------------------------------- */

static struct state_value *state_of_two(struct builder *b, enum state_kind kind, struct state_value *x,
					struct state_value *y, uint32_t more)
{
	struct state_value *s = state_new(b, kind, 2 + more);
	s->children[0] = x;
	s->children[1] = y;
	return s;
}

static struct state_value *state_one(struct builder *b, struct state_value *x)
{
	struct state_value *s = state_new(b, STATE_TUPLE, 1);
	s->children[0] = x;
	return s;
}

static bool owns(const struct av *v)
{
	return v->own == OWN_OWNED || av_has_items(v);
}

/* What map() or filter() of the function and the iterator give.  The stack from first_unused on and the item, if that
 * is of no use any more, go along: native code may own them. */
static struct state_value *state_rest(struct builder *b, struct frame *frame, struct state_value *iterator,
				      uint32_t first_unused, bool item_unused)
{
	struct av *unused[1 + MAX_STACK];
	uint32_t n = 0;
	for (uint32_t i = first_unused; i < frame->n_stack; i++)
		if (owns(&frame->stack[i]))
			unused[n++] = &frame->stack[i];
	if (item_unused && owns(&frame->locals[ITEM]))
		unused[n++] = &frame->locals[ITEM];
	enum state_kind kind = frame->library == LIBRARY_MAP ? STATE_MAP : STATE_FILTER;
	struct state_value *function = state_of(b, frame, &frame->locals[FUNCTION]);
	struct state_value *s = state_of_two(b, kind, function, iterator, n);
	for (uint32_t i = 0; i < n; i++)
		s->children[2 + i] = state_of(b, frame, unused[i]);
	return s;
}

/* Of what has no function: the value that is ready, if one is, and the iterator, which was asked for already. */
static struct state_value *state_each(struct builder *b, struct frame *frame, struct state_value *iterator, bool raises)
{
	bool is_ready = frame->code->instrs[frame->at].op == BC_YIELD;
	struct state_value *first = raises     ? state_new(b, STATE_RAISES, 0)
				    : is_ready ? state_one(b, state_of(b, frame, &frame->stack[frame->n_stack - 1]))
					       : state_new(b, STATE_TUPLE, 0);
	return state_of_two(b, STATE_CHAIN, first, iterator, 0);
}

/* The iterator that goes on where the frame is.  inner: what it iterates over runs, and is call; NULL: it does not.
 * raises: the function has raised. */
struct state_value *state_library(struct builder *b, struct frame *frame, const struct frame *inner,
				  struct state_value *call, bool raises)
{
	enum bc_op op = frame->code->instrs[frame->at].op;
	struct av *top = frame->n_stack ? &frame->stack[frame->n_stack - 1] : NULL;
	bool has_item = frame->locals[ITEM].kind != AV_UNBOUND;
	bool is_over = op == BC_RETURN || (op == BC_PUSH_NULL && frame->n_stack == 0);
	struct state_value *iterator = inner     ? call
				       : is_over ? state_new(b, STATE_TUPLE, 0)
						 : state_of(b, frame, &frame->stack[0]);
	if (frame->library == LIBRARY_EACH)
		return state_each(b, frame, iterator, raises);
	if (raises)
		return state_of_two(b, STATE_CHAIN, state_new(b, STATE_RAISES, 0),
				    state_rest(b, frame, iterator, 1, has_item), 0);
	if (op == BC_YIELD || (op == BC_DELETE_LOCAL && frame->n_stack == 2)) { /* a value is ready */
		struct state_value *value = state_one(b, state_of(b, frame, top));
		return state_of_two(b, STATE_CHAIN, value, state_rest(b, frame, iterator, 2, has_item), 0);
	}
	if (op == BC_BRANCH) {
		struct state_value *item = state_one(b, state_of(b, frame, &frame->locals[ITEM]));
		struct state_value *chosen =
			state_of_two(b, STATE_COMPRESS, item, state_one(b, state_of(b, frame, top)), 0);
		return state_of_two(b, STATE_CHAIN, chosen, state_rest(b, frame, iterator, 2, false), 0);
	}
	if (op == BC_STORE_LOCAL || (has_item && op != BC_DELETE_LOCAL)) { /* the function is to be called */
		struct state_value *item =
			state_one(b, state_of(b, frame, op == BC_STORE_LOCAL ? top : &frame->locals[ITEM]));
		iterator = state_of_two(b, STATE_CHAIN, item, iterator, 0);
		return state_rest(b, frame, iterator, op == BC_STORE_LOCAL ? 2 : 1, false);
	}
	return state_rest(b, frame, iterator, 1, has_item);
}
