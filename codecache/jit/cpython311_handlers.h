/* cpython311_handlers.h - reading a code object's exception table, see Objects/exception_handling_notes.txt; for
 * cpython311*.c only. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* What raises in these code units goes on at target, with so many entries of the stack, and perhaps where it was. */
struct handler_range {
	uint32_t start, size;
	uint32_t target;
	uint32_t depth;
	bool lasti;
};

static inline uint32_t handler_varint(const uint8_t **p)
{
	uint32_t value = **p & 63;
	while (*(*p)++ & 64)
		value = value << 6 | (**p & 63);
	return value;
}

/* The next one of the table, of which *at (0: the beginning) has been read; false: there is none. */
static inline bool handler_next(PyObject *table, Py_ssize_t *at, struct handler_range *ret)
{
	const uint8_t *begin = (const uint8_t *)PyBytes_AS_STRING(table), *p = begin + *at;
	if (*at >= PyBytes_GET_SIZE(table))
		return false;
	ret->start = handler_varint(&p);
	ret->size = handler_varint(&p);
	ret->target = handler_varint(&p);
	uint32_t depth_lasti = handler_varint(&p);
	ret->depth = depth_lasti >> 1;
	ret->lasti = depth_lasti & 1;
	*at = p - begin;
	return true;
}
