/* Which workers leave, and when further ones are needed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/turnover.h"

enum { MAX = 8, IDLE_US = 1000000, BEGIN = 5000000 };

static struct worker_counters workers[MAX];
static bool here[MAX];
static struct turnover turnover;
static struct turnover_limits limits;

static int setup(void **state)
{
	(void)state;
	memset(workers, 0, sizeof(workers));
	memset(here, 0, sizeof(here));
	turnover = (struct turnover){ 0 };
	limits = (struct turnover_limits){ .min = 2, .idle_us = IDLE_US };
	return 0;
}

/* The first ones are busy, the next ones idle. */
static void set(unsigned busy, unsigned idle)
{
	for (unsigned i = 0; i < MAX; i++) {
		here[i] = i < busy + idle;
		atomic_store(&workers[i].state, i < busy ? WORKER_BUSY : i < busy + idle ? WORKER_IDLE : WORKER_NONE);
	}
}

static struct turnover_plan look(uint64_t after_us)
{
	const struct turnover_view view = {
		.workers = workers, .here = here, .slots = MAX, .max = MAX, .now_us = BEGIN + after_us
	};
	return turnover_look(&turnover, &limits, &view);
}

static void test_what_is_wanted(void **state)
{
	(void)state;
	const struct turnover_limits fixed = { .min = MAX, .idle_us = IDLE_US, .memory_max = 1 };
	assert_false(turnover_is_wanted(&fixed, MAX));
	assert_true(turnover_is_wanted(&limits, MAX));
	struct turnover_limits bounded[3] = { fixed, fixed, fixed };
	bounded[0].requests = bounded[1].age_us = bounded[2].memory = 1;
	for (int i = 0; i < 3; i++)
		assert_true(turnover_is_wanted(&bounded[i], MAX));
	assert_int_equal(turnover_slots(&limits, MAX), MAX);
	assert_int_equal(turnover_slots(&bounded[0], MAX), MAX + 1);
	assert_int_equal(turnover_slots(&bounded[0], COUNTERS_MAX_WORKERS), COUNTERS_MAX_WORKERS);
}

static void test_more_and_more_while_all_are_busy(void **state)
{
	(void)state;
	set(2, 0);
	assert_int_equal(look(0).add, 1);
	set(3, 0);
	assert_int_equal(look(1).add, 2);
	set(5, 0);
	assert_int_equal(look(2).add, 3); /* no more than there may be */
	set(8, 0);
	assert_int_equal(look(3).add, 0);
	set(4, 1);
	assert_int_equal(look(4).add, 0);
	set(5, 0);
	assert_int_equal(look(5).add, 1); /* from the beginning */
}

static void test_who_starts_is_waited_for(void **state)
{
	(void)state;
	set(3, 0);
	atomic_store(&workers[2].state, WORKER_STARTING);
	assert_int_equal(look(0).add, 0);
}

static void test_fewer_when_they_were_not_needed(void **state)
{
	(void)state;
	set(1, 5);
	assert_int_equal(look(0).remove, 0);
	set(3, 3);
	assert_int_equal(look(IDLE_US / 2).remove, 0);
	set(0, 6);
	assert_int_equal(look(IDLE_US).remove, 2); /* 3 were never needed; one is kept */
	set(0, 4);
	assert_int_equal(look(IDLE_US + 1).remove, 0);
	assert_int_equal(look(2 * IDLE_US).remove, 0);
	assert_int_equal(look(2 * IDLE_US + 1).remove, 2); /* not below the least */
	set(0, 2);
	assert_int_equal(look(3 * IDLE_US + 2).remove, 0);
	assert_int_equal(look(5 * IDLE_US).remove, 0);
}

static void test_replaced_by_requests_memory_and_age(void **state)
{
	(void)state;
	set(0, 3);
	assert_int_equal(look(0).replace, -1);
	workers[1].requests = 100;
	workers[2].private_bytes = 1001;
	workers[0].started_us = BEGIN - 50;
	assert_int_equal(look(0).replace, -1); /* there are no limits */
	limits.requests = 100;
	assert_int_equal(look(0).replace, 1);
	assert_int_equal(look(0).cause, LEAVE_REQUESTS);
	here[1] = false; /* asked already */
	limits.memory = 1000;
	assert_int_equal(look(0).replace, 2);
	assert_int_equal(look(0).cause, LEAVE_MEMORY);
	workers[2].private_bytes = 1000;
	assert_int_equal(look(0).replace, -1);
	workers[1].started_us = workers[2].started_us = BEGIN;
	limits.age_us = 51;
	assert_int_equal(look(0).replace, -1);
	assert_int_equal(look(1).replace, 0);
	assert_int_equal(look(1).cause, LEAVE_AGE);
	workers[0].started_us = UINT64_MAX; /* who writes there may write anything */
	assert_int_equal(look(1).replace, -1);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_is_wanted, setup),
		cmocka_unit_test_setup(test_more_and_more_while_all_are_busy, setup),
		cmocka_unit_test_setup(test_who_starts_is_waited_for, setup),
		cmocka_unit_test_setup(test_fewer_when_they_were_not_needed, setup),
		cmocka_unit_test_setup(test_replaced_by_requests_memory_and_age, setup),
	};
	return cmocka_run_group_tests_name("turnover", tests, NULL, NULL);
}
