/* generation.c - see generation.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/compiler_directory.h"
#include "common/log.h"
#include "common/worker_signals.h"
#include "daemon/generation.h"
#include "daemon/orphans.h"
#include "daemon/start_message.h"

enum {
	LOST_PATIENCE_US = 5000000,  /* for the end of a zygote that closed its channel */
	DRAIN_PATIENCE_US = 5000000, /* for a zygote to end, after the time of its workers */
};

const char *generation_state_name(const struct generation *generation)
{
	static const char *const names[] = { "starting", "serving", "draining", "stopping" };
	bool orphaned = generation->state == GENERATION_SERVING && !generation->zygote;
	return orphaned ? "orphaned" : names[generation->state];
}

json_t *generation_json(const struct generation *generation)
{
	const struct knowledge *k = &generation->knowledge;
	pid_t reserve = generation->zygote ? generation->counters->reserve : generation->reserve.pid;
	return json_pack("{s:i, s:s, s:o, s:o, s:i, s:f}", "number", (int)generation->number, "state",
			 generation_state_name(generation), "zygote",
			 generation->zygote ? json_integer(zygote_pid(generation->zygote)) : json_null(), "reserve",
			 reserve ? json_integer(reserve) : json_null(), "workers", (int)knowledge_workers(k), "age_s",
			 (double)(monotonic_us() - generation->started_us) / 1e6);
}

bool generation_is_gone(const struct generation *generation)
{
	return !generation->zygote && !generation->reserve.pid && knowledge_workers(&generation->knowledge) == 0;
}

void obituary(const siginfo_t *info, char text[static 128])
{
	if (info->si_code == CLD_EXITED && info->si_status == WORKER_EXIT_FAULT)
		(void)snprintf(text, 128, "a fault in native code");
	else if (info->si_code == CLD_EXITED && info->si_status == WORKER_EXIT_DEADLINE)
		(void)snprintf(text, 128, "a call was over its deadline");
	else if (info->si_code == CLD_EXITED)
		(void)snprintf(text, 128, "exit status %d", info->si_status);
	else
		(void)snprintf(text, 128, "killed by SIG%s%s", sigabbrev_np(info->si_status) ?: "?",
			       info->si_code == CLD_DUMPED ? ", core dumped" : "");
}

static void kill_zygote(struct generation *generation)
{
	if (generation->zygote)
		(void)kill(zygote_pid(generation->zygote), SIGKILL);
}

void generation_set_timer(struct generation *generation, uint64_t usec, sd_event_time_handler_t handler)
{
	generation->timer = sd_event_source_disable_unref(generation->timer);
	if (usec == UINT64_MAX)
		return;
	int r = sd_event_add_time_relative(generation->event, &generation->timer, CLOCK_MONOTONIC, usec, 0, handler,
					   generation);
	if (r < 0) {
		log_error("cannot set a timer: %s", strerrordesc_np(-r));
		(void)handler(NULL, 0, generation); /* sooner is better than never */
	}
}

/* ---- the zygote ---- */

static int on_impatience(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	kill_zygote(userdata);
	return 0;
}

static int on_start_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	struct generation *generation = userdata;
	(void)cause_set(&generation->cause, -ETIMEDOUT,
			"not ready within [server] start_timeout, the zygote was last %s", generation->knowledge.state);
	log_error("generation %u: %s", generation->number, generation->cause.text);
	kill_zygote(generation);
	return 0;
}

static void on_failed(struct generation *generation, json_t *message)
{
	const char *cause = json_string_value(json_object_get(message, "cause"));
	const char *traceback = json_string_value(json_object_get(message, "traceback"));
	(void)cause_set(&generation->cause, -EIO, "%s", cause ? cause : "the zygote failed");
	free(generation->traceback);
	generation->traceback = traceback ? strdup(traceback) : NULL;
	size_t length = generation->traceback ? strlen(generation->traceback) : 0;
	while (length > 0 && generation->traceback[length - 1] == '\n')
		generation->traceback[--length] = '\0';
	log_with(LOG_ERR, LOG_FIELDS(LOG_ID(START_FAILED)), "%s%s%s", generation->cause.text, length ? "\n" : "",
		 length ? generation->traceback : "");
}

