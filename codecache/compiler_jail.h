/* compiler_jail.h - what a compiler child may do beyond computing: read, run programs, and write in its own directory.
 *
 * gcc is a million lines that read what is derived from the application's code.  A child that goes wrong shall reach
 * neither the network nor the service's files and processes.  Landlock (Linux 5.13) and seccomp are used as far as they
 * are there; neither needs privileges. */
#pragma once

#include "common/cause.h"

/* In this process, for ever, and for what it starts: no sockets, no writing outside of directory (and /dev/null), no
 * reaching into other processes.  What the kernel does not have is left out; -errno with cause: it has it, and it
 * failed. */
int compiler_jail_enter(const char *directory, struct cause *cause) __attribute__((warn_unused_result));

/* What compiler_jail_enter() will leave out here, and why, for people; "" if nothing.  Found out once a process. */
const char *compiler_jail_missing(void);
