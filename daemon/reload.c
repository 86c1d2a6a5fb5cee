/* reload.c - another configuration and another load of the app, without a moment in which nobody serves.
 *
 *     request -> the configuration is read and checked -> new sockets are opened -> a generation is started
 *             -> it is ready: it is the current one, and those before it drain
 *
 * Until the last step nothing has changed: whatever fails, what was there serves on.  One reload is under way at a
 * time. A request that comes meanwhile is for one more after it, as the files may have changed since they were read;
 * several of them are for the same one. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "daemon/master_priv.h"

struct waiting {
	struct waiting *next;
	struct control_call *call;
};

static const char out_of_memory[] = "out of memory";

static void wait_for_result(struct waiting **list, struct control_call *call)
{
	struct waiting *waiting = malloc(sizeof(*waiting));
	if (!waiting) {
		control_fail(call, CONTROL_UNAVAILABLE, out_of_memory);
		return;
	}
	*waiting = (struct waiting){ .next = *list, .call = call };
	*list = waiting;
}

static void clear_texts(struct reload *reload)
{
	reload->cause = reload->notes = CAUSE_INIT;
	free(reload->traceback);
	reload->traceback = NULL;
}

static json_t *done_json(const struct master *master)
{
	const struct reload *reload = &master->reload;
	return json_pack("{s:i, s:f, s:s?}", "generation", (int)master->current->number, "took_s",
			 (double)reload->took_us / 1e6, "notes", *reload->notes.text ? reload->notes.text : NULL);
}

static char *failure_text(const struct reload *reload)
{
	char *text;
	int n = asprintf(&text, "%s%s%s", reload->cause.text, reload->traceback ? "\n" : "",
			 reload->traceback ? reload->traceback : "");
	return n < 0 ? NULL : text;
}

static void answer(struct master *master, struct control_call *call)
{
	cleanup_free char *text = NULL;
	if (!master->reload.last_failed) {
		control_reply(call, done_json(master));
		return;
	}
	text = failure_text(&master->reload);
	control_fail(call, CONTROL_UNAVAILABLE, text ? text : out_of_memory);
}

/* It is over, one way or the other. */
static void finish(struct master *master)
{
	struct reload *reload = &master->reload;
	reload->under_way = false;
	reload->conf = conf_free(reload->conf);
	identity_clear(&reload->identity);
	reload->ended_us = monotonic_us();
	reload->took_us = reload->ended_us - reload->begun_us;
	reload->done += !reload->last_failed;
	reload->failed += reload->last_failed;
	metrics_set(master->metrics, METRIC_RELOADS_DONE, reload->done);
	metrics_set(master->metrics, METRIC_RELOADS_FAILED, reload->failed);
	if (reload->last_failed)
		log_error("the reload failed, what was there serves on: %s", reload->cause.text);
	master_notify_ready(master);
	struct waiting *next;
	for (struct waiting *waiting = steal_ptr(reload->waiting); waiting; waiting = next) {
		next = waiting->next;
		answer(master, waiting->call);
		free(waiting);
	}
}

static void fail(struct master *master)
{
	struct reload *reload = &master->reload;
	reload->last_failed = true;
	/* A process that dies may hold them for a little longer. */
	for (size_t i = 0; i < reload->listeners.count; i++)
		listener_unlink(&reload->listeners.items[i]);
	listeners_close(&reload->listeners);
	finish(master);
}

/* ---- what holds for the life of the process ---- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void note_restarts(struct master *master, const struct conf *conf)
{
	struct reload *reload = &master->reload;
	if (!same(conf->control_socket, master->conf->control_socket))
		(void)cause_set(&reload->notes, 0, "[control] socket is another one now: that needs a restart");
	else if (reload->identity.user != master->identity.user)
		(void)cause_set(&reload->notes, 0,
				"[server] user is another one now: who may use the control socket needs a restart");
	if (*reload->notes.text)
		log_warning("%s", reload->notes.text);
}

/* ---- the steps ---- */

static int prepare(struct master *master, struct cause *cause)
{
	struct reload *reload = &master->reload;
	int r = master->source->read(master->source, &reload->conf, cause);
	if (r < 0)
		return r;
	r = identity_find(reload->conf->server_user, reload->conf->server_group, &reload->identity, cause);
	if (r < 0)
		return r;
	note_restarts(master, reload->conf);
	r = listeners_open(reload->conf->server_listen, &reload->identity, &master->handed_over, &master->listeners,
			   &reload->listeners, cause);
	return r < 0 ? r : master_start_generation(master, reload->conf, &reload->identity, &reload->listeners, cause);
}

