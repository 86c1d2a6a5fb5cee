/* jit.h - the compiler, as its callers see it: a function and its argument types in, a unit out.
 *
 * Runs in a compiler child, which dies afterwards: memory is not given back, running out of it aborts the child. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "codecache/unit.h"

typedef struct _object PyObject;
typedef struct json_t json_t;
struct store;

/* One function to compile. */
struct jit_request {
	PyObject *function;            /* PyFunctionObject, not yet stubbed; borrowed */
	const enum value_type *params; /* as observed; one for each local that is bound at entry */
	uint32_t n_params;             /* jit_param_count() of it; of a loop: see struct unit_loop */
	const char *feedback;          /* as feedback_take() has it; NULL: what the code says itself */
	struct unit_loop loop;         /* where the code begins; pc 0: with a call */
};

/* What is wanted of an explanation; the lines always are. */
enum jit_explain { JIT_EXPLAIN_LINES = 1, JIT_EXPLAIN_IR = 2, JIT_EXPLAIN_ASM = 4 };

struct jit_options {
	bool eager;                /* compile also what gains nothing */
	int optimize;              /* gcc's -O, 0 to 3 */
	const char *cpu;           /* "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"; NULL: plain x86-64 */
	bool debug;                /* with lines, for debuggers */
	unsigned explain;          /* enum jit_explain; 0 when compiling */
	FILE *dump;                /* IR text after each pass; may be NULL */
	const char *module;        /* path of preforge-gccjit.so; NULL: nothing can be compiled, only found */
	const struct store *store; /* asked before anything is compiled; may be NULL */
	bool stored;               /* nothing is compiled that it does not have: REASON_NOT_STORED */
	const char *plant;         /* a fault, see plant.h; NULL: none */
	const char *object_path;   /* where the object file may be written */
};

/* How many locals are bound at entry: positional, keyword-only, *args, **kwargs. */
uint32_t jit_param_count(PyObject *code);

/* Whether a call of the function makes a generator, whose body is what is compiled. */
bool jit_gives_generators(PyObject *function);

/* What an argument is, for struct jit_request. */
enum value_type jit_value_type(PyObject *value);

/* Whether a function can be compiled at all (cheap, no IR): REASON_NONE or why not. */
enum reason jit_refuse(PyObject *function);

/* Compile n functions into one unit, with one object file.  Always gives one unit_function for each request, those that
 * are refused with their reason; banned functions too.  Object files that the store has are not made again.  0; -errno
 * with cause if the compiler itself fails (no libgccjit, no as). */
int jit_compile(const struct jit_request *requests, size_t n, const struct jit_options *options, struct unit **ret,
		struct cause *cause) __attribute__((warn_unused_result));

/* Say of a function what jit_compile() would make of it: a unit of no functions with a report (see explain.h), and
 * "name", "file", "line", "key", "word", "reason", "detail", "ir" and "asm" if they are wanted. */
int jit_explain(const struct jit_request *request, const struct jit_options *options, struct unit **ret,
		struct cause *cause) __attribute__((warn_unused_result));

/* What all units of this program have in common, for people: {"preforge":, "python":, ...}.  A new reference, NULL if
 * there is no memory. */
json_t *jit_made_by(const struct jit_options *options);
