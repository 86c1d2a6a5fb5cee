/* Workers in child processes, and clients that behave well and badly. */
#include "config.h"

#include "t/unit/embed.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "workers/worker.h"

static const char source[] =
	"import os, subprocess, sys, threading, time\n"
	"def echo(value): return value\n"
	"def pid(): return os.getpid()\n"
	"def nothing(): pass\n"
	"def big(n): return 'x' * n\n"
	"calls = 0\n"
	"def count(seconds=0):\n"
	"    global calls\n"
	"    time.sleep(seconds)\n"
	"    calls += 1\n"
	"    return calls\n"
	/* A call that lasts as long as the test wants: says that it has begun, ends with its pipe. */
	"def hold(begun, end):\n"
	"    os.write(begun, b'b')\n"
	"    return len(os.read(end, 1))\n"
	"def forks():\n"
	"    child = os.fork()\n"
	"    if child == 0: return 'from the child'\n"
	"    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
	"def exits(): sys.exit(1)\n"
	"def crash():\n"
	"    import ctypes\n"
	"    ctypes.string_at(0)\n"
	"def overflow(): ctypes = __import__('ctypes'); f = ctypes.CFUNCTYPE(None)(lambda: f()); "
	"sys.setrecursionlimit(10**9); f()\n"
	"def abort(): os.abort()\n"
	"def killed(n): os.kill(os.getpid(), n)\n"
	"ticks = 0\n"
	"def _tick(end):\n"
	"    global ticks\n"
	"    while os.read(end, 1): ticks += 1\n"
	"    ticks = -1\n"
	"def thread(end): threading.Thread(target=_tick, args=(end,), daemon=True).start()\n"
	"def ticked(): return ticks\n"
	"def child_signals():\n"
	"    text = subprocess.run(['cat', '/proc/self/status'], capture_output=True, text=True).stdout\n"
	"    masks = dict(line.split(':') for line in text.splitlines())\n"
	"    both = 1 << 14 | 1 << 1\n"
	"    return [int(masks[m], 16) & both for m in ('SigBlk', 'SigIgn')]\n";

static struct worker_setup setup;
static struct worker_listener listeners[1];
static struct sockaddr_un address;
static int listener = -1;
static pid_t workers[4];
static struct worker_counters *counters; /* shared, one each */

static struct exchange exchange = EXCHANGE_NONE, elsewhere = EXCHANGE_NONE;
static struct peer_counter (*peers)[COUNTERS_PEERS];
static struct limits limits;
static struct worker_counters made_up; /* what one more worker says, which there is not, if it says anything */

static int lifeline_of_master = -1; /* the end that workers do not have */

static int serve(size_t i)
{
	struct cause cause = CAUSE_INIT;
	/* cmocka's handlers would go on with the tests in here. */
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	for (size_t k = 0; k < sizeof(fatal) / sizeof(fatal[0]); k++)
		(void)signal(fatal[k], SIG_DFL);
	lifeline_of_master = close_fd(lifeline_of_master);
	setup.counters = &counters[i];
	setup.slot = i;
	PyOS_AfterFork_Child();
	int r = worker_run(&setup, &cause);
	if (r < 0)
		fprintf(stderr, "worker: %s\n", cause.text);
	return r < 0 ? 1 : 0;
}

/* proc(5), stat: the third field, behind the name in parentheses. */
static bool sleeps(pid_t pid)
{
	char path[64], text[512] = "";
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	(void)fclose(file);
	const char *state = strrchr(text, ')');
	return state && state[1] == ' ' && state[2] == 'S';
}

/* Nobody announces that they wait for clients; ten thousand looks are 10 s. */
static void wait_until_idle(size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int looks = 0; atomic_load(&counters[i].state) != WORKER_IDLE || !sleeps(workers[i]); looks++) {
			assert_true(looks < 10000);
			(void)poll(NULL, 0, 1);
		}
}

static void start(size_t n)
{
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(listener >= 0);
	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	static int serial;
	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "preforge-test-%d-%d", getpid(), serial++);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 64), 0);
	listeners[0].fd = listener;
	setup.listeners = listeners;
	setup.n_listeners = 1;
	setup.limits = (struct framing_limits){ .request_bytes = 1 << 20, .health = true };
	setup.times = limits;
	setup.team = counters;
	setup.n_team = n + (made_up.state != WORKER_NONE);
	setup.peers = peers;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(exchange_open(&exchange, &cause), 0);
	setup.exchange = limits.handover_us ? &exchange : NULL;
	/* What a worker gives away to one that is made up stays there: it looks elsewhere for what others give. */
	static struct exchange crossed;
	if (setup.n_team > n) {
		assert_int_equal(exchange_open(&elsewhere, &cause), 0);
		crossed = (struct exchange){ .in = exchange.in, .out = elsewhere.out };
		setup.exchange = &crossed;
	}
	memset(counters, 0, sizeof(*counters) * 4);
	if (setup.n_team > n)
		counters[n] = made_up;
	memset(peers, 0, sizeof(*peers) * 4);
	for (size_t i = 0; i < n; i++) {
		PyOS_BeforeFork();
		workers[i] = fork();
		assert_true(workers[i] >= 0);
		if (workers[i] == 0)
			_exit(serve(i));
		PyOS_AfterFork_Parent();
	}
	wait_until_idle(n);
}

/* The status with which worker i ended. */
static int wait_worker(size_t i)
{
	int status;
	assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
	workers[i] = 0;
	return status;
}

