/* cpython311_record.h - records: classes whose __init__ only stores its arguments as attributes. */
#pragma once

#include <stdbool.h>

typedef struct _object PyObject;

/* Whether the class lets an __init__ of that code, which stores what it stores in the order of its names, do just that,
 * and nobody can tell when its instances are made and die. */
bool record_fits(PyObject *class, PyObject *code);

/* The attributes, borrowed, of an instance, RT_MAX_VALUES at most; false: it has others, or in another order, or a dict
 * that somebody has seen. */
bool record_attributes(PyObject *object, PyObject *code, PyObject **ret);
