/* pass_lists_priv.h - which lists are to hold numbers (pass_lists.c), for what makes them so (pass_lists_change.c). */
#pragma once

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/rt.h"

/* What the runtime does with lists, for lists of numbers (codecache/rt_number_methods.c). */
enum list_op {
	OP_NONE,
	OP_SAME,   /* the function, with the same operands: lists_for_numbers[] */
	OP_NEW,    /* the same, and the result is a list of such numbers */
	OP_INSERT, /* its last operand is the number */
	OP_CONST,  /* a constant tuple of numbers is put behind it */
	OP_IN_PLACE /* a += b */,
	OP_DELETE,
	OP_CONTAINS,
	OP_LENGTH,
	OP_TUPLE,
};

/* What is known of an instruction. */
struct value {
	struct ir_instr *instr;
	uint32_t n_uses;          /* as an operand */
	struct ir_instr *unboxed; /* the first that unboxes it; NULL: nothing does */
	/* A list: the next one on the way to the one that stands for all that it meets in phis; NULL: no list. */
	struct value *group;
	enum ir_type numbers; /* of that one: what its items are, IR_VOID: nothing said so yet */
	bool refused, pays;
	bool has_rows, no_rows; /* its items are such lists; they must not be: that was tried */
	struct value *rows;     /* of one that has: what they are; NULL: nothing was said so yet */
	uint32_t because;       /* if refused: the line that has the reason; 0: its numbers are of several types */
	/* An item of such a list: that, how often it is counted, and what uses it as an object. */
	struct value *list;
	uint32_t n_increfs, n_decrefs, n_objects;
	uint32_t n_numbers;            /* that other such lists take it as a number */
	struct ir_instr *number, *box; /* what it becomes; the object of it, NULL: none is needed */
	bool is_given;                 /* a parameter that such lists may come as */
};

/* What is known of a member of the family. */
struct list_member {
	struct ir_function *f;
	const struct ir_loops *loops;
	uint32_t first_id;        /* of its values; those of all members have different ones */
	struct ir_instr **params; /* NULL: no list of numbers can come as that one */
	bool gives;               /* a list that it returns may be one of numbers to its callers */
	bool no_result;           /* that was tried: it must not be */
};

/* Two lists, of numbers of one type: to has one of from. */
struct pair {
	struct value *to, *from;
	const struct ir_instr *by;
};

struct lists {
	struct ir_function *f; /* the member that is being looked at */
	const struct ir_loops *loops;
	struct list_member *member, *members;
	uint32_t n_members;
	struct value *values; /* by id; behind them one for what is new, of which nothing is known */
	uint32_t n_values;
	struct pair *pairs;
	uint32_t n_pairs, cap_pairs;
	bool refused; /* one more than before */
};

/* What is known of i. */
struct value *lists_value_of(const struct lists *l, const struct ir_instr *i);
/* What stands for all that the list meets in phis. */
struct value *lists_group_of(struct value *v);
/* Whether that operand of i is a list of numbers. */
bool lists_has_numbers(const struct lists *l, const struct ir_instr *i, uint32_t a);
/* What i is if the lists among its operands are lists of numbers. */
enum list_op lists_op_of(const struct lists *l, const struct ir_instr *i);
/* Whether i calls that function of the runtime. */
bool lists_is_rt(const struct ir_instr *i, enum rt_member member);
/* Whether i is list.pop(). */
bool lists_is_pop(const struct ir_instr *i);
/* Whether i makes an object of a number. */
bool lists_is_box(const struct ir_instr *i);
/* The number that the object is, where i is; NULL: it may be anything. */
struct ir_instr *lists_number_of(const struct lists *l, struct ir_instr *object, const struct ir_instr *i);
/* The number that the operand of i is; NULL: it may be anything. */
struct ir_instr *lists_operand_number(const struct lists *l, const struct ir_instr *i, uint32_t a);
/* Whether Python code sees that operand of i, a list, then. */
bool lists_escapes(const struct lists *l, const struct ir_instr *i, uint32_t a);
/* The group of a list that is to hold numbers; NULL: it stays what it is. */
struct value *lists_taken(struct value *list);
/* The instruction that gives the item a reference, soon after it was read. */
struct ir_instr *lists_incref_of(const struct value *item);
/* Whether that function takes objects with the references that their owners have. */
bool lists_borrows(enum rt_member member);
/* By member: what does the same to lists of numbers. */
extern const enum rt_member lists_for_numbers[RT_MEMBER_COUNT];
/* Look at that member of the family from now on. */
void lists_enter(struct lists *l, uint32_t member);
#define lists_for_each_member(l, m) for (uint32_t m = 0; m < (l)->n_members && (lists_enter(l, m), true); m++)
/* Behind the numbers of the values of the member at hand. */
uint32_t lists_end_of_member(const struct lists *l);
/* The function that i calls directly; NULL: it is no such call. */
struct list_member *lists_callee(const struct lists *l, const struct ir_instr *i);
/* Whether what i returns are numbers to its callers, if it is a list of such. */
bool lists_gives(const struct lists *l, const struct ir_instr *i);
/* The guard behind a call that its result is a list; NULL: there is none. */
struct ir_instr *lists_guard_of(const struct ir_instr *call);
/* The question behind a call whether CPython has finished it; NULL: there is none. */
struct ir_instr *lists_kept_of(const struct ir_instr *call);
/* Makes lists of numbers of those that are taken. */
void lists_change(struct lists *l);
