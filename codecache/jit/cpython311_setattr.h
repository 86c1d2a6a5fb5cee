/* cpython311_setattr.h - calls of object.__setattr__(), with which frozen dataclasses, and others that do not let
 * attributes be set, set their own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* Call it with these n arguments, by place.  false: it is another callable, or CPython is to do it, and nothing was
 * done.  *ret: a new reference, or NULL with an exception. */
bool setattr_call(PyObject *callable, PyObject *const *args, int64_t n, PyObject **ret);
