/* roster.h - which machine code is whose: from an address in the arena to the functions that it is the code of, and out
 * of service with them.
 *
 * The zygote and preforge-python keep it; workers inherit theirs, and drop by it what the index says is banned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/index.h"
#include "codecache/loader.h"
#include "codecache/native.h"
#include "codecache/unit.h"

struct roster;

/* A specialization that was installed. */
struct roster_entry {
	struct native_function *native;
	const void *code; /* its entry */
	uint32_t row;     /* of the index; UINT32_MAX: none */
	size_t image;     /* which, in the order of roster_add_image() */
	char *name;       /* app.function */
	char *types;      /* of its arguments: "int, float" */
	char *symbol;     /* in its image */
	char *key;        /* of its IR; "": none */
	double gain;      /* native against CPython, time of a call; 0: not known */
	bool unproven;    /* it was not run in shadow, and no calls of a worker were tried yet, see proof.h */
	bool dropped;
};

/* NULL if there is no memory. */
struct roster *roster_new(void);
void roster_free(struct roster *roster); /* NULL is fine */

/* An image whose functions follow, and the key of its unit (copied).  Takes the image over if it succeeds.  -ENOMEM. */
int roster_add_image(struct roster *roster, struct image *image, const char *key);

/* The key of the unit that image number i (in the order of their adding) is made from; NULL beyond the last one. */
const char *roster_image_key(const struct roster *roster, size_t i);

size_t roster_image_count(const struct roster *roster);

/* Image number i, NULL beyond the last one. */
const struct image *roster_image(const struct roster *roster, size_t i);

/* A function of the image that was added last.  -ENOMEM. */
int roster_add(struct roster *roster, const struct unit_function *f, struct native_function *native, const void *code,
	       uint32_t row) __attribute__((warn_unused_result));

/* Whose code is at p: the function's; all those of the unit, if it is in none or that function is out of service
 * already (another one has its code inlined, or calls it directly).  ret has room for UNIT_MAX_FUNCTIONS; returns how
 * many there are, none of them dropped. */
size_t roster_find(const struct roster *roster, const void *p, struct roster_entry **ret);

/* Take an entry out of service in this process. */
void roster_drop(struct roster_entry *entry);

/* Drop all whose rows are banned. */
void roster_drop_banned(struct roster *roster, const struct index *index);

/* All of them, in the order of their installation. */
struct roster_entry *roster_entries(struct roster *roster, size_t *ret_n);