static void begin(struct master *master)
{
	struct reload *reload = &master->reload;
	reload->under_way = true;
	reload->wanted = false;
	reload->waiting = steal_ptr(reload->next_ones);
	reload->begun_us = monotonic_us();
	reload->last_failed = false;
	clear_texts(reload);
	notify_send(&master->notify, "RELOADING=1\nMONOTONIC_USEC=%ju\nSTATUS=reloading", (uintmax_t)reload->begun_us);
	lifesigns_reload(master);
	log_info("reloading");
	if (prepare(master, &reload->cause) < 0)
		fail(master);
	else
		master->restart_timer = sd_event_source_disable_unref(master->restart_timer);
}

void reload_on_idle(struct master *master)
{
	if (master->reload.wanted && !master->next && master->state < MASTER_STOPPING)
		begin(master);
}

void reload_request(struct master *master, struct control_call *call, bool wait)
{
	struct reload *reload = &master->reload;
	if (master->state >= MASTER_STOPPING) {
		if (call)
			control_fail(call, CONTROL_UNAVAILABLE, "the daemon is stopping");
		return;
	}
	bool later = master->next != NULL;
	reload->wanted = true;
	if (later)
		log_info("one more reload is wanted, after what is under way");
	if (call && wait) {
		wait_for_result(&reload->next_ones, call);
		call = NULL;
	}
	reload_on_idle(master);
	if (!call)
		return;
	if (!later && !reload->under_way && reload->last_failed)
		answer(master, call);
	else
		control_reply(call, json_pack("{s:b, s:s?}", "later", later, "notes",
					      *reload->notes.text && !later ? reload->notes.text : NULL));
}

/* ---- its end ---- */

void reload_on_ready(struct master *master)
{
	struct reload *reload = &master->reload;
	struct cause cause = CAUSE_INIT;
	if (listeners_succeed(&master->listeners, &reload->listeners, &cause) < 0)
		log_warning("%s", cause.text);
	for (size_t i = 0; i < reload->listeners.count; i++)
		if (reload->listeners.items[i].path || reload->listeners.items[i].is_ours)
			log_debug("listening on %s", reload->listeners.items[i].address);
	listeners_close(&master->listeners);
	master->listeners = reload->listeners;
	reload->listeners = (struct listeners){ 0 };
	(void)conf_free(master->conf);
	master->conf = steal_ptr(reload->conf);
	identity_clear(&master->identity);
	master->identity = reload->identity;
	reload->identity = (struct identity){ 0 };
	log_set_format((enum log_format)master->conf->log_format);
	log_init("preforged", LOG_ERR + master->conf->log_level);
	finish(master);
	log_info("reloaded in %.3f s: generation %u serves", (double)reload->took_us / 1e6, master->current->number);
}

void reload_on_failed(struct master *master, const struct generation *generation)
{
	struct reload *reload = &master->reload;
	reload->cause = generation->cause;
	if (generation->traceback)
		reload->traceback = strdup(generation->traceback);
	fail(master);
}

void reload_cancel(struct master *master)
{
	struct reload *reload = &master->reload;
	static const char why[] = "the daemon is stopping";
	struct waiting *lists[] = { steal_ptr(reload->waiting), steal_ptr(reload->next_ones) };
	for (size_t i = 0; i < 2; i++) {
		for (struct waiting *waiting = lists[i], *next; waiting; waiting = next) {
			next = waiting->next;
			control_fail(waiting->call, CONTROL_UNAVAILABLE, why);
			free(waiting);
		}
	}
	listeners_close(&reload->listeners);
	reload->conf = conf_free(reload->conf);
	identity_clear(&reload->identity);
	reload->under_way = reload->wanted = false;
	clear_texts(reload);
}

json_t *reload_json(const struct master *master)
{
	const struct reload *reload = &master->reload;
	json_t *last = reload->ended_us && !reload->under_way
			       ? json_pack("{s:b, s:f, s:f, s:s?, s:s?, s:s?}", "failed", reload->last_failed, "took_s",
					   (double)reload->took_us / 1e6, "ago_s",
					   (double)(monotonic_us() - reload->ended_us) / 1e6, "cause",
					   reload->last_failed ? reload->cause.text : NULL, "traceback",
					   reload->traceback, "notes", *reload->notes.text ? reload->notes.text : NULL)
			       : json_null();
	return json_pack("{s:b, s:b, s:i, s:i, s:o}", "under_way", reload->under_way, "wanted", reload->wanted, "done",
			 (int)reload->done, "failed", (int)reload->failed, "last", last);
}
