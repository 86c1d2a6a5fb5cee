/* listener.h - listening sockets: made by us, or handed over by systemd.
 *
 * A socket file that we made is ours to remove; one that somebody listens at is never touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cause.h"

struct listener {
	int fd;        /* listening, CLOEXEC, does not block */
	char *address; /* "unix:/path", or for a TCP socket from systemd "tcp:HOST:PORT" */
	char *path;    /* socket file to remove; NULL: it came from systemd */
	dev_t device;  /* of that file: if another took its place, it stays */
	ino_t inode;
};

struct listeners {
	struct listener *items;
	size_t count;
};

/* Listen at a path.  Its directory is made if only the last part is missing; a socket file that nobody listens at is
 * replaced.  mode: of the socket file, before the umask.  -EADDRINUSE when somebody listens there, -errno; with cause.
 */
int listener_open(const char *path, mode_t mode, struct listener *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Close, and remove the socket file if it is ours and nobody listens there any more. */
void listener_close(struct listener *listener);

/* The listeners for requests, and the one for control: from systemd if it hands over any (the one named "control" is
 * the control socket), else at addresses (each "unix:/path", NULL at the end) and control_path.  May be called once:
 * the environment forgets what systemd handed over.  -EINVAL, -errno with cause; nothing is left open then. */
int listeners_open(char *const *addresses, const char *control_path, struct listeners *ret,
		   struct listener *ret_control, struct cause *cause) __attribute__((warn_unused_result));

void listeners_close(struct listeners *listeners);
