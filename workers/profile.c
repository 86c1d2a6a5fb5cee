/* profile.c - see profile.h
 *
 * Each code object carries a link to its function's record (co_extra of PEP 523), so that the hook needs no look-up.
 * The time of a frame is its own clock difference less that of the frames below it, which leave theirs in the level of
 * their caller.  Levels hold numbers only, no pointers: a library that switches C stacks (greenlet) makes the times
 * wrong, but cannot make the hook touch memory that is gone. */
#include "config.h"

#include <Python.h>
#include <time.h>

#include "codecache/jit/bytecode.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/code_data.h"
#include "codecache/jit/cpython311_call.h"
#include "codecache/jit/cpython311_frame.h"
#include "codecache/jit/cpython311_generator.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/jit.h"
#include "common/cleanup.h"
#include "workers/profile.h"
#include "workers/waker.h"

enum {
	MAX_LEVELS = 2048, /* deeper frames count as their caller's own time */
	MAX_GAP_NS = 50 * 1000,
	MAX_RECORDED = 3,                   /* calls */
	MAX_RECORDED_NS = 20 * 1000 * 1000, /* that take no longer than this */
	WINDOW_NS = 1000 * 1000,            /* sparse: measured time ... */
	PAUSE_NS = 8 * 1000 * 1000,         /* ... between pauses */
	MAX_PAUSES_NS = 20 * WINDOW_NS,
	SEEN = 16, /* calls of a function that are not left out, for the types */
	/* Without the hook: */
	QUIET_NS = 30 * 1000 * 1000,         /* after so long without anything new ... */
	AWAY_NS = 20 * 1000 * 1000,          /* ... it is away for so long ... */
	STRETCH_FRAMES = 64,                 /* ... if so many frames ... */
	BUSY_NS = STRETCH_FRAMES * 5 * 1000, /* ... come within this */
};

enum link_kind {
	LINK_OWN,     /* the function's code */
	LINK_PART,    /* of a comprehension or generator expression in it */
	LINK_STUB,    /* what on_call gave the function object instead */
	LINK_FOREIGN, /* module and class bodies, exec() and our own code: no function, but the time is not the caller's
		       */
};

/* Of a code object; lives as long as that. */
struct link {
	enum link_kind kind;
	struct profile_function *function;
	PyObject *code; /* borrowed */
	TAILQ_ENTRY(link) entry;
};

struct profile {
	struct profile_options options;
	bool asking; /* on_call runs */
	TAILQ_HEAD(, profile_function) functions;
	TAILQ_HEAD(, link) links;
	struct waker *waker; /* NULL: the hook was never away */
};

struct level {
	uint64_t children_ns;
	bool settled;
};

static struct profile *current; /* the one that measures or still holds links */
static bool is_hooked;          /* it measures */
static unsigned generation;     /* of current; a frame that began under an earlier one is not counted */
static Py_ssize_t link_index = -1;
static _Thread_local unsigned depth; /* levels in use */
static _Thread_local struct level levels[MAX_LEVELS];

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CPU time of this thread: what waits for a lock, a socket or a compiler is not hot.  Asking the kernel costs more than
 * a short call does, so short gaps are taken from the clock of the wall. */
static uint64_t now_ns(void)
{
	static _Thread_local uint64_t now, wall, cpu, gaps;
	uint64_t last = wall;
	wall = clock_ns(CLOCK_MONOTONIC);
	if (wall - last < MAX_GAP_NS) {
		gaps += wall - last;
		now += wall - last;
		return now;
	}
	uint64_t used = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (last > 0 && used - cpu > gaps)
		now += used - cpu - gaps;
	cpu = used;
	gaps = 0;
	return now;
}

/* ---- sparse measuring ----------------------------------------------------- */

/* To look at the clock twice in each call takes longer than many a function.  So a thread is measured for a while, then
 * not, and so on, and what a window shows stands for the pause before it, too.  The clock of the measured time stands
 * still in pauses: a frame that lasts longer is not blamed for the calls that nobody looked at. */
static _Thread_local struct {
	unsigned stay;    /* in which it was looked at last */
	uint64_t last_ns; /* in measured time */
	bool is_pause;
	uint64_t begin_ns, end_ns; /* of the window or of the one before the pause, in measured time */
	uint64_t paused_ns;        /* in all */
	uint64_t until_ns;         /* the pause lasts so long, by the coarse clock */
	uint64_t pause_ns;         /* the last one */
} window;

