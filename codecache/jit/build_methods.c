/* build_methods.c - direct calls of methods, and of classes' __init__.
 *
 * Which function a method is can only be guessed before it is called: those that classes among the globals have under
 * that name are asked for, one after the other, and any other is called as CPython does (object_call()).  The ways meet
 * behind the call. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/exit_why.h"
#include "codecache/jit/outgrown.h"

struct method {
	struct method *next;
	const struct ir_instr *loaded;
	const char *name;
	const char *class_name; /* the global that it was loaded from, if that is a class now; NULL: it is none */
	bool is_super;
	const struct record *record; /* that the instance is of which it was loaded from; NULL: it was another */
};

void note_method(struct builder *b, struct ir_instr *loaded, const char *name, const struct av *owner)
{
	struct method *m = ir_alloc(b->f, sizeof(*m));
	const char *global = owner ? direct_global_name(b, owner) : NULL;
	PyObject *value = global ? PyDict_GetItemString(b->input->globals, global) : NULL;
	*m = (struct method){ .next = b->methods, .loaded = loaded, .name = name, .is_super = !owner };
	m->class_name = value && PyType_Check(value) ? global : NULL;
	b->methods = m;
}

void note_record_method(struct builder *b, struct ir_instr *loaded, const char *name, const struct record *record)
{
	note_method(b, loaded, name, NULL);
	b->methods->is_super = false;
	b->methods->record = record;
}

/* Where ways have met since: what the first of them had, which is what all have whose arguments have jumps.  Which
 * function it is is asked for anyway. */
static const struct ir_instr *before_ways_met(const struct ir_instr *loaded)
{
	while (loaded->op == IR_PHI && loaded->n_args > 0)
		loaded = loaded->args[0];
	return loaded;
}

static const struct method *method_of(const struct builder *b, const struct av *v)
{
	const struct ir_instr *loaded = v->kind == AV_OBJECT ? before_ways_met(v->v[0]) : NULL;
	const struct method *m = b->methods;
	while (m && m->loaded != loaded)
		m = m->next;
	return m;
}

/* super() does not find the method that it is in. */
static bool is_own(const struct builder *b, const struct method *method, const char *name)
{
	PyObject *function = method->is_super ? callee_find(b->input->globals, name) : NULL;
	return function && callee_code(function) == b->top->code->code;
}

/* To be noted of what is behind the instruction, if it leaves there. */
static void expects(struct builder *b, struct ir_instr *guard)
{
	guard->exit->why = WHY_OTHER_RESULT;
	b->top->at--;
	b->exit = b->raise = NULL;
}

static bool has_other_results(const struct builder *b)
{
	return b->i[1].met & MET_OTHER_RESULT;
}

static struct ir_instr *take_record(struct builder *b, struct ir_instr *object, const struct record *record)
{
	struct ir_instr *args[] = { object, record_class(b, record).v[0], const_instr(b, record_code(record)) };
	return emit(b, IR_TAKE_RECORD, 3, args);
}

/* A result that is to be a tuple or an instance like those of the other ways: another one is CPython's, behind the
 * call. */
static void take_values(struct builder *b, const struct ir_function *like)
{
	struct ir_instr *object = owned_object_of(b, peek(b, 1));
	if (!object)
		return;
	b->top->at++;
	b->exit = b->raise = NULL;
	struct ir_instr *taken = like->record ? take_record(b, object, record_of_code(b, like->record - 1))
					      : emit1(b, IR_TAKE_VALUES, object);
	taken->imm.index = ir_value_types(like);
	expects(b, emit1(b, IR_GUARD, taken));
	(void)pop(b);
	push_returned_values(b, like);
}

/* The same for a number. */
static void make_number(struct builder *b, enum av_kind kind)
{
	struct av *v = peek(b, 1);
	if (v->kind == kind || kind == AV_OBJECT)
		return;
	b->top->at++;
	b->exit = b->raise = NULL;
	struct av object = *v;
	static const enum ir_op unbox[AV_KIND_COUNT] = {
		[AV_INT] = IR_UNBOX_I64,
		[AV_FLOAT] = IR_UNBOX_F64,
		[AV_BOOL] = IR_UNBOX_BOOL,
	};
	struct ir_instr *number = emit1(b, unbox[kind], v->v[0]);
	expects(b, number);
	*v = av_of(kind, number);
	object.kind = kind; /* it dies as a number does */
	object.object = object.v[0];
	release(b, object);
}

static enum av_kind kind_of_result(const struct call *calls, uint32_t n)
{
	static const enum av_kind kinds[IR_TYPE_COUNT] = {
		[IR_I64] = AV_INT, [IR_F64] = AV_FLOAT, [IR_BOOL] = AV_BOOL, [IR_OBJ] = AV_OBJECT
	};
	for (uint32_t i = 1; i < n; i++)
		if (!direct_results_equal(calls[i].direct->f, calls[0].direct->f))
			return AV_OBJECT;
	const struct ir_function *f = calls[0].direct->f;
	return !f->n_values ? kinds[f->result] : f->record ? AV_RECORD : AV_TUPLE;
}

