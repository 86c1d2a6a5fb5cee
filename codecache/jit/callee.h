/* callee.h - functions that native code calls directly: how one is named, and how one tells that it is the one that was
 * compiled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

/* An attribute of an object that keeps it alive; borrowed, NULL, without an exception, if there is none. */
PyObject *callee_part(PyObject *owner, const char *name);

enum { CALLEE_NAME = 256 };

/* The function that has this dotted name among the globals (a dict): "fib", or "Node.count" in the class's own dict,
 * which may be a static or class method, or the getter of a property, whose setter is "Node.count.fset"; or
 * "fib.__wrapped__"; or "fib.function", what fib has closed over under that name.  Borrowed; NULL, without an
 * exception, if there is none. */
PyObject *callee_find(PyObject *globals, const char *name);

/* The name of what is in a cell of the closure of a function that has that name; false: it would be too long. */
bool callee_closed_over(const char *name, PyObject *function, uint32_t number, char ret[CALLEE_NAME]);

/* A function of another module is "@MODULE:NAME", where NAME is one as above among the globals of that module.  The
 * globals that the name is to be looked up in, and *name without the module; borrowed, NULL: no such module is
 * imported.
 */
PyObject *callee_globals(PyObject *globals, const char **name);

/* What the function is called from any module, "@MODULE:NAME"; false: it is not to be found under its own name. */
bool callee_name(PyObject *function, char ret[CALLEE_NAME]);

/* Call visit with the name of each function that callee_find() finds: of globals, of members of classes, what such a
 * function or another callable is a wrapper of ("fib.__wrapped__"), and what it has closed over. */
void callee_each(PyObject *globals, void (*visit)(const char *name, void *data), void *data);

/* The function's own code, borrowed from it, also where it runs a stub.  NULL, without an exception: an audit hook
 * forbids to look. */
PyObject *callee_code(PyObject *function);

/* Whether it is of another module than what has those globals, and so large that it is better compiled by itself. */
bool callee_is_far(PyObject *globals, PyObject *function);

/* A number that two code objects share if they do the same: bytecode, names, constants, and what is nested.  The same
 * in all processes.  Never 0, less than 2**62. */
uint64_t callee_digest(PyObject *code);

enum callee_kind { CALLEE_METHOD, CALLEE_STATIC, CALLEE_CLASS, CALLEE_GETTER, CALLEE_SETTER };

/* Names, as callee_find() has them, of the functions of that kind that classes among the globals have under that name
 * in their own dicts; each function once.  The caller's, up to most of them; how many. */
uint32_t callee_methods(PyObject *globals, const char *name, enum callee_kind kind, uint32_t most,
			char (*ret)[CALLEE_NAME]);
/* Of a class of any module the function under that name whose code has that digest, by what callee_name() calls it;
 * false: there is none. */
bool callee_search(const char *name, uint64_t digest, enum callee_kind *ret_kind, char ret[CALLEE_NAME]);
/* The one that the class of that name has, its own or inherited; false: it is no method of any kind. */
bool callee_of_class(PyObject *globals, const char *class_name, const char *name, enum callee_kind *ret_kind,
		     char ret[CALLEE_NAME]);
/* The name of a member of that class, if the class is among the globals under a name of its own. */
bool callee_member_name(PyObject *globals, PyObject *class, const char *member, char ret[CALLEE_NAME]);
