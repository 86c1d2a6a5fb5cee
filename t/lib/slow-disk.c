/* slow-disk.c - for $LD_PRELOAD: fsync() takes as long as the file $SLOW_DISK exists, as on a disk that is very busy.
 *
 * $SLOW_DISK.waiting is made by whoever waits. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The environment of a compiler child is another one. */
static char path[4096], waiting[4096 + 16];

__attribute__((constructor)) static void begin(void)
{
	const char *value = getenv("SLOW_DISK");
	if (!value)
		return;
	(void)snprintf(path, sizeof(path), "%s", value);
	(void)snprintf(waiting, sizeof(waiting), "%s.waiting", value);
}

int fsync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	if (path[0] && access(path, F_OK) == 0)
		(void)close(open(waiting, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	while (path[0] && access(path, F_OK) == 0)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	return real(fd);
}
