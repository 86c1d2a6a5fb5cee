/* store_file.c - see store_file.h.  Numbers are little-endian, as is the only machine that the code would run on. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/store_file.h"
#include "common/cleanup.h"

struct header {
	char magic[8];
	uint32_t kind, reserved; /* 0 */
	uint64_t record_size, object_size;
	char key[DIGEST_TEXT - 1];
	char checksum[DIGEST_TEXT - 1]; /* of the file, with zeros here */
};
_Static_assert(sizeof(struct header) == 160, "no padding");

static const char magic[8] = "PFSTORE1";

const char *const store_kind_words[STORE_KIND_COUNT] = {
#define X(name, word) [STORE_##name] = word,
	STORE_KINDS(X)
#undef X
};

static size_t most_object(uint32_t kind)
{
	return kind == STORE_BUNDLE ? (size_t)STORE_MAX_OBJECT * 16 : STORE_MAX_OBJECT;
}

size_t store_file_most(enum store_kind kind)
{
	return sizeof(struct header) + STORE_MAX_RECORD + most_object(kind);
}

void store_file_clear(struct store_file *file)
{
	json_decref(file->record);
	free(file->object);
	*file = (struct store_file){};
}

static void checksum(const struct header *header, const void *payload, char ret[static DIGEST_TEXT])
{
	struct header zeroed = *header;
	memset(zeroed.checksum, 0, sizeof(zeroed.checksum));
	struct digest digest;
	digest_begin(&digest);
	digest_bytes(&digest, &zeroed, sizeof(zeroed));
	digest_bytes(&digest, payload, header->record_size + header->object_size);
	digest_end(&digest, ret);
}

int store_file_pack(const struct store_file *file, void **ret, size_t *ret_size, struct cause *cause)
{
	cleanup_free char *text = json_dumps(file->record, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return cause_set(cause, -ENOMEM, "cannot write a record of the store as JSON");
	struct header header = { .kind = file->kind, .record_size = strlen(text), .object_size = file->object_size };
	if (header.record_size > STORE_MAX_RECORD || header.object_size > most_object(file->kind))
		return cause_set(cause, -EMSGSIZE, "too large for the store: a record of %llu bytes, code of %llu",
				 (unsigned long long)header.record_size, (unsigned long long)header.object_size);
	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.key, file->key, sizeof(header.key));
	size_t size = sizeof(header) + header.record_size + header.object_size;
	unsigned char *bytes = malloc(size);
	if (!bytes)
		return cause_set_errno(cause, -ENOMEM, "a file of %zu bytes for the store", size);
	memcpy(bytes + sizeof(header), text, header.record_size);
	if (file->object_size)
		memcpy(bytes + sizeof(header) + header.record_size, file->object, file->object_size);
	char sum[DIGEST_TEXT];
	checksum(&header, bytes + sizeof(header), sum);
	memcpy(header.checksum, sum, sizeof(header.checksum));
	memcpy(bytes, &header, sizeof(header));
	*ret = bytes;
	*ret_size = size;
	return 0;
}

/* Whether a complete file could begin so. */
static int header_read(const void *bytes, size_t size, struct header *ret, struct cause *cause)
{
	if (size < sizeof(*ret))
		return cause_set(cause, -EBADMSG, "%zu bytes are no file of the store", size);
	memcpy(ret, bytes, sizeof(*ret));
	if (memcmp(ret->magic, magic, sizeof(magic)) != 0 || ret->kind >= STORE_KIND_COUNT || ret->reserved != 0)
		return cause_set(cause, -EBADMSG, "not a file of the store");
	if (ret->record_size > STORE_MAX_RECORD || ret->object_size > most_object(ret->kind))
		return cause_set(cause, -EBADMSG, "a record of %llu bytes and code of %llu",
				 (unsigned long long)ret->record_size, (unsigned long long)ret->object_size);
	return 0;
}

size_t store_file_size(const void *bytes, size_t size)
{
	struct header header;
	if (header_read(bytes, size, &header, NULL) < 0)
		return 0;
	size_t whole = sizeof(header) + header.record_size + header.object_size;
	return whole <= size ? whole : 0;
}

static int payload_read(const struct header *header, const char *payload, struct store_file *ret, struct cause *cause)
{
	json_error_t error;
	ret->record = json_loadb(payload, header->record_size, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(ret->record))
		return cause_set(cause, -EBADMSG, "the record is no JSON object: %s",
				 ret->record ? "another type" : error.text);
	if (header->object_size == 0)
		return 0;
	ret->object = malloc(header->object_size);
	if (!ret->object)
		return cause_set_errno(cause, -ENOMEM, "code of %llu bytes", (unsigned long long)header->object_size);
	memcpy(ret->object, payload + header->record_size, header->object_size);
	ret->object_size = header->object_size;
	return 0;
}

int store_file_parse(const void *bytes, size_t size, struct store_file *ret, struct cause *cause)
{
	struct header header;
	*ret = (struct store_file){};
	int rc = header_read(bytes, size, &header, cause);
	if (rc < 0)
		return rc;
	if (size != sizeof(header) + header.record_size + header.object_size)
		return cause_set(cause, -EBADMSG, "%zu bytes, not %llu", size,
				 (unsigned long long)(sizeof(header) + header.record_size + header.object_size));
	const char *payload = (const char *)bytes + sizeof(header);
	char sum[DIGEST_TEXT];
	checksum(&header, payload, sum);
	if (memcmp(sum, header.checksum, sizeof(header.checksum)) != 0)
		return cause_set(cause, -EBADMSG, "the checksum is wrong");
	ret->kind = (enum store_kind)header.kind;
	memcpy(ret->key, header.key, sizeof(header.key));
	if (!digest_is_text(ret->key))
		return cause_set(cause, -EBADMSG, "the key is none");
	rc = payload_read(&header, payload, ret, cause);
	if (rc < 0)
		store_file_clear(ret);
	return rc;
}
