/* cleanup.h - ownership: a cleanup attribute at a variable's birth, steal_ptr()/steal_fd() where it is handed over. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(function) __attribute__((cleanup(function)))

#define steal_ptr(p)                                \
	({                                          \
		__typeof__(p) *steal_from = &(p);   \
		__typeof__(p) stolen = *steal_from; \
		*steal_from = NULL;                 \
		stolen;                             \
	})

static inline int steal_fd(int *fd)
{
	int stolen = *fd;
	*fd = -1;
	return stolen;
}

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void fclosep(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

/* Close fd if it is open, keep errno, return -1: fd = close_fd(fd). */
static inline int close_fd(int fd)
{
	if (fd >= 0) {
		int saved = errno;
		(void)close(fd);
		errno = saved;
	}
	return -1;
}

static inline void close_fdp(int *fd)
{
	*fd = close_fd(*fd);
}

#define cleanup_free   cleanup(freep)
#define cleanup_fd     cleanup(close_fdp)
#define cleanup_fclose cleanup(fclosep)
