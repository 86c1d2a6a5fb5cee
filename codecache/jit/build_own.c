/* build_own.c - who owns the references of the frames' objects, as CPython's frames would: an object in a local or on
 * the stack is kept alive by it, and dies when it leaves there.
 *
 * References are counted as late as possible.  What was read from a local is kept alive by the local (OWN_LOCAL), what
 * was read from a list by the list (OWN_ITEM), until something comes that may let go of it: then it gets a reference of
 * its own (settle()).  Most never do. */
#include "config.h"

#include "codecache/jit/build_priv.h"
#include "codecache/jit/cpython311_loops.h"

/* The object whose reference av.own is about; NULL: none. */
struct ir_instr **av_object(struct av *v)
{
	if (v->object)
		return &v->object;
	bool has = v->kind == AV_OBJECT || v->kind == AV_SEQ_ITER || v->kind == AV_REAL_CELL || is_pair_iter(v);
	return has ? &v->v[0] : NULL;
}

static void emit_decref(struct builder *b, struct ir_instr *object)
{
	emit1(b, IR_DECREF, object)->imm.index = outermost_at(b);
}

void own(struct builder *b, struct av *v)
{
	struct ir_instr **object = av_object(v);
	for (uint32_t i = 0; av_has_items(v) && i < v->tuple->n; i++)
		if (v->tuple->items[i].own == OWN_ITEM || av_has_items(&v->tuple->items[i]))
			own(b, &v->tuple->items[i]);
	if (!object || v->own == OWN_OWNED)
		return;
	(void)emit1(b, IR_INCREF, *object);
	v->own = OWN_OWNED;
	b->raise = NULL;
}

/* Of a number, the object is not needed: another would do. */
static void forget_object(struct builder *b, struct av *v)
{
	struct ir_instr *object = v->object;
	enum own_kind own = v->own;
	v->object = NULL;
	v->own = OWN_NONE;
	if (own == OWN_OWNED)
		emit_decref(b, object);
	b->raise = NULL;
}

static void settle_one(struct av *v, void *data)
{
	struct builder *b = data;
	if (v->kind == AV_RECORD)
		v->tuple->is_checked = false;
	if (v->own != OWN_ITEM)
		return;
	if (v->object && av_is_unboxed(v))
		forget_object(b, v);
	else
		own(b, v);
}

void settle(struct builder *b)
{
	frames_each_place(b->top, settle_one, b);
}

/* A store of a number may end the life of a number in the list, or give it another value. */
static void settle_number(struct av *v, void *data)
{
	if (av_is_unboxed(v) || v->known == KNOWN_NONE || v->known == KNOWN_INT)
		settle_one(v, data);
}

void settle_numbers(struct builder *b)
{
	frames_each_place(b->top, settle_number, b);
}

void release(struct builder *b, struct av v)
{
	struct ir_instr **object = av_object(&v);
	if (v.kind == AV_SUSPENDED)
		release_suspended(b, &v);
	if (av_has_items(&v))
		tuple_release(b, v.tuple);
	if (!object || v.own != OWN_OWNED || (*object)->op == IR_CONST_NULL)
		return;
	if (!av_is_unboxed(&v) && !is_large_int(&v))
		settle(b); /* its death may run Python code */
	emit_decref(b, *object);
}

/* The lowest dies first, as in CPython. */
void drop(struct builder *b, uint32_t n)
{
	struct av *lowest = &b->top->stack[b->top->n_stack -= n];
	for (uint32_t i = 0; i < n; i++) {
		struct av v = lowest[i];
		lowest[i] = (struct av){ .kind = AV_NULL };
		release(b, v);
	}
}

void push_object(struct builder *b, struct ir_instr *object, enum own_kind own, enum known known)
{
	push(b, (struct av){ .kind = AV_OBJECT, .v = { object }, .own = own, .known = known });
}

