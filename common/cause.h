/* cause.h - the human-readable cause of an error, which travels beside the result code.
 *
 * Results: 0 is fine, a negative errno is fatal and handed up unchanged, a positive value is a condition that the
 * function documents for its direct caller.  A function that can fail in ways that a person must understand takes a
 * struct cause, fills it once where the error happens, and lets callers put their context before it. */
#pragma once

#include <stdarg.h>

/* Value type, on the stack of whoever will tell it: no allocation, so it works when memory is short. */
struct cause {
	char text[1024];
};

#define CAUSE_INIT ((struct cause){ .text = "" })

/* Write the cause (a sentence without a full stop; cut at 1023 bytes) and return code. cause may be NULL. */
int cause_set(struct cause *cause, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": " and strerror(-code) added: for errors of system calls. */
int cause_set_errno(struct cause *cause, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "CONTEXT: " before the cause and return code. */
int cause_prefix(struct cause *cause, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
