/* outgrown.h - what native code met where it was left and was not made for: the next code of the function is.
 *
 * A place is an instruction of a code object, by its offset.  Native code that leaves for CPython says which objects it
 * has there; if one of them, or what the instruction makes of them, is an int larger than 64 bits, that is noted, and
 * so is what they are where they were guessed to be something else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* How large ints were, and what else was not as guessed. */
enum outgrown {
	OUTGROWN_SIGN = 1, /* 64 bits, but none for a sign */
	OUTGROWN_WORD = 2, /* any size */
	OUTGROWN_CALL =
		4, /* or what was guessed is not so, in what is called: its own exits tell if it is not built in */
	OUTGROWN_STR = 8, /* an item was taken by an index, but of no str of one byte a character */
	OUTGROWN_ALL = 15,
	MET_OTHER_RESULT = 16, /* what the instruction before gives */
	MET_OBJECTS = 32,      /* operands that are not both numbers, or an attribute that is not the object's own */
	MET_NUMBERS = 64,      /* operands that are, of other types */
	MET_LOOK = 128,        /* somebody asked for the locals of a frame that was there: view_init() */
	/* One more than the value type of what an item was taken from or put into, where that is none that CPython has
	 * an instruction for; or that there were several. */
	MET_CONTAINER = 1 << 8,
	MET_SEVERAL = 255 * MET_CONTAINER,
	MET_ANY = MET_OTHER_RESULT | MET_OBJECTS | MET_NUMBERS | MET_LOOK | MET_SEVERAL,
};

/* Code at pc is about to run with these locals, and then the stack, the top last; NULL: none, or CPython's.  whys: what
 * the exit by which native code was left says (exit_whys()); 0: nothing.  Whether something has outgrown its room
 * there, or a bit later; that is noted, as is what else was not as guessed.  Never raises. */
bool outgrown_see(PyObject *code, uint32_t pc, PyObject *const *values, uint32_t n_locals, uint32_t n_stack,
		  unsigned whys);

/* The same of what is known of another process: bits of enum outgrown. */
void outgrown_add(PyObject *code, uint32_t pc, unsigned how);

/* What was noted there, bits of enum outgrown; 0: nothing. */
unsigned outgrown_at(PyObject *code, uint32_t pc);

/* Say so of all places from now on, for tests. */
void outgrown_everywhere(unsigned how);

/* Forget what was noted of code. */
void outgrown_forget(PyObject *code);
