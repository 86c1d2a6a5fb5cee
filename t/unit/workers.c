/* workers.c - see workers.h. */
#include "config.h"

#include "t/unit/embed.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "t/unit/workers.h"

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

struct worker_setup setup;
struct worker_listener listeners[1];
static struct sockaddr_un address;
static int listener = -1;
pid_t workers[WORKERS_MAX];
struct worker_counters *counters;

struct exchange exchange = EXCHANGE_NONE;
static struct exchange elsewhere = EXCHANGE_NONE;
struct peer_counter (*peers)[COUNTERS_PEERS];
struct limits limits;
struct worker_counters made_up;
int lifeline_of_master = -1;

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

void wait_until_idle(size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int looks = 0; atomic_load(&counters[i].state) != WORKER_IDLE || !sleeps(workers[i]); looks++) {
			assert_true(looks < 10000);
			(void)poll(NULL, 0, 1);
		}
}

void start(size_t n)
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
	memset(counters, 0, sizeof(*counters) * WORKERS_MAX);
	if (setup.n_team > n)
		counters[n] = made_up;
	memset(peers, 0, sizeof(*peers) * WORKERS_MAX);
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

int wait_worker(size_t i)
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

int stop(void **state)
{
	(void)state;
	listener = close_fd(listener);
	exchange_close(&exchange);
	exchange_close(&elsewhere);
	limits = (struct limits){ .handover_us = 0 };
	made_up.state = WORKER_NONE;
	listeners[0].n_users = listeners[0].n_groups = 0;
	int bad = 0;
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		if (workers[i] > 0)
			bad |= end_worker(i);
		workers[i] = 0;
	}
	return bad;
}

int connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	/* A lost answer fails the test instead of holding it up for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = 60 }, sizeof(struct timeval));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = 60 }, sizeof(struct timeval));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void send_text(int fd, const char *text)
{
	size_t n = strlen(text);
	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

void expect_text(int fd, const char *text)
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

void expect_end(int fd)
{
	char byte;
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

void call(int fd, const char *request, const char *answer)
{
	send_text(fd, request);
	expect_text(fd, answer);
}

struct held hold(int fd)
{
	struct held held = { .fd = fd };
	/* Inherited by the workers only if made before they are; so pass them by /proc. */
	assert_int_equal(pipe(held.begun), 0);
	assert_int_equal(pipe(held.end), 0);
	return held;
}

void begin(struct held *held, const char *before)
{
	char request[300], byte;
	(void)snprintf(request, sizeof(request), "%s" CALL("hold", "[%d, %d]"), before, held->begun[1], held->end[0]);
	send_text(held->fd, request);
	assert_int_equal(read(held->begun[0], &byte, 1), 1);
}

void release(struct held *held)
{
	assert_int_equal(write(held->end[1], "e", 1), 1);
}

void held_free(struct held *held)
{
	for (int i = 0; i < 2; i++) {
		(void)close(held->begun[i]);
		(void)close(held->end[i]);
	}
}

void wait_until_exchanged(size_t n)
{
	for (int looks = 0; exchange_waiting(&exchange) != n; looks++) {
		assert_true(looks < 10000);
		(void)poll(NULL, 0, 1);
	}
}

int prepare_workers(void **state)
{
	(void)state;
	embed_start();
	setup.methods = embed_methods(embed_module("methods", source), "methods");
	counters =
		mmap(NULL, sizeof(*counters) * WORKERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	peers = mmap(NULL, sizeof(*peers) * WORKERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return counters == MAP_FAILED || peers == MAP_FAILED;
}

int forget_workers(void **state)
{
	(void)state;
	Py_CLEAR(setup.methods);
	return 0;
}