/* After a failed test a worker may be in a call that nobody ends any more. */
static int end_worker(size_t i)
{
	(void)kill(workers[i], SIGTERM);
	int status;
	for (int looks = 0; looks < 10000; looks++) {
		if (waitpid(workers[i], &status, WNOHANG) == workers[i])
			return status;
		(void)poll(NULL, 0, 1);
	}
	(void)kill(workers[i], SIGKILL);
	(void)waitpid(workers[i], &status, 0);
	return status;
}

static int stop(void **state)
{
	(void)state;
	listener = close_fd(listener);
	exchange_close(&exchange);
	exchange_close(&elsewhere);
	limits = (struct limits){ .handover_us = 0 };
	made_up.state = WORKER_NONE;
	listeners[0].n_users = listeners[0].n_groups = 0;
	int bad = 0;
	for (size_t i = 0; i < 4; i++) {
		if (workers[i] > 0)
			bad |= end_worker(i);
		workers[i] = 0;
	}
	return bad;
}

static int connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	/* A lost answer fails the test instead of holding it up for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = 60 }, sizeof(struct timeval));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = 60 }, sizeof(struct timeval));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	size_t n = strlen(text);
	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

/* Exactly that comes. */
static void expect_text(int fd, const char *text)
{
	size_t n = strlen(text), got = 0;
	char *answer = calloc(1, n + 1);
	while (got < n) {
		ssize_t r = recv(fd, answer + got, n - got, 0);
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	assert_string_equal(answer, text);
	free(answer);
}

static void expect_end(int fd)
{
	char byte;
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

#define CALL(method, params)   "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params ",\"id\":1}\n"
#define NOTIFY(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}\n"
#define RESULT(result)         "{\"jsonrpc\":\"2.0\",\"result\":" result ",\"id\":1}"

static void call(int fd, const char *request, const char *answer)
{
	send_text(fd, request);
	expect_text(fd, answer);
}

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

struct held {
	int begun[2], end[2];
	int fd;
};

/* A call that runs until release() */
static struct held hold(int fd)
{
	struct held held = { .fd = fd };
	/* Inherited by the workers only if made before they are; so pass them by /proc. */
	assert_int_equal(pipe(held.begun), 0);
	assert_int_equal(pipe(held.end), 0);
	return held;
}

static void begin(struct held *held, const char *before)
{
	char request[300], byte;
	(void)snprintf(request, sizeof(request), "%s" CALL("hold", "[%d, %d]"), before, held->begun[1], held->end[0]);
	send_text(held->fd, request);
	assert_int_equal(read(held->begun[0], &byte, 1), 1);
}

static void release(struct held *held)
{
	assert_int_equal(write(held->end[1], "e", 1), 1);
}

static void held_free(struct held *held)
{
	for (int i = 0; i < 2; i++) {
		(void)close(held->begun[i]);
		(void)close(held->end[i]);
	}
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

#define OVERLOADED(detail)                                                                                        \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"Server overloaded\",\"data\":{\"reason\":" \
	"\"overloaded\",\"retry\":true,\"detail\":\"" detail "\"}},\"id\":1}"
#define TOO_MANY_WAIT "as many requests wait as may; try again later"

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

static void wait_until_exchanged(size_t n)
{
	for (int looks = 0; exchange_waiting(&exchange) != n; looks++) {
		assert_true(looks < 10000);
		(void)poll(NULL, 0, 1);
	}
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
	embed_start();
	setup.methods = embed_methods(embed_module("methods", source), "methods");
	counters = mmap(NULL, sizeof(*counters) * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	peers = mmap(NULL, sizeof(*peers) * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(answers_in_order, stop),
		cmocka_unit_test_teardown(http_and_headers, stop),
		cmocka_unit_test_teardown(half_closed_clients_get_answers, stop),
		cmocka_unit_test_teardown(refused_clients_hear_why, stop),
		cmocka_unit_test_teardown(back_pressure, stop),
		cmocka_unit_test_teardown(slow_call_holds_back_no_answer, stop),
		cmocka_unit_test_teardown(busy_worker_accepts_nothing, stop),
		cmocka_unit_test_teardown(idle_workers_take_turns, stop),
		cmocka_unit_test_teardown(stops_after_what_it_has, stop),
		cmocka_unit_test_teardown(survives_what_methods_do, stop),
		cmocka_unit_test_teardown(threads_run_while_it_waits, stop),
		cmocka_unit_test_teardown(busy_worker_gives_connections_away, stop),
		cmocka_unit_test_teardown(requests_wait_about_as_long_everywhere, stop),
		cmocka_unit_test_teardown(crowded_worker_steps_aside, stop),
		cmocka_unit_test_teardown(all_are_busy, stop),
		cmocka_unit_test_teardown(unread_answers_go_first, stop),
		cmocka_unit_test_teardown(nobody_waits_at_a_dead_door, stop),
		cmocka_unit_test_teardown(crashes_are_told, stop),
		cmocka_unit_test_teardown(exchange_has_its_turns, stop),
		cmocka_unit_test_teardown(all_stand_in_one_line, stop),
		cmocka_unit_test_teardown(disconnects_are_no_load, stop),
		cmocka_unit_test_teardown(late_requests_are_refused, stop),
		cmocka_unit_test_teardown(exchange_is_emptied_at_the_end, stop),
		cmocka_unit_test_teardown(time_goes_on_elsewhere, stop),
		cmocka_unit_test_teardown(connections_are_limited, stop),
		cmocka_unit_test_teardown(connections_of_a_peer_are_limited, stop),
		cmocka_unit_test_teardown(strangers_are_refused, stop),
		cmocka_unit_test_teardown(slow_clients_are_cut_off, stop),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	Py_DECREF(setup.methods);
	return failed;
}
