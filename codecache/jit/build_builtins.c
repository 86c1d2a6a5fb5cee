/* build_builtins.c - methods of lists, strs, dicts and other builtin types, of exactly that type: they are constants,
 * as these types cannot be changed, and are called without a look at the attribute; a few are done without a call. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/deques.h"
#include "codecache/jit/build_priv.h"

/* ---- which method ---------------------------------------------------------- */

static PyTypeObject *type_object(enum known known)
{
	switch (known) {
	case KNOWN_LIST: return &PyList_Type;
	case KNOWN_TUPLE: return &PyTuple_Type;
	case KNOWN_DICT: return &PyDict_Type;
	case KNOWN_STR:
	case KNOWN_LATIN1:
	case KNOWN_CHAR: return &PyUnicode_Type;
	case KNOWN_SET: return &PySet_Type;
	case KNOWN_BYTES: return &PyBytes_Type;
	case KNOWN_BYTEARRAY: return &PyByteArray_Type;
	case KNOWN_DEQUE: return deque_type();
	default: return NULL;
	}
}

static enum builtin builtin_of(const char *method)
{
	static const struct {
		const char *name;
		enum builtin builtin;
	} builtins[] = {
		{ "list.append", BUILTIN_LIST_APPEND },    { "list.pop", BUILTIN_LIST_POP },
		{ "list.insert", BUILTIN_LIST_INSERT },    { "list.reverse", BUILTIN_LIST_REVERSE },
		{ "list.sort", BUILTIN_LIST_SORT },        { "list.extend", BUILTIN_LIST_EXTEND },
		{ "list.copy", BUILTIN_LIST_COPY },        { "str.join", BUILTIN_STR_JOIN },
		{ "array.append", BUILTIN_BUFFER_APPEND }, { "bytearray.append", BUILTIN_BUFFER_APPEND },
		{ "deque.append", BUILTIN_DEQUE_APPEND },  { "deque.appendleft", BUILTIN_DEQUE_APPENDLEFT },
		{ "deque.pop", BUILTIN_DEQUE_POP },        { "deque.popleft", BUILTIN_DEQUE_POPLEFT },
		{ "int.from_bytes", BUILTIN_FROM_BYTES },
	};
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (strcmp(method, builtins[i].name) == 0)
			return builtins[i].builtin;
	return BUILTIN_METHOD;
}

static PyObject *method_of(const PyTypeObject *type, const char *name)
{
	PyObject *method = type ? PyDict_GetItemString(type->tp_dict, name) : NULL;
	return method && Py_IS_TYPE(method, &PyMethodDescr_Type) ? method : NULL;
}

struct av builtin_method(const struct builder *b, uint32_t index)
{
	return (struct av){ .kind = AV_BUILTIN,
			    .builtin = builtin_of(ir_family(b->f)->consts[index].name),
			    .index = index };
}

/* Below self, which is on top. */
static void push_method(struct builder *b, const char *name)
{
	struct av self = pop(b);
	push(b, builtin_method(b, const_builtin(b, name)));
	push(b, self);
}

bool builtin_load_known_method(struct builder *b)
{
	enum known known = known_of(b, peek(b, 1));
	if (is_array(known) && strcmp(b->i->name, "append") == 0) {
		push_method(b, "array.append");
		return true;
	}
	const PyTypeObject *type = is_view(known) ? &PyMemoryView_Type : type_object(known);
	char name[64];
	if (!method_of(type, b->i->name))
		return false;
	(void)snprintf(name, sizeof(name), "%s.%s", known == KNOWN_DEQUE ? "deque" : type->tp_name, b->i->name);
	push_method(b, name);
	return true;
}

/* The type that the receiver had when CPython looked last. */
enum known receiver_type(const struct builder *b)
{
	for (int known = 0; known < KNOWN_COUNT; known++) {
		const PyObject *method = method_of(type_object((enum known)known), b->i->name);
		if (method && method == b->i->method)
			return (enum known)known;
	}
	return KNOWN_NONE;
}

/* Of ints and floats, what their values tell. */
static bool load_number_method(struct builder *b)
{
	static const char *const methods[] = { "int.bit_length", "int.bit_count", "int.to_bytes", "float.is_integer" };
	const struct av *v = peek(b, 1);
	const char *type = v->kind == AV_INT || is_large_int(v) ? "int" : v->kind == AV_FLOAT ? "float" : NULL;
	char name[64];
	if (!type)
		return false;
	(void)snprintf(name, sizeof(name), "%s.%s", type, b->i->name);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i], name) == 0) {
			push_method(b, name);
			return true;
		}
	return false;
}

