/* A worker and clients that behave well and badly. */
#include "config.h"

#include "t/unit/embed.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "t/unit/workers.h"

static void answers_in_order(void **state)
{
	(void)state;
	start(1);
	int fd = connect_client();
	call(fd, CALL("echo", "[1]"), RESULT("1") "\n");
	call(fd,
	     CALL("echo", "[1]") NOTIFY("nothing", "[]")
		     CALL("echo", "[2]") "[" CALL("echo", "[3]") "]" CALL("echo", "[4]"),
	     RESULT("1") "\n" RESULT("2") "\n[" RESULT("3") "]\n" RESULT("4") "\n");
	/* in pieces */
	send_text(fd, "{\"jsonrpc\":\"2.0\",\"meth");
	send_text(fd, "od\":\"echo\",\"params\":[\"");
	call(fd, "x\"],\"id\":1}", RESULT("\"x\"") "\n");
	(void)close(fd);
	assert_int_equal(atomic_load(&counters[0].requests), 7);
	assert_int_equal(atomic_load(&counters[0].errors), 0);
	assert_int_equal(atomic_load(&counters[0].connections), 1);
	assert_int_equal(atomic_load(&counters[0].busy_since_us), 0);
}

static void http_and_headers(void **state)
{
	(void)state;
	start(1);
	int fd = connect_client();
	call(fd, "POST / HTTP/1.1\r\nContent-Length: 54\r\n\r\n" CALL("echo", "[1]"),
	     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n" RESULT("1"));
	/* the end is announced, then comes */
	call(fd, "POST / HTTP/1.0\r\nContent-Length: 54\r\n\r\n" CALL("echo", "[1]"),
	     "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
	     "35\r\n\r\n" RESULT("1"));
	expect_end(fd);
	(void)close(fd);
	fd = connect_client();
	call(fd, "Content-Length: 54\r\n\r\n" CALL("echo", "[1]"), "Content-Length: 35\r\n\r\n" RESULT("1"));
	(void)close(fd);
}

static void half_closed_clients_get_answers(void **state)
{
	(void)state;
	start(1);
	int fd = connect_client();
	send_text(fd, CALL("echo", "[1]") CALL("echo", "[2]") "{");
	(void)shutdown(fd, SHUT_WR);
	expect_text(fd, RESULT("1") "\n" RESULT(
				"2") "\n"
				     "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse "
				     "error\",\"data\":\"expected a "
				     "name in double quotes or '}' at byte 1, found the end\"},\"id\":null}\n");
	expect_end(fd);
	(void)close(fd);
}

/* Refused while still sending: the refusal arrives all the same. */
static void refused_clients_hear_why(void **state)
{
	(void)state;
	start(1);
	int fd = connect_client();
	char *much = malloc(3 << 20);
	memset(much, ' ', 3 << 20);
	memcpy(much, "\"", 1);
	assert_int_equal(send(fd, much, 3 << 20, MSG_NOSIGNAL), 3 << 20);
	free(much);
	expect_text(fd, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid "
			"Request\",\"data\":\"the text is "
			"longer than 1048576 bytes, the limit of a request\"},\"id\":null}\n");
	expect_end(fd);
	(void)close(fd);
	fd = connect_client();
	send_text(fd, "EHLO example.org\r\n");
	expect_text(fd, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse "
			"error\",\"data\":\"unknown framing: ");
	(void)close(fd);
}

/* A client that sends and does not read stops being read; the others go on; when it reads, all answers are there. */
static void back_pressure(void **state)
{
	(void)state;
	start(1);
	int slow = connect_client(), other = connect_client();
	const char *request = CALL("big", "[100000]");
	size_t n = strlen(request), sent = 0;
	/* Until the worker takes no more: both directions are full, and it waits. */
	for (;;) {
		call(other, CALL("echo", "[1]"), RESULT("1") "\n");
		ssize_t r = send(slow, request, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r < 0)
			break;
		assert_int_equal(r, n);
		sent++;
	}
	uint64_t done = atomic_load(&counters[0].requests);
	assert_true(done < 2 * sent); /* the other's, and fewer than all */
	call(other, CALL("echo", "[1]"), RESULT("1") "\n");
	char *answer = calloc(1, 100000 + 200);
	(void)snprintf(answer, 200, "{\"jsonrpc\":\"2.0\",\"result\":\"");
	memset(answer + strlen(answer), 'x', 100000);
	strcat(answer, "\",\"id\":1}\n");
	for (size_t i = 0; i < sent; i++)
		expect_text(slow, answer);
	free(answer);
	call(slow, CALL("echo", "[1]"), RESULT("1") "\n");
	(void)close(slow);
	(void)close(other);
}

/* The answers before it are out before a slow call begins. */
static void slow_call_holds_back_no_answer(void **state)
{
	(void)state;
	struct held held = hold(-1);
	start(1);
	held.fd = connect_client();
	begin(&held, CALL("echo", "[1]"));
	expect_text(held.fd, RESULT("1") "\n");
	assert_int_equal(atomic_load(&counters[0].state), WORKER_BUSY);
	assert_true(atomic_load(&counters[0].busy_since_us) > 0);
	release(&held);
	expect_text(held.fd, RESULT("1") "\n");
	(void)close(held.fd);
	held_free(&held);
}

/* What was received completely before SIGTERM is answered, the rest is not awaited. */
static void stops_after_what_it_has(void **state)
{
	(void)state;
	struct held held = hold(-1);
	start(1);
	held.fd = connect_client();
	int idle = connect_client(), half = connect_client(), waiting = connect_client(), http = connect_client();
	call(idle, CALL("echo", "[1]"), RESULT("1") "\n");
	call(half, CALL("echo", "[1]") "{\"jsonrpc\"", RESULT("1") "\n");
	call(waiting, CALL("echo", "[1]"), RESULT("1") "\n");
	call(http, "POST / HTTP/1.1\r\nContent-Length: 43\r\n\r\n" NOTIFY("x", "[]"),
	     "HTTP/1.1 204 No Content\r\n\r\n");
	begin(&held, "");
	send_text(waiting, CALL("echo", "[2]") CALL("echo", "[3]"));
	assert_int_equal(kill(workers[0], SIGINT), 0); /* the terminal's: means nothing here */
	assert_int_equal(kill(workers[0], SIGTERM), 0);
	release(&held);
	expect_text(held.fd, RESULT("1") "\n");
	expect_end(held.fd);
	expect_text(waiting, RESULT("2") "\n" RESULT("3") "\n");
	expect_end(waiting);
	expect_end(idle);
	expect_end(half);
	assert_int_equal(wait_worker(0), 0);
	int fds[] = { held.fd, idle, half, waiting, http };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		(void)close(fds[i]);
	held_free(&held);
}

#define LOST                                                                    \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32004,\"message\":\"Worker " \
	"lost\",\"data\":{\"reason\":\"worker_lost\","                          \
	"\"retry\":false,\"detail\":\"the process that performed the request has crashed\"}},\"id\":1}"

/* Whoever asked for the call hears of its crash, and the process ends as it would have. */
static void crashes_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *request;
		int signal;
	} crashes[] = {
		{ CALL("crash", "[]"), SIGSEGV },
		{ CALL("overflow", "[]"), SIGSEGV },
		{ CALL("abort", "[]"), SIGABRT },
		{ CALL("killed", "[8]"), SIGFPE },
	};
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		start(1);
		int fd = connect_client();
		send_text(fd, CALL("echo", "[1]"));
		call(fd, crashes[i].request, RESULT("1") "\n" LOST "\n");
		expect_end(fd);
		int status = wait_worker(0);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), crashes[i].signal);
		(void)close(fd);
		(void)stop(NULL);
	}
	start(1);
	int fd = connect_client();
	char request[300];
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s",
		       strlen(CALL("crash", "[]")), CALL("crash", "[]"));
	call(fd, request, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 180\r\n\r\n" LOST);
	expect_end(fd);
	(void)wait_worker(0);
	(void)close(fd);
}