static void on_event(const char *name, json_t *message, void *userdata)
{
	struct generation *generation = userdata;
	knowledge_event(&generation->knowledge, name, message);
	if (strcmp(name, "ready") == 0 && generation->state == GENERATION_STARTING) {
		generation->ready_us = monotonic_us();
		generation->state = GENERATION_SERVING;
		generation->timer = sd_event_source_disable_unref(generation->timer);
		generation->handlers->ready(generation, message, generation->userdata);
	} else if (strcmp(name, "failed") == 0) {
		on_failed(generation, message);
	} else if (strcmp(name, "state") == 0 && generation->state == GENERATION_STARTING) {
		generation->handlers->progress(generation, generation->userdata);
	}
}

/* Without its channel a zygote cannot be told to stop, and says nothing of its workers. */
static void on_lost(int result, const char *cause, void *userdata)
{
	struct generation *generation = userdata;
	if (result < 0 && result != -ECONNRESET) {
		log_error("cannot read what the zygote says, killing it: %s", cause);
		kill_zygote(generation);
	} else if (generation->state <= GENERATION_SERVING) {
		generation_set_timer(generation, LOST_PATIENCE_US, on_impatience);
	}
}

static const struct zygote_handlers zygote_handlers = { .event = on_event, .lost = on_lost };

static void on_zygote_end(struct generation *generation, const siginfo_t *info)
{
	bool expected = generation->state >= GENERATION_DRAINING;
	char text[128], pid[16];
	obituary(info, text);
	(void)snprintf(pid, sizeof(pid), "%d", (int)info->si_pid);
	generation->zygote = zygote_free(generation->zygote);
	generation->timer = sd_event_source_disable_unref(generation->timer);
	knowledge_end(&generation->knowledge);
	/* Compilers have died with it; if it was killed, or told to stop before it served, what they wrote to stays. */
	compiler_directory_remove_of(info->si_pid);
	if (!expected && !*generation->cause.text) {
		(void)cause_set(&generation->cause, -ECHILD, "the zygote (pid %s) died%s: %s", pid,
				generation->ready_us ? "" : " before it was ready", text);
		log_with(LOG_ERR, LOG_FIELDS(LOG_ID(ZYGOTE_DIED), "ZYGOTE", pid), "%s", generation->cause.text);
	}
	if (!generation->ready_us)
		generation->state = GENERATION_STOPPING;
	orphans_adopt(generation);
	if (generation->state == GENERATION_DRAINING)
		orphans_drain(generation);
	else if (generation->state == GENERATION_STOPPING)
		orphans_stop(generation);
	generation->handlers->zygote_ended(generation, generation->userdata);
}

bool generation_reap(struct generation *generation, const siginfo_t *info)
{
	if (!generation->zygote)
		return orphans_reap(generation, info);
	if (info->si_pid != zygote_pid(generation->zygote))
		return false;
	on_zygote_end(generation, info);
	return true;
}

/* ---- start and end ---- */

/* Anew for each generation, so that a file that was renamed is left behind. */
static int open_access_log(const char *path, int *ret_fd, struct cause *cause)
{
	*ret_fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640) : -1;
	return path && *ret_fd < 0 ? cause_set_errno(cause, -errno, "cannot open [log] access_file %s", path) : 0;
}

