/* cpython311.c - CPython 3.11's bytecode, decoded.
 *
 * Reads the adaptive code in place: the specialised opcodes are mapped back to the ones they came from, and what they
 * say of the operands is kept as a hint.  Sources: Python/ceval.c, Python/specialize.c, Lib/opcode.py and
 * Include/internal/pycore_code.h of CPython 3.11. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define Py_BUILD_CORE 1
#include <internal/pycore_code.h>

#include <string.h>

#include "codecache/jit/bytecode.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/outgrown.h"
#include "codecache/jit/cpython311_handlers.h"
#include "codecache/jit/cpython311_opcodes.h"
#include "codecache/jit/cpython311_tables.h"

/* How one opcode decodes: the neutral op and, for families of opcodes, its fixed argument. */
struct decoding {
	enum bc_op op;
	uint8_t fixed;
	enum { ARG_NONE, ARG_OPARG, ARG_FIXED, ARG_FORWARD, ARG_BACKWARD, ARG_BINARY, ARG_GLOBAL, ARG_NAME } arg;
	const char *name, *reason;
};

static const struct decoding decodings[256] = {
#define TO(opcode, neutral, fixed, arg) [opcode] = { BC_##neutral, fixed, arg, #opcode, NULL },
#define LEAVE(opcode, reason)           [opcode] = { BC_UNSUPPORTED, 0, ARG_NONE, #opcode, reason },
	CPYTHON311_OPCODES(TO, LEAVE)
#undef TO
#undef LEAVE
};

const char *bc_opcode(int opcode, const char **ret_reason)
{
	const struct decoding *d = &decodings[pf_opcode_deopt[opcode & 255]];
	*ret_reason = d->reason;
	/* All numbers that are none have the deoptimised form 0, which is CACHE. */
	return d == &decodings[CACHE] && opcode != CACHE ? NULL : d->name;
}

static enum bc_hint hint_of(int opcode)
{
	switch (opcode) {
	case BINARY_OP_ADD_INT:
	case BINARY_OP_SUBTRACT_INT:
	case BINARY_OP_MULTIPLY_INT:
	case COMPARE_OP_INT_JUMP: return HINT_INT;
	case BINARY_OP_ADD_FLOAT:
	case BINARY_OP_SUBTRACT_FLOAT:
	case BINARY_OP_MULTIPLY_FLOAT:
	case COMPARE_OP_FLOAT_JUMP: return HINT_FLOAT;
	case BINARY_OP_ADD_UNICODE:
	case COMPARE_OP_STR_JUMP: return HINT_STR;
	case BINARY_OP_INPLACE_ADD_UNICODE: return HINT_APPEND_STR;
	case BINARY_SUBSCR_LIST_INT:
	case STORE_SUBSCR_LIST_INT:
	case UNPACK_SEQUENCE_LIST: return HINT_LIST;
	case BINARY_SUBSCR_TUPLE_INT:
	case UNPACK_SEQUENCE_TUPLE:
	case UNPACK_SEQUENCE_TWO_TUPLE: return HINT_TUPLE;
	case BINARY_SUBSCR_DICT:
	case STORE_SUBSCR_DICT: return HINT_DICT;
	case LOAD_ATTR_INSTANCE_VALUE:
	case LOAD_ATTR_WITH_HINT:
	case STORE_ATTR_INSTANCE_VALUE:
	case STORE_ATTR_WITH_HINT: return HINT_VALUE;
	case LOAD_ATTR_SLOT:
	case STORE_ATTR_SLOT: return HINT_SLOT;
	case LOAD_METHOD_NO_DICT: return HINT_NO_DICT;
	case LOAD_METHOD_WITH_VALUES: return HINT_METHOD;
	default: return HINT_NONE;
	}
}

