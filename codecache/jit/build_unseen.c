/* build_unseen.c - exceptions that are never made, since nobody can see them.
 *
 * A handler that only counts, or only returns a constant, does not look at its exception, and nothing in it could:
 *
 *	try:
 *		n += table[key]
 *	except KeyError:
 *		n -= 1
 *
 * Where such a handler is the one that takes what is about to be raised, native code goes on in its body.  Until
 * POP_EXCEPT the exception has no object: of the two that CPython keeps on the stack one was popped, and the other is
 * AV_UNSEEN, of which a side exit makes what CPython needs (STATE_UNSEEN).
 *
 * Which clause it is, is guessed from what its classes' names mean now, and made sure where it raises. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/exceptions.h"

/* ---- clauses --------------------------------------------------------------- */

enum { MAX_LOADED = 4 };

/* except A: or except (A, B):, or all that there is if there are no classes. */
struct clause {
	uint32_t n;
	const char *classes[MAX_LOADED];
	uint32_t body; /* where the exception is popped, or stored */
	uint32_t next; /* where it goes on if the exception is none of these */
};

/* At that index; false: it is written in another way. */
static bool read_clause(const struct bc_code *code, uint32_t at, struct clause *ret)
{
	const struct bc_instr *i = &code->instrs[at];
	*ret = (struct clause){ .body = at };
	if (i->op == BC_POP)
		return true;
	for (; i->op == BC_LOAD_GLOBAL && ret->n < MAX_LOADED; i++)
		ret->classes[ret->n++] = i->name;
	if (i->op == BC_BUILD_TUPLE && i->arg == ret->n)
		i++;
	else if (ret->n != 1)
		return false;
	if (i->op != BC_MATCH_EXC || i[1].op != BC_BRANCH || i[1].arg != IF_FALSE)
		return false;
	ret->body = (uint32_t)(i + 2 - code->instrs);
	ret->next = i[1].target;
	return i[2].op == BC_POP || i[2].op == BC_STORE_LOCAL;
}

/* Whether it takes exceptions of that class, as things are now: 1 or 0; -1: nobody knows. */
static int takes(struct builder *b, const struct clause *clause, PyObject *class)
{
	bool is = clause->n == 0;
	for (uint32_t i = 0; i < clause->n; i++) {
		bool is_builtin;
		PyObject *named = global_now(b, clause->classes[i], &is_builtin);
		if (!named || !PyExceptionClass_Check(named))
			return -1;
		is |= PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)named) != 0;
	}
	return is;
}

/* ---- what cannot look at the exception --------------------------------------- */

/* What is on the stack, or in a local, at a point of the body. */
enum quiet {
	QUIET_NOT,    /* anything: it may be read, but its end may run code */
	QUIET_HIDDEN, /* no value, or the exception: not to be read */
	QUIET_NUMBER,
	QUIET_OBJECT, /* one that dies quietly, if at all */
	QUIET_LIST,   /* the same */
	QUIET_APPEND, /* a list's method */
	QUIET_HANDLED /* what is handled again after POP_EXC */
};

enum { MAX_QUIET_STACK = 6 };

struct walk {
	struct builder *b;
	uint8_t *locals;
	uint32_t n;
	uint8_t stack[MAX_QUIET_STACK];
};

static enum quiet quiet_of(const struct av *v)
{
	if (av_is_unboxed(v))
		return v->kind == AV_COMPLEX || v->kind == AV_U64 ? QUIET_OBJECT : QUIET_NUMBER;
	if (v->kind == AV_UNBOUND)
		return QUIET_HIDDEN;
	if (v->kind == AV_CONST || v->kind == AV_BUILTIN || is_large_int(v) ||
	    (v->kind == AV_OBJECT && is_str(v->known)))
		return QUIET_OBJECT;
	return QUIET_NOT;
}

static bool is_quiet_end(uint8_t value)
{
	return value != QUIET_NOT && value != QUIET_LIST;
}

