/* waker.h - sets the frame hook again after a pause, from a thread of its own.
 *
 * Nothing else would come by to do it: without a hook CPython calls Python functions without asking anyone.  The thread
 * sleeps for as long as no pause was asked for, and takes no signals. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/cpython311_frame.h"

struct waker;

/* For the interpreter of this thread, which holds the GIL.  NULL: no memory, or no thread is to be had. */
struct waker *waker_new(frame_hook hook) __attribute__((warn_unused_result));

/* Set the hook in so many nanoseconds, unless some hook is set then.  While one such pause lasts further ones are not
 * begun. */
void waker_ask(struct waker *waker, uint64_t ns);

/* NULL is fine; also in a child that was forked meanwhile, where the thread is not. */
void waker_free(struct waker *waker);
