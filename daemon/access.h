/* access.h - who may send requests over a Unix socket: users and groups by number. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/cause.h"

struct access {
	uid_t *users;
	gid_t *groups;
	size_t n_users, n_groups; /* both 0: everybody */
};

/* Look the names up (with commas between, or NULL); a number stands for itself.  -EINVAL with cause when one is not
 * known. */
int access_resolve(const char *users, const char *groups, struct access *ret, struct cause *cause)
	__attribute__((warn_unused_result));
void access_clear(struct access *access);

/* One name or number.  -EINVAL with cause. */
int access_user(const char *name, uid_t *ret, struct cause *cause) __attribute__((warn_unused_result));
int access_group(const char *name, gid_t *ret, struct cause *cause) __attribute__((warn_unused_result));
