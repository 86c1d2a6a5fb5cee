/* master.c - the daemon's life: sockets, the zygote and its restarts, signals, the service manager.
 *
 *     starting --ready--> ready --zygote died--> restarting --ready--> ready
 *        |                  |                        |
 *        | failed           +--------- stop ---------+---> stopping --again, or too late--> killing ---> exit
 *        +---> exit 1
 *
 * The master never runs user code and never exits because of a child's, a client's or the disk's doing once it is
 * ready. It is a subreaper: workers whose zygote died become its children, so that their ends are seen and their pids
 * are safe to signal. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "daemon/master_priv.h"

enum {
	PAUSE_FIRST_US = 100000, /* after one that did not get ready, doubled after each further one */
	PAUSE_MAX_US = 30000000,
	AT_ONCE_MAX = 5,               /* so many in a row that were ready are replaced without a pause */
	PAUSE_AFTER_READY_US = 200000, /* after further ones */
	STOP_MARGIN_US = 5000000,      /* that the service manager leaves us beyond [server] stop_timeout */
	STABLE_US = 10000000,          /* one that was ready this long is not in a row with those before it */
};

static const char *const state_names[] = { "starting", "ready", "restarting", "stopping", "killing" };

const char *master_state_name(const struct master *master)
{
	return state_names[master->state];
}

static void tell_status(struct master *master, const char *first)
{
	const struct generation *g = master->current;
	const struct reload *reload = &master->reload;
	if (!g || master->state == MASTER_RESTARTING)
		notify_send(&master->notify, "%sSTATUS=the zygote died, starting another", first);
	else
		notify_send(&master->notify, "%sSTATUS=%u workers, %lld native functions%s%.*s", first,
			    knowledge_workers(&g->knowledge), (long long)knowledge_native(&g->knowledge),
			    reload->last_failed ? "; the last reload failed: " : "",
			    reload->last_failed ? (int)strcspn(reload->cause.text, "\n") : 0, reload->cause.text);
}

void master_notify_status(struct master *master)
{
	tell_status(master, "");
}

void master_notify_ready(struct master *master)
{
	tell_status(master, "READY=1\n");
}

/* ---- the end ---- */

/* Exit with status as soon as nothing is left that we started. */
static void begin_killing(struct master *master, int status)
{
	master->state = MASTER_KILLING;
	master->exit_status = status;
	if (children_kill(SIGKILL) == 0)
		(void)sd_event_exit(master->event, status);
}

static int on_too_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct master *master = userdata;
	log_with(LOG_WARNING, LOG_FIELDS(LOG_ID(STOP_FORCED)),
		 "not stopped after [server] stop_timeout: killing what is left");
	begin_killing(master, 0);
	return 0;
}

static void set_timer(struct master *master, sd_event_source **timer, uint64_t usec, sd_event_time_handler_t handler)
{
	*timer = sd_event_source_disable_unref(*timer);
	int r = sd_event_add_time_relative(master->event, timer, CLOCK_MONOTONIC, usec, 0, handler, master);
	if (r < 0) {
		log_error("cannot set a timer: %s", strerrordesc_np(-r));
		(void)handler(NULL, 0, master); /* sooner is better than never */
	}
}

static void bury_generations(struct master *master);

void master_stop(struct master *master, const char *why)
{
	if (master->state >= MASTER_STOPPING) {
		log_notice("%s again: killing what is left", why);
		begin_killing(master, master->exit_status);
		return;
	}
	log_info("stopping: %s", why);
	notify_send(&master->notify, "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%ju",
		    (uintmax_t)master->conf->server_stop_timeout + STOP_MARGIN_US);
	master->state = MASTER_STOPPING;
	master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
	reload_cancel(master);
	for (struct generation *g = master->generations; g; g = g->older)
		generation_stop(g);
	bury_generations(master);
	if (!master->generations) {
		(void)sd_event_exit(master->event, 0);
		return;
	}
	set_timer(master, &master->kill_timer, master->conf->server_stop_timeout, on_too_late);
}

/* ---- generations ---- */

