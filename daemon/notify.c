/* notify.c - see notify.h */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/notify.h"

enum { AGAIN_US = 50000 };

/* The address as sd_notify(3) has it: a path, or @ and an abstract name.  Its size, 0: there is none. */
static socklen_t find_manager(struct sockaddr_un *address)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name ? strlen(name) : 0;
	if (length < 2 || length >= sizeof(address->sun_path) || (name[0] != '/' && name[0] != '@'))
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
}

/* Whether it can be forgotten: it is said, or nobody is there. */
static bool say(const char *text)
{
	struct sockaddr_un address;
	socklen_t size = find_manager(&address);
	if (size == 0)
		return true;
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n =
		fd < 0 ? -1
		       : sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size);
	return n >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != EMFILE && errno != ENFILE);
}

static void forget_first(struct notify *notify)
{
	free(notify->waiting[0]);
	notify->n_waiting--;
	memmove(notify->waiting, notify->waiting + 1, notify->n_waiting * sizeof(*notify->waiting));
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	struct notify *notify = userdata;
	while (notify->n_waiting > 0 && say(notify->waiting[0]))
		forget_first(notify);
	if (notify->n_waiting == 0) {
		notify->timer = sd_event_source_disable_unref(notify->timer);
		return 0;
	}
	int r = sd_event_source_set_time_relative(source, AGAIN_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void keep(struct notify *notify, char *text)
{
	if (notify->n_waiting > 0 && strcmp(notify->waiting[notify->n_waiting - 1], text) == 0) {
		free(text);
		return;
	}
	if (notify->n_waiting == NOTIFY_WAITING_MAX)
		forget_first(notify);
	notify->waiting[notify->n_waiting++] = text;
	if (notify->timer)
		return;
	int r = sd_event_add_time_relative(notify->event, &notify->timer, CLOCK_MONOTONIC, AGAIN_US, 0, on_time,
					   notify);
	if (r < 0) /* with the next one, then */
		log_error("cannot set a timer: %s", strerrordesc_np(-r));
}

void notify_start(struct notify *notify, sd_event *event)
{
	*notify = (struct notify){ .event = sd_event_ref(event) };
}

void notify_send(struct notify *notify, const char *format, ...)
{
	char *text;
	va_list ap;
	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (notify->n_waiting == 0 && say(text))
		free(text);
	else
		keep(notify, text);
}

void notify_stop(struct notify *notify)
{
	notify->timer = sd_event_source_disable_unref(notify->timer);
	while (notify->n_waiting > 0)
		forget_first(notify);
	notify->event = sd_event_unref(notify->event);
}
