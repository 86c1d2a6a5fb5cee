/* backoff.h - how long to wait before a process that has died is replaced.
 *
 * One that served is missed: the others get its work, so it is replaced at once, and a little later when they die
 * often.  One that did not get that far will do as badly the next time: the pauses double. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_BURST = 5, /* that many deaths within a while are answered at once */
	BACKOFF_MAX_US = 5 * 1000 * 1000,
};

/* All zero at first. */
struct backoff {
	uint64_t deaths[BACKOFF_BURST +
			1]; /* CLOCK_MONOTONIC, microseconds; the newest at n_deaths - 1, round and round */
	uint64_t n_deaths;  /* since there was a quiet time */
	uint64_t delay_us;
};

/* One has died now (CLOCK_MONOTONIC): microseconds to wait.  served: it got so far. */
uint64_t backoff_delay(struct backoff *backoff, uint64_t now_us, bool served);
