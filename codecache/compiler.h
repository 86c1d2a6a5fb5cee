/* compiler.h - compilations in children of this process.
 *
 * A compilation may crash, loop, exit (libgccjit does where `as` is missing), leak: none of it concerns the caller, who
 * gets a unit or a reason.  A child has a process group and a directory of its own, no descriptor but a pipe for its
 * result, a fixed environment, less priority, limits, and a deadline.  Knows no Python. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "codecache/unit.h"
#include "common/cause.h"

/* One compilation. */
struct compiler_job {
	/* Runs in the child: make the unit, with the object file written to object_path in between.  -errno with cause;
	 * -ENOENT: there is no compiler. */
	int (*work)(const char *object_path, void *data, struct unit **ret, struct cause *cause);
	void *data;
	bool at_large;       /* work() runs no compiler, and writes elsewhere: the child is not locked in */
	unsigned timeout_ms; /* of its own; 0: that of the options */

	/* What became of it; compiler_job_clear() frees it. */
	struct unit *unit;   /* checked by unit_from_json(); NULL if there is none */
	enum reason reason;  /* then: COMPILER_FAILED, COMPILER_TIMEOUT, NO_COMPILER or NO_MEMORY */
	char *detail;        /* then: for people; may be NULL */
	bool crashed;        /* then: it died of what it did, and not for want of something */
	bool late;           /* then: it was given up, see compiler_options.until_us */
	uint64_t elapsed_us; /* wall time, microseconds */

	/* Called by compilers_step() when it has a child, and at its end; may add jobs; NULL: nobody. */
	void (*started)(struct compiler_job *job);
	void (*done)(struct compiler_job *job);
	STAILQ_ENTRY(compiler_job) entry; /* private */
};

struct compiler_options {
	unsigned children;   /* at a time, 1 to COMPILER_MAX_CHILDREN */
	unsigned timeout_ms; /* of each, from its start; at least 1 */
	bool urgent;         /* the program waits for it: do not give way to everything else */
	bool unseen; /* the program runs meanwhile: its wait() does not see the children, and it may close descriptors;
		      * for a process without other threads */
	bool show_stderr;  /* copy what the children say to stderr */
	uint64_t until_us; /* compiler_run() waits no longer (CLOCK_MONOTONIC, microseconds); 0: until all have ended */
};

enum { COMPILER_MAX_CHILDREN = 64 };

/* How many may run beside workers that serve, on so many CPUs: half as many, and one at least. */
unsigned compilers_beside_workers(long cpus);

/* Free the results. */
void compiler_job_clear(struct compiler_job *job);

/* Run all jobs and wait for them.  The caller's thread forks; in the child it runs work() and nothing else of the
 * process, so locks that other threads held stay locked there. */
void compiler_run(struct compiler_job *jobs, size_t n, const struct compiler_options *options);

/* ---- without waiting, for an event loop ---- */

struct compilers;

/* No child runs yet.  -errno with cause. */
int compilers_new(const struct compiler_options *options, struct compilers **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Kills what runs, without calling done().  In a child of the process that made it, only closes its descriptors.  NULL
 * is fine. */
void compilers_free(struct compilers *compilers);
static inline void compilers_freep(struct compilers **compilers)
{
	compilers_free(*compilers);
}

/* Readable when compilers_step() has something to do; valid until compilers_free(). */
int compilers_fd(const struct compilers *compilers);

/* Put a job at the end of the queue; it must stay until its done() is called.  Nothing is started yet. */
void compilers_add(struct compilers *compilers, struct compiler_job *job);

/* Start what may start, read what is there, kill what is over its time, call done() of what has ended.  Never waits for
 * a child. */
void compilers_step(struct compilers *compilers);

/* Jobs that wait for a child, and that have one. */
size_t compilers_queued(const struct compilers *compilers);
size_t compilers_running(const struct compilers *compilers);
