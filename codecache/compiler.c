/* compiler.c - see compiler.h; this side starts the children and takes their results as untrusted input */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codecache/compiler_priv.h"
#include "common/cleanup.h"
#include "common/compiler_directory.h"
#include "common/clock.h"

/* A running child. */
struct compiler {
	struct compiler_job *job; /* NULL: this place is free */
	pid_t pid;
	int ended_fd, result_fd, stderr_fd; /* pidfd, or the same as result_fd, and the reading ends of the pipes */
	bool has_pidfd;
	ino_t inode; /* of the pipe for the result */
	uint64_t started_us;
	unsigned timeout_ms;
	bool is_killed; /* for its deadline */
	char *directory;
	char *result;
	size_t result_size, result_room;
	size_t stderr_size;
	char stderr_text[COMPILER_MAX_STDERR];
};

/* One epoll set stands for all of them: descriptors of running children, and a timer for the next deadline. */
struct compilers {
	struct compiler_options options;
	pid_t owner;
	int epoll, timer;
	STAILQ_HEAD(, compiler_job) queue;
	size_t n_queued;
	struct compiler places[COMPILER_MAX_CHILDREN];
};

/* Reads in one step: a child that never stops talking must not hold the caller. */
enum { READS_AT_ONCE = 32 };

#define COMPILER_NONE ((struct compiler){ .ended_fd = -1, .result_fd = -1, .stderr_fd = -1 })

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

/* ---- a child's life ---------------------------------------------------------- */

/* Forked processes may have copies of the descriptor, so closing alone does not take it out of the set (epoll(7)). */
static int unwatch(const struct compilers *all, int fd)
{
	if (fd >= 0)
		(void)epoll_ctl(all->epoll, EPOLL_CTL_DEL, fd, NULL);
	return close_fd(fd);
}

static void compiler_clear(const struct compilers *all, struct compiler *c)
{
	c->ended_fd = unwatch(all, c->ended_fd);
	c->result_fd = unwatch(all, c->result_fd);
	c->stderr_fd = unwatch(all, c->stderr_fd);
	if (c->directory)
		compiler_directory_remove(c->directory);
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

/* The child waits until there is a pidfd for it: where SIGCHLD is ignored, nothing is left of one that has ended. */
static void gate_wait(const int gate[2])
{
	char go;
	(void)close(gate[1]); /* so that it ends, too, where the parent dies before */
	while (read(gate[0], &go, 1) < 0 && errno == EINTR)
		;
}

/* Closing would not do, since somebody else's fork may have a copy of the descriptor. */
static void gate_open(int gate)
{
	while (write(gate, "", 1) < 0 && errno == EINTR)
		;
}

/* Valgrind 3.19 and the seccomp filters of old container engines know no pidfd_open().  Then the end of the result is
 * taken for that of the child, which is the only one that can write it, and ends when it has. */
static int watch_end(struct compiler *c, int reading)
{
	c->ended_fd = pidfd_open(c->pid, 0);
	c->has_pidfd = c->ended_fd >= 0;
	if (c->ended_fd < 0 && (errno == ENOSYS || errno == EPERM))
		c->ended_fd = fcntl(reading, F_DUPFD_CLOEXEC, 0);
	return c->ended_fd < 0 ? -errno : 0;
}

/* wait() does not see a child that ends without a signal (clone(2)), which fork() knows nothing of.  What else that
 * does is for other threads. */
static pid_t fork_unseen(void)
{
	return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
}

static int fork_gated(struct compiler *c, const struct compiler_child *child, int reading, const int gate[2])
{
	c->started_us = monotonic_us();
	pid_t pid = child->unseen ? fork_unseen() : fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		gate_wait(gate);
		compiler_child_run(child);
	}
	c->pid = pid;
	(void)setpgid(pid, pid); /* both do it, so that it is done for either */
	int rc = watch_end(c, reading);
	if (rc == 0) {
		gate_open(gate[1]);
		return 0;
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, __WALL);
	return rc;
}