/* Before a local changes: what was read from it and is still in use needs a reference of its own. */
void leave_local(struct builder *b, struct av *local)
{
	struct ir_instr **gone = av_object(local);
	if (!gone)
		return;
	frames_for_each (b->top, frame) {
		for (uint32_t i = 0; i < frame->n_stack; i++) {
			struct ir_instr **object = av_object(&frame->stack[i]);
			if (object && *object == *gone && frame->stack[i].own == OWN_LOCAL)
				own(b, &frame->stack[i]);
		}
	}
}

void unbind_local(struct builder *b, struct av *local)
{
	struct av old = *local;
	leave_local(b, local);
	*local = (struct av){ .kind = AV_UNBOUND };
	b->raise = NULL;
	release(b, old);
}

/* A copy of what is in a local, for the stack. */
struct av local_copy(const struct av *local)
{
	struct av copy = *local;
	if (copy.own == OWN_OWNED)
		copy.own = OWN_LOCAL;
	if (av_has_items(&copy))
		copy.tuple->places++;
	return copy;
}

/* Tuples stay what they are if all that is in them is of few shapes, too. */
static void normalise_value(struct builder *b, struct av *v)
{
	if (av_has_items(v) && v->kind != AV_BOUND && !tuple_is_quiet(v->tuple))
		(void)object_of(b, v);
	for (uint32_t i = 0; av_has_items(v) && i < v->tuple->n; i++)
		normalise_value(b, &v->tuple->items[i]);
	if (v->object && av_is_unboxed(v))
		forget_object(b, v);
	if (v->own == OWN_ITEM || v->own == OWN_LOCAL)
		own(b, v);
}

/* Whether an object can be made: not on the way to a handler of an exception that was not made either. */
static bool can_make(const struct frame *frame)
{
	for (uint32_t i = 0; i < frame->n_stack; i++)
		if (frame->stack[i].kind == AV_UNSEEN || frame->stack[i].kind == AV_UNBOUND)
			return false;
	return true;
}

/* What is in a local that the function does not read any more, but who gets its traceback can see: an object or nothing
 * is one shape, or a loop would be built once for its first round and once for the others.  So is a number, where there
 * are many such locals of several kinds, which would have as many versions as there are combinations. */
static void normalise_seen(struct builder *b, uint32_t target, uint32_t local)
{
	struct av *v = &b->top->locals[local];
	if (b->top->is_inlined)
		return;
	if (b->learning)
		learn_dead(b, target, local);
	bool crowd = !b->learning && learnt_dead_crowd(b, target) && can_make(b->top);
	if (b->learning || (!crowd && !learnt_dead_object(b, target, local)))
		return;
	if (crowd && (v->kind == AV_INT || v->kind == AV_FLOAT))
		*v = (struct av){ .kind = AV_OBJECT, .v = { owned_object_of(b, v) }, .own = OWN_OWNED };
	if (v->kind == AV_UNBOUND)
		*v = (struct av){ .kind = AV_OBJECT, .v = { null_object(b) }, .own = OWN_OWNED };
	if (v->kind == AV_OBJECT)
		v->known = KNOWN_NULLABLE;
}

/* What is in a local that nobody looks at any more: an object that dies when the local changes, or nothing. */
static void normalise_dead(struct builder *b, uint32_t target, uint32_t local)
{
	struct av *v = &b->top->locals[local];
	if (bound_is_builtin(v))
		*v = bound_self(b, *v);
	if (av_has_items(v))
		release(b, *v); /* nobody can tell */
	if (b->top->is_inlined) {
		*v = (struct av){ .kind = AV_UNBOUND };
		return;
	}
	if (v->kind == AV_REAL_CELL || v->kind == AV_SEQ_ITER || v->kind == AV_SUSPENDED || is_pair_iter(v))
		return;
	if (b->learning && v->kind == AV_OBJECT)
		learn_dead(b, target, local);
	else if (v->kind == AV_OBJECT)
		v->known = KNOWN_NULLABLE;
	else if (learnt_dead_object(b, target, local))
		*v = (struct av){
			.kind = AV_OBJECT, .v = { null_object(b) }, .own = OWN_OWNED, .known = KNOWN_NULLABLE
		};
	else
		*v = (struct av){ .kind = AV_UNBOUND };
}

