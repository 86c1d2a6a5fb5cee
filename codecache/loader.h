/* loader.h - from an object file to code in the arena.
 *
 * A small linker for what libgccjit writes: code and read-only data that refer to each other, and calls of a few
 * functions that gcc uses by itself (memcpy, 128-bit division).  Whatever else an object file may have (data that can
 * be written, thread-local storage, constructors, other symbols) is refused: compiled functions are pure code.  The
 * file is untrusted input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "codecache/arena.h"
#include "common/cause.h"

struct image;

/* Load an object file.  -EBADMSG with cause if it is refused, -ENOSPC if the arena is full; nothing is left in the
 * arena then.  The code can be called at once. */
int loader_load(struct arena *arena, const void *bytes, size_t size, struct image **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* The address of a global function, the same in every process; NULL if there is none of this name.  *ret_size (may be
 * NULL): its bytes of code, the
 * unlikely parts included. */
void *loader_symbol(const struct image *image, const char *name, size_t *ret_size);

/* Whether p is in the image; the name of the global function that p is in, its unlikely parts included, NULL if it is
 * in none. */
bool image_contains(const struct image *image, const void *p);
const char *image_name_at(const struct image *image, const void *p);

/* A function in it, also one that is only called by others there. */
struct image_part {
	const char *name;
	const void *begin, *cold; /* cold: the unlikely parts */
	size_t size, cold_size;
	bool is_entry; /* loader_symbol() finds it */
};

/* Number i; false beyond the last one. */
bool image_part(const struct image *image, size_t i, struct image_part *ret);

/* A copy, malloc()ed, of the object file (size bytes) that the image was loaded from, with the addresses that its
 * sections have now, for debuggers.  NULL if there is no memory. */
void *image_symfile(const struct image *image, const void *bytes, size_t size);

/* Forget the names; the code stays.  NULL is fine. */
void image_free(struct image *image);
static inline void image_freep(struct image **image)
{
	image_free(*image);
}
