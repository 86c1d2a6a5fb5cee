/* cpython311_loops.c - see cpython311_loops.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#define Py_BUILD_CORE
#include <internal/pycore_code.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/cpython311_handlers.h"
#include "codecache/jit/cpython311_loops.h"
#include "common/cleanup.h"

enum { UNIT = sizeof(_Py_CODEUNIT) };

/* ---- instructions ------------------------------------------------------------ */

struct instr {
	uint32_t begin, at; /* of its first prefix; of the opcode */
	unsigned opcode;
	uint32_t arg;
};

/* The code as the compiler made it: opcode, argument... */
struct units {
	PyObject *bytes; /* owned */
	const uint8_t *data;
	uint32_t n;
};

static bool units_take(PyObject *code, struct units *ret)
{
	ret->bytes = PyCode_GetCode((PyCodeObject *)code);
	if (!ret->bytes) {
		PyErr_Clear();
		return false;
	}
	ret->data = (const uint8_t *)PyBytes_AS_STRING(ret->bytes);
	ret->n = (uint32_t)(PyBytes_GET_SIZE(ret->bytes) / UNIT);
	return true;
}

static void units_drop(struct units *units)
{
	Py_XDECREF(units->bytes);
}

/* The instruction from offset i on, where no inline cache is; false: the code has ended. */
static bool next_instr(const struct units *units, uint32_t i, struct instr *ret)
{
	while (i < units->n && units->data[UNIT * i] == CACHE)
		i++;
	ret->begin = i;
	ret->arg = 0;
	for (; i < units->n; i++) {
		ret->arg = ret->arg << 8 | units->data[UNIT * i + 1];
		ret->opcode = units->data[UNIT * i];
		ret->at = i;
		if (ret->opcode != EXTENDED_ARG)
			return true;
	}
	return false;
}

/* A jump back that looks at the eval breaker, as a loop's does. */
static bool is_way_back(unsigned opcode)
{
	switch (opcode) {
	case JUMP_BACKWARD:
	case POP_JUMP_BACKWARD_IF_TRUE:
	case POP_JUMP_BACKWARD_IF_FALSE:
	case POP_JUMP_BACKWARD_IF_NONE:
	case POP_JUMP_BACKWARD_IF_NOT_NONE: return true;
	default: return false;
	}
}

static bool is_back(unsigned opcode)
{
	return is_way_back(opcode) || opcode == JUMP_BACKWARD_NO_INTERRUPT;
}

static bool is_forward(unsigned opcode)
{
	switch (opcode) {
	case JUMP_FORWARD:
	case FOR_ITER:
	case SEND:
	case JUMP_IF_TRUE_OR_POP:
	case JUMP_IF_FALSE_OR_POP:
	case POP_JUMP_FORWARD_IF_TRUE:
	case POP_JUMP_FORWARD_IF_FALSE:
	case POP_JUMP_FORWARD_IF_NONE:
	case POP_JUMP_FORWARD_IF_NOT_NONE: return true;
	default: return false;
	}
}

static bool has_next(unsigned opcode)
{
	switch (opcode) {
	case JUMP_FORWARD:
	case JUMP_BACKWARD:
	case JUMP_BACKWARD_NO_INTERRUPT:
	case RETURN_VALUE:
	case RAISE_VARARGS:
	case RERAISE: return false;
	default: return true;
	}
}

/* ---- the depth of the stack -------------------------------------------------- */

enum { UNKNOWN = -1 };

/* By offset; UNKNOWN: not reached. */
struct depths {
	int *at;
	uint32_t n;
	bool changed;
};

static void reach(struct depths *d, uint32_t i, int depth)
{
	if (i >= d->n || d->at[i] != UNKNOWN)
		return;
	d->at[i] = depth;
	d->changed = true;
}

static int effect_of_next(const struct instr *i)
{
	/* Of the first it says 0, and of the POP_TOP behind it -1. */
	return i->opcode == RETURN_GENERATOR ? 1 : PyCompile_OpcodeStackEffectWithJump((int)i->opcode, (int)i->arg, 0);
}

static void walk(const struct units *units, struct depths *d)
{
	struct instr i;
	for (uint32_t from = 0; next_instr(units, from, &i); from = i.at + 1) {
		uint32_t end = i.at + 1;
		int depth = d->at[i.begin];
		if (depth == UNKNOWN)
			continue;
		while (end < units->n && units->data[UNIT * end] == CACHE)
			end++;
		if (is_forward(i.opcode))
			reach(d, end + i.arg,
			      depth + PyCompile_OpcodeStackEffectWithJump((int)i.opcode, (int)i.arg, 1));
		if (is_back(i.opcode))
			reach(d, end - i.arg,
			      depth + PyCompile_OpcodeStackEffectWithJump((int)i.opcode, (int)i.arg, 1));
		if (has_next(i.opcode))
			reach(d, end, depth + effect_of_next(&i));
	}
}

