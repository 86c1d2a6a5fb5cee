/* zygote_proc.c - see zygote_proc.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/channel.h"
#include "common/cleanup.h"
#include "daemon/zygote_proc.h"

enum { STACK_SIZE = 1 << 30, DESCRIPTORS = 1 << 20 };

struct question {
	struct question *next;
	json_int_t id;
	struct zygote_proc *zygote;
	sd_event_source *timer;
	zygote_answer_t answer;
	void *userdata;
};

struct zygote_proc {
	sd_event *event;
	struct channel *channel; /* NULL once it is lost */
	pid_t pid;
	json_int_t last_id;
	struct question *questions;
	const struct zygote_handlers *handlers;
	void *userdata;
};

/* ---- questions ---- */

/* Take a question out of the list, answer it, and be done with it. */
static void question_close(struct question *question, json_t *result)
{
	struct question **link = &question->zygote->questions;
	while (*link != question)
		link = &(*link)->next;
	*link = question->next;
	question->timer = sd_event_source_disable_unref(question->timer);
	question->answer(result, question->userdata);
	free(question);
}

static int question_on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	question_close(userdata, NULL);
	return 0;
}

void zygote_ask(struct zygote_proc *zygote, const char *op, uint64_t timeout_us, zygote_answer_t answer, void *userdata)
{
	zygote_ask_with(zygote, op, NULL, timeout_us, answer, userdata);
}

void zygote_ask_with(struct zygote_proc *zygote, const char *op, json_t *params, uint64_t timeout_us,
		     zygote_answer_t answer, void *userdata)
{
	struct question *question = zygote && zygote->channel ? calloc(1, sizeof(*question)) : NULL;
	if (!question) {
		answer(NULL, userdata);
		return;
	}
	*question = (struct question){
		.next = zygote->questions,
		.id = ++zygote->last_id,
		.zygote = zygote,
		.answer = answer,
		.userdata = userdata,
	};
	zygote->questions = question;
	int r = sd_event_add_time_relative(zygote->event, &question->timer, CLOCK_MONOTONIC, timeout_us, 0,
					   question_on_timeout, question);
	if (r >= 0)
		r = channel_send_new(zygote->channel,
				     json_pack("{s:s, s:I, s:O*}", "op", op, "id", question->id, "params", params));
	if (r < 0)
		question_close(question, NULL);
}

static void on_reply(struct zygote_proc *zygote, json_t *message)
{
	json_int_t id = json_integer_value(json_object_get(message, "id"));
	for (struct question *question = zygote->questions; question; question = question->next) {
		if (question->id == id) {
			question_close(question, json_object_get(message, "result"));
			return;
		}
	}
	/* Else it comes too late. */
}

/* ---- the channel ---- */

static void on_message(struct channel *channel, json_t *message, void *userdata)
{
	(void)channel;
	struct zygote_proc *zygote = userdata;
	const char *name = json_string_value(json_object_get(message, "event"));
	if (name && strcmp(name, "reply") == 0)
		on_reply(zygote, message);
	else
		zygote->handlers->event(name ? name : "", message, zygote->userdata);
}

static void on_closed(struct channel *channel, int result, const char *cause, void *userdata)
{
	(void)channel;
	struct zygote_proc *zygote = userdata;
	zygote->handlers->lost(result, cause, zygote->userdata);
}

static const struct channel_handlers channel_handlers = { .message = on_message, .closed = on_closed };

/* ---- the process ---- */

/* $PREFORGE_ZYGOTE names another program, which is for tests of the master. */
int zygote_find_program(char path[static PATH_MAX], struct cause *cause)
{
	const char *chosen = getenv("PREFORGE_ZYGOTE");
	if (chosen && *chosen) {
		(void)snprintf(path, PATH_MAX, "%s", chosen);
		return 0;
	}
	static const char name[] = "preforge-zygote";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name) - 1);
	char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
	if (slash) {
		(void)strcpy(slash + 1, name);
		if (access(path, X_OK) == 0)
			return 0;
	}
	(void)snprintf(path, PATH_MAX, "%s/%s", PKGLIBEXECDIR, name);
	return access(path, X_OK) == 0 ? 0 : cause_set_errno(cause, -errno, "%s", path);
}

/* Python frames that call each other through C use the C stack: recursion shall end in a RecursionError. */
static void raise_stack_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		return;
	rlim_t wanted = limit.rlim_max < STACK_SIZE ? limit.rlim_max : STACK_SIZE;
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	(void)setrlimit(RLIMIT_STACK, &limit); /* it runs with less, too */
}

/* Workers have a descriptor for each connection.  The usual soft limit, 1024, is for programs that select(2). */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	rlim_t wanted = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* workers say when they have too few */
}

