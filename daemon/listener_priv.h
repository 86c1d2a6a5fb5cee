/* listener_priv.h - between listener.c and listeners.c. */
#pragma once

#include "daemon/listener.h"

/* What fd listens at, as people write it: the caller's.  -errno. */
int listener_describe(int fd, char **ret) __attribute__((warn_unused_result));

/* Find the owner and group that the address wants, and its mode.  -EINVAL with cause. */
int listener_resolve_owner(const struct address *address, struct listener *listener, struct cause *cause)
	__attribute__((warn_unused_result));

/* Give the file to them.  -errno with cause. */
int listener_chown(const char *path, const struct listener *listener, struct cause *cause)
	__attribute__((warn_unused_result));
