/* emit_priv.h - what emit.c (functions, blocks, exits) and emit_ops.c (operations) share. */
#pragma once

#include <libgccjit.h>
#include <stdbool.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/rt.h"

/* One object file. */
struct emit_unit {
	gcc_jit_context *context;
	gcc_jit_type *nothing, *void_ptr, *volatile_ptr; /* the last: const volatile void * */
	gcc_jit_type *i64, *u64, *u32, *u8, *f64, *boolean, *i128, *c_int;
	gcc_jit_type *rt_ptr, *char_ptr;
	gcc_jit_function *expect, *load_4, *store_8; /* found once: libgccjit looks through a long list of names */
	gcc_jit_field *rt_breaker, *rt_thread, *rt_deep, *rt_types, *rt_chars, *rt_small_ints;
	gcc_jit_field *rt_fields[RT_MEMBER_COUNT];
	bool debug;
	bool has_fma; /* the CPU that code is made for has an instruction for a * b + c */
};

enum { EMIT_MAX_PARAMS = 64, EMIT_MAX_HELD = 32 }; /* of a direct function; locals that it holds itself */

/* One function in it. */
struct emitter {
	struct emit_unit *u;
	const struct ir_function *f;
	gcc_jit_function *function;
	gcc_jit_function **directs;              /* of the family */
	gcc_jit_rvalue *params[EMIT_MAX_PARAMS]; /* of a direct function: NULL for objects, but for those of a leaf */
	gcc_jit_lvalue *code;                    /* char *: the code object that the frame runs */
	bool has_many_calls;                     /* direct ones, in the family */
	bool is_late;                            /* see emit_frame.c; args is then the caller's record (enum rt_call) */
	gcc_jit_rvalue *callee;                  /* of a late one: the function object */
	gcc_jit_lvalue *locals;                  /* of a late one: its frame's, NULL: there is none yet */
	uint32_t holds;                          /* of a late one: emit_held_locals() */
	gcc_jit_lvalue *held[EMIT_MAX_HELD]; /* of a late one without a frame: what its locals hold, NULL if never */
	gcc_jit_lvalue *record;              /* of calls of late ones; NULL: there are none */
	gcc_jit_lvalue *levels;     /* of a late one that calls: so many calls may be in it; 0: ask, it has a frame */
	gcc_jit_lvalue *inner;      /* the same for the call that is entered */
	gcc_jit_lvalue *kept;       /* its function, if it is not the very one that runs (emit_direct.c) */
	gcc_jit_lvalue *results;    /* the values that a direct call has returned; NULL: none yet */
	gcc_jit_rvalue *ret_values; /* where a direct function returns them */
	gcc_jit_lvalue *rest;       /* the result of a direct call that is of another type than expected, or NULL */
	gcc_jit_lvalue *here;       /* a variable on the C stack; NULL: nobody has asked where that is */
	gcc_jit_lvalue *left; /* whether the direct call before, which got lists of numbers, was CPython's at its end */
	gcc_jit_lvalue *failed; /* whether the direct call before, which a handler is for, has raised */
	gcc_jit_rvalue *rt, *consts, *args;
	gcc_jit_lvalue *exit;                        /* int64_t *: the number, then the slots */
	gcc_jit_lvalue *breaker;                     /* rt->eval_breaker, read once */
	gcc_jit_block *block;                        /* what is emitted goes to its end */
	gcc_jit_location *location;                  /* in the source; NULL: nobody asks */
	gcc_jit_block **blocks;                      /* where each IR block begins, by its id */
	gcc_jit_block **exits;                       /* by number, NULL until something leaves there */
	gcc_jit_lvalue **values;                     /* by ir_instr.id */
	gcc_jit_lvalue *ret_i64, *ret_f64, *ret_obj; /* where the runtime's functions put results */
};

