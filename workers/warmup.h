/* warmup.h - the recorded requests that a zygote answers before it serves, so that what is hot shows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

struct warmup_options {
	const char *path;     /* JSON-RPC requests, one a line; blank lines and those that begin with # are skipped */
	uint64_t deadline_us; /* for all of them, microseconds; a request that runs then gets a TimeoutError */
	/* Answer one request: *ret_answer is JSON text to be freed, NULL for a notification.  -errno. */
	int (*answer)(const char *request, size_t size, char **ret_answer, void *userdata);
	void *userdata;
};

struct warmup_result {
	unsigned requests; /* answered, those that failed included */
	unsigned failed;   /* answered with an error */
	unsigned skipped;  /* not answered: the deadline */
};

/* Answer the requests.  Those that fail are logged with their place, and the others go on; that all fail is no error.
 * -errno with cause only if the file cannot be read.  Needs a started interpreter, runs in its main thread. */
int warmup_run(const struct warmup_options *options, struct warmup_result *ret, struct cause *cause)
	__attribute__((warn_unused_result));
