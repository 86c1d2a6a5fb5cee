/* feedback.c - see feedback.h
 *
 * "PC:OPCODE " for each instruction with a hint and ";" after each code object, the function's own first; then the same
 * for each function that may be built into its code, behind "=DIGEST;" (callee_digest()).  Which ones these are is
 * found by the names that the code uses, and operators may mean any special method: too many do no harm. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/bytecode.h"
#include "codecache/jit/callee.h"
#include "codecache/jit/feedback.h"
#include "common/cleanup.h"

enum {
	MAX_CALLEES = 64,
	MAX_TEXT = 40000, /* bytes from which on no further callee is added; a worker's request has an end */
	MAX_NESTING = 8,  /* of code objects */
};

/* The code objects of functions that code may call, each once, with their globals. */
struct callees {
	unsigned n;
	PyObject *codes[MAX_CALLEES]; /* borrowed: the functions have them */
	PyObject *globals[MAX_CALLEES];
};

static void closed_over_add(struct callees *callees, PyObject *globals, PyObject *function);

static void callee_add(struct callees *callees, PyObject *globals, PyObject *function)
{
	if (!function || callees->n == MAX_CALLEES || callee_is_far(globals, function))
		return;
	PyObject *code = callee_code(function);
	for (unsigned i = 0; i < callees->n; i++)
		if (callees->codes[i] == code)
			return;
	if (!code)
		return;
	callees->globals[callees->n] = PyFunction_GET_GLOBALS(function);
	callees->codes[callees->n++] = code;
	closed_over_add(callees, globals, function);
}

/* What a wrapper calls. */
static void closed_over_add(struct callees *callees, PyObject *globals, PyObject *function)
{
	PyObject *closure = PyFunction_GET_CLOSURE(function);
	for (Py_ssize_t i = 0; closure && i < PyTuple_GET_SIZE(closure); i++) {
		PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, i));
		if (value && PyFunction_Check(value))
			callee_add(callees, globals, value);
	}
}

/* What a module has under that name: a function, or a method of an object that it has made. */
static PyObject *function_of_module(PyObject *module, const char *name)
{
	PyObject *found = PyDict_GetItemString(PyModule_GetDict(module), name);
	if (found && PyMethod_Check(found))
		found = PyMethod_GET_FUNCTION(found);
	return found && PyFunction_Check(found) ? found : NULL;
}

/* What the name may mean: a global, or a member of a class or a module that is a global. */
static void name_add(struct callees *callees, PyObject *globals, const char *name)
{
	PyObject *key, *value;
	callee_add(callees, globals, callee_find(globals, name));
	for (Py_ssize_t at = 0; PyDict_Next(globals, &at, &key, &value);) {
		const char *class = PyType_Check(value) && PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
		char both[256];
		if (class && snprintf(both, sizeof(both), "%s.%s", class, name) < (int)sizeof(both))
			callee_add(callees, globals, callee_find(globals, both));
		PyErr_Clear(); /* lone surrogates */
		if (PyModule_Check(value))
			callee_add(callees, globals, function_of_module(value, name));
	}
}

static void names_add(struct callees *callees, PyObject *globals, PyObject *code, unsigned depth)
{
	const PyCodeObject *co = (PyCodeObject *)code;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_names); i++) {
		const char *name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(co->co_names, i));
		if (name)
			name_add(callees, globals, name);
		PyErr_Clear();
	}
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_consts) && depth < MAX_NESTING; i++)
		if (PyCode_Check(PyTuple_GET_ITEM(co->co_consts, i)))
			names_add(callees, globals, PyTuple_GET_ITEM(co->co_consts, i), depth + 1);
}

static bool is_special(PyObject *name)
{
	const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
	size_t n = text ? strlen(text) : 0;
	PyErr_Clear(); /* lone surrogates */
	return n > 4 && strncmp(text, "__", 2) == 0 && strcmp(text + n - 2, "__") == 0;
}

/* What operators and calls of classes may mean: no name says so. */
static void special_methods_add(struct callees *callees, PyObject *globals)
{
	PyObject *key, *class, *name, *value;
	for (Py_ssize_t at = 0; PyDict_Next(globals, &at, &key, &class);) {
		PyObject *dict = PyType_Check(class) ? ((PyTypeObject *)class)->tp_dict : NULL;
		for (Py_ssize_t i = 0; dict && PyDict_Next(dict, &i, &name, &value);)
			if (PyFunction_Check(value) && is_special(name))
				callee_add(callees, globals, value);
	}
}

/* code's callees, their callees, and so on; code itself is not among them. */
static void callees_find(struct callees *callees, PyObject *globals, PyObject *code)
{
	*callees = (struct callees){ .n = 1, .codes = { code }, .globals = { globals } };
	if (!PyDict_Check(globals))
		return;
	unsigned done = 0;
	for (; done < callees->n; done++)
		names_add(callees, callees->globals[done], callees->codes[done], 0);
	special_methods_add(callees, globals); /* there may be many, so these come last */
	for (; done < callees->n; done++)
		names_add(callees, callees->globals[done], callees->codes[done], 0);
}

