/* buffer.c - see buffer.h */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "workers/buffer.h"

enum { BUFFER_MIN = 512 };

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = BUFFER_INIT;
}

/* Move what is there to the front, so that the space of what was taken away is used again. */
static void buffer_compact(struct buffer *buffer)
{
	if (buffer->start == 0)
		return;
	memmove(buffer->data, buffer->data + buffer->start, buffer_length(buffer));
	buffer->end -= buffer->start;
	buffer->start = 0;
}

char buffer_nothing[1];

char *buffer_reserve_slow(struct buffer *buffer, size_t n)
{
	if (buffer->failed)
		return NULL;
	size_t length = buffer_length(buffer);
	if (n > SIZE_MAX / 4 - length) {
		buffer->failed = true;
		return NULL;
	}
	/* Moving is only worth it when it frees half: else a long queue would be moved again and again. */
	if (buffer->start >= buffer->size / 2)
		buffer_compact(buffer);
	if (!buffer->data || buffer->size - buffer->end < n) {
		size_t want = buffer->end + n;
		size_t size = buffer->size < BUFFER_MIN ? BUFFER_MIN : buffer->size;
		while (size < want)
			size *= 2;
		char *data = realloc(buffer->data, size);
		if (!data) {
			buffer->failed = true;
			return NULL;
		}
		buffer->data = data;
		buffer->size = size;
	}
	return buffer->data + buffer->end;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || !buffer_reserve(buffer, (size_t)n + 1)) {
		buffer->failed = true;
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(buffer->data + buffer->end, (size_t)n + 1, format, ap);
	va_end(ap);
	buffer->end += (size_t)n;
}
