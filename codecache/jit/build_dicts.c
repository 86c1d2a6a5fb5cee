/* build_dicts.c - dicts and sets, by the runtime (cpython311_keys.c).  A key that is an int, or a tuple of ints that
 * was not made, is looked up by its numbers: no object is made of it, unless it is put in. */
#include "config.h"

#include <string.h>

#include "codecache/jit/build_priv.h"

enum { MAX_PARTS = 3, KEY_OPERANDS = 1 + MAX_PARTS };

/* Operands of the runtime: how many ints the tuple has (0: the key is an int), and these.  false: it is another key. */
static bool key_numbers(struct builder *b, const struct av *v, struct ir_instr **ret)
{
	const struct av *parts = v->kind == AV_TUPLE ? v->tuple->items : v;
	uint32_t n = v->kind == AV_TUPLE ? v->tuple->n : 1;
	if (n > MAX_PARTS || n == 0)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (parts[i].kind != AV_INT)
			return false;
	ret[0] = emit_i64(b, v->kind == AV_TUPLE ? n : 0);
	for (uint32_t i = 0; i < MAX_PARTS; i++)
		ret[1 + i] = i < n ? parts[i].v[0] : emit_i64(b, 0);
	return true;
}

static bool is_dead(const struct builder *b, const struct av *v)
{
	const struct bc_code *code = b->top->code;
	return v >= b->top->locals && v < b->top->locals + code->n_locals &&
	       !bc_is_live(code, b->top->at + 1, (uint32_t)(v - b->top->locals));
}

struct others {
	const struct builder *b;
	const struct av *key;
	bool any;
};

static void see_other(struct av *v, void *data)
{
	struct others *o = data;
	o->any |= v != o->key && v->kind == AV_TUPLE && v->tuple == o->key->tuple && !is_dead(o->b, v);
}

/* The same of a key that may be put in: it is the object that other places have, or will have. */
static bool new_key_numbers(struct builder *b, struct av *v, struct ir_instr **ret)
{
	struct others others = { b, v, v->object };
	if (v->kind == AV_TUPLE)
		frames_each_place(b->top, see_other, &others);
	return !others.any && key_numbers(b, v, ret);
}

static bool is_new_number(const struct av *v)
{
	return !v->object && (v->kind == AV_INT || v->kind == AV_FLOAT);
}

/* ---- d[k], k in d ---------------------------------------------------------- */

/* Stack: dict, key; what it has under the key is kept alive by it. */
static bool item_of_dict(struct builder *b)
{
	struct ir_instr *args[1 + KEY_OPERANDS];
	bool ints = key_numbers(b, peek(b, 1), args + 1);
	if (!ints && !objects_of(b, 2, args))
		return false;
	args[0] = peek(b, 2)->v[0];
	settle(b);
	struct unseen u;
	uint32_t n = ints ? 1 + KEY_OPERANDS : 2;
	struct ir_instr *value =
		key_may_fail(b, &u) ? dict_find_caught(b, &u, ints, n, args)
				    : rt(b, IR_RT_OBJ, ints ? RT_MEMBER_dict_item_ints : RT_MEMBER_dict_item, n, args);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_ITEM });
	return true;
}

bool dict_get_item(struct builder *b)
{
	struct ir_instr *args[1 + KEY_OPERANDS];
	struct av *container = peek(b, 2);
	if (container->kind != AV_OBJECT)
		return false;
	if (container->known == KNOWN_DICT || (b->i->hint == HINT_DICT && guard_known(b, container, KNOWN_DICT)))
		return item_of_dict(b);
	if (container->known != KNOWN_NONE || !key_numbers(b, peek(b, 1), args + 1))
		return false;
	args[0] = container->v[0];
	settle(b);
	struct ir_instr *value = rt(b, IR_RT_OBJ, RT_MEMBER_get_item_ints, 1 + KEY_OPERANDS, args);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_OWNED });
	return true;
}

/* Stack: key, container. */
bool dict_contains(struct builder *b)
{
	struct ir_instr *args[1 + KEY_OPERANDS];
	const struct av *container = peek(b, 1);
	bool may_be = container->kind == AV_OBJECT && (container->known == KNOWN_DICT ||
						       container->known == KNOWN_SET || container->known == KNOWN_NONE);
	if (!may_be || !key_numbers(b, peek(b, 2), args + 1))
		return false;
	args[0] = container->v[0];
	settle(b);
	struct ir_instr *is = rt(b, IR_RT_BOOL, RT_MEMBER_contains_ints, 1 + KEY_OPERANDS, args);
	replace(b, 2, av_of(AV_BOOL, b->i->arg ? emit1(b, IR_BOOL_NOT, is) : is));
	return true;
}

/* ---- d[k] = v -------------------------------------------------------------- */

