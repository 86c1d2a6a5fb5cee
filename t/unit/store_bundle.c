/* store_bundle.c - what is exported comes back whole, and nothing comes from a file that is off */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/store.h"
#include "common/cleanup.h"

static char base[] = "/tmp/preforge-bundle-XXXXXX";
static char from[sizeof(base) + 8], to[sizeof(base) + 8], bundle[sizeof(base) + 8];
static const char object[] = "this stands for an object file";

static const char *key_of(unsigned number)
{
	static char key[DIGEST_TEXT];
	(void)snprintf(key, sizeof(key), "%08x%056x", number, 7);
	return key;
}

static struct store *open_store(const char *directory)
{
	struct cause cause = CAUSE_INIT;
	struct store *store = NULL;
	if (store_open(&(struct store_options){ .directory = directory }, &store, &cause) < 0)
		fail_msg("%s", cause.text);
	return store;
}

static void put(struct store *store, enum store_kind kind, unsigned number)
{
	struct cause cause = CAUSE_INIT;
	struct store_file file = { .kind = kind, .record = json_pack("{s:s}", "name", "app.f") };
	(void)snprintf(file.key, sizeof(file.key), "%s", key_of(number));
	if (kind == STORE_UNIT) {
		file.object = (void *)(uintptr_t)object;
		file.object_size = sizeof(object);
	}
	if (store_put(store, &file, &cause) < 0)
		fail_msg("%s", cause.text);
	json_decref(file.record);
}

static unsigned count(const struct store *store)
{
	struct store_entry *entries = NULL;
	size_t n = 0;
	assert_int_equal(store_list(store, &entries, &n, NULL), 0);
	free(entries);
	return (unsigned)n;
}

/* A store of four files, exported. */
static int export_some(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(from);
	struct store_counts counts;
	struct cause cause = CAUSE_INIT;
	put(store, STORE_UNIT, 1);
	put(store, STORE_UNIT, 2);
	put(store, STORE_PROFILE, 3);
	put(store, STORE_BAN, 4);
	if (store_export(store, bundle, &counts, &cause) < 0)
		fail_msg("%s", cause.text);
	assert_int_equal(counts.n[STORE_UNIT], 2);
	assert_int_equal(counts.n[STORE_PROFILE], 1);
	assert_int_equal(counts.n[STORE_BAN], 1);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	char command[sizeof(base) + 16];
	(void)snprintf(command, sizeof(command), "rm -rf %s/*", base);
	return system(command);
}

/* What store_import() says; nothing is taken over if it is an error. */
static int import(struct cause *cause)
{
	cleanup(store_freep) struct store *store = open_store(to);
	struct store_counts counts;
	*cause = CAUSE_INIT;
	int r = store_import(store, bundle, &counts, cause);
	assert_int_equal(count(store), r < 0 ? 0 : 4);
	return r;
}

