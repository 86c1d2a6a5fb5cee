/* build_sort.c - sorted() and list.sort(), also with key= and reverse=.
 *
 * A key that is a short function which only computes and reads is built in (build_inline.c), in a loop over the list
 * that gives the runtime its parts, ints, floats and strs: rt_sort.c sorts by them.  Until then nothing has been
 * changed and no Python code has run, so wherever that cannot go on, CPython does all of the call.  The list that
 * list.sort() is called of is empty while CPython asks for keys; so a body that could see that list is not built in.
 *
 * All else is a call of the runtime, which sorts by what it knows of the objects, or as CPython does. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/outgrown.h"

/* ---- the loop ---------------------------------------------------------------- */

/* Its only local, and what is on the stack: the iterator, and the call. */
enum { FUNCTION, N_LOCALS };
enum { MAX_STACK = 4, N_INSTRS = 10 };

static struct bc_instr instrs[] = {
	LIBRARY_INSTR(FOR_ITER, .target = 9, .is_target = true),
	LIBRARY_INSTR(PUSH_NULL),
	LIBRARY_INSTR(SWAP, .arg = 2),
	LIBRARY_INSTR(LOAD_LOCAL, .arg = FUNCTION),
	LIBRARY_INSTR(SWAP, .arg = 2),
	LIBRARY_INSTR(CALL, .arg = 1),
	LIBRARY_INSTR(YIELD),
	LIBRARY_INSTR(POP),
	LIBRARY_INSTR(JUMP, .target = 0, .backward = true),
	/* 9: */ LIBRARY_INSTR(RETURN, .is_target = true),
};
_Static_assert(sizeof(instrs) == N_INSTRS * sizeof(instrs[0]), "the body has these places");

static uint8_t all_live[N_INSTRS * N_LOCALS] = { [0 ... N_INSTRS * N_LOCALS - 1] = BC_READ | BC_SEEN };
static uint8_t local_kinds[N_LOCALS] = { BC_LOCAL };
static bool assigned[N_LOCALS];

static const struct bc_code body = { .name = "sort",
				     .n_params = 1,
				     .n_locals = N_LOCALS,
				     .local_kinds = local_kinds,
				     .assigned = assigned,
				     .live = all_live,
				     .stack_size = MAX_STACK,
				     .n_instrs = N_INSTRS,
				     .instrs = instrs };

/* ---- the call ---------------------------------------------------------------- */

/* Where the operands are, from the top of the stack; 0: there is none. */
struct sort {
	bool in_place; /* list.sort() */
	uint32_t n, list, key, reverse;
};

static bool read_names(struct builder *b, PyObject *names, struct sort *s)
{
	Py_ssize_t n = names ? PyTuple_GET_SIZE(names) : 0;
	for (Py_ssize_t i = 0; i < n; i++) {
		PyObject *name = PyTuple_GET_ITEM(names, i);
		uint32_t place = (uint32_t)(n - i);
		if (PyUnicode_CompareWithASCIIString(name, "key") == 0)
			s->key = place;
		else if (PyUnicode_CompareWithASCIIString(name, "reverse") == 0 && peek(b, place)->kind == AV_BOOL)
			s->reverse = place;
		else
			return false;
	}
	return true;
}

/* Stack: NULL, sorted, a sequence, keywords; or sort, a list, keywords. */
static bool read_call(struct builder *b, uint32_t n, struct sort *s)
{
	PyObject *names = direct_names(b);
	uint32_t n_names = names ? (uint32_t)PyTuple_GET_SIZE(names) : 0;
	const struct av *below = peek(b, n + 2), *callable = peek(b, n + 1);
	*s = (struct sort){ .n = n };
	if (below->kind == AV_NULL && callable->kind == AV_BUILTIN && callable->builtin == BUILTIN_SORTED) {
		s->list = n;
		if (n != n_names + 1)
			return false;
	} else if (below->kind == AV_BUILTIN && below->builtin == BUILTIN_LIST_SORT && n == n_names) {
		s->in_place = true;
		s->list = n + 1;
		if (n == 0 || callable->kind != AV_OBJECT || callable->known != KNOWN_LIST)
			return false; /* list_method() */
	} else {
		return false;
	}
	return read_names(b, names, s);
}

