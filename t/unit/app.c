/* Importing the app: its methods, its functions, and what is said when it cannot be imported. */
#include "config.h"

#include <Python.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "workers/app.h"
#include "workers/interpreter.h"

static char directory[] = "/tmp/preforge-app-XXXXXX";
static char path[128];

static struct app *load(const char *name, const char *source, char **traceback, struct cause *cause)
{
	(void)snprintf(path, sizeof(path), "%s/%s.py", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(source, file);
	(void)fclose(file);
	struct app *app = NULL;
	int r = app_load(&(struct app_options){ .path = path }, &app, traceback, cause);
	assert_true(r == 0 ? app != NULL : app == NULL);
	(void)unlink(path);
	return app;
}

static void assert_names(PyObject *iterable, const char *expected)
{
	PyObject *empty = PyUnicode_FromString(" ");
	PyObject *joined = PyUnicode_Join(empty, iterable);
	assert_non_null(joined);
	assert_string_equal(PyUnicode_AsUTF8(joined), expected);
	Py_DECREF(joined);
	Py_DECREF(empty);
}

/* The template with each @ replaced by the app's path, in a static buffer. */
static const char *with_path(const char *template)
{
	static char text[1024];
	char *to = text;
	for (; *template; template ++) {
		if (*template == '@')
			to = stpcpy(to, path);
		else
			*to++ = *template;
	}
	*to = '\0';
	return text;
}

static void assert_refused(const char *name, const char *source, const char *expected_cause,
			   const char *expected_traceback)
{
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	assert_null(load(name, source, &traceback, &cause));
	assert_string_equal(cause.text, with_path(expected_cause));
	if (expected_traceback) {
		assert_non_null(traceback);
		assert_string_equal(traceback, with_path(expected_traceback));
	} else {
		assert_null(traceback);
	}
	assert_false(PyErr_Occurred());
}

static void test_public_functions(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("public",
						  "import functools\n"
						  "from os.path import join\n"
						  "def b(): return 1\n"
						  "def _private(): pass\n"
						  "class C: pass\n"
						  "c = C()\n"
						  "@functools.lru_cache\n"
						  "def cached(): pass\n"
						  "a = lambda: 2\n"
						  "number = 3\n",
						  &traceback, &cause);
	assert_non_null(app);
	assert_names(app_methods(app), "b cached a");
	assert_false(PyErr_Occurred());
}

static void test_all(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("with_all",
						  "from os.path import join\n"
						  "__all__ = ['_hidden', 'join']\n"
						  "def shown(): pass\n"
						  "def _hidden(): pass\n",
						  &traceback, &cause);
	assert_non_null(app);
	assert_names(app_methods(app), "_hidden join");
}

static void test_module_attributes(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("my-attributes",
						  "import os, sys\n"
						  "assert __name__ == 'my-attributes', __name__\n"
						  "assert os.path.isabs(__file__)\n"
						  "assert sys.path[0] == os.path.dirname(__file__), sys.path\n"
						  "assert sys.argv == [__file__]\n"
						  "assert sys.modules[__name__].__spec__.name == __name__\n"
						  "assert sys.stdin.read() == ''\n"
						  "import subprocess\n"
						  "v = subprocess.run([sys.executable, '-V'], capture_output=True)\n"
						  "assert v.stdout.decode().split()[1] == sys.version.split()[0], v\n",
						  &traceback, &cause);
	if (traceback)
		print_message("%s\n", traceback);
	assert_non_null(app);
}

static void test_functions(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("functions",
						  "import functools, os\n"
						  "from os.path import join\n"
						  "def deco(f):\n"
						  "    @functools.wraps(f)\n"
						  "    def inner(): return f()\n"
						  "    return inner\n"
						  "@deco\n"
						  "def wrapped(): pass\n"
						  "class C:\n"
						  "    def m(self): pass\n"
						  "    @staticmethod\n"
						  "    def s(): pass\n"
						  "    @classmethod\n"
						  "    def c(cls): pass\n"
						  "    @property\n"
						  "    def p(self): pass\n"
						  "    class D:\n"
						  "        def n(self): pass\n"
						  "alias = deco\n"
						  "@functools.lru_cache\n"
						  "def cached(): pass\n",
						  &traceback, &cause);
	assert_non_null(app);
	PyObject *functions = app_functions(app);
	assert_non_null(functions);
	PyObject *names = PyList_New(0);
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
		PyObject *code = PyFunction_GetCode(PyList_GET_ITEM(functions, i));
		assert_int_equal(PyList_Append(names, ((PyCodeObject *)code)->co_qualname), 0);
	}
	assert_names(names, "deco deco.<locals>.inner wrapped C.m C.s C.c C.p C.D.n cached");
	Py_DECREF(names);
	Py_DECREF(functions);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("missing_name", "__all__ = ['there', 'gone']\ndef there(): pass\n",
		       "@: __all__ names \"gone\", which the module does not define", NULL);
	assert_refused("no_str", "__all__ = [7]\n", "@: __all__ has an entry that is no str but int", NULL);
	assert_refused("reserved", "class rpc:\n    @staticmethod\n    def f(): pass\n__all__ = ['rpc']\n",
		       "@: the method \"rpc.f\": names that begin with \"rpc.\" are reserved", NULL);
	assert_refused("os", "", "cannot import @: a module of the name os is loaded already; rename the file", NULL);
	assert_refused("raises", "def f():\n    return 1 // 0\nf()\n",
		       "cannot import @: ZeroDivisionError: integer division or modulo by zero",
		       "Traceback (most recent call last):\n"
		       "  File \"@\", line 3, in <module>\n"
		       "    f()\n"
		       "  File \"@\", line 2, in f\n"
		       "    return 1 // 0\n"
		       "           ~~^^~~\n"
		       "ZeroDivisionError: integer division or modulo by zero");
	assert_refused("syntax", "def f(:\n", "cannot import @: SyntaxError: invalid syntax (syntax.py, line 1)",
		       "  File \"@\", line 1\n"
		       "    def f(:\n"
		       "          ^\n"
		       "SyntaxError: invalid syntax");
	assert_refused("exits", "import sys\nsys.exit(3)\n", "cannot import @: SystemExit: 3",
		       "Traceback (most recent call last):\n"
		       "  File \"@\", line 2, in <module>\n"
		       "    sys.exit(3)\n"
		       "SystemExit: 3");
}

