/* jit.c - from requests to a unit: decode, build, passes, emit.  See jit.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codecache/jit/build.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/emit.h"
#include "codecache/jit/exit_why.h"
#include "codecache/jit/explain.h"
#include "codecache/jit/feedback.h"
#include "codecache/jit/gcc_memory.h"
#include "codecache/jit/jit.h"
#include "codecache/jit/passes.h"
#include "codecache/jit/plant.h"
#include "codecache/jit/pure.h"
#include "codecache/jit/rt.h"
#include "codecache/jit/unit_key.h"
#include "codecache/store.h"
#include "common/cleanup.h"
#include "common/clock.h"

enum {
	MAX_BYTECODE = 20000,   /* code units of a function */
	MAX_VALUES = 6000,      /* of a function: gcc would take seconds for it */
	MAX_EAGER_SIZE = 40000, /* the same without optimisation: values, and slots of all exits */
	MIN_STRAIGHT_OPS = 24,  /* what a function without a loop must do natively to be worth the way in and out */
};

uint32_t jit_param_count(PyObject *code)
{
	const PyCodeObject *co = (PyCodeObject *)code;
	return (uint32_t)(co->co_argcount + co->co_kwonlyargcount + !!(co->co_flags & CO_VARARGS) +
			  !!(co->co_flags & CO_VARKEYWORDS));
}

/* Borrowed; what it runs where its own code cannot be had. */
static PyObject *function_code(PyObject *function)
{
	PyObject *code = callee_code(function);
	return code ? code : PyFunction_GET_CODE(function);
}

bool jit_gives_generators(PyObject *function)
{
	return ((PyCodeObject *)function_code(function))->co_flags & CO_GENERATOR;
}

enum reason jit_refuse(PyObject *function)
{
	const PyCodeObject *co = (PyCodeObject *)function_code(function);
	if (co->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE))
		return REASON_COROUTINE;
	if (!(co->co_flags & CO_OPTIMIZED) || !(co->co_flags & CO_NEWLOCALS)) /* a class body, exec()'s code */
		return REASON_FRAME_ACCESS;
	if (co->co_flags & RT_CODE_IS_STUB) /* none of the program's: what its functions go to CPython by */
		return REASON_FRAME_ACCESS;
	if (Py_SIZE(co) > MAX_BYTECODE)
		return REASON_TOO_BIG;
	return REASON_NONE;
}

/* ---- names ----------------------------------------------------------------- */

/* module.qualname; the caller's. */
static char *function_name(PyObject *function)
{
	PyObject *module = PyFunction_GET_MODULE(function), *qualname = ((PyFunctionObject *)function)->func_qualname;
	const char *m = module && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : NULL;
	const char *q = PyUnicode_AsUTF8(qualname);
	PyErr_Clear(); /* lone surrogates in a name */
	char *name;
	if (asprintf(&name, "%s.%s", m ? m : "?", q ? q : "?") < 0)
		abort();
	return name;
}

