/* store.h - the store: a directory that keeps compiled code, and what was hot, between starts.
 *
 * One file a unit, named by its key, which is a digest of everything that the machine code is made from (see
 * jit/unit_key.h): a file is never changed, and one whose key is not asked for any more is garbage.  Files appear whole
 * (a temporary file, fsync, rename), so any number of daemons and preforge-pythons may share a directory, and any of
 * them may be killed at any time.
 *
 * Nothing that is found there is believed: owner, mode, size and checksum are looked at first.  Whoever can write as
 * the directory's owner can put code there that is run; a worker runs as that user too, so the store defends against
 * accidents and other users, not against the app itself.
 *
 * No descriptor stays open: there is nothing for a worker to inherit.  Knows no Python; safe in a forked child. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "codecache/store_file.h"
#include "common/cause.h"

struct store;

struct store_options {
	const char *directory; /* made if it is not there */
	uint64_t max_bytes;    /* of all files; what was not used for longest goes first.  0: no limit */
	bool any_owner;        /* for tools that do not run what is in it: directory and files may be somebody's */
	bool keep;             /* do not make the directory */
	bool later;            /* make it with store_make(), if something is to be in it */
};

/* -errno with cause if the directory cannot be made or is not to be trusted (-EPERM). */
int store_open(const struct store_options *options, struct store **ret, struct cause *cause)
	__attribute__((warn_unused_result));
void store_free(struct store *store); /* NULL is fine */
static inline void store_freep(struct store **store)
{
	store_free(*store);
}

/* Make its directory, and those above.  -errno with cause. */
int store_make(const struct store *store, struct cause *cause) __attribute__((warn_unused_result));

const char *store_directory(const struct store *store);

/* Read a file (the caller clears it) and note that it was used.  -ENOENT: there is none; any other -errno with cause:
 * there is one that cannot be used, and store_put() may replace it. */
int store_get(const struct store *store, enum store_kind kind, const char *key, struct store_file *ret,
	      struct cause *cause) __attribute__((warn_unused_result));

/* Write a file, and let others go if there are too many then.  -errno with cause: nothing has changed. */
int store_put(struct store *store, const struct store_file *file, struct cause *cause)
	__attribute__((warn_unused_result));

/* -ENOENT if it is not there. */
int store_remove(const struct store *store, enum store_kind kind, const char *key, struct cause *cause);

/* That the code of a function must not run again: it crashed, it hung the compiler, it gains nothing.  Compilers refuse
 * the function with this reason from then on, in this process and all later ones, until its key changes: its bytecode,
 * what it inlines, or the compiler. */
struct store_ban {
	const char *key;  /* struct unit_function.key */
	const char *word; /* reason_word() */
	const char *name; /* for people, as the detail, which may be NULL */
	const char *detail;
};

/* A file for store_put(), which store_file_clear() frees.  -EINVAL, -ENOMEM with cause. */
int store_ban_pack(const struct store_ban *ban, struct store_file *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* The record of the ban {"reason": word, "name":, "detail":, "time":}, a new reference; NULL if there is none.  One
 * that is damaged, which cause tells, still bans: what it forgets would crash again. */
json_t *store_banned(const struct store *store, const char *key, struct cause *cause);

/* What a function's code (struct unit_function.key) was measured to gain, native against CPython: a file for
 * store_put(), which store_file_clear() frees.  -EINVAL, -ENOMEM with cause. */
int store_gain_pack(const char *key, const char *name, double gain, struct store_file *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* 0 if it is not known. */
double store_gain(const struct store *store, const char *key);

/* ---- for tools ---- */

/* A file as the directory shows it. */
struct store_entry {
	enum store_kind kind;
	char key[DIGEST_TEXT];
	uint64_t size;
	struct timespec used; /* the last time */
};

/* All files, those not used for longest first; *ret is the caller's.  -errno with cause. */
int store_list(const struct store *store, struct store_entry **ret, size_t *ret_n, struct cause *cause)
	__attribute__((warn_unused_result));

/* Remove what was not used for longest until at most max_bytes are left; temporary files of killed processes too. */
int store_prune(struct store *store, uint64_t max_bytes, uint64_t *ret_files, uint64_t *ret_bytes, struct cause *cause)
	__attribute__((warn_unused_result));

/* What store_export() and store_import() did. */
struct store_counts {
	unsigned n[STORE_KIND_COUNT]; /* files of each kind */
	unsigned bad;                 /* files that were left out, with the cause of the last one */
	struct cause cause;
};

/* Write all files that are good as one to path, which appears whole and readable for its owner only.  -errno with
 * cause. */
int store_export(const struct store *store, const char *path, struct store_counts *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Take over what store_export() wrote.  The file is as little believed as one of the store: it must be a regular one of
 * ours, root's or the store's owner, that nobody else may write to, and its checksum and those of all files in it must
 * be right.  Nothing is taken over from one that is refused: -EPERM, -EBADMSG or another -errno with cause. */
int store_import(struct store *store, const char *path, struct store_counts *ret, struct cause *cause)
	__attribute__((warn_unused_result));
