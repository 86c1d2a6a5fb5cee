/* build_best.c - min() and max() of one iterable with key=, as bytecode that is built into the caller's loop, so that
 * the function is called directly and items and keys are numbers where they can be.
 *
 * No such body exists in CPython, and nobody sees a frame of it.  At a side exit it becomes a function that does the
 * rest of the call, with the best item and its key so far (runtime_best()): the key is not asked for again. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_direct_priv.h"

/* Its locals. */
enum { FUNCTION, BEST, BEST_KEY, ITEM, KEY, N_LOCALS };
enum { MAX_STACK = 4 };

#define KEY_OF(item, key)                                                                             \
	LIBRARY_INSTR(STORE_LOCAL, .arg = (item)), LIBRARY_INSTR(PUSH_NULL),                          \
		LIBRARY_INSTR(LOAD_LOCAL, .arg = FUNCTION), LIBRARY_INSTR(LOAD_LOCAL, .arg = (item)), \
		LIBRARY_INSTR(CALL, .arg = 1), LIBRARY_INSTR(STORE_LOCAL, .arg = (key))

/* Where they are in the body, see state_best(). */
enum { FIRST = 0, LOOP = 7, COMPARED = 17, CHOSEN = 18, CHOSEN_END = 22, NEXT = 22, OVER = 25, EMPTY = 28, N_INSTRS };

#define BODY_OF(compare)                                                                                           \
	{                                                                                                          \
		/* FIRST: */ LIBRARY_INSTR(FOR_ITER, .target = EMPTY, .is_target = true), KEY_OF(BEST, BEST_KEY),  \
			/* LOOP: */ LIBRARY_INSTR(FOR_ITER, .target = OVER, .is_target = true), KEY_OF(ITEM, KEY), \
			LIBRARY_INSTR(LOAD_LOCAL, .arg = KEY), LIBRARY_INSTR(LOAD_LOCAL, .arg = BEST_KEY),         \
			LIBRARY_INSTR(COMPARE, .arg = (compare)),                                                  \
			/* COMPARED: */ LIBRARY_INSTR(BRANCH, .arg = IF_FALSE, .target = NEXT),                    \
			/* CHOSEN: */ LIBRARY_INSTR(LOAD_LOCAL, .arg = KEY),                                       \
			LIBRARY_INSTR(STORE_LOCAL, .arg = BEST_KEY), LIBRARY_INSTR(LOAD_LOCAL, .arg = ITEM),       \
			LIBRARY_INSTR(STORE_LOCAL, .arg = BEST),                                                   \
			/* NEXT: */ LIBRARY_INSTR(DELETE_LOCAL, .arg = ITEM, .is_target = true),                   \
			LIBRARY_INSTR(DELETE_LOCAL, .arg = KEY),                                                   \
			LIBRARY_INSTR(JUMP, .target = LOOP, .backward = true),                                     \
			/* OVER: */ LIBRARY_INSTR(DELETE_LOCAL, .arg = BEST_KEY, .is_target = true),               \
			LIBRARY_INSTR(LOAD_LOCAL, .arg = BEST), LIBRARY_INSTR(RETURN), /* EMPTY: */                \
		{                                                                                                  \
			.op = BC_UNSUPPORTED, .opcode = "a best one", .name = "nothing", .is_target = true,        \
			.names = UINT32_MAX, .handler = UINT32_MAX                                                 \
		}                                                                                                  \
	}
static struct bc_instr min_instrs[] = BODY_OF(COMPARE_LT);
static struct bc_instr max_instrs[] = BODY_OF(COMPARE_GT);
#undef BODY_OF
#undef KEY_OF
_Static_assert(sizeof(min_instrs) == N_INSTRS * sizeof(min_instrs[0]), "the body has these places");

static uint8_t all_live[N_INSTRS * N_LOCALS] = { [0 ... N_INSTRS * N_LOCALS - 1] = BC_READ | BC_SEEN };
static uint8_t local_kinds[N_LOCALS] = { BC_LOCAL, BC_LOCAL, BC_LOCAL, BC_LOCAL, BC_LOCAL };
static bool assigned[N_LOCALS] = { [BEST] = true, [BEST_KEY] = true, [ITEM] = true, [KEY] = true };

