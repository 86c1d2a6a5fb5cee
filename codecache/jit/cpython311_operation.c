/* cpython311_operation.c - see cpython311_operation.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include "codecache/jit/cpython311_operation.h"

/* Code as it was compiled: an opcode and its argument, two bytes. */
struct units {
	const uint8_t *bytes;
	uint32_t n;
};

static int opcode_at(const struct units *units, uint32_t pc)
{
	return pc < units->n ? units->bytes[2 * pc] : CACHE;
}

static int argument_at(const struct units *units, uint32_t pc)
{
	return units->bytes[2 * pc + 1];
}

static uint32_t next_of(const struct units *units, uint32_t pc)
{
	do
		pc++;
	while (pc < units->n && opcode_at(units, pc) == CACHE);
	return pc;
}

bool cpython_is_modulus_of_words(PyObject *value)
{
	return PyLong_CheckExact(value) && Py_SIZE(value) > 0 && _PyLong_NumBits(value) == 65 &&
	       PyLong_AsUnsignedLongLongMask(value) == 0;
}

/* What an operator does to an operand of which only low bits are asked for in the end. */
enum use { USE_OTHER, USE_LOW_BITS, USE_MASK };

static enum use use_by(int op, PyObject *constant)
{
	switch (op % NB_INPLACE_ADD) {
	case NB_AND: return USE_MASK;
	case NB_REMAINDER: return constant && cpython_is_modulus_of_words(constant) ? USE_MASK : USE_OTHER;
	case NB_ADD:
	case NB_SUBTRACT:
	case NB_MULTIPLY:
	case NB_LSHIFT:
	case NB_OR:
	case NB_XOR: return USE_LOW_BITS;
	default: return USE_OTHER;
	}
}

/* Whether only some bits of what the operator at pc gives are used, as far as the expression that it is in tells. */
static bool is_masked(const struct units *units, uint32_t pc, PyObject *consts)
{
	enum { FAR = 24 }; /* instructions */
	PyObject *constant = NULL;
	uint32_t above = 0; /* values on top of it */
	for (uint32_t i = 0; i < FAR; i++) {
		pc = next_of(units, pc);
		enum use use = USE_LOW_BITS;
		switch (opcode_at(units, pc)) {
		case LOAD_CONST:
			constant = PyTuple_GET_ITEM(consts, argument_at(units, pc));
			above++;
			continue;
		case LOAD_FAST:
		case LOAD_DEREF: above++; break;
		case LOAD_GLOBAL: above += argument_at(units, pc) & 1 ? 2 : 1; break;
		case LOAD_ATTR:
			if (above == 0)
				return false;
			break;
		case BINARY_OP:
			use = above > 1 ? USE_LOW_BITS : use_by(argument_at(units, pc), above ? constant : NULL);
			if (above == 0)
				return use == USE_MASK; /* it is the right operand of what nobody knows */
			above--;
			break;
		default: return false;
		}
		constant = NULL;
		if (use != USE_LOW_BITS)
			return use == USE_MASK;
	}
	return false;
}

static bool operation_read(const struct units *units, uint32_t pc, const PyCodeObject *co,
			   struct cpython_operation *ret)
{
	*ret = (struct cpython_operation){ .n = 2 };
	switch (opcode_at(units, pc)) {
	case BINARY_OP:
		ret->is_binary = true;
		ret->op = argument_at(units, pc) % NB_INPLACE_ADD;
		ret->is_masked = is_masked(units, pc, co->co_consts);
		return true;
	case COMPARE_OP: return ret->is_comparison = true;
	case UNARY_NEGATIVE: ret->n = 1; return true;
	case BINARY_SUBSCR: return ret->is_item = true;
	case STORE_SUBSCR: ret->n = 3; return ret->is_store = true;
	case LOAD_METHOD:
	case LOAD_ATTR:
		ret->n = 1;
		ret->attribute = PyTuple_GET_ITEM(co->co_names, argument_at(units, pc));
		return true;
	case PRECALL: ret->n = (uint32_t)argument_at(units, pc); return ret->is_call = true;
	default: return false;
	}
}

/* NULL, without an exception: there is no memory. */
static PyObject *units_take(PyObject *code, struct units *ret)
{
	PyObject *bytes = PyCode_GetCode((PyCodeObject *)code); /* which the code object keeps */
	if (bytes)
		*ret = (struct units){ (const uint8_t *)PyBytes_AS_STRING(bytes),
				       (uint32_t)PyBytes_GET_SIZE(bytes) / 2 };
	else
		PyErr_Clear();
	return bytes;
}

bool cpython_operation_at(PyObject *code, uint32_t pc, struct cpython_operation *ret)
{
	struct units units;
	PyObject *bytes = units_take(code, &units);
	bool is_one = bytes && operation_read(&units, pc, (PyCodeObject *)code, ret);
	Py_XDECREF(bytes);
	return is_one;
}

static bool goes_with_next(int opcode)
{
	return opcode == EXTENDED_ARG || opcode == KW_NAMES || opcode == PRECALL;
}

uint32_t cpython_operation_begin(PyObject *code, uint32_t at)
{
	struct units units = { 0 };
	PyObject *bytes = units_take(code, &units);
	uint32_t begin = 0;
	bool goes_on = false;
	for (uint32_t pc = 0; pc < units.n && pc <= at; pc = next_of(&units, pc)) {
		if (!goes_on)
			begin = pc;
		goes_on = goes_with_next(opcode_at(&units, pc));
	}
	Py_XDECREF(bytes);
	return begin;
}