/* A C identifier, unique in the unit: libgccjit takes nothing else. */
static char *symbol_of(const char *name, size_t number)
{
	char *symbol;
	if (asprintf(&symbol, "%s_%zu", name, number) < 0)
		abort();
	for (char *p = symbol; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	if (isdigit((unsigned char)symbol[0]))
		symbol[0] = '_';
	return symbol;
}

/* ---- from IR to a unit's description --------------------------------------- */

static void *copied(const void *from, size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		abort();
	return size ? memcpy(p, from, size) : p;
}

static char *copied_text(const char *s)
{
	return s ? copied(s, strlen(s) + 1) : NULL;
}

static void frame_detach(struct state_frame *frame);

static struct state_value *value_detached(const struct state_value *from)
{
	struct state_value *v = copied(from, sizeof(*from));
	v->instr = NULL;
	v->children = v->n_children ? copied(from->children, v->n_children * sizeof(v->children[0])) : NULL;
	for (uint32_t i = 0; i < v->n_children; i++)
		v->children[i] = value_detached(v->children[i]);
	if (v->frame) {
		v->frame = copied(from->frame, sizeof(*from->frame));
		frame_detach(v->frame);
	}
	return v;
}

/* Replace what frame points to by copies that unit_free() can free. */
static void frame_detach(struct state_frame *frame)
{
	frame->locals = copied(frame->locals, frame->n_locals * sizeof(frame->locals[0]));
	for (uint32_t i = 0; i < frame->n_locals; i++)
		frame->locals[i] = value_detached(frame->locals[i]);
	frame->stack = copied(frame->stack, frame->n_stack * sizeof(frame->stack[0]));
	for (uint32_t i = 0; i < frame->n_stack; i++)
		frame->stack[i] = value_detached(frame->stack[i]);
}

/* What a guard of this kind finds, for people. */
static const char *op_why(enum ir_op op)
{
	switch (op) {
	case IR_UNBOX_I64:
	case IR_UNBOX_SUBINT:
	case IR_UNBOX_U64:
	case IR_TABLE_INT:
	case IR_OBJ_TO_F64:
	case IR_OBJ_REAL:
	case IR_UNBOX_F64:
	case IR_UNBOX_BOOL: return WHY_ANOTHER_TYPE;
	case IR_MODULE_ATTR:
	case IR_CLASS_ATTR:
	case IR_GUARD_C:
	case IR_GLOBAL_OBJ:
	case IR_GUARD_GLOBAL: return "a global that changed";
	case IR_ATTR_VALUE: return WHY_NOT_OWN;
	case IR_ATTR_FUNCTION: return WHY_NO_METHOD;
	case IR_POLL: return "a signal or a pending call";
	case IR_I64_FLOORDIV:
	case IR_I64_MOD:
	case IR_I64_MULMOD:
	case IR_U64_DIV:
	case IR_U64_MOD:
	case IR_F64_DIV:
	case IR_F64_FLOORDIV:
	case IR_F64_MOD: return "division by zero, or int overflow";
	case IR_RANGE_LEN: return "range() with step 0 or too many values";
	case IR_I64_TO_F64_EXACT:
	case IR_I64_TRUEDIV: return "an int beyond 2**53 with a float, or division by zero";
	case IR_F64_SQRT:
	case IR_F64_CALL: return "a result that is not finite";
	case IR_F64_TO_I64: return "a float that is no int of 64 bits";
	case IR_I64_POWMOD: return "a negative exponent, or a modulus that is not positive";
	case IR_F64_POW: return "a power that is no float";
	case IR_GUARD: return WHY_ANOTHER_GUESS;
	case IR_I64_ADD:
	case IR_I64_SUB:
	case IR_I64_MUL:
	case IR_I64_NEG:
	case IR_I64_ABS:
	case IR_I64_POW:
	case IR_I64_SHL:
	case IR_I64_SHR:
	case IR_I64_TO_U64:
	case IR_I128_TO_I64:
	case IR_U64_ADD:
	case IR_U64_SUB:
	case IR_U64_MUL:
	case IR_U64_SHL:
	case IR_FIT: return WHY_OVERFLOW;
	case IR_GUARD_TYPE:
	case IR_GUARD_FUNCTION: return WHY_OTHER_OBJECT;
	case IR_INDEX:
	case IR_LIST_ITEM:
	case IR_LIST_SET:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_INTS_ITEM:
	case IR_INTS_SET:
	case IR_FLOATS_ITEM:
	case IR_FLOATS_SET:
	case IR_TUPLE_ITEM: return WHY_NO_ITEM;
	default: return WHY_BEYOND;
	}
}

/* Operations that share an exit each add what they find. */
static void exit_add_why(struct ir_function *f, struct ir_exit *exit, const char *why)
{
	if (exit->why && strstr(exit->why, why))
		return;
	char both[256];
	(void)snprintf(both, sizeof(both), "%s%s%s", exit->why ? exit->why : "", exit->why ? "; " : "", why);
	exit->why = ir_strdup(f, both);
}

static void exits_explain(struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->exit && !i->exit->frame.raises && i->op != IR_SIDE_EXIT &&
			    !(i->op == IR_GUARD && i->exit->why))
				exit_add_why(f, i->exit, op_why(i->op));
	if (!f->exits[0]->why)
		f->exits[0]->why = "arguments of other types";
}

static void function_describe(struct unit_function *to, struct ir_function *f)
{
	to->loop = f->loop;
	to->n_params = f->n_params;
	to->params = copied(f->params, f->n_params * sizeof(f->params[0]));
	to->n_consts = f->n_consts;
	to->consts = copied(f->consts, f->n_consts * sizeof(f->consts[0]));
	for (uint32_t i = 0; i < f->n_consts; i++)
		to->consts[i].name = copied_text(f->consts[i].name);
	to->n_cache = f->n_cache;
	ir_for_each_member (f, m)
		to->n_exits += m->n_exits;
	to->exits = calloc(to->n_exits, sizeof(to->exits[0]));
	if (!to->exits)
		abort();
	ir_for_each_member (f, m) {
		for (uint32_t i = 0; i < m->n_exits; i++) {
			struct unit_exit *exit = &to->exits[m->exit_base + i];
			exit->frame = m->exits[i]->frame;
			frame_detach(&exit->frame);
			exit->n_slots = m->exits[i]->n_slots;
			exit->why = copied_text(m->exits[i]->why);
		}
	}
}

