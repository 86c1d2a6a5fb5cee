/* cpython311_ahead.c - see cpython311_ahead.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/jit/cpython311_ahead.h"
#include "codecache/jit/exact.h"
#include "codecache/native_priv.h"
#include "codecache/runtime_priv.h"

enum { MOST_STEPS = 200, MOST_BITS = 1 << 12, MOST_DEPTH = 3 };

/* All of a look. */
struct look {
	ahead_see see;
	void *data;
	int steps, depth;
};

/* A frame of our own. */
struct ahead {
	struct look *look;
	const PyCodeObject *code;
	PyObject *globals;    /* borrowed; NULL: nobody knows */
	PyObject *result;     /* what it returns, owned */
	const uint8_t *bytes; /* as it was compiled: opcode and argument */
	uint32_t n, pc;       /* code units; of the next instruction */
	int n_locals;
	PyObject **locals; /* owned, as what is on the stack */
	PyObject **base, **top, **end;
};

static PyObject *pop(struct ahead *a)
{
	return *--a->top;
}

/* Takes the reference. false: there is none. */
static bool push(struct ahead *a, PyObject *value)
{
	if (!value || a->top == a->end) {
		Py_XDECREF(value);
		return false;
	}
	*a->top++ = value;
	return true;
}

/* Something that is not looked for: nothing is computed with it. */
static bool push_unknown(struct ahead *a)
{
	if (a->top == a->end)
		return false;
	*a->top++ = NULL;
	return true;
}

static bool is_whole(PyObject *value)
{
	return PyLong_Check(value);
}

/* Whether it takes no time, and does not look for signals, whose handlers are Python code: so do CPython's own
 * functions for products and quotients of large ints (SIGCHECK() of Objects/longobject.c), but not ours. */
static bool is_cheap(int op, PyObject *x, PyObject *y)
{
	enum { FEW = 53 }; /* bits */
	if (!is_whole(x) || !is_whole(y))
		return op != NB_POWER;
	size_t bits = _PyLong_NumBits(x), others = _PyLong_NumBits(y);
	bool are_few = bits <= FEW && others <= FEW, are_natural = Py_SIZE(x) >= 0 && Py_SIZE(y) >= 0;
	bool are_plain = PyLong_CheckExact(x) && PyLong_CheckExact(y);
	if (bits >= MOST_BITS || others >= MOST_BITS || (!are_few && !are_plain))
		return false;
	switch (op) {
	case NB_MATRIX_MULTIPLY: return false;
	case NB_POWER: return others <= 6 && are_natural && bits * (size_t)PyLong_AsLong(y) <= FEW;
	case NB_TRUE_DIVIDE: return are_few;
	case NB_LSHIFT: return others <= 12 && are_natural;
	case NB_FLOOR_DIVIDE:
	case NB_REMAINDER: return are_few || are_natural;
	default: return true;
	}
}

static PyObject *calculated(PyObject *x, PyObject *y, int op)
{
	return PyLong_CheckExact(x) && PyLong_CheckExact(y) ? pf_rt_int_binary(x, y, op) : pf_rt_binary(x, y, op);
}

/* In the place of the n values on top. */
static bool replace(struct ahead *a, int n, PyObject *result)
{
	while (n-- > 0)
		Py_XDECREF(pop(a));
	return push(a, result);
}

static bool binary(struct ahead *a, int op)
{
	PyObject *x = a->top[-2], *y = a->top[-1];
	if (!exact_is_number(x) || !exact_is_number(y) || !is_cheap(op % NB_INPLACE_ADD, x, y))
		return false;
	return replace(a, 2, calculated(x, y, op));
}

static bool compare(struct ahead *a, int op)
{
	PyObject *x = a->top[-2], *y = a->top[-1];
	return exact_is_number(x) && exact_is_number(y) && replace(a, 2, PyObject_RichCompare(x, y, op));
}

static bool unary(struct ahead *a, int opcode)
{
	PyObject *x = a->top[-1];
	if (!exact_is_number(x))
		return false;
	return replace(a, 1,
		       opcode == UNARY_NOT        ? PyBool_FromLong(PyObject_Not(x))
		       : opcode == UNARY_NEGATIVE ? PyNumber_Negative(x)
						  : PyNumber_Invert(x));
}

static bool is_sequence(PyObject *value)
{
	return value && (PyList_CheckExact(value) || PyTuple_CheckExact(value));
}

static bool has_items(PyObject *value)
{
	return is_sequence(value) || (value && (PyBytes_CheckExact(value) || PyByteArray_CheckExact(value) ||
						buffer_type(value) != VALUE_OBJECT));
}

