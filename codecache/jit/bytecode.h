/* bytecode.h - decoded bytecode: what build.c reads, the same for every version of CPython.
 *
 * A file each per version (cpython311.c) turns code objects into this; it alone knows opcode numbers, inline caches and
 * private structs.  Jump targets are indices of instructions here, not offsets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct _object PyObject;

/* What an instruction does.  (arg) is struct bc_instr.arg. */
#define BC_OPS(X)                                                                                                   \
	X(NOP)                                                                                                      \
	X(LOAD_LOCAL)     /* (localsplus index); raises if unbound */                                               \
	X(STORE_LOCAL)    /* (localsplus index) */                                                                  \
	X(DELETE_LOCAL)   /* (localsplus index); raises if unbound */                                               \
	X(MAKE_CELL)      /* (localsplus index): put the local into a cell */                                       \
	X(LOAD_CELL)      /* (localsplus index): push the cell itself */                                            \
	X(LOAD_DEREF)     /* (localsplus index): push what the cell holds; raises if empty */                       \
	X(STORE_DEREF)    /* (localsplus index) */                                                                  \
	X(COPY_FREE_VARS) /* (how many) */                                                                          \
	X(LOAD_CONST)     /* (co_consts index) */                                                                   \
	X(LOAD_GLOBAL)    /* name; (1: push NULL first) */                                                          \
	X(PUSH_NULL)                                                                                                \
	X(POP)                                                                                                      \
	X(COPY)   /* (position from the top, from 1) */                                                             \
	X(SWAP)   /* (position from the top, from 1) */                                                             \
	X(BINARY) /* (enum bc_binary) */                                                                            \
	X(NEGATIVE)                                                                                                 \
	X(POSITIVE)                                                                                                 \
	X(INVERT)                                                                                                   \
	X(NOT)                                                                                                      \
	X(COMPARE)       /* (enum bc_compare) */                                                                    \
	X(IS)            /* (1: is not) */                                                                          \
	X(JUMP)          /* target */                                                                               \
	X(BRANCH)        /* pops; to target if (enum bc_condition) holds */                                         \
	X(BRANCH_OR_POP) /* keeps the top and goes to target if (enum bc_condition) holds, else pops */             \
	X(GET_ITER)                                                                                                 \
	X(GET_ITEM)                                                                                                 \
	X(SET_ITEM)     /* value, container, key */                                                                 \
	X(DELETE_ITEM)  /* container, key */                                                                        \
	X(CONTAINS)     /* (1: not in) */                                                                           \
	X(LOAD_ATTR)    /* name */                                                                                  \
	X(STORE_ATTR)   /* name */                                                                                  \
	X(DELETE_ATTR)  /* name */                                                                                  \
	X(LOAD_METHOD)  /* name: pushes what CALL expects below its arguments */                                    \
	X(STORE_GLOBAL) /* name */                                                                                  \
	X(LOAD_BUILTIN) /* name: an object that cannot be another */                                                \
	X(BUILD_LIST)   /* (how many), as the next ones */                                                          \
	X(BUILD_SET)                                                                                                \
	X(BUILD_MAP)                                                                                                \
	X(BUILD_CONST_KEY_MAP)                                                                                      \
	X(BUILD_STRING)                                                                                             \
	X(BUILD_SLICE)                                                                                              \
	X(LIST_APPEND) /* (position of the list from the top, after the pop), as the next ones */                   \
	X(LIST_EXTEND)                                                                                              \
	X(SET_ADD)                                                                                                  \
	X(SET_UPDATE)                                                                                               \
	X(MAP_ADD)                                                                                                  \
	X(DICT_UPDATE)                                                                                              \
	X(DICT_MERGE)                                                                                               \
	X(LIST_TO_TUPLE)                                                                                            \
	X(UNPACK)         /* (how many) */                                                                          \
	X(UNPACK_EX)      /* (before, after << 8) */                                                                \
	X(FORMAT)         /* (FORMAT_VALUE's flags) */                                                              \
	X(CALL_EX)        /* (1: with keywords) */                                                                  \
	X(IMPORT)         /* name */                                                                                \
	X(IMPORT_FROM)    /* name */                                                                                \
	X(GET_LEN)        /* pushes the length of what is below */                                                  \
	X(MATCH_SEQUENCE) /* pushes whether what is below is one */                                                 \
	X(MATCH_MAPPING)                                                                                            \
	X(MATCH_CLASS) /* (patterns by place) subject, class, names: pops them, pushes a tuple or None */           \
	X(MATCH_KEYS)  /* subject, keys: pushes a tuple or None */                                                  \
	X(BEFORE_WITH)                                                                                              \
	X(PUSH_EXC)      /* the exception on top is being handled; what was before goes below it */                 \
	X(MATCH_EXC)     /* pops a class, or a tuple of them; pushes whether the exception below is one */          \
	X(POP_EXC)       /* what PUSH_EXC put below is being handled again */                                       \
	X(FOR_ITER)      /* pushes the next value; at the end pops the iterator and goes to target */               \
	X(BUILD_TUPLE)   /* (how many) */                                                                           \
	X(MAKE_FUNCTION) /* (MAKE_FUNCTION's flags) */                                                              \
	X(CALL)          /* (arguments): CPython's call with NULL-or-self below; names: of the last ones */         \
	X(RAISE)         /* (1: the exception; 2: and its cause above it) */                                        \
	X(RERAISE)       /* (so far below it is where it was raised, else 0): what was caught goes on its way */    \
	X(WITH_EXCEPT)   /* pushes what __exit__ says to the exception on top */                                    \
	X(RETURN)                                                                                                   \
	X(RETURN_GENERATOR) /* suspends before the first instruction of a generator's body; pushes one value */     \
	X(YIELD)            /* pops the value; pushes what is sent */                                               \
	X(YIELD_FROM)       /* the iterator that `yield from` asks */                                               \
	X(SEND)        /* pops what is sent; pushes what is yielded; at the end its value is left, and to target */ \
	X(UNSUPPORTED) /* name is the opcode's */

