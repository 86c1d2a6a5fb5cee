/* oncall.h - compilation in the middle of the program: a function becomes native just before one of its calls.
 *
 * The policy of preforge-python, and of a warm-up with [jit] mode=eager.  oncall_ask() is the profiler's on_call. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "codecache/codecache.h"
#include "workers/budget.h"
#include "workers/profile.h"
#include "workers/waiting.h"

struct oncall {
	struct codecache *cache;
	uint64_t threshold_ns; /* self time from which on a function is compiled, at first (budget.h); 0: at its first
				  call */
	struct budget budget;
	uint64_t calls;    /* that many calls of a function run in CPython first, whatever they take */
	bool catches;      /* these are caught in their loops: catcher_ask() */
	unsigned together; /* that many are compiled in a unit, and wait for each other; at most WAITING_MAX */
	/* What became of a function; result is borrowed, also its detail.  May be NULL. */
	void (*report)(PyObject *function, const struct codecache_result *result, void *userdata);
	/* Nothing can be compiled, now or later; called once.  May be NULL. */
	void (*broken)(const char *cause, void *userdata);
	void *userdata;
	struct recall *recall; /* asked at the first call of each function, and told; NULL: nothing is remembered */
	bool beside;           /* loops that were caught are compiled while the program goes on: oncall_step() */
	json_t *history;       /* an array: what was asked for is added, as history.h has it.  May be NULL */
	/* private */
	bool is_broken;
	struct codecache_beside *running; /* for a loop; NULL: none */
	PyObject *running_function;
	struct waiting waiting;
};

/* The profiler's on_module.  userdata: struct oncall. */
void oncall_module(PyObject *globals, PyObject *code, void *userdata);

/* A native_miss_handler.  userdata: struct oncall. */
bool oncall_missed(struct native_function *native, void *userdata);

/* A native_loop_handler.  userdata: struct oncall. */
bool oncall_loop(struct native_function *native, const struct native_loop *wanted, void *userdata);

/* userdata: struct oncall.  True if the function is native now. */
bool oncall_ask(struct profile_function *profiled, PyObject *function, const enum value_type *params, void *userdata);

/* Take over what was compiled while the program went on.  userdata: struct oncall. */
void oncall_step(void *userdata);

/* Nothing is compiled for the program any more. */
void oncall_end(struct oncall *oncall);
