/* loops.c - see loops.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/code_data.h"
#include "codecache/jit/jit.h"
#include "codecache/jit/rt.h"
#include "codecache/loops.h"
#include "codecache/native_priv.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum {
	MAX_ENTRIES = 3, /* codes of one loop, for different types */
	MAX_ASKED = 3,
	ASKED_SHIFT = 2,    /* the next time it takes four times as many rounds */
	LOOK_AT_CLOCK = 64, /* rounds */
	LONG_NS = 20000000, /* in a loop that has few, but long rounds */
	SHORT_NS = 3000,    /* code that is left before that has not paid for its entry */
	CREDIT = 64,        /* that code has at first, and at most */
	COST_OF_SHORT = 8,  /* of such an entry */
	GAIN_OF_LONG = 16,
	MAX_WAITS = 1023, /* rounds after which a frame that fits no code is looked at again */
};

enum loop_state {
	LOOP_COUNTED, /* while it is open, CPython's rounds are */
	LOOP_ASKED,   /* for code */
	LOOP_ENTERED,
	LOOP_GIVEN_UP,
};

/* Code that begins at a loop's head. */
struct loop_entry {
	const struct specialization *s;
	int credit; /* none: it is not entered any more */
};

/* A Python object, for it is a constant of resume code; what detours ask. */
struct loop {
	PyObject_HEAD
	struct loops *all;
	struct loop_extent extent;
	uint32_t index;
	enum loop_state state;
	bool open;
	uint32_t rounds; /* of CPython's, since code was entered or asked for last */
	uint32_t asked;
	uint32_t closed;      /* since then, as its frames fitted no code */
	uint32_t wait, waits; /* rounds until the frame is looked at again; the last time it was so many */
	uint64_t since_ns;    /* that it was opened last */
	uint32_t n_entries;
	struct loop_entry entries[MAX_ENTRIES];
	struct loop_entry *chosen; /* by the question just asked */
};

/* Resume code. */
struct loops_code {
	struct loops_code *next;
	PyObject *code;
	uint32_t n_ways;
	struct loop_way ways[];
};

struct loops {
	PyObject *original;
	uint32_t n_locals;
	bool asks_identity; /* of other objects than None and the like */
	uint32_t n, n_ways;
	struct loop *loop[LOOPS_MAX];
	struct loop_way ways[LOOPS_MAX_WAYS];
	struct loops_code *codes;
};

/* By code object (PEP 523's extra data): its loops. */
static Py_ssize_t extra = -1;
static native_loop_handler on_wanted;
static void *on_wanted_userdata;
static uint32_t enough_rounds;

void native_set_loop_handler(native_loop_handler handler, uint32_t rounds, void *userdata)
{
	on_wanted = handler;
	enough_rounds = rounds;
	on_wanted_userdata = userdata;
}

/* ---- open and closed ----------------------------------------------------------- */

static void set_open(struct loop *loop, bool open)
{
	if (loop->open == open)
		return;
	loop->open = open;
	for (const struct loops_code *c = loop->all->codes; c; c = c->next) {
		for (uint32_t i = 0; i < c->n_ways; i++) {
			if (c->ways[i].loop != loop->index || !c->ways[i].detour)
				continue;
			if (open)
				cpython_open_way(c->code, &c->ways[i]);
			else
				cpython_close_way(c->code, &c->ways[i]);
		}
	}
}

static bool is_around(const struct loop *loop, uint32_t pc)
{
	return pc >= loop->extent.head.pc && pc < loop->extent.end;
}

void loops_left(struct loops *loops, uint32_t pc)
{
	for (uint32_t i = 0; loops && i < loops->n; i++) {
		struct loop *loop = loops->loop[i];
		bool wanted = loop->state == LOOP_ENTERED || (loop->state == LOOP_COUNTED && on_wanted);
		if (!wanted || !is_around(loop, pc))
			continue;
		loop->since_ns = monotonic_ns();
		loop->wait = loop->waits = 0;
		set_open(loop, true);
	}
}

/* ---- what is in a frame -------------------------------------------------------- */

/* Objects/listobject.c, Objects/tupleobject.c */
struct sequence_iterator {
	PyObject_HEAD;
	Py_ssize_t index;
	PyObject *sequence; /* NULL: it has ended */
};

