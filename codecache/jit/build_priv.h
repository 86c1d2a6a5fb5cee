/* build_priv.h - the builder's abstract interpreter; for build.c, build_ops.c, build_call.c and build_state.c only.
 *
 * The builder runs the bytecode over abstract values: a local or stack entry is known to be an int in a machine word, a
 * float, a range that was never made, a generator that was fused away.  A position is built once for each shape of the
 * frames (which kind of value is where) that reaches it: a version. */
#pragma once

#include "codecache/jit/build.h"
#include "codecache/jit/bytecode.h"
#include "codecache/jit/ir.h"

enum av_kind {
	AV_UNBOUND,
	AV_NULL,       /* CPython's NULL on the stack */
	AV_INT,        /* v[0]: i64 */
	AV_FLOAT,      /* v[0]: f64 */
	AV_BOOL,       /* v[0]: bool */
	AV_WIDE,       /* v[0]: i128, an int */
	AV_OBJECT,     /* v[0]: obj */
	AV_CONST,      /* index: into ir_function.consts */
	AV_BUILTIN,    /* the same, and builtin says which; guarded to be the real one */
	AV_RANGE,      /* v: start, stop, step */
	AV_RANGE_ITER, /* v: next value, values left, step */
	AV_CELL,       /* cell */
	AV_CLOSURE,    /* function: its cells only */
	AV_FUNCTION,   /* function */
	AV_GENERATOR,  /* function, called with a range's iterator, v as AV_RANGE_ITER; not started */
	AV_KIND_COUNT,
};

enum builtin { BUILTIN_NONE, BUILTIN_RANGE, BUILTIN_SUM, BUILTIN_ABS, BUILTIN_FLOAT, BUILTIN_INT, BUILTIN_BOOL };

enum { MAX_DEPTH = 4, MAX_CELLS = 16 };

/* A cell variable, by the frame that owns it: native code keeps what is in it as that frame's local. */
struct cell_ref {
	uint32_t depth; /* 0: the compiled function's own frame */
	uint32_t local;
};

/* A function that MAKE_FUNCTION would have made. */
struct made_function {
	uint32_t code;         /* index into ir_function.consts */
	PyObject *code_object; /* borrowed; NULL in AV_CLOSURE */
	uint32_t n_cells;
	struct cell_ref cells[MAX_CELLS];
};

struct av {
	enum av_kind kind;
	enum builtin builtin;
	uint32_t index;
	struct cell_ref cell;
	const struct made_function *function;
	struct ir_instr *v[3];
	struct ir_instr *object; /* AV_INT, AV_FLOAT, AV_BOOL: the object it was unboxed from, or NULL; an exit gives
				  * that one back, so that identity is kept */
};

/* One of CPython's frames, while the builder stands in it. */
struct frame {
	struct frame *outer; /* the frame that runs sum() over this generator; NULL: the compiled function */
	uint32_t depth;
	const struct bc_code *code;
	uint32_t code_const; /* UINT32_MAX for the compiled function */
	uint32_t n_path;     /* where the code object is: co_consts[path[0]].co_consts[path[1]]... */
	uint32_t path[MAX_DEPTH];
	uint32_t at;                          /* index of the next instruction; in outer frames the CALL of sum() */
	bool cells_made;                      /* MAKE_CELL has run */
	const struct made_function *function; /* of generators: whose closure it has */
	struct av sum;                        /* of generators: sum()'s result so far */
	uint32_t n_stack;
	struct av *locals;
	struct av *stack;
};

/* A block that was made for one shape of the frames at one position. */
struct version {
	struct version *next;
	struct frame *top; /* its values are the block's phis */
	struct ir_block *block;
};

/* Versions whose code is still to be built. */
struct work {
	struct work *next;
	struct version *version;
};

struct builder {
	struct ir_function *f;
	const struct build_input *input;
	struct version *versions;
	struct work *work;
	struct ir_block *block; /* NULL: what comes next is not reached */
	struct frame *top;
	const struct bc_instr *i;
	struct ir_exit *exit; /* for the state before i, made at its first use */
	struct decoded_code *codes;
	struct cell_ref *cells; /* that exits name: the position is state_value.index */
	uint32_t n_cells, cap_cells;
	bool moved; /* the handler of the current instruction has said where it goes on */
	bool too_big;
};

/* build_state.c */
struct frame *frame_copy(struct builder *b, const struct frame *top);
bool frames_same_shape(const struct frame *a, const struct frame *b);
/* Call visit with the address of each value, in an order that is the same for all frames of one shape. */
void frames_visit(struct frame *top, void (*visit)(struct ir_instr **value, void *data), void *data);
void frames_drop_objects(struct frame *top);
/* The frame that owns a cell, and its local. */
struct av *cell_local(struct frame *top, struct cell_ref cell);
/* The exit for the state before the current instruction. */
struct ir_exit *exit_here(struct builder *b);
/* The exit of the function's entry: its arguments as they came. */
struct ir_exit *exit_entry(struct builder *b, struct ir_instr *const *params);
extern const uint8_t av_values[AV_KIND_COUNT]; /* how many of v[] a kind uses */

/* build.c */
struct ir_instr *emit0(struct builder *b, enum ir_op op);
struct ir_instr *emit1(struct builder *b, enum ir_op op, struct ir_instr *x);
struct ir_instr *emit2(struct builder *b, enum ir_op op, struct ir_instr *x, struct ir_instr *y);
struct ir_instr *emit_i64(struct builder *b, int64_t value);
void poll_here(struct builder *b);
const struct bc_code *code_decoded(struct builder *b, PyObject *code);
struct av *peek(struct builder *b, uint32_t from_top); /* 1: the top */
void push(struct builder *b, struct av value);
struct av pop(struct builder *b);
uint32_t const_object(struct builder *b, const struct frame *frame, uint32_t index);
static inline struct av av_of(enum av_kind kind, struct ir_instr *value)
{
	return (struct av){ .kind = kind, .v = { value } };
}
uint32_t const_builtin(struct builder *b, const char *name);
bool is_none(const struct builder *b, const struct av *v);
/* Leave the block for the position index of the top frame: its version there, made if need be. */
void go_to(struct builder *b, uint32_t index);
/* Split: the frames as they are go to the instruction's target if condition is what; the builder goes on where it is
 * not. */
void branch_to_target(struct builder *b, struct ir_instr *condition, bool what);

/* build_ops.c: numbers.  NULL, and nothing happened but guards: not translated. */
struct ir_instr *as_int(struct builder *b, const struct av *v);
struct ir_instr *as_float(struct builder *b, const struct av *v);
bool is_integral(const struct av *v); /* int or bool */
struct ir_instr *truth(struct builder *b, const struct av *v);
bool build_binary(struct builder *b);
bool build_unary(struct builder *b);
bool build_compare(struct builder *b);
bool build_is(struct builder *b);

/* build_call.c: globals, calls, functions, generators.  false: not translated. */
bool build_load_global(struct builder *b);
bool build_make_function(struct builder *b);
bool build_build_tuple(struct builder *b);
bool build_get_iter(struct builder *b);
bool build_for_iter(struct builder *b);
bool build_call(struct builder *b);
bool build_yield(struct builder *b);
bool build_generator_return(struct builder *b);