static struct ir_instr *reversed(struct builder *b, const struct sort *s)
{
	return s->reverse ? as_int(b, peek(b, s->reverse)) : emit_i64(b, 0);
}

/* Sorted by that function of the runtime: the call's result. */
static bool sort_by(struct builder *b, const struct sort *s, enum rt_member member, uint32_t n, struct ir_instr **args)
{
	settle(b);
	if (s->in_place) {
		(void)rt(b, IR_RT_DO, member, n, args);
		drop(b, s->n + 2);
		push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
		return true;
	}
	struct ir_instr *list = rt(b, IR_RT_OBJ, member, n, args);
	replace(b, s->n + 2, (struct av){ .kind = AV_OBJECT, .v = { list }, .own = OWN_OWNED, .known = KNOWN_LIST });
	return true;
}

/* By the runtime, with whatever key. */
static bool sort_plainly(struct builder *b, const struct sort *s)
{
	struct ir_instr *list = object_of(b, peek(b, s->list));
	struct ir_instr *key = s->key ? object_of(b, peek(b, s->key)) : const_instr(b, const_builtin(b, "None"));
	if (!list || !key)
		return false;
	struct ir_instr *args[] = { list, key, reversed(b, s) };
	return sort_by(b, s, s->in_place ? RT_MEMBER_list_sort_by : RT_MEMBER_sorted, 3, args);
}

/* ---- keys that are built in ---------------------------------------------------- */

/* What says of the call that its key cannot be built in: an address in its code object. */
static const void *site_of(const struct frame *caller)
{
	return (const char *)caller->code->code + 1 + caller->at;
}

const void *sort_site(const struct frame *frame)
{
	return frame->library == LIBRARY_SORT ? site_of(frame->outer) : frame->code->code;
}

static bool is_in_sort(const struct builder *b)
{
	for (const struct frame *frame = b->top; frame; frame = frame->outer)
		if (frame->library == LIBRARY_SORT)
			return true;
	return false;
}

/* Whether what the function reads may be the list that is sorted: items of anything but of its argument. */
static bool may_see_list(struct builder *b, const struct av *key)
{
	const struct bc_code *code = key->kind == AV_FUNCTION ? code_decoded(b, key->function->code_object) : NULL;
	for (uint32_t i = 0; code && i < code->n_instrs; i++) {
		const struct bc_instr *of = &code->instrs[i];
		bool is_attribute = of->op == BC_LOAD_ATTR, is_number = of->op == BC_BINARY || of->op == BC_NEGATIVE;
		bool is_plain = of->op == BC_NOP || of->op == BC_LOAD_LOCAL || of->op == BC_LOAD_CONST ||
				of->op == BC_BUILD_TUPLE || of->op == BC_RETURN || is_attribute || is_number;
		if (!is_plain && of->op != BC_GET_ITEM)
			return true;
	}
	return !code;
}

static bool is_function(struct builder *b, const struct av *key)
{
	if (key->kind == AV_FUNCTION)
		return inline_can_made(b, key->function, 2);
	return key->kind == AV_OBJECT && direct_global_name(b, key);
}

static bool can_build_key(struct builder *b, const struct sort *s)
{
	const struct av *key = s->key ? peek(b, s->key) : NULL;
	return key && is_function(b, key) && !b->top->library && !inline_is_in(b) && !is_in_sort(b) &&
	       b->top->depth + 2 < MAX_DEPTH && !(b->i->outgrown & OUTGROWN_CALL) &&
	       !inline_is_refused(b, site_of(b->top)) && (!s->in_place || !may_see_list(b, key));
}

/* Stand in the loop now. The operands stay where they are. */
static void enter_sort(struct builder *b, const struct sort *s)
{
	struct frame *inner = ir_alloc(b->f, sizeof(*inner));
	struct ir_instr *list = peek(b, s->list)->v[0], *args[] = { list };
	(void)rt(b, IR_TELL, RT_MEMBER_keys_begin, 1, args);
	*inner = (struct frame){ .outer = b->top, .code = &body, .code_const = UINT32_MAX, .library = LIBRARY_SORT };
	inner->depth = b->top->depth + 1;
	inner->is_inlined = true;
	inner->consumer = CONSUMER_KEYS;
	inner->locals = ir_alloc(b->f, N_LOCALS * sizeof(struct av));
	inner->stack = ir_alloc(b->f, (MAX_STACK + 1) * sizeof(struct av));
	inner->locals[FUNCTION] = *peek(b, s->key);
	inner->locals[FUNCTION].own = OWN_NONE;
	inner->stack[inner->n_stack++] =
		(struct av){ .kind = AV_SEQ_ITER, .known = KNOWN_LIST, .v = { list, emit_i64(b, 0) } };
	b->top = inner;
	b->moved = true;
}

