/* trial_pairs.h - what the times of calls say about a function: numbers only, no clock and no Python.
 *
 * Calls differ in what they have to do, so two of them are compared that look alike, one of each way; a coin says which
 * goes first, so that what grows from call to call favours neither.  Of calls that look like none before, those that
 * have waited longest are compared with the next ones: the coin makes that fair, too, but it takes more of them until
 * something is clear. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Less than that and a function gains nothing: native against CPython, time of a call. */
#define TRIAL_MIN_GAIN 1.05

enum trial_way { TRIAL_NATIVE, TRIAL_CPYTHON };

enum trial_verdict {
	TRIAL_OPEN,   /* more pairs are needed */
	TRIAL_GAINS,  /* clearly more than TRIAL_MIN_GAIN */
	TRIAL_LOSES,  /* clearly less */
	TRIAL_UNSURE, /* neither, after as many pairs as there are to be */
};

enum {
	TRIAL_HALVES = 16, /* calls that wait for one that looks alike */
	TRIAL_PAIRS = 64,
};

struct trial_half {
	uint64_t look, ns;
	enum trial_way way;
};

/* All zero at first. */
struct trial_pairs {
	uint32_t coin; /* its state */
	bool has_lost; /* once */
	unsigned n_halves;
	struct trial_half halves[TRIAL_HALVES]; /* the oldest first */
	unsigned n;                             /* pairs; sums over them follow */
	double ns[2];                           /* by enum trial_way */
	double loss, loss2;                     /* by how much native code misses the least gain: logarithms, squares */
	double roots, roots2;                   /* and of the time: roots, squares of these */
};

/* Which way a call should go that looks like that (a hash of its arguments). */
enum trial_way trial_pairs_way(struct trial_pairs *pairs, uint64_t look);

/* It went that way and took so long. */
void trial_pairs_add(struct trial_pairs *pairs, uint64_t look, enum trial_way way, uint64_t ns);

/* After each pair; may begin anew. */
enum trial_verdict trial_pairs_verdict(struct trial_pairs *pairs);