enum av_kind begin_ways(struct builder *b, const struct call *calls, uint32_t n)
{
	settle(b);
	b->exit = b->raise = NULL;
	return has_other_results(b) ? AV_OBJECT : kind_of_result(calls, n);
}

void end_way(struct builder *b, struct join *join, enum av_kind kind, struct frame *here)
{
	if (kind == AV_OBJECT)
		(void)object_of(b, peek(b, 1));
	join_add(b, join);
	unsplit(b, here);
}

void end_ways(struct builder *b, struct join *join, enum av_kind kind, const struct direct *like, bool built)
{
	if (built && (kind == AV_TUPLE || kind == AV_RECORD))
		take_values(b, like->f);
	else if (built)
		make_number(b, kind);
	else
		not_translated(b);
	join_add(b, join);
	join_end(b, join);
}

/* The way of one candidate; the builder goes on where the callable is another one.  What is loaded without self has
 * CPython's NULL below it. */
static void try_candidate(struct builder *b, struct join *join, const struct call *candidate, enum av_kind kind)
{
	struct ir_instr *args[MAX_DIRECT_OPERANDS];
	struct av operands[MAX_DIRECT_OPERANDS]; /* what is done to them is this way's */
	struct call here_only = *candidate, *call = &here_only;
	if (call->operands)
		call->operands = memcpy(operands, call->operands, call->n * sizeof(operands[0]));
	uint32_t width = direct_width(call);
	struct ir_instr *is = direct_ask(b, IR_FUNCTION_IS, call, peek(b, width + 1)->v[0]);
	if (call->extra == 2 && peek(b, width + 2)->kind != AV_NULL)
		is = emit2(b, IR_BOOL_AND, is, emit1(b, IR_OBJ_IS_NULL, peek(b, width + 2)->v[0]));
	struct frame *here = split(b, is, true);
	if (!direct_arguments(b, call, args))
		abort(); /* direct_can_call() has made them */
	direct_emit(b, call, args);
	end_way(b, join, kind, here);
}

/* The calls that a method's may be. */
struct candidates {
	uint32_t n;
	struct call calls[MAX_METHODS];
};

bool was_called_here(const struct builder *b, PyObject *function, uint32_t *ret_n)
{
	uint64_t digests[CALLSITE_CALLEES];
	const struct frame *frame = frame_of_code(b);
	uint32_t n = *ret_n = callsites_at(frame->code->code, frame->code->instrs[frame->at].at, digests);
	uint64_t digest = n ? callee_digest(callee_code(function)) : 0;
	while (n > 0 && digests[n - 1] != digest)
		n--;
	return n > 0;
}

/* Of other modules' methods, which are many, those are meant that were called here. */
static bool may_be_meant(const struct builder *b, const char *name)
{
	uint32_t n_called;
	PyObject *function = callee_find(b->input->globals, name);
	if (!function || PyFunction_GET_GLOBALS(function) == b->input->globals)
		return function != NULL;
	return was_called_here(b, function, &n_called);
}

/* Add the function of that name, which is called with self or without; n: the call's own arguments. */
static void add_candidate(struct builder *b, const struct method *method, const char *name, uint32_t n, bool self,
			  struct candidates *all)
{
	if (all->n == MAX_METHODS || is_own(b, method, name) || !may_be_meant(b, name))
		return;
	struct call *call = &all->calls[all->n];
	*call = direct_call_here(b, self ? n + 1 : n, self ? 1 : 2);
	all->n += direct_can_call(b, b->input->globals, name, call);
}

static bool is_candidate(const struct candidates *all, uint64_t digest)
{
	for (uint32_t i = 0; i < all->n; i++)
		if (callee_digest(all->calls[i].target.code) == digest)
			return true;
	return false;
}

/* What was called here, of classes that are not among the globals. */
static void find_called(struct builder *b, const struct method *method, uint32_t n, struct candidates *all)
{
	uint64_t digests[CALLSITE_CALLEES];
	uint32_t n_called = callsites_at(b->top->code->code, b->i->at, digests);
	for (uint32_t i = 0; i < n_called; i++) {
		char name[CALLEE_NAME];
		enum callee_kind kind;
		if (!is_candidate(all, digests[i]) && callee_search(method->name, digests[i], &kind, name))
			add_candidate(b, method, name, n, kind != CALLEE_STATIC, all);
	}
}

/* Those of the module's classes that were called here, or were not. */
static void add_named(struct builder *b, const struct method *method, uint32_t n, bool seen, struct candidates *all)
{
	char names[MAX_NAMED][CALLEE_NAME];
	for (enum callee_kind kind = CALLEE_METHOD; kind <= CALLEE_CLASS; kind++) {
		uint32_t n_called, found = callee_methods(b->input->globals, method->name, kind, MAX_NAMED, names);
		for (uint32_t i = 0; i < found && (seen || all->n < MAX_UNSEEN); i++) {
			PyObject *function = callee_find(b->input->globals, names[i]);
			if (function && was_called_here(b, function, &n_called) == seen)
				add_candidate(b, method, names[i], n, kind != CALLEE_STATIC, all);
		}
	}
}

