/* cpython311_code.c - see cpython311_code.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>
#define Py_BUILD_CORE
#include <internal/pycore_code.h>
#include <stdbool.h>
#include <stdio.h>

#include "codecache/jit/cpython311_code.h"
#include "codecache/jit/cpython311_handlers.h"
#include "codecache/jit/rt.h"
#include "codecache/jit/cpython311_view.h"
#include "common/cleanup.h"

enum { UNIT = sizeof(_Py_CODEUNIT) };

struct bytes {
	char *data;
	size_t size;
	FILE *out;
};

static void bytes_free(struct bytes *b)
{
	if (b->out)
		(void)fclose(b->out);
	free(b->data);
}

static bool bytes_open(struct bytes *b)
{
	b->out = open_memstream(&b->data, &b->size);
	if (!b->out)
		PyErr_NoMemory();
	return b->out;
}

/* The bytes object of what was written, NULL with MemoryError. */
static PyObject *bytes_close(struct bytes *b)
{
	int failed = ferror(b->out) | fclose(b->out);
	b->out = NULL;
	return failed ? PyErr_NoMemory() : PyBytes_FromStringAndSize(b->data, (Py_ssize_t)b->size);
}

static void put(struct bytes *b, unsigned byte)
{
	(void)putc((int)byte, b->out);
}

static void put_bytes(struct bytes *b, PyObject *bytes)
{
	(void)fwrite(PyBytes_AS_STRING(bytes), 1, (size_t)PyBytes_GET_SIZE(bytes), b->out);
}

static uint32_t prefix_count(uint32_t arg)
{
	return (arg > 0xff) + (arg > 0xffff) + (arg > 0xffffff);
}

/* An instruction with its prefixes and n_caches empty cache entries. */
static void put_instr(struct bytes *b, unsigned opcode, uint32_t arg, unsigned n_caches)
{
	for (uint32_t i = prefix_count(arg); i > 0; i--) {
		put(b, EXTENDED_ARG);
		put(b, arg >> 8 * i & 0xff);
	}
	put(b, opcode);
	put(b, arg & 0xff);
	for (unsigned i = 0; i < n_caches; i++) {
		put(b, CACHE);
		put(b, 0);
	}
}

/* Back to target from an instruction that begins at offset "at". */
static void put_jump_back(struct bytes *b, unsigned opcode, uint32_t at, uint32_t target)
{
	uint32_t n = 0;
	while (prefix_count(at + n + 1 - target) > n)
		n++;
	put_instr(b, opcode, at + n + 1 - target, 0);
}

/* ---- line table: Objects/locations.md -------------------------------------- */

static void put_varint(struct bytes *b, uint32_t value)
{
	for (; value >= 64; value >>= 6)
		put(b, 64 | (value & 63));
	put(b, value);
}

static void put_signed_varint(struct bytes *b, int value)
{
	put_varint(b, value < 0 ? ((uint32_t)-value << 1) | 1 : (uint32_t)value << 1);
}

