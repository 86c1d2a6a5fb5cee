/* ir_ranges.h - an interval for every int of a function: between which two values it always is. */
#pragma once

#include "codecache/jit/ir_loops.h"

typedef __int128 wide;

/* Both ends are in it; empty if low is above high: never computed.  Clamped to +-2**125, which stands for unknown: the
 * sum of two still is a wide. */
struct interval {
	wide low, high;
};

struct ranges;

/* In f's memory; valid until instructions or edges change. */
struct ranges *ranges_find(struct ir_function *f);
/* What is known of i everywhere, and in that block, which only some branches lead to. */
struct interval range_of(const struct ranges *r, const struct ir_instr *i);
struct interval range_at(const struct ranges *r, const struct ir_instr *i, const struct ir_block *block);

struct interval interval_sum(struct interval a, struct interval b);
struct interval interval_negated(struct interval a);
struct interval interval_product(struct interval a, struct interval b);
struct interval interval_of_item(uint32_t item); /* of enum item, what it has of an i64's values */
bool interval_fits(struct interval a);           /* into 64 bits */
