/* build_text.c - text to numbers, methods of strs, and what constants contain: by functions of the runtime
 * that take and give machine values (rt_text.c), or by some instructions. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

static bool may_be_str(const struct builder *b, const struct av *v)
{
	return is_str(known_of(b, v)) || (v->kind == AV_OBJECT && v->known == KNOWN_NONE);
}

/* ---- int(), float(), ord() of strs --------------------------------------------- */

/* The call with n arguments has a machine value as its result if the test is true, else it is CPython's. */
static bool result_if(struct builder *b, uint32_t n, struct ir_instr *test, struct ir_instr *value)
{
	struct frame *here = split(b, test, true);
	drop(b, n + 2);
	push(b, av_of(AV_INT, value));
	go_on_otherwise(b, here);
	return object_call(b, n);
}

/* The same of int(): for a str that is none there may be a handler. */
static bool int_if(struct builder *b, struct ir_instr *test, struct ir_instr *value)
{
	struct frame *here = split(b, test, true);
	drop(b, 3);
	push(b, av_of(AV_INT, value));
	go_on_otherwise(b, here);
	text_fails(b, RT_MEMBER_int_fails, peek(b, 1)->v[0]);
	return object_call(b, 1);
}

static bool int_of_char(struct builder *b, struct ir_instr *code)
{
	struct ir_instr *value = emit2(b, IR_I64_SUB_WRAP, code, emit_i64(b, '0'));
	struct ir_instr *is_digit = emit2(b, IR_BOOL_AND, emit2(b, IR_I64_GE, value, emit_i64(b, 0)),
					  emit2(b, IR_I64_LE, value, emit_i64(b, 9)));
	return int_if(b, is_digit, value);
}

/* Stack: NULL, int, one argument. */
bool call_int_of_str(struct builder *b)
{
	struct av *v = peek(b, 1);
	struct ir_instr *code = char_code(b, v);
	if (code)
		return int_of_char(b, code);
	if (v->kind != AV_OBJECT || !may_be_str(b, v))
		return false;
	struct ir_instr *value = rt(b, IR_RT_STATUS, RT_MEMBER_int_of_str, 1, &v->v[0]);
	return int_if(b, emit2(b, IR_I64_NE, value, emit_i64(b, RT_NO_INT)), value);
}

bool call_ord_of_str(struct builder *b)
{
	struct av *v = peek(b, 1);
	if (v->kind != AV_OBJECT || !may_be_str(b, v))
		return false;
	struct ir_instr *value = rt(b, IR_RT_STATUS, RT_MEMBER_ord_of, 1, &v->v[0]);
	return result_if(b, 1, emit2(b, IR_I64_GE, value, emit_i64(b, 0)), value);
}

static void float_of_str(struct builder *b)
{
	struct ir_instr *str = object_of(b, peek(b, 1));
	text_fails(b, RT_MEMBER_float_fails, str);
	settle(b);
	struct ir_instr *object = rt(b, IR_RT_OBJ, RT_MEMBER_float_of_str, 1, &str);
	struct av value = av_of(AV_FLOAT, emit1(b, IR_FLOAT_VALUE, object));
	value.own = OWN_OWNED;
	value.object = object;
	replace(b, 3, value);
}

bool call_float_of_str(struct builder *b)
{
	struct av *v = peek(b, 1);
	if (v->kind != AV_OBJECT || !may_be_str(b, v))
		return false;
	if (is_str(v->known)) {
		float_of_str(b);
		return true;
	}
	struct frame *here = split(b, type_is(b, v, KNOWN_STR), true);
	refine(b, peek(b, 1)->v[0], KNOWN_STR);
	float_of_str(b);
	go_on_otherwise(b, here);
	return object_call(b, 1);
}

/* ---- numbers and bytes ------------------------------------------------------------ */

/* Whether a constant names the order of bytes. */
static bool byte_order(const struct builder *b, const struct av *v, bool *ret_little)
{
	PyObject *text = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	if (!text || !PyUnicode_CheckExact(text))
		return false;
	*ret_little = PyUnicode_CompareWithASCIIString(text, "little") == 0;
	return *ret_little || PyUnicode_CompareWithASCIIString(text, "big") == 0;
}

