/* build_priv.h - the builder's abstract interpreter; for build.c, build_ops.c, build_call.c and build_state.c only.
 *
 * The builder runs the bytecode over abstract values: a local or stack entry is known to be an int in a machine word, a
 * float, a range that was never made, a generator that was fused away.  A position is built once for each shape of the
 * frames (which kind of value is where) that reaches it: a version. */
#pragma once

#include "codecache/jit/build.h"
#include "codecache/jit/bytecode.h"
#include "codecache/jit/ir.h"
#include "codecache/jit/rt.h"
#include "codecache/jit/state.h"

enum av_kind {
	AV_UNBOUND,
	AV_NULL,       /* CPython's NULL on the stack */
	AV_INT,        /* v[0]: i64 */
	AV_FLOAT,      /* v[0]: f64 */
	AV_BOOL,       /* v[0]: bool */
	AV_COMPLEX,    /* v: f64, real and imaginary part */
	AV_U64,        /* v[0]: i64, the bits of an int without a sign */
	AV_WIDE,       /* v[0]: i128, an int */
	AV_OBJECT,     /* v[0]: obj; known says more */
	AV_SEQ_ITER,   /* v[0]: obj, a list or tuple (known); v[1]: i64, the next index */
	AV_ENUMERATE,  /* v[0]: obj, a sequence (known); v[1]: i64, the next index; v[2]: i64, the next count */
	AV_REVERSED,   /* v[0]: obj, a sequence (known); v[1]: i64, the next index, which counts down */
	AV_ZIP,        /* v[0]: obj, a tuple of sequences; v[1]: i64, the next index; index: see build_iterators.c */
	AV_TUPLE,      /* tuple: one that was not made, see build_tuples.c */
	AV_RECORD,     /* tuple: an instance that was not made, see build_records.c */
	AV_KEYWORDS,   /* tuple: a dict of keyword arguments that was not made, see build_spread.c */
	AV_BOUND,      /* tuple: what is called, and with which self first, or NULL; see build_with.c, build_bound.c */
	AV_SLICE,      /* v: start, stop, step, ints; index: a bit for each that is not None */
	AV_UNSEEN,     /* v[0]: obj, a class; see build_unseen.c */
	AV_REAL_CELL,  /* v[0]: obj, the cell that the local is; made when something needed it */
	AV_CONST,      /* index: into ir_function.consts */
	AV_BUILTIN,    /* the same, and builtin says which; guarded to be the real one */
	AV_RANGE,      /* v: start, stop, step */
	AV_RANGE_ITER, /* v: next value, values left, step */
	AV_CELL,       /* cell */
	AV_CLOSURE,    /* function: its cells only */
	AV_FUNCTION,   /* function */
	AV_GENERATOR,  /* function, called with a range's iterator, v as AV_RANGE_ITER; not started */
	AV_SUSPENDED,  /* generator */
	AV_KIND_COUNT,
};

/* What is known of an object's type: exactly that one. */
enum known {
	KNOWN_NONE,
	KNOWN_LIST,
	KNOWN_TUPLE,
	KNOWN_DICT,
	KNOWN_STR,
	KNOWN_LATIN1, /* a str of one byte a character */
	KNOWN_CHAR,   /* one of CPython's strs of one such character */
	KNOWN_SET,
	KNOWN_RANGE,
	KNOWN_BYTES,
	KNOWN_BYTEARRAY,
	KNOWN_DEQUE, /* collections.deque */
	KNOWN_INT,   /* of any size; those that are known to fit are AV_INT */
#define F(name, word, prefix) prefix##name,
	ITEMS(F, KNOWN_ARRAY_) /* array.array, memoryview: buffers.h */
	ITEMS(F, KNOWN_VIEW_)
#undef F
		KNOWN_SLICE,
	KNOWN_ITERATOR, /* what GET_ITER gave */
	KNOWN_NULLABLE, /* an object or CPython's NULL: LOAD_METHOD's lower result */
	KNOWN_COUNT,
};

/* Who keeps the object of a value alive: see build_own.c. */
enum own_kind {
	OWN_NONE,  /* the frame's arguments, the code's constants: for as long as the call */
	OWN_LOCAL, /* the local that it was read from */
	OWN_ITEM,  /* the list or tuple that it was read from, until something may change that */
	OWN_OWNED, /* the value itself */
};

enum builtin {
	BUILTIN_NONE,
	BUILTIN_RANGE,
	BUILTIN_SUM,
	BUILTIN_ROUND,
	BUILTIN_DIVMOD,
	BUILTIN_POW,
	BUILTIN_COMPLEX,
	BUILTIN_ABS,
	BUILTIN_FLOAT,
	BUILTIN_INT,
	BUILTIN_BOOL,
	BUILTIN_LEN,
	BUILTIN_ORD,
	BUILTIN_CHR,
	BUILTIN_MIN,
	BUILTIN_MAX,
	BUILTIN_SORTED,
	BUILTIN_ENUMERATE,
	BUILTIN_ZIP,
	BUILTIN_REVERSED,
	BUILTIN_MAP,
	BUILTIN_FILTER,
	BUILTIN_ISINSTANCE,
	BUILTIN_ANY,
	BUILTIN_ALL,
	BUILTIN_SUPER,
	BUILTIN_STR,
	BUILTIN_REPR,
	BUILTIN_FROM_BYTES,
	BUILTIN_TYPE, /* another type */
	BUILTIN_LIST_APPEND,
	BUILTIN_LIST_POP,
	BUILTIN_BUFFER_APPEND,
	BUILTIN_LIST_INSERT,
	BUILTIN_LIST_REVERSE,
	BUILTIN_LIST_SORT,
	BUILTIN_LIST_EXTEND,
	BUILTIN_LIST_COPY,
	BUILTIN_DEQUE_APPEND,
	BUILTIN_DEQUE_APPENDLEFT,
	BUILTIN_DEQUE_POP,
	BUILTIN_DEQUE_POPLEFT,
	BUILTIN_STR_JOIN,
	BUILTIN_METHOD, /* another method of a builtin type */
};

enum { MAX_DEPTH = 4, MAX_FRAMES = 8, MAX_CELLS = 16, MAX_TUPLE_ITEMS = 8, MAX_TUPLES = 32, MAX_THROWN = 4 };

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

struct av;

/* A class whose __init__ only stores its arguments: see build_records.c. */
struct record;

/* The items of a tuple that was not made; all places that hold it have this one.  Of an instance of a record: its
 * class, and the attributes. */
struct tuple_value {
	const struct record *record; /* NULL: a tuple */
	bool is_checked;             /* nothing has happened that could change what the class means */
	bool is_begun; /* its __init__, which is built in, is not done; what it has not stored yet is unbound */
	uint32_t n;
	uint32_t places;        /* in the frames, and in other tuples */
	uint32_t param;         /* 1 + the parameter whose items came for it; 0: none */
	PyObject *const *names; /* of AV_KEYWORDS: the items' keys, interned strs of code objects, borrowed */
	struct av *items;
};

