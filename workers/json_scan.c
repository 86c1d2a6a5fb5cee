/* json_scan.c - see json_scan.h */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "workers/json_bytes.h"
#include "workers/json_scan.h"

/* Each state with what it expects, in words. */
#define JSON_SCAN_STATES(X)                                              \
	X(TOP, "a JSON text")                                            \
	X(VALUE, "a value")                                              \
	X(VALUE_OR_CLOSE, "a value or ']'")                              \
	X(KEY, "a name in double quotes")                                \
	X(KEY_OR_CLOSE, "a name in double quotes or '}'")                \
	X(COLON, "':'")                                                  \
	X(AFTER_MEMBER, "',' or '}'")                                    \
	X(AFTER_ELEMENT, "',' or ']'")                                   \
	X(STRING, "the end of the string")                               \
	X(ESCAPE, "one of \"\\/bfnrtu after the backslash")              \
	X(HEX1, "four hexadecimal digits after \\u")                     \
	X(HEX2, "four hexadecimal digits after \\u")                     \
	X(HEX3, "four hexadecimal digits after \\u")                     \
	X(HEX4, "four hexadecimal digits after \\u")                     \
	X(MINUS, "a digit after '-'")                                    \
	X(ZERO, "'.', 'e' or the end of the number after its leading 0") \
	X(DIGITS, "the rest of the number")                              \
	X(POINT, "a digit after '.'")                                    \
	X(FRACTION, "the rest of the number")                            \
	X(EXPONENT, "the digits of the exponent")                        \
	X(EXPONENT_SIGN, "the digits of the exponent")                   \
	X(EXPONENT_DIGITS, "the rest of the number")                     \
	X(LITERAL, "true, false or null")                                \
	X(DONE, "the end of the text")

enum state {
#define X(name, expects) STATE_##name,
	JSON_SCAN_STATES(X)
#undef X
};

static const char *const state_expects[] = {
#define X(name, expects) [STATE_##name] = expects,
	JSON_SCAN_STATES(X)
#undef X
};

void json_scan_begin(struct json_scan *scan, uint32_t max_depth)
{
	assert(max_depth <= JSON_SCAN_DEPTH_MAX);
	scan->state = STATE_TOP;
	scan->in_key = scan->too_deep = false;
	scan->depth = 0;
	scan->max_depth = max_depth;
	scan->literal = "";
	scan->offset = 0;
}

