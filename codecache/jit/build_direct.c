/* build_direct.c - calls of functions that are compiled along: their arguments and results are machine values, and gcc
 * sees both sides.
 *
 * A global that is a plain function of the same module is guessed to stay it; a guard makes it sure at every call.  The
 * callee is built for the types of the arguments at hand, with a builder of its own, into the caller's family
 * (ir_direct_new()).  What it returns is guessed and, once it is built, checked: recursion needs to know before.
 *
 * The callee has a frame on CPython's stack (cpython311_call.h).  If it leaves by a side exit, CPython finishes it
 * there, and the caller goes on with the result if that is of the right type, else leaves itself right behind the call.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/outgrown.h"

enum { MAX_DIRECTS = 24, MAX_FAMILY_VALUES = 3000, MAX_DIRECT_DEPTH = 6, FRAME_EXTRA = 2 };

/* Values of a callee, and of one of which the family has a version already: for other types, which are as many again.
 */
enum { MAX_DIRECT_VALUES = 3200, MAX_VERSION_VALUES = 1500 };

/* ---- which function -------------------------------------------------------- */

/* The name of the global that the object was loaded from; NULL: it was not. */
const char *direct_global_name(const struct builder *b, const struct av *v)
{
	return v->kind == AV_OBJECT && v->index ? ir_family(b->f)->consts[v->index - 1].name : NULL;
}

/* Whether it is no generator. */
static bool is_function(const PyCodeObject *code)
{
	const int never = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE;
	return !(code->co_flags & never) && (code->co_flags & CO_OPTIMIZED) && (code->co_flags & CO_NEWLOCALS);
}

bool direct_is_plain(const PyObject *object)
{
	const PyCodeObject *code = (const PyCodeObject *)object;
	return is_function(code) && !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS)) && code->co_kwonlyargcount == 0;
}

/* By its name among the globals of the family's module or, of another module, by that. */
static const char *name_in_family(struct builder *b, PyObject *function, const char *name)
{
	char own[CALLEE_NAME];
	const char *rest = name;
	bool is_named = callee_globals(b->family->globals, &rest) == PyFunction_GET_GLOBALS(function);
	if (is_named && callee_find(b->family->globals, name) == function)
		return ir_strdup(ir_family(b->f), name);
	return callee_name(function, own) ? ir_strdup(ir_family(b->f), own) : NULL;
}

/* Of another module than the family's: what is large, or far down from the function that is compiled, is better
 * compiled by itself, if at all: re.findall() leads to all of the compiler of regular expressions. */
static bool is_too_far(const struct builder *b, PyObject *function)
{
	enum { MAX_FAR_DEPTH = 3 };
	bool is_near = PyFunction_GET_GLOBALS(function) == b->family->globals;
	return !is_near && (b->depth >= MAX_FAR_DEPTH || callee_is_far(b->family->globals, function));
}

bool direct_target_of(struct builder *b, PyObject *function, const char *name, struct direct_target *ret)
{
	*ret = (struct direct_target){ .function = function };
	if (((PyFunctionObject *)function)->func_builtins != b->input->builtins)
		return false;
	ret->code = callee_code(function);
	if (!ret->code || is_too_far(b, function))
		return false;
	ret->name = name_in_family(b, function, name);
	return ret->name != NULL;
}

bool direct_target_now(struct builder *b, PyObject *globals, const char *name, struct direct_target *ret)
{
	PyObject *function = callee_find(globals, name);
	return function && direct_target_of(b, function, name, ret);
}

bool direct_looks(struct builder *b, uint32_t n)
{
	const char *name = direct_global_name(b, peek(b, n + 1));
	PyObject *function = name && !b->top->library ? callee_find(b->input->globals, name) : NULL;
	PyObject *code = function ? callee_code(function) : NULL;
	if (!code || !bc_looks_at_locals(code))
		return false;
	if (b->learning) /* for the second build, in which all locals live until then */
		outgrown_add(b->top->code->code, b->i->pc, MET_LOOK);
	return true;
}

/* ---- building it ----------------------------------------------------------- */

/* What a function returns. */
struct result {
	enum ir_type type;
	uint32_t n_values; /* see struct ir_function */
	enum ir_type values[IR_MAX_VALUES];
	uint32_t record;
};

static bool results_equal(const struct result *a, const struct result *b)
{
	return a->type == b->type && a->n_values == b->n_values && a->record == b->record &&
	       memcmp(a->values, b->values, a->n_values * sizeof(a->values[0])) == 0;
}

static struct result result_of(const struct ir_instr *last)
{
	struct result result = { .type = last->args[0]->type == IR_I128 ? IR_OBJ : last->args[0]->type };
	if (last->op != IR_RETURN_VALUES && last->op != IR_RETURN_RECORD)
		return result;
	uint32_t first = last->op == IR_RETURN_RECORD ? 2 : 0;
	result.type = IR_OBJ;
	result.record = first ? last->args[1]->imm.index + 1 : 0;
	result.n_values = last->n_args - first;
	for (uint32_t i = 0; i < result.n_values; i++)
		result.values[i] = last->args[first + i]->type;
	return result;
}

