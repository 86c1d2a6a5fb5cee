/* Tests of daemon/listener.c */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/listener.h"

static char directory[] = "/tmp/preforge-listener-XXXXXX";
static char path[64], below[64];

static int make_directory(void **state)
{
	(void)state;
	(void)strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/sock", directory);
	(void)snprintf(below, sizeof(below), "%s/sub/sock", directory);
	return 0;
}

/* Fails if a test leaves anything behind. */
static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static int open_at(const char *at, mode_t mode, struct listener *ret, struct cause *cause)
{
	struct address address = { .kind = ADDRESS_UNIX, .name = (char *)at, .mode = mode };
	return listener_open(&address, ret, cause);
}

static struct listener open_listener(const char *at)
{
	struct listener listener;
	struct cause cause = CAUSE_INIT;
	if (open_at(at, 0777, &listener, &cause) < 0)
		fail_msg("%s", cause.text);
	return listener;
}

static void assert_refused(const char *at, int result, const char *why)
{
	struct listener listener;
	struct cause cause = CAUSE_INIT;
	char expected[256];
	(void)snprintf(expected, sizeof(expected), "unix:%s: %s", at, why);
	assert_int_equal(open_at(at, 0777, &listener, &cause), result);
	assert_string_equal(cause.text, expected);
}

static void it_listens_until_it_is_closed(void **state)
{
	(void)state;
	struct listener listener = open_listener(path);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	(void)strcpy(address.sun_path, path);
	assert_string_equal(listener.address + strlen("unix:"), path);
	assert_int_equal(fcntl(listener.fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
	cleanup_fd int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	listener_close(&listener);
	assert_int_equal(listener.fd, -1);
	assert_int_equal(access(path, F_OK), -1);
}

static void the_file_is_born_with_its_mode(void **state)
{
	(void)state;
	struct listener listener;
	struct stat st;
	mode_t before = umask(002);
	assert_int_equal(open_at(path, 0600, &listener, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	listener_close(&listener);
	assert_int_equal(open_at(path, 0777, &listener, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0775);
	listener_close(&listener);
	assert_int_equal(umask(before), 002);
}

static void one_in_use_is_refused_and_stays(void **state)
{
	(void)state;
	struct listener listener = open_listener(path);
	assert_refused(path, -EADDRINUSE, "another process listens there already");
	assert_int_equal(access(path, F_OK), 0);
	listener_close(&listener);
}

static void a_stale_one_is_replaced(void **state)
{
	(void)state;
	struct listener stale = open_listener(path);
	(void)close_fd(stale.fd); /* as if its process had been killed */
	stale.fd = -1;
	struct listener listener = open_listener(path);
	/* The file is another's now: closing the old one leaves it. */
	listener_close(&stale);
	assert_int_equal(access(path, F_OK), 0);
	listener_close(&listener);
	assert_int_equal(access(path, F_OK), -1);
}

static void other_files_stay(void **state)
{
	(void)state;
	cleanup_fd int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_refused(path, -EEXIST, "there is a file that is not a socket");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_refused(path, -EEXIST, "there is a file that is not a socket");
	assert_int_equal(unlink(path), 0);
}

static void a_missing_directory_is_made(void **state)
{
	(void)state;
	struct listener listener = open_listener(below);
	listener_close(&listener);
	*strrchr(below, '/') = '\0';
	assert_int_equal(rmdir(below), 0);
	assert_refused("/nonexistent/sub/sock", -ENOENT, "cannot make the directory: No such file or directory");
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(it_listens_until_it_is_closed),
		IN_DIRECTORY(the_file_is_born_with_its_mode),
		IN_DIRECTORY(one_in_use_is_refused_and_stays),
		IN_DIRECTORY(a_stale_one_is_replaced),
		IN_DIRECTORY(other_files_stay),
		IN_DIRECTORY(a_missing_directory_is_made),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
