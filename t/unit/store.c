/* store.c - the store's directory and its files: what is written is found, and nothing that is off is ever loaded */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/store.h"
#include "common/cleanup.h"

enum { FLIPS = 1000, WRITERS = 8, ROUNDS = 40 };

static char base[] = "/tmp/preforge-store-XXXXXX";
static char directory[sizeof(base) + 8];
static const char object[] = "this stands for an object file";

/* A key that begins with number. */
static const char *key_of(unsigned number)
{
	static char key[DIGEST_TEXT];
	(void)snprintf(key, sizeof(key), "%08x%056x", number, 7);
	return key;
}

static char *path_of(enum store_kind kind, const char *key)
{
	static char path[sizeof(directory) + 100];
	(void)snprintf(path, sizeof(path), "%s/%s.%s", directory, key, store_kind_words[kind]);
	return path;
}

static int directory_clear(void **state)
{
	(void)state;
	char command[sizeof(directory) + 16];
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static struct store *open_store(uint64_t max_bytes)
{
	struct cause cause = CAUSE_INIT;
	struct store *store = NULL;
	if (store_open(&(struct store_options){ .directory = directory, .max_bytes = max_bytes }, &store, &cause) < 0)
		fail_msg("%s", cause.text);
	return store;
}

static int put(struct store *store, const char *key, size_t size, struct cause *cause)
{
	cleanup_free char *bytes = calloc(1, size + 1);
	(void)snprintf(bytes, size + 1, "%s", object);
	struct store_file file = {
		.kind = STORE_UNIT, .record = json_pack("{s:s}", "name", "app.f"), .object = bytes, .object_size = size
	};
	(void)snprintf(file.key, sizeof(file.key), "%s", key);
	int rc = store_put(store, &file, cause);
	json_decref(file.record);
	return rc;
}

static void put_fine(struct store *store, const char *key)
{
	struct cause cause = CAUSE_INIT;
	if (put(store, key, sizeof(object), &cause) < 0)
		fail_msg("%s", cause.text);
}

/* What store_get() says; the cause's text without the directory. */
static int get(const struct store *store, const char *key, struct cause *cause)
{
	struct store_file file;
	*cause = CAUSE_INIT;
	int rc = store_get(store, STORE_UNIT, key, &file, cause);
	if (rc == 0) {
		assert_string_equal(json_string_value(json_object_get(file.record, "name")), "app.f");
		assert_true(file.object_size >= sizeof(object));
		assert_memory_equal(file.object, object, sizeof(object));
	}
	store_file_clear(&file);
	return rc;
}

static void assert_cause(const struct cause *cause, const char *expected)
{
	const char *tail = strstr(cause->text, ".unit");
	assert_string_equal(tail ? tail : cause->text, expected);
}

/* ---- the plain way ---- */

static void what_is_put_is_found(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	struct stat st;
	assert_int_equal(get(store, key_of(1), &cause), -ENOENT);
	put_fine(store, key_of(1));
	assert_int_equal(get(store, key_of(1), &cause), 0);
	assert_int_equal(get(store, key_of(2), &cause), -ENOENT);
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path_of(STORE_UNIT, key_of(1)), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_remove(store, STORE_UNIT, key_of(1), &cause), 0);
	assert_int_equal(store_remove(store, STORE_UNIT, key_of(1), &cause), -ENOENT);
	assert_int_equal(get(store, key_of(1), &cause), -ENOENT);
}

static int forbid(struct store *store, const char *key, const char *word, const char *detail, struct cause *cause)
{
	const struct store_ban ban = { .key = key, .word = word, .name = "app.f", .detail = detail };
	struct store_file file;
	int r = store_ban_pack(&ban, &file, cause);
	if (r < 0)
		return r;
	r = store_put(store, &file, cause);
	store_file_clear(&file);
	return r;
}

