/* feedback.h - what CPython's specialised bytecode says of the operands, as text that a later process can use. */
#pragma once

typedef struct _object PyObject;

/* Of a function, of the code objects among its constants, and of the functions that may be built into its code; the
 * caller's, NULL if there is no memory.  Only what means the same in every process: no type versions.  code: what the
 * function's calls ran in, resume code for instance; NULL: its own. */
char *feedback_take(PyObject *function, PyObject *code);

/* Make the code of the function say what text does, where it still fits.  In a compiler child only, which never runs
 * it: it is a guess like any other, and guarded. */
void feedback_apply(PyObject *function, const char *text);
