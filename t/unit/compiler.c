/* compiler.c - compilations that end well, fail, crash, hang and lie */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/compiler.h"
#include "common/cleanup.h"
#include "common/compiler_directory.h"

/* Fails a child: its status and what it says come back as the job's detail. */
#define require(condition)                                                        \
	do {                                                                      \
		if (!(condition)) {                                               \
			(void)dprintf(STDERR_FILENO, "not so: %s\n", #condition); \
			_exit(1);                                                 \
		}                                                                 \
	} while (0)

static struct unit *unit_refusing(const char *name)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	require(unit);
	unit->n_functions = 1;
	unit->functions = calloc(1, sizeof(unit->functions[0]));
	require(unit->functions);
	unit->functions[0].name = strdup(name);
	unit->functions[0].reason = REASON_NO_GAIN;
	return unit;
}

static int work_well(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)cause;
	*ret = unit_refusing(data);
	return 0;
}

static void run_one(struct compiler_job *job, unsigned timeout_ms)
{
	compiler_run(job, 1, &(struct compiler_options){ .children = 1, .timeout_ms = timeout_ms });
}

static void assert_failed(struct compiler_job *job, enum reason reason, const char *detail)
{
	if (!job->detail || strcmp(job->detail, detail) != 0)
		fail_msg("\"%s\", not \"%s\"", job->detail ? job->detail : "(null)", detail);
	assert_null(job->unit);
	assert_int_equal(job->reason, reason);
	compiler_job_clear(job);
}

static void test_many(void **state)
{
	(void)state;
	static char names[5][2] = { "a", "b", "c", "d", "e" };
	struct compiler_job jobs[5];
	for (int i = 0; i < 5; i++)
		jobs[i] = (struct compiler_job){ .work = work_well, .data = names[i] };
	compiler_run(jobs, 5, &(struct compiler_options){ .children = 2, .timeout_ms = 60000 });
	for (int i = 0; i < 5; i++) {
		if (!jobs[i].unit)
			fail_msg("%s", jobs[i].detail);
		assert_string_equal(jobs[i].unit->functions[0].name, names[i]);
		assert_true(jobs[i].elapsed_us > 0);
		compiler_job_clear(&jobs[i]);
	}
	compiler_run(NULL, 0, &(struct compiler_options){ .children = 2, .timeout_ms = 60000 });
}

static unsigned running, most_running;

static void on_started(struct compiler_job *job)
{
	(void)job;
	running++;
	most_running = running > most_running ? running : most_running;
}

static void on_done(struct compiler_job *job)
{
	(void)job;
	running--;
}

/* No more children at a time than are wanted, and no less. */
static void test_at_a_time(void **state)
{
	(void)state;
	struct compiler_job jobs[12];
	for (unsigned children = 1; children <= 3; children++) {
		for (int i = 0; i < 12; i++)
			jobs[i] = (struct compiler_job){
				.work = work_well, .data = "x", .started = on_started, .done = on_done
			};
		most_running = 0;
		compiler_run(jobs, 12, &(struct compiler_options){ .children = children, .timeout_ms = 60000 });
		assert_int_equal(most_running, children);
		assert_int_equal(running, 0);
		for (int i = 0; i < 12; i++)
			compiler_job_clear(&jobs[i]);
	}
}

static void test_beside_workers(void **state)
{
	(void)state;
	const unsigned expected[] = { 1, 1, 1, 1, 2, 2, 3, 3, 4 };
	for (unsigned cpus = 0; cpus < 9; cpus++)
		assert_int_equal(compilers_beside_workers(cpus), expected[cpus]);
	assert_int_equal(compilers_beside_workers(-1), 1);
}

static int work_large(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)cause;
	struct unit *unit = unit_refusing("large");
	struct unit_function *f = &unit->functions[0];
	f->reason = REASON_NONE;
	f->symbol = strdup("large");
	f->n_exits = 1;
	f->exits = calloc(1, sizeof(f->exits[0]));
	require(f->exits);
	f->exits[0].frame.code = UINT32_MAX;
	unit->object_size = *(size_t *)data;
	unit->object = malloc(unit->object_size);
	require(unit->object);
	memset(unit->object, 'o', unit->object_size);
	require(strstr(path, "/preforge-compiler-") && strstr(path, "/unit.o"));
	*ret = unit;
	return 0;
}

static void test_large_object(void **state)
{
	(void)state;
	size_t size = 5000000;
	struct compiler_job job = { .work = work_large, .data = &size };
	run_one(&job, 60000);
	if (!job.unit)
		fail_msg("%s", job.detail);
	assert_int_equal(job.unit->object_size, size);
	assert_int_equal(((char *)job.unit->object)[size - 1], 'o');
	compiler_job_clear(&job);
}

