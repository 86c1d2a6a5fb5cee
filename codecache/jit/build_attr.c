/* build_attr.c - attributes and methods of objects, by caches that emitted code looks at itself: see cpython311_attr.c.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"

static enum rt_attr_kind attr_kind(const struct builder *b)
{
	return b->i->hint == HINT_SLOT ? RT_ATTR_SLOT : RT_ATTR_VALUE;
}

/* Whether CPython has found the attribute in the instance itself. */
static bool is_own(const struct builder *b)
{
	return b->i->hint == HINT_VALUE || b->i->hint == HINT_SLOT;
}

static struct ir_instr *emit_attr(struct builder *b, enum ir_op op, enum rt_attr_kind kind, struct ir_instr *object,
				  struct ir_instr *value)
{
	struct ir_instr *args[] = { object, name_object(b), value, cache(b, RT_ATTR_CACHE) };
	if (!value)
		args[2] = args[3];
	struct ir_instr *i = emit(b, op, value ? 4 : 3, args);
	b->runs_python |= op != IR_ATTR_VALUE && op != IR_ATTR_FUNCTION && op != IR_ATTR_PUT_I64 &&
			  op != IR_ATTR_PUT_F64 && op != IR_ATTR_PUT_BOOL;
	i->imm.index = kind;
	return i;
}

/* What the instance or its class has, which keeps it alive until something may change that. */
static bool load_value(struct builder *b, enum rt_attr_kind kind)
{
	struct ir_instr *object = object_of(b, peek(b, 1));
	if (!object)
		return false;
	struct ir_instr *value = emit_attr(b, IR_ATTR_VALUE, kind, object, NULL);
	replace(b, 1, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_ITEM });
	return true;
}

static bool stores_for_self(struct builder *b, PyObject *function)
{
	if (!function || !PyFunction_Check(function))
		return false;
	const struct bc_code *code = code_decoded(b, PyFunction_GET_CODE(function));
	for (uint32_t i = 1; i < code->n_instrs; i++) {
		const struct bc_instr *store = &code->instrs[i];
		if (store->op == BC_STORE_ATTR && store[-1].op == BC_LOAD_LOCAL && store[-1].arg == 0 &&
		    strcmp(store->name, b->i->name) == 0)
			return true;
	}
	return false;
}

/* Where instances of the class have the attribute: in a slot, or as what its __init__ stores; NONE: nobody knows.
 * Whether the class has its say is *ret_other. */
static enum rt_attr_kind kind_of_class(struct builder *b, PyTypeObject *class, PyObject *name, bool *ret_other)
{
	PyObject *found = PyType_HasFeature(class, Py_TPFLAGS_HEAPTYPE) ? _PyType_Lookup(class, name) : NULL;
	if (found && Py_IS_TYPE(found, &PyMemberDescr_Type))
		return RT_ATTR_SLOT;
	*ret_other |= found && Py_TYPE(found)->tp_descr_get;
	bool generic = class->tp_getattro == PyObject_GenericGetAttr && class->tp_dict;
	return generic && stores_for_self(b, PyDict_GetItemString(class->tp_dict, "__init__")) ? RT_ATTR_VALUE
											       : RT_ATTR_NONE;
}

/* Where instances of the module's classes have the attribute, if all agree.  CPython's inline cache does not tell where
 * it meets several classes. */
static enum rt_attr_kind kind_by_classes(struct builder *b)
{
	enum rt_attr_kind kind = RT_ATTR_NONE;
	PyObject *key, *class, *name = PyUnicode_InternFromString(b->i->name);
	bool other = !name || b->i->hint != HINT_NONE || b->i->met != 0;
	for (Py_ssize_t at = 0; !other && PyDict_Next(b->input->globals, &at, &key, &class);) {
		enum rt_attr_kind its =
			PyType_Check(class) ? kind_of_class(b, (PyTypeObject *)class, name, &other) : RT_ATTR_NONE;
		other |= kind != RT_ATTR_NONE && its != RT_ATTR_NONE && its != kind;
		kind = its == RT_ATTR_NONE ? kind : its;
	}
	PyErr_Clear();
	Py_XDECREF(name);
	return other ? RT_ATTR_NONE : kind;
}

/* Whether a class of the module has the attribute, and it is no method or the like: then it is most likely that. */
static bool is_class_s(const struct builder *b)
{
	PyObject *key, *class;
	for (Py_ssize_t at = 0; PyDict_Next(b->input->globals, &at, &key, &class);) {
		PyObject *dict = PyType_Check(class) ? ((PyTypeObject *)class)->tp_dict : NULL;
		PyObject *found = dict ? PyDict_GetItemString(dict, b->i->name) : NULL;
		if (found)
			return !Py_TYPE(found)->tp_descr_get;
	}
	return false;
}

