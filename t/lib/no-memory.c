/* no-memory.c - for $LD_PRELOAD: there is no memory as long as the file $NO_MEMORY exists, which says for whom and what
 * for:
 *
 *     PROCESS CALL N
 *
 * Each Nth such call of such a process fails.  PROCESS is master, zygote, compiler (any other child of the zygote that
 * is no worker) or worker; CALL is malloc (calloc and realloc too), fork, memfd, mmap or populate
 * (MADV_POPULATE_WRITE).
 *
 * Looks at the file at each 16th allocation, at each one while there is no memory (so that there is memory again from the moment
 * the file is gone), and at each other call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

enum { LOOK = 16, WORD = 16 };

/* The environment of a compiler child is another one. */
static char path[4096];
static pid_t first; /* the process that was executed */
static char process[WORD], call[WORD];
static unsigned every, until_look, count;

__attribute__((constructor)) static void begin(void)
{
	const char *value = getenv("NO_MEMORY");
	first = getpid();
	if (value)
		(void)snprintf(path, sizeof(path), "%s", value);
}

static const char *who(void)
{
	char name[16] = "";
	(void)prctl(PR_GET_NAME, name, 0, 0, 0);
	if (strcmp(name, "preforged") == 0)
		return "master";
	if (strncmp(name, "preforge-worke", 14) == 0)
		return "worker";
	if (strncmp(name, "preforge-zygot", 14) == 0)
		return getpid() == first ? "zygote" : "compiler";
	return "";
}

static void copy(char to[static WORD], const char *from)
{
	size_t n = strnlen(from, WORD - 1);
	memcpy(to, from, n);
	to[n] = '\0';
}

/* By system calls alone: this is called by malloc(). */
static void look(void)
{
	char text[48] = "";
	every = 0;
	int saved = errno, fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		(void)close(fd);
	}
	errno = saved;
	char *space = strchr(text, ' '), *number = space ? strchr(space + 1, ' ') : NULL;
	if (!number)
		return;
	*space = *number = '\0';
	copy(process, text);
	copy(call, space + 1);
	for (number++; *number >= '0' && *number <= '9'; number++)
		every = every * 10 + (unsigned)(*number - '0');
}

static bool fails(const char *what)
{
	bool is_malloc = what[0] == 'm' && what[1] == 'a';
	if (!path[0])
		return false;
	if (!is_malloc || every || until_look-- == 0) {
		look();
		until_look = LOOK;
	}
	return every && strcmp(call, what) == 0 && strcmp(process, who()) == 0 && ++count % every == 0;
}

static void *none(void)
{
	errno = ENOMEM;
	return NULL;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	return fails("malloc") ? none() : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails("malloc") ? none() : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails("malloc") ? none() : __libc_realloc(p, size);
}

pid_t fork(void)
{
	static pid_t (*real)(void);
	if (!real)
		real = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
	if (!fails("fork"))
		return real();
	errno = ENOMEM;
	return -1;
}

int memfd_create(const char *name, unsigned flags)
{
	static int (*real)(const char *, unsigned);
	if (!real)
		real = (int (*)(const char *, unsigned))dlsym(RTLD_NEXT, "memfd_create");
	if (!fails("memfd"))
		return real(name, flags);
	errno = ENOMEM;
	return -1;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off_t);
	if (!real)
		real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
	if (fd < 0 || !fails("mmap"))
		return real(at, size, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

int madvise(void *at, size_t size, int advice)
{
	static int (*real)(void *, size_t, int);
	if (!real)
		real = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "madvise");
	if (advice != MADV_POPULATE_WRITE || !fails("populate"))
		return real(at, size, advice);
	errno = EFAULT;
	return -1;
}
