/* reserve_messages.h - what the master and a generation's reserve (workers/reserve.h) say to each other, over a pair of
 * SOCK_SEQPACKET sockets that the master makes.  Its end means: leave. */
#pragma once

#include <stdint.h>

/* From the master: fork a worker for this slot. */
struct reserve_order {
	uint32_t slot;
};

/* To the master, before the worker does anything: it is a child of the master. */
struct reserve_answer {
	uint32_t slot;
	int32_t pid; /* -errno: there is none */
};
