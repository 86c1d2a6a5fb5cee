/* unit_json.c - a unit as JSON text, and back from untrusted text */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/rt.h"
#include "codecache/unit.h"
#include "common/cleanup.h"

enum { FORMAT = 1 }; /* of the JSON text; another one is refused */

const char *const value_type_words[VALUE_TYPE_COUNT] = {
#define X(name, word) [VALUE_##name] = word,
	VALUE_TYPES(X)
#undef X
};

static const char *const const_words[] = {
	[UNIT_CONST_OBJECT] = "object",   [UNIT_CONST_NAME] = "name",       [UNIT_CONST_BUILTIN] = "builtin",
	[UNIT_CONST_DEFAULT] = "default", [UNIT_CONST_GLOBALS] = "globals",
};
enum { CONST_KINDS = sizeof(const_words) / sizeof(const_words[0]) };

/* ---- writing: jansson keeps NULL out of arrays and objects, so a failed allocation shows at the top ---- */

static json_t *frame_json(const struct state_frame *frame);

static json_t *values_json(struct state_value *const *values, uint32_t n);

/* An array: the kind's word, then what the kind has. */
static json_t *value_json(const struct state_value *v)
{
	json_t *a = json_array();
	if (json_array_append_new(a, json_string(state_kind_words[v->kind])) < 0)
		goto fail;
	if ((v->kind == STATE_CONST || v->kind == STATE_FUNCTION || state_is_shared(v->kind)) &&
	    json_array_append_new(a, json_integer(v->index)) < 0)
		goto fail;
	if (state_kind_slots[v->kind] > 0 && json_array_append_new(a, json_integer(v->slot)) < 0)
		goto fail;
	if (v->frame && json_array_append_new(a, frame_json(v->frame)) < 0)
		goto fail;
	if (state_kind_children[v->kind] != 0 && json_array_append_new(a, values_json(v->children, v->n_children)) < 0)
		goto fail;
	return a;
fail:
	json_decref(a);
	return NULL;
}

