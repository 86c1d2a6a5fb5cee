/* unit.h - what a compilation hands over: an object file and how to use it.
 *
 * Everything in it is relative to the code object and means the same in every process: no address, no pointer to an
 * object.  The compiler child makes it, it crosses a pipe as JSON text plus the object file's bytes (and will be stored
 * so), and the reader checks it as untrusted input. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/digest.h"
#include "codecache/items.h"
#include "codecache/jit/state.h"
#include "codecache/reasons.h"
#include "common/cause.h"

/* How an argument arrives.  The dispatcher picks the specialization by it; native code checks what is not said by the
 * type itself (an int's size). */
#define VALUE_TYPES(X)                                               \
	X(OBJECT, "object") /* anything, a borrowed PyObject * */    \
	X(INT, "int")       /* exact int that fits into 64 bits */   \
	X(BIG, "bigint")    /* exact int of any size, an object */   \
	X(FLOAT, "float")   /* exact float */                        \
	X(BOOL, "bool")                                              \
	X(LIST, "list")                                              \
	X(TUPLE, "tuple")                                            \
	X(DICT, "dict")                                              \
	X(SET, "set")                                                \
	X(STR, "str")                                                \
	X(LATIN1, "latin1") /* exact str, one byte a character */    \
	X(BYTES, "bytes")                                            \
	X(BYTEARRAY, "bytearray")                                    \
	/* only where a loop is entered: see struct unit_loop */     \
	X(UNBOUND, "unbound")       /* nothing */                    \
	X(ANY, "any")               /* that or anything else */      \
	X(RANGE_ITER, "range_iter") /* that nobody else has */       \
	X(LIST_ITER, "list_iter")   /* the same */                   \
	X(TUPLE_ITER, "tuple_iter") /* the same */                   \
	ITEMS(ARRAY_TYPE, X)        /* array.array, see buffers.h */ \
	ITEMS(VIEW_TYPE, X)         /* memoryview, the same */
#define ARRAY_TYPE(name, word, X) X(ARRAY_##name, "array." word)
#define VIEW_TYPE(name, word, X)  X(VIEW_##name, "view." word)

enum value_type {
#define X(name, word) VALUE_##name,
	VALUE_TYPES(X)
#undef X
		VALUE_TYPE_COUNT
};

extern const char *const value_type_words[VALUE_TYPE_COUNT];

/* Whether an argument of that type is unboxed; of the others only what is known of the object differs. */
static inline bool value_type_is_number(enum value_type type)
{
	return type == VALUE_INT || type == VALUE_FLOAT || type == VALUE_BOOL;
}

/* Whether it is exactly an int. */
static inline bool value_type_is_int(enum value_type type)
{
	return type == VALUE_INT || type == VALUE_BIG;
}

/* Of the types that a parameter was seen with, a bit each: whether it takes anything.  Code for objects is needed for
 * it anyway, and gains more than a version for each kind of number is worth, which all must be compiled. */
#define VALUE_BIT(type) (UINT64_C(1) << (type))
_Static_assert(VALUE_TYPE_COUNT <= 64, "a bit for each");
static inline bool value_types_are_any(uint64_t seen)
{
	const uint64_t numbers = VALUE_BIT(VALUE_INT) | VALUE_BIT(VALUE_FLOAT) | VALUE_BIT(VALUE_BOOL);
	uint64_t of_numbers = seen & numbers, others = seen & ~numbers & ~VALUE_BIT(VALUE_BIG);
	return others && (of_numbers & (of_numbers - 1));
}

/* Whether calls of these types have the same numbers: what differs otherwise is one vector of any objects.  Where both
 * have ints of any size, these may be small in one of them. */
bool value_types_same_numbers(const enum value_type *a, const enum value_type *b, uint32_t n);

/* Forget of params what other calls had otherwise. */
void value_types_widen(enum value_type *params, const enum value_type *others, uint32_t n);

/* Whether it can be the type of an argument of a call. */
static inline bool value_type_is_argument(enum value_type type)
{
	return type < VALUE_UNBOUND || type > VALUE_TUPLE_ITER;
}

/* A loop of a function that has code of its own, which begins in the middle of a call: where the loop's body has run
 * and goes back to.  Its params are all entries of localsplus, then the stack. */
struct unit_loop {
	uint32_t pc;      /* of the loop's head, as in struct state_frame; not 0: the compiled code is that of calls */
	uint32_t n_stack; /* entries of the stack there */
};

/* An entry of a function's constant vector (PyObject *[] in struct native_code).  Entries 0 and 1 of every vector are
 * the function's globals dict and builtins dict and are not listed; list element i fills entry 2 + i. */
enum unit_const_kind {
	/* co_consts[path[0]], of nested code objects: co_consts[path[0]].co_consts[path[1]]...  With a name it begins
	 * at the code of the function that has this dotted name (jit/callee.h), and without a path is that code. */
	UNIT_CONST_OBJECT,
	UNIT_CONST_NAME,    /* name: an interned str, to look up a global */
	UNIT_CONST_BUILTIN, /* name: the object that the builtins module has under this name */
	UNIT_CONST_DEFAULT, /* item path[0] of the __defaults__ of the function of this dotted name */
	UNIT_CONST_GLOBALS, /* name: "@MODULE:", whose globals they are; empty: the function's.  Not kept alive: what
			       uses them is a function that has them, or has been asked for by it */
	UNIT_CONST_KIND_COUNT,
};

