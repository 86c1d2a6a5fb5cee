/* incidents.h - what went wrong lately, for preforgectl errors and slow; a part of the metrics' region.
 *
 * Written by workers, which run user code: readers copy an entry, end its texts, and believe numbers only to be
 * numbers.  Errors of the same code, method and kind share an entry and are counted in it; when all are taken, the one
 * that was seen longest ago goes.  A worker that dies while it writes leaves an entry that is taken over later. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	INCIDENTS_ERRORS = 64,
	INCIDENTS_SLOW = 32,
	INCIDENT_NAME_MAX = 96,   /* bytes, with the zero byte */
	INCIDENT_TEXT_MAX = 1568, /* so that an entry has 1888 bytes: the stack of a slow call may be long */
};

/* What happened; also the copy that readers get. */
struct incident {
	int32_t code; /* of JSON-RPC; 0: a slow call */
	int32_t pid;
	uint64_t count, first_us, last_us; /* Unix time, microseconds */
	uint64_t duration_us;              /* of the last one */
	char method[INCIDENT_NAME_MAX];    /* "": none that exists */
	char kind[2 * INCIDENT_NAME_MAX];  /* of an exception: its type and where it was raised; else "" */
	char text[INCIDENT_TEXT_MAX];      /* of the last one */
};

struct incident_entry {
	_Atomic uint32_t serial; /* odd: being written */
	_Atomic uint32_t key;    /* 0: free */
	_Atomic uint64_t touched_us;
	struct incident incident;
};

struct incidents {
	_Atomic uint32_t next_slow, reserved;
	struct incident_entry error[INCIDENTS_ERRORS];
	struct incident_entry slow[INCIDENTS_SLOW];
};

/* Note it; count and the times are filled in. */
void incidents_note_error(struct incidents *incidents, const struct incident *incident);
void incidents_note_slow(struct incidents *incidents, const struct incident *incident);

/* Copy an entry; its texts are UTF-8.  False: there is nothing. */
bool incident_read(const struct incident_entry *entry, struct incident *ret);