/* The hook comes, stays and goes again; what lies between two stays is a pause for all threads. */
static struct {
	unsigned number;
	bool is_away;
	uint64_t begin_ns;         /* CLOCK_MONOTONIC */
	uint64_t news_ns;          /* when there was something new last */
	uint64_t stretch_begin_ns; /* of the last frames, ... */
	unsigned stretch_frames;   /* ... so many */
} stay;

static uint64_t measured_ns(void)
{
	if (window.is_pause)
		return window.end_ns;
	if (window.stay == stay.number)
		window.last_ns = now_ns() - window.paused_ns;
	return window.last_ns;
}

static void window_begin(void)
{
	uint64_t pause = now_ns() - window.paused_ns - window.end_ns;
	window.paused_ns += pause;
	window.begin_ns = window.end_ns;
	window.pause_ns = pause < MAX_PAUSES_NS ? pause : MAX_PAUSES_NS;
	window.is_pause = false;
}

static void window_end_if_over(uint64_t now)
{
	if (now - window.begin_ns < WINDOW_NS || window.is_pause)
		return;
	window.is_pause = true;
	window.end_ns = now;
	window.until_ns = clock_ns(CLOCK_MONOTONIC_COARSE) + PAUSE_NS;
}

/* For that the hook stays. */
static void note_news(void)
{
	if (current->options.retreats)
		stay.news_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
}

static void stay_begin(void)
{
	stay.is_away = false;
	stay.begin_ns = stay.stretch_begin_ns = clock_ns(CLOCK_MONOTONIC);
	stay.stretch_frames = 0;
}

/* The thread has not been seen since the hook was away. */
static void window_resume(void)
{
	if (!window.is_pause)
		window.end_ns = window.last_ns;
	window.stay = stay.number;
	window_begin();
}

/* After each stretch of frames: whether there is nothing to find out for now, and looking for it is dear. */
static bool stay_is_over(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), took = now - stay.stretch_begin_ns;
	stay.stretch_begin_ns = now;
	stay.stretch_frames = 0;
	return took < BUSY_NS && now - stay.begin_ns >= WINDOW_NS && now - stay.news_ns >= QUIET_NS;
}

static PyObject *on_frame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag);

/* False: there is nobody who would set the hook again. */
static bool retreat(void)
{
	if (!current->waker)
		current->waker = waker_new(on_frame);
	current->options.retreats = current->waker;
	if (!current->waker)
		return false;
	(void)measured_ns();
	stay.number++;
	stay.is_away = true;
	(void)frame_set_hook(NULL);
	waker_ask(current->waker, AWAY_NS);
	return true;
}

/* True: the hook was taken off. */
static inline bool retreat_if_quiet(void)
{
	if (stay.is_away)
		stay_begin();
	if (window.stay != stay.number)
		window_resume();
	return ++stay.stretch_frames >= STRETCH_FRAMES && stay_is_over() && retreat();
}

/* A long call makes a long window, which stands for more of itself. */
static uint64_t weighted(uint64_t ns, uint64_t now)
{
	uint64_t length = now - window.begin_ns;
	return ns +
	       (uint64_t)((double)ns * (double)window.pause_ns / (double)(length > WINDOW_NS ? length : WINDOW_NS));
}

static inline bool is_left_out(const struct link *link)
{
	if (!window.is_pause || !current->options.sparse)
		return false;
	if (clock_ns(CLOCK_MONOTONIC_COARSE) < window.until_ns)
		return link->function && link->function->calls >= SEEN;
	window_begin();
	return false;
}

/* ---- records -------------------------------------------------------------- */

static void function_unref(struct profile_function *function)
{
	if (!function || --function->links > 0)
		return;
	if (current)
		TAILQ_REMOVE(&current->functions, function, entry);
	Py_XDECREF(function->function);
	Py_XDECREF(function->recorded);
	for (uint32_t i = 0; i < function->n_vectors; i++)
		free(function->vectors[i].params);
	function_unref(function->outer);
	free(function);
}

