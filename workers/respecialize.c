/* respecialize.c - see respecialize.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/feedback.h"
#include "common/cleanup.h"
#include "workers/respecialize.h"

enum {
	MAX_TYPES = 2, /* specializations asked for at once */
	MAX_CODES = 16,
	MIN_SHARE = 10, /* percent of the calls that types need for code of their own */
};

static void join_any(struct observer *observer, const struct native_function *native)
{
	uint64_t seen[OBSERVER_MAX_PARAMS];
	for (uint32_t i = 0; i < observer->n_params; i++)
		seen[i] = native_param_types(native, i);
	observer_join_any(observer, seen);
	for (uint32_t i = 0; i < observer->n_vectors; i++)
		native_widen(native, observer->vectors[i].params);
}

void respecialize_for_types(const struct native_function *native, const char *feedback, respecialize_ask ask,
			    void *userdata)
{
	struct observer *observer = native_observer(native);
	bool asked[OBSERVER_MAX_VECTORS] = { 0 };
	join_any(observer, native);
	for (unsigned n = 0; n < MAX_TYPES; n++) {
		uint32_t best = OBSERVER_MAX_VECTORS;
		for (uint32_t i = 0; i < observer->n_vectors; i++)
			if (!asked[i] && (best == OBSERVER_MAX_VECTORS ||
					  observer->vectors[i].calls > observer->vectors[best].calls))
				best = i;
		if (best == OBSERVER_MAX_VECTORS ||
		    (uint64_t)observer->vectors[best].calls * 100 < (uint64_t)observer->calls * MIN_SHARE)
			return;
		asked[best] = true;
		ask(observer, &observer->vectors[best], feedback, userdata);
	}
}

/* Where calls of a native function go on in CPython, and last its own code. */
struct codes {
	PyObject *code[MAX_CODES + 1];
	size_t n;
};

static void take_code(PyObject *code, void *userdata)
{
	struct codes *codes = userdata;
	if (codes->n < MAX_CODES)
		codes->code[codes->n++] = code;
}

/* The same types again, for what CPython has seen where native code was left, and otherwise for what was seen before.
 */
static void ask_for_left(PyObject *function, struct observer *observer, struct codes *codes, respecialize_ask ask,
			 void *userdata)
{
	const struct observer_vector *most = &observer->left[0];
	for (uint32_t i = 1; i < observer->n_left; i++)
		if (observer->left[i].calls > most->calls)
			most = &observer->left[i];
	codes->code[codes->n++] = native_original_code(native_of(function));
	cleanup_free char *feedback = feedback_take(function, codes->code + 1, codes->n - 1);
	if (feedback)
		ask(observer, most, feedback, userdata);
}

void respecialize(PyObject *function, const struct native_function *native, respecialize_ask ask, void *userdata)
{
	struct observer *observer = native_observer(native);
	struct codes codes = { .n = 0 };
	if (!observer || observer->calls + observer->exits == 0)
		return;
	native_resume_codes(native, take_code, &codes); /* the first is where calls of other types run */
	if (observer->n_left > 0 && observer->exits > observer->calls) {
		ask_for_left(function, observer, &codes, ask, userdata);
		return;
	}
	PyObject *first_and_own[] = { codes.code[0], native_original_code(native) };
	cleanup_free char *feedback = feedback_take(function, first_and_own, 2);
	if (feedback)
		respecialize_for_types(native, feedback, ask, userdata);
}
