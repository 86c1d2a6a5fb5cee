/* compiler_child.c - a compiler's own process, from the fork to its _exit()
 *
 * Runs with the memory of a zygote: it must not return, not run exit handlers, not flush inherited streams. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "codecache/compiler_jail.h"
#include "codecache/compiler_priv.h"
#include "common/cleanup.h"

enum {
	RESULT_FD = 3,
	NICE = 10,
	EXIT_BROKEN = 111, /* cannot even tell */
};

static const rlim_t MORE_MEMORY = (rlim_t)2 << 30; /* than the zygote has mapped */
static const rlim_t MAX_FILE = (rlim_t)1 << 30;

/* Straight to the descriptor: the inherited stream may hold what its owner has not flushed yet. */
static _Noreturn void die(const char *what)
{
	(void)dprintf(STDERR_FILENO, "%s: %s\n", what, strerrordesc_np(errno));
	_exit(EXIT_BROKEN);
}

static void signals_reset(void)
{
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL); /* EINVAL for those that have no choice */
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors 0 to 2, the result's, and no other one: no socket of the service stays open because of a compiler. */
static void descriptors_reset(const struct compiler_child *child)
{
	/* First out of the way of the numbers that are given out below. */
	int result = fcntl(child->result_fd, F_DUPFD_CLOEXEC, RESULT_FD + 1);
	int messages = fcntl(child->stderr_fd, F_DUPFD_CLOEXEC, RESULT_FD + 1);
	if (result < 0 || messages < 0 || dup2(messages, STDERR_FILENO) < 0)
		_exit(EXIT_BROKEN);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("cannot open /dev/null");
	if (dup3(result, RESULT_FD, O_CLOEXEC) < 0)
		die("cannot keep the result's pipe");
	if (close_range(RESULT_FD + 1, ~0U, 0) < 0)
		die("cannot close descriptors");
}

static void environment_reset(const char *directory)
{
	if (clearenv() != 0 || setenv("PATH", "/usr/bin:/bin", 1) < 0 || setenv("LC_ALL", "C", 1) < 0 ||
	    setenv("TMPDIR", directory, 1) < 0)
		die("cannot set the environment");
	if (chdir(directory) < 0)
		die("cannot go to the temporary directory");
}

/* Bytes that this process has mapped already; a sanitizer's shadow alone is terabytes. */
static rlim_t memory_mapped(void)
{
	unsigned long long pages = 0;
	cleanup_fclose FILE *statm = fopen("/proc/self/statm", "re");
	if (!statm || fscanf(statm, "%llu", &pages) != 1)
		return RLIM_INFINITY;
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, rlim_t value)
{
	struct rlimit now;
	if (getrlimit(what, &now) < 0)
		return;
	if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max)
		value = now.rlim_max;
	(void)setrlimit(what, &(struct rlimit){ value, value });
}

/* Second lines of defence: none of them is worth a compilation when it cannot be had. */
static void limits_set(unsigned timeout_ms, bool urgent)
{
	rlim_t mapped = memory_mapped();
	if (mapped < RLIM_INFINITY - MORE_MEMORY)
		limit(RLIMIT_AS, mapped + MORE_MEMORY);
	limit(RLIMIT_CPU, timeout_ms / 1000 + 2);
	limit(RLIMIT_FSIZE, MAX_FILE);
	limit(RLIMIT_CORE, 0);
	errno = 0;
	if (!urgent && nice(NICE) == -1 && errno != 0)
		errno = 0;
}

static void write_all(const void *bytes, size_t size)
{
	for (const char *p = bytes; size > 0;) {
		ssize_t n = write(RESULT_FD, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("cannot hand over the result");
		p += n;
		size -= (size_t)n;
	}
}

/* Streamed: the text is some times larger than the unit. */
static void hand_over(const json_t *json, const struct unit *unit)
{
	cleanup_free char *text = json_dumps(json, JSON_COMPACT);
	if (!text)
		die("cannot write the result as JSON");
	struct compiler_header header = { .magic = COMPILER_MAGIC,
					  .json_size = strlen(text),
					  .object_size = unit ? unit->object_size : 0 };
	write_all(&header, sizeof(header));
	write_all(text, header.json_size);
	if (unit && unit->object)
		write_all(unit->object, unit->object_size);
}

static void work(const struct compiler_job *job, const char *object_path)
{
	struct cause cause = CAUSE_INIT;
	struct unit *unit = NULL;
	json_t *json = NULL;
	int rc = job->work(object_path, job->data, &unit, &cause);
	if (rc == 0)
		rc = unit_to_json(unit, &json, &cause);
	if (rc < 0) {
		unit = NULL;
		json = json_pack("{s:i, s:s}", "errno", -rc, "cause", cause.text);
		if (!json) /* not UTF-8 */
			json = json_pack("{s:i, s:s}", "errno", -rc, "cause", strerrordesc_np(-rc));
	}
	hand_over(json, unit);
}

void compiler_child_run(const struct compiler_child *child)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)setpgid(0, 0);
	signals_reset();
	descriptors_reset(child);
	environment_reset(child->directory);
	limits_set(child->timeout_ms, child->urgent);
	struct cause cause = CAUSE_INIT;
	if (!child->job->at_large && compiler_jail_enter(child->directory, &cause) < 0) {
		(void)dprintf(STDERR_FILENO, "%s\n", cause.text);
		_exit(EXIT_BROKEN);
	}
	char object_path[4096];
	(void)snprintf(object_path, sizeof(object_path), "%s/unit.o", child->directory);
	work(child->job, object_path);
	_exit(EXIT_SUCCESS);
}
