/* build_direct_priv.h - direct calls; for build_direct.c (functions) and build_methods.c (methods, classes) only. */
#pragma once

#include "codecache/jit/build_priv.h"
#include "codecache/jit/callee.h"

enum { MAX_DIRECT_ARGS = 16, MAX_DIRECT_OPERANDS = 32 };
enum { MAX_METHODS = 6 }; /* of one name that are asked for at a call */
enum { MAX_UNSEEN = 3 };  /* of these: such that CPython was not seen to call there */
enum { MAX_NAMED = 24 };  /* that are looked at for it */

/* Which argument on the stack, from the bottom, is parameter i; -1: its default.  A tuple of numbers that was not made
 * is passed as its n_items[i] items: the first one in the place of the parameter, the others behind all parameters.  0:
 * it is no such tuple. */
struct binding {
	uint32_t n_params, n_operands;
	int from[MAX_DIRECT_ARGS];
	uint8_t n_items[MAX_DIRECT_ARGS];
	uint32_t n_plain; /* of the parameters: the others are *args and **kwargs */
	struct rest rest;
	int rest_from[2 * MAX_REST]; /* which argument each of their items is */
	const struct record
		*records[MAX_DIRECT_ARGS];          /* the items are attributes of such an instance; NULL: a tuple's */
	enum value_type types[MAX_DIRECT_OPERANDS]; /* of the operands */
};

/* A function that may be called directly, and how constants name it (struct unit_const). */
struct direct_target {
	PyObject *code; /* borrowed, as the function */
	PyObject
		*function; /* its defaults are a guess; NULL: none is known, and none of its parameters has a default */
	const char *name;  /* of the function that it is, or is nested in, as constants have it; NULL: the one that
			    * is compiled */
	uint32_t n_path;
	uint32_t path[MAX_DEPTH];
};

/* A call on the stack: n arguments, and below them extra entries: the callable, and CPython's NULL below that if there
 * are two. */
struct call {
	uint32_t n, extra;
	bool is_init;   /* of __init__ by a class, which stands where self will be */
	bool ends_loop; /* of __next__: StopIteration is the end of the loop */
	uint32_t first; /* which one the first argument is, from the bottom; behind the last one comes the lowest */
	PyObject *const *names; /* of the last n_names arguments */
	uint32_t n_names;
	struct av *operands;       /* the arguments, if they are not on the stack */
	uint32_t n_spread;         /* the entries above the callable that they came in, as in f(*t, **d); 0: they are
				    * entries themselves */
	enum inline_result result; /* what becomes of it, if the function is built in */
	struct binding binding;
	struct direct_target target;
	struct direct *direct;
};

/* A code object as a constant, and behind it the defaults of its function (a tuple or NULL), in their order.  The
 * code's index. */
uint32_t direct_add_consts(struct builder *b, const struct unit_const *code, PyObject *defaults,
			   uint32_t *ret_n_defaults);

/* The name of the global that the object was loaded from; NULL: it was not. */
const char *direct_global_name(const struct builder *b, const struct av *v);
/* The function that the name is bound to now among the globals, and how it is called; false: it is none that can be
 * called directly, whatever the arguments. */
bool direct_target_now(struct builder *b, PyObject *globals, const char *name, struct direct_target *ret);
/* The same of that function, which may have that name among the globals of the family. */
bool direct_target_of(struct builder *b, PyObject *function, const char *name, struct direct_target *ret);
/* The names, as callee_find() has them, of the method or the property's getter that a record's class has, of
 * CALLEE_NAME bytes; false: it has none. */