static void reach_handlers(PyObject *table, struct depths *d)
{
	struct handler_range range;
	for (Py_ssize_t at = 0; handler_next(table, &at, &range);)
		reach(d, range.target, (int)range.depth + range.lasti + 1);
}

/* NULL if there is no memory. */
static int *find_depths(PyObject *code, const struct units *units)
{
	struct depths d = { .at = malloc((units->n + 1) * sizeof(int)), .n = units->n, .changed = true };
	if (!d.at)
		return NULL;
	for (uint32_t i = 0; i < units->n; i++)
		d.at[i] = UNKNOWN;
	reach(&d, 0, 0);
	reach_handlers(((PyCodeObject *)code)->co_exceptiontable, &d);
	while (d.changed) {
		d.changed = false;
		walk(units, &d);
	}
	return d.at;
}

/* ---- loops ------------------------------------------------------------------- */

static void add_loop(struct loop_extent *loops, uint32_t *n, struct unit_loop head, uint32_t end)
{
	uint32_t i = 0;
	while (i < *n && loops[i].head.pc < head.pc)
		i++;
	if (i < *n && loops[i].head.pc == head.pc) {
		loops[i].end = end;
		return;
	}
	if (*n == LOOPS_MAX)
		return;
	memmove(&loops[i + 1], &loops[i], (*n - i) * sizeof(*loops));
	loops[i] = (struct loop_extent){ head, end };
	++*n;
}

bool cpython_asks_identity(PyObject *code)
{
	struct units units;
	struct instr i;
	unsigned before = NOP;
	bool asks = false;
	if (!units_take(code, &units))
		return true;
	for (uint32_t from = 0; !asks && next_instr(&units, from, &i); from = i.at + 1) {
		asks = i.opcode == IS_OP && before != LOAD_CONST;
		before = i.opcode;
	}
	units_drop(&units);
	return asks;
}

bool cpython_inner_asks_identity(PyObject *code)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		PyObject *inner = PyTuple_GET_ITEM(consts, i);
		if (PyCode_Check(inner) && (cpython_asks_identity(inner) || cpython_inner_asks_identity(inner)))
			return true;
	}
	return false;
}

uint32_t cpython_find_loops(PyObject *code, struct loop_extent ret[static LOOPS_MAX])
{
	const int others = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
	struct units units;
	struct instr i;
	uint32_t n = 0;
	if (((PyCodeObject *)code)->co_flags & others || !units_take(code, &units))
		return 0;
	cleanup_free int *depths = find_depths(code, &units);
	for (uint32_t from = 0; depths && next_instr(&units, from, &i); from = i.at + 1) {
		uint32_t pc = i.at + 1 - i.arg;
		if (!is_way_back(i.opcode) || i.arg > i.at || pc == 0)
			continue;
		if (depths[pc] >= 0 && depths[pc] <= LOOPS_MAX_STACK)
			add_loop(ret, &n, (struct unit_loop){ .pc = pc, .n_stack = (uint32_t)depths[pc] }, i.at + 1);
	}
	units_drop(&units);
	return n;
}

bool cpython_has_loop(PyObject *code, const struct unit_loop *head)
{
	struct loop_extent loops[LOOPS_MAX];
	uint32_t n = cpython_find_loops(code, loops);
	for (uint32_t i = 0; i < n; i++)
		if (loops[i].head.pc == head->pc && loops[i].head.n_stack == head->n_stack)
			return true;
	return false;
}

/* ---- generators -------------------------------------------------------------- */

/* false: it does not wait there, or in `await`. */
static bool place_of(const struct units *units, const int *depths, const struct instr *i, struct generator_place *ret)
{
	enum { YIELD = 1, YIELD_FROM }; /* RESUME's argument */
	uint32_t next = i->at + 1;
	if (i->opcode == RETURN_GENERATOR) {
		*ret = (struct generator_place){ .pc = i->at, .next = next, .is_sent = true };
		return true;
	}
	if (i->opcode != YIELD_VALUE || depths[i->begin] <= 0 || next + 1 >= units->n ||
	    units->data[UNIT * next] != RESUME)
		return false;
	uint8_t resumes = units->data[UNIT * next + 1];
	*ret = (struct generator_place){
		.pc = i->at, .next = next, .n_stack = (uint32_t)depths[i->begin] - 1, .is_sent = true
	};
	if (resumes == YIELD_FROM && units->data[UNIT * (next + 1)] == JUMP_BACKWARD_NO_INTERRUPT)
		*ret = (struct generator_place){ .pc = next + 1,
						 .next = next + 2,
						 .n_stack = (uint32_t)depths[i->begin] - 1 };
	return resumes == YIELD || resumes == YIELD_FROM;
}

