/* store_file.h - the bytes of a file in the store: a header with a checksum, a JSON record, an object file.
 *
 * Reading takes them as untrusted input: a file may have been cut, changed or put there by somebody else. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/digest.h"
#include "common/cause.h"

/* X(NAME, "word"): the word ends the file's name. */
#define STORE_KINDS(X)                                                                \
	X(UNIT, "unit")       /* an object file, and whose it is */                   \
	X(PROFILE, "profile") /* what was hot in one app */                           \
	X(BAN, "ban")         /* a function whose code must not run again, and why */ \
	X(GAIN, "gain")       /* of a function, as measured */                        \
	X(BUNDLE, "bundle")   /* an exported store: the object is other files in a row */

enum store_kind {
#define X(name, word) STORE_##name,
	STORE_KINDS(X)
#undef X
		STORE_KIND_COUNT
};

enum {
	STORE_MAX_RECORD = 8 << 20,  /* bytes of JSON */
	STORE_MAX_OBJECT = 64 << 20, /* bytes of an object file; of a bundle 16 times as many */
};

struct store_file {
	enum store_kind kind;
	char key[DIGEST_TEXT];
	json_t *record; /* an object; a reference of the file's */
	void *object;   /* malloc()ed; NULL if there is none */
	size_t object_size;
};

void store_file_clear(struct store_file *file);

/* All its bytes, the caller's.  -ENOMEM, -EMSGSIZE with cause. */
int store_file_pack(const struct store_file *file, void **ret, size_t *ret_size, struct cause *cause)
	__attribute__((warn_unused_result));

/* Most bytes of a file of this kind. */
size_t store_file_most(enum store_kind kind);

/* -EBADMSG with cause for what store_file_pack() did not make, -ENOMEM. */
int store_file_parse(const void *bytes, size_t size, struct store_file *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* The size of the file that begins with these bytes, 0 if none does: to tell files in a row apart. */
size_t store_file_size(const void *bytes, size_t size);

extern const char *const store_kind_words[STORE_KIND_COUNT];
