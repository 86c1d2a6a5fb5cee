/* store_writer.c - see store_writer.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/compiler.h"
#include "codecache/store_writer.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum { MAX_FILES = 32 }; /* of one child */

/* What one child writes. */
struct put {
	struct store_writer *writer;
	unsigned n;
	struct store_file files[MAX_FILES];
	struct compiler_job job;
	STAILQ_ENTRY(put) entry;
};

struct store_writer {
	struct store_writer_options options;
	struct compilers *children;
	STAILQ_HEAD(, put) puts; /* that are not done */
	struct put *waiting;     /* the last one, which has no child yet; NULL: none */
};

/* ---- one child's files -------------------------------------------------------- */

static int put_work(const char *object_path, void *data, struct unit **ret, struct cause *cause)
{
	(void)object_path;
	struct put *put = data;
	*ret = calloc(1, sizeof(**ret));
	int r = *ret ? 0 : cause_set_errno(cause, -ENOMEM, "the store");
	for (unsigned i = 0; i < put->n; i++) { /* one that is too large keeps no ban from the disk */
		int w = store_put(put->writer->options.store, &put->files[i], cause);
		r = w < 0 ? w : r;
	}
	return r;
}

static void put_started(struct compiler_job *job)
{
	const struct put *put = job->data;
	if (put->writer->waiting == put)
		put->writer->waiting = NULL;
}

static void put_free(struct put *put)
{
	for (unsigned i = 0; i < put->n; i++)
		store_file_clear(&put->files[i]);
	compiler_job_clear(&put->job);
	free(put);
}

static void put_done(struct compiler_job *job)
{
	struct put *put = job->data;
	const struct store_writer_options *options = &put->writer->options;
	const char *cause = job->unit ? NULL : job->detail ? job->detail : "it was not written";
	put_started(job); /* it may have failed to */
	for (unsigned i = 0; i < put->n; i++)
		options->written(&put->files[i], cause, options->userdata);
	STAILQ_REMOVE(&put->writer->puts, put, put, entry);
	put_free(put);
}

/* One that has room and no child yet; NULL if there is no memory. */
static struct put *put_get(struct store_writer *writer)
{
	struct put *put = writer->waiting;
	if (put && put->n < MAX_FILES)
		return put;
	put = calloc(1, sizeof(*put));
	if (!put)
		return NULL;
	put->writer = writer;
	put->job = (struct compiler_job){
		.work = put_work, .data = put, .at_large = true, .started = put_started, .done = put_done
	};
	STAILQ_INSERT_TAIL(&writer->puts, put, entry);
	writer->waiting = put;
	compilers_add(writer->children, &put->job);
	return put;
}

void store_writer_keep(struct store_writer *writer, struct store_file *file)
{
	struct put *put = put_get(writer);
	if (!put) {
		writer->options.written(file, strerrordesc_np(ENOMEM), writer->options.userdata);
		store_file_clear(file);
		return;
	}
	put->files[put->n++] = *file;
	*file = (struct store_file){};
	store_writer_step(writer);
}

/* ---- all of them -------------------------------------------------------------- */

int store_writer_new(const struct store_writer_options *options, struct store_writer **ret, struct cause *cause)
{
	struct store_writer *writer = calloc(1, sizeof(*writer));
	if (!writer)
		return cause_set_errno(cause, -ENOMEM, "the store");
	writer->options = *options;
	STAILQ_INIT(&writer->puts);
	const struct compiler_options one = { .children = 1, .timeout_ms = options->timeout_ms };
	int r = compilers_new(&one, &writer->children, cause);
	if (r < 0) {
		store_writer_free(writer);
		return r;
	}
	*ret = writer;
	return 0;
}

void store_writer_free(struct store_writer *writer)
{
	if (!writer)
		return;
	compilers_free(writer->children);
	while (!STAILQ_EMPTY(&writer->puts)) {
		struct put *put = STAILQ_FIRST(&writer->puts);
		STAILQ_REMOVE_HEAD(&writer->puts, entry);
		put_free(put);
	}
	free(writer);
}

int store_writer_fd(const struct store_writer *writer)
{
	return compilers_fd(writer->children);
}

void store_writer_step(struct store_writer *writer)
{
	compilers_step(writer->children);
}

void store_writer_flush(struct store_writer *writer, unsigned timeout_ms)
{
	uint64_t until = monotonic_us() + timeout_ms * UINT64_C(1000), now;
	for (;;) {
		compilers_step(writer->children);
		now = monotonic_us();
		if (STAILQ_EMPTY(&writer->puts) || now >= until)
			return;
		struct pollfd ready = { .fd = compilers_fd(writer->children), .events = POLLIN };
		(void)poll(&ready, 1, (int)((until - now) / 1000) + 1);
	}
}