static void all_comes_back(void **state)
{
	(void)state;
	struct cause cause;
	struct store_file file;
	struct stat st;
	assert_int_equal(stat(bundle, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(import(&cause), 0);
	cleanup(store_freep) struct store *store = open_store(to);
	assert_int_equal(store_get(store, STORE_UNIT, key_of(2), &file, &cause), 0);
	assert_int_equal(file.object_size, sizeof(object));
	assert_memory_equal(file.object, object, sizeof(object));
	assert_string_equal(json_string_value(json_object_get(file.record, "name")), "app.f");
	store_file_clear(&file);
}

static void bad_files_are_left_out(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(from);
	struct store_counts counts;
	struct cause cause = CAUSE_INIT;
	char path[sizeof(from) + DIGEST_TEXT + 8];
	(void)snprintf(path, sizeof(path), "%s/%s.unit", from, key_of(1));
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(store_export(store, bundle, &counts, &cause), 0);
	assert_int_equal(counts.n[STORE_UNIT], 1);
	assert_int_equal(counts.bad, 1);
	assert_non_null(strstr(counts.cause.text, "100 bytes are no file of the store"));
}

static unsigned char *bundle_bytes(size_t *ret_size)
{
	static unsigned char bytes[65536];
	cleanup_fd int fd = open(bundle, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	assert_in_range(n, 1, sizeof(bytes) - 1);
	*ret_size = (size_t)n;
	return bytes;
}

static void bundle_write(const void *bytes, size_t size)
{
	cleanup_fd int fd = open(bundle, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, bytes, size), size);
}

static void damage_is_seen(void **state)
{
	(void)state;
	struct cause cause;
	size_t size = 0;
	unsigned char *bytes = bundle_bytes(&size);
	unsigned seed = 7;
	for (int i = 0; i < 200; i++) {
		size_t at = (size_t)rand_r(&seed) % size, bit = (size_t)rand_r(&seed) % 8;
		bytes[at] ^= (unsigned char)(1u << bit);
		bundle_write(bytes, size);
		assert_true(import(&cause) < 0);
		bytes[at] ^= (unsigned char)(1u << bit);
	}
	for (size_t n = 0; n < size; n += 7) {
		bundle_write(bytes, n);
		assert_true(import(&cause) < 0);
	}
}

/* Checksums that are right say nothing of what is in it. */
static void what_is_in_it_is_looked_at(void **state)
{
	(void)state;
	struct cause cause;
	struct store_file outer = { .kind = STORE_BUNDLE, .record = json_object() };
	(void)snprintf(outer.key, sizeof(outer.key), "%s", key_of(9));
	outer.object = bundle_bytes(&outer.object_size);
	void *packed = NULL;
	size_t size = 0;
	assert_int_equal(store_file_pack(&outer, &packed, &size, &cause), 0);
	bundle_write(packed, size);
	assert_int_equal(import(&cause), -EBADMSG);
	assert_non_null(strstr(cause.text, ": a bundle in a bundle"));
	free(packed);
	outer.object = (void *)(uintptr_t) "rubbish";
	outer.object_size = 7;
	assert_int_equal(store_file_pack(&outer, &packed, &size, &cause), 0);
	bundle_write(packed, size);
	assert_int_equal(import(&cause), -EBADMSG);
	assert_non_null(strstr(cause.text, ": no file of the store at byte 0"));
	free(packed);
	json_decref(outer.record);
}

static void a_file_of_the_store_is_no_bundle(void **state)
{
	(void)state;
	struct cause cause;
	char path[sizeof(from) + DIGEST_TEXT + 8];
	(void)snprintf(path, sizeof(path), "%s/%s.unit", from, key_of(1));
	assert_int_equal(rename(path, bundle), 0);
	assert_int_equal(import(&cause), -EBADMSG);
	assert_non_null(strstr(cause.text, ": it is no exported store"));
}

static void who_may_write_it_matters(void **state)
{
	(void)state;
	struct cause cause;
	assert_int_equal(chmod(bundle, 0620), 0);
	assert_int_equal(import(&cause), -EPERM);
	assert_non_null(strstr(cause.text, "others may write to "));
	assert_int_equal(chmod(bundle, 0644), 0);
	char link[sizeof(base) + 8];
	(void)snprintf(link, sizeof(link), "%s/link", base);
	assert_int_equal(rename(bundle, link), 0);
	assert_int_equal(symlink(link, bundle), 0);
	assert_int_equal(import(&cause), -ELOOP);
	assert_int_equal(rename(link, bundle), 0);
	if (geteuid() == 0) { /* only root can give files away */
		assert_int_equal(chown(bundle, 12345, 12345), 0);
		assert_int_equal(import(&cause), -EPERM);
		assert_non_null(strstr(cause.text, " belongs to user 12345"));
	}
}

static void what_cannot_be_written_is_said(void **state)
{
	(void)state;
	cleanup(store_freep) struct store *store = open_store(from);
	struct store_counts counts;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(store_export(store, "/proc/nothing/here", &counts, &cause), -ENOENT);
	assert_string_equal(cause.text, "cannot write /proc/nothing/here: No such file or directory");
	(void)snprintf(bundle, sizeof(bundle), "%s/none", base);
	assert_int_equal(import(&cause), -ENOENT);
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", base);
}

int main(void)
{
	if (!mkdtemp(base))
		return 99;
	(void)snprintf(from, sizeof(from), "%s/from", base);
	(void)snprintf(to, sizeof(to), "%s/to", base);
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", base);
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, export_some, clear)
		TEST(all_comes_back),
		TEST(bad_files_are_left_out),
		TEST(damage_is_seen),
		TEST(what_is_in_it_is_looked_at),
		TEST(a_file_of_the_store_is_no_bundle),
		TEST(who_may_write_it_matters),
		TEST(what_cannot_be_written_is_said),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests_name("store_bundle", tests, NULL, NULL);
	return rmdir(base) == 0 ? failed : 99;
}
