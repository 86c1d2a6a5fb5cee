/* catalogue.h - the functions that exist when the workers are forked, numbered.
 *
 * Zygote and workers have the same objects at the same addresses, so a number means the same function in all of them,
 * and a number is all that a worker's request has to say, and all that has to be checked of it.  It is made once,
 * before the first fork, and only read afterwards; a signal handler may read it too.  It keeps the functions alive, so
 * that no address in it is ever given to another object. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

typedef struct _object PyObject;

struct catalogue;

enum { CATALOGUE_NONE = UINT32_MAX };

/* All functions that the garbage collector knows and that can be compiled at all (jit_refuse()).  -ENOMEM with cause.
 */
int catalogue_new(struct catalogue **ret, struct cause *cause) __attribute__((warn_unused_result));
void catalogue_free(struct catalogue *catalogue); /* NULL is fine */
static inline void catalogue_freep(struct catalogue **catalogue)
{
	catalogue_free(*catalogue);
}

/* Numbers are below this. */
uint32_t catalogue_count(const struct catalogue *catalogue);

/* The first function with this code, or of which it is part (a comprehension); code may be any address. CATALOGUE_NONE
 * if there is none.  Async-signal-safe. */
uint32_t catalogue_find(const struct catalogue *catalogue, const void *code);

/* The number of a function object, CATALOGUE_NONE if it came later. */
uint32_t catalogue_number(const struct catalogue *catalogue, PyObject *function);

/* Borrowed: the function with this number, and its code (the original, whatever it runs). */
PyObject *catalogue_function(const struct catalogue *catalogue, uint32_t number);
PyObject *catalogue_code(const struct catalogue *catalogue, uint32_t number);

/* The next function that shares the code of this one, CATALOGUE_NONE after the last. */
uint32_t catalogue_next(const struct catalogue *catalogue, uint32_t number);
