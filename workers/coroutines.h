/* coroutines.h - what async methods return is run to its end; see workers/py/coroutines.py.
 *
 * Only by a call's result is it known: a decorator may make any function async.  The GIL must be held. */
#pragma once

#include <stdbool.h>

typedef struct _object PyObject;

/* Is the result something to be waited for? */
bool coroutines_wanted(PyObject *result);

/* What comes of it: a new reference, or NULL with an exception.  result is consumed. */
PyObject *coroutines_run(PyObject *result) __attribute__((warn_unused_result));

/* Before a fork: end the event loop, if there is one.  What goes wrong is lost, as it belongs to nobody. */
void coroutines_close(void);
