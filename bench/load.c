/* load.c - the load generator: a closed loop over a Unix socket. Each of N connections has one request under way; when
 * its answer (a line) is there, the next is sent. Prints one JSON object: requests a second and latencies.
 *
 *     load SOCKET CONNECTIONS SECONDS REQUEST */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, MAX_EVENTS = 64, BUCKETS = 1 << 17 };

struct connection {
	int fd;
	uint64_t sent_ns;
	size_t received; /* bytes of the answer so far */
};

struct load {
	int epoll;
	const char *request; /* with its newline */
	size_t request_size;
	size_t answer_size;
	uint64_t answers;
	uint64_t errors; /* answers with an error object */
	uint64_t sum_ns;
	uint32_t latency[BUCKETS]; /* how many took so many tenths of a microsecond; the last has all longer ones */
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: longer than a socket's path can be", path);
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", path);
	return fd;
}

static void send_request(struct load *load, struct connection *connection)
{
	connection->received = 0;
	connection->sent_ns = now_ns();
	if (write(connection->fd, load->request, load->request_size) != (ssize_t)load->request_size)
		err(1, "write");
}

/* Read what is there; at the end of the answer count it and send the next request. */
static void receive(struct load *load, struct connection *connection)
{
	char buffer[65536];
	ssize_t n = read(connection->fd, buffer, sizeof(buffer));
	if (n <= 0)
		errx(1, "the server closed a connection");
	connection->received += (size_t)n;
	if (buffer[n - 1] != '\n')
		return;
	uint64_t took = now_ns() - connection->sent_ns;
	load->answers++;
	load->answer_size = connection->received;
	load->sum_ns += took;
	load->errors += memmem(buffer, (size_t)n, "\"error\"", strlen("\"error\"")) != NULL;
	load->latency[took / 100 < BUCKETS ? took / 100 : BUCKETS - 1]++;
	send_request(load, connection);
}

/* Microseconds within which this share of the answers came. */
static double percentile(const struct load *load, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)load->answers), seen = 0;
	for (int i = 0; i < BUCKETS; i++) {
		seen += load->latency[i];
		if (seen > wanted)
			return i / 10.0;
	}
	return BUCKETS / 10.0;
}

static void run(struct load *load, double seconds)
{
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
	while (now_ns() < end) {
		struct epoll_event events[MAX_EVENTS];
		int n = epoll_wait(load->epoll, events, MAX_EVENTS, 1000);
		if (n < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++)
			receive(load, events[i].data.ptr);
	}
}

int main(int argc, char **argv)
{
	int n = argc == 5 ? atoi(argv[2]) : 0;
	double seconds = argc == 5 ? atof(argv[3]) : 0;
	if (n < 1 || n > MAX_CONNECTIONS || seconds <= 0)
		errx(2, "usage: load SOCKET CONNECTIONS SECONDS REQUEST (1 to %d connections)", MAX_CONNECTIONS);
	signal(SIGPIPE, SIG_IGN);
	static struct load load;
	static struct connection connections[MAX_CONNECTIONS];
	char *request;
	int size = asprintf(&request, "%s\n", argv[4]);
	if (size < 0)
		err(1, "asprintf");
	load.request = request;
	load.request_size = (size_t)size;
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < n; i++) {
		connections[i].fd = connect_to(argv[1]);
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };
		if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, connections[i].fd, &event) < 0)
			err(1, "epoll_ctl");
		send_request(&load, &connections[i]);
	}
	run(&load, seconds);
	printf("{\"connections\": %d, \"seconds\": %g, \"answers\": %ju, \"errors\": %ju, \"answer_bytes\": %zu, "
	       "\"per_second\": %.0f, \"mean_us\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f}\n",
	       n, seconds, (uintmax_t)load.answers, (uintmax_t)load.errors, load.answer_size,
	       (double)load.answers / seconds, (double)load.sum_ns / 1000.0 / (double)(load.answers ? load.answers : 1),
	       percentile(&load, 0.5), percentile(&load, 0.99), percentile(&load, 0.999));
	free(request);
	return load.answers == 0 || load.errors > 0;
}
