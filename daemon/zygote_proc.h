/* zygote_proc.h - the zygote as the master sees it: a process that was started, and the channel to it. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>
#include <systemd/sd-event.h>

#include "common/cause.h"
#include "daemon/identity.h"

struct zygote_proc;

struct zygote_handlers {
	/* {"event": name, ...} arrived; message is borrowed. */
	void (*event)(const char *name, json_t *message, void *userdata);
	/* The channel broke: result and cause as of channel.h.  Told before the end of the process, or alone. */
	void (*lost)(int result, const char *cause, void *userdata);
};

/* The answer to zygote_ask(): borrowed, or NULL if there was none in time. */
typedef void (*zygote_answer_t)(json_t *result, void *userdata);

/* Its path: beside this program in the build tree, else where it is installed.  -errno with cause. */
int zygote_find_program(char path[static PATH_MAX], struct cause *cause) __attribute__((warn_unused_result));

/* Start a zygote that runs as identity, inherits fds and is sent the message start (borrowed).  Who calls watches for
 * the end of the process (SIGCHLD) and then frees this.  handlers must outlive it.  -errno with cause. */
int zygote_start(sd_event *event, const struct identity *identity, const int *fds, size_t count, json_t *start,
		 const struct zygote_handlers *handlers, void *userdata, struct zygote_proc **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Close the channel; questions get no answer.  The process is not touched.  NULL is fine. */
struct zygote_proc *zygote_free(struct zygote_proc *zygote);

pid_t zygote_pid(const struct zygote_proc *zygote);

/* Send {"op": "stop"}.  -errno of the channel. */
int zygote_stop(struct zygote_proc *zygote);

/* Send {"op": "drain"}: its workers have that long.  -errno of the channel. */
int zygote_drain(struct zygote_proc *zygote, uint64_t patience_us);

/* Send {"op": op, "id": ...}.  answer is called exactly once: with the result, or with NULL after timeout_us, when the
 * zygote is freed, or at once when it cannot be asked. */
void zygote_ask(struct zygote_proc *zygote, const char *op, uint64_t timeout_us, zygote_answer_t answer,
		void *userdata);

/* The same with params (borrowed; NULL: none). */
void zygote_ask_with(struct zygote_proc *zygote, const char *op, json_t *params, uint64_t timeout_us,
		     zygote_answer_t answer, void *userdata);

/* Send a signal to every child of this process; the number of children. */
size_t children_kill(int signal);