/* A list of what there is, if asking for that runs no Python code. */
static bool make_list(struct builder *b, const struct sort *s)
{
	struct av *v = peek(b, s->list);
	struct ir_instr *object = object_of(b, v);
	if (!object)
		return false;
	settle(b);
	struct ir_instr *list = rt(b, IR_RT_OBJ, RT_MEMBER_listed, 1, &object);
	struct av old = *v;
	*v = (struct av){ .kind = AV_OBJECT, .v = { list }, .own = OWN_OWNED };
	release(b, old);
	b->exit = b->raise = NULL;
	return true;
}

bool build_sort(struct builder *b, uint32_t n)
{
	struct sort s;
	if (!read_call(b, n, &s))
		return false;
	if (!can_build_key(b, &s))
		return sort_plainly(b, &s);
	if (peek(b, s.list)->kind == AV_OBJECT && peek(b, s.list)->known == KNOWN_LIST) {
		enter_sort(b, &s);
		return true;
	}
	if (!make_list(b, &s))
		return false;
	struct frame *here = split(b, type_is(b, peek(b, s.list), KNOWN_LIST), true);
	refine(b, peek(b, s.list)->v[0], KNOWN_LIST);
	enter_sort(b, &s);
	go_on_otherwise(b, here);
	if (!sort_plainly(b, &s))
		return false;
	meet_at(b, b->top->at + 1);
	return true;
}

/* ---- in the loop ------------------------------------------------------------- */

enum { PLACES = 8 /* a row's shape, 0 or the items of its tuple, times this: and the column */ };

static bool key_part(struct builder *b, struct av *v, uint32_t place)
{
	struct ir_instr *args[] = { emit_i64(b, place), NULL };
	enum rt_member member;
	if (v->kind == AV_INT || v->kind == AV_BOOL) {
		member = RT_MEMBER_key_i64;
		args[1] = as_int(b, v);
	} else if (v->kind == AV_FLOAT) {
		member = RT_MEMBER_key_f64;
		args[1] = v->v[0];
	} else if (v->kind == AV_OBJECT || v->kind == AV_CONST) {
		member = RT_MEMBER_key_object;
		args[1] = object_of(b, v);
	} else {
		return false;
	}
	(void)rt(b, IR_TELL, member, 2, args);
	return true;
}

bool sort_key(struct builder *b)
{
	struct av *v = peek(b, 1);
	uint32_t n = v->kind == AV_TUPLE ? v->tuple->n : 0;
	bool built = n < PLACES && (v->kind == AV_TUPLE ? n > 0 : key_part(b, v, 0));
	for (uint32_t i = 0; built && i < n; i++)
		built = key_part(b, &v->tuple->items[i], n * PLACES + i);
	if (!built)
		return false;
	drop(b, 1);
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

bool sort_end(struct builder *b)
{
	struct sort s;
	struct frame *outer = b->top->outer;
	struct ir_instr *sortable = rt(b, IR_TELL, RT_MEMBER_keys_end, 0, NULL);
	leave_frame(b);
	b->i = &outer->code->instrs[outer->at];
	b->exit = b->raise = NULL;
	if (!read_call(b, b->i->arg, &s))
		abort(); /* it was one */
	struct frame *here = split(b, emit2(b, IR_I64_NE, sortable, emit_i64(b, 0)), true);
	struct ir_instr *args[] = { peek(b, s.list)->v[0], reversed(b, &s) };
	(void)sort_by(b, &s, s.in_place ? RT_MEMBER_keys_sort : RT_MEMBER_keys_sorted, 2, args);
	meet_at(b, b->top->at + 1);
	unsplit(b, here);
	if (!sort_plainly(b, &s))
		return false;
	meet_at(b, b->top->at + 1);
	return true;
}
