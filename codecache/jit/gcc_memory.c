/* gcc_memory.c - see gcc_memory.h */
#include "config.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "codecache/jit/gcc_memory.h"
#include "common/huge_pages.h"

enum {
	HEAP_GROWTH = 32 << 20, /* bytes */
	MMAP_LEAST = 16 << 20,  /* malloc() has the kernel map by themselves what is larger */
};

/* What libgccjit calls in place of the C library's: gcc's garbage-collected memory comes in pieces of two megabytes
 * (GGC_QUIRE_SIZE of gcc/ggc-page.cc), which begin at any page. */
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *memory = NULL;
	if (!at && size >= HUGE_PAGE && flags == (MAP_PRIVATE | MAP_ANONYMOUS) &&
	    protection == (PROT_READ | PROT_WRITE))
		memory = huge_pages_map(size);
	return memory ? memory : (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void gcc_memory_prepare(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_LEAST);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * HEAP_GROWTH);
	huge_pages_heap(HEAP_GROWTH);
}
