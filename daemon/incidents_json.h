/* incidents_json.h - what preforgectl errors and slow are told. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "common/incidents.h"

/* [{"method", "kind", text_name, "code", "pid", "count", "first", "last", "duration_s"}], the last one first.  NULL
 * when memory is short. */
json_t *incidents_json(const struct incident_entry *entries, size_t n, const char *text_name);
