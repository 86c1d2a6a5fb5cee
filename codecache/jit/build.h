/* build.h - bytecode to IR. */
#pragma once

#include "codecache/jit/ir.h"

typedef struct _object PyObject;

struct build_input {
	PyObject *code;                /* borrowed, all three */
	PyObject *globals;             /* dict */
	PyObject *builtins;            /* dict */
	const enum value_type *params; /* one for each local that is bound at entry */
	uint32_t n_params;
	const struct unit_loop *loop; /* where the code begins; NULL: with a call */
	const char *name;             /* module.qualname */
	const char *symbol;           /* in the object file */
	bool explain;                 /* leave notes */
};

/* Build the IR of one specialization.  *ret is the caller's.  REASON_NONE; REASON_TOO_BIG with *ret NULL. */
enum reason build_ir(const struct build_input *input, struct ir_function **ret);
