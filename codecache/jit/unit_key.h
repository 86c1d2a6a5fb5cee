/* unit_key.h - what compiled code is made from, as a digest: its name in the store.
 *
 * Everything that decides the bytes of an object file goes through the IR, so the key is a digest of the IR's text: it
 * has the bytecode in it, the argument types, what CPython's inline caches said, what was inlined, and each global and
 * constant whose value was used, whichever file they are from.  Whoever makes the IR say more has nothing to do here,
 * as long as the text says it too.  To it come the options, CPython's build and the compiler's (its sources' digest and
 * libgccjit's version).  So the key costs building the IR, which is cheap beside gcc, and there is no list of
 * dependencies that could be incomplete.
 *
 * What is relative to the process (an address, a type's version tag) must not be in the IR: each start would make
 * another key of it. */
#pragma once

#include "codecache/digest.h"

struct ir_function;
struct jit_options;

/* Of one function's own IR. */
void unit_key_of_function(const struct ir_function *f, const struct jit_options *options, char ret[static DIGEST_TEXT]);

/* Of an object file with these functions, in this order. */
void unit_key_of_object(struct ir_function *const *functions, size_t n, const struct jit_options *options,
			char ret[static DIGEST_TEXT]);
