/* build_call.c - names, functions, ranges, and the fusion of sum() over a generator: its body becomes part of the
 * caller's loop, and the generator is never made. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/callee.h"

/* ---- globals --------------------------------------------------------------- */

static const struct {
	const char *name;
	enum builtin builtin;
	PyTypeObject *type; /* NULL: a function of the builtins module */
} builtins[] = {
	{ "range", BUILTIN_RANGE, &PyRange_Type },
	{ "sum", BUILTIN_SUM, NULL },
	{ "abs", BUILTIN_ABS, NULL },
	{ "round", BUILTIN_ROUND, NULL },
	{ "divmod", BUILTIN_DIVMOD, NULL },
	{ "pow", BUILTIN_POW, NULL },
	{ "float", BUILTIN_FLOAT, &PyFloat_Type },
	{ "complex", BUILTIN_COMPLEX, &PyComplex_Type },
	{ "int", BUILTIN_INT, &PyLong_Type },
	{ "bool", BUILTIN_BOOL, &PyBool_Type },
	{ "len", BUILTIN_LEN, NULL },
	{ "ord", BUILTIN_ORD, NULL },
	{ "chr", BUILTIN_CHR, NULL },
	{ "min", BUILTIN_MIN, NULL },
	{ "max", BUILTIN_MAX, NULL },
	{ "sorted", BUILTIN_SORTED, NULL },
	{ "enumerate", BUILTIN_ENUMERATE, &PyEnum_Type },
	{ "zip", BUILTIN_ZIP, &PyZip_Type },
	{ "reversed", BUILTIN_REVERSED, &PyReversed_Type },
	{ "map", BUILTIN_MAP, &PyMap_Type },
	{ "filter", BUILTIN_FILTER, &PyFilter_Type },
	{ "isinstance", BUILTIN_ISINSTANCE, NULL },
	{ "any", BUILTIN_ANY, NULL },
	{ "all", BUILTIN_ALL, NULL },
	{ "super", BUILTIN_SUPER, &PySuper_Type },
	{ "list", BUILTIN_TYPE, &PyList_Type },
	{ "tuple", BUILTIN_TYPE, &PyTuple_Type },
	{ "dict", BUILTIN_TYPE, &PyDict_Type },
	{ "set", BUILTIN_TYPE, &PySet_Type },
	{ "bytearray", BUILTIN_TYPE, &PyByteArray_Type },
	{ "bytes", BUILTIN_TYPE, &PyBytes_Type },
	{ "memoryview", BUILTIN_TYPE, &PyMemoryView_Type },
	{ "str", BUILTIN_STR, &PyUnicode_Type },
	{ "repr", BUILTIN_REPR, NULL },
};

static bool is_builtin_function(PyObject *value, const char *name)
{
	if (!PyCFunction_CheckExact(value) || strcmp(((PyCFunctionObject *)value)->m_ml->ml_name, name) != 0)
		return false;
	PyObject *module = ((PyCFunctionObject *)value)->m_module;
	return module && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0;
}

static enum builtin builtin_of(PyObject *value, const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (strcmp(builtins[i].name, name) == 0 &&
		    (builtins[i].type ? value == (PyObject *)builtins[i].type : is_builtin_function(value, name)))
			return builtins[i].builtin;
	return BUILTIN_NONE;
}

PyObject *global_now(struct builder *b, const char *name, bool *ret_is_builtin)
{
	PyObject *value = PyDict_GetItemString(b->input->globals, name);
	*ret_is_builtin = !value;
	return value ? value : PyDict_GetItemString(b->input->builtins, name);
}

/* A name and, right behind it, the builtin that it must be: GUARD_GLOBAL's operand. */
static uint32_t const_pair(struct builder *b, const char *name)
{
	struct ir_function *f = ir_family(b->f);
	for (uint32_t i = 0; i + 1 < f->n_consts; i++)
		if (f->consts[i].kind == UNIT_CONST_NAME && f->consts[i + 1].kind == UNIT_CONST_BUILTIN &&
		    strcmp(f->consts[i].name, name) == 0 && strcmp(f->consts[i + 1].name, name) == 0)
			return i;
	uint32_t first = ir_const_append(f, &(struct unit_const){ UNIT_CONST_NAME, (char *)name, 0, { 0 }, 0 });
	(void)ir_const_append(f, &(struct unit_const){ UNIT_CONST_BUILTIN, (char *)name, 0, { 0 }, 0 });
	return first;
}

