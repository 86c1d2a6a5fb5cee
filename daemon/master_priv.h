/* master_priv.h - the master's state; between master.c, reload.c and master_control.c. */
#pragma once

#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "common/counters.h"
#include "common/metrics.h"
#include "daemon/control.h"
#include "daemon/generation.h"
#include "daemon/knowledge.h"
#include "daemon/lifesigns.h"
#include "daemon/listener.h"
#include "daemon/master.h"
#include "daemon/notify.h"

enum master_state {
	MASTER_STARTING,   /* the first zygote is not ready yet: if it fails, so do we */
	MASTER_READY,      /* workers serve */
	MASTER_RESTARTING, /* the zygote died; its workers serve on while another is started, after a pause if need be
			    */
	MASTER_STOPPING,   /* what is in flight is finished */
	MASTER_KILLING,    /* no more patience */
};

/* A reload: a new configuration, and the generation that is to serve by it. */
struct reload {
	bool under_way;
	bool wanted;                         /* another one, when nothing is under way any more */
	struct conf *conf;                   /* of the one under way */
	struct identity identity;            /* the same */
	struct listeners listeners;          /* the same */
	struct waiting *waiting, *next_ones; /* calls that want to know the result of this one, and of the wanted one */
	uint64_t begun_us, ended_us, took_us; /* CLOCK_MONOTONIC; of the last one, 0: there was none */
	unsigned done, failed;                /* so many */
	bool last_failed;
	struct cause cause, notes; /* of the last one: why it failed; what needs a restart */
	char *traceback;           /* Python's */
};

struct master {
	const struct conf_source *source;
	struct conf *conf; /* by which we serve */
	enum master_state state;
	sd_event *event;
	struct identity identity; /* as whom zygotes run */
	struct handed_over handed_over;
	struct listeners listeners;
	struct listener control_listener;
	struct control *control;
	struct exchange exchange; /* of all workers */
	int metrics_fd;           /* of the region, which is theirs, too */
	struct metrics *metrics;
	int lifeline, workers_lifeline; /* our end, which nobody else has; theirs has its end with us */
	struct generation *generations; /* all that have processes, the newest first, and the current one */
	struct generation *current;     /* the newest that got ready; NULL: none */
	struct generation *next;        /* starts; NULL: none */
	unsigned last_number;           /* of a generation */
	struct reload reload;
	struct {
		uint64_t requests, errors, restarts, left[LEAVE_COUNT];
	} retired;           /* by generations that are gone */
	int exit_status;     /* when all children are gone */
	uint64_t started_us; /* CLOCK_MONOTONIC */
	uint64_t start_to_ready_us;
	uint64_t pause_us; /* before the next restart */
	unsigned restarts; /* of the zygote */
	unsigned at_once;  /* of these, the last ones that were not waited for */
	sd_event_source *restart_timer, *kill_timer;
	struct notify notify;
	struct lifesigns lifesigns;
};

extern const struct control_method master_methods[];

const char *master_state_name(const struct master *master);

/* Begin to stop; the second time: kill at once.  why is for the log. */
void master_stop(struct master *master, const char *why);

/* Start a generation as master->next.  -errno with cause. */
int master_start_generation(struct master *master, const struct conf *conf, const struct identity *identity,
			    const struct listeners *listeners, struct cause *cause) __attribute__((warn_unused_result));

/* Tell the service manager how things are; that a start or a reload is over. */
void master_notify_status(struct master *master);
void master_notify_ready(struct master *master);

/* ---- reload.c ---- */

/* Begin a reload, or have one done after what is under way.  call: answered when it has begun, or with wait when it is
 * over; NULL: it came by a signal. */
void reload_request(struct master *master, struct control_call *call, bool wait);

/* The generation that was started for it serves: its configuration holds from now on. */
void reload_on_ready(struct master *master);

/* It does not. */
void reload_on_failed(struct master *master, const struct generation *generation);

/* Nothing is under way: do what is wanted. */
void reload_on_idle(struct master *master);

/* The daemon stops: nothing comes of it. */
void reload_cancel(struct master *master);

/* {"under_way", "done", "failed", "last": {...} or null} */
json_t *reload_json(const struct master *master);
