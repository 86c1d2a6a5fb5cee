/* build_match.c - patterns of match: what CPython's instructions for them ask of the subject, which stays on the stack.
 *
 * A pattern of a class, or of keys, gives a tuple of what it has found, or None if it does not fit; the branch behind
 * it asks which.  The two go on apart, so that each knows. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/build_priv.h"

/* Py_TPFLAGS_SEQUENCE, Py_TPFLAGS_MAPPING of Include/object.h: of types that are known. */
static bool has_sequence_flag(enum known known)
{
	return known == KNOWN_LIST || known == KNOWN_TUPLE || known == KNOWN_RANGE || known == KNOWN_DEQUE;
}

static bool has_mapping_flag(enum known known)
{
	return known == KNOWN_DICT;
}

/* MATCH_SEQUENCE and MATCH_MAPPING. */
static bool match_kind(struct builder *b, unsigned long flag, bool (*is)(enum known known))
{
	struct av *subject = peek(b, 1);
	if (av_is_number(subject)) {
		push(b, av_of(AV_BOOL, emit_bool(b, false)));
		return true;
	}
	struct ir_instr *args[] = { object_of(b, subject), NULL };
	if (!args[0])
		return false;
	if (is(known_of(b, subject))) {
		push(b, av_of(AV_BOOL, emit_bool(b, true)));
		return true;
	}
	args[1] = emit_i64(b, (int64_t)flag);
	push(b, av_of(AV_BOOL, emit2(b, IR_I64_NE, rt(b, IR_ASK, RT_MEMBER_has_type_flag, 2, args), emit_i64(b, 0))));
	return true;
}

/* GET_LEN */
static bool get_length(struct builder *b)
{
	struct ir_instr *length = length_of(b, peek(b, 1));
	if (!length) {
		struct ir_instr *object = object_of(b, peek(b, 1));
		if (!object)
			return false;
		settle(b);
		length = rt(b, IR_RT_I64, RT_MEMBER_length, 1, &object);
	}
	push(b, av_of(AV_INT, length));
	return true;
}

/* What was found, or None, instead of the n values on top; whether it was: answer. */
static void push_found(struct builder *b, struct ir_instr *answer, uint32_t n)
{
	struct ir_instr *found = emit0(b, IR_RT_SECOND);
	struct frame *here = split(b, emit2(b, IR_I64_NE, answer, emit_i64(b, 0)), true);
	replace(b, n, (struct av){ .kind = AV_OBJECT, .v = { found }, .own = OWN_OWNED, .known = KNOWN_TUPLE });
	go_on_otherwise(b, here);
	replace(b, n, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
}

static bool has_names(const struct builder *b)
{
	const struct bc_instr *names = b->i - 1; /* the compiler loads them there */
	PyObject *consts = ((PyCodeObject *)b->top->code->code)->co_consts;
	return names->op != BC_LOAD_CONST || PyTuple_GET_SIZE(PyTuple_GET_ITEM(consts, names->arg)) > 0;
}

/* int(), float(n) and such of a number, which stays what it is: a type like that is matched by the subject itself. */
static bool match_number(struct builder *b)
{
	bool is;
	if (has_names(b) || b->i->arg > 1 || tuples_are_many(b) || !number_is_instance(b, peek(b, 3), peek(b, 2), &is))
		return false;
	struct av subject = *peek(b, 3);
	replace(b, 3,
		is ? av_of_items(b, b->i->arg, &subject)
		   : (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

/* Stack: the subject, the class, the names of the attributes that are asked for by name. */
static bool match_class(struct builder *b)
{
	struct ir_instr *args[4];
	if (match_number(b))
		return true;
	if (!objects_of(b, 3, args))
		return false;
	settle(b);
	args[3] = emit_i64(b, b->i->arg);
	push_found(b, rt(b, IR_RT_I64, RT_MEMBER_match_class, 4, args), 3);
	return true;
}

/* Stack: the subject, a tuple of the keys; both stay. */
static bool match_keys(struct builder *b)
{
	struct ir_instr *args[2];
	if (!objects_of(b, 2, args))
		return false;
	settle(b);
	push_found(b, rt(b, IR_RT_I64, RT_MEMBER_match_keys, 2, args), 0);
	return true;
}

bool build_match(struct builder *b)
{
	switch (b->i->op) {
	case BC_MATCH_SEQUENCE: return match_kind(b, Py_TPFLAGS_SEQUENCE, has_sequence_flag);
	case BC_MATCH_MAPPING: return match_kind(b, Py_TPFLAGS_MAPPING, has_mapping_flag);
	case BC_GET_LEN: return get_length(b);
	case BC_MATCH_CLASS: return match_class(b);
	default: return match_keys(b);
	}
}
