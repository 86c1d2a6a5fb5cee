/* build_objects.c - what Python does with objects of any type, by the runtime's functions: the same as CPython, without
 * its loop.  Types that are known have ways of their own (build_sequences.c, build_ops.c). */
#include "config.h"

#include <string.h>

#include "codecache/jit/build_priv.h"

/* Words of a cache for this place. */
struct ir_instr *cache(struct builder *b, uint32_t n_words)
{
	struct ir_instr *at = emit_i64(b, ir_family(b->f)->n_cache);
	ir_family(b->f)->n_cache += n_words;
	return at;
}

/* Replace the n values on top by the result of a function of the runtime, called with them. */
static bool by_runtime(struct builder *b, enum rt_member member, uint32_t n, enum known known)
{
	struct ir_instr *args[4];
	if (!objects_of(b, n, args))
		return false;
	settle(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, member, n, args);
	replace(b, n, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED, .known = known });
	return true;
}

/* The same for a function that only does something. */
bool done_by_runtime(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args,
		     uint32_t n_popped)
{
	settle(b);
	(void)rt(b, IR_RT_DO, member, n, args);
	drop(b, n_popped);
	return true;
}

/* Pop n values, of which the topmost dies last, and push the result. */
void replace(struct builder *b, uint32_t n, struct av result)
{
	struct av old[8];
	for (uint32_t i = 0; i < n; i++)
		old[i] = pop(b);
	push(b, result);
	for (uint32_t i = n; i-- > 0;)
		release(b, old[i]);
}

/* The result is that of [...] * n or [...] + [...]. */
static void items_of_result(struct builder *b, struct ir_instr *result)
{
	items_begin(b, result);
	for (uint32_t i = 1; i <= 2; i++)
		if (known_of(b, peek(b, i)) == KNOWN_LIST)
			items_join(b, result, peek(b, i));
}

static bool binary(struct builder *b)
{
	struct ir_instr *args[3];
	if (!objects_of(b, 2, args))
		return false;
	settle(b);
	enum known known = known_binary(b);
	args[2] = emit_i64(b, b->i->raw);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_binary, 3, args);
	if (known == KNOWN_LIST)
		items_of_result(b, result);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED, .known = known });
	return true;
}

bool object_binary(struct builder *b)
{
	return build_operator(b, binary) || binary(b);
}

/* x = x + y and x += y of strs, where x is a local: CPython makes x longer in place (BINARY_OP_INPLACE_ADD_UNICODE). */
bool object_append_str(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	struct av *left = peek(b, 2), *local;
	if (b->i->hint != HINT_APPEND_STR || next->op != BC_STORE_LOCAL || left->kind != AV_OBJECT)
		return false;
	local = &b->top->locals[next->arg];
	if (local->kind != AV_OBJECT || local->own != OWN_OWNED || local->v[0] != left->v[0] || left->own != OWN_LOCAL)
		return false;
	if (!guard_known(b, left, KNOWN_STR) || !object_of(b, peek(b, 1)) || !guard_known(b, peek(b, 1), KNOWN_STR))
		return false;
	settle(b);
	struct ir_instr *args[] = { left->v[0], object_of(b, peek(b, 1)) };
	*left = (struct av){ .kind = AV_NULL };
	*local = (struct av){ .kind = AV_UNBOUND };
	b->exit = b->raise = NULL;
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_append_str, 2, args);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED, .known = KNOWN_STR });
	return true;
}

bool object_unary(struct builder *b)
{
	static const enum rt_member members[] = {
		[BC_NEGATIVE] = RT_MEMBER_negative,
		[BC_POSITIVE] = RT_MEMBER_positive,
		[BC_INVERT] = RT_MEMBER_invert,
	};
	return by_runtime(b, members[b->i->op], 1, is_large_int(peek(b, 1)) ? KNOWN_INT : KNOWN_NONE);
}

/* Nearly all comparisons give a bool, which is none where the next instruction asks for its truth only. */
static bool compare_for_branch(struct builder *b, struct ir_instr *const *args)
{
	struct ir_instr *answer = rt(b, IR_RT_I64, RT_MEMBER_compare_quick, 3, args), *object = emit0(b, IR_RT_SECOND);
	struct frame *here = split(b, emit2(b, IR_I64_EQ, answer, emit_i64(b, 2)), true);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { object }, .own = OWN_OWNED });
	go_on_otherwise(b, here);
	replace(b, 2, av_of(AV_BOOL, emit2(b, IR_I64_NE, answer, emit_i64(b, 0))));
	return true;
}

