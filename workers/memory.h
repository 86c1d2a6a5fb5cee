/* memory.h - how much memory this process has for itself, and that it gets no more than it may. */
#pragma once

#include <stdint.h>

#include "common/cause.h"

/* Bytes in pages that no other process has, as a copy of what was shared or new; 0 if the kernel does not say.  Takes
 * about a millisecond for each 100 MB. */
uint64_t memory_private(void);

/* From now on, no more than so many bytes beyond what there is: then malloc() and mmap() fail.  -errno with cause. */
int memory_limit(uint64_t bytes, struct cause *cause) __attribute__((warn_unused_result));
