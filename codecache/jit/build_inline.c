/* build_inline.c - short functions and methods that compute and read, and change no more than numbers and lists: their
 * body is built into the caller's.
 *
 * Such a body runs no other Python code, so nobody can tell whether it has a frame; it has none.  Where it would leave
 * for CPython, or raise, before it has changed anything, the caller leaves before the call, and CPython does that from
 * its beginning; afterwards, CPython goes on in the body (commit()).  What turns out to do more is refused, and the
 * caller is built once more (build_all()).
 *
 * The operands stay on the caller's stack until then, so what is in the body's locals and stack needs no references. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/outgrown.h"

enum { MAX_INSTRS = 60, MAX_INLINED = 40, MAX_INLINE_DEPTH = 6 };

/* ---- which functions ------------------------------------------------------- */

struct refused_inline {
	struct refused_inline *next;
	const void *code;
};

bool inline_is_refused(const struct builder *b, const void *code)
{
	for (const struct refused_inline *r = b->refused_inlines; r; r = r->next)
		if (r->code == code)
			return true;
	return b->no_inlines;
}

/* It does more than that, and so does whoever has it built in. */
static void refuse(struct builder *b)
{
	for (const struct frame *frame = b->top; frame->is_inlined || frame->is_silent; frame = frame->outer) {
		const void *code = sort_site(frame);
		if (inline_is_refused(b, code))
			continue;
		struct refused_inline *r = ir_alloc(ir_family(b->f), sizeof(*r));
		*r = (struct refused_inline){ .next = b->refused_inlines, .code = code };
		b->refused_inlines = r;
	}
}

static bool may_be_inlined(enum bc_op op)
{
	switch (op) {
	case BC_NOP:
	case BC_COPY_FREE_VARS:
	case BC_LOAD_DEREF:
	case BC_STORE_DEREF:
	case BC_LOAD_LOCAL:
	case BC_STORE_LOCAL:
	case BC_LOAD_CONST:
	case BC_LOAD_GLOBAL:
	case BC_LOAD_BUILTIN:
	case BC_PUSH_NULL:
	case BC_POP:
	case BC_COPY:
	case BC_SWAP:
	case BC_BINARY:
	case BC_NEGATIVE:
	case BC_POSITIVE:
	case BC_INVERT:
	case BC_NOT:
	case BC_COMPARE:
	case BC_IS:
	case BC_CONTAINS:
	case BC_JUMP:
	case BC_BRANCH:
	case BC_BRANCH_OR_POP:
	case BC_GET_ITEM:
	case BC_LOAD_ATTR:
	case BC_LOAD_METHOD:
	case BC_CALL:
	case BC_BUILD_TUPLE:
	case BC_UNPACK:
	case BC_STORE_ATTR:
	case BC_SET_ITEM:
	case BC_DICT_MERGE:
	case BC_LIST_EXTEND:
	case BC_LIST_TO_TUPLE:
	case BC_CALL_EX:
	case BC_RAISE:
	case BC_RETURN: return true;
	default: return false;
	}
}

/* Whether what is built is f(*t, **d)'s, where nothing is made (build_spread.c). */
static bool is_for_spread(const struct bc_code *code, uint32_t at)
{
	enum bc_op op = code->instrs[at].op, last = at + 3 < code->n_instrs ? code->instrs[at + 3].op : BC_NOP;
	return (op == BC_BUILD_MAP && last == BC_CALL_EX) || (op == BC_BUILD_LIST && last == BC_LIST_TO_TUPLE);
}

static bool is_simple(const struct bc_code *code, bool may_raise)
{
	if (code->is_generator || code->n_instrs > MAX_INSTRS || code->n_locals == 0) /* see cpython_rest_code() */
		return false;
	for (uint32_t i = 0; i < code->n_locals; i++)
		if (code->local_kinds[i] & BC_CELL)
			return false;
	for (uint32_t i = 0; i < code->n_instrs; i++) {
		const struct bc_instr *instr = &code->instrs[i];
		if ((!may_be_inlined(instr->op) && !is_for_spread(code, i)) || instr->handler != UINT32_MAX ||
		    instr->backward || (instr->op == BC_RAISE && !may_raise))
			return false;
	}
	return true;
}