static void bans_are_kept(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause = CAUSE_INIT;
	assert_null(store_banned(store, key_of(3), &cause));
	assert_int_equal(forbid(store, key_of(3), "quarantined", "SIGSEGV", &cause), 0);
	json_t *ban = store_banned(store, key_of(3), &cause);
	assert_string_equal(json_string_value(json_object_get(ban, "reason")), "quarantined");
	assert_string_equal(json_string_value(json_object_get(ban, "name")), "app.f");
	assert_string_equal(json_string_value(json_object_get(ban, "detail")), "SIGSEGV");
	json_decref(ban);
	assert_int_equal(forbid(store, "../../etc/passwd", "quarantined", NULL, &cause), -EINVAL);
	assert_string_equal(cause.text, "\"../../etc/passwd\" is no key");
}

/* ---- what is off ---- */

static void file_rewrite(const char *path, const unsigned char *bytes, size_t size)
{
	cleanup_fclose FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
}

static size_t file_read(const char *path, unsigned char *bytes, size_t room)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	assert_non_null(file);
	return fread(bytes, 1, room, file);
}

static void a_flipped_bit_is_seen(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	unsigned char bytes[4096];
	put_fine(store, key_of(1));
	size_t size = file_read(path_of(STORE_UNIT, key_of(1)), bytes, sizeof(bytes));
	unsigned seed = 1;
	for (int i = 0; i < FLIPS; i++) {
		size_t bit = (size_t)rand_r(&seed) % (size * 8);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		file_rewrite(path_of(STORE_UNIT, key_of(1)), bytes, size);
		assert_true(get(store, key_of(1), &cause) < 0);
		assert_true(cause.text[0]);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	file_rewrite(path_of(STORE_UNIT, key_of(1)), bytes, size);
	assert_int_equal(get(store, key_of(1), &cause), 0);
}

/* What must not run again does not run for a damaged disk either. */
static void a_damaged_ban_is_a_ban(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause = CAUSE_INIT;
	unsigned char bytes[4096];
	assert_int_equal(forbid(store, key_of(3), "no-gain", NULL, &cause), 0);
	size_t size = file_read(path_of(STORE_BAN, key_of(3)), bytes, sizeof(bytes));
	for (size_t bit = 0; bit < size * 8; bit += 5) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		file_rewrite(path_of(STORE_BAN, key_of(3)), bytes, size);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		cause = CAUSE_INIT;
		json_t *ban = store_banned(store, key_of(3), &cause);
		assert_string_equal(json_string_value(json_object_get(ban, "reason")), "quarantined");
		assert_true(cause.text[0]);
		json_decref(ban);
	}
}

static void a_cut_file_is_seen(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	unsigned char bytes[4096] = { 0 };
	put_fine(store, key_of(1));
	size_t size = file_read(path_of(STORE_UNIT, key_of(1)), bytes, sizeof(bytes));
	for (size_t n = 0; n < size; n++) {
		file_rewrite(path_of(STORE_UNIT, key_of(1)), bytes, n);
		assert_int_equal(get(store, key_of(1), &cause), -EBADMSG);
	}
	file_rewrite(path_of(STORE_UNIT, key_of(1)), bytes, size + 1);
	assert_int_equal(get(store, key_of(1), &cause), -EBADMSG);
	put_fine(store, key_of(1)); /* it is replaced */
	assert_int_equal(get(store, key_of(1), &cause), 0);
}

static void another_file_is_seen(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	put_fine(store, key_of(1));
	char *from = strdup(path_of(STORE_UNIT, key_of(1)));
	assert_int_equal(rename(from, path_of(STORE_UNIT, key_of(2))), 0);
	free(from);
	assert_int_equal(get(store, key_of(2), &cause), -EBADMSG);
	assert_cause(&cause, ".unit: it is another file");
}

