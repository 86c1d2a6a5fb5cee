/* workers.h - for tests: workers in child processes, and clients of theirs. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <cmocka.h>

#include "workers/worker.h"

enum { WORKERS_MAX = 4 };

/* Around all tests of a program. */
int prepare_workers(void **state);
int forget_workers(void **state);

/* What start() gives to workers. */
extern struct worker_setup setup;
extern struct worker_listener listeners[1];
extern struct limits limits;
extern struct worker_counters made_up; /* what one more worker says, which there is not, if it says anything */
extern int lifeline_of_master;         /* the end that workers do not have */

extern pid_t workers[WORKERS_MAX];
extern struct worker_counters *counters; /* shared, one each */
extern struct peer_counter (*peers)[COUNTERS_PEERS];
extern struct exchange exchange;

/* So many workers that serve when it returns; stop() is the teardown of each test. */
void start(size_t n);
int stop(void **state);

/* The first n wait for clients. */
void wait_until_idle(size_t n);

/* The status with which worker i ended. */
int wait_worker(size_t i);

int connect_client(void);
void send_text(int fd, const char *text);

/* Exactly that comes. */
void expect_text(int fd, const char *text);
void expect_end(int fd);
void call(int fd, const char *request, const char *answer);

#define CALL(method, params)   "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params ",\"id\":1}\n"
#define NOTIFY(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}\n"
#define RESULT(result)         "{\"jsonrpc\":\"2.0\",\"result\":" result ",\"id\":1}"
#define OVERLOADED(detail)                                                                                        \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"Server overloaded\",\"data\":{\"reason\":" \
	"\"overloaded\",\"retry\":true,\"detail\":\"" detail "\"}},\"id\":1}"

/* A call that runs until release(). Inherited by workers only if made before them. */
struct held {
	int begun[2], end[2];
	int fd;
};
struct held hold(int fd);
void begin(struct held *held, const char *before);
void release(struct held *held);
void held_free(struct held *held);

void wait_until_exchanged(size_t n);
