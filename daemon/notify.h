/* notify.h - what the service manager is told (sd_notify(3)), without ever waiting for it.
 *
 * sd_notify() waits while the manager's socket is full, which takes ten messages where net.unix.max_dgram_qlen is the
 * kernel's default: a manager that does not read would stop the master for good, and with it reloads, restarts and
 * SIGTERM.  Here what is not taken is said again a little later, in order. */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

enum { NOTIFY_WAITING_MAX = 32 };

struct notify {
	sd_event *event;
	sd_event_source *timer; /* NULL: nothing waits */
	size_t n_waiting;
	char *waiting[NOTIFY_WAITING_MAX];
};

/* Where: $NOTIFY_SOCKET, anew for each message; where it is not set nothing is said. */
void notify_start(struct notify *notify, sd_event *event);

/* Say it now or soon.  What equals the last one that waits is not said twice, and of too many the oldest are dropped:
 * nobody has read them for long. */
void notify_send(struct notify *notify, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What waits is not said any more. */
void notify_stop(struct notify *notify);
