/* exchange.h - where a worker that is busy leaves connections for those that are not.
 *
 * A socket pair that all workers share, made by the master and older than any of them: whoever has a connection to give
 * away sends its descriptor, and one of those that wait for input receives it.  Being everybody's, it carries
 * connections from a generation that leaves to the next one, too.  What comes out was written by a process that runs
 * user code. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

struct exchange {
	int in, out; /* CLOEXEC, nonblocking; watch out for input */
};

#define EXCHANGE_NONE ((struct exchange){ -1, -1 })

/* A connection on its way. */
struct exchange_item {
	int fd;
	uint32_t listener; /* the id of the listener that it came by, the same in all generations */
	uint32_t state;    /* framing_export() */
	uint64_t late_us;  /* when the request that has begun to arrive is late; CLOCK_MONOTONIC, UINT64_MAX: never */
	const char *bytes; /* received and not yet answered */
	size_t length;
};

/* -errno with cause. */
int exchange_open(struct exchange *ret, struct cause *cause) __attribute__((warn_unused_result));
void exchange_close(struct exchange *exchange);

/* Leave the connection; the descriptor stays open here, too.  -EAGAIN when there is no room, -errno. */
int exchange_send(const struct exchange *exchange, const struct exchange_item *item)
	__attribute__((warn_unused_result));

/* Take one; its fd and bytes are the caller's, the latter malloc()ed or NULL.  max_length: of the bytes.  -EAGAIN when
 * there is none, -EBADMSG if it makes no sense (it is closed then), -errno. */
int exchange_receive(const struct exchange *exchange, size_t max_length, struct exchange_item *ret)
	__attribute__((warn_unused_result));

/* How many wait. */
size_t exchange_waiting(const struct exchange *exchange);
