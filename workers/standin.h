/* standin.h - a thread that looks after a worker's connections while the worker is in a long call.
 *
 * It has nothing to do with Python and never waits for the GIL.  While a call lasts longer than [server] handover, it
 * gives the connections that have a request to the exchange, where idle workers take them; writes answers that clients
 * were slow to read; tells clients that too many wait; closes those whose time is over; and answers HTTP's questions
 * for health. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cause.h"

struct worker;
struct standin;

/* Start the thread: in the worker, after the fork.  after_us: how long a call may be before it is one. -errno with
 * cause. */
int standin_start(struct worker *worker, uint64_t after_us, struct standin **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void standin_stop(struct standin *standin); /* NULL is fine; the worker must not hold its lock */

/* Around each call: the lock is let go of, and taken again.  True if the call took so long that the stand-in has acted.
 * NULL is fine. */
void standin_call_begins(struct standin *standin);
bool standin_call_ends(struct standin *standin);