static int start_zygote(struct generation *generation, const struct conf *conf, const struct generation_fds *given,
			struct cause *cause)
{
	cleanup_fd int access_fd = -1;
	int r = open_access_log(conf->log_access_file, &access_fd, cause);
	if (r < 0)
		return r;
	struct cause no_store = CAUSE_INIT;
	if (conf->cache_store_size > 0 &&
	    identity_make_directory(given->identity, conf->cache_directory, &no_store) < 0)
		log_warning("%s", no_store.text); /* the zygote says what comes of it */
	size_t count = given->listeners->count;
	cleanup_fd int reserve_fd = -1;
	r = orphans_prepare(generation, &reserve_fd, cause);
	if (r < 0)
		return r;
	const struct own_fds own = { generation->counters_fd, reserve_fd, access_fd };
	json_t *start = start_message(conf, given, &own);
	cleanup_free int *fds = calloc(count + 7, sizeof(*fds));
	r = start && fds ? 0 : cause_set(cause, -ENOMEM, "out of memory");
	if (r == 0) {
		for (size_t i = 0; i < count; i++)
			fds[i] = given->listeners->items[i].fd;
		fds[count++] = generation->counters_fd;
		fds[count++] = reserve_fd;
		fds[count++] = given->exchange.in;
		fds[count++] = given->exchange.out;
		fds[count++] = given->lifeline;
		fds[count++] = given->metrics_fd;
		if (access_fd >= 0)
			fds[count++] = access_fd;
		r = zygote_start(generation->event, given->identity, fds, count, start, &zygote_handlers, generation,
				 &generation->zygote, cause);
	}
	json_decref(start);
	return r;
}

int generation_start(sd_event *event, unsigned number, const struct conf *conf, const struct generation_fds *fds,
		     const struct generation_handlers *handlers, void *userdata, struct generation **ret,
		     struct cause *cause)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	if (!generation)
		return cause_set(cause, -ENOMEM, "out of memory");
	*generation = (struct generation){ .number = number,
					   .event = sd_event_ref(event),
					   .counters_fd = -1,
					   .reserve = orphans_init(conf),
					   .started_us = monotonic_us(),
					   .handlers = handlers,
					   .userdata = userdata };
	int r = counters_create(&generation->counters_fd, cause);
	if (r == 0)
		r = counters_map(generation->counters_fd, &generation->counters, cause);
	if (r == 0)
		r = start_zygote(generation, conf, fds, cause);
	if (r < 0) {
		(void)generation_free(generation);
		return r;
	}
	knowledge_start(&generation->knowledge, zygote_pid(generation->zygote));
	generation_set_timer(generation, conf->server_start_timeout ? conf->server_start_timeout : UINT64_MAX,
			     on_start_time);
	log_debug("zygote of generation %u started (pid %d)", number, (int)zygote_pid(generation->zygote));
	*ret = generation;
	return 0;
}

struct generation *generation_free(struct generation *generation)
{
	if (!generation)
		return NULL;
	generation->zygote = zygote_free(generation->zygote);
	generation->timer = sd_event_source_disable_unref(generation->timer);
	orphans_forget(generation);
	generation->counters_fd = close_fd(generation->counters_fd);
	counters_unmap(generation->counters);
	knowledge_clear(&generation->knowledge);
	free(generation->traceback);
	(void)sd_event_unref(generation->event);
	free(generation);
	return NULL;
}

void generation_drain(struct generation *generation, uint64_t patience_us)
{
	if (generation->state >= GENERATION_DRAINING)
		return;
	log_debug("generation %u drains", generation->number);
	generation->state = GENERATION_DRAINING;
	generation->left_us = monotonic_us();
	generation->patience_us = patience_us;
	if (!generation->zygote) {
		orphans_drain(generation);
		return;
	}
	generation_set_timer(generation, patience_us + DRAIN_PATIENCE_US, on_impatience);
	if (zygote_drain(generation->zygote, patience_us) < 0)
		kill_zygote(generation); /* its workers are then told by us */
}

void generation_stop(struct generation *generation)
{
	generation->state = GENERATION_STOPPING;
	generation->timer = sd_event_source_disable_unref(generation->timer);
	if (!generation->zygote) {
		orphans_stop(generation);
		return;
	}
	(void)zygote_stop(generation->zygote); /* if its channel is broken, its end is near anyway */
	if (!generation->ready_us)
		(void)kill(zygote_pid(generation->zygote),
			   SIGTERM); /* it may be busy importing, and serves nobody yet */
}
