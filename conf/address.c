/* address.c - see address.h */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "conf/address.h"
#include "conf/conf.h"

void address_clear(struct address *address)
{
	free(address->name);
	free(address->port);
	free(address->owner);
	free(address->group);
	free(address->users);
	free(address->groups);
	*address = (struct address){ .kind = address->kind };
}

static int copy(char **to, const char *from, size_t length, struct cause *cause)
{
	if (*to)
		return cause_set(cause, -EINVAL, "the same option twice");
	*to = strndup(from, length);
	return *to ? 0 : cause_set(cause, -ENOMEM, "out of memory");
}

/* ---- options ---- */

static int parse_mode(struct address *address, const char *value, struct cause *cause)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);
	if (*value < '0' || *value > '7' || *end || mode > 0777)
		return cause_set(cause, -EINVAL, "mode is three octal digits, as mode=0660");
	address->mode = (mode_t)mode;
	return 0;
}

/* "name=value", length bytes. 1: it is no option. */
static int parse_option(struct address *address, const char *word, size_t length, struct cause *cause)
{
	cleanup_free char *text = strndup(word, length);
	if (!text)
		return cause_set(cause, -ENOMEM, "out of memory");
	char *value = strchr(text, '=');
	if (!value)
		return 1;
	*value++ = '\0';
	const struct {
		const char *name;
		char **field;
	} fields[] = { { "owner", &address->owner },
		       { "group", &address->group },
		       { "users", &address->users },
		       { "groups", &address->groups } };
	if (strcmp(text, "mode") == 0)
		return parse_mode(address, value, cause);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(text, fields[i].name) == 0)
			return *value ? copy(fields[i].field, value, strlen(value), cause)
				      : cause_set(cause, -EINVAL, "the option %s= is empty", text);
	return 1;
}

/* Take the options off the end: *ret is the length of what is left.  A path may have blanks in it. */
static int parse_options(struct address *address, const char *text, size_t *ret, struct cause *cause)
{
	size_t length = strlen(text);
	for (;;) {
		while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
			length--;
		size_t word = length;
		while (word > 0 && text[word - 1] != ' ' && text[word - 1] != '\t')
			word--;
		int r = word > 0 ? parse_option(address, text + word, length - word, cause) : 1;
		if (r < 0)
			return r;
		if (r > 0)
			break;
		length = word;
	}
	*ret = length;
	return 0;
}

/* ---- the address ---- */

static int parse_unix(struct address *address, const char *path, const char *directory, struct cause *cause)
{
	address->kind = ADDRESS_UNIX;
	if (*path == '\0' || strcmp(path, "@") == 0)
		return cause_set(cause, -EINVAL, "no path");
	bool whole = *path == '/' || *path == '@';
	if (asprintf(&address->name, "%s%s%s", whole ? "" : directory, whole ? "" : "/", path) < 0) {
		address->name = NULL;
		return cause_set(cause, -ENOMEM, "out of memory");
	}
	if (strlen(address->name) > CONF_SOCKET_PATH_MAX)
		return cause_set(cause, -EINVAL, "the path has %zu bytes", strlen(address->name));
	return 0;
}

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && port <= 65535;
}

static int parse_tcp(struct address *address, const char *text, struct cause *cause)
{
	static const char loopback[] = "127.0.0.1";
	address->kind = ADDRESS_TCP;
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	const char *host = colon ? text : loopback;
	size_t length = colon ? (size_t)(colon - text) : sizeof(loopback) - 1;
	if (!is_port(port))
		return cause_set(cause, -EINVAL, "no port from 0 to 65535 at its end");
	bool bracketed = length > 2 && host[0] == '[' && host[length - 1] == ']';
	if (bracketed)
		host++, length -= 2;
	int r = copy(&address->name, host, length, cause);
	if (r == 0)
		r = copy(&address->port, port, strlen(port), cause);
	if (r < 0)
		return r;
	struct in6_addr v6;
	if (length == 0 || bracketed != (inet_pton(AF_INET6, address->name, &v6) == 1))
		return cause_set(cause, -EINVAL, "not a host: an IPv6 address stands in brackets");
	return 0;
}

static int parse_systemd(struct address *address, const char *name, struct cause *cause)
{
	address->kind = ADDRESS_SYSTEMD;
	return *name ? copy(&address->name, name, strlen(name), cause) : cause_set(cause, -EINVAL, "no name");
}

static int check_options(const struct address *address, struct cause *cause)
{
	bool file = address->kind == ADDRESS_UNIX && address->name[0] != '@';
	if (!file && (address->owner || address->group || address->mode != ADDRESS_MODE_DEFAULT))
		return cause_set(cause, -EINVAL, "mode, owner and group are for socket files");
	if (address->kind == ADDRESS_TCP && (address->users || address->groups))
		return cause_set(cause, -EINVAL, "users and groups are for Unix sockets: TCP does not tell them");
	return 0;
}

static int parse(const char *text, const char *directory, struct address *address, struct cause *cause)
{
	size_t length;
	int r = parse_options(address, text, &length, cause);
	if (r < 0)
		return r;
	cleanup_free char *word = strndup(text, length);
	if (!word)
		return cause_set(cause, -ENOMEM, "out of memory");
	if (strncmp(word, "unix:", 5) == 0 || *word == '/')
		r = parse_unix(address, *word == '/' ? word : word + 5, directory, cause);
	else if (strncmp(word, "tcp:", 4) == 0)
		r = parse_tcp(address, word + 4, cause);
	else if (strncmp(word, "systemd:", 8) == 0)
		r = parse_systemd(address, word + 8, cause);
	else
		r = cause_set(cause, -EINVAL, "%s", *word ? "not an address" : "no address");
	return r < 0 ? r : check_options(address, cause);
}

int address_parse(const char *text, const char *directory, struct address *ret, struct cause *cause)
{
	struct address address = { .mode = ADDRESS_MODE_DEFAULT };
	int r = parse(text, directory, &address, cause);
	if (r < 0)
		address_clear(&address);
	else
		*ret = address;
	return r;
}

static void print_options(const struct address *address, FILE *file)
{
	if (address->mode != ADDRESS_MODE_DEFAULT)
		(void)fprintf(file, " mode=%04o", (unsigned)address->mode);
	if (address->owner)
		(void)fprintf(file, " owner=%s", address->owner);
	if (address->group)
		(void)fprintf(file, " group=%s", address->group);
	if (address->users)
		(void)fprintf(file, " users=%s", address->users);
	if (address->groups)
		(void)fprintf(file, " groups=%s", address->groups);
}

char *address_format(const struct address *address, bool with_options)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	if (!file)
		return NULL;
	const char *bracket = address->kind == ADDRESS_TCP && strchr(address->name, ':') ? "[]" : NULL;
	switch (address->kind) {
	case ADDRESS_UNIX: (void)fprintf(file, "unix:%s", address->name); break;
	case ADDRESS_SYSTEMD: (void)fprintf(file, "systemd:%s", address->name); break;
	case ADDRESS_TCP:
		(void)fprintf(file, "tcp:%.1s%s%s:%s", bracket ? bracket : "", address->name,
			      bracket ? bracket + 1 : "", address->port);
		break;
	}
	if (with_options)
		print_options(address, file);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}
