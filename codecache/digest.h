/* digest.h - SHA-256 as the text that keys and checksums of the store are. */
#pragma once

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_TEXT = 2 * SHA256_DIGEST_LENGTH + 1 }; /* 64 hexadecimal digits and a null byte */

struct digest {
	SHA2_CTX context;
};

void digest_begin(struct digest *digest);
void digest_bytes(struct digest *digest, const void *bytes, size_t size);

/* A string with its null byte, so that "ab" "c" is not "a" "bc". */
void digest_text(struct digest *digest, const char *text);

void digest_end(struct digest *digest, char ret[static DIGEST_TEXT]);

/* Whether text is 64 lower-case hexadecimal digits. */
bool digest_is_text(const char *text);
