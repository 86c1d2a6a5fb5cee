/* app.h - the user's modules, imported, and what they offer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cause.h"

typedef struct _object PyObject;

struct app;

struct app_options {
	const char *path;   /* of the file */
	const char *name;   /* of the section [app NAME], which becomes the module's name; NULL: the file's without its
			       suffix */
	const char *prefix; /* of the methods' names; may be NULL */
	const char *const *methods; /* n_methods patterns of which are offered; none: all */
	size_t n_methods;
};

/* Import the file: sys.path[0] becomes its directory, sys.argv [path].  On failure -errno with cause, and if it was
 * Python that failed *ret_traceback is the traceback as Python prints it (the caller's to free), else NULL.  Needs a
 * started interpreter. */
int app_load(const struct app_options *options, struct app **ret, char **ret_traceback, struct cause *cause)
	__attribute__((warn_unused_result));
void app_free(struct app *app); /* NULL is fine */
static inline void app_freep(struct app **app)
{
	app_free(*app);
}

/* Name -> callable, a dict in the order of __all__ or of definition.  Borrowed. */
PyObject *app_methods(const struct app *app);

/* Name -> str, for what could be taken for a method and is none: the reason.  Borrowed. */
PyObject *app_refused(const struct app *app);

/* The module.  Borrowed. */
PyObject *app_module(const struct app *app);

/* All functions that the module defines, also the methods of its classes and what its decorators wrap, and those that
 * it offers from elsewhere: a new list, each function once, in the order of definition.  NULL with an exception. */
PyObject *app_functions(const struct app *app);

/* ---- all of them ---- */

struct apps {
	struct app **items;
	size_t n;
	PyObject *methods, *refused; /* of all, as above */
};

/* Import one more; as app_load().  A method that an earlier one offers too is an error.  The first call wants an empty
 * struct. */
int apps_load(struct apps *apps, const struct app_options *options, char **ret_traceback, struct cause *cause)
	__attribute__((warn_unused_result));
void apps_clear(struct apps *apps);

/* app_functions() of all: a new list, NULL with an exception. */
PyObject *apps_functions(const struct apps *apps);