bool direct_results_equal(const struct ir_function *f, const struct ir_function *g)
{
	return f->result == g->result && f->n_values == g->n_values && f->record == g->record &&
	       memcmp(f->values, g->values, f->n_values * sizeof(f->values[0])) == 0;
}

/* One type, or IR_OBJ if several; IR_VOID if it never returns. */
static struct result returned(const struct ir_function *f)
{
	struct result result = { .type = IR_VOID };
	ir_for_each_block (f, block) {
		const struct ir_instr *last = block->last;
		if (!last || (last->op != IR_RETURN && last->op != IR_RETURN_OWNED && last->op != IR_RETURN_VALUES &&
			      last->op != IR_RETURN_RECORD))
			continue;
		struct result this = result_of(last);
		if (result.type != IR_VOID && !results_equal(&result, &this))
			return (struct result){ .type = IR_OBJ };
		result = this;
	}
	return result;
}

static void set_result(const struct builder *b, struct ir_function *f, const struct result *result)
{
	f->record = result->record;
	f->record_cache = result->record ? record_cache(record_of_code(b, result->record - 1)) : 0;
	f->result = result->type;
	f->n_values = result->n_values;
	memcpy(f->values, result->values, sizeof(f->values));
}

static PyObject *defaults_of(const struct direct_target *target)
{
	return target->function ? PyFunction_GET_DEFAULTS(target->function) : NULL;
}

/* Of the function that has the target's name, which is the target or has it among its constants. */
uint64_t direct_digest(const struct builder *b, const struct direct_target *target)
{
	if (!target->name)
		return 0;
	return callee_digest(target->n_path ? callee_code(callee_find(b->family->globals, target->name))
					    : target->code);
}

uint32_t direct_add_consts(struct builder *b, const struct unit_const *code, PyObject *defaults,
			   uint32_t *ret_n_defaults)
{
	if (code->name && *code->name == '@')
		(void)const_globals(b, code->name); /* what its function is compared with: ir_globals_of() */
	uint32_t index = ir_const_append(b->f, code);
	*ret_n_defaults = defaults ? (uint32_t)PyTuple_GET_SIZE(defaults) : 0;
	for (uint32_t i = 0; i < *ret_n_defaults; i++) {
		struct unit_const c = { UNIT_CONST_DEFAULT, code->name, 1, { i }, 0 };
		(void)ir_const_append(b->f, &c);
	}
	return index;
}

static void add_consts(struct builder *b, struct direct *d, const struct direct_target *target)
{
	struct unit_const code = { .kind = UNIT_CONST_OBJECT, .name = (char *)d->root, .n_path = d->n_path };
	memcpy(code.path, d->path, sizeof(code.path));
	code.digest = direct_digest(b, target);
	d->code_const = direct_add_consts(b, &code, defaults_of(target), &d->n_defaults);
}

/* Whether the family has code for other arguments of d's function. */
static bool is_another_version(const struct builder *b, const struct direct *d)
{
	bool found = d->code == b->family->code;
	for (const struct direct *other = b->family->directs; other && !found; other = other->next)
		found = other != d && other->code == d->code && !other->failed;
	return found;
}

/* Build d->f anew, for the result that is set. */
static void build_once(struct builder *b, struct direct *d)
{
	struct build_input input = *b->input;
	struct ir_function *f = d->f;
	const char *name = d->root ? d->root : "";
	input.code = d->code;
	input.globals = callee_globals(b->family->globals, &name);
	input.params = d->params;
	input.n_params = d->n_params;
	input.name = f->name;
	input.symbol = f->symbol;
	f->n_blocks = f->n_exits = f->next_id = 0;
	struct builder inner = { .f = f, .input = &input, .self = d, .family = b->family, .depth = b->depth + 1 };
	uint32_t most = is_another_version(b, d) ? MAX_VERSION_VALUES : MAX_DIRECT_VALUES;
	d->failed = !build_all(&inner) || f->next_id > most;
	d->made_params = inner.made_params;
	d->thrown = inner.thrown;
	d->known = inner.n_returned == 1 ? inner.returned : KNOWN_NONE;
	d->items = inner.returned_items;
}

/* For people. */
static const char *name_of(const struct direct_target *target)
{
	const char *name = target->n_path || !target->name || *target->name == '@'
				   ? PyUnicode_AsUTF8(((PyCodeObject *)target->code)->co_qualname)
				   : target->name;
	PyErr_Clear(); /* lone surrogates */
	return name ? name : "?";
}

/* The function, if it has closed over others: which of them it calls. */
static PyObject *closed_over(const struct direct_target *target)
{
	PyObject *closure = target->function ? PyFunction_GET_CLOSURE(target->function) : NULL;
	for (Py_ssize_t i = 0; closure && i < PyTuple_GET_SIZE(closure); i++) {
		PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, i));
		if (value && value != target->function && PyFunction_Check(value))
			return target->function;
	}
	return NULL;
}