/* ---- worth it? ------------------------------------------------------------- */

/* A loop has a poll on its way back, and recursion is like one.  Without one, a way to the end that is long enough may
 * be worth it. */
static enum reason judge(const struct ir_function *f, char **ret_detail)
{
	const struct ir_exit *first = NULL;
	unsigned ops = 0;
	bool returns = false;
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (i->op == IR_POLL || i->op == IR_CALL_ENTER || i->op == IR_CALL_NEW)
				return REASON_NONE;
			returns |= i->op == IR_RETURN || i->op == IR_RETURN_OWNED || i->op == IR_RETURN_VALUES;
			ops += i->type != IR_VOID && i->op != IR_PHI && i->op != IR_PARAM && i->op != IR_CONST_I64 &&
			       i->op != IR_CONST_F64;
			if (i->op == IR_SIDE_EXIT && !i->exit->frame.raises && !first)
				first = i->exit;
		}
	}
	if (returns && ops >= MIN_STRAIGHT_OPS)
		return REASON_NONE;
	if (!first)
		return REASON_NO_GAIN;
	if (asprintf(ret_detail, "%s at line %u", first->why, first->frame.line) < 0)
		abort();
	return REASON_UNSUPPORTED;
}

/* A body that yields. */
static enum reason judge_body(const struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_WAITS)
				return REASON_NONE;
	return REASON_GENERATOR;
}

static uint32_t values_of(struct ir_function *f)
{
	uint32_t n = 0;
	ir_for_each_member (f, m)
		n += m->next_id;
	return n;
}

static bool is_too_big(struct ir_function *f, bool eager)
{
	uint32_t most = 0, all = 0, values = values_of(f);
	ir_for_each_member (f, m) {
		for (uint32_t i = 0; i < m->n_exits; i++) {
			all += m->exits[i]->n_slots;
			if (m->exits[i]->n_slots > most)
				most = m->exits[i]->n_slots;
		}
	}
	return most > SIDE_EXIT_MAX_SLOTS || (eager ? values + all > MAX_EAGER_SIZE : values > MAX_VALUES);
}

/* In the unit, the exits of all of them are in one list. */
static void number_exits(struct ir_function *f)
{
	uint32_t n = 0;
	ir_for_each_member (f, m) {
		exits_explain(m);
		ir_assign_slots(m);
		m->exit_base = n;
		n += m->n_exits;
	}
}

/* ---- the store ------------------------------------------------------------- */

/* Whether its code must not run again. */
static bool is_banned(const struct jit_options *options, struct unit_function *to, struct cause *bad)
{
	struct cause cause = CAUSE_INIT;
	json_t *ban = options->store ? store_banned(options->store, to->key, &cause) : NULL;
	if (ban && cause.text[0])
		*bad = cause;
	if (!ban)
		return false;
	const char *word = json_string_value(json_object_get(ban, "reason"));
	const char *detail = json_string_value(json_object_get(ban, "detail"));
	to->reason = word ? reason_from_word(word) : REASON_QUARANTINED;
	if (to->reason == REASON_NONE || to->reason == REASON_COUNT)
		to->reason = REASON_QUARANTINED;
	free(to->detail);
	to->detail = copied_text(detail);
	json_decref(ban);
	return true;
}

/* Whether the object file was made before. */
static bool object_find(const struct jit_options *options, struct unit *unit)
{
	struct store_file file;
	struct cause cause = CAUSE_INIT;
	int r = options->store ? store_get(options->store, STORE_UNIT, unit->key, &file, &cause) : -ENOENT;
	if (r == 0 && !file.object) {
		store_file_clear(&file);
		r = cause_set(&cause, -EBADMSG, "the store's unit %s has no code", unit->key);
	}
	if (r < 0) {
		unit->store_cause = r == -ENOENT ? NULL : copied_text(cause.text);
		return false;
	}
	unit->object = steal_ptr(file.object);
	unit->object_size = file.object_size;
	unit->loaded = true;
	store_file_clear(&file);
	return true;
}

static const char *file_of(struct ir_function *f, PyObject *code)
{
	const char *file = PyUnicode_AsUTF8(((PyCodeObject *)code)->co_filename);
	PyErr_Clear(); /* lone surrogates */
	return file ? ir_strdup(f, file) : NULL;
}

/* ---- one function ----------------------------------------------------------- */

