/* Each example is fed whole, cut in two at every place, and byte by byte: what comes out must be the same. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "workers/framing.h"
#include "workers/json_bytes.h"
#include "workers/json_scan.h"
#include "workers/rpc.h"

/* The server that these tests play: the text is answered with itself, but "quiet" is a notification. */
static void answer(struct framing *framing, const char *text, size_t length, struct buffer *out)
{
	framing_answer_begin(framing, out);
	if (length != 7 || memcmp(text, "\"quiet\"", 7) != 0) {
		buffer_append_char(out, '<');
		buffer_append(out, text, length);
		buffer_append_char(out, '>');
	}
	framing_answer_end(framing, out);
}

/* In place of the library's caller: the error's text alone matters here. */
void rpc_append_error(struct buffer *out, int code, const char *message)
{
	buffer_printf(out, "%d %s", code, message);
}

/* Take all events there are. True after FRAMING_CLOSE. */
static bool drain(struct framing *framing, struct buffer *out)
{
	for (;;) {
		const char *text;
		size_t length;
		switch (framing_next(framing, out, &text, &length)) {
		case FRAMING_MORE: return false;
		case FRAMING_REQUEST: answer(framing, text, length, out); break;
		case FRAMING_PROBE: answer(framing, "probe", 5, out); break;
		case FRAMING_REFUSED: break;
		case FRAMING_CLOSE: buffer_append_literal(out, "[close]"); return true;
		}
	}
}

static bool feed(struct framing *framing, const char *bytes, size_t n, struct buffer *out)
{
	memcpy(framing_room(framing, n), bytes, n);
	framing_added(framing, n);
	return drain(framing, out);
}

/* The transcript of input, cut at the given place (step 0), or in pieces of step bytes; ends with [open] if the
 * connection is open until the end of input. */
static char *transcript(const struct framing_limits *limits, const char *input, size_t n, size_t cut, size_t step)
{
	struct framing *framing = framing_new(limits);
	assert_non_null(framing);
	struct buffer out = BUFFER_INIT;
	bool closed = false;
	for (size_t at = 0; at < n && !closed;) {
		size_t piece = step ? step : at < cut ? cut - at : n - at;
		if (piece > n - at)
			piece = n - at;
		closed = feed(framing, input + at, piece, &out);
		at += piece;
	}
	if (!closed) {
		buffer_append_literal(&out, "[open]");
		framing_eof(framing);
		assert_true(drain(framing, &out));
	}
	buffer_append_char(&out, '\0');
	framing_free(framing);
	assert_false(out.failed);
	char *text = strdup(buffer_begin(&out));
	buffer_free(&out);
	return text;
}

static void expect(const struct framing_limits *limits, const char *input, const char *output)
{
	size_t n = strlen(input);
	for (size_t cut = 0; cut <= n + 1; cut++) {
		char *text = transcript(limits, input, n, cut, cut > n ? 1 : 0);
		if (strcmp(text, output) != 0)
			print_message("cut at %zu of: %s\n", cut, input);
		assert_string_equal(text, output);
		free(text);
	}
}

static const struct framing_limits no_limits = { .request_bytes = 0 };
static const struct framing_limits tight = { .request_bytes = 20, .header_bytes = 120, .depth = 3 };

static void json_stream(void **state)
{
	(void)state;
	expect(&no_limits, "", "[open][close]");
	expect(&no_limits, " \r\n\t ", "[open][close]");
	expect(&no_limits, "{}\n", "<{}>\n[open][close]");
	expect(&no_limits, "{\"a\":[1,{\"b\":\"}\\\"]\"}]} \n [] ",
	       "<{\"a\":[1,{\"b\":\"}\\\"]\"}]}>\n<[]>\n[open][close]");
	expect(&no_limits, "{}[]{\"a\":1}", "<{}>\n<[]>\n<{\"a\":1}>\n[open][close]");
	expect(&no_limits, "{\n  \"a\" :\n  -1.5e+3\n}\n", "<{\n  \"a\" :\n  -1.5e+3\n}>\n[open][close]");
	expect(&no_limits, "true false null", "<true>\n<false>\n<null>\n[open][close]");
	expect(&no_limits, "1 -0.5\n0", "<1>\n<-0.5>\n[open]<0>\n[close]");
	expect(&no_limits, "\"quiet\" \"\\u12aF\\n\"", "<\"\\u12aF\\n\">\n[open][close]");
	expect(&no_limits, "[\"\xc3\xa9\xff\"]", "<[\"\xc3\xa9\xff\"]>\n[open][close]");
}

