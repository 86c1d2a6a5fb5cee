/* json_bytes.h - the bytes of JSON strings that need no look of their own, eight at once: texts are mostly these. */
#pragma once

#include <stdint.h>
#include <string.h>

/* The first byte from p on that is a quote, a backslash or a control character, else end. */
static inline const char *json_skip_plain(const char *p, const char *end)
{
	const uint64_t ones = UINT64_MAX / 255, highs = ones << 7;
	/* The high bit of a byte says that it is less than n (n up to 128); what a borrow sets wrongly is above that.
	 */
#define LESS(x, n) (((x)-ones * (n)) & ~(x))
	for (; end - p >= 8; p += 8) {
		uint64_t bytes;
		memcpy(&bytes, p, 8); /* the first one is the lowest: x86-64 */
		uint64_t quotes = bytes ^ ones * '"', backslashes = bytes ^ ones * '\\';
		uint64_t found = (LESS(bytes, 0x20) | LESS(quotes, 1) | LESS(backslashes, 1)) & highs;
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
#undef LESS
	while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p;
}
