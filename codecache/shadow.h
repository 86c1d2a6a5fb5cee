/* shadow.h - trust, then verify: new native code is run on calls that were made before, beside CPython.
 *
 * Only functions that can be called once more (unit_function.pure), with copies of arguments of builtin types, in a
 * child that has nothing to write to.  Which calls: codecache_request.calls. */
#pragma once

#include <stdbool.h>

#include "codecache/compiler.h"

typedef struct _object PyObject;

struct batch;
struct codecache_request;
struct image;

enum { SHADOW_CALLS = 3 }; /* are enough of a function */

/* A copy of what a call's n parameters are bound to (locals), as deep as it goes, a tuple; NULL without an exception if
 * there is more than builtin types in them, or too much.  For codecache_request.calls. */
PyObject *shadow_copy(PyObject *const *args, Py_ssize_t n);

/* What copies may still have; bytes: of strs, bytes and large ints. */
struct shadow_room {
	size_t objects, bytes;
};

/* All calls of one function that a worker keeps to send them. */
#define SHADOW_ROOM ((struct shadow_room){ .objects = 2048, .bytes = 32768 })

/* Append such a copy, within the room, to a list of calls, which is made if it is NULL; without an exception or a
 * collection, whatever happens: the call is about to begin, and the program's finalizers are none of it. */
void shadow_record(PyObject **calls, PyObject *const *args, Py_ssize_t n, struct shadow_room *room);

/* Such copies, or as many of them as have room in max bytes, for codecache_request.packed_calls: a bytes object; NULL
 * without an exception if there are none. */
PyObject *shadow_pack(PyObject *calls, size_t max);

/* One shadow run, a job for a compiler child: batch, unit and image are the caller's, and must stay. */
struct shadow {
	const struct batch *batch;
	const struct unit *unit;
	const struct image *image;
	struct compiler_job job; /* whose done is the caller's, as well as compiler_job_clear() */
};

/* Whether calls are known. */
bool shadow_has_calls(const struct codecache_request *request);

/* Whether there is anything that can be run. */
bool shadow_begin(struct shadow *shadow, const struct batch *batch, const struct unit *unit, const struct image *image);

/* After the job.  wrong[i]: what function i of the unit gives and what CPython gives, the caller's to free, NULL if
 * they are the same or nobody knows.  A negative value with cause if the child crashed. */
int shadow_end(const struct shadow *shadow, char **wrong, struct cause *cause) __attribute__((warn_unused_result));

/* Both, and waits in between. */
int shadow_run(const struct batch *batch, const struct unit *unit, const struct image *image, char **wrong,
	       struct cause *cause) __attribute__((warn_unused_result));
