/* orphans.h - workers whose zygote has died: they are the master's children then (it is a subreaper), serve on, and are
 * told by it what the zygote would have told them.  The reserve, if there is one, forks others in the place of those
 * that die.  For generation.c. */
#pragma once

#include "daemon/generation.h"

/* With a new generation. */
struct reserve_proc orphans_init(const struct conf *conf);

/* With the generation: the socket of its reserve.  *ret_fd: the reserve's end, the caller's, which the zygote inherits.
 * -errno with cause. */
int orphans_prepare(struct generation *generation, int *ret_fd, struct cause *cause)
	__attribute__((warn_unused_result));

/* The zygote has ended: find out who is left. */
void orphans_adopt(struct generation *generation);

/* They hand over and leave, within the generation's patience. */
void orphans_drain(struct generation *generation);

/* They finish what they have, and leave. */
void orphans_stop(struct generation *generation);

/* A child of ours has ended: true if it was one of them. */
bool orphans_reap(struct generation *generation, const siginfo_t *info);

/* With the generation. */
void orphans_forget(struct generation *generation);
