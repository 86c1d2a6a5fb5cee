/* crowd.h - whether a worker had better leave its requests to the others.
 *
 * When more processes want to run than there are CPUs (the clients may be on the same machine), a worker stands still
 * for some milliseconds at a time, and with it its clients, while another serves its own again and again: most requests
 * are answered at once, and some wait a hundred times as long.  If all of them would wait for less than that at one
 * worker less, that is better for everybody, and there is more to do with each look at the sockets.
 *
 * Nobody can tell how it would be before it is tried.  So a worker that waits for a CPU steps aside, the number of
 * requests before and after is compared, and after a while it comes back to see whether things have changed.  This file
 * only decides; what is done about it is in aside.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CROWD_LOOK_US = 16000 }; /* between two looks of a worker that serves, at least */

/* What a worker sees. */
struct crowd_view {
	uint64_t now_us;
	uint64_t cpu_ns;      /* how long it has had a CPU, ever */
	uint64_t cpu_wait_ns; /* and has waited for one */
	uint64_t requests;    /* of all workers, ever */
	uint64_t wait_ns;  /* how long a request waits for its turn, or will when this worker's come to the others' */
	bool others_serve; /* somebody is there to take its requests */
	bool others_are_busy; /* and has some of its own */
};

/* All zeros at first. */
struct crowd {
	bool aside, is_judged;
	struct crowd_view before;               /* since when is compared */
	uint64_t served_requests, served_us;    /* before it stepped aside */
	uint64_t settled_us, until_us, from_us; /* aside: compare from then, come back then; not: not again before */
	uint64_t rest_us, pause_us;             /* how long the next of both will be; 0: as at first */
};

/* Is this worker to be aside from now on? */
bool crowd_look(struct crowd *crowd, const struct crowd_view *view);

/* It is needed, whatever was decided. */
void crowd_end(struct crowd *crowd, uint64_t now_us);
