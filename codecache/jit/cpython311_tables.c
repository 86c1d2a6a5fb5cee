/* cpython311_tables.c - see cpython311_tables.h.  CPython's header has the definitions. */
#include "config.h"

#include <Python.h>
#define Py_BUILD_CORE 1
#define NEED_OPCODE_TABLES
#include "codecache/jit/cpython311_tables.h"
