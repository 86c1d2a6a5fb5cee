/* buffer.h - bytes that grow at the end and are taken away at the start.
 *
 * Running out of memory is remembered in the buffer, not reported by each append: who has appended all asks failed
 * once.  A failed buffer ignores what is appended. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buffer {
	char *data;
	size_t start, end; /* what is in it: data[start] to data[end - 1] */
	size_t size;       /* allocated */
	bool failed;       /* memory ran out */
};

#define BUFFER_INIT ((struct buffer){ .data = NULL })

void buffer_free(struct buffer *buffer); /* empty afterwards, and usable again */

static inline size_t buffer_length(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

extern char buffer_nothing[1]; /* where an empty buffer begins, for C has no NULL + 0; nobody writes there */
static inline char *buffer_begin(const struct buffer *buffer)
{
	return buffer->data ? buffer->data + buffer->start : buffer_nothing;
}

/* Room for n more bytes at data + end, NULL when memory ran out; buffer_added() says how many were written there. */
char *buffer_reserve_slow(struct buffer *buffer, size_t n);
static inline char *buffer_reserve(struct buffer *buffer, size_t n)
{
	if (buffer->size - buffer->end >= n && buffer->data && !buffer->failed)
		return buffer->data + buffer->end;
	return buffer_reserve_slow(buffer, n);
}

static inline void buffer_added(struct buffer *buffer, size_t n)
{
	buffer->end += n;
}

static inline void buffer_append(struct buffer *buffer, const char *bytes, size_t n)
{
	char *to = buffer_reserve(buffer, n);
	if (to && n > 0) {
		memcpy(to, bytes, n);
		buffer->end += n;
	}
}

/* For string literals. */
#define buffer_append_literal(buffer, text) buffer_append(buffer, "" text, sizeof(text) - 1)

static inline void buffer_append_char(struct buffer *buffer, char c)
{
	char *to = buffer_reserve(buffer, 1);
	if (to) {
		*to = c;
		buffer->end++;
	}
}

void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Take n bytes away at the start (n at most its length). */
static inline void buffer_consume(struct buffer *buffer, size_t n)
{
	buffer->start += n;
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
}

/* Back to the given length, after something appended turned out to be unwanted. Forgets a failure. */
static inline void buffer_truncate(struct buffer *buffer, size_t length)
{
	buffer->end = buffer->start + length;
	buffer->failed = false;
}
