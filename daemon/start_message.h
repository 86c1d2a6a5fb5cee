/* start_message.h - what a new zygote is told; workers/settings.h is the other side. */
#pragma once

#include <jansson.h>

#include "conf/conf.h"
#include "daemon/listener.h"

/* A new reference; NULL when memory is short. */
json_t *start_message(const struct conf *conf, const struct listeners *listeners, int counters_fd);