/* "name: reason" of everything refused, one a line. */
static void assert_reasons(PyObject *refused, const char *expected)
{
	char text[2048] = "";
	Py_ssize_t at = 0;
	PyObject *name, *why;
	while (PyDict_Next(refused, &at, &name, &why)) {
		size_t used = strlen(text);
		(void)snprintf(text + used, sizeof(text) - used, "%s\n", PyUnicode_AsUTF8(why));
	}
	assert_string_equal(text, expected);
}

static void test_dotted_names(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app =
		load("dotted",
		     "import sys, types\n"
		     "__all__ = ['f', 'Shape', 'Empty', 'sub', 'NUMBER', 'lazy', 'stream']\n"
		     "def f(): pass\n"
		     "class Base:\n"
		     "    @staticmethod\n"
		     "    def inherited(): pass\n"
		     "    @staticmethod\n"
		     "    def replaced(): pass\n"
		     "class Shape(Base):\n"
		     "    def area(self): pass\n"
		     "    @staticmethod\n"
		     "    def unit(): pass\n"
		     "    @classmethod\n"
		     "    def named(cls): pass\n"
		     "    @staticmethod\n"
		     "    def _hidden(): pass\n"
		     "    @staticmethod\n"
		     "    def rows(): yield 1\n"
		     "    replaced = None\n"
		     "class Empty: pass\n"
		     "NUMBER = 5\n"
		     "def lazy(): yield 1\n"
		     "async def stream(): yield 1\n"
		     "sub = types.ModuleType('sub')\n"
		     "exec('def g(): pass\\ndef _h(): pass\\nimport os', vars(sub))\n"
		     "sub.__all__ = ['g', 'back']\n"
		     "sub.back = sys.modules[__name__]\n",
		     &traceback, &cause);
	if (!app)
		print_message("%s\n%s\n", cause.text, traceback ? traceback : "");
	assert_non_null(app);
	assert_names(app_methods(app), "f Shape.inherited Shape.unit Shape.named sub.g");
	assert_reasons(app_refused(app),
		       "Shape is a class; what can be called are its static and class methods\n"
		       "Shape.rows is a generator function; a call has one result, so it has to return a list instead\n"
		       "Empty is a class; what can be called are its static and class methods\n"
		       "NUMBER is not a function but of type int\n"
		       "lazy is a generator function; a call has one result, so it has to return a list instead\n"
		       "stream is a generator function; a call has one result, so it has to return a list instead\n");
	/* A method from elsewhere is a function to be compiled, too. */
	PyObject *functions = app_functions(app);
	PyObject *g = PyDict_GetItemString(app_methods(app), "sub.g");
	assert_int_equal(PySequence_Contains(functions, g), 1);
	Py_DECREF(functions);
}

