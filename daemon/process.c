/* process.c - see process.h */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/process.h"

static bool read_first_line(pid_t pid, const char *name, char *line, int size)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	cleanup_fclose FILE *file = fopen(path, "re");
	return file && fgets(line, size, file);
}

/* proc(5): utime and stime are the fields 14 and 15; the second one, the name, may have anything but a zero in it. */
static bool read_cpu(pid_t pid, double *ret)
{
	char line[1024];
	uint64_t user, system;
	const char *rest = read_first_line(pid, "stat", line, sizeof(line)) ? strrchr(line, ')') : NULL;
	if (!rest ||
	    sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64, &user, &system) != 2)
		return false;
	*ret = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return true;
}

bool process_usage(pid_t pid, struct process_usage *ret)
{
	char line[256];
	uint64_t pages;
	if (!read_cpu(pid, &ret->cpu_s) || !read_first_line(pid, "statm", line, sizeof(line)) ||
	    sscanf(line, "%*u %" SCNu64, &pages) != 1)
		return false;
	ret->resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}