/* A mask or a modulus tells how large what comes of it is, so its value is worth a guard. */
static bool is_mask(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	if (next->op != BC_BINARY || next->is_target || b->input->globals != b->family->globals)
		return false;
	enum bc_binary op = (enum bc_binary)next->arg;
	bool may =
		op == BINARY_AND || op == BINARY_MOD || op == BINARY_FLOORDIV || op == BINARY_SHL || op == BINARY_SHR;
	return may && !module_stores(b, b->i->name);
}

static void guard_value(struct builder *b, enum ir_op unbox, int64_t value)
{
	struct ir_instr *number = emit1(b, unbox, global_object(b));
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, number, emit_i64(b, value)));
}

/* An int of 64 bits without a sign; as long as nobody changes it, it is a constant. */
static bool load_u64(struct builder *b, PyObject *value, struct av *ret)
{
	if (!PyLong_CheckExact(value) || Py_SIZE(value) <= 0 || _PyLong_NumBits(value) != 64 ||
	    module_stores(b, b->i->name))
		return false;
	int64_t bits = (int64_t)PyLong_AsUnsignedLongLong(value);
	guard_value(b, IR_UNBOX_U64, bits);
	*ret = av_of(AV_U64, emit_i64(b, bits));
	return true;
}

static bool load_number(struct builder *b, PyObject *value, struct av *ret)
{
	if (load_u64(b, value, ret))
		return true;
	int overflow = 0;
	bool is_int = PyLong_CheckExact(value);
	if (is_int)
		(void)PyLong_AsLongLongAndOverflow(value, &overflow);
	if ((!is_int && !PyFloat_CheckExact(value)) || overflow)
		return false;
	if (is_int && is_mask(b)) {
		guard_value(b, IR_UNBOX_I64, PyLong_AsLongLong(value));
		*ret = av_of(AV_INT, emit_i64(b, PyLong_AsLongLong(value)));
		return true;
	}
	struct ir_instr *number = emit1(b, is_int ? IR_UNBOX_I64 : IR_UNBOX_F64, global_object(b));
	*ret = av_of(is_int ? AV_INT : AV_FLOAT, number);
	return true;
}

/* A global's value now is the guess; the guard makes it sure. */
bool build_load_global(struct builder *b)
{
	bool is_builtin;
	PyObject *value = global_now(b, b->i->name, &is_builtin);
	struct av v = { .kind = AV_UNBOUND };
	if (!value) /* it is set later, maybe in another process, or never: then CPython says so */
		return object_load_global(b);
	if (is_builtin && bc_is_frame_function(b->i->name))
		return false;
	enum builtin builtin = is_builtin ? builtin_of(value, b->i->name) : BUILTIN_NONE;
	if (builtin != BUILTIN_NONE) {
		struct ir_instr *guard = emit1(b, IR_GUARD_GLOBAL, cache(b, 3));
		guard->imm.index = const_pair(b, b->i->name);
		v = (struct av){ .kind = AV_BUILTIN, .builtin = builtin, .index = guard->imm.index + 1 };
	} else if (!load_number(b, value, &v)) {
		return object_load_global(b);
	}
	if (b->i->arg)
		push(b, (struct av){ .kind = AV_NULL });
	push(b, v);
	return true;
}

/* ---- functions ------------------------------------------------------------- */

/* A tuple of cells, for a closure; other tuples are CPython's. */
bool build_build_tuple(struct builder *b)
{
	uint32_t n = b->i->arg;
	if (n == 0 || n > MAX_CELLS || peek(b, 1)->kind != AV_CELL)
		return false;
	struct made_function *closure = ir_alloc(b->f, sizeof(*closure));
	closure->n_cells = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct av *v = peek(b, n - i);
		if (v->kind != AV_CELL)
			return false;
		closure->cells[i] = v->cell;
	}
	while (n--)
		(void)pop(b);
	push(b, (struct av){ .kind = AV_CLOSURE, .function = closure });
	return true;
}

