/* backoff.c - see backoff.h */
#include "config.h"

#include "common/backoff.h"

enum {
	WINDOW_US = 10 * 1000 * 1000, /* also: a quiet time of this length ends a back-off */
	DELAY_SERVED_US = 50 * 1000,
	DELAY_MIN_US = 100 * 1000, /* doubled at each further death of those that die before they serve */
};

uint64_t backoff_delay(struct backoff *backoff, uint64_t now_us, bool served)
{
	enum { N = BACKOFF_BURST + 1 };
	if (backoff->n_deaths > 0 && now_us - backoff->deaths[(backoff->n_deaths - 1) % N] > WINDOW_US)
		backoff->n_deaths = backoff->delay_us = 0;
	backoff->deaths[backoff->n_deaths++ % N] = now_us;
	bool burst = backoff->n_deaths >= N && now_us - backoff->deaths[backoff->n_deaths % N] <= WINDOW_US;
	if (served)
		return burst ? DELAY_SERVED_US : 0;
	if (backoff->delay_us > 0)
		backoff->delay_us = backoff->delay_us * 2 < BACKOFF_MAX_US ? backoff->delay_us * 2 : BACKOFF_MAX_US;
	else if (burst)
		backoff->delay_us = DELAY_MIN_US;
	return backoff->delay_us;
}