/* Of a builtin type that is a constant: int.from_bytes, dict.fromkeys. */
static bool load_class_method(struct builder *b)
{
	const struct av *v = peek(b, 1);
	const char *type = v->kind == AV_BUILTIN ? ir_family(b->f)->consts[v->index].name : NULL;
	PyObject *object = type ? PyDict_GetItemString(b->input->builtins, type) : NULL;
	PyObject *method =
		object && PyType_Check(object) && !PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE)
			? PyDict_GetItemString(((PyTypeObject *)object)->tp_dict, b->i->name)
			: NULL;
	char name[64];
	if (!method || !Py_IS_TYPE(method, &PyClassMethodDescr_Type))
		return false;
	(void)snprintf(name, sizeof(name), "%s.%s", type, b->i->name);
	(void)pop(b);
	push(b, (struct av){ .kind = AV_NULL });
	push(b, (struct av){ .kind = AV_BUILTIN, .builtin = builtin_of(name), .index = const_builtin(b, name) });
	return true;
}

bool builtin_load_method(struct builder *b)
{
	if (builtin_load_known_method(b) || load_number_method(b) || load_class_method(b))
		return true;
	const struct av *self = peek(b, 1);
	enum known known = receiver_type(b);
	if (self->kind != AV_OBJECT || self->known != KNOWN_NONE || known == KNOWN_NONE)
		return false;
	if (in_generator(b)) { /* where no other method can be called: note_visible_call() */
		(void)guard_known(b, peek(b, 1), known);
		return builtin_load_known_method(b);
	}
	if (inline_is_in(b) && guard_known(b, peek(b, 1), known))
		return builtin_load_known_method(b);
	struct frame *here = split(b, type_is(b, self, known), true);
	refine(b, peek(b, 1)->v[0], known);
	(void)builtin_load_known_method(b);
	go_on_otherwise(b, here);
	return false;
}

/* ---- what they give --------------------------------------------------------- */

enum known known_result(const struct builder *b, const struct av *callable)
{
	static const struct {
		const char *name;
		enum known known;
	} results[] = {
		{ "list", KNOWN_LIST },
		{ "tuple", KNOWN_TUPLE },
		{ "dict", KNOWN_DICT },
		{ "set", KNOWN_SET },
		{ "sorted", KNOWN_LIST },
		{ "bytearray", KNOWN_BYTEARRAY },
		{ "bytes", KNOWN_BYTES },
		/* methods of exactly that type; not those that may give what a format or a codec gave */
		{ "str.lower", KNOWN_STR },
		{ "str.upper", KNOWN_STR },
		{ "str.strip", KNOWN_STR },
		{ "str.lstrip", KNOWN_STR },
		{ "str.rstrip", KNOWN_STR },
		{ "str.replace", KNOWN_STR },
		{ "str.join", KNOWN_STR },
		{ "str.title", KNOWN_STR },
		{ "str.capitalize", KNOWN_STR },
		{ "str.casefold", KNOWN_STR },
		{ "str.swapcase", KNOWN_STR },
		{ "str.zfill", KNOWN_STR },
		{ "str.ljust", KNOWN_STR },
		{ "str.rjust", KNOWN_STR },
		{ "str.center", KNOWN_STR },
		{ "str.split", KNOWN_LIST },
		{ "str.rsplit", KNOWN_LIST },
		{ "str.splitlines", KNOWN_LIST },
		{ "str.partition", KNOWN_TUPLE },
		{ "str.rpartition", KNOWN_TUPLE },
		{ "list.copy", KNOWN_LIST },
		{ "dict.copy", KNOWN_DICT },
		{ "set.copy", KNOWN_SET },
		{ "bytes.hex", KNOWN_STR },
	};
	if (callable->kind != AV_BUILTIN)
		return KNOWN_NONE;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (strcmp(ir_family(b->f)->consts[callable->index].name, results[i].name) == 0)
			return results[i].known;
	return KNOWN_NONE;
}

/* str.isalpha(), startswith(), set.issubset() and so on. */
bool gives_bool(const struct builder *b, const struct av *method)
{
	const char *name = ir_family_const(b->f)->consts[method->index].name, *dot = strchr(name, '.');
	return dot && (strncmp(dot, ".is", 3) == 0 || strcmp(dot, ".startswith") == 0 || strcmp(dot, ".endswith") == 0);
}

/* ---- characters ------------------------------------------------------------ */

/* Those that a method says yes to. */
static struct char_set set_of(int (*is)(Py_UCS4))
{
	struct char_set set = { { 0 } };
	for (Py_UCS4 c = 0; c < RT_CHARS; c++)
		if (is(c))
			set.word[c / 64] |= UINT64_C(1) << (c % 64);
	return set;
}

static int is_lowered(Py_UCS4 c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}