/* Nobody else sees how far it is. */
static enum value_type iterator_type(PyObject *value)
{
	const struct sequence_iterator *iterator = (const struct sequence_iterator *)value;
	if (Py_REFCNT(value) != 1)
		return VALUE_OBJECT;
	if (Py_IS_TYPE(value, &PyRangeIter_Type))
		return VALUE_RANGE_ITER;
	if (Py_IS_TYPE(value, &PyListIter_Type) && iterator->sequence && PyList_CheckExact(iterator->sequence))
		return VALUE_LIST_ITER;
	if (Py_IS_TYPE(value, &PyTupleIter_Type) && iterator->sequence && PyTuple_CheckExact(iterator->sequence))
		return VALUE_TUPLE_ITER;
	return VALUE_OBJECT;
}

/* A number that others have as well stays the object that it is where `is` may tell, and a NaN everywhere: it equals
 * nothing but itself.  Small ints are the same objects when they are made anew. */
static bool is_seen_by_others(const struct loop *loop, enum value_type type, PyObject *value)
{
	if (Py_REFCNT(value) == 1)
		return false;
	if (type == VALUE_FLOAT)
		return loop->all->asks_identity || isnan(PyFloat_AS_DOUBLE(value));
	if (type != VALUE_INT || !loop->all->asks_identity || !native_fits_int(value))
		return false;
	int64_t number = PyLong_AsLongLong(value);
	return number < RT_SMALLEST_INT || number >= RT_SMALLEST_INT + RT_SMALL_INTS;
}

static enum value_type local_type(const struct loop *loop, uint32_t i, PyObject *value)
{
	const uint8_t kind = (uint8_t)PyBytes_AS_STRING(((PyCodeObject *)loop->all->original)->co_localspluskinds)[i];
	enum { IS_CELL_OR_FREE = 0x40 | 0x80 }; /* CO_FAST_CELL, CO_FAST_FREE of pycore_code.h */
	if (kind & IS_CELL_OR_FREE)
		return VALUE_OBJECT;
	if (!value)
		return VALUE_UNBOUND;
	enum value_type type = jit_value_type(value);
	return is_seen_by_others(loop, type, value) ? VALUE_OBJECT : type;
}

static enum value_type type_at(const struct loop *loop, uint32_t i, PyObject *value)
{
	return i < loop->all->n_locals ? local_type(loop, i, value) : iterator_type(value);
}

static uint32_t param_count(const struct loop *loop)
{
	return loop->all->n_locals + loop->extent.head.n_stack;
}

/* What is at place i is of a type that the code takes, or of one that it would take, too. */
static bool fits_at(const struct loop *loop, uint32_t i, enum value_type type, PyObject *value)
{
	if (type == VALUE_ANY)
		return true;
	if (type == VALUE_OBJECT || (type == VALUE_STR && value && PyUnicode_CheckExact(value)))
		return value;
	if (type == VALUE_BIG)
		return value && PyLong_CheckExact(value);
	return type_at(loop, i, value) == type;
}

static bool fits(const struct loop *loop, const struct specialization *s, const struct switch_call *call)
{
	const PyFunctionObject *function = (PyFunctionObject *)call->function;
	if (function->func_globals != s->consts[0] || function->func_builtins != s->consts[1])
		return false;
	for (uint32_t i = 0; i < s->meta.n_params; i++)
		if (!fits_at(loop, i, s->meta.params[i], call->args[i]))
			return false;
	return true;
}

static struct loop_entry *choose(struct loop *loop, const struct switch_call *call)
{
	for (uint32_t i = 0; i < loop->n_entries; i++)
		if (loop->entries[i].credit > 0 && fits(loop, loop->entries[i].s, call))
			return &loop->entries[i];
	return NULL;
}

/* ---- questions ----------------------------------------------------------------- */

static bool is_enough(const struct loop *loop)
{
	return loop->rounds >= enough_rounds ||
	       (loop->rounds % LOOK_AT_CLOCK == 0 && monotonic_ns() - loop->since_ns >= LONG_NS);
}

/* Whether there is anything to be looked at in this round of CPython's. */
static bool is_due(struct loop *loop)
{
	loop->rounds++;
	if (loop->state == LOOP_COUNTED)
		return is_enough(loop);
	if (loop->wait == 0)
		return loop->state == LOOP_ENTERED;
	loop->wait--;
	return false;
}

