/* build_records.c - instances that are not made: of records, which are classes whose __init__ only stores its
 * arguments, or what it computes from them, in attributes that the instance itself has.
 *
 * Where such a class is called nothing runs that could be seen (an __init__ that computes is built in, so what turns
 * out to do more is called instead: build_inline.c), so its instance is a tuple of values like those of
 * build_tuples.c: the class, which the specialization keeps alive, and the attributes.  It is made only where an object
 * is needed, with the attributes as they are then (rt.new_record), and where native code is left.
 *
 * The class may be changed while there is an instance: what its attributes mean is asked again, by its version, after
 * anything that may run Python code (tuple_value.is_checked). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/cpython311_record.h"

enum { MAX_FIELDS = MAX_TUPLE_ITEMS - 1, MAX_NESTED_RECORDS = 2, CLASS_CACHE = 3 };

struct field {
	const char *name;
	uint32_t param;    /* 0: a constant; nothing is said where the __init__ computes */
	uint32_t constant; /* of the code */
};

struct record {
	struct record *next;
	const char *class_name; /* global */
	const char *init;       /* as constants name it */
	PyObject *code;         /* borrowed, its __init__'s; its names are those of the fields */
	PyObject *function;
	uint32_t code_const, n_defaults, cache;
	bool computes; /* its __init__ has to be built in */
	bool has_slots;
	uint32_t n_fields;
	struct field fields[MAX_FIELDS];
};

uint32_t record_code(const struct record *record)
{
	return record->code_const;
}

uint32_t record_cache(const struct record *record)
{
	return record->cache;
}

const char *record_class_name(const struct record *record)
{
	return record->class_name;
}

const struct record *record_of_code(const struct builder *b, uint32_t code_const)
{
	const struct record *r = b->family->records;
	while (!r->n_fields || r->code_const != code_const)
		r = r->next;
	return r;
}

/* An instance of it has come, so its class is in the cache. */
struct av record_class(struct builder *b, const struct record *record)
{
	return av_of(AV_OBJECT, emit1(b, IR_RECORD_CLASS, emit_i64(b, record->cache)));
}

/* ---- which classes --------------------------------------------------------- */

static bool is_field(const struct record *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return true;
	return false;
}

/* What the three instructions store; false: something else, or a name again. */
static bool read_store(const struct bc_instr *i, const struct bc_code *code, struct record *r)
{
	if (r->n_fields == MAX_FIELDS || (i[0].op != BC_LOAD_LOCAL && i[0].op != BC_LOAD_CONST) ||
	    i[1].op != BC_LOAD_LOCAL || i[1].arg != 0 || i[2].op != BC_STORE_ATTR)
		return false;
	struct field *field = &r->fields[r->n_fields];
	field->name = i[2].name;
	if (i[0].op == BC_LOAD_LOCAL) {
		field->param = i[0].arg;
		if (i[0].arg == 0 || i[0].arg >= code->n_params)
			return false;
	} else {
		field->constant = i[0].arg;
	}
	if (is_field(r, field->name))
		return false;
	r->n_fields++;
	return true;
}

static bool returns_none(const struct bc_code *code, const struct bc_instr *i)
{
	PyObject *consts = ((PyCodeObject *)code->code)->co_consts;
	return i[0].op == BC_LOAD_CONST && i[1].op == BC_RETURN && PyTuple_GET_ITEM(consts, i[0].arg) == Py_None;
}

/* Whether the code does nothing but store what it is called with, and constants. */
static bool read_stores(const struct bc_code *code, struct record *r)
{
	const struct bc_instr *i = code->instrs, *end = i + code->n_instrs;
	while (i < end && i->op == BC_NOP)
		i++;
	for (; i + 3 < end && i->op != BC_RETURN && i[1].op != BC_RETURN; i += 3)
		if (!read_store(i, code, r))
			return false;
	return r->n_fields > 0 && i + 2 == end && returns_none(code, i);
}

/* What is done with self, which the instruction loads: a store of an attribute, whatever happens before, or a load of
 * one that was stored. */
