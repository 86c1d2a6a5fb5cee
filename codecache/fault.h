/* fault.h - a processor's exception in compiled code, told apart from all others.
 *
 * SIGSEGV, SIGBUS, SIGILL and SIGFPE whose instruction lies in the arena are ours to answer for: whoever asked is told
 * where it was, on an alternate stack, and may end the process.  All others, and those of which nobody made the process
 * end, go the way they would have gone: to the handler that was there before (faulthandler's), else to the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

struct fault {
	int signal;
	size_t offset;    /* of the instruction in the arena */
	uint64_t address; /* that it could not use, as siginfo_t.si_addr */
};

/* Watch size bytes of code from begin on.  Once in a process (a fork of it may do so anew); the calling thread gets the
 * alternate stack, faults in other threads are seen on their own.  in_code is called in a signal handler, and while it
 * runs a further fault ends the process.  It may return.  -errno with cause. */
int fault_catch(const void *begin, size_t size, void (*in_code)(const struct fault *fault, void *userdata),
		void *userdata, struct cause *cause) __attribute__((warn_unused_result));