/* Stack: NULL, int.from_bytes, bytes, order. */
bool call_from_bytes(struct builder *b, uint32_t n)
{
	bool little = false;
	if (n != 2 || peek(b, 2)->kind != AV_OBJECT || !byte_order(b, peek(b, 1), &little))
		return false;
	struct ir_instr *args[] = { peek(b, 2)->v[0], emit_i64(b, little) };
	struct ir_instr *value = rt(b, IR_RT_STATUS, RT_MEMBER_int_of_bytes, 2, args);
	return result_if(b, 2, emit2(b, IR_I64_NE, value, emit_i64(b, RT_NO_INT)), value);
}

static bool to_bytes(struct builder *b, uint32_t n)
{
	bool little = false;
	if (n != 2 || peek(b, 2)->kind != AV_INT || !byte_order(b, peek(b, 1), &little))
		return false;
	struct ir_instr *args[] = { peek(b, 3)->v[0], peek(b, 2)->v[0], emit_i64(b, little) };
	settle(b);
	struct ir_instr *bytes = rt(b, IR_RT_OBJ, RT_MEMBER_bytes_of_int, 3, args);
	replace(b, 4, (struct av){ .kind = AV_OBJECT, .v = { bytes }, .own = OWN_OWNED, .known = KNOWN_BYTES });
	return true;
}

/* Stack: method, number, n arguments. */
bool number_method(struct builder *b, uint32_t n, const char *name)
{
	const struct av *v = peek(b, n + 1);
	bool is_int = v->kind == AV_INT, is_length = strcmp(name, "int.bit_length") == 0;
	if (is_int && strcmp(name, "int.to_bytes") == 0)
		return to_bytes(b, n);
	if (n != 0 || (!is_int && v->kind != AV_FLOAT))
		return false;
	struct ir_instr *value = v->v[0];
	if (is_int)
		value = rt(b, IR_RT_I64, is_length ? RT_MEMBER_bit_length : RT_MEMBER_bit_count, 1, &value);
	else
		value = rt(b, IR_RT_BOOL, RT_MEMBER_is_whole, 1, &value);
	replace(b, 2, av_of(is_int ? AV_INT : AV_BOOL, value));
	return true;
}

/* ---- methods of strs ------------------------------------------------------------ */

static const struct str_method {
	const char *name;
	enum rt_member member;
	int direction; /* 0: it has none */
} str_methods[] = {
	{ "str.find", RT_MEMBER_str_find, 1 },        { "str.rfind", RT_MEMBER_str_find, -1 },
	{ "str.index", RT_MEMBER_str_index, 1 },      { "str.rindex", RT_MEMBER_str_index, -1 },
	{ "str.count", RT_MEMBER_str_count, 0 },      { "str.startswith", RT_MEMBER_str_matches, -1 },
	{ "str.endswith", RT_MEMBER_str_matches, 1 },
};

static void call_str_method(struct builder *b, const struct str_method *m, uint32_t n)
{
	struct ir_instr *args[] = { object_of(b, peek(b, n + 1)), object_of(b, peek(b, n)),
				    n > 1 ? as_int(b, peek(b, n - 1)) : emit_i64(b, 0),
				    n > 2 ? as_int(b, peek(b, n - 2)) : emit_i64(b, INT64_MAX), NULL };
	uint32_t n_args = 4;
	if (m->direction)
		args[n_args++] = emit_i64(b, m->direction);
	settle(b);
	bool matches = m->member == RT_MEMBER_str_matches;
	struct ir_instr *value = rt(b, matches ? IR_RT_BOOL : IR_RT_I64, m->member, n_args, args);
	if (m->member == RT_MEMBER_str_find)
		value = emit2(b, IR_I64_SUB_WRAP, value, emit_i64(b, 1));
	drop(b, n + 2);
	push(b, av_of(matches ? AV_BOOL : AV_INT, value));
}