#define BODY(body, of)                                                                                               \
	{                                                                                                            \
		.name = body, .n_params = 1, .n_locals = N_LOCALS, .local_kinds = local_kinds, .assigned = assigned, \
		.live = all_live, .stack_size = MAX_STACK, .n_instrs = N_INSTRS, .instrs = of                        \
	}
static const struct bc_code bodies[] = {
	[LIBRARY_MIN] = BODY("min", min_instrs), [LIBRARY_MAX] = BODY("max", max_instrs)
};
#undef BODY

/* ---- calling it ------------------------------------------------------------ */

/* Stack: NULL, the builtin, an iterator, the function.  Stand in the body now. */
static void enter_best(struct builder *b, enum library library)
{
	const struct bc_code *code = &bodies[library];
	struct frame *inner = ir_alloc(b->f, sizeof(*inner));
	if (peek(b, 1)->kind == AV_OBJECT)
		own(b, peek(b, 1));
	own(b, peek(b, 2));
	pass_suspended(peek(b, 2));
	*inner = (struct frame){ .code = code, .code_const = UINT32_MAX, .library = library, .is_call = true };
	inner->depth = b->top->depth + 1;
	inner->locals = ir_alloc(b->f, N_LOCALS * sizeof(struct av));
	inner->stack = ir_alloc(b->f, (MAX_STACK + 1) * sizeof(struct av));
	inner->locals[FUNCTION] = pop(b);
	inner->stack[inner->n_stack++] = pop(b);
	hold(inner, &inner->stack[0]);
	drop(b, 2);
	inner->outer = b->top;
	b->top = inner;
	b->moved = true;
	b->exit = b->raise = NULL;
}

static bool is_key(struct builder *b)
{
	PyObject *names = direct_names(b);
	return names && PyTuple_GET_SIZE(names) == 1 &&
	       PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "key") == 0;
}

static void swap(struct builder *b)
{
	struct av above = *peek(b, 1);
	*peek(b, 1) = *peek(b, 2);
	*peek(b, 2) = above;
}

/* Stack: NULL, the builtin, the iterable, the function. */
bool call_best(struct builder *b, uint32_t n)
{
	if (n != 2 || b->top->library || !is_key(b) || b->top->depth + 1 >= MAX_DEPTH || is_refused_here(b))
		return false;
	bool is_builtin = peek(b, 4)->kind == AV_NULL && peek(b, 3)->kind == AV_BUILTIN;
	bool min = is_builtin && peek(b, 3)->builtin == BUILTIN_MIN,
	     max = is_builtin && peek(b, 3)->builtin == BUILTIN_MAX;
	struct av *function = peek(b, 1), *iterable = peek(b, 2);
	if ((!min && !max) || (function->kind != AV_FUNCTION && function->kind != AV_OBJECT))
		return false;
	if (function->kind == AV_FUNCTION && !inline_can_made(b, function->function, 2) && !object_of(b, function))
		return false;
	constant_as_object(b, iterable);
	if (iterable->kind != AV_RANGE && (iterable->kind != AV_OBJECT || iterable->known == KNOWN_NONE))
		return false;
	/* Of a str that may have wide characters build_get_iter() goes on behind its instruction, which this is not. */
	bool is_str = iterable->kind == AV_OBJECT && iterable->known == KNOWN_STR;
	swap(b);
	bool has_iterator = is_str ? object_get_iter(b) : build_get_iter(b);
	swap(b);
	if (!has_iterator)
		return false;
	enter_best(b, min ? LIBRARY_MIN : LIBRARY_MAX);
	return true;
}

/* ---- at a side exit ---------------------------------------------------------- */

/* What runtime_best() gets; all but the first two may be missing.  Behind them comes what is only let go of. */
enum { THE_FUNCTION, ITERATOR, BEST_SO_FAR, ITS_KEY, NEXT_ITEM, NEXT_KEY, IS_BETTER, N_STATES };
_Static_assert((int)N_STATES == (int)STATE_BEST_PARTS, "see runtime_best()");