bool record_method_name(struct builder *b, const struct record *r, const char *name, char *ret);
bool record_getter_name(struct builder *b, const struct record *r, const char *name, char *ret);
/* What the class of an instance has for that use, enum rt_use; leaves if it has nothing that is a function. */
struct ir_instr *record_find(struct builder *b, const struct av *instance, const char *name, uint32_t use);
/* An argument, from the bottom. */
struct av *direct_operand(struct builder *b, const struct call *call, int from);
/* Whether it has none but plain parameters, and is no generator. */
bool direct_is_plain(const PyObject *code);
/* The keywords' names of the instruction; NULL: none. */
PyObject *direct_names(const struct builder *b);
/* Whether a keyword's name can be a constant of the unit. */
bool direct_is_name(PyObject *name);
/* A call of n arguments with the names that the instruction has for the last of them, and so many entries below. */
struct call direct_call_here(const struct builder *b, uint32_t n, uint32_t extra);
/* How many entries of the stack its arguments take. */
static inline uint32_t direct_width(const struct call *call)
{
	return call->n_spread ? call->n_spread : call->n;
}
/* Whether all parameters get an argument of the call's. */
bool direct_needs_no_defaults(const struct binding *binding);
/* The dotted name of the __init__ that a class has, its own or inherited; false: it has none that can be named. */
bool direct_init_name(struct builder *b, const char *class_name, char *ret);
/* Bind n arguments, the last of them by names (a tuple, may be NULL), as CPython does; false: it would raise. */
bool direct_bind(struct builder *b, const struct call *call, struct binding *ret);
/* Whether calls of the function that has this name now among the globals can be direct, for the arguments at hand.
 * Their objects are made. */
bool direct_can_call(struct builder *b, PyObject *globals, const char *name, struct call *call);
/* The same of call->target. */
bool direct_can_call_target(struct builder *b, struct call *call);
/* Of calls that are possible: what one has needed an object of, the others get as one, too.  How many still are. */
uint32_t direct_agree(struct builder *b, struct call *calls, uint32_t n);
/* A call whose callable is one of these, which have been found to be possible, or any other; false: none of them still
 * is. */
bool direct_ways(struct builder *b, struct call *calls, uint32_t n_calls);
/* The same where otherwise says what is done with any other. */
bool direct_ways_or(struct builder *b, struct call *calls, uint32_t n_calls,
		    bool (*otherwise)(struct builder *b, const struct call *call));
/* Any other: CPython's, where the arguments are on the stack. */
bool direct_rarely(struct builder *b, const struct call *call);
/* build_functions.c: the same of what the callable, which may be anything, is guessed to be; the arguments are
 * operands. */
bool direct_spread_call(struct builder *b, const struct call *like,
			bool (*otherwise)(struct builder *b, const struct call *call));
/* How many parameters the plain function has that the instruction is expected to call; 0: nothing is known, or it has
 * none. */
uint32_t direct_n_expected(struct builder *b, const struct av *callable, const struct bc_instr *call);
/* Whether the object is that function: IR_GUARD_FUNCTION leaves if not, IR_FUNCTION_IS tells. */
struct ir_instr *direct_ask(struct builder *b, enum ir_op op, const struct call *call, struct ir_instr *function);
/* The same for that constant, a code object with so many defaults behind it. */
struct ir_instr *direct_ask_code(struct builder *b, enum ir_op op, const struct binding *binding,
				 struct ir_instr *function, uint32_t code_const, uint32_t n_defaults);
/* The operands for the callee, MAX_DIRECT_OPERANDS at most: numbers, and references that it takes over; self of an
 * __init__ is left out. */
bool direct_arguments(struct builder *b, const struct call *call, struct ir_instr **ret);
/* Those of them that are for *args and **kwargs; stays: the references that are given over are new ones. */
bool direct_rest(struct builder *b, const struct call *call, bool stays, struct ir_instr **ret);
/* What was given over or is not needed any more leaves the stack; the callable is returned. */
struct av direct_pop(struct builder *b, const struct call *call);
/* The call of what was entered; its result is pushed in the place of so many operands. */
void direct_call(struct builder *b, const struct call *call, struct ir_instr *entered, struct ir_instr **args,
		 uint32_t operands);
