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

/* Of HTTP: the one that is being read, cut to what matters. */
struct http_header {
	char name[24], value[128];
	size_t name_length, value_length;
	bool in_value;
};

struct framing {
	struct framing_limits limits;
	enum framing_kind kind;
	struct buffer in; /* from the first byte of the request that is being read */
	size_t held;      /* bytes at the start of in that framing_next() gave out */
	size_t scanned;   /* bytes of in that have been looked at */
	bool eof;
	bool last; /* framing_set_last() */

	size_t answer_at, text_at; /* in out: where the answer, where its JSON text begins */

	/* JSON stream */
	struct json_scan scan;
	bool skipping; /* to the end of the line */

	/* Header framing, HTTP */
	size_t text_offset;    /* of the text in in, behind the headers; 0: not known */
	size_t content_length; /* of the text, in HTTP as far as it is there */

	/* HTTP */
	http_parser parser;
	struct http_header header;
	struct buffer body; /* from chunks */
	char target[256];
	size_t target_length;
	uint64_t timeout_us; /* of the header Preforge-Timeout-Ms */
	unsigned status;     /* what the request is refused with, 0 if it is not */
	bool bad_timeout;    /* why that is 400 */
	enum framing_probe probe;
	bool headers_complete;
	bool complete; /* the message */
	bool keep_alive;
	bool expects_continue;
	bool gave_leave; /* 100 Continue has been sent */
};

/* The end of the headers, with room for the length of the text behind them, which is put in when it is known. */
#define FRAMING_LENGTH_ROOM "Content-Length: 00000000000\r\n\r\n"
void framing_put_length(struct framing *framing, struct buffer *out, size_t length);

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