bool json_scan_is_blank(const struct json_scan *scan)
{
	return scan->state == STATE_TOP;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool in_object(const struct json_scan *scan)
{
	uint32_t level = scan->depth - 1;
	return scan->objects[level / 64] >> (level % 64) & 1;
}

/* The state after a value that ended. */
static uint8_t after_value(const struct json_scan *scan)
{
	if (scan->depth == 0)
		return STATE_DONE;
	return in_object(scan) ? STATE_AFTER_MEMBER : STATE_AFTER_ELEMENT;
}

static bool open_level(struct json_scan *scan, bool object)
{
	if (scan->depth == scan->max_depth) {
		scan->too_deep = true;
		return false;
	}
	uint32_t level = scan->depth++;
	uint64_t bit = UINT64_C(1) << (level % 64);
	if (object)
		scan->objects[level / 64] |= bit;
	else
		scan->objects[level / 64] &= ~bit;
	scan->state = object ? STATE_KEY_OR_CLOSE : STATE_VALUE_OR_CLOSE;
	return true;
}

static bool begin_literal(struct json_scan *scan, const char *rest)
{
	scan->literal = rest;
	scan->state = STATE_LITERAL;
	return true;
}

static bool begin_value(struct json_scan *scan, unsigned char c)
{
	switch (c) {
	case '{': return open_level(scan, true);
	case '[': return open_level(scan, false);
	case '"':
		scan->in_key = false;
		scan->state = STATE_STRING;
		return true;
	case '-': scan->state = STATE_MINUS; return true;
	case '0': scan->state = STATE_ZERO; return true;
	case '1' ... '9': scan->state = STATE_DIGITS; return true;
	case 't': return begin_literal(scan, "rue");
	case 'f': return begin_literal(scan, "alse");
	case 'n': return begin_literal(scan, "ull");
	default: return false;
	}
}

static bool close_level(struct json_scan *scan)
{
	scan->depth--;
	scan->state = after_value(scan);
	return true;
}

/* A byte outside strings and numbers. */
static bool on_structure(struct json_scan *scan, unsigned char c)
{
	if (is_space(c))
		return true;
	switch ((enum state)scan->state) {
	case STATE_TOP:
	case STATE_VALUE: return begin_value(scan, c);
	case STATE_VALUE_OR_CLOSE: return c == ']' ? close_level(scan) : begin_value(scan, c);
	case STATE_KEY_OR_CLOSE:
		if (c == '}')
			return close_level(scan);
		__attribute__((fallthrough));
	case STATE_KEY:
		if (c != '"')
			return false;
		scan->in_key = true;
		scan->state = STATE_STRING;
		return true;
	case STATE_COLON:
		if (c != ':')
			return false;
		scan->state = STATE_VALUE;
		return true;
	case STATE_AFTER_MEMBER:
	case STATE_AFTER_ELEMENT: {
		bool object = scan->state == STATE_AFTER_MEMBER;
		if (c == (object ? '}' : ']'))
			return close_level(scan);
		if (c != ',')
			return false;
		scan->state = object ? STATE_KEY : STATE_VALUE;
		return true;
	}
	default: return false;
	}
}

/* A byte inside a string, number or literal: 1 taken, 0 not part of it (the number ends before it), -1 wrong. */
static int on_scalar(struct json_scan *scan, unsigned char c)
{
	bool exponent = c == 'e' || c == 'E';
	switch ((enum state)scan->state) {
	case STATE_STRING:
		if (c < 0x20)
			return -1;
		if (c == '\\')
			scan->state = STATE_ESCAPE;
		else if (c == '"')
			scan->state = scan->in_key ? (uint8_t)STATE_COLON : after_value(scan);
		return 1;
	case STATE_ESCAPE:
		if (c == 'u')
			scan->state = STATE_HEX1;
		else if (c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't')
			scan->state = STATE_STRING;
		else
			return -1;
		return 1;
	case STATE_HEX1:
	case STATE_HEX2:
	case STATE_HEX3:
	case STATE_HEX4:
		if (!is_hex(c))
			return -1;
		scan->state = scan->state == STATE_HEX4 ? STATE_STRING : scan->state + 1;
		return 1;
	case STATE_LITERAL:
		if (c != (unsigned char)*scan->literal)
			return -1;
		if (*++scan->literal == '\0')
			scan->state = after_value(scan);
		return 1;
	case STATE_MINUS:
		if (!is_digit(c))
			return -1;
		scan->state = c == '0' ? STATE_ZERO : STATE_DIGITS;
		return 1;
	case STATE_ZERO:
	case STATE_DIGITS:
		if (c == '.')
			scan->state = STATE_POINT;
		else if (exponent)
			scan->state = STATE_EXPONENT;
		else if (!is_digit(c))
			return 0;
		else if (scan->state == STATE_ZERO)
			return -1;
		return 1;
	case STATE_POINT:
		if (!is_digit(c))
			return -1;
		scan->state = STATE_FRACTION;
		return 1;
	case STATE_FRACTION:
		if (exponent)
			scan->state = STATE_EXPONENT;
		else if (!is_digit(c))
			return 0;
		return 1;
	case STATE_EXPONENT:
		if (c == '+' || c == '-') {
			scan->state = STATE_EXPONENT_SIGN;
			return 1;
		}
		__attribute__((fallthrough));
	case STATE_EXPONENT_SIGN:
		if (!is_digit(c))
			return -1;
		scan->state = STATE_EXPONENT_DIGITS;
		return 1;
	case STATE_EXPONENT_DIGITS: return is_digit(c) ? 1 : 0;
	default: return -1;
	}
}

enum json_scan_result json_scan_feed(struct json_scan *scan, const char *data, size_t n, size_t *ret_used)
{
	const char *p = data, *end = data + n;
	enum json_scan_result result = JSON_SCAN_MORE;
	while (p < end) {
		if (scan->state == STATE_STRING) {
			p = json_skip_plain(p, end);
			if (p == end)
				break;
		}
		unsigned char c = (unsigned char)*p;
		if (scan->state < STATE_STRING) {
			if (!on_structure(scan, c)) {
				result = JSON_SCAN_ERROR;
				break;
			}
		} else {
			int taken = on_scalar(scan, c);
			if (taken < 0) {
				result = JSON_SCAN_ERROR;
				break;
			}
			if (taken == 0) {
				scan->state = after_value(scan);
				if (scan->state == STATE_DONE)
					break;
				continue;
			}
		}
		p++;
		if (scan->state == STATE_DONE)
			break;
	}
	*ret_used = (size_t)(p - data);
	scan->offset += *ret_used;
	return scan->state == STATE_DONE ? JSON_SCAN_DONE : result;
}

enum json_scan_result json_scan_end(struct json_scan *scan)
{
	switch ((enum state)scan->state) {
	case STATE_ZERO:
	case STATE_DIGITS:
	case STATE_FRACTION:
	case STATE_EXPONENT_DIGITS:
		if (scan->depth > 0)
			return JSON_SCAN_ERROR;
		scan->state = STATE_DONE;
		return JSON_SCAN_DONE;
	case STATE_DONE: return JSON_SCAN_DONE;
	default: return JSON_SCAN_ERROR;
	}
}

void json_scan_explain(const struct json_scan *scan, int byte, char *text, size_t size)
{
	if (scan->too_deep) {
		(void)snprintf(text, size, "more than %u arrays and objects inside each other at byte %zu",
			       scan->max_depth, scan->offset);
		return;
	}
	const char *expects = state_expects[scan->state];
	if (byte < 0)
		(void)snprintf(text, size, "expected %s at byte %zu, found the end", expects, scan->offset);
	else if (byte > 0x20 && byte < 0x7f)
		(void)snprintf(text, size, "expected %s at byte %zu, found '%c'", expects, scan->offset, byte);
	else
		(void)snprintf(text, size, "expected %s at byte %zu, found byte 0x%02x", expects, scan->offset,
			       (unsigned)byte);
}
