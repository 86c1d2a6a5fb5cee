/* store.c - see store.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecache/store.h"
#include "codecache/store_read.h"
#include "common/cleanup.h"

enum {
	NAME_SIZE = 160,
	MAX_GAIN = 1000000000,
	LOOK_AGAIN = 64,         /* files written, after which the directory is measured again: others write too */
	TEMPORARY_AGE = 60 * 60, /* seconds, after which a temporary file is a dead process's */
};

struct store {
	char *directory;
	uint64_t max_bytes;
	bool any_owner;
	uint64_t bytes;      /* of all files when they were measured, and what was written since */
	unsigned unmeasured; /* files written until the next time */
	unsigned n_temporary;
};

/* ---- the directory -------------------------------------------------------- */

int store_make(const struct store *store, struct cause *cause)
{
	const char *path = store->directory;
	char part[PATH_MAX];
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof(part))
		return cause_set(cause, -EINVAL, "not a directory for the store: \"%s\"", path);
	memcpy(part, path, n + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(part, 0700);
		*p = '/';
	}
	if (mkdir(part, 0700) < 0 && errno != EEXIST)
		return cause_set_errno(cause, -errno, "cannot make the store's directory %s", path);
	return 0;
}

/* The directory's descriptor after a look at whose it is; -errno with cause.  A path through a symlink is fine
 * ($CACHE_DIRECTORY is one under DynamicUser=yes): what it leads to is looked at. */
static int directory_open(const struct store *store, struct stat *ret, struct cause *cause)
{
	cleanup_fd int fd = open(store->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, ret) < 0)
		return cause_set_errno(cause, -errno, "cannot open the store's directory %s", store->directory);
	if (ret->st_uid != geteuid() && ret->st_uid != 0 && !store->any_owner)
		return cause_set(cause, -EPERM, "the store's directory %s belongs to user %u", store->directory,
				 ret->st_uid);
	if (ret->st_mode & STORE_OTHERS_MAY_WRITE)
		return cause_set(cause, -EPERM, "others may write to the store's directory %s (mode %03o)",
				 store->directory, ret->st_mode & 0777);
	return steal_fd(&fd);
}

int store_open(const struct store_options *options, struct store **ret, struct cause *cause)
{
	cleanup(store_freep) struct store *store = calloc(1, sizeof(*store));
	if (!store || !(store->directory = strdup(options->directory)))
		return cause_set_errno(cause, -ENOMEM, "the store");
	store->max_bytes = options->max_bytes;
	store->any_owner = options->any_owner;
	int rc = options->keep || options->later ? 0 : store_make(store, cause);
	struct stat st;
	cleanup_fd int fd = rc < 0 ? rc : directory_open(store, &st, cause);
	if (fd < 0 && !(fd == -ENOENT && options->later))
		return fd;
	*ret = steal_ptr(store);
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	free(store->directory);
	free(store);
}

const char *store_directory(const struct store *store)
{
	return store->directory;
}

static void name_make(char name[static NAME_SIZE], enum store_kind kind, const char *key)
{
	(void)snprintf(name, NAME_SIZE, "%.64s.%s", key, store_kind_words[kind]);
}

/* ---- reading --------------------------------------------------------------- */

int store_get(const struct store *store, enum store_kind kind, const char *key, struct store_file *ret,
	      struct cause *cause)
{
	struct stat st;
	*ret = (struct store_file){};
	cleanup_fd int directory = directory_open(store, &st, cause);
	if (directory < 0)
		return directory == -ENOENT
			       ? cause_set(cause, -EIO, "the store's directory %s is gone", store->directory)
			       : directory;
	char name[NAME_SIZE];
	name_make(name, kind, key);
	const struct store_path path = { .directory = directory,
					 .name = name,
					 .where = store->directory,
					 .owner = store->any_owner ? st.st_uid : 0,
					 .most = store_file_most(kind) };
	cleanup_free char *bytes = NULL;
	size_t size = 0;
	int rc = store_read(&path, &bytes, &size, cause);
	if (rc < 0)
		return rc;
	rc = store_file_parse(bytes, size, ret, cause);
	if (rc == 0 && (ret->kind != kind || strcmp(ret->key, key) != 0)) {
		store_file_clear(ret);
		rc = cause_set(cause, -EBADMSG, "it is another file");
	}
	if (rc < 0)
		return cause_prefix(cause, rc, "%s/%s", store->directory, name);
	/* What it was used for last counts, not who looked into it: access times are often off. */
	if (!store->any_owner)
		(void)utimensat(directory, name, NULL, AT_SYMLINK_NOFOLLOW);
	return 0;
}

