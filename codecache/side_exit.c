/* side_exit.c - from the raw words that native code left behind to the objects of CPython's frame. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/exceptions.h"
#include "codecache/jit/managers.h"
#include "codecache/jit/outgrown.h"
#include "codecache/loops.h"
#include "codecache/native_priv.h"
#include "codecache/runtime.h"
#include "common/cleanup.h"

/* A cell or a tuple that may stand in several places. */
struct exit_shared {
	const struct state_value *state; /* the one of its places that it was made for */
	PyObject *object;
};

enum { FEW = 16 }; /* slots of an exit, and values of its frame, that are on the C stack */

struct rebuild {
	const struct specialization *s;
	const struct side_exit *exit;
	PyObject *globals;
	PyObject *raiser;  /* owned: of the exception that native code has left with, until its frame has it */
	bool has_outgrown; /* an int that the code has no room for */
	PyObject **made;   /* by slot, owned: the object made of it, for the other places of the same value */
	uint32_t n_shared, cap_shared;
	struct exit_shared *shared; /* owned: those made so far */
	PyObject *few[FEW];         /* room for the values of the outermost frame, if they are few */
};

/* The object of v in *ret, a new reference; NULL for UNBOUND and NULL.  0, or -1 with an exception. */
static int rebuild_value(struct rebuild *b, const struct state_value *v, PyObject **ret);

/* A child that is an object for sure; NULL with an exception. */
static PyObject *rebuild_child(struct rebuild *b, const struct state_value *v, uint32_t i)
{
	PyObject *object;
	if (rebuild_value(b, v->children[i], &object) < 0)
		return NULL;
	if (!object)
		PyErr_SetString(PyExc_SystemError, "preforge: a state lacks a value");
	return object;
}

static PyObject *rebuild_tuple(struct rebuild *b, const struct state_value *v)
{
	PyObject *tuple = PyTuple_New(v->n_children);
	for (uint32_t i = 0; tuple && i < v->n_children; i++) {
		PyObject *item = rebuild_child(b, v, i);
		if (!item)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, i, item);
	}
	return tuple;
}

static PyObject *rebuild_keywords(struct rebuild *b, const struct state_value *v)
{
	PyObject *dict = PyDict_New();
	for (uint32_t i = 0; dict && i + 1 < v->n_children; i += 2) {
		PyObject *value = rebuild_child(b, v, i + 1);
		if (!value || PyDict_SetItem(dict, b->s->consts[2 + v->children[i]->index], value) < 0)
			Py_CLEAR(dict);
		Py_XDECREF(value);
	}
	return dict;
}

/* Its class is borrowed from the slot, or is a constant's. */
static PyObject *rebuild_record(struct rebuild *b, const struct state_value *v)
{
	PyObject *values[RT_MAX_VALUES], *class, *made = NULL;
	uint32_t n = v->n_children - 2, i = 0;
	if (n > RT_MAX_VALUES || !(class = rebuild_child(b, v, 1)))
		return NULL;
	while (i < n && (values[i] = rebuild_child(b, v, i + 2)))
		i++;
	if (i == n)
		made = runtime_table()->new_record(class, b->s->consts[2 + v->children[0]->index], values, n);
	else
		while (i-- > 0)
			Py_DECREF(values[i]);
	Py_DECREF(class);
	return made;
}

/* The exception begins to be handled, as PUSH_EXC_INFO does it.  Nobody will look at it before POP_EXCEPT. */
static PyObject *rebuild_unseen(struct rebuild *b, const struct state_value *v)
{
	PyObject *class = rebuild_child(b, v, 0);
	PyObject *exception = class ? PyObject_CallNoArgs(class) : NULL;
	PyObject *previous = exception ? runtime_table()->push_exc(exception) : NULL;
	Py_XDECREF(exception);
	Py_XDECREF(class);
	return previous;
}

static PyObject *rebuild_bound(struct rebuild *b, const struct state_value *v)
{
	PyObject *function = rebuild_child(b, v, 0), *self;
	if (!function || rebuild_value(b, v->children[1], &self) < 0) {
		Py_XDECREF(function);
		return NULL;
	}
	return runtime_table()->new_bound(function, self);
}

