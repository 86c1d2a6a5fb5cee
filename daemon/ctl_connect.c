/* ctl_connect.c - preforgectl's connections: to the control socket, and to where requests are answered. */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "conf/address.h"
#include "daemon/ctl_priv.h"

int ctl_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)strcpy(address.sun_path, path);
	/* An abstract name has a zero byte instead of the "@", and none at its end. */
	socklen_t size =
		path[0] == '@' ? (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length) : sizeof(address);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* The first of the host's addresses that takes it. */
static int connect_tcp(const struct address *address, int *ret_fd, const char **ret_why)
{
	/* "*" is where it listens: everywhere, so here. */
	const char *host = strcmp(address->name, "*") == 0 ? NULL : address->name;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found;
	int e = getaddrinfo(host, address->port, &hints, &found);
	if (e != 0) {
		*ret_why = gai_strerror(e);
		return -EHOSTUNREACH;
	}
	int r = -EHOSTUNREACH;
	for (const struct addrinfo *at = found; at && r < 0; at = at->ai_next) {
		cleanup_fd int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, at->ai_addr, at->ai_addrlen) < 0) {
			r = -errno;
			continue;
		}
		*ret_fd = steal_fd(&fd);
		r = 0;
	}
	freeaddrinfo(found);
	*ret_why = strerrordesc_np(-r);
	return r;
}

static int complain(const char *where, const char *why)
{
	(void)fprintf(stderr, "preforgectl: cannot connect to %s: %s\n", where, why);
	return EXIT_CONNECT;
}

static int open_stream(int fd, const char *where, FILE **ret)
{
	*ret = fdopen(fd, "r+");
	if (*ret)
		return 0;
	int r = complain(where, strerrordesc_np(errno));
	(void)close_fd(fd);
	return r;
}

int ctl_open(const char *path, FILE **ret)
{
	int fd = -1, r = ctl_connect(path, &fd);
	return r < 0 ? complain(path, strerrordesc_np(-r)) : open_stream(fd, path, ret);
}

int ctl_open_service(const char *text, FILE **ret)
{
	cleanup_address struct address address = { 0 };
	struct cause cause = CAUSE_INIT;
	int fd = -1;
	const char *why;
	if (strncmp(text, "tcp:", 4) != 0)
		return ctl_open(strncmp(text, "unix:", 5) == 0 ? text + 5 : text, ret);
	if (address_parse(text, "/", &address, &cause) < 0)
		return ctl_usage("--listen: ", cause.text);
	return connect_tcp(&address, &fd, &why) < 0 ? complain(text, why) : open_stream(fd, text, ret);
}
