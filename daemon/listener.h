/* listener.h - listening sockets: made by us, or handed over by systemd.
 *
 * A socket file that we made is ours to remove; one that somebody listens at is never touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cause.h"
#include "conf/address.h"
#include "daemon/access.h"
#include "daemon/identity.h"

struct listener {
	int fd;        /* listening, CLOEXEC, does not block */
	uint32_t id;   /* of listeners_open(): the same as long as it is the same socket */
	char *key;     /* what makes it the same one after a reload */
	bool is_ours;  /* else it came from systemd, which goes on holding it */
	char *address; /* "unix:/path", "unix:@name", "tcp:HOST:PORT" */
	char *path;    /* socket file to remove; NULL: there is none, or it came from systemd */
	mode_t mode;   /* of that file, as configured; the owner where one is */
	uid_t owner;
	gid_t group;
	dev_t device; /* of that file: if another took its place, it stays */
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

/* Remove the socket file, though others may still listen: nobody connects there any more. */
void listener_unlink(struct listener *listener);

/* What systemd hands over (sd_listen_fds(3)): descriptors from SD_LISTEN_FDS_START on, each with its name. */
struct handed_over {
	int count;
	char **names;
};

/* May be called once: the environment forgets them.  -errno with cause. */
int handed_over_take(struct handed_over *ret, struct cause *cause) __attribute__((warn_unused_result));
void handed_over_clear(struct handed_over *handed);

/* Whether the users and groups that are named there are known.  -EINVAL with cause. */
int listeners_check(char *const *addresses, struct cause *cause) __attribute__((warn_unused_result));

/* The listeners for requests.  addresses: texts for address_parse(), NULL at the end; socket files are the owner's
 * where they do not say whose.  If none of them names one of systemd's sockets, all that it hands over are used, and if
 * there is any, no address is; else those that are named, and each must be.  A socket with the name "control" is none
 * of these.
 *
 * before (may be NULL): those of an earlier configuration.  What is there already is not opened again, *ret has another
 * descriptor of it; its socket file stays with before until listeners_succeed().  -EINVAL, -errno with cause; nothing
 * is left open then. */
int listeners_open(char *const *addresses, const struct identity *owner, const struct handed_over *handed,
		   const struct listeners *before, struct listeners *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* by, which was opened with before, is what holds from now on: socket files that it has, too, become its own, with the
 * mode and owner that it wants; the others are removed.  -errno with cause when one cannot be changed; the rest is done
 * all the same. */
int listeners_succeed(struct listeners *before, struct listeners *by, struct cause *cause);

void listeners_close(struct listeners *listeners);

/* Nobody listens at those that are ours any more, whoever has inherited a descriptor: what the application has started
 * may outlive us. */
void listeners_shut_down(const struct listeners *listeners);

/* The one for control: systemd's socket with that name, else the owner's at path.  As listener_open(). */
int listener_open_control(const struct handed_over *handed, const struct identity *owner, const char *path,
			  struct listener *ret, struct cause *cause) __attribute__((warn_unused_result));
