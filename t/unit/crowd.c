/* When workers step aside, and when they come back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/crowd.h"

enum { BEGIN = 5000000, SECOND = 1000000 };

static struct crowd crowd;
static struct crowd_view view;
static uint64_t ran_percent;

static int setup(void **state)
{
	(void)state;
	crowd = (struct crowd){ 0 };
	ran_percent = 30;
	view = (struct crowd_view){ .now_us = BEGIN, .wait_ns = 50000, .others_serve = true, .others_are_busy = true };
	(void)crowd_look(&crowd, &view);
	return 0;
}

/* After some time, of which it has waited a share for a CPU, and some requests for each millisecond. */
static bool look(uint64_t after_us, uint64_t waited_percent, uint64_t requests)
{
	view.now_us += after_us;
	view.cpu_wait_ns += after_us * 1000 / 100 * waited_percent;
	view.cpu_ns += after_us * 1000 / 100 * ran_percent;
	view.requests += after_us / 1000 * requests;
	return crowd_look(&crowd, &view);
}

static bool is_aside_after(uint64_t us, uint64_t requests)
{
	while (us >= 10000 && look(10000, 0, requests))
		us -= 10000;
	return us < 10000;
}

static void steps_aside_when_crowded(void **state)
{
	(void)state;
	assert_false(look(CROWD_LOOK_US, 12, 100)); /* it has a CPU nearly always when it wants one, */
	ran_percent = 60;
	assert_false(look(CROWD_LOOK_US, 19, 100)); /* or for most of that time */
	ran_percent = 30;
	assert_false(look(CROWD_LOOK_US - 1, 50, 100)); /* too short to tell */
	assert_true(look(1, 50, 100));
}

static void stays_where_that_would_be_worse(void **state)
{
	(void)state;
	assert_false(look(3 * CROWD_LOOK_US, 50, 100)); /* it had nothing to do in between */
	view.others_serve = false;
	assert_false(look(CROWD_LOOK_US, 50, 100));
	view.others_serve = true;
	view.wait_ns = 2000001; /* the calls are long, or there are many clients */
	assert_false(look(CROWD_LOOK_US, 50, 100));
	view.wait_ns = 2000000;
	assert_true(look(CROWD_LOOK_US, 50, 100));
}

/* As many requests are answered without it: it comes back to see what has changed, less and less often. */
static void comes_back_after_a_time(void **state)
{
	(void)state;
	assert_true(look(CROWD_LOOK_US, 50, 100));
	for (uint64_t rest = SECOND; rest <= 8 * SECOND; rest *= 2) {
		assert_true(is_aside_after(rest - 10000, 90));
		assert_false(look(10000, 0, 90));
		assert_false(look(1, 50, 100)); /* the time before does not count */
		assert_true(look(CROWD_LOOK_US, 50, 100));
	}
	assert_true(is_aside_after(8 * SECOND - 10000, 90));
	assert_false(look(10000, 0, 90));
}

/* Clearly fewer are answered: it comes back at once, and is slower and slower to try it again. */
static void comes_back_if_it_was_no_good(void **state)
{
	(void)state;
	for (uint64_t pause = SECOND; pause <= 4 * SECOND; pause *= 2) {
		assert_true(look(CROWD_LOOK_US, 50, 100));
		assert_true(is_aside_after(50000, 80));
		assert_false(is_aside_after(10000, 80));
		for (uint64_t us = 2 * CROWD_LOOK_US; us < pause; us += CROWD_LOOK_US)
			assert_false(look(CROWD_LOOK_US, 50, 100));
		(void)look(CROWD_LOOK_US, 0, 100);
		(void)look(CROWD_LOOK_US, 0, 100);
	}
	/* Once it is good, it is tried as at first. */
	assert_true(look(CROWD_LOOK_US, 50, 100));
	assert_true(is_aside_after(SECOND - 10000, 100));
	assert_false(look(10000, 0, 100));
	(void)look(CROWD_LOOK_US, 0, 100);
	assert_true(look(CROWD_LOOK_US, 50, 100));
	assert_false(is_aside_after(60000, 80));
	(void)look(SECOND, 0, 100);
	assert_true(look(CROWD_LOOK_US, 50, 100));
}

/* Where there are no requests, fewer requests say nothing. */
static void silence_is_not_judged(void **state)
{
	(void)state;
	assert_true(look(CROWD_LOOK_US, 50, 100));
	view.others_are_busy = false;
	assert_true(is_aside_after(200000, 0));
	view.others_are_busy = true;
	assert_true(is_aside_after(40000, 80));
	assert_false(is_aside_after(20000, 80));
}

static void comes_back_when_needed(void **state)
{
	(void)state;
	assert_true(look(CROWD_LOOK_US, 50, 100));
	view.wait_ns = 2000001;
	assert_false(look(1000, 0, 100));
	view.wait_ns = 50000;
	(void)look(CROWD_LOOK_US, 50, 100);
	assert_true(look(CROWD_LOOK_US, 50, 100));
	view.others_serve = false;
	assert_false(look(1000, 0, 100));
	view.others_serve = true;
	(void)look(CROWD_LOOK_US, 50, 100);
	assert_true(look(CROWD_LOOK_US, 50, 100));
	crowd_end(&crowd, view.now_us);
	assert_false(look(1000, 0, 100));
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(steps_aside_when_crowded, setup),
		cmocka_unit_test_setup(stays_where_that_would_be_worse, setup),
		cmocka_unit_test_setup(comes_back_after_a_time, setup),
		cmocka_unit_test_setup(comes_back_if_it_was_no_good, setup),
		cmocka_unit_test_setup(silence_is_not_judged, setup),
		cmocka_unit_test_setup(comes_back_when_needed, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
