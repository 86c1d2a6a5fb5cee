/* passes.h - the passes over the IR, in the order they run. */
#pragma once

#include "codecache/jit/ir.h"

struct ir_pass {
	const char *name;
	void (*run)(struct ir_function *f);
	bool of_family; /* it does all members at once; the others are run for each */
};

/* Ends with a NULL name. */
extern const struct ir_pass ir_passes[];

/* Run all of them for f and what it calls directly; dump (may be NULL) gets the IR's text after each.  In developer
 * builds the IR is verified after each and a broken one aborts, naming the pass and the rule. */
void ir_run_passes(struct ir_function *f, FILE *dump);
