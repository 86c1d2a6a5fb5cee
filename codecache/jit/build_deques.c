/* build_deques.c - collections.deque: what its methods do is done by the runtime (cpython311_deque.c), its length is a
 * load. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/deques.h"
#include "codecache/jit/build_priv.h"

enum known known_new_deque(struct builder *b, uint32_t n)
{
	const struct av *callable = peek(b, peek(b, n + 2)->kind == AV_NULL ? n + 1 : n + 2);
	PyTypeObject *type = callable->kind == AV_OBJECT ? deque_type() : NULL;
	return type && value_now(b, callable) == (PyObject *)type ? KNOWN_DEQUE : KNOWN_NONE;
}

static bool is_deque(const struct av *v)
{
	return v->kind == AV_OBJECT && v->known == KNOWN_DEQUE;
}

/* Stack: deque, index. */
bool deque_get_item(struct builder *b)
{
	if (!is_deque(peek(b, 2)) || !may_be_index(peek(b, 1)))
		return false;
	struct ir_instr *index = index_at(b, peek(b, 1)), *args[] = { peek(b, 2)->v[0], index };
	settle(b); /* as what raises does: the exception's end may run anything */
	struct ir_instr *item = rt(b, IR_RT_OBJ, RT_MEMBER_deque_item, 2, args);
	replace(b, 2, (struct av){ .kind = AV_OBJECT, .v = { item }, .own = OWN_OWNED });
	return true;
}

static bool deque_append(struct builder *b, enum rt_member member)
{
	struct ir_instr *deque = peek(b, 2)->v[0];
	settle(b); /* with maxlen, an item dies */
	struct ir_instr *item = owned_object_of(b, peek(b, 1));
	if (!item)
		return false;
	(void)rt(b, IR_RT_DO, member, 2, (struct ir_instr *[]){ deque, item });
	(void)pop(b); /* the deque has it now */
	drop(b, 2);
	push(b, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

static bool deque_pop(struct builder *b, enum rt_member member)
{
	struct ir_instr *deque = peek(b, 1)->v[0];
	settle(b);
	struct ir_instr *item = rt(b, IR_RT_OBJ, member, 1, &deque);
	drop(b, 2);
	push_object(b, item, OWN_OWNED, KNOWN_NONE);
	return true;
}

/* Stack: method, deque, n arguments. */
bool deque_method(struct builder *b, uint32_t n)
{
	if (!is_deque(peek(b, n + 1)))
		return false;
	switch (peek(b, n + 2)->builtin) {
	case BUILTIN_DEQUE_APPEND: return n == 1 && deque_append(b, RT_MEMBER_deque_append);
	case BUILTIN_DEQUE_APPENDLEFT: return n == 1 && deque_append(b, RT_MEMBER_deque_appendleft);
	case BUILTIN_DEQUE_POP: return n == 0 && deque_pop(b, RT_MEMBER_deque_pop);
	case BUILTIN_DEQUE_POPLEFT: return n == 0 && deque_pop(b, RT_MEMBER_deque_popleft);
	default: return false;
	}
}
