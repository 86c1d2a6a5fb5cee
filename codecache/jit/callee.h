/* callee.h - functions that native code calls directly: how one is named, and how one tells that it is the one that was
 * compiled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* The function that has this dotted name among the globals (a dict): "fib", or "Node.count" in the class's own dict, or
 * the getter of a property there.  Borrowed; NULL, without an exception, if there is none. */
PyObject *callee_find(PyObject *globals, const char *name);

/* The function's own code, borrowed from it, also where it runs a stub.  NULL, without an exception: an audit hook
 * forbids to look. */
PyObject *callee_code(PyObject *function);

/* A number that two code objects share if they do the same: bytecode, names, constants, and what is nested.  The same
 * in all processes.  Never 0, less than 2**62. */
uint64_t callee_digest(PyObject *code);

/* Names, as callee_find() has them, of functions (properties: of properties) that classes among the globals have under
 * that name in their own dicts; each function once.  The caller's, up to most of them; how many. */
enum { CALLEE_NAME = 256 };
uint32_t callee_methods(PyObject *globals, const char *name, bool properties, uint32_t most, char (*ret)[CALLEE_NAME]);
/* The name of a member of that class, if the class is among the globals under a name of its own. */
bool callee_member_name(PyObject *globals, PyObject *class, const char *member, char ret[CALLEE_NAME]);