/* The code object dies or gets another link: code_dealloc() and _PyCode_SetExtra() in codeobject.c call this. */
static void link_free(void *p)
{
	struct link *link = p;
	if (!link)
		return;
	if (link->kind == LINK_OWN && link->function)
		link->function->code = NULL;
	if (current)
		TAILQ_REMOVE(&current->links, link, entry);
	function_unref(link->function);
	free(link);
}

static struct link *link_of(PyObject *code)
{
	return code_data(code, link_index);
}

static struct link *link_new(PyObject *code, enum link_kind kind, struct profile_function *function)
{
	struct link *link = malloc(sizeof(*link));
	if (!link)
		return NULL;
	*link = (struct link){ .kind = kind, .function = function, .code = code };
	if (!code_data_set(code, link_index, link)) {
		free(link);
		return NULL;
	}
	if (function)
		function->links++;
	TAILQ_INSERT_TAIL(&current->links, link, entry);
	return link;
}

static bool is_comprehension(PyObject *code)
{
	static const char *const names[] = { "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>" };
	PyObject *name = ((PyCodeObject *)code)->co_name;
	for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
		if (_PyUnicode_EqualToASCIIString(name, names[i]))
			return true;
	return false;
}

/* The comprehensions among the constants of code, and theirs, are parts of function. */
static void link_parts(PyObject *code, struct profile_function *function)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		PyObject *part = PyTuple_GET_ITEM(consts, i);
		if (!PyCode_Check(part) || !is_comprehension(part) || link_of(part))
			continue;
		(void)link_new(part, function ? LINK_PART : LINK_FOREIGN, function);
		link_parts(part, function);
	}
}

/* Of import itself, which is no part of what a program computes. */
static bool is_importlib(PyObject *code)
{
	static const char importlib[] = "<frozen importlib", zipimport[] = "<frozen zipimport";
	const char *file = PyUnicode_AsUTF8(((PyCodeObject *)code)->co_filename);
	if (!file)
		PyErr_Clear();
	return file && (strncmp(file, importlib, sizeof(importlib) - 1) == 0 ||
			strncmp(file, zipimport, sizeof(zipimport) - 1) == 0);
}

static bool has_const(PyObject *code, PyObject *object)
{
	PyObject *consts = code ? ((PyCodeObject *)code)->co_consts : NULL;
	for (Py_ssize_t i = 0; consts && i < PyTuple_GET_SIZE(consts); i++)
		if (PyTuple_GET_ITEM(consts, i) == object)
			return true;
	return false;
}

/* The function that has made it, which has run before; NULL: none that was seen. */
static struct profile_function *outer_of(PyObject *code)
{
	bool is_nested = ((PyCodeObject *)code)->co_flags & CO_NESTED;
	struct profile_function *outer = is_nested ? TAILQ_FIRST(&current->functions) : NULL;
	while (outer && !has_const(outer->code, code))
		outer = TAILQ_NEXT(outer, entry);
	if (outer)
		outer->links++;
	return outer;
}

/* What a code object is, at its first frame.  NULL when memory is short: not measured. */
static struct link *link_make(PyObject *code)
{
	int function_flags = CO_OPTIMIZED | CO_NEWLOCALS;
	bool importlib = is_importlib(code);
	if (importlib || (((PyCodeObject *)code)->co_flags & function_flags) != function_flags ||
	    is_comprehension(code)) {
		struct link *link = link_new(code, LINK_FOREIGN, NULL);
		if (link && !importlib)
			link_parts(code, NULL);
		return link;
	}
	uint32_t n_params = jit_param_count(code);
	struct profile_function *function = calloc(1, sizeof(*function) + n_params * sizeof(function->seen[0]));
	if (!function)
		return NULL;
	function->code = code;
	function->n_params = n_params;
	struct link *link = link_new(code, LINK_OWN, function);
	if (!link) {
		free(function);
		return NULL;
	}
	note_news();
	function->outer = outer_of(code);
	TAILQ_INSERT_TAIL(&current->functions, function, entry);
	link_parts(code, function);
	return link;
}

static void widen_by_vectors(const struct profile_function *function, enum value_type *params)
{
	for (uint32_t i = 0; i < function->n_vectors; i++)
		if (value_types_same_numbers(function->vectors[i].params, params, function->n_params))
			value_types_widen(params, function->vectors[i].params, function->n_params);
}

