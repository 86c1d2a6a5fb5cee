/* runtime.h - the table of functions that emitted code reaches through (struct rt in jit/rt.h). */
#pragma once

#include <stdbool.h>

struct rt;
typedef struct _object PyObject;

/* This interpreter's table; after switch_init(). */
const struct rt *runtime_table(void);

/* range(start, stop, step); the iterator of a range of which left values are left; the iterator of a list or tuple
 * that gives the item at index next.  New references, NULL with an exception. */
PyObject *runtime_range(PyObject *start, PyObject *stop, PyObject *step);
PyObject *runtime_range_iter(PyObject *next, PyObject *left, PyObject *step);
PyObject *runtime_seq_iter(PyObject *sequence, PyObject *index);
PyObject *runtime_rev_iter(PyObject *sequence, PyObject *index); /* the same of reversed() */
PyObject *runtime_enumerate(PyObject *iterator, PyObject *count);
/* zip() of the sequences in the tuple, each from that item on. */
PyObject *runtime_zip(PyObject *sequences, PyObject *index);
/* itertools.chain(list, rest), as it was when the interpreter started. */
PyObject *runtime_chain(PyObject *list, PyObject *rest);
/* The same of map(), filter() and itertools.compress(). */
PyObject *runtime_map(PyObject *function, PyObject *iterator);
/* A function of one argument that does the rest of min() or max() with key=.  parts: the key function, the iterator,
 * and what there may be: the best item so far, its key; the next item, its key, whether that is better.  NULL:
 * MemoryError. */
PyObject *runtime_best(bool max, PyObject *const *parts);
PyObject *runtime_filter(PyObject *function, PyObject *iterator);
PyObject *runtime_compress(PyObject *items, PyObject *selectors);
/* An iterator that asks the object for its negative. */
PyObject *runtime_raises(PyObject *raiser);
/* The object that Python code is to see of one that native code has: itself, or the list that a list of numbers is.
 * NULL of NULL, and with MemoryError. */
PyObject *runtime_seen(PyObject *object);
/* Whether the object is of a subclass of int that has its arithmetic (but and, or, xor, invert) and comparisons from
 * it, as a member of an IntEnum. */
bool runtime_is_subint(PyObject *object);
