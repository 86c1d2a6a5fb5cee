/* convert.h - between JSON text and Python objects, with the meaning that Python's json module gives them.
 *
 * Reading is done by json's own scanner (the C part of it): integers of any size, lone surrogates, repeated names and
 * whatever else has a surprising answer then have the same answer as json.loads, and it is faster than parsing with a C
 * library and converting its tree (measured against jansson 2.14: 0.5 us against 0.8 us for the parse alone of a line
 * of mixed values, 2.8 ms against 11.8 ms for 450 kB of records).  Writing is done here, straight into the buffer,
 * since errors must name the place in the result.  Only NaN and the infinities differ from json's defaults: they are
 * refused.
 *
 * The GIL must be held. */
#pragma once

#include <stdint.h>

#include "workers/buffer.h"

typedef struct _object PyObject;

/* Once in a process, after Py_Initialize().  -1 with an exception. */
int convert_init(void) __attribute__((warn_unused_result));

/* The value of a JSON text without white space around it: a new reference, or NULL with an exception:
 * UnicodeDecodeError, ValueError (JSONDecodeError among them) or MemoryError. */
PyObject *convert_load(const char *text, size_t length) __attribute__((warn_unused_result));

/* Why a value cannot be written, a sentence like "result.items[3].when is a datetime.datetime, which JSON cannot
 * express". */
struct convert_error {
	char text[512];
};

/* Append value as compact JSON, UTF-8.  On failure -1 with *ret_error, no exception, and rubbish in out after what was
 * there before. */
int convert_dump(PyObject *value, uint32_t max_depth, struct buffer *out, struct convert_error *ret_error)
	__attribute__((warn_unused_result));

/* Append str as a JSON string, quotes included.  -1 when memory is short, with an exception. */
int convert_dump_str(PyObject *str, struct buffer *out);

/* The same for UTF-8 that is known to be valid. */
void convert_dump_utf8(const char *text, size_t length, struct buffer *out);
