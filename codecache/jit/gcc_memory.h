/* gcc_memory.h - gcc's memory in huge pages
 *
 * A compiler lives for some hundredths of a second, and touches thousands of pages in that time.  In huge pages
 * (common/huge_pages.h) that are a few dozen faults. */
#pragma once

#include <dlfcn.h>

/* How the module with libgccjit is loaded: the module's mmap() goes before the C library's.  Sanitizers refuse that. */
#ifdef __SANITIZE_ADDRESS__
#define GCC_MEMORY_DLOPEN RTLD_LOCAL
#else
#define GCC_MEMORY_DLOPEN (RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* In a process that only compiles. */
void gcc_memory_prepare(void);