static struct direct *direct_new(struct builder *b, const struct call *call, bool throws)
{
	struct ir_function *family = ir_family(b->f);
	struct direct *d = ir_alloc(family, sizeof(*d));
	const PyCodeObject *code;
	const struct binding *binding = &call->binding;
	d->code = call->target.code;
	code = (const PyCodeObject *)d->code;
	d->root = call->target.name ? ir_strdup(family, call->target.name) : NULL;
	d->n_path = call->target.n_path;
	memcpy(d->path, call->target.path, sizeof(d->path));
	d->is_init = call->is_init;
	d->throws = throws;
	d->n_params = binding->n_params;
	d->n_operands = binding->n_operands;
	d->params = ir_alloc(family, (d->n_operands + 1) * sizeof(*d->params));
	memcpy(d->params, binding->types, d->n_operands * sizeof(*d->params));
	uint8_t *n_items = ir_alloc(family, sizeof(binding->n_items));
	memcpy(n_items, binding->n_items, sizeof(binding->n_items));
	d->n_items = n_items;
	d->rest = binding->rest;
	d->function = closed_over(&call->target);
	const struct record **records = ir_alloc(family, sizeof(binding->records));
	memcpy(records, binding->records, sizeof(binding->records));
	d->records = records;
	d->number = family->n_directs;
	d->f = ir_direct_new(family, name_of(&call->target));
	d->f->n_params = d->n_operands;
	d->f->params = d->params;
	d->f->is_init = d->is_init;
	d->f->n_own = binding->n_plain < binding->n_params ? binding->n_params : 0;
	add_consts(b, d, &call->target);
	d->f->code_const = d->code_const;
	d->f->frame_size = (uint32_t)(code->co_nlocalsplus + code->co_stacksize) + RESUME_FRAME_EXTRA + FRAME_EXTRA;
	d->next = b->family->directs;
	b->family->directs = d;
	return d;
}

/* A function that cannot be built is one that leaves at once: nobody calls it. */
static void make_empty(struct direct *d)
{
	struct ir_function *f = d->f;
	f->n_blocks = f->n_exits = f->next_id = 0;
	struct ir_exit *exit = ir_exit_new(f);
	exit->frame.code = d->code_const;
	ir_append(f, ir_block_new(f), IR_SIDE_EXIT, 0, NULL)->exit = exit;
	exit->frame.n_locals = cpython_local_count(d->code);
	exit->frame.locals = ir_alloc(f, (exit->frame.n_locals + 1) * sizeof(struct state_value *));
	for (uint32_t i = 0; i < exit->frame.n_locals; i++)
		exit->frame.locals[i] = ir_alloc(f, sizeof(struct state_value));
	exit->frame.stack = ir_alloc(f, sizeof(struct state_value *));
}

/* Those that were begun after d. */
static void forget_since(struct builder *b, struct direct *d)
{
	struct ir_function *family = ir_family(b->f);
	while (family->n_directs > d->number + 1)
		ir_function_free(family->directs[--family->n_directs]);
	b->family->directs = d;
}

static struct direct *direct_build(struct builder *b, const struct call *call, bool throws)
{
	struct direct *d = direct_new(b, call, throws);
	struct result guess = { .type = d->is_init ? IR_OBJ : IR_I64 };
	for (int round = 0;; round++) {
		d->recursive = false;
		set_result(b, d->f, &guess);
		build_once(b, d);
		struct result result = d->failed ? (struct result){ .type = IR_VOID } : returned(d->f);
		d->failed |= result.type == IR_VOID;
		if (d->failed || d->made_params || results_equal(&result, &guess) ||
		    (guess.type == IR_OBJ && !guess.n_values))
			break;
		guess = round == 0 || !d->recursive ? result : (struct result){ .type = IR_OBJ };
		set_result(b, d->f, &guess);
		if (!d->recursive)
			break;
		forget_since(b, d); /* they may count on the wrong guess */
	}
	if (d->failed) {
		forget_since(b, d); /* what was built for it may call it */
		make_empty(d);
	}
	d->done = true;
	return d;
}

/* It was built in vain: with other operands there is no need for it. */
static void forget_direct(struct builder *b, struct direct *d)
{
	struct ir_function *family = ir_family(b->f);
	struct made_params *made = ir_alloc(family, sizeof(*made));
	*made = (struct made_params){ b->family->made_params, d->code, d->made_params };
	b->family->made_params = made;
	forget_since(b, d);
	ir_function_free(family->directs[--family->n_directs]);
	b->family->directs = d->next;
}

static uint32_t made_params_of(const struct builder *b, const PyObject *code)
{
	uint32_t params = 0;
	for (const struct made_params *made = b->family->made_params; made; made = made->next)
		if (made->code == code)
			params |= made->params;
	return params;
}