static bool compare(struct builder *b)
{
	struct ir_instr *args[3];
	if (!objects_of(b, 2, args))
		return false;
	settle(b);
	args[2] = emit_i64(b, b->i->arg);
	if (b->i[1].op == BC_BRANCH && !b->i[1].is_target)
		return compare_for_branch(b, args);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_compare, 3, args);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

bool object_compare(struct builder *b)
{
	return build_comparison(b, compare) || compare(b);
}

/* An object's truth value; it stays where it is. */
struct ir_instr *object_truth(struct builder *b, struct av *v)
{
	struct ir_instr *object = object_of(b, v);
	if (!object)
		return NULL;
	settle(b);
	if (inline_asks_truth(b))
		return emit2(b, IR_I64_NE, rt(b, IR_ASK, RT_MEMBER_truth_quick, 1, &object), emit_i64(b, 0));
	return rt(b, IR_RT_BOOL, RT_MEMBER_truth, 1, &object);
}

bool build_contains(struct builder *b)
{
	struct ir_instr *args[2];
	if (contains_const(b) || dict_contains(b) || inlined_contains(b))
		return true;
	if (!objects_of(b, 2, args))
		return false;
	settle(b);
	struct ir_instr *result = rt(b, IR_RT_BOOL, RT_MEMBER_contains, 2, args);
	if (b->i->arg)
		result = emit1(b, IR_BOOL_NOT, result);
	replace(b, 2, av_of(AV_BOOL, result));
	return true;
}

static bool get_item(struct builder *b)
{
	return slice_get_item(b) || dict_get_item(b) || by_runtime(b, RT_MEMBER_get_item, 2, known_binary(b));
}

bool object_get_item(struct builder *b)
{
	return build_item_method(b, get_item) || get_item(b);
}

/* Stack: value, container, key. */
static bool set_item(struct builder *b)
{
	struct ir_instr *args[3];
	if (slice_set_item(b) || dict_set_item(b))
		return true;
	if (!objects_of(b, 3, args))
		return false;
	return done_by_runtime(b, RT_MEMBER_set_item, 3, (struct ir_instr *[]){ args[1], args[2], args[0] }, 3);
}

bool object_set_item(struct builder *b)
{
	return build_item_set(b, set_item) || set_item(b);
}

bool build_delete_item(struct builder *b)
{
	struct ir_instr *args[2];
	return slice_delete_item(b) || (objects_of(b, 2, args) && done_by_runtime(b, RT_MEMBER_del_item, 2, args, 2));
}

/* ---- names ----------------------------------------------------------------- */

/* The value of a global, kept alive by the dict for now. */
struct ir_instr *global_object(struct builder *b)
{
	struct ir_instr *value = emit1(b, IR_GLOBAL_OBJ, cache(b, 3));
	value->imm.index = const_name(b, b->i->name);
	return value;
}

bool object_load_global(struct builder *b)
{
	struct ir_instr *value = global_object(b);
	if (b->i->arg)
		push(b, (struct av){ .kind = AV_NULL });
	push_object(b, value, OWN_ITEM, KNOWN_NONE);
	peek(b, 1)->index = 1 + value->imm.index;
	PyObject *now = value_now(b, peek(b, 1));
	if (now && b->exit)
		guess_known(b, peek(b, 1), now);
	return true;
}

bool build_store_global(struct builder *b)
{
	struct ir_instr *value = object_of(b, peek(b, 1));
	if (!value)
		return false;
	struct ir_instr *args[] = { globals_object(b), name_object(b), value };
	return done_by_runtime(b, RT_MEMBER_store_global, 3, args, 1);
}

/* ---- new objects ----------------------------------------------------------- */

enum { MAX_BUILT = 256 };

/* A container of the n values on top; owned: it takes the references. */
static bool build_of(struct builder *b, enum rt_member member, uint32_t n, bool taken, enum known known)
{
	struct ir_instr *args[MAX_BUILT];
	if (n > MAX_BUILT || !(taken ? owned_objects_of(b, n, args) : objects_of(b, n, args)))
		return false;
	if (!taken)
		settle(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, member, n, args);
	if (known == KNOWN_LIST)
		items_begin(b, result);
	for (uint32_t i = 0; i < n; i++) {
		if (known == KNOWN_LIST)
			items_see(result, peek(b, 1));
		struct av v = pop(b);
		if (!taken)
			release(b, v);
	}
	push_object(b, result, OWN_OWNED, known);
	return true;
}

