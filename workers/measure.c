/* measure.c - see measure.h */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "workers/measure.h"
#include "workers/peer.h"

static struct {
	struct measure_options options;
	struct metrics_row *row; /* NULL: nothing is measured */
	const struct peer *peer;
	uint64_t begun_us;
} measure;

/* Of the request that is under way. */
static struct incident detail;

/* Of the request that is under way, 0: no error yet.  The stand-in has one of its own. */
static _Thread_local int last_code;

void measure_start(const struct measure_options *options)
{
	measure.options = *options;
	measure.row = metrics_row(options->metrics, options->slot);
}

unsigned measure_method(const char *name)
{
	return measure.row ? metrics_method(measure.options.metrics, name) : 0;
}

void measure_begin(const struct peer *peer, uint64_t now)
{
	measure.peer = peer;
	measure.begun_us = now;
	last_code = 0;
}

void measure_error(int code)
{
	last_code = code;
	if (measure.row)
		metrics_add(&measure.row->errors[metrics_code(code)], 1);
}

static void copy_text(char *to, size_t size, const char *from, size_t n)
{
	n = n < size - 1 ? n : size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

void measure_detail(const char *kind, const char *text, size_t n)
{
	copy_text(detail.kind, sizeof(detail.kind), kind ? kind : "", kind ? strlen(kind) : 0);
	copy_text(detail.text, sizeof(detail.text), text, n);
}

static void note_error(const char *name, uint64_t duration_us)
{
	detail.code = last_code;
	detail.pid = getpid();
	detail.duration_us = duration_us;
	copy_text(detail.method, sizeof(detail.method), name ? name : "", name ? strlen(name) : 0);
	incidents_note_error(&measure.options.metrics->incidents, &detail);
	detail.kind[0] = detail.text[0] = '\0';
}

void measure_slow(const char *method, uint64_t duration_us, const char *stack)
{
	if (!measure.row)
		return;
	static struct incident slow;
	slow = (struct incident){ .pid = getpid(), .duration_us = duration_us };
	copy_text(slow.method, sizeof(slow.method), method, strlen(method));
	copy_text(slow.text, sizeof(slow.text), stack, strlen(stack));
	incidents_note_slow(&measure.options.metrics->incidents, &slow);
}

static void log_message_of(const struct access_entry *entry)
{
	char duration[32], code[16], peer[PEER_TEXT_MAX] = "?";
	(void)snprintf(duration, sizeof(duration), "%.6f", (double)entry->duration_us / 1e6);
	(void)snprintf(code, sizeof(code), "%d", entry->code);
	if (entry->peer)
		peer_describe(entry->peer, peer);
	log_with(LOG_INFO,
		 LOG_FIELDS(LOG_ID(ACCESS), "METHOD", entry->method ? entry->method : "", "DURATION", duration, "CODE",
			    code, "PEER", peer),
		 "request: %s of %s: %s%s, %s s, %zu bytes", entry->method ? entry->method : "no method", peer,
		 entry->code ? "error " : "", entry->code ? code : "ok", duration, entry->size);
}

static void log_access(const struct peer *peer, const char *name, uint64_t duration_us, size_t size)
{
	const struct access_entry entry = { .peer = peer,
					    .method = name,
					    .code = last_code,
					    .size = size,
					    .duration_us = duration_us,
					    .worker = measure.options.slot };
	if (measure.options.access_log)
		log_message_of(&entry);
	if (measure.options.access_fd >= 0)
		access_log(measure.options.access_fd, measure.options.access_format, &entry);
}

void measure_end(const char *name, unsigned method, size_t size)
{
	if (!measure.row)
		return;
	uint64_t now = monotonic_us(), duration = now - measure.begun_us;
	measure.begun_us = now; /* of the next one in the batch */
	if (name)
		metrics_call(measure.row, method, duration);
	else
		metrics_add(&measure.row->nameless, 1);
	if (last_code)
		note_error(name, duration);
	log_access(measure.peer, name, duration, size);
	last_code = 0;
}

void measure_unreadable(const struct peer *peer, size_t size)
{
	if (measure.row)
		log_access(peer, NULL, 0, size);
	last_code = 0;
}

void measure_refused(void)
{
	if (measure.row)
		metrics_add(&measure.row->nameless, 1);
}

void measure_queue(size_t n)
{
	if (measure.row)
		atomic_store_explicit(&measure.options.gauges->queued, n, memory_order_relaxed);
}