static int read_signed_varint(const uint8_t *p)
{
	uint32_t value = *p & 63;
	for (unsigned shift = 6; *p & 64; shift += 6)
		value |= (uint32_t)(*++p & 63) << shift;
	return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* Past the entry of a line table at p; *line is the running line. */
static const uint8_t *next_entry(const uint8_t *p, const uint8_t *end, int *line)
{
	switch (*p >> 3 & 15) {
	case PY_CODE_LOCATION_INFO_NO_COLUMNS:
	case PY_CODE_LOCATION_INFO_LONG: *line += read_signed_varint(p + 1); break;
	case PY_CODE_LOCATION_INFO_ONE_LINE1: *line += 1; break;
	case PY_CODE_LOCATION_INFO_ONE_LINE2: *line += 2; break;
	default: break;
	}
	do
		p++;
	while (p < end && !(*p & 128));
	return p;
}

/* The line that the next entry's delta is counted from. */
static int last_line(PyCodeObject *code)
{
	int line = code->co_firstlineno;
	const uint8_t *p = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
	for (const uint8_t *end = p + PyBytes_GET_SIZE(code->co_linetable); p < end;)
		p = next_entry(p, end, &line);
	return line;
}

/* As _PyCode_CreateLineArray() in Objects/codeobject.c, which a shared libpython does not export, has it. */
void cpython_index_lines(PyObject *code_object)
{
	PyCodeObject *code = (PyCodeObject *)code_object;
	Py_ssize_t n = Py_SIZE(code), at = 0;
	int32_t *lines = code->_co_linearray ? NULL : PyMem_Malloc((size_t)n * sizeof(*lines));
	if (!lines)
		return;
	int line = code->co_firstlineno;
	const uint8_t *p = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
	for (const uint8_t *end = p + PyBytes_GET_SIZE(code->co_linetable); p < end && at < n;) {
		int units = (*p & 7) + 1;
		bool has_line = (*p >> 3 & 15) != PY_CODE_LOCATION_INFO_NONE;
		p = next_entry(p, end, &line);
		while (units-- > 0 && at < n)
			lines[at++] = has_line ? line : -1;
	}
	while (at < n)
		lines[at++] = -1;
	code->_co_linearray = (char *)lines;
	code->_co_linearray_entry_size = sizeof(*lines);
}

struct location {
	int line, column, end_line, end_column;
};

/* n code units at this place; *line is the running line. */
static void put_location(struct bytes *b, const struct location *at, int *line, uint32_t n)
{
	for (; n > 0; n -= n < 8 ? n : 8) {
		unsigned kind = at->line < 0                                ? PY_CODE_LOCATION_INFO_NONE
				: at->column < 0 || at->end_line < at->line ? PY_CODE_LOCATION_INFO_NO_COLUMNS
									    : PY_CODE_LOCATION_INFO_LONG;
		put(b, 128 | kind << 3 | ((n < 8 ? n : 8) - 1));
		if (kind == PY_CODE_LOCATION_INFO_NONE)
			continue;
		put_signed_varint(b, at->line - *line);
		*line = at->line;
		if (kind == PY_CODE_LOCATION_INFO_NO_COLUMNS)
			continue;
		put_varint(b, (uint32_t)(at->end_line - at->line));
		put_varint(b, (uint32_t)(at->column + 1));
		put_varint(b, (uint32_t)(at->end_column + 1));
	}
}

/* ---- exception table: Objects/exception_handling_notes.txt ----------------- */

static void put_table_varint(struct bytes *b, uint32_t value, unsigned first)
{
	for (unsigned shift = 24; shift > 0; shift -= 6)
		if (value >= 1U << shift) {
			put(b, first | 64 | (value >> shift & 63));
			first = 0;
		}
	put(b, first | (value & 63));
}

static bool find_handler(PyObject *table, uint32_t pc, struct handler_range *ret)
{
	for (Py_ssize_t at = 0; handler_next(table, &at, ret);)
		if (pc >= ret->start && pc - ret->start < ret->size)
			return true;
	return false;
}

/* n units from start have the handler that pc has, if any. */
static void put_handler(struct bytes *b, PyObject *table, uint32_t pc, uint32_t start, uint32_t n)
{
	struct handler_range range;
	if (!find_handler(table, pc, &range))
		return;
	put_table_varint(b, start, 128);
	put_table_varint(b, n, 0);
	put_table_varint(b, range.target, 0);
	put_table_varint(b, range.depth << 1 | range.lasti, 0);
}

/* ---- resume code ----------------------------------------------------------- */

struct resume_builder {
	PyCodeObject *original;
	const uint8_t *units; /* of the original: opcode, argument; specialisations undone */
	uint32_t n_units;
	uint32_t at; /* how far the code has come, in units */
	int line;    /* of the line table's last entry */
	struct bytes code, lines, handlers;
};

static unsigned opcode_at(const struct resume_builder *r, uint32_t i)
{
	return r->units[UNIT * i];
}

/* The offset of the opcode itself for an instruction that begins (with its prefixes) at pc; n_units: there is none. */
static uint32_t skip_prefixes(const struct resume_builder *r, uint32_t pc)
{
	while (pc < r->n_units && opcode_at(r, pc) == EXTENDED_ARG)
		pc++;
	return pc;
}

/* Where the instruction begins that ends right before offset "end". */
static uint32_t back_over_prefixes(const struct resume_builder *r, uint32_t end)
{
	uint32_t i = end - 1;
	while (i > 0 && opcode_at(r, i - 1) == EXTENDED_ARG)
		i--;
	return i;
}

/* KW_NAMES leaves its names in a variable of the interpreter's loop until the CALL (call_shape in ceval.c), so a frame
 * that goes on in between needs it again.  n_units if pc is not in between. */
static uint32_t find_kw_names(const struct resume_builder *r, uint32_t pc)
{
	uint32_t end = pc;
	uint32_t opcode = opcode_at(r, skip_prefixes(r, pc));
	if (opcode == CALL && pc > 2) /* back over PRECALL and its cache entry */
		end = back_over_prefixes(r, pc - INLINE_CACHE_ENTRIES_PRECALL);
	else if (opcode != PRECALL)
		return r->n_units;
	return end > 0 && opcode_at(r, end - 1) == KW_NAMES ? back_over_prefixes(r, end) : r->n_units;
}

static bool is_point(const struct resume_builder *r, const struct resume_point *point)
{
	uint32_t i = skip_prefixes(r, point->pc);
	if (i >= r->n_units || opcode_at(r, i) == CACHE)
		return false;
	if (point->pc > 0 && opcode_at(r, point->pc - 1) == EXTENDED_ARG)
		return false;
	return !point->call_arguments || opcode_at(r, i) == CALL || opcode_at(r, i) == PRECALL;
}

/* What comes after the call at pc, which may be given by its PRECALL or its CALL. */
static uint32_t after_call(const struct resume_builder *r, uint32_t pc)
{
	uint32_t i = skip_prefixes(r, pc);
	if (opcode_at(r, i) == PRECALL)
		i = skip_prefixes(r, i + 1 + INLINE_CACHE_ENTRIES_PRECALL);
	return i + 1 + INLINE_CACHE_ENTRIES_CALL;
}

static uint32_t code_written(struct resume_builder *r)
{
	(void)fflush(r->code.out);
	return (uint32_t)(r->code.size / UNIT);
}

/* The opcode that runs at pc: behind prefixes, and a CALL behind its KW_NAMES and PRECALL. */
static uint32_t running_at(const struct resume_builder *r, uint32_t pc)
{
	uint32_t i = skip_prefixes(r, pc);
	if (opcode_at(r, i) == KW_NAMES)
		i = skip_prefixes(r, i + 1);
	if (opcode_at(r, i) == PRECALL)
		i = skip_prefixes(r, i + 1 + INLINE_CACHE_ENTRIES_PRECALL);
	return i;
}

/* Where FOR_ITER of the stub is, which is where CPython looks for a handler of what native code raises. */
enum { STUB_CALL = 1 };

/* NOP, where a frame stands before it goes on; POP_TOP of the value that resuming pushes; the jump. */
static void put_landing(struct resume_builder *r, struct resume_point *point)
{
	uint32_t start = r->at, target = point->pc, kw_names = find_kw_names(r, point->pc);
	point->landing = start;
	point->at = running_at(r, point->pc);
	struct handler_range range;
	point->handled = find_handler(r->original->co_exceptiontable, point->at, &range) ||
			 find_handler(r->original->co_exceptiontable, STUB_CALL, &range);
	point->passes = !point->raises && !point->handled && opcode_at(r, point->at) == RERAISE;
	point->place = r->units[UNIT * point->at + 1];
	put_instr(&r->code, NOP, 0, 0);
	put_instr(&r->code, POP_TOP, 0, 0);
	if (point->raises) {
		put_instr(&r->code, UNARY_NEGATIVE, 0, 0);
	} else if (point->call_arguments) {
		put_instr(&r->code, PRECALL, point->call_arguments, INLINE_CACHE_ENTRIES_PRECALL);
		put_instr(&r->code, CALL, point->call_arguments, INLINE_CACHE_ENTRIES_CALL);
		target = after_call(r, point->pc);
	} else if (kw_names < r->n_units) {
		uint32_t end = skip_prefixes(r, kw_names) + 1;
		(void)fwrite(r->units + UNIT * kw_names, UNIT, end - kw_names, r->code.out);
	}
	put_jump_back(&r->code, JUMP_BACKWARD_NO_INTERRUPT, code_written(r), target);
	r->at = code_written(r);

	/* Without a line before the function's RESUME: a tracer's first event must be the call. */
	struct location at = { .line = -1 };
	if (point->pc >= (uint32_t)r->original->_co_firsttraceable)
		(void)PyCode_Addr2Location(r->original,
					   (int)(UNIT * (point->raises ? point->at : skip_prefixes(r, point->pc))),
					   &at.line, &at.column, &at.end_line, &at.end_column);
	put_location(&r->lines, &at, &r->line, r->at - start);
	put_handler(&r->handlers, r->original->co_exceptiontable,
		    point->raises ? point->at : skip_prefixes(r, point->pc), start, r->at - start);
}

/* Ask the constant for a result with its next(), and return that; else the switch, which it has prepared.  FOR_ITER and
 * not a call: it pushes no arguments, a profiler does not see it, and it has a second way out for free.  What is asked
 * stays on the stack below the result; RETURN_VALUE clears the stack. */
static void put_question(struct bytes *b, uint32_t asked, uint32_t resume)
{
	put_instr(b, LOAD_CONST, asked, 0);
	put_instr(b, FOR_ITER, 1, 0);
	put_instr(b, RETURN_VALUE, 0, 0);
	put_instr(b, PUSH_NULL, 0, 0);
	put_instr(b, LOAD_CONST, resume, 0);
	put_instr(b, PRECALL, 0, INLINE_CACHE_ENTRIES_PRECALL);
	put_instr(b, CALL, 0, INLINE_CACHE_ENTRIES_CALL);
	put_instr(b, RETURN_VALUE, 0, 0); /* not reached: the frame goes on elsewhere */
}

/* The way back has as many prefixes as it had. */
static bool can_reach(const struct loop_way *way, uint32_t detour)
{
	return prefix_count(detour - (way->at + 1)) <= way->at - way->begin;
}

/* It begins as a landing does, for frames that come from elsewhere.  n: of the original's constants, behind which those
 * of the ways are. */
static void put_detour(struct resume_builder *r, struct loop_way *way, uint32_t n)
{
	uint32_t start = r->at;
	way->landing = start;
	put_instr(&r->code, NOP, 0, 0);
	put_instr(&r->code, POP_TOP, 0, 0);
	uint32_t detour = code_written(r);
	way->detour = can_reach(way, detour) ? detour : 0;
	put_instr(&r->code, LOAD_CONST, n + 1 + way->loop, 0);
	put_jump_back(&r->code, POP_JUMP_BACKWARD_IF_FALSE, code_written(r), way->pc);
	put_question(&r->code, n + 1 + way->loop, n);
	r->at = code_written(r);
	struct location at = { .line = -1 };
	(void)PyCode_Addr2Location(r->original, (int)(UNIT * way->at), &at.line, &at.column, &at.end_line,
				   &at.end_column);
	put_location(&r->lines, &at, &r->line, r->at - start);
}

/* The original's, the switch function, and what is asked for each loop. */
static PyObject *consts_with(PyCodeObject *code, const struct resume_ways *ways)
{
	uint32_t n = (uint32_t)PyTuple_GET_SIZE(code->co_consts), n_loops = 0;
	for (uint32_t i = 0; ways && i < ways->n; i++)
		if (ways->ways[i].loop >= n_loops)
			n_loops = ways->ways[i].loop + 1;
	if (n_loops == 0)
		return Py_NewRef(code->co_consts);
	PyObject *consts = PyTuple_New(n + 1 + n_loops);
	for (uint32_t i = 0; consts && i < n + 1 + n_loops; i++) {
		PyObject *o = i < n    ? PyTuple_GET_ITEM(code->co_consts, i)
			      : i == n ? ways->resume
				       : ways->asked[i - n - 1];
		PyTuple_SET_ITEM(consts, i, Py_NewRef(o));
	}
	return consts;
}

static struct _PyCodeConstructor constructor_of(PyCodeObject *code)
{
	return (struct _PyCodeConstructor){
		.filename = code->co_filename,
		.name = code->co_name,
		.qualname = code->co_qualname,
		.flags = code->co_flags,
		.firstlineno = code->co_firstlineno,
		.linetable = code->co_linetable,
		.consts = code->co_consts,
		.names = code->co_names,
		.localsplusnames = code->co_localsplusnames,
		.localspluskinds = code->co_localspluskinds,
		.argcount = code->co_argcount,
		.posonlyargcount = code->co_posonlyargcount,
		.kwonlyargcount = code->co_kwonlyargcount,
		.stacksize = code->co_stacksize,
		.exceptiontable = code->co_exceptiontable,
	};
}

static PyObject *resume_code_finish(struct resume_builder *r, const struct resume_ways *ways)
{
	PyObject *code = bytes_close(&r->code), *lines = bytes_close(&r->lines), *handlers = bytes_close(&r->handlers);
	PyObject *consts = consts_with(r->original, ways);
	PyCodeObject *result = NULL;
	if (code && lines && handlers && consts) {
		struct _PyCodeConstructor c = constructor_of(r->original);
		c.code = code;
		c.linetable = lines;
		c.exceptiontable = handlers;
		c.consts = consts;
		c.stacksize += RESUME_FRAME_EXTRA;
		if (_PyCode_Validate(&c) == 0)
			result = _PyCode_New(&c);
	}
	if (result) {
		/* The original's specialised instructions and inline caches, which guard themselves, keep CPython at
		 * the speed that it had. */
		memcpy(_PyCode_CODE(result), _PyCode_CODE(r->original), UNIT * r->n_units);
		result->co_warmup = r->original->co_warmup;
	}
	Py_XDECREF(code);
	Py_XDECREF(lines);
	Py_XDECREF(handlers);
	Py_XDECREF(consts);
	return (PyObject *)result;
}

static PyObject *cause_from_exception(struct cause *cause)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyObject *text = value ? PyObject_Str(value) : NULL;
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	(void)cause_set(cause, -ENOMEM, "%s: %s", type ? ((PyTypeObject *)type)->tp_name : "no exception",
			utf8 ? utf8 : "");
	PyErr_Clear();
	Py_XDECREF(text);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
	return NULL;
}

