/* lastwords.h - what is still said when the process crashes.
 *
 * Code of the user's extensions may crash, and so may ours.  The one who waits for the call's answer then gets an error
 * instead of silence, and after that the signal does what it did without us: a handler that was set before, like
 * faulthandler's, runs, else the process ends by it. */
#pragma once

#include "common/cause.h"

/* say is called in the handler of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, on a stack of its own, once; if it does
 * not come back within seconds, since what crashed holds a lock, SIGALRM ends the process.  -errno with cause. */
int lastwords_set(void (*say)(void *userdata), void *userdata, struct cause *cause) __attribute__((warn_unused_result));

/* Put back the handlers that were there before. */
void lastwords_clear(void);