static PyObject *rebuild_complex(struct rebuild *b, const struct state_value *v)
{
	return PyComplex_FromDoubles(b->exit->slot[v->children[0]->slot].f, b->exit->slot[v->children[1]->slot].f);
}

static PyObject *rebuild_cell(struct rebuild *b, const struct state_value *v)
{
	PyObject *value;
	if (rebuild_value(b, v->children[0], &value) < 0)
		return NULL;
	PyObject *cell = PyCell_New(value);
	Py_XDECREF(value);
	return cell;
}

/* A new reference to what was made for another place; NULL: nothing yet. */
static PyObject *find_shared(const struct rebuild *b, const struct state_value *v)
{
	for (uint32_t i = 0; i < b->n_shared; i++)
		if (b->shared[i].state->kind == v->kind && b->shared[i].state->index == v->index)
			return Py_NewRef(b->shared[i].object);
	return NULL;
}

static bool has_room_for_shared(struct rebuild *b)
{
	if (b->n_shared < b->cap_shared)
		return true;
	uint32_t cap = 2 * b->cap_shared + 8;
	struct exit_shared *shared = realloc(b->shared, cap * sizeof(*shared));
	if (!shared)
		return false;
	b->shared = shared;
	b->cap_shared = cap;
	return true;
}

static PyObject *rebuild_shared(struct rebuild *b, const struct state_value *v,
				PyObject *(*rebuild)(struct rebuild *b, const struct state_value *v))
{
	PyObject *object = find_shared(b, v);
	if (object)
		return object;
	if ((object = rebuild(b, v)) && !has_room_for_shared(b)) {
		Py_CLEAR(object);
		PyErr_NoMemory();
	}
	if (object)
		b->shared[b->n_shared++] = (struct exit_shared){ v, Py_NewRef(object) };
	return object;
}

/* What make() gives for the first two children, ... */
static PyObject *rebuild_of_two(struct rebuild *b, const struct state_value *v,
				PyObject *(*make)(PyObject *, PyObject *))
{
	PyObject *first = rebuild_child(b, v, 0);
	PyObject *second = first ? rebuild_child(b, v, 1) : NULL;
	PyObject *made = second ? make(first, second) : NULL;
	Py_XDECREF(first);
	Py_XDECREF(second);
	return made;
}

/* ... and for three. */
static PyObject *rebuild_of_three(struct rebuild *b, const struct state_value *v,
				  PyObject *(*make)(PyObject *, PyObject *, PyObject *))
{
	PyObject *first = rebuild_child(b, v, 0);
	PyObject *second = first ? rebuild_child(b, v, 1) : NULL;
	PyObject *third = second ? rebuild_child(b, v, 2) : NULL;
	PyObject *made = third ? make(first, second, third) : NULL;
	Py_XDECREF(first);
	Py_XDECREF(second);
	Py_XDECREF(third);
	return made;
}

static PyObject *rebuild_enumerate(struct rebuild *b, const struct state_value *v)
{
	PyObject *iter = rebuild_of_two(b, v, runtime_seq_iter);
	PyObject *count = iter ? rebuild_child(b, v, 2) : NULL;
	PyObject *made = count ? runtime_enumerate(iter, count) : NULL;
	Py_XDECREF(iter);
	Py_XDECREF(count);
	return made;
}

static PyObject *rebuild_best(struct rebuild *b, const struct state_value *v)
{
	PyObject *parts[STATE_BEST_PARTS] = { NULL }, *made = NULL;
	uint32_t n = 0;
	while (n < STATE_BEST_PARTS && rebuild_value(b, v->children[n], &parts[n]) == 0)
		n++;
	if (n == STATE_BEST_PARTS)
		made = runtime_best(v->kind == STATE_MAX, parts);
	while (n > 0)
		Py_XDECREF(parts[--n]);
	return made;
}

