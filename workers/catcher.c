/* catcher.c - see catcher.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "codecache/jit/cpython311_catch.h"
#include "codecache/jit/cpython311_stack.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/jit.h"
#include "codecache/loops.h"
#include "codecache/native.h"
#include "common/cleanup.h"
#include "workers/catcher.h"
#include "workers/cpu_timer.h"

enum {
	TICK_NS = 5 * 1000 * 1000,
	FEW_TICKS = 2,
	TICKS = 8, /* in which CPython is in loops of a call until it is caught */
	/* Looks, of which 32 are made at each back edge and each call, until a call's own back edge comes. */
	PATIENCE = 16 * 32,
	MOST_PATIENCE = 200 * 32,
	DEPTH = 8, /* of calls that are looked at */
};

static struct {
	PyThreadState *thread; /* NULL: not started */
	uintptr_t code, code_end;
	timer_t timer;
	bool has_timer, at_once;
	void (*tick)(void *userdata);
	void *userdata;
	/* Shared with the signal handler. */
	volatile sig_atomic_t ticks;    /* since CPython was seen in a loop */
	volatile sig_atomic_t is_asked; /* CPython is to look */
	volatile sig_atomic_t patience; /* looks that are left */
	/* What was seen last. */
	const void *seen;          /* a frame's object, which may be gone */
	unsigned in_loops, enough; /* ticks */
} catcher;

/* ---- looking ------------------------------------------------------------------- */

static int look(void *unused);

static void ask(void)
{
	if (!catcher.is_asked)
		catcher.is_asked = catch_ask(look);
}

static void ask_with_patience(void)
{
	catcher.patience = catcher.at_once ? MOST_PATIENCE : PATIENCE;
	ask();
}

/* Whether it is the call that was seen last.  Frames have no numbers, and lie where others lay; but each has an object
 * of its own when somebody has asked for it. */
static bool is_same(const struct catch_place *place)
{
	if (catcher.seen && catch_frame_object(place, false) == catcher.seen)
		return true;
	catcher.seen = catch_frame_object(place, true);
	return false;
}

/* Whether the call has been seen often enough. */
static bool is_long(const struct catch_place *place)
{
	catcher.in_loops = is_same(place) ? catcher.in_loops + (unsigned)catcher.ticks : 1;
	catcher.ticks = 0;
	return catcher.at_once || catcher.in_loops >= catcher.enough;
}

static int catch_call(struct catch_place *place, struct loops *loops)
{
	struct native_function *native;
	PyObject *code;
	uint32_t landing;
	if (jit_refuse(place->call.function) != REASON_NONE ||
	    native_stand_by(place->call.function, &native, NULL) < 0 ||
	    native_original_code(native) != view_of(place->code) ||
	    !loops_catch(loops, native, &place->call, place->code, place->at, &code, &landing))
		return 0;
	return catch_frame(place, code, landing);
}

/* Whether one of the calls that this one is made by is in a loop, to whose way back it will come. */
static bool is_in_loop(struct catch_place *place)
{
	for (int i = 0; i < DEPTH; i++) {
		if (place->is_plain && loops_are_around(loops_of(view_of(place->code)), place->at))
			return true;
		if (!catch_look_below(place))
			break;
	}
	return false;
}

/* -1: the frame is caught; 1: one may be soon. */
static int look_once(void)
{
	struct catch_place place;
	if (!catch_look(&place))
		return 0;
	struct loops *loops = place.is_plain ? loops_of(view_of(place.code)) : NULL;
	if (!loops_is_way(loops, place.at, &place.call.n_stack))
		return is_in_loop(&place);
	return is_long(&place) ? catch_call(&place, loops) : 0;
}

static int look(void *Py_UNUSED(unused))
{
	catcher.is_asked = false;
	if (!catcher.thread)
		return 0;
	if (switch_is_asking())
		switch_ask(NULL);
	if (catcher.tick)
		catcher.tick(catcher.userdata);
	int r = look_once();
	catcher.patience = r > 0 && catcher.patience > 0 ? catcher.patience - 1 : 0;
	if (catcher.patience > 0)
		ask();
	return r < 0 ? r : 0;
}

/* ---- the timer ----------------------------------------------------------------- */

/* Native code has come to a poll. */
static void let_be(void)
{
}

/* Native code that loops is let be.  That which has come to no poll since the last tick is called from a loop, perhaps.
 */
static void on_tick(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	int saved = errno;
	catcher.ticks = catcher.ticks + 1;
	if (catcher.thread && !switch_is_asking() &&
	    stack_is_native(catcher.thread, context, catcher.code, catcher.code_end))
		switch_ask(let_be);
	else if (catcher.thread)
		ask_with_patience();
	errno = saved;
}

int catcher_start(const struct catcher_options *options, struct cause *cause)
{
	int r = catch_init(cause);
	if (r < 0)
		return r;
	catcher.thread = PyThreadState_Get();
	catcher.code = (uintptr_t)options->code;
	catcher.code_end = catcher.code + options->code_size;
	catcher.at_once = options->at_once;
	catcher.enough = options->soon ? FEW_TICKS : TICKS;
	catcher.tick = options->tick;
	catcher.userdata = options->userdata;
	if (catcher.at_once)
		return 0;
	r = cpu_timer_start(&catcher.timer, on_tick, TICK_NS, cause);
	catcher.has_timer = r == 0;
	return r;
}

void catcher_ask(void)
{
	if (catcher.thread && catcher.at_once)
		ask_with_patience();
}

void catcher_stop(void)
{
	catcher.thread = NULL;
	if (!catcher.has_timer)
		return;
	catcher.has_timer = false;
	cpu_timer_stop(catcher.timer);
}
