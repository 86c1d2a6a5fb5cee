/* address.h - one value of [server] listen, taken apart.
 *
 *     unix:PATH     a socket file            mode=0660 owner=USER group=GROUP
 *     unix:@NAME    an abstract name
 *     tcp:PORT      at 127.0.0.1; tcp:HOST:PORT, tcp:[V6]:PORT, tcp:*:PORT (every address)
 *     systemd:NAME  the socket that systemd hands over under this name
 *
 * After it, in any order, may stand what is given in the right column, and for all Unix sockets users=A,B groups=C,D:
 * who may send requests. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/cause.h"

enum address_kind { ADDRESS_UNIX, ADDRESS_TCP, ADDRESS_SYSTEMD };

struct address {
	enum address_kind kind;
	char *name; /* path, "@name"; host, "*"; systemd's name */
	char *port; /* of TCP: digits */
	mode_t mode;
	char *owner, *group;  /* NULL: not set */
	char *users, *groups; /* with commas between; NULL: not set */
};

enum { ADDRESS_MODE_DEFAULT = 0777 };

/* directory: what a relative path is relative to.  -EINVAL, -ENOMEM with cause: what is wrong with the text. */
int address_parse(const char *text, const char *directory, struct address *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Free what it holds; may be called again. */
void address_clear(struct address *address);
#define cleanup_address cleanup(address_clear)

/* As it is written in full, such as "tcp:127.0.0.1:80": the caller's, NULL when memory is short.  with_options: the
 * options too, so that parsing it gives the same address. */
char *address_format(const struct address *address, bool with_options) __attribute__((warn_unused_result));
