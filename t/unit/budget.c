/* Tests of workers/budget.c: what a function must have taken to be compiled. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/budget.h"

#define MS ((uint64_t)1000 * 1000)

enum { BEGIN_MS = 5000 };

static uint64_t threshold_ms(uint64_t spent_ms, uint64_t program_ms)
{
	struct budget budget = { .begin_ns = BEGIN_MS * MS, .spent_ns = spent_ms * MS };
	return budget_threshold(&budget, 10 * MS, (BEGIN_MS + program_ms) * MS) / MS;
}

static void test_begin(void **state)
{
	(void)state;
	assert_int_equal(threshold_ms(0, 0), 10);
	assert_int_equal(threshold_ms(BUDGET_START_MS, 0), 10);
	assert_int_equal(threshold_ms(BUDGET_START_MS + 1, 0), 10 * BUDGET_RAISE);
}

/* It can be spent again when the program has gone on for a while. */
static void test_share(void **state)
{
	(void)state;
	uint64_t hour_ms = 3600 * 1000, spent_ms = BUDGET_START_MS + hour_ms / BUDGET_SHARE;
	assert_int_equal(threshold_ms(spent_ms, hour_ms - 1), 10 * BUDGET_RAISE);
	assert_int_equal(threshold_ms(spent_ms, hour_ms), 10);
}

static void test_first_call(void **state)
{
	(void)state;
	struct budget budget = { .begin_ns = 0, .spent_ns = UINT64_MAX };
	assert_int_equal(budget_threshold(&budget, 0, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_first_call),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
