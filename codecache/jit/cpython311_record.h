/* cpython311_record.h - records: classes whose __init__ stores its arguments, or what it computes from them, as
 * attributes: each once, in the order of its instructions, whatever it is called with. */
#pragma once

#include <stdbool.h>

typedef struct _object PyObject;

/* Whether the class lets an __init__ of that code do just that, and nobody can tell when its instances are made and
 * die. */
bool record_fits(PyObject *class, PyObject *code);

/* The attributes, borrowed, of an instance, RT_MAX_VALUES at most: how many; 0: it has others, or in another order, or
 * a dict that somebody has seen. */
int record_attributes(PyObject *object, PyObject *code, PyObject **ret);

/* Whether it is an instance of that class, with these attributes, all of them ints and floats, that nobody but who asks
 * refers to: with other numbers it would be another one for all that anybody can tell. */
bool record_is_free(PyObject *object, PyObject *class, PyObject *code);
