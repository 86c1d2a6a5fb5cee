/* arena.c - see arena.h.  The only file that maps memory for the cache.
 *
 * The order matters.  F_SEAL_FUTURE_WRITE (fcntl(2), Linux 5.1) refuses new writable mappings and write() but leaves
 * the mapping that is there already, hence the writable view first.  The other view is mapped through a descriptor that
 * was opened read-only: the kernel then takes the permission to become writable (VM_MAYWRITE) from the mapping, and
 * with it mprotect() and forced writes through /proc/self/mem (mm/gup.c forces only private mappings). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "codecache/arena.h"
#include "common/cleanup.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { ARENA_PAGE = 4096 };

static const size_t ARENA_MAX = (size_t)1 << 30;

struct arena {
	pid_t writer;
	size_t size, used;
	size_t last; /* offset of the latest allocation */
	char *view;
	char *writable; /* mapped in the writer only, elsewhere a meaningless address */
};

/* MFD_NOEXEC_SEAL is about execve() of the memfd, not about mapping it; where vm.memfd_noexec is 2 nothing else is
 * allowed, and before Linux 6.3 it is unknown. */
static int memory_make(enum arena_kind kind)
{
	const char *name = kind == ARENA_CODE ? "preforge-code" : "preforge-index";
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int writable_map(struct arena *arena, int fd, struct cause *cause)
{
	void *p = mmap(NULL, arena->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return cause_set_errno(cause, -errno, "cannot map %zu bytes of the code cache for writing",
				       arena->size);
	arena->writable = p;
	if (madvise(p, arena->size, MADV_DONTFORK) < 0)
		return cause_set_errno(cause, -errno, "cannot keep the code cache's writable view from children");
	return 0;
}

static int view_map(struct arena *arena, enum arena_kind kind, int fd, struct cause *cause)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cleanup_fd int readonly = open(path, O_RDONLY | O_CLOEXEC);
	if (readonly < 0)
		return cause_set_errno(cause, -errno, "cannot reopen the code cache's memory as %s", path);
	void *p = mmap(NULL, arena->size, PROT_READ | (kind == ARENA_CODE ? PROT_EXEC : 0), MAP_SHARED, readonly, 0);
	if (p == MAP_FAILED)
		return cause_set_errno(cause, -errno, "cannot map %zu bytes of the code cache for %s", arena->size,
				       kind == ARENA_CODE ? "execution" : "reading");
	arena->view = p;
	return 0;
}

int arena_new(enum arena_kind kind, size_t size, struct arena **ret, struct cause *cause)
{
	if (size == 0 || size > ARENA_MAX)
		return cause_set(cause, -EINVAL, "a code cache of %zu bytes: 1 to %zu are possible", size, ARENA_MAX);
	cleanup(arena_freep) struct arena *arena = calloc(1, sizeof(*arena));
	if (!arena)
		return cause_set_errno(cause, -ENOMEM, "the code cache's arena");
	arena->writer = getpid();
	arena->size = (size + ARENA_PAGE - 1) & ~(size_t)(ARENA_PAGE - 1);

	cleanup_fd int fd = memory_make(kind);
	if (fd < 0)
		return cause_set_errno(cause, fd, "cannot make the code cache's memory");
	if (ftruncate(fd, (off_t)arena->size) < 0)
		return cause_set_errno(cause, -errno, "cannot make %zu bytes of memory for the code cache",
				       arena->size);
	int rc = writable_map(arena, fd, cause);
	if (rc < 0)
		return rc;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return cause_set_errno(cause, -errno, "cannot seal the code cache's memory");
	rc = view_map(arena, kind, fd, cause);
	if (rc < 0)
		return rc;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return cause_set_errno(cause, -errno, "cannot make the code cache's writer non-dumpable");
	*ret = steal_ptr(arena);
	return 0;
}

static bool is_writer(const struct arena *arena)
{
	return arena->writer == getpid();
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	if (arena->view)
		(void)munmap(arena->view, arena->size);
	if (arena->writable && is_writer(arena))
		(void)munmap(arena->writable, arena->size);
	free(arena);
}

/* The kernel gives shared memory page by page, and a signal (SIGBUS) where it has none: ask for the pages now, where
 * this can be told.  Linux 5.14; before it there is the signal. */
static int populate(const struct arena *arena, size_t start, size_t size, struct cause *cause)
{
	size_t page = start & ~(size_t)(ARENA_PAGE - 1);
	if (madvise(arena->writable + page, start + size - page, MADV_POPULATE_WRITE) == 0 || errno == EINVAL)
		return 0;
	return cause_set(cause, -ENOMEM, "cannot get %zu bytes for the code cache: no memory", size);
}

int arena_alloc(struct arena *arena, size_t size, size_t align, void **ret, struct cause *cause)
{
	if (!is_writer(arena))
		return cause_set(cause, -EPERM, "only the process that made the code cache writes to it");
	if (size == 0 || align == 0 || (align & (align - 1)) != 0 || align > ARENA_PAGE)
		return cause_set(cause, -EINVAL, "%zu bytes aligned to %zu cannot be had from the code cache", size,
				 align);
	size_t start = (arena->used + align - 1) & ~(align - 1);
	if (start > arena->size || size > arena->size - start)
		return cause_set(cause, -ENOSPC,
				 "the code cache is full: %zu of its %zu bytes are used, %zu more do not fit",
				 arena->used, arena->size, size);
	int r = populate(arena, start, size, cause);
	if (r < 0)
		return r;
	arena->last = start;
	arena->used = start + size;
	*ret = arena->view + start;
	return 0;
}

void arena_unalloc(struct arena *arena, void *p)
{
	if (is_writer(arena) && (char *)p == arena->view + arena->last)
		arena->used = arena->last;
}

bool arena_contains(const struct arena *arena, const void *p)
{
	return (uintptr_t)p >= (uintptr_t)arena->view && (uintptr_t)p - (uintptr_t)arena->view < arena->size;
}

void *arena_writable(struct arena *arena, void *p, size_t size)
{
	if (!is_writer(arena) || !arena_contains(arena, p))
		return NULL;
	size_t offset = (size_t)((char *)p - arena->view);
	if (offset > arena->used || size > arena->used - offset)
		return NULL;
	return arena->writable + offset;
}

int arena_write(struct arena *arena, void *p, const void *bytes, size_t size, struct cause *cause)
{
	if (!is_writer(arena))
		return cause_set(cause, -EPERM, "only the process that made the code cache writes to it");
	void *to = arena_writable(arena, p, size);
	if (!to)
		return cause_set(cause, -EFAULT, "%zu bytes at %p were not taken from the code cache", size, p);
	memcpy(to, bytes, size);
	return 0;
}

size_t arena_offset(const struct arena *arena, const void *p)
{
	return (size_t)((const char *)p - arena->view);
}

const void *arena_begin(const struct arena *arena)
{
	return arena->view;
}

bool arena_is_writer(const struct arena *arena)
{
	return is_writer(arena);
}

const void *arena_at(const struct arena *arena, size_t offset)
{
	return offset < arena->size ? arena->view + offset : NULL;
}

size_t arena_size(const struct arena *arena)
{
	return arena->size;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
