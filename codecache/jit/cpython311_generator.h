/* cpython311_generator.h - what next() does with a generator, in place of CPython's Objects/genobject.c.
 *
 * A generator stays CPython's object: its frame is in it, holds all that there is while it waits, and says where.
 * Whoever asks it for the next value - a loop, sum(), zip(), `yield from` - does so through two slots of its type, which
 * are ours from generator_init() on.
 *
 * - One that waits in `yield from` asks the iterator that it waits for at once: its own code is not run for a value
 *   that only passes through it.
 * - One whose code has a native body runs that.
 * - All else is CPython's, and so are send() with a value, throw(), close(), and calls that are traced. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cause.h"

typedef struct _object PyObject;

/* is_watched: whether somebody wants to see each frame that is run (PEP 523). Once in a process. */
int generator_init(bool (*is_watched)(void), struct cause *cause) __attribute__((warn_unused_result));