static bool put(struct walk *w, enum quiet value)
{
	if (w->n == MAX_QUIET_STACK)
		return false;
	w->stack[w->n++] = (uint8_t)value;
	return true;
}

static bool walk_load(struct walk *w, const struct bc_instr *i)
{
	const struct frame *top = w->b->top;
	const struct av *local = &top->locals[i->arg];
	uint8_t value = w->locals[i->arg];
	if ((top->code->local_kinds[i->arg] & (BC_CELL | BC_FREE)) || value == QUIET_HIDDEN)
		return false;
	bool is_list = value == QUIET_NOT && local->kind == AV_OBJECT && local->known == KNOWN_LIST;
	return put(w, is_list ? QUIET_LIST : (enum quiet)value);
}

static bool walk_store(struct walk *w, const struct bc_instr *i)
{
	if ((w->b->top->code->local_kinds[i->arg] & (BC_CELL | BC_FREE)) || w->n < 2 || is_for_super(w->b, i->arg) ||
	    !is_quiet_end(w->locals[i->arg]))
		return false;
	uint8_t value = w->stack[--w->n];
	if (value == QUIET_LIST || value == QUIET_APPEND)
		return false;
	w->locals[i->arg] = value;
	return true;
}

static bool walk_const(struct walk *w, const struct bc_instr *i)
{
	PyObject *o = PyTuple_GET_ITEM(((PyCodeObject *)w->b->top->code->code)->co_consts, i->arg);
	return put(w, PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyBool_Check(o) ? QUIET_NUMBER : QUIET_OBJECT);
}

/* Of numbers, what never raises. */
static bool walk_binary(struct walk *w, const struct bc_instr *i)
{
	bool fits = w->n > 2 && w->stack[w->n - 1] == QUIET_NUMBER && w->stack[w->n - 2] == QUIET_NUMBER;
	if (!fits || (i->op == BC_BINARY && i->arg != BINARY_ADD && i->arg != BINARY_SUB && i->arg != BINARY_MUL))
		return false;
	w->n--;
	return true;
}

static bool walk_swap(struct walk *w, uint32_t n)
{
	if (n > w->n)
		return false;
	uint8_t top = w->stack[w->n - 1];
	w->stack[w->n - 1] = w->stack[w->n - n];
	w->stack[w->n - n] = top;
	return true;
}

/* list.append() */
static bool walk_method(struct walk *w, const struct bc_instr *i)
{
	uint8_t *top = &w->stack[w->n - 1];
	if (i->op == BC_LOAD_METHOD) {
		if (*top != QUIET_LIST || strcmp(i->name, "append") != 0)
			return false;
		*top = QUIET_APPEND;
		return true;
	}
	if (i->arg != 1 || i->names != UINT32_MAX || w->n < 3 || top[-1] != QUIET_APPEND)
		return false;
	w->n--;
	top[-1] = QUIET_OBJECT;
	return true;
}

/* From that index on to where the exception is done with; false: something could see it. */
static bool walk_on(struct walk *w, uint32_t at)
{
	const struct bc_code *code = w->b->top->code;
	for (const struct bc_instr *i = &code->instrs[at]; i < code->instrs + code->n_instrs; i++) {
		bool fits = false;
		switch (i->op) {
		case BC_NOP: fits = true; break;
		case BC_LOAD_LOCAL: fits = walk_load(w, i); break;
		case BC_STORE_LOCAL: fits = walk_store(w, i); break;
		case BC_LOAD_CONST: fits = walk_const(w, i); break;
		case BC_BINARY:
		case BC_COMPARE: fits = walk_binary(w, i); break;
		case BC_NEGATIVE: fits = w->stack[w->n - 1] == QUIET_NUMBER; break;
		case BC_SWAP: fits = walk_swap(w, i->arg); break;
		case BC_LOAD_METHOD:
		case BC_CALL: fits = walk_method(w, i); break;
		case BC_POP:
			fits = w->n > 1;
			w->n--;
			break;
		case BC_JUMP:
			fits = !i->backward && i->target > (uint32_t)(i - code->instrs);
			i = &code->instrs[i->target] - 1;
			break;
		case BC_POP_EXC: return w->stack[w->n - 1] == QUIET_HANDLED;
		default: break;
		}
		if (!fits)
			return false;
	}
	return false;
}

