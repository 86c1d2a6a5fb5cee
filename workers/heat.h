/* heat.h - which functions are hot, by samples of what runs.
 *
 * A function that gets hot is told; to be told again it needs twice as many samples, since whoever was told has not
 * changed anything.  All counts are halved now and then: what was hot once and is no longer is forgotten.  With them
 * goes one of the doublings, as the limit would otherwise rise beyond what halved counts can reach: a function that
 * stays hot is told again and again, about once in the time of a halving, so that what failed can be tried again.
 *
 * Runs in a signal handler: no calls, no allocation. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	HEAT_HALVE_AFTER = 2048, /* samples; must be more than those that make a function hot */
};

/* Of one function. */
struct heat {
	uint16_t samples;
	uint8_t raised; /* doublings of its limit */
};

/* Count n samples of it where limit are hot, at most HEAT_HALVE_AFTER / 2.  Whether it is to be told; then the count
 * begins anew. */
bool heat_add(struct heat *heat, uint32_t limit, uint32_t n);

/* For each function, after each HEAT_HALVE_AFTER samples of whatever. */
void heat_halve(struct heat *heat);
