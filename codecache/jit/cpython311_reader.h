/* cpython311_reader.h - looking for the instructions that a short function is made of, one after the other, however
 * CPython has specialised them; for cpython311_*.c only, which define Py_BUILD_CORE. */
#pragma once

#include <Python.h>
#include <internal/pycore_code.h>
#include <opcode.h>
#include <stdbool.h>

#include "codecache/jit/cpython311_tables.h"

struct reader {
	PyCodeObject *code;
	const _Py_CODEUNIT *at, *end;
};

static inline struct reader reader_of(PyCodeObject *code)
{
	return (struct reader){ code, _PyCode_CODE(code), _PyCode_CODE(code) + Py_SIZE(code) };
}

/* Whether the next instruction is that one, with that argument unless it is negative; then the one behind it is next.
 */
static inline bool reader_is_next(struct reader *r, int op, int arg)
{
	if (r->at >= r->end || _PyOpcode_Deopt[_Py_OPCODE(*r->at)] != op || (arg >= 0 && _Py_OPARG(*r->at) != arg))
		return false;
	r->at += 1 + _PyOpcode_Caches[op];
	return true;
}

/* The next instruction, whichever it is, and its argument; then the one behind it is next. */
static inline int reader_step(struct reader *r, unsigned *ret_arg)
{
	unsigned extended = 0;
	for (;;) {
		int op = _PyOpcode_Deopt[_Py_OPCODE(*r->at)];
		*ret_arg = extended << 8 | _Py_OPARG(*r->at);
		r->at += 1 + _PyOpcode_Caches[op];
		if (op != EXTENDED_ARG || r->at >= r->end)
			return op;
		extended = *ret_arg;
	}
}

/* The name that the next one has, if it is that one; borrowed.  shift: bits of its argument that say something else. */
static inline PyObject *reader_name(struct reader *r, int op, int shift)
{
	const _Py_CODEUNIT *at = r->at;
	return reader_is_next(r, op, -1) ? PyTuple_GET_ITEM(r->code->co_names, _Py_OPARG(*at) >> shift) : NULL;
}

/* The name of the local's attribute that is loaded next. */
static inline PyObject *reader_attribute(struct reader *r, int local)
{
	return reader_is_next(r, LOAD_FAST, local) ? reader_name(r, LOAD_ATTR, 0) : NULL;
}
