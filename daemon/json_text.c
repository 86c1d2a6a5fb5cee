/* json_text.c - see json_text.h */
#include "config.h"

#include <string.h>

#include "daemon/json_text.h"

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* p is at the opening quote; the result is after the closing one, or at the end of the text. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* After the value at p. */
static const char *skip_value(const char *p)
{
	if (*p != '{' && *p != '[')
		return *p == '"' ? skip_string(p) : p + strcspn(p, ",}] \t\r\n");
	size_t depth = 0;
	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (*p && depth > 0);
	return p;
}

bool json_text_member(const char *text, const char *name, const char **ret, size_t *ret_length)
{
	size_t length = strlen(name);
	const char *p = skip_space(text);
	if (*p != '{')
		return false;
	for (p = skip_space(p + 1); *p == '"'; p = skip_space(p + 1)) {
		const char *key = p + 1;
		p = skip_string(p);
		bool found = (size_t)(p - key) == length + 1 && strncmp(key, name, length) == 0;
		p = skip_space(p);
		if (*p != ':')
			return false;
		const char *value = skip_space(p + 1);
		if (!*value)
			return false;
		p = skip_value(value);
		if (found) {
			*ret = value;
			*ret_length = (size_t)(p - value);
			return true;
		}
		p = skip_space(p);
		if (*p != ',')
			return false;
	}
	return false;
}
