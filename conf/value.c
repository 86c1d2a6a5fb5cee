/* value.c - see value_priv.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "conf/address.h"
#include "conf/value_priv.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first: what is printed uses the largest that divides. */
static const struct unit size_units[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 }, { "", 1 }, { 0 } };
static const struct unit time_units[] = { { "h", 3600000000 }, { "min", 60000000 }, { "s", 1000000 },
					  { "ms", 1000 },      { "us", 1 },         { 0 } };
static const struct unit no_units[] = { { "", 1 }, { 0 } };

static const struct unit *units_of(const struct conf_key *key)
{
	return key->type == TYPE_size ? size_units : key->type == TYPE_time ? time_units : no_units;
}

static void format_number(const struct unit *units, uint64_t value, char text[static 32])
{
	const struct unit *u = units;
	while (u[1].name && (value == 0 ? u->factor != 1 : value % u->factor != 0))
		u++;
	(void)snprintf(text, 32, "%llu%s", (unsigned long long)(value / u->factor), u->name);
}

static int parse_number(const struct conf_key *key, const char *text, uint64_t *ret, struct cause *cause)
{
	const char *what = key->type == TYPE_size ? "a size" : key->type == TYPE_time ? "a time" : "a whole number";
	if (text[0] < '0' || text[0] > '9')
		return cause_set(cause, -EINVAL, "not %s", what);
	char *rest;
	errno = 0;
	unsigned long long number = strtoull(text, &rest, 10);
	if (errno == ERANGE)
		return cause_set(cause, -EINVAL, "out of range");
	const struct unit *u = units_of(key);
	while (u->name && strcmp(rest, u->name) != 0)
		u++;
	if (!u->name && *rest == '\0')
		return cause_set(cause, -EINVAL, "%s needs a unit", what);
	if (!u->name)
		return cause_set(cause, -EINVAL, "not %s", what);
	uint64_t value;
	if (__builtin_mul_overflow((uint64_t)number, u->factor, &value) || value < key->min || value > key->max)
		return cause_set(cause, -EINVAL, "out of range");
	*ret = value;
	return 0;
}

static int parse_bool(const char *text, bool *ret, struct cause *cause)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*ret = strcmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return cause_set(cause, -EINVAL, "neither yes nor no");
}