static void a_symlink_is_not_followed(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	put_fine(store, key_of(1));
	assert_int_equal(symlink(key_of(1), path_of(STORE_UNIT, key_of(2))), 0);
	assert_int_equal(get(store, key_of(2), &cause), -ELOOP);
	put_fine(store, key_of(2)); /* replaces the link, not what it points to */
	assert_int_equal(get(store, key_of(2), &cause), 0);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	assert_int_equal(mkfifo(path_of(STORE_UNIT, key_of(1)), 0600), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EPERM); /* and it does not wait for a writer */
	assert_cause(&cause, ".unit is no regular file");
	assert_int_equal(mkdir(path_of(STORE_UNIT, key_of(2)), 0700), 0);
	assert_int_equal(get(store, key_of(2), &cause), -EPERM);
	assert_true(put(store, key_of(2), 10, &cause) < 0);
}

static void what_others_may_write_is_refused(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	put_fine(store, key_of(1));
	assert_int_equal(chmod(path_of(STORE_UNIT, key_of(1)), 0620), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EPERM);
	assert_non_null(strstr(cause.text, "others may write to "));
	assert_int_equal(chmod(path_of(STORE_UNIT, key_of(1)), 0602), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EPERM);
	assert_int_equal(chmod(path_of(STORE_UNIT, key_of(1)), 0644), 0);
	assert_int_equal(get(store, key_of(1), &cause), 0);
	assert_int_equal(chmod(directory, 0777), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EPERM);
	assert_int_equal(put(store, key_of(1), 10, &cause), -EPERM);
	struct store *again = NULL;
	assert_int_equal(store_open(&(struct store_options){ .directory = directory }, &again, &cause), -EPERM);
	assert_non_null(strstr(cause.text, "others may write to the store's directory"));
	assert_int_equal(chmod(directory, 0700), 0);
}

static void what_others_own_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give files away */
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause;
	put_fine(store, key_of(1));
	assert_int_equal(chown(path_of(STORE_UNIT, key_of(1)), 12345, 12345), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EPERM);
	assert_cause(&cause, ".unit belongs to user 12345");
	assert_int_equal(chown(directory, 12345, 12345), 0);
	struct store *again = NULL;
	assert_int_equal(store_open(&(struct store_options){ .directory = directory }, &again, &cause), -EPERM);
	/* A tool that only looks may, and what it writes belongs to the owner. */
	assert_int_equal(
		store_open(&(struct store_options){ .directory = directory, .any_owner = true }, &again, &cause), 0);
	put_fine(again, key_of(2));
	struct stat st;
	assert_int_equal(stat(path_of(STORE_UNIT, key_of(2)), &st), 0);
	assert_int_equal(st.st_uid, 12345);
	store_free(again);
	assert_int_equal(chown(directory, 0, 0), 0);
}

static void no_directory_is_an_error_that_names_it(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct store *store = NULL;
	assert_int_equal(store_open(&(struct store_options){ .directory = "/proc/nothing" }, &store, &cause), -ENOENT);
	assert_string_equal(cause.text, "cannot make the store's directory /proc/nothing: No such file or directory");
	store = open_store(0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(get(store, key_of(1), &cause), -EIO);
	assert_int_equal(put(store, key_of(1), 1, &cause), -ENOENT);
	store_free(store);
}

/* ---- room ---- */

static unsigned count(const struct store *store)
{
	struct cause cause = CAUSE_INIT;
	struct store_entry *entries = NULL;
	size_t n = 0;
	if (store_list(store, &entries, &n, &cause) < 0)
		fail_msg("%s", cause.text);
	free(entries);
	return (unsigned)n;
}

static void the_size_is_kept(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(100000);
	struct cause cause = CAUSE_INIT;
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(put(store, key_of(i), 10000, &cause), 0);
		if (i > 0) /* it is in use: others go */
			assert_int_equal(get(store, key_of(0), &cause), 0);
		assert_in_range(count(store), 1, 9);
	}
	assert_int_equal(get(store, key_of(49), &cause), 0);
	assert_int_equal(get(store, key_of(1), &cause), -ENOENT);
}