/* Whether one more is too many: gcc sees all of them at once. */
static bool is_family_full(const struct builder *b)
{
	const struct ir_function *family = ir_family_const(b->f);
	uint32_t values = 0;
	for (uint32_t i = 0; i < family->n_directs; i++)
		values += family->directs[i]->next_id;
	return family->n_directs >= MAX_DIRECTS || values >= MAX_FAMILY_VALUES;
}

/* The one for these types, built if need be; NULL: the call stays CPython's; or it has made_params, and is none. */
static struct direct *direct_for(struct builder *b, const struct call *call)
{
	PyObject *code = call->target.code;
	bool throws = call->ends_loop || has_quiet_handler(b);
	const struct binding *binding = &call->binding;
	for (struct direct *d = b->family->directs; d; d = d->next)
		if (d->code == code && (d->throws || !throws) && d->is_init == call->is_init &&
		    d->function == closed_over(&call->target) &&
		    memcmp(&d->rest, &binding->rest, sizeof(d->rest)) == 0 && d->n_operands == binding->n_operands &&
		    memcmp(d->n_items, binding->n_items, sizeof(binding->n_items)) == 0 &&
		    memcmp(d->records, binding->records, sizeof(binding->records)) == 0 &&
		    memcmp(d->params, binding->types, d->n_operands * sizeof(*d->params)) == 0) {
			d->recursive |= !d->done;
			return d->failed ? NULL : d;
		}
	if (is_family_full(b) || b->depth >= MAX_DIRECT_DEPTH)
		return NULL;
	struct direct *d = direct_build(b, call, throws);
	if (d->made_params)
		forget_direct(b, d);
	return d->failed ? NULL : d;
}

/* ---- the call -------------------------------------------------------------- */

static enum value_type type_of_arg(const struct builder *b, const struct av *v)
{
	static const enum value_type of_known[KNOWN_COUNT] = {
		[KNOWN_LIST] = VALUE_LIST,   [KNOWN_TUPLE] = VALUE_TUPLE,
		[KNOWN_DICT] = VALUE_DICT,   [KNOWN_SET] = VALUE_SET,
		[KNOWN_STR] = VALUE_STR,     [KNOWN_LATIN1] = VALUE_LATIN1,
		[KNOWN_CHAR] = VALUE_LATIN1, [KNOWN_BYTEARRAY] = VALUE_BYTEARRAY,
		[KNOWN_BYTES] = VALUE_BYTES, [KNOWN_INT] = VALUE_BIG,
	};
	switch (v->kind) {
	case AV_INT:
	case AV_WIDE: return VALUE_INT;
	case AV_FLOAT: return VALUE_FLOAT;
	case AV_BOOL: return VALUE_BOOL;
	default: break;
	}
	enum value_type buffer = buffer_type_of(known_of(b, v));
	return buffer != VALUE_OBJECT ? buffer : of_known[known_of(b, v)];
}

/* A default is always the same object: numbers are known. */
static enum value_type type_of_default(PyObject *value)
{
	int overflow = 0;
	if (PyLong_CheckExact(value) && (PyLong_AsLongLongAndOverflow(value, &overflow), !overflow))
		return VALUE_INT;
	return PyFloat_CheckExact(value) ? VALUE_FLOAT : PyBool_Check(value) ? VALUE_BOOL : VALUE_OBJECT;
}

static struct ir_instr *default_value(struct builder *b, const struct direct *d, PyObject *function, uint32_t i)
{
	PyObject *value = PyTuple_GET_ITEM(PyFunction_GET_DEFAULTS(function), i);
	struct ir_instr *instr;
	switch (type_of_default(value)) {
	case VALUE_INT: return emit_i64(b, PyLong_AsLongLong(value));
	case VALUE_FLOAT: return emit_f64(b, PyFloat_AS_DOUBLE(value));
	case VALUE_BOOL: return emit_bool(b, value == Py_True);
	default:
		instr = const_instr(b, d->code_const + 1 + i);
		(void)emit1(b, IR_INCREF, instr);
		return instr;
	}
}

/* Parameter i is a tuple of numbers, or an instance with such attributes, if v is one that was not made. */
static void bind_items(struct builder *b, const struct av *v, uint32_t i, struct binding *ret)
{
	if (!av_has_items(v) || ret->n_operands + v->tuple->n > MAX_DIRECT_OPERANDS - 2)
		return;
	uint32_t first = v->tuple->record ? 1 : 0;
	if (v->tuple->n == first || v->kind == AV_KEYWORDS)
		return;
	for (uint32_t k = first; k < v->tuple->n; k++)
		if (!av_is_number(&v->tuple->items[k]))
			return;
	ret->types[i] = type_of_arg(b, &v->tuple->items[first]);
	ret->n_items[i] = (uint8_t)(v->tuple->n - first);
	ret->records[i] = v->tuple->record;
	for (uint32_t k = first + 1; k < v->tuple->n; k++)
		ret->types[ret->n_operands++] = type_of_arg(b, &v->tuple->items[k]);
}