PyObject *const_value(const struct builder *b, uint32_t index)
{
	const struct unit_const *c = &ir_family(b->f)->consts[index];
	if (c->kind != UNIT_CONST_OBJECT)
		return NULL;
	PyObject *o = b->family->code;
	if (c->name) {
		PyObject *function = callee_find(b->family->globals, c->name);
		o = function ? callee_code(function) : NULL;
	}
	for (uint32_t i = 0; o && i < c->n_path; i++)
		o = PyTuple_GET_ITEM(((PyCodeObject *)o)->co_consts, c->path[i]);
	return o;
}

/* The code object behind a constant, NULL if it is something else. */
static PyObject *const_code(const struct builder *b, uint32_t index)
{
	PyObject *o = const_value(b, index);
	return o && PyCode_Check(o) ? o : NULL;
}

/* MAKE_FUNCTION's flags, in the order of the stack. */
enum { HAS_DEFAULTS = 1, HAS_KWDEFAULTS = 2, HAS_ANNOTATIONS = 4, HAS_CLOSURE = 8 };

static bool object_make_function(struct builder *b)
{
	uint32_t flags = b->i->arg, n = 1;
	struct ir_instr *args[6] = { globals_object(b) };
	if (!(args[1] = object_of(b, peek(b, 1))))
		return false;
	for (uint32_t i = 4; i > 0; i--) { /* closure first: it is the nearest to the top */
		args[i + 1] = flags & 1u << (i - 1) ? object_of(b, peek(b, n + 1)) : null_object(b);
		if (!args[i + 1])
			return false;
		n += (flags & 1u << (i - 1)) != 0;
	}
	struct ir_instr *function = rt(b, IR_RT_OBJ, RT_MEMBER_new_function, 6, args);
	const struct av *code = peek(b, 1);
	if (code->kind == AV_CONST && const_code(b, code->index))
		note_function(b, function, const_code(b, code->index));
	drop(b, n);
	push_object(b, function, OWN_OWNED, KNOWN_NONE);
	return true;
}

bool build_make_function(struct builder *b)
{
	const struct av *code = peek(b, 1), *closure = b->i->arg ? peek(b, 2) : NULL;
	PyObject *object = code->kind == AV_CONST ? const_code(b, code->index) : NULL;
	if (!object || (b->i->arg & ~(uint32_t)HAS_CLOSURE) || (closure && closure->kind != AV_CLOSURE))
		return object_make_function(b);
	struct made_function *function = ir_alloc(b->f, sizeof(*function));
	if (closure)
		*function = *closure->function;
	function->code = code->index;
	function->code_object = object;
	(void)pop(b);
	if (closure)
		(void)pop(b);
	push(b, (struct av){ .kind = AV_FUNCTION, .function = function });
	return true;
}

/* ---- ranges ---------------------------------------------------------------- */

struct ir_instr *range_length(struct builder *b, struct ir_instr *const *range)
{
	struct ir_instr *length = emit0(b, IR_RANGE_LEN);
	length->n_args = 3;
	length->args = ir_alloc(b->f, 3 * sizeof(length->args[0]));
	memcpy(length->args, range, 3 * sizeof(length->args[0]));
	return length;
}

static bool call_range(struct builder *b, uint32_t n)
{
	if (n < 1 || n > 3)
		return false;
	struct ir_instr *given[3];
	for (uint32_t i = 0; i < n; i++)
		if (peek(b, n - i)->kind == AV_BOOL || !may_be_index(peek(b, n - i)))
			return false;
	for (uint32_t i = 0; i < n; i++) {
		struct av *v = peek(b, n - i);
		if (v->kind == AV_OBJECT) /* most likely an int, and a guard makes it sure */
			unbox_in_place(b, v, true);
		given[i] = as_int(b, v);
	}
	struct av range = { .kind = AV_RANGE };
	range.v[0] = n == 1 ? emit_i64(b, 0) : given[0];
	range.v[1] = n == 1 ? given[0] : given[1];
	range.v[2] = n == 3 ? given[2] : emit_i64(b, 1);
	if (n == 3)
		(void)range_length(b, range.v); /* range() itself raises for step 0 */
	drop(b, n + 2);
	push(b, range);
	return true;
}