static bool is_quiet(struct builder *b, const struct clause *clause)
{
	const struct frame *top = b->top;
	const struct bc_instr *first = &top->code->instrs[clause->body];
	struct walk w = { .b = b, .locals = ir_alloc(b->f, top->code->n_locals + 1) };
	for (uint32_t i = 0; i < top->code->n_locals; i++)
		w.locals[i] = (uint8_t)quiet_of(&top->locals[i]);
	(void)put(&w, QUIET_HANDLED);
	if (first->op == BC_STORE_LOCAL) {
		(void)put(&w, QUIET_HIDDEN);
		if (!walk_store(&w, first))
			return false;
	}
	return walk_on(&w, clause->body + 1);
}

/* ---- the way there --------------------------------------------------------- */

static bool has_clauses(const struct builder *b, const struct bc_instr *raises)
{
	return !b->top->outer && raises->handler != UINT32_MAX && !raises->handler_lasti &&
	       b->top->code->instrs[raises->handler].op == BC_PUSH_EXC;
}

/* What stands in front of the first clause. */
static struct clause before_clauses(const struct bc_instr *raises)
{
	return (struct clause){ .next = raises->handler + 1 };
}

bool unseen_find(struct builder *b, const struct bc_instr *raises, PyObject *class, struct unseen *ret)
{
	struct clause clause = before_clauses(raises);
	*ret = (struct unseen){ .raises = raises };
	if (!has_clauses(b, raises))
		return false;
	for (ret->n_clauses = 1;; ret->n_clauses++) {
		if (!read_clause(b->top->code, clause.next, &clause))
			return false;
		int is = takes(b, &clause, class);
		if (is < 0)
			return false;
		if (is)
			break;
	}
	ret->body = clause.body;
	ret->is_quiet = is_quiet(b, &clause);
	return true;
}

bool has_quiet_handler(struct builder *b)
{
	struct clause clause = before_clauses(b->i);
	if (!has_clauses(b, b->i))
		return false;
	do {
		if (!read_clause(b->top->code, clause.next, &clause))
			return false;
		if (is_quiet(b, &clause))
			return true;
	} while (clause.n > 0);
	return false;
}

/* What the class is for a clause: 1: it is one of those, 0: it is not, -1: CPython is to say. */
static struct ir_instr *asked(struct builder *b, struct ir_instr *class, const char *name)
{
	struct ir_instr *args[] = { globals_object(b), class, const_instr(b, const_name(b, name)), cache(b, 3) };
	return rt(b, IR_RT_STATUS, RT_MEMBER_is_handled, 4, args);
}

static struct ir_instr *joined(struct builder *b, enum ir_op op, struct ir_instr *x, struct ir_instr *y)
{
	return x ? emit2(b, op, x, y) : y;
}

/* Whether the clause that was found takes it indeed; NULL: it does. */
static struct ir_instr *is_taken(struct builder *b, const struct unseen *u, struct ir_instr *class)
{
	struct clause clause = before_clauses(u->raises);
	struct ir_instr *all = NULL;
	for (uint32_t k = 1; k <= u->n_clauses; k++) {
		struct ir_instr *any = NULL;
		bool last = k == u->n_clauses;
		(void)read_clause(b->top->code, clause.next, &clause);
		for (uint32_t i = 0; i < clause.n; i++) {
			struct ir_instr *answer = asked(b, class, clause.classes[i]);
			any = joined(b, last ? IR_BOOL_OR : IR_BOOL_AND, any,
				     emit2(b, IR_I64_EQ, answer, emit_i64(b, last)));
		}
		if (any)
			all = joined(b, IR_BOOL_AND, all, any);
	}
	return all;
}