static json_t *values_json(struct state_value *const *values, uint32_t n)
{
	json_t *a = json_array();
	for (uint32_t i = 0; i < n; i++) {
		if (json_array_append_new(a, value_json(values[i])) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

static json_t *frame_json(const struct state_frame *frame)
{
	json_int_t code = frame->code == UINT32_MAX ? -1 : (json_int_t)frame->code;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o*, s:o, s:o}", "code", code, "pc", (json_int_t)frame->pc, "line",
			 (json_int_t)frame->line, "call_arguments", (json_int_t)frame->call_arguments, "throws",
			 (json_int_t)frame->throws, "raises", frame->raises ? json_true() : NULL, "locals",
			 values_json(frame->locals, frame->n_locals), "stack",
			 values_json(frame->stack, frame->n_stack));
}

static bool is_by_name(enum unit_const_kind kind)
{
	return kind == UNIT_CONST_NAME || kind == UNIT_CONST_BUILTIN || kind == UNIT_CONST_GLOBALS;
}

static json_t *const_json(const struct unit_const *c)
{
	if (is_by_name(c->kind))
		return json_pack("{s:s, s:s}", "kind", const_words[c->kind], "name", c->name);
	json_t *path = json_array();
	for (uint32_t i = 0; i < c->n_path; i++)
		(void)json_array_append_new(path, json_integer(c->path[i]));
	if (!c->name)
		return json_pack("{s:s, s:o}", "kind", const_words[c->kind], "path", path);
	return json_pack("{s:s, s:o, s:s, s:I}", "kind", const_words[c->kind], "path", path, "of", c->name, "digest",
			 (json_int_t)c->digest);
}

static json_t *exit_json(const struct unit_exit *e)
{
	return json_pack("{s:I, s:s, s:o}", "slots", (json_int_t)e->n_slots, "why", e->why ? e->why : "", "frame",
			 frame_json(&e->frame));
}

static json_t *function_json(const struct unit_function *f)
{
	if (f->reason != REASON_NONE)
		return json_pack("{s:s, s:s, s:s?, s:s}", "name", f->name, "reason", reason_word(f->reason), "detail",
				 f->detail, "key", f->key);
	json_t *params = json_array(), *consts = json_array(), *exits = json_array();
	bool fine = true;
	for (uint32_t i = 0; i < f->n_params; i++)
		fine &= json_array_append_new(params, json_string(value_type_words[f->params[i]])) == 0;
	for (uint32_t i = 0; i < f->n_consts; i++)
		fine &= json_array_append_new(consts, const_json(&f->consts[i])) == 0;
	for (uint32_t i = 0; i < f->n_exits; i++)
		fine &= json_array_append_new(exits, exit_json(&f->exits[i])) == 0;
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:f, s:s, s:s?, s:I, s:o, s:o, s:o}", "name", f->name,
			      "reason", reason_word(f->reason), "key", f->key, "pure", f->pure, "checked", f->checked,
			      "gain", f->gain, "symbol", f->symbol, "detail", f->detail, "cache",
			      (json_int_t)f->n_cache, "params", params, "consts", consts, "exits", exits);
	if (f->loop.pc)
		fine &= json_object_set_new(o, "loop",
					    json_pack("{s:I, s:I}", "pc", (json_int_t)f->loop.pc, "stack",
						      (json_int_t)f->loop.n_stack)) == 0;
	if (!fine) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int unit_to_json(const struct unit *unit, json_t **ret, struct cause *cause)
{
	json_t *functions = json_array();
	for (uint32_t i = 0; i < unit->n_functions; i++) {
		/* jansson refuses what is not UTF-8 and cannot say so apart from memory. */
		if (json_array_append_new(functions, function_json(&unit->functions[i])) < 0) {
			json_decref(functions);
			return cause_set(cause, -ENOMEM, "cannot write the unit with %s as JSON",
					 unit->functions[i].name);
		}
	}
	*ret = json_pack("{s:i, s:I, s:I, s:s, s:b, s:b, s:s?, s:o, s:O*}", "format", FORMAT, "object_size",
			 (json_int_t)unit->object_size, "compile_us", (json_int_t)unit->compile_us, "key", unit->key,
			 "loaded", unit->loaded, "other_compiler", unit->other_compiler, "store_cause",
			 unit->store_cause, "functions", functions, "report", unit->report);
	return *ret ? 0 : cause_set(cause, -ENOMEM, "cannot write a unit as JSON");
}

/* ---- reading ---- */

struct reader {
	const struct unit_function *function; /* its consts are read already */
	uint32_t n_slots;                     /* of the exit that is read */
	uint32_t n_states;                    /* in the unit so far */
	struct cause *cause;
};

#define refuse(reader, ...) cause_set((reader)->cause, -EBADMSG, __VA_ARGS__)

static const json_t *member(struct reader *r, const json_t *object, const char *key, json_type type)
{
	static const char *const words[] = { [JSON_OBJECT] = "an object",
					     [JSON_ARRAY] = "an array",
					     [JSON_STRING] = "a string",
					     [JSON_INTEGER] = "an integer" };
	const json_t *value = json_object_get(object, key);
	if (value && json_typeof(value) == type)
		return value;
	(void)refuse(r, "\"%s\" is not %s", key, words[type]);
	return NULL;
}

static int number_read(struct reader *r, const json_t *value, const char *what, uint64_t limit, uint64_t *ret)
{
	if (!json_is_integer(value))
		return refuse(r, "%s is not an integer", what);
	json_int_t n = json_integer_value(value);
	if (n < 0 || (uint64_t)n >= limit)
		return refuse(r, "%s %lld is not from 0 to %llu", what, (long long)n, (unsigned long long)limit - 1);
	*ret = (uint64_t)n;
	return 0;
}

static int number_member(struct reader *r, const json_t *object, const char *key, uint64_t limit, uint64_t *ret)
{
	return number_read(r, json_object_get(object, key), key, limit, ret);
}

static int u32_member(struct reader *r, const json_t *object, const char *key, uint64_t limit, uint32_t *ret)
{
	uint64_t n = 0;
	int rc = number_member(r, object, key, limit, &n);
	*ret = (uint32_t)n;
	return rc;
}