bool inline_is_simple(const struct bc_code *code)
{
	return is_simple(code, true) && !code->n_free;
}

static bool is_running(const struct builder *b, const void *code)
{
	for (const struct frame *frame = b->top; frame; frame = frame->outer)
		if (frame->code->code == code)
			return true;
	return false;
}

/* Whether the arguments can be locals as they are. */
static bool are_arguments(struct builder *b, const struct call *call)
{
	for (uint32_t i = 0; i < call->n; i++) {
		const struct av *v = direct_operand(b, call, (int)i);
		if (!av_is_number(v) && v->kind != AV_OBJECT && v->kind != AV_CONST && !av_has_items(v))
			return false;
	}
	return true;
}

/* Whether *args and **kwargs, if it has them, can be values of its frame. */
static bool can_have_rest(struct builder *b, const struct call *call)
{
	const struct rest *rest = &call->binding.rest;
	for (uint32_t i = 0; i < rest->n_values + rest->n_named; i++) {
		const struct av *v = direct_operand(b, call, call->binding.rest_from[i]);
		if (av_has_items(v) || v->kind == AV_WIDE)
			return false;
	}
	return !(rest->has_values || rest->has_named) || count_tuples(b) < MAX_TUPLES / 2;
}

/* A nested function that has itself in a cell, most likely to call it. */
static bool has_itself(PyObject *object)
{
	const PyCodeObject *code = (const PyCodeObject *)object;
	for (int i = code->co_nlocalsplus - code->co_nfreevars; i < code->co_nlocalsplus; i++)
		if (PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, i), code->co_name) == 0)
			return true;
	return false;
}

bool inline_can(struct builder *b, PyObject *globals, const char *name, struct call *call)
{
	if (!direct_target_now(b, globals, name, &call->target))
		return false;
	PyObject *code = call->target.code;
	if (PyFunction_GET_GLOBALS(call->target.function) != b->input->globals || inline_is_refused(b, code) ||
	    (b->i->outgrown & OUTGROWN_CALL) || is_running(b, code) || has_itself(code) ||
	    b->top->depth + 1 >= MAX_INLINE_DEPTH || b->n_inlined >= MAX_INLINED || !are_arguments(b, call))
		return false;
	bool caught = b->i->handler != UINT32_MAX;
	return is_simple(code_decoded(b, code), !caught) && direct_bind(b, call, &call->binding) &&
	       can_have_rest(b, call);
}

/* Which globals the target's functions have. */
static bool has_our_globals(struct builder *b, const struct direct_target *target)
{
	const char *name = target->name ? target->name : "";
	return callee_globals(b->family->globals, &name) == b->input->globals;
}

bool inline_can_value(struct builder *b, struct call *call)
{
	PyObject *code = call->target.code;
	if (inline_is_refused(b, code) || (b->i->outgrown & OUTGROWN_CALL) || is_running(b, code) ||
	    b->top->depth + 1 >= MAX_INLINE_DEPTH || b->n_inlined >= MAX_INLINED || has_itself(code) ||
	    !has_our_globals(b, &call->target) || !are_arguments(b, call))
		return false;
	bool caught = b->i->handler != UINT32_MAX;
	return is_simple(code_decoded(b, code), !caught) && direct_bind(b, call, &call->binding) &&
	       can_have_rest(b, call);
}

bool inline_can_made(struct builder *b, const struct made_function *function, uint32_t depth)
{
	PyObject *code = function->code_object;
	const struct bc_code *decoded = code_decoded(b, code);
	return direct_is_plain(code) && decoded->n_params == 1 && decoded->n_free == function->n_cells &&
	       !inline_is_refused(b, code) && !is_running(b, code) && b->top->depth + depth < MAX_INLINE_DEPTH &&
	       b->n_inlined < MAX_INLINED && is_simple(decoded, true);
}