/* The function of Python's that the type has for it, borrowed; NULL: something else. */
static PyObject *function_of(const PyTypeObject *type, const char *name)
{
	PyObject *key = PyUnicode_InternFromString(name);
	PyObject *found = key ? _PyType_Lookup((PyTypeObject *)type, key) : NULL;
	Py_XDECREF(key);
	return found && Py_IS_TYPE(found, &PyFunction_Type) ? found : NULL;
}

static PyObject *look_into(struct look *look, PyObject *function, PyObject *const *args, int n);

static bool item(struct ahead *a)
{
	PyObject *sequence = a->top[-2], *index = a->top[-1], *function;
	if (has_items(sequence) && index && PyLong_CheckExact(index))
		return replace(a, 2, PyObject_GetItem(sequence, index));
	function = sequence ? function_of(Py_TYPE(sequence), "__getitem__") : NULL;
	return function && replace(a, 2, look_into(a->look, function, a->top - 2, 2));
}

/* What is behind it cannot be known. */
static bool store_item(struct ahead *a)
{
	PyObject *args[] = { a->top[-2], a->top[-1], a->top[-3] };
	PyObject *function = args[0] ? function_of(Py_TYPE(args[0]), "__setitem__") : NULL;
	if (function)
		Py_XDECREF(look_into(a->look, function, args, 3));
	return false;
}

/* Objects/rangeobject.c, listobject.c */
struct range_iterator {
	PyObject_HEAD
	long index;
	long start, step, n;
};
struct list_iterator {
	PyObject_HEAD
	Py_ssize_t index;
	PyObject *list; /* NULL: it has ended */
};

/* What the loop has next, a new reference, without its iterator being moved on; NULL: it ends, or is over something
 * else. */
static PyObject *next_of(PyObject *iterator)
{
	if (Py_IS_TYPE(iterator, &PyRangeIter_Type)) {
		const struct range_iterator *range = (struct range_iterator *)iterator;
		return range->index < range->n
			       ? PyLong_FromLong((long)((unsigned long)range->start +
							(unsigned long)range->index * (unsigned long)range->step))
			       : NULL;
	}
	if (!Py_IS_TYPE(iterator, &PyListIter_Type))
		return NULL;
	const struct list_iterator *items = (struct list_iterator *)iterator;
	return items->list && items->index < PyList_GET_SIZE(items->list)
		       ? Py_NewRef(PyList_GET_ITEM(items->list, items->index))
		       : NULL;
}

/* An attribute of the object's own, which is read without a trace; a new reference, or NULL. */
static PyObject *attribute_of(PyObject *object, PyObject *name)
{
	if (Py_TYPE(object)->tp_getattro != PyObject_GenericGetAttr || _PyType_Lookup(Py_TYPE(object), name))
		return NULL;
	PyObject *value = PyObject_GenericGetAttr(object, name);
	if (!value)
		PyErr_Clear();
	return value;
}

static bool load_attribute(struct ahead *a, int arg)
{
	return replace(a, 1, attribute_of(a->top[-1], PyTuple_GET_ITEM(a->code->co_names, arg)));
}

static bool unpack(struct ahead *a, int n)
{
	PyObject *sequence = a->top[-1];
	if (!is_sequence(sequence) || PySequence_Fast_GET_SIZE(sequence) != n || a->end - a->top < n)
		return false;
	a->top--;
	for (int i = n; i-- > 0;)
		*a->top++ = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
	Py_DECREF(sequence);
	return true;
}

static bool build(struct ahead *a, int n, PyObject *sequence)
{
	for (int i = 0; sequence && i < n; i++) {
		PyObject *value = Py_XNewRef(a->top[i - n]);
		if (PyList_CheckExact(sequence))
			PyList_SET_ITEM(sequence, i, value);
		else
			PyTuple_SET_ITEM(sequence, i, value);
	}
	return replace(a, n, sequence);
}

/* 1 or 0; -1: only code of its own could tell. */
static int truth(PyObject *value)
{
	return exact_is_number(value) || Py_IsNone(value) || is_sequence(value) ? PyObject_IsTrue(value) : -1;
}

static bool jump_if(struct ahead *a, bool what, int by)
{
	int is = a->top[-1] ? truth(a->top[-1]) : -1;
	if (is < 0)
		return false;
	Py_DECREF(pop(a));
	if (is == what)
		a->pc = (uint32_t)((int)a->pc + by);
	return true;
}