bool build_get_iter(struct builder *b)
{
	struct av range = *peek(b, 1);
	if (range.kind == AV_SUSPENDED)
		range.generator->is_loose = false;
	if (range.kind == AV_RANGE_ITER || range.kind == AV_SEQ_ITER || range.kind == AV_SUSPENDED ||
	    is_pair_iter(&range))
		return true;
	if (range.kind != AV_RANGE)
		return generator_get_iter(b) || sequence_get_iter(b);
	struct av iter = { .kind = AV_RANGE_ITER, .v = { range.v[0], range_length(b, range.v), range.v[2] } };
	(void)pop(b);
	push(b, iter);
	return true;
}

bool build_for_iter(struct builder *b)
{
	struct av *iter = peek(b, 1);
	if (iter->kind == AV_SEQ_ITER)
		return sequence_for_iter(b);
	if (is_pair_iter(iter))
		return pair_for_iter(b);
	if (iter->kind == AV_SUSPENDED)
		return generator_for_iter(b);
	if (iter->kind != AV_RANGE_ITER)
		return object_for_iter(b);
	struct av value = av_of(AV_INT, iter->v[0]);
	struct av saved = pop(b);
	branch_to_target(b, emit2(b, IR_I64_GT, saved.v[1], emit_i64(b, 0)), false);
	if (!b->block)
		return true;
	saved.v[0] = emit2(b, IR_I64_ADD_WRAP, saved.v[0], saved.v[2]);
	saved.v[1] = emit2(b, IR_I64_SUB_WRAP, saved.v[1], emit_i64(b, 1));
	push(b, saved);
	push(b, value);
	return true;
}

/* ---- functions that are built into this one --------------------------------- */

struct frame *enter(struct builder *b, const struct made_function *function)
{
	struct frame *inner = ir_alloc(b->f, sizeof(*inner));
	inner->outer = b->top;
	inner->depth = b->top->depth + 1;
	inner->code = code_decoded(b, function->code_object);
	inner->code_const = function->code;
	const struct unit_const *c = &ir_family(b->f)->consts[function->code];
	inner->root = c->name;
	inner->n_path = c->n_path;
	memcpy(inner->path, c->path, sizeof(inner->path));
	inner->function = function;
	inner->locals = ir_alloc(b->f, inner->code->n_locals * sizeof(struct av));
	inner->stack = ir_alloc(b->f, (inner->code->stack_size + 1) * sizeof(struct av));
	b->top = inner;
	b->moved = true;
	return inner;
}

/* A list, set or dict comprehension: a function with one argument, the iterator.  Its body becomes part of this one. */
static bool call_comprehension(struct builder *b)
{
	const struct av function = *peek(b, 2), iter = *peek(b, 1);
	if (b->top->depth + 1 >= MAX_DEPTH || !has_stack_room(b, b->top, b->top->n_stack + 1))
		return false;
	const struct bc_code *code = code_decoded(b, function.function->code_object);
	if (code->is_generator || code->n_params != 1 || (code->local_kinds[0] & BC_CELL) ||
	    code->n_free != function.function->n_cells || !code->is_comprehension)
		return false;
	(void)pop(b);
	(void)pop(b);
	struct frame *inner = enter(b, function.function);
	inner->is_call = true;
	inner->locals[0] = iter;
	pass_suspended(&inner->locals[0]);
	hold(inner, &inner->locals[0]);
	return true;
}

void leave_frame(struct builder *b)
{
	struct frame *inner = b->top;
	for (uint32_t i = 0; i < inner->code->n_locals; i++) {
		struct av v = inner->locals[i];
		inner->locals[i] = (struct av){ .kind = AV_UNBOUND };
		release(b, v);
	}
	b->top = inner->outer;
	b->raise = NULL;
}