/* ---- writing --------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

static int temporary_write(int fd, const struct stat *directory, const void *bytes, size_t size, bool sync)
{
	int rc = write_all(fd, bytes, size);
	if (rc == 0 && sync && fsync(fd) < 0)
		rc = -errno;
	/* root fills the store of another user, who will want to replace and to remove it. */
	if (rc == 0 && geteuid() == 0 && directory->st_uid != 0 && fchown(fd, directory->st_uid, directory->st_gid) < 0)
		rc = -errno;
	return rc;
}

static int file_write(struct store *store, int directory, const struct stat *st, const char *name, const void *bytes,
		      size_t size, bool sync)
{
	char temporary[NAME_SIZE + 48];
	(void)snprintf(temporary, sizeof(temporary), ".%s.%d.%u", name, getpid(), store->n_temporary++);
	cleanup_fd int fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int rc = temporary_write(fd, st, bytes, size, sync);
	if (rc == 0 && renameat(directory, temporary, directory, name) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlinkat(directory, temporary, 0);
	return rc;
}

/* Forget old files if the directory has grown too large. */
static void keep_within(struct store *store, size_t written)
{
	store->bytes += written;
	if (store->max_bytes == 0 ||
	    (store->unmeasured > 0 && --store->unmeasured > 0 && store->bytes <= store->max_bytes))
		return;
	uint64_t files = 0, bytes = 0;
	int rc = store_prune(store, store->max_bytes, &files, &bytes, NULL);
	if (rc == 0 && files > 0) /* some room, or the next file would do it all again */
		rc = store_prune(store, store->max_bytes - store->max_bytes / 8, &files, &bytes, NULL);
	if (rc < 0)
		store->bytes = 0; /* what cannot be removed now is tried again after some more files */
	store->unmeasured = LOOK_AGAIN;
}

int store_put(struct store *store, const struct store_file *file, struct cause *cause)
{
	struct stat st;
	cleanup_fd int directory = directory_open(store, &st, cause);
	if (directory < 0)
		return directory;
	void *bytes = NULL;
	size_t size = 0;
	int rc = store_file_pack(file, &bytes, &size, cause);
	if (rc < 0)
		return rc;
	char name[NAME_SIZE];
	name_make(name, file->kind, file->key);
	/* A gain that a crash of the machine has cut is no loss, and who measures it waits for no disk. */
	rc = file_write(store, directory, &st, name, bytes, size, file->kind != STORE_GAIN);
	free(bytes);
	if (rc < 0)
		return cause_set_errno(cause, rc, "cannot write %s/%s", store->directory, name);
	keep_within(store, size);
	return 0;
}

int store_remove(const struct store *store, enum store_kind kind, const char *key, struct cause *cause)
{
	struct stat st;
	cleanup_fd int directory = directory_open(store, &st, cause);
	if (directory < 0)
		return directory;
	char name[NAME_SIZE];
	name_make(name, kind, key);
	if (unlinkat(directory, name, 0) == 0)
		return 0;
	return errno == ENOENT ? -ENOENT
			       : cause_set_errno(cause, -errno, "cannot remove %s/%s", store->directory, name);
}

/* ---- bans ------------------------------------------------------------------ */

int store_ban_pack(const struct store_ban *ban, struct store_file *ret, struct cause *cause)
{
	*ret = (struct store_file){ .kind = STORE_BAN };
	(void)snprintf(ret->key, sizeof(ret->key), "%s", ban->key);
	if (!digest_is_text(ret->key))
		return cause_set(cause, -EINVAL, "\"%s\" is no key", ban->key);
	ret->record = json_pack("{s:s, s:s, s:s?, s:I}", "reason", ban->word, "name", ban->name, "detail", ban->detail,
				"time", (json_int_t)time(NULL));
	return ret->record ? 0 : cause_set_errno(cause, -ENOMEM, "a ban of %s", ban->name);
}

json_t *store_banned(const struct store *store, const char *key, struct cause *cause)
{
	struct store_file file;
	int r = store_get(store, STORE_BAN, key, &file, cause);
	if (r == -EBADMSG)
		return json_pack("{s:s, s:s, s:s, s:I}", "reason", "quarantined", "name", "?", "detail",
				 "the ban is damaged", "time", (json_int_t)0);
	if (r < 0)
		return NULL;
	json_t *record = json_incref(file.record);
	store_file_clear(&file);
	return record;
}

/* ---- gains ----------------------------------------------------------------- */

int store_gain_pack(const char *key, const char *name, double gain, struct store_file *ret, struct cause *cause)
{
	*ret = (struct store_file){ .kind = STORE_GAIN };
	(void)snprintf(ret->key, sizeof(ret->key), "%s", key);
	if (!digest_is_text(ret->key))
		return cause_set(cause, -EINVAL, "\"%s\" is no key", key);
	ret->record = json_pack("{s:s, s:f, s:I}", "name", name, "gain", gain, "time", (json_int_t)time(NULL));
	return ret->record ? 0 : cause_set_errno(cause, -ENOMEM, "the gain of %s", name);
}

double store_gain(const struct store *store, const char *key)
{
	struct store_file file;
	struct cause cause;
	if (store_get(store, STORE_GAIN, key, &file, &cause) < 0)
		return 0;
	double gain = json_number_value(json_object_get(file.record, "gain"));
	store_file_clear(&file);
	return gain > 0 && gain < MAX_GAIN ? gain : 0;
}

/* ---- all of it -------------------------------------------------------------- */

/* KEY.KIND */
static bool name_read(const char *name, struct store_entry *ret)
{
	const char *dot = strchr(name, '.');
	if (!dot || dot - name != DIGEST_TEXT - 1)
		return false;
	memcpy(ret->key, name, DIGEST_TEXT - 1);
	ret->key[DIGEST_TEXT - 1] = '\0';
	for (int kind = 0; kind < STORE_BUNDLE; kind++) {
		if (strcmp(dot + 1, store_kind_words[kind]) == 0) {
			ret->kind = (enum store_kind)kind;
			return digest_is_text(ret->key);
		}
	}
	return false;
}

/* Bans are small and the last to go: what they forget crashes again. */
static int entry_compare(const void *a, const void *b)
{
	const struct store_entry *x = a, *y = b;
	if ((x->kind == STORE_BAN) != (y->kind == STORE_BAN))
		return x->kind == STORE_BAN ? 1 : -1;
	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* A name of file_write()'s, and nobody writes it any more. */
static bool is_abandoned(const char *name, const struct stat *st)
{
	struct store_entry entry;
	char whole[NAME_SIZE];
	if (name[0] != '.' || strlen(name) >= sizeof(whole))
		return false;
	(void)snprintf(whole, sizeof(whole), "%s", name + 1);
	for (int i = 0; i < 2; i++) {
		char *dot = strrchr(whole, '.');
		if (!dot)
			return false;
		*dot = '\0';
	}
	return name_read(whole, &entry) && time(NULL) - st->st_mtim.tv_sec > TEMPORARY_AGE;
}

static int entry_add(struct store_entry **entries, size_t *n, const struct store_entry *entry)
{
	if ((*n & (*n - 1)) == 0) { /* a power of two: full */
		struct store_entry *more = reallocarray(*entries, *n ? 2 * *n : 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		*entries = more;
	}
	(*entries)[(*n)++] = *entry;
	return 0;
}

static int directory_list(DIR *stream, int directory, bool tidy, struct store_entry **ret, size_t *ret_n)
{
	const struct dirent *dirent;
	while ((dirent = readdir(stream))) {
		struct stat st;
		struct store_entry entry;
		if (fstatat(directory, dirent->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* another process removed it */
		if (tidy && is_abandoned(dirent->d_name, &st))
			(void)unlinkat(directory, dirent->d_name, 0);
		if (!name_read(dirent->d_name, &entry))
			continue;
		entry.size = (uint64_t)st.st_size;
		entry.used = st.st_mtim;
		int rc = entry_add(ret, ret_n, &entry);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int list(const struct store *store, bool tidy, struct store_entry **ret, size_t *ret_n, struct cause *cause)
{
	struct stat st;
	cleanup_fd int directory = directory_open(store, &st, cause);
	if (directory < 0)
		return directory;
	cleanup_fd int own = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *stream = own < 0 ? NULL : fdopendir(own);
	if (!stream)
		return cause_set_errno(cause, -errno, "cannot list the store's directory %s", store->directory);
	(void)steal_fd(&own);
	cleanup_free struct store_entry *entries = NULL;
	*ret_n = 0;
	int rc = directory_list(stream, directory, tidy, &entries, ret_n);
	(void)closedir(stream);
	if (rc < 0)
		return cause_set_errno(cause, rc, "cannot list the store's directory %s", store->directory);
	if (*ret_n)
		qsort(entries, *ret_n, sizeof(*entries), entry_compare);
	*ret = steal_ptr(entries);
	return 0;
}

int store_list(const struct store *store, struct store_entry **ret, size_t *ret_n, struct cause *cause)
{
	return list(store, false, ret, ret_n, cause);
}

int store_prune(struct store *store, uint64_t max_bytes, uint64_t *ret_files, uint64_t *ret_bytes, struct cause *cause)
{
	cleanup_free struct store_entry *entries = NULL;
	size_t n = 0;
	int rc = list(store, true, &entries, &n, cause);
	if (rc < 0)
		return rc;
	*ret_files = *ret_bytes = store->bytes = 0;
	for (size_t i = 0; i < n; i++)
		store->bytes += entries[i].size;
	for (size_t i = 0; i < n && store->bytes > max_bytes; i++) {
		rc = store_remove(store, entries[i].kind, entries[i].key, cause);
		if (rc < 0 && rc != -ENOENT)
			return rc;
		store->bytes -= entries[i].size;
		*ret_bytes += entries[i].size;
		++*ret_files;
	}
	return 0;
}