static void ask(struct loop *loop, struct native_function *native, const struct switch_call *call, PyObject *code)
{
	enum value_type params[NATIVE_LOOP_MAX_PARAMS];
	struct native_loop wanted = {
		.loop = loop->extent.head, .params = params, .n_params = param_count(loop), .code = code
	};
	loop->state = LOOP_ASKED;
	loop->asked++;
	loop->closed = 0;
	loop->rounds = loop->wait = loop->waits = 0;
	set_open(loop, false);
	if (wanted.n_params > NATIVE_LOOP_MAX_PARAMS) {
		loop->state = LOOP_GIVEN_UP;
		return;
	}
	for (uint32_t i = 0; i < wanted.n_params; i++)
		params[i] = type_at(loop, i, call->args[i]);
	bool is_late = !on_wanted(native, &wanted, on_wanted_userdata);
	if (is_late)
		loop->asked--;
	if (loop->state != LOOP_ASKED || !(is_late || loop->n_entries > 0))
		return;
	loop->state = loop->n_entries > 0 ? LOOP_ENTERED : LOOP_COUNTED; /* what there is stays */
	set_open(loop, true);
}

/* The frame fits no code: it is looked at again after more and more rounds.  If they become too many, the loop is
 * CPython's until native code leaves it again, for each question takes time; and where that has happened often, code
 * for the frame is wanted, too. */
static bool is_miss(struct loop *loop)
{
	bool may_ask = loop->asked < MAX_ASKED && on_wanted;
	loop->waits = loop->waits < MAX_WAITS ? 2 * loop->waits + 1 : MAX_WAITS;
	loop->wait = loop->waits;
	if (loop->rounds < enough_rounds && (may_ask || loop->rounds < MAX_WAITS))
		return true;
	if (may_ask && ++loop->closed >= 1U << ASKED_SHIFT * loop->asked)
		return false;
	loop->rounds = loop->wait = loop->waits = 0;
	set_open(loop, false);
	return true;
}

static void choose_for(struct loop *loop, struct native_function *native, const struct switch_call *call,
		       PyObject *code)
{
	if (loop->state == LOOP_ENTERED)
		loop->chosen = choose(loop, call);
	if (!loop->chosen && (loop->state == LOOP_COUNTED || !is_miss(loop))) {
		ask(loop, native, call, code);
		if (loop->state == LOOP_ENTERED)
			loop->chosen = choose(loop, call);
	}
	if (loop->chosen)
		loop->rounds = loop->wait = loop->waits = 0;
}

static const struct loop_way *find_way(const struct loops *loops, uint32_t at)
{
	for (uint32_t i = 0; loops && i < loops->n_ways; i++)
		if (cpython_is_at_way(&loops->ways[i], at))
			return &loops->ways[i];
	return NULL;
}

/* Code for it may be there, or may come. */
static bool may_enter(const struct loop *loop)
{
	return loop->state == LOOP_ENTERED || loop->state == LOOP_ASKED || (loop->state == LOOP_COUNTED && on_wanted);
}

bool loops_is_way(const struct loops *loops, uint32_t at, uint32_t *ret_n_stack)
{
	const struct loop_way *way = find_way(loops, at);
	const struct loop *loop = way ? loops->loop[way->loop] : NULL;
	if (loop)
		*ret_n_stack = loop->extent.head.n_stack;
	return loop && may_enter(loop);
}

bool loops_are_around(const struct loops *loops, uint32_t at)
{
	for (uint32_t i = 0; loops && i < loops->n; i++)
		if (may_enter(loops->loop[i]) && is_around(loops->loop[i], at))
			return true;
	return false;
}

/* As is_miss(), where each look stands for many rounds. */
static bool may_ask_again(struct loop *loop)
{
	return loop->state == LOOP_COUNTED ||
	       (loop->asked < MAX_ASKED && on_wanted && ++loop->closed >= 1U << ASKED_SHIFT * loop->asked);
}

bool loops_catch(struct loops *loops, struct native_function *native, const struct switch_call *call, PyObject *code,
		 uint32_t at, PyObject **ret_code, uint32_t *ret_landing)
{
	const struct loop_way *way = find_way(loops, at);
	struct loop *loop = way ? loops->loop[way->loop] : NULL;
	if (!loop || loop->state == LOOP_ASKED || native_is_cpythons_turn(native))
		return false;
	struct loop_entry *entry = loop->state == LOOP_ENTERED ? choose(loop, call) : NULL;
	if (!entry && may_ask_again(loop)) {
		ask(loop, native, call, code);
		entry = loop->state == LOOP_ENTERED ? choose(loop, call) : NULL;
	}
	if (!entry)
		return false;
	loop->rounds = loop->wait = loop->waits = 0;
	*ret_code = loops->codes->code;
	*ret_landing = loops->codes->ways[way - loops->ways].landing;
	return true;
}

