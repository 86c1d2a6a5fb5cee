/* Tests of common/metrics.c and metrics_render.c. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/metrics.h"

static struct metrics *metrics;
static struct counters *counters;

static int setup(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	int fd = -1;
	assert_int_equal(metrics_create(&fd, &cause), 0);
	assert_int_equal(metrics_map(fd, &metrics, &cause), 0);
	fd = close_fd(fd);
	assert_int_equal(counters_create(&fd, &cause), 0);
	assert_int_equal(counters_map(fd, &counters, &cause), 0);
	fd = close_fd(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	metrics_unmap(metrics);
	return 0;
}

static char *render(unsigned workers)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	struct metrics_view view = { .metrics = metrics, .counters = counters, .workers = workers, .waiting = 3 };
	metrics_render(&view, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_has(const char *text, const char *line)
{
	char *with_newline = NULL;
	assert_true(asprintf(&with_newline, "\n%s\n", line) > 0);
	if (!strstr(text, with_newline))
		print_message("# no line \"%s\"\n", line);
	assert_non_null(strstr(text, with_newline));
	free(with_newline);
}

static void methods_have_one_place_each(void **state)
{
	(void)state;
	unsigned one = metrics_method(metrics, "one"), two = metrics_method(metrics, "two");
	assert_int_not_equal(one, two);
	assert_int_equal(metrics_method(metrics, "one"), one);
	char name[16];
	for (unsigned i = 2; i < METRICS_METHODS; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		assert_true(metrics_method(metrics, name) < METRICS_METHODS);
	}
	assert_int_equal(metrics_method(metrics, "one too many"), METRICS_METHODS);
	assert_int_equal(metrics_method(metrics, "two"), two);
}

static void calls_are_sorted_by_duration(void **state)
{
	(void)state;
	unsigned f = metrics_method(metrics, "f\"\\\n");
	(void)metrics_row(metrics, 1);
	metrics_call(&metrics->row[0], f, 100); /* the bound itself is below it */
	metrics_call(&metrics->row[1], f, 101);
	metrics_call(&metrics->row[1], f, 60000000);
	metrics_call(&metrics->row[1], METRICS_METHODS, 5);
	cleanup_free char *text = render(2);
	assert_has(text, "# TYPE preforge_request_duration_seconds histogram");
	assert_has(text, "preforge_request_duration_seconds_bucket{method=\"f\\\"\\\\\\n\",le=\"0.0001\"} 1");
	assert_has(text, "preforge_request_duration_seconds_bucket{method=\"f\\\"\\\\\\n\",le=\"0.00025\"} 2");
	assert_has(text, "preforge_request_duration_seconds_bucket{method=\"f\\\"\\\\\\n\",le=\"10\"} 2");
	assert_has(text, "preforge_request_duration_seconds_bucket{method=\"f\\\"\\\\\\n\",le=\"+Inf\"} 3");
	assert_has(text, "preforge_request_duration_seconds_sum{method=\"f\\\"\\\\\\n\"} 60.000201");
	assert_has(text, "preforge_request_duration_seconds_count{method=\"f\\\"\\\\\\n\"} 3");
	assert_has(text, "preforge_request_duration_seconds_count{method=\"other\"} 1");
}

static void errors_have_their_codes(void **state)
{
	(void)state;
	metrics_add(&metrics_row(metrics, 0)->nameless, 5);
	metrics_add(&metrics_row(metrics, 255)->nameless, 2);
	metrics_add(&metrics->row[0].errors[metrics_code(-32601)], 1);
	metrics_add(&metrics->row[3].errors[metrics_code(-32601)], 1);
	metrics_add(&metrics->row[3].errors[metrics_code(-1)], 1);
	cleanup_free char *text = render(1);
	assert_has(text, "preforge_requests_total 7");
	assert_has(text, "preforge_errors_total{code=\"-32601\"} 2");
	assert_has(text, "preforge_errors_total{code=\"-32700\"} 0");
	assert_has(text, "preforge_errors_total{code=\"other\"} 1");
}

static void workers_are_those_of_the_generation(void **state)
{
	(void)state;
	counters->worker[0].state = WORKER_BUSY;
	counters->worker[1].state = WORKER_IDLE;
	counters->worker[2].state = WORKER_BUSY; /* not one of ours */
	counters->worker[1].open = 4;
	counters->function[1][1].calls = 10;
	counters->function[1][1].side_exits = 1;
	counters->function[1][1].loops = 3;
	counters->function[0][2].calls = 100; /* not a function */
	counters->functions = 2;
	counters->worker[1].private_bytes = 4096;
	counters->gauges[0].queued = 7;
	counters->gauges[2].queued = 7;
	counters->gauges[1].cpu_us[0] = 250000;
	cleanup_free char *text = render(2);
	assert_has(text, "preforge_workers{state=\"busy\"} 1");
	assert_has(text, "preforge_workers{state=\"idle\"} 1");
	assert_has(text, "preforge_connections 4");
	assert_has(text, "preforge_queue_length 10");
	assert_has(text, "preforge_worker_cpu_seconds_total{mode=\"native\"} 0.25");
	assert_has(text, "preforge_native_calls_total 10");
	assert_has(text, "preforge_side_exits_total 1");
	assert_has(text, "preforge_loops_entered_total 3");
	assert_has(text, "preforge_worker_private_memory_bytes{worker=\"1\"} 4096");
	assert_null(strstr(text, "memory_bytes{worker=\"0\"}"));
}

/* Whatever stands in memory that user code can write. */
static void nonsense_is_survived(void **state)
{
	(void)state;
	(void)metrics_method(metrics, "f");
	metrics->n_names = metrics->n_rows = UINT32_MAX;
	counters->functions = UINT64_MAX;
	memset(metrics->name[0].name, 'x', METRICS_NAME_MAX);
	counters->worker[0].state = 77;
	cleanup_free char *text = render(100000);
	assert_has(text, "preforge_workers{state=\"busy\"} 0");
	assert_int_equal(metrics_method(metrics, "new"), METRICS_METHODS);
}

static void scalars_have_units_and_heads(void **state)
{
	(void)state;
	metrics_set(metrics, METRIC_IMPORT_US, 1500000);
	metrics_set(metrics, METRIC_RESTARTS_CRASH, 2);
	cleanup_free char *text = render(1);
	assert_has(text, "preforge_load_duration_seconds{phase=\"import\"} 1.5");
	assert_has(text, "preforge_worker_restarts_total{cause=\"crash\"} 2");
	const char *first = strstr(text, "# TYPE preforge_worker_restarts_total counter\n");
	assert_non_null(first);
	assert_null(strstr(first + 1, "# TYPE preforge_worker_restarts_total"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(methods_have_one_place_each, setup, teardown),
		cmocka_unit_test_setup_teardown(calls_are_sorted_by_duration, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_have_their_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(workers_are_those_of_the_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_is_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(scalars_have_units_and_heads, setup, teardown),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
