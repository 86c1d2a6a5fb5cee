/* feedback.h - what CPython's specialised bytecode says of the operands, as text that a later process can use. */
#pragma once

#include <stddef.h>

typedef struct _object PyObject;

/* Of a function, of the code objects among its constants, and of the functions that may be built into its code; the
 * caller's, NULL if there is no memory.  Only what means the same in every process: no type versions.  codes:
 * what the function's calls ran in, resume code for instance; of several the first that says something tells.  n 0: its
 * own code. */
char *feedback_take(PyObject *function, PyObject *const *codes, size_t n);

/* The text that a function with this code was compiled by, which an earlier process has taken: until the code says
 * something itself, it speaks for it where others call it. */
void feedback_know(PyObject *code, const char *text);

/* Make the code of the function say what text does, where it still fits.  In a compiler child only, which never runs
 * it: it is a guess like any other, and guarded. */
void feedback_apply(PyObject *function, const char *text);

/* The text with what this process knows beside it of what native code of the function met that it was not made for, and
 * from now on this process knows both: what a worker has seen is not forgotten when another one, or the same later, saw
 * something else.  The caller's, NULL if there is no memory. */
char *feedback_join(PyObject *function, const char *text);

/* The same for this process alone. */
void feedback_learn(PyObject *function, const char *text);
