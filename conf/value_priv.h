/* value_priv.h - reading one value; between conf.c, conf_app.c and value.c. */
#pragma once

#include "conf/conf.h"

enum conf_type {
	TYPE_size,
	TYPE_time,
	TYPE_int,
	TYPE_bool,
	TYPE_word,
	TYPE_text,
	TYPE_urlpaths,
	TYPE_origins,
	TYPE_path,
	TYPE_socket,
	TYPE_addresses,
	TYPE_timeouts,
	TYPE_patterns,
	TYPE_prefix
};

struct conf_key {
	const char *section, *key;
	enum conf_type type;
	size_t offset; /* of the value in struct conf */
	const char *fallback;
	uint64_t min, max;
	const char *const *words;
	const char *doc;
};

/* Read text into *value, whose type is the key's; an earlier value is freed, but a list grows.  directory: what
 * relative paths are relative to.  -EINVAL, with cause: what is wrong with the text; it does not name the key. */
int value_parse(const struct conf_key *key, const char *text, const char *directory, void *value, struct cause *cause)
	__attribute__((warn_unused_result));

/* What is allowed for the key, in words, e.g. "a size from 1M to 1G (with K, M or G)". */
void value_allowed(const struct conf_key *key, struct cause *ret);

/* Whether the key may be set several times. */
bool value_is_list(const struct conf_key *key);

/* Free what *value holds and make it unset; nothing for plain numbers. */
void value_clear(const struct conf_key *key, void *value);

/* The application of a section "app NAME", made if it is not there yet.  1: it is no such section; -errno with cause.
 */
int conf_app_section(struct conf *conf, const char *section, const char *origin, struct conf_app **ret,
		     struct cause *cause) __attribute__((warn_unused_result));

/* Fill in the prefixes.  -ENOMEM with cause. */
int conf_app_complete(struct conf *conf, struct cause *cause) __attribute__((warn_unused_result));