static int is_raised(Py_UCS4 c)
{
	return c != 0xFF && is_lowered(c - ('a' - 'A'));
}

static int is_alphanumeric(Py_UCS4 c)
{
	return Py_UNICODE_ISALNUM(c);
}

/* str.upper() gives two characters, or one above 255. */
static int is_odd_raised(Py_UCS4 c)
{
	return c == 0xB5 || c == 0xDF || c == 0xFF;
}

struct ir_instr *is_in_chars(struct builder *b, struct ir_instr *code, const struct char_set *set)
{
	struct ir_instr *number = emit2(b, IR_I64_SHR, code, emit_i64(b, 6)),
			*word = emit_i64(b, (int64_t)set->word[3]);
	for (int i = 2; i >= 0; i--)
		word = emit(b, IR_I64_SELECT, 3,
			    (struct ir_instr *[]){ emit2(b, IR_I64_EQ, number, emit_i64(b, i)),
						   emit_i64(b, (int64_t)set->word[i]), word });
	struct ir_instr *bit = emit2(b, IR_I64_AND, code, emit_i64(b, 63));
	return emit2(b, IR_I64_AND, emit2(b, IR_I64_SHR, word, bit), emit_i64(b, 1));
}

static bool char_predicate(struct builder *b, const char *name)
{
	static const struct {
		const char *name;
		int (*is)(Py_UCS4);
	} predicates[] = {
		{ "str.isalpha", _PyUnicode_IsAlpha },         { "str.isalnum", is_alphanumeric },
		{ "str.isdigit", _PyUnicode_IsDigit },         { "str.isdecimal", _PyUnicode_IsDecimalDigit },
		{ "str.isnumeric", _PyUnicode_IsNumeric },     { "str.isspace", _PyUnicode_IsWhitespace },
		{ "str.isupper", _PyUnicode_IsUppercase },     { "str.islower", _PyUnicode_IsLowercase },
		{ "str.isprintable", _PyUnicode_IsPrintable },
	};
	for (size_t i = 0; i < sizeof(predicates) / sizeof(predicates[0]); i++) {
		if (strcmp(name, predicates[i].name) != 0)
			continue;
		struct char_set set = set_of(predicates[i].is);
		struct ir_instr *in = is_in_chars(b, char_code(b, peek(b, 1)), &set);
		replace(b, 2, av_of(AV_BOOL, emit2(b, IR_I64_NE, in, emit_i64(b, 0))));
		return true;
	}
	return false;
}

/* The same of a constant. */
static bool const_predicate(struct builder *b, const char *name)
{
	PyObject *text = const_text(b, peek(b, 1));
	if (!text || strncmp(name, "str.is", strlen("str.is")) != 0)
		return false;
	PyObject *answer = PyObject_CallMethod(text, name + strlen("str."), NULL);
	bool is_known = answer;
	if (is_known)
		replace(b, 2, av_of(AV_BOOL, emit_bool(b, answer == Py_True)));
	PyErr_Clear();
	Py_XDECREF(answer);
	return is_known;
}

/* Letters of the two cases are 32 apart. */
static bool char_case(struct builder *b, const char *name)
{
	bool lower = strcmp(name, "str.lower") == 0;
	if (!lower && strcmp(name, "str.upper") != 0)
		return false;
	struct ir_instr *code = char_code(b, peek(b, 1));
	struct char_set set = set_of(lower ? is_lowered : is_raised), odd = set_of(is_odd_raised);
	if (!lower)
		(void)emit1(b, IR_GUARD, emit2(b, IR_I64_EQ, is_in_chars(b, code, &odd), emit_i64(b, 0)));
	struct ir_instr *apart = emit2(b, IR_I64_MUL_WRAP, is_in_chars(b, code, &set), emit_i64(b, 'a' - 'A'));
	replace(b, 2, char_of(b, emit2(b, lower ? IR_I64_ADD_WRAP : IR_I64_SUB_WRAP, code, apart)));
	return true;
}

/* ---- calls ----------------------------------------------------------------- */

/* Stack: method, self, n arguments. */
bool builtin_call_method(struct builder *b, uint32_t n)
{
	const char *name = ir_family(b->f)->consts[peek(b, n + 2)->index].name;
	if (n == 0 && peek(b, 1)->kind == AV_OBJECT && peek(b, 1)->known == KNOWN_CHAR)
		return char_predicate(b, name) || char_case(b, name);
	if (n == 0 && const_predicate(b, name))
		return true;
	return buffer_append(b, n) || list_method(b, n) || deque_method(b, n) || str_method(b, n, name) ||
	       container_method(b, n, name) || ints_method(b, n) || number_method(b, n, name);
}
