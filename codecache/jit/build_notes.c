/* build_notes.c - what the builder says of its decisions, for preforgectl explain */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

__attribute__((format(printf, 2, 3))) static void note(struct builder *b, const char *format, ...)
{
	char text[200];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	ir_note(b->f, b->i->line, text);
}

static const char *const known_words[KNOWN_COUNT] = {
	[KNOWN_NONE] = "an object",
	[KNOWN_LIST] = "list",
	[KNOWN_TUPLE] = "tuple",
	[KNOWN_DICT] = "dict",
	[KNOWN_STR] = "str",
	[KNOWN_LATIN1] = "str of Latin-1",
	[KNOWN_CHAR] = "str of one",
	[KNOWN_SET] = "set",
	[KNOWN_RANGE] = "range",
	[KNOWN_BYTES] = "bytes",
	[KNOWN_BYTEARRAY] = "bytearray",
	[KNOWN_DEQUE] = "deque",
	[KNOWN_INT] = "int, any size",
#define F(name, word, unused) [KNOWN_ARRAY_##name] = "array of " word,
	ITEMS(F, )
#undef F
#define F(name, word, unused) [KNOWN_VIEW_##name] = "memoryview of " word,
		ITEMS(F, )
#undef F
			[KNOWN_SLICE] = "slice",
};

static const char *type_word(const struct builder *b, const struct av *v)
{
	switch (v->kind) {
	case AV_INT: return "int, 64 bits";
	case AV_WIDE: return "int, 128 bits";
	case AV_FLOAT: return "float";
	case AV_COMPLEX: return "complex";
	case AV_U64: return "int, 64 bits without a sign";
	case AV_BOOL: return "bool";
	case AV_TUPLE: return "tuple, never made";
	case AV_RECORD: return "an instance, never made";
	case AV_RANGE: return "range, never made";
	case AV_FUNCTION: return "function, not made yet";
	case AV_CONST: return is_none(b, v) ? "None" : "a constant";
	case AV_OBJECT: return known_words[v->known] ? known_words[v->known] : "an object";
	default: return NULL;
	}
}

/* Of a local, NULL if it has none that can be shown. */
static const char *local_name(const struct builder *b, uint32_t local)
{
	if (b->top->library)
		return NULL;
	PyObject *names = PyObject_GetAttrString(b->top->code->code, "co_varnames");
	const char *name = names && PyTuple_Check(names) && local < PyTuple_GET_SIZE(names)
				   ? PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, local))
				   : NULL;
	Py_XDECREF(names); /* the code has the names */
	PyErr_Clear();
	return name;
}

void note_local(struct builder *b, uint32_t local)
{
	if (!b->input->explain || b->learning)
		return;
	const char *word = type_word(b, &b->top->locals[local]), *name = local_name(b, local);
	if (word && name)
		note(b, "%s: %s", name, word);
}

/* The builtin's name, NULL if the callable is none that is known. */
static const char *builtin_name(const struct builder *b, const struct av *callable)
{
	return callable->kind == AV_BUILTIN ? ir_family_const(b->f)->consts[callable->index].name : NULL;
}

void note_call(struct builder *b, uint32_t n)
{
	if (!b->input->explain || b->learning)
		return;
	const struct av *callable = peek(b, n + 1);
	const char *name = builtin_name(b, callable);
	const char *argument = n > 0 ? type_word(b, peek(b, 1)) : NULL;
	if (callable->kind == AV_BUILTIN && callable->builtin == BUILTIN_SUM)
		note(b, "sum() is not fused: its argument is %s, no generator expression over a range()",
		     argument ? argument : "an object");
	else if (callable->kind == AV_BUILTIN && (callable->builtin == BUILTIN_MIN || callable->builtin == BUILTIN_MAX))
		note(b, "%s() is not fused: it takes no numbers of one type, and no sequence", name ? name : "min");
	else
		note(b, "%s%s is called by CPython's calling convention, with boxed arguments",
		     name ? name : "an object", name ? "()" : "");
}

void note_built_in(struct builder *b, const struct frame *inner)
{
	const PyCodeObject *code = (const PyCodeObject *)inner->code->code;
	if (!b->input->explain || b->learning || !code || b->top->is_inlined) /* whose lines are not shown */
		return;
	const char *name = PyUnicode_AsUTF8(code->co_qualname);
	PyErr_Clear(); /* lone surrogates */
	if (name)
		note(b, "%s() is built in", name);
}

void note_generator(struct builder *b)
{
	if (!b->input->explain || b->learning)
		return;
	note(b, "the generator expression is made as an object: it does not run over a range(), or is nested too deep");
}