/* Of the first n; NULL: there is none. */
static struct profile_vector *vector_like(struct profile_function *function, uint32_t n, const enum value_type *params)
{
	for (uint32_t i = 0; i < n; i++)
		if (value_types_same_numbers(function->vectors[i].params, params, function->n_params))
			return &function->vectors[i];
	return NULL;
}

static void join_same(struct profile_function *function)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < function->n_vectors; i++) {
		struct profile_vector *vector = &function->vectors[i];
		struct profile_vector *same = vector_like(function, n, vector->params);
		if (!same) {
			function->vectors[n++] = *vector;
			continue;
		}
		value_types_widen(same->params, vector->params, function->n_params);
		same->calls += vector->calls;
		free(vector->params);
	}
	function->n_vectors = n;
}

static void forget_types(struct profile_function *function, uint32_t param)
{
	for (uint32_t i = 0; i < function->n_vectors; i++)
		function->vectors[i].params[param] = VALUE_OBJECT;
	join_same(function);
}

/* Forget the types of parameters that take anything. */
static void widen_any(struct profile_function *function, enum value_type *params)
{
	for (uint32_t i = 0; i < function->n_params; i++) {
		bool were_any = value_types_are_any(function->seen[i]);
		function->seen[i] |= VALUE_BIT(params[i]);
		if (!value_types_are_any(function->seen[i]))
			continue;
		params[i] = VALUE_OBJECT;
		if (!were_any)
			forget_types(function, i);
	}
}

static void count_vector(struct profile_function *function, const enum value_type *params)
{
	size_t size = function->n_params * sizeof(*params);
	struct profile_vector *vector = vector_like(function, function->n_vectors, params);
	if (vector) {
		value_types_widen(vector->params, params, function->n_params);
		vector->calls++;
		return;
	}
	if (function->n_vectors == PROFILE_MAX_VECTORS) {
		function->other_calls++;
		return;
	}
	enum value_type *copy = malloc(size ? size : 1);
	if (!copy)
		return;
	memcpy(copy, params, size);
	function->vectors[function->n_vectors++] = (struct profile_vector){ .calls = 1, .params = copy };
}

static void remember_object(struct profile_function *function, PyObject *object)
{
	if (function->function && PyWeakref_GET_OBJECT(function->function) != Py_None)
		return;
	Py_XSETREF(function->function, PyWeakref_NewRef(object, NULL));
	if (!function->function)
		PyErr_Clear();
}

static void record(struct profile_function *function, PyObject *const *locals)
{
	PyObject *args = current->options.record(locals, function->n_params);
	if (args && !function->recorded)
		function->recorded = PyList_New(0);
	if (args && function->recorded)
		(void)PyList_Append(function->recorded, args);
	Py_XDECREF(args);
	PyErr_Clear();
}

/* Count a call that begins, and let on_call have its say.  True: the function object has other code now. */
static bool note_call(struct link *link, struct _PyInterpreterFrame *frame)
{
	struct profile_function *function = link->function;
	PyObject *object = frame_function(frame);
	/* With a stub in place the original code is entered by the dispatcher, for calls that the stub has counted. */
	if (PyFunction_GET_CODE(object) != link->code || (link->kind == LINK_OWN && function->native))
		return false;
	enum value_type few[16];
	enum value_type *params = few;
	cleanup_free enum value_type *many = NULL;
	if (function->n_params > Py_ARRAY_LENGTH(few)) {
		params = many = calloc(function->n_params, sizeof(*many));
		if (!many)
			return false;
	}
	PyObject *const *locals = frame_locals(frame);
	for (uint32_t i = 0; i < function->n_params; i++)
		params[i] = jit_value_type(locals[i]);
	widen_any(function, params);
	widen_by_vectors(function, params);
	remember_object(function, object);
	if (!function->settled && current->options.on_call && !current->asking) {
		current->asking = true;
		bool replaced = current->options.on_call(function, object, params, current->options.userdata);
		current->asking = false;
		if (function->settled || replaced)
			note_news();
		if (replaced && PyFunction_GET_CODE(object) == link->code) { /* it makes generators, which are native */
			function->settled = true;
		} else if (replaced) {
			function->native = function->settled = true;
			(void)link_new(PyFunction_GET_CODE(object), LINK_STUB, function);
			return true; /* counted when it comes by again */
		}
	}
	function->calls++;
	count_vector(function, params);
	if (current->options.record && function->calls <= MAX_RECORDED && link->kind == LINK_OWN)
		record(function, locals);
	return false;
}

