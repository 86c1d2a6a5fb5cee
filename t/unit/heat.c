/* Tests of workers/heat.c: a worker's time, sample by sample. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/heat.h"

enum { LIMIT = 11 }; /* of the default configuration: 100 ms of 10 ms each */

/* How often a function is told that takes percent of the time, in so many halvings. */
static unsigned told(struct heat *heat, uint32_t limit, unsigned percent, unsigned halvings)
{
	unsigned n = 0;
	for (unsigned i = 0; i < halvings * HEAT_HALVE_AFTER; i++) {
		if (i % HEAT_HALVE_AFTER == HEAT_HALVE_AFTER - 1)
			heat_halve(heat);
		if (i % 100 < percent)
			n += heat_add(heat, limit, 1);
	}
	return n;
}

static void test_limit(void **state)
{
	(void)state;
	struct heat heat = { 0 };
	for (unsigned i = 0; i < LIMIT - 1; i++)
		assert_false(heat_add(&heat, LIMIT, 1));
	assert_true(heat_add(&heat, LIMIT, 1));
	assert_false(heat_add(&heat, LIMIT, 2 * LIMIT - 1));
	assert_true(heat_add(&heat, LIMIT, 1));
	assert_true(heat_add(&heat, LIMIT, UINT32_MAX));
}

static void test_share(void **state)
{
	(void)state;
	struct heat heat = { 0 };
	for (unsigned i = 0; i < 100; i++) { /* a little, and again a little */
		assert_false(heat_add(&heat, LIMIT, LIMIT / 2));
		heat_halve(&heat);
	}
}

/* What failed to be compiled must be heard of later, or it is never tried again. */
static void test_stays_hot(void **state)
{
	(void)state;
	const unsigned percents[] = { 100, 50, 10, 2 };
	const uint32_t limits[] = { 1, LIMIT, 2 * LIMIT };
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned k = 0; k < 3; k++) {
			struct heat heat = { 0 };
			unsigned first = told(&heat, limits[k], percents[i], 20);
			unsigned later = told(&heat, limits[k], percents[i], 100);
			if (later < 50 || later > 300 || first < 10 || first > 60)
				fail_msg("%u %% of the time, hot from %u on: told %u and %u times", percents[i],
					 limits[k], first, later);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_stays_hot),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
