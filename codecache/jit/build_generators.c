/* build_generators.c - `for x in f(...)`, where f is a generator function of the same module, or a generator
 * expression: its body is built into the loop, and no generator is made.  (sum(f(...)) and the like: build_fuse.c.)  So
 * it is where it was given to another one, which iterates over it, or to a local that is read once.
 *
 * While the body of the loop runs, the generator's frame is a value on the stack (AV_SUSPENDED), with a position and
 * values of its own; FOR_ITER stands in it until it yields or ends.  At a side exit CPython goes on with a real
 * generator.  This is for generators that cannot tell the difference: without handlers, cells and `yield from`, and
 * without calls of what may look at the stack, where the generator's frame is missing. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_switch.h"

enum { MAX_INSTRS = 200 };

/* ---- frames on the stack --------------------------------------------------- */

/* The suspended frame behind that one, in the order of the holder's locals and stack; NULL: there is none. */
static struct frame *suspended_behind(struct frame *holder, const struct frame *behind)
{
	uint32_t n = holder->code->n_locals + holder->n_stack;
	bool found = !behind;
	for (uint32_t i = 0; i < n; i++) {
		struct av *v =
			i < holder->code->n_locals ? &holder->locals[i] : &holder->stack[i - holder->code->n_locals];
		if (v->kind != AV_SUSPENDED)
			continue;
		if (found)
			return v->generator;
		found = v->generator == behind;
	}
	return NULL;
}

struct frame *frame_after(struct frame *frame)
{
	struct frame *next = suspended_behind(frame, NULL);
	for (; !next && frame->holder; frame = frame->holder)
		next = suspended_behind(frame->holder, frame);
	return next ? next : frame->outer;
}

void hold(struct frame *holder, const struct av *v)
{
	if (v->kind == AV_SUSPENDED)
		v->generator->holder = v->generator->outer = holder;
}

/* ---- which functions ------------------------------------------------------- */

struct refused {
	struct refused *next;
	const void *code;
	uint32_t at; /* the call there in code; UINT32_MAX: all calls of the generator function that has code */
};

static bool is_refused(const struct builder *b, const void *code, uint32_t at)
{
	for (const struct refused *r = b->refused; r; r = r->next)
		if (r->code == code && r->at == at)
			return true;
	return b->no_generators;
}

static void refuse(struct builder *b, const void *code, uint32_t at)
{
	if (is_refused(b, code, at))
		return;
	struct refused *r = ir_alloc(ir_family(b->f), sizeof(*r)); /* the first build's f does not live that long */
	*r = (struct refused){ .next = b->refused, .code = code, .at = at };
	b->refused = r;
}

/* The second build makes a real one of it. */
static void refuse_call(struct builder *b, const struct frame *generator)
{
	refuse(b, generator->made_in, generator->made_at);
}

bool is_refused_here(const struct builder *b)
{
	return is_refused(b, code_identity(b->top->code), b->top->at);
}

/* See stack_room() in codecache/specialization.c. */
bool has_stack_room(const struct builder *b, const struct frame *frame, uint32_t n)
{
	bool is_body = !frame->outer && !b->self && frame->code->is_generator;
	return !is_body || n < frame->code->stack_size;
}

/* The instruction cannot do with generators that are no objects. */
void refuse_loose(struct builder *b)
{
	for (uint32_t i = 0; i < b->top->n_stack; i++)
		if (b->top->stack[i].kind == AV_SUSPENDED && b->top->stack[i].generator->is_loose)
			refuse_call(b, b->top->stack[i].generator);
}

/* ---- the end of one that was not run to its end ------------------------------ */

static void release_frame(struct builder *b, struct frame *frame)
{
	while (frame->n_stack > 0)
		release(b, frame->stack[--frame->n_stack]);
	for (uint32_t i = 0; i < frame->code->n_locals; i++)
		release(b, frame->locals[i]);
}