/* As MAKE_FUNCTION in Python/ceval.c. */
static PyObject *rebuild_function(struct rebuild *b, const struct state_value *v)
{
	PyObject *closure;
	if (rebuild_value(b, v->children[0], &closure) < 0)
		return NULL;
	PyObject *code = b->s->consts[2 + v->index];
	PyObject *function = PyFunction_New(code, b->globals);
	if (function && closure && PyFunction_SetClosure(function, closure) < 0)
		Py_CLEAR(function);
	Py_XDECREF(closure);
	return function;
}

static PyObject *rebuild_new_generator(struct rebuild *b, const struct state_value *v)
{
	PyObject *function = rebuild_child(b, v, 0), *generator = NULL;
	PyObject *argument = function ? rebuild_child(b, v, 1) : NULL;
	if (argument)
		generator = PyObject_CallOneArg(function, argument);
	Py_XDECREF(function);
	Py_XDECREF(argument);
	return generator;
}

/* Of an iterator over the object that raises when asked for its negative. */
static PyObject *rebuild_raises(struct rebuild *b)
{
	PyObject *raiser = steal_ptr(b->raiser), *raises = raiser ? runtime_raises(raiser) : PyErr_NoMemory();
	Py_XDECREF(raiser);
	return raises;
}

static void values_free(PyObject **values, const struct rebuild *b)
{
	if (values != b->few)
		PyMem_Free(values);
}

/* What code that is made anew is made for. */
static void note_outgrown(struct rebuild *b, const struct state_frame *frame, PyObject *const *values)
{
	PyObject *code = specialization_original(b->s, frame->code);
	if (code && outgrown_see(code, frame->pc, values, frame->n_locals, frame->n_stack,
				 b->s->meta.exits[b->exit->number].whys))
		b->has_outgrown = true;
}

/* The frame's locals, then its stack, with what raises on top if it does; NULL with an exception. The array is the
 * caller's, with its references: values_free() it.  It is few, if that is not NULL and has the room. */
static PyObject **rebuild_frame(struct rebuild *b, const struct state_frame *frame, PyObject **few)
{
	uint32_t n = frame->n_locals + frame->n_stack;
	PyObject **values = few && n + 2 <= FEW ? few : PyMem_Malloc((n + 2) * sizeof(*values));
	if (!values) {
		PyErr_NoMemory();
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct state_value *v =
			i < frame->n_locals ? frame->locals[i] : frame->stack[i - frame->n_locals];
		if (rebuild_value(b, v, &values[i]) < 0) {
			while (i > 0)
				Py_XDECREF(values[--i]);
			values_free(values, b);
			return NULL;
		}
	}
	if (!frame->raises)
		note_outgrown(b, frame, values);
	values[n] = frame->raises ? steal_ptr(b->raiser) : NULL;
	values[n + 1] = NULL;
	return values;
}

static PyObject *rebuild_generator(struct rebuild *b, const struct state_frame *frame)
{
	PyObject *code;
	PyObject **values = rebuild_frame(b, frame, NULL);
	if (!values)
		return NULL;
	uint32_t landing = specialization_find(b->s, frame, &code)->landing;
	PyObject *generator = switch_generator(code, landing, switch_is_begin(code, frame->pc), b->globals, values,
					       frame->n_stack + (uint32_t)frame->raises);
	PyMem_Free(values);
	return generator;
}

static PyObject *rebuild_rest(struct rebuild *b, const struct state_frame *frame)
{
	PyObject *code;
	PyObject **values = rebuild_frame(b, frame, NULL);
	if (!values)
		return NULL;
	uint32_t landing = specialization_find(b->s, frame, &code)->landing;
	PyObject *rest = switch_rest(code, landing, b->globals, values, frame->n_stack + (uint32_t)frame->raises);
	PyMem_Free(values);
	return rest;
}

static PyObject *rebuild_manager(struct rebuild *b, const struct state_value *v)
{
	PyObject *generator = rebuild_child(b, v, 0);
	return generator ? manager_new(generator, v->kind == STATE_LEAVES) : NULL;
}