/* Whether CPython (Python/specialize.c) specialises the operation for two ints and for two floats. */
static bool is_specialisable(const _Py_CODEUNIT *unit, int opcode)
{
	const _Py_CODEUNIT *next = unit + 1 + pf_opcode_caches[opcode];
	switch (opcode) {
	case BINARY_OP:
		switch (_Py_OPARG(*unit) % NB_INPLACE_ADD) {
		case NB_ADD:
		case NB_SUBTRACT:
		case NB_MULTIPLY: return true;
		default: return false;
		}
	case COMPARE_OP:
		switch (pf_opcode_deopt[_Py_OPCODE(*next)]) {
		case POP_JUMP_FORWARD_IF_FALSE:
		case POP_JUMP_FORWARD_IF_TRUE:
		case POP_JUMP_BACKWARD_IF_FALSE:
		case POP_JUMP_BACKWARD_IF_TRUE: return true;
		default: return false;
		}
	default: return false;
	}
}

/* The counter of an adaptive instruction (pycore_code.h, adaptive_counter_backoff()): its lower bits are 0 until
 * CPython has tried in vain to specialise it. */
static bool has_failed(const _Py_CODEUNIT *unit)
{
	return (unit[1] & ((1 << ADAPTIVE_BACKOFF_BITS) - 1)) > 0;
}

static enum bc_hint hint_at(const _Py_CODEUNIT *unit)
{
	int opcode = _Py_OPCODE(*unit);
	if ((opcode == BINARY_SUBSCR_ADAPTIVE || opcode == STORE_SUBSCR_ADAPTIVE) && has_failed(unit))
		return HINT_OTHER;
	bool adaptive = opcode == BINARY_OP_ADAPTIVE || opcode == COMPARE_OP_ADAPTIVE;
	return adaptive && has_failed(unit) && is_specialisable(unit, pf_opcode_deopt[opcode]) ? HINT_MIXED
											       : hint_of(opcode);
}

/* NB_* of Include/opcode.h; the in-place forms follow the plain ones in the same order, and do the same to numbers. */
static enum bc_binary binary_of(uint32_t oparg)
{
	static const uint8_t table[] = {
		[NB_ADD] = BINARY_ADD,
		[NB_AND] = BINARY_AND,
		[NB_FLOOR_DIVIDE] = BINARY_FLOORDIV,
		[NB_LSHIFT] = BINARY_SHL,
		[NB_MATRIX_MULTIPLY] = BINARY_MATMUL,
		[NB_MULTIPLY] = BINARY_MUL,
		[NB_REMAINDER] = BINARY_MOD,
		[NB_OR] = BINARY_OR,
		[NB_POWER] = BINARY_POW,
		[NB_RSHIFT] = BINARY_SHR,
		[NB_SUBTRACT] = BINARY_SUB,
		[NB_TRUE_DIVIDE] = BINARY_TRUEDIV,
		[NB_XOR] = BINARY_XOR,
	};
	return table[oparg % NB_INPLACE_ADD];
}

static const char *utf8(PyObject *str)
{
	const char *s = PyUnicode_AsUTF8(str);
	if (!s) {
		PyErr_Clear(); /* a lone surrogate: not a name that anything here looks for */
		return "?";
	}
	return s;
}

static void instr_decode(PyCodeObject *co, struct bc_instr *i, int opcode, uint32_t oparg, uint32_t next)
{
	const struct decoding *d = &decodings[opcode];
	i->opcode = d->name ? d->name : "?";
	i->reason = d->reason;
	i->op = d->name ? d->op : BC_UNSUPPORTED;
	i->arg = d->arg == ARG_OPARG ? oparg : d->fixed;
	switch (d->arg) {
	case ARG_FORWARD: i->target = next + oparg; break;
	case ARG_BACKWARD:
		i->target = next - oparg;
		i->backward = opcode != JUMP_BACKWARD_NO_INTERRUPT;
		break;
	case ARG_BINARY:
		i->arg = binary_of(oparg);
		i->raw = oparg;
		break;
	case ARG_GLOBAL:
		i->name = utf8(PyTuple_GET_ITEM(co->co_names, oparg >> 1));
		i->arg = oparg & 1;
		break;
	case ARG_NAME: i->name = utf8(PyTuple_GET_ITEM(co->co_names, oparg)); break;
	default: break;
	}
}

