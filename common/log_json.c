/* log_json.c - a message of the log as JSON, for collectors that are not the journal. */
#include "config.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/log_priv.h"
#include "common/text.h"

enum { NAME_MAX_BYTES = 64 };

/* A JSON string of any bytes. */
static json_t *any_string(const char *text)
{
	json_t *string = json_string(text);
	if (string)
		return string;
	cleanup_free char *copy = strdup(text);
	if (copy)
		text_make_utf8(copy);
	return copy ? json_string(copy) : NULL;
}

static json_t *time_string(void)
{
	struct timeval now;
	struct tm utc;
	char text[64];
	(void)gettimeofday(&now, NULL);
	(void)gmtime_r(&now.tv_sec, &utc);
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text + n, sizeof(text) - n, ".%06ldZ", (long)now.tv_usec);
	return json_string(text);
}

static void add_field(json_t *object, const char *name, const char *value)
{
	char lower[NAME_MAX_BYTES];
	size_t n = 0;
	for (; name[n] && n < sizeof(lower) - 1; n++)
		lower[n] = (char)tolower((unsigned char)name[n]);
	lower[n] = '\0';
	if (!json_object_get(object, lower)) /* pid is ours */
		(void)json_object_set_new(object, lower, any_string(value));
}

char *log_json(const char *name, int priority, const char *const *fields, const char *message)
{
	json_t *object =
		json_pack("{s:o, s:s, s:s, s:i, s:o}", "time", time_string(), "level", log_level_to_string(priority),
			  "name", name, "pid", (int)getpid(), "message", any_string(message));
	for (; object && fields && fields[0] && fields[1]; fields += 2)
		add_field(object, fields[0], fields[1]);
	cleanup_free char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	char *line = NULL;
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	return line;
}