/* A function whose frame was built into the outer one's loop returns. */
bool build_call_return(struct builder *b)
{
	struct av *result = peek(b, 1);
	if (result->own == OWN_LOCAL || result->own == OWN_ITEM || av_has_items(result))
		own(b, result);
	struct av value = *result;
	b->top->n_stack--;
	bool meets = b->top->meets;
	leave_frame(b);
	push(b, value);
	b->moved = true;
	if (meets)
		meet_at(b, b->top->at + 1);
	else
		b->top->at++;
	return true;
}

/* ---- calls ----------------------------------------------------------------- */

/* A generator function called with the iterator that FOR_ITER in it will read: a generator expression, for sum(). */
static bool call_generator(struct builder *b)
{
	const struct av function = *peek(b, 2), iter = *peek(b, 1);
	bool for_sum = b->top->n_stack > 2 && peek(b, 3)->kind == AV_BUILTIN && peek(b, 3)->builtin == BUILTIN_SUM;
	if (!for_sum || iter.kind != AV_RANGE_ITER)
		return false;
	const struct bc_code *code = code_decoded(b, function.function->code_object);
	if (!code->is_generator || code->n_params != 1 || (code->local_kinds[0] & BC_CELL) ||
	    code->n_free != function.function->n_cells)
		return false;
	struct av generator = iter;
	generator.kind = AV_GENERATOR;
	generator.function = function.function;
	(void)pop(b);
	(void)pop(b);
	push(b, generator);
	return true;
}

/* abs() of what may be anything: a float goes on as one, all the rest behind it as ever; what is built in leaves for
 * what is no int. */
static void split_off_float(struct builder *b)
{
	if (!is_unknown_object(b, peek(b, 1)))
		return;
	struct frame *here = split(b, is_exactly(b, peek(b, 1), RT_TYPE_ID_float), true);
	unbox_in_place(b, peek(b, 1), false);
	replace(b, 3, av_of(AV_FLOAT, emit1(b, IR_F64_ABS, peek(b, 1)->v[0])));
	go_on_otherwise(b, here);
	if (inline_is_in(b))
		unbox_in_place(b, peek(b, 1), true);
}

/* abs(), float(), int(), bool() of one number. */
static bool call_number(struct builder *b, enum builtin builtin)
{
	if (builtin == BUILTIN_ABS)
		split_off_float(b);
	const struct av x = *peek(b, 1);
	struct av result = x;
	switch (builtin) {
	case BUILTIN_ABS:
		if (x.kind == AV_COMPLEX)
			result = av_of(AV_FLOAT, complex_abs(b, &x));
		else if (x.kind == AV_FLOAT)
			result = av_of(AV_FLOAT, emit1(b, IR_F64_ABS, x.v[0]));
		else if (is_integral(&x))
			result = av_of(AV_INT, emit1(b, IR_I64_ABS, as_int(b, &x)));
		else
			return false;
		break;
	case BUILTIN_FLOAT:
		if (x.kind != AV_FLOAT && !is_integral(&x))
			return false;
		if (x.kind != AV_FLOAT)
			result = av_of(AV_FLOAT, as_float(b, &x));
		break;
	case BUILTIN_INT:
		if (x.kind != AV_FLOAT && !is_integral(&x))
			return false;
		if (x.kind == AV_FLOAT)
			result = av_of(AV_INT, float_to_int(b, x.v[0], 0));
		else if (x.kind == AV_BOOL)
			result = av_of(AV_INT, as_int(b, &x));
		break;
	case BUILTIN_BOOL: {
		struct ir_instr *t = truth(b, peek(b, 1));
		if (!t)
			return false;
		result = av_of(AV_BOOL, t);
		break;
	}
	case BUILTIN_ORD:
		if (!call_ord(b, &result))
			return false;
		break;
	case BUILTIN_CHR:
		if (!call_chr(b, &result))
			return false;
		break;
	case BUILTIN_LEN: {
		if (inlined_length(b))
			return true;
		struct ir_instr *length = length_of(b, &x);
		struct ir_instr *object = length || av_is_number(&x) ? NULL : object_of(b, peek(b, 1));
		if (!object && !length)
			return false;
		if (length) {
			result = av_of(AV_INT, length);
		} else {
			settle(b);
			result = av_of(AV_INT, inline_asks_length(b) ? rt(b, IR_ASK, RT_MEMBER_length_quick, 1, &object)
								     : rt(b, IR_RT_I64, RT_MEMBER_length, 1, &object));
		}
		break;
	}
	default: return false;
	}
	result.own = OWN_NONE;
	result.object = NULL;
	drop(b, 3); /* a character lives for ever */
	push(b, result);
	return true;
}