static void survives_what_methods_do(void **state)
{
	(void)state;
	start(1);
	int fd = connect_client();
	call(fd, CALL("forks", "[]"), RESULT("0") "\n"); /* the child left without a word */
	call(fd, CALL("exits", "[]"), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32001,\"message\":\"SystemExit: 1\",");
	expect_text(fd, "\"data\":{\"type\":\"SystemExit\",\"message\":\"1\",\"module\":\"builtins\"}},\"id\":1}\n");
	call(fd, CALL("child_signals", "[]"), RESULT("[0,0]") "\n");
	(void)close(fd);
}

/* The user's threads run while the worker waits. */
static void threads_run_while_it_waits(void **state)
{
	(void)state;
	struct held held = hold(-1);
	start(1);
	int fd = connect_client();
	char request[200];
	(void)snprintf(request, sizeof(request), CALL("thread", "[%d]"), held.end[0]);
	call(fd, request, RESULT("null") "\n");
	release(&held);
	for (int tries = 0; tries < 1000; tries++) {
		char answer[100];
		send_text(fd, CALL("ticked", "[]"));
		ssize_t n = recv(fd, answer, sizeof(answer) - 1, 0);
		assert_true(n > 0);
		answer[n] = '\0';
		if (strcmp(answer, RESULT("1") "\n") == 0)
			break;
		assert_string_equal(answer, RESULT("0") "\n");
		(void)poll(NULL, 0, 5);
		assert_true(tries < 999);
	}
	(void)close(fd);
	held_free(&held);
}