/* bytes([x]), of which no list is made; CPython does it where x is no byte. */
static bool bytes_of_one(struct builder *b)
{
	const struct bc_instr *call = b->i + 1;
	if (b->i->arg != 1 || call->op != BC_CALL || call->arg != 1 || call->names != UINT32_MAX || call->is_target ||
	    b->top->n_stack < 3)
		return false;
	const struct av *callable = peek(b, 2), *item = peek(b, 1);
	if (callable->kind != AV_BUILTIN || peek(b, 3)->kind != AV_NULL || item->kind != AV_INT ||
	    strcmp(ir_family(b->f)->consts[callable->index].name, "bytes") != 0)
		return false;
	struct ir_instr *byte = item->v[0], *beyond = emit2(b, IR_I64_AND, byte, emit_i64(b, ~(int64_t)UINT8_MAX));
	(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, beyond, emit_i64(b, 0)));
	struct ir_instr *bytes = rt(b, IR_RT_OBJ, RT_MEMBER_bytes_of_byte, 1, &byte);
	replace(b, 3, (struct av){ .kind = AV_OBJECT, .v = { bytes }, .own = OWN_OWNED, .known = KNOWN_BYTES });
	b->top->at++; /* the call has been done */
	return true;
}

bool list_of_top(struct builder *b, uint32_t n)
{
	return build_of(b, RT_MEMBER_new_list, n, true, KNOWN_LIST);
}

bool build_build(struct builder *b)
{
	uint32_t n = b->i->arg;
	if (spread_build_list(b) || spread_build_dict(b))
		return true;
	switch (b->i->op) {
	case BC_BUILD_LIST: return bytes_of_one(b) || list_of_top(b, n);
	case BC_BUILD_TUPLE: return build_of(b, RT_MEMBER_new_tuple, n, true, KNOWN_TUPLE);
	case BC_BUILD_SET: return build_of(b, RT_MEMBER_new_set, n, false, KNOWN_SET);
	case BC_BUILD_MAP: return build_of(b, RT_MEMBER_new_dict, 2 * n, false, KNOWN_DICT);
	case BC_BUILD_STRING: return build_of(b, RT_MEMBER_new_str, n, false, KNOWN_STR);
	default: break;
	}
	if (b->i->op == BC_BUILD_CONST_KEY_MAP) { /* the keys' tuple is on top */
		struct ir_instr *args[MAX_BUILT];
		if (n >= MAX_BUILT || !objects_of(b, n + 1, args))
			return false;
		settle(b);
		struct ir_instr *keys = args[n];
		for (uint32_t i = n; i > 0; i--)
			args[i] = args[i - 1];
		args[0] = keys;
		struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_new_dict_of, n + 1, args);
		drop(b, n + 1);
		push_object(b, result, OWN_OWNED, KNOWN_DICT);
		return true;
	}
	struct ir_instr *args[3] = { NULL };
	if (!objects_of(b, n, args))
		return false;
	if (n == 2)
		args[2] = null_object(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_new_slice, 3, args);
	drop(b, n);
	push_object(b, result, OWN_OWNED, KNOWN_SLICE);
	return true;
}

/* LIST_APPEND and its like: the container lies below. */
bool build_add(struct builder *b)
{
	static const struct {
		enum rt_member member;
		uint8_t n;
	} ways[] = {
		[BC_LIST_APPEND] = { RT_MEMBER_list_append, 1 }, [BC_LIST_EXTEND] = { RT_MEMBER_list_extend, 1 },
		[BC_SET_ADD] = { RT_MEMBER_set_add, 1 },         [BC_SET_UPDATE] = { RT_MEMBER_set_update, 1 },
		[BC_MAP_ADD] = { RT_MEMBER_dict_set, 2 },        [BC_DICT_UPDATE] = { RT_MEMBER_dict_update, 1 },
		[BC_DICT_MERGE] = { RT_MEMBER_dict_merge, 1 },
	};
	uint32_t n = ways[b->i->op].n;
	if (b->i->op == BC_DICT_MERGE && spread_merge(b))
		return true;
	struct av *container = peek(b, b->i->arg + n);
	if (container->kind == AV_KEYWORDS)
		(void)object_of(b, container);
	if (container->kind != AV_OBJECT)
		return false;
	struct ir_instr *args[4] = { container->v[0] };
	if (b->i->op == BC_LIST_APPEND)
		return list_append(b, args[0]);
	enum rt_member member = ways[b->i->op].member;
	if (b->i->op == BC_LIST_EXTEND) {
		items_join(b, args[0], peek(b, 1));
		member = extend_by(b, peek(b, 1));
	}
	if (!objects_of(b, n, args + 1))
		return false;
	if (b->i->op == BC_DICT_MERGE) { /* the callable, for messages, below the positional arguments */
		args[2] = object_of(b, peek(b, b->i->arg + 3));
		if (!args[2])
			return false;
		n = 2;
	}
	return done_by_runtime(b, member, n + 1, args, ways[b->i->op].n);
}

