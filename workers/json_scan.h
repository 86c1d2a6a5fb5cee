/* json_scan.h - where a JSON text ends, and whether it can be one, byte by byte.
 *
 * Grammar of RFC 8259, any value at the top. What is inside strings is not looked at, except for control characters and
 * escapes: that it is UTF-8 is for the parser to find out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_SCAN_DEPTH_MAX = 1024 };

enum json_scan_result {
	JSON_SCAN_MORE,  /* the text goes on; the start of a text needs no reset */
	JSON_SCAN_DONE,  /* it ends here */
	JSON_SCAN_ERROR, /* it cannot go on like this: json_scan_explain() */
};

struct json_scan {
	uint8_t state;
	bool in_key;
	bool too_deep;
	uint32_t depth, max_depth;
	const char *literal;                        /* what is left of true, false, null */
	size_t offset;                              /* of the next byte in the text */
	uint64_t objects[JSON_SCAN_DEPTH_MAX / 64]; /* bit per open level: an object, else an array */
};

/* Before each text.  max_depth is at most JSON_SCAN_DEPTH_MAX. */
void json_scan_begin(struct json_scan *scan, uint32_t max_depth);

/* Go on with n more bytes; *ret_used: how many of them belong to the text.  A number at the top only ends at a byte
 * that does not belong to it, or at json_scan_end().  After an error, data[*ret_used] is the byte that is wrong. */
enum json_scan_result json_scan_feed(struct json_scan *scan, const char *data, size_t n, size_t *ret_used);

/* No more bytes come: DONE or ERROR. */
enum json_scan_result json_scan_end(struct json_scan *scan);

/* Nothing of a text but white space has been seen. */
bool json_scan_is_blank(const struct json_scan *scan);

/* After an error: a clause such as "expected ',' or '}' at byte 17, found 'x'".  byte: the wrong one, -1 for the end.
 */
void json_scan_explain(const struct json_scan *scan, int byte, char *text, size_t size);
