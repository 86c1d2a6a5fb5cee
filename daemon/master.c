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
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/master.h"
#include "daemon/master_priv.h"
#include "daemon/start_message.h"

enum {
	PAUSE_FIRST_US = 100000,
	PAUSE_MAX_US = 30000000,
	STABLE_US = 10000000,       /* a zygote that was ready this long is restarted without a pause */
	LOST_PATIENCE_US = 5000000, /* for the end of a zygote that closed its channel */
};

static const char *const state_names[] = { "starting", "ready", "restarting", "stopping", "killing" };

const char *master_state_name(const struct master *master)
{
	return state_names[master->state];
}

static void notify_status(const struct master *master)
{
	(void)sd_notifyf(false, "STATUS=%u workers, %lld native functions", knowledge_workers(&master->knowledge),
			 (long long)knowledge_native(&master->knowledge));
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

static int on_lost_too_long(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct master *master = userdata;
	if (master->zygote)
		(void)kill(zygote_pid(master->zygote), SIGKILL);
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

void master_stop(struct master *master, const char *why)
{
	if (master->state >= MASTER_STOPPING) {
		log_notice("%s again: killing what is left", why);
		begin_killing(master, master->exit_status);
		return;
	}
	log_info("stopping: %s", why);
	(void)sd_notify(false, "STOPPING=1\nSTATUS=stopping");
	bool was_ready = master->zygote_ready_us != 0;
	master->state = MASTER_STOPPING;
	master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
	if (!master->zygote) {
		(void)sd_event_exit(master->event, 0);
		return;
	}
	set_timer(master, &master->kill_timer, master->conf->server_stop_timeout, on_too_late);
	if (master->state != MASTER_STOPPING)
		return;
	(void)zygote_stop(master->zygote); /* if its channel is broken, its end is near anyway */
	if (!was_ready)
		(void)kill(zygote_pid(master->zygote), SIGTERM); /* it may be busy importing, and serves nobody yet */
}

/* ---- the zygote ---- */

static void start_zygote(struct master *master);

static int on_restart_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	start_zygote(userdata);
	return 0;
}

/* The first zygote decides whether we start; later ones are tried until one works. */
static void recover(struct master *master)
{
	if (master->state == MASTER_STARTING) {
		begin_killing(master, 1);
		return;
	}
	bool stable = master->zygote_ready_us && monotonic_us() - master->zygote_ready_us >= STABLE_US;
	uint64_t pause = stable ? 0 : master->pause_us;
	master->pause_us = stable ? PAUSE_FIRST_US : pause * 2 < PAUSE_MAX_US ? pause * 2 : PAUSE_MAX_US;
	master->state = MASTER_RESTARTING;
	master->zygote_ready_us = 0;
	log_notice("starting another zygote in %.1f s", (double)pause / 1e6);
	(void)sd_notifyf(false, "STATUS=the zygote died, starting another");
	set_timer(master, &master->restart_timer, pause, on_restart_time);
}

static void on_answered_status(json_t *result, void *userdata)
{
	struct master *master = userdata;
	if (result)
		knowledge_status(&master->knowledge, result);
}

static double seconds(json_t *message, const char *name)
{
	return json_number_value(json_object_get(message, name)) / 1e6;
}

static void on_ready(struct master *master, json_t *message)
{
	uint64_t now = monotonic_us();
	master->zygote_ready_us = now;
	log_with(LOG_INFO, LOG_FIELDS(LOG_ID(READY)),
		 "ready: %u workers, %lld native functions (import %.3f s, warm-up %.3f s, compilation %.3f s)",
		 knowledge_workers(&master->knowledge), (long long)knowledge_native(&master->knowledge),
		 seconds(message, "import_us"), seconds(message, "warmup_us"), seconds(message, "compile_us"));
	if (master->state == MASTER_STARTING) {
		master->start_to_ready_us = now - master->started_us;
		(void)sd_notify(false, "READY=1");
	}
	if (master->state < MASTER_STOPPING)
		master->state = MASTER_READY;
	notify_status(master);
	zygote_ask(master->zygote, "status", UINT64_MAX / 2, on_answered_status, master);
}

static void on_failed(struct master *master, json_t *message)
{
	const char *cause = json_string_value(json_object_get(message, "cause"));
	const char *traceback = json_string_value(json_object_get(message, "traceback"));
	master->failure_told = true;
	size_t length = traceback ? strlen(traceback) : 0;
	while (length > 0 && traceback[length - 1] == '\n')
		length--;
	log_with(LOG_ERR, LOG_FIELDS(LOG_ID(START_FAILED)), "%s%s%.*s", cause ? cause : "the zygote failed",
		 length ? "\n" : "", (int)length, traceback ? traceback : "");
}

static void on_event(const char *name, json_t *message, void *userdata)
{
	struct master *master = userdata;
	knowledge_event(&master->knowledge, name, message);
	if (strcmp(name, "ready") == 0)
		on_ready(master, message);
	else if (strcmp(name, "failed") == 0)
		on_failed(master, message);
	else if (strcmp(name, "state") == 0 && master->state < MASTER_READY)
		(void)sd_notifyf(false, "STATUS=%s", master->knowledge.state);
}

/* Without its channel a zygote cannot be told to stop, and says nothing of its workers. */
static void on_lost(int result, const char *cause, void *userdata)
{
	struct master *master = userdata;
	if (result < 0 && result != -ECONNRESET) {
		log_error("the zygote is not to be understood, killing it: %s", cause);
		(void)kill(zygote_pid(master->zygote), SIGKILL);
	} else if (master->state < MASTER_STOPPING) {
		set_timer(master, &master->kill_timer, LOST_PATIENCE_US, on_lost_too_long);
	}
}

static const struct zygote_handlers zygote_handlers = { .event = on_event, .lost = on_lost };

static int try_start_zygote(struct master *master, struct cause *cause)
{
	json_t *start = start_message(master->conf, &master->listeners, master->counters_fd);
	int *fds = calloc(master->listeners.count + 1, sizeof(*fds));
	int r = start && fds ? 0 : cause_set(cause, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < master->listeners.count; i++)
		fds[i] = master->listeners.items[i].fd;
	if (r == 0) {
		fds[master->listeners.count] = master->counters_fd;
		r = zygote_start(master->event, fds, master->listeners.count + 1, start, &zygote_handlers, master,
				 &master->zygote, cause);
	}
	free(fds);
	json_decref(start);
	return r;
}

static void start_zygote(struct master *master)
{
	struct cause cause = CAUSE_INIT;
	master->failure_told = false;
	master->zygote_ready_us = 0;
	if (master->state == MASTER_RESTARTING)
		master->restarts++;
	if (try_start_zygote(master, &cause) < 0) {
		log_error("%s", cause.text);
		recover(master);
		return;
	}
	knowledge_start(&master->knowledge, zygote_pid(master->zygote));
	log_debug("zygote started (pid %d)", (int)zygote_pid(master->zygote));
}

static void obituary(const siginfo_t *info, char text[static 128])
{
	if (info->si_code == CLD_EXITED)
		(void)snprintf(text, 128, "exit status %d", info->si_status);
	else
		(void)snprintf(text, 128, "killed by SIG%s%s", sigabbrev_np(info->si_status) ?: "?",
			       info->si_code == CLD_DUMPED ? ", core dumped" : "");
}

static void on_zygote_end(struct master *master, const siginfo_t *info)
{
	bool was_ready = master->zygote_ready_us != 0;
	char text[128], pid[16];
	obituary(info, text);
	(void)snprintf(pid, sizeof(pid), "%d", (int)info->si_pid);
	master->zygote = zygote_free(master->zygote);
	master->kill_timer = master->state < MASTER_STOPPING ? sd_event_source_disable_unref(master->kill_timer)
							     : master->kill_timer;
	knowledge_end(&master->knowledge);
	if (master->state < MASTER_STOPPING && !master->failure_told)
		log_with(LOG_ERR, LOG_FIELDS(LOG_ID(ZYGOTE_DIED), "ZYGOTE", pid), "the zygote (pid %s) died%s: %s", pid,
			 was_ready ? "" : " before it was ready", text);
	if (master->state < MASTER_STOPPING)
		recover(master);
	else if (master->state == MASTER_STOPPING && info->si_code == CLD_EXITED && info->si_status == 0)
		(void)sd_event_exit(master->event, 0); /* it has waited for its workers */
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
		if (master->zygote && info.si_pid == zygote_pid(master->zygote))
			on_zygote_end(master, &info);
		else
			log_debug("orphan %d is gone", (int)info.si_pid);
	}
	/* Whose parent just ended is our child now. */
	if (master->state == MASTER_KILLING)
		(void)children_kill(SIGKILL);
	bool childless = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
	if (childless && master->state >= MASTER_STOPPING)
		(void)sd_event_exit(master->event, master->exit_status);
	return 0;
}

