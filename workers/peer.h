/* peer.h - who is at the other end of a connection. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/counters.h"

struct worker_listener;

struct peer {
	int fd; /* of the connection, borrowed */
	bool local;
	uid_t uid; /* these three of local ones, as of their connect() or listen() */
	gid_t gid;
	pid_t pid;
	struct in6_addr address; /* of others, IPv4 mapped */
	uint16_t port;
	uint32_t key; /* the same for connections that count together: of one user, of one address */
};

enum { PEER_TEXT_MAX = 80, PEER_ADDRESS_MAX = INET6_ADDRSTRLEN };

void peer_read(int fd, struct peer *ret);

/* "user 1000 (group 1000, process 4711)", "127.0.0.1 port 40000". */
void peer_describe(const struct peer *peer, char text[PEER_TEXT_MAX]);

/* The IP address of one that is not local. */
void peer_address(const struct peer *peer, char text[PEER_ADDRESS_MAX]);

/* Does the listener let it in? */
bool peer_is_allowed(const struct peer *peer, const struct worker_listener *listener);

/* Counting connections of peers: a row for each worker.  add: false when there is no room for another peer. */
uint64_t peers_count(struct peer_counter (*rows)[COUNTERS_PEERS], size_t n_rows, uint32_t key);
bool peers_add(struct peer_counter (*rows)[COUNTERS_PEERS], size_t row, uint32_t key);
void peers_remove(struct peer_counter (*rows)[COUNTERS_PEERS], size_t row, uint32_t key);