static bool read_use_of_self(const struct bc_instr *next, bool always, struct record *r)
{
	bool has = next->name && is_field(r, next->name);
	if (next->op == BC_LOAD_ATTR)
		return has;
	if (next->op != BC_STORE_ATTR || has || !always || r->n_fields == MAX_FIELDS)
		return false;
	r->fields[r->n_fields++] = (struct field){ .name = next->name };
	return true;
}

/* Whether the code, which computes, does nothing else with self than to store attributes, each once and always, and to
 * look at them, and stores no others. */
static bool read_computed(const struct bc_code *code, struct record *r)
{
	uint32_t n_returns = 0, joined = 0; /* no way that was left before goes on behind that instruction */
	r->n_fields = 0;
	r->computes = true;
	if (!inline_is_simple(code) || code->assigned[0])
		return false;
	for (uint32_t k = 0; k + 1 < code->n_instrs; k++) {
		const struct bc_instr *i = &code->instrs[k];
		bool is_self = i->op == BC_LOAD_LOCAL && i->arg == 0;
		if (i->op == BC_JUMP || i->op == BC_BRANCH || i->op == BC_BRANCH_OR_POP)
			joined = i->target > joined ? i->target : joined;
		if (is_self && !read_use_of_self(i + 1, joined <= k, r))
			return false;
		n_returns += i[1].op == BC_RETURN;
		if ((i[1].op == BC_STORE_ATTR && !is_self) || (i[1].op == BC_RETURN && !returns_none(code, i)))
			return false;
	}
	return r->n_fields > 0 && n_returns == 1;
}

/* The record that the global of that name is now; NULL: it is none, or a global of another module than the
 * dispatcher's function has. */
static const struct record *record_of(struct builder *b, const char *class_name)
{
	if (b->input->globals != b->family->globals)
		return NULL;
	for (const struct record *r = b->family->records; r; r = r->next)
		if (strcmp(r->class_name, class_name) == 0)
			return r->n_fields ? r : NULL;
	struct ir_function *family = ir_family(b->f);
	struct record *r = ir_alloc(family, sizeof(*r));
	char init[CALLEE_NAME];
	r->class_name = ir_strdup(family, class_name);
	r->next = b->family->records;
	b->family->records = r;
	struct direct_target target;
	if (!direct_init_name(b, class_name, init) || !direct_target_now(b, b->family->globals, init, &target))
		return NULL;
	r->function = target.function;
	r->code = target.code;
	r->init = target.name;
	PyObject *class = PyDict_GetItemString(b->family->globals, class_name);
	const struct bc_code *decoded = code_decoded(b, r->code);
	if (!direct_is_plain(r->code) || (!read_stores(decoded, r) && !read_computed(decoded, r)) ||
	    !record_fits(class, r->code)) {
		r->n_fields = 0;
		return NULL;
	}
	r->has_slots = !((PyTypeObject *)class)->tp_dictoffset;
	r->cache = family->n_cache;
	family->n_cache += CLASS_CACHE;
	struct unit_const code = { .kind = UNIT_CONST_OBJECT,
				   .name = (char *)r->init,
				   .digest = callee_digest(r->code) };
	r->code_const = direct_add_consts(b, &code, PyFunction_GET_DEFAULTS(r->function), &r->n_defaults);
	return r;
}

/* ---- a call of the class --------------------------------------------------- */

/* Leave unless the class is the record that it was: its __init__. */
static struct ir_instr *guard_class(struct builder *b, const struct record *r, struct ir_instr *class)
{
	struct ir_instr *init = emit2(b, IR_CLASS_RECORD, class, emit_i64(b, r->cache));
	init->imm.index = r->code_const;
	(void)emit1(b, IR_GUARD_SET, init);
	return init;
}

static struct av object_constant(struct builder *b, uint32_t index, PyObject *value)
{
	return (struct av){ .kind = AV_OBJECT,
			    .v = { const_instr(b, index) },
			    .known = PyUnicode_CheckExact(value) ? KNOWN_STR : KNOWN_NONE };
}

