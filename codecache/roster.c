/* roster.c - see roster.h */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/roster.h"
#include "common/cleanup.h"

struct roster_image {
	struct image *image;
	char key[DIGEST_TEXT];
};

struct roster {
	size_t n_images, n, cap_images, cap;
	struct roster_image *images;
	struct roster_entry *entries;
};

struct roster *roster_new(void)
{
	return calloc(1, sizeof(struct roster));
}

static void entry_clear(struct roster_entry *entry)
{
	free(entry->name);
	free(entry->types);
	free(entry->symbol);
	free(entry->key);
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	for (size_t i = 0; i < roster->n_images; i++)
		image_free(roster->images[i].image);
	for (size_t i = 0; i < roster->n; i++)
		entry_clear(&roster->entries[i]);
	free(roster->images);
	free(roster->entries);
	free(roster);
}

/* Room for one more. */
static int grow(void **array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return 0;
	size_t wanted = *cap ? *cap * 2 : 16;
	void *more = reallocarray(*array, wanted, size);
	if (!more)
		return -ENOMEM;
	*array = more;
	*cap = wanted;
	return 0;
}

int roster_add_image(struct roster *roster, struct image *image, const char *key)
{
	int r = grow((void **)&roster->images, roster->n_images, &roster->cap_images, sizeof(*roster->images));
	if (r < 0)
		return r;
	struct roster_image *added = &roster->images[roster->n_images++];
	added->image = image;
	(void)snprintf(added->key, sizeof(added->key), "%s", key);
	return 0;
}

const char *roster_image_key(const struct roster *roster, size_t i)
{
	return i < roster->n_images ? roster->images[i].key : NULL;
}

size_t roster_image_count(const struct roster *roster)
{
	return roster->n_images;
}

const struct image *roster_image(const struct roster *roster, size_t i)
{
	return i < roster->n_images ? roster->images[i].image : NULL;
}

/* "int, float"; NULL if there is no memory. */
static char *types_text(const struct unit_function *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (uint32_t i = 0; i < f->n_params; i++)
		(void)fprintf(out, "%s%s", i ? ", " : "", value_type_words[f->params[i]]);
	return fclose(out) == 0 ? text : NULL;
}

int roster_add(struct roster *roster, const struct unit_function *f, struct native_function *native, const void *code,
	       uint32_t row)
{
	int r = grow((void **)&roster->entries, roster->n, &roster->cap, sizeof(struct roster_entry));
	if (r < 0)
		return r;
	struct roster_entry entry = { .native = native, .code = code, .row = row, .image = roster->n_images - 1 };
	entry.name = strdup(f->name);
	entry.gain = f->gain;
	entry.types = types_text(f);
	entry.symbol = strdup(f->symbol);
	entry.key = strdup(f->key);
	if (!entry.name || !entry.types || !entry.symbol || !entry.key) {
		entry_clear(&entry);
		return -ENOMEM;
	}
	roster->entries[roster->n++] = entry;
	return 0;
}

static size_t image_at(const struct roster *roster, const void *p)
{
	size_t i = 0;
	while (i < roster->n_images && !image_contains(roster->images[i].image, p))
		i++;
	return i;
}

size_t roster_find(const struct roster *roster, const void *p, struct roster_entry **ret)
{
	size_t image = image_at(roster, p), n = 0;
	if (image == roster->n_images)
		return 0;
	const char *symbol = image_name_at(roster->images[image].image, p);
	for (size_t i = 0; symbol && i < roster->n; i++) {
		struct roster_entry *entry = &roster->entries[i];
		if (entry->image == image && strcmp(entry->symbol, symbol) == 0 && !entry->dropped) {
			ret[0] = entry;
			return 1;
		}
	}
	for (size_t i = 0; i < roster->n && n < UNIT_MAX_FUNCTIONS; i++)
		if (roster->entries[i].image == image && !roster->entries[i].dropped)
			ret[n++] = &roster->entries[i];
	return n;
}

void roster_drop(struct roster_entry *entry)
{
	if (entry->dropped)
		return;
	entry->dropped = true;
	native_drop(entry->native, entry->code);
}

void roster_drop_banned(struct roster *roster, const struct index *index)
{
	for (size_t i = 0; i < roster->n; i++) {
		struct roster_entry *entry = &roster->entries[i];
		if (!entry->dropped && entry->row != UINT32_MAX && index_read(index, entry->row).state == INDEX_BANNED)
			roster_drop(entry);
	}
}

struct roster_entry *roster_entries(struct roster *roster, size_t *ret_n)
{
	*ret_n = roster->n;
	return roster->entries;
}
