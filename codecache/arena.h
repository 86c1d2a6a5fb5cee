/* arena.h - the shared memory that code and the index live in: written by one process, read and executed by its
 * children.
 *
 * The zygote makes it before its first fork.  It maps the memory twice: a writable view, which no child inherits, and a
 * view without write permission, which every child inherits at the same address.  The memory is sealed and its
 * descriptors are closed, so that no child can get at it for writing by any way.  No page is ever both writable and
 * executable, not even one after the other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

struct arena;

enum arena_kind {
	ARENA_CODE, /* children may read and execute */
	ARENA_DATA, /* children may read */
};

/* Reserve size bytes (rounded up to pages, 1 GiB at most; memory is taken when it is written).  Makes the process
 * non-dumpable: else another process of the same user could write through /proc/PID/mem.  -errno with cause. */
int arena_new(enum arena_kind kind, size_t size, struct arena **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Unmap.  In a child of the process that made it only its own view goes.  NULL is fine. */
void arena_free(struct arena *arena);
static inline void arena_freep(struct arena **arena)
{
	arena_free(*arena);
}

/* Take size bytes (at least 1) aligned to align (a power of two, a page at most).  *ret is an address in the view that
 * all processes have.  -ENOSPC with cause if the arena is full, -ENOMEM if the machine is; -EPERM if this process is
 * not the one that made it. */
int arena_alloc(struct arena *arena, size_t size, size_t align, void **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Give back what arena_alloc() gave last, before anyone was told of it. */
void arena_unalloc(struct arena *arena, void *p);

/* Where the writer writes the size bytes at p, which lie in one allocation.  NULL in any other process, and for bytes
 * that were not allocated. */
void *arena_writable(struct arena *arena, void *p, size_t size);

/* Copy size bytes to p.  -EPERM or -EFAULT with cause where arena_writable() is NULL. */
int arena_write(struct arena *arena, void *p, const void *bytes, size_t size, struct cause *cause)
	__attribute__((warn_unused_result));

/* Whether p is an address in the arena. */
bool arena_contains(const struct arena *arena, const void *p);

/* Where p, which is in the arena, is in it. */
size_t arena_offset(const struct arena *arena, const void *p);

/* Where it begins, in the view that all processes have; whether this process is the one that made it. */
const void *arena_begin(const struct arena *arena);
bool arena_is_writer(const struct arena *arena);
/* The address of what is at offset; NULL beyond the end. */
const void *arena_at(const struct arena *arena, size_t offset);

size_t arena_size(const struct arena *arena);
size_t arena_used(const struct arena *arena);