struct unit_const {
	enum unit_const_kind kind;
	char *name;
	uint32_t n_path;
	uint32_t path[4];
	uint64_t digest; /* of a function's code: what it was when it was compiled; 0: not compared */
};

/* A point where native code may hand over to CPython. */
struct unit_exit {
	struct state_frame frame; /* the compiled function's own frame, or that of one that is called directly */
	uint32_t n_slots;         /* words of struct side_exit that it uses */
	char *why;                /* "int overflow", "unsupported: LOAD_METHOD"; for people */
	unsigned whys;            /* what of this is for more than these (exit_why.h), in a struct specialization */
};

struct unit_function {
	char *name;         /* module.qualname */
	char *symbol;       /* in the object file */
	enum reason reason; /* not REASON_NONE: not native, and nothing below is set but detail */
	char *detail;       /* for people, may be NULL: "LOAD_METHOD at line 31" */
	/* Of the IR that its code is made from, for store_ban(); empty: there was none. */
	char key[DIGEST_TEXT];
	bool pure;             /* it can be called once more, only to see what comes out: see jit/pure.h */
	bool checked;          /* it was run in shadow, or is from the store and its calls are known */
	double gain;           /* of this code, native against CPython, as it was measured before; 0: not known */
	struct unit_loop loop; /* pc 0: none, it begins with a call */
	uint32_t n_params;     /* locals bound at entry: positional, keyword-only, *args, **kwargs */
	enum value_type *params;
	uint32_t n_consts;
	struct unit_const *consts;
	uint32_t n_cache; /* words behind the constants, zero at first, which emitted code remembers things in */
	uint32_t n_exits; /* exit number i of struct side_exit is exits[i]; exits[0] is the entry: its pc, params as OBJ
			   */
	struct unit_exit *exits;
};

struct unit {
	uint32_t n_functions;
	struct unit_function *functions;
	size_t object_size;    /* bytes */
	void *object;          /* ELF64 relocatable; NULL if no function is native */
	uint64_t compile_us;   /* wall time of the compilation, microseconds */
	char key[DIGEST_TEXT]; /* of everything that the object file is made from: its name in the store; empty: none */
	bool loaded;           /* the object file is from the store; compile_us is then that of the look-up */
	bool other_compiler;   /* made by another libgccjit than the key says: not for the store */
	json_t *report;        /* instead of functions: see jit_explain(); may be NULL */
	char *store_cause;     /* why the store's file of this key cannot be used, may be NULL */
};

/* What a reader takes at most. */
enum {
	UNIT_MAX_FUNCTIONS = 256,
	UNIT_MAX_PARAMS = 1024,
	UNIT_MAX_CONSTS = 65536,
	UNIT_MAX_CACHE = 1 << 20,
	UNIT_MAX_EXITS = 65536,
	UNIT_MAX_FRAME_VALUES = 65536, /* locals, and stack entries, of one frame */
	UNIT_MAX_DEPTH = 16,           /* of a tree of states, generators' frames included */
	UNIT_MAX_STATES = 1 << 20,     /* nodes of all trees of a unit */
	UNIT_MAX_CELLS = 4096,         /* of one exit */
	UNIT_MAX_CODE_UNITS = 1 << 24, /* of a code object */
	UNIT_MAX_TEXT = 4096,          /* bytes of any string */
	UNIT_MAX_OBJECT = 64 << 20,    /* bytes of the object file */
	UNIT_MAX_GAIN = 1000000000,
};

/* Every array, string and state node of a unit is a malloc() of its own, and its states are trees: no node is shared.
 * NULL is fine. */
void unit_free(struct unit *unit);

static inline void unit_freep(struct unit **unit)
{
	unit_free(*unit);
}

/* Free what the function owns and zero it. */
void unit_function_clear(struct unit_function *f);

/* The unit without its object file's bytes.  New reference in *ret; -ENOMEM with cause. */
int unit_to_json(const struct unit *unit, json_t **ret, struct cause *cause) __attribute__((warn_unused_result));

/* The unit again; the object's bytes are copied.  Nothing in json or object is believed: -EBADMSG with a cause that
 * names the place for what no compiler would write (an index out of range, a slot beyond SIDE_EXIT_MAX_SLOTS, a tree
 * too deep, a key missing).  What it does not know is what the code objects look like: constants' paths and frames are
 * checked against them by native_install(), the object file by the loader. */
int unit_from_json(const json_t *json, const void *object, size_t object_size, struct unit **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* One native function without the unit around it: JSON text, the caller's.  -ENOMEM with cause. */
int unit_function_to_text(const struct unit_function *f, char **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* The function again, checked like a unit; unit_function_clear() frees it.  -EBADMSG, -ENOMEM with cause. */
int unit_function_from_text(const char *text, size_t size, struct unit_function *ret, struct cause *cause)
	__attribute__((warn_unused_result));