static const struct {
	const char *name;
	enum rt_type type;
	enum known known;
} instance_types[] = {
	{ "int", RT_TYPE_ID_int, KNOWN_NONE },      { "float", RT_TYPE_ID_float, KNOWN_NONE },
	{ "bool", RT_TYPE_ID_bool, KNOWN_NONE },    { "list", RT_TYPE_ID_list, KNOWN_LIST },
	{ "tuple", RT_TYPE_ID_tuple, KNOWN_TUPLE }, { "dict", RT_TYPE_ID_dict, KNOWN_DICT },
	{ "str", RT_TYPE_ID_str, KNOWN_STR },
};

static void replace_call(struct builder *b, uint32_t n, bool value)
{
	struct ir_instr *instr = emit_bool(b, value);
	drop(b, n + 2);
	push(b, av_of(AV_BOOL, instr));
}

/* Whether a number is an instance of that type. */
static bool number_is(enum av_kind kind, enum rt_type type)
{
	switch (kind) {
	case AV_FLOAT: return type == RT_TYPE_ID_float;
	case AV_BOOL: return type == RT_TYPE_ID_bool || type == RT_TYPE_ID_int;
	default: return type == RT_TYPE_ID_int;
	}
}

/* The place of the builtin type in instance_types; their number: it is none of them. */
static size_t instance_type_of(const struct builder *b, const struct av *type)
{
	size_t t = 0;
	while (type->kind == AV_BUILTIN && t < Py_ARRAY_LENGTH(instance_types) &&
	       strcmp(instance_types[t].name, ir_family_const(b->f)->consts[type->index].name) != 0)
		t++;
	return type->kind == AV_BUILTIN ? t : Py_ARRAY_LENGTH(instance_types);
}

bool number_is_instance(const struct builder *b, const struct av *x, const struct av *type, bool *ret)
{
	size_t t = instance_type_of(b, type);
	if (!av_is_number(x) || t == Py_ARRAY_LENGTH(instance_types))
		return false;
	*ret = number_is(x->kind, instance_types[t].type);
	return true;
}

static void replace_isinstance(struct builder *b, struct ir_instr *is, struct join *join)
{
	drop(b, 4);
	push(b, av_of(AV_BOOL, is));
	join_add(b, join);
}

/* isinstance() of whatever there is: mostly its answer needs no Python code. */
static bool ask_isinstance(struct builder *b)
{
	struct ir_instr *args[2];
	if (!objects_of(b, 2, args))
		return false;
	struct join join = { 0 };
	settle(b);
	if (b->top->is_inlined) {
		struct ir_instr *quick = rt(b, IR_ASK, RT_MEMBER_instance_quick, 2, args);
		struct ir_instr *is = emit2(b, IR_I64_NE, quick, emit_i64(b, 0));
		drop(b, 4);
		push(b, av_of(AV_BOOL, is));
		return true;
	}
	struct ir_instr *answer = rt(b, IR_RT_STATUS, RT_MEMBER_instance_quick, 2, args);
	struct frame *here = split(b, emit2(b, IR_I64_LT, answer, emit_i64(b, 0)), true);
	replace_isinstance(b, rt(b, IR_RT_BOOL, RT_MEMBER_is_instance, 2, args), &join);
	unsplit(b, here);
	replace_isinstance(b, emit2(b, IR_I64_NE, answer, emit_i64(b, 0)), &join);
	join_end(b, &join);
	return true;
}

/* Of a builtin type: yes without a call where the object is of exactly that type, as in CPython, which asks nothing
 * else then (object_recursive_isinstance() in Objects/abstract.c). */
