/* budget.h - how much compiling a program can bear that is to be finished, and not to be served from for weeks.
 *
 * A function is worth its compilation if it takes that much time again, which nobody knows; that it takes as much as it
 * has taken so far is the best guess.  By that guess functions would be compiled after a tenth of a second and more.
 * Programs that run long want them much earlier, at [threshold].  So there is something to spend, and a share of what
 * the program takes is added all the time: who stays below that has functions compiled at once.  Programs with hundreds
 * of functions that each take a little (test suites, compilers) are over it soon, and then a function must have taken
 * BUDGET_RAISE times the threshold. */
#pragma once

#include <stdint.h>

enum {
	BUDGET_START_MS = 1000,
	BUDGET_SHARE = 4, /* one part in so many of the program's time */
	BUDGET_RAISE = 16,
};

struct budget {
	uint64_t begin_ns; /* of the program, by monotonic_ns() */
	uint64_t spent_ns; /* by compilers, together */
};

/* What a function must have taken by itself to be compiled now, where threshold_ns are enough for the first ones. */
uint64_t budget_threshold(const struct budget *budget, uint64_t threshold_ns, uint64_t now_ns);