struct av {
	enum av_kind kind;
	enum builtin builtin;
	enum known known;
	enum own_kind own;
	uint32_t index; /* AV_OBJECT on the stack, loaded from a global: 1 + the constant that is its name; see also
			   above */
	struct cell_ref cell;
	const struct made_function *function;
	struct frame *generator; /* suspended; nobody else has it */
	struct tuple_value *tuple;
	struct ir_instr *v[3];
	struct ir_instr *object; /* AV_INT, AV_FLOAT, AV_BOOL: the object it was unboxed from, or NULL; an exit gives
				  * that one back, so that identity is kept */
};

/* Tuples in the order in which they were met. */
struct seen_tuples {
	uint32_t n;
	struct tuple_value *tuples[MAX_TUPLES];
};

/* What runs a body of build_library.c or build_best.c. */
enum library { LIBRARY_NONE, LIBRARY_MAP, LIBRARY_FILTER, LIBRARY_EACH, LIBRARY_MIN, LIBRARY_MAX, LIBRARY_SORT };
/* An instruction of such a body. */
#define LIBRARY_INSTR(name, ...)                                                                          \
	{                                                                                                 \
		.op = BC_##name, .opcode = #name, .names = UINT32_MAX, .handler = UINT32_MAX, __VA_ARGS__ \
	}

/* What is called with a generator expression that was built into the caller's loop: see build_fuse.c. */
enum consumer {
	CONSUMER_NONE,
	CONSUMER_SUM,
	CONSUMER_ANY,
	CONSUMER_ALL,
	CONSUMER_MIN, /* of numbers of one type; so far: unbound or the best one */
	CONSUMER_MAX,
	CONSUMER_LIST,   /* list() */
	CONSUMER_EXTEND, /* list.extend() */
	CONSUMER_ITEMS,  /* what makes a list of its argument first, or cannot tell: it is called with one */
	CONSUMER_BYTES,  /* the same, of ints below 256 */
	CONSUMER_FOR,    /* a loop: see build_generators.c */
	CONSUMER_KEYS,   /* a sort: see build_sort.c */
	CONSUMER_WITH,   /* see build_managed.c */
};

/* What becomes of the result of a function that is built in. */
enum inline_result {
	INLINE_RESULT,  /* it is the instruction's */
	INLINE_LENGTH,  /* len() of it */
	INLINE_TRUTH,   /* whether it is true, or the opposite, as `in` says */
	INLINE_ENTERED, /* it goes on top of a manager's __exit__ */
	INLINE_INSTANCE /* it is None, of an __init__: the instance of a record takes its place */
};