/* The object of a leaf.  One slot is one value, and one object in all its places, as it was in CPython. */
static PyObject *rebuild_leaf(struct rebuild *b, const struct state_value *v)
{
	const union side_exit_slot *slot = &b->exit->slot[v->slot];
	PyObject **made = &b->made[v->slot];
	if (*made)
		return Py_NewRef(*made);
	switch (v->kind) {
	case STATE_I64: *made = runtime_table()->box_i64(slot->i); break;
	case STATE_U64: *made = runtime_table()->box_u64(slot->i); break;
	case STATE_F64: *made = runtime_table()->box_f64(slot->f); break;
	case STATE_BOOL: *made = runtime_table()->box_bool(slot->i); break;
	case STATE_I128: *made = runtime_table()->box_i128(slot[0].i, slot[1].i); break;
	default: return runtime_seen(slot->o);
	}
	return Py_XNewRef(*made);
}

static int rebuild_value(struct rebuild *b, const struct state_value *v, PyObject **ret)
{
	*ret = NULL;
	switch (v->kind) {
	case STATE_UNBOUND:
	case STATE_NULL:
	case STATE_KIND_COUNT: return 0;
	case STATE_I64:
	case STATE_F64:
	case STATE_BOOL:
	case STATE_I128:
	case STATE_U64:
	case STATE_OBJ:
	case STATE_OWNED:
		*ret = rebuild_leaf(b, v);
		if (!*ret && !b->exit->slot[v->slot].o)
			return 0; /* CPython's NULL */
		break;
	case STATE_CONST: *ret = Py_NewRef(b->s->consts[2 + v->index]); break;
	case STATE_RANGE: *ret = rebuild_of_three(b, v, runtime_range); break;
	case STATE_RANGE_ITER: *ret = rebuild_of_three(b, v, runtime_range_iter); break;
	case STATE_REV_ITER: *ret = rebuild_of_two(b, v, runtime_rev_iter); break;
	case STATE_SEQ_ITER: *ret = rebuild_of_two(b, v, runtime_seq_iter); break;
	case STATE_ENUMERATE: *ret = rebuild_enumerate(b, v); break;
	case STATE_ZIP: *ret = rebuild_of_two(b, v, runtime_zip); break;
	case STATE_UNSEEN: *ret = rebuild_unseen(b, v); break;
	case STATE_SLICE: *ret = rebuild_of_three(b, v, PySlice_New); break;
	case STATE_CHAIN: *ret = rebuild_of_two(b, v, runtime_chain); break;
	case STATE_MAP: *ret = rebuild_of_two(b, v, runtime_map); break;
	case STATE_FILTER: *ret = rebuild_of_two(b, v, runtime_filter); break;
	case STATE_MIN:
	case STATE_MAX: *ret = rebuild_best(b, v); break;
	case STATE_COMPRESS: *ret = rebuild_of_two(b, v, runtime_compress); break;
	case STATE_RAISES: *ret = rebuild_raises(b); break;
	case STATE_CELL: *ret = rebuild_shared(b, v, rebuild_cell); break;
	case STATE_VALUES: *ret = rebuild_shared(b, v, rebuild_tuple); break;
	case STATE_KEYWORDS: *ret = rebuild_shared(b, v, rebuild_keywords); break;
	case STATE_BOUND: *ret = rebuild_bound(b, v); break;
	case STATE_MANAGER:
	case STATE_LEAVES: *ret = rebuild_manager(b, v); break;
	case STATE_RECORD: *ret = rebuild_shared(b, v, rebuild_record); break;
	case STATE_COMPLEX: *ret = rebuild_shared(b, v, rebuild_complex); break;
	case STATE_TUPLE: *ret = rebuild_tuple(b, v); break;
	case STATE_FUNCTION: *ret = rebuild_function(b, v); break;
	case STATE_GENERATOR_NEW: *ret = rebuild_new_generator(b, v); break;
	case STATE_GENERATOR: *ret = rebuild_generator(b, v->frame); break;
	case STATE_REST: *ret = rebuild_rest(b, v->frame); break;
	}
	return *ret ? 0 : -1;
}

