/* crowd.c - see crowd.h. */
#include "config.h"

#include "workers/crowd.h"

enum {
	OF_TIME = 8,       /* it waits for a CPU an eighth of the time */
	OF_WANTED = 4,     /* and a quarter of that in which it wants one: measured are 40-60 %, and else below 5 % */
	SETTLE_US = 20000, /* until the others have the connections */
	JUDGE_US = 50000,  /* of requests after that are compared */
	REST_US = 1000000, /* aside for so long at first */
	REST_MOST_US = 8000000, /* and at most */
	PAUSE_US = 1000000,     /* the same between two tries that did no good */
	PAUSE_MOST_US = 60000000,
};

/* A process that gets the CPU keeps it for 3 ms and more (the kernel's base slice): a line must be shorter. */
static const uint64_t WAIT_MOST_NS = 2000000;

static uint64_t or_first(uint64_t value, uint64_t first)
{
	return value ? value : first;
}

static uint64_t double_up_to(uint64_t value, uint64_t most)
{
	return value < most / 2 ? 2 * value : most;
}

/* Between two looks that lie apart it had little to do. */
static bool is_crowded(const struct crowd *crowd, const struct crowd_view *view)
{
	uint64_t us = view->now_us - crowd->before.now_us;
	uint64_t ran_ns = view->cpu_ns - crowd->before.cpu_ns;
	uint64_t waited_ns = view->cpu_wait_ns - crowd->before.cpu_wait_ns;
	return us <= 2 * CROWD_LOOK_US && waited_ns / 1000 * OF_TIME >= us &&
	       waited_ns * OF_WANTED >= ran_ns + waited_ns;
}

static void step_aside(struct crowd *crowd, const struct crowd_view *view)
{
	crowd->aside = true;
	crowd->is_judged = false;
	crowd->served_requests = view->requests - crowd->before.requests;
	crowd->served_us = view->now_us - crowd->before.now_us;
	crowd->settled_us = view->now_us + SETTLE_US;
	crowd->rest_us = or_first(crowd->rest_us, REST_US);
	crowd->until_us = view->now_us + crowd->rest_us;
}

static void look_while_serving(struct crowd *crowd, const struct crowd_view *view)
{
	if (view->now_us - crowd->before.now_us < CROWD_LOOK_US)
		return;
	if (view->now_us >= crowd->from_us && view->others_serve && view->wait_ns <= WAIT_MOST_NS &&
	    is_crowded(crowd, view))
		step_aside(crowd, view);
	crowd->before = *view;
}

/* An eighth less is more than chance. */
static bool is_worse(const struct crowd *crowd, const struct crowd_view *view)
{
	uint64_t requests = view->requests - crowd->before.requests, us = view->now_us - crowd->before.now_us;
	return requests * crowd->served_us / 7 * 8 < crowd->served_requests * us;
}

static void judge(struct crowd *crowd, const struct crowd_view *view)
{
	if (view->now_us < crowd->settled_us || !view->others_are_busy) {
		crowd->before = *view; /* no load: nothing to compare */
	} else if (view->now_us - crowd->before.now_us >= JUDGE_US) {
		crowd->is_judged = true;
		if (!is_worse(crowd, view)) {
			crowd->pause_us = 0;
			return;
		}
		crowd->rest_us = 0;
		crowd->pause_us = or_first(crowd->pause_us, PAUSE_US);
		crowd->from_us = view->now_us + crowd->pause_us;
		crowd->pause_us = double_up_to(crowd->pause_us, PAUSE_MOST_US);
		crowd_end(crowd, view->now_us);
	}
}

static void look_from_aside(struct crowd *crowd, const struct crowd_view *view)
{
	if (!view->others_serve || view->wait_ns > WAIT_MOST_NS) {
		crowd_end(crowd, view->now_us);
	} else if (view->now_us >= crowd->until_us) {
		crowd->rest_us = double_up_to(crowd->rest_us, REST_MOST_US);
		crowd_end(crowd, view->now_us);
	} else if (!crowd->is_judged) {
		judge(crowd, view);
	}
}

bool crowd_look(struct crowd *crowd, const struct crowd_view *view)
{
	if (crowd->aside)
		look_from_aside(crowd, view);
	else
		look_while_serving(crowd, view);
	return crowd->aside;
}

/* A look is due, and what was before it does not count. */
void crowd_end(struct crowd *crowd, uint64_t now_us)
{
	crowd->aside = false;
	crowd->before = (struct crowd_view){ .now_us = now_us > 3 * CROWD_LOOK_US ? now_us - 3 * CROWD_LOOK_US : 0 };
}
