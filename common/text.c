/* text.c - see text.h */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

/* The length of the character at p, 0 if there is none (RFC 3629, section 4). */
static size_t character(const unsigned char *p)
{
	if (*p < 0x80)
		return 1;
	size_t n = *p >= 0xc2 && *p < 0xe0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	bool is_long = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
	bool is_surrogate = *p == 0xed && p[1] >= 0xa0;
	bool is_beyond = *p == 0xf4 && p[1] >= 0x90;
	return is_long || is_surrogate || is_beyond ? 0 : n;
}

void text_make_utf8(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p;) {
		size_t n = character(p);
		if (n == 0)
			*p = '?';
		p += n ? n : 1;
	}
}