void keep_identity(const struct frame *frame, uint32_t local)
{
	struct av *v = &frame->locals[local];
	if (!v->object || !av_is_unboxed(v) || !(frame->code->local_kinds[local] & BC_CELL) ||
	    !cpython_inner_asks_identity(frame->code->code))
		return;
	v->kind = AV_OBJECT;
	v->v[0] = v->object;
	v->object = NULL;
}

static void see_function(struct av *v, void *data)
{
	bool *ret_any = data;
	*ret_any |= v->kind == AV_CELL || v->kind == AV_CLOSURE || v->kind == AV_FUNCTION || v->kind == AV_GENERATOR ||
		    v->kind == AV_SUSPENDED;
}

/* How a local of the innermost frame may be looked at there.  A cell that no object was made for is the frame's alone
 * while there is no function that was not made either. */
static uint8_t live_at(struct builder *b, uint32_t target, uint32_t local)
{
	const struct bc_code *code = b->top->code;
	bool has_functions = false;
	if (code->local_kinds[local] & BC_CELL)
		frames_each_place(b->top, see_function, &has_functions);
	return has_functions ? BC_READ | BC_SEEN : code->live[target * code->n_locals + local];
}

/* Where ways meet, values have few shapes: objects own themselves, numbers are nothing but numbers, and dead locals are
 * all alike. */
void normalise(struct builder *b, uint32_t target)
{
	frames_for_each (b->top, frame) {
		const struct bc_code *code = frame->code;
		for (uint32_t i = 0; i < code->n_locals; i++) {
			struct av *v = &frame->locals[i];
			if (!frame->outer && i < code->n_params && !code->assigned[i])
				continue; /* the frame keeps it */
			keep_identity(frame, i);
			normalise_value(b, v);
			if (frame != b->top)
				continue;
			uint8_t live = live_at(b, target, i);
			if (!live)
				normalise_dead(b, target, i);
			else if (!(live & BC_READ))
				normalise_seen(b, target, i);
		}
		for (uint32_t i = 0; i < frame->n_stack; i++)
			normalise_value(b, &frame->stack[i]);
		if (frame->result == INLINE_INSTANCE)
			normalise_value(b, &frame->sum);
	}
}

/* ---- objects for values ---------------------------------------------------- */

struct ir_instr *null_object(struct builder *b)
{
	return emit0(b, IR_CONST_NULL);
}

struct ir_instr *const_instr(struct builder *b, uint32_t index)
{
	struct ir_instr *i = emit0(b, IR_CONST_OBJ);
	i->imm.index = index;
	return i;
}

struct ir_instr *name_object(struct builder *b)
{
	return const_instr(b, const_name(b, b->i->name));
}

uint32_t const_name(struct builder *b, const char *name)
{
	return ir_const_add(b->f, &(struct unit_const){ UNIT_CONST_NAME, (char *)name, 0, { 0 }, 0 });
}

uint32_t const_globals(struct builder *b, const char *name)
{
	size_t n = ir_module_length(name);
	char *module = ir_alloc(b->f, n + 1);
	memcpy(module, name ? name : "", n);
	return ir_const_add(b->f, &(struct unit_const){ UNIT_CONST_GLOBALS, module, 0, { 0 }, 0 });
}

struct ir_instr *globals_object(struct builder *b)
{
	return const_instr(b, const_globals(b, b->self ? b->self->root : NULL));
}

struct ir_instr *rt(struct builder *b, enum ir_op op, enum rt_member member, uint32_t n, struct ir_instr *const *args)
{
	b->runs_python |= may_raise(member);
	if (is_caught(b, op, member))
		return rt_caught(b, op, member, n, args);
	struct ir_instr *i = emit(b, op, n, args);
	i->imm.index = member;
	return i;
}

static void become(struct builder *b, struct av *v, struct ir_instr *object, enum known known)
{
	*v = (struct av){ .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED, .known = known };
	b->exit = b->raise = NULL;
}

struct boxed {
	struct builder *b;
	const struct av *number;
};

