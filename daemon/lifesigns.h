/* lifesigns.h - what the service manager hears again and again (sd_notify(3)).
 *
 * While the first generation starts, or a reload is under way: that it takes longer, so that TimeoutStartSec= need not
 * know how long an import and a warm-up may take; [server] start_timeout bounds it.  Later, if WatchdogSec= is set:
 * that we are alive, which is said only while the workers make progress.  A service that answers nobody is not alive,
 * however well its master does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/cause.h"

struct master;

struct lifesigns {
	sd_event_source *start_timer, *watchdog_timer;
	uint64_t watchdog_us; /* 0: there is none */
	uint64_t finished;    /* requests, at the last look */
	uint64_t progress_us; /* CLOCK_MONOTONIC of the last look that saw progress */
	bool is_stuck;        /* it is said */
};

/* Begin with it.  -errno with cause. */
int lifesigns_start(struct master *master, struct cause *cause) __attribute__((warn_unused_result));

/* A reload has begun. */
void lifesigns_reload(struct master *master);

void lifesigns_stop(struct lifesigns *lifesigns);