/* Who has called it is to know that: a place where it is CPython that calls, for as long as there is code to be made of
 * it. */
static void note_caller(const struct link *link, PyThreadState *thread)
{
	PyObject *code;
	uint32_t at;
	if (link->kind == LINK_PART || !link->function || !link->function->code || !frame_caller(thread, &code, &at))
		return;
	code = view_of(code);
	const struct link *caller = link_of(code);
	if (!caller || !caller->function || caller->function->settled || (at = bc_call_at(code, at)) == UINT32_MAX)
		return;
	callsites_note(code, at, link->function->code);
}

static PyObject *measure(struct link *link, PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	struct profile_function *function = link->function;
	unsigned at = depth;
	/* Nothing that anyone still waits for is measured between two settled functions. */
	if (at >= MAX_LEVELS ||
	    (current->options.on_call && function && function->settled && at > 0 && levels[at - 1].settled))
		return frame_evaluate(thread, frame, throwflag);

	unsigned mine = generation;
	bool inclusive = function && link->kind != LINK_PART && function->active++ == 0;
	levels[at] = (struct level){ .settled = !function || function->settled };
	depth = at + 1;
	uint64_t start = measured_ns();
	if (current->options.sparse)
		window_end_if_over(start);
	PyObject *result = frame_evaluate(thread, frame, throwflag);
	uint64_t end = measured_ns(), took = end - start;
	depth = at;
	if (at > 0)
		levels[at - 1].children_ns += took;
	if (mine != generation || !function)
		return result;
	uint64_t children = levels[at].children_ns;
	uint64_t self = took > children ? weighted(took - children, end) : 0;
	function->self_ns += self;
	for (struct profile_function *f = function->outer; f && !current->options.on_call; f = f->outer)
		f->self_ns += self;
	if (took > MAX_RECORDED_NS)
		Py_CLEAR(function->recorded);
	if (link->kind != LINK_PART)
		function->active--;
	if (inclusive)
		function->inclusive_ns += weighted(took, end);
	return result;
}

/* With on_call nobody asks any more how long settled functions take, except for the callers that are not settled, whose
 * own time it is not. */
static inline bool nobody_asks(const struct link *link)
{
	return current->options.on_call && (!link->function || link->function->settled) &&
	       (depth == 0 || depth > MAX_LEVELS || levels[depth - 1].settled);
}

static bool is_module(PyObject *code)
{
	return _PyUnicode_EqualToASCIIString(((PyCodeObject *)code)->co_name, "<module>");
}

/* The body of a module: its functions are there when it has ended. */
static PyObject *run_module(struct link *link, PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	PyObject *code = Py_NewRef(link->code), *globals = Py_NewRef(PyFunction_GET_GLOBALS(frame_function(frame)));
	PyObject *result = measure(link, thread, frame, throwflag);
	if (result && current && !current->asking) {
		current->asking = true;
		current->options.on_module(globals, code, current->options.userdata);
		current->asking = false;
	}
	Py_DECREF(globals);
	Py_DECREF(code);
	return result;
}

/* A function that was made of code for which there is a native one. */
static inline bool is_another(const struct link *link, struct _PyInterpreterFrame *frame)
{
	return link->kind == LINK_OWN && link->function && link->function->native && current->options.on_another &&
	       PyFunction_GET_CODE(frame_function(frame)) == link->code && frame_is_fresh(frame);
}

/* With a hook each call takes C stack, which CPython itself does not need for Python's recursion.  So where little of
 * that is left, calls are not measured until this one ends, in no thread. */
static PyObject *run_unhooked(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	(void)frame_set_hook(NULL);
	PyObject *result = frame_evaluate(thread, frame, throwflag);
	if (is_hooked)
		(void)frame_set_hook(on_frame);
	return result;
}