/* ---- references that native code owned ------------------------------------- */

static void drop_frame(const struct rebuild *b, const struct state_frame *frame);

/* A cell stands in the frame that made it and in each closure that has it, a tuple in all places that hold it; what is
 * in it was owned once.  (One that could not be made, for want of memory, is not dropped either.) */
static bool is_first_place(const struct rebuild *b, const struct state_value *shared)
{
	for (uint32_t i = 0; i < b->n_shared; i++)
		if (b->shared[i].state == shared)
			return true;
	return false;
}

static void drop_owned(const struct rebuild *b, struct state_value *const *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct state_value *v = values[i];
		if (state_is_shared(v->kind) && !is_first_place(b, v))
			continue;
		if (v->kind == STATE_OWNED)
			Py_XDECREF(b->exit->slot[v->slot].o);
		if (v->n_children)
			drop_owned(b, v->children, v->n_children);
		if (v->frame)
			drop_frame(b, v->frame);
	}
}

static void drop_frame(const struct rebuild *b, const struct state_frame *frame)
{
	drop_owned(b, frame->locals, frame->n_locals);
	drop_owned(b, frame->stack, frame->n_stack);
}

/* ---- taking the exit ------------------------------------------------------- */

static bool raises(const struct state_frame *frame);

static bool value_raises(const struct state_value *v)
{
	for (uint32_t i = 0; i < v->n_children; i++)
		if (value_raises(v->children[i]))
			return true;
	if (v->kind == STATE_RAISES)
		return true;
	return v->frame && raises(v->frame);
}

/* Whether one of the frames of this state goes on by raising what is set. */
static bool raises(const struct state_frame *frame)
{
	for (uint32_t i = 0; !frame->raises && i < frame->n_stack; i++)
		if (value_raises(frame->stack[i]))
			return true;
	return frame->raises;
}

static PyObject *raiser_of_current(void)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	return switch_raiser(type, value, traceback);
}

/* The whole state of the exit as objects; NULL with an exception.  What native code owned is dropped. */
static PyObject **rebuild(struct rebuild *b, const struct unit_exit *meta)
{
	PyObject **values = NULL, *few[FEW];
	b->made = meta->n_slots <= FEW ? few : PyMem_Malloc(meta->n_slots * sizeof(*b->made));
	for (uint32_t i = 0; b->made && i < meta->n_slots; i++)
		b->made[i] = NULL;
	if (!b->made)
		PyErr_NoMemory();
	else
		values = rebuild_frame(b, &meta->frame, b->few);
	for (uint32_t i = 0; b->made && i < meta->n_slots; i++)
		Py_XDECREF(b->made[i]);
	if (b->made != few)
		PyMem_Free(b->made);
	drop_frame(b, &meta->frame);
	for (uint32_t i = 0; i < b->n_shared; i++)
		Py_DECREF(b->shared[i].object);
	free(b->shared);
	return values;
}

/* The same of a frame that raises what is set, which is set afterwards, too. */
static PyObject **rebuild_raising(struct rebuild *b, const struct unit_exit *meta)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyObject **values = rebuild(b, meta);
	if (values) {
		PyErr_Restore(type, value, traceback);
		return values;
	}
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return NULL;
}

/* The same of a frame that goes on; others in its state may raise what is set. */
static PyObject **rebuild_with_raiser(struct rebuild *b, const struct unit_exit *meta)
{
	if (raises(&meta->frame) && !(b->raiser = raiser_of_current()))
		PyErr_Clear(); /* no memory for the exception: MemoryError by what follows */
	PyObject **values = rebuild(b, meta);
	if (!values)
		Py_XDECREF(b->raiser);
	return values;
}

/* ---- exceptions that leave the function again --------------------------------- */

bool side_exit_passes(const struct specialization *s, const struct state_frame *frame)
{
	PyObject *code;
	return !frame->raises && !specialization_is_body(s, frame) && specialization_find(s, frame, &code)->passes;
}

