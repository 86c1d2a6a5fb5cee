/* Tests of daemon/control.c: the server in an event loop, the client a plain socket. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/control.h"

struct fixture {
	sd_event *event;
	struct control *control;
	int listening, client;
	struct control_call *kept;
};

static void run_large(struct control_call *call, void *userdata)
{
	(void)userdata;
	size_t size = 4 << 20;
	char *text = malloc(size + 1);
	memset(text, 'x', size);
	text[size] = '\0';
	control_reply(call, json_string(text));
	free(text);
}

static void run_later(struct control_call *call, void *userdata)
{
	struct fixture *f = userdata;
	f->kept = call;
}

static const struct control_method methods[] = { { "large", run_large }, { "later", run_later }, { 0 } };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(sa_family_t); /* unix(7): the kernel picks an abstract name */
	struct cause cause;
	f->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(f->listening, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(f->listening, 5), 0);
	size = sizeof(address);
	assert_int_equal(getsockname(f->listening, (struct sockaddr *)&address, &size), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(control_create(f->event, f->listening, geteuid(), methods, f, &f->control, &cause), 0);
	f->client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(f->client, (struct sockaddr *)&address, size), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	(void)control_free(f->control);
	(void)sd_event_unref(f->event);
	(void)close_fd(f->client);
	(void)close_fd(f->listening);
	free(f);
	return 0;
}

static void run(struct fixture *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

static void ask_and_close(struct fixture *f, const char *request)
{
	assert_int_equal(send(f->client, request, strlen(request), 0), strlen(request));
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	run(f);
}

/* All that comes until the server closes. */
static size_t receive_all(struct fixture *f, char *first, size_t size)
{
	size_t total = 0;
	char bytes[65536];
	for (ssize_t n; (n = recv(f->client, bytes, sizeof(bytes), MSG_DONTWAIT)) != 0; run(f)) {
		for (ssize_t i = 0; i < n && total + (size_t)i < size; i++)
			first[total + (size_t)i] = bytes[i];
		total += n > 0 ? (size_t)n : 0;
	}
	return total;
}

static void a_large_answer_reaches_who_closed_its_side(void **state)
{
	struct fixture *f = *state;
	ask_and_close(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
	char first[32] = "";
	size_t frame = strlen("{\"jsonrpc\":\"2.0\",\"result\":\"\",\"id\":1}\n");
	assert_int_equal(receive_all(f, first, sizeof(first) - 1), (4 << 20) + frame);
}

static void so_does_a_late_one(void **state)
{
	struct fixture *f = *state;
	ask_and_close(f, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"later\"}\n");
	char text[64] = "";
	assert_int_equal(recv(f->client, text, sizeof(text), MSG_DONTWAIT), -1);
	control_fail(f->kept, -32000, "no");
	(void)receive_all(f, text, sizeof(text) - 1);
	assert_memory_equal(text, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"no\"},\"id\":\"a", 63);
}

static void an_answer_to_nobody_is_dropped(void **state)
{
	struct fixture *f = *state;
	ask_and_close(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"later\"}\n");
	f->client = close_fd(f->client);
	run(f);
	control_reply(f->kept, json_true());
	run(f);
}

static void clients_beyond_the_bound_are_turned_away(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int clients[CONTROL_CLIENTS_MAX];
	assert_int_equal(getpeername(f->client, (struct sockaddr *)&address, &size), 0);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		run(f);
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(clients[i], (struct sockaddr *)&address, size), 0);
	}
	run(f);
	char byte;
	assert_int_equal(recv(clients[CONTROL_CLIENTS_MAX - 2], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(recv(clients[CONTROL_CLIENTS_MAX - 1], &byte, 1, MSG_DONTWAIT), 0);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		(void)close_fd(clients[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_large_answer_reaches_who_closed_its_side, setup, teardown),
		cmocka_unit_test_setup_teardown(so_does_a_late_one, setup, teardown),
		cmocka_unit_test_setup_teardown(an_answer_to_nobody_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(clients_beyond_the_bound_are_turned_away, setup, teardown),
	};
	log_init("control", LOG_ERR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