/* The text of a JSON string as C has it. */
static int text_copy(struct reader *r, const json_t *value, const char *what, char **ret)
{
	if (!json_is_string(value))
		return refuse(r, "%s is not a string", what);
	size_t size = json_string_length(value);
	const char *s = json_string_value(value);
	if (size > UNIT_MAX_TEXT || memchr(s, '\0', size))
		return refuse(r, "%s is too long or has a null byte", what);
	*ret = strdup(s);
	return *ret ? 0 : cause_set_errno(r->cause, -ENOMEM, "%s", what);
}

static int text_member(struct reader *r, const json_t *object, const char *key, bool needed, char **ret)
{
	const json_t *value = json_object_get(object, key);
	if (!needed && (!value || json_is_null(value)))
		return 0;
	int rc = text_copy(r, value, key, ret);
	if (rc == 0 && needed && !**ret)
		return refuse(r, "%s is empty", key);
	return rc;
}

/* A digest, empty if it is not there. */
static int key_member(struct reader *r, const json_t *object, char ret[static DIGEST_TEXT])
{
	const char *text = json_string_value(json_object_get(object, "key"));
	if (!text || !*text)
		return 0;
	if (!digest_is_text(text))
		return refuse(r, "\"%.80s\" is no key", text);
	memcpy(ret, text, DIGEST_TEXT);
	return 0;
}

/* An array member of at most max elements, and zeroed memory for so many of size bytes. */
static const json_t *array_member(struct reader *r, const json_t *object, const char *key, size_t max, size_t size,
				  void *ret, uint32_t *ret_n)
{
	const json_t *array = member(r, object, key, JSON_ARRAY);
	if (!array)
		return NULL;
	size_t n = json_array_size(array);
	if (n > max) {
		(void)refuse(r, "\"%s\" has %zu elements, more than %zu", key, n, max);
		return NULL;
	}
	void *memory = calloc(n ? n : 1, size);
	if (!memory) {
		(void)cause_set_errno(r->cause, -ENOMEM, "%s", key);
		return NULL;
	}
	memcpy(ret, &memory, sizeof(memory));
	*ret_n = (uint32_t)n;
	return array;
}

static int word_read(struct reader *r, const json_t *value, const char *const *words, int n, const char *what, int *ret)
{
	const char *word = json_string_value(value);
	for (int i = 0; word && i < n; i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret = i;
			return 0;
		}
	}
	return refuse(r, "unknown %s \"%.40s\"", what, word ? word : "");
}

static int frame_read(struct reader *r, const json_t *json, unsigned depth, bool own, struct state_frame *ret);

static int value_read(struct reader *r, const json_t *json, unsigned depth, struct state_value **ret);

/* Read the values of an array into memory that is there already. */
static int values_read(struct reader *r, const json_t *array, const char *what, unsigned depth,
		       struct state_value **values)
{
	const json_t *element;
	size_t i;
	json_array_foreach ((json_t *)array, i, element) {
		int rc = value_read(r, element, depth, &values[i]);
		if (rc < 0)
			return cause_prefix(r->cause, rc, "%s %zu", what, i);
	}
	return 0;
}

static int index_read(struct reader *r, const json_t *json, struct state_value *v)
{
	const struct unit_function *f = r->function;
	uint64_t n = 0;
	int rc = number_read(r, json, state_is_shared(v->kind) ? "cell" : "constant",
			     state_is_shared(v->kind) ? (uint64_t)UNIT_MAX_CELLS : f->n_consts, &n);
	if (rc < 0)
		return rc;
	v->index = (uint32_t)n;
	if (v->kind == STATE_FUNCTION && f->consts[n].kind != UNIT_CONST_OBJECT)
		return refuse(r, "constant %u is a name, not code", v->index);
	return 0;
}

static int slot_read(struct reader *r, const json_t *json, struct state_value *v)
{
	uint64_t n = 0;
	int rc = number_read(r, json, "slot", SIDE_EXIT_MAX_SLOTS, &n);
	if (rc < 0)
		return rc;
	v->slot = (uint32_t)n;
	if (n + (uint64_t)state_kind_slots[v->kind] > r->n_slots)
		return refuse(r, "slot %u is beyond the exit's %u slots", v->slot, r->n_slots);
	return 0;
}