PyObject *cpython_resume_code(PyObject *object, struct resume_point *points, size_t n, const struct resume_ways *ways,
			      struct cause *cause)
{
	PyObject *result = NULL;
	struct resume_builder r = { .original = (PyCodeObject *)object };
	PyObject *bytes = PyCode_GetCode(r.original);
	if (!bytes || !bytes_open(&r.code) || !bytes_open(&r.lines) || !bytes_open(&r.handlers))
		goto fail;
	r.units = (const uint8_t *)PyBytes_AS_STRING(bytes);
	r.at = r.n_units = (uint32_t)(PyBytes_GET_SIZE(bytes) / UNIT);
	r.line = last_line(r.original);
	put_bytes(&r.code, bytes);
	put_bytes(&r.lines, r.original->co_linetable);
	put_bytes(&r.handlers, r.original->co_exceptiontable);
	for (size_t i = 0; i < n; i++) {
		if (!is_point(&r, &points[i])) {
			(void)cause_set(cause, -EINVAL, "%s: offset %u is no %s", PyUnicode_AsUTF8(r.original->co_name),
					points[i].pc, points[i].call_arguments ? "call" : "instruction");
			goto done;
		}
		put_landing(&r, &points[i]);
	}
	for (uint32_t i = 0; ways && i < ways->n; i++)
		put_detour(&r, &ways->ways[i], (uint32_t)PyTuple_GET_SIZE(r.original->co_consts));
	result = resume_code_finish(&r, ways);
	if (result && view_add(result, object, points, n, ways) < 0)
		Py_CLEAR(result);
fail:
	if (!result)
		(void)cause_from_exception(cause);
done:
	Py_XDECREF(bytes);
	bytes_free(&r.code);
	bytes_free(&r.lines);
	bytes_free(&r.handlers);
	return result;
}

