/* listeners.c - all of them: those that are configured, and those that systemd hands over (sd_listen_fds(3)). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "daemon/listener_priv.h"

struct handed_over {
	int count;
	char **names; /* one each */
};

static void handed_over_clear(struct handed_over *handed)
{
	for (char **name = handed->names; name && *name; name++)
		free(*name);
	free(handed->names);
}

static int take_over(int fd, const char *name, const struct address *address, struct listener *ret, struct cause *cause)
{
	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return cause_set(cause, -EINVAL, "descriptor %d from systemd (\"%s\") is not a listening stream socket",
				 fd, name);
	struct listener taken = { .fd = fd };
	int flags = fcntl(fd, F_GETFL);
	int r = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno
									: listener_describe(fd, &taken.address);
	if (r < 0)
		return cause_set_errno(cause, r, "descriptor %d from systemd (\"%s\")", fd, name);
	if (address)
		r = access_resolve(address->users, address->groups, &taken.access, cause);
	if (r < 0) {
		free(taken.address);
		return cause_prefix(cause, r, "%s", name);
	}
	*ret = taken;
	return 0;
}

/* The address that names systemd's socket, NULL if none does. */
static const struct address *find_named(const struct address *addresses, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (addresses[i].kind == ADDRESS_SYSTEMD && strcmp(addresses[i].name, name) == 0)
			return &addresses[i];
	return NULL;
}

/* by_name: the addresses say which ones are to be there. */
static int take_over_all(const struct handed_over *handed, const struct address *addresses, size_t count, bool by_name,
			 struct listeners *listeners, struct listener *control, struct cause *cause)
{
	for (int i = 0; i < handed->count; i++) {
		const char *name = handed->names[i];
		bool is_control = strcmp(name, "control") == 0;
		const struct address *address = find_named(addresses, count, name);
		if (by_name && !address && !is_control)
			return cause_set(
				cause, -EINVAL,
				"systemd handed over a socket named \"%s\", and no listen = systemd:%s wants it", name,
				name);
		if (is_control && control->fd >= 0)
			return cause_set(cause, -EINVAL, "systemd handed over two sockets named \"control\"");
		struct listener taken;
		int r = take_over(SD_LISTEN_FDS_START + i, name, address, &taken, cause);
		if (r < 0)
			return r;
		if (is_control)
			*control = taken;
		else
			listeners->items[listeners->count++] = taken;
	}
	return 0;
}

static int check_names(const struct handed_over *handed, const struct address *addresses, size_t count,
		       struct cause *cause)
{
	for (size_t i = 0; i < count; i++) {
		bool found = addresses[i].kind != ADDRESS_SYSTEMD;
		for (int k = 0; k < handed->count && !found; k++)
			found = strcmp(handed->names[k], addresses[i].name) == 0;
		if (!found)
			return cause_set(cause, -EINVAL, "systemd:%s: systemd hands over no socket of that name",
					 addresses[i].name);
	}
	return 0;
}

static int open_all(const struct address *addresses, size_t count, const char *control_path,
		    struct listeners *listeners, struct listener *control, struct cause *cause)
{
	cleanup(handed_over_clear) struct handed_over handed = { .names = NULL };
	handed.count = sd_listen_fds_with_names(true, &handed.names);
	if (handed.count < 0)
		return cause_set_errno(cause, handed.count, "the sockets from systemd ($LISTEN_FDS)");
	listeners->items = calloc(count + (size_t)handed.count, sizeof(*listeners->items));
	if (!listeners->items)
		return cause_set(cause, -ENOMEM, "out of memory");
	bool by_name = false;
	for (size_t i = 0; i < count; i++)
		by_name = by_name || addresses[i].kind == ADDRESS_SYSTEMD;
	int r = check_names(&handed, addresses, count, cause);
	if (r == 0)
		r = take_over_all(&handed, addresses, count, by_name, listeners, control, cause);
	/* If the control socket alone came from systemd, the others are still ours to make. */
	bool make = by_name || listeners->count == 0;
	for (size_t i = 0; r == 0 && make && i < count; i++) {
		if (addresses[i].kind == ADDRESS_SYSTEMD)
			continue;
		r = listener_open(&addresses[i], &listeners->items[listeners->count], cause);
		listeners->count += r == 0;
	}
	if (r == 0 && control->fd < 0) {
		struct address address = { .kind = ADDRESS_UNIX, .name = (char *)control_path, .mode = 0600 };
		r = listener_open(&address, control, cause);
	}
	return r;
}

int listeners_open(char *const *addresses, const char *control_path, struct listeners *ret,
		   struct listener *ret_control, struct cause *cause)
{
	struct listeners listeners = { 0 };
	struct listener control = { .fd = -1 };
	size_t count = 0, parsed = 0;
	while (addresses[count])
		count++;
	struct address *all = calloc(count + 1, sizeof(*all));
	int r = all ? 0 : cause_set(cause, -ENOMEM, "out of memory");
	while (r == 0 && parsed < count) {
		r = address_parse(addresses[parsed], "/", &all[parsed], cause);
		parsed += r == 0;
	}
	if (r == 0)
		r = open_all(all, count, control_path, &listeners, &control, cause);
	while (parsed > 0)
		address_clear(&all[--parsed]);
	free(all);
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
