/* limits.h - what one client may cost the others. */
#pragma once

#include <stdint.h>

/* Times in microseconds. 0 is no limit for times and connections_per_peer; for the others a default. */
#define LIMITS(X)                                                                       \
	X(request_bytes)        /* one JSON text */                                     \
	X(response_bytes)       /* one answer */                                        \
	X(header_bytes)         /* of one request */                                    \
	X(depth)                /* arrays and objects inside each other */              \
	X(batch)                /* requests in an array */                              \
	X(connections)          /* of all workers */                                    \
	X(connections_per_peer) /* of these, of one user or address */                  \
	X(queue)                /* connections with a request that wait for a worker */ \
	X(idle_us)              /* between two requests */                              \
	X(read_us)              /* from the first byte of a request to its last */      \
	X(write_us)             /* without the client taking a byte of its answers */   \
	X(handover_us)          /* of one call, then the worker's other connections go to other workers */

struct limits {
#define X(name) uint64_t name;
	LIMITS(X)
#undef X
};
