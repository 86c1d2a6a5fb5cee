/* loader.c - any bytes as an object file */
#include "config.h"

#include <stdlib.h>

#include "codecache/loader.h"
#include "t/fuzz/fuzz.h"

enum { ARENA_SIZE = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct arena *arena;
	if (arena && arena_used(arena) > ARENA_SIZE / 2) {
		arena_free(arena);
		arena = NULL;
	}
	if (!arena && arena_new(ARENA_CODE, ARENA_SIZE, &arena, NULL) < 0)
		abort();
	size_t before = arena_used(arena);
	struct image *image = NULL;
	struct cause cause = CAUSE_INIT;
	if (loader_load(arena, bytes, size, &image, &cause) < 0) {
		if (!cause.text[0] || arena_used(arena) > before + 4096) /* what is left is alignment */
			abort();
		return 0;
	}
	size_t code = 0;
	void *f = loader_symbol(image, "f", &code);
	if (f && (!arena_contains(arena, f) || code > size))
		abort();
	image_free(image);
	return 0;
}