static int work_refuses(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)ret;
	return cause_set(cause, *(int *)data, "libgccjit has a bad day");
}

static void test_refusal(void **state)
{
	(void)state;
	int number = -EIO;
	struct compiler_job job = { .work = work_refuses, .data = &number };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "libgccjit has a bad day");
	number = -ENOENT;
	run_one(&job, 60000);
	assert_failed(&job, REASON_NO_COMPILER, "libgccjit has a bad day");
}

static int work_dies(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)ret;
	(void)cause;
	(void)dprintf(STDERR_FILENO, "in function \x80oops\nlast words\n\n");
	if (*(int *)data == 0)
		_exit(7);
	(void)raise(*(int *)data);
	return 0;
}

static void test_death(void **state)
{
	(void)state;
	int how = SIGKILL;
	struct compiler_job job = { .work = work_dies, .data = &how };
	run_one(&job, 60000);
	assert_false(job.crashed); /* somebody has killed it */
	assert_failed(&job, REASON_COMPILER_FAILED, "killed by SIGKILL: in function ?oops;last words");
	how = SIGSEGV;
	run_one(&job, 60000);
	assert_true(job.crashed);
	assert_failed(&job, REASON_COMPILER_FAILED, "killed by SIGSEGV: in function ?oops;last words");
	how = 0;
	run_one(&job, 60000);
	assert_false(job.crashed);
	assert_failed(&job, REASON_COMPILER_FAILED, "exit status 7: in function ?oops;last words");
}

static int work_chatters(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)data;
	(void)ret;
	(void)cause;
	for (int i = 0; i < 30000; i++)
		(void)dprintf(STDERR_FILENO, "chatter %d\n", i);
	_exit(1);
}

static void test_long_stderr(void **state)
{
	(void)state;
	struct compiler_job job = { .work = work_chatters };
	run_one(&job, 60000);
	assert_int_equal(job.reason, REASON_COMPILER_FAILED);
	size_t size = strlen(job.detail);
	assert_in_range(size, 8000, 8300);
	assert_string_equal(job.detail + size - 13, "chatter 29999");
	compiler_job_clear(&job);
}

/* What gcc's driver does: it starts a program, which keeps the pipes open. */
static int work_hangs(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)data;
	(void)ret;
	(void)cause;
	(void)fork();
	for (;;)
		(void)pause();
	return 0;
}

static void test_timeout(void **state)
{
	(void)state;
	/* The program that the child started becomes ours, so that its end can be seen. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	struct compiler_job jobs[2] = { { .work = work_hangs }, { .work = work_well, .data = "b" } };
	compiler_run(jobs, 2, &(struct compiler_options){ .children = 2, .timeout_ms = 2000 });
	assert_in_range(jobs[0].elapsed_us, 2000000, 60000000);
	assert_failed(&jobs[0], REASON_COMPILER_TIMEOUT, "no result after 2000 ms");
	if (!jobs[1].unit)
		fail_msg("%s", jobs[1].detail);
	compiler_job_clear(&jobs[1]);

	(void)alarm(30); /* instead of waiting for ever for one that lives */
	int status = 0;
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(waitpid(-1, &status, 0) < 0 && errno == ECHILD);
	(void)alarm(0);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

struct lie {
	const char *bytes;
	size_t size;
};

static void test_own_timeout(void **state)
{
	(void)state;
	struct compiler_job job = { .work = work_hangs, .timeout_ms = 500 };
	run_one(&job, 60000);
	assert_false(job.late);
	assert_failed(&job, REASON_COMPILER_TIMEOUT, "no result after 500 ms");
}

/* One runs and one waits, and then nobody waits for either. */
static void test_given_up(void **state)
{
	(void)state;
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	struct compiler_job jobs[2] = { { .work = work_hangs }, { .work = work_well, .data = "b" } };
	struct compiler_options options = { .children = 1,
					    .timeout_ms = 60000,
					    .until_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 +
							300000 };
	for (unsigned round = 0; round < 2; round++) {
		compiler_run(jobs, 2, &options);
		for (unsigned i = 0; i < 2; i++) {
			assert_true(jobs[i].late);
			assert_failed(&jobs[i], REASON_COMPILER_TIMEOUT, "nobody waited for it any longer");
			jobs[i].late = false;
		}
	}
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static int work_lies(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)path;
	(void)ret;
	(void)cause;
	const struct lie *lie = data;
	require(write(3, lie->bytes, lie->size) == (ssize_t)lie->size);
	_exit(0);
}

static void test_lies(void **state)
{
	(void)state;
	struct compiler_job job = { .work = work_lies, .data = &(struct lie){ "", 0 } };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "no result");
	job.data = &(struct lie){ "PFUNIT2\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x", 25 };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "not a result");
	job.data = &(struct lie){ "PFUNIT1\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{", 25 };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "a result of 25 bytes, not 26");
	job.data = &(struct lie){ "PFUNIT1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{", 25 };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "line 1, column 1: string or '}' expected near end of file");
	job.data = &(struct lie){ "PFUNIT1\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{}", 26 };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "a bad unit: format is not an integer");
	job.data = &(struct lie){ "PFUNIT1\0\2\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377{}", 26 };
	run_one(&job, 60000);
	assert_failed(&job, REASON_COMPILER_FAILED, "not a result");
}

