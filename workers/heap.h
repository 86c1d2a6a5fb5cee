/* heap.h - memory that is had in large pieces and kept for the next time. */
#pragma once

/* Give the kernel back only what is too much: some of CPython's arenas and the end of malloc()'s heap stay, since a
 * loop that frees in each round what it has made spends a tenth of its time in page faults otherwise.  What is new
 * comes in huge pages, as the first use of each page is a fault, too: a round of a native program takes no longer than
 * some hundred of these.  Some MB at most, so for a process that has its memory for itself, not for one of many
 * workers. Before Py_Initialize(). */
void heap_keep(void);
