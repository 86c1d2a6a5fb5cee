/* callsites.h - which Python functions calls have called: a guess of what they will call, and guarded as any other.
 *
 * A place is a CALL of a code object; what it called, by itself or through C code that it called, is known by the
 * digest of its code (callee_digest()), which means the same in every process, and for all function objects that share
 * the code. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

enum { CALLSITE_CALLEES = 7 }; /* of one place; with more, none is worth a guess */

/* Code, at offset at, has called callee, another code object. */
void callsites_note(PyObject *code, uint32_t at, PyObject *callee);

/* The same of a callee that is known by its digest. */
void callsites_add(PyObject *code, uint32_t at, uint64_t digest);

/* What was noted there; how many: 0 if nothing was, or too many. */
uint32_t callsites_at(PyObject *code, uint32_t at, uint64_t ret[CALLSITE_CALLEES]);

/* Forget what code has called. */
void callsites_forget(PyObject *code);
