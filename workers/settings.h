/* settings.h - what the master tells a zygote at its start. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cause.h"
#include "common/exchange.h"
#include "workers/deadline.h"
#include "workers/limits.h"
#include "common/turnover.h"

enum jit_mode { JIT_OFF, JIT_ON, JIT_EAGER };

struct listener {
	int fd;        /* listening, inherited from the master; the settings do not own it */
	uint32_t id;   /* the same in all generations */
	bool ours;     /* nobody listens there when the daemon has ended */
	char *address; /* for people: "unix:/run/preforge/preforge.sock" */
	uid_t *users;  /* who alone may send requests, if there are any */
	gid_t *groups;
	size_t n_users, n_groups;
};

/* One application. */
struct app_settings {
	char *path;   /* absolute */
	char *name;   /* of its section, may be NULL */
	char *prefix; /* of its methods' names, may be NULL */
	size_t n_methods;
	char **methods; /* patterns */
};

struct settings {
	size_t n_apps; /* at least 1 */
	struct app_settings *apps;
	unsigned workers;
	unsigned slots; /* turnover_slots() */
	int counters_fd, metrics_fd;
	struct exchange exchange; /* of the workers of all generations */
	int lifeline;             /* has its end when the master is gone */
	int reserve_fd;           /* between the master and the reserve */
	uint64_t stop_timeout_us; /* for calls that run then */
	size_t n_listeners;
	struct listener *listeners;
	enum jit_mode jit_mode;
	uint64_t threshold_us;       /* of self time in the warm-up, from which on a function is hot */
	uint64_t sample_us;          /* CPU time between two samples of a worker; 0: none */
	uint64_t hot_us;             /* of samples, from which on a function is hot */
	int optimize;                /* gcc's -O */
	uint64_t compile_timeout_us; /* of one compiler process */
	uint64_t retry_us;           /* after a failure while requests are served */
	bool verify;                 /* native code is measured, and must gain */
	char *plant;                 /* a fault of the compiler, for tests; may be NULL */
	char *symbols;               /* what profilers and debuggers are told, by its word; NULL: nothing */
	char *cpu;                   /* the level that code is made for; NULL: what this machine has */
	size_t cache_size;           /* bytes */
	char *cache_directory;       /* of the store; may be NULL */
	uint64_t store_size;         /* bytes; 0: no store */
	char *warmup_requests;       /* a file, may be NULL */
	uint64_t warmup_deadline_us;
	bool rpc_traceback;   /* error objects carry the traceback */
	bool rpc_check_types; /* parameters must fit the annotations */
	struct limits limits;
	struct turnover_limits turnover;
	char *http_paths, *http_origins; /* words; may be NULL */
	bool http_health, http_metrics;
	int log_level;  /* as in syslog.h */
	int log_format; /* enum log_format */
	bool log_access;
	int access_fd; /* -1: none */
	int access_format;
	struct deadline_limits deadlines;
};

/* Read the start message.  -EINVAL with a cause that names the member. */
int settings_from_json(json_t *message, struct settings **ret, struct cause *cause) __attribute__((warn_unused_result));
void settings_free(struct settings *settings); /* NULL is fine */
static inline void settings_freep(struct settings **settings)
{
	settings_free(*settings);
}

/* "off", "on", "eager"; -1 for any other word. */
int jit_mode_from_string(const char *word);
