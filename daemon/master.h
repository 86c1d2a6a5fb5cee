/* master.h - the life of the daemon. */
#pragma once

#include <stdint.h>

#include "conf/conf.h"

/* Serve until told to stop.  conf is complete and checked; started_us: CLOCK_MONOTONIC of the program's start.  The
 * exit status: 0 after a stop, 1 when the daemon could not start, with the reason logged. */
int master_run(const struct conf *conf, uint64_t started_us);
