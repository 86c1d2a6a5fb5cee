/* load.c - the load generator: a closed loop.  Each of N connections has DEPTH requests under way; when an answer is
 * there, the next is sent.  The request, on standard input, is a line, or HTTP if it begins with POST; so are the
 * answers.  Prints one JSON object: requests a second, latencies, and how many other answers came between a request and
 * its own, which tells a server that forgets some of its clients from a machine that has other things to do.
 *
 *     load ADDRESS CONNECTIONS DEPTH SECONDS <REQUEST        ADDRESS: /PATH or IPv4:PORT */
#include "config.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, MAX_DEPTH = 64, MAX_EVENTS = 64, MAX_REQUEST = 1 << 20, MAX_HEAD = 4096 };

struct sent {
	uint64_t ns;
	size_t answers; /* so far */
};

struct connection {
	int fd;
	struct sent sent[MAX_DEPTH]; /* those under way, a ring */
	unsigned oldest, under_way;
	size_t unsent; /* bytes that the kernel has not taken yet */
	size_t received;
	size_t body; /* HTTP: what is still to come of it */
	char head[MAX_HEAD];
	size_t head_length;
	bool waits_for_room;
};

struct load {
	int epoll;
	const char *address;
	unsigned depth;
	bool http;
	char *request;
	size_t request_size, answer_size;
	uint64_t errors;             /* answers with an error object, or another status than 200 */
	uint64_t reconnects;         /* the server closed the connection */
	uint32_t *latencies;         /* in tenths of a microsecond */
	uint32_t *others;            /* answers between */
	size_t answers, answers_max; /* how many of both */
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int connect_unix(const char *path)
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

static int connect_tcp(const char *text)
{
	char host[64];
	unsigned port;
	struct sockaddr_in address = { .sin_family = AF_INET };
	if (sscanf(text, "%63[0-9.]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		errx(2, "%s: neither a path nor IPv4:PORT", text);
	address.sin_port = htons((uint16_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", text);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	return fd;
}

static void watch(const struct load *load, struct connection *connection, int how)
{
	struct epoll_event event = { .events = EPOLLIN | (connection->waits_for_room ? EPOLLOUT : 0),
				     .data.ptr = connection };
	if (epoll_ctl(load->epoll, how, connection->fd, &event) < 0)
		err(1, "epoll_ctl");
}

/* Send what the kernel takes of the requests that are under way. */
static void flush(const struct load *load, struct connection *connection)
{
	while (connection->unsent > 0) {
		size_t rest = connection->unsent % load->request_size, at = rest ? load->request_size - rest : 0;
		ssize_t n =
			send(connection->fd, load->request + at, load->request_size - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			break; /* reading will tell */
		if (n < 0) {
			if (!connection->waits_for_room) {
				connection->waits_for_room = true;
				watch(load, connection, EPOLL_CTL_MOD);
			}
			return;
		}
		connection->unsent -= (size_t)n;
	}
	if (connection->waits_for_room) {
		connection->waits_for_room = false;
		watch(load, connection, EPOLL_CTL_MOD);
	}
}

static void send_requests(const struct load *load, struct connection *connection)
{
	while (connection->under_way < load->depth) {
		unsigned at = (connection->oldest + connection->under_way++) % MAX_DEPTH;
		connection->sent[at] = (struct sent){ .ns = now_ns(), .answers = load->answers };
		connection->unsent += load->request_size;
	}
	flush(load, connection);
}

static void open_connection(const struct load *load, struct connection *connection)
{
	*connection = (struct connection){ .fd = load->address[0] == '/' ? connect_unix(load->address)
									 : connect_tcp(load->address) };
	watch(load, connection, EPOLL_CTL_ADD);
	send_requests(load, connection);
}

static uint32_t *grow(uint32_t *array, size_t n)
{
	array = reallocarray(array, n, sizeof(*array));
	if (!array)
		err(1, "reallocarray");
	return array;
}

static void count_answer(struct load *load, struct connection *connection)
{
	const struct sent *sent = &connection->sent[connection->oldest];
	uint64_t took = (now_ns() - sent->ns) / 100;
	if (load->answers == load->answers_max) {
		load->answers_max = load->answers_max ? 2 * load->answers_max : 1 << 16;
		load->latencies = grow(load->latencies, load->answers_max);
		load->others = grow(load->others, load->answers_max);
	}
	load->latencies[load->answers] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
	load->others[load->answers] = (uint32_t)(load->answers - sent->answers);
	load->answers++;
	load->answer_size = connection->received;
	connection->received = connection->head_length = 0;
	connection->oldest = (connection->oldest + 1) % MAX_DEPTH;
	connection->under_way--;
}

/* Lines: the bytes up to the end of an answer, or all of them. */
static size_t take_line(struct load *load, struct connection *connection, const char *bytes, size_t n)
{
	static const char error[] = "{\"jsonrpc\":\"2.0\",\"error\"";
	if (connection->received == 0 && n >= sizeof(error) && memcmp(bytes, error, sizeof(error) - 1) == 0)
		load->errors++;
	const char *newline = memchr(bytes, '\n', n);
	size_t used = newline ? (size_t)(newline - bytes) + 1 : n;
	connection->received += used;
	if (newline)
		count_answer(load, connection);
	return used;
}

/* The headers are there: what they say. */
static void read_head(struct load *load, struct connection *connection)
{
	char *head = connection->head;
	head[connection->head_length] = '\0';
	const char *length = strcasestr(head, "\r\ncontent-length:");
	if (!length)
		errx(1, "an answer without Content-Length:\n%s", head);
	connection->body = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
	if (strncmp(head, "HTTP/1.1 200", 12) != 0)
		load->errors++;
}

/* The same for HTTP. */
static size_t take_http(struct load *load, struct connection *connection, const char *bytes, size_t n)
{
	size_t used = 0;
	while (connection->body == 0 && used < n) {
		char *head = connection->head;
		if (connection->head_length == MAX_HEAD - 1)
			errx(1, "an answer with headers longer than %d bytes", MAX_HEAD);
		head[connection->head_length++] = bytes[used++];
		if (connection->head_length >= 4 && memcmp(head + connection->head_length - 4, "\r\n\r\n", 4) == 0) {
			read_head(load, connection);
			break;
		}
	}
	size_t body = connection->body < n - used ? connection->body : n - used;
	connection->body -= body;
	connection->received += used + body;
	const char *end = connection->head + connection->head_length;
	if (connection->body == 0 && connection->head_length >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0)
		count_answer(load, connection);
	return used + body;
}

static void receive(struct load *load, struct connection *connection)
{
	static char buffer[1 << 18];
	ssize_t n = recv(connection->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(connection->fd);
		load->reconnects++;
		open_connection(load, connection);
		return;
	}
	for (size_t at = 0; at < (size_t)n;)
		at += (load->http ? take_http : take_line)(load, connection, buffer + at, (size_t)n - at);
	send_requests(load, connection);
}

static void run(struct load *load, double seconds)
{
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
	while (now_ns() < end) {
		struct epoll_event events[MAX_EVENTS];
		int n = epoll_wait(load->epoll, events, MAX_EVENTS, 100);
		if (n < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			if (events[i].events & EPOLLOUT)
				flush(load, events[i].data.ptr);
			if (events[i].events & ~(uint32_t)EPOLLOUT)
				receive(load, events[i].data.ptr);
		}
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* The value at this share of the sorted array. */
static uint32_t percentile(const struct load *load, const uint32_t *array, double share)
{
	return load->answers ? array[(size_t)(share * (double)(load->answers - 1))] : 0;
}

static void print(const struct load *load, int n, double seconds)
{
	const uint32_t *latencies = load->latencies, *others = load->others;
	qsort(load->latencies, load->answers, sizeof(*latencies), compare);
	qsort(load->others, load->answers, sizeof(*others), compare);
	printf("{\"connections\": %d, \"depth\": %u, \"seconds\": %g, \"answers\": %zu, \"errors\": %ju, ", n,
	       load->depth, seconds, load->answers, (uintmax_t)load->errors);
	printf("\"reconnects\": %ju, \"answer_bytes\": %zu, \"per_second\": %.0f, ", (uintmax_t)load->reconnects,
	       load->answer_size, (double)load->answers / seconds);
	printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, ", percentile(load, latencies, 0.5) / 10.0,
	       percentile(load, latencies, 0.99) / 10.0, percentile(load, latencies, 0.999) / 10.0);
	printf("\"others_p50\": %u, \"others_p99\": %u, \"others_p999\": %u}\n", percentile(load, others, 0.5),
	       percentile(load, others, 0.99), percentile(load, others, 0.999));
}

int main(int argc, char **argv)
{
	int n = argc == 5 ? atoi(argv[2]) : 0, depth = argc == 5 ? atoi(argv[3]) : 0;
	double seconds = argc == 5 ? atof(argv[4]) : 0;
	if (n < 1 || n > MAX_CONNECTIONS || depth < 1 || depth > MAX_DEPTH || seconds <= 0)
		errx(2, "usage: load ADDRESS CONNECTIONS DEPTH SECONDS <REQUEST (1 to %d connections, depth 1 to %d)",
		     MAX_CONNECTIONS, MAX_DEPTH);
	static struct load load;
	static char request[MAX_REQUEST];
	struct connection *connections = calloc((size_t)n, sizeof(*connections));
	load = (struct load){ .address = argv[1], .depth = (unsigned)depth, .request = request };
	load.request_size = fread(request, 1, sizeof(request), stdin);
	load.http = strncmp(request, "POST", 4) == 0;
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!connections || load.epoll < 0 || load.request_size == 0)
		errx(1, "no memory, no epoll or no request");
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < n; i++)
		open_connection(&load, &connections[i]);
	run(&load, seconds);
	print(&load, n, seconds);
	free(load.latencies);
	free(load.others);
	free(connections);
	return load.answers == 0 || load.errors > 0;
}
