/* start_message.h - what a new zygote is told; workers/settings.h is the other side. */
#pragma once

#include <jansson.h>

#include "conf/conf.h"
#include "daemon/generation.h"

/* A new reference; NULL when memory is short. */
json_t *start_message(const struct conf *conf, const struct generation_fds *fds, int counters_fd);