/* Whether nothing of the instance hides what its class has under that name, a function. */
static bool is_method(PyObject *self, PyObject *name, PyObject *function)
{
	if (!function || !Py_IS_TYPE(function, &PyFunction_Type) ||
	    Py_TYPE(self)->tp_getattro != PyObject_GenericGetAttr)
		return false;
	PyObject *bound = PyObject_GenericGetAttr(self, name);
	bool is = bound && PyMethod_Check(bound) && PyMethod_GET_SELF(bound) == self &&
		  PyMethod_GET_FUNCTION(bound) == function;
	Py_XDECREF(bound);
	PyErr_Clear();
	return is;
}

static bool load_method(struct ahead *a, int arg)
{
	PyObject *name = PyTuple_GET_ITEM(a->code->co_names, arg), *self = a->top[-1];
	PyObject *function = _PyType_Lookup(Py_TYPE(self), name);
	if (a->top == a->end)
		return false;
	if (!is_method(self, name, function))
		return (Py_DECREF(pop(a)), push_unknown(a) && push_unknown(a));
	a->top[-1] = Py_NewRef(function);
	*a->top++ = self;
	return true;
}

/* Stack: a function or nothing, what is called or a method's self, n arguments. */
static bool call(struct ahead *a, int n)
{
	if (a->top - a->base < n + 2)
		return false;
	PyObject **function = a->top - n - 2, **args = a->top - n - (*function ? 1 : 0);
	PyObject *called = *function ? *function : function[1];
	return called && Py_IS_TYPE(called, &PyFunction_Type) &&
	       replace(a, n + 2, look_into(a->look, called, args, (int)(a->top - args)));
}

static bool load_global(struct ahead *a, int arg)
{
	PyObject *name = PyTuple_GET_ITEM(a->code->co_names, arg >> 1);
	PyObject *value =
		a->globals && PyDict_CheckExact(a->globals) ? PyDict_GetItemWithError(a->globals, name) : NULL;
	if ((arg & 1) && !push_unknown(a))
		return false;
	return value ? push(a, Py_NewRef(value)) : push_unknown(a);
}

static bool is_filled(const struct ahead *a, int n)
{
	for (int i = 1; i <= n; i++)
		if (a->top - i < a->base || !a->top[-i])
			return false;
	return true;
}

static bool load_cell(struct ahead *a, int arg)
{
	PyObject *cell = arg < a->n_locals ? a->locals[arg] : NULL;
	PyObject *value = cell && PyCell_Check(cell) ? PyCell_GET(cell) : NULL;
	return value ? push(a, Py_NewRef(value)) : push_unknown(a);
}

static bool move(struct ahead *a, int opcode, int arg)
{
	PyObject *value;
	switch (opcode) {
	case LOAD_GLOBAL: return load_global(a, arg);
	case PUSH_NULL: return push_unknown(a);
	case LOAD_DEREF: return load_cell(a, arg);
	case LOAD_FAST: return arg < a->code->co_nlocals && push(a, Py_XNewRef(a->locals[arg]));
	case LOAD_CONST: return push(a, Py_NewRef(PyTuple_GET_ITEM(a->code->co_consts, arg)));
	case STORE_FAST:
		if (!is_filled(a, 1) || arg >= a->code->co_nlocals)
			return false;
		Py_XSETREF(a->locals[arg], pop(a));
		return true;
	case POP_TOP: return is_filled(a, 1) && (Py_DECREF(pop(a)), true);
	case COPY: return is_filled(a, arg) && push(a, Py_NewRef(a->top[-arg]));
	case SWAP:
		if (!is_filled(a, arg))
			return false;
		value = a->top[-1];
		a->top[-1] = a->top[-arg];
		a->top[-arg] = value;
		return true;
	default: return false;
	}
}

