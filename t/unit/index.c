/* index.c - the publish table, also as a reader sees it while it is written */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/index.h"
#include "common/cleanup.h"

static const enum value_type ints[] = { VALUE_INT, VALUE_INT }, mixed[] = { VALUE_INT, VALUE_FLOAT };

static struct index *index_make(uint32_t rows)
{
	struct cause cause = CAUSE_INIT;
	struct index *index = NULL;
	assert_int_equal(index_new(rows, &index, &cause), 0);
	return index;
}

static void test_rows(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup(index_freep) struct index *index = index_make(3);
	uint32_t a = 9, b = 9, c = 9, again = 9;
	assert_int_equal(index_find(index, 1, ints, 2, &a), -ENOENT);
	assert_int_equal(index_read(index, 0).state, INDEX_NONE);
	assert_int_equal(index_add(index, 1, ints, 2, &a, &cause), 0);
	assert_int_equal(index_add(index, 1, mixed, 2, &b, &cause), 0);
	assert_int_equal(index_add(index, 2, ints, 2, &c, &cause), 0);
	assert_int_equal(index_count(index), 3);
	assert_int_equal(index_add(index, 1, mixed, 2, &again, &cause), 0);
	assert_int_equal(again, b);
	assert_int_equal(index_find(index, 2, ints, 2, &again), 0);
	assert_int_equal(again, c);
	assert_int_equal(index_find(index, 2, ints, 1, &again), -ENOENT);
	assert_int_equal(index_read(index, b).state, INDEX_QUEUED);
	assert_int_equal(index_add(index, 3, ints, 2, &c, &cause), -ENOSPC);
	assert_string_equal(cause.text, "the code cache's index is full: 3 specializations");
}

static void test_publish(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup(index_freep) struct index *index = index_make(10);
	uint32_t row = 0, other = 0;
	assert_int_equal(index_add(index, 7, NULL, 0, &row, &cause), 0);
	assert_int_equal(index_add(index, 8, NULL, 0, &other, &cause), 0);
	struct index_view ready = { INDEX_READY, REASON_NONE, 0xfffffff0, 4711, 123456 };
	index_publish(index, row, &ready);
	struct index_view seen = index_read(index, row);
	assert_memory_equal(&seen, &ready, sizeof(seen));
	index_publish(index, row, &(struct index_view){ .state = INDEX_BANNED, .reason = REASON_QUARANTINED });
	seen = index_read(index, row);
	assert_int_equal(seen.state, INDEX_BANNED);
	assert_int_equal(seen.reason, REASON_QUARANTINED);
	assert_int_equal(index_read(index, other).state, INDEX_QUEUED);
}

/* A reader in a child: whatever it sees as ready is whole. */
static int child_reads(struct index *index, uint32_t rows)
{
	struct cause cause = CAUSE_INIT;
	uint32_t row;
	if (index_add(index, 99, NULL, 0, &row, &cause) != -EPERM)
		return 1;
	uint32_t ready = 0;
	while (ready < rows) {
		ready = 0;
		for (uint32_t i = 0; i < index_count(index); i++) {
			struct index_view view = index_read(index, i);
			if (view.state == INDEX_NONE)
				return 2;
			if (view.state != INDEX_READY)
				continue;
			if (view.offset != 16 * i || view.size != i + 1 || view.compile_us != 2 * i)
				return 3;
			ready++;
		}
	}
	return 0;
}

static void test_read_while_written(void **state)
{
	(void)state;
	enum { ROWS = 300 };
	struct cause cause = CAUSE_INIT;
	cleanup(index_freep) struct index *index = index_make(ROWS);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child_reads(index, ROWS));
	for (uint32_t i = 0; i < ROWS; i++) {
		uint32_t row = 0;
		assert_int_equal(index_add(index, i, ints, 2, &row, &cause), 0);
		index_publish(index, row, &(struct index_view){ .state = INDEX_COMPILING });
		index_publish(index, row, &(struct index_view){ INDEX_READY, REASON_NONE, 16 * row, row + 1, 2 * row });
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_bad_size(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct index *index = NULL;
	assert_int_equal(index_new(0, &index, &cause), -EINVAL);
	assert_string_equal(cause.text, "an index of 0 rows: 1 to 16384 are possible");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_read_while_written),
		cmocka_unit_test(test_bad_size),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
