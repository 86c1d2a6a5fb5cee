/* listener.c - see listener.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "conf/conf.h"
#include "daemon/listener_priv.h"

enum { BACKLOG = 4096 }; /* the kernel cuts it to net.core.somaxconn */

/* Two daemons that start at the same time must not each take the other's fresh socket for a stale one, so finding out,
 * removing and listening happen under a lock on the directory.  *ret_fd holds it until closed. */
static int lock_directory(const char *path, int *ret_fd, struct cause *cause)
{
	cleanup_free char *directory = strdup(path);
	if (!directory)
		return cause_set(cause, -ENOMEM, "out of memory");
	char *slash = strrchr(directory, '/');
	slash[slash == directory] = '\0';
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return cause_set_errno(cause, -errno, "unix:%s: cannot make the directory", path);
	cleanup_fd int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot open the directory", path);
	if (flock(fd, LOCK_EX) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot lock the directory", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Remove a socket file at the address if nobody listens. */
static int remove_stale(const struct sockaddr_un *address, struct cause *cause)
{
	const char *path = address->sun_path;
	struct stat st;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : cause_set_errno(cause, -errno, "unix:%s: cannot look", path);
	if (!S_ISSOCK(st.st_mode))
		return cause_set(cause, -EEXIST, "unix:%s: there is a file that is not a socket", path);
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cause_set_errno(cause, -errno, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return cause_set(cause, -EADDRINUSE, "unix:%s: another process listens there already", path);
	if (errno != ECONNREFUSED)
		return cause_set_errno(cause, -errno, "unix:%s: cannot find out whether somebody listens there", path);
	if (unlink(path) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot remove the stale socket", path);
	return 0;
}

static int bind_with_mode(int fd, const struct sockaddr_un *address, mode_t mode)
{
	mode_t process = umask(0);
	(void)umask(process |
		    (~mode & 0777)); /* the file is born with its mode: no moment in which others may connect */
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	(void)umask(process);
	return r;
}

int listener_resolve_owner(const struct address *address, struct listener *listener, struct cause *cause)
{
	listener->mode = address->mode;
	listener->owner = (uid_t)-1;
	listener->group = (gid_t)-1;
	int r = address->owner ? access_user(address->owner, &listener->owner, cause) : 0;
	if (r == 0 && address->group)
		r = access_group(address->group, &listener->group, cause);
	return r < 0 ? cause_prefix(cause, r, "%s", address->name) : 0;
}

int listener_chown(const char *path, const struct listener *listener, struct cause *cause)
{
	if ((listener->owner != (uid_t)-1 || listener->group != (gid_t)-1) &&
	    chown(path, listener->owner, listener->group) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot give it to owner and group", path);
	return 0;
}

static int listen_at_path(const struct address *address, struct listener *made, struct cause *cause)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *path = address->name;
	if (strlen(path) > CONF_SOCKET_PATH_MAX)
		return cause_set(cause, -EINVAL, "unix:%s: the path is longer than %d bytes", path,
				 CONF_SOCKET_PATH_MAX);
	(void)strcpy(at.sun_path, path);
	cleanup_fd int lock = -1;
	int r = lock_directory(path, &lock, cause);
	if (r == 0)
		r = remove_stale(&at, cause);
	if (r < 0)
		return r;
	made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (made->fd < 0)
		return cause_set_errno(cause, -errno, "cannot make a socket");
	r = bind_with_mode(made->fd, &at, address->mode);
	if (r < 0)
		return cause_set_errno(cause, r, "unix:%s: cannot bind", path);
	struct stat st;
	/* Connecting is refused until listen(), so nobody gets in before the owner is right. */
	r = listener_resolve_owner(address, made, cause);
	if (r == 0)
		r = listener_chown(path, made, cause);
	if (r == 0 && (listen(made->fd, BACKLOG) < 0 || lstat(path, &st) < 0))
		r = cause_set_errno(cause, -errno, "unix:%s: cannot listen", path);
	if (r == 0 && !(made->path = strdup(path)))
		r = cause_set(cause, -ENOMEM, "out of memory");
	if (r < 0) {
		(void)unlink(path);
		return r;
	}
	made->device = st.st_dev;
	made->inode = st.st_ino;
	return 0;
}

static int listen_at_name(const struct address *address, struct listener *made, struct cause *cause)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t length = strlen(address->name); /* the "@" stands for the zero byte */
	memcpy(at.sun_path + 1, address->name + 1, length - 1);
	made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (made->fd < 0)
		return cause_set_errno(cause, -errno, "cannot make a socket");
	if (bind(made->fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot bind", address->name);
	if (listen(made->fd, BACKLOG) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot listen", address->name);
	return 0;
}

/* "*" is every address of the machine, of IPv6 and, through the same socket, of IPv4. */
static int listen_at_port(const struct address *address, struct listener *made, struct cause *cause)
{
	bool any = strcmp(address->name, "*") == 0;
	const struct addrinfo hints = { .ai_family = any ? AF_INET6 : AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	int e = getaddrinfo(any ? NULL : address->name, address->port, &hints, &found);
	if (e != 0)
		return cause_set(cause, -EINVAL, "tcp:%s:%s: %s", address->name, address->port, gai_strerror(e));
	int fd = made->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
	    (found->ai_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ !any }, sizeof(int)) < 0))
		r = cause_set_errno(cause, -errno, "cannot make a TCP socket");
	else if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		r = cause_set_errno(cause, -errno, "tcp:%s:%s: cannot listen", address->name, address->port);
	freeaddrinfo(found);
	return r;
}

static int tcp_address(const struct sockaddr *address, socklen_t length, char **ret)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	if (getnameinfo(address, length, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	int n = address->sa_family == AF_INET6 ? asprintf(ret, "tcp:[%s]:%s", host, port)
					       : asprintf(ret, "tcp:%s:%s", host, port);
	return n < 0 ? -ENOMEM : 0;
}

int listener_describe(int fd, char **ret)
{
	union {
		struct sockaddr any;
		struct sockaddr_un local;
		struct sockaddr_storage storage;
	} address = { 0 };
	socklen_t length = sizeof(address);
	if (getsockname(fd, &address.any, &length) < 0)
		return -errno;
	if (address.any.sa_family != AF_UNIX)
		return tcp_address(&address.any, length, ret);
	const char *path = address.local.sun_path;
	/* An abstract name starts with a zero byte and is written with "@". */
	int n = *path ? asprintf(ret, "unix:%s", path)
		      : asprintf(ret, "unix:@%.*s", (int)(length - offsetof(struct sockaddr_un, sun_path)) - 1,
				 path + 1);
	return n < 0 ? -ENOMEM : 0;
}

int listener_open(const struct address *address, struct listener *ret, struct cause *cause)
{
	struct listener made = { .fd = -1, .is_ours = true };
	int r = access_resolve(address->users, address->groups, &made.access, cause);
	if (r < 0)
		return cause_prefix(cause, r, "%s", address->name);
	if (address->kind == ADDRESS_TCP)
		r = listen_at_port(address, &made, cause);
	else
		r = (address->name[0] == '@' ? listen_at_name : listen_at_path)(address, &made, cause);
	if (r == 0 && (r = listener_describe(made.fd, &made.address)) < 0)
		(void)cause_set_errno(cause, r, "cannot find out the address of a socket");
	if (r < 0)
		listener_close(&made);
	else
		*ret = made;
	return r;
}

/* An inode number is soon used again, so the file alone does not tell whether it is still ours. */
static void remove_own(const struct listener *listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	cleanup_fd int lock = -1;
	(void)strcpy(address.sun_path, listener->path);
	if (lock_directory(listener->path, &lock, NULL) == 0 && lstat(listener->path, &st) == 0 &&
	    st.st_dev == listener->device && st.st_ino == listener->inode)
		(void)remove_stale(&address, NULL);
}

void listener_unlink(struct listener *listener)
{
	struct stat st;
	cleanup_fd int lock = -1;
	if (listener->path && lock_directory(listener->path, &lock, NULL) == 0 && lstat(listener->path, &st) == 0 &&
	    st.st_dev == listener->device && st.st_ino == listener->inode)
		(void)unlink(listener->path);
	free(listener->path);
	listener->path = NULL;
}

void listener_close(struct listener *listener)
{
	listener->fd = close_fd(listener->fd);
	if (listener->path)
		remove_own(listener);
	access_clear(&listener->access);
	free(listener->path);
	free(listener->address);
	free(listener->key);
	*listener = (struct listener){ .fd = -1 };
}
