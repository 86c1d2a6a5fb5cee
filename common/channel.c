/* channel.c - see channel.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/channel.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum { READ_SIZE = 64 << 10 };

struct buffer {
	char *bytes;
	size_t start, end, allocated; /* bytes[start..end) is content */
};

struct channel {
	unsigned references; /* the owner's, and one while a handler runs */
	bool freed;          /* by the owner, perhaps inside a handler */
	bool done;           /* nothing more is received */
	int fd;
	size_t line_max;
	size_t scanned; /* bytes of in after start that hold no newline */
	struct buffer in, out;
	sd_event_source *source;
	const struct channel_handlers *handlers;
	void *userdata;
};

static size_t buffer_used(const struct buffer *b)
{
	return b->end - b->start;
}

/* Room for size more bytes at the end. */
static int buffer_reserve(struct buffer *b, size_t size)
{
	if (b->start > 0) {
		memmove(b->bytes, b->bytes + b->start, buffer_used(b));
		b->end -= b->start;
		b->start = 0;
	}
	if (b->allocated - b->end >= size)
		return 0;
	size_t wanted = b->allocated * 2 > b->end + size ? b->allocated * 2 : b->end + size;
	char *bytes = realloc(b->bytes, wanted);
	if (!bytes)
		return -ENOMEM;
	b->bytes = bytes;
	b->allocated = wanted;
	return 0;
}

/* Drop size bytes at the start; memory that one large message needed is given back when it is through. */
static void buffer_consume(struct buffer *b, size_t size)
{
	b->start += size;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	if (b->allocated > 4 * (size_t)READ_SIZE) {
		free(b->bytes);
		b->bytes = NULL;
		b->allocated = 0;
	}
}

static void unref(struct channel *channel)
{
	if (--channel->references > 0)
		return;
	free(channel->in.bytes);
	free(channel->out.bytes);
	free(channel);
}