/* Numbers are known, and the constant that index says is their object. */
struct av value_of_constant(struct builder *b, PyObject *value, uint32_t index)
{
	if (value != Py_None && !PyLong_CheckExact(value) && !PyFloat_CheckExact(value) && !PyBool_Check(value))
		return object_constant(b, index, value);
	if (!push_plain_const(b, value))
		return object_constant(b, index, value);
	struct av v = pop(b);
	if (v.kind == AV_INT || v.kind == AV_FLOAT)
		v.object = const_instr(b, index);
	return v;
}

static struct av constant_field(struct builder *b, const struct record *r, const struct field *field)
{
	PyObject *value = PyTuple_GET_ITEM(((PyCodeObject *)r->code)->co_consts, field->constant);
	struct unit_const c = { UNIT_CONST_OBJECT, (char *)r->init, 1, { field->constant }, 0 };
	return value_of_constant(b, value, ir_const_add(b->f, &c));
}

static struct av default_field(struct builder *b, const struct record *r, const struct binding *binding, uint32_t param)
{
	uint32_t i = param + r->n_defaults - binding->n_params;
	PyObject *value = PyTuple_GET_ITEM(PyFunction_GET_DEFAULTS(r->function), i);
	return value_of_constant(b, value, r->code_const + 1 + i);
}

/* Values that can be fields; an int that is too wide leaves. */
static bool make_fields(struct builder *b, uint32_t n)
{
	for (uint32_t i = n; i > 0; i--) {
		struct av *v = peek(b, i);
		if (v->kind == AV_WIDE)
			*v = av_of(AV_INT, as_int(b, v));
		bool fits = av_is_number(v) || v->kind == AV_OBJECT || v->kind == AV_CONST || av_has_items(v);
		if ((!fits || tuple_depth(v) >= MAX_NESTED_RECORDS) && !object_of(b, v))
			return false;
	}
	return true;
}

/* The argument, which is used for another field, too. */
static struct av used_again(struct builder *b, const struct av *argument)
{
	struct tuple_value one = { .n = 1, .items = (struct av *)argument };
	return tuple_item(b, &one, 0);
}

void record_quieten(struct builder *b)
{
	uint32_t n_loud = 0;
	struct av *v = peek(b, 1);
	for (uint32_t i = 1; v->kind == AV_RECORD && i < v->tuple->n; i++)
		n_loud += !tuple_item_is_quiet(&v->tuple->items[i]);
	if (n_loud > 1) /* the order in which they die is the class's */
		(void)object_of(b, v);
}

static void push_record(struct builder *b, const struct record *r, uint32_t n, const struct av *values)
{
	push_instance(b, r, n, values);
	record_quieten(b);
}

/* Stack: NULL, the class, n arguments. */
static void store_arguments(struct builder *b, const struct record *r, const struct binding *binding, uint32_t n)
{
	struct av args[MAX_DIRECT_ARGS], values[MAX_TUPLE_ITEMS];
	bool used[MAX_DIRECT_ARGS] = { false };
	for (uint32_t i = 0; i < n; i++)
		tuple_settle_item(b, peek(b, i + 1));
	for (uint32_t i = n; i > 0; i--)
		args[i - 1] = pop(b);
	struct av class = pop(b);
	values[0] = av_of(AV_OBJECT, class.v[0]);
	(void)pop(b);
	b->exit = b->raise = NULL;
	for (uint32_t i = 0; i < r->n_fields; i++) {
		const struct field *field = &r->fields[i];
		int from = field->param ? binding->from[field->param] : -1; /* the class is 0 */
		if (!field->param)
			values[i + 1] = constant_field(b, r, field);
		else if (from < 0)
			values[i + 1] = default_field(b, r, binding, field->param);
		else
			values[i + 1] = used[from - 1] ? used_again(b, &args[from - 1]) : args[from - 1];
		if (from > 0)
			used[from - 1] = true;
	}
	push_record(b, r, r->n_fields + 1, values);
	for (uint32_t i = 0; i < n; i++)
		if (!used[i])
			release(b, args[i]);
	release(b, class);
}

