/* feedback.h - what CPython's specialised bytecode says of the operands, as text that a later process can use. */
#pragma once

typedef struct _object PyObject;

/* Of a code object and the code objects among its constants; the caller's, NULL if there is no memory.  Only what means
 * the same in every process: no type versions. */
char *feedback_take(PyObject *code);

/* Make the code say what text does, where it still fits.  In a compiler child only, which never runs it: it is a guess
 * like any other, and guarded. */
void feedback_apply(PyObject *code, const char *text);