/* Stack: method, str, n arguments. */
bool str_method(struct builder *b, uint32_t n, const char *name)
{
	if (strcmp(name, "str.format") == 0)
		return format_fields(b, n);
	size_t m = 0, n_methods = sizeof(str_methods) / sizeof(str_methods[0]);
	while (m < n_methods && strcmp(str_methods[m].name, name) != 0)
		m++;
	if (m == n_methods || n < 1 || n > 3 || !is_str(known_of(b, peek(b, n + 1))) || !may_be_str(b, peek(b, n)))
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (!is_integral(peek(b, i)))
			return false;
	if (is_str(known_of(b, peek(b, n)))) {
		call_str_method(b, &str_methods[m], n);
		return true;
	}
	struct frame *here = split(b, type_is(b, peek(b, n), KNOWN_STR), true);
	refine(b, peek(b, n)->v[0], KNOWN_STR);
	call_str_method(b, &str_methods[m], n);
	go_on_otherwise(b, here);
	return object_call(b, n);
}

/* ---- what constants contain ------------------------------------------------------- */

static bool replace_contains(struct builder *b, struct ir_instr *is)
{
	replace(b, 2, av_of(AV_BOOL, b->i->arg ? emit1(b, IR_BOOL_NOT, is) : is));
	return true;
}

static void add_char(struct char_set *set, Py_UCS4 c)
{
	if (c < RT_CHARS)
		set->word[c / 64] |= UINT64_C(1) << (c % 64);
}

/* The characters that are in a constant str, tuple or frozenset; false: it is another, or CPython is to say. */
static bool chars_in(PyObject *container, struct char_set *ret)
{
	*ret = (struct char_set){ { 0 } };
	if (PyUnicode_CheckExact(container)) {
		for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(container); i++)
			add_char(ret, PyUnicode_READ_CHAR(container, i));
		return true;
	}
	if (!PyTuple_CheckExact(container) && !PyFrozenSet_CheckExact(container))
		return false;
	PyObject *iterator = PyObject_GetIter(container), *item;
	bool fine = iterator;
	while (fine && (item = PyIter_Next(iterator))) {
		fine = PyUnicode_CheckExact(item);
		if (fine && PyUnicode_GET_LENGTH(item) == 1)
			add_char(ret, PyUnicode_READ_CHAR(item, 0));
		Py_DECREF(item);
	}
	Py_XDECREF(iterator);
	PyErr_Clear(); /* CPython is to say */
	return fine;
}

enum { MOST_INTS = 8 };

/* The ints that are in a constant tuple or frozenset of ints; 0: it is another, or has too many. */
static uint32_t ints_in(PyObject *container, int64_t *ret)
{
	PyObject *iterator =
		PyTuple_CheckExact(container) || PyFrozenSet_CheckExact(container) ? PyObject_GetIter(container) : NULL;
	PyObject *item;
	uint32_t n = 0;
	bool fine = iterator;
	while (fine && (item = PyIter_Next(iterator))) {
		int overflow = 0;
		fine = n < MOST_INTS && PyLong_CheckExact(item);
		if (fine)
			ret[n++] = PyLong_AsLongLongAndOverflow(item, &overflow);
		fine = fine && !overflow;
		Py_DECREF(item);
	}
	Py_XDECREF(iterator);
	PyErr_Clear();
	return fine ? n : 0;
}

/* Stack: item, container. */
bool contains_const(struct builder *b)
{
	const struct av *item = peek(b, 2), *container = peek(b, 1);
	PyObject *value = container->kind == AV_CONST ? const_value(b, container->index) : NULL;
	struct ir_instr *code = value ? char_code(b, item) : NULL, *any = NULL;
	struct char_set set;
	int64_t ints[MOST_INTS];
	if (value && const_text(b, item) && PyUnicode_CheckExact(value)) {
		bool is = PySequence_Contains(value, const_text(b, item)) > 0;
		replace(b, 2, av_of(AV_BOOL, emit_bool(b, is != (b->i->arg != 0))));
		return true;
	}
	if (code && chars_in(value, &set))
		return replace_contains(b, emit2(b, IR_I64_NE, is_in_chars(b, code, &set), emit_i64(b, 0)));
	uint32_t n = value && item->kind == AV_INT ? ints_in(value, ints) : 0;
	for (uint32_t i = 0; i < n; i++) {
		struct ir_instr *is = emit2(b, IR_I64_EQ, item->v[0], emit_i64(b, ints[i]));
		any = any ? emit2(b, IR_BOOL_OR, any, is) : is;
	}
	return any && replace_contains(b, any);
}
