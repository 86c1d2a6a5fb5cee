/* framing_http.c - HTTP/1.0 and 1.1: each POST carries one JSON text, whatever its path.
 *
 * http-parser takes the messages apart (and refuses what is ambiguous, RFC 9112 section 6.3); here stands what is
 * accepted and how it is answered.  The parser pauses after each message, so that the next is only looked at when this
 * one has been answered. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <strings.h>

#include "workers/framing_priv.h"

enum { HEADER_NO = 254, HEADER_EXPECT = 255 };

static const char expect_name[] = "expect";

bool framing_http_is_method(const char *name, size_t length)
{
	for (int method = HTTP_DELETE; method <= HTTP_SOURCE; method++) {
		const char *known = http_method_str((enum http_method)method);
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return true;
	}
	return false;
}

static int on_message_begin(http_parser *parser)
{
	struct framing *framing = parser->data;
	buffer_truncate(&framing->body, 0);
	framing->in_message = true;
	framing->complete = framing->headers_complete = framing->expects_continue = false;
	framing->status = 0;
	framing->header_match = 0;
	return 0;
}

/* Names and values come in pieces; only the name Expect matters. */
static int on_header_field(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	if (framing->header_match == HEADER_EXPECT)
		framing->header_match = 0;
	for (size_t i = 0; i < length && framing->header_match != HEADER_NO; i++) {
		char c = (char)(at[i] | 0x20);
		if (framing->header_match < sizeof(expect_name) - 1 && c == expect_name[framing->header_match])
			framing->header_match++;
		else
			framing->header_match = HEADER_NO;
	}
	return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t length)
{
	(void)at;
	struct framing *framing = parser->data;
	/* 100-continue is the only expectation that HTTP knows (RFC 9110 section 10.1.1). */
	if (framing->header_match == sizeof(expect_name) - 1 && length > 0)
		framing->expects_continue = true;
	framing->header_match = 0;
	return 0;
}

static unsigned refusal_of_headers(const struct framing *framing, const http_parser *parser)
{
	bool has_length = parser->content_length != ULLONG_MAX;
	if (parser->http_major != 1)
		return 505;
	if (parser->method != HTTP_POST)
		return 405;
	if (!has_length && !(parser->flags & F_CHUNKED))
		return 411;
	if (has_length && parser->content_length > framing->limits.request_bytes)
		return 413;
	return 0;
}

static int on_headers_complete(http_parser *parser)
{
	struct framing *framing = parser->data;
	framing->headers_complete = true;
	framing->keep_alive = http_should_keep_alive(parser);
	framing->status = refusal_of_headers(framing, parser);
	parser->upgrade = 0; /* may be ignored (RFC 9110 section 7.8); CONNECT is refused */
	if (parser->http_minor == 0)
		framing->expects_continue = false;
	/* What is refused while its body is still unsent, or has no known end, ends the connection: stop here. */
	return framing->status == 0 || (framing->status == 405 && !framing->expects_continue) ? 0 : -1;
}

static int on_body(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	if (framing->status != 0)
		return 0;
	if (length > framing->limits.request_bytes - buffer_length(&framing->body)) {
		framing->status = 413;
		return 1;
	}
	buffer_append(&framing->body, at, length);
	return framing->body.failed;
}

