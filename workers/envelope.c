/* envelope.c - see envelope.h */
#include "config.h"

#include <string.h>

#include "workers/envelope.h"
#include "workers/json_bytes.h"

const char *envelope_skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Behind the string that starts at p (a quote), NULL if it does not end. */
static const char *skip_string(const char *p, const char *end)
{
	for (p = json_skip_plain(p + 1, end); p < end; p = json_skip_plain(p, end)) {
		if (*p == '"')
			return p + 1;
		p += *p == '\\' ? 2 : 1;
		if (p > end)
			break;
	}
	return NULL;
}

static bool ends_scalar(char c)
{
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ':' ||
	       c == '"';
}

/* An array or object, whose brackets are only counted: its parser will see whether they match. */
static const char *skip_nested(const char *p, const char *end, uint32_t max_depth, size_t *ret_elements)
{
	uint32_t depth = 0;
	size_t commas = 0;
	bool empty = true;
	while (p < end) {
		switch (*p) {
		case '{':
		case '[':
			if (depth > 0)
				empty = false;
			if (++depth > max_depth)
				return NULL;
			break;
		case '}':
		case ']':
			if (--depth == 0) {
				*ret_elements = empty ? 0 : commas + 1;
				return p + 1;
			}
			break;
		case '"':
			empty = false;
			p = skip_string(p, end);
			if (!p)
				return NULL;
			continue;
		case ',': commas += depth == 1; break;
		case ' ':
		case '\n':
		case '\r':
		case '\t': break;
		default: empty = false; break;
		}
		p++;
	}
	return NULL;
}

bool envelope_skip_value(const char **p, const char *end, uint32_t max_depth, size_t *ret_elements)
{
	const char *from = *p, *behind = from;
	*ret_elements = 0;
	if (from == end)
		return false;
	if (*from == '{' || *from == '[')
		behind = skip_nested(from, end, max_depth, ret_elements);
	else if (*from == '"')
		behind = skip_string(from, end);
	else
		while (behind < end && !ends_scalar(*behind))
			behind++;
	if (!behind || behind == from)
		return false;
	*p = behind;
	return true;
}

/* What nobody uses is still to be checked. */
static void put_other(struct envelope *envelope, struct span span)
{
	if (envelope->n_others < sizeof(envelope->others) / sizeof(envelope->others[0]))
		envelope->others[envelope->n_others++] = span;
	else
		envelope->overflowed = true;
}

static void put_value(struct envelope *envelope, struct span *member, struct span value)
{
	if (member->text)
		put_other(envelope, *member);
	*member = value;
}

static struct span *member_of(struct envelope *envelope, struct span name)
{
	return span_is(name, "\"jsonrpc\"", 9)       ? &envelope->jsonrpc
	       : span_is(name, "\"method\"", 8)      ? &envelope->method
	       : span_is(name, "\"params\"", 8)      ? &envelope->params
	       : span_is(name, "\"id\"", 4)          ? &envelope->id
	       : span_is(name, "\"timeout_ms\"", 12) ? &envelope->timeout_ms
						     : NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "\u0069d" is "id": the name without its escapes, if these are all of ASCII and it is short; else an empty one. */
static struct span unescape(struct span name, char *room, size_t size)
{
	static const struct span none = { .text = "", .length = 0 };
	size_t n = 0;
	for (const char *p = name.text, *end = p + name.length; p < end;) {
		if (n == size)
			return none;
		if (*p != '\\') {
			room[n++] = *p++;
			continue;
		}
		if (end - p < 6 || memcmp(p, "\\u00", 4) != 0 || hex_digit(p[4]) < 0 || hex_digit(p[5]) < 0)
			return none;
		room[n++] = (char)(hex_digit(p[4]) << 4 | hex_digit(p[5]));
		p += 6;
	}
	return (struct span){ .text = room, .length = n };
}

static void put_member(struct envelope *envelope, struct span name, struct span value, size_t elements)
{
	char room[16];
	struct span *member = member_of(envelope, name);
	if (!member && memchr(name.text, '\\', name.length))
		member = member_of(envelope, unescape(name, room, sizeof(room)));
	if (!member) {
		/* The name may have escapes that are none, so it is text to be checked, too. */
		put_other(envelope, name);
		put_other(envelope, value);
		return;
	}
	if (member == &envelope->params)
		envelope->n_params = elements;
	put_value(envelope, member, value);
}

bool envelope_read(const char *text, size_t length, uint32_t max_depth, struct envelope *ret)
{
	const char *end = text + length;
	const char *p = envelope_skip_space(text, end);
	*ret = (struct envelope){ .n_others = 0 };
	if (p == end || *p != '{' || max_depth == 0)
		return false;
	p = envelope_skip_space(p + 1, end);
	if (p < end && *p == '}')
		return envelope_skip_space(p + 1, end) == end;
	for (;;) {
		if (p == end || *p != '"')
			return false;
		struct span name = { .text = p };
		p = skip_string(p, end);
		if (!p)
			return false;
		name.length = (size_t)(p - name.text);
		p = envelope_skip_space(p, end);
		if (p == end || *p != ':')
			return false;
		p = envelope_skip_space(p + 1, end);
		struct span value = { .text = p };
		size_t elements;
		if (!envelope_skip_value(&p, end, max_depth - 1, &elements))
			return false;
		value.length = (size_t)(p - value.text);
		put_member(ret, name, value, elements);
		p = envelope_skip_space(p, end);
		if (p == end)
			return false;
		if (*p == '}')
			return envelope_skip_space(p + 1, end) == end;
		if (*p != ',')
			return false;
		p = envelope_skip_space(p + 1, end);
	}
}
