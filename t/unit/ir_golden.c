/* ir_golden.c - the golden files t/ir/NAME.txt: Python or IR in, IR out.
 *
 * A file is a comment and sections, each begun by a line "### ...":
 *
 *     ### python FUNCTION TYPE...   Python source that defines the function; a TYPE (int, float, bool, object) for each
 *                                   parameter; to begin at a loop's head: one for each local and entry of the
 *                                   stack, then "loop PC ENTRIES"; "large" at the end: its operators have met ints of
 *                                   any size (outgrown.h)
 *     ### build                     what the builder makes of it
 *     ### ir                        IR text, instead of the two
 *     ### pass NAME                 what the pass makes of the text before
 *     ### passes                    the same for all passes, one after the other
 *
 * The texts of build and pass are compared with what comes out now ("(unchanged)" if it is the text before), and the IR
 * is verified after each.  UPDATE=1 in the environment writes the files anew: read the difference before it is
 * committed. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/build.h"
#include "codecache/jit/outgrown.h"
#include "codecache/jit/passes.h"
#include "common/cleanup.h"

struct golden {
	FILE *out;
	const char *path;
	struct ir_function *f;
	char *text;         /* of f */
	PyObject *function; /* of the python section */
	enum value_type params[16];
	uint32_t n_params;
	struct unit_loop loop;
	bool is_large;
};

static char *read_all(const char *path)
{
	cleanup_fclose FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s: cannot be opened", path);
	char *text = NULL;
	size_t size = 0;
	if (getdelim(&text, &size, '\0', file) < 0)
		fail_msg("%s: cannot be read", path);
	return text;
}

static char *printed(const struct ir_function *f)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	ir_print(f, out);
	(void)fclose(out);
	return text;
}

/* ---- sections -------------------------------------------------------------- */

static void verify(const struct golden *g, const char *section)
{
	struct cause cause = CAUSE_INIT;
	if (ir_verify(g->f, &cause) < 0) {
		ir_print(g->f, stderr);
		fail_msg("%s: after %s: %s", g->path, section, cause.text);
	}
}

static void show(struct golden *g, const char *section)
{
	verify(g, section);
	char *text = printed(g->f);
	bool unchanged = g->text && strcmp(text, g->text) == 0;
	(void)fprintf(g->out, "### %s\n%s\n", section, unchanged ? "(unchanged)\n" : text);
	free(g->text);
	g->text = text;
}

static void on_ir(struct golden *g, const char *body)
{
	struct cause cause = CAUSE_INIT;
	ir_function_free(g->f);
	g->f = NULL;
	if (ir_parse(body, &g->f, &cause) < 0)
		fail_msg("%s: %s", g->path, cause.text);
	verify(g, "ir");
	free(g->text);
	g->text = printed(g->f);
	(void)fprintf(g->out, "### ir\n%s", body);
}

static enum value_type type_of_word(const struct golden *g, const char *word)
{
	static const char *const words[] = {
#define X(name, text) text,
		VALUE_TYPES(X)
#undef X
	};
	for (int t = 0; t < VALUE_TYPE_COUNT; t++)
		if (strcmp(word, words[t]) == 0)
			return (enum value_type)t;
	fail_msg("%s: \"%s\" is not a parameter's type", g->path, word);
	return VALUE_OBJECT;
}

static void on_python(struct golden *g, const char *title, const char *body)
{
	char words[256], *rest = NULL;
	(void)snprintf(words, sizeof(words), "%s", title);
	(void)strtok_r(words, " ", &rest);
	const char *name = strtok_r(NULL, " ", &rest);
	PyObject *globals = PyDict_New();
	assert_non_null(globals);
	PyDict_SetItemString(globals, "__name__", PyUnicode_InternFromString("golden"));
	PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins());
	if (!PyRun_String(body, Py_file_input, globals, globals)) {
		PyErr_Print();
		fail_msg("%s: the Python code fails", g->path);
	}
	g->function = name ? PyDict_GetItemString(globals, name) : NULL;
	if (!g->function || !PyFunction_Check(g->function))
		fail_msg("%s: there is no function %s", g->path, name ? name : "");
	g->n_params = 0;
	g->is_large = false;
	g->loop = (struct unit_loop){};
	for (const char *word; (word = strtok_r(NULL, " ", &rest));) {
		if (sscanf(rest, "%u %u", &g->loop.pc, &g->loop.n_stack) == 2 && strcmp(word, "loop") == 0)
			break;
		g->is_large |= strcmp(word, "large") == 0;
		if (!g->is_large)
			g->params[g->n_params++] = type_of_word(g, word);
	}
	(void)fprintf(g->out, "### %s\n%s", title, body);
}

