/* state.h - what CPython's frames look like at a side exit.
 *
 * Native code keeps locals and stack entries as raw machine values, or not at all (a range, a generator that was fused
 * away).  A state says, for one point of the bytecode, how to make CPython's objects again.  It is a tree of
 * constructors whose leaves are raw values: in the IR a leaf names the instruction that computes it, in a unit it names
 * the slot of struct side_exit that the exit code stores it to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ir_instr;

/* X(NAME, "word", slots, children): slots is how many raw 64-bit words a leaf takes, children -1 = any number. */
#define STATE_KINDS(X)                                                                                                 \
	X(UNBOUND, "unbound", 0, 0)       /* a local without a value, or one that COPY_FREE_VARS will fill */          \
	X(NULL, "null", 0, 0)             /* CPython's NULL on the stack (PUSH_NULL, LOAD_GLOBAL's) */                 \
	X(I64, "i64", 1, 0)               /* int */                                                                    \
	X(F64, "f64", 1, 0)               /* float */                                                                  \
	X(BOOL, "bool", 1, 0)             /* True or False: the whole word is 0 or 1 */                                \
	X(I128, "i128", 2, 0)             /* int: low word, high word (signed) */                                      \
	X(U64, "u64", 1, 0)               /* int, without a sign */                                                    \
	X(OBJ, "obj", 1, 0)               /* a PyObject * that something else keeps alive; NULL is "null" */           \
	X(OWNED, "owned", 1, 0)           /* the same with a reference, which the exit takes over */                   \
	X(CONST, "const", 0, 0)           /* index: struct unit_const of the function */                               \
	X(RANGE, "range", 0, 3)           /* range(start, stop, step), children int */                                 \
	X(RANGE_ITER, "range_iter", 0, 3) /* the iterator whose next value, values left and step are the children */   \
	X(REV_ITER, "rev_iter", 0, 2)     /* the same of reversed(): the items before it follow */                     \
	X(SEQ_ITER, "seq_iter", 0, 2) /* the iterator of child 0 (a list or tuple) that gives item child 1 (int) */    \
	X(ENUMERATE, "enumerate", 0,                                                                                   \
	  3)                /* enumerate() of the sequence child 0 from item child 1 on, counting from child 2 */      \
	X(ZIP, "zip", 0, 2) /* zip() of the sequences in child 0 (a tuple) from item child 1 on */                     \
	X(VALUES, "values", 0, -1) /* a tuple of the children; index: those of one exit with the same index are one */ \
	/* an instance: its __init__ (a const), its class, the attributes that it stores, in that order; as VALUES */  \
	X(RECORD, "record", 0, -1)                                                                                     \
	/* a dict with str keys: each key (a const) and its value; as VALUES */                                        \
	X(KEYWORDS, "keywords", 0, -1)                                                                                 \
	/* a bound method: of the function child 0 and child 1; of NULL: child 0 itself */                             \
	X(BOUND, "bound", 0, 2)                                                                                        \
	X(MANAGER, "manager", 0, 1) /* what contextlib.contextmanager() makes of the generator child 0 */              \
	X(LEAVES, "leaves", 0, 1)   /* the bound __exit__ of such a one */                                             \
	X(COMPLEX, "complex", 0, 2) /* of children float; index as VALUES */                                           \
	X(SLICE, "slice", 0, 3)     /* slice(start, stop, step), children int or const */                              \
	X(CHAIN, "chain", 0, 2)     /* an iterator over child 0 (a list, tuple or iterator) and then child 1 */        \
	/* map() and filter() of a function and an iterator; more children are only let go of */                       \
	X(MAP, "map", 0, -1)                                                                                           \
	X(FILTER, "filter", 0, -1)                                                                                     \
	/* a function of one argument that does the rest of min() or max() with key=: runtime_best(); more children    \
	 * are only let go of */                                                                                       \
	X(MIN, "min", 0, -1)                                                                                           \
	X(MAX, "max", 0, -1)                                                                                           \
	X(COMPRESS, "compress", 0, 2) /* itertools.compress() of two tuples */                                         \
	X(RAISES, "raises", 0, 0)     /* an iterator whose next value is the exception that is set */                  \
	X(UNSEEN, "unseen", 0, 1) /* what was handled before an exception of the class child 0, which is made now */   \
	X(CELL, "cell", 0, 1)     /* index: cells of one exit with the same index are one cell object */               \
	X(TUPLE, "tuple", 0, -1)  /* of the children */                                                                \
	X(FUNCTION, "function", 0, 1) /* index: struct unit_const, a code object; child: closure TUPLE or UNBOUND */   \
	X(GENERATOR_NEW, "generator_new", 0, 2) /* FUNCTION called with one argument, not started yet */               \
	X(GENERATOR, "generator", 0, -1)        /* frame: a generator suspended or running at a point of its code */   \
	X(REST, "rest", 0, -1)                  /* frame: a function of one argument that does the rest of that frame */

enum state_kind {
#define X(name, word, slots, children) STATE_##name,
	STATE_KINDS(X)
#undef X
		STATE_KIND_COUNT
};

enum { STATE_BEST_PARTS = 7 }; /* of MIN and MAX */

struct state_frame;

struct state_value {
	enum state_kind kind;
	uint32_t index;         /* CONST, FUNCTION, CELL */
	uint32_t slot;          /* leaves, in a unit: first word in struct side_exit; assigned by ir_assign_slots() */
	struct ir_instr *instr; /* leaves, in the IR */
	uint32_t n_children;
	struct state_value **children;
	struct state_frame *frame; /* GENERATOR, REST */
};

/* One frame of CPython. */
struct state_frame {
	uint32_t code;     /* struct unit_const (a code object); UINT32_MAX: the compiled function itself */
	uint32_t pc;       /* where CPython goes on: offset into the bytecode, in code units of 2 bytes; never an inline
			    * cache entry; for a prefixed instruction that of its first EXTENDED_ARG */
	uint32_t line;     /* of the source; for people */
	uint32_t n_locals; /* entries of localsplus: locals, then cells that are no locals, then free variables */
	struct state_value **locals; /* free variables: UNBOUND in the function itself (its closure has them); in a
				      * GENERATOR the CELLs of its closure */
	uint32_t n_stack;            /* bottom first */
	struct state_value **stack;
	/* Not 0: the instruction at pc is a CALL, and the stack's top is already a whole call with this many arguments
	 * (NULL, callable, arguments; other than CALL's own number): CPython performs that call at pc's line, pushes
	 * its result, and goes on after the CALL. */
	uint32_t call_arguments;
	/* Not 0: CPython is about to raise, at that offset, an instance of the class on top of the stack, or of the one
	 * that it is about to call with all that is above it and the NULL below it. */
	uint32_t throws;
	bool raises; /* an exception is set: the instruction at pc has raised it */
};

extern const char *const state_kind_words[STATE_KIND_COUNT];
extern const int8_t state_kind_slots[STATE_KIND_COUNT];
/* Whether index tells the objects of this kind apart: what has the same one in one exit is one object. */
static inline bool state_is_shared(enum state_kind kind)
{
	return kind == STATE_CELL || kind == STATE_VALUES || kind == STATE_RECORD || kind == STATE_COMPLEX ||
	       kind == STATE_KEYWORDS;
}

extern const int8_t state_kind_children[STATE_KIND_COUNT];