static int fork_child(struct compiler *c, const int result[2], int stderr_fd, const struct compiler_options *options)
{
	int gate[2];
	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	struct compiler_child child = { .job = c->job,
					.directory = c->directory,
					.result_fd = result[1],
					.stderr_fd = stderr_fd,
					.timeout_ms = c->timeout_ms,
					.urgent = options->urgent,
					.unseen = options->unseen };
	int rc = fork_gated(c, &child, result[0], gate);
	pipe_close(gate);
	return rc;
}

static int compiler_watch(const struct compilers *all, const struct compiler *c)
{
	const int watched[] = { c->ended_fd, c->result_fd, c->stderr_fd };
	for (unsigned i = 0; i < 3; i++)
		if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, watched[i], &(struct epoll_event){ .events = EPOLLIN }) < 0)
			return -errno;
	return 0;
}

static void compiler_kill(const struct compiler *c)
{
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL); /* in case it is not in its group yet */
}

static ino_t inode_of(int fd)
{
	struct stat s;
	return fstat(fd, &s) == 0 ? s.st_ino : 0;
}

static int compiler_start(const struct compilers *all, struct compiler *c, struct compiler_job *job)
{
	int result[2] = { -1, -1 }, messages[2] = { -1, -1 };
	c->job = job;
	c->timeout_ms = job->timeout_ms ? job->timeout_ms : all->options.timeout_ms;
	c->directory = compiler_directory_make();
	int rc = c->directory ? 0 : -errno;
	if (rc == 0)
		rc = pipe_open(result);
	if (rc == 0)
		rc = pipe_open(messages);
	if (rc == 0)
		rc = fork_child(c, result, messages[1], &all->options);
	if (rc == 0) {
		c->result_fd = steal_fd(&result[0]);
		c->stderr_fd = steal_fd(&messages[0]);
		c->inode = inode_of(c->result_fd);
		rc = compiler_watch(all, c);
		if (rc < 0) {
			compiler_kill(c);
			(void)waitpid(c->pid, NULL, __WALL);
		}
	}
	if (rc < 0) {
		bool no_memory = rc == -ENOMEM || rc == -EAGAIN;
		job_fail(job, no_memory ? REASON_NO_MEMORY : REASON_COMPILER_FAILED, "cannot start a compiler%s: %s",
			 c->directory ? "" : " (no temporary directory)", strerrordesc_np(-rc));
		compiler_clear(all, c);
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

/* Read what is there now, or some of it; the descriptor is closed at its end. */
static void stderr_read(const struct compilers *all, struct compiler *c)
{
	char text[4096];
	for (int i = 0; i < READS_AT_ONCE && c->stderr_fd >= 0; i++) {
		ssize_t n = read(c->stderr_fd, text, sizeof(text));
		if (n < 0)
			return;
		if (n == 0)
			c->stderr_fd = unwatch(all, c->stderr_fd);
		else if (all->options.show_stderr)
			(void)!write(STDERR_FILENO, text, (size_t)n);
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

static void result_read(const struct compilers *all, struct compiler *c)
{
	for (int i = 0; i < READS_AT_ONCE && c->result_fd >= 0; i++) {
		if (!result_grow(c)) { /* result_check() will find it too long or cut */
			c->result_fd = unwatch(all, c->result_fd);
			return;
		}
		ssize_t n = read(c->result_fd, c->result + c->result_size, c->result_room - c->result_size);
		if (n < 0)
			return;
		if (n == 0)
			c->result_fd = unwatch(all, c->result_fd);
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

static bool is_crash(int status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGABRT ||
	       number == SIGTRAP;
}

static void judge(struct compiler *c, int status)
{
	struct compiler_job *job = c->job;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *death = death_text(status), *said = stderr_text(c);
	bool spoke = said && *said;
	job->crashed = is_crash(status);
	if (c->is_killed)
		job_fail(job, REASON_COMPILER_TIMEOUT, "no result after %u ms", c->timeout_ms);
	else if (death)
		job_fail(job, REASON_COMPILER_FAILED, "%s%s%s", death, spoke ? ": " : "", spoke ? said : "");
	else if (result_check(c, &cause) < 0)
		job_fail(job, REASON_COMPILER_FAILED, "%s%s%s", cause.text, spoke ? ": " : "", spoke ? said : "");
}

/* The child is gone: its pipes hold all that will come. */
static void compiler_end(const struct compilers *all, struct compiler *c)
{
	int status = 0;
	struct compiler_job *job = c->job;
	/* What it started may still run.  The group's number cannot be another one's before the child is waited for. */
	(void)kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &status, __WALL) < 0) {
		if (errno != EINTR) {
			status = 0; /* ECHILD: somebody ignores SIGCHLD; the result tells */
			break;
		}
	}
	result_read(all, c);
	stderr_read(all, c);
	job->elapsed_us = monotonic_us() - c->started_us;
	judge(c, status);
	compiler_clear(all, c);
	if (job->done)
		job->done(job);
}

/* ---- all of them ------------------------------------------------------------- */

static bool has_ended(const struct compiler *c)
{
	struct pollfd ended = { .fd = c->ended_fd, .events = c->has_pidfd ? POLLIN : 0 /* POLLHUP */ };
	return poll(&ended, 1, 0) > 0;
}

/* What happened to a child, and its end by force when its time is over. */
static void compiler_step(const struct compilers *all, struct compiler *c)
{
	bool ended = has_ended(c); /* asked first: what it said before its end is then read below */
	result_read(all, c);
	stderr_read(all, c);
	if (ended) {
		compiler_end(all, c);
	} else if (!c->is_killed && monotonic_us() - c->started_us >= c->timeout_ms * UINT64_C(1000)) {
		c->is_killed = true;
		compiler_kill(c);
	}
}

static void timer_set(const struct compilers *all)
{
	uint64_t next = 0;
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++) {
		const struct compiler *c = &all->places[i];
		uint64_t end = c->started_us + c->timeout_ms * UINT64_C(1000);
		if (c->job && !c->is_killed && (next == 0 || end < next))
			next = end;
	}
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(next / 1000000),
						 .tv_nsec = (long)(next % 1000000) * 1000 } };
	(void)timerfd_settime(all->timer, TFD_TIMER_ABSTIME, &when, NULL); /* 0: off */
}

/* Start what may start; what cannot is at its end. */
static void start_some(struct compilers *all)
{
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN && compilers_running(all) < all->options.children; i++) {
		struct compiler *c = &all->places[i];
		while (!c->job && !STAILQ_EMPTY(&all->queue)) {
			struct compiler_job *job = STAILQ_FIRST(&all->queue);
			STAILQ_REMOVE_HEAD(&all->queue, entry);
			all->n_queued--;
			int r = compiler_start(all, c, job);
			if (r == 0 && job->started)
				job->started(job);
			if (r < 0 && job->done)
				job->done(job);
		}
	}
}