struct av *direct_operand(struct builder *b, const struct call *call, int from)
{
	return call->operands ? &call->operands[from] : peek(b, call->n - (uint32_t)from);
}

static uint32_t find_param(const PyCodeObject *code, PyObject *name)
{
	uint32_t n = (uint32_t)(code->co_argcount + code->co_kwonlyargcount), i = (uint32_t)code->co_posonlyargcount;
	while (i < n && PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, i), name) != 0)
		i++;
	return i;
}

bool direct_is_name(PyObject *name)
{
	Py_ssize_t n;
	const char *utf8 = PyUnicode_CHECK_INTERNED(name) ? PyUnicode_AsUTF8AndSize(name, &n) : NULL;
	PyErr_Clear(); /* lone surrogates */
	return utf8 && strlen(utf8) == (size_t)n;
}

/* initialize_locals() of ceval.c: which argument each parameter is. */
static bool bind_places(const struct call *call, struct binding *ret)
{
	const PyCodeObject *code = (const PyCodeObject *)call->target.code;
	uint32_t positional = call->n - call->n_names, n_args = (uint32_t)code->co_argcount;
	for (uint32_t i = 0; i < ret->n_params; i++)
		ret->from[i] = i < positional && i < n_args ? (int)((call->first + i) % call->n) : -1;
	for (uint32_t i = n_args; i < positional; i++) {
		if (!ret->rest.has_values || ret->rest.n_values == MAX_REST)
			return false;
		ret->rest_from[ret->rest.n_values++] = (int)((call->first + i) % call->n);
	}
	for (uint32_t k = 0; k < call->n_names; k++) {
		uint32_t i = find_param(code, call->names[k]), from = positional + k;
		if (i < ret->n_plain && ret->from[i] < 0) {
			ret->from[i] = (int)from;
			continue;
		}
		if (i < ret->n_plain || !ret->rest.has_named || ret->rest.n_named == MAX_REST ||
		    !direct_is_name(call->names[k]))
			return false;
		ret->rest_from[ret->rest.n_values + ret->rest.n_named] = (int)from;
		ret->rest.names[ret->rest.n_named++] = call->names[k];
	}
	return true;
}

/* An operand for each item of *args and **kwargs: numbers, and objects.  Those that are the caller's arguments or in
 * its locals stay so. */
static bool bind_rest(struct builder *b, const struct call *call, struct binding *ret)
{
	uint32_t n = ret->rest.n_values + ret->rest.n_named;
	if (ret->n_operands + n > MAX_DIRECT_OPERANDS - 2)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct av *v = direct_operand(b, call, ret->rest_from[i]);
		bool kept =
			(v->kind == AV_OBJECT && (v->own == OWN_NONE || v->own == OWN_LOCAL)) || v->kind == AV_CONST;
		ret->types[ret->n_operands++] = type_of_arg(b, v);
		ret->rest.kept |= (uint32_t)kept << i;
	}
	return true;
}

bool direct_bind(struct builder *b, const struct call *call, struct binding *ret)
{
	const PyCodeObject *code = (const PyCodeObject *)call->target.code;
	PyObject *defaults = defaults_of(&call->target);
	uint32_t n_defaults = defaults ? (uint32_t)PyTuple_GET_SIZE(defaults) : 0;
	uint32_t n_args = (uint32_t)code->co_argcount;
	bool for_super = code_decoded(b, (PyObject *)code)->has_class;
	*ret = (struct binding){ .n_plain = n_args + (uint32_t)code->co_kwonlyargcount };
	ret->rest.has_values = code->co_flags & CO_VARARGS;
	ret->rest.has_named = code->co_flags & CO_VARKEYWORDS;
	ret->n_params = ret->n_plain + ret->rest.has_values + ret->rest.has_named;
	ret->n_operands = ret->n_params;
	if (ret->n_params > MAX_DIRECT_ARGS || call->n_names > call->n ||
	    (n_args == 0 && (call->is_init || for_super)) || !bind_places(call, ret))
		return false;
	for (uint32_t i = 0; i < ret->n_plain; i++) {
		if (ret->from[i] >= 0) {
			const struct av *v = direct_operand(b, call, ret->from[i]);
			ret->types[i] = type_of_arg(b, v);
			bool is_made = made_params_of(b, (const PyObject *)code) & 1U << i;
			if (!is_made && !(i == 0 && for_super))
				bind_items(b, v, i, ret);
			continue;
		}
		if (i >= n_args || i + n_defaults < n_args)
			return false;
		ret->types[i] = type_of_default(PyTuple_GET_ITEM(defaults, i + n_defaults - n_args));
	}
	for (uint32_t i = ret->n_plain; i < ret->n_params; i++)
		ret->types[i] = VALUE_UNBOUND;
	return bind_rest(b, call, ret);
}

