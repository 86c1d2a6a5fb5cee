/* compiler_jail.c - see compiler_jail.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "codecache/compiler_jail.h"
#include "common/cleanup.h"

/* Younger than Debian's headers (landlock(7)). */
enum {
	ACCESS_FS_TRUNCATE = 1 << 14, /* from ABI 3 on */
	ACCESS_NET = 1 << 0 | 1 << 1, /* TCP, bind and connect; 4 */
	SCOPES = 1 << 0 | 1 << 1,     /* abstract Unix sockets, and signals to processes outside; 6 */
};

struct ruleset {
	uint64_t fs, net, scoped;
};

static const uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/* What a compiler has no use for.  The network; other processes; and where the kernel was broken into before. */
static const int refused[] = {
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(ptrace),
	SCMP_SYS(kcmp),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(process_madvise),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(mount),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(memfd_secret),
	SCMP_SYS(mq_open),
	SCMP_SYS(shmget),
	SCMP_SYS(shmat),
	SCMP_SYS(msgget),
	SCMP_SYS(semget),
};

/* The version of its interface; -errno. */
static int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return version < 0 ? -errno : (int)version;
}

static int filters_available(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? -errno : 1;
}

static int allow_writing(int ruleset, const char *path, uint64_t access, struct cause *cause)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
	if (fd < 0 || syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return cause_set_errno(cause, -errno, "Landlock: %s", path);
	return 0;
}

static int restrict_files(int version, const char *directory, struct cause *cause)
{
	uint64_t truncate = version >= 3 ? ACCESS_FS_TRUNCATE : 0;
	uint64_t refer = version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
	struct ruleset wanted = { .fs = writing | truncate | refer, .net = ACCESS_NET, .scoped = SCOPES };
	size_t size = version < 4 ? sizeof(uint64_t) : version < 6 ? 2 * sizeof(uint64_t) : sizeof(wanted);
	cleanup_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
	if (ruleset < 0)
		return cause_set_errno(cause, -errno, "Landlock: no ruleset");
	int r = allow_writing(ruleset, directory, wanted.fs, cause);
	if (r == 0)
		r = allow_writing(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE | truncate, cause);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = cause_set_errno(cause, -errno, "Landlock");
	return r;
}

static int restrict_calls(struct cause *cause)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < sizeof(refused) / sizeof(refused[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? cause_set_errno(cause, r, "seccomp") : 0;
}

int compiler_jail_enter(const char *directory, struct cause *cause)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cause_set_errno(cause, -errno, "PR_SET_NO_NEW_PRIVS");
	int version = landlock_version();
	int r = version > 0 ? restrict_files(version, directory, cause) : 0;
	if (r == 0 && filters_available() > 0)
		r = restrict_calls(cause);
	return r;
}

const char *compiler_jail_missing(void)
{
	static char text[256];
	static bool is_known;
	if (is_known)
		return text;
	int files = landlock_version(), calls = filters_available();
	int n = 0;
	if (files < 0)
		n = snprintf(text, sizeof(text), "they can write wherever the daemon can (Landlock: %s)",
			     strerrordesc_np(-files));
	if (calls < 0)
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%sthey can use the network (seccomp: %s)",
			       n ? "; " : "", strerrordesc_np(-calls));
	is_known = true;
	return text;
}