/* What comes after the worker was asked to stop, and has done what was there, is not begun, and hears so. */
static void late_requests_are_refused(void **state)
{
	(void)state;
	struct held held = hold(-1), last = hold(-1);
	start(1);
	held.fd = connect_client();
	last.fd = connect_client();
	int late = connect_client();
	call(last.fd, CALL("echo", "[1]"), RESULT("1") "\n");
	call(late, CALL("echo", "[1]"), RESULT("1") "\n");
	begin(&held, "");
	char request[200], byte;
	(void)snprintf(request, sizeof(request), CALL("hold", "[%d, %d]"), last.begun[1], last.end[0]);
	send_text(last.fd, request);
	assert_int_equal(kill(workers[0], SIGTERM), 0);
	release(&held);
	/* The youngest connection has its turn first, so that of late was before this call. */
	assert_int_equal(read(last.begun[0], &byte, 1), 1);
	send_text(late, CALL("echo", "[2]") CALL("echo", "[3]"));
	release(&last);
	static const char refusal[] =
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32003,\"message\":\"Server shutting down\",\"data\":"
		"{\"reason\":\"shutting_down\",\"retry\":true,\"detail\":\"the server is shutting down\"}},\"id\":1}\n";
	expect_text(late, refusal);
	expect_text(late, refusal);
	expect_end(late);
	expect_text(held.fd, RESULT("1") "\n");
	expect_text(last.fd, RESULT("1") "\n");
	assert_int_equal(wait_worker(0), 0);
	int fds[] = { held.fd, last.fd, late };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		(void)close(fds[i]);
	held_free(&held);
	held_free(&last);
}

static void connections_are_limited(void **state)
{
	(void)state;
	limits.connections = 2;
	start(2);
	int fd[2] = { connect_client(), connect_client() }, third = connect_client();
	for (int i = 0; i < 2; i++)
		call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
	call(third, CALL("echo", "[1]"), OVERLOADED("there are as many connections as there may be") "\n");
	expect_end(third);
	(void)close(third);
	(void)close(fd[0]);
	/* Its end is seen sooner or later. */
	for (int looks = 0; atomic_load(&counters[0].open) + atomic_load(&counters[1].open) > 1; looks++) {
		assert_true(looks < 10000);
		(void)poll(NULL, 0, 1);
	}
	third = connect_client();
	call(third, CALL("echo", "[1]"), RESULT("1") "\n");
	(void)close(third);
	(void)close(fd[1]);
}

