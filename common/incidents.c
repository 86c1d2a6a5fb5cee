/* incidents.c - see incidents.h */
#include "config.h"

#include <string.h>
#include <time.h>

#include "common/incidents.h"
#include "common/text.h"

enum {
	TRIES = 100,                 /* of a reader, to find an entry that is not being written */
	WRITER_IS_DEAD_US = 5000000, /* who has begun so long ago */
};

static uint64_t unix_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* FNV-1a (RFC draft-eastlake-fnv), never 0. */
static uint32_t hash(uint32_t h, const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i]; i++)
		h = (h ^ (unsigned char)text[i]) * UINT32_C(16777619);
	h = (h ^ 0xff) * UINT32_C(16777619);
	return h ? h : 1;
}

static uint32_t key_of(const struct incident *incident)
{
	uint32_t h = UINT32_C(2166136261) ^ (uint32_t)incident->code;
	h = hash(h, incident->method, sizeof(incident->method));
	return hash(h, incident->kind, sizeof(incident->kind));
}

static uint64_t touched(const struct incident_entry *entry)
{
	return atomic_load_explicit(&entry->touched_us, memory_order_relaxed);
}

/* False: somebody else writes there. */
static bool begin(struct incident_entry *entry, uint64_t now)
{
	uint32_t serial = atomic_load(&entry->serial);
	bool dead = (serial & 1) && now - touched(entry) > WRITER_IS_DEAD_US;
	if ((serial & 1) && !dead)
		return false;
	if (!atomic_compare_exchange_strong(&entry->serial, &serial, dead ? serial + 2 : serial + 1))
		return false;
	atomic_store(&entry->touched_us, now);
	return true;
}

static void end(struct incident_entry *entry)
{
	atomic_fetch_add(&entry->serial, 1);
}

/* The entry of this key, or one that may be given to it. */
static struct incident_entry *find(struct incidents *incidents, uint32_t key)
{
	struct incident_entry *best = &incidents->error[0];
	for (unsigned i = 0; i < INCIDENTS_ERRORS; i++) {
		struct incident_entry *entry = &incidents->error[i];
		uint32_t its = atomic_load_explicit(&entry->key, memory_order_relaxed);
		if (its == key || its == 0)
			return entry;
		if (touched(entry) < touched(best))
			best = entry;
	}
	return best;
}

/* What comes while another worker writes the same is not worth waiting. */
void incidents_note_error(struct incidents *incidents, const struct incident *incident)
{
	uint64_t now = unix_us();
	uint32_t key = key_of(incident);
	struct incident_entry *entry = find(incidents, key);
	if (!begin(entry, now))
		return;
	bool known = atomic_load(&entry->key) == key;
	uint64_t count = known ? entry->incident.count : 0, first = known ? entry->incident.first_us : now;
	entry->incident = *incident;
	entry->incident.count = count + 1;
	entry->incident.first_us = first;
	entry->incident.last_us = now;
	atomic_store(&entry->key, key);
	end(entry);
}

void incidents_note_slow(struct incidents *incidents, const struct incident *incident)
{
	uint64_t now = unix_us();
	struct incident_entry *entry = &incidents->slow[atomic_fetch_add(&incidents->next_slow, 1) % INCIDENTS_SLOW];
	if (!begin(entry, now))
		return;
	entry->incident = *incident;
	entry->incident.count = 1;
	entry->incident.first_us = entry->incident.last_us = now;
	atomic_store(&entry->key, 1);
	end(entry);
}

/* It may end on somebody's terminal. */
static void make_printable(char *text)
{
	text_make_utf8(text);
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
			*p = '?';
}

/* After that many tries it may be half of one and half of another, which is better than nothing. */
bool incident_read(const struct incident_entry *entry, struct incident *ret)
{
	if (atomic_load(&entry->key) == 0)
		return false;
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t before = atomic_load(&entry->serial);
		memcpy(ret, &entry->incident, sizeof(*ret));
		atomic_thread_fence(memory_order_acquire);
		if (!(before & 1) && atomic_load(&entry->serial) == before)
			break;
	}
	ret->method[sizeof(ret->method) - 1] = ret->kind[sizeof(ret->kind) - 1] = ret->text[sizeof(ret->text) - 1] =
		'\0';
	make_printable(ret->method);
	make_printable(ret->kind);
	make_printable(ret->text);
	return true;
}
