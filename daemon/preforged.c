/* preforged.c - the daemon's command line; master.c is its life. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "conf/conf.h"
#include "daemon/access.h"
#include "daemon/identity.h"
#include "daemon/knowledge.h"
#include "daemon/listener.h"
#include "daemon/master.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
	"Usage: preforged [OPTION]... [APP.py]\n"
	"Serve the functions of a Python module, natively, as JSON-RPC methods.\n"
	"\n"
	"  -c, --config FILE               read this configuration file\n"
	"  -D, --define SECTION.KEY=VALUE  set a value; beats the file; may be repeated\n"
	"      --check                     check the configuration, and do nothing else\n"
	"      --print-defaults            print a configuration file with every key and its default\n"
	"  -V, --version                   print the version\n"
	"  -h, --help                      print this\n"
	"\n"
	"APP.py sets [app] path. Exit status: 0 stopped, 1 could not start, 2 wrong usage or configuration.\n";

struct options {
	const char *file;
	const char **definitions; /* in order, NULL at the end */
	const char *app;
	bool check;
};

/* -1: go on; else exit with this status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	enum { OPTION_CHECK = 256, OPTION_DEFAULTS };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "define", required_argument, NULL, 'D' },
		{ "check", no_argument, NULL, OPTION_CHECK },
		{ "print-defaults", no_argument, NULL, OPTION_DEFAULTS },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	size_t defined = 0;
	for (int c; (c = getopt_long(argc, argv, "c:D:hV", options, NULL)) != -1;) {
		switch (c) {
		case 'c': o->file = optarg; break;
		case 'D': o->definitions[defined++] = optarg; break;
		case OPTION_CHECK: o->check = true; break;
		case OPTION_DEFAULTS: conf_print_defaults(stdout); return EXIT_SUCCESS;
		case 'V': puts("preforged " PACKAGE_VERSION); return EXIT_SUCCESS;
		case 'h': fputs(help, stdout); return EXIT_SUCCESS;
		default: fputs("Try preforged --help.\n", stderr); return EXIT_USAGE;
		}
	}
	if (argc - optind > 1) {
		(void)fprintf(stderr, "preforged: more than one application: %s\nTry preforged --help.\n",
			      argv[optind + 1]);
		return EXIT_USAGE;
	}
	o->app = argv[optind];
	return -1;
}

/* Users and groups that are named must be known, and the complaint say where they are. */
static int check_names(const struct conf *conf, struct cause *cause)
{
	struct identity identity = { 0 };
	uid_t user;
	int r = identity_find(conf->server_user, conf->server_group, &identity, cause);
	identity_clear(&identity);
	if (r == 0)
		return listeners_check(conf->server_listen, cause);
	bool about_user = conf->server_user && (!conf->server_group || access_user(conf->server_user, &user, NULL) < 0);
	return cause_prefix(cause, r, "%s", conf->origin[about_user ? CONF_server_user : CONF_server_group]);
}

static int configure(const struct conf_source *source, struct conf **ret, struct cause *cause)
{
	const struct options *o = source->options;
	cleanup_conf struct conf *conf = conf_create();
	if (!conf)
		return cause_set(cause, -ENOMEM, "out of memory");
	int r = o->file ? conf_load(conf, o->file, cause) : 0;
	for (const char **definition = o->definitions; r == 0 && *definition; definition++)
		r = conf_define(conf, *definition, cause);
	if (r == 0 && o->app)
		r = conf_set_app(conf, o->app, cause);
	if (r == 0)
		r = conf_complete(conf, cause);
	if (r == 0)
		r = conf_check_files(conf, cause);
	if (r == 0)
		r = check_names(conf, cause);
	if (r == 0)
		*ret = steal_ptr(conf);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t started_us = monotonic_us();
	log_init("preforged", LOG_INFO);
	cleanup_free const char **definitions = calloc((size_t)argc + 1, sizeof(*definitions));
	if (!definitions) {
		log_error("out of memory");
		return EXIT_FAILURE;
	}
	struct options o = { .definitions = definitions };
	int status = parse_options(argc, argv, &o);
	if (status >= 0)
		return status;
	struct cause cause = CAUSE_INIT;
	const struct conf_source source = { .read = configure, .options = &o };
	cleanup_conf struct conf *conf = NULL;
	if (configure(&source, &conf, &cause) < 0) {
		log_error("%s", cause.text);
		return EXIT_USAGE;
	}
	if (o.check) {
		puts("preforged: the configuration is right");
		return EXIT_SUCCESS;
	}
	return master_run(steal_ptr(conf), &source, started_us);
}
