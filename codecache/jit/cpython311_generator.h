/* cpython311_generator.h - what next() does with a generator, in place of CPython's Objects/genobject.c.
 *
 * A generator stays CPython's object: its frame is in it, holds all that there is while it waits, and says where.
 * Whoever asks it for the next value - a loop, sum(), zip(), `yield from` - does so through two slots of its type,
 * which are ours from generator_init() on.
 *
 * - One that waits in `yield from` asks the iterator that it waits for at once: its own code is not run for a value
 *   that only passes through it.
 * - One whose code has a native body runs that.
 * - All else is CPython's, and so are send() with a value, throw(), close(), and calls that are traced. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecache/jit/cpython311_frame.h"
#include "common/cause.h"

typedef struct _object PyObject;

/* Once in a process. */
int generator_init(struct cause *cause) __attribute__((warn_unused_result));

/* A frame hook that need not see each frame that is run; with any other, generators are CPython's. */
void generator_set_own_hook(frame_hook hook);

struct rt;
struct side_exit;

/* The native body of the generators of a code object. */
struct generator_body {
	PyObject *code;               /* borrowed: what the frame shows while it runs */
	PyObject *globals, *builtins; /* borrowed: frames with others are CPython's */
	int credit;                   /* none: it is not run any more */
	PyObject *(*entry)(const struct rt *rt, PyObject *const *consts, PyObject *const *args, struct side_exit *exit);
	const struct rt *rt;
	PyObject *const *consts;
	struct side_exit *exit;
	_Atomic uint64_t *runs; /* only this process counts there */
	/* It was left: CPython goes on in the frame.  What that yields or returns, as of entry; false: nothing has been
	 * done yet. */
	bool (*go_on)(struct generator_body *body, PyObject **locals, PyObject **ret);
};

enum {
	GENERATOR_CREDIT = 64, /* at first, and at most */
	GENERATOR_COST_OF_EXIT = 4,
};

/* Frames of that code, which has the bytecode of body->code, are run by body, which lives for ever, from now on. */
void generator_set_body(PyObject *code, struct generator_body *body);