/* A body takes what its frame holds, of whatever types. */
static enum value_type *body_params(const struct jit_request *request)
{
	enum value_type *params = calloc(request->n_params + 1, sizeof(*params));
	if (!params)
		abort();
	for (uint32_t i = 0; i < request->n_params; i++)
		params[i] = VALUE_OBJECT;
	return params;
}

/* The IR after all passes, its exits numbered; NULL with to->reason. */
static struct ir_function *build_one(const struct jit_request *request, size_t number,
				     const struct jit_options *options, struct unit_function *to)
{
	PyObject *function = request->function;
	to->name = function_name(function);
	to->symbol = symbol_of(to->name, number);
	to->reason = jit_refuse(function);
	if (to->reason != REASON_NONE)
		return NULL;
	if (request->feedback)
		feedback_apply(function, request->feedback);
	cleanup_free enum value_type *params = jit_gives_generators(function) ? body_params(request) : NULL;
	struct build_input input = {
		.code = function_code(function),
		.globals = PyFunction_GET_GLOBALS(function),
		.builtins = ((PyFunctionObject *)function)->func_builtins,
		.params = params ? params : request->params,
		.n_params = request->n_params,
		.loop = request->loop.pc ? &request->loop : NULL,
		.name = to->name,
		.symbol = to->symbol,
		.explain = options->explain != 0,
	};
	cleanup(ir_function_freep) struct ir_function *f = NULL;
	to->reason = build_ir(&input, &f);
	if (to->reason != REASON_NONE)
		return NULL;
	if (options->debug)
		f->file = file_of(f, function_code(function));
	ir_run_passes(f, options->dump);
	struct cause unplanted = CAUSE_INIT;
	if (options->plant && plant(f, options->plant, &unplanted) < 0) {
		to->reason = REASON_COMPILER_FAILED;
		to->detail = copied_text(unplanted.text);
		return NULL;
	}
	number_exits(f);
	if (options->dump) {
		(void)fprintf(options->dump, "; %s with what it calls directly\n", f->name);
		ir_print(f, options->dump);
	}
	return steal_ptr(f);
}

/* Whether it is to be compiled; else to says why not.  bad: what is wrong with a file of the store. */
static bool is_wanted(struct ir_function *f, const struct jit_options *options, struct unit_function *to,
		      struct cause *bad)
{
	to->reason = ir_is_body(f) ? judge_body(f) : options->eager ? REASON_NONE : judge(f, &to->detail);
	if (to->reason == REASON_NONE && is_too_big(f, options->eager))
		to->reason = REASON_TOO_BIG;
	if (to->reason != REASON_NONE)
		return false;
	unit_key_of_function(f, options, to->key);
	return !is_banned(options, to, bad);
}

/* Fill to; the IR if it is to be compiled, else NULL. */
static struct ir_function *compile_one(const struct jit_request *request, size_t number,
				       const struct jit_options *options, struct unit_function *to, struct cause *bad)
{
	cleanup(ir_function_freep) struct ir_function *f = build_one(request, number, options, to);
	if (!f || !is_wanted(f, options, to, bad))
		return NULL;
	to->gain = options->store ? store_gain(options->store, to->key) : 0;
	to->pure = !f->loop.pc && !ir_is_body(f) && ir_is_pure(f);
	function_describe(to, f);
	return steal_ptr(f);
}

/* ---- emission -------------------------------------------------------------- */

static int object_read(const char *path, struct unit *unit, struct cause *cause)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return cause_set_errno(cause, -errno, "cannot open the object file %s", path);
	unit->object = malloc((size_t)st.st_size + 1);
	if (!unit->object)
		return cause_set(cause, -ENOMEM, "no memory for an object file of %lld bytes", (long long)st.st_size);
	ssize_t n = read(fd, unit->object, (size_t)st.st_size);
	if (n != st.st_size)
		return cause_set_errno(cause, n < 0 ? -errno : -EIO, "cannot read the object file %s", path);
	unit->object_size = (size_t)n;
	return 0;
}

static int emit_object(struct ir_function *const *functions, size_t n, const struct jit_options *options,
		       struct unit *unit, struct cause *cause)
{
	if (!options->module)
		return cause_set(cause, -ENOENT, "there is no compiler");
	void *module = dlopen(options->module, RTLD_LAZY | GCC_MEMORY_DLOPEN);
	if (!module)
		return cause_set(cause, -ENOENT, "cannot load the compiler: %s", dlerror());
	__typeof__(pf_emit_version) *version = (__typeof__(pf_emit_version) *)dlsym(module, "pf_emit_version");
	unit->other_compiler = !version || strcmp(version(), GCCJIT_VERSION) != 0;
	__typeof__(pf_emit_object) *emit = (__typeof__(pf_emit_object) *)dlsym(module, "pf_emit_object");
	if (!emit)
		return cause_set(cause, -ENOENT, "%s is not the compiler: %s", options->module, dlerror());
	struct emit_options to = { .optimize = options->optimize,
				   .cpu = options->cpu,
				   .debug = options->debug,
				   .object_path = options->object_path };
	int r = emit(functions, n, &to, cause);
	return r < 0 ? r : object_read(options->object_path, unit, cause);
}

