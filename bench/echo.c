/* echo.c - the bare server that the daemon is compared with: for each so many bytes that it receives it sends the same
 * answer, in one epoll loop.  It looks at nothing; what it serves is the limit of the socket.
 *
 *     echo ADDRESS REQUEST-BYTES <ANSWER        ADDRESS: /PATH or a TCP port at 127.0.0.1 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_EVENTS = 64, MAX_ANSWER = 1 << 20, MAX_FDS = 8192 };

struct echo {
	size_t request_size, answer_size;
	char answer[MAX_ANSWER];
	size_t received[MAX_FDS]; /* of the request that has begun to arrive */
};

static int listen_on(const char *text)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in tcp = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool is_path = text[0] == '/';
	if (strlen(text) >= sizeof(path.sun_path))
		errx(1, "%s: longer than a socket's path can be", text);
	strcpy(path.sun_path, text);
	tcp.sin_port = htons((uint16_t)atoi(text));
	int fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = is_path ? bind(fd, (struct sockaddr *)&path, sizeof(path))
			: bind(fd, (struct sockaddr *)&tcp, sizeof(tcp));
	if (fd < 0 || r < 0 || listen(fd, 512) < 0)
		err(1, "%s", text);
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll_ctl");
}

/* Waits for the client if it must: that reads while it writes. */
static bool send_answer(const struct echo *echo, int fd)
{
	for (size_t at = 0; at < echo->answer_size;) {
		ssize_t n = send(fd, echo->answer + at, echo->answer_size - at, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		at += n < 0 ? 0 : (size_t)n;
	}
	return true;
}

/* False: the client is gone. */
static bool answer(struct echo *echo, int fd)
{
	static char buffer[1 << 16];
	ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	for (echo->received[fd] += (size_t)n; echo->received[fd] >= echo->request_size;
	     echo->received[fd] -= echo->request_size)
		if (!send_answer(echo, fd))
			return false;
	return true;
}

static void accept_client(struct echo *echo, int epoll, int listener)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0)
		return;
	if (client >= MAX_FDS) {
		close(client);
		return;
	}
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)); /* not for AF_UNIX */
	echo->received[client] = 0;
	watch(epoll, client);
}

int main(int argc, char **argv)
{
	static struct echo echo;
	echo.request_size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	echo.answer_size = fread(echo.answer, 1, sizeof(echo.answer), stdin);
	if (echo.request_size == 0 || echo.answer_size == 0)
		errx(2, "usage: echo ADDRESS REQUEST-BYTES <ANSWER");

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
			if (fd == listener)
				accept_client(&echo, epoll, listener);
			else if (!answer(&echo, fd))
				close(fd);
		}
	}
}
