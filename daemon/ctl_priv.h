/* ctl_priv.h - between the files of preforgectl, ctl*.c.  What returns an int returns the exit status. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "daemon/table.h"

enum { EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_CONNECT = 3 };

struct ctl_options {
	const char *socket, *config, *listen;
	const char *store; /* a directory; NULL: the daemon's */
	bool json, wait, once, stale, bans, ir, assembly;
};

/* Complain on stderr about what was typed. */
int ctl_usage(const char *what, const char *value);

/* Connect to a Unix socket, by its path or @NAME.  0 or -errno. */
int ctl_connect(const char *path, int *ret_fd);

/* The same, or a complaint; *ret is the caller's. */
int ctl_open(const char *path, FILE **ret);

/* The same with an address as [server] listen has it, or a path. */
int ctl_open_service(const char *text, FILE **ret);

/* Ask the daemon.  params is taken over, NULL: none; *ret is the caller's. */
int ctl_ask_json(const struct ctl_options *o, const char *method, json_t *params, json_t **ret);

/* Ask, and print the answer as JSON or by print. */
int ctl_show(const struct ctl_options *o, const char *method, int (*print)(json_t *value));

int ctl_print_json(const json_t *json);

/* table_init(), or a complaint. */
int ctl_table(struct table *t, size_t rows, size_t columns, const char *const *titles, unsigned right);

/* The text of a member of an object, "-" if there is none; the number, else 0. */
const char *ctl_string(const json_t *object, const char *name);
long long ctl_integer(const json_t *object, const char *name);

double ctl_number(const json_t *object, const char *name);

int ctl_out_of_memory(void);

/* "3.4 s", "5 min", "2 h", "12 days"; "12.5M". */
void ctl_age(double seconds, char *text, size_t size);
void ctl_bytes(double bytes, char *text, size_t size);

/* rows and width: as of table_print_some(). */
int ctl_print_workers(json_t *workers, size_t rows, size_t width);

/* Commands. */
int ctl_workers(const struct ctl_options *o, char **arguments);
int ctl_errors(const struct ctl_options *o, char **arguments);
int ctl_slow(const struct ctl_options *o, char **arguments);
int ctl_metrics(const struct ctl_options *o, char **arguments);
int ctl_top(const struct ctl_options *o, char **arguments);

/* The command cache. */
int ctl_cache(const struct ctl_options *o, char **arguments);