/* After a mistake the next line counts. */
static void json_stream_mistakes(void **state)
{
	(void)state;
	expect(&no_limits, "{\"a\"}\n{}\n", "-32700 expected ':' at byte 4, found '}'\n<{}>\n[open][close]");
	expect(&no_limits, "{\"a\": \"b\n{}\n",
	       "-32700 expected the end of the string at byte 8, found byte 0x0a\n<{}>\n[open][close]");
	expect(&no_limits, "{\"a\":1\n{}\n", "-32700 expected ',' or '}' at byte 7, found '{'\n<{}>\n[open][close]");
	expect(&no_limits, "[1,]x[2]\n3 ", "-32700 expected a value at byte 3, found ']'\n<3>\n[open][close]");
	expect(&no_limits, "[NaN]\n", "-32700 expected a value or ']' at byte 1, found 'N'\n[open][close]");
	expect(&no_limits, "[01]\n",
	       "-32700 expected '.', 'e' or the end of the number after its leading 0 at byte 2, found "
	       "'1'\n[open][close]");
	expect(&no_limits, "{} oops\n{}",
	       "<{}>\n-32700 expected a JSON text at byte 0, found 'o'\n<{}>\n[open][close]");
	expect(&no_limits, "{\"a\":[1,", "[open]-32700 expected a value at byte 8, found the end\n[close]");
	expect(&no_limits, "-", "[open]-32700 expected a digit after '-' at byte 1, found the end\n[close]");
	expect(&no_limits, "[\"\\x\"]\n",
	       "-32700 expected one of \"\\/bfnrtu after the backslash at byte 3, found 'x'\n[open][close]");
	expect(&no_limits, "trve\n", "-32700 expected true, false or null at byte 2, found 'v'\n[open][close]");
}

static void json_stream_limits(void **state)
{
	(void)state;
	expect(&tight, "[[[1]]]\n", "<[[[1]]]>\n[open][close]");
	expect(&tight, "[[[[1]]]]\n[]\n",
	       "-32600 more than 3 arrays and objects inside each other at byte 3\n<[]>\n[open][close]");
	expect(&tight, "\"345678901234567890\"", "<\"345678901234567890\">\n[open][close]");
	expect(&tight, "\"3456789012345678901\"\n[]",
	       "-32600 the text is longer than 20 bytes, the limit of a request\n[close]");
	expect(&tight, "                               []", "<[]>\n[open][close]");
}

#define UNKNOWN                                                                                                        \
	"-32700 unknown framing: send JSON texts one after another, Content-Length headers before each JSON text, or " \
	"HTTP/1.1 POST\n[close]"