/* ---- entering -------------------------------------------------------------- */

/* A function that is built in: its code as a constant, and its defaults behind that. */
struct inlined {
	struct inlined *next;
	struct made_function function;
	uint32_t n_defaults;
};

/* Whether it is the same; what it has closed over is known by its name (note_closed_over()). */
static bool is_target(const struct builder *b, const struct inlined *i, const struct direct_target *target)
{
	const char *name = ir_family_const(b->f)->consts[i->function.code].name;
	if (i->function.code_object != target->code)
		return false;
	return ((PyCodeObject *)target->code)->co_nfreevars == 0 || (!name && !target->name) ||
	       (name && target->name && strcmp(name, target->name) == 0);
}

static const struct inlined *inlined_of(struct builder *b, const struct direct_target *target)
{
	for (const struct inlined *i = b->family->inlined; i; i = i->next)
		if (is_target(b, i, target))
			return i;
	struct ir_function *family = ir_family(b->f);
	struct inlined *i = ir_alloc(family, sizeof(*i));
	struct unit_const code = { .kind = UNIT_CONST_OBJECT,
				   .name = target->name ? ir_strdup(family, target->name) : NULL,
				   .n_path = target->n_path,
				   .digest = direct_digest(b, target) };
	memcpy(code.path, target->path, sizeof(code.path));
	PyObject *defaults = target->function ? PyFunction_GET_DEFAULTS(target->function) : NULL;
	i->function.code = direct_add_consts(b, &code, defaults, &i->n_defaults);
	i->function.code_object = target->code;
	i->next = b->family->inlined;
	b->family->inlined = i;
	return i;
}

/* What the caller has on its stack keeps it alive. */
static void borrow(struct av *v)
{
	if (v->own == OWN_ITEM || v->own == OWN_LOCAL)
		v->own = OWN_NONE;
}

const struct made_function *inline_function(struct builder *b, const struct direct_target *target)
{
	return &inlined_of(b, target)->function;
}

struct av inline_default(struct builder *b, const struct call *call, uint32_t param)
{
	const struct inlined *inlined = inlined_of(b, &call->target);
	uint32_t n_args = (uint32_t)((const PyCodeObject *)call->target.code)->co_argcount;
	uint32_t i = param + inlined->n_defaults - n_args;
	PyObject *value = PyTuple_GET_ITEM(PyFunction_GET_DEFAULTS(call->target.function), i);
	return value_of_constant(b, value, inlined->function.code + 1 + i);
}

/* The value as a local of the function. */
static struct av as_local(struct av v)
{
	v.own = OWN_NONE;
	v.index = v.kind == AV_CONST ? v.index : 0;
	if (av_is_number(&v))
		v.object = NULL;
	if (av_has_items(&v))
		v.tuple->places++;
	return v;
}

static struct av operand(struct builder *b, const struct call *call, int from)
{
	return as_local(*direct_operand(b, call, from));
}

static struct av argument(struct builder *b, const struct call *call, uint32_t param)
{
	int from = call->binding.from[param];
	return from < 0 ? inline_default(b, call, param) : operand(b, call, from);
}

/* *args and **kwargs, which are not made. */
static void rest_arguments(struct builder *b, const struct call *call, struct av *ret)
{
	const struct rest *rest = &call->binding.rest;
	struct av items[2 * MAX_REST];
	for (uint32_t i = 0; i < rest->n_values + rest->n_named; i++)
		items[i] = operand(b, call, call->binding.rest_from[i]);
	if (rest->has_values)
		*ret++ = av_of_items(b, rest->n_values, items);
	if (rest->has_named)
		*ret = av_of_keywords(b, rest->n_named, rest->names, items + rest->n_values);
}

struct ir_instr *inline_ask(struct builder *b, enum ir_op op, const struct call *call, struct ir_instr *function)
{
	const struct inlined *inlined = inlined_of(b, &call->target);
	return direct_ask_code(b, op, &call->binding, function, inlined->function.code, inlined->n_defaults);
}

