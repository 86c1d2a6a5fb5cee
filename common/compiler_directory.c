/* compiler_directory.c - see compiler_directory.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/compiler_directory.h"

#define PREFIX "preforge-compiler-"

enum { OLD = 2 * 60 * 60 }; /* seconds; [jit] compile_timeout is an hour at most */

/* The process' number is for those who clear up after it. */
static char *make_in(const char *parent)
{
	char *path;
	if (asprintf(&path, "%s/" PREFIX "%d-XXXXXX", parent, (int)getpid()) < 0)
		return NULL;
	if (mkdtemp(path))
		return path;
	free(path);
	return NULL;
}

/* $TMPDIR, NULL if it is none that can be used. */
static const char *own_parent(void)
{
	const char *tmpdir = getenv("TMPDIR");
	return tmpdir && tmpdir[0] == '/' && strlen(tmpdir) < PATH_MAX - 64 ? tmpdir : NULL;
}

char *compiler_directory_make(void)
{
	const char *parent = own_parent();
	char *path = parent ? make_in(parent) : NULL;
	return path ? path : make_in("/tmp");
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void compiler_directory_remove(const char *path)
{
	(void)nftw(path, entry_remove, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Whose directory this name is, 0: it is none. */
static int owner_of(const char *name)
{
	int pid, end = 0;
	if (sscanf(name, PREFIX "%d-%n", &pid, &end) != 1 || end == 0 || strlen(name) != (size_t)end + 6 || pid <= 0)
		return 0;
	return pid;
}

/* Its process may be one of another PID namespace, which looks dead from here: hence the age. */
static bool is_abandoned(int parent, const char *name, int owner)
{
	struct stat st;
	return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime > OLD && kill(owner, 0) < 0 && errno == ESRCH;
}

/* Those of this process; 0: those that are abandoned. */
static void remove_some(const char *parent, int wanted)
{
	DIR *all = opendir(parent);
	if (!all)
		return;
	for (const struct dirent *entry; (entry = readdir(all));) {
		int owner = owner_of(entry->d_name);
		char path[PATH_MAX];
		if (owner == 0 || (wanted ? owner != wanted : !is_abandoned(dirfd(all), entry->d_name, owner)))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) < sizeof(path))
			compiler_directory_remove(path);
	}
	(void)closedir(all);
}

void compiler_directory_remove_of(pid_t pid)
{
	if (own_parent())
		remove_some(own_parent(), pid);
	remove_some("/tmp", pid);
}

void compiler_directory_tidy(void)
{
	remove_some(own_parent() ? own_parent() : "/tmp", 0);
}
