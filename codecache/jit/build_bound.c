/* build_bound.c - methods of builtin types that were put into a local: append = result.append.
 *
 * The bound method is not made: the local has the method of the type and the object (AV_BOUND).  Where it is called,
 * they take the places that LOAD_METHOD would have given them; all else makes it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"

enum { FUNCTION, SELF };

/* Stack: the object. */
bool build_bound_method(struct builder *b)
{
	const struct bc_instr *next = b->i + 1;
	if (next->op != BC_STORE_LOCAL || next->is_target || b->top->outer || b->top->is_inlined || in_generator(b) ||
	    peek(b, 1)->kind != AV_OBJECT || !builtin_load_known_method(b))
		return false;
	struct av self = pop(b), function = pop(b);
	function = (struct av){ .kind = AV_CONST, .index = function.index };
	own(b, &self);
	self.index = 0;
	push_bound(b, (struct av[]){ function, self });
	return true;
}

bool bound_is_builtin(const struct av *v)
{
	return v->kind == AV_BOUND && v->tuple->items[FUNCTION].kind == AV_CONST;
}

bool bound_load(struct builder *b, struct av *local)
{
	if (!bound_is_builtin(local))
		return false;
	if (b->top->n_stack == 0 || peek(b, 1)->kind != AV_NULL) {
		(void)object_of(b, local);
		return false;
	}
	const struct tuple_value *bound = local->tuple;
	struct av self = bound->items[SELF];
	self.own = OWN_ITEM;
	*peek(b, 1) = builtin_method(b, bound->items[FUNCTION].index);
	push(b, self);
	return true;
}

struct av bound_self(struct builder *b, struct av v)
{
	struct av self = v.tuple->items[SELF];
	if (--v.tuple->places > 0) {
		self.own = OWN_NONE;
		own(b, &self);
	}
	return self;
}