static struct bc_instr *instr_at(struct bc_code *c, uint32_t pc)
{
	uint32_t low = 0, high = c->n_instrs;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (c->instrs[middle].pc < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n_instrs && c->instrs[low].pc == pc ? &c->instrs[low] : NULL;
}

/* From offsets to indices. */
static void targets_resolve(struct bc_code *c)
{
	for (uint32_t k = 0; k < c->n_instrs; k++) {
		struct bc_instr *i = &c->instrs[k];
		if (i->op != BC_JUMP && i->op != BC_BRANCH && i->op != BC_BRANCH_OR_POP && i->op != BC_FOR_ITER &&
		    i->op != BC_SEND)
			continue;
		struct bc_instr *to = instr_at(c, i->target);
		if (!to) { /* no compiler makes this; CPython would run it, so we leave it to CPython */
			i->op = BC_UNSUPPORTED;
			continue;
		}
		to->is_target = true;
		i->target = (uint32_t)(to - c->instrs);
	}
}

static void decode_all(struct bc_code *c, PyCodeObject *co)
{
	_Py_CODEUNIT *units = _PyCode_CODE(co); /* not changed: read_obj() wants it so */
	uint32_t n = (uint32_t)Py_SIZE(co), start = 0, oparg = 0;
	for (uint32_t pc = 0; pc < n;) {
		int specialised = _Py_OPCODE(units[pc]);
		int opcode = pf_opcode_deopt[specialised];
		oparg = oparg << 8 | _Py_OPARG(units[pc]);
		uint32_t next = pc + 1 + pf_opcode_caches[opcode];
		if (opcode == EXTENDED_ARG) {
			pc = next;
			continue;
		}
		struct bc_instr *i = &c->instrs[c->n_instrs++];
		i->pc = start;
		i->at = pc;
		i->names = i->handler = UINT32_MAX;
		i->hint = hint_at(&units[pc]);
		unsigned noted = outgrown_at((PyObject *)co, start);
		i->outgrown = noted & OUTGROWN_ALL;
		i->met = noted & MET_ANY & ~(unsigned)MET_SEVERAL;
		i->container = (noted & MET_SEVERAL) / MET_CONTAINER;
		c->meets_large |= (i->outgrown & OUTGROWN_WORD) != 0;
		if (i->hint == HINT_NO_DICT)
			i->method = read_obj(((_PyLoadMethodCache *)(units + pc + 1))->descr);
		int line = PyCode_Addr2Line(co, (int)(pc * sizeof(_Py_CODEUNIT)));
		i->line = line > 0 ? (uint32_t)line : 0;
		instr_decode(co, i, opcode, oparg, next);
		if (opcode == KW_NAMES) {
			i->op = BC_NOP;
			i->names = oparg;
		}
		if (opcode == PRECALL) { /* its CALL follows at once, with the same argument */
			i->call_pc = next;
			while (next < n && pf_opcode_deopt[_Py_OPCODE(units[next])] == EXTENDED_ARG)
				next++;
			i->at = next;
			if (c->n_instrs > 1 && i[-1].op == BC_NOP &&
			    i[-1].names != UINT32_MAX) { /* KW_NAMES: part of the call */
				i->pc = i[-1].pc;
				i->outgrown = i[-1].outgrown;
				i->met = i[-1].met;
				i->names = i[-1].names;
				i[-1] = *i;
				i = &c->instrs[--c->n_instrs - 1];
			}
			if (next < n && pf_opcode_deopt[_Py_OPCODE(units[next])] == CALL)
				next += 1 + (uint32_t)pf_opcode_caches[CALL];
			else
				i->op = BC_UNSUPPORTED;
		}
		start = pc = next;
		oparg = 0;
	}
}

static void handlers_resolve(struct bc_code *c, PyCodeObject *co)
{
	struct handler_range range;
	for (Py_ssize_t at = 0; handler_next(co->co_exceptiontable, &at, &range);) {
		struct bc_instr *to = instr_at(c, range.target);
		if (to)
			to->is_target = true;
		for (uint32_t k = 0; to && k < c->n_instrs; k++) {
			struct bc_instr *i = &c->instrs[k];
			if (i->at < range.start || i->at - range.start >= range.size)
				continue;
			i->handler = (uint32_t)(to - c->instrs);
			i->handler_depth = range.depth;
			i->handler_lasti = range.lasti;
		}
	}
}

/* What looks at the locals of frames, or has somebody look at them from now on. */
static bool is_look(const struct bc_instr *i)
{
	static const char *const names[] = { "f_locals", "set_trace", "settrace", "setprofile", "breakpointhook" };
	bool loads = i->op == BC_LOAD_ATTR || i->op == BC_LOAD_METHOD || i->op == BC_LOAD_GLOBAL;
	for (size_t k = 0; loads && k < sizeof(names) / sizeof(names[0]); k++)
		if (strcmp(i->name, names[k]) == 0)
			return true;
	return i->met & MET_LOOK;
}

/* There, CPython's frames have all their locals. */
static void leave_for_looks(struct bc_code *c)
{
	for (uint32_t k = 0; k < c->n_instrs; k++)
		if (is_look(&c->instrs[k])) {
			c->instrs[k].op = BC_UNSUPPORTED;
			c->instrs[k].reason = "somebody looks at the locals there";
		}
}

/* Native code goes to the bodies of handlers without an exception, see build_unseen.c. */
static void mark_bodies(struct bc_code *c)
{
	for (uint32_t k = 0; k + 2 < c->n_instrs; k++) {
		struct bc_instr *i = &c->instrs[k];
		if (i->op == BC_PUSH_EXC && i[1].op == BC_POP)
			i[1].is_target = true;
		if (i->op == BC_MATCH_EXC && i[1].op == BC_BRANCH)
			i[2].is_target = true;
	}
}

static bool reads_local(const struct bc_instr *i)
{
	return i->op == BC_LOAD_LOCAL || i->op == BC_DELETE_LOCAL || i->op == BC_MAKE_CELL || i->op == BC_LOAD_CELL ||
	       i->op == BC_LOAD_DEREF;
}

/* One step of liveness, backwards; whether something changed. */
static bool live_step(struct bc_code *c, uint32_t index, uint8_t *now)
{
	const struct bc_instr *i = &c->instrs[index];
	uint32_t n = c->n_locals;
	bool raises = i->op == BC_RAISE || i->op == BC_RERAISE;
	bool falls = i->op != BC_RETURN && !raises && i->op != BC_JUMP && index + 1 < c->n_instrs;
	memset(now, i->op == BC_UNSUPPORTED ? BC_READ | BC_SEEN : raises ? BC_SEEN : 0, n);
	for (uint32_t k = 0; k < n; k++) {
		now[k] |= falls ? c->live[(index + 1) * n + k] : 0;
		if (i->op == BC_JUMP || i->op == BC_BRANCH || i->op == BC_BRANCH_OR_POP || i->op == BC_FOR_ITER ||
		    i->op == BC_SEND)
			now[k] |= c->live[i->target * n + k];
	}
	if ((i->op == BC_STORE_LOCAL || i->op == BC_STORE_DEREF) && i->arg < n)
		now[i->arg] = 0;
	for (uint32_t k = 0; k < n; k++) {
		if (i->handler != UINT32_MAX)
			now[k] |= c->live[i->handler * n + k];
		now[k] |= c->local_kinds[k] & BC_FREE ? BC_READ | BC_SEEN : 0;
	}
	if (reads_local(i) && i->arg < n)
		now[i->arg] |= BC_READ;
	if (memcmp(now, c->live + index * n, n) == 0)
		return false;
	memcpy(c->live + index * n, now, n);
	return true;
}

bool bc_is_frame_function(const char *name)
{
	static const char *const names[] = { "locals", "vars", "dir", "eval", "exec", "breakpoint" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* sys._getframe() and inspect.currentframe(): what they give may be kept, and has f_locals then. */
static bool gives_frame(const char *name)
{
	return strcmp(name, "_getframe") == 0 || strcmp(name, "currentframe") == 0;
}

static bool looks_at_frame(PyCodeObject *co)
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_names); i++) {
		const char *name = utf8(PyTuple_GET_ITEM(co->co_names, i));
		if (bc_is_frame_function(name) || gives_frame(name))
			return true;
	}
	return false;
}

