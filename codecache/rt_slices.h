/* rt_slices.h - slices that are numbers; for rt*.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A slice as it was written: a bit of given for each of start, stop and step that is not None, and RT_SLICE_LAST. */
struct slice {
	int64_t start, stop, step, given;
};

/* What it is of a sequence of some length: n items from start on. */
struct slice_bounds {
	ssize_t start, stop, step, n;
};

/* false with ValueError. */
bool slice_bounds(const struct slice *s, ssize_t length, struct slice_bounds *ret);
