/* ctl_store.h - a store as preforgectl sees it: its files with what is known of them, and whether anybody has use for
 * them. */
#pragma once

#include <jansson.h>

#include "codecache/store.h"
#include "common/cause.h"

enum file_state {
	FILE_READY,  /* a start that asks for it would load it */
	FILE_IN_USE, /* the daemon has */
	FILE_STALE,  /* no start of this Preforge will ask for it */
	FILE_BAD,    /* no start will believe it */
};

extern const char *const file_state_words[];

struct stored {
	struct store_entry entry;
	json_t *record; /* NULL: bad */
	size_t object_size;
	enum file_state state;
	char *why; /* for people: what is wrong with it, or may be; may be NULL */
};

struct store_view {
	struct store *store;
	json_t *made_by;    /* what a unit must say to be loaded; NULL: not known */
	json_t *in_use;     /* an object with a member for each unit that the daemon has; NULL: no daemon */
	uint64_t max_bytes; /* of the store; 0: no limit */
	struct stored *files;
	size_t n;
};

/* The store of a daemon, by what it says of it (codecache_store_json()); or that in a directory, with daemon NULL.
 * make: also if there is none yet.  -errno with cause. */
int store_view_open(const json_t *daemon, const char *directory, bool make, struct store_view *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Read all files, those not used for longest first. */
int store_view_read(struct store_view *view, struct cause *cause) __attribute__((warn_unused_result));

void store_view_clear(struct store_view *view);

/* What a file is about, for people: its functions, its app; the caller's, NULL if there is no memory. */
char *stored_about(const struct stored *file);

/* Whether text is a key's beginning (at least 4 digits) or names a function that the file is about. */
bool stored_matches(const struct stored *file, const char *text);

/* All that is known; a new reference, NULL if there is no memory. */
json_t *stored_json(const struct store_view *view, const struct stored *file);
