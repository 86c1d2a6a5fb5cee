/* huge_pages.h - memory in huge pages, where the kernel gives some (madvise(2), MADV_HUGEPAGE); elsewhere in plain ones
 *
 * The first use of a page is a fault: half a microsecond, more where there are two page tables to walk under
 * virtualization, and twenty where the hypervisor keeps a shadow of them. */
#pragma once

#include <stddef.h>

static const size_t HUGE_PAGE = (size_t)2 << 20; /* bytes; x86-64's */

/* New anonymous memory, readable and writable, from the begin of a huge page on; NULL with errno. */
void *huge_pages_map(size_t size);

/* malloc()'s heap of a process's first thread grows by so many bytes at once, in huge pages. */
void huge_pages_heap(size_t growth);