/* Whether native code is to go on: the loop is at its head, and nothing is to be looked after first. */
static int is_time(PyObject *self)
{
	struct loop *loop = (struct loop *)self;
	struct switch_call call;
	loop->chosen = NULL;
	if (!is_due(loop))
		return 0;
	PyObject *code = switch_enter_loop(&call);
	if (!code || call.interpret || switch_is_asked())
		return 0;
	struct native_function *native = native_behind(call.function);
	if (!native || native_original_code(native) != loop->all->original)
		return 0;
	if (native_is_cpythons_turn(native)) {
		loop->rounds = 0;
		loop->wait = MAX_WAITS;
		return 0;
	}
	choose_for(loop, native, &call, code);
	return loop->chosen != NULL;
}

/* The entry may be another's by now: native code has run. */
static void pay(struct loop *loop, const struct specialization *s, int credit)
{
	for (uint32_t i = 0; i < loop->n_entries; i++)
		if (loop->entries[i].s == s && (credit < 0 || loop->entries[i].credit < CREDIT))
			loop->entries[i].credit += credit;
}

/* The rest of the call, or NULL, with or without an exception, as a native function's stub gets it. */
static PyObject *go_native(PyObject *self)
{
	struct loop *loop = (struct loop *)self;
	struct switch_call call;
	struct loop_entry *entry = steal_ptr(loop->chosen);
	const struct specialization *s = entry ? entry->s : NULL;
	PyObject *code = s ? switch_enter_loop(&call) : NULL;
	struct native_function *native = code ? native_behind(call.function) : NULL;
	if (!native) {
		PyErr_SetString(PyExc_TypeError, "preforge: native loops are entered by resume code only");
		return NULL;
	}
	call.n_stack = loop->extent.head.n_stack;
	uint64_t began = monotonic_ns();
	PyObject *result = native_run_loop(native, s, &call, code);
	bool is_short = !result && !PyErr_Occurred() && monotonic_ns() - began < SHORT_NS;
	pay(loop, s, is_short ? -COST_OF_SHORT : GAIN_OF_LONG);
	return result;
}

static PyNumberMethods loop_as_number = { .nb_bool = is_time };

static PyTypeObject loop_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.loop",
	.tp_basicsize = sizeof(struct loop),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_as_number = &loop_as_number,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = go_native,
};

/* ---- code ---------------------------------------------------------------------- */

static bool same_types(const struct specialization *a, const struct specialization *b)
{
	return a->consts[0] == b->consts[0] &&
	       memcmp(a->meta.params, b->meta.params, a->meta.n_params * sizeof(a->meta.params[0])) == 0;
}

/* The place of one for the same types, or a new one, or that of the oldest. */
static struct loop_entry *place_for(struct loop *loop, const struct specialization *s)
{
	for (uint32_t i = 0; i < loop->n_entries; i++)
		if (same_types(loop->entries[i].s, s))
			return &loop->entries[i];
	if (loop->n_entries == MAX_ENTRIES)
		memmove(loop->entries, loop->entries + 1, --loop->n_entries * sizeof(loop->entries[0]));
	return &loop->entries[loop->n_entries++];
}

int loops_add(struct loops *loops, const struct specialization *s, struct cause *cause)
{
	for (uint32_t i = 0; loops && i < loops->n; i++) {
		struct loop *loop = loops->loop[i];
		if (loop->extent.head.pc != s->meta.loop.pc || loop->extent.head.n_stack != s->meta.loop.n_stack ||
		    param_count(loop) != s->meta.n_params)
			continue;
		*place_for(loop, s) = (struct loop_entry){ s, CREDIT };
		loop->state = LOOP_ENTERED;
		set_open(loop, true);
		return 0;
	}
	return cause_set(cause, -EINVAL, "%s has no loop at offset %u", s->meta.name, s->meta.loop.pc);
}

