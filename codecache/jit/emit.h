/* emit.h - IR to an object file, by libgccjit.  The module preforge-gccjit.so, which exports pf_emit_object() alone, is
 * loaded by a compiler child: no other process ever has libgccjit in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cause.h"

struct ir_function;

struct emit_options {
	int optimize;            /* gcc's -O, 0 to 3 */
	const char *cpu;         /* gcc's -march=, NULL: plain x86-64; never "native", which libgccjit refuses */
	bool debug;              /* lines, for debuggers */
	const char *object_path; /* where the object file goes */
	char *const *more;       /* further options for gcc, up to a NULL; NULL: none */
	bool report;             /* print what gcc's passes took */
};

/* Write one object file with the functions, whose slots are assigned.  -EIO, and libgccjit's error in cause. */
int pf_emit_object(struct ir_function *const *functions, size_t n, const struct emit_options *options,
		   struct cause *cause) __attribute__((warn_unused_result, visibility("default")));

/* libgccjit's version as GCCJIT_VERSION has it: "12.2.0". */
const char *pf_emit_version(void) __attribute__((visibility("default")));