uint32_t cpython_find_places(PyObject *code, struct generator_place ret[static GENERATOR_MAX_PLACES])
{
	struct units units;
	struct instr i;
	uint32_t n = 0;
	if (!units_take(code, &units))
		return 0;
	cleanup_free int *depths = find_depths(code, &units);
	for (uint32_t from = 0; depths && n < GENERATOR_MAX_PLACES && next_instr(&units, from, &i); from = i.at + 1)
		n += place_of(&units, depths, &i, &ret[n]);
	units_drop(&units);
	return n;
}

/* ---- ways back ----------------------------------------------------------------- */

/* COMPARE_OP and the two entries of its cache. */
static bool is_comparing(const struct units *units, const struct instr *i)
{
	uint32_t size = 1 + INLINE_CACHE_ENTRIES_COMPARE_OP;
	return i->opcode != JUMP_BACKWARD && i->begin == i->at && i->at >= size &&
	       units->data[UNIT * (i->at - size)] == COMPARE_OP;
}

uint32_t cpython_find_ways(PyObject *code, const struct loop_extent *loops, uint32_t n_loops,
			   struct loop_way ret[static LOOPS_MAX_WAYS])
{
	struct units units;
	struct instr i;
	uint32_t n = 0;
	if (n_loops == 0 || !units_take(code, &units))
		return 0;
	for (uint32_t from = 0; n < LOOPS_MAX_WAYS && next_instr(&units, from, &i); from = i.at + 1)
		for (uint32_t k = 0; is_way_back(i.opcode) && k < n_loops; k++)
			if (loops[k].head.pc == i.at + 1 - i.arg)
				ret[n++] = (struct loop_way){ .loop = k,
							      .pc = loops[k].head.pc,
							      .begin = i.begin,
							      .at = i.at,
							      .opcode = i.opcode,
							      .is_comparing = is_comparing(&units, &i) };
	units_drop(&units);
	return n;
}

/* ---- ways -------------------------------------------------------------------- */

static unsigned forward_of(unsigned opcode)
{
	switch (opcode) {
	case POP_JUMP_BACKWARD_IF_TRUE: return POP_JUMP_FORWARD_IF_TRUE;
	case POP_JUMP_BACKWARD_IF_FALSE: return POP_JUMP_FORWARD_IF_FALSE;
	case POP_JUMP_BACKWARD_IF_NONE: return POP_JUMP_FORWARD_IF_NONE;
	case POP_JUMP_BACKWARD_IF_NOT_NONE: return POP_JUMP_FORWARD_IF_NOT_NONE;
	default: return JUMP_FORWARD;
	}
}

bool cpython_is_at_way(const struct loop_way *way, uint32_t at)
{
	return at == way->at || (way->is_comparing && at == way->at - 1 - INLINE_CACHE_ENTRIES_COMPARE_OP);
}

/* What COMPARE_OP was specialised to knows which way the jump behind it goes. */
static void forget_comparison(_Py_CODEUNIT *units, const struct loop_way *way)
{
	_Py_CODEUNIT *comparison = &units[way->at - 1 - INLINE_CACHE_ENTRIES_COMPARE_OP];
	if (way->is_comparing && _Py_OPCODE(*comparison) != COMPARE_OP)
		*comparison = _Py_MAKECODEUNIT(COMPARE_OP_ADAPTIVE, _Py_OPARG(*comparison));
}

/* Change the instruction at the way back, with its prefixes. */
static void set_instr(_Py_CODEUNIT *units, const struct loop_way *way, unsigned opcode, uint32_t arg)
{
	forget_comparison(units, way);
	for (uint32_t i = way->at;; i--, arg >>= 8) {
		units[i] = (_Py_CODEUNIT)_Py_MAKECODEUNIT(opcode, arg & 0xff);
		opcode = EXTENDED_ARG;
		if (i == way->begin)
			return;
	}
}

void cpython_open_way(PyObject *resume_code, const struct loop_way *way)
{
	set_instr(_PyCode_CODE((PyCodeObject *)resume_code), way, forward_of(way->opcode), way->detour - (way->at + 1));
}

void cpython_close_way(PyObject *resume_code, const struct loop_way *way)
{
	set_instr(_PyCode_CODE((PyCodeObject *)resume_code), way, way->opcode, way->at + 1 - way->pc);
}