static void go_to_body(struct builder *b, const struct unseen *u, struct ir_instr *class)
{
	while (b->top->n_stack > u->raises->handler_depth)
		release(b, pop(b));
	push(b, av_of(AV_UNSEEN, class));
	/* Where the exception is popped or stored it is no value, and no exit may say so: all goes on behind that. */
	const struct bc_instr *first = &b->top->code->instrs[u->body];
	if (first->op == BC_STORE_LOCAL)
		unbind_local(b, &b->top->locals[first->arg]);
	b->exit = b->raise = NULL;
	b->i = NULL; /* a branch back is not what goes there */
	meet_at(b, u->body + 1);
}

void unseen_catch(struct builder *b, const struct unseen *u, struct ir_instr *class, struct ir_instr *condition)
{
	struct ir_instr *taken = is_taken(b, u, class);
	if (taken)
		condition = joined(b, IR_BOOL_AND, condition, taken);
	if (!condition) {
		go_to_body(b, u, class);
		return;
	}
	struct frame *here = split(b, condition, true);
	go_to_body(b, u, class);
	unsplit(b, here);
}

/* ---- raise ----------------------------------------------------------------- */

/* What the object is now, if it was loaded from a global; borrowed. */
static PyObject *object_now(struct builder *b, const struct av *v)
{
	bool is_builtin;
	bool is_global = v->kind == AV_OBJECT && v->index;
	return is_global ? global_now(b, ir_family(b->f)->consts[v->index - 1].name, &is_builtin) : NULL;
}

static void note_thrown(struct builder *b, PyObject *class)
{
	struct thrown *t = &b->thrown;
	for (uint32_t i = 0; i < t->n; i++)
		if (t->classes[i] == class)
			return;
	if (t->n < MAX_THROWN)
		t->classes[t->n++] = class;
}

/* Out of a function that was called directly, in front of the current instruction: its caller may catch it. */
static bool leave_throwing(struct builder *b, PyObject *class, const struct bc_instr *raises)
{
	if (!b->self || !b->self->throws || b->top->outer || raises->handler != UINT32_MAX)
		return false;
	note_thrown(b, class);
	b->exit = NULL;
	struct ir_exit *exit = exit_here(b);
	exit->frame.throws = raises->at;
	exit->why = "an exception";
	(void)emit0(b, IR_SIDE_EXIT);
	b->block = NULL;
	return true;
}

/* What is about to be raised, an instance of what v is, or is to be made of it. */
static bool raise_unseen(struct builder *b, const struct av *v, const struct bc_instr *raises, bool quietly)
{
	struct unseen u;
	PyObject *now = object_now(b, v);
	if (!now || !exception_class_is_plain(now))
		return false;
	if (leave_throwing(b, now, raises))
		return true;
	if (!quietly || !unseen_find(b, raises, now, &u) || !u.is_quiet)
		return false;
	struct ir_instr *class = v->v[0];
	struct ir_instr *is_plain = rt(b, IR_RT_STATUS, RT_MEMBER_is_plain_exception, 1, &class);
	unseen_catch(b, &u, class, emit2(b, IR_I64_NE, is_plain, emit_i64(b, 0)));
	return false;
}

bool raise_class_unseen(struct builder *b)
{
	return raise_unseen(b, peek(b, 1), b->i, true);
}

bool raise_call_unseen(struct builder *b, uint32_t n)
{
	const struct bc_instr *next = b->i + 1;
	bool quietly = true;
	if (next->op != BC_RAISE || next->arg != 1 || next->is_target || b->i->names != UINT32_MAX ||
	    peek(b, n + 2)->kind != AV_NULL)
		return false;
	for (uint32_t k = 1; k <= n; k++) /* in CPython arguments die with the exception */
		quietly &= quiet_of(peek(b, k)) != QUIET_NOT || peek(b, k)->own != OWN_OWNED;
	return raise_unseen(b, peek(b, n + 1), next, quietly);
}

