/* memory.c - see memory.h.
 *
 * Resident memory says little of a forked process: most of it is shared with the zygote until one of them writes there.
 * Only the kernel's list of mappings tells the pages apart (proc(5), smaps_rollup). */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "workers/memory.h"

uint64_t memory_private(void)
{
	cleanup_fclose FILE *file = fopen("/proc/self/smaps_rollup", "re");
	char line[256];
	uint64_t sum = 0, kb;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Private_%*[^:]: %" SCNu64 " kB", &kb) == 1)
			sum += kb << 10;
	return sum;
}

/* What RLIMIT_DATA counts (setrlimit(2)): private mappings that may be written, without the stack. */
static int read_data(uint64_t *ret)
{
	cleanup_fclose FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t kb;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "VmData: %" SCNu64 " kB", &kb) == 1) {
			*ret = kb << 10;
			return 0;
		}
	}
	return -ENODATA;
}

int memory_limit(uint64_t bytes, struct cause *cause)
{
	uint64_t now;
	struct rlimit limit;
	int r = read_data(&now);
	if (r == 0 && getrlimit(RLIMIT_DATA, &limit) < 0)
		r = -errno;
	if (r < 0)
		return cause_set_errno(cause, r, "cannot find out how much memory there is");
	rlim_t wanted = now + bytes;
	limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max ? wanted : limit.rlim_max;
	limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_DATA, &limit) < 0 ? cause_set_errno(cause, -errno, "cannot limit the memory") : 0;
}