static void connections_of_a_peer_are_limited(void **state)
{
	(void)state;
	limits.connections_per_peer = 1;
	start(2);
	int fd = connect_client(), second;
	call(fd, CALL("echo", "[1]"), RESULT("1") "\n");
	second = connect_client();
	call(second, CALL("echo", "[1]"), OVERLOADED("there are as many connections of yours as there may be") "\n");
	expect_end(second);
	(void)close(second);
	(void)close(fd);
}

static void strangers_are_refused(void **state)
{
	(void)state;
	static const uid_t other[] = { 4711 };
	static uid_t own;
	own = geteuid();
	listeners[0].users = other;
	listeners[0].n_users = 1;
	start(1);
	int fd = connect_client();
	call(fd, CALL("echo", "[1]"),
	     "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32005,\"message\":\"Not "
	     "allowed\",\"data\":{\"reason\":\"denied\",\"retry\":false,\"detail\":\"your "
	     "user and groups may not send requests to this socket\"}},\"id\":1}\n");
	expect_end(fd);
	(void)close(fd);
	(void)stop(NULL);
	listeners[0].users = &own;
	listeners[0].n_users = 1;
	start(1);
	fd = connect_client();
	call(fd, CALL("echo", "[1]"), RESULT("1") "\n");
	(void)close(fd);
	(void)stop(NULL);
	static gid_t group;
	group = getegid();
	listeners[0].groups = &group;
	listeners[0].n_groups = 1;
	start(1);
	fd = connect_client();
	call(fd, CALL("echo", "[1]"), RESULT("1") "\n");
	(void)close(fd);
}

/* One that is silent, one that does not finish its request, one that does not read. */
static void slow_clients_are_cut_off(void **state)
{
	(void)state;
	limits.read_us = limits.write_us = 50000;
	limits.idle_us = 100000;
	start(1);
	int silent = connect_client(), half = connect_client(), http = connect_client(), idle = connect_client();
	call(idle, CALL("echo", "[1]"), RESULT("1") "\n");
	send_text(half, "{\"jsonrpc\":");
	send_text(http, "POST / HTTP/1.1\r\nContent-");
	expect_end(silent);
	expect_text(half,
		    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid "
		    "Request\",\"data\":\"the request has not arrived completely within 0.05 s\"},\"id\":null}\n");
	expect_end(half);
	expect_text(http, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n");
	expect_end(idle);
	int deaf = connect_client();
	send_text(deaf, CALL("big", "[10000000]"));
	(void)poll(NULL, 0, 1);
	for (int looks = 0; atomic_load(&counters[0].open) > 0; looks++) {
		assert_true(looks < 10000);
		(void)poll(NULL, 0, 1);
	}
	int fds[] = { silent, half, http, idle, deaf };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		(void)close(fds[i]);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(answers_in_order, stop),
		cmocka_unit_test_teardown(http_and_headers, stop),
		cmocka_unit_test_teardown(half_closed_clients_get_answers, stop),
		cmocka_unit_test_teardown(refused_clients_hear_why, stop),
		cmocka_unit_test_teardown(back_pressure, stop),
		cmocka_unit_test_teardown(slow_call_holds_back_no_answer, stop),
		cmocka_unit_test_teardown(stops_after_what_it_has, stop),
		cmocka_unit_test_teardown(crashes_are_told, stop),
		cmocka_unit_test_teardown(survives_what_methods_do, stop),
		cmocka_unit_test_teardown(threads_run_while_it_waits, stop),
		cmocka_unit_test_teardown(late_requests_are_refused, stop),
		cmocka_unit_test_teardown(connections_are_limited, stop),
		cmocka_unit_test_teardown(connections_of_a_peer_are_limited, stop),
		cmocka_unit_test_teardown(strangers_are_refused, stop),
		cmocka_unit_test_teardown(slow_clients_are_cut_off, stop),
	};
	return cmocka_run_group_tests(tests, prepare_workers, forget_workers);
}
