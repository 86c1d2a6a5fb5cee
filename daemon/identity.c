/* identity.c - see identity.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/access.h"
#include "daemon/identity.h"

static int find_groups(struct identity *identity, struct cause *cause)
{
	int count = 0;
	if (!identity->name)
		return 0; /* no entry, no groups */
	(void)getgrouplist(identity->name, identity->group, NULL, &count);
	identity->groups = calloc((size_t)count + 1, sizeof(*identity->groups));
	if (!identity->groups)
		return cause_set(cause, -ENOMEM, "out of memory");
	identity->n_groups = count;
	if (getgrouplist(identity->name, identity->group, identity->groups, &identity->n_groups) < 0)
		return cause_set(cause, -EAGAIN, "the groups of user \"%s\" have just changed", identity->name);
	return 0;
}

static int find(const char *user, const char *group, struct identity *identity, struct cause *cause)
{
	int r = access_user(user, &identity->user, cause);
	if (r < 0)
		return r;
	const struct passwd *entry = getpwuid(identity->user);
	identity->group = entry ? entry->pw_gid : (gid_t)identity->user;
	identity->name = entry ? strdup(entry->pw_name) : NULL;
	identity->home = entry ? strdup(entry->pw_dir) : NULL;
	if (entry && (!identity->name || !identity->home))
		return cause_set(cause, -ENOMEM, "out of memory");
	if (!entry && !group)
		return cause_set(cause, -EINVAL, "user %s has no entry, so [server] group must say which group", user);
	r = group ? access_group(group, &identity->group, cause) : 0;
	return r < 0 ? r : find_groups(identity, cause);
}

int identity_find(const char *user, const char *group, struct identity *ret, struct cause *cause)
{
	*ret = (struct identity){ .user = geteuid(), .group = getegid() };
	if (!user)
		return group ? cause_set(cause, -EINVAL, "there is no [server] user to it") : 0;
	struct identity found = { .user = 0 };
	int r = find(user, group, &found, cause);
	found.is_other = r == 0 && (found.user != geteuid() || found.group != getegid());
	if (r == 0 && found.is_other && geteuid() != 0)
		r = cause_set(cause, -EPERM, "only root can start processes of another user");
	if (r < 0 || !found.is_other)
		identity_clear(&found);
	else
		*ret = found;
	return r;
}

void identity_clear(struct identity *identity)
{
	free(identity->groups);
	free(identity->name);
	free(identity->home);
	*identity = (struct identity){ .user = geteuid(), .group = getegid() };
}

int identity_assume(const struct identity *identity)
{
	if (!identity->is_other)
		return 0;
	if (setgroups((size_t)identity->n_groups, identity->groups) < 0 ||
	    setresgid(identity->group, identity->group, identity->group) < 0 ||
	    setresuid(identity->user, identity->user, identity->user) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	const char *const variables[][2] = { { "HOME", identity->home },
					     { "USER", identity->name },
					     { "LOGNAME", identity->name } };
	for (size_t i = 0; i < 3; i++)
		if ((variables[i][1] ? setenv(variables[i][0], variables[i][1], 1) : unsetenv(variables[i][0])) < 0)
			return -errno;
	return 0;
}

int identity_make_directory(const struct identity *identity, const char *path, struct cause *cause)
{
	if (!identity->is_other)
		return 0;
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST || errno == ENOENT
			       ? 0
			       : cause_set_errno(cause, -errno, "%s: cannot make the directory", path);
	/* If the one above is another user's, there may be something else by now. */
	struct stat st;
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || fchown(fd, identity->user, identity->group) < 0)
		return cause_set(cause, -EPERM, "%s: cannot give the directory to the user", path);
	return 0;
}

/* capset(2); there are two words of 32 bits. */
int identity_drop_capabilities(struct cause *cause)
{
	static const int needed[] = {
		CAP_SETUID,
		CAP_SETGID, /* zygotes of another user */
		CAP_KILL,   /* are ended, and so are their workers */
		CAP_CHOWN,
		CAP_FOWNER,           /* socket files belong to whom the configuration says */
		CAP_DAC_OVERRIDE,     /* and lie in directories of others */
		CAP_NET_BIND_SERVICE, /* a reload may bring ports below 1024 */
	};
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (geteuid() != 0)
		return 0;
	if (syscall(SYS_capget, &header, data) < 0)
		return cause_set_errno(cause, -errno, "cannot find out the capabilities");
	uint64_t mask = 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		mask |= UINT64_C(1) << needed[i];
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(mask >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? cause_set_errno(cause, -errno, "cannot drop capabilities") : 0;
}