static PyObject *on_frame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwflag)
{
	if (call_stack_is_short())
		return run_unhooked(thread, frame, throwflag);
	if (current && current->options.retreats && retreat_if_quiet())
		return frame_evaluate(thread, frame, throwflag);
	PyObject *code = frame_code(frame);
	struct link *link = link_of(code);
	if (!link && current)
		link = link_make(code);
	if (link && !link->function && current && current->options.on_module && is_module(code))
		return run_module(link, thread, frame, throwflag);
	if (link && current && is_another(link, frame) && current->options.on_another(frame_function(frame))) {
		note_news();
		return frame_call_again(frame_function(frame), code, frame_locals(frame));
	}
	if (!link || !current || nobody_asks(link) || is_left_out(link))
		return frame_evaluate(thread, frame, throwflag);
	if (link->function && frame_is_fresh(frame))
		note_caller(link, thread);
	if (link->function && link->kind != LINK_PART && !(current->options.on_call && link->function->settled) &&
	    frame_is_fresh(frame) && note_call(link, frame))
		return frame_call_again(frame_function(frame), code, frame_locals(frame));
	return measure(link, thread, frame, throwflag);
}

bool profile_measures(void)
{
	if (frame_get_hook() != on_frame)
		return true;
	return current && depth > 0 && depth <= MAX_LEVELS && !levels[depth - 1].settled;
}

int profile_start(const struct profile_options *options, struct profile **ret, struct cause *cause)
{
	if (current)
		return cause_set(cause, -EBUSY, "the profiler runs already");
	if (link_index < 0)
		link_index = _PyEval_RequestCodeExtraIndex(link_free);
	if (link_index < 0)
		return cause_set(cause, -ENOMEM, "CPython has no free index for data of code objects");
	struct profile *profile = calloc(1, sizeof(*profile));
	if (!profile)
		return cause_set(cause, -ENOMEM, "not enough memory for the profiler");
	profile->options = *options;
	profile->options.retreats &= options->sparse;
	TAILQ_INIT(&profile->functions);
	TAILQ_INIT(&profile->links);
	current = profile;
	generation++;
	note_news();
	stay_begin();
	generator_set_own_hook(on_frame); /* what native code computes for one is measured nowhere */
	(void)frame_set_hook(on_frame);
	is_hooked = true;
	*ret = profile;
	return 0;
}

void profile_settle(PyObject *function, PyObject *code)
{
	struct link *link = link_of(code);
	if (!link && current)
		link = link_make(code);
	if (!link || !link->function)
		return;
	link->function->settled = true;
	if (PyFunction_GET_CODE(function) == code)
		return;
	link->function->native = true;
	(void)link_new(PyFunction_GET_CODE(function), LINK_STUB, link->function);
}

static int compare_vectors(const void *a, const void *b)
{
	const struct profile_vector *va = a, *vb = b;
	return (va->calls < vb->calls) - (va->calls > vb->calls);
}

void profile_stop(struct profile *profile)
{
	profile->options.retreats = false;
	waker_free(steal_ptr(profile->waker)); /* before, as it might set the hook again */
	(void)frame_set_hook(NULL);
	is_hooked = false;
	struct profile_function *function;
	TAILQ_FOREACH(function, &profile->functions, entry)
	qsort(function->vectors, function->n_vectors, sizeof(function->vectors[0]), compare_vectors);
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	profile_stop(profile);
	generation++;
	struct link *link;
	while ((link = TAILQ_FIRST(&profile->links)))
		(void)_PyCode_SetExtra(link->code, link_index, NULL); /* calls link_free() */
	current = NULL;
	free(profile);
}

struct profile_function *profile_first(struct profile *profile)
{
	return TAILQ_FIRST(&profile->functions);
}

struct profile_function *profile_next(struct profile_function *function)
{
	return TAILQ_NEXT(function, entry);
}

struct profile_function *profile_find(struct profile *profile, PyObject *code)
{
	struct link *link = profile == current && link_index >= 0 ? link_of(code) : NULL;
	return link && (link->kind == LINK_OWN || link->kind == LINK_STUB) ? link->function : NULL;
}

PyObject *profile_function_object(const struct profile_function *function)
{
	PyObject *object = function->function ? PyWeakref_GET_OBJECT(function->function) : Py_None;
	return object == Py_None ? NULL : Py_NewRef(object);
}