static int on_stop_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	master_stop(userdata, si->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
	return 0;
}

static int on_reload_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)si;
	(void)userdata;
	log_notice("SIGHUP is ignored: this version cannot reload, restart it instead");
	return 0;
}

static int watch_signals(struct master *master)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
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
	if (r >= 0)
		r = sd_event_add_signal(master->event, NULL, SIGTERM, on_stop_signal, master);
	if (r >= 0)
		r = sd_event_add_signal(master->event, NULL, SIGINT, on_stop_signal, master);
	if (r >= 0)
		r = sd_event_add_signal(master->event, NULL, SIGHUP, on_reload_signal, master);
	return r;
}

/* ---- all of it ---- */

static int open_all(struct master *master, struct cause *cause)
{
	const struct conf *conf = master->conf;
	int r = sd_event_default(&master->event);
	if (r >= 0)
		r = watch_signals(master);
	if (r >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		r = -errno;
	if (r < 0)
		return cause_set_errno(cause, r, "cannot set up the event loop");
	r = listeners_open(conf->server_listen, conf->control_socket, &master->listeners, &master->control_listener,
			   cause);
	if (r == 0)
		r = counters_create(&master->counters_fd, cause);
	if (r == 0)
		r = counters_map(master->counters_fd, &master->counters, cause);
	if (r == 0)
		r = control_create(master->event, master->control_listener.fd, master_methods, master, &master->control,
				   cause);
	return r;
}

static void close_all(struct master *master)
{
	master->zygote = zygote_free(master->zygote);
	master->control = control_free(master->control);
	listeners_close(&master->listeners);
	listener_close(&master->control_listener);
	master->counters_fd = close_fd(master->counters_fd);
	knowledge_clear(&master->knowledge);
	master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
	master->kill_timer = sd_event_source_disable_unref(master->kill_timer);
	master->event = sd_event_unref(master->event);
}

int master_run(const struct conf *conf, uint64_t started_us)
{
	struct master master = { .conf = conf,
				 .started_us = started_us,
				 .pause_us = PAUSE_FIRST_US,
				 .control_listener = { .fd = -1 },
				 .counters_fd = -1 };
	struct cause cause = CAUSE_INIT;
	int status = 1;
	if (open_all(&master, &cause) < 0) {
		log_error("%s", cause.text);
		close_all(&master);
		return status;
	}
	for (size_t i = 0; i < master.listeners.count; i++)
		log_info("listening on %s", master.listeners.items[i].address);
	start_zygote(&master);
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
