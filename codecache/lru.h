/* lru.h - calls of what functools.lru_cache() and functools.cache() make, without a tuple and a look for keywords. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* Call it with these n arguments, by place.  false: it is another kind of callable, and nothing was done.  *ret: a new
 * reference, or NULL with an exception. */
bool lru_call(PyObject *callable, PyObject *const *args, int64_t n, PyObject **ret);