/* What an earlier process knew of code that has not run here. */
struct known {
	struct known *next;
	unsigned long long digest;
	char text[];
};

static struct known *known;

void feedback_know(PyObject *code, const char *text)
{
	size_t size = strlen(text) + 1;
	struct known *k = malloc(sizeof(*k) + size);
	if (!k)
		return;
	*k = (struct known){ .next = known, .digest = callee_digest(code) };
	memcpy(k->text, text, size);
	known = k;
}

/* What the text says of code: that it is of, or one that is built into it.  NULL: nothing. */
static const char *section_of(const struct known *k, unsigned long long digest)
{
	if (k->digest == digest)
		return k->text;
	for (const char *p = k->text; (p = strchr(p, '=')) != NULL;) {
		bool found = strtoull(++p, NULL, 10) == digest;
		p += strcspn(p, ";");
		if (found && *p == ';' && p[1] != '=' && p[1])
			return p + 1;
	}
	return NULL;
}

/* How much the first size bytes of the text say. */
static unsigned count_hints(const char *text, size_t size)
{
	unsigned n = 0;
	for (size_t i = 0; i < size; i++)
		n += text[i] == ' ';
	return n;
}

/* What this process has seen of code, or what an earlier one had, if that is more: code that is native from the start
 * was seen by nobody here, or seldom. */
static void take_of_callee(PyObject *code, FILE *out)
{
	unsigned long long digest = callee_digest(code);
	cleanup_free char *seen = NULL;
	size_t seen_size = 0;
	FILE *own = open_memstream(&seen, &seen_size);
	if (own) {
		bc_take_hints(&code, 1, own);
		(void)fclose(own);
	}
	const char *text = seen;
	size_t size = seen ? seen_size : 0;
	for (const struct known *k = known; k; k = k->next) {
		const char *section = section_of(k, digest);
		size_t section_size = section ? strcspn(section, "=") : 0;
		if (count_hints(section, section_size) > count_hints(text, size)) {
			text = section;
			size = section_size;
		}
	}
	(void)fprintf(out, "=%llu;", digest);
	if (size > 0)
		(void)fwrite(text, 1, size, out);
}

char *feedback_take(PyObject *function, PyObject *const *codes, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct callees callees;
	if (!out)
		return NULL;
	PyObject *code = callee_code(function);
	if (code) {
		bc_take_hints(n > 0 ? codes : &code, n > 0 ? n : 1, out);
		callees_find(&callees, PyFunction_GET_GLOBALS(function), code);
		for (unsigned i = 1; i < callees.n && ftell(out) < MAX_TEXT; i++)
			take_of_callee(callees.codes[i], out);
	}
	if (fclose(out) == 0 && code)
		return text;
	free(text);
	return NULL;
}

void feedback_apply(PyObject *function, const char *text)
{
	struct callees callees;
	PyObject *code = callee_code(function);
	if (!code)
		return;
	callees_find(&callees, PyFunction_GET_GLOBALS(function), code);
	bc_apply_hints(code, text);
	for (const char *p = text; (p = strchr(p, '=')) != NULL;) {
		unsigned long long digest = strtoull(p + 1, NULL, 10);
		p += strcspn(p, ";");
		p += *p == ';';
		for (unsigned i = 1; i < callees.n; i++)
			if (callee_digest(callees.codes[i]) == digest)
				bc_apply_hints(callees.codes[i], p);
	}
}

static PyObject *callee_with(const struct callees *callees, const uint64_t *digests, unsigned long long digest)
{
	for (unsigned i = 1; i < callees->n; i++)
		if (digests[i] == digest)
			return callees->codes[i];
	return NULL;
}

/* Each section of the text, behind that of the function's own code. */
static void join_callees(const struct callees *callees, const char *text, FILE *out)
{
	uint64_t digests[MAX_CALLEES];
	for (unsigned i = 1; i < callees->n; i++)
		digests[i] = callee_digest(callees->codes[i]);
	while ((text = strchr(text, '=')) != NULL) {
		char *end;
		unsigned long long digest = strtoull(++text, &end, 10);
		PyObject *code = callee_with(callees, digests, digest);
		text = end + (*end == ';');
		(void)fprintf(out, "=%llu;", digest);
		if (code)
			text = bc_join_hints(code, text, out);
		else
			(void)fwrite(text, 1, strcspn(text, "="), out);
	}
}

char *feedback_join(PyObject *function, const char *text)
{
	char *joined = NULL;
	size_t size = 0;
	struct callees callees;
	PyObject *code = callee_code(function);
	FILE *out = code ? open_memstream(&joined, &size) : NULL;
	if (!out)
		return NULL;
	callees_find(&callees, PyFunction_GET_GLOBALS(function), code);
	join_callees(&callees, bc_join_hints(code, text, out), out);
	if (fclose(out) == 0)
		return joined;
	free(joined);
	return NULL;
}

void feedback_learn(PyObject *function, const char *text)
{
	if (bc_tells_met(text))
		free(feedback_join(function, text));
}