/* A program that runs meanwhile may have closed all descriptors, and have others in their places. */
static bool are_lost(const struct compilers *all)
{
	for (unsigned i = 0; all->options.unseen && i < COMPILER_MAX_CHILDREN; i++) {
		const struct compiler *c = &all->places[i];
		if (c->job && c->result_fd >= 0 && inode_of(c->result_fd) != c->inode)
			return true;
	}
	return false;
}

static void lose(struct compilers *all)
{
	all->epoll = all->timer = -1;
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++) {
		struct compiler *c = &all->places[i];
		if (!c->job)
			continue;
		c->ended_fd = c->result_fd = c->stderr_fd = -1;
		compiler_kill(c);
		compiler_end(all, c);
	}
}

void compilers_step(struct compilers *all)
{
	uint64_t ignored;
	if (are_lost(all)) {
		lose(all);
		return;
	}
	(void)!read(all->timer, &ignored, sizeof(ignored));
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++)
		if (all->places[i].job)
			compiler_step(all, &all->places[i]);
	start_some(all);
	timer_set(all);
}

int compilers_new(const struct compiler_options *options, struct compilers **ret, struct cause *cause)
{
	cleanup(compilers_freep) struct compilers *all = calloc(1, sizeof(*all));
	if (!all)
		return cause_set_errno(cause, -ENOMEM, "compiler processes");
	all->options = *options;
	unsigned children = options->children > COMPILER_MAX_CHILDREN ? COMPILER_MAX_CHILDREN : options->children;
	all->options.children = children ? children : 1;
	all->owner = getpid();
	STAILQ_INIT(&all->queue);
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++)
		all->places[i] = COMPILER_NONE;
	all->timer = -1;
	all->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (all->epoll >= 0)
		all->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct epoll_event event = { .events = EPOLLIN };
	if (all->timer < 0 || epoll_ctl(all->epoll, EPOLL_CTL_ADD, all->timer, &event) < 0)
		return cause_set_errno(cause, -errno, "cannot watch compiler processes");
	*ret = steal_ptr(all);
	return 0;
}

