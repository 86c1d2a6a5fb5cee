/* sampler.c - see sampler.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "codecache/catalogue.h"
#include "codecache/jit/cpython311_stack.h"
#include "common/cleanup.h"
#include "workers/cpu_timer.h"
#include "workers/heat.h"
#include "workers/sampler.h"

enum {
	ALIASES = 16384, /* code objects that belong to functions of the catalogue; a power of two */
	NEWS = 64,       /* a power of two */
};

/* Of a function: samples in its own code (or in native code, which looks the same), and in code that was left for. */
struct count {
	struct heat own, left;
};

struct alias {
	const void *code; /* NULL: free */
	uint32_t number;
};

/* Shared with the signal handler of the same thread: ordered by atomic_signal_fence() where it matters. */
static struct {
	const struct catalogue *catalogue; /* NULL: not started */
	PyThreadState *thread;
	uint64_t interval_us;
	uintptr_t code, code_end; /* machine code */
	_Atomic uint64_t *cpu_us;
	timer_t timer;
	uint32_t hot;
	struct count *counts;  /* by number */
	struct alias *aliases; /* open addressing */
	uint32_t n_aliases;
	volatile uint64_t samples;
	/* Numbers to tell, << 1, | 1 if left: written by the handler at head, read at tail. */
	volatile uint32_t news[NEWS], head, tail;
} sampler;

/* ---- the handler -------------------------------------------------------------- */

static struct alias *alias_slot(const void *code)
{
	uint64_t hash = ((uint64_t)(uintptr_t)code >> 4) * 0x9e3779b97f4a7c15;
	uint32_t at = (uint32_t)(hash >> 40) & (ALIASES - 1);
	while (sampler.aliases[at].code && sampler.aliases[at].code != code)
		at = (at + 1) & (ALIASES - 1);
	return &sampler.aliases[at];
}

static void halve(void)
{
	uint32_t n = catalogue_count(sampler.catalogue);
	for (uint32_t i = 0; i < n; i++) {
		/* Pages that were never written to stay so. */
		struct count *c = &sampler.counts[i];
		if (c->own.samples | c->own.raised | c->left.samples | c->left.raised) {
			heat_halve(&c->own);
			heat_halve(&c->left);
		}
	}
}

static void count(uint32_t number, bool left, uint32_t n)
{
	struct count *c = &sampler.counts[number];
	/* Without room to tell it is counted later: it will be hot all the same. */
	if (sampler.head - sampler.tail == NEWS || !heat_add(left ? &c->left : &c->own, sampler.hot, n))
		return;
	sampler.news[sampler.head % NEWS] = number << 1 | left;
	atomic_signal_fence(memory_order_release);
	sampler.head = sampler.head + 1;
}

/* Which of cpu_us it is.  What native code has the runtime do for it counts as native. */
static unsigned mode_of(const void *context, const void *code)
{
	if (!code)
		return 2;
	return stack_is_native(sampler.thread, context, sampler.code, sampler.code_end) ? 0 : 1;
}

static void count_cpu(const void *context, const void *code, uint32_t n)
{
	if (sampler.cpu_us) {
		_Atomic uint64_t *us = &sampler.cpu_us[mode_of(context, code)];
		atomic_store_explicit(us, atomic_load_explicit(us, memory_order_relaxed) + n * sampler.interval_us,
				      memory_order_relaxed);
	}
}

/* The kernel looks at these timers at its ticks: one may stand for some intervals. */
static void on_sample(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	if (!sampler.catalogue)
		return;
	uint32_t n = 1 + (info->si_overrun > 0 && info->si_overrun < HEAT_HALVE_AFTER ? (uint32_t)info->si_overrun : 0);
	sampler.samples = sampler.samples + n;
	if (sampler.samples / HEAT_HALVE_AFTER != (sampler.samples - n) / HEAT_HALVE_AFTER)
		halve();
	const void *code = stack_top_code(sampler.thread);
	count_cpu(context, code, n);
	if (!code)
		return;
	uint32_t number = catalogue_find(sampler.catalogue, code);
	if (number != CATALOGUE_NONE) {
		count(number, false, n);
		return;
	}
	const struct alias *alias = alias_slot(code);
	if (alias->code)
		count(alias->number, true, n);
}

/* ---- life --------------------------------------------------------------------- */

int sampler_start(const struct sampler_options *options, struct cause *cause)
{
	sampler.counts = calloc(catalogue_count(options->catalogue) + 1, sizeof(*sampler.counts));
	sampler.aliases = calloc(ALIASES, sizeof(*sampler.aliases));
	if (!sampler.counts || !sampler.aliases)
		return cause_set_errno(cause, -ENOMEM, "the sampler");
	sampler.thread = PyThreadState_Get();
	sampler.hot = options->hot < HEAT_HALVE_AFTER / 2 ? options->hot : HEAT_HALVE_AFTER / 2;
	sampler.interval_us = options->interval_us;
	sampler.code = (uintptr_t)options->code;
	sampler.code_end = sampler.code + options->code_size;
	sampler.cpu_us = options->cpu_us;
	sampler.catalogue = options->catalogue;
	return cpu_timer_start(&sampler.timer, on_sample, options->interval_us * 1000, cause);
}

void sampler_stop(void)
{
	if (!sampler.catalogue)
		return;
	sampler.catalogue = NULL;
	cpu_timer_stop(sampler.timer);
	free(sampler.counts);
	free(sampler.aliases);
	sampler.counts = NULL;
	sampler.aliases = NULL;
	sampler.head = sampler.tail = sampler.n_aliases = 0;
	sampler.samples = 0;
}

/* ---- the other side ----------------------------------------------------------- */

void sampler_add_code(PyObject *code, uint32_t number)
{
	if (!sampler.catalogue || sampler.n_aliases >= ALIASES / 2)
		return;
	struct alias *alias = alias_slot(code);
	if (alias->code)
		return;
	sampler.n_aliases++;
	alias->number = number;
	atomic_signal_fence(memory_order_release);
	alias->code = code;
}

bool sampler_has_news(void)
{
	return sampler.head != sampler.tail;
}

uint32_t sampler_next(bool *ret_left)
{
	if (sampler.head == sampler.tail)
		return CATALOGUE_NONE;
	atomic_signal_fence(memory_order_acquire);
	uint32_t news = sampler.news[sampler.tail % NEWS];
	sampler.tail = sampler.tail + 1;
	*ret_left = news & 1;
	return news >> 1;
}

uint64_t sampler_samples(void)
{
	return sampler.samples;
}
