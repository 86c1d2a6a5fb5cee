/* retire.c - see retire.h */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "workers/retire.h"

struct candidate {
	json_t *entry; /* borrowed */
	uint64_t calls;
	size_t at; /* in the profile: what is called as often stays in order */
};

static const char *member(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));
	return text ? text : "";
}

static bool same_function(const json_t *a, const json_t *b)
{
	return strcmp(member(a, "module"), member(b, "module")) == 0 &&
	       strcmp(member(a, "qualname"), member(b, "qualname")) == 0;
}

static bool is_in(const json_t *entries, const json_t *entry)
{
	size_t i;
	const json_t *other;
	json_array_foreach (entries, i, other)
		if (same_function(entry, other))
			return true;
	return false;
}

/* What is not native stands behind what is. */
static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	uint64_t most_x = x->calls == UINT64_MAX ? 0 : x->calls, most_y = y->calls == UINT64_MAX ? 0 : y->calls;
	if (most_x != most_y)
		return most_x > most_y ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

json_t *retire(const json_t *history, const json_t *wanted, retire_calls calls, void *userdata, unsigned *ret_retired)
{
	json_t *kept = json_array(), *entry;
	size_t n = 0, i;
	cleanup_free struct candidate *candidates = calloc(json_array_size(history) + 1, sizeof(*candidates));
	if (!kept || !candidates || json_array_extend(kept, (json_t *)(uintptr_t)wanted) < 0) {
		json_decref(kept);
		return NULL;
	}
	*ret_retired = 0;
	json_array_foreach (history, i, entry) {
		if (is_in(wanted, entry))
			continue;
		uint64_t called = calls(member(entry, "module"), member(entry, "qualname"), userdata);
		if (called == 0)
			++*ret_retired;
		else
			candidates[n++] = (struct candidate){ entry, called, i };
	}
	if (n > 0)
		qsort(candidates, n, sizeof(*candidates), compare);
	for (i = 0; i < n; i++)
		(void)json_array_append(kept, candidates[i].entry);
	return kept;
}