static void compiler_end_by_force(const struct compilers *all, struct compiler *c)
{
	compiler_kill(c);
	(void)waitpid(c->pid, NULL, __WALL);
	compiler_clear(all, c);
}

static void job_give_up(struct compiler_job *job)
{
	job->late = true;
	job_fail(job, REASON_COMPILER_TIMEOUT, "nobody waited for it any longer");
	if (job->done)
		job->done(job);
}

static void give_up(struct compilers *all)
{
	while (!STAILQ_EMPTY(&all->queue)) {
		struct compiler_job *job = STAILQ_FIRST(&all->queue);
		STAILQ_REMOVE_HEAD(&all->queue, entry);
		all->n_queued--;
		job_give_up(job);
	}
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++) {
		struct compiler_job *job = all->places[i].job;
		if (!job)
			continue;
		compiler_end_by_force(all, &all->places[i]);
		job_give_up(job);
	}
}

/* In a forked process the epoll set is the owner's: nothing may be taken out of it. */
static void places_close(struct compilers *all)
{
	bool own = all->owner == getpid();
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++) {
		struct compiler *c = &all->places[i];
		if (!c->job)
			continue;
		if (own) {
			compiler_end_by_force(all, c);
			continue;
		}
		c->ended_fd = close_fd(c->ended_fd);
		c->result_fd = close_fd(c->result_fd);
		c->stderr_fd = close_fd(c->stderr_fd);
		free(c->directory);
		free(c->result);
	}
}

void compilers_free(struct compilers *all)
{
	if (!all)
		return;
	places_close(all);
	all->epoll = close_fd(all->epoll);
	all->timer = close_fd(all->timer);
	free(all);
}

int compilers_fd(const struct compilers *all)
{
	return all->epoll;
}

unsigned compilers_beside_workers(long cpus)
{
	return cpus > 3 ? (unsigned)cpus / 2 : 1;
}

void compilers_add(struct compilers *all, struct compiler_job *job)
{
	STAILQ_INSERT_TAIL(&all->queue, job, entry);
	all->n_queued++;
}

size_t compilers_queued(const struct compilers *all)
{
	return all->n_queued;
}

size_t compilers_running(const struct compilers *all)
{
	size_t running = 0;
	for (unsigned i = 0; i < COMPILER_MAX_CHILDREN; i++)
		running += all->places[i].job != NULL;
	return running;
}

void compiler_run(struct compiler_job *jobs, size_t n, const struct compiler_options *options)
{
	struct cause cause = CAUSE_INIT;
	cleanup(compilers_freep) struct compilers *all = NULL;
	int r = compilers_new(options, &all, &cause);
	for (size_t i = 0; i < n; i++) {
		if (r < 0)
			job_fail(&jobs[i], REASON_COMPILER_FAILED, "%s", cause.text);
		else
			compilers_add(all, &jobs[i]);
	}
	while (r == 0 && compilers_queued(all) + compilers_running(all) > 0) {
		uint64_t now = options->until_us ? monotonic_us() : 0;
		if (options->until_us && now >= options->until_us) {
			give_up(all);
			break;
		}
		compilers_step(all);
		struct pollfd ready = { .fd = all->epoll, .events = POLLIN };
		int wait_ms = options->until_us ? (int)((options->until_us - now) / 1000 % INT_MAX) + 1 : -1;
		if (compilers_running(all) > 0)
			(void)poll(&ready, 1, wait_ms);
	}
}
