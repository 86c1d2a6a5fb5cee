/* access_log.h - a line for each request, in a file of its own.
 *
 * common: as web servers have it since NCSA's, for tools that read those, with the request's duration and the JSON-RPC
 * code behind it:
 *
 *     127.0.0.1 - - [28/Nov/2026:04:05:06 +0000] "CALL area.circle JSON-RPC/2.0" 200 39 0.000123 0
 *     unix - 1000 [28/Nov/2026:04:05:06 +0000] "CALL nothing JSON-RPC/2.0" 404 83 0.000051 -32601
 *
 * json: the same as an object a line.  Each line is one write to a file that is open for appending, so the lines of
 * several workers do not mix. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct peer;

enum access_format { ACCESS_COMMON, ACCESS_JSON };

/* A request that ends now. */
struct access_entry {
	const struct peer *peer; /* NULL: not known */
	const char *method;      /* as the client wrote it; NULL: it names none that exists */
	int code;                /* of the error, 0: none */
	size_t size;             /* bytes of the answer */
	uint64_t duration_us;
	unsigned worker;
};

/* The line, with its newline; the caller's, NULL when there is no memory.  at_us: CLOCK_REALTIME. */
char *access_line(enum access_format format, const struct access_entry *entry, uint64_t at_us);

/* Write it.  What cannot be written is lost, and said once a minute. */
void access_log(int fd, enum access_format format, const struct access_entry *entry);
