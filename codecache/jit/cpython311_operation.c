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

/* Whether what comes next loads one operand and masks with it. */
static bool is_mask_next(const struct units *units, uint32_t pc)
{
	uint32_t load = next_of(units, pc), binary = next_of(units, load);
	switch (opcode_at(units, load)) {
	case LOAD_CONST:
	case LOAD_FAST:
	case LOAD_GLOBAL:
		return opcode_at(units, binary) == BINARY_OP && argument_at(units, binary) % NB_INPLACE_ADD == NB_AND;
	default: return false;
	}
}

static bool operation_read(const struct units *units, uint32_t pc, struct cpython_operation *ret)
{
	*ret = (struct cpython_operation){ .n = 2 };
	switch (opcode_at(units, pc)) {
	case BINARY_OP:
		ret->is_binary = true;
		ret->op = argument_at(units, pc) % NB_INPLACE_ADD;
		ret->is_masked = is_mask_next(units, pc);
		return true;
	case COMPARE_OP: return true;
	case UNARY_NEGATIVE: ret->n = 1; return true;
	case PRECALL: ret->n = (uint32_t)argument_at(units, pc); return true;
	default: return false;
	}
}

bool cpython_operation_at(PyObject *code, uint32_t pc, struct cpython_operation *ret)
{
	PyObject *bytes = PyCode_GetCode((PyCodeObject *)code); /* which the code object keeps */
	if (!bytes) {
		PyErr_Clear();
		return false;
	}
	struct units units = { (const uint8_t *)PyBytes_AS_STRING(bytes), (uint32_t)PyBytes_GET_SIZE(bytes) / 2 };
	bool is_one = operation_read(&units, pc, ret);
	Py_DECREF(bytes);
	return is_one;
}