static bool is_int(enum state_kind kind)
{
	return kind == STATE_I64 || kind == STATE_I128 || kind == STATE_OBJ || kind == STATE_OWNED ||
	       kind == STATE_CONST;
}

/* Whether a constructor can have this child. */
static bool child_fits(enum state_kind parent, uint32_t i, enum state_kind child)
{
	switch (parent) {
	case STATE_RANGE:
	case STATE_RANGE_ITER:
	case STATE_SLICE: return is_int(child);
	case STATE_COMPLEX: return child == STATE_F64;
	case STATE_ENUMERATE:
	case STATE_ZIP:
	case STATE_REV_ITER:
	case STATE_SEQ_ITER: return i == 0 ? child == STATE_OBJ || child == STATE_OWNED : is_int(child);
	case STATE_BOUND: return child == STATE_OBJ || child == STATE_OWNED || (i == 0 && child == STATE_CONST);
	case STATE_UNSEEN: return child == STATE_OBJ;
	case STATE_MANAGER:
	case STATE_LEAVES: return child == STATE_GENERATOR;
	case STATE_FUNCTION: return child == STATE_TUPLE || child == STATE_UNBOUND;
	case STATE_CHAIN:
		return i == 0 ? child == STATE_OBJ || child == STATE_OWNED || child == STATE_TUPLE ||
					child == STATE_RAISES || child == STATE_COMPRESS
			      : child != STATE_UNBOUND && child != STATE_NULL;
	case STATE_COMPRESS: return child == STATE_TUPLE;
	case STATE_MIN:
	case STATE_MAX: return i > 1 || (child != STATE_UNBOUND && child != STATE_NULL);
	case STATE_GENERATOR_NEW: return i == 0 ? child == STATE_FUNCTION : child != STATE_UNBOUND;
	case STATE_RECORD: return i == 0 ? child == STATE_CONST : child != STATE_UNBOUND;
	case STATE_KEYWORDS: return i % 2 == 0 ? child == STATE_CONST : child != STATE_UNBOUND;
	case STATE_VALUES:
	case STATE_TUPLE: return child != STATE_UNBOUND;
	default: return true;
	}
}

static int children_read(struct reader *r, const json_t *json, unsigned depth, struct state_value *v)
{
	int expected = state_kind_children[v->kind];
	size_t n = json_array_size(json);
	bool is_best = v->kind == STATE_MIN || v->kind == STATE_MAX;
	if (v->kind == STATE_KEYWORDS && n % 2)
		return refuse(r, "%zu children: a key has no value", n);
	if (is_best && n < STATE_BEST_PARTS)
		return refuse(r, "%zu children, %d are needed", n, STATE_BEST_PARTS);
	if (!json_is_array(json) || n > UNIT_MAX_FRAME_VALUES || (expected >= 0 && n != (size_t)expected))
		return refuse(r, "%zu children, not %d", n, expected);
	v->children = calloc(n ? n : 1, sizeof(v->children[0]));
	if (!v->children)
		return cause_set_errno(r->cause, -ENOMEM, "a state");
	v->n_children = (uint32_t)n;
	int rc = values_read(r, json, "child", depth + 1, v->children);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < n; i++) {
		enum state_kind child = v->children[i]->kind;
		if (child == STATE_NULL || !child_fits(v->kind, i, child))
			return refuse(r, "child %u is %s", i, state_kind_words[child]);
	}
	return 0;
}

static int value_fill(struct reader *r, const json_t *json, unsigned depth, struct state_value *v)
{
	size_t at = 1;
	int rc = 0;
	if (v->kind == STATE_CONST || v->kind == STATE_FUNCTION || state_is_shared(v->kind))
		rc = index_read(r, json_array_get(json, at++), v);
	if (rc == 0 && state_kind_slots[v->kind] > 0)
		rc = slot_read(r, json_array_get(json, at++), v);
	if (rc == 0 && (v->kind == STATE_GENERATOR || v->kind == STATE_REST)) {
		v->frame = calloc(1, sizeof(*v->frame));
		if (!v->frame)
			return cause_set_errno(r->cause, -ENOMEM, "a generator's frame");
		rc = frame_read(r, json_array_get(json, at++), depth + 1, false, v->frame);
	}
	if (rc == 0 && state_kind_children[v->kind] != 0)
		rc = children_read(r, json_array_get(json, at++), depth, v);
	if (rc == 0 && json_array_size(json) != at)
		return refuse(r, "%zu elements, not %zu", json_array_size(json), at);
	return rc;
}

