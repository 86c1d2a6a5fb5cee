/* framing.c - see framing.h.  Telling the framings apart, the JSON stream, and what they have in common; HTTP and the
 * header framing are in framing_http.c and framing_headers.c. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "workers/framing_priv.h"

enum { KEEP_BYTES = 16 << 10 };

struct framing *framing_new(const struct framing_limits *limits)
{
	struct framing *framing = calloc(1, sizeof(*framing));
	if (!framing)
		return NULL;
	framing->limits = *limits;
	if (framing->limits.request_bytes == 0)
		framing->limits.request_bytes = FRAMING_REQUEST_BYTES_DEFAULT;
	if (framing->limits.header_bytes == 0)
		framing->limits.header_bytes = FRAMING_HEADER_BYTES_DEFAULT;
	if (framing->limits.depth == 0)
		framing->limits.depth = FRAMING_DEPTH_DEFAULT;
	if (framing->limits.depth > JSON_SCAN_DEPTH_MAX)
		framing->limits.depth = JSON_SCAN_DEPTH_MAX;
	return framing;
}

void framing_free(struct framing *framing)
{
	if (!framing)
		return;
	buffer_free(&framing->in);
	buffer_free(&framing->body);
	free(framing);
}

/* The text that framing_next() gave out last is no longer needed. */
static void drop_held(struct framing *framing)
{
	buffer_consume(&framing->in, framing->held);
	framing->held = 0;
}

char *framing_room(struct framing *framing, size_t n)
{
	drop_held(framing);
	return buffer_reserve(&framing->in, n);
}

void framing_added(struct framing *framing, size_t n)
{
	buffer_added(&framing->in, n);
}

void framing_eof(struct framing *framing)
{
	framing->eof = true;
}

void framing_set_last(struct framing *framing)
{
	framing->last = true;
}

enum framing_event framing_close(struct framing *framing)
{
	framing->kind = FRAMING_KIND_CLOSED;
	return FRAMING_CLOSE;
}

enum framing_event framing_refuse(struct framing *framing, struct buffer *out, int code, const char *why)
{
	framing_answer_begin(framing, out);
	rpc_append_error(out, code, why);
	framing_answer_end(framing, out);
	return FRAMING_REFUSED;
}

enum framing_event framing_refuse_size(struct framing *framing, struct buffer *out)
{
	char why[128];
	(void)snprintf(why, sizeof(why), "the text is longer than %zu bytes, the limit of a request",
		       framing->limits.request_bytes);
	(void)framing_refuse(framing, out, RPC_INVALID_REQUEST, why);
	return framing_close(framing);
}

/* The bytes at the start of the connection tell the framing: undecided as long as they could be several. */
static enum framing_kind detect(const char *bytes, size_t n, bool eof)
{
	if (strchr("{[\"-0123456789tfn", bytes[0]) && bytes[0] != '\0')
		return FRAMING_KIND_STREAM;
	enum { TOKEN_MAX = 32 };
	size_t length = 0;
	while (length < n && length < TOKEN_MAX && (isalpha((unsigned char)bytes[length]) || bytes[length] == '-'))
		length++;
	if (length == TOKEN_MAX || length == 0)
		return FRAMING_KIND_OTHER;
	if (length == n)
		return eof ? FRAMING_KIND_OTHER : FRAMING_KIND_UNDECIDED;
	if (bytes[length] == ' ' && framing_http_is_method(bytes, length))
		return FRAMING_KIND_HTTP;
	if (bytes[length] == ':' && ((length == 14 && strncasecmp(bytes, "Content-Length", length) == 0) ||
				     (length == 12 && strncasecmp(bytes, "Content-Type", length) == 0)))
		return FRAMING_KIND_HEADERS;
	return FRAMING_KIND_OTHER;
}

static void skip_space(struct framing *framing)
{
	const char *p = buffer_begin(&framing->in);
	size_t n = buffer_length(&framing->in), blank = 0;
	while (blank < n && (p[blank] == ' ' || p[blank] == '\t' || p[blank] == '\r' || p[blank] == '\n'))
		blank++;
	buffer_consume(&framing->in, blank);
}

static void begin_kind(struct framing *framing, enum framing_kind kind)
{
	framing->kind = kind;
	if (kind == FRAMING_KIND_STREAM)
		json_scan_begin(&framing->scan, framing->limits.depth);
	else if (kind == FRAMING_KIND_HTTP)
		framing_http_begin(framing);
}

