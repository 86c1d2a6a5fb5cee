/* master.h - the daemon's life, from the read configuration to the exit status. */
#pragma once

#include <stdint.h>

#include "conf/conf.h"

/* Where the configuration comes from: read at the start and at each reload. */
struct conf_source {
	/* Read and check all of it.  *ret is the caller's.  -errno with cause. */
	int (*read)(const struct conf_source *source, struct conf **ret, struct cause *cause);
	const void *options; /* its own */
};

/* Serve until asked to stop; log as the configuration wants.  conf is given away.  started_us: CLOCK_MONOTONIC at the
 * program's start.  0 stopped, 1 could not start. */
int master_run(struct conf *conf, const struct conf_source *source, uint64_t started_us);
