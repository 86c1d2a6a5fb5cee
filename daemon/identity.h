/* identity.h - the user as whom the application runs, and what a master that is root goes on being allowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cause.h"

struct identity {
	bool is_other; /* than the master's; else the rest is that */
	uid_t user;
	gid_t group;
	gid_t *groups; /* supplementary ones */
	int n_groups;
	char *name, *home; /* of the user; NULL: not known */
};

/* user, group: names or numbers; without a user it is the master's own identity, and without a group the user's first
 * one.  Another user needs a master that is root.  -EINVAL, -EPERM, -ENOMEM with cause. */
int identity_find(const char *user, const char *group, struct identity *ret, struct cause *cause)
	__attribute__((warn_unused_result));
void identity_clear(struct identity *identity);

/* In a new process, before exec: become it, for good: no program that it starts has more privileges.  Sets $HOME, $USER
 * and $LOGNAME.  -errno. */
int identity_assume(const struct identity *identity) __attribute__((warn_unused_result));

/* A directory at path that is the identity's alone, if there is none and the one above is there.  -errno with cause. */
int identity_make_directory(const struct identity *identity, const char *path, struct cause *cause)
	__attribute__((warn_unused_result));

/* Of root's capabilities the master keeps those that it needs to start and end processes of another user, and to make
 * sockets; for good.  Nothing is done if it is not root.  -errno with cause. */
int identity_drop_capabilities(struct cause *cause) __attribute__((warn_unused_result));