void loops_drop(struct loops *loops, const void *entry)
{
	for (uint32_t i = 0; loops && i < loops->n; i++) {
		struct loop *loop = loops->loop[i];
		uint32_t n = 0;
		for (uint32_t k = 0; k < loop->n_entries; k++)
			if ((const void *)(uintptr_t)loop->entries[k].s->entry != entry)
				loop->entries[n++] = loop->entries[k];
		loop->n_entries = n;
	}
}

const struct specialization *loops_find(const struct loops *loops, const void *entry)
{
	for (uint32_t i = 0; loops && i < loops->n; i++)
		for (uint32_t k = 0; k < loops->loop[i]->n_entries; k++)
			if ((const void *)(uintptr_t)loops->loop[i]->entries[k].s->entry == entry)
				return loops->loop[i]->entries[k].s;
	return NULL;
}

void loops_resume_codes(const struct loops *loops, void (*call)(PyObject *code, void *userdata), void *userdata)
{
	for (uint32_t i = 0; loops && i < loops->n; i++)
		for (uint32_t k = 0; k < loops->loop[i]->n_entries; k++)
			call(loops->loop[i]->entries[k].s->codes[0].code, userdata);
}

/* ---- life ---------------------------------------------------------------------- */

static bool add_loops(struct loops *loops)
{
	struct loop_extent extents[LOOPS_MAX];
	uint32_t n = cpython_find_loops(loops->original, extents);
	for (; loops->n < n; loops->n++) {
		struct loop *loop = PyObject_New(struct loop, &loop_type);
		if (!loop) {
			PyErr_Clear();
			return false;
		}
		*loop = (struct loop){
			.ob_base = loop->ob_base, .all = loops, .extent = extents[loops->n], .index = loops->n
		};
		loops->loop[loops->n] = loop;
	}
	loops->asks_identity = n > 0 && cpython_asks_identity(loops->original);
	loops->n_ways = cpython_find_ways(loops->original, extents, n, loops->ways);
	return true;
}

/* Of code that nobody has yet. */
static void loops_free(struct loops *loops)
{
	while (loops->n > 0)
		Py_DECREF(loops->loop[--loops->n]);
	Py_DECREF(loops->original);
	free(loops);
}

static struct loops *loops_new(PyObject *original)
{
	struct loops *loops = calloc(1, sizeof(*loops));
	if (!loops)
		return NULL;
	loops->original = Py_NewRef(original);
	loops->n_locals = cpython_local_count(original);
	if (add_loops(loops))
		return loops;
	loops_free(loops);
	return NULL;
}

struct loops *loops_of(PyObject *original)
{
	struct loops *loops = code_data(original, extra);
	if (extra < 0 || loops)
		return loops;
	loops = loops_new(original);
	if (loops && !code_data_set(original, extra, loops)) {
		loops_free(loops);
		return NULL;
	}
	return loops;
}

void loops_fill(const struct loops *loops, struct loops_ways *ret)
{
	ret->resume = (struct resume_ways){
		.asked = ret->asked, .resume = switch_function(), .n = loops ? loops->n_ways : 0, .ways = ret->ways
	};
	for (uint32_t i = 0; loops && i < loops->n; i++)
		ret->asked[i] = (PyObject *)loops->loop[i];
	if (loops)
		memcpy(ret->ways, loops->ways, loops->n_ways * sizeof(loops->ways[0]));
}

bool loops_add_code(struct loops *loops, PyObject *resume_code, const struct loops_ways *ways)
{
	if (!loops || ways->resume.n == 0)
		return true;
	size_t size = ways->resume.n * sizeof(ways->ways[0]);
	struct loops_code *c = malloc(sizeof(*c) + size);
	if (!c)
		return false;
	*c = (struct loops_code){ .next = loops->codes, .code = Py_NewRef(resume_code), .n_ways = ways->resume.n };
	memcpy(c->ways, ways->ways, size);
	loops->codes = c;
	for (uint32_t i = 0; i < c->n_ways; i++)
		if (c->ways[i].detour && loops->loop[c->ways[i].loop]->open)
			cpython_open_way(resume_code, &c->ways[i]);
	return true;
}

int loops_init(struct cause *cause)
{
	if (PyType_Ready(&loop_type) < 0) {
		PyErr_Clear();
		return cause_set(cause, -ENOMEM, "no memory for the type of loops");
	}
	if (extra < 0)
		extra = _PyEval_RequestCodeExtraIndex(NULL);
	return 0;
}