/* Valgrind has descriptors of its own, beyond those that a program can have. */
static bool on_valgrind;

static void descriptors_require(void)
{
	DIR *dir = opendir("/proc/self/fd");
	require(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		int fd = atoi(entry->d_name);
		require(entry->d_name[0] == '.' || fd <= 3 || fd == dirfd(dir) || (on_valgrind && fd > 255));
	}
	(void)closedir(dir);
	struct stat st;
	char text[8];
	require(read(STDIN_FILENO, text, sizeof(text)) == 0);
	require(fstat(STDERR_FILENO, &st) == 0 && S_ISFIFO(st.st_mode));
	require(fstat(3, &st) == 0 && S_ISFIFO(st.st_mode));
	require(fcntl(3, F_GETFD) == FD_CLOEXEC);
}

static void limits_require(void)
{
	struct rlimit core, cpu;
	require(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0);
	require(getrlimit(RLIMIT_CPU, &cpu) == 0 && cpu.rlim_cur == 60 + 2);
	void *much = mmap(NULL, (size_t)3 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	require(much == MAP_FAILED && errno == ENOMEM);
}

static int work_looks_around(const char *path, void *data, struct unit **ret, struct cause *cause)
{
	(void)cause;
	descriptors_require();
	require(strcmp(getenv("PATH"), "/usr/bin:/bin") == 0 && strcmp(getenv("LC_ALL"), "C") == 0);
	require(!getenv("HOME") && !getenv("LD_PRELOAD"));
	const char *directory = getenv("TMPDIR");
	struct stat st;
	require(stat(directory, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == geteuid());
	require(strncmp(path, directory, strlen(directory)) == 0);
	require(mkdir("sub", 0700) == 0);
	int fd = open("sub/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	require(fd >= 0 && symlink("/etc", "link") == 0);
	require(getpriority(PRIO_PROCESS, 0) >= 10);
	require(getpgrp() == getpid());
	limits_require();
	struct sigaction action;
	require(sigaction(SIGTERM, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
	sigset_t mask;
	require(sigprocmask(SIG_SETMASK, NULL, &mask) == 0 && !sigismember(&mask, SIGTERM));
	(void)data;
	*ret = unit_refusing(directory);
	return 0;
}

static void on_signal(int number)
{
	(void)number;
}

static void test_surroundings(void **state)
{
	(void)state;
	int sockets[2];
	assert_int_equal(pipe(sockets), 0); /* not CLOEXEC: a service's socket */
	(void)signal(SIGTERM, on_signal);
	sigset_t mask, before;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &mask, &before);
	struct compiler_job job = { .work = work_looks_around };
	run_one(&job, 60000);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)close(sockets[0]);
	(void)close(sockets[1]);
	if (!job.unit)
		fail_msg("%s", job.detail);
	/* The directory is gone with all that was in it, and the link's target is not. */
	assert_true(access(job.unit->functions[0].name, F_OK) < 0 && errno == ENOENT);
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	compiler_job_clear(&job);
}

/* What fork() does before it returns, when the next test wants it. */
static struct {
	bool wanted;
	_Atomic pid_t child; /* in shared memory, that of the last fork */
} * late;

/* R, S, Z ... of proc(5); 0: it is gone. */
static char process_state(pid_t pid)
{
	char path[64], state = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *stat = fopen(path, "re");
	if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (stat)
		(void)fclose(stat);
	return state;
}

static void late_in_child(void)
{
	if (late && late->wanted)
		late->child = getpid();
}

/* Everything that the child does without its parent is done before the parent goes on. */
static void late_in_parent(void)
{
	if (!late || !late->wanted)
		return;
	while (!late->child)
		(void)sched_yield();
	for (char state = 'R'; state && state != 'S'; state = process_state(late->child))
		(void)sched_yield();
	late->child = 0;
}

/* Then the kernel forgets a child when it ends, however soon that is. */
static void test_sigchld_ignored(void **state)
{
	(void)state;
	late = mmap(NULL, sizeof(*late), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(late != MAP_FAILED);
	assert_int_equal(pthread_atfork(NULL, late_in_parent, late_in_child), 0);
	(void)signal(SIGCHLD, SIG_IGN);
	late->wanted = true;
	struct compiler_job job = { .work = work_well, .data = "x" };
	run_one(&job, 60000);
	late->wanted = false;
	(void)signal(SIGCHLD, SIG_DFL);
	if (!job.unit)
		fail_msg("%s", job.detail);
	compiler_job_clear(&job);
}

/* What pidfd_open() does instead, when a test wants it. */
static enum { PIDFD_WORKS, PIDFD_IS_MISSING, PIDFD_KILLS } pidfd_mode;

int pidfd_open(pid_t pid, unsigned flags)
{
	if (pidfd_mode == PIDFD_WORKS)
		return (int)syscall(SYS_pidfd_open, pid, flags);
	if (pidfd_mode == PIDFD_KILLS)
		(void)raise(SIGKILL);
	errno = ENOSYS;
	return -1;
}

static void test_without_pidfd(void **state)
{
	pidfd_mode = PIDFD_IS_MISSING;
	test_many(state);
	test_large_object(state);
	test_death(state);
	test_lies(state);
	test_own_timeout(state);
	pidfd_mode = PIDFD_WORKS;
}

/* A zygote that is killed when its child has not been let through the gate yet: the child must not wait there. */
static void test_killed_at_the_gate(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pidfd_mode = PIDFD_KILLS;
		struct compiler_job job = { .work = work_well, .data = "x" };
		run_one(&job, 60000);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)alarm(30); /* instead of waiting for ever for one that lives */
	assert_true(waitpid(-1, &status, 0) > 0);
	(void)alarm(0);
	assert_true(waitpid(-1, &status, 0) < 0 && errno == ECHILD);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static void test_tmpdir(void **state)
{
	(void)state;
	struct compiler_job job = { .work = work_looks_around };
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0); /* falls back on /tmp */
	run_one(&job, 60000);
	(void)unsetenv("TMPDIR");
	if (!job.unit)
		fail_msg("%s", job.detail);
	assert_non_null(strstr(job.unit->functions[0].name, "/tmp/preforge-compiler-"));
	compiler_job_clear(&job);
}

static void directory_age(const char *path, time_t age)
{
	const struct timespec then = { .tv_sec = time(NULL) - age };
	assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){ then, then }, 0), 0);
}