bool direct_needs_no_defaults(const struct binding *binding)
{
	for (uint32_t i = 0; i < binding->n_plain; i++)
		if (binding->from[i] < 0)
			return false;
	return true;
}

static enum ir_op call_op(const struct ir_function *f, bool caught)
{
	if (f->n_values)
		return caught ? IR_CALL_TRY_VALUES : IR_CALL_VALUES;
	switch (f->result) {
	case IR_I64: return caught ? IR_CALL_TRY_I64 : IR_CALL_I64;
	case IR_F64: return caught ? IR_CALL_TRY_F64 : IR_CALL_F64;
	case IR_BOOL: return caught ? IR_CALL_TRY_BOOL : IR_CALL_BOOL;
	default: return caught ? IR_CALL_TRY : IR_CALL_OBJ;
	}
}

bool direct_rest(struct builder *b, const struct call *call, bool stays, struct ir_instr **ret)
{
	const struct binding *binding = &call->binding;
	uint32_t n = binding->rest.n_values + binding->rest.n_named, next = binding->n_operands - n;
	for (uint32_t i = binding->n_plain; i < binding->n_params; i++)
		ret[i] = null_object(b);
	for (uint32_t i = 0; i < n; i++, next++) {
		struct av *v = direct_operand(b, call, binding->rest_from[i]);
		bool is_number = value_type_is_number(binding->types[next]), kept = binding->rest.kept >> i & 1;
		if (is_number)
			ret[next] = v->kind == AV_WIDE ? as_int(b, v) : v->v[0];
		else
			ret[next] = kept || stays ? object_of(b, v) : owned_object_of(b, v);
		if (!ret[next])
			return false;
		if (!is_number && !kept && stays)
			(void)emit1(b, IR_INCREF, ret[next]);
	}
	return true;
}

/* The operands for the callee: numbers, and references that it takes over. */
bool direct_arguments(struct builder *b, const struct call *call, struct ir_instr **ret)
{
	const struct binding *binding = &call->binding;
	uint32_t next = binding->n_params;
	for (uint32_t i = call->is_init ? 1 : 0; i < binding->n_plain; i++) {
		if (binding->from[i] < 0)
			continue;
		struct av *v = direct_operand(b, call, binding->from[i]);
		uint32_t first = binding->records[i] ? 1 : 0;
		for (uint32_t k = 1; k < binding->n_items[i]; k++)
			ret[next++] = v->tuple->items[first + k].v[0];
		if (binding->n_items[i])
			ret[i] = v->tuple->items[first].v[0];
		else if (!value_type_is_number(binding->types[i]))
			ret[i] = owned_object_of(b, v);
		else
			ret[i] = v->kind == AV_WIDE ? as_int(b, v) : v->v[0];
		if (!ret[i])
			return false;
	}
	return direct_rest(b, call, false, ret);
}

static bool has_objects(struct builder *b, const struct call *call)
{
	const struct binding *binding = &call->binding;
	for (uint32_t i = 0; i < binding->n_params; i++)
		if (!value_type_is_number(binding->types[i]) && binding->from[i] >= 0 &&
		    !object_of(b, direct_operand(b, call, binding->from[i])))
			return false;
	uint32_t n_rest = binding->rest.n_values + binding->rest.n_named;
	for (uint32_t i = 0; i < n_rest; i++)
		if (!value_type_is_number(binding->types[binding->n_operands - n_rest + i]) &&
		    !object_of(b, direct_operand(b, call, binding->rest_from[i])))
			return false;
	return true;
}

/* What was given over or is not needed any more leaves the stack. */
struct av direct_pop(struct builder *b, const struct call *call)
{
	struct av callable = { .kind = AV_NULL };
	uint32_t width = direct_width(call);
	for (uint32_t i = 0; i < width + call->extra; i++) {
		struct av v = pop(b);
		if (i == width)
			callable = v;
		else if (av_is_number(&v) || av_has_items(&v))
			release(b, v);
	}
	b->exit = b->raise = NULL;
	return callable;
}

/* A method may have nothing to say: of an operator, then nobody has, see rt.type_method; of a comparison, then the
 * other operand has a say, and CPython goes on. */
static void check_implemented(struct builder *b, struct ir_instr *result)
{
	bool compares = b->i->op == BC_COMPARE;
	struct ir_instr *no = emit2(b, IR_OBJ_IS, result, const_instr(b, const_builtin(b, "NotImplemented")));
	struct frame *here = split(b, no, true);
	struct ir_instr *args[] = { result, object_of(b, peek(b, 2)), object_of(b, peek(b, 1)),
				    emit_i64(b, compares ? b->i->arg : b->i->raw) };
	if (compares) {
		struct ir_instr *rest = rt(b, IR_RT_OBJ, RT_MEMBER_compare_rest, 4, args);
		replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { rest }, .own = OWN_OWNED });
		b->top->at++;
		not_translated(b);
	} else {
		raise_by(b, RT_MEMBER_implemented, 4, args);
	}
	unsplit(b, here);
}