static void on_build(struct golden *g)
{
	PyFunctionObject *function = (PyFunctionObject *)g->function;
	if (!function)
		fail_msg("%s: build without python", g->path);
	struct build_input input = {
		.code = function->func_code,
		.globals = function->func_globals,
		.builtins = function->func_builtins,
		.params = g->params,
		.n_params = g->n_params,
		.loop = g->loop.pc ? &g->loop : NULL,
		.name = PyUnicode_AsUTF8(function->func_qualname),
		.symbol = "f",
	};
	ir_function_free(g->f);
	g->f = NULL;
	outgrown_everywhere(g->is_large ? OUTGROWN_WORD : 0);
	assert_int_equal(build_ir(&input, &g->f), REASON_NONE);
	show(g, "build");
}

static void on_pass(struct golden *g, const char *title)
{
	const char *name = title + strlen("pass ");
	if (!g->f)
		fail_msg("%s: %s without IR", g->path, title);
	for (const struct ir_pass *pass = ir_passes; pass->name; pass++) {
		if (strcmp(pass->name, name) != 0)
			continue;
		pass->run(g->f);
		show(g, title);
		return;
	}
	fail_msg("%s: there is no pass \"%s\"", g->path, name);
}

static void on_section(struct golden *g, const char *title, const char *body)
{
	if (strcmp(title, "ir") == 0) {
		on_ir(g, body);
	} else if (strncmp(title, "python ", 7) == 0) {
		on_python(g, title, body);
	} else if (strcmp(title, "build") == 0) {
		on_build(g);
	} else if (strncmp(title, "pass ", 5) == 0) {
		on_pass(g, title);
	} else if (strcmp(title, "passes") == 0) {
		if (!g->f)
			fail_msg("%s: passes without IR", g->path);
		ir_run_passes(g->f, NULL);
		show(g, title);
	} else {
		fail_msg("%s: unknown section \"%s\"", g->path, title);
	}
}

/* ---- files ----------------------------------------------------------------- */

/* text is cut into pieces. */
static char *regenerated(const char *path, char *text)
{
	char *result;
	size_t size;
	struct golden g = { .path = path, .out = open_memstream(&result, &size) };
	assert_non_null(g.out);
	char *section = strncmp(text, "### ", 4) == 0 ? text - 1 : strstr(text, "\n### ");
	if (!section)
		fail_msg("%s: no section", path);
	(void)fprintf(g.out, "%.*s", (int)(section + 1 - text), text);
	while (section) {
		char *title = section + 5, *next = strstr(title, "\n### ");
		char *body = strchrnul(title, '\n');
		if (*body)
			*body++ = '\0';
		char *copy =
			next && next + 1 > body ? strndup(body, (size_t)(next + 1 - body)) : strdup(next ? "" : body);
		assert_non_null(copy);
		on_section(&g, title, copy);
		free(copy);
		section = next;
	}
	ir_function_free(g.f);
	free(g.text);
	(void)fclose(g.out);
	/* One empty line between sections, none at the end. */
	while (size > 1 && result[size - 1] == '\n' && result[size - 2] == '\n')
		result[--size] = '\0';
	return result;
}

static void report_difference(const char *path, const char *old, const char *new)
{
	int line = 1;
	const char *old_line = old, *new_line = new;
	for (; *old && *old == *new; old++, new ++)
		if (*old == '\n') {
			line++;
			old_line = old + 1;
			new_line = new + 1;
		}
	fail_msg("%s:%d: expected\n%.*s\nnot\n%.*s\n(UPDATE=1 writes what comes out now)", path, line,
		 (int)strcspn(old_line, "\n"), old_line, (int)strcspn(new_line, "\n"), new_line);
}

static void test_file(void **state)
{
	const char *path = *state;
	cleanup_free char *old = read_all(path), *text = strdup(old);
	cleanup_free char *new = regenerated(path, text);
	if (strcmp(old, new) == 0)
		return;
	if (!getenv("UPDATE"))
		report_difference(path, old, new);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(new, out) >= 0 && fclose(out) == 0);
}

int main(void)
{
	const char *srcdir = getenv("PREFORGE_SRCDIR");
	char pattern[4096];
	(void)snprintf(pattern, sizeof(pattern), "%s/t/ir/*.txt", srcdir ? srcdir : "..");
	glob_t files;
	if (glob(pattern, 0, NULL, &files) != 0) {
		(void)fprintf(stderr, "%s: no such files\n", pattern);
		return 1;
	}
	struct CMUnitTest *tests = calloc(files.gl_pathc, sizeof(*tests));
	if (!tests)
		return 1;
	for (size_t i = 0; i < files.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(files.gl_pathv[i], '/') + 1,
						.test_func = test_file,
						.initial_state = files.gl_pathv[i] };
	Py_InitializeEx(0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int r = _cmocka_run_group_tests("golden", tests, files.gl_pathc, NULL, NULL);
	(void)Py_FinalizeEx();
	free(tests);
	globfree(&files);
	return r;
}