/* The same where the __init__ computes. */
static bool build_computed(struct builder *b, const struct record *r, struct call *call, uint32_t n)
{
	struct ir_instr *class = peek(b, n + 1)->v[0];
	if (tuples_are_many(b) || !inline_can(b, b->family->globals, r->init, call))
		return false;
	struct ir_instr *init = guard_class(b, r, class);
	inline_enter_init(b, call, init, n + 2, begin_instance(b, r, r->n_fields + 1, class));
	return true;
}

/* Stack: NULL, the class, n arguments. */
bool build_record(struct builder *b, uint32_t n)
{
	const char *class_name = direct_global_name(b, peek(b, n + 1));
	const struct record *r = class_name && peek(b, n + 2)->kind == AV_NULL ? record_of(b, class_name) : NULL;
	struct call call = direct_call_here(b, n + 1, 0);
	call.is_init = true;
	if (!r)
		return false;
	if (r->computes)
		return build_computed(b, r, &call, n);
	call.target = (struct direct_target){ .name = r->init, .function = r->function, .code = r->code };
	if (!direct_bind(b, &call, &call.binding))
		return false;
	struct ir_instr *init = guard_class(b, r, peek(b, n + 1)->v[0]);
	(void)direct_ask_code(b, IR_GUARD_FUNCTION, &call.binding, init, r->code_const, r->n_defaults);
	const struct ir_instr *guard = emit0(b, IR_GUARD_CALLS);
	if (!make_fields(b, n))
		return false;
	bool is_checked = b->block->last == guard; /* nothing was made, which the collector might have used */
	store_arguments(b, r, &call.binding, n);
	if (peek(b, 1)->kind == AV_RECORD)
		peek(b, 1)->tuple->is_checked = is_checked;
	return true;
}

/* ---- attributes ------------------------------------------------------------ */

/* Which of the items has that name, for an instruction that is about the value on top; 0: none, or it is no record. */
static uint32_t field_on_top(struct builder *b)
{
	const struct av *v = peek(b, 1);
	const struct record *r = v->kind == AV_RECORD ? v->tuple->record : NULL;
	uint32_t i = 0;
	while (r && i < r->n_fields && strcmp(r->fields[i].name, b->i->name) != 0)
		i++;
	if (!r || i == r->n_fields)
		return 0;
	if (!v->tuple->is_checked)
		(void)guard_class(b, r, v->tuple->items[0].v[0]);
	v->tuple->is_checked = true;
	return i + 1;
}

bool record_load_attr(struct builder *b)
{
	uint32_t i = field_on_top(b);
	if (i)
		replace(b, 1, tuple_item(b, peek(b, 1)->tuple, i));
	return i;
}

/* Stack: value, object. */
bool record_store_attr(struct builder *b)
{
	struct av *value = peek(b, 2);
	uint32_t i = field_on_top(b);
	if (!i)
		return false;
	bool is_begun = peek(b, 1)->tuple->is_begun;
	if (!is_begun)
		inline_changes(b);
	if (value->kind == AV_WIDE)
		*value = av_of(AV_INT, as_int(b, value));
	bool fits = av_is_number(value) || value->kind == AV_OBJECT || value->kind == AV_CONST ||
		    (is_begun && av_has_items(value) && tuple_depth(value) < MAX_NESTED_RECORDS);
	if (!fits && !object_of(b, value))
		return false;
	if (!is_begun && !tuple_item_is_quiet(value)) /* it may die together with others */
		(void)object_of(b, peek(b, 1));
	if (peek(b, 1)->kind != AV_RECORD)
		return false;
	tuple_needs_object(b, peek(b, 1)->tuple); /* the caller's changes, too */
	tuple_settle_item(b, value);
	struct av instance = pop(b), stored = pop(b), *place = &instance.tuple->items[i], old = *place;
	*place = stored;
	b->exit = b->raise = NULL;
	release(b, instance);
	release(b, old);
	return true;
}

/* Whether it is nowhere else, and nothing but numbers that are no objects. */
static bool is_only_numbers(const struct av *v)
{
	if (v->kind != AV_RECORD || v->tuple->places > 1 || v->tuple->param || v->tuple->is_begun)
		return false;
	for (uint32_t i = 1; i < v->tuple->n; i++) {
		const struct av *item = &v->tuple->items[i];
		if ((item->kind != AV_INT && item->kind != AV_FLOAT) || item->object)
			return false;
	}
	return true;
}