static const enum av_kind result_kinds[IR_TYPE_COUNT] = {
	[IR_I64] = AV_INT, [IR_F64] = AV_FLOAT, [IR_BOOL] = AV_BOOL, [IR_OBJ] = AV_OBJECT
};

/* The result of the call before it. */
void push_returned_values(struct builder *b, const struct ir_function *f)
{
	static const enum ir_op ops[IR_TYPE_COUNT] = {
		[IR_I64] = IR_VALUE_I64, [IR_F64] = IR_VALUE_F64, [IR_BOOL] = IR_VALUE_BOOL, [IR_OBJ] = IR_VALUE_OBJ
	};
	struct av values[IR_MAX_VALUES + 1];
	for (uint32_t i = 0; i < f->n_values; i++) {
		struct ir_instr *value = emit0(b, ops[f->values[i]]);
		value->imm.index = i;
		values[i + 1] = av_of(result_kinds[f->values[i]], value);
		values[i + 1].own = f->values[i] == IR_OBJ ? OWN_OWNED : OWN_NONE;
	}
	if (!f->record) {
		push_values(b, f->n_values, values + 1);
		return;
	}
	const struct record *record = record_of_code(b, f->record - 1);
	values[0] = record_class(b, record);
	push_instance(b, record, f->n_values + 1, values);
}

/* Whether the callee gets lists that may be lists of numbers: pass_lists.c says so. */
static bool gives_lists(const struct direct *d)
{
	bool gives = false;
	for (uint32_t i = 0; i < d->n_params; i++)
		gives |= d->params[i] == VALUE_LIST;
	return gives;
}

/* If CPython has finished the call, it goes on here, too. */
static void keep_lists(struct builder *b, const struct direct *d)
{
	if ((b->i->op != BC_CALL && b->i->op != BC_CALL_EX) || d->is_init || !gives_lists(d))
		return;
	b->top->at++;
	b->exit = b->raise = NULL;
	(void)emit0(b, IR_CALL_KEPT);
	b->top->at--;
	b->exit = b->raise = NULL;
}

/* In the place of so many operands, which die now. */
static void push_result(struct builder *b, struct ir_instr *result, const struct direct *d, uint32_t operands)
{
	bool is_object = result->type == IR_OBJ && !d->f->n_values;
	struct ir_instr *object = is_object ? result : emit0(b, IR_CALL_REST);
	if (b->i->op == BC_BINARY || b->i->op == BC_COMPARE)
		check_implemented(b, object);
	replace(b, operands, (struct av){ .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED });
	if (is_object && d->known == KNOWN_NONE)
		return;
	/* If CPython has finished the call it may be of another type than usual, which is CPython's, right behind it.
	 */
	b->top->at++;
	b->exit = b->raise = NULL;
	object->items = d->items;
	if (is_object)
		(void)guard_known(b, peek(b, 1), d->known);
	else
		(void)emit1(b, IR_GUARD, emit1(b, IR_OBJ_IS_NULL, object));
	b->top->at--;
	b->exit = b->raise = NULL;
	if (is_object)
		return;
	(void)pop(b);
	if (d->f->n_values)
		push_returned_values(b, d->f);
	else
		push(b, av_of(result_kinds[result->type], result));
}

/* A call with somebody who takes what it raises, u: without a look. */
static void call_failed(struct builder *b, const struct call *call, struct ir_instr *called, const struct unseen *u)
{
	struct ir_instr *failed =
		called->op == IR_CALL_TRY ? emit1(b, IR_OBJ_IS_NULL, called) : emit0(b, IR_CALL_FAILED);
	if (call->ends_loop)
		end_loop_if(b, failed);
	else
		catch_if(b, failed, u);
}

void direct_call(struct builder *b, const struct call *call, struct ir_instr *entered, struct ir_instr **args,
		 uint32_t n_replaced)
{
	struct ir_instr *operands[MAX_DIRECT_OPERANDS + 1 + IR_TRY_OPERANDS] = { entered };
	const struct binding *binding = &call->binding;
	const struct direct *d = call->direct;
	b->runs_python = true;
	for (uint32_t i = 0; i < binding->n_params; i++) {
		uint32_t which = i + d->n_defaults - (uint32_t)((const PyCodeObject *)d->code)->co_argcount;
		bool is_default = i < binding->n_plain && binding->from[i] < 0;
		operands[i + 1] = is_default ? default_value(b, d, call->target.function, which) : args[i];
	}
	for (uint32_t i = binding->n_params; i < binding->n_operands; i++)
		operands[i + 1] = args[i];
	settle(b);
	bool caught = call->ends_loop || is_caught(b, IR_RT_OBJ, RT_MEMBER_call);
	struct unseen u;
	struct ir_instr *names = call->ends_loop     ? emit_i64(b, RT_NAMES_STOP)
				 : caught && d->done ? thrown_operand(b, &d->thrown, &u)
						     : NULL;
	operands[binding->n_operands + 1] = caught ? emit_i64(b, outermost_at(b)) : NULL;
	operands[binding->n_operands + 2] = names || !caught ? names : emit_i64(b, 0);
	struct ir_instr *called =
		emit(b, call_op(d->f, caught), binding->n_operands + 1 + (caught ? IR_TRY_OPERANDS : 0), operands);
	called->imm.index = d->number;
	b->runs_python = true;
	b->exit = b->raise = NULL;
	if (caught)
		call_failed(b, call, called, names ? &u : NULL);
	push_result(b, called, d, n_replaced);
	if (!caught)
		keep_lists(b, d);
}