/* One instruction, behind which pc is already. false: it does more, or has failed. */
static bool step(struct ahead *a, int opcode, int arg)
{
	switch (opcode) {
	case NOP:
	case RESUME:
	case PRECALL: return true;
	case CALL: return call(a, arg);
	case LOAD_METHOD: return is_filled(a, 1) && load_method(a, arg);
	case STORE_SUBSCR: return a->top - a->base >= 3 && store_item(a);
	case RETURN_VALUE: a->result = is_filled(a, 1) ? pop(a) : NULL; return false;
	case BINARY_OP: return is_filled(a, 2) && binary(a, arg);
	case COMPARE_OP: return is_filled(a, 2) && compare(a, arg);
	case UNARY_NOT:
	case UNARY_NEGATIVE:
	case UNARY_INVERT: return is_filled(a, 1) && unary(a, opcode);
	case BINARY_SUBSCR: return is_filled(a, 2) && item(a);
	case FOR_ITER: return is_filled(a, 1) && push(a, next_of(a->top[-1]));
	case LOAD_ATTR: return is_filled(a, 1) && load_attribute(a, arg);
	case UNPACK_SEQUENCE: return is_filled(a, 1) && unpack(a, arg);
	case BUILD_TUPLE: return is_filled(a, arg) && build(a, arg, PyTuple_New(arg));
	case BUILD_LIST: return is_filled(a, arg) && build(a, arg, PyList_New(arg));
	case JUMP_FORWARD: a->pc += (uint32_t)arg; return true;
	case JUMP_BACKWARD: a->pc -= (uint32_t)arg; return true;
	case POP_JUMP_FORWARD_IF_TRUE: return is_filled(a, 1) && jump_if(a, true, arg);
	case POP_JUMP_FORWARD_IF_FALSE: return is_filled(a, 1) && jump_if(a, false, arg);
	case POP_JUMP_BACKWARD_IF_TRUE: return is_filled(a, 1) && jump_if(a, true, -arg);
	case POP_JUMP_BACKWARD_IF_FALSE: return is_filled(a, 1) && jump_if(a, false, -arg);
	default: return move(a, opcode, arg);
	}
}

static void run(struct ahead *a)
{
	int arg = 0;
	while (a->look->steps++ < MOST_STEPS && a->pc < a->n) {
		uint32_t pc = a->pc++;
		int opcode = a->bytes[2 * pc];
		arg = arg << 8 | a->bytes[2 * pc + 1];
		if (opcode == EXTENDED_ARG)
			continue;
		a->look->see((PyObject *)a->code, pc, a->top, (uint32_t)(a->top - a->base), a->look->data);
		while (a->pc < a->n && a->bytes[2 * a->pc] == CACHE)
			a->pc++;
		if (!step(a, opcode, arg))
			break;
		arg = 0;
	}
	PyErr_Clear();
}

/* From pc on; what the code returns, a new reference, or NULL. */
static PyObject *look_at(struct look *look, PyObject *code, PyObject *globals, uint32_t pc, PyObject *const *values,
			 uint32_t n_locals, uint32_t n_stack)
{
	const PyCodeObject *co = (const PyCodeObject *)code;
	PyObject *bytes = PyCode_GetCode((PyCodeObject *)code);
	size_t room = n_locals + n_stack + (size_t)co->co_stacksize + 1;
	PyObject **frame = bytes ? PyMem_Calloc(room, sizeof(*frame)) : NULL;
	if (!frame) {
		PyErr_Clear();
		Py_XDECREF(bytes);
		return NULL;
	}
	for (uint32_t i = 0; i < n_locals + n_stack; i++)
		frame[i] = Py_XNewRef(values[i]);
	struct ahead a = { .look = look,
			   .code = co,
			   .globals = globals,
			   .bytes = (const uint8_t *)PyBytes_AS_STRING(bytes),
			   .n = (uint32_t)PyBytes_GET_SIZE(bytes) / 2,
			   .pc = pc,
			   .n_locals = (int)n_locals,
			   .locals = frame,
			   .base = frame + n_locals,
			   .top = frame + n_locals + n_stack,
			   .end = frame + room };
	run(&a);
	while (a.top > a.locals)
		Py_XDECREF(*--a.top);
	PyMem_Free(frame);
	Py_DECREF(bytes);
	return a.result;
}

/* What the function would return, a new reference; NULL: it takes something else, or does more. */
static PyObject *look_into(struct look *look, PyObject *function, PyObject *const *args, int n)
{
	enum { MOST_LOCALS = 32 };
	const PyCodeObject *code = (const PyCodeObject *)native_original_of(((PyFunctionObject *)function)->func_code);
	PyObject *locals[MOST_LOCALS] = { NULL };
	if (look->depth == MOST_DEPTH || code->co_argcount != n || code->co_kwonlyargcount > 0 ||
	    code->co_nlocalsplus != code->co_nlocals || code->co_nlocals > MOST_LOCALS ||
	    (code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)))
		return NULL;
	memcpy(locals, args, (size_t)n * sizeof(*args));
	look->depth++;
	PyObject *result = look_at(look, (PyObject *)code, PyFunction_GET_GLOBALS(function), 0, locals,
				   (uint32_t)code->co_nlocals, 0);
	look->depth--;
	return result;
}

void cpython_look_ahead(PyObject *code, uint32_t pc, PyObject *const *values, uint32_t n_locals, uint32_t n_stack,
			ahead_see see, void *data)
{
	struct look look = { .see = see, .data = data };
	Py_XDECREF(look_at(&look, code, NULL, pc, values, n_locals, n_stack));
}
