/* framing_http.c - HTTP/1.0 and 1.1: each POST carries one JSON text; GET and HEAD ask how the service is.
 *
 * http-parser takes the messages apart (and refuses what is ambiguous, RFC 9112 section 6.3); here stands what is
 * accepted and how it is answered.  The parser pauses after each message, so that the next is only looked at when this
 * one has been answered.  The bytes of a message stay in the input until it has been answered, so a body of known
 * length is never copied, and an unfinished message can be read again by another process (framing_export()). */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "workers/framing_priv.h"

bool framing_http_is_method(const char *name, size_t length)
{
	for (int method = HTTP_DELETE; method <= HTTP_SOURCE; method++) {
		const char *known = http_method_str((enum http_method)method);
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return true;
	}
	return false;
}

/* ---- the headers that matter ---- */

typedef int (*compare_t)(const char *, const char *, size_t);

static bool has(const char *text, const char *word, size_t length, compare_t compare)
{
	for (const char *p = text; p && *p;) {
		size_t n = strcspn(p, " \t");
		if (n == length && compare(p, word, n) == 0)
			return true;
		p += n + strspn(p + n, " \t");
	}
	return false;
}

/* Is the word among those that text has with blanks between, whatever the case of its letters? */
static bool has_word(const char *text, const char *word, size_t length)
{
	return has(text, word, length, strncasecmp);
}

/* Letters of a path have their case (RFC 9110 section 4.2.3). */
static bool has_path(const char *paths, const char *path, size_t length)
{
	return has(paths, path, length, strncmp);
}

/* What the body says to be may be JSON: nothing that only other things are.  curl -d and many scripts say
 * application/x-www-form-urlencoded of whatever they send. */
static bool may_be_json(const char *type, size_t length)
{
	static const char known[] =
		"application/json application/json-rpc application/jsonrequest text/json text/plain "
		"application/octet-stream application/x-www-form-urlencoded";
	static const char suffix[] = "+json";
	const size_t n = sizeof(suffix) - 1;
	return has_word(known, type, length) || (length > n && strncasecmp(type + length - n, suffix, n) == 0);
}

/* "application/json; charset=utf-8": the only charset that JSON has (RFC 8259 section 8.1). */
static bool type_is_accepted(const char *value)
{
	static const char charset[] = "charset=";
	size_t length = strcspn(value, "; \t");
	const char *given = strcasestr(value + length, charset);
	if (given) {
		given += sizeof(charset) - 1;
		given += *given == '"';
		size_t n = strcspn(given, "\"; \t");
		if (!has_word("utf-8 utf8 us-ascii", given, n))
			return false;
	}
	return length == 0 || may_be_json(value, length);
}

static void refuse_with(struct framing *framing, unsigned status)
{
	if (framing->status == 0)
		framing->status = status;
}

/* Preforge-Timeout-Ms: as the member timeout_ms of a request, 1 to 9 digits and no leading zero. */
static void use_timeout(struct framing *framing, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	bool bad = digits == 0 || digits > 9 || value[digits] != '\0' || value[0] == '0';
	framing->timeout_us = bad ? 0 : strtoull(value, NULL, 10) * 1000;
	framing->bad_timeout = bad;
	if (bad)
		refuse_with(framing, 400);
}

/* The header that has been read. */
static void use_header(struct framing *framing)
{
	struct http_header *header = &framing->header;
	while (header->value_length > 0 && strchr(" \t", header->value[header->value_length - 1]))
		header->value_length--;
	header->name[header->name_length] = header->value[header->value_length] = '\0';
	const char *value = header->value;
	if (header->name_length == 0)
		return;
	if (strcasecmp(header->name, "expect") == 0)
		framing->expects_continue = *value; /* there is no other expectation: RFC 9110 section 10.1.1 */
	else if (strcasecmp(header->name, "content-type") == 0 && !type_is_accepted(value))
		refuse_with(framing, 415);
	else if (strcasecmp(header->name, "content-encoding") == 0 && strcasecmp(value, "identity") != 0)
		refuse_with(framing, 415);
	/* The parser looks only for chunked at the end (RFC 9112 section 6.1). */
	else if (strcasecmp(header->name, "transfer-encoding") == 0 && strcasecmp(value, "chunked") != 0)
		refuse_with(framing, 501);
	else if (strcasecmp(header->name, "preforge-timeout-ms") == 0)
		use_timeout(framing, value);
	/* Browsers name the page that sends: no page may use the service behind its visitor's back. */
	else if (strcasecmp(header->name, "origin") == 0 && !has_word(framing->limits.origins, value, strlen(value)) &&
		 !has_word(framing->limits.origins, "*", 1))
		refuse_with(framing, 403);
	header->name_length = header->value_length = 0;
	header->in_value = false;
}

