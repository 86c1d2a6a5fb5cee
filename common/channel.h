/* channel.h - JSON objects, one a line, over a stream socket, driven by sd-event.
 *
 * The master and a zygote talk through one; so do the control socket and its clients.  A line has a bound, so a peer
 * cannot make us hold any amount of memory; nor can one that does not read what it is sent. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <systemd/sd-event.h>

#include "common/cause.h"

struct channel;

enum {
	CHANNEL_LINE_MAX = 16 << 20, /* the longest line that is sent, and by default received, bytes */
};

struct channel_handlers {
	/* A message arrived: any JSON value.  The message is borrowed.  May free the channel. */
	void (*message)(struct channel *channel, json_t *message, void *userdata);
	/* Called once: nothing more will be received.  result: 0 the peer closed its side; -EBADMSG a line that is not
	 * JSON; -EMSGSIZE a line beyond the bound; or the -errno of the socket.  cause is a sentence about it, "" for
	 * 0. Sending may still work.  May free the channel. */
	void (*closed)(struct channel *channel, int result, const char *cause, void *userdata);
	/* All that waited is sent, or given up because the peer is gone.  May be NULL.  May free the channel. */
	void (*drained)(struct channel *channel, void *userdata);
};

/* Watch fd, a connected stream socket, in event (referenced).  line_max: the longest line received, 0 for the default.
 * The channel owns fd from here on, also on failure.  handlers must outlive the channel.  -errno with cause. */
int channel_create(sd_event *event, int fd, size_t line_max, const struct channel_handlers *handlers, void *userdata,
		   struct channel **ret, struct cause *cause) __attribute__((warn_unused_result));

/* Close it without waiting for what is unsent.  NULL is fine; so is calling it from a handler, and in a forked child
 * (the parent's channel stays as it is). */
struct channel *channel_free(struct channel *channel);
void channel_freep(struct channel **channel);
#define cleanup_channel cleanup(channel_freep)

/* Send message (borrowed), now or as soon as the peer takes it.  -EMSGSIZE beyond the bound, -ENOBUFS when too much
 * waits already, -EPIPE when the peer is gone, -ENOMEM. */
int channel_send(struct channel *channel, json_t *message) __attribute__((warn_unused_result));

/* The same for a message that is given away, as json_pack() makes them; NULL is -ENOMEM. */
int channel_send_new(struct channel *channel, json_t *message) __attribute__((warn_unused_result));

/* Block until all that waits is sent, at most timeout_us.  -ETIMEDOUT, or the -errno of the socket.  For last words. */
int channel_flush(struct channel *channel, uint64_t timeout_us);

/* Bytes that wait to be sent. */
size_t channel_pending(const struct channel *channel);

/* The socket, still the channel's. */
int channel_fd(const struct channel *channel);
