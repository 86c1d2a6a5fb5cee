/* listener_priv.h - between listener.c and listeners.c. */
#pragma once

#include "daemon/listener.h"

/* What fd listens at, as people write it: the caller's.  -errno. */
int listener_describe(int fd, char **ret) __attribute__((warn_unused_result));
