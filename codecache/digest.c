/* digest.c - see digest.h */
#include "config.h"

#include <string.h>

#include "codecache/digest.h"

static const char digits[] = "0123456789abcdef";

void digest_begin(struct digest *digest)
{
	SHA256Init(&digest->context);
}

void digest_bytes(struct digest *digest, const void *bytes, size_t size)
{
	SHA256Update(&digest->context, bytes, size);
}

void digest_text(struct digest *digest, const char *text)
{
	digest_bytes(digest, text, strlen(text) + 1);
}

void digest_end(struct digest *digest, char ret[static DIGEST_TEXT])
{
	uint8_t bytes[SHA256_DIGEST_LENGTH];
	SHA256Final(bytes, &digest->context);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[DIGEST_TEXT - 1] = '\0';
}

bool digest_is_text(const char *text)
{
	return strspn(text, digits) == DIGEST_TEXT - 1 && text[DIGEST_TEXT - 1] == '\0';
}
