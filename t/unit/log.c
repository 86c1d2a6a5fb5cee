/* Tests of common/log.c: what is written to stderr. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"

static int captured = -1, real_stderr = -1;

static int setup(void **state)
{
	(void)state;
	captured = memfd_create("stderr", MFD_CLOEXEC);
	real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_true(captured >= 0 && real_stderr >= 0);
	assert_int_equal(dup2(captured, STDERR_FILENO), STDERR_FILENO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(dup2(real_stderr, STDERR_FILENO), STDERR_FILENO);
	real_stderr = close_fd(real_stderr);
	captured = close_fd(captured);
	return 0;
}

static void assert_written(const char *expected)
{
	char text[1024];
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void lines_name_the_program_and_the_level(void **state)
{
	(void)state;
	log_init("name", LOG_DEBUG);
	log_error("e %d", 1);
	log_warning("w");
	log_notice("n");
	log_info("i");
	log_debug("d\nof two lines");
	assert_written("name: error: e 1\nname: warning: w\nname: notice: n\nname: i\nname: debug: d\nof two lines\n");
}

static void what_is_less_important_is_left_out(void **state)
{
	(void)state;
	log_init("name", LOG_WARNING);
	log_notice("n");
	log_warning("w");
	assert_written("name: warning: w\n");
	assert_false(log_enabled(LOG_NOTICE));
	assert_true(log_enabled(LOG_ERR));
}

static void fields_are_for_the_journal(void **state)
{
	(void)state;
	log_init("name", LOG_INFO);
	log_with(LOG_ERR, LOG_FIELDS("WORKER", "3"), "worker 3 is gone");
	assert_written("name: error: worker 3 is gone\n");
}

/* The line, without its time and pid, which are of the right shape. */
static void assert_json(const char *expected)
{
	char text[1024];
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);
	assert_true(n > 0 && text[n - 1] == '\n');
	text[n] = '\0';
	json_t *object = json_loads(text, 0, NULL);
	assert_non_null(object);
	struct tm tm;
	const char *rest = strptime(json_string_value(json_object_get(object, "time")), "%Y-%m-%dT%H:%M:%S.", &tm);
	assert_true(rest && strspn(rest, "0123456789") == 6 && strcmp(rest + 6, "Z") == 0);
	assert_int_equal(json_integer_value(json_object_get(object, "pid")), getpid());
	(void)json_object_del(object, "time");
	(void)json_object_del(object, "pid");
	char *left = json_dumps(object, JSON_COMPACT);
	assert_string_equal(left, expected);
	free(left);
	json_decref(object);
	log_set_format(LOG_FORMAT_AUTO);
}

static void json_has_the_fields(void **state)
{
	(void)state;
	log_init("name", LOG_INFO);
	log_set_format(LOG_FORMAT_JSON);
	log_with(LOG_ERR, LOG_FIELDS(LOG_ID(WORKER_DIED), "WORKER", "3"), "worker 3 is \"gone\"\nat last");
	assert_json("{\"level\":\"error\",\"name\":\"name\",\"message\":\"worker 3 is \\\"gone\\\"\\nat last\","
		    "\"message_id\":\"c255ce10b30941a7aa0be334d8316210\",\"worker\":\"3\"}");
}

static void json_is_utf8_whatever_comes(void **state)
{
	(void)state;
	log_init("name", LOG_INFO);
	log_set_format(LOG_FORMAT_JSON);
	log_info("a \xff byte");
	assert_json("{\"level\":\"info\",\"name\":\"name\",\"message\":\"a ? byte\"}");
}

static void formats_have_words(void **state)
{
	(void)state;
	assert_int_equal(log_format_from_string("auto"), LOG_FORMAT_AUTO);
	assert_int_equal(log_format_from_string("text"), LOG_FORMAT_TEXT);
	assert_int_equal(log_format_from_string("json"), LOG_FORMAT_JSON);
	assert_int_equal(log_format_from_string("JSON"), -1);
}

/* A $JOURNAL_STREAM that was inherited from elsewhere. */
static void a_foreign_journal_stream_is_not_ours(void **state)
{
	(void)state;
	assert_int_equal(setenv("JOURNAL_STREAM", "1:2", 1), 0);
	log_init("name", LOG_INFO);
	log_info("text");
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	assert_written("name: text\n");
}

static void errno_stays(void **state)
{
	(void)state;
	log_init("name", LOG_INFO);
	errno = ENOENT;
	log_info("m: %m");
	assert_int_equal(errno, ENOENT);
	assert_written("name: m: No such file or directory\n");
}

static void levels_have_words(void **state)
{
	(void)state;
	const char *words[] = { "error", "warning", "notice", "info", "debug" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_string_equal(log_level_to_string(log_level_from_string(words[i])), words[i]);
	assert_int_equal(log_level_from_string("warn"), -1);
	assert_string_equal(log_level_to_string(LOG_CRIT), "error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_name_the_program_and_the_level, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_less_important_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(fields_are_for_the_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(a_foreign_journal_stream_is_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(errno_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(json_has_the_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(json_is_utf8_whatever_comes, setup, teardown),
		cmocka_unit_test(levels_have_words),
		cmocka_unit_test(formats_have_words),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