static int value_read(struct reader *r, const json_t *json, unsigned depth, struct state_value **ret)
{
	if (depth > UNIT_MAX_DEPTH)
		return refuse(r, "a state nested deeper than %d", UNIT_MAX_DEPTH);
	if (++r->n_states > UNIT_MAX_STATES)
		return refuse(r, "more than %d states", UNIT_MAX_STATES);
	int kind = 0;
	int rc = word_read(r, json_array_get(json, 0), state_kind_words, STATE_KIND_COUNT, "state", &kind);
	if (rc < 0)
		return rc;
	struct state_value *v = calloc(1, sizeof(*v));
	if (!v)
		return cause_set_errno(r->cause, -ENOMEM, "a state");
	*ret = v;
	v->kind = (enum state_kind)kind;
	rc = value_fill(r, json, depth, v);
	return rc < 0 ? cause_prefix(r->cause, rc, "%s", state_kind_words[kind]) : 0;
}

/* Which code a frame runs: -1 for the function itself, else one of its constants. */
static int frame_code_read(struct reader *r, const json_t *json, bool own, uint32_t *ret)
{
	const json_t *code = member(r, json, "code", JSON_INTEGER);
	if (!code)
		return -EBADMSG;
	*ret = UINT32_MAX;
	if (own && json_integer_value(code) == -1)
		return 0;
	uint64_t n = 0;
	int rc = number_read(r, code, "code", r->function->n_consts, &n);
	if (rc < 0)
		return rc;
	*ret = (uint32_t)n;
	return r->function->consts[n].kind == UNIT_CONST_OBJECT ? 0
								: refuse(r, "constant %u is a name, not code", *ret);
}

static int frame_values_check(struct reader *r, const struct state_frame *frame)
{
	for (uint32_t i = 0; i < frame->n_locals; i++)
		if (frame->locals[i]->kind == STATE_NULL)
			return refuse(r, "local %u is null", i);
	for (uint32_t i = 0; i < frame->n_stack; i++)
		if (frame->stack[i]->kind == STATE_UNBOUND)
			return refuse(r, "stack entry %u is unbound", i);
	if (frame->throws > 0 && frame->n_stack == 0)
		return refuse(r, "a raise of what is on an empty stack");
	if (frame->call_arguments > 0 && frame->n_stack < frame->call_arguments + 2)
		return refuse(r, "a call with %u arguments on a stack of %u", frame->call_arguments, frame->n_stack);
	return 0;
}

static int frame_read(struct reader *r, const json_t *json, unsigned depth, bool own, struct state_frame *ret)
{
	if (!json_is_object(json))
		return refuse(r, "a frame is not an object");
	int rc = frame_code_read(r, json, own, &ret->code);
	if (rc == 0)
		rc = u32_member(r, json, "pc", UNIT_MAX_CODE_UNITS, &ret->pc);
	if (rc == 0)
		rc = u32_member(r, json, "line", INT32_MAX, &ret->line);
	if (rc == 0)
		rc = u32_member(r, json, "call_arguments", UNIT_MAX_FRAME_VALUES, &ret->call_arguments);
	if (rc == 0)
		rc = u32_member(r, json, "throws", UNIT_MAX_CODE_UNITS, &ret->throws);
	if (rc < 0)
		return rc;
	ret->raises = json_is_true(json_object_get(json, "raises"));
	const json_t *locals = array_member(r, json, "locals", UNIT_MAX_FRAME_VALUES, sizeof(ret->locals[0]),
					    &ret->locals, &ret->n_locals);
	if (!locals)
		return -EBADMSG;
	rc = values_read(r, locals, "local", depth, ret->locals);
	if (rc < 0)
		return rc;
	const json_t *stack = array_member(r, json, "stack", UNIT_MAX_FRAME_VALUES, sizeof(ret->stack[0]), &ret->stack,
					   &ret->n_stack);
	if (!stack)
		return -EBADMSG;
	rc = values_read(r, stack, "stack entry", depth, ret->stack);
	return rc < 0 ? rc : frame_values_check(r, ret);
}

