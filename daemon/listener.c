/* listener.c - see listener.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "conf/conf.h"
#include "daemon/listener.h"

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

int listener_open(const char *path, mode_t mode, struct listener *ret, struct cause *cause)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) > CONF_SOCKET_PATH_MAX)
		return cause_set(cause, -EINVAL, "unix:%s: the path is longer than %d bytes", path,
				 CONF_SOCKET_PATH_MAX);
	(void)strcpy(address.sun_path, path);
	cleanup_fd int lock = -1;
	int r = lock_directory(path, &lock, cause);
	if (r == 0)
		r = remove_stale(&address, cause);
	if (r < 0)
		return r;

	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cause_set_errno(cause, -errno, "cannot make a socket");
	r = bind_with_mode(fd, &address, mode);
	if (r < 0)
		return cause_set_errno(cause, r, "unix:%s: cannot bind", path);
	struct stat st;
	if (listen(fd, BACKLOG) < 0 || lstat(path, &st) < 0) {
		r = cause_set_errno(cause, -errno, "unix:%s: cannot listen", path);
		(void)unlink(path);
		return r;
	}
	struct listener made = { .fd = fd, .device = st.st_dev, .inode = st.st_ino, .path = strdup(path) };
	if (asprintf(&made.address, "unix:%s", path) < 0)
		made.address = NULL;
	if (!made.path || !made.address) {
		(void)unlink(path);
		free(made.path);
		free(made.address);
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	(void)steal_fd(&fd);
	*ret = made;
	return 0;
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

void listener_close(struct listener *listener)
{
	listener->fd = close_fd(listener->fd);
	if (listener->path)
		remove_own(listener);
	free(listener->path);
	free(listener->address);
	*listener = (struct listener){ .fd = -1 };
}

/* ---- from systemd ---- */

static int tcp_address(const struct sockaddr *address, socklen_t length, char **ret)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	if (getnameinfo(address, length, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	int n = address->sa_family == AF_INET6 ? asprintf(ret, "tcp:[%s]:%s", host, port)
					       : asprintf(ret, "tcp:%s:%s", host, port);
	return n < 0 ? -ENOMEM : 0;
}

static int socket_address(int fd, char **ret)
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

static int take_over(int fd, const char *name, struct listener *ret, struct cause *cause)
{
	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return cause_set(cause, -EINVAL, "descriptor %d from systemd (\"%s\") is not a listening stream socket",
				 fd, name);
	struct listener taken = { .fd = fd };
	int flags = fcntl(fd, F_GETFL);
	int r = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : socket_address(fd, &taken.address);
	if (r < 0)
		return cause_set_errno(cause, r, "descriptor %d from systemd (\"%s\")", fd, name);
	*ret = taken;
	return 0;
}

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

static int take_over_all(int count, char **names, struct listeners *listeners, struct listener *control,
			 struct cause *cause)
{
	for (int i = 0; i < count; i++) {
		struct listener taken;
		int r = take_over(SD_LISTEN_FDS_START + i, names[i], &taken, cause);
		if (r < 0)
			return r;
		if (strcmp(names[i], "control") != 0) {
			listeners->items[listeners->count++] = taken;
		} else if (control->fd < 0) {
			*control = taken;
		} else {
			listener_close(&taken);
			return cause_set(cause, -EINVAL, "systemd handed over two sockets named \"control\"");
		}
	}
	return 0;
}

static int open_all(char *const *addresses, const char *control_path, struct listeners *listeners,
		    struct listener *control, struct cause *cause)
{
	cleanup(free_names) char **names = NULL;
	int handed_over = sd_listen_fds_with_names(true, &names);
	if (handed_over < 0)
		return cause_set_errno(cause, handed_over, "the sockets from systemd ($LISTEN_FDS)");
	size_t count = 0;
	while (addresses[count])
		count++;
	listeners->items = calloc(count + (size_t)handed_over, sizeof(*listeners->items));
	if (!listeners->items)
		return cause_set(cause, -ENOMEM, "out of memory");
	int r = take_over_all(handed_over, names, listeners, control, cause);
	/* If the control socket alone came from systemd, the others are still ours to make. */
	bool make = listeners->count == 0;
	for (size_t i = 0; r == 0 && make && i < count; i++) {
		r = listener_open(conf_address_path(addresses[i]), 0777, &listeners->items[i], cause);
		listeners->count += r == 0;
	}
	if (r == 0 && control->fd < 0)
		r = listener_open(control_path, 0600, control, cause);
	return r;
}

int listeners_open(char *const *addresses, const char *control_path, struct listeners *ret,
		   struct listener *ret_control, struct cause *cause)
{
	struct listeners listeners = { 0 };
	struct listener control = { .fd = -1 };
	int r = open_all(addresses, control_path, &listeners, &control, cause);
	if (r < 0) {
		listeners_close(&listeners);
		listener_close(&control);
		return r;
	}
	*ret = listeners;
	*ret_control = control;
	return 0;
}

void listeners_close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		listener_close(&listeners->items[i]);
	free(listeners->items);
	*listeners = (struct listeners){ 0 };
}