/* Where it was raised. */
static uint32_t place_raised(const struct state_frame *frame, const struct resume_point *point, PyObject **values)
{
	PyObject **top = &values[frame->n_locals + frame->n_stack - 1];
	return point->place ? (uint32_t)PyLong_AsLong(top[-(int)point->place]) : point->at;
}

/* Out of the stub: whether the exception on top of the stack has been raised there. */
static bool pass_on_from_stub(const struct specialization *s, const struct switch_call *call,
			      const struct state_frame *frame, const struct resume_point *point, PyObject **values)
{
	uint32_t n = frame->n_stack - 1, at = place_raised(frame, point, values);
	PyObject **stack = values + frame->n_locals, *exception = stack[n];
	if (!switch_was_raised_at(call, at, exception))
		return false;
	while (n > 0)
		Py_XDECREF(stack[--n]);
	switch_raise_again(call, s->original, at, exception, values);
	return true;
}

/* Out of a function that was called directly. */
static void pass_on(const struct specialization *s, const struct state_frame *frame, const struct resume_point *point,
		    PyObject **locals, PyObject **values)
{
	uint32_t n = frame->n_stack - 1;
	PyObject *exception = values[frame->n_locals + n];
	uint32_t at = place_raised(frame, point, values);
	PyErr_Restore(Py_NewRef(Py_TYPE(exception)), exception, PyException_GetTraceback(exception));
	(void)call_go_on(locals, specialization_original(s, frame->code), at, CALL_PASSES, values, n);
}

static int take(const struct specialization *s, const struct switch_call *call, const struct side_exit *exit)
{
	const struct unit_exit *meta = &s->meta.exits[exit->number];
	const struct state_frame *frame = &meta->frame;
	PyObject *code;
	const struct resume_point *point = specialization_find(s, frame, &code);
	/* The entry: nothing has been done yet, the frame holds all there is, and its code makes its cells itself.  Nor
	 * has anything at that of a loop. */
	if (exit->number == 0 || frame->pc == 0) {
		switch_to_start(call, code, point->landing);
		return 0;
	}
	struct rebuild b = { .s = s, .exit = exit, .globals = PyFunction_GET_GLOBALS(call->function) };
	bool plain = frame->raises && !point->handled;
	PyObject **values = plain ? rebuild_raising(&b, meta) : rebuild_with_raiser(&b, meta);
	if (!values)
		return -1;
	if (plain) {
		for (uint32_t i = 0; i < frame->n_stack; i++)
			Py_XDECREF(values[frame->n_locals + i]);
		switch_raise(call, s->original, point->at, values);
	} else if (side_exit_passes(s, frame) && pass_on_from_stub(s, call, frame, point, values)) {
		plain = true;
	} else {
		switch_to(call, code, point->landing, values, frame->n_stack + (uint32_t)frame->raises);
	}
	values_free(values, &b);
	return plain ? -1 : 0;
}

/* Room for the words of an exit with few slots. */
struct few_slots {
	int64_t words[1 + FEW];
};

/* What native code stored, before anything can run that stores there again.  In few, if they are; slots_free() it.
 * NULL with an exception. */
static struct side_exit *take_slots(const struct specialization *s, struct side_exit *exit, struct few_slots *few)
{
	int64_t number = exit->number;
	exit->number = -1;
	if (number < 0 || number >= s->meta.n_exits) {
		PyErr_Format(PyExc_SystemError, "preforge: %s has no side exit %lld", s->meta.name, (long long)number);
		return NULL;
	}
	size_t size = offsetof(struct side_exit, slot) + s->meta.exits[number].n_slots * sizeof(exit->slot[0]);
	struct side_exit *copy = size <= sizeof(*few) ? (struct side_exit *)few : PyMem_Malloc(size);
	if (!copy) {
		PyErr_NoMemory();
		return NULL;
	}
	memcpy(copy, exit, size);
	copy->number = number;
	return copy;
}

static void slots_free(struct side_exit *copy, struct few_slots *few)
{
	if (copy != (struct side_exit *)few)
		PyMem_Free(copy);
}