/* What an operation becomes: which function emits it and what that function needs to know. */
struct op_row {
	void (*emit)(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
	int code; /* enum gcc_jit_binary_op, gcc_jit_unary_op, gcc_jit_comparison or rt_member */
	const char *builtin;
};

/* emit.c */
gcc_jit_rvalue *emit_value(const struct emitter *e, const struct ir_instr *i);
void emit_result(struct emitter *e, const struct ir_instr *i, gcc_jit_rvalue *value);
/* Go on in a new block, and leave by i's exit if condition (a boolean) is true. */
void emit_exit_if(struct emitter *e, const struct ir_instr *i, gcc_jit_rvalue *condition);
/* End the block: to yes if condition is true, which is not expected. */
void emit_unlikely(struct emitter *e, gcc_jit_rvalue *condition, gcc_jit_block *yes, gcc_jit_block *no);
gcc_jit_block *emit_exit_block(struct emitter *e, const struct ir_exit *exit);
gcc_jit_block *emit_new_block(struct emitter *e);
/* The block for the way from i's block, ending with i, to its target: the phis there get their values on it. */
gcc_jit_block *emit_edge(struct emitter *e, const struct ir_instr *i, int target);
/* End the block with that way, if there is only one. */
void emit_way(struct emitter *e, const struct ir_instr *i);

/* emit_direct.c */
/* Whether the call that is entered there takes over the reference that the next instruction drops. */
bool emit_takes_function(const struct ir_instr *i);
gcc_jit_function *emit_direct_declare(struct emit_unit *u, const struct ir_function *f);
/* The parameters of the function that is being emitted. */
void emit_direct_params(struct emitter *e);

/* emit_frame.c */
/* Of the functions that are called directly: which call others (calls), and whose frames are made late (is_late). */
void emit_plan_frames(struct ir_function *family);
/* Locals of a late one that are held at some time, a bit each. */
uint32_t emit_held_locals(const struct ir_function *f);
void emit_begin_record(struct emitter *e);
gcc_jit_rvalue *emit_record(const struct emitter *e);
gcc_jit_lvalue *emit_record_word(const struct emitter *e, gcc_jit_type *type, int64_t word);
/* It is known to have a frame. */
void emit_has_frame(struct emitter *e);
void emit_begin_frame(struct emitter *e);
void emit_begin_late(struct emitter *e);
void emit_end_late(struct emitter *e);
void emit_need_frame(struct emitter *e);
void emit_frame_is_at(struct emitter *e, uint32_t at);
/* The same for a call of that function, which needs no frame yet if that one's is made late. */
void emit_frame_calls(struct emitter *e, const struct ir_function *to, uint32_t at);
/* Whether a family makes so many calls that frames are not made in place. */
bool emit_has_many_calls(const struct ir_function *family);
/* The frame of a call to a function that is no leaf, on to where *ret_locals are its locals; to slow where call_enter()
 * must make it, or not.  It has no reference to the function yet. */
void emit_enter_frame(struct emitter *e, gcc_jit_rvalue *function, const struct ir_function *to,
		      gcc_jit_lvalue *ret_locals, gcc_jit_block *slow);
/* The end of one that returned; to slow where call_leave() must see to it. */
void emit_leave_frame(struct emitter *e, const struct ir_function *from, gcc_jit_rvalue *locals, gcc_jit_block *slow);
void emit_enter_late(struct emitter *e, const struct ir_instr *i, const struct ir_function *to);

/* emit_objects.c */
/* Whether it is a call of the runtime that may run Python code, so the frame says where it is before. */
bool emit_calls_python(const struct ir_instr *i);
void emit_incref_of(const struct emitter *e, gcc_jit_rvalue *object);

/* Let go of a reference; what dies may run Python code, at that pc. */
void emit_drop(struct emitter *e, gcc_jit_rvalue *object, uint32_t at);
gcc_jit_rvalue *emit_rt_type(const struct emitter *e, uint32_t type); /* enum rt_type */

/* emit_numbers.c */
/* The int object, which nobody else can see, becomes value, of at most as many digits; on only if it has room. */
void emit_int_becomes(struct emitter *e, gcc_jit_rvalue *object, gcc_jit_rvalue *value, gcc_jit_block *slow);

/* emit_pow.c */
/* Whether IR_F64_POW is computed without pow(), for most numbers. */
bool emit_has_power(const struct emitter *e, const struct ir_instr *i);
/* Its result, for these; to other for the others. */
void emit_power(struct emitter *e, const struct ir_instr *i, gcc_jit_block *other);

/* emit_ops.c */
gcc_jit_type *emit_type(const struct emit_unit *u, enum ir_type type);
gcc_jit_rvalue *emit_cast(const struct emitter *e, gcc_jit_rvalue *value, gcc_jit_type *type);
gcc_jit_rvalue *emit_binary(const struct emitter *e, enum gcc_jit_binary_op op, gcc_jit_type *type, gcc_jit_rvalue *a,
			    gcc_jit_rvalue *b);
gcc_jit_rvalue *emit_constant(const struct emitter *e, gcc_jit_type *type, int64_t value);
gcc_jit_rvalue *emit_call_rt(const struct emitter *e, int member, int n, gcc_jit_rvalue **args);
gcc_jit_rvalue *emit_boxed(struct emitter *e, const struct ir_instr *i); /* a new reference */
void emit_instr(struct emitter *e, const struct ir_instr *i);