/* Nothing runs that could be seen: what is changed are numbers.  The instance itself goes if a number does not fit. */
static void put_fields(struct builder *b, struct ir_instr *old, const struct tuple_value *instance)
{
	const struct record *r = instance->record;
	for (uint32_t i = 0; i < r->n_fields; i++) {
		const struct av *item = &instance->items[i + 1];
		enum ir_op op = item->kind == AV_INT ? IR_ATTR_PUT_I64 : IR_ATTR_PUT_F64;
		struct ir_instr *name = const_instr(b, const_name(b, r->fields[i].name));
		struct ir_instr *args[] = { old, name, item->v[0], cache(b, RT_ATTR_CACHE) };
		emit(b, op, 4, args)->imm.index = r->has_slots ? RT_ATTR_SLOT : RT_ATTR_VALUE;
	}
}

/* Stack: the instance, the object. */
bool record_store_over(struct builder *b, bool (*otherwise)(struct builder *b))
{
	const struct tuple_value *instance = peek(b, 2)->tuple;
	struct ir_instr *object;
	if (inline_is_in(b) || (b->self && b->self->is_init) || !is_only_numbers(peek(b, 2)) ||
	    !(object = object_of(b, peek(b, 1))))
		return false;
	settle(b);
	struct ir_instr *args[] = { object, name_object(b), cache(b, RT_ATTR_CACHE), instance->items[0].v[0],
				    const_instr(b, record_code(instance->record)) };
	struct ir_instr *old = rt(b, IR_RT_TRY, RT_MEMBER_old_record, 5, args);
	struct join join = { 0 };
	struct frame *here = split(b, emit1(b, IR_OBJ_IS_NULL, old), true);
	if (!otherwise(b))
		not_translated(b);
	join_add(b, &join);
	unsplit(b, here);
	put_fields(b, old, instance);
	drop(b, 2);
	b->raise = NULL;
	join_add(b, &join);
	join_end(b, &join);
	return true;
}

/* ---- methods --------------------------------------------------------------- */

bool record_method_name(struct builder *b, const struct record *r, const char *name, char *ret)
{
	enum callee_kind kind;
	return callee_of_class(b->family->globals, r->class_name, name, &kind, ret) && kind == CALLEE_METHOD;
}

bool record_getter_name(struct builder *b, const struct record *r, const char *name, char *ret)
{
	PyObject *class = PyDict_GetItemString(b->family->globals, r->class_name);
	PyObject *found = class ? PyDict_GetItemString(((PyTypeObject *)class)->tp_dict, name) : NULL;
	int length = snprintf(ret, CALLEE_NAME, "%s.%s", r->class_name, name);
	return found && Py_IS_TYPE(found, &PyProperty_Type) && length < CALLEE_NAME;
}

struct ir_instr *record_find(struct builder *b, const struct av *instance, const char *name, uint32_t use)
{
	struct ir_instr *args[] = { instance->tuple->items[0].v[0], const_instr(b, const_name(b, name)),
				    cache(b, RT_TYPE_METHOD_CACHE) };
	struct ir_instr *function = emit(b, IR_CLASS_METHOD, 3, args);
	function->imm.index = use;
	(void)emit1(b, IR_GUARD_SET, function);
	return function;
}

/* The class keeps the function alive, until something may change it. */
bool record_load_method(struct builder *b)
{
	char name[CALLEE_NAME];
	const struct record *r = peek(b, 1)->kind == AV_RECORD ? peek(b, 1)->tuple->record : NULL;
	if (!r || is_field(r, b->i->name) || !record_method_name(b, r, b->i->name, name))
		return false;
	struct ir_instr *function = record_find(b, peek(b, 1), b->i->name, RT_USE_METHOD);
	note_record_method(b, function, b->i->name, r);
	struct av self = pop(b);
	push_object(b, function, OWN_ITEM, KNOWN_NONE);
	push(b, self);
	return true;
}