bool bc_looks_at_locals(PyObject *code)
{
	PyObject *names = ((PyCodeObject *)code)->co_names;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
		if (strcmp(utf8(PyTuple_GET_ITEM(names, i)), "f_locals") == 0)
			return true;
	return false;
}

/* Which locals may still be read from where on.  Cells of the world outside always may. */
static void find_live(struct bc_code *c)
{
	uint8_t *now = calloc(c->n_locals + 1, 1);
	bool changed = now && !looks_at_frame((PyCodeObject *)c->code);
	if (!changed)
		memset(c->live, BC_READ | BC_SEEN, (size_t)c->n_instrs * c->n_locals);
	while (changed) {
		changed = false;
		for (uint32_t index = c->n_instrs; index-- > 0;)
			changed |= live_step(c, index, now);
	}
	free(now);
}

/* A cell takes the place of what is in the local. */
static void find_assigned(struct bc_code *c)
{
	for (uint32_t k = 0; k < c->n_instrs; k++) {
		const struct bc_instr *i = &c->instrs[k];
		bool changes = i->op == BC_STORE_LOCAL || i->op == BC_DELETE_LOCAL || i->op == BC_MAKE_CELL;
		if (changes && i->arg < c->n_locals)
			c->assigned[i->arg] = true;
	}
}

