/* access_log.c - see access_log.h */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "workers/access_log.h"
#include "workers/peer.h"
#include "workers/rpc.h"

enum { METHOD_MAX = 256, COMPLAIN_US = 60 * 1000000 };

/* The status that HTTP has for such an error: readers of this format know no other numbers. */
static int status_of(int code)
{
	switch (code) {
	case 0: return 200;
	case RPC_PARSE_ERROR:
	case RPC_INVALID_REQUEST:
	case RPC_INVALID_PARAMS: return 400;
	case RPC_DENIED: return 403;
	case RPC_METHOD_NOT_FOUND: return 404;
	case RPC_OVERLOADED:
	case RPC_SHUTTING_DOWN: return 503;
	case RPC_TIMED_OUT: return 504;
	default: return 500;
	}
}

/* As Apache's: what could end the field, or is no visible character of ASCII, as \xHH. */
static void escape(const char *text, char *room)
{
	for (size_t n = 0; *text && n < METHOD_MAX; text++, n++) {
		unsigned char c = (unsigned char)*text;
		if (c > 0x20 && c < 0x7f && c != '"' && c != '\\')
			*room++ = (char)c;
		else
			room += sprintf(room, "\\x%02x", c);
	}
	*room = '\0';
}

/* Not by strftime(), whose months are the locale's. */
static void format_time(time_t at, char text[static 40])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm local;
	(void)localtime_r(&at, &local);
	long minutes = local.tm_gmtoff / 60;
	(void)snprintf(text, 40, "%02d/%.3s/%04d:%02d:%02d:%02d %c%02ld%02ld", local.tm_mday,
		       &months[(size_t)local.tm_mon % 12 * 3], local.tm_year % 8000 + 1900, local.tm_hour, local.tm_min,
		       local.tm_sec, minutes < 0 ? '-' : '+', labs(minutes) / 60 % 100, labs(minutes) % 60);
}

static char *common_line(const struct access_entry *entry, uint64_t at_us)
{
	char when[40], host[PEER_ADDRESS_MAX] = "-", user[24] = "-", method[4 * METHOD_MAX + 1] = "-", *line;
	format_time((time_t)(at_us / 1000000), when);
	if (entry->method && *entry->method)
		escape(entry->method, method);
	if (entry->peer && entry->peer->local) {
		(void)strcpy(host, "unix");
		(void)snprintf(user, sizeof(user), "%u", entry->peer->uid);
	} else if (entry->peer) {
		peer_address(entry->peer, host);
	}
	int n = asprintf(&line, "%s - %s [%s] \"CALL %s JSON-RPC/2.0\" %d %zu %.6f %d\n", host, user, when, method,
			 status_of(entry->code), entry->size, (double)entry->duration_us / 1e6, entry->code);
	return n < 0 ? NULL : line;
}

static void add_peer(json_t *object, const struct peer *peer)
{
	char address[PEER_ADDRESS_MAX];
	if (peer->local) {
		(void)json_object_set_new(object, "uid", json_integer(peer->uid));
		(void)json_object_set_new(object, "gid", json_integer(peer->gid));
		(void)json_object_set_new(object, "pid", json_integer(peer->pid));
		return;
	}
	peer_address(peer, address);
	(void)json_object_set_new(object, "address", json_string(address));
	(void)json_object_set_new(object, "port", json_integer(peer->port));
}

static char *json_line(const struct access_entry *entry, uint64_t at_us)
{
	char when[64];
	struct tm utc;
	time_t at = (time_t)(at_us / 1000000);
	size_t n = strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", gmtime_r(&at, &utc));
	(void)snprintf(when + n, sizeof(when) - n, ".%06uZ", (unsigned)(at_us % 1000000));
	json_t *object = json_pack("{s:s, s:s?, s:i, s:I, s:f, s:i}", "time", when, "method", entry->method, "code",
				   entry->code, "bytes", (json_int_t)entry->size, "duration",
				   (double)entry->duration_us / 1e6, "worker", (int)entry->worker);
	if (object && entry->peer)
		add_peer(object, entry->peer);
	cleanup_free char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	char *line = NULL;
	json_decref(object);
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	return line;
}

char *access_line(enum access_format format, const struct access_entry *entry, uint64_t at_us)
{
	return format == ACCESS_JSON ? json_line(entry, at_us) : common_line(entry, at_us);
}

static uint64_t now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void complain(int error, uint64_t at_us)
{
	static uint64_t complained_us;
	if (complained_us && at_us - complained_us < COMPLAIN_US)
		return;
	complained_us = at_us;
	log_warning("lines of the access log are lost: %s", strerror(error));
}

void access_log(int fd, enum access_format format, const struct access_entry *entry)
{
	uint64_t at_us = now_us();
	cleanup_free char *line = access_line(format, entry, at_us);
	size_t size = line ? strlen(line) : 0;
	ssize_t n;
	do
		n = line ? write(fd, line, size) : -1;
	while (line && n < 0 && errno == EINTR);
	if (n != (ssize_t)size)
		complain(!line ? ENOMEM : n < 0 ? errno : ENOSPC, at_us);
}