/* What it has of its own of the frames that it was made in. */
static void load_cells(struct builder *b, struct frame *inner, struct ir_instr *function)
{
	uint32_t first = inner->code->n_locals - inner->code->n_free;
	for (uint32_t i = 0; i < inner->code->n_free; i++) {
		struct ir_instr *cell = emit1(b, IR_FUNCTION_CELL, function);
		cell->imm.index = i;
		inner->locals[first + i] = av_of(AV_REAL_CELL, cell);
	}
}

struct frame *inline_enter_asked(struct builder *b, const struct call *call, struct ir_instr *function,
				 uint32_t n_replaced)
{
	const struct inlined *inlined = inlined_of(b, &call->target);
	struct av arguments[MAX_DIRECT_ARGS];
	(void)emit0(b, IR_GUARD_CALLS);
	for (uint32_t i = 0; i < call->binding.n_plain; i++)
		arguments[i] = argument(b, call, i);
	rest_arguments(b, call, &arguments[call->binding.n_plain]);
	struct frame *inner = enter(b, &inlined->function);
	inner->is_inlined = true;
	inner->n_replaced = n_replaced;
	inner->result = call->result;
	memcpy(inner->locals, arguments, call->binding.n_params * sizeof(arguments[0]));
	load_cells(b, inner, function);
	b->n_inlined++;
	return inner;
}

void inline_enter(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced)
{
	(void)inline_ask(b, IR_GUARD_FUNCTION, call, function);
	(void)inline_enter_asked(b, call, function, n_replaced);
}

void inline_enter_init(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced,
		       struct av instance)
{
	(void)inline_ask(b, IR_GUARD_FUNCTION, call, function);
	struct frame *inner = inline_enter_asked(b, call, function, n_replaced);
	inner->result = INLINE_INSTANCE;
	inner->sum = inner->locals[0] = instance;
	instance.tuple->places++;
}

bool inline_made(struct builder *b)
{
	const struct made_function *function = peek(b, 2)->function;
	struct av item = *peek(b, 1);
	bool fits = av_is_number(&item) || item.kind == AV_OBJECT || item.kind == AV_CONST || av_has_items(&item);
	if (peek(b, 2)->kind != AV_FUNCTION || !fits || !inline_can_made(b, function, 1))
		return false;
	(void)emit0(b, IR_GUARD_CALLS);
	item = as_local(item);
	struct frame *inner = enter(b, function);
	inner->is_inlined = true;
	inner->n_replaced = 3;
	inner->locals[0] = item;
	b->n_inlined++;
	return true;
}

/* ---- the body -------------------------------------------------------------- */

bool inline_is_in(const struct builder *b)
{
	return b->top->is_inlined || b->top->is_silent;
}

/* Changes that run no Python code: what was there is a number, a bool, or nothing. */
static bool is_silent(enum ir_op op)
{
	switch (op) {
	case IR_CELL_SET_I64:
	case IR_CELL_SET_F64:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_LIST_APPEND:
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64:
	case IR_ATTR_PUT_I64:
	case IR_ATTR_PUT_F64:
	case IR_ATTR_PUT_BOOL: return true;
	default: return false;
	}
}

/* References are those of the caller's values. */
static bool is_harmless(enum ir_op op)
{
	return op == IR_INCREF || op == IR_DECREF;
}

/* Whether CPython can go on in the body: it was called by CALL, which waits for its result, and not by map() or
 * filter(), whose bodies are none in CPython.  NULL, what does the rest of the call, and its argument are on the
 * caller's stack then (build_state.c). */
static bool can_commit(const struct builder *b)
{
	enum { REST_CALL = 3 };
	for (const struct frame *frame = b->top; frame->is_inlined; frame = frame->outer)
		if (frame->result != INLINE_RESULT || frame->outer->library ||
		    frame->outer->code->instrs[frame->outer->at].op != BC_CALL ||
		    !has_stack_room(b, frame->outer, frame->outer->n_stack - frame->n_replaced + REST_CALL))
			return false;
	return true;
}