static bool load_attr(struct builder *b)
{
	struct ir_instr *object = object_of(b, peek(b, 1));
	if (!object)
		return false;
	settle(b);
	struct ir_instr *result = emit_attr(b, IR_ATTR, attr_kind(b), object, NULL);
	replace(b, 1, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

/* The same where CPython does not tell. */
static bool load_guessed_value(struct builder *b)
{
	enum rt_attr_kind kind = kind_by_classes(b);
	return kind != RT_ATTR_NONE && load_value(b, kind);
}

bool build_load_attr(struct builder *b)
{
	return build_bound_method(b) || record_load_attr(b) || record_property(b) || complex_load_attr(b) ||
	       build_namespace_attr(b, false) || (is_own(b) && load_value(b, attr_kind(b))) ||
	       (b->i->hint == HINT_NONE && build_property(b, load_attr)) || load_guessed_value(b) ||
	       (b->i->hint == HINT_NONE && is_class_s(b) && load_value(b, RT_ATTR_CLASS)) || load_attr(b);
}

/* Stack: a bool, an object, in what is built in: nothing else is changed if the attribute is a bool. */
static bool store_bool(struct builder *b)
{
	struct av *value = peek(b, 2);
	enum rt_attr_kind kind = is_own(b) ? attr_kind(b) : kind_by_classes(b);
	struct ir_instr *object = object_of(b, peek(b, 1)), *what;
	if (!object || kind == RT_ATTR_NONE)
		return false;
	if (value->v[0]->op == IR_CONST_BOOL)
		what = const_instr(b, const_builtin(b, value->v[0]->imm.i ? "True" : "False"));
	else
		what = object_of(b, value);
	(void)emit_attr(b, IR_ATTR_PUT_BOOL, kind, object, what);
	release(b, pop(b));
	release(b, pop(b));
	return true;
}

/* Stack: value, object. */
static bool store_attr(struct builder *b)
{
	if (peek(b, 2)->kind == AV_BOOL && inline_is_in(b) && store_bool(b))
		return true;
	struct av *value = peek(b, 2);
	struct ir_instr *object = object_of(b, peek(b, 1)), *what;
	enum ir_op op = IR_ATTR_SET;
	if ((value->kind == AV_FLOAT || value->kind == AV_INT) && !value->object)
		op = value->kind == AV_INT ? IR_ATTR_SET_I64 : IR_ATTR_SET_F64;
	if (op != IR_ATTR_SET && is_own(b) && inline_is_in(b)) {
		op = op == IR_ATTR_SET_I64 ? IR_ATTR_PUT_I64 : IR_ATTR_PUT_F64;
		if (!object)
			return false;
		settle_numbers(b);
		(void)emit_attr(b, op, attr_kind(b), object, value->v[0]);
		struct av o = pop(b);
		(void)pop(b); /* a number */
		release(b, o);
		return true;
	}
	if (!object || !(what = op == IR_ATTR_SET ? owned_object_of(b, value) : value->v[0]))
		return false;
	settle(b); /* the old value's end may run Python code */
	(void)emit_attr(b, op, attr_kind(b), object, what);
	struct av o = pop(b);
	(void)pop(b); /* the object has it now */
	b->raise = NULL;
	release(b, o);
	return true;
}

bool build_store_attr(struct builder *b)
{
	return record_store_attr(b) ||
	       (peek(b, 2)->kind == AV_RECORD && (is_own(b) || kind_by_classes(b) != RT_ATTR_NONE) &&
		record_store_over(b, store_attr)) ||
	       (b->i->hint == HINT_NONE && build_property_set(b, store_attr)) || store_attr(b);
}

bool build_delete_attr(struct builder *b)
{
	struct ir_instr *object = object_of(b, peek(b, 1));
	if (!object)
		return false;
	return done_by_runtime(b, RT_MEMBER_del_attr, 2, (struct ir_instr *[]){ object, name_object(b) }, 1);
}

/* The class has it, until something may change that. */
static bool load_class_method(struct builder *b, struct ir_instr *object, enum rt_attr_kind kind)
{
	struct ir_instr *method = emit_attr(b, IR_ATTR_FUNCTION, kind, object, NULL);
	note_method(b, method, b->i->name, peek(b, 1));
	struct av self = pop(b);
	push_object(b, method, OWN_ITEM, KNOWN_NONE);
	push(b, self);
	return true;
}

/* How many entries of the stack the instruction adds, and takes of those on top, where it is one of those that
 * arguments are computed by; false: it is another. */
static bool effect_of(const struct bc_instr *i, uint32_t *ret_takes, uint32_t *ret_adds)
{
	*ret_takes = 0;
	*ret_adds = 1;
	switch (i->op) {
	case BC_LOAD_LOCAL:
	case BC_LOAD_CONST:
	case BC_LOAD_GLOBAL:
	case BC_LOAD_BUILTIN:
	case BC_LOAD_DEREF:
	case BC_PUSH_NULL: return true;
	case BC_LOAD_ATTR:
	case BC_NEGATIVE:
	case BC_NOT: *ret_takes = 1; return true;
	case BC_LOAD_METHOD:
		*ret_takes = 1;
		*ret_adds = 2;
		return true;
	case BC_BINARY:
	case BC_COMPARE:
	case BC_IS:
	case BC_GET_ITEM: *ret_takes = 2; return true;
	case BC_BUILD_TUPLE: *ret_takes = i->arg; return true;
	case BC_CALL: *ret_takes = i->arg + 2; return true;
	default: return false;
	}
}

/* The call of what the instruction, a BC_LOAD_METHOD, loads; NULL: not found. */
static const struct bc_instr *call_of(const struct bc_code *code, const struct bc_instr *load)
{
	uint32_t above = 0, takes, adds; /* of the arguments */
	for (const struct bc_instr *i = load + 1; i < code->instrs + code->n_instrs; i++) {
		if (i->op == BC_CALL && i->arg == above)
			return i;
		if (i->is_target || !effect_of(i, &takes, &adds) || takes > above)
			return NULL;
		above += adds - takes;
	}
	return NULL;
}

/* Whether it is a function that a class of the module has under that name. */
static bool is_method_of_ours(const struct builder *b, uint64_t digest)
{
	enum { MOST = 24 };
	char names[MOST][CALLEE_NAME];
	uint32_t n = callee_methods(b->input->globals, b->i->name, CALLEE_METHOD, MOST, names);
	for (uint32_t i = 0; i < n; i++) {
		PyObject *function = callee_find(b->input->globals, names[i]);
		if (function && callee_digest(callee_code(function)) == digest)
			return true;
	}
	return false;
}

/* Whether the method is most likely one of the module's classes: CPython, whose inline cache does not tell where
 * instances of several classes come, was seen to call nothing else there. */
static bool is_ours(const struct builder *b)
{
	uint64_t digests[CALLSITE_CALLEES];
	const struct bc_code *code = b->top->code;
	const struct bc_instr *call = b->i->hint == HINT_NONE && !b->i->met ? call_of(code, b->i) : NULL;
	uint32_t n = call ? callsites_at(code->code, call->at, digests) : 0;
	for (uint32_t i = 0; i < n; i++)
		if (!is_method_of_ours(b, digests[i]))
			return false;
	return n > 0;
}

bool object_load_method(struct builder *b)
{
	if (record_load_method(b) || builtin_load_method(b) || build_namespace_attr(b, true))
		return true;
	struct ir_instr *object = object_of(b, peek(b, 1));
	if (!object)
		return false;
	enum rt_attr_kind kind = b->i->hint == HINT_NO_DICT ? RT_ATTR_PLAIN : RT_ATTR_METHOD;
	if (b->i->hint == HINT_METHOD || (b->i->hint == HINT_NO_DICT && receiver_type(b) == KNOWN_NONE) || is_ours(b))
		return load_class_method(b, object, kind);
	settle(b);
	struct ir_instr *second = emit_attr(b, IR_ATTR_METHOD, kind, object, NULL);
	struct ir_instr *first = emit0(b, IR_RT_SECOND);
	note_method(b, first, b->i->name, peek(b, 1));
	struct av self = pop(b);
	push_object(b, first, OWN_OWNED, KNOWN_NULLABLE);
	push_object(b, second, OWN_OWNED, KNOWN_NONE);
	release(b, self);
	return true;
}

/* super().name(...) and super(class, object).name(...), which has n arguments: what the class behind this one has, if
 * it is a method; nothing of the kind is made.  Stack: NULL, super, its arguments. */
static bool push_method_behind(struct builder *b, uint32_t n, enum rt_member load, struct ir_instr *class,
			       struct ir_instr *object)
{
	const char *name = b->i[1].name;
	settle(b);
	struct ir_instr *args[] = { class, object, const_instr(b, const_name(b, name)), cache(b, 3) };
	struct ir_instr *self = rt(b, IR_RT_TRY, load, 4, args);
	struct ir_instr *method = emit0(b, IR_RT_SECOND);
	(void)emit1(b, IR_GUARD_SET, self);
	drop(b, n + 2);
	push_object(b, method, OWN_OWNED, KNOWN_NONE);
	push_object(b, self, OWN_OWNED, KNOWN_NONE);
	note_method(b, method, name, NULL);
	b->top->at += 2;
	b->moved = true;
	b->exit = b->raise = NULL;
	return true;
}

bool build_super(struct builder *b, uint32_t n)
{
	const struct bc_instr *next = b->i + 1;
	const struct frame *top = b->top;
	struct ir_instr *args[2];
	if (next->op != BC_LOAD_METHOD || next->is_target || top->outer)
		return false;
	if (n == 2)
		return objects_of(b, 2, args) && push_method_behind(b, n, RT_MEMBER_load_super_of, args[0], args[1]);
	if (n != 0 || !top->code->has_class || top->code->n_params == 0 || top->code->assigned[0] ||
	    top->locals[0].kind != AV_OBJECT)
		return false;
	struct ir_instr *cell = emit0(b, IR_CLOSURE_CELL);
	cell->imm.index = top->code->class_cell;
	return push_method_behind(b, n, RT_MEMBER_load_super, cell, top->locals[0].v[0]);
}
