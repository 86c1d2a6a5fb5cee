/* log_priv.h - between log.c and log_json.c. */
#pragma once

/* The message as an object on one line, with a newline: time (RFC 3339, UTC), level, name, pid, message, and the
 * fields. Bytes that are not UTF-8 become "?".  The caller's; NULL: no memory. */
char *log_json(const char *name, int priority, const char *const *fields, const char *message);
