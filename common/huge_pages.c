/* huge_pages.c - see huge_pages.h */
#include "config.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/huge_pages.h"

enum { TOP_PAD = 128 << 10 }; /* malloc()'s own */

static char *aligned(char *address)
{
	return address + (-(uintptr_t)address & (HUGE_PAGE - 1));
}

/* By the kernel's call: a module may have an mmap() that comes here. */
void *huge_pages_map(size_t size)
{
	char *memory = (char *)syscall(SYS_mmap, NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	char *first = aligned(memory), *end = first + size;
	if (first > memory)
		(void)munmap(memory, (size_t)(first - memory));
	(void)munmap(end, (size_t)(memory + size + HUGE_PAGE - end));
	(void)madvise(first, size, MADV_HUGEPAGE);
	return first;
}

/* What is free at the heap's end is taken first, so that it does grow. */
void huge_pages_heap(size_t growth)
{
	enum { PIECE = 2 * TOP_PAD, MOST_PIECES = 64 };
	void *pieces[MOST_PIECES];
	size_t n = 0;
	char *end = sbrk(0);
	(void)mallopt(M_TOP_PAD, (int)growth);
	while (n < MOST_PIECES && sbrk(0) == end)
		pieces[n++] = malloc(PIECE);
	while (n > 0)
		free(pieces[--n]);
	(void)mallopt(M_TOP_PAD, TOP_PAD);
	char *begin = aligned(end), *new_end = sbrk(0);
	if (begin < new_end)
		(void)madvise(begin, (size_t)(new_end - begin), MADV_HUGEPAGE);
}
