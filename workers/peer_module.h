/* peer_module.h - the module "preforge", which an application may import to learn who asks.
 *
 * It has one context variable, preforge.peer, whose value during a call is a preforge.Peer.  An application that does
 * not import it pays nothing for it.  The GIL must be held. */
#pragma once

struct peer;

/* Before Py_Initialize().  -1 when memory is short. */
int peer_module_register(void) __attribute__((warn_unused_result));

/* The calls that follow are of this peer, NULL: of nobody known; listener: the address of the socket, NULL if it has
 * none.  No exception is left set. */
void peer_module_set(const struct peer *peer, const char *listener);