static int const_path_read(struct reader *r, const json_t *path, struct unit_const *ret)
{
	size_t n = json_array_size(path), most = sizeof(ret->path) / sizeof(ret->path[0]);
	if (n > most)
		return refuse(r, "a path of %zu steps, not 0 to %zu", n, most);
	for (size_t i = 0; i < n; i++) {
		uint64_t step = 0;
		int rc = number_read(r, json_array_get(path, i), "path", UNIT_MAX_CODE_UNITS, &step);
		if (rc < 0)
			return rc;
		ret->path[i] = (uint32_t)step;
	}
	ret->n_path = (uint32_t)n;
	return 0;
}

static int const_read(struct reader *r, const json_t *json, struct unit_const *ret)
{
	int kind = 0;
	int rc = word_read(r, json_object_get(json, "kind"), const_words, CONST_KINDS, "kind", &kind);
	if (rc < 0)
		return rc;
	ret->kind = (enum unit_const_kind)kind;
	if (ret->kind == UNIT_CONST_GLOBALS) /* may be empty */
		return text_copy(r, json_object_get(json, "name"), "name", &ret->name);
	if (is_by_name(ret->kind))
		return text_member(r, json, "name", true, &ret->name);
	if (ret->kind == UNIT_CONST_DEFAULT || json_object_get(json, "of")) {
		rc = text_member(r, json, "of", true, &ret->name);
		if (rc == 0)
			rc = number_member(r, json, "digest", INT64_MAX, &ret->digest);
		if (rc < 0)
			return rc;
	}
	const json_t *path = member(r, json, "path", JSON_ARRAY);
	return path ? const_path_read(r, path, ret) : -EBADMSG;
}

static int exit_read(struct reader *r, const json_t *json, struct unit_exit *ret)
{
	int rc = u32_member(r, json, "slots", SIDE_EXIT_MAX_SLOTS + 1, &ret->n_slots);
	if (rc == 0)
		rc = text_member(r, json, "why", false, &ret->why);
	if (rc < 0)
		return rc;
	r->n_slots = ret->n_slots;
	return frame_read(r, json_object_get(json, "frame"), 0, true, &ret->frame);
}

/* exits[0] leaves the frame as it is. */
static int loop_entry_check(struct reader *r, const struct unit_function *f)
{
	const struct state_frame *frame = &f->exits[0].frame;
	if (frame->code != UINT32_MAX || frame->pc != f->loop.pc || frame->n_stack != f->loop.n_stack ||
	    frame->call_arguments != 0 || frame->raises || frame->n_locals + frame->n_stack != f->n_params)
		return refuse(r, "exit 0 is not the loop's entry");
	return 0;
}

/* exits[0] restarts the call in CPython. */
static int entry_check(struct reader *r, const struct unit_function *f)
{
	if (f->n_exits == 0)
		return refuse(r, "no exits");
	if (f->loop.pc)
		return loop_entry_check(r, f);
	const struct state_frame *frame = &f->exits[0].frame;
	if (frame->code != UINT32_MAX || frame->pc != 0 || frame->n_stack != 0 || frame->call_arguments != 0 ||
	    frame->n_locals < f->n_params)
		return refuse(r, "exit 0 is not the function's entry");
	for (uint32_t i = 0; i < f->n_params; i++)
		if (frame->locals[i]->kind != STATE_OBJ)
			return refuse(r, "exit 0: local %u is not the argument", i);
	return 0;
}

static int exits_read(struct reader *r, const json_t *json, struct unit_function *ret)
{
	const json_t *exits =
		array_member(r, json, "exits", UNIT_MAX_EXITS, sizeof(ret->exits[0]), &ret->exits, &ret->n_exits);
	if (!exits)
		return -EBADMSG;
	for (uint32_t i = 0; i < ret->n_exits; i++) {
		int rc = exit_read(r, json_array_get(exits, i), &ret->exits[i]);
		if (rc < 0)
			return cause_prefix(r->cause, rc, "exit %u", i);
		if (ret->exits[i].frame.code == UINT32_MAX &&
		    ret->exits[i].frame.n_locals != ret->exits[0].frame.n_locals)
			return refuse(r, "exit %u has %u locals, exit 0 has %u", i, ret->exits[i].frame.n_locals,
				      ret->exits[0].frame.n_locals);
	}
	return entry_check(r, ret);
}

