/* outgrown.h - where ints were met that native code has no room for, and strs of characters that it does not expect:
 * what the next code of the function is made for.
 *
 * A place is an instruction of a code object, by its offset.  Native code that leaves for CPython says which objects it
 * has there; if one of them is an int, or the instruction makes an int of them, that is larger than 64 bits, that is
 * noted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* How large they were, and other things that were met. */
enum outgrown {
	OUTGROWN_SIGN = 1, /* 64 bits, but none for a sign */
	OUTGROWN_WORD = 2, /* any size */
	OUTGROWN_CALL = 4, /* in what is called: where, its own exits tell if it is not built in */
	OUTGROWN_STR = 8,  /* an item was taken by an index, but of no str of one byte a character */
	OUTGROWN_ALL = 15,
};

/* Code at pc is about to run with these on the stack, the top last; NULL: CPython's.  why: native code was left, as the
 * exit says, or NULL.  Whether there is something to be noted, which is done.  Never raises. */
bool outgrown_see(PyObject *code, uint32_t pc, PyObject *const *stack, uint32_t n, const char *why);

/* The same of what is known of another process: bits of enum outgrown. */
void outgrown_add(PyObject *code, uint32_t pc, unsigned how);

/* What was noted there, bits of enum outgrown; 0: nothing. */
unsigned outgrown_at(PyObject *code, uint32_t pc);

/* Say so of all places from now on, for tests. */
void outgrown_everywhere(unsigned how);

/* Forget what was noted of code. */
void outgrown_forget(PyObject *code);
