/* echo.c - the bare server that the daemon is compared with: for each line it receives it sends the same answer, with
 * one read() and one write() a round, in one epoll loop. It parses nothing; what it serves is the limit of the socket.
 *
 *     echo SOCKET ANSWER-BYTES */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_EVENTS = 64, MAX_ANSWER = 1024 };

static int listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: longer than a socket's path can be", path);
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0)
		err(1, "%s", path);
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll_ctl");
}

/* Answer the lines that one read() brings. A client of a closed loop never fills the socket's buffer. */
static bool answer(int fd, const char *text, size_t size)
{
	char buffer[65536];
	ssize_t n = read(fd, buffer, sizeof(buffer));
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	for (const char *line = buffer; (line = memchr(line, '\n', (size_t)(buffer + n - line))); line++)
		if (write(fd, text, size) != (ssize_t)size)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	size_t size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	if (size < 1 || size > MAX_ANSWER)
		errx(2, "usage: echo SOCKET ANSWER-BYTES (1 to %d)", MAX_ANSWER);
	char text[MAX_ANSWER];
	memset(text, 'x', size - 1);
	text[size - 1] = '\n';

	signal(SIGPIPE, SIG_IGN);
	int listener = listen_on(argv[1]);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		err(1, "epoll_create1");
	watch(epoll, listener);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct epoll_event events[MAX_EVENTS];
		int n = epoll_wait(epoll, events, MAX_EVENTS, -1);
		if (n < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd != listener) {
				if (!answer(fd, text, size))
					close(fd);
				continue;
			}
			int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (client >= 0)
				watch(epoll, client);
		}
	}
}