static int on_message_complete(http_parser *parser)
{
	struct framing *framing = parser->data;
	framing->complete = true;
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings callbacks = {
	.on_message_begin = on_message_begin,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

void framing_http_begin(struct framing *framing)
{
	/* One limit for the process: that is all the library has, and all connections have the same. */
	http_parser_set_max_header_size((uint32_t)framing->limits.header_bytes);
	http_parser_init(&framing->parser, HTTP_REQUEST);
	framing->parser.data = framing;
}

static const char *status_text(unsigned status)
{
	switch (status) {
	case 400: return "400 Bad Request";
	case 405: return "405 Method Not Allowed\r\nAllow: POST";
	case 411: return "411 Length Required";
	case 413: return "413 Content Too Large";
	case 431: return "431 Request Header Fields Too Large";
	case 505: return "505 HTTP Version Not Supported";
	default: return "200 OK";
	}
}

static void explain_status(const struct framing *framing, char *why, size_t size)
{
	const struct framing_limits *limits = &framing->limits;
	enum http_errno error = HTTP_PARSER_ERRNO(&framing->parser);
	switch (framing->status) {
	case 405:
		(void)snprintf(why, size, "the HTTP method is %s, only POST carries a request",
			       http_method_str((enum http_method)framing->parser.method));
		break;
	case 411: (void)snprintf(why, size, "POST without Content-Length"); break;
	case 413:
		(void)snprintf(why, size, "the text is longer than %zu bytes, the limit of a request",
			       limits->request_bytes);
		break;
	case 431:
		(void)snprintf(why, size, "the headers are longer than %zu bytes, their limit", limits->header_bytes);
		break;
	case 505: (void)snprintf(why, size, "the HTTP version is not 1.0 or 1.1"); break;
	default:
		(void)snprintf(why, size, "not HTTP: %s",
			       error == HPE_OK ? "the connection ended inside a request"
					       : http_errno_description(error));
		break;
	}
}

/* Answer with the status; the connection goes on only if the request was read to its end. */
static enum framing_event refuse(struct framing *framing, struct buffer *out, unsigned status)
{
	char why[160];
	framing->status = status;
	explain_status(framing, why, sizeof(why));
	if (!framing->complete)
		framing->keep_alive = false;
	int code = status == 413 || status == 405 || status == 411 ? RPC_INVALID_REQUEST : RPC_PARSE_ERROR;
	(void)framing_refuse(framing, out, code, why);
	framing->in_message = false;
	return framing->keep_alive ? FRAMING_REFUSED : framing_close(framing);
}

static void execute(struct framing *framing)
{
	size_t n = buffer_length(&framing->in);
	if (n == 0)
		return;
	size_t used = http_parser_execute(&framing->parser, &callbacks, buffer_begin(&framing->in), n);
	buffer_consume(&framing->in, used);
	if (framing->complete)
		http_parser_pause(&framing->parser, 0);
}

enum framing_event framing_http_next(struct framing *framing, struct buffer *out, const char **ret_text,
				     size_t *ret_length)
{
	if (framing->complete) {
		/* The last one has been answered. */
		framing->complete = framing->in_message = false;
		if (!framing->keep_alive)
			return framing_close(framing);
	}
	execute(framing);
	enum http_errno error = HTTP_PARSER_ERRNO(&framing->parser);
	if (framing->body.failed)
		return framing_close(framing);
	if (error == HPE_CB_headers_complete || error == HPE_CB_body)
		return refuse(framing, out, framing->status);
	if (error != HPE_OK)
		return refuse(framing, out, error == HPE_HEADER_OVERFLOW ? 431 : 400);
	/* Whoever waits for leave to send a body gets it (and who did not wait for it gets it, too). */
	if (framing->expects_continue && framing->headers_complete) {
		framing->expects_continue = false;
		buffer_append_literal(out, "HTTP/1.1 100 Continue\r\n\r\n");
	}
	if (framing->complete && framing->status != 0)
		return refuse(framing, out, framing->status);
	if (framing->complete) {
		*ret_text = buffer_length(&framing->body) > 0 ? buffer_begin(&framing->body) : "";
		*ret_length = buffer_length(&framing->body);
		return FRAMING_REQUEST;
	}
	if (framing->eof)
		return framing->in_message ? refuse(framing, out, 400) : framing_close(framing);
	return FRAMING_MORE;
}

void framing_http_answer_begin(struct framing *framing, struct buffer *out)
{
	if (framing->last)
		framing->keep_alive = false;
	buffer_append_literal(out, "HTTP/1.1 ");
	if (framing->status == 0) {
		buffer_append_literal(out, "200 OK");
	} else {
		const char *text = status_text(framing->status);
		buffer_append(out, text, strlen(text));
	}
	if (!framing->keep_alive)
		buffer_append_literal(out, "\r\nConnection: close");
	else if (framing->parser.http_minor == 0)
		buffer_append_literal(out, "\r\nConnection: keep-alive");
	buffer_append_literal(out,
			      "\r\nContent-Type: application/json\r\nContent-Length:" FRAMING_LENGTH_BLANKS "\r\n\r\n");
}

void framing_http_answer_end(struct framing *framing, struct buffer *out, size_t length)
{
	if (length > 0) {
		framing_put_length(buffer_begin(out) + framing->text_at - FRAMING_LENGTH_FROM_END, length);
		return;
	}
	buffer_truncate(out, framing->answer_at);
	buffer_append_literal(out, "HTTP/1.1 204 No Content");
	if (!framing->keep_alive)
		buffer_append_literal(out, "\r\nConnection: close");
	else if (framing->parser.http_minor == 0)
		buffer_append_literal(out, "\r\nConnection: keep-alive");
	buffer_append_literal(out, "\r\n\r\n");
}