/* Forget those of which nothing is left; the current one stays, for what is known of it, until another takes over. */
static void bury_generations(struct master *master)
{
	for (struct generation **link = &master->generations; *link;) {
		struct generation *g = *link;
		if (!generation_is_gone(g) || (g == master->current && master->state < MASTER_STOPPING)) {
			link = &g->older;
			continue;
		}
		*link = g->older;
		master->retired.requests += counters_requests(g->counters);
		master->retired.errors += counters_errors(g->counters);
		master->retired.restarts += g->counters->restarts;
		for (int reason = 0; reason < LEAVE_COUNT; reason++)
			master->retired.left[reason] += g->counters->left[reason];
		if (g->left_us)
			log_debug("generation %u is gone, %.3f s after it began to drain", g->number,
				  (double)(monotonic_us() - g->left_us) / 1e6);
		master->current = master->current == g ? NULL : master->current;
		master->next = master->next == g ? NULL : master->next;
		(void)generation_free(g);
	}
}

static void restart(struct master *master);

static int on_restart_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	restart(userdata);
	return 0;
}

/* The first zygote decides whether we start; later ones are tried until one works.  ready_us: of the one that died, 0
 * if it never was. */
static void recover(struct master *master, uint64_t ready_us)
{
	if (master->state == MASTER_STARTING) {
		begin_killing(master, 1);
		return;
	}
	if (ready_us && monotonic_us() - ready_us >= STABLE_US)
		master->at_once = 0;
	uint64_t pause = master->pause_us;
	if (ready_us) {
		pause = master->at_once++ < AT_ONCE_MAX ? 0 : PAUSE_AFTER_READY_US;
		master->pause_us = PAUSE_FIRST_US;
	} else {
		master->pause_us = pause * 2 < PAUSE_MAX_US ? pause * 2 : PAUSE_MAX_US;
	}
	master->state = MASTER_RESTARTING;
	if (pause > 0)
		log_notice("starting another zygote in %.1f s", (double)pause / 1e6);
	else
		log_notice("starting another zygote at once");
	master_notify_status(master);
	set_timer(master, &master->restart_timer, pause, on_restart_time);
}

static void on_answered_status(json_t *result, void *userdata)
{
	struct generation *generation = userdata;
	if (result)
		knowledge_status(&generation->knowledge, result);
}

static double seconds(json_t *message, const char *name)
{
	return json_number_value(json_object_get(message, name)) / 1e6;
}

static void note_started(struct master *master, uint64_t ready_us)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	uint64_t now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	master->start_to_ready_us = ready_us - master->started_us;
	metrics_set(master->metrics, METRIC_START_TIME, now_us - (monotonic_us() - master->started_us));
	metrics_set(master->metrics, METRIC_START_DURATION, master->start_to_ready_us);
}

/* It takes over: those before it hand over what they have, and leave. */
static void succeed(struct master *master, struct generation *generation)
{
	master->current = generation;
	master->next = NULL;
	master->state = MASTER_READY;
	for (struct generation *g = master->generations; g; g = g->older)
		if (g != generation && g->state == GENERATION_SERVING)
			generation_drain(g, master->conf->server_drain_timeout);
	bury_generations(master);
}

static void on_ready(struct generation *generation, json_t *message, void *userdata)
{
	struct master *master = userdata;
	const struct knowledge *k = &generation->knowledge;
	log_with(LOG_INFO, LOG_FIELDS(LOG_ID(READY)),
		 "ready: %u workers, %lld native functions (import %.3f s, warm-up %.3f s, compilation %.3f s)",
		 knowledge_workers(k), (long long)knowledge_native(k), seconds(message, "import_us"),
		 seconds(message, "warmup_us"), seconds(message, "compile_us"));
	zygote_ask(generation->zygote, "status", UINT64_MAX / 2, on_answered_status, generation);
	if (master->state >= MASTER_STOPPING)
		return;
	bool first = master->state == MASTER_STARTING;
	if (first)
		note_started(master, generation->ready_us);
	succeed(master, generation);
	if (master->reload.under_way)
		reload_on_ready(master);
	else
		tell_status(master, first ? "READY=1\n" : "");
	reload_on_idle(master);
}

static void on_progress(struct generation *generation, void *userdata)
{
	struct master *master = userdata;
	if (master->state == MASTER_STARTING)
		notify_send(&master->notify, "STATUS=%s", generation->knowledge.state);
	else if (master->reload.under_way)
		notify_send(&master->notify, "STATUS=reloading: %s", generation->knowledge.state);
}

