/* build_functions.c - direct calls of function values: of closures, and of functions in locals, cells, attributes and
 * containers.
 *
 * What such a value is can only be guessed before it is called, by its code: where it was made in this function, by the
 * name that it has here and was defined with, and by what CPython was seen to call here (callsites.h).  The guesses are
 * asked for one after the other, and any other callable is called as CPython does.  Function objects that share their
 * code are one guess: their cells are in the function that is called. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"

enum {
	MAX_CODES = 2000,           /* of a module that are looked at */
	MAX_GUESSES = MAX_WAYS - 1, /* at a call, ... */
	MAX_LARGE_GUESSES = 3,      /* ... of functions that call others directly, ... */
	MAX_INLINED_GUESSES = 3,    /* ... of functions that are built in, ... */
	MAX_ALL_GUESSES = 28,       /* ... and in a function, from where on only single ones are made */
};

/* ---- the code objects of the module ----------------------------------------- */

/* One that may be called, and how constants name it. */
struct module_code {
	struct module_code *next;
	struct direct_target target;
	uint64_t digest;
};

struct module_codes {
	uint32_t n;
	struct module_code *first, *last;
};

static void codes_add(struct builder *b, struct module_codes *codes, const struct direct_target *target)
{
	if (codes->n == MAX_CODES)
		return;
	struct module_code *code = ir_alloc(ir_family(b->f), sizeof(*code));
	*code = (struct module_code){ .target = *target, .digest = callee_digest(target->code) };
	*(codes->last ? &codes->last->next : &codes->first) = code;
	codes->last = code;
	codes->n++;
}

/* The target, and what is nested in it. */
static void codes_add_tree(struct builder *b, struct module_codes *codes, const struct direct_target *target)
{
	PyObject *consts = ((PyCodeObject *)target->code)->co_consts;
	codes_add(b, codes, target);
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts) && target->n_path < MAX_DEPTH - 1; i++) {
		struct direct_target inner = *target;
		inner.code = PyTuple_GET_ITEM(consts, i);
		inner.function = NULL;
		inner.path[inner.n_path++] = (uint32_t)i;
		if (PyCode_Check(inner.code))
			codes_add_tree(b, codes, &inner);
	}
}

static void codes_add_name(const char *name, void *data)
{
	struct {
		struct builder *b;
		struct module_codes *codes;
	} *to = data;
	struct direct_target target;
	PyObject *globals = to->b->family->globals, *function = callee_find(globals, name);
	if (function && PyFunction_GET_GLOBALS(function) == globals && direct_target_of(to->b, function, name, &target))
		codes_add_tree(to->b, to->codes, &target);
}

/* Those of the functions among the globals come first, then those of the function that is compiled, which may be among
 * no globals. */
static const struct module_codes *module_codes(struct builder *b)
{
	struct module_codes *codes = b->family->codes;
	if (codes)
		return codes;
	codes = b->family->codes = ir_alloc(ir_family(b->f), sizeof(*codes));
	struct {
		struct builder *b;
		struct module_codes *codes;
	} to = { b, codes };
	callee_each(b->family->globals, codes_add_name, &to);
	codes_add_tree(b, codes, &(struct direct_target){ .code = b->family->code });
	return codes;
}

bool module_stores(struct builder *b, const char *global)
{
	for (const struct module_code *c = module_codes(b)->first; c; c = c->next) {
		const struct bc_code *code = code_decoded(b, c->target.code);
		for (uint32_t i = 0; i < code->n_instrs; i++)
			if (code->instrs[i].op == BC_STORE_GLOBAL && strcmp(code->instrs[i].name, global) == 0)
				return true;
	}
	return false;
}

/* ---- what is known of a value ------------------------------------------------ */

/* An object that may be a function of that code. */
struct function_value {
	struct function_value *next;
	const struct ir_instr *object;
	PyObject *code;
	const struct direct_target *target; /* it is most likely that function; NULL: any of that code */
};

