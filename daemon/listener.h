/* listener.h - listening sockets: made by us, or handed over by systemd.
 *
 * A socket file that we made is ours to remove; one that somebody listens at is never touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cause.h"
#include "conf/address.h"
#include "daemon/access.h"

struct listener {
	int fd;        /* listening, CLOEXEC, does not block */
	char *address; /* "unix:/path", "unix:@name", "tcp:HOST:PORT" */
	char *path;    /* socket file to remove; NULL: there is none, or it came from systemd */
	dev_t device;  /* of that file: if another took its place, it stays */
	ino_t inode;
	struct access access;
};

struct listeners {
	struct listener *items;
	size_t count;
};

/* Listen at an address of ADDRESS_UNIX or ADDRESS_TCP.  The directory of a socket file is made if only the last part is
 * missing; a socket file that nobody listens at is replaced; its mode is that of the address before the umask.
 * -EADDRINUSE when somebody listens there, -errno; with cause. */
int listener_open(const struct address *address, struct listener *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Close, and remove the socket file if it is ours and nobody listens there any more. */
void listener_close(struct listener *listener);

/* The listeners for requests, and the one for control.  addresses: texts for address_parse(), NULL at the end.
 *
 * A socket from systemd with the name "control" is the control socket, else it is made at control_path.  If no address
 * names one of systemd's sockets, all that it hands over are used, and if there is any, no address is; else those that
 * are named, and each must be.  May be called once: the environment forgets what systemd handed over.  -EINVAL,
 * -errno with cause; nothing is left open then. */
int listeners_open(char *const *addresses, const char *control_path, struct listeners *ret,
		   struct listener *ret_control, struct cause *cause) __attribute__((warn_unused_result));

void listeners_close(struct listeners *listeners);