/* Stack: value, container, key.  A number takes the place of one that nobody else has. */
bool dict_set_item(struct builder *b)
{
	static const enum rt_member by_ints[] = { RT_MEMBER_set_item_ints, RT_MEMBER_set_item_ints_i64,
						  RT_MEMBER_set_item_ints_f64 };
	static const enum rt_member by_object[] = { RT_MEMBER_set_item, RT_MEMBER_set_item_i64,
						    RT_MEMBER_set_item_f64 };
	struct av *value = peek(b, 3), *container = peek(b, 2), *key = peek(b, 1);
	bool is_new = is_new_number(value);
	enum { OBJECT, INT, FLOAT } what = is_new ? (value->kind == AV_INT ? INT : FLOAT) : OBJECT;
	struct ir_instr *args[2 + KEY_OPERANDS];
	if (container->kind != AV_OBJECT || (container->known != KNOWN_DICT && container->known != KNOWN_NONE))
		return false;
	args[0] = container->v[0];
	if (what == OBJECT && !object_of(b, value))
		return false;
	if (new_key_numbers(b, key, args + 2)) {
		args[1] = what == OBJECT ? object_of(b, value) : value->v[0];
		return done_by_runtime(b, by_ints[what], 2 + KEY_OPERANDS, args, 3);
	}
	if (!object_of(b, key))
		return false;
	args[1] = object_of(b, key);
	args[2] = what == OBJECT ? object_of(b, value) : value->v[0];
	return done_by_runtime(b, by_object[what], 3, args, 3);
}

/* ---- methods --------------------------------------------------------------- */

/* Stack: method, dict, key, perhaps what to give otherwise. */
static bool dict_get(struct builder *b, uint32_t n)
{
	struct ir_instr *args[2 + KEY_OPERANDS];
	if (n < 1 || n > 2)
		return false;
	struct av *key = peek(b, n), *otherwise = n == 2 ? peek(b, 1) : NULL;
	bool is_int = otherwise && is_new_number(otherwise) && otherwise->kind == AV_INT;
	if (otherwise && !is_int && !object_of(b, otherwise))
		return false;
	bool ints = key_numbers(b, key, args + 2);
	if (!ints && !object_of(b, key))
		return false;
	struct ir_instr *value = is_int      ? otherwise->v[0]
				 : otherwise ? object_of(b, otherwise)
					     : const_instr(b, const_builtin(b, "None"));
	args[0] = object_of(b, peek(b, n + 1));
	args[1] = ints ? value : object_of(b, key);
	if (!ints)
		args[2] = value;
	enum rt_member member = ints ? (is_int ? RT_MEMBER_dict_get_ints_i64 : RT_MEMBER_dict_get_ints)
				     : (is_int ? RT_MEMBER_dict_get_i64 : RT_MEMBER_dict_get);
	settle(b);
	struct ir_instr *result = rt(b, IR_RT_OBJ, member, ints ? 2 + KEY_OPERANDS : 3, args);
	replace(b, n + 2, (struct av){ .kind = AV_OBJECT, .v = { result }, .own = OWN_OWNED });
	return true;
}

/* Stack: method, set, item. */
static bool set_add(struct builder *b)
{
	struct ir_instr *args[1 + KEY_OPERANDS];
	bool ints = new_key_numbers(b, peek(b, 1), args + 1);
	if (!ints && !objects_of(b, 2, args))
		return false;
	args[0] = object_of(b, peek(b, 2));
	if (!done_by_runtime(b, ints ? RT_MEMBER_set_add_ints : RT_MEMBER_set_add, ints ? 1 + KEY_OPERANDS : 2, args,
			     3))
		return false;
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

/* Stack: method, set, item. */
static bool set_discard(struct builder *b, bool must)
{
	struct ir_instr *args[2 + KEY_OPERANDS];
	bool ints = key_numbers(b, peek(b, 1), args + 2);
	if (!ints && !objects_of(b, 2, args))
		return false;
	args[0] = object_of(b, peek(b, 2));
	args[ints ? 1 : 2] = emit_i64(b, must);
	if (!done_by_runtime(b, ints ? RT_MEMBER_set_discard_ints : RT_MEMBER_set_discard, ints ? 2 + KEY_OPERANDS : 3,
			     args, 3))
		return false;
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

/* Stack: method, dict, key, perhaps a value. */
static bool dict_pop_or_set(struct builder *b, uint32_t n, enum rt_member member)
{
	struct ir_instr *args[3];
	if (n < 1 || n > 2 || !objects_of(b, n + 1, args))
		return false;
	if (n == 1)
		args[2] = member == RT_MEMBER_dict_pop ? null_object(b) : const_instr(b, const_builtin(b, "None"));
	settle(b);
	struct ir_instr *value = rt(b, IR_RT_OBJ, member, 3, args);
	replace(b, n + 2, (struct av){ .kind = AV_OBJECT, .v = { value }, .own = OWN_OWNED });
	return true;
}

/* Stack: method, receiver of that type, n arguments. */
bool container_method(struct builder *b, uint32_t n, const char *name)
{
	enum known known = known_of(b, peek(b, n + 1));
	const char *dot = strchr(name, '.');
	const char *method = dot ? dot + 1 : name;
	if (known == KNOWN_DICT && strcmp(method, "get") == 0)
		return dict_get(b, n);
	if (known == KNOWN_DICT && strcmp(method, "pop") == 0)
		return dict_pop_or_set(b, n, RT_MEMBER_dict_pop);
	if (known == KNOWN_DICT && strcmp(method, "setdefault") == 0)
		return dict_pop_or_set(b, n, RT_MEMBER_dict_setdefault);
	if (known != KNOWN_SET || n != 1)
		return false;
	bool must = strcmp(method, "remove") == 0;
	return strcmp(method, "add") == 0 ? set_add(b)
					  : (must || strcmp(method, "discard") == 0) && set_discard(b, must);
}
