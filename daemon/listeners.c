/* listeners.c - all of them: those that are configured, and those that systemd hands over (sd_listen_fds(3)). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "daemon/listener_priv.h"

/* What is opened, from what. */
struct opening {
	const struct address *addresses;
	size_t count;
	const struct handed_over *handed;
	const struct listeners *before;
	struct listeners *listeners;
};

int handed_over_take(struct handed_over *ret, struct cause *cause)
{
	*ret = (struct handed_over){ .names = NULL };
	int count = sd_listen_fds_with_names(true, &ret->names);
	if (count < 0)
		return cause_set_errno(cause, count, "the sockets from systemd ($LISTEN_FDS)");
	ret->count = count;
	return 0;
}

void handed_over_clear(struct handed_over *handed)
{
	for (char **name = handed->names; name && *name; name++)
		free(*name);
	free(handed->names);
	*handed = (struct handed_over){ .names = NULL };
}

/* ---- one of them ---- */

static int take_over(int fd, const char *name, const struct address *address, struct listener *ret, struct cause *cause)
{
	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return cause_set(cause, -EINVAL, "descriptor %d from systemd (\"%s\") is not a listening stream socket",
				 fd, name);
	struct listener taken = { .fd = -1 };
	int flags = fcntl(fd, F_GETFL);
	int r = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno
									: listener_describe(fd, &taken.address);
	if (r == 0 && (taken.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		r = -errno;
	if (r == 0 && asprintf(&taken.key, "%d from systemd", fd) < 0) {
		taken.key = NULL;
		r = -ENOMEM;
	}
	if (r < 0)
		(void)cause_set_errno(cause, r, "descriptor %d from systemd (\"%s\")", fd, name);
	if (r == 0 && address && (r = access_resolve(address->users, address->groups, &taken.access, cause)) < 0)
		(void)cause_prefix(cause, r, "%s", name);
	if (r < 0)
		listener_close(&taken);
	else
		*ret = taken;
	return r;
}

static const struct listener *find(const struct listeners *listeners, const char *key)
{
	for (size_t i = 0; listeners && i < listeners->count; i++)
		if (strcmp(listeners->items[i].key, key) == 0)
			return &listeners->items[i];
	return NULL;
}

/* The same socket again, for who may use it now. */
static int share(const struct listener *known, const struct address *address, struct listener *ret, struct cause *cause)
{
	struct listener made = { .fd = fcntl(known->fd, F_DUPFD_CLOEXEC, 0),
				 .id = known->id,
				 .is_ours = known->is_ours,
				 .address = strdup(known->address),
				 .device = known->device,
				 .inode = known->inode };
	int r = made.fd < 0 ? -errno : made.address ? 0 : -ENOMEM;
	if (r < 0)
		(void)cause_set_errno(cause, r, "%s", known->address);
	if (r == 0)
		r = listener_resolve_owner(address, &made, cause);
	if (r == 0 && (r = access_resolve(address->users, address->groups, &made.access, cause)) < 0)
		(void)cause_prefix(cause, r, "%s", address->name);
	if (r < 0)
		listener_close(&made);
	else
		*ret = made;
	return r;
}

static int open_one(struct opening *o, const struct address *address, struct cause *cause)
{
	struct listener *listener = &o->listeners->items[o->listeners->count];
	cleanup_free char *key = address_format(address, false);
	if (!key)
		return cause_set(cause, -ENOMEM, "out of memory");
	if (find(o->listeners, key))
		return cause_set(cause, -EADDRINUSE, "%s: is there twice", key);
	const struct listener *known = find(o->before, key);
	int r = known ? share(known, address, listener, cause) : listener_open(address, listener, cause);
	if (r < 0)
		return r;
	o->listeners->count++;
	listener->key = steal_ptr(key);
	return 0;
}

/* ---- all ---- */

/* The address that names systemd's socket, NULL if none does. */
static const struct address *find_named(const struct opening *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->addresses[i].kind == ADDRESS_SYSTEMD && strcmp(o->addresses[i].name, name) == 0)
			return &o->addresses[i];
	return NULL;
}

static bool is_control(const struct handed_over *handed, int i)
{
	return strcmp(handed->names[i], "control") == 0;
}

/* by_name: the addresses say which ones are to be there. */
static int take_over_all(struct opening *o, bool by_name, struct cause *cause)
{
	for (int i = 0; i < o->handed->count; i++) {
		const char *name = o->handed->names[i];
		const struct address *address = find_named(o, name);
		if (is_control(o->handed, i))
			continue;
		if (by_name && !address)
			return cause_set(
				cause, -EINVAL,
				"systemd handed over a socket named \"%s\", and no listen = systemd:%s wants it", name,
				name);
		struct listener *taken = &o->listeners->items[o->listeners->count];
		int r = take_over(SD_LISTEN_FDS_START + i, name, address, taken, cause);
		if (r < 0)
			return r;
		o->listeners->count++;
		const struct listener *known = find(o->before, taken->key);
		taken->id = known ? known->id : 0;
	}
	return 0;
}

static int check_names(const struct opening *o, struct cause *cause)
{
	for (size_t i = 0; i < o->count; i++) {
		bool found = o->addresses[i].kind != ADDRESS_SYSTEMD;
		for (int k = 0; k < o->handed->count && !found; k++)
			found = strcmp(o->handed->names[k], o->addresses[i].name) == 0;
		if (!found)
			return cause_set(cause, -EINVAL, "systemd:%s: systemd hands over no socket of that name",
					 o->addresses[i].name);
	}
	return 0;
}

/* Zero is nobody's. */
static void number(struct listeners *listeners)
{
	static uint32_t last;
	for (size_t i = 0; i < listeners->count; i++)
		if (listeners->items[i].id == 0)
			listeners->items[i].id = ++last;
}

static int open_all(struct opening *o, struct cause *cause)
{
	o->listeners->items = calloc(o->count + (size_t)o->handed->count, sizeof(*o->listeners->items));
	if (!o->listeners->items)
		return cause_set(cause, -ENOMEM, "out of memory");
	bool by_name = false;
	for (size_t i = 0; i < o->count; i++)
		by_name = by_name || o->addresses[i].kind == ADDRESS_SYSTEMD;
	int r = check_names(o, cause);
	if (r == 0)
		r = take_over_all(o, by_name, cause);
	/* If the control socket alone came from systemd, the others are still ours to make. */
	bool make = by_name || o->listeners->count == 0;
	for (size_t i = 0; r == 0 && make && i < o->count; i++)
		if (o->addresses[i].kind != ADDRESS_SYSTEMD)
			r = open_one(o, &o->addresses[i], cause);
	number(o->listeners);
	return r;
}

/* As a number, so that it is found whatever its name. */
static int give_to(struct address *address, const struct identity *owner, struct cause *cause)
{
	if (!owner->is_other || address->kind != ADDRESS_UNIX || address->name[0] == '@')
		return 0;
	if (!address->owner && asprintf(&address->owner, "%u", (unsigned)owner->user) < 0)
		address->owner = NULL;
	if (!address->group && asprintf(&address->group, "%u", (unsigned)owner->group) < 0)
		address->group = NULL;
	return address->owner && address->group ? 0 : cause_set(cause, -ENOMEM, "out of memory");
}

static int check_address(const struct address *address, struct cause *cause)
{
	struct listener owner;
	struct access access = { 0 };
	int r = listener_resolve_owner(address, &owner, cause);
	if (r < 0)
		return r;
	r = access_resolve(address->users, address->groups, &access, cause);
	access_clear(&access);
	return r < 0 ? cause_prefix(cause, r, "%s", address->name) : 0;
}

int listeners_check(char *const *addresses, struct cause *cause)
{
	int r = 0;
	for (size_t i = 0; addresses[i] && r == 0; i++) {
		cleanup_address struct address address = { .name = NULL };
		r = address_parse(addresses[i], "/", &address, cause);
		if (r == 0)
			r = check_address(&address, cause);
	}
	return r < 0 ? cause_prefix(cause, r, "[server] listen") : 0;
}

int listeners_open(char *const *addresses, const struct identity *owner, const struct handed_over *handed,
		   const struct listeners *before, struct listeners *ret, struct cause *cause)
{
	struct listeners listeners = { 0 };
	size_t count = 0, parsed = 0;
	while (addresses[count])
		count++;
	struct address *all = calloc(count + 1, sizeof(*all));
	int r = all ? 0 : cause_set(cause, -ENOMEM, "out of memory");
	while (r == 0 && parsed < count) {
		r = address_parse(addresses[parsed], "/", &all[parsed], cause);
		parsed += r == 0;
		if (r == 0)
			r = give_to(&all[parsed - 1], owner, cause);
	}
	struct opening opening = {
		.addresses = all, .count = count, .handed = handed, .before = before, .listeners = &listeners
	};
	if (r == 0)
		r = open_all(&opening, cause);
	while (parsed > 0)
		address_clear(&all[--parsed]);
	free(all);
	if (r < 0)
		listeners_close(&listeners);
	else
		*ret = listeners;
	return r;
}

static int change_file(const struct listener *before, const struct listener *by, struct cause *cause)
{
	mode_t mask = umask(0);
	(void)umask(mask);
	if (by->mode != before->mode && chmod(by->path, by->mode & 0777 & ~mask) < 0)
		return cause_set_errno(cause, -errno, "unix:%s: cannot change the mode", by->path);
	if (by->owner != before->owner || by->group != before->group)
		return listener_chown(by->path, by, cause);
	return 0;
}

int listeners_succeed(struct listeners *before, struct listeners *by, struct cause *cause)
{
	int result = 0;
	for (size_t i = 0; i < by->count; i++) {
		struct listener *own = &by->items[i];
		struct listener *old = (struct listener *)find(before, own->key);
		if (!old || !old->path)
			continue;
		own->path = steal_ptr(old->path);
		int r = change_file(old, own, cause);
		result = r < 0 ? r : result;
	}
	for (size_t i = 0; i < before->count; i++)
		listener_unlink(&before->items[i]);
	return result;
}

void listeners_shut_down(const struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		if (listeners->items[i].is_ours)
			(void)shutdown(listeners->items[i].fd, SHUT_RDWR);
}

void listeners_close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		listener_close(&listeners->items[i]);
	free(listeners->items);
	*listeners = (struct listeners){ 0 };
}

int listener_open_control(const struct handed_over *handed, const struct identity *owner, const char *path,
			  struct listener *ret, struct cause *cause)
{
	int found = -1;
	for (int i = 0; i < handed->count; i++) {
		if (!is_control(handed, i))
			continue;
		if (found >= 0)
			return cause_set(cause, -EINVAL, "systemd handed over two sockets named \"control\"");
		found = i;
	}
	if (found >= 0)
		return take_over(SD_LISTEN_FDS_START + found, "control", NULL, ret, cause);
	cleanup_address struct address address = { .kind = ADDRESS_UNIX, .name = strdup(path), .mode = 0600 };
	int r = address.name ? give_to(&address, owner, cause) : cause_set(cause, -ENOMEM, "out of memory");
	return r < 0 ? r : listener_open(&address, ret, cause);
}