/* None: the code begins with a call. */
static int loop_read(struct reader *r, const json_t *json, struct unit_loop *ret)
{
	if (!json)
		return 0;
	int rc = u32_member(r, json, "pc", UNIT_MAX_CODE_UNITS, &ret->pc);
	return rc < 0 ? rc : u32_member(r, json, "stack", UNIT_MAX_FRAME_VALUES, &ret->n_stack);
}

static int params_read(struct reader *r, const json_t *json, struct unit_function *ret)
{
	const json_t *params =
		array_member(r, json, "params", UNIT_MAX_PARAMS, sizeof(ret->params[0]), &ret->params, &ret->n_params);
	if (!params)
		return -EBADMSG;
	for (uint32_t i = 0; i < ret->n_params; i++) {
		int type = 0;
		int rc = word_read(r, json_array_get(params, i), value_type_words, VALUE_TYPE_COUNT, "type", &type);
		if (rc < 0)
			return cause_prefix(r->cause, rc, "parameter %u", i);
		ret->params[i] = (enum value_type)type;
	}
	return 0;
}

static int consts_read(struct reader *r, const json_t *json, struct unit_function *ret)
{
	int rc = u32_member(r, json, "cache", UNIT_MAX_CACHE, &ret->n_cache);
	if (rc < 0)
		return rc;
	const json_t *consts =
		array_member(r, json, "consts", UNIT_MAX_CONSTS, sizeof(ret->consts[0]), &ret->consts, &ret->n_consts);
	if (!consts)
		return -EBADMSG;
	for (uint32_t i = 0; i < ret->n_consts; i++) {
		rc = const_read(r, json_array_get(consts, i), &ret->consts[i]);
		if (rc < 0)
			return cause_prefix(r->cause, rc, "constant %u", i);
	}
	return 0;
}

static int symbol_check(struct reader *r, const char *symbol)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	if (symbol[strspn(symbol, allowed)] != '\0')
		return refuse(r, "\"%.40s\" is not a symbol", symbol);
	return 0;
}

/* Any number that it could be. */
static int gain_read(struct reader *r, const json_t *object, double *ret)
{
	const json_t *gain = json_object_get(object, "gain");
	*ret = json_number_value(gain);
	if (gain && (!json_is_number(gain) || !(*ret >= 0 && *ret < UNIT_MAX_GAIN)))
		return refuse(r, "gain is no number from 0 to %d", UNIT_MAX_GAIN);
	return 0;
}

static int function_read(struct reader *r, const json_t *json, struct unit_function *ret)
{
	int rc = text_member(r, json, "name", true, &ret->name);
	if (rc == 0)
		rc = text_member(r, json, "detail", false, &ret->detail);
	if (rc == 0)
		rc = key_member(r, json, ret->key);
	if (rc == 0)
		rc = gain_read(r, json, &ret->gain);
	ret->pure = json_is_true(json_object_get(json, "pure"));
	ret->checked = json_is_true(json_object_get(json, "checked"));
	if (rc < 0)
		return rc;
	const char *word = json_string_value(json_object_get(json, "reason"));
	ret->reason = reason_from_word(word ? word : "");
	if (ret->reason == REASON_COUNT)
		return refuse(r, "unknown reason \"%.40s\"", word ? word : "");
	if (ret->reason != REASON_NONE)
		return 0;
	r->function = ret;
	rc = text_member(r, json, "symbol", true, &ret->symbol);
	if (rc == 0)
		rc = symbol_check(r, ret->symbol);
	if (rc == 0)
		rc = loop_read(r, json_object_get(json, "loop"), &ret->loop);
	if (rc == 0)
		rc = params_read(r, json, ret);
	if (rc == 0)
		rc = consts_read(r, json, ret);
	return rc < 0 ? rc : exits_read(r, json, ret);
}