struct best_states {
	struct state_value *states[N_STATES + N_LOCALS + MAX_STACK];
	uint32_t n;
	bool used[N_LOCALS], used_top;
};

static bool owns(const struct av *v)
{
	return v->own == OWN_OWNED || av_has_items(v);
}

static void set_local(struct builder *b, struct frame *frame, struct best_states *s, int state, uint32_t local)
{
	if (frame->locals[local].kind == AV_UNBOUND)
		return;
	s->states[state] = state_of(b, frame, &frame->locals[local]);
	s->used[local] = true;
}

static void set_top(struct builder *b, struct frame *frame, struct best_states *s, int state)
{
	s->states[state] = state_of(b, frame, &frame->stack[frame->n_stack - 1]);
	s->used_top = true;
}

/* The item, and its key, that have not been compared yet: so many instructions behind FOR_ITER. */
static void set_next(struct builder *b, struct frame *frame, struct best_states *s, uint32_t item, uint32_t step)
{
	if (step == 1)
		set_top(b, frame, s, NEXT_ITEM);
	else if (step > 1)
		set_local(b, frame, s, NEXT_ITEM, item);
	if (step == 6)
		set_top(b, frame, s, NEXT_KEY);
	else if (step > 6)
		set_local(b, frame, s, NEXT_KEY, KEY);
	if (frame->at == COMPARED)
		set_top(b, frame, s, IS_BETTER);
}

static void set_unused(struct builder *b, struct frame *frame, struct best_states *s)
{
	for (uint32_t i = 0; i < N_LOCALS; i++)
		if (!s->used[i] && owns(&frame->locals[i]))
			s->states[s->n++] = state_of(b, frame, &frame->locals[i]);
	for (uint32_t i = 1; i < frame->n_stack; i++)
		if (owns(&frame->stack[i]) && !(s->used_top && i + 1 == frame->n_stack))
			s->states[s->n++] = state_of(b, frame, &frame->stack[i]);
}

/* The function that does the rest where the frame is. */
struct state_value *state_best(struct builder *b, struct frame *frame)
{
	struct best_states s = { .n = N_STATES };
	bool is_chosen = frame->at >= CHOSEN && frame->at < CHOSEN_END;
	for (uint32_t i = 0; i < N_STATES; i++)
		s.states[i] = state_new(b, STATE_UNBOUND, 0);
	set_local(b, frame, &s, THE_FUNCTION, FUNCTION);
	s.states[ITERATOR] = frame->n_stack ? state_of(b, frame, &frame->stack[0]) : state_new(b, STATE_TUPLE, 0);
	if (frame->at < LOOP) {
		set_next(b, frame, &s, BEST, frame->at - FIRST);
	} else {
		set_local(b, frame, &s, BEST_SO_FAR, is_chosen ? ITEM : BEST);
		set_local(b, frame, &s, ITS_KEY, is_chosen ? KEY : BEST_KEY);
		if (frame->at < CHOSEN)
			set_next(b, frame, &s, ITEM, frame->at - LOOP);
	}
	set_unused(b, frame, &s);
	struct state_value *state = state_new(b, frame->library == LIBRARY_MIN ? STATE_MIN : STATE_MAX, s.n);
	for (uint32_t i = 0; i < s.n; i++)
		state->children[i] = s.states[i];
	return state;
}

/* All that it holds when it has raised, as a tuple: what CPython lets go of first comes last. */
struct state_value *state_best_left(struct builder *b, struct frame *frame)
{
	struct state_value *left[N_LOCALS + MAX_STACK];
	uint32_t n = 0;
	for (uint32_t i = 0; i < N_LOCALS; i++) {
		if (owns(&frame->locals[i]))
			left[n++] = state_of(b, frame, &frame->locals[i]);
		if (i == FUNCTION && frame->n_stack > 0)
			left[n++] = state_of(b, frame, &frame->stack[0]);
	}
	for (uint32_t i = 1; i < frame->n_stack; i++)
		if (owns(&frame->stack[i]))
			left[n++] = state_of(b, frame, &frame->stack[i]);
	struct state_value *s = state_new(b, STATE_TUPLE, n);
	for (uint32_t i = 0; i < n; i++)
		s->children[i] = left[i];
	return s;
}