static void find_candidates(struct builder *b, const struct method *method, uint32_t n, struct candidates *all)
{
	if (method->class_name) {
		char name[CALLEE_NAME];
		enum callee_kind kind;
		if (callee_of_class(b->input->globals, method->class_name, method->name, &kind, name))
			add_candidate(b, method, name, n, kind == CALLEE_CLASS, all);
		return;
	}
	add_named(b, method, n, true, all);
	add_named(b, method, n, false, all);
	find_called(b, method, n, all);
}

bool direct_ways_or(struct builder *b, struct call *calls, uint32_t n_calls,
		    bool (*otherwise)(struct builder *b, const struct call *call))
{
	struct join join = { 0 };
	n_calls = direct_agree(b, calls, n_calls);
	if (n_calls == 0)
		return false;
	enum av_kind kind = begin_ways(b, calls, n_calls);
	for (uint32_t i = 0; i < n_calls; i++)
		try_candidate(b, &join, &calls[i], kind);
	end_ways(b, &join, kind, calls[0].direct, otherwise(b, &calls[0]));
	return true;
}

bool direct_rarely(struct builder *b, const struct call *call)
{
	return object_call_rarely(b, call->n + call->extra - 2);
}

bool direct_ways(struct builder *b, struct call *calls, uint32_t n_calls)
{
	return direct_ways_or(b, calls, n_calls, direct_rarely);
}

/* Stack: the method of a record's class, self, n arguments.  No other function is expected. */
static bool record_method_call(struct builder *b, const struct method *method, uint32_t n)
{
	char name[CALLEE_NAME];
	struct call call = direct_call_here(b, n + 1, 1);
	struct ir_instr *args[MAX_DIRECT_OPERANDS];
	if (!record_method_name(b, method->record, method->name, name))
		return false;
	if (inline_can(b, b->family->globals, name, &call)) {
		inline_enter(b, &call, peek(b, n + 2)->v[0], n + 2);
		return true;
	}
	if (!direct_can_call(b, b->family->globals, name, &call))
		return false;
	(void)direct_ask(b, IR_GUARD_FUNCTION, &call, peek(b, n + 2)->v[0]);
	if (!direct_arguments(b, &call, args))
		return false;
	direct_emit(b, &call, args);
	return true;
}

/* Whether CPython was seen to call just that function here, or there is no other to be called. */
static bool is_only_callee(struct builder *b, const char *name, uint32_t n_names)
{
	uint32_t n_called;
	bool was_called = was_called_here(b, callee_find(b->input->globals, name), &n_called);
	return n_called ? n_called == 1 && was_called : n_names == 1;
}

bool expected_method(struct builder *b, uint32_t n, char *ret)
{
	char names[MAX_METHODS][CALLEE_NAME];
	const struct method *method = method_of(b, peek(b, n + 2));
	if (!method || method->class_name || method->record)
		return false;
	uint32_t found = callee_methods(b->input->globals, method->name, CALLEE_METHOD, MAX_METHODS, names), i = 0;
	while (i < found && (is_own(b, method, names[i]) || !is_only_callee(b, names[i], found)))
		i++;
	if (i < found)
		memcpy(ret, names[i], CALLEE_NAME);
	return i < found;
}

/* Stack: what LOAD_METHOD has found, self, n arguments. */
static bool inlined_method_call(struct builder *b, const struct method *method, uint32_t n)
{
	char names[MAX_NAMED][CALLEE_NAME];
	uint32_t found = callee_methods(b->input->globals, method->name, CALLEE_METHOD, MAX_NAMED, names);
	if (method->class_name || peek(b, n + 2)->kind != AV_OBJECT || peek(b, n + 2)->known == KNOWN_NULLABLE)
		return false;
	for (uint32_t i = 0; i < found; i++) {
		struct call call = direct_call_here(b, n + 1, 1);
		if (is_own(b, method, names[i]) || !is_only_callee(b, names[i], found) ||
		    !inline_can(b, b->input->globals, names[i], &call))
			continue;
		inline_enter(b, &call, peek(b, n + 2)->v[0], n + 2);
		return true;
	}
	return false;
}

/* Stack: what LOAD_METHOD has found, self, n arguments; or NULL, what it has found, n arguments.  Which functions it
 * may be is a guess: those that classes among the globals have under that name. */
bool build_method_call(struct builder *b, uint32_t n)
{
	const struct method *method = method_of(b, peek(b, n + 2));
	struct candidates all = { 0 };
	if (method && method->record)
		return record_method_call(b, method, n);
	if (method && inlined_method_call(b, method, n))
		return true;
	if (method)
		find_candidates(b, method, n, &all);
	return direct_ways(b, all.calls, all.n);
}

