/* master_priv.h - the master's state; between master.c and master_control.c. */
#pragma once

#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "common/counters.h"
#include "daemon/control.h"
#include "daemon/knowledge.h"
#include "daemon/listener.h"
#include "daemon/zygote_proc.h"

enum master_state {
	MASTER_STARTING,   /* the first zygote is not ready yet: if it fails, so do we */
	MASTER_READY,      /* workers serve */
	MASTER_RESTARTING, /* the zygote died; another is started, after a pause if need be */
	MASTER_STOPPING,   /* what is in flight is finished */
	MASTER_KILLING,    /* no more patience */
};

struct master {
	const struct conf *conf;
	enum master_state state;
	sd_event *event;
	struct listeners listeners;
	struct listener control_listener;
	struct control *control;
	int counters_fd;
	struct counters *counters;
	struct zygote_proc *zygote; /* NULL: none */
	struct knowledge knowledge;
	bool failure_told;   /* the zygote said why it ends */
	int exit_status;     /* when all children are gone */
	uint64_t started_us; /* CLOCK_MONOTONIC */
	uint64_t start_to_ready_us;
	uint64_t zygote_ready_us; /* when the current one got ready, 0: not yet */
	uint64_t pause_us;        /* before the next restart */
	unsigned restarts;        /* of the zygote */
	sd_event_source *restart_timer, *kill_timer;
};

extern const struct control_method master_methods[];

const char *master_state_name(const struct master *master);

/* Begin to stop; the second time: kill at once.  why is for the log. */
void master_stop(struct master *master, const char *why);