int jit_compile(const struct jit_request *requests, size_t n, const struct jit_options *options, struct unit **ret,
		struct cause *cause)
{
	uint64_t start = monotonic_us();
	cleanup(unit_freep) struct unit *unit = calloc(1, sizeof(*unit));
	struct ir_function **functions = calloc(n + 1, sizeof(struct ir_function *));
	if (!unit || !functions || !(unit->functions = calloc(n + 1, sizeof(unit->functions[0]))))
		abort();
	unit->n_functions = (uint32_t)n;
	size_t n_native = 0;
	struct cause bad = CAUSE_INIT;
	for (size_t i = 0; i < n; i++) {
		functions[n_native] = compile_one(&requests[i], i, options, &unit->functions[i], &bad);
		n_native += functions[n_native] != NULL;
	}
	int r = 0;
	if (n_native) {
		unit_key_of_object(functions, n_native, options, unit->key);
		bool found = object_find(options, unit);
		for (size_t i = 0; i < n && !found && options->stored; i++)
			if (unit->functions[i].reason == REASON_NONE)
				unit->functions[i].reason = REASON_NOT_STORED;
		if (!found && !options->stored)
			r = emit_object(functions, n_native, options, unit, cause);
	}
	if (!unit->store_cause && bad.text[0])
		unit->store_cause = copied_text(bad.text);
	for (size_t i = 0; i < n_native; i++)
		ir_function_free(functions[i]);
	free(functions);
	if (r < 0)
		return r;
	unit->compile_us = monotonic_us() - start;
	*ret = steal_ptr(unit);
	return 0;
}

/* ---- explaining ------------------------------------------------------------- */

static json_t *explain_code(struct ir_function *f, const struct jit_options *options)
{
	struct cause cause = CAUSE_INIT;
	cleanup(unit_freep) struct unit *scratch = calloc(1, sizeof(*scratch));
	if (!scratch)
		abort();
	if (emit_object(&f, 1, options, scratch, &cause) < 0)
		return json_string(cause.text);
	return explain_asm(options->object_path);
}

enum { CODE_UNIT = 2 }; /* bytes */

/* What unit_function says, and what the IR does. */
static json_t *explain_function(struct ir_function *f, const struct jit_request *request,
				const struct jit_options *options, const struct unit_function *to)
{
	json_t *report = f ? explain_lines(f, request->function) : json_pack("{s:[], s:[]}", "members", "exits");
	const PyCodeObject *code = (PyCodeObject *)function_code(request->function);
	const char *file = PyUnicode_AsUTF8(code->co_filename);
	PyErr_Clear();
	(void)json_object_set_new(report, "name", json_string(to->name));
	(void)json_object_set_new(report, "file", json_string(file ? file : "?"));
	(void)json_object_set_new(report, "line", json_integer(code->co_firstlineno));
	if (request->loop.pc)
		(void)json_object_set_new(
			report, "loop",
			json_integer(PyCode_Addr2Line((PyCodeObject *)function_code(request->function),
						      (int)request->loop.pc * CODE_UNIT)));
	(void)json_object_set_new(report, "key", json_string(to->key));
	(void)json_object_set_new(report, "word", json_string(reason_word(to->reason)));
	(void)json_object_set_new(report, "reason", json_string(reason_text(to->reason)));
	(void)json_object_set_new(report, "detail", to->detail ? json_string(to->detail) : json_null());
	if (f && options->explain & JIT_EXPLAIN_IR)
		(void)json_object_set_new(report, "ir", explain_ir(f));
	if (f && options->explain & JIT_EXPLAIN_ASM)
		(void)json_object_set_new(report, "asm", explain_code(f, options));
	return report;
}

int jit_explain(const struct jit_request *request, const struct jit_options *options, struct unit **ret,
		struct cause *cause)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	struct unit_function to = {};
	if (!unit)
		return cause_set_errno(cause, -ENOMEM, "an explanation");
	cleanup(ir_function_freep) struct ir_function *f = build_one(request, 0, options, &to);
	if (f)
		(void)is_wanted(f, options, &to, cause);
	unit->report = explain_function(f, request, options, &to);
	unit_function_clear(&to);
	*ret = unit;
	return 0;
}
