/* log.h - one logger for every process of ours.
 *
 * To stderr as text ("NAME: warning: message") or as JSON, an object a line, or, when stderr is connected to the
 * journal, to the journal with native priority and structured fields (systemd.exec(5), $JOURNAL_STREAM).  The process
 * that owns the event loop logs, once; library code hands up a struct cause instead. */
#pragma once

#include <stdbool.h>
#include <syslog.h>

#include "common/messages.h"

/* In the order of [log] format. */
enum log_format {
	LOG_FORMAT_AUTO, /* to the journal if stderr is connected to it, else text */
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

/* name stands before each line and is SYSLOG_IDENTIFIER in the journal (not copied: a literal).  level is the least
 * important priority (LOG_ERR ... LOG_DEBUG) that is still written.  May be called again, also after a fork. */
void log_init(const char *name, int level);

/* Stays over log_init(); at first it is LOG_FORMAT_AUTO. */
void log_set_format(enum log_format format);

/* "auto", "text", "json"; -1 for any other word. */
int log_format_from_string(const char *word);

/* Whether a message of this priority would be written. */
bool log_enabled(int priority);

/* "error", "warning", "notice", "info", "debug" -> LOG_ERR ...; -1 for any other word. */
int log_level_from_string(const char *word);

/* The opposite; priority outside of the five: the nearest. */
const char *log_level_to_string(int priority);

/* Structured fields of a message: LOG_FIELDS("WORKER", "3", "PID", pid_text).  In the journal each but
 * LOG_ID() gets the prefix PREFORGE_; JSON has them in lower case; text leaves them out, so a message is complete
 * without them. */
#define LOG_FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One message, without a newline at its end; it may have several lines (a traceback).  errno stays.  fields: name,
 * value, ..., NULL; or NULL. */
void log_message(int priority, const char *const *fields, const char *file, int line, const char *function,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

#define log_with(priority, fields, ...) log_message(priority, fields, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_error(...)                  log_with(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...)                log_with(LOG_WARNING, NULL, __VA_ARGS__)
#define log_notice(...)                 log_with(LOG_NOTICE, NULL, __VA_ARGS__)
#define log_info(...)                   log_with(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...)                  log_with(LOG_DEBUG, NULL, __VA_ARGS__)
