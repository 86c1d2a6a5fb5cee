/* framing_priv.h - for framing*.c only. */
#pragma once

#include <http_parser.h>

#include "workers/framing.h"
#include "workers/json_scan.h"
#include "workers/rpc.h"

enum framing_kind {
	FRAMING_KIND_UNDECIDED,
	FRAMING_KIND_STREAM,
	FRAMING_KIND_HEADERS,
	FRAMING_KIND_HTTP,
	FRAMING_KIND_OTHER,
	FRAMING_KIND_CLOSED,
};

struct framing {
	struct framing_limits limits;
	enum framing_kind kind;
	struct buffer in;
	size_t held; /* bytes at the start of in that framing_next() gave out */
	bool eof;
	bool last;       /* framing_set_last() */
	bool in_message; /* HTTP, headers: a request has begun whose bytes are no longer all in in */

	size_t answer_at, text_at; /* in out: where the answer, where its JSON text begins */

	/* JSON stream */
	struct json_scan scan;
	size_t scanned; /* bytes of in that scan has seen */
	bool skipping;  /* to the end of the line */

	/* Header framing */
	size_t content_length; /* of the text that comes next, valid when in_message */

	/* HTTP */
	http_parser parser;
	struct buffer body;
	unsigned status; /* what the request is refused with, 0 if it is not */
	bool headers_complete;
	bool complete; /* the message */
	bool keep_alive;
	bool expects_continue;
	uint8_t header_match; /* how much of "expect" the header's name is, HEADER_NO, HEADER_EXPECT */
};

/* The decimal length is put in later, right-aligned in this many blanks... */
#define FRAMING_LENGTH_BLANKS "           "
enum {
	FRAMING_LENGTH_WIDTH = sizeof(FRAMING_LENGTH_BLANKS) - 1,
	FRAMING_LENGTH_FROM_END = FRAMING_LENGTH_WIDTH + 4, /* ... which are the last of the headers */
};
void framing_put_length(char *to, size_t length);

/* Append the error as an answer of the connection's framing; FRAMING_REFUSED. */
enum framing_event framing_refuse(struct framing *framing, struct buffer *out, int code, const char *why);
enum framing_event framing_refuse_size(struct framing *framing, struct buffer *out); /* FRAMING_CLOSE */
enum framing_event framing_close(struct framing *framing);                           /* FRAMING_CLOSE */

enum framing_event framing_headers_next(struct framing *framing, struct buffer *out, const char **ret_text,
					size_t *ret_length);
void framing_headers_answer_begin(struct framing *framing, struct buffer *out);

bool framing_http_is_method(const char *name, size_t length);
void framing_http_begin(struct framing *framing);
enum framing_event framing_http_next(struct framing *framing, struct buffer *out, const char **ret_text,
				     size_t *ret_length);
void framing_http_answer_begin(struct framing *framing, struct buffer *out);
void framing_http_answer_end(struct framing *framing, struct buffer *out, size_t length);