/* Set the framing, or return an event. */
static enum framing_event next_undecided(struct framing *framing, struct buffer *out)
{
	skip_space(framing);
	size_t n = buffer_length(&framing->in);
	if (n == 0)
		return framing->eof ? framing_close(framing) : FRAMING_MORE;
	framing->kind = detect(buffer_begin(&framing->in), n, framing->eof);
	switch (framing->kind) {
	case FRAMING_KIND_UNDECIDED: return FRAMING_MORE;
	case FRAMING_KIND_STREAM:
	case FRAMING_KIND_HTTP:
	case FRAMING_KIND_HEADERS: begin_kind(framing, framing->kind); break;
	default:
		(void)framing_refuse(
			framing, out, RPC_PARSE_ERROR,
			"unknown framing: send JSON texts one after another, Content-Length headers before "
			"each JSON text, or HTTP/1.1 POST");
		return framing_close(framing);
	}
	return FRAMING_REFUSED; /* ask again */
}

/* After a mistake: go on at the next line, where those who send a text a line begin anew. */
static bool skip_line(struct framing *framing)
{
	const char *p = buffer_begin(&framing->in);
	size_t n = buffer_length(&framing->in);
	const char *newline = n > 0 ? memchr(p, '\n', n) : NULL;
	buffer_consume(&framing->in, newline ? (size_t)(newline - p) + 1 : n);
	framing->skipping = !newline;
	return newline != NULL;
}

static enum framing_event stream_error(struct framing *framing, struct buffer *out, size_t at)
{
	const char *p = buffer_begin(&framing->in);
	bool ended = at == buffer_length(&framing->in);
	char why[160];
	json_scan_explain(&framing->scan, ended ? -1 : (unsigned char)p[at], why, sizeof(why));
	/* A text that begins on a line of its own where the one before lacks its end is a new text. */
	framing->skipping = ended || at == 0 || p[at - 1] != '\n' || (p[at] != '{' && p[at] != '[');
	int code = framing->scan.too_deep ? RPC_INVALID_REQUEST : RPC_PARSE_ERROR;
	buffer_consume(&framing->in, at);
	framing->scanned = 0;
	json_scan_begin(&framing->scan, framing->limits.depth);
	return framing_refuse(framing, out, code, why);
}

static enum framing_event next_stream(struct framing *framing, struct buffer *out, const char **ret_text,
				      size_t *ret_length)
{
	if (framing->skipping && !skip_line(framing))
		return framing->eof ? framing_close(framing) : FRAMING_MORE;
	if (framing->scanned == 0)
		skip_space(framing);
	size_t n = buffer_length(&framing->in), limit = framing->limits.request_bytes;
	size_t end = n > limit ? limit : n, used = 0;
	enum json_scan_result result = JSON_SCAN_MORE;
	if (end > framing->scanned)
		result = json_scan_feed(&framing->scan, buffer_begin(&framing->in) + framing->scanned,
					end - framing->scanned, &used);
	framing->scanned += used;
	if (result == JSON_SCAN_MORE) {
		if (n > limit)
			return framing_refuse_size(framing, out);
		if (!framing->eof)
			return FRAMING_MORE;
		if (n == 0)
			return framing_close(framing);
		result = json_scan_end(&framing->scan);
	}
	if (result == JSON_SCAN_ERROR)
		return stream_error(framing, out, framing->scanned);
	*ret_text = buffer_begin(&framing->in);
	*ret_length = framing->held = framing->scanned;
	framing->scanned = 0;
	json_scan_begin(&framing->scan, framing->limits.depth);
	return FRAMING_REQUEST;
}

enum framing_event framing_next(struct framing *framing, struct buffer *out, const char **ret_text, size_t *ret_length)
{
	drop_held(framing);
	if (framing->kind == FRAMING_KIND_UNDECIDED) {
		enum framing_event event = next_undecided(framing, out);
		if (event != FRAMING_REFUSED)
			return event;
	}
	switch (framing->kind) {
	case FRAMING_KIND_STREAM: return next_stream(framing, out, ret_text, ret_length);
	case FRAMING_KIND_HTTP: return framing_http_next(framing, out, ret_text, ret_length);
	case FRAMING_KIND_HEADERS: return framing_headers_next(framing, out, ret_text, ret_length);
	default: return FRAMING_CLOSE;
	}
}

