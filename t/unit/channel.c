/* Tests of common/channel.c: one end is a channel in an event loop, the other a plain socket. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "common/channel.h"
#include "common/cleanup.h"

struct peer {
	sd_event *event;
	struct channel *channel;
	int other;
	json_t *received; /* array */
	int closed;       /* result; 1: not yet */
	char cause[256];
	bool free_on_message;
	bool echo;
	int drained;
};

static void on_message(struct channel *channel, json_t *message, void *userdata)
{
	struct peer *p = userdata;
	assert_int_equal(json_array_append(p->received, message), 0);
	if (p->echo)
		assert_int_equal(channel_send(channel, message), 0);
	if (p->free_on_message)
		p->channel = channel_free(channel);
}

static void on_closed(struct channel *channel, int result, const char *cause, void *userdata)
{
	(void)channel;
	struct peer *p = userdata;
	assert_int_equal(p->closed, 1);
	p->closed = result;
	(void)snprintf(p->cause, sizeof(p->cause), "%s", cause);
}

static void on_drained(struct channel *channel, void *userdata)
{
	struct peer *p = userdata;
	assert_int_equal(channel_pending(channel), 0);
	p->drained++;
}

static const struct channel_handlers handlers = { .message = on_message, .closed = on_closed, .drained = on_drained };

static int setup_with(void **state, size_t line_max)
{
	struct peer *p = calloc(1, sizeof(*p));
	int fds[2];
	struct cause cause;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true(sd_event_new(&p->event) >= 0);
	assert_int_equal(channel_create(p->event, fds[0], line_max, &handlers, p, &p->channel, &cause), 0);
	p->other = fds[1];
	p->received = json_array();
	p->closed = 1;
	*state = p;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, 64);
}

static int setup_large(void **state)
{
	return setup_with(state, 0);
}

static int teardown(void **state)
{
	struct peer *p = *state;
	(void)channel_free(p->channel);
	(void)sd_event_unref(p->event);
	(void)close_fd(p->other);
	json_decref(p->received);
	free(p);
	return 0;
}

static void run(struct peer *p)
{
	while (sd_event_run(p->event, 0) > 0)
		;
}