/* What somebody has left who is gone, and no other one. */
static void test_tidy(void **state)
{
	(void)state;
	char parent[] = "/tmp/preforge-tidy-XXXXXX", dead[64], file[80], young[64], alive[64], other[64];
	assert_non_null(mkdtemp(parent));
	assert_int_equal(setenv("TMPDIR", parent, 1), 0);
	pid_t pid = fork(); /* a number that nobody has any more */
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)snprintf(dead, sizeof(dead), "%s/preforge-compiler-%d-aaaaaa", parent, (int)pid);
	(void)snprintf(file, sizeof(file), "%s/unit.o", dead);
	(void)snprintf(young, sizeof(young), "%s/preforge-compiler-%d-bbbbbb", parent, (int)pid);
	(void)snprintf(alive, sizeof(alive), "%s/preforge-compiler-%d-cccccc", parent, (int)getpid());
	(void)snprintf(other, sizeof(other), "%s/preforge-compiler-of-me", parent);
	const char *const all[] = { dead, young, alive, other };
	for (int i = 0; i < 4; i++)
		assert_int_equal(mkdir(all[i], 0700), 0);
	cleanup_fd int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	directory_age(dead, 3 * 60 * 60);
	directory_age(alive, 3 * 60 * 60);
	directory_age(other, 3 * 60 * 60);
	compiler_directory_tidy();
	assert_int_equal(access(dead, F_OK), -1);
	for (int i = 1; i < 4; i++)
		assert_int_equal(rmdir(all[i]), 0);
	(void)unsetenv("TMPDIR");
	assert_int_equal(rmdir(parent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_at_a_time),
		cmocka_unit_test(test_beside_workers),
		cmocka_unit_test(test_large_object),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_long_stderr),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_own_timeout),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_sigchld_ignored),
		cmocka_unit_test(test_without_pidfd),
		cmocka_unit_test(test_killed_at_the_gate),
		cmocka_unit_test(test_tmpdir),
		cmocka_unit_test(test_tidy),
	};
	const char *preload = getenv("LD_PRELOAD");
	on_valgrind = preload && strstr(preload, "vgpreload");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
