/* publications.h - what was compiled after the fork, told to workers that are already there.
 *
 * A log in shared memory that only the zygote writes: each entry says of which function (its number in the catalogue,
 * which zygote and workers have in common) a specialization is ready, where its code is, and, as the JSON text of a
 * unit, how to use it: constants, exits.  An entry is complete before the count that covers it is stored (release), and
 * never changes afterwards; a worker remembers how far it has read (acquire).  Nothing is ever removed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

enum { PUBLICATIONS_MAX = 8192 };

struct publication {
	uint32_t function; /* number in the catalogue */
	uint32_t index;    /* its row of counters: native_index() */
	uint32_t entry;    /* offset of its code in the code arena */
	uint32_t row;      /* of the index; UINT32_MAX: none */
	const char *text;  /* size bytes of JSON, not terminated */
	uint32_t size;
	/* For symbols.h, if they are wanted. */
	uint32_t code_size;
	const void *symfile; /* kept by publications_keep(); NULL: none, or another entry has it */
	size_t symfile_size;
};

struct publications;

/* Reserve size bytes for texts.  -errno with cause. */
int publications_new(size_t size, struct publications **ret, struct cause *cause) __attribute__((warn_unused_result));
void publications_free(struct publications *publications); /* NULL is fine */
static inline void publications_freep(struct publications **publications)
{
	publications_free(*publications);
}

/* Copy and publish.  -ENOSPC with cause when it is full, -EPERM in a process that is not the writer. */
int publications_add(struct publications *publications, const struct publication *publication, struct cause *cause)
	__attribute__((warn_unused_result));

/* Copy bytes to where workers can read them.  NULL if there is no room. */
const void *publications_keep(struct publications *publications, const void *bytes, size_t size);

uint32_t publications_count(const struct publications *publications);

/* Entry number i < publications_count(); its text lies in the shared memory. */
struct publication publications_read(const struct publications *publications, uint32_t i);
