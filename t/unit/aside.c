/* Tests of workers/aside.c: a worker that has stepped aside, look by look, with a door that only notes what is wanted
 * of it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "workers/worker_priv.h"

enum { START_US = 100000000, QUIET_US = 6000, A_SECOND_US = 1000000 };

/* ---- the door ---- */

static struct {
	unsigned watched, exchange_left, listeners_left, made_ready;
} door;

void door_watch(struct worker *worker)
{
	(void)worker;
	door.watched++;
}

void door_leave_exchange(struct worker *worker)
{
	(void)worker;
	door.exchange_left++;
}

void door_leave_listeners(struct worker *worker)
{
	(void)worker;
	door.listeners_left++;
}

void door_set_ready(struct worker *worker)
{
	(void)worker;
	door.made_ready++;
}

bool connection_give_away(struct worker *worker, struct connection *connection)
{
	(void)worker;
	(void)connection;
	return true;
}

/* ---- a worker and another one, which serves ---- */

static struct worker_counters team[2];
static struct exchange exchange = EXCHANGE_NONE;
static struct worker_setup setup = { .counters = &team[0], .team = team, .n_team = 2, .exchange = &exchange };
static struct worker worker;
static int schedstat = -1;

/* Nothing but an item for the others, or for whoever looks. */
static void put(void)
{
	struct exchange_item item = { .fd = STDIN_FILENO, .late_us = UINT64_MAX };
	assert_int_equal(exchange_send(&exchange, &item), 0);
}

static void take(void)
{
	struct exchange_item item;
	assert_int_equal(exchange_receive(&exchange, 1024, &item), 0);
	(void)close(item.fd);
	free((void *)(uintptr_t)item.bytes);
}

/* Set aside at START_US, after a time in which it has waited for a CPU as long as it had one. */
static int setup_aside(void **state)
{
	(void)state;
	struct cause cause;
	char path[64];
	memset(&door, 0, sizeof(door));
	memset(team, 0, sizeof(team));
	assert_int_equal(exchange_open(&exchange, &cause), 0);
	schedstat = memfd_create("schedstat", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", schedstat);
	setup.schedstat = path;
	setup.times.handover_us = 1000;
	worker = (struct worker){ .setup = &setup, .now_us = START_US - 20000 };
	atomic_store(&team[1].state, WORKER_IDLE);
	aside_open(&worker);
	assert_int_equal(pwrite(schedstat, "0 0 0\n", 6, 0), 6);
	aside_look(&worker);
	assert_int_equal(pwrite(schedstat, "9000000 9000000 0\n", 18, 0), 18);
	worker.now_us = START_US;
	aside_look(&worker);
	assert_true(worker.crowd.aside);
	assert_int_equal(atomic_load(&team[0].aside_since_us), START_US);
	assert_int_equal(door.listeners_left, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	aside_close(&worker);
	exchange_close(&exchange);
	schedstat = close_fd(schedstat);
	return 0;
}

static void look_at(uint64_t us)
{
	worker.now_us = START_US + us;
	aside_look(&worker);
}

static void leaves_what_others_take(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		put();
	worker.exchange_ready = true;
	look_at(1000);
	assert_int_equal(door.exchange_left, 1);
	for (uint64_t us = 5000; us < 20000; us += 5000) { /* one each time, though slowly */
		take();
		look_at(us);
		assert_true(worker.crowd.aside);
		assert_int_equal(door.watched, 0);
	}
	take();
	look_at(20000); /* nothing is there any more: the next that comes may be for this worker */
	assert_true(worker.crowd.aside);
	assert_int_equal(door.watched, 1);
}

/* Others that take nothing do not serve, whatever they say. */
static void comes_back_when_nobody_takes_anything(void **state)
{
	(void)state;
	put();
	assert_true(aside_give(&worker, NULL));
	assert_int_equal(door.exchange_left, 1);
	look_at(0); /* sees one there */
	look_at(QUIET_US - 1000);
	assert_true(worker.crowd.aside);
	look_at(QUIET_US);
	assert_false(worker.crowd.aside);
	assert_int_equal(atomic_load(&team[0].aside_since_us), 0);
	assert_int_equal(door.watched, 1);
	take();
}

/* It has come back, and is no worker that looks at the door from aside. */
static void is_back_at_once(void **state)
{
	(void)state;
	put();
	look_at(A_SECOND_US - 1);
	assert_int_equal(door.made_ready, 0);
	worker.door_looked_us = 0;
	worker.quiet_until_us = worker.now_us;
	worker.left_waiting = 1;
	look_at(A_SECOND_US - 1);
	assert_false(worker.crowd.aside);
	assert_int_equal(door.made_ready, 0);
	take();
}

static void looks_for_newcomers_each_second(void **state)
{
	(void)state;
	worker.crowd.until_us = UINT64_MAX;
	look_at(A_SECOND_US - 1);
	assert_int_equal(door.made_ready, 0);
	look_at(A_SECOND_US);
	assert_int_equal(door.made_ready, 1);
	look_at(2 * A_SECOND_US - 1);
	assert_int_equal(door.made_ready, 1);
}

static void comes_back_when_the_others_are_in_long_calls(void **state)
{
	(void)state;
	atomic_store(&team[1].state, WORKER_BUSY);
	atomic_store(&team[1].busy_since_us, START_US);
	worker.now_us = START_US + 500;
	assert_true(aside_give(&worker, NULL));
	worker.now_us = START_US + 2000; /* longer than handover */
	assert_false(aside_give(&worker, NULL));
	atomic_store(&team[1].state, WORKER_STOPPING);
	look_at(3000);
	assert_false(worker.crowd.aside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leaves_what_others_take, setup_aside, teardown),
		cmocka_unit_test_setup_teardown(comes_back_when_nobody_takes_anything, setup_aside, teardown),
		cmocka_unit_test_setup_teardown(is_back_at_once, setup_aside, teardown),
		cmocka_unit_test_setup_teardown(looks_for_newcomers_each_second, setup_aside, teardown),
		cmocka_unit_test_setup_teardown(comes_back_when_the_others_are_in_long_calls, setup_aside, teardown),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
