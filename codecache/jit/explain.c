/* explain.c - see explain.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/explain.h"
#include "codecache/jit/ir_text_priv.h"
#include "common/cleanup.h"

/* ---- lines ----------------------------------------------------------------- */

/* The object of a line, which is made at its first use; borrowed. */
static json_t *line_of(json_t *lines, uint32_t number)
{
	char key[16];
	(void)snprintf(key, sizeof(key), "%u", number);
	json_t *line = json_object_get(lines, key);
	if (line)
		return line;
	line = json_pack("{s:i, s:i, s:{}, s:[], s:[]}", "line", (int)number, "operations", 0, "runtime", "leaves",
			 "notes");
	if (!line || json_object_set_new(lines, key, line) < 0)
		abort();
	return line;
}

static void add_to(json_t *object, const char *key, json_int_t n)
{
	(void)json_object_set_new(object, key, json_integer(json_integer_value(json_object_get(object, key)) + n));
}

static void append_once(json_t *array, const char *text)
{
	size_t i;
	json_t *other;
	json_array_foreach (array, i, other)
		if (strcmp(json_string_value(other), text) == 0)
			return;
	(void)json_array_append_new(array, json_string(text));
}

/* Phis, constants and jumps are not what a line does. */
static bool is_work(const struct ir_instr *i)
{
	return i->op != IR_PHI && i->op != IR_JUMP && i->op != IR_POLL && i->op != IR_FRAME_AT &&
	       i->op != IR_FRAME_ENDS && !(i->op >= IR_CONST_I64 && i->op <= IR_CONST_OBJ);
}

static void instr_explain(json_t *lines, const struct ir_instr *i)
{
	if (i->line == 0)
		return;
	json_t *line = line_of(lines, i->line);
	if (i->op == IR_SIDE_EXIT) {
		append_once(json_object_get(line, "leaves"), i->exit->why ? i->exit->why : "what is not compiled");
		return;
	}
	add_to(line, "operations", is_work(i));
	if (ir_op_info[i->op].imm == IMM_RT)
		add_to(json_object_get(line, "runtime"), ir_rt_words[i->imm.index], 1);
}

static int by_line(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	return (int)json_integer_value(json_object_get(*x, "line")) -
	       (int)json_integer_value(json_object_get(*y, "line"));
}

/* The values of an object by line, in order; lines is given away. */
static json_t *lines_sorted(json_t *lines)
{
	size_t n = 0;
	cleanup_free json_t **all = calloc(json_object_size(lines) + 1, sizeof(json_t *));
	json_t *sorted = json_array(), *line;
	const char *key;
	if (!all || !sorted)
		abort();
	json_object_foreach (lines, key, line)
		all[n++] = line;
	qsort(all, n, sizeof(json_t *), by_line);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append(sorted, all[i]);
	json_decref(lines);
	return sorted;
}

/* ---- functions -------------------------------------------------------------- */

/* The code that a member is made from, borrowed; NULL if it is not found any more. */
static PyObject *member_code(const struct ir_function *f, const struct ir_function *m, PyObject *function)
{
	PyObject *found = function;
	if (m->family) {
		const char *name = m->code_const < f->n_consts ? f->consts[m->code_const].name : NULL;
		found = name ? callee_find(PyFunction_GET_GLOBALS(function), name) : NULL;
	}
	return found ? callee_code(found) : NULL;
}

static const char *text_of(PyObject *object)
{
	const char *text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;
	PyErr_Clear();
	return text ? text : "?";
}

static json_t *member_explain(const struct ir_function *f, const struct ir_function *m, PyObject *function)
{
	const PyCodeObject *code = (PyCodeObject *)member_code(f, m, function);
	json_t *lines = json_object(), *params = json_array();
	ir_for_each_block (m, b)
		ir_for_each_instr (b, i)
			instr_explain(lines, i);
	for (const struct ir_note *note = m->notes; note; note = note->next)
		append_once(json_object_get(line_of(lines, note->line), "notes"), note->text);
	for (uint32_t i = 0; i < m->n_params; i++)
		(void)json_array_append_new(params, json_string(value_type_words[m->params[i]]));
	return json_pack("{s:s, s:s, s:i, s:o, s:o}", "name", m->name, "file", code ? text_of(code->co_filename) : "?",
			 "line", code ? code->co_firstlineno : 0, "params", params, "lines", lines_sorted(lines));
}

json_t *explain_lines(struct ir_function *f, PyObject *function)
{
	json_t *members = json_array(), *exits = json_array();
	int number = 0;
	ir_for_each_member (f, m) {
		(void)json_array_append_new(members, member_explain(f, m, function));
		for (uint32_t i = 0; i < m->n_exits; i++)
			(void)json_array_append_new(exits, json_pack("{s:i, s:i, s:s}", "member", number, "line",
								     (int)m->exits[i]->frame.line, "why",
								     m->exits[i]->why ? m->exits[i]->why : "?"));
		number++;
	}
	json_t *all = json_pack("{s:o, s:o}", "members", members, "exits", exits);
	if (!all)
		abort();
	return all;
}

/* ---- texts ------------------------------------------------------------------ */

json_t *explain_ir(struct ir_function *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	ir_for_each_member (f, m)
		ir_print(m, out);
	if (fclose(out) != 0)
		abort();
	json_t *json = json_stringn(text, size);
	free(text);
	return json;
}

json_t *explain_asm(const char *object_path)
{
	enum { MOST = 4 << 20 };
	cleanup_free char *command = NULL, *text = malloc(MOST);
	if (!text || asprintf(&command, "exec objdump -d --no-show-raw-insn -M intel '%s' 2>&1", object_path) < 0)
		abort();
	FILE *in = popen(command, "re"); /* the path is our own */
	if (!in)
		return json_string("objdump cannot be run\n");
	size_t size = fread(text, 1, MOST, in);
	(void)pclose(in);
	json_t *json = json_stringn(text, size);
	return json ? json : json_string("objdump prints what is no text\n");
}