static void find_class(struct bc_code *c, PyCodeObject *co)
{
	for (uint32_t i = c->n_locals - c->n_free; i < c->n_locals; i++)
		if (strcmp(utf8(PyTuple_GET_ITEM(co->co_localsplusnames, i)), "__class__") == 0) {
			c->has_class = true;
			c->class_cell = i - (c->n_locals - c->n_free);
		}
}

struct bc_code *bc_decode(PyObject *code)
{
	PyCodeObject *co = (PyCodeObject *)code;
	struct bc_code *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->code = code;
	c->name = utf8(co->co_qualname);
	c->is_generator = co->co_flags & CO_GENERATOR;
	const char *name = utf8(co->co_name);
	c->is_comprehension =
		!(co->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) &&
		(strcmp(name, "<listcomp>") == 0 || strcmp(name, "<setcomp>") == 0 || strcmp(name, "<dictcomp>") == 0);
	c->n_params = (uint32_t)(co->co_argcount + co->co_kwonlyargcount + !!(co->co_flags & CO_VARARGS) +
				 !!(co->co_flags & CO_VARKEYWORDS));
	c->n_locals = (uint32_t)co->co_nlocalsplus;
	c->n_free = (uint32_t)co->co_nfreevars;
	find_class(c, co);
	c->stack_size = (uint32_t)co->co_stacksize;
	c->local_kinds = calloc(c->n_locals + 1, 1);
	c->instrs = calloc((size_t)Py_SIZE(co) + 1, sizeof(*c->instrs));
	c->assigned = calloc(c->n_locals + 1, sizeof(bool));
	c->live = calloc((size_t)Py_SIZE(co) + 1, c->n_locals + 1);
	if (!c->local_kinds || !c->instrs || !c->assigned || !c->live) {
		bc_free(c);
		return NULL;
	}
	for (uint32_t i = 0; i < c->n_locals; i++) {
		int kind = _PyLocals_GetKind(co->co_localspluskinds, (int)i);
		c->local_kinds[i] =
			(uint8_t)((kind & CO_FAST_LOCAL ? BC_LOCAL : 0) | (kind & CO_FAST_CELL ? BC_CELL : 0) |
				  (kind & CO_FAST_FREE ? BC_FREE : 0));
	}
	decode_all(c, co);
	targets_resolve(c);
	handlers_resolve(c, co);
	mark_bodies(c);
	leave_for_looks(c);
	find_assigned(c);
	find_live(c);
	return c;
}

