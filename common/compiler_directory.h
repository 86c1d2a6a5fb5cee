/* compiler_directory.h - the directory of a compiler child: where gcc and the assembler write.
 *
 * Who starts the child removes it when the child has ended.  What starters that were killed have left is removed later:
 * by the master if it was a zygote, and of others when it is old. */
#pragma once

#include <sys/types.h>

/* A new one in $TMPDIR, else in /tmp; the caller's text.  NULL with errno. */
char *compiler_directory_make(void);

/* With all that is in it. */
void compiler_directory_remove(const char *path);

/* Remove those that a process has left which has ended. */
void compiler_directory_remove_of(pid_t pid);

/* Remove those of processes that are gone, which nobody has touched for longer than a compilation may take. */
void compiler_directory_tidy(void);