int cpython_compare_points(const void *a, const void *b)
{
	const struct resume_point *l = a, *r = b;
	if (l->pc != r->pc)
		return l->pc < r->pc ? -1 : 1;
	if (l->call_arguments != r->call_arguments)
		return l->call_arguments < r->call_arguments ? -1 : 1;
	return l->raises - r->raises;
}

/* ---- stub ------------------------------------------------------------------ */

/* Code without a line and without RESUME; consts is stolen. */
static PyObject *invisible_code(struct _PyCodeConstructor *c, struct bytes *code, PyObject *consts)
{
	struct bytes lines = { 0 };
	PyCodeObject *result = NULL;
	c->code = bytes_close(code);
	c->consts = consts;
	c->linetable = NULL;
	c->exceptiontable = PyBytes_FromStringAndSize(NULL, 0);
	if (c->code && bytes_open(&lines)) {
		int line = c->firstlineno;
		uint32_t n = (uint32_t)(PyBytes_GET_SIZE(c->code) / UNIT);
		put_location(&lines, &(struct location){ .line = -1 }, &line, n);
		c->linetable = bytes_close(&lines);
	}
	if (c->consts && c->linetable && c->exceptiontable && _PyCode_Validate(c) == 0)
		result = _PyCode_New(c);
	Py_XDECREF(c->code);
	Py_XDECREF(c->consts);
	Py_XDECREF(c->linetable);
	Py_XDECREF(c->exceptiontable);
	bytes_free(&lines);
	return (PyObject *)result;
}

