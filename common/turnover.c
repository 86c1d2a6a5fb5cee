/* turnover.c - see turnover.h.
 *
 * While all are busy their number doubles with each look, so that a burst after a quiet night finds its workers within
 * a few of them.  Fewer become it slowly: over the whole time of idle_us there must have been one idle worker more than
 * the one that is kept for the next request.  Of those that are over a limit one goes at each look, so that workers
 * that have begun together do not leave together. */
#include "config.h"

#include "common/turnover.h"

enum { STEP_MAX = 32 };

static bool are_replaced(const struct turnover_limits *limits)
{
	return limits->requests || limits->age_us || limits->memory;
}

unsigned turnover_slots(const struct turnover_limits *limits, unsigned max)
{
	return max < COUNTERS_MAX_WORKERS && are_replaced(limits) ? max + 1 : max;
}

bool turnover_is_wanted(const struct turnover_limits *limits, unsigned max)
{
	return limits->min < max || are_replaced(limits);
}

struct tally {
	unsigned here, idle, starting;
};

static struct tally count(const struct turnover_view *view)
{
	struct tally tally = { 0 };
	for (unsigned i = 0; i < view->slots; i++) {
		uint32_t state = atomic_load_explicit(&view->workers[i].state, memory_order_relaxed);
		tally.here += view->here[i];
		tally.idle += view->here[i] && state == WORKER_IDLE;
		tally.starting += view->here[i] && (state == WORKER_STARTING || state == WORKER_NONE);
	}
	return tally;
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static void plan_number(struct turnover *turnover, const struct turnover_limits *limits,
			const struct turnover_view *view, struct turnover_plan *plan)
{
	struct tally tally = count(view);
	unsigned room = view->max > tally.here ? view->max - tally.here : 0;
	if (tally.starting > 0)
		return; /* it will be idle in a moment */
	if (tally.idle == 0) {
		turnover->step = turnover->step ? smaller(turnover->step * 2, STEP_MAX) : 1;
		plan->add = smaller(turnover->step, room);
	} else {
		turnover->step = 0;
	}
	if (turnover->window_us == 0 || tally.idle < turnover->least_idle)
		turnover->least_idle = tally.idle;
	if (turnover->window_us == 0)
		turnover->window_us = view->now_us;
	if (view->now_us - turnover->window_us < limits->idle_us)
		return;
	turnover->window_us = 0;
	if (turnover->least_idle > 1 && tally.here > limits->min)
		plan->remove = smaller(turnover->least_idle - 1, tally.here - (unsigned)limits->min);
}

static bool is_over(const struct worker_counters *worker, const struct turnover_limits *limits, uint64_t now_us,
		    enum worker_leave *ret)
{
	uint64_t started = atomic_load_explicit(&worker->started_us, memory_order_relaxed);
	if (limits->requests && atomic_load_explicit(&worker->requests, memory_order_relaxed) >= limits->requests)
		*ret = LEAVE_REQUESTS;
	else if (limits->memory && atomic_load_explicit(&worker->private_bytes, memory_order_relaxed) > limits->memory)
		*ret = LEAVE_MEMORY;
	else if (limits->age_us && started < now_us && now_us - started >= limits->age_us)
		*ret = LEAVE_AGE;
	else
		return false;
	return true;
}

struct turnover_plan turnover_look(struct turnover *turnover, const struct turnover_limits *limits,
				   const struct turnover_view *view)
{
	struct turnover_plan plan = { .replace = -1 };
	if (limits->min < view->max)
		plan_number(turnover, limits, view, &plan);
	for (unsigned i = 0; i < view->slots && plan.replace < 0; i++)
		if (view->here[i] && is_over(&view->workers[i], limits, view->now_us, &plan.cause))
			plan.replace = (int)i;
	return plan;
}
