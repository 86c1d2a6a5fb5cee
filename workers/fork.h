/* fork.h - fork(2) for a process that has an interpreter in it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Fork, with the GIL held: 0 in the child, where SIGTERM has its default action; its pid in the parent; -errno. orphan:
 * it becomes a child of the subreaper above us, and 1 stands for its pid. */
pid_t fork_python(bool orphan) __attribute__((warn_unused_result));

/* The end of a worker: run what the app registered with atexit.  The interpreter itself is not taken down, which would
 * only copy the pages that are shared with the zygote. */
_Noreturn void fork_exit(int status);
