/* How long to wait before what has died is replaced. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/backoff.h"

enum { SECOND = 1000000, BEGIN = 100 * SECOND };

static void a_burst_of_those_that_served(void **state)
{
	(void)state;
	struct backoff backoff = {};
	for (unsigned i = 0; i < BACKOFF_BURST; i++)
		assert_int_equal(backoff_delay(&backoff, BEGIN + i, true), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(backoff_delay(&backoff, BEGIN + SECOND + i, true), 50000);
}

static void one_now_and_then(void **state)
{
	(void)state;
	struct backoff backoff = {};
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(backoff_delay(&backoff, BEGIN + i * (uint64_t)3 * SECOND, true), 0);
}

static void those_that_never_serve(void **state)
{
	(void)state;
	struct backoff backoff = {};
	for (unsigned i = 0; i < BACKOFF_BURST; i++)
		assert_int_equal(backoff_delay(&backoff, BEGIN, false), 0);
	for (uint64_t delay = 100000; delay < BACKOFF_MAX_US; delay *= 2)
		assert_int_equal(backoff_delay(&backoff, BEGIN, false), delay);
	for (unsigned i = 1; i <= 3; i++) /* the pauses do not end it */
		assert_int_equal(backoff_delay(&backoff, BEGIN + i * (uint64_t)BACKOFF_MAX_US, false), BACKOFF_MAX_US);
}

static void a_quiet_time_ends_it(void **state)
{
	(void)state;
	struct backoff backoff = {};
	for (unsigned i = 0; i < 10; i++)
		(void)backoff_delay(&backoff, BEGIN, false);
	assert_int_equal(backoff_delay(&backoff, BEGIN + 10 * SECOND + 1, false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_of_those_that_served),
		cmocka_unit_test(one_now_and_then),
		cmocka_unit_test(those_that_never_serve),
		cmocka_unit_test(a_quiet_time_ends_it),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
