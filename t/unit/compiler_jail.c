/* Tests of codecache/compiler_jail.c: each in a process of its own, which then has the jail. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "codecache/compiler_jail.h"
#include "common/cleanup.h"

static char outside[] = "/tmp/preforge-jail-XXXXXX";
static char inside[sizeof(outside) + 8];

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(outside));
	(void)snprintf(inside, sizeof(inside), "%s/own", outside);
	return mkdir(inside, 0700);
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(inside) | rmdir(outside);
}

/* The errno of the attempt in a jailed child, 0 if it succeeds, 255 if there is no jail. */
static int attempt(int (*deed)(void))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct cause cause = CAUSE_INIT;
		if (compiler_jail_enter(inside, &cause) < 0) {
			(void)fprintf(stderr, "# %s\n", cause.text);
			_exit(255);
		}
		_exit(deed() < 0 ? errno : 0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int make_file(const char *directory)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/file", directory);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 || write(fd, "x", 1) != 1 || unlink(path) < 0 ? -1 : 0;
}

static int write_inside(void)
{
	return make_file(inside);
}

static int write_outside(void)
{
	return make_file(outside);
}

static int remove_outside(void)
{
	return rmdir(inside); /* an entry of outside */
}

static int write_null(void)
{
	cleanup_fd int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "x", 1) != 1 ? -1 : 0;
}

static int read_outside(void)
{
	cleanup_fd int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

static int internet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int local(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int other_memory(void)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { inside, 1 };
	return (int)process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static int run_program(void)
{
	int status = system("x=$(echo 1) && test \"$x\" = 1"); /* a fork, a pipe, a program */
	errno = ENOEXEC;
	return status == 0 ? 0 : -1;
}

static int connect_from_program(void)
{
	int status = system("exec 2>/dev/null; python3.11 -c 'import socket; socket.socket()'");
	errno = EPERM;
	return status == 0 ? 0 : -1;
}

static bool is_missing(const char *what)
{
	return strstr(compiler_jail_missing(), what) != NULL;
}

static void it_writes_in_its_directory_alone(void **state)
{
	(void)state;
	if (is_missing("Landlock"))
		skip();
	assert_int_equal(attempt(write_inside), 0);
	assert_int_equal(attempt(write_null), 0);
	assert_int_equal(attempt(write_outside), EACCES);
	assert_int_equal(attempt(remove_outside), EACCES);
}

static void it_reads_and_runs_programs(void **state)
{
	(void)state;
	assert_int_equal(attempt(read_outside), 0);
	assert_int_equal(attempt(run_program), 0);
}

static void it_has_no_network(void **state)
{
	(void)state;
	if (is_missing("seccomp"))
		skip();
	assert_int_equal(attempt(internet), EPERM);
	assert_int_equal(attempt(local), EPERM);
	assert_int_equal(attempt(connect_from_program), EPERM);
}

static void it_does_not_reach_other_processes(void **state)
{
	(void)state;
	if (is_missing("seccomp"))
		skip();
	assert_int_equal(attempt(other_memory), EPERM);
}

static void without_its_directory_there_is_no_jail(void **state)
{
	(void)state;
	if (is_missing("Landlock"))
		skip();
	struct cause cause = CAUSE_INIT;
	/* Fails before anything is restricted but for privileges, which this process does not need. */
	assert_int_equal(compiler_jail_enter("/nonexistent", &cause), -ENOENT);
	assert_string_equal(cause.text, "Landlock: /nonexistent: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_writes_in_its_directory_alone),
		cmocka_unit_test(it_reads_and_runs_programs),
		cmocka_unit_test(it_has_no_network),
		cmocka_unit_test(it_does_not_reach_other_processes),
		cmocka_unit_test(without_its_directory_there_is_no_jail),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