/* One that starts has failed, or the one that serves has no zygote any more. */
static void on_zygote_ended(struct generation *generation, void *userdata)
{
	struct master *master = userdata;
	if (master->state >= MASTER_STOPPING)
		return;
	uint64_t ready_us = generation->ready_us;
	bool was_next = generation == master->next;
	if (was_next)
		master->next = NULL;
	else if (generation != master->current)
		return;
	if (master->state == MASTER_STARTING) {
		recover(master, 0);
		return;
	}
	if (was_next && master->reload.under_way)
		reload_on_failed(master, generation);
	bool in_need = !master->current || !master->current->zygote;
	if (in_need && !master->next && !master->restart_timer && !master->reload.wanted)
		recover(master, ready_us);
	reload_on_idle(master);
	/* A reload that has failed before it could start anything is no help. */
	if (in_need && !master->next && !master->restart_timer && master->state < MASTER_STOPPING)
		recover(master, ready_us);
}

static void on_worker_ended(struct generation *generation, const siginfo_t *info, enum worker_leave reason,
			    void *userdata)
{
	(void)generation;
	const struct master *master = userdata;
	metrics_replaced(master->metrics, info, reason);
}

static const struct generation_handlers generation_handlers = {
	.ready = on_ready, .progress = on_progress, .worker_ended = on_worker_ended, .zygote_ended = on_zygote_ended
};

int master_start_generation(struct master *master, const struct conf *conf, const struct identity *identity,
			    const struct listeners *listeners, struct cause *cause)
{
	const struct generation_fds fds = { .listeners = listeners,
					    .exchange = master->exchange,
					    .lifeline = master->workers_lifeline,
					    .metrics_fd = master->metrics_fd,
					    .identity = identity };
	int r = generation_start(master->event, master->last_number + 1, conf, &fds, &generation_handlers, master,
				 &master->next, cause);
	if (r < 0)
		return r;
	master->last_number++;
	master->next->older = master->generations;
	master->generations = master->next;
	return 0;
}

static void restart(struct master *master)
{
	struct cause cause = CAUSE_INIT;
	master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
	if (master->state == MASTER_RESTARTING)
		metrics_set(master->metrics, METRIC_ZYGOTE_RESTARTS, ++master->restarts);
	if (master_start_generation(master, master->conf, &master->identity, &master->listeners, &cause) < 0) {
		log_error("%s", cause.text);
		recover(master, 0);
	}
}

/* ---- signals ---- */

static int on_child(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)si;
	struct master *master = userdata;
	siginfo_t info;
	for (;;) {
		info = (siginfo_t){ 0 };
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
			break;
		bool known = false;
		for (struct generation *g = master->generations; g && !known; g = g->older)
			known = generation_reap(g, &info);
		if (!known)
			log_debug("orphan %d is gone", (int)info.si_pid);
	}
	bury_generations(master);
	if (!master->generations && master->state == MASTER_STOPPING)
		(void)sd_event_exit(master->event, master->exit_status);
	/* Whose parent just ended is our child now. */
	if (master->state == MASTER_KILLING)
		(void)children_kill(SIGKILL);
	bool childless = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
	if (childless && master->state == MASTER_KILLING)
		(void)sd_event_exit(master->event, master->exit_status);
	return 0;
}

static int on_stop_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	char name[16];
	(void)snprintf(name, sizeof(name), "SIG%s", sigabbrev_np((int)si->ssi_signo));
	master_stop(userdata, name);
	return 0;
}

/* What other servers open their logs anew at, or start other programs: by default it would end us without a word. */
static int on_foreign_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)userdata;
	log_notice("SIG%s means nothing here; SIGHUP reloads, and opens the access log anew",
		   sigabbrev_np((int)si->ssi_signo));
	return 0;
}

static int on_reload_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)si;
	reload_request(userdata, NULL, false);
	return 0;
}

static int watch_signals(struct master *master)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} watched[] = {
		{ SIGTERM, on_stop_signal },  { SIGINT, on_stop_signal },     { SIGQUIT, on_stop_signal },
		{ SIGHUP, on_reload_signal }, { SIGUSR1, on_foreign_signal }, { SIGUSR2, on_foreign_signal },
	};
	const size_t n = sizeof(watched) / sizeof(watched[0]);
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < n; i++)
		(void)sigaddset(&set, watched[i].number);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	sd_event_source *child;
	int r = sd_event_add_signal(master->event, &child, SIGCHLD, on_child, master);
	if (r < 0)
		return r;
	/* After all input: the last words of a zygote are heard before its end is handled. */
	r = sd_event_source_set_priority(child, SD_EVENT_PRIORITY_IDLE);
	(void)sd_event_source_set_floating(child, true);
	(void)sd_event_source_unref(child);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = sd_event_add_signal(master->event, NULL, watched[i].number, watched[i].handler, master);
	return r;
}

