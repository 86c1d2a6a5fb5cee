/* access.c - see access.h */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/access.h"

/* The ids and their counts are the same types for users and groups, so one list does for both. */
_Static_assert(sizeof(uid_t) == sizeof(id_t) && sizeof(gid_t) == sizeof(id_t), "ids are alike");

static int parse_number(const char *name, id_t *ret)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || number >= (id_t)-1)
		return -EINVAL;
	*ret = (id_t)number;
	return 0;
}

int access_user(const char *name, uid_t *ret, struct cause *cause)
{
	if (parse_number(name, ret) == 0)
		return 0;
	const struct passwd *entry = getpwnam(name);
	if (!entry)
		return cause_set(cause, -EINVAL, "there is no user \"%s\"", name);
	*ret = entry->pw_uid;
	return 0;
}

int access_group(const char *name, gid_t *ret, struct cause *cause)
{
	if (parse_number(name, ret) == 0)
		return 0;
	const struct group *entry = getgrnam(name);
	if (!entry)
		return cause_set(cause, -EINVAL, "there is no group \"%s\"", name);
	*ret = entry->gr_gid;
	return 0;
}

static int resolve_list(const char *names, int (*resolve)(const char *, id_t *, struct cause *), id_t **ret,
			size_t *ret_count, struct cause *cause)
{
	cleanup_free char *copy = strdup(names);
	if (!copy)
		return cause_set(cause, -ENOMEM, "out of memory");
	char *rest = copy;
	for (const char *name; (name = strsep(&rest, ","));) {
		id_t *longer = realloc(*ret, (*ret_count + 1) * sizeof(*longer));
		if (!longer)
			return cause_set(cause, -ENOMEM, "out of memory");
		*ret = longer;
		int r = resolve(name, &longer[*ret_count], cause);
		if (r < 0)
			return r;
		++*ret_count;
	}
	return 0;
}

int access_resolve(const char *users, const char *groups, struct access *ret, struct cause *cause)
{
	struct access access = { .users = NULL };
	int r = users ? resolve_list(users, access_user, &access.users, &access.n_users, cause) : 0;
	if (r == 0 && groups)
		r = resolve_list(groups, access_group, &access.groups, &access.n_groups, cause);
	if (r < 0)
		access_clear(&access);
	else
		*ret = access;
	return r;
}

void access_clear(struct access *access)
{
	free(access->users);
	free(access->groups);
	*access = (struct access){ .users = NULL };
}
