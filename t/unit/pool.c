/* The workers' life: started, replaced, ended. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/worker_signals.h"
#include "workers/pool.h"

enum { N = 2 };

struct fixture {
	sd_event *event;
	struct counters *counters;
	struct turnover_limits limits;
	struct pool *pool;
	unsigned ready, started, exited, failed, stopped;
	char how[64], cause[128];
	pid_t first[N]; /* the pids when all were ready */
	bool die;       /* workers end before they serve */
};

static int on_run(unsigned slot, void *userdata)
{
	struct fixture *f = userdata;
	if (f->die)
		return 3;
	sigset_t mask;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, WORKER_SIGNAL_DRAIN);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	atomic_store(&f->counters->worker[slot].requests, 10);
	atomic_store(&f->counters->worker[slot].state, WORKER_IDLE);
	int signal;
	(void)sigwait(&mask, &signal);
	return 0;
}

static void on_ready(void *userdata)
{
	struct fixture *f = userdata;
	f->ready++;
	for (unsigned i = 0; i < N; i++)
		f->first[i] = pool_pid(f->pool, i);
}

static void on_started(unsigned slot, pid_t pid, void *userdata)
{
	struct fixture *f = userdata;
	assert_int_equal(pool_pid(f->pool, slot), pid);
	f->started++;
}

static void on_exited(unsigned slot, const siginfo_t *info, const char *how, enum worker_leave reason, void *userdata)
{
	(void)slot;
	(void)info;
	(void)reason;
	struct fixture *f = userdata;
	(void)strcpy(f->how, how);
	f->exited++;
}

static void on_failed(const char *cause, void *userdata)
{
	struct fixture *f = userdata;
	(void)strcpy(f->cause, cause);
	f->failed++;
}

static void on_stopped(void *userdata)
{
	struct fixture *f = userdata;
	f->stopped++;
}

static const struct pool_handlers handlers = {
	.run = on_run,
	.ready = on_ready,
	.started = on_started,
	.exited = on_exited,
	.failed = on_failed,
	.stopped = on_stopped,
};

