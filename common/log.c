/* log.c - see log.h */
#include "config.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <systemd/sd-journal.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/log_priv.h"

enum { MAX_FIELDS = 16, FIXED_FIELDS = 6, FIELD_SIZE = 512 };

static const char *log_name = "preforge";
static int log_level = LOG_INFO;
static enum log_format log_format = LOG_FORMAT_AUTO;
static bool log_to_journal = false;

static const struct {
	int priority;
	const char *word;
} levels[] = {
	{ LOG_ERR, "error" }, { LOG_WARNING, "warning" }, { LOG_NOTICE, "notice" },
	{ LOG_INFO, "info" }, { LOG_DEBUG, "debug" },
};

/* $JOURNAL_STREAM is inherited by processes whose stderr was redirected since, so the file itself is compared. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	uintmax_t device, inode;
	char rest;
	if (!stream || sscanf(stream, "%ju:%ju%c", &device, &inode, &rest) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && (uintmax_t)st.st_dev == device && (uintmax_t)st.st_ino == inode;
}

void log_init(const char *name, int level)
{
	log_name = name;
	log_level = level;
	log_to_journal = stderr_is_journal();
}

void log_set_format(enum log_format format)
{
	log_format = format;
}

int log_format_from_string(const char *word)
{
	static const char *const words[] = { "auto", "text", "json" };
	for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

bool log_enabled(int priority)
{
	return priority <= log_level;
}

int log_level_from_string(const char *word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i].word, word) == 0)
			return levels[i].priority;
	return -1;
}

const char *log_level_to_string(int priority)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (priority <= levels[i].priority)
			return levels[i].word;
	return "debug";
}

/* One write, so that the lines of several processes do not mix. */
static void write_line(const char *line, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = write(STDERR_FILENO, line + done, n - done);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return; /* nobody left to tell */
		done += (size_t)r;
	}
}

static void write_text(int priority, const char *message)
{
	const char *word = priority == LOG_INFO ? "" : log_level_to_string(priority);
	cleanup_free char *line = NULL;
	int n = asprintf(&line, "%s: %s%s%s\n", log_name, word, *word ? ": " : "", message);
	if (n < 0)
		line = NULL;
	else
		write_line(line, (size_t)n);
}

static int write_json(int priority, const char *const *fields, const char *message)
{
	cleanup_free char *line = log_json(log_name, priority, fields, message);
	if (!line)
		return -ENOMEM;
	write_line(line, strlen(line));
	return 0;
}

static void set_iov(struct iovec *iov, char *text)
{
	iov->iov_base = text;
	iov->iov_len = strlen(text);
}

static int write_journal(int priority, const char *const *fields, const char *file, int line, const char *function,
			 const char *message)
{
	char text[FIXED_FIELDS - 1 + MAX_FIELDS][FIELD_SIZE];
	struct iovec iov[FIXED_FIELDS + MAX_FIELDS];
	cleanup_free char *first = NULL;
	if (asprintf(&first, "MESSAGE=%s", message) < 0) {
		first = NULL;
		return -ENOMEM;
	}
	int n = 0;
	(void)snprintf(text[n++], FIELD_SIZE, "PRIORITY=%d", priority);
	(void)snprintf(text[n++], FIELD_SIZE, "SYSLOG_IDENTIFIER=%s", log_name);
	(void)snprintf(text[n++], FIELD_SIZE, "CODE_FILE=%s", file);
	(void)snprintf(text[n++], FIELD_SIZE, "CODE_LINE=%d", line);
	(void)snprintf(text[n++], FIELD_SIZE, "CODE_FUNC=%s", function);
	for (; fields && fields[0] && fields[1] && n < FIXED_FIELDS - 1 + MAX_FIELDS; fields += 2)
		(void)snprintf(text[n++], FIELD_SIZE, "%s%s=%s",
			       strcmp(fields[0], "MESSAGE_ID") == 0 ? "" : "PREFORGE_", fields[0], fields[1]);
	set_iov(&iov[0], first);
	for (int i = 0; i < n; i++)
		set_iov(&iov[i + 1], text[i]);
	return sd_journal_sendv(iov, n + 1);
}

void log_message(int priority, const char *const *fields, const char *file, int line, const char *function,
		 const char *format, ...)
{
	if (!log_enabled(priority))
		return;
	int saved = errno;
	char *message = NULL;
	va_list ap;
	va_start(ap, format);
	int n = vasprintf(&message, format, ap);
	va_end(ap);
	if (n >= 0) {
		bool native = log_format == LOG_FORMAT_AUTO && log_to_journal;
		int r = native                          ? write_journal(priority, fields, file, line, function, message)
			: log_format == LOG_FORMAT_JSON ? write_json(priority, fields, message)
							: -ENOTSUP;
		if (r < 0)
			write_text(priority, message);
		free(message);
	}
	errno = saved;
}