enum bc_op {
#define X(name) BC_##name,
	BC_OPS(X)
#undef X
};

enum bc_binary {
	BINARY_ADD,
	BINARY_SUB,
	BINARY_MUL,
	BINARY_FLOORDIV,
	BINARY_MOD,
	BINARY_TRUEDIV,
	BINARY_POW,
	BINARY_SHL,
	BINARY_SHR,
	BINARY_AND,
	BINARY_OR,
	BINARY_XOR,
	BINARY_MATMUL,
};

enum bc_compare { COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE, COMPARE_GT, COMPARE_GE };

enum bc_condition { IF_FALSE, IF_TRUE, IF_NONE, IF_NOT_NONE };

/* What CPython's inline caches say of the operands. */
enum bc_hint {
	HINT_NONE,
	HINT_INT,
	HINT_FLOAT,
	HINT_STR,
	HINT_APPEND_STR,
	HINT_LIST,
	HINT_TUPLE,
	HINT_DICT,
	HINT_VALUE,   /* the attribute is the instance's own */
	HINT_SLOT,    /* the attribute is in a slot of __slots__ */
	HINT_NO_DICT, /* the method is of an object without a dict */
	HINT_METHOD,  /* the method is one of the class's that no attribute of the instance hides */
	HINT_MIXED,   /* of numbers: two types, or (compared) ints of more than one digit */
	HINT_OTHER,   /* an item of none of those: of a str, for instance */
};

struct bc_instr {
	enum bc_op op;
	uint32_t arg;
	uint32_t pc;            /* offset in code units of 2 bytes, of the first EXTENDED_ARG if there are any */
	uint32_t at;            /* the same of the opcode itself, which is behind prefixes; of CALL for calls */
	uint32_t names;         /* CALL: co_consts index of the keywords' names; UINT32_MAX: none */
	uint32_t raw;           /* BINARY: NB_* of opcode.h, which says whether it is in place */
	uint32_t handler;       /* index of the handler's first instruction; UINT32_MAX: none */
	uint32_t handler_depth; /* how much of the stack the handler keeps */
	uint32_t call_pc;       /* CALL: of the instruction that calls (struct state_frame.call_arguments) */
	uint32_t target;        /* index of the instruction to go to */
	uint32_t line;          /* 0: none */
	const char *name;       /* the name (UTF-8), of those that have one */
	const char *opcode;     /* CPython's name, for people */
	const char *reason;     /* UNSUPPORTED: why; NULL if that is not the opcode's fault */
	enum bc_hint hint;
	unsigned outgrown;  /* enum outgrown: ints that it was seen to meet, or to make */
	unsigned met;       /* enum outgrown, MET_*: what was not as native code had guessed */
	unsigned container; /* 1 + enum value_type of what the item is of, as far as was met; 0: nothing is known */
	const void *method; /* HINT_NO_DICT: what was found, perhaps long ago: only compared */
	bool is_target;     /* some jump goes here */
	bool backward;      /* a jump or branch that looks at the eval breaker */
	bool handler_lasti; /* the handler gets the place of the exception below the exception */
};