/* A local that was read has it still. */
void release_suspended(struct builder *b, const struct av *v)
{
	struct frame *frame = v->generator;
	if (frame->is_passed)
		refuse_call(b, frame);
	if (!frame->kept_by) {
		release_frame(b, frame);
		return;
	}
	frame->holder->locals[frame->kept_by - 1] = *v;
	frame->kept_by = 0;
}

/* One that is still in a local when the function returns dies with that, at its turn: it is to be an object. */
void leave_suspended(struct builder *b, const struct av *local)
{
	refuse_call(b, local->generator);
	release(b, *local);
}

/* ---- calls that are visible ---------------------------------------------------- */

static bool is_c_function(struct builder *b, uint32_t n)
{
	const struct av *callable = peek(b, n + 1), *below = peek(b, n + 2);
	if (below->kind != AV_NULL) /* a method, and self: of a type that is known, which is C's */
		return below->kind == AV_BUILTIN || known_of(b, callable) != KNOWN_NONE;
	const char *name = direct_global_name(b, callable);
	return callable->kind == AV_BUILTIN || (name && !PyDict_GetItemString(b->input->globals, name));
}

bool in_generator(const struct builder *b)
{
	for (const struct frame *frame = b->top; frame; frame = frame->outer)
		if (frame->is_named)
			return true;
	return false;
}

/* The second build does without the generators whose calls somebody could look at the stack in. */
void note_visible_call(struct builder *b, uint32_t n)
{
	if (is_c_function(b, n))
		return;
	for (const struct frame *frame = b->top; frame; frame = frame->outer)
		if (frame->is_named)
			refuse(b, frame->code->code, UINT32_MAX);
}

static bool has_cells(const struct bc_code *code)
{
	for (uint32_t i = 0; i < code->n_locals; i++)
		if (code->local_kinds[i] & BC_CELL)
			return true;
	return false;
}

/* handles: may it have handlers?  These are CPython's. */
static bool is_simple(const struct bc_code *code, bool handles)
{
	if (!code->is_generator || code->n_free || code->n_instrs > MAX_INSTRS || code->n_instrs < 2 ||
	    code->instrs[0].op != BC_RETURN_GENERATOR || code->instrs[1].op != BC_POP || has_cells(code))
		return false;
	for (uint32_t i = 0; i < code->n_instrs; i++)
		if ((code->instrs[i].handler != UINT32_MAX && !handles) || code->instrs[i].op == BC_UNSUPPORTED ||
		    code->instrs[i].op == BC_BEFORE_WITH)
			return false;
	return true;
}

static bool is_running(const struct builder *b, const void *code)
{
	for (const struct frame *frame = b->top; frame; frame = frame->outer)
		if (frame->code->code == code)
			return true;
	return false;
}

bool generator_is_now(struct builder *b, const char *name, bool handles, struct call *call)
{
	const int never = CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE | CO_VARARGS | CO_VARKEYWORDS;
	struct direct_target *target = &call->target;
	if (!direct_target_now(b, b->input->globals, name, target) ||
	    PyFunction_GET_GLOBALS(target->function) != b->input->globals)
		return false;
	const PyCodeObject *code = (const PyCodeObject *)target->code;
	return !(code->co_flags & never) && code->co_flags & CO_GENERATOR && !code->co_kwonlyargcount &&
	       code->co_argcount <= SWITCH_MAX_ARGUMENTS && !is_refused(b, code, UINT32_MAX) && !is_running(b, code) &&
	       is_simple(code_decoded(b, target->code), handles) && direct_bind(b, call, &call->binding);
}

/* ---- calling it ------------------------------------------------------------ */

/* It goes to another frame. */
void pass_suspended(struct av *v)
{
	if (v->kind != AV_SUSPENDED)
		return;
	v->generator->is_passed |= v->generator->kept_by > 0;
	v->generator->kept_by = 0;
}

