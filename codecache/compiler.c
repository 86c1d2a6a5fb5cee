/* compiler.c - see compiler.h; this side starts the children and takes their results as untrusted input */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codecache/compiler_priv.h"
#include "common/cleanup.h"

/* A running child. */
struct compiler {
	struct compiler_job *job; /* NULL: this place is free */
	pid_t pid;
	int ended_fd, result_fd, stderr_fd; /* pidfd and the reading ends of the pipes */
	uint64_t started_us;
	bool is_killed; /* for its deadline */
	char *directory;
	char *result;
	size_t result_size, result_room;
	size_t stderr_size;
	char stderr_text[COMPILER_MAX_STDERR];
};

#define COMPILER_NONE ((struct compiler){ .ended_fd = -1, .result_fd = -1, .stderr_fd = -1 })

static uint64_t now_us(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void compiler_job_clear(struct compiler_job *job)
{
	unit_free(job->unit);
	free(job->detail);
	job->unit = NULL;
	job->detail = NULL;
}

static void __attribute__((format(printf, 3, 4)))
job_fail(struct compiler_job *job, enum reason reason, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	job->reason = reason;
	free(job->detail);
	if (vasprintf(&job->detail, format, ap) < 0)
		job->detail = NULL;
	va_end(ap);
}

/* ---- temporary directories --------------------------------------------------- */

static char *directory_make_in(const char *parent)
{
	char *path;
	if (asprintf(&path, "%s/preforge-compiler-XXXXXX", parent) < 0)
		return NULL;
	if (mkdtemp(path))
		return path;
	free(path);
	return NULL;
}

/* $TMPDIR, else /tmp. */
static char *directory_make(void)
{
	const char *tmpdir = getenv("TMPDIR");
	char *path = tmpdir && tmpdir[0] == '/' && strlen(tmpdir) < PATH_MAX - 64 ? directory_make_in(tmpdir) : NULL;
	return path ? path : directory_make_in("/tmp");
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static void directory_remove(const char *path)
{
	(void)nftw(path, entry_remove, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- a child's life ---------------------------------------------------------- */

static void compiler_clear(struct compiler *c)
{
	c->ended_fd = close_fd(c->ended_fd);
	c->result_fd = close_fd(c->result_fd);
	c->stderr_fd = close_fd(c->stderr_fd);
	if (c->directory)
		directory_remove(c->directory);
	free(c->directory);
	free(c->result);
	*c = COMPILER_NONE;
}

static void pipe_close(int fds[2])
{
	fds[0] = close_fd(fds[0]);
	fds[1] = close_fd(fds[1]);
}

/* The pipe that the parent reads without blocking. */
static int pipe_open(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int fork_child(struct compiler *c, int result_fd, int stderr_fd, const struct compiler_options *options)
{
	c->started_us = now_us();
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		compiler_child_run(&(struct compiler_child){ .job = c->job,
							     .directory = c->directory,
							     .result_fd = result_fd,
							     .stderr_fd = stderr_fd,
							     .timeout_ms = options->timeout_ms,
							     .urgent = options->urgent });
	c->pid = pid;
	(void)setpgid(pid, pid); /* both do it, so that it is done for either */
	c->ended_fd = pidfd_open(pid, 0);
	if (c->ended_fd >= 0)
		return 0;
	int rc = -errno;
	(void)kill(-pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return rc;
}

static int compiler_start(struct compiler *c, struct compiler_job *job, const struct compiler_options *options)
{
	int result[2] = { -1, -1 }, messages[2] = { -1, -1 };
	c->job = job;
	c->directory = directory_make();
	int rc = c->directory ? 0 : -errno;
	if (rc == 0)
		rc = pipe_open(result);
	if (rc == 0)
		rc = pipe_open(messages);
	if (rc == 0)
		rc = fork_child(c, result[1], messages[1], options);
	if (rc == 0) {
		c->result_fd = steal_fd(&result[0]);
		c->stderr_fd = steal_fd(&messages[0]);
	} else {
		job_fail(job, REASON_COMPILER_FAILED, "cannot start a compiler%s: %s",
			 c->directory ? "" : " (no temporary directory)", strerrordesc_np(-rc));
		compiler_clear(c);
	}
	pipe_close(result);
	pipe_close(messages);
	return rc;
}

/* ---- what it says ------------------------------------------------------------ */

/* Keep the last of it. */
static void stderr_keep(struct compiler *c, const char *text, size_t n)
{
	if (n >= sizeof(c->stderr_text)) {
		text += n - sizeof(c->stderr_text);
		n = sizeof(c->stderr_text);
	}
	size_t excess = c->stderr_size + n > sizeof(c->stderr_text) ? c->stderr_size + n - sizeof(c->stderr_text) : 0;
	memmove(c->stderr_text, c->stderr_text + excess, c->stderr_size - excess);
	memcpy(c->stderr_text + c->stderr_size - excess, text, n);
	c->stderr_size += n - excess;
}

/* Read what is there now; the descriptor is closed at its end. */
static void stderr_read(struct compiler *c, bool show)
{
	char text[4096];
	ssize_t n;
	while (c->stderr_fd >= 0 && (n = read(c->stderr_fd, text, sizeof(text))) != -1) {
		if (n == 0)
			c->stderr_fd = close_fd(c->stderr_fd);
		else if (show && write(STDERR_FILENO, text, (size_t)n) < 0)
			show = false;
		stderr_keep(c, text, (size_t)n);
	}
}

static bool result_grow(struct compiler *c)
{
	const size_t most = sizeof(struct compiler_header) + COMPILER_MAX_JSON + UNIT_MAX_OBJECT + 1;
	if (c->result_size < c->result_room)
		return true;
	size_t room = c->result_room ? 2 * c->result_room : 65536;
	if (room > most)
		room = most;
	if (room == c->result_room)
		return false;
	char *larger = realloc(c->result, room);
	if (!larger)
		return false;
	c->result = larger;
	c->result_room = room;
	return true;
}

static void result_read(struct compiler *c)
{
	while (c->result_fd >= 0) {
		if (!result_grow(c)) { /* result_check() will find it too long or cut */
			c->result_fd = close_fd(c->result_fd);
			return;
		}
		ssize_t n = read(c->result_fd, c->result + c->result_size, c->result_room - c->result_size);
		if (n < 0)
			return;
		if (n == 0)
			c->result_fd = close_fd(c->result_fd);
		c->result_size += (size_t)n;
	}
}

/* ---- what became of it ------------------------------------------------------- */

/* What it said last, as a line of printable text; the caller's. */
static char *stderr_text(const struct compiler *c)
{
	char *text = strndup(c->stderr_text, c->stderr_size);
	if (!text)
		return NULL;
	size_t n = strlen(text);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ';';
		else if (*p < ' ' || *p > '~')
			*p = '?';
	return text;
}

/* The JSON text of {"errno":..., "cause":...} instead of a unit. */
static void refusal_take(struct compiler_job *job, const json_t *json)
{
	json_int_t number = json_integer_value(json_object_get(json, "errno"));
	const char *cause = json_string_value(json_object_get(json, "cause"));
	job_fail(job, number == ENOENT ? REASON_NO_COMPILER : REASON_COMPILER_FAILED, "%s",
		 cause && *cause ? cause : "no cause");
}

/* Parse the whole result. */
static int result_check(struct compiler *c, struct cause *cause)
{
	struct compiler_header header;
	if (c->result_size < sizeof(header))
		return cause_set(cause, -EBADMSG, "no result");
	memcpy(&header, c->result, sizeof(header));
	if (memcmp(header.magic, COMPILER_MAGIC, sizeof(header.magic)) != 0 || header.json_size > COMPILER_MAX_JSON ||
	    header.object_size > UNIT_MAX_OBJECT)
		return cause_set(cause, -EBADMSG, "not a result");
	if (c->result_size != sizeof(header) + header.json_size + header.object_size)
		return cause_set(cause, -EBADMSG, "a result of %zu bytes, not %llu", c->result_size,
				 (unsigned long long)(sizeof(header) + header.json_size + header.object_size));
	const char *text = c->result + sizeof(header);
	json_error_t error;
	json_t *json = json_loadb(text, header.json_size, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return cause_set(cause, -EBADMSG, "line %d, column %d: %s", error.line, error.column, error.text);
	int rc = 0;
	if (json_object_get(json, "errno"))
		refusal_take(c->job, json);
	else
		rc = unit_from_json(json, text + header.json_size, header.object_size, &c->job->unit, cause);
	json_decref(json);
	return rc;
}

/* How it died, NULL if it ended well (or nobody knows: SIGCHLD is ignored). */
static char *death_text(int status)
{
	char *text = NULL;
	int n = 0;
	if (WIFSIGNALED(status))
		n = asprintf(&text, "killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		n = asprintf(&text, "exit status %d", WEXITSTATUS(status));
	return n < 0 ? NULL : text;
}

static void judge(struct compiler *c, int status, unsigned timeout_ms)
{
	struct compiler_job *job = c->job;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *death = death_text(status), *said = stderr_text(c);
	bool spoke = said && *said;
	if (c->is_killed)
		job_fail(job, REASON_COMPILER_TIMEOUT, "no result after %u ms", timeout_ms);
	else if (death)
		job_fail(job, REASON_COMPILER_FAILED, "%s%s%s", death, spoke ? ": " : "", spoke ? said : "");
	else if (result_check(c, &cause) < 0)
		job_fail(job, REASON_COMPILER_FAILED, "%s%s%s", cause.text, spoke ? ": " : "", spoke ? said : "");
}

/* The child is gone: its pipes hold all that will come. */
static void compiler_end(struct compiler *c, const struct compiler_options *options)
{
	int status = 0;
	/* What it started may still run.  The group's number cannot be another one's before the child is waited for. */
	(void)kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = 0; /* ECHILD: somebody ignores SIGCHLD; the result tells */
			break;
		}
	}
	result_read(c);
	stderr_read(c, options->show_stderr);
	c->job->elapsed_us = now_us() - c->started_us;
	judge(c, status, options->timeout_ms);
	compiler_clear(c);
}

/* ---- all of them ------------------------------------------------------------- */

/* Until the deadline, rounded up so that poll() does not spin; kill who is over it. */
static int deadline_ms(struct compiler *c, unsigned timeout_ms)
{
	if (c->is_killed)
		return -1;
	uint64_t elapsed_ms = (now_us() - c->started_us) / 1000;
	if (elapsed_ms < timeout_ms)
		return timeout_ms - elapsed_ms < INT_MAX ? (int)(timeout_ms - elapsed_ms) + 1 : INT_MAX;
	c->is_killed = true;
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL); /* in case it is not in its group yet */
	return -1;
}

/* Wait until something happens to one of them. */
static void compilers_wait(struct compiler *compilers, unsigned n, const struct compiler_options *options)
{
	struct pollfd fds[3 * COMPILER_MAX_CHILDREN];
	int timeout = -1;
	for (unsigned i = 0; i < n; i++) {
		struct compiler *c = &compilers[i];
		const int watched[] = { c->ended_fd, c->result_fd, c->stderr_fd };
		for (unsigned k = 0; k < 3; k++)
			fds[3 * i + k] = (struct pollfd){ .fd = watched[k], .events = POLLIN };
		int left = c->job ? deadline_ms(c, options->timeout_ms) : -1;
		if (left >= 0 && (timeout < 0 || left < timeout))
			timeout = left;
	}
	if (poll(fds, 3 * n, timeout) < 0)
		return; /* EINTR */
	for (unsigned i = 0; i < n; i++) {
		if (!compilers[i].job)
			continue;
		result_read(&compilers[i]);
		stderr_read(&compilers[i], options->show_stderr);
		if (fds[3 * i].revents)
			compiler_end(&compilers[i], options);
	}
}

static unsigned compilers_running(const struct compiler *compilers, unsigned n)
{
	unsigned running = 0;
	for (unsigned i = 0; i < n; i++)
		running += compilers[i].job != NULL;
	return running;
}

void compiler_run(struct compiler_job *jobs, size_t n, const struct compiler_options *options)
{
	unsigned places = options->children < 1 ? 1 : options->children;
	if (places > COMPILER_MAX_CHILDREN)
		places = COMPILER_MAX_CHILDREN;
	cleanup_free struct compiler *compilers = calloc(places, sizeof(*compilers));
	for (size_t i = 0; !compilers && i < n; i++)
		job_fail(&jobs[i], REASON_COMPILER_FAILED, "no memory");
	if (!compilers)
		return;
	for (unsigned i = 0; i < places; i++)
		compilers[i] = COMPILER_NONE;

	size_t next = 0;
	while (next < n || compilers_running(compilers, places) > 0) {
		for (unsigned i = 0; i < places && next < n; i++)
			while (!compilers[i].job && next < n)
				(void)compiler_start(&compilers[i], &jobs[next++], options);
		if (compilers_running(compilers, places) > 0)
			compilers_wait(compilers, places, options);
	}
}