void note_function(struct builder *b, const struct ir_instr *object, PyObject *code)
{
	struct function_value *v = ir_alloc(b->f, sizeof(*v));
	*v = (struct function_value){ b->functions, object, code, NULL };
	b->functions = v;
}

/* The function that the frame is one of, as far as that is known, and its name. */
static PyObject *function_of_frame(const struct builder *b, const char **ret_name)
{
	const struct frame *top = b->top;
	if (!top->outer) {
		*ret_name = b->self ? b->self->root : NULL;
		return b->self ? b->self->function : NULL;
	}
	*ret_name = inline_is_in(b) && !top->n_path ? top->root : NULL;
	PyObject *function = *ret_name ? callee_find(b->family->globals, *ret_name) : NULL;
	return function && callee_code(function) == top->code->code ? function : NULL;
}

/* What that has closed over. */
void note_closed_over(struct builder *b, const struct ir_instr *object, uint32_t number)
{
	const char *self_name;
	PyObject *self = function_of_frame(b, &self_name);
	PyObject *closure = self ? PyFunction_GET_CLOSURE(self) : NULL;
	if (!closure || !self_name || number >= PyTuple_GET_SIZE(closure))
		return;
	PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, number));
	char name[CALLEE_NAME];
	struct direct_target *target = ir_alloc(b->f, sizeof(*target));
	if (!value || !PyFunction_Check(value) || !callee_closed_over(self_name, self, number, name) ||
	    !direct_target_of(b, value, name, target))
		return;
	note_function(b, object, target->code);
	b->functions->target = target;
}