struct ir_instr *thrown_operand(struct builder *b, const struct thrown *thrown, struct unseen *ret)
{
	struct clause clause = before_clauses(b->i);
	uint32_t i = 0, first = ir_family(b->f)->n_consts;
	while (i < thrown->n &&
	       !(unseen_find(b, b->i, thrown->classes[i], ret) && ret->is_quiet && ret->n_clauses == 1))
		i++;
	if (i == thrown->n)
		return NULL;
	(void)read_clause(b->top->code, clause.next, &clause);
	for (uint32_t k = 0; k < clause.n; k++)
		(void)ir_const_append(b->f,
				      &(struct unit_const){ UNIT_CONST_NAME, (char *)clause.classes[k], 0, { 0 }, 0 });
	return emit_i64(b, rt_names(2 + first, clause.n));
}

void thrown_catch(struct builder *b, const struct unseen *u)
{
	struct ir_instr *raised = rt(b, IR_RT_STATUS, RT_MEMBER_raised, 0, NULL);
	struct frame *here = split(b, emit2(b, IR_I64_EQ, raised, emit_i64(b, 0)), true);
	go_to_body(b, u, const_instr(b, const_builtin(b, "Exception")));
	unsplit(b, here);
}

/* Where there is no value: an exception that is set finds its handler.  On where there is neither; gives the frame for
 * unsplit(). */
static struct frame *split_none(struct builder *b, struct ir_instr *value)
{
	struct frame *here = split(b, emit1(b, IR_OBJ_IS_NULL, value), true);
	struct ir_instr *raised = rt(b, IR_RT_STATUS, RT_MEMBER_raised, 0, NULL);
	catch_if(b, emit2(b, IR_I64_LT, raised, emit_i64(b, 0)), NULL);
	return here;
}

/* ---- next() ----------------------------------------------------------------- */

/* Whether what is called with n arguments is builtins.next now. */
static bool calls_next(struct builder *b, uint32_t n)
{
	PyObject *next = PyDict_GetItemString(b->input->builtins, "next");
	return b->i->names == UINT32_MAX && peek(b, n + 2)->kind == AV_NULL && next && PyCFunction_CheckExact(next) &&
	       object_now(b, peek(b, n + 1)) == next;
}

static void guard_next(struct builder *b, uint32_t n)
{
	struct ir_instr *next = const_instr(b, const_builtin(b, "next"));
	(void)emit1(b, IR_GUARD, emit2(b, IR_OBJ_IS, peek(b, n + 1)->v[0], next));
}

/* Of an iterator, and perhaps what there is at its end: as next() itself, but not called. */
bool build_next_call(struct builder *b, uint32_t n)
{
	struct ir_instr *args[2] = { NULL };
	if (n < 1 || n > 2 || inline_is_in(b) || !calls_next(b, n) || !objects_of(b, n, args))
		return false;
	guard_next(b, n);
	settle(b);
	if (n == 1)
		args[1] = null_object(b);
	struct ir_instr *value = rt(b, IR_RT_OBJ, RT_MEMBER_next_or, 2, args);
	replace(b, n + 2, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_OWNED });
	return true;
}

/* Stack: NULL, what is builtins.next now, an iterator. */
bool next_unseen(struct builder *b, uint32_t n)
{
	struct unseen u;
	if (n != 1 || !calls_next(b, n) || !unseen_find(b, b->i, PyExc_StopIteration, &u) || !u.is_quiet)
		return false;
	struct ir_instr *iterator = object_of(b, peek(b, 1));
	if (!iterator)
		return false;
	guard_next(b, n);
	settle(b);
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	b->runs_python = true;
	struct ir_instr *value = rt(b, IR_RT_TRY, RT_MEMBER_next_value, 1, &iterator);
	struct frame *here = split_none(b, value);
	unseen_catch(b, &u, const_instr(b, const_builtin(b, "StopIteration")), NULL);
	if (b->block) {
		struct ir_instr *which = emit_i64(b, RT_FAILURE_NO_MORE);
		raise_by(b, RT_MEMBER_fail, 1, &which);
	}
	unsplit(b, here);
	replace(b, 3, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_OWNED });
	return true;
}