/* What was kept alive by the caller's stack owns itself; numbers are no more than that. */
static void own_value(struct builder *b, struct av *v)
{
	for (uint32_t i = 0; av_has_items(v) && i < v->tuple->n; i++)
		own_value(b, &v->tuple->items[i]);
	if (v->kind == AV_OBJECT && v->own == OWN_NONE && v->v[0]->op != IR_CONST_OBJ)
		own(b, v);
	else if (av_is_unboxed(v) && v->own == OWN_NONE)
		v->object = NULL;
}

/* The function has them, which a local of the caller's may keep alive. */
static void own_cells(struct builder *b, struct frame *frame)
{
	const struct frame *outer = frame->outer;
	const struct av *called = &outer->stack[outer->n_stack - frame->n_replaced];
	uint32_t first = frame->code->n_locals - frame->code->n_free;
	if (first == frame->code->n_locals || (called->kind == AV_NULL && called[1].own == OWN_LOCAL))
		return;
	for (uint32_t i = first; i < frame->code->n_locals; i++)
		own(b, &frame->locals[i]);
}

/* Something is about to be changed: from here on CPython would go on in the body.  Its frame has its arguments now, and
 * the caller's stack no more. */
static void commit(struct builder *b, struct frame *frame)
{
	if (!frame->is_inlined)
		return;
	struct frame *outer = frame->outer;
	commit(b, outer);
	frame->is_inlined = false;
	frame->is_call = frame->is_silent = true;
	for (uint32_t i = 0; i < frame->code->n_locals; i++)
		own_value(b, &frame->locals[i]);
	for (uint32_t i = 0; i < frame->n_stack; i++)
		own_value(b, &frame->stack[i]);
	own_cells(b, frame);
	for (; frame->n_replaced > 0; frame->n_replaced--)
		release(b, outer->stack[--outer->n_stack]);
	b->exit = b->raise = NULL;
}

void inline_see(struct builder *b, enum ir_op op)
{
	if (!b->top || !(ir_op_info[op].flags & IR_WRITE) || !inline_is_in(b) || is_harmless(op))
		return;
	if (!is_silent(op) || !can_commit(b))
		refuse(b);
	else
		commit(b, b->top);
}

bool inline_asks_length(const struct builder *b)
{
	uint64_t digests[CALLSITE_CALLEES];
	return b->top->is_inlined && callsites_at(b->top->code->code, b->i->at, digests) == 0;
}

bool inline_asks_truth(const struct builder *b)
{
	static const char *const names[] = { "__len__", "__bool__" };
	char ret[1][CALLEE_NAME];
	for (int i = 0; i < 2; i++)
		if (callee_methods(b->input->globals, names[i], CALLEE_METHOD, 1, ret))
			return false;
	return b->top->is_inlined;
}

/* Whether nothing but an exception comes from here on. */
static bool leads_to_raise(const struct bc_code *code, uint32_t at)
{
	for (uint32_t i = at; i < code->n_instrs; i++)
		switch (code->instrs[i].op) {
		case BC_RAISE: return true;
		case BC_RETURN:
		case BC_JUMP:
		case BC_BRANCH:
		case BC_BRANCH_OR_POP: return false;
		default: break;
		}
	return false;
}

bool inline_raises(const struct builder *b)
{
	return inline_is_in(b) && leads_to_raise(b->top->code, b->top->at);
}

void inline_settle(struct builder *b)
{
	for (uint32_t i = 0; b->top->is_inlined && i < b->top->n_stack; i++)
		borrow(&b->top->stack[i]);
}

void inline_changes(struct builder *b)
{
	if (inline_is_in(b))
		refuse(b);
}

void inline_untranslated(struct builder *b)
{
	if (inline_is_in(b) && !inline_raises(b))
		refuse(b);
}

/* ---- the result ------------------------------------------------------------ */

