/* store_bundle.c - a whole store as one file, to bake what one machine has compiled into an image or to hand it on: a
 * file of the store like others, whose object is all the others in a row. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codecache/store.h"
#include "codecache/store_read.h"
#include "common/cleanup.h"

/* ---- export ----------------------------------------------------------------- */

static int append(FILE *out, const struct store_file *file, struct cause *cause)
{
	void *bytes = NULL;
	size_t size = 0;
	int rc = store_file_pack(file, &bytes, &size, cause);
	if (rc == 0 && fwrite(bytes, 1, size, out) != size)
		rc = cause_set_errno(cause, -ENOMEM, "an exported store");
	free(bytes);
	return rc;
}

/* All that is good, in a row. */
static int collect(const struct store *store, FILE *out, struct store_counts *counts, struct cause *cause)
{
	cleanup_free struct store_entry *entries = NULL;
	size_t n = 0;
	int rc = store_list(store, &entries, &n, cause);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct store_file file;
		int found = store_get(store, entries[i].kind, entries[i].key, &file, &counts->cause);
		if (found == -ENOENT) /* another process removed it */
			continue;
		if (found < 0) {
			counts->bad++;
			continue;
		}
		rc = append(out, &file, cause);
		counts->n[file.kind]++;
		store_file_clear(&file);
	}
	return rc;
}

static int write_whole(const char *path, const void *bytes, size_t size)
{
	char temporary[PATH_MAX];
	if (snprintf(temporary, sizeof(temporary), "%s.%d", path, getpid()) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	cleanup_fd int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int rc = 0;
	for (const char *p = bytes; size > 0 && rc == 0;) {
		ssize_t n = write(fd, p, size);
		if (n < 0 && errno != EINTR)
			rc = -errno;
		else if (n > 0)
			p += n, size -= (size_t)n;
	}
	if (rc == 0 && (fsync(fd) < 0 || rename(temporary, path) < 0))
		rc = -errno;
	if (rc < 0)
		(void)unlink(temporary);
	return rc;
}

int store_export(const struct store *store, const char *path, struct store_counts *ret, struct cause *cause)
{
	struct store_file bundle = { .kind = STORE_BUNDLE };
	char *row = NULL;
	*ret = (struct store_counts){};
	FILE *out = open_memstream(&row, &bundle.object_size);
	if (!out)
		return cause_set_errno(cause, -errno, "an exported store");
	int rc = collect(store, out, ret, cause);
	if (fclose(out) != 0 && rc == 0)
		rc = cause_set_errno(cause, -ENOMEM, "an exported store");
	struct digest digest;
	digest_begin(&digest);
	digest_bytes(&digest, row, bundle.object_size);
	digest_end(&digest, bundle.key);
	bundle.object = row;
	bundle.record = json_pack("{s:s, s:I}", "preforge", PACKAGE_VERSION, "time", (json_int_t)time(NULL));
	void *bytes = NULL;
	size_t size = 0;
	if (rc == 0)
		rc = store_file_pack(&bundle, &bytes, &size, cause);
	store_file_clear(&bundle);
	if (rc == 0 && (rc = write_whole(path, bytes, size)) < 0)
		rc = cause_set_errno(cause, rc, "cannot write %s", path);
	free(bytes);
	return rc;
}

/* ---- import ----------------------------------------------------------------- */

/* What is done with each file of a bundle. */
typedef int (*file_taker)(struct store *store, const struct store_file *file, struct cause *cause);

static int check_only(struct store *store, const struct store_file *file, struct cause *cause)
{
	(void)store;
	return file->kind < STORE_BUNDLE ? 0 : cause_set(cause, -EBADMSG, "a bundle in a bundle");
}

static int for_each_file(const struct store_file *bundle, struct store *store, file_taker take,
			 struct store_counts *counts, struct cause *cause)
{
	*counts = (struct store_counts){};
	int rc = 0;
	for (size_t at = 0; at < bundle->object_size && rc == 0;) {
		const char *p = (const char *)bundle->object + at;
		size_t size = store_file_size(p, bundle->object_size - at);
		struct store_file file = {};
		rc = size ? store_file_parse(p, size, &file, cause)
			  : cause_set(cause, -EBADMSG, "no file of the store at byte %zu", at);
		if (rc == 0)
			rc = take(store, &file, cause);
		if (rc == 0)
			counts->n[file.kind]++;
		store_file_clear(&file);
		at += size;
	}
	return rc;
}

static int bundle_read(const struct store *store, const char *path, struct store_file *ret, struct cause *cause)
{
	struct stat st;
	bool missing = stat(store_directory(store), &st) < 0;
	if (missing && errno != ENOENT)
		return cause_set_errno(cause, -errno, "cannot look at the store's directory %s",
				       store_directory(store));
	cleanup_free char *bytes = NULL;
	size_t size = 0;
	const struct store_path from = { .directory = AT_FDCWD,
					 .name = path,
					 .owner = missing ? geteuid() : st.st_uid,
					 .most = store_file_most(STORE_BUNDLE) };
	int rc = store_read(&from, &bytes, &size, cause);
	if (rc < 0)
		return rc;
	rc = store_file_parse(bytes, size, ret, cause);
	if (rc == 0 && ret->kind != STORE_BUNDLE) {
		store_file_clear(ret);
		rc = cause_set(cause, -EBADMSG, "it is no exported store");
	}
	return rc < 0 ? cause_prefix(cause, rc, "%s", path) : 0;
}

int store_import(struct store *store, const char *path, struct store_counts *ret, struct cause *cause)
{
	struct store_file bundle;
	*ret = (struct store_counts){};
	int rc = bundle_read(store, path, &bundle, cause);
	if (rc < 0)
		return rc;
	rc = for_each_file(&bundle, store, check_only, ret, cause);
	if (rc < 0)
		(void)cause_prefix(cause, rc, "%s", path);
	else
		rc = store_make(store, cause);
	if (rc == 0)
		rc = for_each_file(&bundle, store, store_put, ret, cause);
	store_file_clear(&bundle);
	return rc;
}