void bc_free(struct bc_code *code)
{
	if (!code)
		return;
	free(code->local_kinds);
	free(code->instrs);
	free(code->assigned);
	free(code->live);
	free(code);
}

uint32_t bc_call_at(PyObject *code, uint32_t at)
{
	const _Py_CODEUNIT *units = _PyCode_CODE((PyCodeObject *)code);
	for (; at < (uint32_t)Py_SIZE(code); at += 1 + (uint32_t)pf_opcode_caches[PRECALL])
		switch (pf_opcode_deopt[_Py_OPCODE(units[at])]) {
		case CALL:
		case GET_ITER:
		case FOR_ITER: return at;
		case PRECALL: break; /* what is written in C is called here */
		default: return UINT32_MAX;
		}
	return UINT32_MAX;
}

/* ---- hints as text: "PC:OPCODE " or "PC:OPCODE:TYPE " for each instruction that has one, "PC:OUTGROWN:HOW " where
 * native code met what it was not made for (outgrown.h), "PC:CALLS:DIGEST " for each callee of a call (callsites.h),
 * ";" after each code object, depth first; TYPE: the builtin type whose method was found there -------------- */

enum { CALLS = 256, OUTGROWN = 257 }; /* no opcodes */

static PyTypeObject *const method_types[] = { &PyList_Type, &PyDict_Type,  &PyTuple_Type,    &PyUnicode_Type,
					      &PySet_Type,  &PyBytes_Type, &PyByteArray_Type };

static PyObject *method_of(const PyTypeObject *type, const PyCodeObject *co, uint32_t name)
{
	return PyDict_GetItem(type->tp_dict, PyTuple_GET_ITEM(co->co_names, name)); /* borrowed; sets no exception */
}

/* What the cache has may be gone: it is only compared. */
static const char *receiver_name(PyCodeObject *co, uint32_t pc, uint32_t name)
{
	const void *method = read_obj(((_PyLoadMethodCache *)(_PyCode_CODE(co) + pc + 1))->descr);
	for (size_t i = 0; method && i < Py_ARRAY_LENGTH(method_types); i++)
		if (method_of(method_types[i], co, name) == method)
			return method_types[i]->tp_name;
	return NULL;
}

static PyTypeObject *receiver_from(const char *name, size_t size)
{
	for (size_t i = 0; i < Py_ARRAY_LENGTH(method_types); i++)
		if (strlen(method_types[i]->tp_name) == size && strncmp(method_types[i]->tp_name, name, size) == 0)
			return method_types[i];
	return NULL;
}

/* The first code that has a hint there, NULL: none.  Their instructions are at the same places, as far as the shortest
 * one goes: behind it are landings. */
static PyCodeObject *hinted(PyObject *const *codes, size_t n, uint32_t pc)
{
	for (size_t i = 0; i < n; i++)
		if (hint_at(&_PyCode_CODE((PyCodeObject *)codes[i])[pc]) != HINT_NONE)
			return (PyCodeObject *)codes[i];
	return NULL;
}

static void take(PyCodeObject *from, uint32_t pc, uint32_t oparg, FILE *out)
{
	int opcode = _Py_OPCODE(_PyCode_CODE(from)[pc]);
	const char *type = hint_of(opcode) == HINT_NO_DICT ? receiver_name(from, pc, oparg) : NULL;
	(void)fprintf(out, type ? "%u:%d:%s " : "%u:%d ", pc, opcode, type);
}

/* Where callsites.h may know what was called. */
static bool calls(unsigned opcode)
{
	return opcode == CALL || opcode == GET_ITER || opcode == FOR_ITER;
}