static int parse_word(const struct conf_key *key, const char *text, int *ret, struct cause *cause)
{
	for (int i = 0; key->words[i]; i++) {
		if (strcmp(key->words[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}
	return cause_set(cause, -EINVAL, "unknown word");
}

static int parse_text(const char *text, char **ret, struct cause *cause)
{
	char *copy = strdup(text);
	if (!copy)
		return cause_set(cause, -ENOMEM, "out of memory");
	free(*ret);
	*ret = copy;
	return 0;
}

static int parse_path(const char *text, const char *directory, size_t max, char **ret, struct cause *cause)
{
	if (*text == '\0')
		return cause_set(cause, -EINVAL, "no path");
	cleanup_free char *path = NULL;
	int n = *text == '/' ? asprintf(&path, "%s", text) : asprintf(&path, "%s/%s", directory, text);
	if (n < 0) {
		path = NULL;
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	if ((size_t)n > max)
		return cause_set(cause, -EINVAL, "the path has %d bytes", n);
	free(*ret);
	*ret = steal_ptr(path);
	return 0;
}

/* *item goes to the end of the list, and is the list's then. */
static int append_item(char ***list, char **item, struct cause *cause)
{
	size_t n = 0;
	while (*list && (*list)[n])
		n++;
	char **longer = realloc(*list, (n + 2) * sizeof(*longer));
	if (!longer)
		return cause_set(cause, -ENOMEM, "out of memory");
	*list = longer;
	longer[n] = steal_ptr(*item);
	longer[n + 1] = NULL;
	return 0;
}

static bool is_urlpath(const char *word, size_t n)
{
	return word[0] == '/' || (n == 1 && word[0] == '*');
}

/* As browsers send them (RFC 6454, 7.1): a scheme and a host, without a path. */
static bool is_origin(const char *word, size_t n)
{
	const char *host = memmem(word, n, "://", 3);
	bool is_page =
		host && host > word && host + 3 < word + n && !memchr(host + 3, '/', n - (size_t)(host + 3 - word));
	return is_page || (n == 1 && word[0] == '*') || (n == 4 && memcmp(word, "null", 4) == 0);
}

/* All words of the text must be such, and there must be one. */
static int parse_words(const char *text, bool (*is_such)(const char *word, size_t n), char **ret, struct cause *cause)
{
	static const char spaces[] = " \t";
	const char *p = text + strspn(text, spaces);
	if (*p == '\0')
		return cause_set(cause, -EINVAL, "nothing");
	for (size_t n; *p; p += n + strspn(p + n, spaces)) {
		n = strcspn(p, spaces);
		if (!is_such(p, n))
			return cause_set(cause, -EINVAL, "not such a word: %.*s", (int)n, p);
	}
	return parse_text(text, ret, cause);
}

static int parse_patterns(const char *text, char ***list, struct cause *cause)
{
	static const char spaces[] = " \t";
	const char *p = text + strspn(text, spaces);
	if (*p == '\0')
		return cause_set(cause, -EINVAL, "no pattern");
	for (size_t n; *p; p += n + strspn(p + n, spaces)) {
		n = strcspn(p, spaces);
		if (n == 1 && *p == '!')
			return cause_set(cause, -EINVAL, "no pattern after \"!\"");
		cleanup_free char *pattern = strndup(p, n);
		if (!pattern)
			return cause_set(cause, -ENOMEM, "out of memory");
		int r = append_item(list, &pattern, cause);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_prefix(const char *text, char **ret, struct cause *cause)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == '"' || text[i] == '\\' || text[i] == 0x7f)
			return cause_set(cause, -EINVAL, "not a prefix of names");
	if (n > CONF_PREFIX_MAX)
		return cause_set(cause, -EINVAL, "the prefix has %zu bytes", n);
	if (strncmp(text, "rpc.", 4) == 0)
		return cause_set(cause, -EINVAL, "names that begin with \"rpc.\" are reserved");
	char *copy = strdup(text);
	if (!copy)
		return cause_set(cause, -ENOMEM, "out of memory");
	free(*ret);
	*ret = copy;
	return 0;
}

/* The list holds addresses in full, with their options. */
static int parse_address(const char *text, const char *directory, char ***list, struct cause *cause)
{
	cleanup_address struct address address = { .name = NULL };
	int r = address_parse(text, directory, &address, cause);
	if (r < 0)
		return r;
	cleanup_free char *bare = address_format(&address, false), *full = address_format(&address, true);
	if (!bare || !full)
		return cause_set(cause, -ENOMEM, "out of memory");
	size_t length = strlen(bare);
	for (char **other = *list; other && *other; other++)
		if (strncmp(*other, bare, length) == 0 && ((*other)[length] == '\0' || (*other)[length] == ' '))
			return cause_set(cause, -EINVAL, "the same address twice");
	return append_item(list, &full, cause);
}

/* "NAME TIME", kept as "MICROSECONDS NAME". */
static int parse_timeout(const struct conf_key *key, const char *text, char ***list, struct cause *cause)
{
	size_t name = strcspn(text, " \t"), gap = strspn(text + name, " \t");
	if (name == 0 || gap == 0)
		return cause_set(cause, -EINVAL, "not a method and a time");
	struct conf_key time = *key;
	time.type = TYPE_time;
	uint64_t us;
	int r = parse_number(&time, text + name + gap, &us, cause);
	if (r < 0)
		return r;
	cleanup_free char *item = NULL;
	if (asprintf(&item, "%llu %.*s", (unsigned long long)us, (int)name, text) < 0) {
		item = NULL;
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	for (char **other = *list; other && *other; other++)
		if (strcmp(strchr(*other, ' '), strchr(item, ' ')) == 0)
			return cause_set(cause, -EINVAL, "the same method twice");
	return append_item(list, &item, cause);
}

int value_parse(const struct conf_key *key, const char *text, const char *directory, void *value, struct cause *cause)
{
	uint64_t number = 0;
	int r;
	switch (key->type) {
	case TYPE_size:
	case TYPE_time:
		r = parse_number(key, text, &number, cause);
		if (r == 0)
			*(uint64_t *)value = number;
		return r;
	case TYPE_int:
		r = parse_number(key, text, &number, cause);
		if (r == 0)
			*(int64_t *)value = (int64_t)number;
		return r;
	case TYPE_bool: return parse_bool(text, value, cause);
	case TYPE_word: return parse_word(key, text, value, cause);
	case TYPE_text: return parse_text(text, value, cause);
	case TYPE_urlpaths: return parse_words(text, is_urlpath, value, cause);
	case TYPE_origins: return parse_words(text, is_origin, value, cause);
	case TYPE_path: return parse_path(text, directory, PATH_MAX - 1, value, cause);
	case TYPE_socket: return parse_path(text, directory, CONF_SOCKET_PATH_MAX, value, cause);
	case TYPE_addresses: return parse_address(text, directory, value, cause);
	case TYPE_timeouts: return parse_timeout(key, text, value, cause);
	case TYPE_patterns: return parse_patterns(text, value, cause);
	case TYPE_prefix: return parse_prefix(text, value, cause);
	}
	return -EINVAL;
}

void value_allowed(const struct conf_key *key, struct cause *ret)
{
	char min[32], max[32];
	format_number(units_of(key), key->min, min);
	format_number(units_of(key), key->max, max);
	switch (key->type) {
	case TYPE_size: (void)cause_set(ret, 0, "a size from %s to %s, in bytes or with K, M, G", min, max); return;
	case TYPE_time: (void)cause_set(ret, 0, "a time from %s to %s, with us, ms, s, min, h", min, max); return;
	case TYPE_int: (void)cause_set(ret, 0, "a number from %s to %s", min, max); return;
	case TYPE_bool: (void)cause_set(ret, 0, "yes, no"); return;
	case TYPE_text: (void)cause_set(ret, 0, "words with blanks between"); return;
	case TYPE_urlpaths: (void)cause_set(ret, 0, "*, /PATH, with blanks between"); return;
	case TYPE_origins:
		(void)cause_set(ret, 0, "*, SCHEME://HOST, SCHEME://HOST:PORT, null, with blanks between");
		return;
	case TYPE_path: (void)cause_set(ret, 0, "a path"); return;
	case TYPE_socket: (void)cause_set(ret, 0, "a path of at most %d bytes", CONF_SOCKET_PATH_MAX); return;
	case TYPE_addresses:
		(void)cause_set(ret, 0,
				"unix:PATH (at most %d bytes), unix:@NAME, tcp:PORT, tcp:HOST:PORT, systemd:NAME, then "
				"options as in mode=0660 owner=U group=G users=U,U groups=G,G",
				CONF_SOCKET_PATH_MAX);
		return;
	case TYPE_timeouts: (void)cause_set(ret, 0, "METHOD TIME, with us, ms, s, min, h"); return;
	case TYPE_patterns: (void)cause_set(ret, 0, "patterns with *, ? and [...], with spaces between"); return;
	case TYPE_prefix:
		(void)cause_set(ret, 0, "at most %d bytes without spaces, quotes and backslashes", CONF_PREFIX_MAX);
		return;
	case TYPE_word:
		ret->text[0] = '\0';
		for (int i = 0; key->words[i]; i++) {
			size_t used = strlen(ret->text);
			(void)snprintf(ret->text + used, sizeof(ret->text) - used, "%s%s", i ? ", " : "",
				       key->words[i]);
		}
		return;
	}
}

bool value_is_list(const struct conf_key *key)
{
	return key->type == TYPE_addresses || key->type == TYPE_timeouts || key->type == TYPE_patterns;
}

static bool is_text(enum conf_type type)
{
	return type == TYPE_path || type == TYPE_socket || type == TYPE_prefix || type == TYPE_text ||
	       type == TYPE_urlpaths || type == TYPE_origins;
}

void value_clear(const struct conf_key *key, void *value)
{
	if (is_text(key->type)) {
		free(*(char **)value);
		*(char **)value = NULL;
	} else if (value_is_list(key)) {
		for (char **item = *(char ***)value; item && *item; item++)
			free(*item);
		free(*(char ***)value);
		*(char ***)value = NULL;
	}
}