/* ---- exceptions that need not be made ----------------------------------------- */

/* Where on the stack the class is that an instance of is about to be raised; all above it are its arguments. */
static uint32_t place_of_class(const struct state_frame *frame)
{
	uint32_t i = frame->n_stack;
	while (i > 0 && frame->stack[i - 1]->kind != STATE_NULL)
		i--;
	return i > 0 ? i : frame->n_stack - 1;
}

PyObject *side_exit_throws(const struct specialization *s, const struct side_exit *exit)
{
	const struct state_frame *frame =
		(uint64_t)exit->number < s->meta.n_exits ? &s->meta.exits[exit->number].frame : NULL;
	if (!frame || !frame->throws)
		return NULL;
	const struct state_value *v = frame->stack[place_of_class(frame)];
	PyObject *class = v->kind == STATE_OBJ || v->kind == STATE_OWNED ? exit->slot[v->slot].o : NULL;
	return class && exception_class_is_plain(class) ? class : NULL;
}

enum { MAX_DROPPED = 16 };

/* References that end together. */
struct ends {
	uint32_t n;
	PyObject *objects[MAX_DROPPED];
};

static bool ends_with(struct ends *ends, PyObject *object)
{
	if (ends->n == MAX_DROPPED)
		return false;
	if (object)
		ends->objects[ends->n++] = object;
	return true;
}

/* false: they are too many, or made anew for each place. */
static bool find_ends(const struct side_exit *exit, struct state_value *const *values, uint32_t n, struct ends *ends)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct state_value *v = values[i];
		uint32_t before = ends->n;
		if (v->frame || !find_ends(exit, v->children, v->n_children, ends) ||
		    (state_is_shared(v->kind) && ends->n > before))
			return false;
		if (v->kind == STATE_OWNED && !ends_with(ends, exit->slot[v->slot].o))
			return false;
	}
	return true;
}

/* Whether no Python code runs when they have ended: of each there is another reference, or it is of a type that has
 * nothing to say. */
