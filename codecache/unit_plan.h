/* unit_plan.h - which functions are compiled together.
 *
 * Functions that call each other go into one unit: what is called is built into its callers there, so their code is
 * about the same things, and when one of them changes the others mostly do, too.  The plan depends on nothing but the
 * functions and their order, so that the next start makes the same units and finds them in the store. */
#pragma once

#include <stddef.h>

#include "codecache/codecache.h"

/* Put the numbers of n requests in order, unit after unit, and write how many functions each unit has to sizes, which
 * has room for n.  No unit has more than most; what is related and does not fit is cut, callees behind their callers.
 * How many units there are; 0: not enough memory. */
size_t unit_plan(const struct codecache_request *requests, size_t *numbers, size_t n, size_t most, size_t *sizes);
