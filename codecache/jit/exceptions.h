/* exceptions.h - what is known of classes of exceptions. */
#pragma once

#include <stdbool.h>

typedef struct _object PyObject;

/* Whether object is a class of exceptions that makes, keeps and drops instances as BaseException does: nobody can tell
 * whether one was made that nobody has seen. */
bool exception_class_is_plain(PyObject *object);