static int functions_read(struct reader *r, const json_t *json, struct unit *unit)
{
	const json_t *functions = array_member(r, json, "functions", UNIT_MAX_FUNCTIONS, sizeof(unit->functions[0]),
					       &unit->functions, &unit->n_functions);
	if (!functions)
		return -EBADMSG;
	bool native = false;
	for (uint32_t i = 0; i < unit->n_functions; i++) {
		struct unit_function *f = &unit->functions[i];
		int rc = function_read(r, json_array_get(functions, i), f);
		if (rc < 0)
			return cause_prefix(r->cause, rc, "function %u", i);
		if (f->reason != REASON_NONE)
			continue;
		native = true;
		for (uint32_t k = 0; k < i; k++)
			if (unit->functions[k].symbol && strcmp(unit->functions[k].symbol, f->symbol) == 0)
				return refuse(r, "functions %u and %u have the same symbol %s", k, i, f->symbol);
	}
	if (native != (unit->object_size > 0))
		return refuse(r, native ? "no object file" : "an object file, but no native function");
	return 0;
}

static int object_copy(struct reader *r, const json_t *json, const void *object, size_t size, struct unit *unit)
{
	uint64_t said = 0;
	int rc = number_member(r, json, "object_size", UNIT_MAX_OBJECT + 1, &said);
	if (rc < 0)
		return rc;
	if (said != size)
		return refuse(r, "an object file of %zu bytes, not %llu", size, (unsigned long long)said);
	unit->object_size = size;
	if (size == 0)
		return 0;
	unit->object = malloc(size);
	if (!unit->object)
		return cause_set_errno(r->cause, -ENOMEM, "an object file of %zu bytes", size);
	memcpy(unit->object, object, size);
	return 0;
}

int unit_from_json(const json_t *json, const void *object, size_t object_size, struct unit **ret, struct cause *cause)
{
	struct reader r = { .cause = cause };
	cleanup(unit_freep) struct unit *unit = calloc(1, sizeof(*unit));
	if (!unit)
		return cause_set_errno(cause, -ENOMEM, "a unit");
	uint64_t format = 0;
	int rc = number_member(&r, json, "format", UINT32_MAX, &format);
	if (rc == 0 && format != FORMAT)
		rc = refuse(&r, "format %llu, not %d", (unsigned long long)format, FORMAT);
	if (rc == 0)
		rc = number_member(&r, json, "compile_us", INT64_MAX, &unit->compile_us);
	unit->loaded = json_is_true(json_object_get(json, "loaded"));
	unit->report = json_incref(json_object_get(json, "report"));
	unit->other_compiler = json_is_true(json_object_get(json, "other_compiler"));
	if (rc == 0)
		rc = key_member(&r, json, unit->key);
	if (rc == 0)
		rc = text_member(&r, json, "store_cause", false, &unit->store_cause);
	if (rc == 0)
		rc = object_copy(&r, json, object, object_size, unit);
	if (rc == 0)
		rc = functions_read(&r, json, unit);
	if (rc < 0)
		return cause_prefix(cause, rc, "a bad unit");
	*ret = steal_ptr(unit);
	return 0;
}

/* ---- one function ---------------------------------------------------------- */

int unit_function_to_text(const struct unit_function *f, char **ret, struct cause *cause)
{
	json_t *json = function_json(f);
	*ret = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return *ret ? 0 : cause_set_errno(cause, -ENOMEM, "%s as text", f->name);
}

int unit_function_from_text(const char *text, size_t size, struct unit_function *ret, struct cause *cause)
{
	struct reader r = { .cause = cause };
	json_error_t error;
	*ret = (struct unit_function){ 0 };
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return cause_set(cause, -EBADMSG, "a bad function: column %d: %s", error.column, error.text);
	int rc = function_read(&r, json, ret);
	if (rc == 0 && ret->reason != REASON_NONE)
		rc = refuse(&r, "it is not native");
	json_decref(json);
	if (rc == 0)
		return 0;
	unit_function_clear(ret);
	return cause_prefix(cause, rc, "a bad function");
}