/* Stack: NULL, a bound method, n arguments; the method becomes function and self, as in CPython's CALL. */
static void unbind(struct builder *b, uint32_t n)
{
	struct av *callable = peek(b, n + 1), method = *callable;
	struct ir_instr *function = rt(b, IR_RT_TRY, RT_MEMBER_bound_function, 1, &method.v[0]);
	(void)emit1(b, IR_GUARD_SET, function);
	struct ir_instr *self = rt(b, IR_RT_OBJ, RT_MEMBER_bound_self, 1, &method.v[0]);
	*callable = (struct av){ .kind = AV_OBJECT, .v = { self }, .own = OWN_OWNED };
	*peek(b, n + 2) = (struct av){ .kind = AV_OBJECT, .v = { function }, .own = OWN_OWNED };
	b->exit = b->raise = NULL;
	release(b, method);
}

/* Stack: NULL, what was loaded from a module, or a global; n arguments: it is a bound method now. */
bool build_bound_call(struct builder *b, uint32_t n)
{
	PyObject *now = value_now(b, peek(b, n + 1));
	PyObject *function = now && PyMethod_Check(now) ? PyMethod_GET_FUNCTION(now) : NULL;
	struct call call = direct_call_here(b, n + 1, 1);
	if (!function || !PyFunction_Check(function) || peek(b, n + 2)->kind != AV_NULL ||
	    !direct_target_of(b, function, "", &call.target) || !direct_can_call_target(b, &call))
		return false;
	unbind(b, n);
	return direct_ways(b, &call, 1);
}

/* ---- classes --------------------------------------------------------------- */

bool direct_init_name(struct builder *b, const char *class_name, char *ret)
{
	PyObject *class = PyDict_GetItemString(b->input->globals, class_name);
	if (!class || !Py_IS_TYPE(class, &PyType_Type) || !((PyTypeObject *)class)->tp_mro)
		return false;
	PyObject *mro = ((PyTypeObject *)class)->tp_mro;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
		PyObject *owner = PyTuple_GET_ITEM(mro, i);
		if (PyDict_GetItemString(((PyTypeObject *)owner)->tp_dict, "__init__"))
			return callee_member_name(b->input->globals, owner, "__init__", ret);
	}
	return false;
}

/* Whether instances of the class are made by the __new__ of object, or of exceptions. */
static bool has_plain_new(const struct builder *b, const char *class_name, bool *ret_is_exception)
{
	PyObject *class = PyDict_GetItemString(b->input->globals, class_name);
	*ret_is_exception = PyExceptionClass_Check(class);
	const PyTypeObject *base = *ret_is_exception ? (PyTypeObject *)PyExc_BaseException : &PyBaseObject_Type;
	return ((PyTypeObject *)class)->tp_new == base->tp_new;
}

/* What an exception is called with is its args; keywords are not. */
static uint32_t exception_arguments(struct builder *b, const struct call *call, struct ir_instr **ret)
{
	uint32_t n = call->n - 1 - call->n_names;
	for (uint32_t i = 1; i <= n; i++)
		ret[i] = object_of(b, peek(b, call->n - 1 - (i - 1)));
	return n;
}

/* Stack: NULL, the class, n arguments.  The instance takes the class's place until it is done. */
static void emit_new(struct builder *b, const struct call *call, struct ir_instr *init, struct ir_instr **args,
		     struct ir_instr **exception_args, uint32_t n_exception_args)
{
	struct ir_instr *entered = emit2(b, IR_CALL_NEW, peek(b, call->n)->v[0], init);
	entered->imm.index = call->direct->number;
	struct ir_instr *object = exception_args[0] = emit0(b, IR_RT_SECOND);
	struct av class = *peek(b, call->n);
	if (n_exception_args)
		(void)rt(b, IR_RT_STATUS, RT_MEMBER_exception_args, n_exception_args + 1, exception_args);
	(void)direct_pop(b, call);
	push_object(b, object, OWN_OWNED, KNOWN_NONE);
	release(b, class);
	(void)emit1(b, IR_INCREF, object);
	args[0] = object;
	direct_call(b, call, entered, args, 0);
	struct ir_instr *result = peek(b, 1)->v[0];
	(void)pop(b);
	(void)rt(b, IR_RT_DO, RT_MEMBER_init_returned, 1, &result);
}

/* A call of a class that has an __init__, and makes its instances as object does. */
bool build_new_object(struct builder *b, uint32_t n)
{
	const char *class_name = direct_global_name(b, peek(b, n + 1));
	char name[CALLEE_NAME];
	struct call call = direct_call_here(b, n + 1, 1);
	call.is_init = true;
	bool is_exception;
	if (!class_name || peek(b, n + 2)->kind != AV_NULL || !direct_init_name(b, class_name, name) ||
	    !has_plain_new(b, class_name, &is_exception) || !direct_can_call(b, b->input->globals, name, &call) ||
	    call.direct->f->result != IR_OBJ)
		return false;
	struct join join = { 0 };
	settle(b);
	b->exit = b->raise = NULL;
	enum ir_op op = is_exception ? IR_EXCEPTION_INIT : IR_CLASS_INIT;
	struct ir_instr *init = emit2(b, op, peek(b, n + 1)->v[0], cache(b, 3));
	struct frame *here = split(b, direct_ask(b, IR_FUNCTION_IS, &call, init), true);
	struct ir_instr *args[MAX_DIRECT_OPERANDS], *exception_args[MAX_DIRECT_ARGS + 1];
	uint32_t n_exception_args = is_exception ? exception_arguments(b, &call, exception_args) : 0;
	if (!direct_arguments(b, &call, args))
		abort(); /* direct_can_call() has made them */
	emit_new(b, &call, init, args, exception_args, n_exception_args);
	join_add(b, &join);
	unsplit(b, here);
	end_ways(b, &join, AV_OBJECT, call.direct, object_call_rarely(b, n));
	return true;
}

