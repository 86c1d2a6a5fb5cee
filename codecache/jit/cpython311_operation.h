/* cpython311_operation.h - what an instruction of a code object does with the values on top of the stack. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* An operator, a comparison, a call's arguments: of the n values on top.  Or what loads an item or an attribute. */
struct cpython_operation {
	uint32_t n;
	PyObject *attribute; /* its name, borrowed; NULL: it loads none */
	bool is_item, is_call, is_comparison;
	bool is_store;  /* of an item: value, container, key */
	bool is_binary; /* an operator with two operands: ... */
	bool is_masked; /* only low bits of what it gives are used in its expression */
	int op;         /* NB_* of opcode.h */
};

/* The one at that offset, in code units; false: it is none of these. */
bool cpython_operation_at(PyObject *code, uint32_t pc, struct cpython_operation *ret);

/* The offset at which the instruction begins that has the unit at that offset: prefixes are a part of it, and those
 * that prepare a call are parts of the call. */
uint32_t cpython_operation_begin(PyObject *code, uint32_t at);

/* Whether it is 2**64: % by it leaves the lowest bits, as & (2**64 - 1) does. */
bool cpython_is_modulus_of_words(PyObject *value);
