/* reserve.h - a process that is what the zygote was when its workers began to serve, and waits.
 *
 * While the zygote lives it does nothing.  When the zygote dies, the master has it fork workers in the place of those
 * that die, until the next generation serves: they have the app, and all code that the zygote has published.  It
 * compiles nothing, never answers a request, and shares its memory with the zygote.
 *
 * Its workers are the master's children, as are all whose zygote has died. */
#pragma once

#include <systemd/sd-event.h>

#include "common/counters.h"

struct reserve;

struct reserve_setup {
	sd_event *event; /* the zygote's */
	int fd;          /* the socket to the master, see reserve_messages.h; the caller's */
	struct counters *counters;
	/* In the new process: let go of what is the zygote's, this reserve included; fd is needed. */
	void (*let_go)(void *userdata);
	/* In a worker that it has forked: be number slot; what it returns is the exit status. */
	int (*run)(unsigned slot, void *userdata);
	void *userdata;
};

/* Fork it, and another one when it dies.  Needs the GIL.  What does not succeed is logged: it is done without.  NULL:
 * no memory. */
struct reserve *reserve_start(const struct reserve_setup *setup) __attribute__((warn_unused_result));

/* In the zygote: end it.  In a worker of the zygote: only close what is the zygote's.  NULL is fine. */
void reserve_free(struct reserve *reserve);