static size_t append_piece(char *to, size_t size, size_t used, const char *at, size_t length)
{
	size_t room = size - 1 - used;
	memcpy(to + used, at, length < room ? length : room);
	return used + (length < room ? length : room);
}

static int on_header_field(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	struct http_header *header = &framing->header;
	if (framing->headers_complete)
		return 0; /* trailers change nothing */
	if (header->in_value)
		use_header(framing);
	header->name_length = append_piece(header->name, sizeof(header->name), header->name_length, at, length);
	return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	struct http_header *header = &framing->header;
	if (framing->headers_complete)
		return 0;
	header->in_value = true;
	header->value_length = append_piece(header->value, sizeof(header->value), header->value_length, at, length);
	return 0;
}

/* ---- messages ---- */

/* Nothing of the message before counts for the next, not even if that ends with its first byte. */
static void begin_message(struct framing *framing)
{
	buffer_truncate(&framing->body, 0);
	framing->text_offset = framing->content_length = framing->target_length = 0;
	framing->complete = framing->headers_complete = framing->expects_continue = false;
	framing->status = 0;
	framing->timeout_us = 0;
	framing->bad_timeout = false;
	framing->probe = FRAMING_PROBE_NONE;
	framing->header = (struct http_header){ .in_value = false };
}

static int on_url(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	framing->target_length =
		append_piece(framing->target, sizeof(framing->target), framing->target_length, at, length);
	return 0;
}

/* The path of the request: of "/path?query", "http://host/path" or "*". */
static const char *path_of(struct framing *framing, size_t *ret_length)
{
	const char *path = framing->target, *scheme = strstr(path, "://");
	framing->target[framing->target_length] = '\0';
	if (*path != '/' && scheme) {
		path = strchr(scheme + 3, '/');
		path = path ? path : "/";
	}
	*ret_length = strcspn(path, "?#");
	return path;
}

static enum framing_probe find_probe(const struct framing *framing, const char *path, size_t length)
{
	static const char *const names[] = { [FRAMING_PROBE_HEALTH] = "/healthz",
					     [FRAMING_PROBE_READY] = "/readyz",
					     [FRAMING_PROBE_METRICS] = "/metrics" };
	for (enum framing_probe probe = FRAMING_PROBE_HEALTH; probe <= FRAMING_PROBE_METRICS; probe++)
		if (strlen(names[probe]) == length && memcmp(names[probe], path, length) == 0)
			return (probe == FRAMING_PROBE_METRICS ? framing->limits.metrics : framing->limits.health)
				       ? probe
				       : FRAMING_PROBE_NONE;
	return FRAMING_PROBE_NONE;
}

static unsigned refusal_of_headers(struct framing *framing, const http_parser *parser)
{
	bool has_length = parser->content_length != ULLONG_MAX;
	size_t length;
	const char *path = path_of(framing, &length), *paths = framing->limits.paths;
	if (parser->http_major != 1)
		return 505;
	if (has_length && parser->content_length > framing->limits.request_bytes)
		return 413;
	framing->probe = find_probe(framing, path, length);
	bool reads = parser->method == HTTP_GET || parser->method == HTTP_HEAD;
	if (framing->probe != FRAMING_PROBE_NONE)
		return reads ? 0 : 405;
	if (paths && !has_path(paths, path, length) && !has_path(paths, "*", 1))
		return 404;
	if (parser->method != HTTP_POST)
		return 405;
	if (framing->status != 0)
		return framing->status;
	return has_length || (parser->flags & F_CHUNKED) ? 0 : 411;
}

static int on_headers_complete(http_parser *parser)
{
	struct framing *framing = parser->data;
	use_header(framing);
	framing->headers_complete = true;
	framing->keep_alive = http_should_keep_alive(parser);
	framing->status = refusal_of_headers(framing, parser);
	parser->upgrade = 0; /* may be ignored (RFC 9110 section 7.8); CONNECT is refused */
	if (parser->http_minor == 0)
		framing->expects_continue = false;
	/* What is refused while its body is still unsent, or has no known end, ends the connection: stop here. */
	bool readable = framing->status != 505 && framing->status != 413 && framing->status != 411;
	return framing->status == 0 || (readable && !framing->expects_continue) ? 0 : -1;
}

