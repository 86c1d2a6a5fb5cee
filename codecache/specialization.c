/* specialization.c - one compiled form of a function, ready to run here: the constants that it names are found, and the
 * resume code for all its exits is made.  All of it before the fork, so that workers share its pages. */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/deques.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/exit_why.h"
#include "codecache/loops.h"
#include "codecache/native_priv.h"
#include "common/cleanup.h"

/* ---- a copy of the description --------------------------------------------- */

/* Where memory ends, the copy has NULL, *failed is set, and unit_function_clear() frees the rest. */
static void *copy_array(const void *from, size_t size, bool *failed)
{
	void *to = malloc(size + 1);
	if (!to)
		*failed = true;
	else if (size)
		memcpy(to, from, size);
	return to;
}

static char *copy_text(const char *text, bool *failed)
{
	return text ? copy_array(text, strlen(text) + 1, failed) : NULL;
}

static struct state_value **copy_values(struct state_value **from, uint32_t n, bool *failed);

static void copy_frame(const struct state_frame *from, struct state_frame *to, bool *failed)
{
	*to = *from;
	to->locals = copy_values(from->locals, from->n_locals, failed);
	to->stack = copy_values(from->stack, from->n_stack, failed);
}

static struct state_value *copy_value(const struct state_value *from, bool *failed)
{
	struct state_value *to = copy_array(from, sizeof(*from), failed);
	if (!to)
		return NULL;
	to->instr = NULL;
	to->children = copy_values(from->children, from->n_children, failed);
	if (from->frame) {
		to->frame = calloc(1, sizeof(*to->frame));
		if (to->frame)
			copy_frame(from->frame, to->frame, failed);
		else
			*failed = true;
	}
	return to;
}

static struct state_value **copy_values(struct state_value **from, uint32_t n, bool *failed)
{
	struct state_value **to = calloc((size_t)n + 1, sizeof(struct state_value *));
	if (!to)
		*failed = true;
	for (uint32_t i = 0; to && i < n; i++)
		to[i] = copy_value(from[i], failed);
	return to;
}

static bool copy_meta(const struct unit_function *from, struct unit_function *to)
{
	bool failed = false;
	*to = *from;
	to->name = copy_text(from->name, &failed);
	to->symbol = copy_text(from->symbol, &failed);
	to->detail = copy_text(from->detail, &failed);
	to->params = copy_array(from->params, from->n_params * sizeof(*from->params), &failed);
	to->consts = calloc((size_t)from->n_consts + 1, sizeof(*to->consts));
	to->exits = calloc((size_t)from->n_exits + 1, sizeof(*to->exits));
	for (uint32_t i = 0; to->consts && i < from->n_consts; i++) {
		to->consts[i] = from->consts[i];
		to->consts[i].name = copy_text(from->consts[i].name, &failed);
	}
	for (uint32_t i = 0; to->exits && i < from->n_exits; i++) {
		to->exits[i].n_slots = from->exits[i].n_slots;
		to->exits[i].why = copy_text(from->exits[i].why, &failed);
		to->exits[i].whys = exit_whys(from->exits[i].why);
		copy_frame(&from->exits[i].frame, &to->exits[i].frame, &failed);
	}
	return !failed && to->consts && to->exits;
}

/* ---- constants ------------------------------------------------------------- */

/* co_consts[path[0]].co_consts[path[1]]...; borrowed, NULL if there is no such thing. */
static PyObject *find_object(const struct specialization *s, const struct unit_const *c)
{
	PyObject *object = s->original;
	if (c->name) {
		PyObject *function = callee_find(s->consts[0], c->name);
		object = function ? native_original_of(cpython_get_code(function)) : NULL;
		if (!object || (c->digest && callee_digest(object) != c->digest))
			return NULL;
	}
	for (uint32_t i = 0; i < c->n_path; i++) {
		if (!PyCode_Check(object))
			return NULL;
		PyObject *consts = ((PyCodeObject *)object)->co_consts;
		if (c->path[i] >= (size_t)PyTuple_GET_SIZE(consts))
			return NULL;
		object = PyTuple_GET_ITEM(consts, c->path[i]);
	}
	return object;
}

/* The compiler knows what the function or type of this name does: it must not be another one that was put there. */
static bool is_genuine(PyObject *object, const char *name)
{
	if (PyCFunction_CheckExact(object)) {
		PyObject *module = ((PyCFunctionObject *)object)->m_module;
		return strcmp(((PyCFunctionObject *)object)->m_ml->ml_name, name) == 0 && module &&
		       PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0;
	}
	if (PyType_Check(object))
		return !PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE) &&
		       strcmp(((PyTypeObject *)object)->tp_name, name) == 0;
	return object == Py_None || object == Py_True || object == Py_False || object == Py_Ellipsis ||
	       object == Py_NotImplemented;
}