static bool call_isinstance(struct builder *b)
{
	const struct av *x = peek(b, 2), *type = peek(b, 1);
	bool is;
	if (number_is_instance(b, x, type, &is)) {
		replace_call(b, 2, is);
		return true;
	}
	size_t t = instance_type_of(b, type);
	if (t == Py_ARRAY_LENGTH(instance_types) || x->kind != AV_OBJECT || x->known != KNOWN_NONE)
		return ask_isinstance(b);
	struct frame *here = split(b, is_exactly(b, x, instance_types[t].type), true);
	refine(b, peek(b, 2)->v[0], instance_types[t].known);
	replace_call(b, 2, true);
	go_on_otherwise(b, here);
	return ask_isinstance(b);
}

static bool call_builtin(struct builder *b, uint32_t n)
{
	if (ints_call(b, n))
		return true;
	switch (peek(b, n + 1)->builtin) {
	case BUILTIN_RANGE: return call_range(b, n);
	case BUILTIN_SUM: return call_sum(b, n) || call_reduce(b, n);
	case BUILTIN_MIN:
	case BUILTIN_MAX: return call_reduce(b, n);
	case BUILTIN_ENUMERATE: return call_enumerate(b, n);
	case BUILTIN_ZIP: return call_zip(b, n);
	case BUILTIN_REVERSED: return n == 1 && call_reversed(b);
	case BUILTIN_MAP: return call_library(b, n, LIBRARY_MAP);
	case BUILTIN_FILTER: return call_library(b, n, LIBRARY_FILTER);
	case BUILTIN_ISINSTANCE: return n == 2 && call_isinstance(b);
	case BUILTIN_COMPLEX: return call_complex(b, n);
	case BUILTIN_DIVMOD: return n == 2 && call_divmod(b);
	case BUILTIN_POW: return call_pow(b, n);
	case BUILTIN_ROUND: return call_round(b, n);
	case BUILTIN_FROM_BYTES: return call_from_bytes(b, n);
	case BUILTIN_STR:
	case BUILTIN_REPR: return n == 1 && str_of_number(b, 3);
	case BUILTIN_INT: return n == 1 && (call_number(b, BUILTIN_INT) || call_int_of_str(b));
	case BUILTIN_FLOAT: return n == 1 && (call_number(b, BUILTIN_FLOAT) || call_float_of_str(b));
	case BUILTIN_ORD: return n == 1 && (call_number(b, BUILTIN_ORD) || call_ord_of_str(b));
	case BUILTIN_SUPER: return build_super(b, n);
	case BUILTIN_SORTED:
	case BUILTIN_ANY:
	case BUILTIN_ALL: return false;
	case BUILTIN_TYPE: return call_list(b, n);
	default: return n == 1 && call_number(b, peek(b, n + 1)->builtin);
	}
}

bool build_call(struct builder *b)
{
	uint32_t n = b->i->arg;
	if (direct_looks(b, n))
		return false;
	if (build_with_end(b) || raise_call_unseen(b, n) || next_unseen(b, n))
		return true;
	if (n == 1 && b->top->library && inline_made(b))
		return true;
	if (n == 0 && peek(b, 2)->kind == AV_FUNCTION) {
		if (call_fused(b) || call_generator(b) || call_comprehension(b) || call_generator_expression(b))
			return true;
		note_generator(b);
	}
	if (n == 1 && call_with_generator(b))
		return true;
	if (b->i->names == UINT32_MAX && peek(b, n + 2)->kind == AV_NULL && peek(b, n + 1)->kind == AV_BUILTIN &&
	    call_builtin(b, n))
		return true;
	if (b->i->names == UINT32_MAX && peek(b, n + 2)->kind == AV_BUILTIN && builtin_call_method(b, n))
		return true;
	if (build_sort(b, n) || build_math_call(b, n) || call_best(b, n))
		return true;
	if (build_generator_call(b, n) || call_fused_function(b, n) || build_managed(b, n))
		return true;
	note_visible_call(b, n);
	if (build_next_call(b, n))
		return true;
	if (build_direct_call(b, n) || build_method_call(b, n) || build_bound_call(b, n) || build_record(b, n) ||
	    build_new_object(b, n) || build_instance_call(b, n) || build_function_call(b, n))
		return true;
	note_call(b, n);
	return object_call(b, n);
}