static int add(struct apps *apps, const char *name, const char *source, struct app_options options, struct cause *cause)
{
	cleanup_free char *traceback = NULL;
	(void)snprintf(path, sizeof(path), "%s/%s.py", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(source, file);
	(void)fclose(file);
	options.path = path;
	int r = apps_load(apps, &options, &traceback, cause);
	(void)unlink(path);
	return r;
}

static void test_several(void **state)
{
	(void)state;
	struct apps apps = { .n = 0 };
	struct cause cause = CAUSE_INIT;
	static const char source[] = "import sys\nname = __name__\ndef f(): return [name, sys.argv[0]]\n"
				     "def g(): pass\ndef g2(): pass\ndef _h(): pass\ndef gen(): yield\n";
	static const char *const patterns[] = { "g*", "!g2" }, *const without[] = { "!f" },
				 *const wrong[] = { "f", "x.*" };
	assert_int_equal(add(&apps, "same", source, (struct app_options){ .prefix = "" }, &cause), 0);
	assert_int_equal(add(&apps, "same", source, (struct app_options){ .name = "second", .prefix = "s." }, &cause),
			 0);
	struct app_options some = { .name = "third", .prefix = "t.", .methods = patterns, .n_methods = 2 };
	assert_int_equal(add(&apps, "same", source, some, &cause), 0);
	struct app_options rest = { .name = "fourth", .prefix = "u-", .methods = without, .n_methods = 1 };
	assert_int_equal(add(&apps, "same", source, rest, &cause), 0);
	assert_names(apps.methods, "f g g2 s.f s.g s.g2 t.g u-g u-g2");
	assert_names(apps.refused, "gen s.gen t.gen u-gen");
	PyObject *result = PyObject_CallNoArgs(PyDict_GetItemString(apps.methods, "s.f"));
	assert_string_equal(PyUnicode_AsUTF8(PyList_GET_ITEM(result, 0)), "second");
	Py_DECREF(result);
	PyObject *functions = apps_functions(&apps);
	assert_int_equal(PyList_GET_SIZE(functions), 4 * 5);
	Py_DECREF(functions);

	char expected[512];
	assert_int_equal(add(&apps, "other", "def f(): pass\n", (struct app_options){ .name = NULL }, &cause), -EEXIST);
	(void)snprintf(expected, sizeof(expected),
		       "%s: the method \"f\" is offered by %s/same.py, too; give one of them a prefix", path,
		       directory);
	assert_string_equal(cause.text, expected);
	struct app_options misspelt = { .name = "fifth", .prefix = "v.", .methods = wrong, .n_methods = 2 };
	assert_int_equal(add(&apps, "same", source, misspelt, &cause), -EINVAL);
	assert_string_equal(cause.text, with_path("@: no method fits the pattern \"x.*\" in methods"));
	assert_int_equal(add(&apps, "same", source, (struct app_options){ .name = "second", .prefix = "w." }, &cause),
			 -EEXIST);
	assert_string_equal(
		cause.text,
		with_path("cannot import @: a module of the name second is loaded already; rename the section"));
	assert_int_equal(apps.n, 4);
	apps_clear(&apps);
}

static void test_missing_file(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	struct app *app;
	assert_int_equal(app_load(&(struct app_options){ .path = "/nowhere/app.py" }, &app, &traceback, &cause),
			 -ENOENT);
	assert_string_equal(cause.text, "cannot read the app /nowhere/app.py: No such file or directory");
	assert_null(traceback);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	struct cause cause = CAUSE_INIT;
	(void)setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	if (!mkdtemp(directory) || interpreter_start(&cause) < 0) {
		(void)fprintf(stderr, "%s\n", cause.text);
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public_functions),  cmocka_unit_test(test_all),
		cmocka_unit_test(test_module_attributes), cmocka_unit_test(test_functions),
		cmocka_unit_test(test_refusals),          cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_dotted_names),      cmocka_unit_test(test_several),
	};
	int failed = cmocka_run_group_tests_name("app", tests, NULL, NULL);
	(void)rmdir(directory);
	return failed;
}
