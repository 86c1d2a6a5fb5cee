/* cpython311_view.h - what Python code sees that looks at functions, frames and tracebacks: the original code and
 * places in it, whatever code runs. */
#pragma once

#include <stddef.h>

#include "codecache/jit/cpython311_code.h"

typedef struct _object PyObject;

/* Let f.__code__ give what from(code) returns for it (borrowed) instead of code itself, and f_code, f_lasti and
 * tb_lasti of frames that run resume code what they would be in the original.  Where somebody asks for the f_locals of
 * a frame that runs, that is noted of the place (outgrown.h), the first time with a call of looked(code).  -ENOMEM, or
 * -ENOTSUP for a CPython that has no such attributes, with cause. */
int view_init(PyObject *(*from)(PyObject *code), void (*looked)(PyObject *code), struct cause *cause)
	__attribute__((warn_unused_result));

/* resume_code stands for original: with its n points, sorted by where they land, and behind them its ways (may be
 * NULL).  -1 with an exception. */
int view_add(PyObject *resume_code, PyObject *original, const struct resume_point *points, size_t n,
	     const struct resume_ways *ways);

/* What code stands for: the original code of resume code, else itself.  Borrowed. */
PyObject *view_of(PyObject *code);