static PyObject *find_default(const struct specialization *s, const struct unit_const *c)
{
	PyObject *function = callee_find(s->consts[0], c->name);
	PyObject *defaults = function ? PyFunction_GET_DEFAULTS(function) : NULL;
	if (!defaults || c->n_path != 1 || c->path[0] >= (size_t)PyTuple_GET_SIZE(defaults))
		return NULL;
	return PyTuple_GET_ITEM(defaults, c->path[0]);
}

/* "len", or "list.append": what a builtin type has under that name. */
static PyObject *find_builtin(PyObject *builtins, const char *name)
{
	const char *dot = strchr(name, '.');
	cleanup_free char *first = dot ? strndup(name, (size_t)(dot - name)) : strdup(name);
	if (!first)
		return NULL;
	PyObject *object = PyDict_GetItemString(builtins, first);
	if (dot && strcmp(first, "array") == 0) /* of the module's type: there is no builtin of that name */
		object = (PyObject *)buffer_array_type();
	else if (dot && strcmp(first, "deque") == 0)
		object = (PyObject *)deque_type();
	else if (object && !is_genuine(object, first))
		object = NULL;
	if (!object)
		return NULL;
	if (!dot)
		return Py_NewRef(object);
	PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : NULL;
	PyObject *method = dict ? PyDict_GetItemString(dict, dot + 1) : NULL;
	bool of_class = method && Py_IS_TYPE(method, &PyClassMethodDescr_Type); /* bound to the type */
	return of_class ? PyObject_GetAttrString(object, dot + 1) : Py_XNewRef(method);
}

/* Borrowed: they die with what is in them. */
static PyObject *find_globals(PyObject *globals, const char *module)
{
	return callee_globals(globals, &module);
}

static PyObject *find_const(const struct specialization *s, const struct unit_const *c)
{
	switch (c->kind) {
	case UNIT_CONST_OBJECT: return Py_XNewRef(find_object(s, c));
	case UNIT_CONST_DEFAULT: return Py_XNewRef(find_default(s, c));
	case UNIT_CONST_NAME: return PyUnicode_InternFromString(c->name);
	case UNIT_CONST_BUILTIN: return find_builtin(s->consts[1], c->name);
	case UNIT_CONST_GLOBALS: return find_globals(s->consts[0], c->name);
	case UNIT_CONST_KIND_COUNT: break;
	}
	return NULL;
}

static int find_consts(struct specialization *s, PyObject *globals, PyObject *builtins, struct cause *cause)
{
	s->consts = calloc(1 + (size_t)s->meta.n_consts + 2 + s->meta.n_cache, sizeof(*s->consts));
	if (!s->consts)
		return cause_set_errno(cause, -ENOMEM, "%s", s->meta.name);
	*s->consts++ = (PyObject *)s; /* for the functions of the runtime: specialization_of() */
	s->consts[0] = globals;       /* borrowed: the function that runs has it */
	s->consts[1] = Py_NewRef(builtins);
	for (uint32_t i = 0; i < s->meta.n_consts; i++) {
		const struct unit_const *c = &s->meta.consts[i];
		PyObject *object = s->consts[2 + i] = find_const(s, c);
		PyErr_Clear();
		if (object)
			continue;
		if (c->kind == UNIT_CONST_BUILTIN)
			return cause_set(cause, -EINVAL, "%s: builtins.%s is not CPython's own", s->meta.name, c->name);
		if (c->name)
			return cause_set(cause, -EINVAL, "%s: %s is not what it was", s->meta.name, c->name);
		return cause_set(cause, -EINVAL, "%s: the code object has no constant %u", s->meta.name, i);
	}
	return 0;
}

/* ---- resume code ----------------------------------------------------------- */

static struct specialization_code *find_code(const struct specialization *s, uint32_t index)
{
	for (uint32_t i = 0; i < s->n_codes; i++)
		if (s->codes[i].index == index)
			return &s->codes[i];
	return NULL;
}

PyObject *specialization_original(const struct specialization *s, uint32_t index)
{
	if (index == UINT32_MAX)
		return s->original;
	PyObject *code = index < s->meta.n_consts ? s->consts[2 + index] : NULL;
	return code && PyCode_Check(code) ? code : NULL;
}

struct loops *specialization_loops(const struct specialization *s, uint32_t index)
{
	const struct specialization_code *code = find_code(s, index);
	return code ? code->loops : NULL;
}

