/* metrics_priv.h - between metrics.c and metrics_render.c. */
#pragma once

#include "common/metrics.h"

extern const uint64_t metrics_bounds_us[METRICS_BUCKETS]; /* upper ends, included */
extern const int metrics_codes[METRICS_CODES - 1];        /* by their place; the last place is of all others */

/* How many names there may be, at most METRICS_METHODS. */
uint32_t metrics_names(const struct metrics *metrics);
