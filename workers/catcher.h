/* catcher.h - calls that CPython is busy with for long: their loops get native code while they run.
 *
 * A timer of the main thread's CPU time, so an idle program is not woken, and rounds and calls cost nothing.  At each
 * tick CPython is asked to look, at its next back edge, where it is (cpython311_catch.h).  A call that is in its loops
 * at several ticks is caught: code for the loop is asked for, and entered. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cause.h"

struct catcher_options {
	bool at_once; /* for tests: catch what catcher_ask() asks for at its first back edge; there is no timer */
	bool soon;    /* what is asked for is compiled meanwhile: it may come to nothing */
	void (*tick)(void *userdata); /* called at each, with the GIL; NULL: nothing */
	void *userdata;
	const void *code; /* machine code is there ... */
	size_t code_size; /* ... in so many bytes: what it runs is not looked at */
};

/* In the main thread.  Uses the signal SIGRTMAX - 5.  -errno with cause. */
int catcher_start(const struct catcher_options *options, struct cause *cause) __attribute__((warn_unused_result));

/* As at a tick. */
void catcher_ask(void);

void catcher_stop(void);