static void take_calls(PyObject *const *codes, size_t n, uint32_t pc, FILE *out)
{
	uint64_t digests[CALLSITE_CALLEES];
	uint32_t n_callees = 0;
	for (size_t i = 0; i < n && !n_callees; i++)
		n_callees = callsites_at(codes[i], pc, digests);
	for (uint32_t i = 0; i < n_callees; i++)
		(void)fprintf(out, "%u:%d:%llu ", pc, CALLS, (unsigned long long)digests[i]);
}

static void take_outgrown(PyObject *code, uint32_t pc, FILE *out)
{
	unsigned how = outgrown_at(code, pc);
	if (how)
		(void)fprintf(out, "%u:%d:%u ", pc, OUTGROWN, how);
}

void bc_take_hints(PyObject *const *codes, size_t n, FILE *out)
{
	PyCodeObject *co = (PyCodeObject *)codes[n - 1];
	const _Py_CODEUNIT *units = _PyCode_CODE(co);
	Py_ssize_t size = Py_SIZE(co);
	uint32_t oparg = 0;
	for (size_t i = 0; i < n; i++)
		size = Py_SIZE(codes[i]) < size ? Py_SIZE(codes[i]) : size;
	for (uint32_t pc = 0; pc < (uint32_t)size;) {
		int opcode = pf_opcode_deopt[_Py_OPCODE(units[pc])];
		PyCodeObject *from = hinted(codes, n, pc);
		oparg = oparg << 8 | _Py_OPARG(units[pc]);
		if (from)
			take(from, pc, oparg, out);
		take_outgrown((PyObject *)co, pc, out);
		if (calls((unsigned)opcode))
			take_calls(codes, n, pc, out);
		if (opcode != EXTENDED_ARG)
			oparg = 0;
		pc += 1 + (uint32_t)pf_opcode_caches[opcode];
	}
	putc(';', out);
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_consts); i++) {
		PyObject *inner = PyTuple_GET_ITEM(co->co_consts, i);
		if (PyCode_Check(inner))
			bc_take_hints(&inner, 1, out);
	}
}

/* The type that follows in the text, NULL: none. */
static PyTypeObject *receiver_read(const char **text)
{
	PyTypeObject *type = NULL;
	if (**text == ':') {
		size_t size = strcspn(++*text, " ;");
		type = receiver_from(*text, size);
		*text += size;
	}
	*text += **text == ' ';
	return type;
}

/* Those of which it tells something that they were not specialised. */
static bool is_adaptive(unsigned opcode)
{
	return opcode == BINARY_OP_ADAPTIVE || opcode == COMPARE_OP_ADAPTIVE || opcode == BINARY_SUBSCR_ADAPTIVE ||
	       opcode == STORE_SUBSCR_ADAPTIVE;
}

static void apply_one(PyCodeObject *co, uint32_t pc, uint32_t oparg, unsigned said, const PyTypeObject *receiver)
{
	_Py_CODEUNIT *unit = _PyCode_CODE(co) + pc;
	if (said >= 256 || pf_opcode_deopt[said] != pf_opcode_deopt[_Py_OPCODE(*unit)] ||
	    (!is_adaptive(said) && hint_of((int)said) == HINT_NONE))
		return;
	*unit = _Py_MAKECODEUNIT((int)said, _Py_OPARG(*unit));
	if (hint_of((int)said) == HINT_NONE)
		unit[1] = 1; /* for has_failed() */
	if (hint_of((int)said) == HINT_NO_DICT)
		write_obj(((_PyLoadMethodCache *)(unit + 1))->descr, receiver ? method_of(receiver, co, oparg) : NULL);
}

static void apply_calls(PyObject *code, uint32_t pc, const char **text)
{
	unsigned said_pc;
	unsigned long long digest;
	int n = 0;
	while (sscanf(*text, "%u:256:%llu %n", &said_pc, &digest, &n) == 2 && n > 0 && said_pc == pc) {
		*text += n;
		n = 0;
		callsites_add(code, pc, digest);
	}
}