/* The code that a def of that name has in code, or in what is nested in it; NULL: none. */
static PyObject *find_def(PyObject *code, PyObject *name, unsigned depth)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts) && depth < MAX_DEPTH; i++) {
		PyObject *inner = PyTuple_GET_ITEM(consts, i);
		if (!PyCode_Check(inner))
			continue;
		if (PyUnicode_Compare(((PyCodeObject *)inner)->co_name, name) == 0)
			return inner;
		PyObject *found = find_def(inner, name, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

/* The outermost function that the code of the frame is nested in. */
static PyObject *root_code(const struct builder *b)
{
	const char *root = b->top->root;
	PyObject *function = root ? callee_find(b->family->globals, root) : NULL;
	return function ? callee_code(function) : b->family->code;
}

void note_named_function(struct builder *b, const struct ir_instr *object, uint32_t local)
{
	const PyCodeObject *code = (PyCodeObject *)b->top->code->code;
	if (b->top->library)
		return;
	PyObject *def = find_def(root_code(b), PyTuple_GET_ITEM(code->co_localsplusnames, local), 0);
	if (def)
		note_function(b, object, def);
}

/* ---- guesses ----------------------------------------------------------------- */

struct guesses {
	uint32_t n, n_large, n_inlined;
	bool is_closed_over; /* the first of the inlined ones */
	struct call calls[MAX_GUESSES];
	struct call inlined[MAX_INLINED_GUESSES];
};

static bool is_guessed(const struct guesses *guesses, const PyObject *code)
{
	for (uint32_t i = 0; i < guesses->n; i++)
		if (guesses->calls[i].target.code == code)
			return true;
	for (uint32_t i = 0; i < guesses->n_inlined; i++)
		if (guesses->inlined[i].target.code == code)
			return true;
	return false;
}

/* A call of one that calls nothing directly itself takes gcc a tenth of the time. */
static bool is_small(const struct direct *d)
{
	if (!d->done)
		return false;
	ir_for_each_block (d->f, block)
		ir_for_each_instr (block, i)
			if (i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW)
				return false;
	return true;
}

static void guess(struct builder *b, const struct direct_target *target, const struct call *like,
		  struct guesses *guesses)
{
	struct call *call = &guesses->calls[guesses->n];
	if (guesses->n == MAX_GUESSES || is_guessed(guesses, target->code))
		return;
	*call = *like;
	call->target = *target;
	if (guesses->n_inlined < MAX_INLINED_GUESSES && inline_can_value(b, call)) {
		guesses->inlined[guesses->n_inlined++] = *call;
		return;
	}
	if (!direct_can_call_target(b, call))
		return;
	bool large = !is_small(call->direct);
	guesses->n += !large || guesses->n_large < MAX_LARGE_GUESSES;
	guesses->n_large += large;
}

static void guess_code(struct builder *b, const PyObject *code, const struct call *like, struct guesses *guesses)
{
	for (const struct module_code *c = module_codes(b)->first; c; c = c->next)
		if (c->target.code == code) {
			guess(b, &c->target, like, guesses);
			return;
		}
}

static void guess_by_value(struct builder *b, const struct av *v, const struct call *like, struct guesses *guesses)
{
	const struct ir_instr *object = v->kind == AV_OBJECT ? v->v[0] : NULL;
	while (object && object->op == IR_PHI && object->n_args && object->args[0]->id < object->id) /* before a loop */
		object = object->args[0];
	for (const struct function_value *known = b->functions; known; known = known->next)
		if (known->object == object && known->target) {
			guess(b, known->target, like, guesses);
			guesses->is_closed_over |= guesses->n_inlined == 1;
		} else if (known->object == object) {
			guess_code(b, known->code, like, guesses);
		}
}

/* What was loaded from a module. */
static void guess_by_module(struct builder *b, const struct av *v, const struct call *like, struct guesses *guesses)
{
	PyObject *now = value_now(b, v);
	struct direct_target target;
	if (now && PyFunction_Check(now) && direct_target_of(b, now, "", &target))
		guess(b, &target, like, guesses);
}

static void guess_by_calls(struct builder *b, const struct call *like, struct guesses *guesses)
{
	uint64_t digests[CALLSITE_CALLEES];
	const struct frame *frame = frame_of_code(b);
	uint32_t n_callees = callsites_at(frame->code->code, frame->code->instrs[frame->at].at, digests);
	for (uint32_t i = 0; i < n_callees; i++)
		for (const struct module_code *c = module_codes(b)->first; c; c = c->next)
			if (c->digest == digests[i]) {
				guess(b, &c->target, like, guesses);
				break;
			}
}

/* Whether CPython was seen to call nothing but that here. */
static bool is_only_callee(const struct builder *b, const struct call *call)
{
	uint64_t digests[CALLSITE_CALLEES];
	const struct frame *frame = frame_of_code(b);
	return callsites_at(frame->code->code, frame->code->instrs[frame->at].at, digests) == 1 &&
	       digests[0] == callee_digest(call->target.code);
}

/* The ways of those that are built in; the builder goes on where it is none of them. */
static void inline_ways(struct builder *b, uint32_t n, const struct guesses *guesses)
{
	for (uint32_t i = 0; i < guesses->n_inlined; i++) {
		const struct call *call = &guesses->inlined[i];
		struct ir_instr *is = inline_ask(b, IR_FUNCTION_IS, call, peek(b, n + 1)->v[0]);
		if (peek(b, n + 2)->kind != AV_NULL)
			is = emit2(b, IR_BOOL_AND, is, emit1(b, IR_OBJ_IS_NULL, peek(b, n + 2)->v[0]));
		struct frame *here = split(b, is, true);
		inline_enter_asked(b, call, peek(b, n + 1)->v[0], n + 2)->meets = true;
		go_on_otherwise(b, here);
	}
}

/* They meet behind the call. */
static void meet_ways(struct builder *b)
{
	if (b->block)
		meet_at(b, b->top->at + 1);
}

static bool call_inlined(struct builder *b, const struct call *like, struct guesses *guesses,
			 bool (*otherwise)(struct builder *b, const struct call *call))
{
	uint32_t n = direct_width(like);
	bool only = guesses->n_inlined == 1 && guesses->n == 0 && peek(b, n + 2)->kind == AV_NULL;
	if (only && (inline_is_in(b) || guesses->is_closed_over || is_only_callee(b, &guesses->inlined[0]))) {
		inline_enter(b, &guesses->inlined[0], peek(b, n + 1)->v[0], n + 2);
		return true;
	}
	if (inline_is_in(b))
		return false;
	inline_ways(b, n, guesses);
	if (!direct_ways_or(b, guesses->calls, guesses->n, otherwise) && !otherwise(b, like))
		return false;
	meet_ways(b);
	return true;
}

/* What the callable may be that lies there; false: too much. */
static bool guess_all(struct builder *b, const struct av *callable, const struct call *like, struct guesses *guesses)
{
	guess_by_value(b, callable, like, guesses);
	guess_by_module(b, callable, like, guesses);
	guess_by_calls(b, like, guesses);
	if (guesses->n > 1 && b->n_guesses + guesses->n > MAX_ALL_GUESSES)
		return false;
	b->n_guesses += guesses->n;
	return true;
}

/* Stack: NULL, the callable, n arguments; or what LOAD_METHOD has left there. */
bool build_function_call(struct builder *b, uint32_t n)
{
	struct av *callable = peek(b, n + 1);
	struct guesses guesses = { 0 };
	enum av_kind below = peek(b, n + 2)->kind;
	struct call like = direct_call_here(b, n, 2);
	if ((below != AV_NULL && below != AV_OBJECT) ||
	    (callable->kind != AV_OBJECT && callable->kind != AV_FUNCTION) || direct_global_name(b, callable))
		return false;
	if (callable->kind == AV_FUNCTION && !object_of(b, callable))
		return false;
	if (!guess_all(b, callable, &like, &guesses))
		return false;
	if (guesses.n_inlined > 0)
		return call_inlined(b, &like, &guesses, direct_rarely);
	return direct_ways(b, guesses.calls, guesses.n);
}

static PyObject *code_expected(struct builder *b, const struct av *callable, const struct bc_instr *call)
{
	uint64_t digests[CALLSITE_CALLEES];
	const char *global = direct_global_name(b, callable);
	PyObject *now = global ? callee_find(b->input->globals, global) : value_now(b, callable);
	if (now)
		return PyFunction_Check(now) ? callee_code(now) : NULL;
	if (callsites_at(b->top->code->code, call->at, digests) == 0)
		return NULL;
	for (const struct module_code *c = module_codes(b)->first; c; c = c->next)
		if (c->digest == digests[0])
			return c->target.code;
	return NULL;
}

uint32_t direct_n_expected(struct builder *b, const struct av *callable, const struct bc_instr *call)
{
	const PyObject *code = callable->kind == AV_OBJECT ? code_expected(b, callable, call) : NULL;
	return code && direct_is_plain(code) ? (uint32_t)((const PyCodeObject *)code)->co_argcount : 0;
}

bool direct_spread_call(struct builder *b, const struct call *like,
			bool (*otherwise)(struct builder *b, const struct call *call))
{
	struct av *callable = peek(b, direct_width(like) + 1);
	struct guesses guesses = { 0 };
	const char *global = direct_global_name(b, callable);
	struct direct_target target;
	if (callable->kind == AV_FUNCTION && !object_of(b, callable))
		return false;
	if (callable->kind != AV_OBJECT)
		return false;
	if (global && direct_target_now(b, b->input->globals, global, &target))
		guess(b, &target, like, &guesses);
	if (!guess_all(b, callable, like, &guesses))
		return false;
	if (guesses.n_inlined > 0)
		return call_inlined(b, like, &guesses, otherwise);
	return direct_ways_or(b, guesses.calls, guesses.n, otherwise);
}