/* ---- properties and operators ---------------------------------------------- */

void call_special(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced)
{
	struct ir_instr *args[MAX_DIRECT_OPERANDS];
	struct ir_instr *entered = emit1(b, IR_CALL_ENTER, function);
	entered->imm.index = call->direct->number;
	uint32_t next = call->binding.n_params;
	for (uint32_t i = 0; i < call->binding.n_plain; i++) {
		struct av *v = direct_operand(b, call, call->binding.from[i]);
		if (call->binding.n_items[i]) { /* a tuple or an instance, which is not made; of this, its attributes */
			uint32_t first = v->tuple->record ? 1 : 0;
			args[i] = v->tuple->items[first].v[0];
			for (uint32_t k = 1; k < call->binding.n_items[i]; k++)
				args[next++] = v->tuple->items[first + k].v[0];
			continue;
		}
		bool object = !value_type_is_number(call->binding.types[i]);
		args[i] = object ? object_of(b, v) : v->kind == AV_WIDE ? as_int(b, v) : v->v[0];
		if (object)
			(void)emit1(b, IR_INCREF, args[i]);
	}
	if (!direct_rest(b, call, true, args))
		abort(); /* direct_can_call() has made them */
	direct_call(b, call, entered, args, n_replaced);
}

/* What instructions do by calling a function of the class of the operand of that number of their n ones, which is an
 * instance of a record and comes first then: no other function is expected. */
static bool record_special(struct builder *b, uint32_t n, uint32_t first, const char *name, const char *function_name,
			   uint32_t use)
{
	struct call call = { .n = n, .first = first };
	if (inline_can(b, b->family->globals, function_name, &call) && call.binding.n_params == n) {
		inline_enter(b, &call, record_find(b, peek(b, n - first), name, use), n);
		return true;
	}
	if (!direct_can_call(b, b->family->globals, function_name, &call) || call.binding.n_params != n ||
	    peek(b, n - first)->kind != AV_RECORD)
		return false;
	struct ir_instr *function = record_find(b, peek(b, n - first), name, use);
	(void)direct_ask(b, IR_GUARD_FUNCTION, &call, function);
	call_special(b, &call, function, n);
	return true;
}

bool record_property(struct builder *b)
{
	char name[CALLEE_NAME];
	return peek(b, 1)->kind == AV_RECORD && record_getter_name(b, peek(b, 1)->tuple->record, b->i->name, name) &&
	       record_special(b, 1, 0, b->i->name, name, RT_USE_GETTER);
}

/* A method that does to its instance's parts what it is called for is not expected to be called for them, too: what it
 * returns, which is a guess as long as it is being built, would say what the parts are. */
static bool is_running(const struct builder *b, const char *name)
{
	PyObject *function = callee_find(b->input->globals, name);
	return function && callee_code(function) == b->top->code->code;
}

/* Whether the operand on top has a say, too. */
static bool has_two(uint32_t use)
{
	return use >= RT_USE_COMPARE && use < RT_USE_RIGHT;
}

struct ir_instr *find_special(struct builder *b, uint32_t from_top, const char *name, uint32_t use, enum ir_op by)
{
	struct ir_instr *operands[4] = { object_of(b, peek(b, from_top)) };
	const struct av *second = peek(b, 1);
	bool of_two = has_two(use) && !av_is_number(second) && second->kind != AV_RECORD;
	uint32_t n_operands = 1;
	if (of_two)
		operands[n_operands++] = object_of(b, peek(b, 1));
	operands[n_operands++] = const_instr(b, const_name(b, name));
	operands[n_operands++] = cache(b, of_two ? RT_TYPE_METHOD_OF_TWO_CACHE : RT_TYPE_METHOD_CACHE);
	struct ir_instr *function = emit(b, of_two ? IR_TYPE_METHOD_OF_TWO : by, n_operands, operands);
	function->imm.index = use;
	if (of_two && by == IR_TYPE_FUNCTION)
		(void)emit1(b, IR_GUARD_SET, function);
	return function;
}

/* What instructions do by calling a function of the class of the first of their n operands, or of the one of that
 * number, which comes first then; the result replaces so many values. */
struct special {
	const char *name;
	uint32_t use, n, n_replaced;
	bool (*otherwise)(struct builder *b);
	uint32_t first;
};

/* Whether it is the one that the class has of which the record on top is an instance. */
static bool is_of_record(struct builder *b, const char *name, const char *function_name)
{
	char of_record[CALLEE_NAME];
	return record_method_name(b, peek(b, 1)->tuple->record, name, of_record) &&
	       strcmp(of_record, function_name) == 0;
}