/* Run the loop until *number is at least that. */
static void wait_for(struct fixture *f, const unsigned *number, unsigned at_least)
{
	while (*number < at_least)
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cause cause = CAUSE_INIT;
	int fd;
	assert_int_equal(counters_create(&fd, &cause), 0);
	assert_int_equal(counters_map(fd, &f->counters, &cause), 0);
	(void)close(fd);
	assert_true(sd_event_new(&f->event) >= 0);
	f->limits.min = N;
	assert_int_equal(pool_new(f->event, N, f->counters, &f->limits, &handlers, f, &f->pool, &cause), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	pool_free(f->pool);
	(void)sd_event_unref(f->event);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	struct cause cause = CAUSE_INIT;
	assert_int_equal(pool_start(f->pool, &cause), 0);
}

static void stop(struct fixture *f)
{
	pool_end(f->pool, SIGTERM, UINT64_MAX);
	wait_for(f, &f->stopped, 1);
	assert_int_equal(f->stopped, 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left */
}

static void test_start_and_stop(void **state)
{
	struct fixture *f = *state;
	start(f);
	wait_for(f, &f->ready, 1);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(atomic_load(&f->counters->worker[i].pid), f->first[i]);
	stop(f);
	assert_int_equal(f->exited, N);
	assert_string_equal(f->how, "exit status 0");
	assert_int_equal(f->started, 0);
	assert_int_equal(atomic_load(&f->counters->retired_requests), N * 10);
	assert_int_equal(atomic_load(&f->counters->worker[0].pid), 0);
	assert_int_equal(pool_pid(f->pool, 0), 0);
}

static void test_dead_worker_is_replaced(void **state)
{
	struct fixture *f = *state;
	start(f);
	wait_for(f, &f->ready, 1);
	assert_int_equal(kill(f->first[1], SIGKILL), 0);
	wait_for(f, &f->started, 1);
	assert_int_equal(f->exited, 1);
	assert_string_equal(f->how, "killed by SIGKILL");
	assert_int_equal(pool_pid(f->pool, 0), f->first[0]);
	assert_int_not_equal(pool_pid(f->pool, 1), f->first[1]);
	assert_int_equal(atomic_load(&f->counters->restarts), 1);
	stop(f);
}

static unsigned pidfd_failures; /* the next ones */

int pidfd_open(pid_t pid, unsigned flags)
{
	if (pidfd_failures == 0)
		return (int)syscall(SYS_pidfd_open, pid, flags);
	pidfd_failures--;
	errno = EMFILE;
	return -1;
}

/* A worker that cannot be watched is none: it is ended, and another one is tried. */
static void test_unwatched_worker_is_ended(void **state)
{
	struct fixture *f = *state;
	start(f);
	wait_for(f, &f->ready, 1);
	pidfd_failures = 1;
	assert_int_equal(kill(f->first[1], SIGKILL), 0);
	wait_for(f, &f->started, 1);
	assert_int_equal(pidfd_failures, 0);
	assert_int_not_equal(pool_pid(f->pool, 1), 0);
	pidfd_failures = 1;
	assert_int_equal(kill(f->first[0], SIGKILL), 0);
	wait_for(f, &f->exited, 2);
	while (pidfd_failures > 0)
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
	assert_int_equal(pool_pid(f->pool, 0), 0);
	assert_int_equal(atomic_load(&f->counters->worker[0].pid), 0);
	stop(f); /* while it is missing */
}

static void test_deaths_are_answered_slower(void **state)
{
	struct fixture *f = *state;
	start(f);
	wait_for(f, &f->ready, 1);
	uint64_t before, after;
	for (unsigned i = 1; i <= 6; i++) {
		assert_int_equal(sd_event_now(f->event, CLOCK_MONOTONIC, &before) < 0, 0);
		assert_int_equal(kill(pool_pid(f->pool, 0), SIGKILL), 0);
		wait_for(f, &f->started, i);
	}
	assert_true(sd_event_now(f->event, CLOCK_MONOTONIC, &after) >= 0);
	assert_true(after - before >= 50 * 1000);
	stop(f);
}

static void test_stop_during_a_delay(void **state)
{
	struct fixture *f = *state;
	start(f);
	wait_for(f, &f->ready, 1);
	for (unsigned i = 1; i <= 6; i++) {
		assert_int_equal(kill(pool_pid(f->pool, 0), SIGKILL), 0);
		wait_for(f, i < 6 ? &f->started : &f->exited, i);
	}
	stop(f);
	assert_int_equal(f->started, 5);
}

/* One after the other, and by others. */
static void test_workers_that_have_served_are_replaced(void **state)
{
	struct fixture *f = *state;
	f->limits.requests = 10;
	start(f);
	wait_for(f, &f->ready, 1);
	pid_t first = f->first[0]; /* the one with the lowest number goes first */
	wait_for(f, &f->started, 2);
	assert_int_not_equal(pool_pid(f->pool, 0), first);
	assert_int_equal(atomic_load(&f->counters->restarts), 0);
	assert_true(atomic_load(&f->counters->left[LEAVE_REQUESTS]) >= 2);
	stop(f);
}

static void test_workers_that_never_serve(void **state)
{
	struct fixture *f = *state;
	f->die = true;
	start(f);
	wait_for(f, &f->failed, 1);
	assert_string_equal(f->cause, "the workers die before they serve, the last one with exit status 3");
	stop(f);
	assert_int_equal(f->failed, 1);
	assert_int_equal(f->ready, 0);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("pool", LOG_ERR);
	Py_Initialize();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_start_and_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dead_worker_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwatched_worker_is_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deaths_are_answered_slower, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_during_a_delay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_workers_that_have_served_are_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_workers_that_never_serve, setup, teardown),
	};
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
