/* warmup.c - see warmup.h
 *
 * The deadline is a timer whose signal has a Python handler that raises: so it reaches Python code, time.sleep() and
 * blocking system calls alike.  It repeats, for code that catches what it gets. */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "workers/warmup.h"

enum { REPEAT_S = 1 };

struct deadline {
	int signal;
	timer_t timer;
	bool timer_made;
	PyObject *module; /* _signal: what the profiler watches must not be our own calls of Python functions */
	PyObject *before; /* the handler that was there */
};

static bool armed; /* the handler has a request to stop */

static PyObject *on_deadline(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	if (!armed)
		Py_RETURN_NONE;
	PyErr_SetString(PyExc_TimeoutError, "the deadline of the warm-up has passed");
	return NULL;
}

static PyMethodDef on_deadline_method = { "on_deadline", on_deadline, METH_VARARGS, NULL };

static int deadline_start(struct deadline *deadline, uint64_t us)
{
	deadline->signal = SIGRTMAX - 1;
	deadline->module = PyImport_ImportModule("_signal");
	PyObject *handler = PyCFunction_New(&on_deadline_method, NULL);
	if (deadline->module && handler)
		deadline->before = PyObject_CallMethod(deadline->module, "signal", "iO", deadline->signal, handler);
	Py_XDECREF(handler);
	if (!deadline->before) {
		PyErr_Clear();
		return -ENOMEM;
	}
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = deadline->signal };
	if (timer_create(CLOCK_MONOTONIC, &event, &deadline->timer) < 0)
		return -errno;
	deadline->timer_made = true;
	struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(us / 1000000u), .tv_nsec = (long)(us % 1000000u) * 1000 + 1 },
		.it_interval = { .tv_sec = REPEAT_S },
	};
	return timer_settime(deadline->timer, 0, &when, NULL) < 0 ? -errno : 0;
}

static void deadline_stop(struct deadline *deadline)
{
	if (deadline->timer_made)
		(void)timer_delete(deadline->timer);
	(void)PyErr_CheckSignals(); /* what came in the last moment: nothing is armed any more */
	if (deadline->before) {
		PyObject *r = PyObject_CallMethod(deadline->module, "signal", "iO", deadline->signal, deadline->before);
		Py_XDECREF(r);
	}
	PyErr_Clear();
	Py_XDECREF(deadline->before);
	Py_XDECREF(deadline->module);
}

/* Whether the answer is an error, which is logged. */
static bool is_error(const char *answer, const char *path, unsigned line)
{
	if (!answer)
		return false;
	json_error_t ignored;
	json_t *object = json_loads(answer, JSON_DECODE_ANY, &ignored);
	json_t *error = json_object_get(object, "error");
	if (error) {
		const char *message = json_string_value(json_object_get(error, "message"));
		json_int_t code = json_integer_value(json_object_get(error, "code"));
		json_t *data = json_object_get(error, "data");
		cleanup_free char *more = data ? json_dumps(data, JSON_ENCODE_ANY) : NULL;
		log_warning("%s:%u: warm-up request failed: %s (%lld)%s%s", path, line, message ? message : "?",
			    (long long)code, more ? ": " : "", more ? more : "");
	}
	json_decref(object);
	return error != NULL;
}

static bool is_request(const char *line)
{
	line += strspn(line, " \t\r\n");
	return *line && *line != '#';
}

int warmup_run(const struct warmup_options *options, struct warmup_result *ret, struct cause *cause)
{
	*ret = (struct warmup_result){};
	cleanup_fclose FILE *file = fopen(options->path, "re");
	if (!file)
		return cause_set_errno(cause, -errno, "cannot read the warm-up requests %s", options->path);
	uint64_t end = monotonic_us() + options->deadline_us;
	struct deadline deadline = {};
	int r = deadline_start(&deadline, options->deadline_us);
	if (r < 0) {
		deadline_stop(&deadline);
		return cause_set_errno(cause, r, "cannot set a deadline for the warm-up");
	}
	cleanup_free char *text = NULL;
	size_t allocated = 0;
	ssize_t size;
	unsigned stopped_at = 0;
	for (unsigned line = 1; (size = getline(&text, &allocated, file)) >= 0; line++) {
		if (!is_request(text))
			continue;
		if (monotonic_us() >= end) {
			stopped_at = stopped_at ? stopped_at : line;
			ret->skipped++;
			continue;
		}
		cleanup_free char *answer = NULL;
		armed = true;
		r = options->answer(text, (size_t)size, &answer, options->userdata);
		armed = false;
		ret->requests++;
		if (r < 0)
			log_warning("%s:%u: warm-up request failed: %s", options->path, line, strerror(-r));
		if (r < 0 || is_error(answer, options->path, line))
			ret->failed++;
	}
	bool broken = ferror(file);
	deadline_stop(&deadline);
	if (broken)
		return cause_set_errno(cause, -EIO, "cannot read the warm-up requests %s", options->path);
	if (stopped_at)
		log_warning("%s:%u: the warm-up stops here, its deadline of %.3g s has passed; %u requests are left",
			    options->path, stopped_at, (double)options->deadline_us / 1e6, ret->skipped);
	return 0;
}
