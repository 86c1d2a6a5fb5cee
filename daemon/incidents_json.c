/* incidents_json.c - see incidents_json.h */
#include "config.h"

#include <stdlib.h>

#include "daemon/incidents_json.h"

static int by_time(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;
	return (x->last_us < y->last_us) - (x->last_us > y->last_us);
}

static json_t *incident_json(const struct incident *incident, const char *text_name)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:f, s:f, s:f}", "method", incident->method, "kind",
			 incident->kind, text_name, incident->text, "code", (int)incident->code, "pid",
			 (int)incident->pid, "count", (json_int_t)incident->count, "first",
			 (double)incident->first_us / 1e6, "last", (double)incident->last_us / 1e6, "duration_s",
			 (double)incident->duration_us / 1e6);
}

json_t *incidents_json(const struct incident_entry *entries, size_t n, const char *text_name)
{
	struct incident *all = calloc(n, sizeof(*all));
	json_t *list = json_array();
	size_t count = 0;
	for (size_t i = 0; all && i < n; i++)
		count += incident_read(&entries[i], &all[count]);
	if (count > 0)
		qsort(all, count, sizeof(*all), by_time);
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, incident_json(&all[i], text_name));
	free(all);
	return list;
}
