/* build_next.c - loops over instances of the module's classes: their __next__() is called directly, and StopIteration
 * that it raises itself ends the loop without being made.
 *
 * Which function it is is a guess, as of other methods: what CPython was seen to call at the place or, where it has not
 * run yet, what a class among the globals has.  Any other iterator is asked as CPython does. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_direct_priv.h"
#include "codecache/jit/callee.h"

/* Whether CPython has run the function: then it has seen what there is to be seen. */
static bool has_run(const struct bc_code *code)
{
	for (uint32_t i = 0; i < code->n_instrs; i++)
		if (code->instrs[i].hint != HINT_NONE || code->instrs[i].met || code->instrs[i].outgrown)
			return true;
	return false;
}

uint32_t find_iterating(struct builder *b, const char *method, char (*ret)[CALLEE_NAME])
{
	enum { MOST = 8 }; /* many classes can be iterated over */
	char names[MOST][CALLEE_NAME];
	uint32_t found = callee_methods(b->input->globals, method, CALLEE_METHOD, MOST, names), n = 0, n_called;
	for (uint32_t i = 0; i < found && n < MAX_METHODS; i++) {
		bool was_called = was_called_here(b, callee_find(b->input->globals, names[i]), &n_called);
		if (was_called || (n_called == 0 && found == 1 && !has_run(b->top->code)))
			memcpy(ret[n++], names[i], CALLEE_NAME);
	}
	return n;
}

void end_loop_if(struct builder *b, struct ir_instr *ended)
{
	struct frame *here = split(b, ended, true);
	(void)rt(b, IR_RT_DO, RT_MEMBER_next_ended, 0, NULL);
	drop(b, 1);
	go_to_target(b);
	unsplit(b, here);
}

bool build_next(struct builder *b)
{
	char names[MAX_METHODS][CALLEE_NAME];
	struct call calls[MAX_METHODS];
	struct join join = { 0 };
	struct av self = *peek(b, 1);
	if (self.kind != AV_OBJECT || (self.known != KNOWN_NONE && self.known != KNOWN_ITERATOR))
		return false;
	self.known = KNOWN_NONE;
	uint32_t found = find_iterating(b, "__next__", names);
	uint32_t n =
		special_calls(b, &(struct call){ .n = 1, .operands = &self, .ends_loop = true }, names, found, calls);
	if (n == 0)
		return false;
	enum av_kind kind = begin_ways(b, calls, n);
	self = *peek(b, 1);
	self.known = KNOWN_NONE;
	struct ir_instr *function = find_special(b, 1, "__next__", RT_USE_ITEM, IR_TYPE_METHOD);
	for (uint32_t i = 0; i < n; i++) {
		struct frame *here = split(b, direct_ask(b, IR_FUNCTION_IS, &calls[i], function), true);
		call_special(b, &calls[i], function, 0);
		end_way(b, &join, kind, here);
	}
	push_object(b, next_value(b, RT_MEMBER_next), OWN_OWNED, KNOWN_NONE);
	end_ways(b, &join, kind, calls[0].direct, true);
	return true;
}