bool build_list_to_tuple(struct builder *b)
{
	return by_runtime(b, RT_MEMBER_list_to_tuple, 1, KNOWN_TUPLE);
}

bool build_format(struct builder *b)
{
	uint32_t n = b->i->arg & 4 ? 2 : 1; /* FVS_HAVE_SPEC */
	if (n == 1 ? str_of_number(b, 1) : b->i->arg == 4 && format_number(b))
		return true;
	struct ir_instr *args[3];
	if (!objects_of(b, n, args))
		return false;
	settle(b);
	if (n == 1)
		args[1] = null_object(b);
	args[2] = emit_i64(b, b->i->arg);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_format, 3, args);
	replace(b, n, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED, .known = KNOWN_NONE });
	return true;
}

/* ---- calls ----------------------------------------------------------------- */

/* Stack: NULL or method, callable or self, n arguments, the last of which have names. */
/* Which of the n + 2 entries on top own their objects, as bits, if it matters whether a call lets these die when its
 * frame does, or later: what is called may be a Python function, whose frame has them in CPython.  0: it does not
 * matter. */
static uint32_t given(struct builder *b, uint32_t n)
{
	const struct av *method = peek(b, n + 2), *callable = method->kind == AV_NULL ? peek(b, n + 1) : method;
	uint32_t owned = 0;
	bool matters = false;
	for (uint32_t i = 0; i < n + 2; i++) {
		struct av *v = peek(b, n + 2 - i);
		struct ir_instr **object = av_object(v);
		if (!object || v->own != OWN_OWNED || (*object)->op == IR_CONST_NULL)
			continue;
		owned |= UINT32_C(1) << i;
		matters |= v->kind == AV_OBJECT && v != callable;
	}
	return matters && callable->kind == AV_OBJECT ? owned : 0;
}

/* Their frame has them from now on, whatever happens. */
static void give_away(struct builder *b, uint32_t n, uint32_t owned)
{
	for (uint32_t i = 0; i < n + 2; i++)
		if (owned >> i & 1)
			*peek(b, n + 2 - i) = (struct av){ .kind = AV_NULL };
	b->exit = b->raise = NULL;
}

bool object_call(struct builder *b, uint32_t n)
{
	struct ir_instr *args[MAX_BUILT + 3];
	enum rt_member member = b->i->names != UINT32_MAX ? RT_MEMBER_call_kw : RT_MEMBER_call;
	uint32_t first = member == RT_MEMBER_call_kw;
	if (n > MAX_BUILT || b->top->n_path == MAX_DEPTH)
		return false;
	if (first)
		args[0] = const_instr(b, const_object(b, b->top, b->i->names));
	if (!objects_of(b, n + 2, args + first))
		return false;
	settle(b);
	enum known known = known_result(b, peek(b, peek(b, n + 2)->kind == AV_NULL ? n + 1 : n + 2));
	enum known made = first ? KNOWN_NONE : known_new_buffer(b, n);
	if (!first && made == KNOWN_NONE)
		made = known_new_deque(b, n);
	bool is_bool = peek(b, n + 2)->kind == AV_BUILTIN && gives_bool(b, peek(b, n + 2));
	uint32_t owned = first ? 0 : given(b, n);
	if (owned) {
		memmove(args + 1, args, (n + 2) * sizeof(args[0]));
		args[first++] = emit_i64(b, owned);
		member = RT_MEMBER_call_given;
		give_away(b, n, owned);
	}
	struct ir_instr *result = rt(b, IR_RT_OBJ, member, first + n + 2, args);
	struct av old[MAX_BUILT + 2];
	for (uint32_t i = 0; i < n + 2; i++)
		old[i] = pop(b);
	push_object(b, result, OWN_OWNED, known);
	if (is_bool)
		*peek(b, 1) =
			(struct av){ .kind = AV_BOOL,
				     .v = { emit2(b, IR_OBJ_IS, result, const_instr(b, const_builtin(b, "True"))) },
				     .own = OWN_OWNED,
				     .object = result };
	for (uint32_t i = n + 2; i-- > 0;)
		release(b, old[i]);
	if (made != KNOWN_NONE)
		expect_result(b, made);
	return true;
}

