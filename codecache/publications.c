/* publications.c - see publications.h */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "codecache/arena.h"
#include "codecache/publications.h"
#include "common/cleanup.h"

/* In shared memory. */
struct row {
	uint32_t function, index, entry, row, size, code_size;
	uint64_t text; /* offset in the arena */
	uint64_t symfile, symfile_size;
};

struct log {
	_Atomic uint32_t n; /* stored after the row and its text */
	struct row rows[PUBLICATIONS_MAX];
};

struct publications {
	struct arena *arena;
	const struct log *log; /* in the view that all processes have */
	const char *base;
};

int publications_new(size_t size, struct publications **ret, struct cause *cause)
{
	cleanup(publications_freep) struct publications *p = calloc(1, sizeof(*p));
	if (!p)
		return cause_set_errno(cause, -ENOMEM, "the code cache's publications");
	void *log = NULL;
	int r = arena_new(ARENA_DATA, sizeof(struct log) + size, &p->arena, cause);
	if (r == 0)
		r = arena_alloc(p->arena, sizeof(struct log), _Alignof(struct log), &log, cause);
	if (r < 0)
		return r;
	p->log = log;
	p->base = (const char *)log - arena_offset(p->arena, log);
	*ret = steal_ptr(p);
	return 0;
}

void publications_free(struct publications *p)
{
	if (!p)
		return;
	arena_free(p->arena);
	free(p);
}

int publications_add(struct publications *p, const struct publication *publication, struct cause *cause)
{
	struct log *log = arena_writable(p->arena, (void *)(uintptr_t)p->log, sizeof(*log));
	if (!log)
		return cause_set(cause, -EPERM, "only the process that made the code cache writes to it");
	uint32_t n = atomic_load_explicit(&log->n, memory_order_relaxed);
	if (n == PUBLICATIONS_MAX)
		return cause_set(cause, -ENOSPC,
				 "%d functions were compiled since the workers were forked, no more can be",
				 PUBLICATIONS_MAX);
	void *text = NULL;
	int r = arena_alloc(p->arena, publication->size, 1, &text, cause);
	if (r == 0)
		r = arena_write(p->arena, text, publication->text, publication->size, cause);
	if (r < 0)
		return r;
	log->rows[n] = (struct row){ .function = publication->function,
				     .index = publication->index,
				     .entry = publication->entry,
				     .row = publication->row,
				     .size = publication->size,
				     .code_size = publication->code_size,
				     .text = arena_offset(p->arena, text),
				     .symfile = publication->symfile ? arena_offset(p->arena, publication->symfile) : 0,
				     .symfile_size = publication->symfile ? publication->symfile_size : 0 };
	atomic_store_explicit(&log->n, n + 1, memory_order_release);
	return 0;
}

const void *publications_keep(struct publications *p, const void *bytes, size_t size)
{
	void *kept = NULL;
	if (arena_alloc(p->arena, size, 16, &kept, NULL) < 0 || arena_write(p->arena, kept, bytes, size, NULL) < 0)
		return NULL;
	return kept;
}

uint32_t publications_count(const struct publications *p)
{
	return atomic_load_explicit(&p->log->n, memory_order_acquire);
}

struct publication publications_read(const struct publications *p, uint32_t i)
{
	const struct row *row = &p->log->rows[i];
	return (struct publication){ .function = row->function,
				     .index = row->index,
				     .entry = row->entry,
				     .row = row->row,
				     .text = p->base + row->text,
				     .size = row->size,
				     .code_size = row->code_size,
				     .symfile = row->symfile_size ? p->base + row->symfile : NULL,
				     .symfile_size = row->symfile_size };
}
