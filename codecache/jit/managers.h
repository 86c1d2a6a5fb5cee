/* managers.h - the context managers that contextlib.contextmanager() makes of generator functions, whose __enter__()
 * and __exit__() ask the generator for its next value: what they do is known, as long as nobody has changed it.
 *
 * Code other than CPython 3.11's own is CPython's to run: classes are looked at by their versions, functions by their
 * code, what they name by the versions of the dicts. */
#pragma once

#include <stdbool.h>

typedef struct _object PyObject;

/* Whether calling the function gives such a manager, of what it has closed over as "func". */
bool manager_is_made_by(PyObject *function);

/* The manager of a generator, whose reference is taken over; entered: its __exit__, bound, after __enter__() has run.
 * NULL with an exception. */
PyObject *manager_new(PyObject *generator, bool entered);