/* Enter the function, whose arguments are ready, and call it.  The frame has a reference to it, so the stack's own goes
 * before: an exception, or a result that CPython has to look at, leaves without it. */
void direct_emit(struct builder *b, const struct call *call, struct ir_instr **args)
{
	struct ir_instr *entered = emit1(b, IR_CALL_ENTER, peek(b, direct_width(call) + 1)->v[0]);
	entered->imm.index = call->direct->number;
	if (!call->n_spread)
		release(b, direct_pop(b, call));
	direct_call(b, call, entered, args, call->n_spread ? call->n_spread + call->extra : 0);
}

/* Whether calls of the function that has this name now can be direct, for the arguments at hand.  Their objects are
 * made. */
bool direct_can_call_target(struct builder *b, struct call *call)
{
	if (!is_function((const PyCodeObject *)call->target.code))
		return false;
	do {
		if (!direct_bind(b, call, &call->binding))
			return false;
		call->direct = direct_for(b, call);
	} while (call->direct && call->direct->made_params);
	return call->direct && has_objects(b, call);
}

bool direct_can_call(struct builder *b, PyObject *globals, const char *name, struct call *call)
{
	return direct_target_now(b, globals, name, &call->target) && direct_can_call_target(b, call);
}

/* Whether an object was made since of a tuple, or an instance, that the call was to get as its items. */
static bool is_outdated(struct builder *b, const struct call *call)
{
	const struct binding *binding = &call->binding;
	for (uint32_t i = 0; i < binding->n_params; i++)
		if (binding->n_items[i] && !av_has_items(direct_operand(b, call, binding->from[i])))
			return true;
	return false;
}

uint32_t direct_agree(struct builder *b, struct call *calls, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		if (!is_outdated(b, &calls[i])) {
			i++;
			continue;
		}
		if (!direct_can_call_target(b, &calls[i]))
			calls[i] = calls[--n];
		i = 0; /* it may have needed more objects */
	}
	return n;
}

/* Whether the callable is that function: IR_GUARD_FUNCTION leaves if not, IR_FUNCTION_IS tells. */
struct ir_instr *direct_ask(struct builder *b, enum ir_op op, const struct call *call, struct ir_instr *function)
{
	return direct_ask_code(b, op, &call->binding, function, call->direct->code_const, call->direct->n_defaults);
}

struct ir_instr *direct_ask_code(struct builder *b, enum ir_op op, const struct binding *binding,
				 struct ir_instr *function, uint32_t code_const, uint32_t n_defaults)
{
	bool defaults = !direct_needs_no_defaults(binding);
	struct ir_instr *at = cache(b, 1), *count = emit_i64(b, defaults ? n_defaults : 0);
	struct ir_instr *args[] = { function, at, count };
	struct ir_instr *asked = emit(b, op, 3, args);
	asked->imm.index = code_const;
	return asked;
}

PyObject *direct_names(const struct builder *b)
{
	return b->i->names == UINT32_MAX
		       ? NULL
		       : PyTuple_GET_ITEM(((PyCodeObject *)b->top->code->code)->co_consts, b->i->names);
}

struct call direct_call_here(const struct builder *b, uint32_t n, uint32_t extra)
{
	PyObject *names = direct_names(b);
	struct call call = { .n = n, .extra = extra };
	if (names) {
		call.names = PySequence_Fast_ITEMS(names);
		call.n_names = (uint32_t)PyTuple_GET_SIZE(names);
	}
	return call;
}

bool build_direct_call(struct builder *b, uint32_t n)
{
	const char *name = direct_global_name(b, peek(b, n + 1));
	struct call call = direct_call_here(b, n, 2);
	struct ir_instr *args[MAX_DIRECT_OPERANDS];
	if (!name || peek(b, n + 2)->kind != AV_NULL)
		return false;
	if (inline_can(b, b->input->globals, name, &call)) {
		inline_enter(b, &call, peek(b, n + 1)->v[0], n + 2);
		return true;
	}
	if (!direct_can_call(b, b->input->globals, name, &call))
		return false;
	(void)direct_ask(b, IR_GUARD_FUNCTION, &call, peek(b, n + 1)->v[0]);
	if (!direct_arguments(b, &call, args))
		return false;
	direct_emit(b, &call, args);
	return true;
}
