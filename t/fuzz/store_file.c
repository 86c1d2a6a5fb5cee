/* store_file.c - any bytes as a file of the store: as they are, and with a checksum that is right, since behind a wrong
 * one nothing is looked at */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecache/store_file.h"
#include "t/fuzz/fuzz.h"

enum { CHECKSUM_AT = 96, HEADER = 160 };

static void parse(const void *bytes, size_t size)
{
	struct store_file file;
	struct cause cause = CAUSE_INIT;
	if (store_file_parse(bytes, size, &file, &cause) < 0) {
		if (!cause.text[0])
			abort();
		return;
	}
	void *again = NULL;
	size_t again_size = 0;
	struct store_file copy;
	if (store_file_pack(&file, &again, &again_size, &cause) < 0 ||
	    store_file_parse(again, again_size, &copy, &cause) < 0 || !json_equal(file.record, copy.record) ||
	    copy.object_size != file.object_size)
		abort();
	store_file_clear(&copy);
	store_file_clear(&file);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	parse(bytes, size);
	(void)store_file_size(bytes, size);
	if (size < HEADER)
		return 0;
	unsigned char *sealed = malloc(size);
	if (!sealed)
		abort();
	memcpy(sealed, bytes, size);
	memset(sealed + CHECKSUM_AT, 0, HEADER - CHECKSUM_AT);
	struct digest digest;
	char text[DIGEST_TEXT];
	digest_begin(&digest);
	digest_bytes(&digest, sealed, size);
	digest_end(&digest, text);
	memcpy(sealed + CHECKSUM_AT, text, HEADER - CHECKSUM_AT);
	parse(sealed, size);
	free(sealed);
	return 0;
}