/* What the locals of a suspended frame get: they may be read more than once. */
static void give_argument(struct builder *b, struct av *v)
{
	if (v->kind == AV_FUNCTION)
		(void)object_of(b, v);
	pass_suspended(v);
	own(b, v);
}

/* Stand outside again; the frame is to be started when something iterates over it. */
static struct frame *suspend_new(struct builder *b, struct frame *inner)
{
	b->top = inner->outer;
	while (inner->code->instrs[inner->at++].op != BC_RETURN_GENERATOR)
		;
	inner->at++; /* behind the POP of what next() sends */
	for (uint32_t i = 0; i < inner->code->n_locals; i++)
		hold(inner, &inner->locals[i]);
	return inner;
}

bool generator_callee(struct builder *b, uint32_t n, char *ret_name, struct call *ret)
{
	const char *global = direct_global_name(b, peek(b, n + 1));
	*ret = direct_call_here(b, n, 2);
	if (b->top->depth + 1 >= MAX_DEPTH || is_refused_here(b))
		return false;
	if (peek(b, n + 2)->kind == AV_NULL)
		return global && snprintf(ret_name, CALLEE_NAME, "%s", global) < CALLEE_NAME;
	*ret = direct_call_here(b, n + 1, 1);
	return peek(b, n + 1)->kind == AV_OBJECT && expected_method(b, n, ret_name);
}

/* Its frame, with the arguments, which leave the stack. */
static struct frame *give_arguments(struct builder *b, const struct call *call)
{
	struct av given[MAX_DIRECT_ARGS];
	for (uint32_t i = 1; i <= call->n; i++)
		give_argument(b, peek(b, i));
	struct frame *inner = enter(b, inline_function(b, &call->target));
	b->top = inner->outer;
	b->has_generators = inner->is_named = true;
	for (uint32_t i = call->n; i-- > 0;)
		given[i] = pop(b);
	for (uint32_t i = 0; i < call->binding.n_params; i++) {
		int from = call->binding.from[i];
		inner->locals[i] = from < 0 ? inline_default(b, call, i) : given[from];
	}
	return inner;
}

struct ir_instr *generator_callable(struct builder *b, const struct call *call)
{
	struct av *function = peek(b, call->n + 1);
	if (function->known == KNOWN_NULLABLE) {
		(void)emit1(b, IR_GUARD_SET, function->v[0]);
		function->known = KNOWN_NONE;
	}
	return function->v[0];
}

struct frame *generator_enter(struct builder *b, const struct call *call)
{
	struct frame *inner = give_arguments(b, call);
	struct av callable = pop(b);
	if (call->extra == 2)
		(void)pop(b);
	release(b, callable);
	b->exit = b->raise = NULL;
	return suspend_new(b, inner);
}

/* The frame of a call of such a function, which leaves the stack; NULL: it is another. */
struct frame *generator_frame(struct builder *b, uint32_t n)
{
	struct call call;
	char name[CALLEE_NAME];
	if (!generator_callee(b, n, name, &call) || !generator_is_now(b, name, false, &call))
		return NULL;
	(void)inline_ask(b, IR_GUARD_FUNCTION, &call, generator_callable(b, &call));
	return generator_enter(b, &call);
}

void push_suspended(struct builder *b, struct frame *inner)
{
	b->has_generators = true;
	inner->made_in = code_identity(b->top->code);
	inner->made_at = b->top->at;
	inner->consumer = CONSUMER_FOR;
	inner->is_loose = true;
	push(b, (struct av){ .kind = AV_SUSPENDED, .generator = inner });
	hold(b->top, peek(b, 1));
}

/* A call of such a function, which gives a generator that is only iterated over (else: refuse_loose()). */
bool build_generator_call(struct builder *b, uint32_t n)
{
	struct frame *inner = generator_frame(b, n);
	if (!inner)
		return false;
	push_suspended(b, inner);
	b->top->at++;
	return true;
}