/* Leave unless the object is an instance of the class of the record on top: else that would have a say. */
static void guard_class_of_record(struct builder *b, struct ir_instr *object)
{
	struct ir_instr *class = peek(b, 1)->tuple->items[0].v[0];
	(void)emit1(b, IR_GUARD, emit2(b, IR_OBJ_TYPE_IS, object, class));
}

/* The only such function that there is, if that only computes. */
static bool inlined_special(struct builder *b, const struct special *s, const char *function_name)
{
	struct call call = { .n = s->n, .first = s->first };
	bool with_record = has_two(s->use) && peek(b, 1)->kind == AV_RECORD;
	if (s->use == RT_USE_SETTER || has_met_objects(b) ||
	    (with_record && !is_of_record(b, s->name, function_name)) ||
	    !inline_can(b, b->input->globals, function_name, &call) || call.binding.n_params != s->n ||
	    peek(b, s->n - s->first)->kind != AV_OBJECT)
		return false;
	if (with_record)
		guard_class_of_record(b, peek(b, s->n)->v[0]);
	struct ir_instr *function = find_special(b, s->n - s->first, s->name, s->use, IR_TYPE_FUNCTION);
	inline_enter(b, &call, function, s->n_replaced);
	return true;
}

uint32_t special_calls(struct builder *b, const struct call *like, char (*names)[CALLEE_NAME], uint32_t n,
		       struct call *ret)
{
	uint32_t n_calls = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (is_running(b, names[i]))
			continue;
		ret[n_calls] = *like;
		if (direct_can_call(b, b->input->globals, names[i], &ret[n_calls]) &&
		    direct_needs_no_defaults(&ret[n_calls].binding))
			n_calls++;
	}
	return direct_agree(b, ret, n_calls);
}

/* As a direct call, if it is one of those functions, else by what otherwise builds. */
static bool build_one_of(struct builder *b, const struct special *s, char (*names)[CALLEE_NAME], uint32_t found)
{
	struct call calls[MAX_METHODS];
	if (found == 1 && inlined_special(b, s, names[0]))
		return true;
	uint32_t n_calls = special_calls(b, &(struct call){ .n = s->n, .first = s->first }, names, found, calls);
	if (n_calls == 0)
		return false;
	struct join join = { 0 };
	enum av_kind kind = begin_ways(b, calls, n_calls);
	struct ir_instr *function = find_special(b, s->n - s->first, s->name, s->use, IR_TYPE_METHOD);
	for (uint32_t i = 0; i < n_calls; i++) {
		struct ir_instr *is = direct_ask(b, IR_FUNCTION_IS, &calls[i], function);
		if (has_two(s->use) && peek(b, 1)->kind == AV_RECORD) {
			struct ir_instr *class = peek(b, 1)->tuple->items[0].v[0];
			is = emit2(b, IR_BOOL_AND, is, emit2(b, IR_OBJ_TYPE_IS, peek(b, s->n)->v[0], class));
		}
		struct frame *here = split(b, is, true);
		call_special(b, &calls[i], function, s->n_replaced);
		end_way(b, &join, kind, here);
	}
	end_ways(b, &join, kind, calls[0].direct, s->otherwise(b));
	return true;
}

/* One of those that classes among the globals have under that name. */
static bool build_special(struct builder *b, uint32_t n, const char *name, uint32_t use,
			  bool (*otherwise)(struct builder *))
{
	char names[MAX_UNSEEN][CALLEE_NAME];
	enum callee_kind what = use == RT_USE_GETTER ? CALLEE_GETTER : CALLEE_METHOD;
	uint32_t found = callee_methods(b->input->globals, name, what, MAX_UNSEEN, names);
	return build_one_of(b, &(struct special){ name, use, n, n, otherwise, 0 }, names, found);
}

static bool call_any(struct builder *b)
{
	return object_call(b, b->i->arg);
}

/* Stack: NULL, an instance, n arguments: its class's __call__, if CPython was seen to call that here. */
bool build_instance_call(struct builder *b, uint32_t n)
{
	enum { MOST = 4 };
	char names[MAX_METHODS][CALLEE_NAME];
	const struct av *callable = peek(b, n + 1);
	uint32_t n_called, n_meant = 0;
	if (n > MOST || peek(b, n + 2)->kind != AV_NULL || b->i->names != UINT32_MAX || callable->kind != AV_OBJECT ||
	    callable->known != KNOWN_NONE)
		return false;
	uint32_t found = callee_methods(b->input->globals, "__call__", CALLEE_METHOD, MAX_METHODS, names);
	for (uint32_t i = 0; i < found; i++) {
		PyObject *function = callee_find(b->input->globals, names[i]);
		if (function && was_called_here(b, function, &n_called))
			memmove(names[n_meant++], names[i], CALLEE_NAME);
	}
	return n_meant &&
	       build_one_of(b, &(struct special){ "__call__", RT_USE_ITEM, n + 1, n + 2, call_any, 0 }, names, n_meant);
}

