/* embedded.h - those parts of the zygote and its workers that are written in Python: workers/py/, compiled in.
 *
 * They do what is not done for every request, and what Python knows best: signatures, annotations, asyncio.  The GIL
 * must be held. */
#pragma once

typedef struct _object PyObject;

/* The module of workers/py/NAME.py, run when it is asked for first: a new reference, or NULL with an exception.  It is
 * sys.modules["_preforge_NAME"]. */
PyObject *embedded_import(const char *name) __attribute__((warn_unused_result));

/* embedded_import(name).function(argument) with the arguments that format describes, as PyObject_CallFunction() takes
 * them. */
PyObject *embedded_call(const char *name, const char *function, const char *format, ...)
	__attribute__((warn_unused_result));