static void say(struct peer *p, const char *text)
{
	assert_int_equal(send(p->other, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	run(p);
}

static void assert_received(struct peer *p, const char *expected)
{
	cleanup_free char *text = json_dumps(p->received, JSON_COMPACT);
	assert_string_equal(text, expected);
}

static void messages_come_whole(void **state)
{
	struct peer *p = *state;
	say(p, "{\"a\":1}\n{\"b\"");
	assert_received(p, "[{\"a\":1}]");
	say(p, ":2");
	assert_received(p, "[{\"a\":1}]");
	say(p, "}\r\n\n  \n3\n");
	assert_received(p, "[{\"a\":1},{\"b\":2},3]");
	assert_int_equal(p->closed, 1);
}

static void end_of_file_is_told_once(void **state)
{
	struct peer *p = *state;
	say(p, "{}\n");
	p->other = close_fd(p->other);
	run(p);
	assert_received(p, "[{}]");
	assert_int_equal(p->closed, 0);
	assert_string_equal(p->cause, "");
}

static void half_a_line_at_the_end_is_an_error(void **state)
{
	struct peer *p = *state;
	say(p, "{\"a\":");
	p->other = close_fd(p->other);
	run(p);
	assert_int_equal(p->closed, -EBADMSG);
	assert_string_equal(p->cause, "the peer closed in the middle of a line");
}

static void what_is_not_json_is_an_error(void **state)
{
	struct peer *p = *state;
	say(p, "{}\n{oops}\n{}\n");
	assert_received(p, "[{}]");
	assert_int_equal(p->closed, -EBADMSG);
	assert_string_equal(p->cause, "a line that is not JSON: string or '}' expected near 'oops' (byte 5)");
}

static void a_line_has_a_bound(void **state)
{
	struct peer *p = *state;
	char line[66];
	memset(line, 'x', sizeof(line));
	line[0] = '"';
	line[63] = '"';
	line[64] = '\n';
	line[65] = '\0';
	say(p, line); /* 64 bytes: just fits */
	assert_int_equal(json_array_size(p->received), 1);
	line[64] = 'x';
	say(p, line); /* 65, and no end in sight */
	assert_int_equal(p->closed, -EMSGSIZE);
	assert_string_equal(p->cause, "a line of more than 64 bytes");
}

static void a_handler_may_free_the_channel(void **state)
{
	struct peer *p = *state;
	p->free_on_message = true;
	say(p, "1\n2\n3\n");
	assert_received(p, "[1]");
	assert_null(p->channel);
}

static void answers_reach_a_peer_that_closed_its_side(void **state)
{
	struct peer *p = *state;
	p->echo = true;
	say(p, "[7]\n");
	assert_int_equal(shutdown(p->other, SHUT_WR), 0);
	run(p);
	assert_int_equal(p->closed, 0);
	assert_int_equal(channel_send_new(p->channel, json_pack("{s:i}", "late", 1)), 0);
	char text[64] = "";
	assert_int_equal(recv(p->other, text, sizeof(text) - 1, 0), 15);
	assert_string_equal(text, "[7]\n{\"late\":1}\n");
}

/* More than any socket buffer takes: partial writes, then partial reads, byte for byte. */
static void a_large_message_is_sent_in_parts(void **state)
{
	struct peer *p = *state;
	size_t size = 3 << 20;
	cleanup_free char *text = malloc(size + 1);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + i % 26);
	text[size] = '\0';
	assert_int_equal(channel_send_new(p->channel, json_string(text)), 0);
	assert_true(channel_pending(p->channel) > 0);
	assert_int_equal(channel_flush(p->channel, 1000), -ETIMEDOUT);

	cleanup_free char *got = malloc(size + 3);
	size_t used = 0;
	while (used < size + 3) {
		ssize_t n = recv(p->other, got + used, size + 3 - used, MSG_DONTWAIT);
		if (n > 0)
			used += (size_t)n;
		run(p);
	}
	assert_int_equal(channel_pending(p->channel), 0);
	assert_int_equal(p->drained, 1);
	assert_memory_equal(got + 1, text, size);
	assert_int_equal(got[size + 2], '\n');

	p->echo = false;
	for (size_t done = 0; done < used;) { /* and back */
		ssize_t n = send(p->other, got + done, used - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			done += (size_t)n;
		run(p);
	}
	assert_int_equal(json_array_size(p->received), 1);
	assert_string_equal(json_string_value(json_array_get(p->received, 0)), text);
}

static void who_does_not_read_is_not_sent_more(void **state)
{
	struct peer *p = *state;
	size_t size = 15 << 20;
	cleanup_free char *text = malloc(size + 1);
	memset(text, 'x', size);
	text[size] = '\0';
	json_t *message = json_string(text);
	assert_int_equal(channel_send(p->channel, message), 0);
	assert_int_equal(channel_send(p->channel, message), 0);
	assert_int_equal(channel_send(p->channel, message), -ENOBUFS);
	json_decref(message);
	assert_int_equal(channel_send_new(p->channel, NULL), -ENOMEM);
}

static void sending_to_nobody_is_an_error(void **state)
{
	struct peer *p = *state;
	p->other = close_fd(p->other);
	assert_int_equal(channel_send_new(p->channel, json_object()), -EPIPE);
	run(p);
	assert_int_equal(p->closed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_come_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(end_of_file_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_line_at_the_end_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_json_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_has_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(a_handler_may_free_the_channel, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_reach_a_peer_that_closed_its_side, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_message_is_sent_in_parts, setup_large, teardown),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_not_sent_more, setup_large, teardown),
		cmocka_unit_test_setup_teardown(sending_to_nobody_is_an_error, setup, teardown),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
