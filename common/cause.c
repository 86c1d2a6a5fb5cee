/* cause.c - see cause.h */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/cause.h"

int cause_set(struct cause *cause, int code, const char *format, ...)
{
	if (!cause)
		return code;
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(cause->text, sizeof(cause->text), format, ap);
	va_end(ap);
	return code;
}

int cause_set_errno(struct cause *cause, int code, const char *format, ...)
{
	if (!cause)
		return code;
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(cause->text, sizeof(cause->text), format, ap);
	va_end(ap);
	size_t used = strlen(cause->text);
	(void)snprintf(cause->text + used, sizeof(cause->text) - used, ": %s",
		       strerrordesc_np(code < 0 ? -code : code));
	return code;
}

int cause_prefix(struct cause *cause, int code, const char *format, ...)
{
	if (!cause)
		return code;
	char context[256], rest[sizeof(cause->text)];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(context, sizeof(context), format, ap);
	va_end(ap);
	memcpy(rest, cause->text, sizeof(rest));
	size_t used = (size_t)snprintf(cause->text, sizeof(cause->text), "%s: ", context);
	(void)snprintf(cause->text + used, sizeof(cause->text) - used, "%s", rest);
	return code;
}
