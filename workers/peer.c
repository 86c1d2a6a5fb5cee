/* peer.c - see peer.h */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "workers/peer.h"
#include "workers/worker.h"

static uint32_t hash(const void *bytes, size_t n)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const unsigned char *)bytes)[i]) * 16777619u;
	return h ? h : 1;
}

static void read_address(struct peer *peer)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage storage;
	} address = { 0 };
	socklen_t length = sizeof(address);
	(void)getpeername(peer->fd, &address.any, &length);
	if (address.any.sa_family == AF_INET6) {
		peer->address = address.v6.sin6_addr;
		peer->port = ntohs(address.v6.sin6_port);
	} else {
		peer->address.s6_addr[10] = peer->address.s6_addr[11] = 0xff;
		memcpy(&peer->address.s6_addr[12], &address.v4.sin_addr, 4);
		peer->port = ntohs(address.v4.sin_port);
	}
	/* A site of IPv6 has as many addresses as it likes below its 64 bits. */
	peer->key = hash(&peer->address, IN6_IS_ADDR_V4MAPPED(&peer->address) ? 16 : 8);
}

void peer_read(int fd, struct peer *ret)
{
	struct ucred cred;
	socklen_t length = sizeof(cred);
	*ret = (struct peer){ .fd = fd };
	/* On other than Unix sockets there is no process (socket(7)). */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length) < 0 || cred.uid == (uid_t)-1) {
		read_address(ret);
		return;
	}
	ret->local = true;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	ret->pid = cred.pid;
	ret->key = hash(&cred.uid, sizeof(cred.uid));
}

void peer_address(const struct peer *peer, char text[PEER_ADDRESS_MAX])
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(&peer->address);
	(void)inet_ntop(v4 ? AF_INET : AF_INET6, &peer->address.s6_addr[v4 ? 12 : 0], text, PEER_ADDRESS_MAX);
}

void peer_describe(const struct peer *peer, char text[PEER_TEXT_MAX])
{
	char address[PEER_ADDRESS_MAX];
	if (peer->local) {
		(void)snprintf(text, PEER_TEXT_MAX, "user %u (group %u, process %d)", (unsigned)peer->uid,
			       (unsigned)peer->gid, (int)peer->pid);
		return;
	}
	peer_address(peer, address);
	(void)snprintf(text, PEER_TEXT_MAX, "%s port %u", address, peer->port);
}

static bool has_id(const id_t *ids, size_t n, id_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool in_groups(const struct peer *peer, const struct worker_listener *listener)
{
	if (has_id(listener->groups, listener->n_groups, peer->gid))
		return true;
	/* The others, in the kernel's order: NGROUPS_MAX is 65536. */
	socklen_t length = 65536 * sizeof(gid_t);
	cleanup_free gid_t *groups = malloc(length);
	if (!groups || getsockopt(peer->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0)
		return false;
	for (size_t i = 0; i < length / sizeof(gid_t); i++)
		if (has_id(listener->groups, listener->n_groups, groups[i]))
			return true;
	return false;
}

bool peer_is_allowed(const struct peer *peer, const struct worker_listener *listener)
{
	if (listener->n_users == 0 && listener->n_groups == 0)
		return true;
	if (!peer->local)
		return false;
	return has_id(listener->users, listener->n_users, peer->uid) ||
	       (listener->n_groups > 0 && in_groups(peer, listener));
}

/* ---- counting ---- */

enum { PROBES = 16 };

/* The counter of the peer in a row, or, if wanted, a free one; NULL. */
static struct peer_counter *find(struct peer_counter row[COUNTERS_PEERS], uint32_t key, bool or_free)
{
	struct peer_counter *free_one = NULL;
	for (uint32_t i = 0; i < PROBES; i++) {
		struct peer_counter *counter = &row[(key + i) % COUNTERS_PEERS];
		if (atomic_load_explicit(&counter->key, memory_order_relaxed) == key)
			return counter;
		if (!free_one && atomic_load_explicit(&counter->n, memory_order_relaxed) == 0)
			free_one = counter;
	}
	return or_free ? free_one : NULL;
}

uint64_t peers_count(struct peer_counter (*rows)[COUNTERS_PEERS], size_t n_rows, uint32_t key)
{
	uint64_t sum = 0;
	for (size_t i = 0; rows && i < n_rows; i++) {
		const struct peer_counter *counter = find(rows[i], key, false);
		sum += counter ? atomic_load_explicit(&counter->n, memory_order_relaxed) : 0;
	}
	return sum;
}

bool peers_add(struct peer_counter (*rows)[COUNTERS_PEERS], size_t row, uint32_t key)
{
	struct peer_counter *counter = rows ? find(rows[row], key, true) : NULL;
	if (!counter)
		return false;
	atomic_store_explicit(&counter->key, key, memory_order_relaxed);
	atomic_fetch_add_explicit(&counter->n, 1, memory_order_relaxed);
	return true;
}

void peers_remove(struct peer_counter (*rows)[COUNTERS_PEERS], size_t row, uint32_t key)
{
	struct peer_counter *counter = rows ? find(rows[row], key, false) : NULL;
	if (counter && atomic_load_explicit(&counter->n, memory_order_relaxed) > 0)
		atomic_fetch_sub_explicit(&counter->n, 1, memory_order_relaxed);
}