/* In the child: become the zygote, or write the errno to report. */
static _Noreturn void become(const char *path, const struct identity *identity, int channel, const int *fds,
			     size_t count, int report)
{
	/* sd-event blocks the signals that it watches.  A ^C at the terminal reaches the whole process group, but it is
	 * for the master to say what happens: SIGINT stays ignored across exec. */
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGINT, SIG_IGN);
	raise_stack_limit();
	raise_descriptor_limit();
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_PID");
	(void)unsetenv("WATCHDOG_USEC");

	char option[32];
	(void)snprintf(option, sizeof(option), "--channel=%d", channel);
	(void)close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC); /* also what our starter left open */
	bool inherited = fcntl(channel, F_SETFD, 0) == 0;
	for (size_t i = 0; i < count; i++)
		inherited = inherited && fcntl(fds[i], F_SETFD, 0) == 0;
	int r = identity_assume(identity);
	if (inherited && r == 0)
		(void)execv(path, (char *[]){ "preforge-zygote", option, NULL });
	int error = r < 0 ? -r : errno;
	ssize_t n = write(report, &error, sizeof(error));
	_exit(n == sizeof(error) ? 127 : 126);
}

static int spawn(const char *path, const struct identity *identity, int channel, const int *fds, size_t count,
		 pid_t *ret, struct cause *cause)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return cause_set_errno(cause, -errno, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0)
		become(path, identity, channel, fds, count, report[1]);
	int r = pid < 0 ? -errno : 0, error = 0;
	(void)close_fd(report[1]);
	cleanup_fd int reading = report[0];
	if (r < 0)
		return cause_set_errno(cause, r, "cannot start a process");
	ssize_t n;
	do
		n = read(reading, &error, sizeof(error)); /* closed by a successful exec */
	while (n < 0 && errno == EINTR);
	if (n == sizeof(error))
		return cause_set_errno(cause, -error, "cannot run %s", path);
	*ret = pid;
	return 0;
}

int zygote_start(sd_event *event, const struct identity *identity, const int *fds, size_t count, json_t *start,
		 const struct zygote_handlers *handlers, void *userdata, struct zygote_proc **ret, struct cause *cause)
{
	char path[PATH_MAX];
	int pair[2];
	cleanup_fd int theirs = -1;
	int r = zygote_find_program(path, cause);
	if (r < 0)
		return cause_prefix(cause, r, "cannot find the zygote's program");
	struct zygote_proc *zygote = calloc(1, sizeof(*zygote));
	if (!zygote)
		return cause_set(cause, -ENOMEM, "out of memory");
	*zygote = (struct zygote_proc){ .event = sd_event_ref(event), .handlers = handlers, .userdata = userdata };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		r = cause_set_errno(cause, -errno, "cannot make the channel");
		goto fail;
	}
	theirs = pair[1];
	r = channel_create(event, pair[0], 0, &channel_handlers, zygote, &zygote->channel, cause);
	if (r < 0)
		goto fail;
	r = channel_send(zygote->channel, start);
	if (r < 0) {
		(void)cause_set_errno(cause, r, "cannot tell the zygote what to do");
		goto fail;
	}
	r = spawn(path, identity, theirs, fds, count, &zygote->pid, cause);
	if (r < 0)
		goto fail;
	*ret = zygote;
	return 0;
fail:
	(void)zygote_free(zygote);
	return r;
}

struct zygote_proc *zygote_free(struct zygote_proc *zygote)
{
	if (!zygote)
		return NULL;
	while (zygote->questions)
		question_close(zygote->questions, NULL);
	zygote->channel = channel_free(zygote->channel);
	(void)sd_event_unref(zygote->event);
	free(zygote);
	return NULL;
}

pid_t zygote_pid(const struct zygote_proc *zygote)
{
	return zygote->pid;
}

int zygote_stop(struct zygote_proc *zygote)
{
	return channel_send_new(zygote->channel, json_pack("{s:s}", "op", "stop"));
}

int zygote_drain(struct zygote_proc *zygote, uint64_t patience_us)
{
	return channel_send_new(zygote->channel,
				json_pack("{s:s, s:I}", "op", "drain", "patience_us", (json_int_t)patience_us));
}

/* proc(5), /proc/pid/task/tid/children. */
size_t children_kill(int signal)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	cleanup_fclose FILE *file = fopen(path, "re");
	size_t count = 0;
	int pid;
	/* None of them is reaped by anybody but us, so no pid can have passed to another process. */
	while (file && fscanf(file, "%d", &pid) == 1) {
		(void)kill(pid, signal);
		count++;
	}
	return count;
}
