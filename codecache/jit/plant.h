/* plant.h - a fault of the compiler, on purpose: the tests of what Preforge does about miscompiled functions need one.
 */
#pragma once

#include "common/cause.h"

struct ir_function;

enum { PLANT_FAULT, PLANT_LOOP, PLANT_SLOW }; /* the immediate of IR_PLANT */

/* what: fault:NAME (an instruction that crashes), loop:NAME (never ends), slow:NAME (wastes a millisecond) or
 * constant:NAME (computes with another one), NAME a function's, with its module.  Nothing for functions of other names;
 * -EINVAL with cause for another word, or if the function has no constant. */
int plant(struct ir_function *f, const char *what, struct cause *cause) __attribute__((warn_unused_result));
