/* Workers that share their clients: who serves whom, and when. */
#include "config.h"

#include "t/unit/embed.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "t/unit/workers.h"

#define TOO_MANY_WAIT "as many requests wait as may; try again later"

/* While one worker is busy, new connections go to the other. */
static void busy_worker_accepts_nothing(void **state)
{
	(void)state;
	struct held held = hold(-1);
	start(2);
	held.fd = connect_client();
	begin(&held, "");
	for (int i = 0; i < 20; i++) {
		int fd = connect_client();
		call(fd, CALL("echo", "[1]"), RESULT("1") "\n");
		(void)close(fd);
	}
	size_t busy = atomic_load(&counters[0].busy_since_us) > 0 ? 0 : 1;
	assert_int_equal(atomic_load(&counters[busy].connections), 1);
	assert_int_equal(atomic_load(&counters[1 - busy].connections), 20);
	release(&held);
	expect_text(held.fd, RESULT("1") "\n");
	(void)close(held.fd);
	held_free(&held);
}

/* Idle workers take turns, so that connections that stay are spread. */
static void idle_workers_take_turns(void **state)
{
	(void)state;
	start(4);
	int fd[40];
	for (int i = 0; i < 40; i++) {
		wait_until_idle(4);
		fd[i] = connect_client();
		call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
	}
	/* Nearly 10 each: a worker may look by itself once a second.  Without turns one gets all. */
	for (int i = 0; i < 4; i++)
		assert_in_range(atomic_load(&counters[i].connections), 6, 14);
	for (int i = 0; i < 40; i++)
		(void)close(fd[i]);
}

/* Connections of a worker that is in a long call are served by one that is not, whatever they have sent of their
 * requests when it begins. */
static void busy_worker_gives_connections_away(void **state)
{
	(void)state;
	struct held held = hold(-1);
	limits.handover_us = 1000;
	start(2);
	enum { N = 12 };
	static const char http[] = "POST / HTTP/1.1\r\nContent-Length: 54\r\n\r\n" CALL("echo", "[7]");
	int fd[N];
	for (int i = 0; i < N; i++) {
		fd[i] = connect_client();
		call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
	}
	/* Which of the two is the busy one's is not known: so all are tried. */
	int half = connect_client(), post = connect_client(), framed = connect_client();
	call(half, CALL("echo", "[1]") "{\"jsonrpc\":", RESULT("1") "\n");
	assert_int_equal(send(post, http, 50, MSG_NOSIGNAL), 50);
	call(framed, "Content-Length: 54\r\n\r\n" CALL("echo", "[1]") "Content-Le",
	     "Content-Length: 35\r\n\r\n" RESULT("1"));
	held.fd = fd[0];
	begin(&held, "");
	for (int round = 0; round < 2; round++)
		for (int i = 1; i < N; i++)
			call(fd[i], CALL("echo", "[2]"), RESULT("2") "\n");
	call(half, "\"2.0\",\"method\":\"echo\",\"params\":[3],\"id\":1}", RESULT("3") "\n");
	call(post, http + 50,
	     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n" RESULT("7"));
	call(framed, "ngth: 54\r\n\r\n" CALL("echo", "[4]"), "Content-Length: 35\r\n\r\n" RESULT("4"));
	/* More requests of the caller's wait for its answer. */
	send_text(held.fd, CALL("echo", "[5]"));
	release(&held);
	expect_text(held.fd, RESULT("1") "\n" RESULT("5") "\n");
	for (int i = 0; i < N; i++)
		(void)close(fd[i]);
	(void)close(half);
	(void)close(post);
	(void)close(framed);
	held_free(&held);
}

/* Let four clients ask again and again.  Is one of them given away, to the worker that is made up? */
static bool gives_one_away(bool is_expected)
{
	enum { CLIENTS = 4, REQUESTS = 400, ROUNDS = 100, LENGTH = sizeof(CALL("echo", "[1]")) - 1 };
	static char requests[REQUESTS * LENGTH + 1];
	struct exchange_item item;
	bool is_given = false;
	int fd[CLIENTS];
	start(1);
	for (int i = 0; i < CLIENTS; i++)
		fd[i] = connect_client();
	for (size_t i = 0; i < REQUESTS; i++)
		memcpy(requests + i * LENGTH, CALL("echo", "[1]"), LENGTH + 1);
	uint64_t most = is_expected ? ROUNDS : 5;
	for (uint64_t round = 1; round <= most && !is_given; round++) {
		for (int i = 0; i < CLIENTS; i++)
			send_text(fd[i], requests);
		while (!is_given && atomic_load(&counters[0].requests) < round * CLIENTS * REQUESTS)
			is_given = exchange_receive(&exchange, 1 << 20, &item) == 0;
		for (int i = 0; i < CLIENTS * REQUESTS && !is_given; i++)
			expect_text(fd[i % CLIENTS], RESULT("1") "\n");
	}
	if (is_given) {
		(void)close(item.fd);
		free((void *)item.bytes);
	}
	for (int i = 0; i < CLIENTS; i++)
		(void)close(fd[i]);
	(void)stop(NULL);
	return is_given;
}

static void requests_wait_about_as_long_everywhere(void **state)
{
	(void)state;
	const struct {
		uint64_t wait_ns, since_us; /* how long those of the other worker wait; since when its call runs */
		bool gives;
	} cases[] = { { 0, 0, true }, { UINT64_MAX, 0, false }, { 0, 1, false } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_up = (struct worker_counters){ .state = WORKER_BUSY,
						    .wait_ns = cases[i].wait_ns,
						    .busy_since_us = cases[i].since_us };
		limits.handover_us = 60000000; /* no call is so long that its worker gives all away */
		assert_int_equal(gives_one_away(cases[i].gives), cases[i].gives);
	}
}

/* How long a worker has waited for a CPU, as the kernel would say it. */
static void set_cpu_wait(int file, uint64_t ns)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "1 %020" PRIu64 " 1\n", ns);
	assert_int_equal(pwrite(file, text, (size_t)n, 0), n);
}

