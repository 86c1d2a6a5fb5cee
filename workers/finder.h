/* finder.h - a worker's search for what should be native and is not.
 *
 *     sampler: a function is hot -> its next calls are observed, for the types of their arguments -> the zygote is
 * asked the zygote publishes       -> the function is native here from the next request on
 *
 * All of it happens between two calls and takes microseconds, but for adopting a function, which takes some tenths of a
 * millisecond; nothing waits for a compiler. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cause.h"

struct codecache;
struct finder;

struct finder_options {
	struct codecache *cache;  /* after codecache_share() and codecache_after_fork() */
	int orders_fd;            /* where requests go: a socket for datagrams that does not block; the finder's own */
	uint64_t sample_us;       /* see sampler.h */
	uint64_t hot_us;          /* CPU time that makes a function hot */
	bool verify;              /* send calls along, for shadow runs */
	_Atomic uint64_t *cpu_us; /* see sampler.h */
};

/* In the worker, once.  -errno with cause: then it only does not look for anything. */
int finder_new(const struct finder_options *options, struct finder **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void finder_free(struct finder *finder); /* NULL is fine */

/* Between two calls, with the GIL held.  Costs three loads when there is nothing to do. */
void finder_at_boundary(struct finder *finder);