/* Other places that have the same number get the object, too: it is one object in CPython. */
static void share_box(struct av *place, void *data)
{
	const struct boxed *boxed = data;
	const struct av *number = boxed->number;
	if (place == number || place->kind != number->kind || place->v[0] != number->v[0] || place->object)
		return;
	place->object = number->object;
	place->own = OWN_OWNED;
	(void)emit1(boxed->b, IR_INCREF, number->object);
}

/* True and False are there already. */
static struct ir_instr *known_bool(struct builder *b, const struct ir_instr *value)
{
	struct ir_instr *object = const_instr(b, const_builtin(b, value->imm.i ? "True" : "False"));
	(void)emit1(b, IR_INCREF, object);
	return object;
}

static struct ir_instr *box(struct builder *b, struct av *v)
{
	static const enum rt_member members[AV_KIND_COUNT] = {
		[AV_INT] = RT_MEMBER_box_i64, [AV_FLOAT] = RT_MEMBER_box_f64, [AV_COMPLEX] = RT_MEMBER_box_complex,
		[AV_U64] = RT_MEMBER_box_u64, [AV_BOOL] = RT_MEMBER_box_bool,
	};
	struct ir_instr *value = v->v[0], *parts[] = { v->v[0], v->v[1] };
	bool is_known = v->kind == AV_BOOL && value->op == IR_CONST_BOOL;
	if (v->kind == AV_WIDE) {
		*v = av_of(AV_INT, emit1(b, IR_I128_TO_I64, value));
		value = v->v[0];
	} else if (v->kind == AV_BOOL && !is_known) {
		value = emit1(b, IR_BOOL_TO_I64, value);
	}
	v->object = is_known                ? known_bool(b, value)
		    : v->kind == AV_COMPLEX ? rt(b, IR_RT_OBJ, members[v->kind], 2, parts)
					    : rt(b, IR_RT_OBJ, members[v->kind], 1, &value);
	v->own = OWN_OWNED;
	if (v->kind != AV_BOOL)
		frames_each_place(b->top, share_box, &(struct boxed){ b, v });
	b->exit = b->raise = NULL;
	return v->object;
}

/* The cell object of a cell that native code kept as a plain local until now. */
static struct ir_instr *real_cell(struct builder *b, struct cell_ref cell)
{
	struct av *local = cell_local(b->top, cell);
	if (local->kind == AV_REAL_CELL)
		return local->v[0];
	struct ir_instr *value = local->kind == AV_UNBOUND ? null_object(b) : object_of(b, local);
	if (!value)
		return NULL;
	struct ir_instr *object = rt(b, IR_RT_OBJ, RT_MEMBER_new_cell, 1, &value);
	struct av old = *local;
	*local = (struct av){ .kind = AV_REAL_CELL, .v = { object }, .own = OWN_OWNED };
	b->exit = b->raise = NULL;
	release(b, old);
	return object;
}

static struct ir_instr *closure_tuple(struct builder *b, const struct made_function *function)
{
	struct ir_instr *cells[MAX_CELLS];
	for (uint32_t i = 0; i < function->n_cells; i++)
		if (!(cells[i] = real_cell(b, function->cells[i])))
			return NULL;
	for (uint32_t i = 0; i < function->n_cells; i++)
		(void)emit1(b, IR_INCREF, cells[i]);
	return rt(b, IR_RT_OBJ, RT_MEMBER_new_tuple, function->n_cells, cells);
}

static struct ir_instr *function_object(struct builder *b, const struct made_function *function)
{
	struct ir_instr *closure = function->n_cells ? closure_tuple(b, function) : null_object(b);
	if (!closure)
		return NULL;
	struct ir_instr *none = null_object(b);
	struct ir_instr *args[] = { globals_object(b), const_instr(b, function->code), none, none, none, closure };
	struct ir_instr *object = rt(b, IR_RT_OBJ, RT_MEMBER_new_function, 6, args);
	note_function(b, object, function->code_object);
	if (function->n_cells)
		emit_decref(b, closure);
	return object;
}