/* The same of a generator expression.  Stack: function, iterator. */
bool call_generator_expression(struct builder *b)
{
	const struct made_function *function = peek(b, 2)->function;
	const struct bc_code *code = code_decoded(b, function->code_object);
	if (!is_plain_generator(code, function) || has_cells(code) || b->top->depth + 1 >= MAX_DEPTH ||
	    is_refused_here(b))
		return false;
	struct av iter = pop(b);
	(void)pop(b);
	pass_suspended(&iter);
	struct frame *inner = enter(b, function);
	inner->locals[0] = iter;
	push_suspended(b, suspend_new(b, inner));
	b->top->at++;
	b->exit = b->raise = NULL;
	return true;
}

bool generator_get_iter(struct builder *b)
{
	char names[MAX_METHODS][CALLEE_NAME];
	struct call call = { .n = 1 };
	if (peek(b, 1)->kind != AV_OBJECT || peek(b, 1)->known != KNOWN_NONE || b->top->depth + 1 >= MAX_DEPTH ||
	    is_refused_here(b) || find_iterating(b, "__iter__", names) != 1 ||
	    !generator_is_now(b, names[0], false, &call))
		return false;
	struct ir_instr *function = find_special(b, 1, "__iter__", RT_USE_ITEM, IR_TYPE_METHOD);
	struct frame *here = split(b, inline_ask(b, IR_FUNCTION_IS, &call, function), true);
	struct frame *inner = suspend_new(b, give_arguments(b, &call));
	push_suspended(b, inner);
	inner->is_loose = false;
	b->exit = b->raise = NULL;
	go_to(b, b->top->at + 1);
	go_on(b);
	unsplit(b, here);
	return false;
}

/* A generator is one object: a local that is read again is not to have it. */
bool load_suspended(struct builder *b, struct av *local)
{
	const struct bc_code *code = b->top->code;
	struct frame *generator = local->generator;
	if (b->i->op != BC_LOAD_LOCAL || bc_is_live(code, b->top->at + 1, b->i->arg)) {
		refuse_call(b, generator);
		return false;
	}
	generator->kept_by = generator->is_loose ? b->i->arg + 1 : 0;
	push(b, *local);
	*local = (struct av){ .kind = AV_UNBOUND };
	return true;
}

/* ---- the loop -------------------------------------------------------------- */

/* Stand in its frame, where it waits. */
void generator_resume(struct builder *b, struct frame *inner)
{
	inner->holder = NULL;
	inner->outer = b->top;
	inner->depth = b->top->depth + 1;
	b->top = inner;
	b->exit = b->raise = NULL;
	b->moved = true;
}

bool generator_for_iter(struct builder *b)
{
	if (b->top->depth + 1 >= MAX_FRAMES) {
		refuse_call(b, peek(b, 1)->generator);
		return false;
	}
	generator_resume(b, pop(b).generator);
	return true;
}

/* Back to the loop, with a value. */
bool yield_to_loop(struct builder *b)
{
	struct frame *inner = b->top;
	if (peek(b, 1)->kind == AV_FUNCTION && !object_of(b, peek(b, 1)))
		return false;
	own(b, peek(b, 1));
	struct av value = pop(b);
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") }); /* what next() sends */
	inner->at++;
	b->top = inner->outer;
	push(b, (struct av){ .kind = AV_SUSPENDED, .generator = inner });
	hold(b->top, peek(b, 1));
	push(b, value);
	hold(b->top, peek(b, 1));
	b->top->at++;
	b->exit = b->raise = NULL;
	b->moved = true;
	return true;
}

/* The loop is over. */
bool generator_ends(struct builder *b)
{
	own(b, peek(b, 1));
	struct av value = pop(b);
	leave_frame(b);
	release(b, value);
	b->i = &b->top->code->instrs[b->top->at];
	b->exit = b->raise = NULL;
	go_to_target(b);
	return true;
}