static bool end_quietly(const struct ends *ends)
{
	for (uint32_t i = 0; i < ends->n; i++) {
		PyObject *o = ends->objects[i];
		Py_ssize_t n = 0;
		if (PyUnicode_CheckExact(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyBytes_CheckExact(o))
			continue;
		for (uint32_t k = 0; k < ends->n; k++)
			n += ends->objects[k] == o;
		if (Py_REFCNT(o) <= n)
			return false;
	}
	return true;
}

bool side_exit_forget(const struct specialization *s, PyObject **locals, struct side_exit *exit)
{
	const struct state_frame *frame = &s->meta.exits[exit->number].frame;
	struct ends ends = { .n = 0 };
	uint32_t n_locals;
	if (!find_ends(exit, frame->locals, frame->n_locals, &ends) ||
	    !find_ends(exit, frame->stack, frame->n_stack, &ends) || !call_is_unseen(locals, &n_locals))
		return false;
	uint32_t n_mine = ends.n;
	for (uint32_t i = 0; i < n_locals; i++)
		if (!ends_with(&ends, locals[i]))
			return false;
	if (!end_quietly(&ends))
		return false;
	exit->number = -1;
	for (uint32_t i = 0; i < n_mine; i++)
		Py_DECREF(ends.objects[i]);
	return true;
}

/* The exception is made and raised as CPython would; its traceback says so. */
static PyObject *raise_at_once(const struct specialization *s, const struct state_frame *frame, PyObject **locals,
			       PyObject **values)
{
	PyObject **stack = values + frame->n_locals;
	uint32_t at = place_of_class(frame);
	PyObject *class = stack[at];
	PyObject *exception = PyObject_Vectorcall(class, stack + at + 1, frame->n_stack - at - 1, NULL);
	if (exception)
		PyErr_SetObject(class, exception);
	Py_XDECREF(exception);
	for (uint32_t i = 0; i < frame->n_stack; i++)
		Py_XDECREF(stack[i]);
	return call_go_on(locals, specialization_original(s, frame->code), frame->throws, CALL_ENDS, values, 0);
}

int side_exit_take(const struct specialization *s, const struct switch_call *call, struct side_exit *exit)
{
	struct few_slots few;
	struct side_exit *copy = take_slots(s, exit, &few);
	if (!copy)
		return -1;
	int r = -1;
	if (s->meta.exits[copy->number].frame.code == UINT32_MAX)
		r = take(s, call, copy);
	else
		PyErr_Format(PyExc_SystemError, "preforge: side exit %lld of %s is another function's",
			     (long long)copy->number, s->meta.name);
	slots_free(copy, &few);
	return r;
}

/* The entry of a function that the dispatcher calls: nothing has been done yet, and the frame holds all there is. */
static PyObject *go_on_from_start(PyObject *code, const struct resume_point *point, PyObject **locals, uint32_t n)
{
	PyObject **values = PyMem_Calloc((size_t)n + 1, sizeof(*values)), *result = NULL;
	if (!values)
		return PyErr_NoMemory();
	for (uint32_t i = 0; i < n; i++)
		values[i] = steal_ptr(locals[i]);
	result = call_go_on(locals, code, point->landing, CALL_BEGINS, values, 0);
	PyMem_Free(values);
	return result;
}

/* A generator's frame needs no landing, for which there is no room in it: CPython is told where it is. */
static bool needs_no_landing(const struct specialization *s, const struct state_frame *frame)
{
	return specialization_is_body(s, frame) && !frame->raises && !frame->call_arguments;
}

static enum call_point how_to_go_on(const struct specialization *s, const struct state_frame *frame,
				    const struct resume_point *point)
{
	if (frame->raises)
		return point->handled ? CALL_RAISES : CALL_ENDS;
	if (needs_no_landing(s, frame))
		return CALL_IS_AT;
	return frame->pc == 0 ? CALL_BEGINS : CALL_GOES_ON;
}

static PyObject *go_on_with(const struct specialization *s, const struct state_frame *frame, PyObject **locals,
			    PyObject **values)
{
	PyObject *code;
	const struct resume_point *point = specialization_find(s, frame, &code);
	uint32_t at = frame->raises ? point->at : point->landing;
	if (needs_no_landing(s, frame))
		at = frame->pc - 1;
	if (frame->raises || needs_no_landing(s, frame))
		code = specialization_original(s, frame->code);
	return call_go_on(locals, code, at, how_to_go_on(s, frame, point), values, frame->n_stack);
}

PyObject *side_exit_go_on(const struct specialization *s, PyObject **locals, struct side_exit *exit)
{
	struct few_slots few;
	struct side_exit *copy = take_slots(s, exit, &few);
	if (!copy)
		return NULL;
	const struct unit_exit *meta = &s->meta.exits[copy->number];
	const struct state_frame *frame = &meta->frame;
	bool throws = side_exit_throws(s, copy) != NULL;
	if (!throws)
		native_count_exit(s, copy->number);
	struct rebuild b = { .s = s, .exit = copy, .globals = call_globals(locals) };
	PyObject *code, *result = NULL;
	const struct resume_point *point = specialization_find(s, frame, &code);
	if (frame->code == UINT32_MAX && frame->pc == 0) {
		slots_free(copy, &few);
		return go_on_from_start(code, point, locals, frame->n_locals);
	}
	PyObject **values = frame->raises ? rebuild_raising(&b, meta) : rebuild_with_raiser(&b, meta);
	if (b.has_outgrown)
		native_note_outgrown(s);
	if (values && throws) {
		result = raise_at_once(s, frame, locals, values);
	} else if (values && !switch_must_interpret() && side_exit_passes(s, frame)) {
		pass_on(s, frame, point, locals, values);
	} else if (values) {
		loops_left(specialization_loops(s, frame->code), frame->pc);
		result = go_on_with(s, frame, locals, values);
	}
	if (values)
		values_free(values, &b);
	slots_free(copy, &few);
	return result;
}