/* Of the parts' own objects, none is left. */
static struct ir_instr *slice_object(struct builder *b, const struct av *v)
{
	struct ir_instr *parts[3];
	for (int i = 0; i < 3; i++)
		parts[i] = v->index & (1U << i) ? rt(b, IR_RT_OBJ, RT_MEMBER_box_i64, 1, &v->v[i])
						: const_instr(b, const_builtin(b, "None"));
	struct ir_instr *slice = rt(b, IR_RT_OBJ, RT_MEMBER_new_slice, 3, parts);
	for (int i = 0; i < 3; i++)
		if (v->index & (1U << i))
			emit_decref(b, parts[i]);
	return slice;
}

struct ir_instr *object_of(struct builder *b, struct av *v)
{
	struct ir_instr **object = av_object(v), *made = NULL, *sequence;
	if (object && v->kind != AV_SEQ_ITER && !is_pair_iter(v))
		return *object;
	switch (v->kind) {
	case AV_SEQ_ITER:
	case AV_REVERSED:
	case AV_ENUMERATE:
	case AV_ZIP:
		own(b, v); /* the sequence stays alive until the iterator has it */
		sequence = v->v[0];
		made = v->kind == AV_ENUMERATE  ? rt(b, IR_RT_OBJ, RT_MEMBER_new_enumerate, 3, v->v)
		       : v->kind == AV_ZIP      ? rt(b, IR_RT_OBJ, RT_MEMBER_new_zip, 2, v->v)
		       : v->kind == AV_REVERSED ? rt(b, IR_RT_OBJ, RT_MEMBER_new_rev_iter, 2, v->v)
						: rt(b, IR_RT_OBJ, RT_MEMBER_new_seq_iter, 2, v->v);
		become(b, v, made, KNOWN_ITERATOR);
		emit_decref(b, sequence);
		return made;
	case AV_NULL: return null_object(b);
	case AV_CONST:
	case AV_BUILTIN: return const_instr(b, v->index);
	case AV_INT:
	case AV_FLOAT:
	case AV_COMPLEX:
	case AV_U64:
	case AV_BOOL:
	case AV_WIDE: return box(b, v);
	case AV_RANGE: made = rt(b, IR_RT_OBJ, RT_MEMBER_new_range, 3, v->v); break;
	case AV_TUPLE:
	case AV_BOUND:
	case AV_KEYWORDS:
	case AV_RECORD: return tuple_object(b, v);
	case AV_SLICE: made = slice_object(b, v); break;
	case AV_RANGE_ITER: made = rt(b, IR_RT_OBJ, RT_MEMBER_new_range_iter, 3, v->v); break;
	case AV_CELL:
		made = real_cell(b, v->cell);
		if (made)
			(void)emit1(b, IR_INCREF, made);
		break;
	case AV_CLOSURE: made = closure_tuple(b, v->function); break;
	case AV_FUNCTION: made = function_object(b, v->function); break;
	default: break;
	}
	if (made)
		become(b, v, made, v->kind == AV_RANGE ? KNOWN_RANGE : v->kind == AV_SLICE ? KNOWN_SLICE : KNOWN_NONE);
	return made;
}

/* A reference to hand over, of a value that stays in its place until pop(). */
struct ir_instr *owned_object_of(struct builder *b, struct av *v)
{
	struct ir_instr *object = object_of(b, v);
	if (!object)
		return NULL;
	if (!av_object(v)) { /* a constant */
		(void)emit1(b, IR_INCREF, object);
		*v = (struct av){ .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED };
		b->exit = b->raise = NULL;
	} else {
		own(b, v);
	}
	return object;
}

/* Objects for the n values on top of the stack, bottom first. */
bool objects_of(struct builder *b, uint32_t n, struct ir_instr **ret)
{
	for (uint32_t i = 0; i < n; i++)
		if (!object_of(b, peek(b, n - i)))
			return false;
	for (uint32_t i = 0; i < n; i++)
		ret[i] = object_of(b, peek(b, n - i));
	return true;
}

bool owned_objects_of(struct builder *b, uint32_t n, struct ir_instr **ret)
{
	for (uint32_t i = 0; i < n; i++)
		if (!(ret[i] = owned_object_of(b, peek(b, n - i))))
			return false;
	return true;
}