/* ---- operations that fail ----------------------------------------------------- */

static PyObject *class_of(enum rt_failure failure)
{
	PyObject *const classes[] = {
#define X(name, class, text) PyExc_##class,
		RT_FAILURES(X)
#undef X
	};
	return classes[failure];
}

static struct ir_instr *builtin_class(struct builder *b, PyObject *class)
{
	return const_instr(b, const_builtin(b, ((PyTypeObject *)class)->tp_name));
}

/* The current instruction has failed: into the handler, if it does not look at the exception. */
static void fail_unseen(struct builder *b, const struct unseen *u, PyObject *class)
{
	if (u->is_quiet)
		unseen_catch(b, u, builtin_class(b, class), NULL);
}

bool may_fail(struct builder *b, enum rt_failure failure, struct unseen *ret)
{
	return unseen_find(b, b->i, class_of(failure), ret);
}

/* Whether the function asks a traceback for its frame, which is to have all locals then: CPython has made it. */
static bool looks_at_locals(const struct builder *b)
{
	PyObject *names = ((PyCodeObject *)b->top->code->code)->co_names;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
		if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), "tb_frame") == 0)
			return true;
	return false;
}

void fails_if(struct builder *b, const struct unseen *u, enum rt_failure failure, struct ir_instr *failed)
{
	struct frame *here = split(b, failed, true);
	fail_unseen(b, u, class_of(failure));
	if (b->block && (u->is_quiet || looks_at_locals(b))) { /* names mean other things by now; see there */
		(void)emit0(b, IR_SIDE_EXIT);
		b->block = NULL;
	} else if (b->block) {
		struct ir_instr *which = emit_i64(b, failure);
		settle(b);
		raise_by(b, RT_MEMBER_fail, 1, &which);
	}
	unsplit(b, here);
}

void index_fails_beyond(struct builder *b, enum rt_failure failure, struct ir_instr *index, struct ir_instr *length)
{
	struct unseen u;
	if (!may_fail(b, failure, &u))
		return;
	struct ir_instr *least = emit2(b, IR_I64_SUB_WRAP, emit_i64(b, 0), length);
	fails_if(b, &u, failure,
		 emit2(b, IR_BOOL_OR, emit2(b, IR_I64_GE, index, length), emit2(b, IR_I64_LT, index, least)));
}

void text_fails(struct builder *b, enum rt_member member, struct ir_instr *str)
{
	struct unseen u;
	if (!unseen_find(b, b->i, PyExc_ValueError, &u) || !u.is_quiet)
		return;
	struct ir_instr *fails = rt(b, IR_RT_STATUS, member, 1, &str);
	unseen_catch(b, &u, builtin_class(b, PyExc_ValueError), emit2(b, IR_I64_NE, fails, emit_i64(b, 0)));
}

bool key_may_fail(struct builder *b, struct unseen *ret)
{
	return unseen_find(b, b->i, PyExc_KeyError, ret);
}

struct ir_instr *dict_find_caught(struct builder *b, const struct unseen *u, bool ints, uint32_t n,
				  struct ir_instr *const *args)
{
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	struct ir_instr *value = rt(b, IR_RT_TRY, ints ? RT_MEMBER_dict_find_ints : RT_MEMBER_dict_find, n, args);
	struct frame *here = split_none(b, value);
	fail_unseen(b, u, PyExc_KeyError);
	if (b->block)
		raise_by(b, ints ? RT_MEMBER_fail_key_ints : RT_MEMBER_fail_key, n - 1, args + 1);
	unsplit(b, here);
	return value;
}
