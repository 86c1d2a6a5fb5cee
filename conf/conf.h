/* conf.h - the configuration: what can be set, its defaults, and the values that hold.
 *
 * One table, CONF_KEYS in conf_keys.h, is the whole truth: it makes struct conf, the parser, the error texts and the
 * shipped preforged.conf.  Values are checked completely where they are read, so that whoever holds a struct conf need
 * not check again; errors name the place, the key, the value and what is allowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/un.h>

#include "common/cause.h"
#include "conf/conf_keys.h"

enum {
	CONF_SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, /* bytes: unix(7) */
	CONF_APP_NAME_MAX = 32,
	CONF_PREFIX_MAX = 64,
};

enum conf_jit_mode { CONF_JIT_OFF, CONF_JIT_ON, CONF_JIT_EAGER };

/* C types of the kinds of values. */
typedef uint64_t conf_size_t; /* bytes */
typedef uint64_t conf_time_t; /* microseconds */
typedef int64_t conf_int_t;
typedef bool conf_bool_t;
typedef int conf_word_t;         /* index into the key's words */
typedef char *conf_text_t;       /* NULL: not set */
typedef char *conf_urlpaths_t;   /* with blanks between */
typedef char *conf_origins_t;    /* with blanks between; NULL: not set */
typedef char *conf_path_t;       /* absolute; NULL: not set */
typedef char *conf_socket_t;     /* absolute path of a Unix socket, at most CONF_SOCKET_PATH_MAX bytes */
typedef char **conf_addresses_t; /* each for address_parse(), with an absolute path; NULL at the end */
typedef char **conf_timeouts_t;  /* each "MICROSECONDS NAME"; NULL at the end */
typedef char **conf_patterns_t;  /* NULL at the end; NULL: not set */
typedef char *conf_prefix_t;     /* of names; NULL: not set */

enum conf_index {
#define X(section, key, type, ...) CONF_##section##_##key,
	CONF_KEYS(X)
#undef X
		CONF_COUNT
};

/* What can be set in a section [app NAME]; [app] itself is as all other sections. */
enum conf_app_key { CONF_APP_PATH, CONF_APP_METHODS, CONF_APP_PREFIX, CONF_APP_KEYS };

struct conf_app {
	char *name;
	conf_path_t path;
	conf_patterns_t methods;
	conf_prefix_t prefix; /* set after conf_complete() */
	char *origin[CONF_APP_KEYS];
	int seen[CONF_APP_KEYS]; /* private: line where the key was set in the file that is read, 0: nowhere */
};

/* The value of [server] workers is conf->server_workers. */
struct conf {
#define X(section, key, type, ...) conf_##type##_t section##_##key;
	CONF_KEYS(X)
#undef X
	/* Where each was set, as error messages name it ("FILE:LINE: [section] key = value"); NULL: it is the default.
	 */
	char *origin[CONF_COUNT];
	struct conf_app *apps; /* of the sections [app NAME], in their order */
	size_t n_apps;
};

/* A configuration with the constant defaults.  NULL when memory is short. */
struct conf *conf_create(void) __attribute__((warn_unused_result));
struct conf *conf_free(struct conf *conf);
void conf_freep(struct conf **conf);
#define cleanup_conf cleanup(conf_freep)

/* Read a file.  Relative paths in it are relative to its directory.  -EINVAL, -errno with cause. */
int conf_load(struct conf *conf, const char *path, struct cause *cause) __attribute__((warn_unused_result));

/* Set one value from the command line's -D section.key=value; beats every file.  A list is replaced by the first and
 * grows with each further one.  Relative paths are relative to the working directory.  -EINVAL with cause. */
int conf_define(struct conf *conf, const char *definition, struct cause *cause) __attribute__((warn_unused_result));

/* Set [app] path from the command line's APP.py. */
int conf_set_app(struct conf *conf, const char *path, struct cause *cause) __attribute__((warn_unused_result));

/* When all is read: fill in the defaults that depend on the environment.  -EINVAL with cause. */
int conf_complete(struct conf *conf, struct cause *cause) __attribute__((warn_unused_result));

/* Check that the files that are named can be read, and that there is an application.  -EINVAL, -errno with cause. */
int conf_check_files(const struct conf *conf, struct cause *cause) __attribute__((warn_unused_result));

/* Write the configuration file that sets nothing: every key, commented out, with its default, unit and range. */
void conf_print_defaults(FILE *file);