/* EPOLLIN until nothing more comes, EPOLLOUT while something waits. */
static void watch(struct channel *channel)
{
	if (!channel->source)
		return;
	uint32_t events = (channel->done ? 0 : EPOLLIN) | (buffer_used(&channel->out) ? EPOLLOUT : 0);
	(void)sd_event_source_set_io_events(channel->source, events);
	/* EPOLLHUP is reported even if nothing is asked for. */
	(void)sd_event_source_set_enabled(channel->source, events ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* Tell the owner that nothing more will be received. */
static void finish(struct channel *channel, int result, const char *cause)
{
	if (channel->done || channel->freed)
		return;
	channel->done = true;
	watch(channel);
	channel->handlers->closed(channel, result, cause, channel->userdata);
}

/* 0 also when the socket takes no more for now. */
static int write_out(struct channel *channel)
{
	struct buffer *out = &channel->out;
	while (buffer_used(out)) {
		ssize_t n = send(channel->fd, out->bytes + out->start, buffer_used(out), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return -errno;
		buffer_consume(out, (size_t)n);
	}
	return 0;
}

static void handle_line(struct channel *channel, const char *line, size_t length)
{
	json_error_t error;
	json_t *message = json_loadb(line, length, JSON_DECODE_ANY, &error);
	if (!message && !*error.text) { /* the text has no fault */
		finish(channel, -ENOMEM, "out of memory");
		return;
	}
	if (!message) {
		struct cause cause;
		finish(channel,
		       cause_set(&cause, -EBADMSG, "a line that is not JSON: %s (byte %d)", error.text, error.position),
		       cause.text);
		return;
	}
	channel->handlers->message(channel, message, channel->userdata);
	json_decref(message);
}

static bool blank(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r", line[i]) || line[i] == '\0')
			return false;
	return true;
}

static void handle_lines(struct channel *channel)
{
	struct buffer *in = &channel->in;
	while (!channel->freed && !channel->done && buffer_used(in)) {
		char *from = in->bytes + in->start + channel->scanned;
		char *newline = memchr(from, '\n', buffer_used(in) - channel->scanned);
		channel->scanned = newline ? 0 : buffer_used(in);
		size_t length = newline ? (size_t)(newline - (in->bytes + in->start)) : buffer_used(in);
		if (length > channel->line_max) {
			struct cause cause;
			finish(channel,
			       cause_set(&cause, -EMSGSIZE, "a line of more than %zu bytes", channel->line_max),
			       cause.text);
			return;
		}
		if (!newline)
			return;
		if (!blank(in->bytes + in->start, length))
			handle_line(channel, in->bytes + in->start, length);
		buffer_consume(in, length + 1);
	}
}

static void read_in(struct channel *channel)
{
	if (buffer_reserve(&channel->in, READ_SIZE) < 0) {
		finish(channel, -ENOMEM, "out of memory");
		return;
	}
	ssize_t n = recv(channel->fd, channel->in.bytes + channel->in.end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && buffer_used(&channel->in))) {
		struct cause cause;
		int r = n < 0 ? cause_set_errno(&cause, -errno, "cannot receive")
			      : cause_set(&cause, -EBADMSG, "the peer closed in the middle of a line");
		finish(channel, r, cause.text);
		return;
	}
	if (n == 0) {
		finish(channel, 0, "");
		return;
	}
	channel->in.end += (size_t)n;
	handle_lines(channel);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	struct channel *channel = userdata;
	channel->references++;
	/* Reading comes first: last words of a peer that is gone already are still heard. */
	if (!channel->done && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_in(channel);
	bool waiting = !channel->freed && buffer_used(&channel->out);
	if (waiting) {
		int r = write_out(channel);
		if (r < 0) {
			struct cause cause;
			buffer_consume(&channel->out, buffer_used(&channel->out));
			finish(channel, cause_set_errno(&cause, r, "cannot send"), cause.text);
		}
	}
	if (waiting && !channel->freed && !buffer_used(&channel->out) && channel->handlers->drained)
		channel->handlers->drained(channel, channel->userdata);
	if (!channel->freed)
		watch(channel);
	unref(channel);
	return 0;
}

int channel_create(sd_event *event, int fd, size_t line_max, const struct channel_handlers *handlers, void *userdata,
		   struct channel **ret, struct cause *cause)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	if (!channel) {
		(void)close_fd(fd);
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	*channel = (struct channel){
		.references = 1,
		.fd = fd,
		.line_max = line_max ? line_max : CHANNEL_LINE_MAX,
		.handlers = handlers,
		.userdata = userdata,
	};
	int r = sd_event_add_io(event, &channel->source, fd, EPOLLIN, on_io, channel);
	if (r < 0) {
		(void)channel_free(channel);
		return cause_set_errno(cause, r, "cannot watch a channel (descriptor %d)", fd);
	}
	*ret = channel;
	return 0;
}

struct channel *channel_free(struct channel *channel)
{
	if (!channel)
		return NULL;
	channel->freed = true;
	channel->source = sd_event_source_disable_unref(channel->source);
	channel->fd = close_fd(channel->fd);
	unref(channel);
	return NULL;
}

void channel_freep(struct channel **channel)
{
	*channel = channel_free(*channel);
}

int channel_send(struct channel *channel, json_t *message)
{
	struct buffer *out = &channel->out;
	size_t size = json_dumpb(message, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	if (size == 0)
		return -EINVAL;
	if (size > CHANNEL_LINE_MAX)
		return -EMSGSIZE;
	if (buffer_used(out) + size > 2 * (size_t)CHANNEL_LINE_MAX)
		return -ENOBUFS;
	int r = buffer_reserve(out, size + 1);
	if (r < 0)
		return r;
	(void)json_dumpb(message, out->bytes + out->end, size, JSON_COMPACT | JSON_ENCODE_ANY);
	out->bytes[out->end + size] = '\n';
	out->end += size + 1;
	r = write_out(channel);
	if (r < 0)
		buffer_consume(out, buffer_used(out));
	watch(channel);
	return r;
}

int channel_send_new(struct channel *channel, json_t *message)
{
	if (!message)
		return -ENOMEM;
	int r = channel_send(channel, message);
	json_decref(message);
	return r;
}

int channel_flush(struct channel *channel, uint64_t timeout_us)
{
	uint64_t deadline = monotonic_us() + timeout_us;
	for (;;) {
		int r = write_out(channel);
		if (r < 0 || !buffer_used(&channel->out)) {
			watch(channel);
			return r;
		}
		uint64_t now = monotonic_us();
		if (now >= deadline)
			return -ETIMEDOUT;
		struct pollfd p = { .fd = channel->fd, .events = POLLOUT };
		(void)poll(&p, 1, (int)((deadline - now + 999) / 1000));
	}
}

size_t channel_pending(const struct channel *channel)
{
	return buffer_used(&channel->out);
}

int channel_fd(const struct channel *channel)
{
	return channel->fd;
}
