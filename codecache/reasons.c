/* reasons.c - see reasons.h */
#include "config.h"

#include <string.h>

#include "codecache/reasons.h"

static const struct {
	const char *word, *text;
} reasons[REASON_COUNT] = {
#define X(name, the_word, the_text) [REASON_##name] = { the_word, the_text },
	REASONS(X)
#undef X
};

const char *reason_word(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].word : "unknown";
}

const char *reason_text(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].text : "unknown";
}

enum reason reason_from_word(const char *word)
{
	for (int i = 0; i < REASON_COUNT; i++)
		if (strcmp(reasons[i].word, word) == 0)
			return (enum reason)i;
	return REASON_COUNT;
}