static void dead_writers_leave_nothing_for_long(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(0);
	struct cause cause = CAUSE_INIT;
	char path[sizeof(directory) + 128];
	(void)snprintf(path, sizeof(path), "%s/.%s.unit.123.4", directory, key_of(1));
	file_rewrite(path, (const unsigned char *)"x", 1);
	uint64_t files, bytes;
	assert_int_equal(store_prune(store, 1000, &files, &bytes, &cause), 0);
	assert_int_equal(access(path, F_OK), 0); /* somebody may be writing it */
	const struct timespec old[] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(store_prune(store, 1000, &files, &bytes, &cause), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* On a file system of 64 KiB. */
static int full_disk(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", directory, "tmpfs", 0, "size=64k,mode=0700") < 0)
		return 77;
	struct cause cause = CAUSE_INIT;
	struct store *store = NULL;
	if (store_open(&(struct store_options){ .directory = directory }, &store, &cause) < 0)
		return 1;
	unsigned n = 0;
	while (n < 100 && put(store, key_of(n), 10000, &cause) == 0)
		n++;
	if (n == 0 || n == 100 || !strstr(cause.text, "No space left on device") || count(store) != n)
		return 2;
	for (unsigned i = 0; i < n; i++)
		if (get(store, key_of(i), &cause) < 0)
			return 3;
	/* No temporary file takes the room that is left. */
	if (put(store, key_of(n), 100, &cause) < 0 || get(store, key_of(n), &cause) < 0)
		return 4;
	store_free(store);
	return 0;
}

static void a_full_disk_costs_nothing_else(void **state)
{
	(void)state;
	store_free(open_store(0));
	pid_t pid = fork();
	if (pid == 0)
		_exit(full_disk());
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip(); /* no mount namespaces here */
	assert_int_equal(status, 0);
}

/* ---- several processes ---- */

/* Write, read and let go the same few files as all others. */
static int writer(unsigned number)
{
	cleanup(store_freep) struct store *store = open_store(60000);
	struct cause cause = CAUSE_INIT;
	unsigned seed = number;
	for (int i = 0; i < ROUNDS; i++) {
		unsigned which = (unsigned)rand_r(&seed) % 8;
		int rc = put(store, key_of(which), 10000, &cause);
		if (rc < 0)
			return 1;
		rc = get(store, key_of((unsigned)rand_r(&seed) % 8), &cause);
		if (rc < 0 && rc != -ENOENT)
			return 2;
	}
	return 0;
}

static void several_may_write(void **state)
{
	(void)state;
	pid_t pids[WRITERS];
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(writer(i + 1));
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int status = 0;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

/* A writer that is killed leaves whole files or none. */
static void writers_may_be_killed(void **state)
{
	(void)state;
	unsigned seed = 1;
	cleanup(store_freep) struct store *store = open_store(0);
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();
		if (pid == 0)
			for (unsigned n = 0;; n++)
				put_fine(store, key_of(n % 4));
		(void)usleep((unsigned)rand_r(&seed) % 3000); /* at any point of its work */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		struct cause cause;
		for (unsigned n = 0; n < 4; n++) {
			int rc = get(store, key_of(n), &cause);
			assert_true(rc == 0 || rc == -ENOENT);
		}
	}
}

int main(void)
{
	if (!mkdtemp(base))
		return 99;
	(void)snprintf(directory, sizeof(directory), "%s/a/b", base);
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, directory_clear)
		TEST(what_is_put_is_found),
		TEST(bans_are_kept),
		TEST(a_flipped_bit_is_seen),
		TEST(a_damaged_ban_is_a_ban),
		TEST(a_cut_file_is_seen),
		TEST(another_file_is_seen),
		TEST(a_symlink_is_not_followed),
		TEST(what_is_no_file_is_refused),
		TEST(what_others_may_write_is_refused),
		TEST(what_others_own_is_refused),
		TEST(no_directory_is_an_error_that_names_it),
		TEST(the_size_is_kept),
		TEST(dead_writers_leave_nothing_for_long),
		TEST(a_full_disk_costs_nothing_else),
		TEST(several_may_write),
		TEST(writers_may_be_killed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests_name("store", tests, NULL, NULL);
	char command[sizeof(base) + 16];
	(void)snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command) == 0 ? failed : 99;
}
