/* huge_pages.c - gcc's memory in huge pages.  See huge_pages.h. */
#include "config.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "codecache/jit/huge_pages.h"

static const size_t HUGE_PAGE = (size_t)2 << 20; /* bytes; x86-64's */

static void *plain_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset); /* NOLINT: an address or -1 */
}

/* What the module is linked with calls this one in place of the C library's: gcc's garbage-collected memory comes in
 * pieces of two megabytes (GGC_QUIRE_SIZE of gcc/ggc-page.cc), at any page. */
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (at || size < HUGE_PAGE || flags != (MAP_PRIVATE | MAP_ANONYMOUS))
		return plain_mmap(at, size, protection, flags, fd, offset);
	uint8_t *all = plain_mmap(NULL, size + HUGE_PAGE, protection, flags, fd, offset);
	if (all == MAP_FAILED)
		return plain_mmap(NULL, size, protection, flags, fd, offset);
	size_t before = -(uintptr_t)all & (HUGE_PAGE - 1), behind = HUGE_PAGE - before;
	if (before)
		(void)munmap(all, before);
	if (behind)
		(void)munmap(all + before + size, behind);
	(void)madvise(all + before, size, MADV_HUGEPAGE);
	return all + before;
}

void huge_pages_for_heap(void)
{
	enum { GROWTH = 32 << 20, PIECE = 100 << 10, MOST_PIECES = 16 }; /* bytes; a piece is no mapping of its own */
	if (!mallopt(M_TOP_PAD, GROWTH) || !mallopt(M_TRIM_THRESHOLD, 2 * GROWTH) ||
	    !mallopt(M_MMAP_THRESHOLD, GROWTH / 2))
		return;
	uint8_t *end = sbrk(0);
	void *pieces[MOST_PIECES];
	size_t n = 0;
	while (n < MOST_PIECES && sbrk(0) == end)
		pieces[n++] = malloc(PIECE);
	while (n > 0)
		free(pieces[--n]);
	uint8_t *first = end + (-(uintptr_t)end & (HUGE_PAGE - 1)), *new_end = sbrk(0);
	if (first < new_end)
		(void)madvise(first, (size_t)(new_end - first), MADV_HUGEPAGE);
}