void framing_answer_begin(struct framing *framing, struct buffer *out)
{
	framing->answer_at = buffer_length(out);
	if (framing->kind == FRAMING_KIND_HTTP)
		framing_http_answer_begin(framing, out);
	else if (framing->kind == FRAMING_KIND_HEADERS)
		framing_headers_answer_begin(framing, out);
	framing->text_at = buffer_length(out);
}

void framing_answer_end(struct framing *framing, struct buffer *out)
{
	if (out->failed)
		return;
	size_t length = buffer_length(out) - framing->text_at;
	if (framing->kind == FRAMING_KIND_HTTP) {
		framing_http_answer_end(framing, out, length);
		return;
	}
	if (length == 0)
		buffer_truncate(out, framing->answer_at);
	else if (framing->kind == FRAMING_KIND_HEADERS)
		framing_put_length(framing, out, length);
	else
		buffer_append_char(out, '\n');
}

void framing_answer_restart(const struct framing *framing, struct buffer *out)
{
	buffer_truncate(out, framing->text_at);
}

/* Some clients know one blank and no leading zeros: what is left of the room goes, which costs far less than making the
 * text did. */
void framing_put_length(struct framing *framing, struct buffer *out, size_t length)
{
	static const char room[] = FRAMING_LENGTH_ROOM, name[] = "Content-Length: ";
	char headers[sizeof(room) + 16], *text = buffer_begin(out) + framing->text_at;
	int n = snprintf(headers, sizeof(headers), "%s%zu\r\n\r\n", name, length);
	char *to = text - (sizeof(room) - 1);
	memcpy(to, headers, (size_t)n);
	memmove(to + n, text, length);
	framing->text_at = (size_t)(to + n - buffer_begin(out));
	buffer_truncate(out, framing->text_at + length);
}

bool framing_is_over(const struct framing *framing)
{
	return framing->kind == FRAMING_KIND_CLOSED ||
	       (framing->kind == FRAMING_KIND_HTTP && framing->complete && !framing->keep_alive);
}

bool framing_is_idle(const struct framing *framing)
{
	return buffer_length(&framing->in) == framing->held && !framing_is_over(framing);
}

void framing_trim(struct framing *framing)
{
	drop_held(framing);
	if (buffer_length(&framing->in) == 0 && framing->in.size > KEEP_BYTES)
		buffer_free(&framing->in);
	if (framing->body.size > KEEP_BYTES && (framing->complete || framing->scanned == 0))
		buffer_free(&framing->body);
}

void framing_abort(struct framing *framing, struct buffer *out, unsigned status, int code, const char *why)
{
	framing->status = status;
	framing->keep_alive = false;
	(void)framing_refuse(framing, out, code, why);
	(void)framing_close(framing);
}

/* ---- to another process ---- */

enum { STATE_KIND = 7, STATE_SKIPPING = 8, STATE_GAVE_LEAVE = 16, STATE_ALL = 31 };

uint32_t framing_export(struct framing *framing, const char **ret_bytes, size_t *ret_length)
{
	drop_held(framing);
	*ret_length = buffer_length(&framing->in);
	*ret_bytes = *ret_length > 0 ? buffer_begin(&framing->in) : "";
	return (uint32_t)framing->kind | (framing->skipping ? STATE_SKIPPING : 0) |
	       (framing->gave_leave ? STATE_GAVE_LEAVE : 0);
}

struct framing *framing_import(const struct framing_limits *limits, uint32_t state, const char *bytes, size_t length)
{
	uint32_t kind = state & STATE_KIND;
	if (kind > FRAMING_KIND_HTTP || (state & ~(uint32_t)STATE_ALL) != 0)
		return NULL;
	struct framing *framing = framing_new(limits);
	if (!framing)
		return NULL;
	begin_kind(framing, (enum framing_kind)kind);
	framing->skipping = state & STATE_SKIPPING;
	framing->gave_leave = state & STATE_GAVE_LEAVE;
	buffer_append(&framing->in, bytes, length);
	if (!framing->in.failed)
		return framing;
	framing_free(framing);
	return NULL;
}
