/* index.h - the publish table: which specialization is in which state, and where its code is.
 *
 * Written by the zygote only, read by it and by its workers while it is written: the memory is an arena, and each row
 * has one word that says all that must agree (state, reason, place), published with one release store.  A row is never
 * removed or given to another specialization.  A specialization that is not here, or not ready, runs in CPython. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/unit.h"
#include "common/cause.h"

enum { INDEX_MAX_ROWS = 16384 };

enum index_state {
	INDEX_NONE,      /* no such row */
	INDEX_QUEUED,    /* wants a compiler */
	INDEX_COMPILING, /* has one */
	INDEX_READY,     /* has code */
	INDEX_REFUSED,   /* has none, for a reason */
	INDEX_BANNED,    /* had code that must not run any more, for a reason */
};

/* A row at one moment. */
struct index_view {
	enum index_state state;
	enum reason reason;  /* REFUSED, BANNED */
	uint32_t offset;     /* READY: of the entry in the code arena */
	uint32_t size;       /* READY: bytes of code */
	uint32_t compile_us; /* wall time of its unit, microseconds */
};

struct index;

/* Reserve a table of rows (1 to INDEX_MAX_ROWS).  -errno with cause. */
int index_new(uint32_t rows, struct index **ret, struct cause *cause) __attribute__((warn_unused_result));
void index_free(struct index *index); /* NULL is fine */
static inline void index_freep(struct index **index)
{
	index_free(*index);
}

/* The row of a specialization (a hash of the code object and the argument types), made QUEUED if there is none. -ENOSPC
 * with cause if the table is full, -EPERM in a process that is not the writer. */
int index_add(struct index *index, uint64_t code, const enum value_type *params, uint32_t n_params, uint32_t *ret_row,
	      struct cause *cause) __attribute__((warn_unused_result));

/* The row of a specialization, -ENOENT if there is none. */
int index_find(const struct index *index, uint64_t code, const enum value_type *params, uint32_t n_params,
	       uint32_t *ret_row) __attribute__((warn_unused_result));

/* Publish.  Only the writer; row comes from index_add(). */
void index_publish(struct index *index, uint32_t row, const struct index_view *view);

/* Read row as it is now; INDEX_NONE if there is none. */
struct index_view index_read(const struct index *index, uint32_t row);

/* How many times a row was banned: where it differs from before, there is code to drop. */
uint32_t index_bans(const struct index *index);

uint32_t index_count(const struct index *index); /* rows */
