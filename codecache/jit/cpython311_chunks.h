/* cpython311_chunks.h - the chunks of CPython's data stack, on which its frames are, kept for the next time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct _stack_chunk;

enum { CHUNK_SIZE = 16 * 1024 }; /* DATA_STACK_CHUNK_SIZE of Python/pystate.c */

/* From now on what CPython's own loop gives back is kept, too: recursion that goes up and down over the ends of some
 * chunks maps and unmaps memory at each call else.  Some MB at most.  More than once does no harm. */
void chunks_keep(void);

/* A chunk of that many bytes; NULL: no memory.  The GIL guards them. */
struct _stack_chunk *chunk_new(size_t size);
void chunk_free(struct _stack_chunk *chunk, size_t size);

/* Whether the next n chunks of CHUNK_SIZE are there. */
bool chunks_reserve(size_t n);