/* Of a function that returns a tuple as its items: push them, which the instruction before has given. */
void push_returned_values(struct builder *b, const struct ir_function *f);
/* Whether both give the same: types, and items of a tuple. */
bool direct_results_equal(const struct ir_function *f, const struct ir_function *g);
/* Of the function that has the target's name, which is the target or has it among its constants. */
uint64_t direct_digest(const struct builder *b, const struct direct_target *target);
/* build_inline.c: whether the code is of those that can be built in, as far as itself goes. */
bool inline_is_simple(const struct bc_code *code);
/* Whether the function that has this name now can be built in, for the arguments at hand. */
bool inline_can(struct builder *b, PyObject *globals, const char *name, struct call *call);
/* The same of call->target, whose function may be any object with that code. */
bool inline_can_value(struct builder *b, struct call *call);
/* That is done, in the place of so many values, if function is that one: it leaves if not. */
void inline_enter(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced);
/* The same of the __init__ of a record, whose instance has been begun. */
void inline_enter_init(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced,
		       struct av instance);
/* The two halves of it: as direct_ask(), and what is done then. */
struct ir_instr *inline_ask(struct builder *b, enum ir_op op, const struct call *call, struct ir_instr *function);
struct frame *inline_enter_asked(struct builder *b, const struct call *call, struct ir_instr *function,
				 uint32_t n_replaced);
/* The function of a target that is built in, as frames have it; and of a call of one what a parameter without an
 * argument has. */
const struct made_function *inline_function(struct builder *b, const struct direct_target *target);
struct av inline_default(struct builder *b, const struct call *call, uint32_t param);
/* build_generators.c: whether the name is bound to a generator function of the module now whose body can be built into
 * what asks it for values; handles: it may have handlers. */
bool generator_is_now(struct builder *b, const char *name, bool handles, struct call *call);
/* A function of the module or, of a class, a method, which is called with n arguments.  Stack: NULL, the function; or
 * method, self; the arguments.  false: it is another. */
bool generator_callee(struct builder *b, uint32_t n, char *ret_name, struct call *ret);
/* What is called; it leaves where there is nothing. */
struct ir_instr *generator_callable(struct builder *b, const struct call *call);
/* The frame of the call, which leaves the stack: not started. */
struct frame *generator_enter(struct builder *b, const struct call *call);
/* Stand in it: the instruction of the frame that was on top asks it for its next value. */
void generator_resume(struct builder *b, struct frame *inner);
/* build_next.c: the names of what classes have as a method that iterating over instances calls, and that CPython was
 * seen to call here if it has been here at all. */
uint32_t find_iterating(struct builder *b, const char *method, char (*ret)[CALLEE_NAME]);
/* All of it: enter the callable on the stack, pop, call. */
void direct_emit(struct builder *b, const struct call *call, struct ir_instr **args);

/* build_methods.c: whether CPython was seen to call the function where the builder stands; *ret_n: how many it was. */
bool was_called_here(const struct builder *b, PyObject *function, uint32_t *ret_n);
/* build_methods.c: the only function that the method is expected to be that is called with n arguments.  Stack: what
 * LOAD_METHOD has found, self, the arguments.  false: it may be any. */
bool expected_method(struct builder *b, uint32_t n, char *ret);
/* build_methods.c: functions that classes have for what an instruction does.  Of those of n names, the ones that can be
 * called directly, as like says; how many. */
uint32_t special_calls(struct builder *b, const struct call *like, char (*names)[CALLEE_NAME], uint32_t n,
		       struct call *ret);
/* What the class of the object has for that use or, where the operand on top has a say, what both have for it.  by:
 * IR_TYPE_METHOD, which may find nothing, or IR_TYPE_FUNCTION, which leaves then. */
struct ir_instr *find_special(struct builder *b, uint32_t from_top, const char *name, uint32_t use, enum ir_op by);
/* The operands stay where they are, as in CPython, until the function is done, which has references of its own. */
void call_special(struct builder *b, const struct call *call, struct ir_instr *function, uint32_t n_replaced);
/* The ways of a call's candidates, which meet behind it, begin: what they have in common of their results' kinds. */
enum av_kind begin_ways(struct builder *b, const struct call *calls, uint32_t n);
/* One has been built; the builder goes on where the condition of its split() does not hold. */
void end_way(struct builder *b, struct join *join, enum av_kind kind, struct frame *here);
/* So has the last one, if it could be: that of any other callable.  like: one of the candidates. */
void end_ways(struct builder *b, struct join *join, enum av_kind kind, const struct direct *like, bool built);