static int on_body(http_parser *parser, const char *at, size_t length)
{
	struct framing *framing = parser->data;
	if (length > framing->limits.request_bytes - framing->content_length) {
		framing->status = 413;
		return 1;
	}
	if (framing->content_length == 0)
		framing->text_offset = (size_t)(at - buffer_begin(&framing->in));
	framing->content_length += length;
	if (framing->status != 0 || !(parser->flags & F_CHUNKED))
		return 0;
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
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

void framing_http_begin(struct framing *framing)
{
	/* The limit is ours: how far the library looks before it finds its own exceeded depends on how the bytes come.
	 */
	http_parser_set_max_header_size(UINT32_MAX);
	http_parser_init(&framing->parser, HTTP_REQUEST);
	framing->parser.data = framing;
}

/* ---- refusals ---- */

static const char *status_text(unsigned status)
{
	switch (status) {
	case 400: return "400 Bad Request";
	case 403: return "403 Forbidden";
	case 404: return "404 Not Found";
	case 405: return "405 Method Not Allowed";
	case 408: return "408 Request Timeout";
	case 411: return "411 Length Required";
	case 413: return "413 Content Too Large";
	case 415: return "415 Unsupported Media Type";
	case 431: return "431 Request Header Fields Too Large";
	case 501: return "501 Not Implemented";
	case 503: return "503 Service Unavailable\r\nRetry-After: 1";
	case 505: return "505 HTTP Version Not Supported";
	default: return "200 OK";
	}
}

static void explain_status(struct framing *framing, char *why, size_t size)
{
	const struct framing_limits *limits = &framing->limits;
	enum http_errno error = HTTP_PARSER_ERRNO(&framing->parser);
	size_t length;
	const char *path = path_of(framing, &length);
	switch (framing->status) {
	case 403: (void)snprintf(why, size, "the page that this comes from is not among [http] origins"); break;
	case 404: (void)snprintf(why, size, "the path %.*s is not one that is served", (int)length, path); break;
	case 405:
		(void)snprintf(why, size, "the HTTP method is %s, only %s",
			       http_method_str((enum http_method)framing->parser.method),
			       framing->probe ? "GET and HEAD are for this path" : "POST carries a request");
		break;
	case 411: (void)snprintf(why, size, "POST without Content-Length"); break;
	case 413:
		(void)snprintf(why, size, "the text is longer than %zu bytes, the limit of a request",
			       limits->request_bytes);
		break;
	case 415:
		(void)snprintf(why, size,
			       "the body must be JSON in UTF-8: Content-Type: application/json, and no "
			       "Content-Encoding");
		break;
	case 431:
		(void)snprintf(why, size, "the headers are longer than %zu bytes, their limit", limits->header_bytes);
		break;
	case 501: (void)snprintf(why, size, "the Transfer-Encoding is not chunked"); break;
	case 505: (void)snprintf(why, size, "the HTTP version is not 1.0 or 1.1"); break;
	case 400:
		if (framing->bad_timeout && error == HPE_OK) {
			(void)snprintf(why, size,
				       "the header Preforge-Timeout-Ms must be a whole number of milliseconds from 1 "
				       "to 999999999");
			break;
		}
		__attribute__((fallthrough));
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
	char why[400];
	framing->status = status;
	explain_status(framing, why, sizeof(why));
	if (!framing->complete)
		framing->keep_alive = false;
	bool is_http = status != 400 || (framing->bad_timeout && HTTP_PARSER_ERRNO(&framing->parser) == HPE_OK);
	(void)framing_refuse(framing, out,
			     !is_http || status == 431 || status == 505 ? RPC_PARSE_ERROR : RPC_INVALID_REQUEST, why);
	return framing->keep_alive ? FRAMING_REFUSED : framing_close(framing);
}

/* ---- events ---- */

/* Empty lines before a request mean nothing (RFC 9112 section 2.2). */
static void skip_empty_lines(struct framing *framing)
{
	size_t n = buffer_length(&framing->in), empty = 0;
	const char *p = buffer_begin(&framing->in);
	while (empty < n && (p[empty] == '\r' || p[empty] == '\n'))
		empty++;
	buffer_consume(&framing->in, empty);
}

/* How many bytes a message may have as far as it has been read: chunks are put together, their frames may be as long as
 * they are, and a bit. */
static size_t most_bytes(const struct framing *framing)
{
	enum { FRAMES = 64 << 10 };
	const struct framing_limits *limits = &framing->limits;
	return framing->headers_complete ? limits->header_bytes + 2 * limits->request_bytes + FRAMES
					 : limits->header_bytes;
}

/* Let the parser read up to the end of the message, of what is there, or of what it may have: what is read must not
 * depend on how the bytes come.  0, or the status of a message that is too long. */
static unsigned execute(struct framing *framing)
{
	if (framing->scanned == 0)
		skip_empty_lines(framing);
	size_t n = buffer_length(&framing->in);
	while (framing->scanned < n && !framing->complete && HTTP_PARSER_ERRNO(&framing->parser) == HPE_OK) {
		size_t most = most_bytes(framing);
		if (framing->scanned == most)
			return framing->headers_complete ? 413 : 431;
		framing->scanned +=
			http_parser_execute(&framing->parser, &callbacks, buffer_begin(&framing->in) + framing->scanned,
					    (n < most ? n : most) - framing->scanned);
	}
	if (framing->complete)
		http_parser_pause(&framing->parser, 0);
	return 0;
}

/* Whoever waits for leave to send a body gets it, once. */
static void give_leave(struct framing *framing, struct buffer *out)
{
	if (!framing->expects_continue || !framing->headers_complete)
		return;
	framing->expects_continue = false;
	if (!framing->gave_leave)
		buffer_append_literal(out, "HTTP/1.1 100 Continue\r\n\r\n");
	framing->gave_leave = true;
}

static enum framing_event give_message(struct framing *framing, struct buffer *out, const char **ret_text,
				       size_t *ret_length)
{
	framing->held = framing->scanned;
	framing->scanned = 0;
	framing->gave_leave = false;
	if (framing->status != 0)
		return refuse(framing, out, framing->status);
	if (framing->probe != FRAMING_PROBE_NONE)
		return FRAMING_PROBE;
	bool chunked = framing->parser.flags & F_CHUNKED;
	*ret_length = framing->content_length;
	*ret_text = *ret_length == 0 ? ""
		    : chunked        ? buffer_begin(&framing->body)
				     : buffer_begin(&framing->in) + framing->text_offset;
	return FRAMING_REQUEST;
}

enum framing_event framing_http_next(struct framing *framing, struct buffer *out, const char **ret_text,
				     size_t *ret_length)
{
	if (framing->complete) {
		/* The last one has been answered. */
		if (!framing->keep_alive)
			return framing_close(framing);
		begin_message(framing);
	}
	unsigned too_long = execute(framing);
	enum http_errno error = HTTP_PARSER_ERRNO(&framing->parser);
	if (framing->body.failed)
		return framing_close(framing);
	if (error == HPE_CB_headers_complete || error == HPE_CB_body)
		return refuse(framing, out, framing->status);
	if (too_long || error != HPE_OK)
		return refuse(framing, out, too_long ? too_long : 400);
	give_leave(framing, out);
	if (framing->complete)
		return give_message(framing, out, ret_text, ret_length);
	if (framing->eof)
		return framing->scanned > 0 ? refuse(framing, out, 400) : framing_close(framing);
	return FRAMING_MORE;
}

/* ---- answers ---- */

static void append_connection(const struct framing *framing, struct buffer *out)
{
	if (!framing->keep_alive)
		buffer_append_literal(out, "\r\nConnection: close");
	else if (framing->parser.http_minor == 0)
		buffer_append_literal(out, "\r\nConnection: keep-alive");
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
		if (framing->status == 405 && framing->probe)
			buffer_append_literal(out, "\r\nAllow: GET, HEAD");
		else if (framing->status == 405)
			buffer_append_literal(out, "\r\nAllow: POST");
	}
	append_connection(framing, out);
	if (framing->probe == FRAMING_PROBE_METRICS && framing->status == 0)
		buffer_append_literal(out, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8");
	else
		buffer_append_literal(out, "\r\nContent-Type: application/json");
	buffer_append_literal(out, "\r\n" FRAMING_LENGTH_ROOM);
}

void framing_http_answer_end(struct framing *framing, struct buffer *out, size_t length)
{
	if (length > 0) {
		framing_put_length(framing, out, length);
		if (framing->headers_complete && framing->parser.method == HTTP_HEAD)
			buffer_truncate(out, framing->text_at);
		return;
	}
	buffer_truncate(out, framing->answer_at);
	buffer_append_literal(out, "HTTP/1.1 204 No Content");
	append_connection(framing, out);
	buffer_append_literal(out, "\r\n\r\n");
}

void framing_set_status(struct framing *framing, unsigned status)
{
	framing->status = status;
}

enum framing_probe framing_probe(const struct framing *framing)
{
	return framing->probe;
}

uint64_t framing_timeout_us(const struct framing *framing)
{
	return framing->kind == FRAMING_KIND_HTTP ? framing->timeout_us : 0;
}
