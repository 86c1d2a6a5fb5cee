/* huge_pages.h - gcc's memory in huge pages
 *
 * A compiler lives for some hundredths of a second, and touches thousands of pages in that time, each of which is a
 * page fault.  Under virtualization those are dear: half a microsecond where the processor walks two page tables,
 * twenty where the hypervisor keeps a shadow of them.  In huge pages (madvise(2), MADV_HUGEPAGE) they are a few dozen.
 * Where the kernel gives none, nothing changes. */
#pragma once

/* How the module with libgccjit is loaded: the module's mmap() goes before the C library's.  Sanitizers refuse that. */
#include <dlfcn.h>
#ifdef __SANITIZE_ADDRESS__
#define HUGE_PAGES_DLOPEN RTLD_LOCAL
#else
#define HUGE_PAGES_DLOPEN (RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* What the heap of the C library grows by from now on, in the first thread of a process. */
void huge_pages_for_heap(void);