static PyObject *stub_code(struct _PyCodeConstructor c, PyObject *native, PyObject *resume)
{
	struct bytes b = { 0 };
	if (!bytes_open(&b))
		return NULL;
	put_question(&b, 0, 1);
	/* Room for the resume code's stack, kept above what the stub itself needs (STUB_STACK in cpython311_switch.c).
	 */
	c.stacksize += RESUME_FRAME_EXTRA;
	PyObject *stub = invisible_code(&c, &b, PyTuple_Pack(2, native, resume));
	bytes_free(&b);
	return stub;
}

PyObject *cpython_stub_code(PyObject *code, PyObject *native, PyObject *resume)
{
	struct _PyCodeConstructor c = constructor_of((PyCodeObject *)code);
	c.flags |= RT_CODE_IS_STUB;
	return stub_code(c, native, resume);
}

/* Kinds of the same locals, of which the first one is a parameter: that of a function that has only free ones is not.
 */
static PyObject *with_a_parameter(PyObject *kinds)
{
	PyObject *copy = PyBytes_FromStringAndSize(PyBytes_AS_STRING(kinds), PyBytes_GET_SIZE(kinds));
	if (copy && PyBytes_GET_SIZE(copy) > 0)
		_PyLocals_SetKind(copy, 0, CO_FAST_LOCAL | (_PyLocals_GetKind(kinds, 0) & CO_FAST_CELL));
	return copy;
}