static void unknown_framing(void **state)
{
	(void)state;
	expect(&no_limits, "hello\n{}", UNKNOWN);
	expect(&no_limits, "\x16\x03\x01", UNKNOWN); /* TLS */
	expect(&no_limits, "PRI * HTTP/2.0\r\n", UNKNOWN);
	expect(&no_limits, "POST/ HTTP/1.1\r\n", UNKNOWN);
	expect(&no_limits, "Content-Size: 12\r\n", UNKNOWN);
	expect(&no_limits, "post / HTTP/1.1\r\n", UNKNOWN);
	expect(&no_limits, "PO", "[open]" UNKNOWN);
	expect(&no_limits, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", UNKNOWN);
}

static void headers(void **state)
{
	(void)state;
	expect(&no_limits, "Content-Length: 2\r\n\r\n{}", "Content-Length: 4\r\n\r\n<{}>[open][close]");
	expect(&no_limits, "Content-Type: application/json\ncontent-length:7  \n\n\"quiet\"CONTENT-LENGTH: 2\r\n\r\n[]",
	       "Content-Length: 4\r\n\r\n<[]>[open][close]");
	expect(&no_limits, "Content-Length: 0\r\n\r\n", "Content-Length: 2\r\n\r\n<>[open][close]");
	expect(&no_limits, "Content-Length: 3\r\n\r\n{}",
	       "[open]Content-Length: 46\r\n\r\n-32700 the connection ended inside a JSON text[close]");
	expect(&no_limits, "Content-Length: 12a\r\n\r\n{}",
	       "Content-Length: 37\r\n\r\n-32700 Content-Length is not a number[close]");
	expect(&no_limits, "Content-Type: x\r\n\r\n{}",
	       "Content-Length: 45\r\n\r\n-32700 no Content-Length before the JSON text[close]");
	expect(&no_limits, "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
	       "Content-Length: 36\r\n\r\n-32700 Content-Length is there twice[close]");
	expect(&no_limits, "Content-Length: 2\r\noops\r\n\r\n{}",
	       "Content-Length: 57\r\n\r\n-32700 a header line without a colon before the JSON text[close]");
	expect(&no_limits, "Content-Length: 2\r\n",
	       "[open]Content-Length: 61\r\n\r\n-32700 the connection ended inside the headers of a JSON "
	       "text[close]");
	expect(&tight, "Content-Length: 21\r\n\r\n",
	       "Content-Length: 63\r\n\r\n-32600 the text is longer than 20 bytes, the limit of a "
	       "request[close]");
}

#define OK(length) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " length "\r\n\r\n"
#define OK_CLOSE(length) \
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " length "\r\n\r\n"
#define OK_KEEP(length)                                                                                          \
	"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: " length \
	"\r\n\r\n"
#define REFUSED(status, length)                                                                                 \
	"HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " length \
	"\r\n\r\n"

static void http(void **state)
{
	(void)state;
	expect(&no_limits, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", OK("4") "<{}>[open][close]");
	expect(&no_limits, "\r\nPOST /any/path?x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", OK("4") "<{}>[open][close]");
	/* pipelined, chunked, with a trailer */
	expect(&no_limits,
	       "POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\n\"quiet\""
	       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2;x=y\r\n2]\r\n0\r\nTrailer: a\r\n\r\n"
	       "POST / HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n\r\n3"
	       "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n4",
	       "HTTP/1.1 204 No Content\r\n\r\n" OK("7") "<[1,2]>" OK_CLOSE("3") "<3>[close]");
	expect(&no_limits, "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", OK_CLOSE("4") "<{}>[close]");
	expect(&no_limits, "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}",
	       OK_KEEP("4") "<{}>[open][close]");
	expect(&no_limits, "POST / HTTP/1.0\r\nContent-Length: 7\r\n\r\n\"quiet\"",
	       "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n[close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
	       "HTTP/1.1 100 Continue\r\n\r\n" OK("4") "<{}>[open][close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}",
	       OK("4") "<{}>[open][close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", OK("2") "<>[open][close]");
}

static void http_paths(void **state)
{
	(void)state;
	static const struct framing_limits limits = { .paths = "/ /Api/v1", .health = true };
	static const struct framing_limits any = { .paths = "*" };
	static const char body[] = " HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
	static const struct {
		const struct framing_limits *limits;
		const char *target;
		bool served;
	} cases[] = { { &limits, "/", true },           { &limits, "/Api/v1", true },
		      { &limits, "/Api/v1?x=/", true }, { &limits, "http://host/Api/v1", true },
		      { &limits, "http://host", true }, { &limits, "/api/v1", false },
		      { &limits, "/Api", false },       { &limits, "/Api/v1/", false },
		      { &limits, "*", false },          { &any, "/whatever", true } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char request[200];
		(void)snprintf(request, sizeof(request), "POST %s%s", cases[i].target, body);
		char *text = transcript(cases[i].limits, request, strlen(request), 0, 0);
		if ((strstr(text, "404 Not Found") == NULL) != cases[i].served)
			fail_msg("%s: %s", cases[i].target, text);
		free(text);
	}
}

static void http_refusals(void **state)
{
	(void)state;
	expect(&no_limits, "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1",
	       "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Type: application/json\r\nContent-Length: "
	       "58\r\n\r\n-32600 the HTTP method is GET, only POST carries a request" OK("3") "<1>[open][close]");
	expect(&no_limits, "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
	       "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Type: application/json\r\nContent-Length: "
	       "58\r\n\r\n-32600 the HTTP method is PUT, only POST carries a request[open][close]");
	/* who waits for leave to send gets none */
	expect(&no_limits, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
	       REFUSED("405 Method Not Allowed\r\nAllow: POST",
		       "58") "-32600 the HTTP method is PUT, only POST carries a request[close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
	       REFUSED("411 Length Required", "34") "-32600 POST without Content-Length[close]");
	expect(&no_limits,
	       "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
	       "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	       "HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\nContent-Length: 43\r\n\r\n"
	       "-32600 the Transfer-Encoding is not chunked" OK("4") "<{}>[open][close]");
	expect(&no_limits, "POST / HTTP/2.0\r\nContent-Length: 2\r\n\r\n{}",
	       REFUSED("505 HTTP Version Not Supported", "41") "-32700 the HTTP version is not 1.0 or 1.1[close]");
	expect(&tight, "POST / HTTP/1.1\r\nContent-Length: 21\r\n\r\n\"2345678901234567890\"",
	       REFUSED("413 Content Too Large",
		       "63") "-32600 the text is longer than 20 bytes, the limit of a request[close]");
	expect(&tight,
	       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n\"234567890123456789\"\r\n1\r\n "
	       "\r\n0\r\n\r\n",
	       REFUSED("413 Content Too Large",
		       "63") "-32600 the text is longer than 20 bytes, the limit of a request[close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}",
	       "[open]" REFUSED("400 Bad Request",
				"54") "-32700 not HTTP: the connection ended inside a request[close]");
	static const char *const timeouts[] = { "", "0", "05", "-1", "1.5", "1s", "1234567890", "none", "1 2" };
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		char request[160];
		(void)snprintf(request, sizeof(request),
			       "POST / HTTP/1.1\r\nPreforge-Timeout-Ms: %s\r\nContent-Length: 2\r\n\r\n{}",
			       timeouts[i]);
		expect(&no_limits, request,
		       "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
		       "96\r\n\r\n-32600 the header Preforge-Timeout-Ms must be a whole number of milliseconds from 1 "
		       "to 999999999[open][close]");
	}
	expect(&no_limits, "POST / HTTP/1.1\r\nPreforge-Timeout-Ms:  999999999 \r\nContent-Length: 2\r\n\r\n{}",
	       OK("4") "<{}>[open][close]");
	/* an answer to HEAD has no body, one to what comes after it has */
	expect(&no_limits, "HEAD / HTTP/1.1\r\n\r\n~",
	       "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Type: application/json\r\nContent-Length: "
	       "59\r\n\r\n" REFUSED("400 Bad Request", "36") "-32700 not HTTP: invalid HTTP method[close]");
	expect(&no_limits, "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	       REFUSED("400 Bad Request", "49") "-32700 not HTTP: unexpected content-length header[close]");
}

#define HEADERS_TOO_LONG                                     \
	REFUSED("431 Request Header Fields Too Large", "57") \
	"-32700 the headers are longer than 120 bytes, their limit[close]"

static void http_header_limit(void **state)
{
	(void)state;
	char request[600];
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nX: %0500d\r\nContent-Length: 2\r\n\r\n{}", 0);
	expect(&tight, request, HEADERS_TOO_LONG);
	/* to the byte, whatever else is wrong behind it */
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nX: %077d\r\nContent-Length: 2\r\n\r\n{}", 0);
	expect(&tight, request, OK("4") "<{}>[open][close]");
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nX: %078d\r\nContent-Length: 2\r\n\r\n{}", 0);
	expect(&tight, request, HEADERS_TOO_LONG);
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nX: %0150d\x01", 0);
	expect(&tight, request, HEADERS_TOO_LONG);
}

static void last_answer(void **state)
{
	(void)state;
	struct framing *framing = framing_new(&no_limits);
	struct buffer out = BUFFER_INIT;
	assert_false(feed(framing, "POST / HTTP/1.1\r\n", 17, &out));
	assert_false(framing_is_idle(framing));
	framing_set_last(framing);
	assert_true(feed(framing, "Content-Length: 1\r\n\r\n1", 22, &out));
	buffer_append_char(&out, '\0');
	assert_string_equal(buffer_begin(&out), OK_CLOSE("3") "<1>[close]");
	buffer_free(&out);
	framing_free(framing);
}

static void idleness(void **state)
{
	(void)state;
	struct framing *framing = framing_new(&no_limits);
	struct buffer out = BUFFER_INIT;
	assert_true(framing_is_idle(framing));
	assert_false(feed(framing, "{}", 2, &out));
	assert_true(framing_is_idle(framing));
	framing_trim(framing);
	assert_false(feed(framing, "{", 1, &out));
	assert_false(framing_is_idle(framing));
	buffer_free(&out);
	framing_free(framing);
}

/* Each byte at each place, among bytes that are nearly special. */
static void plain_bytes_of_strings(void **state)
{
	(void)state;
	static const char around[] = { 'a', '!', '#', '[', ']', ' ', '\x7f', '\x80', '\xa2', '\xdc', '\xff' };
	for (size_t n = 0; n <= 24; n++) {
		for (size_t at = 0; at < n; at++) {
			for (int byte = 0; byte < 256; byte++) {
				char text[24];
				for (size_t i = 0; i < n; i++)
					text[i] = i == at ? (char)byte : around[(i + (size_t)byte) % sizeof(around)];
				bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
				assert_ptr_equal(json_skip_plain(text, text + n), text + (plain ? n : at));
			}
		}
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_stream),
		cmocka_unit_test(json_stream_mistakes),
		cmocka_unit_test(json_stream_limits),
		cmocka_unit_test(unknown_framing),
		cmocka_unit_test(headers),
		cmocka_unit_test(http),
		cmocka_unit_test(http_paths),
		cmocka_unit_test(http_refusals),
		cmocka_unit_test(http_header_limit),
		cmocka_unit_test(last_answer),
		cmocka_unit_test(idleness),
		cmocka_unit_test(plain_bytes_of_strings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