static int add_code(struct specialization *s, uint32_t index, struct specialization_code **ret)
{
	*ret = find_code(s, index);
	if (*ret)
		return 0;
	struct specialization_code *codes = realloc(s->codes, (s->n_codes + 1) * sizeof(*codes));
	if (!codes)
		return -ENOMEM;
	s->codes = codes;
	*ret = &codes[s->n_codes++];
	**ret = (struct specialization_code){ .index = index };
	return 0;
}

static int add_point(struct specialization_code *code, const struct state_frame *frame)
{
	if (code->n_points == code->cap_points) {
		uint32_t cap = code->cap_points ? 2 * code->cap_points : 16;
		struct resume_point *points = realloc(code->points, cap * sizeof(*points));
		if (!points)
			return -ENOMEM;
		code->points = points;
		code->cap_points = cap;
	}
	code->points[code->n_points++] = (struct resume_point){
		.pc = frame->pc,
		.call_arguments = frame->call_arguments,
		.raises = frame->raises,
	};
	return 0;
}

static int add_values(struct specialization *s, struct state_value *const *values, uint32_t n, struct cause *cause);

bool specialization_is_body(const struct specialization *s, const struct state_frame *frame)
{
	return frame->code == UINT32_MAX && ((PyCodeObject *)s->original)->co_flags & CO_GENERATOR;
}

/* A generator's frame is as large as its code says. */
static uint32_t stack_room(const struct specialization *s, const struct state_frame *frame, PyObject *code)
{
	uint32_t size = (uint32_t)((PyCodeObject *)code)->co_stacksize;
	if (specialization_is_body(s, frame))
		return frame->call_arguments ? size : size + 1;
	return size + RESUME_STACK_EXTRA;
}

static int add_frame(struct specialization *s, const struct state_frame *frame, struct cause *cause)
{
	PyObject *object = specialization_original(s, frame->code);
	if (!object)
		return cause_set(cause, -EINVAL, "%s: constant %u is no code object", s->meta.name, frame->code);
	uint32_t n_locals = cpython_local_count(object);
	if (frame->throws >= (uint32_t)Py_SIZE(object))
		return cause_set(cause, -EINVAL, "%s: an exit raises at %u where the code has %u units", s->meta.name,
				 frame->throws, (unsigned)Py_SIZE(object));
	if (frame->n_locals != n_locals)
		return cause_set(cause, -EINVAL, "%s: an exit has %u locals where the code has %u", s->meta.name,
				 frame->n_locals, n_locals);
	if (frame->n_stack >= stack_room(s, frame, object))
		return cause_set(cause, -EINVAL, "%s: the stack of an exit is too deep: %u", s->meta.name,
				 frame->n_stack);
	if (frame->call_arguments && frame->n_stack < frame->call_arguments + 2)
		return cause_set(cause, -EINVAL, "%s: the stack of an exit ends within a call", s->meta.name);
	struct specialization_code *code;
	int r = add_code(s, frame->code, &code);
	if (r == 0)
		r = add_point(code, frame);
	if (r < 0)
		return cause_set_errno(cause, r, "%s", s->meta.name);
	r = add_values(s, frame->locals, frame->n_locals, cause);
	return r < 0 ? r : add_values(s, frame->stack, frame->n_stack, cause);
}

static bool is_generator(PyObject *code)
{
	const PyCodeObject *co = (const PyCodeObject *)code;
	return co && co->co_flags & CO_GENERATOR && !(co->co_flags & (CO_VARARGS | CO_VARKEYWORDS)) &&
	       co->co_argcount <= SWITCH_MAX_ARGUMENTS && co->co_kwonlyargcount == 0;
}

static int add_values(struct specialization *s, struct state_value *const *values, uint32_t n, struct cause *cause)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct state_value *v = values[i];
		bool ok = true;
		switch (v->kind) {
		case STATE_CONST: ok = v->index < s->meta.n_consts; break;
		case STATE_FUNCTION: ok = v->index != UINT32_MAX && specialization_original(s, v->index); break;
		case STATE_GENERATOR: ok = v->frame && is_generator(specialization_original(s, v->frame->code)); break;
		case STATE_REST: ok = v->frame && specialization_original(s, v->frame->code); break;
		default: break;
		}
		if (!ok)
			return cause_set(cause, -EINVAL, "%s: an exit needs a constant that is not there",
					 s->meta.name);
		int r = add_values(s, v->children, v->n_children, cause);
		if (r == 0 && v->frame)
			r = add_frame(s, v->frame, cause);
		if (r < 0)
			return r;
	}
	return 0;
}

