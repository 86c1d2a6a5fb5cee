/* heap.c - see heap.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/huge_pages.h"
#include "workers/heap.h"

enum {
	SPARES = 4,              /* arenas */
	ARENA_LEAST = 256 << 10, /* CPython has other uses of the allocator, which are smaller */
	MMAP_LEAST = 8 << 20,    /* malloc() has the kernel map by themselves what is larger */
	TRIM_LEAST = 16 << 20,   /* so much unused memory at the end of the heap goes back */
	HEAP_BEGIN = 6 << 20,    /* of malloc()'s heap, in huge pages */
};

/* The GIL guards them.  All are of one size. */
static PyObjectArenaAllocator plain;
static void *spares[SPARES];
static size_t spare_size;
static unsigned n_spares;

static void *half; /* of a huge page whose other half is an arena, NULL: none */

static void *half_page(void)
{
	if (half)
		return steal_ptr(half);
	char *page = huge_pages_map(HUGE_PAGE);
	half = page ? page + HUGE_PAGE / 2 : NULL;
	return page;
}

static void *arena_alloc(void *context, size_t size)
{
	(void)context;
	if (n_spares > 0 && size == spare_size)
		return spares[--n_spares];
	void *arena = size == HUGE_PAGE / 2 ? half_page() : NULL;
	return arena ? arena : plain.alloc(plain.ctx, size);
}

static void arena_free(void *context, void *arena, size_t size)
{
	(void)context;
	if (size < ARENA_LEAST || n_spares == SPARES || (n_spares > 0 && size != spare_size)) {
		plain.free(plain.ctx, arena, size);
		return;
	}
	spare_size = size;
	spares[n_spares++] = arena;
}

void heap_keep(void)
{
	PyObject_GetArenaAllocator(&plain);
	PyObjectArenaAllocator keeping = { .alloc = arena_alloc, .free = arena_free };
	PyObject_SetArenaAllocator(&keeping);
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_LEAST);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_LEAST);
	huge_pages_heap(HEAP_BEGIN);
}
