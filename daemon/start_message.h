/* start_message.h - what a new zygote is told; workers/settings.h is the other side. */
#pragma once

#include <jansson.h>

#include "conf/conf.h"
#include "daemon/generation.h"

/* Descriptors of the generation's own. */
struct own_fds {
	int counters, reserve;
	int access; /* of [log] access_file, -1: none */
};

/* A new reference; NULL when memory is short. */
json_t *start_message(const struct conf *conf, const struct generation_fds *fds, const struct own_fds *own);
