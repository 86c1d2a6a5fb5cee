/* reserve.c - see reserve.h */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/reserve_messages.h"
#include "workers/fork.h"
#include "workers/reserve.h"

enum { SHORT_LIFE_US = 100 * 1000 }; /* one that ends as soon as that may be of no use, ever */

struct reserve {
	struct reserve_setup setup;
	pid_t zygote;
	pid_t pid; /* 0: there is none */
	int pidfd;
	sd_event_source *exit, *timer;
	uint64_t started_us; /* CLOCK_MONOTONIC */
	struct backoff backoff;
};

/* ---- in the reserve ---- */

/* A worker says its pid, and begins when it is heard that the master knows it: the reserve may be killed at any time.
 */
static _Noreturn void be_worker(const struct reserve_setup *setup, unsigned slot, int talk)
{
	pid_t pid = getpid();
	char known;
	ssize_t n = send(talk, &pid, sizeof(pid), MSG_NOSIGNAL);
	do
		n = n < 0 ? n : recv(talk, &known, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(EXIT_FAILURE);
	(void)close(talk);
	atomic_store(&setup->counters->worker[slot].pid, pid);
	fork_exit(setup->run(slot, setup->userdata));
}

/* Fork a worker, tell the master, let it begin.  false: the master is gone. */
static bool fork_worker(const struct reserve_setup *setup, unsigned slot)
{
	struct reserve_answer answer = { .slot = slot, .pid = -EMFILE };
	int talk[2] = { -1, -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk) == 0) {
		counters_start(setup->counters, slot, monotonic_us());
		answer.pid = fork_python(true);
		if (answer.pid == 0) {
			(void)close(talk[0]);
			be_worker(setup, slot, talk[1]);
		}
		talk[1] = close_fd(talk[1]);
		pid_t pid;
		if (answer.pid > 0)
			answer.pid = recv(talk[0], &pid, sizeof(pid), 0) == sizeof(pid) ? pid : -ECHILD;
	}
	bool told = send(setup->fd, &answer, sizeof(answer), MSG_NOSIGNAL) == sizeof(answer);
	if (told && answer.pid > 0)
		(void)send(talk[0], "", 1, MSG_NOSIGNAL); /* if it is gone the master sees it */
	(void)close_fd(talk[0]);
	return told;
}

static _Noreturn void be_reserve(const struct reserve *reserve)
{
	const struct reserve_setup setup = reserve->setup;
	atomic_store(&setup.counters->reserve, getpid());
	if (getppid() != reserve->zygote)
		_exit(EXIT_FAILURE);                 /* the master has already looked for one */
	(void)prctl(PR_SET_NAME, "preforge-reserv"); /* 15 letters, not more */
	setup.let_go(setup.userdata);
	for (;;) {
		struct reserve_order order;
		ssize_t n = recv(setup.fd, &order, sizeof(order), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(order) || order.slot >= COUNTERS_MAX_WORKERS || !fork_worker(&setup, order.slot))
			_exit(EXIT_SUCCESS);
	}
}

/* ---- in the zygote ---- */

static int on_exit_event(sd_event_source *source, int fd, uint32_t events, void *userdata);

static int spawn(struct reserve *reserve)
{
	reserve->started_us = monotonic_us();
	pid_t pid = fork_python(false);
	if (pid == 0)
		be_reserve(reserve);
	if (pid < 0)
		return pid;
	reserve->pid = pid;
	atomic_store(&reserve->setup.counters->reserve, pid);
	reserve->pidfd = pidfd_open(pid, 0); /* close-on-exec */
	if (reserve->pidfd < 0)
		return -errno;
	return sd_event_add_io(reserve->setup.event, &reserve->exit, reserve->pidfd, EPOLLIN, on_exit_event, reserve);
}

static int on_pause_end(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct reserve *reserve = userdata;
	reserve->timer = sd_event_source_disable_unref(reserve->timer);
	int r = spawn(reserve);
	if (r < 0)
		log_warning("there is no reserve: %s", strerror(-r));
	return 0;
}

static int on_exit_event(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)events;
	struct reserve *reserve = userdata;
	siginfo_t info = {};
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return 0;
	reserve->exit = sd_event_source_disable_unref(reserve->exit);
	reserve->pidfd = close_fd(reserve->pidfd);
	pid_t pid = reserve->pid;
	reserve->pid = 0;
	atomic_store(&reserve->setup.counters->reserve, 0);
	if (info.si_code == CLD_EXITED && info.si_status == EXIT_SUCCESS)
		return 0; /* the master does not want it, or is gone */
	uint64_t now = monotonic_us();
	uint64_t pause = backoff_delay(&reserve->backoff, now, now - reserve->started_us >= SHORT_LIFE_US);
	log_warning("the reserve (pid %d) died; it is replaced in %.1f s", (int)pid, (double)pause / 1e6);
	int r = sd_event_add_time_relative(reserve->setup.event, &reserve->timer, CLOCK_MONOTONIC, pause, 1,
					   on_pause_end, reserve);
	if (r < 0)
		log_warning("there is no reserve: %s", strerror(-r));
	return 0;
}

struct reserve *reserve_start(const struct reserve_setup *setup)
{
	struct reserve *reserve = calloc(1, sizeof(*reserve));
	if (!reserve)
		return NULL;
	*reserve = (struct reserve){ .setup = *setup, .zygote = getpid(), .pidfd = -1 };
	(void)on_pause_end(NULL, 0, reserve);
	return reserve;
}

void reserve_free(struct reserve *reserve)
{
	if (!reserve)
		return;
	(void)sd_event_source_unref(reserve->exit);
	(void)sd_event_source_unref(reserve->timer);
	if (reserve->pid && reserve->zygote == getpid()) {
		(void)kill(reserve->pid, SIGKILL);
		while (waitpid(reserve->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	reserve->pidfd = close_fd(reserve->pidfd);
	free(reserve);
}