enum bc_local_kind { BC_LOCAL = 1, BC_CELL = 2, BC_FREE = 4 }; /* a local may also be a cell */

/* How a local may still be looked at: by the function, or only by who gets a traceback from it.  Of a cell that says
 * nothing of the functions that have it, too. */
enum bc_live { BC_READ = 1, BC_SEEN = 2 };

struct bc_code {
	PyObject *code;   /* borrowed; NULL: a body of build_library.c */
	const char *name; /* qualified */
	bool is_generator;
	bool is_comprehension; /* of a list, a set or a dict: never called but where it is made */
	uint32_t n_params;     /* locals bound at entry */
	uint32_t n_locals;     /* localsplus entries */
	uint8_t *local_kinds;  /* enum bc_local_kind bits */
	bool *assigned;        /* by local: stored to, deleted or made a cell somewhere */
	uint8_t *live;   /* by instruction and local, [index * n_locals + local]: enum bc_live bits; targets only */
	uint32_t n_free; /* the last entries of localsplus */
	bool has_class;  /* __class__ is one of them: super() without arguments looks at the first argument's place */
	uint32_t class_cell; /* which one */
	bool meets_large;    /* ints that are larger than 64 bits, somewhere */
	uint32_t stack_size;
	uint32_t n_instrs;
	struct bc_instr *instrs;
};

/* What tells two of them apart, also those that are decoded more than once or are of no code object. */
static inline const void *code_identity(const struct bc_code *code)
{
	return code->code ? (const void *)code->code : code;
}

/* Whether a local may still be looked at from that instruction on; cells always may. */
static inline bool bc_is_live(const struct bc_code *code, uint32_t index, uint32_t local)
{
	return (code->local_kinds[local] & (BC_CELL | BC_FREE)) || code->live[index * code->n_locals + local];
}

/* The index of the instruction at that offset, which there is. */
static inline uint32_t bc_index_of(const struct bc_code *code, uint32_t pc)
{
	uint32_t i = 0;
	while (i < code->n_instrs && code->instrs[i].pc != pc)
		i++;
	return i;
}

/* Decode a code object (borrowed: it must outlive the result).  Never fails but for memory (NULL). */
struct bc_code *bc_decode(PyObject *code);
/* CPython's name of what an opcode, specialised or not, is decoded as; NULL: there is none of that number. *ret_reason:
 * why CPython goes on there; NULL: it is translated. */
const char *bc_opcode(int opcode, const char **ret_reason);
/* Whether the builtin of this name looks at its caller's locals, all of them. */
bool bc_is_frame_function(const char *name);
/* Whether code asks for the locals of a frame, of its own or of a caller's. */
bool bc_looks_at_locals(PyObject *code);
void bc_free(struct bc_code *code); /* NULL is fine */

/* The offset of the call (bc_instr.at) that the opcode at this offset belongs to; UINT32_MAX: it calls nothing. */
uint32_t bc_call_at(PyObject *code, uint32_t at);

/* What CPython's specialised instructions say of their operands, as text, and back; see feedback.h. */
/* Of several versions of one code object (resume code, the original) the first one that has a hint tells. */
void bc_take_hints(PyObject *const *codes, size_t n, FILE *out);
void bc_apply_hints(PyObject *code, const char *text);
/* The text, joined with what is known of code that native code met (outgrown.h), and that known as well; what comes
 * behind. */
const char *bc_join_hints(PyObject *code, const char *text, FILE *out);
bool bc_tells_met(const char *text); /* whether there is anything of that in it */