bool build_property(struct builder *b, bool (*otherwise)(struct builder *))
{
	return peek(b, 1)->kind == AV_OBJECT && build_special(b, 1, b->i->name, RT_USE_GETTER, otherwise);
}

/* What instructions do by calling a function whose result is of no use to anybody, of the class of the first of their
 * operands. */
static bool build_storing(struct builder *b, struct call *call, const char *name, uint32_t use,
			  bool (*otherwise)(struct builder *))
{
	char found[1][CALLEE_NAME];
	enum callee_kind what = use == RT_USE_SETTER ? CALLEE_SETTER : CALLEE_METHOD;
	struct av *object = peek(b, call->n - call->first);
	if (object->kind != AV_OBJECT || !callee_methods(b->input->globals, name, what, 1, found) ||
	    !direct_can_call(b, b->input->globals, found[0], call) || call->binding.n_params != call->n ||
	    call->direct->f->result != IR_OBJ || call->direct->f->n_values || call->direct->known != KNOWN_NONE)
		return false;
	struct join join = { 0 };
	settle(b);
	b->exit = b->raise = NULL;
	struct ir_instr *function = find_special(b, call->n - call->first, name, use, IR_TYPE_METHOD);
	struct frame *here = split(b, direct_ask(b, IR_FUNCTION_IS, call, function), true);
	call_special(b, call, function, call->n);
	release(b, pop(b));
	join_add(b, &join);
	unsplit(b, here);
	if (!otherwise(b))
		not_translated(b);
	join_add(b, &join);
	join_end(b, &join);
	return true;
}

/* Stack: value, object. */
bool build_property_set(struct builder *b, bool (*otherwise)(struct builder *))
{
	return build_storing(b, &(struct call){ .n = 2, .first = 1 }, b->i->name, RT_USE_SETTER, otherwise);
}

/* Stack: value, container, key. */
bool build_item_set(struct builder *b, bool (*otherwise)(struct builder *))
{
	return (b->i->hint == HINT_NONE || b->i->hint == HINT_OTHER) && peek(b, 2)->known == KNOWN_NONE &&
	       build_storing(b, &(struct call){ .n = 3, .first = 1 }, "__setitem__", RT_USE_ITEM, otherwise);
}

/* The operators' methods, for the left and the right operand, and in place. */
static const struct {
	const char *left, *right, *in_place;
} operator_methods[] = {
	[BINARY_ADD] = { "__add__", "__radd__", "__iadd__" },
	[BINARY_SUB] = { "__sub__", "__rsub__", "__isub__" },
	[BINARY_MUL] = { "__mul__", "__rmul__", "__imul__" },
	[BINARY_FLOORDIV] = { "__floordiv__", "__rfloordiv__", "__ifloordiv__" },
	[BINARY_MOD] = { "__mod__", "__rmod__", "__imod__" },
	[BINARY_TRUEDIV] = { "__truediv__", "__rtruediv__", "__itruediv__" },
	[BINARY_SHL] = { "__lshift__", "__rlshift__", "__ilshift__" },
	[BINARY_SHR] = { "__rshift__", "__rrshift__", "__irshift__" },
	[BINARY_AND] = { "__and__", "__rand__", "__iand__" },
	[BINARY_OR] = { "__or__", "__ror__", "__ior__" },
	[BINARY_XOR] = { "__xor__", "__rxor__", "__ixor__" },
	[BINARY_MATMUL] = { "__matmul__", "__rmatmul__", "__imatmul__" },
	[BINARY_POW] = { NULL, NULL, NULL },
};

/* Whether a class of the module has that method, and v may be one of its instances. */
static bool may_have(const struct builder *b, const struct av *v, const char *name)
{
	char names[1][CALLEE_NAME];
	return v->kind == AV_OBJECT && v->known == KNOWN_NONE && name &&
	       callee_methods(b->input->globals, name, CALLEE_METHOD, 1, names) > 0;
}

static bool is_of_numbers(const struct builder *b)
{
	return b->i->op != BC_BINARY || (b->i->hint != HINT_NONE && b->i->hint != HINT_MIXED);
}

/* For all that is known of the operands' types and of what came of it so far. */
static bool may_be_special(const struct builder *b)
{
	return !is_of_numbers(b) && (!has_other_results(b) || has_met_objects(b));
}

bool operator_is_special(struct builder *b)
{
	return may_be_special(b) && (may_have(b, peek(b, 2), operator_methods[b->i->arg].left) ||
				     may_have(b, peek(b, 1), operator_methods[b->i->arg].right));
}

/* A number that a method may be given: what it is given is no instance of a subclass, which it could see. */
static bool is_plain_number(const struct av *v)
{
	return av_is_number(v) && v->v[0]->op != IR_UNBOX_SUBINT;
}

/* The left operand is an instance of a record. */
static bool record_operator(struct builder *b, const char *name, uint32_t use)
{
	const struct av *a = peek(b, 2), *c = peek(b, 1);
	char function[CALLEE_NAME];
	bool may = is_plain_number(c) || (c->kind == AV_RECORD && c->tuple->record == a->tuple->record);
	return may && record_method_name(b, a->tuple->record, name, function) &&
	       record_special(b, 2, 0, name, function, use);
}