static void apply_outgrown(PyObject *code, uint32_t pc, const char **text)
{
	unsigned said_pc, how;
	int n = 0;
	if (sscanf(*text, "%u:257:%u %n", &said_pc, &how, &n) != 2 || n == 0 || said_pc != pc)
		return;
	*text += n;
	outgrown_add(code, pc, how & (OUTGROWN_ALL | MET_ANY));
}

/* Nothing but what the text says: what this process has seen by itself would make another unit of it. */
static void apply(PyCodeObject *co, const char **text)
{
	_Py_CODEUNIT *units = _PyCode_CODE(co);
	uint32_t oparg = 0;
	callsites_forget((PyObject *)co);
	outgrown_forget((PyObject *)co);
	for (uint32_t pc = 0; pc < (uint32_t)Py_SIZE(co);) {
		unsigned opcode = _Py_OPCODE(units[pc]), base = pf_opcode_deopt[opcode], said_pc, said;
		int n = 0;
		oparg = oparg << 8 | _Py_OPARG(units[pc]);
		if (sscanf(*text, "%u:%u%n", &said_pc, &said, &n) == 2 && n > 0 && said_pc == pc && said < CALLS) {
			*text += n;
			const PyTypeObject *receiver = receiver_read(text);
			apply_one(co, pc, oparg, said, receiver);
		} else if (hint_at(&units[pc]) != HINT_NONE) {
			units[pc] = _Py_MAKECODEUNIT(base, _Py_OPARG(units[pc]));
		}
		apply_outgrown((PyObject *)co, pc, text);
		if (calls(base))
			apply_calls((PyObject *)co, pc, text);
		if (base != EXTENDED_ARG)
			oparg = 0;
		pc += 1 + (uint32_t)pf_opcode_caches[base];
	}
	*text += strcspn(*text, ";");
	*text += **text == ';';
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_consts); i++)
		if (PyCode_Check(PyTuple_GET_ITEM(co->co_consts, i)))
			apply((PyCodeObject *)PyTuple_GET_ITEM(co->co_consts, i), text);
}

void bc_apply_hints(PyObject *code, const char *text)
{
	apply((PyCodeObject *)code, &text);
}

/* The next item, if it is about pc: copied. */
static bool copy_hint(uint32_t pc, const char **text, FILE *out)
{
	unsigned said_pc, said;
	if (sscanf(*text, "%u:%u", &said_pc, &said) != 2 || said_pc != pc || said == OUTGROWN)
		return false;
	size_t size = strcspn(*text, " ;");
	size += (*text)[size] == ' ';
	(void)fwrite(*text, 1, size, out);
	*text += size;
	return true;
}

static void join(PyCodeObject *co, const char **text, FILE *out)
{
	const _Py_CODEUNIT *units = _PyCode_CODE(co);
	for (uint32_t pc = 0; pc < (uint32_t)Py_SIZE(co);
	     pc += 1 + (uint32_t)pf_opcode_caches[pf_opcode_deopt[_Py_OPCODE(units[pc])]]) {
		(void)copy_hint(pc, text, out);
		apply_outgrown((PyObject *)co, pc, text);
		take_outgrown((PyObject *)co, pc, out);
		while (copy_hint(pc, text, out))
			;
	}
	*text += strcspn(*text, ";");
	*text += **text == ';';
	putc(';', out);
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_consts); i++)
		if (PyCode_Check(PyTuple_GET_ITEM(co->co_consts, i)))
			join((PyCodeObject *)PyTuple_GET_ITEM(co->co_consts, i), text, out);
}

const char *bc_join_hints(PyObject *code, const char *text, FILE *out)
{
	join((PyCodeObject *)code, &text, out);
	return text;
}

bool bc_tells_met(const char *text)
{
	_Static_assert(OUTGROWN == 257, "as apply_outgrown() reads it");
	return strstr(text, ":257:");
}
