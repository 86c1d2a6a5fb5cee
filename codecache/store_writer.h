/* store_writer.h - files for the store, written by a child of this process: nothing is as slow as a disk, and nobody
 * waits for it.
 *
 * There is one child at a time, beside the compilers and none of them: a disk that hangs keeps nobody from compiling,
 * nor from publishing what was compiled.  What comes while it writes goes to the next one, all together.  Knows no
 * Python. */
#pragma once

#include "codecache/store.h"

struct store_writer;

struct store_writer_options {
	struct store *store; /* must stay */
	unsigned timeout_ms; /* of a child, at least 1 */
	/* A file is in the store, or (cause) it is not.  Called by store_writer_step(), and by store_writer_keep() for
	 * want of memory. */
	void (*written)(const struct store_file *file, const char *cause, void *userdata);
	void *userdata;
};

/* -errno with cause. */
int store_writer_new(const struct store_writer_options *options, struct store_writer **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Kills the child.  In another process than the one that made it, only closes descriptors.  NULL is fine. */
void store_writer_free(struct store_writer *writer);

/* What is in the file is taken over. */
void store_writer_keep(struct store_writer *writer, struct store_file *file);

/* Readable when store_writer_step() has something to do. */
int store_writer_fd(const struct store_writer *writer);
void store_writer_step(struct store_writer *writer);

/* Wait until all is written, and no longer than this. */
void store_writer_flush(struct store_writer *writer, unsigned timeout_ms);
