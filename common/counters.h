/* counters.h - the shared memory in which workers count.
 *
 * One memfd per generation, made by the master, mapped shared and writable by master, zygote and workers.  Whatever
 * stands here was written by a process that runs user code: readers treat it as untrusted numbers, never as indices,
 * sizes or pointers.  Functions are counted per worker, so that no cache line is written by two processes; readers add
 * them up. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cause.h"

enum {
	COUNTERS_MAX_WORKERS = 256,    /* also the most that [server] workers takes */
	COUNTERS_MAX_FUNCTIONS = 4096, /* functions beyond that are not compiled */
	COUNTERS_EXITS =
		1024, /* places that one worker's native code leaves at; those of more are not counted by place */
	COUNTERS_PEERS = 512, /* of one worker; connections of more peers at the same time are not counted */
};

enum worker_state { WORKER_NONE, WORKER_STARTING, WORKER_IDLE, WORKER_BUSY, WORKER_STOPPING };

/* Why a worker was asked to leave; LEAVE_NONE: it was not. */
enum worker_leave { LEAVE_NONE = -1, LEAVE_IDLE, LEAVE_REQUESTS, LEAVE_AGE, LEAVE_MEMORY, LEAVE_COUNT };

/* Padded to cache lines of its own. */
struct worker_counters {
	_Atomic int32_t pid;             /* 0: slot not in use */
	_Atomic uint32_t state;          /* enum worker_state */
	_Atomic uint64_t requests;       /* answered or, for notifications, done */
	_Atomic uint64_t errors;         /* of these, answered with an error object */
	_Atomic uint64_t connections;    /* accepted */
	_Atomic uint64_t started_us;     /* CLOCK_MONOTONIC, microseconds */
	_Atomic uint64_t busy_since_us;  /* CLOCK_MONOTONIC of the call that runs, 0 when idle */
	_Atomic uint64_t kill_at_us;     /* CLOCK_MONOTONIC: the call that runs has its hard end then; 0: none */
	_Atomic uint64_t open;           /* connections, now */
	_Atomic uint64_t private_bytes;  /* memory that it shares with no other process; 0: not known yet */
	_Atomic uint64_t wait_ns;        /* about so long does a request wait for its turn while it is busy */
	_Atomic uint64_t aside_since_us; /* CLOCK_MONOTONIC; it leaves its requests to the others; 0: it serves */
	uint64_t reserved[5];
};
_Static_assert(sizeof(struct worker_counters) == 128, "two cache lines");

/* More of it, read by people only.  Padded, too. */
struct worker_gauges {
	_Atomic uint64_t queued;    /* connections with a request that waits for this worker */
	_Atomic uint64_t cpu_us[3]; /* of CPU time in machine code, in CPython, elsewhere, as samples tell */
	uint64_t reserved[4];
};
_Static_assert(sizeof(struct worker_gauges) == 64, "one cache line");

/* What a worker says when it dies of a fault in compiled code.  One for each slot; pid is stored last. */
struct fault_note {
	_Atomic int32_t pid; /* 0: nothing */
	_Atomic int32_t signal;
	_Atomic uint64_t offset; /* of the instruction in the arena */
	_Atomic uint64_t address;
};

/* One more, in memory that this process alone writes, with the GIL if there are threads. */
static inline void counter_add_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* What one worker did with one compiled function. */
struct function_counters {
	_Atomic uint64_t calls;      /* calls of the function, native or not */
	_Atomic uint64_t side_exits; /* how often native code went back to CPython before their end */
	_Atomic uint64_t loops;      /* how often they became native again at the head of a loop */
};

/* How often native code was left at one place: a hash table of each worker's own. */
struct exit_counter {
	_Atomic uint64_t key; /* counters_exit_key(); 0: free */
	_Atomic uint64_t n;
};

/* entry: of the specialization's code; number: of the exit. */
static inline uint64_t counters_exit_key(const void *entry, uint32_t number)
{
	return (uint64_t)(uint32_t)(uintptr_t)entry << 32 | (number + 1);
}

/* What came out of one worker's trial of one function (codecache/trial.h); cpython_ns is stored last. */
struct trial_counters {
	_Atomic uint64_t native_ns, cpython_ns; /* of a call; 0: nothing came out yet */
	_Atomic uint32_t verdict;               /* enum trial_verdict */
	_Atomic uint32_t version;               /* native_version() of the code that was tried */
};

/* Open connections of one peer at one worker. */
struct peer_counter {
	_Atomic uint32_t key; /* 0: free */
	_Atomic uint32_t n;
};

struct counters {
	_Atomic uint64_t retired_requests; /* by workers whose slot was given to another */
	_Atomic uint64_t retired_errors;
	_Atomic uint64_t restarts;          /* workers that died and were replaced */
	_Atomic uint64_t functions;         /* rows that are in use */
	_Atomic uint64_t left[LEAVE_COUNT]; /* workers that were asked to, by reason */
	struct worker_counters worker[COUNTERS_MAX_WORKERS];
	struct worker_gauges gauges[COUNTERS_MAX_WORKERS];
	struct fault_note fault[COUNTERS_MAX_WORKERS];
	struct peer_counter peer[COUNTERS_MAX_WORKERS][COUNTERS_PEERS];
	/* Row COUNTERS_MAX_WORKERS is the zygote's own (the warm-up). */
	struct function_counters function[COUNTERS_MAX_WORKERS + 1][COUNTERS_MAX_FUNCTIONS];
	struct trial_counters trial[COUNTERS_MAX_WORKERS][COUNTERS_MAX_FUNCTIONS];
	struct exit_counter exit[COUNTERS_MAX_WORKERS + 1][COUNTERS_EXITS]; /* as function */
	_Atomic int32_t reserve;                                            /* its pid; 0: there is none */
};

/* Make the region; its pages are touched only when counted in.  *ret_fd: a CLOEXEC memfd, the caller's.
 * -errno with cause. */
int counters_create(int *ret_fd, struct cause *cause) __attribute__((warn_unused_result));

/* Map the region of fd.  -errno with cause. */
int counters_map(int fd, struct counters **ret, struct cause *cause) __attribute__((warn_unused_result));

/* A worker is about to be forked for this slot; CLOCK_MONOTONIC. */
void counters_start(struct counters *counters, unsigned slot, uint64_t now_us);

/* The worker of this slot has ended: what it counted goes to those that are gone, so that sums never shrink. */
void counters_retire(struct counters *counters, unsigned slot);

/* Forget the region; NULL is fine. */
void counters_unmap(struct counters *counters);
