/* framing.c - any bytes as what a connection receives: at once, one by one, in pieces, and with every piece read by
 * another process.  What comes out must be the same each time, and within the limits.
 *
 * The first byte chooses how: bit 0 tight limits, bit 1 paths, health and metrics, the others the size of the pieces.
 * So '0' to '3' before a text make a seed. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "t/fuzz/fuzz.h"
#include "workers/framing.h"
#include "workers/rpc.h"

enum { SIZE_MAX_HERE = 4096 };

static void check(bool fine, const char *what)
{
	if (fine)
		return;
	(void)fprintf(stderr, "framing: %s\n", what);
	abort();
}

/* In place of the library's: no Python here. */
void rpc_append_error(struct buffer *out, int code, const char *message)
{
	buffer_printf(out, "%d %s", code, message);
}

struct connection {
	struct framing_limits limits;
	struct framing *framing;
	struct buffer out;
	size_t events, events_max;
};

static void answer(struct connection *connection, const char *text, size_t length)
{
	framing_answer_begin(connection->framing, &connection->out);
	/* A notification now and then. */
	if (length % 8 != 7) {
		buffer_append_char(&connection->out, '<');
		buffer_append(&connection->out, text, length);
		buffer_append_char(&connection->out, '>');
	}
	framing_answer_end(connection->framing, &connection->out);
	framing_trim(connection->framing);
}

/* Take all events there are.  True after FRAMING_CLOSE. */
static bool drain(struct connection *connection)
{
	for (;;) {
		const char *text = NULL;
		size_t length = 0;
		check(connection->events++ < connection->events_max, "more events than bytes");
		switch (framing_next(connection->framing, &connection->out, &text, &length)) {
		case FRAMING_MORE: return false;
		case FRAMING_REQUEST:
			check(length <= connection->limits.request_bytes, "a text longer than the limit");
			answer(connection, text, length);
			break;
		case FRAMING_PROBE: answer(connection, "probe", 5); break;
		case FRAMING_REFUSED: break;
		case FRAMING_CLOSE: buffer_append_literal(&connection->out, "[close]"); return true;
		}
	}
}

/* Another process goes on with it. */
static void move(struct connection *connection)
{
	const char *bytes;
	size_t length;
	if (framing_is_over(connection->framing))
		return;
	uint32_t state = framing_export(connection->framing, &bytes, &length);
	struct framing *other = framing_import(&connection->limits, state, bytes, length);
	check(other != NULL, "what was exported cannot be imported");
	framing_free(connection->framing);
	connection->framing = other;
}

/* What is answered to the bytes when they come in pieces of the given size. */
static struct buffer transcript(const struct framing_limits *limits, const char *bytes, size_t n, size_t piece,
				bool moves)
{
	struct connection connection = { .limits = *limits, .framing = framing_new(limits), .out = BUFFER_INIT };
	bool closed = false;
	/* Each byte may end a text and be refused, and each piece ends with FRAMING_MORE. */
	connection.events_max = 3 * n + 16;
	check(connection.framing != NULL, "no memory");
	for (size_t at = 0; at < n && !closed; at += piece) {
		size_t length = piece < n - at ? piece : n - at;
		memcpy(framing_room(connection.framing, length), bytes + at, length);
		framing_added(connection.framing, length);
		closed = drain(&connection);
		if (moves && !closed)
			move(&connection);
	}
	if (!closed) {
		framing_eof(connection.framing);
		check(drain(&connection), "the end of the bytes is not the end");
	}
	framing_free(connection.framing);
	check(!connection.out.failed, "no memory for answers");
	return connection.out;
}

static void compare(struct buffer *expected, struct buffer found, const char *how)
{
	size_t n = buffer_length(expected);
	bool same = n == buffer_length(&found) && memcmp(buffer_begin(expected), buffer_begin(&found), n) == 0;
	if (!same)
		(void)fprintf(stderr, "at once: %.*s\n%s: %.*s\n", (int)n, buffer_begin(expected), how,
			      (int)buffer_length(&found), buffer_begin(&found));
	check(same, "the answers depend on how the bytes come");
	buffer_free(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct framing_limits wide = { .request_bytes = 1 << 20, .header_bytes = 8192, .depth = 64 };
	static const struct framing_limits tight = { .request_bytes = 24, .header_bytes = 160, .depth = 3 };
	if (size == 0 || size > SIZE_MAX_HERE)
		return 0;
	struct framing_limits limits = bytes[0] & 1 ? tight : wide;
	if (bytes[0] & 2) {
		limits.paths = "/ /api";
		limits.origins = "https://example.org";
		limits.health = limits.metrics = true;
	}
	const char *text = (const char *)bytes + 1;
	size_t n = size - 1, piece = (bytes[0] >> 2) + 2u;
	struct buffer at_once = transcript(&limits, text, n, n ? n : 1, false);
	compare(&at_once, transcript(&limits, text, n, 1, false), "one by one");
	compare(&at_once, transcript(&limits, text, n, piece, false), "in pieces");
	compare(&at_once, transcript(&limits, text, n, piece, true), "moved");
	buffer_free(&at_once);
	return 0;
}
