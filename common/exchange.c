/* exchange.c - see exchange.h.
 *
 * Messages have one size, so that their number can be told from the bytes that wait (unix(7), SIOCINQ).  Bytes that
 * were received already, which is seldom, travel in a memfd. */
#include "config.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/exchange.h"

enum { ROOM = 8 << 20 }; /* bytes that may wait; the kernel cuts it to net.core.wmem_max */

struct message {
	uint32_t listener, state;
	uint64_t late_us, length;
};

int exchange_open(struct exchange *ret, struct cause *cause)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return cause_set_errno(cause, -errno, "cannot make the workers' exchange");
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &(int){ ROOM }, sizeof(int)); /* less is enough */
	*ret = (struct exchange){ .in = pair[0], .out = pair[1] };
	return 0;
}

void exchange_close(struct exchange *exchange)
{
	exchange->in = close_fd(exchange->in);
	exchange->out = close_fd(exchange->out);
}

static int write_bytes(const char *bytes, size_t length, int *ret_fd)
{
	cleanup_fd int fd = memfd_create("preforge-request", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < length;) {
		ssize_t n = write(fd, bytes + at, length - at);
		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int read_bytes(int fd, size_t length, const char **ret)
{
	cleanup_free char *bytes = malloc(length);
	if (!bytes)
		return -ENOMEM;
	for (size_t at = 0; at < length;) {
		ssize_t n = pread(fd, bytes + at, length - at, (off_t)at);
		if (n <= 0)
			return -EBADMSG;
		at += (size_t)n;
	}
	*ret = steal_ptr(bytes);
	return 0;
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(2 * sizeof(int))];
};

int exchange_send(const struct exchange *exchange, const struct exchange_item *item)
{
	cleanup_fd int memory = -1;
	int r = item->length > 0 ? write_bytes(item->bytes, item->length, &memory) : 0;
	if (r < 0)
		return r;
	struct message message = {
		.listener = item->listener, .state = item->state, .late_us = item->late_us, .length = item->length
	};
	struct iovec part = { .iov_base = &message, .iov_len = sizeof(message) };
	int fds[2] = { item->fd, memory };
	size_t size = (memory < 0 ? 1 : 2) * sizeof(int);
	union control control = { .space = { 0 } };
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(rights), fds, size);
	if (sendmsg(exchange->in, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	/* No room for more messages, or for more descriptors on their way (unix(7)). */
	return errno == ETOOMANYREFS || errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -errno;
}

/* The descriptors that came along: how many. */
static size_t take_fds(struct msghdr *header, int fds[static 2])
{
	struct cmsghdr *rights = CMSG_FIRSTHDR(header);
	if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t n = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(rights), (n < 2 ? n : 2) * sizeof(int));
	return n < 2 ? n : 2;
}

int exchange_receive(const struct exchange *exchange, size_t max_length, struct exchange_item *ret)
{
	struct message message;
	struct iovec part = { .iov_base = &message, .iov_len = sizeof(message) };
	union control control;
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t n = recvmsg(exchange->out, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	int fds[2] = { -1, -1 };
	size_t n_fds = take_fds(&header, fds);
	cleanup_fd int fd = fds[0], memory = fds[1];
	if (n != sizeof(message) || n_fds < 1 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    (message.length > 0) != (n_fds == 2) || message.length > max_length)
		return -EBADMSG;
	const char *bytes = NULL;
	int r = message.length > 0 ? read_bytes(memory, message.length, &bytes) : 0;
	if (r < 0)
		return r;
	*ret = (struct exchange_item){ .fd = steal_fd(&fd),
				       .listener = message.listener,
				       .state = message.state,
				       .late_us = message.late_us,
				       .bytes = bytes,
				       .length = message.length };
	return 0;
}

size_t exchange_waiting(const struct exchange *exchange)
{
	int bytes;
	return ioctl(exchange->out, SIOCINQ, &bytes) < 0 ? 0 : (size_t)bytes / sizeof(struct message);
}
