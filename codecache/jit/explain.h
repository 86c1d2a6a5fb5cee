/* explain.h - what became of a function's lines: for preforgectl explain. */
#pragma once

#include <jansson.h>

#include "codecache/jit/ir.h"

typedef struct _object PyObject;

/* Of f and the functions that it calls directly, after the passes and with numbered exits: {"members": [{"name",
 * "file", "line", "lines": [{"line", "operations", "runtime": {NAME: how many}, "leaves": [why], "notes": [text]}]}],
 * "exits": [{"member", "line", "why"}]}.  A new reference; aborts when there is no memory, as its process has no other
 * work. */
json_t *explain_lines(struct ir_function *f, PyObject *function);

/* The IR as text; a new reference. */
json_t *explain_ir(struct ir_function *f);

/* What objdump says of the object file; a new reference, a sentence if it cannot be run. */
json_t *explain_asm(const char *object_path);
