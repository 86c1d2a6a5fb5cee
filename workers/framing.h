/* framing.h - where one request of a connection ends and the next begins.
 *
 * The first bytes of a connection tell its framing, for good:
 *
 *     JSON stream      { [ " digit - t f n      texts one after another, newlines between them or not; an answer is one
 * line headers          Content-Length: 123      as language servers do: header lines, an empty line, the text; answers
 * too HTTP/1.0, 1.1    POST / HTTP/1.1          keep-alive, pipelining, chunked bodies, Expect: 100-continue
 *
 * No Python here, no sockets, and no difference between bytes that come at once and one by one.  The owner puts bytes
 * in, asks framing_next() until it says FRAMING_MORE, and answers each request before it asks for the next:
 *
 *     FRAMING_REQUEST -> framing_answer_begin(), append the JSON text (or nothing), framing_answer_end() */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/buffer.h"

struct framing;

struct framing_limits {
	size_t request_bytes; /* of one JSON text; 0: FRAMING_REQUEST_BYTES_DEFAULT */
	size_t header_bytes;  /* of the headers of one request; 0: FRAMING_HEADER_BYTES_DEFAULT */
	uint32_t depth;       /* arrays and objects inside each other; 0: FRAMING_DEPTH_DEFAULT */
	/* HTTP, words with blanks between; borrowed. */
	const char *paths;    /* where requests may be posted; NULL or "*": anywhere */
	const char *origins;  /* pages that may send requests; NULL: none, "*": all */
	bool health, metrics; /* GET /healthz and /readyz, GET /metrics */
};

enum {
	FRAMING_REQUEST_BYTES_DEFAULT = 16 << 20,
	FRAMING_HEADER_BYTES_DEFAULT = 16 << 10,
	FRAMING_DEPTH_DEFAULT = 256,
};

enum framing_event {
	FRAMING_MORE,    /* needs more bytes (after framing_eof(): never happens) */
	FRAMING_REQUEST, /* a text is there, answer it */
	FRAMING_PROBE,   /* HTTP asks how the service is: framing_probe(); answer it like a request */
	FRAMING_REFUSED, /* something was refused and answered in out already; ask again */
	FRAMING_CLOSE,   /* nothing more will be read; close when out is written */
};

enum framing_probe { FRAMING_PROBE_NONE, FRAMING_PROBE_HEALTH, FRAMING_PROBE_READY, FRAMING_PROBE_METRICS };

/* NULL when memory is short. */
struct framing *framing_new(const struct framing_limits *limits) __attribute__((warn_unused_result));
void framing_free(struct framing *framing); /* NULL is fine */

/* Where to put at least n more bytes (NULL when memory is short), and that n were put there. */
char *framing_room(struct framing *framing, size_t n);
void framing_added(struct framing *framing, size_t n);

/* No more bytes will come. */
void framing_eof(struct framing *framing);

/* The next event.  FRAMING_REQUEST: *ret_text (not terminated) stays valid until the next call of framing_room(),
 * framing_next() or framing_free().  Refusals and interim answers are appended to out. */
enum framing_event framing_next(struct framing *framing, struct buffer *out, const char **ret_text, size_t *ret_length);

/* The connection is about to be closed by us: answers in HTTP say so from now on, and no request is awaited after them.
 */
void framing_set_last(struct framing *framing);

/* Around the answer to the last FRAMING_REQUEST.  Between them only append to out; nothing appended means that there is
 * no answer (in HTTP that is 204). */
void framing_answer_begin(struct framing *framing, struct buffer *out);
void framing_answer_end(struct framing *framing, struct buffer *out);

/* Between the two: take back what has been appended since the first. */
void framing_answer_restart(const struct framing *framing, struct buffer *out);

/* The HTTP status of the answer that comes next; does nothing in other framings. */
void framing_set_status(struct framing *framing, unsigned status);
/* The deadline that the request asks for in an HTTP header, 0 for none. */
uint64_t framing_timeout_us(const struct framing *framing);
/* After FRAMING_PROBE. */
enum framing_probe framing_probe(const struct framing *framing);

/* Answer with an error that ends the connection, whatever has been received: the next event is FRAMING_CLOSE. */
void framing_abort(struct framing *framing, struct buffer *out, unsigned status, int code, const char *why);

/* A connection between two requests, or in the middle of one, can be carried on by another process: by the state, a
 * small number, and the bytes at *ret_bytes.  Not while a request is being answered, and not if it is over. */
uint32_t framing_export(struct framing *framing, const char **ret_bytes, size_t *ret_length);
/* The other side: a new framing.  NULL when memory is short, or the state cannot be. */
struct framing *framing_import(const struct framing_limits *limits, uint32_t state, const char *bytes, size_t length)
	__attribute__((warn_unused_result));

/* Once the last request is answered, the connection is to be closed. */
bool framing_is_over(const struct framing *framing);

/* No byte of an unfinished request is held: nothing is lost when the connection is closed now,
 * and nothing happens until more comes. */
bool framing_is_idle(const struct framing *framing);

/* After an answer: give back what a long request needed. */
void framing_trim(struct framing *framing);
