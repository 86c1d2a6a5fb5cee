/* process.h - what the kernel says of a process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_usage {
	double cpu_s;            /* user and system time */
	uint64_t resident_bytes; /* shared memory included */
};

/* False: it is gone, or the kernel does not say. */
bool process_usage(pid_t pid, struct process_usage *ret);
