/* framing_headers.c - the header framing of language servers: "Content-Length: 12", an empty line, 12 bytes.
 *
 * Other headers are read over.  Lines end in CR LF; LF alone is understood.  A mistake in the headers leaves no place
 * to go on from, so it ends the connection. */
#include "config.h"

#include <stdio.h>
#include <strings.h>

#include "workers/framing_priv.h"

static enum framing_event refuse(struct framing *framing, struct buffer *out, const char *why)
{
	(void)framing_refuse(framing, out, RPC_PARSE_ERROR, why);
	return framing_close(framing);
}

/* The length of the header lines with the empty line that ends them, 0 if it is not there yet. */
static size_t headers_length(const char *p, size_t n)
{
	for (const char *from = p, *newline; (newline = memchr(from, '\n', n - (size_t)(from - p)));
	     from = newline + 1) {
		size_t line = (size_t)(newline - from);
		if (line == 0 || (line == 1 && from[0] == '\r'))
			return (size_t)(newline + 1 - p);
	}
	return 0;
}

/* One to 18 digits with blanks around them. */
static bool parse_length(const char *p, const char *end, size_t *ret)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	if (p == end || end - p > 18)
		return false;
	size_t length = 0;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		length = length * 10 + (size_t)(*p - '0');
	}
	*ret = length;
	return true;
}

/* Find the Content-Length among the headers. NULL, or what is wrong. */
static const char *parse_headers(const char *p, size_t n, size_t *ret_length)
{
	static const char name[] = "Content-Length";
	bool found = false;
	for (const char *end = p + n; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline || newline == p || (newline == p + 1 && *p == '\r'))
			break;
		const char *colon = memchr(p, ':', (size_t)(newline - p));
		if (!colon)
			return "a header line without a colon before the JSON text";
		if ((size_t)(colon - p) == sizeof(name) - 1 && strncasecmp(p, name, sizeof(name) - 1) == 0) {
			size_t length;
			if (!parse_length(colon + 1, newline, &length))
				return "Content-Length is not a number";
			if (found && length != *ret_length)
				return "Content-Length is there twice";
			found = true;
			*ret_length = length;
		}
		p = newline + 1;
	}
	return found ? NULL : "no Content-Length before the JSON text";
}

/* Read the headers if they are there: FRAMING_REQUEST means go on with the text. */
static enum framing_event next_headers(struct framing *framing, struct buffer *out)
{
	size_t n = buffer_length(&framing->in);
	size_t length = n > 0 ? headers_length(buffer_begin(&framing->in), n) : 0;
	if (length > framing->limits.header_bytes || (length == 0 && n > framing->limits.header_bytes)) {
		char why[128];
		(void)snprintf(why, sizeof(why), "the headers are longer than %zu bytes, their limit",
			       framing->limits.header_bytes);
		return refuse(framing, out, why);
	}
	if (length == 0) {
		if (!framing->eof)
			return FRAMING_MORE;
		return n == 0 ? framing_close(framing)
			      : refuse(framing, out, "the connection ended inside the headers of a JSON text");
	}
	const char *wrong = parse_headers(buffer_begin(&framing->in), length, &framing->content_length);
	if (wrong)
		return refuse(framing, out, wrong);
	if (framing->content_length > framing->limits.request_bytes)
		return framing_refuse_size(framing, out);
	framing->text_offset = length;
	return FRAMING_REQUEST;
}

enum framing_event framing_headers_next(struct framing *framing, struct buffer *out, const char **ret_text,
					size_t *ret_length)
{
	if (framing->text_offset == 0) {
		enum framing_event event = next_headers(framing, out);
		if (event != FRAMING_REQUEST)
			return event;
	}
	if (buffer_length(&framing->in) - framing->text_offset < framing->content_length) {
		if (!framing->eof)
			return FRAMING_MORE;
		return refuse(framing, out, "the connection ended inside a JSON text");
	}
	*ret_text = framing->content_length > 0 ? buffer_begin(&framing->in) + framing->text_offset : "";
	*ret_length = framing->content_length;
	framing->held = framing->text_offset + framing->content_length;
	framing->text_offset = 0;
	return FRAMING_REQUEST;
}

void framing_headers_answer_begin(struct framing *framing, struct buffer *out)
{
	(void)framing;
	buffer_append_literal(out, FRAMING_LENGTH_ROOM);
}