/* The same where that is not expected: short. */
bool object_call_rarely(struct builder *b, uint32_t n)
{
	struct ir_instr *args[MAX_BUILT + 3];
	if (b->i->names != UINT32_MAX)
		return object_call(b, n);
	if (n > MAX_BUILT || !objects_of(b, n + 2, args))
		return false;
	settle(b);
	for (uint32_t i = 0; i < n + 2; i++)
		if (peek(b, n + 2 - i)->kind != AV_NULL && !owned_object_of(b, peek(b, n + 2 - i)))
			return false;
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_call_taken, n + 2, args);
	for (uint32_t i = 0; i < n + 2; i++)
		(void)pop(b);
	push_object(b, result, OWN_OWNED, KNOWN_NONE);
	return true;
}

/* Stack: NULL, callable, arguments, keywords. */
bool object_call_ex(struct builder *b)
{
	uint32_t n = b->i->arg & 1 ? 3 : 2;
	struct ir_instr *args[3];
	if (!objects_of(b, n, args))
		return false;
	if (n == 2)
		args[2] = null_object(b);
	settle(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, RT_MEMBER_call_ex, 3, args);
	replace(b, n + 1, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

/* Stack: level, from-list. */
bool build_import(struct builder *b)
{
	struct ir_instr *args[2];
	if (b->i->op == BC_IMPORT_FROM) {
		struct ir_instr *module = object_of(b, peek(b, 1));
		if (!module)
			return false;
		settle(b);
		emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
		struct ir_instr *value =
			rt(b, IR_RT_TRY, RT_MEMBER_import_from, 2, (struct ir_instr *[]){ module, name_object(b) });
		(void)emit1(b, IR_GUARD_SET, value);
		push_object(b, value, OWN_OWNED, KNOWN_NONE);
		return true;
	}
	if (!objects_of(b, 2, args))
		return false;
	settle(b);
	struct ir_instr *given[] = { globals_object(b), name_object(b), args[1], args[0] };
	struct ir_instr *module = rt(b, IR_RT_OBJ, RT_MEMBER_import, 4, given);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { module }, .own = OWN_OWNED });
	return true;
}

/* ---- iteration ------------------------------------------------------------- */

bool object_get_iter(struct builder *b)
{
	return by_runtime(b, RT_MEMBER_get_iter, 1, KNOWN_ITERATOR);
}

bool object_yield_from(struct builder *b)
{
	return !b->top->outer && by_runtime(b, RT_MEMBER_yield_from, 1, KNOWN_NONE);
}

struct ir_instr *next_value(struct builder *b, enum rt_member next)
{
	struct ir_instr *iterator = peek(b, 1)->v[0];
	settle(b);
	emit0(b, IR_FRAME_AT)->imm.index = outermost_at(b);
	struct ir_instr *value = rt(b, IR_RT_TRY, next, 1, &iterator);
	end_loop_if(b, emit1(b, IR_OBJ_IS_NULL, value));
	return value;
}

/* `for key, value in d.items()`: no tuple is needed. */
static void unpacked_items(struct builder *b)
{
	struct frame *here = split(b, is_exactly(b, peek(b, 1), RT_TYPE_ID_dict_itemiterator), true);
	struct ir_instr *key = next_value(b, RT_MEMBER_next_item), *value = emit0(b, IR_RT_SECOND);
	push_object(b, value, OWN_OWNED, KNOWN_NONE);
	push_object(b, key, OWN_OWNED, KNOWN_NONE);
	b->moved = true;
	go_to(b, b->top->at + 2); /* FOR_ITER, UNPACK_SEQUENCE */
	go_on(b);
	unsplit(b, here);
}

bool object_for_iter(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	if (peek(b, 1)->kind != AV_OBJECT)
		return false;
	if (build_next(b))
		return true;
	if (next->op == BC_UNPACK && next->arg == 2 && !next->is_target)
		unpacked_items(b);
	push_object(b, next_value(b, RT_MEMBER_next), OWN_OWNED, KNOWN_NONE);
	return true;
}