/* A number beside an instance on its right. */
static bool build_right_operator(struct builder *b, bool (*otherwise)(struct builder *))
{
	const struct av *a = peek(b, 2), *c = peek(b, 1);
	const char *name = operator_methods[b->i->arg].right;
	char names[MAX_UNSEEN][CALLEE_NAME];
	uint32_t use = RT_USE_RIGHT + b->i->raw;
	if (!name || !is_plain_number(a))
		return false;
	if (c->kind == AV_RECORD)
		return record_method_name(b, c->tuple->record, name, names[0]) &&
		       record_special(b, 2, 1, name, names[0], use);
	if (!may_be_special(b) || !may_have(b, c, name))
		return false;
	uint32_t found = callee_methods(b->input->globals, name, CALLEE_METHOD, MAX_UNSEEN, names);
	return build_one_of(b, &(struct special){ name, use, 2, 2, otherwise, 1 }, names, found);
}

/* Whether the operator has a method of its own in place, which comes first. */
static bool has_in_place(struct builder *b)
{
	const struct av *a = peek(b, 2);
	const char *name = operator_methods[b->i->arg].in_place;
	char found[CALLEE_NAME];
	if (b->i->raw < RT_NB_INPLACE_ADD || !name)
		return false;
	return a->kind == AV_RECORD ? record_method_name(b, a->tuple->record, name, found) : may_have(b, a, name);
}

bool build_operator(struct builder *b, bool (*otherwise)(struct builder *))
{
	const struct av *a = peek(b, 2), *c = peek(b, 1);
	const char *name = has_in_place(b) ? NULL : operator_methods[b->i->arg].left;
	if (name && a->kind == AV_RECORD && record_operator(b, name, RT_USE_BINARY + b->i->raw))
		return true;
	bool may = may_be_special(b) && a->kind == AV_OBJECT && a->known == KNOWN_NONE &&
		   ((c->kind == AV_OBJECT && c->known == KNOWN_NONE) || c->kind == AV_RECORD || is_plain_number(c));
	if (may && name && build_special(b, 2, name, RT_USE_BINARY + b->i->raw, otherwise))
		return true;
	return build_right_operator(b, otherwise);
}

bool build_comparison(struct builder *b, bool (*otherwise)(struct builder *))
{
	static const char *const names[] = { "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__" };
	const struct av *a = peek(b, 2), *c = peek(b, 1);
	const char *name = names[b->i->arg];
	if (a->kind == AV_RECORD && record_operator(b, name, RT_USE_COMPARE))
		return true;
	bool may = a->kind == AV_OBJECT && a->known == KNOWN_NONE &&
		   (b->i->hint == HINT_NONE || b->i->hint == HINT_MIXED) &&
		   ((c->kind == AV_OBJECT && c->known == KNOWN_NONE) || c->kind == AV_RECORD);
	return may && build_special(b, 2, name, RT_USE_COMPARE, otherwise);
}

/* len() and `in`, if the method for it only computes.  Stack: NULL, len, the object. */
bool inlined_length(struct builder *b)
{
	char names[MAX_UNSEEN][CALLEE_NAME];
	uint32_t found = callee_methods(b->input->globals, "__len__", CALLEE_METHOD, MAX_UNSEEN, names);
	struct call call = { .n = 1, .result = INLINE_LENGTH };
	if (peek(b, 1)->kind != AV_OBJECT || peek(b, 1)->known != KNOWN_NONE)
		return false;
	for (uint32_t i = 0; i < found; i++)
		if (is_only_callee(b, names[i], 0) && inline_can(b, b->input->globals, names[i], &call)) {
			inline_enter(b, &call, find_special(b, 1, "__len__", RT_USE_ITEM, IR_TYPE_FUNCTION), 3);
			return true;
		}
	return false;
}

/* Stack: the item, the container. */
bool inlined_contains(struct builder *b)
{
	char names[2][CALLEE_NAME];
	struct call call = { .n = 2, .first = 1, .result = INLINE_TRUTH };
	if (peek(b, 1)->kind != AV_OBJECT || peek(b, 1)->known != KNOWN_NONE ||
	    callee_methods(b->input->globals, "__contains__", CALLEE_METHOD, 2, names) != 1 ||
	    !inline_can(b, b->input->globals, names[0], &call))
		return false;
	inline_enter(b, &call, find_special(b, 1, "__contains__", RT_USE_ITEM, IR_TYPE_FUNCTION), 2);
	return true;
}

bool build_item_method(struct builder *b, bool (*otherwise)(struct builder *))
{
	const struct av *a = peek(b, 2);
	return a->kind == AV_OBJECT && a->known == KNOWN_NONE &&
	       (b->i->hint == HINT_NONE || b->i->hint == HINT_OTHER) &&
	       build_special(b, 2, "__getitem__", RT_USE_ITEM, otherwise);
}