/* ---- all of it ---- */

/* Workers look at one end, and the other is ours alone. */
static int make_lifeline(struct master *master, struct cause *cause)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return cause_set_errno(cause, -errno, "cannot make a pipe");
	master->workers_lifeline = pair[0];
	master->lifeline = pair[1];
	return 0;
}

static int open_sockets(struct master *master, struct cause *cause)
{
	const struct conf *conf = master->conf;
	int r = handed_over_take(&master->handed_over, cause);
	if (r == 0)
		r = identity_find(conf->server_user, conf->server_group, &master->identity, cause);
	if (r == 0)
		r = listeners_open(conf->server_listen, &master->identity, &master->handed_over, NULL,
				   &master->listeners, cause);
	if (r == 0)
		r = listener_open_control(&master->handed_over, &master->identity, conf->control_socket,
					  &master->control_listener, cause);
	if (r == 0)
		r = control_create(master->event, master->control_listener.fd, master->identity.user, master_methods,
				   master, &master->control, cause);
	return r < 0 ? r : identity_drop_capabilities(cause);
}

static int open_all(struct master *master, struct cause *cause)
{
	int r = sd_event_default(&master->event);
	if (r >= 0)
		r = watch_signals(master);
	if (r >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		r = -errno;
	if (r < 0)
		return cause_set_errno(cause, r, "cannot set up the event loop");
	notify_start(&master->notify, master->event);
	r = exchange_open(&master->exchange, cause);
	if (r == 0)
		r = make_lifeline(master, cause);
	if (r == 0)
		r = metrics_create(&master->metrics_fd, cause);
	if (r == 0)
		r = metrics_map(master->metrics_fd, &master->metrics, cause);
	if (r == 0)
		r = lifesigns_start(master, cause);
	return r < 0 ? r : open_sockets(master, cause);
}

static void close_all(struct master *master)
{
	reload_cancel(master);
	lifesigns_stop(&master->lifesigns);
	notify_stop(&master->notify);
	for (struct generation *g = master->generations, *older; g; g = older) {
		older = g->older;
		(void)generation_free(g);
	}
	control_stop_listening(master->control);
	listeners_shut_down(&master->listeners);
	listeners_close(&master->listeners);
	listener_close(&master->control_listener);
	handed_over_clear(&master->handed_over);
	exchange_close(&master->exchange);
	metrics_unmap(master->metrics);
	master->metrics_fd = close_fd(master->metrics_fd);
	identity_clear(&master->identity);
	master->lifeline = close_fd(master->lifeline);
	master->workers_lifeline = close_fd(master->workers_lifeline);
	master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
	master->kill_timer = sd_event_source_disable_unref(master->kill_timer);
	master->control =
		control_free(master->control); /* last: preforgectl stop waits for this end of its connection */
	master->event = sd_event_unref(master->event);
	master->conf = conf_free(master->conf);
}

int master_run(struct conf *conf, const struct conf_source *source, uint64_t started_us)
{
	struct master master = { .conf = conf,
				 .source = source,
				 .started_us = started_us,
				 .pause_us = PAUSE_FIRST_US,
				 .control_listener = { .fd = -1 },
				 .exchange = EXCHANGE_NONE,
				 .metrics_fd = -1,
				 .lifeline = -1,
				 .workers_lifeline = -1 };
	struct cause cause = CAUSE_INIT;
	int status = 1;
	log_set_format((enum log_format)conf->log_format);
	log_init("preforged", LOG_ERR + conf->log_level);
	if (open_all(&master, &cause) < 0) {
		log_error("%s", cause.text);
		close_all(&master);
		return status;
	}
	for (size_t i = 0; i < master.listeners.count; i++)
		log_info("listening on %s", master.listeners.items[i].address);
	restart(&master);
	status = sd_event_loop(master.event);
	if (status < 0) {
		log_error("the event loop failed: %s", strerrordesc_np(-status));
		status = 1;
	}
	close_all(&master);
	if (status == 0)
		log_info("stopped");
	return status;
}
