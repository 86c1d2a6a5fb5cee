/* store_read.h - read a file of which nothing is believed: its kind, owner, mode and size are looked at first. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/cause.h"

struct store_path {
	int directory; /* AT_FDCWD: name is a path */
	const char *name;
	const char *where; /* the directory, for causes; NULL: name says it all */
	uid_t owner;       /* who may have written it, besides root and who we are */
	size_t most;       /* bytes */
};

/* The bytes, the caller's.  -ENOENT: there is none; -EPERM, -EBADMSG or another -errno with cause.  Follows no symlink
 * and waits for no pipe. */
int store_read(const struct store_path *path, char **ret, size_t *ret_size, struct cause *cause)
	__attribute__((warn_unused_result));

/* The mode bits of a file or directory that nobody believes in. */
enum { STORE_OTHERS_MAY_WRITE = 022 };