static bool is_left_alone(size_t i)
{
	return atomic_load(&counters[i].aside_since_us) > 0 && atomic_load(&counters[i].open) == 0;
}

/* Workers that wait for CPUs all the time become one, until that is in a long call. */
static void crowded_worker_steps_aside(void **state)
{
	(void)state;
	enum { N = 6, ROUNDS = 100000 };
	char path[64];
	cleanup_fd int file = memfd_create("schedstat", MFD_CLOEXEC);
	assert_true(file >= 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), file);
	set_cpu_wait(file, 0);
	struct held held = hold(-1);
	limits.handover_us = 1000;
	setup.schedstat = path;
	start(2);
	setup.schedstat = NULL;
	int fd[N];
	for (int i = 0; i < N; i++)
		fd[i] = connect_client();
	for (uint64_t round = 1; !is_left_alone(0) && !is_left_alone(1); round++) {
		assert_true(round < ROUNDS);
		set_cpu_wait(file, round * 1000000000);
		for (int i = 0; i < N; i++)
			call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
	}
	int newcomer = connect_client();
	call(newcomer, CALL("echo", "[2]"), RESULT("2") "\n");
	held.fd = fd[0];
	begin(&held, "");
	for (int i = 1; i < N; i++)
		call(fd[i], CALL("echo", "[3]"), RESULT("3") "\n");
	call(newcomer, CALL("echo", "[4]"), RESULT("4") "\n");
	for (int i = 0; i < 2; i++)
		assert_int_equal(atomic_load(&counters[i].aside_since_us), 0);
	release(&held);
	expect_text(held.fd, RESULT("1") "\n");
	for (int i = 0; i < N; i++)
		(void)close(fd[i]);
	(void)close(newcomer);
	held_free(&held);
}

