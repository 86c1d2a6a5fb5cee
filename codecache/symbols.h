/* symbols.h - what profilers and debuggers are told of native code, where somebody wants it ([jit] symbols).
 *
 * perf(1) finds the file /tmp/jit-PID.dump by its mapping, each process' own (Linux: tools/perf/Documentation/
 * jitdump-specification.txt); perf-PID.map would not do, since perf looks there for anonymous memory only.  gdb(1)
 * stops in __jit_debug_register_code() and reads the list of object files behind __jit_debug_descriptor (GDB manual,
 * "JIT Compilation Interface"); forked processes inherit the list.  The code cannot be written, so gdb needs hardware
 * breakpoints there. */
#pragma once

#include <stddef.h>

#include "common/cause.h"

struct roster;

enum symbols { SYMBOLS_NONE = 0, SYMBOLS_PERF = 1, SYMBOLS_GDB = 2, SYMBOLS_ALL = 3 };

/* By its word: none, perf, gdb, all.  A negative value with cause for what is none of them; NULL is none. */
int symbols_from_word(const char *word, struct cause *cause) __attribute__((warn_unused_result));

/* Add code, which must be there already, to this process' dump.  What cannot be written is not: it is for people who
 * will see that it is missing. */
void symbols_dump(const char *name, const void *begin, size_t size);

/* Add all images of the roster from number first on, with the functions that are installed. */
void symbols_dump_images(struct roster *roster, size_t first);

/* Show gdb an object file: image_symfile()'s, or a copy elsewhere, which must stay. */
void symbols_register(const void *symfile, size_t size);