/* One of CPython's frames, while the builder stands in it. */
struct frame {
	struct frame *outer;  /* the frame that runs sum() over this generator; NULL: the compiled function */
	struct frame *holder; /* of a suspended generator: the frame that has it as a value */
	enum library library; /* it is no frame in CPython */
	uint32_t depth;
	const struct bc_code *code;
	uint32_t code_const; /* UINT32_MAX for the compiled function */
	const char *root;    /* the function that path begins at, as struct unit_const has it; NULL: the compiled one */
	uint32_t n_path;     /* where the code object is: co_consts[path[0]].co_consts[path[1]]... */
	uint32_t path[MAX_DEPTH];
	uint32_t at;                          /* index of the next instruction; in outer frames the CALL of sum() */
	bool cells_made;                      /* MAKE_CELL has run */
	const struct made_function *function; /* of generators: whose closure it has */
	bool is_call;                         /* an inner frame of a plain function, whose result outer waits for */
	enum consumer consumer;               /* of generators */
	bool is_inlined;                      /* the frame of a function that only computes: see build_inline.c */
	enum inline_result result;
	bool meets;          /* behind the call other ways of it come, too */
	bool is_silent;      /* it was that, and changes only numbers and lists */
	uint32_t n_replaced; /* whose result takes the place of so many values of outer's stack */
	bool is_named;       /* the frame of a generator function, which has no other */
	bool is_loose;  /* of a suspended generator: nothing iterates over it yet, so that it may be a value of any kind
			 */
	bool is_passed; /* ... and in CPython a local of another frame keeps it alive */
	uint32_t kept_by;    /* ... a local of its holder, 1 + its number, does, which is not read again; 0: none */
	const void *made_in; /* ... and the code, and the instruction there, that has made it */
	uint32_t made_at;
	struct av sum; /* of generators: sum()'s result so far, or the list of what came so far; of an __init__ that is
			* built in: the instance */
	struct ir_block *other; /* of split(): where this frame goes on */
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

/* Classes of exceptions that a function raises for its caller to catch; borrowed. */
struct thrown {
	uint32_t n;
	PyObject *classes[MAX_THROWN];
};

enum { MAX_REST = 8 }; /* as MAX_TUPLE_ITEMS */

/* What goes to *args and **kwargs of a function that is called directly: no tuple and no dict, but their items, which
 * are operands of their own, in this order. */
struct rest {
	bool has_values, has_named; /* there is such a parameter */
	uint32_t n_values, n_named;
	PyObject *names[MAX_REST];
	uint32_t kept; /* objects that the caller keeps alive, a bit each; the others' references are given over */
};

/* A function that is called directly, for one set of argument types: see build_direct.c. */
struct direct {
	struct direct *next;
	uint32_t number;  /* among ir_function.directs of the family */
	PyObject *code;   /* borrowed */
	const char *root; /* as struct unit_const has them; NULL: the function that the dispatcher calls */
	uint32_t n_path;
	uint32_t path[MAX_DEPTH];
	uint32_t code_const, n_defaults;
	bool is_init;                  /* __init__, called by its class */
	uint32_t n_params, n_operands; /* see struct binding */
	const uint8_t *n_items;
	const struct record *const *records;
	struct rest rest;
	PyObject *function;      /* borrowed: the one that it most likely is, if what it has closed over tells more
				  * than its code; or NULL */
	enum value_type *params; /* of the operands */
	struct ir_function *f;
	enum known known;         /* what it returns, where it does not leave for CPython */
	struct list_items *items; /* of lists that it returns; NULL: nothing is known */
	bool done, failed;
	uint32_t made_params; /* it cannot do without objects for these: not to be called */
	bool throws;          /* what it raises is its caller's to make, if that needs it */
	struct thrown thrown;
	bool recursive; /* something asked for it while it was being built */
};

/* Parameters that a function needs an object for, where a tuple could come as its items. */
struct made_params {
	struct made_params *next;
	PyObject *code; /* borrowed */
	uint32_t params;
};

struct family {
	PyObject *code;    /* borrowed; of the function that the dispatcher calls */
	PyObject *globals; /* borrowed; its own, which names of constants are in: callee.h */
	struct module_codes *codes;
	struct direct *directs;
	struct record *records;
	struct made_params *made_params;
	struct inlined *inlined;
};

enum { MAX_EXIT_COMPLEXES = 64, MAX_CELL_VALUES = 4 };

/* What a cell is known to hold, in a block: what was loaded from it or stored last. */
struct cell_value {
	const struct ir_instr *cell;
	const struct ir_block *block;
	struct av value; /* an object or a number */
};

struct builder {
	struct ir_function *f;
	const struct build_input *input;
	struct family *family;
	const struct direct *self; /* what is being built; NULL: the function that the dispatcher calls */
	uint32_t depth;            /* of direct functions being built */
	struct version *versions;
	struct work *work;
	struct ir_block *block; /* NULL: what comes next is not reached */
	struct frame *top;
	const struct bc_instr *i;
	struct ir_exit *exit;  /* made at its first use; instructions share it until something is done that cannot
				* be done again (IR_WRITE): CPython then repeats what came since */
	struct ir_exit *raise; /* the same for an exception that i raises */
	struct decoded_code *codes;
	bool learning; /* the first of two builds */
	struct learnt *learnt;
	struct refused *refused;                /* generator functions that are not built into loops */
	bool no_generators;                     /* none are */
	struct refused_inline *refused_inlines; /* functions that are not built into their callers */
	bool no_inlines;                        /* none are */
	uint32_t n_inlined;
	bool has_generators;              /* one was */
	struct method *methods;           /* what was loaded as one */
	uint32_t n_guesses;               /* of what function values are */
	struct function_value *functions; /* what may be a function of known code */
	uint32_t n_cell_values;
	struct cell_value cell_values[MAX_CELL_VALUES]; /* until something may change cells */
	struct cell_ref *cells;                         /* that exits name: the position is state_value.index */
	uint32_t n_cells, cap_cells;
	uint32_t made_params;           /* the same of what is being built: a bit each */
	struct seen_tuples exit_tuples; /* that the exit names which is being made */
	uint32_t n_complexes;           /* that this exit names: their parts */
	struct ir_instr *complexes[MAX_EXIT_COMPLEXES][2];
	struct thrown thrown; /* by what is being built */
	enum known returned;  /* the only kind of object that is returned, if n_returned is 1 */
	uint32_t n_returned;
	struct list_items *returned_items; /* of the lists that are returned; NULL: none was made here */
	bool runs_python; /* something here may, so the frame may be looked at; known in the second build */
	bool moved;       /* the handler of the current instruction has said where it goes on */
	bool too_big;
};

/* build_join.c: ways that meet behind the instruction that they parted in. */
enum { MAX_WAYS = 8 };

struct join {
	uint32_t n;
	struct {
		struct ir_block *block;
		struct frame *top;
	} ways[MAX_WAYS];
};

/* The way that is being built has done the instruction; if it has left, it is none. */
void join_add(struct builder *b, struct join *join);
/* On with all of them, behind the instruction. */
void join_end(struct builder *b, struct join *join);

/* build_state.c */
struct frame *frame_copy(struct builder *b, const struct frame *top);
bool frames_same_shape(const struct frame *a, const struct frame *b);
/* Call visit with the address of each value, in an order that is the same for all frames of one shape. */
void frames_visit(struct frame *top, void (*visit)(struct ir_instr **value, void *data), void *data);
void frames_drop_differences(struct builder *b, struct frame *top, struct frame *other);
/* All frames, from the top on: what a frame has suspended comes behind it. */
struct frame *frame_after(struct frame *frame);
#define frames_for_each(top, frame) for (struct frame *frame = (top); frame; frame = frame_after(frame))
/* The frame that owns a cell, and its local. */
struct av *cell_local(struct frame *top, struct cell_ref cell);
struct state_value *state_new(struct builder *b, enum state_kind kind, uint32_t n_children);
struct state_value *state_of(struct builder *b, struct frame *top, const struct av *v);
/* The exit for the state before the current instruction. */
struct ir_exit *exit_here(struct builder *b);
struct ir_exit *raise_here(struct builder *b);
/* The exit of the function's entry: its arguments as they came; or of a loop's: all that is in the frame. */
struct ir_exit *exit_entry(struct builder *b, struct ir_instr *const *params);
struct ir_exit *exit_loop(struct builder *b, struct ir_instr *const *params);
extern const uint8_t av_values[AV_KIND_COUNT]; /* how many of v[] a kind uses */

/* build_own.c.  What takes a pointer to a value means its place in a frame, which it changes. */
struct ir_instr **av_object(struct av *v);
static inline bool av_is_number(const struct av *v)
{
	return v->kind == AV_INT || v->kind == AV_FLOAT || v->kind == AV_BOOL || v->kind == AV_WIDE;
}
/* What is known by its value, whatever object it came in. */
static inline bool av_is_unboxed(const struct av *v)
{
	return av_is_number(v) || v->kind == AV_COMPLEX || v->kind == AV_U64;
}
/* What was not made, and is the values in it. */
static inline bool av_has_items(const struct av *v)
{
	return v->kind == AV_TUPLE || v->kind == AV_RECORD || v->kind == AV_BOUND || v->kind == AV_KEYWORDS;
}
void own(struct builder *b, struct av *v);    /* with a reference of its own from now on */
void settle(struct builder *b);               /* before anything that may run Python code or change a list */
void settle_numbers(struct builder *b);       /* before a number is stored into a list: only what may be one */
void release(struct builder *b, struct av v); /* v has left the frames */
void drop(struct builder *b, uint32_t n);     /* pop and release */
void replace(struct builder *b, uint32_t n, struct av result);
void push_object(struct builder *b, struct ir_instr *object, enum own_kind own, enum known known);
void leave_local(struct builder *b, struct av *local);
void unbind_local(struct builder *b, struct av *local); /* it has no value any more: del */
/* super() without arguments looks into the frame for the first one. */
bool is_for_super(const struct builder *b, uint32_t local);
struct av local_copy(const struct av *local);
void normalise(struct builder *b, uint32_t target);
/* The object of a value; numbers are boxed, and keep the box. NULL: none can be made. */
struct ir_instr *object_of(struct builder *b, struct av *v);
struct ir_instr *owned_object_of(struct builder *b, struct av *v);
bool objects_of(struct builder *b, uint32_t n, struct ir_instr **ret);
bool owned_objects_of(struct builder *b, uint32_t n, struct ir_instr **ret);
struct ir_instr *null_object(struct builder *b);
struct ir_instr *const_instr(struct builder *b, uint32_t index);
struct ir_instr *name_object(struct builder *b);
uint32_t const_name(struct builder *b, const char *name);
/* The globals of the function of that name, as constants have it; NULL: of the one that the dispatcher calls. */
uint32_t const_globals(struct builder *b, const char *name);
struct ir_instr *globals_object(struct builder *b); /* of the function that is built */
/* A call of a function of the runtime. */
struct ir_instr *rt(struct builder *b, enum ir_op op, enum rt_member member, uint32_t n, struct ir_instr *const *args);

/* build_unseen.c */
struct unseen {
	const struct bc_instr *raises; /* which has the handler */
	uint32_t n_clauses;            /* that are asked, the last of which takes the exception */
	uint32_t body;
	bool is_quiet; /* and does not look at it, nor does anything in it */
};

/* What of a handler takes exceptions of that class if the instruction raises one; false: nothing is known to. */
bool unseen_find(struct builder *b, const struct bc_instr *raises, PyObject *class, struct unseen *ret);
/* Where the condition (NULL: always) holds and that clause takes the class, on in its body, without an exception; the
 * builder goes on where not. */
void unseen_catch(struct builder *b, const struct unseen *u, struct ir_instr *class, struct ir_instr *condition);
/* The same where the class on top is about to be raised, and where it is called with n arguments.  true: that is all;
 * in a function that is called directly, its caller is to make the exception, if it needs one. */
bool raise_class_unseen(struct builder *b);
bool raise_call_unseen(struct builder *b, uint32_t n);
/* next() of n arguments, by the runtime; false: it is something else. */
bool build_next_call(struct builder *b, uint32_t n);
/* The same of an iterator where a handler takes its end, and does not look at it. */
bool next_unseen(struct builder *b, uint32_t n);
/* Whether the instruction has a handler that takes something without a look. */
bool has_quiet_handler(struct builder *b);
/* For a direct call with a handler: the constant operand that says which names the clause has that takes what the
 * callee raises, and does not look at it; NULL: none is known to.  And on from there, where such a call has raised. */
struct ir_instr *thrown_operand(struct builder *b, const struct thrown *thrown, struct unseen *ret);
void thrown_catch(struct builder *b, const struct unseen *u);

/* Whether there is a handler for that failure of the current instruction, as things are now. */
bool may_fail(struct builder *b, enum rt_failure failure, struct unseen *ret);
/* Where failed holds, on in that handler; the builder goes on where it does not hold. */
void fails_if(struct builder *b, const struct unseen *u, enum rt_failure failure, struct ir_instr *failed);
/* The same for an index that counts from the end if it is negative, if there is a handler for it. */
void index_fails_beyond(struct builder *b, enum rt_failure failure, struct ir_instr *index, struct ir_instr *length);
/* int() or float() of the object, of which that function of the runtime says whether it raises ValueError for sure: on
 * in a handler that does not look at it. */
void text_fails(struct builder *b, enum rt_member member, struct ir_instr *str);
/* Whether there is a handler for a key that a dict does not have; then: its value, of these operands of rt.dict_item or
 * rt.dict_item_ints. */
bool key_may_fail(struct builder *b, struct unseen *ret);
struct ir_instr *dict_find_caught(struct builder *b, const struct unseen *u, bool ints, uint32_t n,
				  struct ir_instr *const *args);

/* build_except.c: what an exception finds that is caught where it is raised. */
bool may_raise(enum rt_member member);
/* Whether rt() is to call rt_caught(). */
bool is_caught(const struct builder *b, enum ir_op op, enum rt_member member);
struct ir_instr *rt_caught(struct builder *b, enum ir_op op, enum rt_member member, uint32_t n,
			   struct ir_instr *const *args);
bool build_handler(struct builder *b);
bool build_reraise(struct builder *b);
/* To the handler of the instruction if failed is true: an exception is set. */
void catch_if(struct builder *b, struct ir_instr *failed, const struct unseen *u);
/* The end of the way that is being built: a function of the runtime that raises. */
void raise_by(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args);

/* build_entry.c */
/* A frame of what is built, in which nothing is known yet. */
struct frame *outermost_frame(struct builder *b);
/* What the frame keeps, since nothing here changes it, or super() looks at it. */
bool frame_keeps(const struct bc_code *code, uint32_t local);
struct ir_instr *take_arg(struct builder *b, uint32_t place); /* out of the frame, with its reference */

/* build_body.c: generators that are objects.  false: not translated. */
void body_begin(struct builder *b, struct ir_instr *const *params);
bool body_yield(struct builder *b);
bool build_send(struct builder *b);

/* build_learn.c */
void learn_dead(struct builder *b, uint32_t target, uint32_t local);
bool learnt_dead_object(const struct builder *b, uint32_t target, uint32_t local);
/* Whether there are more combinations of kinds of dead locals than are to have versions of their own. */
bool learnt_dead_crowd(const struct builder *b, uint32_t target);
void learn_way_back(struct builder *b, uint32_t target);
/* Of a list that is made here: what its items were (build_lists.c); of lists in it, what theirs were, NULL: nothing is
 * known. */
struct list_items {
	uint8_t seen;
	struct list_items *rows;
};
struct list_items *learnt_items(struct builder *b);
/* Guards, before a loop is entered, that make of locals what the ways back bring. */
void expect_learnt(struct builder *b, uint32_t target);
void forget_learnt(struct builder *b, uint32_t target);
void learnt_free(struct learnt *learnt);

/* build_objects.c: any objects.  false: not translated. */
bool object_binary(struct builder *b);
bool object_append_str(struct builder *b);
bool object_unary(struct builder *b);
bool object_compare(struct builder *b);
struct ir_instr *object_truth(struct builder *b, struct av *v);
bool object_get_item(struct builder *b);
bool object_set_item(struct builder *b);
bool object_load_global(struct builder *b);
struct ir_instr *global_object(struct builder *b);
struct ir_instr *cache(struct builder *b, uint32_t n_words);
bool object_call(struct builder *b, uint32_t n);
bool object_call_rarely(struct builder *b, uint32_t n);
bool object_get_iter(struct builder *b);
bool object_for_iter(struct builder *b);
/* What next or next_item gives; at the iterator's end the loop is left. */
struct ir_instr *next_value(struct builder *b, enum rt_member next);
bool object_yield_from(struct builder *b);
bool build_contains(struct builder *b);
bool build_delete_item(struct builder *b);
bool done_by_runtime(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args,
		     uint32_t n_popped);
bool build_raise(struct builder *b);
bool build_store_global(struct builder *b);
bool build_build(struct builder *b);
bool build_add(struct builder *b);
bool build_list_to_tuple(struct builder *b);
bool list_of_top(struct builder *b, uint32_t n); /* of the n values on top */
bool build_match(struct builder *b);
/* Whether isinstance() of a number and that class is known here, which *ret is then. */
bool number_is_instance(const struct builder *b, const struct av *x, const struct av *class, bool *ret);
bool build_format(struct builder *b);
bool object_call_ex(struct builder *b);
bool build_import(struct builder *b);

/* build_spread.c: f(*t, **d) of what was not made. */
bool build_call_ex(struct builder *b);
/* The list and the dict that such a call's arguments are gathered in.  false: another one is built, or added to. */
bool spread_build_list(struct builder *b);
bool spread_build_dict(struct builder *b);
bool spread_merge(struct builder *b);

/* build_managed.c: a call that makes the manager of a generator.  false: it is another, or stays one. */
bool build_managed(struct builder *b, uint32_t n);
/* Whether the frame is asked for what __enter__() gives, and not for its end. */
bool managed_is_entered(const struct frame *inner);
/* Whether v stands for the __exit__ of such a manager. */
bool is_managed(const struct av *v);
/* That is called at the end of the `with`: it is on the stack, N_EXIT_ARGUMENTS deep.  false: CPython is to go on. */
bool managed_end(struct builder *b);
/* Its frame returns.  false: CPython is to go on. */
bool managed_returns(struct builder *b);

/* build_next.c: FOR_ITER of instances.  false: none are expected. */
bool build_next(struct builder *b);
/* An iterator has been asked: where that holds, the loop is left, or what it raised is raised. */
void end_loop_if(struct builder *b, struct ir_instr *ended);

/* build_with.c */
enum { N_EXIT_ARGUMENTS = 4 }; /* of __exit__(): self, and three that say what was raised */
bool build_before_with(struct builder *b);
/* A with has ended: the call of what its __exit__ was.  false: it is another call. */
bool build_with_end(struct builder *b);
bool build_with_except(struct builder *b);
/* A manager's __enter__ was built in, and returns that. */
void with_entered(struct builder *b, struct av result);

/* build_attr.c */
bool build_load_attr(struct builder *b);
bool build_store_attr(struct builder *b);
bool build_delete_attr(struct builder *b);
bool object_load_method(struct builder *b);

/* build_sequences.c: lists and tuples. */
void refine(struct builder *b, struct ir_instr *object, enum known known);
bool guard_known(struct builder *b, struct av *v, enum known known);
/* The object at v is guessed to be of the type that now is: what a global was, it is mostly again. */
void guess_known(struct builder *b, struct av *v, PyObject *now);
/* Whether the object at v is of that type, and of no subclass. */
struct ir_instr *is_exactly(struct builder *b, const struct av *v, enum rt_type type);

/* build_ops.c: any object, for all that is known. */
bool is_unknown_object(const struct builder *b, const struct av *v);
struct ir_instr *type_is(struct builder *b, const struct av *v, enum known known);
/* What is a constant becomes an object, of which more is known. */
void constant_as_object(struct builder *b, struct av *v);
bool build_get_item(struct builder *b);
bool build_set_item(struct builder *b);
bool sequence_get_iter(struct builder *b);
bool sequence_for_iter(struct builder *b);
bool build_unpack(struct builder *b);
enum known known_of(const struct builder *b, const struct av *v); /* constants too */
/* What is known of the result of an operator on the two values on top. */
enum known known_binary(struct builder *b);
void seq_iter(struct builder *b, enum known known); /* of the sequence on top of the stack */
/* A list's or tuple's index at the place: an int, guessed to be one if nothing is known. */
struct ir_instr *index_at(struct builder *b, struct av *v);
bool may_be_index(const struct av *v);

/* build_tuples.c */
void frames_each_place(struct frame *top, void (*visit)(struct av *v, void *data), void *data);
uint32_t tuple_number(struct seen_tuples *seen, struct tuple_value *tuple);
void tuples_copy(struct builder *b, struct frame *top);
bool build_tuple(struct builder *b);
struct av av_of_items(struct builder *b, uint32_t n, const struct av *values);
/* The same of a dict with these keys. */
struct av av_of_keywords(struct builder *b, uint32_t n, PyObject *const *names, const struct av *values);
/* Such a one goes on the stack. */
void push_counted(struct builder *b, struct av v);
/* How many places have one. */
uint32_t count_tuples(struct builder *b);
/* Whether there may be too many for one more. */
bool tuples_are_many(struct builder *b);
/* An instance of n values, of which only the class is there yet. */
struct av begin_instance(struct builder *b, const struct record *record, uint32_t n, struct ir_instr *class);
/* The same of an instance: its class, and its attributes. */
void push_instance(struct builder *b, const struct record *record, uint32_t n, const struct av *values);
void push_values(struct builder *b, uint32_t n, const struct av *values);
/* The same of a bound method: the function, and self. */
/* A number in a cell is the object that it came as where functions may ask which one that is. */
void keep_identity(const struct frame *frame, uint32_t local);

void push_bound(struct builder *b, const struct av *values);
struct av tuple_item(struct builder *b, const struct tuple_value *tuple, uint32_t i);
struct ir_instr *tuple_object(struct builder *b, struct av *v);
void tuple_needs_object(struct builder *b, const struct tuple_value *tuple); /* it is one of the caller's */
void tuple_release(struct builder *b, struct tuple_value *tuple);
bool tuple_may_have(const struct av *v);
void tuple_settle_item(struct builder *b, struct av *v); /* it goes into one */
uint32_t tuple_depth(const struct av *v);
bool tuple_item_is_quiet(const struct av *v);
bool tuple_is_quiet(const struct tuple_value *tuple);
bool tuple_has_objects(const struct tuple_value *tuple); /* also as the boxes of numbers */
bool tuple_unpack(struct builder *b);
/* Pop the tuple on top: its items as numbers and references, which are the caller's now; how many. */
uint32_t tuple_take(struct builder *b, struct ir_instr **ret);
bool tuple_get_item(struct builder *b);
bool tuple_compare(struct builder *b);

/* build_records.c.  false: it is no record, or the attribute is none of its own. */
bool build_record(struct builder *b, uint32_t n);
bool record_load_attr(struct builder *b);
bool record_store_attr(struct builder *b);
/* Such an instance is stored as an attribute of an object: where that has another one, which nobody else refers to,
 * this becomes it; else as otherwise builds. */
bool record_store_over(struct builder *b, bool (*otherwise)(struct builder *b));
bool record_load_method(struct builder *b);
bool record_property(struct builder *b);
/* What the record was that has this code. */
const struct record *record_of_code(const struct builder *b, uint32_t code_const);
uint32_t record_cache(const struct record *record); /* that has its class */
const char *record_class_name(const struct record *record);
struct av record_class(struct builder *b, const struct record *record);
/* The instance on top is made if it cannot go without one. */
void record_quieten(struct builder *b);
/* Numbers are known, and the constant that index says is their object. */
struct av value_of_constant(struct builder *b, PyObject *value, uint32_t index);
uint32_t record_code(const struct record *record); /* the constant that is its __init__'s code */

/* build_slices.c */
bool build_slice(struct builder *b);
bool slice_get_item(struct builder *b);
bool slice_set_item(struct builder *b);
bool slice_delete_item(struct builder *b);

/* build_buffers.c: bytearrays, arrays and memoryviews.  false: it is none, or not translated. */
bool is_array(enum known known);
bool is_view(enum known known);
bool is_buffer(enum known known);
enum value_type buffer_type_of(enum known known); /* VALUE_OBJECT: it is none that buffer_type() knows */
enum known known_buffer(enum value_type type);    /* KNOWN_NONE: likewise */
enum known known_view_slice(struct builder *b);   /* KNOWN_NONE: no memoryview, or with gaps */
struct ir_instr *buffer_length(struct builder *b, const struct av *v);
struct av buffer_item_at(struct builder *b, const struct av *v, struct ir_instr *index);
bool buffer_set_item(struct builder *b);
bool buffer_append(struct builder *b, uint32_t n);
/* What the call that was just built has returned is guessed to be: by a guard behind it. */
void expect_result(struct builder *b, enum known known);
/* That of a call with n arguments which makes a buffer; KNOWN_NONE: it does not, or nothing can be said. */
enum known known_new_buffer(struct builder *b, uint32_t n);

/* build_builtins.c: methods of builtin types. */
/* What CPython has found the method in that is loaded; KNOWN_NONE: nothing, or a class of Python's. */
enum known receiver_type(const struct builder *b);
bool builtin_load_method(struct builder *b);

/* The same, if the type of the object is known.  Stack: the object; then the method, the object. */
bool builtin_load_known_method(struct builder *b);

/* The method of a builtin type that the constant is. */
struct av builtin_method(const struct builder *b, uint32_t index);

/* build_bound.c: a method of an object of a builtin type, which goes into a local. */
bool build_bound_method(struct builder *b);

/* Whether v is one of those. */
bool bound_is_builtin(const struct av *v);

/* From a local, to be called.  false: it is an object now, or none of those. */
bool bound_load(struct builder *b, struct av *local);

/* The object in the place of its bound method v, as the two die together. */
struct av bound_self(struct builder *b, struct av v);
/* What is known of the result of calling that builtin. */
enum known known_result(const struct builder *b, const struct av *callable);
bool gives_bool(const struct builder *b, const struct av *method);
bool builtin_call_method(struct builder *b, uint32_t n);

/* build_lists.c: lists, their methods, and what their items are. */
void items_begin(struct builder *b, struct ir_instr *list);                         /* which is made here */
void items_of_constant(struct builder *b, struct ir_instr *tuple, PyObject *value); /* which it is */
void items_follow(struct ir_instr *list, struct ir_instr *from);
/* Note what is known of the items of a list that is returned, for as long as the family is built. */
void items_return(struct builder *b, const struct ir_instr *list);
void items_see(struct ir_instr *list, const struct av *item);                     /* it becomes one of the list's */
void items_join(struct builder *b, struct ir_instr *list, const struct av *from); /* so do all of another sequence's */
/* An item of that list, which is no value of the frames yet: a number if the list is one of numbers as far as is known.
 */
void items_guess(struct builder *b, const struct ir_instr *list, struct av *item);
bool list_append(struct builder *b, struct ir_instr *list);
enum rt_member extend_by(const struct builder *b, const struct av *from); /* how a list is made longer with it */
bool list_method(struct builder *b, uint32_t n);
bool call_list(struct builder *b, uint32_t n);

/* Of the characters below 256, some: 64 in a word. */
struct char_set {
	uint64_t word[RT_CHARS / 64];
};

/* 1 if the code point is in the set, else 0. */
struct ir_instr *is_in_chars(struct builder *b, struct ir_instr *code, const struct char_set *set);

/* build_formats.c.  false: not translated. */
bool str_of_number(struct builder *b, uint32_t n_replaced); /* of that on top, in the place of so many values */
bool format_number(struct builder *b);
bool format_percent(struct builder *b);
bool format_fields(struct builder *b, uint32_t n);

/* build_text.c: int(), float(), ord() of one argument; methods with n arguments.  false: not translated. */
bool call_int_of_str(struct builder *b);
bool call_float_of_str(struct builder *b);
bool call_ord_of_str(struct builder *b);
bool str_method(struct builder *b, uint32_t n, const char *name);
bool number_method(struct builder *b, uint32_t n, const char *name);
bool call_from_bytes(struct builder *b, uint32_t n);
bool contains_const(struct builder *b);

/* build_dicts.c: dicts and sets.  false: it is none, or not translated. */
bool dict_get_item(struct builder *b);
bool dict_contains(struct builder *b);
bool dict_set_item(struct builder *b);
bool container_method(struct builder *b, uint32_t n, const char *name);

/* build_deques.c: collections.deque.  false: it is none, or not translated. */
enum known known_new_deque(struct builder *b, uint32_t n); /* as known_new_buffer() */
bool deque_get_item(struct builder *b);
bool deque_method(struct builder *b, uint32_t n);

/* build_sort.c: sorted() and list.sort().  false: it is neither, or not translated. */
bool build_sort(struct builder *b, uint32_t n);
bool sort_key(struct builder *b); /* in its loop: the key on top */
bool sort_end(struct builder *b);
/* What is refused if the frame's function cannot be built in. */
const void *sort_site(const struct frame *frame);

/* build_iterators.c: enumerate(), reversed() and zip() */
bool is_sequence(enum known known); /* whose items are read by an index, without a call */
bool is_pair_iter(const struct av *v);
bool call_enumerate(struct builder *b, uint32_t n);
bool call_reversed(struct builder *b);
bool call_zip(struct builder *b, uint32_t n);
bool pair_for_iter(struct builder *b);

/* build_reduce.c: min(), max(), sum() */
bool call_reduce(struct builder *b, uint32_t n);

/* build_strings.c: strs, bytes and bytearrays; lengths and items of all sequences. */
bool is_str(enum known known);
PyObject *const_text(const struct builder *b, const struct av *v); /* a constant str, borrowed; NULL: it is none */
struct ir_instr *length_of(struct builder *b, const struct av *v); /* NULL: not a known sequence */
struct av item_at(struct builder *b, const struct av *v, struct ir_instr *index); /* which is in the sequence */
void guard_latin1(struct builder *b, struct av *str);
bool string_get_item(struct builder *b);
/* Stack: ..., container, key.  Where CPython tried in vain to specialise: a guard that the container is what was met
 * there, or what it usually is. */
void guess_container(struct builder *b, enum known usual);
bool str_get_iter(struct builder *b);
bool compare_strs(struct builder *b);
bool call_ord(struct builder *b, struct av *ret);
bool call_chr(struct builder *b, struct av *ret);
/* The code point of a str of one character below 256; NULL: it is not known to be one. */
struct ir_instr *char_code(struct builder *b, const struct av *v);
struct av char_of(struct builder *b, struct ir_instr *code);

/* build_entry.c */
enum known param_known(enum value_type type);
enum value_type *loop_params(const struct build_input *input); /* the caller's */
void build_entry(struct builder *b); /* the entry block: what the specialization says of the arguments */

/* build.c */
/* The innermost frame that CPython has, too: bodies of build_library.c have no code object and no lines. */
const struct frame *frame_of_code(const struct builder *b);
bool build_all(struct builder *b); /* false: too big */
struct ir_instr *emit(struct builder *b, enum ir_op op, uint32_t n, struct ir_instr *const *args);
struct ir_instr *emit0(struct builder *b, enum ir_op op);
struct ir_instr *emit1(struct builder *b, enum ir_op op, struct ir_instr *x);
struct ir_instr *emit2(struct builder *b, enum ir_op op, struct ir_instr *x, struct ir_instr *y);
struct ir_instr *emit_i64(struct builder *b, int64_t value);
struct ir_instr *emit_f64(struct builder *b, double value);
struct ir_instr *emit_bool(struct builder *b, bool value);
void poll_here(struct builder *b);
void not_translated(struct builder *b); /* CPython goes on at the instruction */
void passed_on(struct builder *b);      /* the same of RERAISE, which leaves the function */
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
PyObject *const_value(const struct builder *b, uint32_t index); /* borrowed; NULL: it is not of the code's constants */
bool is_none(const struct builder *b, const struct av *v);
bool push_plain_const(struct builder *b, PyObject *o);
bool push_const(struct builder *b, uint32_t number); /* of the code's; false: it cannot be named */
/* Leave the block for the position index of the top frame: its version there, made if need be. */
void go_to(struct builder *b, uint32_t index);
/* Exits from now on are in front of the position index, and the state is that of now. */
void stand_at(struct builder *b, uint32_t index);
/* Split: the frames as they are go to the instruction's target if condition is what; the builder goes on where it is
 * not. */
void branch_to_target(struct builder *b, struct ir_instr *condition, bool what);

void go_to_target(struct builder *b);
/* Split where condition is what: the builder goes on there, with a copy of the frames.  What it returns is given to
 * unsplit(), which goes on where the condition does not hold. */
struct frame *split(struct builder *b, struct ir_instr *condition, bool what);
void unsplit(struct builder *b, struct frame *here);
/* Build on from the instruction that go_to() has gone to, if it has not left the block. */
void go_on(struct builder *b);
/* The same of any position, where versions of different ways meet. */
void meet_at(struct builder *b, uint32_t index);
/* After split() and what was done there: build on from there, then go on where the condition does not hold. */
void go_on_otherwise(struct builder *b, struct frame *here);
/* Where the compiled function's own frame is: offset of the opcode that runs. */
uint32_t outermost_at(const struct builder *b);

/* build_ops.c: numbers.  NULL, and nothing happened but guards: not translated. */
struct ir_instr *as_int(struct builder *b, const struct av *v);
/* The operation twice: for an operand, any object, that is a float, and for one that is an int, which is made sure. */
bool as_float_or_int(struct builder *b, uint32_t from_top, bool (*build)(struct builder *b));
struct ir_instr *as_float(struct builder *b, const struct av *v);
struct ir_instr *as_float_exact(struct builder *b, const struct av *v);
bool is_float_operator(const struct bc_instr *i); /* of two floats gives a float */
struct ir_instr *float_operand(struct builder *b, const struct av *v);
bool is_integral(const struct av *v); /* int or bool */
void unbox_in_place(struct builder *b, struct av *v, bool is_int);
/* All places that hold the object hold that number, which was unboxed from it. */
void number_in_place(struct builder *b, const struct ir_instr *object, struct av number);
struct ir_instr *truth(struct builder *b, struct av *v);
bool is_or_is_not_none(const struct av *v); /* which of the two is known: is_none() */
bool build_binary(struct builder *b);
bool build_unary(struct builder *b);
bool build_compare(struct builder *b);
struct ir_instr *compare_i64(struct builder *b, struct ir_instr *l, struct ir_instr *r); /* as the instruction says */
bool build_is(struct builder *b);

/* build_notes.c: for preforgectl explain.  They do nothing unless notes are wanted. */
void note_local(struct builder *b, uint32_t local);               /* what it holds from now on */
void note_call(struct builder *b, uint32_t n);                    /* it goes through CPython's calling convention */
void note_generator(struct builder *b);                           /* it is made as an object */
void note_built_in(struct builder *b, const struct frame *inner); /* what is called, whose body ends */

/* build_math.c: attributes of modules and classes; functions of module math. */
bool build_namespace_attr(struct builder *b, bool is_method);
PyObject *value_now(const struct builder *b, const struct av *v);   /* of a global, or an attribute; borrowed or NULL */
bool is_no_number_now(const struct builder *b, const struct av *v); /* it is something, but no int or float */
bool is_subint_now(const struct builder *b, const struct av *v);    /* of a subclass of int that calculates as int */
bool call_round(struct builder *b, uint32_t n);
bool call_divmod(struct builder *b);
bool call_pow(struct builder *b, uint32_t n);
bool build_math_call(struct builder *b, uint32_t n);
/* A function of the runtime, of floats, that gives a float and does nothing else. */
struct ir_instr *call_f64(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args);
struct ir_instr *float_to_int(struct builder *b, struct ir_instr *x, int direction); /* down, towards 0, up */

/* build_complex.c.  false: it is no complex number, or not translated. */
struct av complex_of(struct ir_instr *real, struct ir_instr *imag);
struct av complex_const(struct builder *b, PyObject *value);
bool complex_parts(struct builder *b, const struct av *v, struct ir_instr **ret);
bool complex_binary(struct builder *b);
bool complex_unary(struct builder *b);
bool complex_compare(struct builder *b);
struct ir_instr *complex_truth(struct builder *b, const struct av *v);
bool complex_load_attr(struct builder *b);
bool call_complex(struct builder *b, uint32_t n);
struct ir_instr *complex_abs(struct builder *b, const struct av *v);
struct av complex_exp(struct builder *b, struct ir_instr *const *x);
struct av complex_rect(struct builder *b, struct ir_instr *const *x);
struct av complex_phase(struct builder *b, struct ir_instr *const *x);

/* build_u64.c.  false: it is not about such ints, or not translated. */
bool u64_binary(struct builder *b);
bool u64_compare(struct builder *b);
struct ir_instr *u64_as_float(struct builder *b, struct ir_instr *bits);

/* build_ints.c: ints of any size.  false: it is not about such ints, or not translated. */
bool is_large_int(const struct av *v);
void unbox_u64(struct builder *b, struct av *v); /* an object, in all its places, by a guard */
void expect_loaded_large(struct builder *b);     /* what was just loaded, if it was such an int here */
bool meets_large(const struct builder *b);       /* the function has met ints that are larger than 64 bits have */
/* The object at v becomes an int, by a guard: of any size if it meets_large(). */
void guess_int(struct builder *b, struct av *v);
bool ints_binary(struct builder *b);
bool ints_compare(struct builder *b);
bool ints_unary(struct builder *b);
bool ints_call(struct builder *b, uint32_t n);   /* of a builtin: NULL, builtin, n operands */
bool ints_method(struct builder *b, uint32_t n); /* method, int, n arguments */
struct ir_instr *large_int_truth(struct builder *b, const struct av *v);

/* build_direct.c */
bool build_direct_call(struct builder *b, uint32_t n);
/* Whether the call with n arguments is one of a global function that asks a frame for its locals, the caller's perhaps.
 */
bool direct_looks(struct builder *b, uint32_t n);
bool build_method_call(struct builder *b, uint32_t n);
bool build_bound_call(struct builder *b, uint32_t n);
bool build_function_call(struct builder *b, uint32_t n);
bool build_instance_call(struct builder *b, uint32_t n);
/* Whether a function of the family's module gives the global another value. */
bool module_stores(struct builder *b, const char *global);
/* The object is a function of that code, or is most likely one. */
void note_function(struct builder *b, const struct ir_instr *object, PyObject *code);
/* The object was in the local of the frame that runs: if a def has that name, it is most likely what was made. */
void note_named_function(struct builder *b, const struct ir_instr *object, uint32_t local);
/* The object was in that cell of the closure of the function that runs. */
void note_closed_over(struct builder *b, const struct ir_instr *object, uint32_t number);
bool build_new_object(struct builder *b, uint32_t n);
/* Functions that classes have for what the instruction does; otherwise: what it does with all other objects. */
bool build_property(struct builder *b, bool (*otherwise)(struct builder *));
bool build_property_set(struct builder *b, bool (*otherwise)(struct builder *));
/* Whether native code that was left at the operator has met operands that are not both numbers. */
bool has_met_objects(const struct builder *b);

/* Whether an operand may be of a class of the module that has a method for the operator. */
bool operator_is_special(struct builder *b);
bool build_operator(struct builder *b, bool (*otherwise)(struct builder *));
bool build_comparison(struct builder *b, bool (*otherwise)(struct builder *));
bool build_item_set(struct builder *b, bool (*otherwise)(struct builder *));
bool inlined_length(struct builder *b);
bool inlined_contains(struct builder *b);
bool build_item_method(struct builder *b, bool (*otherwise)(struct builder *));
/* What was found as a method of that name of a record's instance. */
void note_record_method(struct builder *b, struct ir_instr *method, const char *name, const struct record *record);
/* What was found as a method of that name, by super() if it was. */
void note_method(struct builder *b, struct ir_instr *method, const char *name, const struct av *owner);
bool build_super(struct builder *b, uint32_t n);

/* build_fuse.c: builtins that consume a generator expression. */
/* Whether a generator expression's function can be entered with its iterator. */
bool is_plain_generator(const struct bc_code *code, const struct made_function *function);
bool call_sum(struct builder *b, uint32_t n);
bool call_fused(struct builder *b);
bool call_fused_function(struct builder *b, uint32_t n);
bool call_with_generator(struct builder *b);
bool build_yield(struct builder *b);
bool build_generator_return(struct builder *b);

/* build_inline.c: short functions that only compute.  They do nothing in other frames. */
void inline_see(struct builder *b, enum ir_op op); /* an operation is built that may do more */
void inline_changes(struct builder *b);            /* something is changed that is not made */
void inline_untranslated(struct builder *b);       /* an instruction */
bool inline_raises(const struct builder *b);       /* nothing but an exception comes from here on */
void inline_settle(struct builder *b);             /* behind an instruction */
bool inline_return(struct builder *b);
/* Whether a function that was not made can be built into a frame that is so much deeper than the one on top, with one
 * argument. */
/* Whether that function, or what sort_site() gives, was found to do more. */
bool inline_is_refused(const struct builder *b, const void *code);
bool inline_can_made(struct builder *b, const struct made_function *function, uint32_t depth);
/* That is done, if it still can.  Stack: NULL, the function, the argument. */
bool inline_made(struct builder *b);
bool inline_is_in(const struct builder *b); /* such a function is being built into its caller */
/* The length or the truth of an object is guessed to be no affair of a class of Python's. */
bool inline_asks_length(const struct builder *b);
bool inline_asks_truth(const struct builder *b);

/* build_generators.c: generators that are loops' bodies. */
struct frame *generator_frame(struct builder *b, uint32_t n);
bool build_generator_call(struct builder *b, uint32_t n);
/* GET_ITER of an instance whose __iter__() is such a function: that way is built, and what is left is any other's.
 * false. */
bool generator_get_iter(struct builder *b);
bool call_generator_expression(struct builder *b);
void push_suspended(struct builder *b, struct frame *inner); /* which nothing iterates over yet */
bool is_refused_here(const struct builder *b);               /* the call must give an object */
bool load_suspended(struct builder *b, struct av *local);
void refuse_loose(struct builder *b);
bool generator_for_iter(struct builder *b);
bool yield_to_loop(struct builder *b);
bool generator_ends(struct builder *b);
void note_visible_call(struct builder *b, uint32_t n);
/* Whether this is in the body of a generator function that was built into another one. */
bool in_generator(const struct builder *b);
/* v, a value of holder, may be a suspended frame. */
void hold(struct frame *holder, const struct av *v);
/* Whether the frame can have n entries on its stack where native code is left in the middle of a call that was built
 * in: that of a generator which is an object is as large as its code says. */
bool has_stack_room(const struct builder *b, const struct frame *frame, uint32_t n);
void release_suspended(struct builder *b, const struct av *v);
void pass_suspended(struct av *v);
void leave_suspended(struct builder *b, const struct av *local);

/* build_best.c */
bool call_best(struct builder *b, uint32_t n);
struct state_value *state_best(struct builder *b, struct frame *frame);
struct state_value *state_best_left(struct builder *b, struct frame *frame);

/* build_library.c */
bool call_library(struct builder *b, uint32_t n, enum library library);
/* Where what is on top of the stack may be an instance of a class with __next__: on where it is, with a suspended frame
 * in its place that gives its items.  The frame for unsplit(), after which it may be anything; NULL: nothing is known.
 */
struct frame *each_of_instance(struct builder *b);
struct state_value *state_library(struct builder *b, struct frame *frame, const struct frame *inner,
				  struct state_value *call, bool raises);

/* The value of a global now, borrowed, NULL if there is none. */
PyObject *global_now(struct builder *b, const char *name, bool *ret_is_builtin);
/* build_call.c: globals, calls, functions, generators.  false: not translated. */
bool build_load_global(struct builder *b);
bool build_make_function(struct builder *b);
bool build_build_tuple(struct builder *b);
bool build_get_iter(struct builder *b);
struct ir_instr *range_length(struct builder *b, struct ir_instr *const *range); /* start, stop, step */
bool build_for_iter(struct builder *b);
bool build_call(struct builder *b);
bool build_call_return(struct builder *b);
/* Stand in the frame of a function that is built into this one; leave it: what its locals own dies with it. */
struct frame *enter(struct builder *b, const struct made_function *function);
void leave_frame(struct builder *b);
