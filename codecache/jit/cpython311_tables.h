/* cpython311_tables.h - CPython's tables of opcodes, for cpython311_*.c only, which define Py_BUILD_CORE: how many
 * inline caches follow one, and which one a specialised one came from.  Neither python3 nor libpython exports its own,
 * so these are ours, with names that do not clash with those. */
#pragma once

#define _PyOpcode_Caches pf_opcode_caches
#define _PyOpcode_Deopt  pf_opcode_deopt
#include <internal/pycore_opcode.h>
