/* cpython311_chunks.c - see cpython311_chunks.h.  CPython gets chunks from the allocator of its arenas
 * (_PyObject_VirtualAlloc() of Objects/obmalloc.c), which are larger, and fills in a chunk that it gets. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/cpython311_chunks.h"

enum { MAX_SPARES = 128 }; /* but for those that were reserved */

static PyObjectArenaAllocator plain;
static _PyStackChunk *spares; /* linked by what was below them; the GIL guards them */
static size_t n_spares;

static void add_spare(_PyStackChunk *chunk)
{
	chunk->previous = spares;
	spares = chunk;
	n_spares++;
}

static void *spare_or_new(void *context, size_t size)
{
	(void)context;
	if (size != CHUNK_SIZE || !spares)
		return plain.alloc(plain.ctx, size);
	_PyStackChunk *chunk = spares;
	spares = chunk->previous;
	n_spares--;
	return chunk;
}

static void keep_or_free(void *context, void *memory, size_t size)
{
	(void)context;
	if (size == CHUNK_SIZE && n_spares < MAX_SPARES)
		add_spare(memory);
	else
		plain.free(plain.ctx, memory, size);
}

void chunks_keep(void)
{
	if (plain.alloc)
		return;
	PyObject_GetArenaAllocator(&plain);
	PyObjectArenaAllocator keeping = { .alloc = spare_or_new, .free = keep_or_free };
	PyObject_SetArenaAllocator(&keeping);
}

_PyStackChunk *chunk_new(size_t size)
{
	return spare_or_new(NULL, size);
}

void chunk_free(_PyStackChunk *chunk, size_t size)
{
	keep_or_free(NULL, chunk, size);
}

bool chunks_reserve(size_t n)
{
	while (n_spares < n) {
		_PyStackChunk *chunk = plain.alloc(plain.ctx, CHUNK_SIZE);
		if (!chunk)
			return false;
		add_spare(chunk);
	}
	return true;
}