static void sort_points(struct specialization_code *code)
{
	uint32_t n = 0;
	qsort(code->points, code->n_points, sizeof(*code->points), cpython_compare_points);
	for (uint32_t i = 0; i < code->n_points; i++)
		if (n == 0 || cpython_compare_points(&code->points[n - 1], &code->points[i]) != 0)
			code->points[n++] = code->points[i];
	code->n_points = n;
}

static int make_code(const struct specialization *s, struct specialization_code *code, struct cause *cause)
{
	PyObject *original = specialization_original(s, code->index);
	struct loops_ways ways;
	code->loops = loops_of(original);
	loops_fill(code->loops, &ways);
	sort_points(code);
	code->code = cpython_resume_code(original, code->points, code->n_points, &ways.resume, cause);
	if (!code->code)
		return cause_prefix(cause, -EINVAL, "%s", s->meta.name);
	return loops_add_code(code->loops, code->code, &ways) ? 0 : cause_set_errno(cause, -ENOMEM, "%s", s->meta.name);
}

static int make_codes(struct specialization *s, struct cause *cause)
{
	struct specialization_code *own;
	int r = add_code(s, UINT32_MAX, &own);
	if (r == 0)
		r = add_point(own, &(struct state_frame){ .pc = 0 });
	if (r < 0)
		return cause_set_errno(cause, r, "%s", s->meta.name);
	for (uint32_t i = 0; i < s->meta.n_exits; i++) {
		r = add_frame(s, &s->meta.exits[i].frame, cause);
		if (r < 0)
			return r;
	}
	for (uint32_t i = 0; i < s->n_codes; i++) {
		r = make_code(s, &s->codes[i], cause);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What was found last, by frame: exceptions leave by the same exits again and again.  The GIL guards it. */
static struct found {
	const struct specialization *s;
	const struct state_frame *frame;
	const struct resume_point *point;
	PyObject *code; /* borrowed */
} found[64];

static struct found *found_of(const struct state_frame *frame)
{
	return &found[((uintptr_t)frame >> 4 ^ (uintptr_t)frame >> 10) % Py_ARRAY_LENGTH(found)];
}

static const struct resume_point *find(const struct specialization *s, const struct state_frame *frame,
				       PyObject **ret_code)
{
	const struct specialization_code *code = s->codes;
	while (code->index != frame->code)
		code++;
	const struct resume_point key = {
		.pc = frame->pc,
		.call_arguments = frame->call_arguments,
		.raises = frame->raises,
	};
	const struct resume_point *point =
		bsearch(&key, code->points, code->n_points, sizeof(key), cpython_compare_points);
	assert(point); /* make_codes() has been at every frame */
	*ret_code = code->code;
	return point;
}

const struct resume_point *specialization_find(const struct specialization *s, const struct state_frame *frame,
					       PyObject **ret_code)
{
	struct found *was = found_of(frame);
	if (was->s != s || was->frame != frame) {
		was->point = find(s, frame, &was->code);
		was->s = s;
		was->frame = frame;
	}
	*ret_code = was->code;
	return was->point;
}

/* ---- life ------------------------------------------------------------------ */

int specialization_new(PyObject *original, PyObject *globals, PyObject *builtins, const struct unit_function *meta,
		       const void *entry, struct specialization **ret, struct cause *cause)
{
	int r = -ENOMEM;
	struct specialization *s = calloc(1, sizeof(*s));
	if (!s)
		return cause_set_errno(cause, -ENOMEM, "%s", meta->name);
	s->original = original;
	s->entry = (native_entry)(uintptr_t)entry;
	if (!copy_meta(meta, &s->meta))
		(void)cause_set_errno(cause, r, "%s", meta->name);
	else
		r = find_consts(s, globals, builtins, cause);
	if (r == 0)
		r = make_codes(s, cause);
	if (r < 0) {
		specialization_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void specialization_free(struct specialization *s)
{
	if (!s)
		return;
	memset(found, 0, sizeof(found)); /* another's frames may lie where these did */
	for (uint32_t i = 0; i < s->n_codes; i++) {
		Py_XDECREF(s->codes[i].code);
		free(s->codes[i].points);
	}
	free(s->codes);
	if (s->consts)
		Py_XDECREF(s->consts[1]);
	for (uint32_t i = 0; s->consts && i < s->meta.n_consts; i++)
		if (s->meta.consts[i].kind != UNIT_CONST_GLOBALS)
			Py_XDECREF(s->consts[2 + i]);
	if (s->consts)
		free(s->consts - 1);
	unit_function_clear(&s->meta);
	free(s);
}