PyObject *cpython_rest_code(PyObject *code, PyObject *rest, PyObject *resume)
{
	struct _PyCodeConstructor c = constructor_of((PyCodeObject *)code);
	PyObject *kinds = c.localspluskinds = with_a_parameter(c.localspluskinds);
	c.argcount = c.posonlyargcount = 1;
	c.kwonlyargcount = 0;
	c.flags &= ~(CO_VARARGS | CO_VARKEYWORDS);
	PyObject *stub = kinds ? stub_code(c, rest, resume) : NULL;
	Py_XDECREF(kinds);
	return stub;
}

PyObject *cpython_make_switch_function(PyObject *object)
{
	struct bytes b = { 0 };
	PyObject *function = NULL, *globals = PyDict_New();
	PyCodeObject *empty = PyCode_NewEmpty("preforge", "switch", 1);
	if (globals && empty && bytes_open(&b)) {
		put_instr(&b, LOAD_CONST, 0, 0);
		put_instr(&b, UNARY_NEGATIVE, 0, 0);
		put_instr(&b, RETURN_VALUE, 0, 0);
		struct _PyCodeConstructor c = constructor_of(empty);
		c.flags = CO_OPTIMIZED | CO_NEWLOCALS | RT_CODE_IS_STUB;
		c.stacksize = 1;
		PyObject *code = invisible_code(&c, &b, PyTuple_Pack(1, object));
		function = code ? PyFunction_New(code, globals) : NULL;
		Py_XDECREF(code);
	}
	bytes_free(&b);
	Py_XDECREF(globals);
	Py_XDECREF(empty);
	return function;
}

uint32_t cpython_local_count(PyObject *code)
{
	return (uint32_t)((PyCodeObject *)code)->co_nlocalsplus;
}

uint32_t cpython_free_count(PyObject *code)
{
	return (uint32_t)((PyCodeObject *)code)->co_nfreevars;
}

/* As func_set_code() in Objects/funcobject.c: the version tells inline caches of callers. */
void cpython_set_code(PyObject *object, PyObject *code)
{
	PyFunctionObject *function = (PyFunctionObject *)object;
	function->func_version = 0;
	Py_INCREF(code);
	Py_SETREF(function->func_code, code);
}

PyObject *cpython_get_code(PyObject *function)
{
	return ((PyFunctionObject *)function)->func_code;
}