/* Its operands keep what it is alive, or what they refer to, until something may change that. */
static void lend(struct av *v)
{
	if (v->kind == AV_OBJECT && v->own == OWN_NONE && v->v[0]->op != IR_CONST_OBJ)
		v->own = OWN_ITEM;
	uint32_t first = av_has_items(v) && v->tuple->record ? 1 : 0; /* classes live on */
	for (uint32_t i = first; av_has_items(v) && i < v->tuple->n; i++)
		lend(&v->tuple->items[i]);
}

static uint32_t n_returns(const struct bc_code *code)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < code->n_instrs; i++)
		n += code->instrs[i].op == BC_RETURN;
	return n;
}

/* An operator's method may have nothing to say, which is CPython's affair; so is what is no number and no object. */
static bool is_implemented(struct builder *b, const struct av *v)
{
	struct ir_instr *object;
	switch (v->kind) {
	case AV_OBJECT: object = v->v[0]; break;
	case AV_CONST:
	case AV_BUILTIN: return false;
	default: return true;
	}
	struct ir_instr *no = emit2(b, IR_OBJ_IS, object, const_instr(b, const_builtin(b, "NotImplemented")));
	(void)emit1(b, IR_GUARD, emit1(b, IR_BOOL_NOT, no));
	return true;
}

static void replace_operands(struct builder *b, uint32_t n, struct av result)
{
	struct av operands[MAX_DIRECT_ARGS + 2];
	for (uint32_t i = 0; i < n; i++)
		operands[i] = pop(b);
	push(b, result);
	for (uint32_t i = n; i > 0; i--)
		release(b, operands[i - 1]);
	record_quieten(b);
}

/* What the instruction makes of the result on top; false: nothing that is known. */
static bool convert_result(struct builder *b, const struct bc_instr *i)
{
	struct av *v = peek(b, 1);
	struct ir_instr *is_true;
	switch (b->top->result) {
	case INLINE_LENGTH:
		if (v->kind == AV_OBJECT && v->known == KNOWN_NONE)
			unbox_in_place(b, v, true);
		if (v->kind != AV_INT)
			return false;
		(void)emit1(b, IR_GUARD, emit2(b, IR_I64_GE, v->v[0], emit_i64(b, 0)));
		return true;
	case INLINE_TRUTH:
		if (!(is_true = truth(b, v)))
			return false;
		*v = av_of(AV_BOOL, i->arg ? emit1(b, IR_BOOL_NOT, is_true) : is_true);
		return true;
	case INLINE_INSTANCE:
		*v = b->top->sum;
		b->top->sum = (struct av){ .kind = AV_UNBOUND };
		if (v->kind == AV_RECORD) /* it may have become an object */
			v->tuple->is_begun = false;
		return true;
	case INLINE_ENTERED:
	case INLINE_RESULT: break;
	}
	return true;
}

bool inline_return(struct builder *b)
{
	struct frame *inner = b->top;
	bool meets = inner->meets || n_returns(inner->code) > 1;
	const struct bc_instr *i = &inner->outer->code->instrs[inner->outer->at];
	if (!convert_result(b, i))
		return false;
	struct av result = *peek(b, 1);
	bool is_operator = i->op == BC_BINARY || i->op == BC_COMPARE;
	if (!av_is_unboxed(&result) && result.kind != AV_OBJECT && result.kind != AV_CONST && !av_has_items(&result))
		return false;
	if (result.kind == AV_KEYWORDS) /* which others may change */
		return false;
	if (is_operator && !is_implemented(b, &result)) {
		not_translated(b);
		return true;
	}
	inner->n_stack--;
	leave_frame(b);
	b->i = i;
	note_built_in(b, inner);
	lend(&result);
	if (inner->result == INLINE_ENTERED)
		with_entered(b, result);
	else
		replace_operands(b, inner->n_replaced, result);
	b->moved = true;
	if (meets)
		meet_at(b, b->top->at + 1);
	else
		b->top->at++;
	return true;
}