/* While all are busy: health is answered, answers go on being written, and when too many wait they hear so. */
static void all_are_busy(void **state)
{
	(void)state;
	struct held held = hold(-1);
	limits.handover_us = 1000;
	limits.queue = 2;
	start(1);
	int waiting[2] = { connect_client(), connect_client() }, more = connect_client(), http = connect_client();
	held.fd = connect_client();
	begin(&held, "");
	for (int i = 0; i < 2; i++) {
		send_text(waiting[i], CALL("echo", "[1]"));
		for (int looks = 0; exchange_waiting(&exchange) != (size_t)i + 1; looks++) {
			assert_true(looks < 10000);
			(void)poll(NULL, 0, 1);
		}
	}
	call(more, CALL("echo", "[1]") NOTIFY("echo", "[1]"), OVERLOADED(TOO_MANY_WAIT) "\n");
	call(http, "GET /healthz HTTP/1.1\r\n\r\n",
	     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"ok\"}\n");
	call(http, "POST / HTTP/1.1\r\nContent-Length: 54\r\n\r\n" CALL("echo", "[1]"),
	     "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/json\r\nContent-Length: "
	     "179\r\n\r\n" OVERLOADED(TOO_MANY_WAIT));
	release(&held);
	for (int i = 0; i < 2; i++)
		expect_text(waiting[i], RESULT("1") "\n");
	expect_text(held.fd, RESULT("1") "\n");
	call(more, CALL("echo", "[1]"), RESULT("1") "\n");
	int fds[] = { waiting[0], waiting[1], more, http, held.fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		(void)close(fds[i]);
	held_free(&held);
}

/* The master dies while a client has connected that one worker leaves to another, and that one does not come to accept.
 */
static void nobody_waits_at_a_dead_door(void **state)
{
	(void)state;
	struct held held = hold(-1);
	int lifeline[2];
	assert_int_equal(pipe(lifeline), 0);
	setup.lifeline = lifeline[0];
	lifeline_of_master = lifeline[1];
	listeners[0].ours = true;
	limits.handover_us = 1000;
	start(2);
	held.fd = connect_client();
	begin(&held, "");
	int busy = atomic_load(&counters[0].state) == WORKER_BUSY ? 0 : 1;
	assert_int_equal(kill(workers[1 - busy], SIGSTOP), 0);
	int late = connect_client();
	lifeline_of_master = close_fd(lifeline_of_master);
	expect_end(late);
	assert_int_equal(kill(workers[1 - busy], SIGCONT), 0);
	release(&held);
	expect_text(held.fd, RESULT("1") "\n");
	assert_int_equal(wait_worker(0), 0);
	assert_int_equal(wait_worker(1), 0);
	(void)close(late);
	(void)close(held.fd);
	(void)close(lifeline[0]);
	held_free(&held);
	setup.lifeline = 0;
	listeners[0].ours = false;
}

/* Who asks before it has read is no load: it is served when it has read. */
static void unread_answers_go_first(void **state)
{
	(void)state;
	enum { LONG = 400000 };
	struct held held = hold(-1);
	limits.handover_us = 1000;
	start(1);
	char *request = malloc(LONG + 100), *answer = malloc(LONG + 100);
	assert_true(request && answer);
	(void)sprintf(request, CALL("echo", "[\"%0*d\"]"), LONG, 7);
	(void)sprintf(answer, RESULT("\"%0*d\"") "\n", LONG, 7);
	int slow = connect_client(), next = connect_client();
	held.fd = connect_client();
	send_text(slow, request);
	call(next, CALL("echo", "[1]"), RESULT("1") "\n");
	begin(&held, "");
	send_text(slow, CALL("echo", "[2]"));
	send_text(next, CALL("echo", "[3]"));
	wait_until_exchanged(1); /* next's; whatever the stand-in makes of the other one, it has done */
	expect_text(slow, answer);
	wait_until_exchanged(2);
	release(&held);
	expect_text(slow, RESULT("2") "\n");
	expect_text(next, RESULT("3") "\n");
	(void)close(slow);
	(void)close(next);
	(void)close(held.fd);
	held_free(&held);
	free(request);
	free(answer);
}

/* A client whose connection another worker has left in the exchange. */
static int exchanged_client(const char *request)
{
	int pair[2];
	struct framing *framing = framing_new(&setup.limits);
	struct exchange_item item = { .late_us = UINT64_MAX };
	assert_non_null(framing);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	send_text(pair[0], request);
	item.fd = pair[1];
	item.state = framing_export(framing, &item.bytes, &item.length);
	assert_int_equal(exchange_send(&exchange, &item), 0);
	framing_free(framing);
	(void)close(pair[1]);
	return pair[0];
}

/* The number in the answer to count(). */
static int answered_as(int fd)
{
	char answer[100];
	ssize_t n = recv(fd, answer, sizeof(answer) - 1, 0);
	assert_true(n > 0);
	answer[n] = '\0';
	const char *result = strstr(answer, "\"result\":");
	assert_non_null(result);
	return atoi(result + strlen("\"result\":"));
}

/* Who waits in the exchange has turns beside those who wait here, also if these are many. */
static void exchange_has_its_turns(void **state)
{
	(void)state;
	enum { N = 8 };
	struct held gate = hold(-1), first = hold(-1);
	int fd[N];
	limits.handover_us = 60000000;
	start(1);
	gate.fd = connect_client();
	first.fd = connect_client();
	for (int i = 0; i < N; i++) {
		fd[i] = connect_client();
		call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
	}
	begin(&gate, "");
	char request[200], byte;
	(void)snprintf(request, sizeof(request), CALL("hold", "[%d, %d]"), first.begun[1], first.end[0]);
	send_text(first.fd, request);
	for (int i = 0; i < N; i++)
		send_text(fd[i], CALL("count", "[]"));
	release(&gate);
	/* All of them stand in line. */
	assert_int_equal(read(first.begun[0], &byte, 1), 1);
	int other = exchanged_client(CALL("count", "[]"));
	(void)poll(NULL, 0, 2);
	release(&first);
	assert_in_range(answered_as(other), 1, 3);
	for (int i = 0; i < N; i++) {
		assert_in_range(answered_as(fd[i]), 1, N + 1);
		(void)close(fd[i]);
	}
	(void)close(other);
	(void)close(first.fd);
	(void)close(gate.fd);
	held_free(&first);
	held_free(&gate);
}

/* Where calls take some time, who asks again goes to the end of the line. */
static void all_stand_in_one_line(void **state)
{
	(void)state;
	enum { N = 5, CALLS = 100 }; /* so many until it is clear that they take long */
	static const char request[] = CALL("count", "[0.002]");
	struct held held = hold(-1);
	limits.handover_us = 60000000;
	start(1);
	int again = connect_client(), other[N];
	for (int i = 1; i <= CALLS; i++) {
		send_text(again, request);
		assert_int_equal(answered_as(again), i);
	}
	held.fd = connect_client();
	begin(&held, "");
	for (int i = 0; i < CALLS; i++)
		send_text(again, request);
	for (int i = 0; i < N; i++)
		other[i] = exchanged_client(request);
	release(&held);
	for (int i = 0; i < N; i++) {
		assert_in_range(answered_as(other[i]), CALLS + 1, CALLS + N + 2);
		(void)close(other[i]);
	}
	(void)close(again);
	(void)close(held.fd);
	held_free(&held);
}

/* Clients that leave are not requests that wait, however many there are. */
static void disconnects_are_no_load(void **state)
{
	(void)state;
	enum { N = 40 };
	for (int busy = 0; busy < 2; busy++) {
		struct held held = hold(-1);
		limits.handover_us = busy ? 1000 : 0;
		limits.queue = 3;
		start(1);
		int fd[N], one = connect_client();
		for (int i = 0; i < N; i++) {
			fd[i] = connect_client();
			call(fd[i], CALL("echo", "[1]"), RESULT("1") "\n");
		}
		call(one, CALL("echo", "[1]"), RESULT("1") "\n");
		held.fd = connect_client();
		begin(&held, "");
		for (int i = 0; i < N; i++)
			(void)close(fd[i]);
		/* The busy worker's stand-in sees them, another worker when its call is over. */
		for (int looks = 0; busy && atomic_load(&counters[0].open) > 2; looks++) {
			assert_true(looks < 10000);
			(void)poll(NULL, 0, 1);
		}
		assert_int_equal(exchange_waiting(&exchange), 0);
		send_text(one, CALL("echo", "[2]"));
		release(&held);
		expect_text(one, RESULT("2") "\n");
		expect_text(held.fd, RESULT("1") "\n");
		(void)close(one);
		(void)close(held.fd);
		held_free(&held);
		(void)stop(NULL);
	}
}

/* The requests that wait in the exchange when all workers are asked to stop are answered. */
static void exchange_is_emptied_at_the_end(void **state)
{
	(void)state;
	struct held held = hold(-1);
	limits.handover_us = 1000;
	start(1);
	enum { N = 3 };
	int waiting[N];
	for (int i = 0; i < N; i++)
		waiting[i] = connect_client();
	held.fd = connect_client();
	begin(&held, "");
	for (int i = 0; i < N; i++)
		send_text(waiting[i], CALL("echo", "[1]"));
	for (int looks = 0; exchange_waiting(&exchange) != N; looks++) {
		assert_true(looks < 10000);
		(void)poll(NULL, 0, 1);
	}
	assert_int_equal(kill(workers[0], SIGTERM), 0);
	release(&held);
	for (int i = 0; i < N; i++) {
		expect_text(waiting[i], RESULT("1") "\n");
		expect_end(waiting[i]);
		(void)close(waiting[i]);
	}
	assert_int_equal(wait_worker(0), 0);
	expect_text(held.fd, RESULT("1") "\n");
	(void)close(held.fd);
	held_free(&held);
}

/* A request that comes byte by byte is late in time, though the connection goes from worker to worker. */
static void time_goes_on_elsewhere(void **state)
{
	(void)state;
	limits.handover_us = 1000;
	limits.read_us = 300000;
	struct held held = hold(-1);
	start(2);
	int busy[2] = { connect_client(), connect_client() }, slow = connect_client();
	static const char bytes[] = "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":[\"";
	size_t sent = 0;
	ssize_t n;
	char answer[300];
	do {
		/* Now one worker is in a call, now the other, and each time a byte arrives. */
		int i = (int)(sent % 2);
		held.fd = busy[i];
		begin(&held, "");
		call(busy[1 - i], CALL("echo", "[1]"), RESULT("1") "\n"); /* by the other worker, and it stays there */
		assert_int_equal(send(slow, sent < sizeof(bytes) - 1 ? &bytes[sent] : "x", 1, MSG_NOSIGNAL), 1);
		sent++;
		(void)poll(NULL, 0, 5);
		release(&held);
		expect_text(busy[i], RESULT("1") "\n");
		n = recv(slow, answer, sizeof(answer) - 1, MSG_DONTWAIT);
		assert_true(sent < 2000);
	} while (n < 0);
	answer[n] = '\0';
	assert_string_equal(answer, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid "
				    "Request\",\"data\":\"the request has not arrived completely within 0.3 "
				    "s\"},\"id\":null}\n");
	held_free(&held);
	(void)close(busy[0]);
	(void)close(busy[1]);
	(void)close(slow);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(busy_worker_accepts_nothing, stop),
		cmocka_unit_test_teardown(idle_workers_take_turns, stop),
		cmocka_unit_test_teardown(busy_worker_gives_connections_away, stop),
		cmocka_unit_test_teardown(requests_wait_about_as_long_everywhere, stop),
		cmocka_unit_test_teardown(crowded_worker_steps_aside, stop),
		cmocka_unit_test_teardown(all_are_busy, stop),
		cmocka_unit_test_teardown(nobody_waits_at_a_dead_door, stop),
		cmocka_unit_test_teardown(unread_answers_go_first, stop),
		cmocka_unit_test_teardown(exchange_has_its_turns, stop),
		cmocka_unit_test_teardown(all_stand_in_one_line, stop),
		cmocka_unit_test_teardown(disconnects_are_no_load, stop),
		cmocka_unit_test_teardown(exchange_is_emptied_at_the_end, stop),
		cmocka_unit_test_teardown(time_goes_on_elsewhere, stop),
	};
	return cmocka_run_group_tests(tests, prepare_workers, forget_workers);
}
