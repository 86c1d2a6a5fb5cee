/* shadow.h - trust, then verify: new native code is run on calls that the warm-up has made, beside CPython.
 *
 * Only functions that can be called once more (unit_function.pure), with copies of arguments of builtin types, in a
 * child that has nothing to write to.  Which calls: codecache_request.calls. */
#pragma once

#include <stdbool.h>

#include "codecache/codecache_priv.h"
#include "codecache/loader.h"

typedef struct _object PyObject;

/* A copy of what a call's n parameters are bound to (locals), as deep as it goes, a tuple; NULL without an exception if
 * there is more than builtin types in them, or too much.  For codecache_request.calls. */
PyObject *shadow_copy(PyObject *const *args, Py_ssize_t n);

/* Run what can be run of the unit's functions.  wrong[i]: what the function gives and what CPython gives, the caller's
 * to free, NULL if they are the same or nobody knows.  A negative value with cause if the child crashed. */
int shadow_run(const struct batch *batch, const struct unit *unit, const struct image *image, char **wrong,
	       struct cause *cause) __attribute__((warn_unused_result));
