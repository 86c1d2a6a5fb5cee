/* app.h - the user's module, imported; and the interpreter that it lives in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cause.h"

typedef struct _object PyObject;

struct app;

/* Start CPython as python3 would: its environment variables, its site-packages (of $VIRTUAL_ENV, if that is for this
 * version), UTF-8 mode by the locale, sys.executable the real python3.  Standard input becomes /dev/null, standard
 * output is not buffered.  -errno with cause. */
int app_start_python(struct cause *cause) __attribute__((warn_unused_result));

/* The python3 that sys.executable names: of $VIRTUAL_ENV if that is for this version, else the one of the system. */
const char *app_python_executable(void);

/* Import the file at path: sys.path[0] becomes its directory, sys.argv [path], the module's name is the file's without
 * its suffix.  On failure -errno with cause, and if it was Python that failed *ret_traceback is the traceback as Python
 * prints it (the caller's to free), else NULL.  Needs a started interpreter. */
int app_load(const char *path, struct app **ret, char **ret_traceback, struct cause *cause)
	__attribute__((warn_unused_result));
void app_free(struct app *app); /* NULL is fine */
static inline void app_freep(struct app **app)
{
	app_free(*app);
}

/* The callable behind a method's name: borrowed, NULL without an exception if there is none. */
PyObject *app_method(const struct app *app, const char *name);

/* Name -> callable, a dict in the order of __all__ or of definition.  Borrowed. */
PyObject *app_methods(const struct app *app);

/* The module.  Borrowed. */
PyObject *app_module(const struct app *app);

/* All functions that the module defines, also the methods of its classes and what its decorators wrap: a new list, each
 * function once, in the order of definition.  NULL with an exception. */
PyObject *app_functions(const struct app *app);

/* The exception that is set, as Python prints it ("Traceback ..."): to be freed, NULL when memory is short.  The
 * exception is cleared. */
char *app_take_traceback(void);
