/* store_read.c - see store_read.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecache/store_read.h"
#include "common/cleanup.h"

struct shown {
	char text[PATH_MAX];
};

static struct shown shown(const struct store_path *path)
{
	struct shown s;
	(void)snprintf(s.text, sizeof(s.text), "%s%s%s", path->where ? path->where : "", path->where ? "/" : "",
		       path->name);
	return s;
}

static int file_check(const struct store_path *path, const struct stat *st, struct cause *cause)
{
	struct shown name = shown(path);
	if (!S_ISREG(st->st_mode))
		return cause_set(cause, -EPERM, "%s is no regular file", name.text);
	if (st->st_uid != 0 && st->st_uid != geteuid() && st->st_uid != path->owner)
		return cause_set(cause, -EPERM, "%s belongs to user %u", name.text, st->st_uid);
	if (st->st_mode & STORE_OTHERS_MAY_WRITE)
		return cause_set(cause, -EPERM, "others may write to %s (mode %03o)", name.text, st->st_mode & 0777);
	if (st->st_size < 0 || (size_t)st->st_size > path->most)
		return cause_set(cause, -EBADMSG, "%s has %lld bytes", name.text, (long long)st->st_size);
	return 0;
}

/* Exactly size bytes. */
static int read_all(int fd, char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = read(fd, bytes + at, size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		at += (size_t)n;
	}
	return 0;
}

int store_read(const struct store_path *path, char **ret, size_t *ret_size, struct cause *cause)
{
	cleanup_fd int fd =
		openat(path->directory, path->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return cause_set_errno(cause, -errno, "%s", shown(path).text);
	int rc = file_check(path, &st, cause);
	if (rc < 0)
		return rc;
	cleanup_free char *bytes = malloc((size_t)st.st_size + 1);
	rc = bytes ? read_all(fd, bytes, (size_t)st.st_size) : -ENOMEM;
	if (rc < 0)
		return cause_set_errno(cause, rc, "%s", shown(path).text);
	*ret = steal_ptr(bytes);
	*ret_size = (size_t)st.st_size;
	return 0;
}
