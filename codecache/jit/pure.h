/* pure.h - whether a function can be run once more, only to see what comes out. */
#pragma once

#include <stdbool.h>

struct ir_function;

/* Whether a call, natively or by CPython, changes nothing but its own objects and its arguments, and depends on nothing
 * that such a call changes - as far as the operations tell, if the arguments are of builtin types.  In doubt it is not.
 */
bool ir_is_pure(struct ir_function *f);
